"""A gap is followed by hand: from a row of ``gaps.csv``, through the files of the run, to homes, schools and standard.

Only files are read here, as a planner would, and nothing of the package but what her own eyes would do.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis.study import Study
from tests import results

GAPS = 10
SERVING = {"primary_school": ("primary_school", "nine_year_school"), "park": ("park",)}
BAND = {"primary_school": "children_6_11", "park": "children_0_14"}
CODE = {"district": "district_code", "subdistrict": "subdistrict_code"}
MORE = 3
"""Parks that the official count of every district has beyond those on the map."""


@pytest.fixture(scope="module")
def units(extract_path: Path) -> gpd.GeoDataFrame:
    """The map of the units, with how many of their people are covered."""
    return results.real(extract_path, "summer").units


@pytest.fixture(scope="module")
def districts(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The districts, and in ``parts`` their sub-districts."""
    found = units[units["level"] == "district"].set_index("unit_code")
    found.attrs["parts"] = units[units["level"] == "subdistrict"]
    return found


@pytest.fixture(scope="module")
def folder(extract_path: Path, districts: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a made list and a made count.

    The list has every primary school that OSM proves, with its place, and in 道外区 four without one and a row of which
    nothing says what it is. The count has three parks more in every district than OSM proves there.
    """
    here = tmp_path_factory.mktemp("follow")
    known = results.real(extract_path, "summer").facilities
    known = known[known["evidence"].eq("strong")]
    schools = known[known["category"].isin(SERVING["primary_school"]) & known["name"].notna()]
    points = schools.representative_point().to_crs("EPSG:4326")
    listed = pd.DataFrame({"学校名称": schools["name"], "经度": points.x.round(6), "纬度": points.y.round(6)})
    listed["区县"] = inside(schools, districts)["unit_name"]
    unplaced = pd.DataFrame({"学校名称": [f"未定位第{n}小学" for n in range(4)], "区县": "道外区"})
    unsorted = pd.DataFrame({"学校名称": ["阳光"], "区县": "道外区"})
    pd.concat([listed, unplaced, unsorted]).to_csv(here / "小学.csv", index=False, encoding="utf-8-sig")
    parks = inside(known[known["category"] == "park"], districts)["unit_name"].value_counts()
    counts = (parks.reindex(districts["unit_name"], fill_value=0) + MORE).rename("公园（个）").rename_axis("区县")
    counts.reset_index().to_csv(here / "数量.csv", index=False, encoding="utf-8-sig")
    signed = "".join(
        f"""
        [[standard]]
        id = "{name}"
        signed_by = "测试规划师"
        signed_on = 2026-01-15
        """
        for name in ("primary_school.radius", "park.circle10")
    )
    words = f"""
        osm = '{extract_path}'
        season = "summer"
        counts = "数量.csv"
        [[register]]
        file = "小学.csv"
        official = true
        complete = true
        lists = ["小学", "九年一贯制学校"]
        {signed}
        """
    (here / "study.toml").write_text(words, encoding="utf-8")
    Study.from_config(here / "study.toml").run().save(here / "out")
    return here / "out"


def inside(sites: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sites with the district in which they lie: that of their sub-district, which has the finer border, if any."""
    points = gpd.GeoDataFrame(geometry=sites.to_crs(districts.crs).representative_point())

    def code_of(table: gpd.GeoDataFrame, column: str) -> pd.Series:
        found = points.sjoin(table[[column, "geometry"]], predicate="intersects").sort_values(column)[column]
        return found[~found.index.duplicated()]

    codes = code_of(districts.attrs["parts"], "parent_code").combine_first(
        code_of(districts.reset_index(), "unit_code")
    )
    return pd.DataFrame({"unit_code": codes, "unit_name": codes.map(districts["unit_name"])}).dropna()


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, encoding="utf-8-sig", dtype={"unit_code": str, "parent_code": str})


