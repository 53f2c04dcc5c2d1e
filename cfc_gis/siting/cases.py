"""From a run to problems: who lives where, what exists, and which candidates lie within the standard.

Costs are those of the access table: the measure of the deciding standard, from every home, on the same network. So
children gained by a choice are those whom the whole measurement finds when the chosen sites stand among the facilities
(:func:`recomputed`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import capacities, schema
from cfc_gis.access import choose, measure
from cfc_gis.access.measure import Places
from cfc_gis.access.reached import Reached
from cfc_gis.access.seats import near_matrix
from cfc_gis.siting.candidates import Candidates
from cfc_gis.siting.coverage import Coverage
from cfc_gis.siting.distance import Ways
from cfc_gis.siting.opened import facilities_of, with_facilities
from cfc_gis.siting.seated import Seating
from cfc_gis.standards import Standard, by_category

if TYPE_CHECKING:
    from cfc_gis.result import Result

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Case:
    """One category in one season: who needs it, what exists, and what may be added.

    Parameters
    ----------
    result
        The run.
    candidates
        What may be added.
    season
        ``summer`` or ``winter``: which facilities are open, and, for standards in minutes, how fast children walk.
    """

    result: Result
    candidates: Candidates
    season: str

    @property
    def category(self) -> str:
        """What would be opened."""
        return self.candidates.category

    @cached_property
    def standard(self) -> Standard:
        """The standard that decides."""
        return by_category(self.result.all_standards)[self.category][0]

    @cached_property
    def children(self) -> Floats:
        """Children of the category's band at each origin; NaN outside the census."""
        return self.result.places.users(choose.category(self.category).band)

    @cached_property
    def existing(self) -> gpd.GeoDataFrame:
        """Facilities that the data prove and that serve the category in the season."""
        serving = self.result.places.serving(choose.category(self.category), self.season)
        return self.result.facilities[serving.isin(schema.PROVEN).to_numpy()]

    @cached_property
    def near_existing(self) -> Reached:
        """Every origin with every existing facility that it has near."""
        return self._reached(self.result.places, self.standard)

    @cached_property
    def near_candidates(self) -> Reached:
        """Every origin with every candidate that it has near; rows are those of the candidates."""
        return self._reached(self._alone, self.standard)

    def coverage(self, priority: Floats | None = None) -> Coverage:
        """Return the case as a problem of coverage.

        Parameters
        ----------
        priority
            Weight of a child of each origin (:func:`cfc_gis.siting.priority.worst_first`).
        """
        n = len(self.children)
        times = np.bincount(self.near_existing.pairs()[0], minlength=n).astype(np.int64)
        near = near_matrix(*self.near_candidates.pairs(), (n, len(self.candidates.table)))
        return Coverage(self.children, near, times, priority)

    def seating(
        self, seats: Floats | float, *, end: capacities.End = "middle", priority: Floats | None = None
    ) -> Seating:
        """Return the case as a problem of seats.

        Parameters
        ----------
        seats
            Seats that each candidate adds, or one number for all.
        end
            Which end of the range of imputed seats existing facilities have
            (:func:`cfc_gis.capacities.seats`).
        priority
            Weight of a child of each origin.

        Raises
        ------
        UserError
            When the seats of existing facilities are unknown and no rule imputes them.
        """
        e, m = len(self.existing), len(self.candidates.table)
        column = np.full(len(self.result.facilities), -1, dtype=np.int64)
        column[self._existing_rows] = np.arange(e)
        old, new = self.near_existing.pairs(), self.near_candidates.pairs()
        near = near_matrix(np.r_[old[0], new[0]], np.r_[column[old[1]], e + new[1]], (len(self.children), e + m))
        known = capacities.seats(self.existing, self.category, end)["seats"].to_numpy(dtype=np.float64)
        added = np.broadcast_to(np.asarray(seats, dtype=np.float64), (m,))
        return Seating(self.children, near, np.r_[known, added], e, priority)

    def ways(self, priority: Floats | None = None) -> Ways:
        """Return the case as a problem of distance: every home with every candidate, however far.

        Homes from which no way leads to any facility or candidate count without children, since no site can help
        them: what is missing from ``ways().known.sum()`` are those children, and those outside the census. Memory
        grows with homes times candidates. Children of homes weigh as in ``priority`` where it is given.
        """
        found = self._reached(self._alone, replace(self.standard, threshold=math.inf))
        cost = np.full((len(self.children), len(self.candidates.table)), np.nan)
        cost[found.origin, found.facility] = found.cost
        existing = self.near_existing.nearest
        lost = np.isnan(existing) & np.isnan(cost).all(axis=1)
        return Ways(np.where(lost, 0.0, self.children), cost, existing, priority)

    @cached_property
    def _existing_rows(self) -> Ints:
        rows: Ints = self.result.facilities.index.get_indexer(self.existing.index).astype(np.int64)
        return rows

    @cached_property
    def _alone(self) -> Places:
        """The candidates as the only facilities."""
        network, places = self.result.walk.links.network, self.result.places
        none = replace(places, facilities=places.facilities.iloc[:0])
        return with_facilities(none, facilities_of(self.candidates), network)

    def _reached(self, places: Places, standard: Standard) -> Reached:
        kind = choose.category(self.category)
        return measure.reached(self.result.walk, places, kind, standard, self.season)


