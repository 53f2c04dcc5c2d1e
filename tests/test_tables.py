"""Tables as planners have them: text, workbooks, layers. Numbers of faults are those of the list of bad inputs."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import unicodedata
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from shapely.geometry import Point

from cfc_gis import locale
from cfc_gis.errors import ChoiceUnknown, CrsMissing, InputDamaged, InputMissing, UserError
from cfc_gis.sources import tables

LIST = "名称,学位,经度,纬度\n和兴幼儿园,90,126.63,45.72\n嵩山幼儿园,120,126.65,45.73\n"


def write(folder: Path, text: str, encoding: str = "utf-8", name: str = "名单.csv") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def keys(table: tables.Table) -> list[str]:
    for lang in locale.LANGS:  # whatever is found can be said
        assert table.report.text(lang)
        assert table.report.html(lang)
    return [fault.key for fault in table.report.faults]


def refused(path: Path | str, key: str, error: type[UserError] = InputDamaged, **choices: object) -> UserError:
    with pytest.raises(error) as caught:
        tables.read(path, **choices)
    assert caught.value.key == key
    assert caught.value.exit_code == 2
    for lang in locale.LANGS:
        assert Path(path).name in caught.value.text(lang) or key == "choice_unknown"
    return caught.value


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8"), ("gb18030", "GB18030"), ("gbk", "GB18030"), ("gb2312", "GB18030"), ("utf-16", "UTF-16")],
)
def test_fault_23_gb18030_csv(tmp_path, encoding, said):
    table = tables.read(write(tmp_path, LIST, encoding))
    assert table.frame["名称"].tolist() == ["和兴幼儿园", "嵩山幼儿园"]
    assert table.report.provenance["how"] == f"CSV, {said}"
    assert table.report.provenance["encoding"] == said
    assert len(table.report.provenance["sha256"]) == 64
    assert int(table.report.provenance["size"]) == len(LIST.encode(encoding))
    assert keys(table) == []


def test_fault_23_what_is_neither_is_refused(tmp_path):
    file = write(tmp_path, "")
    file.write_bytes("名称\n".encode() + b"\xff\xff\xff\n")
    refused(file, "table_encoding")
    refused(write(tmp_path, LIST, "gb18030"), "table_encoding", encoding="utf-8")
    refused(write(tmp_path, LIST), "choice_unknown", ChoiceUnknown, encoding="klingon")


def test_fault_24_utf_8_with_bom(tmp_path):
    table = tables.read(write(tmp_path, LIST, "utf-8-sig"))
    assert table.frame.columns[0] == "名称"
    assert table.report.provenance["encoding"] == "UTF-8"


@pytest.mark.parametrize(
    ("garbled", "found"),
    [
        (LIST.encode().decode("gb18030", "replace"), "和兴幼儿园"),
        (LIST.encode("gb18030").decode("latin-1"), "和兴幼儿园"),
        (LIST.encode("gb18030").decode("utf-8", "replace"), "\ufffd"),
    ],
)
def test_fault_25_mojibake(tmp_path, garbled, found):
    table = tables.read(write(tmp_path, garbled))
    faults = [fault for fault in table.report.of("error") if fault.key == "mojibake" and fault.row is not None]
    assert [fault.row for fault in faults] == [2]  # the first of its column, with their number
    assert faults[0].facts["count"] == 2
    assert found[:2] in str(faults[0].facts["likely"])
    assert "mojibake" in keys(table)


def test_fault_25_utf_8_that_lost_a_byte_and_so_reads_as_gb18030(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("名称,学位\n和兴幼儿园,90\n".encode().replace("园".encode(), "园".encode()[:2]))
    table = tables.read(file)
    assert table.report.provenance["encoding"] == "GB18030"
    assert [str(fault.facts["likely"]) for fault in table.report.of("error")] == ["名称", "和兴幼儿", "学位"]


def test_rows_are_numbered_as_lines_and_blank_ones_left_out(tmp_path):
    table = tables.read(write(tmp_path, '名称,地址\n甲,"一楼\n二楼"\n\n,\n乙,丙\n'))
    assert table.frame.index.tolist() == [2, 6]
    assert table.frame.loc[2, "地址"] == "一楼\n二楼"


def test_rows_of_another_length_are_errors_all_at_once(tmp_path):
    table = tables.read(write(tmp_path, "名称,学位\n甲,1,2\n乙,3\n丙\n丁,4,,\n"))
    assert table.frame["名称"].tolist() == ["乙", "丁"]
    assert [(fault.row, fault.found) for fault in table.report.of("error")] == [(2, 3), (4, 1)]
    assert table.report.counts["rows"] == 4


def test_titles_above_the_header_are_found_and_said(tmp_path):
    table = tables.read(write(tmp_path, "哈尔滨市幼儿园名单,,,\n单位：教育局,,,\n" + LIST))
    assert table.frame.columns.tolist() == ["名称", "学位", "经度", "纬度"]
    assert table.frame.index.tolist() == [4, 5]
    assert [fault.row for fault in table.report.of("note")] == [1, 2]


def test_the_header_may_be_named(tmp_path):
    file = write(
        tmp_path, "甲,乙\n" + LIST.replace(",经度,纬度", "").replace(",126.63,45.72", "").replace(",126.65,45.73", "")
    )
    assert tables.read(file, header=2).frame.columns.tolist() == ["名称", "学位"]
    refused(file, "header_row_empty", header=9)


def test_blank_and_repeated_headers(tmp_path):
    table = tables.read(write(tmp_path, "名称,,名称,\n甲,1,乙,\n"))
    assert table.frame.columns.tolist() == ["名称", "(B)", "名称 (2)"]
    assert keys(table) == ["header_blank", "header_twice"]


@pytest.mark.parametrize(("mark", "name"), [("\t", "a.tsv"), (";", "a.csv"), ("|", "a.txt"), (",", "a.txt")])
def test_delimiters(tmp_path, mark, name):
    table = tables.read(write(tmp_path, LIST.replace(",", mark), name=name))
    assert table.frame["学位"].tolist() == ["90", "120"]


@pytest.mark.parametrize("cell", ["", "  ", "　", "[]", "-", "—", "NULL", "NaN", "N/A", "/"])
def test_cells_that_hold_nothing(tmp_path, cell):
    assert tables.read(write(tmp_path, f"名称,学位\n甲,{cell}\n")).frame.loc[2, "学位"] is None


def test_an_unclosed_quote_is_refused_with_its_line(tmp_path):
    error = refused(write(tmp_path, '名称,学位\n甲,1\n"乙,2\n'), "table_unreadable")
    assert "(3)" in str(error.facts["cause"])


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00", b"\n\n"])
def test_empty_files(tmp_path, data):
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    refused(file, "table_empty")


CELLS = st.text(
    st.characters(codec="gb18030", exclude_categories=["C"], exclude_characters="\x85\u2028\u2029"),
    min_size=1,
    max_size=8,
).filter(lambda cell: cell.strip() == cell and unicodedata.normalize("NFKC", cell).lower() not in MISSING)
MISSING = tables._rules()["missing"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_read(tmp_path, rows, encoding):
    lines = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in (("第一列", "第二列"), *rows)]
    file = write(tmp_path, "".join(f"{a},{b}\r\n" for a, b in lines), encoding)
    assert [tuple(row) for row in tables.read(file).frame.to_numpy().tolist()] == rows


# --- ids ----------------------------------------------------------------------------------------------------------


def test_fault_29_codes_are_text_and_lost_zeros_are_told(tmp_path):
    rows = [
        "名称,adcode,学校标识码,电话",
        "甲,230102,0123456789,0451-5",
        "乙,230103,123456788,84",
        "丙,230104,0123456787,139",
    ]
    table = tables.read(write(tmp_path, "\n".join(rows)))
    assert table.frame["adcode"].tolist() == ["230102", "230103", "230104"]
    assert table.frame.loc[2, "学校标识码"] == "0123456789"
    assert [(fault.key, fault.row, fault.found) for fault in table.report.faults] == [("zeros_lost", 3, "123456788")]
    assert "10" in table.report.text("en")


def test_fault_29_codes_that_excel_rounded_are_errors(tmp_path):
    table = tables.read(write(tmp_path, "名称,统一社会信用代码\n甲,1.2230102E+17\n"))
    assert [(fault.key, fault.severity, fault.row) for fault in table.report.faults] == [("code_rounded", "error", 2)]


# --- workbooks ----------------------------------------------------------------------------------------------------


def book(folder: Path, *rows: list[object], merge: tuple[str, ...] = ()) -> Path:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merge:
        made.active.merge_cells(cells)
    made.save(folder / "名单.xlsx")
    return folder / "名单.xlsx"


def with_cached(file: Path, cell: str, cached: str) -> None:
    """Write the saved result of a formula into a workbook, as Excel does and openpyxl cannot."""
    other = file.with_suffix(".new")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head, tail = data.decode().split(f'<c r="{cell}"', 1)
                tail = tail.replace("<v />", cached, 1).replace("<v></v>", cached, 1)
                data = f'{head}<c r="{cell}"{tail}'.encode()
            new.writestr(name, data)
    shutil.move(other, file)


def test_fault_28_dates_numbers_and_text_of_a_workbook(tmp_path):
    file = book(
        tmp_path, ["名称", "电话", "建园", "学位", "公办", "经度"],
        ["和兴", 230102, dt.date(2015, 9, 1), 90.0, True, 126.63],
        ["嵩山", "0451", dt.datetime(2016, 9, 1, 8, 30), "120", False, None],
    )  # fmt: skip
    table = tables.read(file)
    assert table.frame.loc[2].tolist() == ["和兴", "230102", "2015-09-01", "90", "true", "126.63"]
    assert table.frame.loc[3].tolist() == ["嵩山", "0451", "2016-09-01T08:30:00", "120", "false", None]
    assert table.report.provenance["sheet"] == "Sheet"
    assert keys(table) == []


def test_fault_28_a_formula_without_its_result_is_an_error_with_its_cell(tmp_path):
    file = book(tmp_path, ["名称", "班数", "学位"], ["和兴", 3, "=B2*30"], ["嵩山", 4, "=B3*30"], ["春光", 5, '=""'])
    with_cached(file, "C3", "<v>120</v>")
    data = tables.read(file)
    assert data.frame["学位"].tolist() == [None, "120", None]
    assert [(fault.row, fault.column, fault.found) for fault in data.report.of("error")] == [
        (2, "学位", "=B2*30"), (4, "学位", '=""'),
    ]  # fmt: skip
    assert "(C2)" in data.report.text("en")
    assert "formula_without_value" in keys(data)


def test_fault_28_a_formula_whose_result_is_empty_text_is_empty(tmp_path):
    file = book(tmp_path, ["名称", "学位"], ["和兴", '=""'])
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(b'<c r="B2">', b'<c r="B2" t="str">')
            new.writestr(name, data)
    assert keys(tables.read(other)) == []


def test_fault_28_errors_of_excel_and_numbers_that_lost_their_end(tmp_path):
    table = tables.read(book(tmp_path, ["名称", "学位", "代码"], ["和兴", "#N/A", 12345678901234567890]))
    assert [(fault.key, fault.column) for fault in table.report.of("error")] == [
        ("cell_error", "学位"),
        ("digits_lost", "代码"),
    ]
    assert table.frame.loc[2, "学位"] is None


def test_fault_28_merged_headers_are_joined(tmp_path):
    file = book(
        tmp_path, ["幼儿园名单"], ["序号", "名称", "规模", None, "区"], [None, None, "班数", "学位", None],
        [1, "和兴", 3, 90, "南岗区"],
        merge=("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"),
    )  # fmt: skip
    table = tables.read(file)
    assert table.frame.columns.tolist() == ["序号", "名称", "规模/班数", "规模/学位", "区"]
    assert table.frame.index.tolist() == [4]
    assert table.report.letters["规模/学位"] == "D"


def test_fault_28_a_wide_header_over_data_is_one_line(tmp_path):
    file = book(tmp_path, ["名称", "地址", None], ["和兴", "某街", "1号"], ["嵩山", "某路", "2号"], merge=("B1:C1",))
    assert tables.read(file).frame["名称"].tolist() == ["和兴", "嵩山"]


def test_fault_28_two_lines_of_header_without_cells_merged_downwards(tmp_path):
    file = book(tmp_path, ["名称", "规模", None], [None, "班数", "学位"], ["和兴", 3, 90], merge=("B1:C1",))
    assert tables.read(file).frame.columns.tolist() == ["名称", "规模/班数", "规模/学位"]


def test_fault_28_merged_text_counts_in_each_row_and_a_merged_number_once(tmp_path):
    file = book(
        tmp_path, ["名称", "区", "学位"], ["甲园一部", "南岗区", 300], ["甲园二部", None, None], ["乙园", "道里区", 90],
        merge=("B2:B3", "C2:C3"),
    )  # fmt: skip
    table = tables.read(file)
    assert table.frame["区"].tolist() == ["南岗区", "南岗区", "道里区"]
    assert table.frame["学位"].tolist() == ["300", None, "90"]
    assert [(fault.key, fault.severity) for fault in table.report.faults] == [
        ("merged_cells", "note"),
        ("merged_number", "warning"),
    ]
    assert "B2:B3" in table.report.text("zh")
    assert "C2:C3" in table.report.text("zh")


def test_several_sheets_are_asked_about(tmp_path):
    made = Workbook()
    made.active.title = "道里区"
    made.active.append(["名称"])
    made.create_sheet("南岗区").append(["名称"])
    made["南岗区"].append(["和兴"])
    made.create_sheet("空表")
    made.create_sheet("隐藏").append(["名称"])
    made["隐藏"].sheet_state = "hidden"
    made.save(tmp_path / "a.xlsx")
    error = refused(tmp_path / "a.xlsx", "layer_ask", ChoiceUnknown)
    assert error.facts["known"] == "道里区, 南岗区"
    assert all("study.toml" in error.text(lang) and "sheet" in error.text(lang) for lang in ("zh", "en"))
    assert tables.read(tmp_path / "a.xlsx", layer="南岗区").frame["名称"].tolist() == ["和兴"]
    refused(tmp_path / "a.xlsx", "choice_unknown", ChoiceUnknown, layer="香坊区")


def test_hidden_rows_are_read_and_said(tmp_path):
    made = Workbook()
    for row in (["名称"], ["和兴"], ["嵩山"]):
        made.active.append(row)
    made.active.row_dimensions[3].hidden = True
    made.save(tmp_path / "a.xlsx")
    table = tables.read(tmp_path / "a.xlsx")
    assert table.frame["名称"].tolist() == ["和兴", "嵩山"]
    assert [(fault.key, fault.row) for fault in table.report.faults] == [("hidden_row", 3)]


def test_damaged_old_and_encrypted_workbooks(tmp_path):
    sound = book(tmp_path, ["名称"], ["和兴"])
    cut, zipped = tmp_path / "cut.xlsx", tmp_path / "zip.xlsx"
    cut.write_bytes(sound.read_bytes()[:900])
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("a.txt", "a")
    for file in (cut, zipped):
        refused(file, "workbook_unreadable")
    locked, old = tmp_path / "locked.xlsx", tmp_path / "a.xls"
    for file in (locked, old):
        file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
        refused(file, "workbook_old")


def test_fault_58_a_workbook_that_unpacks_to_a_bomb_is_not_opened(tmp_path):
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for part in range(4):
            made.writestr(f"xl/{part}.xml", bytes(90_000_000))
    assert file.stat().st_size < 1_000_000
    assert refused(file, "workbook_too_large").facts["size"] == 360


# --- layers -------------------------------------------------------------------------------------------------------


def layer(names=("和兴幼儿园", "嵩山幼儿园"), crs=4326, **columns):
    points = gpd.points_from_xy([126.63, 126.65][: len(names)], [45.72, 45.73][: len(names)], crs=4326)
    return gpd.GeoDataFrame({"name": list(names), **columns}, geometry=points).to_crs(crs)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.parquet"])
def test_layers_become_text_and_keep_their_shapes(tmp_path, name):
    drawn = layer(code=[230102, 230103], seats=[90.0, np.nan])
    if name.endswith("parquet"):
        drawn.to_parquet(tmp_path / name)
    else:
        drawn.to_file(tmp_path / name, **({"encoding": "UTF-8"} if name.endswith("shp") else {}))
    table = tables.read(tmp_path / name)
    assert isinstance(table.frame, gpd.GeoDataFrame)
    assert table.frame.index.tolist() == [1, 2]
    assert table.frame.loc[1, ["name", "code", "seats"]].tolist() == ["和兴幼儿园", "230102", "90"]
    assert table.frame.loc[2, "seats"] is None
    assert table.frame.geometry.iloc[0].equals_exact(Point(126.63, 45.72), 1e-9)
    assert table.report.row_kind == "feature"
    assert keys(table) == []


def test_fault_26_a_shapefile_without_cpg_is_asked_about(tmp_path):
    file = tmp_path / "a.shp"
    layer().to_file(file, encoding="GB18030")
    (tmp_path / "a.cpg").unlink()
    error = refused(file, "encoding_ask", UserError)
    assert error.facts["likely"] == "GB18030"
    assert error.facts["sample"] == "和兴幼儿园"
    assert tables.read(file, encoding="gbk").frame["name"].tolist() == ["和兴幼儿园", "嵩山幼儿园"]
    refused(file, "layer_unreadable", encoding="utf-8")
    refused(file, "layer_unreadable", encoding="klingon")


def test_fault_26_ascii_needs_no_cpg(tmp_path):
    file = tmp_path / "a.shp"
    layer(("A", "B")).to_file(file)
    (tmp_path / "a.cpg").unlink()
    assert tables.read(file).frame["name"].tolist() == ["A", "B"]


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_fault_27_missing_parts_of_a_shapefile(tmp_path, part):
    layer().to_file(tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a").with_suffix(part).unlink()
    assert refused(tmp_path / "a.shp", "shapefile_part").facts["missing"] == part


def test_fault_27_a_shapefile_without_prj(tmp_path):
    layer().to_file(tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a.prj").unlink()
    refused(tmp_path / "a.shp", "crs_missing", CrsMissing)


def test_fault_34_no_crs(tmp_path):
    bare = gpd.GeoDataFrame(layer().drop(columns="geometry"), geometry=layer().geometry.to_numpy())
    bare.to_parquet(tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet", "crs_missing", CrsMissing)
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        bare.to_file(tmp_path / "a.gpkg")
    refused(tmp_path / "a.gpkg", "crs_missing", CrsMissing)


def test_fault_35_layers_of_several_crs_are_asked_about_and_read_in_their_own(tmp_path):
    file = tmp_path / "a.gpkg"
    layer().to_file(file, layer="度")
    layer(crs=4551).to_file(file, layer="米")
    assert refused(file, "layer_ask", ChoiceUnknown).facts["count"] == 2
    metres = tables.read(file, layer="米")
    assert metres.report.provenance["crs"] == "EPSG:4551"
    assert metres.frame.to_crs(4326).geometry.iloc[0].equals_exact(Point(126.63, 45.72), 1e-9)


def test_fault_35_geometries_that_name_another_crs_than_their_layer(tmp_path):
    file = tmp_path / "a.gpkg"
    layer(crs=4551).to_file(file)
    with closing(sqlite3.connect(file)) as base, base:
        base.execute("UPDATE gpkg_geometry_columns SET srs_id = 4326")
    assert "4326, 4551" in str(refused(file, "crs_mixed").facts["found"])


def test_fault_38_an_empty_layer_is_an_empty_table(tmp_path):
    layer(()).to_file(tmp_path / "a.gpkg", schema=None, engine="pyogrio", geometry_type="Point")
    table = tables.read(tmp_path / "a.gpkg")
    assert len(table.frame) == 0
    assert table.report.counts == {"rows": 0}


def test_fault_43_damaged_files(tmp_path):
    base, parquet, drawn = tmp_path / "a.gpkg", tmp_path / "a.parquet", tmp_path / "a.geojson"
    big = gpd.GeoDataFrame({"name": ["甲" * 50] * 3000}, geometry=[Point(126.6, 45.7)] * 3000, crs=4326)
    big.to_file(base)
    big.to_parquet(parquet)
    big.to_file(drawn)
    for file in (base, parquet, drawn):
        data = bytearray(file.read_bytes())
        cut = tmp_path / f"cut{file.suffix}"
        cut.write_bytes(data[: len(data) * 2 // 3])
        error = refused(cut, "layer_unreadable")
        assert str(tmp_path) not in str(error.facts["cause"])
    pages = bytearray(base.read_bytes())
    pages[40960:45056] = bytes(4096)  # a page of zeros: GDAL may read around it, the check does not
    base.write_bytes(pages)
    refused(base, "layer_unreadable")


def test_fault_43_a_geopackage_with_changes_that_are_not_written_yet(tmp_path):
    file = tmp_path / "a.gpkg"
    layer().to_file(file)
    (tmp_path / "a.gpkg-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(60))
    refused(file, "layer_in_use")


def test_a_geopackage_of_a_table_without_geometry(tmp_path):
    pyogrio.write_dataframe(pd.DataFrame({"name": ["和兴幼儿园"], "seats": [90]}), tmp_path / "a.gpkg", driver="GPKG")
    table = tables.read(tmp_path / "a.gpkg")
    assert table.frame.to_numpy().tolist() == [["和兴幼儿园", "90"]]
    assert "crs" not in table.report.provenance


def test_fault_63_sql_in_names_is_a_name(tmp_path):
    file = tmp_path / "a.gpkg"
    name = 'a"; DROP TABLE gpkg_contents; --'
    layer(**{'x"; DROP TABLE gpkg_contents; --': ["1", "2"]}).to_file(file, layer=name)
    table = tables.read(file, layer=name)
    assert len(table.frame) == 2
    with closing(sqlite3.connect(file)) as base:
        assert base.execute("SELECT count(*) FROM gpkg_contents").fetchone()[0] == 1


def test_lists_of_a_layer(tmp_path):
    feature = {"type": "Feature", "properties": {"name": [], "tags": ["a", "b"]}, "geometry": None}
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8"
    )
    row = tables.read(tmp_path / "a.geojson").frame.loc[1]
    assert row["name"] is None
    assert "a" in row["tags"]


# --- what is not opened -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.csv", "/vsicurl/https://example.org/a.csv", "/vsizip/a.zip/a.csv", "\\vsimem\\a.gpkg",
        "a.vrt", "WFS:https://example.org/a", "a.pkl", "a.pickle", "a.mdb", "a",
    ],
)  # fmt: skip
def test_fault_62_addresses_virtual_files_and_fault_60_pickles(path):
    refused(path, "table_refused")


@pytest.mark.parametrize("path", ["a.zip", "a.rar", "a.7z", "a.csv.gz"])
def test_fault_58_archives_are_not_opened(path):
    refused(path, "archive_refused")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"<html><body>log in</body></html>", "HTML, XML"), (b"PK\x03\x04abc", "zip, xlsx"), (b"PAR1abc", "Parquet"),
        (b"\xd0\xcf\x11\xe0abc", "xls"), (b"\x80\x04\x95abc", "pickle"), (b"<OGRVRTDataSource/>", "HTML, XML"),
    ],
)  # fmt: skip
def test_what_is_called_csv_and_is_none(tmp_path, data, found):
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    assert refused(file, "kind_differs").facts["found"] == found


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.parquet", "a.xlsx"])
def test_what_is_called_a_layer_and_is_none(tmp_path, name):
    file = write(tmp_path, LIST, name=name)
    refused(file, "table_refused")


def test_missing_files_and_folders(tmp_path):
    refused(tmp_path / "none.csv", "input_missing", InputMissing)
    (tmp_path / "dir.csv").mkdir()
    refused(tmp_path / "dir.csv", "input_is_folder", InputMissing)
