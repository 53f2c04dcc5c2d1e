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

import cfc_gis
from cfc_gis import inputs, landuse
from cfc_gis.check import check
from cfc_gis.errors import TableFault, UserError
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
        "raster of people", "census by district",
    ]  # fmt: skip
    assert check([TOWN / "town.osm.pbf"]).text("en").splitlines()[0].startswith("town.osm.pbf (pyosmium")


def test_land_use_without_a_coding_asks_for_it(several: dict[str, Path]) -> None:
    report = check([several["land.gpkg"]])
    assert keys(report) == [("land.gpkg", "unreadable")]
    assert "三调" in report.text("zh")


def test_a_column_of_another_coding_is_refused_unless_it_was_named(tmp_path: Path) -> None:
    """三调 for a column YDYHFLDM: 0702 would be homes in the one and community services in the other."""
    square = [shapely.box(126.6, 45.7, 126.61, 45.71), shapely.box(126.61, 45.7, 126.62, 45.71)]
    gpd.GeoDataFrame({"YDYHFLDM": ["0702", "080403"]}, geometry=square, crs=4326).to_file(tmp_path / "land.gpkg")
    report = check([tmp_path / "land.gpkg"], coding="三调")
    assert keys(report) == [("land.gpkg", "land_coding_other")]
    assert "known code 1, with an unknown one 1" in told(report, "land_coding_other")
    assert check([tmp_path / "land.gpkg"], coding="用地用海").errors == 0
    land = landuse.read(tmp_path / "land.gpkg", "三调")
    assert not inputs.land_report(land, column_named=True).of("error")


def test_a_coding_makes_a_column_of_codes_land_use(tmp_path: Path) -> None:
    """A column ``code`` says nothing by itself; the coding that was named does."""
    square = [shapely.box(126.6, 45.7, 126.61, 45.71)]
    gpd.GeoDataFrame({"code": ["0701"], "name": ["甲地块"]}, geometry=square, crs=4326).to_file(tmp_path / "a.gpkg")
    assert kinds(check([tmp_path / "a.gpkg"], coding="三调")) == ["layer of land use"]


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
        "study.toml", "town.osm.pbf", "census.csv", "list.csv", "children.xlsx", "land.gpkg",
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


