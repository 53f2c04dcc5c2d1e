"""The paper city judged: every completeness, interval, judgement and severity as worked out by hand.

Of each district's 50 children 甲区 has 50 within 500 m, 乙区 20, 丙区 none; the target is 90 %. Two schools are found:
s1 in 甲区 serves all of 甲区, s2 in 乙区 serves b1 alone. The 10 children of c4 in 丙区 live off the network: nobody
knows where their homes lead to, and they may be served.

The bound is high = low + r f1 + 1.5 sqrt(r (sum a^2 / c + A^2)) + off the network, r = (1 - c) / c; A^2 is the mean
square of the shares that one school serves: of districts (1 + 0.16) / 2 = 0.58.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cfc_gis import counting, gaps, possible, schema
from cfc_gis.access.reached import Reached
from cfc_gis.claims import Whole
from tests import paper_city as city

KEY = (city.CATEGORY, city.PROFILE)
NEAR = Reached(
    500.0,
    origin=np.array([0, 1, 2, 3, 4]),
    facility=np.array([0, 0, 0, 0, 1]),
    cost=np.array(city.METRES[:5]),
    nearest=np.array(city.METRES),
)
NO_COUNTS = pd.DataFrame(columns=[*schema.COUNTS.columns])
TYPICAL_SQUARED = (1.0 + 0.4**2) / 2


def counts(**sites: float) -> pd.DataFrame:
    codes = dict(zip("甲乙丙", city.DISTRICTS, strict=True))
    rows = [(codes[name], kind, n if kind == city.CATEGORY else 0.0) for name, n in sites.items()
            for kind in ("primary_school", "nine_year_school")]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit_code", "category", "sites"])
    return table.assign(capacity=np.nan, enrolled=np.nan, source="made")


def judged(
    told: pd.DataFrame = NO_COUNTS,
    lists: tuple[counting.Listed, ...] = (),
    *,
    unconnected: float = 1.0,
    times: float = 10.0,
) -> pd.DataFrame:
    """The gaps of the paper city by unit, with its standard verified, and the completeness they rest on.

    Its children are ten times as many as on paper: of a unit with fewer than 100 nothing falls short for certain.
    """
    homes, kinds = city.neighbourhoods(), city.categories()
    homes["children_6_11"] *= times
    rules = {name: replace(row, verified=True, target_verified=True) for name, row in city.standards().items()}
    sites = city.facilities().assign(
        district_code=list(city.DISTRICTS)[:2], subdistrict_code=["r11", "r21"], inside=True
    )
    complete = counting.complete(sites, city.units(), told, lists, kinds)
    about: dict[str, Any] = {"neighbourhoods": homes, "units": city.units(), "categories": kinds, "standards": rules}
    share = possible.shares(**about, reached={KEY: NEAR}, origins=city.origins(), completeness=complete)
    ways = city.access()
    ways["share_unconnected"] *= unconnected
    found = gaps.flag(**about, access=ways, possible=share)
    schema.check(found, schema.GAPS)
    schema.check(complete, schema.COMPLETENESS)
    return found.set_index("unit_code")


def shown(found: pd.DataFrame, units: list[str], columns: list[str]) -> list[list[Any]]:
    return [[round(v, 9) if isinstance(v, float) else v for v in found.loc[unit, columns]] for unit in units]


def test_without_a_count_only_what_meets_is_judged() -> None:
    found = judged()
    assert found["judgement"].to_dict() == {
        "230100": "no_data", "230102": "meets", "230103": "no_data", "230104": "no_data",
        "r11": "meets", "r12": "meets", "r21": "no_data", "r22": "no_data", "r31": "no_data", "r32": "no_data",
    }  # fmt: skip
    assert (found["share_high"] == 1.0).all()
    assert (found["shortfall_low"] == 0.0).all()
    assert found.loc[["230103", "230104"], "shortfall_high"].tolist() == pytest.approx([250.0, 450.0])


def test_where_all_schools_are_known_the_interval_is_a_point() -> None:
    """One school in 甲区, one in 乙区, none in 丙区, as found: c = 1.

    乙区 0.4: (0.9 - 0.4) / 0.9 > 0.25, depth (0.1 + 0.2 + 0.5) / 5 = 0.16: severity 2. 丙区 0 to 10 / 50, depth
    45 / 50: 3; at least 0.7 * 500 children are short of the target. The city 70 / 150 to 80 / 150, depth 53 / 150: 3.
    """
    found = judged(counts(甲=1, 乙=1, 丙=0))
    columns = ["completeness", "share_low", "share_high", "judgement", "severity", "shortfall_low", "shortfall_high"]
    assert shown(found, ["230102", "230103", "230104"], columns) == [
        [1.0, 1.0, 1.0, "meets", 0.0, 0.0, 0.0],
        [1.0, 0.4, 0.4, "gap", 2.0, 250.0, 250.0],
        [1.0, 0.0, 0.2, "gap", 3.0, 350.0, 450.0],
    ]
    whole = found.loc["230100"]
    assert whole[["judgement", "severity"]].tolist() == ["gap", 3.0]
    assert (whole["share_low"], whole["share_high"]) == pytest.approx((70 / 150, 80 / 150))
    assert found.loc[["r21", "r22", "r31", "r32"], "judgement"].tolist() == ["no_data"] * 4  # not counted themselves
    assert found["depth"].loc[["230103", "230104", "230100"]].tolist() == pytest.approx([0.16, 0.9, 53 / 150])


def test_of_fewer_than_a_hundred_children_nothing_falls_short_for_certain() -> None:
    """The city as on paper: 50 children in each district, 150 in all."""
    found = judged(counts(甲=1, 乙=1, 丙=0), times=1.0)
    assert found.loc[["230100", "230102", "230103", "230104"], "judgement"].tolist() == [
        "gap", "meets", "undecided", "undecided",
    ]  # fmt: skip
    assert found.loc["230103", "settled_by"] == "children_table"


def test_a_school_that_is_missing_leaves_the_middle_open() -> None:
    """Two schools in 乙区, one of them found: c = 1 / 2, r = 1. None in 丙区, but the city's c is 2 / 3, r = 1 / 2.

    乙区: 0.4 + 0.4 + 1.5 sqrt(0.16 / 0.5 + 0.58) > 1. 丙区: 1.5 sqrt(0.58 / 2) = 0.808, and 0.2 off the network:
    were they joined to it, and not served, it would be a gap. The city:
    7/15 + 7/30 + 1.5 sqrt((29/225 * 3/2 + 29/450) / 2) > 1.
    """
    found = judged(counts(甲=1, 乙=2, 丙=0))
    assert found.loc[["230100", "230102", "230103", "230104"], "judgement"].tolist() == [
        "undecided", "meets", "undecided", "undecided",
    ]  # fmt: skip
    assert found.loc[["230100", "230103", "230104"], "completeness"].tolist() == pytest.approx([2 / 3, 0.5, 2 / 3])
    bound = 1.5 * math.sqrt(0.5 * TYPICAL_SQUARED)
    assert found.loc[["230100", "230103"], "share_high"].tolist() == [1.0, 1.0]
    assert found.loc["230104", "share_high"] == pytest.approx(min(1.0, bound + 0.2))
    joined = judged(counts(甲=1, 乙=2, 丙=0), unconnected=0.0).loc["230104"]
    assert joined["judgement"] == "gap"
    assert joined["share_high"] == pytest.approx(bound)
    assert joined["shortfall_low"] == pytest.approx((0.9 - bound) * 500)
    assert found.loc["230103", "settled_by"] == "complete_list"
    assert found.loc["230104", "settled_by"] == "complete_list;connect_homes"
    assert "parent_less_complete" in found.loc["230104", "reasons"].split(";")


def test_too_many_missing_schools_say_nothing() -> None:
    """Five schools in 乙区, one found: c = 0.2. 丙区 is then held to the city's c, 2 / 6."""
    found = judged(counts(甲=1, 乙=5, 丙=0))
    assert found.loc[["230100", "230103", "230104"], "judgement"].tolist() == ["no_data"] * 3
    assert found.loc["230103", "completeness"] == pytest.approx(0.2)
    assert found.loc["230104", "completeness"] == pytest.approx(1 / 3)
    assert "count_too_low" in found.loc["230103", "reasons"].split(";")


