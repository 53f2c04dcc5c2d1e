"""study.toml: what it names, and all its faults at once."""

from __future__ import annotations

import shutil
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from cfc_gis import config, revisions, settings, standards, targets
from cfc_gis.claims import Claim
from cfc_gis.errors import InputDamaged, InputMissing, TableFault, UserError

TOWN = resources.files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that a study may name, empty: a config only sees that they are there."""
    for name in ("town.osm.pbf", "list.csv", "people.tif", "children.csv", "dem.tif", "land.gpkg", "area.gpkg"):
        (tmp_path / name).touch()
    return tmp_path


def written(folder: Path, words: str) -> Path:
    file = folder / "study.toml"
    file.write_text(words, encoding="utf-8")
    return file


def faults(folder: Path, words: str) -> dict[str, str]:
    """Return what is wrong, by the setting it stands in."""
    with pytest.raises(TableFault) as caught:
        config.read(written(folder, words))
    assert caught.value.exit_code == 2
    report = caught.value.facts["report"]
    assert all(fault.severity == "error" for fault in report.faults)
    return {str(fault.column): fault.key for fault in report.faults}


def test_a_whole_study(folder: Path) -> None:
    named = config.read(
        written(
            folder,
            """
            place = "南岗区"
            season = "winter"
            osm = "town.osm.pbf"
            area = "area.gpkg"
            catchments = "area.gpkg"
            [[register]]
            file = "list.csv"
            official = true
            category = "kindergarten"
            datum = "gcj02"
            encoding = "gb18030"
            columns = { name = "园名" }
            decisions = { 12 = "w5", 15 = "new" }
            [[register]]
            file = "list.csv"
            official = false
            datum = { "高德" = "gcj02", "自测" = "wgs84" }
            [people]
            rasters = ["people.tif"]
            spread_by = "raster"
            children = "children.csv"
            [terrain]
            file = "dem.tif"
            [land_use]
            file = "land.gpkg"
            coding = "三调"
            [walk]
            cleared = ["一街"]
            frozen_paths = true
            longest_cold_min = 20
            [[standard]]
            id = "kindergarten.radius"
            threshold = 350
            signed_by = "市教育局"
            signed_on = 2026-03-01
            [[target]]
            id = "child_friendly_space.sites"
            signed_by = "市民政局"
            signed_on = 2026-03-01
            """,
        )
    )
    assert (named.place, named.season, named.census) == ("南岗区", "winter", None)
    assert named.osm == folder / "town.osm.pbf"  # paths start from the folder of the file
    first, second = named.files.registers
    assert (first.choices.official, first.choices.datum, first.choices.columns) == (True, "gcj02", {"name": "园名"})
    assert first.decisions == {12: "w5", 15: "new"}
    assert (second.choices.datum, second.datums) == (None, {"高德": "gcj02", "自测": "wgs84"})
    assert (named.files.spread_by, named.files.rasters) == ("raster", (folder / "people.tif",))
    assert named.files.catchments == folder / "area.gpkg"
    assert (named.files.terrain, named.files.coding) == (folder / "dem.tif", "三调")
    assert named.choices.parameters() == {
        "cleared": ["一街"], "frozen_paths": True, "longest_cold_min": 20.0, "also_cleared": [],
    }  # fmt: skip
    kindergarten = standards.load(named.standards)["kindergarten"]
    assert (kindergarten.threshold, kindergarten.signed_on, kindergarten.binding) == (350.0, "2026-03-01", True)
    (signed,) = (row for row in named.targets if row.signed)
    assert (signed.id, signed.signed_on, signed.binding) == ("child_friendly_space.sites", "2026-03-01", True)
    assert len(named.provenance["sha256"]) == 64


def test_fault_61_unknown_keys_are_refused_with_a_suggestion(folder: Path) -> None:
    words = 'osm = "town.osm.pbf"\nplaec = "哈尔滨市"\n[[register]]\nfile = "list.csv"\noffical = true\n'
    assert faults(folder, words) == {
        "plaec": "setting_unknown", "register[1].offical": "setting_unknown", "register[1].official": "setting_missing",
    }  # fmt: skip
    with pytest.raises(TableFault) as caught:
        config.read(folder / "study.toml")
    assert "是否为 place？" in caught.value.text("zh")
    assert "Did you mean official?" in caught.value.text("en")


def test_all_faults_come_at_once(folder: Path) -> None:
    """Types, words, numbers, files and categories that cannot be used: one report has them all."""
    found = faults(
        folder,
        """
        season = "autumn"
        osm = "no.osm.pbf"
        live = "yes"
        [[register]]
        file = "list.csv"
        official = 1
        category = "kindergarden"
        datum = "gcj"
        decisions = { twelve = "new" }
        [people]
        spread_by = "raster"
        [land_use]
        file = "land.gpkg"
        coding = "guess"
        [walk]
        longest_cold_min = 0
        [[standard]]
        id = "kindergarten.raduis"
        target_share = 0.8
        [[standard]]
        id = "play.circle5"
        threshold = -1
        target_share = 1.2
        signed_on = "2026-03-01"
        """,
    )
    assert found == {
        "season": "setting_wrong", "live": "setting_wrong", "osm": "setting_file",
        "register[1].official": "setting_wrong", "register[1].datum": "setting_wrong",
        "register[1].category": "setting_wrong", "register[1].decisions": "setting_wrong",
        "people.rasters": "setting_missing", "land_use.coding": "setting_wrong",
        "walk.longest_cold_min": "setting_wrong",
        "standard[1].id": "standard_unknown", "standard[2].threshold": "setting_wrong",
        "standard[2].target_share": "setting_wrong", "standard[2].signed_on": "setting_wrong",
    }  # fmt: skip


def test_a_misspelt_setting_of_a_standard_is_answered_with_the_closest(folder: Path) -> None:
    words = 'osm = "town.osm.pbf"\n[[standard]]\nid = "play.circle5"\nthresold = 250\n'
    assert faults(folder, words) == {"standard[1].thresold": "setting_unknown"}
    with pytest.raises(TableFault) as caught:
        config.read(folder / "study.toml")
    assert "Did you mean threshold?" in caught.value.text("en")


@pytest.mark.parametrize("osm", ["https://example.org/a.osm.pbf", "/vsicurl/https://example.org/a", "a.vrt"])
def test_fault_62_addresses_and_virtual_files_are_refused(folder: Path, osm: str) -> None:
    assert faults(folder, f'osm = "{osm}"') == {"osm": "setting_address"}


@pytest.mark.parametrize("words", ['osm = "town.osm.pbf"\nlive = true', 'place = "哈尔滨市"'])
def test_one_source_of_streets_is_named(folder: Path, words: str) -> None:
    assert faults(folder, words) == {"osm / live": "setting_wrong"}


def test_a_fault_of_the_format_names_its_line(folder: Path) -> None:
    with pytest.raises(TableFault) as caught:
        config.read(written(folder, "osm = 'town.osm.pbf'\nseason = winter\n"))
    assert "line 2" in caught.value.text("en")
    assert "TOML" in caught.value.text("zh")


def test_what_is_no_config_is_refused(folder: Path) -> None:
    with pytest.raises(InputMissing):
        config.read(folder / "none.toml")
    with pytest.raises(InputDamaged):
        config.read(folder / "list.csv")
    (folder / "study.toml").write_bytes("place = '哈尔滨市'".encode("gb18030"))
    with pytest.raises(InputDamaged):
        config.read(folder / "study.toml")


def test_the_template_is_valid_and_never_written_over_another(folder: Path) -> None:
    file = config.write_template(folder / "new.toml")
    assert config.read(file).osm is None
    with pytest.raises(UserError):
        config.write_template(file)
    with pytest.raises(InputMissing):
        config.write_template(folder / "nowhere" / "new.toml")


def test_every_setting_stands_in_the_template_and_may_be_used(folder: Path) -> None:
    """With all comments of settings taken away the template is a valid study; so its words cannot grow stale."""
    lines = config.write_template(folder / "t.toml").read_text(encoding="utf-8").splitlines()
    opened = [line.removeprefix("# ") if _is_setting(line) else line for line in lines]
    raw = tomllib.loads("\n".join(line for line in opened if not line.startswith(("live", "datum = {"))))
    study = settings.Study.model_validate(raw)
    assert set(settings.Study.model_fields) - study.model_fields_set == {"live"}
    for section in (study.registers[0], study.people, study.terrain, study.land_use, study.walk):
        assert section is not None
        assert set(type(section).model_fields) == section.model_fields_set
    written = set().union(*(each.model_fields_set for each in study.standards))
    assert written == set(settings.Standard.model_fields)
    assert set().union(*(each.model_fields_set for each in study.targets)) == set(settings.Target.model_fields)
    assert not revisions.revise(standards.all_standards(), *config._changes(raw, "standard", settings.Standard)).faults
    assert not targets.revise(targets.all_targets(), *config._changes(raw, "target", settings.Target)).faults


def _is_setting(line: str) -> bool:
    bare = line.removeprefix("# ")
    head = bare.split("=")[0].strip()
    return line.startswith("# ") and (bare.startswith("[") or ("=" in bare and head.replace("_", "").isalnum()))


def test_a_study_reads_its_config(tmp_path: Path) -> None:
    from cfc_gis.study import Study

    with resources.as_file(TOWN) as town:
        shutil.copy(town, tmp_path / "town.osm.pbf")
    file = tmp_path / "study.toml"
    file.write_text('place = "哈尔滨市"\nosm = "town.osm.pbf"\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"town\.osm\.pbf"):  # the town lies in the Pacific, and both boxes are shown
        Study.from_config(file)


def test_one_fault_for_a_wrong_word_with_the_closest_that_is_known(folder: Path) -> None:
    words = 'osm = "town.osm.pbf"\n[[register]]\nfile = "list.csv"\nofficial = true\n'
    with pytest.raises(TableFault) as caught:
        config.read(written(folder, words + 'datum = "GCJ02"\ncategory = "kindergarden"\n'))
    said = {fault.column: fault.detail("en") for fault in caught.value.facts["report"].faults}
    assert len(caught.value.facts["report"].faults) == 2
    assert said["register[1].datum"] == "“GCJ02”; wanted: one of wgs84, gcj02, bd09. Did you mean gcj02?"
    assert said["register[1].category"].endswith("Did you mean kindergarten?")
    with pytest.raises(TableFault) as caught:
        config.read(written(folder, words + 'datum = { amap = "gcj" }\n'))
    (fault,) = caught.value.facts["report"].faults
    assert "gcj02" in fault.detail("zh")


@pytest.mark.parametrize("word", ["幼儿园", "学前教育", "Kindergarten", "kindergarten"])
def test_a_category_by_the_words_of_registers(folder: Path, word: str) -> None:
    words = f'osm = "town.osm.pbf"\n[[register]]\nfile = "list.csv"\nofficial = true\ncategory = "{word}"\n'
    assert config.read(written(folder, words)).files.registers[0].choices.category == "kindergarten"


LISTED = 'osm = "town.osm.pbf"\n[[register]]\nfile = "list.csv"\nofficial = true\n'


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", Claim()),
        ("complete = true\nindependent = true", Claim(complete=True, independent=True)),
        ('complete = ["南岗区"]\nlists = ["小学", "nine_year_school"]',
         Claim(("南岗区",), ("primary_school", "nine_year_school"))),
    ],
)  # fmt: skip
def test_what_a_list_holds_in_full_is_declared(folder: Path, words: str, wanted: Claim) -> None:
    assert config.read(written(folder, LISTED + words)).files.registers[0].claim == wanted


def test_a_declaration_that_cannot_be_understood_is_refused_with_what_is_wanted(folder: Path) -> None:
    with pytest.raises(TableFault) as caught:
        config.read(written(folder, LISTED + 'complete = "南岗区"\nlists = ["小学", "kindergarden"]'))
    said = {fault.column: fault.detail("en") for fault in caught.value.facts["report"].faults}
    assert said["register[1].complete"].endswith(
        'wanted: true, false, or a list of names of districts such as ["南岗区"]'
    )
    assert said["register[1].lists"].endswith("Did you mean kindergarten?")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ('id = "childcare.place"', {"target[1].id": "target_unknown"}),
        ('id = "childcare.places"\nsigned_by = "市卫健委"', {"target[1].signed_on": "setting_missing"}),
        ('id = "childcare.places"\nvalue = 5', {"target[1].source": "setting_missing"}),
        ('id = "junior_school.seats"\nvalue = 5\nsource = "x"', {"target[1].value": "target_computed"}),
        ('id = "childcare.places"\n[[target]]\nid = "childcare.places"', {"target[2].id": "target_twice"}),
        ('id = "childcare.places"\ntarget = 5', {"target[1].target": "setting_unknown"}),
        ('id = "childcare.places"\nvalue = 0\nsource = "x"', {"target[1].value": "setting_wrong"}),
        (
            'id = "childcare.places"\nsigned_by = "市卫健委"\nsigned_on = 2999-01-01',
            {"target[1].signed_on": "setting_wrong"},
        ),
    ],
)
def test_a_target_is_checked_like_a_standard(folder: Path, words: str, wanted: dict[str, str]) -> None:
    assert faults(folder, f'osm = "town.osm.pbf"\n[[target]]\n{words}') == wanted
