"""Registers: headers, categories, counts, places, doubles. Numbers of faults are those of the list of bad inputs."""

from __future__ import annotations

import itertools
import tomllib
from importlib import resources
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from cfc_gis import locale, schema, text
from cfc_gis.errors import ChoiceUnknown, CrsMissing, TableFault, UserError
from cfc_gis.sources import register
from cfc_gis.sources.register import Choices, Register, columns, values

RULES = tomllib.loads((resources.files("cfc_gis") / "resources" / "register.toml").read_text(encoding="utf-8"))
HEAD = "名称,类别,学位,经度,纬度\n"
SOUND = "和兴幼儿园,幼儿园,90,126.63,45.72\n"


def read(folder: Path, text: str, *, keep_going: bool = True, encoding: str = "utf-8", **choices: object) -> Register:
    """Read a text as a register; what is found can be said in both languages, and every row is accounted for."""
    file = folder / "名单.csv"
    file.write_text(text, encoding=encoding)
    found = register.read(file, Choices(**choices), keep_going=keep_going)
    return checked(found)


def checked(found: Register) -> Register:
    for lang in locale.LANGS:
        assert found.report.text(lang)
        assert found.report.html(lang)
    assert len(found.table) + len(found.set_aside) == found.report.counts["rows"]
    schema.check(found.table, schema.REGISTER)
    return found


def faults(found: Register, *severities: str) -> list[tuple[str, int | None]]:
    wanted = severities or ("error", "warning")
    return [(fault.key, fault.row) for fault in found.report.faults if fault.severity in wanted]


def layer(shapes: list[object], crs: object = 4326, **more: list[object]) -> gpd.GeoDataFrame:
    names = [f"第{n}公园" for n in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"name": names, **more}, geometry=list(shapes), crs=crs)


# --- headers ------------------------------------------------------------------------------------------------------


def test_a_list_of_the_education_bureau(tmp_path):
    text = (
        "序号,园所名称,办园性质,班级数,学位（个）,在园幼儿数,建园时间,所属教育集团,课后服务,地址,所属区,经度,纬度\n"
        "1,南岗区第二幼儿园,公办,9,270,251,1998年9月,第一幼教集团,是,某街1号,南岗区,126.63,45.72\n"
        "2,阳光幼儿园,民办,6,,,2015,无,否,,道里区,126.61,45.75\n"
    )
    found = read(tmp_path, text, official=True, encoding="gb18030", keep_going=False)
    first, second = (row for _, row in found.table.iterrows())
    assert first[["row", "name", "category", "evidence", "capacity", "enrolment", "opened"]].tolist() == [
        2, "南岗区第二幼儿园", "kindergarten", "confirmed", 270, 251, 1998,
    ]  # fmt: skip
    assert first[["capacity_source", "group", "ownership", "after_school", "district", "source"]].tolist() == [
        "名单: 学位（个）", "第一幼教集团", "public", True, "南岗区", "名单",
    ]  # fmt: skip
    assert second[["capacity", "capacity_source", "ownership", "after_school"]].tolist() == [
        180, "名单: 班级数 x 30", "private", False,
    ]  # fmt: skip
    assert second["group"] is None
    assert np.isnan(second["enrolment"])
    assert second.geometry.equals(Point(126.61, 45.75))
    assert faults(found) == [("capacity_from_classes", None)]
    assert "GB18030" in found.report.provenance["how"]


def test_english_headers(tmp_path):
    head = "School name,Type,Capacity,Pupils,Ownership,Opening year,Longitude,Latitude"
    text = f"{head}\nA,Kindergarten,90,80,private,2001,126.6,45.7\n"
    row = read(tmp_path, text).table.iloc[0]
    assert row[["name", "category", "capacity", "enrolment", "ownership", "opened"]].tolist() == [
        "A", "kindergarten", 90, 80, "private", 2001,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header", ["学位", "学位数（个）", " 核定学位数 ", "规模/学位数", "Seats", "学位\n数", "核定学位数(2023年)"]
)
def test_headers_are_compared_without_signs_and_brackets(header):
    assert columns.find(["名称", header], {}, "a")[0]["seats"] == header


def test_every_word_of_a_header_names_one_field():
    words = [text.folded(word) for field in RULES["headers"].values() for word in field]
    assert sorted(words) == sorted(set(words))
    for field, synonyms in RULES["headers"].items():
        for word in synonyms:
            assert columns.find([word], {}, "a")[0] == {field: word}


def test_headers_that_a_shapefile_cut(tmp_path):
    drawn = gpd.GeoDataFrame(
        {"幼儿园名称": ["和兴幼儿园"], "提供学位数": [90]}, geometry=[Point(126.6, 45.7)], crs=4326
    )
    with pytest.warns(RuntimeWarning, match="laundered field name"):
        drawn.to_file(tmp_path / "a.shp", encoding="UTF-8")
    row = checked(register.read(tmp_path / "a.shp", keep_going=True)).table.iloc[0]
    assert row[["name", "category", "capacity"]].tolist() == ["和兴幼儿园", "kindergarten", 90]


def test_headers_that_the_planner_names(tmp_path):
    text = "园,规定数,经度,纬度\n和兴幼儿园,90,126.63,45.72\n"
    row = read(tmp_path, text, columns={"name": "园", "seats": "规定数"}).table.iloc[0]
    assert row[["name", "capacity"]].tolist() == ["和兴幼儿园", 90]
    with pytest.raises(ChoiceUnknown, match="seats"):
        read(tmp_path, text, columns={"seat": "规定数"})
    with pytest.raises(TableFault) as caught:
        read(tmp_path, text, columns={"name": "园名"})
    assert caught.value.facts["found"] == "园, 规定数, 经度, 纬度"


