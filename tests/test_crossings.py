"""The two sides of main roads: small towns worked out on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from cfc_gis import crossings, profiles
from cfc_gis.access.walk import Walk
from cfc_gis.crossings import KINDS
from cfc_gis.network import WalkNetwork
from tests.test_network import here, town

FOOT, PRIMARY = {"highway": "footway"}, {"highway": "primary"}
ONE_WAY = {"highway": "primary", "oneway": "yes"}

# A primary road from west to east, 1 - 2 - 3; footways meet it in the middle from the north (4) and the south (5).
ROAD = {1: (0, 0), 2: (500, 0), 3: (1000, 0), 4: (500, 300), 5: (500, -300)}


def road(tags: Mapping[str, str] = PRIMARY, middle: Mapping[str, str] | None = None) -> WalkNetwork:
    return town(ROAD, ([1, 2, 3], tags), ([4, 2, 5], FOOT), tagged={2: middle} if middle else None)


def way(
    net: WalkNetwork, home: Sequence[float], school: Sequence[float], who: str = "age6_8.summer"
) -> tuple[float, float, float]:
    """Return minutes, metres and crossings of the quickest way between two places."""
    at = net.snap(here((home[0], home[1]), (school[0], school[1])))
    walk = Walk(crossings.build(net))
    ways = walk.minutes(profiles.profile(who)).search(at.of(np.array([1])), np.array([0])).ways(at.of(np.array([0])))
    return float(ways.cost[0]), float(ways.metres[0]), float(ways.crossings[0])


def test_a_main_road_has_two_sides_and_a_footway_one() -> None:
    links = crossings.build(road())
    assert links.n_nodes == 8  # one on each side of the road, at the junction and where the road leaves the data
    assert np.bincount(links.edge[links.kind == 0]).tolist() == [2, 2, 1, 1]
    assert [KINDS[i] for i in links.kind[links.kind > 0]] == ["presumed", "presumed"]  # over the arm to either side
    assert links.metres[links.kind > 0].tolist() == [0.0, 0.0]


# 600 m at 1 m/s are 10 minutes. Signals: (120 - 30)^2 / 240 = 33.75 s. A gap for 14 m at 1 m/s and 3 s among 1,000
# vehicles an hour would take 384 s to come: the longest wait of 90 s counts, half of it where the crossing is marked.
@pytest.mark.parametrize(
    ("middle", "minutes"),
    [
        ({"highway": "traffic_signals"}, 10 + 33.75 / 60),
        ({"highway": "crossing", "crossing": "traffic_signals"}, 10 + 33.75 / 60),
        ({"highway": "crossing", "crossing": "zebra"}, 10 + 0.75),
        ({"highway": "crossing"}, 10 + 0.75),
        ({"highway": "crossing", "crossing": "unmarked"}, 10 + 1.5 + 3.0),  # and 3 minutes that it puts the child off
        (None, 10 + 1.5),
    ],
)
def test_crossing_a_main_road_takes_its_wait(middle: Mapping[str, str] | None, minutes: float) -> None:
    assert way(road(middle=middle), (500, 300), (500, -300)) == (pytest.approx(minutes), pytest.approx(600.0), 1)


def test_a_street_that_is_no_main_road_is_crossed_freely() -> None:
    assert way(road({"highway": "tertiary"}), (500, 300), (500, -300)) == (pytest.approx(10.0), pytest.approx(600.0), 0)


def test_a_small_road_leaves_gaps() -> None:
    """Two lanes of a secondary road: 7 m and 3 s at 1 m/s among 600 vehicles an hour take 15.8 s to come.

    A marked crossing takes half of it; where nothing is mapped there may as well be signals: 33.75 s.
    """
    wait = (np.exp(10 / 6) - 10 / 6 - 1) * 6
    assert wait == pytest.approx(15.8, abs=0.05)
    small = {"highway": "secondary", "lanes": "2"}
    minutes, *_ = way(road(small, {"highway": "crossing"}), (500, 300), (500, -300))
    assert minutes == pytest.approx(10 + wait / 2 / 60)
    unmarked = road(small, {"highway": "crossing", "crossing": "unmarked"})
    assert way(unmarked, (500, 300), (500, -300))[0] == pytest.approx(10 + wait / 60 + 1.0)
    assert way(road(small), (500, 300), (500, -300))[0] == pytest.approx(10 + 33.75 / 60)


def test_only_wary_children_are_put_off() -> None:
    unmarked = road(middle={"highway": "crossing", "crossing": "unmarked"})
    for who, speed in (("age3_5.summer", 0.8), ("age12_14.summer", 1.2)):
        assert way(unmarked, (500, 300), (500, -300), who)[0] == pytest.approx(600 / 60 / speed + 1.5)


def test_the_strict_variant_crosses_at_mapped_crossings_only() -> None:
    assert np.isnan(way(road(), (500, 300), (500, -300), "age6_8_strict.summer")[0])
    unmarked = road(middle={"highway": "crossing", "crossing": "unmarked"})
    assert np.isnan(way(unmarked, (500, 300), (500, -300), "age6_8_strict.summer")[0])
    marked = road(middle={"highway": "crossing", "crossing": "zebra"})
    assert way(marked, (500, 300), (500, -300), "age6_8_strict.summer")[0] == pytest.approx(10.75)


def test_turning_into_the_main_road_crosses_nothing() -> None:
    """From the footway in the north to a place on the north side of the road, and to one on its south side."""
    assert way(road(), (500, 300), (900, 20)) == (pytest.approx(720 / 60), pytest.approx(720.0), 0)
    assert way(road(), (500, 300), (900, -20)) == (pytest.approx(720 / 60 + 1.5), pytest.approx(720.0), 1)


def test_to_the_other_side_by_way_of_the_junction() -> None:
    """Home and school face each other, 100 m apart: 300 m to the junction, over it, 200 m back, and two legs of 20."""
    assert way(road(), (200, 20), (300, -20)) == (pytest.approx(540 / 60 + 1.5), pytest.approx(540.0), 1)
    assert way(road(), (200, 20), (300, 20)) == (pytest.approx(140 / 60), pytest.approx(140.0), 0)


def test_a_mapped_crossing_between_junctions_is_used() -> None:
    nodes = {**ROAD, 6: (250, 0)}
    net = town(nodes, ([1, 6, 2, 3], PRIMARY), ([4, 2, 5], FOOT), tagged={6: {"highway": "crossing"}})
    assert way(net, (200, 20), (300, -20)) == (pytest.approx(140 / 60 + 0.75), pytest.approx(140.0), 1)


def test_a_crossing_with_signals_away_from_junctions_is_crossed_there() -> None:
    """300 m along the road and 40 m to and from it; signals take 33.75 s. Signals for vehicles alone cross nobody."""
    nodes = {**ROAD, 6: (250, 0)}
    lit = {"highway": "crossing", "crossing": "traffic_signals"}
    net = town(nodes, ([1, 6, 2, 3], PRIMARY), ([4, 2, 5], FOOT), tagged={6: lit})
    assert way(net, (200, 20), (300, -20)) == (pytest.approx(140 / 60 + 33.75 / 60), pytest.approx(140.0), 1)
    net = town(nodes, ([1, 6, 2, 3], PRIMARY), ([4, 2, 5], FOOT), tagged={6: {"highway": "traffic_signals"}})
    assert way(net, (200, 20), (300, -20))[1] == pytest.approx(540.0)


def test_where_two_ways_of_one_road_meet_nobody_crosses() -> None:
    nodes = {**ROAD, 6: (250, 0)}
    net = town(nodes, ([1, 6], PRIMARY), ([6, 2, 3], PRIMARY), ([4, 2, 5], FOOT))
    assert way(net, (200, 20), (300, -20))[1] == pytest.approx(540.0)


def test_a_gate_on_the_very_line_is_reached_from_both_sides() -> None:
    assert way(road(), (200, 20), (300, 0))[1:] == (pytest.approx(120.0), 0)
    assert way(road(), (200, -20), (300, 0))[1:] == (pytest.approx(120.0), 0)


def test_signals_at_the_stop_line_count_for_the_junction() -> None:
    nodes = {**ROAD, 6: (475, 0)}
    net = town(nodes, ([1, 6, 2, 3], PRIMARY), ([4, 2, 5], FOOT), tagged={6: {"highway": "traffic_signals"}})
    assert way(net, (500, 300), (500, -300))[0] == pytest.approx(10 + 33.75 / 60)


# Two carriageways 20 m apart, traffic keeps right: eastward in the south (1-2-3), westward in the north (8-7-6).
# A street runs from the north (4) over both (7, 2) to the south (5).
DUAL = {**ROAD, 6: (0, 20), 7: (500, 20), 8: (1000, 20)}


def dual(middle: Mapping[str, str] | None = None) -> WalkNetwork:
    tagged = {2: middle, 7: middle} if middle else None
    return town(DUAL, ([1, 2, 3], ONE_WAY), ([8, 7, 6], ONE_WAY), ([4, 7, 2, 5], FOOT), tagged=tagged)


def test_nobody_walks_along_the_median() -> None:
    net = dual()
    assert crossings.medians(net).tolist() == [True] * 4 + [False] * 3
    links = crossings.build(net)
    assert np.bincount(links.edge[links.kind == 0]).tolist() == [1] * 7


def test_one_way_roads_that_run_the_same_way_are_no_dual_carriageway() -> None:
    net = town(DUAL, ([1, 2, 3], ONE_WAY), ([6, 7, 8], ONE_WAY), ([4, 7, 2, 5], FOOT))
    assert not crossings.medians(net).any()


def test_a_dual_carriageway_is_crossed_twice_and_waited_for_once() -> None:
    """Signals: 33.75 / 2 s at either half. Else each half has 3 lanes, 10.5 m, and half of the traffic."""
    minutes, metres, crossed = way(dual({"highway": "traffic_signals"}), (500, 300), (500, -300))
    assert (minutes, metres, crossed) == (pytest.approx(10 + 33.75 / 60), pytest.approx(600.0), 2)
    flow = 500 / 3600
    gap = (np.exp(13.5 * flow) - 13.5 * flow - 1) / flow
    assert gap < 90
    assert way(dual(), (500, 300), (500, -300))[0] == pytest.approx(10 + 2 * gap / 60)


def test_sides_of_a_dual_carriageway() -> None:
    """Home north of the northern carriageway, school south of the southern one: over both, by the street."""
    _, metres, crossed = way(dual(), (400, 40), (400, -20))
    assert (metres, crossed) == (pytest.approx(20 + 100 + 20 + 100 + 20), 2)


def test_a_ramp_is_no_place_to_cross() -> None:
    ramp = {"highway": "primary_link", "oneway": "yes"}
    net = town({**ROAD, 6: (700, 80)}, ([1, 2, 3], PRIMARY), ([2, 6], ramp))
    assert not (crossings.build(net).kind > 0).any()


def test_three_main_roads_that_meet_can_be_crossed() -> None:
    net = town(ROAD, ([1, 2, 3], PRIMARY), ([2, 5], {"highway": "secondary"}))
    links = crossings.build(net)
    assert (links.kind > 0).sum() == 3
    assert links.n_nodes == 3 + 3 * 2  # three sectors, and two sides at each end


def test_a_ring_road_and_a_road_to_itself() -> None:
    ring = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (200, 100)}
    links = crossings.build(town(ring, ([1, 2, 3, 4, 1], PRIMARY), ([3, 5], FOOT)))
    assert links.start.min() >= 0
    assert max(links.start.max(), links.end.max()) < links.n_nodes


def test_places_stand_on_their_side() -> None:
    net = road()
    links = crossings.build(net)
    at = net.snap(here((200, 20), (200, -20), (200, 0), (500, 200), (9000, 9000)))
    north, south = links.along[at.edge[0]]
    footway = links.along[at.edge[3], 0]
    assert links.beside(at).tolist() == [north, south, south, footway, -1]
    number, link = links.on_both_sides(at)
    assert number.tolist() == [0, 1, 2, 2, 3, 4]
    assert link.tolist() == [north, south, south, north, footway, -1]


def test_counts_name_every_kind() -> None:
    counts = crossings.build(road(middle={"highway": "crossing"})).counts()
    assert counts == {
        "crossings_signals": 0,
        "crossings_marked": 2,
        "crossings_unmarked": 0,
        "crossings_presumed": 0,
        "main_road_edges": 2,
        "main_road_edges_of_dual_carriageways": 0,
    }
