"""The file of the library: opened, locked, migrated, backed up, and its errors told in words.

Why a rollback journal and not WAL: WAL keeps an index in memory that all writers share, which cannot work across
computers, and planners put the file on a network share. ``journal_mode=TRUNCATE`` with ``synchronous=FULL`` waits for
the disk twice before a write counts: once for the old pages, once for the new ones; then the emptied journal is synced
too, so that a write that was reported done survives a power cut, which a deleted journal does not promise.
Every write begins with ``BEGIN IMMEDIATE``: a second writer waits at the door and never finds half way through that
what it read is old.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from cfc_gis.errors import InputDamaged, InputMissing, LibraryBusy, NotWritable
from cfc_gis.sources.files import replaced

SCHEMA = 3
"""The schema that this version writes: the number of its steps, ``resources/library/schema_*.sql``."""

APPLICATION = 0x43464350
"""Mark in the head of the file (``PRAGMA application_id``), so that no other SQLite file is taken for a library."""

WAIT_S = 30.0
"""How long a write waits for another planner's."""

_DENIED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


class Database:
    """A connection to one library file.

    Parameters
    ----------
    path
        The file.
    create
        Whether a new one is made where there is none.
    wait_s
        Seconds to wait for another writer.
    """

    def __init__(self, path: Path, *, create: bool, wait_s: float = WAIT_S) -> None:
        self.path = path
        self.backup_path: Path | None = None
        if not create and not path.is_file():
            raise InputMissing("library_missing", path=path)
        if path.is_dir():
            raise InputMissing("input_is_folder", path=path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable("library_not_writable", path=path, cause=error.strerror or error) from error
        with self._told():
            self._connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
        try:
            with self._told():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; what was reported done is on the disk already."""
        self._connection.close()

    def _prepare(self) -> None:
        self._connection.row_factory = sqlite3.Row
        with self.reading():  # at one moment: another planner may just be making the file
            version, ours = self._one("PRAGMA user_version"), self._one("PRAGMA application_id")
            tables = self._one("SELECT count(*) FROM sqlite_schema")
        if version > SCHEMA and ours == APPLICATION:
            raise InputDamaged("library_newer", path=self.path, found=version, known=SCHEMA)
        if ours != APPLICATION and (version or tables):
            raise InputDamaged("library_foreign", path=self.path)
        for setting in ("journal_mode = TRUNCATE", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            self._connection.execute(f"PRAGMA {setting}")
        if version < SCHEMA:
            self._migrate()

    def _one(self, sql: str) -> int:
        return int(self._connection.execute(sql).fetchone()[0])

    def _migrate(self) -> None:
        """Bring the schema up to date: all its steps or none, an older library saved beside first."""
        with self.writing():
            version = self._one("PRAGMA user_version")  # another planner may just have done it
            if 0 < version < SCHEMA:
                self.backup_path = self.backup(f"v{version}")
            for step in range(version + 1, SCHEMA + 1):
                for statement in _statements(step):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def backup(self, mark: str = "") -> Path:
        """Write a copy beside the file, named by date and time, and check it.

        Raises
        ------
        NotWritable
            When it cannot be written.
        InputDamaged
            When the library, and so its copy, is damaged.
        """
        stamp = dt.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        target = _unused(self.path.with_name(".".join(filter(None, (self.path.stem, stamp, mark, "backup.sqlite")))))
        try:
            with self._told(), replaced(target) as part:
                self._copy(part)
        except NotWritable:
            raise
        except OSError as error:
            raise NotWritable("library_not_writable", path=target, cause=error.strerror or error) from error
        return target

    def _copy(self, target: Path) -> None:
        """Copy and check the file, over a connection of its own: this one may hold the lock of a write just begun."""
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise InputDamaged("library_damaged", path=self.path, cause="integrity_check")

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._told():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that the block writes, or nothing.

        Raises
        ------
        LibraryBusy
            When another planner writes for longer than the wait.
        NotWritable
            When the disk is full or the file is read-only.
        """
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read several tables as they stand at one moment."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._told():
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of the file and the disk into words; a fault of ours stays what it is."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise NotWritable("library_disk_full", path=self.path) from error
            if code in _DENIED or code == sqlite3.SQLITE_IOERR:
                raise NotWritable("library_not_writable", path=self.path, cause=error) from error
            if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise LibraryBusy("library_busy", path=self.path) from error
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise InputDamaged("library_damaged", path=self.path, cause=error) from error
            raise


def _unused(path: Path) -> Path:
    """Return the path, with a number where a backup of the same second has it."""
    names = (path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000)))
    return next(each for each in names if not each.exists())


def _statements(step: int) -> Iterator[str]:
    """Yield the statements of a step one by one: run as a script they would not be one transaction."""
    script = (resources.files("cfc_gis") / "resources" / "library" / f"schema_{step}.sql").read_text(encoding="utf-8")
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""
