"""Read all that a study is made from, each file once, and say what is wrong with every one of them before a run.

A check and a run read the same way: what a check passes, a run can use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import geopandas as gpd

from cfc_gis import area, compared, geotiff, inputs, landuse, population, pull, raster_reports, schema
from cfc_gis.compared import Ground
from cfc_gis.errors import TableFault, UserError
from cfc_gis.facilities import decisions
from cfc_gis.faults import Fault, InputsReport, TableReport
from cfc_gis.sources import (
    boundaries,
    census,
    layers,
    official_counts,
    osm_extract,
    raster,
    register,
    tables,
    terrain,
)
from cfc_gis.walking import Choices

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """What a study is made from, as it was named.

    Parameters
    ----------
    place
        The city or district.
    osm
        The extract; None where there is none yet.
    census, districts, area
        The planner's own census, district polygons and outline.
    files
        Her other files.
    choices
        What she decides about streets and winter.
    provenance
        Of the file that names all this, such as ``study.toml``.
    force
        Read the extract also where it will probably not fit into memory.
    """

    place: str
    osm: Path | None
    census: Path | None = None
    districts: Path | None = None
    area: Path | None = None
    files: inputs.Files = inputs.NO_FILES
    choices: Choices = field(default_factory=Choices)
    provenance: Mapping[str, str] | None = None
    force: bool = False


@dataclass(frozen=True, eq=False)
class Gathered:
    """What was read; None for what was not named or cannot be used.

    Parameters
    ----------
    city
        The place.
    osm, people
        OpenStreetMap and the census.
    districts, outline
        The planner's own polygons.
    inputs
        Her other files, with the report on every file.
    errors
        Why files and settings cannot be used, one for each.
    """

    city: boundaries.Place | None
    osm: schema.OsmTables | None
    people: census.Census | None
    districts: gpd.GeoDataFrame | None
    outline: gpd.GeoDataFrame | None
    inputs: inputs.Inputs
    errors: tuple[UserError, ...]
    ground: Ground | None = None

    def whole(self) -> tuple[schema.OsmTables, census.Census, boundaries.Place]:
        """Return what no study is without.

        Raises
        ------
        UserError
            Where anything that was named cannot be used: the only error as it is, else
            :class:`cfc_gis.errors.TableFault` with the report of all files that have errors.
        """
        refuse(self.errors, self.inputs)
        if self.osm is None or self.people is None or self.city is None:
            raise UserError("no_source")
        return self.osm, self.people, self.city


def refuse(errors: Sequence[UserError], said: inputs.Inputs) -> None:
    """Raise where there are errors: one as it is, several as one report of all files that have any."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        report = InputsReport(tuple(each for each in said.reports if each.of("error")))
        raise TableFault("inputs_faults", files=len(report.reports), count=report.errors, report=report)


class _Desk:
    """Reads files one after the other and keeps what is wrong with each."""

    def __init__(self) -> None:
        self.reports: list[TableReport] = []
        self.settings: list[Fault] = []
        self.errors: list[UserError] = []

    def keep(self, report: TableReport) -> None:
        """Keep the report of a file."""
        self.reports.append(report)
        try:
            report.refuse_errors()
        except UserError as error:
            self.errors.append(error)

    def read(self, path: Path | None, how: Callable[[Path], tuple[T, TableReport]]) -> T | None:
        """Read a file that was named; None where it was not, or cannot be used."""
        if path is None:
            return None
        try:
            found, report = how(path)
        except UserError as error:
            self.refuse(path, error)
            return None
        self.keep(report)
        return found

    def refuse(self, path: Path, error: UserError) -> None:
        """Keep the error of a file."""
        self.errors.append(error)
        self.reports.append(unreadable(path, error))

    def refuse_setting(self, name: str, error: UserError) -> None:
        """Keep the error of a setting."""
        self.errors.append(error)
        self.settings.append(Fault("setting_refused", "error", None, name, facts={"cause": error}))


def unreadable(path: Path, error: UserError) -> TableReport:
    """Return the report that an error carries, else one that says the error."""
    report = error.facts.get("report")
    if isinstance(report, TableReport):
        return report
    facts = {"file": path.name, "how": path.suffix or "–"}
    return TableReport(str(path), facts, "feature", {}, (Fault("unreadable", "error", facts={"cause": error}),))


def read(named: Named) -> Gathered:
    """Read all that was named. What is wrong is kept with its file, and nothing is raised.

    Parameters
    ----------
    named
        The place and the files.
    """
    desk = _Desk()
    osm = desk.read(named.osm, partial(extract, force=named.force))
    city = _checked_settings(desk, named, osm)
    people = _census(desk, named, city)
    layer = desk.read(named.districts, polygons)
    outline = desk.read(named.area or _outline_beside(desk, named, city), polygons)
    districts, area_of = (None if one is None else one.table for one in (layer, outline))
    lost = (named.districts is not None and layer is None) or (named.area is not None and outline is None)
    ground = None if osm is None or city is None or lost else Ground(osm, city, area_of, districts)
    if ground is not None and layer is not None:
        _check_districts(desk, ground)
    own = _own_files(desk, named.files, ground)
    _check_counts(desk, own, ground, people)
    parts = (("districts", layer), ("area", outline))
    provenance = [
        *(one.provenance for one in (osm, people) if one is not None),
        *({"name": name, **inputs.NO_LICENCE, **one.provenance} for name, one in parts if one is not None),
        *own.provenance,
        *([named.provenance] if named.provenance is not None else []),
    ]
    said = replace(own, provenance=tuple(provenance), reports=(*_own_report(desk, named), *desk.reports))
    return Gathered(city, osm, people, districts, area_of, said, tuple(desk.errors), ground)


