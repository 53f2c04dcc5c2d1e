"""Lists of projects and of history as lines of text, for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cfc_gis import locale, text
from cfc_gis.library import rules
from cfc_gis.library.project import Project, in_words, show

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("id", "stage", "phase", "kind", "unit_name", "cost_wan", "name")


def projects(found: Sequence[Project], lang: str) -> list[str]:
    """Return a header, a line for each project and their number.

    Examples
    --------
    >>> projects((), "en")[-1]
    '0 project(s)'
    """
    fields = [field for name in _COLUMNS for field in rules.fields(rules.PROJECTS) if field.name == name]
    rows = [[field.header(lang) for field in fields]]
    rows += [[show(field, getattr(each, field.name), lang) for field in fields] for each in found]
    widths = [max(map(_width, cells)) for cells in zip(*rows, strict=True)]
    lines = ["  ".join(map(_padded, row, widths)).rstrip() for row in rows]
    return [*lines, locale.say("projects_cli.listed", lang, count=len(found))]


def project(found: Project, lang: str) -> str:
    """Return all that a project says, and where it may go."""
    legal = rules.Listed("project_stage", found.next_stages).text(lang)
    return f"{found.text(lang)}\n{locale.say('projects_cli.next', lang)}: {legal}"


def history(found: pd.DataFrame, lang: str) -> Iterator[str]:
    """Yield a line for each change, and one for each field that it changed."""
    for row in found.to_dict("records"):
        action = locale.say(f"library_action.{row['action']}", lang)
        said = {name: text.display(row[name]) for name in ("at", "version", "who", "why")}
        yield locale.say("projects_cli.line", lang, action=action, **said)
        yield from changes(row, lang)


def changes(row: Mapping[Hashable, Any] | pd.Series, lang: str) -> Iterator[str]:
    """Yield a line for each field that a row of the history changed: its value before and after."""
    for field, was, now in in_words(row["table"], row["changes"], lang):
        yield "    " + locale.say("projects_cli.change", lang, field=field, was=was or "–", now=now or "–")


def entries(found: pd.DataFrame, lang: str) -> Iterator[str]:
    """Yield a line for each expected result or policy measure, with the ids of what it is linked with."""
    for row in found.to_dict("records"):
        words = [rules.word("register", row["register"], lang), row["id"], row["name"], row["target"], row["linked"]]
        yield "  ".join(text.display(word) or "–" for word in words)


def _width(words: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in words)


def _padded(words: str, width: int) -> str:
    return words + " " * (width - _width(words))
