"""From what a study has to how complete its facilities are: counts, official lists and independent lists, by unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import agreement, completeness, schema
from cfc_gis.claims import Whole
from cfc_gis.counted import LEVELS, city_of
from cfc_gis.sources import boundaries

if TYPE_CHECKING:
    from cfc_gis.standards import Category

_PLACED, _UNSURE = ("matched", "new"), ("unplaced", "conflicting")
_OF_WHOLE_UNITS = ("own_count",)
"""Bases that speak of the whole of a unit, also where a part of it is covered."""


@dataclass(frozen=True, eq=False)
class Listed:
    """A register as it was merged.

    Parameters
    ----------
    rows
        Lines of the merge: ``category``, ``outcome``, ``facility_id`` (also of what is new) and ``district`` as the
        register names it.
    whole
        The districts and kinds of which it is declared to hold all there are.
    independent
        Whether it is a source beside OSM; asked only where it is declared whole nowhere.
    unsorted
        Its rows of which it does not say what they are, or that may be of further kinds: ``district`` and ``may_be``
        (:attr:`cfc_gis.sources.register.Register.unsorted`).
    """

    rows: pd.DataFrame
    whole: Whole = field(default_factory=Whole)
    independent: bool = False
    unsorted: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["district", "may_be"]))


def complete(
    facilities: pd.DataFrame,
    units: pd.DataFrame,
    counts: pd.DataFrame,
    lists: Iterable[Listed],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return how complete the proven facilities are, for every unit and category.

    Parameters
    ----------
    facilities
        :data:`cfc_gis.schema.FACILITIES` with the ``district_code`` and ``subdistrict_code`` of each, and ``inside``,
        whether it lies in the study area: only those are found, for of what lies beyond, also in a unit that the border
        cuts, the data know nothing else. Geometry is not used.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    counts
        :data:`cfc_gis.schema.COUNTS`.
    lists
        The registers, in the order in which they were merged.
    categories
        What serves each category.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.COMPLETENESS` (:func:`cfc_gis.completeness.settle`). A list that is declared complete says
        where its facilities are, so that the sub-districts have the completeness of their district; a city has one
        where all its districts do.

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> known = pd.DataFrame({"facility_id": ["a"], "category": "kindergarten", "evidence": "strong",
    ...     "district_code": "D", "subdistrict_code": None, "inside": True})
    >>> units = pd.DataFrame({"level": ["city", "district"], "unit_code": ["C", "D"], "unit_name": ["市", "区"],
    ...     "parent_code": [None, "C"], "covered_people_share": 1.0, "covered_area_share": 1.0,
    ...     "population_high": np.nan, "census_population": np.nan})
    >>> counts = pd.DataFrame({"unit_code": ["D"], "category": "kindergarten", "sites": [2.0]})
    >>> found = complete(known, units, counts, [], categories())
    >>> found.loc[found["category"] == "kindergarten", ["unit_code", "completeness", "basis"]].to_numpy().tolist()
    [['C', 0.5, 'own_count'], ['D', 0.5, 'own_count']]
    """
    judged = units[units["level"].isin(LEVELS)]
    everywhere = _located(facilities, judged)
    located = everywhere[everywhere["inside"]]
    exist = _proven(everywhere[everywhere["inside"] | (everywhere["level"] != "city")])
    lists = list(lists)
    known = [
        _by_counts(counts, _proven(located).reset_index(), exist, judged, categories),
        _by_register([each for each in lists if each.whole.districts], everywhere, judged, categories),
        *(
            _by_two_sources(each, located, judged, categories)
            for each in lists
            if each.independent and not each.whole.districts
        ),
    ]
    own = completeness.trusted([each for each in known if len(each)])
    table = completeness.settle([each for each in (own, _of_cities(own, judged)) if len(each)], judged, categories)
    order = table["level"].map(LEVELS.index)
    return table.assign(_level=order).sort_values(["_level", "unit_code"], kind="stable", ignore_index=True)[
        [*schema.COMPLETENESS.columns]
    ]


