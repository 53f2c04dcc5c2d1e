"""Measures of how evenly something is spread over children: on arrays, one value and one weight for each place.

All of them weigh a place by its children. A place counts for what it holds and not for how it is cut: to split a
neighbourhood in two of the same value, or to give the rows in another order, changes nothing. The definitions are those
of the R package accessibility (ipeaGIT/accessibility: ``gini_index``, ``palma_ratio``, ``theil_t``,
``concentration_index``, ``fgt_poverty``); where it leaves open what happens at ties, at the cut and at zero, each
function says what is done here.

Missing values: a place whose value, weight or rank is missing is left out, and so is one without children; the caller
counts them. Negative values have no share and are refused. Where nobody is left, or nobody has anything, there is
nothing to share out: measures of the spread are NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfc_gis.errors import UserError

Floats = NDArray[np.float64]

POOREST, RICHEST = 0.4, 0.1
"""Shares of the children whom the Palma ratio compares."""


class Curve(NamedTuple):
    """Running shares, the first child to the last, both from 0 to 1.

    Parameters
    ----------
    children
        Share of the children.
    benefit
        Share of the whole that they have together.
    """

    children: Floats
    benefit: Floats

    def at(self, share: ArrayLike) -> Floats:
        """Return the share of the whole that belongs to the first share of the children; NaN of an empty curve."""
        if not len(self.children):
            return np.full(np.shape(share), np.nan)
        return np.asarray(np.interp(np.asarray(share, dtype=np.float64), self.children, self.benefit), dtype=np.float64)


class Theil(NamedTuple):
    """Theil's T and its parts; ``total = between + within``.

    Parameters
    ----------
    total, between, within
        NaN where there is nothing to share out; without groups all of it lies within.
    """

    total: float
    between: float
    within: float


def curve(values: ArrayLike, weights: ArrayLike, rank: ArrayLike | None = None) -> Curve:
    """Return the Lorenz curve, or the concentration curve where places are ranked by something else.

    Parameters
    ----------
    values
        What is shared out, for each child of a place; not negative.
    weights
        Children of each place; not negative.
    rank
        What the places are ordered by, the lowest first; the values themselves unless it is given. Places of the same
        rank are one: each child of them has their mean.

    Returns
    -------
    Curve
        From (0, 0) to (1, 1), with a point after each rank; empty where there is nothing to share out.

    Raises
    ------
    UserError
        When a value or a weight is negative or infinite, or the arrays differ in length.

    Examples
    --------
    Ten children have 3 each and thirty have 1 each: the first three quarters of the children have half of it all.

    >>> found = curve([3.0, 1.0], [10.0, 30.0])
    >>> found.children.tolist(), found.benefit.tolist()
    ([0.0, 0.75, 1.0], [0.0, 0.5, 1.0])
    """
    value, weight, order = _known(values, weights, values if rank is None else rank)
    label = np.unique(order, return_inverse=True)[1]
    children = np.bincount(label, weights=weight)
    benefit = np.bincount(label, weights=weight * value)
    if not benefit.sum() > 0:
        return Curve(np.empty(0), np.empty(0))
    running = [np.concatenate([[0.0], np.cumsum(part)]) for part in (children, benefit)]
    return Curve(*(part / part[-1] for part in running))


def gini(values: ArrayLike, weights: ArrayLike) -> float:
    """Return the Gini index: twice the area between the Lorenz curve and equal shares.

    ::

        gini = 1 - sum over places of p_i (L_i-1 + L_i)

    with p the share of the children and L the running share of the benefit. 0 where every child has the same, towards 1
    where one has all.

    Parameters
    ----------
    values, weights
        As for :func:`curve`. Zeros count as they are.

    References
    ----------
    Gini (1912); as ``gini_index`` of ipeaGIT/accessibility.

    Examples
    --------
    1 - 0.75 (0 + 0.5) - 0.25 (0.5 + 1)

    >>> gini([3.0, 1.0], [10.0, 30.0])
    0.25
    """
    return _twice_area(curve(values, weights))


def concentration(
    values: ArrayLike, weights: ArrayLike, rank: ArrayLike, bounds: tuple[float, float] | None = None
) -> float:
    """Return the concentration index: whether those who rank high have more.

    ::

        CI = 2 / m * sum over places of p_i (x_i - m) R_i

    with p the share of the children, m their mean and R the share of the children who rank lower, and half of those who
    rank alike. From -1, all belongs to those who rank lowest, over 0, rank does not matter, to 1.

    Parameters
    ----------
    values, weights, rank
        As for :func:`curve`.
    bounds
        Least and greatest value that anyone can have, such as 0 and 100 of a score. The index is then that of Erreygers
        (2009), ``4 m / (b - a) * CI``, which is the same whether what is had or what is missing is measured.

    Notes
    -----
    ``concentration_index`` of ipeaGIT/accessibility gives places of one rank different ranks, by the order of their
    population, and takes the least and greatest value found as bounds. Here those of one rank are one group (Kakwani,
    Wagstaff and van Doorslaer 1997), so that a place may be split.

    Examples
    --------
    >>> concentration([1.0, 3.0], [10.0, 10.0], rank=[5.0, 2.0])
    -0.25
    >>> concentration([1.0, 3.0], [10.0, 10.0], rank=[5.0, 2.0], bounds=(0.0, 4.0))
    -0.5
    """
    index = _twice_area(curve(values, weights, rank))
    if bounds is None:
        return index
    value, weight, _ = _known(values, weights, rank)
    return float(4.0 * np.average(value, weights=weight) / (bounds[1] - bounds[0]) * index) if len(value) else np.nan


def palma(values: ArrayLike, weights: ArrayLike, rank: ArrayLike | None = None) -> float:
    """Return the Palma ratio: the mean of the richest 10 % of children over the mean of the poorest 40 %.

    ::

        palma = ((1 - L(0.9)) / 0.1) / (L(0.4) / 0.4)

    with L the curve of :func:`curve`. 1 where every child has the same.

    Parameters
    ----------
    values, weights, rank
        As for :func:`curve`; rich and poor in the rank, or in the values where no rank is given.

    Returns
    -------
    float
        NaN where the poorest 40 % have nothing at all: the ratio has no end then.

    Notes
    -----
    A place that the cut goes through is shared: the children on either side of it take its mean with them. Places of
    the same rank are one place before they are cut. ``palma_ratio`` of ipeaGIT/accessibility takes whole places, those
    up to the quantile of 40 % and those above the quantile of 90 %; where the cuts fall between places both agree. Like
    there it is a ratio of means; the ratio of shares that is common for incomes is a quarter of it.

    Examples
    --------
    Ten children have 8, fifty have 4, forty have 1.

    >>> palma([8.0, 4.0, 1.0], [10.0, 50.0, 40.0])
    8.0

    Half of the ten come from the place that has 4: (5 * 8 + 5 * 4) / 10 over 1.

    >>> round(palma([8.0, 4.0, 1.0], [5.0, 55.0, 40.0]), 9)
    6.0
    """
    found = curve(values, weights, rank)
    low, high = float(found.at(POOREST)), float(found.at(1.0 - RICHEST))
    return ((1.0 - high) / RICHEST) / (low / POOREST) if low > 0 else np.nan


def theil(values: ArrayLike, weights: ArrayLike, groups: ArrayLike | None = None) -> Theil:
    """Return Theil's T and how much of it lies between and within groups.

    ::

        T       = sum over places of p_i x_i/m ln(x_i/m)
        between = sum over groups of p_g m_g/m ln(m_g/m)
        within  = sum over groups of p_g m_g/m T_g

    with p the share of the children, x the value, m the mean of all and m_g of a group. 0 where every child has the
    same, ln n where one of n has all.

    Parameters
    ----------
    values, weights
        As for :func:`curve`. A place with nothing adds 0, the limit of x ln x, where ``theil_t`` of
        ipeaGIT/accessibility gives NaN.
    groups
        Group of each place, as text.

    Examples
    --------
    >>> total, between, within = theil([1.0, 3.0, 4.0], [10.0, 10.0, 20.0], ["a", "a", "b"])
    >>> round(total, 6), round(between, 6), round(within, 6)
    (0.100237, 0.056633, 0.043604)
    """
    labels = np.zeros(np.shape(values), dtype=np.int64)
    if groups is not None:
        labels = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)[1]
    value, weight, group = _known(values, weights, labels)
    if not (weight * value).sum() > 0:
        return Theil(np.nan, np.nan, np.nan)
    of = np.unique(group, return_inverse=True)[1]
    people = np.bincount(of, weights=weight)
    means = np.bincount(of, weights=weight * value) / people
    mean = float((people * means).sum() / people.sum())
    share, part = weight / weight.sum(), people / people.sum()
    between = float((part * _xlogx(means / mean)).sum())
    inside = np.divide(value, means[of], out=np.zeros_like(value), where=means[of] > 0)
    within = float((share * means[of] / mean * _xlogx(inside)).sum())
    return Theil(between + within, between, within)


def excess(ways: ArrayLike, threshold: float) -> Floats:
    """Return by how much ways are longer than a standard allows, as a share of it, from 0 to 1.

    Parameters
    ----------
    ways
        Metres or minutes; NaN where nothing is reached, which counts as 1.
    threshold
        The standard, in the same unit.

    Raises
    ------
    UserError
        When a way is negative, or the standard is not above 0.

    Examples
    --------
    >>> excess([200.0, 500.0, 750.0, 2000.0, np.nan], 500.0).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    way = np.asarray(ways, dtype=np.float64)
    _refuse("ways", way, way < 0)
    _refuse("threshold", np.array([threshold]), ~(np.array([threshold]) > 0))
    return np.clip(np.nan_to_num((way - threshold) / threshold, nan=1.0), 0.0, 1.0)


