"""The planner's own inputs through a whole study: registers, raster, table of children, terrain, land use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import datums, notes, schema
from cfc_gis.errors import TableFault, UserError
from cfc_gis.inputs import Files, RegisterFile, official_register
from cfc_gis.report.words import Words
from cfc_gis.result import Result
from cfc_gis.sources.register import Choices
from cfc_gis.study import Study
from tests import geotiffs, registers

CELL = 0.001  # degrees
BANDS = list(schema.BANDS)


def cfc(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cfc_gis.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def plain() -> Result:
    """The sample town without anything of the planner's own."""
    return Study.sample().run("summer")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, plain: Result) -> Files:
    """Made files for the sample town: every input of the planner's own, one of each."""
    folder = tmp_path_factory.mktemp("own")
    west, south, east, north = Study.sample().osm.bounds
    shape = round((north - south) / CELL) + 20, round((east - west) / CELL) + 20
    corner = {"west": west - 10 * CELL, "north": north + 10 * CELL, "cell": CELL, "crs": "EPSG:4326"}
    people = geotiffs.write(folder / "people.tif", np.tile(np.arange(1.0, shape[1] + 1), (shape[0], 1)), **corner)
    hill = geotiffs.write(folder / "dem.tif", np.tile(100 + 11.0 * np.arange(shape[1]), (shape[0], 1)), **corner)
    objects = Study.sample().osm.objects
    blocks = objects[[tags.get("landuse") == "residential" for tags in objects["tags"]]]
    layer = gpd.GeoDataFrame({"DLBM": "0701", "BSM": blocks["osm_id"]}, geometry=blocks.geometry, crs=4326)
    layer.loc[layer.index[0], "DLBM"] = "9999"  # a code that nobody knows
    layer.to_file(folder / "land.gpkg")
    kept = blocks.iloc[1:]  # the first is not residential in the layer
    known = [*("l" + kept["osm_id"].iloc[:2]), "nowhere"]
    pd.DataFrame({"小区编号": known, "6-11岁": [1000, 0, 5]}).to_csv(folder / "children.csv", index=False)
    return Files(
        registers=(official_register(_register(folder / "名单.csv", plain)),),
        rasters=(people,),
        children=folder / "children.csv",
        terrain=hill,
        land_use=folder / "land.gpkg",
        coding="三调",
    )


def _register(file: Path, plain: Result) -> Path:
    """Two kindergartens that OSM has, one of them without a place, and one that it does not have."""
    known = plain.facilities[plain.facilities["category"] == "kindergarten"].head(2)
    points = known.geometry.representative_point().to_crs(4326)
    far = plain.neighbourhoods.geometry.representative_point().to_crs(4326)
    shapely.prepare(far.to_numpy())
    apart = max(far, key=lambda home: min(home.distance(each) for each in points))
    rows = [
        ("样例市" + known["name"].iloc[0].removeprefix("样例"), 120, points.iloc[0].x, points.iloc[0].y),
        (known["name"].iloc[1], 90, "", ""),
        ("新建幼儿园", 60, apart.x, apart.y),
    ]
    rows[0] = (known["name"].iloc[0], *rows[0][1:])
    lines = ["园所名称,学位,经度,纬度", *(",".join(map(str, row)) for row in rows)]
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    return file


def only(files: Files, *names: str) -> Files:
    """Return some of the files."""
    return Files(**{name: getattr(files, name) for name in names})


# --- registers ----------------------------------------------------------------------------------------------------


