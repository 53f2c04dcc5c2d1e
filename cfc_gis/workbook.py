"""Tables as an Excel workbook: headers in both languages, words for keys, ready to filter and to print.

How a column looks and which words its keys have stands in ``resources/workbook.toml``, its header in the locale section
``column``. A column that neither names keeps its name, and looks like what it holds: a new table needs no new code.
"""

from __future__ import annotations

import io
import math
import re
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from cfc_gis import locale, text

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


@cache
def _looks() -> Mapping[str, Any]:
    file = resources.files("cfc_gis") / "resources" / "workbook.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _styles(book: Workbook) -> None:
    from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill

    for kind, look in _looks()["kind"].items():
        align = Alignment(vertical="top", wrap_text=look.get("wrap", False))
        book.add_named_style(NamedStyle(kind, number_format=look["format"], alignment=align))
    head = NamedStyle("head", font=Font(bold=True), alignment=Alignment(vertical="top", wrap_text=True))
    head.fill = PatternFill("solid", fgColor=_HEAD)
    book.add_named_style(head)


def _fill(sheet: Worksheet, table: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    kinds = {str(name): _kind(str(name), table[name]) for name in table.columns}
    for number, (name, kind) in enumerate(kinds.items(), start=1):
        _put(sheet.cell(1, number), header(name), "head")
        sheet.column_dimensions[get_column_letter(number)].width = _looks()["kind"][kind]["width"]
        for row, value in enumerate(table[name], start=2):
            _put(sheet.cell(row, number), _said(name, value), kind)
    keys = max((n for n, name in enumerate(kinds, start=1) if name in _looks()["keys"]), default=0)
    sheet.freeze_panes = sheet.cell(2, keys + 1)
    sheet.auto_filter.ref = sheet.dimensions
    _print_setup(sheet, wide=sum(_looks()["kind"][kind]["width"] for kind in kinds.values()), keys=keys)


def _put(cell: Cell, value: object, style: str) -> None:
    cell.style = style
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = value
    cell.data_type = "s"  # else what begins with = would be a formula, and #N/A an error
    cell.quotePrefix = True


def _said(name: str, value: Any) -> object:
    """Return a value as its cell shows it: keys in the words of both languages, missing as nothing."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    look = _look(name)
    if "words" in look:
        return _both(look["words"], str(value).lower())
    if "list" in look:
        return _lines(look["list"], str(value).split(";"))
    if isinstance(value, str):
        return text.display(value)
    return value.item() if hasattr(value, "item") else value


def _both(section: str, key: str) -> str:
    if f"{section}.{key}" not in locale.table():
        return text.display(key)
    return " ".join(dict.fromkeys(locale.say(f"{section}.{key}", lang) for lang in locale.LANGS))


def _lines(section: str, keys: Sequence[str]) -> str:
    return "\n".join(_both(section, key) for key in keys if key)


@cache
def _look(name: str) -> Mapping[str, str]:
    of_category = _of_category(name)
    look: Mapping[str, str] = _looks()["column"].get(of_category[1] if of_category else name, {})
    return look


def _kind(name: str, values: pd.Series) -> str:
    """Return how a column looks: as the resource says, else by what it holds."""
    look = _look(name)
    if "kind" in look:
        return str(look["kind"])
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return "share" if "share" in name else "number"
    return "text"


def header(name: str) -> str:
    """Return the header of a column in both languages; of ``kindergarten_share_low`` with the category in front.

    Examples
    --------
    >>> header("kindergarten_judgement")
    '幼儿园：判定\\nKindergarten: Judgement'
    """
    of_category = _of_category(name)
    if of_category:
        parts = [(locale.say(f"category.{of_category[0]}", lang), _word(of_category[1], lang)) for lang in locale.LANGS]
        return "\n".join(mark.join(pair) for mark, pair in zip(("：", ": "), parts, strict=True))
    return "\n".join(dict.fromkeys(_word(name, lang) for lang in locale.LANGS))


def _word(name: str, lang: str) -> str:
    return locale.say(f"column.{name}", lang) if f"column.{name}" in locale.table() else text.display(name)


def _of_category(name: str) -> tuple[str, str] | None:
    """Part a column such as ``park_share_low`` into category and what is said of it."""
    for key in locale.table():
        section, _, category = key.partition(".")
        if section == "category" and name.startswith(f"{category}_") and f"column.{name}" not in locale.table():
            return category, name.removeprefix(f"{category}_")
    return None


def _title(name: str) -> str:
    title = _both("sheet", name)
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
