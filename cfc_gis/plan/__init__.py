"""The plan's own tests: what Harbin's plan for children asks for, against what is known.

Absence of data is never a gap: each test is a gap only where an official figure says so, and says what would settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import agreement, schema
from cfc_gis.plan import childcare, cohorts, community, enrolment, green, hospitals, posts, schools
from cfc_gis.plan.known import NO_CATCHMENTS, Known, bound, disagreeing, table, unless_lacking
from cfc_gis.sources import boundaries
from cfc_gis.targets import Target, all_targets

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
    targets: tuple[Target, ...] | None = None,
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
    targets
        What the study asks; the targets as shipped unless given.

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
    code, name = _city(districts, city)
    lacking = tuple(entry.code for entry in boundaries.districts_lacking(districts["unit_code"]))
    if not lacking and city and float(city["population"]) > float(districts["population"].sum()):
        lacking = ("",)  # of a city that nobody knows the districts of
    placed = facilities.assign(district_code=district_of(facilities, units))
    disputed = agreement.disputed(counts, _above(units, districts, code), _least(placed))
    known = Known(
        districts, code, name, placed, units, counts, assigned, area, disputed, lacking, targets or all_targets()
    )
    codes = set(districts["unit_code"])
    by_id = {row.id: row for row in known.targets}
    rows = (
        disagreeing(unless_lacking(row, known), disputed, codes if row["level"] == "city" else set())
        for test in (hospitals, childcare, schools, enrolment, cohorts, posts, green, community)
        for row in test.rows(known)
    )
    return table(bound(row, by_id.get(row["indicator"])) for row in rows)


def _city(districts: pd.DataFrame, city: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return code and name of the city: as the census has them, else as the codes of its districts say."""
    if city:
        return str(city["unit_code"]), str(city["unit_name"])
    codes = {boundaries.city_code(str(code)) for code in districts["unit_code"]}
    names = [entry for entry in boundaries.builtin_places() if entry.code in codes and entry.level == "city"]
    return (names[0].code, names[0].name) if len(names) == 1 else ("city", "city")


def _above(units: pd.DataFrame, districts: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return which unit lies in which: those of the study, and all districts of the census in the city."""
    own = pd.DataFrame({"unit_code": districts["unit_code"], "parent_code": code})
    return pd.concat([own, units[["unit_code", "parent_code"]]]).drop_duplicates("unit_code")


def _least(facilities: pd.DataFrame) -> pd.Series:
    """Return the sites and seats that the data prove in every district."""
    proven = facilities[facilities["evidence"].isin(schema.PROVEN) & facilities["district_code"].notna()]
    kept = {"sites": proven.assign(n=1.0), "capacity": proven.assign(n=proven["capacity"].astype(float))}
    found = pd.concat([rows.assign(measure=measure) for measure, rows in kept.items()], ignore_index=True)
    found = pd.DataFrame(found.rename(columns={"district_code": "unit_code"})[[*agreement.KEY, "n"]])
    return found.dropna().groupby(agreement.KEY)["n"].sum()


def district_of(facilities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the district in which each facility lies; missing outside every district."""
    districts = units.loc[units["level"] == "district", ["unit_code", "geometry"]].sort_values("unit_code")
    points = gpd.GeoDataFrame(geometry=facilities.representative_point(), crs=facilities.crs)
    joined: pd.Series = points.sjoin(districts, how="left", predicate="intersects")["unit_code"]
    return joined[~joined.index.duplicated()]
