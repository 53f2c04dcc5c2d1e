"""Tables as an Excel workbook: headers in both languages, words for keys, ready to filter and to print.

How a column looks and which words it has is that of :mod:`cfc_gis.columns`: a new table needs no new code.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from cfc_gis import columns, locale

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_ZIP_DATE = (2000, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_DATE = rb"\g<1>2000-01-01T00:00:00Z"
_A4 = 9
_PAGE = 200  # characters of a row that can still be read on one page of A4
_NAME_LONGEST = 31  # of a sheet, in Excel
_HEAD = "E8EEF4"


class Line(NamedTuple):
    """A line of the first sheet: what it is about, and its words in both languages."""

    item: str
    zh: str
    en: str


def write(path: Path, about: Sequence[Line], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write a workbook; the same tables give the same bytes.

    Parameters
    ----------
    path
        The file.
    about
        Lines of its first sheet.
    tables
        One sheet each, by key of the locale section ``sheet``, or by a name of its own. Missing values are empty cells.

    Notes
    -----
    Text never runs as a formula: every text cell is typed as text and carries the mark of quoted text, so that it shows
    as it was written.

    Examples
    --------
    >>> import tempfile
    >>> from openpyxl import load_workbook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.xlsx"
    ...     write(file, [Line("地点 Place", "样例市", "")], {"gaps": pd.DataFrame({"unit_name": ["=1+1"]})})
    ...     book = load_workbook(file)
    ...     (book.sheetnames, book["缺口 Gaps"]["A2"].value, book["缺口 Gaps"]["A2"].data_type)
    (['说明 About', '缺口 Gaps'], '=1+1', 's')
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _styles(book)
    _fill(book.create_sheet(_title("about")), pd.DataFrame(about, columns=[*Line._fields]))
    for name, table in tables.items():
        _fill(book.create_sheet(_title(name)), table)
    whole = io.BytesIO()
    book.save(whole)
    path.write_bytes(_without_dates(whole.getvalue()))


def _styles(book: Workbook) -> None:
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    for kind, look in columns.looks()["kind"].items():
        align = Alignment(vertical="top", wrap_text=look.get("wrap", False))
        book.add_named_style(NamedStyle(kind, number_format=look["format"], alignment=align))
    head = NamedStyle("head", font=Font(bold=True), alignment=Alignment(vertical="top", wrap_text=True))
    head.fill = PatternFill("solid", fgColor=_HEAD)
    book.add_named_style(head)


def _fill(sheet: Worksheet, table: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    kinds = {str(name): columns.kind(str(name), table[name]) for name in table.columns}
    for number, (name, kind) in enumerate(kinds.items(), start=1):
        _put(sheet.cell(1, number), columns.header(name), "head")
        sheet.column_dimensions[get_column_letter(number)].width = columns.looks()["kind"][kind]["width"]
        for row, value in enumerate(table[name], start=2):
            _put(sheet.cell(row, number), columns.said(name, value), kind)
    keys = max((n for n, name in enumerate(kinds, start=1) if name in columns.looks()["keys"]), default=0)
    sheet.freeze_panes = sheet.cell(2, keys + 1)
    sheet.auto_filter.ref = sheet.dimensions
    _print_setup(sheet, wide=sum(columns.looks()["kind"][kind]["width"] for kind in kinds.values()), keys=keys)


def _put(cell: Cell, value: object, style: str) -> None:
    cell.style = style
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = value
    cell.data_type = "s"  # else what begins with = would be a formula, and #N/A an error
    cell.quotePrefix = True


def _title(name: str) -> str:
    title = columns.both("sheet", name)
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:_NAME_LONGEST]


def _print_setup(sheet: Worksheet, *, wide: int, keys: int) -> None:
    """Print on as few pages side by side as can be read, with headers and key columns on each."""
    from openpyxl.utils import get_column_letter

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth = math.ceil(wide / _PAGE)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    if keys:
        sheet.print_title_cols = f"A:{get_column_letter(keys)}"
    sheet.oddFooter.left.text = " ".join(locale.say("map.internal", lang) for lang in locale.LANGS)
    sheet.oddFooter.right.text = "&P / &N"


def _without_dates(content: bytes) -> bytes:
    """Return the same workbook without the time at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in sorted(read.namelist()):
            part = read.read(name)
            if name == "docProps/core.xml":
                part = _STAMP.sub(_DATE, part)
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, part)
    return out.getvalue()
