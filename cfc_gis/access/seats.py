"""Who gets a seat within the standard: the one rule by which siting and scenarios count children served.

**The rule.** As many children as possible get a seat in a facility that they have within the standard, and no facility
takes more than its seats (the maximal assignment). It is what catchments can reach that are drawn to fill the seats; a
city that sends every child to the nearest school may serve fewer.

The number of children served is the value of a largest flow (Ford and Fulkerson 1956), which is unique: it depends
neither on the order of rows nor on the program that finds it. Who of several children gets the last seat does not
follow from the rule, so only totals are given. Children are estimates with fractions: they are counted in thousandths,
so that every sum is exact and a second computation gives the same number, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARTS = 1000
"""Parts into which a child is counted."""

MOST = (2**31 - 1) // PARTS
"""The most children at one place and the most seats of one facility that the flow can hold; more seats do no harm."""


def near_matrix(origin: Ints, facility: Ints, shape: tuple[int, int]) -> csr_array:
    """Return which facility is near which place, from pairs, as a sparse matrix of ones.

    Examples
    --------
    >>> near_matrix(np.array([0, 1, 1]), np.array([1, 0, 1]), (2, 2)).toarray()
    array([[0, 1],
           [1, 1]], dtype=int8)
    """
    from scipy.sparse import csr_array

    near = csr_array((np.ones(len(origin), dtype=np.int8), (origin, facility)), shape=shape)
    near.sum_duplicates()
    near.data[:] = 1
    return near


def alike(near: csr_array) -> tuple[Ints, Ints]:
    """Return the first row of each group of rows that have the same facilities near, and the group of every row.

    Examples
    --------
    >>> alike(near_matrix(np.array([0, 1, 2]), np.array([1, 0, 1]), (3, 2)))
    (array([0, 1]), array([0, 1, 0]))
    """
    near = near.sorted_indices()
    column = np.ascontiguousarray(near.indices, dtype=np.int64)
    known: dict[bytes, int] = {}
    first: list[int] = []
    group = np.empty(near.shape[0], dtype=np.int64)
    for row, (start, end) in enumerate(zip(near.indptr[:-1].tolist(), near.indptr[1:].tolist(), strict=True)):
        group[row] = known.setdefault(column[start:end].tobytes(), len(known))
        if len(known) > len(first):
            first.append(row)
    return np.array(first, dtype=np.int64), group


def in_parts(children: Floats) -> Ints:
    """Return children in thousandths; unknown children (NaN) count as none.

    Raises
    ------
    ValueError
        When a value is negative, or larger than :data:`MOST`.

    Examples
    --------
    >>> in_parts(np.array([1.2344, np.nan, 0.0005]))
    array([1234,    0,    0])
    """
    known = np.nan_to_num(children, nan=0.0)
    if len(known) and (known.min() < 0 or known.max() > MOST):
        raise ValueError(f"children of a place must lie from 0 to {MOST}")
    return np.rint(known * PARTS).astype(np.int64)


def served(children: Floats, near: csr_array, seats: Floats) -> float:
    """Return how many children get a seat within the standard, by the rule of this module.

    Parameters
    ----------
    children
        Children of each place; NaN (unknown) counts as none.
    near
        Sparse matrix, places by facilities: not zero where the facility is within the standard.
    seats
        Seats of each facility, whole or not; a facility that is closed has 0. None may be missing: what is not known
        must be imputed first, openly.

    Returns
    -------
    float
        Children, in whole thousandths.

    Raises
    ------
    ValueError
        When the shapes do not fit, or seats or children are negative, or seats missing.

    Examples
    --------
    Of two homes with 30 children each, one has school 0 near, the other both. With 40 and 25 seats all but 5 children
    of the first home could go to school 0; 20 of the others fill what is left of it and 25 of them school 1.

    >>> near = near_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2))
    >>> served(np.array([30.0, 30.0]), near, np.array([40.0, 25.0]))
    60.0
    >>> served(np.array([30.0, 30.0]), near, np.array([10.0, 25.0]))
    35.0
    """
    parts = in_parts(children)
    if near.shape != (len(parts), len(seats)):
        raise ValueError(f"{len(parts)} places and {len(seats)} facilities do not fit a matrix of {near.shape}")
    if np.isnan(seats).any() or (seats < 0).any():
        raise ValueError("seats must be known and not negative")
    return _flow(parts, near, np.floor(np.minimum(seats, MOST) * PARTS).astype(np.int64)) / PARTS


def served_by_priority(children: Floats, near: csr_array, seats: Floats, priority: Floats) -> float:
    """Return the most that children with a seat can weigh together, each with the priority of its place.

    Parameters
    ----------
    children, near, seats
        As of :func:`served`.
    priority
        Weight of a child of each place, not negative.

    Notes
    -----
    Sets of children that can all be seated form a matroid, so the weight is found level by level (Edmonds 1971): the
    sum over the distinct priorities, from the highest, of their step down to the next times the children served when
    only those of that priority or a higher one count.

    Examples
    --------
    One school with 10 seats; the children of the second home count double.

    >>> near = near_matrix(np.array([0, 1]), np.array([0, 0]), (2, 1))
    >>> served_by_priority(np.array([9.0, 4.0]), near, np.array([10.0]), np.array([1.0, 2.0]))
    14.0
    """
    levels: Sequence[float] = np.unique(priority[priority > 0])[::-1].tolist()
    steps = np.diff([*levels, 0.0]) * -1.0
    return float(
        sum(
            step * served(np.where(priority >= level, children, 0.0), near, seats)
            for level, step in zip(levels, steps, strict=True)
        )
    )


def _flow(children: Ints, near: csr_array, seats: Ints) -> int:
    """Return the largest flow from places to facilities, all in parts of a child."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import maximum_flow

    used = (near != 0)[:, np.flatnonzero(seats > 0)]
    first, group = alike(used)
    pairs = coo_array(used[first])
    n_places, n_facilities = pairs.shape
    demand = np.bincount(group, weights=children, minlength=n_places).astype(np.int64)
    if len(demand) and demand.max() > MOST * PARTS:
        raise ValueError(f"more than {MOST} children have the same facilities within the standard")
    supply = seats[seats > 0]
    if not len(pairs.row):
        return 0
    # Places, then facilities, then where all children come from and where all seats end.
    source, sink = n_places + n_facilities, n_places + n_facilities + 1
    tail = np.r_[np.full(n_places, source), pairs.row, n_places + np.arange(n_facilities)]
    head = np.r_[np.arange(n_places), n_places + pairs.col, np.full(n_facilities, sink)]
    limit = np.r_[demand, np.minimum(demand[pairs.row], supply[pairs.col]), supply].astype(np.int32)
    graph = csr_array((limit, (tail, head)), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    return int(flow[[source]].sum(dtype=np.int64))
