"""Who lives where in a study: the census, spread as the planner chose, and her own table of children before all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from cfc_gis import population, schema
from cfc_gis.sources import raster

if TYPE_CHECKING:
    from shapely import Geometry

    from cfc_gis.faults import Fault

WEAKEST_FIRST = ("floor_area", "census_cap", "raster", "table", "census")
"""Rules by which a unit comes by its people: of a city the weakest of its districts is said."""


@dataclass(frozen=True, eq=False)
class Own:
    """What the planner has about people; all may be left out.

    Parameters
    ----------
    seen
        Rasters of people, read over the districts.
    by_raster
        Whether the census is spread by them; else they are only compared with.
    children
        Table of children by neighbourhood (:func:`cfc_gis.population.checked_table`).
    """

    seen: raster.People | None = None
    by_raster: bool = False
    children: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class People:
    """People by neighbourhood and district, and how they were found.

    Parameters
    ----------
    estimate
        People and children.
    compared
        Floor area beside the raster, where there is one.
    counts
        ``raster`` and ``children_table``, as far as there are any.
    unused
        Rows of the table of children that are not used, as warnings.
    """

    estimate: population.Estimate
    compared: population.Comparison | None
    counts: Mapping[str, Mapping[str, Any]]
    unused: tuple[Fault, ...] = ()


def find(
    homes: gpd.GeoDataFrame,
    district: pd.Series,
    units: gpd.GeoDataFrame,
    area: Geometry,
    census: pd.DataFrame,
    own: Own,
) -> People:
    """Find the people of every neighbourhood.

    Parameters
    ----------
    homes
        Neighbourhoods with their floor area (:func:`cfc_gis.neighbourhoods.find`).
    district
        District code of each; missing outside every district.
    units
        Administrative units (:func:`cfc_gis.area.units`).
    area
        The study area, in the CRS of the units.
    census
        :data:`cfc_gis.schema.CENSUS`.
    own
        What the planner has.
    """
    districts = units[units["level"] == "district"]
    shares = districts.set_index("unit_code")["covered_area_share"]
    people = by_floor_area = population.estimate(homes, district, shares, census)
    compared, counts = None, dict[str, Mapping[str, Any]]()
    unused: tuple[Fault, ...] = ()
    if own.seen is not None:
        weights = population.raster_weights(own.seen, homes)
        inside = population.raster_inside(own.seen, districts, area)
        by_raster = population.by_raster(by_floor_area, district, weights, inside, census)
        compared = population.compare(by_floor_area, by_raster, district)
        counts["raster"] = {**own.seen.counts, **_moved(compared), **_fit(by_raster)}
        people = by_raster if own.by_raster else by_floor_area
    if own.children is not None:
        matches = population.match_table(own.children, homes)
        people = population.by_table(people, matches, district)
        told = {name: people.counts[name] for name in ("people_in_table", "districts_by_table")}
        counts["children_table"] = {**matches.counts, **told}
        unused = tuple(population.set_aside(matches, own.children))
    return People(people, compared, counts, unused)


def _moved(compared: population.Comparison) -> dict[str, float]:
    facts = {
        "raster_and_floor_area_moved_share": compared.overall["moved_share"],
        "raster_and_floor_area_correlation": compared.overall["correlation"],
    }
    return {name: round(value, 4) for name, value in facts.items() if pd.notna(value)}


def _fit(by_raster: population.Estimate) -> dict[str, float]:
    """Return how well the raster fits the census and the neighbourhoods: figures of all districts that it tells of."""
    told = by_raster.districts.dropna(subset=["raster_factor", "raster_homes_share"])
    seen = told["raster_people"]
    facts = {
        "raster_factor": told["population"].sum() / seen.sum() if len(told) else float("nan"),
        "raster_factor_lowest": told["raster_factor"].min(),
        "raster_factor_highest": told["raster_factor"].max(),
        "raster_homes_share": (told["raster_homes_share"] * seen).sum() / seen.sum() if len(told) else float("nan"),
    }
    rounded = {name: float(f"{value:.4g}") for name, value in facts.items() if pd.notna(value)}
    smaller = by_raster.counts["neighbourhoods_smaller_than_a_cell"]
    return {
        "neighbourhoods": len(by_raster.neighbourhoods),
        "neighbourhoods_smaller_than_a_cell": smaller,
        **rounded,
    }


def of_units(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, people: population.Estimate, city: Mapping[str, Any] | None
) -> gpd.GeoDataFrame:
    """Add people and children of the covered part to every unit; only districts have a census to compare with.

    Parameters
    ----------
    units
        Administrative units.
    places
        Neighbourhoods with their people and the codes of their units.
    people
        The estimate.
    city
        The city's own row of the census, if it has one.
    """
    columns = ["population", *schema.BANDS]
    below = places[["district_code", "subdistrict_code"]].join(places[columns])
    spread = people.districts[["population_low", "population_high"]].div(people.districts["population"], axis=0)
    for name in spread:
        below[name] = places["population"] * places["district_code"].map(spread[name]).astype(float)
    # Of how much of a unit is covered only its people of today tell, not those of new housing in a scenario.
    today = (places["population_source"] != "planned").astype(float)
    covered = {f"_covered{end}": below[f"population{end}"] * today for end in ("", "_low")}
    below = below.assign(**covered)
    sums = [*columns, *spread, *covered]
    by_code = pd.concat(
        [
            below.groupby("district_code")[sums].sum(min_count=1),
            below.groupby("subdistrict_code")[sums].sum(min_count=1),
        ]
    )
    out = units.join(by_code, on="unit_code")
    is_city = out["level"] == "city"
    for name in sums:
        out.loc[is_city, name] = below[name].sum(min_count=1)
    out["census_population"] = out["unit_code"].map(people.districts["census_population"]).astype(float)
    if city is not None:
        out.loc[is_city, "census_population"] = float(city["population"])
    out["population_rule"] = _rules(out, people.districts["population_rule"])
    for end in ("", "_low"):
        share = out[f"_covered{end}"] / out["census_population"]
        out[f"covered_people_share{end}"] = share.clip(upper=1.0)
    return out.drop(columns=[*covered])


def _rules(units: gpd.GeoDataFrame, of_district: pd.Series) -> pd.Series:
    """Return how each unit came by its people: a sub-district as its district, a city as the weakest of its own."""
    rules: pd.Series = units["unit_code"].map(of_district)
    below = units["level"] == "subdistrict"
    rules[below] = units.loc[below, "parent_code"].map(of_district)
    weakest = next((rule for rule in WEAKEST_FIRST if (of_district == rule).any()), None)
    return rules.where(units["level"] != "city", weakest)
