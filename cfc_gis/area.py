"""The study area, the administrative units that meet it, and which of them a place lies in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.coords import Bounds, bounds_text
from cfc_gis.errors import PlaceMismatch, TableFault, UserError
from cfc_gis.sources import boundaries, layers

if TYPE_CHECKING:
    from pyproj import CRS
    from shapely import Geometry

_RELATION_LEVELS = {"5": "city", "6": "district", "8": "subdistrict"}
_CODE_LENGTHS = {"city": 6, "district": 6, "subdistrict": 9}
_COLUMNS = ("level", "unit_code", "unit_name", "parent_code", "source", "covered_area_share")
_LEVELS = ("city", "district", "subdistrict")
_NOTHING_M2 = 1.0  # a smaller overlap is rounding, not land
_SLIVER_M2 = 10_000.0  # less of a unit is a border drawn twice, not a part of the study area
_MOSTLY = 0.5
_KM2 = 1e6
_STEP_DEGREES = 0.01  # a long edge along a parallel is a curve in the projected system


@dataclass(frozen=True)
class StudyArea:
    """The area for which results are published.

    Parameters
    ----------
    geometry
        Polygon in ``crs``, in metres.
    crs
        The projected CRS of the study.
    bounds
        West, south, east, north of the area in degrees.
    cut_share
        Share of the planner's polygon (in degrees) that the data do not cover; 0 where none was given.
    """

    geometry: Geometry
    crs: CRS
    bounds: Bounds
    cut_share: float = 0.0

    @property
    def area_km2(self) -> float:
        """Area in square kilometres."""
        return float(self.geometry.area) / _KM2


_KINDS = {("街道", "街道办事处"): "urban", ("乡", "镇"): "rural"}


def study_area(
    bounds: Bounds, crs: CRS, *, polygon: gpd.GeoDataFrame | None = None, place: boundaries.Place | None = None
) -> StudyArea:
    """Return the study area: the box of the data, cut to the planner's polygon, else to the place.

    Parameters
    ----------
    bounds
        Box of the data: west, south, east, north in degrees.
    crs
        Projected CRS of the study.
    polygon
        The planner's study area, any CRS; its rows together.
    place
        City or district that was asked for, by its bundled polygon, which the data meet (:func:`check_place`). It
        matters where the data reach beyond it, and is not used where a polygon is given.

    Raises
    ------
    UserError
        When the polygon and the data do not meet.

    Examples
    --------
    >>> from cfc_gis.coords import projected_crs
    >>> box = (126.60, 45.70, 126.70, 45.80)
    >>> round(study_area(box, projected_crs(box)).area_km2, 1)
    86.5
    """
    data = shapely.segmentize(shapely.box(*bounds), _STEP_DEGREES)
    area, cut = data, 0.0
    if polygon is not None:
        wanted = polygon.to_crs("EPSG:4326").geometry.union_all()
        area = shapely.intersection(data, wanted)
        cut = 1 - area.area / wanted.area
        if area.area == 0:
            raise UserError("study_area_no_overlap", path=bounds_text(wanted.bounds), found=bounds_text(bounds))
    elif place is not None:
        wanted = boundaries.outline(place.code)
        if not wanted.contains(data):
            area = shapely.intersection(data, wanted)
    projected = gpd.GeoSeries([area], crs="EPSG:4326").to_crs(crs).iloc[0]
    west, south, east, north = (float(value) for value in area.bounds)
    return StudyArea(projected, crs, (west, south, east, north), max(0.0, float(cut)))


def check_place(place: boundaries.Place, bounds: Bounds, path: str) -> None:
    """Check that the data lie, at least in part, in the place they are said to show.

    Parameters
    ----------
    place
        City or district that was asked for.
    bounds
        Box of the data, in degrees.
    path
        File of the data, for the message.

    Raises
    ------
    PlaceMismatch
        When the box of the data does not meet the polygon of the place; both boxes are shown.

    Examples
    --------
    >>> check_place(boundaries.find_place("哈尔滨市"), (126.5, 45.6, 126.8, 45.8), "harbin.osm.pbf")
    >>> check_place(boundaries.find_place("北京市"), (126.5, 45.6, 126.8, 45.8), "harbin.osm.pbf")
    Traceback (most recent call last):
    cfc_gis.errors.PlaceMismatch: ...
    """
    if not boundaries.outline(place.code).intersects(shapely.box(*bounds)):
        facts = {"found": bounds_text(bounds), "wanted": bounds_text(place.bounds)}
        raise PlaceMismatch("place_mismatch", path=path, place=place.name, **facts)


def units(
    area: StudyArea,
    admin: gpd.GeoDataFrame,
    *,
    city: boundaries.Place | None = None,
    layer: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the administrative units that meet the study area, and what is to be said about their boundaries.

    Cities come from a relation that closes, else from the bundled boundaries; districts from the planner's layer
    (then from it alone), else each from a relation that closes, else from the bundled boundaries; sub-districts from
    relations that close. A unit's parent follows from its official code, else from the largest overlap.

    Parameters
    ----------
    area
        The study area.
    admin
        Administrative relations that close (:data:`cfc_gis.schema.OSM_OBJECTS`), any CRS. Of their tags,
        ``admin_level`` 5, 6 and 8 and ``division_code`` are used; other levels are counted.
    city
        The place that was asked for; of a district, its city. Without it only relations and the layer are used.
    layer
        The planner's districts: ``unit_code``, ``unit_name`` (either may be missing), ``source``, polygons in any CRS.

    Returns
    -------
    units : GeoDataFrame
        The columns of :data:`cfc_gis.schema.UNITS` without those on people, in the CRS of the study area: whole units,
        not their covered parts, with ``covered_area_share`` (of the area). Sorted by level and code.
    notes : dict
        Plain numbers and text: ``study_area_km2``; per level ``count`` and ``unmapped_km2`` (study area in no unit of
        the level); ``overlaps`` of units of one level inside the study area, in km2; ``ignored_relations`` per
        admin_level; ``repeated_codes``: relations set aside from an official code that another one has.

    Raises
    ------
    TableFault
        When the planner's layer has neither codes nor names, or two districts of one code.
    """
    relations, notes = _relations(admin.to_crs(area.crs))
    code = None if city is None else city.city_code
    cities = relations[relations["level"] == "city"]
    if code is not None:
        cities = _fill(cities[cities["unit_code"] == code], boundaries.city(code), area.crs)
    if layer is not None:
        found = _layer_districts(layer.to_crs(area.crs), code)
    else:
        found = relations[relations["level"] == "district"]
        if code is not None:
            ours = found["unit_code"].map(boundaries.city_code) == code
            inside = shapely.covers(cities.geometry.union_all(), shapely.point_on_surface(found.geometry.to_numpy()))
            named = ~found["unit_code"].str.startswith("r")
            found = _fill(found[(named & ours) | (~named & inside)], boundaries.districts(code), area.crs)
    districts = _touching(found.assign(level="district"), area)
    cities = _touching(cities.assign(level="city"), area)
    streets = _touching(relations[relations["level"] == "subdistrict"], area)
    table = pd.concat([cities, _with_parent(districts, cities), _with_parent(streets, districts)], ignore_index=True)
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=area.crs)[[*_COLUMNS, "geometry"]]
    _check_codes(table)
    return table, {"study_area_km2": round(area.area_km2, 4), **_coverage(table, area), **notes}


