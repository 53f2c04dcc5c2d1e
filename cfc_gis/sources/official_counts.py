"""Official counts by unit: how many kindergartens a district has, with how many seats and children.

Only such a count, or two independent sources, can tell a shortage from missing data. A table is long (a column of
categories, a column of numbers) or wide (a column for each category); ``resources/counts.toml`` has the words.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cfc_gis import locale, schema, text
from cfc_gis.errors import TableFault
from cfc_gis.faults import Fault, TableReport
from cfc_gis.sources import tables

MEASURES = ("sites", "capacity", "enrolled")
_BRACKETS = re.compile(r"[(\[【][^)\]】]*[)\]】]")
_WHOLE = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?[所个处家人名张座位]{0,2}")


@dataclass(frozen=True, eq=False)
class Counts:
    """A table of counts as it stands in the file.

    Parameters
    ----------
    table
        One row per unit and category: ``row`` of the file, ``unit``, ``code`` and ``within`` as written, ``category``,
        ``sites``, ``capacity``, ``enrolled`` (missing where the file does not say) and ``source``.
    report
        Where it comes from and what is wrong with it.
    """

    table: pd.DataFrame
    report: TableReport


class _Wide(NamedTuple):
    """Header of a wide table: what it counts, of which category."""

    header: str
    category: str
    measure: str


def read(path: str | Path, *, keep_going: bool = False) -> Counts:
    """Read a table of official counts.

    Parameters
    ----------
    path
        CSV or Excel (:func:`cfc_gis.sources.tables.read`): units by name or code, and counts, long or wide.
    keep_going
        Return a table with errors, for its report, in place of raising.

    Raises
    ------
    TableFault
        When columns are missing; or with every category that is not known, number that is no whole number from 0, and
        unit and category that stand twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "counts.csv"
    ...     words = "区县,幼儿园（所）,小学学位数\\n南岗区,182,\\"61,200\\"\\n合计,182,61200\\n"
    ...     _ = file.write_text(words, encoding="utf-8")
    ...     found = read(file).table
    >>> found[["unit", "category", "sites", "capacity"]].to_numpy().tolist()
    [['南岗区', 'kindergarten', 182.0, nan], ['南岗区', 'primary_school', nan, 61200.0]]
    """
    raw = tables.read(path)
    columns = _columns([str(name) for name in raw.frame.columns])
    frame = raw.frame[[*columns.values()]].set_axis([*columns], axis=1)
    counted = _counted(raw.frame, columns)
    if not counted or not {"unit", "code"} & set(columns):
        found = ", ".join(map(text.display, raw.frame.columns))
        raise TableFault("counts_columns", path=path, found=found, wanted=_wanted())
    sums = _sums(frame)
    faults = [Fault("total_row", "note", int(row), None, _said(frame, row)) for row in frame.index[sums]]
    table, wrong = _melted(raw.frame, counted) if isinstance(counted, list) else _long(frame, columns)
    table = table[~table["row"].isin(frame.index[sums])].reset_index(drop=True)
    wrong = [fault for fault in wrong if fault.row not in set(frame.index[sums])]
    for name in ("unit", "code", "within", "source"):
        table[name] = table["row"].map(frame[name]) if name in frame else None
    report = raw.report.adding([*faults, *wrong, *_doubles(table)], counts=len(table))
    if not keep_going:
        report.refuse_errors()
    table["source"] = table["source"].fillna(report.provenance["file"])
    return Counts(table[["row", "unit", "code", "within", "category", *MEASURES, "source"]], report)


def fits(frame: pd.DataFrame) -> bool:
    """Tell whether a table holds counts: its units are districts or sub-districts, and it counts something of them.

    Examples
    --------
    >>> fits(pd.DataFrame({"区县": ["南岗区", "宾县"], "幼儿园（所）": ["182", "40"]}))
    True
    >>> fits(pd.DataFrame({"名称": ["南岗区第一幼儿园"], "数量": ["1"], "类别": ["幼儿园"]}))
    False
    """
    columns = _columns([str(name) for name in frame.columns])
    if "unit" not in columns or not _counted(frame, columns):
        return False
    units = frame[columns["unit"]].dropna().astype(str).str.strip()
    of_units = units.str.endswith(tuple(_rules()["rows"]["units"])) | units.map(tables.is_total)
    return bool(len(units) and of_units.all())


def _counted(frame: pd.DataFrame, columns: dict[str, str]) -> list[_Wide] | bool:
    """Return what a wide table counts, or whether a long one counts something."""
    if "category" in columns:
        return bool(set(MEASURES) & set(columns))
    return _wide([str(name) for name in frame.columns if name not in columns.values()])


def units_known(units: pd.DataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Return the units that a table of counts may mean: those of the study, and all districts of the census.

    Parameters
    ----------
    units, districts
        ``unit_code`` and ``unit_name``; of ``units`` also ``parent_code``.
    """
    known = pd.concat(
        [units[["unit_code", "unit_name", "parent_code"]], districts[["unit_code", "unit_name"]]], ignore_index=True
    )
    return pd.DataFrame(known.drop_duplicates("unit_code", ignore_index=True))


