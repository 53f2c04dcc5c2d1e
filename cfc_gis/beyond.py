"""Neighbourhoods where children live beyond the deciding standard, most children first: where to go and look.

The report and :meth:`cfc_gis.result.Result.beyond` list by the one rule of :func:`order`.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis import comparable, text
from cfc_gis.counted import with_children
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.standards import Category, Standard

WORTH_SAYING = 0.05
"""A smaller share of a neighbourhood's children is neither a reason nor a doubt that is worth a sentence."""
DOUBTS = ("border", "unconnected", "area")
"""What keeps a neighbourhood out of the ranks: keys of the locale section ``doubt``, in this order."""
FEW_RECORDED = "few_recorded"
"""The doubt of all neighbourhoods of a unit in which none can be told from another."""
COLUMNS = (
    "rank", "neighbourhood_id", "name", "district", "subdistrict", "children", "children_beyond", "children_unproven",
    "metres", "minutes", "facility", "doubts", "judgement",
)  # fmt: skip


def order(
    homes: pd.DataFrame, access: pd.DataFrame, *, category: Category, applies_to: str, told_apart: bool
) -> pd.DataFrame:
    """Put neighbourhoods in the order in which to look at them.

    First those of which the data can say that they are far, by the children who live beyond the standard of every
    recorded facility, presumed ones included; then, by the same number and without a rank, those of which they cannot.

    Parameters
    ----------
    homes
        :data:`cfc_gis.schema.NEIGHBOURHOODS`, of the place that is asked for; geometry is not used.
    access
        :data:`cfc_gis.schema.ACCESS`, of one category and profile.
    category
        The category, for whose children they are counted.
    applies_to
        Where its standard applies: urban, rural or all. Others are left out, as from the judgement.
    told_apart
        Whether neighbourhoods of this place can be told from each other (:func:`cfc_gis.comparable.can_rank`).

    Returns
    -------
    DataFrame
        The rows of ``access`` of which children live beyond, with ``children`` of the band (estimate);
        ``children_beyond`` = children · (1 − share_within_presumed); ``children_unproven`` = children ·
        (1 − share_within), whom presumed facilities may serve; ``doubts``, joined by ``;``, empty where there are none;
        and ``rank``, from 1, missing where there is a doubt. Doubts are ``border`` (a facility beyond the border of the
        data may be within the standard), ``unconnected`` (homes that join no street), each of at least 5 % of the
        children, and ``area`` (no home is mapped: the children are estimated from land alone). Where places cannot be
        told apart all have the doubt ``few_recorded``, and stand by their ids. Neighbourhoods of which nobody knows the
        children are left out.

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> homes = pd.DataFrame({"neighbourhood_id": ["a", "b", "c"], "district_code": "D", "subdistrict_code": None,
    ...     "urban_rural": "urban", "children_0_2": 0.0, "children_3_5": 0.0, "children_6_11": [90.0, 50.0, 60.0],
    ...     "children_12_14": 0.0, "population_source": ["area", "buildings", "buildings"]})
    >>> access = pd.DataFrame({"neighbourhood_id": ["a", "b", "c"], "category": "primary_school",
    ...     "share_within": 0.0, "share_within_presumed": [0.0, 0.0, 0.5], "share_beyond": 0.0,
    ...     "share_unconnected": 0.0})
    >>> found = order(homes, access, category=categories()["primary_school"], applies_to="all", told_apart=True)
    >>> found[["neighbourhood_id", "children_beyond", "rank", "doubts"]].values.tolist()
    [['b', 50.0, 1, ''], ['c', 30.0, 2, ''], ['a', 90.0, <NA>, 'area']]
    """
    rows = access[access["neighbourhood_id"].isin(homes["neighbourhood_id"])]
    applies = pd.Series(applies_to, index=rows.index)
    rows = with_children(rows, homes, {category.name: category}, applies)
    rows["children_beyond"] = rows["children"] * (1.0 - rows["share_within_presumed"])
    rows["children_unproven"] = rows["children"] * (1.0 - rows["share_within"])
    rows = rows[rows["children_beyond"] > 0.0]
    rows = rows.assign(doubts=_doubts(rows, homes) if told_apart else FEW_RECORDED)
    rows = rows.assign(_doubtful=rows["doubts"] != "", _fewer=-rows["children_beyond"] if told_apart else 0.0)
    rows = rows.sort_values(["_doubtful", "_fewer", "neighbourhood_id"], ignore_index=True)
    ranked = pd.Series(rows.index + 1, dtype="Int64").where(~rows["_doubtful"])
    return rows.assign(rank=ranked).drop(columns=["_doubtful", "_fewer"])


