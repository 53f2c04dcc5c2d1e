"""Whose children count where: the children behind each row of a table by neighbourhood, and the units they live in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cfc_gis import schema

if TYPE_CHECKING:
    from cfc_gis.standards import Category

LEVELS = ("city", "district", "subdistrict")
"""Levels that have boundaries, the largest first."""


def with_children(
    rows: pd.DataFrame,
    neighbourhoods: pd.DataFrame,
    categories: Mapping[str, Category],
    applies_to: pd.Series,
) -> pd.DataFrame:
    """Add the children whom each row speaks of, and the units of its neighbourhood.

    Parameters
    ----------
    rows
        ``neighbourhood_id``, ``category`` and more.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`; geometry is not used.
    categories
        The users of each category.
    applies_to
        Where the standard of each row applies (urban, rural or all), with the index of ``rows``. Where the kind of a
        neighbourhood is unknown it applies.

    Returns
    -------
    DataFrame
        The rows with ``district_code``, ``subdistrict_code``, ``urban_rural``, the bands, ``children`` (of the
        category's age, to whom the standard applies) and ``left_out`` (to whom it does not).

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> homes = pd.DataFrame({"neighbourhood_id": ["w1"], "district_code": "230103", "subdistrict_code": None,
    ...     "urban_rural": "rural", "children_0_2": 1.0, "children_3_5": 2.0, "children_6_11": 4.0,
    ...     "children_12_14": 8.0})
    >>> rows = pd.DataFrame({"neighbourhood_id": "w1", "category": ["play", "kindergarten"]})
    >>> found = with_children(rows, homes, categories(), pd.Series(["all", "urban"]))
    >>> found[["children", "left_out"]].to_numpy().tolist()
    [[15.0, 0.0], [0.0, 2.0]]
    """
    homes = neighbourhoods.set_index("neighbourhood_id")
    columns = ["district_code", "subdistrict_code", "urban_rural", *schema.BANDS]
    rows = rows.join(homes[columns], on="neighbourhood_id")
    rows[schema.ALL_CHILDREN] = rows[list(schema.BANDS)].sum(axis=1)
    users = pd.Series(0.0, index=rows.index)
    for name, category in categories.items():
        users = users.where(rows["category"] != name, rows[category.band])
    fits = (applies_to == "all") | (rows["urban_rural"] == "unknown") | (rows["urban_rural"] == applies_to)
    rows["children"] = users.where(fits, 0.0)
    rows["left_out"] = users.where(~fits, 0.0)
    return rows


def city_of(rows: pd.DataFrame, units: pd.DataFrame) -> pd.Series:
    """Return the city in which each row counts: the only one, also outside every mapped district.

    Parameters
    ----------
    rows
        ``district_code`` and more.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    """
    cities = units.loc[units["level"] == "city", "unit_code"].tolist()
    if len(cities) > 1:
        return rows["district_code"].map(units.set_index("unit_code")["parent_code"])
    return pd.Series(cities[0] if cities else None, index=rows.index, dtype="str")
