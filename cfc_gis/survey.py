"""What a study finds of a place before anything is measured: it is the same whatever a scenario changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cfc_gis import area, counting, people, standards

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import shapely

    from cfc_gis import schema
    from cfc_gis.edits.ground import Ground
    from cfc_gis.inputs import Inputs
    from cfc_gis.population import Estimate
    from cfc_gis.sources.census import Census
    from cfc_gis.standards import Standard
    from cfc_gis.targets import Target


@dataclass(frozen=True, eq=False)
class Survey:
    """The inputs of a study, understood; all geometry in one projected CRS.

    Parameters
    ----------
    place, synthetic
        What is studied, and whether it is made up.
    osm, census, inputs
        What was read.
    all_standards
        The standards of the study.
    targets
        The targets of the plan, as the study has them.
    extent, region
        Outline of the data, and the study area.
    units
        Administrative units, not yet with their people.
    estimate
        Who lives where.
    counts
        Official counts (:data:`cfc_gis.schema.COUNTS`).
    ground
        Network, facilities, neighbourhoods and homes.
    lists
        The registers as they were merged.
    merge
        What became of each of their rows.
    basemap
        Water, green, railways and main streets for the maps.
    told
        What each step read, repaired, set aside or assumed, by step.
    set_aside
        ``osm_id`` and ``reason`` of every object that was not used.
    """

    place: str
    synthetic: bool
    osm: schema.OsmTables
    census: Census
    inputs: Inputs
    all_standards: tuple[Standard, ...]
    targets: tuple[Target, ...]
    extent: shapely.Polygon
    region: shapely.Geometry
    units: gpd.GeoDataFrame
    estimate: Estimate
    counts: pd.DataFrame
    ground: Ground
    lists: tuple[counting.Listed, ...]
    merge: pd.DataFrame
    basemap: gpd.GeoDataFrame
    told: Mapping[str, Mapping[str, Any]]
    set_aside: pd.DataFrame

    @cached_property
    def completeness(self) -> pd.DataFrame:
        """How complete the facilities are that were found (:data:`cfc_gis.schema.COMPLETENESS`).

        It speaks of the data: what a scenario opens or closes makes them no more complete, and no less.
        """
        units = people.of_units(self.units, self.ground.neighbourhoods, self.estimate, self.census.city)
        coded = self.ground.facilities.join(area.assign(self.ground.facilities, units)[[*UNIT_CODES]])
        coded["inside"] = coded.representative_point().intersects(self.region)
        return counting.complete(coded, units, self.counts, self.lists, standards.categories())


UNIT_CODES = ("district_code", "subdistrict_code")
