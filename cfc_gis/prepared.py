"""What is made of a ground before ways are measured: walkable streets, places on them, units with their people.

Each part is made when it is asked for, and taken from an earlier run where its inputs are the very same objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import area, crossings, edge, notes, people, profiles, schema, slope, standards
from cfc_gis.access import measure
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.walk import Walk
from cfc_gis.edits.sites import SOURCE
from cfc_gis.survey import UNIT_CODES

if TYPE_CHECKING:
    from cfc_gis.edits.ground import Ground
    from cfc_gis.survey import Survey


@dataclass(frozen=True, eq=False)
class Prepared:
    """A ground, ready to be measured.

    Parameters
    ----------
    survey
        What was found of the place.
    ground
        Its ground, as it was found or edited.
    before
        An earlier run of the same survey, of which parts may be taken.
    """

    survey: Survey
    ground: Ground
    before: Prepared | None = None

    def same(self, *names: str) -> bool:
        """Return whether parts of the ground are the very same objects as before."""
        before = self.before
        return before is not None and all(getattr(self.ground, name) is getattr(before.ground, name) for name in names)

    @cached_property
    def walk(self) -> Walk:
        """How the streets are walked."""
        self.ground.choices.check(self.ground.network.edge_name)
        if self.before is not None and self.same("network"):
            earlier = self.before.walk
            return earlier if self.same("choices") else replace(earlier, choices=self.ground.choices)
        return Walk(crossings.build(self.ground.network), self.ground.choices, self._hills[0])

    @cached_property
    def units(self) -> gpd.GeoDataFrame:
        """Administrative units with their people."""
        found, census = self.survey, self.survey.census
        return people.of_units(found.units, self.ground.neighbourhoods, found.estimate, census.city)

    @cached_property
    def places(self) -> measure.Places:
        """Where ways begin and end."""
        ground, homes = self.ground, self._homes
        entrances = snap_entrances(ground.network, ground.facilities)
        doubtful = self._edges.doubtful(ground.facilities, entrances.facility, entrances.points, entrances.at.leg_m)
        # What is opened is known for what it is, however near the border of the data.
        doubtful &= (ground.facilities["source"] != SOURCE).to_numpy()
        children = ground.neighbourhoods[[*schema.BANDS]]
        return replace(homes, children=children, facilities=ground.facilities, entrances=entrances, doubtful=doubtful)

    @cached_property
    def neighbourhoods(self) -> gpd.GeoDataFrame:
        """The neighbourhoods, of which it is now known whether the border of the data may change them."""
        origins, table = self.places.origins, self.ground.neighbourhoods
        outline_m = pd.Series(shapely.distance(self.survey.extent.exterior, origins.geometry.to_numpy()))
        reach = longest_reach(standards.load(self.survey.all_standards), standards.categories())
        nearest_border = outline_m.groupby(origins["neighbourhood_id"].to_numpy()).min()
        return table.assign(edge_affected=table["neighbourhood_id"].map(nearest_border) < reach)

    @cached_property
    def inside(self) -> gpd.GeoDataFrame:
        """The facilities with the codes of their units."""
        return self.ground.facilities.join(area.assign(self.ground.facilities, self.units)[[*UNIT_CODES]])

    @property
    def counts(self) -> dict[str, Mapping[str, Any]]:
        """What was counted of streets and places."""
        _, hills = self._hills
        return {
            "network": {**self.ground.network.counts, **self.walk.links.counts()},
            "snapping": notes.of_snapping(self.places.at.found, self.places.entrances.at.found),
            **({"terrain": hills} if hills else {}),
        }

    @cached_property
    def _hills(self) -> tuple[slope.Slopes | None, Mapping[str, Any]]:
        """What the elevation model says of the streets, if there is one, and what was counted."""
        if self.before is not None and self.same("network"):
            return self.before._hills
        model, streets = self.survey.inputs.terrain, self.ground.network
        if model is None:
            return None, {}
        slopes = slope.slopes(streets, model, slope.bridges_and_tunnels(streets, self.survey.osm.streets))
        return slopes, {**model.counts, **slopes.counts}

    @cached_property
    def _edges(self) -> edge.Edge:
        if self.before is not None and self.same("network"):
            return self.before._edges
        osm, crs = self.survey.osm, self.ground.homes.crs
        return edge.find(self.survey.extent, None if osm.cut is None else osm.cut.to_crs(crs), self.ground.network)

    @cached_property
    def _homes(self) -> measure.Places:
        """Places without facilities: where ways begin."""
        if self.before is not None and self.same("network", "homes"):
            return self.before._homes
        ground, edges = self.ground, self._edges
        at = ground.network.snap(ground.homes.geometry.to_numpy())
        origins = ground.homes.assign(edge=at.edge, offset_m=at.offset_m, snap_m=at.leg_m)
        none = ground.facilities.iloc[:0]
        return measure.Places(
            ground.neighbourhoods["neighbourhood_id"],
            ground.neighbourhoods[[*schema.BANDS]],
            origins,
            at,
            edges.border_m(origins, ground.neighbourhoods),
            none,
            snap_entrances(ground.network, none),
            edges.cut_m(origins, {name: kind.served_by for name, kind in standards.categories().items()}),
            np.zeros(0, dtype=bool),
        )


def longest_reach(deciding: Mapping[str, standards.Standard], kinds: Mapping[str, standards.Category]) -> float:
    """Return the longest way in metres that any standard allows; minutes at the speed of who walks in summer.

    Parameters
    ----------
    deciding
        The standard that decides, by category.
    kinds
        Whom each category is for.

    Examples
    --------
    >>> longest_reach(standards.load(), standards.categories()) > 1000
    True
    """
    metres = [standard.threshold for standard in deciding.values() if standard.unit == "m"]
    for name, standard in deciding.items():
        if standard.unit == "min":
            metres.append(60.0 * standard.threshold * profiles.profile(f"{kinds[name].age}.summer").speed_m_s)
    return max(metres)
