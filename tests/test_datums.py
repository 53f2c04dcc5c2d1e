import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from cfc_gis import coords, datums
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError

GEOD = Geod(ellps="WGS84")
SHIFTED = ("gcj02", "bd09")


def metres(lon, lat, lon2, lat2):
    return GEOD.inv(np.asarray(lon), np.asarray(lat), np.asarray(lon2), np.asarray(lat2))[2]


def moved(lon, lat, datum):
    """Metres east and north that a position in WGS 84 moves into a datum."""
    x, y = datums.from_wgs84(lon, lat, datum)
    east, north = coords.metres_per_degree(lat)
    return float((x - lon) * east), float((y - lat) * north)


# --- the formulas -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),  # Shanghai
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),  # Shenzhen
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),  # Beijing
    ],
)
def test_published_values_of_gcj02(wgs84, gcj02):
    """Test values of googollee/eviltransform (MIT), the best known collection of the public formula."""
    assert datums.from_wgs84(*wgs84, "gcj02") == pytest.approx(gcj02, abs=1e-12)
    assert datums.to_wgs84(*gcj02, "gcj02") == pytest.approx(wgs84, abs=1e-9)


def test_baidus_own_service_agrees_within_a_metre():
    """The answers of Baidu's conversion service for the example of its documentation (geoconv/v1, from 1 to 3 and 5).

    They were computed by the provider, not by the public formula: this is the test of the formula itself.
    """
    wgs84 = (114.21892734521, 29.575429778924)
    gcj02 = (114.22430528428819, 29.57284912109375)
    bd09 = (114.2307519546763, 29.57908428837437)
    assert metres(*datums.from_wgs84(*wgs84, "gcj02"), *gcj02) < 1
    assert metres(*datums.from_wgs84(*wgs84, "bd09"), *bd09) < 1
    assert metres(*datums.to_wgs84(*bd09, "bd09"), *wgs84) < 1


def test_the_origin_of_the_formula_by_hand():
    # At 105 E, 35 N all terms but the constants are 0: 300 m east, 100 m south, on the Krasovsky ellipsoid.
    a, e2, phi = 6378245.0, 0.00669342162296594323, math.radians(35)
    w = 1 - e2 * math.sin(phi) ** 2
    lon, lat = datums.from_wgs84(105.0, 35.0, "gcj02")
    assert lon - 105 == pytest.approx(math.degrees(300 / (a / math.sqrt(w) * math.cos(phi))), rel=1e-9)
    assert lat - 35 == pytest.approx(math.degrees(-100 / (a * (1 - e2) / w**1.5)), rel=1e-9)


def test_one_degree_east_of_the_origin_by_hand():
    # x = 1, y = 0: the waves of whole periods vanish, sin(pi/3), sin(pi/12) and sin(pi/30) stay.
    thirds = 40 * math.sin(math.pi / 3) + 150 * math.sin(math.pi / 12) + 300 * math.sin(math.pi / 30)
    east = 300 + 1 + 0.1 + 0.1 + 2 / 3 * thirds
    north = -100 + 2 + 0.2
    a, e2, phi = 6378245.0, 0.00669342162296594323, math.radians(35)
    w = 1 - e2 * math.sin(phi) ** 2
    lon, lat = datums.from_wgs84(106.0, 35.0, "gcj02")
    assert lon - 106 == pytest.approx(math.degrees(east / (a / math.sqrt(w) * math.cos(phi))), rel=1e-9)
    assert lat - 35 == pytest.approx(math.degrees(north / (a * (1 - e2) / w**1.5)), rel=1e-9)


def test_harbin_lies_where_it_is_known_to():
    assert moved(126.64, 45.75, "gcj02") == pytest.approx((470, 215), abs=15)
    assert moved(126.64, 45.75, "bd09") == pytest.approx((1010, 885), abs=40)


# --- there and back -----------------------------------------------------------------------------------------------


def test_round_trip_is_exact_and_quick():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(73.5, 135.05, 100_000), rng.uniform(18.0, 53.55, 100_000)
    seconds = []
    for _ in range(5):
        start = time.process_time()  # of this process: what else runs on the machine does not count
        x, y = datums.to_wgs84(*datums.from_wgs84(lon, lat, "gcj02"), "gcj02")
        seconds.append(time.process_time() - start)
    assert metres(lon, lat, x, y).max() < 0.002  # a fifth of the centimetre that is asked for
    assert min(seconds) < 0.2


