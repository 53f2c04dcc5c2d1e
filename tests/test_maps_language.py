"""The map's language switch: everything that can be read or heard is in one language, both ways, whatever is open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from cfc_gis import maps
from cfc_gis.tables import Tables
from tests.browser import Watch, map_ready, opened
from tests.results import sample
from tests.tables import basemap, town

TEXTS = """() => {
  const found = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest("script, style, #cfc-lang")) found.push(walk.currentNode.textContent);
  }
  for (const name of ["aria-label", "title", "alt", "placeholder"]) {
    document.querySelectorAll("[" + name + "]").forEach((node) => found.push(node.getAttribute(name)));
  }
  return found.map((words) => words.trim()).filter(Boolean).sort();
}"""
"""Every text of the page, hidden ones too, and what a screen reader is told, sorted; but for the switch itself."""

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
SAME_IN_BOTH = re.compile(
    r"Leaflet|© OpenStreetMap contributors|ODbL|OSM|天地图|GB/?T? \d+|\bkm\b|\b[nwrg]\d+(?:_\d+)?\b"
    r"|[a-z_]+(?::[a-z_]+)*=[a-z_]+|[a-z]+:[a-z_]+|result\.save\(\)|map\.html"
)
"""Names of works and standards, units of the scale, OSM's tags and ids, names of commands and files."""


def names(data: dict[str, Any]) -> list[str]:
    """Names of places and words that were found in them; the longest first, so that no part of a name is left over."""
    found = {data["place"], *data["homes"]["name"], *data["homes"]["id"], *data["facilities"]["name"]}
    found |= {unit["name"] for level in data["units"].values() for unit in level} | {row[1] for row in data["names"]}
    found |= set(data["streets"])
    found |= {why.removeprefix("name: ") for why in data["facilities"]["reason"] if why.startswith("name: ")}
    for table in data["further"]:
        found |= {table["name"], *table["titles"], *(word for row in table["rows"] for pair in row for word in pair)}
    return sorted(filter(None, found), key=len, reverse=True)


def foreign(texts: list[str], lang: str, known: list[str]) -> list[str]:
    """Texts that hold words of the other language once names are taken out."""
    pattern = re.compile("|".join(map(re.escape, known)))
    other = CHINESE if lang == "en" else ENGLISH
    return [words for words in texts if other.search(SAME_IN_BOTH.sub("", pattern.sub("", words)))]


def found(watch: Watch, name: str) -> None:
    watch.page.fill("#cfc-search", name)
    watch.page.keyboard.press("Enter")


def states(watch: Watch, data: dict[str, Any]) -> Iterator[str]:
    """Bring the map into each state that has words of its own, and name it."""
    page = watch.page
    yield "as it opens"
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for box in page.locator("input[name=cfc-layers]").all():
        box.check()
    yield "all layers"
    for view in ("met", "score", "subdistrict", "district", "home"):
        page.check(f"input[name=cfc-view][value={view}]")
        yield f"view {view}"
    for name in ("样例第三小学", "样例东区", "样例北岸街道", "一号地"):
        found(watch, name)
        yield f"card of {name}"
    page.check("input[name=cfc-view][value=home]")
    told: set[tuple[Any, ...]] = set()
    for category in data["categories"]:
        page.select_option("#cfc-category", category["id"])
        yield f"category {category['id']}"
        for season in ("summer", "winter"):
            page.check(f"input[name=cfc-season][value={season}]")
            for index in telling(data["access"][category["id"]][season], data, season, told):
                found(watch, data["homes"]["name"][index] or data["homes"]["id"][index])
                yield f"{category['id']} in {season} from {index}"
    page.keyboard.press("Escape")
    page.fill("#cfc-search", "样例")
    yield "a list that is found"
    page.fill("#cfc-search", "没有这个名字<b>")
    yield "nothing found"
    page.fill("#cfc-search", "")
    page.select_option("#cfc-category", "primary_school")
    page.click("#cfc-compare")
    yield "both seasons"
    page.click("#cfc-compare")
    yield "one season again"


