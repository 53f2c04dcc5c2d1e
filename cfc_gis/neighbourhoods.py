"""Neighbourhoods and origins: where children live and start walking.

A neighbourhood is a residential compound (a polygon of residential land use) or, for homes outside every compound, a
grid cell. Walking starts at residential buildings, or at points spread over a compound that has no mapped building.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis.errors import UserError
from cfc_gis.homes import assumptions
from cfc_gis.land import own_land

_AREAS = ("Polygon", "MultiPolygon")
_AREA_DIMENSION = 2
_HIGHEST = 120.0
_NO_HOME, _OTHER_USE, _HOME_INSIDE, _HOME = range(4)
_LEADING_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, eq=False)
class Homes:
    """Neighbourhoods and origins, before units and people are known.

    Parameters
    ----------
    neighbourhoods
        ``neighbourhood_id``, ``kind`` (compound or cell), ``name``, ``floor_m2`` with ``floor_low_m2`` and
        ``floor_high_m2`` (residential floor area; NaN in compounds without a mapped home), ``area_m2``
        (land that is its own), ``cover`` (share of it under mapped homes), geometry in the projected CRS.
    origins
        ``origin_id``, ``neighbourhood_id``, ``weight`` (share of the neighbourhood's children), point geometry.
    counts
        Buildings and compounds read, taken, repaired and set aside.
    """

    neighbourhoods: gpd.GeoDataFrame
    origins: gpd.GeoDataFrame
    counts: Mapping[str, int]


def find(objects: gpd.GeoDataFrame, study_area: shapely.Geometry) -> Homes:
    """Find the neighbourhoods of a study area and the places where walking starts.

    Parameters
    ----------
    objects
        OSM objects (:data:`cfc_gis.schema.OSM_OBJECTS`) in a projected CRS in metres.
    study_area
        Polygon in the same CRS. A compound or building belongs to it when a point on it does.

    Returns
    -------
    Homes
        Sorted by id. A building inside two overlapping compounds belongs to the smaller one, and the land of a
        compound inside another is taken off the larger: nobody is counted twice.

    Raises
    ------
    UserError
        When the study area has neither residential land nor a residential building.

    Examples
    --------
    >>> land, block = shapely.box(0, 0, 100, 100), shapely.box(10, 10, 30, 60)
    >>> objects = gpd.GeoDataFrame({"osm_id": ["w1", "w2"], "name": ["甲小区", None],
    ...     "tags": [{"landuse": "residential"}, {"building": "yes"}]}, geometry=[land, block], crs="EPSG:4551")
    >>> homes = find(objects, shapely.box(0, 0, 500, 500))
    >>> homes.neighbourhoods["floor_m2"].tolist()
    [7000.0]
    >>> homes.origins["neighbourhood_id"].tolist()
    ['w1']
    """
    area = objects[objects.geom_type.isin(_AREAS)]
    inside = shapely.intersects_xy(study_area, *_inner_points(area))
    tags = area["tags"]
    is_compound = np.fromiter((each.get("landuse") == "residential" for each in tags), bool, len(tags))
    verdict = _verdicts(tags)
    buildings, repaired_buildings = _repaired(area.assign(home=verdict == _HOME)[(verdict >= _HOME_INSIDE) & inside])
    compounds, repaired_compounds = _repaired(area[is_compound & inside])
    compounds = compounds.sort_values("osm_id").reset_index(drop=True)
    buildings = buildings.sort_values("osm_id").reset_index(drop=True)
    if compounds.empty and buildings.empty:
        raise UserError("no_homes")
    home_of = _smallest_containing(buildings, compounds)
    home = (home_of >= 0) | buildings["home"].to_numpy()
    homes, home_of = buildings[home].reset_index(drop=True), home_of[home]
    floors = _floors(homes)
    table = pd.concat(
        [_compounds(compounds, home_of, floors), _cells(homes, home_of, floors, compounds)], ignore_index=True
    )
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=objects.crs)
    points, without = _points(compounds, home_of)
    origins = pd.concat([_building_origins(homes, home_of, compounds, floors), points], ignore_index=True)
    counts = {
        "compounds": len(compounds),
        "compounds_named": int(compounds["name"].notna().sum()),
        "compounds_without_mapped_home": without,
        "compounds_half_mapped": int(
            (table["cover"][: len(compounds)] < assumptions()["compounds"]["least_cover"]).sum()
        ),
        "grid_cells": len(table) - len(compounds),
        "homes_in_compounds": int((home_of >= 0).sum()),
        "homes_outside_compounds": int((home_of < 0).sum()),
        "buildings_with_another_use": int(((verdict == _OTHER_USE) & inside).sum()),
        "homes_with_tagged_levels": int(floors["levels_tagged"].sum()),
        "origins": len(origins),
        "repaired_compounds": repaired_compounds,
        "repaired_buildings": repaired_buildings,
        "outside_study_area": int((is_compound & ~inside).sum()),
    }
    origins = gpd.GeoDataFrame(origins, geometry="geometry", crs=objects.crs).sort_values("origin_id")
    return Homes(table.sort_values("neighbourhood_id").reset_index(drop=True), origins.reset_index(drop=True), counts)


def _list(name: str) -> frozenset[str]:
    return frozenset(assumptions()["buildings"][name])


def _inner_points(table: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = shapely.point_on_surface(table.geometry.to_numpy())
    return shapely.get_x(points), shapely.get_y(points)


def _verdicts(tags: pd.Series) -> NDArray[np.int8]:
    """Return for each object whether it is a home anywhere, a home inside residential land only, or none."""
    home, inside, other = _list("home"), _list("home_inside"), _list("not_a_home")
    verdicts = np.full(len(tags), _NO_HOME, dtype=np.int8)
    for i, each in enumerate(tags):
        kind = each.get("building")
        if kind in home:
            verdicts[i] = _HOME
        elif kind in inside:
            verdicts[i] = _HOME_INSIDE if other.isdisjoint(each) else _OTHER_USE
    return verdicts


def _repaired(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    bad = ~table.geometry.is_valid
    if bad.any():
        table = table.copy()
        table.loc[bad, "geometry"] = shapely.make_valid(table.loc[bad, "geometry"].to_numpy(), method="structure")
        table = table[table.geom_type.isin(_AREAS)]
    return table, int(bad.sum())


def _smallest_containing(buildings: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return for each building the smallest compound around it, -1 for none."""
    size = compounds.area.to_numpy()
    rank = np.lexsort((np.arange(len(size)), size))
    tree = shapely.STRtree(compounds.geometry.to_numpy()[rank])
    building, hit = tree.query(shapely.point_on_surface(buildings.geometry.to_numpy()), predicate="intersects")
    best = np.full(len(buildings), len(rank))
    np.minimum.at(best, building, hit)
    smallest: NDArray[np.int64] = np.append(rank, -1)[best]
    return smallest


def _floors(homes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the residential floor area of each building, with its range where the levels are assumed."""
    levels = assumptions()["levels"]
    tagged = homes["tags"].map(lambda tags: _levels(tags, levels["metres_per_level"])).to_numpy(dtype=float)
    small = homes["tags"].map(lambda tags: tags["building"] in _list("house")).to_numpy(dtype=bool)
    footprint = homes.area.to_numpy()

    def floor(default: float) -> NDArray[np.float64]:
        area: NDArray[np.float64] = footprint * np.where(
            np.isnan(tagged), np.where(small, levels["house"], default), tagged
        )
        return area

    return pd.DataFrame(
        {
            "footprint_m2": footprint,
            "levels_tagged": ~np.isnan(tagged),
            "floor_m2": floor(levels["default"]),
            "floor_low_m2": floor(levels["low"]),
            "floor_high_m2": floor(levels["high"]),
        }
    )


def _levels(tags: Mapping[str, str], metres_per_level: float) -> float:
    for key, unit in (("building:levels", 1.0), ("height", metres_per_level)):
        if match := _LEADING_NUMBER.match(tags.get(key, "")):
            levels = float(match[1]) / unit
            if 0 < levels <= _HIGHEST:
                return max(levels, 1.0)
    return float("nan")


def _compounds(compounds: gpd.GeoDataFrame, home_of: NDArray[np.int64], floors: pd.DataFrame) -> pd.DataFrame:
    own = shapely.area(own_land(compounds.geometry.to_numpy()))
    sums = floors[home_of >= 0].groupby(home_of[home_of >= 0]).sum().reindex(range(len(compounds)))
    return pd.DataFrame(
        {
            "neighbourhood_id": compounds["osm_id"],
            "kind": "compound",
            "name": compounds["name"],
            "floor_m2": sums["floor_m2"],
            "floor_low_m2": sums["floor_low_m2"],
            "floor_high_m2": sums["floor_high_m2"],
            "area_m2": own,
            "cover": sums["footprint_m2"] / own,
            "geometry": compounds.geometry,
        }
    )


def _cells(
    homes: gpd.GeoDataFrame, home_of: NDArray[np.int64], floors: pd.DataFrame, compounds: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Gather homes outside every compound into cells of a grid; a cell is what the compounds leave of its square."""
    side = float(assumptions()["compounds"]["cell_m"])
    outside = home_of < 0
    column, row = _cell_numbers(homes[outside], side)
    sums = floors[outside].groupby([column, row]).sum()
    index = np.array(sums.index.to_list(), dtype=float).reshape(-1, 2)
    west, south = index[:, 0] * side, index[:, 1] * side
    return pd.DataFrame(
        {
            "neighbourhood_id": [_cell_id(c, r) for c, r in sums.index],
            "kind": "cell",
            "name": None,
            "floor_m2": sums["floor_m2"].to_numpy(),
            "floor_low_m2": sums["floor_low_m2"].to_numpy(),
            "floor_high_m2": sums["floor_high_m2"].to_numpy(),
            "area_m2": side * side,
            "cover": sums["footprint_m2"].to_numpy() / (side * side),
            "geometry": _left_of(shapely.box(west, south, west + side, south + side), compounds.geometry.to_numpy()),
        }
    ).astype({"name": "str"})


def _left_of(squares: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    square, shape = shapely.STRtree(shapes).query(squares, predicate="intersects")
    left = squares.copy()
    for i in np.unique(square):
        rest = shapely.difference(squares[i], shapely.union_all(shapes[shape[square == i]]))
        polygons = [part for part in shapely.get_parts(rest) if shapely.get_dimensions(part) == _AREA_DIMENSION]
        # A home on the very edge of a compound may leave nothing: then the square stays whole.
        left[i] = shapely.union_all(polygons) if polygons else squares[i]
    return left


def _cell_numbers(homes: gpd.GeoDataFrame, side: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    x, y = _inner_points(homes)
    return np.floor(x / side).astype(np.int64), np.floor(y / side).astype(np.int64)


def _cell_id(column: int, row: int) -> str:
    return f"g{column}_{row}"


def _building_origins(
    homes: gpd.GeoDataFrame, home_of: NDArray[np.int64], compounds: gpd.GeoDataFrame, floors: pd.DataFrame
) -> pd.DataFrame:
    column, row = _cell_numbers(homes, float(assumptions()["compounds"]["cell_m"]))
    cells = [_cell_id(c, r) for c, r in zip(column.tolist(), row.tolist(), strict=True)]
    ids = np.append(compounds["osm_id"].to_numpy(dtype=object), "")
    neighbourhood = pd.Series(np.where(home_of >= 0, ids[home_of], cells), dtype="str")
    floor = floors["floor_m2"]
    return pd.DataFrame(
        {
            "origin_id": homes["osm_id"],
            "neighbourhood_id": neighbourhood,
            "weight": floor / floor.groupby(neighbourhood).transform("sum"),
            "geometry": shapely.point_on_surface(homes.geometry.to_numpy()),
        }
    )


def _points(compounds: gpd.GeoDataFrame, home_of: NDArray[np.int64]) -> tuple[pd.DataFrame, int]:
    """Spread points over compounds without a mapped home; the least is one."""
    spacing = float(assumptions()["compounds"]["point_spacing_m"])
    without = compounds[~np.isin(np.arange(len(compounds)), home_of)]
    points = [_lattice(shape, spacing) for shape in without.geometry]
    size = np.array([len(each) for each in points], dtype=np.int64)
    ids = without["osm_id"].to_numpy(dtype=object)
    table = pd.DataFrame(
        {
            "origin_id": [f"{osm_id}.{i}" for osm_id, n in zip(ids, size, strict=True) for i in range(n)],
            "neighbourhood_id": np.repeat(ids, size),
            "weight": np.repeat(1.0 / size, size),
            "geometry": [point for each in points for point in each],
        }
    )
    return table, len(without)


def _lattice(shape: shapely.Geometry, spacing: float) -> list[shapely.Geometry]:
    west, south, east, north = np.round(np.array(shape.bounds) / spacing) * spacing
    x, y = np.meshgrid(np.arange(west, east + 1, spacing), np.arange(south, north + 1, spacing))
    within = shapely.contains_xy(shape, x.ravel(), y.ravel())
    points = shapely.points(x.ravel()[within], y.ravel()[within])
    return list(points) or [shapely.point_on_surface(shape)]
