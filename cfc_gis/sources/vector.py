"""Open a vector layer (GeoPackage, Shapefile, GeoJSON) or a Parquet file, its soundness checked first.

Text of a Shapefile is read as bytes: its encoding is for :func:`declared_encoding`, :func:`likely_encoding` and the
planner to say.
"""

from __future__ import annotations

import codecs
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cfc_gis.errors import InputDamaged
from cfc_gis.sources import local

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from shapely import Geometry

_BYTES = "ISO-8859-1"  # keeps every byte as one character
_CODE_PAGES = {"936": "GB18030", "GBK": "GB18030", "GB2312": "GB18030", "CP936": "GB18030"}
_PARTS = (".shx", ".dbf")
_UNDEFINED_SRS = {0, -1}  # of a geometry in a GeoPackage; the layer's then counts


def layer_kinds(file: Path) -> dict[str, str]:
    """Return the geometry type of each layer of a sound file, by its name; ``None`` is said as text.

    Parameters
    ----------
    file
        GeoPackage, Shapefile or GeoJSON.

    Raises
    ------
    InputDamaged
        When a part of it is missing, it is damaged, or open in another program.
    """
    import pyogrio

    if file.suffix.lower() == ".gpkg":
        _check_geopackage(file)
    elif file.suffix.lower() == ".shp":
        missing = [part for part in _PARTS if local.sibling(file, part) is None]
        if missing:
            raise InputDamaged("shapefile_part", path=file, missing=", ".join(missing))
    with _gdal_errors(file):
        return {str(name): str(kind) for name, kind in pyogrio.list_layers(file)}


def read_layer(file: Path, layer: str) -> gpd.GeoDataFrame:
    """Return a layer as it is; text of a Shapefile with one character per byte.

    Raises
    ------
    InputDamaged
        When it cannot be read.
    """
    import pyogrio

    with _gdal_errors(file):
        if file.suffix.lower() == ".shp":
            return pyogrio.read_dataframe(file, encoding=_BYTES)
        return pyogrio.read_dataframe(file, layer=layer)


def read_parquet(file: Path) -> pd.DataFrame:
    """Return a Parquet file, with geometry where it is GeoParquet; pages with a checksum are checked.

    Raises
    ------
    InputDamaged
        When it cannot be read to its end.
    """
    import geopandas as gpd
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(file, page_checksum_verification=True)
        is_layer = b"geo" in (table.schema.metadata or {})
        frame: pd.DataFrame = gpd.read_parquet(file) if is_layer else table.to_pandas()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise InputDamaged("layer_unreadable", path=file, cause=_cause(error, file)) from error
    return frame


def _check_geopackage(file: Path) -> None:
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise InputDamaged("layer_in_use", path=file)
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            found = base.execute("PRAGMA quick_check(1)").fetchone()[0]
            mixed = dict(_mixed_srs(base)) if found == "ok" else {}
    except sqlite3.DatabaseError as error:
        raise InputDamaged("layer_unreadable", path=file, cause=_cause(error, file)) from error
    if found != "ok":
        raise InputDamaged("layer_unreadable", path=file, cause=found)
    if mixed:
        raise InputDamaged("crs_mixed", path=file, found="; ".join(f"{name}: {srs}" for name, srs in mixed.items()))


def _mixed_srs(base: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield the layers whose geometries name another reference system than the layer does."""
    if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_geometry_columns'").fetchone():
        return  # a table without geometry
    columns = "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
    for table, column, srs in base.execute(columns).fetchall():
        # A geometry begins with GP, version, flags (the lowest bit tells the order of bytes), and its system.
        heads = f"SELECT DISTINCT substr({_quoted(column)}, 4, 5) FROM {_quoted(table)}"  # noqa: S608 - quoted names
        found = {
            struct.unpack("<i" if head[0] & 1 else ">i", head[1:])[0]
            for (head,) in base.execute(heads)
            if head is not None and len(head) == 5
        }
        if found - _UNDEFINED_SRS - {srs}:
            yield table, ", ".join(map(str, sorted(found | {srs})))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _gdal_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:  # pyogrio's own errors, and text in no known encoding
        raise InputDamaged("layer_unreadable", path=file, cause=_cause(error, file)) from error


def _cause(error: Exception, file: Path) -> str:
    return str(error).replace(f"{file.parent}/", "")


def declared_encoding(file: Path) -> str | None:
    """Return the encoding that the .cpg of a Shapefile declares; ``None`` where it has none.

    Raises
    ------
    InputDamaged
        When the .cpg names no encoding that is known.
    """
    declared = local.sibling(file, ".cpg")
    if declared is None:
        return None
    return known_encoding(declared.read_text(encoding=_BYTES).strip(), file)


def known_encoding(name: str, file: Path) -> str:
    """Return the name of an encoding; GBK and its code page are read as GB18030, which holds them.

    Raises
    ------
    InputDamaged
        When there is none of that name.
    """
    encoding = _CODE_PAGES.get(name.upper(), name)
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise InputDamaged("layer_unreadable", path=file, cause=f"encoding: {name}") from error
    return encoding


def likely_encoding(frame: pd.DataFrame) -> str | None:
    """Return ``UTF-8`` where all text of a Shapefile is valid in it, else ``GB18030``; ``None`` where all is ASCII."""
    values = [value for name in _texts(frame) for value in frame[name] if isinstance(value, str)]
    if all(value.isascii() for value in [*values, *map(str, frame.columns)]):
        return None
    return "UTF-8" if all(_is_utf8(value) for value in values) else "GB18030"


def decode(frame: gpd.GeoDataFrame, encoding: str, file: Path) -> gpd.GeoDataFrame:
    """Decode the text of a Shapefile, values strictly; a character cut off at the end of a field's name is dropped.

    Raises
    ------
    InputDamaged
        When a value is not text in the encoding.
    """
    with _gdal_errors(file):
        decoded = {name: [_redecode(value, encoding) for value in frame[name]] for name in _texts(frame)}
    renamed = {name: name.encode(_BYTES).decode(encoding, errors="ignore") for name in frame.columns}
    return frame.assign(**decoded).rename(columns=renamed)


def _texts(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if frame[name].dtype in ("object", "str")]


def _redecode(value: object, encoding: str) -> object:
    return value.encode(_BYTES).decode(encoding) if isinstance(value, str) else value


def _is_utf8(value: str) -> bool:
    try:
        _redecode(value, "UTF-8")
    except UnicodeDecodeError:
        return False
    return True


def repair(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Repair self-crossing polygons.

    Parameters
    ----------
    shapes
        Geometries, ``None`` among them.

    Returns
    -------
    shapes : array
        The same, each polygon valid; of a repaired one only its polygons are kept.
    repaired : array of bool
        Which were repaired.
    change : float
        Largest relative change of an area by that; the signed area of a bow-tie may be zero, then it is 1.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import Polygon
    >>> bow_tie = np.array([Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])
    >>> shapes, repaired, change = repair(bow_tie)
    >>> shapes[0].area, repaired.tolist(), change
    (0.5, [True], 1.0)
    """
    import shapely

    bad = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes) & ~shapely.is_valid(shapes)
    after = shapes.copy()
    after[bad] = [_polygonal(shapely.make_valid(shape)) for shape in shapes[bad]]
    bad &= shapely.area(after) > 0
    change = abs(1 - shapely.area(shapes[bad]) / shapely.area(after[bad]))
    return after, bad, float(max(change, default=0.0))


def _polygonal(geometry: Geometry) -> Geometry:
    """Polygons of a valid geometry, empty if it has none: repairing may leave lines and points behind."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
