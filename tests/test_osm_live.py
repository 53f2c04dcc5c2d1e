"""Live data give the tables of the extract reader, whole or in parts, and whatever servers do."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import pytest
import shapely

from cfc_gis import schema
from cfc_gis.errors import ChoiceUnknown, NetworkUnavailable
from cfc_gis.sources import limits, osm_extract, osm_live, overpass, web
from tests import osm_xml, web_server
from tests.web_server import EMPTY, LOGIN_PAGE, OsmData, Seen, Server, say

pytestmark = pytest.mark.usefixtures("local_only")

QUICK = replace(
    limits.load(), connect_s=1.0, silence_s=30.0, answer_s=60.0, lost_s=4.0, busy_s=0.05, backoff_s=0.05, tries=2
)
TOWN = Path(str(resources.files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf"))
BOX = (126.60, 45.70, 126.62, 45.72)


def source(folder: Path, *servers: Server | str, refresh: bool = False, told: Any = None, **changes: Any) -> Any:
    urls = [server if isinstance(server, str) else server.url for server in servers]
    bounds = replace(QUICK, **changes)
    tell = told if told is not None else web.quiet
    return osm_live.Source(overpass.Client(urls, bounds, tell), folder / "kept", bounds, refresh, tell)


def assert_same(live: schema.OsmTables, file: schema.OsmTables, *, but: tuple[str, ...] = ()) -> None:
    """Check that two readings hold the same rows with the same values; the order of polygons is the reader's affair."""
    for name in ("objects", "admin"):
        a, b = (getattr(each, name).sort_values("osm_id", ignore_index=True) for each in (live, file))
        pd.testing.assert_frame_equal(a.drop(columns="geometry"), b.drop(columns="geometry"))
        assert a.crs == b.crs
        assert shapely.equals_exact(a.geometry.to_numpy(), b.geometry.to_numpy(), 0.0).all()
    pd.testing.assert_frame_equal(live.streets, file.streets)
    pd.testing.assert_frame_equal(live.street_points, file.street_points)
    ours = file.set_aside[~file.set_aside["osm_id"].isin(but)].reset_index(drop=True)
    pd.testing.assert_frame_equal(live.set_aside, ours)
    fewer = {"set_aside_multipolygon_not_closed": len(but)} if but else {}
    assert dict(live.counts) == {key: n - fewer.get(key, 0) for key, n in file.counts.items()}


@pytest.fixture(scope="module")
def town() -> OsmData:
    return OsmData(TOWN)


@pytest.fixture(scope="module")
def town_tables() -> schema.OsmTables:
    return osm_extract.read(TOWN)


def test_the_sample_town_pulled_equals_the_sample_town_read(
    tmp_path: Path, town: OsmData, town_tables: schema.OsmTables
) -> None:
    with Server(town.answer) as server:
        pulled = osm_live.pull(town_tables.bounds, tmp_path / "town.osm.pbf", source(tmp_path, server))
    live = osm_extract.read(pulled.path)
    assert_same(live, town_tables)
    assert live.bounds == pytest.approx(town_tables.bounds, abs=1e-7)
    assert live.provenance["data_date"] == "2024-04-09"
    assert pulled.counts == {"tiles": 1, "kept": 0, "split": 0, "empty": 0}
    assert pulled.servers == (server.host,)


def test_many_tiles_give_the_same_tables_and_the_same_bytes_as_one(
    tmp_path: Path, town: OsmData, town_tables: schema.OsmTables
) -> None:
    with Server(town.answer) as server:
        for name, km2 in (("one", 500.0), ("many", osm_live.box_km2(town_tables.bounds) / 8)):
            place = source(tmp_path / name, server, tile_km2=km2)
            osm_live.pull(town_tables.bounds, tmp_path / f"{name}.osm.pbf", place)
        assert len(server.seen) >= 10
        assert all(seen.running == 1 for seen in server.seen)
    assert (tmp_path / "one.osm.pbf").read_bytes() == (tmp_path / "many.osm.pbf").read_bytes()


