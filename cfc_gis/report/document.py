"""From rows and words to the page."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import geopandas as gpd
import jinja2
from markupsafe import Markup

from cfc_gis import locale, profiles, schema
from cfc_gis.faults import InputsReport
from cfc_gis.report import charts, districts, engine, equity, isolated, plan, rows, sheets, summary, upgrades, winter
from cfc_gis.report.words import HTML_LANG, Both, Words, percent
from cfc_gis.standards import Standard, categories
from cfc_gis.tables import Tables

SECTIONS = (
    "main", "overview", "map", "districts", "subdistricts", "categories", "upgrades", "winter", "equity", "plan",
    "quality", "method", "sources", "standards", "glossary",
)  # fmt: skip
"""Sections by the ids of their headings, in the order of the page."""
OPTIONAL = ("map", "upgrades", "winter", "equity", "plan")
"""Those that there are only where there is something to show."""


class Pictures(NamedTuple):
    """What the report shows and does not make.

    Parameters
    ----------
    map_html
        The map as a page of its own; empty for a report without one.
    basemap
        Water, green and main streets for the maps of districts, in the CRS of the tables; None to leave them out.
    """

    map_html: str
    basemap: gpd.GeoDataFrame | None


def page(
    tables: Tables,
    manifest: Mapping[str, Any],
    pictures: Pictures,
    langs: tuple[str, ...],
    checked: InputsReport,
) -> str:
    """Return the report as one page.

    Parameters
    ----------
    tables, manifest
        What it is written from, and what the run says of itself.
    pictures
        The map, and what is drawn below the homes of a district.
    langs
        Languages to show, the first one first.
    checked
        What is said of the inputs.
    """
    words = Words(langs)
    template = _environment(words).get_template("report.html")
    shown = {"map": pictures.map_html, **_context(tables, manifest, pictures.basemap, words)}
    return template.render(
        contents=[(name, _heading(name, words)) for name in SECTIONS if name not in OPTIONAL or shown[name]],
        policy=engine.POLICY,
        langs=langs,
        html_lang=HTML_LANG[langs[0]],
        style=Markup(engine.resource("report.css")),  # noqa: S704 - our own file
        script=Markup(engine.resource("report.js")),  # noqa: S704 - our own file
        map_attribute=_frame(pictures.map_html),
        checked=[(HTML_LANG[lang], Markup(checked.html(lang))) for lang in langs if checked.reports],  # noqa: S704 - escaped there
        **shown,
    )


def _heading(section: str, words: Words) -> Both:
    return words.say("equity.title" if section == "equity" else f"report.{section}")


def _context(
    tables: Tables, manifest: Mapping[str, Any], basemap: gpd.GeoDataFrame | None, words: Words
) -> dict[str, Any]:
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
        "subdistrict_groups": _by_district(levels, season, words),
        "keys": charts.keys(),
        "standards": tables.standards,
        "standards_by_id": {row.id: row for row in tables.all_standards},
        "standards_used": _standards_used(tables, shown),
        "users": categories(),
        "homes": tables.neighbourhoods,
        "sheet": _sheet(tables),
        "bar": charts.bar,
        **summary.context(levels, tables.standards, season, words),
        **districts.context(tables, levels["district"], season, basemap, words),
        "recorded": _recorded(tables, shown),
        "sheet_judgements": {c: _judgements(levels, c, season) for c in shown},
        "shared_reasons": _shared_reasons(city, season),
        **upgrades.context(tables, words),
        **winter.context(tables, manifest, words),
        **equity.context(tables, season, words),
        **isolated.context(tables, words),
        **plan.context(tables),
        **_quality(tables, manifest, season, words),
        "waits": _waits(),
        "glossary": [
            (locale.say(f"word.{name}", "zh"), locale.say(f"word.{name}", "en"), name)
            for section, _, name in (key.partition(".") for key in locale.table())
            if section == "glossary"
        ],
        "parameters": _flat(manifest.get("parameters", {})),
    }


def _by_district(
    levels: Mapping[str, list[rows.Unit]], season: str, words: Words
) -> list[tuple[Both, list[rows.Unit], Both]]:
    """Return the sub-districts of each district with its name and how often each judgement occurs among them."""
    names = {unit.code: words.pair(dict.fromkeys(words.langs, unit.name)) for unit in levels["district"]}
    found: dict[str, list[rows.Unit]] = defaultdict(list)
    for unit in levels["subdistrict"]:
        found[unit.parent].append(unit)
    return [
        (names.get(code) or words.say("report.elsewhere"), units, _how_often(units, season, words))
        for code, units in sorted(found.items())
    ]


def _how_often(units: list[rows.Unit], season: str, words: Words) -> Both:
    judged = Counter(gap["judgement"] for unit in units for (_, when), gap in unit.gaps.items() if when == season)
    return words.join(
        words.say("report.value_of", what=words.term("judgement", name), n=judged[name])
        for name in schema.JUDGEMENTS
        if judged[name]
    )


def _quality(tables: Tables, manifest: Mapping[str, Any], season: str, words: Words) -> dict[str, Any]:
    """Return what the section on missing data counts."""
    homes = tables.neighbourhoods
    return {
        "by_evidence": rows.by_evidence(tables.facilities[tables.facilities["evidence"] != "no"]),
        "evidences": rows.PROVEN_FIRST,
        "unreached": rows.unreached(tables.access, season),
        "edge": words.join(
            words.say("report.value_of", what=words.term("category", category), n=percent(share))
            for category, share in rows.edge_shares(tables.access, season)
        ),
        "unnamed": int(homes["name"].isna().sum()),
        "homes_by_source": homes["population_source"].value_counts().to_dict(),
        "counts": [
            (words.term("count_group", group), _counted(words, item), value)
            for group, items in sorted(manifest.get("counts", {}).items())
            for item, value in sorted(_flat(items).items())
        ],
    }


def _counted(words: Words, item: str) -> Both:
    """Return the words of a counter; of one within a group, such as a register, after the name of that."""
    of, _, counter = item.rpartition(".")
    what = words.counted(counter)
    return words.say("report.count_of", of=of, what=what) if of else what


def _judgements(levels: Mapping[str, list[rows.Unit]], category: str, season: str) -> dict[str, str]:
    """Return the judgement of each unit that the small maps show: sub-districts where there are any."""
    units = levels["subdistrict"] or levels["district"]
    return {unit.code: unit.gaps[category, season]["judgement"] for unit in units if (category, season) in unit.gaps}


def _recorded(tables: Tables, shown: list[str]) -> dict[str, dict[str, int]]:
    """Return how many facilities serve each category, by evidence."""
    known = tables.facilities[tables.facilities["evidence"] != "no"]
    serving = {c: known[known["category"].isin(categories()[c].served_by)]["evidence"] for c in shown}
    return {c: {kind: int((found == kind).sum()) for kind in rows.PROVEN_FIRST} for c, found in serving.items()}


def _waits() -> dict[str, str]:
    """Return the figures of waits at crossings that the chapter on method names."""
    facts = profiles.resource()["crossing"]
    names = {"cycle": "cycle_s", "green": "green_s", "longest": "longest_wait_s", "give_way": "give_way_times"}
    return {name: f"{facts[key]:g}" for name, key in names.items()}


def _standards_used(tables: Tables, shown: list[str]) -> list[Standard]:
    """Return the standard that decides each category, then those that winter is compared by."""
    compared = set(tables.winter["standard_id"])
    found = []
    for category in shown:
        deciding = tables.standards.get(category)
        found += [deciding] if deciding is not None else []
        others = [row for row in tables.all_standards if row.category == category and not row.decides]
        found += [row for row in others if row.id in compared]
    return found


def _shared_reasons(city: rows.Unit, season: str) -> list[str]:
    """Return the reasons that hold for every category of the whole study area, to be said once."""
    lists = [str(gap["reasons"]).split(";") for (_, when), gap in city.gaps.items() if when == season]
    return [reason for reason in lists[0] if reason and all(reason in each for each in lists)] if lists else []


def _sheet(tables: Tables) -> sheets.Sheet | None:
    units = tables.units[tables.units["level"] == "subdistrict"].sort_values("unit_code")
    if units.empty:
        units = tables.units[tables.units["level"] == "district"].sort_values("unit_code")
    if units.empty or tables.neighbourhoods.empty:
        return None
    west, south, east, north = (float(value) for value in tables.neighbourhoods.total_bounds)
    return sheets.Sheet(units, (west - 300, south - 300, east + 300, north + 300))


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
    """Return the template engine with the words of the chapters."""
    env = engine.environment(words)
    env.globals.update(
        origin=lambda row: words.pair({lang: row.origin(lang) for lang in words.langs}),
        status=lambda row: words.pair({lang: row.status(lang) for lang in words.langs}),
        target_status=lambda row: words.pair({lang: row.target_status(lang) for lang in words.langs}),
        settled=lambda gap: words.join(
            words.term("settle", key) for key in str(gap["settled_by"] or "").split(";") if key
        ),
        how=words.how,
        spoken=lambda value: words.pair({lang: locale.spoken(value, lang) for lang in words.langs}),
        told=winter.told, fine=winter.fine, loss=winter.loss, loss_range=winter.loss_range, of_served=winter.of_served,
        of_served_range=winter.of_served_range, lost_children_range=winter.lost_children_range,
        lost_children=partial(winter.lost_children, words=words),
    )  # fmt: skip
    return env
