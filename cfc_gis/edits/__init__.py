"""Frozen changes to the inputs of a study, and applying them: never in place.

>>> from cfc_gis.edits import CloseFacility
>>> CloseFacility(id="1", facility="样例第三小学").kind
'close_facility'
"""

from cfc_gis.edits.applying import Later, apply
from cfc_gis.edits.ground import Ground
from cfc_gis.edits.kinds import (
    KINDS,
    AddCrossing,
    AddFacility,
    AddHousing,
    AnyEdit,
    Children,
    ClearIce,
    CloseFacility,
    Edit,
    ExpandFacility,
    MoveFacility,
    OpenGate,
    RetrofitFacility,
)

__all__ = [
    "KINDS",
    "AddCrossing",
    "AddFacility",
    "AddHousing",
    "AnyEdit",
    "Children",
    "ClearIce",
    "CloseFacility",
    "Edit",
    "ExpandFacility",
    "Ground",
    "Later",
    "MoveFacility",
    "OpenGate",
    "RetrofitFacility",
    "apply",
]