def test_a_register_is_merged_before_anything_is_measured(made: Files, plain: Result) -> None:
    result = Study.sample(files=only(made, "registers")).run("summer")
    assert result.merge["outcome"].tolist() == ["matched", "matched", "new"]
    assert set(result.merge["register"]) == {"名单"}
    assert len(result.facilities) == len(plain.facilities) + 1
    after, before = result.facilities.set_index("facility_id"), plain.facilities.set_index("facility_id")
    listed = after[after["evidence"] == "confirmed"]
    assert sorted(listed["capacity"]) == [60, 90, 120]
    assert after["capacity"].sum() - before["capacity"].sum() == 270  # each counted once
    assert after.loc[before.index].geometry.geom_equals(before.geometry).all()
    near = result.access["category"] == "kindergarten"
    assert set(listed.index) & set(result.access.loc[near, "facility_id"])
    fewer = plain.access[plain.access["category"] == "kindergarten"]
    keys = ["neighbourhood_id", "profile"]
    both = result.access[near].merge(fewer, on=keys, suffixes=("", "_before"))
    reached = both["minutes_before"].notna()
    assert (both["minutes"] <= both["minutes_before"] + 1e-9)[reached].all()  # a facility more takes nobody farther
    assert (both["minutes"] < both["minutes_before"] - 1).any()


def test_fault_40_a_register_given_twice_doubles_nothing(made: Files) -> None:
    once = Study.sample(files=only(made, "registers")).run("summer")
    twice = Study.sample(files=Files(registers=made.registers * 2)).run("summer")
    assert twice.facilities["capacity"].sum() == once.facilities["capacity"].sum()
    assert len(twice.facilities) == len(once.facilities)
    assert set(twice.merge["register"]) == {"名单", "名单 (2)"}


def test_a_decision_of_the_planner_settles_a_row(made: Files) -> None:
    path = made.registers[0].path
    file = RegisterFile(path, Choices(official=True), decisions={2: "new"})
    assert Study.sample(files=Files(registers=(file,))).run("summer").merge["why"].iloc[0] == "decided"
    wrong = RegisterFile(path, Choices(official=True), decisions={2: "w0"})
    with pytest.raises(TableFault, match="w0"):
        Study.sample(files=Files(registers=(wrong,)))


def test_datums_are_declared_for_each_provider(tmp_path: Path, extract_path: Path) -> None:
    """A mixed register: only the rows of the provider that is declared to be shifted move."""
    file = tmp_path / "混合.csv"
    file.write_text(
        "名称,类别,来源,经度,纬度\n甲幼儿园,幼儿园,高德,126.6300,45.7500\n乙幼儿园,幼儿园,自测,126.6400,45.7500\n",
        encoding="utf-8",
    )
    mixed = RegisterFile(file, Choices(official=True), {"高德": "gcj02", "自测": "wgs84"})
    table = Study.from_extract(extract_path, files=Files(registers=(mixed,))).inputs.registers[0].table
    assert abs(table.geometry.iloc[0].x - 126.63) > 0.003
    assert table.geometry.iloc[1].x == 126.64
    half = RegisterFile(file, Choices(official=True), {"高德": "gcj02"})
    with pytest.raises(UserError, match="自测"):
        Study.from_extract(extract_path, files=Files(registers=(half,)))


def test_a_faulty_register_stops_a_study_with_all_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("名称,学位\n甲幼儿园,-1\n乙幼儿园,约2\n", encoding="utf-8")
    with pytest.raises(TableFault) as caught:
        Study.sample(files=Files(registers=(official_register(file),)))
    assert "line 2" in caught.value.text("en")
    assert "line 3" in caught.value.text("en")


# --- people -------------------------------------------------------------------------------------------------------


def test_a_raster_is_compared_and_spreads_only_when_it_was_chosen(made: Files, plain: Result) -> None:
    beside = Study.sample(files=only(made, "rasters")).run("summer")
    pd.testing.assert_frame_equal(
        pd.DataFrame(beside.neighbourhoods[["population", *BANDS]]),
        pd.DataFrame(plain.neighbourhoods[["population", *BANDS]]),
    )
    assert 0 < beside.counts["raster"]["raster_and_floor_area_moved_share"] < 1
    assert any("raster of people" in each["en"] for each in beside.notes)
    chosen = Study.sample(files=Files(rasters=made.rasters, spread_by="raster")).run("summer")
    assert (chosen.neighbourhoods["population_source"] == "raster").all()
    sums = chosen.neighbourhoods.groupby("district_code")[["population", *BANDS]].sum()
    census = Study.sample().people.table.set_index("unit_code")[["population", *BANDS]]
    pd.testing.assert_frame_equal(sums, census, check_names=False, check_dtype=False, rtol=1e-6)


