"""The door for the files of the planner: which are opened, told by name and first bytes, and what is said of them.

Only a file on this machine is opened, never an address, a virtual path of GDAL, a VRT, an archive or a pickle.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection
from pathlib import Path

from cfc_gis.errors import InputDamaged, InputMissing

LAYERS = (".gpkg", ".geojson", ".json", ".shp")
TABLES = (".csv", ".tsv", ".txt", ".xlsx", *LAYERS, ".parquet", ".geoparquet")

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # a workbook is a zip; an old or encrypted one is an OLE container
_HEADS = {
    ".gpkg": b"SQLite format 3\x00", ".geojson": b"{", ".json": b"{", ".shp": b"\x00\x00\x27\x0a", ".xlsx": _ZIP,
    ".parquet": b"PAR1", ".geoparquet": b"PAR1",
}  # fmt: skip
_NO_TEXT = {_ZIP: "zip, xlsx", _OLE: "xls", b"SQLite format 3": "SQLite", b"PAR1": "Parquet", b"\x80\x04": "pickle"}
_REFUSED = {
    ".xls": "workbook_old", ".xlsm": "workbook_old", ".xlsb": "workbook_old", ".et": "workbook_old",
    ".ods": "workbook_old", ".zip": "archive_refused", ".rar": "archive_refused", ".7z": "archive_refused",
    ".gz": "archive_refused", ".kmz": "archive_refused",
}  # fmt: skip
_BLOCK = 1 << 20


def checked(path: str | Path, accepted: Collection[str] = TABLES, refused: str = "table_refused") -> Path:
    """Return the resolved path of a file that may be opened.

    Parameters
    ----------
    path
        As the caller gave it.
    accepted
        Suffixes that are opened here, in lower case.
    refused
        Key of the message for all others.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is an address or virtual path, of a kind that is not opened, or not what its suffix says.

    Examples
    --------
    >>> checked("/vsicurl/https://example.org/a.csv")
    Traceback (most recent call last):
    ...
    cfc_gis.errors.InputDamaged: ...
    """
    name, file = str(path), Path(path)
    suffix = file.suffix.lower()
    if "://" in name or name.replace("\\", "/").lower().startswith("/vsi"):
        raise InputDamaged(refused, path=name)
    if suffix not in accepted:
        raise InputDamaged(_REFUSED.get(suffix, refused) if ".xlsx" in accepted else refused, path=name)
    if file.is_dir():
        raise InputMissing("input_is_folder", path=name)
    if not file.is_file():
        raise InputMissing("input_missing", path=name)
    _check_head(file, suffix, refused)
    return file.resolve()


def _check_head(file: Path, suffix: str, refused: str) -> None:
    with file.open("rb") as opened:
        found = opened.read(512)
    wanted = _HEADS.get(suffix)
    if wanted == b"{":
        found = found.removeprefix(codecs.BOM_UTF8).lstrip()
    if wanted is None:
        kind = next((kind for head, kind in _NO_TEXT.items() if found.startswith(head)), None)
        if found.lstrip()[:1] == b"<":
            kind = "HTML, XML"
        if kind:
            raise InputDamaged("kind_differs", path=file, suffix=suffix, found=kind)
    elif suffix == ".xlsx" and found.startswith(_OLE):
        raise InputDamaged("workbook_old", path=file)
    elif not found.startswith(wanted):
        raise InputDamaged(refused, path=file)


def facts_of(file: Path) -> dict[str, str]:
    """Return name, SHA-256 and size in bytes of a file, as provenance; of a Shapefile also the hash of its table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes(b"a")
    ...     facts_of(file)["size"]
    '1'
    """
    facts = {"file": file.name, "sha256": _sha256(file), "size": str(file.stat().st_size)}
    if file.suffix.lower() == ".shp" and (values := sibling(file, ".dbf")):
        facts["sha256_dbf"] = _sha256(values)
    return facts


def sibling(file: Path, suffix: str) -> Path | None:
    """Return the file of the same stem with another suffix, whatever its case; ``None`` where there is none."""
    others = (each for each in file.parent.iterdir() if each.stem == file.stem)
    return next((each for each in others if each.suffix.lower() == suffix), None)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
