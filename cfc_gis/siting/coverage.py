"""Coverage problems: the fewest sites that meet a standard (LSCP), and the most children within it (MCLP).

In all of them ``a_ij`` is 1 where candidate j lies within the standard of demand i, ``y_j`` is 1 where it is chosen,
``w_i`` are children times priority, and ``e_i`` counts the existing facilities that demand i has within the standard.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfc_gis.access.seats import alike
from cfc_gis.siting import _highs, greedy
from cfc_gis.siting._highs import Rows
from cfc_gis.siting.gains import CoverageGains
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort, Method, Siting
from cfc_gis.siting.settle import Start

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHARE_MARGIN = 1e-9
EXACT = Effort()


@dataclass(frozen=True, eq=False)
class Coverage:
    """Who has which candidate within the standard.

    Parameters
    ----------
    children
        Children of each demand (a home, a neighbourhood); NaN where unknown, which counts as none.
    near
        Sparse matrix, demand by candidates: not zero within the standard.
    existing
        How many existing facilities each demand has within the standard; none unless given.
    priority
        Weight of a child of each demand, not negative; 1 unless given. Choices follow it; children are reported as
        they are.

    Raises
    ------
    ValueError
        When shapes do not fit, or children or priorities are negative.
    """

    children: Floats
    near: csr_array
    existing: Ints | None = None
    priority: Floats | None = None

    def __post_init__(self) -> None:
        """Check shapes and signs."""
        n = len(self.children)
        sides = [each for each in (self.existing, self.priority) if each is not None]
        if self.near.shape[0] != n or any(len(each) != n for each in sides):
            raise ValueError(f"{n} demands do not fit a matrix of {self.near.shape}")
        if any((np.nan_to_num(each) < 0).any() for each in (self.children, *sides)):
            raise ValueError("children, existing facilities and priorities are not negative")

    @cached_property
    def known(self) -> Floats:
        """Children of each demand; 0 where unknown."""
        return np.nan_to_num(np.asarray(self.children, dtype=np.float64))

    @cached_property
    def weight(self) -> Floats:
        """Children times priority."""
        return self.known if self.priority is None else self.known * self.priority

    @cached_property
    def times(self) -> Ints:
        """How many existing facilities each demand has within the standard."""
        return np.zeros(len(self.known), dtype=np.int64) if self.existing is None else self.existing

    @cached_property
    def columns(self) -> csc_array:
        """The matrix by candidates."""
        return (self.near != 0).tocsc()

    def gains(self, weight: Floats) -> CoverageGains:
        """Return what candidates add to the existing facilities."""
        return CoverageGains(weight, self.columns, self.times > 0)

    def count(self, chosen: Flags) -> Ints:
        """Return how many facilities each demand has within the standard, existing and chosen."""
        return np.asarray(self.times + (self.near != 0).astype(np.int64) @ chosen.astype(np.int64))


def mclp(problem: Coverage, options: Options, effort: Effort = EXACT, method: Method = "exact") -> Siting:
    """Choose the sites that bring the most children within the standard (MCLP; Church and ReVelle 1974).

    ::

        maximise  sum w_i z_i   over demand with e_i = 0
        subject to  z_i <= sum_j a_ij y_j,  0 <= z_i <= 1,  y_j in {0, 1},  and the options

    Parameters
    ----------
    problem
        Who has which candidate within the standard.
    options
        What may be chosen.
    effort
        How hard to try; the greedy search asks for no more than its own time.
    method
        ``exact``, or ``greedy`` (:mod:`cfc_gis.siting.greedy`) for large cases.

    Returns
    -------
    Siting
        ``objective`` and ``bound`` are children times priority, beyond those that existing facilities serve.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Notes
    -----
    Before the exact search, demand with the same candidates is merged, and a candidate is left out whose demand
    another one covers too at no higher cost (not where sites must keep apart, or must be chosen). Neither changes the
    optimum.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), (3, 3))
    >>> found = mclp(Coverage(np.array([3.0, 4.0, 5.0]), near), Options(("a", "b", "c"), sites=1))
    >>> found.status, found.sites, found.objective
    ('optimal', ('a',), 7.0)
    """
    start = Start("mclp", method, options, effort, time.perf_counter())
    _fit(problem, options)
    if options.contradictions():
        return start.nothing("infeasible", options.contradictions())
    if method == "greedy":
        found = greedy.choose(lambda: problem.gains(problem.weight), options)
        return start.settle(
            found.chosen, problem.gains(problem.known), found.value, found.bound, guarantee=found.guarantee
        )
    merged = merge(problem, (problem.times == 0) & (problem.weight > 0))
    rows, least, most = _highs.limits(options, len(merged.weight))
    most = np.where(_dominated(merged.near, options), 0.0, most)
    n, m = merged.near.shape
    bounds = np.r_[least, np.zeros(n)], np.r_[most, np.ones(n)]
    cover = Rows(beside(-merged.near, 1.0), -np.inf, 0.0)
    whole = np.arange(m + n) < m
    told = _highs.minimise(np.r_[np.zeros(m), -merged.weight], [*rows, cover], bounds, whole, effort)
    if told.x is None:
        return start.unchosen(told.ended)
    chosen = _highs.chosen_sites(told, options)
    objective = covered(problem, chosen)
    bound = None if told.bound is None else max(0.0 - told.bound, objective)
    return start.settle(chosen, problem.gains(problem.known), objective, bound)


def lscp(
    problem: Coverage,
    options: Options,
    effort: Effort = EXACT,
    *,
    share: float = 1.0,
    least: Literal["sites", "cost"] = "sites",
) -> Siting:
    """Choose the fewest sites, or the cheapest, that bring a share of all children within the standard.

    With a share of 1 it is the location set covering problem (LSCP; Toregas, Swain, ReVelle and Bergman 1971), with
    less the partial one (Daskin and Owen 1999).

    ::

        minimise  sum_j c_j y_j     (c_j = 1, or the cost)
        subject to  sum_j a_ij y_j >= 1  for all demand with children and e_i = 0,         where the share is 1
                    sum_i p_i z_i >= share P - C,  z_i <= sum_j a_ij y_j,  0 <= z_i <= 1,  where it is less

    where ``p_i`` are the children, ``P`` all of them and ``C`` those who are within the standard already.

    Parameters
    ----------
    problem
        Who has which candidate within the standard. Priorities play no part.
    options
        What may be chosen.
    effort
        How hard to try.
    share
        Share of all children that are to be within the standard, from 0 to 1, with a margin of 1e-9.
    least
        Whether the number of sites or their cost is to be least.

    Returns
    -------
    Siting
        ``objective`` is the number of new sites, or their cost.

    Raises
    ------
    ValueError
        When the share is not from 0 to 1, or problem and options do not fit.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), (3, 3))
    >>> problem = Coverage(np.array([3.0, 4.0, 5.0]), near)
    >>> lscp(problem, Options(("a", "b", "c"))).sites, lscp(problem, Options(("a", "b", "c")), share=0.5).sites
    (('a', 'c'), ('a',))
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    start = Start("lscp" if least == "sites" else "lscp_cost", "exact", options, effort, time.perf_counter())
    _fit(problem, options)
    demand = (problem.times == 0) & (problem.known > 0)
    need = share * float(problem.known.sum()) - float(problem.known[~demand].sum())
    if options.contradictions():
        return start.nothing("infeasible", options.contradictions())
    if best_share(problem, options) < share * (1 - SHARE_MARGIN):
        return start.nothing("infeasible", ("beyond_all_candidates",))
    cost = np.ones(len(options)) if least == "sites" else options.costs
    told = fewest(replace(problem, priority=None), options, effort, cost, need if share < 1 else None)
    if told.x is None:
        return start.unchosen(told.ended)
    chosen = _highs.chosen_sites(told, options)
    bound = told.bound if told.bound is None or least == "cost" else whole_bound(told.bound)
    objective = float(cost[chosen].sum())
    bound = None if bound is None else min(bound, objective)
    return start.settle(chosen, problem.gains(problem.known), objective, bound)


