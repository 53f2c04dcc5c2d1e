"""The map on a phone: everything can be read and closed, nothing covers anything else, and the map stays in sight."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cfc_gis import maps
from tests.browser import Watch, map_ready, opened
from tests.results import sample

PHONE, SMALL_PHONE, DESKTOP = (400, 800), (360, 640), (1400, 900)
CONTROLS = (
    ".leaflet-control-zoom", ".cfc-north", ".leaflet-control-scale", ".leaflet-control-attribution", ".cfc-popup",
    ".cfc-side", ".cfc-bar", ".cfc-head h1", "#cfc-compare", "#cfc-lang", ".cfc-foot", ".cfc-caption",
)  # fmt: skip
LEAST_MAP = 0.25
"""Share of the screen that the map keeps whatever is open."""

VISIBLE_BOXES = """selectors => selectors.flatMap(one => [...document.querySelectorAll(one)].map((node, n) => {
  const box = node.getBoundingClientRect();
  return [one + " " + n, box.left, box.top, box.right, box.bottom];
})).filter(([, left, top, right, bottom]) => right - left > 0 && bottom - top > 0)"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phone") / "map.html"
    path.write_text(maps.to_html(sample().map("primary_school")), encoding="utf-8")
    return path


@contextmanager
def on_screen(file: Path, browser_path: str, size: tuple[int, int]) -> Iterator[Watch]:
    with opened(file, browser_path, *size) as watch:
        map_ready(watch)
        yield watch
        assert watch.quiet(), watch


def boxes(watch: Watch) -> list[list[Any]]:
    found: list[list[Any]] = watch.page.evaluate(VISIBLE_BOXES, list(CONTROLS))
    return found


def overlapping(found: list[list[Any]]) -> list[tuple[str, str]]:
    return [
        (one[0], other[0])
        for one, other in itertools.combinations(found, 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 1
    ]


def map_share(watch: Watch, size: tuple[int, int]) -> float:
    """Share of the screen on which a finger would find a map: asked of a grid of points, so that no cover is missed."""
    hits: int = watch.page.evaluate(
        """([width, height]) => {
          let hits = 0;
          for (let x = 10; x < width; x += 20) for (let y = 10; y < height; y += 20) {
            const node = document.elementFromPoint(x, y);
            if (node && node.closest(".folium-map") && !node.closest(".leaflet-control")) hits += 1;
          }
          return hits;
        }""",
        list(size),
    )
    return hits / (len(range(10, size[0], 20)) * len(range(10, size[1], 20)))


def holds(watch: Watch, size: tuple[int, int]) -> None:
    """Nothing leaves the screen, nothing covers anything else, the map is in sight."""
    page = watch.page
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    found = boxes(watch)
    assert len(found) > 7
    for name, left, top, right, bottom in found:
        assert left > -1, name
        assert top > -1, name
        assert right < size[0] + 1, name
        assert bottom < size[1] + 1, name
    assert overlapping(found) == []
    assert map_share(watch, size) > LEAST_MAP


def search(watch: Watch, name: str) -> None:
    if not watch.page.locator("#cfc-search").is_visible():
        watch.page.locator("#cfc-bar button").first.click()
    watch.page.fill("#cfc-search", name)
    watch.page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_piece_opens_and_closes_beside_the_map(
    file: Path, browser_path: str, lang: str, size: tuple[int, int]
) -> None:
    with on_screen(file, browser_path, size) as watch:
        page = watch.page
        if lang == "en":
            page.click("#cfc-lang")
        whole = map_share(watch, size)
        assert whole > 0.6
        holds(watch, size)
        buttons = page.locator("#cfc-bar button")
        for number, part in enumerate(("#cfc-form", "#cfc-key-signs", "#cfc-layers")):
            assert not page.locator(part).is_visible()
            buttons.nth(number).click()
            assert page.locator(part).is_visible()
            assert buttons.nth(number).get_attribute("aria-expanded") == "true"
            holds(watch, size)
        # What lies further down is reached by scrolling inside the part alone.
        last = page.locator("#cfc-layers summary").last
        last.scroll_into_view_if_needed()
        last.click()
        holds(watch, size)
        buttons.last.click()
        assert not page.locator("#cfc-side").is_visible()
        assert map_share(watch, size) == whole


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE])
def test_a_card_is_read_to_its_end_and_closed(file: Path, browser_path: str, size: tuple[int, int]) -> None:
    with on_screen(file, browser_path, size) as watch:
        page = watch.page
        search(watch, "样例七十三小区")
        card = page.locator(".cfc-popup")
        assert card.is_visible()
        assert not page.locator("#cfc-side").is_visible()  # one thing at a time
        holds(watch, size)
        assert card.evaluate("card => card.scrollHeight > card.clientHeight + 50")
        card.evaluate("card => { card.scrollTop = card.scrollHeight; }")
        assert card.locator("p").last.is_visible()
        close = page.locator(".cfc-close").bounding_box()
        assert close is not None
        assert min(close["width"], close["height"]) >= 44  # a finger's
        before = page.evaluate("map_cfc.getCenter()")
        page.mouse.click(close["x"] + close["width"] / 2, close["y"] + close["height"] / 2)
        assert not card.is_visible()
        north_west = page.evaluate("map_cfc.getBounds().getNorthWest()")
        assert north_west["lat"] > before["lat"]
        holds(watch, size)


