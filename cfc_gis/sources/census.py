"""Residents and children by district, from a census table of the planner or from the figures that ship inside.

Children's bands follow from the census bands (:mod:`cfc_gis.ages`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from cfc_gis import ages, schema
from cfc_gis.errors import InputDamaged, InputMissing, TableFault

COLUMNS = ("adcode", "name", "pop_total", "pop_urban", "age_0", "age_1_4", "age_5_9", "age_10_14")
"""Columns of a census table; ``pop_urban`` may be missing. Others are ignored."""

_NUMBERS = ("pop_total", "pop_urban", *ages.AGES)
_OPTIONAL = "pop_urban"
_SHOWN = 5  # rows named per fault


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
    """

    table: pd.DataFrame
    city: Mapping[str, object] | None
    provenance: Mapping[str, str]


def read(path: str | Path) -> Census:
    """Read a census table in CSV.

    UTF-8, with or without BOM, is tried first, then GB18030, both strictly; the choice stands in the provenance.
    Codes are read as text. A row whose code ends in ``00`` is the city's.

    Parameters
    ----------
    path
        CSV file with the columns :data:`COLUMNS`: residents and children in persons.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is no text in these encodings, no CSV table, or has no rows.
    TableFault
        When columns are missing or named twice, or with all lines that hold text or nothing for a number, a code that
        is not six digits, a negative number, no residents, or more children than residents.

    Examples
    --------
    >>> import tempfile
    >>> text = "adcode,name,pop_total,age_0,age_1_4,age_5_9,age_10_14\\n230109,松北区,1000,10,40,50,60\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "census.csv"
    ...     _ = file.write_text(text, encoding="gb18030")
    ...     census = read(file)
    >>> census.provenance["how"]
    'CSV, GB18030'
    >>> census.table[list(schema.BANDS)].iloc[0].tolist()
    [30.0, 30.0, 64.0, 36.0]
    """
    path = Path(path)
    if path.is_dir():
        raise InputMissing("input_is_folder", path=path)
    if not path.exists():
        raise InputMissing("input_missing", path=path)
    data = path.read_bytes()
    text, encoding = _decode(data, path)
    raw = _parse(text, path)
    provenance = {
        "name": path.stem,
        "file": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "data_date": "",
        "licence": "",
        "how": f"CSV, {encoding}",
    }
    return _census(raw, provenance, str(path))


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
    return _census(raw, provenance, found[-1])


def _decode(data: bytes, path: Path) -> tuple[str, str]:
    if not data.strip(b"\x00 \r\n\t"):
        raise InputDamaged("table_empty", path=path)
    for codec, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:  # a binary file may decode by chance; no table holds NUL
            return text, name
    raise InputDamaged("table_encoding", path=path)


def _parse(text: str, path: Path) -> pd.DataFrame:
    """Rows as text, indexed by the line of the file they begin on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        for row in reader:
            if any(value.strip() for value in row):
                rows.append([value.strip() for value in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputDamaged("table_unreadable", path=path, cause=error) from error
    missing = [name for name in COLUMNS if name not in header and name != _OPTIONAL]
    if missing:
        raise TableFault("census_columns", path=path, missing=", ".join(missing), wanted=", ".join(COLUMNS))
    twice = sorted({name for name in COLUMNS if header.count(name) > 1})
    if twice:
        raise _fault(path, [f"{name}: column named twice" for name in twice])
    if not rows:
        raise InputDamaged("table_empty", path=path)
    ragged = [line for line, row in zip(lines, rows, strict=True) if len(row) != len(header)]
    if ragged:
        raise _fault(path, [f"{len(header)} columns wanted: {_rows(ragged)}"])
    return pd.DataFrame(rows, columns=pd.Index(header), index=pd.Index(lines), dtype=str)


def _census(raw: pd.DataFrame, provenance: Mapping[str, str], path: str) -> Census:
    numbers = _numbers(raw, path)
    table = pd.DataFrame(
        {
            "unit_code": raw["adcode"],
            "unit_name": raw["name"],
            "population": numbers["pop_total"],
            "population_urban": numbers["pop_urban"],
        }
    ).join(ages.bands(numbers))
    schema.check(table, schema.CENSUS, path)
    table = table.sort_values("unit_code", ignore_index=True)
    is_city = table["unit_code"].str.endswith("00")
    if int(is_city.sum()) > 1:
        raise _fault(path, ["more than one city: " + ", ".join(table.loc[is_city, "unit_code"])])
    districts = table[~is_city].reset_index(drop=True)
    city = dict(table[is_city].iloc[0]) if is_city.any() else None
    return Census(
        table=districts,
        city=MappingProxyType(city) if city else None,
        provenance=MappingProxyType({**provenance, "city_check": _city_check(districts, table[is_city])}),
    )


def _numbers(raw: pd.DataFrame, path: str) -> pd.DataFrame:
    """Return the numbers of a table of text; all faults in one error."""
    numbers = pd.DataFrame(
        {
            name: pd.to_numeric(raw[name], errors="coerce") if name in raw else pd.Series(float("nan"), raw.index)
            for name in _NUMBERS
        },
        dtype=float,
    )
    numbers = numbers.where(numbers.abs() < float("inf"))
    bad = {"adcode: six digits wanted": ~raw["adcode"].str.fullmatch(r"[0-9]{6}"), "name: empty": raw["name"] == ""}
    for name in _NUMBERS:
        missing = numbers[name].isna()
        if name == _OPTIONAL:
            missing &= raw[name].ne("") if name in raw else False
        bad[f"{name}: not a number"] = missing
        bad[f"{name}: negative"] = numbers[name] < 0
    bad["pop_total: zero"] = numbers["pop_total"] == 0
    bad["pop_urban: more than pop_total"] = numbers["pop_urban"] > numbers["pop_total"]
    bad["more children than residents"] = numbers[list(ages.AGES)].sum(axis=1) > numbers["pop_total"]
    faults = [f"{what}: {_rows(raw.index[rows].tolist())}" for what, rows in bad.items() if rows.any()]
    if faults:
        raise _fault(path, faults)
    return numbers


def _rows(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")
    return f"{len(lines)} row(s), line {shown}"


def _fault(path: str | Path, faults: list[str]) -> TableFault:
    return TableFault("table_fault", table=path, count=len(faults), faults="; ".join(faults))


def _city_check(districts: pd.DataFrame, city: pd.DataFrame) -> str:
    if city.empty:
        return "no_city_row"
    names = ["population", *schema.BANDS]
    off = (districts[names].sum() - city[names].iloc[0]).abs()
    return "equal" if bool((off < 0.5).all()) else "differs"
