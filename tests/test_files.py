"""Files are the old ones or the new ones, never half of either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import pytest

from cfc_gis.errors import NotWritable
from cfc_gis.sources import files


def test_a_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with files.replaced(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_half() -> None:
        with files.replaced(path) as part:
            part.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_fault_46_a_kill_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from cfc_gis.sources import files
        with files.replaced(Path(sys.argv[1])) as part:
            part.write_text("half")
            print("written", flush=True)
            time.sleep(60)
    """)
    run = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout is not None
        assert run.stdout.readline() == "written\n"
        os.kill(run.pid, signal.SIGKILL)
    assert path.read_text() == "old"
    with files.replaced(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"


def test_fault_45_a_full_disk_is_seen_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 GB is free: 700 MB and the 200 MB that stay free fit, 900 MB do not."""
    usage = namedtuple("usage", "total used free")(10**12, 10**12 - 10**9, 10**9)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    files.refuse_full_disk(tmp_path, 700_000_000)
    with pytest.raises(NotWritable) as caught:
        files.refuse_full_disk(tmp_path, 900_000_000)
    assert caught.value.exit_code == 3
    assert "1000 MB" in caught.value.text("en")
    assert "1100 MB" in caught.value.text("zh")
