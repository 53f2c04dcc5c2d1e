"""What the plan asks each unit to have: people who look after children, and places that help them."""

from __future__ import annotations

from math import isnan
from typing import Any

from cfc_gis.plan.known import Known, asked, figure, judge, row

POSTS = ("child_supervisor", "child_director")
SITES = ("child_friendly_space", "protection_station", "paediatric_emergency", "rehabilitation")


def rows(known: Known) -> list[dict[str, Any]]:
    """Return posts of the city, and sites of every district, from official counts alone."""
    codes = sorted(known.districts["unit_code"])
    city = known.units()[0]
    found = []
    for post in POSTS:
        entry = asked()[f"{post}.posts"]
        n = figure(known.counted(post, "sites"), city[1], codes)
        reasons = ["supervisors_one_short"] if "units" in entry else []
        found.append(_line(city, f"{post}.posts", n, reasons))
    for site in SITES:
        counts = known.counted(site, "sites")
        found += [_line(unit, f"{site}.sites", figure(counts, unit[1], [unit[1]]), []) for unit in known.units()[1:]]
    return found


def _line(unit: tuple[str, str, str], indicator: str, n: float, reasons: list[str]) -> dict[str, Any]:
    entry = asked()[indicator]
    judgement = judge(n, n, float(entry["target"]), verified=bool(entry["verified"]))
    reasons = [*reasons, *(["count_unknown"] if judgement == "no_data" else [])]
    basis = "none" if isnan(n) else "count"
    return row(unit, indicator, (n, n, n), float(entry["target"]), judgement, reasons, basis=basis)
