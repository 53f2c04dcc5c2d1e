"""Tell which objects are one site: a school's ground, its buildings and its node are one facility."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cfc_gis import lexicon, names
from cfc_gis.facilities.found import Found
from cfc_gis.facilities.grounds import inside_pairs

_NAMES_COUNT = {"culture", "music", "ice_snow"}
_COURTS = {"sport", "play"}
_PART_REASONS = {"stage_unknown", "building_only", "too_small", "no_area"}
_RANK = {"strong": 0, "presumed": 1, "unknown": 2}

_Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class Site:
    """One facility and the objects it is made of.

    Parameters
    ----------
    members
        What it was found from, the main object first.
    parts
        Objects that say nothing by themselves and lie in it, such as unnamed school buildings.
    """

    members: list[Found]
    parts: list[Found]

    @property
    def main(self) -> Found:
        """The object that gives the site its id."""
        return self.members[0]

    @property
    def name(self) -> str | None:
        """The first telling name among its members, else any name, else ``None``."""
        telling = [each.name for each in self.members if each.core]
        return next(iter(telling + [each.name for each in self.members if each.name]), None)

    @property
    def verdict(self) -> lexicon.Verdict:
        """The best verdict of its members: a mapped children's department proves paediatrics for its hospital."""
        return min((each.verdict for each in self.members), key=lambda verdict: _RANK[verdict.evidence])

    @property
    def shape(self) -> shapely.Geometry:
        """Union of its polygons, else the shape of its main object."""
        areas = [each.shape for each in self.members if each.is_area]
        return shapely.union_all(areas) if len(areas) > 1 else self.main.shape

    @property
    def ownership(self) -> str | None:
        """Ownership, from the first member that tells."""
        return next((each.ownership for each in self.members if each.ownership), None)

    @property
    def capacity(self) -> float | None:
        """Capacity, from the first member that tells."""
        return next((each.capacity for each in self.members if each.capacity is not None), None)

    @property
    def osm_ids(self) -> str:
        """Ids of all its objects, sorted, joined by ``;``."""
        return ";".join(sorted(each.osm_id for each in self.members + self.parts))


def group(found: list[Found]) -> tuple[list[Site], list[Found]]:
    """Group objects into sites.

    Two objects of one category, season, name and shape are one thing mapped twice. Two of one category and season are
    one site where the smaller lies mostly in the larger and their names agree; where they bear one name and are near;
    and, courts and play equipment without names, where they are near. Objects that say nothing by themselves join the
    smallest site around them.

    Parameters
    ----------
    found
        Objects of interest, in the order of :attr:`cfc_gis.facilities.found.Found.order`.

    Returns
    -------
    sites : list of Site
        The facilities.
    rest : list of Found
        Objects that belong to none.
    """
    twins: dict[object, list[Found]] = {}
    for each in found:
        if each.taken:
            twins.setdefault((each.category, each.season, each.core, shapely.to_wkb(each.shape)), []).append(each)
    taken = [same[0] for same in twins.values()]
    links = _smallest_around(taken, taken, _same_site) + _same_name(taken) + _courts(taken)
    sites: dict[int, Site] = {}
    number = _components(len(taken), links)
    for row, same in enumerate(twins.values()):
        sites.setdefault(number[row], Site([], [])).members.extend(same)
    for site in sites.values():
        site.members.sort(key=lambda each: each.order)
    rest = [each for each in found if not each.taken]
    loose = [each for each in rest if each.verdict.reason in _PART_REASONS]
    around = dict(_smallest_around(loose, taken, lambda part, host: part.kind == host.kind))
    for part, host in around.items():
        sites[number[host]].parts.append(loose[part])
    joined = {loose[part].osm_id for part in around}
    return list(sites.values()), [each for each in rest if each.osm_id not in joined]


def _components(size: int, links: _Pairs) -> list[int]:
    ends = np.array(links, dtype=int).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(size, size))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist() if size else []
    return labels


def _smallest_around(inner: list[Found], outer: list[Found], fits: Callable[[Found, Found], bool]) -> _Pairs:
    """Pair each inner object with the smallest fitting outer one around it, which precedes it in order."""
    best: dict[int, int] = {}
    for a, b in inside_pairs(_shapes(inner), _shapes(outer)):
        if outer[b].order < inner[a].order and fits(inner[a], outer[b]):
            best[a] = max(b, best.get(a, b))  # outer is sorted by size: the last fitting one is the smallest
    return list(best.items())


def _same_site(part: Found, host: Found) -> bool:
    if (part.category, part.season) != (host.category, host.season):
        return False
    by_name = part.kind != "leisure" or part.category in _NAMES_COUNT
    return names.agree(part.core, host.core) if by_name else True


def _near(taken: list[Found], rows: list[int], metres: float) -> _Pairs:
    shapes = _shapes([taken[row] for row in rows])
    i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    return [(rows[a], rows[b]) for a, b in zip(i.tolist(), j.tolist(), strict=True) if a < b]


def _same_name(taken: list[Found]) -> _Pairs:
    named = [row for row, each in enumerate(taken) if each.core]
    key = [(each.category, each.season, each.core) for each in taken]
    return [(a, b) for a, b in _near(taken, named, lexicon.measure("same_name_m")) if key[a] == key[b]]


def _courts(taken: list[Found]) -> _Pairs:
    bare = [row for row, each in enumerate(taken) if not each.core and each.category in _COURTS]
    key = [(each.category, each.season, each.verdict.evidence) for each in taken]
    return [(a, b) for a, b in _near(taken, bare, lexicon.measure("court_gap_m")) if key[a] == key[b]]


def _shapes(found: list[Found]) -> np.ndarray:
    return np.array([each.shape for each in found], dtype=object)
