"""The plan's own targets: what each asks, whether it was seen in its source, and who signed it in a study.

Falling short of a target that is neither verified nor signed is *below reference*, never a gap.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cfc_gis import locale
from cfc_gis.faults import Fault, closest

PEOPLE_OF_PHASE = ("primary_school.seats", "junior_school.seats")
"""Targets that are computed, one seat for each child: they have no value of their own."""


@dataclass(frozen=True)
class Target:
    """A target of the plan.

    Parameters
    ----------
    id
        The indicator.
    value
        What is asked, in ``unit``; None where it is computed.
    unit
        Key of the locale section ``unit``.
    phase, body
        Year and responsible body.
    source
        Where it comes from.
    verified
        Whether it was seen there.
    signed_by, signed_on
        Who answers for it in this study, and since when; empty where nobody does.
    """

    id: str
    value: float | None
    unit: str
    phase: str
    body: str
    source: str
    verified: bool
    signed_by: str = ""
    signed_on: str = ""

    @property
    def signed(self) -> bool:
        """Whether somebody answers for it in this study."""
        return bool(self.signed_by)

    @property
    def binding(self) -> bool:
        """Whether falling short of it may be called a gap.

        Examples
        --------
        >>> row = {each.id: each for each in all_targets()}["green.circle5"]
        >>> row.binding, dataclasses.replace(row, signed_by="市发改委", signed_on="2026-03-01").binding
        (False, True)
        """
        return self.verified or self.signed

    def status(self, lang: str) -> str:
        """Return whether it is verified, or who signed it.

        Examples
        --------
        >>> {each.id: each for each in all_targets()}["green.circle5"].status("en")
        'not verified'
        """
        verified = locale.say("standard.verified" if self.verified else "standard.unverified", lang)
        if not self.signed:
            return verified
        return locale.say("standard.signed", lang, verified=verified, by=self.signed_by, on=self.signed_on)

    def words(self, lang: str) -> str:
        """Return what it asks, in one line.

        Examples
        --------
        >>> {each.id: each for each in all_targets()}["child_supervisor.posts"].words("en")
        'Child supervisors: 304 people'
        """
        what, unit = (locale.say(key, lang) for key in (f"indicator.{self.id}", f"unit.{self.unit.lower()}"))
        key = "catalogue.target_computed" if self.value is None else "catalogue.target_is"
        return locale.say(key, lang, what=what, value=f"{self.value or 0:,g}", unit=unit)


@dataclass(frozen=True)
class Revised:
    """What :func:`revise` gives: the targets of a study, and what is wrong with the changes; with any, they are out."""

    targets: tuple[Target, ...]
    faults: tuple[Fault, ...]


@cache
def entries() -> Mapping[str, Mapping[str, Any]]:
    """Return what the plan asks for, by indicator, as the resource file says it.

    Examples
    --------
    >>> entries()["childcare.places"]["target"]
    4.5
    """
    text = (resources.files("cfc_gis") / "resources" / "plan.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def all_targets() -> tuple[Target, ...]:
    """Return the targets as shipped, in the order of their file.

    Examples
    --------
    >>> [each.id for each in all_targets()][:3]
    ['paediatric_hospital.strong', 'paediatric_hospital.presumed', 'childcare.places']
    """
    return tuple(
        Target(name, row.get("target"), row["unit"], row["phase"], row["body"], row["source"], row["verified"])
        for name, row in entries().items()
        if "target" in row or name in PEOPLE_OF_PHASE
    )


def revise(shipped: Sequence[Target], changes: Sequence[Mapping[str, Any]], places: Sequence[str] = ()) -> Revised:
    """Return the targets of a study.

    Parameters
    ----------
    shipped
        Those that it starts from.
    changes
        One mapping each: ``id``; ``signed_by`` and ``signed_on`` together; and a ``value`` of the study's own with its
        ``source``, which is unverified.
    places
        What faults call each of them; ``target[1]`` and so on unless given.

    Examples
    --------
    >>> found = revise(all_targets(), [{"id": "green.circle5", "signed_by": "市发改委", "signed_on": "2026-03-01"}])
    >>> [each.id for each in found.targets if each.signed]
    ['green.circle5']
    >>> [fault.key for fault in revise(all_targets(), [{"id": "green.circle6"}]).faults]
    ['target_unknown']
    """
    known = {row.id: row for row in shipped}
    named = dict(zip(places or [f"target[{n}]" for n, _ in enumerate(changes, start=1)], changes, strict=True))
    faults = tuple(_faults(known, named))
    if faults:
        return Revised(tuple(shipped), faults)
    rows = dict(known)
    for change in changes:
        row: dict[str, Any] = {name: value for name, value in change.items() if name != "id"}
        own = {"value": float(change["value"]), "verified": False} if "value" in change else {}
        rows[change["id"]] = dataclasses.replace(known[change["id"]], **(row | own))
    return Revised(tuple(rows.values()), ())


def changes(shipped: Iterable[Target], targets: Iterable[Target]) -> dict[str, dict[str, Any]]:
    """Return what a study changed, by id: each field with the shipped value and the one in use.

    Examples
    --------
    >>> own = revise(all_targets(), [{"id": "childcare.places", "value": 5, "source": "市政府 2026"}]).targets
    >>> changes(all_targets(), own)["childcare.places"]["value"]
    {'shipped': 4.5, 'used': 5.0}
    """
    known = {row.id: dataclasses.asdict(row) for row in shipped}
    found: dict[str, dict[str, Any]] = {}
    for row in targets:
        old = known[row.id]
        differ = {
            name: {"shipped": old[name], "used": value}
            for name, value in dataclasses.asdict(row).items()
            if old[name] != value
        }
        if differ:
            found[row.id] = differ
    return found


def _faults(known: Mapping[str, Target], changes: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, change in changes.items():
        name = change["id"]
        if name not in known:
            facts = {"known": ", ".join(known), "suggestion": closest(name, list(known))}
            yield Fault("target_unknown", "error", None, f"{place}.id", name, facts)
        if name in seen:
            yield Fault("target_twice", "error", None, f"{place}.id", name)
        seen.add(name)
        if "value" in change and name in PEOPLE_OF_PHASE:
            yield Fault("target_computed", "error", None, f"{place}.value", change["value"])
        pairs = [("signed_by", "signed_on"), ("signed_on", "signed_by"), ("value", "source"), ("source", "value")]
        for there, wanted in pairs:
            if str(change.get(there, "")).strip() and not str(change.get(wanted, "")).strip():
                yield Fault("setting_missing", "error", None, f"{place}.{wanted}")
