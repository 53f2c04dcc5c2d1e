"""School districts: the assigned school against the nearest, on cases worked out on paper."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

import cfc_gis as cfc
from cfc_gis.access import catchments

SCHOOLS = pd.DataFrame({
    "facility_id": ["w1", "w2", "w3", "w4", "w5"], "name": ["第一小学", "第二小学", "第三中学", "双名小学", "双名小学"],
    "category": ["primary_school", "nine_year_school", "junior_school", "primary_school", "primary_school"],
})  # fmt: skip
PRIMARY = ("primary_school", "nine_year_school")


def _homes(*x: float) -> gpd.GeoDataFrame:
    ids = [f"o{n}" for n in range(len(x))]
    return gpd.GeoDataFrame({"origin_id": ids}, geometry=[Point(each, 5) for each in x], crs=4551)


def _zones(*rows: tuple[str, float, float]) -> gpd.GeoDataFrame:
    shapes = [box(west, 0, east, 10) for _, west, east in rows]
    return gpd.GeoDataFrame({"school": [name for name, *_ in rows]}, geometry=shapes, crs=4551)


def test_schools_by_name_and_id_and_what_stays_unmatched() -> None:
    """o0 lies in the first zone, o1 in two, o2 in that of a junior school, o3 in that of a name that two bear."""
    zones = _zones(
        ("第一小学", 0, 20), ("w2", 10, 20), ("第三中学", 20, 30), ("双名小学", 30, 40), ("查无此校", 40, 50)
    )
    found = catchments.assign(_homes(5, 15, 25, 35), zones, SCHOOLS, PRIMARY)
    assert [tuple(pair) for pair in found.pairs.to_numpy()] == [("o0", "w1"), ("o1", "w1"), ("o1", "w2")]
    assert found.unmatched == ("双名小学", "查无此校")


def test_ways_on_paper() -> None:
    pairs = pd.DataFrame({"origin_id": ["a", "b", "b", "c"], "facility_id": ["s", "s", "t", "t"],
                          "metres": [700.0, 400.0, 300.0, np.nan]})  # fmt: skip
    found = catchments.compare(pd.Series({"a": 100.0, "b": 300.0, "c": 50.0, "d": 80.0}), pairs)
    assert found["extra_m"].tolist()[:2] == [600.0, 0.0]
    assert found["extra_m"].isna().tolist() == [False, False, True, True]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5000)), min_size=1, max_size=12))
def test_row_order_changes_nothing_and_nothing_is_nearer_than_the_nearest(
    rows: list[tuple[str, float]],
) -> None:
    pairs = pd.DataFrame(rows, columns=["origin_id", "metres"]).assign(facility_id="s")
    nearest = pairs.groupby("origin_id")["metres"].min() / 2
    found = catchments.compare(nearest, pairs)
    pd.testing.assert_frame_equal(found, catchments.compare(nearest, pairs.iloc[::-1]))
    assert (found["extra_m"] >= 0).all()


def test_on_the_network_the_nearest_school_is_no_farther_and_all_others_are() -> None:
    """Every home of the sample town is assigned to one school: those it is nearest to lose nothing."""
    result = cfc.Study.sample().run("summer")
    table = result.facilities
    school = table[(table["category"] == "primary_school") & table["evidence"].isin(["strong", "confirmed"])].iloc[0]
    pairs = result.origins[["origin_id"]].assign(facility_id=school["facility_id"])
    found = catchments.measure(result.walk, result.places, pairs, PRIMARY)
    reached = found.dropna()
    assert len(reached) > 0.9 * len(found)
    assert (reached["extra_m"] == 0).any()
    assert (reached["extra_m"] > 500).any()
    same = reached["extra_m"] < 1e-6
    np.testing.assert_allclose(reached.loc[same, "assigned_m"], reached.loc[same, "nearest_m"])
