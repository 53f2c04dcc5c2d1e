"""The walk network: where a child can walk, as arrays ready to route on.

Streets become edges between junctions. An edge belongs to one OSM way, keeps its full geometry, and ends where ways
meet, where a way ends and at every crossing, signal, kerb and barrier on it. Places are snapped to positions **on
edges**, not to nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cfc_gis.walkable import Rule, walk_rule, walk_rules

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = (
    "footway", "pedestrian", "path", "steps", "living_street", "track", "bridleway", "cycleway", "residential",
    "service", "unclassified", "road", "tertiary", "secondary", "primary", "trunk", "motorway",
)  # fmt: skip
"""Classes of edges, from OSM's ``highway``; links count with the road they belong to."""

KEPT_TAGS = frozenset((
    "bridge", "crossing", "footway", "highway", "ice_road", "lanes", "layer", "oneway", "ramp", "ramp:stroller",
    "ramp:wheelchair", "seasonal", "tunnel", "wheelchair", "winter_road",
))  # fmt: skip
"""Tags of a way that its edges keep: what the walking model asks for."""

MAX_SNAP_M = 250.0
TANGENT_M = 0.5
ON_THE_LINE_M = 0.1
COMPONENT_M = 10_000.0
COMPONENT_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Positions:
    """Places on edges.

    Parameters
    ----------
    edge
        Edge of each place; -1 where none is near enough.
    offset_m
        Metres from the start of the edge; NaN where there is none.
    leg_m
        Metres in a straight line from the place to that position; NaN where there is none.
    side
        Which side of the edge the place lies on, seen along the edge: 1 left, -1 right, 0 on it (nearer than
        :data:`ON_THE_LINE_M`) or nowhere.
    """

    edge: Ints
    offset_m: Floats
    leg_m: Floats
    side: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which places have a position."""
        return self.edge >= 0

    def of(self, chosen: NDArray[Any]) -> Positions:
        """Return some of the places, by flags or row numbers."""
        return Positions(self.edge[chosen], self.offset_m[chosen], self.leg_m[chosen], self.side[chosen])


@dataclass(frozen=True, eq=False)
class WalkNetwork:
    """Streets that may be walked on, in metres.

    Parameters
    ----------
    crs
        Projected CRS of all coordinates.
    node_id, node_xy
        OSM id and coordinates of each node; shapes (n,) and (n, 2).
    edge_from, edge_to
        Node number at each end; shape (e,).
    length_m
        Length along the edge.
    edge_class
        Index into :data:`CLASSES`.
    edge_way
        OSM id of the way (``w`` and a number).
    edge_name
        Street name, or None.
    edge_tags
        Those of :data:`KEPT_TAGS` that the way carries, as a dict.
    point_xy, point_start, point_end
        Geometry: edge ``i`` runs through ``point_xy[point_start[i] : point_end[i]]``.
    node_kind
        What makes a node special, or empty: ``traffic_signals`` (of vehicles, which may stand at a stop line),
        ``crossing_signals``, ``crossing`` (marked, or its kind is not said), ``unmarked`` (a crossing that is tagged
        so), or a barrier (``gate`` …).
    component
        Connected component of each node; 0 has the most metres of edges, and so on.
    counts
        What was taken and left out, by rule.
    put_on
        Edges on which places are put, a flag each; None for those of :attr:`components_worth_the_name`. An edited
        network keeps those of the network as it was found, so that no home moves to a way that was opened.

    Examples
    --------
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0, 0], "node_id": [1, 2, 3],
    ...                        "lon": [126.5, 126.501, 126.502], "lat": [45.7, 45.7, 45.7]})
    >>> network = build(streets, points, crs="EPSG:4551")
    >>> network.length_m.round(1)
    array([155.8])
    """

    crs: str
    node_id: Ints
    node_xy: Floats
    edge_from: Ints
    edge_to: Ints
    length_m: Floats
    edge_class: NDArray[np.int8]
    edge_way: NDArray[np.object_]
    edge_name: NDArray[np.object_]
    edge_tags: NDArray[np.object_]
    point_xy: Floats
    point_start: Ints
    point_end: Ints
    node_kind: NDArray[np.object_]
    component: Ints
    counts: Mapping[str, int]
    put_on: NDArray[np.bool_] | None = None

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """Geometry of every edge, as shapely lines."""
        sizes = self.point_end - self.point_start
        index = np.repeat(np.arange(len(sizes)), sizes)
        within = np.arange(len(index)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        lines: NDArray[np.object_] = shapely.linestrings(self.point_xy[self.point_start[index] + within], indices=index)
        return lines

    @cached_property
    def component_m(self) -> Floats:
        """Metres of edges in each component."""
        return np.bincount(self.component[self.edge_from], weights=self.length_m).astype(np.float64)

    @cached_property
    def holds_places(self) -> NDArray[np.bool_]:
        """Which edges places are put on."""
        if self.put_on is not None:
            return self.put_on
        flags: NDArray[np.bool_] = self.component[self.edge_from] < self.components_worth_the_name
        return flags

    @cached_property
    def _snap_edges(self) -> tuple[Ints, shapely.STRtree]:
        edges = np.flatnonzero(self.holds_places)
        return edges, shapely.STRtree(self.lines[edges])

    @property
    def components_worth_the_name(self) -> int:
        """How many components places are snapped to: those of 10 km, or of a tenth of all metres in a small place.

        Park paths that touch no street in the data would otherwise cut the homes beside them off from the city.
        """
        least = min(COMPONENT_M, COMPONENT_SHARE * float(self.length_m.sum()))
        return int((self.component_m >= least).sum())

    def snap(self, places: NDArray[np.object_], max_m: float = MAX_SNAP_M) -> Positions:
        """Put places onto the nearest edge.

        Parameters
        ----------
        places
            Shapely points in the CRS of the network.
        max_m
            Farthest that a place may lie from its edge.

        Returns
        -------
        Positions
            One per place. Only edges of :attr:`components_worth_the_name` count, so that no place hangs on a stray
            path. Of equally near edges the first is taken.

        Examples
        --------
        >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
        >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
        >>> network = build(streets, points, crs="EPSG:4551")
        >>> x, y = network.node_xy[0]
        >>> network.snap(shapely.points([[x + 30.0, y + 100.0], [x + 9000.0, y]]))
        Positions(edge=array([ 0, -1]), offset_m=array([100.,  nan]), leg_m=array([30., nan]), side=array([-1,  0],
                  dtype=int8))
        """
        edges, tree = self._snap_edges
        edge = np.full(len(places), -1, dtype=np.int64)
        if len(edges):
            place, hit = tree.query_nearest(places, max_distance=max_m, all_matches=True)
            first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else place
            if len(place):
                edge[place[first]] = edges[np.minimum.reduceat(hit, first)]
        found = edge >= 0
        offset, leg = np.full(len(places), np.nan), np.full(len(places), np.nan)
        on = self.lines[edge[found]]
        offset[found] = np.minimum(shapely.line_locate_point(on, places[found]), self.length_m[edge[found]])
        leg[found] = shapely.distance(on, places[found])
        side = np.zeros(len(places), dtype=np.int8)
        side[found] = _side(on, offset[found], places[found])
        return Positions(edge, offset, leg, side)

    def to_networkx(self) -> nx.MultiDiGraph:
        """Return the network as osmnx writes one: nodes with ``x`` and ``y``, both directions, ``length`` in metres.

        Each edge carries ``osmid``, ``highway``, ``name``, ``length`` and ``geometry``, and ``edge``, its number here.
        """
        import networkx as nx

        graph = nx.MultiDiGraph(crs=self.crs, simplified=True)
        graph.add_nodes_from(
            (int(osm_id), {"x": float(x), "y": float(y), **({"highway": kind} if kind else {})})
            for osm_id, (x, y), kind in zip(self.node_id, self.node_xy, self.node_kind, strict=True)
        )
        for i, line in enumerate(self.lines):
            facts = {
                **_osmnx_facts(self.edge_tags[i]), "edge": i, "osmid": int(self.edge_way[i][1:]),
                "name": self.edge_name[i], "length": float(self.length_m[i]),
            }  # fmt: skip
            a, b = int(self.node_id[self.edge_from[i]]), int(self.node_id[self.edge_to[i]])
            graph.add_edge(a, b, **facts, geometry=line, reversed=False)
            graph.add_edge(b, a, **facts, geometry=line.reverse(), reversed=True)
        return graph

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph) -> WalkNetwork:
        """Read a projected osmnx graph; a street stored in both directions becomes one edge.

        Parameters
        ----------
        graph
            As from ``osmnx.project_graph(osmnx.graph_from_place(..., network_type="walk"))``: nodes with ``x`` and
            ``y`` in metres, edges with ``length`` and, where curved, ``geometry``.

        Raises
        ------
        CrsMissing
            When the graph does not name a projected CRS.
        """
        from cfc_gis.errors import CrsMissing

        crs = graph.graph.get("crs")
        if crs is None or pyproj.CRS.from_user_input(crs).is_geographic:
            raise CrsMissing("graph_not_projected", found=crs)
        number = {node: i for i, node in enumerate(graph.nodes)}
        rows: dict[tuple[Any, ...], tuple[int, int, dict[str, Any], Floats]] = {}
        xy = np.array([(data["x"], data["y"]) for _, data in graph.nodes(data=True)], dtype=float).reshape(-1, 2)
        for a, b, data in graph.edges(data=True):
            line = data.get("geometry")
            points = shapely.get_coordinates(line) if line is not None else xy[[number[a], number[b]]]
            ends = frozenset((a, b))
            # The two directions of one street have the same ends, length and points, read either way round.
            shape = min(points.tobytes(), points[::-1].tobytes())
            rows.setdefault((ends, round(float(data["length"]), 6), shape), (number[a], number[b], data, points))
        edges = list(rows.values())
        sizes = np.array([len(points) for *_, points in edges], dtype=np.int64)
        ends_at = np.cumsum(sizes)
        kinds = [str(data.get("highway") or "") for _, data in graph.nodes(data=True)]
        return assembled(
            crs=str(crs),
            node_id=np.array([_whole(node, i) for node, i in number.items()], dtype=np.int64),
            node_xy=xy,
            ends=np.array([(a, b) for a, b, *_ in edges], dtype=np.int64).reshape(-1, 2),
            length_m=np.array([float(data["length"]) for *_, data, _ in edges]),
            edge_class=np.array([_class(_first(data.get("highway"))) for *_, data, _ in edges], dtype=np.int8),
            edge_way=np.array([f"w{_first(data.get('osmid'))}" for *_, data, _ in edges], dtype=object),
            edge_name=np.array([_first(data.get("name")) for *_, data, _ in edges], dtype=object),
            edge_tags=_objects([_osmnx_tags(data) for *_, data, _ in edges]),
            point_xy=np.concatenate([points for *_, points in edges]) if edges else np.zeros((0, 2)),
            point_start=ends_at - sizes,
            point_end=ends_at,
            node_kind=np.array(kinds, dtype=object),
            counts={"edges_read": graph.number_of_edges()},
        )


def build(
    streets: pd.DataFrame, street_points: pd.DataFrame, *, crs: str, nodes: gpd.GeoDataFrame | None = None
) -> WalkNetwork:
    """Build the walk network from the tables of a source.

    Parameters
    ----------
    streets, street_points
        As in :data:`cfc_gis.schema.STREETS` and :data:`~cfc_gis.schema.STREET_POINTS` (degrees, WGS 84).
    crs
        Projected CRS in metres to work in.
    nodes
        Tagged nodes (:data:`~cfc_gis.schema.OSM_OBJECTS`): crossings, signals and barriers among them are kept as
        nodes of the network, with their kind.

    Returns
    -------
    WalkNetwork
        All components are kept and labelled. ``counts`` says how many ways each rule took or left out.
    """
    point_street = street_points["street"].to_numpy()
    node_ids, point_node = np.unique(street_points["node_id"].to_numpy(), return_inverse=True)
    first = np.zeros(len(node_ids), dtype=np.int64)
    first[point_node[::-1]] = np.arange(len(point_node))[::-1]
    project = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    node_xy = np.column_stack(
        project.transform(street_points["lon"].to_numpy()[first], street_points["lat"].to_numpy()[first])
    )
    point_xy = node_xy[point_node]
    step = np.r_[np.hypot(*np.diff(point_xy, axis=0).T), 0.0]
    same = _same_street(point_street)
    step = np.where(same, step, 0.0)
    way_m = np.bincount(point_street, weights=step, minlength=len(streets)).astype(np.float64)
    walkable, street_class, counts = _decide(streets, way_m)

    used = walkable[point_street]
    point_street, point_node, point_xy, step = point_street[used], point_node[used], point_xy[used], step[used]
    same = _same_street(point_street)
    kinds = _node_kinds(nodes, node_ids)
    is_break = _breaks(point_node, same, len(node_ids), kinds)
    starts = np.flatnonzero(is_break & same)
    ends = np.flatnonzero(is_break & _shifted(same))
    along = np.r_[0.0, np.cumsum(step)]
    length = along[ends] - along[starts]
    kept, edge_ends = np.unique(np.r_[point_node[starts], point_node[ends]], return_inverse=True)
    street = point_street[starts]
    counts = {**counts, "edges_without_length": int((length <= 0).sum())}
    return assembled(
        crs=crs,
        node_id=node_ids[kept],
        node_xy=node_xy[kept],
        ends=edge_ends.reshape(2, -1).T,
        length_m=length,
        edge_class=street_class[street],
        edge_way=streets["osm_id"].to_numpy(dtype=object)[street],
        edge_name=streets["name"].astype(object).where(streets["name"].notna(), None).to_numpy()[street],
        edge_tags=_objects([{k: v for k, v in tags.items() if k in KEPT_TAGS} for tags in streets["tags"]])[street],
        point_xy=point_xy,
        point_start=starts,
        point_end=ends + 1,
        node_kind=kinds[kept],
        counts=counts,
    )


def _same_street(point_street: Ints) -> NDArray[np.bool_]:
    """Whether each point is followed by another of the same street."""
    return np.append(point_street[1:] == point_street[:-1], False)[: len(point_street)]


def _decide(streets: pd.DataFrame, metres: Floats) -> tuple[NDArray[np.bool_], NDArray[np.int8], dict[str, int]]:
    """Apply the table of rules to every street; streets of the same relevant tags are decided once."""
    keys = sorted({key for rule in walk_rules() for key in rule.when})
    limits = sorted({rule.longer_than_m for rule in walk_rules()} - {0.0})
    known: dict[tuple[Any, ...], Rule | None] = {}
    walk = np.zeros(len(streets), dtype=bool)
    classes = np.zeros(len(streets), dtype=np.int8)
    counts: Counter[str] = Counter()
    for i, (tags, length) in enumerate(zip(streets["tags"], metres.tolist(), strict=True)):
        kind = (*map(tags.get, keys), *(length > limit for limit in limits))
        if kind not in known:
            known[kind] = walk_rule(tags, length)
        rule = known[kind]
        walk[i] = rule is not None and rule.walk
        classes[i] = _class(tags["highway"])
        counts[f"{'walked' if walk[i] else 'not_walked'}_{rule.name if rule else 'unknown_kind'}"] += 1
    return walk, classes, dict(sorted(counts.items()))


_CLASS_NUMBER = {name: i for i, name in enumerate(CLASSES)}


def _class(highway: str | None) -> int:
    return _CLASS_NUMBER.get((highway or "").removesuffix("_link"), _CLASS_NUMBER["road"])


def _node_kind(tags: Mapping[str, str]) -> str:
    highway, crossing = tags.get("highway"), tags.get("crossing", "")
    if crossing == "traffic_signals" or tags.get("crossing:signals") == "yes":
        return "crossing_signals"
    if highway == "traffic_signals":
        return "traffic_signals"
    if highway == "crossing":
        return "unmarked" if crossing in {"unmarked", "informal", "no"} else "crossing"
    return tags.get("barrier", "")


def _node_kinds(nodes: gpd.GeoDataFrame | None, node_ids: Ints) -> NDArray[np.object_]:
    kinds = np.full(len(node_ids), "", dtype=object)
    if nodes is None:
        return kinds
    for osm_id, tags in zip(nodes["osm_id"], nodes["tags"], strict=True):
        kind = _node_kind(tags)
        if kind and osm_id.startswith("n"):
            where = int(np.searchsorted(node_ids, int(osm_id[1:])))
            if where < len(node_ids) and node_ids[where] == int(osm_id[1:]):
                kinds[where] = kind
    return kinds


def _shifted(same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each point follows another of the same street."""
    return np.append(False, same)[: len(same)]


