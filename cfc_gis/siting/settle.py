"""From a choice to a result: the children that each site adds, the gap, and the status that it allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfc_gis.siting.gains import Gains, in_order
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort, Method, Problem, Siting, Status, verdict

Flags = NDArray[np.bool_]
Added = Callable[[list[int]], tuple[list[int], list[float]]]


@dataclass(frozen=True, eq=False)
class Start:
    """A problem that is being solved.

    Parameters
    ----------
    problem, method, options, effort
        What is solved, and how.
    began
        When the clock was started (:func:`time.perf_counter`).
    """

    problem: Problem
    method: Method
    options: Options
    effort: Effort
    began: float

    def left(self) -> Effort:
        """Return the effort with the time that is left."""
        spent = time.perf_counter() - self.began
        return Effort(self.effort.gap, max(self.effort.seconds - spent, 0.0))

    def nothing(self, status: Status, reasons: tuple[str, ...] = ()) -> Siting:
        """Return that there is no choice, or that none was found."""
        seconds = time.perf_counter() - self.began
        return Siting(self.problem, self.method, status, asked=self.effort, reasons=reasons, seconds=seconds)

    def unchosen(self, ended: str) -> Siting:
        """Return what a search without a choice means: none exists, or none was found in time."""
        return self.nothing("infeasible", ("no_choice",)) if ended == "infeasible" else self.nothing("unsolved")

    def settle(
        self,
        chosen: Flags,
        gains: Gains | Added,
        objective: float,
        bound: float | None,
        *,
        guarantee: float | None = None,
    ) -> Siting:
        """Return a choice with what is proven of it.

        Parameters
        ----------
        chosen
            Which candidates are chosen.
        gains
            Children that sites add, with none taken yet; or a function from the rows chosen to their order and numbers.
        objective, bound
            Value of the choice, and what no choice can beat, as far as it is proven.
        guarantee
            Of a greedy choice.
        """
        rows = np.flatnonzero(chosen).tolist()
        if callable(gains):
            order, added = gains(rows)
            children = float(sum(added))
        else:
            order, added = in_order(gains, np.array(rows, dtype=np.int64))
            children = gains.value
        status, gap = verdict(objective, bound, self.effort)
        return Siting(
            self.problem,
            self.method,
            status,
            tuple(self.options.ids[row] for row in order),
            tuple(added),
            objective,
            bound,
            gap,
            children,
            self.effort,
            guarantee,
            seconds=time.perf_counter() - self.began,
        )
