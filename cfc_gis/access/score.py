"""A score from 0 to 100 for each category and for all of them together.

A score depends on the place alone: on its way and the threshold. No other place and no other city enters, so a score
does not change with what it is compared with. Steepness and weights stand in ``resources/score.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from cfc_gis.access.decay import soft_threshold
from cfc_gis.access.travel import amounts
from cfc_gis.errors import ChoiceUnknown, UserError


@cache
def _resource() -> dict[str, Any]:
    text = (resources.files("cfc_gis") / "resources" / "score.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def score_weights() -> Mapping[str, float]:
    """Return the default weight of each category in the overall score: equal, a planner's choice (unverified).

    Examples
    --------
    >>> score_weights()["kindergarten"]
    1.0
    """
    return MappingProxyType(_resource()["weights"]["by_category"])


def soft_score(
    way: pd.Series, threshold: float, *, known: pd.Series | None = None, k: float | None = None
) -> pd.Series:
    """Score the way to the nearest facility of one category against a threshold.

    ::

        score = 100 / (1 + exp(k (way - threshold) / threshold))

    Parameters
    ----------
    way
        Minutes or metres to the nearest facility by place; NaN where none is reached.
    threshold
        The standard, in the same unit: a way of exactly the threshold scores 50.
    known
        Whether the data can tell, by place, true or false. Where they cannot, a place without a facility may only
        be a place without data, and has no score. All are known if it is not given.
    k
        Steepness; 5 as shipped (``resources/score.toml``).

    Returns
    -------
    Series
        Score on the index of ``way``: near 100 at the door (99.3 with k = 5), 50 at the threshold, 0 where nothing is
        reached, NaN where the data cannot tell.

    Raises
    ------
    TableFault
        When a way is negative, infinite or no number.
    UserError
        When threshold or k are not positive, or ``known`` does not speak of the same places.

    References
    ----------
    Higgs et al. (2019), see :func:`cfc_gis.access.decay.soft_threshold`.

    Examples
    --------
    >>> ways = pd.Series({"a": 0, "b": 500, "c": 1000, "d": None})
    >>> soft_score(ways, 500).round(1).tolist()
    [99.3, 50.0, 0.7, 0.0]
    """
    decay = soft_threshold(threshold, _resource()["soft_threshold"]["k"] if k is None else k)
    values = amounts(way, "way")
    score = np.zeros(len(values))
    reached = ~np.isnan(values)
    score[reached] = 100.0 * decay(values[reached])
    if known is not None:
        if not known.index.equals(way.index):
            raise UserError("places_differ", name="known", other="way")
        score = np.where(known.to_numpy(dtype=bool), score, np.nan)
    return pd.Series(score, index=way.index, name="score")


def overall_score(scores: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Take the weighted mean of the categories whose score is known.

    ::

        score = sum over known categories of weight * score / sum over known categories of weight

    Parameters
    ----------
    scores
        Score from 0 to 100, one column for each category, one row for each place; NaN where unknown.
    weights
        Weight of each category, not negative; :func:`score_weights` if not given. Only proportions matter.

    Returns
    -------
    DataFrame
        On the index of ``scores``: ``score`` (NaN where no category is known), ``categories``, the number of
        categories it rests on, and ``weight_known``, their share of the weight of all columns. A score that rests on
        few categories is not comparable with one that rests on all.

    Raises
    ------
    ChoiceUnknown
        When a column has no weight.
    UserError
        When a weight is negative or infinite, or all are 0.
    TableFault
        When a score is negative, infinite or no number.

    Examples
    --------
    >>> scores = pd.DataFrame({"play": [80.0, None], "park": [40.0, 60.0]}, index=["a", "b"])
    >>> overall_score(scores)
       score  categories  weight_known
    a   60.0           2           1.0
    b   60.0           1           0.5
    """
    given = score_weights() if weights is None else weights
    for name in scores.columns:
        if name not in given:
            raise ChoiceUnknown("choice_unknown", what="category", found=name, suggestion="", known=", ".join(given))
    weight = np.array([given[name] for name in scores.columns], dtype=np.float64)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        found = ", ".join(f"{name} {given[name]}" for name in scores.columns)
        raise UserError("parameter_out_of_range", name="weights", found=found, wanted="w >= 0, sum > 0")
    values = np.column_stack([amounts(scores[name], str(name)) for name in scores.columns])
    known = ~np.isnan(values) & (weight > 0)
    weight_known = known @ weight
    total = np.where(known, values, 0.0) @ weight
    score = np.full(len(scores), np.nan)
    np.divide(total, weight_known, out=score, where=weight_known > 0)
    return pd.DataFrame(
        {"score": score, "categories": known.sum(axis=1), "weight_known": weight_known / weight.sum()},
        index=scores.index,
    )


def by_neighbourhood(
    access: pd.DataFrame, gaps: pd.DataFrame, season: str, categories: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the scores of every neighbourhood in a season, by category and over several of them.

    Parameters
    ----------
    access, gaps
        :data:`cfc_gis.schema.ACCESS` and :data:`cfc_gis.schema.GAPS` of a run.
    season
        ``summer`` or ``winter``.
    categories
        Categories in the overall score; by default those that the data can judge over the whole study area.

    Returns
    -------
    DataFrame
        As :meth:`cfc_gis.result.Result.scores`.
    """
    of_season = access[access["profile"].str.endswith(f".{season}")]
    scores = of_season.pivot_table(index="neighbourhood_id", columns="category", values="score", dropna=False)
    if categories is None:
        city = gaps[(gaps["level"] == "city") & gaps["profile"].str.endswith(f".{season}")]
        judged = set(city.loc[city["judgement"] != "no_data", "category"])
        categories = [str(name) for name in scores if name in judged]
    if not categories:
        return scores.assign(score=np.nan, categories=0, weight_known=0.0)
    return scores.join(overall_score(scores[[*categories]]))
