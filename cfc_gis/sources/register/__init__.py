"""Read a register of facilities: the education bureau's list, a map provider's export, a layer of playgrounds.

How headers, categories and counts are understood stands in ``resources/register.toml``. Nothing is dropped silently:
every row is in the register or among those set aside, and every cell that was not used is a fault with its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis import schema, text
from cfc_gis.coords import Bounds
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError
from cfc_gis.faults import Fault, TableReport
from cfc_gis.sources import tables
from cfc_gis.sources.register import capacity, categories, columns, doubles, places, rows, values
from cfc_gis.sources.register.places import ToWgs84

__all__ = ["Choices", "Register", "ToWgs84", "convert", "named_points", "read"]

DATUMS = ("wgs84", "gcj02", "bd09")


@dataclass(frozen=True)
class Choices:
    """What the planner says of a register; all may be left out.

    Parameters
    ----------
    name
        Name of the register, in sources and reports; else the name of the file.
    columns
        Header of each field that is not found by itself (fields: section ``headers`` of ``resources/register.toml``).
    category
        Category of all its rows.
    official
        Whether it is an official list: what it states is then confirmed.
    datum
        Datum of its coordinates: ``wgs84``, ``gcj02`` or ``bd09``. An export of a map provider must say; other
        registers are taken to be in WGS 84, and the report says so.
    crs
        CRS of coordinates in columns, such as ``EPSG:4551``, where they are not degrees.
    bounds
        West, south, east, north, in degrees, within which its facilities should lie.
    encoding, layer, header
        As of :func:`cfc_gis.sources.tables.read`.
    """

    name: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    official: bool = False
    datum: str | None = None
    crs: str | None = None
    bounds: Bounds | None = None
    encoding: str | None = None
    layer: str | None = None
    header: int | None = None


@dataclass(frozen=True)
class Register:
    """A register that was read.

    Parameters
    ----------
    table
        One row per facility (:data:`cfc_gis.schema.REGISTER`), in the order of the file; geometry in EPSG:4326,
        ``None`` where a facility has no place.
    set_aside
        ``row``, ``name``, ``reason`` (locale section ``set_aside``) and ``district`` as the register names it, of every
        row that is no facility of ours.
    unsorted
        ``row``, ``district`` and ``may_be``, kinds joined by ``;``, of every row that may be of them and does not count
        as one, be it set aside or taken as another kind: some may be missing where the register is to hold all.
    report
        Where it comes from, how it was understood, and all its faults.
    """

    table: gpd.GeoDataFrame
    set_aside: pd.DataFrame
    unsorted: pd.DataFrame
    report: TableReport


def read(
    path: str | Path, choices: Choices = Choices(), *, to_wgs84: ToWgs84 | None = None, keep_going: bool = False
) -> Register:
    """Read a register.

    Parameters
    ----------
    path
        A table (:func:`cfc_gis.sources.tables.read`) with names, places, or both.
    choices
        What the planner says of it.
    to_wgs84
        Converts coordinates of the datum declared; not needed for WGS 84.
    keep_going
        Set rows and values at fault aside instead of raising, as a check of a file does; the report has them all.
        Places whose datum is asked for are given as they stand, so that their shift can be measured.

    Raises
    ------
    TableFault
        With the whole report, where the file has errors, or is an export of a map provider that does not declare its
        datum; or where it has neither names nor places.
    ChoiceUnknown
        When a field, category or datum does not exist.
    UserError
        When a datum is declared that nothing converts, or a CRS that does not exist.
    InputMissing, InputDamaged, CrsMissing
        As of :func:`cfc_gis.sources.tables.read`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "名单.csv"
    ...     _ = file.write_text("园所名称,班数,经度,纬度\\n和兴幼儿园,9,126.63,45.72\\n", encoding="gb18030")
    ...     register = read(file, Choices(official=True))
    >>> print(*register.table.loc[0, ["row", "category", "evidence", "capacity", "capacity_source"]], sep=", ")
    2, kindergarten, confirmed, 270.0, 名单: 班数 x 30
    """
    _check(choices)
    raw = tables.read(path, encoding=choices.encoding, layer=choices.layer, header=choices.header)
    found, faults = columns.find([*raw.frame.columns.drop(_shape_name(raw.frame))], choices.columns, str(path))
    _check_place(raw, found)
    converter, about_datum = _datum(raw, choices, to_wgs84)
    told = replace(choices, name=choices.name or Path(path).stem)
    table, set_aside, unsorted, more = _understood(raw.frame, found, told, capacity.stated(raw.report.faults))
    if converter is not None:
        table = places.convert(table, converter)
    table, doubled, doubts = doubles.drop(table)
    doubts += _repeated(raw.frame, found, choices.crs, set_aside)
    unused = [name for name in raw.frame.columns if name not in found.values()]
    set_aside = pd.concat([set_aside, doubled], ignore_index=True).sort_values("row", ignore_index=True)
    named = values.known(columns.cells(raw.frame, found, "district"))
    set_aside["district"] = set_aside["row"].map(named)
    unsorted["district"] = unsorted["row"].map(named)
    # A row without a name is a note below the table unless it names a district.
    notes = unsorted["row"].isin(set_aside.loc[set_aside["reason"] == "no_name", "row"]) & unsorted["district"].isna()
    empty = [] if len(table) else [Fault("no_facilities", "warning")]
    sums = set_aside.loc[set_aside["reason"] == "total_row", "row"]
    report = raw.report.eased(unused, sums).adding(
        [*faults, *about_datum, *more, *doubts, *empty],
        facilities=len(table),
        set_aside=len(set_aside),
        unplaced=int(table.geometry.isna().sum()),
    )
    if not keep_going:
        report.refuse_errors()
    table = table.drop(columns="official_id").reset_index(drop=True)
    schema.check(table, schema.REGISTER, str(path))
    return Register(table, set_aside, unsorted[~notes].reset_index(drop=True), report)


def named_points(path: str | Path, choices: Choices = Choices()) -> pd.DataFrame:
    """Return every named row of a register with its place as it stands, ours or not: to measure the datum by.

    Parameters
    ----------
    path, choices
        As of :func:`read`.

    Returns
    -------
    DataFrame
        ``name``, ``address``, ``provider``, and ``lon`` and ``lat`` in degrees, NaN where the place cannot be used;
        indexed by the number of the row.

    Raises
    ------
    UserError
        As of :func:`cfc_gis.sources.tables.read`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("名称,经度,纬度\\n火锅店,126.63,45.72\\n", encoding="utf-8")
    ...     named_points(file)[["name", "lon"]].to_numpy().tolist()
    [['火锅店', 126.63]]
    """
    frame = tables.read(path, encoding=choices.encoding, layer=choices.layer, header=choices.header).frame
    found, _ = columns.find([*frame.columns.drop(_shape_name(frame))], choices.columns, str(path))
    shapes, _ = places.shapes(frame, found, choices.crs, None)
    middles = shapes.representative_point()
    told = {field: columns.cells(frame, found, field).to_numpy() for field in ("name", "address", "provider")}
    index = pd.Index(frame.index, name="row")
    return pd.DataFrame({**told, "lon": middles.x.to_numpy(), "lat": middles.y.to_numpy()}, index=index)


def convert(register: Register, to_wgs84: ToWgs84, numbers: Iterable[int] | None = None) -> Register:
    """Return a register with places converted after it was read, as where only some of its sources need it.

    Parameters
    ----------
    register
        The register.
    to_wgs84
        Converts arrays of longitudes and latitudes.
    numbers
        Numbers of the rows that are converted; all where it is not given.
    """
    own = register.table["row"]
    chosen = own.notna() if numbers is None else own.isin(list(numbers))
    fault = Fault("datum_converted", "note", facts={"count": int(chosen.sum())})
    table = places.convert(register.table, to_wgs84, chosen)
    return replace(register, table=table, report=register.report.adding([fault]))


def _check(choices: Choices) -> None:
    for what, found, known in (("category", choices.category, schema.CATEGORIES), ("datum", choices.datum, DATUMS)):
        if found is not None and found not in known:
            raise ChoiceUnknown("choice_unknown", what=what, found=found, suggestion="", known=", ".join(known))
    if choices.crs is not None:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            CRS.from_user_input(choices.crs)
        except CRSError as error:
            raise UserError("crs_unknown", found=choices.crs) from error


def _shape_name(frame: pd.DataFrame) -> list[str]:
    return [frame.geometry.name] if isinstance(frame, gpd.GeoDataFrame) else []


def _check_place(raw: tables.Table, found: Mapping[str, str]) -> None:
    placed = isinstance(raw.frame, gpd.GeoDataFrame) or "location" in found or {"lon", "lat"} <= set(found)
    if not placed and "name" not in found:
        raw.report.refuse_errors()  # garbled headers are the cause, not the missing column
        headers = ", ".join(text.display(name) for name in raw.frame.columns)
        raise TableFault("register_columns", path=raw.report.path, found=headers)


def _datum(raw: tables.Table, choices: Choices, to_wgs84: ToWgs84 | None) -> tuple[ToWgs84 | None, list[Fault]]:
    """Return what converts the coordinates, if anything need, and what the report says of their datum."""
    signs = columns.rules()["provider"]["headers"]
    exported = [name for name in map(str, raw.frame.columns) if text.folded(name) in signs]
    faults = [Fault("provider_licence", "note", found=", ".join(exported))] if exported else []
    if choices.datum is None:
        asked = Fault("datum_ask", "error", found=", ".join(exported))
        return None, [*faults, asked if exported else Fault("datum_assumed", "note")]
    if choices.datum == "wgs84":
        return None, faults
    if to_wgs84 is None:
        raise UserError("datum_not_converted", path=raw.report.path, datum=choices.datum)
    return to_wgs84, [*faults, Fault("datum_declared", "note", found=choices.datum)]


def _repeated(frame: pd.DataFrame, found: Mapping[str, str], crs: str | None, set_aside: pd.DataFrame) -> list[Fault]:
    """Return a note for each row set aside that repeats an earlier row, which says how a file was put together."""
    looked_at = frame.loc[frame.index.isin(set_aside["row"])]
    shapes, _ = places.shapes(looked_at, found, crs, None)
    return doubles.repeated(columns.cells(looked_at, found, "name"), shapes)


def _understood(
    frame: pd.DataFrame, found: Mapping[str, str], choices: Choices, stated: frozenset[capacity.Cell]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame, list[Fault]]:
    """Return the facilities, the rows set aside, those that may be of further kinds, and all faults of the rows."""
    frame, stray, faults = rows.without_strays(frame, found)
    sorts, about_sorts = categories.sort(frame, found, choices.category, official=choices.official)
    taken = np.array([each.category is not None for each in sorts], dtype=bool)
    ours, kept = frame[taken], [each for each in sorts if each.category]
    table, about_values = rows.table(ours, found, kept, str(choices.name), stated)
    shapes, about_places = places.shapes(ours, found, choices.crs, choices.bounds)
    table["entrances"], about_doors = places.entrances(ours, found.get("entrance"))
    placed = gpd.GeoDataFrame(table, geometry=shapes, crs=shapes.crs)
    placed.insert(0, "register_id", rows.ids(placed))
    names = columns.cells(frame, found, "name")
    other = [(row, name, each.reason) for (row, name), each in zip(names.items(), sorts, strict=True) if each.reason]
    set_aside = pd.DataFrame([*stray, *other], columns=["row", "name", "reason"], dtype=object)
    loose = [(row, categories.may_be(reason)) for row, _, reason in stray]
    loose += [(int(row), each.may_be) for row, each in zip(frame.index, sorts, strict=True)]
    unsorted = pd.DataFrame(
        [(row, ";".join(sorted(kinds))) for row, kinds in loose if kinds], columns=["row", "may_be"], dtype=object
    )
    return placed, set_aside, unsorted, [*faults, *about_sorts, *about_values, *about_places, *about_doors]
