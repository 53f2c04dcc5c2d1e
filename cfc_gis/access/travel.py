"""The travel table: which origin reaches which facility, and at what cost.

One convention serves all measures: a DataFrame with a row per pair and the columns ``origin_id``, ``facility_id`` and
a cost, ``minutes`` unless another column is named (:data:`cfc_gis.schema.TRAVEL`). Pairs that are not listed are not
reachable. Ids are text or anything else that can be hashed; categorical columns are the fastest.

Demand and supply are Series: children by origin id, seats, beds or places by facility id. Their index says which
origins and facilities there are, so those that reach nothing stay in the result. Missing (NaN) is unknown, which is
not 0: see :mod:`cfc_gis.access.fca`.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import schema
from cfc_gis.access.decay import DecayFunction
from cfc_gis.access.faults import in_columns, in_ids, in_rows, refuse
from cfc_gis.errors import UserError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ORIGIN, FACILITY = schema.TRAVEL.key
UNREACHED = ("no_pair", "beyond", "no_supply", "no_demand")

# A weight this small counts as none: it changes no sum, and quotients of weights stay finite.
_NO_WEIGHT = 1e-200


@dataclass(frozen=True, eq=False)
class Catchment:
    """The pairs that count, with their weights, on positions instead of ids.

    Parameters
    ----------
    origin, facility
        Position of each pair's origin and facility in the ids it was made with. Pairs are sorted by both.
    weight
        Weight of each pair, positive; NaN where it is unknown.
    origins, facilities
        How many origins and facilities there are.
    """

    origin: Ints
    facility: Ints
    weight: Floats
    origins: int
    facilities: int

    def by_origin(self, values: Floats) -> Floats:
        """Return the sum of a value of pairs over the facilities of each origin; 0 where there is none."""
        return _sums(self.origin, values, self.origins)

    def by_facility(self, values: Floats) -> Floats:
        """Return the sum of a value of pairs over the origins of each facility; 0 where there is none."""
        return _sums(self.facility, values, self.facilities)

    def weighing(self, weight: Floats) -> Catchment:
        """Return the catchment with other weights; pairs that now weigh nothing are left out."""
        counts = ~(weight < _NO_WEIGHT)
        if counts.all():
            return Catchment(self.origin, self.facility, weight, self.origins, self.facilities)
        return Catchment(self.origin[counts], self.facility[counts], weight[counts], self.origins, self.facilities)


def catchment(
    travel: pd.DataFrame, origins: pd.Index, facilities: pd.Index, decay: DecayFunction, cost: str = "minutes"
) -> Catchment:
    """Check a travel table and weigh its pairs: the door of every measure.

    Parameters
    ----------
    travel
        The travel table. It is not changed, and the order of its rows changes no bit of any result.
    origins, facilities
        All origin ids and all facility ids, each once. A pair with any other id is refused: demand or supply that
        nobody gave is unknown, and leaving the pair out would take it for 0.
    decay
        From an array of costs to an array of weights.
    cost
        Column of the cost.

    Returns
    -------
    Catchment
        Of the pairs whose weight is above 0 (1e-200, to be exact).

    Raises
    ------
    TableFault
        With every fault found, and the rows they stand in: missing columns or ids, ids that are not among those
        given, costs that are missing, negative, infinite or no number, pairs that stand twice, ids given twice.
    UserError
        When the decay gives anything but one finite weight, not negative, for each cost.

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5, 20, 30.0]})
    >>> found = catchment(travel, pd.Index(["a", "b"]), pd.Index(["s", "t"]), decay.linear(25))
    >>> found.origin, found.facility, found.weight
    (array([0, 0]), array([0, 1]), array([0.8, 0.2]))
    """
    refuse("travel", [f"{name}: column missing" for name in (ORIGIN, FACILITY, cost) if name not in travel.columns])
    refuse("travel", [*in_ids("origins", origins), *in_ids("facilities", facilities)])
    origin, facility = _positions(travel[ORIGIN], origins), _positions(travel[FACILITY], facilities)
    costs = _numbers(travel[cost])
    if not ((origin >= 0).all() and (facility >= 0).all() and ((costs >= 0) & (costs < np.inf)).all()):
        refuse("travel", _pair_faults(travel, origins, facilities, cost))
    key = origin * len(facilities) + facility
    if not (key[1:] > key[:-1]).all():
        order = np.argsort(key, kind="stable")
        origin, facility, costs, key = origin[order], facility[order], costs[order], key[order]
        if (key[1:] == key[:-1]).any():
            refuse("travel", _pair_faults(travel, origins, facilities, cost))
    weight = _weights(decay, costs)
    return Catchment(origin, facility, weight, len(origins), len(facilities)).weighing(weight)


def amounts(values: pd.Series, name: str) -> Floats:
    """Check demand or supply and return its values.

    Parameters
    ----------
    values
        One amount for each id of its index; NaN where it is unknown.
    name
        What to call it in a message.

    Raises
    ------
    TableFault
        When a value is negative, infinite or no number.

    Examples
    --------
    >>> amounts(pd.Series([3, None], index=["a", "b"]), "demand")
    array([ 3., nan])
    """
    numbers = _numbers(values)
    bad = {
        "not a number": np.isnan(numbers) & values.notna().to_numpy(),
        "negative": numbers < 0,
        "infinite": np.isinf(numbers) & (numbers > 0),
    }
    refuse(name, [fault for what, rows in bad.items() for fault in in_rows(what, rows, values.index)])
    return numbers


def unreached(
    travel: pd.DataFrame, demand: pd.Series, supply: pd.Series, decay: DecayFunction, cost: str = "minutes"
) -> pd.DataFrame:
    """List the origins that no supply serves and the facilities that serve no demand, with the reason.

    Parameters
    ----------
    travel
        The travel table.
    demand
        Children by origin id.
    supply
        Capacity by facility id.
    decay
        From an array of costs to an array of weights.
    cost
        Column of the cost.

    Returns
    -------
    DataFrame
        ``side`` (origin or facility), ``id``, ``reason`` (key of the locale section ``unreached``) and ``amount``:
        the children who are not served, or the capacity that serves nobody; NaN where unknown. One row for each
        place, origins first, in the order given. The reason is the first of ``no_pair``, ``beyond``, ``no_supply``
        (origins) or ``no_demand`` (facilities) that holds.

    Raises
    ------
    TableFault, UserError
        As :func:`catchment` and :func:`amounts`.

    Examples
    --------
    >>> from cfc_gis.access import decay
    >>> travel = pd.DataFrame({"origin_id": ["a", "b"], "facility_id": ["s", "t"], "minutes": [5, 20.0]})
    >>> children, seats = pd.Series({"a": 40, "b": 7, "c": 2}), pd.Series({"s": 30, "t": 9})
    >>> unreached(travel, children, seats, decay.binary(10))
           side id   reason  amount
    0    origin  b   beyond     7.0
    1    origin  c  no_pair     2.0
    2  facility  t   beyond     9.0
    """
    children, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    found = catchment(travel, demand.index, supply.index, decay, cost)
    offered = found.by_origin((capacity[found.facility] != 0).astype(np.float64)) > 0
    asked = found.by_facility((children[found.origin] != 0).astype(np.float64)) > 0
    origin, facility = _positions(travel[ORIGIN], demand.index), _positions(travel[FACILITY], supply.index)
    why_not_served = _reasons(origin, found.origin, len(demand), "no_supply")
    why_no_service = _reasons(facility, found.facility, len(supply), "no_demand")
    sides = [
        pd.DataFrame({"side": "origin", "id": demand.index, "reason": why_not_served, "amount": children})[~offered],
        pd.DataFrame({"side": "facility", "id": supply.index, "reason": why_no_service, "amount": capacity})[~asked],
    ]
    return pd.concat(sides, ignore_index=True)


def _reasons(listed: Ints, weighed: Ints, count: int, otherwise: str) -> NDArray[np.str_]:
    """Why each place is not reached, from the places of all pairs and of those that weigh anything."""
    none_listed, none_weighed = (np.bincount(at, minlength=count) == 0 for at in (listed, weighed))
    return np.select([none_listed, none_weighed], ["no_pair", "beyond"], otherwise)


def _sums(position: Ints, values: Floats, count: int) -> Floats:
    # Of no pairs at all bincount makes whole numbers.
    return np.bincount(position, weights=values, minlength=count).astype(np.float64, copy=False)


def _positions(ids: pd.Series, among: pd.Index) -> Ints:
    """Position of each id in an index; -1 where it is missing or not in it."""
    if isinstance(ids.dtype, pd.CategoricalDtype):
        codes, distinct = ids.cat.codes.to_numpy(), ids.cat.categories
    else:
        codes, distinct = pd.factorize(ids)
    # A missing id has the code -1, which picks the last.
    return np.append(among.get_indexer(pd.Index(distinct)), -1)[codes]


def _numbers(values: pd.Series) -> Floats:
    """Values as floats; NaN where a value is missing or no number. Text is no number, whatever it says."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([float(value) if isinstance(value, Real) else np.nan for value in values], dtype=np.float64)


