"""Polygon layers of the planner: districts, or a study area."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cfc_gis.coords import bounds_text
from cfc_gis.errors import CrsMissing, InputDamaged
from cfc_gis.sources import local, vector

if TYPE_CHECKING:
    import geopandas as gpd

CODE_COLUMNS = ("unit_code", "adcode", "code", "区划代码", "行政区划代码", "代码", "xzqdm", "gb", "division_code")
NAME_COLUMNS = ("unit_name", "name", "名称", "行政区名称", "区县", "区县名称", "xzqmc", "adname", "name:zh")
"""Names under which a layer may hold codes and names, upper or lower case; the first that is found counts."""

SCHOOL_COLUMNS = ("school", "school_id", "school_name", "学校", "学校名称", "对口学校", "学区学校")
"""Names under which a layer of catchments holds its schools, before those of :data:`NAME_COLUMNS`."""

_MIXED = {"Unknown", "GeometryCollection"}  # layers that may hold polygons among others
_FIELD_BYTES = 10  # a Shapefile cuts the names of its fields
_CUT_IN = ("UTF-8", "GB18030")
_CHINA_LON, _CHINA_LAT = (73, 136), (3, 54)


@dataclass(frozen=True)
class Layer:
    """A polygon layer of the planner.

    Parameters
    ----------
    table
        ``unit_code`` and ``unit_name`` (text, missing where the layer has no such column or value), ``source`` (file
        name) and polygons in EPSG:4326; one row per code and name, in the order of the file.
    provenance
        ``file``, ``sha256``, ``size``, ``how`` it was read, and as numbers in text ``repaired`` (self-crossing
        polygons), ``area_change`` (largest relative change of area by that), ``set_aside`` (features without a
        polygon).
    """

    table: gpd.GeoDataFrame
    provenance: Mapping[str, str]


def read(path: str | Path) -> Layer:
    """Read polygons with their codes and names.

    Only a local GeoPackage, GeoJSON or Shapefile is opened, told by its first bytes, never an address, a GDAL virtual
    path or a VRT. Of several layers in a GeoPackage the first with polygons is read, and named in the provenance.
    Self-crossing polygons are repaired and counted; rows of one code and name become one.

    Parameters
    ----------
    path
        The file. Text of a Shapefile is read by its ``.cpg``; without one as UTF-8 where it is valid, else as GB18030.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is of another kind, unreadable, without polygons, or its coordinates look swapped.
    CrsMissing
        When it does not say its coordinate reference system.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas
    >>> from shapely import box
    >>> area = geopandas.GeoDataFrame({"ADCODE": [230103]}, geometry=[box(126.6, 45.7, 126.7, 45.8)], crs=4326)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     area.to_file(Path(folder) / "districts.gpkg")
    ...     layer = read(Path(folder) / "districts.gpkg")
    >>> layer.table["unit_code"].tolist()
    ['230103']
    """
    polygons = read_polygons(path)
    table = _one_row_per_unit(_named(polygons.table, polygons.provenance["file"]))
    return Layer(table, polygons.provenance)


def read_polygons(path: str | Path) -> Layer:
    """Read polygons with all their columns, as :func:`read` does, one row for each feature.

    Parameters
    ----------
    path
        As of :func:`read`.

    Returns
    -------
    Layer
        The columns of the file and polygons in EPSG:4326, in the order of the file; its index counts them from 0.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing
        As :func:`read`.
    """
    file = local.checked(path, local.LAYERS, "layer_refused")
    frame, how = _read_frame(file)
    if frame.crs is None:
        raise CrsMissing("crs_missing", path=path)
    polygons, counts = _polygons(frame, file)
    table = polygons.to_crs("EPSG:4326")
    _check_extent(table, file)
    provenance = {
        **local.facts_of(file),
        "how": how,
        **{key: f"{value:g}" for key, value in counts.items()},
    }
    return Layer(table, MappingProxyType(provenance))


def read_catchments(path: str | Path) -> Layer:
    """Read school districts (学区).

    Parameters
    ----------
    path
        As of :func:`read`; a column of :data:`SCHOOL_COLUMNS` or :data:`NAME_COLUMNS` has the school's name or id.

    Returns
    -------
    Layer
        ``school`` (text) and polygons in EPSG:4326, in the order of the file. Polygons without a school are set aside
        and counted.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing
        As :func:`read`; also when there is no such column, or nothing in it.
    """
    polygons = read_polygons(path)
    table = polygons.table
    schools = texts(table, (*SCHOOL_COLUMNS, *NAME_COLUMNS))
    named = table.assign(school=schools)[["school", table.geometry.name]].dropna(subset=["school"])
    if named.empty:
        known = ", ".join(map(str, table.columns.drop(table.geometry.name)))
        raise InputDamaged("catchments_no_school", path=path, found=known, wanted=", ".join(SCHOOL_COLUMNS))
    aside = float(polygons.provenance["set_aside"]) + len(table) - len(named)
    provenance = {**polygons.provenance, "set_aside": f"{aside:g}"}
    return Layer(named.reset_index(drop=True), MappingProxyType(provenance))


def _read_frame(file: Path) -> tuple[gpd.GeoDataFrame, str]:
    kinds = vector.layer_kinds(file)
    layer = next((name for name, kind in kinds.items() if "Polygon" in kind or kind in _MIXED), None)
    if layer is None:
        raise InputDamaged("layer_no_polygons", path=file, found=", ".join(kinds.values()) or 0)
    frame = vector.read_layer(file, layer)
    if file.suffix.lower() != ".shp":
        return frame, f"{file.suffix[1:].lower()}, layer {layer}"
    declared = vector.declared_encoding(file)
    encoding = declared or vector.likely_encoding(frame) or "UTF-8"
    return vector.decode(frame, encoding, file), f"shp, {encoding}" + ("" if declared else ", no cpg")


def _polygons(frame: gpd.GeoDataFrame, file: Path) -> tuple[gpd.GeoDataFrame, dict[str, float]]:
    """Keep polygons, repair the self-crossing ones; with counts."""
    import shapely

    before = frame.geometry.to_numpy()
    after, repaired, change = vector.repair(before)
    usable = (shapely.get_dimensions(after) == 2) & (shapely.area(after) > 0)
    if not usable.any():
        raise InputDamaged("layer_no_polygons", path=file, found=len(frame))
    counts = {
        "repaired": float(repaired.sum()),
        "area_change": change,
        "set_aside": float((~usable).sum()),
    }
    return frame.set_geometry(after, crs=frame.crs)[usable].reset_index(drop=True), counts


def _check_extent(table: gpd.GeoDataFrame, file: Path) -> None:
    """Coordinates must be on the map; a box that fits China only when turned round is swapped."""
    west, south, east, north = (float(value) for value in table.total_bounds)
    turned = _CHINA_LAT[0] <= west <= east <= _CHINA_LAT[1] and _CHINA_LON[0] <= south <= north <= _CHINA_LON[1]
    on_map = max(abs(south), abs(north)) <= 90 and max(abs(west), abs(east)) <= 180
    if turned or not on_map:
        raise InputDamaged("coordinates_swapped", path=file, found=bounds_text((west, south, east, north)))


def _named(table: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    codes = [_district_code(code) for code in texts(table, CODE_COLUMNS)]
    columns = {"unit_code": codes, "unit_name": texts(table, NAME_COLUMNS), "source": file}
    return gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs)


def find_column(table: gpd.GeoDataFrame, names: Iterable[str]) -> str | None:
    """Return the first column of these names, upper or lower case, or cut to the length of a Shapefile's field.

    Examples
    --------
    >>> import geopandas
    >>> find_column(geopandas.GeoDataFrame({"DLBM": ["0701"]}), ["地类编码", "dlbm"])
    'DLBM'
    """
    columns = {str(column).lower(): str(column) for column in reversed(table.columns)}
    wanted = [name.lower() for name in names]
    cut = [name.encode(code)[:_FIELD_BYTES].decode(code, errors="ignore") for code in _CUT_IN for name in wanted]
    return next((columns[name] for name in (*wanted, *cut) if name in columns), None)


def texts(table: gpd.GeoDataFrame, names: Iterable[str]) -> list[str | None]:
    """Return the text of the first column of these names (:func:`find_column`); None where there is none."""
    import pandas as pd

    column = find_column(table, names)
    if column is None:
        return [None] * len(table)
    return [None if pd.isna(value) else str(value).strip() or None for value in table[column]]


def _district_code(code: str | None) -> str | None:
    """Six digits from a code that was kept as a number, or filled with zeros for the levels below."""
    if code is None:
        return None
    code = code.removesuffix(".0")
    return code[:6] if re.fullmatch(r"[0-9]{6}(000|000000)", code) else code


def _one_row_per_unit(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join rows of the same code and name; rows without either are parts of a study area and stay."""
    named = table["unit_code"].notna() | table["unit_name"].notna()
    key = table["unit_code"].fillna("") + "\n" + table["unit_name"].fillna("")
    key = key.where(named, table.index.astype(str))
    if key.is_unique:
        return table
    joined = table.assign(_key=key).dissolve("_key", sort=False)
    return joined.reset_index(drop=True)[[*table.columns]]
