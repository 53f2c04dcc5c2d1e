"""Files that are either the old ones or the new ones, never half of either."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cfc_gis.errors import NotWritable

_SPARE_BYTES = 200_000_000  # left free for everything else on the disk
_numbers = itertools.count()


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a temporary path beside a file, which takes the file's place only when it is complete and on the disk.

    Parameters
    ----------
    path
        The file to write or replace. Its folder must exist.

    Yields
    ------
    Path
        Where to write. It is removed when the block fails; the old file then stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replaced(Path(folder) / "a.txt") as part:
    ...         _ = part.write_text("new")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.txt']
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{next(_numbers)}.part")
    try:
        yield part
        sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the bytes of a file are on the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a").write_bytes(b"")
    ...     sha256(Path(folder) / "a")[:8]
    'e3b0c442'
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_full_disk(folder: Path, wanted: int) -> None:
    """Refuse to begin what would not fit on the disk.

    Parameters
    ----------
    folder
        Where it will be written; it must exist.
    wanted
        Bytes that it will take; 200 MB more are left free.

    Raises
    ------
    NotWritable
        When there is less, with both figures.
    """
    free = shutil.disk_usage(folder).free
    if free < wanted + _SPARE_BYTES:
        facts = {"free": round(free / 1e6), "wanted": round((wanted + _SPARE_BYTES) / 1e6)}
        raise NotWritable("disk_full", path=folder, **facts)
