"""Profiles: speeds and winter, worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from cfc_gis import standards, walking
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.schema import SEASONS


@pytest.mark.parametrize(
    ("name", "metres", "minutes"),
    [
        ("age3_5.summer", 480.0, 10.0),  # 480 / 0.8 = 600 s
        ("age6_8.summer", 600.0, 10.0),
        ("age12_14.summer", 720.0, 10.0),
        ("age6_8.winter", 600.0, 10.6),  # and 0.6 km x 1 min
        ("age3_5.winter", 2400.0, 52.4),
    ],
)
def test_minutes_by_hand(name: str, metres: float, minutes: float) -> None:
    assert walking.profile(name).minutes(np.array([metres])).tolist() == pytest.approx([minutes])


def test_winter_is_never_faster_and_is_a_scenario_with_a_range() -> None:
    for category in standards.categories().values():
        summer, winter = (walking.profile(f"{category.age}.{season}") for season in SEASONS)
        assert winter.minutes(np.array([1000.0])) > summer.minutes(np.array([1000.0]))
        assert winter.scenario
        assert not summer.scenario
        assert winter.extra_low <= winter.extra_min_per_km <= winter.extra_high


def test_an_unknown_profile_names_a_close_one() -> None:
    with pytest.raises(ChoiceUnknown, match=r"age6_8\.winter"):
        walking.profile("age6_9.winter")
