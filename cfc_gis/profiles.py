"""Who walks, and when: profiles from ``resources/profiles.toml``, by one name such as ``age6_8.winter``."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cfc_gis.errors import ChoiceUnknown

STRICT = "strict"


@dataclass(frozen=True)
class Profile:
    """Who walks, and when.

    Parameters
    ----------
    name
        Age group, aid and ``strict`` where they apply, and season: ``age6_8.winter``, ``age3_5_stroller.summer``.
    age, season
        Age group; season that facilities are open in.
    companion
        ``alone``, ``accompanied``, ``stroller`` or ``wheelchair``.
    speed_m_s
        Speed on bare level ground, metres per second.
    steps
        Whether steps can be walked; else only those with a ramp.
    kerb_min
        Minutes that the kerbs of one carriageway take.
    slope_times, slope_limit
        Power to which the factor of a slope is raised, and the steepest slope that can be managed.
    wary
        Whether a crossing that is mapped as unmarked puts the child off.
    strict
        Whether main roads are crossed at mapped crossings alone.
    ice_cleared, ice_other
        Minutes that snow and ice add to each kilometre, at the low end, in the middle and at the high end: on streets
        that are cleared, and on all others.
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
    steps: bool
    kerb_min: float
    slope_times: float
    slope_limit: float
    wary: bool
    strict: bool
    ice_cleared: tuple[float, float, float]
    ice_other: tuple[float, float, float]
    scenario: bool
    verified: bool

    @property
    def minutes_per_m(self) -> float:
        """Minutes for each metre of bare level ground: ``1 / (60 v)``."""
        return 1.0 / (60.0 * self.speed_m_s)

    def of_season(self, season: str) -> Profile:
        """Return who walks here, in another season.

        Examples
        --------
        >>> profile("age6_8_strict.summer").of_season("winter").name
        'age6_8_strict.winter'
        """
        return profile(f"{self.name.partition('.')[0]}.{season}")


@cache
def resource() -> dict[str, Any]:
    """Return ``resources/profiles.toml`` as it stands."""
    text = (resources.files("cfc_gis") / "resources" / "profiles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def names() -> tuple[str, ...]:
    """Return the names of all profiles.

    Examples
    --------
    >>> names()[:3]
    ('age0_2.summer', 'age0_2.winter', 'age0_2.winter_stress')
    """
    table = resource()
    aids = ("", *(f"_{aid}" for aid in table["aid"]), f"_{STRICT}")
    return tuple(f"{age}{aid}.{season}" for aid in aids for age in table["age"] for season in table["season"])


def _pattern() -> str:
    table = resource()
    aids = "|".join((*table["aid"], STRICT))
    return f"{'|'.join(table['age'])}[_{aids}].{'|'.join(table['season'])}; age6_8.winter"


@cache
def profile(name: str) -> Profile:
    """Return a profile by its name.

    Raises
    ------
    ChoiceUnknown
        When there is no such age group, aid or season; the message names what there is.

    Examples
    --------
    >>> profile("age3_5.summer").speed_m_s
    0.8
    >>> profile("age3_5_stroller.winter").steps
    False
    """
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        raise ChoiceUnknown(
            "choice_unknown",
            what="profile",
            found=name,
            suggestion=f" ({close[0]}?)" if close else "",
            known=_pattern(),
        )
    table = resource()
    who, season = name.split(".")
    aid = next((aid for aid in table["aid"] if who.endswith(f"_{aid}")), None)
    strict = who.endswith(f"_{STRICT}")
    age = who.removesuffix(f"_{STRICT}").removesuffix(f"_{aid}")
    child, when, wheels = table["age"][age], table["season"][season], table["aid"].get(aid, {})
    return Profile(
        name=name,
        age=age,
        season=season.partition("_")[0],
        companion=wheels.get("companion", child["companion"]),
        speed_m_s=child["speed_m_s"] * when["speed_times"],
        steps=wheels.get("steps", True),
        kerb_min=wheels.get("kerb_min", 0.0),
        slope_times=wheels.get("slope_times", 1.0),
        slope_limit=wheels.get("slope_limit", float("inf")),
        wary=child["wary"] and not wheels,
        strict=strict,
        ice_cleared=tuple(when["cleared"]),
        ice_other=tuple(when["other"]),
        scenario=when["scenario"],
        verified=child["verified"] and wheels.get("verified", True),
    )
