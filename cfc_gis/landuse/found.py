"""What is known of the land use of an area: what has a class, and what has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from cfc_gis import schema
from cfc_gis.coords import projected_crs


@dataclass(frozen=True, eq=False)
class LandUse:
    """Land use of an area.

    Parameters
    ----------
    table
        :data:`cfc_gis.schema.LAND_USE`, sorted by id.
    unknown
        By ``code``, the largest area first: ``polygons`` and ``area_m2`` of the codes that the coding does not have;
        they are not in the table.
    counts
        Polygons by land use; ``polygons_unknown_code``, ``polygons_without_code``, ``codes_zero_restored`` (a code
        that had lost its leading zero), ``codes_of_a_part`` (longer than the coding's own) and ``repeated_shapes``.
    provenance
        Of the layer, with ``coding`` and the ``column`` that was read.
    """

    table: gpd.GeoDataFrame
    unknown: pd.DataFrame
    counts: Mapping[str, int]
    provenance: Mapping[str, str]


def land_use(
    table: gpd.GeoDataFrame, unknown: pd.Series, counts: Mapping[str, int], provenance: Mapping[str, str]
) -> LandUse:
    """Part what is known from what is not, each shape once; areas are measured in a projected CRS.

    Parameters
    ----------
    table
        Columns of :data:`cfc_gis.schema.LAND_USE`; ``landuse`` is missing where there is none.
    unknown
        Which rows have a code without a class.
    counts
        What else was counted.
    provenance
        Of the source.
    """
    left = table[unknown]
    degrees = tuple(table.to_crs("EPSG:4326").total_bounds) if len(table) else (0.0, 0.0, 0.0, 0.0)
    area = left.to_crs(projected_crs(degrees)).area
    sums = pd.DataFrame({"code": left["code"], "polygons": 1, "area_m2": area}).groupby("code", as_index=False).sum()
    sums = sums.sort_values(["area_m2", "code"], ascending=[False, True], ignore_index=True)
    known = table[table["landuse"].notna()].sort_values("land_id", kind="stable")
    repeated = known["land_id"].duplicated()
    known = known[~repeated].reset_index(drop=True)
    schema.check(known, schema.LAND_USE, provenance.get("file"))
    totals = {
        **{f"polygons_{use}": int((known["landuse"] == use).sum()) for use in schema.LAND_USES},
        "polygons_unknown_code": len(left),
        "repeated_shapes": int(repeated.sum()),
        **counts,
    }
    return LandUse(known, sums, {name: n for name, n in totals.items() if n}, MappingProxyType(dict(provenance)))
