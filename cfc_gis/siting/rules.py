"""Rules on candidates, from ``resources/siting.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown


@cache
def resource() -> dict[str, Any]:
    """Return the resource.

    Examples
    --------
    >>> resource()["setback"]["railway_m"]
    300
    """
    file = resources.files("cfc_gis") / "resources" / "siting.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def of_category(category: str) -> dict[str, Any]:
    """Return what land a category may take.

    Raises
    ------
    ChoiceUnknown
        When there is no rule on it.

    Examples
    --------
    >>> of_category("kindergarten")["area_m2"]
    2700
    """
    known: dict[str, dict[str, Any]] = resource()["category"]
    if category not in known:
        raise ChoiceUnknown("siting_category", found=text.display(category), known=", ".join(known))
    return known[category]
