"""The chapter on what to do first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cfc_gis import report, schema
from cfc_gis.report import upgrades
from cfc_gis.report.words import Words
from cfc_gis.tables import Tables
from tests.results import sample
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
    for rows in found["shortfalls"].values():
        assert "no_data" not in {row["judgement"] for row in rows}
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    page = chapter(report.render(result.tables, manifest=result.manifest(), map_html="", lang=lang)).lower()
    assert "worst" not in page
    assert "最差" not in page
