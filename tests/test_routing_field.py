"""A finished search: read outward, extended by targets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.routing import Field, Graph, nearest, search
from tests.routing_cases import INF, Case, again, blocks_of, cases, graph, places


def same_field(a: Field, b: Field) -> None:
    for name in ("cost", "metres", "crossings", "target"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_values_of_nodes() -> None:
    """0 -10- 1 -10-> 2 one way, and an island; a target at node 2 with a leg of 1."""
    field = search(graph((0, 1, 10), (1, 2, 10, INF), (3, 4, 1)), places((1, 1.0, 1.0)))
    np.testing.assert_array_equal(field.cost, [21.0, 11.0, 1.0, np.nan, np.nan])
    assert field.target.tolist() == [0, 0, 0, -1, -1]
    assert field.changed.tolist() == [0, 1, 2]


def test_outward_from_the_top_of_one_way_stairs() -> None:
    """Stairs down from 0 to 1: from the top everything is reached, from the bottom nothing but the bottom."""
    stairs = graph((0, 1, 10, INF))
    np.testing.assert_array_equal(search(stairs, places((0, 0.0)), outward=True).cost, [0.0, 10.0])
    np.testing.assert_array_equal(search(stairs, places((0, 1.0)), outward=True).cost, [np.nan, 0.0])
    assert search(stairs, places((0, 0.25)), outward=True).at(places((0, 0.75), (0, 0.0))).cost[0] == 5.0


@given(cases())
def test_outward_is_inward_on_the_graph_walked_the_other_way(case: Case) -> None:
    g, origins, targets = case
    turned = Graph(g.n_nodes, g.edge_to, g.edge_from, g.metres, g.forward, g.backward, g.crossings)
    mirror = places(*((e, 1.0 - f, leg) for e, f, leg in zip(origins.edge, origins.fraction, origins.leg, strict=True)))
    goals = places(*((e, 1.0 - f, leg) for e, f, leg in zip(targets.edge, targets.fraction, targets.leg, strict=True)))
    out, back = search(g, targets, outward=True).at(origins), nearest(turned, mirror, goals)
    for name in ("cost", "metres", "crossings", "target"):
        np.testing.assert_array_equal(getattr(out, name), getattr(back, name))


def test_a_new_school_takes_over_the_nodes_that_it_is_nearer_to() -> None:
    """A row of 5 nodes, 1 apart, with a school at node 0; a new one at node 4 gets nodes 3 and 4, not the tie at 2."""
    row = graph(*((i, i + 1, 1) for i in range(4)))
    old = search(row, places((0, 0.0)))
    new = old.with_targets(places((3, 1.0)))
    assert new.target.tolist() == [0, 0, 0, 1, 1]
    assert new.changed.tolist() == [3, 4]
    assert old.target.tolist() == [0, 0, 0, 0, 0]


@given(cases(), st.sampled_from([1, 14]), st.booleans(), st.one_of(st.just(INF), st.integers(0, 30)), st.data())
def test_adding_targets_equals_a_fresh_search(
    case: Case, bits: int, outward: bool, cutoff: float, data: st.DataObject
) -> None:
    g, origins, targets = case
    first = data.draw(st.integers(0, len(targets)))
    second = data.draw(st.integers(first, len(targets)))
    parts = np.split(np.arange(len(targets)), [first, second])
    with blocks_of(bits):
        g = again(g)
        fresh = search(g, targets, cutoff, outward=outward)
        field = search(g, targets.take(parts[0]), cutoff, outward=outward)
        before = field.cost.copy(), field.target.copy()
        grown = field.with_targets(targets.take(parts[1])).with_targets(targets.take(parts[2]))
    same_field(grown, fresh)
    for name in ("cost", "metres", "crossings", "target"):
        np.testing.assert_array_equal(getattr(grown.at(origins), name), getattr(fresh.at(origins), name))
    np.testing.assert_array_equal(field.cost, before[0])
    np.testing.assert_array_equal(field.target, before[1])
    np.testing.assert_array_equal(grown.changed, np.flatnonzero(grown.target >= second))