def test_of_two_columns_the_one_that_is_named_first_counts_and_is_said(tmp_path):
    found = read(tmp_path, "学校,学校名称,经度,纬度\n学校甲,和兴小学,126.63,45.72\n")
    assert found.table["name"].tolist() == ["和兴小学"]
    assert ("column_other", None) in faults(found, "note")
    assert "“学校名称” is used" in found.report.text("en")


def test_columns_that_are_not_used_are_said(tmp_path):
    found = read(tmp_path, "名称,经度,纬度,备注\n和兴小学,126.63,45.72,x\n")
    assert next(fault.found for fault in found.report.faults if fault.key == "columns_unused") == "备注"


def test_a_table_with_neither_names_nor_places_is_refused(tmp_path):
    with pytest.raises(TableFault) as caught:
        read(tmp_path, "甲,乙\n1,2\n")
    assert caught.value.key == "register_columns"


def test_fault_25_garbled_headers_are_the_cause_that_is_said(tmp_path):
    with pytest.raises(TableFault) as caught:
        read(tmp_path, (HEAD + SOUND).encode().decode("gb18030", errors="replace"))
    assert "“名称”" in caught.value.text("zh")


# --- categories ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "stated", "category", "evidence"),
    [
        ("和兴幼儿园", "", "kindergarten", "strong"),
        ("和兴", "幼儿园", "kindergarten", "strong"),
        ("和兴", "民办幼儿园", "kindergarten", "strong"),
        ("和兴", "kindergarten", "kindergarten", "strong"),
        ("和兴", "学前教育", "kindergarten", "strong"),
        ("和兴", "教育;学校;小学", "primary_school", "strong"),
        ("和兴学校", "九年一贯制", "nine_year_school", "strong"),
        ("和兴学校", "初级中学", "junior_school", "strong"),
        ("和兴学校", "完全中学", "junior_school", "strong"),
        ("第五中学", "中学", "junior_school", "presumed"),
        ("第五初级中学", "中学", "junior_school", "strong"),
        ("红星学校", "学校", "nine_year_school", "presumed"),
        ("阳光宝贝", "托育机构", "childcare", "strong"),
        ("某社区卫生服务中心", "", "health_centre", "strong"),
        ("市儿童医院", "医院", "paediatric_hospital", "strong"),
        ("某医院", "", "paediatric_hospital", "unknown"),
        ("某社区儿童之家", "", "child_friendly_space", "strong"),
    ],
)
def test_categories(tmp_path, name, stated, category, evidence):
    row = read(tmp_path, HEAD + f"{name},{stated},,126.63,45.72\n").table.iloc[0]
    assert (row["category"], row["evidence"]) == (category, evidence)


@pytest.mark.parametrize(
    ("name", "stated", "reason"),
    [
        ("第三高级中学", "", "senior_school"),
        ("第三学校", "普通高中", "senior_school"),
        ("第三中学", "职业高中", "vocational"),
        ("某某", "", "category_unknown"),
        ("某某", "景点", "category_unknown"),
        ("和兴幼儿园（已停办）", "幼儿园", "not_built"),
        ("冰雪大世界店", "", "named_after"),
        ("第五中学", "培训机构", "private_tuition"),
    ],
)
def test_rows_that_are_not_taken(tmp_path, name, stated, reason):
    found = read(tmp_path, HEAD + SOUND + f"{name},{stated},,126.63,45.72\n")
    assert found.set_aside.to_numpy().tolist() == [[3, name, reason, None]]
    assert len(found.table) == 1
    assert f"set_aside.{reason}" in locale.table()


@pytest.mark.parametrize(
    ("name", "stated", "reason"),
    [
        ("黑龙江省地质博物馆(暂停开放)", "", "closed_now"),
        ("和兴幼儿园（停业整顿）", "幼儿园", "closed_now"),
        ("和兴幼儿园（停业）", "幼儿园", "not_built"),
        ("和兴小学（改造中）", "小学", "closed_now"),
        ("春光图书馆（闭馆）", "", "closed_now"),
        ("春光儿童乐园(暂停营业)", "", "closed_now"),
    ],
)
def test_a_place_that_is_closed_is_set_aside_by_its_name(tmp_path, name, stated, reason):
    found = read(tmp_path, HEAD + f"{name},{stated},,126.63,45.72\n" + SOUND, official=True)
    assert found.set_aside[["row", "reason"]].to_numpy().tolist() == [[2, reason]]
    warned = [fault.row for fault in found.report.of("warning") if fault.key == "closed_now"]
    assert warned == ([2] if reason == "closed_now" else [])


@pytest.mark.parametrize("name", ["名都滑雪场(暂停营业)", "松花江冰雪乐园（暂停营业）"])
def test_a_place_of_ice_and_snow_that_is_closed_in_summer_is_kept_with_a_warning(tmp_path, name):
    found = read(tmp_path, HEAD + f"{name},,,126.63,45.72\n")
    assert found.table["category"].tolist() == ["ice_snow"]
    assert faults(found, "warning") == [("closed_season", 2)]


def test_every_category_word_names_one_category_and_every_reason_exists():
    words = [text.folded(word) for kind in ("category", "not_taken") for all_ in RULES[kind].values() for word in all_]
    assert sorted(words) == sorted(set(words))
    assert set(RULES["category"]) == set(schema.CATEGORIES)
    reasons = {
        *RULES["not_taken"],
        *RULES["names"],
        *(entry["reason"] for entry in RULES["typecode"].values() if "reason" in entry),
    }
    assert all(f"set_aside.{reason}" in locale.table() for reason in reasons)


def test_one_category_for_the_whole_file_and_a_name_that_contradicts_it(tmp_path):
    found = read(
        tmp_path, "名称,经度,纬度\n阳光,126.63,45.72\n和兴小学,126.64,45.72\n", category="kindergarten", official=True
    )
    assert found.table["category"].tolist() == ["kindergarten"] * 2
    assert set(found.table["evidence"]) == {"confirmed"}
    assert faults(found) == [("category_contradicted", 3)]
    with pytest.raises(ChoiceUnknown):
        read(tmp_path, "名称\n甲\n", category="nursery")


