"""People by grid cell: WorldPop by age and sex, WorldPop and GHS-POP totals, or any raster of people per cell.

Zonal sums are taken in the raster's own system. The outlines are brought there, cut fine enough that neighbours still
share their borders; the raster is never resampled, which would make or lose people. A cell on a border is split by
area. Cells without data hold nobody: WorldPop leaves out unsettled land.

References
----------
WorldPop, file descriptions of "Age and sex structures" (2020 and R2025A): country, sex (f, m, t for both), first year
of the age band (0 to 12 months, 1 to 4 years, then five years each), year. Names were seen there (verified).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfc_gis import ages, geotiff
from cfc_gis.errors import CfcError, InputDamaged, UserError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from cfc_gis.geotiff import Grid

TOTAL = "population"
COVER = "raster_cover"
CELLS = "raster_cells"

_BY_AGE = re.compile(r"(?P<country>[a-z]{3})_(?P<sex>[fmt])_(?P<age>[0-9]{1,2})_(?P<year>[0-9]{4})(?![0-9])")
_DENSITY = re.compile(r"[a-z]{3}_pd_")
_AGE_OF_YEAR = {0: "age_0", 1: "age_1_4", 5: "age_5_9", 10: "age_10_14"}
_TOGETHER, _APART = "t", ("f", "m")
_ROUNDING = 1e-6  # of a cell: edges of windows are computed in floating point


class FileName(NamedTuple):
    """What a WorldPop file name says: country, sex (f, m or t), first year of the age band, year."""

    country: str
    sex: str
    age: int
    year: int


@dataclass(frozen=True, eq=False)
class People:
    """Rasters of people over one area.

    Parameters
    ----------
    grids
        By ``population`` (all ages) or age band (:data:`cfc_gis.ages.AGES`): the grids that add up to it.
    provenance
        Of each file; ``how`` names what it was taken as.
    counts
        ``files``, ``files_set_aside`` (ages from 15 on), and the cells of all grids, as in
        :class:`cfc_gis.geotiff.Grid`.
    """

    grids: Mapping[str, tuple[Grid, ...]]
    provenance: tuple[Mapping[str, str], ...]
    counts: Mapping[str, int]


def parse_name(name: str) -> FileName | None:
    """Return what the name of a WorldPop file by age and sex says; None for any other name.

    Examples
    --------
    >>> parse_name("chn_f_0_2020.tif")
    FileName(country='chn', sex='f', age=0, year=2020)
    >>> parse_name("CHN_T_05_2026_CN_100m_R2025A_v1.tif").age
    5
    >>> parse_name("GHS_POP_E2020_GLOBE_R2023A_54009_100_V1_0.tif") is None
    True
    """
    found = _BY_AGE.match(Path(name).name.lower())
    return FileName(found["country"], found["sex"], int(found["age"]), int(found["year"])) if found else None


def read(paths: Iterable[str | Path], area: gpd.GeoSeries, *, nodata: float | None = None) -> People:
    """Read rasters of people over an area.

    Files with WorldPop's names by age and sex are taken as children: ages 0, 1, 5 and 10, of both sexes, of one
    country and year, all of them or none. Files of later ages are set aside and counted. One other file may stand
    beside them, or alone: it is taken as all people.

    Parameters
    ----------
    paths
        Local GeoTIFFs of people per cell, in any CRS; the grids need not fit each other.
    area
        Shapes that hold every polygon that will be asked for, in any CRS.
    nodata
        Value that means "no data" whatever the files declare.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing, PlaceMismatch
        As :func:`cfc_gis.geotiff.read`; also for a file that declares 0 as missing, so that empty and unmapped land
        cannot be told apart, and for one without any people.
    UserError
        When the files do not fit together: every fault at once.

    Examples
    --------
    >>> import tempfile, geopandas, rasterio, shapely
    >>> block = geopandas.GeoSeries([shapely.box(0, 0, 1.5, 1)], crs="EPSG:4551")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "people.tif"
    ...     with rasterio.open(file, "w", driver="GTiff", width=2, height=1, count=1, dtype="float32",
    ...                        crs="EPSG:4551", transform=rasterio.Affine(1, 0, 0, 0, -1, 1)) as raster:
    ...         raster.write(np.array([[10.0, 4.0]], dtype="float32"), 1)
    ...     sums(read([file], block), block)["population"].tolist()
    [12.0]
    """
    files = [Path(path) for path in paths]
    names = {path: parse_name(path.name) for path in files}
    _check_files(files, names)
    grids: dict[str, tuple[Grid, ...]] = {}
    counts: Counter[str] = Counter(files=len(files))
    provenance = []
    for path in files:
        kind = _kind(names[path])
        if kind is None:
            counts["files_set_aside"] += 1
            continue
        grid = read_one(path, area, nodata=nodata)
        grids[kind] = (*grids.get(kind, ()), grid)
        counts.update(grid.counts)
        provenance.append(MappingProxyType({**grid.provenance, "how": f"{grid.provenance['how']}; {kind}"}))
    return People(MappingProxyType(grids), tuple(provenance), dict(sorted(counts.items())))


def read_one(path: str | Path, area: gpd.GeoSeries, *, nodata: float | None = None) -> Grid:
    """Read one raster of people over an area, whatever its name says.

    Parameters
    ----------
    path, area, nodata
        As of :func:`read`.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing, PlaceMismatch
        As :func:`read`, but for files that do not fit together.
    """
    bounds = geotiff.limits()["people"]
    grid = geotiff.read(path, area, lowest=bounds["lowest"], highest=bounds["highest"], nodata=nodata)
    if grid.nodata == 0:
        raise InputDamaged("raster_zero_missing", path=path)
    if not np.nansum(grid.values) > 0:
        raise InputDamaged("raster_no_people", path=path)
    return grid


def sums(people: People, polygons: gpd.GeoSeries) -> pd.DataFrame:
    """Return the people in each polygon.

    Parameters
    ----------
    people
        Rasters as from :func:`read`.
    polygons
        Polygons in any CRS, inside the area for which the rasters were read or outside the rasters.

    Returns
    -------
    DataFrame
        ``population`` and the bands of children, as far as the rasters tell them; ``raster_cover``, the share of the
        polygon inside every raster; and ``raster_cells``, its area in cells of the coarsest: with less than one, the
        raster says little of it. A polygon outside a raster, or without area, has no sums (NaN); one half outside has
        the sums of its inner half. Same index.

    Raises
    ------
    CfcError
        When a polygon reaches beyond the area for which the rasters were read.
    """
    import pandas as pd

    found: dict[str, NDArray[np.float64]] = {}
    cover, cells = np.ones(len(polygons)), np.full(len(polygons), np.inf)
    shapes: dict[str, gpd.GeoSeries] = {}
    for kind, grids in people.grids.items():
        found[kind] = np.zeros(len(polygons))
        for grid in grids:
            key = grid.crs.to_wkt()
            if key not in shapes:
                shapes[key] = geotiff.outlines(polygons, grid.crs)
            _check_window(grid, shapes[key])
            cover = np.minimum(cover, _cover(grid, shapes[key]))
            cells = np.minimum(cells, _cells(grid, shapes[key]))
            found[kind] += _zonal(grid, shapes[key])
    table = pd.DataFrame(found, index=polygons.index)
    if set(ages.AGES) <= set(table):
        table = table.drop(columns=list(ages.AGES)).join(ages.bands(table))
    table.loc[cover == 0] = np.nan
    table[COVER], table[CELLS] = cover, cells
    return table


def _kind(name: FileName | None) -> str | None:
    return TOTAL if name is None else _AGE_OF_YEAR.get(name.age)


def _check_files(files: list[Path], names: Mapping[Path, FileName | None]) -> None:
    """Tell all at once why files cannot be added up."""
    by_age = [name for name in names.values() if name is not None and name.age in _AGE_OF_YEAR]
    others = [path.name for path in files if names[path] is None]
    faults = [f"{name}: people per km², not people per cell" for name in others if _DENSITY.match(name.lower())]
    if not others and not by_age:
        faults.append("no file of all people, and none of ages 0, 1, 5 and 10")
    if len(others) > 1:
        faults.append(f"{len(others)} files of all people: {', '.join(others)}")
    for what, values in (("country", {n.country for n in by_age}), ("year", {n.year for n in by_age})):
        if len(values) > 1:
            faults.append(f"more than one {what}: {', '.join(map(str, sorted(values)))}")
    if by_age:
        faults += [fault for year in _AGE_OF_YEAR for fault in _sex_faults(year, by_age)]
    if faults:
        raise UserError("raster_files", count=len(faults), faults="; ".join(faults))


def _sex_faults(year: int, names: list[FileName]) -> list[str]:
    sexes = Counter(name.sex for name in names if name.age == year)
    faults = [f"age {year}: {n} files of sex {sex}" for sex, n in sorted(sexes.items()) if n > 1]
    apart = [sex for sex in _APART if sexes[sex]]
    if sexes[_TOGETHER] and apart:
        faults.append(f"age {year}: both sexes together and apart would count children twice")
    elif not sexes[_TOGETHER]:
        faults += [f"age {year}: no file of sex {sex}" for sex in _APART if not sexes[sex]]
    return faults


def _check_window(grid: Grid, shapes: gpd.GeoSeries) -> None:
    """Raise where the part of a polygon inside the raster reaches beyond the cells that were read."""
    west, south, east, north = grid.extent
    inside = shapes.bounds.clip(lower=[west, south, west, south], upper=[east, north, east, north], axis="columns")
    inside = inside[(inside["minx"] < inside["maxx"]) & (inside["miny"] < inside["maxy"])]
    slack = _ROUNDING * max(grid.cell)
    low, high = inside.min().to_numpy()[:2], inside.max().to_numpy()[2:]
    if (low < np.array(grid.bounds[:2]) - slack).any() or (high > np.array(grid.bounds[2:]) + slack).any():
        raise CfcError("raster_window", path=grid.provenance["file"])


def _cover(grid: Grid, shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    import shapely

    size = shapely.area(shapes.to_numpy())
    inside = shapely.area(shapely.intersection(shapes.to_numpy(), shapely.box(*grid.extent)))
    share: NDArray[np.float64] = np.divide(inside, size, out=np.zeros(len(size)), where=size > 0).clip(0.0, 1.0)
    return share


def _cells(grid: Grid, shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    import shapely

    width, height = grid.cell
    cells: NDArray[np.float64] = shapely.area(shapes.to_numpy()) / (width * height)
    return cells


def _zonal(grid: Grid, shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    import geopandas as gpd
    import shapely
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    source = NumPyRasterSource(grid.values, *grid.bounds, srs_wkt=grid.crs.to_wkt())
    out = np.zeros(len(shapes))
    usable = shapely.area(shapes.to_numpy()) > 0
    if usable.any():
        frame = gpd.GeoDataFrame(geometry=shapes[usable].set_crs(grid.crs, allow_override=True))
        out[usable] = exact_extract(source, frame, "sum", output="pandas")["sum"].to_numpy()
    return out
