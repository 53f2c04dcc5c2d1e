"""The peers' side of ``engine.py``: pandana, scipy, cityseer and pysal access on the same arrays; seconds as JSON."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

CATEGORIES = ("primary_school", "junior_school", "kindergarten", "park", "sport")
CUTOFF, FAR = 15.0, 1000.0
METRES_A_MINUTE = 60.0  # age6_8 in summer: 1 m/s
CHUNK = 64


def seconds(work: Callable[[], Any], calls: int = 5) -> float:
    """Return the median seconds of some calls; one before them warms up."""
    work()
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def pandana_lines(a: dict[str, np.ndarray]) -> dict[str, float]:
    """Nearest facility of five categories from all nodes, with its id."""
    import pandana

    x, y = pd.Series(a["xy"][:, 0]), pd.Series(a["xy"][:, 1])
    tables = [(pd.Series(a["xy"][a[f"node_{c}"], 0]), pd.Series(a["xy"][a[f"node_{c}"], 1])) for c in CATEGORIES]
    weights = pd.DataFrame({"minutes": a["minutes"]})

    def build() -> Any:
        net = pandana.Network(x, y, pd.Series(a["edge_from"]), pd.Series(a["edge_to"]), weights)
        for name, (px, py) in zip(CATEGORIES, tables, strict=True):
            net.set_pois(name, FAR, 1, px, py)
        return net

    def ask(net: Any) -> list[Any]:
        return [net.nearest_pois(FAR, name, num_pois=1, include_poi_ids=True) for name in CATEGORIES]

    net = build()
    return {
        "pandana.nearest_all": seconds(lambda: ask(build()), 1),
        "pandana.nearest_queries": seconds(lambda: ask(net)),
    }


def scipy_lines(a: dict[str, np.ndarray]) -> dict[str, float]:
    """The same by ``dijkstra(min_only=True)``, which gives no ids in this form; and pairs, dense in chunks."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = int(a["n"])
    both = np.r_[a["edge_from"], a["edge_to"]], np.r_[a["edge_to"], a["edge_from"]], np.r_[a["minutes"], a["minutes"]]
    order = np.lexsort((both[2], both[1], both[0]))
    tail, head, cost = (column[order] for column in both)
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    matrix = csr_array((np.maximum(cost[first], 1e-9), (tail[first], head[first])), shape=(n, n))
    sites = [np.unique(a[f"node_{name}"]) for name in CATEGORIES]
    everything, homes = np.unique(np.concatenate(sites)), np.unique(a["home"])

    def pairs() -> list[Any]:
        found = []
        for at in range(0, len(everything), CHUNK):
            near = dijkstra(matrix, indices=everything[at : at + CHUNK], limit=CUTOFF)[:, homes]
            site, home = np.nonzero(np.isfinite(near))
            found.append((home, site + at, near[site, home]))
        return found

    return {
        "scipy.nearest_queries": seconds(lambda: [dijkstra(matrix, indices=at, min_only=True) for at in sites]),
        "scipy.pairs": seconds(pairs),
    }


def cityseer_lines(a: dict[str, np.ndarray]) -> dict[str, float]:
    """Accessibility to the same facilities within the same cutoff from the nodes where homes are.

    cityseer gives for each node the nearest of each category and how many lie within the distance, not the pairs; the
    network is built and the facilities are assigned beforehand, outside the time.
    """
    import geopandas as gpd
    import networkx as nx
    from cityseer.metrics import layers
    from cityseer.tools import io
    from shapely.geometry import LineString

    os.environ["CITYSEER_QUIET_MODE"] = "true"
    graph = nx.MultiGraph(crs="EPSG:4551")
    homes = set(a["home"].tolist())
    for i, (x, y) in enumerate(a["xy"].tolist()):
        graph.add_node(str(i), x=x, y=y, live=i in homes)
    stretched = METRES_A_MINUTE * a["minutes"]
    for start, end, metres in zip(a["edge_from"].tolist(), a["edge_to"].tolist(), stretched.tolist(), strict=True):
        if start != end:
            graph.add_edge(
                str(start), str(end), geom=LineString([a["xy"][start], a["xy"][end]]), imp_factor=1.0, length=metres
            )
    nodes, _, structure = io.network_structure_from_nx(graph)
    rows = [(name, node) for name in CATEGORIES for node in a[f"node_{name}"].tolist()]
    data = gpd.GeoDataFrame(
        {"kind": [name for name, _ in rows]},
        geometry=gpd.points_from_xy(*a["xy"][[node for _, node in rows]].T),
        crs="EPSG:4551",
    )

    def ask() -> Any:
        return layers.compute_accessibilities(
            data, "kind", list(CATEGORIES), nodes, structure, distances=[int(METRES_A_MINUTE * CUTOFF)]
        )

    return {"cityseer.pairs": seconds(ask, 3)}


def access_lines(a: dict[str, np.ndarray], travel_path: str) -> dict[str, float]:
    """2SFCA of pysal access on the travel table of our engine: with its ids, which are text, and with whole numbers."""
    from access import Access

    travel = dict(np.load(travel_path))
    homes = np.array([f"o{i}" for i in range(len(a["children"]))], dtype=object)
    sites = np.array([f"s{i}" for i in range(int(travel["facility"].max()) + 1)], dtype=object)
    by_text = homes, sites, homes[travel["origin"]], sites[travel["facility"]]
    by_number = np.arange(len(homes)), np.arange(len(sites)), travel["origin"], travel["facility"]
    return {
        "access.two_step": seconds(_two_step(Access, a["children"], travel["minutes"], *by_text)),
        "access.two_step_whole_numbers": seconds(_two_step(Access, a["children"], travel["minutes"], *by_number)),
    }


def _two_step(  # noqa: PLR0913, PLR0917 - a table in parts
    access: Any, children: np.ndarray, minutes: np.ndarray, homes: Any, sites: Any, origin: Any, site: Any
) -> Callable[[], Any]:
    cost = pd.DataFrame({"o": origin, "d": site, "minutes": minutes})
    demand = pd.DataFrame({"children": children}, index=pd.Index(homes, name="o"))
    supply = pd.DataFrame({"seats": np.full(len(sites), 1000.0)}, index=pd.Index(sites, name="d"))

    def work() -> Any:
        table = access(
            demand_df=demand, demand_value="children", supply_df=supply, supply_value="seats",
            cost_df=cost, cost_origin="o", cost_dest="d", cost_name="minutes",
        )  # fmt: skip
        return table.two_stage_fca(cost="minutes", max_cost=CUTOFF)

    return work


def main() -> None:
    """Measure all lines."""
    a = dict(np.load(sys.argv[1]))
    found = pandana_lines(a) | scipy_lines(a) | access_lines(a, sys.argv[1] + ".travel.npz") | cityseer_lines(a)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
