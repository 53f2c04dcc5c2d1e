"""A small town of valid result tables: 40 neighbourhoods, two districts, four sub-districts, ten categories.

Everything is made by rule from the row numbers, so that a test can say what it expects. Kindergartens and play spaces
are too few to judge, primary schools fall short, parks meet the target: each way a result can look occurs once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from cfc_gis import equity as equities
from cfc_gis import plan, schema
from cfc_gis.sources import census
from cfc_gis.standards import Standard, all_standards, categories

CRS = "EPSG:4551"
WEST, SOUTH, STEP = 546_000.0, 5_066_000.0, 400.0
COLUMNS, ROWS = 8, 5
CITY = "230100"
DISTRICTS = {"230102": "道里区", "230103": "南岗区"}
JUDGED = {
    "childcare": "no_data", "kindergarten": "no_data", "primary_school": "gap", "junior_school": "undecided",
    "paediatric_hospital": "below_reference", "health_centre": "undecided", "play": "no_data", "sport": "meets",
    "park": "meets", "culture": "undecided",
}  # fmt: skip
HOSTILE = (
    "</script><script>alert(1)</script>", "${alert(1)}", "`+alert(1)+`", "a\\", '" onmouseover="alert(1)', "{{7*7}}",
    "{% raw %}", "<img src=x onerror=alert(1)>", "第一\u202e小学\x07", "'];alert(1);//", "<!--", "&lt;b&gt;",
)  # fmt: skip


def neighbourhoods() -> gpd.GeoDataFrame:
    """Forty compounds in a grid; the first ten have no name, the westmost column is touched by the edge."""
    rows = []
    for i in range(COLUMNS * ROWS):
        x, y = WEST + STEP * (i % COLUMNS), SOUTH + STEP * (i // COLUMNS)
        district = "230102" if i % COLUMNS < COLUMNS // 2 else "230103"
        rows.append({
            "neighbourhood_id": f"w{1000 + i}",
            "name": None if i < 10 else f"友谊小区{i}",
            "district_code": district,
            "subdistrict_code": f"r{district[-1]}{int(i // COLUMNS > 1)}",
            "community_code": None,
            "urban_rural": "urban",
            "population": 900.0 + 37 * i,
            "children_0_2": 12.0 + i / 3, "children_3_5": 20.0 + i, "children_6_11": 45.0 + i, "children_12_14": 21.0,
            "population_source": "buildings" if i % 2 else "area",
            "edge_affected": i % COLUMNS == 0,
            "geometry": box(x, y, x + STEP * 0.8, y + STEP * 0.7),
        })  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=CRS)


def units() -> gpd.GeoDataFrame:
    """The city, two districts that reach beyond the study area, four sub-districts."""
    half, tall = STEP * COLUMNS / 2, STEP * ROWS
    shapes = [("city", CITY, "哈尔滨市", None, box(WEST - 9e3, SOUTH - 9e3, WEST + 9e3, SOUTH + 9e3))]
    for n, (code, name) in enumerate(DISTRICTS.items()):
        x = WEST + n * half
        outer = x - 6e3 if n == 0 else x + half + 6e3
        shapes.append(
            ("district", code, name, CITY, box(min(x, outer), SOUTH - 100, max(x + half, outer), SOUTH + tall))
        )
        for m in range(2):
            low, high = SOUTH + m * 2 * STEP - 60 * (1 - m), SOUTH + (2 * STEP if m == 0 else tall)
            name_sub = f"{name[:2]}{'新阳路' if m else '安静街'}街道"
            shapes.append(("subdistrict", f"r{code[-1]}{m}", name_sub, code, box(x, low - 40, x + half, high - 40)))
    homes = neighbourhoods()
    rows = []
    for level, code, name, parent, shape in shapes:
        inside = homes if level == "city" else homes[homes[f"{level}_code"] == code]
        people = float(inside["population"].sum())
        whole = level == "subdistrict"
        rows.append({
            "level": level, "unit_code": code, "unit_name": name, "parent_code": parent, "source": "osm",
            "covered_area_share": 1.0 if whole else 0.31, "covered_people_share": None if whole else 0.46,
            "covered_people_share_low": None if whole else 0.31,
            "population": people, "population_low": people * 0.7, "population_high": people * 1.2,
            "census_population": None if whole else people * 2.2,
            "population_rule": "census" if whole else ("census_cap" if code == "230103" else "floor_area"),
            **{band: float(inside[band].sum()) for band in _BANDS},
            "geometry": shape,
        })  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=CRS)


_BANDS = ("children_0_2", "children_3_5", "children_6_11", "children_12_14")


def facilities() -> gpd.GeoDataFrame:
    """Three of each category: two strong and one presumed; one without a name, one drawn as an area."""
    rows = []
    for n, category in enumerate((*JUDGED, "nine_year_school")):
        for k in range(3):
            point = Point(WEST + 350 + 270 * n, SOUTH + 150 + 700 * k)
            rows.append({
                "facility_id": f"n{10 * n + k}", "name": None if k == 2 else f"示例设施{n}-{k}", "category": category,
                "care_level": None, "evidence": ("strong", "confirmed", "presumed")[k],
                "evidence_reason": "amenity=school", "capacity": None, "capacity_source": None, "enrolment": None,
                "group": None, "ownership": None, "indoor": False, "season": "all",
                "osm_ids": f"n{10 * n + k};w{n}", "source": "osm", "entrances": [(point.x, point.y)],
                "geometry": point.buffer(40) if k == 1 else point,
            })  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=CRS)


def access() -> pd.DataFrame:
    """Minutes grow with the row number; every thirteenth neighbourhood reaches no primary school at all."""
    rows = []
    for n, (category, users) in enumerate(categories().items()):
        for i in range(COLUMNS * ROWS):
            for season, slower in (("summer", 1.0), ("winter", 1.25)):
                metres = 60.0 + 55.0 * ((i * (n + 1)) % 40)
                lost = category == "primary_school" and i % 13 == 12
                rows.append({
                    "neighbourhood_id": f"w{1000 + i}", "category": category, "profile": f"{users.age}.{season}",
                    "minutes": np.nan if lost else metres / 60 * slower,
                    "minutes_low": np.nan if lost else metres / 60,
                    "minutes_high": np.nan if lost else metres / 60 * slower**2,
                    "metres": np.nan if lost else metres, "way_metres": np.nan if lost else metres + 15.0 * (i % 3),
                    "crossings": np.nan if lost else float(i % 4),
                    "second_minutes": np.nan if lost or i % 7 == 6 else metres / 60 * slower + 3.0,
                    "n_within": 0.0 if lost else 0.5 * (i % 5),
                    "straight_metres": metres * 0.8, "facility_id": None if lost else f"n{10 * n + i % 2}",
                    "minutes_presumed": metres / 60 * slower, "share_unconnected": 0.0,
                    "share_unreached": float(lost), "depth": 0.2,
                    "score": 0.0 if lost else 100 / (1 + metres / 500),
                    "share_within": float(metres <= 500 and not lost),
                    "share_within_presumed": float(metres <= 700), "share_beyond": 0.0,
                    "edge_affected": i % COLUMNS == 0,
                })  # fmt: skip
    return pd.DataFrame(rows)


def gaps() -> pd.DataFrame:
    """One row per city, district and sub-district, category and season."""
    rows = []
    for level, code, name in units()[["level", "unit_code", "unit_name"]].itertuples(index=False):
        for n, (category, users) in enumerate(categories().items()):
            for season in ("summer", "winter"):
                judged, low = JUDGED[category], 0.92 if JUDGED[category] == "meets" else 0.25 + 0.04 * n
                rows.append({
                    "level": level, "unit_code": code, "unit_name": name,
                    "indicator": f"{category}.within_standard", "category": category,
                    "profile": f"{users.age}.{season}", "children": 1234.0, "share_low": low,
                    "share_presumed": min(1.0, low + 0.1), "share_high": low + 0.05 if judged == "gap" else 1.0,
                    "completeness": 0.8 if judged == "gap" else None, "target_share": 0.9,
                    "shortfall_low": 300.0 if judged == "gap" else 0.0, "shortfall_high": 800.0,
                    "share_unreached": 0.05, "depth": 0.3,
                    "severity": 2, "judgement": "meets" if code == "r21" else judged,
                    "confidence": "low" if judged == "no_data" else "medium",
                    "reasons": "count_missing;edge_affected", "settled_by": "official_count", "share_beyond": 0.01,
                    "share_unconnected": 0.0, "standard_id": f"{category}.radius", "phase": None,
                    "body": users.body, "domain": users.domain,
                })  # fmt: skip
    return pd.DataFrame(rows)


def remedies() -> pd.DataFrame:
    """For whoever is beyond 500 m: a crossing for six in ten, a new site for the rest, and a path beside."""
    rows = []
    for row in access().itertuples():
        if row.share_within:
            continue
        key = {"neighbourhood_id": row.neighbourhood_id, "category": row.category, "profile": row.profile}
        site = f"n{10 * [*categories()].index(row.category)}"
        rows += [
            {**key, "kind": "crossing", "first": True, "facility_id": site, "street": "红旗大街", "share": 0.6},
            {**key, "kind": "new_site", "first": True, "facility_id": None, "street": None, "share": 0.4},
            {**key, "kind": "path", "first": False, "facility_id": site, "street": None, "share": 0.2},
        ]
    table = pd.DataFrame(rows)
    return table.astype({"facility_id": "str", "street": "str"})


def winter() -> pd.DataFrame:
    """What winter takes of each standard in minutes: more with each category, twice as much in 南岗区.

    Of play spaces nobody is proven to be within the standard; of sports grounds more are open in winter; in one
    sub-district nobody lives.
    """
    rows = []
    minutes = [row for row in all_standards() if row.measure == "minutes"]
    for level, code, name in units()[["level", "unit_code", "unit_name"]].itertuples(index=False):
        for standard in minutes:
            n = list(categories()).index(standard.category)
            told = standard.category != "play"
            lost = {"play": 0.0, "sport": -0.03}.get(standard.category, 0.02 + 0.01 * n) * (
                2 if code == "230103" else 1
            )
            summer = 0.3 + 0.05 * n if told else 0.0
            children = 0.0 if code == "r31" else 2000.0 + 100 * n
            shares = {
                "share_summer": summer, "share_winter": summer - lost, "lost_share": lost,
                "lost_share_low": lost - 0.01 * told, "lost_share_high": lost + 0.02 * told,
            }  # fmt: skip
            rows.append({
                "level": level, "unit_code": code, "unit_name": name, "category": standard.category,
                "standard_id": standard.id, "minutes": float(standard.threshold), "children": children,
                **(shares if children else dict.fromkeys(shares, np.nan)), "lost_children": lost * children,
            })  # fmt: skip
    return pd.DataFrame(rows)


def isolated() -> gpd.GeoDataFrame:
    """Places cut off: 25 neighbourhoods for three reasons, one of them for two, and two facilities."""
    homes, sites = neighbourhoods(), facilities()
    cut_off = (*range(12), *range(22, 34))
    rows = [("neighbourhood", i, "all", "no_street" if i < 12 else "island", 0.5 if i % 2 else 1.0) for i in cut_off]
    rows += [("neighbourhood", i, category, "no_way", 0.25) for i in (1, 36) for category in ("park", "primary_school")]
    rows += [("facility", 6, "primary_school", "nobody_near", 1.0), ("facility", 2, "childcare", "no_street", 1.0)]
    table = []
    for kind, row, category, reason, share in rows:
        place = homes.iloc[row] if kind == "neighbourhood" else sites.iloc[row]
        table.append({
            "kind": kind, "id": place["neighbourhood_id" if kind == "neighbourhood" else "facility_id"],
            "name": place["name"], "category": category, "reason": reason, "share": share,
            "children": sum(place[band] for band in _BANDS) * share if kind == "neighbourhood" else None,
            "geometry": place.geometry.representative_point(),
        })  # fmt: skip
    return gpd.GeoDataFrame(table, crs=CRS)


@cache
def equity() -> dict[str, pd.DataFrame]:
    """Measures of equity, Lorenz curves, spots and ranks, made from the other tables as in a run.

    Primary schools and whatever else is judged have a basis; kindergartens and play spaces have no data.
    """
    scored = access().assign(supply_ratio=np.nan, depth_squared=0.1)
    scored["score"] = 100.0 / (1.0 + scored["metres"].fillna(1e9) / 500.0)
    judged = gaps()
    rows = equities.ways(
        neighbourhoods=neighbourhoods(), access=scored, units=units(), standards=standards(), categories=categories()
    )
    return {
        "equity": equities.measures(rows, judged, rank=equities.from_centre(neighbourhoods())),
        "lorenz": equities.lorenz(rows, judged),
        "spots": equities.spots(rows, neighbourhoods(), judged),
        "stability": _ranks(rows, judged),
    }


def _ranks(rows: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Ranks by the number of the row: the first unit of a level is stable, the second depends on what is assumed."""
    names = judged.drop_duplicates(["level", "unit_code"])[["level", "unit_code", "unit_name"]]
    keys = rows.drop_duplicates(["category", "profile"])[["category", "profile"]]
    tables = []
    for level in ("district", "subdistrict"):
        one = names[names["level"] == level].reset_index(drop=True)
        one = one.assign(
            rank=one.index + 1, share_among_worst=[(1.0, 0.4, 0.0, 0.0)[n] for n in one.index], units=len(one), worst=1,
            children=500.0, share_within=0.2, rank_low=1, rank_high=len(one), draws=200,
        )  # fmt: skip
        tables.append(one.merge(keys, how="cross"))
    both = pd.concat(tables, ignore_index=True)
    both["basis"] = ["no_finding" if JUDGED[name] == "no_data" else "recorded" for name in both["category"]]
    return both


