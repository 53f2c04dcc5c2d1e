"""What is pulled for a place, what is noted of it, and what happens without a network."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

import cfc_gis
from cfc_gis import locale, pull, writing
from cfc_gis.errors import ChoiceUnknown, DirLocked, InputDamaged, NetworkUnavailable, NotWritable, UserError
from cfc_gis.sources import boundaries, limits, osm_extract, osm_live
from tests import web_server
from tests.test_osm_live import FOUND, TOWN
from tests.web_server import EMPTY, Handler, Seen, Server, say

pytestmark = pytest.mark.usefixtures("local_only")

QUICK = replace(
    limits.load(), connect_s=1.0, silence_s=5.0, stall_s=2.0, answer_s=9.0, lost_s=2.0, busy_s=0.05, backoff_s=0.05,
    tries=2,
)  # fmt: skip


class Told(list[tuple[str, dict[str, Any]]]):
    def __call__(self, key: str, **facts: Any) -> None:
        self.append((key, facts))
        for lang in locale.LANGS:
            locale.say(key, lang, **facts)

    def facts(self, key: str) -> dict[str, Any]:
        (found,) = [facts for name, facts in self if name == key]
        return found


def box_of(seen: Seen) -> tuple[float, float, float, float]:
    south, west, north, east = map(float, re.search(r"\[bbox:([^\]]*)\]", seen.query)[1].split(","))
    return west, south, east, north


def a_street(seen: Seen, handler: Handler) -> None:
    """Answer with one street in the middle of whatever box is asked for."""
    west, south, east, north = box_of(seen)
    first = int(hashlib.sha256(seen.body).hexdigest()[:8], 16)
    about = 'version="1" timestamp="2024-04-08T00:00:00Z"'
    x, y = (west + east) / 2, (south + north) / 2
    nodes = "".join(f'<node id="{first + i}" {about} lon="{x + i / 1000:.7f}" lat="{y:.7f}"/>' for i in (1, 2))
    way = f'<way id="{first}" {about}><nd ref="{first + 1}"/><nd ref="{first + 2}"/><tag k="highway" v="path"/></way>'
    say((EMPTY.format(date="2024-04-09T00:00:00Z") + nodes + way + "</osm>").encode())(seen, handler)


def options(tmp_path: Path, server: Server | str, told: Told | None = None, **changes: Any) -> pull.Options:
    own = {key: changes.pop(key) for key in ("refresh", "force") if key in changes}
    url = server if isinstance(server, str) else server.url
    tell = told if told is not None else Told()
    return pull.Options(tmp_path / "raw", (url,), limits=replace(QUICK, **changes), tell=tell, **own)


def covered(boxes: list[tuple[float, float, float, float]]) -> shapely.Geometry:
    return shapely.union_all([shapely.box(*box) for box in boxes])


def test_a_district_is_pulled_whole_with_a_strip_around_it(tmp_path: Path) -> None:
    told = Told()
    with Server(a_street) as server:
        extract = pull.pull_place("南岗区", options(tmp_path, server, told))
        asked = covered([box_of(seen) for seen in server.seen])
        host = server.host
    assert extract.path == tmp_path / "raw" / "南岗区.osm.pbf"
    assert (extract.source, extract.data_date) == (f"Overpass API ({host})", "2024-04-09")
    outline = boundaries.outline("230103")
    assert asked.covers(outline)
    west = shapely.Point(asked.bounds[0], 45.7), shapely.Point(outline.bounds[0], 45.7)
    assert gpd.GeoSeries(west, crs=4326).to_crs(4551).iloc[0].distance(
        gpd.GeoSeries(west, crs=4326).to_crs(4551).iloc[1]
    ) == pytest.approx(2000.0, abs=20.0)
    assert osm_extract.read(extract.path).bounds == pytest.approx(asked.bounds, abs=1e-6)
    assert pull.outline_beside(extract.path, "230103") is None
    assert told.facts("pull.estimate")["km2"] == round(osm_live.box_km2(asked.bounds))


def test_the_manifest_says_file_hash_date_source_and_query(tmp_path: Path) -> None:
    with Server(a_street) as server:
        address = server.url.replace("://", "://me:hidden@") + "?key=hidden"
        extract = pull.pull_place("南岗区", options(tmp_path, address))
    text = (tmp_path / "raw" / "manifest.json").read_text(encoding="utf-8")
    entry = json.loads(text)["files"]["南岗区.osm.pbf"]
    assert entry["sha256"] == hashlib.sha256(extract.path.read_bytes()).hexdigest()
    assert entry["bytes"] == extract.path.stat().st_size
    assert datetime.now(UTC) - datetime.fromisoformat(entry["date"]) < timedelta(minutes=1)
    assert entry["data_date"] == "2024-04-09T00:00:00Z"
    assert entry["source"] == extract.source
    assert entry["query"].startswith("[out:xml]")
    assert "ODbL" in entry["licence"]
    assert "hidden" not in text
    how = osm_extract.read(extract.path).provenance["how"]
    assert how == f"pyosmium; date from the file header; pulled {entry['date']} from {extract.source}"


def test_a_large_city_is_narrowed_to_its_inner_districts_and_says_so(tmp_path: Path) -> None:
    """Harbin has 53,000 km2; its six smallest urban districts have 2,439 km2 together, and 呼兰区 would be too much."""
    told = Told()
    with Server(a_street) as server:
        extract = pull.pull_place("哈尔滨市", options(tmp_path, server, told))
        asked = covered([box_of(seen) for seen in server.seen])
        assert len(server.seen) < 20
    facts = told.facts("pull.narrowed")
    six = ["平房区", "南岗区", "香坊区", "道里区", "道外区", "松北区"]
    assert facts["names"] == "、".join(six)
    assert (facts["km2"], facts["narrowed"]) == (53163, 2439)
    beside = pull.outline_beside(extract.path, "230100")
    assert beside is not None
    outline = gpd.read_file(beside).geometry.iloc[0]
    districts = boundaries.districts("230100")
    wanted = districts[districts["unit_name"].isin(six)].geometry.union_all()
    assert shapely.symmetric_difference(outline, wanted).area < 1e-9
    assert asked.covers(wanted)
    assert pull.outline_beside(extract.path, "230103") is None
    beside.write_text("{}", encoding="utf-8")
    with pytest.raises(InputDamaged):
        pull.outline_beside(extract.path, "230100")


def test_the_whole_city_is_pulled_only_when_forced(tmp_path: Path) -> None:
    with Server(a_street) as server:
        forced = options(tmp_path, server, force=True, tile_km2=20_000.0, answer_mb=10)
        extract = pull.pull_place("哈尔滨市", forced)
        assert covered([box_of(seen) for seen in server.seen]).covers(boundaries.outline("230100"))
    assert pull.outline_beside(extract.path, "230100") is None


def area(tmp_path: Path, box: tuple[float, float, float, float]) -> Path:
    path = tmp_path / "新区 规划.gpkg"
    gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(*box)], crs=4326).to_file(path)
    return path


def test_places_that_share_a_name_do_not_share_a_file(tmp_path: Path) -> None:
    with Server(a_street) as server:
        names = [pull.pull_place(code, options(tmp_path, server)).path.name for code in ("110105", "230103")]
    assert names == ["朝阳区-110105.osm.pbf", "南岗区.osm.pbf"]


def test_an_area_of_ones_own_is_pulled_and_kept_beside(tmp_path: Path) -> None:
    box = (126.60, 45.70, 126.65, 45.75)
    with Server(a_street) as server:
        extract = pull.pull_place("哈尔滨市", options(tmp_path, server), area_file=area(tmp_path, box))
        (seen,) = server.seen
    assert extract.path.name == "新区-规划.osm.pbf"
    assert shapely.box(*box_of(seen)).contains(shapely.box(*box))
    beside = pull.outline_beside(extract.path, "230100")
    assert gpd.read_file(beside).total_bounds.tolist() == pytest.approx(list(box))


def test_an_area_that_is_too_large_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    large = area(tmp_path, (126.0, 45.0, 128.0, 46.5))
    with Server(a_street) as server:
        with pytest.raises(UserError) as caught:
            pull.pull_place("哈尔滨市", options(tmp_path, server), area_file=large)
        assert server.seen == []
        assert caught.value.key == "area_too_large"
        assert "--force" in caught.value.text("zh")
        pull.pull_place("哈尔滨市", options(tmp_path, server, force=True, tile_km2=20_000.0), area_file=large)
        assert len(server.seen) == 4


def test_a_name_that_is_no_city_is_looked_up_and_what_was_found_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    with Server(a_street) as server, Server(say(json.dumps(FOUND).encode(), kind="application/json")) as names:
        monkeypatch.setenv("CFC_NOMINATIM", f"http://{names.host}/")
        extract = pull.pull_place("群力街道", options(tmp_path, server, told))
        assert len(names.seen) == 1
    assert extract.path.name == "群力街道.osm.pbf"
    assert pull.outline_beside(extract.path, "230102") == tmp_path / "raw" / "群力街道.area.geojson"
    assert told.facts("pull.understood")["name"] == "群力街道, 道里区, 哈尔滨市"


def test_a_slip_of_the_pen_is_not_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFC_NOMINATIM", web_server.refusing_address())
    for place, words in (("哈尔宾市", "哈尔滨市"), ("朝阳区", "220104")):
        with pytest.raises(ChoiceUnknown) as caught:
            pull.pull_place(place, options(tmp_path, web_server.refusing_address()))
        assert words in caught.value.text("en")
    monkeypatch.setenv("CFC_NOMINATIM", "nominatim.example")
    with pytest.raises(UserError) as wrong:
        pull.pull_place("群力街道", options(tmp_path, web_server.refusing_address()))
    assert "CFC_NOMINATIM" in wrong.value.text("zh")


def test_fault_18_without_a_network_the_last_extract_is_used_and_its_age_told(tmp_path: Path) -> None:
    nowhere = web_server.refusing_address()
    with pytest.raises(NetworkUnavailable):
        pull.pull_place("南岗区", options(tmp_path, nowhere))
    with Server(a_street) as server:
        first = pull.pull_place("南岗区", options(tmp_path, server))
    before = first.path.read_bytes()
    make_older(tmp_path / "raw", days=40)
    told = Told()
    later = pull.pull_place("南岗区", options(tmp_path, nowhere, told))
    assert later.path.read_bytes() == before
    assert later.age_days == pytest.approx(40.0, abs=0.01)
    facts = told.facts("pull.kept_used")
    assert facts["days"] == 40.0
    assert "Connection refused" in facts["cause"]
    with pytest.raises(NetworkUnavailable):
        pull.pull_place("南岗区", options(tmp_path, nowhere, refresh=True))
    with pytest.raises(NetworkUnavailable):  # another area than the one that is there
        pull.pull_place("南岗区", options(tmp_path, nowhere, buffer_m=3000.0))
    first.path.write_bytes(before[:-1])
    with pytest.raises(NetworkUnavailable):  # nor a file that is not what was pulled
        pull.pull_place("南岗区", options(tmp_path, nowhere))


def make_older(raw: Path, *, days: float) -> None:
    """Put back the dates of the manifest and of the notes of kept answers."""
    date = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    for path in [raw / "manifest.json", *raw.rglob("*/*.json")]:
        text = re.sub(r'"(date|fetched)": "[^"]*"', rf'"\1": "{date}"', path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")


def test_kept_answers_are_told_with_their_age_and_refresh_asks_again(tmp_path: Path) -> None:
    told = Told()
    with Server(a_street) as server:
        pull.pull_place("南岗区", options(tmp_path, server))
        asked = len(server.seen)
        make_older(tmp_path / "raw", days=3)
        pull.pull_place("南岗区", options(tmp_path, server, told))
        assert len(server.seen) == asked
        assert told.facts("pull.kept") == {"count": asked, "total": asked, "days": 3.0}
        pull.pull_place("南岗区", options(tmp_path, server, refresh=True))
        assert len(server.seen) == 2 * asked


def test_fault_48_two_pulls_into_one_folder(tmp_path: Path) -> None:
    with writing.locked(tmp_path / "raw"), Server(a_street) as server:
        with pytest.raises(DirLocked):
            pull.pull_place("南岗区", options(tmp_path, server))
        with pytest.raises(DirLocked):
            pull.bring_extract(str(TOWN), options(tmp_path, server))
        assert server.seen == []


def test_fault_45_a_disk_that_fills_up_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with Server(a_street) as server:
        monkeypatch.setattr("cfc_gis.sources.cache.keep", full)
        with pytest.raises(NotWritable) as caught:
            pull.pull_place("南岗区", options(tmp_path, server))
    assert "No space left" in caught.value.text("en")
    assert [path.name for path in (tmp_path / "raw").rglob("*")] == ["overpass"]


# --- whole extracts -----------------------------------------------------------------------------------------------


def sent(content: bytes) -> web_server.Answer:
    def answer(seen: Seen, handler: Handler) -> None:
        checksum = seen.path.endswith((".md5", ".sha256"))
        say(b"" if checksum else content, status=404 if checksum else 200, kind="application/octet-stream")(
            seen, handler
        )

    return answer


def test_an_extract_is_brought_noted_and_not_brought_again(tmp_path: Path) -> None:
    told = Told()
    with Server(sent(TOWN.read_bytes())) as server:
        address = f"http://{server.host}/town.osm.pbf"
        extract = pull.bring_extract(address, options(tmp_path, server, told))
        assert told.facts("pull.unchecked")["path"] == extract.path
        assert (extract.source, extract.data_date) == (address, "2024-06-01")
        asked = len(server.seen)
        again = pull.bring_extract(address, options(tmp_path, server, told))
        assert len(server.seen) == asked
        assert again == extract
        make_older(tmp_path / "raw", days=8)
        pull.bring_extract(address, options(tmp_path, server))
        assert len(server.seen) > asked
        make_older(tmp_path / "raw", days=8)
    told.clear()
    older = pull.bring_extract(address, options(tmp_path, address, told))
    assert older.age_days == pytest.approx(8.0, abs=0.01)
    assert told.facts("pull.kept_used")["days"] == 8.0
    with pytest.raises(NetworkUnavailable):
        pull.bring_extract(address, options(tmp_path, address, refresh=True))
    assert osm_extract.read(extract.path).provenance["how"].endswith(f"from {address}")


def test_a_local_extract_is_brought(tmp_path: Path) -> None:
    extract = pull.bring_extract(str(TOWN), options(tmp_path, "http://127.0.0.1:9/"))
    entry = json.loads((tmp_path / "raw" / "manifest.json").read_text(encoding="utf-8"))["files"]["town.osm.pbf"]
    assert extract.path.read_bytes() == TOWN.read_bytes()
    assert (entry["source"], entry["query"]) == ("town.osm.pbf", "town.osm.pbf")
    assert entry["bounds"] == pytest.approx(list(osm_extract.read(TOWN).bounds))


def test_what_is_no_extract_leaves_the_old_one(tmp_path: Path) -> None:
    good = pull.bring_extract(str(TOWN), options(tmp_path, "http://127.0.0.1:9/"))
    bad = tmp_path / "town.osm.pbf"
    bad.write_bytes(b"\x07" * 500)
    for source in (str(bad), "web"):
        with Server(sent(b"\x07" * 500)) as server:
            address = f"http://{server.host}/town.osm.pbf" if source == "web" else source
            with pytest.raises(InputDamaged):
                pull.bring_extract(address, options(tmp_path, server))
    assert good.path.read_bytes() == TOWN.read_bytes()
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == ["manifest.json", "town.osm.pbf"]


# --- words --------------------------------------------------------------------------------------------------------


def told_keys() -> Mapping[str, str]:
    """Keys that are told anywhere in the package, with the module."""
    found = {}
    for path in Path(cfc_gis.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                key = node.args[0].value
                if isinstance(key, str) and key.startswith("pull."):
                    found[key] = path.name
    return found


def test_everything_that_is_told_has_words_and_all_words_are_used() -> None:
    words = {key for key in locale.table() if key.startswith("pull.")}
    assert set(told_keys()) == words
