"""Where a completeness comes from: counts, registers and two sources worked out on paper, and who inherits."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from cfc_gis import locale
from cfc_gis.completeness import (
    BASES,
    COLUMNS,
    REASONS,
    chapman,
    from_counts,
    from_register,
    from_two_sources,
    settle,
)
from cfc_gis.standards import categories

UNITS = pd.DataFrame({
    "level": ["city", "district", "district", "subdistrict"],
    "unit_code": ["c", "d", "e", "s"],
    "parent_code": [None, "c", "c", "d"],
    "covered_people_share": [1.0, 1.0, np.nan, 1.0],
    "covered_area_share": [1.0, 1.0, 0.5, 1.0],
    "population_high": np.nan,
    "census_population": np.nan,
})  # fmt: skip
NOTHING = pd.DataFrame({"unit_code": pd.Series(dtype="str"), "category": pd.Series(dtype="str"), "found": []})


def counted(**of: float) -> pd.DataFrame:
    return pd.DataFrame({"unit_code": "d", "category": list(of), "sites": list(of.values()), "source": "统计年鉴"})


def found(**of: float) -> pd.DataFrame:
    return pd.DataFrame({"unit_code": "d", "category": list(of), "found": list(of.values())})


SORTED = pd.DataFrame(columns=["unit_code", "category"])


def one(table: pd.DataFrame, category: str, unit: str = "d") -> pd.Series:
    rows = table[(table["category"] == category) & (table["unit_code"] == unit)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_kind_of_which_more_is_found_than_counted_contradicts_the_count() -> None:
    """Primary schools 5 of 8, nine-year schools 4 of 2: the two do not count the same, and nothing is concluded."""
    table = from_counts(
        counted(primary_school=8, nine_year_school=2), found(primary_school=5, nine_year_school=4), UNITS, categories()
    )
    row = one(table, "primary_school")
    assert row["found"] == 9.0
    assert row[["counted", "completeness", "completeness_low"]].isna().all()
    assert row["basis"] == "none"
    assert row["reasons"] == "found_more_than_counted"


def test_more_found_than_counted_is_no_count() -> None:
    row = one(from_counts(counted(park=3), found(park=5), UNITS, categories()), "park")
    assert np.isnan(row["completeness"])
    assert row["reasons"] == "found_more_than_counted"
    row = one(from_counts(counted(park=0), found(park=1), UNITS, categories()), "park")  # a count of 0 is contradicted
    assert row["basis"] == "none"


def test_a_count_of_none_leaves_nothing_to_miss() -> None:
    row = one(from_counts(counted(park=0), NOTHING, UNITS, categories()), "park")
    assert row["completeness_low"] == 1.0
    assert row["reasons"] == "count_zero"


def test_none_found_of_a_count_is_a_completeness_of_none() -> None:
    assert one(from_counts(counted(park=4), NOTHING, UNITS, categories()), "park")["completeness_low"] == 0.0


def test_a_kind_without_a_count_makes_no_completeness() -> None:
    row = one(from_counts(counted(primary_school=8), found(primary_school=8), UNITS, categories()), "primary_school")
    assert np.isnan(row["completeness"])
    assert (row["basis"], row["reasons"]) == ("none", "kind_not_counted_nine_year_school")


def test_every_kind_that_may_lack_a_count_has_a_reason_of_its_own() -> None:
    kinds = {kind for row in categories().values() if len(row.served_by) > 1 for kind in row.served_by}
    assert {f"kind_not_counted_{kind}" for kind in kinds} == {key for key in REASONS if "kind_not" in key}


def test_a_missing_count_is_no_count() -> None:
    table = from_counts(counted(park=np.nan, play=2), found(park=3, play=1), UNITS, categories())
    assert table["category"].tolist() == ["play"]


def part_of(share: float, count: float, n: float, high: float = np.nan) -> pd.Series:
    """The parks of a district of which a share is covered: counted in all of it, found inside, people at most."""
    units = UNITS.assign(covered_people_share=share, population_high=high, census_population=100.0)
    return one(from_counts(counted(park=count), found(park=n), units, categories()), "park")


def test_a_whole_count_for_a_part_errs_towards_silence() -> None:
    """Of half the people 4 of 10 found: at best 4 of 5, for the judgement 4 of 5 + 1.645 sqrt(2.5) = 7.60."""
    row = part_of(0.5, 10, 4)
    assert row["completeness"] == pytest.approx(0.8)
    assert row["completeness_low"] == pytest.approx(4 / (5 + 1.645 * 2.5**0.5))
    assert row["reasons"] == "count_of_whole_unit"


def test_where_nobody_knows_how_many_live_in_a_part_all_that_is_counted_may_lie_there() -> None:
    """Half of e's area is covered, and no census says how many people: 4 of 10, though 4 of 5 by area."""
    told = counted(park=10).assign(unit_code="e"), found(park=4).assign(unit_code="e")
    row = one(from_counts(*told, UNITS, categories()), "park", "e")
    assert (row["completeness"], row["completeness_low"]) == (pytest.approx(0.8), 0.4)
    assert row["reasons"] == "count_share_unknown"


