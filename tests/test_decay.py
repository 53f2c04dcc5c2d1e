"""Decay functions: published values, values worked out on paper, and what every decay has in common."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.access import decay
from cfc_gis.errors import UserError
from tests.travel_tables import TRIED

# Every builder, and the same decay in a unit of which one of the first unit has 1/60: minutes as hours.
BUILT = {
    "binary": (decay.binary(15), decay.binary(15 / 60)),
    "linear": (decay.linear(20), decay.linear(20 / 60)),
    "power": (decay.power(2, scale=3), decay.power(2, scale=3 / 60)),
    "stepped": (decay.stepped([10, 20, 30], [1, 0.68, 0.22]), decay.stepped([1 / 6, 1 / 3, 1 / 2], [1, 0.68, 0.22])),
    "exponential": (decay.exponential(0.1), decay.exponential(6)),
    "logistic": (decay.logistic(20, 5), decay.logistic(20 / 60, 5 / 60)),
    "gaussian": (decay.gaussian(10), decay.gaussian(10 / 60)),
    "gaussian_catchment": (decay.gaussian_catchment(20), decay.gaussian_catchment(20 / 60)),
    "soft_threshold": (decay.soft_threshold(15), decay.soft_threshold(0.25)),
    "within": (decay.within(15, decay.power(1)), decay.within(0.25, decay.power(1, scale=1 / 60))),
}
COSTS = st.lists(st.integers(0, 240).map(lambda half: half / 2), min_size=1, max_size=20)


def test_gaussian_as_published() -> None:
    # pysal/access, access/tests/test_weights.py: a Gaussian of width 1 at 1; widths 2 and 50 at 1
    assert decay.gaussian(1)([1.0]) == pytest.approx([0.6065306597], abs=1e-10)
    assert decay.gaussian(2)([1.0]) == pytest.approx([0.88249690], abs=1e-8)
    assert decay.gaussian(50)([1.0]) == pytest.approx([0.99980001], abs=1e-8)


def test_linear_as_published() -> None:
    # ipeaGIT/accessibility, tests/testthat/test-decay_linear.R
    assert decay.linear(20)([0, 5, 10, 20, 60]).tolist() == [1, 0.75, 0.5, 0, 0]


def test_steps_as_published() -> None:
    # pysal/access, docstring of weights.step_fn({20: 1, 40: .68, 60: .22}): steps are inclusive
    steps = decay.stepped([20, 40, 60], [1, 0.68, 0.22])
    assert steps(np.arange(0, 71, 10)).tolist() == [1, 1, 1, 0.68, 0.68, 0.22, 0.22, 0]


def test_power_as_published() -> None:
    # pysal/access, docstring of weights.gravity(scale=20, alpha=-2, min_dist=1), which is not bound to 1: 400 at 1
    power = decay.power(2, scale=20)
    assert power([20, 40, 60]).round(2).tolist() == [1, 0.25, 0.11]
    assert power([0, 1, 2]).tolist() == [1, 1, 1]


def test_logistic_as_published() -> None:
    # ipeaGIT/accessibility, tests/testthat/test-decay_logistic.R
    assert decay.logistic(20, 2)([0, 20]) == pytest.approx([1, 0.5], abs=1e-6)
    assert decay.logistic(30, 10)([0, 30]) == pytest.approx([1, 0.502], abs=1e-3)


@pytest.mark.parametrize(
    ("built", "cost", "weight"),
    [
        (decay.binary(0), 0.0, 1.0),
        (decay.exponential(0.5), 2.0, math.exp(-1)),
        (decay.power(1), 40.0, 0.025),
        (decay.soft_threshold(500), 500.0, 0.5),
        (decay.soft_threshold(500), 0.0, 1 / (1 + math.exp(-5))),
        (decay.soft_threshold(500, k=2), 1000.0, 1 / (1 + math.exp(2))),
        (decay.gaussian_catchment(10), 5.0, (math.exp(-1 / 8) - math.exp(-1 / 2)) / (1 - math.exp(-1 / 2))),
        (decay.logistic(10, math.pi / math.sqrt(3)), 12.0, (1 + math.exp(-10)) / (1 + math.exp(2))),
        (decay.within(15, decay.exponential(0.1)), 15.0, math.exp(-1.5)),
        (decay.within(15, decay.exponential(0.1)), 15.1, 0.0),
    ],
)
def test_by_hand(built: decay.Decay, cost: float, weight: float) -> None:
    assert built([cost]).tolist() == pytest.approx([weight], abs=1e-15)


@pytest.mark.parametrize("name", ["binary", "stepped", "within"])
def test_a_cutoff_is_inclusive_whatever_the_last_bit_says(name: str) -> None:
    fifteen = sum([0.1] * 150)  # 14.999... or 15.000...: a sum of edges is never quite the number meant
    assert fifteen != 15.0
    upper = math.nextafter(15.0, math.inf)
    built = {
        "binary": decay.binary(15),
        "stepped": decay.stepped([15], [1.0]),
        "within": decay.within(15, decay.binary(99)),
    }[name]
    assert built([fifteen, 15.0, upper, 15.000001]).tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("built", [decay.linear(20), decay.gaussian_catchment(20)])
def test_at_its_end_a_weight_is_zero_and_no_rounding_error(built: decay.Decay) -> None:
    assert built([math.nextafter(20.0, 0.0), 20.0, math.nextafter(20.0, math.inf)]).tolist() == [0, 0, 0]
    assert built([19.999]) > 0


@pytest.mark.parametrize("name", BUILT)
@TRIED
@given(costs=COSTS)
def test_weights_fall_from_one_to_zero(name: str, costs: list[float]) -> None:
    weights = BUILT[name][0](sorted(costs))
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (np.diff(weights) <= 0).all()


@pytest.mark.parametrize("name", BUILT)
@TRIED
@given(costs=COSTS)
def test_the_unit_of_cost_is_of_no_matter(name: str, costs: list[float]) -> None:
    minutes, hours = BUILT[name]
    assert hours(np.array(costs) / 60) == pytest.approx(minutes(costs), abs=1e-12)


@pytest.mark.parametrize("name", BUILT)
def test_far_away_is_nothing_and_no_warning(name: str) -> None:
    # warnings are errors here: no overflow in any exponential
    assert BUILT[name][0]([1e9]).tolist() == pytest.approx([0.0], abs=1e-12)
    assert BUILT[name][0]([]).tolist() == []


def test_a_decay_prints_as_it_was_built_and_equals_its_like() -> None:
    shown = "within(cutoff=60, decay=stepped(steps=[10, 20], weights=[1, 0.5]))"
    built = decay.within(60, decay.stepped([10, 20], [1, 0.5]))
    assert repr(built) == shown
    assert eval(shown, vars(decay).copy()) == built
    assert decay.gaussian(10) != decay.gaussian(10.000000001)
    assert {decay.gaussian(10), decay.gaussian(10.0)} == {decay.gaussian(10)}


@pytest.mark.parametrize(
    ("build", "fault"),
    [
        (lambda: decay.binary(-1), "cutoff is -1; wanted: cutoff >= 0"),
        (lambda: decay.binary(float("nan")), "cutoff is nan"),
        (lambda: decay.linear(0), "cutoff is 0; wanted: cutoff > 0"),
        (lambda: decay.power(-1), "exponent is -1"),
        (lambda: decay.power(1, scale=0), "scale is 0"),
        (lambda: decay.exponential(float("inf")), "rate is inf"),
        (lambda: decay.logistic(20, 0), "sd is 0"),
        (lambda: decay.gaussian(0), "sigma is 0"),
        (lambda: decay.gaussian("ten"), "sigma is 'ten'"),  # type: ignore[arg-type]
        (lambda: decay.gaussian_catchment(-5), "cutoff is -5"),
        (lambda: decay.soft_threshold(500, k=0), "k is 0"),
        (lambda: decay.within(-1, decay.binary(1)), "cutoff is -1"),
        (lambda: decay.stepped([], []), "n > 0"),
        (lambda: decay.stepped([10, 20], [1]), "n = 2"),
        (lambda: decay.stepped([20, 10], [1, 0.5]), r"steps is \[20, 10\]"),
        (lambda: decay.stepped([-1, 10], [1, 0.5]), "0 <= s1 < s2"),
        (lambda: decay.stepped([10, 20], [0.5, 0.68]), r"weights is \[0.5, 0.68\]"),
        (lambda: decay.stepped([10, 20], [2, 1]), "1 >= w1"),
        (lambda: decay.stepped([10, 20], [1, float("nan")]), "1 >= w1"),
    ],
)
def test_parameters_out_of_range_are_refused(build, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        build()
