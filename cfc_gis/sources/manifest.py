"""What lies in a folder of raw data: file, hash, date, source and query of everything that was pulled into it.

``manifest.json`` holds one entry for each file under ``files``. Whoever reads a pulled file can thus tell whether it
is still the file that was pulled. Addresses are noted without user name, password and query: keys may stand there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cfc_gis.sources import files

NAME = "manifest.json"


def entry(path: Path) -> Mapping[str, Any] | None:
    """Return what the manifest beside a file says of it; None without a manifest or an entry that can be read.

    Examples
    --------
    >>> entry(Path("nowhere") / "a.osm.pbf") is None
    True
    """
    found = _read(path.parent / NAME).get(path.name)
    return found if isinstance(found, dict) else None


def record(path: Path, facts: Mapping[str, Any]) -> None:
    """Note a file that was pulled, with its size and SHA-256; an earlier entry of that name is replaced.

    A manifest that cannot be read is set aside as ``manifest.json.damaged``.

    Parameters
    ----------
    path
        The file, in its place.
    facts
        What else is known: ``date``, ``source``, ``query`` and so on, as plain text and numbers.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.osm.pbf"
    ...     _ = file.write_bytes(b"abc")
    ...     record(file, {"source": "Overpass API"})
    ...     entry(file)["bytes"], entry(file)["source"]
    (3, 'Overpass API')
    """
    place = path.parent / NAME
    known = _read(place)
    if not known and place.exists():
        place.replace(place.with_name(f"{NAME}.damaged"))
    known[path.name] = {"bytes": path.stat().st_size, "sha256": files.sha256(path), **facts}
    document = json.dumps({"files": known}, ensure_ascii=False, indent=2, sort_keys=True)
    with files.replaced(place) as part:
        part.write_text(document + "\n", encoding="utf-8")


def _read(place: Path) -> dict[str, Any]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(found) if isinstance(found, dict) else {}
