"""The chapter on what to do first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cfc_gis import report, schema
from cfc_gis.report import places, rows, summary, upgrades
from cfc_gis.report.words import Words
from cfc_gis.result import Result
from cfc_gis.tables import Tables
from tests.results import real, sample
from tests.tables import HOSTILE, manifest, town


def write(tables: dict[str, Any], lang: str = "both") -> str:
    return report.render(Tables(**tables), manifest=manifest(), map_html="", lang=lang)


def chapter(page: str) -> str:
    start = page.index('<h2 id="upgrades">')
    return page[start : page.index("</section>", start)]


def with_upgrades() -> dict[str, Any]:
    """Two upgrades for every gap of the town that is not met, one of them at a facility with a hostile name."""
    tables = town()
    gaps = tables["gaps"]
    gaps = gaps[(gaps["judgement"] != "meets") & (gaps["children"] > 0)].reset_index(drop=True)
    site = gaps.assign(
        kind="path", first=True, children=gaps["children"] * 0.4, share=0.4, neighbourhoods=2, facility_id="w1",
        facility_name=HOSTILE[0], street=None,
    )  # fmt: skip
    seats = site.assign(kind="seats", first=False, children=gaps["children"] * 0.5, share=0.5)
    order = gaps.assign(
        order=(gaps["judgement"] == "no_data").map({True: "find_out", False: "shortfall"}), kind="path",
        kind_children=site["children"],
    )  # fmt: skip
    order = order[order["level"] != "city"].sort_values(["unit_code", "category", "profile"])
    order["rank"] = order.groupby(["level", "order"]).cumcount() + 1
    both = [table[[*contract.columns]] for table, contract in ((site, schema.UPGRADES), (seats, schema.UPGRADES))]

    tables["upgrades"] = pd.concat(both, ignore_index=True)
    tables["priorities"] = order[[*schema.PRIORITIES.columns]]
    return tables


def test_no_upgrades_no_chapter() -> None:
    page = write(town())
    assert 'id="upgrades"' not in page
    assert 'href="#upgrades"' not in page


def test_the_chapter_names_what_to_do_and_escapes_names() -> None:
    page = write(with_upgrades(), "zh")
    text = chapter(page)
    assert 'href="#upgrades"' in page
    assert "开门或打通小路" in text
    assert "已在标准之内" in text
    assert HOSTILE[0] not in text


def test_the_order_of_rows_does_not_change_the_page() -> None:
    tables = with_upgrades()
    shuffled = {**tables, "upgrades": tables["upgrades"].sample(frac=1, random_state=3),
                "priorities": tables["priorities"].sample(frac=1, random_state=3)}  # fmt: skip
    assert write(shuffled) == write(tables)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_data_stands_apart_and_nobody_is_the_worst(lang: str) -> None:
    result = sample()
    found = upgrades.context(result.tables, Words([lang]))["upgrades"]
    assert {row["judgement"] for row in found["find_out"]} <= {"no_data"}
    for listed in found["shortfalls"].values():
        assert "no_data" not in {row["judgement"] for row in listed}
        assert [row["number"] for row in listed] == list(range(1, len(listed) + 1))
    page = chapter(report.render(result.tables, manifest=result.manifest(), map_html="", lang=lang)).lower()
    assert "worst" not in page
    assert "最差" not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_chapter_ranks_what_a_district_page_cannot_tell(extract_path: Path, lang: str) -> None:
    """In central Harbin next to no kindergarten is recorded and some parks are: one is told nowhere, one everywhere."""
    agree(real(extract_path, "summer"), lang, "summer", some=True)


def test_nor_in_the_sample_town() -> None:
    agree(sample(), "en", "winter", some=False)


def agree(result: Result, lang: str, season: str, *, some: bool) -> None:
    words, tables = Words([lang]), result.tables
    levels = {level: rows.units(tables, level) for level in rows.LEVELS}
    outlines = tables.units.set_index(["level", "unit_code"]).geometry
    finder = places.Finder(tables, season, words)
    untold: dict[str, list[str]] = {}
    for unit in levels["district"]:
        homes = finder.homes(unit.code)
        for category in rows.categories(tables.gaps):
            gap = unit.gaps[category, season]
            found = finder.look(homes, category, gap, outlines["district", unit.code])
            if not found.places and gap["judgement"] == "no_data" and gap["children"]:
                untold.setdefault(category, []).append(unit.name)
    order = result.priorities[result.priorities["profile"].str.endswith(f".{season}")]
    named = dict(zip(result.units["unit_code"], result.units["unit_name"], strict=True))
    parents = dict(zip(result.units["unit_code"], result.units["parent_code"], strict=True))
    for row in order[order["rank"].notna()].itertuples():
        district = row.unit_code if row.level == "district" else parents[row.unit_code]
        assert named.get(district) not in untold.get(row.category, [])
    chapter = upgrades.context(tables, words)["upgrades"]
    assert {row["category"]: str(row["names"][lang]) for row in chapter["untold"]} == {
        category: str(words.listed(names)[lang]) for category, names in untold.items()
    }
    assert all(row["settled"][lang] for row in chapter["untold"])
    checks = summary.context(levels, tables.standards, season, words)["check_first"]
    said = {str(check.what[lang]): check for check in checks}
    for category, names in untold.items():
        check = said[str(words.term("category", category)[lang])]
        assert check.untold == words.listed(names)
        assert check.settled[lang]
        if len(names) == len(levels["district"]):
            assert check.places is None
    if some:
        assert {"kindergarten", "play"} <= set(untold)
        assert "park" not in untold
        assert any(check.places for check in checks)