@pytest.fixture(scope="module")
def files(folder: Path) -> dict[str, Any]:
    homes = gpd.read_file(folder / "neighbourhoods.gpkg").set_index("neighbourhood_id")
    homes["children_0_14"] = homes[["children_0_2", "children_3_5", "children_6_11", "children_12_14"]].sum(axis=1)
    sites = gpd.read_file(folder / "facilities.gpkg").set_index("facility_id")
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parameters"]
    names = ("gaps", "completeness", "intervals", "districts", "subdistricts", "merge")
    return {
        **{name: read(folder, f"{name}.csv") for name in names},
        "counts": read(folder.parent, "数量.csv").set_index("区县")["公园（个）"],
        "listed": read(folder.parent, "小学.csv").assign(row=lambda rows: range(2, 2 + len(rows))),
        "homes": homes[homes["urban_rural"] != "rural"],
        "sites": sites,
        "here": sites[sites.to_crs("EPSG:4326").representative_point().within(shapely.box(*told["study_area"]))],
        "access": pd.read_parquet(folder / "access.parquet"),
        "reach": pd.read_parquet(folder / "reach.parquet"),
        "parameters": told,
    }


def test_gaps_appear_where_a_list_or_a_count_speaks_and_nowhere_else(files: dict[str, Any]) -> None:
    found = files["gaps"]
    judged = found[found["judgement"].isin(["gap", "below_reference"])]
    assert set(judged["category"]) == {"primary_school", "park"}
    assert set(judged["judgement"]) == {"gap"}  # the standards are signed
    assert {"district", "subdistrict"} <= set(judged["level"])
    # Sub-districts of 道外区, whose list lacks four places, are not judged, nor those of which no park is counted.
    below = judged[judged["level"] == "subdistrict"]
    assert set(below["category"]) == {"primary_school"}
    assert not below["unit_code"].str.startswith("230104").any()
    assert len(judged) >= GAPS


def test_ten_gaps_are_followed_to_counts_homes_sites_and_standard(
    files: dict[str, Any], districts: gpd.GeoDataFrame
) -> None:
    gaps = files["gaps"][files["gaps"]["judgement"] == "gap"]
    parks, schools = (gaps[gaps["category"] == name] for name in ("park", "primary_school"))
    picked = pd.concat([parks.sample(min(4, len(parks)), random_state=1), schools.sample(6, random_state=1)])
    assert len(picked) == GAPS
    assert picked["level"].nunique() >= 2
    for gap in picked.to_dict("records"):
        follow(gap, files)
        follow_the_high_end(gap, files)
        assert complete(gap, files, districts) == pytest.approx(gap["completeness"], abs=1e-6)


def test_sub_districts_and_the_remainder_outside_them_add_up_to_each_district(files: dict[str, Any]) -> None:
    whole, parts = files["districts"].set_index("unit_code"), files["subdistricts"]
    for name in ("population", "children_0_2", "children_3_5", "children_6_11", "children_12_14"):
        below = parts.groupby("parent_code")[name].sum().reindex(whole.index, fill_value=0.0)
        assert (below + whole[f"outside_{name}"]).to_numpy() == pytest.approx(whole[name].to_numpy(), rel=1e-6)
    share = whole["outside_children_6_11"].sum() / whole["children_6_11"].sum()
    assert 0.2 < share < 0.5  # a large part: without it the rows of sub-districts would seem to be all there are


def people_of(gap: dict[str, Any], files: dict[str, Any]) -> pd.Series:
    """Children of the age in the neighbourhoods of a unit."""
    homes = files["homes"]
    homes = homes if gap["level"] == "city" else homes[homes[CODE[gap["level"]]] == gap["unit_code"]]
    return homes[BAND[gap["category"]]].fillna(0.0)


