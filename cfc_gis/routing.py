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
    """Edges with a length, and a cost in each direction.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    edge_from, edge_to
        Node at the start and end of each edge; shape (e,).
    metres
        Length of each edge.
    forward, backward
        Cost from start to end, and from end to start; not negative, infinite where it may not be walked.
    """

    n_nodes: int
    edge_from: Ints
    edge_to: Ints
    metres: Floats
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
    leg, leg_metres
        Cost and metres between the place itself and that position.
    """

    edge: Ints
    fraction: Floats
    leg: Floats
    leg_metres: Floats


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest target of each origin.

    Parameters
    ----------
    cost
        Cost of the cheapest way there, both legs included; NaN where no target is reached.
    metres
        Length of that way, both legs included; NaN where no target is reached.
    target
        Number of that target; -1 where none is reached.
    """

    cost: Floats
    metres: Floats
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
    >>> graph = Graph(3, np.array([0, 1]), np.array([1, 2]), 100 * ten, ten, ten)
    >>> home = Places(np.array([0]), np.array([0.5]), np.array([1.0]), np.array([100.0]))
    >>> school = Places(np.array([1]), np.array([0.25]), np.array([0.0]), np.array([0.0]))
    >>> nearest(graph, home, school)
    Nearest(cost=array([8.5]), metres=array([850.]), target=array([0]))
    """
    cost, metres = np.full(len(origins.edge), np.nan), np.full(len(origins.edge), np.nan)
    target = np.full(len(origins.edge), NONE, dtype=np.int64)
    on = np.flatnonzero(origins.edge >= 0)
    used = np.flatnonzero(targets.edge >= 0)
    if not len(on) or not len(used):
        return Nearest(cost, metres, target)
    edge, fraction = origins.edge[on], origins.fraction[on]
    at_node = _search(graph, targets, used)
    back, ahead = fraction, 1.0 - fraction
    start, end = graph.edge_from[edge], graph.edge_to[edge]
    ways = [
        _Way(at_node.cost[start] + _times(back, graph.backward[edge]),
             at_node.metres[start] + back * graph.metres[edge], at_node.target[start]),
        _Way(at_node.cost[end] + _times(ahead, graph.forward[edge]),
             at_node.metres[end] + ahead * graph.metres[edge], at_node.target[end]),
        _along_the_edge(graph, edge, fraction, targets, used),
    ]  # fmt: skip
    best = _cheapest(ways)
    best_cost = best.cost + origins.leg[on]
    reached = np.isfinite(best_cost) & (best_cost <= cutoff)
    cost[on] = np.where(reached, best_cost, np.nan)
    metres[on] = np.where(reached, best.metres + origins.leg_metres[on], np.nan)
    target[on] = np.where(reached, best.target, NONE)
    return Nearest(cost, metres, target)


@dataclass(frozen=True, eq=False)
class _Way:
    """Cost, metres and target of one way for each place; infinite, infinite and _NOBODY where there is none."""

    cost: Floats
    metres: Floats
    target: Ints


_NOBODY = np.iinfo(np.int64).max


def _cheapest(ways: list[_Way]) -> _Way:
    """Return the cheapest way of each place; of equal ones that to the smallest target, then the shortest."""
    cost, metres, target = (np.stack([getattr(way, what) for way in ways]) for what in ("cost", "metres", "target"))
    order = np.lexsort((metres, target, cost), axis=0)[0]
    every = np.arange(cost.shape[1])
    return _Way(cost[order, every], metres[order, every], target[order, every])


def _times(fraction: Floats, cost: Floats) -> Floats:
    # 0 x infinity is no number: standing at the end of an edge costs nothing even where the edge may not be walked.
    with np.errstate(invalid="ignore"):
        return np.where(fraction == 0.0, 0.0, fraction * cost)


def _search(graph: Graph, targets: Places, used: Ints) -> _Way:
    """Return the cheapest way from every node to its nearest target."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    edge, back, leg = targets.edge[used], targets.fraction[used], targets.leg[used]
    ahead, leg_metres, length = 1.0 - back, targets.leg_metres[used], graph.metres[edge]
    virtual = graph.n_nodes + np.arange(len(used))
    # Reversed arcs: who walks an edge forward, from start to end, is searched from its end to its start.
    tail = np.concatenate([graph.edge_to, graph.edge_from, virtual, virtual])
    head = np.concatenate([graph.edge_from, graph.edge_to, graph.edge_from[edge], graph.edge_to[edge]])
    by_start, by_end = leg + _times(back, graph.forward[edge]), leg + _times(ahead, graph.backward[edge])
    cost = np.concatenate([graph.forward, graph.backward, by_start, by_end])
    metres = np.concatenate([graph.metres, graph.metres, leg_metres + back * length, leg_metres + ahead * length])
    # Parallel edges: the cheapest arc between two nodes stands for all, since a sparse matrix would add them up.
    order = np.lexsort((metres, cost, head, tail))
    order = order[np.isfinite(cost[order])]
    arc = tail[order] * (graph.n_nodes + len(used)) + head[order]
    first = np.r_[True, arc[1:] != arc[:-1]]
    order, arc = order[first], arc[first]
    n = graph.n_nodes + len(used)
    matrix = csr_array((cost[order], head[order], np.searchsorted(tail[order], np.arange(n + 1))), shape=(n, n))
    distance, before, source = dijkstra(matrix, indices=virtual, min_only=True, return_predecessors=True)
    before, goal = before.astype(np.int64), np.where(source >= 0, source.astype(np.int64), _NOBODY)
    _settle_ties(distance, before, goal, tail[order], head[order], cost[order])
    length_to = _along_tree(before, arc, metres[order], n)
    found = goal != _NOBODY
    target = np.where(found, used[np.where(found, goal - graph.n_nodes, 0)], _NOBODY)
    nodes = slice(0, graph.n_nodes)
    return _Way(distance[nodes], np.where(found, length_to, np.inf)[nodes], target[nodes])


