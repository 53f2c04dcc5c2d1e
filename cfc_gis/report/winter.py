"""What stands in the chapter on winter: what it takes from whom, and when the data cannot tell.

Where few facilities are proven, few children are within a standard in either season, and a loss of next to nothing says
nothing of winter. So each loss is also given as a share of those who are proven to be within it in summer, and where
these are very few the report says that it cannot tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
from markupsafe import Markup

from cfc_gis import profiles, schema
from cfc_gis.gaps import FEW_CHILDREN
from cfc_gis.report import charts, rows
from cfc_gis.report.words import Both, Words, percent, rounded
from cfc_gis.standards import categories
from cfc_gis.tables import Tables

LARGEST = 3
WORTH_SAYING = 0.005
"""A loss below this is no finding: it stands in the table alone."""
_STEP = 0.05
_LEAST, _WHOLE = 0.0005, 0.1

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Circle:
    """One standard in minutes.

    Parameters
    ----------
    category, minutes
        What must be reached, in how many minutes.
    city
        Its row of :data:`cfc_gis.schema.WINTER` for the whole study area.
    districts
        Its row for each district, by code.
    chart
        Lost share of the study area with its range, and of the districts; empty where nothing can be told.
    """

    category: str
    minutes: float
    city: Row
    districts: Mapping[str, Row]
    chart: Markup


def context(tables: Tables, manifest: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what the chapter on winter shows, by the names that its template uses.

    Parameters
    ----------
    tables
        The result tables; without rows in ``winter`` (one season alone was run) there is no chapter.
    manifest
        What the run says of itself; its parameters hold the planner's choices.
    words
        The languages of the report.
    """
    if tables.winter.empty:
        return {"winter": None}
    by_level = {level: rows.records(tables.winter[tables.winter["level"] == level]) for level in rows.LEVELS}
    span = _span([row for level in ("city", "district") for row in by_level[level] if told(row)])
    circles = [_circle(row, by_level["district"], span) for row in sorted(by_level["city"], key=_order)]
    largest = sorted((c.city for c in circles if _worth_saying(c.city)), key=lambda row: -row["lost_share"])[:LARGEST]
    return {
        "winter": {
            "circles": circles,
            "axis": charts.axis(span),
            "largest": [_sentence(row, words) for row in largest],
            "headline": words.join(_headline(row, words) for row in largest),
            "by_district": _by_district(by_level["district"], words),
            "few": FEW_CHILDREN,
            "anything_told": any(told(c.city) for c in circles),
            "one_season": _one_season(tables.facilities, {c.category for c in circles}, words),
            **_scenario(manifest, words),
        }
    }


def told(row: Row | None) -> bool:
    """Whether the data can tell a loss: enough children are proven to be within the standard in one of the seasons.

    Examples
    --------
    >>> told({"children": 5000.0, "share_summer": 0.01, "share_winter": 0.0})
    False
    >>> told({"children": 5000.0, "share_summer": 0.02, "share_winter": 0.0})
    True
    """
    if row is None:
        return False
    proven = max(row[f"share_{season}"] or 0.0 for season in schema.SEASONS)
    return bool(proven * row["children"] >= FEW_CHILDREN)


def fine(share: float) -> str:
    """Return a share as a percentage, with one decimal below 10 %, where whole ones would all look alike.

    Examples
    --------
    >>> [fine(share) for share in (0.147, 0.084, 0.0, 0.0004, -0.0004, -0.031)]
    ['15%', '8.4%', '0%', '<0.1%', '>−0.1%', '−3.1%']
    """
    sign, size = ("−", -share) if share < 0 else ("", share)
    if size == 0:
        return "0%"
    if size < _LEAST:
        return ">−0.1%" if sign else "<0.1%"
    return f"{sign}{size:.1%}" if size < _WHOLE else f"{sign}{percent(size)}"


def between(low: float, high: float) -> str:
    """Return a range of shares.

    Examples
    --------
    >>> between(-0.02, 0.1)
    '−2.0 – 10%'
    """
    return f"{fine(low).removesuffix('%')} – {fine(high)}"


def loss(row: Row) -> str:
    """Return the lost share, below zero where winter gives more than it takes."""
    return fine(row["lost_share"])


def loss_range(row: Row) -> str:
    """Return the range of the lost share."""
    return between(row["lost_share_low"], row["lost_share_high"])


def of_served(row: Row) -> str:
    """Return the lost share of those who are proven to be within the standard in summer; empty where none are lost.

    Examples
    --------
    >>> of_served({"share_summer": 0.2, "lost_share": 0.03})
    '15%'
    """
    return fine(row["lost_share"] / row["share_summer"]) if row["lost_share"] > 0 else ""


