"""Kinds of upgrades: a street worked out on paper, unit sums, the order, and the real city against its explanations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cfc_gis import locale, schema, standards, upgrades
from cfc_gis.access import measure, remedies
from cfc_gis.access.explanation import Explanation
from cfc_gis.result import Result
from tests.results import real, sample

KEY = ["level", "unit_code", "category", "profile"]
KINDS = {name: standards.categories()[name] for name in ("kindergarten", "park")}
HOMES = pd.DataFrame(
    {
        "neighbourhood_id": list("abc"),
        "district_code": ["D1", "D1", None],
        "subdistrict_code": ["S1", None, None],
        "urban_rural": ["urban", "urban", "rural"],
        "children_0_2": 0.0,
        "children_3_5": [100.0, 50.0, 30.0],
        "children_6_11": 0.0,
        "children_12_14": 0.0,
    }
)
UNITS = pd.DataFrame(
    {"level": ["city", "district", "subdistrict"], "unit_code": ["C", "D1", "S1"], "parent_code": [None, "C", "D1"]}
)
SITES = pd.DataFrame({"facility_id": ["w1", "w2"], "name": ["一幼儿园", None]})


def gap_rows(judgement: str = "gap", share_low: tuple[float, ...] = (0.6, 0.6, 0.7)) -> pd.DataFrame:
    """Gaps of the city (150: the radius is not for the rural 30), the district (150) and the sub-district (100)."""
    return UNITS.assign(
        unit_name="某地", category="kindergarten", profile="age3_5.summer", children=[150.0, 150.0, 100.0],
        share_low=share_low, share_presumed=share_low, judgement=judgement, severity=1.0, confidence="low",
        reasons="count_missing", completeness=float("nan"),
    )  # fmt: skip


def remedy_rows() -> pd.DataFrame:
    """Not served: 30 of a (20 confirm w2, 10 path w1), 30 of b, all of c; a crossing would do for 5 of a too."""
    rows = [
        ("a", "confirm", True, "w2", None, 0.2),
        ("a", "path", True, "w1", None, 0.1),
        ("a", "crossing", False, "w1", "某大街", 0.05),
        ("a", "seats", False, "w1", None, 0.7),
        ("b", "new_site", True, None, None, 0.6),
        ("c", "new_site", True, None, None, 1.0),
    ]
    table = pd.DataFrame(rows, columns=["neighbourhood_id", "kind", "first", "facility_id", "street", "share"])
    return table.assign(category="kindergarten", profile="age3_5.summer")


def find(gaps: pd.DataFrame, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    found = upgrades.find(
        gaps=gaps, remedies=remedy_rows() if rows is None else rows, neighbourhoods=HOMES, facilities=SITES,
        units=UNITS, standards=standards.load(), categories=KINDS,
    )  # fmt: skip
    schema.check(found, schema.UPGRADES)
    return found


def test_on_paper():
    found = find(gap_rows())
    of_district = found[found["level"] == "district"]
    shown = of_district[["kind", "first", "children", "neighbourhoods", "facility_id", "street"]].fillna("-")
    assert shown.to_numpy().tolist() == [
        ["new_site", True, 30, 1, "-", "-"],
        ["confirm", True, 20, 1, "w2", "-"],
        ["path", True, 10, 1, "w1", "-"],
        ["seats", False, 70, 1, "w1", "-"],
        ["crossing", False, 5, 1, "w1", "某大街"],
    ]
    assert of_district["share"].tolist() == pytest.approx([30 / 150, 20 / 150, 10 / 150, 70 / 150, 5 / 150])
    assert found.loc[found["kind"] == "path", "facility_name"].tolist() == ["一幼儿园"] * 3
    assert set(found["level"]) == {"city", "district", "subdistrict"}
    first = found[found["first"]].groupby("level")["children"].sum().to_dict()
    assert first == pytest.approx({"city": 60, "district": 60, "subdistrict": 30})


def test_no_data_asks_for_data_first():
    found = find(gap_rows("no_data"))
    of_district = found[found["level"] == "district"]
    assert of_district.loc[of_district["first"], ["kind", "children"]].to_numpy().tolist() == [["better_data", 60.0]]
    beside = of_district[~of_district["first"]].set_index("kind")["children"].to_dict()
    assert beside == pytest.approx({"seats": 70, "new_site": 30, "confirm": 20, "path": 10, "crossing": 5})


def test_what_is_met_needs_nothing():
    assert find(gap_rows("meets")).empty


def test_a_facility_is_named_only_where_it_concerns_half():
    rows = remedy_rows()
    more = rows[rows["kind"] == "path"].assign(facility_id="w2", share=0.101)
    found = find(gap_rows(), pd.concat([rows, more, more.assign(neighbourhood_id="b", facility_id=None, share=0.3)]))
    path = found[(found["kind"] == "path") & (found["level"] == "district")]
    assert path["children"].tolist() == pytest.approx([35.1])
    assert path["facility_id"].isna().all()  # 10.1 of 35.1


def test_priorities():
    gaps = pd.concat(
        [
            gap_rows(judgement).assign(unit_code=lambda t, n=name: t["unit_code"] + n, children=children)
            for name, judgement, children in (
                ("a", "undecided", 900.0), ("b", "gap", 10.0), ("c", "below_reference", 50.0), ("d", "no_data", 999.0),
                ("e", "undecided", 900.0), ("f", "meets", 999.0),
            )
        ],
        ignore_index=True,
    )  # fmt: skip
    first = gaps[KEY].assign(kind="new_site", first=True, children=1.0)
    more = first.assign(kind="path", children=2.0)
    found = upgrades.priorities(gaps.sample(frac=1, random_state=1), pd.concat([first, more]), UNITS)
    schema.check(found, schema.PRIORITIES)
    of_district = found[found["level"] == "district"]
    assert of_district["unit_code"].tolist() == ["D1b", "D1c", "D1a", "D1e", "D1d"]
    assert of_district["rank"].tolist() == [1, 2, 3, 4, 1]
    assert set(of_district["kind"]) == {"path"}
    assert of_district["children"].tolist() == pytest.approx([4, 20, 360, 360, 999 * 0.4])
    assert "city" not in set(found["level"])


@pytest.mark.parametrize(
    ("judgement", "presumed", "order"),
    [
        ("no_data", 0.05, "find_out"), ("no_data", 0.049, "untold"), ("no_data", None, "untold"),
        ("undecided", 0.049, "untold"), ("gap", 0.0, "shortfall"), ("below_reference", 0.0, "shortfall"),
    ],
)  # fmt: skip
def test_what_the_data_cannot_tell_has_no_rank(judgement: str, presumed: float | None, order: str):
    """The district decides for its sub-district too, whatever stands in that."""
    gaps = gap_rows(judgement).assign(share_presumed=[0.5, presumed, 0.0 if order == "find_out" else 0.5])
    first = gaps[KEY].assign(kind="new_site", first=True, children=1.0)
    found = upgrades.priorities(gaps, first, UNITS)
    schema.check(found, schema.PRIORITIES)
    assert found["order"].tolist() == [order, order]
    assert found["rank"].isna().tolist() == [order == "untold"] * 2


# --- homes ---------------------------------------------------------------------------------------------------------


def test_thresholds_say_that_they_are_unverified():
    for name, row in remedies.thresholds().items():
        assert row["verified"] is False, name
        assert row["source"]
        assert row["note_zh"] != row["note_en"]


def test_every_kind_has_words():
    assert set(remedies.KINDS) | {remedies.SEATS, "better_data"} == set(schema.UPGRADE_KINDS)
    for kind in schema.UPGRADE_KINDS:
        for section in ("upgrade", "upgrade_means"):
            assert locale.say(f"{section}.{kind}", "zh") != locale.say(f"{section}.{kind}", "en")


# --- whole runs ----------------------------------------------------------------------------------------------------


def test_first_choices_add_up_to_those_not_served_in_the_sample_town():
    adds_up(sample())


def adds_up(result: Result) -> None:
    gaps = result.gaps[(result.gaps["judgement"] != "meets") & (result.gaps["children"] > 0)].set_index(KEY)
    first = result.upgrades[result.upgrades["first"]].groupby(KEY)["children"].sum()
    wanted = gaps["children"] * (1 - gaps["share_low"])
    pd.testing.assert_series_equal(
        first.reindex(wanted.index).fillna(0.0), wanted, check_names=False, rtol=1e-9, atol=1e-5
    )
    assert set(first.index) <= set(wanted.index)


def test_the_order_of_inputs_does_not_matter():
    result = sample()
    again = upgrades.priorities(result.gaps.iloc[::-1], result.upgrades.iloc[::-1], result.units.iloc[::-1])
    pd.testing.assert_frame_equal(again, result.priorities)


CHECKED = ("primary_school", "paediatric_hospital", "park", "sport")
SAMPLES = 6


@pytest.mark.parametrize("category", CHECKED)
def test_the_kinds_agree_with_explanations_in_the_real_city(extract_path: Path, category: str):
    """Neighbourhoods all of whose homes have one kind of remedy, against the way of the child in the middle."""
    result = real(extract_path, "summer")
    kinds, deciding = {category: standards.categories()[category]}, standards.by_category()
    measured = measure.measure(result.walk, result.places, kinds, deciding, schema.SEASONS)
    found = remedies.find(result.walk, result.places, measured)
    sums = found.groupby(["kind", "first", "profile", "neighbourhood_id"])["share"].sum()
    whole = sums[sums > 1 - 1e-9].reset_index()
    seen = set()
    for (kind, first, profile), rows in whole.groupby(["kind", "first", "profile"]):
        if not first and kind != remedies.SEATS:
            continue
        for home in rows["neighbourhood_id"].sample(min(SAMPLES, len(rows)), random_state=7):
            why = result.explain(home, category, profile=str(profile))
            nearby = measured.nearby[category, str(profile)]
            assert agrees(str(kind), why, nearby.reach_m), (kind, profile, home, why.text("en"))
            if kind == "clear_ice":
                summer = result.explain(home, category, profile=str(profile).replace("winter", "summer"))
                assert summer.standards[0].met
            seen.add(kind)
    assert {"new_site", "confirm"} <= seen
    if category in {"park", "primary_school"}:
        assert {"crossing", "path"} <= seen


def agrees(kind: str, why: Explanation, reach_m: float) -> bool:
    """Whether an explanation says what a kind of remedy says."""
    near = why.straight_metres * remedies.thresholds()["direct"]["detour"] <= reach_m * (1 + 1e-9)
    cut_off = bool({"no_street", "island"} & {reason.key for reason in why.reasons})
    if kind == remedies.SEATS:
        return bool(why.standards[0].met)
    if why.standards[0].met:
        return False
    if kind == "confirm":
        return why.presumed is not None
    if kind == "gate":
        return near and cut_off
    if kind in {"crossing", "path"}:
        return near and not cut_off
    return kind != "new_site" or not near


def test_first_choices_add_up_to_those_not_served_in_the_real_city(extract_path: Path):
    adds_up(real(extract_path, "summer"))
