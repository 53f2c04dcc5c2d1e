"""Which facilities every home has near, in the measure of a standard: for intervals and trials of stability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARGIN = 1.25
"""Facilities are kept up to this many times the threshold, so that a wider standard can be tried without a search."""

WITHIN = 1e-9
"""A way of exactly the standard is within it, whatever the last bit of a sum says."""


@dataclass(frozen=True, eq=False)
class Nearby:
    """What lies around every origin, served or not, of one category and profile; all arrays as long as the origins.

    Parameters
    ----------
    straight_m
        Metres in a straight line to the nearest entrance of a proven facility; NaN where none is known.
    entrance, straight_facility
        That entrance, a point or None, and the row of its facility, -1 for none.
    facility
        Row of the nearest proven facility, in the measure of the standard; -1 where none is reached.
    presumed, presumed_facility
        What the standard limits, to the nearest facility with presumed ones counted, NaN where none is reached; and
        its row.
    supply
        Seats, places or beds for each child, by floating catchments; NaN where not known.
    reach_m
        How far the standard reaches in a straight line that can be walked; minutes at the pace of the profile.
    """

    straight_m: NDArray[np.float64]
    entrance: NDArray[np.object_]
    straight_facility: NDArray[np.int64]
    facility: NDArray[np.int64]
    presumed: NDArray[np.float64]
    presumed_facility: NDArray[np.int64]
    supply: NDArray[np.float64]
    reach_m: float


@dataclass(frozen=True, eq=False)
class Reached:
    """Every origin with every proven facility that it has near, of one category and profile.

    Parameters
    ----------
    threshold
        Of the deciding standard, in its unit (metres or minutes).
    origin, facility
        Rows of the tables of origins and of facilities, one pair each, in the order of the origins.
    cost
        What the standard limits, for each pair; at most :data:`MARGIN` times the threshold.
    nearest
        The same from each origin to the nearest proven facility, however far; NaN where none is reached.
    """

    threshold: float
    origin: NDArray[np.int64]
    facility: NDArray[np.int64]
    cost: NDArray[np.float64]
    nearest: NDArray[np.float64]

    def pairs(self, factor: float = 1.0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the origins and facilities of the pairs within the threshold times a factor, at most :data:`MARGIN`.

        Raises
        ------
        ValueError
            When the factor is above :data:`MARGIN`.

        Examples
        --------
        >>> near = Reached(300.0, np.array([0, 0, 1]), np.array([5, 7, 5]), np.array([120.0, 310.0, 300.0]),
        ...                np.array([120.0, 300.0]))
        >>> near.pairs()[1].tolist(), near.pairs(1.1)[1].tolist()
        ([5, 5], [5, 7, 5])
        """
        if factor > MARGIN:
            raise ValueError(f"pairs are known up to {MARGIN} of the threshold, not {factor}")
        near = self.cost <= self.threshold * factor * (1 + WITHIN)
        return self.origin[near], self.facility[near]
