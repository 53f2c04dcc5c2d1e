"""Put results into a folder so that it never holds half a run.

Files are first written into a hidden folder beside their destination. Only when all are there and on the disk do they
replace the earlier ones, and the manifest comes last: a folder without a manifest is a run that did not finish.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis import text
from cfc_gis.errors import DirLocked, NotWritable
from cfc_gis.sources import files

MANIFEST = "manifest.json"
_LOCK = ".cfc-lock"
_STAGE = ".cfc-unfinished"
# A GeoPackage notes when it was written; the same run must give the same bytes.
_FIXED_DATE = "2000-01-01T00:00:00.000Z"


def refuse_unwritable(path: Path) -> None:
    """Refuse a destination that cannot be written, before anything is computed.

    Parameters
    ----------
    path
        The folder, which need not exist yet.

    Raises
    ------
    NotWritable
        When it, or the nearest folder above that exists, cannot be written, or is a file.
    """
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not there.is_dir():
        raise NotWritable("not_writable", path=path, cause=f"{there} is a file")
    if not os.access(there, os.W_OK):
        raise NotWritable("not_writable", path=path, cause="permission denied")


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """Work in a staging folder; on success its files replace those of the destination, the manifest last.

    Parameters
    ----------
    path
        Destination, made where it is missing.

    Yields
    ------
    Path
        An empty folder to write into. It must hold ``manifest.json`` in the end.

    Raises
    ------
    NotWritable
        When the destination cannot be made or written.
    DirLocked
        When another run that is still alive works in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with folder(Path(place)) as stage:
    ...         _ = (stage / "manifest.json").write_text("{}")
    ...     sorted(file.name for file in Path(place).iterdir())
    ['manifest.json']
    """
    stage = path / _STAGE
    with locked(path):
        try:
            shutil.rmtree(stage, ignore_errors=True)
            stage.mkdir()
            yield stage
            _move_in(stage, path)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a folder to oneself while writing into it.

    Parameters
    ----------
    path
        The folder, made where it is missing.

    Raises
    ------
    NotWritable
        When it cannot be made, or something in it cannot be written.
    DirLocked
        When another run that is still alive works in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place, locked(Path(place)):
    ...     print([file.name for file in Path(place).iterdir()])
    ['.cfc-lock']
    """
    lock: Path | None = None
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(path)
        yield
    except OSError as error:
        if hasattr(error, "exit_code"):
            raise
        raise NotWritable("not_writable", path=path, cause=error.strerror or str(error)) from error
    finally:
        if lock is not None:
            lock.unlink(missing_ok=True)


def _take_lock(path: Path) -> Path:
    lock = path / _LOCK
    mine = f"{os.getpid()} {socket.gethostname()}"
    for _ in range(2):
        try:
            with lock.open("x", encoding="utf-8") as file:
                file.write(mine)
        except FileExistsError:
            pid, _, host = lock.read_text(encoding="utf-8").partition(" ")
            if host != socket.gethostname() or _alive(pid):
                raise DirLocked("dir_locked", path=path, pid=pid or "?", host=host or "?", lock=lock) from None
            lock.unlink(missing_ok=True)  # left behind by a run of this machine that was killed
        else:
            return lock
    raise DirLocked("dir_locked", path=path, pid="?", host="?", lock=lock)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _move_in(stage: Path, path: Path) -> None:
    names = sorted(file.name for file in stage.iterdir() if file.name != MANIFEST)
    for name in [*names, MANIFEST]:
        _sync(stage / name)
    (path / MANIFEST).unlink(missing_ok=True)
    for name in [*names, MANIFEST]:
        (stage / name).replace(path / name)
    _sync(path)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_text(path: Path, content: str) -> None:
    """Write a text in the place of a file, which is there as it was until all is written.

    Raises
    ------
    NotWritable
        When it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     put_text(Path(place) / "a" / "b.toml", "name = 1")
    ...     (Path(place) / "a" / "b.toml").read_text()
    'name = 1'
    """
    _put(path, lambda part: part.write_text(content, encoding="utf-8", newline="\n"))


def put_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as :func:`write_csv` does, in the place of a file, as :func:`put_text` does.

    Raises
    ------
    NotWritable
        When it cannot be written.
    """
    _put(path, lambda part: write_csv(table, part))


def put_layer(path: Path, table: gpd.GeoDataFrame, layer: str) -> None:
    """Write a layer as :func:`write_layer` does, in the place of a GeoPackage, as :func:`put_text` does.

    Raises
    ------
    NotWritable
        When it cannot be written.
    """

    def write(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as stage:  # GDAL wants the suffix of its format
            write_layer(table, Path(stage) / "layer.gpkg", layer)
            (Path(stage) / "layer.gpkg").replace(part)

    _put(path, write)


def _put(path: Path, write: Callable[[Path], object]) -> None:
    from pyogrio.errors import DataSourceError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replaced(path) as part:
            write(part)
    except (OSError, DataSourceError) as error:
        raise NotWritable("not_writable", path=path, cause=getattr(error, "strerror", None) or error) from error


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table that spreadsheets open rightly: UTF-8 with BOM, no text that runs as a formula.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     write_csv(pd.DataFrame({"name": ["=1+1"]}), Path(place) / "a.csv")
    ...     (Path(place) / "a.csv").read_text(encoding="utf-8-sig").split()
    ['name', "'=1+1"]
    """
    safe = table.copy()
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = safe[name].map(text.cell, na_action="ignore")
    safe.to_csv(path, index=False, encoding="utf-8-sig", float_format="%.9g", lineterminator="\n")


def write_layer(table: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Write a layer into a GeoPackage in EPSG:4326, with the same bytes for the same table."""
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        pyogrio.write_dataframe(table.to_crs("EPSG:4326"), path, layer=layer, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_manifest(facts: Mapping[str, Any], stage: Path) -> None:
    """Write the manifest of all files in the staging folder, with their hashes."""
    files = {
        file.name: {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in sorted(stage.iterdir())
    }
    document = json.dumps({**facts, "files": files}, ensure_ascii=False, indent=2, sort_keys=True)
    (stage / MANIFEST).write_text(document + "\n", encoding="utf-8")
