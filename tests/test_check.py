"""Checking files before a run: told by what they hold, all faults of all files, exit code 2."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from cfc_gis.check import check
from cfc_gis.study import Study
from tests import geotiffs, registers

TOWN = resources.files("cfc_gis") / "resources" / "sample_town"


def cfc(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cfc_gis.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def kinds(report) -> list[str]:
    """Return for what each file was taken."""
    told = [fault for one in report.reports for fault in one.faults if fault.key == "understood_as"]
    return [fault.detail("en").removeprefix("a ").removeprefix("an ") for fault in told]


def keys(report) -> list[tuple[str, str]]:
    return [(one.provenance["file"], fault.key) for one in report.reports for fault in one.of("error")]


@pytest.fixture
def several(tmp_path: Path) -> dict[str, Path]:
    """One sound file of each kind."""
    made = {name: tmp_path / name for name in ("list.csv", "children.xlsx", "land.gpkg", "districts.geojson")}
    made["list.csv"].write_text("幼儿园名称,学位,经度,纬度\n春光幼儿园,90,126.63,45.72\n", encoding="gb18030")
    pd.DataFrame({"小区名称": ["甲小区"], "3-5岁": [12]}).to_excel(made["children.xlsx"], index=False)
    square = [shapely.box(126.6, 45.7, 126.61, 45.71)]
    gpd.GeoDataFrame({"DLBM": ["0701"]}, geometry=square, crs=4326).to_file(made["land.gpkg"])
    gpd.GeoDataFrame({"adcode": ["230103"], "name": ["南岗区"]}, geometry=square, crs=4326).to_file(
        made["districts.geojson"]
    )
    made["people.tif"] = geotiffs.write(tmp_path / "people.tif", [[1.0, 2.0]])
    made["census.csv"] = tmp_path / "census.csv"
    made["census.csv"].write_bytes((TOWN / "census.csv").read_bytes())
    return made


def test_files_are_told_by_what_they_hold(several: dict[str, Path]) -> None:
    report = check(several.values(), coding="三调")
    assert report.errors == 0
    assert kinds(report) == [
        "register of facilities", "table of children by neighbourhood", "layer of land use", "layer of boundaries",
        "raster", "census by district",
    ]  # fmt: skip
    assert check([TOWN / "town.osm.pbf"]).text("en").splitlines()[0].startswith("town.osm.pbf (pyosmium")


def test_land_use_without_a_coding_asks_for_it(several: dict[str, Path]) -> None:
    report = check([several["land.gpkg"]])
    assert keys(report) == [("land.gpkg", "unreadable")]
    assert "三调" in report.text("zh")


def test_every_file_is_looked_at_whatever_is_wrong_with_another(several: dict[str, Path], tmp_path: Path) -> None:
    """Missing, of no known kind, a web page, negative seats: four files, four errors, and the sound one between."""
    page = tmp_path / "page.csv"
    page.write_text("<html><body>login</body></html>", encoding="utf-8")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("幼儿园名称,学位,经度,纬度\n春光幼儿园,-90,126.63,45.72\n", encoding="utf-8")
    report = check([tmp_path / "none.csv", several["list.csv"], tmp_path / "a.docx", page, wrong])
    assert keys(report) == [
        ("none.csv", "unreadable"), ("a.docx", "unreadable"), ("page.csv", "unreadable"),
        ("wrong.csv", "capacity_not_positive"),
    ]  # fmt: skip
    assert "“学位”: “-90”" in report.text("zh")


def test_catchments_are_told_by_their_column_of_schools(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"学校": ["第一小学"]}, geometry=[shapely.box(126.6, 45.7, 126.7, 45.8)], crs=4326)
    table.to_file(tmp_path / "学区.gpkg")
    report = check([tmp_path / "学区.gpkg"])
    assert keys(report) == []
    assert "学区图层" in report.text("zh")


def test_a_config_is_checked_with_all_that_it_names(several: dict[str, Path], tmp_path: Path) -> None:
    with resources.as_file(TOWN / "town.osm.pbf") as town:
        (tmp_path / "town.osm.pbf").write_bytes(town.read_bytes())
    file = tmp_path / "study.toml"
    words = """
        osm = "town.osm.pbf"
        census = "census.csv"
        [[register]]
        file = "list.csv"
        official = true
        [people]
        children = "children.xlsx"
        [land_use]
        file = "land.gpkg"
        coding = "三调"
        """
    file.write_text(words, encoding="utf-8")
    report = check([file])
    (refused,) = [fault for one in report.reports for fault in one.of("error")]
    assert (refused.key, refused.column) == ("setting_refused", "place")  # the sample town lies far from Harbin
    assert [one.provenance["file"] for one in report.reports] == [
        "study.toml", "town.osm.pbf", "census.csv", "children.xlsx", "land.gpkg", "list.csv",
    ]  # fmt: skip
    file.write_text(words.replace("official", "offical"), encoding="utf-8")
    assert keys(check([file])) == [("study.toml", "setting_missing"), ("study.toml", "setting_unknown")]


def test_the_command_says_all_in_both_languages_and_exits_with_2(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text(
        "园所名称,学位,经度,纬度\n甲幼儿园,-9,126.63,45.72\n乙幼儿园,约60,45.72,126.63\n", encoding="gb18030"
    )
    done = cfc("check", file)
    assert done.returncode == 2
    assert done.stderr == ""
    for words in ("GB18030", "第 2 行", "line 2", "“约60”", "颠倒", "swapped"):
        assert words in done.stdout
    file.write_text("园所名称,学位,经度,纬度\n甲幼儿园,9,126.63,45.72\n", encoding="gb18030")
    assert cfc("check", file, "--lang", "en").returncode == 0


def test_fault_56_names_with_markup_are_inert_in_the_report_of_inputs(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("名称,学位\n<script>alert(1)</script>幼儿园,-9\n", encoding="utf-8")
    page = check([file])._repr_html_()
    assert "<script" not in page
    assert "学位" in page


def test_a_study_reports_its_inputs() -> None:
    report = Study.sample().inputs.report()
    assert [one.provenance["file"] for one in report.reports] == ["town.osm.pbf", "census.csv"]
    assert report.errors == 0


# --- real data ----------------------------------------------------------------------------------------------------


def told(report, key: str) -> str:
    """Return what was found of one kind, of all files."""
    return " ".join(fault.detail("en") for one in report.reports for fault in one.faults if fault.key == key)


def test_fault_31_the_shift_of_an_export_is_measured_in_metres(shared_data: Path, extract_path: Path) -> None:
    found = told(check([shared_data / "poi-gcj02.csv"], osm=extract_path), "datum_contradicted")
    for words in (
        "amap: 500 rows",
        "GCJ-02: 52, together 464 m east and 215 m north",
        "GCJ-02, certain",
        "10 m if conv",
    ):
        assert words in found


def test_fault_31_each_source_of_a_mixed_column_is_measured(shared_data: Path, extract_path: Path) -> None:
    report = check([shared_data / "poi-mixed-datum.csv"], osm=extract_path)
    contradicted, measured = told(report, "datum_contradicted"), told(report, "datum_measured")
    assert "amap" in contradicted
    assert "baidu" not in contradicted  # its places are right, and stay
    assert "baidu: 500 rows" in measured
    assert "Finding: WGS 84, certain" in measured


def test_fault_40_doubles_are_listed_and_too_few_names_cannot_tell(shared_data: Path, extract_path: Path) -> None:
    report = check([shared_data / "universities-bd09.csv"], osm=extract_path)
    assert "56 repeat an earlier row exactly" in told(report, "datum_untold")
    assert "cannot tell, too little to compare" in told(report, "datum_untold")
    assert told(report, "datum_measured") == ""  # that one says that there is nothing to do
    assert told(report, "datum_contradicted") == ""


def test_a_sound_list_measures_as_wgs84(extract_path: Path, tmp_path: Path) -> None:
    osm = Study.from_extract(extract_path).osm
    named = osm.objects[osm.objects["name"].notna()].iloc[:400]
    points = named.geometry.representative_point()
    file = tmp_path / "list.csv"
    pd.DataFrame({"名称": named["name"], "类别": "kindergarten", "经度": points.x, "纬度": points.y}).to_csv(
        file, index=False
    )
    faults = [fault.key for one in check([file], osm=extract_path).reports for fault in one.faults]
    assert "datum_measured" in faults
    assert "datum_contradicted" not in faults


def test_the_forty_kindergartens_are_refused_with_every_faulty_row(tmp_path: Path, extract_path: Path) -> None:
    result = Study.from_extract(extract_path).run("summer")
    known = result.facilities.to_crs(registers.CRS)
    file = registers.write(registers.with_faults(registers.forty(known)), tmp_path / "幼儿园名单.csv")
    report = check([file], osm=extract_path)
    told = {(fault.row, fault.severity) for one in report.reports for fault in one.faults if fault.row}
    assert {(11, "error"), (16, "error"), (21, "error"), (26, "warning"), (31, "warning")} <= told
    assert report.errors == 3


def test_settings_that_a_run_would_refuse_are_errors_of_the_check(tmp_path: Path, extract_path: Path) -> None:
    """A misspelt place, data of another place, and a street that is nowhere: refused here as by the run."""
    file = tmp_path / "study.toml"
    file.write_text(f'place = "哈尔宾市"\nosm = "{extract_path}"\n[walk]\ncleared = ["不存在街", "中山路"]\n', "utf-8")
    report = check([file])
    found = [(fault.column, fault.detail("zh")) for fault in report.reports[0].of("error")]
    assert [column for column, _ in found] == ["place", "walk.cleared"]
    assert "哈尔滨市" in found[0][1]
    assert "不存在街" in found[1][1]
    assert "中山路" not in found[1][1]
    file.write_text(f'place = "大连市"\nosm = "{extract_path}"\n', "utf-8")
    assert [fault.column for fault in check([file]).reports[0].of("error")] == ["place"]
    file.write_text(f'place = "哈尔滨市"\nosm = "{extract_path}"\n[walk]\ncleared = ["中山路"]\n', "utf-8")
    assert check([file]).errors == 0


def test_nobody_guesses_what_a_study_names(tmp_path: Path, extract_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(f'osm = "{extract_path}"\n', "utf-8")
    assert kinds(check([file])) == []
    assert kinds(check([extract_path])) != []


@pytest.mark.parametrize("path", ["https://example.org/a.csv", "/vsicurl/https://example.org/a.tif", "ftp://x/a.gpkg"])
def test_fault_62_addresses_are_named_as_such(path: str) -> None:
    (one,) = check([Path(path)]).reports
    assert [fault.key for fault in one.of("error")] == ["unreadable"]
    assert "Addresses and virtual paths are not opened" in one.text("en")
