"""Read a table of the planner as it comes: CSV, TSV, Excel, GeoPackage, Shapefile, GeoJSON, Parquet.

Every cell becomes text, so that codes keep their zeros and nothing is taken for a number or a date that nobody asked
for; what reads the table says what is a number. All that is wrong with the file stands in one report.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import pandas as pd

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown, CrsMissing, UserError
from cfc_gis.faults import Fault, RowKind, TableReport
from cfc_gis.sources import delimited, grid, local, mojibake, vector, workbook

_TEXTS, _PARQUET = (".csv", ".tsv", ".txt"), (".parquet", ".geoparquet")
_STYLES = "layer_styles"  # where QGIS keeps the styles of a GeoPackage
_ROUNDED = re.compile(r"\d\.?\d*[eE]\+?\d+")


@dataclass(frozen=True)
class Table:
    """A table as it stands in the file.

    Parameters
    ----------
    frame
        Text or ``None`` in every column, in the order of the file, indexed by the number of the row as the planner
        sees it. Of a layer a GeoDataFrame in the layer's own CRS.
    report
        Where it comes from and what is wrong with it.
    """

    frame: pd.DataFrame
    report: TableReport


def read(
    path: str | Path, *, encoding: str | None = None, layer: str | None = None, header: int | None = None
) -> Table:
    """Read a table.

    Parameters
    ----------
    path
        A file on this machine: .csv, .tsv, .txt, .xlsx, .gpkg, .shp, .geojson, .json, .parquet or .geoparquet.
    encoding
        Encoding of a text table, or of a Shapefile without .cpg. Text tables are tried as UTF-8, then as GB18030.
    layer
        Sheet of a workbook or layer of a GeoPackage; needed where there are several.
    header
        Row with the names of the columns, as the planner counts; else found (:mod:`cfc_gis.sources.grid`).

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, or it cannot be read as what it should be.
    ChoiceUnknown
        When the sheet, layer or encoding does not exist, or several could be meant.
    UserError
        When a Shapefile does not say its encoding.
    CrsMissing
        When a layer does not say its coordinate reference system.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("代码,学位\\n0123456,90\\n123457,[]\\n", encoding="utf-8-sig")
    ...     table = read(file)
    >>> table.frame.loc[2].tolist(), table.frame.loc[3, "学位"] is None
    (['0123456', '90'], True)
    >>> [fault.key for fault in table.report.faults]
    ['zeros_lost']
    """
    file = local.checked(path)
    suffix = file.suffix.lower()
    row_kind: RowKind = "line" if suffix in _TEXTS else "row" if suffix == ".xlsx" else "feature"
    if row_kind == "feature":
        raw, how = _read_parquet(file) if suffix in _PARQUET else _read_layer(file, layer, encoding)
        frame, faults, letters = _as_text(raw), list[Fault](), dict[str, str]()
    else:
        cells = delimited.read(file, encoding) if row_kind == "line" else workbook.read(file, layer)
        frame, faults, letters = grid.to_frame(cells, str(path), header)
        how = dict(cells.how)
    frame = _without_blanks(frame)
    report = TableReport(
        str(path),
        {**local.facts_of(file), **how},
        row_kind,
        {"rows": len(frame) + sum(fault.key == "row_ragged" for fault in faults)},
        (*faults, *_mojibake(frame), *_codes(frame)),
        letters,
    )
    return Table(frame, report)


def is_total(cell: object) -> bool:
    """Tell whether a cell names a row of sums.

    Examples
    --------
    >>> is_total(" 合 计"), is_total("合计小区"), is_total(None)
    (True, False, False)
    """
    return isinstance(cell, str) and text.folded(cell) in _rules()["rows"]["total"]


def _read_layer(file: Path, layer: str | None, encoding: str | None) -> tuple[pd.DataFrame, dict[str, str]]:
    kinds = {name: kind for name, kind in vector.layer_kinds(file).items() if name != _STYLES}
    known = ", ".join(map(text.display, kinds))
    if layer is not None and layer not in kinds:
        raise ChoiceUnknown("choice_unknown", what="layer", found=layer, suggestion="", known=known)
    if layer is None and len(kinds) != 1:
        raise ChoiceUnknown("layer_ask", path=file, count=len(kinds), known=known)
    chosen = layer or next(iter(kinds))
    raw = vector.read_layer(file, chosen)
    how = {"how": f"{file.suffix[1:].lower()}, {text.display(chosen)}", "layer": chosen}
    if file.suffix.lower() == ".shp":
        encoding = _shapefile_encoding(raw, file, encoding)
        raw, how = vector.decode(raw, encoding, file), {"how": f"shp, {encoding}", "encoding": encoding}
    return raw, {**how, **_crs(raw, file)}


def _shapefile_encoding(raw: pd.DataFrame, file: Path, encoding: str | None) -> str:
    if encoding is not None:
        return vector.known_encoding(encoding, file)
    if declared := vector.declared_encoding(file):
        return declared
    likely = vector.likely_encoding(raw)
    if likely is None:
        return "ASCII"
    shown = vector.decode(cast("Any", raw), likely, file)
    values = (value for name in shown for value in shown[name] if isinstance(value, str) and not value.isascii())
    sample = text.display(next(values, " ".join(map(str, shown.columns))))
    raise UserError("encoding_ask", path=file, likely=likely, sample=sample)


def _read_parquet(file: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    raw = vector.read_parquet(file)
    return raw, {"how": "Parquet", **_crs(raw, file)}


def _crs(raw: pd.DataFrame, file: Path) -> dict[str, str]:
    if getattr(raw, "geometry", None) is None:
        return {}
    crs = cast("Any", raw).crs
    if crs is None:
        raise CrsMissing("crs_missing", path=file)
    return {"crs": str(crs.to_string())[:80]}


def _as_text(raw: pd.DataFrame) -> pd.DataFrame:
    """Return a layer with text in all columns but its geometry, numbered from 1."""
    raw = raw.set_axis(pd.RangeIndex(1, len(raw) + 1), axis=0)
    shape = getattr(raw, "geometry", None)
    own = None if shape is None else shape.name
    texts = {
        name: pd.Series([grid.as_text(value) for value in raw[name]], raw.index, dtype=object)
        for name in raw.columns
        if name != own
    }
    return raw.assign(**texts)


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with ``None`` for cells that only say that they hold nothing."""
    missing = frozenset(_rules()["missing"])

    def emptied(value: str | None) -> str | None:
        return None if value is None or unicodedata.normalize("NFKC", value).lower() in missing else value

    return frame.assign(
        **{
            name: pd.Series([emptied(each) for each in frame[name]], frame.index, dtype=object)
            for name in _texts(frame)
        }
    )