def shortfall(values: ArrayLike, line: float) -> Floats:
    """Return by how much a benefit stays below a line, as a share of it, from 0 to 1; NaN stays missing.

    Examples
    --------
    >>> shortfall([60.0, 30.0, 0.0], 60.0).tolist()
    [0.0, 0.5, 1.0]
    """
    value = np.asarray(values, dtype=np.float64)
    _refuse("values", value, value < 0)
    _refuse("line", np.array([line]), ~(np.array([line]) > 0))
    return np.clip((line - value) / line, 0.0, 1.0)


def fgt(missing: ArrayLike, weights: ArrayLike) -> tuple[float, float, float]:
    """Return the poverty measures of Foster, Greer and Thorbecke of order 0, 1 and 2.

    ::

        FGT_a = sum over places of p_i g_i^a, over those with g_i > 0

    FGT 0 is the share of the children who fall short, FGT 1 how far short children fall on average, FGT 2 weighs those
    who fall far short more.

    Parameters
    ----------
    missing
        Shortfall g of each place, from 0 to 1: :func:`excess` of ways, :func:`shortfall` of a benefit.
    weights
        Children of each place.

    References
    ----------
    Foster, Greer and Thorbecke (1984); ``fgt_poverty`` of ipeaGIT/accessibility is that of :func:`shortfall`.

    Examples
    --------
    >>> [round(each, 9) for each in fgt([0.0, 0.5, 1.0], [40.0, 40.0, 20.0])]
    [0.6, 0.4, 0.3]
    """
    gap, weight, _ = _known(missing, weights, missing)
    if not len(gap):
        return np.nan, np.nan, np.nan
    share = weight / weight.sum()
    return tuple(float((share * powers).sum()) for powers in (gap > 0, gap, gap**2))  # type: ignore[return-value]


