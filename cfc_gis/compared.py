"""A planner's own lists and counts held against the place: its districts, and each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import agreement, area, claims, coords, facilities, inputs, locale, schema
from cfc_gis.errors import UserError
from cfc_gis.faults import Fault
from cfc_gis.sources import boundaries, official_counts, register


@dataclass(frozen=True, eq=False)
class Ground:
    """The data of a study that files are compared with.

    Parameters
    ----------
    osm
        OpenStreetMap.
    city
        The place; None for a synthetic town.
    outline, layer
        The planner's own study area and districts.
    """

    osm: schema.OsmTables
    city: boundaries.Place | None = None
    outline: gpd.GeoDataFrame | None = None
    layer: gpd.GeoDataFrame | None = None

    @cached_property
    def units(self) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
        """Administrative units as of a run, and what is to be said of them."""
        crs = coords.projected_crs(self.osm.bounds)
        region = area.study_area(self.osm.bounds, crs, polygon=self.outline, place=self.city)
        return area.units(region, self.osm.admin, city=self.city, layer=self.layer)

    @cached_property
    def sound(self) -> bool:
        """Whether units can be made; where not, the report on the districts says why."""
        try:
            return bool(self.units)
        except UserError:
            return False

    @property
    def districts(self) -> gpd.GeoDataFrame:
        """Districts that meet the study area, whole: over them a run reads the people."""
        units, _ = self.units
        return units[units["level"] == "district"]

    @cached_property
    def district_names(self) -> frozenset[str]:
        """Names of the districts that may be meant: those here, and all others of the city."""
        code = None if self.city is None else self.city.city_code
        others = (
            each.name
            for each in boundaries.builtin_places()
            if each.level == "district" and boundaries.city_code(each.code) == code
        )
        return frozenset(self.districts["unit_name"]) | frozenset(others)

    @property
    def streets(self) -> gpd.GeoSeries:
        """Box around the streets: over it a run reads the heights."""
        points = self.osm.street_points
        box = shapely.box(points["lon"].min(), points["lat"].min(), points["lon"].max(), points["lat"].max())
        return gpd.GeoSeries([box], crs="EPSG:4326")

    @cached_property
    def facilities(self) -> frozenset[str]:
        """Ids of the facilities that OpenStreetMap has."""
        objects = self.osm.objects.to_crs(coords.projected_crs(self.osm.bounds))
        return frozenset(facilities.find(objects).table["facility_id"])


def declared(file: inputs.RegisterFile, listed: register.Register, ground: Ground | None) -> Iterator[Fault]:
    """Yield what a register is taken to be complete for, and the rows that lie in another district than they name.

    Parameters
    ----------
    file, listed
        The register, as the planner names it and as it was read.
    ground
        Where it lies; None where that is not known.
    """
    here = ground if ground is not None and ground.sound else None
    names = frozenset[str]() if here is None or file.claim.complete is False else here.district_names
    category = file.choices.category
    yield from claims.faults(file.claim, listed.table, names, category, independent=file.independent)
    if here is None or not listed.table["district"].notna().any():
        return
    points = listed.table[listed.table.geometry.notna()].to_crs(here.districts.crs)
    names_of = here.districts.set_index("unit_code")["unit_name"]
    lies_in = area.assign(points, here.units[0])["district_code"].map(names_of).reindex(listed.table.index)
    yield from claims.elsewhere(listed.table, lies_in, set(names_of))


def contradictions(counts: official_counts.Counts, ground: Ground, districts: pd.DataFrame) -> Iterator[Fault]:
    """Yield where the parts of a unit have more than the whole, by official counts.

    Parameters
    ----------
    counts
        As they were read.
    ground
        Where they count.
    districts
        All districts of the census.

    Raises
    ------
    TableFault
        When the counts speak of units that nobody knows.
    """
    if not ground.sound:
        return
    known = official_counts.units_known(ground.units[0], districts)
    names = known.set_index("unit_code")["unit_name"]
    for row in agreement.disagreeing(official_counts.coded(counts, known), known).to_dict("records"):
        unit = row["unit_code"]
        yield Fault("counts_disagree", "warning", None, None, names.get(unit, unit), _figures(row))


def _figures(row: Mapping[Any, Any]) -> dict[str, object]:
    """Return what is counted in words, and both figures."""
    section = "counted" if row["category"] in schema.PLAN_ITEMS else "category"
    words = {"what": locale.Words(f"{section}.{row['category']}"), "measure": locale.Words(f"counted.{row['measure']}")}
    return {**words, "whole": f"{row['figure']:,.0f}", "parts": f"{row['parts']:,.0f}"}
