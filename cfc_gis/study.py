"""From inputs to results: the one place that knows all the steps and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import (
    area,
    coords,
    facilities,
    gaps,
    neighbourhoods,
    network,
    notes,
    population,
    schema,
    standards,
    walking,
)
from cfc_gis.access import measure
from cfc_gis.basemap import basemap
from cfc_gis.errors import ChoiceUnknown, UserError
from cfc_gis.result import Progress, Result, silent
from cfc_gis.sources import boundaries, census, layers, osm_extract


@dataclass(frozen=True, eq=False)
class Study:
    """The inputs of a study, read and checked.

    Parameters
    ----------
    place
        Name of the city or district.
    osm
        What OpenStreetMap gives.
    people
        The census by district.
    city
        The place among China's cities and districts; None for a synthetic town.
    districts
        The planner's own district polygons, if any.
    outline
        The planner's own study area, if any; else the extent of the data.
    synthetic
        Whether the place is made up.

    Examples
    --------
    >>> study = Study.sample()
    >>> study.place
    '样例市'
    >>> result = study.run(season="summer")
    >>> result.gaps["judgement"].isin(schema.JUDGEMENTS).all()
    np.True_
    """

    place: str
    osm: schema.OsmTables
    people: census.Census
    city: boundaries.Place | None = None
    districts: gpd.GeoDataFrame | None = None
    outline: gpd.GeoDataFrame | None = None
    synthetic: bool = False
    inputs: tuple[Mapping[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def from_extract(
        cls,
        path: str | Path,
        place: str = "哈尔滨市",
        *,
        census_file: str | Path | None = None,
        districts_file: str | Path | None = None,
        area_file: str | Path | None = None,
        progress: Progress = silent,
    ) -> Study:
        """Read the inputs of a study from an OSM extract and, where the planner has them, files of her own.

        Parameters
        ----------
        path
            The extract (``.osm.pbf`` or ``.osm``).
        place
            Full name of the city or district, such as ``哈尔滨市``.
        census_file
            CSV with people and children by district; else the figures that ship with the package.
        districts_file
            District polygons; else those of the extract that close, else the bundled ones.
        area_file
            Polygon of the study area; else the extent of the extract.
        progress
            Called with the key of each step.

        Raises
        ------
        UserError
            When a file is missing, damaged or of another place; when there is no census for the place.
        """
        city = boundaries.find_place(place)
        progress("read")
        osm = osm_extract.read(path)
        area.check_place(city, osm.bounds, str(path))
        people = census.read(census_file) if census_file else census.builtin(city.city_code)
        if people is None:
            raise UserError("census_missing", place=place)
        read = {name: layers.read(file) for name, file in (("districts", districts_file), ("area", area_file)) if file}
        own = [{"name": name, "data_date": "", "licence": "", **layer.provenance} for name, layer in read.items()]
        return cls(
            city.name,
            osm,
            people,
            city,
            districts=read["districts"].table if "districts" in read else None,
            outline=read["area"].table if "area" in read else None,
            inputs=(osm.provenance, people.provenance, *own),
        )

    @classmethod
    def sample(cls, *, progress: Progress = silent) -> Study:
        """Read the bundled sample town, which is made up."""
        progress("read")
        folder = resources.files("cfc_gis") / "resources" / "sample_town"
        with resources.as_file(folder) as path:
            osm = osm_extract.read(path / "town.osm.pbf")
            people = census.read(path / "census.csv")
        made_up = {"name": "Sample town", "licence": "CC0 1.0, synthetic"}
        inputs = tuple({**each, **made_up} for each in (osm.provenance, people.provenance))
        return cls("样例市", osm, people, synthetic=True, inputs=inputs)

    def run(self, season: str = "both", *, progress: Progress = silent) -> Result:
        """Do the whole job: who lives where, how far children walk, and where that falls short.

        Parameters
        ----------
        season
            ``summer``, ``winter`` or ``both``; winter is a scenario.
        progress
            Called with the key of each step.

        Returns
        -------
        Result
            All tables, checked against their contracts, with the counts of everything repaired, set aside or assumed.
        """
        seasons = _seasons(season)
        crs = coords.projected_crs(self.osm.bounds)
        kinds, deciding = standards.categories(), standards.load()

        progress("area")
        objects = self.osm.objects.to_crs(crs)
        extent = area.study_area(self.osm.bounds, crs).geometry
        region = area.study_area(self.osm.bounds, crs, polygon=self.outline, place=self.city)
        units, borders = area.units(region, self.osm.admin, city=self.city, layer=self.districts)

        progress("homes")
        homes = neighbourhoods.find(objects, region.geometry)
        codes = area.assign(homes.neighbourhoods, units)

        progress("people")
        shares = units[units["level"] == "district"].set_index("unit_code")["covered_area_share"]
        people = population.estimate(homes.neighbourhoods, codes["district_code"], shares, self.people.table)
        places = _neighbourhoods(homes.neighbourhoods, codes, people, units)
        units = _with_people(units, places, people, self.people.city)

        progress("network")
        walk = network.build(
            self.osm.streets, self.osm.street_points, crs=str(crs), nodes=objects[objects.geom_type == "Point"]
        )
        origins, positions = _origins(homes.origins, walk)

        progress("facilities")
        found = facilities.find(objects, paths=gpd.GeoSeries(walk.lines, crs=crs), gates=facilities.gates_of(objects))
        entrances = measure.snap_entrances(walk, found.table)

        progress("access")
        border_m = shapely.distance(extent.exterior, origins.geometry.to_numpy())
        access = measure.measure(
            network=walk,
            homes=measure.Homes(origins, positions, border_m),
            neighbourhoods=places,
            facilities=found.table,
            entrances=entrances,
            categories=kinds,
            standards=deciding,
            seasons=seasons,
        )
        nearest_border = pd.Series(border_m).groupby(origins["neighbourhood_id"].to_numpy()).min()
        reach = _longest_reach(deciding, kinds)
        places["edge_affected"] = places["neighbourhood_id"].map(nearest_border) < reach

        progress("gaps")
        flags = gaps.flag(neighbourhoods=places, access=access, units=units, standards=deciding, categories=kinds)
        _check(units, places, origins, found.table, access, flags)
        counts = {
            "osm": dict(self.osm.counts),
            "units": {**_unit_counts(borders), "neighbourhoods_moved_with_subdistrict": int(codes["moved"].sum())},
            "neighbourhoods": dict(homes.counts),
            "population": dict(people.counts),
            "network": dict(walk.counts),
            "snapping": _snapping(positions, entrances.at),
            "facilities": dict(found.counts),
        }
        return Result(
            place=self.place,
            synthetic=self.synthetic,
            seasons=seasons,
            units=units,
            neighbourhoods=places,
            origins=origins,
            facilities=found.table,
            access=access,
            gaps=flags,
            network=walk,
            basemap=basemap(objects, walk),
            standards=deciding,
            inputs=self.inputs,
            counts=counts,
            set_aside=pd.concat([self.osm.set_aside, found.set_aside], ignore_index=True),
            notes=notes.of(counts, units, places, max_snap_m=network.MAX_SNAP_M),
        )


def _seasons(season: str) -> tuple[str, ...]:
    if season == "both":
        return schema.SEASONS
    if season not in schema.SEASONS:
        known = ", ".join((*schema.SEASONS, "both"))
        raise ChoiceUnknown("choice_unknown", what="season", found=season, suggestion="", known=known)
    return (season,)


def _neighbourhoods(
    homes: gpd.GeoDataFrame, codes: pd.DataFrame, people: population.Estimate, units: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Put the columns of the contract together."""
    table = homes[["neighbourhood_id", "name"]].join(codes.drop(columns="moved"))
    names = units[units["level"] == "subdistrict"].set_index("unit_code")["unit_name"]
    table["urban_rural"] = codes["subdistrict_code"].map(names).map(_urban_rural, na_action="ignore").fillna("unknown")
    table = table.join(people.neighbourhoods)
    table["edge_affected"] = False
    return gpd.GeoDataFrame(table, geometry=homes.geometry, crs=homes.crs)


