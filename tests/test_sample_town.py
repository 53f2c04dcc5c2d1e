"""The sample town: made by its script to the byte, and holding everything its README promises."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import osmium
import pytest

ROOT = Path(__file__).resolve().parent.parent
TOWN = ROOT / "cfc_gis" / "resources" / "sample_town"
SCRIPT = ROOT / "scripts" / "make_sample_town.py"


@dataclass(frozen=True)
class Thing:
    """An object of the extract: kind and number, tags, its nodes or members."""

    kind: str
    number: int
    tags: dict[str, str]
    refs: tuple[int, ...]


@pytest.fixture(scope="module")
def things() -> list[Thing]:
    found = []
    for entity in osmium.FileProcessor(TOWN / "town.osm.pbf"):
        kind = entity.type_str()
        refs: tuple[int, ...] = ()
        if kind == "w":
            refs = tuple(node.ref for node in entity.nodes)
        elif kind == "r":
            refs = tuple(member.ref for member in entity.members)
        found.append(Thing(kind, entity.id, {tag.k: tag.v for tag in entity.tags}, refs))
    return found


def having(things: list[Thing], **wanted: str) -> list[Thing]:
    """Objects that have these tags; two underscores stand for a colon."""
    tags = {key.replace("__", ":"): value for key, value in wanted.items()}
    return [thing for thing in things if tags.items() <= thing.tags.items()]


def components(ways: list[Thing]) -> list[set[int]]:
    """Sets of nodes that the ways join, largest first."""
    parts: list[set[int]] = []
    for way in ways:
        touching = [part for part in parts if part & set(way.refs)]
        parts = [part for part in parts if part not in touching]
        parts.append(set(way.refs).union(*touching))
    return sorted(parts, key=len, reverse=True)


def test_script_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, capture_output=True)
    for name in ("town.osm.pbf", "census.csv"):
        assert (tmp_path / name).read_bytes() == (TOWN / name).read_bytes(), f"run python scripts/{SCRIPT.name}"


def test_extract_is_small_and_says_that_it_is_synthetic(things: list[Thing]) -> None:
    assert (TOWN / "town.osm.pbf").stat().st_size < 150_000
    assert all(thing.tags["source"] == "synthetic" for thing in things)
    header = osmium.io.Reader(str(TOWN / "town.osm.pbf")).header()
    assert "synthetic" in header.get("generator")


def test_town_lies_in_the_open_pacific_wholly_inside_its_box() -> None:
    with osmium.io.Reader(str(TOWN / "town.osm.pbf")) as reader:
        box = reader.header().box()
    for node in osmium.FileProcessor(TOWN / "town.osm.pbf", osmium.osm.NODE):
        assert box.bottom_left.lon < node.lon < box.top_right.lon
        assert box.bottom_left.lat < node.lat < box.top_right.lat
    assert 150 < box.bottom_left.lon < box.top_right.lon < 150.2
    assert 29.9 < box.bottom_left.lat < box.top_right.lat < 30.1


def test_census_adds_up_to_the_city() -> None:
    with (TOWN / "census.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["adcode"]: row for row in csv.DictReader(file)}
    city = rows.pop("990100")
    assert sorted(rows) == ["990101", "990102", "990103"]
    for column in ("pop_total", "pop_urban", "age_0", "age_1_4", "age_5_9", "age_10_14", "age_15_19", "age_0_14"):
        assert sum(int(row[column]) for row in rows.values()) == int(city[column])
    for row in (city, *rows.values()):
        children = sum(int(row[age]) for age in ("age_0", "age_1_4", "age_5_9", "age_10_14"))
        assert children == int(row["age_0_14"])
        assert float(row["pct_0_14"]) == pytest.approx(100 * children / int(row["pop_total"]), abs=0.005)


def test_units_close_and_are_nested(things: list[Thing]) -> None:
    ways = {thing.number: thing for thing in things if thing.kind == "w"}
    units = having(things, type="boundary")
    assert Counter(unit.tags["admin_level"] for unit in units) == {"5": 1, "6": 3, "8": 7}
    for unit in units:
        ends = Counter(node for way in unit.refs for node in (ways[way].refs[0], ways[way].refs[-1]))
        assert set(ends.values()) == {2}, unit.tags["name"]
    districts = {unit.tags["division_code"] for unit in units if unit.tags["admin_level"] == "6"}
    for unit in units:
        if unit.tags["admin_level"] == "8":
            assert len(unit.tags["division_code"]) == 12
            assert unit.tags["division_code"][:6] in districts


def test_districts_share_out_the_city() -> None:
    from cfc_gis.sources import osm_extract

    admin = osm_extract.read(TOWN / "town.osm.pbf").admin
    area = admin.assign(level=[tags["admin_level"] for tags in admin["tags"]]).to_crs("EPSG:32656")
    by_level = area.set_index("level").geometry.area.groupby(level=0).sum()
    assert by_level["6"] == pytest.approx(by_level["5"], rel=1e-6)
    assert by_level["8"] == pytest.approx(by_level["5"], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("样例第一小学", "nww"), ("样例第一幼儿园", "nww"), ("样例实验初级中学", "nww"), ("样例九年一贯制学校", "nww"),
        ("样例市第三中学", "nww"), ("样例驾校", "nww"), ("样例市儿童医院", "nww"), ("样例市中心医院", "nww"),
        ("样例阳光幼儿园", "n"), ("样例一社区卫生服务中心", "w"), ("样例市图书馆", "w"), ("样例冰场", "w"),
        ("儿童医院", "n"), ("样例盲人按摩", "n"), ("样例儿童福利院", "n"), ("样例妇儿用品", "n"),
        ("样例口腔医院", "n"), ("样例封闭小区", "w"),
        ("样例湖心岛一小区", "w"), ("样例湖心岛二小区", "w"), ("样例远村", "w"), ("样例过街天桥", "w"), ("样例湖", "r"),
    ],
)  # fmt: skip
def test_promised_places_are_there(things: list[Thing], name: str, kinds: str) -> None:
    assert "".join(sorted(thing.kind for thing in having(things, name=name))) == kinds


@pytest.mark.parametrize(
    ("tags", "least"),
    [
        ({"leisure": "playground"}, 3), ({"leisure": "pitch"}, 4), ({"leisure": "park"}, 4),
        ({"amenity": "kindergarten"}, 5), ({"highway": "primary"}, 1), ({"highway": "secondary"}, 2),
        ({"highway": "residential"}, 5), ({"highway": "footway"}, 20), ({"highway": "steps"}, 2),
        ({"highway": "motorway"}, 1), ({"service": "alley"}, 1), ({"crossing": "traffic_signals"}, 1),
        ({"crossing": "uncontrolled"}, 1), ({"bridge": "yes", "highway": "secondary"}, 2),
        ({"barrier": "gate", "access": "private"}, 1), ({"barrier": "wall"}, 1), ({"waterway": "river"}, 1),
        ({"landuse": "residential"}, 60), ({"building": "apartments"}, 50),
        ({"healthcare:speciality": "paediatrics"}, 1),
    ],
)  # fmt: skip
def test_promised_kinds_are_there(things: list[Thing], tags: dict[str, str], least: int) -> None:
    assert len(having(things, **{key.replace(":", "__"): value for key, value in tags.items()})) >= least


def test_motorway_carries_no_footway_and_meets_no_street(things: list[Thing]) -> None:
    streets = [thing for thing in things if thing.kind == "w" and "highway" in thing.tags]
    motorway = {node for way in streets if way.tags["highway"] == "motorway" for node in way.refs}
    others = {node for way in streets if way.tags["highway"] != "motorway" for node in way.refs}
    assert motorway
    assert not motorway & others


def test_island_and_one_footpath_are_cut_off(things: list[Thing]) -> None:
    ways = [thing for thing in things if thing.kind == "w" and thing.tags.get("highway", "motorway") != "motorway"]
    parts = components(ways)
    assert len(parts) == 3
    assert len(parts[0]) > 200
    assert sorted(len(part) for part in parts[1:]) == [3, 6]


def test_every_category_but_childcare_has_a_facility() -> None:
    lexicon = pytest.importorskip("cfc_gis.lexicon")
    from cfc_gis.sources import osm_extract

    objects = osm_extract.read(TOWN / "town.osm.pbf").objects
    verdicts = [lexicon.classify(name, tags) for name, tags in zip(objects["name"], objects["tags"], strict=True)]
    served = {verdict.category for verdict in verdicts if verdict and verdict.category}
    categories = tomllib.loads((ROOT / "cfc_gis" / "resources" / "categories.toml").read_text(encoding="utf-8"))
    without = {name for name, one in categories.items() if not served & set(one["served_by"])}
    assert without == {"childcare"}
