"""Children by neighbourhood: totals conserved, the census never exceeded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import schema
from cfc_gis.population import estimate, fill_floor_area

CENSUS = pd.DataFrame(
    {
        "unit_code": ["A", "B"],
        "population": [1000, 5000],
        "children_0_2": [20.0, 90.0],
        "children_3_5": [30.0, 110.0],
        "children_6_11": [60.0, 250.0],
        "children_12_14": [30.0, 100.0],
    }
)


def homes(*rows: tuple[float, float, float], low: float = 1.0, high: float = 1.0) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["floor_m2", "area_m2", "cover"], dtype=float)
    return table.assign(kind="compound", floor_low_m2=table["floor_m2"] * low, floor_high_m2=table["floor_m2"] * high)


def test_floor_area_of_a_compound_without_homes_by_hand() -> None:
    """A: ratio (300 + 500) / (100 + 300) = 2, the half-mapped third does not count; C has none: 890 / 430."""
    table = homes(
        (300, 100, 0.3), (500, 300, 0.2), (10, 1000, 0.01), (np.nan, 50, np.nan), (90, 30, 0.4), (np.nan, 60, np.nan)
    )
    district = pd.Series(["A", "A", "A", "A", "B", "C"])
    filled = fill_floor_area(table, district)
    assert filled["floor_m2"].tolist() == pytest.approx([300, 500, 10, 100, 90, 60 * 890 / 430])
    assert filled["population_source"].tolist() == ["buildings"] * 3 + ["area", "buildings", "area"]


def test_a_whole_district_gets_its_census() -> None:
    found = estimate(homes((300, 1, 0.3), (100, 1, 0.3)), pd.Series(["A", "A"]), pd.Series({"A": 1.0}), CENSUS)
    assert found.neighbourhoods["population"].tolist() == [750.0, 250.0]
    assert found.neighbourhoods["children_6_11"].tolist() == [45.0, 15.0]
    assert found.districts.loc["A", "population_rule"] == "census"
    assert found.districts.loc["A", ["population_low", "population_high"]].tolist() == [1000.0, 1000.0]


def test_a_cut_district_gets_what_its_floor_area_holds() -> None:
    """9,000 m2 / 30 = 300 people; low 8,000 / 40 = 200, high 10,000 / 25 = 400; children 300 / 1,000 of the census."""
    table = pd.DataFrame(
        {
            "floor_m2": [9000.0],
            "floor_low_m2": [8000.0],
            "floor_high_m2": [10000.0],
            "area_m2": [1.0],
            "cover": [0.3],
            "kind": ["compound"],
        }
    )
    found = estimate(table, pd.Series(["A"]), pd.Series({"A": 0.4}), CENSUS)
    row = found.districts.loc["A"]
    assert row[["population", "population_low", "population_high"]].tolist() == [300.0, 200.0, 400.0]
    assert row["population_rule"] == "floor_area"
    assert found.neighbourhoods["children_6_11"].tolist() == [18.0]


def test_a_cut_district_never_has_more_people_than_the_census() -> None:
    found = estimate(homes((90_000, 1, 0.3), low=0.2), pd.Series(["A"]), pd.Series({"A": 0.9}), CENSUS)
    row = found.districts.loc["A"]
    assert row[["population", "population_low", "population_high"]].tolist() == [1000.0, 450.0, 1000.0]
    assert row["population_rule"] == "census_cap"


def test_outside_the_census_there_are_no_people_rather_than_none_counted() -> None:
    district = pd.Series(["A", None, "Z"])
    found = estimate(homes((300, 1, 0.3), (300, 1, 0.3), (300, 1, 0.3)), district, pd.Series({"A": 1.0}), CENSUS)
    assert found.neighbourhoods["population"].isna().tolist() == [False, True, True]
    assert found.neighbourhoods["population_source"].tolist() == ["buildings", "outside_census", "outside_census"]
    assert found.counts["neighbourhoods_outside_census"] == 2


def test_no_mapped_home_anywhere_still_spreads_a_whole_district() -> None:
    found = estimate(
        homes((np.nan, 100, np.nan), (np.nan, 300, np.nan)), pd.Series(["A", "A"]), pd.Series({"A": 1.0}), CENSUS
    )
    assert found.neighbourhoods["population"].tolist() == [250.0, 750.0]


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.sampled_from(["A", "B"])), min_size=1, max_size=20),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_totals_are_conserved(rows: list[tuple[float, str]], a: float, b: float) -> None:
    table = homes(*((floor, 1.0, 0.3) for floor, _ in rows), low=0.8, high=1.3)
    district = pd.Series([code for _, code in rows])
    found = estimate(table, district, pd.Series({"A": a, "B": b}), CENSUS)
    sums = found.neighbourhoods[["population", *schema.BANDS]].groupby(district).sum()
    for code, row in found.districts.iterrows():
        np.testing.assert_allclose(sums.loc[code], row[["population", *schema.BANDS]].astype(float), rtol=1e-9)
        assert row["population_low"] <= row["population"] <= row["population_high"] <= row["census_population"]
