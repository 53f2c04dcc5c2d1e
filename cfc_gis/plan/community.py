"""The minima of a complete community (完整居住社区), where the data know the size of what stands there."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis import schema
from cfc_gis.plan.known import UNKNOWN, Known, asked, row

NAMES = ("community.kindergarten", "community.childcare", "community.activity")


def rows(known: Known) -> list[dict[str, Any]]:
    """Return how many places on record are large enough, of every community; else of every sub-district.

    Classes of a kindergarten are its seats / 30; an activity ground is as large as its polygon. The floor area of
    childcare is in no table. A community *meets* a minimum by one such place; a sub-district has several communities,
    and one place says nothing of the others.
    """
    level = "community" if known.parts("community") else "subdistrict"
    units = known.parts(level) or [(known.units()[0], {"geometry": None})]
    sites = {name: large_enough(known.facilities, name) for name in NAMES}
    found = []
    for unit, values in units:
        for name, places in sites.items():
            n = 0 if values["geometry"] is None else int(places.intersects(values["geometry"]).sum())
            target = known.target(name) if level == "community" else UNKNOWN
            interval = (float(n) if n else UNKNOWN, float(n), UNKNOWN)
            basis = "recorded" if n else "none"
            if level == "community" and n >= target:
                found.append(row(unit, name, interval, target, "meets", basis=basis))
                continue
            reason = "size_unknown" if level == "community" else "communities_unknown"
            found.append(row(unit, name, interval, target, "no_data", [reason], basis=basis))
    return found


def large_enough(facilities: gpd.GeoDataFrame, name: str) -> gpd.GeoSeries:
    """Return the points of proven facilities that are known to be as large as a minimum asks.

    Examples
    --------
    >>> from shapely import box
    >>> grounds = gpd.GeoDataFrame({"category": "play", "evidence": "strong", "capacity": None},
    ...     geometry=[box(0, 0, 15, 10), box(0, 0, 10, 10)], index=["large", "small"], crs=4551)
    >>> large_enough(grounds, "community.activity").index.tolist()
    ['large']
    """
    entry = asked()[name]
    sizes = {
        "seats": facilities["capacity"].astype(float) / entry.get("children_per_class", 1),
        "polygon": facilities.geometry.area,
        "none": pd.Series(UNKNOWN, index=facilities.index),
    }
    ours = (facilities["category"] == entry["category"]) & facilities["evidence"].isin(schema.PROVEN)
    return facilities.geometry[ours & (sizes[entry["sized_by"]] >= entry["least"])].representative_point()
