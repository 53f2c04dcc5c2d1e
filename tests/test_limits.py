"""The figures of live.toml hang together."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

from cfc_gis.sources import limits, web


def test_every_figure_of_the_file_is_used() -> None:
    text = (Path(limits.__file__).parent.parent / "resources" / "live.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    assert asdict(limits.load()) == {**table["limits"], **table["area"]}
    assert all({"url", "source", "verified"} <= set(server) for server in [*table["overpass"], table["nominatim"]])


def test_a_server_may_compute_as_long_as_it_was_allowed() -> None:
    found = limits.load()
    assert found.silence_s > found.query_s
    assert found.answer_s > found.silence_s
    assert found.tile_km2 * found.mb_per_km2 < found.answer_mb


def test_servers_are_https() -> None:
    for url in (*limits.servers(), limits.geocoder()):
        assert web.is_web_address(url)
        assert url.startswith("https://")
