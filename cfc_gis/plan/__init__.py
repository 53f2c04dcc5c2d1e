"""The plan's own tests: what Harbin's plan for children asks for, against what is known.

Absence of data is never a gap: each test is a gap only where an official figure says so, and says what would settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.plan import childcare, cohorts, community, enrolment, green, hospitals, posts, schools
from cfc_gis.plan.known import NO_CATCHMENTS, Known, table

NO_COUNTS = pd.DataFrame({name: pd.Series(dtype="object") for name in schema.COUNTS.columns})


def indicators(  # noqa: PLR0913 - one name for each table of a study
    *,
    districts: pd.DataFrame,
    city: Mapping[str, Any] | None,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    counts: pd.DataFrame = NO_COUNTS,
    assigned: pd.DataFrame = NO_CATCHMENTS,
    area: shapely.Geometry | None = None,
) -> pd.DataFrame:
    """Test a city against its plan.

    Parameters
    ----------
    districts, city
        The census (:data:`cfc_gis.schema.CENSUS`): all districts, also those outside the study area, and the city.
    facilities
        :data:`cfc_gis.schema.FACILITIES`, in the CRS of ``units``. A facility counts in the district in which its
        representative point lies.
    units
        :data:`cfc_gis.schema.UNITS`.
    counts
        :data:`cfc_gis.schema.COUNTS`, official figures.
    assigned
        How much farther than the nearest the assigned school is (:class:`cfc_gis.plan.known.Known`).
    area
        The study area in the CRS of ``units``: of green only what lies inside counts. None: units end with it.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema.INDICATORS`.

    Raises
    ------
    TableFault
        When ``counts`` does not keep its contract.
    """
    schema.check(counts, schema.COUNTS)
    code = str(city["unit_code"]) if city else "city"
    placed = facilities.assign(district_code=district_of(facilities, units))
    known = Known(districts, code, str(city["unit_name"]) if city else code, placed, units, counts, assigned, area)
    return table(
        row
        for test in (hospitals, childcare, schools, enrolment, cohorts, posts, green, community)
        for row in test.rows(known)
    )


def district_of(facilities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the district in which each facility lies; missing outside every district."""
    districts = units.loc[units["level"] == "district", ["unit_code", "geometry"]].sort_values("unit_code")
    points = gpd.GeoDataFrame(geometry=facilities.representative_point(), crs=facilities.crs)
    joined: pd.Series = points.sjoin(districts, how="left", predicate="intersects")["unit_code"]
    return joined[~joined.index.duplicated()]
