"""The rows that measures of equity are made from: each neighbourhood with its children and all that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.counted import city_of, with_children

if TYPE_CHECKING:
    import geopandas as gpd

    from cfc_gis.standards import Category, Standard


def ways(
    *,
    neighbourhoods: pd.DataFrame,
    access: pd.DataFrame,
    units: pd.DataFrame,
    standards: Mapping[str, Standard],
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return the rows of access with the children whom they speak of and the units in which these live.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`; geometry is not used.
    access
        :data:`cfc_gis.schema.ACCESS`.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    standards
        The deciding standard of each category: its children live where it applies.
    categories
        The users of each category.

    Returns
    -------
    DataFrame
        ``access`` with ``children``, ``city_code``, ``district_code``, ``subdistrict_code`` and ``urban_rural``, by
        category, profile and neighbourhood: in an order that does not depend on the caller's. Rows without children are
        left out. A neighbourhood that lies outside every district is in the group ``outside``.
    """
    rows = access.sort_values(["category", "profile", "neighbourhood_id"], ignore_index=True)
    applies = rows["category"].map({name: row.applies_to for name, row in standards.items()})
    rows = with_children(rows, neighbourhoods, categories, applies)
    rows["city_code"] = city_of(rows, units)
    return rows[rows["children"] > 0].reset_index(drop=True)


def with_groups(rows: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Add the education group or medical alliance of the facility that is nearest to each neighbourhood.

    Parameters
    ----------
    rows
        With ``facility_id``, such as from :func:`ways`.
    facilities
        :data:`cfc_gis.schema.FACILITIES`; geometry is not used.

    Returns
    -------
    DataFrame
        The rows with ``education_group``: ``independent`` where the nearest facility belongs to none, ``unreached``
        where there is no nearest facility; missing for a category of which no facility names a group.

    Examples
    --------
    >>> rows = pd.DataFrame({"category": "primary_school", "facility_id": ["n1", "n2", None]})
    >>> schools = pd.DataFrame({"facility_id": ["n1", "n2"], "group": ["继红教育集团", None]})
    >>> with_groups(rows, schools)["education_group"].tolist()
    ['继红教育集团', 'independent', 'unreached']
    """
    group = rows["facility_id"].map(facilities.set_index("facility_id")["group"])
    named = group.notna().groupby(rows["category"]).transform("any")
    label = group.astype(object).where(group.notna(), "independent").where(rows["facility_id"].notna(), "unreached")
    return rows.assign(education_group=label.where(named, None))


def from_centre(neighbourhoods: gpd.GeoDataFrame) -> pd.Series:
    """Return how far each neighbourhood lies from the middle of all children: a rank that needs no income.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`, in a projected CRS.

    Returns
    -------
    Series
        Metres in a straight line from the weighted mean point of the study area's children, by neighbourhood;
        named ``distance_from_centre``. NaN where no children are known at all.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import Point
    >>> homes = gpd.GeoDataFrame({"neighbourhood_id": ["a", "b"], "children_0_2": [3.0, 1.0], "children_3_5": 0.0,
    ...     "children_6_11": 0.0, "children_12_14": 0.0}, geometry=[Point(0, 0), Point(400, 0)], crs="EPSG:4551")
    >>> from_centre(homes).to_dict()
    {'a': 100.0, 'b': 300.0}
    """
    points = neighbourhoods.geometry.centroid
    x, y = points.x.to_numpy(), points.y.to_numpy()
    children = neighbourhoods[list(schema.BANDS)].sum(axis=1).to_numpy(dtype=np.float64)
    total = children.sum()
    middle = ((children * x).sum() / total, (children * y).sum() / total) if total > 0 else (np.nan, np.nan)
    metres = np.hypot(x - middle[0], y - middle[1])
    return pd.Series(
        metres, index=pd.Index(neighbourhoods["neighbourhood_id"], name="neighbourhood_id"), name="distance_from_centre"
    )
