"""Reading extracts: what is kept, what is set aside, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfc_gis import schema
from cfc_gis.errors import InputDamaged, InputMissing
from cfc_gis.sources import osm_extract
from tests.osm_xml import write

SQUARE = {1: (126.60, 45.70), 2: (126.61, 45.70), 3: (126.61, 45.71), 4: (126.60, 45.71)}
STREET = {10: ([1, 2, 3], {"highway": "residential", "name": "a", "name:zh": "甲街"})}


def test_streets_keep_their_nodes_in_order(tmp_path: Path) -> None:
    tables = osm_extract.read(write(tmp_path / "a.osm", SQUARE, STREET))
    assert tables.streets[["osm_id", "part", "name"]].to_numpy().tolist() == [["w10", 0, "甲街"]]
    assert tables.street_points["node_id"].tolist() == [1, 2, 3]
    assert tables.street_points["lon"].tolist() == pytest.approx([126.60, 126.61, 126.61])
    assert tables.provenance["data_date"] == "2024-01-01"


def test_a_clipped_street_keeps_its_parts(tmp_path: Path) -> None:
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


def test_polygons_that_do_not_close_are_set_aside_with_their_ids(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("empty.osm.pbf", b"", "extract_empty"),
        ("zeros.osm.pbf", bytes(9000), "extract_empty"),
        ("page.osm.pbf", b"\n<!DOCTYPE html><html><title>404</title>", "extract_is_web_page"),
        ("page2.osm.pbf", b"<?xml version='1.0'?><html>", "extract_is_web_page"),
        ("noise.osm.pbf", b"\x07" * 400, "extract_damaged"),
        ("bomb.osm", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><osm version='0.6'/>", "extract_damaged"),
        ("change.osm", b"<?xml version='1.0'?><osmChange version='0.6'/>", "extract_history"),
        ("a.osc", b"<osm version='0.6'/>", "extract_history"),
        ("none.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "extract_no_streets"),
    ],
)
def test_what_is_no_extract_is_refused(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == key
    assert name in caught.value.text("zh")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        osm_extract.read(tmp_path / "nowhere.osm.pbf")
    with pytest.raises(InputDamaged):
        osm_extract.read(tmp_path)


def test_an_extract_cut_at_a_block_boundary_has_nodes_but_no_usable_street(tmp_path: Path) -> None:
    ways = {10: ([7, 8, 9, 1], {"highway": "residential"})}
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(write(tmp_path / "a.osm", SQUARE, ways))
    assert caught.value.key == "extract_no_streets"


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
def test_a_truncated_extract_is_refused(extract_path: Path, tmp_path: Path, share: float) -> None:
    whole = extract_path.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputDamaged) as caught:
        osm_extract.read(path)
    assert caught.value.key == "extract_damaged"
