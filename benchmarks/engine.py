"""Measure the engine beside its peers: one command, one table, medians of several rounds and ratios within one run.

The walk network of an extract is written out once as arrays, with the facilities of five categories and the homes of
the study at their nearest nodes, since some peers know no places inside edges. Then the sides take turns, each round in
processes of their own: ``ours.py`` in this environment, ``peers.py`` in that of the peers.

    python benchmarks/engine.py EXTRACT --peers .venv-peers/bin/python
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from cfc_gis import profiles, schema, standards
from cfc_gis.study import Study

HERE = Path(__file__).resolve().parent
CATEGORIES = ("primary_school", "junior_school", "kindergarten", "park", "sport")
WHO = "age6_8.summer"

# What is compared: our line, the peer's line, how many times faster it shall be.
WANTED = (
    ("nearest, arrays to answer", "ours.nearest_all", "pandana.nearest_all", 40.0),
    ("nearest, queries alone", "ours.nearest_queries", "pandana.nearest_queries", 20.0),
    ("nearest, queries alone", "ours.nearest_queries", "scipy.nearest_queries", 1.0),
    ("pairs within 15 min", "ours.pairs", "scipy.pairs", 3.0),
    ("pairs within 15 min", "ours.pairs", "cityseer.pairs", 5.0),
    ("2SFCA for schools", "ours.two_step", "access.two_step", 10.0),
    ("2SFCA, peer's ids as numbers", "ours.two_step", "access.two_step_whole_numbers", 10.0),
    ("one facility more", "ours.add_facility", "ours.access_stage", 50.0),
)


def export(extract: Path, path: Path) -> None:
    """Write the network, the facilities and the homes of a study as arrays."""
    result = Study.from_extract(extract).run(season="summer")
    net, places = result.network, result.places
    pace = profiles.profile(WHO).minutes_per_m

    def nodes(at: object) -> np.ndarray:
        nearer_start = at.offset_m <= net.length_m[at.edge] / 2
        node = np.where(nearer_start, net.edge_from[at.edge], net.edge_to[at.edge])
        return node[at.found]

    arrays = {}
    for name in CATEGORIES:
        kinds = standards.categories()[name].served_by
        table = result.facilities
        sure = (table["category"].isin(kinds) & table["evidence"].isin(schema.PROVEN)).to_numpy()
        doors = places.entrances.of(sure)
        arrays[f"node_{name}"] = nodes(doors.at)
        arrays[f"facility_{name}"] = doors.facility[doors.at.found]
    np.savez(
        path,
        n=len(net.node_id),
        xy=net.node_xy,
        edge_from=net.edge_from,
        edge_to=net.edge_to,
        metres=net.length_m,
        minutes=net.length_m * pace,
        home=nodes(places.at),
        children=np.round(places.users("children_6_11")[places.at.found], 3),
        **arrays,
    )


def measured(python: str, script: str, *arguments: str) -> dict[str, float]:
    """Run one side and return its seconds by line."""
    done = subprocess.run([python, str(HERE / script), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("extract", type=Path)
    options.add_argument("--peers", required=True, help="Python that has the peers")
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args()
    rounds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        arrays = str(Path(folder) / "city.npz")
        export(asked.extract, Path(arrays))
        for _ in range(asked.runs):
            for python, script, more in (
                (sys.executable, "ours.py", [str(asked.extract)]),
                (asked.peers, "peers.py", []),
            ):
                for name, seconds in measured(python, script, arrays, *more).items():
                    rounds.setdefault(name, []).append(seconds)
    medians = {name: statistics.median(values) for name, values in rounds.items()}
    print(f"medians of {asked.runs} rounds, {asked.extract.name}\n")
    for name, seconds in medians.items():
        print(f"{name:<28}{1000 * seconds:>12.2f} ms")
    print(f"\n{'':<28}{'against':<26}{'times faster':>14}{'wanted':>10}")
    for what, ours, theirs, wanted in WANTED:
        ratio = medians[theirs] / medians[ours]
        print(f"{what:<28}{theirs:<26}{ratio:>14.1f}{wanted:>10.0f}{'' if ratio >= wanted else '   missed'}")


if __name__ == "__main__":
    main()
