"""People by grid cell: totals that must be kept, cells split by area, files that do not fit together."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from cfc_gis.errors import CfcError, InputDamaged, UserError
from cfc_gis.sources import boundaries, raster
from tests.geotiffs import write

HARBIN = {  # a corner in the city, and the side of a cell of about 100 m
    "EPSG:4326": (126.60, 45.75, 1 / 1200),
    "ESRI:54009": (10_128_000.0, 5_422_000.0, 100.0),
    "EPSG:32652": (313_000.0, 5_069_000.0, 100.0),
    "EPSG:4551": (546_000.0, 5_067_000.0, 100.0),
}


def shapes(*polygons: shapely.Geometry, crs: str = "EPSG:4551") -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs=crs)


def people(file: Path, *polygons: shapely.Geometry) -> list[float]:
    asked = shapes(*polygons)
    return raster.sums(raster.read([file], asked), asked)["population"].tolist()


def tiles(outline: shapely.Geometry, n: int, seed: int) -> np.ndarray:
    """Cut a polygon into n cells of a Voronoi diagram."""
    rng = np.random.default_rng(seed)
    west, south, east, north = outline.bounds
    points = shapely.multipoints(np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)]))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=outline))
    return shapely.intersection(cells, outline)


def test_a_cell_on_a_border_is_split_by_area(tmp_path: Path) -> None:
    """Cells of 8, 4 / 16, 20 people: a border at x = 1.25 takes a quarter of the right column."""
    file = write(tmp_path / "a.tif", [[8, 4], [16, 20]])
    assert people(file, box(0, 0, 1.25, 2), box(1.25, 0, 2, 2)) == [8 + 16 + (4 + 20) / 4, (4 + 20) * 3 / 4]
    # A triangle over half of the lower left cell, and a square over a quarter of each.
    assert people(file, shapely.Polygon([(0, 0), (1, 0), (0, 1)]), box(0.5, 0.5, 1.5, 1.5)) == [8, 48 / 4]


def test_missing_cells_hold_nobody_and_outside_the_raster_nobody_knows(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", [[10, -9999], [30, 40]], nodata=-9999)
    asked = shapes(box(0, 0, 2, 2), box(1, 1, 2, 2), box(1, 0, 3, 1), box(5, 5, 6, 6), shapely.Polygon())
    found = raster.sums(raster.read([file], asked), asked)
    assert found["population"].fillna(-1).tolist() == [80, 0, 40, -1, -1]
    assert found["raster_cover"].tolist() == [1, 1, 0.5, 0, 0]


def test_a_hole_and_several_parts(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.full((2, 4), 10.0))
    ring = box(0, 0, 2, 2).difference(box(0.5, 0.5, 1.5, 1.5))
    assert people(file, ring, shapely.MultiPolygon([box(0, 0, 1, 1), box(3, 1, 4, 1.5)])) == [30, 15]


@pytest.mark.parametrize("crs", HARBIN)
@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 60), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0.3, 3.0),
    st.sampled_from(["EPSG:4551", "EPSG:4326", "EPSG:32652", "ESRI:54009"]),
)  # fmt: skip
def test_totals_are_kept(
    tmp_path_factory: pytest.TempPathFactory,
    crs: str,
    seed: int,
    n: int,
    shift: tuple[float, float],
    size: float,
    own: str,
) -> None:
    """Any tiling, in any CRS, on a grid that fits neither, adds up to all people of the raster."""
    west, north, cell = HARBIN[crs]
    west, north, cell = west + shift[0] * cell, north - shift[1] * cell, cell * size
    values = np.random.default_rng(seed).gamma(0.3, 50.0, (23, 31)).astype("float32")
    file = write(tmp_path_factory.mktemp("r") / "a.tif", values, west=west, north=north, cell=cell, crs=crs)
    around = shapes(box(west - cell, north - 25 * cell, west + 33 * cell, north + 2 * cell), crs=crs).to_crs(own)
    # The box in its own CRS lies around the grid whatever that CRS does to straight lines.
    outline = box(*around.total_bounds)
    asked = gpd.GeoSeries(tiles(outline, n, seed), crs=own)
    found = raster.sums(raster.read([file], asked), asked)
    assert found["population"].sum() == pytest.approx(float(values.sum(dtype=float)), rel=1e-6)


@pytest.mark.parametrize("crs", HARBIN)
def test_neighbours_add_up_to_their_union(tmp_path: Path, crs: str) -> None:
    """5.28 million people became 16.7 million when a peer averaged the raster into a new grid (tobler #175)."""
    west, north, cell = HARBIN[crs]
    values = np.random.default_rng(1).gamma(0.3, 50.0, (400, 400))
    file = write(tmp_path / "a.tif", values, west=west, north=north, cell=cell, crs=crs)
    middle = shapes(box(west + 90 * cell, north - 310 * cell, west + 310 * cell, north - 90 * cell), crs=crs)
    outline = shapely.convex_hull(middle.to_crs("EPSG:4551").iloc[0])
    districts = shapes(*tiles(outline, 18, 7))
    loaded = raster.read([file], districts)
    parts, whole = raster.sums(loaded, districts), raster.sums(loaded, shapes(outline))
    assert parts["population"].sum() == pytest.approx(whole["population"].iloc[0], rel=1e-6)
    # Nothing but people of the middle, by the cells whose centre lies there: within one part in a hundred.
    assert whole["population"].iloc[0] == pytest.approx(values[90:310, 90:310].sum(), rel=1e-2)


def world_pop(folder: Path) -> list[Path]:
    """Files of one cell by age and sex: 10 + 40 + 50 + 60 children of the four census bands."""
    children = {0: (4, 6), 1: (18, 22), 5: (25, 25), 10: (31, 29)}
    return [
        write(folder / f"chn_{sex}_{age}_2020.tif", [[number]])
        for age, both in children.items()
        for sex, number in zip("fm", both, strict=True)
    ]


def test_bands_from_worldpop_files_by_hand(tmp_path: Path) -> None:
    """a0 = 10, a1 = 40, a5 = 50, a10 = 60: 30, 30, 64 and 36 children; half of the cell has half of them."""
    half = shapes(box(0, 1, 0.5, 2))
    files = world_pop(tmp_path)
    found = raster.sums(raster.read(files, half), half)
    assert found[["raster_cover", "raster_cells"]].iloc[0].tolist() == [1, 0.5]
    found = found.drop(columns=["raster_cover", "raster_cells"])
    assert found.columns.tolist() == ["children_0_2", "children_3_5", "children_6_11", "children_12_14"]
    assert found.iloc[0].tolist() == [15, 15, 32, 18]
    total = write(tmp_path / "chn_ppp_2020.tif", [[1000, 3]])
    older = write(tmp_path / "chn_f_15_2020.tif", [[70]])
    more = raster.read([*files, total, older], half)
    assert raster.sums(more, half)["population"].tolist() == [500]
    assert (more.counts["files"], more.counts["files_set_aside"], len(more.provenance)) == (10, 1, 9)
    assert more.provenance[0]["how"].endswith("; age_0")
    assert more.provenance[-1]["how"].endswith("; population")


def test_new_names_of_worldpop_with_both_sexes_in_one(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"chn_t_{age}_2026_CN_100m_R2025A_v1.tif", [[number]])
        for age, number in {"00": 10, "01": 40, "05": 50, "10": 60}.items()
    ]
    cell = shapes(box(0, 1, 1, 2))
    assert raster.sums(raster.read(files, cell), cell).iloc[0, :4].tolist() == [30, 30, 64, 36]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chn_m_10_2020.tif", ("chn", "m", 10, 2020)),
        ("CHN_F_0_2020_constrained_UNadj.TIF", ("chn", "f", 0, 2020)),
        ("chn_f_01_2026_CN_100m_R2025A_v1.tif", ("chn", "f", 1, 2026)),
        ("chn_ppp_2020_1km.tif", None),
        ("GHS_POP_E2020_GLOBE_R2023A_54009_100_V1_0_R4_C30.tif", None),
        ("chn_f_2020.tif", None),
        ("人口.tif", None),
    ],
)
def test_names(name: str, expected: tuple[str, str, int, int] | None) -> None:
    assert raster.parse_name(name) == expected


