"""Online basemaps: only where asked for, from one server, never shifted; FAULTS 66: the key in one page only."""

from __future__ import annotations

import base64
import json
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Route, sync_playwright

from cfc_gis import cli, maps
from cfc_gis.errors import ChoiceUnknown, UserError
from cfc_gis.maps import tiles
from cfc_gis.tables import Tables
from tests.browser import ARGS, Watch, map_ready, opened
from tests.results import sample
from tests.tables import basemap, town

KEY = "0123456789abcdef0123456789abcdef"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def draw(online: tiles.Tiles | None) -> str:
    return maps.to_html(maps.build(Tables(**town()), basemap(), place="哈尔滨市", data_date=None, online=online))


def policy(page: str) -> str:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1]


def test_the_map_is_offline_unless_a_basemap_is_asked_for() -> None:
    assert tiles.find("local") is None
    assert "img-src data:;" in policy(draw(None))


def test_one_server_is_the_only_exception_to_the_policy() -> None:
    page = draw(tiles.find("osm"))
    assert "img-src data: https://tile.openstreetmap.org;" in policy(page)
    assert "connect-src" not in policy(page)
    assert policy(page).startswith("default-src 'none'")


@pytest.mark.parametrize("basemap_name", [
    "amap", "高德", "gaode", "tencent", "腾讯", "baidu", "百度", "google", "Gaode.Normal",
    "https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}",
    "http://rt0.map.gtimg.com/tile?z={z}&x={x}&y={y}", "https://mt0.google.cn/vt?x={x}&y={y}&z={z}",
    "https://maponline0.bdimg.com/tile/?qt=vtile&x={x}&y={y}&z={z}", "https://rt1.map.qq.com/{z}/{x}/{y}",
])  # fmt: skip
def test_shifted_tiles_are_refused_with_the_reason(basemap_name: str) -> None:
    with pytest.raises(UserError) as caught:
        tiles.find(basemap_name)
    assert caught.value.facts["datum"] in {"GCJ-02", "BD-09"}
    for lang, word in (("zh", "数百米"), ("en", "hundreds of metres")):
        assert word in caught.value.text(lang)


@pytest.mark.parametrize("address", [
    "ftp://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/{z}/{x}.png", "https://tiles.example/{z}/{x}/{y}/{q}",
    "https://user:secret@tiles.example/{z}/{x}/{y}.png", "https://{z}.example/{x}/{y}", 'https://t.example/{z}/{x}/{y}"onload',
    "https://tiles.example/{z}/{x}/{y}; script-src *", "javascript://x/{z}/{x}/{y}",
])  # fmt: skip
def test_what_is_no_address_of_tiles_is_refused(address: str) -> None:
    with pytest.raises(UserError) as caught:
        tiles.find(address)
    assert "secret" not in str(caught.value)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ChoiceUnknown, match="tianditu"):
        tiles.find("bing")


@pytest.mark.parametrize("key", ["", "key with spaces", "a&b=c", "x" * 65])
def test_a_key_that_is_missing_or_is_none_is_refused_and_not_repeated(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(tiles.KEY_VARIABLE, raising=False)
    with pytest.raises(UserError) as caught:
        tiles.find("tianditu", key)
    assert not key or key not in str(caught.value)


def test_fault_66_the_key_is_in_the_page_it_was_asked_for_with_a_warning_and_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.warns(UserWarning, match="密钥"):
        folder = sample().save(tmp_path / "out", basemap="tianditu", key=KEY)
    holding = {file.name for file in folder.iterdir() if KEY.encode() in file.read_bytes()}
    assert holding == {"map.html"}
    assert "img-src data: https://t0.tianditu.gov.cn;" in policy((folder / "map.html").read_text(encoding="utf-8"))
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["basemap"] == "tianditu"
    assert KEY not in repr(tiles.find("tianditu", KEY))
    assert KEY not in caplog.text


def test_from_the_command_line_the_key_comes_from_the_environment(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    with_key = CliRunner(env={tiles.KEY_VARIABLE: KEY})
    done = with_key.invoke(cli.main, ["demo", "--season", "summer", "--basemap", "tianditu", "--out", out])
    assert done.exit_code == 0, done.output
    assert "密钥" in done.output
    assert KEY not in done.output
    assert KEY in (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
    refused = CliRunner().invoke(cli.main, ["demo", "--basemap", "gaode", "--out", str(tmp_path / "no")])
    assert (refused.exit_code, "GCJ-02" in refused.output) == (2, True)
    assert not (tmp_path / "no").exists()


@pytest.mark.browser
def test_tiles_load_from_their_server_alone_and_nothing_else_may(tmp_path: Path, browser_path: str) -> None:
    """Every request is answered by the test itself; one to another server is stopped by the page's own policy."""
    file = tmp_path / "map.html"
    file.write_text(draw(tiles.find("osm")), encoding="utf-8")
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=PIXEL, content_type="image/png")

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=ARGS)
        page = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
        page.route(re.compile("^http"), answer)
        page.goto(file.as_uri())
        map_ready(Watch(page))
        page.wait_for_selector(".leaflet-tile-loaded", state="attached")
        assert {url.split("/")[2] for url in asked} == {"tile.openstreetmap.org"}
        assert "OpenStreetMap" in page.inner_text(".leaflet-control-attribution")
        before = len(asked)
        page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/x.png'}))")
        page.wait_for_timeout(300)
        assert not [url for url in asked[before:] if "elsewhere" in url]
        browser.close()


@pytest.mark.browser
def test_a_map_with_tiles_still_is_a_map_where_they_do_not_come(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(draw(tiles.find("https://tiles.example/{z}/{x}/{y}.png")), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        assert watch.page.locator(".cfc-home").count() == 40
        assert watch.requests
        assert all(url.startswith("https://tiles.example/") for url in watch.requests)
        assert "tiles.example" in watch.page.inner_text("#cfc-source")