def test_an_official_list_judges_sub_districts_too() -> None:
    """s1 and s2 are listed, nothing is missing: in 甲区 and 乙区 c = 1, in their sub-districts too. 丙区 has none.

    r21 has 20 of 30 children within: (0.9 - 2/3) / 0.9 = 0.26 > 0.25, depth 10 * 0.1 / 30: severity 2. r22 has none of
    20, depth (0.2 + 0.5) / 2 = 0.35: severity 3.
    """
    rows = pd.DataFrame({"category": "primary_school", "outcome": "matched", "facility_id": ["s1", "s2"],
                         "district": [None, None]})  # fmt: skip
    whole = Whole(frozenset({"甲区", "乙区"}), frozenset({"primary_school", "nine_year_school"}))
    found = judged(counts(丙=0), (counting.Listed(rows, whole),))
    columns = ["completeness", "share_high", "judgement", "severity"]
    assert shown(found, ["230103", "r21", "r22"], columns) == [
        [1.0, 0.4, "gap", 2.0],
        [1.0, round(2 / 3, 9), "gap", 2.0],
        [1.0, 0.0, "gap", 3.0],
    ]
    assert found.loc[["r11", "r12"], "judgement"].tolist() == ["meets", "meets"]
    assert found.loc[["230100", "230104"], "judgement"].tolist() == ["gap", "gap"]
    assert found.loc[["r31", "r32"], "judgement"].tolist() == ["no_data"] * 2
    alone = judged(lists=(counting.Listed(rows, whole),))  # of 丙区 nothing is known, so nothing of the city
    assert alone.loc[["230100", "230104", "r21", "r22"], "judgement"].tolist() == ["no_data"] * 4
    columns = ["judgement", "confidence", "settled_by"]
    assert alone.loc["230103", columns].tolist() == ["gap", "low", "count_city"]  # what would make it surer
    assert alone.loc["r22", columns].tolist() == ["no_data", "low", "count_city"]


