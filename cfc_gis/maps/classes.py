"""Classes of minutes, and the colours of classes and judgements.

The five classes of minutes take ColorBrewer's RdYlBu, which readers with red-green blindness can tell apart. Places
that cannot be reached are violet, outside that scale. Where the data do not suffice to judge a place, its colour is
thinned to stripes: the walk to the nearest *known* facility is shown, and nobody takes it for the whole truth. Grey
stripes mean that nothing can be said at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MINUTE_BREAKS = (5, 10, 15, 30)
UNREACHABLE = 5
NO_DATA = 6
CLASS_COLOURS = ("#2c7bb6", "#abd9e9", "#ffffbf", "#fdae61", "#d7191c", "#6a3d9a", "#8a8a8a")
JUDGEMENT_COLOURS = {
    "meets": "#2c7bb6",
    "gap": "#d7191c",
    "below_reference": "#fdae61",
    "undecided": "#ffffbf",
    "no_data": "#8a8a8a",
}


def classify(minutes: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return the class of each neighbourhood: 0 to 4 by minutes, 5 unreachable, 6 no data.

    Where no neighbourhood reaches any facility at all, none is known: that is no data, not a city without service.

    Parameters
    ----------
    minutes
        Minutes to the nearest known facility; NaN where unreachable.
    known
        Whether the neighbourhood was computed at all.

    Examples
    --------
    >>> classify(np.array([40.0, 5.0, np.nan]), np.array([True, True, True])).tolist()
    [4, 0, 5]
    >>> classify(np.array([np.nan, np.nan]), np.array([True, True])).tolist()
    [6, 6]
    """
    missing = np.isnan(minutes)
    classes = np.where(missing, UNREACHABLE, np.digitize(minutes, MINUTE_BREAKS, right=True))
    return np.where(~known | missing.all(), NO_DATA, classes).astype(np.int8)


def unproven(share_within: NDArray[np.float64], judged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the minutes of each neighbourhood are only an upper bound, to be drawn in stripes.

    A short walk is proven by the one facility it leads to. A long one is proven only where the records are complete
    enough to judge the place.

    Parameters
    ----------
    share_within
        Share of the children within the standard, 0 to 1; NaN counts as none.
    judged
        Whether the data suffice to judge the place it lies in.

    Examples
    --------
    >>> unproven(np.array([0.0, 1.0, 0.0]), np.array([False, False, True])).tolist()
    [True, False, False]
    """
    return ~judged & ~(np.nan_to_num(share_within) > 0)
