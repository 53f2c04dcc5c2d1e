"""The walk network: what may be walked on, where edges end, and how places are put onto them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from cfc_gis.errors import CrsMissing
from cfc_gis.network import CLASSES, WalkNetwork, build

CRS = "EPSG:4551"
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
X0, Y0 = 540_000.0, 5_070_000.0

Way = tuple[Sequence[int], Mapping[str, str]]


def town(
    nodes: Mapping[int, tuple[float, float]], *ways: Way, tagged: Mapping[int, Mapping[str, str]] | None = None
) -> WalkNetwork:
    """Build a network from nodes in metres and ways of node numbers."""
    streets = pd.DataFrame(
        {
            "osm_id": [f"w{i}" for i in range(len(ways))],
            "part": 0,
            "name": [tags.get("name") for _, tags in ways],
            "tags": [dict(tags) for _, tags in ways],
        }
    )
    rows = [
        (i, n, *TO_DEGREES.transform(X0 + nodes[n][0], Y0 + nodes[n][1]))
        for i, (refs, _) in enumerate(ways)
        for n in refs
    ]
    points = pd.DataFrame(rows, columns=["street", "node_id", "lon", "lat"])
    special = tagged or {}
    objects = gpd.GeoDataFrame(
        {"osm_id": [f"n{n}" for n in special], "name": None, "tags": list(special.values())},
        geometry=[shapely.Point(X0 + nodes[n][0], Y0 + nodes[n][1]) for n in special],
        crs=CRS,
    )
    return build(streets, points, crs=CRS, nodes=objects)


def here(*places: tuple[float, float]) -> np.ndarray:
    return shapely.points([(X0 + x, Y0 + y) for x, y in places])


def test_a_kind_of_way_that_no_rule_names_is_not_walked_on() -> None:
    net = town({1: (0, 0), 2: (100, 0)}, ([1, 2], {"highway": "teleport"}), ([1, 2], {"highway": "path"}))
    assert net.counts["not_walked_unknown_kind"] == 1
    assert net.counts["edges"] == 1


CROSS = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, 50), 5: (150, 80)}


def test_edges_run_from_junction_to_junction_and_keep_their_shape() -> None:
    """1-2-3 is crossed at 2 by 2-4-5, whose bend at 4 is no junction: three edges of 100, 100 and 50 + 58.31."""
    net = town(CROSS, ([1, 2, 3], {"highway": "residential"}), ([2, 4, 5], {"highway": "footway"}))
    assert sorted(net.node_id.tolist()) == [1, 2, 3, 5]
    assert sorted(net.length_m.round(2)) == [100.0, 100.0, round(50 + math.hypot(50, 30), 2)]
    bend = net.lines[np.argmax(net.length_m)]
    assert len(bend.coords) == 3
    assert shapely.length(net.lines) == pytest.approx(net.length_m)
    assert [CLASSES[i] for i in net.edge_class] == ["residential", "residential", "footway"]
    assert net.edge_way.tolist() == ["w0", "w0", "w1"]


def test_crossings_signals_and_gates_stay_nodes() -> None:
    tagged = {
        2: {"highway": "crossing"},
        3: {"highway": "traffic_signals"},
        4: {"barrier": "gate"},
        5: {"highway": "bus_stop"},
    }
    line = {n: (50.0 * n, 0.0) for n in range(1, 8)}
    net = town(line, (list(range(1, 8)), {"highway": "footway"}), tagged=tagged)
    kinds = dict(zip(net.node_id.tolist(), net.node_kind.tolist(), strict=True))
    assert kinds == {1: "", 2: "crossing", 3: "traffic_signals", 4: "gate", 7: ""}


def test_a_closed_way_is_a_loop_and_a_way_met_twice_is_cut() -> None:
    """A ring of 4 x 100 met by a path at node 3: the ring is cut where it closes and where the path meets it."""
    ring = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (200, 100)}
    net = town(ring, ([1, 2, 3, 4, 1], {"highway": "footway"}), ([3, 5], {"highway": "path"}))
    assert sorted(net.length_m.round(1)) == [100.0, 200.0, 200.0]


def test_components_are_labelled_by_their_metres() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 500), 4: (900, 500)}
    net = town(nodes, ([1, 2], {"highway": "path"}), ([3, 4], {"highway": "path"}))
    assert net.component_m.round().tolist() == [900.0, 100.0]
    assert net.component[net.node_id == 3].tolist() == [0]


def test_places_are_snapped_to_positions_on_edges() -> None:
    """The way is 1,000 m long without a junction: a home beside its middle stands in its middle, not at an end."""
    net = town({1: (0, 0), 2: (1000, 0)}, ([1, 2], {"highway": "residential"}))
    at = net.snap(here((400, 30), (-50, 0), (500, 251), (1000, -250)))
    assert at.edge.tolist() == [0, 0, -1, 0]
    assert at.offset_m[[0, 1, 3]].round(6).tolist() == [400.0, 0.0, 1000.0]
    assert at.leg_m[[0, 1, 3]].round(3).tolist() == [30.0, 50.0, 250.0]


def test_places_are_not_snapped_to_a_stray_path() -> None:
    """A 60 m path in a yard touches nothing; the home beside it walks to the street 100 m away."""
    net = town(
        {1: (0, 0), 2: (2000, 0), 3: (50, 95), 4: (110, 95)},
        ([1, 2], {"highway": "residential"}),
        ([3, 4], {"highway": "footway"}),
    )
    at = net.snap(here((80, 100)))
    assert CLASSES[net.edge_class[at.edge[0]]] == "residential"
    assert at.leg_m.round(3).tolist() == [100.0]


def test_there_and_back_by_networkx() -> None:
    nodes = {**CROSS, 6: (100, -60)}
    net = town(
        nodes,
        ([1, 2, 3], {"highway": "residential", "name": "甲街"}),
        ([2, 4, 5], {"highway": "footway"}),
        ([5, 2], {"highway": "steps"}),
    )
    graph = net.to_networkx()
    assert graph.number_of_edges() == 2 * len(net.length_m)
    back = WalkNetwork.from_networkx(graph)
    order, original = np.lexsort((back.edge_way, back.length_m)), np.lexsort((net.edge_way, net.length_m))
    np.testing.assert_allclose(back.length_m[order], net.length_m[original])
    assert back.edge_class[order].tolist() == net.edge_class[original].tolist()
    assert shapely.equals_exact(
        shapely.normalize(back.lines[order]), shapely.normalize(net.lines[original]), 1e-9
    ).all()
    ways = nx.single_source_dijkstra_path_length(graph, 1, weight="length")
    assert ways[5] == pytest.approx(100 + math.hypot(50, 80))


def test_osmnx_takes_the_graph() -> None:
    import osmnx as ox

    graph = town(CROSS, ([1, 2, 3], {"highway": "residential"}), ([2, 4, 5], {"highway": "footway"})).to_networkx()
    nodes, edges = ox.graph_to_gdfs(graph)
    assert len(nodes) == 4
    assert edges["length"].sum() == pytest.approx(2 * (200 + 50 + math.hypot(50, 30)), rel=1e-6)


def test_fault_36_a_graph_in_degrees_is_refused() -> None:
    with pytest.raises(CrsMissing):
        WalkNetwork.from_networkx(nx.MultiDiGraph(crs="EPSG:4326"))


def test_no_street_at_all() -> None:
    net = town({1: (0, 0), 2: (10, 0)}, ([1, 2], {"highway": "motorway"}))
    assert len(net.length_m) == 0
    assert net.snap(here((0, 0))).edge.tolist() == [-1]
