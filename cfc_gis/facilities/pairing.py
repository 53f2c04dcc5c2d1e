"""Pair the rows of a register with the facilities that are known, one to one, by place and name.

Pairs are taken best first: the weight of a pair is the likeness of its names less its distance, in units of ``per_m``
(``resources/merge.toml``). Where a second pair weighs nearly as much nobody can tell, and the rows are conflicting.
The order of rows is of no matter.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import likeness
from cfc_gis.likeness import Likeness

_ACCEPTED = ("same_name", "alike_near", "unnamed_near")


@cache
def rules() -> dict[str, Any]:
    """Return the resource file of merging."""
    file = resources.files("cfc_gis") / "resources" / "merge.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def measure(name: str) -> float:
    """Return a measure of merging.

    Examples
    --------
    >>> measure("same_name_m")
    1000.0
    """
    return float(rules()["measures"][name])


@dataclass(frozen=True)
class Pair:
    """A row of the register and a facility that may be one.

    Parameters
    ----------
    row, facility
        Their positions in the two tables.
    weight
        Likeness less distance; by it pairs are ordered.
    metres
        Between them; NaN where the row has no place.
    likeness
        Of their names; NaN where one tells nothing.
    why
        What speaks for it, or makes it doubtful: key of the locale section ``merge_why``.
    """

    row: int
    facility: int
    weight: float
    metres: float
    likeness: float
    why: str


@dataclass
class Pairing:
    """What each row of the register is: settled step by step, in the order of the functions below.

    Parameters
    ----------
    matched
        Pair of each row that is a known facility.
    conflicting
        Pairs of each row that cannot be told, best first.
    unplaced
        Why each row without a place is not matched, and the facilities of its name.
    same
        The row that counts for each row that is the same site.
    taken, disputed
        Facilities that are a row's, and those that may be several rows'.
    """

    matched: dict[int, Pair] = field(default_factory=dict)
    conflicting: dict[int, list[Pair]] = field(default_factory=dict)
    unplaced: dict[int, tuple[str, list[int]]] = field(default_factory=dict)
    same: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    disputed: set[int] = field(default_factory=set)

    def match(self, pair: Pair) -> None:
        """Settle a row."""
        self.matched[pair.row] = pair
        self.taken.add(pair.facility)

    def dispute(self, pairs: Iterable[Pair], why: str) -> None:
        """Leave the rows of some pairs to the planner."""
        for pair in pairs:
            self.conflicting.setdefault(pair.row, []).append(replace(pair, why=why))
            self.disputed.add(pair.facility)

    def is_settled(self, row: int) -> bool:
        """Whether it is known what a row is, or that it cannot be told."""
        return row in self.matched or row in self.conflicting or row in self.same

    def is_open(self, pair: Pair) -> bool:
        """Whether neither the row nor the facility is settled."""
        return not self.is_settled(pair.row) and pair.facility not in self.taken


def candidates(listed: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> list[Pair]:
    """Return every pair that is worth a look, best first.

    Parameters
    ----------
    listed
        The register (:data:`cfc_gis.schema.REGISTER`) in the CRS of the facilities, in metres, numbered from 0.
    facilities
        Facilities (:data:`cfc_gis.schema.FACILITIES`), numbered from 0.

    Returns
    -------
    list of Pair
        Of rows that have a place, with facilities of a compatible category nearer than ``far_m``.
    """
    placed = np.flatnonzero(listed.geometry.notna())
    shapes = listed.geometry.to_numpy()[placed]
    tree = shapely.STRtree(facilities.geometry.to_numpy())
    i, j = tree.query(shapes, predicate="dwithin", distance=measure("far_m"))
    metres = shapely.distance(shapes[i], tree.geometries[j])
    kinds, known = listed["category"].tolist(), facilities["category"].tolist()
    names, others = _full_names(listed), facilities["name"].tolist()
    alone = frozenset(rules()["alone"]["categories"])
    pairs = []
    for row, facility, m in zip(placed[i].tolist(), j.tolist(), metres.tolist(), strict=True):
        if compatible(kinds[row], known[facility]):
            alike = likeness.compare(names[row], _text(others[facility]))
            if why := _why(alike, m, alone=kinds[row] in alone):
                pairs.append(_pair(row, facility, m, alike, why))
    order, ids = listed["register_id"].tolist(), facilities["facility_id"].tolist()
    return sorted(pairs, key=lambda pair: (-pair.weight, order[pair.row], ids[pair.facility]))


def _pair(row: int, facility: int, metres: float, alike: Likeness, why: str) -> Pair:
    score = measure("unnamed") if alike.score is None else alike.score
    told = float("nan") if alike.score is None else alike.score
    return Pair(row, facility, score - metres / measure("per_m"), metres, told, why)


def _why(alike: Likeness, metres: float, *, alone: bool) -> str | None:
    """Return what speaks for a pair, or makes it doubtful; ``None`` where it is no pair."""
    if alike.score is None:
        return "unnamed_near" if metres <= measure("unnamed_m") else None
    if alike.score == 1:
        return "same_name" if metres <= measure("same_name_m") else "same_name_far"
    if alike.score >= likeness.score("alike"):
        return "alike_near" if metres <= measure("alike_m") else None
    return "other_name_here" if alone and metres <= measure("other_name_m") else None


def compatible(first: str, second: str) -> bool:
    """Tell whether two categories may be one facility.

    Examples
    --------
    >>> compatible("nine_year_school", "primary_school"), compatible("kindergarten", "primary_school")
    (True, False)
    """
    wider: Mapping[str, Sequence[str]] = rules()["wider"]
    return first == second or second in wider.get(first, ()) or first in wider.get(second, ())


def _full_names(listed: pd.DataFrame) -> list[str | None]:
    pairs = zip(listed["name"], listed["district"], strict=True)
    return [likeness.with_district(name, district) for name, district in pairs]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def settle(pairing: Pairing, pairs: list[Pair]) -> None:
    """Match the pairs that speak for themselves, best first; dispute those that another equals.

    A row whose facility is disputed is disputed itself: as a new facility it might be counted twice.
    """
    accepted = [pair for pair in pairs if pair.why in _ACCEPTED]
    by_row, by_facility = _grouped(accepted, "row"), _grouped(accepted, "facility")
    for pair in accepted:
        if not pairing.is_open(pair):
            continue
        close = [
            other
            for other in (*by_row[pair.row], *by_facility[pair.facility])
            if other != pair and other.weight > pair.weight - measure("tie") and pairing.is_open(other)
        ]
        if close or pair.facility in pairing.disputed:
            pairing.dispute([pair, *close], "tie")
        else:
            pairing.match(pair)


def _grouped(pairs: Iterable[Pair], by: str) -> dict[int, list[Pair]]:
    groups: dict[int, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(getattr(pair, by), []).append(pair)
    return groups


def settle_rivals(pairing: Pairing, undecided: Pairing, listed: gpd.GeoDataFrame) -> None:
    """Settle the rows that were, or might have been, a facility that the planner gave to another row.

    Where one name is the other or part of it, and the row is within ``alike_m`` of the facility, the two are one site;
    of a facility without a name the names must be one, for it tells nothing of either.
    The other rows stay with the planner: none is new by itself, for it might be counted twice.

    Parameters
    ----------
    pairing
        What was decided, and what follows from it.
    undecided
        What :func:`settle` says where no facility is given to a row.
    listed
        The register, numbered from 0.
    """
    owner = {pair.facility: pair.row for pair in pairing.matched.values() if pair.why == "decided"}
    names = _full_names(listed)
    for pairs in (*([pair] for pair in undecided.matched.values()), *undecided.conflicting.values()):
        lost = next((pair for pair in pairs if pair.facility in owner), None)
        if lost is None or pairing.is_settled(lost.row):
            continue
        row = owner[lost.facility]
        telling = {"same"} if np.isnan(lost.likeness) else {"same", "part"}
        if likeness.compare(names[lost.row], names[row]).why in telling and lost.metres <= measure("alike_m"):
            pairing.same[lost.row] = row
        else:
            pairing.dispute([lost], "claimed")


def doubt(pairing: Pairing, pairs: list[Pair]) -> None:
    """Dispute what is neither matched nor clearly new: one name far away, another name at the same place."""
    open_pairs = [pair for pair in pairs if pair.why not in _ACCEPTED and pairing.is_open(pair)]
    for row_pairs in _grouped(open_pairs, "row").values():
        pairing.dispute(row_pairs, row_pairs[0].why)


def match_by_name(
    pairing: Pairing, listed: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, rows: Container[int]
) -> None:
    """Match those of some rows that have no place to the only facility of their name, if no other row may be it."""
    fits = _of_one_name(pairing, listed, facilities, rows)
    claims = Counter(facility for found in fits.values() for facility in found)
    loose = set(np.flatnonzero(listed.geometry.isna()).tolist())
    for row, found in fits.items():
        if row not in loose:
            continue
        free = [facility for facility in found if facility not in pairing.taken | pairing.disputed]
        if free == found and len(found) == 1 and claims[found[0]] == 1:
            pairing.match(Pair(row, found[0], 1.0, float("nan"), 1.0, "only_name"))
        else:
            why = "no_place" if not found else "name_ambiguous" if free else "name_taken"
            pairing.unplaced[row] = (why, found)


def _of_one_name(
    pairing: Pairing, listed: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, rows: Container[int]
) -> dict[int, list[int]]:
    """Return the facilities of the same name for each of some rows that is not settled, wherever they are."""
    names, others = _full_names(listed), facilities["name"].map(_text).tolist()
    kinds, known = listed["category"].tolist(), facilities["category"].tolist()
    cores: dict[str, list[int]] = {}
    for facility, name in enumerate(others):
        cores.setdefault(likeness.parse(name or "").core, []).append(facility)
    return {
        row: [
            facility
            for facility in cores.get(likeness.parse(names[row] or "").core, [])
            if compatible(kinds[row], known[facility]) and likeness.compare(names[row], others[facility]).score == 1
        ]
        for row in range(len(listed))
        if row in rows and not pairing.is_settled(row)
    }
