"""The report for those who use a keyboard, a screen reader, a phone or paper: in a real browser, network cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest

from cfc_gis import locale, maps, report
from cfc_gis.tables import Tables
from tests.browser import Watch, missing_glyphs, opened
from tests.tables import basemap, manifest, town
from tests.test_maps_language import CHINESE, ENGLISH

if TYPE_CHECKING:
    from playwright.sync_api import Frame

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
BAD = {"serious", "critical"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tables, ground = Tables(**town()), basemap()
    drawn = maps.to_html(maps.build(tables, ground, place="哈尔滨市", data_date="2024-04-09"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    page = report.render(tables, manifest=manifest(), map_html=drawn, basemap=ground)
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def watch(file: Path, browser_path: str) -> Iterator[Watch]:
    """The report on a phone, where tables scroll by themselves."""
    with opened(file, browser_path, 400) as found:
        yield found
        assert found.quiet(), found


def violations(frame: Frame) -> list[str]:
    """Return what axe-core finds in one frame that keeps people out."""
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = frame.evaluate("axe.run(document, {iframes: false, resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in BAD]


def test_axe_finds_nothing_serious_in_the_report_or_its_map(watch: Watch) -> None:
    page = watch.page
    page.evaluate("document.querySelectorAll('details').forEach((list) => { list.open = true; })")
    page.locator("#map-frame").scroll_into_view_if_needed()
    page.frame_locator("#map-frame").locator(".cfc-home").first.wait_for()
    assert len(page.frames) == 2
    for lang in locale.LANGS:
        page.click(f"button[data-lang={lang}]")
        assert [violations(frame) for frame in page.frames] == [[], []], lang


def test_axe_does_find_what_is_wrong(watch: Watch) -> None:
    watch.page.evaluate("document.querySelector('#map-frame').remove(); document.body.append(new Image())")
    watch.page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert any(found.startswith("color-contrast") for found in violations(watch.page.main_frame))


def test_the_first_stop_of_the_keyboard_leads_past_the_contents(watch: Watch) -> None:
    page = watch.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_headings_go_down_one_level_at_a_time_and_every_picture_has_a_name_or_is_hidden(watch: Watch) -> None:
    levels = watch.page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    nameless = """[...document.querySelectorAll('svg')].filter((svg) => {
      const title = document.getElementById(svg.getAttribute('aria-labelledby'));
      return svg.getAttribute('aria-hidden') !== 'true' && !(title && title.textContent.trim());
    }).length"""
    assert watch.page.evaluate(nameless) == 0
    unscoped = "document.querySelectorAll('table[class] th:not([scope]), main table th:not([scope])').length"
    assert watch.page.evaluate(unscoped) == 0


def test_a_link_into_the_plan_unfolds_its_list(watch: Watch) -> None:
    page = watch.page
    link = page.locator('#plan ~ .scroll a[href^="#plan-"]').first
    target = str(link.get_attribute("href"))[1:]
    listed = page.locator(f'[id="{target}"]')
    assert listed.get_attribute("open") is None
    link.click()
    page.wait_for_function("id => document.getElementById(id).open", arg=target)


def test_on_a_phone_no_reason_of_a_list_lies_off_the_screen(watch: Watch) -> None:
    page = watch.page
    page.evaluate("document.querySelectorAll('details').forEach((list) => { list.open = true; })")
    outside = """[...document.querySelectorAll('.page .looks td, .page .looks td div, .page .looks th')]
      .filter((cell) => cell.closest('tbody') && cell.getClientRects().length)
      .filter((cell) => cell.getBoundingClientRect().left < 0 || cell.getBoundingClientRect().right > 400 ||
        cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).display === 'block')
      .map((cell) => cell.textContent.slice(0, 40))"""
    for lang in ("zh", "en", "both"):
        page.click(f"button[data-lang={lang}]")
        assert page.locator(".page .looks td:last-child").first.is_visible()
        assert page.evaluate(outside) == [], lang


def test_on_paper_lists_are_unfolded_and_no_table_is_cut_off(file: Path, browser_path: str) -> None:
    """A4 with its margins is 180 mm wide, 680 pixels of CSS; landscape pages are 273 mm, 1,031 pixels."""
    with opened(file, browser_path, 680) as watch:
        page = watch.page
        page.emulate_media(media="print")
        assert not page.locator("#map-frame").is_visible()
        assert page.locator("details.fold table").first.is_visible()
        too_wide = """[...document.querySelectorAll('main table')].filter((table) => table.offsetParent &&
          table.scrollWidth > (table.closest('.landscape') ? 1031 : 681))
          .map((table) => [table.scrollWidth, table.textContent.slice(0, 60)])"""
        assert page.evaluate(too_wide) == []
        assert watch.quiet(), watch


def test_every_sign_of_the_report_has_a_glyph(watch: Watch) -> None:
    """In Chinese and English, and all words that other reports may say, each in the font it is written in."""
    watch.page.click("button[data-lang=both]")
    words = [word for both in locale.table().values() for word in both.values()]
    missing, count = missing_glyphs(watch.page, words)
    assert missing == ""
    assert count > 900


def test_a_sign_without_a_glyph_is_found(watch: Watch) -> None:
    assert missing_glyphs(watch.page, ["学\u0379A\U0003fffd·≥²"])[0] == "\u0379\U0003fffd"


def test_on_a_phone_the_reasons_of_a_list_stand_on_the_screen(watch: Watch) -> None:
    """400 px wide: what is cut off to the right says nothing of why a place is far."""
    beyond = watch.page.evaluate(
        "() => [...document.querySelectorAll('.looks td:last-child')]"
        ".map((cell) => cell.getBoundingClientRect()).filter((box) => box.width > 0)"
        ".map((box) => box.right > innerWidth)"
    )
    assert beyond
    assert not any(beyond)


def test_the_language_switch_reaches_what_only_screen_readers_are_told(watch: Watch) -> None:
    told = """() => [document.title, ...[...document.querySelectorAll("[aria-label], [title]")].flatMap(
        (node) => [node.getAttribute("aria-label"), node.getAttribute("title")])].filter(Boolean)"""
    named = ("哈尔滨市", "中文")  # the place, and the switch itself
    for lang, other in (("en", CHINESE), ("zh", ENGLISH), ("en", CHINESE)):
        watch.page.click(f"button[data-lang={lang}]")
        left = [words for words in watch.page.evaluate(told) if other.search(re.sub("|".join(named), "", words))]
        assert not set(left) - {"English", "语言 / Language"}, lang
