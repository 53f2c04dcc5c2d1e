"""Residents and children by district, from a census table of the planner or from the figures that ship inside.

Children's bands follow from the census bands (:mod:`cfc_gis.ages`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from cfc_gis import ages, schema, text
from cfc_gis.errors import InputDamaged, TableFault
from cfc_gis.faults import Fault, TableReport
from cfc_gis.sources import figures, tables

COLUMNS = ("adcode", "name", "pop_total", "pop_urban", "age_0", "age_1_4", "age_5_9", "age_10_14")
"""Columns of a census table; ``pop_urban`` may be missing. Others are ignored. ``resources/census_table.toml`` has the
headers that mean them."""

_NUMBERS = ("pop_total", "pop_urban", *ages.AGES)
_OPTIONAL = "pop_urban"
_ROUNDED = 0.005  # part by which a sum may differ from what is stated for the whole
_CODE = r"[0-9]{6}"


@dataclass(frozen=True)
class Census:
    """A census by district.

    Parameters
    ----------
    table
        One row per district or county (:data:`cfc_gis.schema.CENSUS`), sorted by code. Missing urban residents are
        NaN.
    city
        The row of the whole city, with the same keys, if the source has one.
    provenance
        ``name``, ``file``, ``sha256``, ``data_date`` (empty where the file does not say), ``licence``, ``how`` it was
        read, and ``city_check``: ``equal`` where the districts sum to the city's residents and children, ``differs``
        where they do not (the table may hold some districts only), ``no_city_row``.
    report
        How the file was understood, and what is wrong with it.
    """

    table: pd.DataFrame
    city: Mapping[str, object] | None
    provenance: Mapping[str, str]
    report: TableReport = field(repr=False)


def read(path: str | Path, *, keep_going: bool = False) -> Census:
    """Read a census table.

    Codes are read as text. A row whose code ends in ``00`` is the city's; a row of sums is set aside.

    Parameters
    ----------
    path
        CSV or Excel (:func:`cfc_gis.sources.tables.read`) with the columns :data:`COLUMNS`, in English or Chinese:
        residents and children in persons.
    keep_going
        Return a table with errors, for its report, in place of raising; its rows are then not to be used.

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, it cannot be read, or it has no rows.
    TableFault
        When columns are missing; or with every row that holds text or nothing for a number, a code that is not six
        digits or stands twice, a negative number, no residents, more children than residents, or a row of the whole
        city that says less than its districts have together.

    Examples
    --------
    >>> import tempfile
    >>> text = "区划代码,名称,总人口,0岁,1-4岁,5-9岁,10-14岁\\n230109,松北区,1 000,10,40,50,60\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "census.csv"
    ...     _ = file.write_text(text, encoding="gb18030")
    ...     census = read(file)
    >>> census.provenance["how"]
    'CSV, GB18030'
    >>> census.table[list(schema.BANDS)].iloc[0].tolist()
    [30.0, 30.0, 64.0, 36.0]
    """
    raw = tables.read(path)
    columns, faults = figures.find_columns([str(name) for name in raw.frame.columns], _words())
    report = raw.report.eased(set(raw.frame.columns) - set(columns.values())).adding(faults)
    missing = [name for name in COLUMNS if name not in columns and name != _OPTIONAL]
    if missing:
        report.refuse_errors()  # a garbled header is the cause of a missing column
        found = ", ".join(map(text.display, raw.frame.columns))
        raise TableFault("census_columns", path=path, missing=", ".join(missing), found=found, wanted=_wanted())
    frame = raw.frame[[*columns.values()]].set_axis([*columns], axis=1)
    sums = _sums(frame)
    report = figures.without_rows(report, map(int, frame.index[sums]), frame["name"].fillna(frame["adcode"]))
    if sums.all():
        raise InputDamaged("table_empty", path=path)
    provenance = {"name": Path(path).stem, "data_date": "", "licence": "", **raw.report.provenance}
    return _census(frame[~sums], columns, provenance, report, totals=frame[sums], keep_going=keep_going)


def fits(frame: pd.DataFrame) -> bool:
    """Tell whether a table is a census: it has codes of districts, residents, and a band of ages as the census has.

    Examples
    --------
    >>> fits(pd.DataFrame(columns=["区划代码", "名称", "总人口", "0岁", "1-4岁"]))
    True
    >>> fits(pd.DataFrame(columns=["小区名称", "总人口", "0-2岁"]))
    False
    """
    columns, _ = figures.find_columns([str(name) for name in frame.columns], _words())
    return {"adcode", "pop_total"} <= set(columns) and not set(ages.AGES).isdisjoint(columns)


def builtin(city_code: str) -> Census | None:
    """Return the census figures that ship with the package for a city, or None.

    Parameters
    ----------
    city_code
        Six-digit code of the city, such as ``230100``.

    Examples
    --------
    >>> census = builtin("230100")
    >>> len(census.table), int(census.table["population"].sum())
    (18, 10009854)
    >>> builtin("000000") is None
    True
    """
    folder = resources.files("cfc_gis") / "resources" / "census"
    found = sorted(file.name for file in folder.iterdir() if file.name.startswith(f"{city_code}-"))
    if not found:
        return None
    data = (folder / found[-1]).read_bytes()
    content = tomllib.loads(data.decode("utf-8"))
    columns = ["adcode", "name", *content["columns"]]
    raw = pd.DataFrame(
        [[code, row[0], *map(str, row[1:])] for code, row in content["units"].items()], columns=columns, dtype=str
    )
    raw.index = pd.Index(range(1, len(raw) + 1))
    provenance = {
        "name": content["source"]["name"],
        "file": f"cfc_gis/resources/census/{found[-1]}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "data_date": content["source"]["data_date"],
        "licence": content["source"]["licence"],
        "how": "TOML, UTF-8",
    }
    same = {name: name for name in raw.columns}
    return _census(raw, same, provenance, TableReport(found[-1], provenance, "row", {"rows": len(raw)}))


@cache
def _words() -> Mapping[str, list[str]]:
    file = resources.files("cfc_gis") / "resources" / "census_table.toml"
    columns: dict[str, list[str]] = tomllib.loads(file.read_text(encoding="utf-8"))["columns"]
    return columns


def _wanted() -> str:
    return "; ".join(f"{name} ({', '.join(words[1:3])})" for name, words in _words().items())


def _sums(frame: pd.DataFrame) -> pd.Series:
    """Tell which rows are sums: one says so, and bears no code of a unit."""
    said = frame["name"].map(tables.is_total) | frame["adcode"].map(tables.is_total)
    return said & ~frame["adcode"].fillna("").str.fullmatch(_CODE)


def _census(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    provenance: Mapping[str, str],
    report: TableReport,
    *,
    totals: pd.DataFrame | None = None,
    keep_going: bool = False,
) -> Census:
    numbers, faults = _numbers(frame, columns)
    is_city = frame["adcode"].fillna("").str.fullmatch("[0-9]{4}00")
    cities = frame.loc[is_city, "adcode"]
    if len(cities.unique()) > 1:
        faults += figures.at_rows("census_cities", is_city, columns["adcode"], frame["adcode"])
    of_districts = numbers[~is_city]
    whole = frame[is_city] if totals is None else pd.concat([frame[is_city], totals])
    faults += _against(whole, of_districts, columns)
    report = report.adding(
        [*faults, figures.understood(columns)],
        units=len(of_districts),
        residents=round(of_districts["pop_total"].sum()),
        children=round(of_districts[list(ages.AGES)].sum().sum()),
    )
    if not keep_going:
        report.refuse_errors()
    table = pd.DataFrame(
        {
            "unit_code": frame["adcode"].astype("str"),
            "unit_name": frame["name"].astype("str"),
            "population": numbers["pop_total"],
            "population_urban": numbers["pop_urban"],
        }
    ).join(ages.bands(numbers))
    if not report.of("error"):
        schema.check(table, schema.CENSUS, report.path)
    districts = table[~is_city].sort_values("unit_code", ignore_index=True)
    city = dict(table[is_city].iloc[0]) if is_city.any() else None
    return Census(
        table=districts,
        city=MappingProxyType(city) if city else None,
        provenance=MappingProxyType({**provenance, "city_check": _city_check(districts, table[is_city])}),
        report=report,
    )


def _numbers(frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the numbers of a table of text, and all faults of its rows."""
    codes, names = frame["adcode"], frame["name"]
    faults = figures.at_rows("census_code", ~codes.fillna("").str.fullmatch(_CODE), columns["adcode"], codes)
    faults += figures.repeated("census_twice", codes, columns["adcode"])
    faults += figures.at_rows("census_name", names.isna(), columns["name"])
    numbers = pd.DataFrame(index=frame.index, columns=pd.Index(_NUMBERS), dtype=float)
    for name in [name for name in _NUMBERS if name in frame]:
        numbers[name], wrong = figures.read_column(frame[name], columns[name], wanted=name != _OPTIONAL)
        faults += wrong
    total = numbers["pop_total"]
    faults += figures.at_rows("census_nobody", total == 0, columns["pop_total"], frame["pop_total"])
    if _OPTIONAL in frame:
        more = (numbers[_OPTIONAL] > total) & (total > 0)
        faults += figures.at_rows("census_urban", more, columns[_OPTIONAL], frame[_OPTIONAL])
    children = numbers[list(ages.AGES)].sum(axis=1)
    many = (children > total) & (total > 0)
    faults += figures.at_rows("figures_children", many, columns["pop_total"], frame["pop_total"])
    return numbers, faults


def _against(whole: pd.DataFrame, of_districts: pd.DataFrame, columns: Mapping[str, str]) -> list[Fault]:
    """Return where rows of the whole city say otherwise than the sum of its districts: a slip of the pen, or a lack."""
    faults = []
    for name in [name for name in _NUMBERS if name in whole and name != _OPTIONAL]:
        summed = of_districts[name].sum()
        for row, cell in whole[name].dropna().items():
            stated = figures.number(cell)
            if stated is None or abs(summed - stated) <= _ROUNDED * max(stated, summed):
                continue
            facts = {"summed": f"{summed:,.0f}", "stated": f"{stated:,.0f}"}
            told = int(str(row)), columns[name], cell, facts
            more = summed > stated
            faults.append(
                Fault("census_sum_more", "error", *told) if more else Fault("census_sum_less", "warning", *told)
            )
    return faults


def _city_check(districts: pd.DataFrame, city: pd.DataFrame) -> str:
    if city.empty:
        return "no_city_row"
    names = ["population", *schema.BANDS]
    off = (districts[names].sum() - city[names].iloc[0]).abs()
    return "equal" if bool((off < 0.5).all()) else "differs"
