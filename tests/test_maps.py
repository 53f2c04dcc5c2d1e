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
from cfc_gis.tables import Tables
from tests.browser import Watch, map_ready, opened
from tests.tables import HOSTILE, basemap, hostile_town, town

HALF_A_METRE = 0.5 / shapes.SCALE * 1.1


def draw(tables: dict[str, Any] | None = None, **options: Any) -> str:
    options = {"place": "哈尔滨市", "data_date": "2024-04-09", "category": "primary_school"} | options
    return maps.to_html(maps.build(Tables(**(tables or town())), basemap(), **options))


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
    for name in ("units", "neighbourhoods", "facilities", "access", "gaps", "isolated"):
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
    drawn = maps.build(Tables(**town()), basemap(), place="哈尔滨市", data_date=None)
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
        assert striped == ("0" if within is not None and within >= 0.5 else "1")
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


def test_a_walk_tells_its_crossings_the_second_nearest_and_how_many_are_within(page: str) -> None:
    walks = data_of(page)["access"]["primary_school"]["summer"]
    assert walks["crossings"][:4] == [0, 1, 2, 3]
    assert walks["second"][:2] == [4.0, 6.8]
    assert walks["second"][6] is None
    assert walks["n"][:3] == [0, 0.5, 1]
    # The quickest way is named where it is longer than the shortest: of every third place by 0, 15, 30 m.
    assert walks["way"][:3] == [None, 240, 420]
    assert walks["metres"][:3] == [60, 225, 390]


def test_isolated_places_stand_once_with_all_their_reasons(page: str) -> None:
    data = data_of(page)
    places = {(place["kind"], place["number"]): place for place in data["isolated"]}
    assert len(places) == len(data["isolated"]) == 27
    reasons = [(row["category"], row["reason"], row["share"]) for row in places["neighbourhood", 1]["rows"]]
    assert reasons == [("all", "no_street", 0.5), ("park", "no_way", 0.25), ("primary_school", "no_way", 0.25)]
    lost = [place["number"] for place in data["isolated"] if place["kind"] == "facility"]
    assert [data["facilities"]["category"][number] for number in lost] == ["childcare", "primary_school"]
    assert all(126 < lon < 127 and 45 < lat < 46 for lat, lon in (place["at"] for place in data["isolated"]))


def test_a_map_without_isolated_places_is_whole() -> None:
    tables = town()
    tables["isolated"] = tables["isolated"].iloc[:0]
    assert data_of(draw(tables))["isolated"] == []


def test_every_reason_has_its_shape_and_its_words(page: str) -> None:
    code = (Path(maps.__file__).parents[1] / "resources" / "templates" / "map_sites.js").read_text(encoding="utf-8")
    shapes_drawn = set(re.findall(r"((?:neighbourhood|facility)_\w+): \"M", code))
    words = data_of(page)["words"]["zh"]
    assert shapes_drawn == {key.partition(".")[2] for key in words if key.startswith("isolated_check.")}
    assert shapes_drawn <= {key.partition(".")[2] for key in words if key.startswith("isolated.")}


def test_shapes_come_back_within_half_a_metre() -> None:
    square = shapely.Point(126.6, 45.75).buffer(0.01, quad_segs=4)
    [[ring]] = shapes.encode(square)
    assert np.abs(shapes.decode(ring) - shapely.get_coordinates(square)).max() < HALF_A_METRE


def test_parts_too_small_to_see_leave_no_ring() -> None:
    assert shapes.encode(shapely.Point(126.6, 45.75).buffer(1e-7)) == []


def test_tables_without_basemap_or_subdistricts_still_draw() -> None:
    tables = town()
    tables["units"] = tables["units"][tables["units"]["level"] != "subdistrict"]
    empty = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=basemap().crs)
    drawn = maps.build(Tables(**tables), empty, place="哈尔滨市", data_date=None)
    assert data_of(maps.to_html(drawn))["units"]["subdistrict"] == []


def test_words_of_the_scripts_exist() -> None:
    folder = Path(maps.__file__).parents[1] / "resources" / "templates"
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("map*"))
    used = set(re.findall(r'"((?:map|judgement|evidence|upgrade)\.[a-z_]+)"', code)) - {"map."}
    known = payload.words(["zh"])["zh"]
    assert {key for key in used if key not in known and not key.endswith("_")} == set()


# --- in a browser -------------------------------------------------------------------------------------------------


def fills(watch: Watch) -> list[str]:
    return watch.page.eval_on_selector_all(".cfc-home", "all => all.map(one => one.getAttribute('fill'))")


@pytest.mark.browser
def test_planner_chooses_clicks_searches_and_switches(page: str, tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
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
def test_isolated_places_are_marked_named_and_explained(page: str, tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        marks = watch.page.locator(".cfc-isolated")
        assert marks.count() == 26
        legend = watch.page.locator("#cfc-legend-isolated li").all_inner_texts()
        assert legend == ["住宅附近没有可走的道路", "住宅旁的道路与主路网不相连", "在主路网上，但没有路通到此类设施",
                          "没有住宅能走到这处设施"]  # fmt: skip
        assert len(set(watch.page.locator("#cfc-legend-isolated path:last-child").evaluate_all(
            "all => all.map(one => one.getAttribute('d'))"))) == 4  # fmt: skip
        watch.page.fill("#cfc-search", "友谊小区36")
        watch.page.keyboard.press("Enter")
        assert "25% 的儿童不计为已服务：在主路网上" in watch.page.inner_text(".cfc-popup")
        assert "平均 0.5 处" in watch.page.inner_text(".cfc-popup")
        marks.last.click()
        assert watch.page.inner_text(".cfc-popup h3") == "友谊小区36"
        # What is cut off from schools alone is not marked for kindergartens, nor are schools.
        watch.page.select_option("#cfc-category", "kindergarten")
        assert marks.count() == 24
        watch.page.uncheck("input[name=cfc-layers][value=isolated]")
        assert marks.count() == 0
        assert watch.quiet(), watch


@pytest.mark.browser
def test_a_walk_over_main_roads_says_so(page: str, tmp_path: Path, browser_path: str) -> None:
    """The 22nd place crosses two carriageways, reaches a second school, and its quickest way is not the shortest."""
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        watch.page.fill("#cfc-search", "友谊小区22")
        watch.page.keyboard.press("Enter")
        text = watch.page.inner_text(".cfc-popup")
        assert "过 2 条车行道" in text
        assert re.search(r"到第二近的\s+约 \d+ 分钟", text)
        assert "不是最短的路" in text
        assert "冰雪情景" not in text
        watch.page.check("input[name=cfc-season][value=winter]")
        watch.page.fill("#cfc-search", "友谊小区21")
        watch.page.keyboard.press("Enter")
        text = watch.page.inner_text(".cfc-popup")
        assert "冰雪情景" in text
        assert "不是最短的路" not in text
        assert watch.quiet(), watch


@pytest.mark.browser
def test_hostile_names_stay_text(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(draw(hostile_town(), place=HOSTILE[0]), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
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
            map_ready(watch)
            assert watch.page.locator("#cfc-synthetic").is_visible()
            assert "OpenStreetMap" not in watch.page.inner_text("body")
            assert watch.page.evaluate("document.documentElement.scrollWidth") <= width
            assert watch.quiet(), watch
