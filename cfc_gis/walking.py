"""How long a child needs: minutes for every link of the network, of what they are made, and for the last metres.

All links are worked out at once for a profile. What a planner decides about streets and winter is a :class:`Choices`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cfc_gis.crossings import KINDS, Links
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.network import CLASSES, WalkNetwork
from cfc_gis.profiles import Profile, resource
from cfc_gis.slope import Slopes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
End = Literal["low", "middle", "high"]

ENDS: tuple[End, ...] = ("low", "middle", "high")


@dataclass(frozen=True)
class Choices:
    """What the planner decides about streets and winter.

    Parameters
    ----------
    cleared
        Names of the streets that are cleared of snow and ice; None for the classes in ``resources/profiles.toml``.
    also_cleared
        Names of streets that are cleared beside those.
    frozen_paths
        Whether paths over the frozen river are walked in winter.
    longest_cold_min
        Longest time outdoors in winter, in minutes: a longer way reaches nothing. None for no limit; there is no
        default, since no source names one.

    Examples
    --------
    >>> Choices(cleared=frozenset({"中央大街"})).longest_cold_min is None
    True
    """

    cleared: frozenset[str] | None = None
    frozen_paths: bool = False
    longest_cold_min: float | None = None
    also_cleared: frozenset[str] = frozenset()

    def cutoff(self, who: Profile) -> float:
        """Return the longest way that counts for a profile, in minutes; infinite without a limit."""
        limited = self.longest_cold_min is not None and who.season == "winter"
        return float(self.longest_cold_min) if limited and self.longest_cold_min is not None else float("inf")

    def check(self, streets: Iterable[str | None]) -> None:
        """Refuse a street that is not among those of the data.

        Parameters
        ----------
        streets
            Names of the streets; None for those without one.

        Raises
        ------
        ChoiceUnknown
            With every name that no street bears, and the closest that one does.
        """
        known = {name for name in streets if isinstance(name, str)}
        unknown = sorted(((self.cleared or frozenset()) | self.also_cleared) - known)
        if unknown:
            close = [match for name in unknown for match in difflib.get_close_matches(name, known, 1)]
            raise ChoiceUnknown(
                "street_unknown", found=", ".join(unknown), suggestion=f" ({', '.join(close)}?)" if close else ""
            )

    def parameters(self) -> dict[str, Any]:
        """Return the choices as plain values, for the manifest."""
        cleared = sorted(self.cleared) if self.cleared is not None else None
        return {**asdict(self), "cleared": cleared, "also_cleared": sorted(self.also_cleared)}


@dataclass(frozen=True, eq=False)
class LinkMinutes:
    """Minutes along every link, by what they are made of; shape (links,) each.

    Parameters
    ----------
    walk_forward, walk_backward
        Walking from start to end and from end to start, slopes included; infinite where it may not be walked.
    ice
        What snow and ice add.
    wait
        Waiting at a crossing, and its kerbs; infinite where it is not crossed.
    barrier
        What a dangerous crossing adds because it puts the child off.
    """

    walk_forward: Floats
    walk_backward: Floats
    ice: Floats
    wait: Floats
    barrier: Floats

    @property
    def forward(self) -> Floats:
        """All minutes from start to end."""
        return self.walk_forward + self.ice + self.wait + self.barrier

    @property
    def backward(self) -> Floats:
        """All minutes from end to start."""
        return self.walk_backward + self.ice + self.wait + self.barrier


def link_minutes(
    links: Links,
    who: Profile,
    choices: Choices | None = None,
    *,
    slopes: Slopes | None = None,
    end: End = "middle",
) -> LinkMinutes:
    """Return the minutes along every link.

    Parameters
    ----------
    links
        The network with its crossings.
    who
        The profile that walks.
    choices
        What the planner decides; the defaults where None.
    slopes
        What hills do to walking time (:mod:`cfc_gis.slope`); None where no terrain is given: all is level.
    end
        Which end of winter's range.

    Returns
    -------
    LinkMinutes
        Walking takes ``m / (60 v)`` times the factor of the slope, ice ``m / 1000`` times the minutes
        per km of the street's kind. Steps without a tagged ramp are closed to wheels, slopes beyond their limit too,
        and paths over ice to all unless the planner opens them in winter. Crossings: :func:`crossing_minutes`.

    Examples
    --------
    >>> import pandas as pd
    >>> from cfc_gis import crossings, network
    >>> from cfc_gis.profiles import profile
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> links = crossings.build(network.build(streets, points, crs="EPSG:4551"))
    >>> link_minutes(links, profile("age6_8.summer")).forward.round(1)
    array([18.5])
    """
    choices = choices or Choices()
    network = links.network
    level = links.metres * who.minutes_per_m
    closed = _closed(links, who, choices)
    ahead = back = np.ones(len(closed))
    if slopes is not None:
        closed |= slopes.steepest > who.slope_limit
        ahead, back = (_on_wheels(factor, who) for factor in (slopes.forward_factor, slopes.backward_factor))
    shut = closed[links.edge] & (links.kind == 0)
    wait, barrier = crossing_minutes(links, who)
    return LinkMinutes(
        np.where(shut, np.inf, level * ahead[links.edge]),
        np.where(shut, np.inf, level * back[links.edge]),
        links.metres / 1000.0 * _ice_per_km(network, who, choices, end)[links.edge],
        wait,
        barrier,
    )


def leg_minutes(metres: Floats, who: Profile, end: End = "middle") -> Floats:
    """Return the minutes for the last metres between a place and the network: level, and never cleared of ice.

    Examples
    --------
    >>> from cfc_gis.profiles import profile
    >>> leg_minutes(np.array([60.0, np.nan]), profile("age6_8.winter"))
    array([1.12,  nan])
    """
    return metres * (who.minutes_per_m + who.ice_other[ENDS.index(end)] / 1000.0)


def _on_wheels(factor: Floats, who: Profile) -> Floats:
    """Return the factors of a slope for who walks; on wheels it is never quicker than level, and weighs more."""
    return factor if who.steps else np.maximum(factor, 1.0) ** who.slope_times


def crossing_minutes(links: Links, who: Profile) -> tuple[Floats, Floats]:
    """Return the minutes that a child waits at every crossing link, and those that a dangerous one adds.

    Returns
    -------
    tuple of arrays
        0 for streets. With signals ``(C - g)^2 / 2C``, half of it at one carriageway of a dual carriageway. Without,
        the wait for a gap of ``t = width / speed + 3`` seconds among q vehicles a second, ``(e^(q t) - q t - 1) / q``
        (Highway Capacity Manual, random arrivals), at most the longest wait; a part of it where the crossing is
        marked. Where nothing is mapped at a junction it is the longer of the two: nobody knows which it is. Infinite
        for a strict profile where no crossing is mapped. Figures: ``resources/profiles.toml``.
    """
    facts = resource()["crossing"]
    is_crossing = links.kind > 0
    arm = links.edge[is_crossing]
    kind = links.kind[is_crossing]
    road = _roads(links)
    green = (facts["cycle_s"] - facts["green_s"]) ** 2 / (2 * facts["cycle_s"]) / 60.0
    gap = gap_wait_s(road["width_m"][arm] / who.speed_m_s + 3.0, road["vehicles_s"][arm])
    gap = np.minimum(gap, facts["longest_wait_s"]) / 60.0
    signals = np.where(links.one_way[arm], 0.5, 1.0) * green
    wait_by_kind = {
        "signals": signals,
        "marked": facts["give_way_times"] * gap,
        "unmarked": np.inf if who.strict else gap,
        "presumed": np.inf if who.strict else np.maximum(gap, signals),
    }
    by_kind = np.select([kind == KINDS.index(name) for name in wait_by_kind], list(wait_by_kind.values()))
    wait, barrier = np.zeros(len(links.kind)), np.zeros(len(links.kind))
    wait[is_crossing] = by_kind + who.kerb_min
    if who.wary:
        barrier[is_crossing] = np.where(kind == KINDS.index("unmarked"), road["barrier_min"][arm], 0.0)
    return wait, barrier


def gap_wait_s(gap_s: Floats, vehicles_s: Floats) -> Floats:
    """Return the mean wait in seconds for a gap in random traffic: ``(e^(q t) - q t - 1) / q``.

    Examples
    --------
    Seven metres at 1 m/s and 3 s more, among 600 vehicles an hour:

    >>> gap_wait_s(np.array([10.0]), np.array([600 / 3600])).round(1)
    array([15.8])
    """
    flow = vehicles_s * gap_s
    return (np.exp(np.minimum(flow, 50.0)) - flow - 1.0) / vehicles_s


def _roads(links: Links) -> Mapping[str, Floats]:
    """Width, traffic and barrier of every edge that is a main road; traffic parts over the two ways of a dual one."""
    facts, edge_class = resource()["crossing"], links.network.edge_class
    lanes, vehicles, barrier = (np.full(len(edge_class), np.nan) for _ in range(3))
    for name, road in facts["road"].items():
        of_class = edge_class == CLASSES.index(name)
        one_way = links.one_way[of_class]
        lanes[of_class] = np.where(one_way, road["lanes_one_way"], road["lanes"])
        vehicles[of_class] = np.where(one_way, 0.5, 1.0) * road["vehicles_h"] / 3600.0
        barrier[of_class] = road["barrier_min"]
    lanes = np.where(links.lanes > 0, links.lanes, lanes)
    return {"width_m": lanes * facts["lane_m"], "vehicles_s": vehicles, "barrier_min": barrier}


def _closed(links: Links, who: Profile, choices: Choices) -> Flags:
    open_ice = choices.frozen_paths and who.season == "winter"
    closed = np.zeros(len(links.frozen), dtype=bool) if open_ice else links.frozen.copy()
    if not who.steps:
        closed |= (links.network.edge_class == CLASSES.index("steps")) & ~links.ramp
    return closed


def _named(network: WalkNetwork, names: frozenset[str]) -> Flags:
    return np.fromiter((name in names for name in network.edge_name), bool, len(network.edge_name))


def cleared(network: WalkNetwork, choices: Choices) -> Flags:
    """Return which edges are cleared of snow and ice; shape (edges,).

    Parameters
    ----------
    network
        The walk network.
    choices
        Which streets are; those of the classes in ``resources/profiles.toml`` where nobody says.

    Examples
    --------
    >>> import pandas as pd
    >>> from cfc_gis import network
    >>> table = pd.DataFrame({"osm_id": ["w1", "w2"], "part": 0, "name": ["一街", "二街"],
    ...                       "tags": [{"highway": "primary"}, {"highway": "service"}]})
    >>> points = pd.DataFrame({"street": [0, 0, 1, 1], "node_id": [1, 2, 2, 3],
    ...                        "lon": [126.0, 126.001, 126.001, 126.002], "lat": 45.7})
    >>> streets = network.build(table, points, crs="EPSG:4551")
    >>> cleared(streets, Choices()).tolist(), cleared(streets, Choices(also_cleared=frozenset({"二街"}))).tolist()
    ([True, False], [True, True])
    """
    if choices.cleared is None:
        classes = [CLASSES.index(name) for name in resource()["cleared"]["classes"]]
        flags = np.isin(network.edge_class, classes)
    else:
        flags = _named(network, choices.cleared)
    return flags | _named(network, choices.also_cleared)


def _ice_per_km(network: WalkNetwork, who: Profile, choices: Choices, end: End) -> Floats:
    which = ENDS.index(end)
    return np.where(cleared(network, choices), who.ice_cleared[which], who.ice_other[which])
