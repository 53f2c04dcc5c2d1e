"""What a study changes in the standards: its own values, its local standards, which one decides, and who signed.

A changed threshold, kind of neighbourhood or target is the planner's own value, and unverified. A signature makes it
binding in this study all the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cfc_gis.faults import Fault, closest
from cfc_gis.standards import Standard, categories, ordered

CHANGEABLE = (
    "id", "threshold", "target_share", "applies_to", "phase", "decides", "verified", "source", "clause", "year",
    "note_zh", "note_en", "signed_by", "signed_on",
)  # fmt: skip
"""What a study may say of a shipped standard; for anything else it adds a standard of its own."""

WANTED = ("category", "measure", "threshold", "tier", "source", "year", "applies_to", "target_share", "phase")
"""What a standard of the study's own must say."""

_UNSAID: Mapping[str, Any] = {
    "clause": "", "verified": False, "note_zh": "", "note_en": "", "signed_by": "", "signed_on": "",
}  # fmt: skip
_UNITS = {"minutes": "min", "network_m": "m", "straight_m": "m"}


@dataclass(frozen=True)
class Revised:
    """What :func:`revise` gives.

    Parameters
    ----------
    standards
        All standards of the study, as :func:`cfc_gis.standards.ordered`.
    faults
        What is wrong with the changes; with any, ``standards`` leaves them out.
    """

    standards: tuple[Standard, ...]
    faults: tuple[Fault, ...]


def revise(shipped: Sequence[Standard], changes: Sequence[Mapping[str, Any]], places: Sequence[str] = ()) -> Revised:
    """Return the standards of a study.

    Parameters
    ----------
    shipped
        The standards that it starts from.
    changes
        One mapping each, with the ``id`` of a shipped standard and what is changed (:data:`CHANGEABLE`), or a standard
        of the study's own with a new ``id`` and all of :data:`WANTED`; its ``scope`` is ``local`` and it decides for
        its category unless it says otherwise. ``signed_by`` and ``signed_on`` stand together.
    places
        What faults call each of them; ``standard[1]`` and so on unless given.

    Examples
    --------
    >>> from cfc_gis.standards import all_standards, load
    >>> signed = {"id": "kindergarten.radius", "signed_by": "市教育局", "signed_on": "2026-03-01"}
    >>> load(revise(all_standards(), [signed]).standards)["kindergarten"].binding
    True
    >>> [fault.facts["suggestion"].en for fault in revise(all_standards(), [{"id": "kindergarden.radius"}]).faults]
    ['Did you mean kindergarten.radius? ']
    """
    known = {row.id: row for row in shipped}
    named = dict(zip(places or [f"standard[{n}]" for n, _ in enumerate(changes, start=1)], changes, strict=True))
    faults = list(_faults(known, named))
    if faults:
        return Revised(tuple(shipped), tuple(faults))
    rows = dict(known)
    for change in changes:
        old = known.get(change["id"])
        rows[change["id"]] = _own(change) if old is None else _changed(old, change)
    chosen = {rows[each["id"]].category: each["id"] for each in changes if rows[each["id"]].decides}
    found = [
        dataclasses.replace(row, decides=row.id == chosen[row.category]) if row.category in chosen else row
        for row in rows.values()
    ]
    return Revised(ordered(found), ())


def changes(shipped: Iterable[Standard], standards: Iterable[Standard]) -> dict[str, dict[str, Any]]:
    """Return what a study changed, by id: each field with the shipped value and the one in use, None where it has none.

    Examples
    --------
    >>> from cfc_gis.standards import all_standards
    >>> own = revise(all_standards(), [{"id": "park.pocket", "target_share": 0.8}]).standards
    >>> changes(all_standards(), own)
    {'park.pocket': {'target_share': {'shipped': 0.9, 'used': 0.8}}}
    """
    known = {row.id: dataclasses.asdict(row) for row in shipped}
    found: dict[str, dict[str, Any]] = {}
    for row in standards:
        old = known.get(row.id, {})
        differ = {
            name: {"shipped": old.get(name), "used": value}
            for name, value in dataclasses.asdict(row).items()
            if not old or old[name] != value
        }
        if differ:
            found[row.id] = differ
    return found


