"""Spreading by a raster: official totals kept, the default untouched, the difference shown."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from cfc_gis import population, schema
from cfc_gis.population import Estimate, by_raster, compare, estimate, raster_inside, raster_weights
from cfc_gis.sources import raster
from tests.geotiffs import write
from tests.test_population import CENSUS, homes

PEOPLE = ["population", *schema.BANDS]


def weights(*people: float, cover: float | list[float] = 1.0, **bands: list[float]) -> pd.DataFrame:
    table = pd.DataFrame({name: list(people) for name in PEOPLE}, dtype=float).assign(**bands)
    return table.assign(raster_cover=cover, raster_cells=2.0)


def inside(**shares: float) -> pd.DataFrame:
    table = pd.DataFrame(dict.fromkeys(PEOPLE, shares), dtype=float)
    return table.assign(raster_people=100.0)


def default(district: list[str | None], covered: dict[str, float], *floors: float) -> Estimate:
    table = homes(*((floor, 1.0, 0.3) for floor in floors), low=0.8, high=1.3)
    return estimate(table, pd.Series(district), pd.Series(covered), CENSUS)


def spread(
    first: Estimate, district: list[str | None], seen: pd.DataFrame, shares: pd.DataFrame | None = None
) -> Estimate:
    return by_raster(first, pd.Series(district), seen, inside() if shares is None else shares, CENSUS)


def test_a_whole_district_by_hand() -> None:
    """A has 1,000 people; the raster sees 30 and 90 of them: a quarter and three quarters, in every band."""
    first = default(["A", "A"], {"A": 1.0}, 500, 500)
    found = spread(first, ["A", "A"], weights(30, 90))
    assert found.neighbourhoods["population"].tolist() == [250, 750]
    assert found.neighbourhoods["children_6_11"].tolist() == [15, 45]
    assert found.neighbourhoods["population_source"].tolist() == ["raster", "raster"]
    assert found.districts.loc["A", "population_rule"] == "census"
    assert found.districts.loc["A", ["population_low", "population_high"]].tolist() == [1000, 1000]
    assert first.neighbourhoods["population"].tolist() == [500, 500]  # the caller's estimate stays


def test_children_follow_the_raster_of_their_own_age() -> None:
    seen = weights(50, 50, children_3_5=[1.0, 3.0], children_12_14=[0.0, 0.0])
    found = spread(default(["A", "A"], {"A": 1.0}, 1, 1), ["A", "A"], seen).neighbourhoods
    assert found["population"].tolist() == [500, 500]
    assert found["children_3_5"].tolist() == [7.5, 22.5]
    assert found["children_12_14"].tolist() == [15, 15]  # nobody of that age seen: as all people


def test_a_cut_district_gets_the_share_that_the_raster_sees_inside() -> None:
    """B has 5,000 people, 250 of 6-11; 40 % are seen inside. Floor area: 30,000 m2 / 30 = 1,000 (600 to 1,560)."""
    first = default(["B", "B"], {"B": 0.5}, 15_000, 15_000)
    assert first.districts.loc["B", ["population_low", "population", "population_high"]].tolist() == [600, 1000, 1560]
    found = spread(first, ["B", "B"], weights(10, 30), inside(B=0.4))
    assert found.neighbourhoods["population"].tolist() == [500, 1500]
    assert found.neighbourhoods["children_6_11"].tolist() == [25, 75]
    row = found.districts.loc["B"]
    assert row["population_rule"] == "raster"
    assert row[["population_low", "population", "population_high"]].tolist() == [600, 2000, 2000]
    assert row[["raster_people", "raster_factor", "raster_homes_share"]].tolist() == [100, 20, 0.4]
    assert found.counts["districts_cut_by_raster"] == 1


def test_without_a_whole_district_in_the_raster_the_total_of_the_default_stays() -> None:
    first = default(["B", "B"], {"B": 0.5}, 15_000, 15_000)
    found = spread(first, ["B", "B"], weights(10, 30), inside(B=float("nan")))
    assert found.neighbourhoods["population"].tolist() == [250, 750]
    assert found.districts.loc["B", "population_rule"] == "floor_area"


def test_neighbourhoods_outside_the_raster_keep_their_share() -> None:
    """The third lies half outside: it keeps a fifth of A, the rest of 800 goes 1 : 3."""
    found = spread(
        default(["A", "A", "A"], {"A": 1.0}, 2, 2, 1), ["A", "A", "A"], weights(5, 15, 70, cover=[1, 1, 0.5])
    )
    assert found.neighbourhoods["population"].tolist() == pytest.approx([200, 600, 200])
    assert found.neighbourhoods["population_source"].tolist() == ["raster", "raster", "buildings"]


def test_a_district_where_the_raster_sees_nobody_at_home_keeps_the_default() -> None:
    first = default(["A", "A", "B", None], {"A": 1.0, "B": 1.0}, 1, 3, 5, 5)
    found = spread(first, ["A", "A", "B", None], weights(0, 0, 7, 9))
    assert found.neighbourhoods["population"].fillna(-1).tolist() == [250, 750, 5000, -1]
    sources = ["buildings", "buildings", "raster", "outside_census"]
    assert found.neighbourhoods["population_source"].tolist() == sources
    assert found.counts["neighbourhoods_where_the_raster_sees_nobody"] == 0


def test_empty_neighbourhoods_are_counted() -> None:
    found = spread(default(["A", "A"], {"A": 1.0}, 1, 1), ["A", "A"], weights(0, 10))
    assert found.neighbourhoods["population"].tolist() == [0, 1000]
    assert found.counts["neighbourhoods_where_the_raster_sees_nobody"] == 1


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1, 1e6), st.sampled_from(["A", "B"]), st.floats(0, 1e4), st.floats(0, 50), st.booleans()),
        min_size=1,
        max_size=25,
    ),
    st.floats(0, 1),
    st.floats(0, 1),
    st.one_of(st.floats(0, 1), st.just(float("nan"))),
)
def test_totals_are_kept(
    rows: list[tuple[float, str, float, float, bool]], a: float, b: float, seen_inside: float
) -> None:
    district = [code for _, code, *_ in rows]
    first = default(list(district), {"A": a, "B": b}, *(floor for floor, *_ in rows))
    seen = weights(*(people for _, _, people, *_ in rows), children_3_5=[band for *_, band, _ in rows])
    seen["raster_cover"] = [1.0 if whole else 0.4 for *_, whole in rows]
    found = spread(first, list(district), seen, inside(A=seen_inside, B=seen_inside))
    sums = found.neighbourhoods[PEOPLE].groupby(pd.Series(district)).sum()
    for code, row in found.districts.iterrows():
        np.testing.assert_allclose(sums.loc[code], row[PEOPLE].astype(float), rtol=1e-9, atol=1e-9)
        assert row["population_low"] <= row["population"] <= row["population_high"] + 1e-9
        assert row["population"] <= row["census_population"] + 1e-9
    assert not found.neighbourhoods[PEOPLE].isna().any(axis=None)


GRID = [[8, 4, 0, 0], [16, 20, 40, 12]]  # two rows of four cells of 1 m


def test_land_inside_another_compound_counts_once(tmp_path: Path) -> None:
    """The estate is the left half but for the court of one cell in it: 48 - 20 and 20 people."""
    file = write(tmp_path / "a.tif", GRID)
    table = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2), box(1, 0, 2, 1)], index=[7, 3], crs="EPSG:4551")
    found = raster_weights(raster.read([file], table.geometry), table)
    assert found.loc[[7, 3], "population"].tolist() == [28, 20]
    assert found["children_0_2"].tolist() == found["population"].tolist()
    assert found["raster_cover"].tolist() == [1, 1]
    assert found.loc[[7, 3], "raster_cells"].tolist() == [3, 1]


def test_share_of_a_district_inside_the_study_area(tmp_path: Path) -> None:
    """A is the left half, 48 people, 24 in its lower right and upper right cells; B reaches beyond the raster."""
    file = write(tmp_path / "a.tif", GRID)
    units = gpd.GeoDataFrame({"unit_code": ["A", "B"]}, geometry=[box(0, 0, 2, 2), box(2, 0, 9, 2)], crs="EPSG:4551")
    found = raster_inside(raster.read([file], units.geometry), units, box(1, 0, 3, 2))
    assert found.loc["A", ["population", "children_6_11", "raster_people"]].tolist() == [0.5, 0.5, 24]
    assert np.isnan(found.loc["B", "population"])
    assert found.loc["B", "raster_people"] == 40


def test_children_only_rasters_spread_all_people_by_children(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"chn_t_{age}_2020.tif", [[number, 3 * number]])
        for age, number in {"00": 10, "01": 40, "05": 50, "10": 60}.items()
    ]
    table = gpd.GeoDataFrame(geometry=[box(0, 1, 1, 2), box(1, 1, 2, 2)], crs="EPSG:4551")
    found = raster_weights(raster.read(files, table.geometry), table)
    assert found["population"].tolist() == [160, 480]
    assert found["children_6_11"].tolist() == [64, 192]


def test_from_files_to_neighbourhoods(tmp_path: Path) -> None:
    """A whole, B half inside: 1,000 people of A go 28 : 20; B has half of 52 seen people inside, 2,500 people."""
    file = write(tmp_path / "a.tif", GRID)
    table = gpd.GeoDataFrame(
        homes((1, 3, 0.3), (1, 1, 0.3), (100, 1, 0.3)),
        geometry=[box(0, 0, 2, 2), box(1, 0, 2, 1), box(2, 0, 2.5, 1)],
        crs="EPSG:4551",
    )
    units = gpd.GeoDataFrame({"unit_code": ["A", "B"]}, geometry=[box(0, 0, 2, 2), box(2, 0, 4, 2)], crs="EPSG:4551")
    district = pd.Series(["A", "A", "B"])
    people = raster.read([file], units.geometry)
    first = estimate(table, district, pd.Series({"A": 1.0, "B": 0.5}), CENSUS)
    shares = raster_inside(people, units, box(0, 0, 2.65, 2))
    assert shares.loc["B", "population"] == pytest.approx(0.5)  # 0.65 x 40 = 26 of 52
    found = by_raster(first, district, raster_weights(people, table), shares, CENSUS)
    assert found.neighbourhoods["population"].tolist() == pytest.approx([1000 * 28 / 48, 1000 * 20 / 48, 2500])
    assert found.districts.loc["B", "raster_homes_share"] == pytest.approx(20 / 26)
    assert found.counts["neighbourhoods_smaller_than_a_cell"] == 1  # half a cell of B


def test_the_difference_of_two_estimates_by_hand() -> None:
    """A: 60, 30, 10 against 50, 30, 20 is a tenth moved; B has two neighbourhoods, too few for a correlation."""
    first = Estimate(pd.DataFrame({"population": [60.0, 30, 10, 100, 100, np.nan]}), pd.DataFrame(), {})
    second = Estimate(pd.DataFrame({"population": [50.0, 30, 20, 300, 100, np.nan]}), pd.DataFrame(), {})
    seen = compare(first, second, pd.Series(["A", "A", "A", "B", "B", None]))
    assert seen.districts["moved_share"].tolist() == pytest.approx([0.1, 0.25])
    assert seen.districts["neighbourhoods"].tolist() == [3, 2]
    assert seen.districts.loc["A", "correlation"] == pytest.approx(np.corrcoef([60, 30, 10], [50, 30, 20])[0, 1])
    assert np.isnan(seen.districts.loc["B", "correlation"])
    assert seen.districts.loc["B", ["first", "second"]].tolist() == [200, 400]
    assert seen.largest(2).index.tolist() == [3, 0]
    assert seen.neighbourhoods["difference"].tolist() == [-10, 0, 10, 200, 0]
    assert seen.overall["moved_share"] == pytest.approx(
        (abs(60 / 300 - 50 / 500) + abs(30 / 300 - 30 / 500) + abs(10 / 300 - 20 / 500)
         + abs(100 / 300 - 300 / 500) + abs(100 / 300 - 100 / 500)) / 2
    )  # fmt: skip


def test_equal_estimates_do_not_differ() -> None:
    first = default(["A", "A", "B"], {"A": 1.0, "B": 1.0}, 1, 3, 5)
    seen = compare(first, first, pd.Series(["A", "A", "B"]), "children_3_5")
    assert seen.overall["moved_share"] == 0
    assert seen.neighbourhoods["difference"].tolist() == [0, 0, 0]


@pytest.mark.real_data
def test_real_raster_spreads_the_real_census(shared_data: Path, extract_path: Path) -> None:
    """Harbin's centre with cells of 10 km: every district adds up, and the difference to floor area is told."""
    from cfc_gis import area, coords, neighbourhoods
    from cfc_gis.sources import boundaries, census, osm_extract

    osm = osm_extract.read(extract_path)
    crs = coords.projected_crs(osm.bounds)
    region = area.study_area(osm.bounds, crs)
    units, _ = area.units(region, osm.admin, city=boundaries.find_place("哈尔滨市"))
    found = neighbourhoods.find(osm.objects.to_crs(crs), region.geometry).neighbourhoods
    codes = area.assign(found, units)["district_code"]
    districts = units[units["level"] == "district"]
    table = census.builtin("230100").table
    first = estimate(found, codes, districts.set_index("unit_code")["covered_area_share"], table)
    people = raster.read([shared_data / "population-10km-2020.tif"], districts.geometry)
    shares = raster_inside(people, districts, region.geometry)
    second = by_raster(first, codes, raster_weights(people, found), shares, table)
    sums = second.neighbourhoods["population"].groupby(codes).sum()
    np.testing.assert_allclose(sums, second.districts["population"].reindex(sums.index), rtol=1e-6)
    official = table.set_index("unit_code")["population"]
    expected = official.reindex(shares.index) * shares["population"]
    np.testing.assert_allclose(second.districts["population"], expected.reindex(second.districts.index), rtol=1e-6)
    assert set(second.districts["population_rule"]) == {"raster"}
    seen = population.compare(first, second, codes)
    assert 0 < seen.overall["moved_share"] < 1
    assert seen.districts.index.tolist() == sorted(second.districts.index)
