"""How the columns of a table are read by planners: headers in both languages, words for keys, numbers as they are said.

How a column looks and which words its keys have stands in ``resources/columns.toml``, its header in the locale section
``column``. A column that neither names keeps its name, and looks like what it holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from cfc_gis import locale, text

_DECIMALS = {"share": 1, "count": 0, "number": 1}


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is read: headers and keys in both languages, shares in percent, numbers rounded.

    Parameters
    ----------
    table
        Any table of results, or columns of one; the geometry is left out.

    Returns
    -------
    DataFrame
        To be looked at, not to be computed with. Missing values stay missing.

    Examples
    --------
    >>> shown = worded(pd.DataFrame({"share_low": [0.113], "judgement": ["no_data"]}))
    >>> print(shown.to_string(index=False))
     已证实（%） Proven (%) 判定 Judgement
                 11.3 数据不足 No data
    """
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return pd.DataFrame({header(str(name)).replace("\n", " "): _shown(str(name), plain[name]) for name in plain})


def _shown(name: str, values: pd.Series) -> pd.Series:
    look = kind(name, values)
    if look not in _DECIMALS or not pd.api.types.is_numeric_dtype(values):
        return values.map(lambda value: said(name, value))
    rounded = (values * 100 if look == "share" else values).round(_DECIMALS[look])
    return rounded.astype("Int64") if _DECIMALS[look] == 0 else rounded


@cache
def looks() -> Mapping[str, Any]:
    """Return what ``resources/columns.toml`` says."""
    file = resources.files("cfc_gis") / "resources" / "columns.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def header(name: str) -> str:
    """Return the header of a column in both languages; of ``kindergarten_share_low`` with the category in front.

    Examples
    --------
    >>> header("kindergarten_judgement")
    '幼儿园：判定\\nKindergarten: Judgement'
    """
    of_category = _of_category(name)
    if of_category:
        parts = [(locale.say(f"category.{of_category[0]}", lang), _word(of_category[1], lang)) for lang in locale.LANGS]
        return "\n".join(mark.join(pair) for mark, pair in zip(("：", ": "), parts, strict=True))
    return "\n".join(dict.fromkeys(_word(name, lang) for lang in locale.LANGS))


def _word(name: str, lang: str) -> str:
    return locale.say(f"column.{name}", lang) if f"column.{name}" in locale.table() else text.display(name)


def _of_category(name: str) -> tuple[str, str] | None:
    """Part a column such as ``park_share_low`` into category and what is said of it."""
    for key in locale.table():
        section, _, category = key.partition(".")
        if section == "category" and name.startswith(f"{category}_") and f"column.{name}" not in locale.table():
            return category, name.removeprefix(f"{category}_")
    return None


def said(name: str, value: Any) -> object:
    """Return a value as its cell shows it: keys in the words of both languages, missing as nothing."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    look = _look(name)
    if "words" in look:
        return both(look["words"], str(value).lower())
    if "list" in look:
        return _lines(look["list"], str(value).split(";"))
    if isinstance(value, str):
        return text.display(value)
    return value.item() if hasattr(value, "item") else value


def both(section: str, key: str) -> str:
    """Return the words of a key in both languages, once where they are the same; a key without words as it is."""
    if f"{section}.{key}" not in locale.table():
        return text.display(key)
    return " ".join(dict.fromkeys(locale.say(f"{section}.{key}", lang) for lang in locale.LANGS))


def _lines(section: str, keys: Sequence[str]) -> str:
    return "\n".join(both(section, key) for key in keys if key)


@cache
def _look(name: str) -> Mapping[str, str]:
    of_category = _of_category(name)
    look: Mapping[str, str] = looks()["column"].get(of_category[1] if of_category else name, {})
    return look


def kind(name: str, values: pd.Series) -> str:
    """Return how a column looks: as the resource says, else by what it holds."""
    look = _look(name)
    if "kind" in look:
        return str(look["kind"])
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return "share" if "share" in name else "number"
    return "text"
