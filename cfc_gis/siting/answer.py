"""The answer to a question of siting, with its range and checked from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from cfc_gis import capacities, locale, text, writing
from cfc_gis.edits import AddFacility
from cfc_gis.edits.sites import WGS84, degrees, placed_in_degrees
from cfc_gis.errors import UserError
from cfc_gis.siting import cases, costs, priority, rules
from cfc_gis.siting.backup import bclp, lscp_backup
from cfc_gis.siting.candidates import find
from cfc_gis.siting.cases import Case, Recomputed
from cfc_gis.siting.coverage import Coverage, best_share, lscp, mclp
from cfc_gis.siting.distance import p_center, p_median
from cfc_gis.siting.options import Floats, Options, too_near
from cfc_gis.siting.outcome import Siting
from cfc_gis.siting.question import Question
from cfc_gis.siting.seated import most_seated
from cfc_gis.standards import categories

if TYPE_CHECKING:
    import folium

    from cfc_gis.landuse import LandUse
    from cfc_gis.result import Result


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
    reach
        Share of the children who count for the target and would be within the standard with every candidate open that
        may be; None where no target was asked.
    left_out
        Children who do not count for the target, since no facility and no candidate has them within the standard.
    """

    question: Question
    case: Case
    found: Mapping[capacities.End, Siting]
    imputed: int | None
    checked: tuple[Recomputed, Recomputed] | None
    reach: float | None = None
    left_out: float = 0.0

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
    def cost(self) -> float | None:
        """What the sites of the middle cost together, in 10,000 yuan; None where no costs were given."""
        given = self.question.costs
        return None if given is None else sum(given[name] for name in self.best.sites)

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The chosen sites of the middle: the columns of the candidates, any cost, and ``gained``, in its order."""
        rows = self.candidates.set_index("candidate_id", drop=False).loc[list(self.best.sites)].reset_index(drop=True)
        return rows.drop(columns=["chosen", *([] if self.question.costs is not None else ["cost"])])

    @property
    def candidates(self) -> gpd.GeoDataFrame:
        """All candidates, sorted by id, with ``cost`` (missing where not given), ``chosen`` and ``gained``.

        Written as CSV it is the table whose costs a planner fills in (:func:`cfc_gis.siting.costs.read`).
        """
        table, given = self.case.candidates.table, self.question.costs or {}
        gained = dict(zip(self.best.sites, self.best.gained, strict=True))
        ids = table["candidate_id"]
        more = {"cost": ids.map(given).astype(float), "chosen": ids.isin(self.best.sites)}
        return table.drop(columns="entrances").assign(**more, gained=ids.map(gained).astype(float))

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
        seats, given = self.question.seats_each, self.question.costs or {}
        own = categories()[self.case.category].served_by[0]
        return tuple(
            AddFacility(
                id=row["candidate_id"],
                category=own,
                name=row["name"] if isinstance(row["name"], str) else None,
                **placed_in_degrees(shape),
                entrances=degrees(row["entrances"], table.crs),
                seats=seats,
                cost=given.get(row["candidate_id"]),
            )
            for row, shape in zip(table.to_dict("records"), shapes, strict=True)
        )

    def text(self, lang: str) -> str:
        """Return the answer in words."""
        lines = [*self._asked(lang)]
        for end, siting in self.found.items():
            if len(self.found) > 1:
                lines.append(locale.say(f"siting_answer.{end}", lang))
            lines.append(siting.text(lang))
        if self.cost is not None and self.best.solved:
            lines.append(locale.say("siting_answer.cost", lang, cost=f"{self.cost:,.6g}"))
        if self.question.seats is not None and self.best.children is not None:
            facts = {"seats": f"{self.question.seats:,.0f}", "children": f"{self.best.children:,.1f}"}
            lines.append(locale.say("siting_answer.unfilled", lang, **facts))
        if len(self.found) > 1:
            lines.append(locale.say("siting_answer.steady", lang, count=len(self.steady), all=len(self.best.sites)))
        return "\n".join([*lines, *self._measured(lang)])

    def _asked(self, lang: str) -> list[str]:
        """Return what is there, and what was asked of it."""
        known, question = np.nan_to_num(self.case.children), self.question
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
        if question.reachable:
            lines.append(locale.say("siting_answer.left_out", lang, children=f"{self.left_out:,.0f}"))
        if self.reach is not None:
            shares = {"target": f"{target_of(question, self.case):.1%}", "reach": f"{self.reach:.1%}"}
            lines.append(locale.say(f"siting_answer.target{'_of_them' * question.reachable}", lang, **shares))
        if question.budget is not None:
            lines.append(locale.say("siting_answer.budget", lang, budget=f"{question.budget:,.6g}"))
        if self.imputed is not None:
            asked = f"{question.seats:,.0f}"
            lines.append(locale.say("siting_answer.imputed", lang, count=self.imputed, seats=asked))
        return lines

    def _measured(self, lang: str) -> list[str]:
        """Return what access from scratch says: children gained, and what the problem is about before and after."""
        if self.checked is None or self.children_checked is None:
            return []
        before, after = self.checked
        all_children = float(np.nan_to_num(self.case.children).sum()) or np.nan
        facts = {
            "children": f"{self.children_checked:,.1f}",
            "unit": locale.say(f"unit.{self.case.standard.unit}", lang),
            **{f"{name}_before": f"{value:,.0f}" for name, value in before.figures.items()},
            **{f"{name}_after": f"{value:,.0f}" for name, value in after.figures.items()},
            "share_before": f"{before.within / all_children:.1%}",
            "share_after": f"{after.within / all_children:.1%}",
        }
        keys = ["checked", "checked_within"]
        if self.best.problem in {"bclp", "lscp_b"}:
            keys.append("checked_twice")
        if self.best.problem in {"p_median", "p_center"}:
            keys += ["checked_ways", *(["checked_lost"] if before.lost or after.lost else [])]
        return [locale.say(f"siting_answer.{key}", lang, **facts) for key in keys]

    def write(self, path: str | Path) -> Path:
        """Write the chosen sites: a layer, or a table with longitude and latitude.

        Parameters
        ----------
        path
            ``.gpkg`` or ``.csv``; an existing file is replaced.

        Raises
        ------
        UserError
            When the suffix is another.
        NotWritable
            When it cannot be written.
        """
        return _write(self.table, path, "sites")

    def write_candidates(self, path: str | Path) -> Path:
        """Write all candidates (:attr:`candidates`), as :meth:`write` does."""
        return _write(self.candidates, path, "candidates")

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
    cost = None if question.costs is None else costs.of_candidates(question.costs, ids, question.never)
    options = Options(ids, question.sites, question.must, question.never, cost, question.budget, apart)
    weight = None
    if question.worst_first:
        weight = priority.worst_first(case, question.worst_level, question.worst_first)
    if question.seats_each is None:
        return _checked(_without_seats(case, question, options, weight))
    imputed = int(capacities.seats(case.existing, case.category)["imputed"].sum())
    solved = {}
    for end in capacities.ENDS if imputed else ("middle",):
        seating = case.seating(question.seats_each, end=end, priority=weight)
        solved[end] = most_seated(seating, options, question.effort, question.method)
    return _checked(Answer(question, case, MappingProxyType(solved), imputed, None))


def target_of(question: Question, case: Case) -> float:
    """Return the share of the children who are to be within the standard."""
    if question.kind == "lscp_b":
        return 1.0
    return case.standard.target_share if question.target is None else question.target


def _without_seats(case: Case, question: Question, options: Options, weight: Floats | None) -> Answer:
    kind, effort = question.kind, question.effort
    if kind in {"p_median", "p_center"}:
        ways = case.ways(weight)
        one = p_median(ways, options, effort) if kind == "p_median" else p_center(ways, options, effort)
        return Answer(question, case, MappingProxyType({"middle": one}), None, None)
    problem, left_out = case.coverage(weight), 0.0
    if kind in {"mclp", "bclp"}:
        one = bclp(problem, options, effort) if kind == "bclp" else mclp(problem, options, effort, question.method)
        return Answer(question, case, MappingProxyType({"middle": one}), None, None)
    if question.reachable:
        problem, left_out = _reachable(problem, options)
    reach = best_share(problem, options)
    if kind == "lscp_b":
        one = lscp_backup(problem, options, effort)
    else:
        share = target_of(question, case)
        one = lscp(problem, options, effort, share=share, least="cost" if kind == "lscp_cost" else "sites")
    return Answer(question, case, MappingProxyType({"middle": one}), None, None, reach, left_out)


def _reachable(problem: Coverage, options: Options) -> tuple[Coverage, float]:
    """Return the problem of the children whom anything that may be has within the standard, and the others' number."""
    served = problem.count(options.may_be) > 0
    return replace(problem, children=np.where(served, problem.known, 0.0)), float(problem.known[~served].sum())


def _checked(given: Answer) -> Answer:
    if not given.best.solved:
        return given
    each = given.question.seats_each
    seats = None if each is None else dict.fromkeys(given.best.sites, each)
    before = cases.recomputed(given.case, (), None if seats is None else {})
    after = cases.recomputed(given.case, given.best.sites, seats)
    return replace(given, checked=(before, after))


SUFFIXES = (".gpkg", ".csv")


def refuse_suffix(path: str | Path) -> None:
    """Refuse a file that is neither a layer nor a table, before anything is computed.

    Raises
    ------
    UserError
        When the suffix is none of :data:`SUFFIXES`.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise UserError("site_file", path=path, wanted=", ".join(SUFFIXES))


def _write(table: gpd.GeoDataFrame, path: str | Path, layer: str) -> Path:
    file = Path(path)
    refuse_suffix(file)
    if file.suffix.lower() == ".gpkg":
        writing.put_layer(file, table, layer)
        return file
    points = table.representative_point().to_crs(WGS84)
    places = {"lon": points.x.round(6), "lat": points.y.round(6)}
    writing.put_csv(file, table.drop(columns="geometry").assign(**places))
    return file
