"""Edits of one place: the same thing said twice, and new things where such a thing stands already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from cfc_gis.edits.kinds import AddFacility, AddHousing, Edit, MoveFacility
from cfc_gis.edits.sites import WGS84

if TYPE_CHECKING:
    from pyproj import CRS

TWICE_M = 1.0
"""Two edits of a kind that lie no farther apart are the same one, written down twice."""
STANDING_M = 25.0
"""A new facility so near to one of its category may well be that one: a planner looks at it."""
_OVERLAP = 0.5  # of the smaller piece of land


def same(one: shapely.Geometry, other: shapely.Geometry, metres: float) -> bool:
    """Return whether two places are one, in a projected CRS in metres.

    Two pieces of land are one where they share half of the smaller; two lines where none strays farther from the other;
    all else where it lies no farther apart.

    Examples
    --------
    >>> same(shapely.box(0, 0, 10, 10), shapely.box(4, 0, 14, 10), 1.0)
    True
    >>> same(shapely.Point(0, 0), shapely.Point(3, 0), 1.0)
    False
    """
    dimensions = {int(shapely.get_dimensions(each)) for each in (one, other)}
    if dimensions == {2}:
        return bool(one.intersection(other).area >= _OVERLAP * min(one.area, other.area))
    if dimensions == {1}:
        return bool(one.hausdorff_distance(other) <= metres)
    return bool(one.distance(other) <= metres)


def twice(edits: Sequence[Edit], categories: Mapping[str, str], crs: CRS) -> list[tuple[str, str]]:
    """Return the edits that stand on the place of an earlier one of their kind, each with that one.

    Parameters
    ----------
    edits
        In the order in which they are applied.
    categories
        Category of the facility that an edit moves, by the id of the edit.
    crs
        A projected CRS in metres.

    Returns
    -------
    list of (id, id)
        Facilities are compared within their category, whether they are new or moved there.
    """
    placed = [edit for edit in edits if edit.place is not None]
    shapes = gpd.GeoSeries([edit.place for edit in placed], crs=WGS84).to_crs(crs)
    seen: dict[tuple[str, str], list[tuple[str, shapely.Geometry]]] = {}
    found = []
    for edit, shape in zip(placed, shapes, strict=True):
        others = seen.setdefault(_kind(edit, categories), [])
        first = next((name for name, other in others if same(shape, other, TWICE_M)), None)
        if first is not None and first != edit.id:  # an id that is used twice is told as that
            found.append((edit.id, first))
        others.append((edit.id, shape))
    return found


def standing(table: gpd.GeoDataFrame, shape: shapely.Geometry, metres: float = STANDING_M) -> list[int]:
    """Return the rows of a table that stand where something is put, in the order of the table.

    Examples
    --------
    >>> table = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0), shapely.Point(90, 0)])
    >>> standing(table, shapely.Point(10, 0))
    [0]
    """
    near = table.sindex.query(shape, predicate="dwithin", distance=metres)
    return [row for row in np.sort(near).tolist() if same(table.geometry.iloc[row], shape, metres)]


def _kind(edit: Edit, categories: Mapping[str, str]) -> tuple[str, str]:
    if isinstance(edit, AddFacility):
        return "facility", str(edit.category)
    if isinstance(edit, MoveFacility):
        return "facility", categories.get(edit.id, edit.id)
    return ("housing", "") if isinstance(edit, AddHousing) else (edit.kind, "")
