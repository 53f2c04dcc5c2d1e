"""``cfc scenario``: from an example to before and after."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cfc_gis import scenario
from cfc_gis.cli import main

PLAN = """
name = "一所新小学"
[[edit]]
kind = "add_facility"
id = "school"
category = "primary_school"
point = [150.106, 30.016]
seats = 400
cost = 5000
[[edit]]
kind = "clear_ice"
id = "ice"
streets = ["样例一街"]
"""


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["scenario", *map(str, words)])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN, encoding="utf-8")
    return file


def test_a_scenario_is_run_and_written(plan: Path, tmp_path: Path) -> None:
    found = call("run", plan, "--demo", "--season", "summer", "--out", tmp_path / "out", "--lang", "zh")
    assert found.exit_code == 0, found.output
    assert "小学（夏季）：达到标准的儿童" in found.output
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_scenarios_are_compared(plan: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(
        'name = "关闭"\n[[edit]]\nkind = "close_facility"\nid = "1"\nfacility = "样例第一小学"\n', encoding="utf-8"
    )
    found = call("compare", plan, other, "--demo", "--out", tmp_path / "both.csv", "--lang", "en")
    assert found.exit_code == 0, found.output
    assert "一所新小学 +" in found.output
    table = pd.read_csv(tmp_path / "both.csv")
    assert (table["关闭"] <= 0).all()


def test_scenarios_that_cannot_stand_side_by_side_are_refused_before_anything_is_read(
    plan: Path, tmp_path: Path
) -> None:
    found = call("compare", plan, plan, "--osm", tmp_path / "missing.osm.pbf", "--lang", "en")
    assert found.exit_code == 2
    assert "missing.osm.pbf" not in found.output
    assert "一所新小学" in found.output


def test_edits_are_ranked(plan: Path, tmp_path: Path) -> None:
    found = call("rank", plan, "--demo", "--lang", "zh", "--out", tmp_path / "rank.csv")
    assert found.exit_code == 0, found.output
    assert "  1. 新建小学" in found.output
    assert pd.read_csv(tmp_path / "rank.csv")["id"].tolist() == ["school", "ice"]


def test_edits_are_proposed_and_can_be_run(tmp_path: Path) -> None:
    file = tmp_path / "proposed.geojson"
    found = call("propose", "--demo", "--category", "play", "--season", "winter", "--out", file, "--lang", "en")
    assert found.exit_code == 0, found.output
    assert scenario.read(file).name == "play winter"


def test_an_example_is_written_for_the_planner(tmp_path: Path) -> None:
    found = call("init", tmp_path / "a.toml", "--lang", "en")
    assert found.exit_code == 0
    assert "cfc scenario run" in found.output
    assert call("init", tmp_path / "a.toml").exit_code == 2


def test_faults_are_told_without_a_traceback(plan: Path) -> None:
    assert call("run", plan).exit_code == 2
    assert call("run", "none.toml", "--demo").exit_code == 2
    plan.write_text(PLAN.replace("150.106", "126.6"), encoding="utf-8")
    found = call("run", plan, "--demo", "--season", "summer", "--lang", "en")
    assert found.exit_code == 2
    assert "outside the data" in found.output
    assert "Traceback" not in found.output


def test_chosen_sites_become_a_scenario_that_gains_what_was_told(tmp_path: Path) -> None:
    file = tmp_path / "sites.toml"
    words = ["site", "--demo", "--category", "play", "--sites", "2", "--scenario", str(file), "--lang", "en"]
    found = CliRunner().invoke(main, words)
    assert found.exit_code == 0, found.output
    assert [edit.kind for edit in scenario.read(file).edits] == ["add_facility"] * len(scenario.read(file).edits)
    assert call("run", file, "--demo", "--season", "summer", "--lang", "en").exit_code == 0