def test_a_raster_that_does_not_fit_is_said_with_its_figures(made: Files, tmp_path: Path) -> None:
    """One cell over the whole town, with ten million people: the factor is the census over that number."""
    west, _, _, north = Study.sample().osm.bounds
    corner = {"west": west - 1, "north": north + 1, "cell": 4.0, "crs": "EPSG:4326"}
    wide = geotiffs.write(tmp_path / "wide.tif", [[1e7]], **corner)
    run = Study.sample(files=Files(rasters=(wide,))).run("summer")
    facts = run.counts["raster"]
    assert facts["neighbourhoods_smaller_than_a_cell"] == facts["neighbourhoods"] == len(run.neighbourhoods)
    assert 0 < facts["raster_homes_share"] < 1
    assert facts["raster_factor_lowest"] <= facts["raster_factor"] <= facts["raster_factor_highest"]
    said = " ".join(each["en"] for each in run.notes)
    assert f"{facts['neighbourhoods']} of {facts['neighbourhoods']} neighbourhoods are smaller" in said
    assert f"The census has {facts['raster_factor']:.3g} times" in said
    fine = Study.sample(files=only(made, "rasters")).run("summer")
    assert "are too large" not in " ".join(each["en"] for each in fine.notes)


def test_a_raster_must_be_named_to_spread_by_it() -> None:
    with pytest.raises(UserError):
        Files(spread_by="raster")


def test_a_table_of_children_goes_before_every_estimate(made: Files, plain: Result) -> None:
    files = only(made, "children", "land_use", "coding", "rasters")
    result = Study.sample(files=Files(**{**vars(files), "spread_by": "raster"})).run("summer")
    told = pd.read_csv(made.children, dtype={"小区编号": str}).set_index("小区编号")["6-11岁"].drop("nowhere")
    homes = result.neighbourhoods.set_index("neighbourhood_id")
    assert homes.loc[told.index, "children_6_11"].tolist() == [1000, 0]
    assert set(homes.loc[told.index, "population_source"]) == {"table"}
    assert result.counts["children_table"]["neighbourhoods_matched"] == 2
    (unused,) = [one for report in result.checked.reports for one in report.faults if one.key == "children_unknown"]
    assert (unused.severity, unused.row, unused.found) == ("warning", 4, "nowhere")


# --- terrain and land use -----------------------------------------------------------------------------------------


def test_slopes_of_a_tenth_make_ways_longer_in_minutes(made: Files, plain: Result) -> None:
    result = Study.sample(files=only(made, "terrain")).run("summer")
    both = result.access.merge(plain.access, on=["neighbourhood_id", "category", "profile"], suffixes=("", "_flat"))
    slower = both["minutes"] / both["minutes_flat"]
    assert slower.median() > 1.005
    assert result.counts["terrain"]["edges_unknown"] == 0
    assert any("elevation model" in each["en"] for each in result.notes)


def test_residential_land_of_a_layer_takes_the_place_of_osm(made: Files, plain: Result) -> None:
    result = Study.sample(files=only(made, "land_use", "coding")).run("summer")
    homes = result.neighbourhoods["neighbourhood_id"]
    assert homes.str.startswith("lw").sum() == 77  # 78 blocks, one with a code that nobody knows
    assert result.counts["land_use"]["osm_residential_replaced"] == 77
    assert result.counts["land_use"]["osm_residential_kept"] == 1  # where the layer's code says nothing OSM stays
    assert result.counts["land_use"]["polygons_unknown_code"] == 1
    assert result.neighbourhoods["population"].sum() == pytest.approx(plain.neighbourhoods["population"].sum())
    assert "9999" in result.checked.text("en")


def test_a_layer_of_land_use_needs_its_coding(made: Files) -> None:
    with pytest.raises(UserError, match="三调"):
        Study.sample(files=Files(land_use=made.land_use))


