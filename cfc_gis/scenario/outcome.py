"""What a scenario changes: results before and after, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import capacities, locale, maps, report, runs, schema, text, writing
from cfc_gis.access import choose, measure
from cfc_gis.progress import Progress, silent
from cfc_gis.result import Result
from cfc_gis.scenario import cautions, files, newcomers
from cfc_gis.scenario.newcomers import Whose
from cfc_gis.scenario.scenario import Scenario, comparable, described
from cfc_gis.scenario.tables import NEWCOMERS
from cfc_gis.standards import categories

if TYPE_CHECKING:
    from cfc_gis.capacities import End

_KEY = ["level", "unit_code", "unit_name", "indicator", "category", "profile"]
_WAY = ["neighbourhood_id", "category", "profile"]
_COMPARED = ("minutes", "metres", "share_within", "n_within", "supply_ratio", "score")
_SEATS = ("category", "season", "seated_before", "seated_after", "gained", "gained_low", "gained_high",
          "gained_residents", "gained_newcomers")  # fmt: skip
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Outcome:
    """A scenario, and the results before and after it.

    Parameters
    ----------
    scenario
        What is changed.
    before, after
        Results without its edits and with them; the same tables where nothing differs. For a scenario of a later year
        both are of that year: what they differ by is what the edits do, not who was born.
    start
        The results that it was run on.
    """

    scenario: Scenario
    before: Result = field(repr=False)
    after: Result = field(repr=False)
    start: Result = field(repr=False)

    @cached_property
    def units(self) -> pd.DataFrame:
        """Before and after by level, unit, indicator and profile, in the order of the judgements.

        ``children`` of the right age, ``within`` (those of them who are proven to have the standard met), ``share`` and
        ``judgement``, each ``_before`` and ``_after``, and ``gained``: within after less within before, the sum of
        ``gained_residents``, of homes that stand already, and ``gained_newcomers``, of new housing.
        """
        sides = []
        for result in (self.before, self.after):
            rows = result.gaps[[*_KEY, "children", "share_low", "judgement"]].rename(columns={"share_low": "share"})
            sides.append(rows.assign(within=(rows["children"] * rows["share"]).fillna(0.0)))
        table = sides[1].merge(sides[0].drop(columns="unit_name"), on=[key for key in _KEY if key != "unit_name"],
                               how="left", suffixes=("_after", "_before"))  # fmt: skip
        table["gained"] = table["within_after"] - table["within_before"]
        new = table.join(newcomers.within(self.before, self.after), on=["level", "unit_code", "category", "profile"])
        table["gained_newcomers"] = new["met"].where(table["share_after"].notna()).fillna(0.0)
        table["gained_residents"] = table["gained"] - table["gained_newcomers"]
        measured = [f"{name}_{when}" for name in ("children", "within", "share", "judgement") for when in
                    ("before", "after")]  # fmt: skip
        return table[[*_KEY, *measured, "gained", "gained_residents", "gained_newcomers"]]

    @cached_property
    def neighbourhoods(self) -> gpd.GeoDataFrame:
        """The neighbourhoods for which anything is measured otherwise, once for each category and profile.

        Minutes, metres, share within the standard, facilities near, seats for each child and score, each ``_before``
        and ``_after``; before is missing for new housing.
        """
        columns = [*_WAY, *_COMPARED]
        both = self.after.access[columns].merge(
            self.before.access[columns], on=_WAY, how="left", suffixes=("_after", "_before"), indicator=True
        )
        changed = (both["_merge"] == "left_only").to_numpy()
        for name in _COMPARED:
            old, new = both[f"{name}_before"], both[f"{name}_after"]
            changed = changed | (~((old - new).abs() <= LEAST) & ~(old.isna() & new.isna())).to_numpy()
        both = both[changed].drop(columns="_merge")
        homes = self.after.neighbourhoods[["neighbourhood_id", "name", "geometry"]]
        rows = both.merge(homes, on="neighbourhood_id")
        order = ["neighbourhood_id", "name", "category", "profile",
                 *(f"{name}_{when}" for name in _COMPARED for when in ("before", "after")), "geometry"]  # fmt: skip
        return gpd.GeoDataFrame(rows[order], crs=homes.crs)

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """The facilities that are new or changed, as they are after it."""
        before, after = self.before.facilities, self.after.facilities
        return after[[*runs.differing(before, after)]].reset_index(drop=True)

    @cached_property
    def seats(self) -> pd.DataFrame:
        """Children with a seat within the standard, of the categories whose seats it changes and that have a rule.

        ``category``, ``season``, ``seated_before``, ``seated_after`` and ``gained``, with ``gained_low`` and
        ``gained_high`` at the ends of the range of seats that are imputed (:func:`cfc_gis.capacities.seats`), and
        ``gained_residents`` and ``gained_newcomers`` in its middle: who gains where homes that stand come first.
        """
        touched = set(self.facilities["category"])
        rows = []
        for category, kind in categories().items():
            if category not in capacities.rules() or not touched & set(kind.served_by):
                continue
            for season in self.after.seasons:
                sums = [seated(each, category, season) for each in (self.before, self.after)]
                ends = {f"gained_{end}": self.seated(category, season, end=end) for end in ("low", "high")}
                first = self._seated_first(category, season)
                rows.append({"category": category, "season": season, "seated_before": sums[0], "seated_after": sums[1],
                             "gained": round(sums[1] - sums[0], 3), **ends, **first})  # fmt: skip
        return pd.DataFrame(rows, columns=[*_SEATS])

    @cached_property
    def warnings(self) -> tuple[cautions.Caution, ...]:
        """What a planner must look at, in the order of the edits."""
        return cautions.found(self.scenario, self.before, self.after)

    def _seated_first(self, category: str, season: str) -> dict[str, float]:
        """Return who gains a seat where the children of homes that stand already come first."""
        new = newcomers.homes(self.before, self.after)
        residents = seated(self.after, category, season, kept=~new) - seated(self.before, category, season)
        more = seated(self.after, category, season) - seated(self.after, category, season, kept=~new)
        return {"gained_residents": round(residents, 3), "gained_newcomers": round(more, 3)}

    @cached_property
    def builds_homes(self) -> bool:
        """Whether it has homes that are not there before it."""
        return bool(newcomers.homes(self.before, self.after).any())

    def gained(self, category: str, season: str | None = None, *, whose: Whose = "all") -> float:
        """Return how many more children have the standard of a category met, by proven facilities.

        Parameters
        ----------
        category
            Category that is judged.
        season
            ``summer`` or ``winter``; the first of the runs unless named.
        whose
            ``all``, or those of ``residents`` alone, whose homes stand already, or of ``newcomers``.

        Raises
        ------
        ChoiceUnknown
            When there is no such category.
        """
        new = newcomers.homes(self.before, self.after)
        added = within(self.after, category, season, kept=new)
        if whose == "newcomers":
            return added
        every = within(self.after, category, season) - within(self.before, category, season)
        return every if whose == "all" else every - added

    def seated(self, category: str, season: str | None = None, *, end: End = "middle") -> float:
        """Return how many more children get a seat within the standard (:func:`cfc_gis.capacities.seated`).

        Parameters
        ----------
        category, season
            As of :meth:`gained`.
        end
            Which end of the range is imputed where no register gives the seats.

        Raises
        ------
        UserError
            When seats are unknown and there is no rule for the category.
        """
        return round(seated(self.after, category, season, end) - seated(self.before, category, season, end), 3)

    def save(self, path: str | Path, *, lang: str = "both") -> Path:
        """Write what changes into a folder, beside a manifest.

        ``scenario.html`` (internal), ``changes.csv`` and, where seats change, ``seats.csv`` (to share),
        ``changed_neighbourhoods.gpkg`` and ``changed_facilities.gpkg`` (internal), ``scenario.toml``,
        ``map_before.html`` and ``map_after.html`` (internal). All files of a run after it are written by
        ``outcome.after.save(...)``.

        Parameters
        ----------
        path
            The folder.
        lang
            ``zh``, ``en`` or ``both``, of the maps.

        Raises
        ------
        NotWritable, DirLocked
            When the folder cannot be written, or another run works in it.
        """
        path = Path(path)
        with writing.folder(path) as stage:
            if len(self.seats):
                writing.write_csv(self.seats, stage / "seats.csv")
            writing.write_csv(self.units[report.scenario.moved(self.units, LEAST)], stage / "changes.csv")
            homes, places = self.neighbourhoods, self.facilities.drop(columns="entrances")
            writing.write_layer(homes, stage / "changed_neighbourhoods.gpkg", "changed_neighbourhoods")
            writing.write_layer(places, stage / "changed_facilities.gpkg", "changed_facilities")
            files.write(self.scenario, stage / "scenario.toml")
            for name, result in (("before", self.before), ("after", self.after)):
                page = maps.to_html(result.map(self.most_changed, lang=lang))
                (stage / f"map_{name}.html").write_text(page, encoding="utf-8")
            (stage / "scenario.html").write_text(self.page(lang), encoding="utf-8")
            told = {"scenario": self.scenario.model_dump(mode="json"), "run": self.before.manifest()}
            writing.write_manifest(told, stage)
        return path

    def page(self, lang: str = "both") -> str:
        """Return what changes as a page that needs no network: edits, who gains, and maps side by side.

        Parameters
        ----------
        lang
            ``zh``, ``en`` or ``both``.
        """
        plan, before, after = self.scenario, self.before, self.after
        cost, unknown = plan.cost
        changed = report.scenario.Changed(
            name=plan.name,
            year=None if plan.year is None else {each: self._year(each) for each in locale.LANGS},
            edits=[{each: described(edit, each) for each in locale.LANGS} for edit in plan.applied],
            later=[{each: described(edit, each) for each in locale.LANGS} for edit in plan.left_out],
            cost=cost,
            unknown_costs=unknown,
            units=self.units,
            neighbourhoods=self.neighbourhoods,
            facilities=self.facilities,
            sites=plan.sites(self.before.neighbourhoods.crs),
            said=[{lang: words(lang) for lang in locale.LANGS} for words in self._said],
            new_homes=frozenset(after.neighbourhoods["neighbourhood_id"][newcomers.homes(before, after)]),
        )
        manifest = before.manifest()
        return report.scenario.page(
            changed, before.tables, after.tables, basemap=before.basemap, manifest=manifest, lang=lang
        )

    @property
    def most_changed(self) -> str | None:
        """The category of which most children are gained or lost; None where none is."""
        city = self.units[self.units["level"] == "city"]
        most = city.groupby("category")["gained"].agg(lambda gained: gained.abs().max())
        return str(most.idxmax()) if len(most) and most.max() >= LEAST else None

    def text(self, lang: str) -> str:
        """Return what changes in words: children gained by category, and judgements that move."""
        lines = [self.scenario.text(lang), ""]
        if self.before is not self.start:
            lines.append(locale.say("scenario.children", lang, **self._children()))
        city = self.units[self.units["level"] == "city"]
        rows = city[report.scenario.moved(city)].to_dict("records")
        for row in rows:
            lines.append(locale.say("scenario.gained", lang, **_said(row, lang)))
            if self.builds_homes:
                lines.append(locale.say("scenario.gained_by", lang, **_said(row, lang)))
        if not rows:
            lines.append(locale.say("scenario.nothing_gained", lang))
        lines += [words(lang) for words in self._said]
        other = self.units[self.units["judgement_before"] != self.units["judgement_after"]]
        for row in other.dropna(subset=["judgement_before"]).to_dict("records"):
            judged = {when: locale.say(f"judgement.{row[f'judgement_{when}']}", lang) for when in ("before", "after")}
            lines.append(locale.say("scenario.judged", lang, **{**_said(row, lang), **judged}))
        return "\n".join(lines)

    @property
    def _said(self) -> list[Callable[[str], str]]:
        """What is said beside the gains: children with a seat, and what a planner must look at."""
        seats = [partial(seat_words, row) for row in self.seats.to_dict("records")]
        if self.builds_homes:
            seats += [partial(seat_words_by, row) for row in self.seats.to_dict("records")]
        return [*seats, *(each.text for each in self.warnings)]

    def _year(self, lang: str) -> str:
        return f"{self.scenario.year_text(lang)} {locale.say('scenario.children', lang, **self._children())}"

    def _children(self) -> dict[str, object]:
        """Return the children of the census and of the year."""
        sums = [each.neighbourhoods[[*schema.BANDS]].sum().sum() for each in (self.start, self.before)]
        return {"year": self.scenario.year, "census": f"{sums[0]:,.0f}", "then": f"{sums[1]:,.0f}"}

    def _repr_html_(self) -> str:
        both = (text.html_text(line) for lang in locale.LANGS for line in self.text(lang).splitlines())
        return f"<p>{'<br>'.join(both)}</p>"


def seat_words(row: Mapping[Any, Any], lang: str) -> str:
    """Return a row of :attr:`Outcome.seats` in words."""
    numbers = {name: f"{row[name]:,.0f}" for name in ("seated_before", "seated_after")}
    gained = {name: f"{row[name]:+,.1f}" for name in ("gained", "gained_low", "gained_high")}
    words = {name: locale.say(f"{name}.{row[name]}", lang) for name in ("category", "season")}
    return locale.say("scenario.seated", lang, **numbers, **gained, **words)


def seat_words_by(row: Mapping[Any, Any], lang: str) -> str:
    """Return who gains a seat, of a row of :attr:`Outcome.seats`, in words."""
    gained = {name: f"{row[f'gained_{name}']:+,.1f}" for name in ("residents", "newcomers")}
    words = {name: locale.say(f"{name}.{row[name]}", lang) for name in ("category", "season")}
    return locale.say("scenario.seated_by", lang, **gained, **words)


def run(result: Result, scenario: Scenario, *, progress: Progress = silent) -> Outcome:
    """Run a scenario on a result: only what it changes is measured and judged anew.

    Parameters
    ----------
    result
        The results before it. They are not changed.
    scenario
        What is changed.
    progress
        Called with the key of each step.

    Returns
    -------
    Outcome
        Its results are those of a full run of the edited inputs, to the last bit.

    Raises
    ------
    UserError
        With every edit that cannot be applied, and why.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> before = Study.sample().run("summer")
    >>> nothing = run(before, Scenario(name="无改动"))
    >>> nothing.after.gaps.equals(before.gaps), nothing.gained("park")
    (True, 0.0)
    """
    survey, ground, before = result.prepared.survey, result.prepared.ground, result
    edited = scenario.ground(survey, ground)  # before anything is measured, so that faults come at once
    if scenario.year is not None:
        unchanged = scenario.model_copy(update={"edits": ()}).ground(survey, ground)
        before = runs.run(survey, unchanged, result.seasons, progress, before=result)
        same = edited.neighbourhoods.equals(unchanged.neighbourhoods)
        edited = replace(edited, neighbourhoods=unchanged.neighbourhoods) if same else edited
    after = runs.run(survey, edited, result.seasons, progress, before=before)
    return Outcome(scenario, before, after, result)


def compare(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return the children whom several scenarios gain, side by side.

    Parameters
    ----------
    outcomes
        Scenarios that were run on the same results.

    Returns
    -------
    DataFrame
        ``level``, ``unit_code``, ``unit_name``, ``indicator``, ``category``, ``profile``, ``within_before``, and one
        column for each scenario, by its name: children gained of homes that stand already. One with new housing has
        another column, its name and :data:`cfc_gis.scenario.tables.NEWCOMERS`: children of that. Rows in which none
        gains or loses anybody are left out.

    Raises
    ------
    ValueError
        When there are none, or they were run on different results.
    UserError
        When two have the same name, or they are of different years: their children are not the same.
    """
    names = [outcome.scenario.name for outcome in outcomes]
    if not names or any(each.start is not outcomes[0].start for each in outcomes):
        raise ValueError("some scenarios, run on the same results")
    comparable([outcome.scenario for outcome in outcomes])
    keys = [key for key in _KEY if key != "unit_name"]
    table = outcomes[0].units[[*_KEY, "within_before"]]
    for name, outcome in zip(names, outcomes, strict=True):
        columns = {"gained_residents": name}
        if outcome.builds_homes:
            columns["gained_newcomers"] = f"{name}{NEWCOMERS}"
        table = table.merge(outcome.units[[*keys, *columns]].rename(columns=columns), on=keys, how="left")
    shown = table.columns.drop([*_KEY, "within_before"])
    return table[(table[shown].abs() >= LEAST).any(axis=1)].reset_index(drop=True)


