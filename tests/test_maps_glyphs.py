"""Every character of the map is drawn by a font: no empty boxes in Chinese or English, on a desktop or a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cfc_gis import locale, maps
from tests.browser import map_ready, missing_glyphs, opened
from tests.results import sample


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("glyphs") / "map.html"
    path.write_text(maps.to_html(sample().map("primary_school")), encoding="utf-8")
    return path


@pytest.mark.parametrize("size", [(1400, 900), (400, 800)])
def test_whatever_is_shown_is_drawn(file: Path, browser_path: str, size: tuple[int, int]) -> None:
    with opened(file, browser_path, *size) as watch:
        map_ready(watch)
        page = watch.page
        for lang in locale.LANGS:
            for part in page.locator("#cfc-bar button").all() if size[0] < 720 else [None]:
                if part is not None:
                    part.click()
                assert missing_glyphs(page)[0] == ""
            if not page.locator("#cfc-search").is_visible():
                page.locator("#cfc-bar button").first.click()
            page.fill("#cfc-search", "样例七十三小区")
            page.keyboard.press("Enter")
            missing, count = missing_glyphs(page)
            assert missing == ""
            assert count > (150 if lang == "zh" else 60)
            page.click("#cfc-lang")
        assert watch.quiet(), watch


def test_every_word_that_the_map_may_say_is_drawn(file: Path, browser_path: str) -> None:
    words = [both[lang] for both in locale.table().values() for lang in locale.LANGS]
    wanted = {letter for letter in "".join(words) if re.match(r"[\u4e00-\u9fff]", letter)}
    with opened(file, browser_path) as watch:
        map_ready(watch)
        missing, count = missing_glyphs(watch.page, words)
        assert missing == ""
        assert count > len(wanted) > 800


def test_a_glyph_that_is_missing_is_found(file: Path, browser_path: str) -> None:
    """Of private use, a Latin letter that only looks foreign, white space, and one that is there but hidden."""
    with opened(file, browser_path) as watch:
        map_ready(watch)
        page = watch.page
        assert missing_glyphs(page, ["小\U0010fffdé \u200b\u00a0"])[0] == "\U0010fffd"
        page.evaluate("document.getElementById('cfc-place').textContent = '哈尔滨\\u{10FFFC}'")
        assert missing_glyphs(page)[0] == "\U0010fffc"
        page.evaluate("document.getElementById('cfc-place').style.display = 'none'")
        assert missing_glyphs(page)[0] == ""
