"""Take a gap, or what a scenario gains, and its proof from the folder of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown, InputDamaged, InputMissing, UserError
from cfc_gis.sources.files import sha256

_KEY = ("level", "unit_code", "indicator", "profile")
_KEPT = (*_KEY, "unit_name", "children", "shortfall_low", "shortfall_high", "judgement", "standard_id")


def run_of(folder: Path) -> str:
    """Return what names a run for good: the SHA-256 of its manifest, which holds those of all its files.

    Raises
    ------
    InputMissing
        When the folder has no manifest: the run did not finish.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise InputMissing("library_no_manifest", path=folder)
    return sha256(manifest)


def gap_of(folder: Path, *, unit_code: str, indicator: str, profile: str, level: str | None = None) -> dict[str, Any]:
    """Return a gap as a run found it, with the hash of the run.

    Parameters
    ----------
    folder
        Results of a run: ``manifest.json`` and ``gaps.csv``.
    unit_code, indicator, profile, level
        Key of the gap, as in :data:`cfc_gis.schema.GAPS`. The level follows from the code of the unit unless given.

    Raises
    ------
    InputMissing
        When the folder holds no finished run.
    InputDamaged
        When ``gaps.csv`` is not the file that the manifest names: a proof must not have been edited.
    ChoiceUnknown
        When the run has no such gap.
    """
    wanted = {"level": level, "unit_code": unit_code, "indicator": indicator, "profile": profile}
    row = _row(folder, "gaps.csv", wanted)
    return {**{name: row[name] for name in _KEPT}, "run": run_of(folder)}


def gain_of(folder: Path, *, unit_code: str, indicator: str, profile: str, level: str | None = None) -> dict[str, Any]:
    """Return the children whom a scenario gains, of which unit and year they are, and the hash of its run.

    Parameters
    ----------
    folder
        What a scenario changes: ``manifest.json`` and ``changes.csv`` (:meth:`cfc_gis.scenario.Outcome.save`).
    unit_code, indicator, profile, level
        Key of the gap that it narrows, as for :func:`gap_of`.

    Raises
    ------
    InputMissing, InputDamaged, ChoiceUnknown
        As :func:`gap_of`, for ``changes.csv``. Where the scenario changes nothing there is no such row.
    UserError
        When the scenario brings nobody there within the standard: less than nothing is no gain.

    Notes
    -----
    They are the children of homes that stand already: those of housing that a scenario builds are no gain of a project.
    """
    wanted = {"level": level, "unit_code": unit_code, "indicator": indicator, "profile": profile}
    row = _row(folder, "changes.csv", wanted)
    if row["gained_residents"] < 0:
        raise UserError("library_loss", unit=text.display(row["unit_name"]), children=-row["gained_residents"])
    plan = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["scenario"]
    return {
        **{name: row[name] for name in (*_KEY, "unit_name")},
        "scenario": plan["name"],
        "year": plan["year"],
        "births": None if plan["year"] is None else plan["births"],
        "children": row["gained_residents"],
        "run": run_of(folder),
    }


def _row(folder: Path, name: str, wanted: dict[str, str | None]) -> dict[str, Any]:
    """Return the one row of a table of a run that has the values that are given; missing values are None."""
    import pandas as pd

    run_of(folder)
    table = folder / name
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if not table.is_file():
        raise InputMissing("input_missing", path=table)
    if manifest.get("files", {}).get(name, {}).get("sha256") != sha256(table):
        raise InputDamaged("library_run_edited", path=table)
    rows = pd.read_csv(table, dtype={"unit_code": str}, encoding="utf-8-sig")
    given = {column: value for column, value in wanted.items() if value is not None}
    rows = rows[(rows[list(given)] == pd.Series(given)).all(axis=1)]
    if len(rows) != 1:
        raise ChoiceUnknown("library_gap_unknown", found=text.display(" / ".join(given.values())), path=table)
    return {str(key): None if pd.isna(value) else value for key, value in rows.iloc[0].items()}
