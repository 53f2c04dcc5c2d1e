"""Read a part of a GeoTIFF into an array: one door for every raster, with the checks that all of them need.

Only a local GeoTIFF is opened, told by its first bytes; never an address, a GDAL virtual path or a VRT. What is
missing in the file is NaN in the array. The raster is never resampled.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cfc_gis.coords import Bounds, bounds_text
from cfc_gis.errors import CrsMissing, InputDamaged, InputMissing, PlaceMismatch

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

Floats = NDArray[np.float64]

STEP_M = 100.0
"""Longest straight piece, in metres, of an outline that is brought to another CRS: over it a straight line and its
image part by less than a millimetre."""

_STEP_DEGREES = 0.001
_SUFFIXES = (".tif", ".tiff")
_HEADS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_DEGREES = (-360.0, -90.5, 360.0, 90.5)  # a global grid may begin at 0 or stand out by half a cell


@dataclass(frozen=True, eq=False)
class Grid:
    """A part of a raster.

    Parameters
    ----------
    values
        Rows from north to south, columns from west to east; NaN where missing.
    bounds
        West, south, east, north of the array, in ``crs``.
    extent
        The same of the whole file.
    crs
        CRS of the raster.
    nodata
        Value taken as missing: the caller's, else the declared one; None where there is neither.
    counts
        Of the array: ``cells``, ``cells_missing`` (declared, undeclared and not finite), ``cells_zero``,
        ``cells_undeclared_nodata`` (values taken as missing though the file does not say so).
    provenance
        ``name``, ``file``, ``sha256``, ``data_date`` and ``licence`` (empty: a GeoTIFF does not say), ``how`` it was
        read, with the value taken as missing.
    """

    values: Floats
    bounds: Bounds
    extent: Bounds
    crs: CRS
    nodata: float | None
    counts: Mapping[str, int]
    provenance: Mapping[str, str]

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell, in units of the CRS."""
        rows, columns = self.values.shape
        west, south, east, north = self.bounds
        return (east - west) / columns, (north - south) / rows


@cache
def limits() -> Mapping[str, Any]:
    """Return what rasters may hold, from ``resources/rasters.toml``.

    Examples
    --------
    >>> limits()["people"]["lowest"]
    0.0
    """
    return tomllib.loads((resources.files("cfc_gis") / "resources" / "rasters.toml").read_text(encoding="utf-8"))


def outlines(shapes: gpd.GeoSeries, crs: CRS) -> gpd.GeoSeries:
    """Bring outlines to another CRS, their long edges cut into pieces first.

    Neighbours that share a border share it afterwards: sums over them are neither lost nor counted twice.

    Parameters
    ----------
    shapes
        Polygons or lines in any CRS.
    crs
        CRS to bring them to.

    Returns
    -------
    GeoSeries
        Same index; no piece longer than :data:`STEP_M` (or a thousandth of a degree) before the change.

    Raises
    ------
    CrsMissing
        When the shapes do not say their CRS.
    """
    import geopandas as gpd
    import shapely

    if shapes.crs is None:
        raise CrsMissing("crs_missing", path=shapes.name or "geometry")
    step = _STEP_DEGREES if shapes.crs.is_geographic else STEP_M / shapes.crs.axis_info[0].unit_conversion_factor
    cut = gpd.GeoSeries(shapely.segmentize(shapes.to_numpy(), step), index=shapes.index, crs=shapes.crs)
    return cut.to_crs(crs)