def test_fault_14_a_tile_that_is_too_much_is_pulled_in_quarters(
    tmp_path: Path, town: OsmData, town_tables: schema.OsmTables
) -> None:
    """The server gives up on anything above a quarter of the town: 504, then a remark, then its quarters."""

    def easily_tired(seen: Seen, handler: web_server.Handler) -> None:
        south, west, north, east = map(float, re.search(r"bbox:([^\]]*)", seen.query)[1].split(","))
        if osm_live.box_km2((west, south, east, north)) > osm_live.box_km2(town_tables.bounds) / 3:
            say(status=504)(seen, handler)
        else:
            town.answer(seen, handler)

    told: list[str] = []
    with Server(easily_tired) as server:
        place = source(tmp_path, server, told=lambda key, **_: told.append(key), smallest_km2=0.1)
        pulled = osm_live.pull(town_tables.bounds, tmp_path / "town.osm.pbf", place)
        assert len(server.seen) == 2 + 4
        assert_same(osm_extract.read(pulled.path), town_tables)
        assert pulled.counts["split"] == 1
        assert "pull.split" in told
        # The quarters are kept: the next pull asks nothing.
        again = osm_live.pull(town_tables.bounds, tmp_path / "again.osm.pbf", place)
        assert len(server.seen) == 6
    assert again.counts == {"tiles": 4, "kept": 4, "split": 0, "empty": 0}
    assert (tmp_path / "again.osm.pbf").read_bytes() == pulled.path.read_bytes()


