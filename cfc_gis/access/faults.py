"""Faults of the tables that measures are given, in words that name the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.errors import TableFault

Flags = NDArray[np.bool_]


def refuse(table: str, faults: Sequence[str]) -> None:
    """Raise one error for all faults of a table, if there are any.

    Raises
    ------
    TableFault
        When there is a fault.

    Examples
    --------
    >>> refuse("travel", [])
    """
    if faults:
        raise TableFault("table_fault", table=table, count=len(faults), faults="; ".join(faults))


def in_rows(what: str, rows: Flags, labels: pd.Index) -> list[str]:
    """Say in how many rows a fault stands, and name the first three; nothing where it stands in none.

    Examples
    --------
    >>> in_rows("minutes: negative", np.array([False, True]), pd.Index(["x", "y"]))
    ['minutes: negative in 1 row(s), first at y']
    """
    if not rows.any():
        return []
    first = ", ".join(str(label) for label in labels[rows][:3])
    return [f"{what} in {int(rows.sum())} row(s), first at {first}"]


def in_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Name the columns that a table lacks, and the rows in which one of them has no value.

    Examples
    --------
    >>> in_columns(pd.DataFrame({"a": [1, None]}), ["a", "b"])
    ['b: column missing', 'a: missing in 1 row(s), first at 1']
    """
    faults = [f"{name}: column missing" for name in columns if name not in table.columns]
    for name in columns:
        if name in table.columns:
            faults += in_rows(f"{name}: missing", table[name].isna().to_numpy(dtype=bool), table.index)
    return faults


def in_ids(name: str, ids: pd.Index) -> list[str]:
    """Name the ids that are missing or stand twice.

    Examples
    --------
    >>> in_ids("origins", pd.Index(["a", "a"]))
    ['origins: id stands twice in 1 row(s), first at a']
    """
    if ids.is_unique and not ids.hasnans:
        return []
    return [
        *in_rows(f"{name}: id missing", np.asarray(ids.isna()), pd.RangeIndex(len(ids))),
        *in_rows(f"{name}: id stands twice", np.asarray(ids.duplicated()), ids),
    ]
