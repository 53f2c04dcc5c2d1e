"""Official counts against each other: worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from cfc_gis.agreement import disagreeing, disputed
from cfc_gis.sources import boundaries

UNITS = pd.DataFrame({"unit_code": ["C", "D", "E", "s", "t"], "parent_code": [None, "C", "C", "D", "D"]})


def counts(**sites: float) -> pd.DataFrame:
    rows = {"unit_code": list(sites), "category": "park", "sites": list(sites.values())}
    return pd.DataFrame({**rows, "capacity": None, "enrolled": None})


def least(**sites: float) -> pd.Series:
    index = pd.MultiIndex.from_tuples(
        [(code, "park", "sites") for code in sites], names=["unit_code", "category", "measure"]
    )
    return pd.Series(list(sites.values()), index=index)


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [
        ({"C": 10, "D": 6, "E": 4}, {}),
        ({"C": 9, "D": 6, "E": 4}, {"C": (9, 10)}),
        ({"C": 10, "D": 11}, {"C": (10, 11)}),  # of E nothing is known, and it has none at the least
        ({"D": 5, "s": 3, "t": 3}, {"D": (5, 6)}),
        ({"C": 10, "s": 6, "t": 5}, {"C": (10, 11)}),  # a district without a figure has what its parts have
        ({"C": 10, "D": 5, "E": 5, "s": 3, "t": 3}, {"C": (10, 11), "D": (5, 6)}),
    ],
)
def test_a_whole_has_at_least_what_its_parts_have(figures: dict[str, float], wanted: dict[str, object]) -> None:
    found = disagreeing(counts(**figures), UNITS)
    assert {row.unit_code: (row.figure, row.parts) for row in found.itertuples()} == wanted


def test_what_is_proven_counts_for_a_part_without_a_figure_or_with_a_lower_one() -> None:
    assert disagreeing(counts(C=10, D=4), UNITS, least(E=6)).empty
    assert disagreeing(counts(C=10, D=4), UNITS, least(E=7))["parts"].tolist() == [11.0]
    assert disagreeing(counts(C=10, D=4), UNITS, least(D=11))["parts"].tolist() == [11.0]
    assert disagreeing(counts(C=10), UNITS, least(C=11, D=11)).empty  # what is found of one count is no matter of parts


def test_neither_the_whole_nor_anything_below_it_is_used() -> None:
    found = disputed(counts(C=20, D=5, E=5, s=3, t=3), UNITS)
    assert {code for code, _, _ in found} == {"D", "s", "t"}
    assert {code for code, _, _ in disputed(counts(C=9, D=5, E=5, s=3), UNITS)} == {"C", "D", "E", "s"}


def test_measures_and_categories_are_held_apart() -> None:
    table = counts(C=9, D=6, E=4).assign(category=["park", "park", "play"])
    assert disagreeing(table, UNITS).empty


def test_all_districts_of_a_city_that_fall_short_of_it_disagree_too() -> None:
    """Of 18 districts 100 each make 1,800: of 1,890 within 5 %, of 1,900 not; of 17 nothing is said."""
    places = [entry for entry in boundaries.builtin_places() if entry.level == "district"]
    codes = [entry.code for entry in places if entry.code.startswith("2301")]
    assert len(codes) == 18

    def found(city: float, districts: list[str]) -> list[list[object]]:
        table = pd.DataFrame({"unit_code": ["230100", *districts], "category": "childcare", "sites": None,
                              "capacity": [city, *[100.0] * len(districts)], "enrolled": None})  # fmt: skip
        return disagreeing(table, pd.DataFrame({"unit_code": [], "parent_code": []})).to_numpy().tolist()

    assert found(1890.0, codes) == []
    assert found(1900.0, codes) == [["230100", "childcare", "capacity", 1900.0, 1800.0]]
    assert found(50_000.0, codes[:-1]) == []