def test_an_official_list_confirms_what_it_states_not_what_a_name_suggests(tmp_path):
    rows = ["第五中学,初中,126.63", "第六中学,,126.64", "第七小学,,126.65", "某医院,,126.66"]
    text = "名称,学段,经度,纬度\n" + "".join(f"{row},45.72\n" for row in rows)
    assert read(tmp_path, text, official=True).table["evidence"].tolist() == [
        "confirmed",
        "presumed",
        "confirmed",
        "unknown",
    ]
    assert read(tmp_path, text).table["evidence"].tolist() == ["strong", "presumed", "strong", "unknown"]


AMAP = "id,name,type,typecode,location,entr_location,address,pname,adname\n"


@pytest.mark.parametrize(
    ("code", "name", "category", "evidence"),
    [
        ("141204", "蓝天幼儿园", "kindergarten", "strong"),
        ("141203", "继红小学", "primary_school", "strong"),
        ("141203", "继红", "primary_school", "presumed"),
        ("141202", "第五中学", "junior_school", "presumed"),
        ("141202", "哈三中高中部", None, "senior_school"),
        ("141204", "蓝天幼儿园停车场", None, "named_after"),
        ("141206", "某职业学校", None, "vocational"),
        ("90100", "市第一医院", "paediatric_hospital", "presumed"),  # its zero was lost
        ("090101", "儿童医院", "paediatric_hospital", "strong"),
        ("090202", "某口腔医院", None, "no_paediatrics"),
        ("110101", "兆麟公园", "park", "strong"),
        ("141204|141203", "春光", "kindergarten", "strong"),
    ],
)
def test_type_codes_of_amap(tmp_path, code, name, category, evidence):
    found = read(tmp_path, AMAP + f'B0,{name},教育,{code},"126.63,45.72",[],[],黑龙江省,南岗区\n', datum="wgs84")
    if category is None:
        assert found.set_aside["reason"].tolist() == [evidence]
    else:
        assert found.table[["category", "evidence"]].iloc[0].tolist() == [category, evidence]


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "header", "value", "capacity"),
    [
        ("托育", "托位数", "60", 60), ("托育", "学位", "60", 60), ("幼儿园", "班数", "12", 360),
        ("小学", "班数", "30", 1350), ("儿童医院", "床位数", "300张", 300),
        ("幼儿园", "容量", "1,200", 1200), ("公园", "容量", "500", 500),
    ],
)  # fmt: skip
def test_the_count_that_is_the_capacity_of_a_category(tmp_path, category, header, value, capacity):
    row = read(tmp_path, f'名称,类别,{header},经度,纬度\n甲,{category},"{value}",126.63,45.72\n').table.iloc[0]
    assert row["capacity"] == capacity
    assert row["capacity_source"].startswith(f"名单: {header}")


def test_counts_that_are_nobodys_capacity_are_said_with_their_sum(tmp_path):
    text = "名称,学位,托位,经度,纬度\n甲幼儿园,90,20,126.63,45.72\n乙幼儿园,120,30,126.64,45.72\n"
    found = read(tmp_path, text)
    assert found.table["capacity"].tolist() == [90, 120]
    fault = next(fault for fault in found.report.faults if fault.key == "count_not_used")
    assert (fault.column, fault.facts["count"], fault.facts["sum"]) == ("托位", 2, "50")


@pytest.mark.parametrize("value", ["-30", "0", "约300", "300-360", "三百", "12.5", "3e2", "inf", "NaN1"])
def test_fault_41_capacities_that_are_no_number_above_zero(tmp_path, value):
    text = HEAD + SOUND + f"嵩山幼儿园,幼儿园,{value},126.64,45.72\n春光幼儿园,幼儿园,{value},126.65,45.72\n"
    with pytest.raises(TableFault) as caught:
        read(tmp_path, text, keep_going=False)
    assert caught.value.exit_code == 2
    for line in ("第 3 行", "第 4 行", value, "学位", "办法"):
        assert line in caught.value.text("zh")
    found = read(tmp_path, text)
    assert faults(found) == [("capacity_not_positive", 3), ("capacity_not_positive", 4)]
    assert found.table["capacity"].fillna(-1).tolist() == [90, -1, -1]


def test_fault_41_enrolment_may_be_zero_and_not_negative(tmp_path):
    text = "名称,在园幼儿数,经度,纬度\n甲幼儿园,0,126.63,45.72\n乙幼儿园,-1,126.64,45.72\n"
    found = read(tmp_path, text)
    assert found.table["enrolment"].fillna(-9).tolist() == [0, -9]
    assert faults(found) == [("enrolment_not_number", 3)]


def test_a_date_or_a_telephone_number_is_no_capacity(tmp_path):
    found = read(tmp_path, HEAD + "甲,幼儿园,2024-06-12,126.63,45.72\n乙,幼儿园,84516677,126.64,45.72\n")
    assert faults(found) == [("number_is_date", 2), ("number_too_large", 3)]


def sheet(folder: Path, *rows: list[object], merge: tuple[str, ...] = ()) -> Path:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merge:
        made.active.merge_cells(cells)
    made.save(folder / "名单.xlsx")
    return folder / "名单.xlsx"


