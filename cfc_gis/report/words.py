"""Words and numbers of the report, in each of its languages at once.

A piece of text is kept as one string for each language and becomes one ``<span>`` for each: the switch in the page
only shows and hides them, so that the report reads without any script too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cfc_gis import locale, text

HTML_LANG = {"zh": "zh-CN", "en": "en"}
LIST_MARK = {"zh": "、", "en": ", "}
ROUND_TO = ((1_000, 10), (10_000, 100), (math.inf, 1_000))
FEW = 10
HOW_READ = {
    "pyosmium": "how_read.pyosmium",
    "date from the file header": "how_read.header_date",
    "date of the newest street edit": "how_read.street_date",
}
"""Parts of a provenance (:mod:`cfc_gis.sources.osm_extract`) that have words."""
PULLED = re.compile(r"pulled (?P<date>\S+) from (?P<source>.+)")
COUNTED = {
    "category_": "category", "set_aside_": "set_aside", "entrance_": "entrance_rule", "polygons_": "landuse",
}  # fmt: skip


class Both(dict[str, Markup]):
    """The same text in each language of the report, escaped; the template shows it as one span for each."""

    def __html__(self) -> str:
        """Return the spans, or what is the same in every language once; the template engine asks for this."""
        if len(set(self.values())) == 1 and len(self) > 1:
            return str(next(iter(self.values())))
        return "".join(f'<span lang="{HTML_LANG[lang]}">{words}</span>' for lang, words in self.items())


class Words:
    """Say keys and numbers in the languages of one report.

    Parameters
    ----------
    langs
        Languages to show, the first one first.

    Examples
    --------
    >>> Words(["en"]).say("judgement.gap").__html__()
    '<span lang="en">Gap</span>'
    """

    def __init__(self, langs: Sequence[str]) -> None:
        self.langs = tuple(langs)

    def say(self, key: str, **facts: object) -> Both:
        """Return the words of a key; each fact is escaped, and a fact that is :class:`Both` keeps to its language."""
        return Both({lang: _fill(locale.table()[key][lang], lang, facts) for lang in self.langs})

    def pair(self, both: Mapping[str, object]) -> Both:
        """Return text given in each language, escaped."""
        return Both({lang: Markup(text.html_text(both.get(lang))) for lang in self.langs})  # noqa: S704 - escaped

    def join(self, parts: Iterable[Both]) -> Both:
        """Return several texts as one list: ``甲、乙`` and ``a, b``."""
        listed = list(parts)
        return Both({lang: Markup(LIST_MARK[lang]).join(part[lang] for part in listed) for lang in self.langs})  # noqa: S704

    def labelled(self, attribute: str, words: Both) -> Markup:
        """Return an attribute in the first language, with its words in each beside it: the switch sets it by them.

        Examples
        --------
        >>> both = Words(["zh", "en"])
        >>> both.labelled("title", both.say("judgement.gap"))
        Markup('title="缺口" data-labelled="title" data-zh="缺口" data-en="Gap"')
        """
        beside = "".join(f' data-{lang}="{words[lang]}"' for lang in self.langs)
        return Markup(f'{attribute}="{words[self.langs[0]]}" data-labelled="{attribute}"{beside}')  # noqa: S704 - escaped

    def listed(self, names: Iterable[object]) -> Both:
        """Return names that are the same in every language as one list.

        Examples
        --------
        >>> Words(["zh", "en"]).listed(["道里区", "南岗区"])["en"]
        Markup('道里区, 南岗区')
        """
        return self.join(self.pair(dict.fromkeys(self.langs, name)) for name in names)

    def term(self, section: str, name: object) -> Both:
        """Return a term such as a judgement; one that no locale file knows stands as it is."""
        key = f"{section}.{name}"
        if key in locale.table():
            return self.say(key)
        return self.pair({lang: locale.spoken(str(name).replace("_", " "), lang) for lang in self.langs})

    def counted(self, item: str) -> Both:
        """Return the words of a counter of a run, such as ``set_aside_golf``; they stand in the section they speak of.

        Examples
        --------
        >>> Words(["zh"]).counted("category_park")["zh"]
        Markup('公园')
        """
        for prefix, section in COUNTED.items():
            if item.startswith(prefix) and f"{section}.{item.removeprefix(prefix)}" in locale.table():
                name = self.term(section, item.removeprefix(prefix))
                return self.say("report.left_out", what=name) if section == "set_aside" else name
        return self.term("count", item)

    def how(self, reading: str) -> Both:
        """Return how a file was read, part by part; a part that no locale file knows stands as it is.

        Examples
        --------
        >>> Words(["zh"]).how("pyosmium; date of the newest street edit")["zh"]
        Markup('用 pyosmium 读取；数据日期取最近一次道路编辑')
        >>> Words(["zh"]).how("GeoPackage")["zh"]
        Markup('GeoPackage')
        """
        parts = [self._part(part) for part in reading.split("; ")]
        ends = self.say("report.or_else")
        return Both({lang: ends[lang].join(part[lang] for part in parts) for lang in self.langs})

    def _part(self, part: str) -> Both:
        if (key := HOW_READ.get(part)) is not None:
            return self.say(key)
        if (pulled := PULLED.fullmatch(part)) is not None:
            return self.say("how_read.pulled", **pulled.groupdict())
        return self.pair(dict.fromkeys(self.langs, part))

    def proven(self, gap: Mapping[str, Any]) -> Both | None:
        """Return the proven share of a gap: with "at least" where more is possible, None where that says nothing.

        Where a count bounds what is possible it is an interval.

        Examples
        --------
        >>> Words(["en"]).proven({"share_low": 0.25, "share_high": 1.0})["en"]
        Markup('≥ 25%')
        >>> Words(["en"]).proven({"share_low": 0.258, "share_high": 0.601})["en"]
        Markup('25–60%')
        >>> Words(["en"]).proven({"share_low": 0.008, "share_high": 1.0})["en"]
        Markup('&gt; 0%')
        >>> Words(["en"]).proven({"share_low": 0.0, "share_high": 1.0}) is None
        True
        """
        low, high = gap["share_low"], gap["share_high"]
        if low is None:
            return None
        if high is None or low >= high or low >= text.SURE:
            return self.pair(dict.fromkeys(self.langs, percent(low)))
        if low == 0 and high >= text.SURE:
            return None
        # A lower bound is rounded down: "at least 3 %" must be true.
        floor = math.floor(low * 100 + 1e-9)
        if high < text.SURE:
            return self.pair(dict.fromkeys(self.langs, f"{floor}–{percent(high)}"))
        # "<1%" would read as the most there can be, where it is the least.
        return self.pair(dict.fromkeys(self.langs, f"≥ {percent(floor / 100)}" if floor else "> 0%"))

    def people(self, value: float | None) -> Both:
        """Return a number of people as an estimate: rounded, with "about", and never a false "7".

        Examples
        --------
        >>> Words(["zh"]).people(1234.5)["zh"]
        Markup('约 1,200')
        >>> Words(["en"]).people(3)["en"]
        Markup('fewer than 10')
        """
        if value is None or math.isnan(value):
            return self.say("report.unknown")
        if value < 0.5:
            return self.pair(dict.fromkeys(self.langs, "0"))
        if value < FEW:
            return self.say("report.fewer_than_ten")
        return self.say("report.about", n=rounded(value))

    def between(self, low: float | None, high: float | None) -> Both:
        """Return a range of people, or "unknown" where an end of it is missing."""
        if low is None or high is None or math.isnan(low) or math.isnan(high):
            return self.say("report.unknown")
        return self.say("report.from_to", low=rounded(low), high=rounded(high))

    def share(self, value: float | None) -> Both:
        """Return a share as a whole percentage.

        Examples
        --------
        >>> Words(["en"]).share(0.4567)["en"]
        Markup('46%')
        """
        if value is None or math.isnan(value):
            return self.say("report.unknown")
        return self.pair(dict.fromkeys(self.langs, percent(value)))


def percent(share: float) -> str:
    """Return a share as a whole percentage; what is not quite all or nothing does not become it.

    Examples
    --------
    >>> percent(0.995), percent(1.0), percent(0.002), percent(0.25)
    ('>99%', '100%', '<1%', '25%')
    """
    if 0 < share <= text.ALMOST_NONE:
        return "<1%"
    if text.SURE <= share < 1:
        return ">99%"
    return f"{math.floor(share * 100 + 0.5)}%"


def rounded(value: float | None) -> str:
    """Return an estimate to the tens, hundreds or thousands that its size supports; a dash where there is none.

    Examples
    --------
    >>> rounded(327), rounded(4_567), rounded(1_047_204)
    ('330', '4,600', '1,047,000')
    """
    if value is None:
        return "–"
    step = next(step for below, step in ROUND_TO if value < below)
    return f"{math.floor(value / step + 0.5) * step:,}"


def _fill(words: str, lang: str, facts: Mapping[str, object]) -> Markup:
    """Fill words of ours with facts: the words are escaped first, then each fact on its own."""
    safe = {name: _fact(fact, lang) for name, fact in facts.items()}
    return Markup(str(Markup.escape(words)).format(**safe))  # noqa: S704 - words and facts were both escaped


def _fact(fact: object, lang: str) -> str:
    return str(fact[lang]) if isinstance(fact, Both) else text.html_text(fact)
