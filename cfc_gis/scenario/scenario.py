"""A scenario: a name, a year, and frozen edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import geopandas as gpd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cfc_gis import locale, text
from cfc_gis.edits import Later, apply
from cfc_gis.edits.kinds import AnyEdit, Edit, Name, frozen
from cfc_gis.edits.sites import WGS84
from cfc_gis.errors import UserError

if TYPE_CHECKING:
    from pyproj import CRS

    from cfc_gis.edits.ground import Ground
    from cfc_gis.survey import Survey


LAST_YEAR = 2035
"""Last year that a scenario may show: later, nearly all children are born after the census."""


class Scenario(BaseModel):
    """A named list of edits. It never changes anything in place: applied to what was found it gives new inputs.

    Parameters
    ----------
    name
        Its name.
    year
        The year it shows, at most 2035: edits of a later year are left out, and children are those of that year. None
        for the children of the census and all edits.
    births
        What is assumed of births after the census: ``low``, ``middle`` or ``high``
        (:func:`cfc_gis.edits.homes.factors`).
    note
        What is to be remembered of it.
    edits
        Frozen edits (:mod:`cfc_gis.edits.kinds`).

    Examples
    --------
    >>> from cfc_gis.edits import ClearIce, CloseFacility
    >>> plan = Scenario(name="2030", year=2030, edits=[ClearIce(id="ice", streets=["样例一街"]),
    ...                 CloseFacility(id="close", facility="样例第一小学", year=2035)])
    >>> [edit.id for edit in plan.applied], [edit.id for edit in plan.left_out]
    (['ice'], ['close'])
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    name: Name
    year: Annotated[int, Field(ge=2020, le=LAST_YEAR)] | None = None
    births: Literal["low", "middle", "high"] = "middle"
    note: str | None = None
    edits: Annotated[tuple[AnyEdit, ...], BeforeValidator(frozen)] = Field(default=(), validation_alias="edit")

    @property
    def applied(self) -> tuple[Edit, ...]:
        """The edits that stand in its year."""
        return tuple(edit for edit in self.edits if not self._later(edit))

    @property
    def left_out(self) -> tuple[Edit, ...]:
        """The edits of a later year."""
        return tuple(edit for edit in self.edits if self._later(edit))

    @property
    def later(self) -> Later | None:
        """Its year, and what is assumed of births; None for that of the census."""
        return None if self.year is None else Later(self.year, self.births)

    @property
    def cost(self) -> tuple[float, int]:
        """The costs of the edits that stand, in 10,000 yuan, and of how many of them nobody knows the cost."""
        known = [edit.cost for edit in self.applied if edit.cost is not None]
        return sum(known), len(self.applied) - len(known)

    def ground(self, survey: Survey, ground: Ground | None = None) -> Ground:
        """Apply the scenario.

        Parameters
        ----------
        survey
            What was found of the place.
        ground
            What is edited; that of the survey unless given.

        Raises
        ------
        UserError
            With every edit that cannot be applied, and why.
        """
        units, census = survey.units, survey.census.table
        return apply(ground or survey.ground, self.applied, units=units, census=census, later=self.later)

    def text(self, lang: str) -> str:
        """Return the scenario in words: its name and each edit."""
        lines = [text.display(self.name)]
        if self.year is not None:
            lines.append(
                locale.say("scenario.year", lang, year=self.year, births=locale.say(f"births.{self.births}", lang))
            )
        lines += [f"- {described(edit, lang)}" for edit in self.applied]
        lines += [f"- {locale.say('scenario.left_out', lang, edit=described(edit, lang))}" for edit in self.left_out]
        if not self.edits:
            lines.append(locale.say("scenario.empty", lang))
        return "\n".join(lines)

    def year_text(self, lang: str) -> str:
        """Return what is said of its year."""
        return locale.say("scenario.year", lang, year=self.year, births=locale.say(f"births.{self.births}", lang))

    def sites(self, crs: CRS) -> gpd.GeoSeries:
        """Return where its edits are, as points in a CRS; those without a place of their own have none."""
        shapes = [edit.place for edit in self.applied if edit.place is not None]
        return gpd.GeoSeries(shapes, crs=WGS84).to_crs(crs).representative_point()

    def _later(self, edit: Edit) -> bool:
        return self.year is not None and edit.year is not None and edit.year > self.year

    def _repr_html_(self) -> str:
        both = (text.html_text(line) for lang in locale.LANGS for line in self.text(lang).splitlines())
        return f"<p>{'<br>'.join(both)}</p>"


def one_year(plans: Sequence[Scenario]) -> Later | None:
    """Return the year of scenarios that are looked at together, None for that of the census.

    Raises
    ------
    UserError
        When they are of different years: their children are not the same.
    """
    years = {(plan.year, plan.births if plan.year else "") for plan in plans}
    if len(years) > 1:
        raise UserError("scenario_years", years=", ".join(sorted({str(plan.year or "–") for plan in plans})))
    return plans[0].later if plans else None


def comparable(plans: Sequence[Scenario]) -> None:
    """Check that scenarios can stand side by side, before any of them is run.

    Raises
    ------
    UserError
        When two have the same name, or they are of different years.
    """
    names = [plan.name for plan in plans]
    if len(set(names)) < len(names):
        raise UserError("scenario_names", names=", ".join(names))
    one_year(plans)


def described(edit: Edit, lang: str) -> str:
    """Return an edit in words, on one line.

    Examples
    --------
    >>> from cfc_gis.edits import ClearIce
    >>> described(ClearIce(id="1", streets=["中央大街"], cost=3.5), "en")
    'Clear ice: 中央大街 (1; cost 3.5 × 10,000 yuan)'
    """
    given = edit.model_dump()
    at = "" if edit.place is None else "{0.x:.5f}, {0.y:.5f}".format(edit.place.representative_point())
    what = edit.title or given.get("name") or given.get("facility") or "、".join(given.get("streets", ())) or at
    facts = {
        "what": text.display(what),
        "signals": locale.say("edit.signals" if given.get("signals") else "edit.marked", lang),
        "category": locale.say(f"category.{given['category']}", lang) if "category" in given else "",
        **{name: f"{given[name]:,g}" for name in ("seats", "population") if given.get(name) is not None},
    }
    said = locale.say(f"edit.{edit.kind}", lang, **facts)
    beside = [text.display(edit.id)]
    if edit.cost is not None:
        beside.append(locale.say("edit.cost", lang, cost=f"{edit.cost:,g}"))
    if edit.year is not None:
        beside.append(str(edit.year))
    return f"{said} ({'; '.join(beside)})"
