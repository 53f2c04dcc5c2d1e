"""Floating catchment areas: supply for each child, with children competing for it.

Every measure here weighs each pair of an origin i (children P_i) and a facility j (supply S_j) by w_ij = f(c_ij) and
shares the supply out among the children who reach it. They differ in how:

=========================  ===========================================================  =========================
measure                    A_i                                                          what it keeps
=========================  ===========================================================  =========================
:func:`two_step`           sum_j w_ij S_j / sum_k P_k w_kj, w binary                    sum_i P_i A_i = reached S
:func:`enhanced_two_step`  the same, any w                                              sum_i P_i A_i = reached S
:func:`three_step`         the same with g_ij w_ij for w_ij, g_ij = w_ij / sum_j w_ij   sum_i P_i A_i = reached S
:func:`balanced`           sum_j b_ij S_j / sum_k P_k g_kj, b_ij = w_ij / sum_i w_ij    sum_i A_i = sum_j S_j / D_j
spatial availability       V_i = sum_j S_j P_i^a w_ij / sum_k P_k^a w_kj                sum_i V_i = reached S
=========================  ===========================================================  =========================

The reached supply is that of the facilities with any weighed demand; :func:`cfc_gis.access.travel.unreached` lists the
rest. The travel table is described in :mod:`cfc_gis.access.travel`.

What is missing, in all of them:

- An origin that reaches nothing has 0: its children get no seat.
- Supply 0 is 0, whatever the demand.
- Unknown supply (NaN) is not 0: every origin that reaches it has NaN. So has every origin that shares a facility with
  an origin of unknown demand. Give both bounds by filling in the least and the most the unknown can be, for example
  ``supply.fillna(0)`` for the lower bound.
- Supply that only origins without children reach has no ratio: those origins have NaN (but 0 seats in
  :func:`spatial_availability`). They weigh nothing in any mean over children.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.access.decay import DecayFunction, binary
from cfc_gis.access.travel import Catchment, amounts, catchment
from cfc_gis.errors import UserError

Floats = NDArray[np.float64]


def two_step(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, cutoff: float, cost: str = "minutes"
) -> pd.Series:
    """Two-step floating catchment area (2SFCA, 两步移动搜索法): supply for each child within a cutoff.

    ::

        R_j = S_j / sum over i of P_i where c_ij <= cutoff
        A_i = sum over j of R_j where c_ij <= cutoff

    Parameters
    ----------
    travel
        The travel table.
    demand
        Children of the right ages by origin id.
    supply
        Capacity by facility id: seats, beds, 托位.
    cutoff
        Largest cost that counts, inclusive, in the unit of the cost.
    cost
        Column of the cost.

    Returns
    -------
    Series
        Supply for each child, on the index of ``demand``; 0 and NaN as the module says.

    Raises
    ------
    TableFault, UserError
        As :func:`cfc_gis.access.travel.catchment` and :func:`cfc_gis.access.travel.amounts`.

    References
    ----------
    Luo, W., Wang, F. (2003). Measures of spatial accessibility to health care in a GIS environment: synthesis and a
    case study in the Chicago region. Environment and Planning B 30(6), 865-884. doi:10.1068/b29120

    Examples
    --------
    Two compounds share a kindergarten of 30 seats; one of them also has 20 of its own.

    >>> travel = pd.DataFrame({"origin_id": ["a", "b", "b"], "facility_id": ["s", "s", "t"], "minutes": [8, 10, 4.0]})
    >>> two_step(travel, pd.Series({"a": 20, "b": 40, "c": 5}), pd.Series({"s": 30, "t": 20}), cutoff=10)
    a    0.5
    b    1.0
    c    0.0
    Name: two_step, dtype: float64
    """
    return enhanced_two_step(travel, demand, supply, binary(cutoff), cost).rename("two_step")


def enhanced_two_step(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Enhanced two-step floating catchment area (E2SFCA): the same with weights that fall with the cost.

    ::

        R_j = S_j / sum over i of P_i w_ij        w_ij = f(c_ij)
        A_i = sum over j of R_j w_ij

    Parameters
    ----------
    travel, demand, supply, cost
        As in :func:`two_step`.
    decay
        From an array of costs to an array of weights (:mod:`cfc_gis.access.decay`): ``stepped`` as first published,
        ``gaussian_catchment`` for the Gaussian 2SFCA, or any other.

    Returns
    -------
    Series
        Supply for each child, on the index of ``demand``; 0 and NaN as the module says.

    Raises
    ------
    TableFault, UserError
        As :func:`two_step`.

    References
    ----------
    Luo, W., Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
    accessibility to primary care physicians. Health & Place 15(4), 1100-1107. doi:10.1016/j.healthplace.2009.06.002

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b"], "facility_id": ["s", "s"], "minutes": [5, 15.0]})
    >>> near = decay.stepped([10, 20], [1, 0.5])
    >>> enhanced_two_step(travel, pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30}), near)
    a    0.750
    b    0.375
    Name: enhanced_two_step, dtype: float64
    """
    found, children, capacity = _door(travel, demand, supply, decay, cost)
    return pd.Series(_shared(found, children, capacity), index=demand.index, name="enhanced_two_step")


