"""Land use from a survey, a plan or OpenStreetMap, in one set of classes (:data:`cfc_gis.schema.LAND_USES`).

Two codings of China's planners conflict: 0702 is rural homesteads in the third land survey (三调) and community service
in the classification of 2023 (用地用海). Which one a layer follows must be said; the codes may suggest it, they never
decide. Codes stand in ``resources/landuse``.
"""

from cfc_gis.landuse.codings import Coding, classify, codings, find_coding, suggest
from cfc_gis.landuse.found import LandUse
from cfc_gis.landuse.layer import GENERIC_COLUMNS, as_residential, read
from cfc_gis.landuse.tags import of_osm

__all__ = [
    "GENERIC_COLUMNS",
    "Coding",
    "LandUse",
    "as_residential",
    "classify",
    "codings",
    "find_coding",
    "of_osm",
    "read",
    "suggest",
]
