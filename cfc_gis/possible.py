"""Put reach and completeness together: the share of each unit's children who may be served, as far as counts tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import interval, schema
from cfc_gis.completeness import MISSING_SOMEWHERE
from cfc_gis.counted import LEVELS, city_of, with_children

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfc_gis.access.reached import Reached
    from cfc_gis.standards import Category, Standard

SMALL_UNIT_COMPLETE = 0.8
"""A sub-district is judged only where so many are known around it: children walk over its border, and with fewer known
more than 5 % of those that truly meet would be called short of the target (docs/completeness.md)."""

NOT_JUDGED = ("inherited", "not_judged")
"""Bases by which nothing is judged: the completeness of the unit above, or one beside which too little is known."""

COLUMNS = (
    "level", "unit_code", "category", "profile", "completeness", "share_possible", "count_basis", "count_reasons",
    "share_found", "share_once", "sum_squares", "share_typical", "odds",
)  # fmt: skip
"""Columns of :func:`shares`."""


def shares(  # noqa: PLR0913 - one name for each table
    *,
    reached: Mapping[tuple[str, str], Reached],
    origins: pd.DataFrame,
    neighbourhoods: pd.DataFrame,
    units: pd.DataFrame,
    completeness: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return the largest share of children who may be served, for every unit and category.

    Parameters
    ----------
    reached
        By category and profile: which facilities every origin has near.
    origins
        :data:`cfc_gis.schema.ORIGINS`, in the order that ``reached`` speaks of; geometry is not used.
    neighbourhoods, units
        :data:`cfc_gis.schema.NEIGHBOURHOODS` and :data:`cfc_gis.schema.UNITS`; geometry is not used.
    completeness
        :data:`cfc_gis.schema.COMPLETENESS`.
    standards, categories
        The deciding standard and the users of each category.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, what :func:`cfc_gis.gaps.flag` takes: ``completeness`` is its low end, and ``share_possible``
        as of :func:`cfc_gis.interval.share_high`, with the terms of its formula; only what something is known of has
        rows.

    Examples
    --------
    >>> from cfc_gis.access.reached import Reached
    >>> from cfc_gis.standards import categories, load
    >>> homes = pd.DataFrame({"neighbourhood_id": ["w1"], "district_code": "230103", "subdistrict_code": None,
    ...     "urban_rural": "urban", "children_0_2": 0.0, "children_3_5": 40.0, "children_6_11": 0.0,
    ...     "children_12_14": 0.0})
    >>> origins = pd.DataFrame({"neighbourhood_id": ["w1", "w1"], "weight": [0.25, 0.75]})
    >>> near = Reached(300.0, np.array([0]), np.array([5]), np.array([120.0]), np.array([120.0, 900.0]))
    >>> units = pd.DataFrame({"level": ["district"], "unit_code": ["230103"], "parent_code": None})
    >>> complete = pd.DataFrame({"level": ["district"], "unit_code": ["230103"], "category": ["kindergarten"],
    ...     "completeness_low": [1.0], "basis": ["own_count"], "reasons": [""]})
    >>> found = shares(reached={("kindergarten", "age3_5.summer"): near}, origins=origins, neighbourhoods=homes,
    ...     units=units, completeness=complete, standards=load(), categories=categories())
    >>> found[["completeness", "share_possible"]].to_numpy().tolist()
    [[1.0, 0.25]]
    """
    known = completeness[(completeness["basis"] != "none") | (completeness["reasons"] != "")]
    tables: list[pd.DataFrame] = []
    for category, profile in reached:
        of_category = known[known["category"] == category]
        if of_category.empty:
            continue
        homes = _children(category, origins, neighbourhoods, units, standards, categories)
        pairs = reached[category, profile].pairs()
        for level in LEVELS:
            told = of_category[of_category["level"] == level].set_index("unit_code")
            found = interval.found_shares(*pairs, homes["children"], homes[f"{level}_code"]).reindex(told.index)
            low = told["completeness_low"].to_numpy(dtype=np.float64)
            basis, reasons = _judging(told, level, units, of_category)
            high = interval.share_high(found, low, inherited=basis.isin(NOT_JUDGED).to_numpy())
            facts = {"count_basis": basis, "count_reasons": reasons, **_terms(found, low, basis)}
            table = pd.DataFrame({"completeness": low, "share_possible": high, **facts}, index=told.index)
            tables.append(table.assign(level=level, category=category, profile=profile).reset_index()[[*COLUMNS]])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*COLUMNS])


_TERMS = {"low": "share_found", "once": "share_once", "squares": "sum_squares", "typical": "share_typical"}


def _terms(found: pd.DataFrame, low: NDArray[np.float64], basis: pd.Series) -> dict[str, pd.Series]:
    """Return the terms of the formula; the odds r = (1 - c) / c are missing where nothing is said by it."""
    silent = basis.isin(NOT_JUDGED) | ~(low >= interval.LEAST_COMPLETENESS)
    odds = pd.Series((1.0 - low) / np.where(low > 0, low, np.nan), index=found.index).mask(silent)
    return {**{said: found[name] for name, said in _TERMS.items()}, "odds": odds}


