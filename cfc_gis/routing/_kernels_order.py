"""Compiled functions that bring arrays into order before a search and after it. They bring numba with them."""

from __future__ import annotations

import numpy as np

from cfc_gis.routing._compiled import compiled
from cfc_gis.routing._labels import Floats, Ints, Ints32, Records


@compiled
def adjacency(n: int, edge_from: Ints, edge_to: Ints) -> tuple[Ints, Ints32]:
    """Return the nodes beside each node, whichever way the edges may be walked."""
    start = np.zeros(n + 1, dtype=np.int64)
    for i in range(len(edge_from)):
        start[edge_from[i] + 1] += 1
        start[edge_to[i] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    place, beside = start[:-1].copy(), np.empty(start[n], dtype=np.int32)
    for i in range(len(edge_from)):
        a, b = edge_from[i], edge_to[i]
        beside[place[a]] = b
        place[a] += 1
        beside[place[b]] = a
        place[b] += 1
    return start, beside


@compiled
def neighbours_together(n: int, edge_from: Ints, edge_to: Ints, size: int) -> Ints32:
    """Return the nodes in an order in which blocks of ``size`` nodes hang together, each grown beside older ones."""
    start, beside = adjacency(n, edge_from, edge_to)
    rank, seen = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    grown, border = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    done, low, high, first, last, anywhere = 0, 0, 0, 0, 0, 0
    while done < n:
        block = done // size
        while first < last and rank[border[first]] >= 0:
            first += 1
        while first == last and rank[anywhere] >= 0:
            anywhere += 1
        grown[0] = border[first] if first < last else anywhere
        seen[grown[0]] = block
        low, high = 0, 1
        while low < high and done // size == block:
            u = grown[low]
            rank[u] = done
            low, done = low + 1, done + 1
            for v in beside[start[u] : start[u + 1]]:
                if rank[v] < 0 and seen[v] != block:
                    seen[v] = block
                    grown[high] = v
                    high += 1
        kept = min(high - low, n - last)
        for i in range(kept):
            border[last + i] = grown[low + i]
        last += kept
    return rank


@compiled
def arcs(edges: Records, start: Ints32, arc: Records) -> None:
    """Fill the arcs of a net, and where those of each node start; an edge has none where it may not be walked."""
    for i in range(len(edges)):
        start[edges[i].end + 1] += edges[i].forward < np.inf
        start[edges[i].start + 1] += edges[i].backward < np.inf
    for v in range(len(start) - 1):
        start[v + 1] += start[v]
    place = start[:-1].copy()
    for i in range(len(edges)):
        edge = edges[i]
        for walk in (2 * i, 2 * i + 1):
            tail, head, cost = edge.end, edge.start, edge.forward
            if walk & 1:
                tail, head, cost = edge.start, edge.end, edge.backward
            if cost < np.inf:
                new = arc[place[tail]]
                new.cost, new.metres, new.head, new.walk, new.crossings = cost, edge.metres, head, walk, edge.crossings
                place[tail] += 1


@compiled
def by_edge(places: Records, first: Ints32) -> None:
    """Find the first place on each edge, and after each place the next one, in the order of their numbers."""
    for i in range(len(places) - 1, -1, -1):
        if places[i].edge >= 0:
            places[i].next = first[places[i].edge]
            first[places[i].edge] = i


@compiled
def columns(labels: Records, rows: Ints) -> tuple[Floats, Floats, Floats, Ints]:
    """Return cost, metres, crossings and target of some labels; missing and -1 where nothing was reached."""
    n = len(rows)
    cost, metres, crossings = np.empty(n), np.empty(n), np.empty(n)
    target = np.empty(n, dtype=np.int64)
    for i in range(n):
        label = labels[rows[i]]
        cost[i], metres[i], crossings[i], target[i] = label.cost, label.metres, label.crossings, label.target
        if label.target < 0:
            cost[i] = metres[i] = crossings[i] = np.nan
    return cost, metres, crossings, target


@compiled
def sort_in(found: Records, group: Ints32, place: Ints, table: tuple[Ints32, Ints32, Floats, Floats, Ints32]) -> None:
    """Put pairs into a table that is sorted by origin; ``place`` says where the next pair of each origin goes."""
    origin, number, cost, metres, crossings = table
    for i in range(len(found)):
        pair = found[i]
        row = place[pair.place]
        place[pair.place] += 1
        origin[row], number[row], cost[row] = pair.place, group[i], pair.cost
        metres[row], crossings[row] = pair.metres, pair.crossings
