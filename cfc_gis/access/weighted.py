"""From homes to neighbourhoods: values of origins gathered over the children who start there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_HALF = 1e-9


class Groups:
    """Origins by neighbourhood, weighted by children; ``of`` is the row of each origin's neighbourhood.

    Parameters
    ----------
    of
        Neighbourhood of each origin.
    weight
        Children of each origin, in any unit.
    ids
        All neighbourhoods, in the order of the results; each has at least one origin.

    Examples
    --------
    >>> groups = Groups(np.array(["a", "a", "b"]), np.array([3.0, 1.0, 2.0]), np.array(["a", "b"]))
    >>> groups.mean(np.array([1.0, 0.0, 0.5]))
    array([0.75, 0.5 ])
    >>> groups.median(np.array([9.0, 1.0, np.nan]))
    (array([0, 2]), array([ 9., nan]))
    """

    def __init__(self, of: NDArray[np.object_], weight: Floats, ids: NDArray[np.object_]) -> None:
        self.ids = ids
        self.of: Ints = pd.Index(ids).get_indexer(pd.Index(of)).astype(np.int64)
        self._weight = weight
        self._total = np.bincount(self.of, weights=weight, minlength=len(ids))

    def mean(self, values: Floats) -> Floats:
        """Return the weighted mean of each neighbourhood."""
        sums = np.bincount(self.of, weights=self._weight * values, minlength=len(self.ids))
        # Sums of the same weights in the same order: the quotient of all ones is exactly one.
        return np.asarray(sums / self._total, dtype=np.float64)

    def share(self, holds: NDArray[np.bool_]) -> Floats:
        """Return the share of each neighbourhood's children for whom something holds."""
        return np.clip(self.mean(holds.astype(np.float64)), 0.0, 1.0)

    def median(self, values: Floats) -> tuple[Ints, Floats]:
        """Return the origin in the middle of each neighbourhood, and its value; NaN counts as farther than all."""
        order = np.lexsort((np.arange(len(values)), np.where(np.isnan(values), np.inf, values), self.of))
        group = self.of[order]
        running: Floats = np.cumsum(self._weight[order])
        before = np.r_[0.0, np.cumsum(self._total)][group]
        past = running - before >= 0.5 * self._total[group] - _HALF
        first = np.flatnonzero(past & np.r_[True, ~past[:-1] | (group[1:] != group[:-1])])
        middle = order[first]
        return middle, values[middle]
