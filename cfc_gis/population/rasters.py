"""Spread the census of each district by a raster of people instead of floor area.

The raster is a model: only its proportions are used, and every district adds up to its official total. Of a district
that is cut, the raster says which share of its people lives inside the study area, where it covers all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.land import own_land
from cfc_gis.population.floor_area import FULLY_COVERED, Estimate
from cfc_gis.sources import raster

if TYPE_CHECKING:
    from shapely import Geometry

PEOPLE = ("population", *schema.BANDS)
RASTER_PEOPLE = "raster_people"


def raster_weights(people: raster.People, neighbourhoods: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the people that a raster sees on the land of each neighbourhood.

    Parameters
    ----------
    people
        Rasters read over an area that holds the neighbourhoods.
    neighbourhoods
        Polygons in a projected CRS. The land of one inside another counts for the inner one only.

    Returns
    -------
    DataFrame
        ``population``, the bands of children, ``raster_cover`` (share of the land inside the raster) and
        ``raster_cells`` (its area in cells), same index.
        Where the rasters tell children only, ``population`` is their sum; where they tell all people only, each band
        is that number: it serves as a proportion. NaN outside the raster.
    """
    own = gpd.GeoSeries(
        own_land(neighbourhoods.geometry.to_numpy()), index=neighbourhoods.index, crs=neighbourhoods.crs
    )
    return _all_columns(raster.sums(people, own))


def raster_inside(people: raster.People, districts: gpd.GeoDataFrame, area: Geometry) -> pd.DataFrame:
    """Return which share of each district's people a raster sees inside the study area.

    Parameters
    ----------
    people
        Rasters read over an area that holds the districts.
    districts
        ``unit_code`` and whole polygons, in the CRS of the study area.
    area
        The study area.

    Returns
    -------
    DataFrame
        By code: ``population`` and the bands, as shares from 0 to 1, NaN where the raster does not cover the whole
        district or sees nobody in it; ``raster_people``, its people inside the study area, unscaled.
    """
    shapes = districts.geometry
    whole = _all_columns(raster.sums(people, shapes))
    within = gpd.GeoSeries(shapely.intersection(shapes.to_numpy(), area), index=shapes.index, crs=shapes.crs)
    part = _all_columns(raster.sums(people, within))
    known = (whole[raster.COVER] >= FULLY_COVERED) & (whole["population"] > 0)
    shares: pd.DataFrame = (part[[*PEOPLE]].fillna(0.0) / whole[[*PEOPLE]]).where(known).clip(upper=1.0)
    # A band of which the raster sees nobody in the district follows all people.
    shares = shares.apply(lambda share: share.fillna(shares["population"]))
    shares[RASTER_PEOPLE] = part["population"]
    shares.index = pd.Index(districts["unit_code"], name="unit_code")
    return shares


