"""Rank stability: how often a unit stays among those that fall short most when what was assumed is varied.

A list of the places that fall short most moves money, and some of its order is chance: where the standard was set, how
fast a child walks, who lives where, which facilities happen to be recorded. Each draw varies all of these at once,
within ranges that stand in ``resources/stability.toml``, and ranks the units anew.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import basis, schema, schema_equity
from cfc_gis.access.reached import MARGIN, WITHIN

if TYPE_CHECKING:
    from cfc_gis.access.reached import Reached
    from cfc_gis.standards import Standard

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = ("district", "subdistrict")
LOW, HIGH = 0.05, 0.95
_ROUND = 9
Span = tuple[float, float]


@dataclass(frozen=True)
class Variation:
    """How far what was assumed is varied: each range holds the factors that are drawn from.

    Parameters
    ----------
    cutoff
        On the threshold of every standard.
    speed
        On the speed of walking, for standards in minutes.
    children
        On the children of each neighbourhood, each on its own.
    completeness
        Share of the recorded facilities that are kept.
    draws, seed
        How often, and where the random numbers start.
    worst, worst_share
        A unit counts as one that falls short most within this rank, or this share of the units of its level, whichever
        is fewer.
    """

    cutoff: Span
    speed: Span
    children: Span
    completeness: Span
    draws: int
    seed: int
    worst: int
    worst_share: float

    def among(self, units: int) -> int:
        """Return how many of so many units count as those that fall short most: at least one.

        Examples
        --------
        >>> [variation().among(units) for units in (2, 18, 77)]
        [1, 6, 10]
        """
        return max(1, min(self.worst, int(np.ceil(units * self.worst_share - 1e-9))))


@cache
def variation() -> Variation:
    """Return the ranges as shipped: planner's defaults, not verified.

    Examples
    --------
    >>> variation().draws, variation().cutoff
    (200, (0.9, 1.1))
    """
    text = (resources.files("cfc_gis") / "resources" / "stability.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    ranges: dict[str, Any] = {
        name: tuple(content[name]["range"]) for name in ("cutoff", "speed", "children", "completeness")
    }
    return Variation(**ranges, **{name: content[name] for name in ("draws", "seed", "worst", "worst_share")})


def stability(  # noqa: PLR0913 - one table for each thing that is varied
    *,
    ways: pd.DataFrame,
    origins: pd.DataFrame,
    facilities: pd.DataFrame,
    reached: Mapping[tuple[str, str], Reached],
    gaps: pd.DataFrame,
    standards: Mapping[str, Standard],
    varied: Variation | None = None,
) -> pd.DataFrame:
    """Rank districts and sub-districts by the share of children within the standard, again and again.

    Parameters
    ----------
    ways
        As from :func:`cfc_gis.equity.ways`: the children of each neighbourhood, category and profile, and their units.
    origins
        :data:`cfc_gis.schema.ORIGINS`; geometry is not used. In the order that ``reached`` speaks of.
    facilities
        :data:`cfc_gis.schema.FACILITIES`; geometry is not used. In the order that ``reached`` speaks of.
    reached
        By category and profile: which facilities every origin has near.
    gaps
        :data:`cfc_gis.schema.GAPS`: names of units, and what may be said of each category. Units of which it says that
        few children live there (reason ``few_children``) are not ranked: one building more or less would move them.
    standards
        The deciding standard of each category: speed varies those in minutes.
    varied
        How far; :func:`variation` unless it is given.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema_equity.STABILITY`, by level, category, profile and rank. Rank 1 has the lowest
        share; of units with the same share the one with more children comes first, then the one whose code does.
        ``share_among_worst`` is the share of the draws in which a unit was among those that fall short most.

    Raises
    ------
    ValueError
        When cutoff and speed together reach farther than the pairs are known.

    Notes
    -----
    Each draw has one factor of the cutoff, one of speed and one of completeness, one of children for each
    neighbourhood, and one number for each facility, which is kept where it lies below completeness. They serve all
    categories and profiles alike, and belong to neighbourhoods and facilities by their ids: the order of the rows
    changes nothing, and a facility more or less leaves the luck of all others as it was. Speed shortens minutes as a
    whole, waits and ice too.
    """
    varied = varied or variation()
    draws = _draws(ways, facilities, varied)
    few = gaps.loc[gaps["reasons"].str.split(";").map(lambda keys: "few_children" in keys), basis.KEY]
    names = gaps.drop_duplicates(["level", "unit_code"]).set_index(["level", "unit_code"])["unit_name"]
    said = basis.of_category(gaps).to_dict()
    found = [pd.DataFrame(columns=[*schema_equity.STABILITY.columns])]
    for (category, profile), rows in ways.groupby(["category", "profile"]):
        key = str(category), str(profile)
        minutes = standards[key[0]].measure == "minutes"
        trial = _Trial(rows, origins, reached[key], draws, draws.reach if minutes else draws.cutoff)
        for level in LEVELS:
            left_out = few[(few["level"] == level) & (few["category"] == category) & (few["profile"] == profile)]
            table = _ranked(trial.shares(level, set(left_out["unit_code"])), varied)
            found.append(table.assign(level=level, category=key[0], profile=key[1], basis=said[key]))
    table = pd.concat(found[1:] or found, ignore_index=True)
    table["unit_name"] = [names.get(key) for key in zip(table["level"], table["unit_code"], strict=True)]
    table = table[[*schema_equity.STABILITY.columns]]
    return table.sort_values(["level", "category", "profile", "rank"], key=_place, ignore_index=True)


def _place(column: pd.Series) -> pd.Series:
    listed = {"level": schema.LEVELS, "category": schema.CATEGORIES}.get(str(column.name))
    return column.map(listed.index) if listed else column


@dataclass(frozen=True, eq=False)
class _Draws:
    """Random factors, one row for each draw; the first row is 1 for all, the run as it was."""

    cutoff: Floats
    reach: Floats
    children: pd.DataFrame
    kept: NDArray[np.bool_]


def _draws(ways: pd.DataFrame, facilities: pd.DataFrame, varied: Variation) -> _Draws:
    random = np.random.default_rng(varied.seed)
    count = varied.draws

    def factors(span: Span, size: tuple[int, ...]) -> Floats:
        return np.concatenate([np.ones((1, *size[1:])), random.uniform(*span, size)])

    cutoff, speed = factors(varied.cutoff, (count,)), factors(varied.speed, (count,))
    if (cutoff * speed).max() > MARGIN:
        raise ValueError(f"pairs are known up to {MARGIN} of the threshold; cutoff and speed reach beyond")
    complete = factors(varied.completeness, (count,))
    low, high = varied.children
    homes = sorted(set(ways["neighbourhood_id"]))
    times = low + (high - low) * _luck(homes, varied)
    children = pd.DataFrame(np.concatenate([np.ones((1, len(homes))), times]), columns=homes)
    luck = _luck(facilities["facility_id"], varied)
    kept = np.concatenate([np.ones((1, len(facilities)), dtype=bool), luck < complete[1:, None]])
    return _Draws(cutoff, cutoff * speed, children, kept)


def _luck(ids: Iterable[str], varied: Variation) -> Floats:
    """Return random numbers from 0 to 1, a row for each draw: those of an id are its own, whatever stands beside it."""
    seeds = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) for name in ids]
    columns = [np.random.default_rng([varied.seed, seed]).uniform(size=varied.draws) for seed in seeds]
    return np.column_stack(columns) if columns else np.empty((varied.draws, 0))


@dataclass(frozen=True, eq=False)
class _Shares:
    """Units of one level by code; share within the standard and children, one row for each draw, the run first."""

    codes: list[str]
    within: Floats
    children: Floats


class _Trial:
    """Children and children within the standard at every origin of one category and profile, draw by draw."""

    def __init__(self, rows: pd.DataFrame, origins: pd.DataFrame, near: Reached, draws: _Draws, reach: Floats) -> None:
        self._near, self._draws, self._reach = near, draws, reach
        of = pd.Index(rows["neighbourhood_id"]).get_indexer(pd.Index(origins["neighbourhood_id"]))
        # Sums follow the ids, so that they come out the same to the last bit whatever the order of the rows.
        order = np.lexsort([origins["origin_id"].to_numpy(dtype=str), of])
        self._order = order[of[order] >= 0]
        self._of = of[self._order]
        self._weight = origins["weight"].to_numpy(dtype=np.float64)[self._order]
        self._origins = len(origins)
        self._children = rows["children"].to_numpy(dtype=np.float64)
        self._factor = draws.children[rows["neighbourhood_id"].tolist()].to_numpy()
        self._units = {level: rows[f"{level}_code"] for level in LEVELS}

    def shares(self, level: str, left_out: set[str]) -> _Shares:
        """Return the share within the standard and the children of each unit of a level, draw by draw."""
        codes = self._units[level]
        unit, labels = pd.factorize(codes.mask(codes.isin(left_out)), sort=True)
        inside = unit >= 0
        of, count = unit[inside], len(labels)
        people, served = np.empty((2, len(self._reach), count))
        for draw, (share, children) in enumerate(self._within()):
            people[draw] = np.bincount(of, weights=children[inside], minlength=count)
            served[draw] = np.bincount(of, weights=(share * children)[inside], minlength=count)
        return _Shares(list(labels), np.round(served / people, _ROUND), people)

    def _within(self) -> Iterator[tuple[Floats, Floats]]:
        """Return the share within the standard and the children of each neighbourhood."""
        total = np.bincount(self._of, weights=self._weight, minlength=len(self._children))
        total[total == 0.0] = 1.0  # a neighbourhood without a home on record is not served
        near = self._near
        for reach, kept, factor in zip(self._reach, self._draws.kept, self._factor, strict=True):
            hit = (near.cost <= near.threshold * reach * (1 + WITHIN)) & kept[near.facility]
            served = np.zeros(self._origins)
            served[near.origin[hit]] = 1.0
            sums = np.bincount(self._of, weights=self._weight * served[self._order], minlength=len(total))
            yield sums / total, self._children * factor


def _ranked(found: _Shares, varied: Variation) -> pd.DataFrame:
    """Return the ranks of the units of one level: as in the run, and how they move."""
    units = len(found.codes)
    worst = varied.among(units)
    ranks = np.array([_ranks(share, people) for share, people in zip(found.within, found.children, strict=True)])
    drawn = ranks[1:]
    low, high = np.quantile(drawn, [LOW, HIGH], axis=0, method="inverted_cdf")
    return pd.DataFrame(
        {
            "unit_code": found.codes, "children": found.children[0], "share_within": found.within[0], "rank": ranks[0],
            "units": units, "worst": worst, "share_among_worst": (drawn <= worst).mean(axis=0),
            "rank_low": low, "rank_high": high, "draws": varied.draws,
        }
    )  # fmt: skip


def _ranks(share: Floats, children: Floats) -> Ints:
    """Return the rank of each unit: the lowest share first, then the most children, then the first code."""
    order = np.lexsort([np.arange(len(share)), -children, share])
    ranks = np.empty(len(share), dtype=np.int64)
    ranks[order] = np.arange(1, len(share) + 1)
    return ranks
