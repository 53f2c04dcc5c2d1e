"""Where facilities are entered, as positions on the network."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis.network import Positions, WalkNetwork

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Entrances:
    """Where facilities are entered.

    Parameters
    ----------
    facility
        Row of the facility of each entrance.
    at
        Its position on the network.
    points
        The entrances themselves, shapely points.
    """

    facility: Ints
    at: Positions
    points: NDArray[np.object_]

    def of(self, facilities: Flags) -> Entrances:
        """Return the entrances of some facilities, given by a flag for each row."""
        keep = facilities[self.facility]
        return Entrances(self.facility[keep], self.at.of(keep), self.points[keep])

    def straight_m(self, places: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return metres in a straight line from each place to the nearest entrance; NaN where there is none."""
        return self.nearest(places)[1]

    def nearest(self, places: NDArray[np.object_]) -> tuple[Ints, NDArray[np.float64]]:
        """Return the entrance nearest to each place in a straight line, and the metres to it; -1 and NaN for none."""
        entrance, metres = np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
        if len(self.points):
            tree = shapely.STRtree(self.points)
            (place, found), distance = tree.query_nearest(places, return_distance=True, all_matches=False)
            entrance[place], metres[place] = found, distance
        return entrance, metres

    def within(self, places: NDArray[np.object_], metres: float) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Return every place with every facility that has an entrance this near in a straight line.

        Returns
        -------
        place, facility : ndarray
            Rows of both, one pair each, by place and facility.
        metres : ndarray
            In a straight line to the nearest entrance.
        """
        place, entrance = shapely.STRtree(self.points).query(places, predicate="dwithin", distance=metres)
        facility, far = self.facility[entrance], shapely.distance(places[place], self.points[entrance])
        order = np.lexsort((far, facility, place))
        place, facility, far = place[order], facility[order], far[order]
        first = np.r_[True, (np.diff(place) != 0) | (np.diff(facility) != 0)][: len(place)]
        return place[first], facility[first], far[first]


def snap_entrances(network: WalkNetwork, facilities: gpd.GeoDataFrame) -> Entrances:
    """Put every entrance of every facility onto the network.

    Parameters
    ----------
    network
        The walk network.
    facilities
        As :data:`cfc_gis.schema.FACILITIES`, in the same CRS.

    Returns
    -------
    Entrances
        In the order of the table.

    Examples
    --------
    See :func:`cfc_gis.access.measure.measure`.
    """
    sizes = facilities["entrances"].map(len).to_numpy(dtype=np.int64)
    xy = [place for places in facilities["entrances"] for place in places]
    points = shapely.points(np.array(xy, dtype=float).reshape(-1, 2))
    return Entrances(np.repeat(np.arange(len(facilities)), sizes), network.snap(points), points)
