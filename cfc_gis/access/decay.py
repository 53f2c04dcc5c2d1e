"""Decay functions: what a facility weighs at a travel cost.

A decay is a plain callable on an array of costs: it takes minutes (or metres, or any other cost) and returns as many
weights, 1 for a facility at the door and 0 for one that does not count. The functions below build the usual ones and
print as they were called; any callable of that form will do in their place. Parameters are in the unit of the cost.

Cutoffs and steps are inclusive: a cost of exactly the cutoff is within it, whatever the last bit of a sum says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfc_gis.errors import UserError

Floats = NDArray[np.float64]
DecayFunction = Callable[[Floats], Floats]

# Costs are sums of many edges, and their last bits depend on the order of adding: they must not decide who is within.
_LAST_BITS = 1e-9
_INCLUSIVE = 1.0 + _LAST_BITS
_SD_TO_SLOPE = np.pi / np.sqrt(3.0)  # the standard deviation of a logistic distribution is pi / sqrt(3) of its scale


@dataclass(frozen=True, repr=False)
class Decay:
    """A decay function that prints as it was built.

    Parameters
    ----------
    text
        The call that built it, such as ``gaussian(sigma=10)``. Decays of one text are equal.
    weigh
        From an array of costs to an array of weights. Costs are never missing: what is not reachable has no cost.

    Examples
    --------
    >>> decay = linear(20)
    >>> decay
    linear(cutoff=20)
    >>> decay([0, 5, 10, 20, 60])
    array([1.  , 0.75, 0.5 , 0.  , 0.  ])
    """

    text: str
    weigh: DecayFunction = field(compare=False)

    def __call__(self, cost: ArrayLike) -> Floats:
        """Return the weight of each cost."""
        return self.weigh(np.asarray(cost, dtype=np.float64))

    def __repr__(self) -> str:
        return self.text


def binary(cutoff: float) -> Decay:
    """Build the decay that is 1 up to a cutoff and 0 beyond it: cumulative opportunities, 2SFCA.

    ::

        f(c) = 1 where c <= cutoff, else 0

    Parameters
    ----------
    cutoff
        Largest cost that counts, inclusive; not negative.

    Raises
    ------
    UserError
        When the parameter is out of range.

    Examples
    --------
    >>> binary(15)([0, 15, 15.1])
    array([1., 1., 0.])
    """
    limit = _number("cutoff", cutoff, positive=False) * _INCLUSIVE
    return Decay(f"binary(cutoff={_shown(cutoff)})", lambda cost: (cost <= limit).astype(np.float64))


def linear(cutoff: float) -> Decay:
    """Build the decay that falls in a straight line to 0 at a cutoff.

    ::

        f(c) = max(0, 1 - c / cutoff)

    Parameters
    ----------
    cutoff
        Cost at which the weight reaches 0; positive.

    Raises
    ------
    UserError
        When the parameter is out of range.

    Examples
    --------
    >>> linear(20)([0, 5, 10, 20, 60])
    array([1.  , 0.75, 0.5 , 0.  , 0.  ])
    """
    end = _number("cutoff", cutoff)
    return Decay(f"linear(cutoff={_shown(cutoff)})", lambda cost: _down_to_zero(1.0 - cost / end))


def power(exponent: float, scale: float = 1.0) -> Decay:
    """Build the inverse power of the cost, 1 up to a scale.

    ::

        f(c) = (max(c, scale) / scale) ** -exponent

    Parameters
    ----------
    exponent
        How fast it falls; positive.
    scale
        Cost up to which the weight is 1; positive. It keeps the weight at the door finite.

    Raises
    ------
    UserError
        When a parameter is out of range.

    Notes
    -----
    With ``scale=1`` this is ``decay_power`` of ipeaGIT's accessibility, and ``gravity(scale, -exponent, scale)`` of
    pysal's access. It never reaches 0: give it an end with :func:`within`.

    Examples
    --------
    >>> power(2)([0, 1, 2, 10])
    array([1.  , 1.  , 0.25, 0.01])
    """
    _number("exponent", exponent)
    unit = _number("scale", scale)
    text = f"power(exponent={_shown(exponent)}, scale={_shown(scale)})"
    return Decay(text, lambda cost: np.maximum(cost / unit, 1.0) ** -exponent)


def stepped(steps: Sequence[float], weights: Sequence[float]) -> Decay:
    """Build the decay with one weight for each zone of cost: E2SFCA as published.

    ::

        f(c) = weights[k] for the first k with c <= steps[k], 0 beyond the last step

    Parameters
    ----------
    steps
        Outer end of each zone, inclusive, rising; not negative.
    weights
        Weight of each zone, from 1 to 0, not rising.

    Raises
    ------
    UserError
        When the numbers of steps and weights differ, or either is out of range or order.

    Notes
    -----
    A cost of exactly a step belongs to the zone that ends there, as in ``step_fn`` of pysal's access;
    ``decay_stepped`` of ipeaGIT's accessibility gives it to the next zone. Luo and Qi (2009) use three zones of 10
    minutes each.

    References
    ----------
    Luo, W., Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
    accessibility to primary care physicians. Health & Place 15(4), 1100-1107. doi:10.1016/j.healthplace.2009.06.002

    Examples
    --------
    >>> stepped([10, 20, 30], [1, 0.68, 0.22])([0, 10, 10.1, 30, 31])
    array([1.  , 1.  , 0.68, 0.22, 0.  ])
    """
    ends, heights = np.asarray(steps, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    text = f"stepped(steps={_listed(ends)}, weights={_listed(heights)})"
    if ends.ndim != 1 or ends.shape != heights.shape or not len(ends):
        raise _refused("weights", _listed(heights), f"n = {ends.size}, n > 0")
    if not (np.isfinite(ends).all() and ends[0] >= 0 and (np.diff(ends) > 0).all()):
        raise _refused("steps", _listed(ends), "0 <= s1 < s2 < ...")
    if not (heights[0] <= 1 and heights[-1] >= 0 and (np.diff(heights) <= 0).all()):
        raise _refused("weights", _listed(heights), "1 >= w1 >= w2 >= ... >= 0")
    limits, padded = ends * _INCLUSIVE, np.append(heights, 0.0)
    return Decay(text, lambda cost: padded[np.searchsorted(limits, cost)])


def exponential(rate: float) -> Decay:
    """Build the negative exponential of the cost.

    ::

        f(c) = exp(-rate * c)

    Parameters
    ----------
    rate
        How fast it falls, per unit of cost; positive.

    Raises
    ------
    UserError
        When the parameter is out of range.

    Examples
    --------
    >>> exponential(0.1)([0, 10]).round(6)
    array([1.      , 0.367879])
    """
    _number("rate", rate)
    return Decay(f"exponential(rate={_shown(rate)})", lambda cost: np.exp(-rate * cost))


def logistic(cutoff: float, sd: float) -> Decay:
    """Build the reversed cumulative logistic curve around a cutoff, 1 at the door.

    ::

        g(c) = 1 + exp(pi * (c - cutoff) / (sd * sqrt(3)))
        f(c) = g(0) / g(c)

    Parameters
    ----------
    cutoff
        Cost at which the curve turns; positive.
    sd
        Standard deviation of the logistic distribution; positive. Small values are near :func:`binary`.

    Raises
    ------
    UserError
        When a parameter is out of range.

    Notes
    -----
    ``decay_logistic`` of ipeaGIT's accessibility. :func:`soft_threshold` is the same curve without ``g(0)``.

    References
    ----------
    Bauer, J., Groneberg, D. A. (2016). Measuring spatial accessibility of health care providers: introduction of a
    variable distance decay function within the floating catchment area (FCA) method. PLOS ONE 11(7), e0159148.
    doi:10.1371/journal.pone.0159148

    Examples
    --------
    >>> logistic(30, 10)([0, 30]).round(3)
    array([1.   , 0.502])
    """
    middle = _number("cutoff", cutoff)
    slope = _SD_TO_SLOPE / _number("sd", sd)

    def weigh(cost: Floats) -> Floats:
        weight: Floats = np.exp(np.logaddexp(0.0, -slope * middle) - np.logaddexp(0.0, slope * (cost - middle)))
        return weight

    return Decay(f"logistic(cutoff={_shown(cutoff)}, sd={_shown(sd)})", weigh)


def gaussian(sigma: float) -> Decay:
    """Build the Gaussian curve with its top, 1, at the door.

    ::

        f(c) = exp(-c**2 / (2 * sigma**2))

    Parameters
    ----------
    sigma
        Its width; positive.

    Raises
    ------
    UserError
        When the parameter is out of range.

    Notes
    -----
    ``gaussian`` of pysal's access. It never reaches 0: give it an end with :func:`within`, or use
    :func:`gaussian_catchment`.

    Examples
    --------
    >>> gaussian(1)([0, 1]).round(6)
    array([1.      , 0.606531])
    """
    width = _number("sigma", sigma)
    return Decay(f"gaussian(sigma={_shown(sigma)})", lambda cost: np.exp(-0.5 * (cost / width) ** 2))


def gaussian_catchment(cutoff: float) -> Decay:
    """Build the Gaussian curve that reaches 0 at the end of the catchment (高斯两步移动搜索法).

    ::

        f(c) = (exp(-(c / cutoff)**2 / 2) - exp(-1/2)) / (1 - exp(-1/2)) where c <= cutoff, else 0

    Parameters
    ----------
    cutoff
        Cost at which the weight reaches 0; positive.

    Raises
    ------
    UserError
        When the parameter is out of range.

    References
    ----------
    Dai, D. (2010). Black residential segregation, disparities in spatial access to health care facilities, and
    late-stage breast cancer diagnosis in metropolitan Detroit. Health & Place 16(5), 1038-1052.
    doi:10.1016/j.healthplace.2010.06.012

    Examples
    --------
    >>> gaussian_catchment(10)([0, 5, 10, 20]).round(6)
    array([1.      , 0.701367, 0.      , 0.      ])
    """
    end, edge = _number("cutoff", cutoff), np.exp(-0.5)

    text = f"gaussian_catchment(cutoff={_shown(cutoff)})"
    return Decay(text, lambda cost: _down_to_zero((np.exp(-0.5 * (cost / end) ** 2) - edge) / (1.0 - edge)))


def soft_threshold(threshold: float, k: float = 5.0) -> Decay:
    """Build the soft threshold: one half at the threshold, almost 1 at the door.

    ::

        f(c) = 1 / (1 + exp(k * (c - threshold) / threshold))

    Parameters
    ----------
    threshold
        Cost at which the weight is one half; positive.
    k
        How steep it is; positive.

    Raises
    ------
    UserError
        When a parameter is out of range.

    References
    ----------
    Higgs, C., Badland, H., Simons, K., Knibbs, L. D., Giles-Corti, B. (2019). The Urban Liveability Index: developing
    a policy-relevant urban liveability composite measure and evaluating associations with transport mode choice.
    International Journal of Health Geographics 18, 14. doi:10.1186/s12942-019-0178-8. With k = 5 it is the soft
    access score of the Global Healthy and Sustainable City Indicators software.

    Examples
    --------
    >>> soft_threshold(500)([0, 500, 1000]).round(4)
    array([0.9933, 0.5   , 0.0067])
    """
    middle, steep = _number("threshold", threshold), _number("k", k)

    def weigh(cost: Floats) -> Floats:
        weight: Floats = np.exp(-np.logaddexp(0.0, steep * (cost - middle) / middle))
        return weight

    return Decay(f"soft_threshold(threshold={_shown(threshold)}, k={_shown(k)})", weigh)


def within(cutoff: float, decay: DecayFunction) -> Decay:
    """Give a decay an end: as it is up to a cutoff, 0 beyond it.

    Parameters
    ----------
    cutoff
        Largest cost that counts, inclusive; not negative.
    decay
        Any decay.

    Raises
    ------
    UserError
        When the cutoff is out of range.

    Examples
    --------
    >>> within(60, power(1))
    within(cutoff=60, decay=power(exponent=1, scale=1))
    >>> within(60, power(1))([10, 60, 61]).round(4)
    array([0.1   , 0.0167, 0.    ])
    """
    limit = _number("cutoff", cutoff, positive=False) * _INCLUSIVE
    text = f"within(cutoff={_shown(cutoff)}, decay={decay!r})"
    return Decay(text, lambda cost: np.where(cost <= limit, decay(cost), 0.0))


def _down_to_zero(weight: Floats) -> Floats:
    # A catchment shares out all its supply, even to one far child: at its very end no rounding error may stand for 0.
    return np.where(weight > _LAST_BITS, weight, 0.0)


def _number(name: str, value: float, *, positive: bool = True) -> float:
    wanted = f"{name} > 0" if positive else f"{name} >= 0"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _refused(name, repr(value), wanted) from None
    if not np.isfinite(number) or number < 0 or (positive and number == 0):
        raise _refused(name, _shown(number), wanted)
    return number


def _refused(name: str, found: str, wanted: str) -> UserError:
    return UserError("parameter_out_of_range", name=name, found=found, wanted=wanted)


def _listed(numbers: Floats) -> str:
    return "[" + ", ".join(_shown(number) for number in numbers.ravel()) + "]"


def _shown(number: float) -> str:
    short = f"{number:g}"
    return short if float(short) == number else repr(float(number))
