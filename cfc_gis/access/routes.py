"""The ways of all neighbourhoods to their nearest facilities: the line of each, and of what its minutes are made.

One search for each category and profile gives them all. :mod:`cfc_gis.access.explain` takes a single way apart with
the same functions, so that a map which shows them agrees with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import profiles, routing, schema, walking
from cfc_gis.access.measure import Places
from cfc_gis.access.walk import Walk
from cfc_gis.crossings import Links
from cfc_gis.network import Positions
from cfc_gis.profiles import Profile
from cfc_gis.standards import Category

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SAME_M = 1e-6  # points of a line that are nearer to each other are one


@dataclass(frozen=True, eq=False)
class Parts:
    """Minutes of some ways by what they are made of; arrays of one entry each.

    Parameters
    ----------
    walk, ice, wait, barrier
        As of :class:`cfc_gis.access.explanation.Minutes`.
    """

    walk: Floats
    ice: Floats
    wait: Floats
    barrier: Floats


@dataclass(frozen=True, eq=False)
class Ends:
    """Where some ways begin, or where they end.

    Parameters
    ----------
    points
        Homes or entrances, shapely points.
    at
        Their positions on the network; all have one.
    """

    points: NDArray[np.object_]
    at: Positions

    def feet(self, links: Links) -> NDArray[np.object_]:
        """Return the positions as points."""
        feet: NDArray[np.object_] = shapely.line_interpolate_point(links.network.lines[self.at.edge], self.at.offset_m)
        return feet


@dataclass(frozen=True, eq=False)
class Trips:
    """Ways from homes to entrances.

    Parameters
    ----------
    homes, entrances
        Both ends of each way.
    steps
        Edges of the ways; their ``origin`` is the number of the way.
    cost
        Minutes of each way.
    """

    homes: Ends
    entrances: Ends
    steps: routing.Steps
    cost: Floats

    def parts(self, walk: Walk, who: Profile) -> Parts:
        """Take the minutes apart.

        The search adds up rounded numbers (to 2.3e-10 for each edge): so walking is what the other parts leave.
        """
        steps = self.steps
        each = walking.link_minutes(walk.links, who, walk.choices, slopes=walk.slopes)
        share = np.abs(steps.end - steps.start)

        def total(minutes: Floats) -> Floats:
            weights = share * minutes[steps.edge]
            return np.bincount(steps.origin, weights=weights, minlength=len(self.cost)).astype(np.float64)

        legs_m = self.homes.at.leg_m + self.entrances.at.leg_m
        ice = total(each.ice) + walking.leg_minutes(legs_m, who) - legs_m * who.minutes_per_m
        wait, barrier = total(each.wait), total(each.barrier)
        return Parts(self.cost - ice - wait - barrier, ice, wait, barrier)

    def lines(self, links: Links) -> NDArray[np.object_]:
        """Return the ways as lines, with the straight pieces between both ends and the network."""
        count = len(self.cost)
        if not count:
            return np.empty(0, dtype=object)
        steps = self.steps
        street = links.kind[steps.edge] == 0  # a crossing has no length of its own
        edge = links.edge[steps.edge[street]]
        way, walked = _walked(links, steps.origin[street], edge, steps.start[street], steps.end[street])
        homes, entrances = self.homes, self.entrances
        before = [shapely.get_coordinates(points) for points in (homes.points, homes.feet(links))]
        after = [shapely.get_coordinates(points) for points in (entrances.feet(links), entrances.points)]
        each = np.arange(count)
        number = np.concatenate([each, each, way, each, each])
        order = np.argsort(number, kind="stable")
        number, xy = number[order], np.concatenate([*before, walked, *after])[order]
        last = np.searchsorted(number, each, side="right") - 1
        apart = np.r_[True, np.hypot(*(xy[1:] - xy[:-1]).T) > _SAME_M]
        apart &= np.hypot(*(xy - xy[last][number]).T) > _SAME_M
        apart[np.searchsorted(number, each)] = apart[last] = True
        lines: NDArray[np.object_] = shapely.linestrings(xy[apart], indices=number[apart])
        return lines


def routes(walk: Walk, places: Places, categories: Mapping[str, Category], seasons: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the way of the child in the middle of every neighbourhood to the nearest facility of each category.

    Parameters
    ----------
    walk
        The network with its crossings, the planner's choices and the terrain.
    places
        Origins and entrances on it.
    categories
        Whom each category is for and what serves it.
    seasons
        ``summer``, ``winter`` or both.

    Returns
    -------
    GeoDataFrame
        :data:`cfc_gis.schema.ROUTES`, sorted by its key, in the CRS of the network: only where a proven facility is
        reached. The minutes of a row add up to those of the access table.

    Examples
    --------
    See :attr:`cfc_gis.result.Result.routes`.
    """
    tables = [
        _of(walk, places, category, profiles.profile(f"{category.age}.{season}")).assign(category=name)
        for name, category in categories.items()
        for season in seasons
    ]
    table = pd.concat(tables, ignore_index=True)[[*schema.ROUTES.columns, "geometry"]]
    order = ["category", "profile", "neighbourhood_id"]
    return gpd.GeoDataFrame(table.sort_values(order, ignore_index=True), crs=walk.links.network.crs)


