"""What stands in the chapter on what to do first: kinds of upgrades, shortfalls in order, and what to find out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import comparable, schema
from cfc_gis.access.remedies import thresholds
from cfc_gis.report import rows
from cfc_gis.report.words import Both, Words, percent
from cfc_gis.tables import Tables

NAMED = 2
"""Shortfalls that the first page says something to do about."""
SHOWN = 12
"""Rows of each list: more of them stand in the tables."""
WORTH_SAYING = 0.005
"""A kind for a smaller share of the children not served stands in the table alone."""

Row = Mapping[str, Any]
_KEY = ["level", "unit_code", "category", "profile"]


def context(tables: Tables, words: Words) -> dict[str, Any]:
    """Return what the chapter shows, by the names that its template uses.

    Parameters
    ----------
    tables
        The result tables; without upgrades there is no chapter.
    words
        The languages of the report.
    """
    if tables.upgrades.empty:
        return {"upgrades": None, "first_steps": []}
    season = f".{rows.first_season(tables.gaps)}"
    upgrades = tables.upgrades[tables.upgrades["profile"].str.endswith(season)]
    upgrades = upgrades.sort_values(["children", "kind"], ascending=[False, True])
    order = tables.priorities[tables.priorities["profile"].str.endswith(season)].sort_values(
        ["rank", "unit_code", "category"]
    )
    first = {_key(row): row for row in rows.records(upgrades[upgrades["first"]])}
    kinds = [kind for kind in schema.UPGRADE_KINDS if kind in set(upgrades["kind"])]
    shortfalls = {level: _list(order, level, "shortfall", first, words) for level in ("district", "subdistrict")}
    return {
        "first_steps": [_step(row, words) for rows_of in shortfalls.values() for row in rows_of][:NAMED],
        "upgrades": {
            "city": _by_category(upgrades[upgrades["level"] == "city"], words),
            "shortfalls": shortfalls,
            "find_out": _list(order, "district", "find_out", first, words),
            "untold": _untold(order, tables.gaps, words),
            "kinds": [(words.term("upgrade", kind), words.term("upgrade_means", kind)) for kind in kinds],
            "detour": f"{thresholds()['direct']['detour']:g}",
            "separates": comparable.SEPARATES,
            "shown": SHOWN,
        },
    }


def _step(row: Row, words: Words) -> Both:
    """Return what to do about one shortfall as a sentence for the first page."""
    facts = {
        "name": row["unit_name"], "category": words.term("category", row["category"]),
        "what": words.term("upgrade", row["kind"]), "n": words.people(row["kind_children"]),
    }  # fmt: skip
    if row["where"] is None:
        return words.say("upgrades.step", **facts)
    return words.say("upgrades.step_where", where=row["where"], **facts)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in (*_KEY, "kind"))


def _by_category(upgrades: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    """Return, for each category, the children not served and the kinds that would do."""
    found = []
    for category in schema.CATEGORIES:
        of_category = rows.records(upgrades[upgrades["category"] == category])
        first = [row for row in of_category if row["first"]]
        total = sum(row["children"] for row in first)
        if total:
            beside = [row for row in of_category if not row["first"]]
            found.append(
                {
                    "category": category,
                    "children": total,
                    "first": _parts(first, total, words),
                    "beside": _parts(beside, total, words),
                }
            )
    return found


def _parts(upgrades: list[dict[str, Any]], total: float, words: Words) -> Both | None:
    said = [_part(row, total, words) for row in upgrades if row["children"] >= WORTH_SAYING * total]
    return words.join(said) if said else None


def _part(row: Row, total: float, words: Words) -> Both:
    what, children = words.term("upgrade", row["kind"]), words.people(row["children"])
    if row["kind"] == "seats":
        return words.say("upgrades.of_seats", what=what, n=children)
    return words.say("upgrades.part", what=what, n=children, share=percent(row["children"] / total))


def _list(
    order: pd.DataFrame, level: str, which: str, first: Mapping[tuple[Any, ...], Row], words: Words
) -> list[dict[str, Any]]:
    """Return the first rows of a list, numbered anew: it shows one season."""
    chosen = rows.records(order[(order["level"] == level) & (order["order"] == which)].head(SHOWN))
    return [
        {**row, "number": number, "where": _where(first[_key(row)], words)}
        for number, row in enumerate(chosen, start=1)
    ]


def _untold(order: pd.DataFrame, gaps: pd.DataFrame, words: Words) -> list[dict[str, Any]]:
    """Return, for each category, the districts of which the data cannot tell, and what would tell."""
    rows_of = order[(order["level"] == "district") & (order["order"] == "untold")].sort_values("unit_code")
    settles = gaps[[*_KEY, "settled_by", "body"]]
    found = []
    for category, part in rows_of.merge(settles, on=_KEY).groupby("category"):
        keys = [key for settled in part["settled_by"] for key in str(settled).split(";") if key]
        names = words.listed(dict.fromkeys(part["unit_name"].where(part["unit_name"].notna(), part["unit_code"])))
        found.append({
            "category": category, "names": names, "body": part["body"].iloc[0],
            "settled": words.join(words.term("settle", key) for key in dict.fromkeys(keys)),
        })  # fmt: skip
    return sorted(found, key=lambda row: schema.CATEGORIES.index(row["category"]))


def _where(row: Row, words: Words) -> Both | None:
    """Return the facility or the main road that an upgrade is about; None where there is not one alone."""
    if row["street"]:
        return words.say("upgrades.at_street", name=row["street"])
    return words.say("upgrades.at_facility", name=row["facility_name"]) if row["facility_name"] else None
