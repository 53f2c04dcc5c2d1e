"""Before and after: named lists of edits, what they change, and which of them does most for its cost.

>>> import cfc_gis as cfc
>>> from cfc_gis.edits import AddFacility
>>> result = cfc.Study.sample().run("summer")
>>> school = AddFacility(id="school-1", category="primary_school", point=(150.112, 30.009), seats=400)
>>> outcome = run(result, Scenario(name="一所新小学", edits=[school]))
>>> outcome.after.facilities["facility_id"].iloc[-1]
'school-1'
"""

from cfc_gis.scenario.files import read, write
from cfc_gis.scenario.outcome import Outcome, compare, run
from cfc_gis.scenario.proposals import propose
from cfc_gis.scenario.ranking import rank
from cfc_gis.scenario.scenario import Scenario, comparable, one_year
from cfc_gis.scenario.tables import NEWCOMERS, compared, ranked

__all__ = [
    "NEWCOMERS",
    "Outcome",
    "Scenario",
    "comparable",
    "compare",
    "compared",
    "one_year",
    "propose",
    "rank",
    "ranked",
    "read",
    "run",
    "write",
]
