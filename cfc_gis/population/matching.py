"""Find the neighbourhood of which each row of a table speaks: by its id, its name or its place."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import schema
from cfc_gis.faults import Fault

NUMBERS = ("population", *schema.BANDS)
_LEAST_OVERLAP = 0.5  # of the smaller of two polygons, from which they are the same place
_MATCHED = ("id", "name", "geometry")


@dataclass(frozen=True, eq=False)
class Matches:
    """Which row of a table speaks of which neighbourhood.

    Parameters
    ----------
    rows
        Indexed as the table: ``neighbourhood_id`` (missing where there is none) and ``how``: ``id``, ``name`` or
        ``geometry`` of a matched row; ``unknown``, ``ambiguous_name`` or ``repeated`` of one that is set aside.
    children
        Indexed as the neighbourhoods: ``population`` and the bands that the table holds; NaN where it says nothing.
    counts
        Rows by ``how``, ``neighbourhoods_matched``, ``neighbourhoods_unmatched``.
    """

    rows: pd.DataFrame
    children: pd.DataFrame
    counts: Mapping[str, int]


def match_table(table: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame) -> Matches:
    """Find the neighbourhood of each row, by its id, else by its name, else by its place.

    Parameters
    ----------
    table
        As from :func:`cfc_gis.population.checked_table`.
    neighbourhoods
        ``neighbourhood_id``, ``name`` and polygons in a projected CRS.

    Returns
    -------
    Matches
        A name that several neighbourhoods bear matches none. A point lies in the smallest neighbourhood around it; a
        polygon is the neighbourhood with which it shares most land, at least half of the smaller of the two. Several
        places in one neighbourhood add up; several rows with its id or name are set aside, all of them.

    Examples
    --------
    >>> homes = gpd.GeoDataFrame({"neighbourhood_id": ["w1", "w2"], "name": ["甲小区", None]},
    ...     geometry=[shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs="EPSG:4551")
    >>> table = pd.DataFrame({"name": ["甲小区", "丙小区"], "children_3_5": [7.0, 8.0]})
    >>> match_table(table, homes).rows["how"].tolist()
    ['name', 'unknown']
    """
    ids = neighbourhoods["neighbourhood_id"].tolist()
    by_id = _by_id(table, set(ids))
    by_name, ambiguous = _by_name(table, neighbourhoods)
    by_place = _by_place(table, neighbourhoods)
    rows = pd.DataFrame({"neighbourhood_id": None, "how": "unknown"}, index=table.index, dtype=object)
    rows["how"] = rows["how"].where(~ambiguous, "ambiguous_name")
    for how, found in (("geometry", by_place), ("name", by_name), ("id", by_id)):  # the last one decides
        rows["neighbourhood_id"] = found.where(found.notna(), rows["neighbourhood_id"])
        rows["how"] = rows["how"].where(found.isna(), how)
    rows["how"] = rows["how"].where(~_repeated(rows), "repeated")
    matched = rows["how"].isin(_MATCHED)
    numbers = [name for name in NUMBERS if name in table]
    sums = pd.DataFrame(table[numbers])[matched].groupby(rows["neighbourhood_id"][matched]).sum(min_count=1)
    children = sums.reindex(ids).set_index(neighbourhoods.index)
    told = int(children.notna().any(axis=1).sum())
    counts = {
        **{f"rows_{how}": n for how, n in sorted(Counter(rows["how"]).items())},
        "neighbourhoods_matched": told,
        "neighbourhoods_unmatched": len(ids) - told,
    }
    return Matches(rows, children, counts)


def set_aside(matches: Matches, table: pd.DataFrame) -> list[Fault]:
    """Return a warning for each row that is not used: it matches nothing, several neighbourhoods, or repeats another.

    Parameters
    ----------
    matches
        From :func:`match_table`.
    table
        The table that was matched.

    Examples
    --------
    >>> rows = pd.DataFrame({"neighbourhood_id": ["w1", None], "how": ["name", "unknown"]}, index=[2, 3])
    >>> table = pd.DataFrame({"name": ["甲小区", "丙小区"]}, index=[2, 3])
    >>> [(fault.key, fault.row, fault.found) for fault in set_aside(Matches(rows, pd.DataFrame(), {}), table)]
    [('children_unknown', 3, '丙小区')]
    """
    words = {key: table[key].tolist() for key in ("name", "neighbourhood_id") if key in table}
    faults = []
    for at, (row, how) in enumerate(matches.rows["how"].items()):
        found = next((values[at] for values in words.values() if isinstance(values[at], str)), None)
        if how not in _MATCHED:
            faults.append(Fault(f"children_{how}", "warning", int(str(row)), None, found))
    return faults


def unknown_names(table: pd.DataFrame, known: pd.Series) -> list[Fault]:
    """Return a warning for each row that only its name could match, where nothing in OpenStreetMap bears that name.

    Parameters
    ----------
    table
        As from :func:`cfc_gis.population.checked_table`.
    known
        Names of all objects; missing where they have none.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["甲小区", "丙小区"]}, index=[2, 3])
    >>> [fault.row for fault in unknown_names(table, pd.Series(["甲 小区", None]))]
    [3]
    """
    if "name" not in table or isinstance(table, gpd.GeoDataFrame):
        return []
    borne = {plain(name) for name in known.dropna()}
    names = table["name"]
    if "neighbourhood_id" in table:
        names = names[table["neighbourhood_id"].isna()]
    return [
        Fault("children_unknown", "warning", int(str(row)), None, name)
        for row, name in names.dropna().items()
        if plain(name) not in borne
    ]


def plain(text: object) -> str:
    """Return text to compare names by: without spaces, full-width forms and case.

    Examples
    --------
    >>> plain("Ａ区 1 期")
    'a区1期'
    """
    return "".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def _by_id(table: pd.DataFrame, ids: set[str]) -> pd.Series:
    if "neighbourhood_id" not in table:
        return _nothing(table)
    given = table["neighbourhood_id"].astype(object)
    return given.where(given.isin(ids), None)


def _by_name(table: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the neighbourhood that bears each name alone, and which names several bear."""
    if "name" not in table:
        return _nothing(table), pd.Series(False, index=table.index)
    given = table["name"].map(plain, na_action="ignore").astype(object)
    borne = neighbourhoods.set_index("neighbourhood_id")["name"].dropna().map(plain)
    several = borne.duplicated(keep=False)
    alone = {name: own for own, name in borne[~several].items()}
    return given.map(alone).astype(object), given.isin(borne[several])


