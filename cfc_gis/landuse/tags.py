"""Land use from OSM's tags."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis.landuse.codings import resource
from cfc_gis.landuse.found import LandUse, land_use

_AREAS = ("Polygon", "MultiPolygon")
_OSM = "osm"


def of_osm(objects: gpd.GeoDataFrame, provenance: Mapping[str, str] = MappingProxyType({})) -> LandUse:
    """Return the land use that OSM's tags tell.

    Parameters
    ----------
    objects
        OSM objects (:data:`cfc_gis.schema.OSM_OBJECTS`), any CRS. Polygons count; of buildings only those with a
        ``landuse`` of their own.
    provenance
        Of the source.

    Returns
    -------
    LandUse
        ``code`` is the tag that decided, ``land_id`` the OSM id. Polygons may overlap, as in OSM.

    Examples
    --------
    >>> import shapely
    >>> objects = gpd.GeoDataFrame({"osm_id": ["w1"], "name": [None], "tags": [{"leisure": "park"}]},
    ...     geometry=[shapely.box(126.6, 45.7, 126.61, 45.71)], crs="EPSG:4326")
    >>> of_osm(objects).table[["land_id", "landuse", "code"]].iloc[0].tolist()
    ['w1', 'park', 'leisure=park']
    """
    rules = _osm_rules()
    area = objects[objects.geom_type.isin(_AREAS)]
    wanted = area["tags"].map(lambda tags: not rules["keys"].isdisjoint(tags) and _is_land(tags)).astype(bool)
    area = area[wanted]
    found = [_osm_use(tags, rules) for tags in area["tags"]]
    table = gpd.GeoDataFrame(
        {
            "land_id": area["osm_id"],
            "landuse": pd.Series([use for use, _ in found], area.index, dtype=object),
            "code": pd.Series([code for _, code in found], area.index, dtype=object),
            "name": area["name"],
            "source": _OSM,
        },
        geometry=area.geometry,
        crs=area.crs,
    )
    return land_use(table, table["landuse"].isna() & table["code"].notna(), {}, {**provenance, "coding": _OSM})


@cache
def _osm_rules() -> dict[str, Any]:
    content = resource(_OSM)
    return {**content, "keys": frozenset(content["keys"])}


def _is_land(tags: Mapping[str, str]) -> bool:
    return tags.get("building", "no") == "no" or "landuse" in tags


def _osm_use(tags: Mapping[str, str], rules: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the land use and the tag that says so; the tag alone where no rule has its value."""
    for rule in rules["rule"]:
        for key, values in rule["when"].items():
            if tags.get(key) in values:
                return rule["landuse"], f"{key}={tags[key]}"
    return None, next((f"{key}={tags[key]}" for key in rules["reported"] if key in tags), None)
