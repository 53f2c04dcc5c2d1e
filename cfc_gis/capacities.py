"""Seats of existing facilities: from a register where it says so, else imputed by a stated rule, with a range.

    classes = clip(floor(share x area / (class size x m2 per seat)), least, most)
    seats   = class size x classes

A facility without an outline has the number of classes that the rule names. All figures stand in
``resources/seats.toml``; none of them was verified, so that results that rest on them come with both ends.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.access.seats import near_matrix, served
from cfc_gis.errors import UserError

if TYPE_CHECKING:
    from cfc_gis.access.reached import Reached

End = Literal["low", "middle", "high"]
ENDS: tuple[End, ...] = get_args(End)


@cache
def rules() -> dict[str, Any]:
    """Return the rule of each category that has one.

    Examples
    --------
    >>> rules()["primary_school"]["class_size"]
    45
    """
    file = resources.files("cfc_gis") / "resources" / "seats.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


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
    rule = rules().get(category)
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


def seated(
    children: NDArray[np.float64],
    reached: Reached,
    facilities: gpd.GeoDataFrame,
    proven: NDArray[np.bool_],
    category: str,
    end: End = "middle",
) -> float:
    """Return how many children get a seat within the standard, by the rule of :mod:`cfc_gis.access.seats`.

    Parameters
    ----------
    children
        Children at each origin; NaN where unknown, which counts as none.
    reached
        Which facilities every origin has near.
    facilities
        :data:`cfc_gis.schema.FACILITIES`, in the order that ``reached`` speaks of.
    proven
        Which of them the data prove to serve the category.
    category, end
        As of :func:`seats`.

    Raises
    ------
    UserError
        When seats are unknown and there is no rule for the category.
    """
    has = np.zeros(len(facilities))
    has[proven] = seats(facilities[proven], category, end)["seats"]
    return served(children, near_matrix(*reached.pairs(), (len(children), len(facilities))), has)
