"""Outputs: whole or not at all, the manifest last, one run at a time, nothing that runs in a spreadsheet."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from cfc_gis import writing
from cfc_gis.errors import DirLocked, NotWritable


def fill(stage: Path, words: str) -> None:
    (stage / "a.csv").write_text(words)
    (stage / "manifest.json").write_text(words)


def contents(path: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in path.iterdir() if file.is_file()}


def test_files_replace_the_earlier_ones(tmp_path: Path) -> None:
    for words in ("first", "second"):
        with writing.folder(tmp_path) as stage:
            fill(stage, words)
    assert contents(tmp_path) == {"a.csv": "second", "manifest.json": "second"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "manifest.json"]


def test_a_failed_run_leaves_the_earlier_files_as_they_were(tmp_path: Path) -> None:
    with writing.folder(tmp_path) as stage:
        fill(stage, "first")

    def fail() -> None:
        with writing.folder(tmp_path) as stage:
            fill(stage, "half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert contents(tmp_path) == {"a.csv": "first", "manifest.json": "first"}


def test_a_killed_run_leaves_the_earlier_files_and_the_next_takes_over(tmp_path: Path) -> None:
    with writing.folder(tmp_path) as stage:
        fill(stage, "first")
    script = (
        "import sys, time, pathlib\nfrom cfc_gis import writing\n"
        "with writing.folder(pathlib.Path(sys.argv[1])) as stage:\n"
        "    (stage / 'a.csv').write_text('half')\n    print('writing', flush=True)\n    time.sleep(60)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "writing\n"
    with pytest.raises(DirLocked) as caught, writing.folder(tmp_path):
        pass
    assert str(run.pid) in caught.value.text("en")
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert {"a.csv": "first", "manifest.json": "first"}.items() <= contents(tmp_path).items()
    with writing.folder(tmp_path) as stage:
        fill(stage, "second")
    assert contents(tmp_path) == {"a.csv": "second", "manifest.json": "second"}


def test_a_lock_of_another_machine_is_respected(tmp_path: Path) -> None:
    (tmp_path / ".cfc-lock").write_text("1 some-other-host")
    assert socket.gethostname() != "some-other-host"
    with pytest.raises(DirLocked, match="some-other-host"), writing.folder(tmp_path):
        pass


def test_a_file_in_the_way_is_refused_before_computing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable):
        writing.refuse_unwritable(tmp_path / "file" / "below")
    writing.refuse_unwritable(tmp_path / "new" / "below")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_before_computing(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(NotWritable):
        writing.refuse_unwritable(tmp_path / "new")


def test_cells_that_begin_like_formulas_are_inert(tmp_path: Path) -> None:
    names = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "甲小学", "-5"]
    writing.write_csv(pd.DataFrame({"name": names, "n": range(8)}), tmp_path / "a.csv")
    back = pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig", dtype=str)["name"].tolist()
    assert back[6:] == ["甲小学", "-5"]
    assert all(name.startswith("'") for name in back[:6])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_layer_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"name": ["甲", None]}, geometry=shapely.points([[5e5, 5e6], [6e5, 5e6]]), crs="EPSG:4551")
    writing.write_layer(table, tmp_path / "a.gpkg", "places")
    time.sleep(1.1)
    writing.write_layer(table, tmp_path / "b.gpkg", "places")
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert gpd.read_file(tmp_path / "a.gpkg").crs == "EPSG:4326"
