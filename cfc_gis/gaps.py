"""Judge each unit against the standards: the share of its children served, the shortfall, and how sure we can be.

What is recorded proves service; what is not recorded does not prove its absence. So each share is an interval: its low
end is what the data prove, its high end what is possible. Without an independent count of the facilities that really
exist the high end is 1, and a low share is *undecided* or *no data*, never a *gap*. With one it ends where the missing
facilities could take it (:mod:`cfc_gis.interval`), and beyond that only where homes are off the network or the border
of the data is near.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.counted import LEVELS, city_of, with_children
from cfc_gis.interval import LEAST_COMPLETENESS
from cfc_gis.possible import NOT_JUDGED

if TYPE_CHECKING:
    from cfc_gis.standards import Category, Standard

ROUNDING = 1e-9
"""A share that misses the target by no more than this meets it: the same children, added in another order."""

MOSTLY_COVERED = 0.8
"""A unit of whose people a smaller share is covered is judged for that part, at medium confidence at most."""

MANY_AT_THE_EDGE = 0.1
"""Above this share of children with a nearer facility possibly outside the data, confidence is medium at most."""

FEW_CHILDREN = 100
"""A unit with fewer children of the age never falls short for certain: one building more or less would change it, and
the interval was not calibrated for so few (docs/completeness.md). What is proven may still *meet*."""

MOSTLY_COMPLETE = 0.8
"""Where fewer of them are known, confidence is medium at most."""

SEVERE_SHORTFALL, SEVERE_DEPTH = 0.25, 0.25
"""Beyond these, a shortfall (as a share of the target) and a depth each raise the severity by one."""

_SHARES = ("share_within", "share_within_presumed", "share_beyond", "depth", "share_unconnected")
_KEY = ["level", "unit_code", "category", "profile"]

_OF_NO_USE = ("counts_disagree", "found_more_than_counted", "kind_not_counted", "few_matched")
"""Reasons for which a count that is there says nothing."""

_MEDIUM = (
    "partly_covered", "edge_affected", "children_from_floor_area", "children_from_raster", "children_from_table",
    "standard_unverified", "presumed_decide", "straddles_target", "many_missing",
    "count_estimated",
)  # fmt: skip
"""Reasons for which confidence is medium at best."""


def flag(
    *,
    neighbourhoods: pd.DataFrame,
    access: pd.DataFrame,
    units: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
    possible: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Judge every unit in every category and profile.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`; geometry is not used. A neighbourhood counts in the unit whose code it
        carries; in the city count all, of several cities those of its districts.
    access
        :data:`cfc_gis.schema.ACCESS`. Where a share is missing its children count as not proven to be served.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used. Levels city, district and sub-district are judged.
    standards
        The deciding standard of each category in ``access``.
    categories
        The users of each category in ``access``.

    possible
        What counts say (:func:`cfc_gis.possible.shares`): ``completeness`` of the facilities that are found,
        ``share_possible`` within the standard if those that are missing are counted too, where that comes from
        (``count_basis``), and ``count_reasons``, keys of the locale section ``reason`` joined by ``;``.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.GAPS`, by level, unit, category (in the order of ``categories``) and profile: one row for
        each, also for a unit without children, which is *no data*. ``children`` are those of the category's age to
        whose neighbourhoods the standard applies: urban, rural, or all; where the kind is unknown it applies. Of a unit
        with neighbourhoods whose people the census does not have, ``children`` are those that are known, its shares are
        missing, and it is *no data*.

    Notes
    -----
    With the children n of each neighbourhood as weights:

    - ``share_low`` = sum(n * share_within) / sum(n), ``share_presumed`` the same with presumed facilities counted, and
      ``depth`` = sum(n * depth) / sum(n), the poverty-gap measure FGT-1 (Foster, Greer and Thorbecke 1984) of excess
      distance, over the neighbourhoods where it is known.
    - ``share_high`` = min(1, max(share_presumed, share_possible) + share_beyond + share_unconnected): nobody knows what
      lies beyond the border of the data, nor where a home that is off the network leads to. 1 without a count, and
      where fewer than half of the facilities are known.
    - ``shortfall_low`` = max(0, target - share_high) * sum(n) and ``shortfall_high`` = max(0, target - share_low) *
      sum(n), in children.
    - *meets* if share_low >= target; else *undecided* if share_presumed >= target: it hangs on presumed facilities;
      else *no data* without a count of the unit itself, or with one by which fewer than half of the facilities are
      known; else *undecided*
      if share_high >= target, or where fewer than 100 children of the age live; else *gap* if the standard is binding,
      and *below reference* if it is not.
    - ``severity``: 0 where the target is met; else 1, one more where more than a quarter of the target is missing,
      (target - share_low) / target > 0.25, one more where depth > 0.25. It speaks of what the data show, and is
      missing where the judgement is *no data*.
    - ``confidence`` starts high; it is medium at most where less than 80 % of a unit's people, at the low end
      of the estimate, are covered (of its area, where there is no census), where more than 10 % of the children live
      near the border of the data, where the standard is unverified, where children are estimated from floor area,
      where the target lies within the interval, where fewer than 80 % of the facilities are known, or where something
      is to be said of the count; it is low where a judgement other than *meets* has no count to rest on, or
      one beside which nothing is known of its neighbours, or where fewer than 100 children of the age live. Every
      reason is listed, and in ``settled_by`` what would settle a judgement that is open.

    Examples
    --------
    >>> from cfc_gis.standards import categories, load
    >>> homes = pd.DataFrame({
    ...     "neighbourhood_id": ["w1", "w2"], "district_code": "230103", "subdistrict_code": None,
    ...     "urban_rural": "urban", "children_0_2": 0.0, "children_3_5": [300.0, 100.0],
    ...     "children_6_11": 0.0, "children_12_14": 0.0})
    >>> access = pd.DataFrame({
    ...     "neighbourhood_id": ["w1", "w2"], "category": "kindergarten", "profile": "age3_5.summer", "depth": [0, 1.0],
    ...     "share_within": [1, 0.0], "share_within_presumed": [1, 0.0], "share_beyond": 0.0, "share_unconnected": 0.0,
    ...     "edge_affected": False})
    >>> units = pd.DataFrame({
    ...     "level": ["district"], "unit_code": ["230103"], "unit_name": ["南岗区"], "covered_area_share": 1.0,
    ...     "covered_people_share_low": 1.0, "population_rule": "census"})
    >>> found = flag(neighbourhoods=homes, access=access, units=units, standards=load(), categories=categories())
    >>> found[["children", "share_low", "shortfall_high", "judgement"]].round(6).to_numpy().tolist()
    [[400.0, 0.75, 60.0, 'no_data']]
    >>> count = found[["level", "unit_code", "category", "profile"]].assign(
    ...     completeness=0.9, share_possible=0.8, count_basis="own_count", count_reasons="")
    >>> found = flag(neighbourhoods=homes, access=access, units=units, standards=load(), categories=categories(),
    ...              possible=count)
    >>> found[["share_high", "shortfall_low", "judgement"]].round(6).to_numpy().tolist()
    [[0.8, 40.0, 'below_reference']]
    """
    ways = _ways(neighbourhoods, access, standards, categories)
    kinds = [(name, profile) for name in categories for profile in _profiles(access, name)]
    judged = units[units["level"].isin(LEVELS)]
    ways["city_code"] = city_of(ways, judged)
    summed = pd.concat([_summed(ways, level) for level in LEVELS])
    rows = judged.merge(pd.DataFrame(kinds, columns=["category", "profile"]), how="cross")
    rows["level"] = rows["level"].astype("str")
    rows = rows.join(summed, on=_KEY).join(_counted(possible), on=_KEY)
    rows["children"] = rows["children"].fillna(0.0)
    for name in ("target_share", "verified", "target_verified", "signed", "binding", "id", "phase"):
        rows[name] = rows["category"].map({kind: getattr(row, name) for kind, row in standards.items()})
    for name in ("body", "domain"):
        rows[name] = rows["category"].map({kind: getattr(row, name) for kind, row in categories.items()})
    rows = _reasons(_judged(_measured(rows)))
    rows["settled_by"] = _settled_by(rows)
    rows["indicator"] = rows["category"] + ".within_standard"
    rows = rows.rename(columns={"id": "standard_id"})[[*schema.GAPS.columns]]
    return _sorted(rows, list(categories))


