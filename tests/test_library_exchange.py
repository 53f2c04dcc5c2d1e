"""Out to Excel and CSV and back: equal, inert, with all faults of a file at once."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Generator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cfc_gis.errors import ChoiceUnknown, NotWritable, TableFault
from cfc_gis.library import ProjectLibrary, rules
from cfc_gis.library.exchange import inert, plain
from cfc_gis.sources import mojibake
from tests.libraries import BY, GAIN, GAP, HOSTILE, SAID, add

NUMBERS = {"-3.5", "-8000"}  # text that is a number runs nothing
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@pytest.fixture
def library(tmp_path: Path) -> Generator[ProjectLibrary]:
    with ProjectLibrary(tmp_path / "a.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Generator[ProjectLibrary]:
    with ProjectLibrary(tmp_path / "b.sqlite", create=True) as opened:
        yield opened


def fill(library: ProjectLibrary) -> None:
    """Something in every table, in every field, with hostile words wherever words may stand."""
    for name in HOSTILE:
        add(library, name=name, note=name, unit_name=name, body=name)
    made = add(
        library, category="primary_school", stage="暂停", paused_from="手续", unit_code="0230102",
        place="126.63, 45.75", domain="教育", national_domain="成长空间", cost_wan=1234.56789,
        funds=["municipal", "central_budget"], major="是",
    )  # fmt: skip
    library.link_gap(made.id, {**GAP, "unit_name": "=道里区"}, **BY)
    library.record_gain(made.id, GAIN, **BY)
    library.participate(made.id, {**SAID, "words": "@想要树荫"}, **BY)
    result = library.add_entry({"register": "result", "name": "=学位", "target": "-8000", "phase": "2025"}, **BY)
    measure = library.add_entry(
        {"register": "measure", "name": "+土地", "domain": "law", "body": "@x", "note": "y"}, **BY
    )
    library.link(result, measure, **BY)
    library.link(result, made.id, **BY)


def content(library: ProjectLibrary, table: str) -> pd.DataFrame:
    return library.table(table).drop(columns="version", errors="ignore")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_goes_round_equal(library: ProjectLibrary, other: ProjectLibrary, tmp_path: Path, lang: str) -> None:
    fill(library)
    file = library.export(tmp_path / "项目库.xlsx", lang=lang)
    report = other.import_file(file, **BY)
    assert not report.errors
    for table in rules.TABLES:
        pd.testing.assert_frame_equal(content(library, table), content(other, table), obj=table)
        assert not library.table(table).empty
    lines = len(other.history())
    assert set(other.history()["action"]) == {"import"}
    again = other.import_file(other.export(tmp_path / "again.xlsx", lang=lang), **BY)
    assert len(other.history()) == lines, "equal rows write nothing"
    assert sum(each.counts["unchanged"] for each in again.reports) == sum(len(other.table(t)) for t in rules.TABLES)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_csv_goes_round_equal(library: ProjectLibrary, other: ProjectLibrary, tmp_path: Path, lang: str) -> None:
    fill(library)
    for table in (
        rules.PROJECTS,
        rules.ENTRIES,
        *(each for each in rules.TABLES if each not in {"projects", "entries"}),
    ):
        file = library.export(tmp_path / f"{table}.csv", table=table, lang=lang)
        other.import_file(file, table=table, **BY)
        pd.testing.assert_frame_equal(content(library, table), content(other, table), obj=table)


def test_fault_57_no_cell_of_a_workbook_runs(library: ProjectLibrary, tmp_path: Path) -> None:
    fill(library)
    book = openpyxl.load_workbook(library.export(tmp_path / "a.xlsx"))
    assert len(book.sheetnames) == len(rules.TABLES) + 1, "all tables and the history"
    risky = 0
    for page in book.worksheets:
        for cell in (cell for row in page.iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
            if isinstance(cell.value, str) and cell.value.startswith(FORMULA) and cell.value not in NUMBERS:
                assert cell.data_type == "s"
                assert cell.quotePrefix, "it stays text when somebody edits it"
                risky += 1
    assert risky > 20


def test_fault_57_no_cell_of_csv_runs(library: ProjectLibrary, tmp_path: Path) -> None:
    fill(library)
    for table in rules.TABLES:
        text = library.export(tmp_path / f"{table}.csv", table=table).read_text(encoding="utf-8-sig")
        for cell in (cell for row in csv.reader(text.splitlines()) for cell in row):
            assert not cell.lstrip().startswith(FORMULA) or cell in NUMBERS
            assert not set(cell) & {"\t", "\r", "\n", "\u202e", "\x07"}


@given(st.text(st.sampled_from("'=+-@＝ a1.\"")))
def test_what_keeps_a_cell_from_running_comes_off_again(words: str) -> None:
    safe = inert(words)
    assert isinstance(safe, str)
    assert plain(safe) == words
    assert not safe.lstrip().startswith(FORMULA) or safe.lstrip("+-").replace(".", "").strip().isdigit()


def test_the_history_is_exported_in_words(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library)
    library.move(made.id, "reserve", version=1, who="王工", why="纪要")
    library.link_gap(made.id, GAP, **BY)
    page = openpyxl.load_workbook(library.export(tmp_path / "a.xlsx"))["历史"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert rows[0] == ["表", "编号", "版本", "时间", "人员", "操作", "理由", "变更内容"]
    assert [row[4:] for row in rows if row[2] == 2] == [["王工", "变更阶段", "纪要", "项目阶段：谋划 → 储备"]]
    (linked,) = (row[7] for row in rows if row[2] == 3)
    assert all(words in linked for words in ("行政层级：– → 区县", "缺口儿童（最少）：– → 310.25", "判定：– → 缺口"))


def test_a_history_longer_than_a_cell_takes_more_lines(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library, place=_long_line(0))
    everything = {
        "place": _long_line(1),
        **dict.fromkeys(("name", "note", "body", "unit_name", "unit_code"), "长" * 2000),
    }
    library.edit(made.id, everything, version=1, **BY)
    page = openpyxl.load_workbook(library.export(tmp_path / "a.xlsx"))["历史"]
    cells = [row[7].value for row in page.iter_rows(min_row=2) if row[2].value == 2]
    assert len(cells) > 1
    assert max(map(len, cells)) < 32_767
    assert sum(cell.count("长" * 2000) for cell in cells) == 5, "nothing is cut off"
    assert _long_line(1) in "".join(cells)


def _long_line(shift: int) -> str:
    points = ", ".join(f"{126 + n / 1000 + shift} 45.1234567" for n in range(1, 800) if n % 10)
    return f"LINESTRING ({points})"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_all_faults_of_a_file_are_told_at_once_with_their_rows(library: ProjectLibrary, tmp_path: Path) -> None:
    add(library)
    file = write(
        tmp_path / "年度项目.csv",
        "编号,名称,类型,期限,状态,总投资,位置,负责人",
        "XM-00001,和兴小学扩建,扩建,2025,在建,,,张",  # from 谋划 straight to 在建
        ",好项目,新建,2025,谋划,100,,",
        ",,新建,2025,谋划,100,,",
        ",类型不对,翻新,2030,谋划,一百,,",
        "A,两次,新建,2025,谋划,,,",
        "A,两次,新建,2025,谋划,,,",
        ",颠倒,新建,2025,谋划,,\"45.75,126.63\",",
        ",暂停的,新建,2025,暂停,,,",
    )  # fmt: skip
    with pytest.raises(TableFault) as told:
        library.import_file(file, **BY)
    report = told.value.facts["report"].reports[0]
    found = {(fault.row, fault.column, fault.key) for fault in report.of("error")}
    assert found == {
        (2, "状态", "library_move"),
        (4, "名称", "library_needed"),
        (5, "类型", "library_choice"),
        (5, "期限", "library_choice"),
        (5, "总投资", "library_number"),
        (7, "编号", "library_row_twice"),
        (8, "位置", "library_place_degrees"),
        (9, "暂停前阶段", "library_paused_from"),
    }
    assert [fault.column for fault in report.of("warning")] == ["负责人"], "a column that is not used is said"
    assert "储备、暂停、取消" in told.value.text("zh")
    assert "row 2" in told.value.text("en") or "line 2" in told.value.text("en")
    assert len(library.projects()) == 1
    assert len(library.history()) == 1, "nothing of the file was written"


def test_a_planners_table_becomes_projects(library: ProjectLibrary, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["2025年度儿童友好项目一览表"])
    page.append(["项目名称", "建设性质", "期限", "进展", "总投资", "责任部门", "区划代码", "资金来源", "位置"])
    page.append(
        ["和兴小学扩建", "扩建", 2025, "前期", 1200, "市教育局", "230103", "市级财政资金；社会资本", "126.63 45.75"]
    )
    page.append(["清冰试点", "清冰除雪", "2025年", "储备", 35.5, None, None, None, None])
    book.save(tmp_path / "一览表.xlsx")
    report = library.import_file(tmp_path / "一览表.xlsx", **BY)
    assert report.reports[0].counts == {"rows": 2, "added": 2, "changed": 0, "unchanged": 0}
    first, second = library.select()
    assert (first.id, first.kind, first.stage, first.cost_wan) == ("XM-00001", "expand", "preparation", 1200)
    assert (first.unit_code, first.funds, first.place) == ("230103", "municipal;social_capital", "POINT (126.63 45.75)")
    assert (second.name, second.kind, second.body) == ("清冰试点", "ice_clearing", None)


def test_an_export_that_was_edited_changes_its_projects(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library, stage="手续", note="旧", body="市教育局")
    add(library, name="另一个")
    file = library.export(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(file)
    page = book["项目"]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(2, heads["说明"]).value = "新"
    page.cell(2, heads["责任单位"]).value = None
    page.cell(2, heads["项目阶段"]).value = "暂停"
    book.save(file)
    report = library.import_file(file, who="王工", why="季度更新")
    assert report.reports[0].counts == {"rows": 2, "added": 0, "changed": 1, "unchanged": 1}
    now = library.project(made.id)
    assert (now.note, now.body, now.stage, now.paused_from) == ("新", None, "paused", "approvals")
    (line,) = library.history(made.id).to_dict("records")[1:]
    assert (line["who"], line["why"], line["action"]) == ("王工", "季度更新", "import")
    assert line["changes"]["note"] == ["旧", "新"]
    # Going on: the cell that says where it was paused may stay as it is.
    file = library.export(tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(file)
    book["项目"].cell(2, heads["项目阶段"]).value = "手续"
    book.save(file)
    library.import_file(file, **BY)
    assert (library.project(made.id).stage, library.project(made.id).paused_from) == ("approvals", None)


def test_a_sheet_that_is_not_used_is_said(library: ProjectLibrary, other: ProjectLibrary, tmp_path: Path) -> None:
    add(library)
    file = library.export(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(file)
    book.create_sheet("备忘").append(["别忘了"])
    book.save(file)
    (warning,) = other.import_file(file, **BY).reports[0].of("warning")
    assert (warning.key, warning.found) == ("library_sheet_unused", "备忘")


def test_a_stale_export_is_refused_with_who_changed_it(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library)
    file = library.export(tmp_path / "a.csv")
    library.edit(made.id, {"note": "后来的"}, version=1, who="王工", why="补充")
    with pytest.raises(TableFault) as told:
        library.import_file(file, **BY)
    assert "王工" in told.value.text("zh")
    assert library.project(made.id).note == "后来的"


@pytest.mark.parametrize(
    ("before", "stage", "cell", "after"),
    [
        ("idea", "谋划", "手续", ("idea", None)),  # left over from an earlier pause
        ("approvals", "暂停", "", ("paused", "approvals")),
        ("approvals", "暂停", "手续", ("paused", "approvals")),
        ("approvals", "暂停", "储备", None),
        ("paused", "暂停", "", ("paused", "approvals")),
        ("paused", "暂停", "储备", None),
        ("paused", "手续", "手续", ("approvals", None)),
        ("paused", "储备", "手续", None),
    ],
)
def test_where_a_project_was_paused_follows_from_its_moves(
    library: ProjectLibrary, tmp_path: Path, before: str, stage: str, cell: str, after: tuple[str, str | None] | None
) -> None:
    add(library, stage=before, paused_from="approvals" if before == "paused" else None)
    file = write(
        tmp_path / "a.csv", "编号,名称,类型,期限,状态,暂停前阶段", f"XM-00001,和兴小学扩建,扩建,2025,{stage},{cell}"
    )
    if after is None:
        with pytest.raises(TableFault):
            library.import_file(file, **BY)
    else:
        report = library.import_file(file, **BY).reports[0]
        now = library.project("XM-00001")
        assert (now.stage, now.paused_from) == after
        assert report.counts["changed"] == now.version - 1, "what is counted as changed was written"


def test_entries_are_changed_by_a_file_but_stay_in_their_list(library: ProjectLibrary, tmp_path: Path) -> None:
    entry = library.add_entry({"register": "result", "name": "增加学位", "target": "8000"}, **BY)
    file = library.export(tmp_path / "e.csv", table="entries")
    text = file.read_text(encoding="utf-8-sig")
    file.write_text(text.replace("8000", "9000"), encoding="utf-8")
    assert library.import_file(file, table="entries", **BY).reports[0].counts["changed"] == 1
    assert library.entries()["target"].tolist() == ["9000"]
    assert library.history(entry)["changes"].iloc[1] == {"target": ["8000", "9000"]}
    file = library.export(tmp_path / "e.csv", table="entries")
    file.write_text(file.read_text(encoding="utf-8-sig").replace("预期成果", "政策措施"), encoding="utf-8")
    with pytest.raises(TableFault) as told:
        library.import_file(file, table="entries", **BY)
    assert "library_register_fixed" in [fault.key for fault in told.value.facts["report"].reports[0].of("error")]


def test_what_was_recorded_is_never_changed_by_a_file(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library)
    library.participate(made.id, SAID, **BY)
    file = library.export(tmp_path / "p.csv", table="participation")
    file.write_text(file.read_text(encoding="utf-8-sig").replace("24", "240"), encoding="utf-8")
    with pytest.raises(TableFault) as told:
        library.import_file(file, table="participation", **BY)
    assert [fault.key for fault in told.value.facts["report"].reports[0].of("error")] == ["library_kept"]
    lost = write(tmp_path / "q.csv", "项目编号,日期,参与者,形式,人数,意见", "XM-9,2025/6/1,儿童,问卷,3,好")
    with pytest.raises(TableFault) as told:
        library.import_file(lost, table="participation", **BY)
    assert [fault.key for fault in told.value.facts["report"].reports[0].of("error")] == ["library_id_lost"]


def test_links_lead_from_a_result_to_a_measure_only(library: ProjectLibrary, tmp_path: Path) -> None:
    result = library.add_entry({"register": "result", "name": "a"}, **BY)
    measure = library.add_entry({"register": "measure", "name": "b"}, **BY)
    file = write(tmp_path / "l.csv", "预期成果编号,政策措施编号", f"{measure},{result}")
    with pytest.raises(TableFault) as told:
        library.import_file(file, table="entry_links", **BY)
    assert len(told.value.facts["report"].reports[0].of("error")) == 2


def test_headers_that_lack_or_stand_twice_are_told(library: ProjectLibrary, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "名称,项目名,期限", "甲,乙,2025")
    with pytest.raises(TableFault) as told:
        library.import_file(file, **BY)
    keys = [fault.key for fault in told.value.facts["report"].reports[0].of("error")]
    assert sorted(keys) == ["library_column_missing", "library_column_missing", "library_column_twice"]


def test_files_that_cannot_be_written_or_are_of_no_known_kind(library: ProjectLibrary, tmp_path: Path) -> None:
    for wrong in ("a.ods", "a"):
        with pytest.raises(ChoiceUnknown):
            library.export(tmp_path / wrong)
    with pytest.raises(ChoiceUnknown):
        library.export(tmp_path / "a.csv", table="sqlite_schema")
    with pytest.raises(ChoiceUnknown):
        library.import_file(tmp_path / "a.csv", table="history", **BY)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(NotWritable):
        library.export(tmp_path / "folder.csv")
    assert not list(tmp_path.glob(".*.part"))


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4),
    cost=st.none() | st.floats(0, 1e12, allow_nan=False),
    place=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
)
def test_any_project_goes_round_equal(names: list[str], cost: float | None, place: tuple[float, float] | None) -> None:
    assume(not any(mojibake.restore(name) for name in names))  # text that looks garbled is refused, and told
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with (
            ProjectLibrary(here / "a.sqlite", create=True) as one,
            ProjectLibrary(here / "b.sqlite", create=True) as two,
            ProjectLibrary(here / "c.sqlite", create=True) as three,
        ):
            for name in names:
                try:
                    add(one, name=name, cost_wan=cost, note=name, place=place)
                except TableFault:  # a name that says nothing
                    continue
            if one.projects().empty:
                return
            two.import_file(one.export(here / "a.xlsx"), **BY)
            three.import_file(one.export(here / "a.csv"), **BY)
            for back in (two, three):
                pd.testing.assert_frame_equal(content(one, "projects"), content(back, "projects"))
