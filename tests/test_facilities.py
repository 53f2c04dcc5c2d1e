"""Facilities: what names and tags say, which objects are one site, where one enters."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from cfc_gis import facilities, lexicon, locale, schema
from cfc_gis.errors import CrsMissing, TableFault

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "update_facility_golden.py"
SCHOOL = {"amenity": "school"}
HOSPITAL = {"amenity": "hospital", "healthcare": "hospital"}
PITCH = {"leisure": "pitch", "sport": "basketball"}
Row = tuple[str, str | None, dict[str, str], BaseGeometry]


def table(*rows: Row) -> gpd.GeoDataFrame:
    ids, names, tags, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"osm_id": ids, "name": names, "tags": tags}, geometry=list(shapes), crs=4551)


def square(x: float, y: float, side: float = 100) -> Polygon:
    return box(x, y, x + side, y + side)


def find(*rows: Row, **more: Any) -> facilities.Facilities:
    return facilities.find(table(*rows), **more)


def outcome(name: str | None, tags: dict[str, str]) -> tuple[str | None, str]:
    """Category and evidence, or the reason why not."""
    verdict = lexicon.classify(name, tags)
    assert verdict is not None
    return (verdict.reason, "") if verdict.reason else (verdict.category, verdict.evidence)


# --- names and tags -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        # stages
        ("某某小学校", SCHOOL, ("primary_school", "strong")),
        ("师范大学附属小学", SCHOOL, ("primary_school", "strong")),
        ("师大附小", SCHOOL, ("primary_school", "strong")),
        ("乡中心校", SCHOOL, ("primary_school", "strong")),
        ("第三十二中学", SCHOOL, ("junior_school", "presumed")),
        ("165中", SCHOOL, ("junior_school", "presumed")),
        ("十中(新校区)", SCHOOL, ("junior_school", "presumed")),
        ("某大学附属中学", SCHOOL, ("junior_school", "presumed")),
        ("第一初级中学", SCHOOL, ("junior_school", "strong")),
        ("九年一贯制实验学校", SCHOOL, ("nine_year_school", "strong")),
        ("松江学校", SCHOOL, ("nine_year_school", "presumed")),
        ("特殊教育学校", SCHOOL, ("special_school", "strong")),
        ("盲聋哑学校", SCHOOL, ("special_school", "strong")),
        ("某某中学", {**SCHOOL, "grades": "6-9"}, ("junior_school", "strong")),
        ("某某中学", {**SCHOOL, "grades": "10-12"}, ("senior_school", "")),
        ("某某学校", {**SCHOOL, "isced:level": "1;2"}, ("nine_year_school", "strong")),
        ("某某学校", {**SCHOOL, "grades": "1-5"}, ("primary_school", "strong")),
        # the head of a Chinese name stands last
        ("小学附属幼儿园", {"building": "yes"}, ("kindergarten", "strong")),
        ("儿童医院幼儿园", {"building": "yes"}, ("kindergarten", "strong")),
        ("医学院附属医院", {"building": "yes"}, ("paediatric_hospital", "unknown")),
        # tags that lie
        ("第二幼儿园", SCHOOL, ("kindergarten", "strong")),
        ("宝贝幼儿园", {"amenity": "childcare"}, ("kindergarten", "strong")),
        (None, {"amenity": "childcare"}, ("childcare", "presumed")),
        (None, {"amenity": "kindergarten"}, ("kindergarten", "strong")),
        ("阳光托育中心", {"amenity": "childcare"}, ("childcare", "strong")),
        ("儿童福利院", SCHOOL, ("welfare_home", "")),
        ("逸夫教学楼", SCHOOL, ("named_after", "")),
        ("省职工体育运动技术学院", SCHOOL, ("higher_education", "")),
        ("少年宫", SCHOOL, ("culture", "strong")),
        # not a school for our ages
        ("第一高级中学", SCHOOL, ("senior_school", "")),
        ("实验中学高三校区", SCHOOL, ("senior_school", "")),
        ("第二职业高中", SCHOOL, ("vocational", "")),
        ("轻工业学校", SCHOOL, ("vocational", "")),
        ("教师进修学校", SCHOOL, ("adult_education", "")),
        ("老年大学", SCHOOL, ("adult_education", "")),
        ("北环驾校", {"landuse": "commercial"}, ("adult_education", "")),
        ("源源外语", SCHOOL, ("private_tuition", "")),
        ("中小学生综合实践学校", SCHOOL, ("practice_base", "")),
        ("幼儿师范专科学校", {"amenity": "college"}, ("higher_education", "")),
        ("大学科技园", SCHOOL, ("higher_education", "")),
        (None, SCHOOL, ("stage_unknown", "")),
        ("学校", SCHOOL, ("stage_unknown", "")),
        ("待建学校", {"landuse": "construction"}, ("not_built", "")),
        ("新小学", {**SCHOOL, "disused": "yes"}, ("not_built", "")),
        # things that are only called after a facility
        ("儿童医院", {"highway": "bus_stop"}, ("named_after", "")),
        ("某某小学", {"public_transport": "station"}, ("named_after", "")),
        ("文昌小学家属院", {"landuse": "residential"}, ("named_after", "")),
        ("盲人学校按摩", {"shop": "massage"}, ("named_after", "")),
        ("妇儿医院用品", {"shop": "baby_goods"}, ("named_after", "")),
        ("医院停车场", {"amenity": "parking"}, ("named_after", "")),
        ("城市公园C座", {"building": "yes"}, ("named_after", "")),
        # the ladder of paediatrics
        ("市儿童医院", HOSPITAL, ("paediatric_hospital", "strong")),
        ("区妇幼保健院", HOSPITAL, ("paediatric_hospital", "strong")),
        ("某医院", {**HOSPITAL, "healthcare:speciality": "surgery;paediatrics"}, ("paediatric_hospital", "strong")),
        ("医科大学附属第二医院", HOSPITAL, ("paediatric_hospital", "presumed")),
        ("宾县人民医院", HOSPITAL, ("paediatric_hospital", "presumed")),
        ("农垦总医院", HOSPITAL, ("paediatric_hospital", "presumed")),
        ("星光医院", HOSPITAL, ("paediatric_hospital", "unknown")),
        (None, HOSPITAL, ("paediatric_hospital", "unknown")),
        ("口腔医院", HOSPITAL, ("no_paediatrics", "")),
        ("附属肿瘤医院", HOSPITAL, ("no_paediatrics", "")),
        ("宠物医院", {"building": "yes"}, ("animals", "")),
        ("工业大学医院", {"building": "hospital"}, ("campus_clinic", "")),
        (None, {"building": "hospital"}, ("building_only", "")),
        ("通乡社区卫生服务中心", {"amenity": "clinic"}, ("health_centre", "strong")),
        ("王氏诊所", {"amenity": "clinic"}, ("private_clinic", "")),
        (None, {"amenity": "doctors"}, ("private_clinic", "")),
        ("农业大学校医院", {"building": "hospital", "alt_name": "铁东街道卫生服务中心"}, ("health_centre", "strong")),
        # leisure
        ("儿童之家", {"amenity": "community_centre"}, ("child_friendly_space", "strong")),
        ("儿童公园", {"leisure": "park"}, ("play", "strong")),
        ("音乐公园", {"leisure": "park"}, ("park", "strong")),
        ("体育公园", {"leisure": "park"}, ("park", "strong")),
        ("文化公园", {"tourism": "theme_park"}, ("park", "strong")),
        ("冰雪大世界", {"tourism": "theme_park"}, ("ice_snow", "strong")),
        ("极地公园", {"tourism": "theme_park"}, ("paid_attraction", "")),
        ("大剧院", {"amenity": "theatre"}, ("music", "strong")),
        ("Harbin Concert Hall", {"amenity": "theatre"}, ("music", "strong")),
        ("话剧院", {"amenity": "theatre"}, ("culture", "strong")),
        ("省科学技术馆", {"landuse": "commercial"}, ("culture", "strong")),
        ("理工大学图书馆", {"amenity": "library"}, ("campus_ground", "")),
        ("档案馆", {"amenity": "library"}, ("archive", "")),
        ("烈士陵园", {"leisure": "garden"}, ("memorial", "")),
        ("游泳馆", {"building": "yes"}, ("sport", "presumed")),
        ("广场", {"leisure": "pitch"}, ("square", "")),
        ("西站东广场", {"leisure": "park"}, ("square", "")),
        (None, {"leisure": "pitch", "sport": "golf"}, ("golf", "")),
        (None, {**PITCH, "access": "private"}, ("private_access", "")),
        (None, {"leisure": "sports_centre;stadium"}, ("sport", "strong")),
    ],
)
def test_what_a_name_and_tags_say(name, tags, expected):
    assert outcome(name, tags) == expected


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (None, {"building": "yes"}),
        ("阳光小区", {"landuse": "residential"}),
        ("居然之家", {"shop": "houseware"}),
        ("蜜雪冰城", {"amenity": "cafe"}),
        (float("nan"), {"amenity": "bank"}),
    ],
)
def test_what_is_of_no_interest(name, tags):
    assert lexicon.classify(name, tags) is None


def test_control_characters_in_a_name_do_not_hide_it():
    assert outcome("第一\u202e小学\x07", SCHOOL) == ("primary_school", "strong")
    assert find(("w1", "第一\u202e小学\x07", SCHOOL, square(0, 0))).table["name"].tolist() == ["第一小学"]


def test_the_quick_filter_misses_nothing_that_classify_takes():
    rows = [
        ("和兴幼儿园", {"building": "yes"}),
        (None, PITCH),
        (None, {"building": "yes"}),
        ("儿童之家", {"office": "ngo"}),
    ]
    names, tags = zip(*rows, strict=True)
    quick = lexicon.may_interest(names, tags)
    assert quick == [lexicon.classify(name, each) is not None for name, each in rows]


def test_every_reason_has_words_and_every_category_is_known():
    raw = tomllib.loads((resources.files("cfc_gis") / "resources" / "lexicon.toml").read_text(encoding="utf-8"))
    reasons = {each["reason"] for each in (*raw["exclude"], *raw["tag"].values()) if "reason" in each}
    reasons |= {
        "stage_unknown", "shared_ground", "school_ground", "campus_ground", "closed_ground", "private_access",
        "compound_green", "too_small", "no_area",
        "category_unknown", "total_row", "no_name", "double", "closed_now",  # of rows of a register
    }  # fmt: skip
    words = locale.table()
    listed = {key.removeprefix("set_aside.") for key in words if key.startswith("set_aside.")}
    assert reasons == listed
    categories = {each["category"] for each in (*raw["category"], *raw["tag"].values()) if "category" in each}
    assert categories == set(schema.CATEGORIES)
    evidence = {each.get(key, "strong") for each in raw["category"] for key in ("evidence", "alone")}
    assert evidence <= set(schema.EVIDENCE)
    assert {f"entrance_rule.{rule}" for rule in ("gate", "path", "outline", "point")} <= words.keys()


# --- the facility table -------------------------------------------------------------------------------------------


def test_table_follows_its_contract_and_says_more():
    found = find(
        ("w1", "哈尔滨市儿童医院", {**HOSPITAL, "beds": "600", "operator:type": "government"}, square(0, 0)),
        ("w2", "民办星星幼儿园", {"amenity": "kindergarten", "capacity": "about 90"}, square(500, 0)),
        ("w3", "室内冰场", {"leisure": "ice_rink", "building": "yes"}, square(1000, 0)),
        ("w4", "滑冰场", {"leisure": "ice_rink"}, square(1500, 0)),
        ("w5", "戏水乐园", {"leisure": "water_park"}, square(2000, 0)),
        ("w6", "社区卫生服务站", {"amenity": "clinic"}, square(2500, 0)),
    )
    schema.check(found.table, schema.FACILITIES)
    rows = found.table.set_index("facility_id")
    assert rows["season"].tolist() == ["all", "all", "all", "winter", "summer", "all"]
    assert rows["indoor"].tolist() == [True, True, True, False, False, True]
    assert rows.loc["w1", ["care_level", "ownership", "capacity", "capacity_source"]].tolist() == [
        "regional", "public", 600, "osm",
    ]  # fmt: skip
    assert rows.loc["w2", "ownership"] == "private"
    assert pd.isna(rows.loc["w2", "capacity"])
    assert rows.loc["w6", "care_level"] == "community"
    assert found.table.crs == 4551


def test_nothing_found_is_an_empty_table_with_all_columns():
    found = find(("w1", None, {"building": "yes"}, square(0, 0)))
    assert found.table.empty
    assert found.set_aside.empty
    assert set(schema.FACILITIES.columns) <= set(found.table.columns)
    assert found.counts["facilities"] == 0


def test_counts_add_up():
    found = find(
        ("w1", "继红小学", SCHOOL, square(0, 0)),
        ("w2", None, {"building": "school"}, square(10, 10, 20)),
        ("n3", "继红小学", SCHOOL, Point(50, 50)),
        ("w4", "技师学院", {"amenity": "college"}, square(500, 0)),
        ("w5", None, {"building": "yes"}, square(900, 0)),
    )
    counts = found.counts
    assert (counts["objects"], counts["of_interest"]) == (5, 4)
    assert counts["of_interest"] == counts["facilities"] + counts["merged"] + counts["set_aside"]
    assert counts["category_primary_school"] == 1
    assert counts["set_aside_vocational"] == 1


def test_the_caller_is_told_what_is_wrong_with_the_objects():
    rows = table(("w1", "继红小学", SCHOOL, square(0, 0)))
    with pytest.raises(CrsMissing, match="metres was wanted"):
        facilities.find(rows.set_crs(4326, allow_override=True))
    with pytest.raises(TableFault, match="tags: column missing"):
        facilities.find(rows.drop(columns="tags"))


# --- sites --------------------------------------------------------------------------------------------------------


def ids(found: facilities.Facilities) -> dict[str, str]:
    return dict(zip(found.table["facility_id"], found.table["osm_ids"], strict=True))


def test_ground_buildings_and_node_are_one_school():
    found = find(
        ("w10", "哈尔滨市第一二二中学校", SCHOOL, square(0, 0)),
        ("w11", "122中学 C区", {"building": "school"}, square(10, 10, 20)),
        ("w12", None, {"building": "school"}, square(40, 10, 20)),
        ("w13", "食堂", {"building": "school"}, square(70, 10, 20)),
        ("n14", "122中", SCHOOL, Point(101, 50)),
    )
    assert ids(found) == {"w10": "n14;w10;w11;w12"}
    assert found.table["name"].tolist() == ["哈尔滨市第一二二中学校"]


def test_two_campuses_are_two():
    found = find(("w1", "继红小学", SCHOOL, square(0, 0)), ("w2", "继红小学", SCHOOL, square(400, 0)))
    assert list(ids(found)) == ["w1", "w2"]


def test_one_ground_split_by_a_lane_is_one():
    found = find(("w1", "东风小学", SCHOOL, square(0, 0)), ("w2", "东风小学校", SCHOOL, square(120, 0, 60)))
    assert ids(found) == {"w1": "w1;w2"}
    assert found.table.geometry.area.tolist() == [10_000 + 3_600]


def test_institutions_on_one_campus_stay_apart():
    found = find(
        ("w1", "农业大学", {"amenity": "university"}, square(0, 0, 900)),
        ("w2", "农业大学附属幼儿园", {"amenity": "kindergarten"}, square(10, 10)),
        ("w3", "附属逸夫小学", {"building": "university"}, square(300, 300)),
        ("w4", "第一医院", HOSPITAL, square(2000, 0, 500)),
        ("w5", "儿童医院", HOSPITAL, square(2100, 100)),
    )
    assert list(ids(found)) == ["w2", "w3", "w4", "w5"]
    assert found.set_aside["reason"].tolist() == ["higher_education"]


def test_schools_with_neighbouring_numbers_are_not_one():
    found = find(("w1", "第五十九中学", SCHOOL, square(0, 0)), ("w2", "第九中学", SCHOOL, square(20, 20, 50)))
    assert len(found.table) == 2


def test_an_unnamed_ground_is_that_of_its_only_school():
    found = find(("w1", None, SCHOOL, square(0, 0)), ("n2", "风华小学", SCHOOL, Point(50, 50)))
    assert ids(found) == {"w1": "n2;w1"}
    assert found.table[["name", "category", "evidence"]].iloc[0].tolist() == ["风华小学", "primary_school", "strong"]


def test_an_unnamed_ground_shared_by_two_schools_belongs_to_none():
    found = find(
        ("w1", None, SCHOOL, square(0, 0)),
        ("w2", "嵩山中学", SCHOOL, square(5, 5, 40)),
        ("w3", "嵩山小学", SCHOOL, square(50, 50, 40)),
    )
    assert list(ids(found)) == ["w2", "w3"]
    assert found.set_aside[["osm_id", "reason"]].to_numpy().tolist() == [["w1", "shared_ground"]]


def test_a_kindergarten_on_a_school_ground_does_not_name_it():
    found = find(("w1", None, SCHOOL, square(0, 0)), ("n2", "星星幼儿园", {"amenity": "kindergarten"}, Point(50, 50)))
    assert list(ids(found)) == ["n2"]
    assert found.set_aside["reason"].tolist() == ["stage_unknown"]


def test_a_childrens_department_proves_its_hospital():
    found = find(
        ("w1", "市第二医院", HOSPITAL, square(0, 0, 300)),
        ("w2", "第二医院儿科楼", {"building": "hospital"}, square(10, 10)),
    )
    assert found.table[["facility_id", "name", "evidence"]].to_numpy().tolist() == [["w1", "市第二医院", "strong"]]


def test_the_main_object_is_the_largest_area_then_way_then_node_then_smallest_number():
    same = square(0, 0)
    found = find(
        ("n1", "风华小学", SCHOOL, Point(1, 1)), ("r2", "风华小学", SCHOOL, same), ("w9", "风华小学", SCHOOL, same),
        ("w10", "风华小学", SCHOOL, same), ("w3", "风华小学", SCHOOL, square(5, 5, 20)),
    )  # fmt: skip
    assert ids(found) == {"w9": "n1;r2;w10;w3;w9"}


def test_courts_side_by_side_are_one_ground():
    courts = [(f"w{i}", None, PITCH, box(40 * i, 0, 40 * i + 28, 15)) for i in range(4)]
    found = find(*courts, ("w9", None, PITCH, box(400, 0, 428, 15)))
    assert ids(found) == {"w0": "w0;w1;w2;w3", "w9": "w9"}
    assert isinstance(found.table.geometry.iloc[0], MultiPolygon)


# --- what is public -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "expected"),
    [
        ({"amenity": "school"}, "school_ground"),
        ({"amenity": "university"}, "campus_ground"),
        ({"amenity": "hospital"}, "closed_ground"),
        ({"landuse": "military"}, "closed_ground"),
        ({"landuse": "residential"}, "presumed"),
        ({"landuse": "commercial"}, "strong"),
    ],
)
def test_a_pitch_behind_a_fence_is_not_public(ground, expected):
    found = find(("w1", None, ground, square(0, 0, 300)), ("w2", None, PITCH, square(10, 10, 30)))
    aside = found.set_aside.set_index("osm_id")["reason"]
    pitch = found.table.set_index("facility_id")["evidence"]
    assert aside.get("w2", pitch.get("w2")) == expected


@pytest.mark.parametrize(
    ("name", "tags", "shape", "expected"),
    [
        ("顾乡公园", {"leisure": "park"}, square(0, 0, 30), "strong"),
        (None, {"leisure": "park"}, square(0, 0, 70), "strong"),
        ("绿地", {"leisure": "park"}, square(0, 0, 50), "presumed"),
        (None, {"leisure": "park"}, square(0, 0, 50), "presumed"),
        (None, {"leisure": "park"}, box(0, 0, 1000, 20), "presumed"),
        (None, {"leisure": "park"}, square(0, 0, 19), "too_small"),
        ("顾乡公园", {"leisure": "park"}, Point(0, 0), "presumed"),
        (None, {"leisure": "park"}, Point(0, 0), "no_area"),
        ("月季园", {"leisure": "garden"}, Point(0, 0), "no_area"),
        (None, {"leisure": "garden"}, square(0, 0, 90), "presumed"),
    ],
)
def test_what_counts_as_a_park(name, tags, shape, expected):
    found = find(("w1", name, tags, shape))
    assert [*found.table["evidence"], *found.set_aside["reason"]] == [expected]


def test_green_of_a_compound_is_no_park_and_a_named_park_in_one_is_presumed():
    compound = ("w1", "阳光小区", {"landuse": "residential"}, square(0, 0, 500))
    found = find(
        compound,
        ("w2", None, {"leisure": "park"}, square(10, 10)),
        ("w3", "阳光公园", {"leisure": "park"}, square(200, 10)),
    )
    assert found.set_aside.to_numpy().tolist() == [["w2", None, "compound_green"]]
    assert found.table[["facility_id", "evidence"]].to_numpy().tolist() == [["w3", "presumed"]]


# --- entrances ----------------------------------------------------------------------------------------------------

GROUND = ("w1", "风华小学", SCHOOL, square(0, 0))
CROSSING = gpd.GeoSeries([LineString([(50, -20), (50, 20)])], crs=4551)


def entrances(found: facilities.Facilities) -> list[tuple[float, float]]:
    return list(found.table["entrances"].iloc[0])


def test_gates_come_first():
    found = find(GROUND, ("n5", None, {"barrier": "gate"}, Point(0, 104)), paths=CROSSING)
    assert entrances(found) == [(0.0, 104.0)]
    assert found.counts["entrance_gate"] == 1
    given_gates = find(GROUND, gates=gpd.GeoSeries([Point(100, 50), Point(900, 900)], crs=4551))
    assert entrances(given_gates) == [(100.0, 50.0)]


def test_emergency_doors_are_no_entrances():
    found = find(GROUND, ("n5", None, {"entrance": "emergency"}, Point(0, 100)), paths=CROSSING)
    assert found.counts["entrance_path"] == 1


def test_a_park_is_entered_by_gates_and_paths():
    park = ("w1", "顾乡公园", {"leisure": "park"}, square(0, 0))
    found = find(park, ("n5", None, {"barrier": "gate"}, Point(0, 100)), paths=CROSSING)
    assert entrances(found) == [(0.0, 100.0), (50.0, 0.0)]


def test_where_paths_cross_else_nearest_to_a_path_else_the_point_itself():
    assert entrances(find(GROUND, paths=CROSSING)) == [(50.0, 0.0)]
    beside = gpd.GeoSeries([LineString([(0, 130), (100, 120)])], crs=4551)
    by_outline = find(GROUND, paths=beside)
    assert (entrances(by_outline), by_outline.counts["entrance_outline"]) == ([(100.0, 100.0)], 1)
    assert entrances(find(GROUND)) == [(50.0, 50.0)]
    assert entrances(find(("n1", "风华小学", SCHOOL, Point(3, 4)), paths=CROSSING)) == [(3.0, 4.0)]


def test_a_path_along_the_outline_and_crossings_side_by_side_are_thinned():
    along = LineString([(20, 0), (80, 0)])
    twins = [LineString([(x, 90), (x, 110)]) for x in (31, 32, 33)]
    assert entrances(find(GROUND, paths=gpd.GeoSeries([along, *twins], crs=4551))) == [(31.0, 100.0), (50.0, 0.0)]


# --- properties ---------------------------------------------------------------------------------------------------

_KINDS: list[tuple[str | None, dict[str, str]]] = [
    ("风华小学", SCHOOL), ("哈尔滨市风华小学校", SCHOOL), (None, SCHOOL), ("第九中学", SCHOOL),
    (None, {"building": "school"}), (None, PITCH), ("体育场", {"leisure": "stadium"}), (None, {"leisure": "park"}),
    ("顾乡公园", {"leisure": "park"}), (None, {"leisure": "garden"}), ("儿童医院", HOSPITAL), (None, HOSPITAL),
    (None, {"building": "hospital"}), (None, {"amenity": "kindergarten"}), (None, {"landuse": "residential"}),
    ("农业大学", {"amenity": "university"}), (None, {"leisure": "playground"}), ("图书馆", {"amenity": "library"}),
]  # fmt: skip


@st.composite
def towns(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 9))):
        name, tags = draw(st.sampled_from(_KINDS))
        x, y = draw(st.integers(0, 20)) * 20, draw(st.integers(0, 20)) * 20
        side = draw(st.sampled_from([0, 20, 40, 100, 300]))
        shape = square(x, y, side) if side else Point(x, y)
        rows.append((f"{'w' if side else 'n'}{number + 1}", name, tags, shape))
    return rows


@settings(deadline=None, max_examples=60)
@given(towns(), st.randoms(use_true_random=False))
def test_order_of_rows_never_matters(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    paths = gpd.GeoSeries([LineString([(0, 30), (400, 30)]), LineString([(30, 0), (30, 400)])], crs=4551)
    first, second = find(*rows, paths=paths), find(*shuffled, paths=paths[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(first.table), pd.DataFrame(second.table))
    pd.testing.assert_frame_equal(first.set_aside, second.set_aside)
    assert first.counts == second.counts


@settings(deadline=None, max_examples=60)
@given(towns(), st.integers(0, 8))
def test_doubling_an_object_adds_no_facility(rows, which):
    osm_id, *rest = rows[which % len(rows)]
    doubled = [*rows, (f"{osm_id[0]}{1000}", *rest)]
    once, twice = find(*rows).table, find(*doubled).table
    assert sorted(once["category"]) == sorted(twice["category"])
    assert once.geometry.area.sum() == pytest.approx(twice.geometry.area.sum())


# --- the real extract ---------------------------------------------------------------------------------------------


def golden_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_facility_golden", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.real_data
def test_every_object_of_the_real_extract_is_judged_as_reviewed(shared_data):
    script = golden_script()
    extract = shared_data / script.EXTRACT
    if not extract.exists():
        pytest.skip(f"real data not found: {extract}")
    found, names = script.outcomes(extract)
    changed = script.differences(script.read_golden(), found, names)
    assert not changed, "\n".join([f"{len(changed)} differ (then run {SCRIPT.name}):", *changed])
