"""Notes on the data: each says what was counted, in both languages."""

from __future__ import annotations

from collections import Counter

from cfc_gis import notes
from tests.tables import neighbourhoods, units


def of(**network: int) -> list[notes.Note]:
    """Return the notes of a run in which only the network has something to say."""
    steps = {"osm": Counter(), "neighbourhoods": Counter(), "snapping": Counter(), "network": Counter(network)}
    return [note for note in notes.of(steps, units(), neighbourhoods(), max_snap_m=250.0) if "主要道路" in note["zh"]]


def test_waits_at_crossings_that_nobody_mapped_are_an_assumption() -> None:
    [note] = of(crossings_signals=8, crossings_marked=190, crossings_presumed=14950)
    assert "有信号灯 8 处，标注了过街处 190 处，标明没有标线 0 处；其余 14,950 处" in note["zh"]
    assert "the other 14,950 are at junctions where nothing is mapped" in note["en"]
    assert "an assumption, not a measurement" in note["en"]


def test_where_every_crossing_is_mapped_there_is_nothing_to_say() -> None:
    assert of(crossings_signals=8, crossings_presumed=0) == []
