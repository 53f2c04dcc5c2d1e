"""Check the files of a planner before any run: what was read, what was understood, what is wrong, and what to do.

A ``study.toml`` is checked with all the files that it names, each as what it is named for. Any other file is told by
its name and by what it holds, and the report says for what it was taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from cfc_gis import config, gather, geotiff, inputs, landuse, locale, raster_reports, schema
from cfc_gis.errors import TableFault, UserError
from cfc_gis.faults import Fault, InputsReport, TableReport
from cfc_gis.sources import census, layers, local, official_counts, raster, register, tables, terrain

_EXTRACTS = (".pbf", ".osm")
_RASTERS = (".tif", ".tiff")
_TEXTS = (".csv", ".tsv", ".txt", ".xlsx")
_LAYERS = (*local.LAYERS, ".parquet", ".geoparquet")
_GENERAL = {"code", "代码", "编码"}  # columns of codes that say nothing of land use
_ADDRESS = re.compile(r"(?i)(?:https?|ftp|file):/|[\\/]vsi")  # a path keeps one slash of two


@dataclass(frozen=True)
class _Reference:
    """What the files are compared with: an extract of OSM and its file, if there is one, and the coding of land use."""

    osm: schema.OsmTables | None = None
    path: Path | None = None
    coding: str | None = None


_Look = Callable[[Path, _Reference], TableReport]


def check(paths: Iterable[str | Path], *, osm: str | Path | None = None, coding: str | None = None) -> InputsReport:
    """Check files; none is changed.

    Parameters
    ----------
    paths
        Registers, census tables, tables of children, layers, rasters, extracts of OSM, and ``study.toml``.
    osm
        An extract of OSM: with it, the datum of registers is measured and rasters are looked at where it lies.
    coding
        Coding of layers of land use.

    Returns
    -------
    InputsReport
        One report for each file, the extract's first; what cannot be read at all is an error of its file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "名单.csv"
    ...     _ = file.write_text("园所名称,学位,经度,纬度\\n和兴幼儿园,-9,126.63,45.72\\n", encoding="gb18030")
    ...     check([file]).errors
    1
    """
    path = None if osm is None else Path(osm)
    reports, reference = [], _Reference(path=path, coding=coding)
    if path is not None:
        tables_of, report = _extract(path)
        reports.append(report)
        reference = replace(reference, osm=tables_of)
    for each in map(Path, paths):
        reports += _checked(each, reference)
    return InputsReport(tuple(reports))


def _checked(path: Path, reference: _Reference) -> list[TableReport]:
    if _ADDRESS.match(str(path)):
        return [gather.unreadable(path, UserError("check_address", path=path))]
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _config(path, reference)
    if suffix in _EXTRACTS:
        return [_extract(path)[1]]
    for suffixes, look in ((_RASTERS, _raster), (_TEXTS, _text), (_LAYERS, _layer)):
        if suffix in suffixes:
            return [_caught(path, look, path, reference)]
    return [gather.unreadable(path, UserError("check_kind", path=path))]


def _config(path: Path, reference: _Reference) -> list[TableReport]:
    """Check a ``study.toml`` and every file that it names, as a run reads them."""
    try:
        named = config.read(path).named()
    except UserError as error:
        return [gather.unreadable(path, error)]
    found = gather.read(replace(named, osm=named.osm or reference.path))
    own, people, reports = found.inputs, found.people, list(found.inputs.reports)
    if own.people is not None and people is not None and found.ground is not None:
        faults = raster_reports.against_census(own.people, found.ground.districts, people.table)
        at = [report.provenance for report in reports].index(own.people.provenance[0])
        reports[at] = reports[at].adding(faults)
    return reports


def _caught(path: Path, look: Callable[..., TableReport], *what: Any) -> TableReport:
    try:
        return look(*what)
    except UserError as error:
        return gather.unreadable(path, error)


def _taken_for(report: TableReport, kind: str) -> TableReport:
    """Return the report of a file with what it was taken for."""
    return report.adding([Fault("understood_as", "note", facts={"told": locale.Words(f"input_kind.{kind}")})])


def _extract(path: Path) -> tuple[schema.OsmTables | None, TableReport]:
    try:
        osm, report = gather.extract(path)
    except UserError as error:
        return None, gather.unreadable(path, error)
    return osm, _taken_for(report, "extract")


def _raster(path: Path, reference: _Reference) -> TableReport:
    """Take a raster for people or heights by its name, else by its values."""
    if reference.osm is None:
        area = geotiff.extent(path)
    else:
        area = gpd.GeoSeries([shapely.box(*reference.osm.bounds)], crs=4326)
    bounds = geotiff.limits()
    lowest, highest = bounds["terrain"]["lowest"], bounds["people"]["highest"]
    grid = geotiff.read(path, area, lowest=lowest, highest=highest)
    by_name = raster.parse_name(path.name) is not None
    kind = "people" if by_name else geotiff.looks_like(grid.values) or "people"
    if kind == "terrain":
        found = terrain.read(path, area)
        return _taken_for(raster_reports.of_terrain(found), "terrain")
    return _taken_for(raster_reports.of_grid(raster.read_one(path, area), "people"), "people")


def _text(path: Path, reference: _Reference) -> TableReport:
    raw = tables.read(path)
    if census.fits(raw.frame):
        return _census(path, reference)
    if official_counts.fits(raw.frame):
        return _counts(path, reference)
    try:
        return _children(path, reference)
    except TableFault as error:
        if error.key != "children_columns":
            raise
    return _register(path, reference)


def _layer(path: Path, reference: _Reference) -> TableReport:
    raw = tables.read(path)
    frame = raw.frame
    if not isinstance(frame, gpd.GeoDataFrame) or not frame.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return _register(path, reference)
    if layers.find_column(frame, _land_use_columns(reference.coding)) is not None:
        return _land_use_of(inputs.Files(coding=reference.coding))(path, reference)
    if layers.find_column(frame, layers.SCHOOL_COLUMNS) is not None:
        return _catchments(path, reference)
    named = layers.find_column(frame, layers.NAME_COLUMNS)
    if layers.find_column(frame, layers.CODE_COLUMNS) is not None or named is None:
        return _polygons(path, reference)
    return _register(path, reference)


def _land_use_columns(coding: str | None) -> Iterator[str]:
    """Yield names of columns of land use codes: general ones too where a coding was named."""
    yield from (column for each in landuse.codings().values() for column in each.columns)
    yield from (column for column in landuse.GENERIC_COLUMNS if coding is not None or column not in _GENERAL)


def _land_use_of(files: inputs.Files) -> Callable[[Path, _Reference], TableReport]:
    def look(path: Path, _: _Reference) -> TableReport:
        land = landuse.read(path, files.coding, code_column=files.code_column)
        return _taken_for(inputs.land_report(land), "land_use")

    return look


def _census(path: Path, _: _Reference) -> TableReport:
    return _taken_for(census.read(path, keep_going=True).report, "census")


def _children(path: Path, reference: _Reference) -> TableReport:
    return _taken_for(gather.children_report(inputs.read_children(path, keep_going=True), reference.osm), "children")


def _counts(path: Path, _: _Reference) -> TableReport:
    return _taken_for(official_counts.read(path, keep_going=True).report, "counts")


def _polygons(path: Path, _: _Reference) -> TableReport:
    return _taken_for(gather.polygons(path)[1], "districts")


def _catchments(path: Path, _: _Reference) -> TableReport:
    return _taken_for(inputs.catchments_report(layers.read_catchments(path)), "catchments")


def _register(path: Path, reference: _Reference) -> TableReport:
    bounds = reference.osm.bounds if reference.osm is not None else None
    file = inputs.RegisterFile(path)
    found: register.Register = inputs.read_register(file, bounds=bounds, keep_going=True)
    report = inputs.unmeasured(file, found) if reference.osm is None else inputs.measured(file, found, reference.osm)
    return _taken_for(report, "register")
