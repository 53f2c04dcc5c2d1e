"""Edits: what each does to facilities, streets and homes, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import ValidationError

from cfc_gis import crossings, edits, network, people, profiles, schema
from cfc_gis.access.walk import Walk
from cfc_gis.edits import homes, official, places, streets
from cfc_gis.edits.kinds import KINDS
from cfc_gis.edits.sites import degrees, nearest_to_street
from cfc_gis.errors import UserError
from cfc_gis.network import Positions
from cfc_gis.walking import Choices
from tests import scenario_cases as cases

CRS = "EPSG:4551"
FOOT, PRIMARY = {"highway": "footway"}, {"highway": "primary"}
X0, Y0 = 500_000.0, 5_000_000.0


def town(nodes: dict[int, tuple[float, float]], *ways: tuple[list[int], dict[str, str]]) -> network.WalkNetwork:
    """A network of nodes in metres."""
    at = {number: degrees([(X0 + x, Y0 + y)], CRS)[0] for number, (x, y) in nodes.items()}
    rows = [(row, node, *at[node]) for row, (way, _) in enumerate(ways) for node in way]
    table = pd.DataFrame(
        {
            "osm_id": [f"w{row}" for row in range(len(ways))],
            "part": 0,
            "name": [tags.get("name") for _, tags in ways],
            "tags": [tags for _, tags in ways],
        }
    )
    return network.build(table, pd.DataFrame(rows, columns=["street", "node_id", "lon", "lat"]), crs=CRS)


def lon_lat(x: float, y: float) -> tuple[float, float]:
    return degrees([(X0 + x, Y0 + y)], CRS)[0]


def joined(net: network.WalkNetwork, *given: edits.Edit) -> network.WalkNetwork:
    joints = streets.Joints(net)
    for edit in given:
        streets.join(joints, edit, CRS)
    return joints.joined()


def place(net: network.WalkNetwork, x: float, y: float) -> Positions:
    return net.snap(np.array([shapely.Point(X0 + x, Y0 + y)]))


def way(
    net: network.WalkNetwork, start: tuple[float, float], end: tuple[float, float], who: str = "age6_8.summer"
) -> tuple[float, float]:
    """Minutes of the quickest way at 1 m/s, and metres of the shortest."""
    walk = Walk(crossings.build(net))
    who_walks = replace(profiles.profile(who), speed_m_s=1.0)
    found = [
        surface.search(place(net, *end), np.array([0])).ways(place(net, *start)).cost[0]
        for surface in (walk.minutes(who_walks), walk.metres)
    ]
    return float(found[0]), float(found[1])


# Two footways of 400 m, side by side 100 m apart, that do not meet: 1-2 in the south, 3-4 in the north.
APART = town({1: (0, 0), 2: (400, 0), 3: (0, 100), 4: (400, 100)}, ([1, 2], FOOT), ([3, 4], FOOT))


def test_a_way_through_joins_two_streets_and_is_walked_like_a_footway() -> None:
    assert np.isnan(way(APART, (100, 0), (100, 100))[1])
    opened = joined(APART, edits.OpenGate(id="gate", line=(lon_lat(200, 0), lon_lat(200, 100))))
    assert way(opened, (100, 0), (100, 100)) == (pytest.approx(5.0), pytest.approx(300.0))
    assert opened.component.tolist() == [0] * 6
    assert opened.length_m.round(6).tolist() == [200, 200, 200, 200, 100]
    assert opened.node_id.tolist()[-2:] == [-1, -2]


def test_ends_are_joined_to_the_nearest_street_not_farther_than_fifty_metres() -> None:
    bent = (lon_lat(100, 20), lon_lat(100, 50), lon_lat(200, 50), lon_lat(200, 90))
    opened = joined(APART, edits.OpenGate(id="gate", line=bent))
    assert opened.length_m[-1] == pytest.approx(20 + 30 + 100 + 40 + 10)
    with pytest.raises(UserError, match="within 50 m of end 2"):
        joined(APART, edits.OpenGate(id="gate", line=(lon_lat(100, 0), lon_lat(100, 160))))
    far = town({1: (0, 0), 2: (400, 0), 3: (0, 900), 4: (400, 900)}, ([1, 2], FOOT), ([3, 4], FOOT))
    with pytest.raises(UserError, match="900 m long, above 500 m"):
        joined(far, edits.OpenGate(id="gate", line=(lon_lat(100, 0), lon_lat(100, 900))))
    with pytest.raises(UserError, match="join the same place"):
        joined(APART, edits.OpenGate(id="gate", line=(lon_lat(100, 5), lon_lat(100, 9))))


def test_at_the_end_of_a_street_nothing_is_cut_and_two_ways_share_a_joint() -> None:
    one = edits.OpenGate(id="1", line=(lon_lat(0, 0), lon_lat(0, 100)))
    assert joined(APART, one).length_m.round(6).tolist() == [400, 400, 100]
    two = edits.OpenGate(id="2", line=(lon_lat(0, 0), lon_lat(300, 100)))
    three = edits.OpenGate(id="3", line=(lon_lat(200, 0), lon_lat(300, 100)))
    both = joined(APART, two, three)
    assert len(both.node_id) == 6
    assert joined(APART, three, two).length_m[:4].tolist() == both.length_m[:4].tolist()


def test_ids_of_what_is_new_are_its_own_also_in_a_network_that_was_edited_before() -> None:
    once = joined(APART, edits.OpenGate(id="1", line=(lon_lat(100, 0), lon_lat(100, 100))))
    twice = joined(once, edits.OpenGate(id="2", line=(lon_lat(300, 0), lon_lat(300, 100))))
    assert twice.node_id.tolist()[-4:] == [-1, -2, -3, -4]
    assert sorted({*twice.edge_way}) == ["w-1", "w-2", "w0", "w1"]


def test_a_new_facility_turns_to_the_streets_that_were_found_and_to_no_way_through_an_edit() -> None:
    opened = joined(APART, edits.OpenGate(id="1", line=(lon_lat(200, 0), lon_lat(200, 100))))
    site = shapely.box(X0 + 210, Y0 + 30, X0 + 240, Y0 + 80)
    ((_, north),) = nearest_to_street(np.array([site], dtype=object), opened)
    assert north == pytest.approx(Y0 + 80)


def test_what_is_cut_keeps_its_name_tags_and_length() -> None:
    named = town(
        {1: (0, 0), 2: (400, 0), 3: (0, 100), 4: (400, 100)}, ([1, 2], {**FOOT, "name": "甲路"}), ([3, 4], FOOT)
    )
    opened = joined(named, edits.OpenGate(id="gate", line=(lon_lat(100, 0), lon_lat(100, 100))))
    assert [name for name in opened.edge_name if isinstance(name, str)] == ["甲路", "甲路"]
    assert opened.length_m[opened.edge_way == "w0"].sum() == pytest.approx(named.length_m[0])
    assert np.allclose(shapely.length(opened.lines), opened.length_m)
    assert joined(named) is named


# A primary road of 1,000 m from west to east with a footway to either side at its far east end alone.
ROAD = town({1: (0, 0), 2: (1000, 0), 3: (1000, 200), 4: (1000, -200)}, ([1, 2], PRIMARY), ([3, 2, 4], FOOT))


def test_a_crossing_lets_a_child_over_the_road_and_is_waited_for() -> None:
    """Home and school face each other 20 m from the road, 900 m from the junction."""
    assert way(ROAD, (100, 20), (100, -20))[1] == pytest.approx(20 + 900 + 900 + 20)
    lit = joined(ROAD, edits.AddCrossing(id="c", point=lon_lat(100, 3), signals=True))
    assert way(lit, (100, 20), (100, -20)) == (pytest.approx(40 / 60 + 33.75 / 60), pytest.approx(40.0))
    marked = joined(ROAD, edits.AddCrossing(id="c", point=lon_lat(100, 3), signals=False))
    assert way(marked, (100, 20), (100, -20)) == (pytest.approx(40 / 60 + 0.75), pytest.approx(40.0))
    assert way(marked, (100, 20), (100, -20), "age6_8_strict.summer")[0] == pytest.approx(40 / 60 + 0.75)


def test_a_crossing_over_a_dual_carriageway_goes_over_both() -> None:
    one_way = {**PRIMARY, "oneway": "yes"}
    dual = town(
        {1: (0, 0), 2: (1000, 0), 3: (1000, 20), 4: (0, 20), 5: (1000, 200), 6: (1000, -200)},
        ([1, 2], one_way), ([3, 4], one_way), ([5, 3, 2, 6], FOOT),
    )  # fmt: skip
    assert way(dual, (100, 40), (100, -20))[1] == pytest.approx(20 + 900 + 20 + 900 + 20)
    over = joined(dual, edits.AddCrossing(id="c", point=lon_lat(100, 0), signals=True))
    assert way(over, (100, 40), (100, -20)) == (pytest.approx(60 / 60 + 33.75 / 60), pytest.approx(60.0))
    from_north = joined(dual, edits.AddCrossing(id="c", point=lon_lat(100, 22), signals=True))
    assert way(from_north, (100, 40), (100, -20))[1] == pytest.approx(60.0)


def test_a_way_through_ends_at_a_main_road_and_never_goes_over_it() -> None:
    nodes = {1: (0, 0), 2: (1000, 0), 3: (0, 60), 4: (1000, 60), 5: (0, -60), 6: (1000, -60)}
    net = town(nodes, ([1, 2], PRIMARY), ([3, 4], FOOT), ([5, 6], FOOT))
    with pytest.raises(UserError, match="goes over a main road"):
        joined(net, edits.OpenGate(id="gate", line=(lon_lat(100, 60), lon_lat(100, -60))))
    beside = joined(net, edits.OpenGate(id="gate", line=(lon_lat(100, 60), lon_lat(100, 0))))
    assert beside.length_m[-1] == pytest.approx(60.0)


def test_no_home_moves_to_a_way_that_was_opened() -> None:
    """A home 30 m from its street and 5 m from the new way stays on its street."""
    opened = joined(APART, edits.OpenGate(id="gate", line=(lon_lat(200, 0), lon_lat(200, 100))))
    before, after = place(APART, 195, 30), place(opened, 195, 30)
    assert (before.leg_m[0], after.leg_m[0]) == (pytest.approx(30.0), pytest.approx(30.0))
    assert opened.edge_way[after.edge[0]] == APART.edge_way[before.edge[0]]


def test_a_crossing_wants_a_main_road() -> None:
    with pytest.raises(UserError, match="No main road"):
        joined(ROAD, edits.AddCrossing(id="c", point=lon_lat(1000, 150)))


def test_streets_are_cleared_beside_those_that_are() -> None:
    named = town({1: (0, 0), 2: (1000, 0)}, ([1, 2], {**FOOT, "name": "甲路"}))
    who = profiles.profile("age6_8.winter")
    at = place(named, 0, 0)

    def minutes(choices: Choices) -> float:
        surface = Walk(crossings.build(named), choices).minutes(who)
        return float(surface.search(place(named, 1000, 0), np.array([0])).ways(at).cost[0])

    slow, fast = minutes(Choices()), minutes(Choices(also_cleared=frozenset({"甲路"})))
    assert slow - fast == pytest.approx(who.ice_other[1] - who.ice_cleared[1])


def applied(*given: edits.Edit, later: edits.Later | None = None) -> edits.Ground:
    found = cases.survey()
    return edits.apply(found.ground, given, units=found.units, census=found.census.table, later=later)


def test_what_no_edit_concerns_stays_the_same_object() -> None:
    ground = cases.survey().ground
    names = ("network", "choices", "facilities", "neighbourhoods", "homes")
    changed = {
        edits.CloseFacility(id="1", facility="样例第一小学"): {"facilities"},
        edits.ClearIce(id="1", streets=("样例一街",)): {"choices"},
        edits.OpenGate(id="1", line=_gate()): {"network"},
        edits.AddHousing(
            id="1", polygon=_square(), population=10.0, children=edits.Children()
        ): {"neighbourhoods", "homes"},
    }  # fmt: skip
    for edit, parts in changed.items():
        after = applied(edit)
        assert {name for name in names if getattr(after, name) is not getattr(ground, name)} == parts
    assert {name for name in names if getattr(applied(), name) is not getattr(ground, name)} == set()


def _gate() -> tuple[tuple[float, float], ...]:
    lines = cases.survey().ground.network.lines
    ends = [lines[0].interpolate(0.3, normalized=True), lines[5].interpolate(0.4, normalized=True)]
    return degrees([(end.x, end.y) for end in ends], cases.survey().ground.network.crs)


def _square() -> tuple[tuple[float, float], ...]:
    lon, lat = 150.112, 30.010
    return (lon, lat), (lon + 0.001, lat), (lon + 0.001, lat + 0.001), (lon, lat + 0.001), (lon, lat)


def test_facilities_are_opened_closed_moved_expanded_and_fitted_for_winter() -> None:
    given = [
        edits.AddFacility(
            id="new", category="play", name="新场地", point=(150.11, 30.01), indoor=False, season="summer"
        ),
        edits.RetrofitFacility(id="2", facility="new"),
        edits.CloseFacility(id="3", facility="样例第一小学"),
        edits.ExpandFacility(id="4", facility="样例第二小学", seats=720.0),
        edits.MoveFacility(id="5", facility="样例第三小学", point=(150.112, 30.012), entrances=((150.1121, 30.0121),)),
    ]
    table = applied(*reversed(given)).facilities.set_index("name")
    assert table.loc["新场地", ["facility_id", "indoor", "season", "evidence"]].tolist() == [
        "new",
        True,
        "all",
        "confirmed",
    ]
    assert table.loc["样例第一小学", "evidence"] == "no"
    assert table.loc["样例第二小学", ["capacity", "capacity_source"]].tolist() == [720.0, "scenario"]
    moved = gpd.GeoSeries([table.loc["样例第三小学", "geometry"]], crs=table.crs).to_crs(4326).iloc[0]
    assert (moved.x, moved.y) == (pytest.approx(150.112), pytest.approx(30.012))
    ((x, y),) = table.loc["样例第三小学", "entrances"]
    assert degrees([(x, y)], table.crs)[0] == pytest.approx((150.1121, 30.0121))
    ids = cases.survey().ground.facilities["facility_id"].tolist()
    assert applied(*given).facilities["facility_id"].tolist() == [*ids, "new"]


def test_new_housing_stands_in_its_units_with_the_children_it_is_said_to_have() -> None:
    housing = edits.AddHousing(
        id="new", name="新区", polygon=_square(), population=900.0,
        entrances=((150.1121, 30.0101), (150.1129, 30.0109)),
        children=edits.Children(children_3_5=30.0, children_6_11=60.0),
    )  # fmt: skip
    ground = applied(housing)
    row = ground.neighbourhoods.iloc[-1]
    assert row[["neighbourhood_id", "name", "population_source"]].tolist() == ["new", "新区", "planned"]
    assert row[[*schema.BANDS]].tolist() == [0.0, 30.0, 60.0, 0.0]
    assert isinstance(row["district_code"], str)
    doors = ground.homes[ground.homes["neighbourhood_id"] == "new"]
    assert doors[["origin_id", "weight"]].to_numpy().tolist() == [["new-1", 0.5], ["new-2", 0.5]]


def test_the_people_of_new_housing_count_in_their_units_but_cover_nothing_more() -> None:
    found = cases.survey()
    districts = found.estimate.districts.assign(census_population=2 * found.estimate.districts["census_population"])
    half = replace(found.estimate, districts=districts)
    housing = edits.AddHousing(
        id="new", polygon=_square(), population=900.0, children=edits.Children(children_3_5=30.0)
    )  # fmt: skip
    tables = [found.ground.neighbourhoods, applied(housing).neighbourhoods]
    units = [people.of_units(found.units, table, half, None).set_index("unit_code") for table in tables]
    before, after = (each.loc[tables[1]["district_code"].iloc[-1]] for each in units)
    assert after["population"] - before["population"] == pytest.approx(900.0)
    assert after["children_3_5"] - before["children_3_5"] == pytest.approx(30.0)
    assert after["covered_people_share"] == before["covered_people_share"] == pytest.approx(0.5)


# 10 children of age 0, 40 of 1-4, 50 of 5-9 and 60 of 10-14 in 2020.
CENSUS = pd.DataFrame({"unit_code": ["D"], "children_0_2": 30.0, "children_3_5": 30.0, "children_6_11": 64.0,
                       "children_12_14": 36.0})  # fmt: skip


def test_children_of_later_years_are_those_of_the_census_grown_older() -> None:
    """2025: those of 12-14 were 7-9, 30 of them; of 6-11 were 1-6, 50; births of five years have no one over 4."""
    found = homes.factors(CENSUS, 2025).loc["D"]
    assert found["children_12_14"] == pytest.approx(30 / 36)
    assert found["children_6_11"] == pytest.approx(60 / 64)
    low, middle, high = (
        homes.factors(CENSUS, 2025, each).loc["D", "children_0_2"] for each in ("low", "middle", "high")
    )
    assert low < middle <= high
    assert homes.factors(CENSUS, 2020).loc["D"].tolist() == pytest.approx([1.0] * 4)


def test_a_later_year_changes_children_alone() -> None:
    ground, found = applied(later=edits.Later(2025)), cases.survey()
    factor = homes.factors(found.census.table, 2025)
    of_district = ground.neighbourhoods["district_code"].map(factor["children_6_11"])
    before = found.ground.neighbourhoods
    expected = (before["children_6_11"] * of_district).to_numpy()
    np.testing.assert_allclose(ground.neighbourhoods["children_6_11"], expected)
    assert ground.neighbourhoods["population"].equals(before["population"])
    assert ground.homes is found.ground.homes


def test_official_counts_follow_what_a_scenario_opens_and_closes() -> None:
    counts = pd.DataFrame(
        {
            "unit_code": ["C", "D", "S", "D"],
            "category": ["play", "play", "play", "park"],
            "sites": [9.0, 5.0, np.nan, 3.0],
            "capacity": [np.nan, 100.0, 20.0, np.nan],
            "enrolled": np.nan,
            "source": "x",
        }
    )
    units = pd.DataFrame({"level": ["city", "district"], "unit_code": ["C", "D"], "parent_code": [None, "C"]})
    old = pd.DataFrame({"facility_id": ["a", "b"], "category": "play", "capacity": [30.0, np.nan],
                        "district_code": "D", "subdistrict_code": "S"})  # fmt: skip
    third = old.iloc[:1].assign(facility_id="c", capacity=10.0)
    new = pd.concat([old.iloc[:1].assign(capacity=50.0), old.iloc[1:], third])
    found = official.with_opened(counts, old, new, units)
    assert found["sites"].tolist()[:2] == [10.0, 6.0]
    assert np.isnan(found["sites"][2])
    assert found["capacity"].tolist()[1:3] == [130.0, 50.0]
    assert found.loc[3].equals(counts.loc[3])
    assert official.with_opened(counts, old, old, units) is counts
    # Of b nobody knows the seats, which may be among the 100: expanded or closed, the seats of its units are unknown.
    for after in (pd.concat([old.iloc[:1], old.iloc[1:].assign(capacity=900.0)]), old.iloc[:1]):
        assert official.with_opened(counts, old, after, units)["capacity"][1:3].isna().all()
    many = pd.concat([old.iloc[:1].assign(facility_id=str(n)) for n in range(9)])
    assert official.with_opened(counts, many, many.iloc[:0], units)["sites"][1] == 0.0


def test_every_fault_of_a_scenario_comes_at_once_and_nothing_is_applied() -> None:
    with pytest.raises(UserError) as caught:
        applied(
            edits.CloseFacility(id="1", facility="样例第一小学校"),
            edits.AddFacility(id="2", category="play", point=(126.6, 45.7)),
            edits.AddFacility(id="w12", category="play", point=(150.11, 30.01)),
            edits.ClearIce(id="4", streets=("长安街",)),
            edits.AddCrossing(id="5", point=(150.1121, 30.0021)),
            edits.CloseFacility(id="5", facility="w14"),
            edits.MoveFacility(id="6", facility="w14", point=(150.111, 30.01)),
            edits.CloseFacility(id="7", facility="w14"),
        )
    lines = caught.value.text("en").splitlines()
    assert lines[0] == "8 edit(s) cannot be applied:"
    told = dict(line.removeprefix("- ").split(": ", 1) for line in lines[1:])
    assert set(told) == {"1", "2", "w12", "4", "5", "6", "7"}
    assert "closes this facility" in told["6"]
    assert "样例第一小学" in told["1"]
    assert "outside the data" in told["2"]
    assert "have this id already" in told["w12"]
    assert caught.value.exit_code == 2


def test_one_facility_named_by_its_id_and_by_its_name_is_one() -> None:
    school = cases.survey().ground.facilities.set_index("name").loc["样例第一小学", "facility_id"]
    with pytest.raises(UserError) as caught:
        applied(
            edits.CloseFacility(id="1", facility=school),
            edits.ExpandFacility(id="2", facility="样例第一小学", seats=900.0),
            edits.ExpandFacility(id="3", facility=school, seats=800.0),
        )
    lines = caught.value.text("en").splitlines()
    assert lines[0] == "3 edit(s) cannot be applied:"
    assert [line[:5] for line in lines[1:] if "same way" in line] == ["- 3: "]
    assert [line[:5] for line in lines[1:] if "closes this" in line] == ["- 2: ", "- 3: "]


def _near(metres: float) -> tuple[float, float]:
    """A place in the town, and places so many metres east of it."""
    lon, lat = 150.11, 30.01
    return lon + metres / (111_320 * np.cos(np.radians(lat))), lat


def test_two_edits_of_one_place_are_refused() -> None:
    land = tuple((150.11 + dx, 30.01 + dy) for dx, dy in ((0, 0), (4e-4, 0), (4e-4, 4e-4), (0, 4e-4), (0, 0)))
    beside = tuple((lon + 1e-4, lat) for lon, lat in land)
    new = {"population": 90.0, "children": edits.Children()}
    with pytest.raises(UserError) as caught:
        applied(
            edits.AddFacility(id="1", category="play", point=_near(0.0)),
            edits.AddFacility(id="2", category="play", point=_near(0.5)),
            edits.AddFacility(id="3", category="play", polygon=land),
            edits.MoveFacility(id="4", facility="w174", point=_near(0.2)),
            edits.AddHousing(id="5", polygon=land, **new),
            edits.AddHousing(id="6", polygon=beside, **new),
        )
    told = [line.removeprefix("- ").split(":")[0] for line in caught.value.text("en").splitlines()[1:]]
    assert told == ["2", "3", "6"]  # 4 is an ice rink, and of another category
    assert "would count twice" in caught.value.text("en")
    table = cases.survey().ground.facilities
    rinks = edits.AddFacility(id="a", category=table.set_index("facility_id").loc["w174", "category"], point=_near(0))
    with pytest.raises(UserError, match="place of a"):
        applied(rinks, edits.MoveFacility(id="b", facility="w174", point=_near(0)))
    twins = [edits.AddCrossing(id=name, point=(150.1121, 30.0021)) for name in ("x", "y")]
    assert places.twice(twins, {}, table.crs) == [("y", "x")]


def test_places_apart_and_things_of_different_kinds_are_no_doubles() -> None:
    apart = applied(
        edits.AddFacility(id="1", category="play", point=_near(0.0)),
        edits.AddFacility(id="2", category="play", point=_near(3.0)),
        edits.AddFacility(id="3", category="park", point=_near(0.0)),
    )
    assert {"1", "2", "3"} <= set(apart.facilities["facility_id"])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("add_facility", {"id": "1", "category": "play"}),
        ("add_facility", {"id": "1", "category": "play", "point": (1.0, 2.0), "polygon": _square()}),
        ("add_facility", {"id": "1", "category": "zoo", "point": (1.0, 2.0)}),
        ("add_facility", {"id": "1", "category": "play", "point": (45.7, 126.6)}),
        ("add_facility", {"id": "1", "category": "play", "point": (1.0, 2.0), "seats": 0.0}),
        ("add_facility", {"id": " ", "category": "play", "point": (1.0, 2.0)}),
        ("close_facility", {"id": "1", "facility": "w1", "cost": -1.0}),
        ("close_facility", {"id": "1", "facility": "w1", "colour": "red"}),
        ("open_gate", {"id": "1", "line": ((1.0, 2.0),)}),
        ("clear_ice", {"id": "1", "streets": ()}),
        ("add_housing", {"id": "1", "polygon": _square(), "population": 9.0, "children": {"children_3_5": 10.0}}),
        ("add_housing", {"id": "1", "polygon": _square(), "population": float("nan"), "children": {}}),
        ("add_housing", {"id": "1", "point": (1.0, 2.0), "population": 9.0, "children": {}}),
        ("add_facility", {"id": "1", "category": "play", "polygon": ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))}),
        ("add_facility", {"id": "1", "category": "play", "polygon": ((0.0, 0.0),) * 4}),
    ],
)
def test_an_edit_that_makes_no_sense_cannot_be_made(kind: str, fields: dict[str, object]) -> None:
    made = {each.model_fields["kind"].default: each for each in KINDS}[kind]
    with pytest.raises(ValidationError):
        made(**fields)


def test_edits_are_frozen() -> None:
    edit = edits.CloseFacility(id="1", facility="w1")
    with pytest.raises(ValidationError):
        edit.facility = "w2"
    assert hash(edit) == hash(edits.CloseFacility(id="1", facility="w1"))