def within(result: Result, category: str, season: str | None = None, *, kept: NDArray[np.bool_] | None = None) -> float:
    """Return how many children have the standard of a category met, by proven facilities.

    Parameters
    ----------
    result
        Results.
    category, season
        As of :meth:`Outcome.gained`.
    kept
        Which neighbourhoods count; all unless given.
    """
    kind = choose.category(category)
    who = choose.who(kind.age, season or result.seasons[0])
    rows = result.access[(result.access["category"] == category) & (result.access["profile"] == who.name)]
    if kept is not None:
        rows = rows[rows["neighbourhood_id"].isin(result.neighbourhoods["neighbourhood_id"][kept])]
    return measure.within(rows, result.neighbourhoods, kind)


def seated(
    result: Result,
    category: str,
    season: str | None = None,
    end: End = "middle",
    *,
    kept: NDArray[np.bool_] | None = None,
) -> float:
    """Return how many children get a seat within the standard.

    Parameters
    ----------
    result, category, season, end
        As of :meth:`Outcome.seated`.
    kept
        Which neighbourhoods ask for seats; all unless given.
    """
    kind = choose.category(category)
    who = choose.who(kind.age, season or result.seasons[0])
    proven = np.asarray(result.places.serving(kind, who.season).isin(schema.PROVEN), dtype=bool)
    near = result.reached[category, who.name]
    users = result.places.users(kind.band)
    if kept is not None:
        users = np.where(kept[result.places.groups.of], users, 0.0)
    return capacities.seated(users, near, result.facilities, proven, category, end)


def _said(row: Mapping[Any, Any], lang: str) -> dict[str, object]:
    season = str(row["profile"]).rsplit(".", 1)[-1]
    return {
        "unit": text.display(row["unit_name"]),
        "category": locale.say(f"category.{row['category']}", lang),
        "season": locale.say(f"season.{season}", lang),
        **{name: f"{row[name]:+,.0f}" for name in ("gained", "gained_residents", "gained_newcomers")},
        "before": f"{row['within_before']:,.0f}",
        "after": f"{row['within_after']:,.0f}",
        "children": f"{row['children_after']:,.0f}",
    }
