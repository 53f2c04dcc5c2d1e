"""Answers kept on the disk."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cfc_gis.sources import cache

QUERY = "[out:xml];node(1);out meta;"


def keep(folder: Path, content: str = "<osm/>") -> cache.Kept:
    answer = folder / "answer"
    answer.write_text(content, encoding="utf-8")
    kept = cache.keep(folder / "kept", QUERY, answer, server="overpass.example", data_date="2024-04-09T00:00:00Z")
    answer.unlink()
    return kept


def test_an_answer_is_found_by_exactly_what_was_asked(tmp_path: Path) -> None:
    kept = keep(tmp_path)
    found = cache.find(tmp_path / "kept", QUERY)
    assert found == kept
    assert gzip.decompress(kept.path.read_bytes()) == b"<osm/>"
    assert kept.age_days < 0.01
    assert cache.find(tmp_path / "kept", QUERY + " ") is None


def test_the_same_answer_gives_the_same_bytes(tmp_path: Path) -> None:
    before = keep(tmp_path).path.read_bytes()
    assert keep(tmp_path).path.read_bytes() == before
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_the_note_says_what_and_when(tmp_path: Path) -> None:
    kept = keep(tmp_path)
    note = json.loads(kept.path.with_suffix("").with_suffix(".json").read_text(encoding="utf-8"))
    assert note["query"] == QUERY
    assert note["server"] == "overpass.example"
    assert datetime.now(UTC) - datetime.fromisoformat(note["fetched"]) < timedelta(minutes=1)


@pytest.mark.parametrize("damage", ["answer", "note", "other"])
def test_fault_21_a_damaged_answer_is_set_aside_and_told(tmp_path: Path, damage: str) -> None:
    kept = keep(tmp_path)
    note = kept.path.with_suffix("").with_suffix(".json")
    if damage == "answer":
        kept.path.write_bytes(kept.path.read_bytes()[:-1])
    elif damage == "note":
        note.write_text("{", encoding="utf-8")
    else:
        note.write_text(json.dumps({"sha256": 7}), encoding="utf-8")
    told: list[tuple[str, Any]] = []
    assert cache.find(tmp_path / "kept", QUERY, lambda key, **facts: told.append((key, facts))) is None
    aside = kept.path.with_name(kept.path.name + ".damaged")
    assert told == [("pull.cache_damaged", {"path": aside})]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [aside.name]


def test_an_answer_without_a_note_was_never_finished(tmp_path: Path) -> None:
    kept = keep(tmp_path)
    kept.path.with_suffix("").with_suffix(".json").unlink()
    assert cache.find(tmp_path / "kept", QUERY) is None
    assert cache.find(tmp_path / "kept", QUERY, lambda *_, **__: pytest.fail("it is no damage")) is None
