"""A map that a browser carries: small, flush at every border, and in squares where there is too much to draw."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import locale, maps, schema
from cfc_gis.errors import CrsMissing, UserError
from cfc_gis.maps import coarse, layers, payload, shapes
from cfc_gis.tables import Tables
from tests.browser import map_ready, missing_glyphs, opened
from tests.results import real
from tests.tables import CRS, SOUTH, WEST, basemap, town

MOST_BYTES = 8_000_000


def wiggly(points: int, seed: int) -> np.ndarray:
    """Cells around random points, their borders with a corner every 20 m, moved sideways: a coverage without gaps."""
    rng = np.random.default_rng(seed)
    xy = np.c_[WEST + 3000 * rng.random(points), SOUTH + 3000 * rng.random(points)]
    square = shapely.box(WEST, SOUTH, WEST + 3000, SOUTH + 3000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=square))
    cells = shapely.set_precision(shapely.segmentize(shapely.intersection(cells, square), 20.0), 0.01)

    def moved(at: np.ndarray) -> np.ndarray:  # by the place alone, so both sides of a border move together
        return at + 3.0 * np.c_[np.sin(at[:, 1] / 37), np.cos(at[:, 0] / 41)]

    return shapely.transform(cells, moved)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_neighbours_stay_flush_through_simplification_and_rounding(seed: int) -> None:
    cells = wiggly(40, seed)
    assert shapely.coverage_is_valid(cells)
    drawn = shapes.degrees(gpd.GeoDataFrame(geometry=cells, crs=CRS), 8.0)
    assert shapely.get_num_coordinates(drawn.to_numpy()).sum() < 0.8 * shapely.get_num_coordinates(cells).sum()
    back = [[shapely.Polygon(shapes.decode(ring)) for ring, *_ in shapes.encode(cell)] for cell in drawn]
    assert all(len(parts) == 1 for parts in back)
    again = np.array([parts[0] for parts in back])
    assert shapely.coverage_is_valid(again)
    assert len(shapely.get_parts(shapely.union_all(again))) == 1
    assert not shapely.get_parts(shapely.union_all(again))[0].interiors


def test_any_whole_number_comes_back() -> None:
    numbers = np.array([0, 1, -1, 15, 16, -16, 511, -512, 4095, 4096, -4096, -4097, 18_000_000, -9_000_000])
    line = shapely.LineString(np.c_[numbers, numbers[::-1]] / shapes.SCALE)
    assert (np.rint(shapes.decode(shapes.line(line)) * shapes.SCALE) == np.c_[numbers, numbers[::-1]]).all()


@cache
def central_harbin(extract: Path) -> str:
    """Two runs of one season each, laid together: what one run of both gives, but for the clearing of ice."""
    summer, winter = real(extract, "summer"), real(extract, "winter")
    both = {
        name: pd.concat([getattr(summer, name), getattr(winter, name)], ignore_index=True)
        for name in ("access", "gaps", "remedies")
    }
    routes = pd.concat([summer.routes, winter.routes], ignore_index=True)
    options = {"place": summer.place, "data_date": "2024-04-09", "routes": routes}
    return maps.to_html(maps.build(replace(summer.tables, **both), summer.basemap, **options))


@pytest.mark.real_data
def test_central_harbin_with_all_layers_and_both_seasons_weighs_less_than_8_mb(extract_path: Path) -> None:
    page = central_harbin(extract_path)
    assert '"winter"' in page
    assert 3_000_000 < len(page.encode()) < MOST_BYTES


@pytest.mark.real_data
def test_every_name_of_central_harbin_is_drawn(extract_path: Path, tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "map.html"
    file.write_text(central_harbin(extract_path), encoding="utf-8")
    names = real(extract_path, "summer").neighbourhoods["name"].dropna()
    with opened(file, browser_path) as watch:
        map_ready(watch)
        shown = watch.page.evaluate(
            """() => {
              const data = JSON.parse(document.getElementById("cfc-data").textContent);
              const { homes, facilities, units, names, streets } = data;
              return [homes.name, facilities.name, Object.values(units).flat().map((unit) => unit.name),
                names.map((row) => row[1]), streets].flat();
            }"""
        )
        assert set(names) <= set(shown)
        missing, count = missing_glyphs(watch.page, shown)
        # A name in OSM holds a picture of a house: Windows has a font of such pictures, a bare Debian has none.
        assert [letter for letter in missing if unicodedata.category(letter) != "So"] == []
        assert count > 700
        assert watch.quiet(), watch


def many(count: int) -> Tables:
    """The small town, each neighbourhood many times, a few metres apart."""
    tables = Tables(**town())
    copies = []
    for n in range(count):
        homes = tables.neighbourhoods.copy()
        homes["neighbourhood_id"] += f"_{n}"
        homes.geometry = homes.geometry.translate(float(n), 0.5 * n)
        copies.append(homes)
    access = [tables.access.assign(neighbourhood_id=tables.access["neighbourhood_id"] + f"_{n}") for n in range(count)]
    homes = gpd.GeoDataFrame(pd.concat(copies, ignore_index=True), crs=CRS)
    return replace(tables, neighbourhoods=homes, access=pd.concat(access, ignore_index=True))


def test_few_neighbourhoods_are_drawn_one_by_one() -> None:
    assert coarse.coarse(Tables(**town())) is None


def test_squares_keep_the_children_and_the_means() -> None:
    before = many(3)
    found = coarse.coarse(before, most=60)
    assert found is not None
    after = found.tables
    assert (found.neighbourhoods, len(after.neighbourhoods) <= 60) == (120, True)
    for band in (*schema.BANDS, "population"):
        assert after.neighbourhoods[band].sum() == pytest.approx(before.neighbourhoods[band].sum())
    key = ["category", "profile"]
    weights = {name: t.neighbourhoods.set_index("neighbourhood_id")["children_6_11"] for name, t in
               (("before", before), ("after", after))}  # fmt: skip
    for tables, name in ((before, "before"), (after, "after")):
        rows = tables.access[tables.access["category"] == "primary_school"].sort_values(key)
        weight = weights[name].reindex(rows["neighbourhood_id"]).to_numpy()
        mean = (rows["share_within"] * weight).groupby(rows["profile"]).sum() / weight.sum() * 2
        if name == "before":
            wanted = mean
    pd.testing.assert_series_equal(mean, wanted)
    rows = after.access
    assert not rows.duplicated(["neighbourhood_id", *key]).any()
    assert set(rows["minutes"].dropna()) <= set(before.access["minutes"].dropna())


def test_ten_thousand_neighbourhoods_become_squares_and_the_map_says_so(tmp_path: Path, browser_path: str) -> None:
    tables = many(251)
    assert len(tables.neighbourhoods) > coarse.MOST
    page = maps.to_html(maps.build(tables, basemap(), place="哈尔滨市", data_date="2024-04-09"))
    file = tmp_path / "map.html"
    file.write_text(page, encoding="utf-8")
    assert len(page.encode()) < MOST_BYTES
    with opened(file, browser_path) as watch:
        map_ready(watch)
        assert "10040 个居住小区合并为边长 250 米的方格" in watch.page.inner_text("#cfc-source")
        assert 10 < watch.page.locator(".cfc-home").count() < 1000
        watch.page.locator(".cfc-home").nth(5).click()
        assert "方格内各小区的合计" in watch.page.inner_text(".cfc-popup")
        assert watch.quiet(), watch


def test_a_further_layer_without_crs_or_too_large_is_refused() -> None:
    points = gpd.GeoDataFrame(geometry=[shapely.Point(126.6, 45.7)])
    with pytest.raises(CrsMissing, match="选址"):
        layers.further({"选址": points})
    large = gpd.GeoDataFrame(geometry=[shapely.Point(126.6, 45.7)] * 10_001, crs=4326)
    with pytest.raises(UserError, match="10001"):
        layers.further({"选址": large})


def test_points_lines_areas_and_missing_shapes_of_a_further_layer() -> None:
    table = gpd.GeoDataFrame(
        {"name": ["点", "线", None, "无"], "n": [1, None, 2.5, 3]},
        geometry=[shapely.Point(126.6, 45.7), shapely.LineString([(126.6, 45.7), (126.7, 45.7)]),
                  shapely.box(126.6, 45.7, 126.7, 45.8), None],
        crs=4326,
    )  # fmt: skip
    layer = layers.further({"层": table})[0]
    assert [next(iter(feature)) for feature in layer["features"]] == ["point", "line", "area"]
    assert (layer["titles"], layer["rows"][2]) == (["点", "线", ""], [["n", "2.5"]])


def test_the_tables_of_the_caller_stay_as_they_were() -> None:
    tables = Tables(**town())
    before = {name: table.copy() for name, table in vars(tables).items() if isinstance(table, pd.DataFrame)}
    payload.build(tables, basemap())
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(tables, name), table)


def test_every_glyph_of_a_category_is_its_own() -> None:
    words = {key: both for key, both in locale.table().items() if key.startswith("glyph.")}
    assert {key.partition(".")[2] for key in words} == set(schema.CATEGORIES)
    for lang in locale.LANGS:
        assert len({both[lang] for both in words.values()}) == len(words)
