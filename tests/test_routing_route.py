"""Routes: walked edge by edge, they must cost what the nearest target was said to cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.routing import Graph, Places, Route, nearest, route, search
from tests.routing_cases import INF, Case, again, blocks_of, cases, graph, places


def listed(way: Route) -> list[tuple[int, float, float]]:
    return list(zip(way.edge.tolist(), way.start.tolist(), way.end.tolist(), strict=True))


def test_there_and_back_over_one_way_stairs() -> None:
    """Stairs down from 0 to 1 (2), beside them a ramp (9), then a street from 1 to 2 (1)."""
    town = graph((0, 1, 2, INF), (0, 1, 9), (1, 2, 1))
    top, street = places((1, 0.0)), places((2, 0.5, 0.25))
    down, up = route(town, top, street), route(town, street, top)
    assert listed(down) == [(0, 0.0, 1.0), (2, 0.0, 0.5)]
    assert listed(up) == [(2, 0.5, 0.0), (1, 1.0, 0.0)]
    assert (down.cost, up.cost) == (2.75, 9.75)
    assert (down.metres, down.target) == (275.0, 0)


def test_along_one_edge_and_around_a_loop() -> None:
    street = graph((0, 1, 100), (0, 1, 6))
    assert listed(route(street, places((0, 0.25)), places((0, 0.5)))) == [(0, 0.25, 0.5)]
    around = route(street, places((0, 0.0625)), places((0, 0.9375)))
    assert listed(around) == [(0, 0.0625, 0.0), (1, 0.0, 1.0), (0, 1.0, 0.9375)]
    assert around.cost == 18.5


def test_no_way_and_nothing_to_walk() -> None:
    islands = graph((0, 1, 5), (2, 3, 5))
    none = route(islands, places((0, 0.5)), places((1, 0.5)))
    assert (len(none.edge), none.target) == (0, -1)
    assert np.isnan([none.cost, none.metres, none.crossings]).all()
    here = route(islands, places((0, 0.5, 1.0)), places((0, 0.5, 2.0)))
    assert (listed(here), here.cost) == ([], 3.0)


def test_of_several_targets_the_nearest() -> None:
    way = route(graph((0, 1, 10)), places((0, 0.5)), places((0, 1.0), (0, 0.25)))
    assert (listed(way), way.target) == ([(0, 0.5, 0.25)], 1)


def walked(g: Graph, way: Route) -> tuple[float, float, float]:
    """Cost, metres and crossings, edge by edge, in the direction in which they are walked."""
    cost = metres = crossings = 0.0
    for edge, start, end in listed(way):
        share = abs(end - start)
        cost += share * (g.forward[edge] if end > start else g.backward[edge])
        metres += share * g.metres[edge]
        crossings += g.crossings[edge]
    return cost, metres, crossings


def hangs_together(g: Graph, way: Route, origin: Places, target: Places) -> bool:
    """Whether each part begins where the one before ends, the first at the origin, the last at the target."""

    def spot(edge: int, fraction: float) -> object:
        return {0.0: ("node", g.edge_from[edge]), 1.0: ("node", g.edge_to[edge])}.get(fraction, (edge, fraction))

    stops = [spot(origin.edge[0], origin.fraction[0])]
    for edge, start, end in listed(way):
        if spot(edge, start) != stops[-1]:
            return False
        stops.append(spot(edge, end))
    return stops[-1] == spot(target.edge[0], target.fraction[0])


@given(cases(), st.sampled_from([1, 14]), st.booleans())
def test_a_route_costs_what_the_nearest_target_costs(case: Case, bits: int, outward: bool) -> None:
    g, origins, targets = case
    with blocks_of(bits):
        field = search(again(g), targets, outward=outward)
        found = field.at(origins)
    for i in range(len(origins)):
        origin = origins.take(np.array([i]))
        way = field.route(origin)
        assert way.target == found.target[i]
        if way.target < 0:
            continue
        target = targets.take(np.array([way.target]))
        assert hangs_together(g, way, *((target, origin) if outward else (origin, target)))
        cost, metres, crossings = walked(g, way)
        legs = origin.leg[0] + target.leg[0]
        assert (way.cost, way.metres, way.crossings) == (found.cost[i], found.metres[i], found.crossings[i])
        assert way.cost == pytest.approx(cost + legs, abs=1e-9)
        assert way.metres == pytest.approx(metres + origin.leg_metres[0] + target.leg_metres[0], abs=1e-9)
        assert way.crossings == crossings


@given(cases())
def test_a_single_route_equals_the_nearest(case: Case) -> None:
    g, origins, targets = case
    origin = origins.take(np.array([0]))
    np.testing.assert_array_equal(route(g, origin, targets).cost, nearest(g, origin, targets).cost[0])


@given(cases(), st.booleans())
def test_the_steps_of_all_origins_are_the_routes_of_each(case: Case, outward: bool) -> None:
    g, origins, targets = case
    field = search(g, targets, outward=outward)
    steps = field.steps(origins)
    for i in range(len(origins)):
        way, mine = field.route(origins.take(np.array([i]))), steps.origin == i
        assert listed(way) == list(zip(*(x[mine].tolist() for x in (steps.edge, steps.start, steps.end)), strict=True))
