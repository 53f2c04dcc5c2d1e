"""The k nearest facilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.errors import TableFault
from cfc_gis.routing import k_nearest, nearest
from tests.routing_cases import INF, Case, by_relaxation, cases, graph, places

ROW = graph(*((i, i + 1, 1) for i in range(5)))


def test_a_facility_with_two_doors_counts_once() -> None:
    """A row of 6 nodes; facility 5 has doors at nodes 1 and 2, facility 3 at node 4; a home at node 0."""
    found = k_nearest(ROW, places((0, 0.0)), places((0, 1.0), (1, 1.0), (3, 1.0)), np.array([5, 5, 3]), k=3)
    assert found.group.tolist() == [[5, 3, -1]]
    np.testing.assert_array_equal(found.cost, [[1.0, 4.0, np.nan]])
    np.testing.assert_array_equal(found.metres, [[100.0, 400.0, np.nan]])


def test_equally_near_facilities_stand_in_order_of_their_numbers() -> None:
    """A home at node 2 of the row, facilities 1 and 0 at nodes 1 and 3, both 1 away; only one is asked for."""
    found = k_nearest(ROW, places((1, 1.0)), places((0, 1.0), (2, 1.0)), np.array([1, 0]), k=1)
    assert found.group.tolist() == [[0]]


def test_what_cannot_be_asked() -> None:
    home = places((0, 0.0))
    for group, k, fault in (([0], 0, "k: 0"), ([0, 1], 1, "shapes"), ([-1], 1, "number: out of range")):
        with pytest.raises(TableFault, match=fault):
            k_nearest(ROW, home, home, np.array(group), k=k)


@given(cases(), st.integers(1, 4), st.one_of(st.just(INF), st.integers(0, 30)), st.data())
def test_equal_to_sorting_all_ways(case: Case, k: int, cutoff: float, data: st.DataObject) -> None:
    g, origins, targets = case
    group = data.draw(st.lists(st.integers(0, 3), min_size=len(targets), max_size=len(targets)).map(np.array))
    found = k_nearest(g, origins, targets, group, k, cutoff=cutoff)
    for i, ways in enumerate(by_relaxation(g, origins, targets)):
        best: dict[int, tuple[float, int, float, float]] = {}
        for number, (cost, metres, crossings) in zip(group.tolist(), ways, strict=True):
            best[number] = min(best.get(number, (INF, 0, INF, INF)), (cost, number, metres, crossings))
        want = sorted(way for way in best.values() if way[0] < INF and way[0] <= cutoff)[:k]
        n = len(want)
        got = zip(found.cost[i], found.group[i].tolist(), found.metres[i], found.crossings[i], strict=True)
        assert list(got)[:n] == want
        assert np.isnan(found.cost[i, n:]).all()
        assert (found.group[i, n:] == -1).all()


@given(cases())
def test_the_first_of_k_is_the_nearest(case: Case) -> None:
    g, origins, targets = case
    one, first = nearest(g, origins, targets), k_nearest(g, origins, targets, np.arange(len(targets)), 2)
    np.testing.assert_array_equal(first.cost[:, 0], one.cost)
    np.testing.assert_array_equal(first.group[:, 0], one.target)
