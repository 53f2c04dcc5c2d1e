"""Tables in the words of planners: every column of what they look at has a header, and nothing is made up."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from cfc_gis import beyond, locale
from cfc_gis.columns import header, worded


def test_headers_keys_shares_and_counts_are_said_and_missing_stays_missing() -> None:
    table = pd.DataFrame(
        {
            "category": ["park", "play"],
            "share_low": [0.0649, None],
            "children": [854.6, None],
            "doubts": ["border;area", ""],
            "mine": ["<b>", None],
        },
        index=[7, 9],
    )
    shown = worded(table)
    assert shown.index.tolist() == [7, 9]
    assert [name.split(" ")[0] for name in shown] == ["类别", "已证实（%）", "儿童（人，估计）", "疑点", "mine"]
    first = shown.iloc[0].tolist()
    assert first[:3] == ["公园 Park", 6.5, 855]
    assert first[3].count("\n") == 1  # one line for each doubt
    assert first[4] == "<b>"  # text as it is; the notebook escapes it
    assert shown.iloc[1, 1:3].isna().all()


def test_geometry_is_left_out() -> None:
    table = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[Point(0, 0)], crs=4326)
    shown = worded(table)
    assert type(shown) is pd.DataFrame
    assert shown.columns.tolist() == ["名称 Name"]


@pytest.mark.parametrize("name", beyond.COLUMNS)
def test_every_column_of_the_first_lesson_has_words(name: str) -> None:
    assert f"column.{name}" in locale.table()
    assert header(name).count("\n") == 1