def own_files(files: inputs.Files, ground: Ground, known: tuple[Mapping[str, str], ...]) -> inputs.Inputs:
    """Read the planner's own files for a study of which the rest was read before.

    Parameters
    ----------
    files
        Which.
    ground
        What they are compared with.
    known
        Provenance of what was read before.

    Raises
    ------
    UserError
        As :meth:`Gathered.whole`.
    """
    desk = _Desk()
    for facts in known:
        desk.keep(TableReport(facts["file"], facts, "feature"))
    own = _own_files(desk, files, ground)
    said = replace(own, provenance=(*known, *own.provenance), reports=tuple(desk.reports))
    refuse(desk.errors, said)
    return said


def extract(path: Path, *, force: bool = False) -> tuple[schema.OsmTables, TableReport]:
    """Read an extract of OpenStreetMap, with its report."""
    osm = osm_extract.read(path, force=force)
    counts = {"streets": len(osm.streets), "objects": len(osm.objects)}
    return osm, TableReport(osm.provenance["file"], osm.provenance, "feature", counts)


def census_table(path: Path) -> tuple[census.Census, TableReport]:
    """Read a census, with its report."""
    found = census.read(path, keep_going=True)
    return found, found.report


def polygons(path: Path) -> tuple[layers.Layer, TableReport]:
    """Read a layer of boundaries, with its report."""
    found = layers.read(path)
    return found, TableReport(found.provenance["file"], found.provenance, "feature", {"polygons": len(found.table)})


def _checked_settings(desk: _Desk, named: Named, osm: schema.OsmTables | None) -> boundaries.Place | None:
    """Return the place, where it is known and the data lie there; keep also streets that nobody knows."""
    city = None
    try:
        place = boundaries.find_place(named.place)
        if osm is not None:
            area.check_place(place, osm.bounds, str(named.osm))
        city = place
    except UserError as error:
        desk.refuse_setting("place", error)
    try:
        if osm is not None:
            named.choices.check(osm.streets["name"])
    except UserError as error:
        desk.refuse_setting("walk.cleared", error)
    return city


def _census(desk: _Desk, named: Named, city: boundaries.Place | None) -> census.Census | None:
    """Return the planner's census, else the one that ships for the place."""
    if named.census is not None or city is None:
        found = desk.read(named.census, census_table)
        if found is not None and (lacking := boundaries.districts_lacking(found.table["unit_code"].dropna())):
            names = ", ".join(entry.name for entry in lacking)
            desk.reports[-1] = desk.reports[-1].adding([Fault("census_lacks", "warning", None, None, names)])
        return found
    people = census.builtin(city.city_code)
    if people is None:
        desk.refuse_setting("census", UserError("census_missing", place=named.place))
    else:
        desk.keep(people.report)
    return people


def _outline_beside(desk: _Desk, named: Named, city: boundaries.Place | None) -> Path | None:
    """Return the outline for which the extract was pulled, if there is one."""
    if named.osm is None or city is None:
        return None
    try:
        return pull.outline_beside(named.osm, city.code)
    except UserError as error:
        desk.refuse(named.osm, error)
        return None


def _check_districts(desk: _Desk, ground: Ground) -> None:
    """Say of the planner's districts, read last, that they overlap, or why they cannot be used."""
    report = desk.reports[-1]
    try:
        _, facts = ground.units
    except UserError as error:
        desk.errors.append(error)
        desk.reports[-1] = report.adding(unreadable(Path(report.path), error).faults)
        return
    overlaps = [
        Fault("districts_overlap", "warning", None, None, ", ".join(each["units"]), {"km2": f"{each['km2']:.2f}"})
        for each in facts["overlaps"]
        if each["level"] == "district"
    ]
    desk.reports[-1] = report.adding(overlaps)


def _check_counts(desk: _Desk, own: inputs.Inputs, ground: Ground | None, people: census.Census | None) -> None:
    """Say of official counts which units nobody knows, and where they contradict each other."""
    if own.counts is None or own.counts.report.of("error") or ground is None or people is None:
        return
    at = [report.path for report in desk.reports].index(own.counts.report.path)
    try:
        desk.reports[at] = desk.reports[at].adding(compared.contradictions(own.counts, ground, people.table))
    except TableFault as error:
        desk.errors.append(error)
        desk.reports[at] = unreadable(Path(own.counts.report.path), error)


