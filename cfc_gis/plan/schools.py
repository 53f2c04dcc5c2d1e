"""Seats against children by stage, overcrowding, and what the plan's new seats would cover."""

from __future__ import annotations

from math import isnan
from typing import Any

import pandas as pd

from cfc_gis.plan.cohorts import STAGES, of_year
from cfc_gis.plan.known import UNKNOWN, Known, asked, figure, judge, row, unless_contradicted

BOTH = "nine_year_school"


def rows(known: Known) -> list[dict[str, Any]]:
    """Return seats, overcrowding and the new seats, of the city and every district.

    One seat for each child of the phase's year: the children whom the census counted, grown older
    (:mod:`cfc_gis.plan.cohorts`). Seats of nine-year schools serve both stages and nobody says how they are split: they
    stand in the high end alone.
    """
    found, missing = [], {}
    for stage in STAGES:
        children = of_year(known, stage, int(asked()[f"{stage}.seats"]["phase"]))
        seats, enrolled, both = (
            known.counted(stage, "capacity"), known.counted(stage, "enrolled"), known.counted(BOTH, "capacity")
        )  # fmt: skip
        sites = known.facilities[known.facilities["category"] == stage]
        recorded = sites.groupby("district_code")["capacity"].sum()
        for unit in known.units():
            of = known.parts_of(unit)
            low, shared = figure(seats, unit[1], of), figure(both, unit[1], of)
            need = float(children.reindex(of).sum(skipna=False))
            proven = float(recorded.reindex(of).sum())
            least = max(proven, 0.0 if isnan(low) else low)
            # Without a figure for nine-year schools their seats are unknown, not none.
            high = low + shared if low >= proven else UNKNOWN
            judgement = judge(least, high, need)
            reasons = {"no_data": ["seats_unknown"], "undecided": ["nine_year_split"]}.get(judgement, [])
            basis = "count" if not isnan(low) else "recorded" if least else "none"
            line = row(
                unit,
                f"{stage}.seats",
                (least or low, least, high),
                need,
                judgement,
                [*reasons, "children_of_phase"],
                basis=basis,
                settled_by="split_nine_year" if judgement == "undecided" else "",
            )
            line = unless_contradicted(line, low, proven)
            found += [line, _crowded(unit, stage, figure(enrolled, unit[1], of), low, known)]
            if unit[0] == "district":
                missing[stage, unit[1]] = line["shortfall"]
    return [*found, *_new_seats(known, pd.Series(missing, dtype=float))]


def covered_by(missing: pd.Series, seats: float) -> pd.Series:
    """Give new seats to the largest shortfalls first: an illustration, not a proposal.

    Examples
    --------
    >>> covered_by(pd.Series({"a": 3000.0, "b": 6000.0, "c": 1000.0}), 8000.0).to_dict()
    {'a': 2000.0, 'b': 6000.0, 'c': 0.0}
    """
    order = missing.sort_index().sort_values(ascending=False, kind="stable")
    left = (seats - order.cumsum() + order).clip(lower=0.0)
    return order.combine(left, min).reindex(missing.index)


def overcrowded(facilities: pd.DataFrame) -> pd.DataFrame:
    """Return the schools with more children than seats, the fullest first; schools without figures are left out.

    Examples
    --------
    >>> schools = pd.DataFrame({"facility_id": ["a", "b", "c"], "name": None, "category": "primary_school",
    ...     "capacity": [100.0, 100.0, None], "enrolment": [120.0, 100.0, 90.0]})
    >>> overcrowded(schools)[["facility_id", "children_per_seat", "excess"]].to_numpy().tolist()
    [['a', 1.2, 20.0]]
    """
    schools = facilities[facilities["category"].isin([*STAGES, BOTH]) & (facilities["capacity"] > 0)]
    full = schools.assign(
        children_per_seat=schools["enrolment"] / schools["capacity"], excess=schools["enrolment"] - schools["capacity"]
    )
    full = full[full["excess"] > 0]
    columns = ["facility_id", "name", "category", "capacity", "enrolment", "children_per_seat", "excess"]
    return full.sort_values(["children_per_seat", "facility_id"], ascending=[False, True], ignore_index=True)[columns]


def _crowded(unit: tuple[str, str, str], stage: str, enrolled: float, seats: float, known: Known) -> dict[str, Any]:
    indicator = f"{stage}.overcrowding"
    ratio = enrolled / seats if seats > 0 else UNKNOWN
    target = known.target(indicator)
    if isnan(ratio):
        return row(unit, indicator, (ratio,) * 3, target, "no_data", ["enrolment_unknown"])
    # More children than seats is the shortfall here, so the interval is judged from the other side.
    line = row(unit, indicator, (ratio,) * 3, target, "meets" if ratio <= target else "gap", basis="count")
    return {**line, "shortfall": max(0.0, ratio - target)}


def _new_seats(known: Known, missing: pd.Series) -> list[dict[str, Any]]:
    """Return how many of the missing seats the new ones would cover, of the city and every district.

    ``missing`` has stage and district as its index. Nothing is placed until it is known for all of them: the largest
    shortfalls cannot be told from some.
    """
    city, *districts = known.units()
    seats = known.target("school.new_seats")
    if known.lacking or missing.isna().any():
        return [row(city, "school.new_seats", (UNKNOWN,) * 3, UNKNOWN, "no_data", ["seats_unknown"])]
    covered = covered_by(missing, seats)
    lines = []
    for unit in (city, *districts):
        here = slice(None) if unit == city else missing.index.get_level_values(1) == unit[1]
        given, wanted = float(covered[here].sum()), float(missing[here].sum())
        lines.append(row(unit, "school.new_seats", (given,) * 3, wanted, None, ["new_seats_illustration"],
                         basis="count", confidence="medium"))  # fmt: skip
    return lines
