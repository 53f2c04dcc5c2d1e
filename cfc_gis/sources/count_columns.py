"""What the columns of a table of official counts mean: units, categories and numbers; and what a header may not say.

``resources/counts.toml`` has the words. A word in brackets, a second column of numbers or a column of owners says that
a part is counted, or something else: what only passes for the whole number is refused, for a gap would rest on it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import pandas as pd

from cfc_gis import locale, schema, text
from cfc_gis.faults import Fault
from cfc_gis.sources import tables

MEASURES = ("sites", "capacity", "enrolled")
_BRACKETS = re.compile(r"[(\[【〔{]([^)\]】〕}]*)[)\]】〕}]")


class Wide(NamedTuple):
    """Header of a wide table: what it counts, of which category."""

    header: str
    category: str
    measure: str


@cache
def rules() -> dict[str, Any]:
    """Return what ``resources/counts.toml`` says."""
    file = resources.files("cfc_gis") / "resources" / "counts.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _words() -> dict[str, str]:
    """Return category by word: our keys, their names in both languages, and the words of the resource file."""
    words = {}
    for name in schema.COUNTED:
        said = [locale.say(f"category.{name}", lang) for lang in locale.LANGS if f"category.{name}" in locale.table()]
        for word in (name, *said, *rules()["words"][name]):
            words[text.folded(word)] = name
    return words


def category(word: object) -> str | None:
    """Return the category that a word means, whatever stands in brackets behind it.

    Examples
    --------
    >>> category("幼儿园（所）"), category("学校")
    ('kindergarten', None)
    """
    return _words().get(_bare(word))


def part(header: object, measure: str) -> str | None:
    """Return what a header or word says in brackets, unless it is a unit, a date, or the same in other words.

    Examples
    --------
    >>> part("幼儿园（公办）", "sites"), part("小学（人）", "sites"), part("小学（万人）", "enrolled")
    ('公办', '人', '万人')
    >>> part("幼儿园（所，2023年末）", "sites"), part("公园（Park）", "sites"), part("在园人数（人）", "enrolled")
    (None, None, None)
    """
    plain = re.compile("|".join([_unit(measure), *rules()["brackets"]["plain"]]))
    for said in _BRACKETS.findall(unicodedata.normalize("NFKC", str(header))):
        same = _words().get(text.folded(said))
        pieces = [piece for piece in re.split(r"[,、;\s]+", said.strip().lower()) if piece]
        if not all(plain.fullmatch(piece) for piece in pieces) and (same is None or same != category(header)):
            return text.display(said)
    return None


def find(headers: Sequence[str]) -> dict[str, str]:
    """Return the header of each of our columns that the file has; each header is used once.

    Where districts and sub-districts have a column each, the rows are of sub-districts, within those districts.

    Examples
    --------
    >>> find(["区县", "街道", "类别", "数量"])
    {'unit': '街道', 'category': '类别', 'sites': '数量', 'within': '区县'}
    """
    found: dict[str, str] = {}
    for name in rules()["headers"]:
        if free := [header for header in _fitting(headers, name) if header not in found.values()]:
            found[name] = free[0]
    units = _fitting(headers, "unit")
    townships = [header for header in units if _bare(header) in rules()["townships"]["headers"]]
    if townships and len(units) > len(townships) and "within" not in found:
        found |= {"unit": townships[0], "within": next(each for each in units if each not in townships)}
    return found


def wide(headers: Iterable[str]) -> list[Wide]:
    """Return the columns of a wide table that count something of a category.

    Examples
    --------
    >>> wide(["小学学位数", "备注"])
    [Wide(header='小学学位数', category='primary_school', measure='capacity')]
    """
    found: list[Wide] = []
    for header in headers:
        bare = _bare(header)
        for measure, ends in rules()["measures"].items():
            for end in ends:
                word = _words().get(bare.removesuffix(end)) if bare.endswith(end) else None
                if word is not None and not any(each.header == header for each in found):
                    found.append(Wide(header, word, measure))
    return found


def doubts(frame: pd.DataFrame, columns: Mapping[str, str], counted: Sequence[Wide]) -> Iterator[Fault]:
    """Yield what keeps a table from being understood in one way alone, and a note for each column that is not used.

    Parameters
    ----------
    frame
        The table, text or ``None``.
    columns
        Header of each of our columns.
    counted
        Columns of a wide table that count something.
    """
    headers = [str(name) for name in frame.columns]
    numbers = {columns[name]: name for name in MEASURES if name in columns} if "category" in columns else {}
    numbers |= {each.header: each.measure for each in counted}
    spare = set()
    for name in ("category", *MEASURES) if "category" in columns else ():
        for other in _fitting(headers, name):
            if other not in columns.values():
                spare.add(other)
                yield Fault("count_column_several", "error", None, other, facts={"used": columns[name]})
    for header, measure in numbers.items():
        if said := part(header, measure):
            yield Fault("count_part", "error", None, header, header, {"part": said})
    used = {*columns.values(), *spare, *numbers}
    for header in headers:
        if header not in used:
            yield from _unused(frame[header].dropna(), header, [*numbers.values()])


def _unused(cells: pd.Series, header: str, measures: Sequence[str]) -> Iterator[Fault]:
    """Yield what a column says that is none of ours: what is counted there, a unit of measure, or nothing for us."""
    name = _bare(header)
    if name in rules()["parts"]["headers"] and not cells.map(_says_all).all():
        said = ", ".join(map(text.display, cells.unique()[:3]))
        yield Fault("count_part", "error", None, header, said, {"part": said})
    elif name in rules()["parts"]["units"]:
        plain = re.compile("|".join(map(_unit, measures)))
        for row, cell in cells[~cells.map(lambda cell: plain.fullmatch(str(cell).strip()) is not None)].items():
            yield Fault("count_part", "error", int(str(row)), header, cell, {"part": text.display(cell)})
    else:
        yield Fault("count_column_unused", "note", None, header)


def _unit(measure: str) -> str:
    return f"(?:单位[:：]?)?(?:{rules()['units'][measure]})"


def _says_all(cell: object) -> bool:
    return tables.is_total(cell) or text.folded(str(cell)) in rules()["parts"]["all"]


def _fitting(headers: Sequence[str], name: str) -> list[str]:
    """Return the headers that may be one of our columns, the best first."""
    wanted = [text.folded(word) for word in rules()["headers"][name]]
    return sorted((each for each in headers if _bare(each) in wanted), key=lambda each: wanted.index(_bare(each)))


def _bare(header: object) -> str:
    """Return a header without what stands in brackets, folded."""
    return text.folded(_BRACKETS.sub("", unicodedata.normalize("NFKC", str(header))))
