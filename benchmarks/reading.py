"""Read an extract with cfc_gis and with pyrosm, and run the whole job, side by side in one run.

Both are asked for the same: the walking network ready to route, places, land use (cfc_gis also gives buildings,
barriers and boundaries). Imports are left out of the reading times; pyrosm's cache folder is emptied before each of
its runs. Each run is a process of its own; contenders take turns, so that noise of the machine falls on both.

    python benchmarks/reading.py EXTRACT --peers .venv-peers/bin/python
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = """
import sys, time
import numpy as np
from cfc_gis import crossings, network, profiles, standards, walking
from cfc_gis.coords import projected_crs
from cfc_gis.sources import osm_extract
import osmium, pyproj, scipy.sparse.csgraph, shapely
start = time.perf_counter()
tables = osm_extract.read(sys.argv[1])
nodes = tables.objects[tables.objects.geom_type == "Point"]
crs = str(projected_crs(tables.bounds))
walk = network.build(tables.streets, tables.street_points, crs=crs, nodes=nodes)
walking.link_minutes(crossings.build(walk), profiles.profile("age6_8.summer"))
print(time.perf_counter() - start)
"""

PYROSM = """
import sys, time
import networkx
from pyrosm import OSM
start = time.perf_counter()
osm = OSM(sys.argv[1])
nodes, edges = osm.get_network("walking", nodes=True)
osm.get_pois()
osm.get_landuse()
osm.to_graph(nodes, edges, graph_type="networkx")
print(time.perf_counter() - start)
"""


def timed(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Return the seconds that the process reports, its wall-clock seconds, and its peak memory in MiB."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder), "TMPDIR": str(folder)}
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as run:
        assert run.stdout is not None
        told = run.stdout.read().split()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise SystemExit(f"{command[:3]} failed with {run.returncode}")
    try:
        inner = float(told[-1])
    except (IndexError, ValueError):
        inner = float("nan")
    return inner, time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("extract", type=Path)
    options.add_argument("--peers", type=Path, required=True, help="Python that has pyrosm")
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args()
    path = str(asked.extract.resolve())
    figures: dict[str, list[tuple[float, float, float]]] = {"cfc_gis read": [], "pyrosm": [], "cfc run": []}
    for _ in range(asked.runs + 1):  # the first round warms the disk and is left out
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            figures["cfc_gis read"].append(timed([sys.executable, "-c", OURS, path], folder))
            figures["pyrosm"].append(timed([str(asked.peers), "-c", PYROSM, path], folder))
            whole = [sys.executable, "-m", "cfc_gis.cli", "run", "--osm", path, "--out", str(folder / "out")]
            figures["cfc run"].append(timed(whole, folder))
    print(f"medians of {asked.runs} runs, {asked.extract.name}\n")
    print(f"{'':<14}{'read, s':>10}{'process, s':>12}{'peak, MiB':>12}")
    medians = {}
    for name, runs in figures.items():
        medians[name] = [statistics.median(column) for column in zip(*runs[1:], strict=True)]
        inner, wall, peak = medians[name]
        print(f"{name:<14}{inner:>10.2f}{wall:>12.2f}{peak:>12.0f}")
    ours, theirs, run = medians["cfc_gis read"], medians["pyrosm"], medians["cfc run"]
    print(f"\nreading: {ours[0] / theirs[0]:.2f} of pyrosm's time (wanted: at most 0.50)")
    print(f"whole cfc run: {run[1] / theirs[1]:.2f} of pyrosm's whole process (wanted: at most 2.00)")
    print(f"peak of cfc run: {run[2]:.0f} MiB (wanted: under 1024)")


if __name__ == "__main__":
    main()