# --- all together -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(made: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    Study.sample(files=Files(**{**vars(made), "spread_by": "raster"})).run().save(out)
    return out


def test_everything_of_the_planner_is_in_the_manifest(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    named = {each["file"] for each in manifest["inputs"]}
    assert named == {"town.osm.pbf", "census.csv", "名单.csv", "children.csv", "land.gpkg", "people.tif", "dem.tif"}
    assert all(len(each["sha256"]) == 64 for each in manifest["inputs"])
    assert manifest["counts"]["registers"]["名单"]["matched"] == 2


def test_every_counter_of_own_inputs_has_words(whole: Path) -> None:
    counts = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))["counts"]
    flat = [item for group, items in counts.items() if group != "registers" for item in items]
    flat += list(counts["registers"]["名单"])
    words = {item: Words(["zh", "en"]).counted(item) for item in flat}
    assert {item for item, said in words.items() if said["zh"] == said["en"]} == set()


def test_the_report_says_how_each_input_was_taken(whole: Path) -> None:
    page = (whole / "report.html").read_text(encoding="utf-8")
    for words in ("名单“名单”共 3 行设施", "输入检查", "核定", "elevation model", "land.gpkg"):
        assert (words in page) == (words != "核定"), words
    merge = pd.read_csv(whole / "merge.csv")
    assert merge["outcome"].tolist() == ["matched", "matched", "new"]
    assert merge["why_zh"].notna().all()


# --- real data ----------------------------------------------------------------------------------------------------


def test_forty_kindergartens_through_the_whole_command(tmp_path: Path, extract_path: Path) -> None:
    """Check refuses the faulty list, the run too; put right, it runs: 6 matched, 32 new, 1 unplaced, 1 double."""
    known = Study.from_extract(extract_path).run("summer").facilities
    rows = registers.forty(known.to_crs(registers.CRS))
    file = registers.write(registers.with_faults(rows), tmp_path / "幼儿园名单.csv")
    out = tmp_path / "out"
    refused = cfc("run", "--osm", extract_path, "--register", file, "--out", out, "--season", "summer")
    assert refused.returncode == 2
    for line in (11, 16, 21, 26, 31):
        assert f"第 {line} 行" in refused.stderr
        assert f"line {line}" in refused.stderr
    assert not out.exists() or not any(out.iterdir())
    assert cfc("check", file, "--osm", extract_path).returncode == 2

    right = registers.with_faults(rows)
    for at in (9, 14, 19):
        right[at] = rows[at]
    registers.write(right, file)
    config = tmp_path / "study.toml"
    config.write_text(
        f"osm = '{extract_path}'\nseason = 'summer'\n[[register]]\nfile = '幼儿园名单.csv'\nofficial = true\n"
        "category = 'kindergarten'\n",
        encoding="utf-8",
    )
    assert cfc("check", config).returncode == 0
    done = cfc("run", "--config", config, "--out", out)
    assert (done.returncode, "3 kind(s) of warning" in done.stderr) == (
        0,
        True,
    )  # without a place; a double; its datum untold
    merge = pd.read_csv(out / "merge.csv")
    assert merge["outcome"].value_counts().to_dict() == {"new": 32, "matched": 6, "unplaced": 1}
    assert merge.loc[merge["outcome"] == "matched", "facility_id"].tolist() == list(registers.IN_OSM)
    after = gpd.read_file(out / "facilities.gpkg")
    assert len(after) == len(known) + 32
    confirmed = after[after["evidence"] == "confirmed"]
    assert len(confirmed) == 38
    placed = [row[registers.SEATS] for at, row in enumerate(rows) if at not in {24, 29}]
    assert confirmed["capacity"].sum() == sum(placed)
    assert "另有" in (out / "report.html").read_text(encoding="utf-8")


