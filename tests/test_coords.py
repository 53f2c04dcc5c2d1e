import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from cfc_gis import coords
from cfc_gis.errors import UserError


@pytest.mark.parametrize(
    ("bounds", "epsg"),
    [
        ((126.5061, 45.6579, 126.7719, 45.8309), 4551),  # central Harbin
        ((125.7, 44.0, 130.2, 46.7), 32652),  # the municipality: wider than a strip
        ((116.0, 39.6, 116.8, 40.2), 4548),  # Beijing, CM 117E
        ((121.2, 31.0, 121.9, 31.5), 4550),  # Shanghai: 121.55 lies nearer to 123 than to 120
        ((73.5, 39.0, 73.9, 39.4), 4534),  # westernmost: the first strip, not one before it
        ((135.6, 48.0, 136.0, 48.4), 4554),  # easternmost
        ((2.2, 48.8, 2.5, 48.9), 32631),  # Paris
        ((-58.6, -34.7, -58.3, -34.5), 32721),  # Buenos Aires
        ((179.0, 10.0, 180.0, 11.0), 32660),
    ],
)
def test_choice(bounds, epsg):
    assert coords.projected_crs(bounds).to_epsg() == epsg


@pytest.mark.parametrize(
    "bounds",
    [
        (126.8, 45.6, 126.5, 45.8),
        (math.nan, 45.6, 126.5, 45.8),
        (45.6, 126.5, 45.8, 126.8),
        (-math.inf, 0.0, math.inf, 1.0),
    ],
)
def test_bounds_off_the_map_are_refused(bounds):
    with pytest.raises(UserError) as caught:
        coords.projected_crs(bounds)
    assert caught.value.key == "bounds_invalid"
    assert "–" in caught.value.text("zh")


@given(west=st.floats(73, 132.9), south=st.floats(18, 53), width=st.floats(0.01, 3.0), height=st.floats(0.01, 1.0))
def test_lengths_in_china_are_true_to_a_thousandth(west, south, width, height):
    bounds = (west, south, west + width, south + height)
    crs = coords.projected_crs(bounds)
    assert "CGCS2000" in crs.name
    to_metres = Transformer.from_crs(CRS.from_epsg(4490), crs, always_xy=True)
    for lon in (bounds[0], bounds[2]):
        (x0, y0), (x1, y1) = to_metres.transform(lon, south), to_metres.transform(lon, south + 0.01)
        true = Geod(ellps="GRS80").inv(lon, south, lon, south + 0.01)[2]
        assert math.hypot(x1 - x0, y1 - y0) == pytest.approx(true, rel=2e-3)


@given(lat=st.floats(-80, 80), lon=st.floats(-180, 179))
def test_lengths_of_a_degree_are_those_of_the_ellipsoid(lon, lat):
    east, north = (float(each) for each in coords.metres_per_degree(lat))
    geod = Geod(ellps="WGS84")
    assert east * 0.01 == pytest.approx(geod.inv(lon, lat, lon + 0.01, lat)[2], rel=1e-5)
    assert north * 0.01 == pytest.approx(geod.inv(lon, lat - 0.005, lon, lat + 0.005)[2], rel=1e-5)


HARBIN = (125.6, 44.0, 130.3, 46.8)


def kinds(*positions, **options):
    lon, lat = zip(*positions, strict=True)
    return [(fault.kind, fault.rows) for fault in coords.coordinate_faults(lon, lat, **options)]


def test_fault_30_swapped_coordinates_are_told_with_their_rows():
    assert kinds((126.6, 45.7), (45.7, 126.6), (45.8, 126.7), region=HARBIN, rows=[2, 3, 4]) == [("swapped", (3, 4))]
    (fault,) = coords.coordinate_faults([45.7], [126.6], rows=["A7"])
    assert fault.stops
    assert "look swapped" in fault.text("en")
    assert "颠倒" in fault.text("zh")
    assert "A7" in fault.text("zh")


def test_fault_30_where_longitude_passes_for_latitude_only_the_region_tells():
    # Kashgar: both numbers could be either; the box of China decides
    assert kinds((39.5, 76.0)) == [("swapped", (0,))]
    assert kinds((76.0, 39.5)) == []


def test_fault_32_coordinates_off_the_map_stop_with_their_rows():
    rows = ((126.6, 45.7), (4551234.0, 5067000.0), (126.6, 457.0), (math.inf, 45.7), (-181.0, 45.7))
    assert kinds(*rows) == [("off_map", (1, 2, 3, 4))]
    (fault,) = coords.coordinate_faults(*zip(*rows, strict=True), rows=range(2, 7))
    assert fault.stops
    assert "(3, 4, 5, 6)" in fault.text("en")
    assert "（行 3, 4, 5, 6）" in fault.text("zh")


def test_fault_33_missing_coordinates_are_set_aside_and_counted():
    rows = ((math.nan, 45.7), (126.6, math.nan), (0.0, 0.0), (126.6, 45.7))
    assert kinds(*rows) == [("zero", (2,)), ("missing", (0, 1))]
    assert not any(fault.stops for fault in coords.coordinate_faults(*zip(*rows, strict=True)))


def test_rows_outside_the_region_are_shown_and_do_not_stop():
    (fault,) = coords.coordinate_faults([116.4, 126.6], [39.9, 45.7], HARBIN)
    assert (fault.kind, fault.rows, fault.stops) == ("outside", (0,), False)
    assert "125.600–130.300" in fault.text("en")


def test_many_rows_are_counted_and_the_first_shown():
    (fault,) = coords.coordinate_faults([45.7] * 300, [126.6] * 300)
    assert len(fault.rows) == 300
    assert "300 row(s) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and more)" in fault.text("en")


@given(st.lists(st.tuples(st.floats(allow_nan=True), st.floats(allow_nan=True)), min_size=1, max_size=20))
def test_each_row_has_one_fault_or_lies_in_the_region(positions):
    lon, lat = zip(*positions, strict=True)
    faulty = [row for fault in coords.coordinate_faults(lon, lat, HARBIN) for row in fault.rows]
    assert len(faulty) == len(set(faulty))
    west, south, east, north = HARBIN
    inside = {i for i, (x, y) in enumerate(positions) if west <= x <= east and south <= y <= north}
    assert inside.isdisjoint(faulty)
    assert len(inside) + len(faulty) == len(positions)


def test_positions_off_the_map_are_refused_by_name():
    table = pd.DataFrame({"lon": [126.6, 200.0], "lat": [45.7, 45.7]}, index=["a", "b"])
    with pytest.raises(UserError) as caught:
        coords.lon_lat(table)
    assert caught.value.facts == {"count": 1, "rows": "b"}
