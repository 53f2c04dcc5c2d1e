"""A scenario recomputed where it changes something, beside a run of the edited inputs from the file on, in one run.

    python benchmarks/scenario.py EXTRACT

For one edit of each kind: both give the same results to the last bit, else the run stops.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cfc_gis import edits, runs, scenario
from cfc_gis.edits.sites import degrees
from cfc_gis.result import Result
from cfc_gis.scenario import Scenario
from cfc_gis.study import Study

REPEATS = 3
SEASONS = ("summer", "winter")


def cases(before: Result) -> dict[str, tuple[edits.Edit, ...]]:
    """Return one edit of each kind in the place of the extract."""
    homes = before.neighbourhoods.dropna(subset=["children_6_11"]).sort_values("children_6_11").iloc[-1]
    middle = homes.geometry.representative_point()
    ((lon, lat),) = degrees([(middle.x, middle.y)], before.neighbourhoods.crs)
    square = ((lon, lat), (lon + 1e-3, lat), (lon + 1e-3, lat + 1e-3), (lon, lat + 1e-3), (lon, lat))
    school = before.facilities.query("category == 'primary_school' and evidence == 'strong'")["facility_id"].iloc[0]
    ice = before.facilities.query("season != 'all'")["facility_id"].iloc[0]
    street = next(name for name in before.network.edge_name if isinstance(name, str))
    crossing = next(edit for edit in scenario.propose(before, "park") if isinstance(edit, edits.AddCrossing))
    lines = before.network.lines[np.argsort(-before.network.length_m)[:2]]
    ends = [lines[0].interpolate(0.5, normalized=True), lines[0].interpolate(0.6, normalized=True)]
    children = edits.Children(children_3_5=90.0, children_6_11=160.0)
    return {
        "无 / none": (),
        "add_facility": (edits.AddFacility(id="new", category="primary_school", point=(lon, lat), seats=900.0),),
        "close_facility": (edits.CloseFacility(id="1", facility=school),),
        "move_facility": (edits.MoveFacility(id="1", facility=school, point=(lon, lat)),),
        "expand_facility": (edits.ExpandFacility(id="1", facility=school, seats=1800.0),),
        "retrofit_facility": (edits.RetrofitFacility(id="1", facility=ice),),
        "clear_ice": (edits.ClearIce(id="1", streets=(street,)),),
        "open_gate": (edits.OpenGate(id="1", line=degrees([(e.x, e.y) for e in ends], before.network.crs)),),
        "add_crossing": (crossing,),
        "add_housing": (edits.AddHousing(id="new", polygon=square, population=2000.0, children=children),),
    }


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call, and what it returns."""
    started = time.perf_counter()
    found = act()
    return time.perf_counter() - started, found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", type=Path)
    extract = parser.parse_args().extract
    Study.from_extract(extract).run("both")  # so that everything is compiled
    read, study = timed(lambda: Study.from_extract(extract))
    before = study.run("both")
    print(f"读取 / reading {read:.1f} s")
    print("| 改动 / edit | 增量 / incremental (s) | 从头 / from the file (s) | 比值 / ratio |\n|---|---|---|---|")
    for name, given in cases(before).items():
        plan = Scenario(name=name, edits=given)
        quick, whole = [], []
        for _ in range(REPEATS):
            seconds, outcome = timed(lambda plan=plan: scenario.run(before, plan))
            quick.append(seconds)
            seconds, full = timed(lambda plan=plan: from_the_file(extract, plan))
            whole.append(seconds)
            if not (outcome.after.gaps.equals(full.gaps) and outcome.after.access.equals(full.access)):
                raise SystemExit(f"{name}: the results differ")
        a, b = statistics.median(quick), statistics.median(whole)
        print(f"| {name} | {a:.1f} | {b:.1f} | 1 : {b / a:.1f} |", flush=True)


def from_the_file(extract: Path, plan: Scenario) -> Result:
    """Read, survey and run the edited inputs."""
    survey = Study.from_extract(extract).survey()
    return runs.run(survey, plan.ground(survey), SEASONS)


if __name__ == "__main__":
    main()