def _of(walk: Walk, places: Places, category: Category, who: Profile) -> pd.DataFrame:
    """Return the routes of one category and profile: the same search as for the access table, followed."""
    evidence = places.serving(category, who.season)
    proven = places.entrances.of(evidence.isin(schema.PROVEN).to_numpy())
    surface = walk.minutes(who)
    number, targets = surface.entrances(proven.at)
    field = routing.search(surface.graph, targets, surface.cutoff)
    middle, minutes = places.groups.median(field.at(surface.origins(places.at)).cost)
    reached = ~np.isnan(minutes)
    home = middle[reached]
    at = places.at.of(home)
    found = field.at(surface.origins(at))
    entrance = number[found.target]
    trips = Trips(
        Ends(places.origins.geometry.to_numpy()[home], at),
        Ends(proven.points[entrance], proven.at.of(entrance)),
        field.steps(surface.origins(at)),
        found.cost,
    )
    key = {"neighbourhood_id": places.groups.ids[reached], "profile": who.name}
    return pd.DataFrame({**key, **vars(trips.parts(walk, who)), "geometry": trips.lines(walk.links)})


def _walked(links: Links, way: Ints, edge: Ints, start: Floats, end: Floats) -> tuple[Ints, Floats]:
    """Return the points of parts of edges, in the order in which they are walked, with the way of each."""
    lines, street = links.network.lines, np.unique(edge)
    vertex, size = shapely.get_coordinates(lines[street]), shapely.get_num_coordinates(lines[street])
    first = np.cumsum(size) - size
    gone = np.r_[0.0, np.cumsum(np.hypot(*np.diff(vertex, axis=0).T))]
    row = np.searchsorted(street, edge)
    part = np.repeat(np.arange(len(edge)), size[row])
    within = np.arange(len(part)) - np.repeat(np.cumsum(size[row]) - size[row], size[row])
    at = (first[row] + np.where(start > end, size[row] - 1, 0))[part] + np.where(start > end, -1, 1)[part] * within
    length = gone[first + size - 1] - gone[first]
    fraction = (gone[at] - gone[first[row]][part]) / length[row][part]
    inside = (fraction > np.minimum(start, end)[part]) & (fraction < np.maximum(start, end)[part])

    def tips(at: Floats) -> Floats:
        xy: Floats = vertex[first[row] + np.where(at == 1.0, size[row] - 1, 0)]
        part_way = (at > 0.0) & (at < 1.0)  # few are: the edges on which a way begins and ends
        points = shapely.line_interpolate_point(lines[edge[part_way]], at[part_way], normalized=True)
        xy[part_way] = shapely.get_coordinates(points)
        return xy

    number = np.concatenate([np.arange(len(edge)), part[inside], np.arange(len(edge))])
    xy = np.concatenate([tips(start), vertex[at[inside]], tips(end)])
    order = np.argsort(number, kind="stable")
    return way[number[order]], xy[order]
