import dataclasses
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from cfc_gis import locale, norms, schema, standards
from cfc_gis.errors import CfcError

# What the sources, or our own defaults, say: threshold and unit of the deciding standard.
DECIDING = {
    "childcare": (300, "m"),
    "kindergarten": (300, "m"),
    "primary_school": (500, "m"),
    "junior_school": (1000, "m"),
    "paediatric_hospital": (30, "min"),
    "health_centre": (1000, "m"),
    "play": (300, "m"),
    "sport": (500, "m"),
    "park": (500, "m"),
    "culture": (1000, "m"),
}
DOCS = Path(__file__).parent.parent / "docs" / "standards.md"
ROW = dataclasses.asdict(standards.load()["kindergarten"])
USERS = {"band": "children_3_5", "age": "age3_5", "served_by": ["kindergarten"], "body": "a", "domain": "b"}


def test_deciding_values():
    assert {name: (row.threshold, row.unit) for name, row in standards.load().items()} == DECIDING
    assert list(standards.load()) == list(standards.categories())


def test_nothing_unseen_is_called_verified():
    verified = {row.id for row in standards.all_standards() if row.verified}
    assert verified == {"kindergarten.radius2002", "primary_school.radius2002", "junior_school.radius2002"}
    assert {row.target_share for row in standards.all_standards()} == {0.9}
    assert not any(row.target_verified for row in standards.all_standards())


def test_each_says_where_it_comes_from_in_both_languages():
    for row in standards.all_standards():
        assert row.source
        assert row.note_zh
        assert row.note_en
        for lang in locale.LANGS:
            assert f"{row.threshold:g}" in row.line(lang)


def test_html_is_escaped():
    row = dataclasses.replace(standards.load()["play"], source="<script>alert(1)</script>")
    html = row._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "play.circle5" in html


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"thresold": 3}, "unknown key thresold"),
        ({"threshold": "300"}, "threshold = '300'"),
        ({"threshold": True}, "threshold = True"),
        ({"measure": "meters"}, "measure = 'meters'"),
        ({"verified": 1}, "verified = 1"),
        ({"year": 2018.5}, "year = 2018.5"),
    ],
)
def test_rows_are_refused_with_their_faults(change, fault):
    with pytest.raises(CfcError) as caught:
        standards.read({"standard": [{**ROW, **change}]}, "a.toml")
    assert f"kindergarten.radius: {fault}" in caught.value.text("en")
    assert "a.toml" in caught.value.text("zh")


def test_missing_keys_and_unknown_sections():
    with pytest.raises(CfcError) as caught:
        standards.read({"standards": [], "standard": [{"id": "x"}]}, "a.toml")
    assert "unknown section standards" in caught.value.text("en")
    assert "x: threshold missing" in caught.value.text("en")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"threshold": 0}, "threshold must be above 0"),
        ({"threshold": float("nan")}, "threshold must be above 0"),
        ({"target_share": 1.1}, "target_share must"),
        ({"unit": "min"}, "unit does not fit"),
        ({"category": "park"}, "id does not begin"),
        ({"category": "pub"}, "no category pub"),
        ({"decides": False}, "0 standards decide"),
    ],
)
def test_standards_together(change, fault):
    known = {"kindergarten": standards.categories()["kindergarten"]}
    row = standards.Standard(**ROW)
    assert standards.check([row], known) == []
    assert any(fault in found for found in standards.check([dataclasses.replace(row, **change)], known))
    assert standards.check([row, row], known) == [
        "kindergarten.radius: id used twice",
        "kindergarten: 2 standards decide, 1 wanted",
    ]


def test_categories():
    kinds = standards.categories()
    assert set(kinds) == set(DECIDING)
    assert kinds["junior_school"].served_by == ("junior_school", "nine_year_school")
    assert kinds["health_centre"].band == schema.ALL_CHILDREN
    profiles = tomllib.loads((resources.files("cfc_gis") / "resources" / "profiles.toml").read_text(encoding="utf-8"))
    assert {kind.age for kind in kinds.values()} <= set(profiles["age"])


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("kindergarden", {}, "no category kindergarden"),
        ("kindergarten", {"band": "children_3_6"}, "no band children_3_6"),
        ("kindergarten", {"served_by": ["creche"]}, "no category creche"),
        ("kindergarten", {"served_by": "kindergarten"}, "served_by = 'kindergarten'"),
        ("kindergarten", {"colour": "red"}, "unknown key colour"),
    ],
)
def test_faulty_categories_are_refused(name, change, fault):
    assert standards.read_categories({"kindergarten": USERS}, "c.toml")["kindergarten"].age == "age3_5"
    with pytest.raises(CfcError) as caught:
        standards.read_categories({name: {**USERS, **change}}, "c.toml")
    assert fault in caught.value.text("en")


def test_the_documentation_lists_what_is_shipped():
    rows = DOCS.read_text(encoding="utf-8").splitlines()
    for row in standards.all_standards():
        wanted = [f"`{row.id}`", "●" if row.decides else "○", f"`{row.measure}`", f"{row.threshold:g} {row.unit}"]
        wanted += [f"`{row.scope}`", row.source, row.clause or "–", str(row.year)]
        assert any(f" | {' | '.join(wanted)} | {'是' if row.verified else '否'}" in line for line in rows), row.id
    for norm in norms.norms():
        assert any(line.startswith(f"| `{norm.id}` | {norm.words('zh')}") for line in rows), norm.id
