-- Version 2: the three lists of the plan. Major projects are projects that bear the mark; expected results and policy measures are
-- entries, linked many to many with each other and with projects.

ALTER TABLE projects ADD COLUMN major TEXT NOT NULL DEFAULT 'no' CHECK (major IN ('yes', 'no'));
CREATE INDEX projects_major ON projects (major, id);

CREATE TABLE entries (
    id TEXT PRIMARY KEY NOT NULL,
    register TEXT NOT NULL CHECK (register IN ('result', 'measure')),
    name TEXT NOT NULL CHECK (length(name) > 0),
    phase TEXT,
    body TEXT,
    domain TEXT,
    target TEXT,
    note TEXT,
    version INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX entries_register ON entries (register, id);

CREATE TABLE entry_links (
    result_id TEXT NOT NULL REFERENCES entries (id),
    measure_id TEXT NOT NULL REFERENCES entries (id),
    PRIMARY KEY (result_id, measure_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_links_measure ON entry_links (measure_id, result_id);

CREATE TABLE project_links (
    entry_id TEXT NOT NULL REFERENCES entries (id),
    project_id TEXT NOT NULL REFERENCES projects (id),
    PRIMARY KEY (entry_id, project_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_links_project ON project_links (project_id, entry_id);

CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER entries_not_replaced BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER entries_versioned BEFORE UPDATE ON entries WHEN NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id
    BEGIN SELECT RAISE(ABORT, 'a change needs the next version'); END;
