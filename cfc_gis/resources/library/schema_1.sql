-- Version 1: projects, what they answer to and are expected to bring, who took part, and the history.

CREATE TABLE projects (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL CHECK (length(name) > 0),
    kind TEXT NOT NULL,
    category TEXT,
    phase TEXT NOT NULL,
    stage TEXT NOT NULL,
    paused_from TEXT CHECK ((paused_from IS NULL) = (stage <> 'paused')),
    unit_code TEXT,
    unit_name TEXT,
    place TEXT,
    body TEXT,
    domain TEXT,
    national_domain TEXT,
    cost_wan REAL CHECK (cost_wan >= 0),
    funds TEXT,
    note TEXT,
    version INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX projects_stage ON projects (stage, id);
CREATE INDEX projects_kind ON projects (kind, id);
CREATE INDEX projects_phase ON projects (phase, id);
CREATE INDEX projects_unit ON projects (unit_code, id);
CREATE INDEX projects_category ON projects (category, id);
CREATE INDEX projects_body ON projects (body, id);
CREATE INDEX projects_domain ON projects (domain, id);

CREATE TABLE gaps (
    project_id TEXT NOT NULL REFERENCES projects (id),
    level TEXT NOT NULL,
    unit_code TEXT NOT NULL,
    unit_name TEXT,
    indicator TEXT NOT NULL,
    profile TEXT NOT NULL,
    children REAL,
    shortfall_low REAL,
    shortfall_high REAL,
    judgement TEXT,
    standard_id TEXT,
    run TEXT NOT NULL,
    PRIMARY KEY (project_id, level, unit_code, indicator, profile, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE gains (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id TEXT NOT NULL REFERENCES projects (id),
    indicator TEXT NOT NULL,
    profile TEXT NOT NULL,
    children REAL NOT NULL CHECK (children >= 0),
    run TEXT NOT NULL
) STRICT;
CREATE INDEX gains_project ON gains (project_id, seq);

CREATE TABLE participation (
    id TEXT PRIMARY KEY NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (id),
    held_on TEXT NOT NULL,
    group_key TEXT NOT NULL,
    form TEXT NOT NULL,
    people INTEGER NOT NULL CHECK (people >= 0),
    words TEXT NOT NULL
) STRICT;
CREATE INDEX participation_project ON participation (project_id, held_on);

CREATE TABLE history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL CHECK (length(who) > 0),
    action TEXT NOT NULL,
    why TEXT NOT NULL,
    changes TEXT NOT NULL,
    UNIQUE (subject, version)
) STRICT;

-- The history, computed gains and what was said in participation are only ever appended to, whoever opens the file.
CREATE TRIGGER history_kept BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_stays BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_not_replaced BEFORE INSERT ON history
    WHEN EXISTS (SELECT 1 FROM history WHERE seq = NEW.seq OR (subject = NEW.subject AND version = NEW.version))
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER gains_kept BEFORE UPDATE ON gains BEGIN SELECT RAISE(ABORT, 'gains are append-only'); END;
CREATE TRIGGER gains_stay BEFORE DELETE ON gains BEGIN SELECT RAISE(ABORT, 'gains are append-only'); END;
CREATE TRIGGER gains_not_replaced BEFORE INSERT ON gains WHEN EXISTS (SELECT 1 FROM gains WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'gains are append-only'); END;
CREATE TRIGGER participation_kept BEFORE UPDATE ON participation
    BEGIN SELECT RAISE(ABORT, 'participation is append-only'); END;
CREATE TRIGGER participation_stays BEFORE DELETE ON participation
    BEGIN SELECT RAISE(ABORT, 'participation is append-only'); END;
CREATE TRIGGER participation_not_replaced BEFORE INSERT ON participation
    WHEN EXISTS (SELECT 1 FROM participation WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'participation is append-only'); END;
-- A project is cancelled, never deleted, and no change goes past its version.
CREATE TRIGGER projects_stay BEFORE DELETE ON projects BEGIN SELECT RAISE(ABORT, 'projects are never deleted'); END;
CREATE TRIGGER projects_not_replaced BEFORE INSERT ON projects WHEN EXISTS (SELECT 1 FROM projects WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'projects are never replaced'); END;
CREATE TRIGGER projects_versioned BEFORE UPDATE ON projects WHEN NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id
    BEGIN SELECT RAISE(ABORT, 'a change needs the next version'); END;
