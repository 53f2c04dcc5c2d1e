"""The project library: its verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.faults import InputsReport
from cfc_gis.library import exchange, queries, records, rules, sheet, values
from cfc_gis.library.database import WAIT_S, Database
from cfc_gis.library.project import Project
from cfc_gis.library.records import Act

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

DEFAULT = Path("data/processed/projects.sqlite")
"""Where the library is unless another file is named."""

_OURS = ("stage", "paused_from", "version")


def _local_time() -> dt.datetime:
    return dt.datetime.now().astimezone()


class ProjectLibrary:
    """A file of projects that several planners keep through the years.

    Every writing verb names who writes and why, and appends to the history, which nobody can change. Close it, or use
    it as a context manager.

    Parameters
    ----------
    path
        The SQLite file. One of an older schema is saved beside and brought up to date; a newer one is refused.
    create
        Whether a new library is made where there is none.
    wait_s
        Seconds to wait while another planner writes.
    clock
        Tells the time of a change.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is no library, damaged, or of a newer version of the toolkit.
    LibraryBusy, NotWritable
        When it cannot be opened or brought up to date.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with ProjectLibrary(Path(folder.name) / "projects.sqlite", create=True) as library:
    ...     project = library.add({"name": "和兴小学扩建", "kind": "扩建", "phase": "2025"}, who="李工", why="年度计划")
    ...     project = library.move(project.id, "储备", version=project.version, who="李工", why="会议纪要")
    ...     project.stage, project.version, library.history(project.id)["action"].tolist()
    ('reserve', 2, ['add', 'move'])
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | Path = DEFAULT,
        *,
        create: bool = False,
        wait_s: float = WAIT_S,
        clock: Callable[[], dt.datetime] = _local_time,
    ) -> None:
        self._clock = clock
        self._db = Database(Path(path), create=create, wait_s=wait_s)

    @property
    def path(self) -> Path:
        """The file."""
        return self._db.path

    @property
    def backup_path(self) -> Path | None:
        """The copy that was saved because the file was of an older schema; ``None`` where it was not."""
        return self._db.backup_path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _act(self, action: str, who: str, why: str) -> Act:
        return Act(action, *records.signed(who, why), self._clock().isoformat(timespec="seconds"))

    # Projects

    def project(self, project_id: str) -> Project:
        """Return a project as it is now.

        Raises
        ------
        ChoiceUnknown
            When there is none of that id.
        """
        row = records.current(self._db, rules.PROJECTS, project_id)
        gained = self._db.rows("SELECT * FROM gains WHERE project_id = ? ORDER BY seq DESC LIMIT 1", (project_id,))
        return Project(**row, **{name: gained[0][column] for name, column in queries.GAINED.items() if gained})

    def select(self, **filters: object) -> tuple[Project, ...]:
        """Return the projects that fit, in the order of their ids.

        Parameters
        ----------
        **filters
            Wanted values of :data:`cfc_gis.library.queries.FILTERS`, as keys or words; ``name`` is a part of the name
            of the project or its unit.

        Raises
        ------
        ChoiceUnknown, TableFault
            When there is no such filter, or a value that its field cannot have.
        """
        sql, bound = queries.projects(filters)
        return tuple(Project(*row) for row in self._db.rows(sql, bound))  # the columns are its fields, in order

    def projects(self, **filters: object) -> pd.DataFrame:
        """Return the projects that fit as a table, one row each; filters as for :meth:`select`.

        Missing text is ``None``, a missing number NaN.
        """
        from cfc_gis.library import frames

        return frames.projects(self._db, filters)

    def layers(self, lang: str = "zh") -> dict[str, gpd.GeoDataFrame]:
        """Return the projects that have a place, one layer for each stage: for ``result.map(layers=...)``."""
        from cfc_gis.library import frames

        return frames.by_stage(self.projects(), lang)

    def add(self, given: Mapping[str, object], *, who: str, why: str) -> Project:
        """Add a project.

        Parameters
        ----------
        given
            Values by field; ``name``, ``kind`` and ``phase`` are needed, ``stage`` is 谋划 unless named. An id is
            given where none is named.
        who, why
            The planner and the reason, for the history.

        Raises
        ------
        TableFault
            With all values that cannot be taken.
        ChoiceUnknown
            When a field does not exist.
        UserError
            When the id is taken, or nobody or no reason is named.
        """
        act = self._act("add", who, why)
        taken = values.checked(rules.PROJECTS, {"stage": "idea", **given})
        del taken["version"]
        taken["major"] = taken["major"] or "no"
        with self._db.writing():
            project_id = records.free_id(self._db, rules.PROJECTS, taken["id"], rules.PROJECTS)
            records.insert(self._db, rules.PROJECTS, {**taken, "id": project_id}, act)
        return self.project(project_id)

    def edit(self, project_id: str, changes: Mapping[str, object], *, version: int, who: str, why: str) -> Project:
        """Change fields of a project; its stage is moved by :meth:`move`.

        Parameters
        ----------
        project_id
            The project.
        changes
            New values by field; ``None`` or empty text takes a value away.
        version
            The version that the planner saw (:attr:`Project.version`).
        who, why
            The planner and the reason, for the history.

        Raises
        ------
        ProjectChanged
            When another planner changed it since; nothing is written.
        TableFault, ChoiceUnknown, UserError
            As for :meth:`add`.
        """
        self._edit(rules.PROJECTS, project_id, changes, version, self._act("edit", who, why))
        return self.project(project_id)

    def _edit(self, table: str, subject_id: str, changes: Mapping[str, object], version: int, act: Act) -> None:
        taken = values.checked(table, changes, part=True)
        if fixed := sorted({"id", "register", *_OURS} & taken.keys()):
            known = ", ".join(field.name for field in rules.fields(table) if field.name not in {"id", *_OURS})
            raise ChoiceUnknown("library_field_fixed", found=", ".join(fixed), known=known)
        if "major" in taken:
            taken["major"] = taken["major"] or "no"
        with self._db.writing():
            records.update(self._db, table, subject_id, taken, act, version)

    def move(self, project_id: str, stage: str, *, version: int, who: str, why: str) -> Project:
        """Move a project to another stage.

        Parameters
        ----------
        project_id, version, who, why
            As for :meth:`edit`.
        stage
            Key or words of the stage; :attr:`Project.next_stages` holds those that are legal.

        Raises
        ------
        MoveRefused
            When the plan knows no such move; the message names those that are legal.
        ProjectChanged, TableFault, ChoiceUnknown, UserError
            As for :meth:`edit`.
        """
        act = self._act("move", who, why)
        wanted = str(values.checked(rules.PROJECTS, {"stage": stage}, part=True)["stage"])
        with self._db.writing():
            was = records.current(self._db, rules.PROJECTS, project_id)
            records.refuse_stale(self._db, rules.PROJECTS, was, version)
            new = rules.moved(project_id, was["stage"], was["paused_from"], wanted)
            records.update(self._db, rules.PROJECTS, project_id, {**new}, act)
        return self.project(project_id)

    # What stands beside a project

    def link_gap(self, project_id: str, gap: Mapping[str, object], *, who: str, why: str) -> Project:
        """Link a gap that the project answers to.

        Parameters
        ----------
        project_id, who, why
            As for :meth:`edit`.
        gap
            Level, unit, indicator and profile as in :data:`cfc_gis.schema.GAPS`, with ``run``, the SHA-256 of the
            manifest of the run that found it; :func:`cfc_gis.library.gap_of` takes it from the folder of a run.

        Raises
        ------
        TableFault, ChoiceUnknown, UserError
            As for :meth:`add`; also where it is linked already.
        """
        return self._beside("gaps", project_id, gap, self._act("link_gap", who, why))

    def record_gain(self, project_id: str, gain: Mapping[str, object], *, who: str, why: str) -> Project:
        """Record how many children the project is expected to bring within the standard, as a run computed it.

        Parameters
        ----------
        project_id, who, why
            As for :meth:`edit`.
        gain
            ``indicator``, ``profile``, ``children`` and ``run``, the SHA-256 of the manifest of the run, with
            ``level``, ``unit_code``, ``unit_name``, ``scenario``, ``year`` and ``births`` as far as they are known;
            :func:`cfc_gis.library.gain_of` takes them from the folder of a scenario. The last one recorded counts;
            earlier ones stay.
        """
        return self._beside("gains", project_id, gain, self._act("record_gain", who, why))

    def participate(self, project_id: str, said: Mapping[str, object], *, who: str, why: str) -> Project:
        """Record how children and residents took part: how many, how, and what they said. Never who they are.

        Parameters
        ----------
        project_id, who, why
            As for :meth:`edit`.
        said
            ``held_on`` (date), ``group_key``, ``form``, ``people`` (how many) and ``words``. An entry is never changed;
            what was wrong is corrected by another one.
        """
        return self._beside("participation", project_id, said, self._act("participate", who, why))

    def _beside(self, table: str, project_id: str, given: Mapping[str, object], act: Act) -> Project:
        row = values.checked(table, {**given, "project_id": project_id})
        with self._db.writing():
            records.current(self._db, rules.PROJECTS, project_id)
            if "id" in row:
                row["id"] = records.free_id(self._db, table, row["id"], table)
            records.put_beside(self._db, table, row, act)
        return self.project(project_id)

    def unlink_gap(self, project_id: str, gap: Mapping[str, object], *, who: str, why: str) -> Project:
        """Take the link to a gap away; the history keeps it.

        Raises
        ------
        ChoiceUnknown
            When it is not linked.
        """
        act = self._act("unlink_gap", who, why)
        row = values.checked("gaps", {**gap, "project_id": project_id})
        with self._db.writing():
            records.remove(self._db, "gaps", row, act)
        return self.project(project_id)

    # The three lists

    def add_entry(self, given: Mapping[str, object], *, who: str, why: str) -> str:
        """Add an expected result (预期成果) or a policy measure (政策措施), and return its id.

        Major projects (重大项目), the third list, are the projects whose field ``major`` is ``yes``.

        Parameters
        ----------
        given
            ``register`` (``result`` or ``measure``) and ``name`` are needed.
        who, why
            As for :meth:`add`.
        """
        act = self._act("add", who, why)
        taken = values.checked(rules.ENTRIES, given)
        del taken["version"]
        with self._db.writing():
            entry_id = records.free_id(self._db, rules.ENTRIES, taken["id"], str(taken["register"]))
            records.insert(self._db, rules.ENTRIES, {**taken, "id": entry_id}, act)
        return entry_id

    def edit_entry(self, entry_id: str, changes: Mapping[str, object], *, version: int, who: str, why: str) -> None:
        """Change an expected result or a policy measure; as :meth:`edit`."""
        self._edit(rules.ENTRIES, entry_id, changes, version, self._act("edit", who, why))

    def link(self, entry_id: str, other_id: str, *, who: str, why: str) -> None:
        """Link an expected result or policy measure with a project, or an expected result with a policy measure.

        Raises
        ------
        ChoiceUnknown
            When there is no such entry or project.
        UserError
            When they are linked already, or are two of the same list.
        """
        act = self._act("link", who, why)
        with self._db.writing():
            table, row = records.link_of(self._db, entry_id, other_id)
            records.put_beside(self._db, table, row, act)

    def unlink(self, entry_id: str, other_id: str, *, who: str, why: str) -> None:
        """Take a link away; the history keeps it."""
        act = self._act("unlink", who, why)
        with self._db.writing():
            table, row = records.link_of(self._db, entry_id, other_id)
            records.remove(self._db, table, row, act)

    def entries(self, register: str | None = None) -> pd.DataFrame:
        """Return expected results and policy measures, one row each.

        Parameters
        ----------
        register
            ``result`` or ``measure``, or their words; both unless named.

        Returns
        -------
        pandas.DataFrame
            The fields of an entry, and ``linked``: ids of the projects, measures or results it is linked with, joined
            by ``;``.
        """
        from cfc_gis.library import frames

        return frames.entries(self._db, register)

    # Reading

    def table(self, name: str) -> pd.DataFrame:
        """Return a whole table: one of :data:`cfc_gis.library.rules.TABLES`."""
        from cfc_gis.library import frames

        return frames.whole(self._db, name)

    def history(self, subject_id: str | None = None) -> pd.DataFrame:
        """Return the history of a project or an entry, or of the whole library: one row per change, oldest first.

        Returns
        -------
        pandas.DataFrame
            ``table``, ``id``, ``version``, ``at``, ``who``, ``action``, ``why``, and ``changes``: by field what was
            there before and after.
        """
        from cfc_gis.library import frames

        return frames.history(self._db, subject_id)

    # Files

    def backup(self) -> Path:
        """Write a checked copy beside the file, named by date and time, and return its path."""
        return self._db.backup()

    def export(self, path: str | Path, *, table: str = rules.PROJECTS, lang: str = "zh") -> Path:
        """Write the library as an Excel workbook, or one of its tables as CSV.

        Parameters
        ----------
        path
            ``.xlsx``: a sheet for each table, and the history. ``.csv``: the one ``table``.
        table
            One of :data:`cfc_gis.library.rules.TABLES`, for CSV.
        lang
            ``zh`` or ``en``: headers and words of choices. An import reads both.

        Raises
        ------
        ChoiceUnknown
            When it is another kind of file or table.
        NotWritable
            When it cannot be written, for example because Excel has it open.
        """
        with self._db.reading():
            names = rules.TABLES if Path(path).suffix.lower() == ".xlsx" else (table,)
            tables = {name: self.table(name) for name in names}
            history = self.history()
        return exchange.write(Path(path), tables, history, lang)

    def import_file(self, path: str | Path, *, table: str = rules.PROJECTS, who: str, why: str) -> InputsReport:
        """Read projects and what belongs to them from a table of planners or an export: all of it, or nothing.

        A row whose id is known changes that project, in the columns that the file has; all others are new. Where the
        file has the column 版本, a project that was changed after the export is refused. A stage is changed by legal
        moves only. Equal rows write nothing. The history is never imported: it says what happened to this library.

        Parameters
        ----------
        path
            A file that :func:`cfc_gis.sources.tables.read` opens; of a workbook every sheet named as in an export.
        table
            What a file with a single table holds.
        who, why
            As for :meth:`add`.

        Returns
        -------
        InputsReport
            What was read, added, changed and left as it was.

        Raises
        ------
        TableFault
            With all faults of the file, by row and column; nothing is written then.
        """
        from cfc_gis.library import imports

        act = self._act("import", who, why)
        return imports.read(self._db, Path(path), table, act)

    def sheet(self, project_id: str, *, lang: str = "both") -> str:
        """Return the evidence sheet of a project: an HTML page for A4 that needs no network.

        Parameters
        ----------
        project_id
            The project.
        lang
            ``zh``, ``en`` or ``both``.
        """
        with self._db.reading():
            subject = self.project(project_id)
            beside = {name: self._db.rows(queries.beside(name), (project_id,)) for name in queries.BESIDE}
            return sheet.page(subject, beside, self.history(project_id), lang)

    def write_sheet(self, project_id: str, path: str | Path, *, lang: str = "both") -> Path:
        """Write the evidence sheet and return its path; in a folder it is named after the project.

        Raises
        ------
        NotWritable
            When it cannot be written.
        """
        target = sheet.target(Path(path), self.project(project_id))
        exchange.put_text(target, self.sheet(project_id, lang=lang))
        return target

    def _repr_html_(self) -> str:
        return sheet.overview(self._db.rows(queries.BY_STAGE), text.display(self.path.name))
