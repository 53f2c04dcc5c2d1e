"""Edits of facilities: opened, closed, moved, expanded, fitted for winter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import schema
from cfc_gis.access import choose
from cfc_gis.edits.kinds import AddFacility, CloseFacility, Edit, ExpandFacility, MoveFacility, RetrofitFacility

if TYPE_CHECKING:
    from pyproj import CRS

    from cfc_gis.edits.kinds import Placed
    from cfc_gis.network import WalkNetwork

Shapes = NDArray[np.object_]
Doors = list[tuple[float, float]]
LonLat = tuple[float, float]

WGS84 = "EPSG:4326"
SOURCE = "scenario"
"""Source of what an edit adds, and reason of what it closes."""


def apply(facilities: gpd.GeoDataFrame, edits: Sequence[Edit], network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the facilities with edits; the very same table where none of them is about facilities.

    Parameters
    ----------
    facilities
        :data:`cfc_gis.schema.FACILITIES`.
    edits
        In the order in which they are applied.
    network
        The walk network as it was found, to which new facilities without named entrances turn.

    Returns
    -------
    GeoDataFrame
        Rows keep their places, new ones stand at the end. What an edit adds is ``confirmed``: whoever opens a facility
        knows what it is.

    Raises
    ------
    ChoiceUnknown
        When no facility, or several, have the id or name of an edit.
    TableFault
        When a new facility has the id of another.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> ground = Study.sample().survey().ground
    >>> closed = apply(ground.facilities, [CloseFacility(id="1", facility="样例第三小学")], ground.network)
    >>> closed.loc[closed["name"] == "样例第三小学", "evidence"].item()
    'no'
    """
    table = facilities
    for edit in edits:
        if isinstance(edit, AddFacility):
            table = _with_rows(table, [_new(edit, table.crs, network)])
        elif isinstance(edit, CloseFacility):
            table = _changed(table, edit.facility, evidence="no", evidence_reason=SOURCE)
        elif isinstance(edit, ExpandFacility):
            table = _changed(table, edit.facility, capacity=edit.seats, capacity_source=SOURCE)
        elif isinstance(edit, RetrofitFacility):
            table = _changed(table, edit.facility, indoor=True, season="all")
        elif isinstance(edit, MoveFacility):
            shape = placed(edit, table.crs)
            table = _changed(table, edit.facility, geometry=shape, entrances=_doors(edit, shape, table.crs, network))
    if table is not facilities:
        schema.check(table, schema.FACILITIES)
    return table


def placed(edit: Placed, crs: CRS) -> shapely.Geometry:
    """Return the shape of an edit in a projected CRS."""
    return gpd.GeoSeries([edit.place], crs=WGS84).to_crs(crs).iloc[0]


def points_of(places: Sequence[tuple[float, float]], crs: CRS) -> Doors:
    """Return longitudes and latitudes as x and y of a projected CRS."""
    moved = gpd.GeoSeries(shapely.points(np.array(places, dtype=float).reshape(-1, 2)), crs=WGS84).to_crs(crs)
    return [(point.x, point.y) for point in moved]


def degrees(places: Sequence[tuple[float, float]], crs: CRS) -> tuple[LonLat, ...]:
    """Return x and y of a projected CRS as longitudes and latitudes; unrounded, so that they lead back to the place.

    Examples
    --------
    >>> [(lon, lat)] = degrees([(500000.0, 5000000.0)], "EPSG:4551")
    >>> [(x, y)] = points_of([(lon, lat)], "EPSG:4551")
    >>> abs(x - 500000.0) < 1e-6, abs(y - 5000000.0) < 1e-6
    (True, True)
    """
    moved = gpd.GeoSeries(shapely.points(np.array(places, dtype=float).reshape(-1, 2)), crs=crs).to_crs(WGS84)
    return tuple((float(point.x), float(point.y)) for point in moved)


def placed_in_degrees(shape: shapely.Geometry) -> dict[str, Any]:
    """Return a shape in degrees as ``point`` or ``polygon`` of an edit: of several polygons the largest, without holes.

    Examples
    --------
    >>> placed_in_degrees(shapely.Point(126.5, 45.7))
    {'point': (126.5, 45.7)}
    """
    if shapely.get_dimensions(shape) == 2:
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        ring = shapely.get_coordinates(shapely.get_exterior_ring(largest))
        return {"polygon": tuple((float(x), float(y)) for x, y in ring)}
    point = shapely.point_on_surface(shape)
    return {"point": (float(point.x), float(point.y))}


