"""A project as it was read: values that do not change any more, and its version, which the next change must name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from cfc_gis import locale, text
from cfc_gis.library import rules


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the library.

    Parameters
    ----------
    id, name, kind, category, phase, stage
        What it is, and how far. Choices are keys, such as ``construction``.
    paused_from
        Stage at which a paused project was paused.
    unit_code, unit_name
        Administrative unit.
    place
        WKT in WGS 84 (longitude first), or ``None``.
    body, domain, national_domain
        Who answers for it; field of the city's plan; domain of the national guidance.
    cost_wan
        Total cost in 10,000 yuan (万元).
    funds
        Keys of its sources of funds, joined by ``;``.
    major
        ``yes`` where it stands in the list of major projects.
    note
        Anything else.
    version, changed_at, changed_by
        How often it was written, and who wrote last.
    children_gained, gain_unit, gain_scenario, gain_year, gain_run
        Children whom it is expected to bring within the standard, as computed last; of which unit, by which scenario,
        of which year where it is not that of the census, and the run that computed it. ``None`` where nothing was
        computed.
    """

    id: str
    name: str
    kind: str
    category: str | None
    phase: str
    stage: str
    paused_from: str | None
    unit_code: str | None
    unit_name: str | None
    place: str | None
    body: str | None
    domain: str | None
    national_domain: str | None
    cost_wan: float | None
    funds: str | None
    major: str
    note: str | None
    version: int
    changed_at: str
    changed_by: str
    children_gained: float | None = None
    gain_unit: str | None = None
    gain_scenario: str | None = None
    gain_year: int | None = None
    gain_run: str | None = None

    @property
    def next_stages(self) -> tuple[str, ...]:
        """Stages to which it may move."""
        return rules.moves(self.stage, self.paused_from)

    def facts(self, lang: str) -> list[tuple[str, str]]:
        """Return its fields as header and words, without those that say nothing."""
        return [(header, words) for header, words in said(rules.PROJECTS, asdict(self), lang) if words]

    def text(self, lang: str) -> str:
        """Return it as lines of text in one language."""
        return "\n".join(f"{header}: {words}" for header, words in self.facts(lang))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{text.html_text(zh)} / {text.html_text(en)}</th>"
            f"<td>{text.html_text(ours)}{'' if ours == theirs else ' / ' + text.html_text(theirs)}</td></tr>"
            for (zh, ours), (en, theirs) in zip(self.facts("zh"), self.facts("en"), strict=True)
        )
        return f"<table>{rows}</table>"


def said(table: str, row: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """Return the fields of a row as header and words; of what was computed or written by itself too."""
    words = [(field.header(lang), show(field, row.get(field.name), lang)) for field in rules.fields(table)]
    more = ("children_gained", "gain_unit", "gain_scenario", "gain_year", "gain_run", "changed_at", "changed_by")
    named = [(locale.say(f"library_more.{name}", lang), row[name]) for name in more if name in row]
    return words + [(header, text.display(number(value))) for header, value in named]


def show(field: rules.Field, value: Any, lang: str) -> str:
    """Return a value in words: of a choice its words, of a whole number no point.

    Examples
    --------
    >>> show(rules.field("projects", "funds"), "central_budget;municipal", "zh")
    '中央预算内投资；市级财政资金'
    """
    if value is None:
        return ""
    if field.kind == "choices":
        return ("；" if lang == "zh" else "; ").join(rules.word(field.of, key, lang) for key in str(value).split(";"))
    if field.kind == "choice":
        return rules.word(field.of, str(value), lang)
    return text.display(number(value))


def in_words(subject: str, changes: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a line of history says of each field: its header, and in words what was there before and after.

    Parameters
    ----------
    subject
        Table of the project or entry. The fields may be those of a table beside it, such as a linked gap.
    changes
        Pairs of values by name of field.
    lang
        ``zh`` or ``en``.

    Examples
    --------
    >>> list(in_words("projects", {"stage": ["idea", "reserve"]}, "zh"))
    [('项目阶段', '谋划', '储备')]
    """
    tables = (subject, *(each for each in rules.TABLES if each != subject))
    named = {each: {field.name: field for field in rules.fields(each)} for each in tables}
    table = next((each for each in tables if changes.keys() <= named[each].keys()), subject)
    for name, (was, now) in changes.items():
        field = named[table].get(name)
        if field is None:  # of a table that this version does not know
            yield name, text.display(was), text.display(now)
        else:
            yield field.header(lang), show(field, was, lang), show(field, now, lang)


def number(value: Any) -> Any:
    """Return a whole number without its point, all else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


NAMES = tuple(each.name for each in fields(Project))
"""Its fields, in order: the columns of a list of projects."""
