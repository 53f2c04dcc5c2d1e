"""Bounded shortest paths on arrays, from positions on edges to positions on edges.

This module knows arrays only. Costs are given per edge and direction, so that a slope or a one-way staircase may make
the two differ; they are in whatever unit the caller minimises, minutes as a rule.

The search is Dijkstra's, by ``scipy.sparse.csgraph``, run once for all targets together: every target is a node of
its own beside the network, joined to both ends of its edge. See ``docs/method.md`` for the comparison of engines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NONE = -1


@dataclass(frozen=True, eq=False)
class Graph:
    """Edges with a cost in each direction.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    edge_from, edge_to
        Node at the start and end of each edge; shape (e,).
    forward, backward
        Cost from start to end, and from end to start; not negative, infinite where it may not be walked.
    """

    n_nodes: int
    edge_from: Ints
    edge_to: Ints
    forward: Floats
    backward: Floats


@dataclass(frozen=True, eq=False)
class Places:
    """Places on the edges of a graph.

    Parameters
    ----------
    edge
        Edge of each place; -1 for a place that is not on the network.
    fraction
        Where on the edge, from 0 at its start to 1 at its end.
    leg
        Cost between the place itself and that position.
    """

    edge: Ints
    fraction: Floats
    leg: Floats


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest target of each origin.

    Parameters
    ----------
    cost
        Cost of the way there, both legs included; NaN where no target is reached.
    target
        Number of that target; -1 where none is reached.
    """

    cost: Floats
    target: Ints


def nearest(graph: Graph, origins: Places, targets: Places, cutoff: float = np.inf) -> Nearest:
    """Find the nearest target of every origin.

    Parameters
    ----------
    graph
        The network with its costs.
    origins, targets
        Where the ways begin and end. Places that are not on the network reach nothing and are never reached.
    cutoff
        Largest cost that counts; a way of exactly this cost counts.

    Returns
    -------
    Nearest
        Arrays as long as the origins. Of equally near targets the one with the smallest number is taken, whatever
        the order of edges.

    Notes
    -----
    The search runs from the targets against the direction of the edges (E. W. Dijkstra 1959). An origin inside an
    edge then takes the least of three: by the start of its edge, by its end, or straight along the edge to a target
    on the same edge.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each; a target a quarter into the second edge, an origin halfway on the first.

    >>> ten = np.array([10.0, 10.0])
    >>> graph = Graph(3, np.array([0, 1]), np.array([1, 2]), ten, ten)
    >>> home = Places(np.array([0]), np.array([0.5]), np.array([1.0]))
    >>> school = Places(np.array([1]), np.array([0.25]), np.array([0.0]))
    >>> nearest(graph, home, school)
    Nearest(cost=array([8.5]), target=array([0]))
    """
    cost = np.full(len(origins.edge), np.inf)
    target = np.full(len(origins.edge), NONE, dtype=np.int64)
    on = np.flatnonzero(origins.edge >= 0)
    used = np.flatnonzero(targets.edge >= 0)
    if len(on) and len(used):
        edge, fraction = origins.edge[on], origins.fraction[on]
        at_node, node_target = _search(graph, targets, used)
        by_start = at_node[graph.edge_from[edge]] + _times(fraction, graph.backward[edge])
        by_end = at_node[graph.edge_to[edge]] + _times(1.0 - fraction, graph.forward[edge])
        direct, direct_target = _same_edge(graph, edge, fraction, targets, used)
        ways = np.stack([by_start, by_end, direct])
        goals = np.stack([node_target[graph.edge_from[edge]], node_target[graph.edge_to[edge]], direct_target])
        best = ways.min(axis=0)
        goals = np.where(ways == best, goals, np.iinfo(np.int64).max)
        cost[on] = best + origins.leg[on]
        target[on] = goals.min(axis=0)
    reached = np.isfinite(cost) & (cost <= cutoff)
    return Nearest(np.where(reached, cost, np.nan), np.where(reached, target, NONE))


def _times(fraction: Floats, cost: Floats) -> Floats:
    # 0 x infinity is no number: standing at the end of an edge costs nothing even where the edge may not be walked.
    with np.errstate(invalid="ignore"):
        return np.where(fraction == 0.0, 0.0, fraction * cost)


def _search(graph: Graph, targets: Places, used: Ints) -> tuple[Floats, Ints]:
    """Return the cost from every node to its nearest target, and that target."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    edge, fraction, leg = targets.edge[used], targets.fraction[used], targets.leg[used]
    virtual = graph.n_nodes + np.arange(len(used))
    # Reversed arcs: who walks an edge forward, from start to end, is searched from its end to its start.
    tail = np.concatenate([graph.edge_to, graph.edge_from, virtual, virtual])
    head = np.concatenate([graph.edge_from, graph.edge_to, graph.edge_from[edge], graph.edge_to[edge]])
    cost = np.concatenate(
        [
            graph.forward,
            graph.backward,
            leg + _times(fraction, graph.forward[edge]),
            leg + _times(1.0 - fraction, graph.backward[edge]),
        ]
    )
    walked = np.isfinite(cost)
    tail, head, cost = tail[walked], head[walked], cost[walked]
    # Parallel edges: the cheapest arc between two nodes stands for all, since a sparse matrix would add them up.
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    tail, head, cost = tail[first], head[first], cost[first]
    n = graph.n_nodes + len(used)
    matrix = csr_array((cost, head, np.searchsorted(tail, np.arange(n + 1))), shape=(n, n))
    distance, _, source = dijkstra(matrix, indices=virtual, min_only=True, return_predecessors=True)
    distance, source = distance[: graph.n_nodes], source[: graph.n_nodes]
    found = source >= 0
    return distance, np.where(found, used[np.where(found, source - graph.n_nodes, 0)], np.iinfo(np.int64).max)


def _same_edge(graph: Graph, edge: Ints, fraction: Floats, targets: Places, used: Ints) -> tuple[Floats, Ints]:
    """Return the cost straight along the edge to the nearest target on the same edge, and that target."""
    order = used[np.lexsort((used, targets.edge[used]))]
    starts = np.searchsorted(targets.edge[order], edge, side="left")
    counts = np.searchsorted(targets.edge[order], edge, side="right") - starts
    best = np.full(len(edge), np.inf)
    goal = np.full(len(edge), np.iinfo(np.int64).max, dtype=np.int64)
    for k in range(int(counts.max(initial=0))):
        row = np.flatnonzero(counts > k)
        to = order[starts[row] + k]
        ahead = targets.fraction[to] - fraction[row]
        step = np.where(ahead >= 0, graph.forward[edge[row]], graph.backward[edge[row]])
        cost = _times(np.abs(ahead), step) + targets.leg[to]
        better = cost < best[row]
        best[row[better]], goal[row[better]] = cost[better], to[better]
    return best, goal
