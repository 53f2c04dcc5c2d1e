"""Numbers on the map are told as the report tells them: the same estimate is never two."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from cfc_gis import locale
from cfc_gis.maps import plain
from cfc_gis.report.words import Words, percent

pytestmark = pytest.mark.browser

SHARES = [0, 1e-4, 0.0012, 0.0045, 0.005, 0.0051, 0.0099, 0.01, 0.05, 0.125, 0.29, 0.285, 0.4567, 0.9, 0.9949, 0.995,
          0.9999, 1]  # fmt: skip
PEOPLE = [0, 0.3, 0.5, 9.4, 10, 14.9, 15, 327, 854.6, 999, 1000, 1250, 9949, 9950, 10_000, 106_848, 1_047_204]


@pytest.fixture(scope="module")
def page(browser_path: str) -> Iterator[Any]:
    """A page that holds the map's functions for words and numbers, and nothing else."""
    from playwright.sync_api import sync_playwright

    script = (resources.files("cfc_gis") / "resources" / "templates" / "map_text.js").read_text(encoding="utf-8")
    words = {lang: {key: said[lang] for key, said in locale.table().items()} for lang in locale.LANGS}
    start = f"const app = {{data: {{words: {json.dumps(words)}}}, state: {{lang: 'en'}}}}; cfcText(app);"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        shown = browser.new_page()
        shown.add_script_tag(content=script + start)
        yield shown
        browser.close()


def test_shares_are_told_alike(page: Any) -> None:
    assert page.evaluate("all => all.map(app.percent)", SHARES) == [percent(share) for share in SHARES]
    # Of homes the page holds shares by the hundred.
    assert page.evaluate("all => all.map(app.percent)", plain.shares(SHARES)) == [percent(share) for share in SHARES]


@pytest.mark.parametrize("lang", locale.LANGS)
def test_children_are_told_alike(page: Any, lang: str) -> None:
    page.evaluate("lang => { app.state.lang = lang; }", lang)
    told = [number.replace(" 人", "") for number in page.evaluate("all => all.map(app.children)", PEOPLE)]
    assert told == [str(Words([lang]).people(value)[lang]).replace(" 人", "") for value in PEOPLE]


def test_ranges_have_the_same_ends(page: Any) -> None:
    page.evaluate("() => { app.state.lang = 'en'; }")
    pairs = [(low, high) for low in SHARES for high in (*SHARES, None) if high is None or low <= high]
    told = page.evaluate("all => all.map(([low, high]) => app.range(low, high))", pairs)
    for (low, high), on_map in zip(pairs, told, strict=True):
        report = Words(["en"]).proven({"share_low": low, "share_high": high})
        if report is None:
            assert on_map == locale.say("map.unclear", "en")
            continue
        same = on_map.replace("at least ", "≥ ").replace("% to ", "–")
        assert same == html.unescape(str(report["en"])), (low, high)
