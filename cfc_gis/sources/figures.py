"""Columns of people in tables of planners: found by their headers, read as numbers, and every wrong cell told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from cfc_gis import text
from cfc_gis.faults import Fault, TableReport

_SAME = str.maketrans({**dict.fromkeys("—–‐‑−－~～〜_至", "-"), "周": ""})  # 周岁 is 岁
_UNITS = re.compile(r"\((?:单位[::])?(?:人|名|人数|万人|people|persons?|\d+)\)$")
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:[, ]\d{3})+|\d+)((?:\.\d+)?(?:e[+-]?\d+)?)[人名]?", re.IGNORECASE)


def plain_header(header: object) -> str:
    """Return a header to compare by: without spaces, case, units in brackets, and kinds of dash.

    Examples
    --------
    >>> plain_header("１～4 周岁（人）"), plain_header("总人口（男）")
    ('1-4岁', '总人口(男)')
    """
    spaceless = "".join(unicodedata.normalize("NFKC", str(header)).casefold().split())
    return _UNITS.sub("", spaceless).translate(_SAME)


def find_columns(headers: Sequence[str], words: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], list[Fault]]:
    """Return the header of each of our columns that a file has.

    Parameters
    ----------
    headers
        Headers of the file.
    words
        Headers that mean each of our columns, the preferred first.

    Returns
    -------
    columns : dict
        Our name -> header of the file.
    faults : list of Fault
        Headers that fit as well as the one that is used, and those that count in ten thousands.

    Examples
    --------
    >>> find_columns(["区划代码", "人口", "常住人口（人）"], {"pop_total": ["常住人口", "人口"]})[0]
    {'pop_total': '常住人口（人）'}
    """
    found: dict[str, str] = {}
    faults = []
    for name, wanted in words.items():
        ranks = [plain_header(word) for word in wanted]
        fits = [header for header in headers if plain_header(header) in ranks]
        fits.sort(key=lambda header: ranks.index(plain_header(header)))
        if not fits:
            continue
        found[name] = fits[0]
        for other in fits[1:]:
            same = plain_header(other) == plain_header(fits[0])
            facts = {"used": fits[0]}
            faults.append(
                Fault("column_same", "error", None, other, facts=facts)
                if same
                else Fault("column_spare", "warning", None, other, facts=facts)
            )
        if "万人" in fits[0]:
            faults.append(Fault("figures_in_ten_thousands", "error", None, fits[0]))
    return found, faults


def understood(columns: Mapping[str, str]) -> Fault:
    """Return the note that says which column was taken for what."""
    told = "; ".join(f"{text.display(header)} = {name}" for name, header in columns.items())
    return Fault("figures_understood", "note", facts={"told": told})


def number(cell: object) -> float | None:
    """Return a cell as a number, with or without thousands separators; None where it is something else.

    Examples
    --------
    >>> number("1,390,679"), number("１２．５人"), number("-3"), number("约100"), number("1,39")
    (1390679.0, 12.5, -3.0, None, None)
    """
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", str(cell)).strip())
    if found is None:
        return None
    value = float(found[1] + re.sub("[, ]", "", found[2]) + found[3])
    return value if abs(value) < float("inf") else None


def read_column(cells: pd.Series, header: str, *, wanted: bool = False) -> tuple[pd.Series, list[Fault]]:
    """Return a column of text as numbers, and a fault for each cell that is none or is negative.

    Parameters
    ----------
    cells
        Text, or None where empty, indexed by row.
    header
        Name of the column, for messages.
    wanted
        Whether an empty cell is a fault.

    Examples
    --------
    >>> numbers, faults = read_column(pd.Series(["1,200", "很多", None], index=[2, 3, 4]), "总人口")
    >>> numbers.tolist(), [(fault.key, fault.row) for fault in faults]
    ([1200.0, nan, nan], [('figure_not_number', 3)])
    """
    empty = cells.isna()
    numbers = pd.Series(
        [None if blank else number(cell) for cell, blank in zip(cells, empty, strict=True)], cells.index, dtype=float
    )
    faults = at_rows("figure_not_number", numbers.isna() & ~empty, header, cells)
    faults += at_rows("figure_negative", numbers < 0, header, cells)
    if wanted:
        faults += at_rows("figure_missing", empty, header)
    return numbers, faults


def at_rows(key: str, wrong: pd.Series, column: str | None, found: pd.Series | None = None) -> list[Fault]:
    """Return one error for each row that is wrong.

    Examples
    --------
    >>> wrong = pd.Series([False, True], index=[2, 3])
    >>> at_rows("figure_missing", wrong, "总人口")[0].row
    3
    """
    rows = wrong.index[wrong.to_numpy(dtype=bool)]
    return [Fault(key, "error", int(row), column, None if found is None else found[row]) for row in rows]


def repeated(key: str, values: pd.Series, column: str | None) -> Iterator[Fault]:
    """Yield an error for each row whose value stands on an earlier row, with the number of that row.

    Examples
    --------
    >>> [(fault.row, fault.facts["main"]) for fault in repeated("unit_twice", pd.Series(["a", "a"], [2, 5]), "code")]
    [(5, 2)]
    """
    first: dict[object, object] = {}
    for row, value in values.dropna().items():
        if value in first:
            yield Fault(key, "error", int(str(row)), column, value, {"main": first[value]})
        first.setdefault(value, row)


def without_rows(report: TableReport, rows: Iterable[int], found: pd.Series) -> TableReport:
    """Return the report with rows of sums set aside: their faults are notes, since nobody uses them."""
    aside = frozenset(rows)
    eased = (replace(each, severity="note") if each.row in aside else each for each in report.faults)
    told = (Fault("sum_row", "note", row, None, found[row]) for row in sorted(aside))
    return replace(report, faults=(*eased, *told))
