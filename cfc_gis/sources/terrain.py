"""Heights from an elevation model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cfc_gis import geotiff

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from cfc_gis.geotiff import Grid

Floats = NDArray[np.float64]

_MARGIN = 2  # cells around the area: a height needs the four centres around it


@dataclass(frozen=True, eq=False)
class Terrain:
    """An elevation model over one area.

    Parameters
    ----------
    grid
        Heights in metres, NaN where unknown.
    provenance
        As of :class:`cfc_gis.geotiff.Grid`.
    counts
        As there, and ``cells_zero_taken_as_missing``.
    """

    grid: Grid
    provenance: Mapping[str, str]
    counts: Mapping[str, int]

    def heights(self, xy: Floats, crs: CRS | str) -> Floats:
        """Return the height at places, bilinear between the centres of cells.

        Parameters
        ----------
        xy
            Coordinates; shape (n, 2).
        crs
            Their CRS.

        Returns
        -------
        array
            Metres; NaN outside the model and where one of the cells that count is missing. In the outer half of the
            outermost cells the height is that of the border through their centres.

        Examples
        --------
        >>> from pyproj import CRS
        >>> grid = geotiff.Grid(np.array([[10.0, 20.0]]), (0.0, 0.0, 2.0, 1.0), (0.0, 0.0, 2.0, 1.0),
        ...     CRS("EPSG:4551"), None, {}, {})
        >>> Terrain(grid, {}, {}).heights(np.array([[0.5, 0.5], [1.0, 0.5], [0.0, 0.5], [3.0, 0.5]]), "EPSG:4551")
        array([10., 15., 10., nan])
        """
        from pyproj import Transformer

        to_grid = Transformer.from_crs(crs, self.grid.crs, always_xy=True)
        x, y = to_grid.transform(xy[:, 0], xy[:, 1])
        return _bilinear(self.grid, np.asarray(x, dtype=float), np.asarray(y, dtype=float))


def read(path: str | Path, area: gpd.GeoSeries, *, nodata: float | None = None) -> Terrain:
    """Read an elevation model over an area.

    Use a model of the ground (DTM): a model of the surface (DSM) shows roofs and trees as hills.

    Parameters
    ----------
    path
        Local GeoTIFF of heights in metres, any CRS.
    area
        Shapes that hold every place whose height will be asked for, in any CRS.
    nodata
        Value that means "no data" whatever the file declares.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing, PlaceMismatch
        As :func:`cfc_gis.geotiff.read`.

    Notes
    -----
    Where a file that declares no missing value holds exact zeros and nothing else below 5 m, these are gaps filled
    with 0, a cliff of the height of the city: they are taken as missing and counted.
    """
    bounds = geotiff.limits()["terrain"]
    grid = geotiff.read(path, area, lowest=bounds["lowest"], highest=bounds["highest"], nodata=nodata, margin=_MARGIN)
    heights = grid.values
    gaps = heights == 0
    others = heights[~gaps & ~np.isnan(heights)]
    filled = grid.nodata is None and gaps.any() and others.size and others.min() > bounds["gap_above_zero_m"]
    taken = int(gaps.sum()) if filled else 0
    if filled:
        heights[gaps] = np.nan
    provenance = dict(grid.provenance)
    if taken:
        provenance["how"] += f"; 0 taken as missing in {taken} cells"
    return Terrain(grid, MappingProxyType(provenance), {**grid.counts, "cells_zero_taken_as_missing": taken})


def _bilinear(grid: Grid, x: Floats, y: Floats) -> Floats:
    values, (west, south, east, north), (width, height) = grid.values, grid.bounds, grid.cell
    rows, columns = values.shape
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    across = np.where(inside, (x - west) / width - 0.5, 0.0).clip(0, columns - 1)
    down = np.where(inside, (north - y) / height - 0.5, 0.0).clip(0, rows - 1)
    column, row = np.floor(across).astype(int), np.floor(down).astype(int)
    right, below = across - column, down - row
    found = np.zeros(len(x))
    for step_down, weight_down in ((0, 1 - below), (1, below)):
        for step_right, weight_right in ((0, 1 - right), (1, right)):
            weight = weight_down * weight_right
            at = values[np.minimum(row + step_down, rows - 1), np.minimum(column + step_right, columns - 1)]
            found += np.where(weight > 0, weight * at, 0.0)  # a missing cell that has no weight does not matter
    return np.where(inside, found, np.nan)
