"""Kinds of remedies, home by home, in a town worked out on paper.

Two streets, 400 m apart, run east on either side of a main road and are joined at its western end alone. A dead end
300 m north of the northern street is joined to it at its eastern end::

    500                 c===========================+
                     e                              |
    200   +====a=====s=========d=========f====p=====+      a .. f homes, s school, p presumed school
          |
      0   +--------------- main road ---------------
          |
   -200   +==========b==============================
          0        1000      2000      3000
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cfc_gis import crossings, schema, standards
from cfc_gis.access import measure, remedies
from cfc_gis.access.entrances import snap_entrances
from cfc_gis.access.walk import Walk
from tests.test_network import CRS, here, town

FOOT, MAIN = {"highway": "footway"}, {"highway": "primary", "name": "某大街"}
NODES = {
    1: (0, 200), 2: (3000, 200), 3: (0, 0), 4: (3000, 0), 5: (0, -200), 6: (3000, -200), 7: (1000, 500), 8: (3000, 500),
}  # fmt: skip
TOWN = town(NODES, ([1, 2], FOOT), ([1, 3, 5], FOOT), ([5, 6], FOOT), ([3, 4], MAIN), ([7, 8, 2], FOOT))
SITES = {"s": ("strong", (1000, 200), "all", 60.0), "p": ("presumed", (2800, 200), "all", np.nan)}


def found(
    homes: dict[str, tuple[float, float]],
    category: str = "primary_school",
    sites: dict[str, tuple[Any, ...]] = SITES,
    seasons: tuple[str, ...] = ("summer",),
) -> dict[str, list[tuple[Any, ...]]]:
    """Kinds of each neighbourhood in the last season, as kind, first, facility, street; each has one home."""
    table = gpd.GeoDataFrame(
        {
            "facility_id": list(sites), "name": None, "category": category,
            "evidence": [row[0] for row in sites.values()], "season": [row[2] for row in sites.values()],
            "capacity": [row[3] for row in sites.values()],
            "entrances": [[(float(each.x), float(each.y))] for each in here(*(row[1] for row in sites.values()))],
        },
        geometry=here(*(row[1] for row in sites.values())),
        crs=CRS,
    )  # fmt: skip
    points = here(*homes.values())
    origins = gpd.GeoDataFrame({"neighbourhood_id": list(homes), "weight": 1.0}, geometry=points, crs=CRS)
    children = pd.DataFrame(dict.fromkeys(schema.BANDS, 10.0), index=range(len(homes)))
    places = measure.Places(
        pd.Series(list(homes)), children, origins, TOWN.snap(points), np.full(len(homes), 1e6), table,
        snap_entrances(TOWN, table),
    )  # fmt: skip
    walk, kinds = Walk(crossings.build(TOWN)), {category: standards.categories()[category]}
    rows = remedies.find(walk, places, measure.measure(walk, places, kinds, standards.by_category(), seasons))
    rows = rows[rows["profile"].str.endswith(seasons[-1])].astype(object).where(rows.notna(), None)
    assert (rows["share"] == 1).all()
    named = {home: rows[rows["neighbourhood_id"] == home] for home in homes}
    return {
        home: list(of_home[["kind", "first", "facility_id", "street"]].itertuples(index=False, name=None))
        for home, of_home in named.items()
    }


@pytest.mark.parametrize(
    ("home", "kinds"),
    [
        ((600, 200), []),  # 400 m
        ((1000, -200), [("crossing", True, "s", "某大街")]),  # 400 m straight over the main road, 2,400 m around
        ((1200, 500), [("path", True, "s", None)]),  # 361 m straight, 4,100 m around
        ((700, 470), [("gate", True, "s", None)]),  # 404 m straight; its nearest street lies 270 m away
        ((2000, 200), [("new_site", True, None, None)]),  # 1,000 m either way
        ((2600, 200), [("confirm", True, "p", None)]),  # 200 m to the presumed school
        ((1000, -260), [("new_site", True, None, None)]),  # 460 m straight, but 506 m by a way that is 1.1 times longer
    ],
)
def test_one_home(home: tuple[float, float], kinds: list[tuple[Any, ...]]) -> None:
    assert found({"a": home})["a"] == kinds


def test_what_else_would_do_stands_beside() -> None:
    over_the_road = SITES | {"p": ("presumed", (1000, -250), "all", np.nan)}
    assert found({"b": (1000, -200)}, sites=over_the_road)["b"] == [
        ("confirm", True, "p", None),
        ("crossing", False, "s", "某大街"),
    ]


def test_seats_are_for_those_who_are_served() -> None:
    """Seven homes of ten children near a school of 60 seats: 60 / 70 for each."""
    homes = {name: (600.0 + 10 * i, 200.0) for i, name in enumerate("abcdefg")}
    assert found(homes)["a"] == [("seats", False, "s", None)]
    assert found({"a": (600, 200)})["a"] == []


def test_winter() -> None:
    """1,400 m are 29.2 min at 0.8 m/s: within 30 min in summer, not on ice. A summer pitch is shut in winter."""
    both = ("summer", "winter")
    hospital = {"s": ("strong", (0, 200), "all", np.nan)}
    assert found({"a": (1400, 200)}, "paediatric_hospital", hospital, both)["a"] == [("clear_ice", True, "s", None)]
    assert found({"a": (1400, 200)}, "paediatric_hospital", hospital, ("winter",))["a"][0][0] == "new_site"
    pitch = {"s": ("strong", (1000, 200), "summer", np.nan)}
    assert found({"a": (900, 200)}, "sport", pitch, both)["a"] == [("indoor", True, "s", None)]


def test_where_nothing_is_known() -> None:
    assert found({"a": (600, 200)}, sites={"s": ("unknown", (1000, 200), "all", np.nan)})["a"] == [
        ("new_site", True, None, None)
    ]
