"""Names of institutions: which are one, which are two, and why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis import facilities, likeness
from cfc_gis.sources import osm_extract


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("哈尔滨市第十七中学", "17中学"),
        ("哈尔滨市第一一三中学", "第113中学校"),
        ("哈尔滨市第六十九中学校", "69中"),
        ("哈尔滨市继红小学校", "继红小学"),
        ("哈尔滨工业大学附属中学校", "哈工大附中"),
        ("哈尔滨师范大学附属小学", "哈师大附小"),
        ("东北农业大学附属幼儿园", "东北农大幼儿园"),
        ("哈尔滨医科大学第四附属医院（哈医大四院）", "哈医大四院"),
        ("哈尔滨医科大学附属第一医院", "哈医大一院"),
        ("黑龙江省省直机关第四幼儿园", "省直机关第四幼儿园"),
        ("哈尔滨市香坊区中心幼儿园", "香坊区中心幼儿园"),
        ("奇思萌幼儿园 - Jisimeng Kindergarten", "奇思萌幼儿园"),
        ("光华中学二校区", "哈尔滨市光华中学（第二校区）"),
        ("继红小学·绥化路校区", "继红小学校(绥化路)"),
        ("香坊二小学", "香坊区第二小学"),
        ("和兴幼儿园（民办）", "和兴幼儿园"),
        ("德强学校中小学部", "德强学校"),
        ("南岗区和兴幼儿园", "哈尔滨市和兴幼儿园"),
    ],
)
def test_one_name(first, second):
    assert likeness.compare(first, second) == likeness.Likeness(1.0, "same")
    assert likeness.compare(second, first) == likeness.Likeness(1.0, "same")


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("第十七中学", "第十九中学", "numbers"),
        ("9中学", "59中学", "numbers"),
        ("省直机关第一幼儿园", "省直机关第四幼儿园", "numbers"),
        ("继红小学(同济街)", "继红小学·绥化路校区", "campus"),
        ("哈尔滨市第三中学(南岗校区)", "哈尔滨市第三中学群力校区", "campus"),
        ("省第二医院", "哈尔滨市第二医院", "place"),
        ("黑龙江省实验中学", "哈尔滨市实验中学", "place"),
        ("省直机关幼儿园", "市直机关幼儿园", "place"),
        ("道里区第二幼儿园", "南岗区第二幼儿园", "place"),
        ("道里区中心幼儿园", "香坊区中心幼儿园", "place"),
        ("和兴幼儿园", "嵩山幼儿园", "different"),
    ],
)
def test_two_names(first, second, why):
    found = likeness.compare(first, second)
    assert found.why == why
    assert found.score < likeness.score("alike")
    if why != "different":
        assert found.score == 0


@pytest.mark.parametrize(
    ("first", "second", "score", "why"),
    [
        ("花园小学", "哈西花园小学", 0.85, "part"),
        ("哈尔滨市第六十九中学", "第六十九中学(宣化分校)", 0.9, "same"),
        ("哈尔滨市第六十九中学", "哈尔滨市第六十九中学校分校", 0.9, "same"),
        ("第二幼儿园", "南岗区第二幼儿园", 0.85, "part"),  # every district has one
        ("阳光宝贝双语", "阳光宝贝汉语", round(2 * 5 / 12, 3), "similar"),
        ("师范附属小学", "师范大学附属小学", 0.75, "different"),  # not the school of the university
        ("哈尔滨市师范附属小学低年级部", "师范附属小学", 0.9, "same"),
    ],
)
def test_names_that_are_alike(first, second, score, why):
    assert likeness.compare(first, second) == likeness.Likeness(score, why)


@pytest.mark.parametrize(
    ("first", "second"), [(None, "和兴幼儿园"), ("幼儿园", "和兴幼儿园"), ("Opera House", "大剧院"), ("", "")]
)
def test_names_that_tell_nothing(first, second):
    assert likeness.compare(first, second) == likeness.Likeness(None, "nothing")


@pytest.mark.parametrize(
    ("name", "core", "campus", "place"),
    [
        ("哈尔滨市第一中学（霁虹校区）", "1中学", "霁虹", "市"),
        ("哈尔滨市第六十九中学校分校", "69中学", "分校", "市"),
        ("兴华小学二校区", "兴华小学", "2", ""),
        ("南岗区第二幼儿园", "2幼儿园", "", "南岗"),
        ("黑龙江省医院（香坊院区）", "省医院", "香坊", "省"),
        ("铁岭小学校（本部）", "铁岭小学", "", ""),
        ("幼儿园", "", "", ""),
    ],
)
def test_names_are_taken_apart(name, core, campus, place):
    assert likeness.parse(name) == likeness.Name(core, campus, place)


TEXT = st.text(
    st.sampled_from("哈尔滨市南岗区第一二三十和兴嵩山小学中学校幼儿园附属大学医院（）()·分校区12 aB"), max_size=14
)


@settings(deadline=None)
@given(TEXT, TEXT)
def test_likeness_is_symmetric_and_between_0_and_1(first, second):
    found = likeness.compare(first, second)
    assert found == likeness.compare(second, first)
    assert found.score is None or 0 <= found.score <= 1


@settings(deadline=None)
@given(TEXT)
def test_a_name_is_itself_or_tells_nothing(name):
    assert likeness.compare(name, name).score in {1.0, None}


@pytest.fixture(scope="module")
def real_names(extract_path):
    found = facilities.find(osm_extract.read(extract_path).objects.to_crs(4551)).table
    schools = found[found["category"].str.contains("school|kindergarten|hospital") & found["name"].notna()]
    return sorted(set(schools["name"]))


def test_names_of_the_real_extract_that_are_one(real_names):
    """Every pair of different spellings that counts as one name, looked at one by one."""
    pairs = {
        (first, second)
        for at, first in enumerate(real_names)
        for second in real_names[at + 1 :]
        if likeness.compare(first, second).score == 1
    }
    assert pairs == {
        ("39中学", "哈尔滨市第三十九中学"),
        ("中山路小学", "哈尔滨市中山路小学"),
        ("哈医大四院", "哈尔滨医科大学第四附属医院（哈医大四院）"),
        ("哈尔滨市师范附属小学校", "哈尔滨师范附属小学校"),
        ("哈尔滨市红岩小学", "哈尔滨市红岩小学校"),
        ("哈尔滨市风华中学", "风华中学"),
        ("闽江小学", "闽江小学 - Minjiang Kindergarten"),
    }


def test_names_of_the_real_extract_are_themselves(real_names):
    silent = [name for name in real_names if likeness.compare(name, name).score != 1]
    assert silent == ["医院", "小学", "幼儿园"]
