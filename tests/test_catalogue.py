"""The list of standards: every row, its marks and uses, in lines that fit a terminal."""

from __future__ import annotations

import dataclasses

import pytest

from cfc_gis import locale
from cfc_gis.catalogue import WIDTH, Catalogue, columns
from cfc_gis.norms import norms
from cfc_gis.standards import all_standards
from cfc_gis.targets import all_targets, revise

SIGNED = {"signed_by": "市教育局 规划科", "signed_on": "2026-03-01"}


@pytest.mark.parametrize("lang", locale.LANGS)
def test_nothing_is_missing_and_every_line_fits(lang: str) -> None:
    long = dataclasses.replace(all_standards()[0], source="很长的出处" * 40, note_zh="x")
    lines = list(Catalogue((long, *all_standards()[1:])).lines(lang))
    assert max(map(columns, lines)) <= WIDTH
    named = [line[4:] for line in lines if line[:4].strip() in {"", "*", "?", "* ?"} and line[4:5].isalpha()]
    assert named == [row.id for row in (*all_standards(), *all_targets(), *norms())]
    assert "".join(lines).replace(" ", "").count("很长的出处") == 40  # broken into lines, and nothing lost


def entry(name: str, lang: str, **changes: str) -> str:
    """Return the lines of one standard."""
    rows = tuple(dataclasses.replace(row, **changes) if row.id == name else row for row in all_standards())
    text = "\n".join(Catalogue(rows).lines(lang))
    return text.split(f" {name}\n")[0].splitlines()[-1] + "|" + text.split(f" {name}\n")[1].split("\n  ? ")[0]


def test_marks_and_uses() -> None:
    assert entry("kindergarten.radius", "en").startswith("* ?|")
    assert "gaps.csv" in entry("kindergarten.radius", "en")
    assert entry("kindergarten.radius2002", "en").startswith("   |")  # verified, and it does not decide
    assert "no share is computed" in entry("kindergarten.radius2002", "en")
    assert "winter.csv" in entry("kindergarten.circle5min", "en")
    both = entry("paediatric_hospital.minutes30", "en")  # in minutes, and it decides
    assert "gaps.csv" in both
    assert "winter.csv" in both


def test_a_signature_is_shown_and_takes_the_mark_of_doubt() -> None:
    shown = entry("kindergarten.radius", "zh", **SIGNED)
    assert shown.startswith("*  |")
    assert "未核实，由市教育局 规划科于 2026-03-01 签认" in shown


def test_html_is_escaped() -> None:
    row = dataclasses.replace(all_standards()[0], source="<script>alert(1)</script>")
    html = Catalogue((row, *all_standards()[1:]))._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_targets_stand_with_their_value_and_who_signed_them() -> None:
    signed = revise(all_targets(), [{"id": "child_friendly_space.sites", **SIGNED}]).targets
    for targets, mark, status in ((all_targets(), "?", "未核实"), (signed, " ", "由市教育局 规划科于 2026-03-01 签认")):
        text = "\n".join(Catalogue(targets=targets).lines("zh"))
        entry = text.split(" child_friendly_space.sites\n")[1].split("\n  ")[0:3]
        assert text.split(" child_friendly_space.sites\n")[0].endswith(f"\n  {mark}")
        assert status in "".join(entry).replace("\n", "")
        assert "儿童之家：1 处" in "".join(entry)
