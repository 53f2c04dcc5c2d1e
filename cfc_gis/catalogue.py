"""All standards, targets and norms as one list for people: what each asks, its source, who signed it, and its uses."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from cfc_gis import locale, text
from cfc_gis.norms import Norm, norms
from cfc_gis.standards import Standard, all_standards, by_category
from cfc_gis.targets import Target, all_targets

WIDTH = 110
"""Columns of the list on a terminal; a Chinese character takes two."""


@dataclass(frozen=True)
class Catalogue:
    """The standards of a study, and the norms that no judgement rests on.

    Parameters
    ----------
    standards
        The shipped ones unless given.
    norms
        The shipped ones unless given.
    targets
        The plan's own targets, as shipped unless given.

    Examples
    --------
    >>> lines = list(Catalogue().lines("en"))
    >>> "* ? kindergarten.radius" in lines, max(map(columns, lines)) <= WIDTH
    (True, True)
    """

    standards: tuple[Standard, ...] = field(default_factory=all_standards)
    norms: tuple[Norm, ...] = field(default_factory=norms)
    targets: tuple[Target, ...] = field(default_factory=all_targets)

    def lines(self, lang: str) -> Iterator[str]:
        """Yield the list as text: each standard that decides has a ``*``, each value that nobody verified a ``?``."""
        yield from _wrapped(locale.say("catalogue.intro", lang), "")
        for category, rows in by_category(self.standards).items():
            band = locale.say(f"band.{rows[0].band}", lang)
            yield ""
            yield locale.say("catalogue.of", lang, what=locale.say(f"category.{category}", lang), band=band)
            for row in rows:
                yield from _standard(row, lang)
        yield ""
        yield from _wrapped(locale.say("catalogue.targets", lang), "")
        for target in self.targets:
            yield f"  {_mark(target.binding)} {target.id}"
            facts = {
                "status": target.status(lang),
                "phase": target.phase,
                "body": locale.named("body", target.body, lang),
            }
            said = locale.say("catalogue.target_line", lang, words=target.words(lang), **facts)
            yield from _wrapped(said, "      ")
            yield from _wrapped(locale.spoken(target.source, lang), "      ")
        yield ""
        yield from _wrapped(locale.say("catalogue.norms", lang), "")
        for norm in self.norms:
            yield f"  {_mark(norm.verified)} {norm.id}"
            yield from _wrapped(norm.words(lang), "      ")
            yield from _wrapped(_origin(norm, locale.say(_verified(norm.verified), lang), lang), "      ")
            yield from _wrapped(norm.note_zh if lang == "zh" else norm.note_en, "      ")

    def _repr_html_(self) -> str:
        both = (text.html_text(line) for lang in locale.LANGS for line in (*self.lines(lang), ""))
        return f"<pre>{'<br>'.join(both)}</pre>"


def columns(words: str) -> int:
    """Return how many columns of a terminal words take.

    Examples
    --------
    >>> columns("幼儿园 300 m")
    12
    """
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in words)


def uses(row: Standard, lang: str) -> str:
    """Return where a standard is used, in words."""
    return locale.say("catalogue.comma", lang).join(locale.say(f"standard_use.{use}", lang) for use in row.uses)


def _standard(row: Standard, lang: str) -> Iterator[str]:
    yield f"{'*' if row.decides else ' '} {_mark(row.verified or row.signed)} {row.id}"
    facts = {"share": f"{100 * row.target_share:g}", "status": row.target_status(lang), "phase": row.phase}
    parts = [row.words(lang), locale.say(f"report.applies_{row.applies_to}", lang), locale.spoken(row.tier, lang)]
    if row.decides:
        parts.append(locale.say("catalogue.target", lang, **facts))
    comma = locale.say("catalogue.comma", lang)
    yield from _wrapped(comma.join(parts), "      ")
    yield from _wrapped(_origin(row, row.status(lang), lang), "      ")
    yield from _wrapped(locale.say("catalogue.used", lang, uses=uses(row, lang)), "      ")


def _origin(row: Standard | Norm, status: str, lang: str) -> str:
    source = " ".join(filter(None, (locale.spoken(row.source, lang), locale.spoken(row.clause, lang))))
    scope = locale.say(f"scope.{row.scope}", lang)
    return locale.say("catalogue.origin", lang, source=source, year=row.year, scope=scope, status=status)


def _mark(settled: bool) -> str:
    return " " if settled else "?"


def _verified(verified: bool) -> str:
    return "standard.verified" if verified else "standard.unverified"


def _wrapped(words: str, indent: str) -> Iterator[str]:
    """Break words into lines of at most :data:`WIDTH` columns: at spaces, and between Chinese characters."""
    line = indent
    for piece in _pieces(text.display(words)):
        if columns(line + piece.rstrip()) > WIDTH:
            yield line.rstrip()
            line = indent + "  " + piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def _breaks(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _pieces(words: str) -> Iterator[str]:
    """Yield what no line is broken within: a word with its space, or one Chinese character with what closes it."""
    piece = ""
    for char, after in pairwise(words + " "):
        piece += char
        if (_breaks(char) or char == " " or _breaks(after)) and after not in "，。；：）、”":
            yield piece
            piece = ""
    if piece:
        yield piece
