"""Find where one enters a site: at its gates, where paths cross its outline, or nearest to a path."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from cfc_gis import lexicon

OPEN_GROUND = ("park", "play", "sport", "ice_snow")
"""Categories that may be entered by their paths beside their gates."""

_GATES = {"gate", "lift_gate", "swing_gate", "sliding_gate", "wicket_gate", "kissing_gate", "entrance", "sally_port"}
_NO_WAY_IN = {"no", "emergency", "exit", "service"}


def gates_of(objects: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the points of gates and entrances among OSM objects, emergency and service doors left out.

    Examples
    --------
    >>> tags = [{"barrier": "gate"}, {"entrance": "emergency"}, {"barrier": "wall"}]
    >>> points = gpd.GeoSeries.from_xy([0, 1, 2], [0, 0, 0], crs=4551)
    >>> len(gates_of(gpd.GeoDataFrame({"tags": tags}, geometry=points)))
    1
    """
    way_in = [
        tags.get("barrier") in _GATES or ("entrance" in tags and tags["entrance"] not in _NO_WAY_IN)
        for tags in objects["tags"]
    ]
    points = objects.geometry[np.array(way_in, dtype=bool)]
    return points[points.geom_type == "Point"]


def find_entrances(
    shapes: np.ndarray, open_ground: np.ndarray, gates: np.ndarray, paths: np.ndarray
) -> tuple[list[list[tuple[float, float]]], list[str]]:
    """Return the entrances of each site and the rule that found them.

    Parameters
    ----------
    shapes
        Sites in a metre CRS.
    open_ground
        Flag per site: a park or playground, which may be entered by its paths beside its gates. Schools and hospitals
        have walls: where a gate is mapped, a path elsewhere is no way in.
    gates
        Points of gates and entrances, same CRS.
    paths
        Lines of walkable ways, same CRS.

    Returns
    -------
    entrances : list of lists of (x, y)
        Metres, to the centimetre, sorted; at least one per site, of points nearer than 15 m one.
    rules : list of str
        ``gate``, ``path``, ``outline`` (point of the outline nearest to a path) or ``point`` (the site is a point, or
        there is no path).

    Examples
    --------
    >>> site, path = shapely.box(0, 0, 10, 10), shapely.LineString([(5, -5), (5, 5)])
    >>> find_entrances(np.array([site]), np.array([False]), np.array([]), np.array([path]))
    ([[(5.0, 0.0)]], ['path'])
    """
    outlines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    by_gate = _gates_near(outlines, gates)
    tree = shapely.STRtree(paths)
    by_path = _crossings(outlines, tree)
    entrances, rules = [], []
    for row, shape in enumerate(shapes):
        at_gates, at_paths = by_gate.get(row, []), by_path.get(row, [])
        if shapely.get_dimensions(shape) == 0:
            rule, points = "point", [(shape.x, shape.y)]
        elif at_gates:
            rule, points = "gate", at_gates + (at_paths if open_ground[row] else [])
        elif at_paths:
            rule, points = "path", at_paths
        else:
            rule, points = _nearest(shape, outlines[row], tree)
        entrances.append(_thin(points))
        rules.append(rule)
    return entrances, rules


def _gates_near(outlines: np.ndarray, gates: np.ndarray) -> dict[int, list[tuple[float, float]]]:
    found: dict[int, list[tuple[float, float]]] = {}
    if len(gates):
        rows, at = shapely.STRtree(gates).query(outlines, predicate="dwithin", distance=lexicon.measure("gate_m"))
        for row, gate in zip(rows.tolist(), gates[at], strict=True):
            found.setdefault(row, []).append((gate.x, gate.y))
    return found


def _crossings(outlines: np.ndarray, paths: shapely.STRtree) -> dict[int, list[tuple[float, float]]]:
    found: dict[int, list[tuple[float, float]]] = {}
    rows, at = paths.query(outlines, predicate="intersects")
    parts, pair = shapely.get_parts(shapely.intersection(outlines[rows], paths.geometries[at]), return_index=True)
    # A path that runs along the outline meets it in a line: its middle stands for it.
    along = shapely.get_dimensions(parts) == 1
    parts[along] = shapely.line_interpolate_point(parts[along], 0.5, normalized=True)
    for row, x, y in zip(
        rows[pair].tolist(), shapely.get_x(parts).tolist(), shapely.get_y(parts).tolist(), strict=True
    ):
        found.setdefault(row, []).append((x, y))
    return found


def _nearest(
    shape: shapely.Geometry, outline: shapely.Geometry, paths: shapely.STRtree
) -> tuple[str, list[tuple[float, float]]]:
    nearest = paths.geometries[paths.query_nearest(outline)]
    if not len(nearest):
        point = shape.representative_point()
        return "point", [(point.x, point.y)]
    # Among equally near paths the smallest point decides, whatever their order.
    points = shapely.get_point(shapely.shortest_line(outline, nearest), 0)
    return "outline", [min(zip(shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), strict=True))]


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Keep one point per square of the grid, the first in order."""
    cell = lexicon.measure("entrance_apart_m")
    kept: dict[tuple[int, int], tuple[float, float]] = {}
    for x, y in sorted((round(x, 2), round(y, 2)) for x, y in points):
        kept.setdefault((int(x // cell), int(y // cell)), (x, y))
    return sorted(kept.values())
