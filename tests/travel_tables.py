"""Travel tables for tests: random ones, and the measures once more on whole matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cfc_gis.access import decay

Floats = NDArray[np.float64]

TRIED = settings(deadline=None, max_examples=50)  # machines that do several things at once are slow now and then

DECAYS = (
    decay.binary(15),
    decay.linear(20),
    decay.stepped([5, 10, 20], [1, 0.68, 0.22]),
    decay.exponential(0.1),
    decay.gaussian_catchment(20),
    decay.within(20, decay.power(1)),
    decay.logistic(12, 3),
)


@dataclass(frozen=True)
class Town:
    """Children, capacity and the travel table between them."""

    travel: pd.DataFrame
    demand: pd.Series
    supply: pd.Series

    @property
    def origins(self) -> pd.Index:
        return self.demand.index

    def matrix(self, weigh: decay.DecayFunction) -> Floats:
        """Weight of every pair, a row for each origin; 0 where the pair is not listed."""
        weights = np.zeros((len(self.demand), len(self.supply)))
        origin = self.demand.index.get_indexer(self.travel["origin_id"])
        facility = self.supply.index.get_indexer(self.travel["facility_id"])
        weights[origin, facility] = weigh(self.travel["minutes"].to_numpy())
        return weights

    def reached_supply(self, weigh: decay.DecayFunction) -> float:
        """Capacity of the facilities that any child reaches."""
        load = self.demand.to_numpy(dtype=float) @ self.matrix(weigh)
        return float(self.supply.to_numpy(dtype=float)[load > 0].sum())


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Up to 6 origins and 5 facilities; costs of half minutes up to 30; some children and capacities are 0."""
    origins = [f"o{number}" for number in range(draw(st.integers(1, 6)))]
    facilities = [f"f{number}" for number in range(draw(st.integers(1, 5)))]
    pairs = [(origin, facility) for origin in origins for facility in facilities]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True))
    halves = draw(st.lists(st.integers(0, 60), min_size=len(chosen), max_size=len(chosen)))
    travel = pd.DataFrame(
        {
            "origin_id": pd.Series([pair[0] for pair in chosen], dtype="str"),
            "facility_id": pd.Series([pair[1] for pair in chosen], dtype="str"),
            "minutes": np.array(halves, dtype=float) / 2,
        }
    )
    children = draw(st.lists(st.integers(0, 90), min_size=len(origins), max_size=len(origins)))
    seats = draw(st.lists(st.integers(0, 900), min_size=len(facilities), max_size=len(facilities)))
    return Town(travel, pd.Series(children, origins), pd.Series(seats, facilities))


def two_step_by_matrix(weights: Floats, demand: Floats, supply: Floats) -> Floats:
    """Both steps of the 2SFCA: R = S / (P' W), A = W R; NaN where supply meets no demand."""
    load = demand @ weights
    ratio = np.divide(supply, load, out=np.full(len(load), np.nan), where=load > 0)
    ratio[supply == 0] = 0.0
    return np.where(weights > 0, weights * ratio, 0.0).sum(axis=1)
