"""From lists and counts to completeness, and who may be judged by it: small cases, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from cfc_gis import counting, possible, schema
from cfc_gis.claims import Whole
from cfc_gis.standards import categories

PARK = {"park": categories()["park"]}
UNITS = pd.DataFrame(
    {
        "level": ["city", "district", "district", "subdistrict"],
        "unit_code": ["C", "D", "E", "S"],
        "unit_name": ["市", "甲区", "乙区", "一街道"],
        "parent_code": [None, "C", "C", "D"],
        "covered_area_share": 1.0, "covered_people_share": 1.0,
        "population_high": np.nan, "census_population": np.nan,
    }
)  # fmt: skip
NO_COUNTS = pd.DataFrame(columns=[*schema.COUNTS.columns])


def parks(
    n: int, *, source: str = "osm", start: int = 0, district: str | None = "D", inside: bool = True
) -> pd.DataFrame:
    ids = [f"{source[0]}{start + k}" for k in range(n)]
    return pd.DataFrame({"facility_id": ids, "category": "park", "evidence": "strong", "source": source,
                         "inside": inside, "district_code": district,
                         "subdistrict_code": "S" if district == "D" else None})  # fmt: skip


def lines(ids: list[str | None], outcome: str, district: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({"category": "park", "outcome": outcome, "facility_id": ids, "district": district})


def listed(
    rows: pd.DataFrame, *districts: str, kinds: tuple[str, ...] = ("park",), independent: bool = False
) -> counting.Listed:
    """A list that is declared complete for some districts."""
    return counting.Listed(rows, Whole(frozenset(districts), frozenset(kinds)), independent)


def of(unit: str, facilities: pd.DataFrame, counts: pd.DataFrame = NO_COUNTS, *lists: counting.Listed) -> pd.Series:
    table = counting.complete(facilities, UNITS, counts, lists, PARK)
    schema.check(table, schema.COMPLETENESS)
    return table[table["unit_code"] == unit].iloc[0]


def test_what_a_list_alone_has_counts_as_that() -> None:
    """OSM has 30, the list 20, 15 of them in both: 35 are known, and at the least 54 % of the list were in OSM."""
    known = pd.concat([parks(30), parks(5, source="list")], ignore_index=True)
    told = pd.concat([lines([f"o{k}" for k in range(15)], "matched"), lines([f"l{k}" for k in range(5)], "new")])
    row = of("D", known, NO_COUNTS, listed(told, independent=True))
    assert row["basis"] == "capture_recapture"
    assert (row["found"], row["counted"]) == (35.0, 31 * 21 / 16 - 1)
    assert row["completeness_low"] == pytest.approx(35 / (30 / beta.ppf(0.05, 15, 6)))


def test_a_list_is_held_to_what_it_has_of_the_proven() -> None:
    """All ten that are listed have a place, but OSM proves two that are not listed: the list has 10 of 12."""
    row = of("D", parks(12), NO_COUNTS, listed(lines([f"o{k}" for k in range(10)], "matched"), "甲区"))
    assert row["completeness_low"] == pytest.approx(10 / 12)
    assert row["reasons"] == "list_lacks_known"


def test_new_rows_lie_where_the_facility_lies_and_rows_without_a_place_are_missing_everywhere() -> None:
    """Eight matched and two new in 甲区, two without place or district: 10 of 10, at worst 10 of 12."""
    known = pd.concat([parks(8), parks(2, source="list")], ignore_index=True)
    told = pd.concat([lines([f"o{k}" for k in range(8)], "matched"), lines(["l0", "l1"], "new"),
                      lines([None, None], "unplaced")])  # fmt: skip
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))
    assert (row["completeness"], row["completeness_low"]) == (1.0, pytest.approx(10 / 12))
    below = of("S", known, NO_COUNTS, listed(told, "甲区"))
    assert (below["completeness_low"], below["reasons"]) == (
        pytest.approx(10 / 12), "place_unknown;missing_somewhere"
    )  # fmt: skip
    whole = of("S", known, NO_COUNTS, listed(told[told["outcome"] != "unplaced"], "甲区"))
    assert (whole["completeness_low"], whole["reasons"]) == (1.0, "")
    assert of("E", known, NO_COUNTS, listed(told, "甲区"))["basis"] == "none"  # nothing is declared of it


def test_a_row_beyond_the_border_says_nothing_of_the_district_there() -> None:
    """41 rows name 甲区; one of them lies in 乙区, and at worst it is one that is missing in 甲区."""
    known = pd.concat([parks(40), parks(1, start=40, district="E")], ignore_index=True)
    told = lines([f"o{k}" for k in range(41)], "matched", "甲区")
    beside = of("E", known, NO_COUNTS, listed(told, "甲区"))
    assert (beside["basis"], beside["reasons"]) == ("none", "")
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))
    assert (row["found"], row["counted"], row["completeness"]) == (41.0, 41.0, 1.0)
    assert (row["completeness_low"], row["reasons"]) == (pytest.approx(40 / 41), "place_disagrees")


def test_only_what_is_declared_complete_is_taken_for_it() -> None:
    told = lines([f"o{k}" for k in range(10)], "matched", "甲区")
    assert of("D", parks(10), NO_COUNTS, listed(told))["basis"] == "none"
    assert of("D", parks(10), NO_COUNTS, listed(told, "甲区", kinds=("play",)))["basis"] == "none"
    assert of("D", parks(10), NO_COUNTS, listed(told, independent=True))["basis"] == "capture_recapture"
    assert of("D", parks(10), NO_COUNTS, listed(told, "乙区", independent=True))["basis"] == "none"


def test_of_a_district_that_is_declared_and_has_no_rows_there_are_none() -> None:
    """None is listed in 乙区: nothing is missing; where the map proves one the list lacks all there are."""
    told = lines([f"o{k}" for k in range(3)], "matched", "甲区")
    row = of("E", parks(3), NO_COUNTS, listed(told, "甲区", "乙区"))
    assert (row["counted"], row["completeness_low"], row["reasons"]) == (0.0, 1.0, "count_zero")
    known = pd.concat([parks(3), parks(1, start=3, district="E")], ignore_index=True)
    row = of("E", known, NO_COUNTS, listed(told, "甲区", "乙区"))
    assert (row["completeness_low"], row["reasons"]) == (0.0, "count_zero;list_lacks_known")


def test_rows_of_districts_outside_the_study_are_missing_in_none_of_its_own() -> None:
    told = pd.concat([lines(["o0"], "matched", "甲区"), lines([None], "unplaced", "大庆市")], ignore_index=True)
    assert of("D", parks(1), NO_COUNTS, listed(told, "甲区"))["completeness_low"] == 1.0
    assert harbin(parks(1), lines([None], "unplaced", "宾县"), lines(["o0"], "matched", "甲区")) == 1.0
    # 郊区 is a district of 佳木斯市, and a word for the outskirts of any city.
    assert harbin(parks(1), lines([None], "unplaced", "郊区"), lines(["o0"], "matched", "甲区")) == 0.5


def harbin(known: pd.DataFrame, *told: pd.DataFrame) -> float:
    """The completeness by which 甲区 of 哈尔滨市 is judged."""
    units = UNITS.assign(
        unit_code=["230100", "230103", "230104", "230103001"], parent_code=[None, "230100", "230100", "230103"]
    )
    known = known.assign(district_code=known["district_code"].map({"D": "230103"}), subdistrict_code=None)
    table = counting.complete(known, units, NO_COUNTS, [listed(pd.concat(told), "甲区")], PARK)
    return float(table.set_index("unit_code").loc["230103", "completeness_low"])


def test_what_lies_beyond_the_study_area_is_not_found_in_the_covered_part_of_its_district() -> None:
    """Of 100 parks of 甲区 12 are found inside; 60 of the list lie in 甲区 outside the study area: still 12 of 100."""
    known = pd.concat([parks(12), parks(60, source="list", inside=False)], ignore_index=True)
    counts = pd.DataFrame({"unit_code": ["D"], "category": "park", "sites": [100.0], "capacity": np.nan,
                           "enrolled": np.nan})  # fmt: skip
    for unit, some in (("D", counts), ("C", counts.assign(unit_code="C"))):
        row = of(unit, known, some)
        assert (row["found"], row["completeness"]) == (12.0, 0.12)
    told = pd.concat([lines([f"o{k}" for k in range(12)], "matched", "甲区"),
                      lines([f"l{k}" for k in range(60)], "new", "甲区"),
                      lines([None] * 8, "unplaced", "甲区")])  # fmt: skip
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))  # of the 20 that lie or may lie inside 12 are found
    assert (row["found"], row["counted"], row["completeness_low"]) == (12.0, 20.0, 0.6)
    both = of("D", known, NO_COUNTS, listed(told, independent=True))  # OSM has 12, the list 20; 60 beyond say nothing
    assert (both["found"], both["counted"]) == (12.0, 20.0)


def test_a_row_that_lies_beyond_the_study_area_and_not_in_its_district_is_missing_there() -> None:
    known = pd.concat([parks(9), parks(1, source="list", district=None, inside=False)], ignore_index=True)
    told = pd.concat([lines([f"o{k}" for k in range(9)], "matched", "甲区"), lines(["l0"], "new", "甲区")])
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))
    assert (row["found"], row["completeness"], row["completeness_low"]) == (9.0, 0.9, pytest.approx(0.9))


def test_counts_that_contradict_each_other_make_no_completeness() -> None:
    """The city counts 4 parks, its districts 3 and 2; where they have 2 and 2 the counts agree."""

    def counts(first: float) -> pd.DataFrame:
        return pd.DataFrame({"unit_code": ["C", "D", "E"], "category": "park", "sites": [4.0, first, 2.0],
                             "capacity": np.nan, "enrolled": np.nan})  # fmt: skip

    for unit in "CDE":
        row = of(unit, parks(2), counts(3.0))
        assert (row["basis"], row["reasons"]) == ("none", "counts_disagree")
        assert np.isnan(row["completeness_low"])
        assert of(unit, parks(2), counts(2.0))["basis"] == "own_count"
    proven = pd.concat([parks(3), parks(2, start=3, district="E")])  # five are found where the city counts four
    assert of("C", proven, counts(2.0).iloc[:2])["reasons"] == "counts_disagree"
    assert of("C", proven, counts(2.0).iloc[:1])["reasons"] == "found_more_than_counted"


def test_a_city_weighs_its_districts_by_what_lies_in_their_covered_parts() -> None:
    """甲区 is whole: 5 of 10. Of 乙区 a tenth is covered: 100 counted, 8 found, 10 expected, 10 + 1.645 * 3 at most.

    The city: (10 * 0.5 + 10 * 0.8) / 20, not (10 * 0.5 + 100 * 0.8) / 110.
    """
    units = UNITS.assign(covered_people_share=[1.0, 1.0, 0.1, 1.0])
    known = pd.concat([parks(5), parks(8, start=5, district="E")])
    counts = pd.DataFrame({"unit_code": ["D", "E"], "category": "park", "sites": [10.0, 100.0], "capacity": np.nan,
                           "enrolled": np.nan})  # fmt: skip
    city = counting.complete(known, units, counts, [], PARK).iloc[0]
    assert (city["level"], city["found"], city["counted"]) == ("city", 13.0, 110.0)
    assert city["completeness"] == pytest.approx(0.65)
    assert city["completeness_low"] == pytest.approx((0.5 + 8 / (10 + 1.645 * 3)) / 2)
    more = pd.concat([known, parks(8, start=13, district="E")])  # 16 disprove the tenth: all 100 may lie there
    city = counting.complete(more, units, counts, [], PARK).iloc[0]
    assert city["completeness_low"] == pytest.approx((10 * 0.5 + 100 * 0.16) / 110)


def test_a_city_has_none_only_where_no_district_has_any() -> None:
    counts = pd.DataFrame({"unit_code": ["D", "E"], "category": "park", "sites": [2.0, 0.0], "capacity": np.nan,
                           "enrolled": np.nan})  # fmt: skip
    assert of("E", parks(2), counts)["reasons"] == "count_zero"
    assert of("C", parks(2), counts)["reasons"] == ""
    assert of("C", parks(0), counts.assign(sites=0.0))["reasons"] == "count_zero"


def judging(level: str, **known: tuple[float, str]) -> tuple[list[str], list[str]]:
    """Basis and reasons by which a unit is judged, from the completeness of several."""
    rows = [(unit, low, basis, "") for unit, (low, basis) in known.items()]
    table = pd.DataFrame(rows, columns=["unit_code", "completeness_low", "basis", "reasons"])
    table["level"] = table["unit_code"].map(UNITS.set_index("unit_code")["level"])
    told: Any = table[table["level"] == level].set_index("unit_code")
    basis, reasons = possible._judging(told, level, UNITS, table)
    return basis.tolist(), reasons.tolist()


OWN = "own_count"


@pytest.mark.parametrize(
    ("level", "known", "wanted"),
    [
        ("subdistrict", {"S": (0.9, OWN), "D": (0.9, OWN), "C": (0.9, OWN)}, (OWN, "")),
        ("subdistrict", {"S": (0.79, OWN), "D": (0.9, OWN), "C": (0.9, OWN)}, ("not_judged", "small_unit_incomplete")),
        ("subdistrict", {"S": (1.0, OWN)}, ("not_judged", "district_not_counted;neighbours_not_counted")),
        (
            "subdistrict",
            {"S": (1.0, OWN), "C": (1.0, OWN), "D": (1.0, "inherited")},
            ("not_judged", "district_not_counted"),
        ),
        ("subdistrict", {"S": (1.0, OWN), "D": (1.0, OWN)}, ("not_judged", "neighbours_not_counted")),
        ("district", {"D": (0.7, OWN), "C": (0.7, OWN)}, (OWN, "")),
        ("district", {"D": (1.0, OWN)}, (OWN, "neighbours_not_counted")),
        ("city", {"C": (0.7, OWN)}, (OWN, "")),
    ],
)
def test_a_count_alone_says_nothing_of_what_lies_beside(
    level: str, known: dict[str, tuple[float, str]], wanted: tuple[str, str]
) -> None:
    basis, reasons = judging(level, **known)
    assert (basis[0], reasons[0]) == wanted


def test_rows_that_name_only_the_city_may_lie_in_any_of_its_districts() -> None:
    """Ten are placed in 甲区; 40 that the city runs have no place: at worst they all lie there, as those of 市直属."""
    units = UNITS.assign(
        unit_code=["230100", "230103", "230104", "230103001"], parent_code=[None, "230100", "230100", "230103"]
    )
    known = parks(10).assign(district_code="230103", subdistrict_code="230103001")
    for unit_name, city in (("哈尔滨市", "哈尔滨市"), ("城区", "哈尔滨市"), ("哈尔滨市", "市直属")):
        own = units.assign(unit_name=[unit_name, "甲区", "乙区", "一街道"])
        told = pd.concat([lines([f"o{k}" for k in range(10)], "matched", "甲区"), lines([None] * 40, "unplaced", city)])
        table = counting.complete(known, own, NO_COUNTS, [listed(told, "甲区")], PARK).set_index("unit_code")
        assert table.loc["230103", "completeness_low"] == pytest.approx(10 / 50)
        assert "place_unknown" in table.loc["230103", "reasons"]
    told = pd.concat([lines([f"o{k}" for k in range(10)], "matched", "甲区"), lines([None] * 40, "unplaced", "大庆市")])
    table = counting.complete(known, own, NO_COUNTS, [listed(told, "甲区")], PARK).set_index("unit_code")
    assert table.loc["230103", "completeness_low"] == 1.0  # of another city


def test_rows_of_which_a_list_does_not_say_what_they_are_may_be_missing_ones() -> None:
    """Ten parks are placed in 甲区. Three rows say nothing of what they are, one of them not even where: 10 of 13.

    A school of unknown stage is no park.
    """
    told = lines([f"o{k}" for k in range(10)], "matched", "甲区")
    aside = pd.DataFrame(
        [("甲区", "park;play"), (None, "park"), ("乙区", "park"), ("甲区", "park"), ("甲区", "primary_school"),
         ("大庆市", "park")],
        columns=["district", "may_be"],
    )  # fmt: skip
    whole = Whole(frozenset({"甲区"}), frozenset({"park"}))
    row = of("D", parks(10), NO_COUNTS, counting.Listed(told, whole, unsorted=aside))
    assert (row["found"], row["counted"], row["completeness"]) == (10.0, 10.0, 1.0)
    assert (row["completeness_low"], row["reasons"]) == (pytest.approx(10 / 13), "kind_unknown")
    below = of("S", parks(10), NO_COUNTS, counting.Listed(told, whole, unsorted=aside))
    assert "missing_somewhere" in below["reasons"]


def test_a_row_without_a_district_that_lies_in_none_may_be_missing_in_any() -> None:
    """A mistyped longitude: the row names no district, and lies in none of the study."""
    known = pd.concat([parks(9), parks(1, source="list", district=None, inside=False)], ignore_index=True)
    told = pd.concat([lines([f"o{k}" for k in range(9)], "matched", "甲区"), lines(["l0"], "new")])
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))
    assert (row["completeness"], row["completeness_low"]) == (1.0, pytest.approx(0.9))
    assert row["reasons"] == "place_unknown"


def test_rows_that_are_only_presumed_to_be_of_a_kind_are_not_found() -> None:
    """Ten rows have a place; of three of them only the name suggests that they are parks: 7 of 10."""
    known = parks(10)
    known.loc[known.index[:3], "evidence"] = "presumed"
    row = of("D", known, NO_COUNTS, listed(lines([f"o{k}" for k in range(10)], "matched", "甲区"), "甲区"))
    assert (row["found"], row["counted"], row["completeness_low"]) == (7.0, 10.0, pytest.approx(0.7))
    assert row["reasons"] == "kind_presumed"


def test_a_second_source_holds_its_rows_without_a_place_too() -> None:
    """OSM has 30. A list without places has 20 names of OSM's and 20 others: OSM has half of it, 60 in all."""
    told = pd.concat([lines([f"o{k}" for k in range(20)], "matched", "甲区"), lines([None] * 20, "unplaced", "甲区")])
    row = of("D", parks(30), NO_COUNTS, listed(told, independent=True))
    assert (row["found"], row["counted"]) == (30.0, pytest.approx(31 * 41 / 21 - 1))
    assert row["completeness_low"] < 0.5
    nowhere = listed(told.assign(district=None), independent=True)
    assert of("D", parks(30), NO_COUNTS, nowhere)["counted"] == pytest.approx(31 * 41 / 21 - 1)
    # Of 乙区 the list has none, so that it says nothing of the city.
    assert of("C", parks(30), NO_COUNTS, nowhere)["basis"] == "none"
    both = pd.concat([parks(30), parks(1, start=40, district="E")])
    more = pd.concat([told, lines(["o40"], "matched", "乙区")])
    assert of("C", both, NO_COUNTS, listed(more, independent=True))["counted"] == pytest.approx(32 * 42 / 22 - 1)
    elsewhere = pd.concat([told.iloc[:20], told.iloc[20:].assign(district="大庆市")])
    assert of("D", parks(30), NO_COUNTS, listed(elsewhere, independent=True))["counted"] == 30.0


