"""What a planner brings to a study: which files, how they were read, and what is wrong with them.

Registers, a table of children and land use are read at once. Rasters of people and an elevation model are only named
here: they are read over the districts and the streets, which a run finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from cfc_gis import datum_check, datums, landuse, locale, population, schema
from cfc_gis.errors import UserError
from cfc_gis.facilities import merge as merging
from cfc_gis.faults import Fault, InputsReport, Said, TableReport
from cfc_gis.sources import boundaries, layers, official_counts, register, tables

if TYPE_CHECKING:
    import geopandas as gpd

    from cfc_gis.coords import Bounds

Spreading = Literal["floor_area", "raster"]
NO_LICENCE = {"data_date": "", "licence": ""}


@dataclass(frozen=True)
class RegisterFile:
    """A register of facilities, as the planner names it.

    Parameters
    ----------
    path
        The file.
    choices
        What she says of it.
    datums
        Datum of each provider, where the register mixes several; then ``choices.datum`` is not used.
    decisions
        By row: the facility that it is, or ``new`` (:func:`cfc_gis.facilities.merge.merge`).
    """

    path: Path
    choices: register.Choices = field(default_factory=register.Choices)
    datums: Mapping[str, datums.Datum] = field(default_factory=dict)
    decisions: Mapping[int, str] = field(default_factory=dict)


def official_register(path: Path) -> RegisterFile:
    """Return an official list of which nothing else is said."""
    return RegisterFile(path, register.Choices(official=True))


@dataclass(frozen=True)
class Files:
    """The planner's own files beside the extract; all may be left out.

    Parameters
    ----------
    registers
        Registers of facilities, merged in this order.
    rasters
        Rasters of people, GeoTIFF.
    spread_by
        What the census of a district is spread by: ``floor_area`` or ``raster``.
    children
        Table of children by neighbourhood.
    terrain
        Elevation model of the ground, GeoTIFF.
    land_use, coding, code_column
        Layer of land use, the coding of its codes, and their column where it is not found by itself.
    counts
        Official counts of facilities by unit.
    catchments
        Layer of school districts (学区), with the school of each.
    """

    registers: tuple[RegisterFile, ...] = ()
    rasters: tuple[Path, ...] = ()
    spread_by: Spreading = "floor_area"
    children: Path | None = None
    terrain: Path | None = None
    land_use: Path | None = None
    coding: str | None = None
    code_column: str | None = None
    counts: Path | None = None
    catchments: Path | None = None

    def __post_init__(self) -> None:
        """Refuse to spread by a raster that is not there."""
        if self.spread_by == "raster" and not self.rasters:
            raise UserError("raster_not_named")


NO_FILES = Files()
"""Nothing of her own."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of a study.

    Parameters
    ----------
    provenance
        Of each input that was read, OpenStreetMap first.
    files
        What the planner named.
    registers
        Her registers, in WGS 84, in the order of the files.
    children
        Her table of children (:func:`cfc_gis.population.checked_table`).
    land
        Her land use.
    counts
        Her official counts, by unit as written.
    catchments
        Her school districts (:func:`cfc_gis.sources.layers.read_catchments`).
    reports
        What was read, understood and wrong, file by file.
    """

    provenance: tuple[Mapping[str, str], ...]
    files: Files = NO_FILES
    registers: tuple[register.Register, ...] = ()
    children: pd.DataFrame | None = None
    land: landuse.LandUse | None = None
    counts: official_counts.Counts | None = None
    catchments: gpd.GeoDataFrame | None = None
    reports: tuple[TableReport, ...] = ()

    def report(self, later: Iterable[Mapping[str, str]] = ()) -> InputsReport:
        """Return what was read, what was understood, what is wrong, and what to do: as text or in Jupyter.

        Parameters
        ----------
        later
            Provenance of files that only a run reads: rasters and the elevation model.
        """
        return InputsReport((*self.reports, *(TableReport(facts["file"], facts, "feature") for facts in later)))

    def named(self, provenance: Mapping[str, str]) -> Inputs:
        """Return the inputs with one more file that says how the others are read, such as ``study.toml``."""
        report = TableReport(provenance["file"], provenance, "line")
        return replace(self, provenance=(*self.provenance, provenance), reports=(report, *self.reports))


def read(files: Files, osm: schema.OsmTables, known: tuple[Mapping[str, str], ...] = ()) -> Inputs:
    """Read the planner's own files, and measure the datum of her registers against OSM.

    Parameters
    ----------
    files
        Which.
    osm
        What OpenStreetMap gives: its bounds say where facilities should lie, its names where they lie.
    known
        Provenance of the inputs that were read before, OpenStreetMap's first.

    Raises
    ------
    UserError
        When a file cannot be used; of a table with all its faults.
    """
    listed = [read_register(file, bounds=osm.bounds) for file in files.registers]
    children = read_children(files.children) if files.children else None
    land = landuse.read(files.land_use, files.coding, code_column=files.code_column) if files.land_use else None
    counted = official_counts.read(files.counts) if files.counts else None
    zones = layers.read_catchments(files.catchments) if files.catchments else None
    seen = [*listed, *((children,) if children else ()), *((counted,) if counted else ())]
    provenance = (
        *known,
        *({"name": Path(one.report.path).stem, **NO_LICENCE, **one.report.provenance} for one in seen),
        *((land.provenance,) if land else ()),
        *(({"name": "catchments", **NO_LICENCE, **zones.provenance},) if zones else ()),
    )
    reports = (
        *(TableReport(facts["file"], facts, "feature") for facts in known),
        *(measured(file, one, osm) for file, one in zip(files.registers, listed, strict=True)),
        *((children.report,) if children else ()),
        *((counted.report,) if counted else ()),
        *((land_report(land),) if land else ()),
        *((catchments_report(zones),) if zones else ()),
    )
    frame = children.frame if children else None
    return Inputs(provenance, files, tuple(listed), frame, land, counted, zones.table if zones else None, reports)


def catchments_report(zones: layers.Layer) -> TableReport:
    """Return what was read of a layer of school districts."""
    counts = {"polygons": len(zones.table), "set_aside": int(float(zones.provenance["set_aside"]))}
    return TableReport(zones.provenance["file"], zones.provenance, "feature", counts)


def read_register(file: RegisterFile, *, bounds: Bounds | None = None, keep_going: bool = False) -> register.Register:
    """Read a register in WGS 84, converted from the datum that was declared for it or for each of its providers.

    Parameters
    ----------
    file
        The register.
    bounds
        Where its facilities should lie, in degrees.
    keep_going
        As of :func:`cfc_gis.sources.register.read`.

    Raises
    ------
    UserError
        As :func:`cfc_gis.sources.register.read`; also when the datum of a provider is missing, or one that does not
        occur was declared.
    """
    choices = replace(file.choices, bounds=file.choices.bounds or bounds)
    if not file.datums:
        to_wgs84 = _converter(choices.datum)
        return register.read(file.path, choices, to_wgs84=to_wgs84, keep_going=keep_going)
    found = register.read(file.path, replace(choices, datum="wgs84"), keep_going=keep_going)
    groups = datums.group_of(found.table, "provider")
    datums.refuse_unknown_groups(file.datums, groups)
    for provider, datum in file.datums.items():
        if datum != "wgs84":
            found = register.convert(found, _converter(datum), found.table.loc[groups == provider, "row"].tolist())
    return found


def _converter(datum: str | None) -> register.ToWgs84:
    return partial(datums.to_wgs84, datum=cast("datums.Datum", datum or "wgs84"))  # an unknown one is refused there


def read_children(path: Path) -> tables.Table:
    """Read a table of children by neighbourhood; its frame is as of :func:`cfc_gis.population.checked_table`.

    Raises
    ------
    TableFault
        With all faults of the file, or of the table.
    """
    table = tables.read(path)
    table.report.refuse_errors()
    return replace(table, frame=population.checked_table(table.frame, table.report.provenance["file"]))


def measured(file: RegisterFile, listed: register.Register, osm: schema.OsmTables) -> TableReport:
    """Return the report of a register with the datum that was measured for its places, provider by provider.

    All rows with a name are measured, also those that are no facilities of ours: the more, the surer.

    Parameters
    ----------
    file
        What the planner says of it. Its places are measured after they were converted as she says.
    listed
        The register as it was read.
    osm
        Reference.
    """
    points = register.named_points(file.path, file.choices)
    groups = datums.group_of(points, "provider")
    said = groups.map(file.datums) if file.datums else groups.map(lambda _: file.choices.datum or "wgs84")
    for datum in sorted(set(said.dropna()) - {"wgs84"}):
        rows = (said == datum).to_numpy()
        points.loc[rows, "lon"], points.loc[rows, "lat"] = datums.to_wgs84(
            points.loc[rows, "lon"], points.loc[rows, "lat"], datum
        )
    if points[["lon", "lat"]].isna().any(axis=1).all():
        return listed.report
    check = datum_check.measure(
        points, osm, group="provider", address="address", places=boundaries.names_around(*osm.bounds)
    )
    declared = bool(file.datums) or file.choices.datum is not None
    untold = not declared and any(group.verdict.certainty == "cannot_tell" for group in check.groups)
    against = ["\n".join(check.warnings("wgs84", lang)) for lang in locale.LANGS]
    whole = Said(*(check.report(lang) for lang in locale.LANGS))
    faults = [Fault("datum_contradicted", "warning", facts={"told": Said(*against)})] if any(against) else []
    if untold:
        faults.append(Fault("datum_untold", "warning", facts={"told": whole}))
    elif len(check.groups) > 1 or not any(against):  # else the warning says it all
        faults.append(Fault("datum_measured", "note", facts={"told": whole}))
    return replace(listed.report, faults=(*faults, *listed.report.faults))  # what moves all rows comes first


def land_report(land: landuse.LandUse) -> TableReport:
    """Return what was understood of a layer of land use, and the codes that the coding does not have."""
    codes = [
        Fault("land_code_unknown", "warning", None, str(land.provenance["column"]), row["code"],
              {"polygons": int(row["polygons"]), "hectares": f"{row['area_m2'] / 1e4:.1f}"})
        for row in land.unknown.to_dict("records")
    ]  # fmt: skip
    shown = landuse.codings()[land.provenance["coding"]].aliases[0]
    coding = Fault("land_coding", "note", None, str(land.provenance["column"]), shown)
    counts = {"polygons": len(land.table)}
    return TableReport(land.provenance["file"], land.provenance, "feature", counts, (*codes, coding))


@dataclass(frozen=True, eq=False)
class MergedRegisters:
    """Facilities with all registers merged in.

    Parameters
    ----------
    table
        As of :class:`cfc_gis.facilities.merge.Merged`.
    rows
        Rows of all registers, ``register`` first.
    lists
        Those of each register, with the ``district`` that it names.
    counts
        By register: rows matched, new, conflicting and unplaced, and facilities that it does not list.
    """

    table: gpd.GeoDataFrame
    rows: pd.DataFrame
    lists: tuple[pd.DataFrame, ...]
    counts: Mapping[str, Mapping[str, int]]


def merge_registers(
    known: gpd.GeoDataFrame, inputs: Inputs, *, paths: gpd.GeoSeries, gates: gpd.GeoSeries
) -> MergedRegisters:
    """Merge the registers of a study with the facilities that are known, one after the other.

    Parameters
    ----------
    known
        Facilities (:data:`cfc_gis.schema.FACILITIES`) in the CRS of the study.
    inputs
        The inputs of the study.
    paths, gates
        As of :func:`cfc_gis.facilities.merge.merge`.
    """
    table, rows, lists, counts = known, [], [], {}
    for name, file, listed in _named_registers(inputs):
        merged = merging.merge(table, listed.table, paths=paths, gates=gates, decisions=file.decisions)
        table = merged.table
        lists.append(_as_listed(merged.rows, listed.table.set_index("row")))
        lines = merged.rows.copy()
        lines.insert(0, "register", name)
        rows.append(lines)
        counts[name] = dict(merged.counts)
    columns = ["register", *merging.COLUMNS]
    told = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return MergedRegisters(table, told, tuple(lists), counts)


def _as_listed(rows: pd.DataFrame, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the lines of a merge with the district that the register names, and the facility that a new row became."""
    became = rows["row"].map(table["register_id"])
    ids = rows["facility_id"].where(rows["outcome"] != "new", became)
    return rows.assign(facility_id=ids, district=rows["row"].map(table["district"]))


def _named_registers(inputs: Inputs) -> Iterator[tuple[str, RegisterFile, register.Register]]:
    """Yield registers under names that tell them apart."""
    seen: dict[str, int] = {}
    for file, listed in zip(inputs.files.registers, inputs.registers, strict=True):
        name = file.choices.name or file.path.stem
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), file, listed
