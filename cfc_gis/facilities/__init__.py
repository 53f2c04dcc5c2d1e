"""Find facilities among OSM objects: what each is, how sure that is, which objects are one site, where one enters.

The words stand in ``resources/lexicon.toml``. What speaks of a facility and is not taken is set aside with a reason:
nothing is dropped silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.errors import CrsMissing
from cfc_gis.facilities import details, grounds, sites
from cfc_gis.facilities.entrances import OPEN_GROUND, find_entrances, gates_of
from cfc_gis.facilities.found import Found, find_objects

__all__ = ["Facilities", "find", "gates_of"]


@dataclass(frozen=True)
class Facilities:
    """The facilities found and what was not taken.

    Parameters
    ----------
    table
        One row per site (:data:`cfc_gis.schema.FACILITIES`), sorted by ``facility_id``, in the CRS of the objects.
        Hospitals that say nothing of paediatrics are in it with evidence ``unknown``.
    set_aside
        ``osm_id``, ``name`` and ``reason`` (key of the locale section ``set_aside``) of every object that speaks of a
        facility and was not taken, sorted by ``osm_id``.
    counts
        Objects read, of interest, merged into another and set aside (and why); facilities, by category; sites by the
        rule that found their entrances (locale section ``entrance_rule``).
    """

    table: gpd.GeoDataFrame
    set_aside: pd.DataFrame
    counts: dict[str, int]


def find(
    objects: gpd.GeoDataFrame, *, paths: gpd.GeoSeries | None = None, gates: gpd.GeoSeries | None = None
) -> Facilities:
    """Find the facilities.

    Parameters
    ----------
    objects
        OSM objects (:data:`cfc_gis.schema.OSM_OBJECTS`) in a projected CRS in metres. The order of rows is of no
        matter. Missing names may be ``None`` or NaN.
    paths
        Lines of walkable ways in the same CRS: where they cross an outline one can enter.
    gates
        Points of gates and entrances in the same CRS; those among the objects where it is not given.

    Returns
    -------
    Facilities
        One category per site: a concert hall is ``music``, not also ``culture``; a 儿童公园 is ``play``, not also
        ``park``.

    Raises
    ------
    TableFault
        When the objects break their contract.
    CrsMissing
        When they have no CRS, or one in degrees.

    Examples
    --------
    >>> objects = gpd.GeoDataFrame(
    ...     {
    ...         "osm_id": ["w1", "n2", "n3"],
    ...         "name": ["哈尔滨市继红小学校", "继红小学", "儿童医院"],
    ...         "tags": [{"amenity": "school"}, {"amenity": "school"}, {"highway": "bus_stop"}],
    ...     },
    ...     geometry=[shapely.box(0, 0, 50, 50), shapely.Point(10, 10), shapely.Point(500, 0)],
    ...     crs=4551,
    ... )
    >>> found = find(objects)
    >>> found.table[["facility_id", "category", "evidence", "osm_ids"]].iloc[0].tolist()
    ['w1', 'primary_school', 'strong', 'n2;w1']
    >>> found.set_aside["reason"].tolist()
    ['named_after']
    """
    schema.check(objects, schema.OSM_OBJECTS)
    if not objects.crs.is_projected:
        raise CrsMissing("crs_not_metric", table=schema.OSM_OBJECTS.name, found=objects.crs.to_string())
    found = find_objects(objects)
    public = grounds.keep_public(found, objects.geometry.to_numpy(), objects["tags"].tolist())
    settled = grounds.settle_unnamed_grounds([grounds.weigh_green(each) for each in public])
    grouped, rest = sites.group(settled)
    grouped.sort(key=lambda site: site.main.osm_id)
    way_in = (gates_of(objects) if gates is None else gates).to_numpy()
    lines = np.array([], dtype=object) if paths is None else shapely.get_parts(paths.to_numpy())
    shapes = np.array([site.shape for site in grouped], dtype=object)
    is_open = np.array([site.main.category in OPEN_GROUND for site in grouped], dtype=bool)
    entrances, rules = find_entrances(shapes, is_open, way_in, lines)
    table = _table(grouped, gpd.GeoSeries(shapes, crs=objects.crs), entrances)
    aside = _set_aside(rest)
    counts = {
        "objects": len(objects),
        "of_interest": len(found),
        "merged": len(found) - len(grouped) - len(rest),
        "facilities": len(table),
        "set_aside": len(aside),
        **_counted("category", table["category"]),
        **_counted("set_aside", aside["reason"]),
        **_counted("entrance", rules),
    }
    return Facilities(table, aside, counts)


def _counted(prefix: str, values: Iterable[str]) -> dict[str, int]:
    return {f"{prefix}_{value}": count for value, count in sorted(Counter(values).items())}


def _set_aside(rest: list[Found]) -> pd.DataFrame:
    rows = sorted((each.osm_id, each.name or None, each.verdict.reason) for each in rest)
    return pd.DataFrame(rows, columns=["osm_id", "name", "reason"], dtype=object)


def _table(
    grouped: list[sites.Site], shapes: gpd.GeoSeries, entrances: list[list[tuple[float, float]]]
) -> gpd.GeoDataFrame:
    rows = [_row(site) for site in grouped]
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=_COLUMNS, dtype=object), geometry=shapes)
    table.insert(len(_COLUMNS), "entrances", entrances)
    table = table.astype({"capacity": float, "enrolment": float, "indoor": bool})
    schema.check(table, schema.FACILITIES)
    return table


_COLUMNS = [name for name in schema.FACILITIES.columns if name != "entrances"]


def _row(site: sites.Site) -> dict[str, object]:
    category = str(site.main.category)
    return {
        "facility_id": site.main.osm_id,
        "name": site.name,
        "category": category,
        "care_level": details.care_level(site.name or "", category),
        "evidence": site.verdict.evidence,
        "evidence_reason": site.verdict.why,
        "capacity": site.capacity,
        "capacity_source": None if site.capacity is None else "osm",
        "enrolment": None,
        "group": None,
        "ownership": site.ownership,
        "indoor": site.main.indoor,
        "season": site.main.season,
        "osm_ids": site.osm_ids,
        "source": "osm",
    }
