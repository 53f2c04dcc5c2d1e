"""The map: safe, self-contained, the same twice, and alive in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely

from cfc_gis import maps
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.maps import payload, shapes
from tests.browser import Watch, opened
from tests.tables import HOSTILE, basemap, hostile_town, town

HALF_A_METRE = 0.5 / shapes.SCALE * 1.1


def draw(tables: dict[str, Any] | None = None, **options: Any) -> str:
    options = {"place": "哈尔滨市", "data_date": "2024-04-09", "category": "primary_school"} | options
    return maps.to_html(maps.build(**(tables or town()), basemap=basemap(), **options))


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="cfc-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture(scope="module")
def page() -> str:
    return draw()


def test_the_same_tables_give_the_same_bytes(page: str) -> None:
    assert draw() == page


def test_the_order_of_rows_does_not_change_the_bytes(page: str) -> None:
    tables = town()
    for name in ("units", "neighbourhoods", "facilities", "access", "gaps"):
        tables[name] = tables[name].sample(frac=1, random_state=5).reset_index(drop=True)
    assert draw(tables) == page


def test_folium_stays_as_it_was(page: str) -> None:
    assert len(folium.Map.default_js) == 4
    assert "https://cdn" in folium.Map().get_root().render()


def test_page_links_nothing(page: str) -> None:
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', page)
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert "sourceMappingURL" not in page


def test_further_folium_layers_may_be_added() -> None:
    drawn = maps.build(**town(), basemap=basemap(), place="哈尔滨市", data_date=None)
    folium.Marker([45.75, 126.6]).add_to(drawn)
    assert "L.marker(" in maps.to_html(drawn)


@pytest.mark.parametrize("option", [{"lang": "fr"}, {"season": "spring"}, {"category": "casino"}])
def test_unknown_choices_are_refused_by_name(option: dict[str, str]) -> None:
    with pytest.raises(ChoiceUnknown) as caught:
        draw(**option)
    assert next(iter(option.values())) in str(caught.value)


def test_one_language_leaves_the_other_out() -> None:
    assert list(data_of(draw(lang="en"))["words"]) == ["en"]


def test_what_cannot_be_judged_is_striped_unless_a_short_walk_proves_it(page: str) -> None:
    walks = data_of(page)["access"]["kindergarten"]["summer"]
    for striped, within in zip(walks["striped"], walks["within"], strict=True):
        assert striped == ("0" if within else "1")
    assert "1" not in data_of(page)["access"]["primary_school"]["summer"]["striped"]


def test_the_first_category_shown_is_one_that_can_be_judged() -> None:
    data = data_of(draw(category=None))
    assert "1" not in data["access"][data["state"]["category"]]["summer"]["striped"]


def test_a_category_without_any_known_facility_is_no_data() -> None:
    tables = town()
    none = tables["access"]["category"] == "play"
    tables["access"].loc[none, ["minutes", "metres", "facility_id", "share_within"]] = None
    assert set(data_of(draw(tables))["access"]["play"]["summer"]["class"]) == {"6"}


def test_unreachable_is_missing_and_never_a_number(page: str) -> None:
    walks = data_of(page)["access"]["primary_school"]["summer"]
    lost = [i for i, c in enumerate(walks["class"]) if c == "5"]
    assert lost == [12, 25, 38]
    assert [walks["minutes"][i] for i in lost] == [None] * 3


def test_shapes_come_back_within_half_a_metre() -> None:
    square = shapely.Point(126.6, 45.75).buffer(0.01, quad_segs=4)
    [[ring]] = shapes.encode(square)
    back = np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / shapes.SCALE
    assert np.abs(back - shapely.get_coordinates(square)).max() < HALF_A_METRE


def test_parts_too_small_to_see_leave_no_ring() -> None:
    assert shapes.encode(shapely.Point(126.6, 45.75).buffer(1e-7)) == []


def test_tables_without_basemap_or_subdistricts_still_draw() -> None:
    tables = town()
    tables["units"] = tables["units"][tables["units"]["level"] != "subdistrict"]
    empty = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=basemap().crs)
    drawn = maps.build(**tables, basemap=empty, place="哈尔滨市", data_date=None)
    assert data_of(maps.to_html(drawn))["units"]["subdistrict"] == []


def test_words_of_the_scripts_exist() -> None:
    folder = Path(maps.__file__).parents[1] / "resources" / "templates"
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("map*"))
    used = set(re.findall(r'"((?:map|judgement|evidence)\.[a-z_]+)"', code)) - {"map."}
    known = payload.words(["zh"])["zh"]
    assert {key for key in used if key not in known and not key.endswith("_")} == set()


# --- in a browser -------------------------------------------------------------------------------------------------


def ready(watch: Watch) -> None:
    watch.page.wait_for_function("window.map_cfc && map_cfc.cfcReady")


def fills(watch: Watch) -> list[str]:
    return watch.page.eval_on_selector_all(".cfc-home", "all => all.map(one => one.getAttribute('fill'))")


@pytest.mark.browser
def test_planner_chooses_clicks_searches_and_switches(page: str, tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        ready(watch)
        before = fills(watch)
        assert len(before) == 40
        assert "#6a3d9a" in before
        watch.page.select_option("#cfc-category", "kindergarten")
        assert fills(watch) != before
        assert any(fill.startswith("url(#cfc-stripes-") for fill in fills(watch))
        assert "不表示没有服务" in watch.page.inner_text("#cfc-notice")
        watch.page.locator(".cfc-home").nth(20).click()
        assert "到最近的幼儿园" in watch.page.inner_text(".cfc-popup")
        watch.page.check("input[name=cfc-view][value=district]")
        assert watch.page.locator(".cfc-label").all_inner_texts() == ["道里区\n数据不足", "南岗区\n数据不足"]
        watch.page.locator(".cfc-unit").first.click(position={"x": 60, "y": 60})
        assert "可信度" in watch.page.inner_text(".cfc-popup")
        watch.page.check("input[name=cfc-season][value=winter]")
        watch.page.check("input[name=cfc-view][value=home]")
        watch.page.fill("#cfc-search", "友谊小区22")
        watch.page.keyboard.press("Enter")
        assert "友谊小区22" in watch.page.inner_text(".cfc-popup h3")
        watch.page.click("#cfc-lang")
        assert "Walk to the nearest known: Kindergarten" in watch.page.inner_text("#cfc-legend-title")
        watch.page.uncheck("input[name=cfc-layers][value=home]")
        assert fills(watch) == []
        assert watch.quiet(), watch


@pytest.mark.browser
def test_hostile_names_stay_text(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(draw(hostile_town(), place=HOSTILE[0]), encoding="utf-8")
    with opened(file, browser_path) as watch:
        ready(watch)
        assert HOSTILE[0] in watch.page.inner_text("#cfc-place")
        watch.page.check("input[name=cfc-view][value=subdistrict]")
        for name in HOSTILE:
            watch.page.fill("#cfc-search", name)
            watch.page.keyboard.press("Enter")
            if "\u202e" not in name:
                assert watch.page.inner_text(".cfc-popup h3") == name
        watch.page.fill("#cfc-search", "第一小学")
        watch.page.keyboard.press("Enter")
        assert watch.page.inner_text(".cfc-popup h3") == "第一小学"
        assert watch.quiet(), watch


@pytest.mark.browser
def test_synthetic_data_say_so_on_every_width(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(draw(synthetic=True), encoding="utf-8")
    for width in (1400, 400):
        with opened(file, browser_path, width, 800) as watch:
            ready(watch)
            assert watch.page.locator("#cfc-synthetic").is_visible()
            assert "OpenStreetMap" not in watch.page.inner_text("body")
            assert watch.page.evaluate("document.documentElement.scrollWidth") <= width
            assert watch.quiet(), watch
