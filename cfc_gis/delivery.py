"""The tables that a run hands on: CSV, layers, and the sheets of the workbook.

What goes below the sub-district stays in the layers, in ``access.parquet``, ``reach.parquet`` and ``isolated.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis import handover, possible, schema, writing
from cfc_gis.plan.schools import overcrowded
from cfc_gis.standards import Standard

Run = Mapping[str, Any]
"""The tables of a run by name, as :class:`cfc_gis.result.Result` has them."""

Sheet = Callable[[str], pd.DataFrame]
"""One row for each unit of a level and season (:meth:`cfc_gis.result.Result.sheet`)."""


def by_unit(
    units: gpd.GeoDataFrame, gaps: pd.DataFrame, standards: Mapping[str, Standard], seasons: Sequence[str], level: str
) -> pd.DataFrame:
    """Return one row for each unit of a level and season: people, coverage, and judgement by category.

    Parameters
    ----------
    units, gaps
        As in :mod:`cfc_gis.schema`.
    standards
        The standard that decides, by category.
    seasons
        Those of the run.
    level
        ``city``, ``district`` or ``subdistrict``.
    """
    of_level = gaps[gaps["level"] == level]
    of_level = of_level.assign(season=of_level["profile"].str.rsplit(".").str[-1])
    of_units = pd.DataFrame(units[units["level"] == level].drop(columns="geometry"))
    rows = of_units.merge(pd.DataFrame({"season": seasons}), how="cross")
    rows.insert(3, "season", rows.pop("season"))
    key = pd.MultiIndex.from_frame(rows[["unit_code", "season"]])
    for category, standard in standards.items():
        one = of_level[of_level["category"] == category].set_index(["unit_code", "season"])
        for what in ("share_low", "share_presumed", "judgement"):
            rows[f"{category}_{what}"] = one[what].reindex(key).to_numpy()
        rows[f"{category}_standard"] = standard.state
    return rows.sort_values(["unit_code", "season"], ignore_index=True)


def with_outside(units: gpd.GeoDataFrame, neighbourhoods: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return units with the people of each district who live outside every sub-district that is mapped.

    Parameters
    ----------
    units, neighbourhoods
        As in :mod:`cfc_gis.schema`.

    Examples
    --------
    >>> import shapely
    >>> units = gpd.GeoDataFrame({"level": ["district"], "unit_code": ["D"]}, geometry=[shapely.box(0, 0, 1, 1)])
    >>> bands = {name: [1.0, 2.0] for name in ("population", *schema.BANDS)}
    >>> homes = pd.DataFrame({"district_code": "D", "subdistrict_code": [None, "S"], **bands})
    >>> with_outside(units, homes)["outside_children_6_11"].tolist()
    [1.0]
    """
    columns = ["population", *schema.BANDS]
    homes = neighbourhoods[neighbourhoods["subdistrict_code"].isna()]
    sums = homes.groupby("district_code")[columns].sum().add_prefix("outside_")
    nobody = dict.fromkeys(sums.columns, 0.0)
    return units.join(sums, on="unit_code").fillna(nobody)


def write_tables(run: Run, sheet: Sheet, stage: Path) -> None:
    """Write the tables and layers of a run into a folder.

    Parameters
    ----------
    run, sheet
        The run.
    stage
        An existing folder.
    """
    tables = {
        "districts": sheet("district"),
        "subdistricts": sheet("subdistrict"),
        "isolated": _in_degrees(run["isolated"]),
        "indicators": handover.in_words(run["indicators"]),
        **{name: run[name] for name in ("gaps", "completeness", "upgrades", "priorities")},
        **{name: run[name] for name in ("equity", "lorenz", "stability")},
    }
    if len(run["winter"]):
        tables["winter"] = _with_states(run)
    if len(crowded := overcrowded(run["facilities"])):
        tables["overcrowded"] = crowded
    if len(intervals := run["intervals"]):
        tables["intervals"] = intervals
        told = set(zip(intervals["category"], intervals["profile"], strict=True))
        reached = {key: near for key, near in run["measured"].reached.items() if key in told}
        served = possible.reach(reached, run["origins"], run["facilities"]["facility_id"])
        served.to_parquet(stage / "reach.parquet", index=False)
    if len(run["merge"]):
        tables["merge"] = handover.merge_sheet(run["merge"])
    for name, table in tables.items():
        writing.write_csv(table, stage / f"{name}.csv")
    run["access"].to_parquet(stage / "access.parquet", index=False)
    writing.write_layer(_homes(run), stage / "neighbourhoods.gpkg", "neighbourhoods")
    writing.write_layer(_with_entrances_in_degrees(run["facilities"]), stage / "facilities.gpkg", "facilities")