def test_the_map_stays_where_it_is_while_parts_open_and_close(file: Path, browser_path: str) -> None:
    with on_screen(file, browser_path, PHONE) as watch:
        corner = "[map_cfc.getBounds().getNorthWest().lat, map_cfc.getBounds().getNorthWest().lng, map_cfc.getZoom()]"
        before = watch.page.evaluate(corner)
        for button in watch.page.locator("#cfc-bar button").all():
            button.click()
            assert watch.page.evaluate(corner) == pytest.approx(before, abs=1e-5)
        watch.page.keyboard.press("Escape")
        assert watch.page.evaluate(corner) == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize("kind", ["cfc-home", "cfc-facility"])
def test_what_was_tapped_low_on_the_map_is_in_sight_above_its_card(file: Path, browser_path: str, kind: str) -> None:
    with on_screen(file, browser_path, PHONE) as watch:
        page = watch.page
        lowest = page.locator(f".{kind}").evaluate_all(
            """all => all.map(one => one.getBoundingClientRect())
              .map(box => [(box.left + box.right) / 2, (box.top + box.bottom) / 2])
              .filter(([x, y]) => { const hit = document.elementFromPoint(x, y); return hit && all.includes(hit); })
              .sort((one, other) => other[1] - one[1])[0]"""
        )
        frame = page.locator(".folium-map").bounding_box()
        bottom = frame["y"] + frame["height"]
        page.evaluate("down => map_cfc.panBy([0, down], {animate: false})", lowest[1] - bottom + 45)
        page.mouse.click(lowest[0], bottom - 45)
        assert page.locator(".cfc-popup").bounding_box()["y"] < bottom - 45  # it lay where the card is now
        ring = page.locator(".leaflet-cfc-route-pane path").last.bounding_box()
        frame = page.locator(".folium-map").bounding_box()
        assert frame["y"] <= ring["y"]
        assert ring["y"] + ring["height"] <= frame["y"] + frame["height"]


def test_both_seasons_stand_above_each_other(file: Path, browser_path: str) -> None:
    with on_screen(file, browser_path, PHONE) as watch:
        page = watch.page
        page.click("#cfc-compare")
        holds(watch, PHONE)
        heights = [box.bounding_box()["height"] for box in page.locator(".folium-map").all()]
        assert heights[0] == pytest.approx(heights[1], abs=1)
        search(watch, "样例七十三小区")
        assert page.locator(".cfc-popup:visible").count() == 1
        holds(watch, PHONE)
        page.locator("#cfc-other .cfc-home").first.evaluate(
            "one => one.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: 200, clientY: 400}))"
        )
        assert page.locator(".cfc-popup:visible").count() == 1
        page.click("#cfc-compare")
        assert page.locator(".cfc-popup").count() == 1


def test_on_a_desktop_all_parts_stand_open_and_the_card_lies_on_the_map(file: Path, browser_path: str) -> None:
    with on_screen(file, browser_path, DESKTOP) as watch:
        page = watch.page
        assert not page.locator("#cfc-bar").is_visible()
        for part in ("#cfc-form", "#cfc-key-signs", "#cfc-layers"):
            assert page.locator(part).is_visible()
        search(watch, "样例七十三小区")
        holds(watch, DESKTOP)
        card, frame = (page.locator(one).bounding_box() for one in (".cfc-popup", ".folium-map"))
        assert card["y"] > frame["y"]
        assert card["x"] + card["width"] < frame["x"] + frame["width"]
        assert page.locator("#cfc-form").is_visible()


def test_the_measures_would_see_a_cover(file: Path, browser_path: str) -> None:
    with on_screen(file, browser_path, PHONE) as watch:
        styled = "([one, style]) => { document.querySelector(one).style.cssText = style; }"
        for one in ("#cfc-lang", ".cfc-north"):
            watch.page.evaluate(styled, [one, "position: fixed; left: 5px; top: 60%"])
        assert (".cfc-north 0", "#cfc-lang 0") in overlapping(boxes(watch))
        watch.page.evaluate(styled, [".cfc-head", "position: fixed; inset: 0; z-index: 2000"])
        assert map_share(watch, PHONE) < LEAST_MAP
