"""All pairs within a cutoff: against slow answers, and under many threads and interrupts."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.errors import TableFault
from cfc_gis.routing import Graph, Pairs, Places, nearest
from cfc_gis.routing import pairs as all_pairs
from cfc_gis.routing.pairs import CHUNK
from tests.routing_cases import INF, Case, again, blocks_of, by_relaxation, cases, graph, places

COLUMNS = ("origin", "group", "cost", "metres", "crossings")


def rows(table: Pairs) -> list[tuple[float, ...]]:
    return list(zip(*(getattr(table, name).tolist() for name in COLUMNS), strict=True))


def town(side: int, homes: int, schools: int) -> tuple[Graph, Places, Places]:
    """A grid of streets of uneven length, homes and schools anywhere."""
    chance = np.random.default_rng(7)
    name = np.arange(side * side).reshape(side, side)
    a = np.concatenate([name[:, :-1].ravel(), name[:-1].ravel()])
    b = np.concatenate([name[:, 1:].ravel(), name[1:].ravel()])
    cost = chance.random(len(a)) + 0.5

    def anywhere(n: int) -> Places:
        return Places(chance.integers(0, len(a), n), chance.random(n), chance.random(n), chance.random(n))

    return Graph(side * side, a, b, 60.0 * cost, cost, cost), anywhere(homes), anywhere(schools)


def test_by_hand() -> None:
    """A row of 4 nodes, 10 apart. Homes at 0 and 3, legs of 1. School 8 has doors at nodes 1 and 2, school 2 at 3.

    To school 8: 1 + 10 from both homes. To school 2: 1 + 30 is beyond 25 from the first home, 1 from the second.
    """
    row = graph((0, 1, 10), (1, 2, 10), (2, 3, 10))
    homes, doors = places((0, 0.0, 1.0), (2, 1.0, 1.0)), places((0, 1.0), (2, 1.0), (1, 1.0))
    table = all_pairs(row, homes, doors, np.array([8, 2, 8]), cutoff=25.0)
    assert rows(table) == [(0, 8, 11.0, 1100.0, 0), (1, 2, 1.0, 100.0, 0), (1, 8, 11.0, 1100.0, 0)]
    assert len(table) == 3


def test_the_cutoff_includes_its_own_value_and_the_legs() -> None:
    street, home, school = graph((0, 1, 13)), places((0, 0.0, 1.0)), places((0, 1.0, 1.0))
    assert len(all_pairs(street, home, school, np.array([0]), 15.0)) == 1
    assert len(all_pairs(street, home, school, np.array([0]), 14.999)) == 0


def test_nobody_and_nothing() -> None:
    street, off, on = graph((0, 1, 13)), places((-1, 0.0)), places((0, 0.0))
    none = Places([], [], [], [])
    for homes, schools in ((off, on), (on, off), (none, on), (on, none)):
        assert len(all_pairs(street, homes, schools, np.zeros(len(schools), dtype=int), 15.0)) == 0


def test_facilities_that_do_not_fit_their_doors_are_refused() -> None:
    street, home = graph((0, 1, 13)), places((0, 0.0))
    with pytest.raises(TableFault, match="shapes"):
        all_pairs(street, home, home, np.array([0, 1]), 15.0)
    with pytest.raises(TableFault, match="cutoff"):
        all_pairs(street, home, home, np.array([0]), np.nan)


@given(cases(), st.sampled_from([1, 14]), st.one_of(st.just(INF), st.integers(0, 30)), st.data())
def test_equal_to_all_ways_one_by_one(case: Case, bits: int, cutoff: float, data: st.DataObject) -> None:
    g, origins, targets = case
    group = data.draw(st.lists(st.integers(0, 3), min_size=len(targets), max_size=len(targets)).map(np.array))
    want: dict[tuple[int, int], tuple[float, ...]] = {}
    for i, ways in enumerate(by_relaxation(g, origins, targets)):
        for number, way in zip(group.tolist(), ways, strict=True):
            if way[0] < INF and way[0] <= cutoff:
                want[i, number] = min(want.get((i, number), (INF,)), way)
    with blocks_of(bits):
        table = all_pairs(again(g), origins, targets, group, cutoff, threads=1)
    assert rows(table) == [(*pair, *want[pair]) for pair in sorted(want)]


@given(cases(), st.integers(0, 30))
def test_the_nearest_is_the_least_of_the_pairs(case: Case, cutoff: float) -> None:
    g, origins, targets = case
    table, one = (f(g, origins, targets, *rest) for f, rest in
                  ((all_pairs, (np.arange(len(targets)), cutoff)), (nearest, (cutoff,))))  # fmt: skip
    order = np.lexsort((table.group, table.cost, table.origin))
    origin, first = np.unique(table.origin[order], return_index=True)
    assert origin.tolist() == np.flatnonzero(one.target >= 0).tolist()
    best = order[first]
    np.testing.assert_array_equal(table.group[best], one.target[origin])
    for name in ("cost", "metres", "crossings"):
        np.testing.assert_array_equal(getattr(table, name)[best], getattr(one, name)[origin])


def test_threads_and_blocks_and_order_change_no_byte() -> None:
    g, homes, schools = town(40, 500, 300)
    group = np.arange(300) // 3
    one = all_pairs(g, homes, schools, group, 12.0, threads=1)
    assert len(one) > 1000
    other = np.random.default_rng(1).permutation(300)
    for threads, bits, rows_of in ((2, 14, np.arange(300)), (5, 6, np.arange(300)), (3, 14, other)):
        with blocks_of(bits):
            many = all_pairs(again(g), homes, schools.take(rows_of), group[rows_of], 12.0, threads=threads)
        for name in COLUMNS:
            assert getattr(many, name).tobytes() == getattr(one, name).tobytes()


def test_several_calls_at_once_share_one_graph() -> None:
    g, homes, schools = town(40, 200, 60)
    group = np.arange(60)
    alone = all_pairs(again(g), homes, schools, group, 12.0, threads=1)
    with ThreadPoolExecutor(4) as pool:
        for table in pool.map(lambda _: all_pairs(g, homes, schools, group, 12.0, threads=2), range(8)):
            assert rows(table) == rows(alone)


def test_progress_is_told_in_the_calling_thread_up_to_the_end() -> None:
    g, homes, schools = town(10, 10, 5 * CHUNK + 1)
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((done, total))

    all_pairs(g, homes, schools, np.arange(len(schools)), 3.0, threads=2, progress=progress)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(schools), len(schools))
    assert len(told) == 6


class Enough(Exception):
    """What a caller raises to stop."""


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_stops_all_threads(threads: int) -> None:
    """Ctrl-C after the first part: it reaches the caller, the other parts are not begun, no thread is left."""
    g, homes, schools = town(60, 10, 40 * CHUNK)
    before, calls = threading.active_count(), []
    was = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it runs behind

    def interrupt(done: int, total: int) -> None:
        calls.append(done)
        signal.raise_signal(signal.SIGINT)

    try:
        with pytest.raises(KeyboardInterrupt):
            all_pairs(g, homes, schools, np.arange(len(schools)), INF, threads=threads, progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, was)
    assert calls == [CHUNK]
    assert threading.active_count() == before
    assert len(all_pairs(g, homes, schools, np.arange(len(schools)), 4.0)) > 0  # and all works as before


def test_work_in_a_thread_is_stopped_by_what_its_progress_raises() -> None:
    g, homes, schools = town(60, 10, 40 * CHUNK)
    with ThreadPoolExecutor(1) as pool:
        stop = mock.Mock(side_effect=Enough)
        future = pool.submit(all_pairs, g, homes, schools, np.arange(len(schools)), INF, progress=stop)
        with pytest.raises(Enough):
            future.result()
    assert stop.call_count == 1
