"""From homes to neighbourhoods: the access table of a study.

Ways are found for every origin, then gathered over the children who start there. A neighbourhood's minutes and metres
are those of the child in the middle (the weighted median), so that they belong to one real way to one facility.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import schema, walking
from cfc_gis.access.nearest import Ways, ways_to_nearest
from cfc_gis.network import Positions, WalkNetwork
from cfc_gis.standards import Category, Standard

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WITHIN = 1e-9  # a way of exactly the standard is within it, whatever the last bit of a sum says


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
        at = Positions(self.at.edge[keep], self.at.offset_m[keep], self.at.leg_m[keep])
        return Entrances(self.facility[keep], at, self.points[keep])


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
    See :func:`measure`.
    """
    sizes = facilities["entrances"].map(len).to_numpy(dtype=np.int64)
    xy = [place for places in facilities["entrances"] for place in places]
    points = shapely.points(np.array(xy, dtype=float).reshape(-1, 2))
    return Entrances(np.repeat(np.arange(len(facilities)), sizes), network.snap(points), points)


@dataclass(frozen=True, eq=False)
class Homes:
    """Origins with their positions, sorted by neighbourhood.

    Parameters
    ----------
    table
        ``origin_id``, ``neighbourhood_id``, ``weight`` and point geometry.
    at
        Position of each.
    border_m
        Metres from each in a straight line to the border of the data.
    """

    table: gpd.GeoDataFrame
    at: Positions
    border_m: Floats


def measure(  # noqa: PLR0913 - one table out of the five that a study has
    *,
    network: WalkNetwork,
    homes: Homes,
    neighbourhoods: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    entrances: Entrances,
    categories: Mapping[str, Category],
    standards: Mapping[str, Standard],
    seasons: Sequence[str],
) -> pd.DataFrame:
    """Measure the way to the nearest facility of each category, for every neighbourhood.

    Parameters
    ----------
    network, homes, neighbourhoods, facilities, entrances
        The tables of a study, in one projected CRS.
    categories
        Whom each category is for and what serves it.
    standards
        The deciding standard of each category.
    seasons
        ``summer``, ``winter`` or both.

    Returns
    -------
    DataFrame
        As :data:`cfc_gis.schema.ACCESS`, one row per neighbourhood, category and profile. ``minutes``, ``metres`` and
        ``facility_id`` speak of facilities that the data prove (evidence confirmed or strong), ``minutes_presumed``
        of the presumed ones too. A home that is not on the network reaches nothing: it is never counted as served,
        and its share stands in ``share_unconnected``. A facility of one season counts in that season only.

    Notes
    -----
    ``share_within`` is the share of a neighbourhood's children whose way is at most the standard: network metres,
    straight metres or minutes, as the standard says. ``depth`` is the mean over all its children of
    min(1, (way - standard) / standard), 0 within it and 1 where nothing is reached (FGT-1, Foster, Greer and
    Thorbecke 1984, capped).
    """
    groups = _Groups(homes, neighbourhoods)
    proven = facilities["evidence"].isin(schema.PROVEN).to_numpy()
    counted = proven | (facilities["evidence"] == "presumed").to_numpy()
    kind = facilities["category"].to_numpy()
    ids = np.array([*facilities["facility_id"], None], dtype=object)  # who reaches nothing is -1: None
    rows: list[pd.DataFrame] = []
    for name, category in categories.items():
        serves = np.isin(kind, category.served_by)
        found: dict[bytes, tuple[_Reach, _Reach]] = {}
        for season in seasons:
            who = walking.profile(f"{category.age}.{season}")
            open_now = serves & facilities["season"].isin(["all", season]).to_numpy()
            # A profile walks every metre at the same pace: where the same facilities are open, the ways are the same.
            if open_now.tobytes() not in found:
                sure = hoped = _reach(network, homes, entrances.of(open_now & proven), who)
                if (open_now & counted & ~proven).any():
                    hoped = _reach(network, homes, entrances.of(open_now & counted), who)
                found[open_now.tobytes()] = sure, hoped
            sure, hoped = (reach.walked_by(who) for reach in found[open_now.tobytes()])
            rows.append(
                pd.DataFrame(
                    {
                        "neighbourhood_id": groups.ids,
                        "category": name,
                        "profile": who.name,
                        **groups.middle(sure, who, ids),
                        "minutes_presumed": groups.median(hoped.ways.minutes)[1],
                        **_against(standards[name], groups, sure, hoped),
                        "share_unconnected": groups.mean((~homes.at.found).astype(float)),
                        "edge_affected": groups.mean(_beyond(sure.ways.metres, homes.border_m)) > 0,
                    }
                )
            )
    table = pd.concat(rows, ignore_index=True)
    return table.sort_values(["category", "profile", "neighbourhood_id"], kind="stable").reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class _Reach:
    """Ways of every home to the nearest of some facilities, and metres in a straight line."""

    ways: Ways
    straight: Floats

    def walked_by(self, who: walking.Profile) -> _Reach:
        return _Reach(self.ways.walked_by(who), self.straight)

    def measured(self, standard: Standard) -> Floats:
        """Return what the standard limits."""
        return {"minutes": self.ways.minutes, "straight_m": self.straight, "network_m": self.ways.metres}[
            standard.measure
        ]


