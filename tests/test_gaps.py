"""A city of two districts and six neighbourhoods, worked out on paper.

Children of 3-5 (kindergarten) and of 0-14 (hospital), district, sub-district, kind:

==  ====  =====  ===  ===  =======
A     40    100  D1   S1   urban
B     60    200  D1   S1   urban
C    100    100  D1   -    unknown
D     20    100  D2   S2   urban
E     80    300  D2   S2   rural: the kindergarten's radius does not apply
F     50     50  -    -    urban
==  ====  =====  ===  ===  =======
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis import gaps, locale, schema, standards

NAN = float("nan")
KINDS = {name: standards.categories()[name] for name in ("kindergarten", "paediatric_hospital")}
STANDARDS = {
    "kindergarten": standards.load()["kindergarten"],
    "paediatric_hospital": dataclasses.replace(
        standards.load()["paediatric_hospital"], verified=True, target_verified=True
    ),
}
HOMES = pd.DataFrame(
    {
        "neighbourhood_id": list("ABCDEF"),
        "district_code": ["D1", "D1", "D1", "D2", "D2", None],
        "subdistrict_code": ["S1", "S1", None, "S2", "S2", None],
        "urban_rural": ["urban", "urban", "unknown", "urban", "rural", "urban"],
        "children_0_2": [10.0, 20, 0, 10, 20, 0],
        "children_3_5": [40.0, 60, 100, 20, 80, 50],
        "children_6_11": [30.0, 80, 0, 40, 100, 0],
        "children_12_14": [20.0, 40, 0, 30, 100, 0],
    }
)
ACCESS = pd.concat(
    [
        pd.DataFrame(
            {
                "neighbourhood_id": list("ABCDEF"),
                "category": "kindergarten",
                "profile": "age3_5.summer",
                "share_within": [1, 0.95, 0.9, 0.5, 1, 0],
                "share_within_presumed": [1, 1, 1, 1, 1, 0.5],
                "depth": [0, 0.02, 0.1, 0.5, 0, 1],
                "share_beyond": 0.0,
                "share_unconnected": 0.0,
                "edge_affected": [False, False, False, False, False, True],
            }
        ),
        pd.DataFrame(
            {
                "neighbourhood_id": list("ABCDEF"),
                "category": "paediatric_hospital",
                "profile": "age3_5.summer",
                "share_within": [1, 1, 1, 0, NAN, 0],
                "share_within_presumed": [1, 1, 1, 1, NAN, 0],
                "depth": [0, 0, 0, 1, NAN, 1],
                "share_beyond": 0.0,
                "share_unconnected": [0, 0.1, 0, 0, 0, 0],
                "edge_affected": [False, False, False, False, True, False],
            }
        ),
    ],
    ignore_index=True,
)
UNITS = pd.DataFrame(
    [
        ("city", "C", "市", None, 0.6, 0.5, None),
        ("district", "D1", "一区", "C", 0.5, 0.95, "census"),
        ("district", "D2", "二区", "C", 0.7, NAN, "floor_area"),
        ("subdistrict", "S1", "一街道", "D1", 1.0, NAN, None),
        ("subdistrict", "S2", "二街道", "D2", 1.0, NAN, None),
        ("subdistrict", "S3", "三街道", "D2", 0.1, NAN, None),
    ],
    columns=["level", "unit_code", "unit_name", "parent_code", "covered_area_share", "covered_people_share_low",
             "population_rule"],
)  # fmt: skip


def flag(homes=HOMES, access=ACCESS, units=UNITS, rows=STANDARDS):
    return gaps.flag(neighbourhoods=homes, access=access, units=units, standards=rows, categories=KINDS)


# unit: children, share_low, share_presumed, depth, shortfall_high, severity, judgement, confidence
KINDERGARTEN = {
    "C": (270, 197 / 270, 245 / 270, 71.2 / 270, 46, 2, "undecided", "low"),
    "D1": (200, 187 / 200, 1, 11.2 / 200, 0, 0, "meets", "medium"),
    "D2": (20, 0.5, 1, 0.5, 8, 3, "undecided", "low"),
    "S1": (100, 0.97, 1, 0.012, 0, 0, "meets", "medium"),
    "S2": (20, 0.5, 1, 0.5, 8, 3, "undecided", "low"),
    "S3": (0, NAN, NAN, NAN, NAN, NAN, "no_data", "low"),
}
HOSPITAL = {  # E is not known: not proven to be served, and not in the depth
    "C": (850, 400 / 850, 500 / 850, 150 / 550, 365, NAN, "no_data", "low"),
    "D1": (400, 1, 1, 0, 0, 0, "meets", "high"),
    "D2": (400, 0, 0.25, 1, 360, NAN, "no_data", "low"),
    "S1": (300, 1, 1, 0, 0, 0, "meets", "medium"),
    "S2": (400, 0, 0.25, 1, 360, NAN, "no_data", "low"),
    "S3": (0, NAN, NAN, NAN, NAN, NAN, "no_data", "low"),
}
SHOWN = ["children", "share_low", "share_presumed", "depth", "shortfall_high", "severity", "judgement", "confidence"]


@pytest.mark.parametrize(("category", "paper"), [("kindergarten", KINDERGARTEN), ("paediatric_hospital", HOSPITAL)])
def test_on_paper(category, paper):
    found = flag()
    schema.check(found, schema.GAPS)
    rows = found[found["category"] == category].set_index("unit_code")
    assert list(rows.index) == list(paper)
    for unit, wanted in paper.items():
        numbers = rows.loc[unit, SHOWN[:6]].astype(float).tolist()
        assert numbers == pytest.approx(list(wanted[:6]), nan_ok=True, abs=1e-12), unit
        assert tuple(rows.loc[unit, SHOWN[6:]]) == wanted[6:], unit
    some = rows[rows["children"] > 0]
    assert (some["share_high"] == 1).all()
    assert (some["shortfall_low"] == 0).all()
    assert rows["completeness"].isna().all()
    assert set(rows["target_share"]) == {0.9}


def test_reasons():
    found = flag().set_index(["category", "unit_code"])["reasons"].str.split(";")
    floor, radius = "children_from_floor_area", ["standard_unverified", "target_unverified"]
    assert found["kindergarten", "C"] == [
        "presumed_decide", "count_missing", "partly_covered", "edge_affected", "other_kind_left_out", floor, *radius,
    ]  # fmt: skip
    assert found["kindergarten", "D1"] == radius
    assert found["kindergarten", "D2"] == [
        "few_children", "presumed_decide", "count_missing", "partly_covered", "other_kind_left_out", floor, *radius,
    ]  # fmt: skip
    assert found["kindergarten", "S1"] == [floor, *radius]
    assert found["kindergarten", "S3"] == ["no_children", "partly_covered", *radius]
    assert found["paediatric_hospital", "D1"] == ["homes_unconnected"]
    assert found["paediatric_hospital", "D2"] == ["count_missing", "partly_covered", "edge_affected", floor]
    assert found["paediatric_hospital", "S1"] == ["homes_unconnected", floor]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"signed_by": "市教育局", "signed_on": "2026-03-01"}, {"standard_signed"}),
        ({"verified": True}, {"target_unverified"}),
        ({"target_verified": True}, {"standard_unverified"}),
        ({"verified": True, "target_verified": True}, set()),
        ({"verified": True, "target_verified": True, "signed_by": "a", "signed_on": "2026-03-01"}, set()),
    ],
)
def test_what_a_standard_rests_on_is_among_the_reasons(change, reasons):
    rows = STANDARDS | {"kindergarten": dataclasses.replace(STANDARDS["kindergarten"], **change)}
    found = flag(rows=rows).query("category == 'kindergarten'")["reasons"].str.split(";")
    about = {"standard_signed", "standard_unverified", "target_unverified"}
    assert all(about & set(row) == reasons for row in found)


@pytest.mark.parametrize("rule", ["raster", "table"])
def test_the_reason_says_where_people_come_from(rule):
    found = flag(units=UNITS.assign(population_rule=UNITS["population_rule"].replace("floor_area", rule)))
    row = found.set_index(["category", "unit_code"]).loc[("paediatric_hospital", "D2")]
    assert row["reasons"] == f"count_missing;partly_covered;edge_affected;children_from_{rule}"
    assert locale.say(f"reason.children_from_{rule}", "zh")


def test_every_reason_has_words():
    for reason in set(";".join(flag()["reasons"]).split(";")) | {"not_applicable"}:
        assert locale.say(f"reason.{reason}", "zh") != locale.say(f"reason.{reason}", "en")


def test_labels_of_a_row():
    row = flag().iloc[0]
    assert row["indicator"] == "kindergarten.within_standard"
    assert (row["standard_id"], row["phase"], row["body"], row["domain"]) == (
        "kindergarten.radius", "2025", "市教育局", "教育",
    )  # fmt: skip


def test_a_village_is_not_judged_by_a_city_radius():
    found = flag(homes=HOMES.assign(urban_rural="rural")).set_index(["category", "unit_code"])
    row = found.loc[("kindergarten", "D1")]
    assert (row["children"], row["judgement"], row["confidence"]) == (0, "no_data", "low")
    assert row["reasons"].startswith("not_applicable;")
    assert found.loc[("kindergarten", "S3"), "reasons"].startswith("no_children;")
    assert found.loc[("paediatric_hospital", "D1"), "children"] == 400


@pytest.mark.parametrize(
    ("share", "judgement"), [(0.9, "meets"), (0.9 - 1e-12, "meets"), (0.9 - 1e-6, "no_data"), (0.0, "no_data")]
)
def test_the_target_is_inclusive(share, judgement):
    found = flag(access=ACCESS.assign(share_within=share, share_within_presumed=share))
    assert set(found.loc[found["children"] > 0, "judgement"]) == {judgement}


def test_never_a_gap_without_a_count():
    nothing = ACCESS.assign(share_within=0.0, share_within_presumed=0.0, depth=1.0)
    found = flag(access=nothing)
    assert set(found["judgement"]) == {"no_data"}
    assert found["severity"].isna().all()


def counted(completeness, possible, unit="D2", category="kindergarten", reasons="", basis="own_count"):
    level = {"C": "city", "D": "district", "S": "subdistrict"}[unit[0]]
    return pd.DataFrame(
        {
            "level": [level], "unit_code": [unit], "category": [category], "profile": ["age3_5.summer"],
            "completeness": [completeness], "share_possible": [possible], "count_basis": [basis],
            "count_reasons": [reasons],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("completeness", "low", "presumed", "possible", "binding", "judgement", "settled_by", "confidence"),
    [
        (0.9, 0.5, 0.5, 0.7, True, "gap", "", "high"),
        (0.9, 0.5, 0.5, 0.7, False, "below_reference", "sign_standard", "medium"),
        (0.9, 0.5, 0.5, 0.9, True, "undecided", "complete_list", "medium"),
        (1.0, 0.5, 0.5, 0.5, True, "gap", "", "high"),
        (0.7, 0.5, 0.5, 0.7, True, "gap", "", "medium"),
        (0.5, 0.5, 0.5, 0.89, True, "gap", "", "medium"),
        (0.49, 0.5, 0.5, 0.7, True, "no_data", "complete_list", "low"),
        (0.9, 0.5, 0.95, 0.7, True, "undecided", "confirm_presumed;complete_list", "medium"),
        (NAN, 0.5, 0.95, NAN, True, "undecided", "confirm_presumed;official_count", "low"),
        (NAN, 0.5, 0.6, NAN, True, "no_data", "official_count", "low"),
        (0.1, 0.9, 0.9, 1.0, True, "meets", "", "high"),
    ],
)
def test_what_a_count_settles(completeness, low, presumed, possible, binding, judgement, settled_by, confidence):
    """400 children of D2, of which the count says what may be missing; the target is 90 %."""
    access = ACCESS.assign(share_within=low, share_within_presumed=presumed, share_unconnected=0.0, edge_affected=False)
    rows = {name: dataclasses.replace(row, verified=binding) for name, row in STANDARDS.items()}
    units = UNITS.assign(covered_people_share_low=1.0, population_rule="census")
    found = gaps.flag(
        neighbourhoods=HOMES, access=access, units=units, standards=rows, categories=KINDS,
        possible=counted(completeness, possible, category="paediatric_hospital"),
    )  # fmt: skip
    schema.check(found, schema.GAPS)
    row = found[(found["unit_code"] == "D2") & (found["category"] == "paediatric_hospital")].iloc[0]
    assert row[["judgement", "settled_by", "confidence"]].tolist() == [judgement, settled_by, confidence]
    others = found[(found["unit_code"] != "D2") & (found["judgement"] != "meets")]
    assert set(others["judgement"]) <= {"undecided", "no_data"}  # what D2 has says nothing of the others


@pytest.mark.parametrize(
    ("children", "low", "judgement", "settled_by", "confidence"),
    [
        (100.0, 0.5, "gap", "", "high"),
        (99.0, 0.5, "undecided", "children_table", "low"),
        (99.0, 0.9, "meets", "", "low"),
    ],
)
def test_few_children_never_make_a_gap(children, low, judgement, settled_by, confidence):
    """All facilities are known, half of the children or nine of ten are served, and the standard is verified."""
    rows = {name: dataclasses.replace(row, verified=True, target_verified=True) for name, row in STANDARDS.items()}
    homes = HOMES.assign(**dict.fromkeys(schema.BANDS, 0.0))
    at = homes.index[homes["district_code"] == "D2"][0]
    homes.loc[at, "children_3_5"] = children
    access = ACCESS.assign(share_within=low, share_within_presumed=low, share_unconnected=0.0, share_beyond=0.0,
                           edge_affected=False)  # fmt: skip
    units = UNITS.assign(covered_people_share_low=1.0, population_rule="census")
    found = gaps.flag(
        neighbourhoods=homes, access=access, units=units, standards=rows, categories=KINDS,
        possible=counted(1.0, low, category="paediatric_hospital"),
    )  # fmt: skip
    schema.check(found, schema.GAPS)
    row = found[(found["unit_code"] == "D2") & (found["category"] == "paediatric_hospital")].iloc[0]
    assert row["children"] == children
    assert row[["judgement", "settled_by", "confidence"]].tolist() == [judgement, settled_by, confidence]
    assert ("few_children" in row["reasons"].split(";")) == (children < 100)
    assert "straddles_target" not in row["reasons"]


def test_who_may_be_served_from_beyond_the_border_is_possible() -> None:
    """90 % of 400 children wanted: 50 % are served, 30 % may be missing in the data, 15 % live near the border."""
    rows = {name: dataclasses.replace(row, verified=True) for name, row in STANDARDS.items()}
    access = ACCESS.assign(share_within=0.5, share_within_presumed=0.5, share_beyond=0.15, share_unconnected=0.0)
    found = gaps.flag(
        neighbourhoods=HOMES, access=access, units=UNITS, standards=rows, categories=KINDS,
        possible=counted(0.8, 0.8, category="paediatric_hospital"),
    )  # fmt: skip
    row = found[(found["unit_code"] == "D2") & (found["category"] == "paediatric_hospital")].iloc[0]
    assert row["share_high"] == pytest.approx(0.95)
    assert row["shortfall_low"] == 0
    assert (row["judgement"], row["settled_by"]) == ("undecided", "complete_list;data_beyond_border")


def test_what_would_settle_has_words() -> None:
    for keys in flag()["settled_by"]:
        for key in filter(None, keys.split(";")):
            assert {locale.say(f"settle.{key}", lang) for lang in locale.LANGS}


def test_several_seasons_and_cities():
    winter = ACCESS.assign(profile="age3_5.winter")
    units = pd.concat([UNITS, UNITS.iloc[:1].assign(unit_code="C2", unit_name="另一市")], ignore_index=True)
    units.loc[units["unit_code"] == "D2", "parent_code"] = "C2"
    found = flag(access=pd.concat([winter, ACCESS]), units=units)
    assert len(found) == 7 * 2 * 2
    kindergarten = found[found["category"] == "kindergarten"].set_index(["unit_code", "profile"])["children"]
    assert kindergarten["C", "age3_5.summer"] == kindergarten["C", "age3_5.winter"] == 200
    assert kindergarten["C2", "age3_5.summer"] == 20


def test_units_without_any_neighbourhood():
    found = flag(homes=HOMES.iloc[:0], access=ACCESS.iloc[:0])
    assert found.empty  # nothing was measured, so no profile is known
    schema.check(found, schema.GAPS)


@st.composite
def towns(draw):
    n = draw(st.integers(1, 12))
    # Half of the smallest float is nothing: a child's millionth is small enough.
    numbers = st.lists(st.just(0.0) | st.floats(1e-6, 500), min_size=n, max_size=n)
    shares = st.lists(st.floats(0, 1), min_size=n, max_size=n)
    homes = pd.DataFrame(
        {
            "neighbourhood_id": [f"w{i:02}" for i in range(n)],
            "district_code": draw(st.lists(st.sampled_from(["D1", "D2", None]), min_size=n, max_size=n)),
            "subdistrict_code": None,
            "urban_rural": draw(st.lists(st.sampled_from(["urban", "rural", "unknown"]), min_size=n, max_size=n)),
            **{band: draw(numbers) for band in schema.BANDS},
        }
    )
    street = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    streets = {"D1": "S1", "D2": "S2"}
    homes["subdistrict_code"] = pd.Series(
        [streets.get(code) if inside else None for code, inside in zip(homes["district_code"], street, strict=True)],
        dtype=object,
    )
    access = pd.concat(
        [
            pd.DataFrame(
                {
                    "neighbourhood_id": homes["neighbourhood_id"],
                    "category": name,
                    "profile": "age3_5.summer",
                    "share_within": draw(shares),
                    "share_within_presumed": 1.0,
                    "depth": draw(shares),
                    "share_beyond": draw(shares),
                    "share_unconnected": 0.0,
                    "edge_affected": False,
                }
            )
            for name in KINDS
        ],
        ignore_index=True,
    )
    return homes, access


@settings(max_examples=25, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_row_order_changes_nothing(town, random):
    homes, access = town
    rows, ways, units = list(range(len(homes))), list(range(len(access))), list(range(len(UNITS)))
    for order in (rows, ways, units):
        random.shuffle(order)
    shuffled = flag(homes=homes.iloc[rows], access=access.iloc[ways], units=UNITS.iloc[units])
    pd.testing.assert_frame_equal(flag(homes=homes, access=access), shuffled, check_exact=True)


@settings(max_examples=25, deadline=None)
@given(towns())
def test_halving_a_neighbourhood_changes_nothing(town):
    homes, access = town
    first = homes["neighbourhood_id"] == "w00"
    bands = list(schema.BANDS)
    half = homes[first].assign(neighbourhood_id="x00")
    halved = pd.concat([homes, half], ignore_index=True)
    halved[bands] = halved[bands].where(~halved["neighbourhood_id"].isin(["w00", "x00"]), halved[bands] / 2)
    ways = pd.concat([access, access[access["neighbourhood_id"] == "w00"].assign(neighbourhood_id="x00")])
    before, after = flag(homes=homes, access=access), flag(homes=halved, access=ways)
    columns = ["children", "share_low", "share_presumed", "depth", "shortfall_high"]
    pd.testing.assert_frame_equal(before[columns], after[columns], rtol=1e-9, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(towns())
def test_children_count_once(town):
    homes, access = town
    found = flag(homes=homes, access=access).set_index(["category", "unit_code"])["children"]
    everyone = homes.assign(all=homes[list(schema.BANDS)].sum(axis=1))
    outside = everyone[everyone["subdistrict_code"].isna()].groupby("district_code")["all"].sum()
    for district, street in (("D1", "S1"), ("D2", "S2")):
        total = found["paediatric_hospital", street] + outside.get(district, 0.0)
        assert found["paediatric_hospital", district] == pytest.approx(total)
    nowhere = everyone.loc[everyone["district_code"].isna(), "all"].sum()
    districts = found["paediatric_hospital", "D1"] + found["paediatric_hospital", "D2"]
    assert found["paediatric_hospital", "C"] == pytest.approx(districts + nowhere)


@settings(max_examples=25, deadline=None)
@given(towns())
def test_numbers_keep_their_order(town):
    homes, access = town
    found = flag(homes=homes, access=access)
    schema.check(found, schema.GAPS)
    some = found[found["share_low"].notna()]
    assert (some["share_low"] <= some["share_presumed"]).all()
    assert (some["share_presumed"] <= some["share_high"]).all()
    assert (some["shortfall_low"] <= some["shortfall_high"]).all()
    assert np.isfinite(some["shortfall_high"]).all()


def test_of_a_unit_that_the_census_lacks_it_is_not_said_that_no_children_live_there() -> None:
    """The census has D1 alone: nothing is said of D2, nor of the city, whose share would be that of D1."""
    homes = HOMES.copy()
    homes.loc[homes["district_code"] != "D1", list(schema.BANDS)] = np.nan
    found = flag(homes=homes)
    schema.check(found, schema.GAPS)
    rows = found[found["category"] == "kindergarten"].set_index("unit_code")
    for unit in ("D2", "S2"):
        assert rows.loc[unit, "reasons"].startswith("outside_census;")
    assert rows.loc["C", "reasons"].startswith("census_incomplete;")
    for unit in ("C", "D2", "S2"):
        assert rows.loc[unit, ["judgement", "confidence", "settled_by"]].tolist() == ["no_data", "low", "whole_census"]
        assert rows.loc[unit, ["share_low", "share_high", "shortfall_high", "severity"]].isna().all()
    assert rows.loc["C", "children"] == 200  # of whom it is known
    assert rows.loc["S3", "reasons"].startswith("no_children;")  # it has no neighbourhoods
    assert rows.loc["D1", SHOWN[:6]].astype(float).tolist() == pytest.approx(list(KINDERGARTEN["D1"][:6]))
    beyond = HOMES.copy()
    beyond.loc[beyond["district_code"].isna(), list(schema.BANDS)] = np.nan
    row = flag(homes=beyond).set_index(["category", "unit_code"]).loc[("kindergarten", "C")]
    assert "census_incomplete" not in row["reasons"]  # a village beyond the border of the city
