"""What can be reached: cumulative opportunities and gravity, from origins to facilities and the other way round.

These measures add up what is reachable and ask nobody whether it is free; :mod:`cfc_gis.access.fca` lets children
compete for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.access import decay as decays
from cfc_gis.access.decay import DecayFunction
from cfc_gis.access.travel import amounts, catchment
from cfc_gis.errors import ChoiceUnknown, UserError

Floats = NDArray[np.float64]
Summary = Literal["mean", "median", "min", "max"]


def cumulative(
    travel: pd.DataFrame, supply: pd.Series, origins: pd.Index, cutoff: float, cost: str = "minutes"
) -> pd.Series:
    """Add up the opportunities within a cutoff of each origin.

    ::

        A_i = sum over j of S_j where c_ij <= cutoff

    Parameters
    ----------
    travel
        The travel table (:mod:`cfc_gis.access.travel`).
    supply
        Opportunities by facility id: seats, beds, or 1 each to count facilities. NaN is unknown.
    origins
        Ids of all origins, such as the index of the demand.
    cutoff
        Largest cost that counts, inclusive, in the unit of the cost.
    cost
        Column of the cost.

    Returns
    -------
    Series
        Opportunities, in the unit of the supply, on ``origins``: 0 where nothing is within the cutoff, NaN where
        something of unknown size is.

    Raises
    ------
    TableFault, UserError
        As :func:`cfc_gis.access.travel.catchment`.

    References
    ----------
    Wachs, M., Kumagai, T. G. (1973). Physical accessibility as a social indicator. Socio-Economic Planning Sciences
    7(5), 437-456.

    Examples
    --------
    >>> travel = pd.DataFrame({"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5, 15, 20.0]})
    >>> cumulative(travel, pd.Series({"s": 30, "t": 12}), pd.Index(["a", "b"]), 15)
    a    42.0
    b     0.0
    Name: cumulative, dtype: float64
    """
    return gravity(travel, supply, origins, decays.binary(cutoff), cost).rename("cumulative")


def cumulative_interval(
    travel: pd.DataFrame,
    supply: pd.Series,
    origins: pd.Index,
    cutoffs: Sequence[float],
    summary: Summary = "mean",
    cost: str = "minutes",
) -> pd.Series:
    """Summarise the cumulative opportunities of each origin over several cutoffs.

    One cutoff is arbitrary: a school at 15.5 minutes counts for nothing at 15. An interval, such as every minute from
    10 to 20, takes that edge away.

    ::

        A_i = summary over T in cutoffs of (sum over j of S_j where c_ij <= T)

    Parameters
    ----------
    travel, supply, origins, cost
        As in :func:`cumulative`.
    cutoffs
        The cutoffs, in any order, each once; inclusive.
    summary
        ``mean``, ``median``, ``min`` or ``max`` over the cutoffs.

    Returns
    -------
    Series
        Opportunities, in the unit of the supply, on ``origins``: 0 where nothing is reached, NaN where something of
        unknown size bears on the summary.

    Raises
    ------
    ChoiceUnknown
        When there is no such summary.
    UserError
        When the cutoffs are none, repeated, negative or infinite.
    TableFault
        As :func:`cfc_gis.access.travel.catchment`.

    Notes
    -----
    Opportunities only grow with the cutoff. So each of these summaries is a stepped decay: a facility weighs, in the
    mean, the share of cutoffs that reach it.

    References
    ----------
    Tomasiello, D. B., Santos, D. H. M., Oliveira, J. L. A., Braga, C. K. V., Pereira, R. H. M. (2023). A time interval
    metric for cumulative opportunity accessibility. Applied Geography 157, 103007. doi:10.1016/j.apgeog.2023.103007

    Examples
    --------
    >>> travel = pd.DataFrame({"origin_id": ["a", "a"], "facility_id": ["s", "t"], "minutes": [5, 15.0]})
    >>> cumulative_interval(travel, pd.Series({"s": 30, "t": 12}), pd.Index(["a"]), [10, 15, 20])
    a    38.0
    Name: cumulative_interval, dtype: float64
    """
    steps = np.unique(np.asarray(cutoffs, dtype=np.float64))
    if not len(steps) or len(steps) != len(cutoffs):
        raise UserError("parameter_out_of_range", name="cutoffs", found=list(cutoffs), wanted="T1 != T2 != ..., n > 0")
    stepped = decays.stepped(steps.tolist(), _shares(len(steps), summary).tolist())
    return gravity(travel, supply, origins, stepped, cost).rename("cumulative_interval")


def gravity(
    travel: pd.DataFrame, supply: pd.Series, origins: pd.Index, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Add up the opportunities around each origin, each weighed by its cost.

    ::

        A_i = sum over j of S_j f(c_ij)

    Parameters
    ----------
    travel, supply, origins, cost
        As in :func:`cumulative`.
    decay
        From an array of costs to an array of weights (:mod:`cfc_gis.access.decay`).

    Returns
    -------
    Series
        Weighed opportunities, in the unit of the supply, on ``origins``: 0 where nothing is reached, NaN where
        something of unknown size is.

    Raises
    ------
    TableFault, UserError
        As :func:`cfc_gis.access.travel.catchment`.

    References
    ----------
    Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American Institute of Planners 25(2),
    73-76. doi:10.1080/01944365908978307

    Examples
    --------
    >>> travel = pd.DataFrame({"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5, 15, 20.0]})
    >>> gravity(travel, pd.Series({"s": 30, "t": 12}), pd.Index(["a", "b"]), decays.linear(20))
    a    25.5
    b     0.0
    Name: gravity, dtype: float64
    """
    capacity = amounts(supply, "supply")
    found = catchment(travel, origins, supply.index, decay, cost)
    reached = found.by_origin(found.weight * capacity[found.facility])
    return pd.Series(reached, index=origins, name="gravity")


def catchment_demand(
    travel: pd.DataFrame, demand: pd.Series, facilities: pd.Index, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Add up the children around each facility, each weighed by the cost of coming: passive accessibility.

    ::

        D_j = sum over i of P_i f(c_ij)

    Parameters
    ----------
    travel
        The travel table (:mod:`cfc_gis.access.travel`).
    demand
        Children by origin id. NaN is unknown.
    facilities
        Ids of all facilities, such as the index of the supply.
    decay
        From an array of costs to an array of weights; with ``binary(10)`` the children who can walk here in 10
        minutes.
    cost
        Column of the cost.

    Returns
    -------
    Series
        Weighed children on ``facilities``: 0 where nobody comes, NaN where an unknown number does. A child near two
        facilities counts at both.

    Raises
    ------
    TableFault, UserError
        As :func:`cfc_gis.access.travel.catchment`.

    Examples
    --------
    >>> travel = pd.DataFrame({"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5, 15, 20.0]})
    >>> catchment_demand(travel, pd.Series({"a": 40, "b": 7}), pd.Index(["s", "t", "u"]), decays.binary(20))
    s    40.0
    t    47.0
    u     0.0
    Name: catchment_demand, dtype: float64
    """
    children = amounts(demand, "demand")
    found = catchment(travel, demand.index, facilities, decay, cost)
    coming = found.by_facility(found.weight * children[found.origin])
    return pd.Series(coming, index=facilities, name="catchment_demand")


def _shares(count: int, summary: str) -> Floats:
    """Weight of a facility whose nearest cutoff is the first, the second ... of the rising cutoffs."""
    rank = np.arange(count, dtype=np.float64)
    shares: dict[str, Floats] = {
        "mean": 1.0 - rank / count,
        # The cutoff in the middle, or the mean of the two in the middle.
        "median": np.mean([rank <= (count - 1) // 2, rank <= count // 2], axis=0),
        "min": np.where(rank == 0, 1.0, 0.0),
        "max": np.ones(count),
    }
    if summary not in shares:
        known = ", ".join(shares)
        raise ChoiceUnknown("choice_unknown", what="summary", found=summary, suggestion="", known=known)
    return shares[summary]