def _reach(network: WalkNetwork, homes: Homes, entrances: Entrances, who: walking.Profile) -> _Reach:
    ways = ways_to_nearest(network, homes.at, entrances.at, entrances.facility, who)
    return _Reach(ways, _straight(homes.table, entrances))


def _straight(homes: gpd.GeoDataFrame, entrances: Entrances) -> Floats:
    metres = np.full(len(homes), np.nan)
    if len(entrances.points):
        tree = shapely.STRtree(entrances.points)
        (home, _), distance = tree.query_nearest(homes.geometry.to_numpy(), return_distance=True, all_matches=False)
        metres[home] = distance
    return metres


def _beyond(metres: Floats, border_m: Floats) -> Floats:
    """Whether a nearer facility may lie outside the data: the border is nearer than what was found."""
    return (~(metres <= border_m)).astype(float)


def _against(standard: Standard, groups: _Groups, sure: _Reach, hoped: _Reach) -> dict[str, Floats]:
    proven = sure.measured(standard)
    excess = np.nan_to_num((proven - standard.threshold) / standard.threshold, nan=1.0)
    limit = standard.threshold * (1 + _WITHIN)
    return {
        "depth": groups.mean(np.clip(excess, 0.0, 1.0)),
        "share_within": groups.mean((proven <= limit).astype(float)),
        "share_within_presumed": groups.mean((hoped.measured(standard) <= limit).astype(float)),
    }


class _Groups:
    """Gather values of origins over their neighbourhoods, weighted by children."""

    def __init__(self, homes: Homes, neighbourhoods: gpd.GeoDataFrame) -> None:
        self.ids = neighbourhoods["neighbourhood_id"].to_numpy(dtype=object)
        number = pd.Series(np.arange(len(self.ids)), index=self.ids)
        self._of = number.loc[homes.table["neighbourhood_id"]].to_numpy()
        self._weight = homes.table["weight"].to_numpy(dtype=float)
        self._total = np.bincount(self._of, weights=self._weight, minlength=len(self.ids))

    def mean(self, values: Floats) -> Floats:
        """Return the weighted mean of each neighbourhood."""
        sums = np.bincount(self._of, weights=self._weight * values, minlength=len(self.ids))
        # Sums of the same weights in the same order: the quotient of all ones is exactly one.
        means: Floats = np.clip(sums / self._total, 0.0, 1.0)
        return means

    def median(self, values: Floats) -> tuple[Ints, Floats]:
        """Return the origin in the middle of each neighbourhood, and its value; NaN counts as farther than all."""
        order = np.lexsort((np.arange(len(values)), np.where(np.isnan(values), np.inf, values), self._of))
        group = self._of[order]
        running: Floats = np.cumsum(self._weight[order])
        before = np.r_[0.0, np.cumsum(self._total)][group]
        past = running - before >= 0.5 * self._total[group] - 1e-9
        first = np.flatnonzero(past & np.r_[True, ~past[:-1] | (group[1:] != group[:-1])])
        middle = order[first]
        return middle, values[middle]

    def middle(self, reach: _Reach, who: walking.Profile, facility_ids: NDArray[np.object_]) -> dict[str, Any]:
        """Return minutes with their range, metres both ways, and facility of the child in the middle."""
        origin, minutes = self.median(reach.ways.minutes)
        metres = reach.ways.metres[origin]
        low, high = who.minutes_range(metres)
        return {
            "minutes": minutes,
            "minutes_low": low,
            "minutes_high": high,
            "metres": metres,
            "straight_metres": reach.straight[origin],
            "facility_id": pd.array(facility_ids[reach.ways.facility[origin]], dtype="str"),
        }
