"""Children by neighbourhood: by floor area (the default), by a raster of people, or from a table of the planner.

Each way gives an :class:`Estimate` of the same form. A raster only says how people spread; how many they are is said
by the census. Where two ways are at hand, :func:`compare` shows how far they part.
"""

from cfc_gis.population.comparison import Comparison, compare
from cfc_gis.population.floor_area import FULLY_COVERED, Estimate, estimate, fill_floor_area
from cfc_gis.population.matching import Matches, match_table, set_aside, unknown_names
from cfc_gis.population.rasters import by_raster, raster_inside, raster_weights
from cfc_gis.population.tables import by_table, checked_table, understood

__all__ = [
    "FULLY_COVERED",
    "Comparison",
    "Estimate",
    "Matches",
    "by_raster",
    "by_table",
    "checked_table",
    "compare",
    "estimate",
    "fill_floor_area",
    "match_table",
    "raster_inside",
    "raster_weights",
    "set_aside",
    "understood",
    "unknown_names",
]