def _urban_rural(subdistrict: str) -> str:
    """Tell town from country by the kind of sub-district: 街道 is urban, 乡 and 镇 are rural."""
    if subdistrict.endswith(("街道", "街道办事处")):
        return "urban"
    return "rural" if subdistrict.endswith(("乡", "镇")) else "unknown"


def _with_people(
    units: gpd.GeoDataFrame, places: gpd.GeoDataFrame, people: population.Estimate, city: Mapping[str, Any] | None
) -> gpd.GeoDataFrame:
    """Add people and children of the covered part to every unit; only districts have a census to compare with."""
    columns = ["population", *schema.BANDS]
    below = places[["district_code", "subdistrict_code"]].join(places[columns])
    spread = people.districts[["population_low", "population_high"]].div(people.districts["population"], axis=0)
    for name in spread:
        below[name] = places["population"] * places["district_code"].map(spread[name]).astype(float)
    sums = [*columns, *spread]
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
        share = out[f"population{end}"] / out["census_population"]
        out[f"covered_people_share{end}"] = share.clip(upper=1.0)
    return out


def _rules(units: gpd.GeoDataFrame, of_district: pd.Series) -> pd.Series:
    """Return how each unit came by its people: a sub-district as its district, a city as the weakest of its own."""
    rules: pd.Series = units["unit_code"].map(of_district)
    below = units["level"] == "subdistrict"
    rules[below] = units.loc[below, "parent_code"].map(of_district)
    weakest = next((rule for rule in ("floor_area", "census_cap", "census") if (of_district == rule).any()), None)
    return rules.where(units["level"] != "city", weakest)


