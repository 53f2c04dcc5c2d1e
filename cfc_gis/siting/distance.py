"""Problems of distance: the least walking in all (p-median), and the shortest longest way (p-center).

``d_ij`` is the way from demand i to candidate j in one unit (metres, minutes), ``d_i0`` that to the nearest existing
facility, and ``w_i`` are children times priority.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cfc_gis.siting import _highs, coverage
from cfc_gis.siting._highs import Rows
from cfc_gis.siting.coverage import EXACT, Coverage
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort, Siting
from cfc_gis.siting.settle import Start

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ways:
    """How far each demand walks to each candidate, and to what exists.

    Parameters
    ----------
    children
        Children of each demand; NaN where unknown, which counts as none.
    cost
        Way to each candidate, not negative; NaN where none leads there. Shape (demand, candidates).
    existing
        Way to the nearest existing facility; NaN where none leads to any. None where nothing exists.
    priority
        Weight of a child of each demand; 1 unless given.

    Raises
    ------
    ValueError
        When shapes do not fit or a number is negative.
    """

    children: Floats
    cost: Floats
    existing: Floats | None = None
    priority: Floats | None = None

    def __post_init__(self) -> None:
        """Check shapes and signs."""
        n = len(self.children)
        sides = [each for each in (self.existing, self.priority) if each is not None]
        if self.cost.ndim != 2 or len(self.cost) != n or any(len(each) != n for each in sides):
            raise ValueError(f"{n} demands do not fit costs of {self.cost.shape}")
        if any((np.nan_to_num(each) < 0).any() for each in (self.children, self.cost, *sides)):
            raise ValueError("children, ways and priorities are not negative")

    @cached_property
    def known(self) -> Floats:
        """Children of each demand; 0 where unknown."""
        return np.nan_to_num(np.asarray(self.children, dtype=np.float64))

    @cached_property
    def weight(self) -> Floats:
        """Children times priority."""
        return self.known if self.priority is None else self.known * self.priority

    @cached_property
    def all_ways(self) -> Floats:
        """Ways to the nearest existing facility and to every candidate; infinite where none leads there."""
        existing = np.full(len(self.children), np.inf) if self.existing is None else self.existing
        ways = np.column_stack([existing, self.cost])
        return np.where(np.isnan(ways), np.inf, ways)

    def nearest(self, chosen: Flags) -> Floats:
        """Return the way from each demand to the nearest existing or chosen facility; infinite where there is none."""
        return np.asarray(self.all_ways[:, np.r_[True, chosen]].min(axis=1))

    def nobody_lost(self, options: Options) -> bool:
        """Whether all children can reach what exists or may be chosen."""
        return bool(np.isfinite(self.nearest(options.may_be)[self.known > 0]).all())

    def shares(self, rows: list[int]) -> tuple[list[int], list[float]]:
        """Return chosen sites with the children for whom each is the nearest, the most first.

        What exists goes before a site that is as near; of sites that are equally near the first is taken.
        """
        ways = self.all_ways[:, [0, *(row + 1 for row in rows)]]
        nearest = np.argmin(ways, axis=1)
        reached = np.isfinite(ways.min(axis=1))
        children = np.bincount(nearest[reached], weights=self.known[reached], minlength=len(rows) + 1)[1:]
        order = np.argsort(-children, kind="stable").tolist()
        return [rows[at] for at in order], [float(children[at]) for at in order]


def p_median(problem: Ways, options: Options, effort: Effort = EXACT) -> Siting:
    """Choose the sites that make all children walk least in all (p-median; Hakimi 1964, ReVelle and Swain 1970).

    ::

        minimise  sum_ij w_i d_ij x_ij + sum_i w_i d_i0 x_i0
        subject to  x_i0 + sum_j x_ij = 1,  0 <= x_ij <= y_j,  y_j in {0, 1}, and the options

    Parameters
    ----------
    problem
        How far everybody walks.
    options
        What may be chosen.
    effort
        How hard to try.

    Returns
    -------
    Siting
        ``objective`` is children times priority times way, summed over everybody; divided by the children times
        priority it is the mean way. Infeasible where children reach neither what exists nor any candidate.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Notes
    -----
    Only pairs that beat what exists get a variable, which changes no optimum.

    Examples
    --------
    >>> problem = Ways(np.array([10.0, 10.0, 10.0]), np.array([[0.0, 3.0], [2.0, 1.0], [5.0, 0.0]]))
    >>> found = p_median(problem, Options(("a", "b"), sites=1))
    >>> found.sites, found.objective, found.gained
    (('b',), 40.0, (30.0,))
    """
    start = Start("p_median", "exact", options, effort, time.perf_counter())
    _fit(problem, options)
    if options.contradictions():
        return start.nothing("infeasible", options.contradictions())
    if not problem.nobody_lost(options):
        return start.nothing("infeasible", ("nobody_reaches",))
    told = _least_walking(problem, options, effort)
    if told.x is None:
        return start.unchosen(told.ended)
    chosen = _highs.chosen_sites(told, options)
    counts = problem.weight > 0
    objective = float((problem.weight[counts] * problem.nearest(chosen)[counts]).sum())
    bound = None if told.bound is None else min(told.bound, objective)
    return start.settle(chosen, problem.shares, objective, bound)


def _least_walking(problem: Ways, options: Options, effort: Effort) -> _highs.Found:
    from scipy.sparse import csr_array, hstack

    counts = problem.known > 0
    ways, weight = problem.all_ways[counts], problem.weight[counts]
    useful = np.isfinite(ways) & (ways < ways[:, :1]) & np.r_[True, options.may_be]
    useful[:, 0] = np.isfinite(ways[:, 0])
    demand, target = np.nonzero(useful)
    k, m, n = len(demand), len(options), len(weight)
    rows, least, most = _highs.limits(options, k)
    once = csr_array((np.ones(k), (demand, np.arange(k))), shape=(n, k))
    to_site = np.flatnonzero(target > 0)
    j = len(to_site)
    taken = csr_array((np.ones(j), (np.arange(j), to_site)), shape=(j, k))
    site = csr_array((np.ones(j), (np.arange(j), target[to_site] - 1)), shape=(j, m))
    rows += [Rows(hstack([csr_array((n, m)), once], format="csr"), 1.0, 1.0)] if n else []
    rows += [Rows(hstack([-site, taken], format="csr"), -np.inf, 0.0)] if j else []
    bounds = np.r_[least, np.zeros(k)], np.r_[most, np.ones(k)]
    cost = np.r_[np.zeros(m), weight[demand] * ways[demand, target]]
    return _highs.minimise(cost, rows, bounds, np.arange(m + k) < m, effort)


def p_center(problem: Ways, options: Options, effort: Effort = EXACT) -> Siting:
    """Choose the sites that make the longest way of any child shortest (p-center; Hakimi 1964).

    A way is possible where a set of sites covers everybody within it: the least one among all ways is found by
    halving, each time with a covering problem (Minieka 1970; Daskin 2013).

    Parameters
    ----------
    problem
        How far everybody walks. Demand without children does not count, priorities neither.
    options
        What may be chosen.
    effort
        How hard to try, over all steps; a gap is not used.

    Returns
    -------
    Siting
        ``objective`` is the longest way, ``bound`` the longest that was proven to be unavoidable. Infeasible where
        children reach neither what exists nor any candidate.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Examples
    --------
    >>> problem = Ways(np.ones(3), np.array([[0.0, 3.0], [2.0, 1.0], [5.0, 0.0]]))
    >>> found = p_center(problem, Options(("a", "b"), sites=1))
    >>> found.sites, found.objective, found.status
    (('b',), 3.0, 'optimal')
    """
    start = Start("p_center", "exact", options, effort, time.perf_counter())
    _fit(problem, options)
    if options.contradictions():
        return start.nothing("infeasible", options.contradictions())
    if not problem.nobody_lost(options):
        return start.nothing("infeasible", ("nobody_reaches",))
    counts = problem.known > 0
    all_open = problem.nearest(options.may_be)[counts]
    unavoidable = float(all_open.max()) if counts.any() else 0.0
    ways = problem.all_ways[counts]
    radii = np.unique(ways[np.isfinite(ways) & (ways >= unavoidable)]) if counts.any() else np.zeros(1)
    best: Flags | None = None
    low, high = 0, len(radii)  # radii before low are impossible, that at high is possible
    while low < high:
        middle = (low + high) // 2 if best is not None else len(radii) - 1
        told = _within(problem, float(radii[middle]), options, start.left())
        if told.x is not None:
            best = _highs.chosen_sites(told, options)
            longest = problem.nearest(best)[counts].max() if counts.any() else 0.0
            high = min(middle, int(np.searchsorted(radii, longest)))
        elif told.ended == "infeasible":
            low = middle + 1
        else:
            break
    if best is None:
        return start.unchosen("infeasible" if low == len(radii) else "limit")
    return start.settle(best, problem.shares, float(radii[high]), float(radii[low]))


def _within(problem: Ways, radius: float, options: Options, effort: Effort) -> _highs.Found:
    """Look for any choice that brings everybody within a radius."""
    from scipy.sparse import csr_array

    near = csr_array((problem.all_ways[:, 1:] <= radius).astype(np.int8))
    served = (problem.all_ways[:, 0] <= radius).astype(np.int64)
    return coverage.fewest(
        Coverage(problem.known, near, served), options, Effort(1.0, effort.seconds), np.ones(len(options)), None
    )


def _fit(problem: Ways, options: Options) -> None:
    if problem.cost.shape[1] != len(options):
        raise ValueError(f"{len(options)} candidates do not fit costs of {problem.cost.shape}")
