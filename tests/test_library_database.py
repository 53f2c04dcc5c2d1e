"""The file of the library: killed in the middle, written by two at once, full disk, older and newer schemas."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cfc_gis.errors import InputDamaged, InputMissing, LibraryBusy, NotWritable
from cfc_gis.library import ProjectLibrary
from cfc_gis.library.database import APPLICATION, SCHEMA
from tests.libraries import BY, GAIN, SAID, add, build_version_1

ROOT = Path(__file__).resolve().parent.parent

# Adds projects for ever and says each one that was reported done.
WRITER = """
import sys
from cfc_gis.library import ProjectLibrary
from tests.libraries import BY, SAID, add
with ProjectLibrary(sys.argv[1]) as library:
    while True:
        made = library.participate(add(library).id, SAID, **BY)
        print(made.id, flush=True)
"""

# Makes 1,000 edits of one project, reading it anew whenever the other was quicker.
EDITOR = """
import sys
from cfc_gis.errors import ProjectChanged
from cfc_gis.library import ProjectLibrary
path, project_id, who, edits = sys.argv[1:]
told = 0
with ProjectLibrary(path) as library:
    library._db.rows("PRAGMA synchronous = OFF")  # no power is cut here; locks and transactions are the same
    seen = library.project(project_id)
    for number in range(int(edits)):
        while True:
            try:
                seen = library.edit(project_id, {"note": f"{who} {number}"}, version=seen.version, who=who, why="edit")
                break
            except ProjectChanged:
                told += 1
                seen = library.project(project_id)
print(told)
"""


def run(script: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    answers = [connection.execute(f"PRAGMA {check}").fetchall() for check in ("integrity_check", "foreign_key_check")]
    connection.close()
    return answers == [[("ok",)], []]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "projects.sqlite"
    ProjectLibrary(file, create=True).close()
    return file


def test_the_file_is_set_up_for_network_shares_and_power_cuts(path: Path) -> None:
    with ProjectLibrary(path) as library:
        settings = {
            name: library._db.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version", "application_id")
        }
    wanted = {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1}
    assert settings == {**wanted, "user_version": SCHEMA, "application_id": APPLICATION}


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("after", [3, 31, 64, 97])
def test_fault_46_killed_in_the_middle_of_100_writes(path: Path, after: int) -> None:
    """What was reported done is there, and nothing is there by half."""
    process = run(WRITER, path)
    assert process.stdout is not None
    done = [process.stdout.readline().strip() for _ in range(after)]
    time.sleep(0.001 * (after % 7))  # die at different moments of the next write
    process.send_signal(signal.SIGKILL)
    done += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    with ProjectLibrary(path) as library:
        found = library.projects()
        history = library.history()
        people = library.table("participation")
    assert sound(path)
    assert set(done) <= set(people["project_id"])
    assert len(done) <= len(found) <= len(done) + 1
    # Each change is there with its history: one line for adding, one for participation, versions without a gap.
    assert history.groupby("id")["version"].apply(list).tolist() == [
        list(range(1, version + 1)) for version in found["version"]
    ]
    assert (found["version"] == 2).sum() == len(people)


def test_fault_46_killed_with_the_journal_full(path: Path) -> None:
    """A write that died between the journal and the commit is undone by whoever opens the file next."""
    with ProjectLibrary(path) as library:
        before = add(library)
    script = """
import os, sys
from cfc_gis.library import ProjectLibrary
library = ProjectLibrary(sys.argv[1])
library._db.rows("PRAGMA cache_size = 1")  # so that changed pages reach the file before the commit
with library._db.writing():
    for _ in range(200):
        library._db.rows("UPDATE projects SET note = hex(randomblob(4000)), version = version + 1")
        library._db.rows("INSERT INTO history (subject, version, at, who, action, why, changes) "
                         "SELECT 'x', count(*), '', 'x', 'edit', 'x', hex(randomblob(3000)) FROM history")
    os.kill(os.getpid(), 9)