def test_fault_28_merged_seats_count_once_though_classes_stand_beside_them(tmp_path):
    """720 seats over three campuses of 8 classes each are 720, not 720 + 2 x 8 x 30; a row of its own has 9 x 30."""
    head = ["名称", "学位", "班数", "经度", "纬度"]
    rows = [[f"和兴幼儿园{name}", None, 8, 126.60 + at / 100, 45.7] for at, name in enumerate(("东区", "南区", "西区"))]
    rows[0][1] = 720
    own = ["嵩山幼儿园", None, 9, 126.65, 45.7]
    found = checked(register.read(sheet(tmp_path, head, *rows, own, merge=("B2:B4",)), Choices(official=True)))
    assert found.table["capacity"].fillna(0).tolist() == [720, 0, 0, 270]
    assert found.table["capacity_source"].tolist() == ["名单: 学位", None, None, "名单: 班数 x 30"]
    told = {fault.key: fault for fault in found.report.faults}
    assert told["capacity_from_classes"].found == 1
    assert (told["merged_number"].row, told["merged_number"].column) == (2, "学位")


@pytest.mark.parametrize("seats", ["=A1", "#REF!", 12345678901234567])
def test_fault_41_no_classes_stand_in_for_seats_that_cannot_be_read(tmp_path, seats):
    rows = [["名称", "学位", "班数", "经度", "纬度"], ["和兴幼儿园", seats, 8, 126.63, 45.72]]
    found = checked(register.read(sheet(tmp_path, *rows), keep_going=True))
    assert found.table["capacity"].isna().all()
    assert "capacity_from_classes" not in {fault.key for fault in found.report.faults}


def test_all_faults_come_at_once_with_their_cells(tmp_path):
    made = Workbook()
    for row in (
        ["名称", "学位", "在园人数", "建园时间", "经度", "纬度"], ["甲幼儿园", -3, "很多", "老", 126.63, 45.72],
        ["乙幼儿园", 90, 80, 42248, 45.72, 126.63], ["丙幼儿园", "=1/0", 1, 2015, 300, 45.7],
    ):  # fmt: skip
        made.active.append(row)
    made.save(tmp_path / "a.xlsx")
    with pytest.raises(TableFault) as caught:
        register.read(tmp_path / "a.xlsx")
    text = caught.value.text("en")
    assert caught.value.facts["count"] == 5
    for part in (
        "(B2): “-3”",
        "(C2): “很多”",
        "(B4): “=1/0”",
        "row 3: “45.72, 126.63”",
        "row 4: “300, 45.7”",
        "(D2): “老”",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("value", "year"),
    [
        ("2015", 2015),
        ("2015年", 2015),
        ("2015.9", 2015),
        ("2015/9/1", 2015),
        ("42248", 2015),
        ("1", None),
        ("9999", None),
    ],
)
def test_years(value, year):
    assert values.year(value) == year


@settings(deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["", "人", "个学位", " 名", "张床位", "个班"]))
def test_whole_numbers_come_back_with_any_unit(number, unit):
    assert values.whole(f"{number}{unit}") == number
    assert values.whole(f"{number:,}{unit}") == number


@settings(deadline=None)
@given(st.floats(-180, 180).map(lambda value: round(value, 6)))
def test_degrees_come_back(angle):
    assert values.degrees(repr(angle)) == angle
    size = abs(angle)
    minutes = (size % 1) * 60
    text = f"{int(size)}°{int(minutes)}′{(minutes % 1) * 60:.4f}″{'W' if angle < 0 else 'E'}"
    if ":60" not in text:
        assert values.degrees(text) == pytest.approx(angle, abs=1e-6)


# --- places -------------------------------------------------------------------------------------------------------


def test_fault_30_swapped_coordinates(tmp_path):
    text = HEAD + SOUND + "嵩山幼儿园,幼儿园,90,45.73,126.65\n"
    with pytest.raises(TableFault) as caught:
        read(tmp_path, text, keep_going=False)
    assert "颠倒" in caught.value.text("zh")
    assert "look swapped" in caught.value.text("en")
    found = read(tmp_path, text)
    assert faults(found) == [("looks_swapped", 3)]
    assert found.table.geometry.isna().tolist() == [False, True]  # set aside, never turned round in silence


def test_fault_31_the_datum_of_a_providers_export_must_be_declared(tmp_path):
    text = AMAP + 'B0,蓝天幼儿园,教育,141204,"126.6367,45.7219","126.6370,45.7220",[],黑龙江省,南岗区\n'
    with pytest.raises(TableFault) as caught:
        read(tmp_path, text, keep_going=False)
    assert "typecode" in caught.value.text("zh")
    assert "gcj02" in caught.value.text("zh")
    asked = read(tmp_path, text)
    assert faults(asked) == [("datum_ask", None)]
    assert asked.table.geometry.iloc[0].equals(Point(126.6367, 45.7219))  # as it stands, to be measured
    with pytest.raises(UserError) as caught:
        read(tmp_path, text, datum="gcj02")
    assert caught.value.key == "datum_not_converted"
    with pytest.raises(ChoiceUnknown):
        read(tmp_path, text, datum="gcj")
    file = tmp_path / "名单.csv"
    found = checked(register.read(file, Choices(datum="gcj02"), to_wgs84=lambda lon, lat: (lon - 0.006, lat - 0.002)))
    assert found.table.geometry.iloc[0].equals_exact(Point(126.6307, 45.7199), 1e-9)
    assert found.table["entrances"].iloc[0] == [pytest.approx((126.631, 45.72))]
    assert {("provider_licence", None), ("datum_declared", None)} <= set(faults(found, "note"))


def test_fault_31_other_lists_are_taken_as_wgs84_and_that_is_said(tmp_path):
    assert ("datum_assumed", None) in faults(read(tmp_path, HEAD + SOUND), "note")
    assert ("datum_assumed", None) not in faults(read(tmp_path, HEAD + SOUND, datum="wgs84"), "note")


def test_rows_of_one_source_can_be_converted_later(tmp_path):
    text = "名称,经度,纬度,source\n甲幼儿园,126.63,45.72,amap\n乙幼儿园,126.64,45.72,baidu\n"
    found = read(tmp_path, text)
    rows = found.table.loc[found.table["provider"] == "amap", "row"]
    moved = register.convert(found, lambda lon, lat: (lon - 1, lat), rows)
    assert moved.table.geometry.x.tolist() == [125.63, 126.64]
    assert found.table.geometry.x.tolist() == [126.63, 126.64]
    assert moved.report.faults[-1].facts["count"] == 1


