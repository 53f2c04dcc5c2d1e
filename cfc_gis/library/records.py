"""What is written: a project or an entry with its version, and beside every change a line of history.

Each change gives the project or entry its next version and appends one line of the same version, in one transaction.
So the history of a project is complete when it has one line for each of its versions.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown, ProjectChanged, UserError
from cfc_gis.library import rules
from cfc_gis.library.database import Database
from cfc_gis.library.values import LONGEST, Values

_PREFIXES = {"projects": "XM-", "result": "CG-", "measure": "ZC-", "participation": "CY-"}
_DIGITS = 5
LONGEST_ID = 40


@dataclass(frozen=True)
class Act:
    """Who does what, when and why.

    Parameters
    ----------
    action
        Key of the locale section ``library_action``.
    who, why
        The planner, and the reason.
    at
        Date and time with its distance from UTC, ISO 8601.
    """

    action: str
    who: str
    why: str
    at: str


def signed(who: str, why: str) -> tuple[str, str]:
    """Return who writes and why, cleaned.

    Raises
    ------
    UserError
        When either says nothing, since a name is never guessed, or is too long for a cell of a spreadsheet.

    Examples
    --------
    >>> signed(" 李工 ", "年度计划")
    ('李工', '年度计划')
    """
    who, why = text.display(who), text.display(why)
    if not who:
        raise UserError("library_who")
    if not why:
        raise UserError("library_why")
    if max(len(who), len(why)) > LONGEST:
        raise UserError("library_signed_long", longest=LONGEST)
    return who, why


def current(db: Database, table: str, subject_id: str) -> dict[str, Any]:
    """Return a project or an entry as it is now.

    Raises
    ------
    ChoiceUnknown
        When there is none of that id.
    """
    names = ", ".join((*(field.name for field in rules.fields(table)), "changed_at", "changed_by"))
    found = db.rows(f"SELECT {names} FROM {table} WHERE id = ?", (subject_id,))  # noqa: S608 - names are ours
    if not found:
        what = locale.Words(f"library_table.{table}")
        raise ChoiceUnknown("library_id_unknown", what=what, found=text.display(subject_id), path=db.path)
    return dict(found[0])


def insert(db: Database, table: str, values: Values, act: Act) -> None:
    """Write a new project or entry with its first line of history."""
    row = {**values, "version": 1, "changed_at": act.at, "changed_by": act.who}
    put(db, table, row)
    _append(db, table, row["id"], 1, act, {name: [None, now] for name, now in values.items() if now is not None})


def put(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """Insert one row; the names of its columns are ours."""
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.rows(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)  # noqa: S608 - names are ours, values are bound


def update(db: Database, table: str, subject_id: str, changes: Values, act: Act, version: int | None = None) -> bool:
    """Change a project or an entry, where anything differs.

    Parameters
    ----------
    version
        The version that the planner saw; ``None`` where it was read in the same transaction.

    Returns
    -------
    bool
        Whether anything was written.

    Raises
    ------
    ProjectChanged
        When it is not of that version any more: with who changed what, when and why.
    """
    was = current(db, table, subject_id)
    refuse_stale(db, table, was, version)
    differing = {name: [was[name], now] for name, now in changes.items() if was[name] != now}
    if differing:
        _write(db, table, was, differing, act)
    return bool(differing)


def record(db: Database, table: str, subject_id: str, facts: Mapping[str, Any], act: Act) -> None:
    """Append a line of history for what stands in a table beside the project or entry, such as a linked gap."""
    was = current(db, table, subject_id)
    _write(db, table, was, {}, act, {name: [None, value] for name, value in facts.items() if value is not None})


def _write(
    db: Database, table: str, was: Mapping[str, Any], differing: dict[str, list[Any]], act: Act,
    facts: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    new = {name: now for name, (_, now) in differing.items()}
    new |= {"version": was["version"] + 1, "changed_at": act.at, "changed_by": act.who}
    pairs = ", ".join(f"{name} = :{name}" for name in new)
    db.rows(f"UPDATE {table} SET {pairs} WHERE id = :id", {**new, "id": was["id"]})  # noqa: S608 - names are ours
    _append(db, table, was["id"], new["version"], act, differing if facts is None else facts)


def _append(db: Database, table: str, subject_id: Any, version: int, act: Act, changes: Mapping[str, Any]) -> None:
    said = json.dumps(changes, ensure_ascii=False, sort_keys=True)
    line = {"subject": f"{table}/{subject_id}", "version": version, "changes": said}
    put(db, "history", {**line, "at": act.at, "who": act.who, "action": act.action, "why": act.why})


def refuse_stale(db: Database, table: str, was: Mapping[str, Any], version: int | None) -> None:
    """Refuse to write over a version that the planner has not seen."""
    if version is None or version == was["version"]:
        return
    later = db.rows(
        "SELECT who, at, why, changes FROM history WHERE subject = ? AND version > ? ORDER BY version",
        (f"{table}/{was['id']}", version),
    )
    changed = {name: None for line in later for name in json.loads(line["changes"])}
    last = later[-1] if later else {"who": was["changed_by"], "at": was["changed_at"], "why": ""}
    raise ProjectChanged(
        "project_changed", project_id=was["id"], version=version, now=was["version"], who=last["who"], at=last["at"],
        why=last["why"], fields=rules.Headers(table, tuple(changed)),
    )  # fmt: skip


def new_ids(db: Database, table: str, prefix: str) -> Iterator[str]:
    """Yield ids that are free, such as XM-00001; call it inside the transaction that uses them."""
    mark = _PREFIXES[prefix]
    sql = f"SELECT max(CAST(substr(id, {len(mark) + 1}) AS INTEGER)) FROM {table} WHERE id GLOB ?"  # noqa: S608
    last = db.rows(sql, (f"{mark}[0-9]*",))[0][0] or 0
    return (f"{mark}{number:0{_DIGITS}d}" for number in itertools.count(last + 1))


KEYS: Mapping[str, tuple[str, ...]] = {
    "gaps": ("project_id", "level", "unit_code", "indicator", "profile", "run"),
    "gains": ("project_id", "level", "unit_code", "indicator", "profile", "year", "children", "run"),
    "participation": ("id",),
    "entry_links": ("result_id", "measure_id"),
    "project_links": ("entry_id", "project_id"),
}
"""What tells the rows of a table beside projects and entries apart."""


def subjects(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the projects and entries that a row beside them belongs to, with their tables."""
    owners = {"project_id": rules.PROJECTS, "entry_id": rules.ENTRIES}
    owners |= {"result_id": rules.ENTRIES, "measure_id": rules.ENTRIES}
    return [(owner, row[name]) for name, owner in owners.items() if name in row]


