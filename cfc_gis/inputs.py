"""What a planner brings to a study: which files, how they were read, and what is wrong with them.

:mod:`cfc_gis.gather` reads them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from cfc_gis import claims, datum_check, datum_faults, datums, landuse, population, schema
from cfc_gis.errors import UserError
from cfc_gis.facilities import merge as merging
from cfc_gis.faults import Fault, InputsReport, TableReport
from cfc_gis.sources import boundaries, layers, official_counts, raster, register, tables, terrain

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
    claim
        What it holds in full, as she declares.
    """

    path: Path
    choices: register.Choices = field(default_factory=register.Choices)
    datums: Mapping[str, datums.Datum] = field(default_factory=dict)
    decisions: Mapping[int, str] = field(default_factory=dict)
    claim: claims.Claim = field(default_factory=claims.Claim)

    @property
    def independent(self) -> bool:
        """Whether it is a source beside OSM: unless she says otherwise, where it is not official."""
        said = self.claim.independent
        return not self.choices.official if said is None else said


def official_register(path: Path) -> RegisterFile:
    """Return an official list of which nothing else is said: it confirms what it has, and tells of nothing missing."""
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
    people
        Her rasters of people, over the districts.
    terrain
        Her elevation model, over the streets.
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
    people: raster.People | None = None
    terrain: terrain.Terrain | None = None
    reports: tuple[TableReport, ...] = ()

    def report(self) -> InputsReport:
        """Return what was read, what was understood, what is wrong, and what to do: as text or in Jupyter."""
        return InputsReport(self.reports)

    def adding(self, path: Path | None, faults: Iterable[Fault]) -> Inputs:
        """Return the inputs with what a run found of one of the files."""
        found = tuple(faults)
        return replace(
            self, reports=tuple(each.adding(found) if each.path == str(path) else each for each in self.reports)
        )


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


def read_children(path: Path, *, keep_going: bool = False) -> tables.Table:
    """Read a table of children by neighbourhood; its frame is as of :func:`cfc_gis.population.checked_table`.

    Parameters
    ----------
    path
        The file.
    keep_going
        Return a table with errors, for its report, in place of raising.

    Raises
    ------
    TableFault
        With all faults of the file and of its rows.
    """
    raw = tables.read(path)
    frame, report = population.understood(raw.frame, raw.report)
    if not keep_going:
        report.refuse_errors()
    return tables.Table(frame, report)


def unmeasured(file: RegisterFile, listed: register.Register) -> TableReport:
    """Return the report of a register that nothing is there to measure by, with a warning where its sources need one.

    Parameters
    ----------
    file
        What the planner says of it.
    listed
        The register as it was read.
    """
    if file.datums or file.choices.datum is not None:
        return listed.report
    providers = datums.group_of(register.named_points(file.path, file.choices), "provider")
    return replace(listed.report, faults=(*datum_faults.of_providers(providers), *listed.report.faults))


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
    raw = register.named_points(file.path, file.choices)
    groups = datums.group_of(raw, "provider")
    said = {name: file.datums.get(name) if file.datums else file.choices.datum for name in sorted(set(groups))}
    points = raw.copy()
    for datum in sorted({datum for datum in said.values() if datum not in {None, "wgs84"}}):
        rows = (groups.map(said) == datum).to_numpy()
        points.loc[rows, "lon"], points.loc[rows, "lat"] = datums.to_wgs84(
            points.loc[rows, "lon"], points.loc[rows, "lat"], cast("datums.Datum", datum)
        )
    if points[["lon", "lat"]].isna().any(axis=1).all():
        return listed.report
    check = _measure(points, osm)
    doubted = [
        group.group
        for group in check.groups
        if said.get(group.group) not in {None, "wgs84"}
        and group.verdict.datum != "wgs84"
        and group.verdict.certainty != "cannot_tell"
    ]
    as_they_stand = _measure(raw[groups.isin(doubted)], osm) if doubted else None
    faults = datum_faults.faults(check, cast("Mapping[str, datums.Datum | None]", said), as_they_stand)
    return replace(listed.report, faults=(*faults, *listed.report.faults))  # what moves all rows comes first


def _measure(points: pd.DataFrame, osm: schema.OsmTables) -> datum_check.DatumCheck:
    places = boundaries.names_around(*osm.bounds)
    return datum_check.measure(points, osm, group="provider", address="address", places=places)


def land_report(land: landuse.LandUse, *, column_named: bool = False) -> TableReport:
    """Return what was understood of a layer of land use, and the codes that the coding does not have.

    Parameters
    ----------
    land
        The layer.
    column_named
        Whether the planner named the column of codes: then one of another coding is her choice, and only doubtful.
    """
    column, chosen = str(land.provenance["column"]), landuse.codings()[land.provenance["coding"]]
    codes = [
        Fault("land_code_unknown", "warning", None, column, row["code"],
              {"polygons": int(row["polygons"]), "hectares": f"{row['area_m2'] / 1e4:.1f}"})
        for row in land.unknown.to_dict("records")
    ]  # fmt: skip
    others = [each.aliases[0] for each in landuse.codings().values() if column in each.columns]
    if others and column not in chosen.columns:
        unknown = int(land.unknown["polygons"].sum())
        facts = {"coding": chosen.aliases[0], "other": ", ".join(others), "unknown": unknown, "known": len(land.table)}
        other = Fault("land_coding_other", "warning" if column_named else "error", None, column, None, facts)
        codes.insert(0, other)
    coding = Fault("land_coding", "note", None, column, chosen.aliases[0])
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
