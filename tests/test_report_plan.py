"""The chapter on the plan's own tests: what a planner sees beside each unit."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import locale, report
from cfc_gis.report import plan
from cfc_gis.standards import categories
from cfc_gis.tables import Tables
from cfc_gis.targets import entries
from tests.results import sample
from tests.tables import manifest, town
from tests.test_report_upgrades import with_upgrades


def _text(**changes: object) -> str:
    page = report.render(Tables(**town() | changes), manifest=manifest(), map_html="", lang="en")
    section = page[page.index('<h2 id="plan">') :].split("</section>", maxsplit=1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", section)).split()).replace(" .", ".")


def _places(indicators: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Put official figures into the row on childcare of one district."""
    table = indicators.copy()
    row = (table["indicator"] == "childcare.places") & (table["unit_code"] == "230102")
    for name, value in values.items():
        table.loc[row, name] = value
    return table


def test_what_nobody_knows_stands_once_with_what_would_settle_it() -> None:
    text = _text()
    assert "Childcare places No data Phase 2025 · Municipal Health Commission (市卫健委) · Health · in places" in text
    assert "No data Confidence Low Why: The unit's places are not known in full. What would settle it:" in text
    assert "the health commission's count of childcare places by district. Nothing is known" in text
    assert "道里区 4,938 · 南岗区 6,258" in text
    assert "Nothing is known of this one; its target is 304: 哈尔滨市" in text


def test_a_gap_shows_value_target_and_what_is_missing_before_all_others() -> None:
    known = {"value": 4000.0, "value_low": 4000.0, "value_high": 4000.0, "shortfall": 938.0, "judgement": "gap",
             "confidence": "high", "reasons": "", "settled_by": ""}  # fmt: skip
    text = _text(indicators=_places(town()["indicators"], **known))
    part = text[text.index("One by one") :]
    assert "Gap Confidence High 道里区 4,000 4,938 938 No data" in part


def test_a_table_at_the_top_counts_the_units_of_each_test() -> None:
    text = _text()
    table = text[text.index("All tests at a glance") : text.index("One by one")]
    assert (
        "Childcare places 2025 Municipal Health Commission (市卫健委) No data – / 45,044 places No data 18 –" in table
    )


def test_cohorts_are_called_a_scenario_and_not_known() -> None:
    text = _text()
    assert "Age Year From the census, or scenario Range of the scenario" in text
    assert "Children aged 6 to 11 2025 384,902 –" in text
    assert "Children aged 6 to 11 2035 222,000 79,943 – 270,000" in text


def test_overcrowded_schools_are_listed() -> None:
    tables = town()
    schools = tables["facilities"].index[tables["facilities"]["category"] == "primary_school"][:1]
    tables["facilities"].loc[schools, ["capacity", "enrolment"]] = [100.0, 130.0]
    assert "Schools with more children than seats" in _text(facilities=tables["facilities"])
    assert "130 100 30 1.30" in _text(facilities=tables["facilities"])
    assert "Schools with more children than seats" not in _text()


def test_every_test_of_the_plan_has_its_place_in_the_chapter() -> None:
    table = town()["indicators"]
    assert set(table["indicator"]) - set(plan.COHORTS) <= set(plan.ORDER)


def asked() -> list[Mapping[str, Any]]:
    """Return what the plan asks of somebody."""
    return [row for row in entries().values() if "body" in row]


def test_every_body_and_field_has_its_name_in_english() -> None:
    """A body keeps its Chinese name beside: an office is asked by that."""
    wanted = [*asked(), *({"body": row.body, "domain": row.domain} for row in categories().values())]
    for row in wanted:
        assert locale.say(f"body.{row['body']}", "zh") == row["body"]
        assert re.fullmatch(rf"[A-Za-z ]+ \({row['body']}\)", locale.say(f"body.{row['body']}", "en"))
        assert locale.say(f"domain.{row['domain']}", "zh") == row["domain"]
        assert locale.say(f"domain.{row['domain']}", "en").isascii()


def test_every_source_of_a_target_is_told_in_both_languages() -> None:
    for name, row in entries().items():
        said = {lang: locale.spoken(row["source"], lang) for lang in locale.LANGS}
        assert " / ".join(said.values()) == row["source"], name


def test_an_english_reader_meets_no_body_in_chinese_alone() -> None:
    tables = with_upgrades()
    tables["indicators"] = sample().tables.indicators
    page = report.render(Tables(**tables), manifest=manifest(), map_html="", lang="en")
    said = html.unescape(re.sub(r"<[^>]+>", "|", page))
    for body in {row["body"] for row in asked()}:
        assert f"({body})" in said
        assert re.findall(rf"(?<!\(){body}", said) == []
    assert "press conference on building Harbin as a child-friendly city" in said
    assert "发布会" not in said


def test_a_target_that_counts_the_mapped_units_alone_is_marked_as_the_least() -> None:
    """How many township-level units a district has is not known; 305 of the city are counted."""
    text = _text()
    part = text[text.rindex("Child-friendly spaces No data") : text.rindex("Protection stations No data")]
    city, districts = part.split("305: 哈尔滨市", maxsplit=1)
    assert "≥" not in city
    assert "the target of each is ≥ 1: 道里区" in districts