def coded(counts: Counts, known: pd.DataFrame) -> pd.DataFrame:
    """Return the counts by the codes of their units.

    Parameters
    ----------
    counts
        As read.
    known
        ``unit_code``, ``unit_name`` and ``parent_code`` of all units that may be meant.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.COUNTS`, by code and category.

    Raises
    ------
    TableFault
        With every row whose unit is not among them, or may be several, and every unit that stands twice.

    Examples
    --------
    >>> table = pd.DataFrame({"row": [2], "unit": ["南岗区"], "code": None, "within": None, "category": "kindergarten",
    ...     "sites": [182.0], "capacity": np.nan, "enrolled": np.nan, "source": "bureau"})
    >>> report = TableReport("counts.csv", {"file": "counts.csv", "how": "CSV"}, "line")
    >>> known = pd.DataFrame({"unit_code": ["230103"], "unit_name": ["南岗区"], "parent_code": ["230100"]})
    >>> coded(Counts(table, report), known)["unit_code"].tolist()
    ['230103']
    """
    table = counts.table
    names = known.set_index("unit_code")["unit_name"]
    found, faults = [], []
    for row in ({str(name): value for name, value in each.items()} for each in table.to_dict("records")):
        codes = _codes(row, known, names)
        found.append(codes[0] if len(codes) == 1 else None)
        if len(codes) != 1:
            key = "count_unit_several" if codes else "count_unit_unknown"
            facts = {"fits": ", ".join(codes)}
            faults.append(Fault(key, "error", row["row"], None, row["unit"] or row["code"], facts))
    out = table.assign(unit_code=pd.Series(found, index=table.index, dtype="str"))
    faults += _twice(out, ["unit_code"])
    counts.report.adding(faults).refuse_errors()
    out = out.sort_values(["unit_code", "category"], ignore_index=True)[[*schema.COUNTS.columns]]
    schema.check(out, schema.COUNTS, counts.report.path)
    return out


def _codes(row: dict[str, Any], known: pd.DataFrame, names: pd.Series) -> list[str]:
    """Return the codes of the units that a row may mean: by its code, else by its name, within a district if named."""
    if isinstance(row["code"], str):
        code = row["code"].strip()
        return [code] if code in names.index else []
    named = known[known["unit_name"] == str(row["unit"]).strip()]
    if isinstance(row["within"], str):
        of = named["parent_code"].map(names)
        fits = (of == row["within"].strip()) | (named["parent_code"] == row["within"].strip())
        named = named[fits | (of.isna() & (len(named) == 1))]
    return [str(code) for code in named["unit_code"]]


@cache
def _rules() -> dict[str, Any]:
    file = resources.files("cfc_gis") / "resources" / "counts.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _words() -> dict[str, str]:
    """Return category by word: our keys, their names in both languages, and the words of the resource file."""
    words = {}
    for name in schema.COUNTED:
        said = [locale.say(f"category.{name}", lang) for lang in locale.LANGS if f"category.{name}" in locale.table()]
        for word in (name, *said, *_rules()["words"][name]):
            words[text.folded(word)] = name
    return words