def test_fault_14_and_16_splitting_has_an_end_and_nothing_partial_is_kept(tmp_path: Path) -> None:
    part = EMPTY.format(date="2024-04-09T00:00:00Z") + '<node id="1" lat="45.71" lon="126.61" version="1"/>'
    remark = say((part + "<remark> runtime error: Query timed out </remark></osm>").encode())
    with Server(remark) as server:
        with pytest.raises(NetworkUnavailable) as caught:
            osm_live.pull(BOX, tmp_path / "a.osm.pbf", source(tmp_path, server, smallest_km2=0.5))
        assert len(server.seen) == 2  # 3.5 km2, then its first quarter
    assert caught.value.key == "live_remark"
    assert list((tmp_path / "kept").iterdir()) == []
    assert not (tmp_path / "a.osm.pbf").exists()


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (say(status=429, Retry_After="900"), "live_busy"),
        (say(status=504), "live_overloaded"),
        (say(LOGIN_PAGE, kind="text/html"), "live_web_page"),
        (say((EMPTY.format(date="x") + "<remark>runtime error</remark></osm>").encode()), "live_remark"),
        (say((EMPTY.format(date="x") + "</osm>").encode()), "live_no_data"),
        (web_server.break_off(b"<?xml version='1.0'?><osm>", 20), "live_broken"),
        (web_server.hang, "live_silent"),
    ],
    ids=["13", "14", "15", "16", "17", "broken", "22"],
)
def test_faults_13_to_17_and_22_leave_the_old_extract_and_keep_nothing(
    tmp_path: Path, answer: web_server.Answer, key: str
) -> None:
    target = tmp_path / "a.osm.pbf"
    target.write_bytes(b"the old one")
    with Server(answer) as server, pytest.raises(NetworkUnavailable) as caught:
        osm_live.pull(BOX, target, source(tmp_path, server, answer_s=0.4, smallest_km2=9.0))
    assert caught.value.key == key
    assert target.read_bytes() == b"the old one"
    assert list((tmp_path / "kept").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.osm.pbf", "kept"]


def made(tmp_path: Path, nodes: Mapping[int, Any], ways: Mapping[int, Any]) -> Path:
    return osm_xml.write(tmp_path / "made.osm", nodes, ways)


def test_fault_17_an_empty_tile_is_told_and_asked_again(tmp_path: Path) -> None:
    """Two tiles, and a street in the western one only."""
    path = made(tmp_path, {1: (126.601, 45.701), 2: (126.602, 45.701)}, {10: ([1, 2], {"highway": "service"})})
    told: list[str] = []
    with Server(OsmData(path).answer) as server:
        place = source(tmp_path, server, told=lambda key, **_: told.append(key), tile_km2=2.0)
        for _ in range(2):
            pulled = osm_live.pull((126.60, 45.70, 126.62, 45.71), tmp_path / "a.osm.pbf", place)
        assert len(server.seen) == 3
    assert pulled.counts == {"tiles": 2, "kept": 1, "split": 0, "empty": 1}
    assert told.count("pull.empty") == 2


def test_fault_18_fresh_answers_are_used_without_any_network(tmp_path: Path, town: OsmData) -> None:
    target = tmp_path / "town.osm.pbf"
    bounds = osm_extract.read(TOWN).bounds
    with Server(town.answer) as server:
        osm_live.pull(bounds, target, source(tmp_path, server))
    before = target.read_bytes()
    target.unlink()
    pulled = osm_live.pull(bounds, target, source(tmp_path, web_server.refusing_address()))
    assert pulled.counts["kept"] == 1
    assert target.read_bytes() == before
    with pytest.raises(NetworkUnavailable):  # whoever asks for new data does not get old ones
        osm_live.pull(bounds, target, source(tmp_path, web_server.refusing_address(), refresh=True))
    make_older(tmp_path / "kept", days=8)
    with pytest.raises(NetworkUnavailable):  # nor does anybody when they are older than a week
        osm_live.pull(bounds, target, source(tmp_path, web_server.refusing_address()))
    assert target.read_bytes() == before


def make_older(folder: Path, *, days: float) -> None:
    for note in folder.glob("*.json"):
        facts = json.loads(note.read_text(encoding="utf-8"))
        facts["fetched"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        note.write_text(json.dumps(facts), encoding="utf-8")


def test_fault_21_a_damaged_answer_is_set_aside_and_asked_for_again(tmp_path: Path, town: OsmData) -> None:
    bounds = osm_extract.read(TOWN).bounds
    told: list[tuple[str, Any]] = []
    with Server(town.answer) as server:
        place = source(tmp_path, server, told=lambda key, **facts: told.append((key, facts)))
        pulled = osm_live.pull(bounds, tmp_path / "town.osm.pbf", place)
        (kept,) = (tmp_path / "kept").glob("*.osm.gz")
        before = pulled.path.read_bytes()
        kept.write_bytes(kept.read_bytes()[:-100])
        osm_live.pull(bounds, tmp_path / "town.osm.pbf", place)
        assert len(server.seen) == 2
    aside = kept.with_name(kept.name + ".damaged")
    assert ("pull.cache_damaged", {"path": aside}) in told
    assert aside.exists()
    assert pulled.path.read_bytes() == before


def test_of_two_versions_the_higher_one_is_kept(tmp_path: Path) -> None:
    """The street lies in both tiles; the second server's data are newer, and its street has a name."""
    nodes = {1: (126.609, 45.705), 2: (126.611, 45.705)}
    old = OsmData(made(tmp_path, nodes, {10: ([1, 2], {"highway": "service"})}), "2024-04-09T00:00:00Z")
    new = OsmData(made(tmp_path, nodes, {10: ([1, 2], {"highway": "service", "name": "x"})}), "2024-04-10T00:00:00Z")
    new.ways[10] = (*new.ways[10][:2], new.ways[10][2].replace('version="1"', 'version="2"'))
    for name, first, second in (("a", old, new), ("b", new, old)):
        with Server(second.answer, [first.answer]) as server:
            place = source(tmp_path / name, server, tile_km2=2.0)
            pulled = osm_live.pull((126.60, 45.70, 126.62, 45.71), tmp_path / f"{name}.osm.pbf", place)
        assert osm_extract.read(pulled.path).streets["name"].tolist() == ["x"]
        assert pulled.data_date == "2024-04-09T00:00:00Z"


def test_mappers_are_not_named_and_addresses_not_kept(tmp_path: Path, town: OsmData) -> None:
    with Server(town.answer) as server:
        url = server.url.replace("://", "://me:hidden@") + "?key=hidden"
        pulled = osm_live.pull(osm_extract.read(TOWN).bounds, tmp_path / "a.osm.pbf", source(tmp_path, url))
    named = {(each.user, each.uid, each.changeset) for each in osmium.FileProcessor(str(pulled.path))}
    assert named == {("", 0, 0)}
    for path in (tmp_path / "kept").iterdir():
        assert "hidden" not in path.name
        assert b"hidden" not in path.read_bytes()


def test_what_is_asked_for() -> None:
    text = osm_live.query(BOX, QUICK)
    assert text.splitlines()[0] == (
        "[out:xml][timeout:180][maxsize:512000000][bbox:45.7000000,126.6000000,45.7200000,126.6200000];"
    )
    assert 'way["highway"];' in text
    assert 'node["natural"];' not in text
    assert 'relation["type"~"^(multipolygon|boundary)$"]["landuse"]["admin_level"!~"^(2|3|4)$"];' in text
    assert text.endswith("(._;>;);\nout meta;")


def test_tiles_cover_the_box_without_a_gap() -> None:
    bounds = (125.9, 45.4, 127.3, 46.2)
    found = osm_live.tiles(bounds, 500.0)
    assert shapely.union_all([shapely.box(*tile) for tile in found]).equals(shapely.box(*bounds))
    assert max(osm_live.box_km2(tile) for tile in found) <= 500.0 * 1.02
    assert sum(shapely.box(*tile).area for tile in found) == pytest.approx(shapely.box(*bounds).area)


def test_a_box_is_widened_by_metres() -> None:
    """2,000 m are 2,000 m to the east and to the north, to a few metres."""
    _, _, east, north = osm_live.box_around(shapely.box(*BOX), 2000.0)
    corners = gpd.GeoSeries([shapely.Point(east, 45.71), shapely.Point(126.61, north)], crs=4326).to_crs(4551)
    before = gpd.GeoSeries([shapely.Point(126.62, 45.71), shapely.Point(126.61, 45.72)], crs=4326).to_crs(4551)
    assert corners.distance(before).tolist() == pytest.approx([2000.0, 2000.0], abs=10.0)
    assert osm_live.box_around(shapely.box(*BOX), 0.0) == BOX


def test_the_strip_is_wider_than_the_longest_walk() -> None:
    from cfc_gis import prepared, standards

    assert limits.load().buffer_m > prepared.longest_reach(standards.load(), standards.categories())


# --- the outline of a place by its name ---------------------------------------------------------------------------


SQUARE = {"type": "Polygon", "coordinates": [[[126.6, 45.7], [126.7, 45.7], [126.7, 45.8], [126.6, 45.7]]]}
FOUND = [
    {
        "importance": 0.5, "lat": "45.75", "lon": "126.65", "boundingbox": ["45.7", "45.8", "126.6", "126.7"],
        "geojson": SQUARE, "display_name": "群力街道, 道里区, 哈尔滨市", "name": "群力街道",
    }
]  # fmt: skip


def find(url: str) -> tuple[Any, str]:
    return osm_live.outline_of("群力街道", replace(QUICK, connect_s=2.0), url)


def test_a_place_is_looked_up_by_its_name() -> None:
    import osmnx

    before = {name: getattr(osmnx.settings, name) for name in ("nominatim_url", "use_cache", "requests_kwargs")}
    with Server(say(json.dumps(FOUND).encode(), kind="application/json; charset=utf-8")) as server:
        outline, name = find(f"http://{server.host}/")
        (seen,) = server.seen
    assert outline.equals(shapely.geometry.shape(SQUARE))
    assert name == "群力街道, 道里区, 哈尔滨市"
    assert seen.headers["User-Agent"].startswith("cfc-gis/")
    assert {name: getattr(osmnx.settings, name) for name in before} == before


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (say(b"[]", kind="application/json"), ChoiceUnknown, "127.0.0.1"),
        (say(status=429), NetworkUnavailable, "HTTP 429"),
        (say(status=504), NetworkUnavailable, "HTTP 504"),
        (say(LOGIN_PAGE, kind="text/html"), NetworkUnavailable, "web page"),
        (say(status=302, Location="/login"), NetworkUnavailable, "HTTP 302"),
        (web_server.hang, NetworkUnavailable, "no answer"),
    ],
    ids=["nothing", "13", "14", "15", "20", "22"],
)
def test_a_geocoder_that_fails_is_asked_once(answer: web_server.Answer, kind: type[Exception], words: str) -> None:
    with Server(answer) as server:
        with pytest.raises(kind) as caught:
            find(f"http://{server.host}/")
        assert len(server.seen) == 1
    assert words in str(caught.value)
    assert "群力街道" in str(caught.value)