def fewest(problem: Coverage, options: Options, effort: Effort, cost: Floats, need: float | None) -> _highs.Found:
    """Minimise the cost of sites that cover everybody with children, or as many children as are needed.

    Parameters
    ----------
    problem, options, effort
        As of :func:`lscp`.
    cost
        Of each candidate.
    need
        Children to cover beyond those that are; None for all of them.
    """
    merged = merge(problem, (problem.times == 0) & (problem.known > 0), children=True)
    n, m = merged.near.shape
    if need is None:
        rows, least, most = _highs.limits(options, 0)
        cover = [Rows(merged.near, 1.0, np.inf)] if n else []
        return _highs.minimise(cost, [*rows, *cover], (least, most), np.ones(m, dtype=bool), effort)
    rows, least, most = _highs.limits(options, n)
    enough = Rows(np.r_[np.zeros(m), merged.weight][None, :], need * (1 - SHARE_MARGIN), np.inf)
    cover = [Rows(beside(-merged.near, 1.0), -np.inf, 0.0), enough] if n else []
    bounds = np.r_[least, np.zeros(n)], np.r_[most, np.ones(n)]
    return _highs.minimise(np.r_[cost, np.zeros(n)], [*rows, *cover], bounds, np.arange(m + n) < m, effort)


def covered(problem: Coverage, chosen: Flags) -> float:
    """Return the weight of demand that chosen sites bring within the standard.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 1]), np.array([0, 0]), (2, 1))
    >>> covered(Coverage(np.array([3.0, 4.0]), near, existing=np.array([1, 0])), np.array([True]))
    4.0
    """
    return float(problem.weight[(problem.times == 0) & (problem.count(chosen) > 0)].sum())


