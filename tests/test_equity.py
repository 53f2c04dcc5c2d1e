"""The table of equity and its Lorenz curves: the paper city, its honesty, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cfc_gis import equity, gaps, schema, schema_equity, standards
from cfc_gis.equity import inequality
from tests import paper_city, results

RANK = pd.Series(np.repeat([1.0, 2.0, 3.0], 4), index=list(paper_city.COMPOUNDS), name="district_order")


def city_ways(access: pd.DataFrame | None = None, homes: pd.DataFrame | None = None) -> pd.DataFrame:
    rows = equity.ways(
        neighbourhoods=paper_city.neighbourhoods() if homes is None else homes,
        access=paper_city.access() if access is None else access,
        units=paper_city.units(),
        standards=paper_city.standards(),
        categories=paper_city.categories(),
    )
    return equity.with_groups(rows, paper_city.facilities())


def city_gaps() -> pd.DataFrame:
    return gaps.flag(
        neighbourhoods=paper_city.neighbourhoods(), access=paper_city.access(), units=paper_city.units(),
        standards=paper_city.standards(), categories=paper_city.categories(),
    )  # fmt: skip


def measured(ways: pd.DataFrame | None = None, judged: pd.DataFrame | None = None) -> pd.DataFrame:
    ways, judged = city_ways() if ways is None else ways, city_gaps() if judged is None else judged
    found = equity.measures(ways, judged, rank=RANK)
    schema.check(found, schema_equity.EQUITY)
    return found


def value(table: pd.DataFrame, measure: str, by: str = "none", code: str = paper_city.CITY) -> pd.Series:
    rows = table[(table["measure"] == measure) & (table["by"] == by) & (table["unit_code"] == code)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_paper_city_is_valid() -> None:
    for name in ("neighbourhoods", "access", "units", "facilities"):
        schema.check(getattr(paper_city, name)(), getattr(schema, name.upper()))


def test_the_paper_city() -> None:
    table = measured()
    assert value(table, "mean")["value"] == pytest.approx(paper_city.MEAN)
    assert value(table, "gini")["value"] == pytest.approx(paper_city.GINI)
    assert value(table, "palma")["value"] == pytest.approx(paper_city.PALMA)
    assert value(table, "concentration", "district_order")["value"] == pytest.approx(paper_city.CONCENTRATION)
    corrected = value(table, "concentration_corrected", "district_order")["value"]
    assert corrected == pytest.approx(paper_city.CONCENTRATION_CORRECTED)
    assert [value(table, f"fgt{n}")["value"] for n in range(3)] == pytest.approx(paper_city.FGT)
    assert value(table, "gini")[["children", "neighbourhoods", "children_left_out"]].tolist() == [150.0, 12, 0.0]


@pytest.mark.parametrize(
    ("by", "between", "groups"),
    [
        ("district", paper_city.THEIL_BETWEEN, 3),
        ("subdistrict", paper_city.THEIL_BETWEEN_SUBDISTRICTS, 6),
        ("urban_rural", paper_city.THEIL_BETWEEN_URBAN_RURAL, 2),
        ("education_group", paper_city.THEIL_BETWEEN_GROUPS, 3),
    ],
)
def test_theils_parts_of_the_paper_city(by: str, between: float, groups: int) -> None:
    row = value(measured(), "theil", by)
    parts = row[["value", "value_between", "value_within"]].astype(float).tolist()
    assert parts == pytest.approx([paper_city.THEIL, between, paper_city.THEIL - between])
    assert row["groups"] == groups


def test_districts_are_measured_for_themselves() -> None:
    table = measured()
    for code, mean, within in zip(
        paper_city.DISTRICTS, paper_city.DISTRICT_MEANS, paper_city.THEIL_IN_DISTRICTS, strict=True
    ):
        assert value(table, "mean", code=code)["value"] == pytest.approx(mean)
        assert value(table, "theil", code=code)["value"] == pytest.approx(within)
        assert "few_neighbourhoods" in value(table, "gini", code=code)["reasons"]
    # Of 丙区 r31 has a third more than its share, r32 the rest: 30 children with 800, 20 with 200.
    between = 0.8 * np.log(0.8 / 0.6) + 0.2 * np.log(0.2 / 0.4)
    assert value(table, "theil", "subdistrict", "230104")["value_between"] == pytest.approx(between)


def test_no_finding_where_the_category_has_no_data() -> None:
    """The city and two districts stay below their target without a count; 甲区, all of it proven, is recorded."""
    said = measured().groupby("unit_code")["basis"].unique().map(list).to_dict()
    assert said == {
        paper_city.CITY: ["no_finding"], "230102": ["recorded"], "230103": ["no_finding"], "230104": ["no_finding"],
    }  # fmt: skip
    counted = city_gaps().assign(completeness=0.95, judgement="gap")
    assert set(measured(judged=counted)["basis"]) == {"counted"}


def test_without_a_rank_there_is_no_concentration_index() -> None:
    found = equity.measures(city_ways(), city_gaps())
    assert not found["measure"].str.startswith("concentration").any()


def test_a_rank_that_is_not_known_for_all_leaves_those_out() -> None:
    found = equity.measures(city_ways(), city_gaps(), rank=RANK.drop(["c1", "c2"]))
    row = value(found, "concentration", "district_order")
    assert row[["children", "children_left_out", "neighbourhoods"]].tolist() == [120.0, 30.0, 10]
    assert "some_left_out" in row["reasons"]


def test_without_children_or_service_there_is_no_number_but_a_reason() -> None:
    nothing = paper_city.access().assign(score=0.0, share_within=0.0, depth=1.0, depth_squared=1.0)
    table = measured(city_ways(nothing))
    assert np.isnan(value(table, "gini")["value"])
    assert "nothing_shared" in value(table, "gini")["reasons"]
    assert "poorest_have_nothing" in value(table, "palma")["reasons"]
    assert value(table, "fgt2")["value"] == 1.0
    nobody = paper_city.neighbourhoods().assign(children_6_11=0.0)
    table = measured(city_ways(homes=nobody))
    plain = table[~table["measure"].str.startswith("concentration")]
    assert (table["children"] == 0).all()
    assert table["value"].isna().all()
    assert plain["reasons"].str.startswith("nothing_known").all()


def test_next_to_nothing_gives_no_palma_ratio() -> None:
    """The score never is quite 0: a ratio of ten to the 20 says only that the poorest have nothing."""
    little = paper_city.access().assign(score=[80.0] * 4 + [1e-9] * 8)
    row = value(measured(city_ways(little)), "palma")
    assert np.isnan(row["value"])
    assert "poorest_have_nothing" in row["reasons"]


def test_unknown_scores_are_counted_as_left_out() -> None:
    unknown = paper_city.access().assign(score=[np.nan] * 4 + list(paper_city.SCORE[4:]))
    row = value(measured(city_ways(unknown)), "mean")
    assert row[["value", "children", "children_left_out"]].tolist() == [35.0, 100.0, 50.0]


def test_the_order_of_rows_does_not_matter() -> None:
    turned = city_ways(paper_city.access()[::-1], paper_city.neighbourhoods()[::-1])
    pd.testing.assert_frame_equal(measured(), measured(turned, city_gaps()[::-1]))


def test_to_split_a_compound_in_two_changes_nothing() -> None:
    """Of b1, 7 of its 20 children now live in b1x."""
    homes, access = paper_city.neighbourhoods(), paper_city.access()
    half, way = homes[homes["neighbourhood_id"] == "b1"], access[access["neighbourhood_id"] == "b1"]
    homes.loc[homes["neighbourhood_id"] == "b1", "children_6_11"] = 13.0
    homes = pd.concat([homes, half.assign(neighbourhood_id="b1x", children_6_11=7.0)], ignore_index=True)
    access = pd.concat([access, way.assign(neighbourhood_id="b1x")], ignore_index=True)
    one = measured()
    rank = pd.concat([RANK, pd.Series({"b1x": 2.0})]).rename("district_order")
    other = equity.measures(city_ways(access, homes), city_gaps(), rank=rank)
    columns = ["value", "value_between", "value_within", "children"]
    pd.testing.assert_frame_equal(one[columns], other[columns], check_exact=False, rtol=1e-12)


def test_lorenz_points_of_the_paper_city() -> None:
    """The first 40 % of the children have 1,400 of 7,500, the first 90 % have 6,100."""
    found = equity.lorenz(city_ways(), city_gaps())
    schema.check(found, schema_equity.LORENZ)
    points = found.set_index("share_children")["share_benefit"]
    assert len(points) == 21
    assert [points[0.0], points[0.4], points[0.9], points[1.0]] == pytest.approx([0.0, 1400 / 7500, 6100 / 7500, 1.0])


def test_the_poverty_measures_are_those_of_the_ways_of_every_home() -> None:
    """On the sample town: the columns of access give what the ways of the homes give, found anew from the pairs."""
    result = results.sample()
    rows = equity.ways(
        neighbourhoods=result.neighbourhoods, access=result.access, units=result.units,
        standards=result.standards, categories=standards.categories(),
    )  # fmt: skip
    table = equity.measures(rows, result.gaps)
    category, profile = "primary_school", "age6_8.summer"
    one = rows[(rows["category"] == category) & (rows["profile"] == profile)]
    near = result.reached[category, profile]
    children = result.origins["neighbourhood_id"].map(one.set_index("neighbourhood_id")["children"]).fillna(0.0)
    found = inequality.fgt(inequality.excess(near.nearest, near.threshold), children * result.origins["weight"])
    kept = table[(table["level"] == "city") & (table["category"] == category) & (table["profile"] == profile)]
    # A way of exactly the standard is within it, whatever the last bit says: none is so near here.
    assert [value(kept, f"fgt{n}", code=kept["unit_code"].iloc[0])["value"] for n in range(3)] == pytest.approx(found)


def test_distance_from_the_centre_needs_children() -> None:
    homes = paper_city.neighbourhoods()
    assert equity.from_centre(homes).idxmin() == "b2"
    assert equity.from_centre(homes.assign(children_6_11=0.0)).isna().all()