def _settle_ties(distance: Floats, before: Ints, goal: Ints, tail: Ints, head: Ints, cost: Floats) -> None:
    """Let the smallest of equally near targets have the node, where the search left it to the order of its heap."""
    tight = np.flatnonzero(np.isfinite(distance[tail]) & (distance[tail] + cost == distance[head]))
    while len(tight):
        better = tight[goal[tail[tight]] < goal[head[tight]]]
        if not len(better):
            return
        better = better[np.argsort(-goal[tail[better]], kind="stable")]  # the smallest is written last
        goal[head[better]] = goal[tail[better]]
        before[head[better]] = tail[better]


def _along_tree(before: Ints, arc: Ints, metres: Floats, n: int) -> Floats:
    """Add up metres from every node to the root of its tree of shortest paths.

    Each round doubles the number of steps that are added up, so that a path of a thousand edges takes ten rounds.
    """
    has = before >= 0
    total = np.zeros(n)
    total[has] = metres[np.searchsorted(arc, before[has] * n + np.flatnonzero(has))]
    jump = np.where(has, before, np.arange(n))
    while has[jump].any():
        total += total[jump]
        jump = jump[jump]
    return total


def _along_the_edge(graph: Graph, edge: Ints, fraction: Floats, targets: Places, used: Ints) -> _Way:
    """Return the cheapest way straight along the edge to a target on the same edge."""
    order = used[np.lexsort((used, targets.edge[used]))]
    starts = np.searchsorted(targets.edge[order], edge, side="left")
    counts = np.searchsorted(targets.edge[order], edge, side="right") - starts
    nobody = np.full(len(edge), _NOBODY, dtype=np.int64)
    best = _Way(np.full(len(edge), np.inf), np.full(len(edge), np.inf), nobody)
    for k in range(int(counts.max(initial=0))):
        row = np.flatnonzero(counts > k)
        to = order[starts[row] + k]
        ahead = targets.fraction[to] - fraction[row]
        step = np.where(ahead >= 0, graph.forward[edge[row]], graph.backward[edge[row]])
        metres = np.abs(ahead) * graph.metres[edge[row]] + targets.leg_metres[to]
        way = _Way(_times(np.abs(ahead), step) + targets.leg[to], metres, to)
        better = _cheapest([_Way(best.cost[row], best.metres[row], best.target[row]), way])
        best.cost[row], best.metres[row], best.target[row] = better.cost, better.metres, better.target
    return best
