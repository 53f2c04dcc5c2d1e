"""The part of a map's data that a notebook is given: one category, since every output of a cell is kept in the file."""

from __future__ import annotations

from typing import Any


def one_category(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with the category shown first alone; what is kept is not copied.

    Parameters
    ----------
    data
        As of :func:`cfc_gis.maps.payload.build`, with ``state``.

    Examples
    --------
    >>> whole = {"state": {"category": "park"}, "categories": [{"id": "park"}, {"id": "play"}], "gaps": {},
    ...          "access": {"park": {"summer": {"route": [2, -1]}}, "play": {}}, "routes": ["A", "B", "C"]}
    >>> part = one_category(whole)
    >>> list(part["access"]), part["routes"], part["access"]["park"]["summer"]["route"]
    (['park'], ['C'], [0, -1])
    """
    if len(data.get("categories", [])) < 2:
        return data
    shown = data["state"]["category"]
    used = sorted({line for walk in data["access"][shown].values() for line in walk.get("route", []) if line >= 0})
    number = {line: new for new, line in enumerate(used)} | {-1: -1}
    walks = {
        season: {**walk, "route": [number[line] for line in walk["route"]]} if "route" in walk else walk
        for season, walk in data["access"][shown].items()
    }
    return {
        **data,
        "light": True,
        "categories": [row for row in data["categories"] if row["id"] == shown],
        "access": {shown: walks},
        "gaps": {level: {shown: of[shown]} for level, of in data["gaps"].items()},
        "routes": [data["routes"][line] for line in used],
    }
