"""What a table of the library may hold, and which moves between stages are legal: ``resources/library/rules.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown, MoveRefused

PROJECTS, ENTRIES = "projects", "entries"
TABLES = (PROJECTS, "gaps", "gains", "participation", ENTRIES, "entry_links", "project_links")
PAUSED, RESUME = "paused", "resume"


@dataclass(frozen=True)
class Field:
    """One column of a table of the library.

    Parameters
    ----------
    table, name
        Where it stands.
    kind
        ``text``, ``choice``, ``choices``, ``number``, ``count``, ``date``, ``place`` or ``hash``.
    of
        Locale section of the keys of a choice.
    needed
        Whether it may not be missing.
    also
        More headers under which planners have it.
    """

    table: str
    name: str
    kind: str
    of: str = ""
    needed: bool = False
    also: tuple[str, ...] = ()

    def header(self, lang: str) -> str:
        """Return its header in one language.

        Examples
        --------
        >>> field("projects", "cost_wan").header("zh")
        '总投资（万元）'
        """
        return locale.say(f"library_{self.table}.{self.name}", lang)


@cache
def fields(table: str) -> tuple[Field, ...]:
    """Return the fields of a table, in the order of an export.

    Examples
    --------
    >>> [field.name for field in fields("entry_links")]
    ['result_id', 'measure_id']
    """
    listed: Mapping[str, Mapping[str, Any]] = _rules()["tables"][table]
    return tuple(
        Field(table, name, said["kind"], said.get("of", ""), said.get("needed", False), tuple(said.get("also", ())))
        for name, said in listed.items()
    )


def field(table: str, found: str) -> Field:
    """Return the field that a name or header means, in any language.

    Raises
    ------
    ChoiceUnknown
        When there is none; the message lists all.

    Examples
    --------
    >>> field("projects", "责任部门").name
    'body'
    """
    known = _headers(table).get(text.folded(found))
    if known is None:
        names = ", ".join(each.name for each in fields(table))
        raise ChoiceUnknown("library_field_unknown", found=text.display(found), known=names)
    return known


def known_field(table: str, found: str) -> Field | None:
    """Return the field that a header means; ``None`` where it means none."""
    return _headers(table).get(text.folded(found))


@cache
def _headers(table: str) -> Mapping[str, Field]:
    return {
        text.folded(name): each
        for each in fields(table)
        for name in (*each.also, *(each.header(lang) for lang in locale.LANGS), each.name)
    }


@cache
def choices(of: str) -> tuple[str, ...]:
    """Return the keys of a choice, in order.

    Examples
    --------
    >>> choices("project_phase")
    ('2025', '2035')
    """
    listed = _rules()["choices"].get(of)
    if listed is None:
        prefix = f"{of}."
        return tuple(key.removeprefix(prefix) for key in locale.table() if key.startswith(prefix))
    return tuple(listed)


@cache
def meant(of: str) -> Mapping[str, str]:
    """Return the key that each word of a choice means, by the folded word in any language.

    Examples
    --------
    >>> meant("project_stage")["在建"], meant("project_stage")["construction"]
    ('construction', 'construction')
    """
    words = {text.folded(locale.say(f"{of}.{key}", lang)): key for lang in locale.LANGS for key in choices(of)}
    return {**words, **{text.folded(key): key for key in choices(of)}}


def moves(stage: str, paused_from: str | None = None) -> tuple[str, ...]:
    """Return the stages to which a project may go.

    Parameters
    ----------
    stage
        Where it is.
    paused_from
        Where a paused project was paused.

    Examples
    --------
    >>> moves("reserve")
    ('preparation', 'idea', 'paused', 'cancelled')
    >>> moves("paused", "approvals")
    ('approvals', 'cancelled')
    """
    listed = cast("list[str]", _rules()["moves"][stage])
    return tuple(str(paused_from) if each == RESUME else each for each in listed)


def moved(project_id: str, stage: str, paused_from: str | None, wanted: str) -> dict[str, str | None]:
    """Return the new stage, and where a project is paused.

    Raises
    ------
    MoveRefused
        When the move is not legal; the message names those that are.

    Examples
    --------
    >>> moved("XM-00001", "approvals", None, "paused")
    {'stage': 'paused', 'paused_from': 'approvals'}
    """
    legal = moves(stage, paused_from)
    if wanted not in legal:
        said = {"found": locale.Words(f"project_stage.{stage}"), "wanted": locale.Words(f"project_stage.{wanted}")}
        raise MoveRefused("move_refused", project_id=project_id, legal=Listed("project_stage", legal), **said)
    return {"stage": wanted, "paused_from": stage if wanted == PAUSED else None}


@dataclass(frozen=True)
class Listed:
    """Several keys of a choice, said in the language of the message around them."""

    of: str
    keys: tuple[str, ...]

    def text(self, lang: str) -> str:
        """Return their words in one language."""
        return ("、" if lang == "zh" else ", ").join(word(self.of, key, lang) for key in self.keys)


@dataclass(frozen=True)
class Headers:
    """Several fields by their headers, said in the language of the message around them.

    The history of a project also holds what was written beside it, so that the fields may be those of another table.
    """

    table: str
    names: tuple[str, ...]

    def text(self, lang: str) -> str:
        """Return their headers in one language."""
        return ("、" if lang == "zh" else ", ").join(header(self.table, name, lang) for name in self.names) or "–"


def header(table: str, name: str, lang: str) -> str:
    """Return the header of a field of a table, or else of the first table that has it."""
    tables = (table, *(each for each in TABLES if each != table))
    found = (each.header(lang) for one in tables for each in fields(one) if each.name == name)
    return next(found, name)


def word(of: str, key: str | None, lang: str) -> str:
    """Return the words of a key of a choice; empty for none, and the key itself where it is not known."""
    if key is None:
        return ""
    full = f"{of}.{key}"
    return locale.say(full, lang) if full in locale.table() else key


@cache
def missing() -> frozenset[str]:
    """Return the cells that say nothing, as in every table of planners."""
    file = resources.files("cfc_gis") / "resources" / "tables.toml"
    return frozenset(tomllib.loads(file.read_text(encoding="utf-8"))["missing"])


@cache
def _rules() -> dict[str, Any]:
    file = resources.files("cfc_gis") / "resources" / "library" / "rules.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
