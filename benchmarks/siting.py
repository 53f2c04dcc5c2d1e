"""Siting beside spopt (pysal; solver CBC) in one run, the greedy choice beside the optimum, and how both grow.

    python benchmarks/siting.py EXTRACT

Needs the environment of the tests, in which spopt is. Both sides are given the same cost matrix; the time is that from
the matrix to the objective, the model included. Objectives must be equal, else the run stops.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cfc_gis.access.seats import near_matrix
from cfc_gis.siting import (
    SCHOOLS,
    Coverage,
    Effort,
    Options,
    Seating,
    Ways,
    answer,
    case,
    find,
    land_of,
    lscp,
    mclp,
    most_seated,
    p_center,
    p_median,
)

RADIUS = 500.0
TOWNS = 200
CENTER_HOMES = 300  # of more homes CBC does not solve the program of the p-center in minutes


def town(seed: int, homes: int, sites: int, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Return children of homes, and metres to sites, on a square; homes gather around 30 centres."""
    random = np.random.default_rng(seed)
    centre = random.random((30, 2)) * side
    home = centre[random.integers(0, 30, homes)] + random.normal(0, side / 15, (homes, 2))
    site = home[random.integers(0, homes, sites)] + random.normal(0, 150.0, (sites, 2))
    metres = np.rint(np.hypot(*np.moveaxis(home[:, None] - site[None], -1, 0)))
    return random.integers(1, 60, homes).astype(float), metres


def sparse_town(seed: int, homes: int, sites: int, side: float) -> Coverage:
    """Return the same as a problem of coverage, without the matrix of all distances."""
    from scipy.spatial import cKDTree

    random = np.random.default_rng(seed)
    centre = random.random((300, 2)) * side
    home = centre[random.integers(0, 300, homes)] + random.normal(0, side / 40, (homes, 2))
    site = home[random.integers(0, homes, sites)] + random.normal(0, 150.0, (sites, 2))
    near = cKDTree(home).sparse_distance_matrix(cKDTree(site), RADIUS, output_type="coo_matrix")
    return Coverage(random.integers(1, 60, homes).astype(float), near_matrix(near.row, near.col, (homes, sites)))


def coverage(children: np.ndarray, metres: np.ndarray) -> Coverage:
    return Coverage(children, near_matrix(*np.nonzero(metres <= RADIUS), metres.shape))


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def theirs(model: Callable[[], Any]) -> Callable[[], float]:
    import pulp

    def solve() -> float:
        problem = model().problem
        problem.solve(pulp.PULP_CBC_CMD(msg=False))
        return float(problem.objective.value())

    return solve


def beside_spopt(homes: int, sites: int, p: int) -> None:
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    children, metres = town(1, homes, sites, 5000.0)
    served = metres.min(axis=1) <= RADIUS
    children, metres = children[served], metres[served]
    ids = tuple(f"c{row}" for row in range(sites))
    every, some = Options(ids), Options(ids, sites=p)
    pairs = {
        "LSCP": (
            lambda: lscp(coverage(children, metres), every),
            theirs(lambda: LSCP.from_cost_matrix(metres, RADIUS)),
        ),
        "MCLP": (
            lambda: mclp(coverage(children, metres), some),
            theirs(lambda: MCLP.from_cost_matrix(metres, children, RADIUS, p)),
        ),
        "p-median": (
            lambda: p_median(Ways(children, metres), some),
            theirs(lambda: PMedian.from_cost_matrix(metres, children, p)),
        ),
        "p-center": (
            lambda: p_center(Ways(children, metres), some),
            theirs(lambda: PCenter.from_cost_matrix(metres, p)),
        ),
    }
    for name, (ours, other) in pairs.items():
        if name == "p-center" and homes > CENTER_HOMES:
            continue
        found, seconds = timed(ours)
        value, their_seconds = timed(other)
        if found.status != "optimal" or not np.isclose(found.objective, value):
            raise SystemExit(f"{name}: {found.status} {found.objective} here, {value} by spopt")
        print(
            f"{name:9} {len(metres)} homes x {sites}, p={p}: {seconds:7.2f} s, spopt {their_seconds:7.2f} s, "
            f"x {their_seconds / seconds:.1f}; objective {found.objective:,.0f} both"
        )


def greedy_beside_the_optimum() -> None:
    ratios: dict[str, list[float]] = {"MCLP": [], "seats": []}
    gaps = []
    for seed in range(TOWNS):
        children, metres = town(seed, 120, 25, 3000.0)
        options = Options(tuple(f"c{row}" for row in range(25)), sites=5)
        problem = coverage(children, metres)
        exact, greedy = mclp(problem, options), mclp(problem, options, method="greedy")
        ratios["MCLP"].append(greedy.objective / exact.objective)
        gaps.append(greedy.bound / greedy.objective - 1)
        seats = np.random.default_rng(seed).integers(100, 900, 25).astype(float)
        seated = Seating(children, problem.near, seats, existing=0)
        exact, greedy = most_seated(seated, options), most_seated(seated, options, method="greedy")
        ratios["seats"].append(greedy.objective / exact.objective)
    for name, found in ratios.items():
        optimal = sum(ratio > 1 - 1e-9 for ratio in found)
        print(
            f"greedy {name}: worst {min(found):.4f}, mean {statistics.mean(found):.4f}, optimal in {optimal} of {TOWNS}"
        )
    print(f"greedy MCLP: gap that its own bound shows, median {statistics.median(gaps):.2%}, largest {max(gaps):.2%}")


def growing() -> None:
    for homes, sites, p in ((10_000, 500, 25), (50_000, 1000, 50), (200_000, 3000, 100)):
        problem = sparse_town(1, homes, sites, 30_000.0)
        options = Options(tuple(f"c{row}" for row in range(sites)), sites=p)
        greedy = mclp(problem, options, method="greedy")
        exact = mclp(problem, options, Effort(gap=0.01, seconds=60.0))
        ratio = f"{greedy.objective / exact.objective:.4f}" if exact.solved else "-"
        print(
            f"MCLP {homes} homes x {sites}, p={p}, {problem.near.nnz} pairs: greedy {greedy.seconds:.2f} s, its gap "
            f"{greedy.gap:.2%}; exact {exact.seconds:.1f} s, {exact.status}, gap {exact.gap}; greedy / exact {ratio}"
        )


def harbin(extract: Path) -> None:
    from cfc_gis.study import Study

    study = Study.from_extract(extract)
    result, land = study.run("summer"), land_of(study)
    for question in SCHOOLS:
        found, seconds = timed(lambda question=question: answer(result, land, question))
        town = case(result, find(result, land, question.category))
        each = question.seats / question.sites
        options = Options(town.candidates.ids, question.sites)
        greedy = most_seated(town.seating(each), options, method="greedy")
        ends = ", ".join(
            f"{end} {siting.children:,.1f} ({siting.status}, gap {siting.gap:.2%}, {siting.seconds:.2f} s)"
            for end, siting in found.found.items()
        )
        print(f"Harbin, {question.sites} schools: {ends}")
        print(f"  from scratch {found.children_checked:,.1f}; {seconds:.1f} s in all, three ends and the check")
        ratio = greedy.objective / found.best.objective
        print(f"  greedy / optimum {ratio:.4f}, its gap {greedy.gap:.2%}, {greedy.seconds:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", type=Path)
    harbin(parser.parse_args().extract)
    beside_spopt(300, 40, 6)
    beside_spopt(1000, 80, 10)
    greedy_beside_the_optimum()
    growing()


if __name__ == "__main__":
    main()
