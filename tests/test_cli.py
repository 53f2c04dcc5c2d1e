"""The commands as a planner calls them: exit codes, messages, files, and the same bytes twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

FILES = {
    "access.parquet", "completeness.csv", "districts.csv", "equity.csv", "facilities.gpkg", "gaps.csv",
    "indicators.csv", "isolated.csv", "lorenz.csv", "manifest.json", "map.html", "neighbourhoods.gpkg",
    "priorities.csv", "report.html", "results.xlsx", "stability.csv", "subdistricts.csv", "upgrades.csv", "winter.csv",
}  # fmt: skip


def cfc(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cfc_gis.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the sample town."""
    out = tmp_path_factory.mktemp("out") / "sample-town"
    done = cfc("demo", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "合成样例数据" in done.stdout
    assert "Synthetic" in done.stdout.replace("synthetic", "Synthetic")
    return out


def test_the_demo_makes_its_files_and_says_that_it_is_made_up(town: Path) -> None:
    assert {file.name for file in town.iterdir()} == FILES
    manifest = json.loads((town / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"]
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    for page in ("report.html", "map.html"):
        assert "合成样例数据" in (town / page).read_text(encoding="utf-8")


def test_every_counter_of_a_run_has_words_in_both_languages(town: Path) -> None:
    from cfc_gis.report.words import Words

    counts = json.loads((town / "manifest.json").read_text(encoding="utf-8"))["counts"]
    words = {item: Words(["zh", "en"]).counted(item) for items in counts.values() for item in items}
    assert {item for item, said in words.items() if said["zh"] == said["en"]} == set()


def test_the_same_command_gives_the_same_bytes(town: Path, tmp_path: Path) -> None:
    assert cfc("demo", "--out", tmp_path / "again").returncode == 0
    assert snapshot(town) == snapshot(tmp_path / "again")


def test_children_of_a_whole_district_add_up_to_its_census(town: Path) -> None:
    from cfc_gis import schema
    from cfc_gis.study import Study

    people = Study.sample().people.table.set_index("unit_code")
    homes = gpd.read_file(town / "neighbourhoods.gpkg")
    sums = homes.groupby("district_code")[["population", *schema.BANDS]].sum()
    for code, row in sums.iterrows():
        assert row.to_dict() == pytest.approx(people.loc[code, ["population", *schema.BANDS]].to_dict(), rel=1e-9)
    sheet = pd.read_csv(town / "districts.csv", dtype={"unit_code": str}).set_index("unit_code")
    assert sheet.groupby("season").size().to_dict() == {"summer": 3, "winter": 3}
    sheet = sheet[sheet["season"] == "summer"]
    assert sheet["population_rule"].tolist() == ["census"] * 3
    assert sheet["children_6_11"].to_dict() == pytest.approx(people["children_6_11"].to_dict())


def test_ids_stay_text_in_the_tables(town: Path) -> None:
    access = pd.read_parquet(town / "access.parquet")
    assert access["neighbourhood_id"].str.match("^[wrg]").all()
    assert pd.read_csv(town / "gaps.csv", dtype=str)["unit_code"].str.len().isin([6, 9]).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "是网页"),
        (b"", "空文件"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + bytes(40), "读到一半出错"),
    ],
)
def test_faults_1_4_and_5_a_bad_extract_ends_with_one_message_and_touches_nothing(
    town: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bad.osm.pbf"
    path.write_bytes(content)
    before = snapshot(town)
    done = cfc("run", "--osm", path, "--out", town, "--lang", "zh")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("错误：")
    assert words in done.stderr
    assert "bad.osm.pbf" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert snapshot(town) == before


def test_a_missing_file_an_unknown_place_and_no_source(tmp_path: Path) -> None:
    for words, key in (
        (("run", "--osm", tmp_path / "none.pbf"), "File not found"),
        (("run", "哈尔宾市", "--osm", tmp_path / "none.pbf"), "哈尔滨市"),
        (("run",), "cfc demo"),
        (("run", "--live", "--osm", tmp_path / "none.pbf"), "--live"),
        (("run", "哈尔宾市", "--live"), "哈尔滨市"),
        (("run", "--live", "--endpoint", "overpass.example"), "overpass.example"),
        (("pull", "哈尔宾市"), "哈尔滨市"),
        (("pull", "--checksum", "0" * 32), "--extract"),
        (("pull", "--extract", tmp_path / "none.osm.pbf"), "File not found"),
        (("pull", "--extract", "ftp://maps.example/a.osm.pbf"), "http(s)"),
        (("run", "--osm", "https://maps.example/a.osm.pbf"), "cfc pull --extract https://maps.example/a.osm.pbf"),
        (("run", "--season", "spring"), "spring"),
    ):
        done = cfc(*words, *(() if "spring" in words else ("--lang", "en")), cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert key in done.stderr
        assert "Traceback" not in done.stderr


def test_fault_08_the_sample_town_is_not_harbin() -> None:
    """An extract of somewhere else: both boxes are shown."""
    from importlib import resources

    path = resources.files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf"
    done = cfc("run", "哈尔滨市", "--osm", path, "--lang", "en")
    assert done.returncode == 2
    assert "150." in done.stderr
    assert "125." in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in cfc("--debug", "run", "--osm", tmp_path / "none.pbf").stderr


def test_help_doctor_and_standards() -> None:
    assert "PLACE" in cfc("run", "--help").stdout
    assert cfc("doctor").returncode == 0
    listed = cfc("standards", "--lang", "en").stdout
    assert "* ? kindergarten.radius\n      walking distance at most 300 m" in listed


def test_the_standards_of_a_study_are_listed_with_who_signed(tmp_path: Path) -> None:
    (tmp_path / "town.osm.pbf").touch()
    words = """
        osm = "town.osm.pbf"
        [[standard]]
        id = "kindergarten.radius"
        threshold = 350
        signed_by = "市教育局"
        signed_on = 2026-03-01
        """
    (tmp_path / "study.toml").write_text(words, encoding="utf-8")
    done = cfc("standards", "--config", tmp_path / "study.toml", "--lang", "zh")
    assert done.returncode == 0
    assert "*   kindergarten.radius\n      步行路程不超过 350 米" in done.stdout
    assert "未核实，由市教育局于2026-03-01签认" in "".join(done.stdout.split())
    (tmp_path / "study.toml").write_text(words.replace("garten.", "garden."), encoding="utf-8")
    done = cfc("standards", "--config", tmp_path / "study.toml", "--lang", "en")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean kindergarten.radius?" in done.stderr


@pytest.mark.real_data
def test_the_real_extract_twice_and_truncated(extract_path: Path, tmp_path: Path) -> None:
    """Central Harbin: all files, the same bytes twice, earlier outputs untouched by a truncated extract."""
    for name in ("a", "b"):
        done = cfc("run", "--osm", extract_path, "--out", tmp_path / name)
        assert (done.returncode, done.stderr) == (0, "")
    before = snapshot(tmp_path / "a")
    assert set(before) == FILES
    assert before == snapshot(tmp_path / "b")
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(extract_path.read_bytes()[:900_000])
    done = cfc("run", "--osm", cut, "--out", tmp_path / "a", "--lang", "en")
    assert done.returncode == 2
    assert "cut short or damaged" in done.stderr
    assert snapshot(tmp_path / "a") == before
