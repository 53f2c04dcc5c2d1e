"""Text from strangers: inert in HTML, in scripts, in cells and in file names."""

from __future__ import annotations

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import text


@given(st.text())
def test_html_text_has_no_markup_and_reads_as_the_text_shown(value: str) -> None:
    safe = text.html_text(value)
    assert not re.search(r"[<>\"'`\\${}]", safe)
    assert html.unescape(safe) == text.display(value)


@given(
    st.recursive(
        st.text() | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_script_json_is_json_that_cannot_close_a_script(value: object) -> None:
    safe = text.script_json(value)
    assert not re.search("[<>&\u2028\u2029]", safe)
    assert json.loads(safe) == value


@given(st.text())
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(value: str) -> None:
    safe = text.cell(value)
    assert isinstance(safe, str)
    assert not re.search(r"[\r\n\t]", safe)
    if safe.strip()[:1] in set("=+-@"):
        float(safe)


@given(st.text())
def test_a_file_stem_stays_in_its_folder(value: str) -> None:
    stem = text.file_stem(value)
    assert stem
    assert len(stem) <= 61
    assert not re.search(r'[\\/:*?"<>|\s]', stem)
    assert not stem.startswith(".")


@given(st.text(alphabet="a\u202e\u2066\u200f\x00\x1b\ufeff\u200b甲 "))
def test_display_has_no_control_and_no_bidi_characters(value: str) -> None:
    assert not re.search("[\x00-\x1f\u200b\u200f\u202e\u2066\ufeff]", text.display(value))
