"""Scenarios as files: what is written is read back, and every fault is told with the edit it stands in."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfc_gis import scenario
from cfc_gis.edits import AddFacility, ClearIce
from cfc_gis.errors import InputDamaged, InputMissing, TableFault, UserError
from cfc_gis.scenario import Scenario
from cfc_gis.scenario.files import write_template
from tests import scenario_cases as cases

SUFFIX = pytest.mark.parametrize("suffix", [".toml", ".geojson"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_read_back(tmp_path: Path, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(cases.KINDS)), unique=True))
    plan = Scenario(
        name=data.draw(cases.NAMES.map(str.strip)),
        year=data.draw(st.none() | st.integers(2020, 2035)),
        note=data.draw(st.none() | st.text(max_size=20)),
        edits=tuple(
            data.draw(cases.KINDS[kind]).model_copy(
                update={"cost": data.draw(st.none() | st.floats(0, 1e6)), "title": data.draw(st.none() | cases.NAMES)}
            )
            for kind in kinds
        ),
    )
    for suffix in (".toml", ".geojson"):
        assert scenario.read(scenario.write(plan, tmp_path / f"plan{suffix}")) == plan


def test_one_line_for_each_thing_so_that_versions_can_be_compared(tmp_path: Path) -> None:
    plan = Scenario(name="冬季", edits=(ClearIce(id="1", streets=("中央大街",), cost=2.5),))
    text = scenario.write(plan, tmp_path / "plan.toml").read_text(encoding="utf-8")
    assert text == ('name = "冬季"\n\n[[edit]]\nkind = "clear_ice"\nid = "1"\ncost = 2.5\nstreets = ["中央大街"]\n')


def test_what_a_planner_draws_in_qgis_is_read(tmp_path: Path) -> None:
    """Heights, empty columns and other geometry than a point come with what GIS programs write."""
    rows = gpd.GeoDataFrame(
        {"kind": ["add_facility", "clear_ice"], "id": ["a", "b"], "category": ["play", None], "streets": [None, None]},
        geometry=gpd.GeoSeries.from_wkt(["POINT Z (126.6 45.7 120)", "POINT EMPTY"]),
        crs=4326,
    )
    found = json.loads(rows.to_json(drop_id=True))
    found["features"][1] |= {"geometry": None}
    found["features"][1]["properties"]["streets"] = ["中央大街"]
    file = tmp_path / "drawn.geojson"
    file.write_text(json.dumps({**found, "name": "drawn"}, ensure_ascii=False), encoding="utf-8")
    plan = scenario.read(file)
    assert [edit.kind for edit in plan.edits] == ["add_facility", "clear_ice"]
    assert isinstance(plan.edits[0], AddFacility) and plan.edits[0].point == (126.6, 45.7)  # noqa: PT018 - a type


FAULTY = """
nmae = "x"
[[edit]]
kind = "add_facility"
id = "1"
category = "primary_scool"
point = [45.7, 126.6]
[[edit]]
kind = "open_door"
id = "2"
[[edit]]
kind = "clear_ice"
id = "3"
street = ["中央大街"]
[[edit]]
kind = "add_housing"
id = "4"
polygon = [[126.6, 45.7], [126.61, 45.7], [126.61, 45.71], [126.6, 45.7]]
population = 5
children = { children_3_5 = 10 }
[[edit]]
kind = "close_facility"
id = "5"
facility = "w1"
cost = -3
"""


def test_all_faults_come_at_once_with_their_edit(tmp_path: Path) -> None:
    file = tmp_path / "faulty.toml"
    file.write_text(FAULTY, encoding="utf-8")
    with pytest.raises(TableFault) as caught:
        scenario.read(file)
    report = caught.value.facts["report"]
    found = {(fault.column, fault.key) for fault in report.of("error")}
    assert {
        ("name", "setting_missing"), ("nmae", "setting_unknown"), ("edit[1].category", "setting_wrong"),
        ("edit[1].point", "setting_wrong"), ("edit[2]", "setting_wrong"), ("edit[3].streets", "setting_missing"),
        ("edit[3].street", "setting_unknown"), ("edit[4]", "setting_wrong"), ("edit[5].cost", "setting_wrong"),
    } == found  # fmt: skip
    text = report.text("en")
    for words in ("Did you mean primary_school?", "Did you mean streets?", "longitude and latitude in WGS 84",
                  "no more children than population", "open_gate"):  # fmt: skip
        assert words in text


@SUFFIX
@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[1, 2]",
        "name = ",
        '{"type": "FeatureCollection"}',
        '{"features": [1]}',
        (
            '{"name": "x", "features": [{"properties": {"kind": "add_facility", "id": "1", "category": "play"}, '
            '"geometry": {"type": "Point", "coordinates": []}}]}'
        ),
    ],
)
def test_a_broken_file_is_told_and_not_crashed_on(tmp_path: Path, suffix: str, content: str) -> None:
    file = tmp_path / f"broken{suffix}"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError):
        scenario.read(file)


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        scenario.read(tmp_path / "none.toml")
    (tmp_path / "plan.txt").write_text("name = 1")
    with pytest.raises(InputDamaged, match="toml or"):
        scenario.read(tmp_path / "plan.txt")
    with pytest.raises(InputDamaged):
        scenario.write(Scenario(name="x"), tmp_path / "plan.csv")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputDamaged):
        scenario.read(tmp_path / "bytes.toml")


@SUFFIX
def test_the_example_is_a_scenario_and_never_written_over(tmp_path: Path, suffix: str) -> None:
    file = write_template(tmp_path / f"example{suffix}")
    assert [edit.kind for edit in scenario.read(file).edits] == ["add_facility", "add_crossing"]
    with pytest.raises(UserError):
        write_template(file)


def test_every_kind_of_the_commented_example_can_be_used(tmp_path: Path) -> None:
    lines = write_template(tmp_path / "example.toml").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if "other kinds" in line)
    commented = [line.removeprefix("# ").removeprefix("#") for line in lines[start + 1 :]]
    whole = "\n".join([*lines[:start], *commented])
    tomllib.loads(whole)
    file = tmp_path / "whole.toml"
    file.write_text(whole, encoding="utf-8")
    assert {edit.kind for edit in scenario.read(file).edits} == set(cases.KINDS)
