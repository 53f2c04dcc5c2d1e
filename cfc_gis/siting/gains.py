"""What each further site adds to those that are chosen: for coverage and for seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from cfc_gis.access.seats import served, served_by_priority

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Gains(Protocol):
    """A set of sites that grows, and what one more would add; adding never gets dearer (submodular)."""

    @property
    def value(self) -> float:
        """What the sites taken so far add to what was there."""

    def gain(self, site: int) -> float:
        """Return what one more site would add now."""

    def first(self) -> Floats:
        """Return what each site would add alone, before any was taken."""

    def take(self, site: int) -> None:
        """Take a site."""


class CoverageGains:
    """What sites add in demand that they are the first to cover.

    Parameters
    ----------
    weight
        Weight of each demand.
    near
        Sparse matrix, demand by sites: not zero where the site covers it.
    covered
        Which demand is covered already.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2)).tocsc()
    >>> gains = CoverageGains(np.array([3.0, 4.0]), near, np.array([False, False]))
    >>> gains.take(1)
    >>> gains.value, gains.gain(0)
    (4.0, 3.0)
    """

    def __init__(self, weight: Floats, near: csc_array, covered: Flags) -> None:
        self._near = near
        self._left = np.where(covered, 0.0, weight)
        self._first = np.asarray(near.T @ self._left, dtype=np.float64)
        self.value = 0.0

    def first(self) -> Floats:
        """Return what each site would add alone."""
        return self._first

    def gain(self, site: int) -> float:
        """Return what one more site would add now."""
        return float(self._left[self._rows(site)].sum())

    def take(self, site: int) -> None:
        """Take a site."""
        self.value += self.gain(site)
        self._left[self._rows(site)] = 0.0

    def _rows(self, site: int) -> Ints:
        return np.asarray(self._near.indices[self._near.indptr[site] : self._near.indptr[site + 1]])


class SeatGains:
    """What sites add in children who get a seat (:func:`cfc_gis.access.seats.served`).

    Parameters
    ----------
    children
        Children of each place.
    priority
        Weight of a child of each place; None where all weigh the same: then sums are whole thousandths.
    near
        Sparse matrix, places by facilities that exist and then by candidates.
    seats
        Seats of those that exist and then of the candidates.
    existing
        How many of them exist.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 0]), np.array([0, 1]), (1, 2))
    >>> gains = SeatGains(np.array([30.0]), None, near, np.array([10.0, 25.0]), existing=1)
    >>> gains.gain(0)
    20.0
    """

    def __init__(
        self, children: Floats, priority: Floats | None, near: csr_array, seats: Floats, existing: int
    ) -> None:
        self._children, self._priority, self._near, self._seats = children, priority, near, seats
        self._open = np.arange(len(seats)) < existing
        self._existing = existing
        self._now = self._before = self._served(())

    @property
    def value(self) -> float:
        """What the sites taken so far add."""
        return self._beyond(self._now, self._before)

    def first(self) -> Floats:
        """Return what each site would add alone."""
        return np.array([self.gain(site) for site in range(len(self._seats) - self._existing)])

    def gain(self, site: int) -> float:
        """Return what one more site would add now."""
        return self._beyond(self._served((site,)), self._now)

    def take(self, site: int) -> None:
        """Take a site."""
        self._open[self._existing + site] = True
        self._now = self._served(())

    def _served(self, more: Sequence[int]) -> float:
        now_open = self._open.copy()
        now_open[[self._existing + site for site in more]] = True
        seats = np.where(now_open, self._seats, 0.0)
        if self._priority is None:
            return served(self._children, self._near, seats)
        return served_by_priority(self._children, self._near, seats, self._priority)

    def _beyond(self, more: float, less: float) -> float:
        """Return a difference; of whole thousandths it is one."""
        return round(more - less, 3) if self._priority is None else more - less


def in_order(gains: Gains, chosen: Ints) -> tuple[list[int], list[float]]:
    """Return chosen sites with what each adds: always the one next that adds most, of equal ones the first.

    Parameters
    ----------
    gains
        With no site taken yet.
    chosen
        Rows of the chosen sites.

    Examples
    --------
    >>> from cfc_gis.access.seats import near_matrix
    >>> near = near_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2)).tocsc()
    >>> in_order(CoverageGains(np.array([3.0, 4.0]), near, np.array([False, False])), np.array([0, 1]))
    ([0, 1], [7.0, 0.0])
    """
    left, order, added = sorted(int(site) for site in chosen), [], []
    while left:
        now = [gains.gain(site) for site in left]
        best = int(np.argmax(now))
        order.append(left.pop(best))
        added.append(now[best])
        gains.take(order[-1])
    return order, added
