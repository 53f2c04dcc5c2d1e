"""Polygon layers of the planner: districts, or a study area."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from cfc_gis.coords import bounds_text
from cfc_gis.errors import CrsMissing, InputDamaged, InputMissing

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Geometry

CODE_COLUMNS = ("unit_code", "adcode", "code", "区划代码", "行政区划代码", "代码", "xzqdm", "gb", "division_code")
NAME_COLUMNS = ("unit_name", "name", "名称", "行政区名称", "区县", "区县名称", "xzqmc", "adname", "name:zh")
"""Names under which a layer may hold codes and names, upper or lower case; the first that is found counts."""

_HEADS = {".gpkg": b"SQLite format 3\x00", ".geojson": b"{", ".json": b"{", ".shp": b"\x00\x00\x27\x0a"}
_MIXED = {"Unknown", "GeometryCollection"}  # layers that may hold polygons among others
_FIELD_BYTES = 10  # a Shapefile cuts the names of its fields
_BYTES = "ISO-8859-1"  # keeps every byte as one character
_CODE_PAGES = {"936": "GB18030", "GBK": "GB18030", "GB2312": "GB18030"}
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
        ``file``, ``sha256``, ``how`` it was read, and as numbers in text ``repaired`` (self-crossing polygons),
        ``area_change`` (largest relative change of area by that), ``set_aside`` (features without a polygon).
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
    file = _local_file(path)
    frame, how = _read_frame(file)
    if frame.crs is None:
        raise CrsMissing("crs_missing", path=path)
    polygons, counts = _polygons(frame, file)
    table = polygons.to_crs("EPSG:4326")
    _check_extent(table, file)
    table = _one_row_per_unit(_named(table, file))
    provenance = {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "how": how,
        **{key: f"{value:g}" for key, value in counts.items()},
    }
    return Layer(table, MappingProxyType(provenance))


def _local_file(path: str | Path) -> Path:
    text, file = str(path), Path(path)
    head = _HEADS.get(file.suffix.lower())
    if head is None or "://" in text or text.replace("\\", "/").lower().startswith("/vsi"):
        raise InputDamaged("layer_refused", path=text)
    if file.is_dir():
        raise InputMissing("input_is_folder", path=text)
    if not file.exists():
        raise InputMissing("input_missing", path=text)
    with file.open("rb") as opened:
        found = opened.read(64)
    if head == b"{":
        found = found.removeprefix(codecs.BOM_UTF8).lstrip()
    if not found.startswith(head):
        raise InputDamaged("layer_refused", path=text)
    return file.resolve()


def _read_frame(file: Path) -> tuple[gpd.GeoDataFrame, str]:
    import pyogrio

    with _gdal_errors(file):
        kinds = {str(name): str(kind) for name, kind in pyogrio.list_layers(file)}
    layer = next((name for name, kind in kinds.items() if "Polygon" in kind or kind in _MIXED), None)
    if layer is None:
        raise InputDamaged("layer_no_polygons", path=file, found=", ".join(kinds.values()) or 0)
    with _gdal_errors(file):
        if file.suffix.lower() == ".shp":
            return _decoded(pyogrio.read_dataframe(file, encoding=_BYTES), file)
        return pyogrio.read_dataframe(file, layer=layer), f"{file.suffix[1:].lower()}, layer {layer}"


@contextmanager
def _gdal_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:  # pyogrio's own errors, and text in no known encoding
        cause = str(error).replace(f"{file.parent}/", "")
        raise InputDamaged("layer_unreadable", path=file, cause=cause) from error


def _decoded(frame: gpd.GeoDataFrame, file: Path) -> tuple[gpd.GeoDataFrame, str]:
    """Decode the text of a Shapefile, values strictly; a character cut off at the end of a field's name is dropped."""
    texts = {name: frame[name] for name in frame.columns if frame[name].dtype in ("object", "str")}
    declared = next((other for other in file.parent.glob(f"{file.stem}.*") if other.suffix.lower() == ".cpg"), None)
    if declared:
        name = declared.read_text(encoding=_BYTES).strip()
        encoding = _CODE_PAGES.get(name.upper(), name)
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ValueError(f".cpg: {name}") from error
        how = f"shp, {encoding}"
    else:
        encoding = "UTF-8" if all(_is_utf8(value) for values in texts.values() for value in values) else "GB18030"
        how = f"shp, {encoding}, no cpg"
    decoded = {name: [_redecode(value, encoding) for value in values] for name, values in texts.items()}
    renamed = {name: name.encode(_BYTES).decode(encoding, errors="ignore") for name in frame.columns}
    return frame.assign(**decoded).rename(columns=renamed), how


def _redecode(value: object, encoding: str) -> object:
    return value.encode(_BYTES).decode(encoding) if isinstance(value, str) else value


def _is_utf8(value: object) -> bool:
    try:
        _redecode(value, "UTF-8")
    except UnicodeDecodeError:
        return False
    return True


def _polygons(frame: gpd.GeoDataFrame, file: Path) -> tuple[gpd.GeoDataFrame, dict[str, float]]:
    """Keep polygons, repair the self-crossing ones; with counts."""
    import shapely

    before = frame.geometry.to_numpy()
    is_polygon = (shapely.get_dimensions(before) == 2) & ~shapely.is_empty(before)
    bad = is_polygon & ~shapely.is_valid(before)
    after = before.copy()
    after[bad] = [_polygonal(shapely.make_valid(shape)) for shape in before[bad]]
    usable = is_polygon & (shapely.area(after) > 0)
    if not usable.any():
        raise InputDamaged("layer_no_polygons", path=file, found=len(frame))
    bad &= usable
    change = abs(1 - shapely.area(before[bad]) / shapely.area(after[bad]))
    counts = {
        "repaired": float(bad.sum()),
        "area_change": float(max(change, default=0.0)),
        "set_aside": float((~usable).sum()),
    }
    return frame.set_geometry(after, crs=frame.crs)[usable].reset_index(drop=True), counts


def _polygonal(geometry: Geometry) -> Geometry:
    """Polygons of a valid geometry, empty if it has none: repairing may leave lines and points behind."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _check_extent(table: gpd.GeoDataFrame, file: Path) -> None:
    """Coordinates must be on the map; a box that fits China only when turned round is swapped."""
    west, south, east, north = (float(value) for value in table.total_bounds)
    turned = _CHINA_LAT[0] <= west <= east <= _CHINA_LAT[1] and _CHINA_LON[0] <= south <= north <= _CHINA_LON[1]
    on_map = max(abs(south), abs(north)) <= 90 and max(abs(west), abs(east)) <= 180
    if turned or not on_map:
        raise InputDamaged("coordinates_swapped", path=file, found=bounds_text((west, south, east, north)))


def _named(table: gpd.GeoDataFrame, file: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    codes = [_district_code(code) for code in _texts(table, CODE_COLUMNS)]
    columns = {"unit_code": codes, "unit_name": _texts(table, NAME_COLUMNS), "source": file.name}
    return gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs)


def _texts(table: gpd.GeoDataFrame, names: tuple[str, ...]) -> list[str | None]:
    """Text of the first column of these names, or of one cut to the length of a Shapefile's field."""
    import pandas as pd

    columns = {str(column).lower(): column for column in reversed(table.columns)}
    cut = [name.encode()[:_FIELD_BYTES].decode(errors="ignore") for name in names]
    column = next((columns[name] for name in (*names, *cut) if name in columns), None)
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
