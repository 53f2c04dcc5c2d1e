"""The plan's own tests in the paper city: every row as worked out by hand.

Its three districts have 500 residents each, and by the census 10 children of age 0, 40 of 1-4, 40 of 5-9 and 45 of
10-14: 30 of 0-2, 28 of 3-5, 50 of 6-11, as the compounds have, and 27 of 12-14. In 2025 those of 1-6 are 6-11: 40 + 16
= 56; those of 7-9 are 12-14: 24. The codes are those of a made-up city, of which no other district is known.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from cfc_gis import plan, schema
from cfc_gis.plan import known
from tests import paper_city as city

NO = np.nan
CITY, A, B, C = "990100", "990102", "990103", "990104"
SOUTH = 5_000_000
ENDS = ["value", "value_low", "value_high", "target", "shortfall"]


def renamed(codes: pd.Series) -> pd.Series:
    return codes.str.replace("^2301", "9901", regex=True)


def units() -> gpd.GeoDataFrame:
    table = city.units()
    return table.assign(unit_code=renamed(table["unit_code"]), parent_code=renamed(table["parent_code"]))


def districts() -> pd.DataFrame:
    bands = {"children_0_2": 30.0, "children_3_5": 28.0, "children_6_11": 50.0, "children_12_14": 27.0}
    return pd.DataFrame({"unit_code": [A, B, C], "unit_name": ["甲区", "乙区", "丙区"], "population": 500.0,
                         "population_urban": NO, **bands})  # fmt: skip


def at(compound: str) -> float:
    """Where a compound begins, from west to east."""
    return 500_000.0 + 100 * city.COMPOUNDS.index(compound)


def sites() -> gpd.GeoDataFrame:
    """What is on record: hospitals, a child-friendly space, a kindergarten of six classes, three parks."""

    def point(compound: str) -> Point:
        return Point(at(compound) + 40, SOUTH + 40)

    def ground(compound: str, width: float, height: float) -> BaseGeometry:
        return box(at(compound), SOUTH, at(compound) + width, SOUTH + height)

    rows: list[tuple[str, str, float, BaseGeometry]] = [
        ("paediatric_hospital", "strong", NO, point("a1")), ("paediatric_hospital", "presumed", NO, point("b1")),
        ("child_friendly_space", "confirmed", NO, point("a1")), ("kindergarten", "confirmed", 180.0, point("a2")),
        ("park", "strong", NO, ground("a1", 80, 50)), ("park", "strong", NO, ground("b1", 150, 80)),
        ("park", "strong", NO, ground("c1", 10, 10)),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["category", "evidence", "capacity", "geometry"])
    return gpd.GeoDataFrame(table, crs=city.CRS)


def counts() -> pd.DataFrame:
    rows = [
        (C, "paediatric_hospital", 0, NO, NO), (CITY, "child_supervisor", 300, NO, NO),
        (A, "childcare", NO, 3, 2), (B, "childcare", NO, 2, 1), (C, "childcare", NO, 0, 0),
        (A, "primary_school", NO, 60, 66), (B, "primary_school", NO, 50, 50), (C, "primary_school", NO, 40, 38),
        (A, "junior_school", NO, 30, 24), (B, "junior_school", NO, 20, 22), (C, "junior_school", NO, 24, 24),
        (A, "nine_year_school", NO, 0, NO), (B, "nine_year_school", NO, 0, NO), (C, "nine_year_school", NO, 20, NO),
        ("r12", "child_friendly_space", 0, NO, NO), ("r21", "child_friendly_space", 2, NO, NO),
        (B, "child_friendly_space", 2, NO, NO), (C, "child_friendly_space", 1, NO, NO),
        (A, "paediatric_emergency", 1, NO, NO), (B, "paediatric_emergency", 0, NO, NO),
        (A, "park", 1, NO, NO), (C, "park", 1, NO, NO),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit_code", "category", "sites", "capacity", "enrolled"])
    return table.astype({"sites": float, "capacity": float, "enrolled": float}).assign(source="paper")


def assigned() -> pd.DataFrame:
    """Of 甲区 the ten of a1 walk 600 m more than to the nearest school; of 乙区 nothing is known of b1's twenty."""
    children = dict(zip(city.COMPOUNDS, city.CHILDREN, strict=True))
    homes = [name for name in city.COMPOUNDS if name[0] in "ab"]
    extra = {"a1": 600.0, "b1": NO}
    return pd.DataFrame({"category": "primary_school", "district_code": [{"a": A, "b": B}[name[0]] for name in homes],
                         "children": [children[name] for name in homes],
                         "extra_m": [extra.get(name, 0.0) for name in homes]})  # fmt: skip


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    table = plan.indicators(
        districts=districts(),
        city={"unit_code": CITY, "unit_name": "纸上市", "population": 1500.0},
        facilities=sites(),
        units=units(),
        counts=counts(),
        assigned=assigned(),
    )
    schema.check(table, schema.INDICATORS)
    return table.set_index(["indicator", "unit_code", "phase"])