def _ways(
    neighbourhoods: pd.DataFrame,
    access: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Rows of access with the children whom they speak of, in an order that does not depend on the caller's."""
    ways = access.sort_values(["category", "profile", "neighbourhood_id"], ignore_index=True)
    applies = ways["category"].map({name: row.applies_to for name, row in standards.items()})
    return with_children(ways, neighbourhoods, categories, applies)


def _profiles(access: pd.DataFrame, category: str) -> list[str]:
    return sorted(set(access.loc[access["category"] == category, "profile"]))


def _counted(possible: pd.DataFrame | None) -> pd.DataFrame:
    """Return what counts say, by row."""
    columns = ["completeness", "share_possible", "count_basis", "count_reasons"]
    if possible is None or possible.empty:
        empty = pd.MultiIndex.from_arrays([pd.Index([], dtype="str")] * len(_KEY), names=_KEY)
        numbers = pd.DataFrame(np.empty((0, 2)), index=empty, columns=columns[:2])
        return numbers.assign(**dict.fromkeys(columns[2:], pd.Series(dtype="str")))
    return possible.set_index(_KEY)[columns]


def _summed(ways: pd.DataFrame, level: str) -> pd.DataFrame:
    """Children of each unit of a level, and how many of them each share speaks of."""
    n = ways["children"]
    uncounted = ways[list(schema.BANDS)].isna().any(axis=1) & ways["district_code"].notna()
    sums = ways[["category", "profile", "children", "left_out"]].assign(
        level=level,
        unit_code=ways[f"{level}_code"],
        edge=n.where(ways["edge_affected"].astype(bool), 0.0),
        known=n.where(ways["depth"].notna(), 0.0),
        outside=uncounted.astype("float64"),
        **{name: n * ways[name].fillna(0.0) for name in _SHARES},
    )
    return sums.groupby(_KEY).sum()


def _measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares, shortfalls and severity; missing where there are no children."""
    rows["outside"] = rows["outside"] > 0
    n = rows["children"].where((rows["children"] > 0) & ~rows["outside"])
    rows["share_low"] = (rows["share_within"] / n).clip(0.0, 1.0)
    # The presumed facilities come on top of the proven ones.
    rows["share_presumed"] = np.maximum(rows["share_low"], (rows["share_within_presumed"] / n).clip(0.0, 1.0))
    for name in ("share_beyond", "share_unconnected"):
        rows[name] = (rows[name] / n).clip(0.0, 1.0)
    rows["counted"] = (rows["completeness"] >= LEAST_COMPLETENESS) & ~rows["count_basis"].isin(NOT_JUDGED)
    most = np.maximum(rows["share_presumed"], rows["share_possible"]) + rows["share_beyond"] + rows["share_unconnected"]
    rows["share_high"] = most.clip(upper=1.0).where(rows["counted"], 1.0).where(rows["share_low"].notna())
    rows["depth"] = (rows["depth"] / rows["known"].where(rows["known"] > 0)).clip(0.0, 1.0)
    target = rows["target_share"]
    for short, share in (("shortfall_low", "share_high"), ("shortfall_high", "share_low")):
        missing = target - rows[share]
        rows[short] = missing.where(missing.isna() | (missing > ROUNDING), 0.0) * n
    return rows


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    target = rows["target_share"] - ROUNDING
    first_that_holds = {
        "meets": rows["share_low"] >= target,
        "undecided": (rows["share_presumed"] >= target) | (rows["counted"] & (rows["share_high"] >= target)),
        "no_data": ~rows["counted"] | rows["share_low"].isna(),
        "few": rows["children"] < FEW_CHILDREN,  # the interval was not calibrated for them
        "gap": rows["binding"],
    }
    found = np.select([*first_that_holds.values()], [*first_that_holds], default="below_reference")
    rows["judgement"] = np.where(found == "few", "undecided", found)
    short = rows["judgement"] != "meets"
    severe = (rows["target_share"] - rows["share_low"]) / rows["target_share"] > SEVERE_SHORTFALL
    severity = short * (1.0 + severe + (rows["depth"] > SEVERE_DEPTH))
    rows["severity"] = severity.where(rows["judgement"] != "no_data")
    return rows


def _reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Confidence, and the reasons for it and for the judgement, in a fixed order."""
    some = rows["children"] > 0
    missed = some & (rows["judgement"] != "meets")
    uncounted = missed & ~rows["counted"]
    inherited = rows["count_basis"] == "inherited"
    by_presumed = (rows["judgement"] == "undecided") & (rows["share_presumed"] >= rows["target_share"] - ROUNDING)
    # Of a cut unit the low end counts: the middle of an estimate that the census caps says nothing of coverage.
    covered = rows["covered_people_share_low"].fillna(rows["covered_area_share"])
    n = rows["children"].where(some)
    outside = rows["outside"]
    nobody = ~some & ~(rows["left_out"] > 0) & ~outside
    signed = rows["signed"].astype(bool)
    verified, target_verified = rows["verified"].astype(bool), rows["target_verified"].astype(bool)
    reasons = {
        "outside_census": outside & ~some,
        "census_incomplete": outside & some,
        "no_children": nobody,
        "not_applicable": ~some & ~nobody & ~outside,
        "few_children": some & (rows["children"] < FEW_CHILDREN),
        "presumed_decide": by_presumed,
        "count_missing": missed & ~outside & rows["completeness"].isna() & ~_said(rows, *_OF_NO_USE),
        "count_inherited": uncounted & inherited,
        "count_too_low": uncounted & (rows["completeness"] < LEAST_COMPLETENESS) & ~inherited,
        "count_estimated": missed & rows["counted"] & (rows["count_basis"] == "capture_recapture"),
        "straddles_target": (rows["judgement"] == "undecided") & ~by_presumed & _straddles(rows),
        "many_missing": missed & rows["counted"] & (rows["completeness"] < MOSTLY_COMPLETE),
        "partly_covered": covered < MOSTLY_COVERED,
        "edge_affected": rows["edge"] / n > MANY_AT_THE_EDGE,
        "homes_unconnected": rows["share_unconnected"] > ROUNDING,
        "other_kind_left_out": some & (rows["left_out"] > 0),
        "children_from_floor_area": some & ~rows["population_rule"].isin(["census", "raster", "table"]),
        "children_from_raster": some & (rows["population_rule"] == "raster"),
        "children_from_table": some & (rows["population_rule"] == "table"),
        "standard_unverified": ~verified & ~signed,
        "target_unverified": ~target_verified & ~signed,
        "standard_signed": signed & ~(verified & target_verified),
    }
    said = [np.where(holds, key, "") for key, holds in reasons.items()]
    rows["reasons"] = _joined(*said, rows["count_reasons"].fillna("").where(missed, ""))
    medium = np.logical_or.reduce([reasons[key] for key in _MEDIUM])
    medium |= missed & (rows["count_reasons"].fillna("") != "")
    unsure = uncounted | (missed & _said(rows, "neighbours_not_counted"))
    rows["confidence"] = np.select(
        [unsure | ~some | outside | reasons["few_children"], medium], ["low", "medium"], default="high"
    )
    return rows


def _settled_by(rows: pd.DataFrame) -> list[str]:
    """Return what would settle each judgement that is open, as keys of the locale section ``settle``."""
    target = rows["target_share"] - ROUNDING
    outside, open_ = rows["outside"], rows["judgement"].isin(["undecided", "no_data"])
    some = (rows["children"] > 0) & ~outside
    short = rows["judgement"].isin(["gap", "below_reference"])
    straddles = open_ & rows["counted"] & _straddles(rows)
    few = (rows["judgement"] == "undecided") & rows["counted"] & ~_straddles(rows)
    inherited = rows["count_basis"] == "inherited"
    untold = some & open_ & (rows["completeness"].isna() | inherited)
    without = {name: rows["share_high"] - rows[name] < target for name in ("share_beyond", "share_unconnected")}
    ways = {
        "whole_census": outside,
        "confirm_presumed": open_ & (rows["share_presumed"] >= target),
        "counts_agree": untold & _said(rows, "counts_disagree"),
        "check_count": untold & _said(rows, "found_more_than_counted"),
        "count_kinds": untold & _said(rows, "kind_not_counted"),
        "official_count": untold & ~_said(rows, "counts_disagree", "found_more_than_counted", "kind_not_counted"),
        "count_around": some & open_ & _said(rows, "district_not_counted"),
        "count_city": some & (open_ | short) & _said(rows, "neighbours_not_counted"),
        "children_table": few & (rows["share_presumed"] < target),
        "complete_list": some & open_ & ~inherited & (rows["completeness"] < 1.0) & ~few,
        "data_beyond_border": straddles & without["share_beyond"] & (rows["share_beyond"] > ROUNDING),
        "connect_homes": straddles & without["share_unconnected"] & (rows["share_unconnected"] > ROUNDING),
        "sign_standard": rows["judgement"] == "below_reference",
    }
    return _joined(*(np.where(holds, key, "") for key, holds in ways.items()))


def _straddles(rows: pd.DataFrame) -> pd.Series:
    """Tell where the high end reaches the target."""
    return rows["share_high"] >= rows["target_share"] - ROUNDING


def _said(rows: pd.DataFrame, *reasons: str) -> pd.Series:
    """Tell in which rows any of some reasons is given of the count."""
    return rows["count_reasons"].fillna("").str.contains("|".join(reasons))


def _joined(*keys: Iterable[str]) -> list[str]:
    """Join the keys of each row that are not empty."""
    return [";".join(filter(None, row)) for row in zip(*keys, strict=True)]


def _sorted(rows: pd.DataFrame, categories: list[str]) -> pd.DataFrame:
    order = rows.assign(
        _level=rows["level"].map(LEVELS.index), _category=rows["category"].map(categories.index)
    ).sort_values(["_level", "unit_code", "_category", "profile"], ignore_index=True)
    return order[[*schema.GAPS.columns]]