"""
    size = path.stat().st_size
    run(script, path).communicate()
    assert path.stat().st_size > size, "half a write had reached the file"
    assert path.with_name(f"{path.name}-journal").stat().st_size > 0
    with ProjectLibrary(path) as library:
        assert library.project(before.id) == before
        assert len(library.history()) == 1
    assert sound(path)


def test_two_processes_write_1000_edits_each_to_one_project(path: Path) -> None:
    """The harder half of the promise: every edit of both is in the history, in one unbroken row of versions."""
    edits = 1000
    with ProjectLibrary(path) as library:
        made = add(library)
    processes = [run(EDITOR, path, made.id, who, edits) for who in ("李工", "王工")]
    told = [int(process.communicate(timeout=300)[0]) for process in processes]
    with ProjectLibrary(path) as library:
        now, history = library.project(made.id), library.history(made.id)
    assert [process.returncode for process in processes] == [0, 0]
    assert now.version == 2 * edits + 1
    assert history["version"].tolist() == list(range(1, 2 * edits + 2))
    for who in ("李工", "王工"):
        notes = [changes["note"][1] for changes in history[history["who"] == who]["changes"] if "note" in changes]
        assert [note for note in notes if note.startswith(who)] == [f"{who} {number}" for number in range(edits)]
    written = history["changes"].iloc[1:].tolist()
    assert all(a["note"][1] == b["note"][0] for a, b in itertools.pairwise(written)), "none was overwritten unseen"
    assert min(told) >= 0
    assert sum(told) > 0, "they did meet, and were told"
    assert sound(path)


def test_several_may_make_the_library_at_once(tmp_path: Path) -> None:
    script = """
import sys
from cfc_gis.library import ProjectLibrary
from tests.libraries import add
with ProjectLibrary(sys.argv[1], create=True) as library:
    add(library)
"""
    processes = [run(script, tmp_path / "new" / "p.sqlite") for _ in range(4)]
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0] * 4
    with ProjectLibrary(tmp_path / "new" / "p.sqlite") as library:
        assert library.projects()["id"].tolist() == [f"XM-0000{number}" for number in range(1, 5)]


def test_a_library_that_another_tool_set_to_wal_is_set_back(path: Path) -> None:
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    other.close()
    with ProjectLibrary(path) as library:
        assert library._db.rows("PRAGMA journal_mode")[0][0] == "truncate"
        assert add(library).version == 1


def test_a_writer_waits_and_then_says_that_another_writes(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ProjectLibrary(path, wait_s=0.05) as library:
        with pytest.raises(LibraryBusy) as told:
            add(library)
        assert told.value.exit_code == 3
        assert len(library.projects()) == 0, "reading goes on meanwhile"
        other.execute("ROLLBACK")
        other.close()
        assert add(library).version == 1


def test_fault_45_a_full_disk_undoes_the_write_and_keeps_all_before(path: Path) -> None:
    """A file that may not grow answers as a full disk does: SQLITE_FULL."""
    with ProjectLibrary(path) as library:
        before = add(library)
        pages = library._db.rows("PRAGMA page_count")[0][0]
        library._db.rows(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(NotWritable) as told:
            any(add(library, note="长" * 1900) is None for _ in range(100))
        assert told.value.key == "library_disk_full"
        assert told.value.exit_code == 3
        kept = len(library.projects())
        assert kept == len(library.history())
        assert library.project(before.id) == before
        library._db.rows("PRAGMA max_page_count = 1000000")
        assert len(add(library, note="长" * 1900).note or "") == 1900
    assert sound(path)


@pytest.mark.skipif(os.name == "nt", reason="RLIMIT_FSIZE is of POSIX")
def test_fault_45_the_system_refuses_to_write_more(path: Path) -> None:
    """The same from below SQLite: the system itself fails the write, in the file or in its journal."""
    script = """
import resource, sys
from cfc_gis.errors import NotWritable
from cfc_gis.library import ProjectLibrary
from tests.libraries import add
with ProjectLibrary(sys.argv[1]) as library:
    size = library.path.stat().st_size + 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    done = 0
    try:
        for done in range(1000):
            add(library, note="x" * 1500)
    except NotWritable as error:
        print(done, error.key)
