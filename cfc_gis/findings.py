"""From what was measured to what is found: judgements, what winter takes, equity, and what would close each gap."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import (
    equity,
    gaps,
    plan,
    possible,
    schema,
    schema_equity,
    stability,
    standards,
    upgrades,
    winter,
)
from cfc_gis.access import isolated, remedies

if TYPE_CHECKING:
    from cfc_gis.access.measure import Measured, Places
    from cfc_gis.access.walk import Walk
    from cfc_gis.sources.census import Census
    from cfc_gis.standards import Category, Standard
    from cfc_gis.targets import Target


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a study has measured, and what is known of how complete it is.

    Parameters
    ----------
    units, neighbourhoods, origins, facilities
        As in :mod:`cfc_gis.schema`, in one projected CRS; facilities also with the codes of their units.
    walk, places
        How the network is walked, and where ways begin and end.
    measured
        Access of every neighbourhood.
    counts
        :data:`cfc_gis.schema.COUNTS`.
    completeness
        :data:`cfc_gis.schema.COMPLETENESS`, of the facilities that were found.
    all_standards
        The standards of the study.
    census
        Residents and children of every district, also those outside the study area.
    area
        The study area.
    assigned
        How much farther than the nearest the assigned school is, by origin (:mod:`cfc_gis.access.catchments`), with
        ``district_code``.
    targets
        The targets of the plan, as the study has them.
    """

    units: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    origins: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    walk: Walk
    places: Places
    measured: Measured
    counts: pd.DataFrame
    completeness: pd.DataFrame
    all_standards: tuple[Standard, ...]
    census: Census
    area: shapely.Geometry
    assigned: pd.DataFrame
    targets: tuple[Target, ...]


@dataclass(frozen=True, eq=False)
class Findings:
    """What is found: tables as in :mod:`cfc_gis.schema` and :mod:`cfc_gis.schema_equity`.

    Parameters
    ----------
    completeness, gaps, intervals, remedies, upgrades, priorities, winter, isolated, equity, lorenz, spots, stability,
    indicators
        One table each.
    """

    completeness: pd.DataFrame
    gaps: pd.DataFrame
    intervals: pd.DataFrame
    remedies: pd.DataFrame
    upgrades: pd.DataFrame
    priorities: pd.DataFrame
    winter: pd.DataFrame
    isolated: gpd.GeoDataFrame
    equity: pd.DataFrame
    lorenz: pd.DataFrame
    spots: pd.DataFrame
    stability: pd.DataFrame
    indicators: pd.DataFrame

    @classmethod
    def of(cls, result: object) -> Findings:
        """Return the findings among the tables of a result."""
        return cls(**{each.name: getattr(result, each.name) for each in fields(cls)})


_CONTRACTS = {
    "completeness": schema.COMPLETENESS,
    "gaps": schema.GAPS,
    "intervals": schema.INTERVALS,
    "remedies": schema.REMEDIES,
    "upgrades": schema.UPGRADES,
    "priorities": schema.PRIORITIES,
    "winter": schema.WINTER,
    "isolated": schema.ISOLATED,
    "equity": schema_equity.EQUITY,
    "lorenz": schema_equity.LORENZ,
    "spots": schema_equity.SPOTS,
    "stability": schema_equity.STABILITY,
    "indicators": schema.INDICATORS,
}


def find(known: Evidence, before: Findings | None = None, changed: Collection[str] = ()) -> Findings:
    """Return all findings, checked against their contracts.

    Parameters
    ----------
    known
        What was measured.
    before
        Earlier findings about the same neighbourhoods and streets: those of categories that did not change are taken
        from there. None where all is found anew.
    changed
        Categories that were measured anew.

    Raises
    ------
    TableFault
        When a table breaks its contract: a fault of the program.

    Examples
    --------
    See :meth:`cfc_gis.study.Study.run`.
    """
    some = known if before is None else replace(known, measured=known.measured.of(changed))
    kinds = {name: kind for name, kind in standards.categories().items() if before is None or name in changed}
    found = _by_category(some, kinds) if kinds else {}
    if before is not None:
        found = {name: _renewed(getattr(before, name), found.get(name), name, changed) for name in _ORDER}
    found |= {
        "completeness": known.completeness,
        "priorities": upgrades.priorities(found["gaps"], found["upgrades"], known.units),
        "isolated": isolated.find(known.walk.links, known.places, known.measured.access, known.neighbourhoods),
        "indicators": plan.indicators(
            districts=known.census.table,
            city=known.census.city,
            facilities=known.facilities,
            units=known.units,
            counts=known.counts,
            assigned=known.assigned,
            area=known.area,
            targets=known.targets,
        ),
    }
    for name, contract in _CONTRACTS.items():
        schema.check(found[name], contract)
    return Findings(**found)