def read(
    path: str | Path,
    area: gpd.GeoSeries,
    *,
    lowest: float,
    highest: float,
    nodata: float | None = None,
    margin: int = 0,
) -> Grid:
    """Read the part of a raster with one band that lies over an area.

    Parameters
    ----------
    path
        Local GeoTIFF (``.tif``, ``.tiff``), in any CRS, with north above.
    area
        Shapes in any CRS; the box around them is read, as far as the raster reaches.
    lowest, highest
        Range of values that have a meaning. Outside it, the values listed in ``resources/rasters.toml`` are taken as
        missing and counted; any other refuses the file.
    nodata
        Value that means "no data" whatever the file declares.
    margin
        Cells to read beyond the box on each side.

    Returns
    -------
    Grid
        Values as numbers in double precision, with scale and offset of the file applied.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is no local GeoTIFF, cannot be read, has several bands, is turned, has coordinates that its CRS cannot
        have, holds values without a meaning, or nothing but missing values over the area.
    CrsMissing
        When it, or the area, does not say its CRS.
    PlaceMismatch
        When it lies elsewhere; both boxes are shown.

    Examples
    --------
    >>> import tempfile, geopandas, rasterio, shapely
    >>> area = geopandas.GeoSeries([shapely.box(1, 0, 2, 2)], crs="EPSG:4551")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "people.tif"
    ...     with rasterio.open(file, "w", driver="GTiff", width=2, height=2, count=1, dtype="float32", nodata=-9999,
    ...                        crs="EPSG:4551", transform=rasterio.Affine(1, 0, 0, 0, -1, 2)) as raster:
    ...         raster.write(np.array([[1.0, 2.0], [3.0, -9999.0]], dtype="float32"), 1)
    ...     read(file, area, lowest=0, highest=10).values.tolist()
    [[2.0], [nan]]
    """
    file = local_file(path)
    with _opened(file) as raster:
        crs = _checked_crs(raster, file)
        rows, columns = _window(raster, outlines(area, crs), file, margin)
        raw = raster.read(1, window=(rows, columns), masked=nodata is None)
        scale, offset = float(raster.scales[0]), float(raster.offsets[0])
        declared, transform, extent = raster.nodata, raster.transform, tuple(raster.bounds)
    values, undeclared = _values(raw, nodata, scale, offset, (lowest, highest), file)
    if np.isnan(values).all():
        raise InputDamaged("raster_all_missing", path=file)
    west, east = (transform.c + transform.a * column for column in columns)
    north, south = (transform.f + transform.e * row for row in rows)
    counts = {
        "cells": values.size,
        "cells_missing": int(np.isnan(values).sum()),
        "cells_zero": int((values == 0).sum()),
        "cells_undeclared_nodata": sum(undeclared.values()),
    }
    taken = nodata if nodata is not None else declared
    how = f"GeoTIFF, {crs_name(crs)}, no data {'not declared' if taken is None else format(taken, 'g')}"
    how += "".join(f"; {value:g} taken as missing in {n} cells" for value, n in undeclared.items())
    provenance = {
        "name": file.stem, "file": file.name, "sha256": _sha256(file), "data_date": "", "licence": "", "how": how,
    }  # fmt: skip
    return Grid(values, (west, south, east, north), extent, crs, taken, counts, MappingProxyType(provenance))


def extent(path: str | Path) -> gpd.GeoSeries:
    """Return the box of a whole raster, in its own CRS.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing
        As :func:`read`; also when it is so large that an area has to be named.
    """
    import geopandas as gpd
    import shapely

    file = local_file(path)
    with _opened(file) as raster:
        crs = _checked_crs(raster, file)
        if raster.width * raster.height > limits()["whole_cells"]:
            raise InputDamaged("check_raster_large", path=path)
        return gpd.GeoSeries([shapely.box(*raster.bounds)], crs=crs)


