"""How the engine grows: the city tiled 1, 4, 16 and 64 times, beside scipy in the same run.

The graph holds every point of every walkable street, not only junctions (some 50,000 nodes). Tiles lie in a square and
are joined to their neighbours by streets; each brings its facilities. Time is that of one search for the nearest
facility from all nodes, the graph built, against ``dijkstra(min_only=True)`` of scipy with its matrix built; each in a
process of its own, taking turns. Memory is the peak of that process above what its libraries take.

    python benchmarks/growth.py EXTRACT
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TILES = (1, 4, 16, 64)
JOINTS, JOINT_MIN = 40, 3.0
METRES_A_MINUTE = 60.0
EVERY = 600  # one facility for so many nodes


def export(extract: Path, path: str) -> None:
    """Write the points of all walkable streets as nodes, and the streets between them."""
    import pyproj

    from cfc_gis.coords import projected_crs
    from cfc_gis.sources import osm_extract
    from cfc_gis.walkable import walk_rule

    tables = osm_extract.read(extract)
    points = tables.street_points
    rules = [walk_rule(tags, 0.0) for tags in tables.streets["tags"]]
    walked = np.array([rule is not None and rule.walk for rule in rules])
    points = points[walked[points["street"].to_numpy()]]
    ids, node = np.unique(points["node_id"].to_numpy(), return_inverse=True)
    xy = np.zeros((len(ids), 2))
    to_plane = pyproj.Transformer.from_crs("EPSG:4326", projected_crs(tables.bounds), always_xy=True)
    xy[node] = np.column_stack(to_plane.transform(points["lon"].to_numpy(), points["lat"].to_numpy()))
    same = points["street"].to_numpy()[1:] == points["street"].to_numpy()[:-1]
    a, b = node[:-1][same], node[1:][same]
    minutes = np.hypot(*(xy[a] - xy[b]).T) / METRES_A_MINUTE
    np.savez(path, n=len(ids), a=a, b=b, minutes=minutes, x=xy[:, 0])


def tiled(path: str, tiles: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes, ends and minutes of the edges, and the nodes of facilities, of a square of tiles."""
    one = dict(np.load(path))
    n, side = int(one["n"]), int(np.sqrt(tiles))
    shift = n * np.repeat(np.arange(tiles), len(one["a"]))
    a, b = np.tile(one["a"], tiles) + shift, np.tile(one["b"], tiles) + shift
    minutes = np.tile(one["minutes"], tiles)
    random = np.random.default_rng(20240409)
    joint = random.choice(one["a"], JOINTS, replace=False)
    number = np.arange(tiles).reshape(side, side)
    beside = [(number[:, :-1].ravel(), number[:, 1:].ravel()), (number[:-1].ravel(), number[1:].ravel())]
    ends = [(np.add.outer(n * p, joint).ravel(), np.add.outer(n * q, joint).ravel()) for p, q in beside]
    a, b = np.concatenate([a, *(p for p, _ in ends)]), np.concatenate([b, *(q for _, q in ends)])
    minutes = np.r_[minutes, np.full(len(a) - len(minutes), JOINT_MIN)]
    sites = random.choice(n, n // EVERY, replace=False)
    return n * tiles, a, b, minutes, np.add.outer(n * np.arange(tiles), sites).ravel()


def ours(n: int, a: np.ndarray, b: np.ndarray, minutes: np.ndarray, sites: np.ndarray) -> float:
    """Return the seconds of a search by our engine."""
    from cfc_gis import routing

    graph = routing.Graph(n, a, b, METRES_A_MINUTE * minutes, minutes, minutes)
    edge, end = np.full(n, -1), np.zeros(n)
    edge[b], end[b] = np.arange(len(b)), 1.0
    edge[a], end[a] = np.arange(len(a)), 0.0
    zero = np.zeros(len(sites))
    places = routing.Places(edge[sites], end[sites], zero, zero)
    routing.search(graph, places.take(np.arange(1)), 1.0)
    start = time.perf_counter()
    routing.search(graph, places)
    return time.perf_counter() - start


def scipy(n: int, a: np.ndarray, b: np.ndarray, minutes: np.ndarray, sites: np.ndarray) -> float:
    """Return the seconds of scipy's search."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    tail, head, cost = np.r_[a, b], np.r_[b, a], np.maximum(np.r_[minutes, minutes], 1e-9)
    order = np.lexsort((cost, head, tail))
    first = np.r_[True, np.diff(tail[order]) != 0] | np.r_[True, np.diff(head[order]) != 0]
    kept = order[first]
    matrix = coo_array((cost[kept], (tail[kept], head[kept])), shape=(n, n)).tocsr()
    start = time.perf_counter()
    dijkstra(matrix, indices=sites, min_only=True)
    return time.perf_counter() - start


def alone(path: str, who: str, tiles: int) -> tuple[int, float, int]:
    """Run one side in a process of its own; return nodes, seconds and peak memory in bytes."""
    done = subprocess.run([sys.executable, __file__, path, "--who", who, "--tiles", str(tiles)],
                          capture_output=True, text=True, check=True)  # fmt: skip
    nodes, seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return nodes, seconds, peak


def peak() -> int:
    """Return the peak memory of this process in bytes; that of ``getrusage`` may be its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def one_side(path: str, who: str, tiles: int) -> None:
    """Measure one side here, and print what was found."""
    work = {"ours": ours, "scipy": scipy}[who]
    pair = np.array([0]), np.array([1]), np.array([1.0]), np.array([0])
    work(2, *pair)  # brings the libraries in
    before = peak()
    city = tiled(path, tiles)
    seconds = work(*city)
    print(json.dumps([city[0], seconds, peak() - before]))


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("path", help="the extract")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--who", help=argparse.SUPPRESS)
    options.add_argument("--tiles", type=int, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.who:
        one_side(asked.path, asked.who, asked.tiles)
        return
    print(f"{'tiles':>6}{'nodes':>11}{'ours, ns/node':>15}{'scipy, ns/node':>16}{'ratio':>8}"
          f"{'ours, B/node':>14}{'scipy, B/node':>15}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        arrays = str(Path(folder) / "streets.npz")
        export(Path(asked.path), arrays)
        for tiles in TILES:
            rounds = [{who: alone(arrays, who, tiles) for who in ("ours", "scipy")} for _ in range(asked.runs)]
            nodes = rounds[0]["ours"][0]
            time_of = {who: 1e9 * statistics.median(r[who][1] for r in rounds) / nodes for who in ("ours", "scipy")}
            peak = {who: statistics.median(r[who][2] for r in rounds) / nodes for who in ("ours", "scipy")}
            print(f"{tiles:>6}{nodes:>11,}{time_of['ours']:>15.0f}{time_of['scipy']:>16.0f}"
                  f"{time_of['ours'] / time_of['scipy']:>8.2f}{peak['ours']:>14.0f}{peak['scipy']:>15.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
