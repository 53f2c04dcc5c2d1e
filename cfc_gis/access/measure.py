"""The access table of a study: for every neighbourhood, how children walk to each category, in each season.

Ways are found for every origin, then gathered over the children who start there. A neighbourhood's minutes, metres and
facility are those of the child in the middle, whose minutes are the weighted median: they belong to one real home.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import profiles, routing, schema
from cfc_gis.access.entrances import Entrances
from cfc_gis.access.fca import two_step
from cfc_gis.access.reached import MARGIN, WITHIN, Nearby, Reached
from cfc_gis.access.score import soft_score
from cfc_gis.access.walk import Surface, Walk, Ways
from cfc_gis.access.weighted import Groups
from cfc_gis.network import Positions
from cfc_gis.profiles import Profile
from cfc_gis.standards import Category, Standard
from cfc_gis.walking import ENDS, End

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Places:
    """Where ways begin and end, in one projected CRS.

    Parameters
    ----------
    neighbourhoods
        ``neighbourhood_id`` of each, in the order of the results.
    children
        Children of each neighbourhood by band, in the same order; missing outside the census.
    origins
        ``origin_id``, ``neighbourhood_id``, ``weight`` and point geometry.
    at
        Position of each origin on the network.
    border_m
        Metres from each origin in a straight line to where the data end (:class:`cfc_gis.edge.Edge`).
    facilities
        As :data:`cfc_gis.schema.FACILITIES`.
    entrances
        Their entrances on the network.
    cut_m
        By category: metres from each origin to the nearest thing that the border has cut and that may serve it.
    doubtful
        Facilities, a flag for each row, that might not count if the border had not cut the ground around them.
    """

    neighbourhoods: pd.Series
    children: pd.DataFrame
    origins: gpd.GeoDataFrame
    at: Positions
    border_m: Floats
    facilities: gpd.GeoDataFrame
    entrances: Entrances
    cut_m: Mapping[str, Floats] = field(default_factory=dict)
    doubtful: Flags | None = None

    @cached_property
    def groups(self) -> Groups:
        """Origins by neighbourhood."""
        return Groups(
            self.origins["neighbourhood_id"].to_numpy(dtype=object),
            self.origins["weight"].to_numpy(dtype=float),
            self.neighbourhoods.to_numpy(dtype=object),
        )

    def serving(self, category: Category, season: str) -> pd.Series:
        """Return the evidence of the facilities that serve a category in a season; missing for all others."""
        table = self.facilities
        open_now = table["category"].isin(category.served_by) & table["season"].isin(["all", season])
        evidence: pd.Series = table["evidence"].where(open_now)
        return evidence

    def known_m(self, category: str) -> Floats:
        """Return how far around each origin the data are whole, for a category; metres in a straight line."""
        known: Floats = np.minimum(self.border_m, self.cut_m.get(category, np.inf))
        return known

    def doubted(self, facility: Ints) -> Flags:
        """Return which facilities, by their rows, are doubtful; -1 for none."""
        doubtful = np.zeros(len(self.facilities), dtype=bool) if self.doubtful is None else self.doubtful
        flags: Flags = np.append(doubtful, False)[facility]
        return flags

    def users(self, band: str) -> Floats:
        """Return the children of a band, or of all ages, who start at each origin."""
        bands = self.children[list(schema.BANDS)] if band == schema.ALL_CHILDREN else self.children[[band]]
        children: Floats = bands.sum(axis=1, skipna=False).to_numpy(dtype=np.float64)
        users: Floats = children[self.groups.of] * self.origins["weight"].to_numpy(dtype=np.float64)
        return users


@dataclass(frozen=True, eq=False)
class Measured:
    """What :func:`measure` gives.

    Parameters
    ----------
    access
        As :data:`cfc_gis.schema.ACCESS`.
    circles
        As :data:`cfc_gis.schema.CIRCLES`.
    reached
        By category and profile: which facilities every origin has near.
    nearby
        By category and profile: what lies around every origin, served or not.
    """

    access: pd.DataFrame
    circles: pd.DataFrame
    reached: Mapping[tuple[str, str], Reached]
    nearby: Mapping[tuple[str, str], Nearby]

    def of(self, categories: Collection[str]) -> Measured:
        """Return what was measured of some categories."""
        reached = {key: near for key, near in self.reached.items() if key[0] in categories}
        return Measured(
            self.access[self.access["category"].isin([*categories])].reset_index(drop=True),
            self.circles[self.circles["category"].isin([*categories])].reset_index(drop=True),
            reached,
            {key: self.nearby[key] for key in reached},
        )

    def beside(self, before: Measured) -> Measured:
        """Return what an earlier measurement gave, with this one in its place where there is one."""
        return Measured(
            _in_place(before.access, self.access, self.reached, []),
            _in_place(before.circles, self.circles, self.reached, ["standard_id"]),
            {key: self.reached.get(key, near) for key, near in before.reached.items()},
            {key: self.nearby.get(key, around) for key, around in before.nearby.items()},
        )


def measure(
    walk: Walk,
    places: Places,
    categories: Mapping[str, Category],
    standards: Mapping[str, Sequence[Standard]],
    seasons: Sequence[str],
    *,
    only: Container[tuple[str, str]] | None = None,
) -> Measured:
    """Measure the ways to the facilities of each category, for every neighbourhood.

    Parameters
    ----------
    walk
        The network with its crossings, the planner's choices and the terrain.
    places
        Origins and entrances on it.
    categories
        Whom each category is for and what serves it.
    standards
        The standards of each category, the deciding one first.
    seasons
        ``summer``, ``winter`` or both.
    only
        Categories and seasons that are measured; all where None.

    Returns
    -------
    Measured
        The access table, one row per neighbourhood, category and profile, and the shares within each standard in
        minutes. What is not named ``presumed`` speaks of facilities that the data prove (evidence confirmed or strong).
        A home that is not on the network reaches nothing: it is never counted as served, and its share stands in
        ``share_unconnected``. A facility of one season counts in that season only.

    Notes
    -----
    ``share_within`` is the share of a neighbourhood's children for whom the measure of the deciding standard (network
    metres, straight metres or minutes) is at most its threshold. ``depth`` is the mean over all its children of
    min(1, (way - standard) / standard), 0 within it and 1 where nothing is reached (FGT-1, Foster, Greer and Thorbecke
    1984, capped); ``depth_squared`` is the mean of its square (FGT-2). Network metres are the least metres by any
    permitted way; the metres of the quickest way, which may be longer, are ``way_metres``.
    """
    surfaces = _Surfaces(walk)
    access: list[pd.DataFrame] = []
    circles: list[pd.DataFrame] = []
    reached: dict[tuple[str, str], Reached] = {}
    nearby: dict[tuple[str, str], Nearby] = {}
    for name, category in categories.items():
        for season in seasons:
            if only is not None and (name, season) not in only:
                continue
            reach = _Reach(places, surfaces, category, profiles.profile(f"{category.age}.{season}"))
            key = {"neighbourhood_id": places.groups.ids, "category": name, "profile": reach.who.name}
            near = reached[name, reach.who.name] = reach.near(standards[name][0])
            around = nearby[name, reach.who.name] = reach.nearby(standards[name][0], near)
            access.append(pd.DataFrame({**key, **_row(reach, standards[name][0], near, around)}))
            circles += [
                pd.DataFrame({**key, "standard_id": standard.id, **_circle(reach, standard)})
                for standard in standards[name]
                if standard.measure == "minutes"
            ]
    return Measured(_sorted(access, []), _sorted(circles, ["standard_id"]), reached, nearby)


def reached(walk: Walk, places: Places, category: Category, standard: Standard, season: str) -> Reached:
    """Return which proven facilities of a category every origin has near, as :func:`measure` finds them.

    Parameters
    ----------
    walk, places
        As of :func:`measure`.
    category
        Whom it is for and what serves it.
    standard
        What is near.
    season
        ``summer`` or ``winter``.
    """
    return _Reach(places, _Surfaces(walk), category, profiles.profile(f"{category.age}.{season}")).near(standard)


def within(access: pd.DataFrame, neighbourhoods: pd.DataFrame, category: Category) -> float:
    """Return how many children have the standard of a category met, by proven facilities.

    Parameters
    ----------
    access
        Rows of :data:`cfc_gis.schema.ACCESS` of that category and one profile.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`; where children or their access are not known, they do not count.
    category
        Whom it is for.

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> homes = pd.DataFrame({"neighbourhood_id": ["a", "b"], "children_6_11": [100.0, 40.0]})
    >>> rows = pd.DataFrame({"neighbourhood_id": ["a", "b"], "share_within": [0.5, 1.0]})
    >>> within(rows, homes, categories()["primary_school"])
    90.0
    """
    children = neighbourhoods.set_index("neighbourhood_id")[category.bands].sum(axis=1, skipna=False)
    return float((access["neighbourhood_id"].map(children).astype(float) * access["share_within"]).sum())


def _sorted(tables: list[pd.DataFrame], more: list[str]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    order = ["category", "profile", *more, "neighbourhood_id"]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def _in_place(
    before: pd.DataFrame, now: pd.DataFrame, keys: Container[tuple[str, str]], more: list[str]
) -> pd.DataFrame:
    ways = zip(before["category"], before["profile"], strict=True)
    kept = np.array([key not in keys for key in ways], dtype=bool)
    return _sorted([before[kept], now], more)


class _Surfaces:
    """Surfaces of a study by profile and end of winter's range, each made once."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._known: dict[tuple[str, End], Surface] = {}

    @property
    def metres(self) -> Surface:
        return self._walk.metres

    def minutes(self, who: Profile, end: End) -> Surface:
        key = who.name, end
        if key not in self._known:
            self._known[key] = self._walk.minutes(who, end)
        return self._known[key]


class _Reach:
    """How the children of a category reach its facilities in one season; each search is run when it is asked for."""

    def __init__(self, places: Places, surfaces: _Surfaces, category: Category, who: Profile) -> None:
        self.places, self.category, self.who = places, category, who
        self._surfaces = surfaces
        evidence = places.serving(category, who.season)
        proven, presumed = evidence.isin(schema.PROVEN), evidence == "presumed"
        self.proven = places.entrances.of(proven.to_numpy())
        self.hoped = places.entrances.of((proven | presumed).to_numpy()) if presumed.any() else self.proven

    def ways(self, entrances: Entrances, surface: Surface) -> Ways:
        return surface.search(entrances.at, entrances.facility).ways(self.places.at)

    @cached_property
    def minutes(self) -> Mapping[End, Ways]:
        """The quickest ways to proven facilities, at each end of winter's range; summer has but one."""
        ends: tuple[End, ...] = ENDS if self.who.scenario else ("middle",)
        found = {end: self.ways(self.proven, self._surfaces.minutes(self.who, end)) for end in ends}
        return {end: found.get(end, found["middle"]) for end in ENDS}

    @cached_property
    def hoped_minutes(self) -> Ways:
        """The quickest ways to facilities, presumed ones counted too."""
        if self.hoped is self.proven:
            return self.minutes["middle"]
        return self.ways(self.hoped, self._surfaces.minutes(self.who, "middle"))

    @cached_property
    def shortest(self) -> Ways:
        """The shortest ways along the network to proven facilities."""
        return self.ways(self.proven, self._surfaces.metres)

    @property
    def metres(self) -> Floats:
        """Least metres along the network to a proven facility."""
        return self.shortest.cost

    @property
    def straight(self) -> Floats:
        """Metres in a straight line to the nearest proven facility."""
        return self.proven.straight_m(self.places.origins.geometry.to_numpy())

    def second_minutes(self) -> Floats:
        """Minutes to the second nearest proven facility."""
        surface = self._surfaces.minutes(self.who, "middle")
        number, targets = surface.entrances(self.proven.at)
        group, origins = self.proven.facility[number], surface.origins(self.places.at)
        found = routing.k_nearest(surface.graph, origins, targets, group, 2, cutoff=surface.cutoff)
        second: Floats = found.cost[:, 1]
        return second

    def measured(self, measure: str) -> Floats:
        """Return what a standard limits, for proven facilities."""
        if measure == "straight_m":
            return self.straight
        return self.metres if measure == "network_m" else self.minutes["middle"].cost

    def _hoped(self, measure: str) -> tuple[Floats, Ints]:
        """Return the same with presumed facilities counted too, and the row of the facility."""
        if measure == "straight_m":
            entrance, metres = self.hoped.nearest(self.places.origins.geometry.to_numpy())
            return metres, np.append(self.hoped.facility, routing.NONE)[entrance]
        if measure == "minutes":
            ways = self.hoped_minutes
        else:
            ways = self.shortest if self.hoped is self.proven else self.ways(self.hoped, self._surfaces.metres)
        return ways.cost, ways.facility

    def nearby(self, standard: Standard, near: Reached) -> Nearby:
        """Return what lies around every origin."""
        entrance, straight_m = self.proven.nearest(self.places.origins.geometry.to_numpy())
        straight_facility = np.append(self.proven.facility, routing.NONE)[entrance]
        presumed, presumed_facility = self._hoped(standard.measure)
        by_minutes = standard.measure == "minutes"
        ways = self.minutes["middle"] if by_minutes else self.shortest
        leg_cost = self._surfaces.minutes(self.who, "middle").leg_cost if by_minutes else 1.0
        return Nearby(
            straight_m=straight_m,
            entrance=np.append(self.proven.points, np.array([None], dtype=object))[entrance],
            straight_facility=straight_facility,
            facility=straight_facility if standard.measure == "straight_m" else ways.facility,
            presumed=presumed,
            presumed_facility=presumed_facility,
            supply=self.supply_ratio(near.pairs()),
            reach_m=float(standard.threshold) / leg_cost,
        )

    def near(self, standard: Standard) -> Reached:
        """Return every origin with every proven facility that it has near, in the measure of a standard."""
        threshold, nearest = float(standard.threshold), self.measured(standard.measure)
        if standard.measure == "straight_m":
            points = self.places.origins.geometry.to_numpy()
            return Reached(threshold, *self.proven.within(points, threshold * MARGIN), nearest)
        by_minutes = standard.measure == "minutes"
        surface = self._surfaces.minutes(self.who, "middle") if by_minutes else self._surfaces.metres
        number, targets = surface.entrances(self.proven.at)
        cutoff = min(surface.cutoff, threshold * MARGIN * (1 + WITHIN))
        origins = surface.origins(self.places.at)
        found = routing.pairs(surface.graph, origins, targets, self.proven.facility[number], cutoff)
        return Reached(threshold, found.origin.astype(np.int64), found.group.astype(np.int64), found.cost, nearest)

    def supply_ratio(self, pairs: tuple[Ints, Ints]) -> Floats:
        """Return seats, places or beds for each child at every origin: 2SFCA within the standard.

        Missing where no capacity of the category is known at all, and at every origin that reaches a facility whose
        capacity is not known.
        """
        capacity = self.places.facilities["capacity"].astype(float)
        origin, facility = pairs
        if not capacity.iloc[np.unique(self.proven.facility)].notna().any():
            return np.full(len(self.places.at), np.nan)
        travel = pd.DataFrame({"origin_id": origin, "facility_id": facility, "within": 0.0})
        demand = pd.Series(self.places.users(self.category.band))
        supply = capacity.reset_index(drop=True).iloc[np.unique(self.proven.facility)]
        return two_step(travel, demand, supply, 0.0, cost="within").to_numpy()


def _row(reach: _Reach, standard: Standard, near: Reached, around: Nearby) -> dict[str, Any]:
    """Return the columns of the access table for one category and profile."""
    groups, way = reach.places.groups, reach.minutes
    ids = np.array([*reach.places.facilities["facility_id"], None], dtype=object)  # who reaches nothing is -1: None
    origin, minutes = groups.median(way["middle"].cost)
    middle = way["middle"]
    proven, hoped = near.nearest, around.presumed
    excess = np.nan_to_num((proven - standard.threshold) / standard.threshold, nan=1.0)
    limit = standard.threshold * (1 + WITHIN)
    pairs = near.pairs()
    n_within = np.bincount(pairs[0], minlength=len(proven)).astype(np.float64)
    return {
        "minutes": minutes,
        "minutes_low": way["low"].cost[origin],
        "minutes_high": way["high"].cost[origin],
        "metres": reach.metres[origin],
        "way_metres": middle.metres[origin],
        "crossings": middle.crossings[origin],
        "straight_metres": around.straight_m[origin],
        "facility_id": pd.array(ids[middle.facility[origin]], dtype="str"),
        "second_minutes": reach.second_minutes()[origin],
        "n_within": groups.mean(n_within),
        "supply_ratio": groups.mean(around.supply),
        "score": groups.mean(_score(reach, proven, standard)),
        "minutes_presumed": groups.median(reach.hoped_minutes.cost)[1],
        "depth": groups.mean(np.clip(excess, 0.0, 1.0)),
        "depth_squared": groups.mean(np.clip(excess, 0.0, 1.0) ** 2),
        "share_within": groups.share(proven <= limit),
        "share_within_presumed": groups.share(hoped <= limit),
        "share_beyond": groups.share(_perhaps_beyond(reach, standard, proven <= limit)),
        "share_unreached": groups.share(np.isnan(reach.metres)),
        "share_unconnected": groups.share(~reach.places.at.found),
        "edge_affected": groups.share(_edge_affected(reach)) > 0,
    }


def _score(reach: _Reach, proven: Floats, standard: Standard) -> Floats:
    """Return the score of every origin; missing where the data know no facility of the category."""
    if not len(reach.proven.facility):
        return np.full(len(proven), np.nan)
    return soft_score(pd.Series(proven), standard.threshold).to_numpy()


def _edge_affected(reach: _Reach) -> Flags:
    """Whether the border of the data may hide another answer: a nearer facility, or what the one found really is."""
    beyond = ~(reach.metres <= reach.places.known_m(reach.category.name))
    found = reach.shortest.facility, reach.minutes["middle"].facility
    return np.asarray(beyond | np.logical_or.reduce([reach.places.doubted(each) for each in found]))


def _perhaps_beyond(reach: _Reach, standard: Standard, within: Flags) -> Flags:
    """Whether a facility within the standard may lie outside the data: no way is shorter than the straight line."""
    metres = standard.threshold * (60.0 * reach.who.speed_m_s if standard.measure == "minutes" else 1.0)
    return np.asarray(~within & (reach.places.known_m(reach.category.name) <= metres))


def _circle(reach: _Reach, standard: Standard) -> dict[str, Floats]:
    """Return the shares within a standard in minutes; ``least`` where ice takes most, ``most`` where it takes least."""
    limit = standard.threshold * (1 + WITHIN)
    share = {end: reach.places.groups.share(reach.minutes[end].cost <= limit) for end in ENDS}
    return {"share_within": share["middle"], "share_least": share["high"], "share_most": share["low"]}
