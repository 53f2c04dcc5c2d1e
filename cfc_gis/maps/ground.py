"""What lies under and around the results: the basemap, its names, and the outlines of units with their judgements."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema, text
from cfc_gis.maps import plain, shapes

KINDS = ("green", "water", "railway", "street", "district", "land_education", "land_service", "land_other")
"""Kinds of the basemap that are drawn; land of other kinds is drawn elsewhere, as homes or green."""

STREET_TOLERANCE_M = 4.0
LEAST_NAMED_M2 = 20_000.0
"""Water and green space smaller than this bears no name on the map: it would not fit."""
LEAST_NAMED_M = 400.0
"""Nor does a street shorter than this."""
_EXACT = 9  # decimals of shares that the page rounds itself

_LAND = {
    "education": "land_education",
    "higher_education": "land_education",
    "medical": "land_service",
    "culture": "land_service",
    "sport": "land_service",
    "welfare": "land_service",
    "community_service": "land_service",
    "public_service": "land_service",
    "construction": "land_other",
    "brownfield": "land_other",
    "reserve": "land_other",
    "vacant": "land_other",
    "other": "land_other",
}


def grouped(basemap: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the basemap with its land uses (``land_`` and :data:`cfc_gis.schema.LAND_USES`) in three groups.

    Examples
    --------
    >>> land = gpd.GeoDataFrame({"kind": ["land_medical"]}, geometry=[shapely.Point(0, 0)])
    >>> grouped(land)["kind"].tolist()
    ['land_service']
    """
    uses = {f"land_{use}": _LAND.get(use, "") for use in schema.LAND_USES}
    return basemap.assign(kind=basemap["kind"].map(lambda kind: uses.get(kind, kind)))


def lines(basemap: gpd.GeoDataFrame, kind: str) -> list[Any]:
    """Return the shapes of one kind of the basemap, in an order of their own."""
    rows = basemap[basemap["kind"] == kind]
    tolerance = STREET_TOLERANCE_M if kind in {"street", "railway"} else 2 * shapes.TOLERANCE_M
    return sorted(part for shape in shapes.degrees(rows, tolerance) for part in shapes.encode(shape))


def names(basemap: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return the names of water, green space and streets: kind, name, latitude, longitude; the largest first."""
    if "name" not in basemap:
        return []
    rows = basemap[basemap["kind"].isin(["water", "green", "street"]) & basemap["name"].notna()]
    if rows.empty:
        return []
    whole = rows.dissolve(by=["kind", "name"], as_index=False)
    line = whole["kind"].eq("street") | (shapely.get_dimensions(whole.geometry.to_numpy()) == 1)
    size = np.where(line, whole.length, whole.area)
    enough = size >= np.where(line, LEAST_NAMED_M, LEAST_NAMED_M2)
    whole, size, line = whole[enough], size[enough], line[enough]
    at = gpd.GeoSeries([_middle(shape) for shape in whole.geometry], crs=whole.crs).to_crs(4326)
    table = pd.DataFrame(
        {"kind": whole["kind"].to_numpy(), "name": plain.texts(whole["name"]), "line": line.to_numpy()}
    )
    table["lat"], table["lon"] = at.y.round(5).to_numpy(), at.x.round(5).to_numpy()
    table["less"] = -size.round(0)
    table = table[table["name"] != ""].sort_values(["line", "less", "kind", "name", "lat", "lon"])
    return [list(row) for row in table[["kind", "name", "lat", "lon"]].itertuples(index=False)]


def _middle(shape: shapely.Geometry) -> shapely.Point:
    """Return a point on the largest part of a shape, halfway along a line."""
    parts = shapely.get_parts(shape)
    if shapely.get_dimensions(shape) == 2:
        return parts[shapely.area(parts).argmax()].representative_point()
    return shapely.line_interpolate_point(parts[shapely.length(parts).argmax()], 0.5, normalized=True)


def units(table: gpd.GeoDataFrame, level: str, view: shapely.Geometry) -> list[dict[str, Any]]:
    """Units of one level. Their outline ends at the study area: what lies beyond was not looked at."""
    rows = table[table["level"] == level]
    clipped = rows.set_geometry(rows.geometry.intersection(view))
    outlines = [[]] * len(rows) if level == "city" else [shapes.encode(s) for s in shapes.degrees(clipped)]
    middles = clipped.geometry.representative_point().to_crs(4326)
    return [
        {
            "name": text.display(row.unit_name),
            "area": plain.number(row.covered_area_share, 3),
            "people": plain.number(row.covered_people_share, 3),
            "shape": outline,
            "at": [] if middle.is_empty else [round(middle.y, 5), round(middle.x, 5)],
        }
        for row, outline, middle in zip(rows.itertuples(), outlines, middles, strict=True)
    ]


def gaps(rows: pd.DataFrame | None, units: gpd.GeoDataFrame, level: str) -> list[Any]:
    """One row per unit of the level, in the order of the units; ``None`` where nothing was computed."""
    by_code = {} if rows is None else {row.unit_code: row for row in rows.itertuples()}
    return [_gap(by_code.get(code)) for code in units.loc[units["level"] == level, "unit_code"]]


def _gap(row: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "judgement": row.judgement,
        "confidence": row.confidence,
        "low": plain.number(row.share_low, _EXACT),
        "presumed": plain.number(row.share_presumed, _EXACT),
        "high": plain.number(row.share_high, _EXACT),
        "completeness": plain.number(row.completeness, _EXACT),
        "target": plain.number(row.target_share, 2),
        "children": plain.number(row.children, 0),
        "reasons": [reason for reason in str(row.reasons).split(";") if reason],
    }
