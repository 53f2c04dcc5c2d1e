"""Edits beside each other: the children whom each gains, for its cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cfc_gis import capacities, schema
from cfc_gis.access import choose, measure
from cfc_gis.edits import AddHousing, Edit, Later
from cfc_gis.edits import apply as applying
from cfc_gis.prepared import Prepared
from cfc_gis.scenario.scenario import described
from cfc_gis.standards import by_category

if TYPE_CHECKING:
    from cfc_gis.result import Result

By = Literal["within", "seated"]

COLUMNS = (
    "rank", "id", "kind", "what", "cost", "gained", "gained_newcomers", "gained_per_cost", "added", "cost_so_far",
)  # fmt: skip


def rank(  # noqa: PLR0913 - one name for each thing that is asked
    result: Result,
    edits: Sequence[Edit],
    category: str,
    season: str | None = None,
    *,
    by: By = "within",
    later: Later | None = None,
    lang: str = "zh",
) -> pd.DataFrame:
    """Rank edits of all kinds by the children whom each gains for its cost.

    Parameters
    ----------
    result
        The results before them.
    edits
        Edits; each is tried alone, then each upon those that rank before it. Several of one place may stand beside each
        other, as alternatives.
    category
        Whose children count.
    season
        ``summer`` or ``winter``; the first of the run unless named.
    by
        ``within``: children who have the standard met; ``seated``: children with a seat within it, which alone tells
        what more seats do.
    later
        The year whose children count; None for those of the census.
    lang
        Language of ``what``.

    Returns
    -------
    DataFrame
        ``gained`` alone and ``added`` to those before it, both of homes that stand already, with ``gained_newcomers``
        of new housing beside them (by seats: of those that homes that stand leave them); ``gained_per_cost`` in
        children for 10,000 yuan, and ``cost_so_far``. Edits of known cost come first, by children for their cost; then
        those of unknown cost, by children; of equal ones the id decides. Two edits that help the same children both
        gain them alone: what a programme of several gains is the sum of ``added``, never of ``gained``.

    Raises
    ------
    ChoiceUnknown
        When there is no such category or season.
    UserError
        With every edit that cannot be applied, and why.

    Examples
    --------
    >>> import cfc_gis as cfc
    >>> from cfc_gis.edits import AddFacility, ClearIce
    >>> result = cfc.Study.sample().run("summer")
    >>> school = AddFacility(id="school", category="primary_school", point=(150.106, 30.016), cost=9000.0)
    >>> rank(result, [ClearIce(id="ice", streets=["样例一街"]), school], "primary_school")["id"].tolist()
    ['school', 'ice']
    """
    trial = _Trial(result, category, season, by, later)
    trial.edited(edits)  # so that all faults come at once
    rows = pd.DataFrame(
        {
            "id": [edit.id for edit in edits],
            "kind": [edit.kind for edit in edits],
            "what": [described(edit, lang) for edit in edits],
            "cost": pd.Series([edit.cost for edit in edits], dtype=float),
            "gained": [trial.gained([edit]) for edit in edits],
            "gained_newcomers": [trial.newcomers(edit) for edit in edits],
        }
    )
    for_nothing = np.where(rows["gained"] > 0, np.inf, 0.0)
    rows["gained_per_cost"] = (rows["gained"] / rows["cost"].where(rows["cost"] > 0)).where(
        rows["cost"] != 0, for_nothing
    )
    rows["_unknown"] = rows["cost"].isna()
    rows["_first"] = -rows["gained_per_cost"].where(~rows["_unknown"], rows["gained"]).fillna(0.0)
    rows = rows.sort_values(["_unknown", "_first", "id"], ignore_index=True)
    by_id = {edit.id: edit for edit in edits}
    totals = [0.0, *(trial.gained([by_id[name] for name in rows["id"][:n]]) for n in range(1, len(rows) + 1))]
    rows["added"] = np.diff(totals)
    rows["cost_so_far"] = rows["cost"].cumsum(skipna=False)
    rows["rank"] = np.arange(1, len(rows) + 1)
    return rows[[*COLUMNS]]


class _Trial:
    """One category and season: what edits gain, measured without judging anything."""

    def __init__(self, result: Result, category: str, season: str | None, by: By, later: Later | None) -> None:
        self._result, self._category, self._by, self._later = result, category, by, later
        self._kind = choose.category(category)
        self._who = choose.who(self._kind.age, season or result.seasons[0])
        self._before = self._value(self.edited(()))

    def gained(self, edits: Sequence[Edit]) -> float:
        """Return the children whom some edits gain together."""
        return self._value(self.edited(edits)) - self._before

    def newcomers(self, edit: Edit) -> float:
        """Return the children of new homes who have the standard met, or a seat that homes that stand leave them."""
        if not isinstance(edit, AddHousing):
            return 0.0
        made = self.edited([edit])
        if self._by == "seated":
            return self._seated(made) - self._seated(made, self._standing(made))
        return self._within(made, made.ground.neighbourhoods["neighbourhood_id"] == edit.id)

    def edited(self, edits: Sequence[Edit]) -> Prepared:
        """Return what is measured with some edits."""
        prepared = self._result.prepared
        survey = prepared.survey
        ground = applying(
            prepared.ground,
            edits,
            units=survey.units,
            census=survey.census.table,
            later=self._later,
            alternatives=True,
        )
        return Prepared(survey, ground, prepared)

    def _value(self, made: Prepared) -> float:
        there = self._standing(made)
        return self._seated(made, there) if self._by == "seated" else self._within(made, there)

    def _standing(self, made: Prepared) -> pd.Series:
        """Return which neighbourhoods are there before any edit."""
        before = self._result.neighbourhoods["neighbourhood_id"]
        there: pd.Series = made.ground.neighbourhoods["neighbourhood_id"].isin(before)
        return there

    def _seated(self, made: Prepared, homes: pd.Series | None = None) -> float:
        """Return the children with a seat where some homes alone ask for them; all unless given."""
        (near,) = self._measured(made).reached.values()
        users = made.places.users(self._kind.band)
        if homes is not None:
            users = np.where(homes.to_numpy()[made.places.groups.of], users, 0.0)
        proven = made.places.serving(self._kind, self._who.season).isin(schema.PROVEN).to_numpy()
        return capacities.seated(users, near, made.places.facilities, proven, self._category)

    def _within(self, made: Prepared, homes: pd.Series) -> float:
        kept = made.ground.neighbourhoods[homes.to_numpy()]
        access = self._measured(made).access
        return measure.within(access[access["neighbourhood_id"].isin(kept["neighbourhood_id"])], kept, self._kind)

    def _measured(self, made: Prepared) -> measure.Measured:
        kinds, rules = {self._category: self._kind}, by_category(made.survey.all_standards)
        return measure.measure(made.walk, made.places, kinds, rules, [self._who.season])
