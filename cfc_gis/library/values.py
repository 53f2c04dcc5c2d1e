"""Take the values of a row as planners give them, at the door: checked, cleaned, with all faults of the row at once.

Text becomes one line without control or bidirectional characters. Of a choice the key or its words in either language
are taken. What says nothing (an empty cell, - or n/a) is missing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cfc_gis import locale, text
from cfc_gis.errors import TableFault
from cfc_gis.faults import Fault
from cfc_gis.library import rules
from cfc_gis.library.rules import Field, Listed

Value = str | float | int | None
Values = dict[str, Value]

LONGEST = 2000
"""Characters of a text."""

LONGEST_PLACE = 16_000
"""Characters of a place: two of them, before and after a change, fit into one cell of a spreadsheet."""

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_POINT = re.compile(r"\(?\s*(-?\d+(?:\.\d+)?)\s*[,，;\s]\s*(-?\d+(?:\.\d+)?)\s*\)?")
_HASH = re.compile(r"[0-9a-f]{64}")
_PARTS = re.compile(r"[;；,，、]")
_DECIMALS = 7  # of a degree: a centimetre


class _RefusedError(Exception):
    """A value cannot be taken."""

    def __init__(self, key: str, **facts: object) -> None:
        self.key, self.facts = key, facts
        super().__init__(key)


def take(table: str, given: Mapping[str, object], *, part: bool = False) -> tuple[Values, list[Fault]]:
    """Return the values of a row, by field, and all that is wrong with them.

    Parameters
    ----------
    table
        Table of the library.
    given
        Values by name of field.
    part
        Whether fields that are not given stay as they are; else they are missing.

    Returns
    -------
    values : dict
        Value of each field that could be taken; ``None`` is missing.
    faults : list of Fault
        With the field as the column.

    Examples
    --------
    >>> values, faults = take("projects", {"name": "和兴小学扩建", "kind": "扩建", "phase": "2030", "stage": "谋划"})
    >>> values["kind"], values["stage"], [(fault.key, fault.column) for fault in faults]
    ('expand', 'idea', [('library_choice', 'phase')])
    """
    values: Values = {}
    faults: list[Fault] = []
    for field in rules.fields(table):
        if part and field.name not in given:
            continue
        found = given.get(field.name)
        try:
            values[field.name] = value(field, found)
        except _RefusedError as refused:
            faults.append(Fault(refused.key, "error", None, field.name, text.display(found), refused.facts))
    return values, faults


def value(field: Field, found: object) -> Value:
    """Return one value as the library keeps it."""
    said = found if isinstance(found, list | tuple | int | float | dt.date) else text.display(found)
    nothing = (
        said is None
        or (isinstance(said, float) and math.isnan(said))
        or (isinstance(said, str) and unicodedata.normalize("NFKC", said).lower() in {"", *rules.missing()})
    )
    if nothing:
        if field.needed:
            raise _RefusedError("library_needed")
        return None
    return _KINDS[field.kind](field, said)


def together(project: Values) -> Fault | None:
    """Return what is wrong with the values of a project taken together: where it was paused, if it is.

    Examples
    --------
    >>> together({"stage": "paused", "paused_from": None}).key
    'library_paused_from'
    """
    at = project["paused_from"]
    open_stages = {stage for stage in rules.choices("project_stage") if rules.PAUSED in rules.moves(stage)}
    if at in open_stages if project["stage"] == rules.PAUSED else at is None:
        return None
    return Fault("library_paused_from", "error", None, "paused_from", at)


def _text(_: Field, said: object) -> str:
    shown = text.display(said)
    if len(shown) > LONGEST:
        raise _RefusedError("library_text_long", longest=LONGEST)
    return shown


def _choice(field: Field, said: object) -> str:
    key = rules.meant(field.of).get(text.folded(str(said)))
    if key is None:
        raise _RefusedError("library_choice", known=Listed(field.of, rules.choices(field.of)))
    return key


def _choices(field: Field, said: object) -> str:
    parts = said if isinstance(said, list | tuple) else _PARTS.split(str(said))
    found = {_choice(field, part) for part in parts if str(part).strip()}
    return ";".join(key for key in rules.choices(field.of) if key in found)


def _number(_: Field, said: object) -> float:
    try:
        number = float(unicodedata.normalize("NFKC", str(said)).replace(",", ""))
    except ValueError:
        raise _RefusedError("library_number") from None
    if isinstance(said, bool) or not math.isfinite(number) or number < 0:
        raise _RefusedError("library_number")
    return number + 0.0  # no minus zero


def _count(field: Field, said: object) -> int:
    number = _number(field, said)
    if not number.is_integer() or number >= 2**53:
        raise _RefusedError("library_count")
    return int(number)


def _date(_: Field, said: object) -> str:
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", str(said)).removesuffix(" 00:00:00"))
    try:
        return dt.date(*map(int, match.groups())).isoformat() if match else _refuse("library_date")
    except ValueError:
        raise _RefusedError("library_date") from None


def _refuse(key: str) -> str:
    raise _RefusedError(key)


def _place(_: Field, said: object) -> str:
    import shapely
    from shapely.errors import GEOSException

    pair = _POINT.fullmatch(unicodedata.normalize("NFKC", str(said)))
    try:
        shape = shapely.Point(*map(float, pair.groups())) if pair else shapely.from_wkt(str(said))
    except (GEOSException, ValueError):
        raise _RefusedError("library_place") from None
    shape = shapely.set_precision(shapely.force_2d(shape), 10.0**-_DECIMALS) if shape.is_valid else shape
    if shape.is_empty or not shape.is_valid:
        raise _RefusedError("library_place")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _RefusedError("library_place_degrees")
    words = str(shapely.to_wkt(shape, rounding_precision=_DECIMALS, trim=True))
    if len(words) > LONGEST_PLACE:
        raise _RefusedError("library_place_long", longest=LONGEST_PLACE)
    return words


def _run(_: Field, said: object) -> str:
    found = str(said).lower()
    if not _HASH.fullmatch(found):
        raise _RefusedError("library_hash")
    return found


_KINDS: Mapping[str, Callable[[Field, object], Value]] = {
    "text": _text, "choice": _choice, "choices": _choices, "number": _number, "count": _count, "date": _date,
    "place": _place, "hash": _run,
}  # fmt: skip


def checked(table: str, given: Mapping[str, object], *, part: bool = False) -> Values:
    """Return the values of a row that a planner or a program gave by hand.

    Raises
    ------
    TableFault
        With all that is wrong.
    ChoiceUnknown
        When a field does not exist.

    Examples
    --------
    >>> checked("projects", {"责任单位": "市教育局"}, part=True)
    {'body': '市教育局'}
    """
    by_name = {rules.field(table, name).name: found for name, found in given.items()}
    values, faults = take(table, by_name, part=part)
    if table == rules.PROJECTS and not part and not faults and (wrong := together(values)):
        faults = [wrong]
    if faults:
        raise TableFault("library_values", count=len(faults), faults=Lines(table, faults))
    return values


@dataclass(frozen=True)
class Lines:
    """Faults of values given by hand, one a line."""

    table: str
    faults: Sequence[Fault]

    def text(self, lang: str) -> str:
        """Return them in one language."""
        lines = []
        for fault in self.faults:
            header = rules.field(self.table, str(fault.column)).header(lang)
            found = fault.detail(lang)
            what, how = (locale.say(f"{section}.{fault.key}", lang) for section in ("fault", "remedy"))
            lines.append("\n" + locale.say("projects_cli.fault", lang, header=header, found=found, what=what, how=how))
        return "".join(lines)


def with_headers(table: str, faults: Sequence[Fault], headers: Mapping[str, str], row: int) -> list[Fault]:
    """Return faults of a row of a file: with its number, and the header of the file as the column."""
    return [
        replace(
            fault, row=row, column=headers.get(str(fault.column), rules.field(table, str(fault.column)).header("zh"))
        )
        for fault in faults
    ]
