"""The compiled heart of the routing engine. It brings numba with it, and is imported inside functions only.

Ways are compared by cost, then number of the target, then metres, then crossings. Costs and metres are multiples of
1 / ``GRID``, so that their sums are exact; the best way from a node is then the same in whatever order ways are
tried, and a search may try them in the order that is fastest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cfc_gis.routing._compiled import compiled, inlined
from cfc_gis.routing._labels import (
    GRID,
    LABEL,
    REACH,
    Catch,
    Doors,
    Flags,
    Floats,
    Ints,
    Ints32,
    Net,
    Records,
    Search,
    Way,
)

NOT_QUEUED, NONE = -2, -1
DEAD_END, BRANCH = -1, -2
BY_START, BY_END, ALONG = 0, 1, 2
TOLD, NEWS = 0, 1
LOWER = (1 << 32) - 1
UPPER = ~LOWER


# --- ways -------------------------------------------------------------------------------------------------------------


@compiled
def part(share: float, whole: float) -> float:
    """Return a part of an edge. Where nothing of it is walked it costs nothing, even where it may not be walked."""
    return np.rint(share * whole * GRID) / GRID if share > 0.0 else 0.0


@compiled
def is_better(way: Way, label: Any) -> bool:
    """Return whether a way is better than the one that a label holds."""
    cost, target, metres, crossings = way
    if cost != label.cost:
        return cost < label.cost
    if target != label.target:
        return target < label.target
    if metres != label.metres:
        return metres < label.metres
    return crossings < label.crossings


@compiled
def put(way: Way, step: int, label: Any) -> None:
    """Let a label hold a way."""
    label.cost, label.target, label.metres, label.crossings = way
    label.step = step


@compiled
def clear(labels: Records) -> None:
    """Let labels hold nothing."""
    for i in range(len(labels)):
        put((np.inf, NONE, np.inf, 0), 0, labels[i])


@compiled
def longer(array: Any) -> Any:
    """Return a copy of an array with room for twice as many."""
    copy = np.empty(2 * len(array), dtype=array.dtype)
    for i in range(len(array)):
        copy[i] = array[i]
    return copy


@compiled
def to_end(edge: Any, place: Any, end: int, inward: bool) -> tuple[int, float, float, int]:
    """Return the node at an end of a place's edge, and cost, metres and crossings from the place to it, or back."""
    node, share, whole = edge.start, place.fraction, edge.forward if inward else edge.backward
    if end == BY_END:
        node, share, whole = edge.end, 1.0 - share, edge.backward if inward else edge.forward
    crossings = edge.crossings if share > 0.0 else 0
    return node, place.leg + part(share, whole), place.leg_metres + part(share, edge.metres), crossings


@compiled
def along(edge: Any, origin: Any, target: Any) -> tuple[float, float, int]:
    """Return cost, metres and crossings from an origin straight along its edge to a target on the same edge."""
    ahead = target.fraction - origin.fraction
    share, whole = abs(ahead), edge.forward if ahead >= 0.0 else edge.backward
    metres = part(share, edge.metres) + origin.leg_metres + target.leg_metres
    return part(share, whole) + origin.leg + target.leg, metres, edge.crossings if share > 0.0 else 0


# --- the search -------------------------------------------------------------------------------------------------------


@compiled
def entry(word: Floats, bits: Ints, cost: float, node: int) -> int:
    """Return an entry for a heap: the upper half of a cost's bits, which sort as the numbers do, and the node.

    One comparison of whole numbers orders both. ``bits`` are those of ``word``.
    """
    word[0] = cost
    return (bits[0] & UPPER) | node


@inlined
def push(heap: Ints, size: int, new: int) -> None:
    """Put an entry into a heap of so many, in which each is at most its four children."""
    i = size
    while i > 0:
        above = (i - 1) >> 2
        if heap[above] <= new:
            break
        heap[i] = heap[above]
        i = above
    heap[i] = new


@inlined
def pop(heap: Ints, size: int) -> None:
    """Take the first entry out of a heap; ``size`` is that of the heap without it."""
    moved, i = heap[size], 0
    while True:
        child = 4 * i + 1
        if child + 3 < size:
            least, value = child, heap[child]
            other, other_value = child + 2, heap[child + 2]
            if heap[child + 1] < value:
                least, value = child + 1, heap[child + 1]
            if heap[child + 3] < other_value:
                other, other_value = child + 3, heap[child + 3]
            if other_value < value:
                least, value = other, other_value
        elif child < size:
            least, value = child, heap[child]
            for other in range(child + 1, size):
                if heap[other] < value:
                    least, value = other, heap[other]
        else:
            break
        if value >= moved:
            break
        heap[i], i = value, least
    heap[i] = moved


