"""Small graphs for the tests of routing, drawn by hand or by hypothesis, and slow answers to check fast ones by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from unittest import mock

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from cfc_gis.routing import Graph, Places
from cfc_gis.routing import graph as graph_module

INF = float("inf")

Case = tuple[Graph, Places, Places]
Walk = tuple[float, float, float]
NO_WAY = (INF, INF, INF)


def places(*rows: tuple[int, float] | tuple[int, float, float]) -> Places:
    """Places from rows of edge, fraction and leg, where a leg of 1 is 100 metres."""
    edge, fraction, leg = (np.array(column) for column in zip(*((*row, 0.0)[:3] for row in rows), strict=True))
    return Places(edge.astype(np.int64), fraction.astype(float), leg.astype(float), 100.0 * leg.astype(float))


def graph(*edges: tuple[int, int, float] | tuple[int, int, float, float], n: int | None = None) -> Graph:
    """A graph from rows of start, end, cost forward and, where it differs, backward; a cost of 1 is 100 metres."""
    a = np.array([edge[0] for edge in edges])
    b = np.array([edge[1] for edge in edges])
    forward = np.array([edge[2] for edge in edges], dtype=float)
    backward = np.array([edge[3] if len(edge) > 3 else edge[2] for edge in edges], dtype=float)
    metres = 100.0 * np.where(np.isfinite(forward), forward, np.where(np.isfinite(backward), backward, 1.0))
    return Graph(n or int(max(a.max(), b.max())) + 1, a, b, metres, forward, backward)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A graph with one-way edges, loops, edges side by side and edges at no cost; origins; targets.

    All costs are eighths of whole numbers, so that sums are exact in every order and ties are real ties.
    """
    n = draw(st.integers(2, 8))
    node, cost = st.integers(0, n - 1), st.one_of(st.integers(0, 20), st.just(INF))
    row = st.tuples(node, node, cost, cost, st.integers(0, 30), st.integers(0, 2))
    a, b, forward, backward, metres, crossings = zip(*draw(st.lists(row, min_size=1, max_size=14)), strict=True)
    place = st.tuples(st.integers(-1, len(a) - 1), st.integers(0, 8).map(lambda i: i / 8), st.integers(0, 5))
    return (
        Graph(n, *(np.array(each) for each in (a, b, metres, forward, backward, crossings))),
        places(*draw(st.lists(place, min_size=1, max_size=6))),
        places(*draw(st.lists(place, min_size=1, max_size=6))),
    )


@contextmanager
def blocks_of(bits: int) -> Iterator[None]:
    """Let graphs of more than twice as many nodes be searched in blocks of so many."""
    with mock.patch.object(graph_module, "BLOCK_BITS", bits):
        yield


def again(g: Graph) -> Graph:
    """The same graph, with nothing computed yet."""
    return Graph(g.n_nodes, g.edge_from, g.edge_to, g.metres, g.forward, g.backward, g.crossings)


def by_networkx(g: Graph, origins: Places, targets: Places) -> np.ndarray:
    """Cost from every origin to every target: the edges are cut at the places, and networkx finds the ways."""
    cuts: dict[int, list[tuple[float, tuple[str, int]]]] = {}
    for kind, at in (("origin", origins), ("target", targets)):
        for i in np.flatnonzero(at.edge >= 0):
            cuts.setdefault(int(at.edge[i]), []).append((float(at.fraction[i]), (kind, int(i))))
    net = nx.MultiDiGraph()
    net.add_nodes_from([*range(g.n_nodes), *(node for stops in cuts.values() for _, node in stops)])
    for i, (a, b) in enumerate(zip(g.edge_from.tolist(), g.edge_to.tolist(), strict=True)):
        for (at, tail), (to, head) in pairwise([(0.0, a), *sorted(cuts.get(i, [])), (1.0, b)]):
            for start, end, cost in ((tail, head, g.forward[i]), (head, tail, g.backward[i])):
                if np.isfinite(cost) or at == to:
                    net.add_edge(start, end, w=(to - at) * cost if at != to else 0.0)
    cost = np.full((len(origins), len(targets)), INF)
    for i in np.flatnonzero(origins.edge >= 0):
        found = nx.single_source_dijkstra_path_length(net, ("origin", int(i)), weight="w")
        for j in np.flatnonzero(targets.edge >= 0):
            cost[i, j] = found.get(("target", int(j)), INF) + origins.leg[i] + targets.leg[j]
    return cost


def by_relaxation(g: Graph, origins: Places, targets: Places) -> list[list[Walk]]:
    """Cost, metres and crossings of the best way from every origin to every target, by trying until nothing changes.

    An edge counts its crossings if any of it is walked.
    """
    table = [_to_target(g, origins, targets, t) for t in range(len(targets))]
    return [list(row) for row in zip(*table, strict=True)]


def _to_target(g: Graph, origins: Places, targets: Places, t: int) -> list[Walk]:
    def walked(way: Walk, edge: int, share: float, cost: float) -> Walk:
        if share == 0.0:
            return way
        if not np.isfinite(cost) or way == NO_WAY:
            return NO_WAY
        return way[0] + share * cost, way[1] + share * g.metres[edge], way[2] + g.crossings[edge]

    best, goal, at = [NO_WAY] * g.n_nodes, targets.edge[t], targets.fraction[t]
    leg = (targets.leg[t], targets.leg_metres[t], 0.0)
    offers = []
    if goal >= 0:
        offers = [(g.edge_from[goal], walked(leg, goal, at, g.forward[goal]))]
        offers += [(g.edge_to[goal], walked(leg, goal, 1.0 - at, g.backward[goal]))]
    while offers:
        for node, way in offers:
            best[node] = min(best[node], way)
        every = [
            (node, walked(best[other], e, 1.0, cost))
            for e, (a, b) in enumerate(zip(g.edge_from, g.edge_to, strict=True))
            for node, other, cost in ((a, b, g.forward[e]), (b, a, g.backward[e]))
        ]
        offers = [(node, way) for node, way in every if way < best[node]]
    row = []
    for edge, f, cost, metres in zip(origins.edge, origins.fraction, origins.leg, origins.leg_metres, strict=True):
        ways = [NO_WAY]
        if edge >= 0:
            ways += [walked(best[g.edge_from[edge]], edge, f, g.backward[edge])]
            ways += [walked(best[g.edge_to[edge]], edge, 1.0 - f, g.forward[edge])]
        if edge >= 0 and edge == goal:
            ways += [walked(leg, edge, abs(at - f), g.forward[edge] if at >= f else g.backward[edge])]
        row.append(tuple(np.add(min(ways), (cost, metres, 0.0)).tolist()))
    return row