def facility(  # noqa: PLR0913 - one name for each thing that is known of a new facility
    facility_id: str,
    category: str,
    shape: shapely.Geometry,
    entrances: Doors,
    *,
    name: str | None = None,
    seats: float | None = None,
    indoor: bool = True,
    season: str = "all",
) -> dict[str, object]:
    """Return a new facility as a row of :data:`cfc_gis.schema.FACILITIES`.

    Examples
    --------
    >>> facility("new", "play", shapely.Point(0, 0), [(0.0, 0.0)])["evidence"]
    'confirmed'
    """
    return {
        "facility_id": facility_id, "name": name, "category": category, "care_level": None,
        "evidence": "confirmed", "evidence_reason": SOURCE, "capacity": np.nan if seats is None else seats,
        "capacity_source": None if seats is None else SOURCE, "enrolment": np.nan, "group": None, "ownership": None,
        "indoor": indoor, "season": season, "osm_ids": "", "source": SOURCE, "entrances": entrances, "geometry": shape,
    }  # fmt: skip


def _with_rows(facilities: gpd.GeoDataFrame, rows: Sequence[dict[str, object]]) -> gpd.GeoDataFrame:
    more = gpd.GeoDataFrame([*rows], crs=facilities.crs)[[*facilities.columns]]
    for name in more.columns.drop("geometry"):
        more[name] = more[name].astype(facilities[name].dtype)
    return gpd.GeoDataFrame(pd.concat([facilities, more], ignore_index=True), crs=facilities.crs)


def _new(edit: AddFacility, crs: CRS, network: WalkNetwork) -> dict[str, object]:
    shape = placed(edit, crs)
    return facility(
        edit.id,
        edit.category,
        shape,
        _doors(edit, shape, crs, network),
        name=edit.name,
        seats=edit.seats,
        indoor=edit.indoor,
        season=edit.season,
    )


def _doors(edit: Placed, shape: shapely.Geometry, crs: CRS, network: WalkNetwork) -> Doors:
    if edit.entrances:
        return points_of(edit.entrances, crs)
    return nearest_to_street(np.array([shape], dtype=object), network)


def _changed(facilities: gpd.GeoDataFrame, named: str, **values: object) -> gpd.GeoDataFrame:
    row = choose.row(facilities, "facility", named)
    table = facilities.copy()
    for name, value in values.items():
        column = [*table[name]]
        column[row] = value
        if name == "geometry":
            table = table.set_geometry(gpd.GeoSeries(column, index=table.index, crs=table.crs))
        else:
            table[name] = pd.Series(column, index=table.index, dtype=table[name].dtype)
    return table


def nearest_to_street(shapes: Shapes, network: WalkNetwork) -> Doors:
    """Return the point of each outline that is nearest to a street on which places are put.

    Parameters
    ----------
    shapes
        Sites in the CRS of the network.
    network
        The walk network.

    Returns
    -------
    list of (x, y)
        Metres, to the centimetre. A point stays what it is. Where no street is known, a point inside. Of equally near
        points the smallest is taken, whatever the order of streets.

    Examples
    --------
    >>> from cfc_gis import network
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> walk = network.build(streets, points, crs="EPSG:4551")
    >>> x, y = walk.node_xy[0]
    >>> ((east, north),) = nearest_to_street(np.array([shapely.box(x + 50, y + 10, x + 90, y + 90)]), walk)
    >>> round(east - x), 10 <= round(north - y) <= 90
    (50, True)
    """
    tree = shapely.STRtree(network.lines[network.holds_places])
    outlines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    points = shapely.get_point(shapely.shortest_line(outlines, shapely.point_on_surface(shapes)), 0)
    best = dict(enumerate(zip(shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), strict=True)))
    if len(tree.geometries):
        row, edge = tree.query_nearest(outlines)
        ends = shapely.get_point(shapely.shortest_line(outlines[row], tree.geometries[edge]), 0)
        place = np.round(np.column_stack([shapely.get_x(ends), shapely.get_y(ends)]), 2)
        order = np.lexsort((place[:, 1], place[:, 0], row))
        first = order[np.r_[True, row[order][1:] != row[order][:-1]]] if len(order) else order
        best |= {int(row[at]): (float(place[at, 0]), float(place[at, 1])) for at in first}
    return [(round(best[at][0], 2), round(best[at][1], 2)) for at in range(len(shapes))]
