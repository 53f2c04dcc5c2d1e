"""Rank stability: on the paper city without variation and with one at a time, and on the real extract."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cfc_gis import equity, gaps, schema, schema_equity, stability, standards
from cfc_gis.access.reached import Reached
from cfc_gis.stability import Variation
from tests import paper_city, results

STILL = Variation((1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0), draws=20, seed=1, worst=10, worst_share=1 / 3)


def inputs() -> dict[str, Any]:
    """The paper city; few children live in its units, which is not held against them here."""
    metres = np.array(paper_city.METRES)
    near = np.flatnonzero(metres <= 625.0)
    school = np.where(near < 4, 0, 1)
    common = {"access": paper_city.access(), "units": paper_city.units(), "standards": paper_city.standards(),
              "categories": paper_city.categories(), "neighbourhoods": paper_city.neighbourhoods()}  # fmt: skip
    return {
        "ways": equity.ways(**common),
        "origins": paper_city.origins(),
        "facilities": paper_city.facilities(),
        "reached": {(paper_city.CATEGORY, paper_city.PROFILE): Reached(500.0, near, school, metres[near], metres)},
        "gaps": gaps.flag(**common).assign(reasons=""),
        "standards": paper_city.standards(),
    }


def found(varied: Variation = STILL, **other: Any) -> pd.DataFrame:
    table = stability.stability(**{**inputs(), **other}, varied=varied)
    schema.check(table, schema_equity.STABILITY)
    return table


def among(table: pd.DataFrame, level: str = "subdistrict") -> dict[str, float]:
    rows = table[table["level"] == level]
    return dict(zip(rows["unit_code"], rows["share_among_worst"], strict=True))


def test_without_variation_a_unit_is_always_or_never_among_them() -> None:
    """Of three districts one counts, 丙区 with 0; of six sub-districts two.

    r31 has none of 30 children within the standard, r22 and r32 none of 20 each: the code decides. r21 has 20 of 30.
    """
    table = found()
    rows = table[table["level"] == "district"]
    assert rows["unit_code"].tolist() == ["230104", "230103", "230102"]
    assert rows["unit_name"].tolist() == ["丙区", "乙区", "甲区"]
    assert rows["share_within"].tolist() == pytest.approx([0.0, 0.4, 1.0])
    assert rows[["rank", "units", "worst", "draws"]].to_numpy().tolist() == [[k, 3, 1, 20] for k in (1, 2, 3)]
    assert among(table, "district") == {"230104": 1.0, "230103": 0.0, "230102": 0.0}
    assert among(table) == {"r31": 1.0, "r22": 1.0, "r32": 0.0, "r21": 0.0, "r11": 0.0, "r12": 0.0}
    assert (table["rank_low"] == table["rank"]).all()
    assert (table["rank_high"] == table["rank"]).all()


def test_a_wider_cutoff_moves_who_lies_just_beyond() -> None:
    """From 1.2 times the standard on, b3 at 600 m is served and r22 gives its place to r32: one draw in five."""
    table = found(replace(STILL, cutoff=(1.0, 1.25), draws=1000))
    shares = among(table)
    assert shares["r31"] == 1.0
    assert shares["r22"] + shares["r32"] == 1.0
    assert shares["r32"] == pytest.approx(0.2, abs=0.05)
    rows = table.set_index("unit_code")
    assert rows.loc["r22", ["rank", "rank_low", "rank_high"]].tolist() == [2, 2, 3]


def test_speed_moves_standards_in_minutes_alone() -> None:
    faster = replace(STILL, speed=(1.2, 1.25))
    minutes = {paper_city.CATEGORY: replace(paper_city.standards()[paper_city.CATEGORY], measure="minutes")}
    assert among(found(faster))["r32"] == 0.0
    assert among(found(faster, standards=minutes))["r32"] == 1.0


def test_without_any_facility_the_number_of_children_decides() -> None:
    """All shares are 0 then: r11, r21 and r31 have 30 children, and of these the first two codes count."""
    shares = among(found(replace(STILL, completeness=(0.0, 0.0))))
    assert shares == {"r11": 1.0, "r21": 1.0, "r31": 0.0, "r12": 0.0, "r22": 0.0, "r32": 0.0}


def test_a_thinner_record_moves_the_served() -> None:
    """One of two schools goes in about half of the draws: r21, b1 of which is near the second, falls back with it."""
    table = found(replace(STILL, completeness=(0.5, 0.5), draws=1000)).set_index("unit_code")
    assert table.loc["r21", "rank_low"] < table.loc["r21", "rank"]
    assert table.loc["230104", "share_among_worst"] < 1.0  # where nothing is left the codes decide


def test_children_move_the_shares_of_units_of_several_neighbourhoods() -> None:
    """230102 and 230104 are all or nothing whoever lives where; 乙区 is not, and stays between them."""
    table = found(replace(STILL, children=(0.2, 5.0)))
    assert among(table, "district") == {"230104": 1.0, "230103": 0.0, "230102": 0.0}
    assert among(table)["r22"] < 1.0  # it had as many children as r32


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    shipped = replace(stability.variation(), cutoff=(0.8, 1.13))
    pd.testing.assert_frame_equal(found(shipped), found(shipped))
    assert among(found(shipped)) != among(found(replace(shipped, seed=7)))


def test_the_order_of_rows_does_not_matter() -> None:
    given = inputs()
    key = paper_city.CATEGORY, paper_city.PROFILE
    near = given["reached"][key]
    last = len(given["origins"]) - 1
    turned = Reached(500.0, (last - near.origin)[::-1], (1 - near.facility)[::-1], near.cost[::-1], near.nearest[::-1])
    other = found(
        stability.variation(),
        ways=given["ways"].sample(frac=1.0, random_state=4),
        origins=given["origins"][::-1],
        facilities=given["facilities"][::-1],
        reached={key: turned},
        gaps=given["gaps"][::-1],
    )
    pd.testing.assert_frame_equal(found(stability.variation()), other)


def test_units_with_few_children_are_not_ranked() -> None:
    judged = inputs()["gaps"]
    few = judged.assign(reasons=np.where(judged["unit_code"] == "r31", "count_missing;few_children", "count_missing"))
    rows = found(gaps=few)
    assert "r31" not in set(rows["unit_code"])
    assert rows.loc[rows["level"] == "subdistrict", "units"].unique().tolist() == [5]
    none = found(gaps=judged.assign(reasons="few_children"))
    assert none.empty


def test_ranges_reach_no_farther_than_the_pairs() -> None:
    with pytest.raises(ValueError, match=r"1\.25"):
        found(replace(STILL, cutoff=(1.0, 1.2), speed=(1.0, 1.2), draws=200))


def test_the_run_itself_gives_the_shares_of_the_gaps() -> None:
    result = results.sample()
    ways = equity.ways(
        neighbourhoods=result.neighbourhoods, access=result.access, units=result.units,
        standards=result.standards, categories=standards.categories(),
    )  # fmt: skip
    table = stability.stability(
        ways=ways, origins=result.origins, facilities=result.facilities, reached=result.reached, gaps=result.gaps,
        standards=result.standards, varied=STILL,
    )  # fmt: skip
    both = table.merge(result.gaps, on=["level", "unit_code", "category", "profile"])
    assert len(both) == len(table) > 0
    np.testing.assert_allclose(both["share_within"], both["share_low"], atol=1e-8)
    assert set(table["share_among_worst"]) <= {0.0, 1.0}


def test_the_real_extract_in_a_few_seconds(extract_path: Path) -> None:
    result = results.real(extract_path, "summer")
    ways = equity.ways(
        neighbourhoods=result.neighbourhoods, access=result.access, units=result.units,
        standards=result.standards, categories=standards.categories(),
    )  # fmt: skip
    started = time.process_time()
    table = stability.stability(
        ways=ways, origins=result.origins, facilities=result.facilities, reached=result.reached, gaps=result.gaps,
        standards=result.standards,
    )  # fmt: skip
    assert time.process_time() - started < 20.0
    schema.check(table, schema_equity.STABILITY)
    assert set(table["draws"]) == {200}
    parks = table[(table["category"] == "park") & (table["level"] == "subdistrict")]
    worst = parks["worst"].iloc[0]
    assert parks["share_among_worst"].sum() == pytest.approx(worst)
    assert parks.loc[parks["rank"] <= worst, "share_among_worst"].mean() > 0.5
