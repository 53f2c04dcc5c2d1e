"""The ways of all neighbourhoods: the same as a single explanation, in one go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from cfc_gis import schema
from cfc_gis.result import Result
from tests.results import real, sample

PARTS = ["walk", "ice", "wait", "barrier"]


def agrees(result: Result, season: str, many: int) -> None:
    """Every row adds up to the access table; some are taken apart by themselves and compared."""
    table = result.routes
    schema.check(table, schema.ROUTES)
    both = table.merge(result.access, on=["neighbourhood_id", "category", "profile"])
    assert len(table) == len(both) == result.access["minutes"].notna().sum()
    np.testing.assert_allclose(both[PARTS].sum(axis=1), both["minutes"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(both["geometry"].length, both["way_metres"], rtol=0, atol=0.1)
    assert (both[PARTS] >= -1e-9).all(axis=None)
    rows = both[both["profile"].str.endswith(season)].sample(many, random_state=7)
    for row in rows.itertuples():
        way = result.explain(row.neighbourhood_id, row.category, season).way
        assert way is not None
        minutes = [getattr(way.minutes, part) for part in PARTS]
        np.testing.assert_allclose([getattr(row, part) for part in PARTS], minutes, rtol=0, atol=1e-9)
        assert shapely.equals_exact(row.geometry, way.line, 1e-6)
        assert way.facility.facility_id == row.facility_id


@pytest.mark.parametrize("season", ["summer", "winter"])
def test_in_the_sample_town(season: str) -> None:
    agrees(sample(), season, 40)


def test_winter_alone_has_ice() -> None:
    ice = sample().routes.groupby(sample().routes["profile"].str.rsplit(".").str[-1])["ice"].sum()
    assert ice["summer"] == pytest.approx(0, abs=1e-9)
    assert ice["winter"] > 100


@pytest.mark.real_data
def test_on_the_real_city(extract_path: Path) -> None:
    agrees(real(extract_path, "winter"), "winter", 30)
