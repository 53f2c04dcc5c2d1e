"""The area that is reached: the places from which, or to which, one walks within some minutes.

A place is reached as a home there would be: it walks straight to its nearest street, and then along the streets. So
the plane is parted among the streets, every place to its nearest, and a street has as much of its part as the minutes
left allow. An area is for maps; who lives in reach is told by the minutes of each home.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis import routing
from cfc_gis.access.walk import Surface
from cfc_gis.network import WalkNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

WIDTH_M = 150.0
"""How far from its street a place may lie and still be drawn in."""

HOLE_M2 = 10_000.0
"""Holes in an area are filled up to this size: one hectare, in which no home lies far from a street that is reached."""

STEP_M = 10.0
"""Streets are taken in steps of at most this length; gaps of less than two steps between what is drawn are closed."""

_END_M = 1.0  # so near to its ends a street is looked at: there it meets others, and there a limit is reached
_GRID_M = 0.01
_FAR = 10.0  # times the width of all points, to those that bound their cells
_QUARTER = 8  # straight pieces of a quarter of a circle


def areas(surface: Surface, field: routing.Field, minutes: Sequence[float]) -> list[shapely.Geometry]:
    """Draw the area that is reached within each of some minutes.

    Parameters
    ----------
    surface
        What was searched on.
    field
        A finished search on it.
    minutes
        The limits, in rising order; beyond the longest way that counts on the surface nothing more is reached.

    Returns
    -------
    list of Polygon or MultiPolygon
        One for each limit, in the CRS of the network, each within the next; empty where nothing is reached.

    Notes
    -----
    Streets are divided into steps, also where a limit is reached on them. The Voronoi cell of a step holds the places
    that are nearest to it. Within ``t`` minutes the step has of its cell what lies within ``(t - minutes to the step) /
    minutes for each metre off the street``, and within :data:`WIDTH_M`; of a main road each side by itself: so a road
    that nobody may cross bounds the area. Gaps of less than two steps are closed, which takes the teeth off the border,
    and holes of at most :data:`HOLE_M2` are filled.

    In central Harbin, of the homes that are counted 98 % lie in the areas so drawn (the rest lie farther than
    :data:`WIDTH_M` from their street), and of the homes in the areas 99 % are counted; see ``tests/test_isochrone.py``.
    """
    links, network = surface.links, surface.links.network
    found, area = [], shapely.Polygon()
    limits = np.minimum(minutes, surface.cutoff)
    parts = [routing.reached_parts(field, limit) for limit in limits]
    link, start, end = (np.concatenate([getattr(part, name) for part in parts]) for name in ("edge", "start", "end"))
    near = _near(network, links.edge[link])
    if not len(near):
        return [area for _ in limits]
    edge, share = _steps(network, near, np.tile(links.edge[link], 2), np.concatenate([start, end]))
    xy, along = _standing(network, edge, share)
    cell = _cells(xy)
    left, right = (_minutes(field, links.along[edge, side], share) for side in (0, 1))
    two_sided = links.along[edge, 0] != links.along[edge, 1]
    for limit in limits:
        on_left, on_right = (
            np.clip(np.nan_to_num((limit - cost) / surface.leg_cost), 0.0, WIDTH_M) for cost in (left, right)
        )
        shapes = [
            _within(cell, xy, np.where(two_sided, 0.0, on_left)),
            _beside(cell, xy, along, np.where(two_sided, on_left, 0.0)),
            _beside(cell, xy, -along, np.where(two_sided, on_right, 0.0)),
        ]
        # Round corners are drawn by straight lines: what lies within the last area is taken over from it.
        area = shapely.union(area, _filled(_closed(shapely.union_all(np.concatenate(shapes)))))
        found.append(area)
    return found


def _near(network: WalkNetwork, reached: Ints) -> Ints:
    """Return the edges that a place near to the reached ones may be snapped to."""
    lines = network.lines
    if not len(reached):
        return reached
    snapped_to = network.component[network.edge_from] < network.components_worth_the_name
    west, south, east, north = shapely.total_bounds(lines[reached])
    margin = 2 * WIDTH_M
    window = shapely.box(west - margin, south - margin, east + margin, north + margin)
    return np.flatnonzero(snapped_to & shapely.intersects(window, lines))


def _steps(network: WalkNetwork, edges: Ints, cut_edge: Ints, cut: Floats) -> tuple[Ints, Floats]:
    """Divide edges at their cuts, and what is between these into steps; return where each step is looked at."""
    kept = np.isin(cut_edge, edges)
    edge = np.concatenate([edges, edges, cut_edge[kept]])
    share = np.concatenate([np.zeros(len(edges)), np.ones(len(edges)), cut[kept]])
    order = np.lexsort((share, edge))
    edge, share = edge[order], share[order]
    length = network.length_m[edge[:-1]] * np.diff(share)
    first = np.flatnonzero((edge[1:] == edge[:-1]) & (length > 0.0))
    edge, low, high, length = edge[first], share[first], share[first + 1], length[first]
    inner = np.maximum(length - 2 * _END_M, 0.0)
    n = np.where(inner > 0.0, np.ceil(inner / STEP_M).astype(np.int64) + 1, 1)
    row = np.repeat(np.arange(len(n)), n)
    number = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
    metres = np.where(n[row] > 1, _END_M + inner[row] * number / np.maximum(n[row] - 1, 1), length[row] / 2)
    return edge[row], low[row] + (high - low)[row] * metres / length[row]


def _standing(network: WalkNetwork, edge: Ints, share: Floats) -> tuple[Floats, Floats]:
    """Return the coordinates of places on edges, and the direction of the edge there; shapes (n, 2)."""
    lines, offset = network.lines[edge], share * shapely.length(network.lines[edge])
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset))
    before = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(offset - _END_M, 0.0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset + _END_M))
    along = after - before
    return xy, along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]


def _minutes(field: routing.Field, link: Ints, share: Floats) -> Floats:
    nothing = np.zeros(len(link))
    return field.at(routing.Places(link, share, nothing, nothing)).cost


def _cells(xy: Floats) -> Shapes:
    """Return the Voronoi cell of each point; points in one place share theirs.

    By Qhull: on the rows of points that streets give, GEOS draws cells that cross others.
    """
    from scipy.spatial import Voronoi

    # Points nearer to each other than a cell can be drawn would give cells that cross themselves.
    corner = xy.min(axis=0)
    apart, of = np.unique(np.round((xy - corner) / _GRID_M).astype(np.int64), axis=0, return_inverse=True)
    points = apart * _GRID_M
    # Far points around them bound every cell, far beyond where anything is drawn.
    middle, far = points.max(axis=0) / 2, _FAR * (points.max() + WIDTH_M)
    around = middle + far * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1], [-1, 0], [1, 0], [0, -1], [0, 1]])
    diagram = Voronoi(np.vstack([points, around]))
    rings = [diagram.regions[region] for region in diagram.point_region[: len(points)]]
    owner = np.repeat(np.arange(len(points)), [len(ring) for ring in rings])
    corners = diagram.vertices[np.concatenate(rings)]
    toward = corners - points[owner]
    order = np.lexsort((np.arctan2(toward[:, 1], toward[:, 0]), owner))  # a cell is convex
    found: Shapes = shapely.polygons(shapely.linearrings(corners[order] + corner, indices=owner[order]))
    return found[of]


def _within(cell: Shapes, xy: Floats, room: Floats) -> Shapes:
    """Return what of each cell lies within so many metres of its point; nothing for cells without room."""
    chosen = np.flatnonzero(room > 0.0)
    cell, xy, room = cell[chosen], xy[chosen], room[chosen]
    corner, of = shapely.get_coordinates(cell, return_index=True)
    reach = np.zeros(len(cell))
    np.maximum.at(reach, of, np.hypot(*(corner - xy[of]).T))
    cut = reach > room
    discs = shapely.buffer(shapely.points(xy[cut]), room[cut], quad_segs=_QUARTER)
    cell[cut] = shapely.intersection(cell[cut], discs)
    return cell


def _beside(cell: Shapes, xy: Floats, along: Floats, room: Floats) -> Shapes:
    """Return the same on the left side of who looks along."""
    chosen = np.flatnonzero(room > 0.0)
    angle = np.linspace(0.0, np.pi, 2 * _QUARTER + 1)[None, :, None]
    ahead, beside = along[chosen, None, :], np.stack([-along[chosen, 1], along[chosen, 0]], axis=1)[:, None, :]
    rim = xy[chosen, None, :] + room[chosen, None, None] * (np.cos(angle) * ahead + np.sin(angle) * beside)
    halves: Shapes = shapely.intersection(cell[chosen], shapely.polygons(rim))
    return halves


def _closed(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape without its narrow gaps."""
    return shapely.buffer(shapely.buffer(shape, STEP_M), -STEP_M)


def _filled(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape without its small holes."""
    rings, polygon = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    hole = np.r_[False, polygon[1:] == polygon[:-1]][: len(rings)]  # the first ring of each is its border
    solid = shapely.polygons(rings[hole])
    return shapely.union_all([shape, *solid[shapely.area(solid) <= HOLE_M2]])
