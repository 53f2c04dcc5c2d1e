"""Words in Chinese and English, kept in ``resources/locale/*.toml``.

Every key carries both languages; a test holds the tables complete and their placeholders equal.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


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
        Values for the placeholders of the words, as in :meth:`str.format`.

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
    return words.format(**facts) if facts else words
