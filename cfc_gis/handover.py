"""What goes into the workbook that a planner hands on: results down to sub-districts, never compounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from cfc_gis import locale, text
from cfc_gis.standards import Standard
from cfc_gis.workbook import Line

_MEANINGS = ("meets", "gap", "below_reference", "undecided", "no_data", "evidence", "confidence", "target")
_UNIT_COLUMNS_LEFT_OUT = ("level", "source", "population_rule")
_STANDARD_FIRST = ("id", "category", "band", "decides", "uses")
_PLAN_WORDS = {
    "indicator": "indicator", "judgement": "judgement", "reasons": "plan_reason", "settled_by": "settle",
}  # fmt: skip
_GAP_COLUMNS_LEFT_OUT = ("indicator", "profile", "share_unreached", "standard_id")


def about(manifest: Mapping[str, Any]) -> list[Line]:
    """Return what the first sheet says: place, sources and dates, the disclaimer, what the words mean, and notes.

    Parameters
    ----------
    manifest
        As :meth:`cfc_gis.result.Result.manifest`.
    """
    return [
        _line("disclaimer", "map.internal"),
        *([_line("disclaimer", "about.synthetic")] if manifest["synthetic"] else []),
        Line(_item("place"), text.display(manifest["place"]), text.display(manifest["place"])),
        _line("season", f"about.season_{manifest['season']}"),
        _line("scope", "about.no_compounds"),
        *(_source(each) for each in manifest["inputs"]),
        *(_meaning(name) for name in _MEANINGS),
        _line("standards", "report.standards_hint"),
        *(Line(_item("note"), each["zh"], each["en"]) for each in manifest["notes"]),
        Line(_item("version"), *[f"cfc_gis {manifest['versions']['cfc_gis']}"] * 2),
    ]


def units(sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the units of a level (:meth:`cfc_gis.result.Result.sheet`) without columns that only files need."""
    return sheet.drop(columns=[name for name in _UNIT_COLUMNS_LEFT_OUT if name in sheet])


def gaps(table: pd.DataFrame, standards: Iterable[Standard]) -> pd.DataFrame:
    """Return the gaps of city, districts and sub-districts with season and standard in words.

    Parameters
    ----------
    table
        :data:`cfc_gis.schema.GAPS`.
    standards
        All standards of the study.
    """
    known = {row.id: row for row in standards}
    rows = table[table["level"].isin(["city", "district", "subdistrict"])].reset_index(drop=True)
    for lang in locale.LANGS:
        said = {name: row.line(lang) for name, row in known.items()}
        rows[f"standard_{lang}"] = rows["standard_id"].map(said)
    rows["standard_state"] = rows["standard_id"].map({name: row.state for name, row in known.items()})
    rows.insert(3, "season", rows["profile"].str.rsplit(".").str[-1])
    return rows.drop(columns=[name for name in _GAP_COLUMNS_LEFT_OUT if name in rows])


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return the plan's tests (:data:`cfc_gis.schema.INDICATORS`) with words in both languages behind their keys.

    Examples
    --------
    >>> keys = {"indicator": "childcare.places", "judgement": None, "reasons": "", "settled_by": "births;posts_count"}
    >>> in_words(pd.DataFrame([keys]))[["indicator_zh", "settled_by_en"]].to_numpy().tolist()
    [['托位', "births since 2021 by district; the civil affairs bureau's count of people in post"]]
    """
    said = {
        f"{name}_{lang}": [_words_of(section, keys, lang) for keys in table[name]]
        for name, section in _PLAN_WORDS.items()
        for lang in locale.LANGS
    }
    return table.assign(**said)


def indicators(table: pd.DataFrame) -> pd.DataFrame:
    """Return the plan's tests for the workbook, where reasons have a column of their own words."""
    return table.rename(columns={"reasons": "plan_reasons", "unit": "plan_unit", "source": "plan_source"})


def merge_sheet(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of a merge with the reason of each in words, in both languages.

    Examples
    --------
    >>> merge_sheet(pd.DataFrame({"outcome": ["new"], "why": ["nothing_near"]})).columns.tolist()
    ['outcome', 'why', 'why_zh', 'why_en']
    """
    words = {f"why_{lang}": [locale.say(f"merge_why.{why}", lang) for why in rows["why"]] for lang in locale.LANGS}
    return rows.assign(**words)


def standards_used(standards: Iterable[Standard]) -> pd.DataFrame:
    """Return the standards that a number rests on: those that decide, and those that winter is compared by."""
    rows = [
        {**dict.fromkeys(_STANDARD_FIRST), **dataclasses.asdict(row), "band": row.band, "uses": ";".join(row.uses)}
        for row in standards
        if row.uses != ("beside",)
    ]
    return pd.DataFrame(rows)


def _words_of(section: str, keys: object, lang: str) -> str:
    known = keys.split(";") if isinstance(keys, str) and keys else []
    return ("；" if lang == "zh" else "; ").join(locale.say(f"{section}.{key}", lang) for key in known)


def _source(each: Mapping[str, Any]) -> Line:
    return Line(_item("source"), *(locale.say("about.source_is", lang, **facts) for lang, facts in _facts(each)))


def _facts(each: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for lang in locale.LANGS:
        known = {name: text.display(each.get(name, "")) for name in ("name", "file", "licence", "how", "sha256")}
        named = f"input.{known['name']}"
        if named in locale.table():
            known["name"] = locale.say(named, lang)
        date = text.display(each.get("data_date", "")) or locale.say("about.unknown", lang)
        spoken = {name: locale.spoken(known[name], lang) for name in ("name", "licence")}
        licence = spoken["licence"] or locale.say("about.unknown", lang)
        yield lang, {**known, **spoken, "licence": licence, "date": date}


def _meaning(name: str) -> Line:
    said = (
        locale.say("about.word_means", lang, **{key: locale.say(f"{key}.{name}", lang) for key in ("word", "glossary")})
        for lang in locale.LANGS
    )
    return Line(_item("meaning"), *said)


def _line(item: str, key: str) -> Line:
    return Line(_item(item), *(locale.say(key, lang) for lang in locale.LANGS))


def _item(key: str) -> str:
    return " ".join(locale.say(f"about.{key}", lang) for lang in locale.LANGS)
