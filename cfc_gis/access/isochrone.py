"""Isochrones: from where one can walk to a facility, or to where from a neighbourhood, within so many minutes.

Two things are given. **Who** is in reach: children are counted home by home, each by its own minutes. **Where** that
is: an area for maps, by which nobody is counted (:mod:`cfc_gis.access.reach`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import routing, schema, text
from cfc_gis.access.measure import Places
from cfc_gis.access.reach import areas
from cfc_gis.access.reached import WITHIN
from cfc_gis.access.walk import Surface, Walk
from cfc_gis.errors import UserError
from cfc_gis.network import Positions
from cfc_gis.profiles import Profile
from cfc_gis.standards import categories
from cfc_gis.walking import ENDS, End

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MINUTES = (5.0, 10.0, 15.0)
"""The circles of a neighbourhood's life."""

IN_UNIT = "in_unit"


@dataclass(frozen=True, eq=False)
class Around:
    """What an isochrone lies around.

    Parameters
    ----------
    at
        Positions of its entrances or homes on the network.
    own
        Which origins are its own homes.
    outward
        Whether ways lead away from it, as from a neighbourhood, or to it, as to a facility.
    """

    at: Positions
    own: Flags
    outward: bool

    @classmethod
    def facility(cls, places: Places, row: int) -> Around:
        """Return what lies around a facility, by its row: ways to the nearest of its entrances."""
        entrances = places.entrances.of(np.arange(len(places.facilities)) == row)
        return cls(entrances.at, np.zeros(len(places.at), dtype=bool), outward=False)

    @classmethod
    def neighbourhood(cls, places: Places, neighbourhood_id: str) -> Around:
        """Return what lies around a neighbourhood: ways from the nearest of its homes."""
        own = (places.origins["neighbourhood_id"] == neighbourhood_id).to_numpy(dtype=bool)
        return cls(places.at.of(own), own, outward=True)

    @classmethod
    def row(cls, places: Places, kind: str, row: int) -> Around:
        """Return what lies around a row of the ``facility`` or ``neighbourhood`` table."""
        return (
            cls.facility(places, row)
            if kind == "facility"
            else cls.neighbourhood(places, places.neighbourhoods.iloc[row])
        )

    def search(self, surface: Surface) -> routing.Field:
        """Search the ways to it, or from it."""
        if self.outward:
            return routing.search(surface.graph, surface.origins(self.at), surface.cutoff, outward=True)
        _, targets = surface.entrances(self.at)
        return routing.search(surface.graph, targets, surface.cutoff)


def unit_at(units: gpd.GeoDataFrame, place: shapely.Geometry) -> dict[str, str | None]:
    """Return level, code and name of the smallest unit around a place: sub-district, else district.

    Where no border closes around it, the level is ``city``, the whole study area, without code and name.
    """
    inside = units[units.contains(place.representative_point())]
    for level in ("subdistrict", "district"):
        for _, unit in inside[inside["level"] == level].iterrows():
            return {"level": level, "unit_code": unit["unit_code"], "unit_name": unit["unit_name"]}
    return {"level": "city", "unit_code": None, "unit_name": None}