def test_more_found_in_a_part_than_its_people_allow_disproves_their_share() -> None:
    """10 counted, 0.2 covered: at most 2 + 1.645 sqrt(1.6) = 4.08 lie there; of five all ten may."""
    row = part_of(0.2, 10, 4)
    assert row["completeness_low"] == pytest.approx(4 / (2 + 1.645 * 1.6**0.5))
    assert (row["completeness"], row["reasons"]) == (1.0, "count_of_whole_unit")  # more than 2, but it may be
    row = part_of(0.2, 10, 5)
    assert (row["completeness"], row["completeness_low"], row["reasons"]) == (0.5, 0.5, "share_disproved")


def test_no_more_lie_in_a_part_than_are_counted() -> None:
    """4 counted, 0.9 covered: 3.6 + 1.645 sqrt(0.36) = 4.6, and there are four."""
    assert part_of(0.9, 4, 3)["completeness_low"] == 0.75


def test_more_people_than_the_census_has_are_all_of_them() -> None:
    assert part_of(0.9, 4, 3, high=120.0)["completeness_low"] == 0.75
    assert part_of(0.5, 100, 40, high=60.0)["completeness_low"] == pytest.approx(40 / (60 + 1.645 * 24**0.5))


def test_a_register_without_places_is_missing_data() -> None:
    """Of d: 2 found, 1 conflicting; one more that may lie anywhere: 2 of 3, at worst 2 of 4."""
    rows = pd.DataFrame({
        "category": "park",
        "outcome": ["matched", "new", "conflicting", "unplaced"],
        "unit_code": ["d", "d", "d", None],
        "elsewhere": False,
    })  # fmt: skip
    claimed = pd.DataFrame({"unit_code": ["d"], "category": "park"})
    row = one(from_register(rows, SORTED, claimed, UNITS, categories()), "park")
    assert (row["found"], row["counted"]) == (2, 3)
    assert row["completeness"] == pytest.approx(2 / 3)
    assert row["completeness_low"] == 0.5
    assert row["reasons"] == "place_unknown"
    settled = rows.iloc[:2].assign(outcome=["same", "left_out"], unit_code=["d", None])
    again = from_register(
        pd.concat([rows, settled]), SORTED, claimed, UNITS, categories()
    )  # none of their own is missing
    assert one(again, "park").equals(row)


def test_rows_of_which_nothing_says_what_they_are_may_be_missing_ones() -> None:
    """Of d: 2 of 3 found, and two that may be parks, one there and one anywhere: at worst 2 of 5."""
    rows = pd.DataFrame({"category": "park", "outcome": ["matched", "new", "unplaced"], "unit_code": "d",
                         "elsewhere": False})  # fmt: skip
    claimed = pd.DataFrame({"unit_code": ["d"], "category": "park"})
    unsorted = pd.DataFrame({"unit_code": ["d", None, "other"], "category": "park"})
    row = one(from_register(rows, unsorted, claimed, UNITS, categories()), "park")
    assert (row["counted"], row["completeness"], row["completeness_low"]) == (3, pytest.approx(2 / 3), 0.4)
    assert row["reasons"] == "kind_unknown"
    none = one(from_register(rows.iloc[:0], unsorted, claimed, UNITS, categories()), "park")
    assert (none["completeness_low"], none["reasons"]) == (0.0, "count_zero;kind_unknown")


def test_a_list_of_primary_schools_alone_says_nothing_of_who_is_served() -> None:
    """Nine-year schools serve the children too, and the list does not have them, or they are not declared."""
    rows = pd.DataFrame({"category": "primary_school", "outcome": ["matched"] * 3, "unit_code": "d",
                         "elsewhere": False})  # fmt: skip
    claimed = pd.DataFrame({"unit_code": ["d"], "category": "primary_school"})
    row = one(from_register(rows, SORTED, claimed, UNITS, categories()), "primary_school")
    assert row[["completeness", "completeness_low", "counted"]].isna().all()
    assert (row["basis"], row["reasons"]) == ("none", "kind_not_counted_nine_year_school")
    both = pd.concat([claimed, claimed.assign(category="nine_year_school")])
    table = from_register(rows, SORTED, both, UNITS, categories())
    assert one(table, "primary_school")["completeness_low"] == 1.0
    assert one(table, "junior_school")["reasons"] == "kind_not_counted_junior_school"


def test_chapman_on_paper() -> None:
    """31 * 21 / 16 - 1 = 39.6875; variance 31 * 21 * 15 * 5 / (16^2 * 17) = 11.2190; 4.6875 unseen of 35 known.

    The factor is exp(1.96 sqrt(ln(1 + 11.2190 / 4.6875^2))) = 3.5215.
    """
    sites, low, high = chapman(30, 20, 15)
    assert sites == pytest.approx(39.6875)
    assert low == pytest.approx(35 + 4.6875 / 3.5215, abs=1e-3)
    assert high == pytest.approx(35 + 4.6875 * 3.5215, abs=1e-2)


