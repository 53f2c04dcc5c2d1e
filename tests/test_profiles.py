"""Profiles: what a name stands for."""

from __future__ import annotations

import pytest

from cfc_gis import profiles, standards
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.schema import SEASONS


def test_every_profile_can_be_had_and_bears_its_name() -> None:
    names = profiles.names()
    assert len(set(names)) == len(names) == 5 * 4 * 3  # ages; none, stroller, wheelchair, strict; seasons
    for name in names:
        who = profiles.profile(name)
        assert who.name == name
        assert who.season in SEASONS
        assert name.startswith(who.age)


def test_winter_is_a_scenario_with_a_range_and_never_faster() -> None:
    for category in standards.categories().values():
        summer, winter = (profiles.profile(f"{category.age}.{season}") for season in SEASONS)
        assert winter.scenario
        assert not summer.scenario
        for ice in (winter.ice_cleared, winter.ice_other):
            assert list(ice) == sorted(ice)
            assert min(ice) >= 0
        assert all(a <= b for a, b in zip(winter.ice_cleared, winter.ice_other, strict=True))
        assert summer.ice_cleared == summer.ice_other == (0.0, 0.0, 0.0)


def test_wheels_take_no_steps_and_are_not_wary() -> None:
    for aid in ("stroller", "wheelchair"):
        who = profiles.profile(f"age6_8_{aid}.summer")
        assert (who.steps, who.wary, who.companion) == (False, False, aid)


def test_the_stress_case_is_slower_still() -> None:
    assert profiles.profile("age6_8.winter_stress").speed_m_s == 0.75
    assert profiles.profile("age6_8.winter_stress").season == "winter"


@pytest.mark.parametrize("name", ["age6_9.winter", "age6_8.wintre", "age6_8_stroler.winter", "winter", ""])
def test_an_unknown_profile_names_what_there_is(name: str) -> None:
    with pytest.raises(ChoiceUnknown, match=r"age6_8\.winter"):
        profiles.profile(name)
