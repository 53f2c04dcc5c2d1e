"""Geometry as a map script reads it: degrees times 100,000 as whole numbers, each point told from the one before.

One unit is about one metre. Written so, a polygon takes a third of the characters that GeoJSON needs.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

SCALE = 100_000
"""Whole numbers per degree: five decimals."""

TOLERANCE_M = 1.5
"""Simplification of outlines, metres: below what a screen shows at the closest zoom of a plan."""

Ring = list[int]


def degrees(table: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> gpd.GeoSeries:
    """Return the simplified geometry of a projected table in EPSG:4326.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> table = gpd.GeoDataFrame(geometry=[Point(500_000, 5_000_000)], crs="EPSG:4551")
    >>> degrees(table).iloc[0].x
    126.0
    """
    return table.geometry.simplify(tolerance_m).to_crs(4326)


def encode(geometry: shapely.Geometry) -> list[list[Ring]]:
    """Return polygons as lists of rings (outer first), lines as one ring each; points and empty parts fall away.

    Examples
    --------
    >>> encode(shapely.LineString([(126.0, 45.0), (126.00002, 45.00001)]))
    [[[12600000, 4500000, 2, 1]]]
    """
    shapes = []
    for part in shapely.get_parts(geometry, return_index=False):
        if part.geom_type == "Polygon":
            rings = [_ring(ring) for ring in (part.exterior, *part.interiors)]
            if rings[0]:
                shapes.append([rings[0], *filter(None, rings[1:])])
        elif part.geom_type == "LineString" and (line := _ring(part)):
            shapes.append([line])
    return shapes


def _ring(line: shapely.LineString) -> Ring:
    points: NDArray[np.int64] = np.rint(shapely.get_coordinates(line) * SCALE).astype(np.int64)
    moved = np.ones(len(points), dtype=bool)
    moved[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    points = points[moved]
    if len(points) < 2:
        return []
    points[1:] -= points[:-1].copy()
    return [int(value) for value in points.ravel()]
