"""Neighbourhoods and origins: who lives where, and nobody twice."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import neighbourhoods
from cfc_gis.errors import UserError

REGION = shapely.box(0, 0, 5000, 5000)


def objects(*rows: tuple[str, dict[str, str], shapely.Geometry]) -> gpd.GeoDataFrame:
    ids, tags, shapes = zip(*rows, strict=True)
    names = [each.get("name") for each in tags]
    return gpd.GeoDataFrame({"osm_id": ids, "name": names, "tags": list(tags)}, geometry=list(shapes), crs="EPSG:4551")


HOME = {"landuse": "residential"}
TOWN = (
    ("w1", {**HOME, "name": "甲小区"}, shapely.box(0, 0, 200, 200)),
    ("w2", {"building": "apartments"}, shapely.box(10, 10, 60, 20)),
    ("w3", {"building": "yes", "building:levels": "18"}, shapely.box(10, 50, 60, 60)),
    ("w4", {"building": "yes", "shop": "mall"}, shapely.box(10, 80, 60, 90)),
    ("w5", {"building": "school"}, shapely.box(10, 100, 60, 110)),
    ("w6", HOME, shapely.box(1000, 1000, 1300, 1200)),
    ("w7", {"building": "yes"}, shapely.box(2000, 2000, 2050, 2010)),
    ("w8", {"building": "house"}, shapely.box(2010, 2100, 2020, 2110)),
    ("w9", {"building": "apartments"}, shapely.box(9000, 9000, 9050, 9010)),
)


def test_floor_area_by_hand() -> None:
    """500 m2 x 7 levels assumed, 500 m2 x 18 tagged; the shop and the school are no homes."""
    table = neighbourhoods.find(objects(*TOWN), REGION).neighbourhoods.set_index("neighbourhood_id")
    assert table.loc["w1", "floor_m2"] == pytest.approx(500 * 7 + 500 * 18)
    assert table.loc["w1", "floor_low_m2"] == pytest.approx(500 * 6 + 500 * 18)
    assert table.loc["w1", "floor_high_m2"] == pytest.approx(500 * 9 + 500 * 18)
    assert table.loc["w1", "cover"] == pytest.approx(1000 / 40_000)


def test_a_compound_without_a_mapped_home_has_no_floor_area_yet_and_points_all_over() -> None:
    """300 x 200 m, a point every 100 m on the grid: the inner ones are 1100, 1200 by 1100."""
    found = neighbourhoods.find(objects(*TOWN), REGION)
    assert found.neighbourhoods.set_index("neighbourhood_id")["floor_m2"].isna()["w6"]
    points = found.origins[found.origins["neighbourhood_id"] == "w6"]
    assert points.geometry.to_wkt().tolist() == ["POINT (1100 1100)", "POINT (1200 1100)"]
    assert points["weight"].tolist() == [0.5, 0.5]


def test_homes_outside_every_compound_are_gathered_in_cells() -> None:
    """The house counts one level; `building=yes` outside residential land is no home; what lies outside is left out."""
    found = neighbourhoods.find(objects(*TOWN), REGION)
    cells = found.neighbourhoods[found.neighbourhoods["neighbourhood_id"].str.startswith("g")]
    assert cells["neighbourhood_id"].tolist() == ["g8_8"]
    assert cells["floor_m2"].tolist() == [100.0]
    assert cells.geometry.iloc[0].bounds == (2000, 2000, 2250, 2250)
    assert found.counts["homes_outside_compounds"] == 1


def test_a_cell_ends_where_a_compound_begins() -> None:
    """The compound takes the western 100 m of the square from 0 to 250; the home stands east of it."""
    rows = (
        ("w1", HOME, shapely.box(0, 0, 100, 250)),
        ("w2", {"building": "apartments"}, shapely.box(150, 10, 160, 20)),
    )
    cells = neighbourhoods.find(objects(*rows), REGION).neighbourhoods.set_index("neighbourhood_id").loc[["g0_0"]]
    assert cells.geometry.iloc[0].bounds == (100, 0, 250, 250)


def test_a_home_in_two_compounds_belongs_to_the_smaller_and_land_counts_once() -> None:
    rows = (
        ("w1", HOME, shapely.box(0, 0, 400, 400)),
        ("w2", HOME, shapely.box(0, 0, 100, 100)),
        ("w3", {"building": "apartments"}, shapely.box(10, 10, 30, 30)),
    )
    table = neighbourhoods.find(objects(*rows), REGION).neighbourhoods.set_index("neighbourhood_id")
    assert table["area_m2"].to_dict() == {"w1": 150_000.0, "w2": 10_000.0}
    assert table["floor_m2"].isna().to_dict() == {"w1": True, "w2": False}


@pytest.mark.parametrize(
    ("tags", "levels"),
    [({"building:levels": "6;7"}, 6), ({"building:levels": "-3"}, 7), ({"building:levels": "many"}, 7),
     ({"building:levels": "900"}, 7), ({"height": "30 m"}, 10), ({"building:levels": "0.5"}, 1), ({}, 7)],
)  # fmt: skip
def test_levels_as_tagged(tags: dict[str, str], levels: float) -> None:
    rows = (("w1", {"building": "apartments", **tags}, shapely.box(0, 0, 10, 10)),)
    assert neighbourhoods.find(objects(*rows), REGION).neighbourhoods["floor_m2"].tolist() == [100.0 * levels]


def test_a_bow_tie_is_repaired_and_counted() -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found = neighbourhoods.find(objects(("w1", HOME, bow)), REGION)
    assert found.counts["repaired_compounds"] == 1
    assert found.neighbourhoods["area_m2"].tolist() == [5000.0]


def test_nowhere_to_live_is_an_error() -> None:
    with pytest.raises(UserError, match="nowhere to start walking"):
        neighbourhoods.find(objects(("w1", {"landuse": "forest"}, shapely.box(0, 0, 9, 9))), REGION)


@given(st.permutations(TOWN))
def test_the_order_of_rows_changes_nothing(rows: list[tuple[str, dict[str, str], shapely.Geometry]]) -> None:
    want, found = neighbourhoods.find(objects(*TOWN), REGION), neighbourhoods.find(objects(*rows), REGION)
    assert want.neighbourhoods.equals(found.neighbourhoods)
    assert want.origins.equals(found.origins)


def test_weights_of_every_neighbourhood_add_up_to_one() -> None:
    origins = neighbourhoods.find(objects(*TOWN), REGION).origins
    assert origins.groupby("neighbourhood_id")["weight"].sum().tolist() == pytest.approx([1.0, 1.0, 1.0])
