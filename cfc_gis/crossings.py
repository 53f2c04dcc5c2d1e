"""Where a child must cross a main road: the two sides of main roads, and the crossings between them.

On a map of centre lines a main road costs nothing to cross. Here it has two sides. Every edge of a main road becomes
two links, one for each side; at a junction the streets that meet the road belong to the side on which they leave it;
and a child changes sides only over a crossing link: at a junction, or where a crossing is mapped. A dual carriageway is
two roads, each crossed by itself, and nobody walks along its median. All other edges stay one link.

Who counts crossings, waits at them or forbids some of them (:mod:`cfc_gis.walking`) then needs no turn costs:
crossings are links like any other, of no length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis.network import CLASSES, Positions, WalkNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAIN_CLASSES = ("trunk", "primary", "secondary")
"""Classes of roads that a child crosses with care; their link roads are of the same class."""

KINDS = ("", "signals", "marked", "unmarked", "presumed")
"""Kinds of links: none (a street), or what is mapped at the crossing.

``presumed`` is a junction where nothing is mapped. In the extract of central Harbin of 2024 five signals are tagged:
the absence of a tag says nothing.
"""

SIGNALS_NEAR_M = 30.0
"""Signals stand at stop lines before a junction: a crossing this near to one is crossed with signals (unverified)."""

MEDIAN_M = 40.0
"""Two one-way main roads side by side, this near and in opposite directions, are one dual carriageway (unverified)."""

RAMPS = ("ramp", "ramp:stroller", "ramp:wheelchair", "wheelchair")
"""Tags of steps that wheels can manage."""

_BEARING_M = 10.0
_OPPOSITE = -0.8  # cosine of 143 degrees


@dataclass(frozen=True, eq=False)
class Links:
    """What a child walks along and crosses; arrays of one entry for each link unless said otherwise.

    Parameters
    ----------
    network
        The walk network that it was made from.
    n_nodes
        Nodes, with one for each sector between the main roads that meet at a node of the network.
    node
        Node of the network behind each node; shape (n_nodes,).
    start, end
        Node at either end.
    edge
        Edge of the network: that which is walked along, or the arm of the main road that is crossed.
    kind
        Index into :data:`KINDS`: 0 for a street, else the kind of crossing.
    along
        Link of each edge of the network on its left side, and on its right; the same link twice where the edge has but
        one, and where one side is a median; shape (edges, 2).
    """

    network: WalkNetwork
    n_nodes: int
    node: Ints
    start: Ints
    end: Ints
    edge: Ints
    kind: NDArray[np.int8]
    along: Ints

    @property
    def metres(self) -> Floats:
        """Length of each link; crossings have none, since streets reach to the centre line of the road."""
        return np.where(self.kind == 0, self.network.length_m[self.edge], 0.0)

    @cached_property
    def one_way(self) -> Flags:
        """Which edges of the network are one way for vehicles."""
        return _flags(self.network, _is_one_way)

    @cached_property
    def lanes(self) -> Floats:
        """Tagged lanes of each edge of the network; NaN where there are none."""
        lanes = (tags.get("lanes", "") for tags in self.network.edge_tags)
        return np.array([float(text) if text.isdecimal() else np.nan for text in lanes], dtype=np.float64)

    @cached_property
    def ramp(self) -> Flags:
        """Which edges of the network have a ramp beside their steps."""
        return _flags(self.network, lambda tags: any(tags.get(key, "no") != "no" for key in RAMPS))

    @cached_property
    def frozen(self) -> Flags:
        """Which edges of the network lead over ice: tagged so, or there in winter only."""
        return _flags(
            self.network,
            lambda tags: "yes" in (tags.get("ice_road"), tags.get("winter_road")) or tags.get("seasonal") == "winter",
        )

    @property
    def crossings(self) -> Ints:
        """How many carriageways of main roads each link crosses: 0 or 1."""
        return (self.kind > 0).astype(np.int64)

    def beside(self, at: Positions) -> Ints:
        """Return the link on which each place stands, on the side of the road where it lies; -1 off the network.

        A place on the very line of a main road stands on its right side.
        """
        links = self.along[at.edge, np.where(at.side > 0, 0, 1)]
        return np.where(at.found, links, -1)

    def on_both_sides(self, at: Positions) -> tuple[Ints, Ints]:
        """Return the links from which entrances are entered: both sides where one lies on the very line of a main road.

        Returns
        -------
        tuple of arrays
            Number of each place, and its link, -1 off the network; a place with two links comes twice, right then left.
        """
        left = self.along[at.edge, 0]
        both = at.found & (at.side == 0) & (left != self.along[at.edge, 1])
        place = np.repeat(np.arange(len(at)), 1 + both)
        again = np.r_[False, place[1:] == place[:-1]][: len(place)]
        return place, np.where(again, left[place], self.beside(at)[place])

    def counts(self) -> dict[str, int]:
        """Return how many crossings of each kind there are, and edges with two sides."""
        return {
            **{f"crossings_{name}": int((self.kind == i).sum()) for i, name in enumerate(KINDS) if name},
            "main_road_edges": int(is_main(self.network).sum()),
            "main_road_edges_of_dual_carriageways": int(medians(self.network).sum()),
        }


def is_main(network: WalkNetwork) -> Flags:
    """Return which edges belong to main roads."""
    return np.isin(network.edge_class, [CLASSES.index(name) for name in MAIN_CLASSES])


def build(network: WalkNetwork) -> Links:
    """Give main roads two sides, and join the sides where they can be crossed.

    Parameters
    ----------
    network
        The walk network.

    Returns
    -------
    Links
        Links of edges in the order of edges, left before right, then crossings by node and direction. Sides are those
        of the edge from its start to its end.

    Notes
    -----
    At a node where k ends of main roads meet, they part the circle of directions into k sectors, each a node of its
    own; one where k is 0 or 1, but where nothing else meets the end of a main road its sides stay apart: the road may
    just end with the data. Another street joins the sector in which it leaves. The left side of a main road that
    leaves the node joins the sector to its left, the right side that to its right. Across each arm lies a crossing link
    between the sectors beside it, where a crossing is mapped or the node is a junction: with another street, or of
    three main roads or more, not counting their ramps. Elsewhere nobody is taken to cross. The median side of a dual
    carriageway is left out.

    Examples
    --------
    A primary road from west to east, met by a footway from the north and by another from the south.

    >>> import pandas as pd
    >>> from cfc_gis import network
    >>> streets = pd.DataFrame({"osm_id": ["w1", "w2"], "part": 0, "name": None,
    ...                         "tags": [{"highway": "primary"}, {"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0, 0, 1, 1, 1], "node_id": [1, 2, 3, 4, 2, 5],
    ...                        "lon": [126.0, 126.01, 126.02, 126.01, 126.01, 126.01],
    ...                        "lat": [45.7, 45.7, 45.7, 45.71, 45.7, 45.69]})
    >>> links = build(network.build(streets, points, crs="EPSG:4551"))
    >>> links.n_nodes, links.metres.round().tolist()
    (8, [779.0, 779.0, 779.0, 779.0, 1111.0, 1111.0, 0.0, 0.0])
    >>> links.counts()["crossings_presumed"]
    2
    """
    main = is_main(network)
    ends = _ends(network, main)
    node, first_sector = _nodes(network, ends)
    # Sector to the left and to the right of each end, looking away from the node.
    left, right = first_sector[ends.node] + ends.sector, first_sector[ends.node] + (ends.sector - 1) % ends.sectors
    n = len(main)
    out, back = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    out[ends.edge[ends.leaves]] = np.flatnonzero(ends.leaves)
    back[ends.edge[~ends.leaves]] = np.flatnonzero(~ends.leaves)
    median = medians(network)
    keeps_right = main & ~median
    # The order of links: by edge, the left side (or the only link) before the right.
    both = np.r_[np.arange(n), np.flatnonzero(keeps_right)]
    is_right = np.r_[median, np.ones(int(keeps_right.sum()), dtype=bool)]
    order = np.argsort(both, kind="stable")
    edge, is_right = both[order], is_right[order]
    start = np.where(is_right & main[edge], right[out[edge]], left[out[edge]])
    # At its far end an edge is seen from the other side: its left is there to the right of who looks back along it.
    end = np.where(main[edge] & ~is_right, right[back[edge]], left[back[edge]])
    first = np.searchsorted(edge, np.arange(n))
    over = _crossings(network, ends)
    return Links(
        network=network,
        n_nodes=len(node),
        node=node,
        start=np.r_[start, right[over.end]],
        end=np.r_[end, left[over.end]],
        edge=np.r_[edge, ends.edge[over.end]],
        kind=np.r_[np.zeros(len(edge), dtype=np.int8), over.kind],
        along=np.column_stack([first, first + keeps_right]),
    )


@dataclass(frozen=True, eq=False)
class _Ends:
    """Ends of edges, by node and direction.

    ``sector`` is the number of the sector to the left of a main road's end, and that in which a street's end lies;
    ``sectors`` how many there are at the node.
    """

    node: Ints
    edge: Ints
    leaves: Flags
    main: Flags
    sector: Ints
    sectors: Ints


def _ends(network: WalkNetwork, main: Flags) -> _Ends:
    n = len(main)
    node = np.r_[network.edge_from, network.edge_to]
    edge = np.r_[np.arange(n), np.arange(n)]
    leaves = np.r_[np.ones(n, dtype=bool), np.zeros(n, dtype=bool)]
    # Of two ends in one direction the main road comes first, so that the street lies to its left at both.
    order = np.lexsort((~leaves, edge, ~main[edge], _bearings(network), node))
    node, edge, leaves = node[order], edge[order], leaves[order]
    is_main_end = main[edge]
    arms = np.bincount(node[is_main_end], minlength=len(network.node_id))
    alone = (arms == 1) & (np.bincount(node, minlength=len(arms)) == 1)
    sectors = np.where(alone, 2, np.maximum(arms, 1))[node]
    before = np.cumsum(is_main_end) - np.concatenate([[0], np.cumsum(arms)])[node]
    return _Ends(node, edge, leaves, is_main_end, (before - 1) % sectors, sectors)


def _bearings(network: WalkNetwork) -> Floats:
    """Return the direction in which each edge leaves its start, then its end: radians, anticlockwise from east."""
    reach = np.minimum(_BEARING_M, network.length_m / 2)
    starts = shapely.get_coordinates(shapely.line_interpolate_point(network.lines, reach))
    ends = shapely.get_coordinates(shapely.line_interpolate_point(network.lines, network.length_m - reach))
    x, y = np.concatenate([starts - network.node_xy[network.edge_from], ends - network.node_xy[network.edge_to]]).T
    return np.asarray(np.arctan2(y, x), dtype=np.float64)


def _nodes(network: WalkNetwork, ends: _Ends) -> tuple[Ints, Ints]:
    """Return the node of the network behind each node, and the first of each node's sectors."""
    sectors = np.ones(len(network.node_id), dtype=np.int64)
    sectors[ends.node] = ends.sectors
    first = np.cumsum(sectors) - sectors
    return np.repeat(np.arange(len(sectors)), sectors), first


@dataclass(frozen=True, eq=False)
class _Over:
    """Crossings: the end of the main road whose arm each crosses, and its kind."""

    end: Ints
    kind: NDArray[np.int8]


def _crossings(network: WalkNetwork, ends: _Ends) -> _Over:
    n = len(network.node_id)
    ramp = _flags(network, lambda tags: tags.get("highway", "").endswith("_link"))[ends.edge]
    streets = np.bincount(ends.node[~ends.main], minlength=n)
    roads = np.bincount(ends.node[ends.main & ~ramp], minlength=n)
    junction = (streets > 0) | (roads > 2)
    kind = np.where(junction, KINDS.index("presumed"), 0).astype(np.int8)
    kind[_on_crossing_ways(network) | np.isin(network.node_kind, ["crossing", "crossing_signals"])] = KINDS.index(
        "marked"
    )
    kind[network.node_kind == "unmarked"] = KINDS.index("unmarked")
    kind[_near_signals(network) & (kind > 0)] = KINDS.index("signals")
    over = np.flatnonzero(ends.main & (ends.sectors > 1) & (kind[ends.node] > 0))
    return _Over(over, kind[ends.node[over]])


def _flags(network: WalkNetwork, holds: Callable[[Mapping[str, str]], bool]) -> Flags:
    return np.fromiter(map(holds, network.edge_tags), dtype=bool, count=len(network.edge_tags))


def _is_one_way(tags: Mapping[str, str]) -> bool:
    return tags.get("oneway") == "yes"


def _on_crossing_ways(network: WalkNetwork) -> Flags:
    """Whether each node lies on a way that is itself a crossing, and not one that is tagged as unmarked."""
    crossing = _flags(network, lambda tags: tags.get("footway") == "crossing" and tags.get("crossing") != "unmarked")
    nodes = np.zeros(len(network.node_id), dtype=bool)
    nodes[network.edge_from[crossing]] = True
    nodes[network.edge_to[crossing]] = True
    return nodes


def _near_signals(network: WalkNetwork) -> Flags:
    near = np.zeros(len(network.node_id), dtype=bool)
    signals = shapely.points(network.node_xy[np.isin(network.node_kind, ["traffic_signals", "crossing_signals"])])
    if len(signals):
        nodes = shapely.points(network.node_xy)
        near[np.unique(shapely.STRtree(nodes).query(signals, predicate="dwithin", distance=SIGNALS_NEAR_M)[1])] = True
    return near


def medians(network: WalkNetwork) -> Flags:
    """Return which edges are one carriageway of a dual carriageway, and so have a median on their left.

    Traffic keeps right in China: the other carriageway lies to the left of who drives along. An edge counts where its
    ``oneway`` runs along the edge and a straight line of :data:`MEDIAN_M` from its middle to the left meets
    a one-way main road that runs the other way.
    """
    result = np.zeros(len(network.length_m), dtype=bool)
    chosen = _one_way_main(network)
    if len(chosen):
        a, _, _ = _across(network, chosen, network.length_m[chosen] / 2, chosen)
        result[chosen[a]] = True
    return result


def opposite(network: WalkNetwork, edge: int, offset_m: float) -> tuple[int, float] | None:
    """Return the place on the other carriageway that lies across the median from a place on this one.

    Parameters
    ----------
    network
        The walk network.
    edge, offset_m
        The place: an edge, and metres from its start.

    Returns
    -------
    tuple or None
        The nearest edge of the other carriageway and metres from its start; None where there is none.
    """
    chosen = _one_way_main(network)
    if edge not in chosen:
        return None
    _, other, at = _across(network, np.array([edge]), np.array([offset_m]), chosen)
    if not len(other):
        return None
    here = shapely.line_interpolate_point(network.lines[edge], offset_m)
    places = shapely.line_interpolate_point(network.lines[chosen[other]], at)
    nearest = np.lexsort((chosen[other], shapely.distance(here, places)))[0]
    return int(chosen[other[nearest]]), float(at[nearest])


def _one_way_main(network: WalkNetwork) -> Ints:
    return np.flatnonzero(is_main(network) & _flags(network, _is_one_way))


def _across(network: WalkNetwork, edges: Ints, offset_m: Floats, others: Ints) -> tuple[Ints, Ints, Floats]:
    """Look from places on edges to the left for roads that run the other way.

    Returns the rows of the edges and of the others, one pair for each sight, and where along the other it is met.
    """
    lines = network.lines[edges]
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset_m))
    length = network.length_m[edges]
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.minimum(offset_m + _BEARING_M, length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(offset_m - _BEARING_M, 0.0)))
    step = np.where((ahead == middle).all(axis=1)[:, None], middle - behind, ahead - middle)
    along = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]])
    probe = shapely.linestrings(np.stack([middle + 0.5 * left, middle + MEDIAN_M * left], axis=1))
    there = network.lines[others]
    a, b = shapely.STRtree(there).query(probe, predicate="intersects")
    # The direction of the other road beside this one, not that of the whole edge, which may bend.
    at = shapely.line_locate_point(there[b], shapely.points(middle[a]))
    reach = np.minimum(_BEARING_M, network.length_m[others[b]])
    before = shapely.get_coordinates(shapely.line_interpolate_point(there[b], np.maximum(at - reach, 0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(there[b], at + reach))
    other = (after - before) / np.maximum(np.hypot(*(after - before).T), 1e-9)[:, None]
    found = (edges[a] != others[b]) & ((along[a] * other).sum(axis=1) < _OPPOSITE)
    return a[found], b[found], at[found]
