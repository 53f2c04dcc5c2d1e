"""What hills do to walking time: a factor for each edge of the network and each direction.

Heights come from an elevation model (:mod:`cfc_gis.sources.terrain`); speed on a slope follows Tobler's hiking
function, taken as a ratio to level ground. Bridges and tunnels run straight from end to end.

References
----------
Tobler, W. (1993): Three presentations on geographical analysis and modeling. Its figures, measured on adults, and the
limits used here stand in ``resources/slope.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis.network import WalkNetwork

if TYPE_CHECKING:
    import pandas as pd

    from cfc_gis.sources.terrain import Terrain

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDING = 1e-6  # of a piece: 300.000001 m are ten pieces of 30 m, not eleven


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of a network, as factors of walking time.

    Parameters
    ----------
    forward_factor, backward_factor
        Walking time over that on level ground, from start to end of each edge and back; shape (e,). 1 where the
        height is unknown.
    steepest
        Steepest piece of each edge, metres of rise per metre, limited as all slopes are; shape (e,).
    known
        Share of each edge whose slope is known, from 0 to 1; shape (e,).
    node_height
        Metres; NaN where unknown; shape (n,).
    counts
        ``edges``, ``edges_off_ground`` (bridges and tunnels), ``edges_unknown``, ``edges_partly_unknown``,
        ``edges_limited`` (a piece is steeper than is believed), ``pieces``, ``pieces_unknown``, ``pieces_limited``,
        ``nodes_unknown``.
    """

    forward_factor: Floats
    backward_factor: Floats
    steepest: Floats
    known: Floats
    node_height: Floats
    counts: Mapping[str, int]


@cache
def assumptions() -> Mapping[str, Any]:
    """Return the figures of ``resources/slope.toml``.

    Examples
    --------
    >>> assumptions()["steepest"]
    0.4
    """
    return tomllib.loads((resources.files("cfc_gis") / "resources" / "slope.toml").read_text(encoding="utf-8"))


def speed_ratio(slope: Floats) -> Floats:
    """Return walking speed on a slope over that on level ground: ``exp(-3.5 |s + 0.05|) / exp(-3.5 x 0.05)``.

    Parameters
    ----------
    slope
        Metres of rise per metre; negative downhill. Missing stays missing.

    Examples
    --------
    >>> speed_ratio(np.array([0.0, 0.1, -0.05, -0.1])).round(3)
    array([1.   , 0.705, 1.191, 1.   ])
    """
    tobler = assumptions()["tobler"]
    decay, shift = tobler["decay"], tobler["shift"]
    ratio: Floats = np.exp(decay * (abs(shift) - np.abs(slope + shift)))
    return ratio


def bridges_and_tunnels(network: WalkNetwork, streets: pd.DataFrame) -> Flags:
    """Return which edges are bridges or tunnels, where the ground says nothing of the way.

    Parameters
    ----------
    network
        The walk network.
    streets
        The ways it was built from, with their tags (:data:`cfc_gis.schema.STREETS`).

    Returns
    -------
    array
        Shape (e,). A passage through a building lies on the ground.
    """
    rules = assumptions()["off_ground"]
    ways = {
        osm_id
        for osm_id, tags in zip(streets["osm_id"], streets["tags"], strict=True)
        if any(tags.get(key, "no") not in rule["except"] for key, rule in rules.items())
    }
    return np.fromiter((way in ways for way in network.edge_way), bool, len(network.edge_way))