def same(db: Database, table: str, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the row that is there already under the same key; ``None`` where there is none."""
    where = " AND ".join(f"{name} IS :{name}" for name in KEYS[table])
    found = db.rows(f"SELECT * FROM {table} WHERE {where}", row)  # noqa: S608 - names are ours
    return dict(found[0]) if found else None


def put_beside(db: Database, table: str, row: Mapping[str, Any], act: Act) -> None:
    """Insert a row beside a project or entry, and append it to the history of each that it belongs to.

    Raises
    ------
    UserError
        When it is there already; a gain may come twice.
    """
    if table != "gains" and same(db, table, row) is not None:
        raise UserError("library_linked", found=text.display(" / ".join(str(row[name]) for name in KEYS[table])))
    for owner, subject_id in subjects(row):
        record(db, owner, subject_id, row, act)
    put(db, table, row)


def remove(db: Database, table: str, row: Mapping[str, Any], act: Act) -> None:
    """Take a link away, and say so in the history of each that it belonged to.

    Raises
    ------
    ChoiceUnknown
        When there is no such link.
    """
    was = same(db, table, row)
    if was is None:
        found = text.display(" / ".join(str(row[name]) for name in KEYS[table]))
        raise ChoiceUnknown("library_not_linked", found=found)
    where = " AND ".join(f"{name} IS :{name}" for name in KEYS[table])
    db.rows(f"DELETE FROM {table} WHERE {where}", row)  # noqa: S608 - names are ours
    for owner, subject_id in subjects(was):
        record(db, owner, subject_id, was, act)


def link_of(db: Database, one_id: str, other_id: str) -> tuple[str, dict[str, str]]:
    """Return the table and the row that link two of the three lists, in whichever order they are named.

    Raises
    ------
    ChoiceUnknown
        When there is nothing of an id.
    UserError
        When both are of the same list.
    """
    kinds: dict[str, str] = {}
    for each in (one_id, other_id):
        entry = db.rows("SELECT register FROM entries WHERE id = ?", (each,))
        if not entry:
            current(db, rules.PROJECTS, each)
        kinds[entry[0][0] if entry else "project"] = each
    if len(kinds) == 1:
        raise UserError("library_same_list", found=text.display(f"{one_id}, {other_id}"))
    if "project" in kinds:
        entry_id = next(each for kind, each in kinds.items() if kind != "project")
        return "project_links", {"entry_id": entry_id, "project_id": kinds["project"]}
    return "entry_links", {"result_id": kinds["result"], "measure_id": kinds["measure"]}


def free_id(db: Database, table: str, wanted: Any, prefix: str) -> str:
    """Return the wanted id, or the next free one where none is wanted.

    Raises
    ------
    UserError
        When it is taken, by a project or an entry, or too long.
    """
    if wanted is None:
        return next(new_ids(db, table, prefix))
    if len(str(wanted)) > LONGEST_ID:
        raise UserError("library_id_long", found=wanted, longest=LONGEST_ID)
    if is_taken(db, table, str(wanted)):
        raise UserError("library_id_taken", found=wanted)
    return str(wanted)


def is_taken(db: Database, table: str, wanted: str) -> bool:
    """Return whether an id is taken; projects and entries share theirs, so that a link can name either."""
    tables = (rules.PROJECTS, rules.ENTRIES) if table in {rules.PROJECTS, rules.ENTRIES} else (table,)
    return any(db.rows(f"SELECT 1 FROM {each} WHERE id = ?", (wanted,)) for each in tables)  # noqa: S608 - names are ours
