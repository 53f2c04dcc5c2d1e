"""Check the files of a planner before any run: what was read, what was understood, what is wrong, and what to do.

A ``study.toml`` is checked with all the files that it names, each as what it is named for. Any other file is told by
its name and by what it holds, and the report says for what it was taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from cfc_gis import area, config, geotiff, inputs, landuse, locale, schema
from cfc_gis.errors import InputDamaged, TableFault, UserError
from cfc_gis.faults import Fault, InputsReport, RowKind, TableReport
from cfc_gis.sources import boundaries, census, layers, local, official_counts, osm_extract, register, tables

_EXTRACTS = (".pbf", ".osm")
_RASTERS = (".tif", ".tiff")
_TEXTS = (".csv", ".tsv", ".txt", ".xlsx")
_LAYERS = (*local.LAYERS, ".parquet", ".geoparquet")
_CENSUS = {"adcode", "pop_total"}
_GENERAL = {"code", "代码", "编码"}  # columns of codes that say nothing of land use
_ADDRESS = re.compile(r"(?i)(?:https?|ftp|file):/|[\\/]vsi")  # a path keeps one slash of two
_WHOLE_CELLS = 50_000_000  # a larger raster is looked at only where an extract says where


@dataclass(frozen=True)
class _Reference:
    """What the files are compared with: an extract of OSM, if there is one, and the coding of land use."""

    osm: schema.OsmTables | None = None
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
    reports, reference = [], _Reference(coding=coding)
    if osm is not None:
        tables_of, report = _extract(Path(osm))
        reports.append(report)
        reference = _Reference(tables_of, coding)
    for path in map(Path, paths):
        reports += _checked(path, reference)
    return InputsReport(tuple(reports))


def _checked(path: Path, reference: _Reference) -> list[TableReport]:
    if _ADDRESS.match(str(path)):
        return [_unreadable(path, UserError("check_address", path=path))]
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _config(path, reference)
    if suffix in _EXTRACTS:
        return [_extract(path)[1]]
    for suffixes, look in ((_RASTERS, _raster), (_TEXTS, _text), (_LAYERS, _layer)):
        if suffix in suffixes:
            return [_caught(path, look, path, reference)]
    return [_unreadable(path, UserError("check_kind", path=path))]


def _config(path: Path, reference: _Reference) -> list[TableReport]:
    """Check a ``study.toml``, then every file that it names."""
    try:
        named = config.read(path)
    except UserError as error:
        return [_unreadable(path, error)]
    reports = []
    if named.osm is not None:
        osm, report = _extract(named.osm)
        reports.append(report)
        reference = _Reference(osm or reference.osm, named.files.coding)
    own_report = TableReport(str(path), named.provenance, "line", {}, tuple(_refused(named, reference.osm)))
    reports.insert(0, own_report)
    own: list[tuple[Path | None, _Look]] = [
        (named.census, _census),
        (named.districts, _polygons),
        (named.area, _polygons),
    ]
    own += [
        (named.files.children, _children),
        (named.files.counts, _counts),
        (named.files.catchments, _catchments),
        (named.files.land_use, _land_use_of(named.files)),
    ]
    own += [(raster, _raster) for raster in (*named.files.rasters, named.files.terrain)]
    reports += [_caught(file, look, file, reference) for file, look in own if file is not None]
    reports += [_caught(file.path, _register, file, reference) for file in named.files.registers]
    return [_as_named(report) for report in reports]


def _refused(named: config.Config, osm: schema.OsmTables | None) -> Iterator[Fault]:
    """Yield the settings that a run would refuse: a place that is not there or elsewhere, streets of no such name."""
    try:
        place = boundaries.find_place(named.place)
        if osm is not None:
            area.check_place(place, osm.bounds, str(named.osm))
    except UserError as error:
        yield Fault("setting_refused", "error", None, "place", facts={"cause": error})
    try:
        if osm is not None:
            named.choices.check(osm.streets["name"])
    except UserError as error:
        yield Fault("setting_refused", "error", None, "walk.cleared", facts={"cause": error})


def _as_named(report: TableReport) -> TableReport:
    """Return the report of a file that a ``study.toml`` names: nobody had to guess what it is."""
    return replace(report, faults=tuple(fault for fault in report.faults if fault.key != "understood_as"))


def _caught(path: Path, look: Callable[..., TableReport], *what: Any) -> TableReport:
    try:
        return look(*what)
    except UserError as error:
        return _unreadable(path, error)


def _unreadable(path: Path, error: UserError) -> TableReport:
    """Return the report that an error carries, else one that says the error."""
    report = error.facts.get("report")
    if isinstance(report, TableReport):
        return report
    facts = {"file": path.name, "how": path.suffix or "–"}
    return TableReport(str(path), facts, "feature", {}, (Fault("unreadable", "error", facts={"cause": error}),))


def _understood(provenance: Mapping[str, str], kind: str, row_kind: RowKind = "feature", **counts: int) -> TableReport:
    """Return the report of a file that has nothing wrong, with what it was taken for."""
    taken = Fault("understood_as", "note", facts={"told": locale.Words(f"input_kind.{kind}")})
    return TableReport(provenance["file"], provenance, row_kind, counts, (taken,))


def _extract(path: Path) -> tuple[schema.OsmTables | None, TableReport]:
    try:
        osm = osm_extract.read(path)
    except UserError as error:
        return None, _unreadable(path, error)
    return osm, _understood(osm.provenance, "extract", streets=len(osm.streets), objects=len(osm.objects))


def _raster(path: Path, reference: _Reference) -> TableReport:
    area = _whole(path) if reference.osm is None else gpd.GeoSeries([shapely.box(*reference.osm.bounds)], crs=4326)
    bounds = geotiff.limits()
    grid = geotiff.read(
        path,
        area,
        lowest=min(bounds[kind]["lowest"] for kind in ("people", "terrain")),
        highest=max(bounds[kind]["highest"] for kind in ("people", "terrain")),
    )
    return _understood(grid.provenance, "raster", cells=int(grid.values.size))


def _whole(path: Path) -> gpd.GeoSeries:
    """Return the extent of a raster."""
    import rasterio

    with rasterio.open(geotiff.local_file(path)) as raster:
        if raster.width * raster.height > _WHOLE_CELLS:
            raise InputDamaged("check_raster_large", path=path)
        return gpd.GeoSeries([shapely.box(*raster.bounds)], crs=raster.crs)


def _text(path: Path, reference: _Reference) -> TableReport:
    raw = tables.read(path)
    if {str(name).strip().lower() for name in raw.frame.columns} >= _CENSUS:
        return _census(path, reference)
    if official_counts.fits(raw.frame):
        return _counts(path, reference)
    try:
        return _with_kind(_children(path, reference), "children")
    except TableFault as error:
        if error.key != "children_columns":
            raise
    return _register(inputs.RegisterFile(path), reference)


def _layer(path: Path, reference: _Reference) -> TableReport:
    raw = tables.read(path)
    frame = raw.frame
    if not isinstance(frame, gpd.GeoDataFrame) or not frame.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return _register(inputs.RegisterFile(path), reference)
    if layers.find_column(frame, _land_use_columns()) is not None:
        return _land_use_of(inputs.Files(coding=reference.coding))(path, reference)
    if layers.find_column(frame, layers.SCHOOL_COLUMNS) is not None:
        return _catchments(path, reference)
    named = layers.find_column(frame, layers.NAME_COLUMNS)
    if layers.find_column(frame, layers.CODE_COLUMNS) is not None or named is None:
        return _polygons(path, reference)
    return _register(inputs.RegisterFile(path), reference)


def _land_use_columns() -> Iterator[str]:
    yield from (column for coding in landuse.codings().values() for column in coding.columns)
    yield from (column for column in landuse.GENERIC_COLUMNS if column not in _GENERAL)


def _land_use_of(files: inputs.Files) -> Callable[[Path, _Reference], TableReport]:
    def look(path: Path, _: _Reference) -> TableReport:
        land = landuse.read(path, files.coding, code_column=files.code_column)
        return _with_kind(inputs.land_report(land), "land_use")

    return look


def _census(path: Path, _: _Reference) -> TableReport:
    found = census.read(path)
    return _understood(found.provenance, "census", "line", units=len(found.table))


def _children(path: Path, _: _Reference) -> TableReport:
    return inputs.read_children(path).report


def _counts(path: Path, _: _Reference) -> TableReport:
    return _with_kind(official_counts.read(path, keep_going=True).report, "counts")


def _polygons(path: Path, _: _Reference) -> TableReport:
    layer = layers.read(path)
    return _understood(layer.provenance, "districts", polygons=len(layer.table))


def _catchments(path: Path, _: _Reference) -> TableReport:
    return _with_kind(inputs.catchments_report(layers.read_catchments(path)), "catchments")


def _register(file: inputs.RegisterFile, reference: _Reference) -> TableReport:
    bounds = reference.osm.bounds if reference.osm is not None else None
    found: register.Register = inputs.read_register(file, bounds=bounds, keep_going=True)
    report = found.report if reference.osm is None else inputs.measured(file, found, reference.osm)
    return _with_kind(report, "register")


def _with_kind(report: TableReport, kind: str) -> TableReport:
    return report.adding([Fault("understood_as", "note", facts={"told": locale.Words(f"input_kind.{kind}")})])