def _bare(header: object) -> str:
    """Return a header without what stands in brackets, folded."""
    return text.folded(_BRACKETS.sub("", unicodedata.normalize("NFKC", str(header))))


def _columns(headers: list[str]) -> dict[str, str]:
    """Return the header of each of our columns that the file has; each header is used once."""
    found: dict[str, str] = {}
    for name, words in _rules()["headers"].items():
        wanted = [text.folded(word) for word in words]
        free = [header for header in headers if header not in found.values() and _bare(header) in wanted]
        if free:
            found[name] = min(free, key=lambda header: wanted.index(_bare(header)))
    return found


def _wide(headers: list[str]) -> list[_Wide]:
    """Return the columns of a wide table that count something of a category."""
    found: list[_Wide] = []
    for header in headers:
        bare = _bare(header)
        for measure, ends in _rules()["measures"].items():
            for end in ends:
                word = _words().get(bare.removesuffix(end)) if bare.endswith(end) else None
                if word is not None and not any(each.header == header for each in found):
                    found.append(_Wide(header, word, measure))
    return found


def _wanted() -> str:
    return "; ".join(f"{name} ({', '.join(words[:3])})" for name, words in _rules()["headers"].items())


def _sums(frame: pd.DataFrame) -> pd.Series:
    names = frame["unit"] if "unit" in frame else pd.Series(None, frame.index, dtype=object)
    return names.map(tables.is_total).astype(bool)


def _said(frame: pd.DataFrame, row: Any) -> str:
    return text.display(frame.loc[row, "unit"])


def _melted(frame: pd.DataFrame, wide: list[_Wide]) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a wide table as rows; a cell that says nothing is no row."""
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    seen: set[tuple[str, str]] = set()
    faults = []
    for column in wide:
        if (column.category, column.measure) in seen:  # public and private apart: neither is the whole
            facts = {"category": column.category}
            faults.append(Fault("count_twice", "error", None, column.header, column.header, facts))
        seen.add((column.category, column.measure))
        for row, cell in frame[column.header].items():
            value, fault = _number(cell, int(str(row)), column.header)
            faults += [fault] if fault else []
            if value is not None:
                key = int(str(row)), column.category
                rows.setdefault(key, dict.fromkeys(MEASURES, np.nan))[column.measure] = value
    table = [{"row": row, "category": category, **values} for (row, category), values in sorted(rows.items())]
    return pd.DataFrame(table, columns=["row", "category", *MEASURES]), faults


def _long(frame: pd.DataFrame, columns: dict[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    rows, faults = [], []
    for row, cells in frame.iterrows():
        number = int(str(row))
        category = _words().get(_bare(cells["category"] or ""))
        if category is None:
            known = ", ".join(schema.COUNTED)
            faults.append(
                Fault("count_category", "error", number, columns["category"], cells["category"], {"known": known})
            )
            continue
        values = {}
        for measure in MEASURES:
            value, fault = _number(cells.get(measure), number, columns.get(measure))
            faults += [fault] if fault else []
            values[measure] = np.nan if value is None else value
        rows.append({"row": number, "category": category, **values})
    return pd.DataFrame(rows, columns=["row", "category", *MEASURES]), faults


def _number(cell: object, row: int, column: str | None) -> tuple[float | None, Fault | None]:
    """Return a cell as a whole number from 0; None where it says nothing, with a fault where it says something else."""
    if not isinstance(cell, str):
        return None, None
    found = _WHOLE.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)))
    if found is None:
        return None, Fault("count_not_number", "error", row, column, cell)
    return float(found[1].replace(",", "")), None


def _doubles(table: pd.DataFrame) -> Iterator[Fault]:
    """Yield the rows whose unit and category stand on an earlier row, as written."""
    yield from _twice(table, ["code", "unit", "within"])


def _twice(table: pd.DataFrame, unit: list[str]) -> list[Fault]:
    named = table[unit].notna().any(axis=1)
    again = named & table.duplicated([*unit, "category"])
    return [
        Fault("count_twice", "error", int(row["row"]), None, row["unit"] or row["code"], {"category": row["category"]})
        for row in table[again].to_dict("records")
    ]
