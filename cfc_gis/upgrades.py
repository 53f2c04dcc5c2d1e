"""What kinds of upgrade would close each gap, for how many children, and where to begin.

A gap is a number of children who are not proven to be served. Each of them has one upgrade as first choice
(:mod:`cfc_gis.access.remedies`), so that the first choices add up to the gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import comparable, schema
from cfc_gis.access.remedies import thresholds
from cfc_gis.counted import LEVELS, city_of, with_children

if TYPE_CHECKING:
    from cfc_gis.standards import Category, Standard

_KEY = ["level", "unit_code", "category", "profile"]
_ROW = [*_KEY, "kind", "first"]
_ORDER = ("gap", "below_reference", "undecided", "no_data")
"""What is known to fall short stands before what may."""
_NOBODY = 1e-6
_OF_GAP = ["unit_name", "judgement", "confidence", "reasons"]


def find(  # noqa: PLR0913 - one table each
    *,
    gaps: pd.DataFrame,
    remedies: pd.DataFrame,
    neighbourhoods: pd.DataFrame,
    facilities: pd.DataFrame,
    units: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return the kinds of upgrade that would close each gap.

    Parameters
    ----------
    gaps
        :data:`cfc_gis.schema.GAPS`; what meets its target has no upgrades.
    remedies
        As of :func:`cfc_gis.access.remedies.find`.
    neighbourhoods, facilities, units
        :data:`cfc_gis.schema.NEIGHBOURHOODS`, :data:`cfc_gis.schema.FACILITIES` and :data:`cfc_gis.schema.UNITS`;
        geometry is not used.
    standards, categories
        Those of the gaps.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.UPGRADES`, in the order of the gaps, first choices before what stands beside them, those
        for most children first. The children of the first choices of a gap add up to children * (1 - share_low).
        Where some facilities are known to be missing from the data, ``better_data`` stands beside ``new_site``: they
        may be what is missing. Where the judgement is *no data* the first choice for all of them is ``better_data``,
        and what would be done if the data were whole stands beside it. ``seats`` always stands beside: it is for
        children who are served.

    Examples
    --------
    >>> from cfc_gis.standards import categories, load
    >>> gaps = pd.DataFrame({"level": ["district"], "unit_code": "D1", "unit_name": "一区", "category": "kindergarten",
    ...     "profile": "age3_5.summer", "children": 40.0, "share_low": 0.75, "judgement": "below_reference",
    ...     "confidence": "low", "reasons": "", "completeness": None})
    >>> homes = pd.DataFrame({"neighbourhood_id": ["a", "b"], "district_code": "D1", "subdistrict_code": None,
    ...     "urban_rural": "urban", "children_0_2": 0.0, "children_3_5": [20.0, 20.0], "children_6_11": 0.0,
    ...     "children_12_14": 0.0})
    >>> remedies = pd.DataFrame({"neighbourhood_id": ["a", "a", "b"], "category": "kindergarten",
    ...     "profile": "age3_5.summer", "kind": ["path", "new_site", "seats"], "first": [True, True, False],
    ...     "facility_id": ["w1", None, "w1"], "street": None, "share": [0.3, 0.2, 1.0]})
    >>> sites = pd.DataFrame({"facility_id": ["w1"], "name": ["一幼儿园"]})
    >>> found = find(gaps=gaps, remedies=remedies, neighbourhoods=homes, facilities=sites, units=gaps,
    ...              standards=load(), categories=categories())
    >>> found[["kind", "first", "children", "share", "facility_name"]].to_numpy().tolist()
    [['path', True, 6.0, 0.15, '一幼儿园'], ['new_site', True, 4.0, 0.1, nan], ['seats', False, 20.0, 0.5, '一幼儿园']]
    """
    short = gaps[(gaps["judgement"] != "meets") & (gaps["children"] > 0)].reset_index(drop=True)
    rows = _counted(remedies, neighbourhoods, standards, categories, units)
    untold = rows.merge(short.loc[short["judgement"] == "no_data", _KEY], on=_KEY)
    told = rows.merge(short.loc[short["judgement"] != "no_data", _KEY], on=_KEY)
    perhaps = told[told["first"] & (told["kind"] == "new_site")]
    perhaps = perhaps.merge(short.loc[short["completeness"] < 1.0, _KEY], on=_KEY)
    perhaps = perhaps.assign(kind="better_data", first=False, facility_id=None, street=None)
    better = untold[untold["first"]].assign(kind="better_data", facility_id=None, street=None)
    rows = pd.concat([told, perhaps, better, untold.assign(first=False)], ignore_index=True)
    sums = rows.groupby(_ROW, as_index=False).agg(n=("n", "sum"), neighbourhoods=("neighbourhood_id", "nunique"))
    for name in ("facility_id", "street"):
        sums = sums.merge(_most(rows, name), on=_ROW, how="left")
        enough = sums["most"] >= float(thresholds()["named"]["share"]) * sums["n"]
        sums[name] = sums[name].where(enough).astype("str")
        sums = sums.drop(columns="most")
    sums = sums[sums["n"] > _NOBODY]
    return _table(sums, short, facilities)


