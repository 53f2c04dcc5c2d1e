"""Assumptions on homes and people, as data: levels, floor area per person, what counts as a home."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def assumptions() -> Mapping[str, Any]:
    """Return the assumptions of ``resources/homes.toml``; each is named in the report and the manifest.

    Examples
    --------
    >>> assumptions()["levels"]["default"]
    7
    """
    return tomllib.loads((resources.files("cfc_gis") / "resources" / "homes.toml").read_text(encoding="utf-8"))
