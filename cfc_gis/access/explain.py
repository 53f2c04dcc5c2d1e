"""Why a neighbourhood is near to a service or far from it: the way of the child in the middle, taken apart.

The home and the numbers are those of the access table (:mod:`cfc_gis.access.measure`), so that each can be traced to
the streets, crossings and standards behind it. What is found is an :class:`~cfc_gis.access.explanation.Explanation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from cfc_gis import routing, schema, walking
from cfc_gis.access import isolated, routes
from cfc_gis.access.entrances import Entrances
from cfc_gis.access.explanation import Against, Crossing, Explanation, Minutes, Reached, Reason, Way
from cfc_gis.access.measure import Places
from cfc_gis.access.reached import WITHIN
from cfc_gis.access.walk import Surface, Walk, Ways
from cfc_gis.crossings import KINDS
from cfc_gis.network import CLASSES
from cfc_gis.profiles import Profile
from cfc_gis.standards import Category, Standard
from cfc_gis.walking import ENDS, End


def explain(
    walk: Walk,
    places: Places,
    home: pd.Series,
    category: Category,
    standards: Sequence[Standard],
    who: Profile,
) -> Explanation:
    """Explain how the child in the middle of a neighbourhood walks to a category.

    Parameters
    ----------
    walk
        The network with its crossings, the planner's choices and the terrain.
    places
        Origins and entrances on it; the neighbourhood is one of theirs.
    home
        The neighbourhood: its row of :data:`cfc_gis.schema.NEIGHBOURHOODS`.
    category
        What is walked to.
    standards
        The standards of the category, the deciding one first.
    who
        Who walks, and in which season.

    Returns
    -------
    Explanation
        The home is the one that :func:`cfc_gis.access.measure.measure` takes: its minutes are the median of the
        neighbourhood, weighted by children. The minutes are those of the access table, and their parts add up to
        them. Only proven facilities count, and those of the season; the nearest presumed one is named where it is
        nearer. Where nothing is reached there is no way, but reasons.

    Examples
    --------
    See :meth:`cfc_gis.result.Result.explain`.
    """
    trip = _Trip(walk, places, home, category, who)
    return Explanation(
        neighbourhood_id=home["neighbourhood_id"],
        name=None if pd.isna(home["name"]) else home["name"],
        category=category,
        who=who,
        crs=walk.links.network.crs,
        home=trip.point,
        way=trip.way,
        least_metres=trip.least_metres,
        straight_metres=trip.straight_metres,
        standards=tuple(trip.against(standard) for standard in standards),
        second=trip.second,
        presumed=trip.presumed,
        reasons=trip.reasons() if trip.way is None else (),
        edge_affected=trip.edge_affected,
    )


@dataclass(frozen=True, eq=False)
class _Trip:
    """From the home of the child in the middle to the facilities of a category."""

    walk: Walk
    places: Places
    home: pd.Series
    category: Category
    who: Profile

    @cached_property
    def surface(self) -> Surface:
        return self.walk.minutes(self.who)

    @cached_property
    def proven(self) -> Entrances:
        evidence = self.places.serving(self.category, self.who.season)
        return self.places.entrances.of(evidence.isin(schema.PROVEN).to_numpy())

    @cached_property
    def field(self) -> routing.Field:
        """The search for the nearest proven facility, from everywhere."""
        return self.surface.search(self.proven.at, self.proven.facility).field

    @cached_property
    def origin(self) -> int:
        """The home of the child in the middle, as a row of the origins."""
        groups = self.places.groups
        middle, _ = groups.median(self.field.at(self.surface.origins(self.places.at)).cost)
        return int(middle[np.flatnonzero(groups.ids == self.home["neighbourhood_id"])[0]])

    @property
    def point(self) -> shapely.Point:
        return self.places.origins.geometry.iloc[self.origin]

    def start(self, surface: Surface) -> routing.Places:
        """Return the home as a search takes it."""
        return surface.origins(self.places.at.of(np.array([self.origin])))

    def nearest(self, surface: Surface, entrances: Entrances) -> float:
        """Return the least cost from the home to any of some entrances; NaN where none is reached."""
        field = surface.search(entrances.at, entrances.facility).field
        return float(field.at(self.start(surface)).cost[0])

    @cached_property
    def _shortest(self) -> Ways:
        search = self.walk.metres.search(self.proven.at, self.proven.facility)
        return search.ways(self.places.at.of(np.array([self.origin])))

    @property
    def least_metres(self) -> float:
        return float(self._shortest.cost[0])

    @property
    def edge_affected(self) -> bool:
        number, _ = self.surface.entrances(self.proven.at)
        quickest = self.field.at(self.start(self.surface)).target
        found = np.r_[self._shortest.facility, np.append(self.proven.facility[number], routing.NONE)[quickest]]
        known_m = self.places.known_m(self.category.name)[self.origin]
        return bool(not self.least_metres <= known_m or self.places.doubted(found).any())

    @cached_property
    def straight_metres(self) -> float:
        return float(self.proven.straight_m(np.array([self.point], dtype=object))[0])

    def reached(self, facility: int, minutes: float) -> Reached:
        """Return a facility, by its row, at a distance."""
        row = self.places.facilities.iloc[facility]
        name = None if pd.isna(row["name"]) else row["name"]
        return Reached(row["facility_id"], name, row["category"], row["evidence"], minutes)

    @cached_property
    def way(self) -> Way | None:
        route = self.field.route(self.start(self.surface))
        if np.isnan(route.cost):
            return None
        number, _ = self.surface.entrances(self.proven.at)
        entrance = int(number[route.target])
        point, at = self.proven.points[entrance], self.proven.at
        trip = routes.Trips(
            routes.Ends(np.array([self.point], dtype=object), self.places.at.of(np.array([self.origin]))),
            routes.Ends(np.array([point], dtype=object), at.of(np.array([entrance]))),
            routing.Steps(np.zeros(len(route.edge), dtype=np.int64), route.edge, route.start, route.end),
            np.array([route.cost]),
        )
        parts = trip.parts(self.walk, self.who)
        ends: tuple[End, ...] = ENDS if self.who.scenario else ()
        by_end = {end: self.nearest(self.walk.minutes(self.who, end), self.proven) for end in ends}
        return Way(
            facility=self.reached(int(self.proven.facility[entrance]), route.cost),
            line=trip.lines(self.walk.links)[0],
            minutes=Minutes(*(float(part[0]) for part in vars(parts).values())),
            low=by_end.get("low", route.cost),
            high=by_end.get("high", route.cost),
            metres=route.metres,
            straight_metres=float(shapely.distance(self.point, point)),
            crossings=self._crossings(route),
        )

    @cached_property
    def _parts(self) -> walking.LinkMinutes:
        return walking.link_minutes(self.walk.links, self.who, self.walk.choices, slopes=self.walk.slopes)

    def _crossings(self, route: routing.Route) -> tuple[Crossing, ...]:
        links, network = self.walk.links, self.walk.links.network
        over = route.edge[links.kind[route.edge] > 0]
        arm = links.edge[over]
        return tuple(
            Crossing(KINDS[kind], CLASSES[road], name, float(minutes))
            for kind, road, name, minutes in zip(
                links.kind[over],
                network.edge_class[arm],
                network.edge_name[arm],
                self._parts.wait[over] + self._parts.barrier[over],
                strict=True,
            )
        )

    @cached_property
    def second(self) -> Reached | None:
        number, targets = self.surface.entrances(self.proven.at)
        group = self.proven.facility[number]
        found = routing.k_nearest(
            self.surface.graph, self.start(self.surface), targets, group, 2, cutoff=self.surface.cutoff
        )
        if self.way is None or np.isnan(found.cost[0, 1]):
            return None
        return self.reached(int(found.group[0, 1]), float(found.cost[0, 1]))

    @cached_property
    def presumed(self) -> Reached | None:
        evidence = self.places.serving(self.category, self.who.season)
        hoped = self.places.entrances.of((evidence == "presumed").to_numpy())
        search = self.surface.search(hoped.at, hoped.facility)
        ways = search.ways(self.places.at.of(np.array([self.origin])))
        farthest = self.way.minutes.total if self.way else np.inf
        return self.reached(int(ways.facility[0]), float(ways.cost[0])) if ways.cost[0] < farthest else None

    def against(self, standard: Standard) -> Against:
        """Return what a standard limits, at this home."""
        if standard.measure == "minutes":
            value = self.way.minutes.total if self.way else float("nan")
        else:
            value = self.least_metres if standard.measure == "network_m" else self.straight_metres
        met = value <= standard.threshold * (1 + WITHIN)
        kind = self.home["urban_rural"]
        applies = standard.applies_to == "all" or kind in {"unknown", standard.applies_to}
        return Against(standard, value, met if len(self.proven.facility) else None, applies)

    def reasons(self) -> tuple[Reason, ...]:
        """Return why nothing is reached."""
        at = self.places.at.of(np.array([self.origin]))
        links = self.walk.links
        known = len(self.proven.facility) > 0
        found = [] if known else [Reason("none_known")]
        if not at.found[0]:
            return (*found, Reason("no_street"))
        if isolated.islands(links)[links.start[links.beside(at)[0]]] > 0:
            return (*found, Reason("island"))
        if known:
            without_limit = self.nearest(replace(self.surface, cutoff=float("inf")), self.proven)
            too_long = Reason("too_long", without_limit, self.surface.cutoff)
            found.append(Reason("no_way") if np.isnan(without_limit) else too_long)
        return tuple(found)
