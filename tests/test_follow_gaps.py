"""A gap is followed by hand: from a row of ``gaps.csv``, through the files of the run, to homes, schools and standard.

Only files are read here, as a planner would, and nothing of the package but what her own eyes would do.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cfc_gis.study import Study
from tests import results

GAPS = 10
SERVING = ("primary_school", "nine_year_school")


@pytest.fixture(scope="module")
def folder(extract_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a made list: every primary school that OSM proves, with its place, and four in 道外区 without one."""
    here = tmp_path_factory.mktemp("follow")
    known, units = (getattr(results.real(extract_path, "summer"), name) for name in ("facilities", "units"))
    schools = known[known["category"].isin(SERVING) & known["evidence"].eq("strong") & known["name"].notna()]
    points = schools.representative_point().to_crs("EPSG:4326")
    listed = pd.DataFrame({"学校名称": schools["name"], "经度": points.x.round(6), "纬度": points.y.round(6)})
    districts = units[units["level"] == "district"]
    inside = gpd.GeoDataFrame(geometry=schools.representative_point()).sjoin(districts, predicate="intersects")
    listed["区县"] = inside["unit_name"]
    unplaced = pd.DataFrame({"学校名称": [f"未定位第{n}小学" for n in range(4)], "区县": "道外区"})
    pd.concat([listed, unplaced]).to_csv(here / "小学.csv", index=False, encoding="utf-8-sig")
    words = f"""
        osm = '{extract_path}'
        season = "summer"
        [[register]]
        file = "小学.csv"
        official = true
        complete = true
        lists = ["小学", "九年一贯制学校"]
        [[standard]]
        id = "primary_school.radius"
        signed_by = "测试规划师"
        signed_on = 2026-01-15
        """
    (here / "study.toml").write_text(words, encoding="utf-8")
    Study.from_config(here / "study.toml").run().save(here / "out")
    return here / "out"


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, encoding="utf-8-sig", dtype={"unit_code": str, "parent_code": str})


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, Any]:
    homes = gpd.read_file(folder / "neighbourhoods.gpkg")
    return {
        "gaps": read(folder, "gaps.csv"),
        "completeness": read(folder, "completeness.csv"),
        "homes": homes[homes["urban_rural"] != "rural"].set_index("neighbourhood_id"),
        "sites": gpd.read_file(folder / "facilities.gpkg").set_index("facility_id"),
        "access": pd.read_parquet(folder / "access.parquet"),
        "manifest": json.loads((folder / "manifest.json").read_text(encoding="utf-8")),
    }


def test_gaps_appear_where_a_list_counts_and_nowhere_else(files: dict[str, Any]) -> None:
    found = files["gaps"]
    judged = found[found["judgement"].isin(["gap", "below_reference"])]
    assert set(judged["category"]) == {"primary_school"}
    assert set(judged["judgement"]) == {"gap"}  # the standard is signed
    assert {"district", "subdistrict"} <= set(judged["level"])
    assert len(judged) >= GAPS


def test_ten_gaps_are_followed_to_homes_schools_and_standard(files: dict[str, Any]) -> None:
    gaps = files["gaps"][files["gaps"]["judgement"] == "gap"]
    picked = gaps.sample(GAPS, random_state=1)
    assert picked["level"].nunique() >= 2
    for gap in picked.to_dict("records"):
        follow(gap, files)


def follow(gap: dict[str, Any], files: dict[str, Any]) -> None:
    told = files["manifest"]["parameters"]["standards"]["primary_school"]
    assert gap["standard_id"] == told["id"]
    assert (told["threshold"], told["unit"], told["signed_by"]) == (500, "m", "测试规划师")

    access = files["access"][files["access"]["category"] == "primary_school"].set_index("neighbourhood_id")
    homes, of = files["homes"], {"district": "district_code", "subdistrict": "subdistrict_code"}
    homes = homes if gap["level"] == "city" else homes[homes[of[gap["level"]]] == gap["unit_code"]]
    n = homes["children_6_11"].fillna(0.0)
    ways = access.reindex(homes.index)
    assert n.sum() == pytest.approx(gap["children"], rel=1e-6)
    assert (n * ways["share_within"]).sum() / n.sum() == pytest.approx(gap["share_low"], abs=1e-6)

    served = ways[ways["share_within"] == 1.0]
    schools = files["sites"].loc[served["facility_id"]]
    assert schools["category"].isin(SERVING).all()
    assert schools["evidence"].isin(["confirmed", "strong"]).all()
    assert (served["metres"] <= told["threshold"] + 1e-6).all()
    beyond = ways.loc[ways["share_within"] == 0.0, "metres"]
    assert (beyond.isna() | (beyond > told["threshold"])).all()

    complete = files["completeness"]
    row = complete[(complete["unit_code"] == gap["unit_code"]) & (complete["category"] == "primary_school")].iloc[0]
    assert row["basis"] == "register"
    assert row["completeness_low"] == pytest.approx(gap["completeness"], abs=1e-6)
    assert 0.5 <= gap["completeness"] <= 1.0

    assert gap["share_low"] <= gap["share_high"] < gap["target_share"] == told["target"]
    assert gap["shortfall_low"] == pytest.approx((gap["target_share"] - gap["share_high"]) * gap["children"], rel=1e-5)
    assert gap["shortfall_high"] == pytest.approx((gap["target_share"] - gap["share_low"]) * gap["children"], rel=1e-5)
    assert np.isfinite(gap["severity"])


def test_without_the_list_the_same_units_are_no_data(extract_path: Path, files: dict[str, Any]) -> None:
    """On the extract alone kindergartens, childcare and play are met or not known, and nothing is a gap."""
    alone = results.real(extract_path, "summer").gaps
    assert not alone["judgement"].isin(["gap", "below_reference"]).any()
    few = alone[alone["category"].isin(["kindergarten", "childcare", "play"])]
    assert set(few["judgement"]) <= {"meets", "no_data"}
    assert len(files["gaps"]) == len(alone)
