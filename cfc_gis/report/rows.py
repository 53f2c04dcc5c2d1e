"""From result tables to the rows that the report prints: plain values, no words yet.

The report shows one profile of each category throughout, the summer one where there is one; winter stands beside it
in the chapter of the category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis import schema
from cfc_gis.tables import Tables

LEVELS = ("city", "district", "subdistrict")
JUDGED = ("gap", "below_reference", "undecided")
PROVEN_FIRST = ("confirmed", "strong", "presumed", "unknown")


@dataclass(frozen=True)
class Unit:
    """One administrative unit and its gap in each category and season.

    Parameters
    ----------
    level, code, name
        Which unit.
    values
        Its row of the table of units; missing values are ``None``.
    gaps
        Its rows of the table of gaps by category and season; missing values are ``None``.
    """

    level: str
    code: str
    name: str
    values: Mapping[str, Any]
    gaps: Mapping[tuple[str, str], Mapping[str, Any]]

    @property
    def parent(self) -> str:
        """Code of the unit above; empty where there is none."""
        return str(self.values["parent_code"] or "")

    @property
    def children(self) -> float | None:
        """Children of all ages in the covered part."""
        bands = [self.values[band] for band in schema.BANDS]
        return None if None in bands else float(sum(bands))

    @property
    def partly(self) -> bool:
        """Whether part of the unit lies outside the study area."""
        return bool(self.values["covered_area_share"] < 0.995)


def categories(gaps: pd.DataFrame) -> list[str]:
    """Return the categories judged, in the order of the schema.

    Examples
    --------
    >>> categories(pd.DataFrame({"category": ["park", "kindergarten", "park"]}))
    ['kindergarten', 'park']
    """
    found = set(gaps["category"])
    return [category for category in schema.CATEGORIES if category in found]


def units(tables: Tables, level: str) -> list[Unit]:
    """Return the units of one level with their gaps, by code."""
    gaps: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
    for row in records(tables.gaps[tables.gaps["level"] == level].sort_values("profile")):
        season = str(row["profile"]).rsplit(".", 1)[-1]
        gaps.setdefault(row["unit_code"], {}).setdefault((row["category"], season), row)
    table = tables.units[tables.units["level"] == level].sort_values(["parent_code", "unit_code"])
    rows = records(pd.DataFrame(table.drop(columns="geometry")))
    return [Unit(level, row["unit_code"], row["unit_name"], row, gaps.get(row["unit_code"], {})) for row in rows]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts, missing values as ``None``.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1.5, None]}))
    [{'a': 1.5}, {'a': None}]
    """
    return [
        {str(name): None if _missing(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def first_season(gaps: pd.DataFrame) -> str:
    """Return the season that the report shows throughout.

    Examples
    --------
    >>> first_season(pd.DataFrame({"profile": ["age6_8.winter"]}))
    'winter'
    """
    found = {str(profile).rsplit(".", 1)[-1] for profile in gaps["profile"]}
    return next((season for season in schema.SEASONS if season in found), schema.SEASONS[0])


def look_first(judged: list[Unit], season: str, limit: int) -> list[tuple[Unit, Mapping[str, Any]]]:
    """Return the units and categories with most children that may be short of a target, most first.

    Categories without data are left out: what is not recorded is not a shortfall.
    """
    found = [
        (unit, gap)
        for unit in judged
        for (_, when), gap in unit.gaps.items()
        if when == season and gap["judgement"] in JUDGED and (gap["shortfall_high"] or 0) > 0
    ]
    order = {"gap": 0, "below_reference": 1, "undecided": 2}
    found.sort(key=lambda row: (order[row[1]["judgement"]], -row[1]["shortfall_high"], row[0].code, row[1]["category"]))
    return found[:limit]


def by_evidence(facilities: gpd.GeoDataFrame) -> list[tuple[str, dict[str, int]]]:
    """Return how many facilities of each category are recorded, by evidence."""
    counted = facilities.groupby(["category", "evidence"]).size().to_dict()
    found = set(facilities["category"])
    return [
        (category, {evidence: int(counted.get((category, evidence), 0)) for evidence in PROVEN_FIRST})
        for category in schema.CATEGORIES
        if category in found
    ]


def unreached(access: pd.DataFrame, season: str) -> int:
    """Return from how many neighbourhoods nothing at all can be reached on foot."""
    reached = access[access["profile"].str.endswith(f".{season}")].groupby("neighbourhood_id")["minutes"].count()
    return int((reached == 0).sum())


def edge_shares(access: pd.DataFrame, season: str) -> list[tuple[str, float]]:
    """Return the share of neighbourhoods, by category, for which a nearer facility may lie outside the study area."""
    rows = access[access["profile"].str.endswith(f".{season}")]
    shares = rows.groupby("category")["edge_affected"].mean().to_dict()
    return [(category, float(shares[category])) for category in schema.CATEGORIES if category in shares]


def _missing(value: Any) -> bool:
    return bool(pd.isna(value)) if pd.api.types.is_scalar(value) else False
