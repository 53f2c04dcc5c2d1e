"""The capacity of a facility: seats, childcare places, beds, or classes times the children of a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from cfc_gis import text
from cfc_gis.faults import Fault
from cfc_gis.sources.register import values
from cfc_gis.sources.register.columns import cells, rules

Cell = tuple[int, str]
"""Row and header of a cell."""

_UNREAD = ("formula_without_value", "cell_error", "digits_lost")
_COUNTS = ("seats", "childcare_places", "beds", "classes", "capacity")


def stated(faults: Iterable[Fault]) -> frozenset[Cell]:
    """Return the cells that are empty in the table though the file states something: no other number stands in there.

    Parameters
    ----------
    faults
        Of the file: cells whose value was not read, and numbers in merged cells, which count for their first row only.

    Examples
    --------
    >>> merged = Fault("merged_number", "warning", 2, "学位", "720", {"cell": "C2:C4", "last": 4})
    >>> sorted(stated([merged, Fault("cell_error", "error", 7, "学位", "#REF!")]))
    [(3, '学位'), (4, '学位'), (7, '学位')]
    """
    cells = set[Cell]()
    for fault in faults:
        if fault.row is None or fault.column is None:
            continue
        if fault.key in _UNREAD:
            cells.add((fault.row, fault.column))
        elif fault.key == "merged_number":
            cells.update((row, fault.column) for row in range(fault.row + 1, int(str(fault.facts["last"])) + 1))
    return frozenset(cells)


def of(
    frame: pd.DataFrame,
    found: Mapping[str, str],
    categories: Sequence[str],
    source: str,
    stated: frozenset[Cell] = frozenset(),
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the capacity of each row and where it comes from: the first count that its category has as capacity.

    A count that cannot be read is no reason to guess from another: the capacity is then missing. Nor is one that a
    merged cell states for several rows: it counts in the first, and the others have none of their own.

    Parameters
    ----------
    frame
        The rows that are facilities, text or ``None``.
    found
        Header of each field.
    categories
        Category of each row.
    source
        Name of the register.
    stated
        Cells that are empty here though the file states something (:func:`stated`).

    Returns
    -------
    table : DataFrame
        ``capacity`` (NaN where nothing tells) and ``capacity_source``: register, column, and the children per class
        where classes were counted (``resources/register.toml``, unverified).
    faults : list of Fault
        Errors: what is no whole number above 0. Warnings: capacities from classes, counts that are nobody's capacity.

    Examples
    --------
    >>> frame = pd.DataFrame({"学位": ["360", None], "班数": ["12", "9"]}, [2, 3], dtype=object)
    >>> table, faults = of(frame, {"seats": "学位", "classes": "班数"}, ["kindergarten"] * 2, "名单")
    >>> table["capacity"].tolist(), table["capacity_source"].tolist()
    ([360.0, 270.0], ['名单: 学位', '名单: 班数 x 30'])
    """
    written, numbers, faults = {}, {}, list[Fault]()
    for key in [key for key in _COUNTS if key in found]:
        column = values.known(cells(frame, found, key))
        written[key] = [each is not None or (row, found[key]) in stated for row, each in column.items()]
        numbers[key], more = values.counts(column, "capacity_not_positive", zero=False)
        faults += more
    chosen = [_chosen(category, at, written) for at, category in enumerate(categories)]
    sizes = [_class_size(category) if key == "classes" else 1 for key, category in zip(chosen, categories, strict=True)]
    counted = [float("nan") if key is None else numbers[key].iloc[at] for at, key in enumerate(chosen)]
    table = pd.DataFrame(
        {
            "capacity": [count * size for count, size in zip(counted, sizes, strict=True)],
            "capacity_source": [
                None if key is None or pd.isna(count) else _source(source, found[key], size)
                for key, count, size in zip(chosen, counted, sizes, strict=True)
            ],
        },
        index=frame.index,
        dtype=object,
    ).astype({"capacity": float})
    if by_class := sum(key == "classes" and pd.notna(count) for key, count in zip(chosen, counted, strict=True)):
        faults.append(Fault("capacity_from_classes", "warning", column=found["classes"], found=by_class))
    return table, [*faults, *_not_counted(numbers, categories, found)]


def _order(category: str) -> list[str]:
    order: dict[str, list[str]] = rules()["capacity"]
    return order.get(category, order["others"])


def _chosen(category: str, at: int, written: Mapping[str, Sequence[bool]]) -> str | None:
    """Return the first count of a category that a row has, readable or not."""
    return next((key for key in _order(category) if key in written and written[key][at]), None)


def _class_size(category: str) -> int:
    return int(rules()["class_size"][category])


def _source(source: str, header: str, size: int) -> str:
    return f"{source}: {text.display(header)}" + (f" x {size}" if size > 1 else "")


def _not_counted(numbers: Mapping[str, pd.Series], categories: Sequence[str], found: Mapping[str, str]) -> list[Fault]:
    """Say which counts are nobody's capacity, such as childcare places of kindergartens."""
    faults = []
    for key, counts in numbers.items():
        idle = counts[[key not in _order(category) for category in categories]].dropna()
        if len(idle):
            facts = {"count": len(idle), "sum": f"{idle.sum():g}"}
            faults.append(Fault("count_not_used", "warning", column=found[key], facts=facts))
    return faults
