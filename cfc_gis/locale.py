"""Words in Chinese and English, kept in ``resources/locale/*.toml``.

Every key carries both languages; a test holds the tables complete and their placeholders equal.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, Protocol, get_args, runtime_checkable

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
_HAN = re.compile("[\u4e00-\u9fff]")


@runtime_checkable
class Spoken(Protocol):
    """What has words of its own in each language, such as a report of faults."""

    def text(self, lang: str) -> str:
        """Return its words in one language."""


@dataclass(frozen=True)
class Words:
    """The words of a key, to be said in the language of the message around them.

    Parameters
    ----------
    key
        ``section.key`` of a locale file.

    Examples
    --------
    >>> Words("category.kindergarten").text("zh")
    '幼儿园'
    """

    key: str

    def text(self, lang: str) -> str:
        """Return its words in one language."""
        return say(self.key, lang)


@cache
def table() -> dict[str, dict[str, str]]:
    """Every key of every locale file with its words.

    Returns
    -------
    dict
        ``{"category.kindergarten": {"zh": "幼儿园", "en": "Kindergarten"}, ...}``

    Examples
    --------
    >>> table()["category.kindergarten"]["zh"]
    '幼儿园'
    """
    words: dict[str, dict[str, str]] = {}
    folder = resources.files("cfc_gis") / "resources" / "locale"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        for section, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for key, both in entries.items():
                words[f"{section}.{key}"] = both
    return words


def say(key: str, lang: str, **facts: object) -> str:
    """Return the words of a key in one language, with the facts filled in.

    Parameters
    ----------
    key
        ``section.key`` of a locale file.
    lang
        ``zh`` or ``en``.
    **facts
        Values for the placeholders of the words, as in :meth:`str.format`. A value with words of its own
        (:class:`Spoken`) is said in the same language.

    Raises
    ------
    KeyError
        When the key, the language or a placeholder is unknown: a fault of the caller.

    Examples
    --------
    >>> say("judgement.no_data", "zh")
    '数据不足'
    >>> say("judgement.no_data", "en")
    'No data'
    """
    words = table()[key][lang]
    said = {name: fact.text(lang) if isinstance(fact, Spoken) else fact for name, fact in facts.items()}
    return words.format(**said) if facts else words


def named(section: str, name: str, lang: str) -> str:
    """Return the name of a body or another proper name as a reader of one language needs it; else as it stands.

    Examples
    --------
    >>> named("body", "市教育局", "en"), named("body", "某街道办事处", "en")
    ('Municipal Education Bureau (市教育局)', '某街道办事处')
    """
    key = f"{section}.{name}"
    return say(key, lang) if key in table() else name


def spoken(value: str, lang: str) -> str:
    """Return the part of a text in one language, where it has one in Chinese and one in English; else all of it.

    Examples
    --------
    >>> [spoken("附录 / annex", lang) for lang in ("zh", "en")]
    ['附录', 'annex']
    >>> spoken("GB 50180-2018 / CJJ 37", "en"), spoken("市教育局 / 市卫健委", "en")
    ('GB 50180-2018 / CJJ 37', '市教育局 / 市卫健委')
    """
    parts = value.split(" / ")
    if len(parts) != len(LANGS) or not _HAN.search(parts[0]) or _HAN.search(parts[1]):
        return value
    return parts[LANGS.index(lang)]
