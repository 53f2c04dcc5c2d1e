"""What stands in the chapter on the plan's own tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from math import isnan
from typing import Any

from cfc_gis import schema
from cfc_gis.plan.posts import LEAST_UNITS
from cfc_gis.plan.schools import overcrowded
from cfc_gis.report import rows
from cfc_gis.tables import Tables

COHORTS = ("primary_school.children", "junior_school.children")
ORDER = (
    "paediatric_hospital.strong", "paediatric_hospital.presumed", "paediatric_emergency.sites", "rehabilitation.sites",
    "childcare.places", "childcare.subsidy", "primary_school.seats", "junior_school.seats", "school.new_seats",
    "primary_school.overcrowding", "junior_school.overcrowding",
    "primary_school.assigned_farther", "primary_school.assigned_extra", "junior_school.assigned_farther",
    "junior_school.assigned_extra", "child_supervisor.posts", "child_director.posts",
    "child_friendly_space.sites", "protection_station.sites", "green.circle15", "green.circle10", "green.circle5",
    "community.kindergarten", "community.childcare", "community.activity",
)  # fmt: skip
SEVEREST = ("gap", "below_reference", "undecided", "meets", None, "no_data")


def context(tables: Tables) -> dict[str, Any]:
    """Return what the chapter shows, by the names that its template uses; nothing where nothing was tested."""
    table = tables.indicators
    if table.empty:
        return {"plan": None}
    found = rows.records(table)
    cohorts = [row for row in found if row["indicator"] in COHORTS and row["level"] == "city"]
    tests = {name: [row for row in found if row["indicator"] == name] for name in _tests(found)}
    return {
        "plan": {
            "cohorts": cohorts,
            "tests": {name: groups(of) for name, of in tests.items()},
            "about": {name: of[0] for name, of in tests.items()},
            "whole": {name: next((row for row in of if row["level"] == "city"), None) for name, of in tests.items()},
            "levels": {name: how_often(of) for name, of in tests.items()},
            "crowded": rows.records(overcrowded(tables.facilities)),
        },
        "amount": amount,
        "asked": asked,
        "known": known,
    }


def how_often(found: list[dict[str, Any]]) -> dict[str, list[tuple[str, int]]]:
    """Return how many districts and sub-districts are judged how, the severest first.

    Examples
    --------
    >>> rows = [{"level": "district", "judgement": name} for name in ("no_data", "meets", "no_data")]
    >>> how_often(rows)
    {'district': [('meets', 1), ('no_data', 2)], 'subdistrict': []}
    """
    counted = Counter((row["level"], row["judgement"]) for row in found)
    return {
        level: [(str(name), counted[level, name]) for name in SEVEREST if name and counted[level, name]]
        for level in ("district", "subdistrict")
    }


def groups(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a test in groups of one judgement with the same reasons, the severest first.

    ``told`` are the rows that say something, ``rest`` those of which nothing is known but the target, and ``targets``
    the different targets of these.

    Examples
    --------
    >>> row = {"level": "district", "unit_code": "1", "judgement": "no_data", "confidence": "low", "reasons": "",
    ...     "settled_by": "", "value": None, "value_low": 0.0, "value_high": None, "target": 1.0}
    >>> made = groups([row, row | {"unit_code": "2", "judgement": "meets", "value": 1.0, "value_low": 1.0}])
    >>> [(group["judgement"], len(group["told"]), len(group["rest"])) for group in made]
    [('meets', 1, 0), ('no_data', 0, 1)]
    """
    shared = ("judgement", "confidence", "reasons", "settled_by")
    ordered = sorted(found, key=lambda row: (SEVEREST.index(row["judgement"]), *(row[name] for name in shared[1:])))
    made = []
    for _, some in groupby(ordered, key=lambda row: tuple(row[name] for name in shared)):
        here = sorted(some, key=lambda row: (schema.LEVELS.index(row["level"]), row["unit_code"]))
        told, rest = ([row for row in here if (known(row) != "–") == says] for says in (True, False))
        targets = sorted({asked(row) for row in rest if row["target"] is not None})
        made.append({**{name: here[0][name] for name in shared}, "told": told, "rest": rest, "targets": targets})
    return made


def known(row: Mapping[str, Any]) -> str:
    """Return the value of a row, or its range; a dash where nothing is known.

    Examples
    --------
    >>> [known({"value": value, "value_low": low, "value_high": high})
    ...     for value, low, high in ((3.0, 3.0, 3.0), (500.0, 500.0, 600.0), (3.0, 3.0, None), (None, 0.0, None))]
    ['3', '500 – 600', '≥ 3', '–']
    """
    value, low, high = row["value"], row["value_low"], row["value_high"]
    if value is None:
        return f"≥ {amount(low)}" if low else "–"
    if high is None:
        return f"≥ {amount(low)}"
    return amount(value) if low == high else f"{amount(low)} – {amount(high)}"


def asked(row: Mapping[str, Any]) -> str:
    """Return the target of a row; marked where it is the least that it can be.

    Examples
    --------
    >>> asked({"target": 18.0, "reasons": "units_incomplete;count_unknown"}), asked({"target": 305.0, "reasons": ""})
    ('≥ 18', '305')
    """
    return f"≥ {amount(row['target'])}" if LEAST_UNITS in row["reasons"].split(";") else amount(row["target"])


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


def _tests(found: list[dict[str, Any]]) -> list[str]:
    """Return the tests that there are, in the order of the chapter; those it does not name stand last."""
    names = {row["indicator"] for row in found} - set(COHORTS)
    return [name for name in ORDER if name in names] + sorted(names - set(ORDER))
