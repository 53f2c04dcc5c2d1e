"""What a solver found, and how sure it is: never better than what was proven."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import pandas as pd

from cfc_gis import locale, text

Problem = Literal["lscp", "lscp_cost", "lscp_b", "mclp", "bclp", "p_median", "p_center", "seats"]
Method = Literal["exact", "greedy"]
Status = Literal["optimal", "within_gap", "feasible", "infeasible", "unsolved"]
STATUSES: tuple[Status, ...] = get_args(Status)

_DECIMALS: dict[Problem, int] = {"lscp": 0, "lscp_cost": 0, "p_median": 0, "p_center": 0}

PROVEN = 1e-6
"""Largest gap that counts as none: a solver in floating point proves no more."""


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Parameters
    ----------
    gap
        The search may end when the best choice is proven to be at most this share from the optimum; 0 asks for the
        optimum itself.
    seconds
        The search ends after about so many seconds, with what it has.
    """

    gap: float = 0.0
    seconds: float = 60.0


@dataclass(frozen=True)
class Siting:
    """The sites that a solver chose, and what was proven of them.

    Parameters
    ----------
    problem
        Which problem was solved.
    method
        ``exact`` (mixed-integer programming, HiGHS) or ``greedy``.
    status
        ``optimal``: no choice is better (gap at most 1e-6). ``within_gap``: proven to be within the gap that was asked
        for. ``feasible``: keeps all limits, the gap is larger than asked. ``infeasible``: no choice keeps all limits.
        ``unsolved``: none was found in time, and nothing is proven.
    sites
        Ids of the chosen, in the order of ``gained``.
    gained
        Children that each adds, the site that adds most first, then the one that adds most beside it, and so on: their
        sum does not depend on the order, each number does. For the p-median and the p-center: children to whom the
        site is the nearest.
    objective
        Value of the choice, in the unit of the problem; None where there is none.
    bound
        What no choice can beat, as far as it is proven; None where nothing is.
    gap
        ``|bound - objective| / |objective|``; None without both.
    children
        Children whom the chosen sites add to those who are served already (``gained`` together).
    asked
        What was asked of the solver.
    guarantee
        Share of the optimum that a greedy choice reaches in the worst case, where theory says so.
    reasons
        Why there is no choice, or what to know of it: keys of the locale section ``siting_reason``.
    seconds
        How long it took; two results that differ in this alone are equal.
    """

    problem: Problem
    method: Method
    status: Status
    sites: tuple[str, ...] = ()
    gained: tuple[float, ...] = ()
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    children: float | None = None
    asked: Effort = field(default_factory=Effort)
    guarantee: float | None = None
    reasons: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def solved(self) -> bool:
        """Whether there is a choice."""
        return self.objective is not None

    @property
    def table(self) -> pd.DataFrame:
        """One row for each chosen site: ``site`` and ``gained``, in their order."""
        return pd.DataFrame({"site": pd.array(list(self.sites), dtype="str"), "gained": list(self.gained)})

    def text(self, lang: str) -> str:
        """Return what was found in words, the status first.

        Examples
        --------
        >>> print(Siting("mclp", "exact", "infeasible", reasons=("must_exceed_sites",)).text("en"))
        Maximal coverage (MCLP), exact (HiGHS): Infeasible: no choice keeps all limits
        More sites must be chosen than may be.
        """
        head = locale.say(
            "siting.head",
            lang,
            problem=locale.Words(f"siting_problem.{self.problem}"),
            method=locale.Words(f"siting_method.{self.method}"),
            status=self._status(lang),
        )
        lines = [head]
        if self.solved:
            unit = locale.say(f"siting_unit.{self.problem}", lang)
            lines.append(
                locale.say(
                    "siting.objective", lang, value=f"{self.objective:,.{_DECIMALS.get(self.problem, 3)}f}", unit=unit
                )
            )
            by_way = self.problem in {"p_median", "p_center"}
            facts = {"count": len(self.sites), "children": f"{self.children:,.1f}"}
            lines.append(locale.say("siting.sites_nearest" if by_way else "siting.sites", lang, **facts))
            words = "siting.nearest" if by_way else "siting.gained"
            lines += [
                locale.say(words, lang, site=text.display(site), children=f"{children:,.1f}")
                for site, children in zip(self.sites, self.gained, strict=True)
            ]
        if self.guarantee is not None:
            lines.append(locale.say("siting.guarantee", lang, share=f"{self.guarantee:.1%}"))
        lines += [locale.say(f"siting_reason.{reason}", lang) for reason in self.reasons]
        return "\n".join(lines)

    def _status(self, lang: str) -> str:
        gap = "" if self.gap is None else f"{self.gap:.2%}"
        asked = {"gap": gap, "asked": f"{self.asked.gap:.2%}", "limit": f"{self.asked.seconds:g}"}
        return locale.say(f"siting_status.{self.status}", lang, **asked)

    def _repr_html_(self) -> str:
        both = "".join(
            f"<p>{'<br>'.join(text.html_text(line) for line in self.text(lang).splitlines())}</p>"
            for lang in locale.LANGS
        )
        return f"<div>{both}</div>"


def verdict(objective: float, bound: float | None, effort: Effort) -> tuple[Status, float | None]:
    """Return how sure a choice is, from its value and what no choice can beat.

    Examples
    --------
    >>> verdict(95.0, 100.0, Effort(gap=0.1))[0], verdict(95.0, 100.0, Effort())[0], verdict(7.0, 7.0, Effort())[0]
    ('within_gap', 'feasible', 'optimal')
    >>> verdict(95.0, None, Effort())
    ('feasible', None)
    """
    if bound is None:
        return "feasible", None
    apart = abs(bound - objective)
    gap = 0.0 if apart <= PROVEN * max(abs(objective), abs(bound)) else apart / max(abs(objective), 1e-12)
    if gap == 0.0:
        return "optimal", 0.0
    return ("within_gap" if gap <= effort.gap else "feasible"), gap
