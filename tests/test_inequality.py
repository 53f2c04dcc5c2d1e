"""Measures of spread: on paper, at their limits, and unchanged by the order and by the cutting of places."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cfc_gis.equity import inequality
from cfc_gis.errors import UserError
from tests import paper_city

Floats = NDArray[np.float64]
DISTRICT = np.repeat([1.0, 2.0, 3.0], 4)
LABELS = np.repeat(["a", "b", "c"], 4)
SCORE, CHILDREN = np.array(paper_city.SCORE), np.array(paper_city.CHILDREN)


class Town(NamedTuple):
    """Places with what each child has, how many children there are, a rank and a group."""

    value: Floats
    n: Floats
    rank: Floats
    group: Any


MEASURES: dict[str, Callable[[Town], Any]] = {
    "gini": lambda town: inequality.gini(town.value, town.n),
    "palma": lambda town: inequality.palma(town.value, town.n),
    "palma by rank": lambda town: inequality.palma(town.value, town.n, town.rank),
    "theil": lambda town: inequality.theil(town.value, town.n, town.group),
    "concentration": lambda town: inequality.concentration(town.value, town.n, town.rank),
    "corrected": lambda town: inequality.concentration(town.value, town.n, town.rank, (0.0, 100.0)),
    "fgt": lambda town: inequality.fgt(inequality.shortfall(town.value, 50.0), town.n),
    "lorenz": lambda town: inequality.curve(town.value, town.n).at(np.linspace(0, 1, 21)),
}
"""Every measure as one number, or several, of whatever it uses of a town."""


def test_the_paper_city() -> None:
    assert inequality.gini(SCORE, CHILDREN) == pytest.approx(paper_city.GINI)
    assert inequality.palma(SCORE, CHILDREN) == pytest.approx(paper_city.PALMA)
    assert inequality.concentration(SCORE, CHILDREN, DISTRICT) == pytest.approx(paper_city.CONCENTRATION)
    corrected = inequality.concentration(SCORE, CHILDREN, DISTRICT, (0.0, 100.0))
    assert corrected == pytest.approx(paper_city.CONCENTRATION_CORRECTED)
    assert inequality.fgt(inequality.excess(paper_city.METRES, 500.0), CHILDREN) == pytest.approx(paper_city.FGT)


def test_theil_and_its_parts_of_the_paper_city() -> None:
    found = inequality.theil(SCORE, CHILDREN, LABELS)
    assert found == pytest.approx((paper_city.THEIL, paper_city.THEIL_BETWEEN, paper_city.THEIL_WITHIN))
    assert inequality.theil(SCORE, CHILDREN).total == pytest.approx(paper_city.THEIL)


def test_the_definitions_of_the_accessibility_package() -> None:
    """Its formulas, worked by hand on four places of 10, 30, 50 and 10 people with access 2, 1, 4 and 8.

    Income rises in the order of the places.

    - gini_index: ordered by access, the running sums are 30, 50, 250 and 330:
      1 - (0.3 * 30 + 0.1 * 80 + 0.5 * 300 + 0.1 * 580) / 330.
    - palma_ratio: up to 40 % are the first two places, above 90 % the last: 8 over (20 + 30) / 40.
    - theil_t: mean of x / 3.3 ln(x / 3.3).
    - concentration_index, CI: ranks 0.05, 0.25, 0.65 and 0.95:
      2 (0.1 * 2 * 0.05 + 0.3 * 0.25 + 0.5 * 4 * 0.65 + 0.1 * 8 * 0.95) / 3.3 - 1.
      CIc, with the least and greatest access as bounds, is 4 * 3.3 / 7 times that.
    - fgt_poverty with a line of 4: gaps 0.5, 0.75, 0 and 0.
    """
    access, people, income = np.array([2.0, 1.0, 4.0, 8.0]), np.array([10.0, 30.0, 50.0, 10.0]), np.arange(4.0)
    ci = 2 * (0.01 + 0.075 + 1.3 + 0.76) / 3.3 - 1
    assert inequality.gini(access, people) == pytest.approx(1 - (9 + 8 + 150 + 58) / 330)
    assert inequality.palma(access, people, income) == pytest.approx(8 / 1.25)
    theil = sum(p * x / 3.3 * math.log(x / 3.3) for p, x in ((0.1, 2), (0.3, 1), (0.5, 4), (0.1, 8)))
    assert inequality.theil(access, people).total == pytest.approx(theil)
    assert inequality.concentration(access, people, income) == pytest.approx(ci)
    assert inequality.concentration(access, people, income, (1.0, 8.0)) == pytest.approx(4 * 3.3 / 7 * ci)
    poverty = inequality.fgt(inequality.shortfall(access, 4.0), people)
    assert poverty == pytest.approx((0.4, 0.275, 0.1 * 0.25 + 0.3 * 0.5625))


def test_equal_shares_are_equal_by_every_measure() -> None:
    value, n = np.full(5, 7.0), np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    assert inequality.gini(value, n) == pytest.approx(0.0, abs=1e-12)
    assert inequality.palma(value, n) == pytest.approx(1.0)
    assert inequality.theil(value, n, list("aabbc")) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    assert inequality.concentration(value, n, np.arange(5.0)) == pytest.approx(0.0, abs=1e-12)


def test_where_one_of_n_has_all() -> None:
    """Gini 1 - 1/n, Theil ln n: zeros add their limit, 0, and no NaN."""
    value, n = np.array([0.0, 0.0, 0.0, 5.0]), np.full(4, 10.0)
    assert inequality.gini(value, n) == pytest.approx(0.75)
    assert inequality.theil(value, n).total == pytest.approx(math.log(4))
    assert math.isnan(inequality.palma(value, n))
    within = inequality.theil(value, n, ["a", "a", "b", "b"])
    assert within == pytest.approx((math.log(4), math.log(2), math.log(2)))


@pytest.mark.parametrize("name", MEASURES)
def test_nobody_and_nothing_give_no_number(name: str) -> None:
    measure = MEASURES[name]
    for value, n in (([], []), ([0.0, 0.0], [1.0, 2.0]), ([np.nan], [3.0]), ([4.0], [0.0])):
        found = measure(Town(np.array(value), np.array(n), np.zeros(len(value)), ["a"] * len(value)))
        if name == "fgt" and value == [0.0, 0.0]:
            assert found == (1.0, 1.0, 1.0)  # all lack all of it: that is known
        else:
            assert np.isnan(np.asarray(found)).all()


@pytest.mark.parametrize("name", MEASURES)
def test_a_place_of_which_nothing_is_known_is_left_out(name: str) -> None:
    measure = MEASURES[name]
    value, n, rank = np.array([10.0, 40.0, 90.0]), np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])
    more = Town(np.append(value, [np.nan, 55.0]), np.append(n, [7.0, 0.0]), np.append(rank, [4.0, 5.0]), list("aabbb"))
    np.testing.assert_allclose(measure(more), measure(Town(value, n, rank, list("aab"))))


@pytest.mark.parametrize(("value", "n"), [([-1.0], [1.0]), ([1.0], [-1.0]), ([np.inf], [1.0]), ([1.0, 2.0], [1.0])])
def test_what_makes_no_sense_is_refused(value: list[float], n: list[float]) -> None:
    for measure in (inequality.gini, inequality.palma, inequality.theil, inequality.fgt):
        with pytest.raises(UserError):
            measure(value, n)  # type: ignore[operator]


@pytest.mark.parametrize(("ways", "threshold"), [([-1.0], 500.0), ([1.0], 0.0), ([1.0], math.nan)])
def test_excess_wants_ways_and_a_standard(ways: list[float], threshold: float) -> None:
    with pytest.raises(UserError):
        inequality.excess(ways, threshold)


SIZES = st.integers(min_value=1, max_value=12)
AMOUNT = st.floats(min_value=0.0, max_value=100.0).map(lambda x: round(x, 3))


@st.composite
def places(draw: st.DrawFn) -> Town:
    """Values, children, ranks with ties, and groups of some places."""
    size = draw(SIZES)
    value, n = (np.array(draw(st.lists(AMOUNT, min_size=size, max_size=size))) for _ in range(2))
    rank = np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=float)
    group = np.array(draw(st.lists(st.sampled_from("abc"), min_size=size, max_size=size)))
    assume((value * n).sum() > 1.0)
    return Town(value, n, rank, group)


def same(one: Any, other: Any) -> None:
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-7, atol=1e-9)


@given(places(), st.randoms(use_true_random=False))
def test_the_order_of_places_does_not_matter(town: Town, random: Any) -> None:
    order = list(range(len(town[0])))
    random.shuffle(order)
    for measure in MEASURES.values():
        same(measure(town), measure(Town(*(column[order] for column in town))))


@given(places(), st.integers(0, 11), st.floats(0.0, 1.0))
def test_to_split_a_neighbourhood_in_two_changes_nothing(town: Town, which: int, share: float) -> None:
    which %= len(town[0])
    value, n, rank, group = (np.append(column, column[which]) for column in town)
    n[-1] *= share
    n[which] *= 1.0 - share
    for measure in MEASURES.values():
        same(measure(town), measure(Town(value, n, rank, group)))


@given(places(), st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_units_do_not_matter(town: Town, of_value: float, of_children: float) -> None:
    value, n, rank, group = town
    for name in ("gini", "palma", "palma by rank", "theil", "concentration", "lorenz"):
        same(MEASURES[name](town), MEASURES[name](Town(value * of_value, n * of_children, rank, group)))


@given(places())
def test_parts_add_up_and_stay_in_their_range(town: Town) -> None:
    value, n, rank, group = town
    found = inequality.theil(value, n, group)
    assert found.total == pytest.approx(found.between + found.within, abs=1e-12)
    assert found.total == pytest.approx(inequality.theil(value, n).total, abs=1e-9)
    assert found.between >= -1e-12
    assert found.within >= -1e-12
    gini = inequality.gini(value, n)
    assert -1e-12 <= gini < 1.0
    assert abs(inequality.concentration(value, n, rank)) <= gini + 1e-12
    curve = inequality.curve(value, n).at(np.linspace(0, 1, 21))
    assert (np.diff(curve) >= -1e-12).all()
    assert (curve <= np.linspace(0, 1, 21) + 1e-12).all()


@given(places())
def test_poverty_grows_milder_with_its_order(town: Town) -> None:
    zero, one, two = inequality.fgt(inequality.shortfall(town.value, 50.0), town.n)
    assert 1.0 + 1e-12 >= zero >= one - 1e-12 >= two - 2e-12 >= -1e-11


@given(places())
def test_the_corrected_index_is_that_of_what_is_missing_with_its_sign_turned(town: Town) -> None:
    """Erreygers (2009): what is had and what is missing of 100 tell the same."""
    value, n, rank, _ = town
    assume(((100.0 - value) * n).sum() > 1.0)
    had, missing = (inequality.concentration(x, n, rank, (0.0, 100.0)) for x in (value, 100.0 - value))
    assert had == pytest.approx(-missing, abs=1e-9)
