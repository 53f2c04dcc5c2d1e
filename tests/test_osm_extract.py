"""Reading extracts: what is kept, what is set aside, what is refused."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import osmium
import pytest
import shapely

from cfc_gis import schema
from cfc_gis.errors import InputDamaged, InputMissing, UserError
from cfc_gis.sources import manifest, memory, osm_extract
from tests import crop
from tests.osm_xml import write

TOWN = Path(str(resources.files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf"))

SQUARE = {1: (126.60, 45.70), 2: (126.61, 45.70), 3: (126.61, 45.71), 4: (126.60, 45.71)}
STREET = {10: ([1, 2, 3], {"highway": "residential", "name": "a", "name:zh": "甲街"})}


def test_streets_keep_their_nodes_in_order(tmp_path: Path) -> None:
    tables = osm_extract.read(write(tmp_path / "a.osm", SQUARE, STREET))
    assert tables.streets[["osm_id", "part", "name"]].to_numpy().tolist() == [["w10", 0, "甲街"]]
    assert tables.street_points["node_id"].tolist() == [1, 2, 3]
    assert tables.street_points["lon"].tolist() == pytest.approx([126.60, 126.61, 126.61])
    assert tables.provenance["data_date"] == "2024-01-01"


def test_fault_06_a_clipped_street_keeps_its_parts(tmp_path: Path) -> None:
    """Nodes 7 and 8 are outside: 1-2 and 3-4 stay, the lone 1 at the end is no street."""
    ways = {10: ([1, 2, 7, 3, 4, 8, 1], {"highway": "residential"}), 11: ([7, 8], {"highway": "service"})}
    tables = osm_extract.read(write(tmp_path / "a.osm", SQUARE, ways))
    assert tables.streets[["osm_id", "part"]].to_numpy().tolist() == [["w10", 0], ["w10", 1]]
    assert tables.street_points["street"].tolist() == [0, 0, 1, 1]
    assert tables.street_points["node_id"].tolist() == [1, 2, 3, 4]
    counted = {
        key: tables.counts[key] for key in ("street_nodes_missing", "street_nodes_alone", "ways_cut", "ways_lost")
    }
    assert counted == {"street_nodes_missing": 4, "street_nodes_alone": 1, "ways_cut": 2, "ways_lost": 1}


def test_areas_lines_and_points_become_objects(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (126.605, 45.705, {"amenity": "school", "name": "乙小学"})}
    ways = {
        **STREET,
        11: ([1, 2, 3, 4, 1], {"landuse": "residential"}),
        12: ([1, 3], {"barrier": "wall"}),
        13: ([1, 2, 3, 4, 1], {"barrier": "fence"}),
        14: ([1, 2, 3, 4, 1], {"barrier": "fence", "leisure": "park"}),
    }
    objects = osm_extract.read(write(tmp_path / "a.osm", nodes, ways)).objects.set_index("osm_id")
    kinds = objects.geom_type.to_dict()
    assert kinds == {"n5": "Point", "w11": "Polygon", "w12": "LineString", "w13": "LineString", "w14": "Polygon"}
    assert objects.loc["n5", "name"] == "乙小学"
    assert objects.crs == "EPSG:4326"


def test_fault_10_polygons_that_do_not_close_are_set_aside_with_their_ids(tmp_path: Path) -> None:
    ways = {**STREET, 11: ([1, 2, 9, 4, 1], {"landuse": "residential"}), 12: ([1, 2, 3], {}), 13: ([3, 4, 9], {})}
    relations = {20: ([(12, "outer"), (13, "outer")], {"type": "multipolygon", "natural": "water"})}
    tables = osm_extract.read(write(tmp_path / "a.osm", SQUARE, ways, relations))
    assert tables.set_aside.to_numpy().tolist() == [["r20", "multipolygon_not_closed"], ["w11", "polygon_not_closed"]]
    assert tables.counts["set_aside_polygon_not_closed"] == 1


def test_a_multipolygon_with_a_hole_closes(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (126.604, 45.704), 6: (126.606, 45.704), 7: (126.605, 45.706)}
    ways = {**STREET, 11: ([1, 2, 3], {}), 12: ([3, 4, 1], {}), 13: ([5, 6, 7, 5], {})}
    members = [(11, "outer"), (12, "outer"), (13, "inner")]
    relations = {
        20: (members, {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "丙街道"})
    }
    tables = osm_extract.read(write(tmp_path / "a.osm", nodes, ways, relations))
    assert tables.admin["osm_id"].tolist() == ["r20"]
    assert len(tables.admin.geometry.iloc[0].interiors) == 1
    assert tables.set_aside.empty


def test_fault_10_a_polygon_that_crosses_itself_is_set_aside_with_its_id(tmp_path: Path) -> None:
    """A bow-tie: 1-3-2-4-1 crosses itself in the middle."""
    ways = {**STREET, 11: ([1, 3, 2, 4, 1], {"landuse": "residential"})}
    tables = osm_extract.read(write(tmp_path / "a.osm", SQUARE, ways))
    assert tables.set_aside.to_numpy().tolist() == [["w11", "geometry_invalid"]]
    assert tables.objects.empty


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("fault_04_empty.osm.pbf", b"", "extract_empty"),
        ("fault_04_zeros.osm.pbf", bytes(9000), "extract_empty"),
        ("fault_05_page.osm.pbf", b"\n<!DOCTYPE html><html><title>404</title>", "extract_is_web_page"),
        ("fault_05_page2.osm.pbf", b"<?xml version='1.0'?><html>", "extract_is_web_page"),
        ("fault_03_noise.osm.pbf", b"\x07" * 400, "extract_damaged"),
        (
            "fault_09_bomb.osm",
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><osm version='0.6'/>",
            "extract_damaged",
        ),
        (
            "fault_09_bomb.osm.gz",
            gzip.compress(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><osm version='0.6'>&b;</osm>", mtime=0),
            "extract_damaged",
        ),
        ("fault_07_change.osm", b"<?xml version='1.0'?><osmChange version='0.6'/>", "extract_history"),
        ("fault_07_change.osc", b"<osm version='0.6'/>", "extract_history"),
        ("fault_07_change.osc.gz", gzip.compress(b"<osmChange version='0.6'/>", mtime=0), "extract_history"),
        ("none.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "extract_no_streets"),
    ],
)
def test_faults_3_4_5_7_and_9_what_is_no_extract_is_refused(
    tmp_path: Path, name: str, content: bytes, key: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == key
    assert name in caught.value.text("zh")


def test_fault_07_a_history_file_is_refused_by_what_its_header_says(tmp_path: Path) -> None:
    """Under a name that does not tell: the header of a .osm.pbf says that it holds all versions."""
    path = tmp_path / "town.osm.pbf"
    file = osmium.io.File(str(path))
    file.has_multiple_object_versions = True
    with osmium.SimpleWriter(file) as writer:
        for each in osmium.FileProcessor(str(TOWN)):
            writer.add(each)
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_history"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        osm_extract.read(tmp_path / "nowhere.osm.pbf")
    with pytest.raises(InputDamaged):
        osm_extract.read(tmp_path)


def block_ends(content: bytes) -> Iterator[int]:
    """Where the blocks of a .osm.pbf end: each has the length of its header, the header, and what the header says."""
    at = 0
    while at < len(content):
        start = at + 4
        end = start + int.from_bytes(content[at:start], "big")
        (size,) = re.findall(rb"\x18([\x80-\xff]*[\x00-\x7f])$", content[start:end])  # field 3, a varint
        at = end + sum((byte & 127) << 7 * place for place, byte in enumerate(size))
        yield at


def test_fault_01_an_extract_cut_in_the_middle_of_a_block_is_refused(tmp_path: Path) -> None:
    content = TOWN.read_bytes()
    ends = list(block_ends(content))
    assert ends[-1] == len(content)
    for before, after in zip([0, *ends], ends, strict=False):
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(content[: (before + after) // 2])
        with pytest.raises(InputDamaged) as caught:
            osm_extract.read(path)
        assert caught.value.key == "extract_damaged"


def test_fault_02_an_extract_cut_at_a_block_boundary_has_nodes_but_no_usable_street(tmp_path: Path) -> None:
    """The nodes come first. Cut after them, the file is in order for the reader, and of no use."""
    content = TOWN.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(content[: list(block_ends(content))[1]])
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_no_streets"


def test_fault_02_ways_whose_nodes_are_mostly_missing(tmp_path: Path) -> None:
    ways = {10: ([7, 8, 9, 1], {"highway": "residential"})}
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(write(tmp_path / "a.osm", SQUARE, ways))
    assert caught.value.key == "extract_no_streets"


def test_fault_02_a_pulled_extract_must_be_the_one_that_was_pulled(tmp_path: Path) -> None:
    """Cut before the last block it would be read without a word: the relations would be missing."""
    content = TOWN.read_bytes()
    path = tmp_path / "town.osm.pbf"
    path.write_bytes(content)
    manifest.record(path, {"source": "Overpass API (overpass.example)", "date": "2024-04-10"})
    how = osm_extract.read(path).provenance["how"]
    assert how.endswith("; pulled 2024-04-10 from Overpass API (overpass.example)")
    path.write_bytes(content[: list(block_ends(content))[-2]])
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_changed"
    assert str(len(content)) in caught.value.text("en")
    (tmp_path / "manifest.json").unlink()
    assert osm_extract.read(path).counts["boundaries_closed"] < osm_extract.read(TOWN).counts["boundaries_closed"]


def test_fault_03_flipped_bits_are_noticed(tmp_path: Path) -> None:
    """A bit at 60 places of a packed file, as extracts are published: the sum of its block does not fit any more."""
    path = tmp_path / "flipped.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=zlib")) as writer:
        for each in osmium.FileProcessor(str(TOWN)):
            writer.add(each)
    content = bytearray(path.read_bytes())
    for at in range(300, len(content) - 50, len(content) // 60):
        content[at] ^= 16
        path.write_bytes(content)
        with pytest.raises(InputDamaged):
            osm_extract.read(path)
        content[at] ^= 16


def repeated(text: str, kind: str, number: int, old: str, new: str) -> str:
    """Put a second version of an object behind the first."""
    (found,) = re.findall(rf'<{kind} id="{number}" .*?</{kind}>', text)
    second = found.replace('version="1"', 'version="2"').replace(old, new)
    return text.replace(found, f"{found}\n{second}")


def test_fault_11_of_repeated_objects_the_highest_version_counts(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (126.605, 45.705, {"amenity": "school", "name": "old"})}
    ways = {**STREET, 11: ([1, 2, 3, 4, 1], {"landuse": "residential", "name": "old"})}
    relations = {20: ([(11, "outer")], {"type": "multipolygon", "leisure": "park", "name": "old"})}
    path = write(tmp_path / "a.osm", nodes, ways, relations)
    text = path.read_text(encoding="utf-8")
    text = repeated(text, "node", 5, "old", "new")
    text = repeated(text, "way", 10, "甲街", "乙街")
    text = repeated(text, "way", 11, "old", "new")
    text = repeated(text, "relation", 20, "old", "new")
    path.write_text(text, encoding="utf-8")
    tables = osm_extract.read(path)
    assert tables.counts["repeated_objects"] == 4
    assert tables.streets["name"].tolist() == ["乙街"]
    assert tables.objects.set_index("osm_id")["name"].to_dict() == {"n5": "new", "w11": "new", "r20": "new"}
    schema.check(tables.objects, schema.OSM_OBJECTS)


@pytest.mark.parametrize("kind", ["node", "way", "relation"])
def test_fault_11_one_repeated_object_is_enough(tmp_path: Path, kind: str) -> None:
    nodes = {**SQUARE, 5: (126.605, 45.705, {"amenity": "school"})}
    relations = {20: ([(11, "outer")], {"type": "multipolygon", "leisure": "park"})}
    ways = {**STREET, 11: ([1, 2, 3, 4, 1], {})}
    path = write(tmp_path / "a.osm", nodes, ways, relations)
    number = {"node": 5, "way": 10, "relation": 20}[kind]
    path.write_text(repeated(path.read_text(encoding="utf-8"), kind, number, "", ""), encoding="utf-8")
    assert osm_extract.read(path).counts["repeated_objects"] == 1


def test_fault_11_extracts_that_were_simply_put_together_are_sorted(tmp_path: Path) -> None:
    """Two files one behind the other: the second one's nodes come after the first one's ways."""
    text = write(tmp_path / "a.osm", SQUARE, STREET).read_text(encoding="utf-8")
    other = {21: (126.62, 45.70), 22: (126.63, 45.70), 3: SQUARE[3]}
    more = write(tmp_path / "b.osm", other, {5: ([3, 21, 22], {"highway": "service"})}).read_text(encoding="utf-8")
    inner = more[more.index("<node") : more.index("</osm>")]
    path = tmp_path / "both.osm"
    path.write_text(text.replace("</osm>", inner + "</osm>"), encoding="utf-8")
    tables = osm_extract.read(path)
    assert tables.streets["osm_id"].tolist() == ["w5", "w10"]
    assert tables.counts["repeated_objects"] == 1
    assert tables.counts["street_nodes_missing"] == 0


def test_fault_12_what_does_not_fit_into_memory_is_refused_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.osm", SQUARE, STREET)
    monkeypatch.setattr(memory, "available", lambda: 100_000_000)
    with pytest.raises(UserError) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_too_large"
    assert len(osm_extract.read(path, force=True).streets) == 1


def test_the_header_says_box_and_date(tmp_path: Path) -> None:
    path = write(tmp_path / "a.osm", SQUARE, STREET)
    assert osm_extract.header(path) == (None, "")
    bounds, date = osm_extract.header(TOWN)
    assert bounds == osm_extract.read(TOWN).bounds
    assert date == "2024-06-01"
    other = tmp_path / "town.osm.pbf.part"
    other.write_bytes(TOWN.read_bytes())
    assert osm_extract.header(other, "osm.pbf") == (bounds, date)


@pytest.mark.real_data
def test_the_real_extract_is_read_whole(extract_path: Path) -> None:
    """Counts of FACTS: 10,083 streets, 1,611 residential areas that close, 77 sub-districts."""
    tables = osm_extract.read(extract_path)
    schema.check(tables.objects, schema.OSM_OBJECTS)
    schema.check(tables.streets, schema.STREETS)
    schema.check(tables.street_points, schema.STREET_POINTS)
    assert tables.counts["ways_of_streets"] == 10_083
    areas = tables.objects[tables.objects.geom_type.isin(["Polygon", "MultiPolygon"])]
    assert (areas["tags"].map(lambda tags: tags.get("landuse")) == "residential").sum() == 1_611
    assert (tables.admin["tags"].map(lambda tags: tags["admin_level"]) == "8").sum() == 77
    assert len(tables.admin) == 77
    assert tables.provenance["data_date"] == "2024-04-09"


@pytest.mark.real_data
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_fault_01_a_truncated_extract_is_refused(extract_path: Path, tmp_path: Path, share: float) -> None:
    whole = extract_path.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_damaged"


def test_what_a_box_cuts_keeps_the_points_that_are_left(tmp_path: Path) -> None:
    whole = osm_extract.read(TOWN)
    west, south, east, north = whole.bounds
    middle = (west + east) / 2
    half = osm_extract.read(crop.cut(TOWN, tmp_path / "half.osm.pbf", (west, south, middle, north)))
    assert whole.cut is not None
    assert half.cut is not None
    assert whole.cut.empty
    streets = half.cut["tags"].map(lambda tags: "highway" in tags)
    polygons = half.cut[~streets].set_index("osm_id").geometry
    lost = half.set_aside[half.set_aside["reason"] == "polygon_not_closed"]["osm_id"]
    assert len(polygons) > 0
    assert set(polygons.index) == set(lost)
    before = whole.objects.set_index("osm_id").geometry
    for osm_id, points in polygons.items():
        corners = shapely.get_coordinates(before[osm_id])
        inside = {tuple(each) for each in corners.round(7).tolist() if each[0] <= middle}
        assert {tuple(each) for each in shapely.get_coordinates(points).round(7).tolist()} == inside
    assert half.cut[streets]["osm_id"].nunique() == half.counts["ways_cut"]
    assert (half.cut.geometry.bounds["maxx"] <= middle).all()