def slopes(network: WalkNetwork, terrain: Terrain, off_ground: Flags | None = None) -> Slopes:
    """Return what the slopes of a network do to walking time.

    Parameters
    ----------
    network
        The walk network.
    terrain
        Elevation model over the network.
    off_ground
        Edges that run straight from end to end, whatever the ground does: bridges and tunnels, from
        :func:`bridges_and_tunnels`. None for none.

    Returns
    -------
    Slopes
        Factors of time: minutes on a slope are minutes on level ground times the factor.

    Notes
    -----
    Each edge is cut into equal pieces of at most 30 m; a piece has the slope s between its ends, limited to 0.4
    either way. Minutes add up, so the factor of an edge is the mean over its pieces of 1 / ``speed_ratio(s)``, and
    backward of 1 / ``speed_ratio(-s)``. A piece with an unknown end counts as level. A node that only bridges and
    tunnels meet has the height that joins the heights at their far ends by straight lines: it solves
    sum (h - h_neighbour) / length = 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from pyproj import CRS
    >>> from cfc_gis import geotiff, network
    >>> from cfc_gis.sources.terrain import Terrain
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.001], "lat": [45.7, 45.7]})
    >>> walk = network.build(streets, points, crs="EPSG:4551")
    >>> west, south, east, north = (*walk.node_xy[0] - 50.0, *walk.node_xy[1] + 50.0)
    >>> hill = geotiff.Grid(np.array([[0.0, 0.1 * (east - west) / 2]]), (west, south, east, north),
    ...     (west, south, east, north), CRS("EPSG:4551"), None, {}, {})
    >>> slopes(walk, Terrain(hill, {}, {})).forward_factor > 1
    array([ True])
    """
    straight = np.zeros(len(network.length_m), dtype=bool) if off_ground is None else off_ground
    height = _node_heights(network, terrain, straight)
    edge, length, rise = _pieces(network, terrain, height, straight)
    slope = np.divide(rise, length, out=np.zeros(len(rise)), where=length > 0)
    steepest = float(assumptions()["steepest"])
    unknown, limited = np.isnan(slope), np.abs(slope) > steepest
    believed = np.where(unknown, 0.0, slope.clip(-steepest, steepest))
    n = len(network.length_m)
    pieces = np.bincount(edge, minlength=n)
    known = 1.0 - np.bincount(edge, weights=unknown, minlength=n) / pieces
    counts = {
        "edges": n,
        "edges_off_ground": int(straight.sum()),
        "edges_unknown": int((known == 0).sum()),
        "edges_partly_unknown": int(((known > 0) & (known < 1)).sum()),
        "edges_limited": len(np.unique(edge[limited])),
        "pieces": len(edge),
        "pieces_unknown": int(unknown.sum()),
        "pieces_limited": int(limited.sum()),
        "nodes_unknown": int(np.isnan(height).sum()),
    }
    forward, backward = (
        np.bincount(edge, weights=1.0 / speed_ratio(way * believed), minlength=n) / pieces for way in (1.0, -1.0)
    )
    steep = np.zeros(n)
    np.maximum.at(steep, edge, np.abs(believed))
    return Slopes(forward, backward, steep, known, height, counts)


def _pieces(
    network: WalkNetwork, terrain: Terrain, height: Floats, straight: Flags
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the edge, length and rise of every piece; the ends of an edge have the heights of its nodes."""
    step = float(assumptions()["step_m"])
    number_of = np.ceil(network.length_m / step - _ROUNDING)
    pieces = np.where(straight, 1, np.maximum(1, number_of)).astype(np.int64)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    length = (network.length_m / pieces)[edge]
    ends = number == pieces[edge] - 1
    share = (number[~ends] + 1.0) / pieces[edge[~ends]]
    at = shapely.line_interpolate_point(network.lines[edge[~ends]], share, normalized=True)
    end = height[network.edge_to[edge]]
    end[~ends] = terrain.heights(shapely.get_coordinates(at), network.crs)
    start = height[network.edge_from[edge]]
    inner = number > 0
    start[inner] = np.roll(end, 1)[inner]
    return edge, length, end - start


def _node_heights(network: WalkNetwork, terrain: Terrain, straight: Flags) -> Floats:
    """Return the height of each node: of the ground, or of the bridge or tunnel on which it lies."""
    height = terrain.heights(network.node_xy, network.crs)
    if not straight.any():
        return height
    a, b = network.edge_from, network.edge_to
    meets = np.bincount(np.r_[a, b], minlength=len(height))
    aloft = np.bincount(np.r_[a[straight], b[straight]], minlength=len(height))
    # A dead end of a bridge is where the data or the network end, not a place in the air.
    inner = (aloft == meets) & (aloft > 1)
    if inner.any():
        height[inner] = _joined(height, inner, a[straight], b[straight], network.length_m[straight])
    return height


def _joined(height: Floats, inner: Flags, a: NDArray[np.int64], b: NDArray[np.int64], length: Floats) -> Floats:
    """Solve sum (h - h_neighbour) / length = 0 for the inner nodes; NaN where no known end is joined to them."""
    from scipy.sparse import coo_array, csr_array, diags_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import spsolve

    n = len(height)
    use = (a != b) & (length > 0) & ~((~inner[a]) & (~inner[b]))
    use &= (inner[a] | ~np.isnan(height[a])) & (inner[b] | ~np.isnan(height[b]))
    a, b, pull = a[use], b[use], 1.0 / length[use]
    links = csr_array(coo_array((np.r_[pull, pull], (np.r_[a, b], np.r_[b, a])), shape=(n, n)))
    _, part = connected_components(links, directed=False)
    anchored = np.isin(part, part[~inner & ~np.isnan(height) & (np.diff(links.indptr) > 0)])
    solved = np.full(n, np.nan)
    free = np.flatnonzero(inner & anchored)
    fixed = np.flatnonzero(~inner & ~np.isnan(height))
    if len(free):
        matrix = diags_array(links.sum(axis=1)) - links
        matrix = csr_array(matrix)
        solved[free] = spsolve(matrix[free][:, free].tocsc(), -(matrix[free][:, fixed] @ height[fixed]))
    return solved[inner]
