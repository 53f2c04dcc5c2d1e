"""Whether an extract fits into the memory of the machine, told from its size before it is read."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from cfc_gis.errors import UserError

_FACTORS = {".pbf": 100, ".gz": 45, ".bz2": 60, ".osm": 5}
"""Bytes of memory for each byte of the file. Measured over whole runs: 70 (a file of 15 MB) to 113 (of 2 MB, where
what does not grow weighs more) for .osm.pbf; the same data take 2.4 times as much as .osm.gz, 1.8 times as .osm.bz2 and
20 times as .osm."""
_ALWAYS = 300_000_000  # bytes that a run takes with hardly any data
_SHARE = 0.9  # of the memory that is free; the rest is for the others


def estimate(path: Path) -> int:
    """Return how many bytes of memory a run on an extract takes, roughly: by its size and format.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.osm.pbf"
    ...     _ = file.write_bytes(bytes(1_000_000))
    ...     estimate(file)
    400000000
    """
    return _ALWAYS + path.stat().st_size * _FACTORS.get(path.suffix, _FACTORS[".pbf"])


def refuse_too_large(path: Path, free: int | None = None) -> None:
    """Refuse an extract that would not fit.

    Parameters
    ----------
    path
        The extract.
    free
        Bytes of memory that may be used; by default what the system says. Nothing is refused where it says nothing.

    Raises
    ------
    UserError
        With the estimate and what there is.
    """
    there = available() if free is None else free
    wanted = estimate(path)
    if there is not None and wanted > _SHARE * there:
        facts = {"wanted": f"{wanted / 1e9:.1f}", "free": f"{there / 1e9:.1f}"}
        raise UserError("extract_too_large", path=path, size=round(path.stat().st_size / 1e6), **facts)


def available() -> int | None:
    """Return the bytes of memory that this process may still take; None where the system does not say.

    On Linux also the limit of a container counts.

    Examples
    --------
    >>> (available() or 1) > 0
    True
    """
    if sys.platform == "win32":
        return _available_on_windows()
    found = [_linux(), _container()]
    if found[0] is None and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found[0] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2  # macOS tells only what is built in
    return min((each for each in found if each is not None), default=None)


def _linux() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _container() -> int | None:
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no container, or one without a limit
        return None


def _available_on_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return int(status.free)
