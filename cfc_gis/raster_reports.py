"""What is to be said of a raster before a run: what it was taken for, what it holds, and whether it looks like that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cfc_gis import geotiff, locale, schema
from cfc_gis.faults import Fault, Said, TableReport
from cfc_gis.sources import raster

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from cfc_gis.geotiff import Grid
    from cfc_gis.sources.terrain import Terrain

_WHOLE = 0.999  # less of a district is a part of it
Kind = Literal["people", "terrain"]


def of_grid(grid: Grid, kind: Kind) -> TableReport:
    """Return the report of a raster of people or heights.

    Parameters
    ----------
    grid
        The part of it that is used.
    kind
        What it is taken for.
    """
    counts = {"cells": int(grid.counts["cells"]), "cells_missing": int(grid.counts["cells_missing"])}
    return TableReport(grid.provenance["file"], grid.provenance, "feature", counts, tuple(_faults(grid, kind)))


def of_people(people: raster.People) -> tuple[TableReport, ...]:
    """Return the report of each raster of people, in the order in which they were named."""
    by_file = {_key(grid): of_grid(grid, "people") for grids in people.grids.values() for grid in grids}
    return tuple(replace(by_file[facts["file"], facts["sha256"]], provenance=facts) for facts in people.provenance)


def of_terrain(model: Terrain) -> TableReport:
    """Return the report of an elevation model."""
    return replace(of_grid(model.grid, "terrain"), provenance=model.provenance)


def against_census(people: raster.People, districts: gpd.GeoDataFrame, census: pd.DataFrame) -> Iterator[Fault]:
    """Yield what the census says of rasters of people: a note, or a warning where they are far apart.

    Parameters
    ----------
    people
        Rasters read over the districts.
    districts
        ``unit_code`` and whole polygons.
    census
        :data:`cfc_gis.schema.CENSUS`.
    """
    found = raster.sums(people, districts.geometry)
    bands = list(schema.BANDS)
    column = raster.TOTAL if raster.TOTAL in found else bands
    known = census.set_index("unit_code").reindex(districts["unit_code"])
    counted = known[column] if column == raster.TOTAL else known[bands].sum(axis=1, min_count=len(bands))
    seen = found[column] if column == raster.TOTAL else found[bands].sum(axis=1, min_count=len(bands))
    whole = (found[raster.COVER].to_numpy() >= _WHOLE) & counted.notna().to_numpy() & (seen.to_numpy() > 0)
    if not whole.any():
        return
    people_seen, people_counted = float(seen.to_numpy()[whole].sum()), float(counted.to_numpy()[whole].sum())
    factor, times = people_counted / people_seen, geotiff.limits()["census"]["times"]
    facts = {
        "districts": int(whole.sum()),
        "seen": f"{people_seen:,.0f}",
        "counted": f"{people_counted:,.0f}",
        "factor": f"{factor:.3g}",
    }
    near = 1 / times <= factor <= times
    yield Fault("raster_census" if near else "raster_far", "note" if near else "warning", facts=facts)


def _key(grid: Grid) -> tuple[str, str]:
    return grid.provenance["file"], grid.provenance["sha256"]


def _faults(grid: Grid, kind: Kind) -> Iterator[Fault]:
    likeness = geotiff.looks_like(grid.values)
    if likeness and likeness != kind:
        yield Fault("raster_unlike", "warning", facts={"told": locale.Words(f"raster_unlike.{kind}"), **_range(grid)})
    yield Fault("raster_understood", "note", facts={"told": _understood(grid, kind)})


def _understood(grid: Grid, kind: Kind) -> Said:
    facts: dict[str, object] = {"cell": _cell(grid), **_range(grid)}
    name = raster.parse_name(Path(grid.provenance["file"]).name) if kind == "people" else None
    if kind == "people":
        facts["people"] = f"{np.nansum(grid.values):,.0f}"
    if name is None:
        return Said(*(locale.say(f"raster_told.{kind}", lang, **facts) for lang in locale.LANGS))
    said = []
    for lang in locale.LANGS:
        sex = locale.say(f"raster_sex.{name.sex}", lang)
        said.append(locale.say("raster_told.age", lang, **facts, sex=sex, age=name.age, year=name.year))
    return Said(*said)


def _range(grid: Grid) -> dict[str, str]:
    return {"low": f"{np.nanmin(grid.values):,.6g}", "high": f"{np.nanmax(grid.values):,.6g}"}


def _cell(grid: Grid) -> str:
    width, height = grid.cell
    unit = "°" if grid.crs.is_geographic else f" {grid.crs.axis_info[0].unit_name}"
    return f"{width:.6g} × {height:.6g}{unit}"
