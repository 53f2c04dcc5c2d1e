"""Backup coverage: a second facility within the standard, for when the first is full or closed.

Both problems are hierarchical: nothing of the first coverage is given up for the second (Hogan and ReVelle 1986; Church
and Murray 2018). Two programs are solved one after the other, and a result is no surer than the less sure of both.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cfc_gis.siting import _highs, coverage
from cfc_gis.siting._highs import Rows
from cfc_gis.siting.coverage import EXACT, Coverage
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort, Siting, Status
from cfc_gis.siting.settle import Start

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MARGIN = 1e-9  # what rounding of the first coverage must not forbid


def bclp(problem: Coverage, options: Options, effort: Effort = EXACT) -> Siting:
    """Choose the sites that bring the most children within the standard, and of these choices the most a second time.

    ::

        first    maximise  sum w_i z_i,  as the MCLP;  its value is Z
        then     maximise  sum w_i u_i
                 subject to  sum w_i z_i >= Z,  z_i + u_i <= e_i + sum_j a_ij y_j,  u_i <= z_i <= 1

    Parameters
    ----------
    problem
        Who has which candidate within the standard.
    options
        What may be chosen.
    effort
        How hard to try; both searches share the time.

    Returns
    -------
    Siting
        ``objective`` and ``bound`` are children times priority with two or more facilities within the standard,
        existing ones counted; ``gained`` and ``children`` are those of the first coverage.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Examples
    --------
    Two sites cover everybody as a and c, or as b and c; with b the second home has two.

    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), (2, 3))
    >>> found = bclp(Coverage(np.array([3.0, 4.0]), near), Options(("a", "b", "c"), sites=2))
    >>> found.sites, found.objective, found.children
    (('b', 'c'), 4.0, 7.0)
    """
    start = Start("bclp", "exact", options, effort, time.perf_counter())
    first = coverage.mclp(problem, options, effort)
    if not first.solved:
        return start.nothing(first.status, first.reasons)
    return _second(problem, start, first, every=False)


def lscp_backup(problem: Coverage, options: Options, effort: Effort = EXACT) -> Siting:
    """Choose the fewest sites that cover everybody, and of these choices the one that covers most children twice.

    Parameters
    ----------
    problem
        Who has which candidate within the standard.
    options
        What may be chosen.
    effort
        How hard to try; both searches share the time.

    Returns
    -------
    Siting
        ``objective`` and ``bound`` are children times priority with two or more facilities within the standard,
        existing ones counted.

    Raises
    ------
    ValueError
        When problem and options speak of different numbers of candidates.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), (2, 3))
    >>> found = lscp_backup(Coverage(np.array([3.0, 4.0]), near), Options(("a", "b", "c")))
    >>> found.sites, found.objective
    (('b',), 0.0)
    """
    start = Start("lscp_b", "exact", options, effort, time.perf_counter())
    first = coverage.lscp(problem, options, effort)
    if not first.solved or first.objective is None:
        return start.nothing(first.status, first.reasons)
    as_many = replace(options, sites=int(first.objective))
    return _second(problem, replace(start, options=as_many), first, every=True)


def _second(problem: Coverage, start: Start, first: Siting, *, every: bool) -> Siting:
    """Maximise the second coverage; the first one stays what it is."""
    options = start.options
    told = _most_twice(problem, start, first, every=every)
    if told.x is None:  # the first choice is one; that none is better is not proven
        chosen, bound = options.flags(first.sites), None
    else:
        chosen, bound = _highs.chosen_sites(told, options), told.bound
    already = float(problem.weight[problem.times >= 2].sum())
    objective = float(problem.weight[problem.count(chosen) >= 2].sum())
    bound = None if bound is None else max(already - bound, objective)
    settled = start.settle(chosen, problem.gains(problem.known), objective, bound)
    return replace(settled, status=_less_sure(first.status, settled.status))


def _most_twice(problem: Coverage, start: Start, first: Siting, *, every: bool) -> _highs.Found:
    merged = coverage.merge(problem, (problem.times < 2) & (problem.known > 0))
    n, m = merged.near.shape
    rows, least, most = _highs.limits(start.options, 2 * n)
    # The variables: sites, who is covered (z), and who twice (u).
    count = coverage.beside(coverage.beside(-merged.near, 1.0), 1.0)
    nested = coverage.beside(coverage.beside(0.0 * merged.near, -1.0), 1.0)
    new = np.where(merged.times == 0, merged.weight, 0.0)
    kept = Rows(np.r_[np.zeros(m), new, np.zeros(n)][None, :], _to_keep(problem, start.options, first), np.inf)
    low = np.where((merged.times > 0) | every, 1.0, 0.0)
    bounds = np.r_[least, low, np.zeros(n)], np.r_[most, np.ones(2 * n)]
    rows += [Rows(count, -np.inf, merged.times.astype(np.float64)), Rows(nested, -np.inf, 0.0), kept] if n else []
    cost = np.r_[np.zeros(m + n), -merged.weight]
    return _highs.minimise(cost, rows, bounds, np.arange(m + 2 * n) < m, start.left())


def _to_keep(problem: Coverage, options: Options, first: Siting) -> float:
    return coverage.covered(problem, options.flags(first.sites)) * (1 - _MARGIN)


def _less_sure(first: Status, second: Status) -> Status:
    order: tuple[Status, ...] = ("optimal", "within_gap", "feasible")
    return max(first, second, key=order.index)
