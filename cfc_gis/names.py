"""Compare names of institutions: 哈尔滨市第六十九中学校 and 69中学 are one name."""

from __future__ import annotations

import re

from cfc_gis import lexicon

_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")}
_NUMERAL = re.compile("[〇一二三四五六七八九十百]+")
_CHINESE = re.compile("[一-鿿]")


def core(name: str) -> str:
    """Return what is left of a name for comparison; empty where it names nothing in particular.

    Examples
    --------
    >>> core("哈尔滨市第六十九中学校"), core("69中"), core("南岗区第二幼儿园"), core("绿地")
    ('69中学', '69中学', '2幼儿园', '')
    """
    if lexicon.is_generic(name):
        return ""
    left = _NUMERAL.sub(_number, lexicon.strip_place(name))
    left = re.sub(r"(\d)中(?!学)", r"\1中学", left)
    return re.sub(r"([小中]学)校", r"\1", left)


def agree(first: str, second: str) -> bool:
    """Tell whether two cores may name one institution: one is empty, in another script, or part of the other.

    Examples
    --------
    >>> agree(core("122中学 C区"), core("哈尔滨市第122中学")), agree("9中学", "59中学"), agree("大剧院", "Opera House")
    (True, False, True)
    """
    short, long = sorted((first, second), key=lambda each: (len(each), each))
    if not short or bool(_CHINESE.search(short)) != bool(_CHINESE.search(long)):
        return True
    # A number must be whole: 9中学 is no part of 59中学.
    return re.search(rf"(?<!\d){re.escape(short)}(?!\d)", long) is not None


def _number(match: re.Match[str]) -> str:
    """Chinese numerals in figures, both spoken (六十九) and spelt (一一三)."""
    word = match.group()
    if "十" not in word and "百" not in word:
        return "".join(_DIGITS[char] for char in word)
    total, digit = 0, 0
    for char in word:
        if char in "十百":
            total += max(digit, 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = int(_DIGITS[char])
    return str(total + digit)
