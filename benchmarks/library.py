"""How quick a library of 10,000 projects is: listing, filtering, one write, export and import. Medians of rounds.

python benchmarks/library.py [PROJECTS]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cfc_gis.library import ProjectLibrary, rules

WANTED_S = 0.2
BY = {"who": "benchmark", "why": "benchmark"}


def table(path: Path, count: int) -> Path:
    """Write a planner's table of so many projects."""
    draw = random.Random(0)
    kinds, stages = rules.choices("project_kind"), [each for each in rules.choices("project_stage") if each != "paused"]
    lines = ["项目名称,项目类型,阶段目标期,项目阶段,行政单元代码,行政单元,总投资（万元）,责任单位,规划领域,位置"]
    lines += [
        f"第{number}号项目,{draw.choice(kinds)},{draw.choice(('2025', '2035'))},{draw.choice(stages)},"
        f"{230102 + draw.randrange(18)},某区,{draw.randrange(1, 9000)},市教育局,{draw.choice(('health', 'education'))},"
        f"POINT ({126 + draw.random():.6f} {45 + draw.random():.6f})"
        for number in range(count)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def median(act: Callable[[], object], rounds: int) -> float:
    """Return the median seconds of an act."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProjectLibrary(folder / "p.sqlite", create=True) as library:
            file = table(folder / "a.csv", count)
            print(f"{'import CSV':<32}{median(lambda: library.import_file(file, **BY), 1):8.3f} s, {count} projects")
            run = "0" * 64
            gain = {
                "indicator": "primary_school.within_standard",
                "profile": "age6_8.winter",
                "children": 9,
                "run": run,
            }
            for each in library.select()[: count // 10]:
                library.record_gain(each.id, gain, **BY)
            queries = {
                "list all, as a table": library.projects,
                "list all, as projects": library.select,
                "filter by stage": lambda: library.projects(stage="construction"),
                "filter by unit and phase": lambda: library.projects(unit_code="230105", phase="2025"),
                "filter by part of a name": lambda: library.projects(name="77"),
                "one project": lambda: library.project("XM-00077"),
                "its history": lambda: library.history("XM-00077"),
            }
            for what, act in queries.items():
                seconds = median(act, 9)
                print(f"{what:<32}{seconds:8.4f} s{'' if seconds < WANTED_S else '  SLOWER THAN WANTED'}")

            def edit() -> None:
                seen = library.project("XM-00077")
                library.edit(seen.id, {"note": f"{time.time_ns()}"}, version=seen.version, **BY)

            print(f"{'one edit, on the disk':<32}{median(edit, 51):8.4f} s")
            print(f"{'export Excel':<32}{median(lambda: library.export(folder / 'a.xlsx'), 1):8.3f} s")
            again = median(lambda: library.import_file(folder / "a.xlsx", **BY), 1)
            print(f"{'import it again, unchanged':<32}{again:8.3f} s")
            print(f"{'file':<32}{library.path.stat().st_size / 1e6:8.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
