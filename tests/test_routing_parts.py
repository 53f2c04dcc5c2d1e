"""Parts of edges within a cutoff."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.errors import TableFault
from cfc_gis.routing import Parts, Places, reached_parts, search
from tests.routing_cases import INF, Case, cases, graph, places


def listed(parts: Parts) -> list[tuple[int, float, float]]:
    return list(zip(parts.edge.tolist(), parts.start.tolist(), parts.end.tolist(), strict=True))


def test_from_both_ends_and_around_a_target() -> None:
    """A triangle with sides 8; targets at node 0 and in the middle of the opposite side; 2 may be walked."""
    triangle = graph((0, 1, 8), (1, 2, 8), (2, 0, 8))
    parts = reached_parts(search(triangle, places((0, 0.0), (1, 0.5))), 2.0)
    assert listed(parts) == [(0, 0.0, 0.25), (1, 0.25, 0.75), (2, 0.75, 1.0)]


def test_what_is_reached_from_both_ends_is_one_part_when_it_meets() -> None:
    street = graph((0, 1, 8), (0, 2, 1), (1, 3, 1))
    field = search(street, places((1, 1.0), (2, 1.0)))
    assert listed(reached_parts(field, 3.0)) == [(0, 0.0, 0.25), (0, 0.75, 1.0), (1, 0.0, 1.0), (2, 0.0, 1.0)]
    assert listed(reached_parts(field, 5.0)) == [(0, 0.0, 1.0), (1, 0.0, 1.0), (2, 0.0, 1.0)]


def test_one_way_streets_are_reached_from_one_side() -> None:
    """One way from 0 to 1: to a target in the middle one walks from before it, from it to behind it."""
    street = graph((0, 1, 8, INF))
    school = places((0, 0.5))
    assert listed(reached_parts(search(street, school), 2.0)) == [(0, 0.25, 0.5)]
    assert listed(reached_parts(search(street, school, outward=True), 2.0)) == [(0, 0.5, 0.75)]
    assert listed(reached_parts(search(street, school), INF)) == [(0, 0.0, 0.5)]


def test_the_leg_of_the_target_is_walked_too() -> None:
    assert listed(reached_parts(search(graph((0, 1, 8)), places((0, 0.5, 1.0))), 2.0)) == [(0, 0.375, 0.625)]
    assert listed(reached_parts(search(graph((0, 1, 8)), places((0, 0.5, 3.0))), 2.0)) == []


def test_a_link_at_no_cost_is_reached_whole() -> None:
    assert listed(reached_parts(search(graph((0, 1, 4), (1, 2, 0)), places((0, 0.0))), 4.0)) == [
        (0, 0.0, 1.0),
        (1, 0.0, 1.0),
    ]


def test_a_field_that_was_not_searched_far_enough_is_refused() -> None:
    field = search(graph((0, 1, 8)), places((0, 0.5)), cutoff=2.0)
    assert listed(reached_parts(field, 2.0)) == [(0, 0.25, 0.75)]
    for cutoff in (3.0, np.nan):
        with pytest.raises(TableFault, match="cutoff"):
            reached_parts(field, cutoff)


@given(cases(), st.one_of(st.just(INF), st.integers(0, 30)), st.booleans())
def test_positions_within_the_parts_are_those_that_are_near_enough(case: Case, cutoff: float, outward: bool) -> None:
    g, _, targets = case
    field = search(g, targets, outward=outward)
    parts = reached_parts(field, cutoff)
    assert (parts.start < parts.end).all()
    next_to = (parts.edge[1:] == parts.edge[:-1]) & (parts.start[1:] <= parts.end[:-1])
    assert not next_to.any()
    fraction = np.arange(1, 64, 2) / 64  # never where a part of these cases ends, but for one that is very short
    for edge in range(len(g.metres)):
        here = Places(np.full(len(fraction), edge), fraction, 0 * fraction, 0 * fraction)
        cost = np.nan_to_num(field.at(here).cost, nan=INF)
        on = parts.edge == edge
        inside = ((parts.start[on] <= fraction[:, None]) & (fraction[:, None] <= parts.end[on])).any(axis=1)
        clear = (cost == cutoff) | ~np.isclose(cost, cutoff, rtol=0, atol=1e-9)
        np.testing.assert_array_equal(inside[clear], ((cost <= cutoff) & (cost < INF))[clear])
