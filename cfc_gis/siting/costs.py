"""Costs of candidates, from a table that a planner fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cfc_gis import text
from cfc_gis.errors import TableFault, UserError
from cfc_gis.sources import figures, tables

HEADERS: Mapping[str, tuple[str, ...]] = {
    "candidate_id": ("candidate_id", "id", "编号", "候选编号"),
    "cost": ("cost", "造价", "费用", "造价（万元）", "费用（万元）"),
}
"""Headers that mean the two columns; others are ignored."""

_EXAMPLES = 3


def read(path: str | Path) -> dict[str, float]:
    """Read a table of costs: what ``cfc site --candidates`` wrote, with its column ``cost`` filled in.

    Parameters
    ----------
    path
        CSV or Excel (:func:`cfc_gis.sources.tables.read`) with the id of each candidate and its cost in 10,000 yuan.

    Returns
    -------
    dict
        Cost by id. A candidate with an empty cell has none, and is left out.

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, or it cannot be read.
    TableFault
        When a column is missing, or a cost is no number or negative, or an id stands twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "costs.csv"
    ...     _ = file.write_text('编号,造价（万元）\\nc-w1,"9,000"\\nc-w2,\\n', encoding="utf-8")
    ...     read(file)
    {'c-w1': 9000.0}
    """
    raw = tables.read(path)
    columns, faults = figures.find_columns([str(name) for name in raw.frame.columns], HEADERS)
    report = raw.report.eased(set(raw.frame.columns) - set(columns.values())).adding(faults)
    if len(columns) < len(HEADERS):
        report.refuse_errors()
        found = ", ".join(map(text.display, raw.frame.columns))
        raise TableFault("site_costs_columns", path=path, found=found)
    ids, cells = raw.frame[columns["candidate_id"]], raw.frame[columns["cost"]]
    kept = ids.notna()
    numbers = cells.map(figures.number, na_action="ignore").astype(float)
    header = columns["cost"]
    report = report.adding([
        *figures.at_rows("cost_not_number", numbers.isna() & cells.notna(), header, cells),
        *figures.at_rows("cost_negative", numbers < 0, header, cells),
        *figures.at_rows("cost_nameless", ~kept & cells.notna(), columns["candidate_id"]),
        *figures.repeated("cost_twice", ids, columns["candidate_id"]),
    ])  # fmt: skip
    report.refuse_errors()
    given = kept & numbers.notna()
    return dict(zip(ids[given].astype(str), numbers[given].tolist(), strict=True))


def of_candidates(costs: Mapping[str, float], ids: Sequence[str], never: frozenset[str]) -> NDArray[np.float64]:
    """Return the cost of each candidate, in their order; 0 of those that are never chosen and have none.

    Raises
    ------
    UserError
        When a candidate that may be chosen has no cost, or a cost belongs to no candidate.

    Examples
    --------
    >>> of_candidates({"a": 30.0}, ["a", "b"], frozenset({"b"}))
    array([30.,  0.])
    """
    unknown = sorted(costs.keys() - set(ids))
    if unknown:
        raise UserError("site_costs_unknown", count=len(unknown), examples=_some(unknown))
    missing = [name for name in ids if name not in costs and name not in never]
    if missing:
        raise UserError("site_costs_missing", count=len(missing), all=len(ids), examples=_some(missing))
    return np.array([costs.get(name, 0.0) for name in ids], dtype=np.float64)


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(text.display, names[:_EXAMPLES])) + (" …" if len(names) > _EXAMPLES else "")
