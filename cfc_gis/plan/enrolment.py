"""School districts (学区): the assigned school against the nearest one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cfc_gis.plan.known import UNKNOWN, Known, asked, row

STAGES = ("primary_school", "junior_school")


def rows(known: Known) -> list[dict[str, Any]]:
    """Return the share of children whose assigned school is farther than the nearest, and how much, by district.

    Farther is more than ``farther_m`` of the resource file along the network. Children of whom no assigned school, or
    no way to it, is known stand in the high end alone. The median is over the children of whom it is known. Neither is
    judged: the rule is a school near by (就近入学), and no figure stands in it.
    """
    found = []
    for stage in STAGES:
        homes = known.assigned[known.assigned["category"] == stage]
        for unit in known.units():
            here = homes if unit[0] == "city" else homes[homes["district_code"] == unit[1]]
            found += _of(unit, stage, here)
    return found


def farther(extra_m: pd.Series, children: pd.Series, limit_m: float) -> tuple[float, float]:
    """Return the children whose way is longer by more than a limit, and those of whom it is not known.

    Examples
    --------
    >>> farther(pd.Series([0.0, 500.0, 501.0, None]), pd.Series([1.0, 2.0, 4.0, 8.0]), 500.0)
    (4.0, 8.0)
    """
    return float(children[extra_m > limit_m].sum()), float(children[extra_m.isna()].sum())


def median(values: pd.Series, children: pd.Series) -> float:
    """Return the value that half of the children do not exceed; NaN without any.

    Examples
    --------
    >>> median(pd.Series([0.0, 100.0, 900.0]), pd.Series([1.0, 5.0, 2.0]))
    100.0
    """
    some = values.notna() & (children > 0)
    if not some.any():
        return UNKNOWN
    order = np.argsort(values[some].to_numpy(dtype=float), kind="stable")
    up_to = np.cumsum(children[some].to_numpy(dtype=float)[order])
    return float(values[some].to_numpy(dtype=float)[order][np.searchsorted(up_to, up_to[-1] / 2)])


def _of(unit: tuple[str, str, str], stage: str, here: pd.DataFrame) -> list[dict[str, Any]]:
    children = here["children"].astype(float).fillna(0.0)
    extra = here["extra_m"].astype(float)
    total = float(children.sum())
    more, unknown = farther(extra, children, float(asked()[f"{stage}.assigned_farther"]["farther_m"]))
    half = median(extra, children)
    if total == 0.0 or np.isnan(half):
        return [row(unit, f"{stage}.{what}", (UNKNOWN,) * 3, UNKNOWN, "no_data", ["catchments_unknown"])
                for what in ("assigned_farther", "assigned_extra")]  # fmt: skip
    reasons = ["nearest_recorded"] + ["assigned_partly"] * (unknown > 0)
    share = (more / (total - unknown), more / total, (more + unknown) / total)
    shared: dict[str, Any] = {"basis": "recorded", "confidence": "medium" if unknown == 0 else "low"}
    return [row(unit, f"{stage}.assigned_farther", share, UNKNOWN, None, reasons, **shared),
            row(unit, f"{stage}.assigned_extra", (half,) * 3, UNKNOWN, None, reasons, **shared)]  # fmt: skip