def case(result: Result, candidates: Candidates, season: str | None = None) -> Case:
    """Return a case of siting.

    Parameters
    ----------
    result
        A run.
    candidates
        What may be added (:mod:`cfc_gis.siting.candidates`).
    season
        ``summer`` or ``winter``; the first of the run unless named.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> from cfc_gis.siting import Options, find, land_of, mclp
    >>> study = Study.sample()
    >>> result = study.run("summer")
    >>> town = case(result, find(result, land_of(study), "play"))
    >>> found = mclp(town.coverage(), Options(town.candidates.ids, sites=2))
    >>> found.status
    'optimal'
    """
    return Case(result, candidates, season or result.seasons[0])


@dataclass(frozen=True, eq=False)
class Recomputed:
    """What the whole measurement finds with some sites open.

    Parameters
    ----------
    places
        With the new facilities.
    access
        The access table of the category (:data:`cfc_gis.schema.ACCESS`).
    within
        Children within the standard.
    seated
        Children with a seat within the standard; None where no seats were given.
    twice
        Children with two facilities or more within the standard.
    mean_way, longest_way
        Way to the nearest facility, in the unit of the standard, of the children whom any way leads to one: the mean,
        and the longest; NaN where there are none.
    lost
        Children whom no way leads to any.
    """

    places: Places
    access: pd.DataFrame
    within: float
    seated: float | None
    twice: float
    mean_way: float
    longest_way: float
    lost: float

    @property
    def figures(self) -> dict[str, float]:
        """The numbers by name, but for children with a seat."""
        return {name: getattr(self, name) for name in ("within", "twice", "mean_way", "longest_way", "lost")}


def recomputed(
    of: Case, sites: Sequence[str], seats: Mapping[str, float] | None = None, *, end: capacities.End = "middle"
) -> Recomputed:
    """Measure access from scratch with some candidates among the facilities: the check on what a solver says.

    Nothing of the problem is used again: entrances are put on the network anew, ways are searched anew, and children
    are counted by the measures of a study.

    Parameters
    ----------
    of
        The case.
    sites
        Ids of the candidates that are opened.
    seats
        Seats of each of them.
    end
        As of :meth:`Case.seating`.

    Raises
    ------
    KeyError
        When a site has no seats, and seats are given.
    """
    kept = of.candidates.table[of.candidates.table["candidate_id"].isin(sites)].reset_index(drop=True)
    opened = replace(of.candidates, table=kept)
    given = None if seats is None else [float(seats[name]) for name in kept["candidate_id"]]
    places = with_facilities(of.result.places, facilities_of(opened, given), of.result.walk.links.network)
    kind = choose.category(of.category)
    rules = by_category(of.result.all_standards)
    found = measure.measure(of.result.walk, places, {of.category: kind}, rules, [of.season])
    within = measure.within(found.access, of.result.neighbourhoods, kind)
    (reached,) = found.reached.values()
    seated = None
    if seats is not None:
        proven = places.serving(kind, of.season).isin(schema.PROVEN).to_numpy()
        seated = capacities.seated(places.users(kind.band), reached, places.facilities, proven, of.category, end)
    return Recomputed(places, found.access, within, seated, *_ways_of(np.nan_to_num(places.users(kind.band)), reached))


def _ways_of(children: Floats, near: Reached) -> tuple[float, float, float, float]:
    """Return the children with two facilities within the standard, the mean and longest way, and children without."""
    times = np.bincount(near.pairs()[0], minlength=len(children))
    reached = np.isfinite(near.nearest) & (children > 0)
    ways, weight = near.nearest[reached], children[reached]
    mean = float((ways * weight).sum() / weight.sum()) if len(ways) else math.nan
    longest = float(ways.max()) if len(ways) else math.nan
    return float(children[times >= 2].sum()), mean, longest, float(children[~np.isfinite(near.nearest)].sum())
