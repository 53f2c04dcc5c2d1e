"""More about a facility from its name and tags: care level, ownership, season, capacity, indoors or not."""

from __future__ import annotations

import re

from cfc_gis import lexicon

_CAPACITY_TAGS = ("capacity", "beds", "capacity:beds", "capacity:persons")


def care_level(name: str, category: str) -> str | None:
    """Return the care level of a hospital or health centre; ``None`` where the name does not tell.

    Examples
    --------
    >>> care_level("哈尔滨市儿童医院", "paediatric_hospital"), care_level("建成医院", "paediatric_hospital")
    ('regional', None)
    """
    if category == "health_centre":
        return "community"
    if category != "paediatric_hospital":
        return None
    return lexicon.hint("care_level", name)


def ownership(name: str, tags: dict[str, str]) -> str | None:
    """Return ``public`` or ``private`` from ``operator:type`` or the name; ``None`` where neither tells.

    Examples
    --------
    >>> ownership("省直机关第一幼儿园", {})
    'public'
    """
    tagged = {"government": "public", "public": "public", "private": "private"}.get(tags.get("operator:type", ""))
    return tagged or lexicon.hint("ownership", name)


def indoor(name: str, tags: dict[str, str], kind: str) -> bool:
    """Tell whether a facility is used indoors: schools and hospitals are; places of leisure by tag or name.

    Examples
    --------
    >>> indoor("哈尔滨市冰球馆", {"leisure": "ice_rink"}, "leisure"), indoor("", {"leisure": "pitch"}, "leisure")
    (True, False)
    """
    if kind != "leisure":
        return True
    if tags.get("indoor", "no") != "no" or tags.get("building", "no") != "no":
        return True
    if (
        tags.get("leisure") == "sports_hall"
        or tags.get("amenity") in {"library", "theatre"}
        or "museum" in tags.values()
    ):
        return True
    return lexicon.hint("indoor", name) is not None


def season(name: str, tags: dict[str, str], category: str, *, inside: bool) -> str:
    """Return when a facility can be used: outdoor ice in winter, splash and water in summer, all else all year.

    Examples
    --------
    >>> season("滑冰场", {}, "ice_snow", inside=False)
    'winter'
    """
    if inside:
        return "all"
    if tags.get("seasonal") in {"summer", "winter"}:
        return tags["seasonal"]
    if category == "ice_snow":
        return "winter"
    water = tags.get("leisure") == "water_park" or tags.get("playground") == "splash_pad"
    return "summer" if water else lexicon.hint("season", name) or "all"


def capacity(tags: dict[str, str]) -> float | None:
    """Return the seats, places or beds tagged; ``None`` where none are, or where the value is no plain number.

    Examples
    --------
    >>> capacity({"beds": "300"}), capacity({"capacity": "ca. 300"})
    (300.0, None)
    """
    for key in _CAPACITY_TAGS:
        if re.fullmatch(r"\d{1,6}", tags.get(key, "")):
            return float(tags[key])
    return None