def _longest_reach(deciding: Mapping[str, standards.Standard], kinds: Mapping[str, standards.Category]) -> float:
    """Return the longest way in metres that any standard allows; minutes at the speed of who walks in summer."""
    metres = [standard.threshold for standard in deciding.values() if standard.unit == "m"]
    for name, standard in deciding.items():
        if standard.unit == "min":
            metres.append(60.0 * standard.threshold * walking.profile(f"{kinds[name].age}.summer").speed_m_s)
    return max(metres)


def _origins(origins: gpd.GeoDataFrame, walk: network.WalkNetwork) -> tuple[gpd.GeoDataFrame, network.Positions]:
    at = walk.snap(origins.geometry.to_numpy())
    return origins.assign(edge=at.edge, offset_m=at.offset_m, snap_m=at.leg_m), at


def _unit_counts(borders: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notes on boundaries as plain numbers by name."""
    levels = {f"{level}_{what}": n for level, facts in borders["levels"].items() for what, n in facts.items()}
    return {
        "study_area_km2": borders["study_area_km2"],
        **levels,
        "overlaps": len(borders["overlaps"]),
        "overlaps_km2": round(sum(each["km2"] for each in borders["overlaps"]), 4),
        "relations_of_other_levels": sum(borders["ignored_relations"].values()),
        "repeated_codes": len(borders["repeated_codes"]),
    }


def _snapping(origins: network.Positions, entrances: network.Positions) -> dict[str, int]:
    return {
        "origins": len(origins),
        "origins_not_connected": int((~origins.found).sum()),
        "entrances": len(entrances),
        "entrances_not_connected": int((~entrances.found).sum()),
    }


def _check(*tables: pd.DataFrame) -> None:
    contracts = (schema.UNITS, schema.NEIGHBOURHOODS, schema.ORIGINS, schema.FACILITIES, schema.ACCESS, schema.GAPS)
    for table, contract in zip(tables, contracts, strict=True):
        schema.check(table, contract)
