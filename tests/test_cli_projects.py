"""``cfc projects`` as a planner calls it: exit codes, both languages, no traceback, nobody guessed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cfc_gis.cli import main
from cfc_gis.library import ProjectLibrary
from tests.libraries import add, build_version_1

NEW = ("add", "和兴小学扩建", "--kind", "扩建", "--phase", "2025", "--why", "年度计划")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CFC_WHO", "李工")
    return tmp_path


def cfc(*words: object, **more: str) -> Result:
    return CliRunner().invoke(main, ["projects", *map(str, words)], **more)


def done(*words: object) -> str:
    result = cfc(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_a_project_through_its_years(here: Path) -> None:
    assert "已新增 XM-00001" in done(*NEW, "--set", "责任单位=市教育局", "--set", "总投资=1200")
    assert (here / "data/processed/projects.sqlite").is_file()
    assert "Reserve" in done("move", "XM-00001", "储备", "--why", "纪要")
    assert "第 3 版" in done("edit", "XM-00001", "--set", "说明=a=b", "--version", "2", "--why", "补充")
    said = ("--on", "2025-06-01", "--group", "儿童", "--form", "问卷", "--people", "120", "--words", "想要树荫")
    done("participate", "XM-00001", *said, "--why", "议事会")
    assert "CG-00001" in done("entry", "增加学位", "--list", "预期成果", "--set", "目标=8000", "--why", "方案")
    done("link", "CG-00001", "XM-00001", "--why", "方案")
    assert "增加学位  8000  XM-00001" in done("entries", "--list", "预期成果")
    done("link", "CG-00001", "XM-00001", "--remove", "--why", "调整")
    shown = done("show", "XM-00001")
    assert all(words in shown for words in ("市教育局", "1200", "a=b", "可转到: 前期", "May move to: Preparation"))
    assert "和兴小学扩建" in done("list", "--stage", "储备", "--body", "市教育局")
    assert "共 0 个项目" in done("list", "--stage", "在建")
    history = done("history", "XM-00001")
    assert all(words in history for words in ("谋划 → 储备", "纪要", "李工", "想要树荫", "第 6 版"))
    assert "XM-00001-和兴小学扩建.html" in done("sheet", "XM-00001")
    done("export", "a.xlsx")
    assert "unchanged 1" in done("import", "a.xlsx", "--why", "核对", "--lang", "en")
    assert "backup" in done("backup")


def test_a_gap_and_a_gain_come_from_a_run(here: Path) -> None:
    done(*NEW)
    run = CliRunner().invoke(main, ["demo", "--out", "demo", "--season", "winter"])
    assert run.exit_code == 0
    key = ("--run", "demo", "--indicator", "primary_school.within_standard", "--profile", "age6_8.winter")
    done("gap", "XM-00001", *key, "--unit", "990100", "--why", "运行")
    school = 'kind = "add_facility"\nid = "school"\ncategory = "primary_school"\npoint = [150.106, 30.016]'
    (here / "plan.toml").write_text(f'name = "一所新小学"\n[[edit]]\n{school}\n', encoding="utf-8")
    plan = ["scenario", "run", "plan.toml", "--demo", "--season", "winter", "--out", "plan"]
    assert CliRunner().invoke(main, plan).exit_code == 0
    gained = pd.read_csv("plan/changes.csv", encoding="utf-8-sig").query("level == 'city'")["gained"].item()
    done("gain", "XM-00001", "--run", "plan", *key[2:], "--unit", "990100", "--why", "测算")
    assert f"Children gained (last computed): {gained:g}" in done("show", "XM-00001")
    shown = done("show", "XM-00001", "--lang", "en")
    assert "Unit of that gain: 样例市" in shown
    assert "Scenario of that gain: 一所新小学" in shown
    assert "Year of that gain" not in shown  # the children of the census
    assert "样例市" in done("sheet", "XM-00001", "--out", "sheet.html") + Path("sheet.html").read_text(encoding="utf-8")
    later = (
        (here / "plan.toml")
        .read_text(encoding="utf-8")
        .replace("\n[[edit]]", '\nyear = 2030\nbirths = "low"\n[[edit]]')
    )
    (here / "later.toml").write_text(later, encoding="utf-8")
    plan = ["scenario", "run", "later.toml", "--demo", "--season", "winter", "--out", "later"]
    assert CliRunner().invoke(main, plan).exit_code == 0
    changes = pd.read_csv("later/changes.csv", encoding="utf-8-sig", dtype=str).query("level == 'district'").iloc[0]
    of = ("--unit", changes["unit_code"])  # the code says the level
    done("gain", "XM-00001", "--run", "later", *key[2:], *of, "--why", "2030")
    page = done("sheet", "XM-00001", "--out", "later.html") and Path("later.html").read_text(encoding="utf-8")
    for words in (changes["unit_name"], "2030", "一所新小学", "继续下降"):  # not to be taken for the city of today
        assert words in page
    done("gap", "XM-00001", *key, "--unit", "990100", "--level", "city", "--remove", "--why", "更正")
    assert cfc("gap", "XM-00001", *key, "--unit", "1", "--why", "x").exit_code == 2


def test_what_a_scenario_takes_away_is_no_gain(here: Path) -> None:
    done(*NEW)
    edit = 'kind = "close_facility"\nid = "1"\nfacility = "样例第一小学"'
    (here / "plan.toml").write_text(f'name = "停办"\n[[edit]]\n{edit}\n', encoding="utf-8")
    plan = ["scenario", "run", "plan.toml", "--demo", "--season", "winter", "--out", "plan"]
    assert CliRunner().invoke(main, plan).exit_code == 0
    key = ("--indicator", "primary_school.within_standard", "--profile", "age6_8.winter", "--unit", "990100")
    refused = cfc("gain", "XM-00001", "--run", "plan", *key, "--why", "测算")
    assert refused.exit_code == 2
    assert "没有新增达标儿童" in refused.stderr


def test_an_edit_tells_what_it_changed(here: Path) -> None:
    done(*NEW)
    done("edit", "XM-00001", "--set", "总投资=1200", "--why", "概算")
    assert "总投资（万元）：1200 → –" in done("edit", "XM-00001", "--set", "总投资=n/a", "--why", "误")
    assert "没有写入" in done("edit", "XM-00001", "--set", "总投资=", "--why", "再")


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "XM-00001"),
        ("move", "XM-00001", "储备", "--why", "x"),
        ("export", "a.xlsx"),
        ("import", "none.csv", "--why", "x"),
        ("add", "x", "--kind", "翻新", "--phase", "2025", "--why", "x"),
        ("add", "x", "--kind", "new", "--phase", "2025", "--why", "x", "--set", "no pair"),
        ("add", "x", "--kind", "new", "--phase", "2025", "--why", "x", "--set", "颜色=红"),
        ("add", "x", "--kind", "new", "--phase", "2025"),
        ("gain", "XM-1", "--run", ".", "--indicator", "a", "--profile", "b", "--unit", "1", "--why", "x"),
    ],
)
def test_what_the_planner_got_wrong_ends_with_2_and_words(here: Path, words: tuple[str, ...]) -> None:
    result = cfc(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("错误：")
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_refused_moves_and_stale_versions_end_with_2(here: Path) -> None:
    done(*NEW)
    done("move", "XM-00001", "储备", "--why", "x")
    for words in (("move", "XM-00001", "完工"), ("edit", "XM-00001", "--set", "说明=x", "--version", "1")):
        result = cfc(*words, "--why", "x")
        assert result.exit_code == 2
        assert "XM-00001" in result.stderr


def test_the_writer_is_asked_for_and_never_guessed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CFC_WHO")
    monkeypatch.setenv("USER", "somebody")
    refused = cfc(*NEW)
    assert refused.exit_code == 2
    assert "--who" in refused.stderr
    done(*NEW, "--who", "王工")
    with ProjectLibrary(here / "data/processed/projects.sqlite") as library:
        assert library.history()["who"].tolist() == ["王工"]


def test_an_older_library_says_where_it_was_saved(here: Path) -> None:
    build_version_1(here / "old.sqlite")
    assert "v1.backup.sqlite" in done("list", "--library", "old.sqlite")


def test_one_language_is_one_language(here: Path) -> None:
    assert "Added" not in done(*NEW, "--lang", "zh")
    assert "已新增" not in done(*NEW, "--lang", "en")
    refused = cfc("show", "XM-9", "--lang", "en")
    assert refused.stderr.startswith("Error")
    assert "没有编号" not in refused.stderr


def test_a_disk_that_cannot_be_written_ends_with_3(here: Path) -> None:
    (here / "file").write_text("x")
    assert cfc(*NEW, "--library", "file/p.sqlite").exit_code == 3


def test_a_terminal_that_speaks_utf8_gets_it_and_the_door_stays_light(here: Path) -> None:
    with ProjectLibrary(here / "p.sqlite", create=True) as library:
        add(library, name="哈尔滨")
    code = (
        "import sys; from cfc_gis.cli import main\n"
        "try: main(['projects', 'list', '--library', 'p.sqlite'])\n"
        "except SystemExit: print(*sorted({'pandas', 'openpyxl', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert "哈尔滨" in run.stdout
    assert run.stderr.strip() == "", "a list needs no tables"