def test_fault_31_a_shifted_list_is_used_as_declared_and_said_to_be_shifted(tmp_path: Path, extract_path: Path) -> None:
    """A list of OSM's own places in GCJ-02 that claims WGS 84: nothing moves in silence, and the report says so."""
    osm = Study.from_extract(extract_path).osm
    named = osm.objects[osm.objects["name"].notna()].iloc[:300]
    points = named.geometry.representative_point()
    lon, lat = datums.from_wgs84(points.x, points.y, "gcj02")
    file = tmp_path / "名单.csv"
    pd.DataFrame({"名称": named["name"], "经度": lon, "纬度": lat}).to_csv(file, index=False)
    said = RegisterFile(file, Choices(official=True, category="kindergarten"))
    study = Study.from_extract(extract_path, files=Files(registers=(said,)))
    (report,) = study.inputs.report().reports[2:]
    assert "datum_contradicted" in {fault.key for fault in report.of("warning")}
    assert [each for each in notes.of_inputs(study.inputs.report()) if "名单.csv" in each["zh"]]
    declared = RegisterFile(file, Choices(official=True, category="kindergarten", datum="gcj02"))
    (report,) = Study.from_extract(extract_path, files=Files(registers=(declared,))).inputs.report().reports[2:]
    assert "datum_contradicted" not in {fault.key for fault in report.faults}


def test_options_beside_a_config_are_refused(tmp_path: Path, extract_path: Path) -> None:
    config = tmp_path / "study.toml"
    config.write_text(f"osm = '{extract_path}'\n", encoding="utf-8")
    done = cfc("run", "--config", config, "--osm", extract_path, "--cleared", "中央大街")
    assert done.returncode == 2
    assert "--osm, --cleared" in done.stderr


def test_the_command_writes_a_template_once(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    assert cfc("init", file).returncode == 0
    before = file.read_bytes()
    again = cfc("init", file)
    assert again.returncode == 2
    assert file.read_bytes() == before


# --- school districts --------------------------------------------------------------------------------------------


def test_the_assigned_school_is_compared_with_the_nearest(tmp_path: Path, plain: Result) -> None:
    """The whole town is assigned to one primary school, and a catchment is of no school at all."""
    proven = plain.facilities["evidence"].isin(["strong", "confirmed"])
    school = plain.facilities[(plain.facilities["category"] == "primary_school") & proven].iloc[0]
    west, south, east, north = Study.sample().osm.bounds
    shapes = [shapely.box(west, south, east, north), shapely.box(west, south, west + 1e-4, south + 1e-4)]
    layer = gpd.GeoDataFrame({"学校名称": [school["facility_id"], "查无此校"]}, geometry=shapes, crs=4326)
    layer.to_file(tmp_path / "学区.gpkg")
    result = Study.sample(files=Files(catchments=tmp_path / "学区.gpkg")).run("summer")
    assert result.counts["catchments"] == {"catchments": 2, "catchments_unmatched": 1}
    assert any("其中 1 个的学校对不上或重名" in each["zh"] for each in result.notes)
    assert [each["file"] for each in result.inputs][-1] == "学区.gpkg"
    rows = result.indicators[result.indicators["indicator"] == "primary_school.assigned_farther"]
    city = rows[rows["level"] == "city"].iloc[0]
    assert 0 < city["value_low"] <= city["value"] <= city["value_high"] <= 1
    none = result.indicators["indicator"] == "junior_school.assigned_farther"
    assert set(result.indicators.loc[none, "judgement"]) == {"no_data"}
    assert set(plain.indicators.loc[plain.indicators["indicator"] == rows["indicator"].iloc[0], "judgement"]) == {
        "no_data"
    }


def test_a_study_area_without_homes_is_refused(tmp_path: Path, extract_path: Path) -> None:
    """A box on the river: nobody lives there, and nothing can be measured."""
    wkt = "POLYGON((126.60 45.785, 126.605 45.785, 126.605 45.788, 126.60 45.788, 126.60 45.785))"
    box = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt([wkt]), crs="EPSG:4326")
    box.to_file(tmp_path / "river.gpkg")
    done = cfc("run", "--osm", extract_path, "--area", tmp_path / "river.gpkg", "--out", tmp_path / "out")
    assert done.returncode == 2, done.stderr
    assert "Our own fault" not in done.stderr