@pytest.mark.parametrize("datum", datums.DATUMS)
@given(lon=st.floats(72.004, 137.8347), lat=st.floats(0.8293, 55.8271))
def test_there_and_back_to_the_edges_of_the_box(datum, lon, lat):
    assert metres(lon, lat, *datums.to_wgs84(*datums.from_wgs84(lon, lat, datum), datum)) < 0.002


@pytest.mark.parametrize("datum", datums.DATUMS)
@given(lon=st.floats(73.5, 135.05), lat=st.floats(18, 53.55))
def test_back_and_there(datum, lon, lat):
    assert metres(lon, lat, *datums.from_wgs84(*datums.to_wgs84(lon, lat, datum), datum)) < 0.002


@pytest.mark.parametrize("datum", SHIFTED)
@given(lon=st.floats(73.5, 135.05), lat=st.floats(18, 53.55))
def test_shifts_stay_below_their_known_size(datum, lon, lat):
    shift = metres(lon, lat, *datums.from_wgs84(lon, lat, datum))
    assert 0 < shift < {"gcj02": 720, "bd09": 1600}[datum]


# --- where --------------------------------------------------------------------------------------------------------

PLACES = {
    "Paris": (2.35, 48.85), "New York": (-74.01, 40.71), "Tokyo": (139.69, 35.69), "Sydney": (151.21, -33.87),
    "the origin": (0.0, 0.0), "the north pole": (0.0, 90.0), "the south pole": (180.0, -90.0),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("datum", datums.DATUMS)
def test_nothing_moves_outside_the_box(place, datum):
    assert datums.from_wgs84(*PLACES[place], datum) == PLACES[place]
    assert datums.to_wgs84(*PLACES[place], datum) == PLACES[place]


@pytest.mark.parametrize(
    "place", [(114.17, 22.30), (113.54, 22.19), (121.56, 25.03), (122.35, 53.56), (73.6, 39.3), (109.5, 18.2)]
)
def test_hong_kong_macau_taipei_and_the_ends_of_the_mainland_are_shifted(place):
    for datum in SHIFTED:
        assert metres(*place, *datums.from_wgs84(*place, datum)) > 100


def test_wgs84_is_left_bit_by_bit():
    lon, lat = np.array([126.6000001, 116.4]), np.array([45.75, 39.9])
    x, y = datums.to_wgs84(lon, lat, "wgs84")
    assert (x == lon).all()
    assert (y == lat).all()


# --- what comes in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", datums.DATUMS)
def test_missing_in_missing_out(datum):
    for convert in (datums.from_wgs84, datums.to_wgs84):
        lon, lat = convert([126.6, math.nan, 126.6], [math.nan, 45.7, 45.7], datum)
        assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [True, True, False]


@pytest.mark.parametrize("position", [(math.inf, 45.7), (126.6, -math.inf), (45.7, 126.6), (4551234.0, 5067000.0)])
def test_fault_32_positions_off_the_map_are_refused(position):
    for convert in (datums.from_wgs84, datums.to_wgs84):
        with pytest.raises(UserError) as caught:
            convert([126.6, position[0]], [45.7, position[1]], "gcj02")
        assert caught.value.key == "positions_off_map"
        assert caught.value.facts["rows"] == "1"


def test_shapes_are_kept_and_inputs_left_alone():
    lon, lat = np.full((2, 3), 126.6), np.full((2, 3), 45.7)
    x, y = datums.from_wgs84(lon, lat, "bd09")
    assert x.shape == y.shape == (2, 3)
    assert (lon == 126.6).all()
    assert datums.from_wgs84(126.6, 45.7, "bd09")[0] == x[0, 0]
    assert [each.shape for each in datums.to_wgs84([], [], "gcj02")] == [(0,), (0,)]


def test_an_unknown_datum_is_refused():
    with pytest.raises(ChoiceUnknown, match="wgs84, gcj02, bd09"):
        datums.to_wgs84(126.6, 45.7, "GCJ02")


# --- a table ------------------------------------------------------------------------------------------------------


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "lon": [126.6, 126.6, 126.6, math.nan],
            "lat": [45.7, 45.7, 45.7, 45.7],
            "source": ["amap", "baidu", None, "amap"],
            "id": ["01", "02", "03", "04"],
        },
        index=[2, 3, 4, 5],
    )


