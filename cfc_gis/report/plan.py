"""What stands in the chapter on the plan's own tests."""

from __future__ import annotations

from math import isnan
from typing import Any

from cfc_gis.report import rows
from cfc_gis.tables import Tables

COHORTS = ("primary_school.children", "junior_school.children")
BY_DISTRICT = (
    "paediatric_hospital.strong", "paediatric_hospital.presumed", "childcare.places", "primary_school.seats",
    "junior_school.seats", "child_friendly_space.sites", "protection_station.sites", "paediatric_emergency.sites",
    "rehabilitation.sites",
)  # fmt: skip


def context(tables: Tables) -> dict[str, Any]:
    """Return what the chapter shows, by the names that its template uses; nothing where nothing was tested."""
    table = tables.indicators
    if table.empty:
        return {"plan": None}
    city = rows.records(table[table["level"] == "city"])
    districts = rows.records(table[(table["level"] == "district") & table["indicator"].isin(BY_DISTRICT)])
    units = {row["unit_code"]: row["unit_name"] for row in districts}
    return {
        "plan": {
            "city": [row for row in city if row["indicator"] not in COHORTS],
            "cohorts": [row for row in city if row["indicator"] in COHORTS],
            "tests": BY_DISTRICT,
            "units": units,
            "judged": {(row["unit_code"], row["indicator"]): row for row in districts},
            "reasons": sorted({key for row in [*city, *districts] for key in row["reasons"].split(";") if key}),
        },
        "amount": amount,
    }


def amount(value: float | None) -> str:
    """Return a figure for a table; a dash where it is not known.

    Examples
    --------
    >>> amount(45044.3), amount(1.12), amount(None)
    ('45,044', '1.12', '–')
    """
    if value is None or isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10 or float(value).is_integer() else f"{value:.2f}"