def three_step(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Three-step floating catchment area (3SFCA): children choose among the facilities they reach.

    A child near three schools needs one seat. The 2SFCA counts that child in full at each of them; here it goes to
    each with a selection weight, and the weights of an origin sum to 1.

    ::

        g_ij = w_ij / sum over k of w_ik
        R_j  = S_j / sum over i of P_i g_ij w_ij
        A_i  = sum over j of R_j g_ij w_ij

    Parameters
    ----------
    travel, demand, supply, decay, cost
        As in :func:`enhanced_two_step`.

    Returns
    -------
    Series
        Supply for each child, on the index of ``demand``; 0 and NaN as the module says.

    Raises
    ------
    TableFault, UserError
        As :func:`two_step`.

    Notes
    -----
    The selection weights know nothing of capacity: a closed facility listed with supply 0 still draws children away
    from others, and can lower access. Leave closed facilities out of the supply and of the travel table.

    References
    ----------
    Wan, N., Zou, B., Sternberg, T. (2012). A three-step floating catchment area method for analyzing spatial access to
    health services. International Journal of Geographical Information Science 26(6), 1073-1089.
    doi:10.1080/13658816.2011.624987

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b", "b"], "facility_id": ["s", "s", "t"], "minutes": [8, 10, 4.0]})
    >>> children, seats = pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30, "t": 20})
    >>> three_step(travel, children, seats, decay.binary(10))
    a    0.750
    b    0.875
    Name: three_step, dtype: float64
    """
    found, children, capacity = _door(travel, demand, supply, decay, cost)
    chosen = found.weighing(_selection(found) * found.weight)
    return pd.Series(_shared(chosen, children, capacity), index=demand.index, name="three_step")


def balanced(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Balanced floating catchment area (BFCA): neither children nor level of service are counted twice.

    ::

        g_ij = w_ij / sum over k of w_ik          D_j = sum over i of P_i g_ij
        b_ij = w_ij / sum over k of w_kj          A_i = sum over j of b_ij S_j / D_j

    Parameters
    ----------
    travel, demand, supply, decay, cost
        As in :func:`enhanced_two_step`.

    Returns
    -------
    Series
        Level of service of each origin, on the index of ``demand``; 0 and NaN as the module says.

    Raises
    ------
    TableFault, UserError
        As :func:`two_step`.

    Notes
    -----
    It keeps the children (sum of D_j = children who reach anything) and the level of service (sum of A_i = sum of
    S_j / D_j), **not** the supply: the sum of P_i A_i is not the supply. So A_i is a share of a level of service, not
    seats for each child, and it depends on the zoning: an origin cut into two equal halves gives each half as much.
    Use it between zones, such as neighbourhoods, and compare only results of the same zones. As in
    :func:`three_step`, a facility with supply 0 draws children; leave closed facilities out.

    References
    ----------
    Paez, A., Higgins, C. D., Vivona, S. F. (2019). Demand and level of service inflation in Floating Catchment Area
    (FCA) methods. PLOS ONE 14(6), e0218773. doi:10.1371/journal.pone.0218773

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b", "b"], "facility_id": ["s", "s", "t"], "minutes": [8, 10, 4.0]})
    >>> balanced(travel, pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30, "t": 20}), decay.binary(10))
    a    0.375
    b    1.375
    Name: balanced, dtype: float64
    """
    found, children, capacity = _door(travel, demand, supply, decay, cost)
    load = found.by_facility(_selection(found) * children[found.origin])
    share = found.weight / found.by_facility(found.weight)[found.facility]
    return pd.Series(found.by_origin(share * _ratio(capacity, load)[found.facility]), demand.index, name="balanced")


