"""The table of equity: how evenly access is spread over children, by unit, category and profile.

What is shared out is a benefit, of which more is better: the score of access, 0 to 100, that each neighbourhood has for
itself. Minutes and metres are burdens, and a Gini of burdens calls a city equal where all walk far; they enter as the
excess over the standard, in the measures of Foster, Greer and Thorbecke.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cfc_gis import basis, schema, schema_equity
from cfc_gis.equity import inequality

LEVELS = ("city", "district")
"""Levels with enough neighbourhoods for a measure of spread."""

FEW = 10
"""With fewer neighbourhoods a measure of spread hangs on each of them."""

STEP = 0.05
"""Step of the points of a Lorenz curve: coarse enough that no compound can be read from it."""

MOST_PALMA = 100.0
"""Above this the poorest 40 % have next to nothing, and the ratio says no more than that."""

SCORE = "score"
_BOUNDS = {SCORE: (0.0, 100.0)}
_GROUPS = {
    "city": ("district", "subdistrict", "urban_rural", "education_group"),
    "district": ("subdistrict", "education_group"),
}
_OUTSIDE = "outside"
_EMPTY = {"value": np.nan, "value_between": np.nan, "value_within": np.nan, "groups": np.nan}


@dataclass(frozen=True, eq=False)
class _Share:
    """The neighbourhoods of one unit, category and profile, and what each child there has."""

    rows: pd.DataFrame
    benefit: str
    rank: pd.Series | None

    @property
    def value(self) -> pd.Series:
        return self.rows[self.benefit].astype(float)

    @property
    def children(self) -> pd.Series:
        return self.rows["children"]


def measures(
    ways: pd.DataFrame, gaps: pd.DataFrame, *, rank: pd.Series | None = None, benefit: str = SCORE
) -> pd.DataFrame:
    """Measure how evenly a benefit is spread over the children of the city and of each district.

    Parameters
    ----------
    ways
        As from :func:`cfc_gis.equity.ways`; with ``education_group`` (:func:`cfc_gis.equity.with_groups`) Theil's T is
        parted by it too.
    gaps
        :data:`cfc_gis.schema.GAPS`: which units are measured, and what may be said of each.
    rank
        What neighbourhoods are ranked by for the concentration index, by their id, and its name: such as
        :func:`cfc_gis.equity.from_centre`, or a column of the planner's, prices or years of building. Without it there
        is no concentration index: no income is known here.
    benefit
        Column of ``ways`` that is shared out: ``score``, ``n_within`` or ``supply_ratio``.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema_equity.EQUITY`, by level, unit, category, profile and measure. A value is missing where
        nothing can be shared out: no children, or none of them has anything; the Palma ratio also where the poorest
        40 % have less than a hundredth of what the richest 10 % have, each. ``fgt0``, ``fgt1`` and ``fgt2`` are the
        means of 1 - ``share_within``, ``depth`` and ``depth_squared``: of the ways of every home, not of compounds.
        ``basis`` says what the value may be said of (:mod:`cfc_gis.basis`).

    Examples
    --------
    >>> ways = pd.DataFrame({"city_code": "230100", "district_code": ["230102", "230103"], "subdistrict_code": None,
    ...     "urban_rural": "urban", "category": "park", "profile": "age3_5.summer", "neighbourhood_id": ["w1", "w2"],
    ...     "children": [10.0, 30.0], "score": [75.0, 25.0], "share_within": [1.0, 0.0], "depth": [0.0, 0.5],
    ...     "depth_squared": [0.0, 0.25]})
    >>> gaps = pd.DataFrame({"level": ["city"], "unit_code": ["230100"], "unit_name": ["哈尔滨市"], "category": "park",
    ...     "profile": "age3_5.summer", "judgement": "meets", "completeness": None})
    >>> found = measures(ways, gaps)
    >>> found.query("by == 'none'")[["measure", "value"]].round(3).to_numpy().tolist()
    [['mean', 37.5], ['gini', 0.25], ['palma', 3.0], ['theil', 0.144], ['fgt0', 0.75], ['fgt1', 0.375], ['fgt2', 0.188]]
    """
    judged = gaps[gaps["level"].isin(LEVELS)]
    bases = basis.of(judged)
    parts = {level: _parts(ways, level) for level in LEVELS}
    found: list[dict[str, Any]] = []
    for row, said in zip(judged.to_dict("records"), bases, strict=True):
        rows = parts[row["level"]].get((row["unit_code"], row["category"], row["profile"]), ways.iloc[:0])
        key = {name: row[name] for name in ("level", "unit_code", "unit_name", "category", "profile")}
        share = _Share(rows, benefit, rank)
        found += [{**key, **each, "benefit": benefit, "basis": said} for each in _measured(share, row["level"])]
    table = pd.DataFrame(found, columns=[*schema_equity.EQUITY.columns])
    table["reasons"] = _reasons(table)
    return _sorted(table, ["measure", "by"])


def lorenz(ways: pd.DataFrame, gaps: pd.DataFrame, *, benefit: str = SCORE) -> pd.DataFrame:
    """Return points of the Lorenz curve of the whole study area, for each category and profile.

    Parameters
    ----------
    ways, gaps, benefit
        As for :func:`measures`.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema_equity.LORENZ` at each 5 % of the children, on the straight lines between neighbourhoods;
        the share is missing where nothing can be shared out.
    """
    cities = gaps[gaps["level"] == "city"]
    parts = _parts(ways, "city")
    at = np.arange(round(1 / STEP) + 1) * STEP
    tables = [pd.DataFrame(columns=[*schema_equity.LORENZ.columns])]
    for row, said in zip(cities.to_dict("records"), basis.of(cities), strict=True):
        rows = parts.get((row["unit_code"], row["category"], row["profile"]), ways.iloc[:0])
        found = inequality.curve(rows[benefit].astype(float), rows["children"]).at(at)
        key = {name: row[name] for name in basis.KEY}
        tables.append(pd.DataFrame(
            {**key, "benefit": benefit, "share_children": at.round(9), "share_benefit": found, "basis": said}
        ))  # fmt: skip
    return _sorted(pd.concat(tables[1:] or tables), ["share_children"])[[*schema_equity.LORENZ.columns]]


def _parts(ways: pd.DataFrame, level: str) -> Mapping[tuple[str, str, str], pd.DataFrame]:
    return {
        (str(code), str(category), str(profile)): rows
        for (code, category, profile), rows in ways.groupby([f"{level}_code", "category", "profile"])
    }


def _measured(share: _Share, level: str) -> Iterator[dict[str, Any]]:
    """Return the rows of one unit, category and profile."""
    known = share.value.notna()
    value, n = share.value, share.children
    of = {"children": n[known].sum(), "children_left_out": n[~known].sum(), "neighbourhoods": int(known.sum())}
    mean = np.average(value[known], weights=n[known]) if known.any() else np.nan
    plain = {"mean": mean, "gini": inequality.gini(value, n), "palma": _palma(value, n)}
    for name, result in plain.items():
        yield {**_EMPTY, "measure": name, "by": "none", "value": result, **of}
    yield from ({"measure": "theil", **row, **of} for row in _theil(share, _GROUPS[level]))
    yield from _concentration(share)
    yield from _fgt(share.rows)


def _palma(values: pd.Series, children: pd.Series) -> float:
    ratio = inequality.palma(values, children)
    return ratio if ratio <= MOST_PALMA else np.nan


def _theil(share: _Share, kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Return Theil's T undivided, then parted by each kind of group of which there are at least two."""
    undivided = inequality.theil(share.value, share.children)
    yield {**_EMPTY, "by": "none", "value": undivided.total}
    for kind in kinds:
        labels = _labels(share.rows, kind)
        count = labels[share.value.notna()].nunique()
        if count > 1:
            total, between, within = inequality.theil(share.value, share.children, labels)
            yield {"by": kind, "value": total, "value_between": between, "value_within": within, "groups": count}


