"""Tables of scenarios in words, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import locale, text

NEWCOMERS = " +新住户 / new homes"
"""Ends the name of a column of :func:`cfc_gis.scenario.compare` that counts the children of new housing."""

_SHOWN = 30
_CHILD = 0.5
_KNOWN = {"level", "unit_code", "unit_name", "indicator", "category", "profile", "within_before"}


def compared(table: pd.DataFrame, lang: str) -> str:
    """Return what several scenarios gain, side by side, as lines of text.

    Parameters
    ----------
    table
        As of :func:`cfc_gis.scenario.compare`.
    lang
        ``zh`` or ``en``.

    Examples
    --------
    >>> row = {"level": "city", "unit_code": "C", "unit_name": "样例市", "category": "park", "within_before": 10.0}
    >>> print(compared(pd.DataFrame([{**row, "profile": "age3_5.summer", "甲": 5.0, "乙": -1.0}]), "en"))
    Children with the standard met: before, and gained by each scenario
    样例市, Park (Summer): 10; 甲 +5, 乙 -1
    """
    lines = [locale.say("scenario.compared", lang)]
    names = [str(name) for name in table.columns if name not in _KNOWN and not str(name).endswith(NEWCOMERS)]
    for row in table.head(_SHOWN).to_dict("records"):
        gained = ", ".join(f"{text.display(name)} {row[name]:+,.0f}{_newcomers(row, name, lang)}" for name in names)
        where = locale.say("scenario.where", lang, unit=text.display(row["unit_name"]),
                           category=locale.say(f"category.{row['category']}", lang),
                           season=locale.say(f"season.{row['profile'].rsplit('.', 1)[-1]}", lang))  # fmt: skip
        lines.append(f"{where}: {row['within_before']:,.0f}; {gained}")
    return "\n".join([*lines, *_more(len(table), lang)])


def ranked(table: pd.DataFrame, lang: str) -> str:
    """Return ranked edits as lines of text.

    Parameters
    ----------
    table
        As of :func:`cfc_gis.scenario.rank`.
    lang
        ``zh`` or ``en``.
    """
    lines = [locale.say("scenario.ranked", lang)]
    for row in table.head(_SHOWN).to_dict("records"):
        unknown = locale.say("scenario.unknown", lang)
        each = unknown if pd.isna(row["gained_per_cost"]) else f"{row['gained_per_cost']:,.2f}"
        beside = row["gained_newcomers"]
        new = locale.say("scenario.compared_new", lang, count=f"{beside:+,.0f}") if beside >= _CHILD else ""
        facts = {"gained": f"{row['gained']:+,.0f}{new}", "added": f"{row['added']:+,.0f}", "each": each}
        lines.append(f"{row['rank']:>3}. {row['what']}\n     {locale.say('scenario.rank_row', lang, **facts)}")
    return "\n".join([*lines, *_more(len(table), lang)])


def _newcomers(row: Mapping[Any, Any], name: str, lang: str) -> str:
    count = row.get(f"{name}{NEWCOMERS}", 0.0)
    return locale.say("scenario.compared_new", lang, count=f"{count:+,.0f}") if abs(count) >= _CHILD else ""


def _more(rows: int, lang: str) -> list[str]:
    return [locale.say("place.more", lang, count=rows - _SHOWN)] if rows > _SHOWN else []
