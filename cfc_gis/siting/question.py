"""A question of siting in a planner's words, refused as a whole where its parts contradict each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cfc_gis import locale, text
from cfc_gis.errors import UserError
from cfc_gis.siting.options import Faults
from cfc_gis.siting.outcome import Effort, Method, Problem

PROBLEMS: tuple[Problem, ...] = get_args(Problem)
LIMITED = frozenset({"mclp", "bclp", "seats", "p_median", "p_center"})
"""Problems that need a limit on sites or on their cost: without one, more is never worse."""
WEIGHED = frozenset({"mclp", "bclp", "lscp_b", "seats", "p_median"})
"""Problems in which the children of the worst-off units can weigh more."""
_NUMBERS = ("seats", "target", "budget", "apart_m", "worst_first")


@dataclass(frozen=True)
class Question:
    """A question: where should new facilities of a category stand.

    Parameters
    ----------
    category
        What is opened.
    sites
        At most how many; None for no limit of their number.
    seats
        Seats of all of them together, in equal parts; None where seats do not count.
    problem
        ``mclp`` (most children within the standard), ``bclp`` (the same, then most with a second facility), ``seats``
        (most children with a seat), ``lscp`` and ``lscp_cost`` (fewest sites, or the cheapest, that bring a target
        share within the standard), ``lscp_b`` (fewest sites for everybody, then most with a second facility),
        ``p_median`` (least walking in all) or ``p_center`` (shortest longest way). Unless named: ``seats`` where there
        are seats, ``lscp`` where there is a target, else ``mclp``.
    target
        Share of the children who are to be within the standard, above 0 to 1, of ``lscp`` and ``lscp_cost``; that of
        the standard unless given.
    reachable
        Whether children count alone whom an existing facility or a candidate has within the standard, for ``lscp``,
        ``lscp_cost`` and ``lscp_b``: the others are told.
    costs
        Cost of each candidate by its id, in 10,000 yuan; those in ``never`` need none.
    budget
        The most that the chosen ones may cost together.
    must, never
        Ids of candidates that are chosen in any case, or not at all.
    apart_m
        Metres in a straight line between the entrances of new sites, at least.
    worst_first
        What a child of the worst-off unit weighs beyond one of a unit that meets its target
        (:func:`cfc_gis.siting.priority.by_shortfall`); 0 treats all alike.
    worst_level
        Units that are compared: ``district`` or ``subdistrict``.
    season
        ``summer`` or ``winter``; the first of the run unless named.
    method
        ``exact``, or ``greedy`` for large cases of ``mclp`` and ``seats``.
    effort
        How hard to try, at each end of the range of imputed seats.

    Raises
    ------
    UserError
        With everything in it that contradicts something else.

    Examples
    --------
    >>> [question.seats / question.sites for question in SCHOOLS]
    [2000.0, 800.0]
    >>> Question("park", target=0.9).kind, Question("park", sites=3).kind, SCHOOLS[0].kind
    ('lscp', 'mclp', 'seats')
    """

    category: str
    sites: int | None = None
    seats: float | None = None
    problem: Problem | None = None
    target: float | None = None
    reachable: bool = False
    costs: Mapping[str, float] | None = field(default=None, hash=False)
    budget: float | None = None
    must: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    apart_m: float = 0.0
    worst_first: float = 0.0
    worst_level: Literal["district", "subdistrict"] = "district"
    season: str | None = None
    method: Method = "exact"
    effort: Effort = field(default_factory=lambda: Effort(gap=0.01))

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, all of it at once."""
        numbers = {name: getattr(self, name) for name in _NUMBERS} | vars(self.effort)
        strange = [name for name, value in numbers.items() if value is not None and not math.isfinite(value)]
        holds = {
            "not_finite": bool(strange),
            "unlimited": self.kind in LIMITED and self.sites is None and self.budget is None,
            "seats_wanted": self.kind == "seats" and (self.seats is None or self.sites is None),
            "seats_idle": self.kind != "seats" and self.seats is not None,
            "target_idle": self.kind not in {"lscp", "lscp_cost"} and self.target is not None,
            "target_share": self.target is not None and not 0 < self.target <= 1,
            "reachable_idle": not self.kind.startswith("lscp") and self.reachable,
            "costs_wanted": self.costs is None and (self.budget is not None or self.kind == "lscp_cost"),
            "costs_idle": self.costs is not None and self.budget is None and self.kind != "lscp_cost",
            "worst_idle": self.kind not in WEIGHED and self.worst_first != 0,
            "level_idle": self.worst_first == 0 and self.worst_level != "district",
            "greedy_idle": self.kind not in {"mclp", "seats"} and self.method == "greedy",
            "must_and_never": bool(self.must & self.never),
        }
        facts = {
            "problem": locale.Words(f"siting_problem.{self.kind}"),
            "target": self.target,
            "strange": ", ".join(strange),
            "both": ", ".join(map(text.display, sorted(self.must & self.never))),
        }
        if faults := [key for key, found in holds.items() if found]:
            raise UserError("siting_question", count=len(faults), faults=Faults(faults, facts))

    @property
    def kind(self) -> Problem:
        """The problem that is solved."""
        if self.problem is not None:
            return self.problem
        return "seats" if self.seats is not None else "mclp" if self.target is None else "lscp"

    @property
    def seats_each(self) -> float | None:
        """Seats of each new site; None where seats do not count."""
        return None if self.seats is None else self.seats / max(self.sites or 1, 1)


SCHOOLS = (
    Question("primary_school", sites=4, seats=8000.0),
    Question("primary_school", sites=10, seats=8000.0),
)
"""Harbin's plan: 4 schools, or 10 in the places of greatest need, with 8,000 seats in all."""
