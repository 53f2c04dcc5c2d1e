"""Write tiny GeoTIFFs for tests, so that a case can be read off the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio


def write(
    path: Path,
    values: Any,
    *,
    west: float = 0.0,
    north: float = 2.0,
    cell: float = 1.0,
    crs: str | None = "EPSG:4551",
    dtype: str = "float32",
    **profile: Any,
) -> Path:
    """Write rows from north to south; ``north`` is the upper edge, ``cell`` the side of a cell."""
    rows = np.atleast_2d(np.asarray(values, dtype=dtype))
    place = {"transform": rasterio.Affine(cell, 0, west, 0, -cell, north)} | profile
    with rasterio.open(
        path, "w", driver="GTiff", height=rows.shape[0], width=rows.shape[1], count=1, dtype=dtype, crs=crs, **place
    ) as raster:
        raster.write(rows, 1)
    return path
