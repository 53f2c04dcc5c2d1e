"""Find which column of a register holds what, by the headers of ``resources/register.toml`` or as the planner says."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown, TableFault
from cfc_gis.faults import Fault, Said

_FIELD_BYTES = 10  # a Shapefile cuts the names of its fields
_BRACKETS = re.compile(r"[(\[【][^)\]】]*[)\]】]")


@cache
def rules() -> dict[str, Any]:
    """Return the resource file of registers."""
    file = resources.files("cfc_gis") / "resources" / "register.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def find(headers: Sequence[str], named: Mapping[str, str], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return the column of each field that the register has.

    Parameters
    ----------
    headers
        Headers of the file.
    named
        Header of each field that the planner names; these go first.
    path
        The file, for messages.

    Returns
    -------
    columns : dict
        Field -> header.
    faults : list of Fault
        Notes: what was understood, which columns are not used, and where several fit one field.

    Raises
    ------
    ChoiceUnknown
        When a field that is named does not exist.
    TableFault
        When a header that is named is not in the file.

    Examples
    --------
    >>> find(["园所名称", "学位（个）", "备注"], {}, "a.csv")[0]
    {'name': '园所名称', 'seats': '学位（个）'}
    """
    words: dict[str, list[str]] = rules()["headers"]
    _check_named(headers, named, path)
    free = [header for header in headers if header not in named.values()]
    keys = {header: _keys(header) for header in free}
    columns, faults = dict(named), []
    for field in [field for field in words if field not in named]:
        wanted = [text.folded(word) for word in words[field]]
        fits = [header for word in [*wanted, *_cut(wanted)] for header in free if word in keys[header]]
        if fits:
            columns[field] = fits[0]
            faults += [
                Fault("column_other", "note", column=header, facts={"used": text.display(fits[0])})
                for header in dict.fromkeys(fits[1:])
                if header != fits[0]
            ]
    used = {field: columns[field] for field in words if field in columns}
    understood = Said(*("; ".join(_understood(used, lang)) for lang in locale.LANGS))
    others = {fault.column for fault in faults}
    unused = [header for header in headers if header not in used.values() and header not in others]
    faults.insert(0, Fault("columns_understood", "note", facts={"told": understood}))
    if unused:
        faults.append(Fault("columns_unused", "note", found=", ".join(map(text.display, unused))))
    return used, faults


def _understood(used: Mapping[str, str], lang: str) -> Iterator[str]:
    yield from (f"{locale.say(f'register_field.{field}', lang)} = {text.display(used[field])}" for field in used)


def _check_named(headers: Sequence[str], named: Mapping[str, str], path: str) -> None:
    fields = list(rules()["headers"])
    for field in named:
        if field not in fields:
            close = difflib.get_close_matches(field, fields, n=1)
            suggestion = f" ({close[0]}?)" if close else ""
            raise ChoiceUnknown(
                "choice_unknown", what="field", found=field, suggestion=suggestion, known=", ".join(fields)
            )
    missing = [header for header in named.values() if header not in headers]
    if missing:
        raise TableFault(
            "columns_missing",
            path=path,
            missing=", ".join(map(text.display, missing)),
            found=", ".join(map(text.display, headers)),
        )


def _keys(header: str) -> set[str]:
    """Return what a header may be compared by: as a whole, without brackets, and its last part."""
    half = unicodedata.normalize("NFKC", header)
    bare = _BRACKETS.sub("", half)
    return {text.folded(half), text.folded(bare), text.folded(bare.rpartition("/")[2])} - {""}


def _cut(words: Sequence[str]) -> list[str]:
    """Return words as a Shapefile cuts them, in UTF-8 and in GBK."""
    both = [word.encode(codec)[:_FIELD_BYTES].decode(codec, "ignore") for word in words for codec in ("utf-8", "gbk")]
    return [cut for cut in dict.fromkeys(both) if cut not in words]


def cells(frame: pd.DataFrame, found: Mapping[str, str], field: str) -> pd.Series:
    """Return the column of a field, named by its header; all ``None`` where the register has none.

    Examples
    --------
    >>> cells(pd.DataFrame({"校名": ["甲"]}), {"name": "校名"}, "group").tolist()
    [None]
    """
    if field in found:
        return frame[found[field]].astype(object)
    return pd.Series([None] * len(frame), frame.index, dtype=object, name=field)
