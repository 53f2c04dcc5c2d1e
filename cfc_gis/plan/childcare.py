"""Childcare places for every 1,000 residents, and what the yearly subsidy costs."""

from __future__ import annotations

from math import isnan
from typing import Any

from cfc_gis.plan.known import UNKNOWN, Known, asked, figure, judge, row, unless_contradicted

CATEGORY = "childcare"


def rows(known: Known) -> list[dict[str, Any]]:
    """Return places against the target, and the subsidy, of the city and every district.

    Target places = 4.5 * residents / 1,000. Places of an official count decide; those of single facilities are a lower
    bound; a count that is less than what is on record decides nothing. Subsidy = 200 * 12 * children enrolled. The
    city's own count goes before the sum of its districts, and the sum stands only where every district has a figure.
    """
    people = known.districts.set_index("unit_code")["population"].astype(float)
    sites = known.facilities[known.facilities["category"] == CATEGORY]
    recorded = sites.groupby("district_code")["capacity"].sum()
    places, enrolled = (known.counted(CATEGORY, what) for what in ("capacity", "enrolled"))
    entry = asked()["childcare.subsidy"]
    found = []
    for unit in known.units():
        codes = known.parts_of(unit)
        target = known.target("childcare.places") * float(people.reindex(codes).sum(skipna=False)) / 1000
        counted = figure(places, unit[1], codes)
        proven = float(recorded.reindex(codes).sum())
        low = max(0.0 if isnan(counted) else counted, proven)
        value = (low or UNKNOWN) if isnan(counted) else low
        high = counted if counted >= proven else UNKNOWN
        judgement = judge(low, high, target)
        reasons = ["places_unknown"] if judgement == "no_data" else []
        basis = "none" if isnan(value) else "recorded" if isnan(high) else "count"
        line = row(unit, "childcare.places", (value, low, high), target, judgement, reasons, basis=basis)
        found.append(unless_contradicted(line, counted, proven))
        cost = figure(enrolled, unit[1], codes) * entry["monthly"] * entry["months"]
        unknown = isnan(cost)
        found.append(
            row(
                unit,
                "childcare.subsidy",
                (cost, cost, cost),
                UNKNOWN,
                "no_data" if unknown else None,
                ["enrolment_unknown"] if unknown else ["subsidy_inclusive_only"],
                basis="none" if unknown else "count",
                confidence="low" if unknown else "medium",
            )
        )
    return found
