"""What goes into the workbook: sources, meanings, gaps in words; no compounds."""

from __future__ import annotations

import dataclasses

from cfc_gis import columns, delivery, handover, locale, schema
from tests import results
from tests.tables import every_standard, gaps, indicators, manifest


def test_the_first_sheet_says_what_a_reader_must_know() -> None:
    lines = handover.about(manifest())
    assert (lines[0].zh, lines[1].item) == ("内部研究用图，界线非法定", "地点 Place")
    words = "\n".join(f"{line.zh} {line.en}" for line in lines)
    for wanted in ("哈尔滨市", "harbin.osm.pbf", "2024-04-09", "ab" * 32, "数据不足", "Confidence", "12 streets"):
        assert wanted in words
    synthetic = handover.about({**manifest(), "synthetic": True})
    assert "合成样例数据" in synthetic[1].zh


def test_gaps_are_said_with_their_standard_and_whether_it_binds() -> None:
    standards = every_standard()
    signed = dataclasses.replace(standards[0], signed_by="市教育局", signed_on="2026-03-01")
    table = handover.gaps(gaps(), (signed, *standards[1:]))
    row = table[table["category"] == signed.category].iloc[0]
    assert (row["season"], row["standard_state"]) == ("summer", "signed")
    assert "由市教育局于 2026-03-01 签认" in row["standard_zh"]
    assert set(table.loc[table["category"] == "play", "standard_state"]) == {"unverified"}
    assert not {"profile", "indicator"} & set(table)


def test_every_column_of_every_sheet_has_a_header_in_words() -> None:
    result = results.sample()
    sheets = delivery.sheets(vars(result), result.sheet)
    named_so = {str(name) for table in sheets.values() for name in table} | set(schema.COMPLETENESS.columns)
    named = {name.removeprefix("column.") for name in locale.table() if name.startswith("column.")}
    assert {name for name in named_so if columns._of_category(name) is None} <= named


def test_no_compound_is_handed_on() -> None:
    table = gaps()
    table.loc[0, "level"] = "neighbourhood"
    assert set(handover.gaps(table, every_standard())["level"]) == {"city", "district", "subdistrict"}


def test_the_standards_that_numbers_rest_on() -> None:
    table = handover.standards_used(every_standard())
    assert "kindergarten.radius2002" not in set(table["id"])  # only shown beside
    assert table.set_index("id").loc["kindergarten.circle5min", "uses"] == "winter"
    assert table["decides"].sum() == 10


def test_the_plans_tests_are_said_in_both_languages() -> None:
    words = handover.in_words(indicators())
    row = words[(words["indicator"] == "childcare.places") & (words["level"] == "city")].iloc[0]
    assert (row["indicator_zh"], row["judgement_en"]) == ("托位", "No data")
    assert row["reasons_en"] == "The unit's places are not known in full"
    assert row["settled_by_zh"] == "市卫健委提供各区县的托位总数"
    assert words.loc[words["judgement"].isna(), "judgement_zh"].eq("").all()
    assert "plan_reasons" in handover.indicators(indicators())
