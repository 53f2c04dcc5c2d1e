"""Classes of minutes, and the colours of classes and judgements.

The five classes of minutes take ColorBrewer's RdYlBu, which readers with red-green blindness can tell apart. Places
that cannot be reached and places that cannot be judged are no shade of that scale: one is violet, one is hatched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MINUTE_BREAKS = (5, 10, 15, 30)
UNREACHABLE = 5
NO_DATA = 6
CLASS_COLOURS = ("#2c7bb6", "#abd9e9", "#ffffbf", "#fdae61", "#d7191c", "#6a3d9a", "hatch")
JUDGEMENT_COLOURS = {
    "meets": "#2c7bb6",
    "gap": "#d7191c",
    "below_reference": "#fdae61",
    "undecided": "#ffffbf",
    "no_data": "hatch",
}


def classify(
    minutes: NDArray[np.float64], share_within: NDArray[np.float64], known: NDArray[np.bool_], judged: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Return the class of each neighbourhood: 0 to 4 by minutes, 5 unreachable, 6 no data.

    Where so few facilities are recorded that a place cannot be judged, a short walk is still proven, but a long one
    says only that nothing is *recorded* nearby: such neighbourhoods are "no data", not "far".

    Parameters
    ----------
    minutes
        Minutes to the nearest known facility; NaN where unreachable.
    share_within
        Share of the children within the standard, 0 to 1; NaN counts as none.
    known
        Whether the neighbourhood was computed at all.
    judged
        Whether the data suffice to judge the place it lies in.

    Examples
    --------
    >>> far, near = np.array([40.0, 4.0, np.nan]), np.array([0.0, 1.0, 0.0])
    >>> classify(far, near, np.array([True] * 3), np.array([True] * 3)).tolist()
    [4, 0, 5]
    >>> classify(far, near, np.array([True] * 3), np.array([False] * 3)).tolist()
    [6, 0, 6]
    """
    classes = np.digitize(minutes, MINUTE_BREAKS, right=True)
    classes = np.where(np.isnan(minutes), UNREACHABLE, classes)
    unproven = ~judged & ~(np.nan_to_num(share_within) > 0)
    return np.where(~known | unproven, NO_DATA, classes).astype(np.int8)
