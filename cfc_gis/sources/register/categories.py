"""Say what each row of a register is: from one category for all, a column of categories, type codes, or its name."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from cfc_gis import lexicon, locale, schema, text
from cfc_gis.faults import Fault, Said
from cfc_gis.sources.register.columns import cells, rules

_PARTS = re.compile(r"[;；|>、,，/]")
_BRACKETS = re.compile(r"\(([^)]*)\)")
_CODE_DIGITS = 6
_ANY = frozenset(schema.CATEGORIES)
_MAY_BE = {"category_unknown": _ANY, "no_name": _ANY, "stage_unknown": schema.SCHOOLS}
_NINE_YEARS = {"primary_school", "junior_school"}
# Of several kinds in one cell the first of these is what the row counts as.
_OF_SEVERAL = ("nine_year_school", "primary_school", "junior_school", "special_school", "kindergarten", "childcare")


@dataclass(frozen=True)
class Sort:
    """What one row is.

    Parameters
    ----------
    category
        ``None`` where it is not taken.
    evidence
        ``confirmed``, ``strong``, ``presumed`` or ``unknown``.
    why
        The column, code or word that decided.
    reason
        Why it is not taken (locale section ``set_aside``).
    stated
        Whether the register itself states the category, so that an official list confirms it.
    may_be
        Kinds that it may be and does not count as.
    """

    category: str | None
    evidence: str
    why: str
    reason: str | None = None
    stated: bool = False
    may_be: frozenset[str] = frozenset()


def may_be(reason: str | None) -> frozenset[str]:
    """Return the kinds that a row may be for all that is known of it, by why it was set aside.

    Examples
    --------
    >>> sorted(may_be("stage_unknown")), may_be("senior_school")
    (['junior_school', 'nine_year_school', 'primary_school', 'special_school'], frozenset())
    """
    return _MAY_BE.get(reason or "", frozenset())


def sort(
    frame: pd.DataFrame, columns: Mapping[str, str], category: str | None, *, official: bool
) -> tuple[list[Sort], list[Fault]]:
    """Return what each row is.

    Parameters
    ----------
    frame
        The table, text or ``None``.
    columns
        Header of each field.
    category
        Category of all rows, where the register has one only.
    official
        Whether it is an official list: what it states is then confirmed. What only a name suggests stays presumed,
        for the list says that the place exists, not what it is.

    Returns
    -------
    sorts : list of Sort
        One per row.
    faults : list of Fault
        Warnings: rows that nothing sorts, rows of several kinds, rows whose name contradicts the category stated, and
        names that say that a place is closed for now: set aside, or kept where such places close every year.

    Examples
    --------
    >>> frame = pd.DataFrame({"校名": ["甲学校", "乙小学"], "学段": ["九年一贯制", None]}, [2, 3], dtype=object)
    >>> sorts, _ = sort(frame, {"name": "校名", "category": "学段"}, None, official=True)
    >>> [(each.category, each.evidence) for each in sorts]
    [('nine_year_school', 'confirmed'), ('primary_school', 'confirmed')]
    """
    sorts, faults = [], []
    said = [cells(frame, columns, field) for field in ("name", "category", "typecode", "status")]
    for row, name, stated, code, status in zip(frame.index, *said, strict=True):
        if category:
            found = Sort(category, "strong", "category", stated=True)
        else:
            found = _coded(name, code) or _stated(stated, columns) or _named(name, stated)
        reason, perhaps = _no_place(name, status, found) if found.category else (None, False)
        if reason:
            kinds = found.may_be | ({str(found.category)} if perhaps else set())
            found = Sort(None, "", found.why, reason, may_be=kinds)
        elif found.reason:
            found = replace(found, may_be=found.may_be | may_be(found.reason))
        if official and (found.stated or found.evidence == "strong"):
            found = replace(found, evidence="confirmed", why=f"official list, {found.why}")
        sorts.append(found)
        if found.category and _says(name, "closed_now"):
            faults.append(Fault("closed_season", "warning", int(row), found=name))
        if found.category and found.may_be:
            others = sorted(found.may_be)
            words = Said(*(", ".join(locale.say(f"category.{kind}", lang) for kind in others) for lang in locale.LANGS))
            facts = {"kept": locale.Words(f"category.{found.category}"), "others": words}
            faults.append(Fault("several_kinds", "warning", int(row), columns.get("category"), name, facts))
        faults += _doubts(int(row), name, stated or code, found, columns)
    return sorts, faults


def _stated(value: str | None, columns: Mapping[str, str]) -> Sort | None:
    """Return what a cell of the category column says; ``None`` where it does not tell.

    Of a school or kindergarten all parts count, in any order: 初中、高中 is a junior school, and 小学、学前 a primary
    school that may be a kindergarten as well. Of other places the last part is the most precise.
    """
    why = text.display(columns.get("category"))
    found = [sort for part in _PARTS.split(value or "") if (sort := _part(part, why)) is not None]
    kinds = {each.category for each in found if each.category}
    if kinds >= _NINE_YEARS:  # 小学、初中: a school of both stages
        kinds = kinds - _NINE_YEARS | {"nine_year_school"}
    kept = next((kind for kind in _OF_SEVERAL if kind in kinds), None)
    if kept is None:
        return found[-1] if found else None
    return Sort(kept, "strong", why, stated=True, may_be=frozenset(kinds - {kept}))


def _part(part: str, why: str) -> Sort | None:
    says = _words().get(text.folded(part))
    if says:
        return Sort(says, "strong", why, stated=True) if says in schema.CATEGORIES else Sort(None, "", why, says)
    verdict = lexicon.classify(part, {})
    return Sort(verdict.category, "strong", why, stated=True) if verdict and verdict.evidence == "strong" else None


@cache
def _words() -> dict[str, str]:
    """Word of a category column -> category, or the reason why it is not taken."""
    tables = rules()
    words = {
        text.folded(word): name
        for kind in ("category", "not_taken")
        for name, all_ in tables[kind].items()
        for word in all_
    }
    for name in schema.CATEGORIES:
        for word in (name, *locale.table()[f"category.{name}"].values()):
            words[text.folded(word)] = name
    return words


def _coded(name: str | None, code: str | None) -> Sort | None:
    """Return what a type code says together with the name; ``None`` where there is no code that is known."""
    for each in _PARTS.split(code or ""):
        digits = each.strip().zfill(_CODE_DIGITS)
        entry = next(filter(None, (rules()["typecode"].get(key) for key in _wider(digits))), None)
        if entry:
            return _weighed(name, entry, f"typecode {digits}")
    return None


def _wider(code: str) -> tuple[str, str, str]:
    return code, code[:4] + "00", code[:2] + "0000"


def _weighed(name: str | None, entry: Mapping[str, Any], why: str) -> Sort:
    if "reason" in entry:
        return Sort(None, "", why, entry["reason"])
    verdict = lexicon.classify(name, entry["tags"])
    if verdict is None or (verdict.reason in {"stage_unknown", "private_clinic"} and "category" in entry):
        return Sort(entry.get("category"), "presumed", why, None if "category" in entry else "category_unknown")
    return Sort(verdict.category, verdict.evidence, f"{why}, {verdict.why}", verdict.reason)


def _named(name: str | None, stated: str | None) -> Sort:
    """Return what the name says, or where it does not tell a vague word of the category column, such as 中学."""
    by_name, by_word = _verdict(name), _verdict(stated)
    both = [verdict for verdict in (by_name, by_word) if verdict and verdict.reason != "stage_unknown"]
    # A name that is sure goes first, then what excludes the row, then a guess from the column, then one from the name.
    ranked = sorted(
        both, key=lambda each: (each.evidence != "strong" or each is by_word, each.reason is None, each is by_name)
    )
    best = next(iter(ranked), by_name or by_word)
    if best is None:
        return Sort(None, "", "", "category_unknown")
    return Sort(best.category, best.evidence, best.why, best.reason)


def _verdict(value: str | None) -> lexicon.Verdict | None:
    return lexicon.classify(value, {}) if value else None


def _no_place(name: str | None, status: str | None, found: Sort) -> tuple[str | None, bool]:
    """Return why a row is no place of service, by its name and its state, and whether it may be one all the same."""
    for reason in ("closed_now", "not_built"):
        if _says(name, reason) or _says(status, reason, "status"):
            seasonal = reason == "closed_now" and found.category in rules()["seasonal"]["categories"]
            return None if seasonal else reason, False
    if _opens_late(name):
        return "not_built", True
    if not found.stated and _named_after(name):
        return "named_after", True
    return None, False


def _opens_late(name: str | None) -> bool:
    """Tell whether a name says that the place opens this year or later: 和兴小学(2026年投用)."""
    half = unicodedata.normalize("NFKC", name or "")
    years = [re.search(rules()["opens"]["year"], part) for part in _BRACKETS.findall(half)]
    return any(int(year[1]) >= dt.date.today().year for year in years if year)


def _named_after(name: str | None) -> bool:
    """Tell whether a name is that of a business at or near a facility.

    小学停车场 is one; 宾馆路小学 and 花园小学(地铁站校区) are schools.
    """
    half = unicodedata.normalize("NFKC", name or "")
    bare, inside = _BRACKETS.sub("", half), _BRACKETS.findall(half)
    verdict = lexicon.classify(bare, {})
    word = verdict.why.removeprefix("name: ") if verdict and verdict.category else ""
    campus = re.compile("|".join(rules()["campus"]["ends"]))
    shops = [part for part in inside if _says(f"({part})", "named_after") and not campus.search(part)]
    return _says(half, "named_after") and (bool(shops) or not (word and bare.endswith(word)))


def _says(value: str | None, reason: str, section: str = "names") -> bool:
    words: list[str] = rules()[section][reason]
    return re.search("|".join(words), unicodedata.normalize("NFKC", value or "").strip()) is not None


def _doubts(row: int, name: str | None, stated: str | None, found: Sort, columns: Mapping[str, str]) -> list[Fault]:
    if found.reason == "category_unknown":
        return [Fault("category_unknown", "warning", row, found=name, facts={"stated": text.display(stated)})]
    if found.reason == "closed_now":
        return [Fault("closed_now", "warning", row, found=name)]
    if found.reason:
        return [
            Fault("row_not_taken", "note", row, found=name, facts={"why": locale.Words(f"set_aside.{found.reason}")})
        ]
    verdict = _verdict(name) if found.stated else None
    if verdict is None or verdict.evidence != "strong" or verdict.category in {found.category, None}:
        return []
    facts = {
        name: locale.Words(f"category.{which}")
        for name, which in (("stated", found.category), ("named", verdict.category))
    }
    return [Fault("category_contradicted", "warning", row, columns.get("category"), name, facts)]
