"""Answers of a server, kept on the disk by what was asked.

An answer is a compressed file named by the SHA-256 of its query, and beside it a note in JSON: query, hash, server,
when it was fetched, and of when its data are. The note is written last, and an answer counts only with a note whose
hash it matches. The address of the server is no part of the name: keys may stand in it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cfc_gis.sources import files
from cfc_gis.sources.web import Tell, quiet

_DAY_S = 86400


@dataclass(frozen=True)
class Kept:
    """An answer on the disk.

    Parameters
    ----------
    path
        The answer, ``.osm.gz``.
    server
        Host that gave it.
    fetched
        When, in UTC.
    data_date
        Date and time of its data, as the server says; "" where it does not.
    """

    path: Path
    server: str
    fetched: datetime
    data_date: str

    @property
    def age_days(self) -> float:
        """Days since it was fetched; 0 where the clock has been put back."""
        return max(0.0, (datetime.now(UTC) - self.fetched).total_seconds() / _DAY_S)


def find(folder: Path, query: str, tell: Tell = quiet) -> Kept | None:
    """Return the answer to a query; None where there is none.

    An answer that does not match its note is set aside as ``.damaged`` and told of; one without a note was never
    finished.

    Parameters
    ----------
    folder
        Folder of the cache.
    query
        Exactly what was asked.
    tell
        Called where an answer is damaged.

    Examples
    --------
    >>> find(Path("nowhere"), "node(1);out;") is None
    True
    """
    path, note = _places(folder, query)
    if not (path.exists() and note.exists()):
        return None
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        if said["sha256"] == files.sha256(path):
            return Kept(path, said["server"], datetime.fromisoformat(said["fetched"]), said["data_date"])
    except (ValueError, KeyError, TypeError):
        pass  # the note is damaged
    note.unlink()
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    tell("pull.cache_damaged", path=aside)
    return None


def keep(folder: Path, query: str, answer: Path, *, server: str, data_date: str) -> Kept:
    """Keep a valid answer.

    Parameters
    ----------
    folder
        Folder of the cache, made where it is missing.
    query
        What was asked.
    answer
        File with the answer, uncompressed.
    server, data_date
        As in :class:`Kept`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     answer = Path(folder) / "answer"
    ...     _ = answer.write_text("<osm/>")
    ...     _ = keep(Path(folder), "node(1);out;", answer, server="overpass.example", data_date="")
    ...     find(Path(folder), "node(1);out;").server
    'overpass.example'
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, note = _places(folder, query)
    kept = Kept(path, server, datetime.now(UTC).replace(microsecond=0), data_date)
    note.unlink(missing_ok=True)  # from here until the new note there is no answer
    with (
        files.replaced(path) as part,
        part.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        answer.open("rb") as plain,
    ):
        shutil.copyfileobj(plain, packed)
    facts = {
        "query": query,
        "sha256": files.sha256(path),
        "server": server,
        "fetched": kept.fetched.isoformat(),
        "data_date": data_date,
    }
    with files.replaced(note) as part:
        part.write_text(json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return kept


def _places(folder: Path, query: str) -> tuple[Path, Path]:
    name = hashlib.sha256(query.encode()).hexdigest()[:32]
    return folder / f"{name}.osm.gz", folder / f"{name}.json"
