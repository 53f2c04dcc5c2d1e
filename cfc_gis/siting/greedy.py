"""Greedy choice for large cases, with what it guarantees and what no choice can beat.

What a site adds only falls as others are taken (coverage and seats are submodular). So the greedy choice of k sites
reaches at least 1 - 1/e of the best (Nemhauser, Wolsey and Fisher 1978); with a budget the better of the greedy choice
by gain per cost and the best single site reaches half of that (Leskovec et al. 2007). A gain that was computed before
is never too low, so most need no second look (lazy: Minoux 1978; CELF: Leskovec et al. 2007). And at any time no
choice can beat what is there plus the largest gains that still fit: the bound that is shown.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfc_gis.siting.gains import Gains
from cfc_gis.siting.options import Options

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WORST_CASE = 1.0 - 1.0 / math.e
"""Share of the optimum that a greedy choice of k sites reaches at least."""


@dataclass(frozen=True, eq=False)
class Greedy:
    """What the greedy search gives.

    Parameters
    ----------
    chosen
        Which sites are chosen.
    value, bound
        Value of the choice, and what no choice can beat.
    guarantee
        Share of the optimum that is reached in the worst case; None where theory gives none.
    """

    chosen: Flags
    value: float
    bound: float
    guarantee: float | None


def choose(fresh: Callable[[], Gains], options: Options) -> Greedy:
    """Choose greedily.

    Parameters
    ----------
    fresh
        Makes the gains, with no site taken.
    options
        What may be chosen; without contradictions (:meth:`Options.contradictions`).

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> from cfc_gis.siting.gains import CoverageGains
    >>> near = near_matrix(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), (3, 3)).tocsc()
    >>> found = choose(lambda: CoverageGains(np.array([3.0, 4.0, 5.0]), near, np.zeros(3, dtype=bool)),
    ...                Options(("a", "b", "c"), sites=2))
    >>> found.chosen, found.value, found.bound
    (array([ True, False,  True]), 12.0, 12.0)
    """
    by_rate = _search(fresh(), options)
    if options.budget is None:
        bare = not len(options.apart)
        return Greedy(by_rate.chosen, by_rate.value, by_rate.bound, WORST_CASE if bare else None)
    single = _best_single(fresh(), options)
    best = max((by_rate, single), key=lambda each: each.value)
    bare = not len(options.apart) and options.sites is None and not options.must
    bound = max(min(by_rate.bound, single.bound), best.value)
    return Greedy(best.chosen, best.value, bound, WORST_CASE / 2 if bare else None)


def _search(gains: Gains, options: Options) -> Greedy:
    """Take the site of the largest gain (per cost where there is a budget) as long as any fits."""
    state = _State(gains, options)
    for site in np.flatnonzero(options.must_be).tolist():
        state.take(site)
    bound = state.bound()
    while (adds_most := state.next()) is not None:
        state.take(adds_most)
        bound = min(bound, state.bound())
    state.refresh()
    bound = min(bound, state.bound())
    return Greedy(state.chosen, gains.value, max(bound, gains.value), None)


def _best_single(gains: Gains, options: Options) -> Greedy:
    """Take what must be and the one site that adds most beside it."""
    state = _State(gains, options)
    for site in np.flatnonzero(options.must_be).tolist():
        state.take(site)
    state.refresh()
    bound = state.bound()
    fits = [site for site in np.flatnonzero(~state.chosen).tolist() if state.fits(site)]
    if fits:
        state.take(max(fits, key=lambda site: (state.upper[site], -site)))
    return Greedy(state.chosen, gains.value, max(bound, gains.value), None)


class _State:
    """Sites taken so far; for all others the last gain that was computed, which is never too low."""

    def __init__(self, gains: Gains, options: Options) -> None:
        self.gains, self.options = gains, options
        self.chosen: Flags = np.zeros(len(options), dtype=bool)
        self.upper: Floats = np.where(options.may_be, gains.first(), 0.0)
        self._rate = np.where(options.costs > 0, options.costs, 1e-12) if options.budget is not None else None
        self._barred = ~options.may_be

    @property
    def room(self) -> int:
        """How many sites may still be chosen."""
        most = len(self.chosen) if self.options.sites is None else self.options.sites
        return most - int(self.chosen.sum())

    @property
    def money(self) -> float:
        """What may still be spent."""
        if self.options.budget is None:
            return math.inf
        return self.options.budget * (1 + 1e-9) - float(self.options.costs[self.chosen].sum())

    def fits(self, site: int) -> bool:
        """Whether one more site keeps all limits."""
        dear = self.options.budget is not None and self.options.costs[site] > self.money
        return not (self._barred[site] or self.room < 1 or dear)

    def take(self, site: int) -> None:
        """Take a site, and bar those that lie too near."""
        self.gains.take(site)
        self.chosen[site] = True
        self.upper[site] = 0.0
        pairs = self.options.apart
        self._barred[pairs[(pairs == site).any(axis=1)]] = True
        self._barred[site] = True

    def refresh(self) -> None:
        """Compute all gains anew."""
        for site in np.flatnonzero(self.options.may_be & ~self.chosen).tolist():
            self.upper[site] = self.gains.gain(site)

    def next(self) -> int | None:
        """Return the site that adds most among those that fit; None where nothing adds anything."""
        heap = [(-self._score(site), site) for site in range(len(self.chosen)) if self.fits(site)]
        heapq.heapify(heap)
        seen: set[int] = set()
        while heap:
            _, site = heapq.heappop(heap)
            if site in seen:
                return site if self.upper[site] > 0 else None
            self.upper[site] = self.gains.gain(site)
            seen.add(site)
            heapq.heappush(heap, (-self._score(site), site))
        return None

    def _score(self, site: int) -> float:
        return float(self.upper[site] if self._rate is None else self.upper[site] / self._rate[site])

    def bound(self) -> float:
        """Return what no choice can beat: what is taken, and the largest gains that still fit, as if independent."""
        gains = np.where(self.options.may_be & ~self.chosen, self.upper, 0.0)
        must = self.options.must_be
        most = len(gains) if self.options.sites is None else max(self.options.sites - int(must.sum()), 0)
        by_count = float(np.sort(gains)[::-1][:most].sum())
        if self.options.budget is None:
            return self.gains.value + by_count
        free = self.options.budget - float(self.options.costs[must].sum())
        return self.gains.value + min(by_count, _knapsack(gains, self.options.costs, free))


def _knapsack(gains: Floats, costs: Floats, budget: float) -> float:
    """Return the most that a budget buys when sites can be bought in part."""
    free = costs <= 0
    rate = np.divide(gains, costs, out=np.zeros(len(gains)), where=~free)
    order = np.argsort(-rate, kind="stable")
    order = order[~free[order]]
    spent = np.cumsum(costs[order])
    part = np.clip((budget - (spent - costs[order])) / costs[order], 0.0, 1.0) if len(order) else np.zeros(0)
    return float(gains[free].sum() + (gains[order] * part).sum())
