"""The manifest of the folder of raw data."""

from __future__ import annotations

import json
from pathlib import Path

from cfc_gis.sources import manifest


def test_entries_are_added_and_replaced(tmp_path: Path) -> None:
    one, other = tmp_path / "哈尔滨市.osm.pbf", tmp_path / "b.osm.pbf"
    one.write_bytes(b"1")
    other.write_bytes(b"22")
    manifest.record(one, {"source": "here"})
    manifest.record(other, {"source": "there"})
    one.write_bytes(b"333")
    manifest.record(one, {"source": "elsewhere"})
    document = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert {name: entry["bytes"] for name, entry in document["files"].items()} == {one.name: 3, other.name: 2}
    assert manifest.entry(one) == {
        "bytes": 3,
        "sha256": "556d7dc3a115356350f1f9910b1af1ab0e312d4b3e4fc788d2da63668f36d017",
        "source": "elsewhere",
    }


def test_a_manifest_that_cannot_be_read_says_nothing_and_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "a.osm.pbf"
    file.write_bytes(b"1")
    for broken in ("", "[]", "{", '{"files": []}', '{"files": {"a.osm.pbf": 7}}'):
        (tmp_path / "manifest.json").write_text(broken, encoding="utf-8")
        assert manifest.entry(file) is None
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    manifest.record(file, {})
    assert manifest.entry(file) is not None
    assert (tmp_path / "manifest.json.damaged").read_text(encoding="utf-8") == "{"
