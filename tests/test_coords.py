import math

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