def assign(places: gpd.GeoDataFrame, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the units in which places lie, each place in one unit of a level, so that each child counts once.

    A place lies where its representative point lies; on a border or in an overlap the smallest code counts. Where a
    place lies in a sub-district, its district is that sub-district's parent, also where a coarser district boundary
    says otherwise: the sub-districts and the remainder outside them then add up to the district exactly.

    Parameters
    ----------
    places
        Anything with geometry in a CRS.
    table
        Units, as :func:`units` returns them.

    Returns
    -------
    DataFrame
        ``district_code``, ``subdistrict_code``, ``community_code`` (text, missing outside every mapped unit) and
        ``moved`` (true where the sub-district's parent is not the district polygon in which the point lies), on the
        index of the places.

    Examples
    --------
    >>> districts = gpd.GeoDataFrame(
    ...     {"level": "district", "unit_code": ["230102", "230103"], "parent_code": None},
    ...     geometry=[shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], crs="EPSG:4551")
    >>> homes = gpd.GeoDataFrame(geometry=shapely.points([[1.5, 1], [2.5, 1], [9, 9]]), crs="EPSG:4551")
    >>> assign(homes, districts)["district_code"].tolist()
    ['230102', '230103', nan]
    """
    points = shapely.point_on_surface(places.geometry.to_numpy())
    table = table.to_crs(places.crs)
    out = {f"{level}_code": _code_at(points, table[table["level"] == level]) for level in schema.LEVELS[1:4]}
    result = pd.DataFrame(out, index=places.index, dtype="str")
    streets = table[table["level"] == "subdistrict"].set_index("unit_code")["parent_code"]
    parent = result["subdistrict_code"].map(streets.astype("str")).astype("str")
    known = parent.isin(table.loc[table["level"] == "district", "unit_code"])
    moved = known & (parent != result["district_code"])
    result["district_code"] = parent.where(known, result["district_code"])
    return result.assign(moved=moved)


def _relations(admin: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Relations of the levels we use, with codes; a code belongs to one relation, the one with the smallest id."""
    rows: list[dict[str, Any]] = []
    ignored: Counter[str] = Counter()
    repeated: list[str] = []
    seen: set[tuple[str, str]] = set()
    order = sorted(range(len(admin)), key=lambda row: (len(admin["osm_id"].iloc[row]), admin["osm_id"].iloc[row]))
    for row in order:
        osm_id, name, tags = (admin[column].iloc[row] for column in ("osm_id", "name", "tags"))
        level = _RELATION_LEVELS.get(tags.get("admin_level", ""))
        if level is None:
            ignored[tags.get("admin_level", "")] += 1
            continue
        code = _official_code(tags, level) or osm_id
        if (level, code) in seen:
            repeated.append(osm_id)
            code = osm_id
        seen.add((level, code))
        label = name if isinstance(name, str) else code
        rows.append({"level": level, "unit_code": code, "unit_name": label, "source": f"osm {osm_id}",
                     "geometry": admin.geometry.iloc[row]})  # fmt: skip
    frame = gpd.GeoDataFrame(
        rows, columns=["level", "unit_code", "unit_name", "source", "geometry"], geometry="geometry", crs=admin.crs
    )
    return frame, {"ignored_relations": dict(sorted(ignored.items())), "repeated_codes": repeated}


def _official_code(tags: Mapping[str, str], level: str) -> str | None:
    """First digits of the division code; without one, the code of the bundled city or district of that name."""
    found = re.match(f"[0-9]{{{_CODE_LENGTHS[level]}}}", tags.get("division_code", ""))
    if found:
        return found[0]
    if level == "subdistrict":
        return None
    named = [place.code for place in boundaries.builtin_places()
             if place.level == level and place.name in {tags.get("name:zh"), tags.get("name")}]  # fmt: skip
    return named[0] if len(named) == 1 else None


def _fill(found: gpd.GeoDataFrame, bundled: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Units found, and bundled ones for the codes that were not."""
    rest = bundled[~bundled["unit_code"].isin(found["unit_code"])].to_crs(crs)
    return pd.concat([found, rest], ignore_index=True) if len(found) else rest.reset_index(drop=True)


def _layer_districts(layer: gpd.GeoDataFrame, city_code: str | None) -> gpd.GeoDataFrame:
    """Districts of the planner; a missing code is that of the city's district of that name, else the name."""
    nameless = int((layer["unit_code"].isna() & layer["unit_name"].isna()).sum())
    if nameless:
        wanted = ", ".join((*layers.CODE_COLUMNS, *layers.NAME_COLUMNS))
        raise TableFault("layer_columns", path=layer["source"].iloc[0], count=nameless, wanted=wanted)
    bundled = boundaries.districts(city_code) if city_code else None
    codes = {} if bundled is None else dict(zip(bundled["unit_name"], bundled["unit_code"], strict=True))
    names = {code: name for name, code in codes.items()}
    by_name = layer["unit_name"].map(lambda name: codes.get(name, name))
    by_code = layer["unit_code"].map(lambda code: names.get(code, code))
    return layer.assign(
        unit_code=layer["unit_code"].where(layer["unit_code"].notna(), by_name),
        unit_name=layer["unit_name"].where(layer["unit_name"].notna(), by_code),
    )


def _touching(frame: gpd.GeoDataFrame, area: StudyArea) -> gpd.GeoDataFrame:
    """Units that meet the study area, by code, with the share of their area inside it."""
    whole = frame.geometry.to_numpy()
    covered = shapely.area(shapely.intersection(whole, area.geometry))
    share = np.minimum(1.0, covered / shapely.area(whole))
    frame = frame.assign(covered_area_share=share, parent_code=None)[(covered > _SLIVER_M2) | (share > _MOSTLY)]
    return frame.sort_values("unit_code", ignore_index=True)


def _with_parent(frame: gpd.GeoDataFrame, parents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    known = set(parents["unit_code"])
    codes = []
    for code, geometry in zip(frame["unit_code"], frame.geometry, strict=True):
        parent = code[:6] if len(code) > 6 else boundaries.city_code(code)
        if parent not in known:
            shared = shapely.area(shapely.intersection(parents.geometry.to_numpy(), geometry))
            parent = parents["unit_code"].iloc[int(shared.argmax())] if (shared > _NOTHING_M2).any() else None
        codes.append(parent)
    return frame.assign(parent_code=pd.Series(codes, dtype=object))


def _check_codes(table: gpd.GeoDataFrame) -> None:
    twice = table[table.duplicated(["level", "unit_code"])]
    if len(twice):
        faults = "unit_code: " + ", ".join(sorted(set(twice["unit_code"])))
        raise TableFault("table_fault", table=twice["source"].iloc[0], count=len(twice), faults=faults)


def _coverage(table: gpd.GeoDataFrame, area: StudyArea) -> dict[str, Any]:
    """How the units of each level fill the study area: what no unit covers, and what several do."""
    by_level: dict[str, dict[str, float]] = {}
    overlaps: list[dict[str, Any]] = []
    for level in _LEVELS:
        of_level = table[table["level"] == level]
        inside = shapely.intersection(of_level.geometry.to_numpy(), area.geometry)
        unmapped = shapely.difference(area.geometry, shapely.union_all(inside)).area
        by_level[level] = {"count": len(of_level), "unmapped_km2": round(unmapped / _KM2, 4)}
        codes = of_level["unit_code"].tolist()
        first, second = shapely.STRtree(inside).query(inside, predicate="intersects")
        for a, b in sorted(zip(first.tolist(), second.tolist(), strict=True)):
            shared = shapely.intersection(inside[a], inside[b]).area if a < b else 0.0
            if shared > _NOTHING_M2:
                overlaps.append({"level": level, "units": [codes[a], codes[b]], "km2": round(shared / _KM2, 6)})
    return {"levels": by_level, "overlaps": overlaps}


def urban_rural(subdistrict: pd.Series, table: gpd.GeoDataFrame) -> pd.Series:
    """Tell town from country by the kind of sub-district: 街道 is ``urban``, 乡 and 镇 are ``rural``, else ``unknown``.

    Parameters
    ----------
    subdistrict
        Code of the sub-district of each place; missing outside all of them.
    table
        Units, as :func:`units` returns them.

    Examples
    --------
    >>> known = pd.DataFrame({"level": "subdistrict", "unit_code": ["a", "b"], "unit_name": ["通江街道", "万宝镇"]})
    >>> urban_rural(pd.Series(["a", "b", None]), known).tolist()
    ['urban', 'rural', 'unknown']
    """
    names = table[table["level"] == "subdistrict"].set_index("unit_code")["unit_name"]
    kinds = names.map(lambda name: next((kind for ends, kind in _KINDS.items() if name.endswith(ends)), "unknown"))
    found: pd.Series = subdistrict.map(kinds).fillna("unknown")
    return found


def _code_at(points: np.ndarray[Any, Any], table: gpd.GeoDataFrame) -> list[str | None]:
    """Code of the unit at each point, the smallest of several."""
    table = table.sort_values("unit_code")
    codes = table["unit_code"].tolist()
    found: list[str | None] = [None] * len(points)
    at_point, unit = shapely.STRtree(table.geometry.to_numpy()).query(points, predicate="intersects")
    for point, row in sorted(zip(at_point.tolist(), unit.tolist(), strict=True), reverse=True):
        found[point] = codes[row]
    return found
