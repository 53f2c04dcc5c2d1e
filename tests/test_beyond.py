"""Where to go and look: neighbourhoods by children beyond the standard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from cfc_gis import beyond, comparable, locale
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.standards import categories
from tests import results, tables


def rank(category: str = "primary_school", unit: str | None = None, **changed: Any) -> pd.DataFrame:
    names = ("neighbourhoods", "access", "facilities", "units", "gaps")
    made = [changed[name] if name in changed else getattr(tables, name)() for name in names]
    kind = categories()[category]
    standard = changed.get("standard", tables.standards()[category])
    return beyond.rank(*made, category=kind, profile=f"{kind.age}.summer", standard=standard, unit=unit)


def homes(**changed: Any) -> pd.DataFrame:
    return tables.neighbourhoods().assign(**{"population_source": "buildings", **changed})


def test_children_beyond_by_hand() -> None:
    # Compound i has 45 + i children; those who are not within 500 m of any school, presumed ones too, are beyond.
    ways = tables.access().query("category == 'primary_school' and profile == 'age6_8.summer'")
    wanted = {
        row.neighbourhood_id: 45.0 + int(row.neighbourhood_id[1:]) - 1000
        for row in ways.itertuples()
        if row.share_within_presumed == 0.0
    }
    found = rank(neighbourhoods=homes())
    assert dict(zip(found["neighbourhood_id"], found["children_beyond"], strict=True)) == wanted
    assert found["children_beyond"].is_monotonic_decreasing
    assert found["rank"].tolist() == list(range(1, len(wanted) + 1))
    assert set(found["doubts"]) == {""}
    assert found.loc[found["neighbourhood_id"] == "w1025", "metres"].isna().all()


def test_what_only_a_presumed_facility_serves_is_not_beyond_but_unproven() -> None:
    ways = tables.access()
    row = (ways["neighbourhood_id"] == "w1039") & (ways["category"] == "primary_school")
    ways.loc[row, ["share_within", "share_within_presumed"]] = [0.25, 0.75]
    found = rank(access=ways, neighbourhoods=homes()).set_index("neighbourhood_id").loc["w1039"]
    assert found[["children", "children_beyond", "children_unproven"]].tolist() == [84.0, 21.0, 63.0]


@pytest.mark.parametrize(
    ("column", "share", "doubt"),
    [
        ("share_beyond", 0.05, "border"), ("share_beyond", 0.049, ""),
        ("share_unconnected", 0.05, "unconnected"), ("share_unconnected", 0.049, ""),
    ],
)  # fmt: skip
def test_what_is_doubtful_stands_last_without_a_rank(column: str, share: float, doubt: str) -> None:
    """w1039 has most children: with a doubt it stands last, however many they are."""
    ways = tables.access()
    ways.loc[ways["neighbourhood_id"] == "w1039", [column, "share_within", "share_within_presumed"]] = [share, 0, 0]
    found = rank(access=ways, neighbourhoods=homes())
    place = found.iloc[-1 if doubt else 0]
    assert (place["neighbourhood_id"], place["doubts"]) == ("w1039", doubt)
    assert found["rank"].isna().tolist() == [False] * (len(found) - 1) + [bool(doubt)]


def test_children_estimated_from_land_have_no_rank() -> None:
    found = rank()  # every second compound has no mapped home
    by_land = found["neighbourhood_id"].map(lambda code: int(code[1:]) % 2 == 0)
    assert (found["doubts"] == "area").tolist() == by_land.tolist() == found["rank"].isna().tolist()
    assert by_land.is_monotonic_increasing
    assert all(part["children_beyond"].is_monotonic_decreasing for _, part in found.groupby("doubts"))


def test_where_places_cannot_be_told_apart_none_has_a_rank() -> None:
    low = tables.gaps().assign(share_presumed=comparable.SEPARATES - 0.001)
    found = rank("kindergarten", "道里区", gaps=low, neighbourhoods=homes())  # no data
    assert set(found["doubts"]) == {beyond.FEW_RECORDED}
    assert found["rank"].isna().all()
    assert found["neighbourhood_id"].is_monotonic_increasing
    assert rank("primary_school", "道里区", gaps=low, neighbourhoods=homes())["rank"].notna().all()  # a gap
    at = tables.gaps().assign(share_presumed=comparable.SEPARATES)
    assert rank("kindergarten", "道里区", gaps=at, neighbourhoods=homes())["rank"].notna().all()


def test_those_to_whom_the_standard_does_not_apply_are_left_out() -> None:
    some = homes()
    some.loc[some["neighbourhood_id"] == "w1039", "urban_rural"] = "rural"
    urban = replace(tables.standards()["primary_school"], applies_to="urban")
    ways = tables.access().assign(share_within=0.0, share_within_presumed=0.0)
    assert len(rank(neighbourhoods=some, access=ways, standard=urban)) == len(some) - 1
    assert "w1039" not in set(rank(neighbourhoods=some, access=ways, standard=urban)["neighbourhood_id"])


def test_every_doubt_has_words() -> None:
    for doubt in (*beyond.DOUBTS, beyond.FEW_RECORDED):
        assert locale.say(f"doubt.{doubt}", "zh") != locale.say(f"doubt.{doubt}", "en")


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = {name: getattr(tables, name)().sample(frac=1, random_state=4) for name in ("access", "neighbourhoods")}
    pd.testing.assert_frame_equal(rank(**shuffled), rank())


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
        beyond_all = result.beyond("park", row.unit_code, season="winter")["children_beyond"].sum()
        assert beyond_all == pytest.approx(row.children * (1 - row.share_presumed), rel=1e-9)
