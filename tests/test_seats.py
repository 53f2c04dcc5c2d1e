"""The rule of assignment: its value is unique, exact, and that of a program that says the same in other words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.access.seats import MOST, alike, in_parts, near_matrix, served, served_by_priority
from tests.siting_cases import seating


def by_linear_program(children: np.ndarray, near: np.ndarray, seats: np.ndarray, weight: np.ndarray) -> float:
    """Maximise the weight of children with a seat, said as a linear program."""
    from scipy.optimize import linprog

    place, facility = np.nonzero(near)
    rows = [(place == i).astype(float) for i in range(len(children))]
    rows += [(facility == j).astype(float) for j in range(len(seats))]
    told = linprog(-weight[place], np.array(rows), np.r_[children, seats], method="highs")
    return float(-told.fun)


def test_a_full_school_sends_children_on_to_the_next() -> None:
    # Home 0 has school 0 near, home 1 both. All 20 of home 0 fit into school 0 only if home 1 goes to school 1.
    near = near_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2))
    assert served(np.array([20.0, 15.0]), near, np.array([20.0, 15.0])) == 35.0
    assert served(np.array([20.0, 15.0]), near, np.array([20.0, 0.0])) == 20.0
    assert served(np.array([20.0, 15.0]), near, np.array([0.0, 50.0])) == 15.0


def test_unknown_children_count_as_none_and_unknown_seats_are_refused() -> None:
    near = near_matrix(np.array([0, 1]), np.array([0, 0]), (2, 1))
    assert served(np.array([np.nan, 3.0]), near, np.array([9.0])) == 3.0
    with pytest.raises(ValueError, match="seats must be known"):
        served(np.array([1.0, 3.0]), near, np.array([np.nan]))
    with pytest.raises(ValueError, match="do not fit"):
        served(np.array([1.0]), near, np.array([9.0]))
    with pytest.raises(ValueError, match="children of a place"):
        in_parts(np.array([-1.0]))
    with pytest.raises(ValueError, match="children of a place"):
        in_parts(np.array([MOST + 1.0]))


def test_totals_may_be_larger_than_the_numbers_of_the_flow() -> None:
    # 3 x 2 million children in thousandths are more than 32 bits hold.
    near = near_matrix(np.arange(3), np.arange(3), (3, 3))
    assert served(np.full(3, 2e6), near, np.full(3, 1.5e6)) == 4.5e6


@pytest.mark.parametrize("seed", range(40))
def test_the_rule_equals_a_linear_program(seed: int) -> None:
    town = seating(seed)
    children = np.random.default_rng(seed).random(len(town.children)).round(3) * 50
    weight = np.random.default_rng(seed + 1).integers(0, 4, len(children)).astype(float)
    near = town.near.toarray()
    assert served(children, town.near, town.seats) == pytest.approx(
        by_linear_program(in_parts(children) / 1000, near, town.seats, np.ones(len(children))), abs=1e-6
    )
    assert served_by_priority(children, town.near, town.seats, weight) == pytest.approx(
        by_linear_program(in_parts(children) / 1000, near, town.seats, weight), abs=1e-6
    )


@given(st.integers(0, 500))
def test_order_of_rows_changes_no_bit_and_more_never_serves_less(seed: int) -> None:
    town = seating(seed)
    shuffled = np.random.default_rng(seed)
    rows, columns = shuffled.permutation(town.near.shape[0]), shuffled.permutation(town.near.shape[1])
    value = served(town.children, town.near, town.seats)
    assert served(town.children[rows], town.near[rows][:, columns], town.seats[columns]) == value
    assert served(town.children, town.near, town.seats + 1) >= value
    assert served(town.children + 1, town.near, town.seats) >= value
    assert value <= min(town.children.sum(), town.seats.sum())


def test_rows_are_alike_where_the_same_facilities_are_near() -> None:
    near = near_matrix(np.array([0, 0, 1, 2, 2, 0]), np.array([2, 0, 1, 0, 2, 0]), (4, 3))
    first, group = alike(near)
    assert first.tolist() == [0, 1, 3]
    assert group.tolist() == [0, 1, 0, 2]
