"""Minutes along links: speed, winter, slopes, steps and ice, worked out on paper. Crossings: test_crossings.py."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import crossings, walking
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.profiles import names, profile
from cfc_gis.slope import Slopes, speed_ratio
from cfc_gis.walking import Choices
from tests.test_network import town

LINE = {1: (0, 0), 2: (600, 0)}


def minutes(tags: Mapping[str, str], who: str, choices: Choices | None = None, **more: object) -> tuple[float, float]:
    """Return the minutes along 600 m of a way, there and back."""
    links = crossings.build(town(LINE, ([1, 2], tags)))
    found = walking.link_minutes(links, profile(who), choices, **more)  # type: ignore[arg-type]
    return float(found.forward[0]), float(found.backward[0])


FOOT, STEPS, MAIN = {"highway": "footway"}, {"highway": "steps"}, {"highway": "primary", "name": "中山路"}
ICE = {"highway": "path", "ice_road": "yes"}


@pytest.mark.parametrize(
    ("tags", "who", "wanted"),
    [
        (FOOT, "age3_5.summer", 12.5),  # 600 / 0.8 = 750 s
        (FOOT, "age6_8.summer", 10.0),
        (FOOT, "age12_14.summer", 600 / 72),
        (FOOT, "age6_8.winter", 10.0 + 0.6 * 2),  # never cleared: 2 min/km
        (MAIN, "age6_8.winter", 10.0 + 0.6 * 1),  # cleared: 1 min/km
        (MAIN, "age6_8.summer", 10.0),
        (FOOT, "age6_8.winter_stress", 10.0 / 0.75 + 0.6 * 2),
        (STEPS, "age6_8.summer", 10.0),
        (STEPS, "age6_8_stroller.summer", np.inf),
        ({**STEPS, "ramp:stroller": "yes"}, "age6_8_stroller.summer", 10.0),
        ({**STEPS, "ramp": "no"}, "age6_8_wheelchair.summer", np.inf),
        (ICE, "age6_8.summer", np.inf),
        (ICE, "age6_8.winter", np.inf),
    ],
)
def test_by_hand(tags: Mapping[str, str], who: str, wanted: float) -> None:
    assert minutes(tags, who) == (pytest.approx(wanted), pytest.approx(wanted))


def test_ends_of_the_range_of_winter() -> None:
    ends = {end: (minutes(MAIN, "age6_8.winter", end=end)[0], minutes(FOOT, "age6_8.winter", end=end)[0])
            for end in walking.ENDS}  # fmt: skip
    assert ends["low"] == pytest.approx((10.0, 10.6))
    assert ends["middle"] == pytest.approx((10.6, 11.2))
    assert ends["high"] == pytest.approx((11.2, 11.2))


def test_the_planner_says_which_streets_are_cleared() -> None:
    assert minutes(MAIN, "age6_8.winter", Choices(cleared=frozenset()))[0] == pytest.approx(11.2)
    assert minutes({**FOOT, "name": "果戈里大街"}, "age6_8.winter", Choices(cleared=frozenset({"果戈里大街"})))[
        0
    ] == pytest.approx(10.6)


def test_a_cleared_street_that_is_nowhere_is_refused() -> None:
    streets = town(LINE, ([1, 2], MAIN), ([1, 2], FOOT)).edge_name
    Choices(cleared=frozenset({"中山路"})).check(streets)
    with pytest.raises(ChoiceUnknown, match=r"中山大路.*中山路"):
        Choices(cleared=frozenset({"中山大路"})).check(streets)


def test_the_frozen_river_is_walked_where_the_planner_says_so_and_in_winter_only() -> None:
    asked = Choices(frozen_paths=True)
    assert minutes(ICE, "age6_8.winter", asked)[0] == pytest.approx(11.2)
    assert minutes(ICE, "age6_8.summer", asked)[0] == np.inf


def hill(rise: float) -> Slopes:
    """One edge that rises evenly from its start to its end."""
    forward, backward = (1 / speed_ratio(np.array([way * rise])) for way in (1.0, -1.0))
    return Slopes(forward, backward, np.array([abs(rise)]), np.ones(1), np.zeros(2), {})


def test_slopes_by_tobler() -> None:
    """Up 10 %: exp(3.5 x 0.15 - 3.5 x 0.05) = exp(0.35). Down 10 %: exp(0) = 1."""
    up, down = minutes(FOOT, "age6_8.summer", slopes=hill(0.1))
    assert (up, down) == (pytest.approx(10 * np.exp(0.35)), pytest.approx(10.0))


def test_slopes_weigh_more_on_wheels_and_have_a_limit() -> None:
    """Up 8 % as if 16 %: exp(0.56). Down 8 % a child is quicker than level, wheels are not."""
    up, down = minutes(FOOT, "age6_8_wheelchair.summer", slopes=hill(0.08))
    assert (up, down) == (pytest.approx(10 * np.exp(3.5 * 0.16)), pytest.approx(10.0))
    assert minutes(FOOT, "age6_8_wheelchair.summer", slopes=hill(-0.09)) == (np.inf, np.inf)


def test_kerbs_cost_wheels_time() -> None:
    road = town({1: (0, 0), 2: (500, 0), 3: (1000, 0), 4: (500, 300), 5: (500, -300)},
                ([1, 2, 3], MAIN), ([4, 2, 5], FOOT))  # fmt: skip
    links = crossings.build(road)
    foot, wheels = (walking.crossing_minutes(links, profile(who))[0][links.kind > 0] for who in
                    ("age3_5.summer", "age3_5_wheelchair.summer"))  # fmt: skip
    assert (wheels - foot).tolist() == pytest.approx([0.25, 0.25])


def test_the_last_metres_are_walked_at_the_same_pace_on_uncleared_ground() -> None:
    assert walking.leg_minutes(np.array([60.0]), profile("age6_8.summer")).tolist() == pytest.approx([1.0])
    assert walking.leg_minutes(np.array([60.0]), profile("age6_8.winter")).tolist() == pytest.approx([1.12])
    assert walking.leg_minutes(np.array([60.0]), profile("age6_8.winter"), "low").tolist() == pytest.approx([1.06])


def test_cold_limits_winter_alone() -> None:
    choices = Choices(longest_cold_min=20.0)
    assert choices.cutoff(profile("age6_8.winter")) == 20.0
    assert choices.cutoff(profile("age6_8.summer")) == np.inf
    assert Choices().cutoff(profile("age6_8.winter")) == np.inf


@given(
    who=st.sampled_from([name for name in names() if name.endswith(".summer")]),
    season=st.sampled_from(["winter", "winter_stress"]),
    tags=st.sampled_from([FOOT, MAIN, STEPS, {"highway": "secondary", "lanes": "2"}]),
    gradient=st.floats(-0.3, 0.3),
    end=st.sampled_from(walking.ENDS),
)
def test_winter_is_never_faster(
    who: str, season: str, tags: Mapping[str, str], gradient: float, end: walking.End
) -> None:
    summer = minutes(tags, who, slopes=hill(gradient))
    winter = minutes(tags, profile(who).of_season(season).name, slopes=hill(gradient), end=end)
    assert all(w >= s for s, w in zip(summer, winter, strict=True))
