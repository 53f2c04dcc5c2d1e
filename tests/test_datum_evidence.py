import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import datum_evidence as evidence
from cfc_gis import datums
from tests import osm_tables
from tests.osm_tables import degrees, objects, points

FAR = 6000.0


def compared(table, reference):
    return evidence.by_names(evidence.points_of(table, ()), evidence.objects_of(reference, ()))


def test_a_match_by_hand():
    found = compared(points([("龙塔", (30.0, -40.0))]), objects([("龙塔", (0.0, 0.0))]))
    match = found.matches.iloc[0]
    assert (match["row"], match["name"], match["osm_id"]) == (2, "龙塔", "n0")
    assert match[["east_m", "north_m", "wgs84_m"]].tolist() == pytest.approx([30.0, -40.0, 50.0], abs=0.01)
    assert found.agrees.iloc[0].to_dict() == {"wgs84": True, "gcj02": False, "bd09": False, "other": False}


@pytest.mark.parametrize("datum", datums.DATUMS)
def test_a_point_in_a_datum_agrees_with_that_alone(datum):
    table = points([("龙塔", (0.0, 0.0))])
    table["lon"], table["lat"] = datums.from_wgs84(table["lon"], table["lat"], datum)
    found = compared(table, objects([("龙塔", (0.0, 0.0))]))
    assert found.matches[f"{datum}_m"][0] < 0.01
    assert [name for name in found.agrees if found.agrees[name][0]] == [datum]


def test_branches_are_left_out_and_counted():
    """One name, two places within the search distance: whichever were chosen would flatter some datum."""
    reference = objects([("万达", (0.0, 0.0)), ("万达", (464.0, 216.0)), ("龙塔", (0.0, 0.0)), ("万达", (0.0, FAR))])
    found = compared(points([("万达", (464.0, 216.0)), ("龙塔", (464.0, 216.0))]), reference)
    assert found.matches["name"].tolist() == ["龙塔"]
    assert found.ambiguous == 1


def test_branches_in_the_table_are_left_out_too():
    found = compared(points([("万达", (0.0, 0.0)), ("万达", (1000.0, 0.0))]), objects([("万达", (0.0, 0.0))]))
    assert found.matches.empty
    assert found.ambiguous == 1


def test_branches_farther_apart_than_the_search_are_matches_of_their_own():
    places = [("万达", (0.0, 0.0)), ("万达", (FAR, 0.0))]
    found = compared(points(places), objects(places))
    assert found.matches["osm_id"].tolist() == ["n0", "n1"]


def test_several_objects_of_one_site_are_one_place():
    reference = objects([("龙塔", (-50.0, 0.0)), ("龙塔", (50.0, 0.0)), ("龙塔", (0.0, 90.0))])
    found = compared(points([("龙塔", (0.0, 30.0)), ("龙塔", (0.0, 30.0))]), reference)
    assert found.matches["wgs84_m"].tolist() == pytest.approx([0.0], abs=0.01)


def test_a_name_beyond_the_search_distance_is_no_match():
    assert compared(points([("龙塔", (0.0, 0.0))]), objects([("龙塔", (FAR, 0.0))])).matches.empty


def test_lines_and_wide_areas_are_no_reference():
    west, south = degrees(-600.0, 0.0)
    east, north = degrees(600.0, 50.0)
    small = shapely.Point(degrees(0.0, 0.0)).buffer(0.001)
    shapes = [shapely.LineString([degrees(0, 0), degrees(50, 0)]), shapely.box(west, south, east, north), small]
    reference = gpd.GeoDataFrame(
        {"osm_id": ["w1", "w2", "w3"], "name": ["龙塔"] * 3, "tags": [{}] * 3}, geometry=shapes, crs=4326
    )
    assert evidence.objects_of(reference, ())["osm_id"].tolist() == ["w3"]


def test_a_common_shift_of_no_datum_is_seen_and_lonely_ones_are_not():
    away = [(-700.0, -300.0), (-690.0, -310.0), (-705.0, -305.0), (1500.0, -1500.0)]
    places = [(f"{i}号楼", (FAR * i, 0.0)) for i in range(4)]
    table = points([(name, (x + east, y + north)) for (name, (x, y)), (east, north) in zip(places, away, strict=True)])
    found = compared(table, objects(places))
    assert found.agrees["other"].tolist() == [True, True, True, False]
    two = compared(table.iloc[[0, 1, 3]], objects(places))
    assert not two.agrees["other"].any()


