"""What a click on the map says is what the run found: routes, minutes taken apart, the standard, what would help."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfc_gis import maps
from cfc_gis.access.explanation import Explanation
from cfc_gis.maps import payload, plain, shapes
from cfc_gis.result import Result
from tests.browser import map_ready, opened
from tests.results import real, sample


def told(result: Result) -> dict[str, Any]:
    return payload.build(result.tables, result.basemap, result.routes)


def agrees(result: Result, data: dict[str, Any], season: str, many: int) -> int:
    """Compare random places with their explanation; return how many miss the standard."""
    rng = np.random.default_rng(20240409)
    homes = data["homes"]["id"]
    missed = 0
    for category in rng.choice([row["id"] for row in data["categories"]], many):
        index = int(rng.integers(len(homes)))
        why = result.explain(homes[index], category, season)
        walk = data["access"][category][season]
        missed += one_agrees(result, data, walk, index, why)
    return missed


def one_agrees(result: Result, data: dict[str, Any], walk: dict[str, Any], index: int, why: Explanation) -> bool:
    against = why.standards[0]
    if why.way is None:
        assert walk["facility"][index] is None
        assert walk.get("route", {index: -1})[index] == -1
        assert walk["met"][index] == ("?" if np.isnan(against.value) else str(int(bool(against.met))))
        return True
    tenths = [round(10 * float(part)) for part in why.way.minutes.in_tenths()]
    rest = [walk[name][index] if name in walk else 0 for name in ("ice", "wait", "barrier")]
    assert rest == tenths[1:]
    assert round(10 * walk["minutes"][index]) == pytest.approx(sum(tenths), abs=1)
    facility = list(result.facilities.loc[result.facilities["evidence"] != "no", "facility_id"].sort_values())
    assert facility[walk["facility"][index]] == why.way.facility.facility_id
    line = shapely.LineString(shapes.decode(data["routes"][walk["route"][index]]))
    drawn = gpd.GeoSeries([line], crs=4326).to_crs(why.crs).iloc[0]
    assert drawn.hausdorff_distance(why.way.line) <= max(3.0, why.way.metres / 400) + 1.5
    assert walk["met"][index] == str(int(bool(against.met)))
    assert (walk["value"][index] <= against.standard.threshold) == against.met
    assert walk["value"][index] == pytest.approx(against.value, abs=0.5)
    return not against.met


@pytest.mark.parametrize("season", ["summer", "winter"])
def test_the_sample_town_is_explained_as_by_explain(season: str) -> None:
    assert agrees(sample(), told(sample()), season, 40) > 5


@pytest.mark.real_data
def test_the_real_city_is_explained_as_by_explain(extract_path: Path) -> None:
    result = real(extract_path, "winter")
    assert agrees(result, told(result), "winter", 30) > 5


def test_first_choices_are_those_not_served() -> None:
    result = sample()
    data = told(result)
    kinds, served = data["upgrade_kinds"], 0
    for category, seasons in data["access"].items():
        for season, walk in seasons.items():
            age = next(row["age"] for row in data["categories"] if row["id"] == category)
            of_category = result.remedies[result.remedies["category"] == category]
            rows = of_category[of_category["profile"] == f"{age}.{season}"]
            for index, flat in enumerate(walk["fix"]):
                fixes = np.array(flat, dtype=int).reshape(-1, 5)
                first = fixes[fixes[:, 1] == 1]
                wanted = 100 - 100 * (walk["within"][index] or 0)
                assert first[:, 2].sum() == pytest.approx(wanted, abs=2 + len(first))
                home = data["homes"]["id"][index]
                known = set(rows.loc[(rows["neighbourhood_id"] == home) & (rows["share"] >= 0.005), "kind"])
                assert {kinds[kind] for kind in fixes[:, 0]} >= known
                served += not len(first)
    assert served > 20


def test_a_map_without_routes_draws_straight_lines_and_says_so(tmp_path: Path, browser_path: str) -> None:
    result = sample()
    page = maps.to_html(maps.build(result.tables, result.basemap, place="样例市", data_date=None, synthetic=True))
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        watch.page.fill("#cfc-search", "样例七十三小区")
        watch.page.keyboard.press("Enter")
        assert "虚线是直线，不是路" in watch.page.inner_text(".cfc-popup")
        assert watch.quiet(), watch


@pytest.mark.browser
def test_a_click_says_why_a_place_is_red_and_draws_the_way(tmp_path: Path, browser_path: str) -> None:
    """In words, the numbers of explain(): the standard and by how much it is missed, minutes split, what would help."""
    result = sample()
    why = result.explain("样例七十三小区", "primary_school", "winter")
    assert why.way is not None
    file = tmp_path / "map.html"
    drawn = result.map("primary_school", season="winter")
    file.write_text(maps.to_html(drawn), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        page = watch.page
        page.fill("#cfc-search", "样例七十三小区")
        page.keyboard.press("Enter")
        text = page.inner_text(".cfc-popup")
        value = round(why.standards[0].value)
        # Nothing tells how many schools there are, so that the first words are not that the standard is missed.
        assert f"数据不足，不能判断。到已知的最近一处：步行路程 {value} 米（标准 500 米）。" in text
        walk, ice, *_ = why.way.minutes.in_tenths()
        assert f"{why.way.minutes.total:.1f} 分钟 = 行走 {walk}，冰雪 {ice}" in text
        assert "黑线是这条路" in text
        assert "怎样改善" in text
        assert "样例第三小学" in text
        assert page.locator("path.cfc-route").count() == 1
        assert len(page.locator("path.cfc-route").get_attribute("d").split("L")) > 3
        page.click("#cfc-lang")  # the card stays open, in the other language
        assert f"To the nearest that is known: walking distance {value} m" in page.inner_text(".cfc-popup")
        page.keyboard.press("Escape")
        assert page.locator("path.cfc-route").count() == 0
        assert not page.locator(".cfc-popup").is_visible()
        assert watch.quiet(), watch


def says_first_that_nobody_can_tell(card: str, metres: float) -> None:
    """Before the number, which is the same wherever the card tells it."""
    assert "超出标准" not in card
    assert f"数据不足，不能判断。到已知的最近一处：步行路程 {metres} 米（标准 500 米）" in card
    assert f"分钟，{metres} 米" in card


@pytest.mark.browser
def test_where_nobody_can_judge_better_data_come_first(tmp_path: Path, browser_path: str) -> None:
    """Of a place with some children within, and of one with most of them, which is drawn solid."""
    result = sample()
    data = told(result)
    walk = data["access"]["sport"]["summer"]
    few, most = (data["homes"]["name"].index(f"样例十{number}小区") for number in "六七")
    assert 0 < walk["within"][few] < 0.5 < walk["within"][most] < 1
    assert (walk["striped"][few], walk["striped"][most]) == ("1", "0")
    file = tmp_path / "map.html"
    file.write_text(maps.to_html(result.map("sport", season="summer")), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        for index in (few, most):
            watch.page.fill("#cfc-search", data["homes"]["name"][index])
            watch.page.keyboard.press("Enter")
            assert watch.page.locator(".cfc-popup li").first.inner_text() == "先补数据"
            if index == few:
                says_first_that_nobody_can_tell(watch.page.inner_text(".cfc-popup"), walk["value"][few])
        assert watch.quiet(), watch


@pytest.mark.browser
def test_search_works_by_keys_tells_equal_names_apart_and_finds_units(tmp_path: Path, browser_path: str) -> None:
    result = sample()
    file = tmp_path / "map.html"
    file.write_text(maps.to_html(result.map("park")), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        page = watch.page
        page.focus("#cfc-search")
        page.keyboard.type("样例")
        assert page.get_attribute("#cfc-search", "aria-expanded") == "true"
        options = page.locator("#cfc-names [role=option]")
        assert options.count() == 12
        assert "12" in page.inner_text("#cfc-found")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        active = page.get_attribute("#cfc-search", "aria-activedescendant")
        assert active == options.nth(1).get_attribute("id")
        name = options.nth(1).locator("span").inner_text()
        page.keyboard.press("Enter")
        assert page.inner_text(".cfc-popup h3") == name
        page.fill("#cfc-search", "样例北岸街道")
        page.keyboard.press("Enter")
        assert "判定" in page.inner_text(".cfc-popup")
        assert page.is_checked("input[name=cfc-view][value=subdistrict]")
        page.fill("#cfc-search", "样例第三小学")  # which does not serve parks: the category follows
        page.keyboard.press("Enter")
        assert page.input_value("#cfc-category") == "primary_school"
        assert "小学" in page.inner_text(".cfc-popup")
        page.fill("#cfc-search", "<b>没有</b>")
        page.keyboard.press("Enter")
        assert page.inner_text("#cfc-found") == "没有找到“<b>没有</b>”"
        assert watch.quiet(), watch


@pytest.mark.browser
def test_layers_views_and_both_seasons_side_by_side(tmp_path: Path, browser_path: str) -> None:
    result = sample()
    file = tmp_path / "map.html"
    middle = result.neighbourhoods.geometry.head(1).centroid
    extra = gpd.GeoDataFrame({"name": ["一号地"], "stage": ["拟建"]}, geometry=middle.to_numpy(), crs=middle.crs)
    file.write_text(maps.to_html(result.map("primary_school", layers={"候选地": extra})), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        page = watch.page
        boxes = page.locator("input[name=cfc-layers]")
        assert boxes.count() >= 10
        closed = page.locator("#cfc-layers details:not([open]) summary")
        while closed.count():
            closed.first.click()
        drawn = "document.querySelector('.leaflet-map-pane').innerHTML"
        idle = []
        for box in boxes.all():
            before = page.evaluate(drawn)
            box.set_checked(not box.is_checked())
            if page.evaluate(drawn) == before:
                idle.append(box.get_attribute("value"))
            box.set_checked(not box.is_checked())
        assert set(idle) <= {"green", "street", "land"}  # the ground is drawn on a canvas, which the page does not tell
        page.check("input[value=site_park]")
        assert page.locator(".cfc-site").count() == int((result.facilities["category"] == "park").sum())
        page.fill("#cfc-search", "一号地")
        page.keyboard.press("Enter")
        assert "拟建" in page.inner_text(".cfc-popup")
        for view, words in (("score", "得分（0–100"), ("met", "在标准之内的比例")):
            page.check(f"input[name=cfc-view][value={view}]")
            assert words in page.inner_text("#cfc-legend-title")
        page.click("#cfc-compare")
        maps_drawn = page.locator(".folium-map")
        assert maps_drawn.count() == 2
        assert page.locator(".cfc-caption").all_inner_texts() == ["夏季", "冬季（情景）"]
        page.check("input[name=cfc-view][value=home]")
        fills = [
            each.evaluate("map => [...map.querySelectorAll('.cfc-home')].map(one => one.getAttribute('fill'))")
            for each in maps_drawn.all()
        ]
        assert len(fills[0]) == len(fills[1]) == len(result.neighbourhoods)
        assert sum(a.replace("cfc-winter", "cfc") != b for a, b in zip(fills[1], fills[0], strict=True)) > 5
        page.evaluate("map_cfc.panBy([60, 0], {animate: false})")
        page.click("#cfc-compare")
        assert page.locator(".folium-map").count() == 1
        assert watch.quiet(), watch


@pytest.mark.browser
def test_on_paper_the_map_is_one_sheet_and_comes_back(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(maps.to_html(sample().map("primary_school")), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        before = watch.page.evaluate("[map_cfc.getZoom(), map_cfc.getSize().x]")
        sheet = watch.page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
        assert watch.page.evaluate("[map_cfc.getZoom(), map_cfc.getSize().x]") == before
        watch.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert not watch.page.locator("#cfc-form").is_visible()
        assert watch.page.locator("#cfc-legend").is_visible()
        watch.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert watch.quiet(), watch


def test_values_lie_on_their_side_in_as_few_figures_as_show_it() -> None:
    assert plain.on_its_side([499.6, 500.4, np.nan, 731.2], 500, [True, False, False, False], 0) == [
        500,
        500.4,
        None,
        731,
    ]


def test_a_notebook_is_given_one_category_and_the_map_stays_whole() -> None:
    drawn = sample().map("park")
    inline, whole = html.unescape(drawn._repr_html_()), maps.to_html(drawn)
    part, data = (
        json.loads(re.findall(r'id="cfc-data">(.*?)</script>', page, re.DOTALL)[0]) for page in (inline, whole)
    )
    assert len(data["access"]) == len(data["categories"]) == len(sample().access["category"].unique())
    assert list(part["access"]) == ["park"]
    assert [part["routes"][n] for n in part["access"]["park"]["winter"]["route"] if n >= 0] == [
        data["routes"][n] for n in data["access"]["park"]["winter"]["route"] if n >= 0
    ]
    assert part["light"]
    assert "light" not in data
