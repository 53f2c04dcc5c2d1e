"""Edits of the walk network: ways through and crossings are joined to the streets that are there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis import crossings, network
from cfc_gis.edits.kinds import AddCrossing, Edit, OpenGate
from cfc_gis.edits.sites import points_of
from cfc_gis.errors import UserError
from cfc_gis.network import CLASSES, WalkNetwork

if TYPE_CHECKING:
    from pyproj import CRS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GATE_M = 50.0
"""Farthest that the end of a way through may lie from the street to which it is joined."""

LONGEST_M = 500.0
"""Longest way through: what is longer is a street or a bridge, and no gate (a planner's judgement)."""

CROSSING_M = 30.0
"""Farthest that a crossing may lie from its main road."""

CLEAR_M = 1.0
"""A way through that meets a main road nearer than this to its end begins or ends there, and does not cross it."""

SAME_M = 0.01
"""Nearer than this to the end of an edge, or to another cut, a place is that end."""


@dataclass(frozen=True)
class _Way:
    """A new way between two joints, with the points of its geometry."""

    start: int
    end: int
    points: Floats
    tags: dict[str, str]


@dataclass
class Joints:
    """Places where edits are joined to the streets, gathered before anything is cut.

    Parameters
    ----------
    streets
        The walk network as it was found: all edits are joined to its streets, none to another edit.

    Examples
    --------
    Two streets that do not meet, and a way through between their middles.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"osm_id": ["w1", "w2"], "part": 0, "name": None, "tags": [{"highway": "service"}] * 2})
    >>> points = pd.DataFrame({"street": [0, 0, 1, 1], "node_id": [1, 2, 3, 4],
    ...     "lon": [126.0, 126.001, 126.0, 126.001], "lat": [45.7, 45.7, 45.701, 45.701]})
    >>> joints = Joints(network.build(table, points, crs="EPSG:4551"))
    >>> join(joints, OpenGate(id="gate", line=[(126.0005, 45.7), (126.0005, 45.701)]), "EPSG:4551")
    >>> opened = joints.joined()
    >>> opened.length_m.round().tolist(), opened.component.tolist()
    ([39.0, 39.0, 39.0, 39.0, 111.0], [0, 0, 0, 0, 0, 0])
    """

    streets: WalkNetwork
    edge: list[int] = field(default_factory=list)
    offset_m: list[float] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    ways: list[_Way] = field(default_factory=list)

    def at(self, point: shapely.Point, edges: Ints, metres: float, kind: str = "") -> tuple[int, int] | None:
        """Join a place to the nearest of some edges; return the joint and the edge, None where none is near enough."""
        found = shapely.STRtree(self.streets.lines[edges]).query_nearest(point, max_distance=metres)
        if not len(found):
            return None
        edge = int(edges[found.min()])
        return self.on(edge, float(shapely.line_locate_point(self.streets.lines[edge], point)), kind), edge

    def on(self, edge: int, offset_m: float, kind: str = "") -> int:
        """Join at a place on an edge."""
        length = float(self.streets.length_m[edge])
        offset_m = 0.0 if offset_m < SAME_M else length if offset_m > length - SAME_M else offset_m
        self.edge.append(edge)
        self.offset_m.append(min(offset_m, length))
        self.kind.append(kind)
        return len(self.edge) - 1

    def xy(self, joint: int) -> Floats:
        """Return where a joint is."""
        line = self.streets.lines[self.edge[joint]]
        place: Floats = shapely.get_coordinates(shapely.line_interpolate_point(line, self.offset_m[joint]))[0]
        return place

    def joined(self) -> WalkNetwork:
        """Return the network, cut at the joints, with the ways; the very same network where nothing is joined.

        Edges keep their numbers; what is cut off from one, and what is new, stands at the end. The ids of new nodes and
        ways are negative, below those that there are.
        """
        if not self.edge:
            return self.streets
        streets, first = self.streets, len(self.streets.node_id)
        node, kinds, cuts = self._nodes()
        pieces = [piece for edge in sorted(cuts) for piece in _pieces(streets, edge, cuts[edge])]
        ways = [
            _Piece(
                -1, node[way.start], node[way.end], float(shapely.length(shapely.linestrings(way.points))), way.points
            )
            for way in self.ways
        ]
        ways = [replace(each, tags=way.tags) for each, way in zip(ways, self.ways, strict=True)]
        places = {node[joint]: self.xy(joint) for joint in reversed(range(len(node))) if node[joint] >= first}
        kind = np.r_[streets.node_kind, np.full(len(places), "", dtype=object)]
        for number, each in kinds.items():
            kind[number] = each
        return _with(streets, [places[number] for number in sorted(places)], kind, pieces, ways)

    def _nodes(self) -> tuple[list[int], dict[int, str], dict[int, list[tuple[float, int]]]]:
        """Return the node of each joint, the kinds of nodes, and the cuts of each edge in order, with their nodes."""
        streets, n = self.streets, len(self.streets.node_id)
        node, kinds = [0] * len(self.edge), dict[int, str]()
        cuts: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for joint in sorted(range(len(self.edge)), key=lambda at: (self.edge[at], self.offset_m[at], at)):
            edge, offset = self.edge[joint], self.offset_m[joint]
            before = cuts[edge][-1] if cuts[edge] else (-np.inf, -1)
            if offset in {0.0, float(streets.length_m[edge])}:
                node[joint] = int((streets.edge_from if offset == 0.0 else streets.edge_to)[edge])
            elif offset - before[0] < SAME_M:
                node[joint] = before[1]
            else:
                node[joint], n = n, n + 1
                cuts[edge].append((offset, node[joint]))
            if self.kind[joint]:
                kinds[node[joint]] = self.kind[joint]
        return node, kinds, {edge: cut for edge, cut in cuts.items() if cut}


@dataclass(frozen=True)
class _Piece:
    """An edge of the new network: of which edge it is a part (-1 for none), its ends, length and points."""

    edge: int
    start: int
    end: int
    length_m: float
    points: Floats
    tags: dict[str, str] = field(default_factory=dict)


def _pieces(streets: WalkNetwork, edge: int, cuts: list[tuple[float, int]]) -> list[_Piece]:
    """Return the parts of an edge between its cuts, in order."""
    from shapely.ops import substring

    length = float(streets.length_m[edge])
    at = [0.0, *(offset for offset, _ in cuts), length]
    nodes = [int(streets.edge_from[edge]), *(node for _, node in cuts), int(streets.edge_to[edge])]
    line = streets.lines[edge]
    return [
        _Piece(
            edge, nodes[i], nodes[i + 1], at[i + 1] - at[i], shapely.get_coordinates(substring(line, at[i], at[i + 1]))
        )
        for i in range(len(nodes) - 1)
    ]


def _with(
    streets: WalkNetwork, places: list[Floats], kind: NDArray[np.object_], pieces: list[_Piece], ways: list[_Piece]
) -> WalkNetwork:
    """Put the parts of cut edges in their place, the first under the number of the edge, the others and ways last."""
    first = {piece.edge: piece for piece in reversed(pieces)}
    last = [piece for piece in pieces if first[piece.edge] is not piece] + ways
    of = np.array([piece.edge for piece in last], dtype=np.int64)
    new = [*first.values(), *last]
    size = np.array([len(piece.points) for piece in new], dtype=np.int64)
    start = len(streets.point_xy) + np.cumsum(size) - size
    point_start, point_end = streets.point_start.copy(), streets.point_end.copy()
    ends, length = np.column_stack([streets.edge_from, streets.edge_to]), streets.length_m.copy()
    for (edge, piece), at, n in zip(first.items(), start, size, strict=False):
        ends[edge], length[edge] = (piece.start, piece.end), piece.length_m
        point_start[edge], point_end[edge] = at, at + n
    rest = len(first)
    old = of >= 0
    way, name, tags = streets.edge_way[of], streets.edge_name[of], streets.edge_tags[of]
    # Of an edited network, and of a file that was drawn by hand, there are negative ids already.
    lowest_way = min((int(each[1:]) for each in {*streets.edge_way} if each.startswith("w-")), default=0)
    lowest_node = int(streets.node_id.min(initial=0))
    way[~old], name[~old] = [f"w{lowest_way - each}" for each in range(1, len(ways) + 1)], None
    tags[~old] = [piece.tags for piece in ways]
    return network.assembled(
        crs=streets.crs,
        node_id=np.r_[streets.node_id, lowest_node - np.arange(1, len(places) + 1)],
        node_xy=np.vstack([streets.node_xy, *places]),
        ends=np.vstack([ends, *([(piece.start, piece.end)] for piece in last)]),
        length_m=np.r_[length, [piece.length_m for piece in last]],
        edge_class=np.r_[streets.edge_class, np.where(old, streets.edge_class[of], CLASSES.index("footway"))].astype(
            np.int8
        ),
        edge_way=np.r_[streets.edge_way, way],
        edge_name=np.r_[streets.edge_name, name],
        edge_tags=np.r_[streets.edge_tags, tags],
        point_xy=np.vstack([streets.point_xy, *(piece.points for piece in new)]),
        point_start=np.r_[point_start, start[rest:]],
        point_end=np.r_[point_end, start[rest:] + size[rest:]],
        node_kind=kind,
        counts=streets.counts,
        put_on=np.r_[streets.holds_places, streets.holds_places[of] & old],
    )


def join(joints: Joints, edit: Edit, crs: CRS) -> None:
    """Join an edit to the streets; one that is not about streets changes nothing.

    Parameters
    ----------
    joints
        What is joined so far.
    edit
        An edit.
    crs
        CRS of the network.

    Raises
    ------
    UserError
        When there is no street, or no main road, near enough, or a way through ends where it begins.
    """
    if isinstance(edit, OpenGate):
        _gate(joints, edit, crs)
    elif isinstance(edit, AddCrossing):
        _crossing(joints, edit, crs)


def _gate(joints: Joints, edit: OpenGate, crs: CRS) -> None:
    line = np.array(points_of(edit.line, crs))
    every = np.arange(len(joints.streets.length_m))
    joined = [joints.at(shapely.Point(line[end]), every, GATE_M) for end in (0, -1)]
    if joined[0] is None or joined[1] is None:
        end = 1 if joined[0] is None else 2
        raise UserError("edit_no_street", metres=round(GATE_M), end=end)
    (start, _), (stop, _) = joined[0], joined[1]
    points = np.vstack([joints.xy(start), line, joints.xy(stop)])
    if np.hypot(*(points[0] - points[-1])) < SAME_M:
        raise UserError("edit_gate_nowhere")
    way = shapely.LineString(points)
    if way.length > LONGEST_M:
        raise UserError("edit_gate_long", metres=round(way.length), most=round(LONGEST_M))
    _refuse_main_roads(joints, way)
    joints.ways.append(_Way(start, stop, points, {"highway": "footway"}))


def _refuse_main_roads(joints: Joints, way: shapely.LineString) -> None:
    """Refuse a way over a main road: it would be crossed without a wait; a crossing is an edit of its own."""
    main = np.flatnonzero(crossings.is_main(joints.streets))
    met = main[shapely.STRtree(joints.streets.lines[main]).query(way, predicate="intersects")]
    over = [edge for edge in met if _inside(way, joints.streets.lines[edge])]
    if over:
        names = {str(joints.streets.edge_name[edge] or joints.streets.edge_way[edge]) for edge in over}
        raise UserError("edit_gate_over_road", roads=", ".join(sorted(names)))


def _inside(way: shapely.LineString, road: shapely.LineString) -> bool:
    """Whether a way meets a road elsewhere than at its own ends."""
    points = shapely.get_coordinates(shapely.intersection(way, road))
    ends = shapely.get_coordinates(way)[[0, -1]]
    return bool((np.hypot(*np.moveaxis(points[:, None] - ends[None], -1, 0)).min(axis=1) > CLEAR_M).any())


def _crossing(joints: Joints, edit: AddCrossing, crs: CRS) -> None:
    streets, kind = joints.streets, "crossing_signals" if edit.signals else "crossing"
    point = shapely.Point(points_of([edit.point], crs)[0])
    found = joints.at(point, np.flatnonzero(crossings.is_main(streets)), CROSSING_M, kind)
    if found is None:
        raise UserError("edit_no_main_road", metres=round(CROSSING_M))
    here, edge = found
    across = crossings.opposite(streets, edge, joints.offset_m[here])
    if across is None:
        return
    there = joints.on(*across, kind)
    points = np.vstack([joints.xy(here), joints.xy(there)])
    joints.ways.append(_Way(here, there, points, {"highway": "footway", "footway": "crossing"}))
