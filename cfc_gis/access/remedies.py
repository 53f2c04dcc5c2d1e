"""What would bring a service to the children who do not have it, home by home, then by neighbourhood.

Each home that is not served has one kind of remedy as first choice: the first in the order of :data:`KINDS` that would
do. Others that would do stand beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis.access import isolated
from cfc_gis.access.measure import Measured, Places
from cfc_gis.access.reached import WITHIN, Nearby, Reached
from cfc_gis.access.walk import Walk
from cfc_gis.crossings import MAIN_CLASSES
from cfc_gis.network import CLASSES, WalkNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

KINDS = ("confirm", "clear_ice", "indoor", "gate", "crossing", "path", "new_site")
"""Kinds of remedies for homes that are not served, in the order in which they are chosen."""

SEATS = "seats"
"""For homes that are served, with too few seats, places or beds."""

COLUMNS = ("neighbourhood_id", "category", "profile", "kind", "first", "facility_id", "street", "share")
_NOBODY = -1


@cache
def thresholds() -> Mapping[str, Mapping[str, Any]]:
    """Return when a kind is named (``resources/upgrades.toml``).

    Examples
    --------
    >>> thresholds()["direct"]["detour"], thresholds()["direct"]["verified"]
    (1.1, False)
    """
    file = resources.files("cfc_gis") / "resources" / "upgrades.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def find(walk: Walk, places: Places, measured: Measured) -> pd.DataFrame:
    """Find the kinds of remedies for every neighbourhood, category and profile.

    Parameters
    ----------
    walk
        The network.
    places
        Origins and entrances on it.
    measured
        What was measured; clearing of ice and indoor places are told where both seasons were.

    Returns
    -------
    DataFrame
        ``neighbourhood_id``, ``category``, ``profile``, ``kind``, ``first``, ``facility_id`` and ``street`` (missing
        where none is concerned), and ``share`` of the neighbourhood's children. Of the rows with ``first`` the shares
        add up to those who are not served, 1 - ``share_within``. The others stand beside them.

    Notes
    -----
    Of a home that is not served, S the standard and d the straight line to the nearest proven facility:

    - ``confirm``: with presumed facilities it would be.
    - ``clear_ice``: in summer it is, by a facility that is open in winter too; ``indoor``: by one that is not.
    - ``gate``: it is not joined to the main network, and d * detour <= S.
    - ``crossing``: d * detour <= S, and that line crosses a main road; ``path``: it crosses none.
    - ``new_site``: none of these.

    A standard in minutes is turned into metres at the pace of the profile in that season.
    """
    cut_off = _cut_off(walk, places)
    tables = [
        _rows(places, name, profile, _Case(walk, places, measured, (name, profile), cut_off))
        for name, profile in measured.reached
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values([*COLUMNS[:5], "facility_id", "street"], ascending=[True] * 4 + [False, True, True],
                             ignore_index=True)  # fmt: skip


def _cut_off(walk: Walk, places: Places) -> Flags:
    links = walk.links
    island = np.append(isolated.islands(links), _NOBODY)
    flags: Flags = island[np.where(places.at.found, links.start[links.beside(places.at)], _NOBODY)] != 0
    return flags


class _Case:
    """One category and profile: which remedies would do at each home."""

    def __init__(self, walk: Walk, places: Places, measured: Measured, key: tuple[str, str], cut_off: Flags) -> None:
        self.places, self.walk, self.cut_off = places, walk, cut_off
        self.reached: Reached = measured.reached[key]
        self.nearby: Nearby = measured.nearby[key]
        age, _, season = key[1].rpartition(".")
        summer = key[0], f"{age}.summer"
        self.summer = (
            (measured.reached[summer], measured.nearby[summer]) if _is_other(season, summer, measured) else None
        )
        self.served = _within(self.reached, self.reached.nearest)

    def would_do(self) -> dict[str, Flags]:
        """Return the homes that are not served for which each kind would do; all of them could have a new site."""
        detour = float(thresholds()["direct"]["detour"])
        near = self.nearby.straight_m * detour <= self.nearby.reach_m * (1 + WITHIN)
        near &= ~self.served
        barred = np.zeros(len(near), dtype=bool)
        barred[near], self.roads = _over_main_roads(self, near)
        thawed, open_then = self._in_summer()
        return {
            "confirm": ~self.served & _within(self.reached, self.nearby.presumed),
            "clear_ice": thawed & open_then,
            "indoor": thawed & ~open_then,
            "gate": near & self.cut_off,
            "crossing": near & ~self.cut_off & barred,
            "path": near & ~self.cut_off & ~barred,
            "new_site": ~self.served,
        }

    def facility_of(self, kind: str) -> Ints:
        """Return the row of the facility that a kind is about; -1 for none."""
        if kind == "confirm":
            return self.nearby.presumed_facility
        if kind in {"clear_ice", "indoor"} and self.summer:
            return self.summer[1].facility
        if kind == SEATS:
            return self.nearby.facility
        return np.full(len(self.served), _NOBODY) if kind == "new_site" else self.nearby.straight_facility

    def short_of_seats(self) -> Flags:
        """Return the homes that are served with fewer seats than children."""
        return self.served & (self.nearby.supply < float(thresholds()["seats"]["least"]) - WITHIN)

    def _in_summer(self) -> tuple[Flags, Flags]:
        nothing = np.zeros(len(self.served), dtype=bool)
        if self.summer is None:
            return nothing, nothing
        reached, nearby = self.summer
        all_year = np.append((self.places.facilities["season"] == "all").to_numpy(dtype=bool), False)
        return ~self.served & _within(reached, reached.nearest), all_year[nearby.facility]


def _is_other(season: str, summer: tuple[str, str], measured: Measured) -> bool:
    return season == "winter" and summer in measured.reached


def _within(reached: Reached, cost: Floats) -> Flags:
    return np.asarray(cost <= reached.threshold * (1 + WITHIN))


def _over_main_roads(case: _Case, rows: Flags) -> tuple[Flags, NDArray[np.object_]]:
    """Return whether the straight line of some homes crosses a main road, and the name of the first one, or None."""
    names = np.full(len(rows), None, dtype=object)
    lines = shapely.linestrings(
        np.stack([shapely.get_coordinates(case.places.origins.geometry.to_numpy()[rows]),
                  shapely.get_coordinates(case.nearby.entrance[rows])], axis=1)
    ) if rows.any() else np.empty(0, dtype=object)  # fmt: skip
    roads = _main_roads(case.walk.links.network)
    line, road = shapely.STRtree(case.walk.links.network.lines[roads]).query(lines, predicate="crosses")
    barred = np.zeros(len(lines), dtype=bool)
    barred[line] = True
    of_rows = np.flatnonzero(rows)[line]
    for row, edge in sorted(zip(of_rows.tolist(), roads[road].tolist(), strict=True), reverse=True):
        names[row] = case.walk.links.network.edge_name[edge]
    return barred, names


def _main_roads(network: WalkNetwork) -> Ints:
    return np.flatnonzero(np.isin(network.edge_class, [CLASSES.index(name) for name in MAIN_CLASSES]))


def _rows(places: Places, category: str, profile: str, case: _Case) -> pd.DataFrame:
    would_do = case.would_do()
    holds = np.stack([would_do[kind] for kind in KINDS])
    first = np.where(case.served, _NOBODY, holds.argmax(axis=0))
    parts = []
    for number, kind in enumerate(KINDS):
        beside = holds[number] & (first != number) & (kind != "new_site")  # which would do for everybody
        parts += [_part(case, kind, first == number, True), _part(case, kind, beside, False)]
    parts.append(_part(case, SEATS, case.short_of_seats(), False))
    table = pd.concat(parts, ignore_index=True)
    weight = places.origins["weight"].to_numpy(dtype=np.float64)
    total = np.bincount(places.groups.of, weights=weight)
    group = places.groups.of[table["origin"]]
    table["share"] = weight[table["origin"]] / total[group]
    table["neighbourhood_id"] = places.groups.ids[group]
    ids = np.array([*places.facilities["facility_id"], None], dtype=object)
    table["facility_id"] = ids[table["facility"]]
    keys = ["neighbourhood_id", "kind", "first", "facility_id", "street"]
    summed = table.groupby(keys, dropna=False, as_index=False).agg(share=("share", "sum"))
    return summed.assign(category=category, profile=profile)[[*COLUMNS]]


def _part(case: _Case, kind: str, rows: Flags, first: bool) -> pd.DataFrame:
    origin = np.flatnonzero(rows)
    street = case.roads[origin] if kind == "crossing" else np.full(len(origin), None, dtype=object)
    facts = {"origin": origin, "kind": kind, "first": first, "facility": case.facility_of(kind)[origin]}
    return pd.DataFrame({**facts, "street": pd.array(street, dtype="str")})
