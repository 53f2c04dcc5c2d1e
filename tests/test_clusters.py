"""Hot and cold spots: on a chequered plain, where nothing is known, and the same again in any order."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from cfc_gis import equity, schema, schema_equity
from cfc_gis.equity.clusters import BAND_M, _local_moran, _neighbours

SIDE = 12


def plain(values: np.ndarray, step: float = 600.0) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    """Homes on a square of SIDE by SIDE, with a value each, row by row from the south-west."""
    ids = [f"w{n:04d}" for n in range(len(values))]
    points = [Point(500_000 + step * (n % SIDE), 5_000_000 + step * (n // SIDE)) for n in range(len(values))]
    homes = gpd.GeoDataFrame({"neighbourhood_id": ids}, geometry=points, crs="EPSG:4551")
    ways = pd.DataFrame({"neighbourhood_id": ids, "category": "park", "profile": "age3_5.summer", "score": values})
    judged = pd.DataFrame({"level": ["city"], "unit_code": "230100", "category": "park", "profile": "age3_5.summer",
                           "judgement": "meets", "completeness": None})  # fmt: skip
    return ways, homes, judged


def found(values: np.ndarray, step: float = 600.0, *, judgement: str = "meets", anyway: bool = False) -> pd.DataFrame:
    ways, homes, judged = plain(values, step)
    table = equity.spots(ways, homes, judged.assign(judgement=judgement), without_finding=anyway)
    schema.check(table, schema_equity.SPOTS)
    return table


def corner() -> np.ndarray:
    """A corner of 5 by 5 homes with 90, all others with 10 and a little noise."""
    n = np.arange(SIDE * SIDE)
    noise = np.random.default_rng(1).uniform(0.0, 5.0, len(n))
    return np.where((n % SIDE < 5) & (n // SIDE < 5), 90.0, 10.0) + noise


def test_a_corner_of_good_access_is_a_hot_spot() -> None:
    table = found(corner())
    clusters = table["cluster"].to_numpy().reshape(SIDE, SIDE)
    assert (clusters[:4, :4] == "hot").all()
    assert not (clusters[6:, :] == "hot").any()
    assert not (clusters[:4, :4] == "cold").any()
    assert table.loc[table["significant"], "p"].max() < table.loc[~table["significant"], "p"].min()
    assert (table["significant"] == table["cluster"].isin(["hot", "cold", "low_among_high", "high_among_low"])).all()


def test_one_bad_home_among_good_ones_stands_out() -> None:
    values = corner()
    values[2 * SIDE + 2] = 0.0
    assert found(values)["cluster"].to_numpy()[2 * SIDE + 2] == "low_among_high"


def test_noise_has_hardly_any_spots() -> None:
    """Without the bound on false discoveries 5 % of these 1,440 homes would be spots: 72."""
    plains = (np.random.default_rng(seed).uniform(0, 100, SIDE**2) for seed in range(10))
    assert sum(int(found(values)["significant"].sum()) for values in plains) <= 10


def test_where_most_have_the_same_value_ties_are_no_pattern() -> None:
    """Two homes of 144 reach something: those around them that reach nothing, like nearly all, are no cold spot."""
    values = np.zeros(SIDE**2)
    values[[40, 100]] = 50.0
    table = found(values)
    assert not (table["cluster"] == "cold").any()
    assert table.loc[values == 0.0, "p"].max() == 1.0


def test_our_p_values_are_those_of_esda() -> None:
    """From its own simulations, both tails; they lie apart by no more than four times the error of 999 draws."""
    from esda import Moran_Local
    from libpysal.graph import Graph

    values = corner()
    _, homes, _ = plain(values)
    pairs = _neighbours(homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy(), np.ones(len(values), dtype=bool))
    quadrant, p = _local_moran(values, pairs)
    with warnings.catch_warnings():
        # esda announces that its default will change; its simulations are read here, not its p-values.
        warnings.filterwarnings("ignore", "The alternative hypothesis", DeprecationWarning)
        theirs = Moran_Local(values, Graph.from_arrays(*pairs, np.ones(len(pairs[0]))), "r", 999, seed=1)
    above, below = (theirs.rlisas >= theirs.Is[:, None]).sum(1), (theirs.rlisas <= theirs.Is[:, None]).sum(1)
    expected = np.minimum(1.0, 2.0 * (np.minimum(above, below) + 1) / 1000)
    error = 2.0 * np.sqrt(2.0 * (expected / 2) * (1 - expected / 2) / 999)
    assert (np.abs(p - expected) < 4.0 * error).all()
    assert (quadrant == theirs.q).all()


def test_far_homes_have_no_neighbours_and_are_said_so() -> None:
    assert set(found(corner(), step=BAND_M + 1.0)["cluster"]) == {"no_neighbours"}
    assert (found(corner(), step=BAND_M)["neighbours"] >= 2).all()


@pytest.mark.parametrize("values", [np.arange(29.0), np.full(SIDE**2, 3.0), np.full(SIDE**2, np.nan), np.arange(0.0)])
def test_few_homes_equal_or_unknown_values_are_not_tested(values: np.ndarray) -> None:
    table = found(values)
    assert set(table["cluster"]) <= {"not_tested", "no_neighbours"}
    assert not table["significant"].any()
    assert table["p"].isna().all()


def test_a_category_without_data_has_no_spots_unless_they_are_asked_for() -> None:
    assert set(found(corner(), judgement="no_data")["cluster"]) == {"not_tested"}
    asked = found(corner(), judgement="no_data", anyway=True)
    assert "hot" in set(asked["cluster"])
    assert set(asked["basis"]) == {"no_finding"}


def test_unknown_values_are_no_neighbours() -> None:
    values = corner()
    values[1] = np.nan
    table = found(values).set_index("neighbourhood_id")
    whole = found(corner()).set_index("neighbourhood_id")
    assert table.loc["w0000", "neighbours"] == whole.loc["w0000", "neighbours"] - 1
    assert table.loc["w0001", "cluster"] == "not_tested"


def test_a_second_run_and_another_order_give_the_same() -> None:
    ways, homes, judged = plain(corner())
    once = equity.spots(ways, homes, judged)
    pd.testing.assert_frame_equal(once, equity.spots(ways, homes, judged))
    turned = equity.spots(ways.sample(frac=1.0, random_state=2), homes.sample(frac=1.0, random_state=3), judged)
    pd.testing.assert_frame_equal(once, turned)


def test_the_callers_warning_filters_stay_as_they_are() -> None:
    before = list(warnings.filters)
    found(corner())
    assert list(warnings.filters) == before
