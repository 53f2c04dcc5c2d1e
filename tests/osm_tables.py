"""Tables of OSM data from a few lines: named places by metres from a point in Harbin, and named streets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import coords, schema

LON, LAT = 126.6, 45.75
EAST_M, NORTH_M = (float(each) for each in coords.metres_per_degree(LAT))

Metres = tuple[float, float]


def degrees(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude of a place that many metres from the point."""
    return LON + east / EAST_M, LAT + north / NORTH_M


def objects(places: Iterable[tuple[str | None, Metres]]) -> gpd.GeoDataFrame:
    """Nodes with names."""
    rows = list(places)
    return gpd.GeoDataFrame(
        {"osm_id": [f"n{i}" for i in range(len(rows))], "name": [name for name, _ in rows], "tags": [{} for _ in rows]},
        geometry=[shapely.Point(degrees(*at)) for _, at in rows],
        crs="EPSG:4326",
    )


def points(places: Iterable[tuple[str | None, Metres]]) -> pd.DataFrame:
    """A planner's table of the same form, its lines numbered from 2."""
    rows = list(places)
    lon, lat = np.array([degrees(*at) for _, at in rows]).reshape(-1, 2).T
    table = pd.DataFrame({"name": [name for name, _ in rows], "lon": lon, "lat": lat})
    table.index = pd.RangeIndex(2, len(rows) + 2)
    return table


def tables(
    places: Iterable[tuple[str | None, Metres]], streets: Mapping[str, list[Metres]] | None = None
) -> schema.OsmTables:
    """What a source would give of these places and streets."""
    streets = streets or {}
    here = objects(places)
    corners = [(row, *degrees(*at)) for row, line in enumerate(streets.values()) for at in line]
    ways = pd.DataFrame(
        {"osm_id": [f"w{i}" for i in range(len(streets))], "part": 0, "name": list(streets),
         "tags": [{"highway": "residential"}] * len(streets)}
    )  # fmt: skip
    nodes = pd.DataFrame(corners, columns=["street", "lon", "lat"]).astype({"street": int})
    nodes.insert(1, "node_id", range(len(nodes)))
    return schema.OsmTables(
        objects=here, admin=here.head(0), streets=ways, street_points=nodes, bounds=(126.0, 45.0, 127.0, 46.0),
        set_aside=pd.DataFrame({"osm_id": [], "reason": []}), counts={}, provenance={},
    )  # fmt: skip
