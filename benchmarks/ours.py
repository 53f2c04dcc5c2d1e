"""Our side of ``engine.py``: seconds by line, as JSON in the last line. Each is taken warm, but for what says cold."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cfc_gis import routing
from cfc_gis.access import two_step

CATEGORIES = ("primary_school", "junior_school", "kindergarten", "park", "sport")
CUTOFF = 15.0


def seconds(work: Callable[[], Any], calls: int = 5) -> float:
    """Return the median seconds of some calls; one before them warms up."""
    work()
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


class City:
    """The exported arrays, and places at nodes as places at an end of an edge."""

    def __init__(self, path: str) -> None:
        self.arrays = dict(np.load(path))
        a = self.arrays
        self.n = int(a["n"])
        self._edge, self._end = np.full(self.n, -1), np.zeros(self.n)
        self._edge[a["edge_to"]], self._end[a["edge_to"]] = np.arange(len(a["edge_to"])), 1.0
        self._edge[a["edge_from"]], self._end[a["edge_from"]] = np.arange(len(a["edge_from"])), 0.0

    def graph(self) -> routing.Graph:
        a = self.arrays
        return routing.Graph(self.n, a["edge_from"], a["edge_to"], a["metres"], a["minutes"], a["minutes"])

    def places(self, node: np.ndarray) -> routing.Places:
        none = np.zeros(len(node))
        return routing.Places(self._edge[node], self._end[node], none, none)

    def targets(self) -> list[routing.Places]:
        return [self.places(self.arrays[f"node_{name}"]) for name in CATEGORIES]


def answers(graph: routing.Graph, targets: list[routing.Places]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Minutes and facility of every node, for five categories."""
    fields = [routing.search(graph, places) for places in targets]
    return [(field.cost, field.target) for field in fields]


def main() -> None:
    """Measure all lines."""
    city = City(sys.argv[1])
    targets = city.targets()
    start = time.perf_counter()
    answers(city.graph(), targets)
    found = {"ours.nearest_all_first_call": time.perf_counter() - start}
    found["ours.nearest_all"] = seconds(lambda: answers(city.graph(), targets))
    graph = city.graph()
    found["ours.nearest_queries"] = seconds(lambda: answers(graph, targets))
    home, sites = city.places(city.arrays["home"]), np.concatenate([city.arrays[f"node_{c}"] for c in CATEGORIES])
    group = np.unique(np.concatenate([city.arrays[f"facility_{c}"] for c in CATEGORIES]), return_inverse=True)[1]
    everything = city.places(sites)
    found["ours.pairs"] = seconds(lambda: routing.pairs(graph, home, everything, group, CUTOFF))
    found["ours.two_step"] = fca(city, graph, home)
    found |= study(sys.argv[2])
    print(json.dumps(found))


def fca(city: City, graph: routing.Graph, home: routing.Places) -> float:
    """2SFCA for primary schools, from the travel table that the engine gives: ids as categories."""
    group = np.unique(city.arrays["facility_primary_school"], return_inverse=True)[1]
    pairs = routing.pairs(graph, home, city.places(city.arrays["node_primary_school"]), group, CUTOFF)
    homes = pd.Index([f"o{i}" for i in range(len(city.arrays["home"]))])
    schools = pd.Index([f"s{i}" for i in range(int(group.max()) + 1)])
    travel = pd.DataFrame(
        {
            "origin_id": pd.Categorical.from_codes(pairs.origin, homes),
            "facility_id": pd.Categorical.from_codes(pairs.group, schools),
            "minutes": pairs.cost,
        }
    )
    demand = pd.Series(city.arrays["children"], index=pd.CategoricalIndex(homes, categories=homes))
    supply = pd.Series(1000.0, index=pd.CategoricalIndex(schools, categories=schools))
    np.savez(sys.argv[1] + ".travel.npz", origin=pairs.origin, facility=pairs.group, minutes=pairs.cost)
    return seconds(lambda: two_step(travel, demand, supply, CUTOFF))


def study(extract: str) -> dict[str, float]:
    """The access stage of a run, and one school more in its finished result."""
    from cfc_gis import crossings, profiles, schema, standards
    from cfc_gis.access import measure
    from cfc_gis.study import Study

    result = Study.from_extract(extract).run(season="both")
    kinds, every = standards.categories(), standards.by_category()

    def stage() -> None:
        walk = type(result.walk)(crossings.build(result.network), result.walk.choices)
        measure.measure(walk, result.places, kinds, every, result.seasons)

    table, places = result.facilities, result.places
    sure = (table["category"].isin(["primary_school"]) & table["evidence"].isin(schema.PROVEN)).to_numpy()
    doors = places.entrances.of(sure)
    surface = result.walk.minutes(profiles.profile("age6_8.summer"))
    last = np.flatnonzero(doors.facility == doors.facility.max())
    before = np.flatnonzero(doors.facility != doors.facility.max())
    finished = surface.search(doors.at.of(before), doors.facility[before])

    def more() -> Any:
        return finished.with_facility(doors.at.of(last), int(doors.facility.max())).ways(places.at)

    return {"ours.access_stage": seconds(stage, 1), "ours.add_facility": seconds(more)}


if __name__ == "__main__":
    main()
