"""Every origin and every facility within a cutoff of each other: the sparse travel table."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from cfc_gis.routing._labels import LABEL, REACH, Catch, Doors, Floats, Ints, Ints32, Records, Search
from cfc_gis.routing._state import begin, first_on_edge
from cfc_gis.routing.graph import Graph, Places

Progress = Callable[[int, int], None]

CHUNK = 16
"""Facilities that a thread takes at once."""

PATIENCE_S = 0.2


@dataclass(frozen=True, eq=False)
class Pairs:
    """Origins and facilities within a cutoff of each other, sorted by origin and then by facility.

    Parameters
    ----------
    origin, group
        Row of the origin, and number of the facility.
    cost, metres, crossings
        Of the cheapest way to any entrance of the facility, both legs included.
    """

    origin: Ints32
    group: Ints32
    cost: Floats
    metres: Floats
    crossings: Ints32

    def __len__(self) -> int:
        return len(self.origin)


def pairs(  # noqa: PLR0913 - a travel table has two sides, and facilities have entrances
    graph: Graph,
    origins: Places,
    targets: Places,
    group: Ints,
    cutoff: float,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Pairs:
    """Find all pairs of an origin and a facility that lie within a cutoff.

    Parameters
    ----------
    graph
        The network with its costs.
    origins
        Where ways begin.
    targets
        Entrances of facilities, where ways end.
    group
        Number of the facility of each entrance, not negative; as long as the targets.
    cutoff
        Largest cost that counts, both legs included; a way of exactly this cost counts.
    threads
        How many threads share the work; default: one for each processor. The result is the same.
    progress
        Called in the calling thread with the number of facilities done and their total. What it raises stops the
        work and is passed on.

    Returns
    -------
    Pairs
        One row per pair. Memory is in proportion to their number, not to that of all conceivable pairs.

    Raises
    ------
    TableFault
        When ``group`` does not fit the targets, or the cutoff is no number.

    Notes
    -----
    One search by Dijkstra (1959) per facility, from all its entrances, no farther than the cutoff. Interrupting the
    call stops all threads after the facilities that they are at.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each; homes at both ends; facility 4 in the middle, facility 7 beside the first home.

    >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 100.0], [10.0, 10.0], [10.0, 10.0])
    >>> homes = Places([0, 1], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0])
    >>> doors = Places([0, 0], [1.0, 0.25], [0.0, 0.0], [0.0, 0.0])
    >>> table = pairs(graph, homes, doors, np.array([4, 7]), cutoff=10.0)
    >>> table.origin, table.group, table.cost
    (array([0, 0, 1], dtype=int32), array([4, 7, 4], dtype=int32), array([10. ,  2.5, 10. ]))
    """
    doors = targets.on(graph, group)
    doors = doors[np.argsort(doors["number"], kind="stable")]
    number, starts = np.unique(doors["number"], return_index=True)
    starts = np.append(starts, len(doors)).astype(np.int64)
    chunks = [starts[i : i + CHUNK + 1] for i in range(0, len(number), CHUNK)]
    found = _run(_Work(graph, cutoff, origins, doors), chunks, threads or _processors(), progress)
    return _table(found, number, len(origins))


class _Work:
    """What all threads read, and a bench to work at for each of them."""

    def __init__(self, graph: Graph, cutoff: float, origins: Places, targets: Records) -> None:
        from cfc_gis.routing import _kernels

        places = origins.on(graph)
        start, way = np.zeros(graph.n_nodes + 1, dtype=np.int64), np.empty(2 * len(places), dtype=REACH)
        _kernels.doorsteps(graph.net, places, start, way)
        self.stop = np.zeros(1, dtype=np.bool_)
        self._targets = targets
        self._doors = Doors(places, start, way, first_on_edge(graph, places))
        self._graph, self._cutoff = graph, cutoff
        self._benches = [self._new_bench()]

    def _new_bench(self) -> tuple[Search, Catch]:
        from cfc_gis.routing import _kernels

        best = np.empty(len(self._doors.origins), dtype=LABEL)
        _kernels.clear(best)
        return begin(self._graph, self._cutoff), Catch(best, np.empty(len(best), dtype=np.int32))

    def __call__(self, starts: Ints) -> tuple[Records, Ints]:
        """Find the origins of some facilities, given by where their targets start."""
        from cfc_gis.routing import _kernels

        try:
            bench = self._benches.pop()
        except IndexError:
            bench = self._new_bench()
        search, catch = bench
        found: tuple[Records, Ints] = _kernels.within(search, self._targets, starts, self._doors, catch, self.stop)
        self._benches.append(bench)
        return found


def _run(work: _Work, chunks: list[Ints], threads: int, progress: Progress | None) -> list[tuple[Records, Ints]]:
    """Let threads do the chunks. Whatever ends the waiting for them, an interrupt above all, ends their work too."""
    found: list[Any] = [None] * len(chunks)
    done, total = 0, sum(len(chunk) - 1 for chunk in chunks)
    finished: SimpleQueue[Future[tuple[Records, Ints]]] = SimpleQueue()
    pool = ThreadPoolExecutor(threads)
    try:
        number = {pool.submit(work, chunk): i for i, chunk in enumerate(chunks)}
        for future in number:
            future.add_done_callback(finished.put)
        for _ in chunks:
            future = _next(finished)
            found[number[future]] = future.result()
            done += len(chunks[number[future]]) - 1
            if progress is not None:
                progress(done, total)
    finally:
        work.stop[0] = True
        pool.shutdown(cancel_futures=True)
    return found


def _next(finished: SimpleQueue[Future[tuple[Records, Ints]]]) -> Future[tuple[Records, Ints]]:
    while True:
        try:  # a wait without end cannot be interrupted on Windows
            return finished.get(timeout=PATIENCE_S)
        except Empty:
            continue


def _table(found: list[tuple[Records, Ints]], number: Ints32, n_origins: int) -> Pairs:
    """Sort pairs by origin; they come sorted by facility."""
    from cfc_gis.routing import _kernels_order

    start = np.zeros(n_origins + 1, dtype=np.int64)
    for records, _ in found:
        np.add.at(start[1:], records["place"], 1)
    place = np.cumsum(start)
    n, first = int(place[-1]), 0
    table = Pairs(
        origin=np.empty(n, dtype=np.int32),
        group=np.empty(n, dtype=np.int32),
        cost=np.empty(n),
        metres=np.empty(n),
        crossings=np.empty(n, dtype=np.int32),
    )
    columns = table.origin, table.group, table.cost, table.metres, table.crossings
    for i, (records, counts) in enumerate(found):
        group = np.repeat(number[first : first + len(counts)], counts)
        _kernels_order.sort_in(records, group, place, columns)
        first += len(counts)
        found[i] = records[:0], counts  # its memory is needed for the table
    return table


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