def intervals(shares: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return every term of every interval that rests on a count, so that it can be followed by hand.

    Parameters
    ----------
    shares
        As of :func:`shares`.
    gaps
        :data:`cfc_gis.schema.GAPS`, made from them.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.INTERVALS`, in the order of the gaps; a row for each unit, category and profile that has a
        completeness of its own by which is judged.

    Notes
    -----
    ::

        odds = (1 - completeness_low) / completeness_low
        share_possible = min(1, share_found + odds share_once
                                + 1.5 sqrt(odds (sum_squares / completeness_low + share_typical^2)))
        share_high = min(1, max(share_presumed, share_possible) + share_beyond + share_unconnected)
    """
    known = shares[~shares["count_basis"].isin(NOT_JUDGED) & shares["completeness"].notna()]
    known = known.rename(columns={"completeness": "completeness_low"})
    rows = gaps.merge(known.drop(columns=["count_basis", "count_reasons"]), on=list(COLUMNS[:4]))
    return rows[[*schema.INTERVALS.columns]]


def reach(reached: Mapping[tuple[str, str], Reached], origins: pd.DataFrame, facility_ids: pd.Series) -> pd.DataFrame:
    """Return which facilities serve each neighbourhood, and how much of it: what the terms of an interval add up.

    Parameters
    ----------
    reached
        By category and profile: which facilities every origin has near.
    origins
        ``neighbourhood_id`` and ``weight`` of each, in the order that ``reached`` speaks of.
    facility_ids
        Ids of the facilities, in the order that ``reached`` speaks of.

    Returns
    -------
    DataFrame
        ``neighbourhood_id``, ``category``, ``profile``, ``facility_id``, ``share_within``, the share of its homes that
        have the facility within the standard, and ``share_alone``, of those that have no other.

    Examples
    --------
    >>> from cfc_gis.access.reached import Reached
    >>> near = Reached(300.0, np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([120.0, 90.0, 80.0]), np.zeros(2))
    >>> homes = pd.DataFrame({"neighbourhood_id": ["w1", "w1"], "weight": [0.25, 0.75]})
    >>> table = reach({("park", "age3_5.summer"): near}, homes, pd.Series(["a", "b"]))
    >>> table[["facility_id", "share_within", "share_alone"]].to_numpy().tolist()
    [['a', 1.0, 0.25], ['b', 0.75, 0.0]]
    """
    tables = [pd.DataFrame(columns=["neighbourhood_id", "category", "profile", "facility_id", *_REACH])]
    for (category, profile), near in reached.items():
        origin, facility = near.pairs()
        pairs = pd.DataFrame({"origin": origin, "facility": facility}).drop_duplicates()
        pairs["share_within"] = origins["weight"].to_numpy(dtype=np.float64)[pairs["origin"]]
        alone = ~pairs["origin"].duplicated(keep=False)
        pairs["share_alone"] = pairs["share_within"].where(alone, 0.0)
        pairs["neighbourhood_id"] = origins["neighbourhood_id"].to_numpy()[pairs["origin"]]
        pairs["facility_id"] = facility_ids.to_numpy()[pairs["facility"]]
        sums = pairs.groupby(["neighbourhood_id", "facility_id"], as_index=False)[list(_REACH)].sum()
        tables.append(sums.assign(category=category, profile=profile)[tables[0].columns])
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)


_REACH = ("share_within", "share_alone")


def _judging(
    told: pd.DataFrame, level: str, units: pd.DataFrame, of_category: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Return the basis of each unit, and what is to be said of it: a count alone says nothing of what lies beside it.

    Children walk over the border of their unit. Where the unit above has no completeness of its own nobody knows what
    is missing beside it: a sub-district is then not judged, nor one of a district beside which nothing is known; a
    district is judged with that reason. A sub-district is not judged either where fewer than
    :data:`SMALL_UNIT_COMPLETE` are known, or by a list that does not have, with its place, every facility of the
    district: the missing ones may all lie there.
    """
    parents = units.set_index("unit_code")["parent_code"]
    known = of_category["completeness_low"].notna() & (of_category["basis"] != "inherited")
    own = set(of_category.loc[known, "unit_code"])
    small, counted = level == "subdistrict", (told["basis"] != "inherited") & told["completeness_low"].notna()
    above = told.index.to_series().map(parents)
    within = small & counted & ~above.isin(own)
    city = above.map(parents) if small else above
    around = (level != "city") & counted & ~city.isin(own)
    few = small & counted & (told["completeness_low"] < SMALL_UNIT_COMPLETE)
    somewhere = small & told["reasons"].str.contains(MISSING_SOMEWHERE)
    basis = told["basis"].where(~(few | somewhere | within | (small & around)), "not_judged")
    said = {"district_not_counted": within, "neighbours_not_counted": around, "small_unit_incomplete": few}
    reasons = told["reasons"]
    for key, holds in said.items():
        reasons = reasons.where(~holds, reasons + ";" + key)
    return basis, reasons.str.strip(";")


def _children(
    category: str,
    origins: pd.DataFrame,
    neighbourhoods: pd.DataFrame,
    units: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return the children who start at each origin and to whom the standard applies, with the units they live in."""
    rows = pd.DataFrame({"neighbourhood_id": origins["neighbourhood_id"].to_numpy(), "category": category})
    applies = pd.Series(standards[category].applies_to, index=rows.index)
    rows = with_children(rows, neighbourhoods, {category: categories[category]}, applies)
    rows["city_code"] = city_of(rows, units)
    rows["children"] = (rows["children"] * origins["weight"].to_numpy(dtype=np.float64)).fillna(0.0)
    return rows