def test_rows_that_say_not_what_they_are_belong_to_a_second_source_too() -> None:
    """OSM has 30, the list 20 of them and 20 rows without a kind: as above."""
    told = lines([f"o{k}" for k in range(20)], "matched", "甲区")
    aside = pd.DataFrame({"district": ["甲区"] * 20, "may_be": "park;play"})
    row = of("D", parks(30), NO_COUNTS, counting.Listed(told, independent=True, unsorted=aside))
    assert row["counted"] == pytest.approx(31 * 41 / 21 - 1)


def test_what_another_register_has_is_not_osms() -> None:
    """OSM has 10. Two lists are copies of each other with 60, 10 of them OSM's: OSM has 10 of 60."""
    known = pd.concat([parks(10), parks(50, source="list")], ignore_index=True)
    told = lines([f"o{k}" for k in range(10)] + [f"l{k}" for k in range(50)], "matched", "甲区")
    row = of("D", known, NO_COUNTS, listed(told, independent=True))
    assert (row["found"], row["counted"]) == (60.0, 11 * 61 / 11 - 1)


def test_a_list_that_has_more_than_is_counted_lowers_what_the_count_says() -> None:
    """The count has 28, of which 25 are found. The complete list has 60, 35 of them without a place: 25 of 60."""
    counts = pd.DataFrame({"unit_code": ["D"], "category": "park", "sites": [28.0], "capacity": np.nan,
                           "enrolled": np.nan})  # fmt: skip
    told = pd.concat([lines([f"o{k}" for k in range(25)], "matched", "甲区"), lines([None] * 35, "unplaced", "甲区")])
    row = of("D", parks(25), counts, listed(told, "甲区"))
    assert (row["basis"], row["completeness_low"]) == ("own_count", pytest.approx(25 / 60))
    assert row["reasons"] == "other_basis_less"
    # The city, which is judged by its districts, is no more complete than they are.
    both = pd.concat([counts, counts.assign(unit_code="E", sites=0.0)])
    assert of("C", parks(25), both, listed(told, "甲区"))["completeness_low"] == pytest.approx(25 / 60)


