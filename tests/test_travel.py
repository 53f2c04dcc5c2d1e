"""The travel table: what is refused at the door, with rows named, and what is not reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import locale, schema
from cfc_gis.access import decay
from cfc_gis.access.travel import UNREACHED, amounts, catchment, unreached
from cfc_gis.errors import TableFault, UserError
from tests.travel_tables import DECAYS, TRIED, Town, towns

ORIGINS, FACILITIES = pd.Index(["a", "b", "c"]), pd.Index(["s", "t"])
ALL = decay.binary(1e6)


def table(*rows: tuple[object, object, object], index: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["origin_id", "facility_id", "minutes"], index=index)


GOOD = table(("a", "s", 5.0), ("a", "t", 20.0), ("b", "t", 0.0))


def test_the_contract_in_schema_is_that_of_the_door() -> None:
    schema.check(GOOD, schema.TRAVEL)
    assert schema.TRAVEL.key == ("origin_id", "facility_id")


def test_pairs_become_positions_sorted_by_origin_and_facility() -> None:
    found = catchment(GOOD.iloc[::-1], ORIGINS, FACILITIES, decay.exponential(0.1))
    assert found.origin.tolist() == [0, 0, 1]
    assert found.facility.tolist() == [0, 1, 1]
    assert found.weight.tolist() == pytest.approx(np.exp([-0.5, -2.0, 0.0]).tolist())
    assert found.by_origin(np.array([1.0, 2, 4])).tolist() == [3, 4, 0]
    assert found.by_facility(np.array([1.0, 2, 4])).tolist() == [1, 6]


def test_pairs_that_weigh_nothing_are_left_out() -> None:
    found = catchment(GOOD, ORIGINS, FACILITIES, decay.linear(20))
    assert list(zip(found.origin, found.facility, strict=True)) == [(0, 0), (1, 1)]
    # exp(-1000 * 20) is 0 to any computer, exp(-500) = 7e-218 as good as
    found = catchment(GOOD, ORIGINS, FACILITIES, decay.exponential(100))
    assert list(zip(found.origin, found.facility, strict=True)) == [(1, 1)]


def test_an_empty_table_reaches_nothing() -> None:
    found = catchment(table(), ORIGINS, FACILITIES, ALL)
    assert found.by_origin(found.weight).tolist() == [0.0, 0.0, 0.0]
    assert found.by_facility(found.weight).dtype == np.float64


@pytest.mark.parametrize("kind", ["str", "object", "category", "string"])
def test_ids_may_be_text_of_any_make(kind: str) -> None:
    travel = GOOD.astype({"origin_id": kind, "facility_id": kind})
    same = catchment(travel, ORIGINS, FACILITIES, ALL)
    assert same.origin.tolist() == [0, 0, 1]
    assert same.facility.tolist() == [0, 1, 1]


def test_ids_may_be_numbers_or_tuples() -> None:
    numbers = catchment(table((7, 1, 5), (9, 1, 5)), pd.Index([9, 7]), pd.Index([1]), ALL)
    assert numbers.origin.tolist() == [0, 1]
    cells = pd.Index([(0, 1), (0, 2)], tupleize_cols=False)
    assert catchment(table(((0, 2), "s", 5)), cells, FACILITIES, ALL).origin.tolist() == [1]


def test_categories_that_no_row_uses_are_of_no_matter() -> None:
    travel = GOOD.astype({"origin_id": pd.CategoricalDtype(["z", "b", "a"])})
    assert catchment(travel, ORIGINS, FACILITIES, ALL).origin.tolist() == [0, 0, 1]


def test_another_cost_may_stand_in_another_column() -> None:
    found = catchment(GOOD.rename(columns={"minutes": "metres"}), ORIGINS, FACILITIES, decay.binary(5), "metres")
    assert len(found.origin) == 2


def test_whole_numbers_and_nullable_ones_are_costs() -> None:
    for kind in ("int64", "Int64", "Float64", "float32"):
        found = catchment(GOOD.astype({"minutes": kind}), ORIGINS, FACILITIES, decay.linear(10))
        assert found.weight.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("travel", "fault"),
    [
        (GOOD.drop(columns="minutes"), "minutes: column missing"),
        (GOOD.drop(columns="origin_id"), "origin_id: column missing"),
        (table(("a", "s", -1.0), index=["row 7"]), r"minutes: negative in 1 row\(s\), first at row 7"),
        (table(("a", "s", np.nan)), r"minutes: missing or not a number in 1 row\(s\), first at 0"),
        (table(("a", "s", "five")), r"minutes: missing or not a number in 1 row\(s\), first at 0"),
        (table(("a", "s", "5")), r"minutes: missing or not a number in 1 row\(s\), first at 0"),
        (table(("a", "s", np.inf)), r"minutes: infinite in 1 row\(s\), first at 0"),
        (table((None, "s", 1.0)), r"origin_id: missing in 1 row\(s\), first at 0"),
        (table(("a", np.nan, 1.0)), r"facility_id: missing in 1 row\(s\), first at 0"),
        (table(("z", "s", 1.0)), "origin_id: id 'z' not among the 3 origins given, such as 'a', in 1 row"),
        (table(("a", 12, 1.0)), "facility_id: id 12 not among the 2 facilities given, such as 's', in 1 row"),
        (
            table(("a", "s", 1.0), ("b", "s", 1.0), ("a", "s", 2.0), index=["x", "y", "z"]),
            r"pair stands again, such as a to s, in 2 row\(s\), first at x, z",
        ),
    ],
)
def test_a_faulty_table_is_refused_with_its_rows(travel: pd.DataFrame, fault: str) -> None:
    with pytest.raises(TableFault, match=fault):
        catchment(travel, ORIGINS, FACILITIES, ALL)


def test_all_faults_come_at_once() -> None:
    travel = table(("z", "s", 1.0), ("a", None, -1.0), ("a", "s", np.inf), ("b", "q", None), ("a", "s", 1.0))
    with pytest.raises(TableFault) as error:
        catchment(travel, ORIGINS, FACILITIES, ALL)
    assert error.value.facts["count"] == 7
    for lang in locale.LANGS:
        for part in ("'z'", "'q'", "facility_id: missing", "negative", "infinite", "missing or not a number", "a to s"):
            assert part in error.value.text(lang)


@pytest.mark.parametrize("facilities", [["s", "s"], ["s", None]])
def test_ids_of_demand_and_supply_stand_once(facilities: list[str | None]) -> None:
    with pytest.raises(TableFault, match=r"facilities: id (stands twice|missing)"):
        catchment(table(), ORIGINS, pd.Index(facilities, dtype=object), ALL)


def test_without_any_facility_a_pair_is_refused() -> None:
    with pytest.raises(TableFault, match="id 's' not among the 0 facilities given in 1 row"):
        catchment(table(("a", "s", 1.0)), ORIGINS, pd.Index([], dtype=object), ALL)


@pytest.mark.parametrize(
    ("weigh", "fault"),
    [
        (lambda cost: cost - 10, "such as -5 at the cost 5"),
        (lambda cost: np.where(cost > 0, 1.0, np.nan), "such as nan at the cost 0"),
        (lambda cost: np.full(len(cost), np.inf), r"gave 3 faulty weight\(s\)"),
        (lambda _: 1.0, r"such as \(\) at the cost \(3,\)"),
    ],
)
def test_a_decay_that_gives_no_weights_is_refused(weigh, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        catchment(GOOD, ORIGINS, FACILITIES, weigh)


def test_amounts_are_numbers_and_unknown_ones_stay_unknown() -> None:
    assert amounts(pd.Series([3, 0]), "supply").tolist() == [3, 0]
    for unknown in (pd.Series([3, None]), pd.Series([3, pd.NA], dtype="Int64"), pd.Series([3, None], dtype=object)):
        assert np.isnan(amounts(unknown, "supply")).tolist() == [False, True]


def test_fault_41_negative_or_text_capacity_is_refused_with_its_row() -> None:
    seats = pd.Series([30, "about 40", -2, np.inf, None], index=["s", "t", "u", "v", "w"], dtype=object)
    with pytest.raises(TableFault) as error:
        amounts(seats, "supply")
    text = error.value.text("en")
    assert "not a number in 1 row(s), first at t" in text
    assert "negative in 1 row(s), first at u" in text
    assert "infinite in 1 row(s), first at v" in text
    assert "at w" not in text


def test_nothing_given_is_changed() -> None:
    travel, demand, supply = GOOD.iloc[::-1].copy(), pd.Series(1, ORIGINS), pd.Series(1, FACILITIES)
    before = travel.copy()
    unreached(travel, demand, supply, ALL)
    pd.testing.assert_frame_equal(travel, before)
    assert demand.tolist() == [1, 1, 1]


def test_every_place_that_is_not_reached_says_why() -> None:
    travel = table(
        ("far", "s", 60.0), ("full", "closed", 5.0), ("served", "s", 5.0), ("empty", "unasked", 5.0),
        ("served", "unknown", 1.0),
    )  # fmt: skip
    demand = pd.Series({"cut_off": 4.0, "far": 3, "full": 2, "served": 8, "empty": 0})
    supply = pd.Series({"s": 30, "closed": 0, "unasked": 12, "island": 9, "unknown": np.nan, "beyond": np.nan})
    travel = pd.concat([travel, table(("far", "beyond", 99.0))], ignore_index=True)
    listed = unreached(travel, demand, supply, decay.binary(15))
    assert listed.to_dict("split")["data"] == [
        ["origin", "cut_off", "no_pair", 4.0],
        ["origin", "far", "beyond", 3.0],
        ["origin", "full", "no_supply", 2.0],
        ["facility", "unasked", "no_demand", 12.0],
        ["facility", "island", "no_pair", 9.0],
        ["facility", "beyond", "beyond", pytest.approx(np.nan, nan_ok=True)],
    ]
    assert set(UNREACHED) == set(listed["reason"])


def test_every_reason_has_words() -> None:
    said = {key.removeprefix("unreached.") for key in locale.table() if key.startswith("unreached.")}
    assert said == set(UNREACHED)


@TRIED
@given(town=towns(), weigh=st.sampled_from(DECAYS))
def test_whoever_is_not_listed_is_reached(town: Town, weigh: decay.Decay) -> None:
    listed = unreached(town.travel, town.demand, town.supply, weigh)
    weights = town.matrix(weigh) > 0
    served = town.demand.index[(weights & (town.supply.to_numpy() > 0)).any(axis=1)]
    asked = town.supply.index[(weights & (town.demand.to_numpy() > 0)[:, None]).any(axis=0)]
    assert set(listed.loc[listed["side"] == "origin", "id"]) == set(town.demand.index) - set(served)
    assert set(listed.loc[listed["side"] == "facility", "id"]) == set(town.supply.index) - set(asked)
    amount = town.demand if len(listed) and listed["side"].iloc[0] == "origin" else town.supply
    for row in listed[listed["side"] == ("origin" if amount is town.demand else "facility")].itertuples():
        assert row.amount == amount[row.id]