def test_what_is_a_little_off_a_datum_is_no_shift_of_its_own():
    places = [(f"{i}号楼", (FAR * i, 0.0)) for i in range(5)]
    table = points([(name, (x + 150.0, y)) for name, (x, y) in places])
    found = compared(table, objects(places))
    assert not found.agrees.to_numpy().any()


def test_where_datums_hardly_differ_names_cannot_tell():
    # In the Qaidam basin GCJ-02 lies some 20 m from WGS 84.
    table = pd.DataFrame({"name": ["井"], "lon": [96.6], "lat": [37.14]})
    reference = gpd.GeoDataFrame(
        {"osm_id": ["n1"], "name": ["井"], "tags": [{}]}, geometry=[shapely.Point(96.6, 37.14)], crs=4326
    )
    assert compared(table, reference).too_close


def test_rows_without_name_or_position_are_left_out():
    table = points([("龙塔", (0.0, 0.0)), (None, (0.0, 0.0)), ("文庙", (math.nan, 0.0))])
    assert evidence.points_of(table, ())["row"].tolist() == [2]
    assert compared(table.head(0), objects([])).matches.empty


# --- streets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("一曼街241号", "一曼街"),
        ("黑龙江省哈尔滨市南岗区一曼街 ２４１号", "一曼街"),
        ("哈尔滨市南岗区荣市街道一曼街1号", "一曼街"),
        ("一曼街", "一曼街"),
        ("一曼街(近红军街)", "一曼街"),
        ("小一曼街241号", ""),  # another street
        ("一曼街附近", ""),
        ("241号一曼街", ""),  # before the first number there is none
        ("", ""),
        (None, ""),
        (math.nan, ""),
    ],
)
def test_the_street_of_an_address(address, street):
    assert evidence.street_in(address, {"一曼街", "红军街"}) == street


@pytest.fixture
def streets():
    lines = {"一曼街": [(0.0, 0.0), (2000.0, 0.0)], "Red Army St": [(0.0, 0.0), (0.0, 2000.0)]}
    osm = osm_tables.tables([], lines)
    return evidence.streets_of(osm.streets, osm.street_points)


def test_distances_to_streets_by_hand(streets):
    table = points([("a", (500.0, 60.0)), ("b", (30.0, 500.0)), ("c", (500.0, 400.0))])
    table["address"] = ["一曼街1号", "Red Army St 5", "一曼街3号"]
    found = evidence.by_streets(table, "address", streets)
    distances = dict(zip(found.matches["row"], found.matches["wgs84_m"], strict=True))
    assert distances == pytest.approx({2: 60.0, 3: 30.0, 4: 400.0}, abs=0.5)
    agrees = dict(zip(found.matches["row"], found.agrees["wgs84"], strict=True))
    assert agrees == {2: True, 3: True, 4: False}
    assert found.kind == "streets"
    assert found.matches["east_m"].isna().all()


def test_rows_of_one_street_that_lie_together_count_once(streets):
    table = points([(f"{i}", (500.0 + i, 60.0)) for i in range(5)] + [("far", (1900.0, 0.0))])
    table["address"] = "一曼街1号"
    assert len(evidence.by_streets(table, "address", streets).matches) == 2


def test_a_shift_along_a_street_agrees_with_both(streets):
    table = points([("a", (500.0, 0.0))])
    table["address"] = "一曼街1号"
    found = evidence.by_streets(table, "address", streets)
    north = found.matches["gcj02_m"][0]
    assert north == pytest.approx(213, abs=5)  # the eastern part of the shift runs along the street
    assert not found.agrees["gcj02"][0]


def test_no_address_names_a_street(streets):
    table = points([("a", (500.0, 0.0))]).assign(address=None)
    assert evidence.by_streets(table, "address", streets).matches.empty


def test_streets_in_several_ways_are_one():
    osm = osm_tables.tables([], {"一曼街": [(0.0, 0.0), (100.0, 0.0)]})
    more = osm.street_points.assign(street=1, lon=osm.street_points["lon"] + 0.1)
    names = pd.DataFrame({"name": ["一曼街", "一曼街"]})
    found = evidence.streets_of(names, pd.concat([osm.street_points, more], ignore_index=True))
    assert list(found.lines) == ["一曼街"]
    assert shapely.length(found.lines["一曼街"]) == pytest.approx(200.0, rel=1e-3)
    assert np.isfinite(found.scale).all()