def test_a_list_of_which_one_has_no_place_judges_the_district_and_none_of_its_parts() -> None:
    """Of 11 rows of 乙区 one has no place: c = 10 / 11, r = 1 / 10. It may serve r21, or r22. 甲区 lacks none.

    乙区: 0.4 + 0.04 + 1.5 sqrt((0.16 * 1.1 + 0.58) / 10) = 0.852.
    """
    ids, districts = ["s1"] + ["s2"] * 10 + [None], ["甲区"] + ["乙区"] * 11
    rows = pd.DataFrame({"category": "primary_school", "outcome": ["matched"] * 11 + ["unplaced"],
                         "facility_id": ids, "district": districts})  # fmt: skip
    whole = Whole(frozenset({"甲区", "乙区", "丙区"}), frozenset({"primary_school", "nine_year_school"}))
    found = judged(lists=(counting.Listed(rows, whole),))
    assert found.loc["230103", "completeness"] == pytest.approx(10 / 11)
    assert found.loc["230103", "share_high"] == pytest.approx(0.44 + 1.5 * math.sqrt((0.16 * 1.1 + 0.58) / 10))
    assert found.loc[["230103", "r21", "r22"], "judgement"].tolist() == ["gap", "no_data", "no_data"]
    assert all("missing_somewhere" in found.loc[unit, "reasons"].split(";") for unit in ("r21", "r22"))
    assert "missing_somewhere" not in found.loc["r12", "reasons"]


@pytest.mark.parametrize(
    ("told", "reason", "settled_by"),
    [
        (counts(乙=0), "found_more_than_counted", "check_count"),
        (counts(乙=1).iloc[:1], "kind_not_counted_nine_year_school", "count_kinds"),
        (NO_COUNTS, "count_missing", "official_count"),
    ],
)
def test_a_count_that_is_there_and_of_no_use_is_not_said_to_be_missing(
    told: pd.DataFrame, reason: str, settled_by: str
) -> None:
    row = judged(told).loc["230103"]
    assert (row["judgement"], row["settled_by"]) == ("no_data", settled_by)
    assert reason in row["reasons"].split(";")
    assert ("count_missing" in row["reasons"].split(";")) == (settled_by == "official_count")


def test_the_order_of_rows_and_a_home_split_in_two_change_nothing() -> None:
    whole = judged(counts(甲=1, 乙=2, 丙=0))
    again = judged(counts(丙=0, 乙=2, 甲=1))
    pd.testing.assert_frame_equal(whole, again)
