"""Further layers, given as plain tables: whatever a planner has beside the results, drawn safely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import text
from cfc_gis.errors import CrsMissing, UserError
from cfc_gis.maps import shapes

MOST = 10_000
"""Most features of one layer that a browser draws with ease."""

COLOUR_SET, COLOURS = "Dark2", 8


def further(tables: Mapping[str, gpd.GeoDataFrame]) -> list[dict[str, Any]]:
    """Return layers as the map's script reads them.

    Parameters
    ----------
    tables
        By the name of the layer: points, lines or polygons in any CRS. What a click shows is the column ``name`` as a
        title, then every other column with its value; missing values are left out.

    Returns
    -------
    list of dict
        ``name``, ``colour``, ``titles``, ``rows`` (column, value), and ``point`` (latitude, longitude) or ``shape`` of
        each feature.

    Raises
    ------
    CrsMissing
        When a layer does not say its CRS.
    UserError
        When a layer has more than 10,000 features.

    Examples
    --------
    >>> point = shapely.Point(126.6, 45.7)
    >>> sites = gpd.GeoDataFrame({"name": ["一号地"], "stage": ["拟建"]}, geometry=[point], crs=4326)
    >>> layer = further({"选址": sites})[0]
    >>> layer["name"], layer["titles"], layer["rows"], layer["features"]
    ('选址', ['一号地'], [[['stage', '拟建']]], [{'point': [45.7, 126.6]}])
    """
    from branca.utilities import color_brewer

    colours = color_brewer(COLOUR_SET, COLOURS)
    return [_layer(name, table, colours[n % COLOURS]) for n, (name, table) in enumerate(tables.items())]


def _layer(name: str, table: gpd.GeoDataFrame, colour: str) -> dict[str, Any]:
    if table.crs is None:
        raise CrsMissing("map_layer_crs", layer=text.display(name))
    if len(table) > MOST:
        raise UserError("map_layer_large", layer=text.display(name), count=len(table), most=MOST)
    there = table[table.geometry.notna() & ~table.geometry.is_empty]
    columns = [column for column in there.columns if column not in {there.geometry.name, "name"}]
    values = there[columns].to_dict("records")
    titles = there["name"] if "name" in there else pd.Series("", index=there.index)
    return {
        "name": text.display(name),
        "colour": colour,
        "titles": [_value(title) for title in titles],
        "rows": [[[text.display(key), _value(value)] for key, value in row.items() if _value(value)] for row in values],
        "features": _features(there),
    }


def _features(table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    degrees = table.geometry.to_crs(4326)
    found: list[dict[str, Any]] = []
    for shape in degrees:
        dimension = shapely.get_dimensions(shape)
        if dimension == 0:
            point = shapely.get_parts(shape)[0]
            found.append({"point": [round(point.y, 5), round(point.x, 5)]})
        else:
            found.append({"line" if dimension == 1 else "area": shapes.encode(shape)})
    return found


def _value(value: Any) -> str:
    """Return a value of a table as one line of text; numbers in at most six figures, missing ones empty."""
    if isinstance(value, (list, tuple, dict, set)):
        return text.display(value)
    if value is None or pd.isna(value):
        return ""
    return text.display(f"{value:.6g}" if isinstance(value, float) else value)
