"""Seats of existing facilities: from a register where it says so, else imputed by a stated rule, with a range.

    classes = clip(floor(share x area / (class size x m2 per seat)), least, most)
    seats   = class size x classes

A facility without an outline has the number of classes that the rule names. All figures stand in
``resources/siting.toml``; none of them was verified, so that results that rest on them come with both ends.
"""

from __future__ import annotations

from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis.errors import UserError
from cfc_gis.siting import rules

End = Literal["low", "middle", "high"]
ENDS: tuple[End, ...] = get_args(End)


def seats(facilities: gpd.GeoDataFrame, category: str, end: End = "middle") -> pd.DataFrame:
    """Return the seats that facilities have for a category.

    Parameters
    ----------
    facilities
        :data:`cfc_gis.schema.FACILITIES` in a projected CRS in metres, those that serve the category.
    category
        For whose children the seats are.
    end
        Which end of the range is imputed.

    Returns
    -------
    DataFrame
        ``seats`` and ``imputed`` (whether the rule gave them), with the index of the facilities.

    Raises
    ------
    UserError
        When seats are unknown and there is no rule for the category.

    Examples
    --------
    Half a hectare at 10 m2 a seat holds 11 classes of 45, and a school has 12 at least.

    >>> import shapely
    >>> schools = gpd.GeoDataFrame({"category": "primary_school", "capacity": [None, 900.0]},
    ...     geometry=[shapely.box(0, 0, 100, 50), shapely.Point(0, 0)], crs=4551)
    >>> seats(schools, "primary_school")
       seats  imputed
    0  540.0     True
    1  900.0    False
    """
    known = facilities["capacity"].astype(float)
    rule = rules.resource()["seats"].get(category)
    missing = known.isna()
    if rule is None:
        if missing.any():
            raise UserError("seats_unknown", count=int(missing.sum()), category=category)
        return pd.DataFrame({"seats": known, "imputed": False})
    at = ENDS.index(end)
    share = facilities["category"].map(rule["share"]).astype(float).fillna(1.0)
    size = rule["class_size"]
    fit = np.floor(share * facilities.geometry.area / (size * rule["m2_per_seat"][at]))
    classes = fit.clip(*rule["classes"]).where(facilities.geometry.area > 0, rule["unknown_classes"][at])
    return pd.DataFrame({"seats": known.where(~missing, size * classes), "imputed": missing})
