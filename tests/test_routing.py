"""The nearest target: cases worked out on paper, properties, and equality with networkx and scipy."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from cfc_gis import routing
from cfc_gis.routing import Graph, Nearest, Places, nearest
from tests.routing_cases import INF, Case, again, blocks_of, by_networkx, by_relaxation, cases, graph, places


def test_by_the_nearer_end_of_the_edge() -> None:
    """0 -10- 1 -10- 2: from 0.2 on the first edge to 0.5 on the second is 8 + 5."""
    found = nearest(graph((0, 1, 10), (1, 2, 10)), places((0, 0.2)), places((1, 0.5)))
    assert found.cost.tolist() == [13.0]
    assert found.metres.tolist() == [1300.0]


def test_both_ends_of_the_edge_lead_to_the_target() -> None:
    """A triangle with sides 4 (0-1), 10 (1-2), 3 (2-0): from the middle of the long side, 5 + 3 by node 2 is least."""
    found = nearest(graph((0, 1, 4), (1, 2, 10), (2, 0, 3)), places((1, 0.5)), places((0, 0.0)))
    assert found.cost.tolist() == [8.0]


@pytest.mark.parametrize(("home", "school", "cost"), [(0.2, 0.7, 5.0), (0.7, 0.2, 5.0), (0.4, 0.4, 0.0)])
def test_home_and_school_on_one_edge(home: float, school: float, cost: float) -> None:
    found = nearest(graph((0, 1, 10)), places((0, home)), places((0, school)))
    assert found.cost[0] == pytest.approx(cost)


def test_round_the_loop_is_shorter_than_along_the_edge() -> None:
    """Along the long edge 0.9 x 100 = 90; out by its start, over the 6 of the short edge and in by its end is 16."""
    found = nearest(graph((0, 1, 100), (0, 1, 6)), places((0, 0.05)), places((0, 0.95)))
    assert found.cost[0] == pytest.approx(16.0)


def test_one_way_stairs_are_walked_down_only() -> None:
    """Down 2 from 0 to 1; up is forbidden, so the way back takes the ramp of 9."""
    stairs = graph((0, 1, 2, INF), (0, 1, 9), (1, 2, 1), (0, 3, 1))
    down = nearest(stairs, places((3, 1.0)), places((2, 1.0)))
    up = nearest(stairs, places((2, 1.0)), places((3, 1.0)))
    assert down.cost.tolist() == [4.0]
    assert up.cost.tolist() == [11.0]


def test_on_a_one_way_edge_the_target_behind_is_not_reached() -> None:
    found = nearest(graph((0, 1, 10, INF)), places((0, 0.8)), places((0, 0.1)))
    assert np.isnan(found.cost[0])
    assert found.target.tolist() == [-1]


def test_legs_count_at_both_ends() -> None:
    found = nearest(graph((0, 1, 10)), places((0, 0.0, 1.5)), places((0, 1.0, 0.25)))
    assert found.cost.tolist() == [11.75]
    assert found.metres.tolist() == [1175.0]


def test_a_leg_decides_between_two_schools() -> None:
    """The school at 3 has a leg of 5, so the one at 7 without a leg is nearer."""
    found = nearest(graph((0, 1, 10)), places((0, 0.0)), places((0, 0.3, 5.0), (0, 0.7)))
    assert found.cost.tolist() == [7.0]
    assert found.target.tolist() == [1]


def test_the_cutoff_includes_its_own_value() -> None:
    street, home, school = graph((0, 1, 60)), places((0, 0.0)), places((0, 1.0))
    assert nearest(street, home, school, cutoff=60.0).cost.tolist() == [60.0]
    assert np.isnan(nearest(street, home, school, cutoff=59.999).cost[0])


def test_unreachable_is_nan_and_nobody() -> None:
    two_islands = graph((0, 1, 5), (2, 3, 5))
    found = nearest(two_islands, places((0, 0.5), (1, 0.5), (-1, 0.0)), places((1, 0.0), (-1, 0.0)))
    assert np.isnan(found.cost[[0, 2]]).all()
    assert found.target.tolist() == [-1, 0, -1]


def test_no_target_at_all() -> None:
    found = nearest(graph((0, 1, 5)), places((0, 0.5)), places((-1, 0.0)))
    assert np.isnan(found.cost[0])


def test_of_equally_near_targets_the_first_is_taken() -> None:
    """A star with four arms of 1: all targets at the tips are 2 away from each other tip."""
    star = graph((0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1))
    tips = [(1, 1.0), (2, 1.0), (3, 1.0)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert nearest(star, places((0, 1.0)), places(*(tips[i] for i in order))).target.tolist() == [0]


def test_crossings_are_counted_along_the_way_and_not_beside_it() -> None:
    """Edges of 10 with 1, 0 and 2 crossings; from the middle of the first to the start of the third: 1."""
    street = Graph(4, [0, 1, 2], [1, 2, 3], [10.0] * 3, [10.0] * 3, [10.0] * 3, [1, 0, 2])
    found = nearest(street, places((0, 0.5), (1, 0.0), (2, 0.25), (3 - 1, 0.0)), places((2, 0.0)))
    assert found.crossings.tolist() == [1.0, 0.0, 2.0, 0.0]


def test_of_ways_at_the_same_cost_the_shorter_one_is_taken() -> None:
    """Two edges side by side, both at a cost of 5: 300 m of steps and 200 m of ramp."""
    street = Graph(2, [0, 0], [1, 1], [300.0, 200.0], [5.0, 5.0], [5.0, 5.0], [0, 1])
    found = nearest(street, places((0, 0.0)), places((0, 1.0)))
    assert (found.metres.tolist(), found.crossings.tolist()) == ([200.0], [1.0])


def test_links_at_no_cost_carry_the_smallest_target() -> None:
    """Nodes 0, 1, 2 joined at no cost, a target 3 away at each end: the first counts everywhere, in both orders."""
    street = graph((0, 1, 0), (1, 2, 0), (0, 3, 3), (2, 4, 3))
    for ends in ([(2, 1.0), (3, 1.0)], [(3, 1.0), (2, 1.0)]):
        found = nearest(street, places((0, 0.0), (0, 1.0), (1, 1.0)), places(*ends))
        assert found.target.tolist() == [0, 0, 0]
        assert found.cost.tolist() == [3.0, 3.0, 3.0]


def test_ninety_edges_of_ten_seconds_are_within_fifteen_minutes() -> None:
    """1/6 of a minute has no end in binary: added up in floating point the sum need not be 15."""
    n = 90
    street = Graph(n + 1, np.arange(n), np.arange(1, n + 1), np.full(n, 10.0), np.full(n, 1 / 6), np.full(n, 1 / 6))
    found = nearest(street, places((0, 0.0)), places((n - 1, 1.0)), cutoff=15.0)
    assert found.cost[0] == pytest.approx(15.0, abs=1e-7)


def test_equal_on_paper_is_equal() -> None:
    """Three edges of a third against one of one, towards two schools: a tie, and the first school has it."""
    street = graph((0, 1, 1 / 3), (1, 2, 1 / 3), (2, 3, 1 / 3), (3, 4, 0.25), (0, 5, 0.25))
    third = round(2**32 / 3) / 2**32
    assert nearest(street, places((0, 0.0)), places((2, 1.0))).cost[0] == 3 * third


@given(cases())
def test_equal_to_networkx(case: Case) -> None:
    g, origins, targets = case
    want = by_networkx(g, origins, targets).min(axis=1)
    np.testing.assert_allclose(nearest(g, origins, targets).cost, np.where(want < INF, want, np.nan), atol=1e-9)


@given(cases(), st.sampled_from([1, 2, 14]))
def test_cost_target_metres_and_crossings_by_trying_all_ways(case: Case, bits: int) -> None:
    """The smallest of (cost, target, metres, crossings), whether the graph is searched whole or in blocks."""
    g, origins, targets = case
    with blocks_of(bits):
        found = nearest(again(g), origins, targets)
    for i, ways in enumerate(by_relaxation(g, origins, targets)):
        cost, target, metres, crossings = min((way[0], t, *way[1:]) for t, way in enumerate(ways))
        if np.isinf(cost):
            assert np.isnan([found.cost[i], found.metres[i], found.crossings[i]]).all()
            assert found.target[i] == routing.NONE
        else:
            got = found.cost[i], found.target[i], found.metres[i], found.crossings[i]
            assert got == (cost, target, metres, crossings)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_edges_and_rows_changes_nothing(case: Case, chance: random.Random) -> None:
    g, origins, targets = case
    edges, nodes, rows = (np.array(chance.sample(range(n), n)) for n in (len(g.metres), g.n_nodes, len(origins)))
    place = np.append(np.argsort(edges), -1)
    moved = Graph(
        g.n_nodes, nodes[g.edge_from[edges]], nodes[g.edge_to[edges]],
        g.metres[edges], g.forward[edges], g.backward[edges], g.crossings[edges],
    )  # fmt: skip

    def move(p: Places) -> Places:
        return Places(place[p.edge], p.fraction, p.leg, p.leg_metres)

    with blocks_of(2):
        found = nearest(moved, move(origins).take(rows), move(targets))
    same(found, nearest(g, origins.take(rows), targets))


@given(cases(), st.floats(0, 30))
def test_a_cutoff_only_removes(case: Case, cutoff: float) -> None:
    g, origins, targets = case
    free, bounded = nearest(g, origins, targets), nearest(g, origins, targets, cutoff)
    near = free.cost <= cutoff * (1 + 1e-9)
    np.testing.assert_array_equal(bounded.cost[near], free.cost[near])
    assert np.isnan(bounded.cost[~near]).all()


@given(cases(), st.floats(0, 30), st.floats(0, 30))
def test_a_larger_cutoff_never_loses_anyone(case: Case, one: float, other: float) -> None:
    g, origins, targets = case
    less, more = (nearest(g, origins, targets, cutoff) for cutoff in sorted((one, other)))
    assert (np.isfinite(more.cost) >= np.isfinite(less.cost)).all()


@given(cases())
def test_more_targets_are_never_farther(case: Case) -> None:
    g, origins, targets = case
    some = nearest(g, origins, targets.take(np.arange(len(targets) // 2)))
    every = nearest(g, origins, targets)
    assert (np.nan_to_num(every.cost, nan=INF) <= np.nan_to_num(some.cost, nan=INF)).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_equal_to_scipy_on_larger_graphs_with_one_way_edges(number: int) -> None:
    """300 nodes, edges with costs of any kind; in blocks of 16 nodes."""
    chance = np.random.default_rng(number)
    n, m = 300, 500
    a, b = chance.integers(0, n, (2, m))
    forward, backward = chance.random((2, m)) + 0.01
    backward[chance.random(m) < 0.2] = INF
    with blocks_of(4):
        g = Graph(n, a, b, forward, forward, backward)
        targets = Places(chance.integers(0, m, 5), np.ones(5), np.zeros(5), np.zeros(5))
        found = routing.search(g, targets)
    arcs = np.full((n, n), INF)
    np.minimum.at(arcs, (b, a), forward)  # against the edges: from targets to origins
    np.minimum.at(arcs, (a, b), backward)
    tail, head = np.nonzero(np.isfinite(arcs))
    want = dijkstra(csr_array((arcs[tail, head], (tail, head)), shape=(n, n)), indices=b[targets.edge], min_only=True)
    np.testing.assert_allclose(found.cost, np.where(want < INF, want, np.nan), rtol=0, atol=1e-7)


def same(a: Nearest, b: Nearest) -> None:
    for name in ("cost", "metres", "crossings", "target"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