def standards() -> dict[str, Standard]:
    """A threshold for each category: 500 m along the network; half an hour for the hospital."""
    return {
        category: Standard(
            id=f"{category}.radius", category=category,
            threshold=30 if category == "paediatric_hospital" else 500,
            unit="min" if category == "paediatric_hospital" else "m",
            measure="minutes" if category == "paediatric_hospital" else "network_m",
            decides=True, scope="national", tier="", target_verified=False, phase="2025", clause="附录C",
            source="GB 50180-2018", year=2018, verified=category == "junior_school", target_share=0.9,
            applies_to="urban", note_zh="城市居住区适用", note_en="For urban residential areas",
        )
        for category in JUDGED
    }  # fmt: skip


def every_standard() -> tuple[Standard, ...]:
    """Those that decide, and the shipped ones beside them."""
    deciding = {row.id: row for row in standards().values()}
    return (*deciding.values(), *(replace(row, decides=False) for row in all_standards() if row.id not in deciding))


def basemap() -> gpd.GeoDataFrame:
    """A river, a park, streets and district borders."""
    east, north = WEST + STEP * COLUMNS, SOUTH + STEP * ROWS
    rows: list[tuple[str, Any]] = [
        ("water", box(WEST, north + 20, east, north + 300)),
        ("green", box(WEST + 10, SOUTH - 220, WEST + 800, SOUTH - 60)),
        ("railway", LineString([(WEST, SOUTH - 30), (east, north)])),
        ("district", LineString([(WEST + STEP * 4, SOUTH), (WEST + STEP * 4, north)])),
    ]
    rows += [("street", LineString([(WEST, SOUTH + STEP * k - 60), (east, SOUTH + STEP * k - 60)])) for k in range(6)]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=["kind", "geometry"]), geometry="geometry", crs=CRS)


