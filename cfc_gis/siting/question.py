"""A question in a planner's words, answered with its range and checked from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from cfc_gis import capacities, locale, text
from cfc_gis.edits import AddFacility
from cfc_gis.edits.sites import WGS84, degrees, placed_in_degrees
from cfc_gis.errors import UserError
from cfc_gis.siting import cases, priority, rules
from cfc_gis.siting.candidates import find
from cfc_gis.siting.cases import Case, Recomputed
from cfc_gis.siting.coverage import mclp
from cfc_gis.siting.options import Options, too_near
from cfc_gis.siting.outcome import Effort, Siting
from cfc_gis.siting.seated import most_seated
from cfc_gis.standards import categories

if TYPE_CHECKING:
    import folium

    from cfc_gis.landuse import LandUse
    from cfc_gis.result import Result


@dataclass(frozen=True)
class Question:
    """A question: where should so many new facilities of a category stand.

    Parameters
    ----------
    category
        What is opened.
    sites
        At most how many.
    seats
        Seats of all of them together, in equal parts; None where seats do not count.
    must, never
        Ids of candidates that are chosen in any case, or not at all.
    apart_m
        Metres in a straight line between the entrances of new sites, at least.
    worst_first
        What a child of the worst-off district weighs beyond one of a district that meets its target
        (:func:`cfc_gis.siting.priority.by_shortfall`); 0 treats all alike.
    season
        ``summer`` or ``winter``; the first of the run unless named.
    effort
        How hard to try, at each end of the range of imputed seats.

    Examples
    --------
    >>> [question.seats / question.sites for question in SCHOOLS]
    [2000.0, 800.0]
    """

    category: str
    sites: int
    seats: float | None = None
    must: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    apart_m: float = 0.0
    worst_first: float = 0.0
    season: str | None = None
    effort: Effort = field(default_factory=lambda: Effort(gap=0.01))


SCHOOLS = (
    Question("primary_school", sites=4, seats=8000.0),
    Question("primary_school", sites=10, seats=8000.0),
)
"""Harbin's plan: 4 schools, or 10 in the places of greatest need, with 8,000 seats in all."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found, by the end of the range of seats that existing facilities were imputed.

    Parameters
    ----------
    question
        What was asked.
    case
        Who needs it, what exists, and the candidates.
    found
        The choice by end: ``low``, ``middle``, ``high``; ``middle`` alone where no seats count or none was imputed.
    imputed
        How many existing facilities have imputed seats; None where no seats count.
    checked
        Access measured from scratch with the sites of the middle open, and with none; None where nothing was found.
    """

    question: Question
    case: Case
    found: Mapping[capacities.End, Siting]
    imputed: int | None
    checked: tuple[Recomputed, Recomputed] | None

    @property
    def best(self) -> Siting:
        """The choice in the middle of the range."""
        return self.found["middle"]

    @property
    def steady(self) -> tuple[str, ...]:
        """Sites that are chosen whatever end of the range the seats have, in the order of the middle."""
        return tuple(site for site in self.best.sites if all(site in each.sites for each in self.found.values()))

    @property
    def children_checked(self) -> float | None:
        """Children gained by the sites of the middle when access is measured from scratch; None where there is none."""
        if self.checked is None:
            return None
        before, after = self.checked
        if before.seated is None or after.seated is None:
            return after.within - before.within
        return round(after.seated - before.seated, 3)

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The chosen sites of the middle: the columns of the candidates and ``gained``, in the order of gains."""
        table = self.case.candidates.table.set_index("candidate_id", drop=False)
        rows = table.loc[list(self.best.sites)].drop(columns="entrances")
        return gpd.GeoDataFrame(rows.assign(gained=list(self.best.gained)).reset_index(drop=True), crs=table.crs)

    def layers(self, lang: str = "zh") -> dict[str, gpd.GeoDataFrame]:
        """Return all candidates, and the chosen sites with the children each adds: for ``result.map(layers=...)``.

        Parameters
        ----------
        lang
            Language of the names of layers and columns.
        """
        rows, chosen = self.case.candidates.table, self.table
        if chosen.empty:
            return {locale.say("siting_answer.candidates_layer", lang): _shown(rows, lang)}
        gained = {locale.say("siting_answer.gained_column", lang): chosen["gained"].round(1).to_numpy()}
        points = chosen.set_geometry(chosen.representative_point())
        return {
            locale.say("siting_answer.candidates_layer", lang): _shown(rows, lang),
            locale.say("siting_answer.chosen_layer", lang): _shown(points, lang).assign(**gained),
        }

    def map(self, *, lang: str = "both") -> folium.Map:
        """Return the map of the run with the candidates and the chosen sites as layers of their own.

        Parameters
        ----------
        lang
            ``zh``, ``en`` or ``both``; of the layers the first.
        """
        layers = self.layers("en" if lang == "en" else "zh")
        return self.case.result.map(self.question.category, season=self.case.season, lang=lang, layers=layers)

    @property
    def edits(self) -> tuple[AddFacility, ...]:
        """The chosen sites of the middle as edits of a scenario, with their seats, in the order of gains."""
        table = self.case.candidates.table.set_index("candidate_id", drop=False).loc[[*self.best.sites]]
        shapes = table.geometry.to_crs(WGS84)
        seats = None if self.question.seats is None else self.question.seats / max(self.question.sites, 1)
        own = categories()[self.case.category].served_by[0]
        return tuple(
            AddFacility(
                id=row["candidate_id"],
                category=own,
                name=row["name"] if isinstance(row["name"], str) else None,
                **placed_in_degrees(shape),
                entrances=degrees(row["entrances"], table.crs),
                seats=seats,
            )
            for row, shape in zip(table.to_dict("records"), shapes, strict=True)
        )

    def text(self, lang: str) -> str:
        """Return the answer in words."""
        known = np.nan_to_num(self.case.children)
        within = known[np.unique(self.case.near_existing.pairs()[0])].sum()
        facts = {
            "standard": self.case.standard.line(lang),
            "candidates": len(self.case.candidates.table),
            "aside": len(self.case.candidates.set_aside),
            "existing": len(self.case.existing),
            "children": f"{known.sum():,.0f}",
            "within": f"{within:,.0f}",
        }
        lines = [locale.say("siting_answer.case", lang, **facts)]
        if self.imputed is not None:
            asked = f"{self.question.seats:,.0f}"
            lines.append(locale.say("siting_answer.imputed", lang, count=self.imputed, seats=asked))
        for end, siting in self.found.items():
            if len(self.found) > 1:
                lines.append(locale.say(f"siting_answer.{end}", lang))
            lines.append(siting.text(lang))
        if self.question.seats is not None and self.best.children is not None:
            facts = {"seats": f"{self.question.seats:,.0f}", "children": f"{self.best.children:,.1f}"}
            lines.append(locale.say("siting_answer.unfilled", lang, **facts))
        if len(self.found) > 1:
            lines.append(locale.say("siting_answer.steady", lang, count=len(self.steady), all=len(self.best.sites)))
        if self.children_checked is not None:
            lines.append(locale.say("siting_answer.checked", lang, children=f"{self.children_checked:,.1f}"))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        both = (text.html_text(line) for lang in locale.LANGS for line in self.text(lang).splitlines())
        return f"<p>{'<br>'.join(both)}</p>"


