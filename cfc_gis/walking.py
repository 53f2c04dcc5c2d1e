"""How a child walks: profiles, and the minutes they need for each edge of the network."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfc_gis.errors import ChoiceUnknown
from cfc_gis.network import WalkNetwork

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """Who walks, and when.

    Parameters
    ----------
    name
        Age group and season, such as ``age6_8.winter``.
    age, season
        Its two halves.
    companion
        ``alone`` or ``accompanied``.
    speed_m_s
        Speed on bare level ground, metres per second.
    extra_min_per_km
        Minutes that snow and ice add to each kilometre.
    extra_low, extra_high
        Range of that figure.
    scenario
        Whether the profile rests on a figure that was not measured on children.
    verified
        Whether its speed was checked against its source.
    """

    name: str
    age: str
    season: str
    companion: str
    speed_m_s: float
    extra_min_per_km: float
    extra_low: float
    extra_high: float
    scenario: bool
    verified: bool

    def minutes(self, metres: Floats) -> Floats:
        """Return the minutes needed for level metres: ``m / (60 v) + extra m / 1000``.

        Examples
        --------
        >>> profile("age6_8.winter").minutes(np.array([600.0]))
        array([10.6])
        """
        return self._minutes(metres, self.extra_min_per_km)

    def minutes_range(self, metres: Floats) -> tuple[Floats, Floats]:
        """Return the minutes at the low and the high end of what snow and ice may add; the same twice in summer.

        Examples
        --------
        >>> profile("age6_8.winter").minutes_range(np.array([600.0]))
        (array([10.]), array([11.2]))
        """
        return self._minutes(metres, self.extra_low), self._minutes(metres, self.extra_high)

    def _minutes(self, metres: Floats, extra_min_per_km: float) -> Floats:
        return metres * (1.0 / (60.0 * self.speed_m_s) + extra_min_per_km / 1000.0)


@cache
def _resource() -> dict[str, Any]:
    text = (resources.files("cfc_gis") / "resources" / "profiles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def profile(name: str) -> Profile:
    """Return a profile by its name.

    Raises
    ------
    ChoiceUnknown
        When there is no such age group or season; the message names what there is.

    Examples
    --------
    >>> profile("age3_5.summer").speed_m_s
    0.8
    """
    table = _resource()
    known = [f"{age}.{season}" for age in table["age"] for season in table["season"]]
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        raise ChoiceUnknown(
            "choice_unknown",
            what="profile",
            found=name,
            suggestion=f" ({close[0]}?)" if close else "",
            known=", ".join(known),
        )
    age, season = name.split(".")
    return Profile(name=name, age=age, season=season, **table["age"][age], **table["season"][season])


def edge_minutes(network: WalkNetwork, who: Profile) -> tuple[Floats, Floats]:
    """Return the minutes along every edge, forward and backward.

    Parameters
    ----------
    network
        The walk network; lengths in metres.
    who
        The profile that walks.

    Returns
    -------
    tuple of arrays
        Minutes from start to end and from end to start of each edge; shape (e,) each.

    Examples
    --------
    >>> import pandas as pd
    >>> from cfc_gis import network
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": [0], "name": [None], "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": [0, 0], "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> forward, _ = edge_minutes(network.build(streets, points, crs="EPSG:4551"), profile("age6_8.summer"))
    >>> forward.round(1)
    array([18.5])
    """
    minutes = who.minutes(network.length_m)
    return minutes, minutes