def looks_like(values: Floats) -> str:
    """Return what the values of a raster look like: ``people``, ``terrain``, or ``""`` where they may be either.

    People crowd: most cells hold hardly anybody, a few hold hundreds. Heights lie close together and none is as good
    as empty. The limits stand in ``resources/rasters.toml``.

    Parameters
    ----------
    values
        Values, NaN where missing.

    Examples
    --------
    >>> looks_like(np.array([0.0, 0.0, 0.2, 1.0, 2.0, 90.0])), looks_like(np.array([118.0, 120.0, 131.0, 140.0]))
    ('people', 'terrain')
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return ""
    rules = limits()["looks"]
    low, middle, high = np.quantile(known, (0.1, 0.5, 0.9))
    if known.min() < 0 or (low > rules["terrain_lowest"] and high <= rules["terrain_times"] * low):
        return "terrain"
    crowded = known.mean() >= rules["people_times"] * middle and low < rules["people_lowest"]
    return "people" if crowded else ""


def local_file(path: str | Path) -> Path:
    """Return the path of a local GeoTIFF, or raise.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is an address, a virtual path, a VRT or anything but a GeoTIFF by its name and first bytes.

    Examples
    --------
    >>> local_file("/vsicurl/https://example.org/people.tif")
    Traceback (most recent call last):
    cfc_gis.errors.InputDamaged: ...
    """
    text, file = str(path), Path(path)
    virtual = "://" in text or text.replace("\\", "/").lower().startswith("/vsi")
    if virtual or file.suffix.lower() not in _SUFFIXES:
        raise InputDamaged("raster_refused", path=text)
    if file.is_dir():
        raise InputMissing("input_is_folder", path=text)
    if not file.exists():
        raise InputMissing("input_missing", path=text)
    with file.open("rb") as opened:
        if opened.read(4) not in _HEADS:
            raise InputDamaged("raster_refused", path=text)
    return file.resolve()


def crs_name(crs: CRS) -> str:
    """Return the code of a CRS, such as ``EPSG:4551``, else its name.

    Examples
    --------
    >>> from pyproj import CRS
    >>> crs_name(CRS("ESRI:54009"))
    'ESRI:54009'
    """
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a missing CRS is our own error
            with rasterio.open(file, driver="GTiff") as raster:
                yield raster
    except RasterioError as error:
        cause = str(error.__cause__ or error).replace(f"{file.parent}/", "").rstrip(".")
        raise InputDamaged("raster_unreadable", path=file, cause=cause) from error


def _checked_crs(raster: Any, file: Path) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if raster.count != 1:
        raise InputDamaged("raster_bands", path=file, found=raster.count)
    if raster.crs is None or raster.transform.is_identity:
        raise CrsMissing("raster_crs_missing", path=file)
    try:
        crs = CRS.from_wkt(raster.crs.to_wkt())
    except CRSError as error:
        raise CrsMissing("raster_crs_missing", path=file) from error
    transform = raster.transform
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise InputDamaged("raster_turned", path=file)
    west, south, east, north = raster.bounds
    inside = _DEGREES[0] <= west <= east <= _DEGREES[2] and _DEGREES[1] <= south <= north <= _DEGREES[3]
    small = max(transform.a, -transform.e) < 0.5  # no grid of people or heights has cells of half a metre
    if inside != crs.is_geographic and (crs.is_geographic or small):
        found = f"{west:.6g}–{east:.6g}, {south:.6g}–{north:.6g}"
        raise InputDamaged("raster_crs_wrong", path=file, crs=crs_name(crs), found=found)
    return crs


def _window(raster: Any, area: gpd.GeoSeries, file: Path, margin: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return first and past-the-last row and column of the box around an area."""
    west, south, east, north = (float(value) for value in area.total_bounds)
    if all(map(math.isfinite, (west, south, east, north))):
        at = raster.transform
        rows = (
            max(0, math.floor((north - at.f) / at.e) - margin),
            min(raster.height, math.ceil((south - at.f) / at.e) + margin),
        )
        columns = (
            max(0, math.floor((west - at.c) / at.a) - margin),
            min(raster.width, math.ceil((east - at.c) / at.a) + margin),
        )
        if rows[0] < rows[1] and columns[0] < columns[1]:
            return rows, columns
    wanted = bounds_text(tuple(area.to_crs("EPSG:4326").total_bounds))
    raise PlaceMismatch("raster_no_overlap", path=file, found=_degrees(raster, area.crs), wanted=wanted)


def _degrees(raster: Any, crs: CRS) -> str:
    from pyproj import Transformer

    return bounds_text(Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform_bounds(*raster.bounds))


def _values(
    raw: NDArray[Any], nodata: float | None, scale: float, offset: float, allowed: tuple[float, float], file: Path
) -> tuple[Floats, dict[float, int]]:
    """Return values with NaN for what is missing, and how often each undeclared value was taken as that."""
    stored = np.ma.filled(raw.astype(np.float64), np.nan)
    if nodata is not None:
        # 3.4e38 written in decimals is not the single-precision number that the file holds.
        stored[stored == (raw.dtype.type(nodata) if raw.dtype.kind == "f" else nodata)] = np.nan
    stored[~np.isfinite(stored)] = np.nan
    values = stored * scale + offset
    outside = (values < allowed[0]) | (values > allowed[1])
    undeclared: dict[float, int] = {}
    for known in limits()["undeclared_nodata"]:
        found = outside & np.isclose(stored, known, rtol=1e-6, atol=0)
        if found.any():
            undeclared[known] = int(found.sum())
            values[found] = np.nan
            outside &= ~found
    if outside.any():
        odd = values[outside]
        raise InputDamaged(
            "raster_out_of_range",
            path=file,
            count=odd.size,
            found=f"{odd.min():g}–{odd.max():g}",
            wanted=f"{allowed[0]:g}–{allowed[1]:g}",
        )
    return values, undeclared


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
