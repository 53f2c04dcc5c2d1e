"""A grid of cells as text, and where its header is: what a text table and a sheet of a workbook have in common.

The header is the first row that fills at least half of the columns in use; rows above it are titles. Where cells of the
header are merged, the rows they reach down to belong to it, and the parts of a name are joined by ``/``: 规模/班数.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cfc_gis.errors import InputDamaged
from cfc_gis.faults import Fault

Cell = str | None

EXACT = 10**15
"""From here on a number of a sheet has lost its end: Excel keeps 15 digits."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FEWEST = 2  # cells of a header, where the table has so many columns


@dataclass(frozen=True)
class Merge:
    """A merged range: rows as the planner counts them, columns from 0, all inclusive."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True)
class Grid:
    """Cells of a table, without its empty rows.

    Parameters
    ----------
    rows
        Cells as text; ``None`` where empty. Of a merged range only the first cell is filled.
    numbers
        Number of each row, as the planner sees it.
    how
        How it was read, for the provenance.
    merges
        Merged ranges.
    faults
        What was found so far.
    is_sheet
        Whether columns have letters, by which the faults so far name them.
    """

    rows: list[list[Cell]]
    numbers: list[int]
    how: Mapping[str, str]
    merges: tuple[Merge, ...] = ()
    faults: tuple[Fault, ...] = ()
    is_sheet: bool = False


@dataclass
class _Work:
    """The grid while its header is taken off and its merged cells are filled."""

    rows: dict[int, list[Cell]]
    faults: list[Fault] = field(default_factory=list)


def to_frame(grid: Grid, path: str, header: int | None = None) -> tuple[pd.DataFrame, list[Fault], dict[str, str]]:
    """Return the table below the header: text, indexed by the number of the row.

    Parameters
    ----------
    grid
        The cells.
    path
        The file, for messages.
    header
        Row of the header, as the planner counts; found where it is not given.

    Returns
    -------
    frame : pandas.DataFrame
        One column per header that is not empty, or that has values below it. A value of a cell merged downwards stands
        in all its rows, unless it is a number: a number stays in the first, so that it is not counted twice. Rows
        longer or shorter than the header are left out.
    faults : list of Fault
        Title rows, empty and repeated headers, merged cells, rows of another length.
    letters : dict
        Letter of each column, of a sheet.

    Raises
    ------
    InputDamaged
        When there is nothing in it, or no such row.

    Examples
    --------
    >>> grid = Grid([["幼儿园名单", None], ["名称", "学位"], ["和兴", "90"]], [1, 2, 3], {})
    >>> frame, faults, _ = to_frame(grid, "a.csv")
    >>> frame.loc[3].to_dict(), faults[0].key
    ({'名称': '和兴', '学位': '90'}, 'title_row')
    """
    if not grid.rows:
        raise InputDamaged("table_empty", path=path)
    work = _Work(dict(zip(grid.numbers, map(list, grid.rows), strict=True)))
    top = _header_row(grid) if header is None else header
    if top not in work.rows:
        raise InputDamaged("header_row_empty", path=path, row=top)
    heads = _take_header(work, grid.merges, top)
    if grid.is_sheet:
        _fill_merges(work, grid.merges)
    _leave_ragged(work, len(heads))
    names = _names(work, heads)
    letters = {name: letter(column) for column, name in names.items()} if grid.is_sheet else {}
    index, columns = pd.Index(work.rows, dtype=int), range(len(heads))
    frame = pd.DataFrame(list(work.rows.values()), index=index, columns=columns, dtype=object)
    frame = frame[list(names)].rename(columns=names)
    own = [_with_heads((each,), letters)[0] if each.key == "merged_number" else each for each in work.faults]
    return frame, [*_with_heads(grid.faults, letters), *own], letters


def _header_row(grid: Grid) -> int:
    width = sum(any(cells) for cells in zip(*_padded(grid.rows), strict=True))
    least = min(width, max(_FEWEST, math.ceil(width / 2)))
    filled = [sum(cell is not None for cell in row) for row in grid.rows]
    at = next((at for at, count in enumerate(filled) if count >= least), 0)
    return grid.numbers[at]


def _padded(rows: list[list[Cell]]) -> list[list[Cell]]:
    width = max(map(len, rows))
    return [row + [None] * (width - len(row)) for row in rows]


def _take_header(work: _Work, merges: tuple[Merge, ...], top: int) -> list[str]:
    """Take the title and header rows off, and return the name of each column."""
    for number in [number for number in work.rows if number < top]:
        title = " ".join(filter(None, work.rows.pop(number)))
        work.faults.append(Fault("title_row", "note", number, found=title))
    bottom = _header_bottom(work, merges, top)
    parts: list[list[str]] = [[] for _ in work.rows[top]]
    for number in [number for number in work.rows if top <= number <= bottom]:
        row = work.rows.pop(number)
        for column, value in enumerate(_spread(row, merges, number)[: len(parts)]):
            if value is not None and value not in parts[column]:
                parts[column].append(value)
    return ["/".join(part) for part in parts]


def _header_bottom(work: _Work, merges: tuple[Merge, ...], top: int) -> int:
    touching = [merge for merge in merges if merge.top <= top <= merge.bottom]
    bottom = max((merge.bottom for merge in touching), default=top)
    wide = {column for merge in touching for column in range(merge.left, merge.right + 1) if merge.right > merge.left}
    below = work.rows.get(top + 1)
    if bottom > top or not wide or below is None:
        return bottom
    # A second line of names fills only the columns below the wide cells; a row of data fills the others too.
    others = [column for column, value in enumerate(work.rows[top]) if value is not None and column not in wide]
    return top + 1 if not any(below[column] for column in others) else top


def _spread(row: list[Cell], merges: tuple[Merge, ...], number: int) -> list[Cell]:
    """Return a row in which each merged range stands in all its columns, of ranges that begin in this row."""
    spread = list(row)
    for merge in merges:
        if merge.top == number:
            spread[merge.left : merge.right + 1] = [row[merge.left]] * (merge.right - merge.left + 1)
    return spread


def _fill_merges(work: _Work, merges: tuple[Merge, ...]) -> None:
    for merge in merges:
        first = work.rows.get(merge.top)
        value = first[merge.left] if first else None
        if value is None:
            continue
        cell = f"{letter(merge.left)}{merge.top}:{letter(merge.right)}{merge.bottom}"
        if merge.bottom > merge.top and _NUMBER.fullmatch(value):
            facts = {"cell": cell, "last": merge.bottom}
            work.faults.append(Fault("merged_number", "warning", merge.top, letter(merge.left), value, facts))
            continue
        work.faults.append(Fault("merged_cells", "note", merge.top, found=value, facts={"cell": cell}))
        for number in range(merge.top + 1, merge.bottom + 1):
            if number in work.rows:
                work.rows[number][merge.left] = value


def _leave_ragged(work: _Work, width: int) -> None:
    for number, row in list(work.rows.items()):
        while len(row) > width and row[-1] is None:
            row.pop()
        if len(row) != width:
            work.faults.append(Fault("row_ragged", "error", number, found=len(row), facts={"wanted": width}))
            del work.rows[number]


def _names(work: _Work, heads: list[str]) -> dict[int, str]:
    """Return the name of each column that has one, or has values; all different."""
    names: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for column, head in enumerate(heads):
        if not head and not any(row[column] for row in work.rows.values()):
            continue
        seen[head] += 1
        names[column] = name = head or f"({letter(column)})"
        if not head:
            work.faults.append(Fault("header_blank", "warning", column=name))
        elif seen[head] > 1:
            names[column] = name = f"{head} ({seen[head]})"
            work.faults.append(Fault("header_twice", "warning", column=name))
    return names


def _with_heads(faults: tuple[Fault, ...], letters: Mapping[str, str]) -> list[Fault]:
    """Name the columns of a sheet by their heads."""
    heads = {letter: name for name, letter in letters.items()}
    return [replace(each, column=heads.get(each.column or "", each.column)) for each in faults]


def letter(column: int) -> str:
    """Return the letter of a column in a sheet, counted from 0.

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def as_text(value: object) -> Cell:
    """Return a value as a cell of text: whole numbers without a point, dates in ISO 8601, blanks as ``None``.

    Examples
    --------
    >>> as_text(230102.0), as_text(126.6), as_text(dt.datetime(2015, 9, 1)), as_text("　"), as_text(["a", "b"])
    ('230102', '126.6', '2015-09-01', None, 'a;b')
    """
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(filter(None, map(as_text, value))) or None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    return None if pd.isna(value) else _plain(value).strip() or None  # type: ignore[call-overload]


def _plain(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