@compiled
def wait(nodes: Records, blocks: Records, tally: Ints, block: int, node: int) -> None:
    """Note that a node has news for its neighbours."""
    if nodes[node].next == NOT_QUEUED:
        if blocks[block].first == NONE:
            blocks[(tally[0] + tally[1]) % len(blocks)].todo = block
            tally[1] += 1
        nodes[node].next = blocks[block].first
        blocks[block].first = node


@compiled
def seed(search: Search, targets: Records, first: int, last: int) -> None:
    """Give the nodes at both ends of the edges of some targets their ways along these edges to the targets."""
    net, tally = search.net, search.tally
    for i in range(first, last):
        target = targets[i]
        for end in range(2 if target.edge >= 0 else 0):
            node, cost, metres, crossings = to_end(net.edge[target.edge], target, end, True)
            way, label = (cost, target.number, metres, crossings), search.label[node]
            if cost <= search.limit and is_better(way, label):
                if label.cost == np.inf:
                    search.node[tally[2]].touched = node
                    tally[2] += 1
                put(way, -2 - 2 * i - end, label)
                wait(search.node, search.block, tally, node >> net.shift, node)


@inlined
def onward(start: Ints32, arc: Records, node: int, edge: int) -> int:
    """Return the arc by which to leave a node that was entered by an edge, where there is no choice."""
    first, choice = start[node], start[node + 1] - start[node]
    if choice == 1:
        return DEAD_END if arc[first].walk >> 1 == edge else first
    if choice == 2:
        if arc[first].walk >> 1 == edge:
            return first + 1
        if arc[first + 1].walk >> 1 == edge:
            return first
    return BRANCH


@compiled
def spread(search: Search) -> None:
    """Carry all news to all nodes that they concern, block by block."""
    nodes, blocks, tally = search.node, search.block, search.tally
    heap, word = np.empty(1024, dtype=np.int64), np.empty(1)
    bits = word.view(np.int64)
    while tally[1] > 0:
        block = blocks[tally[0]].todo
        tally[0] = (tally[0] + 1) % len(blocks)
        tally[1] -= 1
        size, node = 0, blocks[block].first
        blocks[block].first = NONE
        while node != NONE:
            if size == len(heap):
                heap = longer(heap)
            push(heap, size, entry(word, bits, search.label[node].cost, node))
            size, following = size + 1, nodes[node].next
            nodes[node].next = NOT_QUEUED
            node = following
        net = search.net
        heap = settle(
            net.start, net.arc, net.shift, search.limit, search.label, nodes, blocks, tally, block, heap, size
        )  # fmt: skip


@compiled
def settle(  # noqa: PLR0913, PLR0917 - to take an array out of a bundle costs as much as to settle a node
    start: Ints32, arc: Records, shift: int, limit: float, label: Records, nodes: Records, blocks: Records,
    tally: Ints, block: int, heap: Ints, size: int,
) -> Ints:  # fmt: skip
    """Search one block by Dijkstra's rule; return the heap for the next.

    Costs that differ by less than a millionth may stand in the wrong order in the heap; the nodes concerned are then
    told twice. News pass a node without a branch at once, without waiting in the heap.
    """
    word = np.empty(1)
    bits = word.view(np.int64)
    while size > 0:
        top, size = heap[0], size - 1
        pop(heap, size)
        node = top & LOWER
        told = label[node]
        if entry(word, bits, told.cost, node) < top:
            continue  # it was told already, of a better way
        for way_out in range(start[node], start[node + 1]):
            cost, metres, crossings, a = told.cost, told.metres, told.crossings, way_out
            while a >= 0:
                step = arc[a]
                head, walk = step.head, step.walk
                cost, metres, crossings = cost + step.cost, metres + step.metres, crossings + step.crossings
                way = cost, told.target, metres, crossings
                if cost > limit or not is_better(way, label[head]):
                    break
                if label[head].cost == np.inf:
                    nodes[tally[2]].touched = head
                    tally[2] += 1
                put(way, walk, label[head])
                if head >> shift != block:
                    wait(nodes, blocks, tally, head >> shift, head)
                    break
                a = onward(start, arc, head, walk >> 1)
                if a == BRANCH:
                    if size == len(heap):
                        heap = longer(heap)
                    push(heap, size, entry(word, bits, cost, head))
                    size += 1
    return heap