def test_the_report_of_bad_files_is_had_without_a_study(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("名称,学位\n甲幼儿园,-9\n", encoding="utf-8")
    report = cfc_gis.Study.check(file)
    assert keys(report) == [("名单.csv", "capacity_not_positive")]
    assert report.reports[0].table("zh")["row"].iloc[0] == 2


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


def test_a_wrong_declaration_is_named_with_the_datum_of_the_raw_coordinates(
    shared_data: Path, tmp_path: Path, extract_path: Path
) -> None:
    file = tmp_path / "study.toml"
    register = f'file = "{shared_data / "poi-gcj02.csv"}"\nofficial = false\ndatum = "bd09"'
    file.write_text(f'osm = "{extract_path}"\n[[register]]\n{register}\n', "utf-8")
    found = told(check([file]), "datum_contradicted")
    assert "The raw coordinates are GCJ-02; the declaration bd09 is wrong" in found
    assert "declare the datum gcj02" in found
    assert "Beijing" not in found


def test_each_source_stands_under_one_heading_with_one_remedy(shared_data: Path, extract_path: Path) -> None:
    """amap contradicts, baidu is right: amap is not told twice, nor told that there is nothing to do."""
    report = check([shared_data / "poi-mixed-datum.csv"], osm=extract_path)
    assert "amap" not in told(report, "datum_measured")
    assert report.text("en").count("amap: ") == 1


def test_what_is_declared_and_cannot_be_measured_is_no_matter_of_nothing_to_do(
    tmp_path: Path, extract_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("名称,学位,经度,纬度\n甲幼儿园,9,126.63,45.72\n", "utf-8")
    file = tmp_path / "study.toml"
    words = f'osm = "{extract_path}"\n[[register]]\nfile = "list.csv"\nofficial = true\ndatum = "wgs84"\n'
    file.write_text(words, "utf-8")
    report = check([file])
    assert "cannot tell" in told(report, "datum_unproven")
    assert told(report, "datum_measured") == told(report, "datum_untold") == ""


def test_a_check_says_what_lists_are_complete_for_and_which_counts_contradict(
    tmp_path: Path, extract_path: Path
) -> None:
    """Two kindergartens that name 南岗区; one of them lies beyond its border in 香坊区."""
    rows = "名称,区县,经度,纬度\n甲幼儿园,南岗区,126.640,45.755\n乙幼儿园,南岗区,126.700,45.700\n"
    (tmp_path / "list.csv").write_text(rows, "utf-8")
    (tmp_path / "bare.csv").write_text(rows.replace("南岗区", ""), "utf-8")
    declared = (
        ("list", "complete = true"), ("list", "complete = ['道里区']\nlists = ['park', 'play']"), ("list", ""),
        ("list", "independent = true"), ("bare", "complete = true"), ("bare", "complete = ['南冈区']"),
    )  # fmt: skip
    head = "[[register]]\nofficial = true\ndatum = 'wgs84'\n"
    words = "".join(f"{head}file = '{name}.csv'\n{claim}\n" for name, claim in declared)
    counts = "区县,类别,托位\n哈尔滨市,托育,100\n南岗区,托育,250\n宾县,托育,100\n"  # 宾县 lies outside the extract
    (tmp_path / "counts.csv").write_text(counts, "utf-8")
    head = "adcode,name,pop_total,age_0,age_1_4,age_5_9,age_10_14\n"
    (tmp_path / "census.csv").write_text(f"{head}230103,南岗区,1000,1,4,5,6\n230125,宾县,1000,1,4,5,6\n", "utf-8")
    files = f"osm = '{extract_path}'\ncounts = 'counts.csv'\ncensus = 'census.csv'\n"
    (tmp_path / "study.toml").write_text(files + words, "utf-8")
    report = check([tmp_path / "study.toml"])
    assert "道里区, 道外区" in told(report, "census_lacks")
    assert told(report, "counts_disagree") == "哈尔滨市, Childcare, capacity: the whole has 100, its parts 350"
    assert "南岗区: Kindergarten" in told(report, "claim_complete")
    assert "道里区: Park, Children's play space" in told(report, "claim_complete")
    assert [fault.key for one in report.reports for fault in one.faults].count("claim_none") == 1
    assert [fault.key for one in report.reports for fault in one.faults].count("claim_second") == 1
    assert "“乙幼儿园”: it names 南岗区 and lies in 香坊区" in told(report, "claim_elsewhere")
    assert "甲幼儿园" not in told(report, "claim_elsewhere")
    assert "Did you mean 南岗区?" in told(report, "claim_district")
    assert [key for _, key in keys(report)] == ["claim_unnamed", "claim_district"]


def test_sources_that_are_displaced_are_warned_of_where_nothing_measures_them(shared_data: Path) -> None:
    """Without an extract a column source = amap is more than a note, and the form of the remedy can be copied."""
    report = check([shared_data / "poi-gcj02.csv"])
    assert 'datum = { "amap" = "gcj02" }' in told(report, "datum_provider")
    assert report.warnings
    mixed = told(check([shared_data / "poi-mixed-datum.csv"]), "datum_provider")
    assert 'datum = { "amap" = "gcj02", "baidu" = "bd09" }' in mixed


def test_the_remedy_of_a_contradicted_datum_shows_the_form_for_each_source(
    shared_data: Path, extract_path: Path
) -> None:
    report = check([shared_data / "poi-mixed-datum.csv"], osm=extract_path)
    assert told(report, "datum_provider") == ""  # measured: what is right stays
    assert 'datum = { "amap" = "gcj02", "baidu" = "wgs84" }' in report.text("zh")


def test_a_census_is_told_with_its_sums(tmp_path: Path) -> None:
    text = "adcode,name,pop_total,age_0,age_1_4,age_5_9,age_10_14\n230109,松北区,1000,10,40,50,60\n"
    (tmp_path / "census.csv").write_text(text, "utf-8")
    counts = check([tmp_path / "census.csv"]).reports[0].counts
    assert counts == {"rows": 1, "units": 1, "residents": 1000, "children": 160}


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


# --- what a check passes, a run can use ---------------------------------------------------------------------------


def grid(path: Path, values: object, **profile: object) -> Path:
    """Write a raster around the extract of central Harbin, two cells in each direction."""
    corner = {"west": 126.0, "north": 46.5, "cell": 0.75, "crs": "EPSG:4326"}
    return geotiffs.write(path, values, **corner | profile)


@pytest.fixture
def bad_study(tmp_path: Path, extract_path: Path) -> Path:
    """A study whose raster, elevation model, register, decisions and table of children are all at fault."""
    grid(tmp_path / "below.tif", [[-5, -5], [-5, -5]])
    grid(tmp_path / "feet.tif", [[16999, 300], [300, 300]])
    (tmp_path / "list.csv").write_text(
        "名称,学位,经度,纬度\n甲幼儿园,90,126.63,45.72\n乙幼儿园,60,126.6,45.7\n", "utf-8"
    )
    (tmp_path / "wrong.csv").write_text("名称,学位,经度,纬度\n丙幼儿园,-9,126.63,45.72\n", "utf-8")
    (tmp_path / "kids.csv").write_text("小区名称,3-5岁\n甲小区,-1\n", "utf-8")
    file = tmp_path / "study.toml"
    words = f"""
        osm = "{extract_path}"
        [people]
        rasters = ["below.tif"]
        children = "kids.csv"
        [terrain]
        file = "feet.tif"
        [walk]
        cleared = ["不存在街"]
        [[register]]
        file = "list.csv"
        official = true
        datum = "wgs84"
        decisions = {{ 9999 = "new", 2 = "nonsense" }}
        [[register]]
        file = "wrong.csv"
        official = true
        """
    file.write_text(words, "utf-8")
    return file


def test_a_check_and_a_run_refuse_the_same_all_at_once(bad_study: Path) -> None:
    """People below zero, heights in feet, decisions of nowhere: read as in a run, and told together by both."""
    checked = check([bad_study])
    found = keys(checked)
    assert found == [
        ("study.toml", "setting_refused"), ("list.csv", "decision_wrong"), ("list.csv", "decision_wrong"),
        ("wrong.csv", "capacity_not_positive"), ("kids.csv", found[4][1]), ("below.tif", "unreadable"),
        ("feet.tif", "unreadable"),
    ]  # fmt: skip
    with pytest.raises(TableFault) as refused:
        Study.from_config(bad_study)
    said = refused.value.facts["report"]
    assert keys(said) == found
    assert refused.value.facts["files"] == 6
    for words in ("-5", "16999", "9999", "nonsense", "不存在街"):
        assert words in str(refused.value)


def test_rasters_are_read_over_the_districts_and_the_streets_as_in_a_run(tmp_path: Path, extract_path: Path) -> None:
    """An odd value far from Harbin is nobody's business; one within a district beyond the extract is."""
    far = [[7.0, 7.0, -5.0], [7.0, 7.0, -5.0], [7.0, 7.0, -5.0]]
    file = tmp_path / "study.toml"
    file.write_text(f'osm = "{extract_path}"\n[people]\nrasters = ["people.tif"]\n', "utf-8")
    grid(tmp_path / "people.tif", far, west=125.0, north=47.0, cell=2.0)
    assert check([file]).errors == 0
    grid(tmp_path / "people.tif", far, west=125.4, north=46.5, cell=0.55)
    assert keys(check([file])) == [("people.tif", "unreadable")]


def test_rasters_of_people_per_km2_are_refused_by_the_check(tmp_path: Path, extract_path: Path) -> None:
    grid(tmp_path / "chn_pd_2020.tif", [[5, 5], [5, 5]])
    file = tmp_path / "study.toml"
    file.write_text(f'osm = "{extract_path}"\n[people]\nrasters = ["chn_pd_2020.tif"]\n', "utf-8")
    report = check([file])
    assert report.errors == 1
    assert "people per km²" in report.text("en")


def test_a_raster_is_told_by_what_it_holds(tmp_path: Path) -> None:
    """Its kind, age, year, sum and cell; and that it looks like something else."""
    girls = geotiffs.write(tmp_path / "chn_f_0_2020.tif", [[1, 2, 0, 4]])
    hills = geotiffs.write(tmp_path / "dem.tif", [[118, 120, 131, 140]])
    report = check([girls, hills])
    assert kinds(report) == ["raster of people", "elevation model"]
    assert "women and girls, band of ages from 0, 2020: 7 people" in told(report, "raster_understood")
    assert "heights in metres; cells of 1 × 1 metre, values 118 to 140" in told(report, "raster_understood")


def test_rasters_that_were_exchanged_are_warned_of(tmp_path: Path, extract_path: Path) -> None:
    grid(tmp_path / "a.tif", [[118, 120], [131, 140]])
    grid(tmp_path / "b.tif", [[0, 1, 0, 90]], cell=0.5)
    file = tmp_path / "study.toml"
    file.write_text(f'osm = "{extract_path}"\n[people]\nrasters = ["a.tif"]\n[terrain]\nfile = "b.tif"\n', "utf-8")
    report = check([file])
    assert report.errors == 0
    assert [one.provenance["file"] for one in report.reports if "raster_unlike" in [f.key for f in one.faults]] == [
        "a.tif", "b.tif",
    ]  # fmt: skip


def test_people_of_a_raster_are_set_against_the_census(shared_data: Path, tmp_path: Path, extract_path: Path) -> None:
    """The 10 km file of 2020 is near the census of 2020; a thousandth of its people is not."""
    file = tmp_path / "study.toml"
    words = f'osm = "{extract_path}"\n[people]\nrasters = ["{{}}"]\n'
    file.write_text(words.format(shared_data / "population-10km-2020.tif"), "utf-8")
    near = check([file])
    assert "times the raster" in told(near, "raster_census")
    assert told(near, "raster_far") == told(near, "raster_unlike") == ""
    grid(tmp_path / "few.tif", [[0, 0, 0, 900], [0, 1, 1, 900]], west=124.5, north=47.5, cell=1.5)
    file.write_text(words.format("few.tif"), "utf-8")
    assert "times the raster" in told(check([file]), "raster_far")


def test_districts_that_overlap_are_warned_of(tmp_path: Path, extract_path: Path) -> None:
    shapes = [shapely.box(126.5, 45.6, 126.68, 45.9), shapely.box(126.66, 45.6, 126.8, 45.9)]
    layer = gpd.GeoDataFrame({"adcode": ["230103", "230102"], "name": ["南岗区", "道里区"]}, geometry=shapes, crs=4326)
    layer.to_file(tmp_path / "districts.gpkg")
    file = tmp_path / "study.toml"
    file.write_text(f'osm = "{extract_path}"\ndistricts = "districts.gpkg"\n', "utf-8")
    report = check([file])
    assert report.errors == 0
    assert "km²" in told(report, "districts_overlap")


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


def test_a_census_with_chinese_headers_is_told(tmp_path: Path) -> None:
    file = tmp_path / "人口.csv"
    file.write_text("区划代码,名称,总人口,0岁,1-4岁,5-9岁,10-14岁\n230103,南岗区,约200,1,4,5,6\n", encoding="gb18030")
    faults = {fault.key: fault for fault in check([file]).reports[0].faults}
    assert faults["understood_as"].detail("en") == "a census by district"
    wrong = faults["figure_not_number"]
    assert (wrong.row, wrong.column, wrong.found) == (2, "总人口", "约200")


def test_names_of_children_are_held_against_the_extract(tmp_path: Path) -> None:
    file = tmp_path / "儿童.csv"
    file.write_text("小区名称,3-5岁\n没有的小区,12\n", encoding="utf-8")
    town = resources.files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf"
    (wrong,) = check([file], osm=str(town)).reports[1].of("warning")
    assert (wrong.key, wrong.row, wrong.found) == ("children_unknown", 2, "没有的小区")
    assert "children_unmatched_yet" in {fault.key for fault in check([file]).reports[0].of("note")}


def test_a_list_is_declared_complete_for_districts_not_for_the_city(tmp_path: Path, extract_path: Path) -> None:
    (tmp_path / "list.csv").write_text("名称,区县,经度,纬度\n甲幼儿园,南岗区,126.640,45.755\n", "utf-8")
    words = "[[register]]\nofficial = true\ndatum = 'wgs84'\nfile = 'list.csv'\ncomplete = ['哈尔滨市']\n"
    (tmp_path / "study.toml").write_text(f"osm = '{extract_path}'\n{words}", "utf-8")
    report = check([tmp_path / "study.toml"])
    assert "哈尔滨市" in told(report, "claim_district")
    assert [key for _, key in keys(report)] == ["claim_district"]
    assert "not the city; or complete = true" in report.text("en")
    with pytest.raises(UserError, match="not the city"):
        Study.from_config(tmp_path / "study.toml")
