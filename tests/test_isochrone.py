"""Isochrones: streets worked out on paper, any small town, and the real city."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis import crossings, profiles, routing, schema
from cfc_gis.access import reach
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.isochrone import Around, children_of, isochrones, unit_at
from cfc_gis.access.measure import Places
from cfc_gis.access.reach import areas
from cfc_gis.access.walk import Surface, Walk
from cfc_gis.errors import ChoiceUnknown, UserError
from cfc_gis.network import CLASSES, WalkNetwork
from cfc_gis.walking import Choices
from tests.results import real, sample
from tests.test_crossings import FOOT, PRIMARY, dual, road
from tests.test_network import CRS, X0, Y0, here, town
from tests.test_walking import hill

STREET = town({1: (0, 0), 2: (3000, 0)}, ([1, 2], {"highway": "residential"}))
Home = tuple[str, float, float, float]  # neighbourhood, x, y, share of its children
EVERYWHERE = {"level": "city", "unit_code": None}
UNITS = pd.DataFrame({"neighbourhood_id": ["a", "b"], "district_code": ["230102", None]})


def places(
    net: WalkNetwork,
    *homes: Home,
    gates: Sequence[tuple[float, float]] = ((1000, 0),),
    sites: Sequence[Any] = (),
    children: Sequence[float] = (40.0, 10.0),
) -> Places:
    """Homes, and a primary school with gates; or other sites as category, evidence, season and place.

    Of each neighbourhood the children aged 6 to 11 are given; half as many are 3 to 5.
    """
    rows = sites or [("primary_school", "strong", "all", gates)]
    origins = gpd.GeoDataFrame(
        {"neighbourhood_id": [home[0] for home in homes], "weight": [home[3] for home in homes]},
        geometry=here(*(home[1:3] for home in homes)),
        crs=CRS,
    )
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [f"s{i}" for i in range(len(rows))],
            "category": [row[0] for row in rows],
            "evidence": [row[1] for row in rows],
            "season": [row[2] for row in rows],
            "entrances": [[(X0 + x, Y0 + y) for x, y in row[3]] for row in rows],
        },
        geometry=here(*(row[3][0] for row in rows)),
        crs=CRS,
    )
    ids = pd.Series(sorted({home[0] for home in homes}), dtype="str")
    bands = pd.DataFrame(0.0, index=ids.index, columns=list(schema.BANDS))
    bands["children_6_11"] = np.resize(children, len(ids))
    bands["children_3_5"] = bands["children_6_11"] / 2
    at, border = net.snap(origins.geometry.to_numpy()), np.full(len(homes), 1e6)
    return Places(ids, bands, origins, at, border, facilities, snap_entrances(net, facilities))


def drawn(
    net: WalkNetwork, gate: tuple[float, float], minutes: Sequence[float], who: str = "age6_8.summer", **walk: Any
) -> list[shapely.Geometry]:
    """Areas from which one walks to a gate."""
    surface = Walk(crossings.build(net), **walk).minutes(profiles.profile(who))
    where = places(net, ("a", 0, 0, 1.0), gates=[gate])
    return areas(surface, Around.facility(where, 0).search(surface), minutes)


def holds(area: shapely.Geometry, *spots: tuple[float, float]) -> list[bool]:
    return shapely.covers(area, here(*spots)).tolist()


# --- who is inside ----------------------------------------------------------------------------------------------------

# A school at 1,000 m on the street. At 1 m/s ten minutes are 600 m, the 20 m from home to the street among them: homes
# at 430 m (590 m away), 410 m (610 m) and 1,100 m (120 m). `a` has the first two, `b` the third.
HOMES: tuple[Home, ...] = (("a", 430, 20, 0.25), ("a", 410, 20, 0.75), ("b", 1100, -20, 1.0))


def counted(
    *homes: Home, net: WalkNetwork = STREET, who: str = "age6_8.summer", minutes: Sequence[float] = (5, 10, 15)
) -> pd.DataFrame:
    where = places(net, *homes)
    children = children_of(where, UNITS, EVERYWHERE)
    walk = Walk(crossings.build(net))
    found = isochrones(walk, where, Around.facility(where, 0), children, profiles.profile(who), minutes)
    assert found.crs == CRS
    return found.set_index("minutes")


def test_children_are_counted_home_by_home() -> None:
    """5 minutes: `b`. 10 minutes: and a quarter of `a`. 15 minutes: all."""
    found = counted(*HOMES)
    assert found["children_6_11"].tolist() == pytest.approx([10.0, 10 + 0.25 * 40, 50.0])
    assert found["children_3_5"].tolist() == pytest.approx([5.0, 10.0, 25.0])
    assert found["children"].tolist() == pytest.approx([15.0, 30.0, 75.0])
    assert found["children_0_2"].tolist() == [0.0, 0.0, 0.0]
    assert found["share"].tolist() == pytest.approx([0.2, 0.4, 1.0])
    assert found["homes"].tolist() == [1, 2, 3]
    assert (found["children_least"] == found["children"]).all()
    assert (found["children_most"] == found["children"]).all()


def test_who_takes_just_so_long_is_inside() -> None:
    assert counted(("a", 420, 20, 1.0))["homes"].tolist() == [0, 1, 1]


def test_winter_has_a_range() -> None:
    """A cleared street of 540 m and 20 m off it: 9.37 minutes at the low end, 9.91 in the middle, 10.45 at the high."""
    street = town({1: (0, 0), 2: (3000, 0)}, ([1, 2], {"highway": "tertiary"}))
    found = counted(("a", 460, 20, 1.0), net=street, who="age6_8.winter", minutes=[9.4, 10, 10.5]).to_dict("list")
    assert found["children_most"] == pytest.approx([60.0, 60.0, 60.0])
    assert found["children"] == pytest.approx([0.0, 60.0, 60.0])
    assert found["children_least"] == pytest.approx([0.0, 0.0, 60.0])


def test_children_whom_nobody_estimated_are_said_to_be_missing() -> None:
    where = places(STREET, *HOMES, children=[40.0, np.nan])
    children = children_of(where, UNITS, EVERYWHERE)
    walk = Walk(crossings.build(STREET))
    found = isochrones(walk, where, Around.facility(where, 0), children, profiles.profile("age6_8.summer"), [15])
    assert found[["children", "homes", "homes_unknown"]].to_numpy().tolist() == [[60.0, 3, 1]]


def test_the_share_is_that_of_the_unit() -> None:
    where, walk = places(STREET, *HOMES), Walk(crossings.build(STREET))
    for code, share in (("230102", 0.25), ("230104", np.nan)):
        children = children_of(where, UNITS, {"level": "district", "unit_code": code})
        who = profiles.profile("age6_8.summer")
        found = isochrones(walk, where, Around.facility(where, 0), children, who, [10])
        assert found["share"].tolist() == pytest.approx([share], nan_ok=True)


def test_the_smallest_unit_around_a_place() -> None:
    units = gpd.GeoDataFrame(
        {"level": ["city", "district", "subdistrict"], "unit_code": list("abc"), "unit_name": ["市", "区", "街道"]},
        geometry=[shapely.box(0, 0, 9, 9), shapely.box(0, 0, 5, 5), shapely.box(0, 0, 2, 2)],
        crs=CRS,
    )
    found = [unit_at(units, shapely.Point(x, x))["unit_code"] for x in (1, 3, 7)]
    assert found == ["c", "b", None]


def test_around_a_neighbourhood_its_own_children_and_facilities_count() -> None:
    """From `b` at 1,100 m a school is 120 m away; the nearer home of `a` 670 m and twice the 20 m off the street."""
    sites = [
        ("primary_school", "strong", "all", [(1000, 0)]),
        ("nine_year_school", "confirmed", "all", [(1700, 0)]),
        ("primary_school", "presumed", "all", [(1100, 0)]),
        ("culture", "strong", "winter", [(1100, 0)]),
    ]
    where = places(STREET, *HOMES, sites=sites)
    children = children_of(where, UNITS, EVERYWHERE)
    walk, who = Walk(crossings.build(STREET)), profiles.profile("age6_8.summer")
    found = isochrones(walk, where, Around.neighbourhood(where, "b"), children, who, [0.1, 5, 12])
    assert found["children_6_11"].tolist() == pytest.approx([10.0, 10.0, 20.0])
    assert found["n_primary_school"].tolist() == [0, 1, 2]
    assert found["n_junior_school"].tolist() == [0, 0, 1]
    assert found["n_culture"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("minutes", [[], [0.0], [5.0, -1.0], [np.inf], [np.nan]])
def test_minutes_are_finite_and_above_nothing(minutes: list[float]) -> None:
    with pytest.raises(UserError, match="above 0"):
        counted(*HOMES, minutes=minutes)


# --- where it is ------------------------------------------------------------------------------------------------------


def test_one_straight_street() -> None:
    """A place x m along the street and y m off it counts where |x| + |y| <= 600 and |y| <= 150.

    Of that area, 4 x (450 x 150 + 150 x 150 / 2) = 315,000 m2. Of the street 1,200 m are reached.
    """
    surface = Walk(crossings.build(STREET)).minutes(profiles.profile("age6_8.summer"))
    where = places(STREET, ("a", 0, 0, 1.0))
    field = Around.facility(where, 0).search(surface)
    parts = routing.reached_parts(field, 10.0)
    assert ((parts.end - parts.start) * surface.graph.metres[parts.edge]).sum() == pytest.approx(1200.0)
    (area,) = areas(surface, field, [10.0])
    assert area.geom_type == "Polygon"
    assert area.area == pytest.approx(315_000, rel=0.01)
    west, south, east, north = area.bounds
    assert [west - X0, east - X0] == pytest.approx([400, 1600], abs=0.5)
    assert [south - Y0, north - Y0] == pytest.approx([-150, 150], abs=0.5)
    assert holds(area, (1000, 145), (1440, 145), (1540, 45)) == [True] * 3
    assert holds(area, (1000, 155), (1475, 145), (1575, 45)) == [False] * 3


def test_the_piece_from_the_gate_to_the_street_is_walked_too() -> None:
    """A gate 60 m off the street: 540 m are left along it."""
    (area,) = drawn(STREET, (1000, 60), [10.0])
    assert [area.bounds[0] - X0, area.bounds[2] - X0] == pytest.approx([460, 1540], abs=0.5)


def test_what_is_nearer_to_a_street_that_is_not_reached_is_not_drawn() -> None:
    """Two streets 80 m apart that do not meet: the area ends half-way between."""
    net = town({1: (0, 0), 2: (2000, 0), 3: (0, 80), 4: (2000, 80)}, ([1, 2], FOOT), ([3, 4], FOOT))
    (area,) = drawn(net, (1000, 0), [10.0])
    assert holds(area, (1000, 38), (800, 38), (1000, 42), (800, 42), (1000, 80)) == [True, True, False, False, False]


@pytest.mark.parametrize("gate", [(700.0, 20.0), (700.0, -20.0)])
def test_a_road_that_nobody_may_cross_bounds_the_area(gate: tuple[float, float]) -> None:
    """The school lies on one side of a primary road; a strict child crosses nowhere, another one at the junction."""
    y = gate[1]
    strict, free = (drawn(road(), gate, [15.0], who)[0] for who in ("age6_8_strict.summer", "age6_8.summer"))
    assert holds(strict, (800, 2 * y), (800, 0.1 * y), (800, -0.1 * y), (800, -2 * y)) == [True, True, False, False]
    assert holds(free, (800, 2 * y), (600, -2 * y)) == [True, True]


def test_a_dual_carriageway_is_drawn_across_its_median_and_no_farther() -> None:
    """Nobody waits less than it takes to cross: of the other carriageway nothing is reached in 4 minutes."""
    net = dual()
    (area,) = drawn(net, (700, -20), [3.0])
    assert holds(area, (760, -30), (760, 3), (760, 17), (760, 40)) == [True, True, False, False]


def test_one_way_up_the_stairs() -> None:
    """Stairs that can only be walked up: the school above is reached from below, and nothing below from above."""
    net = town({1: (0, 0), 2: (500, 0), 3: (2000, 0)}, ([1, 2], FOOT), ([2, 3], {"highway": "steps"}))
    links = crossings.build(net)
    minutes = links.metres / 60
    up, down = minutes.copy(), minutes.copy()
    down[net.edge_class[links.edge] == CLASSES.index("steps")] = np.inf
    graph = routing.Graph(links.n_nodes, links.start, links.end, links.metres, up, down)
    surface = Surface(links, graph, 1 / 60)
    where = places(net, ("a", 800, 20, 1.0), gates=[(800, 0)])
    into = areas(surface, Around.facility(where, 0).search(surface), [10.0])[0]
    out = areas(surface, Around.neighbourhood(where, "a").search(surface), [10.0])[0]
    assert [into.bounds[0] - X0, into.bounds[2] - X0] == pytest.approx([200, 800], abs=1.0)
    assert [out.bounds[0] - X0, out.bounds[2] - X0] == pytest.approx([800, 1380], abs=1.0)


def test_uphill_is_slower_than_downhill() -> None:
    """A street that rises by 10 %: to a school in its middle one walks farther from above than from below."""
    (area,) = drawn(STREET, (1500, 0), [10.0], slopes=hill(0.1))
    up, down = (60 / (np.exp(3.5 * (abs(s + 0.05) - 0.05))) for s in (0.1, -0.1))
    assert [1500 - (area.bounds[0] - X0), area.bounds[2] - X0 - 1500] == pytest.approx([10 * up, 10 * down], abs=1.0)


def test_the_cold_bounds_the_area() -> None:
    """The longest time outdoors is 5 minutes in winter: 15 minutes reach no farther."""
    walk = {"choices": Choices(longest_cold_min=5.0)}
    five, fifteen = drawn(STREET, (1500, 0), [5.0, 15.0], "age6_8.winter", **walk)
    assert five.equals(fifteen)
    assert five.bounds[2] - X0 - 1500 == pytest.approx(5 / (1 / 60 + 0.002), abs=0.5)


def test_small_holes_are_filled_and_large_ones_are_not() -> None:
    """Blocks of 380 m and of 500 m a side: inside are 80 x 80 and 200 x 200 m that lie farther than 150 m off."""
    for side, filled in ((380, True), (500, False)):
        net = town({1: (0, 0), 2: (side, 0), 3: (side, side), 4: (0, side)}, ([1, 2, 3, 4, 1], FOOT))
        (area,) = drawn(net, (0, 0), [60.0])
        assert holds(area, (side / 2, side / 2)) == [filled]
        assert bool(shapely.get_num_interior_rings(area)) != filled


def test_nothing_is_drawn_where_nothing_is_reached() -> None:
    assert [area.is_empty for area in drawn(STREET, (1000, 900), [5.0, 10.0])] == [True, True]  # off the network
    assert drawn(STREET, (1000, 240), [3.0])[0].is_empty  # the piece to the street takes 4 minutes


def test_streets_drawn_twice_do_no_harm() -> None:
    """Two ways over one another, and a third that is off by less than a point can be told apart."""
    nodes = {1: (0, 0), 2: (900, 0), 3: (0, 0), 4: (900, 0), 5: (0, 1e-6), 6: (900, -1e-6)}
    net = town(nodes, ([1, 2], FOOT), ([3, 4], FOOT), ([5, 6], FOOT), ([1, 3], FOOT))
    (area,) = drawn(net, (450, 0), [3.0])
    assert area.is_valid
    assert area.area > 0


# --- any small town ---------------------------------------------------------------------------------------------------

spots = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda at: (50.0 * at[0], 50.0 * at[1]))


@st.composite
def towns(draw: st.DrawFn) -> WalkNetwork:
    """Some ways between places of a lattice, footways and main roads; they may cross, and lie upon one another."""
    at = draw(st.lists(spots, min_size=3, max_size=8, unique=True))
    nodes = dict(enumerate(at, start=1))
    kinds = st.sampled_from([FOOT, FOOT, PRIMARY, {"highway": "steps"}])
    refs = st.lists(st.sampled_from(list(nodes)), min_size=2, max_size=4, unique=True)
    ways = draw(st.lists(st.tuples(refs, kinds), min_size=1, max_size=6))
    return town(nodes, *ways)


@settings(max_examples=40, deadline=None)
@given(towns(), spots, st.lists(st.floats(0.2, 20.0), min_size=2, max_size=3))
def test_areas_are_valid_lie_in_each_other_and_grow_with_time(
    net: WalkNetwork, gate: tuple[float, float], minutes: list[float]
) -> None:
    homes = [("a", x, y, 1 / 25) for x in range(0, 625, 125) for y in range(0, 625, 125)]
    where = places(net, *homes, gates=[gate])
    children = children_of(where, UNITS, EVERYWHERE)
    walk, who = Walk(crossings.build(net)), profiles.profile("age6_8.winter")
    for around in (Around.facility(where, 0), Around.neighbourhood(where, "a")):
        found = isochrones(walk, where, around, children, who, minutes)
        assert found["minutes"].tolist() == sorted(set(minutes))
        assert found.is_valid.all()
        for name in ("children", "children_least", "children_most", "homes", "share"):
            assert (np.diff(found[name]) >= -1e-9).all()
        assert (np.diff(found["area_m2"]) >= -0.01).all()
        assert (found["children_least"] <= found["children"]).all()
        assert (found["children"] <= found["children_most"]).all()
        for inner, outer in zip(found.geometry[:-1], found.geometry[1:], strict=True):
            assert inner.difference(outer).area < 0.01


# --- the sample town and the real city --------------------------------------------------------------------------------


def test_a_result_draws_isochrones_around_either_kind_of_place() -> None:
    result = sample()
    school = result.isochrone(facility_id="样例第三小学", season="winter")
    home = result.isochrone(neighbourhood_id="w552", minutes=[10])
    assert school["minutes"].tolist() == [5, 10, 15]
    assert "n_primary_school" not in school
    assert home["n_primary_school"].item() >= 0
    assert school.crs == result.neighbourhoods.crs
    own = result.neighbourhoods.set_index("neighbourhood_id").loc["w552", list(schema.BANDS)].sum()
    assert home["children"].item() >= own
    assert set(school["level"]) == {"subdistrict"}


def test_a_result_wants_one_place_that_it_knows() -> None:
    with pytest.raises(UserError, match="facility_id or neighbourhood_id"):
        sample().isochrone()
    with pytest.raises(UserError, match="facility_id or neighbourhood_id"):
        sample().isochrone(facility_id="w519", neighbourhood_id="w552")
    with pytest.raises(ChoiceUnknown, match="样例第三小学"):
        sample().isochrone(facility_id="样例第三小")


def test_children_inside_agree_with_the_access_table() -> None:
    """With one primary school in the data, those within its circle of ten minutes are those of the circles table."""
    result = sample()
    schools = result.facilities[result.facilities["category"].isin(["primary_school", "nine_year_school"])]
    schools = schools[schools["evidence"].isin(schema.PROVEN)]
    walk, who = result.walk, profiles.profile("age6_8.winter")
    children = children_of(result.places, result.neighbourhoods, EVERYWHERE)
    surface = walk.minutes(who)
    inside = np.zeros(len(result.origins), dtype=bool)
    for row in np.flatnonzero(result.facilities["facility_id"].isin(schools["facility_id"])):
        field = Around.facility(result.places, row).search(surface)
        inside |= field.at(surface.origins(result.places.at)).cost <= 10.0
    circles = result.circles.query("standard_id == 'primary_school.circle10min' and profile == 'age6_8.winter'")
    share = circles.set_index("neighbourhood_id")["share_within"]
    counted = (result.neighbourhoods.set_index("neighbourhood_id")["children_6_11"] * share).sum()
    assert children.loc[inside, "children_6_11"].sum() == pytest.approx(counted)


def test_any_profile_can_be_measured() -> None:
    result = sample()
    usual = result.measure("primary_school", "age6_8.winter")
    table = result.access.query("category == 'primary_school' and profile == 'age6_8.winter'")
    pd.testing.assert_frame_equal(usual, table.reset_index(drop=True))
    for name in ("age6_8_strict.winter", "age6_8_wheelchair.winter", "age6_8.winter_stress"):
        other = result.measure("primary_school", name)
        schema.check(other, schema.ACCESS)
        assert set(other["profile"]) <= {name}
        assert (other["share_within"] <= usual["share_within"] + 1e-9).all()
        assert not other["minutes"].lt(usual["minutes"] - 1e-9).any()
    with pytest.raises(ChoiceUnknown):
        result.measure("primary_school", "age6_8")


@pytest.mark.real_data
def test_on_the_real_city_areas_and_counts_agree(extract_path: Path) -> None:
    """Around 20 facilities: homes near a street lie in the area if, and almost only if, they are counted."""
    result = real(extract_path, "winter")
    who = profiles.profile("age6_8.winter")
    surface, at = result.walk.minutes(who), result.places.at
    points = result.origins.geometry.to_numpy()
    counted = covered = both = near = 0
    for row in np.random.default_rng(20240409).choice(len(result.facilities), 20, replace=False):
        field = Around.facility(result.places, int(row)).search(surface)
        minutes = field.at(surface.origins(at)).cost
        for limit, area in zip((5, 10, 15), areas(surface, field, [5, 10, 15]), strict=True):
            assert area.is_valid
            inside, drawn_in = minutes <= limit, shapely.covers(area, points)
            counted += int((inside & (at.leg_m <= reach.WIDTH_M)).sum())
            near += int((inside & drawn_in & (at.leg_m <= reach.WIDTH_M)).sum())
            covered, both = covered + int(drawn_in.sum()), both + int((inside & drawn_in).sum())
    assert counted > 200
    assert near / counted > 0.995
    assert both / covered > 0.97
