"""Where the data end: by hand, and by taking a strip of 1 km away from the real extract."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import edge, network, schema
from cfc_gis.sources import osm_extract
from cfc_gis.study import Study
from tests import crop
from tests.results import real

CRS = "EPSG:4551"
LON, LAT = 126.0, 45.7
KM_LON, KM_LAT = 0.0129, 0.009  # degrees, a little more than 1 km in central Harbin
COMPARED = ("minutes", "metres", "facility_id", "share_within")


def streets(*lines: tuple[tuple[float, float], ...]) -> network.WalkNetwork:
    """Footways through points that are given in metres east and north of one place."""
    rows = pd.DataFrame({"osm_id": [f"w{i}" for i in range(len(lines))], "part": 0, "name": None}).assign(
        tags=[{"highway": "footway"}] * len(lines)
    )
    xy = gpd.GeoSeries(shapely.points([at for line in lines for at in line]), crs=None)
    x0, y0 = origin()
    moved = gpd.GeoSeries(shapely.points(xy.x + x0, xy.y + y0), crs=CRS).to_crs("EPSG:4326")
    street = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    nodes = pd.factorize(pd.Series(list(zip(xy.x, xy.y, strict=True))))[0]
    points = pd.DataFrame({"street": street, "node_id": nodes + 1, "lon": moved.x, "lat": moved.y})
    return network.build(rows, points, crs=CRS)


def origin() -> tuple[float, float]:
    at = gpd.GeoSeries([shapely.Point(LON, LAT)], crs="EPSG:4326").to_crs(CRS).iloc[0]
    return float(at.x), float(at.y)


def at(*xy: tuple[float, float]) -> np.ndarray:
    x0, y0 = origin()
    return shapely.points([(x0 + x, y0 + y) for x, y in xy])


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    x0, y0 = origin()
    return shapely.box(x0 + west, y0 + south, x0 + east, y0 + north)


def cut(*rows: tuple[dict[str, str], tuple[tuple[float, float], ...]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": None, "tags": [tags for tags, _ in rows]},
        geometry=[shapely.multipoints(at(*points)) for _, points in rows],
        crs=CRS,
    )


EXTENT = box(0, 0, 2000, 2000)
MAIN = ((100.0, 1000.0), (1900.0, 1000.0))


def metres(found: edge.Edge, *xy: tuple[float, float], compound: shapely.Polygon | None = None) -> list[float]:
    homes = gpd.GeoDataFrame({"neighbourhood_id": ["a"] * len(xy)}, geometry=at(*xy), crs=CRS)
    land = gpd.GeoDataFrame({"neighbourhood_id": ["a"]}, geometry=[compound or box(500, 500, 600, 600)], crs=CRS)
    return found.border_m(homes, land).round(3).tolist()


def test_whole_data_end_at_their_border():
    found = edge.find(EXTENT, None, streets(MAIN))
    assert metres(found, (700, 300), (1990, 1000)) == [300, 10]
    assert found.cut_m(gpd.GeoDataFrame(geometry=at((700, 300)), crs=CRS), {"park": ["park"]}) == {"park": [np.inf]}


def test_a_neighbourhood_across_the_border_is_cut():
    found = edge.find(EXTENT, None, streets(MAIN))
    assert metres(found, (700, 300), compound=box(600, -50, 800, 400)) == [0]


def test_a_home_in_a_compound_that_lost_a_point_is_cut():
    ring = ({"landuse": "residential"}, ((600.0, 200.0), (800.0, 200.0)))  # on to the border, 200 m south
    found = edge.find(EXTENT, cut(ring), streets(MAIN))
    assert metres(found, (700, 100), (700, 300)) == [0, 300]


def test_the_end_of_a_street_and_what_it_tore_off():
    net = streets(MAIN, ((500.0, 700.0), (700.0, 700.0)))  # joined to the main street beyond the border
    found = edge.find(EXTENT, cut(({"highway": "footway"}, ((700.0, 700.0),))), net)
    assert metres(found, (700, 600)) == [100]
    assert metres(found, (500, 600)) == [100]  # to the torn street, whose end is 224 m away
    whole = edge.find(EXTENT, cut(({"highway": "footway"}, ((1900.0, 1000.0),))), net)
    assert not len(whole.torn)  # the small street there is an island, but nothing cut it


def test_what_was_cut_matters_for_what_it_may_be():
    rows = (
        ({"leisure": "park"}, ((600.0, 200.0), (800.0, 200.0))),
        ({"amenity": "school"}, ((1600.0, 200.0), (1800.0, 200.0))),
    )
    found = edge.find(EXTENT, cut(*rows), streets(MAIN))
    home = gpd.GeoDataFrame(geometry=at((700, 300)), crs=CRS)
    served = {"park": ["park"], "primary_school": ["primary_school", "nine_year_school"], "culture": ["culture"]}
    far = {name: float(each[0]) for name, each in found.cut_m(home, served).items()}
    assert far == pytest.approx({"park": 100.0, "primary_school": float(np.hypot(900, 100)), "culture": np.inf})


def test_doubtful_facilities():
    rows = (
        ({"amenity": "school"}, ((600.0, 200.0), (800.0, 200.0))),
        ({"highway": "footway"}, ((1500.0, 100.0),)),  # on to the border, 100 m south
    )
    found = edge.find(EXTENT, cut(*rows), streets(MAIN))
    places = at((700, 100), (700, 100), (1000, 900), (1450, 60), (1450, 60))
    sites = gpd.GeoDataFrame({"category": ["sport", "kindergarten", "sport", "park", "park"]}, geometry=places, crs=CRS)
    flags = found.doubtful(sites, np.arange(5), places, np.array([10.0, 10, 10, 49, 51]))
    assert flags.tolist() == [True, False, False, False, True]  # the lost street passes 50 m from the parks
    nothing = edge.find(EXTENT, None, streets(MAIN))
    assert not nothing.doubtful(sites, np.arange(5), places, np.full(5, np.nan)).any()


def differ(small: pd.DataFrame, large: pd.DataFrame) -> pd.DataFrame:
    """Rows of a smaller run, with ``differs``: another answer, or a neighbourhood that the larger one does not have."""
    both = small.merge(large, on=list(schema.ACCESS.key), how="left", suffixes=("", "_large"), indicator=True)
    unlike = both["_merge"] == "left_only"
    for name in COMPARED:
        one, other = both[name], both[f"{name}_large"]
        if name == "facility_id":
            unlike |= one.fillna("-") != other.fillna("-")
        else:
            unlike |= ~np.isclose(one.astype(float), other.astype(float), rtol=0, atol=1e-6, equal_nan=True)
    return both.assign(differs=unlike)


# Shares of the neighbourhoods that are flagged, and of these that did not differ, as docs/method.md shows them.
SHOWN = {
    "childcare": (100, 100), "culture": (32, 94), "health_centre": (83, 98), "junior_school": (66, 98),
    "kindergarten": (29, 96), "paediatric_hospital": (72, 98), "park": (11, 85), "play": (49, 97),
    "primary_school": (17, 87), "sport": (23, 68),
}  # fmt: skip


@pytest.mark.parametrize("season", ["summer", "winter"])
def test_less_data_change_only_what_is_flagged(extract_path: Path, tmp_path: Path, season: str):
    """Cut 1 km off every side: whoever gets another answer is flagged in the smaller run."""
    bounds, _ = osm_extract.header(extract_path)
    assert bounds is not None
    west, south, east, north = bounds
    inner = (west + KM_LON, south + KM_LAT, east - KM_LON, north - KM_LAT)
    less = crop.cut(extract_path, tmp_path / "less.osm.pbf", inner)
    small, large = Study.from_extract(less).run(season=season), real(extract_path, season)
    rows = differ(small.access, large.access)
    silent = rows[rows["differs"] & ~rows["edge_affected"]]
    assert silent.empty, silent[[*schema.ACCESS.key, *COMPARED]].to_string()
    assert rows["differs"].mean() > 0.01  # the cut does change answers
    assert not rows["edge_affected"].all()
    if season == "summer":
        flagged = rows[rows["edge_affected"]].groupby("category")["differs"]
        found = {
            name: (round(100 * share), round(100 * (1 - flagged.get_group(name).mean())))
            for name, share in rows.groupby("category")["edge_affected"].mean().items()
        }
        assert found == SHOWN
