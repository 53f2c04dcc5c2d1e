"""Walking access for children, district gaps and map reports for child-friendly city planning.

>>> import cfc_gis as cfc
>>> study = cfc.Study.sample()
>>> result = study.run(season="summer")
>>> len(result.neighbourhoods) > 0
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfc_gis import access as access
    from cfc_gis import edits as edits
    from cfc_gis import scenario as scenario
    from cfc_gis import siting as siting
    from cfc_gis.columns import worded as worded
    from cfc_gis.errors import CfcError as CfcError
    from cfc_gis.library import ProjectLibrary as ProjectLibrary
    from cfc_gis.network import WalkNetwork as WalkNetwork
    from cfc_gis.notebook import Progress as Progress
    from cfc_gis.profiles import Profile as Profile
    from cfc_gis.result import Result as Result
    from cfc_gis.scenario import Scenario as Scenario
    from cfc_gis.standards import Standard as Standard
    from cfc_gis.study import Study as Study
    from cfc_gis.walking import Choices as Choices

__version__ = "0.1.0"

_HOMES = {
    "CfcError": "errors",
    "Choices": "walking",
    "Profile": "profiles",
    "Progress": "notebook",
    "ProjectLibrary": "library",
    "Result": "result",
    "Scenario": "scenario",
    "Standard": "standards",
    "Study": "study",
    "WalkNetwork": "network",
    "worded": "columns",
}

_MODULES = ("access", "edits", "scenario", "siting")

__all__ = [*_HOMES, "__version__", *_MODULES]  # noqa: PLE0604 - names of the table above, so that there is one list


def __getattr__(name: str) -> Any:
    # geopandas takes half a second to import, and `cfc --help` must answer at once.
    if name in _HOMES:
        return getattr(importlib.import_module(f"cfc_gis.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"cfc_gis.{name}")
    raise AttributeError(f"module 'cfc_gis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