# Of each row: value, low, high, target, shortfall, judgement.
PAPER: dict[str, dict[str, tuple[Any, ...]]] = {
    # A hospital on record proves itself; a presumed one does at the second level alone; none is counted in 丙区.
    "paediatric_hospital.strong": {
        A: (1, 1, NO, 1, 0, "meets"), B: (NO, 0, NO, 1, NO, "undecided"), C: (0, 0, 0, 1, 1, "gap"),
    },
    "paediatric_hospital.presumed": {
        A: (1, 1, NO, 1, 0, "meets"), B: (1, 1, NO, 1, 0, "meets"), C: (0, 0, 0, 1, 1, "gap"),
    },
    # 4.5 * 500 / 1,000 = 2.25, of the city 6.75.
    "childcare.places": {
        CITY: (5, 5, 5, 6.75, 1.75, "gap"), A: (3, 3, 3, 2.25, 0, "meets"),
        B: (2, 2, 2, 2.25, 0.25, "gap"), C: (0, 0, 0, 2.25, 2.25, "gap"),
    },
    # 200 * 12 for each child.
    "childcare.subsidy": {
        CITY: (7200, 7200, 7200, NO, NO, None), A: (4800, 4800, 4800, NO, NO, None),
        B: (2400, 2400, 2400, NO, NO, None), C: (0, 0, 0, NO, NO, None),
    },
    # The 20 seats of nine-year schools in 丙区 may be primary ones, or not.
    "primary_school.seats": {
        CITY: (150, 150, 170, 168, 0, "undecided"), A: (60, 60, 60, 56, 0, "meets"),
        B: (50, 50, 50, 56, 6, "below_reference"), C: (40, 40, 60, 56, 0, "undecided"),
    },
    "junior_school.seats": {
        CITY: (74, 74, 94, 72, 0, "meets"), A: (30, 30, 30, 24, 0, "meets"),
        B: (20, 20, 20, 24, 4, "below_reference"), C: (24, 24, 44, 24, 0, "meets"),
    },
    "primary_school.overcrowding": {
        CITY: (154 / 150,) * 3 + (1, 4 / 150, "below_reference"), A: (1.1, 1.1, 1.1, 1, 0.1, "below_reference"),
        B: (1, 1, 1, 1, 0, "meets"), C: (0.95, 0.95, 0.95, 1, 0, "meets"),
    },
    "junior_school.overcrowding": {
        CITY: (70 / 74,) * 3 + (1, 0, "meets"), A: (0.8, 0.8, 0.8, 1, 0, "meets"),
        B: (1.1, 1.1, 1.1, 1, 0.1, "below_reference"), C: (1, 1, 1, 1, 0, "meets"),
    },
    # Missing are 6 primary and 4 junior seats in 乙区, at the least.
    "school.new_seats": {
        CITY: (10, 10, 10, 10, 0, None), A: (0, 0, 0, 0, 0, None), B: (10, 10, 10, 10, 0, None),
        C: (0, 0, 0, 0, 0, None),
    },
    "primary_school.children": {
        CITY: (168, 168, 168, NO, NO, None), **dict.fromkeys((A, B, C), (56, 56, 56, NO, NO, None)),
    },
    "junior_school.children": {
        CITY: (72, 72, 72, NO, NO, None), **dict.fromkeys((A, B, C), (24, 24, 24, NO, NO, None)),
    },
    "child_supervisor.posts": {CITY: (300, 300, 300, 304, 4, "gap")},
    "child_director.posts": {CITY: (NO, 0, NO, 2930, NO, "no_data")},
    # r11 has one on record, r12 none, r21 two. 甲区 is not counted: one is known there. 乙区 has two for two that are
    # mapped, 丙区 one for two. The city: 1 + 2 + 1, of 305.
    "child_friendly_space.sites": {
        CITY: (4, 4, NO, 305, NO, "no_data"), A: (1, 1, NO, 2, NO, "no_data"), B: (2, 2, 2, 2, NO, "undecided"),
        C: (1, 1, 1, 2, 1, "below_reference"), "r11": (1, 1, NO, 1, 0, "meets"),
        "r12": (0, 0, 0, 1, 1, "below_reference"), "r21": (2, 2, 2, 1, 0, "meets"),
        **dict.fromkeys(("r22", "r31", "r32"), (NO, 0, NO, 1, NO, "no_data")),
    },
    "protection_station.sites": {
        CITY: (NO, 0, NO, 305, NO, "no_data"), **dict.fromkeys((A, B, C), (NO, 0, NO, 2, NO, "no_data")),
        **dict.fromkeys(("r11", "r12", "r21", "r22", "r31", "r32"), (NO, 0, NO, 1, NO, "no_data")),
    },
    "paediatric_emergency.sites": {
        A: (1, 1, 1, 1, 0, "meets"), B: (0, 0, 0, 1, 1, "below_reference"), C: (NO, 0, NO, 1, NO, "no_data"),
    },
    "rehabilitation.sites": dict.fromkeys((A, B, C), (NO, 0, NO, 1, NO, "no_data")),
    # 10 of 50 in 甲区; of 乙区 20 of 50 are not known; of the city 10 of the 80 of whom it is known, of 100.
    "primary_school.assigned_farther": {
        CITY: (0.125, 0.1, 0.3, NO, NO, None), A: (0.2, 0.2, 0.2, NO, NO, None), B: (0, 0, 0.4, NO, NO, None),
        C: (NO, NO, NO, NO, NO, "no_data"),
    },
    "primary_school.assigned_extra": {
        **dict.fromkeys((CITY, A, B), (0, 0, 0, NO, NO, None)), C: (NO, NO, NO, NO, NO, "no_data"),
    },
    "junior_school.assigned_farther": dict.fromkeys((CITY, A, B, C), (NO, NO, NO, NO, NO, "no_data")),
    "junior_school.assigned_extra": dict.fromkeys((CITY, A, B, C), (NO, NO, NO, NO, NO, "no_data")),
    # 4,000 m2 in a1, 12,000 in b1 and b2, 100 in c1: the first of the third tier, the next of the second, the last of
    # none. All green of 甲区 and 丙区 is on record: 8 and 0.2 m2 each at most. r11 and r21 have 300 residents, r31 too.
    "green.circle15": {
        CITY: (0, 0, NO, 2, NO, "no_data"), A: (0, 0, 8, 2, 0, "undecided"), B: (0, 0, NO, 2, NO, "no_data"),
        C: (0, 0, 0.2, 2, 1.8, "gap"),
        **dict.fromkeys(("r11", "r12", "r21", "r22", "r31", "r32"), (0, 0, NO, 2, NO, "no_data")),
    },
    "green.circle10": {
        CITY: (8, 8, NO, 1, 0, "meets"), A: (0, 0, 8, 1, 0, "undecided"), B: (24, 24, NO, 1, 0, "meets"),
        C: (0, 0, 0.2, 1, 0.8, "gap"), "r21": (40, 40, NO, 1, 0, "meets"),
        **dict.fromkeys(("r11", "r12", "r22", "r31", "r32"), (0, 0, NO, 1, NO, "no_data")),
    },
    "green.circle5": {
        CITY: (8 / 3, 8 / 3, NO, 1, 0, "meets"), A: (8, 8, 8, 1, 0, "meets"), B: (0, 0, NO, 1, NO, "no_data"),
        C: (0, 0, 0.2, 1, 0.8, "below_reference"), "r11": (40 / 3, 40 / 3, NO, 1, 0, "meets"),
        **dict.fromkeys(("r12", "r21", "r22", "r31", "r32"), (0, 0, NO, 1, NO, "no_data")),
    },
    # 180 seats are six classes; of a sub-district one such place says nothing of its other communities.
    "community.kindergarten": {
        "r11": (1, 1, NO, NO, NO, "no_data"),
        **dict.fromkeys(("r12", "r21", "r22", "r31", "r32"), (NO, 0, NO, NO, NO, "no_data")),
    },
    **{f"community.{what}": dict.fromkeys(("r11", "r12", "r21", "r22", "r31", "r32"), (NO, 0, NO, NO, NO, "no_data"))
       for what in ("childcare", "activity")},
}  # fmt: skip


