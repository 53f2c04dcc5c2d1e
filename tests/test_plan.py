"""The plan's own tests, on a city of three districts worked out on paper, and on Harbin's census."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from cfc_gis import locale, plan, schema, targets
from cfc_gis.plan import cohorts, known
from cfc_gis.sources import census
from tests import results

CODES = ["990101", "990102", "990103"]
CITY = {"unit_code": "990100", "unit_name": "纸上市", "population": 60_000.0}


def _districts() -> pd.DataFrame:
    bands = {"children_0_2": 300.0, "children_3_5": 300.0, "children_6_11": 600.0, "children_12_14": 300.0}
    return pd.DataFrame({
        "unit_code": CODES, "unit_name": ["甲区", "乙区", "丙县"], "population": [10_000.0, 20_000.0, 30_000.0],
        "population_urban": np.nan, **bands,
    })  # fmt: skip


def _unit(level: str, code: str, parent: str | None, people: float) -> dict[str, object]:
    return {"level": level, "unit_code": code, "unit_name": code, "parent_code": parent, "covered_area_share": 1.0,
            "population": people, "population_low": people, "population_high": people}  # fmt: skip


def _units() -> gpd.GeoDataFrame:
    """Two districts; the third lies outside the study area. The first has two townships, the second one."""
    rows = [_unit("district", code, CITY["unit_code"], 10_000.0) for code in CODES[:2]]
    rows += [_unit("subdistrict", f"r{n}", CODES[n // 2], 4_000.0) for n in range(3)]
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 0, 5, 10), box(5, 0, 10, 10), box(10, 0, 15, 10)]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=32652)


def _facilities(*rows: tuple[str, str, float, float]) -> gpd.GeoDataFrame:
    """Category, evidence, x, capacity."""
    table = pd.DataFrame(rows, columns=["category", "evidence", "x", "capacity"])
    return gpd.GeoDataFrame(table, geometry=[Point(x, 5) for x in table["x"]], crs=32652)


def _counts(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit_code", "category", "sites", "capacity", "enrolled"])
    return table.assign(source="register made for this test")


def _test(
    facilities: gpd.GeoDataFrame,
    counts: pd.DataFrame = plan.NO_COUNTS,
    asked: tuple[targets.Target, ...] | None = None,
) -> pd.DataFrame:
    found = plan.indicators(
        districts=_districts(), city=CITY, facilities=facilities, units=_units(), counts=counts, targets=asked
    )
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


def test_counts_of_parts_that_exceed_the_whole_judge_neither() -> None:
    """The city counts 100 places, two districts 250 and 100: one of the three is wrong, and nobody knows which."""
    counts = [(CITY["unit_code"], "childcare", np.nan, 100.0, np.nan), (CODES[0], "childcare", np.nan, 250.0, np.nan),
              (CODES[1], "childcare", np.nan, 100.0, np.nan)]  # fmt: skip
    found = _test(_facilities(), _counts(*counts))
    for code in ("990100", *CODES[:2]):
        row = _of(found, "childcare.places", code)
        assert (row["judgement"], row["settled_by"], row["confidence"]) == ("undecided", "counts_agree", "low")
        assert "counts_disagree" in row["reasons"].split(";")
        assert np.isnan(row[["value_high", "shortfall"]].astype(float)).all()
    assert _of(found, "childcare.places", CODES[2])["judgement"] == "no_data"
    agreeing = _test(_facilities(), _counts(*[(code, what, sites, 350.0 if code == "990100" else places, enrolled)
                                              for code, what, sites, places, enrolled in counts]))  # fmt: skip
    assert _of(agreeing, "childcare.places", "990100")["judgement"] == "meets"


def test_what_is_on_record_in_the_parts_contradicts_the_count_of_the_whole() -> None:
    """One site is counted in the city, and two districts have one on record each."""
    counts = [("990100", "child_friendly_space", 1.0, np.nan, np.nan)]
    found = _test(_facilities(("child_friendly_space", "strong", 2.0, np.nan),
                              ("child_friendly_space", "strong", 12.0, np.nan)), _counts(*counts))  # fmt: skip
    city = _of(found, "child_friendly_space.sites", "990100")
    assert (city["judgement"], city["settled_by"], city["value_low"]) == ("undecided", "check_sources", 2.0)


def test_sub_districts_that_exceed_their_district() -> None:
    counts = [(CODES[0], "protection_station", 1.0, np.nan, np.nan), ("r0", "protection_station", 1.0, np.nan, np.nan),
              ("r1", "protection_station", 1.0, np.nan, np.nan),
              (CODES[1], "protection_station", 0.0, np.nan, np.nan)]  # fmt: skip
    found = _test(_facilities(), _counts(*counts))
    judged = [_of(found, "protection_station.sites", code)["judgement"] for code in (CODES[0], "r0", "r1", CODES[1])]
    assert judged == ["undecided", "undecided", "undecided", "below_reference"]


def test_a_signed_target_makes_a_gap_of_what_falls_short() -> None:
    """Of r2 a count says none, with one wanted; of the district 200 children wait for 100 junior seats."""
    counts = [("r2", "child_friendly_space", 0.0, np.nan, np.nan), (CODES[0], "junior_school", np.nan, 200.0, 220.0),
              (CODES[0], "nine_year_school", np.nan, 0.0, np.nan)]  # fmt: skip
    rows = {"child_friendly_space.sites": "r2", "junior_school.seats": CODES[0], "junior_school.overcrowding": CODES[0]}
    shipped = _test(_facilities(), _counts(*counts))
    signature = {"signed_by": "市民政局", "signed_on": "2026-03-01"}
    signed = targets.revise(targets.all_targets(), [{"id": name, **signature} for name in rows]).targets
    found = _test(_facilities(), _counts(*counts), signed)
    for name, code in rows.items():
        before, after = _of(shipped, name, code), _of(found, name, code)
        assert before[["judgement", "settled_by", "confidence"]].tolist() == [
            "below_reference",
            "sign_target",
            "medium",
        ]
        assert after[["judgement", "settled_by", "confidence"]].tolist() == ["gap", "", "high"]
        assert before["reasons"].split(";")[-1] == "plan_target_unverified"
        assert after["reasons"].split(";")[-1] == "plan_target_signed"
        assert before["shortfall"] == after["shortfall"]
    others = found.index.difference([(code, name, "2025") for name, code in rows.items()])
    same = ["value", "target", "judgement", "settled_by"]
    signed_too = others[others.get_level_values("indicator").isin([*rows])]
    pd.testing.assert_frame_equal(found.loc[others, same], shipped.loc[others, same])
    assert "gap" not in set(found.loc[signed_too, "judgement"])


def test_a_target_of_the_study_s_own_is_unverified_until_it_is_signed() -> None:
    """5 places for every 1,000 in place of 4.5: 50 for 10,000, and 48 are counted."""
    counts = _counts((CODES[0], "childcare", np.nan, 48.0, np.nan))
    own = {"id": "childcare.places", "value": 5.0, "source": "市政府 2026"}
    signature = {"signed_by": "市卫健委", "signed_on": "2026-03-01"}
    for change, judgement in ((own, "below_reference"), (own | signature, "gap")):
        revised = targets.revise(targets.all_targets(), [change]).targets
        row = _of(_test(_facilities(), counts, revised), "childcare.places", CODES[0])
        assert row[["target", "shortfall", "judgement", "source"]].tolist() == [50.0, 2.0, judgement, "市政府 2026"]
    assert _of(_test(_facilities(), counts), "childcare.places", CODES[0])["judgement"] == "meets"


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
    assert round(seats.loc["230100", "target"]) == 384_902  # 448,230 in 2020: births fall


def test_posts() -> None:
    counts = [("990100", "child_supervisor", 304.0, np.nan, np.nan),
              ("990100", "child_director", 2900.0, np.nan, np.nan),
              (CODES[0], "protection_station", 0.0, np.nan, np.nan)]  # fmt: skip
    found = _test(_facilities(), _counts(*counts))
    assert _of(found, "child_supervisor.posts", "990100")["judgement"] == "meets"
    assert _of(found, "child_director.posts", "990100")[["judgement", "shortfall"]].tolist() == ["gap", 30.0]
    assert _of(found, "protection_station.sites", CODES[0])["judgement"] == "below_reference"
    assert _of(found, "protection_station.sites", CODES[1])["judgement"] == "no_data"


def test_one_site_for_each_township() -> None:
    """r0 has a site on record, r1 none counted and none on record, r2 a count of 0; the third district a count of 4."""
    counts = [("r2", "child_friendly_space", 0.0, np.nan, np.nan),
              (CODES[1], "child_friendly_space", 0.0, np.nan, np.nan),
              (CODES[2], "child_friendly_space", 4.0, np.nan, np.nan)]  # fmt: skip
    found = _test(_facilities(("child_friendly_space", "strong", 2.0, np.nan)), _counts(*counts))
    judged = [_of(found, "child_friendly_space.sites", f"r{n}")["judgement"] for n in range(3)]
    assert judged == ["meets", "no_data", "below_reference"]
    of_districts = [_of(found, "child_friendly_space.sites", code) for code in CODES]
    assert [row["target"] for row in of_districts] == [2.0, 1.0, 1.0]
    assert [row["judgement"] for row in of_districts] == ["no_data", "below_reference", "undecided"]
    assert of_districts[2]["settled_by"] == "township_list"
    assert all("units_incomplete" in row["reasons"].split(";") for row in of_districts)  # a target at least so high
    city = _of(found, "child_friendly_space.sites", "990100")
    assert (city["value_low"], city["target"], city["judgement"]) == (5.0, 305.0, "no_data")


def test_a_site_on_record_where_the_count_says_none_is_undecided() -> None:
    counts = _counts(("r0", "child_friendly_space", 0.0, np.nan, np.nan))
    found = _test(_facilities(("child_friendly_space", "strong", 2.0, np.nan)), counts)
    row = _of(found, "child_friendly_space.sites", "r0")
    assert (row["judgement"], row["settled_by"]) == ("undecided", "check_sources")


def test_emergency_and_rehabilitation_by_district() -> None:
    counts = [
        (CODES[0], "paediatric_emergency", 1.0, np.nan, np.nan),
        (CODES[1], "rehabilitation", 0.0, np.nan, np.nan),
    ]
    found = _test(_facilities(), _counts(*counts))
    assert _of(found, "paediatric_emergency.sites", CODES[0])["judgement"] == "meets"
    assert _of(found, "paediatric_emergency.sites", CODES[1])["judgement"] == "no_data"
    assert _of(found, "rehabilitation.sites", CODES[1])["judgement"] == "below_reference"


def _green(
    people: float = 5_000.0,
    counts: pd.DataFrame = plan.NO_COUNTS,
    area: Polygon | None = None,
    more: BaseGeometry | None = None,
    first: float = 20_000.0,
) -> pd.DataFrame:
    """Parks of 6 ha in the first district, of 2.5 ha with 1 ha in the second, of 0.5 ha in the second."""
    shapes = [box(0, 0, 2000, 1000), box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    units = gpd.GeoDataFrame([_unit("city", "990100", None, float(np.nansum([first, people]))),
                              _unit("district", CODES[0], "990100", first) | {"population_high": 1.25 * first},
                              _unit("district", CODES[1], "990100", people)], geometry=shapes, crs=32652)  # fmt: skip
    parks = gpd.GeoDataFrame(
        {"category": "park", "evidence": ["strong"] * 3 + ["presumed"], "capacity": np.nan},
        geometry=[box(0, 0, 300, 200), box(850, 0, 1100, 100), box(1500, 0, 1550, 100), box(0, 500, 900, 900)],
        crs=32652,
    )
    if more is not None:
        parks = pd.concat([parks, parks.iloc[:1].set_geometry([more], crs=32652)], ignore_index=True)
    found = plan.indicators(districts=_districts(), city=CITY, facilities=parks, units=units, counts=counts, area=area)
    return found.set_index(["unit_code", "indicator", "phase"])


def test_green_on_paper() -> None:
    found = _green()
    first, second, city = ([_of(found, f"green.circle{n}", code) for n in (15, 10, 5)]
                           for code in (CODES[0], CODES[1], "990100"))  # fmt: skip
    assert [row["value"] for row in first] == [3.0, 0.75, 0.0]
    assert [row["value_low"] for row in first] == [2.4, 0.6, 0.0]  # of 25,000 residents at most
    assert [row["judgement"] for row in first] == ["meets", "no_data", "no_data"]
    assert [row["value"] for row in second] == [0.0, 2.0, 1.0]
    assert [row["judgement"] for row in second] == ["no_data", "meets", "meets"]
    # Of 20,000 residents a mean over a 15-minute circle of 50,000 or more says little.
    assert [row["confidence"] for row in (first[0], second[1], second[2])] == ["low", "low", "medium"]
    for n, whole in enumerate(city):  # square metres of the districts add up to the city's
        assert whole["value"] * 25_000 == pytest.approx(first[n]["value"] * 20_000 + second[n]["value"] * 5_000)


def test_green_of_a_city_of_whose_people_some_are_not_known_is_no_data() -> None:
    """Divided by the people of the one district that the census has, its green would seem to suffice."""
    found = _green(first=np.nan)
    for n in (15, 10, 5):
        row = _of(found, f"green.circle{n}", "990100")
        assert (row["judgement"], row["settled_by"]) == ("no_data", "whole_census")
        assert row["reasons"].split(";")[0] == "census_incomplete"
        assert np.isnan(row[["value", "value_low", "value_high"]].astype(float)).all()
    assert _of(found, "green.circle10", CODES[1])["judgement"] == "meets"


def test_green_falls_short_only_where_a_count_says_that_all_parks_are_there() -> None:
    counts = _counts((CODES[1], "park", 1.0, np.nan, np.nan))
    found = _green(50_000.0, counts)  # 1.5 ha of parks of all sizes: 0.3 m2 each at most
    assert [_of(found, f"green.circle{n}", CODES[1])["judgement"] for n in (15, 10, 5)] == [
        "gap", "gap", "below_reference"
    ]  # fmt: skip
    assert _of(found, "green.circle15", CODES[1])["shortfall"] == pytest.approx(1.7)
    more = _green(50_000.0, _counts((CODES[1], "park", 2.0, np.nan, np.nan)))
    assert _of(more, "green.circle15", CODES[1])["judgement"] == "no_data"


@pytest.mark.parametrize(
    ("count", "shape", "reason", "settled_by"),
    [
        (2.0, Point(1200, 500), "park_area_unknown", "green_layer"),
        (1.0, box(1200, 500, 1210, 510), "recorded_exceeds_count", "check_sources"),
    ],
)
def test_a_park_without_area_or_beyond_the_count_leaves_the_high_end_open(
    count: float, shape: BaseGeometry, reason: str, settled_by: str
) -> None:
    """Two parks on record in the second district; counted are two of which one is a point, or one."""
    found = _green(50_000.0, _counts((CODES[1], "park", count, np.nan, np.nan)), more=shape)
    row = _of(found, "green.circle15", CODES[1])
    assert np.isnan(row["value_high"])
    assert (row["judgement"], row["settled_by"], row["reasons"].split(";")[0]) == ("no_data", settled_by, reason)


def test_more_on_record_than_is_counted_decides_nothing_but_what_it_proves() -> None:
    """46 places are on record where 40 are counted: 45 are wanted in the first district, 90 in the second."""
    sites = _facilities(("childcare", "confirmed", 5.0, 46.0), ("childcare", "confirmed", 15.0, 46.0))
    found = _test(sites, _counts(*[(code, "childcare", np.nan, 40.0, np.nan) for code in CODES[:2]]))
    first, second = (_of(found, "childcare.places", code) for code in CODES[:2])
    assert (first["judgement"], first["value"]) == ("meets", 46.0)
    assert (second["judgement"], second["settled_by"], second["value_low"]) == ("undecided", "check_sources", 46.0)
    assert np.isnan(second["shortfall"])
    assert second["reasons"] == "recorded_exceeds_count"


def test_green_outside_the_study_area_does_not_count() -> None:
    found = _green(area=box(0, 0, 1000, 1000))
    assert _of(found, "green.circle10", CODES[1])["value"] == 0.0


def test_minima_of_a_complete_community() -> None:
    """A community meets by a ground of 200 m2 and by 180 seats; of a sub-district one place says nothing."""
    shapes = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
    places = gpd.GeoDataFrame(
        {"category": ["play", "play", "kindergarten"], "evidence": "strong", "capacity": [np.nan, np.nan, 180.0]},
        geometry=[box(0, 0, 20, 10), box(110, 0, 120, 10), Point(150, 50)], crs=32652,
    )  # fmt: skip
    judged = {}
    for level in ("community", "subdistrict"):
        units = gpd.GeoDataFrame([_unit(level, code, None, 1.0) for code in ("c1", "c2")], geometry=shapes, crs=32652)
        found = plan.indicators(districts=_districts(), city=CITY, facilities=places, units=units)
        found = found[found["indicator"].str.startswith("community.")]
        judged[level] = found.pivot_table(index="indicator", columns="unit_code", values="judgement", aggfunc="first")
        assert found["value"].tolist().count(1.0) == 2
    assert judged["community"].to_numpy().tolist() == [["meets", "no_data"], ["no_data"] * 2, ["no_data", "meets"]]
    assert set(judged["subdistrict"].to_numpy().ravel()) == {"no_data"}


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
        districts=people.table, city=people.city, facilities=_facilities(), units=_units().iloc[:0], counts=counts
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


def test_the_extract_alone_makes_no_gap_in_18_units(extract_path: Path) -> None:
    """Records prove; what is missing from them proves nothing."""
    found = results.real(extract_path, "summer").indicators
    schema.check(found, schema.INDICATORS)
    assert not set(found["judgement"]) & {"gap", "below_reference"}
    hospitals = found[found["indicator"] == "paediatric_hospital.strong"]
    assert hospitals["unit_code"].nunique() == 18
    assert set(hospitals["judgement"]) == {"meets", "undecided", "no_data"}
    open_ = found["judgement"].isin(["no_data", "undecided"])
    assert found.loc[open_, "settled_by"].ne("").all()
    green = found[found["indicator"].str.startswith("green.")]
    assert set(green["judgement"]) == {"meets", "no_data"}
    assert green["value_high"].isna().all()


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


_RECORDED = (("child_friendly_space", "strong", 2.0, np.nan), ("paediatric_hospital", "presumed", 12.0, np.nan),
             ("childcare", "strong", 5.0, 46.0), ("kindergarten", "strong", 13.0, 200.0))  # fmt: skip
_COUNTED = [(code, "childcare", 1.0, 40.0 + n, 30.0) for n, code in enumerate(CODES)]


@settings(max_examples=30)
@given(st.permutations(range(3)), st.permutations(range(4)), st.permutations(range(5)))
def test_row_order_changes_nothing(districts: list[int], facilities: list[int], units: list[int]) -> None:
    table, recorded, counts, mapped = _districts(), _facilities(*_RECORDED), _counts(*_COUNTED), _units()
    one = plan.indicators(
        districts=table, city=CITY, facilities=recorded, units=mapped, counts=counts, assigned=_assigned()
    )
    other = plan.indicators(
        districts=table.iloc[districts], city=CITY, facilities=recorded.iloc[facilities], units=mapped.iloc[units],
        counts=counts.iloc[districts], assigned=_assigned().iloc[facilities],
    )  # fmt: skip
    pd.testing.assert_frame_equal(one, other)


SUMMED = (
    "childcare.places",
    "childcare.subsidy",
    "primary_school.seats",
    "school.new_seats",
    "primary_school.children",
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), min_size=3, max_size=3))
def test_districts_sum_to_the_city(seats: list[tuple[int, int]]) -> None:
    counts = [
        (code, category, np.nan, float(n), float(enrolled))
        for code, (n, enrolled) in zip(CODES, seats, strict=True)
        for category in ("childcare", "primary_school", "junior_school", "nine_year_school")
    ]
    found = _test(_facilities(), _counts(*counts)).reset_index()
    for name in SUMMED:
        rows = found[(found["indicator"] == name) & (found["phase"] == "2025")]
        of_city, of_districts = rows[rows["level"] == "city"], rows[rows["level"] == "district"]
        for what in ("value", "value_low", "value_high", "target"):
            assert of_districts[what].sum(skipna=False) == pytest.approx(of_city[what].item(), nan_ok=True), what
    placed = found[(found["indicator"] == "school.new_seats") & (found["level"] == "city")]
    assert placed["value"].item() <= 8000.0


def test_a_census_of_one_district_says_nothing_of_the_city() -> None:
    """南岗区 alone, with all its places and seats counted: 6,258 places are its target, and none of the city's."""
    people = census.builtin("230100")
    assert people is not None
    one = people.table[people.table["unit_code"] == "230103"]
    counts = _counts(*[("230103", kind, 200.0, 500_000.0, 90_000.0)
                       for kind in ("childcare", "primary_school", "junior_school", "nine_year_school")])  # fmt: skip
    nothing = _facilities().assign(district_code=None)
    whole = _units().iloc[:0]
    found = plan.indicators(districts=one, city=None, facilities=nothing, units=whole, counts=counts)
    schema.check(found, schema.INDICATORS)
    assert found.loc[found["level"] == "city", ["unit_code", "unit_name"]].drop_duplicates().to_numpy().tolist() == [
        ["230100", "哈尔滨市"]
    ]
    rows = found.set_index(["unit_code", "indicator", "phase"])
    assert _of(rows, "childcare.places", "230103")[["judgement", "target"]].tolist() == ["meets", 4.5 * 1_390.679]
    for indicator in ("childcare.places", "primary_school.seats", "junior_school.children", "school.new_seats"):
        city = _of(rows, indicator, "230100")
        assert (city["judgement"], city["settled_by"]) == ("no_data", "whole_census")
        assert city["reasons"].split(";")[0] == "census_incomplete"
        assert np.isnan(city[["target", "shortfall"]].astype(float)).all()
    assert np.isnan(_of(rows, "junior_school.children", "230100")["value"])
    assert _of(rows, "childcare.subsidy", "230100")["reasons"] == "enrolment_unknown"  # of the others it is not known


def test_a_city_that_has_more_residents_than_its_districts_lacks_some_of_them() -> None:
    city = {**CITY, "population": 70_000.0}
    found = plan.indicators(districts=_districts(), city=city, facilities=_facilities(), units=_units())
    row = _of(found.set_index(["unit_code", "indicator", "phase"]), "childcare.places", "990100")
    assert (row["judgement"], row["settled_by"]) == ("no_data", "whole_census")


def test_every_indicator_and_reason_has_words() -> None:
    found = pd.concat([_harbin(), _test(_facilities(*_RECORDED), _counts(*_COUNTED))])
    words = locale.table()
    assert {f"indicator.{name}" for name in known.asked() if name != "cohorts"} <= set(words)
    reasons = set(";".join(found["reasons"]).split(";")) - {""}
    assert {f"plan_reason.{reason}" for reason in reasons} <= set(words)
    entries = [entry for name, entry in known.asked().items() if name != "cohorts"]
    keys = {key for entry in entries for key in entry["settled_by"].split(";")}
    keys |= set(";".join(found["settled_by"]).split(";")) - {""}
    assert {f"settle.{key}" for key in keys} <= set(words)
    assert {f"unit.{entry['unit'].lower()}" for entry in entries} <= set(words)
