"""From homes to neighbourhoods, on a street worked out on paper; and against networkx on the real city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import schema, standards, walking
from cfc_gis.access import measure, nearest
from cfc_gis.study import Study
from tests.test_network import CRS, X0, Y0, town

STREET = town({1: (0, 0), 2: (3000, 0)}, ([1, 2], {"highway": "residential"}))


def point(x: float, y: float = 0.0) -> shapely.Point:
    return shapely.Point(X0 + x, Y0 + y)


def facilities(*rows: tuple[Any, ...]) -> gpd.GeoDataFrame:
    """Facilities on the street: id, category, evidence, metres from its start, and season if it has one."""
    return gpd.GeoDataFrame(
        {
            "facility_id": [row[0] for row in rows],
            "category": [row[1] for row in rows],
            "evidence": [row[2] for row in rows],
            "season": [row[4] if len(row) > 4 else "all" for row in rows],
            "entrances": [[(X0 + row[3], Y0)] for row in rows],
        },
        geometry=[point(row[3]) for row in rows],
        crs=CRS,
    )


def measured(places: gpd.GeoDataFrame, *origins: tuple[str, float, float], border: float = 1e6) -> pd.DataFrame:
    """Measure primary schools in summer for origins: neighbourhood, metres along the street, weight."""
    table = gpd.GeoDataFrame(
        {
            "origin_id": [f"o{i}" for i in range(len(origins))],
            "neighbourhood_id": [origin[0] for origin in origins],
            "weight": [origin[2] for origin in origins],
        },
        geometry=[point(origin[1], 20.0) for origin in origins],
        crs=CRS,
    )
    ids = sorted(set(table["neighbourhood_id"]))
    homes = measure.Homes(table, STREET.snap(table.geometry.to_numpy()), np.full(len(table), border))
    access = measure.measure(
        network=STREET,
        homes=homes,
        neighbourhoods=gpd.GeoDataFrame({"neighbourhood_id": ids}, geometry=[point(0)] * len(ids), crs=CRS),
        facilities=places,
        entrances=measure.snap_entrances(STREET, places),
        categories={"primary_school": standards.categories()["primary_school"]},
        standards=standards.load(),
        seasons=["summer"],
    )
    schema.check(access, schema.ACCESS)
    return access.set_index("neighbourhood_id")


def test_by_hand() -> None:
    """A school at 1,000 m. Homes of `a` at 600 (3/4 of its children; 420 m) and 200 (820 m); `b` at 1,750 (770 m).

    Legs of 20 m are walked too. Standard 500 m: 3/4 of `a` are within it. Depth: 1/4 x (820 - 500) / 500 and 270 / 500.
    """
    row = measured(
        facilities(("s1", "primary_school", "strong", 1000)), ("a", 600, 0.75), ("a", 200, 0.25), ("b", 1750, 1.0)
    )
    assert row.loc["a", ["minutes", "metres", "facility_id"]].tolist() == [
        pytest.approx(7.0),
        pytest.approx(420.0),
        "s1",
    ]
    assert row["share_within"].tolist() == [0.75, 0.0]
    assert row["depth"].tolist() == pytest.approx([0.25 * 320 / 500, 270 / 500])
    assert row["straight_metres"].tolist() == pytest.approx([np.hypot(400, 20), np.hypot(750, 20)])
    assert row["edge_affected"].tolist() == [False, False]


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


def test_a_nine_year_school_serves_both_stages() -> None:
    assert (
        measured(facilities(("s9", "nine_year_school", "strong", 100)), ("a", 0, 1.0)).loc["a", "facility_id"] == "s9"
    )


def test_a_facility_of_winter_does_not_count_in_summer() -> None:
    places = facilities(("s1", "primary_school", "strong", 900), ("s2", "primary_school", "strong", 100, "winter"))
    assert measured(places, ("a", 0, 1.0)).loc["a", "facility_id"] == "s1"


def test_nothing_found_is_missing_and_not_zero() -> None:
    row = measured(facilities(), ("a", 0, 1.0)).loc["a"]
    assert np.isnan([row["minutes"], row["metres"], row["straight_metres"]]).all()
    assert (row["share_within"], row["depth"]) == (0.0, 1.0)
    assert row["edge_affected"]


def test_a_home_off_the_network_is_never_served() -> None:
    row = measured(facilities(("s1", "primary_school", "strong", 0)), ("a", 0, 0.5), ("a", 90_000, 0.5)).loc["a"]
    assert (row["share_within"], row["share_unconnected"]) == (0.5, 0.5)


def test_a_nearer_school_may_lie_beyond_the_border() -> None:
    school = facilities(("s1", "primary_school", "strong", 1000))
    assert measured(school, ("a", 0, 1.0), border=1019.0).loc["a", "edge_affected"]
    assert not measured(school, ("a", 0, 1.0), border=1020.001).loc["a", "edge_affected"]


@pytest.mark.real_data
def test_minutes_to_school_equal_networkx_on_the_real_city(extract_path: Path) -> None:
    """500 random origins against Dijkstra by networkx on the exported graph, cut at homes and schools: 1e-6 minutes."""
    result = Study.from_extract(extract_path).run(season="summer")
    net, who = result.network, walking.profile("age6_8.summer")
    schools = result.facilities[result.facilities["category"].isin(["primary_school", "nine_year_school"])]
    schools = schools[schools["evidence"].isin(schema.PROVEN)].reset_index(drop=True)
    doors = measure.snap_entrances(net, schools)
    chosen = np.random.default_rng(20240409).choice(len(result.origins), 500, replace=False)
    at = net.snap(result.origins.geometry.to_numpy()[chosen])
    found = nearest.ways_to_nearest(net, at, doors.at, doors.facility, who)

    # The exported graph, with every origin and entrance as a node of its own on its edge.
    cuts: dict[int, list[tuple[float, tuple[str, int], float]]] = {}
    for kind, places in (("home", at), ("door", doors.at)):
        for i in np.flatnonzero(places.found):
            cuts.setdefault(int(places.edge[i]), []).append(
                (float(places.offset_m[i]), (kind, int(i)), float(places.leg_m[i]))
            )
    graph = nx.Graph()
    for a, b, data in net.to_networkx().edges(data=True):
        if data["reversed"]:
            continue
        before, node = 0.0, a
        stops = sorted(cuts.get(data["edge"], []), key=lambda cut: cut[0])
        for offset, place, leg in stops:
            joint = ("on", *place)
            add(graph, node, joint, offset - before)
            add(graph, joint, place, leg)
            before, node = offset, joint
        add(graph, node, b, data["length"] - before)
    every = nx.multi_source_dijkstra_path_length(graph, {("door", int(i)) for i in np.flatnonzero(doors.at.found)})
    want = np.array([every.get(("home", i), np.nan) for i in range(500)]) / 60.0
    assert np.isfinite(want).sum() > 450
    np.testing.assert_allclose(found.minutes, want, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.metres, want * 60.0, rtol=0, atol=1e-4)


def add(graph: nx.Graph, a: object, b: object, metres: float) -> None:
    """Add an edge, the shorter of two."""
    if not graph.has_edge(a, b) or graph[a][b]["weight"] > metres:
        graph.add_edge(a, b, weight=metres)
