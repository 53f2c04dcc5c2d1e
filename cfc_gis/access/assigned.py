"""Assigned catchments, such as school districts (学区): who may use which facility."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import pandas as pd

from cfc_gis.access.faults import in_columns, in_ids, in_rows, refuse
from cfc_gis.access.travel import FACILITY, ORIGIN
from cfc_gis.errors import ChoiceUnknown, UserError

Unassigned = Literal["refuse", "keep", "drop"]

NEIGHBOURHOOD = "neighbourhood_id"


class Restricted(NamedTuple):
    """A travel table cut to assigned facilities, and the assignments it cannot serve."""

    travel: pd.DataFrame
    not_reached: pd.DataFrame


def restrict(
    travel: pd.DataFrame,
    assigned: pd.DataFrame,
    *,
    neighbourhoods: pd.Series | None = None,
    unassigned: Unassigned = "refuse",
) -> Restricted:
    """Cut a travel table to assigned catchments, such as school districts (学区).

    Parameters
    ----------
    travel
        The travel table.
    assigned
        One row for each facility that children of a place may use: ``facility_id`` and either ``origin_id`` or
        ``neighbourhood_id`` (``origin_id`` decides where both stand). A place may have several facilities.
    neighbourhoods
        Neighbourhood of each origin, with the origin ids as index; needed where ``assigned`` names neighbourhoods.
    unassigned
        What happens to origins of the travel table without any assigned facility: ``refuse`` raises, ``keep`` lets
        them use any facility, ``drop`` lets them use none.

    Returns
    -------
    Restricted
        ``travel``: the rows that remain, as they were. ``not_reached``: every assigned pair that the travel table does
        not hold, because it cannot be walked, lies beyond the search, or an id is mistyped: look at it. It has
        ``origin_id``, ``facility_id`` and, where neighbourhoods were assigned, ``neighbourhood_id``; ``origin_id`` is
        missing where a neighbourhood has no origin.

    Raises
    ------
    TableFault
        When a column, an id or the neighbourhood of an origin is missing.
    UserError
        When origins are unassigned and ``unassigned`` is ``refuse``; when ``neighbourhoods`` is needed and not given.
    ChoiceUnknown
        When there is no such choice for ``unassigned``.

    Examples
    --------
    >>> travel = pd.DataFrame({"origin_id": ["a", "a", "b"], "facility_id": ["s", "t", "t"], "minutes": [5, 9, 7.0]})
    >>> zones = pd.DataFrame({"neighbourhood_id": ["n1", "n2"], "facility_id": ["t", "s"]})
    >>> cut = restrict(travel, zones, neighbourhoods=pd.Series({"a": "n1", "b": "n2"}))
    >>> cut.travel
      origin_id facility_id  minutes
    1         a           t      9.0
    >>> cut.not_reached
      origin_id facility_id neighbourhood_id
    0         b           s               n2
    """
    if unassigned not in get_args(Unassigned):
        known = ", ".join(get_args(Unassigned))
        raise ChoiceUnknown("choice_unknown", what="unassigned", found=unassigned, suggestion="", known=known)
    refuse("travel", in_columns(travel, (ORIGIN, FACILITY)))
    allowed = _assigned_pairs(assigned, neighbourhoods)
    key = [ORIGIN, FACILITY]
    listed = travel[key].astype(object)
    of_assigned = listed[ORIGIN].isin(allowed[ORIGIN]).to_numpy(dtype=bool)
    if unassigned == "refuse" and not of_assigned.all():
        free = listed.loc[~of_assigned, ORIGIN].unique()
        raise UserError("origins_unassigned", count=len(free), first=", ".join(str(one) for one in free[:3]))
    keep = listed.merge(allowed, how="left", on=key, indicator="found")["found"].eq("both").to_numpy(dtype=bool)
    if unassigned == "keep":
        keep = keep | ~of_assigned
    pairs = allowed.merge(listed, how="left", on=key, indicator="found")
    not_reached = pairs[pairs["found"].eq("left_only")].drop(columns="found").reset_index(drop=True)
    return Restricted(travel.loc[keep], not_reached)


def _assigned_pairs(assigned: pd.DataFrame, neighbourhoods: pd.Series | None) -> pd.DataFrame:
    place = NEIGHBOURHOOD if ORIGIN not in assigned.columns else ORIGIN
    refuse("assigned", in_columns(assigned, (place, FACILITY)))
    pairs = assigned[[place, FACILITY]].astype(object).drop_duplicates(ignore_index=True)
    if place == ORIGIN:
        return pairs
    if neighbourhoods is None:
        raise UserError("neighbourhoods_needed")
    refuse(
        "neighbourhoods",
        [
            *in_ids(ORIGIN, neighbourhoods.index),
            *in_rows(f"{NEIGHBOURHOOD}: missing", neighbourhoods.isna().to_numpy(), neighbourhoods.index),
        ],
    )
    homes = pd.DataFrame({ORIGIN: neighbourhoods.index, place: neighbourhoods.to_numpy()}, dtype=object)
    return homes.merge(pairs, how="right", on=place)[[ORIGIN, FACILITY, place]]