def by_raster(
    default: Estimate, district: pd.Series, weights: pd.DataFrame, inside: pd.DataFrame, census: pd.DataFrame
) -> Estimate:
    """Spread the people of each district over its neighbourhoods as a raster does.

    Parameters
    ----------
    default
        The estimate by floor area (:func:`cfc_gis.population.estimate`).
    district
        District code of each neighbourhood; missing outside every district.
    weights
        From :func:`raster_weights`.
    inside
        From :func:`raster_inside`; districts that it does not hold keep the total of the default.
    census
        As :data:`cfc_gis.schema.CENSUS`.

    Returns
    -------
    Estimate
        As the default, with ``population_source`` ``raster``. Neighbourhoods that lie not wholly inside the raster,
        and districts where it sees nobody at home, keep the proportions of the default. ``districts`` also holds
        ``raster_people`` (inside the study area, unscaled), ``raster_factor`` (people over that number) and
        ``raster_homes_share`` (the share of them on the land of neighbourhoods).

    Notes
    -----
    Whole district: people = census. Cut district: people = census x share of the raster's people inside, with the
    range of the default widened to it (``population_rule`` ``raster``); without that share as the default.
    Neighbourhood: people = people of the district x raster people here / raster people of all its neighbourhoods, and
    so each band with the raster of its age, if there is one.

    Examples
    --------
    >>> from cfc_gis.population import estimate
    >>> homes = pd.DataFrame({"floor_m2": [3000.0, 1000.0], "floor_low_m2": [3000.0, 1000.0],
    ...     "floor_high_m2": [3000.0, 1000.0], "area_m2": [1.0, 1.0], "cover": [0.3, 0.3], "kind": "compound"})
    >>> census = pd.DataFrame({"unit_code": ["230102"], "population": [1000], "children_0_2": [10.0],
    ...     "children_3_5": [20.0], "children_6_11": [40.0], "children_12_14": [20.0]})
    >>> district = pd.Series(["230102"] * 2)
    >>> default = estimate(homes, district, pd.Series({"230102": 1.0}), census)
    >>> weights = pd.DataFrame({name: [30.0, 90.0] for name in PEOPLE} | {"raster_cover": 1.0, "raster_cells": 2.3})
    >>> by_raster(default, district, weights, pd.DataFrame(), census).neighbourhoods["population"].tolist()
    [250.0, 750.0]
    """
    districts = _districts(default, inside.reindex(default.districts.index), census.set_index("unit_code"))
    people, usable = _neighbourhoods(default, district, weights, districts)
    seen = weights["population"].where(usable)
    homes = seen.groupby(district).sum(min_count=1).reindex(districts.index)
    districts["raster_homes_share"] = homes / districts[RASTER_PEOPLE]
    sources = people["population_source"].value_counts().sort_index()
    counts = {
        "people": round(float(districts["population"].sum())),
        **{f"neighbourhoods_{source}": int(n) for source, n in sources.items()},
        "neighbourhoods_where_the_raster_sees_nobody": int((usable & (seen == 0)).sum()),
        "neighbourhoods_smaller_than_a_cell": int((usable & (weights[raster.CELLS] < 1)).sum()),
        "districts_cut_by_raster": int((districts["population_rule"] == "raster").sum()),
    }
    return Estimate(people, districts, counts)


def _all_columns(sums: pd.DataFrame) -> pd.DataFrame:
    """Give every band a proportion, and all people one."""
    out = sums.copy()
    bands = list(schema.BANDS)
    if raster.TOTAL not in out:
        out[raster.TOTAL] = out[bands].sum(axis=1, min_count=len(bands))
    for band in bands:
        if band not in out:
            out[band] = out[raster.TOTAL]
    return out[[*PEOPLE, raster.COVER, raster.CELLS]]


def _districts(default: Estimate, inside: pd.DataFrame, census: pd.DataFrame) -> pd.DataFrame:
    """Return the official total of each district, or the part of it that the raster sees inside."""
    out = default.districts.copy()
    inside = inside.reindex(columns=[*PEOPLE, RASTER_PEOPLE])
    cut = (out["population_rule"] != "census") & inside["population"].notna()
    whole = census.reindex(out.index)
    for name in PEOPLE:
        out[name] = out[name].where(~cut, whole[name].astype(float) * inside[name])
    out["population_low"] = np.fmin(out["population_low"], out["population"])
    out["population_high"] = np.fmax(out["population_high"], out["population"])
    out["population_rule"] = out["population_rule"].where(~cut, "raster")
    out[RASTER_PEOPLE] = inside[RASTER_PEOPLE]
    out["raster_factor"] = out["population"] / out[RASTER_PEOPLE].where(out[RASTER_PEOPLE] > 0)
    return out


def _neighbourhoods(
    default: Estimate, district: pd.Series, weights: pd.DataFrame, districts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Return people by neighbourhood, and which neighbourhoods the raster spread."""
    people = default.neighbourhoods.copy()
    counted = district.isin(districts.index)
    usable = counted & (weights[raster.COVER] >= FULLY_COVERED)
    seen = weights["population"].where(usable).groupby(district).transform("sum")
    usable &= seen > 0
    before = default.neighbourhoods["population"]
    kept = (before / before.groupby(district).transform("sum")).where(counted & ~usable, 0.0)
    rest = 1.0 - kept.groupby(district).transform("sum")
    for name in PEOPLE:
        share = kept.where(~usable, rest * _proportion(weights, name, usable, district))
        people[name] = (share * district.map(districts[name]).astype(float)).where(counted)
    people["population_source"] = people["population_source"].where(~usable, "raster")
    return people, usable


def _proportion(weights: pd.DataFrame, name: str, usable: pd.Series, district: pd.Series) -> pd.Series:
    """Return the share of each neighbourhood among those that the raster spreads; of a band without anybody, of all."""
    own, people = weights[name].where(usable, 0.0), weights["population"].where(usable, 0.0)
    total = own.groupby(district).transform("sum")
    return (own / total).where(total > 0, people / people.groupby(district).transform("sum"))