@pytest.mark.parametrize(
    ("lon", "lat", "key"),
    [("200", "45.7", "off_map"), ("126.6", "-91", "off_map"), ("546000", "5066000", "not_degrees")],
)
def test_fault_32_coordinates_off_the_map(tmp_path, lon, lat, key):
    text = HEAD + SOUND + f"嵩山幼儿园,幼儿园,90,{lon},{lat}\n"
    with pytest.raises(TableFault, match="3"):
        read(tmp_path, text, keep_going=False)
    assert faults(read(tmp_path, text)) == [(key, 3)]


def test_fault_32_places_outside_the_region_are_told_and_kept(tmp_path):
    found = read(tmp_path, HEAD + SOUND + "北京幼儿园,幼儿园,90,116.4,39.9\n", bounds=(125.7, 44.0, 130.2, 46.7))
    assert faults(found) == [("outside_bounds", 3)]
    assert found.table.geometry.notna().all()


@pytest.mark.parametrize("place", [",", "NaN,NaN", "inf,45.7", "null,null", "[],[]", "0,0", "126.63,"])
def test_fault_33_rows_without_a_place_are_kept_and_counted(tmp_path, place):
    found = read(tmp_path, HEAD + SOUND + f"嵩山幼儿园,幼儿园,90,{place}\n", keep_going=False)
    assert faults(found) == [("unplaced", 3)]
    assert found.report.counts["unplaced"] == 1
    assert found.table.geometry.isna().tolist() == [False, True]


def test_fault_33_null_empty_and_infinite_geometry(tmp_path):
    shapes = [Point(126.6, 45.7), None, Point(), Point(np.inf, 45.7)]
    layer(shapes).to_parquet(tmp_path / "a.parquet")
    found = checked(register.read(tmp_path / "a.parquet"))
    assert faults(found) == [("unplaced", 2), ("unplaced", 3), ("unplaced", 4)]
    assert found.report.counts == {"rows": 4, "facilities": 4, "set_aside": 0, "unplaced": 3}


def test_coordinates_that_are_no_numbers_are_errors(tmp_path):
    found = read(tmp_path, HEAD + SOUND + "嵩山幼儿园,幼儿园,90,东经,45.72\n")
    assert [key for key, _ in faults(found, "error")] == ["coordinate_unclear"]
    assert found.table.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize("cell", ["126.63,45.72", "126.63，45.72", "126.63 45.72", "126°37′48″E,45°43′12″N"])
def test_places_in_one_column(tmp_path, cell):
    point = read(tmp_path, f'名称,坐标\n和兴幼儿园,"{cell}"\n').table.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((126.63, 45.72), abs=1e-9)


def test_metres_in_columns_with_their_crs(tmp_path):
    here = gpd.GeoSeries([Point(126.63, 45.72)], crs=4326).to_crs(4551).iloc[0]
    found = read(tmp_path, f"名称,x,y\n和兴幼儿园,{here.x:.3f},{here.y:.3f}\n", crs="EPSG:4551")
    assert found.table.geometry.iloc[0].equals_exact(Point(126.63, 45.72), 1e-7)


def test_a_crs_that_does_not_exist(tmp_path):
    with pytest.raises(UserError) as caught:
        read(tmp_path, HEAD + SOUND, crs="EPSG:999999")
    assert caught.value.key == "crs_unknown"


def test_an_entrance_that_is_off_the_map_is_not_used(tmp_path):
    text = '名称,经度,纬度,entr_location\n甲幼儿园,126.63,45.72,"45.72,126.63"\n乙幼儿园,126.64,45.72,[]\n'
    found = read(tmp_path, text, datum="wgs84")
    assert found.table["entrances"].tolist() == [[], []]
    assert faults(found) == [("entrance_unclear", 2)]


def test_fault_34_a_layer_without_crs(tmp_path):
    layer([Point(126.6, 45.7)]).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(CrsMissing):
        register.read(tmp_path / "a.shp", Choices(encoding="utf-8"))


def test_fault_35_a_layer_in_metres_is_brought_to_degrees(tmp_path):
    layer([Point(126.6, 45.7), Point(126.61, 45.71)]).to_crs(4551).to_file(tmp_path / "a.gpkg")
    found = checked(register.read(tmp_path / "a.gpkg"))
    assert found.table.crs.to_epsg() == 4326
    assert found.table.geometry.iloc[0].equals_exact(Point(126.6, 45.7), 1e-8)


def test_fault_35_degrees_and_metres_in_one_column_are_errors_with_rows(tmp_path):
    found = read(tmp_path, HEAD + SOUND + "嵩山幼儿园,幼儿园,90,546000,5066000\n春光幼儿园,幼儿园,90,126.64,45.7\n")
    assert faults(found) == [("not_degrees", 3)]


def test_fault_37_bow_ties_are_repaired_and_the_change_said(tmp_path):
    tie = Polygon([(126.60, 45.70), (126.61, 45.71), (126.61, 45.70), (126.60, 45.71)])
    layer([tie, box(126.7, 45.7, 126.71, 45.71)]).to_file(tmp_path / "a.gpkg")
    found = checked(register.read(tmp_path / "a.gpkg"))
    assert found.table.geometry.is_valid.all()
    assert found.table.geometry.iloc[0].area == pytest.approx(0.5e-4, rel=1e-6)
    fault = next(fault for fault in found.report.faults if fault.key == "shape_repaired")
    assert (fault.row, fault.facts["share"]) == (1, "100%")


@pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.xlsx"])
def test_fault_38_an_empty_register_says_no_facilities(tmp_path, name):
    file = tmp_path / name
    if name == "a.csv":
        file.write_text(HEAD, encoding="utf-8")
    elif name == "a.gpkg":
        layer([]).astype({"name": str}).to_file(file, geometry_type="Point")
    else:
        made = Workbook()
        made.active.append(["名称", "经度", "纬度"])
        made.save(file)
    found = checked(register.read(file))
    assert len(found.table) == 0
    assert faults(found) == [("no_facilities", None)]
    assert "没有设施" in found.report.text("zh")
    assert found.report.counts == {"rows": 0, "facilities": 0, "set_aside": 0, "unplaced": 0}


def test_fault_39_mixed_shapes_are_reduced_by_rule(tmp_path):
    square, line, point = (
        box(126.6, 45.7, 126.61, 45.71),
        LineString([(126.6, 45.7), (126.7, 45.7)]),
        Point(126.6, 45.72),
    )
    shapes = [
        GeometryCollection([square, line, point]), GeometryCollection([line, point]),
        MultiPoint([(126.60, 45.70), (126.61, 45.70), (126.64, 45.70)]), MultiPoint([(126.6, 45.7)]),
        MultiPolygon([square]), point, line, square,
    ]  # fmt: skip
    layer(shapes).to_file(tmp_path / "a.geojson")
    found = checked(register.read(tmp_path / "a.geojson"))
    kinds = found.table.geometry.geom_type.tolist()
    assert kinds == ["Polygon", "LineString", "Point", "Point", "Polygon", "Point", "LineString", "Polygon"]
    assert found.table.geometry.iloc[2].equals(Point(126.61, 45.70))  # nearest to the middle: one row, one facility
    assert [row for key, row in faults(found, "note") if key == "shape_reduced"] == [1, 2, 3]


# --- rows ---------------------------------------------------------------------------------------------------------


def test_fault_40_doubles_are_listed_and_their_capacity_counted_once(tmp_path):
    text = (
        "名称,学位,在园幼儿数,经度,纬度\n"
        "哈尔滨市和兴幼儿园,90,,126.6300,45.72\n"
        "和兴幼儿园,90,80,126.6305,45.72\n"  # 39 m away
        "和兴幼儿园,120,,126.6300,45.72\n"
        "和兴幼儿园,90,,126.6500,45.72\n"  # 1.6 km away: another
        "嵩山幼儿园,60,,126.66,45.72\n嵩山幼儿园,60,,,\n"
    )
    found = read(tmp_path, text)
    assert found.table["row"].tolist() == [2, 5, 6]
    assert found.table["capacity"].tolist() == [90, 90, 60]
    assert found.table["enrolment"].fillna(-1).tolist() == [80, -1, -1]  # what the first leaves empty
    assert found.set_aside[["row", "reason"]].to_numpy().tolist() == [[3, "double"], [4, "double"], [7, "double"]]
    told = faults(found)
    assert {("double", 3), ("double", 4), ("double", 7), ("double_capacity", 4), ("capacity_repeated", 5)} <= set(told)


def test_fault_40_one_official_id_at_one_place_is_one_facility_and_campuses_are_two(tmp_path):
    """Campuses of one school may share its code; what has another name at the same place is the same school."""
    text = (
        "学校标识码,名称,学位,经度,纬度\n"
        "2123000001,和兴小学,900,126.63,45.72\n2123000001,和兴小学北校区,,126.66,45.73\n"
        "2123000002,嵩山小学(东校区),500,126.70,45.72\n2123000003,嵩山小学(西校区),400,126.7001,45.72\n"
    )
    found = read(tmp_path, text)
    assert found.table["row"].tolist() == [2, 3, 4, 5]
    assert found.table["capacity"].fillna(0).tolist() == [900, 0, 500, 400]
    renamed = text.replace("126.66,45.73", "126.6301,45.72")
    assert read(tmp_path, renamed).table["row"].tolist() == [2, 4, 5]


def test_fault_40_a_row_without_a_place_is_no_double_where_its_name_is_two(tmp_path):
    text = "名称,经度,纬度\n和兴幼儿园,126.63,45.72\n和兴幼儿园,126.70,45.72\n和兴幼儿园,,\n"
    assert read(tmp_path, text).table["row"].tolist() == [2, 3, 4]


def test_fault_40_rows_set_aside_that_repeat_each_other_are_listed_all_of_them(tmp_path):
    """Of 30 rows 3 are of one university each 10 times: 27 repeat an earlier one; a text names 20, the table all."""
    rows = [f"哈尔滨{name}大学,{126.6 + at},45.7" for _ in range(10) for at, name in enumerate("甲乙丙")]
    found = read(tmp_path, "\n".join(["名称,经度,纬度", *rows, "和兴幼儿园,126.9,45.7"]))
    assert faults(found, "note").count(("row_repeated", 5)) == 1
    table = found.report.table("zh")
    told = table[table["what"] == locale.say("fault.row_repeated", "zh")]
    assert told["row"].tolist() == list(range(5, 32))
    assert told["found"].iloc[-1] == "“哈尔滨丙大学”重复第 4 行"
    assert "……另有 7 处" in found.report.text("zh")


def test_fault_40_the_universities_are_doubles_by_row(shared_data):
    found = checked(register.read(shared_data / "universities-bd09.csv", Choices(datum="wgs84")))
    repeats = {fault.row for fault in found.report.faults if fault.key in {"row_repeated", "double"}}
    assert len(repeats) == 56
    assert "nine_year_school" not in found.table["category"].tolist()
    assert {"黑龙江省农业广播电视学校(双城分校)"} <= set(found.set_aside["name"])


