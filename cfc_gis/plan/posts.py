"""What the plan asks each unit to have: people who look after children, and places that help them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

import pandas as pd

from cfc_gis import schema
from cfc_gis.plan.known import UNKNOWN, Known, asked, figure, judge, row, unless_contradicted

POSTS = ("child_supervisor", "child_director")
OF_DISTRICTS = ("paediatric_emergency", "rehabilitation")
OF_TOWNSHIPS = ("child_friendly_space", "protection_station")
LEAST_UNITS = "units_incomplete"
"""The reason of rows whose target is the least that it can be: more units may be there than those that are mapped."""


def rows(known: Known) -> list[dict[str, Any]]:
    """Return posts of the city, and sites of every district and of every township-level unit that is mapped.

    Official counts decide; a facility on record proves itself. One for each township-level unit: of the city there are
    305. How many a district has is known only as far as they are mapped, so that a count may fall short of those, but
    never prove one for each.
    """
    city, *districts = known.units()
    found = []
    for post in POSTS:
        n = figure(known.counted(post, "sites"), city[1], known.city_parts)
        reasons = ["supervisors_one_short"] if "units" in asked()[f"{post}.posts"] else []
        found.append(_line(city, f"{post}.posts", n, target=known.target(f"{post}.posts"), reasons=reasons))
    for site in OF_DISTRICTS:
        counts, target = known.counted(site, "sites"), known.target(f"{site}.sites")
        found += [_line(unit, f"{site}.sites", float(counts.get(unit[1], UNKNOWN)), target=target)
                  for unit in districts]  # fmt: skip
    for site in OF_TOWNSHIPS:
        found += _of_townships(known, site)
    return found


def _of_townships(known: Known, site: str) -> list[dict[str, Any]]:
    indicator, each = f"{site}.sites", known.target(f"{site}.sites")
    city, *districts = known.units()
    townships = known.parts("subdistrict")
    counts, recorded = known.counted(site, "sites"), _recorded(known, site)
    found = [
        _line(unit, indicator, float(counts.get(unit[1], UNKNOWN)), target=each, recorded=_inside(recorded, values))
        for unit, values in townships
    ]
    total = 0.0
    for unit in districts:
        inside = {code: values for (_, code, _), values in townships if values["parent_code"] == unit[1]}
        own = max(float(counts[counts.index.isin([*inside])].sum()),
                  float((known.facilities.loc[recorded.index, "district_code"] == unit[1]).sum()))  # fmt: skip
        n = float(counts.get(unit[1], UNKNOWN))
        total += own if isnan(n) else n
        # How many units a district has is not known: at least those that are mapped, and at least one.
        line = _line(unit, indicator, n, target=each * max(1, len(inside)), recorded=own, reasons=[LEAST_UNITS])
        found.append(_unless_proven(line))
    n = figure(counts, city[1], known.city_parts)
    return [_line(city, indicator, n, target=each * float(asked()[indicator]["units"]), recorded=total), *found]


def _recorded(known: Known, site: str) -> pd.Series:
    sites = known.facilities[(known.facilities["category"] == site) & known.facilities["evidence"].isin(schema.PROVEN)]
    points: pd.Series = sites.geometry.representative_point()
    return points


def _inside(points: Any, values: Mapping[str, Any]) -> float:
    return float(points.intersects(values["geometry"]).sum())


def _unless_proven(line: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a district with *undecided* in place of *meets*: not all its units are known."""
    if line["judgement"] != "meets":
        return line
    return {**line, "judgement": "undecided", "shortfall": UNKNOWN, "confidence": "low", "settled_by": "township_list"}


def _line(
    unit: tuple[str, str, str],
    indicator: str,
    counted: float,
    *,
    target: float,
    recorded: float = 0.0,
    reasons: tuple[str, ...] | list[str] = (),
) -> dict[str, Any]:
    """Return a row from an official count, NaN where there is none, and from what the data hold."""
    if counted == 0 and recorded:
        return row(unit, indicator, (recorded, 0.0, recorded), target, "undecided", [*reasons, "sources_disagree"],
                   basis="count", settled_by="check_sources")  # fmt: skip
    low = recorded if isnan(counted) else max(counted, recorded)
    high = counted if counted >= recorded else UNKNOWN
    judgement = judge(low, high, target)
    said = {"no_data": ["count_unknown"], "meets": ["site_recorded"] if isnan(counted) else []}
    basis = "count" if not isnan(counted) else "recorded" if recorded else "none"
    value = low if basis != "none" else UNKNOWN
    line = row(unit, indicator, (value, low, high), target, judgement, [*reasons, *said.get(judgement, [])],
               basis=basis)  # fmt: skip
    return unless_contradicted(line, counted, recorded)
