"""Read projects and what belongs to them from a table of planners or an export: all of the file, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown, MoveRefused, ProjectChanged, TableFault, UserError
from cfc_gis.faults import Fault, InputsReport, TableReport
from cfc_gis.library import exchange, records, rules, values
from cfc_gis.library.database import Database
from cfc_gis.library.records import Act
from cfc_gis.library.values import Values
from cfc_gis.sources import local, tables, workbook

_ORDER = (rules.PROJECTS, rules.ENTRIES, "gaps", "gains", "participation", "entry_links", "project_links")
_VERSIONED = (rules.PROJECTS, rules.ENTRIES)


@dataclass
class _Sheet:
    """One table of the file: its rows as values, and what is wrong with them."""

    table: str
    report: TableReport
    headers: Mapping[str, str]
    rows: dict[int, Values] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "unchanged": 0})

    def fault(self, key: str, row: int, column: str, found: object = None, **facts: object) -> None:
        said = Fault(key, "error", None, column, found, facts)
        self.faults += values.with_headers(self.table, [said], self.headers, row)

    def told(self) -> TableReport:
        return self.report.adding(self.faults, **self.counts)


def read(db: Database, path: Path, table: str, act: Act) -> InputsReport:
    """Read a file into the library.

    Parameters
    ----------
    db
        The library.
    path
        The file.
    table
        What it holds, where it is no workbook with sheets named as in an export.
    act
        Who imports, when and why.

    Raises
    ------
    TableFault
        With all faults of all sheets.
    """
    if table not in rules.TABLES:
        known = ", ".join(rules.TABLES)
        raise ChoiceUnknown("choice_unknown", what="table", found=table, suggestion="", known=known)
    sheets = sorted(_sheets(path, table), key=lambda sheet: _ORDER.index(sheet.table))
    with db.writing():
        for sheet in sheets:
            _write(db, sheet, act)
        report = InputsReport(tuple(sheet.told() for sheet in sheets))
        if report.errors:
            raise TableFault("table_faults", path=path, count=report.errors, report=report)
    return report


def _sheets(path: Path, table: str) -> list[_Sheet]:
    """Return the tables of a file; of a workbook those whose sheets are named as in an export, where any is."""
    file = local.checked(path)
    titles = workbook.sheets(file) if file.suffix.lower() == ".xlsx" else []
    known = {exchange.title(name, lang): name for lang in locale.LANGS for name in rules.TABLES}
    named = [title for title in titles if title in known]
    if not named:
        return [_sheet(tables.read(path), table)]
    sheets = [_sheet(tables.read(path, layer=title), known[title]) for title in named]
    ours = {*named, *(exchange.title(exchange.HISTORY, lang) for lang in locale.LANGS)}
    unused = [title for title in titles if title not in ours]
    sheets[0].faults += [Fault("library_sheet_unused", "warning", None, None, title) for title in unused]
    return sheets


def _sheet(read_table: tables.Table, table: str) -> _Sheet:
    """Return a table with its rows taken at the door."""
    frame = read_table.frame
    found = {str(name): rules.known_field(table, str(name)) for name in frame.columns}
    headers = {known.name: name for name, known in reversed(found.items()) if known is not None}
    sheet = _Sheet(table, read_table.report, headers)
    sheet.faults += [
        Fault("library_column_unknown", "warning", None, name, None) for name, known in found.items() if known is None
    ]
    sheet.faults += [
        Fault("library_column_twice", "error", None, name, None)
        for name, known in found.items()
        if known is not None and headers[known.name] != name
    ]
    lacking = [each for each in rules.fields(table) if each.needed and each.name not in headers]
    sheet.faults += [Fault("library_column_missing", "error", None, each.header("zh"), None) for each in lacking]
    if not lacking:
        _take_rows(sheet, frame, is_text=read_table.report.row_kind == "line")
    return sheet


def _take_rows(sheet: _Sheet, frame: pd.DataFrame, *, is_text: bool) -> None:
    columns = {name: frame[header].tolist() for name, header in sheet.headers.items()}
    for at, number in enumerate(frame.index):
        given = {name: cells[at] for name, cells in columns.items()}
        if is_text:
            given = {name: None if found is None else exchange.plain(found) for name, found in given.items()}
        taken, faults = values.take(sheet.table, given, part=True)
        sheet.rows[cast("int", number)] = taken
        sheet.faults += values.with_headers(sheet.table, faults, sheet.headers, cast("int", number))


def _write(db: Database, sheet: _Sheet, act: Act) -> None:
    """Write the rows without fault; those with faults are told, and then nothing of the file stays."""
    wrong = {fault.row for fault in sheet.faults if fault.severity == "error"}
    seen: dict[Any, int] = {}
    ids = _Ids(db, sheet.table)
    for number, row in sheet.rows.items():
        if number in wrong:
            continue
        key = tuple(row.get(name) for name in (records.KEYS.get(sheet.table, ("id",))))
        if None not in key and key in seen:
            sheet.fault("library_row_twice", number, next(iter(row)), first=seen[key])
            continue
        seen[key] = number
        if sheet.table in _VERSIONED:
            _write_subject(db, sheet, number, row, act, ids)
        else:
            _write_beside(db, sheet, number, row, act, ids)


class _Ids:
    """New ids for the rows that have none, counted once for the whole file."""

    def __init__(self, db: Database, table: str) -> None:
        self._db, self._table = db, table
        self._free: dict[str, Iterator[str]] = {}

    def next(self, prefix: str) -> str:
        if prefix not in self._free:
            self._free[prefix] = records.new_ids(self._db, self._table, prefix)
        return next(each for each in self._free[prefix] if not records.is_taken(self._db, self._table, each))


def _write_subject(db: Database, sheet: _Sheet, number: int, row: Values, act: Act, ids: _Ids) -> None:
    version = row.pop("version", None)
    subject_id = row.get("id")
    if "major" in row:
        row["major"] = row["major"] or "no"
    if subject_id is not None and db.rows(f"SELECT 1 FROM {sheet.table} WHERE id = ?", (subject_id,)):  # noqa: S608
        _change(db, sheet, number, row, replace(act, action="import"), version)
        return
    full = {**{each.name: None for each in rules.fields(sheet.table) if each.name != "version"}, **row}
    if sheet.table == rules.PROJECTS:
        full["major"] = full["major"] or "no"
        if wrong := values.together(full):
            sheet.faults += values.with_headers(sheet.table, [wrong], sheet.headers, number)
            return
    prefix = str(full.get("register", rules.PROJECTS))
    try:
        full["id"] = ids.next(prefix) if subject_id is None else records.free_id(db, sheet.table, subject_id, prefix)
    except UserError as error:
        sheet.fault("library_id_refused", number, "id", text.display(subject_id), why=error)
        return
    records.insert(db, sheet.table, full, act)
    sheet.counts["added"] += 1


def _change(db: Database, sheet: _Sheet, number: int, row: Values, act: Act, version: Any) -> None:
    """Change what a row of the file says of a known project or entry."""
    subject_id = str(row["id"])
    was = records.current(db, sheet.table, subject_id)
    if all(was[name] == now for name, now in row.items()):
        sheet.counts["unchanged"] += 1
        return
    try:
        records.refuse_stale(db, sheet.table, was, version)
        if sheet.table == rules.PROJECTS:
            at = was["paused_from"]
            moved: Values = {"stage": was["stage"], "paused_from": at}
            if row["stage"] != was["stage"]:
                moved = {**rules.moved(subject_id, was["stage"], at, str(row["stage"]))}
            # Where it was paused follows from the moves. A cell left over from an earlier pause says nothing.
            if moved["stage"] == rules.PAUSED and row.get("paused_from") not in {None, moved["paused_from"]}:
                sheet.fault("library_paused_from", number, "paused_from", row["paused_from"])
                return
            row = {**row, **moved}
        if row.get("register", was.get("register")) != was.get("register"):
            sheet.fault("library_register_fixed", number, "register", row["register"])
            return
    except ProjectChanged as error:
        sheet.fault("library_stale", number, "id", subject_id, why=error)
        return
    except MoveRefused as error:
        sheet.fault("library_move", number, "stage", row["stage"], why=error)
        return
    written = records.update(db, sheet.table, subject_id, row, act)
    sheet.counts["changed" if written else "unchanged"] += 1


def _write_beside(db: Database, sheet: _Sheet, number: int, row: Values, act: Act, ids: _Ids) -> None:
    full: dict[str, Any] = {**{each.name: None for each in rules.fields(sheet.table)}, **row}
    if sheet.table == "participation" and full["id"] is None:
        full["id"] = ids.next("participation")
    lost = [
        name
        for name in ("project_id", "entry_id", "result_id", "measure_id")
        if name in full and not _known(db, name, full)
    ]
    for name in lost:
        sheet.fault("library_id_lost", number, name, text.display(full[name]))
    if lost:
        return
    was = records.same(db, sheet.table, full)
    if was is None:
        records.put_beside(db, sheet.table, full, act)
        sheet.counts["added"] += 1
    elif all(was[name] == now for name, now in full.items()):
        sheet.counts["unchanged"] += 1
    else:
        sheet.fault("library_kept", number, next(iter(sheet.headers)), text.display(full[next(iter(sheet.headers))]))


def _known(db: Database, name: str, row: Mapping[str, Any]) -> bool:
    if name == "project_id":
        return bool(db.rows("SELECT 1 FROM projects WHERE id = ?", (row[name],)))
    wanted = {"result_id": ("result",), "measure_id": ("measure",)}.get(name, ("result", "measure"))
    found = db.rows("SELECT register FROM entries WHERE id = ?", (row[name],))
    return bool(found) and found[0][0] in wanted
