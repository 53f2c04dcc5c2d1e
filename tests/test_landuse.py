"""Land use: the two codings that conflict, codes as they come, what nobody knows, stable ids, homes of a plan."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely import Point, Polygon, box

from cfc_gis import landuse, locale, neighbourhoods, schema
from cfc_gis.errors import ChoiceUnknown, InputDamaged, TableFault, UserError


def square(column: int, row: int = 0) -> Polygon:
    return box(126.6 + 0.01 * column, 45.7 + 0.01 * row, 126.61 + 0.01 * column, 45.71 + 0.01 * row)


def layer(folder: Path, codes: list[object], column: str = "DLBM", name: str = "a.gpkg", **columns: object) -> Path:
    file = folder / name
    shapes = [square(i) for i in range(len(codes))]
    gpd.GeoDataFrame({column: codes, **columns}, geometry=shapes, crs="EPSG:4326").to_file(file, encoding="UTF-8")
    return file


def uses(found: landuse.LandUse) -> dict[str, str]:
    return dict(zip(found.table["code"], found.table["landuse"], strict=True))


def test_0702_is_homes_in_one_coding_and_community_service_in_the_other(tmp_path: Path) -> None:
    file = layer(tmp_path, ["0701", "0702", "1201"])
    assert uses(landuse.read(file, "三调")) == {"0701": "residential", "0702": "residential", "1201": "vacant"}
    assert uses(landuse.read(file, "用地用海")) == {"0701": "residential", "0702": "community_service", "1201": "other"}


def test_the_coding_is_never_guessed_only_suggested(tmp_path: Path) -> None:
    """08H2 and 0810 are of the survey alone: that is said, and nothing is read."""
    with pytest.raises(UserError) as caught:
        landuse.read(layer(tmp_path, ["0702", "08H2", "08H2", "0810"]), None)
    assert caught.value.key == "coding_missing"
    assert "三调 (sandiao): 4 ✓ (3 !), 0 ✗" in caught.value.text("zh")
    assert "用地用海 (yongdi_yonghai): 1 ✓ (0 !), 3 ✗" in caught.value.text("en")


@pytest.mark.parametrize(
    ("coding", "code", "use"),
    [
        ("sandiao", "0701", "residential"), ("sandiao", "0702", "residential"), ("sandiao", "08H2", "public_service"),
        ("sandiao", "08H2A", "higher_education"), ("sandiao", "0810", "park"), ("sandiao", "0810A", "square"),
        ("sandiao", "0404", "grass"), ("sandiao", "1201", "vacant"), ("sandiao", "0101", "other"),
        ("sandiao", "08H1", "other"), ("sandiao", "0201K", "other"), ("sandiao", "1104A", "other"),
        ("yongdi_yonghai", "0701", "residential"), ("yongdi_yonghai", "0703", "residential"),
        ("yongdi_yonghai", "070102", "residential"), ("yongdi_yonghai", "0702", "community_service"),
        ("yongdi_yonghai", "0704", "community_service"), ("yongdi_yonghai", "0804", "education"),
        ("yongdi_yonghai", "080401", "higher_education"), ("yongdi_yonghai", "080403", "education"),
        ("yongdi_yonghai", "080404", "education"), ("yongdi_yonghai", "0806", "medical"),
        ("yongdi_yonghai", "080601", "medical"), ("yongdi_yonghai", "080702", "welfare"),
        ("yongdi_yonghai", "1401", "park"), ("yongdi_yonghai", "1402", "other"), ("yongdi_yonghai", "1403", "square"),
        ("yongdi_yonghai", "16", "reserve"), ("yongdi_yonghai", "2301", "vacant"), ("yongdi_yonghai", "0201", "other"),
        ("yongdi_yonghai", "08040301", "education"), ("yongdi_yonghai", "1601", "reserve"),
    ],
)  # fmt: skip
def test_codes(coding: str, code: str, use: str) -> None:
    assert landuse.classify([code], landuse.codings()[coding])["landuse"].tolist() == [use]


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ("sandiao", "0703"), ("sandiao", "0804"), ("sandiao", "1401"), ("sandiao", "16"), ("sandiao", "R2"),
        ("yongdi_yonghai", "08H2"), ("yongdi_yonghai", "0810"), ("yongdi_yonghai", "0799"),
        ("yongdi_yonghai", "070104"),
    ],
)  # fmt: skip
def test_codes_that_a_coding_does_not_have(coding: str, code: str) -> None:
    """A code below one that is divided further is not taken for it: 0799 may be anything."""
    found = landuse.classify([code], landuse.codings()[coding]).iloc[0]
    assert (found["how"], found["landuse"]) == ("unknown", None)


def test_codes_as_they_come(tmp_path: Path) -> None:
    """Kept as numbers they lose their zero; in lower case, with blanks, or not at all."""
    found = landuse.read(layer(tmp_path, [701.0, 810.0, 1201.0, None]), "sandiao")
    assert uses(found) == {"0701": "residential", "0810": "park", "1201": "vacant"}
    assert (found.counts["codes_zero_restored"], found.counts["polygons_without_code"]) == (2, 1)
    text = landuse.read(layer(tmp_path, [" 08h2a ", "0201K", ""], name="b.gpkg"), "sandiao")
    assert uses(text) == {"08H2A": "higher_education", "0201K": "other"}
    assert text.counts["codes_of_a_part"] == 1


def test_unknown_codes_are_told_with_their_area(tmp_path: Path) -> None:
    """A hundredth of a degree squared at 45.7 N is 0.8654 km2 (111.13 x 77.9 km for a degree)."""
    found = landuse.read(layer(tmp_path, ["0701", "R2", "E1", "R2"]), "sandiao")
    assert found.table["code"].tolist() == ["0701"]
    assert found.unknown["code"].tolist() == ["R2", "E1"]
    assert found.unknown["polygons"].tolist() == [2, 1]
    assert found.unknown["area_m2"].tolist() == pytest.approx([2 * 865_400, 865_400], rel=2e-3)
    assert found.counts["polygons_unknown_code"] == 3


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("DLBM", "a.gpkg"), ("dlbm", "a.geojson"), ("地类编码", "a.gpkg"), ("地类编码", "a.shp"), ("YDYHFLDM", "a.shp"),
        ("用地用海分类代码", "a.gpkg"), ("用地用海分类代码", "a.shp"), ("code", "a.gpkg"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:.*:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Column names longer than 10 characters:UserWarning")
def test_columns_of_codes(tmp_path: Path, column: str, name: str) -> None:
    found = landuse.read(layer(tmp_path, ["0701"], column, name), "用地用海")
    assert uses(found) == {"0701": "residential"}
    assert found.provenance["coding"] == "yongdi_yonghai"
    schema.check(found.table, schema.LAND_USE)


def test_of_two_columns_the_codings_own_is_read(tmp_path: Path) -> None:
    file = layer(tmp_path, ["0702"], "DLBM", YDYHFLDM=["0703"], 我的列=["0701"])
    assert landuse.read(file, "三调").table["code"].tolist() == ["0702"]
    assert landuse.read(file, "用地用海").table["code"].tolist() == ["0703"]
    assert landuse.read(file, "三调", code_column="我的列").provenance["column"] == "我的列"


def test_wrong_choices_are_named(tmp_path: Path) -> None:
    file = layer(tmp_path, ["R2"])
    with pytest.raises(ChoiceUnknown, match=r"sandia.*\(sandiao\?\)"):
        landuse.read(file, "sandia")
    with pytest.raises(ChoiceUnknown, match="DLBM"):
        landuse.read(file, "sandiao", code_column="DLMC")
    with pytest.raises(TableFault, match="No code in column") as caught:
        landuse.read(file, "sandiao")
    assert caught.value.exit_code == 2
    with pytest.raises(TableFault, match="no column of land-use codes"):
        landuse.read(layer(tmp_path, ["0701"], "foo", "b.gpkg"), "sandiao")
    with pytest.raises(InputDamaged):
        landuse.read("https://example.org/a.geojson", "sandiao")


def test_ids_do_not_follow_the_order_of_rows(tmp_path: Path) -> None:
    shapes, codes = [square(0), square(1), square(2)], ["0701", "0702", "0810"]
    rows = gpd.GeoDataFrame({"DLBM": codes}, geometry=shapes, crs="EPSG:4326")
    turned = rows.iloc[::-1].set_geometry([shapely.reverse(shape) for shape in shapes[::-1]])
    rows.to_file(tmp_path / "a.gpkg")
    turned.to_file(tmp_path / "b.gpkg")
    more = gpd.GeoDataFrame({"DLBM": ["1201", *codes]}, geometry=[square(9), *shapes], crs="EPSG:4326")
    more.to_file(tmp_path / "c.gpkg")
    first, second, third = (
        landuse.read(tmp_path / name, "sandiao").table.set_index("land_id")["code"].to_dict()
        for name in ("a.gpkg", "b.gpkg", "c.gpkg")
    )
    assert first == second
    assert first.items() <= third.items()
    assert all(land_id.startswith("l") and len(land_id) == 13 for land_id in first)


def test_the_layers_own_identifier_is_the_id_where_it_is_unique(tmp_path: Path) -> None:
    own = layer(tmp_path, ["0701", "0702"], BSM=["23010001", "23010002"])
    assert landuse.read(own, "sandiao").table["land_id"].tolist() == ["l23010001", "l23010002"]
    twice = layer(tmp_path, ["0701", "0702"], name="b.gpkg", BSM=["1", "1"])
    assert landuse.read(twice, "sandiao").table["land_id"].str.len().tolist() == [13, 13]


def test_a_shape_drawn_twice_counts_once(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"DLBM": ["0701", "0701"]}, geometry=[square(0)] * 2, crs="EPSG:4326").to_file(tmp_path / "a.gpkg")
    found = landuse.read(tmp_path / "a.gpkg", "sandiao")
    assert (len(found.table), found.counts["repeated_shapes"]) == (1, 1)


def test_osm_tags() -> None:
    tags = [
        {"landuse": "residential"}, {"amenity": "school", "landuse": "residential"}, {"leisure": "park"},
        {"building": "yes", "amenity": "school"}, {"landuse": "brownfield"}, {"landuse": "construction"},
        {"landuse": "car_repair"}, {"place": "square"}, {"amenity": "parking"}, {"natural": "water"},
    ]  # fmt: skip
    objects = gpd.GeoDataFrame(
        {"osm_id": [f"w{i}" for i in range(11)], "name": None, "tags": [*tags, {"landuse": "grass"}]},
        geometry=[*(square(i) for i in range(10)), Point(126.6, 45.7)],
        crs="EPSG:4326",
    ).to_crs("EPSG:4551")
    found = landuse.of_osm(objects)
    assert dict(zip(found.table["land_id"], found.table["landuse"], strict=True)) == {
        "w0": "residential", "w1": "education", "w2": "park", "w4": "brownfield", "w5": "construction", "w7": "square",
    }  # fmt: skip
    assert found.table.set_index("land_id")["code"]["w1"] == "amenity=school"
    assert found.unknown[["code", "polygons"]].to_numpy().tolist() == [["landuse=car_repair", 1]]
    assert found.counts["polygons_unknown_code"] == 1


def test_residential_land_of_a_plan_becomes_the_neighbourhoods(tmp_path: Path) -> None:
    """The plan has two estates and a park, which is an estate in OSM: a home there belongs to a grid cell.

    Of what lies beyond its polygons the plan says nothing: OSM's other estate stays, with its home.
    """
    crs = "EPSG:4551"
    home = [square(i).centroid.buffer(0.0005, quad_segs=1) for i in (1, 2, 5)]
    estate, flats = {"landuse": "residential", "name": "旧"}, {"building": "apartments"}
    objects = gpd.GeoDataFrame(
        {"osm_id": ["w1", "w5", "w2", "w3", "w4"], "name": None, "tags": [estate, estate, flats, flats, flats]},
        geometry=[square(2), square(5), *home],
        crs="EPSG:4326",
    ).to_crs(crs)
    tags = [estate]
    file = layer(tmp_path, ["0701", "0702", "0810"], BSM=["11", "12", "13"], 名称=["甲小区", "乙村", "丙园"])
    both, counts = landuse.as_residential(objects, landuse.read(file, "三调"))
    assert counts == {"residential_from_layer": 2, "osm_residential_replaced": 1, "osm_residential_kept": 1}
    assert objects["tags"].iloc[0] == tags[0]  # the caller's objects stay
    found = neighbourhoods.find(both, both.union_all().envelope)
    table = found.neighbourhoods.set_index("neighbourhood_id")
    assert table[table["kind"] == "compound"].index.tolist() == ["l11", "l12", "w5"]
    assert table.loc[["l11", "l12"], "name"].tolist() == ["甲小区", "乙村"]
    lives_in = found.origins.set_index("origin_id")["neighbourhood_id"]
    assert lives_in["w2"] == "l12"
    assert lives_in["w3"].startswith("g")
    assert lives_in["w4"] == "w5"


def test_resources_are_complete() -> None:
    words = locale.table()
    assert all(f"landuse.{use}" in words for use in schema.LAND_USES)
    for coding in landuse.codings().values():
        assert set(coding.codes.values()) <= set(schema.LAND_USES)
        assert set(coding.names) == {code for code, use in coding.codes.items() if use != "other"}
        inner = {code[:2] for code in coding.codes}
        assert inner <= set(coding.codes), "every code stands below one of two digits"


def test_real_osm_land_use(extract_path: Path) -> None:
    from cfc_gis.sources import osm_extract

    objects = osm_extract.read(extract_path).objects
    found = landuse.of_osm(objects)
    areas = objects[objects.geom_type.isin(["Polygon", "MultiPolygon"])]
    homes = areas["tags"].map(lambda tags: tags.get("landuse") == "residential" and "amenity" not in tags)
    assert abs(found.counts["polygons_residential"] - int(homes.sum())) <= 5  # some are parks or pitches as well
    assert found.unknown["area_m2"].sum() < 0.001 * 398e6  # of the box