def test_chapman_holds_on_two_made_lists() -> None:
    """100 sites, lists of about 60 and 50: the interval holds the truth in at least 90 % of 500 draws."""
    random = np.random.default_rng(1)
    held = []
    for _ in range(500):
        first, second = random.random(100) < 0.6, random.random(100) < 0.5
        _, low, high = chapman(int(first.sum()), int(second.sum()), int((first & second).sum()))
        held.append(low <= 100 <= high)
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize(("first", "second", "both"), [(20, 20, 6), (10, 8, 9)])
def test_chapman_refuses(first: int, second: int, both: int) -> None:
    with pytest.raises(ValueError, match="at least 7"):
        chapman(first, second, both)


def test_equal_lists_hold_all() -> None:
    assert tuple(chapman(9, 9, 9)) == (9.0, 9.0, 9.0)


def test_two_sources_judge_by_the_upper_end() -> None:
    matches = pd.DataFrame({"unit_code": ["d", "e"], "category": "park", "first": 30, "second": 20, "both": [15, 6],
                            "found": [35, 44]})  # fmt: skip
    table = from_two_sources(matches, UNITS, categories())
    assert one(table, "park")["completeness"] == pytest.approx(35 / 39.6875)
    # 15 of the 20 of the second are in the first, at the least 54.4 %: 30 / 0.544 = 55.1, more than Chapman's 51.5.
    least = beta.ppf(0.05, 15, 6)
    assert one(table, "park")["completeness_low"] == pytest.approx(35 / (30 / least))
    assert np.isnan(one(table, "park", "e")["completeness"])
    assert one(table, "park", "e")["reasons"] == "few_matched"


def test_seven_of_seven_do_not_prove_that_all_are_known() -> None:
    """0.05 ** (1 / 7) = 0.652 is the least share that seven hits of seven speak for."""
    matches = pd.DataFrame({"unit_code": ["d"], "category": "park", "first": 95, "second": 7, "both": 7, "found": 95})
    row = one(from_two_sources(matches, UNITS, categories()), "park")
    assert row["completeness"] == 1.0
    assert row["completeness_low"] == pytest.approx(0.05 ** (1 / 7))


def known(unit: str, value: float, basis: str = "own_count", level: str = "district") -> pd.DataFrame:
    row = [level, unit, "park", value, value, 1.0, 2.0, basis, ""]
    return pd.DataFrame([row], columns=list(COLUMNS))


PARK = {"park": categories()["park"]}


def test_who_has_none_inherits_from_the_nearest_above() -> None:
    table = settle([known("c", 0.6, level="city"), known("d", 0.5)], UNITS, PARK)
    assert [one(table, "park", unit)["completeness_low"] for unit in "cdes"] == [0.6, 0.5, 0.6, 0.5]
    assert [one(table, "park", unit)["basis"] for unit in "cdes"] == [
        "own_count",
        "own_count",
        "inherited",
        "inherited",
    ]


def test_a_grandchild_inherits_too() -> None:
    table = settle([known("c", 0.6, level="city")], UNITS, PARK)
    assert (one(table, "park", "s")["completeness_low"], one(table, "park", "s")["basis"]) == (0.6, "inherited")


def test_no_unit_is_judged_more_complete_than_what_lies_around_it() -> None:
    row = one(settle([known("c", 0.6, level="city"), known("d", 1.0)], UNITS, PARK), "park")
    assert (row["completeness"], row["completeness_low"]) == (1.0, 0.6)
    assert (row["basis"], row["reasons"]) == ("own_count", "parent_less_complete")


def test_the_most_trusted_basis_decides_whatever_the_order() -> None:
    tables = [known("d", value, basis) for value, basis in zip((0.9, 0.8, 0.7), BASES[:3], strict=True)]
    for order in (tables, tables[::-1]):
        assert one(settle(order, UNITS, PARK), "park")["completeness"] == 0.9


def test_without_any_count_nothing_is_known() -> None:
    table = settle([], UNITS, categories())
    assert len(table) == len(UNITS) * len(categories())
    assert table["completeness"].isna().all()
    assert set(table["basis"]) == {"none"}


def test_every_basis_and_reason_has_words() -> None:
    for section, keys in (("completeness_basis", BASES), ("reason", REASONS)):
        assert all(locale.say(f"{section}.{key}", lang) for key in keys for lang in locale.LANGS)


def test_every_reason_and_what_would_settle_stand_in_the_docs_in_the_same_words() -> None:
    page = (Path(__file__).parent.parent / "docs" / "completeness.md").read_text(encoding="utf-8")
    for name in ("gaps", "completeness"):
        file = resources.files("cfc_gis") / "resources" / "locale" / f"{name}.toml"
        words = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, said in {**words.get("reason", {}), **words.get("settle", {})}.items():
            assert f"| `{key}` | {said['zh']} / {said['en']} |" in page