_OF_EQUITY = {
    "basis": "finding_basis", "measure": "equity_measure", "by": "equity_by", "reasons": "equity_reasons",
}  # fmt: skip
"""Columns whose words are others than those of the same name in other sheets."""
_OF_WINTER = {"minutes": "standard_minutes"}


def sheets(run: Run, sheet: Sheet) -> dict[str, pd.DataFrame]:
    """Return the tables of the workbook, none below the sub-district; a further one is one line here.

    Of sub-districts only what is judged: the files hold the many rows of which nothing is known.
    """
    complete = run["completeness"]
    found = {
        "districts": handover.units(sheet("district")),
        "subdistricts": handover.units(sheet("subdistrict")),
        "gaps": handover.gaps(_judged(run["gaps"]), run["all_standards"]),
        "priorities": _judged(run["priorities"]),
        "upgrades": _judged(run["upgrades"]),
        "indicators": handover.indicators(run["indicators"]),
        "equity": run["equity"].rename(columns=_OF_EQUITY),
        "completeness": complete[complete["basis"] != "none"].rename(columns={"basis": "count_basis"}),
        "intervals": run["intervals"],
        "winter": _with_states(run).rename(columns=_OF_WINTER),
        "standards": handover.standards_used(run["all_standards"]),
    }
    return {name: table for name, table in found.items() if len(table)}


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of cities and districts, and those of sub-districts of which something is known."""
    told = table["judgement"].ne("no_data") | table["level"].ne("subdistrict")
    return table[told].reset_index(drop=True)


def _with_states(run: Run) -> pd.DataFrame:
    """Return what winter takes, with whether each standard is verified or signed."""
    states = {row.id: row.state for row in run["all_standards"]}
    winter: pd.DataFrame = run["winter"]
    return winter.assign(standard_state=winter["standard_id"].map(states))


def _homes(run: Run) -> gpd.GeoDataFrame:
    """Return the neighbourhoods with their minutes, and the clusters they lie in where that was tested."""
    minutes = run["access"].assign(column="minutes_" + run["access"]["category"] + "_" + run["access"]["profile"])
    wide = minutes.pivot_table(index="neighbourhood_id", columns="column", values="minutes", dropna=False)
    tested = run["spots"][run["spots"]["cluster"] != "not_tested"]
    clusters = tested.assign(column="spot_" + tested["category"] + "_" + tested["profile"])
    spots = clusters.pivot_table(index="neighbourhood_id", columns="column", values="cluster", aggfunc="first")
    return run["neighbourhoods"].join(wide, on="neighbourhood_id").join(spots, on="neighbourhood_id")


def _in_degrees(isolated: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the isolated places with ``lon`` and ``lat`` in place of their points."""
    points = isolated.geometry.to_crs("EPSG:4326")
    table = pd.DataFrame(isolated.drop(columns=isolated.geometry.name))
    return table.assign(lon=points.x.round(6), lat=points.y.round(6))


def _with_entrances_in_degrees(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities with entrances as text, ``lon lat; lon lat``, in the CRS of files."""
    doors = facilities["entrances"]
    sizes = doors.map(len)
    flat = gpd.points_from_xy(*zip(*(xy for each in doors for xy in each), strict=True), crs=facilities.crs)
    words = pd.Series([f"{p.x:.6f} {p.y:.6f}" for p in flat.to_crs("EPSG:4326")], dtype="str")
    return facilities.assign(entrances=words.groupby(doors.index.repeat(sizes)).agg("; ".join))
