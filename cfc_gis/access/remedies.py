"""What would bring a service to the children who do not have it, home by home, then by neighbourhood.

Each home that is not served has one kind of remedy as first choice: the first in the order of :data:`KINDS` that would
do. Others that would do stand beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis.access import isolated
from cfc_gis.access.measure import Measured, Places
from cfc_gis.access.reached import WITHIN, Reached
from cfc_gis.access.walk import Walk
from cfc_gis.crossings import MAIN_CLASSES
from cfc_gis.network import CLASSES

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


def homes(walk: Walk, places: Places, measured: Measured, key: tuple[str, str]) -> pd.DataFrame:
    """Return the first remedy of every home that is not served.

    Parameters
    ----------
    walk, places, measured
        As of :func:`find`.
    key
        Category and profile.

    Returns
    -------
    DataFrame
        ``origin`` (row of the origins), ``kind``, ``facility`` (row, -1 for none), ``street`` (missing for none).
    """
    case = _Case(walk, places, measured, key, _cut_off(walk, places))
    parts = [_part(case, kind, first, True) for kind, first in _firsts(case)]
    return pd.concat(parts, ignore_index=True)[["origin", "kind", "facility", "street"]]


def _firsts(case: _Case) -> list[tuple[str, Flags]]:
    """Return the homes for which each kind is the first that would do."""
    would_do = case.would_do()
    first = np.where(case.served, _NOBODY, np.stack([would_do[kind] for kind in KINDS]).argmax(axis=0))
    return [(kind, first == number) for number, kind in enumerate(KINDS)]


def _cut_off(walk: Walk, places: Places) -> Flags:
    links = walk.links
    island = np.append(isolated.islands(links), _NOBODY)
    flags: Flags = island[np.where(places.at.found, links.start[links.beside(places.at)], _NOBODY)] != 0
    return flags


class _Case:
    """One category and profile: which remedies would do at each home."""

    def __init__(self, walk: Walk, places: Places, measured: Measured, key: tuple[str, str], cut_off: Flags) -> None:
        self.places, self.network, self.cut_off = places, walk.links.network, cut_off
        self.reached, self.nearby = measured.reached[key], measured.nearby[key]
        age, _, season = key[1].rpartition(".")
        summer = key[0], f"{age}.summer"
        compared = season == "winter" and summer in measured.reached
        self.summer = (measured.reached[summer], measured.nearby[summer]) if compared else None
        self.served = _within(self.reached, self.reached.nearest)

    @cached_property
    def near(self) -> Flags:
        """Homes that are not served, but would be by a way that is almost straight."""
        detour = float(thresholds()["direct"]["detour"])
        return ~self.served & (self.nearby.straight_m * detour <= self.nearby.reach_m * (1 + WITHIN))

    @cached_property
    def barred(self) -> Flags:
        """Those of them whose straight line crosses a main road."""
        rows, _ = self._crossed
        flags = np.zeros(len(self.served), dtype=bool)
        flags[rows] = True
        return flags

    @cached_property
    def roads(self) -> NDArray[np.object_]:
        """Name of the main road that each of these lines crosses, of several the first in the network; or None."""
        rows, edges = self._crossed
        names = np.full(len(self.served), None, dtype=object)
        names[rows] = self.network.edge_name[edges]
        return names

    @cached_property
    def _crossed(self) -> tuple[Ints, Ints]:
        """Homes whose straight line crosses a main road, and the first edge of one that it crosses."""
        rows = np.flatnonzero(self.near)
        home = shapely.get_coordinates(self.places.origins.geometry.to_numpy()[rows])
        entrance = shapely.get_coordinates(self.nearby.entrance[rows])
        lines = shapely.linestrings(np.stack([home, entrance], axis=1)) if len(rows) else np.empty(0, dtype=object)
        main = np.flatnonzero(np.isin(self.network.edge_class, [CLASSES.index(name) for name in MAIN_CLASSES]))
        line, road = shapely.STRtree(self.network.lines[main]).query(lines, predicate="crosses")
        order = np.lexsort((road, line))
        line, first = np.unique(line[order], return_index=True)
        return rows[line], main[road[order][first]]

    def would_do(self) -> dict[str, Flags]:
        """Return the homes that are not served for which each kind would do; all of them could have a new site."""
        thawed, open_then = self._in_summer()
        return {
            "confirm": ~self.served & _within(self.reached, self.nearby.presumed),
            "clear_ice": thawed & open_then,
            "indoor": thawed & ~open_then,
            "gate": self.near & self.cut_off,
            "crossing": self.near & ~self.cut_off & self.barred,
            "path": self.near & ~self.cut_off & ~self.barred,
            "new_site": ~self.served,
        }

    def facility_of(self, kind: str) -> Ints:
        """Return the row of the facility that a kind is about; -1 for none."""
        if kind == "new_site":
            return np.full(len(self.served), _NOBODY)
        if kind == "confirm":
            return self.nearby.presumed_facility
        if kind in {"clear_ice", "indoor"} and self.summer:
            return self.summer[1].facility
        return self.nearby.facility if kind == SEATS else self.nearby.straight_facility

    def short_of_seats(self) -> Flags:
        """Return the homes that are served with fewer seats than children."""
        return self.served & (self.nearby.supply < float(thresholds()["seats"]["least"]) - WITHIN)

    def _in_summer(self) -> tuple[Flags, Flags]:
        """Return which homes have in summer what they lack in winter, and whether that is open all year."""
        if self.summer is None:
            nothing = np.zeros(len(self.served), dtype=bool)
            return nothing, nothing
        reached, nearby = self.summer
        all_year = np.append((self.places.facilities["season"] == "all").to_numpy(dtype=bool), False)
        return ~self.served & _within(reached, reached.nearest), all_year[nearby.facility]


def _within(reached: Reached, cost: Floats) -> Flags:
    return np.asarray(cost <= reached.threshold * (1 + WITHIN))


def _rows(places: Places, category: str, profile: str, case: _Case) -> pd.DataFrame:
    would_do = case.would_do()
    parts = []
    for kind, first in _firsts(case):
        beside = would_do[kind] & ~first & (kind != "new_site")  # which would do for everybody
        parts += [_part(case, kind, first, True), _part(case, kind, beside, False)]
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
