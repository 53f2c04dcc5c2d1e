"""Edits of homes: new housing, and the children of a later year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import area, schema
from cfc_gis.ages import of_census
from cfc_gis.edits.kinds import AddHousing, Edit
from cfc_gis.edits.sites import placed, points_of
from cfc_gis.plan import cohorts

Births = Literal["low", "middle", "high"]

PLANNED = "planned"
"""``population_source`` of new housing."""

AGES = {"children_0_2": (0, 2), "children_3_5": (3, 5), "children_6_11": (6, 11), "children_12_14": (12, 14)}


def factors(census: pd.DataFrame, year: int, births: Births = "middle") -> pd.DataFrame:
    """Return how many children of each age there are in a later year for each of the census, by district.

    ::

        factor = (those of the census who are then that old + those born later) / those of that age in the census

    Parameters
    ----------
    census
        :data:`cfc_gis.schema.CENSUS`.
    year
        The year, from that of the census on.
    births
        Of those born after the census: ``middle`` keeps the births of 2021, ``low`` lets them fall on, ``high`` brings
        back those of 2020 (:func:`cfc_gis.plan.cohorts.born_later`, for the whole city). Each district has the share of
        them that it had of the children under one year of age in the census: an assumption.

    Returns
    -------
    DataFrame
        By ``unit_code``, one column for each of :data:`cfc_gis.schema.BANDS`; NaN where the census has no children of
        that age. Moves and deaths are left out.

    Examples
    --------
    10 children of age 0, 40 of 1-4, 50 of 5-9 and 60 of 10-14 in 2020: of ages 6-11 there are 64 then and 60 in 2025.

    >>> census = pd.DataFrame({"unit_code": ["D"], "children_0_2": 30.0, "children_3_5": 30.0,
    ...                        "children_6_11": 64.0, "children_12_14": 36.0})
    >>> factors(census, 2025)["children_6_11"].item() == 60 / 64
    True
    """
    bands: dict[Any, Any] = census.set_index("unit_code")[[*schema.BANDS]].astype(float).to_dict("index")
    newborn = pd.Series({code: of_census(here)["age_0"] for code, here in bands.items()})
    share = newborn / newborn.sum()
    which = ("middle", "low", "high").index(births)
    rows = {}
    for code, here in bands.items():
        then = {
            band: cohorts.counted(here, ages, year) + share[code] * cohorts.born_later(ages, year)[which]
            for band, ages in AGES.items()
        }
        rows[code] = {band: then[band] / here[band] if here[band] > 0 else np.nan for band in AGES}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*schema.BANDS])


def grown(neighbourhoods: gpd.GeoDataFrame, factor: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the neighbourhoods with the children of a later year.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`.
    factor
        As of :func:`factors`. Residents of all ages stay as they are.

    Examples
    --------
    >>> homes = gpd.GeoDataFrame({"district_code": ["D", None], "children_0_2": [10.0, 5.0], "children_3_5": 0.0,
    ...     "children_6_11": 0.0, "children_12_14": 0.0}, geometry=[shapely.Point(0, 0)] * 2)
    >>> half = pd.DataFrame(0.5, index=["D"], columns=[*schema.BANDS])
    >>> grown(homes, half)["children_0_2"].tolist()
    [5.0, nan]
    """
    columns = {band: neighbourhoods[band] * neighbourhoods["district_code"].map(factor[band]) for band in schema.BANDS}
    return neighbourhoods.assign(**{band: column.astype(float) for band, column in columns.items()})


def built(
    neighbourhoods: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, edits: Sequence[Edit], units: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return neighbourhoods and homes with new housing; the very same tables where none is built.

    Parameters
    ----------
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`.
    homes
        ``origin_id``, ``neighbourhood_id``, ``weight`` and points.
    edits
        In the order in which they are applied.
    units
        Administrative units (:func:`cfc_gis.area.units`).

    Raises
    ------
    TableFault
        When a neighbourhood has the id of another.
    """
    chosen = [edit for edit in edits if isinstance(edit, AddHousing)]
    if not chosen:
        return neighbourhoods, homes
    crs = neighbourhoods.crs
    shapes = [placed(edit, crs) for edit in chosen]
    rows = gpd.GeoDataFrame(
        {
            "neighbourhood_id": [edit.id for edit in chosen],
            "name": [edit.name for edit in chosen],
            "population": [edit.population for edit in chosen],
            **{band: [getattr(edit.children, band) for edit in chosen] for band in schema.BANDS},
            "population_source": PLANNED,
            "edge_affected": False,
        },
        geometry=shapes,
        crs=crs,
    )
    codes = area.assign(rows, units)
    rows = rows.join(codes.drop(columns="moved")).assign(urban_rural=area.urban_rural(codes["subdistrict_code"], units))
    both = _below(neighbourhoods, rows)
    schema.check(both, schema.NEIGHBOURHOODS)
    return both, _below(homes, _doors(chosen, shapes, homes))


def _doors(
    edits: Sequence[AddHousing], shapes: Sequence[shapely.Geometry], homes: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    rows = []
    for edit, shape in zip(edits, shapes, strict=True):
        inner = shape.point_on_surface()
        doors = points_of(edit.entrances, homes.crs) if edit.entrances else [(inner.x, inner.y)]
        rows += [
            {
                "origin_id": f"{edit.id}-{number}",
                "neighbourhood_id": edit.id,
                "weight": 1.0 / len(doors),
                "geometry": shapely.Point(door),
            }
            for number, door in enumerate(doors, start=1)
        ]
    return gpd.GeoDataFrame(rows, crs=homes.crs)


def _below(table: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    more = rows[[*table.columns]].astype({name: table[name].dtype for name in table.columns.drop("geometry")})
    return gpd.GeoDataFrame(pd.concat([table, more], ignore_index=True), crs=table.crs)