def test_a_list_is_held_to_what_other_registers_prove_as_well() -> None:
    """The list has 10, all placed; another register proves two that it lacks: 10 of 12."""
    known = pd.concat([parks(10), parks(2, source="register")], ignore_index=True)
    row = of("D", known, NO_COUNTS, listed(lines([f"o{k}" for k in range(10)], "matched", "甲区"), "甲区"))
    assert (row["completeness_low"], row["reasons"]) == (pytest.approx(10 / 12), "list_lacks_known")


def test_a_row_without_a_district_that_lies_in_one_of_which_nothing_is_declared_may_be_missing() -> None:
    """The list is declared complete for 甲区; one of ten rows names no district and lies in 乙区: at worst 9 of 10."""
    known = pd.concat([parks(9), parks(1, start=9, district="E")], ignore_index=True)
    told = pd.concat([lines([f"o{k}" for k in range(9)], "matched", "甲区"), lines(["o9"], "matched")])
    row = of("D", known, NO_COUNTS, listed(told, "甲区"))
    assert (row["completeness"], row["completeness_low"]) == (1.0, pytest.approx(0.9))


def test_what_several_complete_lists_have_counts_once() -> None:
    """Two lists repeat ten parks; one of them has ten more without a place: 10 of 20, not 20 of 30."""
    told = lines([f"o{k}" for k in range(10)], "matched", "甲区")
    more = pd.concat([told, lines([None] * 10, "unplaced", "甲区")])
    row = of("D", parks(10), NO_COUNTS, listed(told, "甲区"), listed(more, "甲区"))
    assert (row["found"], row["counted"], row["completeness_low"]) == (10.0, 20.0, 0.5)
