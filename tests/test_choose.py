"""What a planner names in a call, right and wrong."""

from __future__ import annotations

import pandas as pd
import pytest

from cfc_gis.access import choose
from cfc_gis.errors import ChoiceUnknown

HOMES = pd.DataFrame(
    {
        "neighbourhood_id": ["w1", "w2", "w3", "w4"],
        "name": pd.array(["和兴小区", "学府家园", "学府家园", None], dtype="str"),
    }
)


def test_an_id_goes_before_a_name() -> None:
    assert choose.row(HOMES, "neighbourhood", "w4") == 3
    assert choose.row(HOMES.assign(name=["w3", "b", "c", "d"]), "neighbourhood", "w3") == 2


def test_a_name_will_do_where_no_other_has_it() -> None:
    assert choose.row(HOMES, "neighbourhood", "和兴小区") == 0


def test_places_of_one_name_are_listed() -> None:
    with pytest.raises(ChoiceUnknown) as caught:
        choose.row(HOMES, "neighbourhood", "学府家园")
    for lang in ("zh", "en"):
        assert "w2, w3" in caught.value.text(lang)


def test_long_lists_are_cut_short_and_say_how_many_there_are() -> None:
    many = pd.DataFrame({"facility_id": [f"w{i}" for i in range(40)], "name": "儿童活动场地"})
    with pytest.raises(ChoiceUnknown, match=r"There are 40 facilities named .*w9, …\.") as caught:
        choose.row(many, "facility", "儿童活动场地")
    assert "w10" not in str(caught.value)


@pytest.mark.parametrize(("named", "close"), [("和兴小", "和兴小区"), ("w11", "w1")])
def test_a_misspelt_place_is_met_with_a_close_one(named: str, close: str) -> None:
    with pytest.raises(ChoiceUnknown) as caught:
        choose.row(HOMES, "neighbourhood", named)
    assert close in caught.value.text("en")


def test_fault_65_a_name_in_a_message_has_no_control_characters() -> None:
    with pytest.raises(ChoiceUnknown) as caught:
        choose.row(HOMES, "neighbourhood", "甲\u202e乙\x07")
    assert "甲乙" in str(caught.value)


def test_a_category_that_is_not_judged() -> None:
    with pytest.raises(ChoiceUnknown, match="primary_school"):
        choose.category("primary")


def test_a_season_goes_before_that_of_the_profile() -> None:
    assert (
        choose.who("age3_5", "summer", season="winter", profile="age6_8_strict.summer").name == "age6_8_strict.winter"
    )
    with pytest.raises(ChoiceUnknown):
        choose.who("age3_5", "summer", season="autumn")