@compiled
def nearest(net: Net, limit: float, labels: Records, targets: Records, first: Ints32, origins: Records) -> Records:
    """Return the best way of every origin; its step is the end of the edge that it leaves by."""
    found = np.empty(len(origins), dtype=LABEL)
    clear(found)
    for i in range(len(found)):
        origin, best = origins[i], found[i]
        if origin.edge < 0:
            continue
        edge, t = net.edge[origin.edge], first[origin.edge]
        for end in (BY_START, BY_END):
            node, cost, metres, crossings = to_end(edge, origin, end, False)
            label = labels[node]
            way = cost + label.cost, label.target, metres + label.metres, crossings + label.crossings
            if way[0] <= limit and is_better(way, best):
                put(way, end, best)
        while t >= 0:
            cost, metres, crossings = along(edge, origin, targets[t])
            here = cost, targets[t].number, metres, crossings
            if cost <= limit and is_better(here, best):
                put(here, ALONG, best)
            t = targets[t].next
    return found


# --- the k nearest ----------------------------------------------------------------------------------------------------


@compiled
def insert(slots: Records, way: Way, limit: float) -> bool:
    """Put a way among the best ones, at most one to each target; return whether it belongs there."""
    at = 0
    while at < len(slots) - 1 and slots[at].target != way[1] and slots[at].target >= 0:
        at += 1
    if way[0] > limit or not is_better(way, slots[at]):
        return False
    while at > 0 and is_better(way, slots[at - 1]):
        slots[at] = slots[at - 1]
        at -= 1
    put(way, NEWS, slots[at])
    return True


@compiled
def seed_ranked(net: Net, limit: float, slots: Records, targets: Records) -> Ints:
    """Give the nodes at both ends of the targets' edges their ways to the targets; return entries for the heap."""
    news, size, word = np.empty(2 * len(targets), dtype=np.int64), 0, np.empty(1)
    bits = word.view(np.int64)
    for i in range(len(targets)):
        target = targets[i]
        for end in range(2 if target.edge >= 0 else 0):
            node, cost, metres, crossings = to_end(net.edge[target.edge], target, end, True)
            if insert(slots[node], (cost, target.number, metres, crossings), limit):
                news[size] = entry(word, bits, cost, node)
                size += 1
    return news[:size]


@compiled
def pass_on(net: Net, limit: float, slots: Records, top: int, news: Ints) -> int:
    """Tell the neighbours of a node all that has its turn; fill in entries for the heap and return how many."""
    node, size, word = top & LOWER, 0, np.empty(1)
    bits = word.view(np.int64)
    for j in range(slots.shape[1]):
        told = slots[node, j]
        if told.step == TOLD or entry(word, bits, told.cost, node) > top:
            continue
        told.step = TOLD
        for a in range(net.start[node], net.start[node + 1]):
            step = net.arc[a]
            cost, metres, crossings = told.cost + step.cost, told.metres + step.metres, told.crossings + step.crossings
            if insert(slots[step.head], (cost, told.target, metres, crossings), limit):
                news[size] = entry(word, bits, cost, step.head)
                size += 1
    return size


@compiled
def spread_ranked(net: Net, limit: float, slots: Records, targets: Records) -> None:
    """Carry ways to the nearest facilities to all nodes, each of which keeps as many as it has slots."""
    news, widest = seed_ranked(net, limit, slots, targets), 0
    heap, size = np.empty(1024 + len(news), dtype=np.int64), 0
    for each in news:
        push(heap, size, each)
        size += 1
    for node in range(len(net.start) - 1):
        widest = max(widest, net.start[node + 1] - net.start[node])
    news = np.empty(widest * slots.shape[1], dtype=np.int64)
    while size > 0:
        top, size = heap[0], size - 1
        pop(heap, size)
        told = pass_on(net, limit, slots, top, news)
        while size + told > len(heap):
            heap = longer(heap)
        for i in range(told):
            push(heap, size, news[i])
            size += 1


@compiled
def ranked(net: Net, limit: float, slots: Records, targets: Records, first: Ints32, origins: Records) -> Records:
    """Return the best ways of every origin to as many facilities as a node has slots."""
    found = np.empty((len(origins), slots.shape[1]), dtype=LABEL)
    clear(found.reshape(-1))
    for i in range(len(found)):
        origin = origins[i]
        if origin.edge < 0:
            continue
        edge, t = net.edge[origin.edge], first[origin.edge]
        for end in (BY_START, BY_END):
            node, cost, metres, crossings = to_end(edge, origin, end, False)
            for j in range(slots.shape[1]):
                label = slots[node, j]
                way = cost + label.cost, label.target, metres + label.metres, crossings + label.crossings
                insert(found[i], way, limit)
        while t >= 0:
            cost, metres, crossings = along(edge, origin, targets[t])
            insert(found[i], (cost, targets[t].number, metres, crossings), limit)
            t = targets[t].next
    return found


