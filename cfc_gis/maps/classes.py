"""Classes of minutes, scores and standards met, and the colours of classes and judgements.

The colours are ColorBrewer's (Harrower and Brewer 2003), as they come with branca: RdYlBu, blue for what is near or
good and red for what is not. Readers with red-green blindness can tell each class from the next; a test holds that.
Places that cannot be reached are violet, outside the scale. Where the data do not suffice to judge a place, its colour
is thinned to stripes: the walk to the nearest *known* facility is shown, and nobody takes it for the whole truth. Grey
stripes mean that nothing can be said at all.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

MINUTE_BREAKS = (5, 10, 15, 30)
SCORE_BREAKS = (20, 40, 60, 80)
"""Of scores from 0 to 100: 50 is a walk just as long as the standard allows."""

UNREACHABLE = 5
NO_DATA = 6
WITHIN_ALL = 0.995
"""Share of the children from which on all of them are said to be within the standard."""

GREY = "#8a8a8a"
VIOLET = 9
JUDGED = MappingProxyType({"meets": 4, "gap": 0, "below_reference": 1, "undecided": 2})
"""Place of each judgement in the scale of minutes; no data is grey."""

Classes = NDArray[np.int8]
Floats = NDArray[np.float64]


@cache
def scales() -> dict[str, list[str]]:
    """Return the colours of each way to colour neighbourhoods, in the order of its classes.

    ``minutes`` from near to far, ``score`` from low to high, ``met`` from all children to none; after these come
    unreachable and no data.

    Examples
    --------
    >>> {name: len(colours) for name, colours in scales().items()}
    {'minutes': 7, 'score': 7, 'met': 7}
    """
    from branca.utilities import color_brewer

    bad_to_good = color_brewer("RdYlBu", 5)
    good_to_bad = bad_to_good[::-1]
    beyond = [color_brewer("Paired", 12)[VIOLET], GREY]
    return {"minutes": [*good_to_bad, *beyond], "score": [*bad_to_good, *beyond], "met": [*good_to_bad, *beyond]}


def judgement_colours() -> list[tuple[str, str]]:
    """Return the colour of each judgement, in the order of a legend.

    Examples
    --------
    >>> [name for name, _ in judgement_colours()]
    ['meets', 'gap', 'below_reference', 'undecided', 'no_data']
    """
    scale = scales()["minutes"][4::-1]
    return [*((name, scale[place]) for name, place in JUDGED.items()), ("no_data", GREY)]


def classify(values: Floats, known: NDArray[np.bool_], breaks: tuple[int, ...] = MINUTE_BREAKS) -> Classes:
    """Return the class of each neighbourhood: 0 to 4 by minutes or by score, 5 unreachable, 6 no data.

    Where no neighbourhood reaches any facility at all, none is known: that is no data, not a city without service.

    Parameters
    ----------
    values
        Minutes to the nearest known facility, NaN where unreachable; or scores, NaN where none is known.
    known
        Whether the neighbourhood was computed at all.
    breaks
        Upper ends of all classes but the last; a value on a break belongs to the class below it.

    Examples
    --------
    >>> classify(np.array([40.0, 5.0, np.nan]), np.array([True, True, True])).tolist()
    [4, 0, 5]
    >>> classify(np.array([np.nan, np.nan]), np.array([True, True])).tolist()
    [6, 6]
    """
    missing = np.isnan(values)
    classes = np.where(missing, UNREACHABLE, np.digitize(values, breaks, right=True))
    return np.where(~known | missing.all(), NO_DATA, classes).astype(np.int8)


def met(within: Floats, presumed: Floats, minutes: Classes) -> Classes:
    """Return the class of each neighbourhood by the standard that it meets.

    0 all its children are within it, 1 more than half, 2 some, 3 some if presumed facilities count, 4 none;
    unreachable and no data as for minutes.

    Parameters
    ----------
    within, presumed
        Share of the children within the standard; the same with presumed facilities. NaN counts as none.
    minutes
        Classes of minutes.

    Examples
    --------
    >>> all_near = np.zeros(5, dtype=np.int8)
    >>> met(np.array([1.0, 0.6, 0.2, 0.0, 0.0]), np.array([1.0, 1.0, 0.2, 0.3, 0.0]), all_near).tolist()
    [0, 1, 2, 3, 4]
    """
    within, presumed = np.nan_to_num(within), np.nan_to_num(presumed)
    conditions = [within >= WITHIN_ALL, within > 0.5, within > 0, presumed > 0]
    classes = np.select(conditions, [0, 1, 2, 3], 4)
    outside = (minutes == NO_DATA) | ((minutes == UNREACHABLE) & (classes == 4))
    return np.where(outside, minutes, classes).astype(np.int8)


def unproven(share_within: Floats, judged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the minutes of each neighbourhood are only an upper bound, to be drawn in stripes.

    A short walk is proven by the one facility it leads to. The minutes are those of the child in the middle: where
    fewer than half are within the standard they are long ones, proven only where the records are complete enough to
    judge the place.

    Parameters
    ----------
    share_within
        Share of the children within the standard, 0 to 1; NaN counts as none.
    judged
        Whether the data suffice to judge the place it lies in.

    Examples
    --------
    >>> unproven(np.array([0.08, 0.5, 0.0]), np.array([False, False, True])).tolist()
    [True, False, False]
    """
    return ~judged & ~(np.nan_to_num(share_within) >= 0.5)