def children_of(places: Places, neighbourhoods: pd.DataFrame, unit: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the children of every home.

    Parameters
    ----------
    places
        Origins on the network.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`: the units that each lies in.
    unit
        Unit whose children are compared with, as from :func:`unit_at`.

    Returns
    -------
    DataFrame
        One row for each origin: the bands of :data:`cfc_gis.schema.BANDS`, missing where nobody has estimated them,
        and ``in_unit``, whether it lies in the unit.
    """
    children = pd.DataFrame({band: places.users(band) for band in schema.BANDS})
    code = unit["unit_code"]
    children[IN_UNIT] = True
    if code is not None:
        codes = neighbourhoods.set_index("neighbourhood_id")[f"{unit['level']}_code"]
        children[IN_UNIT] = (places.origins["neighbourhood_id"].map(codes) == code).to_numpy(dtype=bool, na_value=False)
    return children


def isochrones(
    walk: Walk,
    places: Places,
    around: Around,
    children: pd.DataFrame,
    who: Profile,
    minutes: Sequence[float] = MINUTES,
) -> gpd.GeoDataFrame:
    """Draw isochrones around a place, and count who is inside.

    Parameters
    ----------
    walk
        The network with its crossings, the planner's choices and the terrain.
    places
        Origins and entrances on it.
    around
        The place.
    children
        The children of every origin, as from :func:`children_of`.
    who
        Who walks, and in which season: everybody is counted by this profile's minutes.
    minutes
        One area for each; who takes just so long is inside.

    Returns
    -------
    GeoDataFrame
        One row for each of the minutes, in rising order, in the CRS of the network:

        - ``minutes``;
        - ``children``, of all ages; ``children_least`` and ``children_most``, the same where ice takes most and where
          it takes least (in summer the same); and by band, such as ``children_6_11``;
        - ``homes``, and of them ``homes_unknown``: without an estimate of children, who are missing in all counts;
        - ``share`` of the unit's children who are inside; missing where it has none;
        - around a neighbourhood ``n_{category}``: proven facilities that serve each category in the season;
        - ``area_m2`` and geometry; each area lies in the next.

        Children are counted from the minutes of their homes, also where the drawn area does not cover these.

    Raises
    ------
    UserError
        When the minutes are not finite numbers above 0, or there are none.

    Examples
    --------
    See :meth:`cfc_gis.result.Result.isochrone`.
    """
    limits = sorted(set(map(float, minutes)))
    if not limits or not all(0.0 < limit < np.inf for limit in limits):
        raise UserError("isochrone_minutes", found=text.display(list(minutes)))
    ends: tuple[End, ...] = ENDS if who.scenario else ("middle",)
    surfaces = {end: walk.minutes(who, end) for end in ends}
    fields = {end: around.search(surface) for end, surface in surfaces.items()}
    cost = {end: np.where(around.own, 0.0, fields[end].at(surfaces[end].origins(places.at)).cost) for end in ends}
    rows = []
    for limit in limits:
        inside = {end: cost.get(end, cost["middle"]) <= limit * (1 + WITHIN) for end in ENDS}
        rows.append({"minutes": limit, **_counted(children, inside)})
    table = pd.DataFrame(rows)
    if around.outward:
        table = table.join(_facilities(surfaces["middle"], fields["middle"], places, who, limits))
    shapes = np.array(areas(surfaces["middle"], fields["middle"], limits), dtype=object)
    return gpd.GeoDataFrame(table.assign(area_m2=shapely.area(shapes)), geometry=shapes, crs=walk.links.network.crs)


def _counted(children: pd.DataFrame, inside: Mapping[End, Flags]) -> dict[str, float]:
    """Return the children inside, at each end of winter's range and by band."""
    bands = children[list(schema.BANDS)]
    everybody = bands.sum(axis=1).to_numpy()
    middle, in_unit = inside["middle"], children[IN_UNIT].to_numpy()
    of_unit = everybody[in_unit].sum()
    return {
        "children": everybody[middle].sum(),
        "children_least": everybody[inside["high"]].sum(),
        "children_most": everybody[inside["low"]].sum(),
        **{str(band): n for band, n in bands[middle].sum().items()},
        "homes": int(middle.sum()),
        "homes_unknown": int(bands[middle].isna().any(axis=1).sum()),
        "share": everybody[middle & in_unit].sum() / of_unit if of_unit > 0 else float("nan"),
    }


def _facilities(
    surface: Surface, field: routing.Field, places: Places, who: Profile, limits: Sequence[float]
) -> pd.DataFrame:
    """Return how many proven facilities of each category can be walked to, one row for each limit."""
    number, entrances = surface.entrances(places.entrances.at)
    minutes = np.full(len(places.facilities), np.inf)
    np.fmin.at(minutes, places.entrances.facility[number], field.at(entrances).cost)
    serves = {
        name: places.serving(kind, who.season).isin(schema.PROVEN).to_numpy() for name, kind in categories().items()
    }
    within = [minutes <= limit * (1 + WITHIN) for limit in limits]
    return pd.DataFrame({f"n_{name}": [int((each & flags).sum()) for each in within] for name, flags in serves.items()})
