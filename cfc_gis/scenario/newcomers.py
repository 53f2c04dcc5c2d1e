"""Who gains: the children of homes that stand already, and those of homes that a scenario builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.counted import city_of, with_children
from cfc_gis.standards import categories

if TYPE_CHECKING:
    from cfc_gis.result import Result

Whose = Literal["all", "residents", "newcomers"]
"""All children; those of homes that stand before a scenario; those of homes that it builds."""

_LEVELS = ("city", "district", "subdistrict")
_UNIT = ["level", "unit_code", "category", "profile"]


def homes(before: Result, after: Result) -> NDArray[np.bool_]:
    """Return which neighbourhoods of the result after are not there before."""
    there = after.neighbourhoods["neighbourhood_id"].isin(before.neighbourhoods["neighbourhood_id"])
    return np.asarray(~there.to_numpy(dtype=bool))


def within(before: Result, after: Result) -> pd.Series:
    """Return the children of new homes who are proven to have the standard met.

    Parameters
    ----------
    before, after
        Results without the edits of a scenario and with them.

    Returns
    -------
    Series
        By level, unit, category and profile, as the judgements of :func:`cfc_gis.gaps.flags` count them; units without
        any are left out.
    """
    table = after.neighbourhoods
    new = set(table.loc[homes(before, after), "neighbourhood_id"])
    rows = after.access[after.access["neighbourhood_id"].isin(new)]
    applies = rows["category"].map({name: row.applies_to for name, row in after.standards.items()})
    ways = with_children(rows, table, categories(), applies)
    ways = ways.assign(city_code=city_of(ways, after.units), met=ways["children"] * ways["share_within"].fillna(0.0))
    of_levels = [ways.assign(level=level, unit_code=ways[f"{level}_code"]) for level in _LEVELS]
    sums: pd.Series = pd.concat(of_levels).groupby(_UNIT)["met"].sum()
    return sums
