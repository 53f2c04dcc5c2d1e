"""How a study walks: the network with its crossings, the planner's choices and the terrain, ready to search on.

Two costs are minimised. **Minutes** are those of a profile. **Metres** are the same for everybody and in every season:
standards with a service radius speak of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cfc_gis import routing, walking
from cfc_gis.crossings import Links
from cfc_gis.network import Positions
from cfc_gis.profiles import Profile
from cfc_gis.slope import Slopes
from cfc_gis.walking import Choices, End

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways from every origin to its nearest facility, all arrays as long as the origins.

    Parameters
    ----------
    cost
        Minutes or metres, whichever the surface minimises, both legs included; NaN where nothing is reached.
    metres
        Metres of that way, both legs included; NaN where nothing is reached.
    crossings
        Carriageways of main roads that it crosses; NaN where nothing is reached.
    facility
        Row of that facility; -1 where nothing is reached.
    """

    cost: Floats
    metres: Floats
    crossings: Floats
    facility: Ints


@dataclass(frozen=True, eq=False)
class Surface:
    """The network with one cost, for searches from and to places.

    Parameters
    ----------
    links
        The network with its crossings.
    graph
        The same with costs.
    leg_cost
        Cost of each metre between a place and the network.
    cutoff
        Largest cost that counts, itself included.
    """

    links: Links
    graph: routing.Graph
    leg_cost: float
    cutoff: float = float("inf")

    def origins(self, at: Positions) -> routing.Places:
        """Return origins as the search takes them."""
        return self._places(at, self.links.beside(at))

    def entrances(self, at: Positions) -> tuple[Ints, routing.Places]:
        """Return entrances as the search takes them, with the number of the entrance behind each.

        An entrance on the very line of a main road is entered from both sides, and comes twice.
        """
        number, link = self.links.on_both_sides(at)
        return number, self._places(at.of(number), link)

    def _places(self, at: Positions, link: Ints) -> routing.Places:
        fraction = np.zeros(len(at))
        fraction[at.found] = at.offset_m[at.found] / self.links.network.length_m[at.edge[at.found]]
        leg_m = np.nan_to_num(at.leg_m)
        return routing.Places(link, fraction, leg_m * self.leg_cost, leg_m)

    def search(self, entrances: Positions, facility: Ints) -> Search:
        """Search from all entrances at once, against the direction of walking.

        Parameters
        ----------
        entrances
            Positions of the entrances.
        facility
            Row of the facility behind each.
        """
        number, places = self.entrances(entrances)
        return Search(self, routing.search(self.graph, places, self.cutoff), facility[number])


@dataclass(frozen=True, eq=False)
class Search:
    """A finished search: how far it is from everywhere to the nearest facility.

    Parameters
    ----------
    surface
        What was searched on.
    field
        Cost, metres, crossings and target of every node.
    facility
        Row of the facility behind each target of the search.
    """

    surface: Surface
    field: routing.Field
    facility: Ints

    def ways(self, origins: Positions) -> Ways:
        """Return the way from every origin to its nearest facility.

        Of equally near facilities the one whose entrance comes first is taken.

        Examples
        --------
        A school 280 m up a footway from a home that lies 20 m off it.

        >>> import pandas as pd
        >>> from cfc_gis import crossings, network, profiles
        >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": 0, "name": None, "tags": [{"highway": "footway"}]})
        >>> points = pd.DataFrame({"street": 0, "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
        >>> walk = Walk(crossings.build(network.build(streets, points, crs="EPSG:4551")))
        >>> home, school = ([0], [100.0], [20.0], [0]), ([0], [380.0], [0.0], [0])
        >>> home, school = (Positions(*map(np.array, place)) for place in (home, school))
        >>> by_minutes = walk.minutes(profiles.profile("age6_8.summer"))
        >>> ways = by_minutes.search(school, np.array([7])).ways(home)
        >>> ways.cost.round(6), ways.metres.round(6), ways.facility
        (array([5.]), array([300.]), array([7]))
        """
        found = self.field.at(self.surface.origins(origins))
        # The target of who reaches nothing is -1, which picks the last: nobody.
        facility = np.append(self.facility, routing.NONE)[found.target]
        return Ways(found.cost, found.metres, found.crossings, facility)

    def with_facility(self, entrances: Positions, facility: int) -> Search:
        """Return the search with one more facility; only what lies nearer to it than to all others is searched anew."""
        number, places = self.surface.entrances(entrances)
        more = np.full(len(number), facility)
        return Search(self.surface, self.field.with_targets(places), np.append(self.facility, more))


@dataclass(frozen=True, eq=False)
class Walk:
    """How a study walks.

    Parameters
    ----------
    links
        The network with its crossings.
    choices
        What the planner decides about streets and winter.
    slopes
        What hills do to walking time; None where no terrain is given: all is level.
    """

    links: Links
    choices: Choices = field(default_factory=Choices)
    slopes: Slopes | None = None

    def minutes(self, who: Profile, end: End = "middle") -> Surface:
        """Return the surface on which a profile's minutes are least.

        Parameters
        ----------
        who
            The profile that walks.
        end
            Which end of winter's range.
        """
        minutes = walking.link_minutes(self.links, who, self.choices, slopes=self.slopes, end=end)
        leg = walking.leg_minutes(np.ones(1), who, end)
        return self._surface(minutes.forward, minutes.backward, float(leg[0]), self.choices.cutoff(who))

    @cached_property
    def metres(self) -> Surface:
        """The surface on which metres are least: for anybody, in any season, by any crossing, never over ice."""
        closed = self.links.frozen[self.links.edge] & (self.links.kind == 0)
        metres = np.where(closed, np.inf, self.links.metres)
        return self._surface(metres, metres, 1.0, float("inf"))

    def _surface(self, forward: Floats, backward: Floats, leg_cost: float, cutoff: float) -> Surface:
        links = self.links
        graph = routing.Graph(links.n_nodes, links.start, links.end, links.metres, forward, backward, links.crossings)
        return Surface(links, graph, leg_cost, cutoff)
