"""What a child may walk on: the table of rules in ``resources/walkable.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Rule:
    """One row of the table of what may be walked on (``resources/walkable.toml``)."""

    name: str
    when: Mapping[str, tuple[str, ...]]
    walk: bool
    longer_than_m: float = 0.0

    def fits(self, tags: Mapping[str, str], metres: float) -> bool:
        """Whether a way of these tags and this length falls under the rule."""
        if metres <= self.longer_than_m and self.longer_than_m:
            return False
        return all(
            (value := tags.get(key)) is not None and (value in values or "*" in values)
            for key, values in self.when.items()
        )


@cache
def walk_rules() -> tuple[Rule, ...]:
    """Return the rules of what a child may walk on, in their order.

    Examples
    --------
    >>> walk_rules()[0].name
    'not_built'
    """
    text = (resources.files("cfc_gis") / "resources" / "walkable.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(row["name"], {k: tuple(v) for k, v in row["when"].items()}, row["walk"], row.get("longer_than_m", 0.0))
        for row in tomllib.loads(text)["rule"]
    )


def walk_rule(tags: Mapping[str, str], metres: float) -> Rule | None:
    """Return the rule that decides whether a way may be walked on.

    Parameters
    ----------
    tags
        OSM tags of the way.
    metres
        Its length.

    Returns
    -------
    Rule or None
        The first rule that fits; None for a kind of way that no rule names, which is not walked on.

    Examples
    --------
    >>> walk_rule({"highway": "trunk", "bridge": "yes"}, 900.0).name
    'expressway_bridge'
    >>> walk_rule({"highway": "trunk", "bridge": "yes", "sidewalk": "both"}, 900.0).walk
    True
    """
    return next((rule for rule in walk_rules() if rule.fits(tags, metres)), None)