def rank(  # noqa: PLR0913 - one name for each table
    neighbourhoods: gpd.GeoDataFrame,
    access: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    *,
    category: Category,
    profile: str,
    standard: Standard,
    unit: str | None = None,
) -> pd.DataFrame:
    """Rank the neighbourhoods of a unit by the children who live beyond every recorded facility.

    Parameters
    ----------
    neighbourhoods, access, facilities, units, gaps
        As in :mod:`cfc_gis.schema`.
    category, profile, standard
        What is walked to, who walks, and what decides.
    unit
        Name or code of a district or sub-district; the whole place unless named.

    Returns
    -------
    DataFrame
        A row for each neighbourhood with such children, as :func:`order` puts them: ``rank``, ``children``,
        ``children_beyond``, ``children_unproven`` and ``doubts``; ``metres`` and ``minutes`` of the child in the middle
        to the nearest proven ``facility`` (missing where none is reached); and ``judgement``, that of the district (or
        of the whole place): where it is ``no_data``, facilities may be there that the data do not know.

    Raises
    ------
    ChoiceUnknown
        When there is no such unit.

    Examples
    --------
    >>> import cfc_gis as cfc
    >>> result = cfc.Study.sample().run(season="summer")
    >>> top = result.beyond("primary_school", "样例东区").head(3)
    >>> top["rank"].tolist()
    [1, 2, 3]
    """
    rows = access[(access["category"] == category.name) & (access["profile"] == profile)]
    judged = gaps[(gaps["category"] == category.name) & (gaps["profile"] == profile)]
    asked = units[units["level"] == "city"] if unit is None else _named(units, unit)
    homes = neighbourhoods if unit is None else neighbourhoods[_inside(neighbourhoods, asked)]
    found = order(homes, rows, category=category, applies_to=standard.applies_to, told_apart=_tell(judged, asked))
    names = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    known = dict(zip(facilities["facility_id"], facilities["name"], strict=True))
    of_home = homes.set_index("neighbourhood_id")["name"]
    found = found.assign(
        name=found["neighbourhood_id"].map(of_home),
        district=found["district_code"].map(names),
        subdistrict=found["subdistrict_code"].map(names),
        facility=found["facility_id"].map(known),
        judgement=_judged(found, judged),
    )
    return found[[*COLUMNS]]


def _doubts(rows: pd.DataFrame, homes: pd.DataFrame) -> pd.Series:
    """Return the doubts about each neighbourhood, joined."""
    counted_by = rows["neighbourhood_id"].map(homes.set_index("neighbourhood_id")["population_source"])
    doubtful = {
        "border": rows["share_beyond"] >= WORTH_SAYING,
        "unconnected": rows["share_unconnected"] >= WORTH_SAYING,
        "area": counted_by == "area",
    }
    said = [";".join(np.compress(row, DOUBTS)) for row in zip(*(doubtful[name] for name in DOUBTS), strict=True)]
    return pd.Series(said, index=rows.index, dtype="str")


def _named(units: gpd.GeoDataFrame, unit: str) -> gpd.GeoDataFrame:
    """Return the units of a name or code."""
    named = units[(units["unit_code"] == unit) | (units["unit_name"] == unit)]
    if named.empty:
        raise ChoiceUnknown(
            "choice_unknown", what="unit", found=text.display(unit), suggestion="", known=", ".join(units["unit_name"])
        )
    return named


def _inside(homes: gpd.GeoDataFrame, asked: gpd.GeoDataFrame) -> pd.Series:
    """Return which neighbourhoods lie in one of the units."""
    inside = pd.Series(data=False, index=homes.index)
    for level, code in asked[["level", "unit_code"]].itertuples(index=False):
        column = f"{level}_code"
        inside |= (homes[column] == code).fillna(value=False) if column in homes else True
    return inside


def _tell(judged: pd.DataFrame, asked: gpd.GeoDataFrame) -> bool:
    """Return whether neighbourhoods can be told apart in each of the units that were asked for."""
    rows = judged.merge(asked[["level", "unit_code"]], on=["level", "unit_code"])
    return all(comparable.can_rank(*row) for row in zip(rows["share_presumed"], rows["judgement"], strict=True))


def _judged(found: pd.DataFrame, judged: pd.DataFrame) -> pd.Series:
    """Return the judgement of the district of each neighbourhood; where it has none, that of the whole place."""
    whole = judged.loc[judged["level"] == "city", "judgement"]
    district = judged[judged["level"] == "district"].set_index("unit_code")["judgement"]
    said: pd.Series = found["district_code"].map(district)
    return said.where(said.notna(), whole.iloc[0]) if len(whole) else said
