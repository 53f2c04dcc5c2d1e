"""Where the facilities of a register stand: columns of degrees, ``lng,lat`` in one column, or the shapes of a layer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis.coords import Bounds
from cfc_gis.faults import Fault
from cfc_gis.sources import vector
from cfc_gis.sources.register import values

ToWgs84 = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Takes longitudes and latitudes in degrees and returns them in WGS 84."""

_WGS84 = "EPSG:4326"
_CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
_MIXED_TYPES = (shapely.GeometryType.MULTIPOINT, shapely.GeometryType.GEOMETRYCOLLECTION)
_PAIR = re.compile(r"\s*([^,，;；\s]+)\s*[,，;；\s]\s*([^,，;；\s]+)\s*")


def shapes(
    frame: pd.DataFrame, columns: Mapping[str, str], crs: str | None, bounds: Bounds | None
) -> tuple[gpd.GeoSeries, list[Fault]]:
    """Return the shape of each row in degrees, ``None`` where it has no place that can be used.

    Parameters
    ----------
    frame
        The table; a GeoDataFrame where it is a layer, whose shapes then count.
    columns
        Header of each field.
    crs
        CRS of coordinates in columns, where they are not degrees.
    bounds
        West, south, east, north, in degrees, within which the facilities should lie.

    Returns
    -------
    shapes : GeoSeries
        EPSG:4326, as declared, no datum converted.
    faults : list of Fault
        Errors: no numbers, off the map, swapped. Warnings: no place (empty, NaN, infinite, zero), outside the bounds.
        Notes: repaired and reduced shapes.
    """
    if isinstance(frame, gpd.GeoDataFrame):
        drawn, faults = _drawn(frame)
    else:
        drawn, faults = _points(frame, columns, crs)
    lon, lat = _middles(drawn)
    unused: dict[str, NDArray[np.bool_]] = _judged(lon, lat)
    told = {fault.row for fault in faults if fault.severity == "error"}
    for key, rows in unused.items():
        severity: Any = "warning" if key == "unplaced" else "error"
        faults += [
            Fault(key, severity, row, found=_found(lon[at], lat[at]))
            for at, row in zip(np.flatnonzero(rows), drawn.index[rows], strict=True)
            if row not in told
        ]
    bad = np.logical_or.reduce(list(unused.values()))
    if bounds is not None:
        west, south, east, north = bounds
        outside = ~bad & ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        faults += [
            Fault("outside_bounds", "warning", row, found=_found(lon[at], lat[at]))
            for at, row in zip(np.flatnonzero(outside), drawn.index[outside], strict=True)
        ]
    return drawn.where(~bad), faults


def _middles(drawn: gpd.GeoSeries) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    west, south, east, north = shapely.bounds(drawn.to_numpy()).T
    return (west + east) / 2, (south + north) / 2