def of_served_range(row: Row) -> str:
    """Return the range of that share; empty where none are lost.

    Examples
    --------
    >>> of_served_range({"share_summer": 0.2, "lost_share": 0.03, "lost_share_low": 0.01, "lost_share_high": 0.05})
    '5.0 – 25%'
    """
    if row["lost_share"] <= 0:
        return ""
    return between(*(row[f"lost_share_{end}"] / row["share_summer"] for end in ("low", "high")))


def lost_children(row: Row, words: Words) -> Both:
    """Return the children who lose a standard, rounded as an estimate; where winter gives more, how many more."""
    lost: float = row["lost_children"]
    if lost < 0:
        return words.say("report.winter_more", n=words.people(-lost))
    return words.people(lost)


def lost_children_range(row: Row) -> str | None:
    """Return the range of those children; None where an end of it lies below zero, since the shares say it.

    Examples
    --------
    >>> lost_children_range({"children": 10_000, "lost_share_low": 0.02, "lost_share_high": 0.1})
    '200 – 1,000'
    """
    low, high = (row["children"] * row[f"lost_share_{end}"] for end in ("low", "high"))
    return f"{rounded(low)} – {rounded(high)}" if low >= 0 else None


def _order(row: Row) -> tuple[int, float, str]:
    return schema.CATEGORIES.index(row["category"]), row["minutes"], row["standard_id"]


def _circle(city: Row, districts: list[dict[str, Any]], span: tuple[float, float]) -> Circle:
    found = {row["unit_code"]: row for row in districts if row["standard_id"] == city["standard_id"]}
    chart = Markup("")
    if told(city):
        ends = (city["lost_share_low"], city["lost_share"], city["lost_share_high"])
        chart = charts.strip(ends, [row["lost_share"] for row in found.values() if told(row)], span)
    return Circle(city["category"], city["minutes"], city, found, chart)


def _span(shown: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the lost shares that the charts reach from and to: whole steps around all that they show, and 0."""
    values = [row[name] for row in shown for name in ("lost_share_low", "lost_share", "lost_share_high")]
    low, high = min([0.0, *values]), max([_STEP, *values])
    return math.floor(low / _STEP + 1e-9) * _STEP, math.ceil(high / _STEP - 1e-9) * _STEP


def _worth_saying(row: Row) -> bool:
    return told(row) and row["lost_share"] >= WORTH_SAYING


def _named(row: Row, words: Words) -> Both:
    return words.say("report.winter_circle", what=words.term("category", row["category"]), n=f"{row['minutes']:g}")


def _sentence(row: Row, words: Words) -> Both:
    return words.say(
        "report.winter_largest",
        what=_named(row, words),
        band=words.term("band", categories()[row["category"]].band),
        of_served=of_served(row),
        of_served_range=of_served_range(row),
        children=lost_children(row, words),
        share=loss(row),
        range=loss_range(row),
    )


def _headline(row: Row, words: Words) -> Both:
    return words.say("report.winter_headline", what=_named(row, words), n=of_served(row), range=of_served_range(row))


def _by_district(districts: list[dict[str, Any]], words: Words) -> Both | None:
    """Return where the lost shares are largest; None where none is worth saying."""
    found = [row for row in districts if _worth_saying(row)]
    found.sort(key=lambda row: (-row["lost_share"], row["unit_code"], row["standard_id"]))
    if not found:
        return None
    return words.join(
        words.say("report.winter_district", name=row["unit_name"], what=_named(row, words), n=loss(row))
        for row in found[:LARGEST]
    )


def _one_season(facilities: gpd.GeoDataFrame, shown: set[str], words: Words) -> Both | None:
    """Return how many proven facilities are open in one season only; None where there are none."""
    served = {kind for category in shown for kind in categories()[category].served_by}
    proven = facilities[facilities["category"].isin(served) & facilities["evidence"].isin(schema.PROVEN)]
    counts = proven["season"].value_counts()
    summer, winter = (int(counts.get(season, 0)) for season in schema.SEASONS)
    return words.say("report.winter_one_season", summer=summer, winter=winter) if summer + winter else None


def _scenario(manifest: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what the scenario takes: minutes per km by kind of street, and which streets count as cleared."""
    ice = profiles.resource()["season"]["winter"]
    choices = manifest.get("parameters", {}).get("choices", {})
    named = choices.get("cleared")
    return {
        "minutes_per_km": {
            f"{kind}{end}": f"{value:g}"
            for kind in ("cleared", "other")
            for end, value in zip(("_low", "", "_high"), ice[kind], strict=True)
        },
        "cleared": words.say("report.winter_cleared_named", n=len(named))
        if named is not None
        else words.say(
            "report.winter_cleared",
            what=words.join(words.term("street", name) for name in profiles.resource()["cleared"]["classes"]),
        ),
        "frozen_paths": bool(choices.get("frozen_paths")),
        "longest_cold_min": choices.get("longest_cold_min"),
    }
