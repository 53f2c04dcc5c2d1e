"""Where to build: candidates, problems of siting, and how sure a choice is.

The problems (:func:`mclp`, :func:`lscp`, :func:`bclp`, :func:`lscp_backup`, :func:`most_seated`, :func:`p_median`,
:func:`p_center`) are pure functions on arrays and can be used alone. :func:`case` makes them from a run.

>>> import numpy as np
>>> from cfc_gis.access.seats import near_matrix
>>> near = near_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2))
>>> mclp(Coverage(np.array([3.0, 4.0]), near), Options(("a", "b"), sites=1)).sites
('a',)
"""

from cfc_gis.siting.answer import Answer, answer, refuse_suffix
from cfc_gis.siting.backup import bclp, lscp_backup
from cfc_gis.siting.candidates import Candidates, expansions, find, land_of, together
from cfc_gis.siting.cases import Case, case, recomputed
from cfc_gis.siting.costs import read as read_costs
from cfc_gis.siting.coverage import Coverage, best_share, lscp, mclp
from cfc_gis.siting.distance import Ways, p_center, p_median
from cfc_gis.siting.options import Options, too_near
from cfc_gis.siting.outcome import Effort, Siting
from cfc_gis.siting.priority import by_shortfall, worst_first
from cfc_gis.siting.question import SCHOOLS, Question
from cfc_gis.siting.seated import Seating, most_seated

__all__ = [
    "SCHOOLS",
    "Answer",
    "Candidates",
    "Case",
    "Coverage",
    "Effort",
    "Options",
    "Question",
    "Seating",
    "Siting",
    "Ways",
    "answer",
    "bclp",
    "best_share",
    "by_shortfall",
    "case",
    "expansions",
    "find",
    "land_of",
    "lscp",
    "lscp_backup",
    "mclp",
    "most_seated",
    "p_center",
    "p_median",
    "read_costs",
    "recomputed",
    "refuse_suffix",
    "together",
    "too_near",
    "worst_first",
]
