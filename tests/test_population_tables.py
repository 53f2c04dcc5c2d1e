"""A table of children by neighbourhood: every fault at its row, every row matched or set aside with a reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from cfc_gis.errors import CrsMissing, TableFault
from cfc_gis.population import by_raster, by_table, checked_table, estimate, match_table, set_aside
from tests.test_population import CENSUS, homes
from tests.test_population_rasters import inside, weights

HOMES = gpd.GeoDataFrame(
    {"neighbourhood_id": ["w1", "w2", "w3", "w4"], "name": ["甲小区", "乙小区", "乙小区", None]},
    geometry=[box(0, 0, 10, 10), box(20, 0, 30, 10), box(40, 0, 50, 10), box(2, 2, 4, 4)],
    crs="EPSG:4551",
)


def table(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=object)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("children_6_11", "children_6_11"), ("6-11岁", "children_6_11"), ("6～11 岁", "children_6_11"),
        ("６—１１岁", "children_6_11"), ("0至2岁", "children_0_2"), ("3~5岁儿童", "children_3_5"),
        ("Children_12_14", "children_12_14"),
    ],
)  # fmt: skip
def test_headers_as_they_come(header: str, column: str) -> None:
    found = checked_table(pd.DataFrame({"小区 名称": ["甲小区"], header: ["12"]}), "a.csv")
    assert found.columns.tolist() == ["name", column]
    assert found[column].tolist() == [12]


def test_numbers_as_text_and_empty_cells() -> None:
    found = checked_table(
        table(neighbourhood_id=["w1", 7.0, "w3"], children_3_5=["12", "", None], children_6_11=[3, 4.5, " 6 "]), "a.csv"
    )
    assert found["neighbourhood_id"].tolist() == ["w1", "7", "w3"]
    assert found["children_3_5"].fillna(-1).tolist() == [12, -1, -1]
    assert found["children_6_11"].tolist() == [3, 4.5, 6]


def test_fault_41_every_wrong_cell_at_its_row() -> None:
    bad = table(
        name=["甲", "", "丙", "丁", "戊"],
        population=["100", "50", "9", "80", "很多"],
        children_3_5=["-3", "1", "10", "inf", "2"],
        children_6_11=["x", "2", "20", "3", "4"],
    )
    bad.index = pd.Index([2, 3, 4, 5, 6])
    with pytest.raises(TableFault) as caught:
        checked_table(bad, "儿童.xlsx")
    faults = {(one.key, one.row, one.column) for one in caught.value.facts["report"].of("error")}
    assert faults == {
        ("figure_not_number", 6, "population"),
        ("figure_not_number", 5, "children_3_5"),
        ("figure_negative", 2, "children_3_5"),
        ("figure_not_number", 2, "children_6_11"),
        ("children_nameless", 3, None),
        ("figures_children", 4, "population"),
    }
    said = caught.value.text("zh")
    assert "儿童.xlsx" in said
    assert "“很多”" in said
    assert "negative" not in said


def test_thousands_and_rows_of_sums() -> None:
    rows = pd.DataFrame({"小区": ["甲小区", "合 计"], "3～5周岁（人）": ["1,200", "#SUM"]}, index=[3, 4], dtype=object)
    assert checked_table(rows, "a.csv")["children_3_5"].to_dict() == {3: 1200}


def test_ids_stand_once() -> None:
    with pytest.raises(TableFault) as caught:
        checked_table(table(neighbourhood_id=["w1", "w1", None], name=["a", "b", "c"], children_0_2=[1, 2, 3]), "a.csv")
    (fault,) = caught.value.facts["report"].of("error")
    assert (fault.key, fault.row, fault.facts["main"]) == ("children_twice", 1, 0)


def test_missing_columns_are_named_with_what_is_understood() -> None:
    for columns in ({"小区名称": ["甲"]}, {"6-11岁": [1]}, {"foo": [1]}):
        with pytest.raises(TableFault) as caught:
            checked_table(pd.DataFrame(columns), "a.csv")
        assert caught.value.key == "children_columns"
        assert "小区名称" in caught.value.text("zh")


def test_geometry_needs_a_crs() -> None:
    places = gpd.GeoDataFrame({"children_0_2": [1]}, geometry=[Point(1, 1)])
    with pytest.raises(CrsMissing):
        checked_table(places, "a.geojson")


def test_rows_are_matched_by_id_then_name() -> None:
    rows = checked_table(
        table(
            neighbourhood_id=["w2", None, None, "x9", None],
            name=["甲小区", " 甲 小区", "乙小区", "甲小区二期", "丙小区"],
            children_3_5=[1, 2, 3, 4, 5],
        ),
        "a.csv",
    )
    found = match_table(rows, HOMES)
    assert found.rows["how"].tolist() == ["id", "name", "ambiguous_name", "unknown", "unknown"]
    assert found.rows["neighbourhood_id"].fillna("-").tolist() == ["w2", "w1", "-", "-", "-"]
    assert found.children["children_3_5"].fillna(-1).tolist() == [2, 1, -1, -1]
    assert found.counts == {
        "rows_ambiguous_name": 1, "rows_id": 1, "rows_name": 1, "rows_unknown": 2, "neighbourhoods_matched": 2,
        "neighbourhoods_unmatched": 2,
    }  # fmt: skip


def test_points_lie_in_the_smallest_neighbourhood_and_add_up() -> None:
    points = [Point(3, 3), Point(8, 8), Point(9, 9), Point(25, 5), Point(100, 100)]
    places = gpd.GeoDataFrame({"children_6_11": [1, 10, 20, 30, 40]}, geometry=points, crs="EPSG:4551")
    rows = checked_table(places.to_crs("EPSG:4326"), "a.gpkg")
    found = match_table(rows, HOMES)
    assert found.rows["neighbourhood_id"].fillna("-").tolist() == ["w4", "w1", "w1", "w2", "-"]
    assert found.children["children_6_11"].fillna(-1).tolist() == [30, 30, -1, 1]


def test_polygons_match_the_most_land_and_at_least_half() -> None:
    drawn = [box(1, 1, 11, 11), box(28, 0, 42, 10), box(26, 0, 44, 10)]
    rows = checked_table(gpd.GeoDataFrame({"children_6_11": [1, 2, 4]}, geometry=drawn, crs="EPSG:4551"), "a.gpkg")
    # The second shares a fifth of two compounds, the third four tenths of each: neither is one of them.
    assert match_table(rows, HOMES).rows["how"].tolist() == ["geometry", "unknown", "unknown"]


def test_several_rows_of_one_name_are_set_aside_all_of_them() -> None:
    rows = checked_table(table(name=["甲小区", "甲小区"], children_0_2=[1, 2]), "a.csv")
    found = match_table(rows, HOMES)
    assert found.rows["how"].tolist() == ["repeated", "repeated"]
    assert found.children["children_0_2"].isna().all()


def test_every_row_that_is_not_used_is_told_with_its_number() -> None:
    words = table(name=["甲小区", "乙小区", "丙小区", "甲 小区"], children_0_2=[1, 2, 3, 4])
    words.index = pd.Index([3, 4, 5, 7])
    rows = checked_table(words, "a.csv")
    told = [(one.key, one.severity, one.row, one.found) for one in set_aside(match_table(rows, HOMES), rows)]
    assert told == [
        ("children_repeated", "warning", 3, "甲小区"),
        ("children_ambiguous_name", "warning", 4, "乙小区"),
        ("children_unknown", "warning", 5, "丙小区"),
        ("children_repeated", "warning", 7, "甲 小区"),
    ]


def test_a_table_goes_before_floor_area_and_raster_where_it_tells_something() -> None:
    """A: 1,000 people in two compounds, 60 of 6-11. The table gives the first 45 of 6-11 and no other band."""
    district = pd.Series(["A", "A", "B", None])
    floor = estimate(
        homes((1, 1, 0.3), (1, 1, 0.3), (1, 1, 0.3), (1, 1, 0.3)), district, pd.Series({"A": 1.0, "B": 1.0}), CENSUS
    )
    seen = by_raster(floor, district, weights(10, 30, 5, 5), inside(), CENSUS)
    for default, before in ((floor, 30.0), (seen, 15.0)):
        rows = checked_table(table(name=["甲小区"], children_6_11=["45"]), "a.csv")
        found = by_table(default, match_table(rows, HOMES), district)
        assert found.neighbourhoods["children_6_11"].fillna(-1).tolist() == [45, 60 - before, 250, -1]
        assert found.neighbourhoods["population_source"].iloc[0] == "table"
        assert found.neighbourhoods["children_3_5"].equals(default.neighbourhoods["children_3_5"])
        assert found.neighbourhoods["population"].equals(default.neighbourhoods["population"])
        row = found.districts.loc["A"]
        assert row["children_6_11"] == 60 - before + 45
        assert row[["table_neighbourhoods", "table_children", "estimated_children"]].tolist() == [1, 45, before]
        assert row["population_rule"] == "census"
        assert found.districts.loc["B", "children_6_11"] == 250
    assert found.counts["neighbourhoods_table"] == 1


def test_residents_of_the_table_move_the_total_and_say_so() -> None:
    district = pd.Series(["A", "A", "B", None])
    default = estimate(homes(*[(1, 1, 0.3)] * 4), district, pd.Series({"A": 1.0, "B": 1.0}), CENSUS)
    rows = checked_table(table(name=["甲小区"], population=[700], children_6_11=[710 - 10]), "a.csv")
    found = by_table(default, match_table(rows, HOMES), district)
    row = found.districts.loc["A", ["population_low", "population", "population_high", "population_rule"]]
    assert row.tolist() == [1200, 1200, 1200, "table"]
    assert found.districts.loc["B", "population_rule"] == "census"
    assert found.counts["neighbourhoods_with_more_children_than_people"] == 1  # other bands come from the estimate


def test_outside_the_census_the_table_still_counts() -> None:
    district = pd.Series([None, "A", "A", "A"])
    default = estimate(homes(*[(1, 1, 0.3)] * 4), district, pd.Series({"A": 1.0}), CENSUS)
    rows = checked_table(table(name=["甲小区"], children_0_2=[8]), "a.csv")
    found = by_table(default, match_table(rows, HOMES), district)
    assert found.neighbourhoods["children_0_2"].iloc[0] == 8
    assert np.isnan(found.neighbourhoods["population"].iloc[0])
    assert found.neighbourhoods["population_source"].iloc[0] == "table"


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 500)), min_size=4, max_size=4))
def test_districts_are_the_sum_of_their_neighbourhoods(children: list[float | None]) -> None:
    district = pd.Series(["A", "A", "B", "B"])
    default = estimate(homes(*[(3, 1, 0.3)] * 4), district, pd.Series({"A": 1.0, "B": 0.5}), CENSUS)
    rows = checked_table(table(neighbourhood_id=HOMES["neighbourhood_id"].tolist(), children_6_11=children), "a.csv")
    found = by_table(default, match_table(rows, HOMES), district)
    sums = found.neighbourhoods.groupby(district)["children_6_11"].sum()
    np.testing.assert_allclose(found.districts["children_6_11"], sums, rtol=1e-9, atol=1e-9)
    told = [value is not None for value in children]
    assert (found.neighbourhoods["population_source"] == "table").tolist() == told


@pytest.mark.parametrize(("told", "share", "rule"), [(100, 100 / 600, "census"), (499, 499 / 999, "census"),
                                                     (501, 501 / 1001, "table")])  # fmt: skip
def test_a_district_is_of_the_table_only_where_it_gives_most_of_its_people(told: int, share: float, rule: str) -> None:
    """A: 1,000 people, 500 in each of two compounds, of which the table tells of the first."""
    district = pd.Series(["A", "A", "B", None])
    default = estimate(homes(*[(1, 1, 0.3)] * 4), district, pd.Series({"A": 1.0, "B": 1.0}), CENSUS)
    rows = checked_table(table(name=["甲小区"], population=[told], children_6_11=[1]), "a.csv")
    found = by_table(default, match_table(rows, HOMES), district)
    assert found.districts.loc["A", "table_share"] == pytest.approx(share)
    assert found.districts.loc["A", "population_rule"] == rule
    assert found.districts.loc["B", "table_share"] == 0
    assert found.counts["people_in_table"] == told
    assert found.counts["districts_by_table"] == (rule == "table")