def manifest() -> dict[str, Any]:
    """What a run says of itself."""
    return {
        "place": "哈尔滨市", "synthetic": False, "season": "both",
        "inputs": [{
            "name": "osm", "file": "harbin.osm.pbf", "sha256": "ab" * 32, "data_date": "2024-04-09",
            "licence": "ODbL 1.0", "how": "pyosmium",
        }],
        "parameters": {"snap_max_m": 200, "target_share": 0.9},
        "counts": {"osm": {"ways_clipped": 12, "areas_open": 3}, "network": {"origins_unsnapped": 4}},
        "versions": {"cfc_gis": "0.1.0"},
        "notes": [{"zh": "有 12 条道路在边界处被截断，保留了范围内的部分。", "en": "12 streets were cut at the edge."}],
    }  # fmt: skip


def town() -> dict[str, Any]:
    """All tables that a map and a report read, by the names of their arguments."""
    return {
        "units": units(), "neighbourhoods": neighbourhoods(), "facilities": facilities(), "access": access(),
        "gaps": gaps(), "winter": winter(), "isolated": isolated(), "standards": standards(),
        "all_standards": every_standard(),
        **{name: table.copy() for name, table in equity().items()},
        "indicators": indicators(),
        "remedies": remedies(),
        "upgrades": pd.DataFrame(columns=[*schema.UPGRADES.columns]),
        "priorities": pd.DataFrame(columns=[*schema.PRIORITIES.columns]),
    }  # fmt: skip


def hostile_town(names: Sequence[str] = HOSTILE) -> dict[str, Any]:
    """The same town with names that try to break out of every quoting there is."""
    tables = town()
    named = ("neighbourhoods", "name"), ("facilities", "name"), ("isolated", "name"), ("units", "unit_name")
    for table, column in named:
        count = len(tables[table])
        tables[table][column] = [names[i % len(names)] for i in range(count)]
    of_unit = tables["units"].set_index(["level", "unit_code"])["unit_name"]
    for table in ("gaps", "winter", "equity", "stability"):
        rows = tables[table]
        rows["unit_name"] = [of_unit[key] for key in zip(rows["level"], rows["unit_code"], strict=True)]
    tables["facilities"]["evidence_reason"] = names[0]
    return tables


def indicators() -> pd.DataFrame:
    """The plan's tests on Harbin's census, without any facility or count."""
    people = census.builtin("230100")
    assert people is not None
    nothing = gpd.GeoDataFrame({"category": [], "evidence": [], "capacity": []}, geometry=[], crs=32652)
    units = gpd.GeoDataFrame({"level": [], "unit_code": [], "parent_code": []}, geometry=[], crs=32652)
    return plan.indicators(districts=people.table, city=people.city, facilities=nothing, units=units)