@pytest.mark.parametrize("indicator", PAPER)
def test_every_row_is_as_on_paper(found: pd.DataFrame, indicator: str) -> None:
    rows = found.xs("2025", level="phase").loc[indicator]
    assert set(rows.index) == set(PAPER[indicator])
    for unit, (*numbers, judgement) in PAPER[indicator].items():
        assert rows.loc[unit, ENDS].astype(float).tolist() == pytest.approx(numbers, nan_ok=True), unit
        said = rows.loc[unit, "judgement"]
        assert (said == judgement) if judgement else pd.isna(said), unit


def test_nothing_that_the_plan_asks_is_left_out(found: pd.DataFrame) -> None:
    assert set(PAPER) == set(known.asked()) - {"cohorts"} == set(found.index.get_level_values("indicator"))


def test_children_of_later_years(found: pd.DataFrame) -> None:
    """In 2020 50 and 27. In 2030 those of 0 and 1 are 10 and 11: 10 + 10; those of 2-4 are 12-14: 30. In 2035 all of
    6-11 are born later, and 12-14 are those of -3 to -1. Later births are known for the city alone: of 6-11 in 2030
    four years of them, 37,000 each; at the least they fall on by 37 / 45 a year, at most they are 45,000 again.
    """

    def ends(stage: str, unit: str, year: str) -> list[float]:
        return [float(n) for n in found.loc[(f"{stage}.children", unit, year), ENDS[:3]]]

    assert ends("primary_school", A, "2020") == [50, 50, 50]
    assert ends("junior_school", A, "2020") == [27, 27, 27]
    assert ends("junior_school", A, "2030") == pytest.approx([30, 30, 30])
    assert ends("primary_school", A, "2030") == pytest.approx([NO, 20, NO], nan_ok=True)
    fall = 37 / 45
    low = 60 + 37_000 * (1 + fall + fall**2 + fall**3)
    assert ends("primary_school", CITY, "2030") == pytest.approx([60 + 4 * 37_000, low, 60 + 37_000 + 3 * 45_000])
    assert ends("junior_school", CITY, "2035") == pytest.approx(
        [3 * 37_000, 37_000 * (1 + fall + fall**2), 37_000 + 2 * 45_000]
    )
