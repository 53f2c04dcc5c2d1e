"""Too many neighbourhoods for a browser: gathered into squares of equal size, and said so on the map."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.standards import categories
from cfc_gis.tables import Tables

MOST = 10_000
"""Most neighbourhoods that are drawn one by one: beyond that a browser becomes slow."""

FIRST_M = 250.0
"""Side of the smallest squares; it is doubled until they are few enough."""

_SHARES = ("share_within", "share_within_presumed", "n_within", "score")
_SUMS = ("population", *schema.BANDS)


class Coarse(NamedTuple):
    """Tables in squares.

    Parameters
    ----------
    tables
        The same with squares in place of neighbourhoods.
    neighbourhoods
        How many there were.
    side_m
        Side of the squares, metres.
    """

    tables: Tables
    neighbourhoods: int
    side_m: float


def coarse(tables: Tables, most: int = MOST) -> Coarse | None:
    """Gather neighbourhoods into squares where there are more than a browser draws with ease.

    Parameters
    ----------
    tables
        The result tables.
    most
        Most neighbourhoods, and most squares.

    Returns
    -------
    Coarse or None
        None where they are few enough. Children and people of a square are sums, missing where one of them is; shares,
        scores and facilities within the standard are means weighed by children of the category; minutes, metres and
        the facility are those of the neighbourhood in the middle by minutes. Remedies, and neighbourhoods that are cut
        off, are told of neighbourhoods only: they are left out.

    Examples
    --------
    See ``tests/test_maps_coarse.py``.
    """
    homes = tables.neighbourhoods
    if len(homes) <= most:
        return None
    at = shapely.get_coordinates(homes.geometry.representative_point().to_numpy())
    side = FIRST_M
    while len(np.unique(np.floor(at / side), axis=0)) > most:
        side *= 2
    column, row = np.floor(at / side).astype(int).T
    square = pd.Series([f"{x}_{y}" for x, y in zip(column, row, strict=True)], index=homes.index)
    of_home = pd.Series(square.to_numpy(), index=homes["neighbourhood_id"].to_numpy())
    cut_off = tables.isolated[tables.isolated["kind"] == "facility"].reset_index(drop=True)
    gathered = replace(
        tables,
        neighbourhoods=_homes(homes, square, side),
        access=_access(tables.access, homes, of_home),
        isolated=cut_off,
        remedies=tables.remedies.iloc[:0],
    )
    return Coarse(gathered, len(homes), side)


def _homes(homes: gpd.GeoDataFrame, square: pd.Series, side: float) -> gpd.GeoDataFrame:
    groups = homes.groupby(square, sort=True)
    table = groups.agg(**{name: (name, lambda values: values.sum(skipna=False)) for name in _SUMS})
    codes = [name for name in homes.columns if name.endswith("_code") or name == "urban_rural"]
    for name in [*codes, "population_source"]:
        table[name] = groups[name].agg(lambda values: next(iter(values.mode()), None))
    table["edge_affected"] = groups["edge_affected"].any()
    table["name"] = None
    corners = np.array([key.split("_") for key in table.index], dtype=float) * side
    boxes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + side, corners[:, 1] + side)
    table = table.rename_axis("neighbourhood_id").reset_index()
    return gpd.GeoDataFrame(table, geometry=boxes, crs=homes.crs)


def _access(access: pd.DataFrame, homes: gpd.GeoDataFrame, square: pd.Series) -> pd.DataFrame:
    bands = homes.set_index("neighbourhood_id")[[*schema.BANDS]]
    bands = bands.assign(**{schema.ALL_CHILDREN: bands.sum(axis=1, skipna=False)}).fillna(0.0)
    parts = []
    for (category, _), rows in access.groupby(["category", "profile"], sort=True):
        weight = bands[categories()[str(category)].band].reindex(rows["neighbourhood_id"]).to_numpy() + 1e-9
        one = rows.assign(
            square=square.reindex(rows["neighbourhood_id"]).to_numpy(),
            weight=weight,
            order=rows["minutes"].fillna(np.inf).to_numpy(),
        ).sort_values(["square", "order", "neighbourhood_id"])
        running = one.groupby("square")["weight"].cumsum()
        total = one.groupby("square")["weight"].transform("sum")
        middle = one[running >= 0.5 * total].drop_duplicates("square").set_index("square")
        for name in _SHARES:
            middle[name] = _mean(one, name)
        middle["edge_affected"] = one.groupby("square")["edge_affected"].any()
        parts.append(middle.assign(neighbourhood_id=middle.index)[[*access.columns]])
    return pd.concat(parts, ignore_index=True)


def _mean(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return the mean of each square, weighed by children; of those for whom the value is known."""
    known = rows[rows[name].notna()]
    sums = (known[name] * known["weight"]).groupby(known["square"]).sum()
    return sums / known.groupby("square")["weight"].sum()
