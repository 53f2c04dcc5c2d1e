"""Apply edits to a ground: all of them, or none and every fault at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely

from cfc_gis import text
from cfc_gis.access import choose
from cfc_gis.edits import homes, places, sites, streets
from cfc_gis.edits.kinds import (
    AddFacility,
    AddHousing,
    ClearIce,
    CloseFacility,
    Edit,
    ExpandFacility,
    MoveFacility,
    Placed,
    RetrofitFacility,
)
from cfc_gis.errors import CfcError, UserError
from cfc_gis.network import MAX_SNAP_M

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from pyproj import CRS

    from cfc_gis.edits.ground import Ground


@dataclass(frozen=True, eq=False)
class Later:
    """The children of a later year.

    Parameters
    ----------
    year
        The year.
    births
        What is assumed of births after the census (:func:`cfc_gis.edits.homes.factors`).
    """

    year: int
    births: homes.Births = "middle"


def apply(
    ground: Ground,
    edits: Sequence[Edit],
    *,
    units: gpd.GeoDataFrame,
    census: pd.DataFrame,
    later: Later | None = None,
    alternatives: bool = False,
) -> Ground:
    """Return a ground with edits; what no edit concerns stays the very same object.

    Parameters
    ----------
    ground
        What was found; it is not changed.
    edits
        Frozen changes. They are applied by their rank, then in their order.
    units
        Administrative units, in which new housing lies.
    census
        :data:`cfc_gis.schema.CENSUS`, for the children of a later year.
    later
        That year; None for the children of the census. New housing has the children that it is said to have.
    alternatives
        Whether two edits of a kind on one place are taken, as those that are ranked beside each other; else they would
        count twice, and are refused.

    Raises
    ------
    UserError
        With every edit that cannot be applied, and why.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> from cfc_gis.edits.kinds import CloseFacility
    >>> found = Study.sample().survey()
    >>> gone = CloseFacility(id="1", facility="样例第三小学")
    >>> edited = apply(found.ground, [gone], units=found.units, census=found.census.table)
    >>> edited.network is found.ground.network, edited.facilities is found.ground.facilities
    (True, False)
    """
    ordered = sorted(edits, key=lambda edit: edit.rank)
    crs, faults, named = ground.homes.crs, _doubles(edits), list[tuple[_OfOne, int]]()
    facilities, joints = ground.facilities, streets.Joints(ground.network)
    for edit in ordered:
        try:
            _check_place(ground, edit)
            facilities = sites.apply(facilities, [edit], ground.network)
            if isinstance(edit, _OfOne):
                named.append((edit, choose.row(facilities, "facility", edit.facility)))
            streets.join(joints, edit, crs)
            if isinstance(edit, ClearIce):
                replace(ground.choices, cleared=frozenset(edit.streets)).check(ground.network.edge_name)
        except CfcError as error:
            faults.append((edit.id, error))
    faults += _conflicts(named)
    if not alternatives:
        faults += _of_one_place(ordered, {edit.id: facilities["category"].iloc[row] for edit, row in named}, crs)
    if faults:
        raise UserError("edits_refused", count=len(faults), report=_Faults(faults))
    people = ground.neighbourhoods
    if later is not None:
        people = homes.grown(people, homes.factors(census, later.year, later.births))
    people, starts = homes.built(people, ground.homes, ordered, units)
    cleared = {name for edit in ordered if isinstance(edit, ClearIce) for name in edit.streets}
    choices = ground.choices
    return replace(
        ground,
        network=joints.joined(),
        choices=replace(choices, also_cleared=choices.also_cleared | cleared) if cleared else choices,
        facilities=facilities,
        neighbourhoods=people,
        homes=starts,
    )


def _check_place(ground: Ground, edit: Edit) -> None:
    """Refuse what is added under an id of the data, or outside them."""
    if not isinstance(edit, Placed):
        return
    ids = {*ground.facilities["facility_id"], *ground.neighbourhoods["neighbourhood_id"]}
    if edit.id in ids and isinstance(edit, AddFacility | AddHousing):
        raise UserError("edit_id_taken", example=f"{edit.id}-1")
    crs, xy = ground.homes.crs, ground.network.node_xy
    low, high = xy.min(axis=0) - MAX_SNAP_M, xy.max(axis=0) + MAX_SNAP_M
    named = [*edit.entrances, *map(tuple, shapely.get_coordinates(edit.place))]
    for place, at in zip(named, sites.points_of(named, crs), strict=True):
        if not ((low <= at) & (at <= high)).all():
            (west, south), (east, north) = sites.degrees([tuple(low), tuple(high)], crs)
            wanted = f"{west:.4f}–{east:.4f}, {south:.4f}–{north:.4f}"
            raise UserError("edit_outside", found=f"{place[0]:.6g}, {place[1]:.6g}", wanted=wanted)


class _Faults:
    """What is wrong with edits, one line each."""

    def __init__(self, faults: Sequence[tuple[str, CfcError]]) -> None:
        self.faults = faults

    def text(self, lang: str) -> str:
        """Return the lines."""
        return "\n".join(f"- {text.display(name)}: {error.text(lang)}" for name, error in self.faults)


def _doubles(edits: Sequence[Edit]) -> list[tuple[str, CfcError]]:
    counts = Counter(edit.id for edit in edits)
    return [(name, UserError("edit_id_repeated")) for name, n in counts.items() if n > 1]


def _conflicts(named: Sequence[tuple[_OfOne, int]]) -> list[tuple[str, CfcError]]:
    """Return edits that say a thing of one facility twice, or something of one that is closed.

    Parameters
    ----------
    named
        Edits of one facility each, with its row: one may name it by its id, another by its name.
    """
    found: list[tuple[str, CfcError]] = []
    said: dict[tuple[str, int], str] = {}
    for edit, row in named:
        other = said.setdefault((edit.kind, row), edit.id)
        if other != edit.id:
            found.append((edit.id, UserError("edit_twice", other=text.display(other))))
    closed = {row: edit.id for edit, row in named if isinstance(edit, CloseFacility)}
    of_closed = [(edit.id, closed[row]) for edit, row in named if row in closed and not isinstance(edit, CloseFacility)]
    return found + [(name, UserError("edit_of_closed", other=text.display(other))) for name, other in of_closed]


def _of_one_place(edits: Sequence[Edit], categories: Mapping[str, str], crs: CRS) -> list[tuple[str, CfcError]]:
    found = places.twice(edits, categories, crs)
    return [(name, UserError("edit_place_twice", other=text.display(other))) for name, other in found]


_OfOne = CloseFacility | MoveFacility | ExpandFacility | RetrofitFacility
