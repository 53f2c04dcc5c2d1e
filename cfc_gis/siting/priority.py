"""Who comes first: children of the districts that are worst off weigh more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import profiles
from cfc_gis.access import choose

if TYPE_CHECKING:
    from cfc_gis.siting.cases import Case

Floats = NDArray[np.float64]


def by_shortfall(share: pd.Series, target: float, strength: float = 1.0) -> pd.Series:
    """Return the weight of a child of each unit, from the share of its children who are served.

    ::

        weight = 1 + strength x shortfall / largest shortfall,   shortfall = max(0, target - share)

    Parameters
    ----------
    share
        Share of the children of each unit who are served; NaN where unknown: such a unit weighs 1.
    target
        Share that is wanted.
    strength
        What the worst-off unit weighs beyond 1; 0 treats all children alike. A large one puts the worst first
        whatever the numbers.

    Returns
    -------
    Series
        With the index of the shares, to six decimals.

    Raises
    ------
    ValueError
        When the strength is negative.

    Examples
    --------
    >>> by_shortfall(pd.Series({"a": 0.9, "b": 0.7, "c": 0.5, "d": None}), 0.9)
    a    1.0
    b    1.5
    c    2.0
    d    1.0
    dtype: float64
    """
    if strength < 0:
        raise ValueError(f"a strength is not negative, as {strength} is")
    short = (target - share.astype(float)).clip(lower=0.0).fillna(0.0)
    worst = float(short.max()) if len(short) else 0.0
    return (1.0 + strength * (short / worst if worst > 0 else 0.0 * short)).round(6)


def worst_first(of: Case, level: str = "district", strength: float = 1.0) -> Floats:
    """Return the weight of a child of each origin, by the shortfall of its unit.

    Parameters
    ----------
    of
        The case.
    level
        ``district`` or ``subdistrict``.
    strength
        As of :func:`by_shortfall`.

    Returns
    -------
    ndarray
        One weight for each origin; 1 where it lies in no unit.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> from cfc_gis.siting import case, find, land_of
    >>> study = Study.sample()
    >>> result = study.run("summer")
    >>> weights = worst_first(case(result, find(result, land_of(study), "play")))
    >>> weights.min() >= 1.0, weights.max() <= 2.0
    (np.True_, np.True_)
    """
    result, kind = of.result, choose.category(of.category)
    profile = profiles.profile(f"{kind.age}.{of.season}").name
    flags = result.gaps
    rows = flags[(flags["level"] == level) & (flags["category"] == of.category) & (flags["profile"] == profile)]
    weight = by_shortfall(rows.set_index("unit_code")["share_low"], of.standard.target_share, strength)
    unit = result.neighbourhoods[f"{level}_code"].map(weight).fillna(1.0).to_numpy(dtype=np.float64)
    origins: Floats = unit[result.places.groups.of]
    return origins
