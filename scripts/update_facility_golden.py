"""Write tests/fixtures/harbin-facilities.golden.csv: what the lexicon makes of every object in the real extract.

It holds OSM ids and our own words, no names: the extract itself is not part of the repository. Run it after a change of
the lexicon, and read every changed line beside its name before committing it::

    python scripts/update_facility_golden.py

The names are printed for the lines that changed. ``CFC_SHARED`` names the folder of the extract.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from cfc_gis import facilities
from cfc_gis.sources import osm_extract

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "fixtures" / "harbin-facilities.golden.csv"
EXTRACT = "harbin-central-20240409.osm.pbf"
COLUMNS = ("osm_id", "facility_id", "outcome", "evidence")


def outcomes(extract: Path) -> tuple[dict[str, tuple[str, str, str]], dict[str, str]]:
    """Return facility, category or reason, and evidence of each object of interest; and the names of all objects."""
    objects = osm_extract.read(extract).objects.to_crs(4551)
    found = facilities.find(objects)
    rows = {
        osm_id: (site.facility_id, site.category, site.evidence)
        for site in found.table.itertuples()
        for osm_id in site.osm_ids.split(";")
    }
    rows |= {each.osm_id: ("", each.reason, "") for each in found.set_aside.itertuples()}
    names = {osm_id: str(name) for osm_id, name in zip(objects["osm_id"], objects["name"], strict=True)}
    return dict(sorted(rows.items())), names


def read_golden() -> dict[str, tuple[str, str, str]]:
    """Return the golden list, empty where there is none yet."""
    if not GOLDEN.exists():
        return {}
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return {row["osm_id"]: (row["facility_id"], row["outcome"], row["evidence"]) for row in csv.DictReader(file)}


def differences(
    wanted: dict[str, tuple[str, str, str]], found: dict[str, tuple[str, str, str]], names: dict[str, str]
) -> list[str]:
    """Return one line per object whose outcome differs, with its name."""
    return [
        f"{osm_id} {names.get(osm_id, '')}: {wanted.get(osm_id)} -> {found.get(osm_id)}"
        for osm_id in sorted(wanted.keys() | found.keys())
        if wanted.get(osm_id) != found.get(osm_id)
    ]


def main() -> None:
    """Print what changed and write the list."""
    folder = Path(os.environ.get("CFC_SHARED") or ROOT.parent / "shared" / "data" / "harbin")
    found, names = outcomes(folder / EXTRACT)
    changed = differences(read_golden(), found, names)
    print(*changed, f"{len(changed)} of {len(found)} lines changed", sep="\n")
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((osm_id, *row) for osm_id, row in found.items())


if __name__ == "__main__":
    main()
