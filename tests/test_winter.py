"""What winter takes: worked out on paper, and held to its range."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis import schema, standards, winter

SCHOOL = "primary_school.circle10min"
UNITS = pd.DataFrame(
    [
        ("city", "230100", "哈尔滨市", None),
        ("district", "230102", "道里区", "230100"),
        ("district", "230103", "南岗区", "230100"),
        ("subdistrict", "r1", "安静街道", "230102"),
    ],
    columns=["level", "unit_code", "unit_name", "parent_code"],
)


def home(name: str, children: float, district: str | None = "230102", subdistrict: str | None = "r1",
         kind: str = "urban") -> dict[str, Any]:  # fmt: skip
    return {
        "neighbourhood_id": name, "district_code": district, "subdistrict_code": subdistrict, "urban_rural": kind,
        "children_0_2": 1.0, "children_3_5": 2.0, "children_6_11": children, "children_12_14": 3.0,
    }  # fmt: skip


def circle(name: str, summer: float, low: float, middle: float, high: float) -> list[dict[str, Any]]:
    """Shares within ten minutes of school in summer, and in winter where ice takes least, as a rule, and most."""
    common = {"neighbourhood_id": name, "category": "primary_school", "standard_id": SCHOOL}
    return [
        {**common, "profile": "age6_8.summer", "share_within": summer, "share_least": summer, "share_most": summer},
        {**common, "profile": "age6_8.winter", "share_within": middle, "share_least": high, "share_most": low},
    ]


def losses(homes: list[dict[str, Any]], *circles: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame([row for rows in circles for row in rows])
    return winter.losses(
        neighbourhoods=pd.DataFrame(homes),
        circles=table,
        units=UNITS,
        standards={row.id: row for row in standards.all_standards()},
        categories=standards.categories(),
    )


def of(table: pd.DataFrame, code: str) -> pd.Series:
    return table.set_index("unit_code").loc[code]


def test_by_hand() -> None:
    """40 children with 0.9 in summer and 0.7 in winter (0.8 to 0.5), 10 with 1.0 and 1.0 (1.0 to 0.9).

    Summer (36 + 10) / 50, winter (28 + 10) / 50; the low end (32 + 10) / 50, the high end (20 + 9) / 50.
    """
    found = losses([home("a", 40.0), home("b", 10.0)], circle("a", 0.9, 0.8, 0.7, 0.5), circle("b", 1.0, 1.0, 1.0, 0.9))
    schema.check(found, schema.WINTER)
    row = of(found, "230102")
    assert row["children"] == 50.0
    assert [row[f"share_{season}"] for season in schema.SEASONS] == pytest.approx([0.92, 0.76])
    shares = ["lost_share_low", "lost_share", "lost_share_high"]
    assert row[shares].tolist() == pytest.approx([0.08, 0.16, 0.34])
    assert row["lost_children"] == pytest.approx(8.0)
    assert (row["unit_name"], row["minutes"], row["standard_id"]) == ("道里区", 10.0, SCHOOL)


def test_units_hold_the_children_who_live_in_them() -> None:
    """Four homes: in a sub-district, in its district alone, in the other district, and outside every district."""
    homes = [home("a", 40.0), home("b", 10.0, subdistrict=None), home("c", 30.0, "230103", None),
             home("d", 20.0, None, None)]  # fmt: skip
    found = losses(homes, *(circle(name, 1.0, 0.6, 0.5, 0.4) for name in "abcd"))
    assert found["level"].tolist() == ["city", "district", "district", "subdistrict"]
    assert found["children"].tolist() == [100.0, 50.0, 30.0, 40.0]
    assert found["lost_children"].tolist() == pytest.approx([50.0, 25.0, 15.0, 20.0])
    assert found["lost_share"].tolist() == pytest.approx([0.5] * 4)


def test_a_standard_for_towns_leaves_the_country_out() -> None:
    """The circle is for urban places: rural children are not counted, those of unknown places are."""
    homes = [home("a", 40.0), home("b", 25.0, kind="rural"), home("c", 10.0, kind="unknown")]
    found = losses(
        homes, circle("a", 1.0, 1.0, 1.0, 1.0), circle("b", 1.0, 0.0, 0.0, 0.0), circle("c", 1.0, 0.0, 0.0, 0.0)
    )
    assert of(found, "230102")["children"] == 50.0
    assert of(found, "230102")["lost_children"] == pytest.approx(10.0)


def test_where_no_children_live_nothing_is_lost_and_nothing_is_told() -> None:
    found = losses([home("a", 0.0)], circle("a", 0.5, 0.5, 0.4, 0.3))
    schema.check(found, schema.WINTER)
    row = of(found, "230102")
    assert (row["children"], row["lost_children"]) == (0.0, 0.0)
    assert row[["share_summer", "share_winter", "lost_share", "lost_share_low", "lost_share_high"]].isna().all()


@pytest.mark.parametrize("season", schema.SEASONS)
def test_one_season_alone_gives_an_empty_table(season: str) -> None:
    rows = [row for row in circle("a", 0.9, 0.8, 0.7, 0.5) if row["profile"].endswith(season)]
    found = losses([home("a", 40.0)], rows)
    assert found.empty
    schema.check(found, schema.WINTER)


def test_more_that_is_open_in_winter_is_a_loss_below_nothing() -> None:
    row = of(losses([home("a", 40.0)], circle("a", 0.2, 0.7, 0.6, 0.5)), "230102")
    assert row[["lost_share_low", "lost_share", "lost_share_high"]].tolist() == pytest.approx([-0.5, -0.4, -0.3])
    assert row["lost_children"] == pytest.approx(-16.0)


def test_the_order_of_rows_does_not_matter() -> None:
    homes = [home("a", 40.0), home("b", 10.0, "230103", None)]
    rows = [circle("a", 0.9, 0.8, 0.7, 0.5), circle("b", 1.0, 1.0, 0.9, 0.9)]
    pd.testing.assert_frame_equal(losses(homes, *rows), losses(homes[::-1], *(row[::-1] for row in rows[::-1])))


SHARES = st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4).map(sorted)
HOMES = st.lists(st.tuples(st.floats(1.0, 500.0), SHARES), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None)
@given(HOMES)
def test_a_loss_lies_in_its_range_and_never_below_nothing(rows: list[tuple[float, list[float]]]) -> None:
    """With the same facilities in both seasons a child within a standard on ice is within it in summer."""
    homes = [home(f"w{i}", children) for i, (children, _) in enumerate(rows)]
    found = losses(homes, *(circle(f"w{i}", *shares[::-1]) for i, (_, shares) in enumerate(rows)))
    for _, row in found.iterrows():
        low, lost, high = row[["lost_share_low", "lost_share", "lost_share_high"]]
        assert -1e-9 <= low <= lost + 1e-9
        assert lost <= high + 1e-9 <= 1.0 + 2e-9
        assert row["lost_children"] == pytest.approx(lost * row["children"], abs=1e-6)
        assert row["share_summer"] - row["share_winter"] == pytest.approx(lost, abs=1e-9)