def _located(facilities: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Return the facilities once for each level, with the unit in which they lie."""
    codes = facilities.assign(city_code=city_of(facilities, judged))
    parts = [codes.assign(level=level, unit_code=codes[f"{level}_code"]) for level in LEVELS]
    located = pd.concat(parts, ignore_index=True)
    return located[located["unit_code"].isin(judged["unit_code"])]


def _proven(located: pd.DataFrame) -> pd.Series:
    """Return how many are proven, by ``unit_code`` and ``category``."""
    proven = located[located["evidence"].isin(schema.PROVEN)]
    return proven.groupby(["unit_code", "category"]).size().rename("found")


def _by_counts(
    counts: pd.DataFrame, found: pd.DataFrame, exist: pd.Series, judged: pd.DataFrame,
    categories: Mapping[str, Category],
) -> pd.DataFrame:  # fmt: skip
    """Return what counts say that agree with each other; of the others, that they do not.

    A count is judged by what is ``found`` in the study area, and contradicted by all that ``exist`` in its unit.
    """
    least = exist.reset_index().assign(measure="sites").set_index(agreement.KEY)["found"]
    disputed = agreement.disputed(counts, judged, least)
    table = completeness.from_counts(counts, found, judged, categories)
    against = pd.Series(
        [
            any((unit, kind, "sites") in disputed for kind in categories[category].served_by)
            for unit, category in zip(table["unit_code"], table["category"], strict=True)
        ],
        index=table.index, dtype=bool,
    )  # fmt: skip
    for name in ("completeness", "completeness_low", "counted"):
        table[name] = table[name].where(~against)
    table["basis"] = table["basis"].where(~against, "none")
    table["reasons"] = table["reasons"].where(~against, "counts_disagree")
    return table


def _by_register(
    lists: list[Listed], everywhere: pd.DataFrame, judged: pd.DataFrame, categories: Mapping[str, Category]
) -> pd.DataFrame:
    """Return what lists say that are declared complete: of the districts and kinds that they are declared for.

    A row whose place lies beyond the study area is none of its covered part. Where it names a district and lies in
    another, one of the two is wrong, so that it may lie inside all the same: there it is missing. Where it names none
    and lies in none, its place tells nothing. A row that is only presumed to be of its kind is there, and not found.
    """
    districts = judged[judged["level"] == "district"]
    at = everywhere[everywhere["level"] == "district"].drop_duplicates("facility_id").set_index("facility_id")
    codes = dict(zip(districts["unit_name"], districts["unit_code"], strict=True))
    pairs = {(name, kind) for each in lists for name in each.whole.districts for kind in each.whole.kinds}
    claimed = pd.DataFrame(sorted(pairs), columns=["unit_code", "category"])
    claimed = claimed.assign(unit_code=claimed["unit_code"].map(codes)).dropna()
    served = {kind for category in categories.values() for kind in category.served_by}
    if not claimed["category"].isin(served).any():
        return pd.DataFrame(columns=[*completeness.COLUMNS])
    of_lists = [each.rows.assign(list=number) for number, each in enumerate(lists)]
    rows = pd.concat([rows[rows["category"].isin(lists[at].whole.kinds)] for at, rows in enumerate(of_lists)])
    rows = rows[~rows["district"].isin(_beyond(judged))].reset_index(drop=True)
    # What several lists have counts once.
    earlier = rows.groupby("facility_id")["list"].transform("min") < rows["list"]
    rows = rows[~(rows["outcome"].isin(_PLACED) & earlier)].reset_index(drop=True)
    placed = rows["outcome"].isin(_PLACED)
    lies_in = rows["facility_id"].where(placed).map(at["unit_code"])
    named = rows["district"].map(codes)
    beyond = placed & ~rows["facility_id"].isin(everywhere.loc[everywhere["inside"], "facility_id"])
    # What a row names decides; a place may lie across a border, and makes no claim for the district there.
    rows["unit_code"] = named.fillna(lies_in)
    astray = placed & named.notna() & (lies_in != named)
    nowhere = (beyond & named.isna() & lies_in.isna()) | _undeclared(rows, named, lies_in, lists, codes)
    rows["unit_code"] = rows["unit_code"].mask(nowhere)
    rows["elsewhere"] = astray & ~beyond
    rows["outcome"] = rows["outcome"].mask(placed & ~rows["facility_id"].isin(_proven_ids(everywhere)), "presumed")
    rows["outcome"] = rows["outcome"].mask((beyond & astray) | nowhere, "unplaced")
    rows = rows[~beyond | astray | nowhere]
    own = completeness.from_register(rows, _unsorted(lists, judged, categories), claimed, districts, categories)
    every = pd.concat([each.rows for each in lists])
    own = _less_what_it_lacks(own, every, everywhere[everywhere["inside"]], categories)
    parts = judged.loc[judged["level"] == "subdistrict", ["unit_code", "parent_code"]]
    below = own.rename(columns={"unit_code": "parent_code"}).merge(parts, on="parent_code")
    below = below.assign(level="subdistrict", found=np.nan, counted=np.nan)
    lost = below["completeness_low"] < 1.0
    said = below["reasons"].where(~lost, below["reasons"] + f";{completeness.MISSING_SOMEWHERE}")
    below["reasons"] = said.str.strip(";")
    return pd.concat([own, below[[*completeness.COLUMNS]]], ignore_index=True)


def _undeclared(
    rows: pd.DataFrame, named: pd.Series, lies_in: pd.Series, lists: list[Listed], codes: Mapping[str, str]
) -> pd.Series:
    """Tell which rows name no district and lie in one of which their list declares nothing: the place may be wrong."""
    declared = [{codes.get(name) for name in each.whole.districts} for each in lists]
    strange = [code not in declared[at] for code, at in zip(lies_in, rows["list"], strict=True)]
    return pd.Series(strange, index=rows.index, dtype=bool) & named.isna() & lies_in.notna()


def _proven_ids(located: pd.DataFrame) -> pd.Series:
    return located.loc[located["evidence"].isin(schema.PROVEN), "facility_id"]


def _unsorted(lists: list[Listed], judged: pd.DataFrame, categories: Mapping[str, Category]) -> pd.DataFrame:
    """Return the rows of which a list does not say what they are, once for each category that they may serve."""
    codes = judged[judged["level"] == "district"].set_index("unit_name")["unit_code"]
    found = []
    for each in lists:
        rows = each.unsorted[~each.unsorted["district"].isin(_beyond(judged))]
        for kinds, alike in rows.groupby("may_be"):
            may_be = each.whole.kinds & set(str(kinds).split(";"))
            serving = [name for name, category in categories.items() if may_be & set(category.served_by)]
            units = pd.DataFrame({"unit_code": alike["district"].map(codes)})
            found.append(units.merge(pd.DataFrame({"category": serving}), how="cross"))
    return pd.concat([pd.DataFrame(columns=["unit_code", "category"]), *found], ignore_index=True)


def _beyond(judged: pd.DataFrame) -> set[str]:
    """Return the names of other districts of the city, and of other cities: their rows are missing in none of ours.

    A row that names only its city, such as a school that the city runs itself, may lie in any of its districts, and so
    may one that names what cities far away have as well, such as 郊区.
    """
    cities = {boundaries.city_code(code) for code in judged["unit_code"]}
    others = {
        place.name
        for place in boundaries.builtin_places()
        if (place.code not in cities if place.level == "city" else boundaries.city_code(place.code) in cities)
    }
    return others - set(judged["unit_name"])


def _less_what_it_lacks(
    own: pd.DataFrame, rows: pd.DataFrame, located: pd.DataFrame, categories: Mapping[str, Category]
) -> pd.DataFrame:
    """Hold lists to the share that they have of what OSM and other registers prove: they may lack others, too."""
    ids = {outcome: rows.loc[rows["outcome"] == outcome, "facility_id"] for outcome in _PLACED}
    proven = located[(located["level"] == "district") & located["evidence"].isin(schema.PROVEN)]
    of_others = proven[~proven["facility_id"].isin(ids["new"]) | proven["facility_id"].isin(ids["matched"])]
    listed = of_others["facility_id"].isin(ids["matched"])
    has = []
    for name, category in categories.items():
        serving = of_others["category"].isin(category.served_by)
        share = listed[serving].groupby(of_others.loc[serving, "unit_code"]).mean()
        has.append(share.rename("has").reset_index().assign(category=name))
    own = own.merge(pd.concat(has, ignore_index=True), on=["unit_code", "category"], how="left")
    lacks = own["has"] < 1.0
    own["completeness_low"] = own["completeness_low"].where(~lacks, own["completeness_low"] * own["has"])
    said = own["reasons"].where(~lacks, own["reasons"] + ";list_lacks_known")
    return own.assign(reasons=said.str.strip(";"))[[*completeness.COLUMNS]]


def _by_two_sources(
    second: Listed, located: pd.DataFrame, judged: pd.DataFrame, categories: Mapping[str, Category]
) -> pd.DataFrame:
    """Compare OSM with one list, of which some may have no place, or no kind, that is sure.

    Those are in the list all the same: left out where their names do not match, and kept where they do, they would make
    OSM look complete. Of a city it speaks where it has some in every district; what other registers have is not OSM's.
    """
    rows = second.rows
    placed = rows[rows["outcome"].isin(_PLACED)].drop_duplicates("facility_id").set_index("facility_id")["outcome"]
    here = located[(located["evidence"] != "no") & (located["level"] != "subdistrict")]
    here = here.assign(outcome=here["facility_id"].map(placed), proven=here["evidence"].isin(schema.PROVEN))
    codes = judged[judged["level"] == "district"].set_index("unit_name")["unit_code"]
    cities = set(judged.loc[judged["level"] == "city", "unit_code"])
    kinds = replace(second, whole=Whole(kinds=frozenset(rows["category"])))
    unsorted = _unsorted([kinds], judged, categories)
    osm = here["source"].str.startswith("osm")
    here = here.assign(osm=osm, both=osm & here["outcome"].notna(), alone=~osm & here["outcome"].notna())
    loose = rows[rows["outcome"].isin(_UNSURE) & ~rows["district"].isin(_beyond(judged))]
    loose = loose.assign(unit_code=loose["district"].map(codes))
    matches = []
    for name, category in categories.items():
        serving = here[here["category"].isin(category.served_by)]
        unsure = pd.concat([
            loose.loc[loose["category"].isin(category.served_by), "unit_code"],
            unsorted.loc[unsorted["category"] == name, "unit_code"],
        ])  # fmt: skip
        listed = set(serving.loc[serving["outcome"].notna(), "unit_code"])
        for unit, of_unit in serving.groupby("unit_code"):
            both, alone = int(of_unit["both"].sum()), int(of_unit["alone"].sum())
            if both + alone and (unit not in cities or set(codes) <= listed):
                more = len(unsure) if unit in cities else int((unsure.isna() | (unsure == unit)).sum())
                sources = {"first": int(of_unit["osm"].sum()), "second": both + alone + more, "both": both}
                found = int(of_unit["proven"].sum())
                matches.append({"unit_code": unit, "category": name, **sources, "found": found})
    table = pd.DataFrame(matches, columns=["unit_code", "category", "first", "second", "both", "found"])
    return completeness.from_two_sources(table, judged, categories)


def _of_cities(own: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Return the cities whose districts all have a completeness: its mean, by what lies in their covered parts.

    A count speaks of the whole district, so that it weighs with the share of the people who live in the covered part.
    """
    rows = []
    districts = judged[judged["level"] == "district"]
    inside = districts.set_index("unit_code")["covered_people_share"]
    inside = inside.fillna(districts.set_index("unit_code")["covered_area_share"])
    own = own[(own["level"] == "district") & own["completeness"].notna()]
    for city in judged.loc[judged["level"] == "city", "unit_code"]:
        codes = districts.loc[districts["parent_code"] == city, "unit_code"]
        for name, below in own[own["unit_code"].isin(codes)].groupby("category"):
            if len(below) < len(codes):
                continue
            whole = below["basis"].isin(_OF_WHOLE_UNITS) & ~below["reasons"].str.contains("share_disproved")
            n = below["counted"] * below["unit_code"].map(inside).where(whole, 1.0)
            reasons = dict.fromkeys(filter(None, ";".join(below["reasons"]).split(";")))
            if below["counted"].sum() > 0:
                reasons.pop("count_zero", None)  # that of one district
            rows.append(
                {
                    "level": "city",
                    "unit_code": city,
                    "category": name,
                    **{of: _mean(below[of], n) for of in ("completeness", "completeness_low")},
                    "found": below["found"].sum(),
                    "counted": below["counted"].sum(),
                    "basis": max(below["basis"], key=completeness.BASES.index),
                    "reasons": ";".join(reasons),
                }
            )
    return pd.DataFrame(rows, columns=[*completeness.COLUMNS])


def _mean(share: pd.Series, n: pd.Series) -> float:
    """Return the mean share by how many there are; where there are none nothing is missing."""
    return float(np.average(share, weights=n)) if n.sum() > 0 else 1.0
