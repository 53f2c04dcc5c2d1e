"""Garbled Chinese text: what it was, and what is not garbled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis.sources.mojibake import restore

NAMES = ["哈尔滨市", "和兴幼儿园", "省直机关第一幼儿园（南岗）", "南岗区", "A3幼儿园"]


def test_a_published_example():
    assert restore("鍝堝皵婊ㄥ競") == "哈尔滨市"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("written", "read"), [("utf-8", "gb18030"), ("gb18030", "latin-1"), ("gb18030", "cp1252"), ("utf-8", "latin-1")]
)
def test_fault_25_what_was_read_wrongly_comes_back_or_is_said_to_be_lost(name, written, read):
    garbled = name.encode(written).decode(read, errors="replace")
    assert restore(garbled) in {name, name[:-1], "\ufffd"}  # the last byte of a name may be lost


@pytest.mark.parametrize("name", NAMES)
def test_fault_25_gbk_read_as_utf_8_is_lost(name):
    assert restore(name.encode("gb18030").decode("utf-8", errors="replace")) == "\ufffd"


@pytest.mark.parametrize(
    "value", [*NAMES, "", "abc", "Größe", "Müller Straße Ärztehaus", "café – “x”", "ÖÄÜ", "☆儿童", "1,200㎡"]
)
def test_sound_text_is_left_alone(value):
    assert restore(value) is None


# Every character of GB 2312, level 1: the common ones, of which names are made.
COMMON = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]


@settings(deadline=None)
@given(st.lists(st.sampled_from(COMMON), min_size=2, max_size=12))
def test_common_chinese_is_never_taken_for_garbled(chars):
    assert restore("".join(chars)) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(COMMON), min_size=2, max_size=12))
def test_utf_8_read_as_gbk_is_always_noticed(chars):
    text = "".join(chars)
    garbled = text.encode().decode("gb18030", errors="replace")
    restored = restore(garbled)
    assert restored is not None
    assert text.startswith(restored) or restored == "\ufffd"
