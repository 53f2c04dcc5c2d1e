"""A city of three districts and twelve compounds, small enough to be worked out on paper.

One category, primary schools, whose standard is 500 m along the network for all children. 甲区 is served, 乙区 partly,
丙区 not. 100 m east of a compound lies the next one. Each compound has one home, so that its share within is 1 or 0.

    compound  sub-district  children 6-11  metres   score   nearest school
    a1        r11                 10          100     100   s1, of 甲集团
    a2        r11                 20          200      80   s1
    a3        r12                 10          300      80   s1
    a4        r12                 10          450      60   s1
    b1        r21                 20          500      60   s2, of no group
    b2        r21                 10          550      50   s2
    b3        r22                 10          600      40   s2
    b4        r22                 10          750      40   s2
    c1        r31                 10          750      40   s2
    c2        r31                 20         1000      20   s2
    c3        r32 (rural)         10         1500      20   s2
    c4        r32 (rural)         10      nothing       0   none

150 children, 50 in each district. The scores are chosen for their round sums and are not those of the metres.

Shares within 500 m, in children: 甲区 50 of 50; 乙区 20 of 50; 丙区 0 of 50; the city 70 of 150.
Excess g = min(1, (metres - 500) / 500): b2 0.1, b3 0.2, b4 0.5, c1 0.5, c2 1, c3 1 (capped), c4 1; all others 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from cfc_gis.standards import Category, Standard, load
from cfc_gis.standards import categories as all_categories

CRS = "EPSG:4551"
CITY, CATEGORY, PROFILE = "230100", "primary_school", "age6_8.summer"
DISTRICTS = {"230102": "甲区", "230103": "乙区", "230104": "丙区"}
COMPOUNDS = ("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "c1", "c2", "c3", "c4")
CHILDREN = (10.0, 20.0, 10.0, 10.0, 20.0, 10.0, 10.0, 10.0, 10.0, 20.0, 10.0, 10.0)
METRES = (100.0, 200.0, 300.0, 450.0, 500.0, 550.0, 600.0, 750.0, 750.0, 1000.0, 1500.0, np.nan)
SCORE = (100.0, 80.0, 80.0, 60.0, 60.0, 50.0, 40.0, 40.0, 40.0, 20.0, 20.0, 0.0)

# --- worked out on paper ------------------------------------------------------------------------------------------

# (10 * 100 + 20 * 80 + ... + 10 * 0) / 150 = 7500 / 150; of the districts 4000, 2500 and 1000 / 50.
MEAN = 50.0
DISTRICT_MEANS = (80.0, 50.0, 20.0)

# Scores from the lowest: 0 (10 children), 20 (30), 40 (30), 50 (10), 60 (30), 80 (30), 100 (10); what they have
# together, running: 0, 600, 1800, 2300, 4100, 6500, 7500. Twice the area under the Lorenz curve, in children * score:
#   10 (0 + 0) + 30 (0 + 600) + 30 (600 + 1800) + 10 (1800 + 2300) + 30 (2300 + 4100) + 30 (4100 + 6500)
#   + 10 (6500 + 7500) = 0 + 18,000 + 72,000 + 41,000 + 192,000 + 318,000 + 140,000 = 781,000
# Gini = 1 - 781,000 / (150 * 7,500) = 344 / 1,125
GINI = 344 / 1125

# The poorest 40 % are 60 children: 10 with 0, 30 with 20, 20 of the 30 with 40: 1,400 / 60.
# The richest 10 % are 15 children: 10 with 100, 5 of the 30 with 80: 1,400 / 15. Their quotient:
PALMA = 4.0

# Between districts, each a third of the children, with 1.6, 1 and 0.4 times the mean:
THEIL_BETWEEN = (1.6 * math.log(1.6) + 0.4 * math.log(0.4)) / 3
# 甲区: a fifth has 100/80 of its mean, a fifth 60/80, the others the mean. 乙区: two fifths 60/50, two fifths 40/50.
# 丙区: a fifth twice its mean, a fifth nothing, whose part is 0.
THEIL_IN_DISTRICTS = (
    0.2 * 1.25 * math.log(1.25) + 0.2 * 0.75 * math.log(0.75),
    0.4 * 1.2 * math.log(1.2) + 0.4 * 0.8 * math.log(0.8),
    0.2 * 2.0 * math.log(2.0),
)
# They have 4000, 2500 and 1000 of the 7500.
THEIL_WITHIN = (
    8 / 15 * THEIL_IN_DISTRICTS[0] + 5 / 15 * THEIL_IN_DISTRICTS[1] + 2 / 15 * THEIL_IN_DISTRICTS[2]
)  # fmt: skip
THEIL = THEIL_BETWEEN + THEIL_WITHIN
# Of the six sub-districts, r11 to r32, with 30 and 20 children by turns, out of 7500:
THEIL_BETWEEN_SUBDISTRICTS = sum(
    has / 7500 * math.log((has / 7500) / (children / 150))
    for has, children in ((2600, 30), (1400, 20), (1700, 30), (800, 20), (800, 30), (200, 20))
)
# Town and country: 130 children have 7,300, 20 have 200: 73/75 and 2/75 of the whole, 13/15 and 2/15 of the children.
THEIL_BETWEEN_URBAN_RURAL = 73 / 75 * math.log((73 / 75) / (13 / 15)) + 2 / 75 * math.log((2 / 75) / (2 / 15))
# Nearest schools: 甲集团 50 children with 4,000; no group 90 with 3,500; none reached 10 with 0.
THEIL_BETWEEN_GROUPS = 8 / 15 * math.log((8 / 15) / (1 / 3)) + 7 / 15 * math.log((7 / 15) / (9 / 15))

# Ranked by district, 甲区 first: twice the area under the curve is 50 (0 + 4,000) + 50 (4,000 + 6,500) +
# 50 (6,500 + 7,500) = 1,425,000 of 1,125,000. Corrected for bounds of 0 and 100: times 4 * 50 / 100.
CONCENTRATION = 1 - 1425 / 1125
CONCENTRATION_CORRECTED = 2 * CONCENTRATION

# Beyond the standard: b2, b3, b4 and all of 丙区, 80 children. Their excess is 10 (0.1 + 0.2 + 0.5 + 0.5) + 40 = 53,
# squared 10 (0.01 + 0.04 + 0.25 + 0.25) + 40 = 45.5.
FGT = (80 / 150, 53 / 150, 45.5 / 150)

# --- as tables ----------------------------------------------------------------------------------------------------


def neighbourhoods() -> gpd.GeoDataFrame:
    """The compounds, west to east."""
    count = len(COMPOUNDS)
    return gpd.GeoDataFrame(
        {
            "neighbourhood_id": COMPOUNDS,
            "name": [f"{each}小区" for each in COMPOUNDS],
            "district_code": [code for code in DISTRICTS for _ in range(4)],
            "subdistrict_code": [f"r{d}{s}" for d in (1, 2, 3) for s in (1, 1, 2, 2)],
            "community_code": pd.Series([None] * count, dtype=object),
            "urban_rural": ["urban"] * 10 + ["rural"] * 2,
            "population": [10 * n for n in CHILDREN],
            "children_0_2": 0.0, "children_3_5": 0.0, "children_6_11": CHILDREN, "children_12_14": 0.0,
            "population_source": "table",
            "edge_affected": False,
        },
        geometry=[box(500_000 + 100 * k, 5_000_000, 500_080 + 100 * k, 5_000_080) for k in range(count)],
        crs=CRS,
    )  # fmt: skip


def origins() -> gpd.GeoDataFrame:
    """One home in each compound."""
    homes = neighbourhoods()
    return gpd.GeoDataFrame(
        {"origin_id": homes["neighbourhood_id"], "neighbourhood_id": homes["neighbourhood_id"], "weight": 1.0},
        geometry=homes.geometry.centroid,
    )


def facilities() -> gpd.GeoDataFrame:
    """Two schools."""
    points = [Point(500_000, 5_000_100), Point(500_400, 5_000_100)]
    return gpd.GeoDataFrame(
        {
            "facility_id": ["s1", "s2"], "name": ["第一小学", "第二小学"], "category": CATEGORY, "care_level": None,
            "evidence": "confirmed", "evidence_reason": "register", "capacity": None, "capacity_source": None,
            "enrolment": None, "group": ["甲集团", None], "ownership": None, "indoor": True, "season": "all",
            "osm_ids": ["n1", "n2"], "source": "osm", "entrances": [[(p.x, p.y)] for p in points],
        },
        geometry=points,
        crs=CRS,
    )  # fmt: skip


def access() -> pd.DataFrame:
    """How the children of each compound walk to a primary school."""
    metres = np.array(METRES)
    excess = np.nan_to_num(np.clip((metres - 500.0) / 500.0, 0.0, 1.0), nan=1.0)
    unreached = np.isnan(metres)
    minutes = metres / 60.0
    served = (metres <= 500.0).astype(float)
    return pd.DataFrame(
        {
            "neighbourhood_id": COMPOUNDS, "category": CATEGORY, "profile": PROFILE,
            "minutes": minutes, "minutes_low": minutes, "minutes_high": minutes, "metres": metres,
            "way_metres": metres, "crossings": np.where(unreached, np.nan, 0.0), "straight_metres": metres,
            "facility_id": ["s1"] * 4 + ["s2"] * 7 + [None], "second_minutes": np.nan, "n_within": served,
            "supply_ratio": np.nan, "score": SCORE, "minutes_presumed": minutes,
            "share_unreached": unreached.astype(float), "share_unconnected": unreached.astype(float),
            "depth": excess, "depth_squared": excess**2, "share_within": served, "share_within_presumed": served,
            "share_beyond": 0.0, "edge_affected": False,
        }
    )  # fmt: skip


def units() -> gpd.GeoDataFrame:
    """The city, its districts and their sub-districts, all of which are covered."""
    homes = neighbourhoods()
    rows = [("city", CITY, "样例市", None)]
    rows += [("district", code, name, CITY) for code, name in DISTRICTS.items()]
    parents = dict(zip(homes["subdistrict_code"], homes["district_code"], strict=True))
    rows += [("subdistrict", code, f"{code}街道", parent) for code, parent in parents.items()]
    table = []
    for level, code, name, parent in rows:
        inside = homes if level == "city" else homes[homes[f"{level}_code"] == code]
        people = float(inside["population"].sum())
        table.append({
            "level": level, "unit_code": code, "unit_name": name, "parent_code": parent, "source": "paper",
            "covered_area_share": 1.0, "covered_people_share": 1.0, "covered_people_share_low": 1.0,
            "population": people, "population_low": people, "population_high": people, "census_population": people,
            "population_rule": "census", "children_0_2": 0.0, "children_3_5": 0.0,
            "children_6_11": float(inside["children_6_11"].sum()), "children_12_14": 0.0,
            "geometry": box(*inside.total_bounds),
        })  # fmt: skip
    return gpd.GeoDataFrame(table, crs=CRS)


def standards() -> Mapping[str, Standard]:
    """500 m along the network, in town and country alike."""
    return {CATEGORY: replace(load()[CATEGORY], threshold=500.0, unit="m", measure="network_m", applies_to="all")}


def categories() -> Mapping[str, Category]:
    """Primary schools, for children from 6 to 11."""
    return {CATEGORY: all_categories()[CATEGORY]}
