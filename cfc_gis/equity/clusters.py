"""Hot and cold spots: where neighbourhoods with good access, or with little, lie together by more than chance."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import basis, schema, schema_equity

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BAND_M = 1000.0
"""Neighbourhoods whose middles lie no farther apart are neighbours: a child walks that in a quarter of an hour."""

PERMUTATIONS = 999
SEED = 20_240_409
FALSE_DISCOVERIES = 0.05
FEW = 30
"""With fewer neighbourhoods that have a value nothing is tested: chance and pattern cannot be told apart."""

_SAME = 1e-9
_QUADRANTS = {1: "hot", 2: "low_among_high", 3: "cold", 4: "high_among_low"}


def parameters() -> dict[str, float]:
    """Return what a run must state of its spots.

    Examples
    --------
    >>> parameters()["permutations"]
    999
    """
    return {"band_m": BAND_M, "permutations": PERMUTATIONS, "seed": SEED, "false_discoveries": FALSE_DISCOVERIES}


def spots(
    ways: pd.DataFrame,
    neighbourhoods: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    *,
    benefit: str = "score",
    without_finding: bool = False,
) -> pd.DataFrame:
    """Find hot and cold spots of access, for each category and profile.

    Parameters
    ----------
    ways
        As from :func:`cfc_gis.equity.ways`.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`, in a projected CRS.
    gaps
        :data:`cfc_gis.schema.GAPS`: what may be said of each category.
    benefit
        Column of ``ways``, of which more is better.
    without_finding
        Whether categories are tested, too, of which the whole study area has no data. Their spots show where facilities
        are recorded, such as for whoever completes the data, and say nothing of the city.

    Returns
    -------
    DataFrame
        :data:`cfc_gis.schema_equity.SPOTS`, by category, profile and neighbourhood: those with children of its age.
        ``cluster`` is *hot* or *cold* where a neighbourhood and its neighbours are both above, or below, the mean of
        all by more than chance; *low among high* and *high among low* stand out from their neighbours; *none* is not
        significant; *no neighbours* lies alone; *not tested* has no value, or there are fewer than 30 with one, or all
        have the same, or the category is without finding.

    Notes
    -----
    Local Moran's I (Anselin 1995), from the ``esda`` library: binary weights of a distance band of 1,000 m between
    centroids, each row standardised, and 999 conditional permutations of a fixed seed. Rows are sorted before, so that
    neither a second run nor another order of the rows changes anything. Children are no weights here: a neighbourhood
    is one observation. The permutations are drawn here: those of esda are compiled anew in each run, which takes longer
    than all the rest, and its p-values are of one tail, and too small where most neighbourhoods have the same value, as
    where nothing is reached. Here both tails count, and permutations that equal what was found count as more extreme on
    either side. Significant are those up to the bound of Benjamini and Hochberg (1995) for 5 % of false discoveries
    (``esda.fdr``).
    """
    homes = neighbourhoods.set_index("neighbourhood_id").sort_index()
    said = basis.of_category(gaps).to_dict()
    found = [pd.DataFrame(columns=[*schema_equity.SPOTS.columns])]
    for (category, profile), rows in ways.groupby(["category", "profile"]):
        values = rows.set_index("neighbourhood_id")[benefit].astype(float).sort_index()
        key = {"category": category, "profile": profile, "benefit": benefit, "basis": said[str(category), str(profile)]}
        told = without_finding or key["basis"] != "no_finding"
        table = _tested(values, homes.geometry.reindex(values.index).centroid, told)
        found.append(table.assign(**key).reset_index())
    table = pd.concat(found[1:] or found)[[*schema_equity.SPOTS.columns]]
    return table.sort_values(["category", "profile", "neighbourhood_id"], key=_place, ignore_index=True)


def _place(column: pd.Series) -> pd.Series:
    return column.map(schema.CATEGORIES.index) if column.name == "category" else column


def _tested(values: pd.Series, points: gpd.GeoSeries, told: bool) -> pd.DataFrame:
    """Return the row of each neighbourhood of one category."""
    known = values.notna().to_numpy()
    pairs = _neighbours(points.x.to_numpy(), points.y.to_numpy(), known)
    count = np.bincount(pairs[0], minlength=len(values))
    around = np.bincount(pairs[0], weights=values.to_numpy()[pairs[1]], minlength=len(values))
    table = pd.DataFrame(
        {
            "value": values,
            "neighbours": count,
            "value_around": np.divide(around, count, out=np.full(len(values), np.nan), where=count > 0),
            "cluster": np.where(known & (count == 0), "no_neighbours", "not_tested"),
            "p": np.nan,
            "significant": False,
        }
    )
    tested = known & (count > 0)
    if not told or tested.sum() < FEW or np.ptp(values.to_numpy()[tested]) <= _SAME:
        return table
    row = np.cumsum(tested) - 1
    quadrant, p = _local_moran(values.to_numpy()[tested], (row[pairs[0]], row[pairs[1]]))
    significant = _below_bound(p)
    table.loc[tested, "p"] = p
    table.loc[tested, "significant"] = significant
    table.loc[tested, "cluster"] = np.where(significant, [_QUADRANTS[q] for q in quadrant], "none")
    return table


def _neighbours(x: Floats, y: Floats, known: Flags) -> tuple[Ints, Ints]:
    """Return the pairs within the distance band, both ways round, sorted; of places with a value only."""
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(known)
    pairs = cKDTree(np.column_stack([x[rows], y[rows]])).query_pairs(BAND_M, output_type="ndarray")
    both = rows[np.concatenate([pairs, pairs[:, ::-1]])]
    order = np.lexsort((both[:, 1], both[:, 0]))
    return both[order, 0].astype(np.int64), both[order, 1].astype(np.int64)


def _local_moran(values: Floats, pairs: tuple[Ints, Ints]) -> tuple[Any, Floats]:
    """Return the quadrant of each place and its p-value; every place has a neighbour."""
    from libpysal.graph import Graph

    graph = Graph.from_arrays(*pairs, np.ones(len(pairs[0])))
    with warnings.catch_warnings():  # esda adds a warning filter of its own and leaves it behind
        # Its progress bars, of which none is shown, ask for widgets when it is imported in a notebook.
        warnings.filterwarnings("ignore", message="IProgress not found")
        from esda import Moran_Local

        found = Moran_Local(values, graph, "r", permutations=0)
    return found.q, _p_values(found.z, np.bincount(pairs[0]), found.Is)


def _p_values(z: Floats, neighbours: Ints, observed: Floats) -> Floats:
    """Return how seldom as extreme a value comes of other places' values, put around each place at random.

    As in esda, the same random places, of all but the one in question, serve every place.
    """
    random = np.random.default_rng(SEED)
    drawn = np.stack([random.permutation(len(z) - 1)[: neighbours.max()] for _ in range(PERMUTATIONS)])
    scale = (len(z) - 1) / (z * z).sum()
    p = np.empty(len(z))
    for place, count in enumerate(neighbours):
        others = np.delete(z, place)
        values = scale * z[place] * others[drawn[:, :count]].mean(axis=1)
        slack = _SAME * (1.0 + abs(observed[place]))
        above, below = (values >= observed[place] - slack).sum(), (values <= observed[place] + slack).sum()
        p[place] = min(1.0, 2.0 * (min(above, below) + 1.0) / (PERMUTATIONS + 1.0))
    return p


def _below_bound(p: Floats) -> Flags:
    """Whether a p-value is at most the bound under which 5 % of the findings are false."""
    from esda import fdr

    return np.asarray(p <= fdr(p, FALSE_DISCOVERIES), dtype=np.bool_)