def _labels(rows: pd.DataFrame, kind: str) -> pd.Series:
    column = kind if kind in rows else f"{kind}_code"
    if column not in rows or (kind == "education_group" and rows[column].isna().any()):
        return pd.Series(_OUTSIDE, index=rows.index)
    return rows[column].astype(object).where(rows[column].notna(), _OUTSIDE)


def _concentration(share: _Share) -> Iterator[dict[str, Any]]:
    if share.rank is None:
        return
    rank = share.rows["neighbourhood_id"].map(share.rank).astype(float)
    known = share.value.notna() & rank.notna()
    n = share.children
    of = {"children": n[known].sum(), "children_left_out": n[~known].sum(), "neighbourhoods": int(known.sum())}
    names = {"concentration": None, "concentration_corrected": _BOUNDS.get(share.benefit)}
    for name, bounds in names.items():
        if name == "concentration" or bounds:
            value = inequality.concentration(share.value, n, rank, bounds)
            yield {**_EMPTY, "measure": name, "by": str(share.rank.name), "value": value, **of}


def _fgt(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return how many fall short and how far, over the neighbourhoods where it is known."""
    missing = {"fgt0": 1.0 - rows["share_within"], "fgt1": rows["depth"], "fgt2": rows["depth_squared"]}
    for name, each in missing.items():
        known = each.notna()
        n = rows["children"]
        value = float(np.average(each[known].astype(float), weights=n[known])) if known.any() else np.nan
        of = {"children": n[known].sum(), "children_left_out": n[~known].sum(), "neighbourhoods": int(known.sum())}
        yield {**_EMPTY, "measure": name, "by": "none", "value": value, **of}


def _reasons(table: pd.DataFrame) -> list[str]:
    """Return why a value is missing or must be read with care, in a fixed order."""
    nobody = table["children"].astype(float) == 0
    undefined = table["value"].astype(float).isna() & ~nobody
    reasons = {
        "nothing_known": nobody,
        "nothing_shared": undefined & (table["measure"] != "palma"),
        "poorest_have_nothing": undefined & (table["measure"] == "palma"),
        "few_neighbourhoods": ~nobody & (table["neighbourhoods"].astype(int) < FEW),
        "some_left_out": ~nobody & (table["children_left_out"].astype(float) > 0),
        "no_finding": table["basis"] == "no_finding",
        "recorded": table["basis"] == "recorded",
    }
    lists = zip(*(np.where(holds, key, "") for key, holds in reasons.items()), strict=True)
    return [";".join(filter(None, keys)) for keys in lists]


def _sorted(table: pd.DataFrame, more: list[str]) -> pd.DataFrame:
    ranks = {
        "level": schema.LEVELS,
        "category": schema.CATEGORIES,
        "measure": schema_equity.MEASURES,
        "by": schema_equity.GROUPS,
    }

    def place(column: pd.Series) -> pd.Series:
        if column.name not in ranks:
            return column
        listed = ranks[str(column.name)]
        return column.map({name: n for n, name in enumerate(listed)}).fillna(len(listed)).astype(int)

    keys = ["level", "unit_code", "category", "profile", *more]
    return table.sort_values(keys, key=place, ignore_index=True)