def test_each_group_is_converted_as_declared_and_counted(table):
    before = table.copy()
    done = datums.convert(table, {"amap": "gcj02", "baidu": "bd09", "": "wgs84"}, group="source")
    pd.testing.assert_frame_equal(table, before)
    assert done.table.loc[4, ["lon", "lat"]].tolist() == [126.6, 45.7]
    for row, datum in ((2, "gcj02"), (3, "bd09")):
        assert done.table.loc[row, ["lon", "lat"]].tolist() == [float(x) for x in datums.to_wgs84(126.6, 45.7, datum)]
    assert math.isnan(done.table.loc[5, "lon"])
    assert done.table["datum_given"].tolist() == ["gcj02", "bd09", "wgs84", "gcj02"]
    assert done.table["lon_given"].tolist()[:3] == [126.6] * 3
    assert done.table["id"].tolist() == table["id"].tolist()
    assert done.counts.drop(columns="metres").to_numpy().tolist() == [
        ["", "wgs84", 1, 0, 0],
        ["amap", "gcj02", 2, 1, 1],
        ["baidu", "bd09", 1, 1, 0],
    ]
    assert done.counts["metres"].round().tolist()[1:] == [507, 1326]
    assert math.isnan(done.counts["metres"][0])


def test_one_datum_for_all(table):
    done = datums.convert(table, "gcj02")
    assert done.counts[["group", "rows", "moved"]].to_numpy().tolist() == [["", 4, 3]]


def test_a_table_is_not_converted_twice(table):
    done = datums.convert(table, "gcj02")
    with pytest.raises(UserError) as caught:
        datums.convert(done.table, "gcj02")
    assert caught.value.key == "datum_converted_before"


@pytest.mark.parametrize(
    ("declared", "facts"),
    [
        ({"amap": "gcj02"}, {"missing": "“”, “baidu”", "unknown": "–"}),
        ({"amap": "gcj02", "baidu": "bd09", "": "wgs84", "tencent": "gcj02"}, {"missing": "–", "unknown": "“tencent”"}),
    ],
)
def test_every_group_must_be_declared_and_every_declared_group_must_occur(table, declared, facts):
    with pytest.raises(UserError) as caught:
        datums.convert(table, declared, group="source")
    assert facts.items() <= caught.value.facts.items()


def test_wrong_names_are_refused(table):
    with pytest.raises(ChoiceUnknown):
        datums.convert(table, {"amap": "gcj-02", "baidu": "bd09", "": "wgs84"}, group="source")
    with pytest.raises(ChoiceUnknown, match="source"):
        datums.convert(table, {"amap": "gcj02"}, group="来源")
    with pytest.raises(TableFault):
        datums.convert(table.rename(columns={"lon": "lng"}), "gcj02")


def test_fault_32_a_table_with_a_row_off_the_map_is_refused_by_its_row(table):
    table.loc[3, "lat"] = 457.0
    with pytest.raises(UserError) as caught:
        datums.convert(table, "gcj02")
    assert caught.value.facts == {"count": 1, "rows": "3"}


def test_nothing_is_shifted_that_was_right(shared_data):
    """Must show: with the sources declared, the rows that are WGS 84 keep every bit."""
    table = pd.read_csv(shared_data / "poi-mixed-datum.csv").rename(columns={"lng": "lon"})
    done = datums.convert(table, {"amap": "gcj02", "baidu": "wgs84"}, group="source")
    right = table["source"] == "baidu"
    pd.testing.assert_frame_equal(done.table.loc[right, ["lon", "lat"]], table.loc[right, ["lon", "lat"]])
    assert done.counts[["group", "rows", "moved"]].to_numpy().tolist() == [["amap", 500, 500], ["baidu", 500, 0]]
    assert done.counts["metres"][0] == pytest.approx(510, abs=10)


def test_a_declared_bd09_table_converts(shared_data):
    """Must show: ``universities-bd09.csv`` converts once its datum is declared."""
    done = datums.convert(pd.read_csv(shared_data / "universities-bd09.csv"), "bd09")
    assert done.counts[["rows", "moved", "missing"]].to_numpy().tolist() == [[80, 80, 0]]
    assert done.counts["metres"][0] == pytest.approx(1340, abs=60)
