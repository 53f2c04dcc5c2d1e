"""Read a facility's category from its name and tags, by the rules of ``resources/lexicon.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cfc_gis import text

_NAME_TAGS = ("alt_name", "official_name", "name:en")
_OUT_OF_USE = ("construction", "abandoned", "disused")
_CLOSED = {"private", "no", "permit"}
_PAEDIATRIC = "paediatric_hospital"
_HINTS = ("care_level", "ownership", "season", "indoor", "generic")


@dataclass(frozen=True)
class Verdict:
    """What name and tags say about one object.

    Parameters
    ----------
    kind
        ``education``, ``health`` or ``leisure``.
    category
        Category, or ``None`` where the object is not taken.
    evidence
        ``strong``, ``presumed`` or ``unknown``; empty where it is not taken.
    why
        The tag, or ``name:`` and the word, that decided.
    reason
        Why it is not taken (a key of the locale section ``set_aside``); ``None`` where it is.
    """

    kind: str
    category: str | None
    evidence: str
    why: str
    reason: str | None = None


@dataclass(frozen=True)
class _Rule:
    words: re.Pattern[str]
    unless: re.Pattern[str] | None
    kinds: frozenset[str]
    reason: str = ""
    category: str = ""
    evidence: str = "strong"
    alone: str = "strong"
    tagged: tuple[str, ...] = ()

    def found(self, names: str) -> str | None:
        match = self.words.search(names)
        if match is None or (self.unless is not None and self.unless.search(names)):
            return None
        return match.group().strip()


@dataclass(frozen=True)
class _Lexicon:
    kinds: dict[str, re.Pattern[str]]
    tags: dict[str, dict[str, str]]
    tag_keys: tuple[str, ...]
    amenities: frozenset[str]
    carriers: frozenset[str]
    excludes: tuple[_Rule, ...]
    categories: tuple[_Rule, ...]
    any_word: re.Pattern[str]
    more: Mapping[str, Mapping[str, Any]]
    hints: Mapping[str, Mapping[str, re.Pattern[str]]]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    # Names of one object stand on lines of their own, so that ^ and $ mean a name, not all of them.
    return re.compile("|".join(f"(?:{word})" for word in words), re.MULTILINE | re.IGNORECASE)


def _rule(entry: dict[str, Any]) -> _Rule:
    rest = {key: entry[key] for key in ("reason", "category", "evidence", "alone") if key in entry}
    unless = _pattern(entry["unless"]) if "unless" in entry else None
    return _Rule(
        _pattern(entry["words"]), unless, frozenset(entry["kinds"]), tagged=tuple(entry.get("tagged", ())), **rest
    )


@cache
def _lexicon() -> _Lexicon:
    file = resources.files("cfc_gis") / "resources" / "lexicon.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    leisure = [word for entry in raw["category"] if "leisure" in entry["kinds"] for word in entry["words"]]
    kinds = {**raw["kind"], "leisure": leisure}
    return _Lexicon(
        kinds={kind: _pattern(words) for kind, words in kinds.items()},
        tags=raw["tag"],
        tag_keys=tuple(dict.fromkeys(tag.split("=")[0] for tag in raw["tag"])),
        amenities=frozenset(tag.removeprefix("amenity=") for tag in raw["tag"] if tag.startswith("amenity=")),
        carriers=frozenset(raw["carrier"]["tags"]),
        excludes=tuple(_rule(entry) for entry in raw["exclude"]),
        categories=tuple(_rule(entry) for entry in raw["category"]),
        any_word=_pattern(word for words in kinds.values() for word in words),
        more={key: raw[key] for key in ("measures", "speciality", "same_name")},
        hints={section: {key: _pattern(words) for key, words in raw[section].items()} for section in _HINTS},
    )


def measure(name: str) -> float:
    """Return a measure of the lexicon, such as ``pocket_park_m2``.

    Examples
    --------
    >>> measure("pocket_park_m2")
    400.0
    """
    return float(_lexicon().more["measures"][name])


def is_generic(name: str) -> bool:
    """Tell whether a name names nothing in particular, such as 绿地 or 学校.

    Examples
    --------
    >>> is_generic("绿地"), is_generic("顾乡公园")
    (True, False)
    """
    return not name or _lexicon().hints["generic"]["words"].fullmatch(name) is not None


def hint(section: str, name: str) -> str | None:
    """Return the first key of a section of the lexicon (care_level, ownership, season, indoor) whose words a name has.

    Examples
    --------
    >>> hint("care_level", "哈尔滨市儿童医院")
    'regional'
    """
    return next((key for key, words in _lexicon().hints[section].items() if words.search(name)), None)


def kinds_of(category: str) -> frozenset[str]:
    """Return the kinds of objects that a category may be found in.

    Examples
    --------
    >>> sorted(kinds_of("culture"))
    ['education', 'leisure']
    """
    return frozenset().union(*(rule.kinds for rule in _lexicon().categories if rule.category == category))


def strip_place(name: str) -> str:
    """Return a name without the city, district and punctuation around its core.

    Examples
    --------
    >>> strip_place("哈尔滨市香坊区中心幼儿园")
    '中心幼儿园'
    """
    for word in _lexicon().more["same_name"]["strip"]:
        name = re.sub(word, "", name)
    return name


def may_interest(names: Iterable[object], tags: Iterable[dict[str, str]]) -> list[bool]:
    """Tell quickly which objects :func:`classify` need look at: those with a tag or a word of the lexicon.

    Examples
    --------
    >>> may_interest(["和兴幼儿园", None], [{"building": "yes"}, {"building": "yes"}])
    [True, False]
    """
    lexicon = _lexicon()
    word, keys, known = lexicon.any_word, frozenset(lexicon.tag_keys), lexicon.tags
    return [
        (isinstance(name, str) and word.search(name) is not None)
        or any(f"{key}={each[key].split(';')[0]}" in known for key in keys.intersection(each))
        for name, each in zip(names, tags, strict=True)
    ]


def classify(name: object, tags: dict[str, str]) -> Verdict | None:
    """Say what one object is, from its name and tags alone.

    Parameters
    ----------
    name
        Its name; anything but text counts as missing.
    tags
        All its OSM tags.

    Returns
    -------
    Verdict or None
        ``None`` where nothing about it speaks of a facility.

    Examples
    --------
    >>> classify("东北农业大学附属幼儿园", {"amenity": "kindergarten"}).category
    'kindergarten'
    >>> classify("逸夫教学楼", {"amenity": "school"}).reason
    'named_after'
    >>> classify("儿童医院", {"highway": "bus_stop"}).reason
    'named_after'
    >>> classify("哈尔滨市第六十九中学", {"amenity": "school"}).evidence
    'presumed'
    """
    names = _names(name, tags)
    tag = _tag(tags)
    kind, rule = _kind(names, tag)
    if kind is None:
        return None
    by_tag = bool(tag) and not tag.startswith("building=")
    if not by_tag and _carries_a_name(tags):
        return Verdict(kind, None, "", "carrier", "named_after")
    if tags.get("landuse") == "construction" or tags.get("building") == "construction" or _out_of_use(tags):
        return Verdict(kind, None, "", "out of use", "not_built")
    return (
        _excluded(names, kind, rule)
        or _by_tag_detail(kind, tags)
        or _by_name(names, kind, tagged=bool(tag))
        or _by_tag(kind, tag, rule)
    )


def _names(name: object, tags: dict[str, str]) -> str:
    first = name if isinstance(name, str) else ""
    return "\n".join(filter(None, (text.display(each) for each in (first, *(tags.get(key) for key in _NAME_TAGS)))))


def _tag(tags: dict[str, str]) -> str:
    lexicon = _lexicon()
    own = {f"{key}={tags[key].split(';')[0]}" for key in lexicon.tag_keys if key in tags}
    return next((tag for tag in lexicon.tags if tag in own), "")


def _kind(names: str, tag: str) -> tuple[str | None, dict[str, str]]:
    lexicon = _lexicon()
    rule = lexicon.tags.get(tag, {})
    if rule and not tag.startswith("building="):
        return rule["kind"], rule
    first = names.partition("\n")[0]
    ends = {kind: max((m.end() for m in words.finditer(first)), default=0) for kind, words in lexicon.kinds.items()}
    best = max(ends, key=lambda kind: ends[kind])
    return (best if ends[best] else rule.get("kind")), rule


def _carries_a_name(tags: dict[str, str]) -> bool:
    lexicon = _lexicon()
    if "amenity" in tags and tags["amenity"].split(";")[0] not in lexicon.amenities:
        return True
    return any(key in lexicon.carriers or f"{key}={value}" in lexicon.carriers for key, value in tags.items())


def _out_of_use(tags: dict[str, str]) -> bool:
    return any(tags.get(key, "no") != "no" for key in _OUT_OF_USE)


def _excluded(names: str, kind: str, rule: dict[str, str]) -> Verdict | None:
    for each in _lexicon().excludes:
        if kind not in each.kinds or (each.tagged and rule.get("category") not in each.tagged):
            continue
        if word := each.found(names):
            return Verdict(kind, None, "", f"name: {word}", each.reason)
    return None


def _by_tag_detail(kind: str, tags: dict[str, str]) -> Verdict | None:
    """Tags that say more than any name: grades, levels, specialities, and access of places of leisure."""
    if kind == "leisure" and tags.get("access") in _CLOSED:
        return Verdict(kind, None, "", f"access={tags['access']}", "private_access")
    if kind == "health":
        special = set(tags.get("healthcare:speciality", "").split(";"))
        if special & set(_lexicon().more["speciality"]["paediatrics"]):
            return Verdict(kind, _PAEDIATRIC, "strong", "healthcare:speciality")
    if kind == "education":
        for key, stage in (("grades", _stage_of_grades), ("isced:level", _stage_of_levels)):
            found = stage([int(number) for number in re.findall(r"\d+", tags.get(key, ""))])
            if found == "senior_school":
                return Verdict(kind, None, "", f"{key}={tags[key]}", found)
            if found:
                return Verdict(kind, found, "strong", f"{key}={tags[key]}")
    return None


def _stage_of_grades(grades: list[int]) -> str | None:
    if not grades:
        return None
    low, high = min(grades), max(grades)
    if low >= 10:
        return "senior_school"
    if low >= 6:  # in Harbin junior schools have four years, from the sixth
        return "junior_school"
    return "nine_year_school" if high >= 8 else "primary_school"


def _stage_of_levels(levels: list[int]) -> str | None:
    stages = {0: "kindergarten", 1: "primary_school", 2: "junior_school", 3: "senior_school"}
    wanted = set(range(min(levels), max(levels) + 1)) if levels else set()
    if {1, 2} <= wanted:
        return "nine_year_school"
    return next((stages[level] for level in (2, 1, 0, 3) if level in wanted), None)


def _by_name(names: str, kind: str, *, tagged: bool) -> Verdict | None:
    for each in _lexicon().categories:
        if kind in each.kinds and (word := each.found(names)):
            return Verdict(kind, each.category, each.evidence if tagged else each.alone, f"name: {word}")
    return None


def _by_tag(kind: str, tag: str, rule: dict[str, str]) -> Verdict:
    if category := rule.get("category"):
        return Verdict(kind, category, rule["evidence"], tag)
    return Verdict(kind, None, "", tag, rule.get("reason", "stage_unknown"))
