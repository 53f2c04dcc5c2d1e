"""Official counts by unit: wide and long tables as bureaus write them, and every row that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cfc_gis.errors import TableFault
from cfc_gis.sources import official_counts

KNOWN = pd.DataFrame(
    {
        "unit_code": ["230100", "230102", "230103", "230102001", "230103001"],
        "unit_name": ["哈尔滨市", "道里区", "南岗区", "新华街道", "新华街道"],
        "parent_code": [None, "230100", "230100", "230102", "230103"],
    }
)


def read(folder: Path, *lines: str, keep_going: bool = False, encoding: str = "utf-8") -> official_counts.Counts:
    file = folder / "counts.csv"
    file.write_text("\n".join(lines) + "\n", encoding=encoding)
    return official_counts.read(file, keep_going=keep_going)


def errors(found: official_counts.Counts) -> list[tuple[str, int | None]]:
    return [(fault.key, fault.row) for fault in found.report.of("error")]


def test_a_wide_table_of_a_yearbook(tmp_path: Path) -> None:
    """Sites, seats and children in one row for each district; an empty cell says nothing, 0 says none."""
    head = "行政区,幼儿园（所）,幼儿园在园幼儿（人）,小学,小学学位数,备注"
    found = read(tmp_path, head, '南岗区,182,24000,61,"61,200",x', "道里区,0,,,,", "合计,182,,,,", encoding="gb18030")
    table = official_counts.coded(found, KNOWN).set_index(["unit_code", "category"])
    assert table.loc[("230103", "kindergarten"), ["sites", "enrolled"]].tolist() == [182, 24000]
    assert table.loc[("230103", "primary_school"), ["sites", "capacity"]].tolist() == [61, 61200]
    assert table.loc[("230102", "kindergarten"), "sites"] == 0
    assert ("230102", "primary_school") not in table.index
    assert table["source"].unique().tolist() == ["counts.csv"]
    assert [fault.row for fault in found.report.of("note") if fault.key == "total_row"] == [4]


def test_a_long_table_with_what_the_plan_asks_for(tmp_path: Path) -> None:
    rows = ["230103,儿童之家,12,民政局", "230103,未保工作站,1,民政局", "230102,九年一贯制学校,3 所,教育局"]
    table = official_counts.coded(read(tmp_path, "代码,项目,数量,来源", *rows), KNOWN)
    assert table[["unit_code", "category", "sites", "source"]].to_numpy().tolist() == [
        ["230102", "nine_year_school", 3, "教育局"],
        ["230103", "child_friendly_space", 12, "民政局"],
        ["230103", "protection_station", 1, "民政局"],
    ]


def test_fault_41_every_count_that_is_none_is_named_with_its_row(tmp_path: Path) -> None:
    rows = [
        "南岗区,幼儿园,-3",
        "南岗区,小学,约60",
        "道里区,幼儿园,两",
        "道里区,幼稚班,4",
        "南岗区,公园,5",
        "南岗区,公园,6",
    ]
    found = read(tmp_path, "区县,类别,数量", *rows, keep_going=True)
    assert errors(found) == [
        ("count_not_number", 2), ("count_not_number", 3), ("count_not_number", 4),
        ("count_category", 5), ("count_twice", 7),
    ]  # fmt: skip
    with pytest.raises(TableFault, match="line 5"):
        read(tmp_path, "区县,类别,数量", *rows)


def test_units_are_found_by_name_code_or_district_and_never_guessed(tmp_path: Path) -> None:
    found = read(tmp_path, "街道,所属区县,公园", "新华街道,道里区,2", "新华街道,230103,3")
    assert official_counts.coded(found, KNOWN)["unit_code"].tolist() == ["230102001", "230103001"]
    with pytest.raises(TableFault) as caught:
        official_counts.coded(read(tmp_path, "街道,公园", "新华街道,2", "南岗,3"), KNOWN)
    assert "“新华街道”可能是：230102001, 230103001" in caught.value.text("zh")
    assert "line 3" in caught.value.text("en")


def test_one_unit_by_its_name_and_again_by_its_code_stands_twice(tmp_path: Path) -> None:
    found = read(tmp_path, "区县,代码,公园", "南岗区,,2", ",230103,3")
    with pytest.raises(TableFault, match="line 3"):
        official_counts.coded(found, KNOWN)


def test_columns_that_are_missing_are_named_with_those_that_are_understood(tmp_path: Path) -> None:
    with pytest.raises(TableFault) as caught:
        read(tmp_path, "区县,人口", "南岗区,1390000")
    assert "人口" in caught.value.text("zh")
    assert "unit (" in caught.value.text("en")


@pytest.mark.parametrize(
    ("columns", "known"),
    [
        ({"区县": ["南岗区", "合计"], "幼儿园": ["3", "3"]}, True),
        ({"名称": ["南岗区"], "类别": ["幼儿园"], "数量": ["3"]}, True),
        ({"名称": ["南岗区第一幼儿园"], "类别": ["幼儿园"], "数量": ["1"]}, False),
        ({"区": ["南岗区"], "幼儿园名称": ["甲"], "学位": ["90"]}, False),
    ],
)
def test_a_table_of_counts_is_told_from_a_register(columns: dict[str, list[str]], known: bool) -> None:
    assert official_counts.fits(pd.DataFrame(columns)) is known


def test_two_columns_of_one_kind_are_refused_for_neither_is_the_whole(tmp_path: Path) -> None:
    found = read(tmp_path, "行政区,小学,小学数", "道里区,40,31", keep_going=True)
    assert errors(found) == [("count_twice", None)]


PARTS = ("公办", "人", "学位", "普惠", "民办", "新增", "万人", "千所", "含在建", "教育部门办", "一级以上")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("brackets", ["（{}）", "({})", "【{}】", "（所，{}）"])
def test_a_word_in_brackets_that_says_a_part_or_another_unit_is_refused(
    part: str, brackets: str, tmp_path: Path
) -> None:
    said = brackets.format(part)
    for lines in (
        (f"区县,幼儿园{said}", "道里区,112"),
        ("区县,类别,数量", f"道里区,幼儿园{said},112"),
        (f"区县,类别,数量{said}", "道里区,幼儿园,112"),
    ):
        found = read(tmp_path, *lines, keep_going=True)
        assert [key for key, _ in errors(found)] == ["count_part"]
        assert part in found.report.text("zh")
        with pytest.raises(TableFault):
            read(tmp_path, *lines)


@pytest.mark.parametrize(
    "said",
    [
        "所",
        "含民办",
        "单位：所",
        "个",
        "2023",
        "2023年末",
        "所、截至2023年12月",
        "合计",
        "Kindergarten",
        "2022—2023学年",
    ],
)
def test_units_dates_and_translations_in_brackets_say_nothing_of_a_part(said: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"区县,幼儿园（{said}）", "道里区,112")
    assert found.table["sites"].tolist() == [112.0]


def test_several_columns_of_numbers_or_categories_are_refused(tmp_path: Path) -> None:
    for head, row in (
        ("区县,类别,个数,所数", "道里区,幼儿园,112,239"),
        ("区县,类别,类型,数量", "道里区,幼儿园,公办,112"),
    ):
        found = read(tmp_path, head, row, keep_going=True)
        assert [key for key, _ in errors(found)] == ["count_column_several"]


def test_columns_of_owners_and_of_units_of_measure_say_what_is_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "区县,类别,办学性质,数量", "道里区,幼儿园,公办,112", keep_going=True)
    assert errors(found) == [("count_part", None)]
    found = read(tmp_path, "区县,类别,数量,单位", "道里区,幼儿园,112,所", "南岗区,幼儿园,900,人", keep_going=True)
    assert errors(found) == [("count_part", 3)]
    whole = read(tmp_path, "区县,类别,办学性质,数量,备注", "道里区,幼儿园,全部,112,x")
    assert whole.table["sites"].tolist() == [112.0]
    assert [fault.column for fault in whole.report.of("note")] == ["办学性质", "备注"]
    found = read(tmp_path, "区县,类别,数量", "道里区,幼儿园,1200人", keep_going=True)
    assert errors(found) == [("count_not_number", 2)]


def test_a_sub_district_in_a_column_beside_its_district_is_the_unit(tmp_path: Path) -> None:
    rows = ["南岗区,新华街道,2", "道里区,新华街道,3", "南岗区,,9"]
    table = official_counts.coded(read(tmp_path, "区县,街道,公园", *rows), KNOWN).set_index("unit_code")
    assert table["sites"].to_dict() == {"230103001": 2.0, "230102001": 3.0, "230103": 9.0}


def test_a_code_and_a_name_that_mean_different_units_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "代码,区县,公园", "230103,道里区,14")
    with pytest.raises(TableFault) as caught:
        official_counts.coded(found, KNOWN)
    assert "代码 230103 是南岗区，名称写的是“道里区”" in caught.value.text("zh")
    spelled = read(tmp_path, "代码,区县,公园", "230103,南岗,14")  # a name that is no other unit's is as it is
    assert official_counts.coded(spelled, KNOWN)["unit_code"].tolist() == ["230103"]


def test_a_unit_that_is_said_to_lie_in_another_district_is_not_taken(tmp_path: Path) -> None:
    """There is one 通江街道, in 道里区; the row speaks of one in 双城区."""
    known = pd.concat([KNOWN, pd.DataFrame({"unit_code": ["230102002"], "unit_name": "通江街道",
                                            "parent_code": "230102"})])  # fmt: skip
    found = read(tmp_path, "街道,所属区县,小学", "通江街道,双城区,0")
    with pytest.raises(TableFault, match="通江街道"):
        official_counts.coded(found, known)
    right = read(tmp_path, "街道,所属区县,小学", "通江街道,道里区,2")
    assert official_counts.coded(right, known)["unit_code"].tolist() == ["230102002"]
