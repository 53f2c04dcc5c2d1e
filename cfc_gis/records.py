"""Rows of a resource file as frozen records: every missing or unknown key and wrong value is said at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints


def faults(row: Mapping[str, Any], kind: type) -> list[str]:
    """Return what keeps a row from being a record.

    Parameters
    ----------
    row
        Values by name.
    kind
        A dataclass; fields with a default may be left out.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Named:
    ...     name: str
    ...     year: int = 0
    >>> faults({"nmae": "a", "year": "2018"}, Named)
    ['name missing', 'unknown key nmae', "year = '2018'"]
    """
    hints = get_type_hints(kind)
    may_miss = {each.name for each in dataclasses.fields(kind) if each.default is not dataclasses.MISSING}
    found = [f"{name} missing" for name in hints if name not in row and name not in may_miss]
    found += [f"unknown key {name}" for name in row if name not in hints]
    return found + [f"{name} = {row[name]!r}" for name in hints if name in row and not _fits(row[name], hints[name])]


def rows_of(content: Mapping[str, Any], section: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a section, each filled up with what ``[common]`` says of all, and sections that are unknown.

    Examples
    --------
    >>> rows_of({"common": {"year": 2018}, "norm": [{"id": "a"}], "nrom": []}, "norm")
    ([{'year': 2018, 'id': 'a'}], ['unknown section nrom'])
    """
    unknown = [f"unknown section {name}" for name in content if name not in {"common", section}]
    return [{**content.get("common", {}), **row} for row in content.get(section, [])], unknown


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_fits(value, part) for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(part, str) for part in value)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is hint