def spatial_availability(
    travel: pd.DataFrame,
    demand: pd.Series,
    supply: pd.Series,
    decay: DecayFunction,
    alpha: float = 1.0,
    cost: str = "minutes",
) -> pd.Series:
    """Spatial availability: the supply of each facility divided among the origins that reach it.

    ::

        V_i = sum over j of S_j P_i^alpha w_ij / (sum over k of P_k^alpha w_kj)

    Parameters
    ----------
    travel, demand, supply, decay, cost
        As in :func:`enhanced_two_step`.
    alpha
        Weight of numbers: below 1 favours small origins, above 1 large ones; positive.

    Returns
    -------
    Series
        Supply available at each origin (seats, **not** seats for each child), on the index of ``demand``. 0 where
        nothing is reached or no child lives; NaN as the module says.

    Raises
    ------
    TableFault, UserError
        As :func:`two_step`, and when ``alpha`` is out of range.

    Notes
    -----
    With alpha = 1, V_i / P_i is :func:`enhanced_two_step`.

    References
    ----------
    Soukhov, A., Paez, A., Higgins, C. D., Mohamed, M. (2023). Introducing spatial availability, a singly-constrained
    measure of competitive accessibility. PLOS ONE 18(1), e0278468. doi:10.1371/journal.pone.0278468

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b", "b"], "facility_id": ["s", "s", "t"], "minutes": [8, 10, 4.0]})
    >>> children, seats = pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30, "t": 20})
    >>> spatial_availability(travel, children, seats, decay.binary(10))
    a    10.0
    b    40.0
    Name: spatial_availability, dtype: float64
    """
    if not (np.isfinite(alpha) and alpha > 0):
        raise UserError("parameter_out_of_range", name="alpha", found=alpha, wanted="alpha > 0")
    found, children, capacity = _door(travel, demand, supply, decay, cost)
    asking = found.weighing(children[found.origin] ** alpha * found.weight)
    each = _ratio(capacity, asking.by_facility(asking.weight))[asking.facility]
    # Nothing, shared out among however many, is nothing.
    given = np.where(each == 0, 0.0, asking.weight * each)
    return pd.Series(asking.by_origin(given), demand.index, name="spatial_availability")


def service_ratio(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str = "minutes"
) -> pd.Series:
    """Supply for each child in the catchment of each facility: the first step of the 2SFCA.

    ::

        R_j = S_j / sum over i of P_i w_ij

    Parameters
    ----------
    travel, demand, supply, decay, cost
        As in :func:`enhanced_two_step`.

    Returns
    -------
    Series
        Supply for each weighed child, on the index of ``supply``: 0 where the supply is 0; NaN where supply or demand
        is unknown, or where no child is in the catchment.

    Raises
    ------
    TableFault, UserError
        As :func:`two_step`.

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b", "b"], "facility_id": ["s", "s", "t"], "minutes": [8, 10, 4.0]})
    >>> seats = pd.Series({"s": 30, "t": 20, "u": 9})
    >>> service_ratio(travel, pd.Series({"a": 20, "b": 40}), seats, decay.binary(10))
    s    0.5
    t    0.5
    u    NaN
    Name: service_ratio, dtype: float64
    """
    found, children, capacity = _door(travel, demand, supply, decay, cost)
    load = found.by_facility(found.weight * children[found.origin])
    return pd.Series(_ratio(capacity, load), index=supply.index, name="service_ratio")


def _door(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str
) -> tuple[Catchment, Floats, Floats]:
    children, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    return catchment(travel, demand.index, supply.index, decay, cost), children, capacity


def _shared(found: Catchment, children: Floats, capacity: Floats) -> Floats:
    """Both steps of the 2SFCA, on whatever weights the pairs have."""
    load = found.by_facility(found.weight * children[found.origin])
    return found.by_origin(found.weight * _ratio(capacity, load)[found.facility])


def _selection(found: Catchment) -> Floats:
    """How likely an origin's children are to choose each facility they reach."""
    return found.weight / found.by_origin(found.weight)[found.origin]


def _ratio(capacity: Floats, load: Floats) -> Floats:
    """Capacity over load: NaN where there is no load, 0 where there is no capacity."""
    ratio = np.full(len(load), np.nan)
    np.divide(capacity, load, out=ratio, where=load > 0)
    return np.where(capacity == 0, 0.0, ratio)
