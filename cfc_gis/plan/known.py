"""What is known when the plan is tested, and how a row of its table is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.targets import Target, all_targets, entries

UNKNOWN = float("nan")
_OF_NO_COUNT = ("places_unknown", "seats_unknown", "count_unknown")
"""Reasons that do not hold where there is a count."""

NO_CATCHMENTS = pd.DataFrame({
    "category": pd.Series(dtype="object"), "district_code": pd.Series(dtype="object"),
    "children": pd.Series(dtype="float64"), "extra_m": pd.Series(dtype="float64"),
})  # fmt: skip
"""Of no home it is known which school it is assigned to."""


@dataclass(frozen=True, eq=False)
class Known:
    """The tables that the tests read.

    Parameters
    ----------
    districts
        :data:`cfc_gis.schema.CENSUS`: every district and county, also outside the study area.
    city_code, city_name
        The city that they make up.
    facilities
        :data:`cfc_gis.schema.FACILITIES` with ``district_code``.
    mapped
        :data:`cfc_gis.schema.UNITS` of the study, in the CRS of the facilities.
    counts
        :data:`cfc_gis.schema.COUNTS`, official figures; may be empty.
    assigned
        One row for each origin and stage: ``category`` (the stage), ``district_code``, ``children`` of its age, and
        ``extra_m``, metres by which the assigned school is farther than the nearest; missing where not known.
    area
        The study area in that CRS; None where the units end with it.
    lacking
        Codes of the districts of the city that the census does not have: nothing is said of the city that adds up its
        districts.
    targets
        The targets of the study.
    disputed
        Unit, category and measure of the official figures that contradict each other: they are not used.
    """

    districts: pd.DataFrame
    city_code: str
    city_name: str
    facilities: gpd.GeoDataFrame
    mapped: gpd.GeoDataFrame
    counts: pd.DataFrame
    assigned: pd.DataFrame = field(default_factory=NO_CATCHMENTS.copy)
    area: shapely.Geometry | None = None
    disputed: frozenset[tuple[str, str, str]] = frozenset()
    lacking: tuple[str, ...] = ()
    targets: tuple[Target, ...] = field(default_factory=all_targets)

    def target(self, indicator: str) -> float:
        """Return what the study asks of an indicator; NaN where that is computed."""
        value = next(row.value for row in self.targets if row.id == indicator)
        return UNKNOWN if value is None else float(value)

    @property
    def city_parts(self) -> list[str]:
        """Codes of all districts of the city, also of those that the census lacks."""
        return sorted({*map(str, self.districts["unit_code"]), *self.lacking})

    def parts_of(self, unit: tuple[str, str, str]) -> list[str]:
        """Return the codes that add up to a unit: its own, or of the city those of all districts."""
        return self.city_parts if unit[0] == "city" else [unit[1]]

    def counted(self, category: str, what: str) -> pd.Series:
        """Return an official figure by the code of the unit; units without it, or with a disputed one, are left out."""
        rows = self.counts[self.counts["category"] == category]
        known = rows.set_index("unit_code")[what].dropna().astype(float)
        return known.drop([code for code in known.index if (code, category, what) in self.disputed])

    def units(self) -> list[tuple[str, str, str]]:
        """Return level, code and name of the city and of its districts, by code."""
        rows = self.districts.sort_values("unit_code")
        districts = zip(rows["unit_code"], rows["unit_name"], strict=True)
        return [("city", self.city_code, self.city_name), *(("district", code, name) for code, name in districts)]

    def parts(self, level: str) -> list[tuple[tuple[str, str, str], Mapping[str, Any]]]:
        """Return level, code and name of the mapped units of a level, by code, each with its values."""
        rows = self.mapped[self.mapped["level"] == level].sort_values("unit_code")
        return [((level, str(values["unit_code"]), str(values["unit_name"])), values)
                for values in ({str(name): value for name, value in each.items()} for each in rows.to_dict("records"))
                ]  # fmt: skip


def asked() -> Mapping[str, Mapping[str, Any]]:
    """Return what the plan asks for, by indicator (:func:`cfc_gis.targets.entries`).

    Examples
    --------
    >>> asked()["childcare.subsidy"]["monthly"]
    200
    """
    return entries()


def figure(counted: pd.Series, code: str, codes: list[str]) -> float:
    """Return the unit's own figure, else the sum of its parts where none is missing, else NaN."""
    if code in counted.index:
        return float(counted[code])
    return float(counted.loc[codes].sum()) if set(codes) <= set(counted.index) else UNKNOWN


def judge(low: float, high: float, target: float) -> str:
    """Judge an interval against a target that binds; NaN as the high end means that nobody knows it.

    Examples
    --------
    >>> [judge(low, high, 1.0) for low, high in ((1, np.nan), (0, 0), (0, 2), (0, np.nan))]
    ['meets', 'gap', 'undecided', 'no_data']
    """
    if low >= target:
        return "meets"
    if np.isnan(high) or np.isnan(target):
        return "no_data"
    return "undecided" if high >= target else "gap"