def _twice_area(found: Curve) -> float:
    if not len(found.children):
        return np.nan
    widths = np.diff(found.children)
    return float(1.0 - (widths * (found.benefit[1:] + found.benefit[:-1])).sum())


def _xlogx(ratio: Floats) -> Floats:
    logs = np.zeros_like(ratio)
    np.log(ratio, out=logs, where=ratio > 0)
    return ratio * logs


def _known(values: ArrayLike, weights: ArrayLike, third: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the places where children live and all is known; raise where a value or weight makes no sense."""
    value, weight, other = (np.asarray(array, dtype=np.float64) for array in (values, weights, third))
    if not value.shape == weight.shape == other.shape:
        raise UserError(
            "parameter_out_of_range", name="values, weights", found=f"{len(value)}, {len(weight)}", wanted="n = n"
        )
    _refuse("values", value, (value < 0) | np.isinf(value))
    _refuse("weights", weight, (weight < 0) | np.isinf(weight))
    known = ~np.isnan(value) & ~np.isnan(other) & (weight > 0)
    return value[known], weight[known], other[known]


def _refuse(name: str, values: Floats, bad: NDArray[np.bool_]) -> None:
    if bad.any():
        raise UserError("parameter_out_of_range", name=name, found=f"{values[bad][0]:g}", wanted="0 <= x < inf")
