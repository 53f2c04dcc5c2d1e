"""Norms as data: the figures of their sources, and every fault of a file at once."""

from __future__ import annotations

import dataclasses

import pytest

from cfc_gis import norms
from cfc_gis.errors import CfcError

ROW = {
    name: value
    for name, value in dataclasses.asdict(norms.norms()[0]).items()
    if value is not None and name != "for_unit"
}


def test_figures() -> None:
    """Circles of GB 50180-2018, classes by housing area of Harbin's rule of 2019, set-backs of GB 50099-2011."""
    found = {row.id: row for row in norms.norms()}
    assert (found["circle15.distance"].least, found["circle15.distance"].most) == (800, 1000)
    assert (found["circle5.population"].least, found["circle5.population"].most) == (5000, 12000)
    classes = [(found[f"kindergarten.classes{n}"], found[f"kindergarten.site{n}"]) for n in (10, 20, 30)]
    assert [(a.for_least, a.for_most, a.least, b.least) for a, b in classes] == [
        (10, 20, 6, 2700),
        (20, 30, 9, 4000),
        (30, 40, 12, 5400),
    ]
    assert (found["setback.railway"].least, found["setback.main_road"].least) == (300, 80)


def test_only_what_was_seen_is_verified() -> None:
    assert {row.id for row in norms.norms() if not row.verified} == {
        "circle5.distance", "circle15.distance", "circle5.population", "setback.railway", "setback.main_road",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"least": 300, "most": 300}, "300 m"),
        ({"least": 800, "most": 1000}, "800 to 1,000 m"),
        ({"least": 80, "most": None}, "at least 80 m"),
        ({"least": None, "most": 80}, "at most 80 m"),
    ],
)
def test_words(limits: dict[str, float | None], words: str) -> None:
    row = dataclasses.replace(norms.norms()[0], **limits)  # type: ignore[arg-type]
    assert row.words("en").endswith(f": {words}")


def test_all_faults_come_at_once() -> None:
    assert norms.read({"norm": [ROW]}, "a.toml")[0].id == "circle5.distance"
    wrong = [{**ROW, "least": "300"}, {"id": "x"}, {**ROW, "colour": 1}]
    with pytest.raises(CfcError) as caught:
        norms.read({"norm": wrong, "nrom": []}, "a.toml")
    for fault in ("unknown section nrom", "least = '300'", "x: unit missing", "unknown key colour"):
        assert fault in caught.value.text("en")


def test_limits_and_ids_fit_together() -> None:
    wrong = [{**ROW, "least": 9, "most": 3}, {**ROW, "unit": "none"}]
    with pytest.raises(CfcError) as caught:
        norms.read({"norm": wrong}, "a.toml")
    for fault in ("9 to 3", "used twice", "unit none"):
        assert fault in caught.value.text("en")
