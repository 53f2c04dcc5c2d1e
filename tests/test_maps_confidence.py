"""How sure the judgement of a district or sub-district is is seen on the map without a click or a colour."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfc_gis import locale, maps
from cfc_gis.tables import Tables
from tests.browser import Watch, map_ready, opened
from tests.tables import basemap, town

BARS = {"low": 1, "medium": 2, "high": 3}
CONFIDENCE = {"230102": "high", "230103": "medium", "r20": "high", "r21": "medium", "r30": "low", "r31": "high"}
"""Of primary schools; kindergartens keep the low confidence of a town without data."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tables = town()
    schools = tables["gaps"]["category"] == "primary_school"
    told = tables["gaps"]["unit_code"].map(CONFIDENCE)
    tables["gaps"]["confidence"] = told.where(schools & told.notna(), tables["gaps"]["confidence"])
    drawn = maps.build(Tables(**tables), basemap(), place="哈尔滨市", data_date=None, category="primary_school")
    path = tmp_path_factory.mktemp("confidence") / "map.html"
    path.write_text(maps.to_html(drawn), encoding="utf-8")
    return path


def bars(watch: Watch, within: str = ".leaflet-cfc-labels-pane .cfc-label") -> dict[str, int]:
    """By the first line of each label: how many bars of its mark are full."""
    rows = watch.page.locator(within).evaluate_all(
        """all => all.map(one => [one.querySelector("b, span:not(:empty)")?.textContent || "",
          one.querySelectorAll(".cfc-confidence rect[fill='#111']").length])"""
    )
    return {name: int(full) for name, full in rows}


def named(level: str) -> dict[str, str]:
    units = town()["units"]
    return dict(units.loc[units["level"] == level, ["unit_code", "unit_name"]].itertuples(index=False))


def in_view(watch: Watch, view: str) -> None:
    if not watch.page.locator("#cfc-view").is_visible():
        watch.page.locator("#cfc-bar button").first.click()
    watch.page.check(f"input[name=cfc-view][value={view}]")


@pytest.mark.parametrize("level", ["district", "subdistrict"])
def test_each_unit_shows_its_confidence(file: Path, browser_path: str, level: str) -> None:
    with opened(file, browser_path) as watch:
        map_ready(watch)
        assert bars(watch) == {}
        in_view(watch, level)
        assert bars(watch) == {name: BARS[CONFIDENCE[code]] for code, name in named(level).items()}
        watch.page.select_option("#cfc-category", "kindergarten")  # hardly anything can be judged: low, and hatched
        assert set(bars(watch).values()) == {BARS["low"]}
        fills = watch.page.locator(".cfc-unit").evaluate_all("all => all.map(one => one.getAttribute('fill'))")
        hatched = [fill.startswith("url(#cfc-stripes-") for fill in fills]
        assert hatched == [code != "r21" for code in named(level)]
        assert watch.quiet(), watch


def test_the_legend_names_the_marks_in_both_languages(file: Path, browser_path: str) -> None:
    with opened(file, browser_path) as watch:
        map_ready(watch)
        assert watch.page.locator("#cfc-legend .cfc-confidence").count() == 0
        in_view(watch, "district")
        for lang in locale.LANGS:
            rows = watch.page.locator("#cfc-legend li:has(.cfc-confidence)")
            words = [
                locale.say("map.confidence_is", lang, confidence=locale.say(f"confidence.{level}", lang))
                for level in reversed(BARS)
            ]
            assert rows.all_inner_texts() == words
            full = "one => one.querySelectorAll('rect[fill=\"#111\"]').length"
            assert [row.evaluate(full) for row in rows.all()] == [3, 2, 1]
            # A screen reader is told the same of each unit.
            assert watch.page.locator(".cfc-label .cfc-confidence").first.get_attribute("aria-label") == words[0]
            watch.page.click("#cfc-lang")
        assert watch.quiet(), watch


def test_the_marks_need_no_colour(file: Path, browser_path: str) -> None:
    with opened(file, browser_path) as watch:
        map_ready(watch)
        in_view(watch, "district")
        colours = watch.page.locator(".cfc-confidence rect").evaluate_all(
            "all => all.flatMap(one => [getComputedStyle(one).fill, getComputedStyle(one).stroke])"
        )
        levels = [[int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")] for colour in colours]
        assert all(red == green == blue for red, green, blue in levels)
        assert {level[0] for level in levels} == {17, 255}


def test_confidence_cannot_be_switched_off_and_needs_less_room_than_a_name(file: Path, browser_path: str) -> None:
    """Without names, and where they find no room, the marks stand alone."""
    with opened(file, browser_path, 400, 800) as watch:
        map_ready(watch)
        in_view(watch, "subdistrict")
        watch.page.locator("#cfc-bar button").last.click()
        watch.page.uncheck("input[name=cfc-layers][value=label]")
        watch.page.keyboard.press("Escape")
        marks = watch.page.locator(".leaflet-cfc-labels-pane .cfc-confidence")
        assert marks.count() == 4
        assert watch.page.locator(".leaflet-cfc-labels-pane").inner_text().strip() == ""
        watch.page.locator("#cfc-bar button").last.click()
        watch.page.check("input[name=cfc-layers][value=label]")
        watch.page.keyboard.press("Escape")
        zoom = watch.page.evaluate("map_cfc.getZoom()")
        watch.page.evaluate("zoom => map_cfc.setZoom(zoom, {animate: false})", zoom - 1)
        assert "" in bars(watch)  # at least one unit has a mark and no name
        assert marks.count() == 4
        assert watch.quiet(), watch
