"""Mixed-integer programs for HiGHS, through scipy."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cfc_gis.errors import CfcError
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ended = Literal["solved", "infeasible", "limit"]

_SOLVED, _LIMIT, _INFEASIBLE = 0, 1, 2  # status of scipy.optimize.milp
_ENDED: dict[int, Ended] = {_SOLVED: "solved", _LIMIT: "limit", _INFEASIBLE: "infeasible"}


@dataclass(frozen=True, eq=False)
class Rows:
    """Linear constraints: ``low <= matrix @ x <= high``.

    Parameters
    ----------
    matrix
        Sparse, one column for each variable.
    low, high
        One number for each row, or one for all.
    """

    matrix: Any
    low: Floats | float
    high: Floats | float


@dataclass(frozen=True, eq=False)
class Found:
    """What HiGHS says.

    Parameters
    ----------
    ended
        How the search ended.
    x
        The best values of the variables; None where there are none.
    bound
        What no choice can be below; None where nothing is proven.
    """

    ended: Ended
    x: Floats | None
    bound: float | None

    @property
    def chosen(self) -> Floats:
        """The values found, which must be there."""
        if self.x is None:
            raise ValueError("nothing was found")
        return self.x


def limits(options: Options, more: int) -> tuple[list[Rows], Floats, Floats]:
    """Return the limits of a choice as constraints, with the least and largest value of each site's variable.

    Parameters
    ----------
    options
        What may be chosen.
    more
        How many variables follow those of the sites.
    """
    from scipy.sparse import csr_array, hstack

    m = len(options)

    def rows(matrix: Any, high: float) -> Rows:
        empty = csr_array((matrix.shape[0], more))
        return Rows(hstack([csr_array(matrix), empty], format="csr"), -np.inf, high)

    found = []
    if options.sites is not None:
        found.append(rows(np.ones((1, m)), options.sites))
    if options.budget is not None:
        found.append(rows(options.costs[None, :], options.budget))
    if len(options.apart):
        k = len(options.apart)
        pairs = csr_array((np.ones(2 * k), (np.repeat(np.arange(k), 2), options.apart.ravel())), shape=(k, m))
        found.append(rows(pairs, 1.0))
    return found, options.must_be.astype(np.float64), options.may_be.astype(np.float64)


def minimise(cost: Floats, rows: Sequence[Rows], bounds: tuple[Floats, Floats], whole: Flags, effort: Effort) -> Found:
    """Minimise ``cost @ x``.

    Parameters
    ----------
    cost
        Of each variable.
    rows
        Constraints.
    bounds
        Least and largest value of each variable.
    whole
        Which variables are whole numbers.
    effort
        When to stop.

    Raises
    ------
    CfcError
        When the solver fails for a reason of its own.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not len(cost):
        return Found("solved", np.zeros(0), 0.0)
    if effort.seconds <= 0:
        return Found("limit", None, None)
    constraints = [LinearConstraint(each.matrix, each.low, each.high) for each in rows]
    end = time.perf_counter() + effort.seconds
    for presolve in (True, False):  # presolve may not tell infeasible from unbounded, and none of ours is unbounded
        options = {"mip_rel_gap": effort.gap, "time_limit": max(end - time.perf_counter(), 0.0), "presolve": presolve}
        told = milp(cost, integrality=whole.astype(np.int8), bounds=Bounds(*bounds), constraints=constraints,
                    options=options)  # fmt: skip
        if told.status in _ENDED:
            # Without whole numbers it is a linear program, and its optimum the bound.
            bound = getattr(told, "mip_dual_bound", None) if whole.any() else told.fun
            proven = bound is not None and math.isfinite(bound) and told.status != _INFEASIBLE
            return Found(_ENDED[told.status], told.x, bound if proven else None)
    raise CfcError("solver_failed", cause=told.message)


def chosen_sites(found: Found, options: Options) -> Flags:
    """Return which sites are chosen: their variables are whole numbers but for what rounding leaves."""
    return np.asarray(found.chosen[: len(options)] > 0.5)
