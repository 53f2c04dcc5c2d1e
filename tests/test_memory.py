"""Whether an extract fits into memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cfc_gis.errors import UserError
from cfc_gis.sources import memory


@pytest.mark.parametrize(
    ("name", "wanted"), [("a.osm.pbf", 5.3e9), ("a.osm.gz", 2.55e9), ("a.osm.bz2", 3.3e9), ("a.osm", 0.55e9)]
)
def test_the_estimate_grows_with_the_file_and_its_kind(tmp_path: Path, name: str, wanted: float) -> None:
    """50 MB, as an extract of Heilongjiang has: 100 bytes a byte and 0.3 GB for a .osm.pbf."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert memory.estimate(path) == wanted


def test_fault_12_what_does_not_fit_is_refused_with_both_figures(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.pbf"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    memory.refuse_too_large(path, free=6_000_000_000)
    with pytest.raises(UserError) as caught:
        memory.refuse_too_large(path, free=5_000_000_000)
    assert caught.value.exit_code == 2
    for lang in ("zh", "en"):
        assert all(words in caught.value.text(lang) for words in ("a.osm.pbf", "50 MB", "5.3 GB", "5.0 GB", "--force"))


def test_the_system_says_how_much_is_free() -> None:
    free = memory.available()
    assert free is None or 10**7 < free < 10**14
    if sys.platform == "linux":
        assert free is not None


def test_where_the_system_says_nothing_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(b"1")
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.refuse_too_large(path)