def priorities(gaps: pd.DataFrame, upgrades: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return where to begin: districts and sub-districts by the children who are not proven to be served.

    Parameters
    ----------
    gaps
        :data:`cfc_gis.schema.GAPS`.
    upgrades
        :data:`cfc_gis.schema.UPGRADES`, as of :func:`find`.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.PRIORITIES`: one row for each gap. What falls short comes first, ``gap`` before
        ``below_reference`` before ``undecided``, then by children, unit, category and profile. *No data* is no
        shortfall: it has ranks of its own, what to find out first. What cannot be told apart
        (:func:`cfc_gis.comparable.of_units`) has no rank at all, and comes last. Each season is ranked for itself.

    Examples
    --------
    >>> gaps = pd.DataFrame({"level": "district", "unit_code": ["D1", "D2", "D3"], "unit_name": None,
    ...     "category": "park", "profile": "age3_5.summer", "children": [90.0, 10.0, 50.0], "confidence": "medium",
    ...     "share_low": [0.5, 0.0, 0.0], "share_presumed": [0.5, 0.0, 0.1], "severity": [2.0, 3.0, None],
    ...     "judgement": ["below_reference", "gap", "no_data"]})
    >>> upgrades = gaps[["level", "unit_code", "category", "profile"]].assign(
    ...     kind=["path", "new_site", "better_data"], first=True, children=[45.0, 10.0, 50.0])
    >>> units = gaps[["level", "unit_code"]].assign(parent_code=None)
    >>> found = priorities(gaps, upgrades, units)
    >>> found[["order", "rank", "unit_code", "kind", "kind_children"]].to_numpy().tolist()
    [['shortfall', 1, 'D2', 'new_site', 10.0],
     ['shortfall', 2, 'D1', 'path', 45.0],
     ['find_out', 1, 'D3', 'better_data', 50.0]]
    """
    first = upgrades[upgrades["first"]].copy()
    first["_kind"] = first["kind"].map(schema.UPGRADE_KINDS.index)
    first = first.sort_values(["children", "_kind"], ascending=[False, True]).drop_duplicates(_KEY)
    first = first[[*_KEY, "kind", "children"]].rename(columns={"children": "kind_children"})
    short = gaps.assign(_told=comparable.of_units(gaps, units))
    short = short[(short["judgement"] != "meets") & (short["level"] != "city")]
    short = short.assign(children=short["children"] * (1.0 - short["share_low"].fillna(0.0)))
    rows = short.merge(first, on=_KEY)
    rows["order"] = np.where(rows["judgement"] == "no_data", "find_out", "shortfall")
    rows["order"] = rows["order"].where(rows["_told"], "untold")
    rows["_judged"] = rows["judgement"].map(_ORDER.index)
    rows["_level"] = rows["level"].map(LEVELS.index)
    rows["_fewer"] = -rows["children"].round(6)
    rows.loc[~rows["_told"], ["_judged", "_fewer"]] = [len(_ORDER), 0.0]
    rows = rows.sort_values(["_level", "_judged", "_fewer", "unit_code", "category", "profile"], ignore_index=True)
    season = rows["profile"].astype("str").str.rsplit(".").str[-1]  # no rows have no text
    place = rows.groupby(["level", "order", season]).cumcount() + 1
    rows["rank"] = place.astype("Int64").where(rows["_told"])
    return rows[[*schema.PRIORITIES.columns]]


def _counted(
    remedies: pd.DataFrame,
    neighbourhoods: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
    units: pd.DataFrame,
) -> pd.DataFrame:
    """Return the remedies once for each level, with the unit and the children ``n`` whom they concern."""
    applies = remedies["category"].map({name: row.applies_to for name, row in standards.items()})
    rows = with_children(remedies, neighbourhoods, categories, applies)
    rows["n"] = rows["children"] * rows["share"]
    rows["city_code"] = city_of(rows, units[units["level"].isin(LEVELS)])
    kept = ["neighbourhood_id", "category", "profile", "kind", "first", "facility_id", "street", "n"]
    return pd.concat([rows[kept].assign(level=level, unit_code=rows[f"{level}_code"]) for level in LEVELS])


def _most(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return for each row of the result the facility or street of most children, the smaller of equals."""
    by_name = rows.dropna(subset=[name]).groupby([*_ROW, name], as_index=False).agg(most=("n", "sum"))
    by_name["_fewer"] = -by_name["most"].round(6)
    by_name = by_name.sort_values([*_ROW, "_fewer", name]).drop_duplicates(_ROW)
    return by_name.drop(columns="_fewer")


def _table(sums: pd.DataFrame, short: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    of_gap = short[[*_KEY, *_OF_GAP, "children"]].rename(columns={"children": "all"}).reset_index(names="_gap")
    rows = sums.merge(of_gap, on=_KEY)
    rows["children"] = rows["n"]
    rows["share"] = (rows["n"] / rows["all"]).clip(0.0, 1.0)
    rows["facility_name"] = rows["facility_id"].map(facilities.set_index("facility_id")["name"]).astype("str")
    rows["_beside"] = ~rows["first"]
    rows["_fewer"] = -rows["n"].round(6)
    rows["_kind"] = rows["kind"].map(schema.UPGRADE_KINDS.index)
    rows = rows.sort_values(["_gap", "_beside", "_fewer", "_kind"], ignore_index=True)
    return rows[[*schema.UPGRADES.columns]]
