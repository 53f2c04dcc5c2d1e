"""A study judges, explains and reports by its own standards, and says what it changed and who signed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from cfc_gis import report
from cfc_gis.result import Result
from cfc_gis.revisions import revise
from cfc_gis.standards import all_standards
from cfc_gis.study import Study
from tests import results

CHANGES = [
    {"id": "primary_school.radius", "threshold": 900, "signed_by": "=市教育局", "signed_on": "2026-03-01"},
    {"id": "park.pocket", "decides": True},
    {"id": "play.circle5", "target_share": 0.01},
]


@cache
def own() -> Result:
    revised = revise(all_standards(), CHANGES)
    assert not revised.faults
    return replace(Study.sample(), standards=revised.standards).run("both")


def city(result: Result, category: str) -> pd.Series:
    rows = result.gaps.query("level == 'city' and profile.str.endswith('.summer')").set_index("category")
    return rows.loc[category]


def test_gaps_rest_on_the_studys_standards() -> None:
    farther, shipped = city(own(), "primary_school"), city(results.sample(), "primary_school")
    assert farther["share_low"] > shipped["share_low"]
    assert "standard_signed" in farther["reasons"]
    assert "standard_unverified" not in farther["reasons"]
    assert "standard_unverified" in shipped["reasons"]
    assert city(own(), "park")["standard_id"] == "park.pocket"
    assert city(own(), "park")["share_low"] < city(results.sample(), "park")["share_low"]
    assert city(own(), "play")["target_share"] == pytest.approx(0.01)
    same = ["share_low", "reasons", "standard_id"]
    pd.testing.assert_series_equal(city(own(), "culture")[same], city(results.sample(), "culture")[same])


def test_explanations_and_measures_rest_on_them_too() -> None:
    home = own().neighbourhoods["neighbourhood_id"].iloc[0]
    against = own().explain(home, "primary_school").standards[0].standard
    assert (against.threshold, against.signed_on) == (900, "2026-03-01")
    measured = own().measure("primary_school", "age6_8.summer")
    kept = own().access.query("category == 'primary_school' and profile == 'age6_8.summer'")
    columns = ["neighbourhood_id", "share_within", "n_within"]
    pd.testing.assert_frame_equal(measured[columns].reset_index(drop=True), kept[columns].reset_index(drop=True))


def test_the_manifest_tells_what_was_changed_and_who_signed() -> None:
    changed = own().manifest()["parameters"]["standards_changed"]
    assert set(changed) == {"primary_school.radius", "park.circle10", "park.pocket", "play.circle5"}
    assert changed["primary_school.radius"]["threshold"] == {"shipped": 500, "used": 900}
    assert changed["primary_school.radius"]["signed_by"]["used"] == "=市教育局"
    assert results.sample().manifest()["parameters"]["standards_changed"] == {}


def test_report_and_files_say_so(tmp_path: Path) -> None:
    page = report.render(own().tables, manifest=own().manifest(), map_html="", lang="en")
    assert page.count("signed by =市教育局 on 2026-03-01") >= 3  # first page, its category, the standards
    own().save(tmp_path, lang="zh")
    sheet = pd.read_csv(tmp_path / "districts.csv")
    assert set(sheet["primary_school_standard"]) == {"signed"}
    assert set(sheet["culture_standard"]) == {"unverified"}
    assert "unverified" in set(pd.read_csv(tmp_path / "winter.csv")["standard_state"])
    book = load_workbook(tmp_path / "results.xlsx")
    assert book.sheetnames == [
        "说明 About",
        "区县 Districts",
        "街道 Sub-districts",
        "缺口 Gaps",
        "先做什么 First",
        "改造建议 Upgrades",
        "方案检验 Plan tests",
        "公平 Equity",
        "冬季 Winter",
        "标准 Standards",
    ]
    cells = [cell for row in book["标准 Standards"].iter_rows() for cell in row if cell.value == "=市教育局"]
    assert [cell.data_type for cell in cells] == ["s"]
    homes = set(own().neighbourhoods["neighbourhood_id"]) | set(own().neighbourhoods["name"].dropna())
    values = {cell for each in book for row in each.iter_rows(values_only=True) for cell in row if cell is not None}
    assert not homes & values  # no compound leaves the office in this file
