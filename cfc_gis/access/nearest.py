"""How far to the nearest facility, and for which share of a neighbourhood's children that is near enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfc_gis import routing, walking
from cfc_gis.network import Positions, WalkNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways from every origin to its nearest facility, all arrays as long as the origins.

    Parameters
    ----------
    minutes, metres
        Along the network, both legs included; NaN where nothing is reached.
    facility
        Row of that facility; -1 where nothing is reached.
    """

    minutes: Floats
    metres: Floats
    facility: Ints

    def walked_by(self, who: walking.Profile) -> Ways:
        """Return the same ways with the minutes of another profile."""
        return Ways(who.minutes(self.metres), self.metres, self.facility)


def ways_to_nearest(
    network: WalkNetwork, origins: Positions, entrances: Positions, facility: Ints, who: walking.Profile
) -> Ways:
    """Return the quickest way from every origin to the nearest of the facilities.

    Parameters
    ----------
    network
        The walk network.
    origins, entrances
        Positions on its edges. The legs between a place and its position are walked at the profile's speed.
    facility
        Row of the facility that each entrance belongs to.
    who
        The profile that walks.

    Returns
    -------
    Ways
        Of equally quick facilities the one whose entrance comes first.

    Examples
    --------
    >>> import pandas as pd
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> from cfc_gis import network
    >>> street = network.build(streets, points, crs="EPSG:4551")
    >>> home = Positions(np.array([0]), np.array([100.0]), np.array([20.0]))
    >>> school = Positions(np.array([0]), np.array([380.0]), np.array([0.0]))
    >>> ways = ways_to_nearest(street, home, school, np.array([7]), walking.profile("age6_8.summer"))
    >>> ways.metres.round(6), ways.minutes.round(6), ways.facility
    (array([300.]), array([5.]), array([7]))
    """
    forward, backward = walking.edge_minutes(network, who)
    graph = routing.Graph(len(network.node_id), network.edge_from, network.edge_to, network.length_m, forward, backward)
    found = routing.nearest(graph, _places(network, origins, who), _places(network, entrances, who))
    # The target of who reaches nothing is -1, which picks the last: nobody.
    return Ways(found.cost, found.metres, np.append(facility, routing.NONE)[found.target])


def _places(network: WalkNetwork, at: Positions, who: walking.Profile) -> routing.Places:
    fraction = np.zeros(len(at))
    fraction[at.found] = at.offset_m[at.found] / network.length_m[at.edge[at.found]]
    leg_m = np.nan_to_num(at.leg_m)
    return routing.Places(at.edge, fraction, who.minutes(leg_m), leg_m)