@pytest.mark.parametrize(
    ("drop", "add", "faults"),
    [
        (["chn_m_5_2020"], [], ["age 5: no file of sex m"]),
        (["chn_m_5_2020", "chn_f_5_2020"], [], ["age 5: no file of sex f", "age 5: no file of sex m"]),
        ([], ["chn_t_05_2020_CN_100m"], ["age 5: both sexes together and apart would count children twice"]),
        ([], ["chn_f_05_2020_constrained"], ["age 5: 2 files of sex f"]),
        (["chn_m_5_2020"], ["chn_m_5_2019"], ["more than one year: 2019, 2020"]),
        (["chn_m_5_2020"], ["jpn_m_5_2020"], ["more than one country: chn, jpn"]),
        ([], ["chn_ppp_2020", "总人口"], ["2 files of all people: chn_ppp_2020.tif, 总人口.tif"]),
        ([], ["chn_pd_2020_1km"], ["chn_pd_2020_1km.tif: people per km², not people per cell"]),
    ],
)
def test_files_that_do_not_fit_together(tmp_path: Path, drop: list[str], add: list[str], faults: list[str]) -> None:
    files = [file for file in world_pop(tmp_path) if file.stem not in drop]
    files += [write(tmp_path / f"{name}.tif", [[1]]) for name in add]
    with pytest.raises(UserError) as caught:
        raster.read(files, shapes(box(0, 1, 1, 2)))
    assert caught.value.facts["faults"] == "; ".join(faults)
    assert caught.value.exit_code == 2


