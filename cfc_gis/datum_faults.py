"""What the measured datum of a register means for the planner: each of its providers under one heading only.

A provider is contradicted, confirmed, or cannot be told; what is to be done differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cfc_gis import locale, text
from cfc_gis.datum_check import DatumCheck
from cfc_gis.datum_evidence import rules
from cfc_gis.datums import Datum
from cfc_gis.faults import Fault, Said, Severity


def faults(check: DatumCheck, said: Mapping[str, Datum | None], raw: DatumCheck | None) -> list[Fault]:
    """Return what is to be said of the datums of a register.

    Parameters
    ----------
    check
        Measured on the places as they were converted by what is declared.
    said
        Datum declared for each group; None where nothing is, and WGS 84 was assumed.
    raw
        Measured on the places as they stand, of the groups that the declaration converts and the data contradict.
    """
    names: dict[str, list[str]] = {key: [] for key in _SEVERITIES}
    for group in check.groups:
        names[_heading(group.verdict.certainty, group.verdict.datum, said.get(group.group))].append(group.group)
    keys = [key for key in _SEVERITIES if names[key]]
    found = []
    for key in keys:
        words = []
        for lang in locale.LANGS:
            parts = [_words(_only(check, names[key]), key, said, raw, lang)]
            if key == keys[0]:
                parts = [check.doubles.report(lang), *parts, locale.say("datum_check.law", lang)]
            words.append("\n".join(filter(None, parts)))
        found.append(Fault(key, _SEVERITIES[key], facts={"told": Said(*words)}))
    return found


def of_providers(providers: Iterable[str]) -> list[Fault]:
    """Return a warning for providers whose maps are displaced: of a register whose datum is neither said nor measured.

    Parameters
    ----------
    providers
        Names in the column of sources.

    Examples
    --------
    >>> of_providers(["amap", "survey"])[0].detail("en")
    'amap; declare it as datum = { "amap" = "gcj02" }'
    >>> of_providers(["survey"])
    []
    """
    datums = {name: datum for datum, names in rules()["providers"].items() for name in names}
    found = {name: datums[text.folded(name)] for name in sorted(set(providers)) if text.folded(name) in datums}
    if not found:
        return []
    form = ", ".join(f'"{name}" = "{datum}"' for name, datum in found.items())
    return [Fault("datum_provider", "warning", None, None, ", ".join(found), {"form": f"datum = {{ {form} }}"})]


_SEVERITIES: Mapping[str, Severity] = {
    "datum_contradicted": "warning",
    "datum_untold": "warning",
    "datum_unproven": "note",
    "datum_measured": "note",
}


def _heading(certainty: str, datum: str | None, said: Datum | None) -> str:
    if certainty == "cannot_tell":
        return "datum_untold" if said is None else "datum_unproven"
    return "datum_measured" if datum == "wgs84" else "datum_contradicted"


def _only(check: DatumCheck, names: list[str]) -> DatumCheck:
    return replace(check, groups=tuple(group for group in check.groups if group.group in names))


def _words(
    check: DatumCheck, key: str, said: Mapping[str, Datum | None], raw: DatumCheck | None, lang: locale.Lang
) -> str:
    if key != "datum_contradicted":
        return "\n".join(check.paragraphs(lang))
    told = {} if raw is None else {group.group: group for group in raw.groups if group.verdict.datum is not None}
    lines: list[str] = []
    for group in check.groups:
        declared = said.get(group.group)
        before = told.get(group.group)
        if before is None or declared is None or before.verdict.datum == declared:
            lines += _only(check, [group.group]).warnings("wgs84", lang)
            continue
        facts = {"declared": locale.say(f"datum.{declared}", lang), "word": declared}
        (found,) = replace(check, groups=(before,)).paragraphs(lang)
        is_now = locale.say(f"datum.{before.verdict.datum}", lang)
        lines.append(locale.say("datum_check.declared_wrong", lang, **facts, datum=is_now, found=found))
    return "\n".join(lines)
