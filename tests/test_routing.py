"""Shortest paths: cases worked out on paper, properties, and equality with networkx."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.routing import Graph, Nearest, Places, nearest

INF = float("inf")


def places(*rows: tuple[int, float] | tuple[int, float, float]) -> Places:
    edge, fraction, leg = (np.array(column) for column in zip(*((*row, 0.0)[:3] for row in rows), strict=True))
    return Places(edge.astype(np.int64), fraction.astype(float), leg.astype(float), 100.0 * leg.astype(float))


def graph(*edges: tuple[int, int, float] | tuple[int, int, float, float], n: int | None = None) -> Graph:
    a = np.array([edge[0] for edge in edges])
    b = np.array([edge[1] for edge in edges])
    forward = np.array([edge[2] for edge in edges], dtype=float)
    backward = np.array([edge[3] if len(edge) > 3 else edge[2] for edge in edges], dtype=float)
    metres = 100.0 * np.where(np.isfinite(forward), forward, backward)
    return Graph(n or int(max(a.max(), b.max())) + 1, a, b, metres, forward, backward)


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


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, Places, Places]:
    n = draw(st.integers(2, 8))
    node, cost = st.integers(0, n - 1), st.integers(1, 20)
    edges = draw(st.lists(st.tuples(node, node, cost, st.one_of(cost, st.just(INF))), min_size=1, max_size=14))
    place = st.tuples(st.integers(-1, len(edges) - 1), st.integers(0, 8).map(lambda i: i / 8), st.integers(0, 5))
    return (
        graph(*edges, n=n),
        places(*draw(st.lists(place, min_size=1, max_size=6))),
        places(*draw(st.lists(place, min_size=1, max_size=6))),
    )


def by_networkx(g: Graph, origin: tuple[int, float, float], targets: Places) -> float:
    """Cut the edges at the places, and let networkx find the way."""
    edge, fraction, leg = origin
    cuts = [(int(edge), float(fraction), "home")]
    cuts += [(int(e), float(f), i) for i, (e, f) in enumerate(zip(targets.edge, targets.fraction, strict=True))]
    net = nx.MultiDiGraph()
    net.add_nodes_from(range(g.n_nodes))
    for i, (a, b) in enumerate(zip(g.edge_from.tolist(), g.edge_to.tolist(), strict=True)):
        stops = [
            (0.0, a),
            *sorted(((f, (i, n)) for e, f, n in cuts if e == i), key=lambda s: (s[0], str(s[1]))),
            (1.0, b),
        ]
        for (at, tail), (to, head) in pairwise(stops):
            for start, end, cost in ((tail, head, g.forward[i]), (head, tail, g.backward[i])):
                if np.isfinite(cost) or at == to:
                    net.add_edge(start, end, w=(to - at) * cost if at != to else 0.0)
    if edge < 0:
        return INF
    distance = nx.single_source_dijkstra_path_length(net, (int(edge), "home"), weight="w")
    ways = [
        distance[(int(e), i)] + targets.leg[i] + leg
        for i, e in enumerate(targets.edge)
        if e >= 0 and (int(e), i) in distance
    ]
    return min(ways, default=INF)


@given(cases())
def test_equal_to_networkx(case: tuple[Graph, Places, Places]) -> None:
    g, origins, targets = case
    found = nearest(g, origins, targets)
    for i in range(len(origins.edge)):
        want = by_networkx(g, (origins.edge[i], origins.fraction[i], origins.leg[i]), targets)
        if np.isinf(want):
            assert np.isnan(found.cost[i])
            assert found.target[i] == -1
        else:
            assert found.cost[i] == pytest.approx(want, abs=1e-9)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_nothing(case: tuple[Graph, Places, Places], random: object) -> None:
    g, origins, targets = case
    order = np.arange(len(g.edge_from))
    random.shuffle(order)  # type: ignore[attr-defined]
    place = np.append(np.argsort(order), -1)
    moved = Graph(g.n_nodes, g.edge_from[order], g.edge_to[order], g.metres[order], g.forward[order], g.backward[order])

    def move(p: Places) -> Places:
        return Places(place[p.edge], p.fraction, p.leg, p.leg_metres)

    same(nearest(g, origins, targets), nearest(moved, move(origins), move(targets)))


@given(cases(), st.floats(0, 30))
def test_a_cutoff_only_removes(case: tuple[Graph, Places, Places], cutoff: float) -> None:
    g, origins, targets = case
    free, bounded = nearest(g, origins, targets), nearest(g, origins, targets, cutoff)
    near = free.cost <= cutoff
    np.testing.assert_array_equal(bounded.cost[near], free.cost[near])
    assert np.isnan(bounded.cost[~near]).all()


def same(a: Nearest, b: Nearest) -> None:
    np.testing.assert_allclose(a.cost, b.cost, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(a.target, b.target)