"""
    out, _ = run(script, path).communicate()
    done, key = out.split()
    assert key in {"library_not_writable", "library_disk_full"}
    with ProjectLibrary(path) as library:
        assert len(library.projects()) == len(library.history()) == int(done) > 0
    assert sound(path)


def test_an_older_schema_is_backed_up_and_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "projects.sqlite"
    build_version_1(file)
    before = sqlite3.connect(file)
    rows = [before.execute(f"SELECT * FROM {table}").fetchall() for table in ("projects", "history")]
    before.close()
    with ProjectLibrary(file) as library:
        saved = library.backup_path
        assert saved is not None
        assert saved.parent == tmp_path
        assert saved.name.startswith("projects.20")
        assert saved.name.endswith(".v1.backup.sqlite")
        old = library.project("XM-00007")
        assert (old.name, old.major, old.cost_wan, old.version) == ("旧项目", "no", 12.5, 1)
        entry = library.add_entry({"register": "result", "name": "新清单"}, **BY)
        library.link(entry, old.id, **BY)
        library.record_gain(old.id, {**GAIN, "unit_code": "230103", "unit_name": "南岗区", "year": 2030}, **BY)
        assert (library.project(old.id).gain_unit, library.project(old.id).gain_year) == ("南岗区", 2030)
        library.participate(old.id, SAID, **BY)
        assert add(library).id == "XM-00008"
    copy = sqlite3.connect(saved)
    assert [copy.execute(f"SELECT * FROM {table}").fetchall() for table in ("projects", "history")] == rows
    assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    copy.close()
    with ProjectLibrary(file) as library:
        assert library.backup_path is None
    assert len(list(tmp_path.glob("*.backup.sqlite"))) == 1


def test_a_new_library_and_a_migrated_one_are_the_same(tmp_path: Path, path: Path) -> None:
    old = tmp_path / "old.sqlite"
    build_version_1(old)
    ProjectLibrary(old).close()

    def shape(file: Path) -> dict[str, list[tuple[object, ...]]]:
        connection = sqlite3.connect(file)
        names = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        ]
        columns = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
        connection.close()
        return columns

    assert shape(old) == shape(path)


def test_a_migration_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "projects.sqlite"
    build_version_1(file)
    spoilt = sqlite3.connect(file)
    spoilt.execute("CREATE TABLE entries (x)")  # the step that makes this table will fail, after others
    spoilt.commit()
    spoilt.close()
    with pytest.raises(sqlite3.OperationalError):
        ProjectLibrary(file)
    left = sqlite3.connect(file)
    assert left.execute("PRAGMA user_version").fetchone() == (1,)
    assert "major" not in [row[1] for row in left.execute("PRAGMA table_info(projects)")]
    left.close()
    assert len(list(tmp_path.glob("*.backup.sqlite"))) == 1


def test_a_newer_library_is_refused_untouched(path: Path) -> None:
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(InputDamaged) as told:
        ProjectLibrary(path, create=True)
    assert told.value.key == "library_newer"
    assert str(SCHEMA + 1) in told.value.text("zh")
    assert path.read_bytes() == before


def test_other_files_are_refused_untouched(tmp_path: Path) -> None:
    foreign = tmp_path / "other.sqlite"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    text = tmp_path / "text.sqlite"
    text.write_text("not a database, but long enough to be read as one" * 100)
    for file, key in ((foreign, "library_foreign"), (text, "library_damaged")):
        before = file.read_bytes()
        with pytest.raises(InputDamaged) as told:
            ProjectLibrary(file, create=True)
        assert told.value.key == key
        assert file.read_bytes() == before
    for missing in (tmp_path / "none.sqlite", tmp_path):
        with pytest.raises(InputMissing):
            ProjectLibrary(missing)
    assert not (tmp_path / "none.sqlite").exists()


def test_a_damaged_library_says_so(path: Path) -> None:
    with ProjectLibrary(path) as library:
        for _ in range(50):
            add(library, note="x" * 500)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(InputDamaged) as told, ProjectLibrary(path) as library:
        library.projects()
    assert told.value.key == "library_damaged"
    assert told.value.exit_code == 2


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everything")
def test_fault_50_a_read_only_library_is_read_and_not_written(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with ProjectLibrary(path) as library:
            assert library.projects().empty
            with pytest.raises(NotWritable):
                add(library)
        with pytest.raises(NotWritable):
            ProjectLibrary(path.parent / "new" / "p.sqlite", create=True)
    finally:
        path.parent.chmod(0o755)


def test_a_folder_that_is_a_file_is_told(path: Path) -> None:
    with pytest.raises(NotWritable):
        ProjectLibrary(path / "p.sqlite", create=True)


def test_a_backup_is_a_library_of_its_own(path: Path) -> None:
    with ProjectLibrary(path) as library:
        made = add(library)
        copies = [library.backup(), library.backup()]
    assert len(set(copies)) == 2
    with ProjectLibrary(copies[0]) as library:
        assert library.project(made.id) == made


def test_ten_thousand_projects_are_listed_and_filtered_in_a_fifth_of_a_second(path: Path) -> None:
    with ProjectLibrary(path) as library:
        first = add(library)
        columns = [row[1] for row in library._db.rows("PRAGMA table_info(projects)")]
        others = ", ".join(name for name in columns if name not in {"id", "name"})
        with library._db.writing():
            for number in range(2, 10_001):
                key, name = f"XM-{number:05}", f"第{number}号项目"
                library._db.rows(
                    f"INSERT INTO projects (id, name, {others}) SELECT ?, ?, {others} FROM projects WHERE id = ?",
                    (key, name, first.id),
                )

        def quickest(act: Callable[[], object]) -> float:
            """Of several rounds, since others work on the machine."""
            seconds = []
            for _ in range(7):
                began = time.perf_counter()
                act()
                seconds.append(time.perf_counter() - began)
            return min(seconds)

        assert len(library.projects()) == 10_000
        assert quickest(library.projects) < 0.2
        assert quickest(lambda: library.projects(stage=first.stage)) < 0.2
        assert quickest(lambda: library.projects(name="第9号")) < 0.2
