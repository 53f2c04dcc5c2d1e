"""From homes to neighbourhoods, on a street worked out on paper; and against networkx and scipy on the real city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import crossings, schema, standards
from cfc_gis.access import isolated, measure
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.walk import Surface, Walk
from cfc_gis.network import WalkNetwork
from cfc_gis.profiles import profile
from cfc_gis.study import Study
from cfc_gis.walking import Choices
from tests.test_network import CRS, X0, Y0, town

STREET = town({1: (0, 0), 2: (3000, 0)}, ([1, 2], {"highway": "residential"}))
BANDS = dict.fromkeys(schema.BANDS, 10.0)


def point(x: float, y: float = 0.0) -> shapely.Point:
    return shapely.Point(X0 + x, Y0 + y)


def facilities(*rows: tuple[Any, ...]) -> gpd.GeoDataFrame:
    """Facilities on the street: id, category, evidence, metres from its start, and season if it has one."""
    return gpd.GeoDataFrame(
        {
            "facility_id": [row[0] for row in rows],
            "name": None,
            "category": [row[1] for row in rows],
            "evidence": [row[2] for row in rows],
            "season": [row[4] if len(row) > 4 else "all" for row in rows],
            "capacity": np.nan,
            "entrances": [[(X0 + row[3], Y0)] for row in rows],
        },
        geometry=[point(row[3]) for row in rows],
        crs=CRS,
    )


def places_of(
    sites: gpd.GeoDataFrame, *origins: tuple[str, float, float], border: float = 1e6, net: WalkNetwork = STREET
) -> measure.Places:
    """Origins as neighbourhood, metres along the street (20 m off it), weight; and the facilities."""
    table = gpd.GeoDataFrame(
        {
            "origin_id": [f"o{i}" for i in range(len(origins))],
            "neighbourhood_id": [origin[0] for origin in origins],
            "weight": [origin[2] for origin in origins],
        },
        geometry=[point(origin[1], 20.0) for origin in origins],
        crs=CRS,
    )
    ids = pd.Series(sorted(set(table["neighbourhood_id"])), dtype="str")
    at = net.snap(table.geometry.to_numpy())
    children = pd.DataFrame(BANDS, index=ids.index)
    return measure.Places(ids, children, table, at, np.full(len(table), border), sites, snap_entrances(net, sites))


def run(
    places: measure.Places,
    category: str = "primary_school",
    season: str = "summer",
    walk: Walk | None = None,
) -> measure.Measured:
    walk = walk or Walk(crossings.build(STREET))
    kinds = {category: standards.categories()[category]}
    found = measure.measure(walk, places, kinds, standards.by_category(), [season])
    schema.check(found.access, schema.ACCESS)
    schema.check(found.circles, schema.CIRCLES)
    return found


def measured(sites: gpd.GeoDataFrame, *origins: tuple[str, float, float], border: float = 1e6) -> pd.DataFrame:
    """Measure primary schools in summer."""
    return run(places_of(sites, *origins, border=border)).access.set_index("neighbourhood_id")


def test_by_hand() -> None:
    """A school at 1,000 m. Homes of `a` at 600 (3/4 of its children; 420 m) and 200 (820 m); `b` at 1,750 (770 m).

    Legs of 20 m are walked too. Standard 500 m: 3/4 of `a` are within it. Depth: 1/4 x (820 - 500) / 500 and 270 / 500.
    """
    row = measured(
        facilities(("s1", "primary_school", "strong", 1000)), ("a", 600, 0.75), ("a", 200, 0.25), ("b", 1750, 1.0)
    )
    assert row.loc["a", ["minutes", "metres", "way_metres", "facility_id"]].tolist() == [
        pytest.approx(7.0),
        pytest.approx(420.0),
        pytest.approx(420.0),
        "s1",
    ]
    assert row["share_within"].tolist() == [0.75, 0.0]
    assert row["depth"].tolist() == pytest.approx([0.25 * 320 / 500, 270 / 500])
    assert row["straight_metres"].tolist() == pytest.approx([np.hypot(400, 20), np.hypot(750, 20)])
    assert row["edge_affected"].tolist() == [False, False]
    assert row["n_within"].tolist() == [0.75, 0.0]
    assert row["crossings"].tolist() == [0.0, 0.0]
    assert row["second_minutes"].isna().all()


def test_the_standard_includes_its_own_value() -> None:
    row = measured(facilities(("s1", "primary_school", "strong", 1000)), ("a", 1480, 1.0), ("b", 1480.01, 1.0))
    assert row["metres"].tolist() == pytest.approx([500.0, 500.01])
    assert row["share_within"].tolist() == [1.0, 0.0]


def test_only_proven_facilities_are_proof() -> None:
    places = facilities(("s1", "primary_school", "strong", 2000), ("s2", "primary_school", "presumed", 300),
                        ("s3", "primary_school", "unknown", 10), ("k1", "kindergarten", "confirmed", 0))  # fmt: skip
    row = measured(places, ("a", 0, 1.0)).loc["a"]
    assert (row["metres"], row["facility_id"]) == (pytest.approx(2020.0), "s1")
    assert row["minutes_presumed"] == pytest.approx(320 / 60)
    assert (row["share_within"], row["share_within_presumed"]) == (0.0, 1.0)


def test_the_second_nearest_is_another_facility_and_not_another_gate() -> None:
    places = facilities(("s1", "primary_school", "strong", 100), ("s2", "primary_school", "strong", 400))
    places["entrances"] = [[(X0 + 100, Y0), (X0 + 200, Y0)], [(X0 + 400, Y0)]]
    row = measured(places, ("a", 0, 1.0)).loc["a"]
    assert (row["minutes"], row["second_minutes"]) == (pytest.approx(2.0), pytest.approx(7.0))
    assert row["n_within"] == 2.0


def test_seats_for_each_child_within_the_standard() -> None:
    """A school of 30 seats, 10 children of the age in each of `a`, `b` and `c`; `c` lies beyond 500 m: 30 / 20."""
    places = facilities(("s1", "primary_school", "strong", 500))
    places["capacity"] = 30.0
    row = measured(places, ("a", 100, 1.0), ("b", 900, 1.0), ("c", 2000, 1.0))
    assert row["supply_ratio"].tolist() == [1.5, 1.5, 0.0]


def test_seats_that_nobody_counted_are_missing_and_not_none() -> None:
    places = facilities(("s1", "primary_school", "strong", 500), ("s2", "primary_school", "strong", 2900))
    assert measured(places, ("a", 100, 1.0))["supply_ratio"].isna().all()
    places["capacity"] = [30.0, np.nan]
    row = measured(places, ("a", 100, 1.0), ("b", 2800, 1.0))
    assert row["supply_ratio"].tolist() == pytest.approx([3.0, np.nan], nan_ok=True)


def test_the_score_is_fifty_at_the_standard() -> None:
    """100 / (1 + exp(5 (x - 500) / 500)): 50 at 500 m, 100 / (1 + e^5) at 1,000 m, 0 where nothing is reached."""
    row = measured(
        facilities(("s1", "primary_school", "strong", 1000)), ("a", 520, 1.0), ("b", 20, 1.0), ("c", 90_000, 1.0)
    )
    assert row["score"].tolist() == pytest.approx([50.0, 100 / (1 + np.exp(5)), 0.0])
    assert measured(facilities(), ("a", 0, 1.0))["score"].isna().all()


def test_a_nine_year_school_serves_both_stages() -> None:
    assert (
        measured(facilities(("s9", "nine_year_school", "strong", 100)), ("a", 0, 1.0)).loc["a", "facility_id"] == "s9"
    )


def test_a_facility_of_winter_does_not_count_in_summer() -> None:
    places = facilities(("s1", "primary_school", "strong", 900), ("s2", "primary_school", "strong", 100, "winter"))
    assert measured(places, ("a", 0, 1.0)).loc["a", "facility_id"] == "s1"


def test_nothing_found_is_missing_and_not_zero() -> None:
    row = measured(facilities(), ("a", 0, 1.0)).loc["a"]
    assert np.isnan([row["minutes"], row["metres"], row["straight_metres"], row["crossings"]]).all()
    assert (row["share_within"], row["depth"], row["share_unreached"], row["n_within"]) == (0.0, 1.0, 1.0, 0.0)
    assert row["edge_affected"]


def test_a_home_off_the_network_is_never_served() -> None:
    row = measured(facilities(("s1", "primary_school", "strong", 0)), ("a", 0, 0.5), ("a", 90_000, 0.5)).loc["a"]
    assert (row["share_within"], row["share_unconnected"], row["share_unreached"]) == (0.5, 0.5, 0.5)


def test_a_nearer_school_may_lie_beyond_the_border() -> None:
    school = facilities(("s1", "primary_school", "strong", 1000))
    assert measured(school, ("a", 0, 1.0), border=1019.0).loc["a", "edge_affected"]
    assert not measured(school, ("a", 0, 1.0), border=1020.001).loc["a", "edge_affected"]


@pytest.mark.parametrize(
    ("border", "home", "wanted"), [(499.9, 0, 1.0), (500.0, 0, 1.0), (500.1, 0, 0.0), (100.0, 800, 0.0)]
)
def test_only_who_is_not_served_may_be_served_from_beyond_the_border(border: float, home: float, wanted: float) -> None:
    """The school at 1,000 m serves the home at 800 m, 220 m away, and not the one at 0; the standard is 500 m."""
    school = facilities(("s1", "primary_school", "strong", 1000))
    assert measured(school, ("a", home, 1.0), border=border).loc["a", "share_beyond"] == wanted


def test_winter_keeps_metres_and_has_a_range() -> None:
    """400 m on a street that is not cleared and 20 m beside it: 7 min, and 0.42 km at 1 to 2 min/km."""
    found = run(places_of(facilities(("s1", "primary_school", "strong", 1000)), ("a", 600, 1.0)), season="winter")
    row = found.access.iloc[0]
    assert (row["metres"], row["share_within"]) == (pytest.approx(420.0), 1.0)
    assert row[["minutes_low", "minutes", "minutes_high"]].tolist() == pytest.approx([7.42, 7.84, 7.84])


def test_circles_in_winter() -> None:
    """Ten minutes at 1 m/s: 600 m in summer; on ice 600 m take 11.2 min (10.6 at the least)."""
    sites = facilities(("s1", "primary_school", "strong", 1000))
    homes = [("a", 400, 1.0), ("b", 430, 1.0), ("c", 460, 1.0)]  # 620, 590 and 560 m
    shares = {}
    for season in schema.SEASONS:
        rows = run(places_of(sites, *homes), season=season).circles
        assert set(rows["standard_id"]) == {"primary_school.circle10min"}
        shares[season] = rows[["share_least", "share_within", "share_most"]].to_numpy().tolist()
    # 590 m: 9.83 + 0.59 = 10.42 at the low end; 560 m: 9.33 + 0.56 = 9.89 at the low end, 10.45 in the middle.
    assert shares["summer"] == [[0, 0, 0], [1, 1, 1], [1, 1, 1]]
    assert shares["winter"] == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]


def test_the_longest_time_in_the_cold() -> None:
    sites = facilities(("s1", "primary_school", "strong", 1000))
    walk = Walk(crossings.build(STREET), Choices(longest_cold_min=7.5))
    winter = run(places_of(sites, ("a", 600, 1.0)), season="winter", walk=walk).access.iloc[0]
    assert np.isnan(winter["minutes"])
    assert winter["minutes_low"] == pytest.approx(7.42)
    assert run(places_of(sites, ("a", 600, 1.0)), walk=walk).access.iloc[0]["minutes"] == pytest.approx(7.0)


# --- isolated places --------------------------------------------------------------------------------------------


def cut_off(net: WalkNetwork, sites: gpd.GeoDataFrame, *origins: tuple[str, float, float]) -> list[list[Any]]:
    places = places_of(sites, *origins, net=net)
    walk = Walk(crossings.build(net))
    homes = gpd.GeoDataFrame(
        {"neighbourhood_id": places.neighbourhoods, "name": "小区", **BANDS},
        geometry=[point(0)] * len(places.neighbourhoods),
        crs=CRS,
    )
    found = isolated.find(walk.links, places, run(places, walk=walk).access, homes)
    schema.check(found, schema.ISOLATED)
    return found[["kind", "id", "category", "reason", "share", "children"]].to_numpy().tolist()


# Two streets that do not meet: 0 to 3,000 m and, 200 m on, 3,200 to 5,000 m.
TWO = town({1: (0, 0), 2: (3000, 0), 3: (3200, 0), 4: (5000, 0)},
           ([1, 2], {"highway": "residential"}), ([3, 4], {"highway": "residential"}))  # fmt: skip


def test_islands_and_places_without_a_street_are_listed_with_their_reason() -> None:
    sites = facilities(("s1", "primary_school", "strong", 1000), ("s2", "primary_school", "strong", 90_000))
    rows = cut_off(TWO, sites, ("a", 100, 1.0), ("b", 4000, 0.5), ("b", 200, 0.5), ("c", 80_000, 1.0))
    assert rows == [
        ["facility", "s2", "primary_school", "no_street", 1.0, pytest.approx(np.nan, nan_ok=True)],
        ["neighbourhood", "b", "all", "island", 0.5, 20.0],
        ["neighbourhood", "c", "all", "no_street", 1.0, 40.0],
    ]


def test_a_facility_on_an_island_without_homes() -> None:
    rows = cut_off(TWO, facilities(("s1", "primary_school", "strong", 4000)), ("a", 100, 1.0))
    assert [row[:4] for row in rows] == [["facility", "s1", "primary_school", "nobody_near"]]


def test_a_home_from_which_no_way_leads_to_any_school() -> None:
    """Stairs of which the data say that they lie under ice: closed to all."""
    ice = {"highway": "path", "ice_road": "yes"}
    net = town({1: (0, 0), 2: (3000, 0), 3: (3200, 0), 4: (5000, 0)},
               ([1, 2], {"highway": "residential"}), ([2, 3], ice), ([3, 4], {"highway": "residential"}))  # fmt: skip
    sites = facilities(("s1", "primary_school", "strong", 1000))
    rows = cut_off(net, sites, ("a", 100, 1.0), ("b", 4000, 1.0))
    assert rows == [["neighbourhood", "b", "primary_school", "no_way", 1.0, 40.0]]


# --- the real city ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def harbin(extract_path: Path) -> Any:
    return Study.from_extract(extract_path).run(season="summer")


def cut_graph(surface: Surface, places: measure.Places, doors: np.ndarray) -> nx.DiGraph:
    """The surface as networkx has it, with homes and doors as nodes of their own on their links."""
    links, graph = surface.links, nx.DiGraph()
    homes = surface.origins(places.at)
    _, gates = surface.entrances(places.entrances.at.of(doors))
    cuts: dict[int, list[tuple[float, tuple[str, int], float]]] = {}
    for kind, stops in (("home", homes), ("door", gates)):
        for i in np.flatnonzero(stops.edge >= 0):
            cuts.setdefault(int(stops.edge[i]), []).append(
                (float(stops.fraction[i]), (kind, int(i)), float(stops.leg[i]))
            )
    for link in range(len(links.start)):
        ahead, back = float(surface.graph.forward[link]), float(surface.graph.backward[link])
        node, before = int(links.start[link]), 0.0
        for fraction, place, leg in sorted(cuts.get(link, [])):
            joint = ("on", *place)
            add(graph, node, joint, (fraction - before) * ahead)
            add(graph, joint, node, (fraction - before) * back)
            add(graph, joint, place, leg)
            add(graph, place, joint, leg)
            node, before = joint, fraction
        add(graph, node, int(links.end[link]), (1 - before) * ahead)
        add(graph, int(links.end[link]), node, (1 - before) * back)
    return graph


def add(graph: nx.DiGraph, a: object, b: object, cost: float) -> None:
    """Add an arc, the cheaper of two; what is closed is none."""
    if np.isfinite(cost) and (not graph.has_edge(a, b) or graph[a][b]["weight"] > cost):
        graph.add_edge(a, b, weight=cost)


def serving(result: Any, category: str) -> np.ndarray:
    """Entrances of the proven facilities of a category."""
    table = result.facilities
    kinds = standards.categories()[category].served_by
    proven = (table["category"].isin(kinds) & table["evidence"].isin(schema.PROVEN)).to_numpy()
    return np.asarray(proven[result.places.entrances.facility])


@pytest.mark.parametrize("category", list(standards.categories()))
def test_minutes_equal_networkx_and_scipy_on_the_real_city(harbin: Any, category: str) -> None:
    """All origins to the nearest facility, by Dijkstra of networkx and of scipy on the same links: 1e-6 minutes."""
    places = harbin.places
    who = profile(f"{standards.categories()[category].age}.summer")
    surface = harbin.walk.minutes(who)
    doors = serving(harbin, category)
    entrances = places.entrances.at.of(doors)
    found = surface.search(entrances, places.entrances.facility[doors]).ways(places.at)
    graph = cut_graph(surface, places, doors)
    gates = [node for node in graph if isinstance(node, tuple) and node[0] == "door"]
    reverse = graph.reverse(copy=False)
    every = nx.multi_source_dijkstra_path_length(reverse, set(gates)) if gates else {}
    want = np.array([every.get(("home", i), np.nan) for i in range(len(places.at))])
    np.testing.assert_allclose(found.cost, want, rtol=0, atol=1e-6)
    if gates:
        assert np.isfinite(want).sum() > 10_000
        np.testing.assert_allclose(found.cost, by_scipy(graph, gates, len(places.at)), rtol=0, atol=1e-6)


def by_scipy(graph: nx.DiGraph, gates: list[Any], n: int) -> np.ndarray:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    number = {node: i for i, node in enumerate(graph)}
    arcs = np.array([(number[b], number[a]) for a, b in graph.edges()])
    cost = np.fromiter(nx.get_edge_attributes(graph, "weight").values(), float)
    matrix = csr_array((np.maximum(cost, 1e-12), (arcs[:, 0], arcs[:, 1])), shape=(len(number), len(number)))
    least = dijkstra(matrix, indices=[number[gate] for gate in gates], min_only=True)
    found = np.array([least[number["home", i]] if ("home", i) in number else np.nan for i in range(n)])
    return np.where(np.isinf(found), np.nan, found)
