"""What winter takes: the share of children who have a service within a circle in summer and not on ice.

Winter is a scenario: its minutes were measured on adults (see ``resources/profiles.toml``). So each loss has a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.counted import LEVELS, city_of, with_children

if TYPE_CHECKING:
    from cfc_gis.standards import Category, Standard

_SHARES = ("share_within", "share_least", "share_most")
_KEY = ["level", "unit_code", "category", "standard_id"]


def losses(
    *,
    neighbourhoods: pd.DataFrame,
    circles: pd.DataFrame,
    units: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return how many children lose each standard in minutes when winter comes.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`; geometry is not used.
    circles
        :data:`cfc_gis.schema.CIRCLES` of summer and of winter.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    standards
        The standards by their id.
    categories
        The users of each category.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.WINTER`, by level, unit, category and standard; empty unless both seasons are there. With
        the children n of each neighbourhood, ``lost_share = sum(n (summer - winter)) / sum(n)``. Of the range the low
        end takes what snow and ice add at least, the high end what they add at most. Missing where there are no
        children.

    Examples
    --------
    >>> from cfc_gis.standards import all_standards, categories
    >>> homes = pd.DataFrame({"neighbourhood_id": ["w1"], "district_code": "230103", "subdistrict_code": None,
    ...     "urban_rural": "urban", "children_0_2": 0.0, "children_3_5": 0.0, "children_6_11": 50.0,
    ...     "children_12_14": 0.0})
    >>> circles = pd.DataFrame({"neighbourhood_id": "w1", "category": "primary_school",
    ...     "profile": ["age6_8.summer", "age6_8.winter"], "standard_id": "primary_school.circle10min",
    ...     "share_within": [0.9, 0.7], "share_least": [0.9, 0.6], "share_most": [0.9, 0.8]})
    >>> units = pd.DataFrame({"level": ["district"], "unit_code": ["230103"], "unit_name": ["南岗区"]})
    >>> found = losses(neighbourhoods=homes, circles=circles, units=units, categories=categories(),
    ...                standards={row.id: row for row in all_standards()})
    >>> found[["lost_share", "lost_share_low", "lost_share_high", "lost_children"]].round(6).to_numpy().tolist()
    [[0.2, 0.1, 0.3, 10.0]]
    """
    rows = circles.sort_values(["category", "profile", "standard_id", "neighbourhood_id"], ignore_index=True)
    rows["season"] = rows["profile"].str.rsplit(".").str[-1]
    applies = rows["standard_id"].map({name: row.applies_to for name, row in standards.items()})
    rows = with_children(rows, neighbourhoods, categories, applies)
    judged = units[units["level"].isin(LEVELS)]
    rows["city_code"] = city_of(rows, judged)
    sums = pd.concat([_summed(rows, level) for level in LEVELS])
    if not set(schema.SEASONS) <= set(rows["season"]):
        return _table(pd.DataFrame(columns=[*schema.WINTER.columns]))
    summer, winter = (sums.xs(season, level="season") for season in schema.SEASONS)
    children = summer["children"].where(summer["children"] > 0)
    lost = {end: (summer["share_within"] - winter[f"share_{end}"]) / children for end in ("within", "most", "least")}
    table = pd.DataFrame(
        {
            "children": summer["children"],
            "share_summer": (summer["share_within"] / children).clip(0.0, 1.0),
            "share_winter": (winter["share_within"] / children).clip(0.0, 1.0),
            "lost_share": lost["within"],
            "lost_share_low": lost["most"],
            "lost_share_high": lost["least"],
            "lost_children": summer["share_within"] - winter["share_within"],
        }
    ).reset_index()
    table["minutes"] = table["standard_id"].map({name: row.threshold for name, row in standards.items()}).astype(float)
    return _table(table.merge(judged[["level", "unit_code", "unit_name"]], on=["level", "unit_code"]))


def _summed(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """Children of each unit of a level and season, and how many of them each share speaks of."""
    sums = rows[["category", "standard_id", "season", "children"]].assign(
        level=level,
        unit_code=rows[f"{level}_code"],
        **{name: rows["children"] * rows[name] for name in _SHARES},
    )
    return sums.groupby([*_KEY, "season"]).sum()


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.assign(_level=rows["level"].map(LEVELS.index).astype(np.float64))
    order = order.sort_values(["_level", "unit_code", "category", "standard_id"], ignore_index=True)
    return order[[*schema.WINTER.columns]]
