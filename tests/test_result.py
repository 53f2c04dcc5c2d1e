"""What a result writes besides its pages."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pyogrio
import pytest

from cfc_gis import delivery
from cfc_gis.result import Result
from cfc_gis.tables import Tables
from tests import results
from tests.tables import basemap, isolated, town


def result(**changes: Any) -> Result:
    """Return a result of made tables; nothing was walked for them."""
    missing = cast(Any, None)
    return Result(
        place="样例市", synthetic=True, seasons=("summer", "winter"), **(town() | changes), origins=missing,
        circles=missing, completeness=pd.DataFrame({"level": [], "basis": []}), intervals=pd.DataFrame(), walk=missing,
        places=missing, measured=missing, prepared=missing,
        basemap=basemap(), inputs=(), counts={},
        set_aside=pd.DataFrame({"osm_id": [], "reason": []}), notes=(),
    )  # fmt: skip


def write(made: Result, folder: Path) -> None:
    delivery.write_tables(vars(made), made.sheet, folder)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_map_and_report_are_made_from_the_same_tables() -> None:
    made = result()
    assert isinstance(made.tables, Tables)
    assert all(getattr(made.tables, name) is getattr(made, name) for name in Tables.__dataclass_fields__)


def test_isolated_places_are_written_with_their_positions(tmp_path: Path) -> None:
    write(result(), tmp_path)
    written = rows(tmp_path / "isolated.csv")
    assert len(written) == len(isolated())
    assert list(written[0]) == ["kind", "id", "name", "category", "reason", "share", "children", "lon", "lat"]
    point = isolated().to_crs("EPSG:4326").geometry.iloc[0]
    assert float(written[0]["lon"]) == pytest.approx(point.x, abs=1e-6)
    assert float(written[0]["lat"]) == pytest.approx(point.y, abs=1e-6)
    assert written[0]["name"] == ""


def test_a_name_that_is_a_formula_does_not_run(tmp_path: Path) -> None:
    table = isolated()
    table["name"] = "=cmd|' /C calc'!A0"
    write(result(isolated=table), tmp_path)
    assert {row["name"][0] for row in rows(tmp_path / "isolated.csv")} == {"'"}


def test_spots_are_written_with_their_neighbourhoods_where_they_were_tested(tmp_path: Path) -> None:
    write(result(), tmp_path)
    layer = pyogrio.read_dataframe(tmp_path / "neighbourhoods.gpkg")
    columns = {name for name in layer if name.startswith("spot_")}
    assert "spot_primary_school_age6_8.summer" in columns
    assert not any("kindergarten" in name for name in columns)  # no data, no finding
    untested = town()["spots"].assign(cluster="not_tested", p=None, significant=False)
    (tmp_path / "neighbourhoods.gpkg").unlink()
    write(result(spots=untested), tmp_path)
    assert not [name for name in pyogrio.read_dataframe(tmp_path / "neighbourhoods.gpkg") if name.startswith("spot_")]


def test_without_isolated_places_the_table_says_none(tmp_path: Path) -> None:
    write(result(isolated=isolated().iloc[:0]), tmp_path)
    assert rows(tmp_path / "isolated.csv") == []


def test_winter_is_written_where_both_seasons_were_run(tmp_path: Path) -> None:
    write(result(), tmp_path)
    assert "subdistrict" in {row["level"] for row in rows(tmp_path / "winter.csv")}
    (tmp_path / "winter.csv").unlink()
    write(result(winter=town()["winter"].iloc[:0]), tmp_path)
    assert not (tmp_path / "winter.csv").exists()


def test_a_result_is_one_line_where_python_prints_it() -> None:
    found = results.sample()
    told = f"{len(found.neighbourhoods)} neighbourhoods, {len(found.facilities)} facilities"
    assert repr(found) == f"Result(样例市, summer + winter: {told})"
