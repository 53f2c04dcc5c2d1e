"""The evidence sheet of a project: one HTML page for A4 that needs no network, for those who decide on funds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cfc_gis import locale, text
from cfc_gis.library import rules
from cfc_gis.library.project import Project, number, show

if TYPE_CHECKING:
    import pandas as pd

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SHORT = 12  # characters of a hash in a table; the whole hash stands below the tables
_HTML_LANG = {"zh": "zh-CN", "en": "en"}


def page(project: Project, beside: Mapping[str, Iterable[Any]], history: pd.DataFrame, lang: str) -> str:
    """Return the page.

    Parameters
    ----------
    project
        The project.
    beside
        Rows of ``gaps``, ``gains``, ``participation`` and ``entries`` that belong to it.
    history
        Its history (:meth:`cfc_gis.library.ProjectLibrary.history`).
    lang
        ``zh``, ``en`` or ``both``: one after the other, each complete.
    """
    import jinja2

    langs = locale.LANGS if lang == "both" else (lang,)
    folder = resources.files("cfc_gis") / "resources" / "templates"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.finalize = _escaped
    template = environment.from_string((folder / "project_sheet.html").read_text(encoding="utf-8"))
    return template.render(
        policy=POLICY,
        style=Markup((folder / "project_sheet.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        name=project.name,
        html_lang=_HTML_LANG,
        parts=[_part(project, beside, history, each) for each in langs],
    )


def _escaped(value: object) -> object:
    return value if isinstance(value, Markup) else Markup(text.html_text(value))  # noqa: S704 - escaped there


def _part(project: Project, beside: Mapping[str, Iterable[Any]], history: pd.DataFrame, lang: str) -> dict[str, Any]:
    """Return what the page says in one language."""
    from cfc_gis.standards import all_standards

    rows = {name: [dict(row) for row in found] for name, found in beside.items()}
    used = {row["standard_id"] for row in rows["gaps"]}
    gained = project.children_gained
    estimated = replace(project, children_gained=None if gained is None else float(round(gained)))
    return {
        "lang": lang,
        "say": {key: locale.say(f"sheet.{key}", lang) for key in _KEYS},
        "title": locale.say("sheet.title", lang, name=project.name),
        "facts": estimated.facts(lang),
        "runs": sorted({row["run"] for table in ("gaps", "gains") for row in rows[table]}),
        "standards": [standard.line(lang) for standard in all_standards() if standard.id in used],
        "tables": [
            (key, _table(table, rows[table], lang))
            for key, table in (
                ("need", "gaps"),
                ("gain", "gains"),
                ("taking_part", "participation"),
                ("lists", "entries"),
            )
        ],
        "history": [
            (row.version, row.at, row.who, locale.say(f"library_action.{row.action}", lang), row.why)
            for row in history.itertuples()
        ],
        "history_heads": [
            locale.say(f"library_history.{name}", lang) for name in ("version", "at", "who", "action", "why")
        ],
    }


_KEYS = (
    "note", "internal", "facts", "need", "need_none", "gain", "gain_none", "lists", "lists_none", "taking_part",
    "taking_part_none", "past", "standard", "run",
)  # fmt: skip


def _table(name: str, rows: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    fields = [field for field in rules.fields(name) if field.name not in {"project_id", "version"}]
    shown = [field for field in fields if any(row[field.name] is not None for row in rows)]
    return {
        "heads": [field.header(lang) for field in shown],
        "rows": [[_rounded(field, row[field.name], lang) for field in shown] for row in rows],
    }


def _rounded(field: rules.Field, value: Any, lang: str) -> str:
    """Return a value in words; children, who are estimates, as whole numbers; a run by the begin of its hash."""
    if field.kind == "hash":
        return f"{value[:_SHORT]}…"
    if field.name in _WORDS and value is not None:
        return _WORDS[field.name](str(value), lang)
    return f"{value:,.0f}" if field.kind == "number" and value is not None else show(field, value, lang)


def _measured(indicator: str, lang: str) -> str:
    """Return what is measured, in words; an indicator that has none stands as it is."""
    category = indicator.removesuffix(".within_standard")
    if category != indicator and f"category.{category}" in locale.table():
        return locale.say("sheet.within", lang, what=locale.say(f"category.{category}", lang))
    return locale.named("indicator", indicator, lang)


def _children(profile: str, lang: str) -> str:
    """Return whose way it is, and in which season, in words; a profile that has none stands as it is.

    Examples
    --------
    >>> _children("age6_8.winter", "zh"), _children("age6_8.spring", "en")
    ('6–8 岁，冬季', 'age6_8.spring')
    """
    age, _, season = profile.partition(".")
    keys = f"explain_age.{age}", f"season.{season}"
    if not set(keys) <= locale.table().keys():
        return profile
    return ("，" if lang == "zh" else ", ").join(locale.say(key, lang) for key in keys)


def _standard(name: str, lang: str) -> str:
    from cfc_gis.standards import all_standards

    return next((row.words(lang) for row in all_standards() if row.id == name), name)


_WORDS = {"indicator": _measured, "profile": _children, "standard_id": _standard}
"""Fields whose keys a reader of the sheet does not know; an export keeps them as they are."""


def target(path: Path, project: Project) -> Path:
    """Return the file to write: in a folder it is named after the project, safely on every system.

    Examples
    --------
    >>> target(Path("sheet.html"), None).name
    'sheet.html'
    """
    return path / f"{text.file_stem(f'{project.id} {project.name}')}.html" if path.is_dir() else path


def overview(stages: Iterable[Any], name: str) -> str:
    """Return the library at a glance as HTML: projects and their cost by stage."""
    found = {row["stage"]: row for row in stages}

    def both(key: str) -> str:
        return " / ".join(text.html_text(locale.say(key, lang)) for lang in locale.LANGS)

    lines = "".join(
        f"<tr><td>{both(f'project_stage.{stage}')}</td><td>{found[stage]['projects']}</td>"
        f"<td>{text.html_text(number(found[stage]['cost_wan']))}</td><td>{found[stage]['without_cost']}</td></tr>"
        for stage in rules.choices("project_stage")
        if stage in found
    )
    names = ("library_projects.stage", "sheet.count", "sheet.cost", "sheet.no_cost")
    heads = "".join(f"<th>{both(key)}</th>" for key in names)
    return f"<h3>{both('sheet.overview')}: {text.html_text(name)}</h3><table><tr>{heads}</tr>{lines}</table>"
