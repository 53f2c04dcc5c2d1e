"""Public green for each resident, by the tiers of the circles: a lower bound from the parks on record."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

import geopandas as gpd
import shapely

from cfc_gis import schema
from cfc_gis.norms import norms
from cfc_gis.plan.known import UNKNOWN, Known, asked, judge, row

CATEGORY = "park"
TIERS = ("green.circle15", "green.circle10", "green.circle5")
WHOLE = 0.995
"""Share of its area from which a unit counts as wholly inside the study area."""


def rows(known: Known) -> list[dict[str, Any]]:
    """Return green for each resident of the covered part of the city, of districts and of sub-districts.

    Parks count in the tier of their size, and in no other: the tiers do not replace each other. Recorded parks are a
    lower bound, so a unit *meets* or nothing is said of it, unless an official count has just as many parks as are on
    record: then all recorded green, whatever its size, is the high end. A park without an area may be of any size, and
    a count that is less than what is on record counts something else: both leave the high end open. Where the census
    lacks a district that is covered, nobody knows how many people share the green of the city.
    """
    parks = known.facilities[known.facilities["category"] == CATEGORY]
    parks = parks[parks["evidence"].isin(schema.PROVEN)]
    whole, tiers = by_tier(parks)
    counts = known.counted(CATEGORY, "sites")
    lacking = any(isnan(float(values["population"])) for _, values in known.parts("district"))
    found = []
    for level in ("city", "district", "subdistrict"):
        for unit, values in known.parts(level):
            if level == "city" and lacking:
                found += [_residents_unknown(unit, name, known.target(name)) for name in TIERS]
                continue
            shape = values["geometry"] if known.area is None else shapely.intersection(values["geometry"], known.area)
            inside = parks[parks.geometry.representative_point().intersects(values["geometry"])]
            count = float(counts.get(unit[1], UNKNOWN)) if values["covered_area_share"] >= WHOLE else UNKNOWN
            why = open_end(inside, count)
            most = float(shapely.area(shapely.intersection(whole, shape))) if why is None else UNKNOWN
            for name, green in tiers.items():
                area = float(shapely.area(shapely.intersection(green, shape)))
                found.append(_row(unit, name, known.target(name), (area, most), values, why or ""))
    return found


def open_end(parks: gpd.GeoDataFrame, count: float) -> str | None:
    """Return why parks on record may not be all green of a unit; empty where no count speaks of it, None if they are.

    Examples
    --------
    >>> parks = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.Point(5, 5)], crs=4551)
    >>> [open_end(parks, count) for count in (1.0, 2.0, 3.0)], open_end(parks.iloc[:1], 1.0)
    (['recorded_exceeds_count', 'park_area_unknown', ''], None)
    """
    if not count > 0 or len(parks) < count:
        return ""
    if len(parks) > count:
        return "recorded_exceeds_count"
    return "park_area_unknown" if (parks.geometry.area == 0).any() else None


def by_tier(parks: gpd.GeoDataFrame) -> tuple[shapely.Geometry, dict[str, shapely.Geometry]]:
    """Return the ground of all parks, and that of each tier, by the size of each park.

    Ground that several parks share counts once, in the highest of their tiers; parks on record as points have no area.

    Examples
    --------
    >>> shapes = [shapely.box(0, 0, 300, 300), shapely.box(0, 0, 100, 120), shapely.box(400, 0, 500, 100)]
    >>> whole, tiers = by_tier(gpd.GeoDataFrame(geometry=shapes, crs=4551))
    >>> whole.area, [green.area for green in tiers.values()]
    (100000.0, [90000.0, 10000.0, 0.0])
    """
    hectares = parks.geometry.area / 1e4
    tiers: dict[str, shapely.Geometry] = {}
    taken: shapely.Geometry = shapely.Polygon()
    for name in TIERS:
        entry = asked()[name]
        of_size = (hectares >= entry["least_ha"]) & (hectares < entry.get("below_ha", float("inf")))
        tiers[name] = shapely.difference(shapely.union_all(parks.geometry[of_size].to_numpy()), taken)
        taken = shapely.union(taken, tiers[name])
    return shapely.union_all(parks.geometry[hectares > 0].to_numpy()), tiers


def circle_people(indicator: str) -> float:
    """Return how many people the smallest circle of a tier has.

    Examples
    --------
    >>> circle_people("green.circle10")
    15000.0
    """
    circle = indicator.removeprefix("green.")
    return float(next(norm.least or 0.0 for norm in norms() if norm.id == f"{circle}.population"))


def _residents_unknown(unit: tuple[str, str, str], indicator: str, target: float) -> dict[str, Any]:
    nothing = (UNKNOWN,) * 3
    return row(unit, indicator, nothing, target, "no_data", ["census_incomplete"], settled_by="whole_census")


def _row(
    unit: tuple[str, str, str],
    indicator: str,
    target: float,
    areas: tuple[float, float],
    values: Mapping[str, Any],
    why: str,
) -> dict[str, Any]:
    (area, most), people = areas, float(values["population"])
    if not people > 0:
        return row(unit, indicator, (UNKNOWN,) * 3, target, "no_data", ["residents_unknown"])
    at_most, at_least = float(values["population_high"]), float(values["population_low"])
    low = area / (people if isnan(at_most) else max(people, at_most))
    high = most / (people if isnan(at_least) or at_least <= 0 else min(people, at_least))
    judgement = judge(low, high, target)
    few = people < circle_people(indicator)
    reasons = {
        why: judgement == "no_data" and why != "",
        "green_recorded": True,
        "unit_mean": judgement == "meets",
        "smaller_than_circle": few,
        "green_sizes_unverified": True,
        "covered_part": values["covered_area_share"] < WHOLE,
    }
    sure = "medium" if judgement == "meets" and not few else "low"
    return row(unit, indicator, (area / people, low, high), target, judgement,
               [key for key, holds in reasons.items() if holds],
               confidence=sure, basis="recorded",
               settled_by="check_sources" if judgement == "no_data" and why == "recorded_exceeds_count" else "",
               )  # fmt: skip