def _breaks(point_node: Ints, same: NDArray[np.bool_], n_nodes: int, kinds: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether an edge begins or ends at each point: ends of ways, junctions and special nodes."""
    inner = same & _shifted(same)
    degree = np.bincount(point_node[same], minlength=n_nodes)
    degree += np.bincount(point_node[_shifted(same)], minlength=n_nodes)
    breaks: NDArray[np.bool_] = ~inner | (degree[point_node] != 2) | (kinds[point_node] != "")
    return breaks


def assembled(*, ends: Ints, length_m: Floats, node_id: Ints, **rest: Any) -> WalkNetwork:
    """Return a network of its arrays, with the components that they make.

    Parameters
    ----------
    ends
        Node number at either end of each edge; shape (e, 2).
    length_m, node_id, **rest
        As of :class:`WalkNetwork`.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(node_id)
    _, label = connected_components(coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n)))
    metres = np.bincount(label[ends[:, 0]], weights=length_m, minlength=int(label.max(initial=0)) + 1)
    rank = np.empty(len(metres), dtype=np.int64)
    rank[np.argsort(-metres, kind="stable")] = np.arange(len(metres))
    counts = {**rest.pop("counts"), "nodes": n, "edges": len(ends), "components": len(metres)}
    return WalkNetwork(
        node_id=node_id,
        edge_from=ends[:, 0].astype(np.int64),
        edge_to=ends[:, 1].astype(np.int64),
        length_m=length_m,
        component=rank[label],
        counts=counts,
        **rest,
    )


