"""Merging a register with what is known: one school, one facility, and every row accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from cfc_gis import facilities, likeness, locale, network, schema
from cfc_gis.errors import ChoiceUnknown, CrsMissing, TableFault
from cfc_gis.facilities import merge as merging
from cfc_gis.facilities import pairing
from cfc_gis.facilities.merge import merge
from cfc_gis.sources import osm_extract, register
from tests import registers

CRS = "EPSG:4551"
X, Y = 549_000.0, 5_065_000.0
KINDERGARTEN, SCHOOL = {"amenity": "kindergarten"}, {"amenity": "school"}
COLUMNS = ("name", "category", "seats", "x", "y")


def known(*rows: tuple[str, str | None, dict[str, str], float, float]) -> gpd.GeoDataFrame:
    """Facilities found among points at x, y metres from a corner."""
    ids, names, tags, x, y = zip(*rows, strict=True)
    points = gpd.points_from_xy(X + np.array(x), Y + np.array(y), crs=CRS)
    objects = gpd.GeoDataFrame({"osm_id": ids, "name": names, "tags": tags}, geometry=points)
    return facilities.find(objects).table


def listed(folder: Path, *rows: tuple[Any, ...], official: bool = True, **choices: Any) -> gpd.GeoDataFrame:
    """Rows of name, category, seats, x, y; the first is row 2. An x of ``None`` is no place."""
    places = gpd.GeoSeries([None if row[3] is None else Point(X + row[3], Y + row[4]) for row in rows], crs=CRS).to_crs(
        4326
    )
    lines = [
        ",".join(
            str(cell) for cell in (*row[:3], *(("", "") if place is None else (f"{place.x:.8f}", f"{place.y:.8f}")))
        )
        for row, place in zip(rows, places, strict=True)
    ]
    file = folder / "名单.csv"
    file.write_text("\n".join(["名称,类别,学位,经度,纬度", *lines]), encoding="utf-8")
    return register.read(file, register.Choices(official=official, **choices)).table


def outcomes(merged: merging.Merged) -> list[tuple[int, str, str, str | None]]:
    for lang in locale.LANGS:
        assert len(merged.sheet(lang)) == len(merged.rows)
    assert sum(merged.counts[name] for name in merging.OUTCOMES) == len(merged.rows)
    columns = ("row", "outcome", "why", "facility_id")
    return [tuple(row) for row in merged.rows[list(columns)].to_numpy().tolist()]


HEXING = ("n1", "和兴幼儿园", KINDERGARTEN, 0.0, 0.0)


def test_the_docs_name_the_measures():
    page = (Path(__file__).parent.parent / "docs" / "registers.md").read_text(encoding="utf-8")
    rules = pairing.rules()["measures"]
    for name in ("same_name_m", "alike_m", "unnamed_m"):
        assert f"{rules[name]:,} 米" in page
        assert f"{rules[name]:,} m" in page
    assert page.count(f"{rules['per_m']:,}") == 2
    for value in (rules["tie"], rules["unnamed"], *likeness.rules()["scores"].values()):
        assert str(value) in page


# --- one pair -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "metres", "outcome", "why"),
    [
        ("哈尔滨市和兴幼儿园", 900, "matched", "same_name"),
        ("和兴幼儿园", 1500, "conflicting", "same_name_far"),
        ("和兴幼儿园", 3500, "new", "nothing_near"),
        ("和兴双语幼儿园", 250, "matched", "alike_near"),
        ("和兴双语幼儿园", 350, "new", "nothing_near"),
        ("嵩山幼儿园", 20, "conflicting", "other_name_here"),
        ("嵩山幼儿园", 40, "new", "nothing_near"),
        ("幼儿园", 40, "matched", "unnamed_near"),
        ("幼儿园", 60, "new", "nothing_near"),
    ],
)
def test_names_and_distances(tmp_path, name, metres, outcome, why):
    merged = merge(known(HEXING), listed(tmp_path, (name, "幼儿园", 90, float(metres), 0.0)))
    assert [row[1:3] for row in outcomes(merged)] == [(outcome, why)]
    assert len(merged.table) == (2 if outcome == "new" else 1)
    if outcome != "new":
        assert merged.rows["metres"].iloc[0] == pytest.approx(metres, abs=0.2)


@pytest.mark.parametrize(
    ("tags", "name", "stated", "outcome"),
    [
        (SCHOOL, "和兴小学", "九年一贯制", "matched"),
        (SCHOOL, "和兴初级中学", "九年一贯制", "matched"),
        (SCHOOL, "和兴小学", "初中", "new"),
        (KINDERGARTEN, "和兴幼儿园", "小学", "new"),
        (KINDERGARTEN, "和兴幼儿园", "托育", "new"),
    ],
)
def test_categories_that_differ_are_two_facilities(tmp_path, tags, name, stated, outcome):
    merged = merge(known(("n1", name, tags, 0.0, 0.0)), listed(tmp_path, (name, stated, 900, 10.0, 0.0)))
    assert merged.rows["outcome"].tolist() == [outcome]


def test_a_matched_facility_keeps_its_place_and_takes_what_the_list_says(tmp_path):
    objects = gpd.GeoDataFrame(
        {
            "osm_id": ["w1", "n2"],
            "name": ["第二幼儿园", None],
            "tags": [{**KINDERGARTEN, "capacity": "50"}, {"barrier": "gate"}],
        },
        geometry=[box(X, Y, X + 60, Y + 60), Point(X + 60, Y + 30)],
        crs=CRS,
    )
    before = facilities.find(objects).table
    merged = merge(before, listed(tmp_path, ("第二幼儿园", "幼儿园", 270, 100.0, 30.0)))
    row, was = merged.table.iloc[0], before.iloc[0]
    assert row["facility_id"] == "w1"
    assert row.geometry.equals(was.geometry)
    assert row["entrances"] == was["entrances"] == [(X + 60, Y + 30)]
    assert row[["evidence", "capacity", "capacity_source", "source", "osm_ids"]].tolist() == [
        "confirmed", 270, "名单: 学位", "osm;名单", "w1",
    ]  # fmt: skip
    assert row["evidence_reason"] == "名单: official list, 类别"
    assert before["capacity"].tolist() == [50]  # the caller's table stays


def test_what_the_list_leaves_empty_stays(tmp_path):
    before = known(("n1", "和兴幼儿园", {**KINDERGARTEN, "capacity": "50", "operator:type": "public"}, 0.0, 0.0))
    row = merge(before, listed(tmp_path, ("和兴幼儿园", "幼儿园", "", 10.0, 0.0))).table.iloc[0]
    assert row[["capacity", "capacity_source", "ownership"]].tolist() == [50, "osm", "public"]


def test_the_surer_category_counts(tmp_path):
    before = known(("n1", "和兴小学", SCHOOL, 0.0, 0.0))
    nine = ("和兴小学", "九年一贯制", 900, 10.0, 0.0)
    assert merge(before, listed(tmp_path, nine)).table["category"].tolist() == ["nine_year_school"]
    unofficial = merge(before, listed(tmp_path, nine, official=False)).table
    assert unofficial[["category", "evidence"]].iloc[0].tolist() == ["primary_school", "strong"]
    presumed = known(("n1", "和兴学校", SCHOOL, 0.0, 0.0))
    sure = merge(presumed, listed(tmp_path, ("和兴学校", "初中", 900, 10.0, 0.0), official=False)).table
    assert sure[["category", "evidence"]].iloc[0].tolist() == ["junior_school", "strong"]


def test_a_list_of_hospitals_confirms_paediatrics(tmp_path):
    before = known(("n1", "仁和医院", {"amenity": "hospital"}, 0.0, 0.0))
    assert before["evidence"].tolist() == ["unknown"]
    merged = merge(before, listed(tmp_path, ("仁和医院", "", "", 200.0, 0.0), category="paediatric_hospital"))
    assert merged.table[["facility_id", "evidence"]].to_numpy().tolist() == [["n1", "confirmed"]]


# --- many ---------------------------------------------------------------------------------------------------------


def test_one_to_one_the_nearer_first(tmp_path):
    two = known(HEXING, ("n2", "和兴幼儿园", KINDERGARTEN, 800.0, 0.0))
    rows = [("和兴幼儿园", "幼儿园", 90, 30.0, 0.0), ("和兴幼儿园", "幼儿园", 60, 700.0, 0.0)]
    assert outcomes(merge(two, listed(tmp_path, *rows))) == [
        (2, "matched", "same_name", "n1"), (3, "matched", "same_name", "n2"),
    ]  # fmt: skip


def test_a_second_row_of_a_matched_facility_is_new(tmp_path):
    rows = [("和兴幼儿园", "幼儿园", 90, 30.0, 0.0), ("和兴幼儿园", "幼儿园", 60, 700.0, 0.0)]
    merged = merge(known(HEXING), listed(tmp_path, *rows))
    assert outcomes(merged) == [(2, "matched", "same_name", "n1"), (3, "new", "others_nearer", None)]
    assert merged.table["capacity"].sum() == 150


def test_what_cannot_be_told_apart_is_left_to_the_planner(tmp_path):
    two = known(("n1", "和兴幼儿园", KINDERGARTEN, 0.0, 0.0), ("n2", "和兴幼儿园", KINDERGARTEN, 200.0, 0.0))
    rows = listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 100.0, 10.0))
    merged = merge(two, rows)
    assert outcomes(merged) == [(2, "conflicting", "tie", "n1")]
    assert merged.rows["others"].tolist() == ["n2"]
    assert merged.table["capacity"].isna().all()  # it adds nothing, so that nothing is counted twice
    decided = merge(two, rows, decisions={2: "n2"})
    assert outcomes(decided) == [(2, "matched", "decided", "n2")]
    assert decided.table.set_index("facility_id")["capacity"].fillna(0).to_dict() == {"n1": 0, "n2": 90}
    new = merge(two, rows, decisions={2: "new"})
    assert outcomes(new) == [(2, "new", "decided", None)]
    assert len(new.table) == 3


def test_two_rows_for_one_facility_are_conflicting_and_so_is_who_waits_for_it(tmp_path):
    rows = listed(
        tmp_path, ("和兴幼儿园", "幼儿园", 90, 60.0, 0.0), ("和兴幼儿园", "幼儿园", 60, -60.0, 0.0),
        ("和兴幼儿园", "幼儿园", 30, 500.0, 0.0),
    )  # fmt: skip
    merged = merge(known(HEXING), rows)
    assert [row[:3] for row in outcomes(merged)] == [(n, "conflicting", "several_rows") for n in (2, 3, 4)]
    assert merged.rows["others"].tolist() == ["row 3;row 4", "row 2;row 4", "row 2;row 3"]


THREE = (
    ("哈尔滨市和兴幼儿园", "幼儿园", 90, 60.0, 0.0),
    ("和兴幼儿园", "幼儿园", 60, -60.0, 0.0),
    ("和兴幼儿园", "幼儿园", 30, 0.0, 90.0),
)


@pytest.mark.parametrize("row", [2, 3, 4])
def test_deciding_one_row_settles_the_others_of_its_name_as_the_same_site(tmp_path, row):
    merged = merge(known(HEXING), listed(tmp_path, *THREE), decisions={row: "n1"})
    others = [each for each in (2, 3, 4) if each != row]
    assert sorted(outcomes(merged)) == sorted(
        [(row, "matched", "decided", "n1"), *((each, "same", "same_site", None) for each in others)]
    )
    assert set(merged.rows.set_index("row").loc[others, "others"]) == {f"row {row}"}
    assert merged.table["capacity"].tolist() == [THREE[row - 2][2]]
    assert merged.counts["same"] == 2


def test_a_row_may_be_the_site_of_another_row_or_left_out(tmp_path):
    merged = merge(known(HEXING), listed(tmp_path, *THREE), decisions={3: "row 2", 4: "leave out"})
    assert outcomes(merged) == [
        (2, "matched", "same_name", "n1"), (3, "same", "decided", None), (4, "left_out", "decided", None),
    ]  # fmt: skip
    assert merged.rows["others"].tolist() == ["", "row 2", ""]
    assert merged.table["capacity"].tolist() == [90]
    chinese = merge(known(HEXING), listed(tmp_path, *THREE), decisions={3: "同第2行", 4: "不采用"})
    assert chinese.rows.equals(merged.rows)
    own = merge(known(HEXING), listed(tmp_path, *THREE), decisions={2: "n1", 4: "新增"})
    assert outcomes(own)[1:] == [(3, "same", "same_site", None), (4, "new", "decided", None)]


def test_a_row_of_another_name_is_not_settled_by_the_decision_on_its_rival(tmp_path):
    """Two museums in one building that has no name: deciding one does not swallow the other, nor make it new."""
    before = known(("n1", None, {"tourism": "museum"}, 0.0, 0.0))
    rows = listed(tmp_path, ("群众艺术馆", "文化馆", "", 5.0, 0.0), ("艺术博物馆", "博物馆", "", -5.0, 0.0))
    assert [row[1:3] for row in outcomes(merge(before, rows))] == [("conflicting", "several_rows")] * 2
    merged = merge(before, rows, decisions={2: "n1"})
    assert outcomes(merged) == [(2, "matched", "decided", "n1"), (3, "conflicting", "claimed", "n1")]
    assert merged.rows["others"].tolist() == ["", "row 2"]


def test_after_a_decision_nobody_who_waited_is_new_by_itself(tmp_path):
    """Of three rows that wait for one facility the near one is the same site; the one 500 m off is asked about."""
    rows = listed(tmp_path, *THREE[:2], ("和兴幼儿园", "幼儿园", 30, 500.0, 0.0))
    merged = merge(known(HEXING), rows, decisions={2: "n1"})
    assert outcomes(merged)[1:] == [(3, "same", "same_site", None), (4, "conflicting", "claimed", "n1")]
    clear = listed(tmp_path, THREE[0], ("和兴幼儿园", "幼儿园", 60, 700.0, 0.0))
    for decisions in ({}, {2: "n1"}):  # it did not wait: to confirm what was clear changes nothing
        assert outcomes(merge(known(HEXING), clear, decisions=decisions))[1] == (3, "new", "others_nearer", None)


def test_a_row_whose_facility_is_decided_to_be_another_is_asked_about(tmp_path):
    rows = listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 10.0, 0.0), ("嵩山幼儿园", "幼儿园", 60, 20.0, 0.0))
    assert outcomes(merge(known(HEXING), rows))[0] == (2, "matched", "same_name", "n1")
    merged = merge(known(HEXING), rows, decisions={3: "n1"})
    assert outcomes(merged) == [(2, "conflicting", "claimed", "n1"), (3, "matched", "decided", "n1")]


def test_a_rival_that_may_be_another_facility_is_that_one(tmp_path):
    two = known(HEXING, ("n2", "和兴幼儿园", KINDERGARTEN, 200.0, 0.0))
    rows = listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 100.0, 0.0), ("和兴幼儿园", "幼儿园", 60, 100.0, 120.0))
    merged = merge(two, rows, decisions={2: "n1"})
    assert outcomes(merged) == [(2, "matched", "decided", "n1"), (3, "matched", "same_name", "n2")]


def test_decisions_that_make_no_sense_are_refused(tmp_path):
    rows = listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 60.0, 0.0), ("嵩山幼儿园", "幼儿园", 60, None, None))
    for wrong, told in (
        ({9: "n1"}, "- 9: there is no such row"), ({2: "n9"}, "- 2: there is no facility “n9”. Did you mean n1?"),
        ({2: "n1", 3: "n1"}, "- 3: facility n1 is row 2 already; if they are one site, write row 2"),
        ({3: "new"}, "- 3: it has no place"), ({2: "row 2"}, "- 2: it cannot be"),
        ({2: "row 7"}, "- 2: there is no row 7"),
        ({2: "row 3", 3: "leave out"}, "- 2: row 3 does not count itself"),
    ):  # fmt: skip
        with pytest.raises(ChoiceUnknown) as caught:
            merge(known(HEXING), rows, decisions=wrong)
        assert told in caught.value.text("en")
        assert caught.value.text("zh")


def test_all_decisions_that_make_no_sense_are_named_at_once(tmp_path):
    rows = listed(tmp_path, *THREE)
    with pytest.raises(ChoiceUnknown) as caught:
        merge(known(HEXING), rows, decisions={9: "new", 2: "nonsense", 3: "row 8"})
    assert caught.value.facts["count"] == 3
    assert "“名单”" in caught.value.text("en").splitlines()[0]
    assert [line[:4] for line in caught.value.text("zh").splitlines()[1:4]] == ["- 2:", "- 3:", "- 9:"]


def test_rows_without_a_place_need_a_name_that_only_one_has(tmp_path):
    before = known(
        HEXING, ("n2", "嵩山幼儿园", KINDERGARTEN, 500.0, 0.0), ("n3", "嵩山幼儿园", KINDERGARTEN, 900.0, 0.0),
        ("n4", "春光幼儿园", KINDERGARTEN, 0.0, 900.0), ("n5", "南岗区第二幼儿园", KINDERGARTEN, 900.0, 900.0),
    )  # fmt: skip
    nowhere = (None, None)
    rows = listed(
        tmp_path, ("哈尔滨市和兴幼儿园", "幼儿园", 90, *nowhere), ("嵩山幼儿园", "幼儿园", 60, *nowhere),
        ("春光幼儿园", "幼儿园", 30, 0.0, 910.0), ("春光幼儿园（普惠）", "幼儿园", 30, *nowhere),
        ("白云幼儿园", "幼儿园", 30, *nowhere), ("道里区第二幼儿园", "幼儿园", 30, *nowhere),
        ("第二幼儿园", "幼儿园", 30, *nowhere), ("和兴双语幼儿园", "幼儿园", 30, *nowhere),
    )  # fmt: skip
    merged = merge(before, rows)
    assert outcomes(merged) == [
        (2, "matched", "only_name", "n1"), (3, "unplaced", "name_ambiguous", None), (4, "matched", "same_name", "n4"),
        (6, "unplaced", "no_place", None), (7, "unplaced", "no_place", None), (8, "unplaced", "no_place", None),
        (9, "unplaced", "no_place", None),
    ]  # fmt: skip
    assert merged.rows["others"].tolist()[1] == "n2;n3"
    assert len(merged.table) == len(before)


def test_a_row_without_a_place_is_not_matched_where_a_placed_row_may_be_it(tmp_path):
    rows = listed(
        tmp_path, ("和兴幼儿园", "幼儿园", 90, 5000.0, 0.0), ("和兴幼儿园", "幼儿园", 60, 9000.0, 0.0),
        ("和兴幼儿园", "幼儿园", 30, None, None),
    )  # fmt: skip
    merged = merge(known(HEXING), rows)
    assert [row[1:3] for row in outcomes(merged)] == [("new", "nothing_near")] * 2 + [("unplaced", "name_ambiguous")]


def test_the_district_of_a_row_belongs_to_its_name(tmp_path):
    before = known(("n1", "南岗区第二幼儿园", KINDERGARTEN, 0.0, 0.0))
    text = "名称,所属区,学位,经度,纬度\n第二幼儿园,南岗区,90,,\n第二幼儿园,道里区,60,,\n"
    (tmp_path / "名单.csv").write_text(text, encoding="utf-8")
    rows = register.read(tmp_path / "名单.csv").table
    assert outcomes(merge(before, rows)) == [(2, "matched", "only_name", "n1"), (3, "unplaced", "no_place", None)]


def test_new_facilities_stand_where_the_list_says(tmp_path):
    text = (
        "名称,类别,学位,经度,纬度,entr_location,教育集团,建园时间,课后服务\n"
        '春光幼儿园,幼儿园,90,126.63,45.72,"126.6301,45.7201",第一集团,2015,是\n滑冰场,冰雪,,126.64,45.72,,,,\n'
    )
    (tmp_path / "名单.csv").write_text(text, encoding="utf-8")
    rows = register.read(tmp_path / "名单.csv", register.Choices(datum="wgs84", official=True)).table
    merged = merge(known(HEXING), rows)
    schema.check(merged.table, schema.FACILITIES)
    new = merged.table.set_index("name").loc["春光幼儿园"]
    gate = gpd.GeoSeries([Point(126.6301, 45.7201)], crs=4326).to_crs(CRS).iloc[0]
    assert new["entrances"] == [pytest.approx((gate.x, gate.y), abs=0.01)]
    columns = ["facility_id", "osm_ids", "source", "group", "opened", "after_school", "indoor", "season"]
    assert new[columns].tolist() == [
        rows["register_id"].iloc[0], "", "名单", "第一集团", 2015, True, True, "all",
    ]  # fmt: skip
    assert merged.table.set_index("name").loc["滑冰场", ["indoor", "season"]].tolist() == [False, "winter"]
    assert merged.table.set_index("name").loc["和兴幼儿园", "opened"] is None or np.isnan(
        merged.table.set_index("name").loc["和兴幼儿园", "opened"]
    )


def test_new_polygons_are_entered_where_paths_cross_them(tmp_path):
    park = gpd.GeoDataFrame({"name": ["春光公园"]}, geometry=[box(X, Y, X + 100, Y + 100)], crs=CRS)
    park.to_file(tmp_path / "公园.gpkg")
    paths = gpd.GeoSeries([LineString([(X - 50, Y + 50), (X + 50, Y + 50)])], crs=CRS)
    merged = merge(known(HEXING), register.read(tmp_path / "公园.gpkg").table, paths=paths)
    new = merged.table.set_index("name").loc["春光公园"]
    assert new["entrances"] == [pytest.approx((X, Y + 50), abs=0.02)]
    assert new.geometry.area == pytest.approx(10_000, rel=1e-6)


def test_a_layer_without_names_is_merged_by_place(tmp_path):
    points = [Point(X + 20, Y), Point(X + 500, Y), Point(X + 505, Y + 900)]
    gpd.GeoDataFrame({"surface": ["sand"] * 3}, geometry=points, crs=CRS).to_file(tmp_path / "场地.gpkg")
    rows = register.read(tmp_path / "场地.gpkg", register.Choices(category="play")).table
    merged = merge(known(("n1", None, {"leisure": "playground"}, 0.0, 0.0)), rows)
    assert outcomes(merged)[0] == (1, "matched", "unnamed_near", "n1")
    assert merged.counts["new"] == 2
    assert merged.table["name"].isna().all()
    assert set(merged.table["category"]) == {"play"}


def test_what_the_list_does_not_have_is_named(tmp_path):
    before = known(HEXING, ("n2", "嵩山幼儿园", KINDERGARTEN, 500.0, 0.0), ("n3", "和兴小学", SCHOOL, 900.0, 0.0))
    merged = merge(before, listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 0.0, 0.0)))
    assert merged.not_listed == ("n2",)  # of the categories in the list


def test_fault_38_an_empty_register_changes_nothing(tmp_path):
    (tmp_path / "名单.csv").write_text("名称,经度,纬度\n", encoding="utf-8")
    before = known(HEXING)
    merged = merge(before, register.read(tmp_path / "名单.csv").table)
    assert merged.table[before.columns].equals(before)
    assert len(merged.rows) == 0
    assert merged.counts["facilities"] == 1


def test_all_facilities_may_come_from_the_list(tmp_path):
    merged = merge(known(HEXING).iloc[:0], listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 0.0, 0.0)))
    assert outcomes(merged) == [(2, "new", "nothing_near", None)]
    assert merged.table["capacity"].tolist() == [90]


def test_tables_are_checked_at_the_door(tmp_path):
    rows = listed(tmp_path, ("和兴幼儿园", "幼儿园", 90, 0.0, 0.0))
    with pytest.raises(TableFault):
        merge(known(HEXING), rows.drop(columns="row"))
    with pytest.raises(TableFault):
        merge(known(HEXING).drop(columns="name"), rows)
    with pytest.raises(CrsMissing):
        merge(known(HEXING).to_crs(4326), rows)


# --- properties ---------------------------------------------------------------------------------------------------

PLACES = st.tuples(
    st.sampled_from(["和兴幼儿园", "嵩山幼儿园", "第二幼儿园", "和兴双语幼儿园", "幼儿园"]),
    st.integers(-1500, 1500),
    st.integers(-300, 300),
)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def made(rows: list[tuple[str, int, int]]) -> gpd.GeoDataFrame:
    return known(*((f"n{at}", name, KINDERGARTEN, float(x), float(y)) for at, (name, x, y) in enumerate(rows, 1)))


@QUIET
@given(st.lists(PLACES, min_size=1, max_size=5), st.lists(PLACES, min_size=1, max_size=5, unique=True), st.randoms())
def test_capacity_is_counted_once_whatever_the_order_of_rows(tmp_path, there, rows, random):
    before = made(there)
    listing = listed(tmp_path, *((name, "幼儿园", 10 + at, float(x), float(y)) for at, (name, x, y) in enumerate(rows)))
    merged = merge(before, listing)
    used = listing[merged.rows["outcome"].isin(["matched", "new"]).to_numpy()]
    assert merged.table["capacity"].sum() == used["capacity"].sum()
    assert merged.counts["facilities"] == len(before) + merged.counts["new"]
    partners = merged.rows.loc[merged.rows["outcome"] == "matched", "facility_id"]
    assert partners.is_unique
    order = list(range(len(listing)))
    random.shuffle(order)
    shuffled = merge(before.sample(frac=1, random_state=random.randrange(99)), listing.iloc[order])
    assert shuffled.table.equals(merged.table)
    assert shuffled.rows.sort_values("row", ignore_index=True).equals(merged.rows)


@QUIET
@given(st.lists(PLACES, min_size=1, max_size=5), st.lists(PLACES, min_size=1, max_size=5, unique=True))
def test_a_second_merge_of_the_same_list_adds_nothing(tmp_path, there, rows):
    listing = listed(tmp_path, *((name, "幼儿园", 10, float(x), float(y)) for name, x, y in rows))
    once = merge(made(there), listing)
    again = merge(once.table, listing)
    settled = once.rows["outcome"].isin(["matched", "new"]).to_numpy()
    assert not (again.rows.loc[settled, "outcome"] == "new").any()


# --- the real extract ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(extract_path) -> gpd.GeoDataFrame:
    """Facilities of the extract, found as a study finds them."""
    osm = osm_extract.read(extract_path)
    objects = osm.objects.to_crs(CRS)
    walk = network.build(osm.streets, osm.street_points, crs=CRS, nodes=objects[objects.geom_type == "Point"])
    return facilities.find(objects, paths=gpd.GeoSeries(walk.lines, crs=CRS), gates=facilities.gates_of(objects)).table


def test_a_list_of_forty_kindergartens(tmp_path, real):
    """A GB18030 list with five deliberate faults, six of its kindergartens in OSM: exactly the expected facilities."""
    rows = registers.forty(real)
    assert len(rows) == 40
    rows = registers.with_faults(rows)
    file = registers.write(rows, tmp_path / "幼儿园名单.csv")
    choices = register.Choices(category="kindergarten", official=True)

    with pytest.raises(TableFault) as caught:
        register.read(file, choices)
    for line in (
        "第 11 行，“核定学位（个）”: “-210”",
        "第 16 行，“核定学位（个）”: “约180”",
        "第 21 行",
        "第 26 行",
        "第 31 行",
    ):
        assert line in caught.value.text("zh")

    found = register.read(file, choices, keep_going=True)
    assert found.report.provenance["how"] == "CSV, GB18030"
    told = [(fault.key, fault.row) for fault in found.report.faults if fault.severity != "note"]
    assert sorted(told, key=lambda fault: fault[1] or 0) == [
        ("capacity_not_positive", 11), ("capacity_not_positive", 16), ("looks_swapped", 21),
        ("unplaced", 26), ("double", 31),
    ]  # fmt: skip
    merged = merge(real, found.table)
    assert merged.counts == {
        "matched": 6, "new": 31, "same": 0, "left_out": 0, "conflicting": 0, "unplaced": 2,
        "facilities": len(real) + 31,
        "not_listed": int((real["category"] == "kindergarten").sum()) - 6,
    }  # fmt: skip
    by_row = merged.rows.set_index("row")
    assert by_row["facility_id"].iloc[:6].tolist() == list(registers.IN_OSM)
    assert (by_row["likeness"].iloc[:6] == 1).all()
    assert (by_row["metres"].iloc[:6] < 100).all()
    assert by_row.index[by_row["outcome"] == "unplaced"].tolist() == [21, 26]
    assert 31 not in by_row.index

    after, before = merged.table.set_index("facility_id"), real.set_index("facility_id")
    new = found.table[merged.rows["outcome"].eq("new").to_numpy()]
    assert sorted(after.index) == sorted([*before.index, *new["register_id"]])
    matched = after.loc[list(registers.IN_OSM)]
    assert matched["capacity"].tolist() == [rows[at][registers.SEATS] for at in range(6)]
    assert set(matched["evidence"]) == {"confirmed"}
    assert matched.geometry.geom_equals(before.loc[list(registers.IN_OSM)].geometry).all()
    assert matched["entrances"].equals(before.loc[list(registers.IN_OSM), "entrances"])
    rest = before.index.difference(registers.IN_OSM)
    assert after.loc[rest, before.columns].equals(before.loc[rest])
    counted = [row[registers.SEATS] for at, row in enumerate(rows) if at not in {9, 14, 19, 24, 29}]
    assert after["capacity"].sum() - before["capacity"].sum() == sum(counted)
    assert set(new["capacity"].isna()) == {True, False}


def test_every_school_of_the_extract_finds_itself(tmp_path, real):
    """A list made of the extract's own schools matches each to itself, or says that it cannot tell."""
    schools = real[real["category"].isin(["primary_school", "junior_school", "nine_year_school", "kindergarten"])]
    points = schools.geometry.representative_point().to_crs(4326)
    lines = [
        f'"{name}",{category},{point.x:.7f},{point.y:.7f}'
        for name, category, point in zip(schools["name"].fillna(""), schools["category"], points, strict=True)
    ]
    (tmp_path / "名单.csv").write_text("\n".join(["名称,类别,经度,纬度", *lines]), encoding="utf-8")
    found = register.read(tmp_path / "名单.csv", register.Choices(official=True))
    merged = merge(real, found.table)
    own = dict(zip(range(2, len(schools) + 2), schools["facility_id"], strict=True))
    rows = merged.rows
    matched = rows[rows["outcome"] == "matched"]
    assert [own[row] for row in matched["row"]] == matched["facility_id"].tolist()
    assert merged.counts["new"] == 0
    assert merged.counts["matched"] >= 0.97 * len(schools)
