"""Slopes of a network: exact on a plane, Tobler's figures on paper, bridges straight, noise limited and counted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from cfc_gis.geotiff import Grid
from cfc_gis.network import WalkNetwork
from cfc_gis.slope import bridges_and_tunnels, slopes, speed_ratio
from cfc_gis.sources.terrain import Terrain
from tests.test_network import X0, Y0, town

FOOTWAY, BRIDGE = {"highway": "footway"}, {"highway": "footway", "bridge": "yes"}
CELL = 10.0


def ground(height: Callable[[float, float], float], size: float = 1000.0) -> Terrain:
    """Elevation model of a function of metres east and north of the corner, at the centres of cells."""
    east = np.arange(-CELL * 5 + CELL / 2, size, CELL)
    rows = np.array([[height(x, y) for x in east] for y in east[::-1]], dtype=float)
    bounds = (X0 + east[0] - CELL / 2, Y0 + east[0] - CELL / 2, X0 + east[-1] + CELL / 2, Y0 + east[-1] + CELL / 2)
    return Terrain(Grid(rows, bounds, bounds, CRS("EPSG:4551"), None, {}, {}), {}, {})


def tobler(slope: float) -> float:
    """Return the ratio to level ground, as written by hand."""
    return math.exp(-3.5 * abs(slope + 0.05)) / math.exp(-3.5 * 0.05)


def street(*metres: float, tags: dict[str, str] = FOOTWAY) -> WalkNetwork:
    """One straight way east, with a node at each distance."""
    return town({i: (x, 0.0) for i, x in enumerate(metres)}, (list(range(len(metres))), tags))


def ways(*tags: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"osm_id": [f"w{i}" for i in range(len(tags))], "tags": list(tags)})


def test_toblers_figures_on_paper() -> None:
    """Best at 5 % down, 1.191 of level; 10 % up 0.705; 10 % down as level; 20 % up 0.497, 20 % down 0.705."""
    found = speed_ratio(np.array([-0.05, 0.0, 0.1, -0.1, 0.2, -0.2, np.nan]))
    assert found[:6].round(3).tolist() == [1.191, 1.0, 0.705, 1.0, 0.497, 0.705]
    assert np.isnan(found[6])
    # The published function in km/h at 0 and at -5 %: 5.04 and 6 (Tobler 1993).
    assert 5.04 * speed_ratio(np.array([-0.05]))[0] == pytest.approx(6.0, abs=0.01)


@pytest.mark.parametrize("slope", [0.0, 0.05, 0.1, -0.05, -0.12, 0.39])
def test_an_inclined_plane_is_exact(slope: float) -> None:
    found = slopes(street(0, 400), ground(lambda x, _: 100 + slope * x))
    assert found.forward_factor == pytest.approx([1 / tobler(slope)], rel=1e-9)
    assert found.backward_factor == pytest.approx([1 / tobler(-slope)], rel=1e-9)
    assert found.counts["pieces"] == 14  # 400 m in pieces of at most 30 m
    assert found.counts["edges_limited"] == found.counts["pieces_unknown"] == 0
    assert found.known.tolist() == [1.0]


def test_a_way_across_the_slope_is_level_and_a_crooked_one_follows_the_ground() -> None:
    """North along a plane that rises east: level. A corner of 300 m east and 300 m north: half of it climbs."""
    plane = ground(lambda x, _: 0.1 * x)
    north = town({1: (50.0, 0.0), 2: (50.0, 600.0)}, ([1, 2], FOOTWAY))
    assert slopes(north, plane).forward_factor == pytest.approx([1.0])
    corner = town({1: (0.0, 0.0), 2: (300.0, 0.0), 3: (300.0, 300.0)}, ([1, 2, 3], FOOTWAY))
    assert corner.length_m == pytest.approx([600.0], abs=1e-3)
    found = slopes(corner, plane)
    assert found.forward_factor == pytest.approx([(1 / tobler(0.1) + 1) / 2], rel=1e-6)
    assert found.backward_factor == pytest.approx([(1 / tobler(-0.1) + 1) / 2], rel=1e-6)


def test_up_and_down_again_is_not_level() -> None:
    """A ridge of 10 % up and down has level ends, and yet takes the mean of both times."""
    ridge = slopes(street(0, 300, 600), ground(lambda x, _: 0.1 * (300 - abs(x - 300))))
    assert ridge.counts["edges"] == 1
    # One cell of 10 m at the top is rounded off by the model.
    assert ridge.forward_factor == pytest.approx([(1 / tobler(0.1) + 1 / tobler(-0.1)) / 2], rel=0.01)


def test_noise_is_limited_and_counted() -> None:
    """A step of 50 m between two centres is a slope of 5: it counts as 0.4."""
    found = slopes(street(0, 30), ground(lambda x, _: 50.0 * (x > 15)))
    assert found.forward_factor == pytest.approx([1 / tobler(0.4)])
    assert found.backward_factor == pytest.approx([1 / tobler(-0.4)])
    assert (found.counts["edges_limited"], found.counts["pieces_limited"]) == (1, 1)


def test_unknown_heights_count_as_level_and_are_counted() -> None:
    net = town({1: (0, 0), 2: (300, 0), 3: (600, 0), 4: (300, 90)}, ([1, 2, 3], FOOTWAY), ([2, 4], FOOTWAY))
    found = slopes(net, ground(lambda x, _: 0.1 * x if x < 350 else float("nan")))
    first, second = np.flatnonzero(net.edge_way == "w0")  # in the order of the way
    assert found.forward_factor[first] == pytest.approx(1 / tobler(0.1))
    # 300 m in ten pieces: the second begins 30 m before the gap, so that one piece of ten is known.
    assert found.known[second] == pytest.approx(0.1)
    assert found.forward_factor[second] == pytest.approx(0.1 / tobler(0.1) + 0.9)
    assert found.counts["pieces_unknown"] == 9
    assert (found.counts["edges_unknown"], found.counts["edges_partly_unknown"]) == (0, 1)
    assert found.counts["nodes_unknown"] == 1
    far = slopes(street(5000, 5300), ground(lambda *_: 0.0))
    assert (far.counts["edges_unknown"], far.forward_factor.tolist(), far.known.tolist()) == (1, [1.0], [0.0])


def valley(x: float, y: float) -> float:
    """A river bed of 20 m depth from 200 to 400 m, with a bank that is 10 m higher beyond."""
    return 100.0 if x < 200 else (80.0 if x < 400 else 110.0)


BANKS = {1: (0, 0), 2: (150, 0), 3: (450, 0), 4: (600, 0)}


def test_a_bridge_runs_straight_from_bank_to_bank() -> None:
    """300 m from 100 to 110 m: a slope of 1 in 30, where the ground falls by 20 m."""
    net = town(BANKS, ([1, 2], FOOTWAY), ([2, 3], BRIDGE), ([3, 4], FOOTWAY))
    streets = ways(FOOTWAY, BRIDGE, FOOTWAY)
    aloft = bridges_and_tunnels(net, streets)
    assert aloft.tolist() == [way == "w1" for way in net.edge_way]
    found = slopes(net, ground(valley), aloft)
    assert found.forward_factor[aloft] == pytest.approx([1 / tobler(10 / 300)], rel=1e-6)
    assert found.counts["edges_off_ground"] == 1
    assert slopes(net, ground(valley)).counts["pieces_limited"] > 0  # without it, a fall of 20 m


def test_a_node_on_a_bridge_lies_on_the_bridge() -> None:
    """A signal in the middle of the bridge cuts it in two: both halves keep the slope of the whole."""
    nodes = BANKS | {5: (250, 0)}
    net = town(nodes, ([1, 2], FOOTWAY), ([2, 5, 3], BRIDGE), ([3, 4], FOOTWAY), tagged={5: {"highway": "crossing"}})
    aloft = bridges_and_tunnels(net, ways(FOOTWAY, BRIDGE, FOOTWAY))
    found = slopes(net, ground(valley), aloft)
    assert aloft.sum() == 2
    assert found.forward_factor[aloft] == pytest.approx([1 / tobler(10 / 300)] * 2, rel=1e-6)
    middle = net.node_id.tolist().index(5)
    assert found.node_height[middle] == pytest.approx(100 + 10 * 100 / 300)


def test_a_bridge_that_hangs_on_nothing_known_is_unknown() -> None:
    nodes = BANKS | {5: (250, 0)}
    net = town(nodes, ([1, 2], FOOTWAY), ([2, 5, 3], BRIDGE), ([3, 4], FOOTWAY), tagged={5: {"highway": "crossing"}})
    aloft = bridges_and_tunnels(net, ways(FOOTWAY, BRIDGE, FOOTWAY))
    found = slopes(net, ground(lambda *_: float("nan")), aloft)
    assert found.counts["edges_unknown"] == found.counts["edges"]
    assert np.isnan(found.node_height).all()
    assert found.forward_factor.tolist() == [1.0] * 4


def test_tunnels_leave_the_ground_and_passages_through_buildings_do_not() -> None:
    kinds = [{"tunnel": "yes"}, {"tunnel": "building_passage"}, {"bridge": "viaduct"}, {"bridge": "no"}, {}]
    tags = [FOOTWAY | kind for kind in kinds]
    net = town({1: (0, 0), 2: (100, 0)}, *(([1, 2], each) for each in tags))
    aloft = bridges_and_tunnels(net, ways(*tags))
    assert dict(zip(net.edge_way, aloft.tolist(), strict=True)) == {
        "w0": True, "w1": False, "w2": True, "w3": False, "w4": False
    }  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.35, 0.35), st.floats(-0.35, 0.35), st.floats(0.3, 3))
def test_the_way_back_is_the_way_there_on_the_opposite_plane(east: float, north: float, length: float) -> None:
    net = town({1: (0, 0), 2: (100 * length, 60.0)}, ([1, 2], FOOTWAY))
    up = slopes(net, ground(lambda x, y: east * x + north * y, size=400))
    down = slopes(net, ground(lambda x, y: -east * x - north * y, size=400))
    np.testing.assert_allclose(up.forward_factor, down.backward_factor, rtol=1e-9)
    np.testing.assert_allclose(up.backward_factor, down.forward_factor, rtol=1e-9)
    least = 1 / tobler(-0.05)
    assert (up.forward_factor >= least - 1e-12).all()
