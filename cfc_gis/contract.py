"""What a table must look like, and the check that it does; the tables themselves stand in :mod:`cfc_gis.schema`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cfc_gis.errors import CrsMissing, TableFault

Kind = Literal["text", "number", "count", "share", "flag", "object"]


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    kind
        ``text``, ``number`` (finite), ``count`` (finite, not negative), ``share`` (0 to 1), ``flag`` (true or
        false) or ``object`` (anything).
    meaning
        What stands in it, with its unit.
    missing
        Whether a value may be missing.
    allowed
        The allowed values of a text, if they are listed.
    """

    kind: Kind
    meaning: str
    missing: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """What a table must look like.

    Parameters
    ----------
    name
        Name of the table, as in the design.
    columns
        Its columns, in order. A table may have more.
    key
        Columns that together name a row: present, and no two rows alike.
    geometry
        Allowed geometry types; empty for a table without geometry.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    geometry: tuple[str, ...] = ()


def check(table: pd.DataFrame, contract: Contract, path: str | None = None) -> None:
    """Check a table against its contract; collect all faults into one error.

    Parameters
    ----------
    table
        The table; a GeoDataFrame where the contract names geometry.
    contract
        What it must look like.
    path
        File it came from, for the message.

    Raises
    ------
    TableFault
        With every fault found: missing columns, wrong kinds, values out of range, repeated or empty keys, wrong or
        empty geometry.
    CrsMissing
        When the table has geometry without a coordinate reference system.

    Examples
    --------
    >>> from cfc_gis.schema import CENSUS
    >>> table = pd.DataFrame({"unit_code": ["230102"], "unit_name": ["道里区"], "population": [-1.0]})
    >>> try:
    ...     check(table, CENSUS)
    ... except TableFault as error:
    ...     "population: negative in 1 row(s), first at 0" in error.text("en")
    True
    """
    faults = [f"{name}: column missing" for name in contract.columns if name not in table.columns]
    for name, column in contract.columns.items():
        if name in table.columns:
            faults += [f"{name}: {fault}" for fault in _column_faults(table[name], column)]
    faults += _key_faults(table, contract)
    if contract.geometry:
        faults += _geometry_faults(table, contract, path)
    if faults:
        raise TableFault("table_fault", table=path or contract.name, count=len(faults), faults="; ".join(faults))


def _column_faults(values: pd.Series, column: Column) -> list[str]:
    if column.kind == "object":
        return []
    bad: dict[str, pd.Series] = {}
    missing = values.isna()
    if not column.missing:
        bad["missing"] = missing
    present = values[~missing]
    if column.kind == "text":
        bad["not text"] = ~present.map(lambda value: isinstance(value, str)).astype(bool)
        if column.allowed:
            bad["not one of " + ", ".join(column.allowed)] = ~present.isin(column.allowed)
    elif column.kind == "flag":
        bad["not true or false"] = ~present.isin([True, False])
    elif not pd.api.types.is_numeric_dtype(values):
        bad["not a number"] = pd.to_numeric(present, errors="coerce").isna()
    else:
        bad["infinite"] = pd.Series(~np.isfinite(present.to_numpy(dtype=float)), index=present.index)
        if column.kind in {"count", "share"}:
            bad["negative"] = present < 0
        if column.kind == "share":
            bad["above 1"] = present > 1 + 1e-9
    return [
        f"{what} in {int(rows.sum())} row(s), first at {rows.index[rows.to_numpy(dtype=bool)][0]}"
        for what, rows in bad.items()
        if rows.any()
    ]


def _key_faults(table: pd.DataFrame, contract: Contract) -> list[str]:
    key = [name for name in contract.key if name in table.columns]
    if not key or len(key) < len(contract.key):
        return []
    twice = table.duplicated(key, keep=False)
    if not twice.any():
        return []
    first = ", ".join(str(value) for value in table.loc[twice, key].iloc[0])
    return [f"{' + '.join(key)}: {int(twice.sum())} rows share their key, first {first}"]


def _geometry_faults(table: pd.DataFrame, contract: Contract, path: str | None) -> list[str]:
    geometry = getattr(table, "geometry", None)
    if geometry is None:
        return ["geometry: column missing"]
    if geometry.crs is None:
        raise CrsMissing("crs_missing", path=path or contract.name)
    empty = geometry.isna() | geometry.is_empty
    wrong = ~empty & ~geometry.geom_type.isin(contract.geometry)
    return [
        f"geometry: {what} in {int(rows.sum())} row(s), first at {rows.index[rows.to_numpy(dtype=bool)][0]}"
        for what, rows in (("empty", empty), ("not " + " or ".join(contract.geometry), wrong))
        if rows.any()
    ]
