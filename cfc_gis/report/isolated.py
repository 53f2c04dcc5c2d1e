"""Which places are cut off, why, and what to look at: for the section on what is missing in the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import schema
from cfc_gis.report import rows
from cfc_gis.report.words import Both, Words
from cfc_gis.tables import Tables

ALL = "all"
SHOWN = 20
REASONS = {"neighbourhood": ("no_street", "island", "no_way"), "facility": ("no_street", "nobody_near")}
"""Reasons in the order of how much is known: without a street nothing further can be said of a place."""


def context(tables: Tables, words: Words) -> dict[str, Any]:
    """Return what the report lists of isolated places, by the names that its template uses.

    Parameters
    ----------
    tables
        The result tables.
    words
        The languages of the report.
    """
    table = pd.DataFrame(tables.isolated.drop(columns=tables.isolated.geometry.name))
    if table.empty:
        return {"isolated": None}
    homes, facilities = (_places(table[table["kind"] == kind]) for kind in REASONS)
    units = _unit_names(tables)
    return {
        "isolated": {
            "reasons": _by_reason(homes, facilities),
            "homes": [_home(place, units, words) for place in homes[:SHOWN]],
            "more_homes": max(0, len(homes) - SHOWN),
            "facilities": [_facility(place, words) for place in facilities[:SHOWN]],
            "more_facilities": max(0, len(facilities) - SHOWN),
            "limit": SHOWN,
        }
    }


def _places(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row for each place and reason, those with most children first.

    A home that reaches nothing of several categories stands in the table once for each: its children count once.
    """
    found = table.groupby(["id", "reason"], as_index=False).agg(
        kind=("kind", "first"), name=("name", "first"), share=("share", "max"), children=("children", "max"),
        categories=("category", _in_order),
    )  # fmt: skip
    found = found.sort_values(["children", "id", "reason"], ascending=[False, True, True], na_position="last")
    return rows.records(found)


def _in_order(categories: pd.Series) -> list[str]:
    return sorted(categories, key=(ALL, *schema.CATEGORIES).index)


def _by_reason(homes: list[dict[str, Any]], facilities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted = []
    for kind, places in (("neighbourhood", homes), ("facility", facilities)):
        for reason in REASONS[kind]:
            found = [place for place in places if place["reason"] == reason]
            children = sum(place["children"] or 0.0 for place in found) if kind == "neighbourhood" else None
            if found:
                counted.append({"kind": kind, "reason": reason, "places": len(found), "children": children})
    return counted


def _home(place: Mapping[str, Any], units: Mapping[str, str], words: Words) -> dict[str, Any]:
    return {
        **place,
        "name": _name(place, words),
        "unit": units.get(place["id"], ""),
        "what": _categories(place, words),
    }


def _facility(place: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return {**place, "name": _name(place, words), "what": _categories(place, words)}


def _name(place: Mapping[str, Any], words: Words) -> Both:
    if place["name"]:
        return words.pair(dict.fromkeys(words.langs, place["name"]))
    return words.say("report.unnamed", id=place["id"])


def _categories(place: Mapping[str, Any], words: Words) -> Both:
    return words.join(
        words.say("isolated.all") if name == ALL else words.term("category", name) for name in place["categories"]
    )


def _unit_names(tables: Tables) -> dict[str, str]:
    """Return in which district and sub-district each neighbourhood lies, by its id."""
    names = tables.units.set_index("unit_code")["unit_name"]
    homes = tables.neighbourhoods
    parts = [homes[f"{level}_code"].map(names[~names.index.duplicated()]) for level in ("district", "subdistrict")]
    joined = pd.concat(parts, axis=1).apply(lambda row: " ".join(row.dropna()), axis=1)
    return dict(zip(homes["neighbourhood_id"], joined, strict=True))
