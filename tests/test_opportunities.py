"""Cumulative opportunities and gravity: published values, cases by hand, and properties."""

from __future__ import annotations

import math
from statistics import mean, median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.access import decay
from cfc_gis.access.opportunities import catchment_demand, cumulative, cumulative_interval, gravity
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError
from tests.travel_tables import DECAYS, TRIED, Town, towns

# Two homes; three schools, one of them cut off: minutes on paper.
TRAVEL = pd.DataFrame(
    {"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5.0, 15.0, 20.0]},
)
SEATS = pd.Series({"s": 30, "t": 12, "island": 99})
HOMES = pd.Index(["b", "a", "c"], name="origin_id")
CUTOFFS = st.lists(st.integers(0, 60).map(lambda half: half / 2), min_size=1, max_size=6, unique=True)
SUMMARIES = {"mean": mean, "median": median, "min": min, "max": max}


def test_weighted_catchment_as_published() -> None:
    # pysal/access, access/tests/test_weighted_catchment.py: a 5 x 5 grid of supply 1, ids 1 to 25 with y running
    # fastest, euclidean costs, all pairs, weight (d / 60) ** 1, which is no decay but shows that any callable will do
    points = {1 + 5 * x + y: (x, y) for x in range(5) for y in range(5)}
    travel = pd.DataFrame(
        [(i, j, math.dist(points[i], points[j])) for i in points for j in points],
        columns=["origin_id", "facility_id", "minutes"],
    )
    ones = pd.Series(1.0, index=list(points))
    sums = gravity(travel, ones, ones.index, lambda cost: cost / 60)
    expected = {1: 1.322340210, 5: 1.322340210, 13: 0.780985109, 19: 0.925540119, 24: 1.133733026}
    assert sums[list(expected)].to_dict() == pytest.approx(expected, abs=1e-9)
    assert catchment_demand(travel, ones, ones.index, lambda cost: cost / 60).tolist() == pytest.approx(sums.tolist())


def test_cutoffs_are_inclusive_and_every_origin_stays() -> None:
    fifteen = cumulative(TRAVEL, SEATS, HOMES, 15)
    assert fifteen.to_dict() == {"b": 0, "a": 42, "c": 0}
    assert fifteen.index.identical(HOMES)
    assert cumulative(TRAVEL, SEATS, HOMES, 14.9).to_dict() == {"b": 0, "a": 30, "c": 0}
    assert cumulative(TRAVEL, pd.Series(1, SEATS.index), HOMES, 20).to_dict() == {"b": 1, "a": 2, "c": 0}


def test_gravity_by_hand() -> None:
    # linear(20): 5 -> .75, 15 -> .25, 20 -> 0
    assert gravity(TRAVEL, SEATS, HOMES, decay.linear(20)).to_dict() == {"b": 0, "a": 30 * 0.75 + 12 * 0.25, "c": 0}


def test_interval_by_hand() -> None:
    # a reaches 30 at 10, 42 at 15 and 20; b nothing, nothing, 12
    by_summary = {name: cumulative_interval(TRAVEL, SEATS, HOMES, [20, 10, 15], name) for name in SUMMARIES}
    assert by_summary["mean"].to_dict() == pytest.approx({"b": 4, "a": 38, "c": 0})
    assert by_summary["median"].to_dict() == {"b": 0, "a": 42, "c": 0}
    assert by_summary["min"].to_dict() == {"b": 0, "a": 30, "c": 0}
    assert by_summary["max"].to_dict() == {"b": 12, "a": 42, "c": 0}
    even = cumulative_interval(TRAVEL, SEATS, HOMES, [10, 20], "median")
    assert even.to_dict() == {"b": 6, "a": 36, "c": 0}


def test_children_who_can_walk_here() -> None:
    children = pd.Series({"a": 40, "b": 7, "c": 5})
    assert catchment_demand(TRAVEL, children, SEATS.index, decay.binary(15)).to_dict() == {
        "s": 40,
        "t": 40,
        "island": 0,
    }
    assert catchment_demand(TRAVEL, children, SEATS.index, decay.binary(20)).to_dict() == {
        "s": 40,
        "t": 47,
        "island": 0,
    }


def test_unknown_supply_is_not_zero() -> None:
    seats = SEATS.astype(float).replace({12.0: np.nan})
    assert cumulative(TRAVEL, seats, HOMES, 15).to_dict() == pytest.approx({"b": 0, "a": np.nan, "c": 0}, nan_ok=True)
    assert cumulative(TRAVEL, seats, HOMES, 14).to_dict() == {"b": 0, "a": 30, "c": 0}
    # what bears on the summary decides: at 10 minutes t is not reached, and its size is of no matter
    assert cumulative_interval(TRAVEL, seats, HOMES, [10, 20], "min").to_dict() == {"b": 0, "a": 30, "c": 0}
    assert cumulative_interval(TRAVEL, seats, HOMES, [10, 20], "mean").isna().tolist() == [True, True, False]
    known = catchment_demand(TRAVEL, pd.Series({"a": np.nan, "b": 7}), seats.index, decay.binary(20))
    assert known.to_dict() == pytest.approx({"s": np.nan, "t": np.nan, "island": 0}, nan_ok=True)


@pytest.mark.parametrize("cutoffs", [[], [10, 10], [-1, 5], [5, float("inf")], [5, float("nan")]])
def test_faulty_cutoffs_are_refused(cutoffs: list[float]) -> None:
    with pytest.raises(UserError, match=r"cutoffs|steps"):
        cumulative_interval(TRAVEL, SEATS, HOMES, cutoffs)


def test_an_unknown_summary_names_those_there_are() -> None:
    with pytest.raises(ChoiceUnknown, match="mean, median, min, max"):
        cumulative_interval(TRAVEL, SEATS, HOMES, [10], "mode")  # type: ignore[arg-type]


def test_a_facility_without_supply_given_is_refused() -> None:
    with pytest.raises(TableFault, match="facility_id: id 't' not among the 1 facilities given"):
        cumulative(TRAVEL, pd.Series({"s": 30}), HOMES, 15)


@TRIED
@given(town=towns(), cutoffs=CUTOFFS, name=st.sampled_from(sorted(SUMMARIES)))
def test_an_interval_is_the_summary_of_its_cutoffs(town: Town, cutoffs: list[float], name: str) -> None:
    each = [cumulative(town.travel, town.supply, town.origins, cutoff) for cutoff in cutoffs]
    whole = cumulative_interval(town.travel, town.supply, town.origins, cutoffs, name)  # type: ignore[arg-type]
    for origin in town.origins:
        assert whole[origin] == pytest.approx(SUMMARIES[name]([float(one[origin]) for one in each]), abs=1e-9)


@TRIED
@given(town=towns(), weigh=st.sampled_from(DECAYS))
def test_gravity_is_the_weights_times_the_supply(town: Town, weigh: decay.Decay) -> None:
    weights = town.matrix(weigh)
    out = gravity(town.travel, town.supply, town.origins, weigh)
    assert out.tolist() == pytest.approx((weights @ town.supply.to_numpy()).tolist())
    back = catchment_demand(town.travel, town.demand, town.supply.index, weigh)
    assert back.tolist() == pytest.approx((town.demand.to_numpy() @ weights).tolist())


@TRIED
@given(town=towns(), cutoffs=st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_a_wider_cutoff_never_reaches_less(town: Town, cutoffs: tuple[int, int]) -> None:
    near, far = (cumulative(town.travel, town.supply, town.origins, cutoff) for cutoff in sorted(cutoffs))
    assert (near <= far).all()
    near, far = (
        gravity(town.travel, town.supply, town.origins, decay.linear(1 + cutoff)) for cutoff in sorted(cutoffs)
    )
    assert (near <= far + 1e-9).all()


@TRIED
@given(town=towns(), weigh=st.sampled_from(DECAYS))
def test_one_more_facility_never_takes_away(town: Town, weigh: decay.Decay) -> None:
    last = town.supply.index[-1]
    without = town.travel[town.travel["facility_id"] != last]
    fewer = gravity(without, town.supply.drop(last), town.origins, weigh)
    assert (fewer <= gravity(town.travel, town.supply, town.origins, weigh) + 1e-9).all()


@TRIED
@given(town=towns(), random=st.randoms(use_true_random=False))
def test_no_bit_depends_on_the_order_of_rows(town: Town, random) -> None:
    weigh = decay.exponential(0.1)
    rows = list(town.travel.index)
    random.shuffle(rows)
    shuffled = gravity(town.travel.loc[rows], town.supply, town.origins, weigh)
    pd.testing.assert_series_equal(shuffled, gravity(town.travel, town.supply, town.origins, weigh), check_exact=True)
