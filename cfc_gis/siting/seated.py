"""The capacitated problem: sites and added seats that give the most children a seat within the standard."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cfc_gis.access.seats import PARTS, alike, in_parts, served, served_by_priority
from cfc_gis.siting import _highs, greedy
from cfc_gis.siting._highs import Rows
from cfc_gis.siting.gains import SeatGains
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort, Method, Siting
from cfc_gis.siting.settle import Start

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

EXACT = Effort()
_STRICTER = 0.9  # the choice that is found may gain a little less than the greedy one by which its gap is scaled


@dataclass(frozen=True, eq=False)
class Seating:
    """Who has which facility within the standard, and how many seats each has.

    Parameters
    ----------
    children
        Children of each place; NaN where unknown, which counts as none.
    near
        Sparse matrix, places by existing facilities and then candidates: not zero within the standard. An existing
        site that may be expanded stands among the candidates too, with the seats that would be added.
    seats
        Seats of the existing facilities and then of the candidates. None may be missing.
    existing
        How many of the facilities exist.
    priority
        Weight of a child of each place, not negative; 1 unless given.

    Raises
    ------
    ValueError
        When shapes do not fit, or a number is negative or seats are missing.
    """

    children: Floats
    near: csr_array
    seats: Floats
    existing: int
    priority: Floats | None = None

    def __post_init__(self) -> None:
        """Check shapes and signs."""
        if self.near.shape != (len(self.children), len(self.seats)):
            raise ValueError(f"{len(self.children)} places and {len(self.seats)} seats, but {self.near.shape}")
        if self.priority is not None and (len(self.priority) != len(self.children) or (self.priority < 0).any()):
            raise ValueError("one priority for each place, not negative")
        if not (self.seats >= 0).all() or not 0 <= self.existing <= len(self.seats):
            raise ValueError("seats are known and not negative")
        in_parts(self.children)

    @cached_property
    def weight(self) -> Floats:
        """Priority of each place."""
        return np.ones(len(self.children)) if self.priority is None else np.asarray(self.priority, dtype=np.float64)

    @cached_property
    def merged(self) -> Seating:
        """Places that no assignment can tell apart as one: the same facilities near, and the same priority."""
        level = np.unique(self.weight, return_inverse=True)[1]
        pattern = alike((self.near != 0).tocsr())[1]
        key = np.column_stack([pattern, level.ravel()])
        _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
        parts = np.bincount(group.ravel(), weights=in_parts(self.children), minlength=len(first))
        priority = None if self.priority is None else self.weight[first]
        return Seating(parts / PARTS, self.near[first], self.seats, self.existing, priority)

    def gains(self, *, by_priority: bool) -> SeatGains:
        """Return what candidates add to the existing facilities, in children or in children times priority."""
        weight = self.priority if by_priority else None
        return SeatGains(self.children, weight, self.near, self.seats, self.existing)

    def open(self, chosen: Flags) -> Floats:
        """Return the seats of every facility when some candidates are chosen."""
        return np.where(np.r_[np.ones(self.existing, dtype=bool), chosen], self.seats, 0.0)

    def value(self, chosen: Flags) -> float:
        """Return children with a seat, times priority, when some candidates are chosen."""
        if self.priority is None:
            return self.children_served(chosen)
        return served_by_priority(self.children, self.near, self.open(chosen), self.weight)

    def children_served(self, chosen: Flags) -> float:
        """Return children with a seat (:func:`cfc_gis.access.seats.served`) when some candidates are chosen."""
        return served(self.children, self.near, self.open(chosen))


def most_seated(problem: Seating, options: Options, effort: Effort = EXACT, method: Method = "exact") -> Siting:
    """Choose the sites that give the most children a seat within the standard (Current and Storbeck 1988).

    ::

        maximise  sum_ij w_i x_ij
        subject to  sum_j x_ij <= p_i,  sum_i x_ij <= s_j y_j,  0 <= x_ij <= min(p_i, s_j) y_j  where a_ij = 1,
                    y_j in {0, 1}, and 1 for facilities that exist, and the options

    with ``p_i`` the children of a place, ``s_j`` the seats and ``w_i`` the priority. The assignment is that of
    :mod:`cfc_gis.access.seats`: as many children as possible, each to any facility within the standard.

    Parameters
    ----------
    problem
        Who has which facility near, and its seats.
    options
        What may be chosen.
    effort
        How hard to try.
    method
        ``exact``, or ``greedy`` for large cases.

    Returns
    -------
    Siting
        ``objective`` and ``bound`` are children with a seat, times priority, beyond those who have one already;
        ``children`` and ``gained`` are counted anew by :func:`cfc_gis.access.seats.served`, without priority.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Examples
    --------
    One home with 50 children and 10 seats near; a site with 30 seats helps more than one with 20.

    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 0, 0]), np.array([0, 1, 2]), (1, 3))
    >>> problem = Seating(np.array([50.0]), near, np.array([10.0, 20.0, 30.0]), existing=1)
    >>> found = most_seated(problem, Options(("a", "b"), sites=1))
    >>> found.status, found.sites, found.children
    ('optimal', ('b',), 30.0)
    """
    start = Start("seats", method, options, effort, time.perf_counter())
    if len(problem.seats) - problem.existing != len(options):
        raise ValueError(f"{len(problem.seats) - problem.existing} candidates do not fit {len(options)} options")
    if options.contradictions():
        return start.nothing("infeasible", options.contradictions())
    small = problem.merged
    if method == "greedy":
        found = greedy.choose(lambda: small.gains(by_priority=True), options)
        plain = small.gains(by_priority=False)
        return start.settle(found.chosen, plain, found.value, found.bound, guarantee=found.guarantee)
    before = small.value(np.zeros(len(options), dtype=bool))
    told = _solve(small, options, _of_gains(small, options, start, before))
    if told.x is None:
        return start.unchosen(told.ended)
    chosen = _highs.chosen_sites(told, options)
    objective = small.value(chosen) - before
    objective = objective if problem.priority is not None else round(objective, 3)
    bound = None if told.bound is None else max(0.0 - told.bound - before, objective)
    return start.settle(chosen, small.gains(by_priority=False), objective, bound)


def _of_gains(problem: Seating, options: Options, start: Start, before: float) -> Effort:
    """Return the effort with a gap of all children with a seat, as the solver takes it, that keeps the gap of gains."""
    if start.effort.gap == 0.0:
        return start.effort
    gained = greedy.choose(lambda: problem.gains(by_priority=True), options).value
    share = gained / (gained + before) if gained > 0 else 0.0
    left = start.left()
    return Effort(_STRICTER * share * left.gap, left.seconds)


def _solve(problem: Seating, options: Options, effort: Effort) -> _highs.Found:
    """Minimise the negative weight of children with a seat."""
    from scipy.sparse import coo_array, csr_array, hstack

    counts = (problem.children > 0) & (problem.weight > 0)
    pairs = coo_array(problem.near[np.flatnonzero(counts)] != 0)
    children, weight = problem.children[counts], problem.weight[counts]
    place, facility = pairs.row, pairs.col
    k, m, e = len(place), len(options), problem.existing
    rows, least, most = _highs.limits(options, k)
    flow, ones = np.arange(k), np.ones(k)
    per_place = csr_array((ones, (place, flow)), shape=(len(children), k))
    per_facility = csr_array((ones, (facility, flow)), shape=(len(problem.seats), k))
    site = csr_array((problem.seats[e:], (e + np.arange(m), np.arange(m))), shape=(len(problem.seats), m))
    limit = np.minimum(children[place], problem.seats[facility])
    new = facility >= e
    by_site = csr_array((limit[new], (np.arange(int(new.sum())), facility[new] - e)), shape=(int(new.sum()), m))
    taken = csr_array((np.ones(int(new.sum())), (np.arange(int(new.sum())), flow[new])), shape=(int(new.sum()), k))
    rows += [
        Rows(hstack([csr_array((len(children), m)), per_place], format="csr"), -np.inf, children),
        Rows(hstack([-site, per_facility], format="csr"), -np.inf, np.r_[problem.seats[:e], np.zeros(m)]),
    ]
    if new.any():
        rows.append(Rows(hstack([-by_site, taken], format="csr"), -np.inf, 0.0))
    bounds = np.r_[least, np.zeros(k)], np.r_[most, limit]
    cost = np.r_[np.zeros(m), -weight[place]]
    return _highs.minimise(cost, rows, bounds, np.arange(m + k) < m, effort)