def _changed(old: Standard, change: Mapping[str, Any]) -> Standard:
    row = {**dataclasses.asdict(old), **change}
    if row["threshold"] != old.threshold:
        replaced = f"{old.threshold:g} {old.unit} ({old.source})"
        own = {
            "scope": "planner",
            "clause": "",
            "verified": False,
            "source": f"规划者设定，代替 / planner's own, in place of {replaced}",
            "year": int(change["signed_on"][:4]) if "signed_on" in change else old.year,
        }
        row = {**row, **own, **change}
    if row["applies_to"] != old.applies_to:
        row["verified"] = change.get("verified", False)
    if row["target_share"] != old.target_share:
        row["target_verified"] = False
    return Standard(**row)


def _own(change: Mapping[str, Any]) -> Standard:
    scope = change.get("scope", "local")
    row = {"scope": scope, "decides": scope == "local", **_UNSAID, **change}
    return Standard(**{**row, "unit": _UNITS[row["measure"]], "target_verified": False})


def _faults(known: Mapping[str, Standard], changes: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, change in changes.items():
        if change["id"] in seen:
            yield _fault("standard_twice", f"{place}.id", change["id"])
        elif change["id"] in known:
            yield from _about_known(known[change["id"]], change, place)
        else:
            yield from _about_own(list(known), change, place)
        yield from _about_signature(change, place)
        seen.add(change["id"])
    yield from _about_deciding(known, changes)


def _about_known(old: Standard, change: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for name, value in change.items():
        if name not in CHANGEABLE and getattr(old, name) != value:
            yield _fault("standard_fixed", f"{place}.{name}", f"{value}", CHANGEABLE[1:])
    if change.get("verified") and not (change.get("clause") or old.clause):
        yield Fault("setting_missing", "error", None, f"{place}.clause")
    if change.get("verified") and change.get("threshold", old.threshold) != old.threshold and "source" not in change:
        yield Fault("setting_missing", "error", None, f"{place}.source")


def _about_own(known: list[str], change: Mapping[str, Any], place: str) -> Iterator[Fault]:
    missing = [name for name in WANTED if name not in change]
    close = closest(change["id"], known)
    if close and len(missing) > len(WANTED) // 2:  # a misspelt id, not a standard that somebody began to write
        yield _fault("standard_unknown", f"{place}.id", change["id"], known, close)
        return
    for name in missing:
        yield Fault("setting_missing", "error", None, f"{place}.{name}")
    category = change.get("category")
    if category is not None and category not in categories():
        kinds = list(categories())
        yield _fault("standard_category", f"{place}.category", category, kinds, closest(category, kinds))
    elif category is not None and not change["id"].startswith(f"{category}."):
        yield _fault("standard_id", f"{place}.id", change["id"], [f"{category}.…"])
    unit = _UNITS.get(change.get("measure", ""))
    if "unit" in change and unit and change["unit"] != unit:
        yield _fault("standard_unit", f"{place}.unit", change["unit"], [unit])
    if change.get("verified") and not change.get("clause"):
        yield Fault("setting_missing", "error", None, f"{place}.clause")


def _about_signature(change: Mapping[str, Any], place: str) -> Iterator[Fault]:
    pair = ("signed_by", "signed_on")
    given = [name for name in pair if str(change.get(name, "")).strip()]
    if given or any(name in change for name in pair):
        for name in pair:
            if name not in given:
                yield Fault("setting_missing", "error", None, f"{place}.{name}")


def _about_deciding(known: Mapping[str, Standard], changes: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield the categories for which several rows are chosen to decide, or none is left."""
    chosen: dict[str, list[str]] = {}
    dropped: dict[str, str] = {}
    for place, change in changes.items():
        old = known.get(change["id"])
        category = old.category if old else str(change.get("category", ""))
        local = old is None and change.get("scope", "local") == "local"
        if change.get("decides", local):
            chosen.setdefault(category, []).append(change["id"])
        elif old is not None and old.decides and "decides" in change:
            dropped[category] = place
    for category, ids in chosen.items():
        if len(set(ids)) > 1:
            yield _fault("standard_decides", "standard", ", ".join(ids), [category])
    for category, place in dropped.items():
        if category not in chosen:
            yield _fault("standard_decides", f"{place}.decides", "false", [category])


def _fault(key: str, column: str, found: str, known: Iterable[str] = (), close: object = "") -> Fault:
    return Fault(key, "error", None, column, found, {"known": ", ".join(known), "suggestion": close})
