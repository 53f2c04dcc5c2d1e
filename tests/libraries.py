"""What the tests of the library share: projects to add, and a library of the first schema as it once was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cfc_gis.library import Project, ProjectLibrary

BY = {"who": "李工", "why": "会议纪要"}
RUN = "0123456789abcdef" * 4
GAP = {
    "level": "district",
    "unit_code": "230102",
    "indicator": "primary_school.within_standard",
    "profile": "age6_8.winter",
    "judgement": "gap",
    "children": 1200.5,
    "shortfall_low": 310.25,
    "standard_id": "primary_school.network500",
    "run": RUN,
}
GAIN = {"indicator": "primary_school.within_standard", "profile": "age6_8.winter", "children": 321.5, "run": RUN}
SAID = {"held_on": "2025-06-01", "group_key": "children", "form": "drawing", "people": 24, "words": "想要树荫和秋千"}

# The names of hostile strangers: markup, formulas, SQL, templates, paths, control and bidirectional signs.
HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="x',
    "{{ 7 * 7 }}${x}`\\",
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1",
    "'=1",
    "''=1",
    "' =1",
    "'); DROP TABLE projects; --",
    "%_\\",
    "CON",
    "../../etc/passwd",
    "第一\u202e小学",
    "a\tb\r\nc\x07",
    "12",
    "-3.5",
    "0012",
    "1e5",
    "True",
    "2025-01-01",
    "好" * 200,
)


def project(**more: object) -> dict[str, object]:
    return {"name": "和兴小学扩建", "kind": "expand", "phase": "2025", **more}


def add(library: ProjectLibrary, **more: object) -> Project:
    return library.add(project(**more), **BY)


def build_version_1(path: Path) -> None:
    """Make a library as the first schema had it, with one project and its history."""
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        PRAGMA application_id = 1128678224;
        PRAGMA user_version = 1;
        CREATE TABLE projects (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL CHECK (length(name) > 0), kind TEXT NOT NULL,
            category TEXT,
            phase TEXT NOT NULL, stage TEXT NOT NULL,
            paused_from TEXT CHECK ((paused_from IS NULL) = (stage <> 'paused')),
            unit_code TEXT, unit_name TEXT, place TEXT, body TEXT, domain TEXT, national_domain TEXT,
            cost_wan REAL CHECK (cost_wan >= 0), funds TEXT, note TEXT,
            version INTEGER NOT NULL, changed_at TEXT NOT NULL, changed_by TEXT NOT NULL
        ) STRICT;
        CREATE TABLE gaps (
            project_id TEXT NOT NULL REFERENCES projects (id), level TEXT NOT NULL, unit_code TEXT NOT NULL,
            unit_name TEXT, indicator TEXT NOT NULL, profile TEXT NOT NULL, children REAL, shortfall_low REAL,
            shortfall_high REAL, judgement TEXT, standard_id TEXT, run TEXT NOT NULL,
            PRIMARY KEY (project_id, level, unit_code, indicator, profile, run)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE gains (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL REFERENCES projects (id),
            indicator TEXT NOT NULL, profile TEXT NOT NULL, children REAL NOT NULL CHECK (children >= 0),
            run TEXT NOT NULL
        ) STRICT;
        CREATE TABLE participation (
            id TEXT PRIMARY KEY NOT NULL, project_id TEXT NOT NULL REFERENCES projects (id),
            held_on TEXT NOT NULL,
            group_key TEXT NOT NULL, form TEXT NOT NULL, people INTEGER NOT NULL CHECK (people >= 0),
            words TEXT NOT NULL
        ) STRICT;
        CREATE TABLE history (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, version INTEGER NOT NULL, at TEXT NOT NULL,
            who TEXT NOT NULL CHECK (length(who) > 0), action TEXT NOT NULL, why TEXT NOT NULL, changes TEXT NOT NULL,
            UNIQUE (subject, version)
        ) STRICT;
        INSERT INTO projects VALUES ('XM-00007', '旧项目', 'new', NULL, '2025', 'idea', NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, 12.5, NULL, NULL, 1, '2025-01-01T00:00:00+08:00', '王工');
        INSERT INTO history (subject, version, at, who, action, why, changes) VALUES
            ('projects/XM-00007', 1, '2025-01-01T00:00:00+08:00', '王工', 'add', '初建', '{}');
        """
    )
    connection.close()
