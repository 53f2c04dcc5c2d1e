"""What a planner must look at in a scenario: places that nobody reaches, and new things where such a thing stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfc_gis import locale, text
from cfc_gis.access import choose
from cfc_gis.edits import AddFacility, AddHousing, MoveFacility, places
from cfc_gis.edits.sites import placed

if TYPE_CHECKING:
    import pandas as pd

    from cfc_gis.result import Result
    from cfc_gis.scenario.scenario import Scenario


class Caution(NamedTuple):
    """One thing to look at.

    Parameters
    ----------
    key
        Key of the locale section ``scenario_warning``.
    edit
        Id of the edit.
    other
        What else it concerns: name and id; empty for nothing.
    """

    key: str
    edit: str
    other: str = ""

    def text(self, lang: str) -> str:
        """Return it in words."""
        facts = {"id": text.display(self.edit), "other": text.display(self.other)}
        return locale.say(f"scenario_warning.{self.key}", lang, **facts)


def found(scenario: Scenario, before: Result, after: Result) -> tuple[Caution, ...]:
    """Return what a planner must look at, in the order of the edits.

    Parameters
    ----------
    scenario
        What is changed.
    before, after
        Results without its edits and with them.
    """
    entrances, ids = after.places.entrances, after.facilities["facility_id"].to_numpy()
    on_network = set(ids[np.unique(entrances.facility[entrances.at.found])])
    cautions = []
    for edit in scenario.applied:
        if isinstance(edit, AddFacility) and edit.id not in on_network:
            cautions.append(Caution("off_network", edit.id))
        if isinstance(edit, AddFacility | MoveFacility):
            cautions += [Caution("facility_stands", edit.id, other) for other in _facilities(edit, after)]
        if isinstance(edit, AddHousing):
            cautions.append(Caution("housing", edit.id))
            cautions += [Caution("homes_stand", edit.id, other) for other in _homes(edit, before)]
    return tuple(cautions)


def _facilities(edit: AddFacility | MoveFacility, after: Result) -> list[str]:
    """Return the facilities that stand where another one of their category is put; closed ones do not."""
    table = after.facilities
    row = choose.row(table, "facility", edit.id if isinstance(edit, AddFacility) else edit.facility)
    own = table.iloc[row]
    open_ = (table["category"] == own["category"]) & (table["evidence"] != "no")
    others = table[open_ & (table["facility_id"] != own["facility_id"])]
    return _called(others.iloc[places.standing(others, own.geometry)], "facility_id")


def _homes(edit: AddHousing, before: Result) -> list[str]:
    """Return the neighbourhoods on whose land new housing is put."""
    table = before.neighbourhoods
    return _called(table.iloc[places.standing(table, placed(edit, table.crs), 0.0)], "neighbourhood_id")


def _called(table: pd.DataFrame, key: str) -> list[str]:
    """Return names and ids; of what has no name the id."""
    named = zip(table["name"], table[key].astype(str), strict=True)
    return [f"{name!s} ({own})" if isinstance(name, str) and name else own for name, own in named]
