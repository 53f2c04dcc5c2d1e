"""Neighbourhoods where children live beyond the deciding standard, most children first: where to go and look."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.standards import Category

COLUMNS = (
    "neighbourhood_id", "name", "district", "subdistrict", "children", "children_beyond", "metres", "minutes",
    "facility", "edge_affected", "population_source", "judgement",
)  # fmt: skip


def rank(  # noqa: PLR0913 - one name for each table
    neighbourhoods: gpd.GeoDataFrame,
    access: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    *,
    category: Category,
    profile: str,
    unit: str | None = None,
) -> pd.DataFrame:
    """Rank the neighbourhoods of a unit by the children who are not proven to be within the standard.

    Parameters
    ----------
    neighbourhoods, access, facilities, units, gaps
        As in :mod:`cfc_gis.schema`.
    category, profile
        What is walked to, and who walks.
    unit
        Name or code of a district or sub-district; the whole place unless named.

    Returns
    -------
    DataFrame
        A row for each neighbourhood with such children: ``children`` of the band that the category is for (estimate),
        ``children_beyond`` = children · (1 − share_within), ``metres`` and ``minutes`` of the child in the middle to
        the nearest proven ``facility`` (missing where none is reached), ``edge_affected`` where a nearer one may lie
        beyond the border of the data, ``population_source`` of the estimate, and ``judgement``, that of the district
        (or of the whole place): where it is ``no_data``, facilities may be there that the data do not know.

    Raises
    ------
    ChoiceUnknown
        When there is no such unit.

    Examples
    --------
    >>> import cfc_gis as cfc
    >>> result = cfc.Study.sample().run(season="summer")
    >>> top = result.beyond("primary_school", "样例东区").head(3)
    >>> top["children_beyond"].is_monotonic_decreasing
    True
    """
    homes = neighbourhoods if unit is None else neighbourhoods[_inside(neighbourhoods, units, unit)]
    names = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    known = dict(zip(facilities["facility_id"], facilities["name"], strict=True))
    rows = access[(access["category"] == category.name) & (access["profile"] == profile)]
    found = pd.DataFrame(homes[["neighbourhood_id", "name", "population_source"]]).assign(
        district=homes["district_code"].map(names),
        subdistrict=homes["subdistrict_code"].map(names),
        children=homes[category.bands].sum(axis=1),
        judgement=_judged(homes, gaps, category, profile),
    )
    found = found.merge(
        rows[["neighbourhood_id", "share_within", "metres", "minutes", "facility_id", "edge_affected"]],
        on="neighbourhood_id",
        validate="one_to_one",
    )
    found["children_beyond"] = found["children"] * (1.0 - found["share_within"])
    found["facility"] = found["facility_id"].map(known)
    found = found[found["children_beyond"] > 0.0]
    ordered = found.sort_values(["children_beyond", "neighbourhood_id"], ascending=[False, True])
    return ordered[[*COLUMNS]].reset_index(drop=True)


def _inside(homes: gpd.GeoDataFrame, units: gpd.GeoDataFrame, unit: str) -> pd.Series:
    """Return which neighbourhoods lie in a unit."""
    named = units[(units["unit_code"] == unit) | (units["unit_name"] == unit)]
    if named.empty:
        raise ChoiceUnknown(
            "choice_unknown", what="unit", found=text.display(unit), suggestion="", known=", ".join(units["unit_name"])
        )
    inside = pd.Series(data=False, index=homes.index)
    for level, code in named[["level", "unit_code"]].itertuples(index=False):
        column = f"{level}_code"
        inside |= (homes[column] == code).fillna(value=False) if column in homes else True
    return inside


def _judged(homes: gpd.GeoDataFrame, gaps: pd.DataFrame, category: Category, profile: str) -> pd.Series:
    """Return the judgement of the district of each neighbourhood; where it has none, that of the whole place."""
    of_these = gaps[(gaps["category"] == category.name) & (gaps["profile"] == profile)]
    whole = of_these.loc[of_these["level"] == "city", "judgement"]
    district = of_these[of_these["level"] == "district"].set_index("unit_code")["judgement"]
    judged: pd.Series = homes["district_code"].map(district)
    return judged.where(judged.notna(), whole.iloc[0]) if len(whole) else judged