def best_share(problem: Coverage, options: Options) -> float:
    """Return the share of all children who are within the standard when every candidate is open that may be.

    Limits on number, cost and spacing play no part: no choice reaches more, and :func:`lscp` no higher share. NaN where
    there are no children.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0]), np.array([0]), (2, 1))
    >>> best_share(Coverage(np.array([3.0, 1.0]), near), Options(("a",)))
    0.75
    """
    within = problem.count(options.may_be) > 0
    total = float(problem.known.sum())
    return float(problem.known[within].sum()) / total if total else float("nan")


def whole_bound(bound: float) -> float:
    """Return the least whole number that a proven bound leaves, for a count of sites.

    Examples
    --------
    >>> whole_bound(6.2), whole_bound(6.0000004)
    (7.0, 6.0)
    """
    return float(np.ceil(bound - 1e-6)) + 0.0


def beside(near: csr_array, diagonal: float) -> csr_array:
    """Return a matrix with a diagonal at its right: a variable of its own for each row."""
    from scipy.sparse import hstack, identity

    return hstack([near, diagonal * identity(near.shape[0])], format="csr")


class Merged(NamedTuple):
    """Demand that no constraint can tell apart as one: candidates near, weight, and existing facilities near."""

    near: csr_array
    weight: Floats
    times: Ints


def merge(problem: Coverage, rows: Flags, *, children: bool = False) -> Merged:
    """Merge demand with the same candidates and as many existing facilities near: the value of no choice changes.

    Parameters
    ----------
    problem
        Who has which candidate within the standard.
    rows
        Demand that counts.
    children
        Whether children are added up, or children times priority.
    """
    near = (problem.near[np.flatnonzero(rows)] != 0).astype(np.float64).tocsr()
    times = np.minimum(problem.times[rows], 2)  # nothing asks for more than two
    pattern = alike(near)[1]
    _, first, group = np.unique(np.column_stack([pattern, times]), axis=0, return_index=True, return_inverse=True)
    amount = (problem.known if children else problem.weight)[rows]
    weight = np.bincount(group.ravel(), weights=amount, minlength=len(first)).astype(np.float64)
    return Merged(near[first], weight, times[first])


def _dominated(near: csr_array, options: Options) -> Flags:
    """Which candidates can be left out: another one covers all that they do, and costs no more."""
    useless = np.zeros(len(options), dtype=bool)
    if len(options.apart) or not near.shape[0]:
        return useless
    shared = (near.T @ near).tocoo()
    size, cost = np.asarray(near.sum(axis=0)).ravel(), options.costs
    a, b = shared.row, shared.col
    inside = (shared.data == size[a]) & options.may_be[b] & (a != b) & (cost[b] <= cost[a])
    same = inside & (size[a] == size[b]) & (cost[a] == cost[b])
    useless[a[inside & (~same | (b < a))]] = True
    return useless & ~options.must_be


def _fit(problem: Coverage, options: Options) -> None:
    if problem.near.shape[1] != len(options):
        raise ValueError(f"{len(options)} candidates do not fit a matrix of {problem.near.shape}")
