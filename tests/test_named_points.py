import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import named_points
from cfc_gis.errors import TableFault

PLACES = ("黑龙江省", "哈尔滨市", "道里区", "道外区")
LON, LAT = 126.6, 45.75
STEP = 1 / 77811  # degrees of longitude of a metre there


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("哈尔滨工业大学（二校区）", "哈尔滨工业大学(二校区) "),
        ("ＫＦＣ　中央大街店", "kfc中央大街店"),
        ("圣·索菲亚教堂", "圣索菲亚教堂"),
        ("哈尔滨国际会展中心-体育场", "国际会展中心体育场"),
        ("黑龙江省哈尔滨市道外区古梨园", "古梨园"),
        ("哈尔滨烈士陵园", "哈尔滨市烈士陵园"),
        ("龙\u200b塔\u202e", "龙塔"),
    ],
)
def test_names_that_are_one(one, other):
    assert named_points.name_key(one, PLACES) == named_points.name_key(other, PLACES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("哈尔滨工业大学(二校区)", "哈尔滨工业大学"),  # brackets tell one campus from another
        ("第一幼儿园", "第二幼儿园"),
        ("道里区", "道外区"),  # nothing would be left
        ("哈尔滨站", "站"),
    ],
)
def test_names_that_are_not(one, other):
    assert named_points.name_key(one, PLACES) != named_points.name_key(other, PLACES)


@pytest.mark.parametrize("nothing", [None, math.nan, "", "  ", "（）", 12])
def test_no_name_has_no_key(nothing):
    assert named_points.name_key(nothing, PLACES) == ""


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(name):
    key = named_points.name_key(name, PLACES)
    assert named_points.name_key(key, PLACES) == key
    assert named_points.name_keys([name], PLACES).tolist() == [key]


def test_steps_lead_from_point_to_point_of_one_name_only():
    lon = LON + STEP * np.array([0.0, 45.0, 90.0, 300.0, 10.0])
    keys = ["龙塔", "龙塔", "龙塔", "龙塔", "文庙"]
    place = named_points.same_place(keys, lon, np.full(5, LAT), 50.0)
    assert place[0] == place[1] == place[2]
    assert len(set(place.tolist())) == 3


@given(st.permutations(range(6)), st.floats(-60, 60), st.floats(-170, 170))
def test_places_depend_on_neither_order_nor_latitude(order, lat, lon):
    east = 1 / (111320 * math.cos(math.radians(lat)))
    x = lon + east * np.array([0.0, 40.0, 500.0, 540.0, 0.0, 500.0])
    keys = np.array(["a", "a", "a", "a", "b", "b"])
    place = named_points.same_place(keys[list(order)], x[list(order)], np.full(6, lat), 50.0)
    together = {frozenset(np.array(order)[place == number].tolist()) for number in set(place.tolist())}
    assert together == {frozenset({0, 1}), frozenset({2, 3}), frozenset({4}), frozenset({5})}


def test_pairs_of_one_name_within_the_distance():
    first = pd.DataFrame({"key": ["a", "b", "c"], "lon": [LON, LON, LON], "lat": [LAT] * 3})
    second = pd.DataFrame({"key": ["b", "a", "a"], "lon": LON + STEP * np.array([10, 2999, 3010]), "lat": [LAT] * 3})
    assert named_points.same_name_pairs(first, second, 3000.0).to_numpy().tolist() == [[0, 1], [1, 0]]
    assert named_points.same_name_pairs(first.head(0), second, 3000.0).empty


@pytest.fixture
def table():
    x = LON + STEP * np.array([0, 0, 8, 8, 200, 0, 0])
    names = ["文庙", "文庙", "文 庙", "文 庙", "文庙", None, None]
    return pd.DataFrame({"name": names, "lon": x, "lat": LAT}, index=range(2, 9))


def test_fault_40_doubles_are_listed_and_nothing_is_removed(table):
    before = table.copy()
    found = named_points.doubles(table)
    pd.testing.assert_frame_equal(table, before)
    assert found.table.drop(columns="metres").to_numpy().tolist() == [
        [3, 2, "文庙", "exact"],  # the same name and place
        [4, 2, "文 庙", "near"],  # 8 m away, written otherwise
        [5, 4, "文 庙", "exact"],  # repeats the row before it in everything
    ]
    assert found.table["metres"].round(1).tolist() == [0.0, 8.0, 0.0]
    assert found.extra == {3, 4, 5}
    for lang, words in (("zh", "7 行中有重复：2 行"), ("en", "Doubles among 7 rows: 2 repeat")):
        assert words in found.report(lang)
        assert "4" in found.report(lang)  # rows left


def test_no_doubles_no_words(table):
    found = named_points.doubles(table.iloc[[0, 4, 5]])
    assert found.table.empty
    assert found.report("zh") == found.report("en") == ""
    assert named_points.doubles(table.head(0)).table.empty


def test_missing_positions_are_no_doubles(table):
    table["lon"] = math.nan
    assert named_points.doubles(table).table.empty


def test_hostile_names_are_shown_harmless(table):
    table["name"] = "文庙\u202e{0}\n"
    assert "“文庙{0}”" in named_points.doubles(table).report("en")


def test_a_table_without_names_is_refused(table):
    with pytest.raises(TableFault, match="name"):
        named_points.doubles(table.drop(columns="name"))


def test_the_universities_are_many_doubles(shared_data):
    """Must show: of 80 rows 56 repeat an earlier one exactly (eight rows, each eight times)."""
    table = pd.read_csv(shared_data / "universities-bd09.csv")
    found = named_points.doubles(table)
    assert found.table["kind"].tolist() == ["exact"] * 56
    assert len(table.drop(index=found.table["row"])) == table[["name", "lon", "lat"]].drop_duplicates().shape[0] == 24
