"""The result tables that maps and the report are made from, handed on as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from cfc_gis.standards import Standard


@dataclass(frozen=True, eq=False)
class Tables:
    """What a run found, for whoever shows it.

    Parameters
    ----------
    units, neighbourhoods, facilities, access, gaps, winter, isolated, remedies, upgrades, priorities, equity, lorenz,
    spots, stability, indicators
        As in :mod:`cfc_gis.schema`; those with geometry in one projected CRS.
    standards
        The standard that decides, by category.
    all_standards
        Those, and all others of the study.

    Examples
    --------
    >>> list(Tables.__dataclass_fields__)[:2]
    ['units', 'neighbourhoods']
    """

    units: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    access: pd.DataFrame
    gaps: pd.DataFrame
    winter: pd.DataFrame
    isolated: gpd.GeoDataFrame
    remedies: pd.DataFrame
    upgrades: pd.DataFrame
    priorities: pd.DataFrame
    equity: pd.DataFrame
    lorenz: pd.DataFrame
    spots: pd.DataFrame
    stability: pd.DataFrame
    indicators: pd.DataFrame
    standards: Mapping[str, Standard]
    all_standards: tuple[Standard, ...]
