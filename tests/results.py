"""Results of whole runs, made once for all tests that look into them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cfc_gis.result import Result
from cfc_gis.study import Study


@cache
def sample() -> Result:
    """The sample town in both seasons, winter first asked for by name."""
    return Study.sample().run(season="both")


@cache
def real(extract: Path, season: str) -> Result:
    """The real extract in one season."""
    return Study.from_extract(extract).run(season=season)
