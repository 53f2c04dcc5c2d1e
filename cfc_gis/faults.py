"""What is wrong or worth knowing about one input file: all its faults in one report, each with its row and its remedy.

The words of a fault stand in ``resources/locale/tables.toml``: ``fault.KEY`` says what is wrong and what was wanted,
``remedy.KEY`` how to put it right, and ``found.KEY``, where there is one, what was found in the row.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from cfc_gis import locale, text
from cfc_gis.errors import TableFault

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
RowKind = Literal["line", "row", "feature"]

_SHOWN = 20  # rows named per kind of fault in a text; the table has them all


@dataclass(frozen=True)
class Fault:
    """One thing found in a file.

    Parameters
    ----------
    key
        Kind of fault: key of the locale sections ``fault`` and ``remedy``.
    severity
        ``error``: must be put right before a run. ``warning``: a value or row is not used, or doubtful; a run goes on.
        ``note``: what was understood or assumed.
    row
        Row as the planner sees it: line of the file, row of the sheet, number of the feature; ``None`` for the file.
    column
        Header of the column, as in the file.
    found
        What stands there.
    facts
        More values for the words of ``found.KEY``; a fact with a method ``text(lang)`` is said in the language.
    """

    key: str
    severity: Severity
    row: int | None = None
    column: str | None = None
    found: object = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def detail(self, lang: str) -> str:
        """Return what was found, on one line; empty where there is nothing to say.

        Examples
        --------
        >>> Fault("capacity_not_positive", "error", 5, "学位数", "-3").detail("en")
        '“-3”'
        """
        key = f"found.{self.key}"
        if key in locale.table():
            return text.display(locale.say(key, lang, found=self.found, **self.facts))
        return "" if self.found is None else f"“{text.display(self.found)}”"


@dataclass(frozen=True)
class TableReport:
    """Where a table comes from, how it was read, and all its faults.

    Parameters
    ----------
    path
        The file as the caller named it, for messages.
    provenance
        ``file``, ``sha256``, ``size`` in bytes, ``how`` it was read, and what the kind of file adds: ``encoding``,
        ``sheet``, ``layer``, ``crs``.
    row_kind
        What a row is to the planner: ``line`` of a text, ``row`` of a sheet, ``feature`` of a layer.
    counts
        What was counted, by key of the locale section ``table_count``.
    faults
        All faults, in the order they were found.
    letters
        Letter of each column of a sheet.

    Examples
    --------
    >>> fault = Fault("capacity_not_positive", "error", 5, "学位数", "-3")
    >>> report = TableReport("a.csv", {"file": "a.csv", "how": "CSV"}, "line", {"rows": 40}, (fault,))
    >>> print(report.text("en"))
    a.csv (CSV): rows 40
    Errors (1 kind(s), 1 in all): to be put right before a run
    - The capacity is not a whole number above 0 (1)
        line 5, “学位数”: “-3”
        Remedy: ...
    """

    path: str
    provenance: Mapping[str, str]
    row_kind: RowKind
    counts: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)

    def of(self, severity: Severity) -> tuple[Fault, ...]:
        """Return the faults of one severity."""
        return tuple(fault for fault in self.faults if fault.severity == severity)

    def adding(self, faults: Iterable[Fault] = (), **counts: int) -> TableReport:
        """Return the report with more faults and counts."""
        return replace(self, faults=(*self.faults, *faults), counts={**self.counts, **counts})

    def eased(self, columns: Iterable[str], rows: Iterable[int] = ()) -> TableReport:
        """Return the report with the errors and warnings of some columns and rows, which nobody uses, as notes."""
        idle, sums = frozenset(columns), frozenset(rows)
        faults = [
            replace(each, severity="note") if each.column in idle or each.row in sums else each for each in self.faults
        ]
        return replace(self, faults=tuple(faults))

    def refuse_errors(self) -> None:
        """Raise where the file has errors.

        Raises
        ------
        TableFault
            With the whole report, in both languages.
        """
        if errors := self.of("error"):
            raise TableFault("table_faults", path=self.path, count=len(errors), report=self)

    def place(self, fault: Fault, lang: str) -> str:
        """Return where a fault is: row, column and, in a sheet, the cell."""
        parts = []
        if fault.row is not None:
            parts.append(locale.say(f"place.{self.row_kind}", lang, row=fault.row))
        if fault.column is not None:
            letter = self.letters.get(fault.column)
            cell = "" if letter is None else f" ({letter}{'' if fault.row is None else fault.row})"
            parts.append(f"“{text.display(fault.column)}”{cell}")
        return locale.say("place.comma", lang).join(parts)

    def table(self, lang: str) -> pd.DataFrame:
        """Return one row per fault: severity, row, column, place, what is wrong, what was found, remedy.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        """
        import pandas as pd

        columns = ("severity", "row", "column", "place", "what", "found", "remedy")
        rows = [
            (
                fault.severity,
                fault.row,
                fault.column,
                self.place(fault, lang),
                locale.say(f"fault.{fault.key}", lang),
                fault.detail(lang),
                locale.say(f"remedy.{fault.key}", lang),
            )
            for severity in SEVERITIES
            for fault in self.of(severity)
        ]
        return pd.DataFrame(rows, columns=pd.Index(columns), dtype=object)

    def headline(self, lang: str) -> str:
        """Return the file, how it was read, and the counts, on one line."""
        counts = "，" if lang == "zh" else ", "
        counted = counts.join(f"{locale.say(f'table_count.{key}', lang)} {n}" for key, n in self.counts.items())
        file = f"{text.display(self.provenance['file'])} ({text.display(self.provenance['how'])})"
        return f"{file}: {counted}" if counted else file

    def text(self, lang: str) -> str:
        """Return the whole report as lines of text; of one kind of fault at most 20 rows are named."""
        lines = [self.headline(lang)]
        if not self.faults:
            lines.append(locale.say("place.nothing_wrong", lang))
        for severity in SEVERITIES:
            found = self.of(severity)
            if found:
                lines.append(self._title(severity, lang))
            for key, kind in _by_key(found).items():
                lines.append(f"- {locale.say(f'fault.{key}', lang)} ({len(kind)})")
                lines += [f"    {line}" for line in self._lines(kind, lang)]
                lines.append(f"    {locale.say('place.remedy', lang)}{locale.say(f'remedy.{key}', lang)}")
        return "\n".join(lines)

    def _lines(self, kind: list[Fault], lang: str) -> list[str]:
        pairs = [(self.place(fault, lang), fault.detail(lang)) for fault in kind[:_SHOWN]]
        lines = [": ".join(filter(None, pair)) for pair in pairs if any(pair)]
        if len(kind) > _SHOWN:
            lines.append(locale.say("place.more", lang, count=len(kind) - _SHOWN))
        return lines

    def html(self, lang: str) -> str:
        """Return the report as HTML: one table per severity, one row per kind of fault; all text is escaped."""
        parts = [f"<section class='table-report'><h3>{text.html_text(self.headline(lang))}</h3>"]
        if not self.faults:
            parts.append(f"<p>{locale.say('place.nothing_wrong', lang)}</p>")
        heads = "".join(f"<th>{locale.say(f'place.{name}', lang)}</th>" for name in ("what", "found", "how"))
        for severity in SEVERITIES:
            kinds = _by_key(self.of(severity))
            if kinds:
                rows = "".join(self._row(key, kind, lang) for key, kind in kinds.items())
                title = text.html_text(self._title(severity, lang))
                parts.append(f"<h4>{title}</h4><table class='{severity}'><thead><tr>{heads}</tr></thead>")
                parts.append(f"<tbody>{rows}</tbody></table>")
        return "".join(parts) + "</section>"

    def _title(self, severity: Severity, lang: str) -> str:
        found = self.of(severity)
        return locale.say(f"severity.{severity}", lang, kinds=len(_by_key(found)), count=len(found))

    def _row(self, key: str, kind: list[Fault], lang: str) -> str:
        said = (
            f"{locale.say(f'fault.{key}', lang)} ({len(kind)})",
            *self._lines(kind, lang),
            locale.say(f"remedy.{key}", lang),
        )
        what, *lines, remedy = map(text.html_text, said)
        return f"<tr><td>{what}</td><td>{'<br>'.join(lines)}</td><td>{remedy}</td></tr>"

    def _repr_html_(self) -> str:
        return "".join(self.html(lang) for lang in locale.LANGS)


@dataclass(frozen=True)
class Said:
    """Words that were made elsewhere, as a fact of a fault.

    Parameters
    ----------
    zh, en
        In each language.
    """

    zh: str
    en: str

    def text(self, lang: str) -> str:
        """Return its words in one language."""
        return self.zh if lang == "zh" else self.en


def closest(found: str, known: Iterable[str]) -> Said | str:
    """Return the question whether the closest of what is known was meant; empty where nothing is close.

    Examples
    --------
    >>> closest("plaec", ["place", "season"]).text("en")
    'Did you mean place? '
    """
    close = difflib.get_close_matches(found, list(known), 1, cutoff=0.5)
    if not close:
        return ""
    return Said(*(locale.say("setting.suggestion", lang, name=close[0]) for lang in locale.LANGS))


@dataclass(frozen=True)
class InputsReport:
    """What was read, understood and wrong, of all inputs: as text, in Jupyter, and in the report.

    Parameters
    ----------
    reports
        One for each file.

    Examples
    --------
    >>> report = InputsReport((TableReport("a.csv", {"file": "a.csv", "how": "CSV"}, "line", {"rows": 40}),))
    >>> print(report.text("en"), report.errors)
    a.csv (CSV): rows 40
    Nothing is wrong. 0
    """

    reports: tuple[TableReport, ...]

    @property
    def errors(self) -> int:
        """How many errors there are in all files: with any, a run does not start."""
        return sum(len(report.of("error")) for report in self.reports)

    @property
    def warnings(self) -> int:
        """How many kinds of warning there are in all files: a run goes on, and says so."""
        return sum(len(_by_key(report.of("warning"))) for report in self.reports)

    def text(self, lang: str) -> str:
        """Return all reports as lines of text, with a blank line between files."""
        return "\n\n".join(report.text(lang) for report in self.reports)

    def html(self, lang: str) -> str:
        """Return all reports as HTML; all text from the files is escaped."""
        return "".join(report.html(lang) for report in self.reports)

    def _repr_html_(self) -> str:
        return "".join(self.html(lang) for lang in locale.LANGS)


NOTHING_READ = InputsReport(())
"""The report on no inputs at all."""


def _by_key(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    kinds: dict[str, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(fault.key, []).append(fault)
    return kinds
