"""The door for rasters: FAULTS 44 and 62, missing values, windows, and outlines brought to another CRS."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning
from shapely import box

from cfc_gis import geotiff
from cfc_gis.errors import CfcError, CrsMissing, InputDamaged, InputMissing, PlaceMismatch
from tests.geotiffs import write

AREA = gpd.GeoSeries([box(0, 0, 3, 2)], crs="EPSG:4551")
ROWS = [[1, 2, 3], [4, 5, 6]]


def read(path: Path | str, area: gpd.GeoSeries = AREA, **options: float | None) -> geotiff.Grid:
    return geotiff.read(path, area, lowest=0.0, highest=1e6, **options)


def refused(path: Path | str, area: gpd.GeoSeries = AREA) -> CfcError:
    with pytest.raises(CfcError) as caught:
        read(path, area)
    assert Path(path).name in caught.value.text("zh")
    assert Path(path).name in caught.value.text("en")
    assert caught.value.exit_code == 2
    return caught.value


def test_the_part_over_an_area_by_hand(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", ROWS)
    grid = read(file)
    assert grid.values.tolist() == ROWS
    assert (grid.bounds, grid.extent, grid.cell) == ((0, 0, 3, 2), (0, 0, 3, 2), (1.0, 1.0))
    part = read(file, gpd.GeoSeries([box(1.2, 0.1, 1.8, 0.9)], crs="EPSG:4551"))
    assert part.values.tolist() == [[5.0]]
    assert (part.bounds, part.extent) == ((1, 0, 2, 1), (0, 0, 3, 2))
    more = geotiff.read(file, gpd.GeoSeries([box(1.2, 0.1, 1.8, 0.9)], crs="EPSG:4551"), lowest=0, highest=9, margin=1)
    assert more.values.tolist() == ROWS  # one row and one column more on each side, as far as there are any


def test_an_area_in_degrees_finds_its_part_of_a_projected_raster(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.arange(10_000).reshape(100, 100), west=540_000, north=5_070_000, cell=100)
    there = gpd.GeoSeries([box(543_010, 5_066_910, 543_090, 5_066_990)], crs="EPSG:4551")
    # 30 columns east and 30 rows south of the corner, counted from 0.
    assert read(file, there.to_crs("EPSG:4326")).values[0, 0] == 3030


def test_provenance_names_file_hash_and_missing_value(tmp_path: Path) -> None:
    file = write(tmp_path / "人口.tif", ROWS, nodata=-9999)
    found = read(file).provenance
    assert found["file"] == "人口.tif"
    assert found["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found["how"] == "GeoTIFF, EPSG:4551, no data -9999"
    plain = write(tmp_path / "b.tif", ROWS)
    assert read(plain).provenance["how"] == "GeoTIFF, EPSG:4551, no data not declared"


def test_declared_missing_values_are_missing(tmp_path: Path) -> None:
    grid = read(write(tmp_path / "a.tif", [[1, -9999, 0]], nodata=-9999))
    assert np.isnan(grid.values[0]).tolist() == [False, True, False]
    assert (grid.counts["cells"], grid.counts["cells_missing"], grid.counts["cells_zero"]) == (3, 1, 1)
    assert grid.counts["cells_undeclared_nodata"] == 0


@pytest.mark.parametrize("value", [-9999, -99999, -200, -32768, -3.4028234663852886e38])
def test_undeclared_missing_values_are_taken_as_such_and_reported(tmp_path: Path, value: float) -> None:
    grid = read(write(tmp_path / "a.tif", [[1, value, value]]))
    assert np.isnan(grid.values[0]).tolist() == [False, True, True]
    assert grid.counts["cells_undeclared_nodata"] == 2
    assert "taken as missing in 2 cells" in grid.provenance["how"]


def test_the_callers_missing_value_goes_before_the_declared_one(tmp_path: Path) -> None:
    grid = read(write(tmp_path / "a.tif", [[7, 0, 3]], nodata=0), nodata=7)
    assert grid.values[0, 1:].tolist() == [0, 3]
    assert np.isnan(grid.values[0, 0])
    assert grid.nodata == 7
    whole = read(write(tmp_path / "b.tif", [[7, 0, 3]], dtype="uint8"), nodata=-9999)
    assert whole.values.tolist() == [[7, 0, 3]]


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", [[10, 20]], dtype="int16", nodata=-1)
    with rasterio.open(file, "r+") as raster:
        raster.scales, raster.offsets = (0.5,), (100.0,)
    assert read(file).values.tolist() == [[105.0, 110.0]]


def test_fault_44_values_without_a_meaning(tmp_path: Path) -> None:
    """A raster that was resampled by a spline dips below zero: nobody can say what was there."""
    error = refused(write(tmp_path / "a.tif", [[5, -0.25, -1.5]]))
    assert error.key == "raster_out_of_range"
    assert (error.facts["count"], error.facts["found"]) == (2, "-1.5–-0.25")


def test_fault_44_wrong_crs(tmp_path: Path) -> None:
    metres = write(tmp_path / "a.tif", ROWS, west=540_000, north=5_070_000, cell=100, crs="EPSG:4326")
    assert refused(metres).key == "raster_crs_wrong"
    degrees = write(tmp_path / "b.tif", ROWS, west=126.5, north=45.8, cell=0.01, crs="EPSG:4551")
    assert refused(degrees).key == "raster_crs_wrong"


def test_fault_44_no_crs(tmp_path: Path) -> None:
    error = refused(write(tmp_path / "a.tif", ROWS, crs=None))
    assert isinstance(error, CrsMissing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        bare = write(tmp_path / "b.tif", ROWS, transform=rasterio.Affine.identity())
    assert isinstance(refused(bare), CrsMissing)


def test_fault_44_no_overlap_shows_both_boxes(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", ROWS, west=126.5, north=45.8, cell=0.01, crs="EPSG:4326")
    error = refused(file, gpd.GeoSeries([box(116.3, 39.9, 116.4, 40.0)], crs="EPSG:4326"))
    assert isinstance(error, PlaceMismatch)
    assert "126.500–126.530, 45.780–45.800" in error.text("en")
    assert "116.300–116.400, 39.900–40.000" in error.text("zh")


def test_fault_44_nothing_but_missing_values(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a.tif", [[-9999, -9999]], nodata=-9999)).key == "raster_all_missing"


def test_turned_rasters_and_several_bands_are_refused(tmp_path: Path) -> None:
    upside_down = write(tmp_path / "a.tif", ROWS, transform=rasterio.Affine(1, 0, 0, 0, 1, 1))
    rotated = write(tmp_path / "b.tif", ROWS, transform=rasterio.Affine(1, 0.1, 0, 0.1, -1, 2))
    assert {refused(upside_down).key, refused(rotated).key} == {"raster_turned"}
    many = tmp_path / "c.tif"
    with rasterio.open(many, "w", driver="GTiff", height=1, width=1, count=3, dtype="uint8", crs="EPSG:4551",
                       transform=rasterio.Affine(1, 0, 0, 0, -1, 2)) as raster:  # fmt: skip
        raster.write(np.ones((3, 1, 1), dtype="uint8"))
    assert refused(many).facts["found"] == 3


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.tif", "/vsicurl/https://example.org/a.tif", "/vsizip/a.zip/a.tif", "\\vsimem\\a.tif",
        "a.vrt", "a.asc", "WCS:https://example.org/a.tif", "GTIFF_DIR:1:a.tif",
    ],
)  # fmt: skip
def test_fault_62_addresses_virtual_paths_and_vrt(path: str) -> None:
    with pytest.raises((InputDamaged, InputMissing)) as caught:
        read(path)
    assert caught.value.exit_code == 2


def test_fault_62_a_vrt_in_disguise(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    file.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>', encoding="utf-8")
    assert refused(file).key == "raster_refused"


def test_a_file_cut_short_or_not_there(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.ones((200, 200)), compress="deflate")
    file.write_bytes(file.read_bytes()[:60])
    error = refused(file)
    assert error.key == "raster_unreadable"
    assert str(tmp_path) not in str(error.facts["cause"])
    with pytest.raises(InputMissing):
        read(tmp_path / "none.tif")
    (tmp_path / "folder.tif").mkdir()
    with pytest.raises(InputMissing):
        read(tmp_path / "folder.tif")


def test_neighbours_share_their_border_in_another_crs() -> None:
    """A long border against two short ones: cut as they are, the three leave neither a gap nor an overlap."""
    parts = gpd.GeoSeries(
        [box(0, 0, 30_000, 1000), box(0, 1000, 11_111, 9000), box(11_111, 1000, 30_000, 9000)], crs="EPSG:4551"
    )
    parts = parts.translate(500_000, 5_060_000)
    for crs in ("EPSG:4326", "ESRI:54009", "EPSG:32652"):
        moved = geotiff.outlines(parts, crs)
        whole = geotiff.outlines(gpd.GeoSeries([parts.union_all()], crs=parts.crs), crs)
        assert moved.index.equals(parts.index)
        assert shapely.area(moved.to_numpy()).sum() == pytest.approx(shapely.area(whole.iloc[0]), rel=1e-9)
    # Uncut, the straight border of 30 km and the two shorter ones run apart, and the land falls apart.
    raw = parts.to_crs("ESRI:54009")
    assert shapely.get_num_geometries(raw.union_all()) > 1
    with pytest.raises(CrsMissing):
        geotiff.outlines(gpd.GeoSeries([box(0, 0, 1, 1)]), "EPSG:4326")