def _shown(table: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Return sites with what a click on a map shows."""
    setback, large = rules.resource()["setback"], rules.resource()["site"]["large_m2"]
    facts = {
        "railway": {"metres": setback["railway_m"]},
        "main_road": {"metres": setback["main_road_m"]},
        "large": {"hectares": f"{large / 1e4:g}"},
    }
    notes = [
        "; ".join(locale.say(f"candidate_note.{key}", lang, **facts.get(key, {})) for key in said.split(";") if key)
        for said in table["notes"]
    ]
    name = table["name"].where(table["name"].notna(), table["candidate_id"])
    columns = {"id": table["candidate_id"], "area": table["area_m2"].round(), "notes": notes}
    said = {locale.say(f"siting_answer.{key}_column", lang): values for key, values in columns.items()}
    return gpd.GeoDataFrame({"name": name, **said}, geometry=table.geometry, crs=table.crs)


def answer(result: Result, land: LandUse, question: Question) -> Answer:
    """Answer a question of siting.

    Parameters
    ----------
    result
        A run.
    land
        Land use (:func:`cfc_gis.siting.candidates.land_of`).
    question
        What is asked.

    Returns
    -------
    Answer
        Where seats count and some of those that exist are imputed, the problem is solved at both ends and in the
        middle of their range. The choice of the middle is checked: access is measured from scratch with its sites.

    Raises
    ------
    ChoiceUnknown
        When there is no rule on the category.
    UserError
        When the data hold no candidate; when the options are faulty; when seats are unknown and no rule imputes them.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> from cfc_gis.siting import land_of
    >>> study = Study.sample()
    >>> found = answer(study.run("summer"), land_of(study), Question("play", sites=2))
    >>> round(found.best.children - found.children_checked, 6)
    0.0
    """
    candidates = find(result, land, question.category)
    if not candidates.ids:
        words = locale.Words(f"category.{question.category}")
        raise UserError("no_candidates", category=words, aside=len(candidates.set_aside))
    case, ids = cases.case(result, candidates, question.season), candidates.ids
    apart = too_near(case.candidates.doors, question.apart_m)
    options = Options(ids, question.sites, question.must, question.never, apart=apart)
    weight = priority.worst_first(case, strength=question.worst_first) if question.worst_first else None
    if question.seats is None:
        one = mclp(case.coverage(weight), options, question.effort)
        return _checked(Answer(question, case, MappingProxyType({"middle": one}), None, None))
    each = question.seats / max(question.sites, 1)
    imputed = int(capacities.seats(case.existing, case.category)["imputed"].sum())
    ends = capacities.ENDS if imputed else ("middle",)
    solved = {end: most_seated(case.seating(each, end=end, priority=weight), options, question.effort) for end in ends}
    return _checked(Answer(question, case, MappingProxyType(solved), imputed, None))


def _checked(given: Answer) -> Answer:
    if not given.best.solved:
        return given
    question = given.question
    seats = None if question.seats is None else dict.fromkeys(given.best.sites, question.seats / max(question.sites, 1))
    before = cases.recomputed(given.case, (), None if seats is None else {})
    after = cases.recomputed(given.case, given.best.sites, seats)
    return Answer(question, given.case, given.found, given.imputed, (before, after))