def _by_place(table: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame) -> pd.Series:
    found = _nothing(table)
    if not isinstance(table, gpd.GeoDataFrame):
        return found
    places = table.geometry.to_crs(neighbourhoods.crs).to_numpy()
    at, hit = shapely.STRtree(neighbourhoods.geometry.to_numpy()).query(places, predicate="intersects")
    score = _scores(places[at], neighbourhoods.geometry.to_numpy()[hit])
    order = np.lexsort((-score, at))
    at, hit = at[order], hit[order]
    best = np.r_[True, at[1:] != at[:-1]][: len(at)] & np.isfinite(score[order])
    ids = neighbourhoods["neighbourhood_id"].to_numpy(dtype=object)
    values = found.to_numpy(dtype=object, copy=True)
    values[at[best]] = ids[hit[best]]
    return pd.Series(values, index=table.index, dtype=object)


def _scores(places: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how well each pair fits: a point the smaller the shape, a polygon the more land they share."""
    size = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(places, shapes))
    enough = shared >= _LEAST_OVERLAP * np.minimum(shapely.area(places), size)
    flat = shapely.get_dimensions(places) == 2
    scores: NDArray[np.float64] = np.where(flat, np.where(enough, shared, -np.inf), -size)
    return scores


def _repeated(rows: pd.DataFrame) -> pd.Series:
    """Return which rows share a neighbourhood with another, where one of them is meant by id or name."""
    meant = rows["how"].isin(["id", "name"])
    shared = rows["neighbourhood_id"].notna() & rows["neighbourhood_id"].duplicated(keep=False)
    return shared & rows["neighbourhood_id"].isin(rows.loc[meant, "neighbourhood_id"])


def _nothing(table: pd.DataFrame) -> pd.Series:
    return pd.Series(None, index=table.index, dtype=object)