def test_all_faults_of_the_files_at_once_and_no_file_at_all(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.tif", [[1]]) for name in ("chn_f_0_2020", "chn_m_0_2019", "a", "b")]
    with pytest.raises(UserError) as caught:
        raster.read(files, shapes(box(0, 1, 1, 2)))
    assert caught.value.facts["count"] == 8  # two totals, two years, and both sexes of three ages
    with pytest.raises(UserError, match="no file of all people"):
        raster.read([write(tmp_path / "chn_f_15_2020.tif", [[1]])], shapes(box(0, 1, 1, 2)))


def test_fault_44_zero_declared_as_missing(tmp_path: Path) -> None:
    """Empty and unmapped land cannot be told apart; naming the true value is the way out."""
    file, cell = write(tmp_path / "a.tif", [[5, 0]], nodata=0), shapes(box(0, 1, 2, 2))
    with pytest.raises(InputDamaged) as caught:
        raster.read([file], cell)
    assert caught.value.key == "raster_zero_missing"
    assert raster.sums(raster.read([file], cell, nodata=-9999), cell)["population"].tolist() == [5]


def test_fault_44_negative_people_and_nobody_at_all(tmp_path: Path) -> None:
    cell = shapes(box(0, 1, 2, 2))
    for values, key in (([[5, -3]], "raster_out_of_range"), ([[0, 0]], "raster_no_people")):
        with pytest.raises(InputDamaged) as caught:
            raster.read([write(tmp_path / "a.tif", values)], cell)
        assert caught.value.key == key


def test_polygons_beyond_what_was_read_are_our_own_fault(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.ones((10, 10)), north=10)
    loaded = raster.read([file], shapes(box(2, 2, 4, 4)))
    assert raster.sums(loaded, shapes(box(2, 2, 4, 4), box(20, 2, 22, 4)))["population"].fillna(-1).tolist() == [4, -1]
    with pytest.raises(CfcError) as caught:
        raster.sums(loaded, shapes(box(2, 2, 6, 4)))
    assert (caught.value.key, caught.value.exit_code) == ("raster_window", 1)


def test_real_raster_keeps_its_people(shared_data: Path) -> None:
    """WorldPop on cells of 10 km: the districts of Harbin add up to the city, all of it to the sum of its cells."""
    file = shared_data / "population-10km-2020.tif"
    with rasterio.open(file) as source:
        values = source.read(1, masked=True)
    everything = shapes(box(124, 43, 132, 48), crs="EPSG:4326")
    whole = raster.read([file], everything)
    assert raster.sums(whole, everything)["population"].iloc[0] == pytest.approx(values.sum(dtype=float), rel=1e-6)
    assert whole.counts["cells_missing"] == int(np.ma.getmaskarray(values).sum())
    districts = boundaries.districts("230100").geometry
    for crs in ("EPSG:4326", "EPSG:32652", "ESRI:54009"):
        moved = districts.to_crs(crs)
        city = gpd.GeoSeries([moved.union_all()], crs=crs)
        parts, all_of_it = raster.sums(whole, moved), raster.sums(whole, city)
        assert parts["population"].sum() == pytest.approx(all_of_it["population"].iloc[0], rel=1e-6)
        assert (parts["raster_cover"] > 1 - 1e-9).all()