def _by_category(known: Evidence, kinds: Mapping[str, Category]) -> dict[str, pd.DataFrame]:
    """Return the findings that speak of each category for itself."""
    deciding = standards.load(known.all_standards)
    about = {"neighbourhoods": known.neighbourhoods, "units": known.units, "categories": kinds}
    reached = {"reached": known.measured.reached, "origins": known.origins}
    may_be = possible.shares(**about, **reached, completeness=known.completeness, standards=deciding)
    flags = gaps.flag(**about, access=known.measured.access, standards=deciding, possible=may_be)
    mends = remedies.find(known.walk, known.places, known.measured)
    mended = upgrades.find(**about, gaps=flags, remedies=mends, facilities=known.facilities, standards=deciding)
    by_id = {row.id: row for row in known.all_standards}
    lost = winter.losses(**about, circles=known.measured.circles, standards=by_id)
    terms = possible.intervals(may_be, flags)
    found = {"gaps": flags, "intervals": terms, "remedies": mends, "upgrades": mended, "winter": lost}
    return {**found, **_shared_out(known, flags, kinds)}


_ORDER = {
    "gaps": ["level", "unit_code", "judged", "profile"],
    "intervals": ["level", "unit_code", "judged", "profile"],
    "remedies": ["neighbourhood_id", "category", "profile"],
    "upgrades": ["level", "unit_code", "judged", "profile"],
    "winter": ["level", "unit_code", "category", "standard_id"],
    "equity": ["level", "unit_code", "listed", "profile"],
    "lorenz": ["level", "unit_code", "listed", "profile"],
    "spots": ["listed", "profile", "neighbourhood_id"],
    "stability": ["level", "listed", "profile", "rank"],
}
"""By what the findings about categories are sorted: categories as they are judged, as they are listed, or by name."""


def _renewed(before: pd.DataFrame, now: pd.DataFrame | None, name: str, changed: Collection[str]) -> pd.DataFrame:
    """Return an earlier table with the new rows of some categories; rows of one key keep their order."""
    kept = before[~before["category"].isin([*changed])]
    table = kept if now is None else pd.concat([kept, now], ignore_index=True)
    places: Mapping[str, tuple[str, Sequence[str]]] = {
        "level": ("level", schema.LEVELS),
        "judged": ("category", [*standards.categories()]),
        "listed": ("category", schema.CATEGORIES),
    }
    keys = {
        key: table[places[key][0]].map(places[key][1].index) if key in places else table[key] for key in _ORDER[name]
    }
    order = pd.DataFrame(keys).reset_index(drop=True).sort_values([*keys], kind="stable").index
    return table.iloc[order].reset_index(drop=True)


def _shared_out(known: Evidence, flags: pd.DataFrame, kinds: Mapping[str, Category]) -> dict[str, pd.DataFrame]:
    """Return the tables on equity, and how sure the ranks of units are."""
    deciding = standards.load(known.all_standards)
    ways = equity.ways(
        neighbourhoods=known.neighbourhoods,
        access=known.measured.access,
        units=known.units,
        standards=deciding,
        categories=kinds,
    )
    ways = equity.with_groups(ways, known.facilities)
    return {
        "equity": equity.measures(ways, flags, rank=equity.from_centre(known.neighbourhoods)),
        "lorenz": equity.lorenz(ways, flags),
        "spots": equity.spots(ways, known.neighbourhoods, flags),
        "stability": stability.stability(
            ways=ways,
            origins=known.origins,
            facilities=known.facilities,
            reached=known.measured.reached,
            gaps=flags,
            standards=deciding,
        ),
    }