def telling(walk: dict[str, Any], data: dict[str, Any], season: str, told: set[tuple[Any, ...]]) -> Iterator[int]:
    """Neighbourhoods whose cards say what none before said: a verdict, a doubt, a remedy, a part of a walk."""
    cut_off = {place["number"] for place in data["isolated"] if place["kind"] == "neighbourhood"}
    for index in range(len(data["homes"]["id"])):
        says = {("class", walk["class"][index]), ("met", walk["met"][index], season), ("cut off", index in cut_off)}
        says |= {
            ("striped", walk["striped"][index]),
            ("edge", walk["edge"][index]),
            ("way", walk["way"][index] is None),
        }
        says |= {("fix", kind, first) for kind, first in zip(*(walk["fix"][index][n::5] for n in (0, 1)), strict=True)}
        says |= {(part, bool(walk[part][index])) for part in ("ice", "wait", "barrier", "crossings") if part in walk}
        says |= {("second", walk["second"][index] is None), ("nearest", walk["facility"][index] is None)}
        if says - told:
            told |= says
            yield index


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = sample()
    middle = result.neighbourhoods.geometry.head(1).centroid
    extra = gpd.GeoDataFrame({"name": ["一号地"], "阶段": ["拟建"]}, geometry=middle.to_numpy(), crs=middle.crs)
    path = tmp_path_factory.mktemp("language") / "map.html"
    path.write_text(maps.to_html(result.map("primary_school", layers={"候选地": extra})), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(file: Path) -> dict[str, Any]:
    told = re.search(r'id="cfc-data">(.*?)</script>', file.read_text(encoding="utf-8"), re.DOTALL)
    assert told
    return json.loads(told[1])


def test_all_that_is_said_changes_its_language_and_comes_back(
    file: Path, browser_path: str, data: dict[str, Any]
) -> None:
    known = [*names(data), "没有这个名字<b>"]
    left: dict[tuple[str, str], list[str]] = {}
    with opened(file, browser_path) as watch:
        map_ready(watch)
        # The report's message switches without taking the focus, so that a list or a card stays open.
        switch: Callable[[str], None] = lambda lang: watch.page.evaluate(  # noqa: E731
            "lang => window.dispatchEvent(new MessageEvent('message', {data: {cfcLang: lang}}))", lang
        )
        count = 0
        for state in states(watch, data):
            count += 1
            chinese = watch.page.evaluate(TEXTS)
            switch("en")
            english = watch.page.evaluate(TEXTS)
            switch("zh")
            assert watch.page.evaluate(TEXTS) == chinese, state
            assert len(english) == pytest.approx(len(chinese), abs=3), state
            for lang, texts in (("zh", chinese), ("en", english)):
                if wrong := foreign(texts, lang, known):
                    left[lang, state] = wrong
        assert count > 40
        assert left == {}
        assert watch.quiet(), watch


def test_the_button_switches_as_the_report_does_and_names_the_other_language(
    file: Path, browser_path: str, data: dict[str, Any]
) -> None:
    with opened(file, browser_path, 400, 800) as watch:
        map_ready(watch)
        page = watch.page
        for lang, other in (("zh", "English"), ("en", "中文"), ("zh", "English")):
            assert page.inner_text("#cfc-lang") == other
            assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[lang]
            assert foreign(page.evaluate(TEXTS), lang, names(data)) == []
            assert len(page.evaluate(TEXTS)) > 60
            page.click("#cfc-lang")
        assert watch.quiet(), watch


def test_what_makes_a_facility_count_is_said_in_both_languages(tmp_path: Path, browser_path: str) -> None:
    told = {
        "name: 小学": ("名称含“小学”", "the name holds “小学”"),
        "leisure=park": ("leisure=park", "leisure=park"),
        "small or narrow green": ("面积小或狭窄的绿地", "small or narrow green space"),
        "in compound": ("位于小区内", "inside a compound"),
        "名单.csv: official list, 小学": ("名单.csv: 官方名单, 小学", "名单.csv: official list, 小学"),
        "scenario": ("情景中设定", "set by the scenario"),
    }
    tables = town()
    named = tables["facilities"]["name"].dropna().index[: len(told)]
    tables["facilities"].loc[named, "evidence_reason"] = list(told)
    file = tmp_path / "map.html"
    file.write_text(
        maps.to_html(maps.build(Tables(**tables), basemap(), place="哈尔滨市", data_date=None)), encoding="utf-8"
    )
    with opened(file, browser_path) as watch:
        map_ready(watch)
        for name, (chinese, english) in zip(tables["facilities"].loc[named, "name"], told.values(), strict=True):
            found(watch, name)
            rows = watch.page.locator(".cfc-popup dd")
            assert chinese in rows.all_inner_texts()
            watch.page.click("#cfc-lang")
            assert english in rows.all_inner_texts()
            watch.page.click("#cfc-lang")
        assert watch.quiet(), watch


def test_the_measure_would_find_what_was_left() -> None:
    known = ["样例第三小学", "Central Street"]
    assert foreign(["到最近的小学", "about 5 min", "样例第三小学 · school"], "zh", known) == [
        "about 5 min", "样例第三小学 · school",
    ]  # fmt: skip
    assert foreign(["To the nearest：", "样例第三小学", "Central Street"], "en", known) == [
        "To the nearest：",
    ]  # fmt: skip
    assert foreign(["© OpenStreetMap contributors，ODbL", "amenity=school", "n12", "Central Street"], "zh", known) == []