def bound(line: dict[str, Any], target: Target | None) -> dict[str, Any]:
    """Return a row as its target binds: short of one that is neither verified nor signed is *below reference*.

    Examples
    --------
    >>> target = next(row for row in all_targets() if row.id == "green.circle5")
    >>> line = row(("district", "d", "区"), target.id, (0.5, 0.5, 0.5), 1.0, "gap")
    >>> from dataclasses import replace
    >>> bound(line, target)["judgement"], bound(line, replace(target, signed_by="市发改委"))["judgement"]
    ('below_reference', 'gap')
    """
    if target is None:
        return line
    line = {**line, "source": target.source}
    if target.verified:
        return line
    said = "plan_target_signed" if target.signed else "plan_target_unverified"
    line["reasons"] = ";".join(filter(None, (line["reasons"], said)))
    if target.signed:
        return line
    if line["judgement"] == "gap":
        line |= {"judgement": "below_reference", "settled_by": "sign_target"}
    return {**line, "confidence": "medium" if line["confidence"] == "high" else line["confidence"]}


def row(  # noqa: PLR0913 - one argument for each thing that differs between rows
    unit: tuple[str, str, str],
    indicator: str,
    interval: tuple[float, float, float],
    target: float,
    judgement: str | None,
    reasons: Iterable[str] = (),
    *,
    confidence: str | None = None,
    basis: str = "none",
    phase: str | None = None,
    settled_by: str = "",
) -> dict[str, Any]:
    """Return one row of :data:`cfc_gis.schema.INDICATORS`; ``interval`` is value, low end and high end.

    Where the value is unknown there is no shortfall: what nobody counted is not missing. What would settle an open
    judgement stands with the target, unless ``settled_by`` names it.
    """
    entry = asked()[indicator]
    level, code, name = unit
    value, low, high = interval
    shortfall = 0.0 if low >= target else target - high  # NaN where either is not known
    sure = "low" if judgement in (None, "no_data", "undecided") else "high"
    return {
        "level": level, "unit_code": code, "unit_name": name, "indicator": indicator,
        "value": value, "value_low": low, "value_high": high, "unit": entry["unit"], "target": target,
        "shortfall": max(shortfall, 0.0),
        "phase": phase or entry["phase"], "body": entry["body"], "domain": entry["domain"], "judgement": judgement,
        "confidence": confidence or sure, "reasons": ";".join(reasons),
        "settled_by": settled_by or _settled_by(entry, judgement), "source": entry["source"], "basis": basis,
    }  # fmt: skip


def _settled_by(entry: Mapping[str, Any], judgement: str | None) -> str:
    return str(entry["settled_by"]) if judgement in ("no_data", "undecided") else ""


def unless_lacking(line: dict[str, Any], known: Known) -> dict[str, Any]:
    """Return a row as it is, or, of a city whose census lacks districts, as *no data* where it rests on the census."""
    if line["level"] != "city" or not known.lacking or not asked()[line["indicator"]].get("census"):
        return line
    reasons = ";".join(filter(None, ("census_incomplete", line["reasons"])))
    return {**line, "judgement": "no_data", "confidence": "low", "reasons": reasons, "settled_by": "whole_census"}


def unless_contradicted(line: dict[str, Any], counted: float, recorded: float) -> dict[str, Any]:
    """Return a row as it is, or as *undecided* where its official count is less than what is on record.

    What is on record proves itself, so that a row that meets its target by it stays.

    Examples
    --------
    >>> line = row(("city", "c", "市"), "childcare.places", (6, 6, UNKNOWN), 9.0, "no_data", ["places_unknown"])
    >>> unless_contradicted(line, 5.0, 6.0)["judgement"], unless_contradicted(line, UNKNOWN, 6.0)["judgement"]
    ('undecided', 'no_data')
    """
    if not recorded > counted or line["judgement"] == "meets":
        return line
    said = [key for key in line["reasons"].split(";") if key not in _OF_NO_COUNT]
    reasons = ";".join(filter(None, ["recorded_exceeds_count", *said]))
    return {**line, "judgement": "undecided", "confidence": "low", "reasons": reasons, "settled_by": "check_sources"}


def disagreeing(line: Mapping[str, Any], disputed: frozenset[tuple[str, str, str]], parts: set[str]) -> dict[str, Any]:
    """Return a row as it is, or, where figures that it needs contradict each other, as *undecided* with that reason.

    Parameters
    ----------
    line
        As of :func:`row`.
    disputed
        As of :class:`Known`.
    parts
        Codes of the units whose figures stand in for one of its own: of the city its districts.
    """
    wanted = {tuple(figure.split(".")) for figure in asked()[line["indicator"]].get("figures", ())}
    against = {code for code, *what in disputed if tuple(what) in wanted}
    if not (line["judgement"] in ("no_data", "undecided") and against & {line["unit_code"], *parts}):
        return dict(line)
    reasons = ";".join(filter(None, ("counts_disagree", line["reasons"])))
    return {**line, "judgement": "undecided", "confidence": "low", "reasons": reasons, "settled_by": "counts_agree"}


def table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a table of the contract, by level, unit, indicator and phase."""
    found = pd.DataFrame([*rows], columns=[*schema.INDICATORS.columns])
    order = found.assign(_level=found["level"].map(schema.LEVELS.index).astype(float))
    order = order.sort_values(["_level", "unit_code", "indicator", "phase"], ignore_index=True)
    return order[[*schema.INDICATORS.columns]]