def follow(gap: dict[str, Any], files: dict[str, Any]) -> None:
    told = files["parameters"]["standards"][gap["category"]]
    assert gap["standard_id"] == told["id"]
    assert (told["threshold"], told["unit"], told["signed_by"]) == (500, "m", "测试规划师")

    access = files["access"][files["access"]["category"] == gap["category"]].set_index("neighbourhood_id")
    n = people_of(gap, files)
    ways = access.reindex(n.index)
    assert n.sum() == pytest.approx(gap["children"], rel=1e-6)
    assert (n * ways["share_within"]).sum() / n.sum() == pytest.approx(gap["share_low"], abs=1e-6)

    served = ways[ways["share_within"] == 1.0]
    sites = files["sites"].loc[served["facility_id"]]
    assert sites["category"].isin(SERVING[gap["category"]]).all()
    assert sites["evidence"].isin(["confirmed", "strong"]).all()
    assert (served["metres"] <= told["threshold"] + 1e-6).all()
    beyond = ways.loc[ways["share_within"] == 0.0, "metres"]
    assert (beyond.isna() | (beyond > told["threshold"])).all()

    assert gap["share_low"] <= gap["share_high"] < gap["target_share"] == told["target"]
    assert gap["shortfall_low"] == pytest.approx((gap["target_share"] - gap["share_high"]) * gap["children"], rel=1e-5)
    assert gap["shortfall_high"] == pytest.approx((gap["target_share"] - gap["share_low"]) * gap["children"], rel=1e-5)
    assert np.isfinite(gap["severity"])


def served_shares(level: str, category: str, files: dict[str, Any]) -> pd.DataFrame:
    """The share a of each unit's children whom each site serves, and the share whom it alone serves."""
    homes = files["homes"].assign(city_code="230100")
    code = CODE.get(level, "city_code")
    n = homes[BAND[category]].fillna(0.0)
    rows = files["reach"][files["reach"]["category"] == category].join(
        pd.DataFrame({"n": n, "unit_code": homes[code]}), on="neighbourhood_id", how="inner"
    )
    total = n.groupby(homes[code]).sum()
    rows["a"], rows["alone"] = rows["n"] * rows["share_within"], rows["n"] * rows["share_alone"]
    sums = rows[rows["n"] > 0].groupby(["unit_code", "facility_id"])[["a", "alone"]].sum()
    return sums.div(total.reindex(sums.index.get_level_values("unit_code")).to_numpy(), axis=0)


def follow_the_high_end(gap: dict[str, Any], files: dict[str, Any]) -> None:
    """The formula of docs/completeness.md, section 3, from terms that add up from the tables of the run."""
    terms = files["intervals"].set_index(["level", "unit_code", "category"]).loc[
        (gap["level"], gap["unit_code"], gap["category"])
    ]  # fmt: skip
    shares = served_shares(gap["level"], gap["category"], files)
    here = shares[shares.index.get_level_values("unit_code") == gap["unit_code"]]
    once, squares = here["alone"].sum(), (here["a"] ** 2).sum()
    typical = math.sqrt((shares["a"] ** 2).mean())
    assert terms["share_once"] == pytest.approx(once, abs=1e-6)
    assert terms["sum_squares"] == pytest.approx(squares, abs=1e-6)
    assert terms["share_typical"] == pytest.approx(typical, abs=1e-6)
    c = gap["completeness"]
    r = (1 - c) / c
    assert (terms["completeness_low"], terms["odds"]) == pytest.approx((c, r), abs=1e-6)
    assert terms["share_found"] == pytest.approx(gap["share_low"], abs=1e-6)
    possible = min(1.0, gap["share_low"] + r * once + 1.5 * math.sqrt(r * (squares / c + typical**2)))
    assert terms["share_possible"] == pytest.approx(possible, abs=1e-6)
    high = max(gap["share_presumed"], possible) + gap["share_beyond"] + gap["share_unconnected"]
    assert gap["share_high"] == terms["share_high"] == pytest.approx(min(1.0, high), abs=1e-6)


def complete(gap: dict[str, Any], files: dict[str, Any], districts: gpd.GeoDataFrame) -> float:
    """The completeness by which a unit is judged, from the planner's own count or list and the map."""
    own = {code: own_of(gap["category"], code, files, districts) for code in districts.index}
    weights = {code: weight_of(gap["category"], code, files, districts) for code in districts.index}
    city = sum(own[code] * weights[code] for code in own) / sum(weights.values())
    if gap["level"] == "city":
        return city
    if gap["level"] == "subdistrict":  # the list has every school of its district
        assert own[district_of(gap["unit_code"], files)] == 1.0
        return min(1.0, city)
    return min(own[gap["unit_code"]], city)


