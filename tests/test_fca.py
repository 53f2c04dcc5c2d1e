"""Floating catchments: published values, cases by hand, what each measure keeps, and what changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cfc_gis.access import decay, fca
from cfc_gis.access.travel import unreached
from cfc_gis.errors import TableFault, UserError
from cfc_gis.study import Study
from tests.travel_tables import DECAYS, TRIED, Town, towns, two_step_by_matrix

Measure = Callable[..., pd.Series]
PER_CHILD: dict[str, Measure] = {
    "enhanced_two_step": fca.enhanced_two_step,
    "three_step": fca.three_step,
}
ALL: dict[str, Measure] = {
    **PER_CHILD,
    "balanced": fca.balanced,
    "spatial_availability": fca.spatial_availability,
}
ANY_DECAY = st.sampled_from(DECAYS)


def run(measure: Measure, town: Town, weigh: decay.DecayFunction) -> pd.Series:
    return measure(town.travel, town.demand, town.supply, weigh)


def travel(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["origin_id", "facility_id", "minutes"])


# --- published values -----------------------------------------------------------------------------------------------

# pysal/access, access/tests/test_hospital_example.py: three tracts, each with doctors; weight 1 / cost, cutoff 61.
PEOPLE, DOCTORS = pd.Series({"1": 100, "2": 50, "3": 10}), pd.Series({"1": 15, "2": 20, "3": 100})
INVERSE_61 = decay.within(61, decay.power(1))


def hospital(inward: float, outward: float, across: float) -> pd.DataFrame:
    return travel(
        ("1", "1", 1.0), ("2", "2", 1.0), ("3", "3", 1.0),
        ("1", "3", inward), ("2", "3", inward), ("3", "1", outward), ("3", "2", outward),
        ("1", "2", across), ("2", "1", across),
    )  # fmt: skip


HOSPITAL = {
    "S0": (hospital(40, 40, 80), (0.331444, 0.579828, 7.286418)),
    "S1": (hospital(20, 40, 80), (0.435340, 0.683724, 5.727977)),
    "S2": (hospital(40, 20, 80), (0.331072, 0.577858, 7.299992)),
    "S3": (hospital(20, 20, 40), (0.442568, 0.666758, 5.740525)),
}


@pytest.mark.parametrize("scenario", HOSPITAL)
def test_hospital_example_as_published(scenario: str) -> None:
    costs, expected = HOSPITAL[scenario]
    ratio = fca.enhanced_two_step(costs, PEOPLE, DOCTORS, INVERSE_61)
    assert ratio.tolist() == pytest.approx(expected, abs=5e-7)
    assert (ratio * PEOPLE).sum() == pytest.approx(135, abs=1e-9)


def test_three_step_hospital_as_computed_by_pysal() -> None:
    # pysal/access 1.1.10.post3, three_stage_fca of scenario S3 with weights.gravity(1, -1) and max_cost 61. In the
    # other scenarios it lets pairs beyond the cutoff into the selection weights; the article does not.
    ratio = fca.three_step(HOSPITAL["S3"][0], PEOPLE, DOCTORS, INVERSE_61)
    assert ratio.tolist() == pytest.approx([0.174802148080, 0.424035508557, 9.631800976419], abs=1e-9)
    assert (ratio * PEOPLE).sum() == pytest.approx(135, abs=1e-9)


def test_spatial_availability_as_published() -> None:
    # Soukhov et al. 2023, as in ipeaGIT/accessibility, tests/testthat/test-spatial_availability.R
    minutes = {"A": (15, 30, 100), "B": (30, 15, 100), "C": (100, 100, 15)}
    table = travel(*((o, str(1 + j), float(t)) for o, row in minutes.items() for j, t in enumerate(row)))
    people = pd.Series({"A": 50_000, "B": 150_000, "C": 10_000})
    jobs = pd.Series({"1": 100_000, "2": 100_000, "3": 10_000})
    available = fca.spatial_availability(table, people, jobs, decay.exponential(0.1))
    assert available.round().tolist() == [66833, 133203, 9963]
    assert available.sum() == pytest.approx(210_000)


# --- by hand --------------------------------------------------------------------------------------------------------

# a reaches s; b reaches s and t. Children 20 and 40, seats 30 and 20.
TABLE = travel(("a", "s", 8.0), ("b", "s", 10.0), ("b", "t", 4.0))
CHILDREN, SEATS = pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30, "t": 20})
NEAR = decay.binary(10)


def test_two_step_by_hand() -> None:
    # s: 30 / 60 = .5; t: 20 / 40 = .5
    assert fca.two_step(TABLE, CHILDREN, SEATS, 10).to_dict() == {"a": 0.5, "b": 1.0}
    # at 9 minutes s is a's alone
    assert fca.two_step(TABLE, CHILDREN, SEATS, 9).to_dict() == {"a": 1.5, "b": 0.5}
    assert fca.service_ratio(TABLE, CHILDREN, SEATS, NEAR).to_dict() == {"s": 0.5, "t": 0.5}


def test_enhanced_two_step_by_hand() -> None:
    # weights a-s .5, b-s .5, b-t 1: s: 30 / (10 + 20) = 1; t: 20 / 40 = .5; a: .5; b: .5 + .5
    steps = decay.stepped([5, 10], [1, 0.5])
    assert fca.enhanced_two_step(TABLE, CHILDREN, SEATS, steps).to_dict() == {"a": 0.5, "b": 1.0}
    # linear(10): a-s .2, b-s 0 and so out, b-t .6: s: 30 / 4 = 7.5; t: 20 / 24
    assert fca.enhanced_two_step(TABLE, CHILDREN, SEATS, decay.linear(10)).to_dict() == pytest.approx(
        {"a": 1.5, "b": 0.5}
    )


def test_three_step_by_hand() -> None:
    # b splits: half to s, half to t. s: 30 / (20 + 20) = .75; t: 20 / 20 = 1; a: .75; b: .375 + .5
    assert fca.three_step(TABLE, CHILDREN, SEATS, NEAR).to_dict() == {"a": 0.75, "b": 0.875}


def test_balanced_by_hand() -> None:
    # demand as above: L_s = .75, L_t = 1; s is shared by two, t by one: a: .75 / 2; b: .75 / 2 + 1
    assert fca.balanced(TABLE, CHILDREN, SEATS, NEAR).to_dict() == {"a": 0.375, "b": 1.375}


def test_spatial_availability_by_hand() -> None:
    # s: 30 seats, a third to a; t: all to b
    assert fca.spatial_availability(TABLE, CHILDREN, SEATS, NEAR).to_dict() == {"a": 10.0, "b": 40.0}
    # alpha 2: 400 and 1600 children squared: a fifth to a
    available = fca.spatial_availability(TABLE, CHILDREN, SEATS, NEAR, alpha=2)
    assert available.to_dict() == {"a": 6.0, "b": 44.0}


# --- missing, nothing, nobody ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_reaching_nothing_is_zero_and_stays_in_the_result(name: str) -> None:
    children = pd.Series({"island": 9, "b": 40, "a": 20})
    result = ALL[name](TABLE, children, SEATS, NEAR)
    assert result.index.identical(children.index)
    assert result.name == name
    assert result["island"] == 0
    assert (result[["a", "b"]] > 0).all()


@pytest.mark.parametrize("name", ALL)
def test_an_empty_table_serves_nobody(name: str) -> None:
    assert ALL[name](TABLE.iloc[:0], CHILDREN, SEATS, NEAR).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ALL)
def test_unknown_capacity_is_not_zero(name: str) -> None:
    seats = pd.Series({"s": np.nan, "t": 20.0})
    assert ALL[name](TABLE, CHILDREN, seats, NEAR).isna().tolist() == [True, True]
    # a alone reaches s at 9 minutes: b is not touched by what nobody knows of s
    result = ALL[name](TABLE[TABLE["minutes"] != 10], CHILDREN, seats, NEAR)
    assert result.isna().tolist() == [True, False]
    assert result["b"] == (20.0 if name == "spatial_availability" else 0.5)


@pytest.mark.parametrize("name", ALL)
def test_unknown_demand_is_not_zero(name: str) -> None:
    children = pd.Series({"a": np.nan, "b": 40.0})
    # a's unknown children compete with b's at s
    assert ALL[name](TABLE, children, SEATS, NEAR).isna().tolist() == [True, True]
    assert fca.service_ratio(TABLE, children, SEATS, NEAR).to_dict() == pytest.approx(
        {"s": np.nan, "t": 0.5}, nan_ok=True
    )


@pytest.mark.parametrize("name", ALL)
def test_no_supply_is_zero_even_for_unknown_demand(name: str) -> None:
    none = pd.Series({"s": 0, "t": 0})
    for children in (CHILDREN, pd.Series({"a": np.nan, "b": 40.0}), pd.Series({"a": 0, "b": 0})):
        assert ALL[name](TABLE, children, none, NEAR).tolist() == [0.0, 0.0]


def test_supply_without_children_has_no_ratio_but_gives_no_seats_either() -> None:
    children = pd.Series({"a": 0, "b": 40})
    apart = TABLE[TABLE["minutes"] != 10]  # s is reached from a alone, where no child lives
    for measure in (fca.enhanced_two_step, fca.three_step, fca.balanced):
        assert measure(apart, children, SEATS, NEAR).to_dict() == pytest.approx({"a": np.nan, "b": 0.5}, nan_ok=True)
    assert fca.spatial_availability(apart, children, SEATS, NEAR).to_dict() == {"a": 0.0, "b": 20.0}
    # shared with b, s has a ratio, and a child who moved to a would find it
    assert fca.two_step(TABLE, children, SEATS, 10).to_dict() == {"a": 0.75, "b": 1.25}


def test_bounds_of_what_is_unknown_are_the_planners_to_give() -> None:
    seats = pd.Series({"s": np.nan, "t": 20.0})
    low, high = (fca.two_step(TABLE, CHILDREN, seats.fillna(filled), 10) for filled in (0, 30))
    assert low.to_dict() == {"a": 0.0, "b": 0.5}
    assert high.to_dict() == {"a": 0.5, "b": 1.0}


@pytest.mark.parametrize("alpha", [0, -1, float("nan"), float("inf")])
def test_a_faulty_alpha_is_refused(alpha: float) -> None:
    with pytest.raises(UserError, match="alpha > 0"):
        fca.spatial_availability(TABLE, CHILDREN, SEATS, NEAR, alpha)


@pytest.mark.parametrize("name", ALL)
def test_a_pair_of_unknown_demand_or_supply_is_refused(name: str) -> None:
    with pytest.raises(TableFault, match="origin_id: id 'a' not among the 1 origins given"):
        ALL[name](TABLE, CHILDREN.drop("a"), SEATS, NEAR)
    with pytest.raises(TableFault, match="facility_id: id 't' not among the 1 facilities given"):
        ALL[name](TABLE, CHILDREN, SEATS.drop("t"), NEAR)


# --- what each keeps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PER_CHILD)
@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_all_reached_supply_is_shared_out(name: str, town: Town, weigh: decay.Decay) -> None:
    ratio = run(PER_CHILD[name], town, weigh)
    lived_in = town.demand > 0
    assert ratio[lived_in].notna().all()
    assert (ratio * town.demand)[lived_in].sum() == pytest.approx(town.reached_supply(weigh))


@TRIED
@given(town=towns(), weigh=ANY_DECAY, alpha=st.sampled_from([0.5, 1.0, 2.0]))
def test_spatial_availability_adds_up_to_the_reached_supply(town: Town, weigh: decay.Decay, alpha: float) -> None:
    available = fca.spatial_availability(town.travel, town.demand, town.supply, weigh, alpha)
    assert available.sum() == pytest.approx(town.reached_supply(weigh))
    assert (available[town.demand == 0] == 0).all()


@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_balanced_keeps_children_and_level_of_service(town: Town, weigh: decay.Decay) -> None:
    weights = town.matrix(weigh)
    sums = weights.sum(axis=1, keepdims=True)
    load = town.demand.to_numpy() @ np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0)
    assert load.sum() == pytest.approx(town.demand.to_numpy()[sums[:, 0] > 0].sum())
    seats = town.supply.to_numpy()
    reached = weights.sum(axis=0) > 0
    assume(not (reached & (load == 0) & (seats > 0)).any())  # supply that meets no child has no level of service
    service = sum(s / d for s, d in zip(seats[reached], load[reached], strict=True) if s > 0)
    assert run(fca.balanced, town, weigh).sum() == pytest.approx(service)


def test_balanced_keeps_no_supply_and_depends_on_the_zones() -> None:
    # 20 * .375 + 40 * 1.375 = 62.5, of 50 seats
    whole = fca.balanced(TABLE, CHILDREN, SEATS, NEAR)
    assert (whole * CHILDREN).sum() == pytest.approx(62.5)
    # one origin, cut into two halves at the same place: each has half of what the whole had
    one = fca.balanced(travel(("a", "s", 8.0)), pd.Series({"a": 20}), pd.Series({"s": 30}), NEAR)
    halves = travel(("a1", "s", 8.0), ("a2", "s", 8.0))
    two = fca.balanced(halves, pd.Series({"a1": 10, "a2": 10}), pd.Series({"s": 30}), NEAR)
    assert one.tolist() == [1.5]
    assert two.tolist() == [0.75, 0.75]
    assert fca.two_step(halves, pd.Series({"a1": 10, "a2": 10}), pd.Series({"s": 30}), 10).tolist() == [1.5, 1.5]


@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_cutting_an_origin_in_two_changes_no_ratio(town: Town, weigh: decay.Decay) -> None:
    first = town.origins[0]
    twin = town.travel[town.travel["origin_id"] == first].assign(origin_id="twin")
    halved = pd.concat([town.demand.astype(float), pd.Series({"twin": town.demand[first] / 2})])
    halved[first] /= 2
    cut = Town(pd.concat([town.travel, twin], ignore_index=True), halved, town.supply)
    for measure in PER_CHILD.values():
        whole, parts = run(measure, town, weigh), run(measure, cut, weigh)
        assert parts[town.origins].tolist() == pytest.approx(whole.tolist(), nan_ok=True)
        assert parts["twin"] == pytest.approx(whole[first], nan_ok=True)


@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_spatial_availability_per_child_is_the_enhanced_two_step(town: Town, weigh: decay.Decay) -> None:
    lived_in = town.demand > 0
    per_child = run(fca.spatial_availability, town, weigh)[lived_in] / town.demand[lived_in]
    assert per_child.tolist() == pytest.approx(run(fca.enhanced_two_step, town, weigh)[lived_in].tolist())


# --- the same again, on whole matrices ------------------------------------------------------------------------------


@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_both_steps_on_whole_matrices(town: Town, weigh: decay.Decay) -> None:
    weights, children, seats = town.matrix(weigh), town.demand.to_numpy(), town.supply.to_numpy()
    assert run(fca.enhanced_two_step, town, weigh).tolist() == pytest.approx(
        two_step_by_matrix(weights, children, seats).tolist(), nan_ok=True
    )
    sums = weights.sum(axis=1, keepdims=True)
    chosen = np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0) * weights
    assert run(fca.three_step, town, weigh).tolist() == pytest.approx(
        two_step_by_matrix(chosen, children, seats).tolist(), nan_ok=True
    )


@TRIED
@given(town=towns(), cutoff=st.integers(0, 30))
def test_two_step_is_the_enhanced_one_with_a_cutoff(town: Town, cutoff: int) -> None:
    plain = fca.two_step(town.travel, town.demand, town.supply, cutoff)
    enhanced = run(fca.enhanced_two_step, town, decay.binary(cutoff)).rename("two_step")
    pd.testing.assert_series_equal(plain, enhanced, check_exact=True)


# --- more and less --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["enhanced_two_step", "spatial_availability", "balanced"])
@TRIED
@given(town=towns(), weigh=ANY_DECAY)
def test_one_more_facility_never_takes_away(name: str, town: Town, weigh: decay.Decay) -> None:
    last = town.supply.index[-1]
    fewer = Town(town.travel[town.travel["facility_id"] != last], town.demand, town.supply.drop(last))
    before, after = run(ALL[name], fewer, weigh), run(ALL[name], town, weigh)
    assert (before.isna() | after.isna() | (before <= after * (1 + 1e-9) + 1e-12)).all()


def test_in_three_step_a_closed_facility_takes_away() -> None:
    # 60 children have the 20 seats of t: a third each. A closed school near b draws half of its children away, though
    # it has no seat to give: t has 20 + 20 to serve, a gains, and b is left with half of 20 / 40.
    table = travel(("a", "t", 5.0), ("b", "t", 5.0))
    before = fca.three_step(table, CHILDREN, pd.Series({"t": 20}), NEAR)
    with_closed = pd.concat([table, travel(("b", "closed", 5.0))], ignore_index=True)
    after = fca.three_step(with_closed, CHILDREN, pd.Series({"t": 20, "closed": 0}), NEAR)
    assert before.to_dict() == pytest.approx({"a": 1 / 3, "b": 1 / 3})
    assert after.to_dict() == {"a": 0.5, "b": 0.25}


def test_two_step_is_not_monotone_in_the_cutoff() -> None:
    # a wider cutoff brings b's children to s: a has less
    assert fca.two_step(TABLE, CHILDREN, SEATS, 9)["a"] == 1.5
    assert fca.two_step(TABLE, CHILDREN, SEATS, 10)["a"] == 0.5


# --- what changes nothing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@TRIED
@given(town=towns(), weigh=ANY_DECAY, random=st.randoms(use_true_random=False))
def test_no_bit_depends_on_the_order_of_rows(name: str, town: Town, weigh: decay.Decay, random) -> None:
    rows = list(town.travel.index)
    random.shuffle(rows)
    shuffled = Town(town.travel.loc[rows], town.demand, town.supply)
    pd.testing.assert_series_equal(run(ALL[name], shuffled, weigh), run(ALL[name], town, weigh), check_exact=True)


@pytest.mark.parametrize("name", ALL)
@TRIED
@given(town=towns(), weigh=ANY_DECAY, random=st.randoms(use_true_random=False))
def test_the_order_of_ids_is_of_no_matter(name: str, town: Town, weigh: decay.Decay, random) -> None:
    origins, facilities = list(town.demand.index), list(town.supply.index)
    random.shuffle(origins)
    random.shuffle(facilities)
    other = run(ALL[name], Town(town.travel, town.demand[origins], town.supply[facilities]), weigh)
    assert other.index.tolist() == origins
    assert other[town.origins].tolist() == pytest.approx(run(ALL[name], town, weigh).tolist(), nan_ok=True)


@pytest.mark.parametrize("name", ALL)
@TRIED
@given(town=towns(), weigh=ANY_DECAY, times=st.sampled_from([0.001, 3, 1e6]))
def test_units_of_supply_and_demand(name: str, town: Town, weigh: decay.Decay, times: float) -> None:
    plain = run(ALL[name], town, weigh)
    more = run(ALL[name], Town(town.travel, town.demand, town.supply * times), weigh)
    assert more.tolist() == pytest.approx((plain * times).tolist(), nan_ok=True)
    crowded = run(ALL[name], Town(town.travel, town.demand * times, town.supply), weigh)
    fewer = plain if name == "spatial_availability" else plain / times
    assert crowded.tolist() == pytest.approx(fewer.tolist(), nan_ok=True)


IN_HOURS = (
    (decay.binary(15), decay.binary(15 / 60)),
    (decay.linear(20), decay.linear(20 / 60)),
    (decay.stepped([5, 10, 20], [1, 0.68, 0.22]), decay.stepped([5 / 60, 10 / 60, 20 / 60], [1, 0.68, 0.22])),
    (decay.exponential(0.1), decay.exponential(6)),
    (decay.gaussian_catchment(20), decay.gaussian_catchment(20 / 60)),
    (decay.within(20, decay.power(1)), decay.within(20 / 60, decay.power(1, scale=1 / 60))),
)


@pytest.mark.parametrize("name", ALL)
@TRIED
@given(town=towns(), pair=st.sampled_from(IN_HOURS))
def test_minutes_or_hours(name: str, town: Town, pair: tuple[decay.Decay, decay.Decay]) -> None:
    hours = town.travel.assign(hours=town.travel["minutes"] / 60).drop(columns="minutes")
    other = ALL[name](hours, town.demand, town.supply, pair[1], cost="hours")
    assert other.tolist() == pytest.approx(run(ALL[name], town, pair[0]).tolist(), nan_ok=True)


def test_far_weights_stay_finite() -> None:
    # exp(-0.1 * 4000) = 2e-174: all of the supply still goes to the one who reaches it, and no warning is raised
    table = travel(("a", "s", 4000.0), ("b", "s", 4600.0))
    for measure in PER_CHILD.values():
        ratio = measure(table, CHILDREN, pd.Series({"s": 30}), decay.exponential(0.1))
        assert ratio["a"] == pytest.approx(1.5)
    assert fca.spatial_availability(table, CHILDREN, pd.Series({"s": 30}), decay.exponential(0.1)).sum() == 30


# --- the real city --------------------------------------------------------------------------------------------------


def test_homes_and_schools_of_the_real_city(extract_path: Path) -> None:
    """Some 12,000 homes and 100 schools, 15 minutes in a straight line at 1 m/s, against the whole matrix."""
    result = Study.from_extract(extract_path).run(season="summer")
    schools = result.facilities[result.facilities["category"].isin(["primary_school", "nine_year_school"])]
    homes = result.origins.merge(result.neighbourhoods[["neighbourhood_id", "children_6_11"]], on="neighbourhood_id")
    at = schools.geometry.representative_point()
    metres = np.array([homes.geometry.distance(school).to_numpy() for school in at]).T
    near = metres <= 900
    home, school = np.nonzero(near)
    table = pd.DataFrame(
        {
            "origin_id": pd.Categorical.from_codes(home, homes["origin_id"]),
            "facility_id": pd.Categorical.from_codes(school, schools["facility_id"]),
            "minutes": metres[near] / 60,
        }
    )
    children = pd.Series((homes["weight"] * homes["children_6_11"]).to_numpy(), homes["origin_id"]).fillna(0.0)
    seats = pd.Series(100.0 * np.arange(1, len(schools) + 1), schools["facility_id"])
    ratio = fca.two_step(table, children, seats, 15)
    expected = two_step_by_matrix(near.astype(float), children.to_numpy(), seats.to_numpy())
    assert len(homes) > 10_000
    assert ratio.tolist() == pytest.approx(expected.tolist(), nan_ok=True)
    lost = unreached(table, children, seats, decay.binary(15))
    unused = lost.loc[lost["side"] == "facility", "amount"].sum()
    assert (ratio * children)[children > 0].sum() == pytest.approx(seats.sum() - unused)
    # who is listed as not reached has 0, nobody else
    assert set(lost.loc[lost["side"] == "origin", "id"]) == set(ratio.index[ratio == 0])
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(fca.two_step(shuffled, children, seats, 15), ratio, check_exact=True)