def _texts(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if frame[name].dtype == object]


def _mojibake(frame: pd.DataFrame) -> Iterator[Fault]:
    """Yield one fault per column whose text was decoded wrongly, at its first such row."""
    for name in _texts(frame):
        cells = [(row, value, mojibake.restore(value)) for row, value in frame[name].items() if value is not None]
        wrong = [(row, value, likely) for row, value, likely in cells if likely]
        if head := mojibake.restore(str(name)):
            yield Fault("mojibake", "error", None, name, name, {"likely": text.display(head), "count": 1})
        if wrong:
            row, value, likely = wrong[0]
            facts = {"likely": text.display(likely), "count": len(wrong)}
            yield Fault("mojibake", "error", cast("int", row), name, text.display(value), facts)


def _codes(frame: pd.DataFrame) -> Iterator[Fault]:
    """Yield the codes that were rounded to a power of ten, or are shorter than the others."""
    rules = _rules()["codes"]
    for name in _texts(frame):
        if not any(word in str(name).lower() for word in rules["words"]):
            continue
        values = frame[name].dropna()
        for row, value in values[values.str.fullmatch(_ROUNDED)].items():
            yield Fault("code_rounded", "error", cast("int", row), name, value)
        lengths = Counter(values[values.str.fullmatch(r"\d+")].str.len())
        longest = max(lengths, default=0)
        if longest >= rules["least_digits"] and lengths[longest] >= rules["least_share"] * lengths.total():
            for row, value in values[values.str.fullmatch(r"\d+") & (values.str.len() < longest)].items():
                yield Fault("zeros_lost", "warning", cast("int", row), name, value, {"wanted": longest})


@cache
def _rules() -> dict[str, Any]:
    file = resources.files("cfc_gis") / "resources" / "tables.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
