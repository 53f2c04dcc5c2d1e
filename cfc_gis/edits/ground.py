"""What edits change: the inputs of a measurement, as they were found or as a scenario has them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from cfc_gis.network import WalkNetwork
from cfc_gis.walking import Choices


@dataclass(frozen=True, eq=False)
class Ground:
    """The inputs of a measurement, in one projected CRS in metres.

    What an edit leaves alone stays the very same object: from that a scenario knows what need not be measured again.

    Parameters
    ----------
    network
        The walk network.
    choices
        What the planner decides about streets and winter.
    facilities
        :data:`cfc_gis.schema.FACILITIES`.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`, of which ``edge_affected`` is not yet known.
    homes
        Where walking starts: ``origin_id``, ``neighbourhood_id``, ``weight`` and points.
    """

    network: WalkNetwork
    choices: Choices
    facilities: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    homes: gpd.GeoDataFrame
