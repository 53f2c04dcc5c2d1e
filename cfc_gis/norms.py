"""What standards and rules say besides walking thresholds: circles, classes by housing area, set-backs. As data."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from cfc_gis import locale, records
from cfc_gis.errors import CfcError

Unit = Literal["m", "min", "m2", "people", "classes", "none"]
Case = Literal["", "housing"]


@dataclass(frozen=True)
class Norm:
    """A value that no judgement of walking access rests on.

    Parameters
    ----------
    id
        Subject and name, such as ``circle10.population``.
    of_zh, of_en
        What is limited.
    unit
        Of ``least`` and ``most``; ``none`` where the rule is known and its values are not at hand.
    scope
        ``national``, ``local`` or ``planner``, as of a standard.
    clause, source, year
        Where it stands.
    verified
        Whether the value was seen in the source; of a rule without values, whether the rule was.
    note_zh, note_en
        What else to know.
    least, most
        Smallest and largest value; None where there is no such limit.
    for_least, for_most, for_unit
        The case that it holds for, from ``for_least`` to ``for_most``; empty: always. ``housing`` is floor area of
        housing in 10,000 m2.
    """

    id: str
    of_zh: str
    of_en: str
    unit: Unit
    scope: Literal["national", "local", "planner"]
    clause: str
    source: str
    year: int
    verified: bool
    note_zh: str
    note_en: str
    least: float | None = None
    most: float | None = None
    for_least: float | None = None
    for_most: float | None = None
    for_unit: Case = ""

    def words(self, lang: str) -> str:
        """Return what it says, in one line.

        Examples
        --------
        >>> {norm.id: norm for norm in norms()}["kindergarten.classes20"].words("en")
        'Classes of the kindergarten to be built, for housing of 20 to 30 × 10⁴ m²: at least 9 classes'
        """
        what = self.of_zh if lang == "zh" else self.of_en
        facts = {"least": _plain(self.least), "most": _plain(self.most)}
        value = locale.say(f"norm.{self._form()}", lang, **facts, unit=locale.say(f"norm_unit.{self.unit}", lang))
        if self.for_unit:
            case = {"least": _plain(self.for_least), "most": _plain(self.for_most)}
            what = locale.say(f"norm_case.{self.for_unit}", lang, what=what, **case)
        return locale.say("norm.line", lang, what=what, value=value)

    def _form(self) -> str:
        if self.least is None:
            return "unknown" if self.most is None else "at_most"
        if self.most is None:
            return "at_least"
        return "exactly" if self.least == self.most else "between"


@cache
def norms() -> tuple[Norm, ...]:
    """Return all norms, in the order of their file.

    Raises
    ------
    CfcError
        When the resource file has faults: all of them at once.

    Examples
    --------
    >>> {norm.id: (norm.least, norm.most) for norm in norms()}["circle10.population"]
    (15000, 25000)
    """
    file = resources.files("cfc_gis") / "resources" / "norms.toml"
    return read(tomllib.loads(file.read_text(encoding="utf-8")), file.name)


def read(content: Mapping[str, Any], path: str) -> tuple[Norm, ...]:
    """Return the norms of a parsed TOML file.

    Raises
    ------
    CfcError
        With every missing or unknown key, every value of a wrong kind, ids used twice and limits the wrong way round.
    """
    rows, faults = records.rows_of(content, "norm")
    for number, row in enumerate(rows, start=1):
        faults += [f"{row.get('id', number)}: {fault}" for fault in records.faults(row, Norm)]
    found = [] if faults else [Norm(**row) for row in rows]
    faults += _together(found)
    if faults:
        raise CfcError("standards_fault", path=path, faults="; ".join(faults))
    return tuple(found)


def _together(norms_: Iterable[Norm]) -> list[str]:
    rows = list(norms_)
    faults = [f"{name}: id used twice" for name, n in Counter(row.id for row in rows).items() if n > 1]
    for row in rows:
        for low, high in ((row.least, row.most), (row.for_least, row.for_most)):
            if low is not None and high is not None and low > high:
                faults.append(f"{row.id}: {low} to {high}")
        if (row.unit == "none") != (row.least is None and row.most is None):
            faults.append(f"{row.id}: unit none, and only that, is of a rule without values")
    return faults


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:,g}"
