"""What a graph and places refuse, and the order in which nodes are searched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given

from cfc_gis.errors import TableFault
from cfc_gis.routing import Graph, Places, nearest
from cfc_gis.routing import _compiled as compiled_module
from tests.routing_cases import INF, Case, blocks_of, cases, graph, places


def faults(*args: object, **kwargs: object) -> str:
    with pytest.raises(TableFault) as refused:
        Graph(*args, **kwargs)  # type: ignore[arg-type]
    return str(refused.value.facts["faults"])


def test_all_faults_of_a_graph_are_named_at_once() -> None:
    told = faults(2, [0, 7], [1, -1], [np.nan, INF], [1.0, -2.0], [np.nan, 1.0], [0, -1])
    for fault in (
        "edge_from: not a node in 1 row(s), first at 1",
        "edge_to: not a node in 1 row(s), first at 1",
        "metres: missing in 1 row(s), first at 0",
        "metres: infinite in 1 row(s), first at 1",
        "backward: missing in 1 row(s), first at 0",
        "forward: negative in 1 row(s), first at 1",
        "crossings: negative in 1 row(s), first at 1",
    ):
        assert fault in told


def test_arrays_of_a_graph_are_equally_long_and_of_the_right_kind() -> None:
    assert "forward (1,)" in faults(2, [0, 0], [1, 1], [1.0, 1.0], [1.0], [1.0, 1.0])
    assert "edge_from: float64 where int64 was wanted" in faults(2, [0.5], [1], [1.0], [1.0], [1.0])


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ((0, -0.1, 0.0, 0.0), "fraction: negative"),
        ((0, 1.1, 0.0, 0.0), "fraction: above 1"),
        ((0, np.nan, 0.0, 0.0), "fraction: missing"),
        ((0, 0.5, -1.0, 0.0), "leg: negative"),
        ((0, 0.5, 0.0, np.nan), "leg_metres: missing"),
    ],
)
def test_places_are_checked_where_they_are_on_the_network(row: tuple[float, ...], fault: str) -> None:
    edge, *numbers = ([value] for value in row)
    with pytest.raises(TableFault, match=r"routing\.Places") as refused:
        Places(edge, *numbers)
    assert fault in refused.value.facts["faults"]
    Places([-1], *numbers)  # what is not on the network has no position


def test_a_place_on_an_edge_that_is_not_there_is_refused() -> None:
    with pytest.raises(TableFault, match="not an edge"):
        nearest(graph((0, 1, 1)), places((1, 0.0)), places((0, 0.0)))
    with pytest.raises(TableFault, match="not an edge"):
        nearest(graph((0, 1, 1)), places((0, 0.0)), places((1, 0.0)))


def test_a_cutoff_that_is_no_number_is_refused() -> None:
    with pytest.raises(TableFault, match="cutoff"):
        nearest(graph((0, 1, 1)), places((0, 0.0)), places((0, 0.0)), cutoff=np.nan)


def test_arrays_that_may_not_be_written_are_welcome_and_are_left_as_they_are() -> None:
    """Columns of pandas come so; the first reason why a kernel would be compiled twice."""
    ends, cost = np.array([0, 1]), np.array([1.0, 2.0])
    for each in (ends, cost):
        each.flags.writeable = False
    g = Graph(3, ends, ends + 1, cost, cost, cost)
    assert nearest(g, places((0, 0.0)), places((1, 1.0))).cost.tolist() == [3.0]


@given(cases())
def test_every_node_has_a_rank_of_its_own(case: Case) -> None:
    g, _, _ = case
    with blocks_of(1):
        assert sorted(g.rank.tolist()) == list(range(g.n_nodes))


def test_blocks_hang_together() -> None:
    """A grid of 32 x 32 nodes in shuffled order, in blocks of 64: far fewer edges cross borders than by chance."""
    side = 32
    name = np.random.default_rng(4).permutation(side * side).reshape(side, side)
    a = np.concatenate([name[:, :-1].ravel(), name[:-1].ravel()])
    b = np.concatenate([name[:, 1:].ravel(), name[1:].ravel()])
    one = np.ones(len(a))
    with blocks_of(6):
        g = Graph(side * side, a, b, one, one, one)
        block = g.rank >> 6
    crossing = (block[a] != block[b]).mean()
    assert crossing < 0.35  # 16 square blocks of 8 x 8 would have 0.23, blocks by chance 0.94


def test_a_graph_with_equal_directions_is_its_own_reverse() -> None:
    even, uneven = graph((0, 1, 2)), graph((0, 1, 2, INF))
    assert even.reversed is even
    assert uneven.reversed.forward.tolist() == [INF]


def test_kernels_work_where_no_compiled_code_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(dispatcher: numba.core.dispatcher.Dispatcher) -> None:
        raise RuntimeError("cannot cache function: no locator available")  # what numba says

    monkeypatch.setattr(numba.core.dispatcher.Dispatcher, "enable_caching", nowhere)
    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(lambda x: x, cache=True)
    assert compiled_module.compiled(lambda x: x + 1)(1) == 2


def test_compiled_code_is_kept_from_one_process_to_the_next(tmp_path: Path) -> None:
    """The second process compiles nothing: it finds the kernel on disk."""
    script = (
        "import numpy as np\n"
        "from cfc_gis.routing import Graph, _kernels_order\n"
        "Graph(2, [0], [1], [1.0], [1.0], [1.0]).net\n"
        "print(sum(_kernels_order.arcs.stats.cache_misses.values()))\n"
    )
    run = [sys.executable, "-c", script]
    place = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    missed = [subprocess.run(run, capture_output=True, text=True, check=True, env=place).stdout for _ in range(2)]
    assert [int(each) for each in missed] == [1, 0]
