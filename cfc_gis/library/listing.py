"""Lists of projects and of history as lines of text, for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cfc_gis import locale, text
from cfc_gis.library import rules
from cfc_gis.library.project import Project, show

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
        table = _table(row["table"], row["changes"])
        for name, (was, now) in row["changes"].items():
            facts = {"was": _shown(table, name, was, lang), "now": _shown(table, name, now, lang)}
            yield "    " + locale.say("projects_cli.change", lang, field=rules.header(table, name, lang), **facts)


def _table(subject: str, changes: Collection[str]) -> str:
    """Return the table whose fields the changes are: that of the project or entry itself, or of what stands beside."""
    tables = (subject, *(each for each in rules.TABLES if each != subject))
    return next((each for each in tables if set(changes) <= {field.name for field in rules.fields(each)}), subject)


def _shown(table: str, name: str, value: Any, lang: str) -> str:
    field = rules.meant_field(table, name)
    return (text.display(value) if field is None else show(field, value, lang)) or "–"


def _width(words: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in words)


def _padded(words: str, width: int) -> str:
    return words + " " * (width - _width(words))
