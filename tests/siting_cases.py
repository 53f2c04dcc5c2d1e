"""Random problems of siting, made from whole numbers so that sums are exact, and what brute force says of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfc_gis.access.seats import near_matrix
from cfc_gis.siting.coverage import Coverage
from cfc_gis.siting.distance import Ways
from cfc_gis.siting.options import Options
from cfc_gis.siting.seated import Seating

Floats = NDArray[np.float64]
RADIUS = 300.0


@dataclass(frozen=True)
class Town:
    """Homes and candidates on a square of 1 km, in metres."""

    children: Floats
    cost: Floats
    sites: int

    @property
    def coverage(self) -> Coverage:
        home, site = np.nonzero(self.cost <= RADIUS)
        return Coverage(self.children, near_matrix(home, site, self.cost.shape))

    @property
    def ways(self) -> Ways:
        return Ways(self.children, self.cost)

    @property
    def options(self) -> Options:
        return Options(names(self.cost.shape[1]), sites=self.sites)

    @property
    def unlimited(self) -> Options:
        return Options(names(self.cost.shape[1]))


def names(count: int) -> tuple[str, ...]:
    return tuple(f"c{row}" for row in range(count))


def town(seed: int, homes: tuple[int, int] = (8, 25), sites: tuple[int, int] = (4, 10)) -> Town:
    """Make a town; every home lies within the radius of a candidate, so that everybody can be covered."""
    random = np.random.default_rng(seed)
    n, m = int(random.integers(*homes)), int(random.integers(*sites))
    site = random.integers(0, 1000, (m, 2)).astype(float)
    near = site[random.integers(0, m, n)] + random.integers(-200, 200, (n, 2))
    cost = np.rint(np.hypot(*np.moveaxis(near[:, None] - site[None], -1, 0)))
    children = random.integers(1, 60, n).astype(float)
    return Town(children, cost, int(random.integers(1, max(2, m // 2))))


def seating(
    seed: int, *, existing: int = 2, homes: tuple[int, int] = (8, 25), sites: tuple[int, int] = (4, 9)
) -> Seating:
    """Make a town with seats; the first facilities exist."""
    made = town(seed, homes, sites)
    random = np.random.default_rng(seed + 10_000)
    home, site = np.nonzero(made.cost <= RADIUS)
    seats = random.integers(0, 200, made.cost.shape[1]).astype(float)
    return Seating(made.children, near_matrix(home, site, made.cost.shape), seats, existing)


def choices(options: Options) -> Iterator[NDArray[np.bool_]]:
    """All choices that the options allow."""
    for flags in itertools.product((False, True), repeat=len(options)):
        chosen = np.array(flags, dtype=bool)
        if options.allow(chosen):
            yield chosen


def best(options: Options, value: Callable[[NDArray[np.bool_]], float]) -> float:
    """The largest value of all choices that are allowed."""
    return max(value(chosen) for chosen in choices(options))
