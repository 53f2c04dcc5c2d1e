"""Access measures: how far, to which facility, for how many children.

The measures on travel tables are found here by name, and each can be used alone:

>>> import cfc_gis as cfc
>>> import pandas as pd
>>> travel = pd.DataFrame({"origin_id": ["a", "b"], "facility_id": ["s", "s"], "minutes": [8, 10.0]})
>>> cfc.access.two_step(travel, pd.Series({"a": 20, "b": 40}), pd.Series({"s": 30}), cutoff=10)
a    0.5
b    0.5
Name: two_step, dtype: float64
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfc_gis.access import decay as decay
    from cfc_gis.access.assigned import restrict as restrict
    from cfc_gis.access.fca import balanced as balanced
    from cfc_gis.access.fca import enhanced_two_step as enhanced_two_step
    from cfc_gis.access.fca import service_ratio as service_ratio
    from cfc_gis.access.fca import spatial_availability as spatial_availability
    from cfc_gis.access.fca import three_step as three_step
    from cfc_gis.access.fca import two_step as two_step
    from cfc_gis.access.groups import group_mean as group_mean
    from cfc_gis.access.opportunities import catchment_demand as catchment_demand
    from cfc_gis.access.opportunities import cumulative as cumulative
    from cfc_gis.access.opportunities import cumulative_interval as cumulative_interval
    from cfc_gis.access.opportunities import gravity as gravity
    from cfc_gis.access.score import overall_score as overall_score
    from cfc_gis.access.score import score_weights as score_weights
    from cfc_gis.access.score import soft_score as soft_score
    from cfc_gis.access.travel import unreached as unreached

_HOMES = {
    "balanced": "fca",
    "catchment_demand": "opportunities",
    "cumulative": "opportunities",
    "cumulative_interval": "opportunities",
    "enhanced_two_step": "fca",
    "gravity": "opportunities",
    "group_mean": "groups",
    "overall_score": "score",
    "restrict": "assigned",
    "score_weights": "score",
    "service_ratio": "fca",
    "soft_score": "score",
    "spatial_availability": "fca",
    "three_step": "fca",
    "two_step": "fca",
    "unreached": "travel",
}

__all__ = ["decay", *_HOMES]  # noqa: PLE0604 - names of the table above, so that there is one list


def __getattr__(name: str) -> Any:
    # The tables' checks need pandas and geopandas, which take half a second to import.
    if name == "decay":
        return importlib.import_module("cfc_gis.access.decay")
    if name in _HOMES:
        return getattr(importlib.import_module(f"cfc_gis.access.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cfc_gis.access' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
