"""How alike two names of institutions are, and why: 哈工大附小 and 哈尔滨工业大学附属小学 are one name.

A name falls into its place (whose it is: the province's, the city's, a district's), its core (numerals written as
figures, short forms applied) and its campus. Another place, number or campus is another institution, however alike the
rest.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from cfc_gis import names, text

_BRACKETS = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_FOREIGN = re.compile(r"\s*[-–—]?\s*[A-Za-z][A-Za-z .'-]*$")  # a translation behind a Chinese name
_HAN = re.compile("[一-鿿]")
_LEAST = 2  # characters from which a part of a name tells anything


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    Parameters
    ----------
    core
        The institution; empty where the name names nothing in particular.
    campus
        The campus; empty for the main one.
    place
        ``省``, ``市`` or a district, as far as the name says.
    """

    core: str
    campus: str
    place: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the core, sorted."""
        return tuple(sorted(re.findall(r"\d+", self.core)))

    @property
    def rest(self) -> str:
        """The core without the words that only say what the place is; the core itself where nothing else is left."""
        return _pattern("nouns").sub("", self.core) or self.core

    @property
    def is_number(self) -> bool:
        """Whether its place must be known to tell it from others: 第二幼儿园 is one of many, 第二中学 of the city."""
        return self.rest.isdigit() and not self.core.endswith(tuple(rules()["names"]["numbered"]))


@dataclass(frozen=True)
class Likeness:
    """How alike two names are.

    Parameters
    ----------
    score
        0 (different) to 1 (one name); ``None`` where one of them tells nothing.
    why
        ``same``, ``part``, ``similar``, ``numbers``, ``place``, ``campus``, ``different`` or ``nothing``.
    """

    score: float | None
    why: str


@cache
def rules() -> dict[str, Any]:
    """Return the resource file of names."""
    file = resources.files("cfc_gis") / "resources" / "likeness.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def score(name: str) -> float:
    """Return a score of the resource file, such as ``alike``.

    Examples
    --------
    >>> score("alike")
    0.8
    """
    return float(rules()["scores"][name])


@cache
def _pattern(section: str) -> re.Pattern[str]:
    words = sorted(rules()["names"][section], key=len, reverse=True)
    return re.compile("|".join(words))


@lru_cache(maxsize=65536)
def parse(name: str) -> Name:
    """Take a name apart.

    Examples
    --------
    >>> parse("哈尔滨市第一中学（霁虹校区）")
    Name(core='1中学', campus='霁虹', place='市')
    >>> parse("哈尔滨医科大学附属第一医院（哈医大一院）"), parse("哈医大一院").core, parse("幼儿园").core
    (Name(core='医大1院', campus='', place='市'), '医大1院', '')
    """
    half = unicodedata.normalize("NFKC", text.display(name))
    if _HAN.search(half):
        half = _FOREIGN.sub("", half)
    inside = [part.strip() for part in _BRACKETS.findall(half)]
    place, left = _placed(_BRACKETS.sub("", half).strip())
    outside, behind = _split(left)
    core = names.core(outside) or (place + outside if place else "")
    for pattern, short in rules()["names"]["short"]:
        core = re.sub(pattern, short, core)
    return Name(core, behind or next(filter(None, map(_bracketed, inside)), ""), place)


def with_district(name: object, district: object) -> str | None:
    """Return a name with its district before it, where the name does not say whose it is; ``None`` without a name.

    Examples
    --------
    >>> with_district("第二幼儿园", "南岗区"), with_district("道里区第二幼儿园", "南岗区"), with_district("甲", None)
    ('南岗区第二幼儿园', '道里区第二幼儿园', '甲')
    """
    if not isinstance(name, str):
        return None
    return f"{district}{name}" if isinstance(district, str) and not parse(name).place else name


def _placed(name: str) -> tuple[str, str]:
    """Return whose a name says that it is, and the name without that."""
    rule, place = rules()["names"], ""
    for words in rule["places"]:
        found = re.match(words, name)
        if found and found.end() < len(name):
            place, name = found.group(), name[found.end() :]
    return "省" if place in rule["province"] else "市" if place in rule["city"] else place.removesuffix("区"), name


def _split(outside: str) -> tuple[str, str]:
    """Return a name without the campus behind it, and the campus."""
    found = _behind().search(outside)
    if found is None:
        return outside, ""
    return outside[: found.start()], _campus(found[1], found[2])


@cache
def _behind() -> re.Pattern[str]:
    heads = "|".join(f"(?<={word})" for word in rules()["names"]["heads"])
    return re.compile(f"(?:{heads})校?[·. -]*([^·. -]{{0,6}}?)({_pattern('sites').pattern})$")


def _bracketed(part: str) -> str:
    """Return the campus that stands in brackets; empty where it is another name, or a remark."""
    if _pattern("no_campus").match(part) or part in rules()["names"]["main"]:
        return ""
    site = re.fullmatch(f"(.*?)({_pattern('sites').pattern})", part)
    if site:
        return _campus(site[1], site[2])
    is_name = _pattern("nouns").search(part) or part.endswith("院")
    return "" if is_name else _campus(part, "")


def _campus(stem: str, site: str) -> str:
    if stem + site in rules()["names"]["main"]:
        return ""
    return names.core(stem) or stem or site


def compare(first: str | None, second: str | None) -> Likeness:
    """Return how alike two names are; the same whichever comes first.

    Parameters
    ----------
    first, second
        Names; ``None`` where there is none.

    Returns
    -------
    Likeness
        1 where cores and campuses are equal; where only one says a campus, where one core is part of the other, or
        where they share most of their characters in order, less (``resources/likeness.toml``); 0 where their numbers or
        campuses differ.

    Examples
    --------
    >>> compare("哈尔滨市第六十九中学校", "69中").score, compare("第六十九中学", "第九中学").why
    (1.0, 'numbers')
    >>> compare("花园小学", "哈西花园小学")
    Likeness(score=0.85, why='part')
    >>> compare("和兴幼儿园", "嵩山幼儿园").score, compare("小学", "花园小学").score
    (0.0, None)
    """
    a, b = parse(first or ""), parse(second or "")
    if not a.core or not b.core or bool(_HAN.search(a.core)) != bool(_HAN.search(b.core)):
        return Likeness(None, "nothing")
    differs = _differs(a, b)
    if differs:
        return Likeness(0.0, differs)
    share, why = _cores(a, b)
    weight = 1.0 if bool(a.campus) == bool(b.campus) else score("one_campus")
    return Likeness(round(share * weight, 3), why)


def _differs(a: Name, b: Name) -> str:
    """Return what makes two names two institutions, whatever the rest; empty where nothing does."""
    if a.numbers != b.numbers:
        return "numbers"
    places = {a.place, b.place} - {""}
    in_city = "市" in places and "省" not in places  # a district's school may as well be called the city's
    if len(places) > 1 and (a.is_number or not in_city):
        return "place"
    if a.campus and b.campus and a.campus not in b.campus and b.campus not in a.campus:
        return "campus"
    return ""


def _cores(a: Name, b: Name) -> tuple[float, str]:
    if a.core == b.core:
        return (score("part"), "part") if a.is_number and a.place != b.place else (1.0, "same")
    numbered = a.rest.isdigit() or b.rest.isdigit()  # a bare number is no part of a name
    short, long = sorted((a.core, b.core) if numbered else (a.rest, b.rest), key=lambda each: (len(each), each))
    if not numbered and len(short) >= _LEAST and re.search(rf"(?<!\d){re.escape(short)}(?!\d)", long):
        return score("part"), "part"
    share = min(2 * _common(short, long) / (len(short) + len(long)), score("part"))
    return (share, "similar") if share >= score("alike") else (share, "different")


def _common(first: str, second: str) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for char in first:
        before = 0
        for at, other in enumerate(second, 1):
            before, row[at] = row[at], before + 1 if char == other else max(row[at], row[at - 1])
    return row[-1]