def test_several_rows_on_one_point_are_told(tmp_path):
    rows = "甲幼儿园,幼儿园,90,126.63,45.72\n乙小学,小学,90,126.63,45.72\n丙公园,公园,,126.63,45.72\n"
    found = read(tmp_path, HEAD + rows)
    assert [key for key, _ in faults(found, "warning")] == ["one_point"] * 3
    assert found.table.geometry.notna().all()  # three kinds may share one house


def test_several_rows_of_one_kind_on_one_point_have_no_place(tmp_path):
    """The middle of a district, to which a geocoder put all that it did not find."""
    rows = "".join(f"{name}幼儿园,幼儿园,90,126.63,45.72\n" for name in "甲乙丙") + "丁公园,公园,,126.63,45.72\n"
    found = read(tmp_path, HEAD + rows)
    assert faults(found, "warning") == [("heaped", 2), ("heaped", 3), ("heaped", 4)]
    assert found.table.geometry.isna().tolist() == [True, True, True, False]


def test_rows_without_a_place_are_doubles_only_where_nothing_tells_them_apart(tmp_path):
    """Four of one name and district: one has a place, one another code, one another address, one neither."""
    head = "名称,类别,学校标识码,地址,区县,经度,纬度\n"
    rows = [
        "和兴小学,小学,2123,和兴路1号,南岗区,126.63,45.72", "和兴小学,小学,2124,,南岗区,,",
        "和兴小学,小学,,学府路9号,南岗区,,", "和兴小学,小学,,,南岗区,,",
    ]  # fmt: skip
    found = read(tmp_path, head + "\n".join(rows))
    assert found.table["row"].tolist() == [2, 3, 4, 5]  # of several without a place none is taken for the first
    found = read(tmp_path, head + "\n".join([rows[0], rows[3]]))
    assert found.set_aside["row"].tolist() == [3]
    for other in rows[1:3]:
        assert read(tmp_path, head + "\n".join([rows[0], other])).set_aside.empty


def test_sums_notes_and_rows_without_a_name(tmp_path):
    rows = [
        "1,和兴幼儿园,90,126.63,45.72",
        "一、道里区,,,,",
        "2,,60,126.64,45.72",
        ",合计,150,,",
        "合计,,150,,",
        "注：见附件,,,,",
    ]
    found = read(tmp_path, "\n".join(["序号,名称,学位,经度,纬度", *rows]), category="kindergarten")
    assert found.table["row"].tolist() == [2, 4]
    assert found.table["capacity"].sum() == 150
    assert found.set_aside[["row", "reason"]].to_numpy().tolist() == [
        [3, "no_name"], [5, "total_row"], [6, "total_row"], [7, "no_name"],
    ]  # fmt: skip
    assert ("name_blank", 4) in faults(found)


def test_a_formula_without_result_in_a_row_of_sums_does_not_stop(tmp_path):
    head, sound = ["名称", "学位", "经度", "纬度"], ["和兴幼儿园", 90, 126.63, 45.72]
    found = checked(register.read(sheet(tmp_path, head, sound, ["合计", "=SUM(B2:B2)", None, None])))
    assert found.table["capacity"].tolist() == [90]
    assert faults(found) == [("total_row", 3)]
    assert ("formula_without_value", 3) in faults(found, "note")
    with pytest.raises(TableFault, match="B3"):
        register.read(sheet(tmp_path, head, sound, ["嵩山幼儿园", "=SUM(B2:B2)", 126.65, 45.72]))


def test_errors_in_columns_that_nobody_uses_do_not_stop(tmp_path):
    made = Workbook()
    for row in (["名称", "经度", "纬度", "备注"], ["和兴幼儿园", 126.63, 45.72, "=A2"]):
        made.active.append(row)
    made.save(tmp_path / "a.xlsx")
    assert faults(checked(register.read(tmp_path / "a.xlsx"))) == []


@pytest.mark.parametrize(
    "name",
    [
        "<b>甲</b>幼儿园",
        "${x}`幼儿园",
        "=HYPERLINK(1)幼儿园",
        "甲\\幼儿园",
        "'; DROP TABLE x;--幼儿园",
        "{{7*7}}幼儿园",
    ],
)
def test_fault_56_names_come_through_as_data(tmp_path, name):
    found = read(tmp_path, f'名称,经度,纬度\n"{name}",126.63,45.72\n')
    assert found.table["name"].tolist() == [name]
    assert "<b>" not in found.report.html("zh")


def test_fault_65_control_characters_are_stripped_from_names(tmp_path):
    found = read(tmp_path, "名称,经度,纬度\n和\u202e兴\x07幼儿园,126.63,45.72\n")
    assert found.table["name"].tolist() == ["和兴幼儿园"]


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = [f"{name}幼儿园,幼儿园,90,126.6{n},45.7\n" for n, name in enumerate("甲乙丙丁")]
    ids = [
        dict(zip(found.table["name"], found.table["register_id"], strict=True))
        for order in itertools.islice(itertools.permutations(rows), 0, 24, 7)
        for found in [read(tmp_path, HEAD + "".join(order))]
    ]
    assert all(each == ids[0] for each in ids)
    assert len(set(ids[0].values())) == 4


def test_the_callers_choices_and_a_second_reading_change_nothing(tmp_path):
    first, second = read(tmp_path, HEAD + SOUND), read(tmp_path, HEAD + SOUND)
    assert first.table.equals(second.table)
    assert first.report == second.report


def test_the_real_exports_are_read(shared_data):
    found = checked(register.read(shared_data / "poi-mixed-datum.csv"))
    assert found.report.counts["rows"] == 1000
    assert len(found.table) + len(found.set_aside) == 1000
    assert set(found.table["provider"]) == {"amap", "baidu"}
    doubled = checked(register.read(shared_data / "universities-bd09.csv", Choices(datum="wgs84")))
    assert set(doubled.set_aside["reason"]) >= {"higher_education", "vocational"}