def _side(lines: NDArray[np.object_], offset_m: Floats, places: NDArray[np.object_]) -> NDArray[np.int8]:
    """Return the side of each line on which a place lies, beside the position at the offset."""
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(offset_m - TANGENT_M, 0.0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, offset_m + TANGENT_M))
    (tx, ty), (px, py) = (ahead - behind).T, (shapely.get_coordinates(places) - behind).T
    beside = (tx * py - ty * px) / np.maximum(np.hypot(tx, ty), 1e-9)
    return np.where(np.abs(beside) < ON_THE_LINE_M, 0, np.sign(beside)).astype(np.int8)


def _objects(rows: list[dict[str, str]]) -> NDArray[np.object_]:
    table = np.empty(len(rows), dtype=object)
    table[:] = rows
    return table


def _osmnx_facts(tags: Mapping[str, str]) -> dict[str, Any]:
    """Tags as an osmnx edge: who walks may go both ways, whatever the direction of vehicles."""
    facts: dict[str, Any] = {key: value for key, value in tags.items() if key != "oneway"}
    return {**facts, "oneway": False, **({"vehicle_oneway": tags["oneway"]} if "oneway" in tags else {})}


def _osmnx_tags(data: Mapping[str, Any]) -> dict[str, str]:
    tags = {key: _first(data[key]) for key in KEPT_TAGS & data.keys()}
    tags["oneway"] = data.get("vehicle_oneway", "yes" if tags.get("oneway") is True else None)
    return {key: str(value) for key, value in tags.items() if value is not None}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _whole(node: Any, number: int) -> int:
    return int(node) if isinstance(node, int | np.integer) else number
