"""Read a sheet of an Excel workbook (.xlsx): the values of its cells, as the planner sees them, as text.

Of a formula the value that was saved counts; a formula without one is an error, since nothing here computes it. Dates
are written as 2015-09-01, whole numbers without a point. Hidden rows are read, and said.
"""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown, InputDamaged
from cfc_gis.faults import Fault
from cfc_gis.sources.grid import EXACT, Cell, Grid, Merge, as_text, letter

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_LARGEST = 300_000_000  # bytes that a workbook may unpack to: a bomb is larger


def read(file: Path, sheet: str | None = None) -> Grid:
    """Read the cells of a sheet.

    Parameters
    ----------
    file
        The workbook.
    sheet
        Name of the sheet; may be left out where only one visible sheet holds anything.

    Raises
    ------
    InputDamaged
        When it cannot be read, unpacks to more than 300 MB, or holds nothing.
    ChoiceUnknown
        When there is no such sheet, or several could be meant.

    Examples
    --------
    >>> import tempfile
    >>> import datetime as dt
    >>> from openpyxl import Workbook
    >>> book = Workbook()
    >>> book.active.append(["名称", "建园"])
    >>> book.active.append(["和兴", dt.date(2015, 9, 1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book.save(Path(folder) / "a.xlsx")
    ...     read(Path(folder) / "a.xlsx").rows
    [['名称', '建园'], ['和兴', '2015-09-01']]
    """
    _refuse_bomb(file)
    values = _open(file, data_only=True)
    chosen = _choose(values, file, sheet)
    formulas = _open(file, data_only=False)[chosen.title]
    reader = _Reader(chosen, formulas)
    rows, numbers = reader.cells()
    merges = tuple(
        Merge(each.min_row, each.max_row, each.min_col - 1, each.max_col - 1)
        for each in sorted(chosen.merged_cells.ranges, key=lambda each: (each.min_row, each.min_col))
    )
    how = {"how": f"Excel, {text.display(chosen.title)}", "sheet": chosen.title}
    return Grid(rows, numbers, how, merges, tuple(reader.faults), is_sheet=True)


def sheets(file: Path) -> list[str]:
    """Return the names of the sheets of a workbook, in order.

    Raises
    ------
    InputDamaged
        When it cannot be read, or unpacks to more than 300 MB.
    """
    _refuse_bomb(file)
    return [sheet.title for sheet in _open(file, data_only=True, in_full=False).worksheets]


def _refuse_bomb(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputDamaged("workbook_unreadable", path=file, cause=error) from error
    if size > _LARGEST:
        raise InputDamaged("workbook_too_large", path=file, size=round(size / 1e6), wanted=round(_LARGEST / 1e6))


def _open(file: Path, *, data_only: bool, in_full: bool = True) -> Workbook:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that nobody reads
            return load_workbook(file, read_only=not in_full, data_only=data_only, keep_links=False)
    except (OSError, KeyError, ValueError, TypeError, AttributeError, SyntaxError, zipfile.BadZipFile) as error:
        raise InputDamaged("workbook_unreadable", path=file, cause=error) from error


def _choose(book: Workbook, file: Path, name: str | None) -> Worksheet:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    filled = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible" and _holds_anything(sheet)]
    known = ", ".join(map(text.display, filled))
    if name is not None:
        if name not in sheets:
            raise ChoiceUnknown("choice_unknown", what="sheet", found=name, suggestion="", known=known)
        return sheets[name]
    if not filled:
        raise InputDamaged("table_empty", path=file)
    if len(filled) > 1:
        raise ChoiceUnknown("layer_ask", path=file, count=len(filled), known=known)
    return sheets[filled[0]]


def _holds_anything(sheet: Worksheet) -> bool:
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


class _Reader:
    """The cells of one sheet, and what is wrong with them."""

    def __init__(self, values: Worksheet, formulas: Worksheet) -> None:
        self.values, self.formulas = values, formulas
        self.faults: list[Fault] = []

    def cells(self) -> tuple[list[list[Cell]], list[int]]:
        rows, numbers, hidden = [], [], []
        for number, (cached, written) in enumerate(zip(self.values.rows, self.formulas.rows, strict=True), 1):
            row = [self._cell(value, formula) for value, formula in zip(cached, written, strict=True)]
            if any(row):
                rows.append(row)
                numbers.append(number)
                hidden += [number] if self.values.row_dimensions[number].hidden else []
        self.faults += [Fault("hidden_row", "note", number) for number in hidden]
        return rows, numbers

    def _cell(self, cached: Any, written: Any) -> Cell:
        value = cached.value
        if value is None:
            # A formula whose result is empty text was saved as text; one that was never computed has no type.
            if written.data_type == "f" and cached.data_type != "str":
                self._fault("formula_without_value", cached, written.value)
            return None
        if cached.data_type == "e":
            self._fault("cell_error", cached, value)
            return None
        if isinstance(value, int | float) and abs(value) >= EXACT:
            self._fault("digits_lost", cached, value)
            return None
        return as_text(value)

    def _fault(self, key: str, cell: Any, found: object) -> None:
        self.faults.append(Fault(key, "error", cell.row, letter(cell.column - 1), found))
