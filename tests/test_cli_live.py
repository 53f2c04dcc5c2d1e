"""``cfc pull`` and ``cfc run --live`` against servers on this machine that answer well or badly."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click.testing
import geopandas as gpd
import pytest
import shapely

from cfc_gis import cli
from cfc_gis.sources import limits, osm_extract
from tests import web_server
from tests.test_osm_live import TOWN
from tests.test_pull import a_street, make_older
from tests.web_server import EMPTY, LOGIN_PAGE, OsmData, Server, say

pytestmark = pytest.mark.usefixtures("local_only")

NO_OBJECTS = EMPTY.format(date="2024-04-09T00:00:00Z")
SHORT = {"connect_s": 1.0, "silence_s": 1.0, "stall_s": 1.0, "answer_s": 1.0, "lost_s": 1.5, "busy_s": 0.05,
         "backoff_s": 0.05, "tries": 2}  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the limits that ship with the package short."""
    table = limits._table()

    def change(**area: Any) -> None:
        changed = {**table, "limits": {**table["limits"], **SHORT}, "area": {**table["area"], **area}}
        monkeypatch.setattr(limits, "_table", lambda: changed)

    change()
    return change


def cfc(*words: object) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli.main, [str(word) for word in words])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_vain(raw: Path, url: str, words: str) -> None:
    """Pull in vain: the standard treatment."""
    before = snapshot(raw)
    start = time.monotonic()
    done = cfc("pull", "南岗区", "--endpoint", url, "--out", raw, "--refresh", "--lang", "zh")
    assert time.monotonic() - start < 10.0
    assert done.exit_code == 3
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (message,) = [line for line in done.stderr.splitlines() if line.startswith("错误：")]
    assert words in message
    assert url.split("/")[2] in message
    assert snapshot(raw) == before


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (say(status=429, Retry_After="3600"), "稍后再来"),
        (say(status=504), "过载"),
        (say(LOGIN_PAGE, kind="text/html"), "网页"),
        (say((NO_OBJECTS + "<remark> runtime error: Query timed out </remark></osm>").encode()), "中途停止"),
        (web_server.break_off(NO_OBJECTS.encode(), 60), "不完整"),
        (say(status=302, Location="http://127.0.0.1/login"), "转向"),
        (web_server.hang, "时限"),
    ],
    ids=["13", "14", "15", "16", "19", "20", "22"],
)
def test_faults_13_to_22_get_the_standard_treatment(
    tmp_path: Path, impatient: Callable[..., None], answer: web_server.Answer, words: str
) -> None:
    with Server(a_street) as good:
        assert cfc("pull", "南岗区", "--endpoint", good.url, "--out", tmp_path).exit_code == 0
    with Server(answer) as server:
        in_vain(tmp_path, server.url, words)
        assert len(server.seen) <= 10


def test_faults_18_and_20_no_network_and_no_trust(tmp_path: Path, impatient: Callable[..., None]) -> None:
    in_vain(tmp_path / "raw", web_server.refusing_address(), "连不上")
    with Server(a_street, tls=web_server.self_signed(tmp_path)) as server:
        in_vain(tmp_path / "raw", server.url, "证书")


def test_fault_17_no_data_is_said(tmp_path: Path, impatient: Callable[..., None]) -> None:
    with Server(say((NO_OBJECTS + "</osm>").encode())) as server:
        done = cfc("pull", "南岗区", "--endpoint", server.url, "--out", tmp_path, "--lang", "en")
    assert done.exit_code == 3
    assert "no data at all in 126." in done.stderr
    assert list((tmp_path / "overpass").iterdir()) == []


def test_fault_18_the_age_of_what_is_used_instead_is_said(tmp_path: Path, impatient: Callable[..., None]) -> None:
    with Server(a_street) as server:
        done = cfc("pull", "南岗区", "--endpoint", server.url, "--out", tmp_path, "--lang", "en")
    assert done.exit_code == 0
    assert "data of 2024-04-09" in done.stdout
    assert f"cfc run 南岗区 --osm {tmp_path / '南岗区.osm.pbf'}" in done.stdout
    make_older(tmp_path, days=40)
    nowhere = web_server.refusing_address()
    done = cfc("pull", "南岗区", "--endpoint", nowhere, "--out", tmp_path, "--lang", "en")
    assert done.exit_code == 0
    assert "40.0 days old" in done.stderr


def test_an_extract_is_brought_by_the_command(tmp_path: Path, impatient: Callable[..., None]) -> None:
    done = cfc("pull", "--extract", TOWN, "--out", tmp_path, "--lang", "both")
    assert done.exit_code == 0
    assert "2024-06-01" in done.stdout
    assert f"cfc run CITY --osm {tmp_path / 'town.osm.pbf'}" in done.stdout
    assert (tmp_path / "town.osm.pbf").read_bytes() == TOWN.read_bytes()
    done = cfc("pull", "--extract", TOWN, "--out", tmp_path, "--checksum", "0" * 64, "--lang", "en")
    assert done.exit_code == 2
    assert "0" * 64 in done.stderr


def test_fault_12_force_reads_what_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: Callable[..., None]
) -> None:
    """The sample town is not Harbin: with --force it is read, and only then refused for its place."""
    monkeypatch.setattr("cfc_gis.sources.memory.available", lambda: 100_000_000)
    refused, forced = (
        cfc("run", "--osm", TOWN, "--out", tmp_path, "--lang", "en", *more) for more in ((), ("--force",))
    )
    assert (refused.exit_code, forced.exit_code) == (2, 2)
    assert "--force" in refused.stderr
    assert "150." in forced.stderr


@pytest.mark.real_data
def test_a_live_run_gives_the_results_of_the_extract(
    extract_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: Callable[..., None]
) -> None:
    """The same data over the wire and from the file, for the same area: the same judgements, byte for byte."""
    monkeypatch.chdir(tmp_path)
    bounds = osm_extract.read(extract_path).bounds
    area = tmp_path / "centre.gpkg"
    gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(*bounds)], crs=4326).to_file(area)
    monkeypatch.setitem(SHORT, "answer_s", 60.0)
    monkeypatch.setitem(SHORT, "silence_s", 60.0)
    impatient(buffer_m=0.0, tile_km2=200.0)
    with Server(OsmData(extract_path).answer) as server:
        monkeypatch.setenv("CFC_OVERPASS", server.url)
        done = cfc("run", "--live", "--area", area, "--out", "live", "--season", "summer", "--lang", "en")
        assert (done.exit_code, done.exception) == (0, None)
        assert len(server.seen) == 4
    done = cfc("run", "--osm", extract_path, "--area", area, "--out", "file", "--season", "summer", "--lang", "en")
    assert done.exit_code == 0
    for name in ("gaps.csv", "districts.csv", "subdistricts.csv"):
        assert (tmp_path / "live" / name).read_bytes() == (tmp_path / "file" / name).read_bytes()
    assert "Overpass API" in (tmp_path / "live" / "manifest.json").read_text(encoding="utf-8")
    again = cfc("run", "--osm", "data/raw/centre.osm.pbf", "--out", "again", "--season", "summer", "--lang", "en")
    assert again.exit_code == 0
    assert (tmp_path / "again" / "gaps.csv").read_bytes() == (tmp_path / "live" / "gaps.csv").read_bytes()
