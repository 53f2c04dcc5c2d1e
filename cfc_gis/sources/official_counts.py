"""Official counts by unit: how many kindergartens a district has, with how many seats and children.

Only such a count, or two independent sources, can tell a shortage from missing data. A table is long (a column of
categories, a column of numbers) or wide (a column for each category).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfc_gis import schema, text
from cfc_gis.errors import TableFault
from cfc_gis.faults import Fault, TableReport
from cfc_gis.sources import count_columns, tables

_WHOLE = r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?"


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
        When columns are missing; or with every category that is not known, number that is no whole number from 0, unit
        and category that stand twice, and all that says that less than the whole is counted
        (:mod:`cfc_gis.sources.count_columns`).

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
    columns = count_columns.find([str(name) for name in raw.frame.columns])
    frame = _of_units(raw.frame[[*columns.values()]].set_axis([*columns], axis=1))
    counted = _counted(raw.frame, columns)
    if not counted or not {"unit", "code"} & set(columns):
        found = ", ".join(map(text.display, raw.frame.columns))
        raise TableFault("counts_columns", path=path, found=found, wanted=_wanted())
    sums = _sums(frame)
    faults = [*count_columns.doubts(raw.frame, columns, counted if isinstance(counted, list) else [])]
    faults += [Fault("total_row", "note", int(row), None, _said(frame, row)) for row in frame.index[sums]]
    table, wrong = _melted(raw.frame, counted) if isinstance(counted, list) else _long(frame, columns)
    table = table[~table["row"].isin(frame.index[sums])].reset_index(drop=True)
    wrong = [fault for fault in wrong if fault.row not in set(frame.index[sums])]
    for name in ("unit", "code", "within", "source"):
        table[name] = table["row"].map(frame[name]) if name in frame else None
    report = raw.report.adding([*faults, *wrong, *_doubles(table)], counts=len(table))
    if not keep_going:
        report.refuse_errors()
    table["source"] = table["source"].fillna(report.provenance["file"])
    return Counts(table[["row", "unit", "code", "within", "category", *count_columns.MEASURES, "source"]], report)


def fits(frame: pd.DataFrame) -> bool:
    """Tell whether a table holds counts: its units are districts or sub-districts, and it counts something of them.

    Examples
    --------
    >>> fits(pd.DataFrame({"区县": ["南岗区", "宾县"], "幼儿园（所）": ["182", "40"]}))
    True
    >>> fits(pd.DataFrame({"名称": ["南岗区第一幼儿园"], "数量": ["1"], "类别": ["幼儿园"]}))
    False
    """
    columns = count_columns.find([str(name) for name in frame.columns])
    if "unit" not in columns or not _counted(frame, columns):
        return False
    units = frame[columns["unit"]].dropna().astype(str).str.strip()
    of_units = units.str.endswith(tuple(count_columns.rules()["rows"]["units"])) | units.map(tables.is_total)
    return bool(len(units) and of_units.all())


def _counted(frame: pd.DataFrame, columns: dict[str, str]) -> list[count_columns.Wide] | bool:
    """Return what a wide table counts, or whether a long one counts something."""
    if "category" in columns:
        return bool(set(count_columns.MEASURES) & set(columns))
    return count_columns.wide(str(name) for name in frame.columns if name not in columns.values())


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
        if isinstance(row["code"], str) and (named := _contradicting(row, known, codes)):
            facts = {"code": row["code"], "name": named}
            faults.append(Fault("count_unit_contradicted", "error", row["row"], None, row["unit"], facts))
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


def _contradicting(row: dict[str, Any], known: pd.DataFrame, codes: list[str]) -> str:
    """Return the name of the unit that the code of a row means, where its own name is that of another unit."""
    named = set(known.loc[known["unit_name"] == str(row["unit"]).strip(), "unit_code"])
    if not codes or not named or named & set(codes):
        return ""
    return str(known.loc[known["unit_code"] == codes[0], "unit_name"].iloc[0])


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


def _wanted() -> str:
    return "; ".join(f"{name} ({', '.join(words[:3])})" for name, words in count_columns.rules()["headers"].items())


def _sums(frame: pd.DataFrame) -> pd.Series:
    names = frame["unit"] if "unit" in frame else pd.Series(None, frame.index, dtype=object)
    return names.map(tables.is_total).astype(bool)


def _of_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their units: one that names no sub-district speaks of its district."""
    if not {"unit", "within"} <= set(frame):
        return frame
    of_district = frame["unit"].isna()
    return frame.assign(unit=frame["unit"].fillna(frame["within"]), within=frame["within"].mask(of_district))


def _said(frame: pd.DataFrame, row: Any) -> str:
    return text.display(frame.loc[row, "unit"])


def _melted(frame: pd.DataFrame, wide: list[count_columns.Wide]) -> tuple[pd.DataFrame, list[Fault]]:
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
            value, fault = _number(cell, int(str(row)), column.header, column.measure)
            faults += [fault] if fault else []
            if value is not None:
                key = int(str(row)), column.category
                rows.setdefault(key, dict.fromkeys(count_columns.MEASURES, np.nan))[column.measure] = value
    table = [{"row": row, "category": category, **values} for (row, category), values in sorted(rows.items())]
    return pd.DataFrame(table, columns=["row", "category", *count_columns.MEASURES]), faults


def _long(frame: pd.DataFrame, columns: dict[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    rows, faults = [], []
    for row, cells in frame.iterrows():
        number = int(str(row))
        category = count_columns.category(cells["category"] or "")
        if category is not None and (part := count_columns.part(cells["category"], "sites")):
            faults.append(Fault("count_part", "error", number, columns["category"], cells["category"], {"part": part}))
        if category is None:
            known = ", ".join(schema.COUNTED)
            faults.append(
                Fault("count_category", "error", number, columns["category"], cells["category"], {"known": known})
            )
            continue
        values = {}
        for measure in count_columns.MEASURES:
            value, fault = _number(cells.get(measure), number, columns.get(measure), measure)
            faults += [fault] if fault else []
            values[measure] = np.nan if value is None else value
        rows.append({"row": number, "category": category, **values})
    return pd.DataFrame(rows, columns=["row", "category", *count_columns.MEASURES]), faults


def _number(cell: object, row: int, column: str | None, measure: str) -> tuple[float | None, Fault | None]:
    """Return a cell as a whole number from 0; None where it says nothing, with a fault where it says something else."""
    if not isinstance(cell, str):
        return None, None
    found = re.fullmatch(
        f"{_WHOLE}(?:{count_columns.rules()['units'][measure]})?",
        re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)),
    )
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
