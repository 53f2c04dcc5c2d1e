"""Heights from an elevation model: bilinear on paper, gaps unknown, FAULT 44."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box

from cfc_gis.errors import InputDamaged
from cfc_gis.geotiff import Grid
from cfc_gis.sources import terrain
from tests.geotiffs import write

X0, Y0 = 540_000.0, 5_070_000.0
AREA = gpd.GeoSeries([box(X0, Y0 - 200, X0 + 300, Y0)], crs="EPSG:4551")


def model(values: object, cell: float = 10.0, crs: str = "EPSG:4551") -> terrain.Terrain:
    rows = np.asarray(values, dtype=float)
    bounds = (0.0, 0.0, cell * rows.shape[1], cell * rows.shape[0])
    return terrain.Terrain(Grid(rows, bounds, bounds, CRS(crs), None, {}, {}), {}, {})


def heights(dem: terrain.Terrain, *places: tuple[float, float]) -> list[float]:
    return dem.heights(np.array(places, dtype=float), "EPSG:4551").tolist()


def test_heights_between_four_centres_by_hand() -> None:
    """Centres of 0, 10 / 20, 50 at 5 and 15 m: a quarter east and half down is 20.0."""
    dem = model([[0, 10], [20, 50]])
    assert heights(dem, (5, 15), (15, 15), (5, 5), (15, 5)) == [0, 10, 20, 50]
    assert heights(dem, (10, 10), (7.5, 10)) == [20, 0.5 * (0.75 * 0 + 0.25 * 10) + 0.5 * (0.75 * 20 + 0.25 * 50)]
    assert heights(dem, (0, 20), (20, 0)) == [0, 50]  # the outer half of the outermost cells


def test_missing_cells_and_places_outside_are_unknown() -> None:
    dem = model([[0, np.nan], [20, 50]])
    found = heights(dem, (5, 15), (5, 10), (9, 15), (15, 5), (30, 5), (5, -1))
    assert np.isnan(found).tolist() == [False, False, True, False, True, True]
    assert found[1] == 10  # the missing neighbour has no weight there


@settings(deadline=None)
@given(st.floats(0, 40), st.floats(0, 40), st.floats(-1, 1), st.floats(-1, 1))
def test_a_plane_is_exact_between_the_centres(x: float, y: float, east: float, north: float) -> None:
    centres = np.arange(-5, 50, 10.0)
    plane = east * centres[None, :] + north * centres[::-1, None] + 100
    grid = Grid(plane, (-10, -10, 50, 50), (-10, -10, 50, 50), CRS("EPSG:4551"), None, {}, {})
    found = terrain.Terrain(grid, {}, {}).heights(np.array([[x, y]]), "EPSG:4551")
    assert found[0] == pytest.approx(east * x + north * y + 100, abs=1e-9)


def test_a_model_in_degrees_is_asked_in_its_own_system(tmp_path: Path) -> None:
    """Heights rise by 1,000 m for each degree east: at every place the height is that of its longitude."""
    longitude = 126.5 + 0.001 * (np.arange(40) + 0.5)
    file = write(tmp_path / "dem.tif", np.tile(1000 * (longitude - 126), (40, 1)), west=126.5, north=45.8, cell=0.001,
                 crs="EPSG:4326", dtype="float64")  # fmt: skip
    area = gpd.GeoSeries([box(126.51, 45.77, 126.53, 45.79)], crs="EPSG:4326").to_crs("EPSG:4551")
    west, south, east, north = area.total_bounds
    places = np.array([[west, south], [east, north], [(west + east) / 2, (south + north) / 2]])
    lon, _ = pyproj.Transformer.from_crs("EPSG:4551", "EPSG:4326", always_xy=True).transform(places[:, 0], places[:, 1])
    assert terrain.read(file, area).heights(places, "EPSG:4551") == pytest.approx(1000 * (lon - 126), abs=1e-6)


def test_a_window_gives_the_heights_of_the_whole(tmp_path: Path) -> None:
    values = np.random.default_rng(3).uniform(100, 200, (80, 80))
    file = write(tmp_path / "dem.tif", values, west=X0 - 200, north=Y0 + 200, cell=10, dtype="float64")
    places = np.random.default_rng(4).uniform([X0, Y0 - 200], [X0 + 300, Y0], (200, 2))
    whole = gpd.GeoSeries([box(X0 - 200, Y0 - 600, X0 + 600, Y0 + 200)], crs="EPSG:4551")
    near, far = terrain.read(file, AREA), terrain.read(file, whole)
    assert near.grid.values.size < far.grid.values.size
    np.testing.assert_allclose(near.heights(places, "EPSG:4551"), far.heights(places, "EPSG:4551"), rtol=1e-12)


def test_fault_44_gaps_filled_with_zero_are_a_cliff(tmp_path: Path) -> None:
    file = write(tmp_path / "dem.tif", [[150, 0], [151, 152]], west=X0, north=Y0, cell=30)
    found = terrain.read(file, AREA)
    assert found.counts["cells_zero_taken_as_missing"] == 1
    assert np.isnan(found.grid.values[0, 1])
    assert "0 taken as missing in 1 cells" in found.provenance["how"]
    shore = write(tmp_path / "shore.tif", [[1.5, 0], [3, 152]], west=X0, north=Y0, cell=30)
    assert terrain.read(shore, AREA).counts["cells_zero_taken_as_missing"] == 0
    declared = write(tmp_path / "declared.tif", [[150, 0], [151, 152]], west=X0, north=Y0, cell=30, nodata=-32768)
    assert terrain.read(declared, AREA).counts["cells_zero_taken_as_missing"] == 0


def test_fault_44_missing_values_and_heights_that_cannot_be(tmp_path: Path) -> None:
    gaps = write(tmp_path / "dem.tif", [[150, -32768]], west=X0, north=Y0, cell=30, dtype="int16")
    assert terrain.read(gaps, AREA).counts["cells_undeclared_nodata"] == 1
    feet = write(tmp_path / "high.tif", [[29_000, 28_000]], west=X0, north=Y0, cell=30)
    with pytest.raises(InputDamaged) as caught:
        terrain.read(feet, AREA)
    assert caught.value.facts["wanted"] == "-500–9000"
