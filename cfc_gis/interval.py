"""How far the data leave open the share of a unit's children who are served: the upper end of an interval.

What is found proves service, so the lower end is what the data show. The upper end says what the share could be if only
a part of the facilities is in the data. It needs the completeness of the data, and a planning norm gives none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

LEAST_COMPLETENESS = 0.5
"""Below it nothing is said: more would be estimated than is found, and the upper end is 1."""

MARGIN = 1.5
"""Standard deviations on top of the estimate; set by ``benchmarks/calibration.py``, not by a normal law."""

COLUMNS = ("children", "facilities", "low", "once", "squares", "typical")
"""Columns of :func:`found_shares`."""


def found_shares(
    origin: NDArray[np.int64], facility: NDArray[np.int64], children: ArrayLike, unit: ArrayLike
) -> pd.DataFrame:
    """Return what the found facilities serve in each unit of one level, as :func:`share_high` wants it.

    Parameters
    ----------
    origin, facility
        Pairs of an origin and a found facility within the standard
        (:meth:`cfc_gis.access.reached.Reached.pairs`); ``origin`` is a position in ``children``. A pair given twice
        counts once.
    children
        Children who start at each origin; missing counts as none.
    unit
        Code of the unit of each origin; an origin without a code counts nowhere.

    Returns
    -------
    DataFrame
        By ``unit_code``, sorted: ``children``; ``facilities`` that reach any of them; ``low``, the share of the
        children with a facility; ``once``, the share with exactly one; ``squares``, the sum over the facilities of a^2,
        a the share that one reaches; and ``typical``, the root mean square of a over all units and their facilities: it
        stands for a facility of which nothing was found. Shares are missing in a unit without children; ``typical`` is
        1 where no facility reaches any unit.

    Examples
    --------
    Ten children in each of two homes; facility 0 reaches both, facility 1 the second.

    >>> table = found_shares(np.array([0, 1, 1]), np.array([0, 0, 1]), [10, 10, 5], ["a", "a", "b"])
    >>> table[["facilities", "low", "once", "squares"]].to_numpy().tolist()
    [[2.0, 1.0, 0.5, 1.25], [0.0, 0.0, 0.0, 0.0]]
    >>> table["typical"].round(3).tolist()
    [0.791, 0.791]
    """
    homes = pd.DataFrame({"children": np.asarray(children, dtype=np.float64), "unit_code": np.asarray(unit, object)})
    homes["children"] = homes["children"].fillna(0.0)
    homes = homes[homes["unit_code"].notna()]
    total = homes.groupby("unit_code")["children"].sum()
    pairs = pd.DataFrame({"origin": origin, "facility": facility}).drop_duplicates()
    pairs = pairs.merge(homes, left_on="origin", right_index=True)
    pairs = pairs[pairs["children"] > 0]
    near = pairs.groupby(["unit_code", "origin"])["children"].agg(["first", "size"]).reset_index("origin")
    reached = pairs.groupby(["unit_code", "facility"])["children"].sum()
    square = (reached / total.reindex(reached.index.get_level_values("unit_code")).to_numpy()) ** 2

    def share(rows: pd.Series) -> pd.Series:
        return rows.groupby("unit_code").sum().reindex(total.index, fill_value=0.0) / total.where(total > 0)

    table = pd.DataFrame(
        {
            "children": total,
            "facilities": reached.groupby("unit_code").size().reindex(total.index, fill_value=0).astype(np.int64),
            "low": share(near["first"]).clip(0.0, 1.0),
            "once": share(near["first"].where(near["size"] == 1, 0.0)).clip(0.0, 1.0),
            "squares": square.groupby("unit_code").sum().reindex(total.index, fill_value=0.0).where(total > 0),
            "typical": float(np.sqrt(square.mean())) if len(square) else 1.0,
        }
    )
    return table[[*COLUMNS]]


def share_high(found: pd.DataFrame, completeness: ArrayLike, *, inherited: ArrayLike = False) -> NDArray[np.float64]:
    r"""Return the largest share of each unit's children who may really be served.

    Parameters
    ----------
    found
        ``low``, ``once``, ``squares`` and ``typical`` of each unit, as :func:`found_shares` gives them.
    completeness
        Share c of the real facilities that the data hold, from 0 to 1, for each unit; missing where it is not known.
        Where c is estimated, the lower end of its interval.
    inherited
        Whether c speaks of a larger unit only.

    Returns
    -------
    ndarray
        Shares from 0 to 1, never below ``low``; missing where ``low`` is. It is 1 where c is missing, below
        :data:`LEAST_COMPLETENESS` or inherited, and ``low`` where c is 1.

    Raises
    ------
    ValueError
        When a completeness is not between 0 and 1.

    Notes
    -----
    If each real facility is found with probability c, and f_k is the share of the children who have k found facilities
    near, then :math:`1 - \sum_{k \ge 0} f_k (-r)^k` with r = (1 - c) / c has the true share as its expectation: low +
    r f_1 - r^2 f_2 + ... (Good and Toulmin 1956). Its terms grow where r > 1, hence no word for c < 0.5, and it swings
    where many facilities overlap (Efron and Thisted 1976). Cut after f_1 it is stable and errs upwards as a rule:

    .. math:: high = low + r f_1 + 1.5 \sqrt{r (\sum_j a_j^2 / c + \bar a^2)}

    A found facility stands for 1 / c real ones, which scatter with variance (1 - c) / c^2 = r / c; a_j is the share of
    the children whom it reaches. The last term is one typical facility that nothing in the unit stands for. At most 1.
    The factor 1.5 was chosen by trial on the facilities of a city (``docs/completeness.md``), removed one by one and by
    whole quarters.

    A c that is inherited from a larger unit says nothing of a quarter that nobody mapped. In the trial it made up to
    21 % of the units that truly meet a gap, so it leaves 1.

    References
    ----------
    Good, I. J. and Toulmin, G. H. (1956). The number of new species, and the increase in population coverage, when a
    sample is increased. Biometrika 43, 45-63.
    Efron, B. and Thisted, R. (1976). Estimating the number of unseen species: how many words did Shakespeare know?
    Biometrika 63, 435-447.

    Examples
    --------
    r = 0.25: 0.4 + 0.25 * 0.4 + 1.5 * sqrt(0.25 * (0.08 / 0.8 + 0.04)) = 0.5 + 1.5 * 0.187

    >>> found = pd.DataFrame({"low": [0.4] * 4, "once": 0.4, "squares": 0.08, "typical": 0.2})
    >>> share_high(found, [0.8, 1.0, 0.4, np.nan]).round(3).tolist()
    [0.781, 0.4, 1.0, 1.0]
    >>> share_high(found, 0.8, inherited=True).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    low, once, squares, typical = (found[name].to_numpy(dtype=np.float64) for name in COLUMNS[2:])
    c = np.broadcast_to(np.asarray(completeness, dtype=np.float64), low.shape)
    if ((c < 0) | (c > 1)).any():
        raise ValueError("a completeness is a share from 0 to 1")
    silent = ~(c >= LEAST_COMPLETENESS) | np.asarray(inherited, dtype=bool)
    c = np.where(silent, 1.0, c)
    odds = (1 - c) / c
    high = low + odds * once + MARGIN * np.sqrt(odds * (squares / c + typical**2))
    high = np.where(silent, 1.0, np.minimum(high, 1.0))
    return np.where(np.isnan(low), np.nan, high)
