"""The plan's own tests, on a city of three districts worked out on paper, and on Harbin's census."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from cfc_gis import locale, plan, schema
from cfc_gis.plan import cohorts, known
from cfc_gis.sources import census

CODES = ["990101", "990102", "990103"]
CITY = {"unit_code": "990100", "unit_name": "纸上市"}


def _districts() -> pd.DataFrame:
    bands = {"children_0_2": 300.0, "children_3_5": 300.0, "children_6_11": 600.0, "children_12_14": 300.0}
    return pd.DataFrame({
        "unit_code": CODES, "unit_name": ["甲区", "乙区", "丙县"], "population": [10_000.0, 20_000.0, 30_000.0],
        "population_urban": np.nan, **bands,
    })  # fmt: skip


def _units() -> gpd.GeoDataFrame:
    """Two districts; the third lies outside the study area."""
    return gpd.GeoDataFrame({"level": "district", "unit_code": CODES[:2]},
                            geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)], crs=32652)  # fmt: skip


def _facilities(*rows: tuple[str, str, float, float]) -> gpd.GeoDataFrame:
    """Category, evidence, x, capacity."""
    table = pd.DataFrame(rows, columns=["category", "evidence", "x", "capacity"])
    return gpd.GeoDataFrame(table, geometry=[Point(x, 5) for x in table["x"]], crs=32652)


def _counts(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit_code", "category", "sites", "capacity", "enrolled"])
    return table.assign(source="register made for this test")


def _test(facilities: gpd.GeoDataFrame, counts: pd.DataFrame = plan.NO_COUNTS) -> pd.DataFrame:
    found = plan.indicators(districts=_districts(), city=CITY, facilities=facilities, units=_units(), counts=counts)
    schema.check(found, schema.INDICATORS)
    return found.set_index(["unit_code", "indicator", "phase"])


def _of(found: pd.DataFrame, indicator: str, code: str) -> pd.Series:
    return found.loc[(code, indicator, "2025")]


@pytest.mark.parametrize(
    ("evidence", "official", "strong", "presumed"),
    [
        ("strong", None, "meets", "meets"),
        ("presumed", None, "undecided", "meets"),
        (None, None, "no_data", "no_data"),
        (None, 0.0, "gap", "gap"),
        (None, 2.0, "meets", "meets"),
        ("strong", 0.0, "undecided", "undecided"),
    ],
)
def test_hospitals(evidence: str | None, official: float | None, strong: str, presumed: str) -> None:
    rows = [("paediatric_hospital", evidence, 5.0, np.nan)] if evidence else []
    counts = [(CODES[0], "paediatric_hospital", official, np.nan, np.nan)] if official is not None else []
    found = _test(_facilities(*rows), _counts(*counts))
    assert _of(found, "paediatric_hospital.strong", CODES[0])["judgement"] == strong
    assert _of(found, "paediatric_hospital.presumed", CODES[0])["judgement"] == presumed
    assert _of(found, "paediatric_hospital.strong", CODES[2])["judgement"] == "no_data"


def test_childcare_on_paper() -> None:
    """Targets 45, 90 and 135; 50, 60 and 100 places; 100 children enrolled cost 240,000 a year."""
    counts = [(c, "childcare", np.nan, n, 100.0) for c, n in zip(CODES, (50.0, 60.0, 100.0), strict=True)]
    found = _test(_facilities(), _counts(*counts))
    places = [_of(found, "childcare.places", code) for code in (*CODES, "990100")]
    assert [p["target"] for p in places] == [45.0, 90.0, 135.0, 270.0]
    assert [p["judgement"] for p in places] == ["meets", "gap", "gap", "gap"]
    assert [p["shortfall"] for p in places] == [0.0, 30.0, 35.0, 60.0]
    assert _of(found, "childcare.subsidy", CODES[0])["value"] == 240_000.0
    assert _of(found, "childcare.subsidy", "990100")["value"] == 720_000.0


def test_a_capacity_on_record_proves_but_never_condemns() -> None:
    found = _test(_facilities(("childcare", "strong", 5.0, 46.0), ("childcare", "strong", 15.0, 46.0)))
    assert _of(found, "childcare.places", CODES[0])["judgement"] == "meets"
    assert _of(found, "childcare.places", CODES[1])["judgement"] == "no_data"


def test_seats_new_seats_and_overcrowding() -> None:
    """In 2025 600 children are of primary and 300 of junior age; nine-year seats stand in the high end.

    Of 300 aged 0-2, 200 are 6 or 7 then, 300 aged 3-5 are 8 to 10, and 100 of 600 aged 6-11 are 11: 600.
    """
    counts = []
    for code, primary, both in zip(CODES, (600.0, 500.0, 500.0), (0.0, 0.0, 100.0), strict=True):
        counts += [(code, "primary_school", np.nan, primary, 660.0), (code, "junior_school", np.nan, 200.0, 200.0),
                   (code, "nine_year_school", np.nan, both, np.nan)]  # fmt: skip
    found = _test(_facilities(), _counts(*counts))
    judged = [_of(found, "primary_school.seats", code)["judgement"] for code in CODES]
    assert judged == ["meets", "below_reference", "undecided"]
    assert _of(found, "primary_school.overcrowding", CODES[0])["value"] == pytest.approx(1.1)
    assert _of(found, "primary_school.overcrowding", CODES[0])["judgement"] == "below_reference"
    assert _of(found, "junior_school.overcrowding", CODES[0])["judgement"] == "meets"
    # Primary lacks 0, 100, 0; junior lacks 100, 100, 0 (where the nine-year seats may all be junior ones).
    placed = [_of(found, "school.new_seats", code)["value"] for code in ("990100", *CODES)]
    assert placed == [300.0, 100.0, 200.0, 0.0]
    assert _of(found, "school.new_seats", "990100")["target"] == 300.0
    assert _of(found, "primary_school.seats", CODES[1])["settled_by"] == "sign_target"
    assert _of(found, "primary_school.seats", CODES[2])["settled_by"] == "split_nine_year"


def test_seats_are_asked_for_the_children_of_the_target_year() -> None:
    found = _harbin()
    seats, children = (
        found[(found["indicator"] == f"primary_school.{what}") & (found["phase"] == "2025")].set_index("unit_code")
        for what in ("seats", "children")
    )
    pd.testing.assert_series_equal(seats["target"], children["value"], check_names=False)
    assert round(seats.loc["230100", "target"]) == 374_742  # 448,230 in 2020: births fall


def test_posts() -> None:
    counts = [("990100", "child_supervisor", 304.0, np.nan, np.nan),
              ("990100", "child_director", 2900.0, np.nan, np.nan),
              (CODES[0], "protection_station", 0.0, np.nan, np.nan)]  # fmt: skip
    found = _test(_facilities(), _counts(*counts))
    assert _of(found, "child_supervisor.posts", "990100")["judgement"] == "meets"
    assert _of(found, "child_director.posts", "990100")[["judgement", "shortfall"]].tolist() == ["gap", 30.0]
    assert _of(found, "protection_station.sites", CODES[0])["judgement"] == "below_reference"
    assert _of(found, "protection_station.sites", CODES[1])["judgement"] == "no_data"


def _assigned() -> pd.DataFrame:
    """District 1: 10 children 600 m farther, 30 not farther; district 2: 20 of whom nothing is known, 20 at 500 m."""
    return pd.DataFrame({"category": "primary_school", "district_code": [CODES[0]] * 2 + [CODES[1]] * 2,
                         "children": [10.0, 30.0, 20.0, 20.0], "extra_m": [600.0, 0.0, np.nan, 500.0]})  # fmt: skip


def test_assigned_against_nearest_school() -> None:
    found = plan.indicators(districts=_districts(), city=CITY, facilities=_facilities(), units=_units(),
                            assigned=_assigned()).set_index(["unit_code", "indicator", "phase"])  # fmt: skip
    ends = ["value", "value_low", "value_high"]
    assert _of(found, "primary_school.assigned_farther", CODES[0])[ends].tolist() == [0.25, 0.25, 0.25]
    assert _of(found, "primary_school.assigned_farther", CODES[1])[ends].tolist() == [0.0, 0.0, 0.5]
    # The city: 10 of the 60 children of whom it is known, of 80 in all.
    assert _of(found, "primary_school.assigned_farther", "990100")[ends].tolist() == [10 / 60, 10 / 80, 30 / 80]
    assert _of(found, "primary_school.assigned_extra", "990100")["value"] == 0.0
    assert _of(found, "primary_school.assigned_farther", CODES[2])["judgement"] == "no_data"
    assert _of(found, "junior_school.assigned_extra", "990100")["settled_by"] == "catchment_layer"


def _harbin(counts: pd.DataFrame = plan.NO_COUNTS) -> pd.DataFrame:
    people = census.builtin("230100")
    assert people is not None
    return plan.indicators(
        districts=people.table, city=people.city, facilities=_facilities(), units=_units(), counts=counts
    )


def test_harbin_without_counts_has_18_units_and_no_gap() -> None:
    found = _harbin()
    assert found.loc[found["level"] == "district", "unit_code"].nunique() == 18
    assert set(found["judgement"].dropna()) == {"no_data"}
    places = found[found["indicator"] == "childcare.places"]
    city = places.loc[places["level"] == "city", "target"].item()
    assert round(city) == 45_044
    assert places.loc[places["level"] == "district", "target"].sum() == pytest.approx(city)
    assert found["reasons"][found["judgement"] == "no_data"].ne("").all()
    assert found["settled_by"][found["judgement"] == "no_data"].ne("").all()


def test_cohorts_keep_totals_and_fall() -> None:
    found = _harbin()
    rows = found[found["indicator"] == "primary_school.children"]
    city = rows[rows["level"] == "city"].set_index("phase")
    sums = rows[rows["level"] == "district"].groupby("phase")["value"].sum(min_count=18)
    assert sums["2020"] == pytest.approx(city.loc["2020", "value"]) == pytest.approx(448_230.0)
    assert sums["2025"] == pytest.approx(city.loc["2025", "value"])
    assert city["value"].is_monotonic_decreasing
    assert np.isnan(sums["2035"])
    assert (city["value_low"] <= city["value"]).all()
    assert (city["value"] <= city["value_high"]).all()


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4))
def test_every_counted_child_has_one_age(bands: list[float]) -> None:
    here = dict(zip(cohorts.BANDS, bands, strict=True))
    each = sum(cohorts.counted(here, (age, age), 2020) for age in range(15))
    assert each == pytest.approx(sum(bands))


@given(st.permutations(range(3)))
def test_row_order_changes_nothing(order: list[int]) -> None:
    districts = _districts()
    one, other = (
        plan.indicators(districts=table, city=CITY, facilities=_facilities(), units=_units())
        for table in (districts, districts.iloc[order])
    )
    pd.testing.assert_frame_equal(one, other)


def test_every_indicator_and_reason_has_words() -> None:
    found = _harbin()
    words = locale.table()
    assert {f"indicator.{name}" for name in known.asked() if name != "cohorts"} <= set(words)
    reasons = set(";".join(found["reasons"]).split(";")) - {""}
    assert {f"plan_reason.{reason}" for reason in reasons} <= set(words)
    entries = [entry for name, entry in known.asked().items() if name != "cohorts"]
    keys = {key for entry in entries for key in entry["settled_by"].split(";")}
    assert {f"settle.{key}" for key in keys} <= set(words)
    assert {f"unit.{entry['unit'].lower()}" for entry in entries} <= set(words)
