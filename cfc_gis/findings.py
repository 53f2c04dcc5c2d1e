"""From what was measured to what is found: judgements, what winter takes, equity, and what would close each gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from cfc_gis import (
    counting,
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
    from collections.abc import Sequence

    from cfc_gis.access.measure import Measured, Places
    from cfc_gis.access.walk import Walk
    from cfc_gis.sources.census import Census
    from cfc_gis.standards import Standard


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
    lists
        The registers as they were merged.
    all_standards
        The standards of the study.
    census
        Residents and children of every district, also those outside the study area.
    area
        The study area.
    assigned
        How much farther than the nearest the assigned school is, by origin (:mod:`cfc_gis.access.catchments`), with
        ``district_code``.
    """

    units: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    origins: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    walk: Walk
    places: Places
    measured: Measured
    counts: pd.DataFrame
    lists: Sequence[counting.Listed]
    all_standards: tuple[Standard, ...]
    census: Census
    area: shapely.Geometry
    assigned: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Findings:
    """What is found: tables as in :mod:`cfc_gis.schema` and :mod:`cfc_gis.schema_equity`.

    Parameters
    ----------
    completeness, gaps, upgrades, priorities, winter, isolated, equity, lorenz, spots, stability,
    indicators
        One table each.
    """

    completeness: pd.DataFrame
    gaps: pd.DataFrame
    upgrades: pd.DataFrame
    priorities: pd.DataFrame
    winter: pd.DataFrame
    isolated: gpd.GeoDataFrame
    equity: pd.DataFrame
    lorenz: pd.DataFrame
    spots: pd.DataFrame
    stability: pd.DataFrame
    indicators: pd.DataFrame


_CONTRACTS = {
    "completeness": schema.COMPLETENESS,
    "gaps": schema.GAPS,
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


def find(known: Evidence) -> Findings:
    """Return all findings, checked against their contracts.

    Parameters
    ----------
    known
        What was measured.

    Raises
    ------
    TableFault
        When a table breaks its contract: a fault of the program.

    Examples
    --------
    See :meth:`cfc_gis.study.Study.run`.
    """
    kinds, deciding = standards.categories(), standards.load(known.all_standards)
    about = {"neighbourhoods": known.neighbourhoods, "units": known.units, "categories": kinds}
    complete = counting.complete(known.facilities, known.units, known.counts, known.lists, kinds)
    may_be = possible.shares(
        **about, reached=known.measured.reached, origins=known.origins, completeness=complete, standards=deciding
    )
    flags = gaps.flag(**about, access=known.measured.access, standards=deciding, possible=may_be)
    mended = upgrades.find(
        **about,
        gaps=flags,
        remedies=remedies.find(known.walk, known.places, known.measured),
        facilities=known.facilities,
        standards=deciding,
    )
    lost = winter.losses(
        **about, circles=known.measured.circles, standards={row.id: row for row in known.all_standards}
    )
    found = {
        "completeness": complete,
        "gaps": flags,
        "upgrades": mended,
        "priorities": upgrades.priorities(flags, mended),
        "winter": lost,
        "isolated": isolated.find(known.walk.links, known.places, known.measured.access, known.neighbourhoods),
        **_shared_out(known, flags),
        "indicators": plan.indicators(
            districts=known.census.table,
            city=known.census.city,
            facilities=known.facilities,
            units=known.units,
            counts=known.counts,
            assigned=known.assigned,
            area=known.area,
        ),
    }
    for name, contract in _CONTRACTS.items():
        schema.check(found[name], contract)
    return Findings(**found)


def _shared_out(known: Evidence, flags: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables on equity, and how sure the ranks of units are."""
    deciding = standards.load(known.all_standards)
    ways = equity.ways(
        neighbourhoods=known.neighbourhoods,
        access=known.measured.access,
        units=known.units,
        standards=deciding,
        categories=standards.categories(),
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
