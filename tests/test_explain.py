"""One child's way taken apart: a town worked out on paper, the sample town, and the real city."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import crossings, profiles, standards
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.explain import explain
from cfc_gis.access.explanation import Explanation, Minutes
from cfc_gis.access.measure import Places
from cfc_gis.access.walk import Walk
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.network import WalkNetwork
from cfc_gis.walking import Choices
from tests.results import real, sample
from tests.test_crossings import FOOT, PRIMARY, ROAD, road
from tests.test_network import CRS, X0, Y0, here, town
from tests.test_walking import hill

SIGNALS = {"highway": "traffic_signals"}
Site = tuple[str, str, str, Sequence[tuple[float, float]]]

# On paper. Home 20 m west of the footway, 200 m north of the road; school 30 m east of it, 260 m south: 20 + 200 + 260
# + 30 = 510 m, over one primary road with signals, whose mean wait is (120 - 30)^2 / 240 = 33.75 s.
HOME, SCHOOL = (480.0, 200.0), (530.0, -260.0)
WAY_M, WAIT_MIN = 510.0, 33.75 / 60


def why(
    net: WalkNetwork,
    who: str = "age6_8.summer",
    *,
    homes: Sequence[tuple[float, float]] = (HOME,),
    sites: Sequence[Site] = (("s1", "primary_school", "strong", [SCHOOL]),),
    row: Mapping[str, Any] | None = None,
    weights: Sequence[float] | None = None,
    walk: Mapping[str, Any] | None = None,
) -> Explanation:
    """Explain the way from one neighbourhood to primary schools."""
    origins = gpd.GeoDataFrame(
        {"neighbourhood_id": ["a"] * len(homes), "weight": weights or [1 / len(homes)] * len(homes)},
        geometry=here(*homes),
        crs=CRS,
    )
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [site[0] for site in sites],
            "name": pd.array([f"学校{site[0]}" for site in sites], dtype="str"),
            "category": [site[1] for site in sites],
            "evidence": [site[2] for site in sites],
            "season": ["winter" if site[0] == "ice" else "all" for site in sites],
            "entrances": [[(X0 + x, Y0 + y) for x, y in site[3]] for site in sites],
        },
        geometry=here(*(site[3][0] for site in sites)),
        crs=CRS,
    )
    at = net.snap(origins.geometry.to_numpy())
    border = np.full(len(homes), 1e6)
    nobody = pd.DataFrame()
    places = Places(pd.Series(["a"]), nobody, origins, at, border, facilities, snap_entrances(net, facilities))
    home = pd.Series({"neighbourhood_id": "a", "name": "甲小区", "urban_rural": "urban", **(row or {})})
    category = standards.categories()["primary_school"]
    how = Walk(crossings.build(net), **(walk or {}))
    return explain(how, places, home, category, standards.by_category()["primary_school"], profiles.profile(who))


def parts(found: Explanation) -> tuple[float, float, float, float]:
    assert found.way is not None
    minutes = found.way.minutes
    return minutes.walk, minutes.ice, minutes.wait, minutes.barrier


# --- on paper ---------------------------------------------------------------------------------------------------------


def test_a_summer_way_by_hand() -> None:
    found = why(road(middle=SIGNALS))
    way = found.way
    assert way is not None
    assert parts(found) == pytest.approx((WAY_M / 60, 0.0, WAIT_MIN, 0.0), abs=1e-6)
    assert way.minutes.ice == 0.0
    assert (way.low, way.high) == (way.minutes.total, way.minutes.total)
    assert (way.metres, found.least_metres) == pytest.approx((WAY_M, WAY_M))
    straight = np.hypot(50, 460)
    assert (way.straight_metres, found.straight_metres, way.detour) == pytest.approx(
        (straight, straight, 510 / straight)
    )
    assert way.facility.facility_id == "s1"
    assert [(each.kind, each.road_class, each.road_name) for each in way.crossings] == [("signals", "primary", None)]
    assert way.crossings[0].minutes == pytest.approx(WAIT_MIN)
    corners = [HOME, (500.0, 200.0), (500.0, 0.0), (500.0, -260.0), SCHOOL]
    assert shapely.get_coordinates(way.line) - [X0, Y0] == pytest.approx(np.array(corners), abs=1e-3)


def test_a_winter_way_by_hand() -> None:
    """A footway is not cleared: 1, 2 and 2 minutes per km, as for the pieces off the street."""
    found = why(road(middle=SIGNALS), "age6_8.winter")
    assert parts(found) == pytest.approx((8.5, 1.02, WAIT_MIN, 0.0), abs=1e-6)
    assert found.way is not None
    assert (found.way.low, found.way.high) == pytest.approx((8.5 + 0.51 + WAIT_MIN, 8.5 + 1.02 + WAIT_MIN))


def test_a_cleared_street_has_less_ice_than_the_pieces_off_it() -> None:
    """450 m of cleared street at 1 minute per km, 50 m off it at 2; a middle end between the others."""
    net = town({1: (0, 0), 2: (1000, 0)}, ([1, 2], {"highway": "tertiary"}))
    site: Site = ("s1", "primary_school", "strong", [(550, 30)])
    found = why(net, "age6_8.winter", homes=[(100, 20)], sites=[site])
    assert parts(found) == pytest.approx((500 / 60, 0.45 + 0.1, 0.0, 0.0), abs=1e-6)
    assert found.way is not None
    assert (found.way.low, found.way.high) == pytest.approx((500 / 60 + 0.05, 500 / 60 + 0.9 + 0.1))


def test_a_crossing_that_puts_a_child_off() -> None:
    """The longest wait of 90 s, and 3 minutes of barrier at a primary road; a stroller waits for two kerbs instead."""
    net = road(middle={"highway": "crossing", "crossing": "unmarked"})
    assert parts(why(net)) == pytest.approx((8.5, 0.0, 1.5, 3.0), abs=1e-6)
    assert parts(why(net, "age3_5_stroller.summer")) == pytest.approx((8.5 / 0.8, 0.0, 1.5 + 0.1, 0.0), abs=1e-6)


def test_slopes_are_part_of_walking() -> None:
    """5 % down all the way takes exp(-3.5 * 0.05) of the time on the street; the pieces off it are level."""
    net = town({1: (0, 0), 2: (1000, 0)}, ([1, 2], {"highway": "footway"}))
    site: Site = ("s1", "primary_school", "strong", [(600, 0)])
    found = why(net, homes=[(100, 20)], sites=[site], walk={"slopes": hill(-0.05)})
    assert parts(found) == pytest.approx(((20 + 500 * np.exp(-0.175)) / 60, 0.0, 0.0, 0.0), abs=1e-6)


def test_home_and_school_in_one_place() -> None:
    found = why(road(), sites=[("s1", "primary_school", "strong", [HOME])])
    assert found.way is not None
    assert found.way.metres == pytest.approx(40.0)  # out to the street and back: nobody is taken to cut corners
    assert np.isnan(found.way.detour)
    assert found.way.line.length == pytest.approx(40.0)


def test_the_child_in_the_middle() -> None:
    """Homes 200, 150 and 100 m north of the road, with 1/4, 1/2 and 1/4 of the children: the second is the middle."""
    found = why(road(), homes=[(480, 200), (480, 150), (480, 100)], weights=[0.25, 0.5, 0.25])
    assert shapely.get_coordinates(found.home)[0] == pytest.approx([X0 + 480, Y0 + 150])
    assert found.way is not None
    assert found.way.metres == pytest.approx(460.0)


# --- standards --------------------------------------------------------------------------------------------------------


def verdicts(found: Explanation) -> dict[str, bool | None]:
    return {each.standard.id: each.met for each in found.standards}


def test_every_standard_is_held_against_the_same_home() -> None:
    """510 m by road, 463 m straight; 9.06 minutes in summer and 10.08 in winter."""
    summer, winter = why(road(middle=SIGNALS)), why(road(middle=SIGNALS), "age6_8.winter")
    assert summer.standards[0].standard.decides
    by_measure = {each.standard.measure: each for each in summer.standards}
    assert by_measure["network_m"].value == pytest.approx(510.0)
    assert by_measure["straight_m"].value == pytest.approx(np.hypot(50, 460))
    assert by_measure["minutes"].value == pytest.approx(8.5 + WAIT_MIN)
    met = {each.standard.measure: each.met for each in winter.standards}
    assert (by_measure["network_m"].met, by_measure["straight_m"].met, by_measure["minutes"].met) == (False, True, True)
    assert (met["network_m"], met["straight_m"], met["minutes"]) == (False, True, False)


def test_metres_are_the_least_by_any_way_and_minutes_the_quickest() -> None:
    """Beside the main road with its wait a footbridge that is 60 m longer: quicker, and not the shortest."""
    nodes = {**ROAD, 6: (530, 300), 7: (530, -300)}
    net = town(nodes, ([1, 2, 3], PRIMARY), ([4, 2, 5], FOOT), ([4, 6, 7, 5], {**FOOT, "bridge": "yes"}))
    found = why(net, homes=[(500, 300)], sites=[("s1", "primary_school", "strong", [(500, -300)])])
    assert found.way is not None
    assert (found.way.metres, found.least_metres, len(found.way.crossings)) == (
        pytest.approx(660.0), pytest.approx(600.0), 0,
    )  # fmt: skip
    assert found.standards[0].value == pytest.approx(600.0)


def test_a_value_is_shown_on_its_side_of_the_threshold() -> None:
    """The way is 500.3 m long: rounded to 500 m it would read as if it met its standard."""
    assert "500.3 m here, beyond it" in why(road(), sites=[("s1", "primary_school", "strong", [(530, -250.3)])]).text(
        "en"
    )
    assert "510 m here, beyond it" in why(road()).text("en")


def test_a_standard_for_the_other_kind_of_place_is_not_applied() -> None:
    for kind, applies in (("urban", True), ("unknown", True), ("rural", False)):
        found = why(road(), row={"urban_rural": kind})
        urban = [each for each in found.standards if each.standard.applies_to == "urban"]
        assert urban
        assert {each.applies for each in urban} == {applies}
    assert "此处不用" in found.text("zh")
    assert "not applied here" in found.text("en")


# --- other facilities -------------------------------------------------------------------------------------------------


def test_the_second_nearest_and_a_nearer_presumed_one() -> None:
    sites: list[Site] = [
        ("s1", "primary_school", "strong", [SCHOOL, (500, -200)]),
        ("s2", "nine_year_school", "confirmed", [(500, -300)]),
        ("p1", "primary_school", "presumed", [(500, 100)]),
        ("p2", "primary_school", "presumed", [(500, 250)]),
        ("k1", "kindergarten", "strong", [(500, 190)]),
        ("ice", "primary_school", "strong", [(500, 200)]),
    ]
    found = why(road(), sites=sites)
    assert found.way is not None
    assert found.second is not None
    assert found.presumed is not None
    assert (found.way.facility.facility_id, found.second.facility_id) == ("s1", "s2")
    assert found.way.metres == pytest.approx(420.0)  # by the nearer of its two gates
    assert found.second.minutes == pytest.approx((20 + 500) / 60 + 1.5)
    assert (found.presumed.facility_id, found.presumed.minutes) == ("p2", pytest.approx(70 / 60))


def test_of_two_equally_near_the_second_is_the_other_one() -> None:
    """Rows stand in another order than gates: the nearest is the one whose gate comes first."""
    gate = [(500.0, 100.0)]
    found = why(road(), sites=[("s1", "primary_school", "strong", gate), ("s2", "primary_school", "strong", gate)])
    assert found.way is not None
    assert found.second is not None
    assert {found.way.facility.facility_id, found.second.facility_id} == {"s1", "s2"}
    assert found.second.minutes == found.way.minutes.total


def test_a_presumed_one_that_is_not_nearer_is_not_named() -> None:
    sites: list[Site] = [
        ("s1", "primary_school", "strong", [(500, 100)]), ("p1", "primary_school", "presumed", [(500, -100)]),
    ]  # fmt: skip
    assert why(road(), sites=sites).presumed is None


# --- nothing is reached -----------------------------------------------------------------------------------------------

ISLAND = {**ROAD, 6: (2000, 2000), 7: (2000, 2400)}
ISLAND_NET = town(ISLAND, ([1, 2, 3], PRIMARY), ([4, 2, 5], FOOT), ([6, 7], FOOT))


def reasons(found: Explanation) -> list[str]:
    assert found.way is None
    assert found.second is None
    return [each.key for each in found.reasons]


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (["no_street"], {"homes": [(9000, 9000)]}),
        (["island"], {"homes": [(2010, 2200)]}),
        (["no_way"], {"sites": [("s1", "primary_school", "strong", [(2000, 2100)])]}),
        (["none_known"], {"sites": [("k1", "kindergarten", "strong", [SCHOOL])]}),
        (["none_known"], {"sites": [("s1", "primary_school", "unknown", [SCHOOL])]}),
        (
            ["none_known", "no_street"],
            {"sites": [("p1", "primary_school", "presumed", [SCHOOL])], "homes": [(9e3, 9e3)]},
        ),
    ],
)
def test_why_nothing_is_reached(keys: list[str], asked: dict[str, Any]) -> None:
    found = why(ISLAND_NET, **asked)
    assert reasons(found) == keys
    met = {each.met for each in found.standards if each.standard.measure != "straight_m"}
    assert met == ({None} if "none_known" in keys else {False})  # no data is not a failure; not reached is
    for lang in ("zh", "en"):
        assert found.text(lang)
    assert "不等于实际没有" in found.text("zh") or "none_known" not in keys


def test_a_strict_child_finds_no_way_where_no_crossing_is_mapped() -> None:
    assert reasons(why(road(), "age6_8_strict.summer")) == ["no_way"]


def test_a_presumed_facility_is_named_where_none_is_proven() -> None:
    found = why(road(), sites=[("p1", "primary_school", "presumed", [SCHOOL])])
    assert reasons(found) == ["none_known"]
    assert found.presumed is not None
    assert found.presumed.facility_id == "p1"


def test_a_way_that_is_too_long_for_the_cold_is_said_to_be_so() -> None:
    limit = {"choices": Choices(longest_cold_min=10.0)}
    found = why(road(middle=SIGNALS), "age6_8.winter", walk=limit)
    assert reasons(found) == ["too_long"]
    assert found.reasons[0].minutes == pytest.approx(8.5 + 1.02 + WAIT_MIN)
    assert "10.1 min away" in found.text("en")
    assert why(road(middle=SIGNALS), walk=limit).way is not None  # in summer there is no such limit


# --- words ------------------------------------------------------------------------------------------------------------


def test_parts_are_shown_so_that_they_add_up() -> None:
    assert Minutes(1.25, 1.04, 2.04, 0.0).in_tenths() == ("1.3", "1.0", "2.0", "0.0")
    rng = np.random.default_rng(20240409)
    for walk, ice, wait, barrier in rng.uniform(0, 9, size=(500, 4)):
        minutes = Minutes(walk, ice, wait, barrier)
        shown = minutes.in_tenths()
        assert f"{sum(map(float, shown)):.1f}" == f"{minutes.total:.1f}"
        assert np.abs(np.array(shown, dtype=float) - [walk, ice, wait, barrier]).max() < 0.1


def test_the_same_is_said_in_both_languages() -> None:
    for found in (why(road(middle=SIGNALS), "age6_8.winter"), why(road(), "age6_8_strict.summer")):
        for one, other in zip(found.lines("zh"), found.lines("en"), strict=True):
            assert re.findall(r"\d+\.\d", one[1]) == re.findall(r"\d+\.\d", other[1])
        assert "winter" not in found.text("zh").replace("age6_8.winter", "")


def test_winter_is_called_a_scenario_and_has_its_range() -> None:
    found = why(road(middle=SIGNALS), "age6_8.winter").text("zh")
    assert "情景" in found
    assert "9.6 至 10.1" in found
    assert "情景" not in why(road(middle=SIGNALS)).text("zh")


def test_fault_56_names_are_inert_and_fault_65_have_no_control_characters() -> None:
    found = why(road(), row={"name": "<script>alert(1)</script>`${x}\\\u202e"})
    html = found._repr_html_()
    assert "<script" not in html
    assert not re.search(r"[`$\\\u202e]", html)
    assert "&lt;script&gt;" in html
    assert "\u202e" not in found.text("en")


# --- the sample town and the real city --------------------------------------------------------------------------------


def test_a_place_may_be_named_and_a_profile_chosen() -> None:
    result = sample()
    by_name, by_id = (result.explain(name, "primary_school", season="winter") for name in ("样例七十三小区", "w552"))
    assert by_name.neighbourhood_id == by_id.neighbourhood_id == "w552"
    assert by_name.who.name == "age6_8.winter"
    assert result.explain("w552", "primary_school").who.name == "age6_8.summer"
    assert result.explain("w552", "play", profile="age3_5_stroller.winter").who.companion == "stroller"
    with pytest.raises(ChoiceUnknown, match="样例七十三小区"):
        result.explain("样例七十三", "primary_school")


def test_the_example_of_the_docs_runs() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "explain.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, {})


def same(a: float, b: float, within: float) -> bool:
    return (np.isnan(a) and np.isnan(b)) or abs(a - b) <= within


@pytest.mark.real_data
def test_on_the_real_city_parts_add_up_and_routes_are_as_long_as_they_say(extract_path: Path) -> None:
    """50 random neighbourhoods, each to one category: the numbers of the access table, taken apart."""
    result = real(extract_path, "winter")
    rng = np.random.default_rng(20240409)
    rows = result.access[result.access["minutes"].notna()]
    rows = rows.iloc[rng.choice(len(rows), 50, replace=False)]
    crossed = 0
    for row in rows.itertuples():
        found = result.explain(row.neighbourhood_id, row.category)
        way = found.way
        assert way is not None
        assert abs(way.minutes.total - row.minutes) <= 1e-9
        assert way.minutes.walk == pytest.approx(way.metres * found.who.minutes_per_m, abs=1e-6)  # level ground
        assert 0.0 <= way.minutes.ice <= 0.002 * way.metres + 1e-9
        assert way.minutes.wait + way.minutes.barrier == pytest.approx(sum(each.minutes for each in way.crossings))
        assert len(way.crossings) == row.crossings
        crossed += len(way.crossings)
        assert abs(way.line.length - way.metres) <= 0.1
        assert abs(way.metres - row.way_metres) <= 1e-6
        assert (way.low, way.high) == (row.minutes_low, row.minutes_high)
        assert (found.least_metres, found.straight_metres) == (row.metres, row.straight_metres)
        assert same(found.second.minutes if found.second else np.nan, row.second_minutes, 1e-9)
        assert way.facility.facility_id == row.facility_id
        assert found.second is None or found.second.facility_id != row.facility_id
        assert found.presumed is None or found.presumed.minutes < row.minutes
        site = result.facilities.set_index("facility_id").loc[row.facility_id]
        start, end = shapely.get_coordinates(way.line)[[0, -1]]
        assert start.tolist() == shapely.get_coordinates(found.home)[0].tolist()
        assert tuple(end) in set(site["entrances"])
        homes = result.origins[result.origins["neighbourhood_id"] == row.neighbourhood_id]
        assert homes.geometry.distance(found.home).min() == 0.0
        met = found.standards[0]
        assert met.met == (met.value <= met.standard.threshold * (1 + 1e-9))
    assert crossed > 20


@pytest.mark.real_data
def test_on_the_real_city_every_unreached_row_has_a_reason(extract_path: Path) -> None:
    result = real(extract_path, "winter")
    rows = result.access[result.access["minutes"].isna()]
    rows = rows.iloc[np.random.default_rng(1).choice(len(rows), min(20, len(rows)), replace=False)]
    for row in rows.itertuples():
        found = result.explain(row.neighbourhood_id, row.category)
        assert found.way is None
        assert found.reasons
