"""School districts (学区): how far the assigned school is, against the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis import schema, standards, text

if TYPE_CHECKING:
    from cfc_gis.access.measure import Places
    from cfc_gis.access.walk import Walk

STAGES = ("primary_school", "junior_school")


class Assigned(NamedTuple):
    """Who is assigned to which school: ``origin_id`` and ``facility_id``, and the names that no one school bears."""

    pairs: pd.DataFrame
    unmatched: tuple[str, ...]


def assign(
    origins: gpd.GeoDataFrame, catchments: gpd.GeoDataFrame, facilities: pd.DataFrame, served_by: Sequence[str]
) -> Assigned:
    """Find the school of each origin by the catchment in which it lies.

    Parameters
    ----------
    origins
        :data:`cfc_gis.schema.ORIGINS`.
    catchments
        ``school``: id or name of a school; polygons in the CRS of the origins. An origin in several is assigned to
        several schools; one on a border is in both.
    facilities
        :data:`cfc_gis.schema.FACILITIES`; presumed schools too.
    served_by
        Categories of the stage. Catchments of schools of other categories are left out, not called unmatched.

    Returns
    -------
    Assigned
        Pairs by origin and school. A name that no school of the study bears, or several do, is unmatched.

    Examples
    --------
    >>> from shapely import Point, box
    >>> homes = gpd.GeoDataFrame({"origin_id": ["a"]}, geometry=[Point(1, 1)], crs=4551)
    >>> zones = gpd.GeoDataFrame({"school": ["一小"]}, geometry=[box(0, 0, 2, 2)], crs=4551)
    >>> schools = pd.DataFrame({"facility_id": ["w1"], "name": ["一小"], "category": ["primary_school"]})
    >>> assign(homes, zones, schools, ["primary_school"]).pairs.to_dict("records")
    [{'origin_id': 'a', 'facility_id': 'w1'}]
    """
    every = pd.concat([
        pd.Series(facilities["facility_id"].to_numpy(), index=facilities["facility_id"].map(str)),
        pd.Series(facilities["facility_id"].to_numpy(), index=facilities["name"].fillna("").map(text.folded)),
    ])  # fmt: skip
    ours = set(facilities.loc[facilities["category"].isin([*served_by]), "facility_id"])
    school, unmatched = [], []
    for said in catchments["school"].map(str):
        found = set(every[every.index.isin([said, text.folded(said)])]) if said.strip() else set()
        fits = sorted(found & ours)
        school.append(fits[0] if len(fits) == 1 else None)
        if len(fits) > 1 or not found:
            unmatched.append(said)
    zones = catchments[["geometry"]].assign(facility_id=school).dropna(subset=["facility_id"])
    joined = origins[["origin_id", "geometry"]].sjoin(zones, predicate="intersects")
    pairs = pd.DataFrame(joined[["origin_id", "facility_id"]]).drop_duplicates()
    return Assigned(pairs.sort_values(["origin_id", "facility_id"], ignore_index=True), tuple(sorted(set(unmatched))))


def farther(
    walk: Walk, places: Places, homes: pd.DataFrame, catchments: gpd.GeoDataFrame | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Compare the assigned school with the nearest one, for every origin and stage that has catchments.

    Parameters
    ----------
    walk, places
        The network, and where ways begin and end on it.
    homes
        ``neighbourhood_id`` and ``district_code``.
    catchments
        As of :func:`assign`, in any CRS; None where there is no such layer.

    Returns
    -------
    tuple
        A table of ``category`` (the stage), ``district_code``, ``origin_id``, ``children`` of its age and ``extra_m``,
        missing where not known; and how many catchments there are, and how many are of no school, or of several of one
        name.
    """
    columns = ["category", "district_code", "origin_id", "children", "extra_m"]
    found = [pd.DataFrame({name: pd.Series(dtype="float64" if name in columns[3:] else "object") for name in columns})]
    if catchments is None:
        return found[0], {}
    zones, unmatched = catchments.to_crs(places.origins.crs), set[str]()
    origins = pd.DataFrame(places.origins[["origin_id", "neighbourhood_id"]])
    origins["district_code"] = origins["neighbourhood_id"].map(homes.set_index("neighbourhood_id")["district_code"])
    for name in STAGES:
        stage = standards.categories()[name]
        assigned = assign(places.origins, zones, places.facilities, stage.served_by)
        unmatched.update(assigned.unmatched)
        if len(assigned.pairs):
            extra = measure(walk, places, assigned.pairs, stage.served_by)["extra_m"].to_numpy()
            found.append(origins.assign(category=name, children=places.users(stage.band), extra_m=extra)[columns])
    counts = {"catchments": len(zones), "catchments_unmatched": int(zones["school"].isin(unmatched).sum())}
    return pd.concat(found[1:] or found, ignore_index=True), counts


def compare(nearest: pd.Series, assigned: pd.DataFrame) -> pd.DataFrame:
    """Compare the way to the assigned school with the way to the nearest one.

    Parameters
    ----------
    nearest
        Metres to the nearest school by ``origin_id``; NaN where none is reached.
    assigned
        ``origin_id``, ``facility_id`` and ``metres``; NaN where that school is not reached. Of several assigned schools
        the nearest counts.

    Returns
    -------
    DataFrame
        By ``origin_id``: ``assigned_m``, ``nearest_m`` and ``extra_m``, at least 0; missing where there is no assigned
        school, or no way to it.

    Examples
    --------
    >>> pairs = pd.DataFrame({"origin_id": ["a", "a"], "facility_id": ["s", "t"], "metres": [900.0, 700.0]})
    >>> compare(pd.Series({"a": 300.0, "b": 100.0}), pairs)["extra_m"].tolist()
    [400.0, nan]
    """
    to_assigned = assigned.groupby("origin_id")["metres"].min().reindex(nearest.index).astype(float)
    # An assigned school that the data only presume may be nearer than the nearest proven one: nothing is farther then.
    extra = (to_assigned - nearest).clip(lower=0.0)
    return pd.DataFrame({"assigned_m": to_assigned, "nearest_m": nearest.astype(float), "extra_m": extra})


def measure(walk: Walk, places: Places, pairs: pd.DataFrame, served_by: Sequence[str]) -> pd.DataFrame:
    """Measure the ways of assigned pairs along the network, and compare them with the nearest proven school.

    Parameters
    ----------
    walk, places
        The network, and where ways begin and end on it.
    pairs
        As of :func:`assign`; one search is run for each school.
    served_by
        Categories of the stage.

    Returns
    -------
    DataFrame
        As of :func:`compare`, for every origin.
    """
    ids = places.origins["origin_id"].to_numpy()
    table = places.facilities
    proven = table["category"].isin([*served_by]) & table["evidence"].isin(schema.PROVEN)

    def metres(which: pd.Series) -> pd.Series:
        ends = places.entrances.of(which.to_numpy(dtype=bool))
        if not len(ends.facility):
            return pd.Series(np.nan, index=ids)
        return pd.Series(walk.metres.search(ends.at, ends.facility).ways(places.at).cost, index=ids)

    found = [pairs.assign(metres=np.nan).iloc[:0]]
    for school, some in pairs.groupby("facility_id", sort=True):
        to_school = metres(table["facility_id"] == school)
        found.append(some.assign(metres=some["origin_id"].map(to_school)))
    return compare(metres(proven), pd.concat(found, ignore_index=True))
