"""Where to go and look: neighbourhoods by children beyond the standard."""

from __future__ import annotations

import pytest

from cfc_gis import beyond
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.standards import categories
from tests import results, tables


def rank(category: str = "primary_school", unit: str | None = None):
    made = (tables.neighbourhoods(), tables.access(), tables.facilities(), tables.units(), tables.gaps())
    profile = f"{categories()[category].age}.summer"
    return beyond.rank(*made, category=categories()[category], profile=profile, unit=unit)


def test_children_beyond_by_hand() -> None:
    # Compound i has 45 + i children; those not within 500 m, or that reach nothing (i % 13 == 12), are beyond.
    ways = tables.access().query("category == 'primary_school' and profile == 'age6_8.summer'")
    wanted = {
        row.neighbourhood_id: 45.0 + int(row.neighbourhood_id[1:]) - 1000
        for row in ways.itertuples()
        if row.share_within == 0.0
    }
    found = rank()
    assert dict(zip(found["neighbourhood_id"], found["children_beyond"], strict=True)) == wanted
    assert found["children_beyond"].is_monotonic_decreasing
    assert found.loc[found["neighbourhood_id"] == "w1012", "metres"].isna().all()


def test_a_unit_by_name_or_code_holds_its_own_alone() -> None:
    named, coded = rank(unit="道里区"), rank(unit="230102")
    assert named.equals(coded)
    assert set(named["district"]) == {"道里区"}
    assert 0 < len(named) < len(rank())
    assert len(rank(unit="哈尔滨市")) == len(rank())
    with pytest.raises(ChoiceUnknown, match="哈尔滨市, 道里区"):
        rank(unit="道里")


def test_all_children_count_for_what_serves_all() -> None:
    found = rank("play").set_index("neighbourhood_id")
    home = tables.neighbourhoods().set_index("neighbourhood_id").loc[found.index[0]]
    assert found["children"].iloc[0] == pytest.approx(home[[*tables._BANDS]].sum())
    assert set(found["judgement"]) == {"no_data"}


def test_those_beyond_add_up_to_what_the_judgement_says() -> None:
    result = results.sample()
    judged = result.gaps.query("level == 'district' and category == 'park' and profile.str.endswith('.winter')")
    for row in judged.itertuples():
        urban = result.beyond("park", row.unit_code, season="winter")
        kept = result.neighbourhoods.set_index("neighbourhood_id").loc[urban["neighbourhood_id"], "urban_rural"]
        sure = urban.loc[(kept != "rural").to_numpy(), "children_beyond"].sum()
        assert sure == pytest.approx(row.children * (1 - row.share_low), rel=1e-9)
