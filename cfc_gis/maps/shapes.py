"""Geometry as a map script reads it: short strings of whole numbers, a third of what GeoJSON needs.

Degrees times 100,000, so that one unit is about one metre; each point told from the one before; each number written in
base 32 with the letters of :data:`ALPHABET`, lowest digits first. A shared border has the same points on both sides
before and after, since areas are simplified together and rounding depends on nothing but the point itself.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

SCALE = 100_000
"""Whole numbers per degree: five decimals."""

TOLERANCE_M = 3.0
"""Simplification, metres: below what a screen shows at the closest zoom of a plan."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BASE, _MORE = 32, 32
_SMALL = 4096

Ring = str


def degrees(table: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> gpd.GeoSeries:
    """Return the simplified geometry of a projected table in EPSG:4326.

    Areas are simplified together (Visvalingam and Whyatt 1993, on their shared borders), so that neighbours stay flush.

    Parameters
    ----------
    table
        Areas, or lines, or points.
    tolerance_m
        Of lines: the farthest that a point is moved. Of areas: corners whose triangle has an area of less than its
        square are cut.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> table = gpd.GeoDataFrame(geometry=[Point(500_000, 5_000_000)], crs="EPSG:4551")
    >>> degrees(table).iloc[0].x
    126.0
    """
    shapes = table.geometry.to_numpy()
    if len(shapes) and (shapely.get_dimensions(shapes) == 2).all():
        simple = shapely.coverage_simplify(shapes, tolerance_m)
    else:
        simple = shapely.simplify(shapes, tolerance_m)
    return gpd.GeoSeries(simple, index=table.index, crs=table.crs).to_crs(4326)


def encode(geometry: shapely.Geometry) -> list[list[Ring]]:
    """Return polygons as lists of rings (outer first), lines as one ring each; points and empty parts fall away.

    Examples
    --------
    >>> encode(shapely.LineString([(126.0, 45.0), (126.00002, 45.00001)]))
    [['gshhYgi1yIEC']]
    """
    shapes = []
    for part in shapely.get_parts(geometry, return_index=False):
        if part.geom_type == "Polygon":
            rings = [line(ring) for ring in (part.exterior, *part.interiors)]
            if rings[0]:
                shapes.append([rings[0], *filter(None, rings[1:])])
        elif part.geom_type == "LineString" and (ring := line(part)):
            shapes.append([ring])
    return shapes


def decode(ring: Ring) -> NDArray[np.float64]:
    """Return the points of a ring, as the map's script reads them: longitude and latitude, shape (n, 2).

    Examples
    --------
    >>> decode(encode(shapely.LineString([(126.0, 45.0), (126.00002, 45.00001)]))[0][0])
    array([[126.     ,  45.     ],
           [126.00002,  45.00001]])
    """
    numbers, value, scale = [], 0, 1
    for letter in ring:
        digit = ALPHABET.index(letter)
        value, scale = value + digit % _BASE * scale, scale * _BASE
        if digit < _MORE:
            numbers.append(-(value // 2) - 1 if value % 2 else value // 2)
            value, scale = 0, 1
    return np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / SCALE


def line(shape: shapely.LineString) -> Ring:
    """Return the points of a line or ring as one string; empty where rounding leaves less than two.

    Examples
    --------
    >>> line(shapely.LineString([(0.0, 0.0), (0.000001, 0.0)]))
    ''
    """
    points: NDArray[np.int64] = np.rint(shapely.get_coordinates(shape) * SCALE).astype(np.int64)
    moved = np.ones(len(points), dtype=bool)
    moved[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    points = points[moved]
    if len(points) < 2:
        return ""
    points[1:] -= points[:-1].copy()
    return "".join([_WORDS[n] if -_SMALL < n < _SMALL else _word(n) for n in points.ravel().tolist()])


def _word(number: int) -> str:
    """Write a whole number: its sign in the lowest bit, five bits a letter."""
    left = 2 * number if number >= 0 else -2 * number - 1
    letters = []
    while left >= _BASE:
        letters.append(ALPHABET[left % _BASE + _MORE])
        left //= _BASE
    return "".join([*letters, ALPHABET[left]])


_WORDS = {number: _word(number) for number in range(-_SMALL, _SMALL)}
