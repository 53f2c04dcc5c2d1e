"""Write tables of the library for spreadsheets, so that no cell runs and an import gives the same values back.

In a workbook every text is a cell of type text with the mark that keeps it one when it is edited (``quotePrefix``). In
CSV a text that begins like a formula has an apostrophe before it, which an import takes off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown, NotWritable
from cfc_gis.library import rules
from cfc_gis.library.project import in_words, number, show
from cfc_gis.sources.files import replaced

if TYPE_CHECKING:
    import pandas as pd

HISTORY = "history"
_HISTORY = ("table", "id", "version", "at", "who", "action", "why")
_LONGEST = 32_767  # characters of a cell in Excel, which cuts off the rest without a word
_MARKED = re.compile(r"'+\s*[=+\-@＝＋－＠]")


def write(path: Path, tables: Mapping[str, pd.DataFrame], history: pd.DataFrame, lang: str) -> Path:
    """Write tables as a workbook, or the first of them as CSV.

    Parameters
    ----------
    path
        File that ends in .xlsx or .csv.
    tables
        By name, with the columns of :func:`cfc_gis.library.rules.fields`.
    history
        All changes; a sheet of its own in a workbook.
    lang
        Language of headers and choices.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        sheets = {
            title(name, lang): list(_lines(name, table, lang))
            for name, table in tables.items()
            if len(table) or name == rules.PROJECTS
        }
        sheets[title(HISTORY, lang)] = list(_history(history, lang))
        _put(path, lambda part: _workbook(part, sheets))
    elif suffix == ".csv":
        name, table = next(iter(tables.items()))
        put_text(path, _csv(_lines(name, table, lang)), encoding="utf-8-sig")
    else:
        known = ".xlsx, .csv"
        raise ChoiceUnknown("choice_unknown", what="file type", found=path.suffix, suggestion="", known=known)
    return path


def title(name: str, lang: str) -> str:
    """Return the title of the sheet of a table."""
    return locale.say(f"library_table.{name}", lang)


def inert(value: object) -> object:
    """Return a cell of CSV that no spreadsheet runs, and from which :func:`plain` gets the value back.

    Examples
    --------
    >>> inert("=1+1"), plain("'=1+1"), plain(inert("'=1+1"))
    ("'=1+1", '=1+1', "'=1+1")
    """
    return f"'{value}" if isinstance(value, str) and _MARKED.match(value) else text.cell(value)


def plain(value: str) -> str:
    """Return the value of a cell of CSV: without the apostrophe that kept it from running."""
    return value[1:] if _MARKED.match(value) else value


def _lines(name: str, table: pd.DataFrame, lang: str) -> Iterator[Sequence[object]]:
    fields = rules.fields(name)
    yield [field.header(lang) for field in fields]
    for row in table.itertuples(index=False):
        yield [
            number(value) if field.kind in {"number", "count"} else show(field, value, lang) or None
            for field, value in zip(fields, row, strict=True)
        ]


def _history(history: pd.DataFrame, lang: str) -> Iterator[Sequence[object]]:
    """Yield a line for each change, its fields in words; more lines where they are more than a cell holds."""
    yield [locale.say(f"library_history.{name}", lang) for name in (*_HISTORY, "changes")]
    for row in history[[*_HISTORY, "changes"]].itertuples(index=False):
        table, *middle, action, why, changes = row
        said = [title(table, lang), *middle, locale.say(f"library_action.{action}", lang), why]
        facts = (dict(zip(("field", "was", "now"), each, strict=True)) for each in in_words(table, changes, lang))
        words = (locale.say("projects_cli.change", lang, **{k: v or "–" for k, v in each.items()}) for each in facts)
        yield from ([*said, cell] for cell in _cells(words))


def _cells(words: Iterable[str]) -> Iterator[str]:
    """Yield texts joined to cells that a spreadsheet does not cut off."""
    cell = ""
    for each in words:
        if cell and len(cell) + len(each) + 2 > _LONGEST:
            yield cell
            cell = ""
        cell += f"; {each}" if cell else each
    yield cell


def _csv(lines: Iterator[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([inert(value) for value in line] for line in lines)
    return out.getvalue()


def _workbook(part: Path, sheets: Mapping[str, list[Sequence[object]]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)

    def cell(page: Any, value: object) -> Any:
        made = WriteOnlyCell(page, value)
        if isinstance(value, str):
            made.data_type = "s"  # else openpyxl takes text that begins with = for a formula
            made.quotePrefix = value != text.cell(value)
        return made

    for name, (heads, *rows) in sheets.items():
        page = book.create_sheet(name)
        page.freeze_panes = "A2"
        first = [cell(page, head) for head in heads]
        for each in first:
            each.font = Font(bold=True)
        page.append(first)
        for row in rows:
            page.append([cell(page, value) for value in row])
    with part.open("wb") as file:
        book.save(file)


def put_text(path: Path, content: str, encoding: str = "utf-8") -> None:
    """Write a text file whole or not at all.

    Raises
    ------
    NotWritable
        When it cannot be written.
    """
    _put(path, lambda part: _write_text(part, content, encoding))


def _write_text(part: Path, content: str, encoding: str) -> None:
    part.write_text(content, encoding=encoding, newline="")


def _put(path: Path, fill: Callable[[Path], None]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as part:
            fill(part)
    except OSError as error:
        raise NotWritable("library_file_not_writable", path=path, cause=error.strerror or error) from error
