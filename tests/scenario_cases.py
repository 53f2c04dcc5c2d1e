"""Random edits of the sample town, of every kind, that can be applied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import strategies as st

from cfc_gis import edits, network, runs
from cfc_gis.crossings import is_main
from cfc_gis.edits import Ground, streets
from cfc_gis.edits.sites import degrees
from cfc_gis.errors import UserError
from cfc_gis.result import Result
from cfc_gis.study import Study
from cfc_gis.survey import Survey

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() != "")
CATEGORIES = ("kindergarten", "primary_school", "nine_year_school", "park", "play", "health_centre", "culture")


@cache
def survey() -> Survey:
    """What is found in the sample town."""
    return Study.sample().survey()


@cache
def before(*seasons: str) -> Result:
    """The sample town without a scenario."""
    return runs.run(survey(), survey().ground, seasons)


def cut(along: shapely.LineString) -> Ground:
    """The ground of the town without the streets that cross a line, in shares of its width and height."""
    ground = survey().ground
    net = ground.network
    low, size = net.node_xy.min(axis=0), np.ptp(net.node_xy, axis=0)
    keep = ~shapely.crosses(net.lines, shapely.transform(along, lambda xy: low + xy * size))
    rows = "length_m", "edge_class", "edge_way", "edge_name", "edge_tags", "point_start", "point_end"
    left = network.assembled(
        crs=net.crs, node_id=net.node_id, node_xy=net.node_xy, point_xy=net.point_xy, node_kind=net.node_kind,
        counts=net.counts, ends=np.column_stack([net.edge_from, net.edge_to])[keep],
        **{name: getattr(net, name)[keep] for name in rows},
    )  # fmt: skip
    return replace(ground, network=left)


@cache
def _window() -> tuple[float, float, float, float]:
    homes = survey().ground.homes.to_crs("EPSG:4326")
    return tuple(homes.total_bounds)


@st.composite
def points(draw: st.DrawFn) -> tuple[float, float]:
    """A place in the town."""
    west, south, east, north = _window()
    share = st.floats(0.02, 0.9)
    return west + draw(share) * (east - west), south + draw(share) * (north - south)


@st.composite
def on_street(draw: st.DrawFn, main: bool = False) -> tuple[float, float]:
    """A place on a street, or on a main road."""
    network = survey().ground.network
    edges = np.flatnonzero(is_main(network)) if main else np.arange(len(network.length_m))
    line = network.lines[edges[draw(st.integers(0, len(edges) - 1))]]
    place = line.interpolate(draw(st.floats(0.0, 1.0)), normalized=True)
    ((lon, lat),) = degrees([(place.x, place.y)], network.crs)
    return lon, lat


@st.composite
def polygons(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    """A small square in the town."""
    lon, lat = draw(points())
    d = 0.0004
    return (lon, lat), (lon + d, lat), (lon + d, lat + d), (lon, lat + d), (lon, lat)


def known(*categories: str) -> st.SearchStrategy[str]:
    """A facility of the town."""
    table = survey().ground.facilities
    ids = table.loc[table["category"].isin(categories), "facility_id"] if categories else table["facility_id"]
    return st.sampled_from(sorted(ids))


def children() -> st.SearchStrategy[edits.Children]:
    """Children of new housing."""
    count = st.integers(0, 100).map(float)
    return st.builds(edits.Children, children_0_2=count, children_3_5=count, children_6_11=count, children_12_14=count)


@cache
def ways_through() -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
    """Forty pairs of places on streets, near each other, between which a way can be opened."""
    network, random = survey().ground.network, np.random.default_rng(5)
    middles = shapely.line_interpolate_point(network.lines, 0.5, normalized=True)
    first, second = shapely.STRtree(middles).query(middles, predicate="dwithin", distance=300.0)
    found: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for pair in random.permutation(np.flatnonzero(first < second)):
        ends = degrees([(middles[at].x, middles[at].y) for at in (first[pair], second[pair])], network.crs)
        try:
            streets.join(streets.Joints(network), edits.OpenGate(id="gate", line=ends), network.crs)
        except UserError:
            continue
        found.append(ends)
        if len(found) == 40:
            break
    return tuple(found)


def gates() -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    """Two ends on streets, between which a way can be opened."""
    return st.sampled_from(ways_through())


KINDS = {
    "add_facility": st.builds(
        edits.AddFacility, id=st.just("new"), category=st.sampled_from(CATEGORIES), point=points(),
        seats=st.none() | st.integers(1, 2000).map(float), season=st.sampled_from(["all", "winter", "summer"]),
    ),
    "close_facility": st.builds(edits.CloseFacility, id=st.just("close"), facility=known()),
    "move_facility": st.builds(edits.MoveFacility, id=st.just("move"), facility=known(), point=points()),
    "expand_facility": st.builds(
        edits.ExpandFacility, id=st.just("expand"), facility=known(), seats=st.integers(1, 3000).map(float)
    ),
    "retrofit_facility": st.builds(edits.RetrofitFacility, id=st.just("retrofit"), facility=known()),
    "open_gate": st.builds(edits.OpenGate, id=st.just("gate"), line=st.deferred(gates)),
    "add_crossing": st.builds(
        edits.AddCrossing, id=st.just("crossing"), point=on_street(main=True), signals=st.booleans()
    ),
    "clear_ice": st.builds(
        edits.ClearIce, id=st.just("ice"),
        streets=st.lists(st.sampled_from(["样例一街", "样例二路", "样例大街"]), min_size=1).map(tuple),
    ),
    "add_housing": st.builds(
        edits.AddHousing, id=st.just("housing"), name=st.none() | st.just("新区"), polygon=polygons(),
        population=st.integers(400, 5000).map(float), children=children(),
    ),
}  # fmt: skip


def differences(first: Result, second: Result) -> list[str]:
    """Return the names of all tables and figures in which two results differ, to the last bit."""
    names = [name for name in Result.__dataclass_fields__ if name not in {"walk", "places", "measured", "prepared"}]
    return [name for name in names if not same(getattr(first, name), getattr(second, name))]


def same(first: object, second: object) -> bool:
    """Whether two tables or values are the same to the last bit, row order and types included."""
    if isinstance(first, gpd.GeoDataFrame):
        if not isinstance(second, gpd.GeoDataFrame) or len(first) != len(second):
            return False
        shapes = shapely.equals_identical(first.geometry.to_numpy(), second.geometry.to_numpy())
        return bool(shapes.all()) and first.drop(columns="geometry").equals(second.drop(columns="geometry"))
    return bool(first.equals(second)) if hasattr(first, "equals") else first == second
