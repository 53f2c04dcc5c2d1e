"""What the planner says of rows of a register that a merge cannot tell.

A decision is the id of the facility that a row is, ``row 20`` for the same site as row 20, ``new``, or ``leave out``;
how each may be written stands in ``resources/merge.toml``. Ids and rows stand in the columns ``facility_id`` and
``others`` of the lines of a merge just as a decision writes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.faults import Said, closest

Kind = Literal["facility", "row", "new", "leave_out"]


@dataclass(frozen=True)
class Decisions:
    """Decisions by the positions of rows and facilities in their tables.

    Parameters
    ----------
    facility
        Facility of each row that is one.
    same
        The row that counts for each row that is the same site.
    new
        Rows that are no facility known before.
    left_out
        Rows that do not count at all.
    """

    facility: Mapping[int, int] = field(default_factory=dict)
    same: Mapping[int, int] = field(default_factory=dict)
    new: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()

    @property
    def settled(self) -> frozenset[int]:
        """Rows that need no pairing."""
        return frozenset((*self.facility, *self.same, *self.new, *self.left_out))


@cache
def _words() -> dict[str, re.Pattern[str]]:
    file = resources.files("cfc_gis") / "resources" / "merge.toml"
    words: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))["decisions"]
    return {kind: re.compile("|".join(ways), re.IGNORECASE) for kind, ways in words.items()}


def kind(choice: str) -> tuple[Kind, str]:
    """Return what a decision says, and the id or the number of the row that it names.

    Parameters
    ----------
    choice
        As the planner wrote it.

    Examples
    --------
    >>> kind("new"), kind("不采用"), kind("row 20"), kind("同第 20 行"), kind("w123456")
    (('new', ''), ('leave_out', ''), ('row', '20'), ('row', '20'), ('facility', 'w123456'))
    """
    said = choice.strip()
    words = _words()
    if found := words["row"].fullmatch(said):
        return "row", next(filter(None, found.groups()))
    if words["new"].fullmatch(said):
        return "new", ""
    return ("leave_out", "") if words["leave_out"].fullmatch(said) else ("facility", said)


def row_name(row: int) -> str:
    """Return a row as a decision names it.

    Examples
    --------
    >>> row_name(20)
    'row 20'
    """
    return f"row {row}"


def read(choices: Mapping[int, str], listed: gpd.GeoDataFrame, known: pd.DataFrame) -> Decisions:
    """Return the decisions as positions.

    Parameters
    ----------
    choices
        Decision of each row, by its number.
    listed
        The register (:data:`cfc_gis.schema.REGISTER`), numbered from 0.
    known
        Facilities (:data:`cfc_gis.schema.FACILITIES`), numbered from 0.

    Raises
    ------
    ChoiceUnknown
        With all that is wrong with them at once, row by row.
    """
    unplaced = listed.loc[listed.geometry.isna(), "row"]
    wrong = problems(choices, listed["row"].tolist(), frozenset(unplaced), known["facility_id"].tolist())
    if wrong:
        told = Said(*("\n".join(f"- {row}: {each.text(lang)}" for row, each in wrong) for lang in locale.LANGS))
        sources = ", ".join(map(text.display, listed["source"].unique()))
        raise ChoiceUnknown("decisions_wrong", register=sources, count=len(wrong), told=told)
    at_row = {int(row): at for at, row in enumerate(listed["row"])}
    at_facility = {name: at for at, name in enumerate(known["facility_id"])}
    said = {at_row[row]: kind(choice) for row, choice in choices.items()}
    return Decisions(
        {row: at_facility[name] for row, (what, name) in said.items() if what == "facility"},
        {row: at_row[int(name)] for row, (what, name) in said.items() if what == "row"},
        frozenset(row for row, (what, _) in said.items() if what == "new"),
        frozenset(row for row, (what, _) in said.items() if what == "leave_out"),
    )


def problems(
    choices: Mapping[int, str], rows: Collection[int], unplaced: Collection[int], facilities: Collection[str] | None
) -> list[tuple[int, Said]]:
    """Return what is wrong with decisions: the row, and the words.

    Parameters
    ----------
    choices
        Decision of each row, by its number.
    rows
        Numbers of the rows of the register, and of those without a place.
    unplaced
        Numbers of the rows without a place.
    facilities
        Ids of the facilities; ``None`` where they are not known yet.

    Examples
    --------
    >>> [(row, each.text("en")) for row, each in problems({9: "new", 2: "row 9"}, [2, 3], [], None)]
    [(2, 'there is no row 9 among the facilities of the register'), (9, 'there is no such row among the ... register')]
    """
    said = {row: kind(choice) for row, choice in sorted(choices.items())}
    taken: dict[str, int] = {}
    found = list[tuple[int, Said]]()
    for row, (what, name) in said.items():
        if row not in rows:
            found.append((row, _say("no_such_row")))
        elif what == "new" and row in unplaced:
            found.append((row, _say("unplaced")))
        elif what == "row":
            found += [(row, each) for each in _about_row(row, int(name), said, rows)]
        elif what == "facility" and name in taken:
            found.append((row, _say("twice", facility=name, row=taken[name])))
        elif what == "facility":
            taken[name] = row
            found += [(row, each) for each in _about_facility(name, facilities)]
    return found


def _about_row(row: int, other: int, said: Mapping[int, tuple[Kind, str]], rows: Collection[int]) -> Iterator[Said]:
    if other == row:
        yield _say("itself")
    elif other not in rows:
        yield _say("no_other_row", row=other)
    elif other in said and said[other][0] in {"row", "leave_out"}:
        yield _say("not_kept", row=other)


def _about_facility(name: str, facilities: Collection[str] | None) -> Iterator[Said]:
    if facilities is not None and name not in facilities:
        yield _say("no_such_facility", found=text.display(name), suggestion=closest(name, facilities))


def _say(key: str, **facts: Any) -> Said:
    return Said(*(locale.say(f"decision.{key}", lang, **facts) for lang in locale.LANGS))
