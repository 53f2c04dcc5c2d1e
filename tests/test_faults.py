"""The report of an input file: grouped, placed, in both languages, escaped, and as an error."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cfc_gis import faults, locale
from cfc_gis.errors import TableFault
from cfc_gis.faults import Fault, TableReport

PACKAGE = Path(faults.__file__).parent
HOSTILE = "<img src=x onerror=alert(1)>\u202e${x}"


def report(*found: Fault, **more: object) -> TableReport:
    return TableReport("名单.xlsx", {"file": "名单.xlsx", "how": "Excel, 表1"}, "row", {"rows": 3}, found, **more)


def test_faults_of_one_kind_share_their_remedy():
    rows = [Fault("capacity_not_positive", "error", row, "学位", value) for row, value in ((3, "0"), (9, "约300"))]
    text = report(*rows, letters={"学位": "D"}).text("zh")
    assert text.count("办法") == 1
    assert "第 3 行，“学位” (D3): “0”" in text
    assert "第 9 行，“学位” (D9): “约300”" in text
    assert "错误（1 类，2 处）" in text


def test_errors_come_before_warnings_and_notes():
    found = [Fault("title_row", "note", 1), Fault("unplaced", "warning", 4), Fault("off_map", "error", 5)]
    table = report(*found).table("en")
    assert table["severity"].tolist() == ["error", "warning", "note"]
    assert table["row"].tolist() == [5, 4, 1]


def test_many_rows_are_counted_and_the_table_has_all():
    many = report(*[Fault("unplaced", "warning", row) for row in range(2, 102)])
    assert "and 80 more" in many.text("en")
    assert len(many.table("en")) == 100


def test_a_file_without_faults_says_so():
    assert report().text("zh").splitlines()[1] == "没有发现问题。"
    assert "Nothing is wrong." in report().html("en")


def test_errors_are_raised_with_the_whole_report_in_each_language():
    with_error = report(Fault("off_map", "error", 5, found="200, 95"), Fault("unplaced", "warning", 6))
    with pytest.raises(TableFault) as caught:
        with_error.refuse_errors()
    assert caught.value.exit_code == 2
    assert caught.value.facts["report"] is with_error
    assert "第 5 行: “200, 95”" in caught.value.text("zh")
    assert "Coordinates off the map" in caught.value.text("en")
    assert "Errors" not in caught.value.text("zh")
    report(Fault("unplaced", "warning", 6)).refuse_errors()


def test_faults_of_columns_that_nobody_uses_are_notes():
    eased = report(Fault("cell_error", "error", 5, "备注"), Fault("cell_error", "error", 5, "学位")).eased(["备注"])
    assert [fault.severity for fault in eased.faults] == ["note", "error"]


def test_fault_56_text_of_the_file_is_escaped_and_stripped():
    hostile = report(Fault("double", "warning", 5, HOSTILE, HOSTILE, {"main": 2}))
    html = hostile.html("en")
    assert "<img" not in html
    assert "${" not in html
    assert "&lt;img" in html
    assert "\u202e" not in html + hostile.text("zh")


def test_a_fact_with_words_of_its_own_is_said_in_the_language():
    fault = Fault("row_not_taken", "note", 2, found="三高中", facts={"why": locale.Words("set_aside.senior_school")})
    assert "高中，不在本研究年龄段" in fault.detail("zh")
    assert "Senior school" in fault.detail("en")


def keys_used() -> set[str]:
    """Keys given to ``Fault`` anywhere in the package, and to the functions that make faults of cells."""
    keys = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(code)) if "cfc_gis.faults" in code else ():  # servers have faults of their own
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                at = {"Fault": 0, "_fault": 0, "take": 2, "counts": 1}.get(name)
                if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
                    keys.add(str(node.args[at].value))
    return keys


def test_every_fault_has_words_and_a_remedy():
    used = keys_used()
    assert {"capacity_not_positive", "double", "formula_without_value", "year_unclear"} <= used
    words = locale.table()
    missing = [f"{section}.{key}" for key in used for section in ("fault", "remedy") if f"{section}.{key}" not in words]
    assert not missing
    kinds = {
        section: {key.split(".", 1)[1] for key in words if key.startswith(f"{section}.")}
        for section in ("fault", "remedy", "found")
    }
    assert kinds["fault"] == kinds["remedy"]
    assert kinds["found"] <= kinds["fault"]


def test_every_fault_and_outcome_is_explained_in_the_docs_in_the_same_words():
    docs = PACKAGE.parent / "docs"
    page = "\n".join(
        (docs / name).read_text(encoding="utf-8")
        for name in ("registers.md", "inputs.md", "projects.md", "scenarios.md", "siting.md")
    )
    lines = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` .*", page, flags=re.MULTILINE)}
    for key, words in locale.table().items():
        section, _, name = key.partition(".")
        if section in {"fault", "remedy", "merge_why"}:
            assert words["zh"] in lines[name]
            assert words["en"] in lines[name]