def _own_report(desk: _Desk, named: Named) -> list[TableReport]:
    """Return the report of what names the study: the file, or the call."""
    if named.provenance is not None:
        return [TableReport(named.provenance["file"], named.provenance, "line", {}, tuple(desk.settings))]
    facts = {"file": named.place, "how": "–"}
    return [TableReport(named.place, facts, "line", {}, tuple(desk.settings))] if desk.settings else []


def _own_files(desk: _Desk, files: inputs.Files, ground: Ground | None) -> inputs.Inputs:
    """Read the planner's own files, each as a run needs it."""
    listed, ids = [], frozenset[str]()
    for file in files.registers:
        found = desk.read(file.path, partial(_register, file, ground, ids))
        if found is not None:
            listed.append(found)
            ids |= set(found.table["register_id"])
    children = desk.read(files.children, partial(_children, ground))
    counted = desk.read(files.counts, _counts)
    land = desk.read(files.land_use, partial(_land, files))
    zones = desk.read(files.catchments, _catchments)
    people = _people(desk, files.rasters, ground)
    heights = desk.read(files.terrain, partial(_terrain, ground))
    seen = [*listed, *(one for one in (children, counted) if one is not None)]
    provenance = (
        *({"name": Path(one.report.path).stem, **inputs.NO_LICENCE, **one.report.provenance} for one in seen),
        *([land.provenance] if land is not None else []),
        *([{"name": "catchments", **inputs.NO_LICENCE, **zones.provenance}] if zones is not None else []),
        *(people.provenance if people is not None else []),
        *([heights.provenance] if heights is not None else []),
    )
    frame = None if children is None else children.frame
    return inputs.Inputs(
        provenance,
        files,
        tuple(listed),
        children=frame,
        land=land,
        counts=counted,
        catchments=None if zones is None else zones.table,
        people=people,
        terrain=heights,
    )


def _register(
    file: inputs.RegisterFile, ground: Ground | None, ids: frozenset[str], _: Path
) -> tuple[register.Register, TableReport]:
    bounds = None if ground is None else ground.osm.bounds
    found = inputs.read_register(file, bounds=bounds, keep_going=True)
    report = inputs.unmeasured(file, found) if ground is None else inputs.measured(file, found, ground.osm)
    known = ground.facilities | ids if file.decisions and ground is not None else None
    unplaced = found.table.loc[found.table.geometry.isna(), "row"]
    wrong = decisions.problems(file.decisions, set(found.table["row"]), set(unplaced), known)
    faults = [Fault("decision_wrong", "error", row, None, file.decisions[row], {"told": words}) for row, words in wrong]
    return found, report.adding([*faults, *compared.declared(file, found, ground)])


def _catchments(path: Path) -> tuple[layers.Layer, TableReport]:
    found = layers.read_catchments(path)
    return found, inputs.catchments_report(found)


def children_report(table: tables.Table, osm: schema.OsmTables | None) -> TableReport:
    """Return the report of a table of children, its names held against the extract where there is one."""
    if osm is None:
        return table.report.adding([Fault("children_unmatched_yet", "note")])
    return table.report.adding(population.unknown_names(table.frame, osm.objects["name"]))


def _children(ground: Ground | None, path: Path) -> tuple[tables.Table, TableReport]:
    table = inputs.read_children(path, keep_going=True)
    return table, children_report(table, None if ground is None else ground.osm)


def _counts(path: Path) -> tuple[official_counts.Counts, TableReport]:
    counts = official_counts.read(path, keep_going=True)
    return counts, counts.report


def _land(files: inputs.Files, path: Path) -> tuple[landuse.LandUse, TableReport]:
    land = landuse.read(path, files.coding, code_column=files.code_column)
    return land, inputs.land_report(land, column_named=files.code_column is not None)


def _people(desk: _Desk, paths: tuple[Path, ...], ground: Ground | None) -> raster.People | None:
    """Read the rasters of people together; where they cannot be used, say so of each of them."""
    if not paths:
        return None
    shapes = None if ground is None else ground.districts.geometry
    try:
        found = raster.read(paths, shapes if shapes is not None else geotiff.extent(paths[0]))
    except UserError as whole:
        before = len(desk.errors)
        for path in paths:
            desk.read(path, partial(_one_raster, shapes))
        if whole.key == "raster_files" or len(desk.errors) == before:
            desk.refuse(paths[0], whole)
        return None
    for report in raster_reports.of_people(found):
        desk.keep(report)
    return found


def _one_raster(shapes: gpd.GeoSeries | None, path: Path) -> tuple[geotiff.Grid, TableReport]:
    grid = raster.read_one(path, shapes if shapes is not None else geotiff.extent(path))
    return grid, raster_reports.of_grid(grid, "people")


def _terrain(ground: Ground | None, path: Path) -> tuple[terrain.Terrain, TableReport]:
    found = terrain.read(path, geotiff.extent(path) if ground is None else ground.streets)
    return found, raster_reports.of_terrain(found)
