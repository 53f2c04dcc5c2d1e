"""From a survey to results: measure and judge, all of it or only what changed since an earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import findings, network, notes, schema, standards
from cfc_gis.access import catchments, measure
from cfc_gis.access.measure import Measured
from cfc_gis.edits.official import with_opened
from cfc_gis.prepared import Prepared
from cfc_gis.progress import Progress, silent
from cfc_gis.result import Result

if TYPE_CHECKING:
    from cfc_gis.edits.ground import Ground
    from cfc_gis.survey import Survey

Key = tuple[str, str]


def run(
    survey: Survey,
    ground: Ground,
    seasons: Sequence[str],
    progress: Progress = silent,
    *,
    before: Result | None = None,
) -> Result:
    """Measure how far children walk, and judge where that falls short.

    Parameters
    ----------
    survey
        What was found of the place.
    ground
        Its ground, as it was found or edited.
    seasons
        ``summer``, ``winter`` or both; winter is a scenario.
    progress
        Called with the key of each step.
    before
        An earlier run of the same survey and seasons: only what its ground does not share is measured and judged anew.
        The results are the same to the last bit, with or without it.

    Returns
    -------
    Result
        All tables, checked against their contracts, with the counts of everything repaired, set aside or assumed.

    Raises
    ------
    ChoiceUnknown
        When a street is to be cleared that the data do not have.
    """
    made = Prepared(survey, ground, None if before is None else before.prepared)
    progress("access")
    changed = _changed(made, seasons)
    measured = _measured(made, seasons, changed, before)
    units, places = made.units, made.places
    _check(units, made.neighbourhoods, places.origins, ground.facilities, measured.access, measured.circles)

    progress("gaps")
    assigned, zones = catchments.farther(made.walk, places, made.neighbourhoods, survey.inputs.catchments)
    evidence = findings.Evidence(
        units,
        made.neighbourhoods,
        places.origins,
        made.inside,
        made.walk,
        places,
        measured,
        _counted(made),
        survey.completeness,
        survey.all_standards,
        survey.census,
        survey.region,
        assigned,
        survey.targets,
    )
    alone = before is not None and made.same("network", "homes", "neighbourhoods")
    earlier = findings.Findings.of(before) if alone else None
    found = findings.find(evidence, earlier, {category for category, _ in changed})
    counts = {**survey.told, **({"catchments": zones} if zones else {}), **made.counts}
    return Result(
        place=survey.place,
        synthetic=survey.synthetic,
        seasons=tuple(seasons),
        units=units,
        neighbourhoods=made.neighbourhoods,
        origins=places.origins,
        facilities=ground.facilities,
        merge=survey.merge,
        official_counts=survey.counts,
        access=measured.access,
        circles=measured.circles,
        **vars(found),
        walk=made.walk,
        places=places,
        basemap=survey.basemap,
        standards=standards.load(survey.all_standards),
        all_standards=survey.all_standards,
        targets=survey.targets,
        inputs=survey.inputs.provenance,
        checked=survey.inputs.report(),
        measured=measured,
        prepared=made,
        counts=counts,
        set_aside=survey.set_aside,
        notes=(
            *notes.of_inputs(survey.inputs.report()),
            *notes.of(counts, units, made.neighbourhoods, max_snap_m=network.MAX_SNAP_M),
            *notes.of_choices(ground.choices.frozen_paths, bool(made.walk.links.frozen.any())),
        ),
    )


def _changed(made: Prepared, seasons: Sequence[str]) -> set[Key]:
    """Return the categories and seasons whose ways may have changed since the earlier run."""
    kinds = standards.categories()
    every = {(name, season) for name in kinds for season in seasons}
    if made.before is None or not made.same("network", "homes", "neighbourhoods"):
        return every
    # What the planner decides about streets speaks of winter alone.
    changed = set() if made.same("choices") else {key for key in every if key[1] == "winter"}
    if not made.same("facilities"):
        touched = _touched(made.before.ground.facilities, made.ground.facilities)
        changed |= {(name, season) for name, season in every if touched & set(kinds[name].served_by)}
    return changed


def _touched(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> set[str]:
    """Return the categories of the facilities that differ, old and new."""
    differs = differing(before, after)
    return {*after["category"][differs], *before["category"][differs[: len(before)]]}


def differing(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which facilities are new or have any other value than before.

    Parameters
    ----------
    before, after
        :data:`cfc_gis.schema.FACILITIES`; ``after`` has the rows of ``before`` in their places, and new ones below.

    Returns
    -------
    array
        A flag for each row of ``after``.
    """
    kept = after.iloc[: len(before)]
    differs = ~shapely.equals_identical(before.geometry.to_numpy(), kept.geometry.to_numpy())
    for name in before.columns.drop("geometry"):
        old, new = before[name], kept[name]
        differs = differs | ~((old == new) | (old.isna() & new.isna())).to_numpy(dtype=bool, na_value=False)
    flags: NDArray[np.bool_] = np.r_[differs, np.ones(len(after) - len(before), dtype=bool)]
    return flags


def _measured(made: Prepared, seasons: Sequence[str], changed: set[Key], before: Result | None) -> Measured:
    if before is not None and not changed:
        return before.measured
    kinds, every = standards.categories(), standards.by_category(made.survey.all_standards)
    fresh = measure.measure(made.walk, made.places, kinds, every, seasons, only=changed)
    return fresh if before is None else fresh.beside(before.measured)


def _counted(made: Prepared) -> pd.DataFrame:
    """Return the official counts, in which what edits opened or closed is counted too."""
    survey = made.survey
    if made.ground.facilities is survey.ground.facilities:
        return survey.counts
    found, now = Prepared(survey, survey.ground, made).inside, made.inside
    old, new = (table[table["evidence"].isin(schema.PROVEN)] for table in (found, now))
    return with_opened(survey.counts, old, new, made.units)


def _check(*tables: pd.DataFrame) -> None:
    contracts = (
        schema.UNITS, schema.NEIGHBOURHOODS, schema.ORIGINS, schema.FACILITIES, schema.ACCESS, schema.CIRCLES,
    )  # fmt: skip
    for table, contract in zip(tables, contracts, strict=True):
        schema.check(table, contract)
