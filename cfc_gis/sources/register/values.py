"""Read the values of a register: whole numbers, years, yes and no, public and private."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

import pandas as pd

from cfc_gis import text
from cfc_gis.faults import Fault, Severity
from cfc_gis.sources.register.columns import rules

_T = TypeVar("_T")

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_WHOLE = re.compile(r"[+-]?\d+(\.0+)?")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2}).*|年|\d{2})?")
_SERIAL = re.compile(r"\d{5}")
_SERIAL_DAYS = range(14_000, 60_000)  # 1938 to 2064, as Excel counts days
_ANGLE = re.compile(r"""(\d{1,3})[°度](\d{1,2})[′'分](?:(\d{1,2}(?:\.\d+)?)(?:′′|''|["″秒]))?([NSEW北南东西]?)""")
_EXCEL_ZERO = dt.date(1899, 12, 30)
_YEARS = range(1850, 2101)


def whole(value: str) -> float | None:
    """Return the whole number of a cell, which may carry its unit; ``None`` where it is none.

    Examples
    --------
    >>> [whole(cell) for cell in ("360", "３６０人", "1,200", "12个班", "-3", "约300", "300-360", "12.5")]
    [360.0, 360.0, 1200.0, 12.0, -3.0, None, None, None]
    """
    left = re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    units = rules()["numbers"]["units"]
    left = next((left.removesuffix(unit) for unit in units if left.endswith(unit)), left)
    if _THOUSANDS.fullmatch(left):
        left = left.replace(",", "")
    return float(left) if _WHOLE.fullmatch(left) and len(left) < 18 else None


def year(value: str) -> int | None:
    """Return the year of a cell: 2015, 2015年9月, 2015-09-01, or a day as Excel counts them.

    Examples
    --------
    >>> [year(cell) for cell in ("2015", "2015年9月", "2015-09-01", "201509", "42248", "95", "去年")]
    [2015, 2015, 2015, 2015, 2015, None, None]
    """
    left = re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    if is_serial(left):
        return (_EXCEL_ZERO + dt.timedelta(days=int(left))).year
    found = _DATE.fullmatch(left)
    return int(found[1]) if found and int(found[1]) in _YEARS else None


def is_serial(value: str) -> bool:
    """Tell whether a cell is a day as Excel counts them.

    Examples
    --------
    >>> is_serial("42248"), is_serial("2015")
    (True, False)
    """
    return _SERIAL.fullmatch(value) is not None and int(value) in _SERIAL_DAYS


def flag(value: str) -> bool | None:
    """Return yes or no of a cell; ``None`` where it is neither.

    Examples
    --------
    >>> flag("是"), flag("无"), flag("每周三")
    (True, False, None)
    """
    words = rules()["flags"]
    return True if text.folded(value) in words["yes"] else False if text.folded(value) in words["no"] else None


def owner(value: str) -> str | None:
    """Return ``public`` or ``private``; ``None`` where the words do not tell, such as 普惠.

    Examples
    --------
    >>> owner("公办"), owner("普惠性民办"), owner("普惠")
    ('public', 'private', None)
    """
    words = rules()["ownership"]
    kinds = [kind for kind in ("public", "private") if any(word in text.folded(value) for word in words[kind])]
    return kinds[0] if len(kinds) == 1 else None


def take(
    cells: pd.Series, read: Callable[[str], _T | None], key: str, severity: Severity
) -> tuple[pd.Series, list[Fault]]:
    """Read a column; a cell that cannot be read is missing, and a fault.

    Parameters
    ----------
    cells
        Text or ``None``, named by its header and indexed by row.
    read
        Reads one cell; ``None`` where it cannot.
    key, severity
        Of the fault.

    Examples
    --------
    >>> values, faults = take(pd.Series(["2015", "?"], [2, 3], name="建园"), year, "year_unclear", "warning")
    >>> values.tolist(), [(fault.row, fault.found) for fault in faults]
    ([2015, None], [(3, '?')])
    """
    given = {row: value for row, value in cells.items() if value is not None}
    found = {row: read(value) for row, value in given.items()}
    faults = [Fault(key, severity, int(str(row)), str(cells.name), given[row]) for row in given if found[row] is None]
    return pd.Series([found.get(row) for row in cells.index], cells.index, dtype=object), faults


def counts(cells: pd.Series, key: str, *, zero: bool) -> tuple[pd.Series, list[Fault]]:
    """Read a column of whole numbers of children, seats or classes.

    Parameters
    ----------
    cells
        Text or ``None``, named by its header and indexed by row.
    key
        Key of the fault of what is no such number.
    zero
        Whether zero is one.

    Returns
    -------
    numbers : Series of float
        NaN where the cell is empty or at fault.
    faults : list of Fault
        Errors: text, fractions, negative numbers and, where it may not be, zero; what Excel made a date; and numbers
        that are too large to be a count.

    Examples
    --------
    >>> cells = pd.Series(["90", "0", "-3"], [2, 3, 4], name="学位")
    >>> numbers, faults = counts(cells, "capacity_not_positive", zero=False)
    >>> numbers.tolist(), [fault.row for fault in faults]
    ([90.0, nan, nan], [3, 4])
    """
    largest = rules()["numbers"]["largest"]

    def read(value: str) -> float | None:
        number = whole(value)
        return number if number is not None and (0 if zero else 1) <= number <= largest else None

    numbers, faults = take(cells, read, key, "error")
    return numbers.astype(float), [_told_apart(fault) for fault in faults]


def years(cells: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Read a column of years or dates.

    Parameters
    ----------
    cells
        Text or ``None``, named by its header and indexed by row.

    Returns
    -------
    years : Series of float
        NaN where there is none.
    faults : list of Fault
        Warnings: cells without a year. Notes: days as Excel counts them, which were turned into years.
    """
    found, faults = take(cells, year, "year_unclear", "warning")
    serial = [(int(str(row)), value) for row, value in cells.items() if value is not None and is_serial(value)]
    faults += [Fault("serial_date", "note", row, str(cells.name), value) for row, value in serial]
    return found.astype(float), faults


def _told_apart(fault: Fault) -> Fault:
    value = str(fault.found)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", value):
        return Fault("number_is_date", fault.severity, fault.row, fault.column, value)
    if (number := whole(value)) is not None and number > rules()["numbers"]["largest"]:
        return Fault("number_too_large", fault.severity, fault.row, fault.column, value)
    return fault


def known(cells: pd.Series) -> pd.Series:
    """Return the cells with ``None`` for words that only say that nothing is known, such as 无 or 暂无."""
    nothing: Iterable[str] = rules()["rows"]["nothing"]
    kept = [None if value is None or text.folded(value) in nothing else value for value in cells]
    return pd.Series(kept, cells.index, dtype=object, name=cells.name)


def degrees(value: str) -> float | None:
    """Return degrees, decimal or as 126°38′24″E; NaN where the cell says so; ``None`` where it is no angle.

    Examples
    --------
    >>> degrees("126.64"), degrees("126°38′24″E"), degrees("-3.5"), degrees("东")
    (126.64, 126.64, -3.5, None)
    """
    left = re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    angle = _ANGLE.fullmatch(left)
    if angle:
        size = int(angle[1]) + int(angle[2]) / 60 + float(angle[3] or 0) / 3600
        return -size if angle[4] in {"S", "W", "南", "西"} else size
    try:
        return float(left)
    except ValueError:
        return None