def test_the_template_in_the_docs_is_read_without_a_fault(tmp_path):
    page = (Path(__file__).parent.parent / "docs" / "registers.md").read_text(encoding="utf-8")
    template = page.split("```csv\n")[1].split("```")[0]
    found = read(tmp_path, template, datum="wgs84", keep_going=False)
    assert faults(found) == []
    assert not any(fault.key in {"columns_unused", "column_other"} for fault in found.report.faults)
    assert found.table.iloc[0].notna().drop("provider").all()


def test_a_heap_is_found_though_its_points_are_a_hair_apart_and_its_schools_of_two_kinds(tmp_path):
    rows = "甲小学,小学,,126.630001,45.72\n乙小学,小学,,126.630002,45.72\n丙学校,九年一贯制,,126.63,45.720001\n"
    found = read(tmp_path, HEAD + rows)
    assert faults(found, "warning") == [("heaped", 2), ("heaped", 3), ("heaped", 4)]


@pytest.mark.parametrize("stated", ["小学、初中", "初中,小学", "小学；初中"])
def test_a_school_of_both_stages_is_a_nine_year_school(tmp_path, stated):
    found = read(tmp_path, HEAD + f'第九学校,"{stated}",,126.63,45.72\n', official=True)
    assert found.table[["category", "evidence"]].iloc[0].tolist() == ["nine_year_school", "confirmed"]


@pytest.mark.parametrize(
    ("stated", "category", "others"),
    [
        ("初中、高中", "junior_school", ""),
        ("高中、初中", "junior_school", ""),
        ("初中/高中", "junior_school", ""),
        ("小学、高中", "primary_school", ""),
        ("小学,幼儿园", "primary_school", "kindergarten"),
        ("学前、小学", "primary_school", "kindergarten"),
        ("幼儿园、托育机构", "kindergarten", "childcare"),
        ("幼儿园、小学、初中", "nine_year_school", "kindergarten"),
        ("小学、初中、高中", "nine_year_school", ""),
        ("科教文化服务;学校;小学", "primary_school", ""),
    ],
)
def test_a_row_of_several_kinds_is_none_of_them_lost(tmp_path, stated, category, others):
    """Of a list that holds all, the row may be a missing one of the kinds that it does not count as."""
    found = read(tmp_path, HEAD + f'和兴学校,"{stated}",,126.63,45.72\n', official=True)
    assert found.table["category"].tolist() == [category]
    assert found.unsorted["may_be"].tolist() == ([others] if others else [])
    assert faults(found, "warning") == ([("several_kinds", 2)] if others else [])


@pytest.mark.parametrize(
    "name",
    ["和兴小学（在建）", "和兴小学（规划）", "和兴小学（筹）", "拟建和兴小学", "和兴小学(规划中)",
     "和兴小学（2035年投用）", "和兴小学（预计2027年建成）", "和兴小学（尚未投入使用、筹建）", "和兴小学在建"],
)  # fmt: skip
@pytest.mark.parametrize("stated", ["小学", ""])
def test_a_school_that_is_not_built_yet_serves_nobody(tmp_path, name, stated):
    found = read(tmp_path, HEAD + f"{name},{stated},,126.63,45.72\n", official=True)
    assert found.table.empty
    assert found.set_aside["reason"].tolist() == ["not_built"]
    whole = read(tmp_path, HEAD + f"{name},,,126.63,45.72\n", official=True, category="primary_school")
    assert whole.table.empty


@pytest.mark.parametrize("name", ["哈尔滨市规划展览馆", "和兴小学（2019年投用）", "建设小学", "规划路小学"])
def test_words_of_planning_in_a_name_do_not_unbuild_a_place(tmp_path, name):
    assert len(read(tmp_path, HEAD + f"{name},,,126.63,45.72\n").table) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [("在建", "not_built"), ("规划", "not_built"), ("已停办", "not_built"), ("注销", "not_built"),
     ("暂停", "closed_now"), ("改造中", "closed_now"), ("正常", None), ("在用", None), ("", None)],
)  # fmt: skip
def test_the_state_of_a_row_says_whether_it_is_there(tmp_path, status, reason):
    head, row = "名称,学段,办学状态,经度,纬度\n", f"和兴小学,小学,{status},126.63,45.72\n"
    found = read(tmp_path, head + row, official=True)
    assert found.set_aside["reason"].tolist() == ([reason] if reason else [])
    assert found.unsorted.empty


@pytest.mark.parametrize(
    "name", ["阳光公寓幼儿园", "宾馆路小学", "花园小学(地铁站校区)", "酒店街第一幼儿园"],
)  # fmt: skip
def test_a_facility_that_is_called_after_a_hotel_or_a_station_is_one(tmp_path, name):
    assert len(read(tmp_path, HEAD + f"{name},,,126.63,45.72\n").table) == 1


def test_what_a_name_only_may_be_can_be_missing_in_a_list_that_holds_all(tmp_path):
    head = "名称,类别,所在区,经度,纬度\n"
    rows = "小豆包托育中心（群力店）,,道里区,,\n和兴小学停车场,,道里区,,\n冰雪大世界店,,道里区,,\n"
    found = read(tmp_path, head + rows, official=True)
    assert found.set_aside["reason"].tolist() == ["named_after"] * 3
    assert found.unsorted[["may_be", "district"]].to_numpy().tolist() == [
        ["childcare", "道里区"],
        ["ice_snow", "道里区"],
    ]


def test_a_note_below_the_table_is_no_facility_that_may_be_missing(tmp_path):
    head = "名称,类别,所在区,经度,纬度\n"
    rows = "和兴小学,小学,道里区,126.63,45.72\n,小学,道里区,,\n,注：截至年末,,,\n阳光,,,126.6,45.7\n"
    found = read(tmp_path, head + rows)
    assert found.unsorted["row"].tolist() == [3, 5]
    assert all("primary_school" in kinds for kinds in found.unsorted["may_be"])