def _weights(decay: DecayFunction, costs: Floats) -> Floats:
    weight = np.asarray(decay(costs), dtype=np.float64)
    if weight.shape != costs.shape:
        raise UserError("decay_faulty", decay=repr(decay), count=len(costs), found=weight.shape, cost=costs.shape)
    good = (weight >= 0) & (weight < np.inf)
    if not good.all():
        first = int(np.argmin(good))
        bad = {"found": f"{weight[first]:g}", "cost": f"{costs[first]:g}"}
        raise UserError("decay_faulty", decay=repr(decay), count=int((~good).sum()), **bad)
    return weight


def _pair_faults(travel: pd.DataFrame, origins: pd.Index, facilities: pd.Index, cost: str) -> list[str]:
    faults = in_columns(travel, (ORIGIN, FACILITY))
    for name, among, given in ((ORIGIN, origins, "origins"), (FACILITY, facilities, "facilities")):
        strange = (_positions(travel[name], among) < 0) & travel[name].notna().to_numpy()
        if strange.any():
            example = f", such as {_sample(among)}," if len(among) else ""
            what = f"{name}: id {_sample(travel.loc[strange, name])} not among the {len(among)} {given} given{example}"
            faults += in_rows(what, strange, travel.index)
    again = travel.duplicated([ORIGIN, FACILITY], keep=False).to_numpy()
    if again.any():
        pair = " to ".join(str(one) for one in travel.loc[again, [ORIGIN, FACILITY]].iloc[0])
        faults += in_rows(f"{ORIGIN} + {FACILITY}: pair stands again, such as {pair},", again, travel.index)
    numbers = _numbers(travel[cost])
    bad = {
        "missing or not a number": np.isnan(numbers),
        "negative": numbers < 0,
        "infinite": np.isinf(numbers) & (numbers > 0),
    }
    return faults + [fault for what, rows in bad.items() for fault in in_rows(f"{cost}: {what}", rows, travel.index)]


def _sample(ids: Any) -> str:
    return repr(ids.tolist()[0])
