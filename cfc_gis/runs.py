"""From a survey to results: walk, measure, judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import area, crossings, edge, network, notes, people, profiles, schema, slope, standards
from cfc_gis.access import catchments, measure
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.walk import Walk
from cfc_gis.findings import Evidence, find
from cfc_gis.result import Progress, Result, silent

if TYPE_CHECKING:
    from cfc_gis.edits.ground import Ground
    from cfc_gis.survey import Survey


def run(survey: Survey, ground: Ground, seasons: Sequence[str], progress: Progress = silent) -> Result:
    """Measure how far children walk, and judge where that falls short.

    Parameters
    ----------
    survey
        What was found of the place.
    ground
        Its ground, as it was found or edited.
    seasons
        ``summer``, ``winter`` or both; winter is a scenario.
    progress
        Called with the key of each step.

    Returns
    -------
    Result
        All tables, checked against their contracts, with the counts of everything repaired, set aside or assumed.

    Raises
    ------
    ChoiceUnknown
        When a street is to be cleared that the data do not have.
    """
    made = _Made(survey, ground)
    progress("access")
    kinds, every = standards.categories(), standards.by_category(survey.standards)
    ends, units = made.places, made.units
    measured = measure.measure(made.walk, ends, kinds, every, seasons)
    _check(units, made.neighbourhoods, ends.origins, ground.facilities, measured.access, measured.circles)

    progress("gaps")
    inside = ground.facilities.join(area.assign(ground.facilities, units)[["district_code", "subdistrict_code"]])
    assigned, zones = catchments.farther(made.walk, ends, made.neighbourhoods, survey.inputs.catchments)
    evidence = Evidence(
        units,
        made.neighbourhoods,
        ends.origins,
        inside,
        made.walk,
        ends,
        measured,
        survey.counts,
        survey.lists,
        survey.standards,
        survey.census,
        survey.area,
        assigned,
    )
    findings = find(evidence)
    counts = {**survey.told, **({"catchments": zones} if zones else {}), **made.counts}
    return Result(
        place=survey.place,
        synthetic=survey.synthetic,
        seasons=tuple(seasons),
        units=units,
        neighbourhoods=made.neighbourhoods,
        origins=ends.origins,
        facilities=ground.facilities,
        merge=survey.merge,
        official_counts=survey.counts,
        access=measured.access,
        circles=measured.circles,
        **vars(findings),
        walk=made.walk,
        places=ends,
        basemap=survey.basemap,
        standards=standards.load(survey.standards),
        all_standards=survey.standards,
        inputs=survey.inputs.provenance,
        checked=survey.inputs.report(),
        reached=measured.reached,
        counts=counts,
        set_aside=survey.set_aside,
        notes=(
            *notes.of_inputs(survey.inputs.report()),
            *notes.of(counts, units, made.neighbourhoods, max_snap_m=network.MAX_SNAP_M),
            *notes.of_choices(ground.choices.frozen_paths, bool(made.walk.links.frozen.any())),
        ),
    )


@dataclass(frozen=True, eq=False)
class _Made:
    """What is made of a ground before ways are measured; each part when it is asked for."""

    survey: Survey
    ground: Ground

    @cached_property
    def hills(self) -> tuple[slope.Slopes | None, Mapping[str, Any]]:
        """What the elevation model says of the streets, if there is one, and what was counted."""
        model, streets = self.survey.inputs.terrain, self.ground.network
        if model is None:
            return None, {}
        slopes = slope.slopes(streets, model, slope.bridges_and_tunnels(streets, self.survey.osm.streets))
        return slopes, {**model.counts, **slopes.counts}

    @cached_property
    def walk(self) -> Walk:
        self.ground.choices.check(self.ground.network.edge_name)
        return Walk(crossings.build(self.ground.network), self.ground.choices, self.hills[0])

    @cached_property
    def units(self) -> gpd.GeoDataFrame:
        found, census = self.survey, self.survey.census
        return people.of_units(found.units, self.ground.neighbourhoods, found.estimate, census.city)

    @cached_property
    def places(self) -> measure.Places:
        found, ground, kinds = self.survey, self.ground, standards.categories()
        at = ground.network.snap(ground.homes.geometry.to_numpy())
        origins = ground.homes.assign(edge=at.edge, offset_m=at.offset_m, snap_m=at.leg_m)
        entrances = snap_entrances(ground.network, ground.facilities)
        cut = None if found.osm.cut is None else found.osm.cut.to_crs(ground.homes.crs)
        edges = edge.find(found.extent, cut, ground.network)
        return measure.Places(
            ground.neighbourhoods["neighbourhood_id"],
            ground.neighbourhoods[[*schema.BANDS]],
            origins,
            at,
            edges.border_m(origins, ground.neighbourhoods),
            ground.facilities,
            entrances,
            edges.cut_m(origins, {name: kind.served_by for name, kind in kinds.items()}),
            edges.doubtful(ground.facilities, entrances.facility, entrances.points, entrances.at.leg_m),
        )

    @cached_property
    def neighbourhoods(self) -> gpd.GeoDataFrame:
        """The neighbourhoods, of which it is now known whether the border of the data may change them."""
        origins, table = self.places.origins, self.ground.neighbourhoods
        outline_m = pd.Series(shapely.distance(self.survey.extent.exterior, origins.geometry.to_numpy()))
        nearest_border = outline_m.groupby(origins["neighbourhood_id"].to_numpy()).min()
        reach = _longest_reach(standards.load(self.survey.standards), standards.categories())
        return table.assign(edge_affected=table["neighbourhood_id"].map(nearest_border) < reach)

    @property
    def counts(self) -> dict[str, Mapping[str, Any]]:
        _, hills = self.hills
        return {
            "network": {**self.ground.network.counts, **self.walk.links.counts()},
            "snapping": notes.of_snapping(self.places.at.found, self.places.entrances.at.found),
            **({"terrain": hills} if hills else {}),
        }


def _longest_reach(deciding: Mapping[str, standards.Standard], kinds: Mapping[str, standards.Category]) -> float:
    """Return the longest way in metres that any standard allows; minutes at the speed of who walks in summer."""
    metres = [standard.threshold for standard in deciding.values() if standard.unit == "m"]
    for name, standard in deciding.items():
        if standard.unit == "min":
            metres.append(60.0 * standard.threshold * profiles.profile(f"{kinds[name].age}.summer").speed_m_s)
    return max(metres)


def _check(*tables: pd.DataFrame) -> None:
    contracts = (
        schema.UNITS, schema.NEIGHBOURHOODS, schema.ORIGINS, schema.FACILITIES, schema.ACCESS, schema.CIRCLES,
    )  # fmt: skip
    for table, contract in zip(tables, contracts, strict=True):
        schema.check(table, contract)