def test_fault_18_no_geocoder() -> None:
    with pytest.raises(NetworkUnavailable) as caught:
        find(web_server.refusing_address())
    assert "Connection refused" in str(caught.value)


# --- the real data ------------------------------------------------------------------------------------------------


@pytest.mark.real_data
def test_central_harbin_pulled_in_tiles_equals_central_harbin_read(extract_path: Path, tmp_path: Path) -> None:
    """All but two relations: the borders of China and Heilongjiang, which touch the box and are not asked for."""
    file = osm_extract.read(extract_path)
    with Server(OsmData(extract_path).answer) as server:
        place = source(tmp_path, server, tile_km2=150.0)
        pulled = osm_live.pull(file.bounds, tmp_path / "harbin.osm.pbf", place)
        assert len(server.seen) == 4
    live = osm_extract.read(pulled.path)
    assert_same(live, file, but=("r270056", "r199073"))
    assert live.bounds == pytest.approx(file.bounds, abs=1e-7)


# --- Ctrl-C -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("where", ["answer", "name"])
def test_fault_22_an_interrupt_ends_at_once(tmp_path: Path, where: str) -> None:
    """While a server says nothing, and while a name is being resolved, which no signal interrupts."""
    script = textwrap.dedent(f"""
        import signal, socket, sys, time
        from cfc_gis import cli
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background hands on a deaf one
        if {where == "name"}:
            socket.getaddrinfo = lambda *a, **k: (print("asked", flush=True), time.sleep(60))
        cli.main(["pull", "南岗区", "--endpoint", sys.argv[1], "--out", sys.argv[2], "--lang", "en"])
    """)
    seen = web_server.threading.Event()

    def hang(request: Seen, handler: web_server.Handler) -> None:
        seen.set()
        web_server.hang(request, handler)

    with Server(hang) as server:
        command = [sys.executable, "-c", script, server.url, str(tmp_path / "raw")]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert run.stdout is not None
        if where == "name":
            assert run.stdout.readline() == "asked\n"
        else:
            assert seen.wait(30.0)
        time.sleep(0.3)
        start = time.monotonic()
        run.send_signal(signal.SIGINT)
        _, words = run.communicate(timeout=10.0)
        took = time.monotonic() - start
    assert took < 1.0
    assert run.returncode == 130
    assert "Stopped" in words
    assert "Traceback" not in words
    assert [path.name for path in (tmp_path / "raw").rglob("*")] == ["overpass"]


@pytest.mark.network
def test_a_real_server_gives_a_small_part_of_harbin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by default: one small query to the public servers, so that a change of theirs is noticed."""
    monkeypatch.undo()
    place = osm_live.Source(overpass.Client(overpass.servers(), limits.load()), tmp_path / "kept", limits.load())
    pulled = osm_live.pull((126.62, 45.76, 126.64, 45.77), tmp_path / "a.osm.pbf", place)
    tables = osm_extract.read(pulled.path)
    assert tables.counts["ways_of_streets"] > 50
    assert tables.counts["street_nodes_missing"] == 0