# --- all pairs within a cutoff ----------------------------------------------------------------------------------------


@compiled
def doorsteps(net: Net, origins: Records, start: Ints, way: Records) -> None:
    """Fill the ways from origins to the nodes at the ends of their edges, and where those of each node start."""
    for i in range(len(origins)):
        if origins[i].edge >= 0:
            edge = net.edge[origins[i].edge]
            start[edge.start + 1] += 1
            start[edge.end + 1] += 1
    for v in range(len(start) - 1):
        start[v + 1] += start[v]
    place = start[:-1].copy()
    for i in range(len(origins)):
        for end in range(2 if origins[i].edge >= 0 else 0):
            node, cost, metres, crossings = to_end(net.edge[origins[i].edge], origins[i], end, False)
            each = way[place[node]]
            each.cost, each.metres, each.place, each.crossings = cost, metres, i, crossings
            place[node] += 1


@compiled
def tell(way: Way, origin: int, best: Records, hit: Ints32, hits: int) -> int:
    """Let an origin know of a way; return how many origins know of one."""
    known = best[origin]
    if is_better(way, known):
        if known.cost == np.inf:
            hit[hits] = origin
            hits += 1
        put(way, 0, known)
    return hits


@compiled
def gather(search: Search, targets: Records, doors: Doors, catch: Catch) -> int:
    """Tell the origins near the nodes that were reached, and those on the edges of the targets; return how many."""
    edges, labels, nodes, limit = search.net.edge, search.label, search.node, search.limit
    origins, start, doorstep, first = doors.origins, doors.start, doors.way, doors.first
    best, hit, hits = catch.best, catch.hit, 0
    for i in range(search.tally[2]):
        node = nodes[i].touched
        label = labels[node]
        for a in range(start[node], start[node + 1]):
            door = doorstep[a]
            cost, metres, crossings = (
                label.cost + door.cost,
                label.metres + door.metres,
                label.crossings + door.crossings,
            )
            if cost <= limit:
                hits = tell((cost, label.target, metres, crossings), door.place, best, hit, hits)
    for t in range(len(targets)):
        i = first[targets[t].edge] if targets[t].edge >= 0 else NONE
        while i != NONE:
            cost, metres, crossings = along(edges[targets[t].edge], origins[i], targets[t])
            if cost <= limit:
                hits = tell((cost, targets[t].number, metres, crossings), i, best, hit, hits)
            i = origins[i].next
    return hits


@compiled
def take(catch: Catch, hits: int, found: Records, size: int) -> None:
    """Put the pairs of one facility behind those found before, and forget them."""
    best, hit = catch.best, catch.hit
    for i in range(hits):
        way, pair = best[hit[i]], found[size + i]
        pair.cost, pair.metres, pair.place, pair.crossings = way.cost, way.metres, hit[i], way.crossings
        put((np.inf, NONE, np.inf, 0), 0, way)


@compiled
def forget(search: Search) -> None:
    """Clear the labels of the nodes that were reached."""
    labels, nodes = search.label, search.node
    for i in range(search.tally[2]):
        put((np.inf, NONE, np.inf, 0), 0, labels[nodes[i].touched])
    search.tally[2] = 0


@compiled
def within(
    search: Search, targets: Records, starts: Ints, doors: Doors, catch: Catch, stop: Flags
) -> tuple[Records, Ints]:
    """Find the origins within the limit of each facility, whose targets stand from one of the starts to the next.

    All that is used is left as it was found, for the next call. When another thread sets ``stop``, the rest is left.
    """
    found, size = np.empty(1024, dtype=REACH), 0
    counts = np.zeros(len(starts) - 1, dtype=np.int64)
    for g in range(len(counts)):
        if stop[0]:
            break
        seed(search, targets, starts[g], starts[g + 1])
        spread(search)
        counts[g] = gather(search, targets[starts[g] : starts[g + 1]], doors, catch)
        while size + counts[g] > len(found):
            found = longer(found)
        take(catch, counts[g], found, size)
        size += counts[g]
        forget(search)
    return found[:size].copy(), counts
