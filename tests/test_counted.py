"""Every child counts once on each level, whatever the polygons of the units do."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis import area, gaps, schema, standards
from tests.results import real
from tests.test_area import GK, X, Y, area_of, relations, square

KINDS = {"paediatric_hospital": standards.categories()["paediatric_hospital"]}
SIDE = 4000.0
numbers = st.integers(0, 3900)
squares = st.tuples(numbers, numbers, st.integers(100, 4000), st.integers(100, 4000))
homes_of = st.tuples(st.floats(0, SIDE), st.floats(0, SIDE), st.just(0.0) | st.floats(1e-3, 500))


def counted(homes: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Children in the rows of gaps, by unit."""
    ids = homes["neighbourhood_id"]
    access = pd.DataFrame(
        {
            "neighbourhood_id": ids, "category": "paediatric_hospital", "profile": "age3_5.summer", "share_within": 0.0,
            "share_within_presumed": 0.0, "share_beyond": 0.0, "depth": 1.0, "share_unconnected": 0.0,
            "edge_affected": False,
        }
    )  # fmt: skip
    rows = units.assign(covered_people_share_low=1.0, population_rule="census")
    found = gaps.flag(neighbourhoods=homes, access=access, units=rows, standards=standards.load(), categories=KINDS)
    return found.set_index(["level", "unit_code"])["children"]


def holds(children: pd.Series, homes: pd.DataFrame, units: pd.DataFrame, city: float) -> None:
    """Sub-districts and the remainder outside them make a district; districts and the remainder make the city."""
    everyone = homes[list(schema.BANDS)].sum(axis=1)
    rest = everyone[homes["subdistrict_code"].isna()].groupby(homes["district_code"]).sum()
    parents = units[units["level"] == "subdistrict"].set_index("unit_code")["parent_code"]
    of_streets = children.loc[["subdistrict"]].droplevel("level") if len(parents) else pd.Series(dtype=float)
    for district, total in children.loc[["district"]].droplevel("level").items():
        parts = of_streets[of_streets.index.map(parents) == district].sum() if len(parents) else 0.0
        assert total == pytest.approx(parts + rest.get(district, 0.0), abs=1e-6)
    outside = everyone[homes["district_code"].isna()].sum()
    assert children.loc[["district"]].sum() + outside == pytest.approx(city, abs=1e-6)
    assert everyone.sum() == pytest.approx(city, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    districts=st.lists(squares, min_size=1, max_size=4),
    streets=st.lists(squares, max_size=6),
    places=st.lists(homes_of, min_size=1, max_size=20),
)
def test_children_count_once_in_overlapping_and_gapped_polygons(districts, streets, places):
    rows = [("r1", "5", "样例市", "990100000000", square(0, 0, SIDE))]
    rows += [
        (f"r{10 + i}", "6", f"{i}区", f"99010{i + 1}", square(x, y, w, h)) for i, (x, y, w, h) in enumerate(districts)
    ]
    rows += [(f"r{20 + i}", "8", f"{i}街道", None, square(x, y, w, h)) for i, (x, y, w, h) in enumerate(streets)]
    units, _ = area.units(area_of(square(0, 0, SIDE)), relations(*rows))
    points = gpd.GeoDataFrame(geometry=shapely.points([(X + x, Y + y) for x, y, _ in places]), crs=GK)
    codes = area.assign(points, units)
    homes = codes.assign(
        neighbourhood_id=[f"w{i:02}" for i in range(len(places))], urban_rural="unknown",
        **dict.fromkeys(schema.BANDS, 0.0),
    )  # fmt: skip
    homes["children_3_5"] = [children for *_, children in places]
    children = counted(homes, pd.DataFrame(units.drop(columns="geometry")))
    if (units["level"] == "district").any():
        holds(children, homes, units, float(children["city"].sum()))


def test_children_count_once_in_the_real_city(extract_path: Path):
    """77 sub-districts that cover less than half of the study area, and coarser districts that they do not fit."""
    result = real(extract_path, "summer")
    homes, units = result.neighbourhoods, result.units
    assert homes["subdistrict_code"].isna().any()
    of_all = result.gaps[result.gaps["category"] == "paediatric_hospital"]  # of every age, in town and country
    children = of_all.set_index(["level", "unit_code"])["children"]
    holds(children, homes, units, float(children["city"].sum()))
    assert np.isfinite(children).all()
