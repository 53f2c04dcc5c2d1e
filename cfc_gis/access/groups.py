"""From origins to neighbourhoods, from neighbourhoods to units: means weighed by children."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.access.travel import amounts
from cfc_gis.errors import UserError

Floats = NDArray[np.float64]


def group_mean(values: pd.Series, weights: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Take the mean of a measure over the places of each group, weighed by children.

    ::

        mean = sum of w_i x_i / sum of w_i, over the places with known w_i and x_i

    Parameters
    ----------
    values
        The measure by place: a ratio, a score, minutes; NaN where unknown. Ratios are averaged; totals, such as those
        of :func:`cfc_gis.access.fca.spatial_availability`, are added up with ``groupby`` instead.
    weights
        Children of each place, of the ages that the measure speaks of; NaN where unknown.
    groups
        Group of each place, such as its neighbourhood or unit; missing where it lies in none. All three have the
        same index.

    Returns
    -------
    DataFrame
        One row for each group, sorted; places without a group make a last row of their own, with a missing label:

        - ``mean``: NaN where no child with a known value lives in the group.
        - ``weight``: children of the group, as far as they are known.
        - ``known_share``: share of that weight whose value is known; the mean speaks of it alone. NaN where the
          weight is 0.
        - ``places``: places in the group.
        - ``places_set_aside``: those whose children are unknown, and those with children whose value is unknown.

    Raises
    ------
    UserError
        When the three do not speak of the same places in the same order.
    TableFault
        When a weight or a value is negative, infinite or no number.

    Examples
    --------
    >>> ratio = pd.Series({"a": 0.4, "b": 1.0, "c": None})
    >>> children = pd.Series({"a": 30, "b": 10, "c": 10})
    >>> group_mean(ratio, children, pd.Series({"a": "n1", "b": "n1", "c": "n2"}))
        mean  weight  known_share  places  places_set_aside
    n1  0.55    40.0          1.0       2                 0
    n2   NaN    10.0          0.0       1                 1
    """
    for name, other in (("weights", weights), ("groups", groups)):
        if not other.index.equals(values.index):
            raise UserError("places_differ", name=name, other="values")
    weight, value = amounts(weights, "weights"), amounts(values, "values")
    code, labels = pd.factorize(groups, sort=True, use_na_sentinel=True)
    inside = code >= 0
    code = np.where(inside, code, len(labels))
    count = len(labels) + int((~inside).any())

    def total(amount: Floats) -> Floats:
        return np.bincount(code, weights=amount, minlength=count).astype(np.float64, copy=False)

    counted = np.nan_to_num(weight)
    known = ~np.isnan(value)
    all_weight, known_weight = total(counted), total(np.where(known, counted, 0.0))
    sums = total(np.where(known, counted * value, 0.0))
    aside = np.isnan(weight) | (~known & (counted > 0))
    mean, share = np.full(count, np.nan), np.full(count, np.nan)
    np.divide(sums, known_weight, out=mean, where=known_weight > 0)
    np.divide(known_weight, all_weight, out=share, where=all_weight > 0)
    return pd.DataFrame(
        {
            "mean": mean,
            "weight": all_weight,
            "known_share": share,
            "places": np.bincount(code, minlength=count),
            "places_set_aside": total(aside.astype(np.float64)).astype(np.int64),
        },
        index=pd.Index([*labels, *([None] if count > len(labels) else [])], name=groups.name),
    )
