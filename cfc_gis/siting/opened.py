"""New facilities among those that exist: a study's places with some candidates open, to be measured from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.measure import Places
from cfc_gis.edits import sites
from cfc_gis.network import WalkNetwork
from cfc_gis.siting.candidates import Candidates
from cfc_gis.standards import categories


def facilities_of(candidates: Candidates, seats: Sequence[float] | None = None) -> gpd.GeoDataFrame:
    """Return candidates as facilities of their category, in the order of their table.

    Parameters
    ----------
    candidates
        Candidates.
    seats
        Seats of each; None where they are not said.

    Returns
    -------
    GeoDataFrame
        :data:`cfc_gis.schema.FACILITIES`; the evidence is ``confirmed``: whoever opens a facility knows what it is.
    """
    table = candidates.table
    own = categories()[candidates.category].served_by[0]
    each = [None] * len(table) if seats is None else [*seats]
    rows = gpd.GeoDataFrame(
        [
            sites.facility(row["candidate_id"], own, row["geometry"], row["entrances"], name=row["name"], seats=n)
            for row, n in zip(table.to_dict("records"), each, strict=True)
        ],
        columns=[*schema.FACILITIES.columns, "geometry"],
        geometry="geometry",
        crs=table.crs,
    )
    rows["capacity"] = rows["capacity"].astype(float)
    schema.check(rows, schema.FACILITIES)
    return rows


def with_facilities(places: Places, more: gpd.GeoDataFrame, network: WalkNetwork) -> Places:
    """Return the places of a study with more facilities at the end of their table; nothing is changed in place.

    Parameters
    ----------
    places
        Where ways begin and end.
    more
        :data:`cfc_gis.schema.FACILITIES`, in the same CRS.
    network
        The walk network, on which all entrances are put anew.

    Raises
    ------
    TableFault
        When an id stands among the facilities already.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> from cfc_gis.siting.candidates import find, land_of
    >>> study = Study.sample()
    >>> result = study.run("summer")
    >>> more = facilities_of(find(result, land_of(study), "play"))
    >>> both = with_facilities(result.places, more, result.walk.links.network)
    >>> len(both.facilities) == len(result.facilities) + len(more)
    True
    """
    table = gpd.GeoDataFrame(
        pd.concat([pd.DataFrame(places.facilities), pd.DataFrame(more)], ignore_index=True), crs=places.facilities.crs
    )
    schema.check(table, schema.FACILITIES)
    # What is opened is known for what it is, however near the border of the data.
    doubtful = None if places.doubtful is None else np.r_[places.doubtful, np.zeros(len(more), dtype=bool)]
    return replace(places, facilities=table, entrances=snap_entrances(network, table), doubtful=doubtful)