def district_of(subdistrict: str, files: dict[str, Any]) -> str:
    homes = files["homes"]
    return str(homes.loc[homes["subdistrict_code"] == subdistrict, "district_code"].mode().item())


def own_of(category: str, code: str, files: dict[str, Any], districts: gpd.GeoDataFrame) -> float:
    if category == "primary_school":
        return by_list(code, files, districts)
    count, found = files["counts"][districts.loc[code, "unit_name"]], found_in(category, code, files, districts)
    most = most_inside(count, code, files)
    return float(found / (count if found > most else most))


def most_inside(count: float, code: str, files: dict[str, Any]) -> float:
    """How many may lie in the covered part, where a share of the people live at its high end: 1.645 deviations more."""
    row = files["districts"].set_index("unit_code").loc[code]
    share = min(1.0, row["population_high"] / row["census_population"])
    return float(min(count, count * share + 1.645 * math.sqrt(count * share * (1 - share))))


def listed_in(name: str, files: dict[str, Any]) -> pd.DataFrame:
    """The rows of the list that name a district, with what became of each."""
    rows = files["merge"].merge(files["listed"], on="row")
    return rows[(rows["区县"] == name) & ~rows["outcome"].isin(["same", "left_out"])]


def by_list(code: str, files: dict[str, Any], districts: gpd.GeoDataFrame) -> float:
    """What has a place in the district that the list names, of what is listed there, by what the list has of OSM's."""
    name = districts.loc[code, "unit_name"]
    outcome, rows = files["merge"], listed_in(name, files)
    placed = rows[rows["outcome"].isin(["matched", "new"])]
    lies = inside(files["sites"].loc[placed["facility_id"]], districts)["unit_code"]
    sites = files["here"]
    schools = sites["category"].isin(SERVING["primary_school"]) & sites["source"].str.startswith("osm")
    here = inside(sites[schools & sites["evidence"].isin(["confirmed", "strong"])], districts)
    ours = here.index[here["unit_code"] == code]
    has = ours.isin(outcome.loc[outcome["outcome"] == "matched", "facility_id"]).mean()
    unsorted = files["listed"][~files["listed"]["row"].isin(outcome["row"])]
    may_be = (unsorted["区县"] == name).sum()
    return float((lies == code).sum() / (len(rows) + may_be) * has)


def found_in(category: str, code: str, files: dict[str, Any], districts: gpd.GeoDataFrame) -> int:
    sites = files["here"]
    proven = sites[sites["category"].isin(SERVING[category]) & sites["evidence"].isin(["confirmed", "strong"])]
    return int((inside(proven, districts)["unit_code"] == code).sum())


def weight_of(category: str, code: str, files: dict[str, Any], districts: gpd.GeoDataFrame) -> float:
    """What is expected in the covered part of a district: all that a list has there, or may have."""
    name, share = districts.loc[code, "unit_name"], districts.loc[code, "covered_people_share"]
    if category == "primary_school":
        return float(len(listed_in(name, files)))
    count = files["counts"][name]
    disproved = found_in(category, code, files, districts) > most_inside(count, code, files)
    return float(count if disproved else share * count)


def test_without_the_list_the_same_units_are_no_data(extract_path: Path, files: dict[str, Any]) -> None:
    """On the extract alone kindergartens, childcare and play are met or not known, and nothing is a gap."""
    alone = results.real(extract_path, "summer").gaps
    assert not alone["judgement"].isin(["gap", "below_reference"]).any()
    few = alone[alone["category"].isin(["kindergarten", "childcare", "play"])]
    assert set(few["judgement"]) <= {"meets", "no_data"}
    assert len(files["gaps"]) == len(alone)