def _judged(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
    """Return which rows have no usable place, by kind of fault."""
    west, south, east, north = _CHINA
    nowhere = ~(np.isfinite(lon) & np.isfinite(lat)) | ((lon == 0) & (lat == 0))
    swapped = ~nowhere & (lon >= south) & (lon <= north) & (lat >= west) & (lat <= east)
    off = ~nowhere & ~swapped & ((np.abs(lon) > 180) | (np.abs(lat) > 90))
    metres = off & (np.abs(lon) > 1000) & (np.abs(lat) > 1000)
    return {"unplaced": nowhere, "looks_swapped": swapped, "off_map": off & ~metres, "not_degrees": metres}


def _found(lon: float, lat: float) -> str | None:
    return f"{lon:.6g}, {lat:.6g}" if np.isfinite(lon) and np.isfinite(lat) else None


def _points(frame: pd.DataFrame, columns: Mapping[str, str], crs: str | None) -> tuple[gpd.GeoSeries, list[Fault]]:
    if "location" in columns:
        pairs, faults = values.take(frame[columns["location"]], pair, "coordinate_unclear", "error")
        lon, lat = ([np.nan if each is None else each[at] for each in pairs] for at in (0, 1))
    else:
        lon, faults = _degrees(frame, columns.get("lon"))
        lat, more = _degrees(frame, columns.get("lat"))
        faults += more
    points = shapely.points(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    points[~(np.isfinite(lon) & np.isfinite(lat))] = None
    placed = gpd.GeoSeries(points, index=frame.index, crs=crs or _WGS84)
    return (placed if crs is None else placed.to_crs(_WGS84)), faults


def _degrees(frame: pd.DataFrame, column: str | None) -> tuple[list[float], list[Fault]]:
    if column is None:
        return [np.nan] * len(frame), []
    found, faults = values.take(frame[column], values.degrees, "coordinate_unclear", "error")
    return [np.nan if each is None else each for each in found], faults


def pair(value: str) -> tuple[float, float] | None:
    """Return longitude and latitude of ``lng,lat``; ``None`` where it is none.

    Examples
    --------
    >>> pair("126.64,45.75"), pair("126.64"), pair("x,y")
    ((126.64, 45.75), None, None)
    """
    found = _PAIR.fullmatch(value)
    both = [values.degrees(each) for each in found.groups()] if found else []
    return (both[0], both[1]) if len(both) == 2 and None not in both else None  # type: ignore[return-value]


def _drawn(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, list[Fault]]:
    """Return the shapes of a layer, each reduced to what a facility can be, the polygons sound."""
    raw = shapely.force_2d(frame.geometry.to_numpy())
    single = np.array([_one_kind(shape) for shape in raw], dtype=object)
    several = np.isin(shapely.get_type_id(raw), _MIXED_TYPES) & (shapely.get_num_geometries(raw) > 1)
    faults = [
        Fault("shape_reduced", "note", int(row), found=f"{raw[at].geom_type} -> {single[at].geom_type}")
        for at, row in zip(np.flatnonzero(several), frame.index[several], strict=True)
    ]
    sound, repaired, _ = vector.repair(single)
    before, after = shapely.area(single), shapely.area(sound)
    faults += [
        Fault("shape_repaired", "note", int(row), facts={"share": _change(before[at], after[at])})
        for at, row in zip(np.flatnonzero(repaired), frame.index[repaired], strict=True)
    ]
    finite = np.isfinite(shapely.bounds(sound)).all(axis=1) & ~shapely.is_empty(sound)
    sound[~finite] = None
    return gpd.GeoSeries(sound, index=frame.index, crs=frame.crs).to_crs(_WGS84), faults


def _change(before: float, after: float) -> str:
    return f"{abs(1 - before / after):.0%}"


def _one_kind(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return a shape of one kind: of a collection its polygons, else its lines, else its points; of points one.

    Of several points the one nearest to their middle stands for the facility: one row is one facility.
    """
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type == "GeometryCollection":
        parts = shapely.get_parts(shapely.get_parts(shape))
        sizes = shapely.get_dimensions(parts)
        shape = shapely.union_all(parts[sizes == sizes.max()])
    if shape.geom_type == "MultiPoint":
        points = shapely.get_parts(shape)
        return points[int(np.argmin(shapely.distance(points, shapely.centroid(shape))))]
    if shape.geom_type in {"MultiPolygon", "MultiLineString"} and shapely.get_num_geometries(shape) == 1:
        return shapely.get_geometry(shape, 0)
    return shape


def entrances(frame: pd.DataFrame, column: str | None) -> tuple[pd.Series, list[Fault]]:
    """Return the entrances of each row as a list of (longitude, latitude), empty where it has none.

    Examples
    --------
    >>> cells = pd.DataFrame({"entr_location": ["126.64,45.75", None]}, [2, 3], dtype=object)
    >>> entrances(cells, "entr_location")[0].tolist()
    [[(126.64, 45.75)], []]
    """
    if column is None:
        return pd.Series([[] for _ in frame.index], frame.index, dtype=object), []
    pairs, faults = values.take(frame[column], _entrance, "entrance_unclear", "warning")
    return pd.Series([[each] if each else [] for each in pairs], frame.index, dtype=object), faults


def _entrance(value: str) -> tuple[float, float] | None:
    point = pair(value)
    if point is None or not all(map(np.isfinite, point)):
        return None
    (lon, lat) = point
    sound = not any(rows.any() for rows in _judged(np.array([lon]), np.array([lat])).values())
    return point if sound else None


def convert(table: gpd.GeoDataFrame, to_wgs84: ToWgs84, rows: pd.Series | None = None) -> gpd.GeoDataFrame:
    """Return a register with shapes and entrances in WGS 84.

    Parameters
    ----------
    table
        With ``geometry`` in degrees and ``entrances`` as (longitude, latitude).
    to_wgs84
        Converts arrays of longitudes and latitudes.
    rows
        Which rows are converted; all where it is not given.
    """

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1]))

    chosen = np.ones(len(table), dtype=bool) if rows is None else rows.to_numpy(dtype=bool)
    drawn = table.geometry.to_numpy().copy()
    drawn[chosen] = shapely.transform(drawn[chosen], moved)
    doors = [
        [(float(x), float(y)) for x, y in moved(np.array(each))] if each and at else each
        for each, at in zip(table["entrances"], chosen, strict=True)
    ]
    converted = table.set_geometry(gpd.GeoSeries(drawn, index=table.index, crs=table.crs))
    return converted.assign(entrances=pd.Series(doors, table.index, dtype=object))
