"""What a map without tiles needs to be a map: water, green, land use, railways and main streets, from the extract."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import landuse, schema
from cfc_gis.network import CLASSES, WalkNetwork

_WATER = {"natural": ("water",), "waterway": ("riverbank", "river", "dock"), "landuse": ("reservoir", "basin")}
_GREEN = {
    "leisure": ("park", "garden", "nature_reserve"),
    "landuse": ("forest", "grass", "meadow", "recreation_ground", "village_green"),
    "natural": ("wood", "scrub", "grassland", "wetland"),
}
_RAILWAY = {"railway": ("rail",)}
_MAIN_STREETS = ("trunk", "primary", "secondary")
_SMALL_M2 = 2000.0
_DRAWN_ELSEWHERE = ("residential", "park", "grass", "square")


def basemap(objects: gpd.GeoDataFrame, network: WalkNetwork, land: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """Gather the layers of a plain basemap.

    Parameters
    ----------
    objects
        OSM objects (:data:`cfc_gis.schema.OSM_OBJECTS`), projected.
    network
        The walk network in the same CRS; its main streets are drawn.
    land
        The planner's own land use (:data:`cfc_gis.schema.LAND_USE`), any CRS; OSM's unless it is given.

    Returns
    -------
    GeoDataFrame
        ``kind`` (water, green, railway, street, or ``land_`` and one of :data:`cfc_gis.schema.LAND_USES`), ``name``
        and geometry. Areas under 2,000 m2 are left out, since nobody would see them; homes and green space are no land
        use here, since they are drawn by themselves.

    Examples
    --------
    >>> from cfc_gis import network
    >>> lake = gpd.GeoDataFrame({"osm_id": ["w1"], "name": ["甲湖"], "tags": [{"natural": "water"}]},
    ...                         geometry=[shapely.box(0, 0, 100, 100)], crs="EPSG:4551")
    >>> streets = pd.DataFrame({"osm_id": ["w2"], "part": [0], "name": [None], "tags": [{"highway": "primary"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> basemap(lake, network.build(streets, points, crs="EPSG:4551"))["kind"].tolist()
    ['water', 'street']
    """
    is_water, is_green, is_railway = (_has(objects["tags"], wanted) for wanted in (_WATER, _GREEN, _RAILWAY))
    dimension = shapely.get_dimensions(objects.geometry.to_numpy())
    wide = (dimension == 2) & (objects.area.to_numpy() >= _SMALL_M2)
    layers = [
        _layer(objects[is_water & (wide | (dimension == 1))], "water"),
        _layer(objects[is_green & wide], "green"),
        _layer(objects[is_railway & (dimension == 1)], "railway"),
        _streets(network, objects.crs),
        _land(landuse.of_osm(objects).table if land is None else land.to_crs(objects.crs)),
    ]
    return gpd.GeoDataFrame(pd.concat(layers, ignore_index=True), geometry="geometry", crs=objects.crs)


def _has(tags: pd.Series, wanted: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    found = np.zeros(len(tags), dtype=bool)
    for key, values in wanted.items():
        found |= np.fromiter((each.get(key) in values for each in tags), dtype=bool, count=len(tags))
    return found


def _layer(objects: gpd.GeoDataFrame, kind: str | pd.Series) -> pd.DataFrame:
    kinds = kind if isinstance(kind, str) else kind.to_numpy()
    return pd.DataFrame({"kind": kinds, "name": objects["name"].to_numpy(), "geometry": objects.geometry.to_numpy()})


def _land(land: gpd.GeoDataFrame) -> pd.DataFrame:
    uses = [use for use in schema.LAND_USES if use not in _DRAWN_ELSEWHERE]
    rows = land[land["landuse"].isin(uses) & (land.area >= _SMALL_M2)]
    return _layer(rows, "land_" + rows["landuse"].astype("str"))


def _streets(network: WalkNetwork, crs: object) -> pd.DataFrame:
    """Join the edges of each main street and name, so that one street is one row."""
    main = np.isin(network.edge_class, [CLASSES.index(name) for name in _MAIN_STREETS])
    lines = gpd.GeoDataFrame(
        {"name": pd.Series(network.edge_name[main], dtype="str").fillna("")}, geometry=network.lines[main], crs=crs
    )
    joined = lines.groupby("name", sort=True)["geometry"].agg(
        lambda parts: shapely.line_merge(shapely.union_all(parts))
    )
    names = [name or None for name in joined.index]
    return pd.DataFrame({"kind": "street", "name": pd.array(names, dtype="str"), "geometry": joined.to_numpy()})
