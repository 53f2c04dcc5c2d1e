"""From rows and words to the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from cfc_gis import locale, schema, text
from cfc_gis.report import charts, rows
from cfc_gis.report.words import HTML_LANG, Both, Words, percent, rounded
from cfc_gis.standards import Standard, categories

LOOK_FIRST = 8
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def page(tables: rows.Tables, map_html: str, langs: tuple[str, ...]) -> str:
    """Return the report as one page.

    Parameters
    ----------
    tables
        What it is written from.
    map_html
        The map as a page of its own; empty for a report without one.
    langs
        Languages to show, the first one first.
    """
    words = Words(langs)
    template = _environment(words).get_template("report.html")
    return template.render(
        policy=POLICY,
        langs=langs,
        html_lang=HTML_LANG[langs[0]],
        style=Markup(_resource("report.css")),  # noqa: S704 - our own file
        script=Markup(_resource("report.js")),  # noqa: S704 - our own file
        map_attribute=_frame(map_html),
        **_context(tables, words),
    )


def _context(tables: rows.Tables, words: Words) -> dict[str, Any]:
    manifest = tables.manifest
    season = rows.first_season(tables.gaps)
    shown = rows.categories(tables.gaps)
    levels = {level: rows.units(tables, level) for level in rows.LEVELS}
    city = levels["city"][0]
    inputs = list(manifest.get("inputs", []))
    dates = [row["data_date"] for row in inputs if row.get("data_date")]
    return {
        "place": manifest["place"],
        "synthetic": bool(manifest.get("synthetic", False)),
        "data_date": dates[0] if dates else None,
        "manifest": manifest,
        "inputs": inputs,
        "season": season,
        "seasons": manifest.get("season", season),
        "categories": shown,
        "city": city,
        "districts": levels["district"],
        "subdistricts": levels["subdistrict"],
        "standards": tables.standards,
        "users": categories(),
        "homes": tables.neighbourhoods,
        "sheet": _sheet(tables),
        "bar": charts.bar,
        "look_first": rows.look_first(levels["subdistrict"], season, LOOK_FIRST),
        "look_first_limit": LOOK_FIRST,
        "judged_as": _judged_as(city, shown, season, words),
        "settle": _settle(city, shown, season, words),
        "unconfirmed": words.join(words.term("category", c) for c in shown if _unverified(tables.standards.get(c))),
        "recorded": _recorded(tables, shown),
        "sheet_judgements": {c: _judgements(levels, c, season) for c in shown},
        "people_range": _people_range(city),
        **_quality(tables, season, city, words),
        "parameters": _flat(manifest.get("parameters", {})),
    }


def _quality(tables: rows.Tables, season: str, city: rows.Unit, words: Words) -> dict[str, Any]:
    """Return what the section on missing data counts."""
    homes = tables.neighbourhoods
    edge = homes["edge_affected"].to_numpy(dtype=bool)
    judged = {c for (c, when), gap in city.gaps.items() if when == season and gap["judgement"] != "no_data"}
    return {
        "by_evidence": rows.by_evidence(tables.facilities[tables.facilities["evidence"] != "no"]),
        "evidences": rows.PROVEN_FIRST,
        "unreached": words.join(
            words.say("report.count_of", what=words.term("category", category), n=count)
            for category, count in rows.unreached(tables.access, season, judged)
        ),
        "edge_homes": int(edge.sum()),
        "edge_children": float(homes.loc[edge, list(schema.BANDS)].to_numpy().sum()),
        "unnamed": int(homes["name"].isna().sum()),
        "homes_by_source": homes["population_source"].value_counts().to_dict(),
        "counts": [
            (group, item, value)
            for group, items in sorted(tables.manifest.get("counts", {}).items())
            for item, value in sorted(_flat(items).items())
        ],
    }


def _judged_as(city: rows.Unit, shown: list[str], season: str, words: Words) -> dict[str, Both]:
    """Return, for each judgement that occurs, the names of the categories judged so in the whole study area."""
    found: dict[str, list[Both]] = {}
    for category in shown:
        if (category, season) in city.gaps:
            found.setdefault(city.gaps[category, season]["judgement"], []).append(words.term("category", category))
    return {judgement: words.join(terms) for judgement, terms in found.items()}


def _judgements(levels: Mapping[str, list[rows.Unit]], category: str, season: str) -> dict[str, str]:
    """Return the judgement of each unit that the small maps show: sub-districts where there are any."""
    units = levels["subdistrict"] or levels["district"]
    return {unit.code: unit.gaps[category, season]["judgement"] for unit in units if (category, season) in unit.gaps}


def _recorded(tables: rows.Tables, shown: list[str]) -> dict[str, dict[str, int]]:
    """Return how many facilities serve each category, and how many of them are presumed."""
    known = tables.facilities[tables.facilities["evidence"] != "no"]
    serving = {c: known[known["category"].isin(categories()[c].served_by)]["evidence"] for c in shown}
    return {c: {"count": len(found), "presumed": int((found == "presumed").sum())} for c, found in serving.items()}


def _unverified(standard: Standard | None) -> bool:
    return standard is not None and not standard.verified


def _settle(city: rows.Unit, shown: list[str], season: str, words: Words) -> list[tuple[str, Both]]:
    """Return, for each responsible body, the categories for which its register would settle the judgement."""
    wanted: dict[str, list[Both]] = {}
    for category in shown:
        gap = city.gaps.get((category, season))
        if gap and gap["judgement"] in {"no_data", "undecided"}:
            wanted.setdefault(gap["body"], []).append(words.term("category", category))
    return [(body, words.join(terms)) for body, terms in wanted.items()]


def _people_range(city: rows.Unit) -> tuple[float, float] | None:
    """Return the range of children that the range of people implies, or None where the census settles it."""
    people, low, high = (city.values[name] for name in ("population", "population_low", "population_high"))
    if not people or low is None or high is None or low == high:
        return None
    return city.children * low / people, city.children * high / people


def _sheet(tables: rows.Tables) -> charts.Sheet | None:
    units = tables.units[tables.units["level"] == "subdistrict"].sort_values("unit_code")
    if units.empty:
        units = tables.units[tables.units["level"] == "district"].sort_values("unit_code")
    if units.empty or tables.neighbourhoods.empty:
        return None
    west, south, east, north = (float(value) for value in tables.neighbourhoods.total_bounds)
    return charts.Sheet(units, (west - 300, south - 300, east + 300, north + 300))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested values as one level of names with dots, each value as text."""
    out: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            out[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False, default=str)
        else:
            out[f"{prefix}{name}"] = (
                f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
            )
    return out


def _frame(map_html: str) -> Markup:
    """Return a page as the value of a ``srcdoc='...'``: only what would end the attribute or be decoded is escaped."""
    return Markup(map_html.replace("&", "&amp;").replace("'", "&#39;"))  # noqa: S704 - that is all HTML asks for here


def _environment(words: Words) -> jinja2.Environment:
    """Return a template engine that escapes everything it prints through :func:`cfc_gis.text.html_text`."""

    def finish(value: object) -> Markup:
        return Markup(value) if hasattr(value, "__html__") else Markup(text.html_text(value))  # noqa: S704 - escaped

    env = jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
        autoescape=True,
        finalize=finish,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        t=words.say, term=words.term, people=words.people, between=words.between, share=words.share,
        pair=words.pair, join=words.join, rounded=rounded, percent=percent, known=locale.table(),
    )  # fmt: skip
    return env


def _resource(name: str) -> str:
    return (resources.files("cfc_gis") / "resources" / "templates" / name).read_text(encoding="utf-8")
