"""The workbook: text that cannot run, the same bytes, words for keys, and a file that opens."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from cfc_gis import columns, locale
from cfc_gis.workbook import Line, write

HOSTILE = ("=1+1", "=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "#N/A", "＝1+1", "a\x07b\u202ec")
ABOUT = [Line("地点 Place", "样例市", "Sample")]
TABLE = pd.DataFrame({
    "unit_code": ["0101", "0102"], "unit_name": ["样例东区", None], "share_low": [0.25, np.nan],
    "children": [1234.4, 0.0], "judgement": ["no_data", "meets"], "reasons": ["count_missing;edge_affected", ""],
    "park_judgement": ["gap", "undecided"], "verified": [True, False], "gini": [0.31, 0.2],
})  # fmt: skip


def opened(path: Path, table: pd.DataFrame, name: str = "gaps"):
    write(path, ABOUT, {name: table})
    return load_workbook(path).worksheets[1]


@pytest.mark.parametrize("words", HOSTILE)
def test_text_shows_as_written_and_never_runs(tmp_path: Path, words: str) -> None:
    cell = opened(tmp_path / "a.xlsx", pd.DataFrame({"unit_name": [words]}))["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value == words.replace("\x07", "").replace("\u202e", "").strip()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets" in name)


def test_hostile_names_of_columns_and_sheets_do_no_harm(tmp_path: Path) -> None:
    sheet = opened(tmp_path / "a.xlsx", pd.DataFrame({"=1+1": [1.0]}), "a/b:c[d]*?" + "x" * 40)
    assert (sheet["A1"].data_type, sheet["A1"].value) == ("s", "=1+1")
    assert len(sheet.title) <= 31


def test_the_same_tables_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.xlsx", ABOUT, {"gaps": TABLE})
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    write(tmp_path / "b.xlsx", ABOUT, {"gaps": TABLE})
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml")
    assert core.count(b"2000-01-01T00:00:00Z") == 2


def test_cells_by_hand(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", ABOUT, {"gaps": TABLE})
    book = load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert book.sheetnames == ["说明 About", "缺口 Gaps"]
    head, first, second = book["缺口 Gaps"].iter_rows(values_only=True)
    assert head[:3] == ("代码\nCode", "名称\nName", "已证实（%）\nProven (%)")
    assert head[6] == "公园：判定\nPark: Judgement"
    assert head[8] == "gini"  # a column that nobody described is there all the same
    reasons = "\n".join(
        f"{locale.say(f'reason.{key}', 'zh')} {locale.say(f'reason.{key}', 'en')}"
        for key in ("count_missing", "edge_affected")
    )
    assert first == ("0101", "样例东区", 0.25, 1234.4, "数据不足 No data", reasons, "缺口 Gap", "是 yes", 0.31)
    assert second == ("0102", None, None, 0, "达标 Meets", None, "待核实 Undecided", "否 no", 0.2)
    book.close()


def test_formats_panes_filters_and_print(tmp_path: Path) -> None:
    sheet = opened(tmp_path / "a.xlsx", TABLE)
    assert [sheet.cell(2, n).number_format for n in (1, 3, 4, 9)] == ["@", "0.0%", "#,##0", "#,##0.##"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:I3")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$B")
    assert sheet.page_setup.fitToWidth == 1
    assert "内部研究用图，界线非法定" in sheet.oddFooter.left.text
    wide = opened(tmp_path / "b.xlsx", pd.DataFrame({f"c{n}": [1.0] for n in range(50)}))
    assert wide.page_setup.fitToWidth == 3  # 50 columns of 12 characters on pages of 200


def test_a_table_without_rows_is_a_sheet_with_headers(tmp_path: Path) -> None:
    sheet = opened(tmp_path / "a.xlsx", TABLE.iloc[:0])
    assert sheet.max_row == 1
    assert sheet["A1"].value == "代码\nCode"


def test_every_described_column_has_a_header_and_words_that_exist() -> None:
    looks = columns.looks()
    sections = {key.partition(".")[0] for key in locale.table()}
    for name, look in looks["column"].items():
        assert f"column.{name}" in locale.table()
        assert look["kind"] in looks["kind"]
        assert look.get("words", look.get("list", "column")) in sections


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", ABOUT, {"gaps": pd.DataFrame({"unit_name": ["=1+1"]})})
    command = [
        "soffice",
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
    ]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")], check=True, capture_output=True)
    (written,) = tmp_path.glob("*.csv")
    assert "=1+1" in written.read_text(encoding="utf-8")
