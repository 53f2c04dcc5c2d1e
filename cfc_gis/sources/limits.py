"""How patiently servers are asked, and for how much at once: the figures of ``resources/live.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Limits of requests and of areas; their meaning stands beside their values in ``resources/live.toml``.

    Parameters
    ----------
    connect_s, silence_s, stall_s
        Seconds to reach a server, without a byte of an answer that it computes, of a file that it has.
    answer_s, download_s
        Seconds for a whole answer, for a whole extract.
    lost_s
        Seconds waited, or spent on failed requests, in one pull.
    busy_s, backoff_s
        Pause after 429 without Retry-After, and first pause after another failure.
    tries
        Requests to one server for one query.
    query_s, query_mb
        The server's own limits for a query.
    answer_mb
        Largest answer that is taken.
    tile_km2, smallest_km2
        Area of one query, and the area below which a query is not split.
    whole_km2, centre_km2
        Largest area asked for without being forced; area to which a larger city is narrowed.
    mb_per_km2
        Expected XML for each square kilometre, of a densely mapped city.
    buffer_m
        Width of the strip around a study area that is asked for with it.
    fresh_days
        Age up to which a kept answer is used without asking again.

    Examples
    --------
    >>> load().tries
    4
    """

    connect_s: float
    silence_s: float
    stall_s: float
    answer_s: float
    download_s: float
    lost_s: float
    busy_s: float
    backoff_s: float
    tries: int
    query_s: int
    query_mb: int
    answer_mb: int
    tile_km2: float
    smallest_km2: float
    whole_km2: float
    centre_km2: float
    mb_per_km2: float
    buffer_m: float
    fresh_days: float


def load() -> Limits:
    """Return the limits that ship with the package."""
    table = _table()
    both = {**table["limits"], **table["area"]}
    return Limits(**{field.name: both[field.name] for field in fields(Limits)})


def servers() -> tuple[str, ...]:
    """Return the public servers of the Overpass API, in the order in which they are asked.

    Examples
    --------
    >>> servers()[0]
    'https://overpass-api.de/api/interpreter'
    """
    return tuple(server["url"] for server in _table()["overpass"])


def geocoder() -> str:
    """Return the address of the public geocoder.

    Examples
    --------
    >>> geocoder()
    'https://nominatim.openstreetmap.org/'
    """
    return str(_table()["nominatim"]["url"])


@cache
def _table() -> dict[str, Any]:
    text = (resources.files("cfc_gis") / "resources" / "live.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
