"""Lists of the library as SQL: the filters are few, each by an index, and every value is bound."""

from __future__ import annotations

from collections.abc import Mapping

from cfc_gis.errors import ChoiceUnknown
from cfc_gis.library import rules, values

FILTERS = ("stage", "kind", "phase", "unit_code", "category", "body", "domain", "major")
"""Fields by which projects are listed; ``name`` finds a part of the name or of the unit's."""

GAINED = {
    "children_gained": "children", "gain_unit": "unit_name", "gain_scenario": "scenario", "gain_year": "year",
    "gain_run": "run",
}  # fmt: skip
"""What a project says of the gain that was recorded last, and the column that holds it."""
_GAIN = "(SELECT {column} FROM gains WHERE project_id = projects.id ORDER BY seq DESC LIMIT 1) AS {name}"


def projects(filters: Mapping[str, object]) -> tuple[str, dict[str, values.Value]]:
    """Return the statement that lists projects, and the values to bind.

    Parameters
    ----------
    filters
        Wanted value by field; ``name`` is a part of the name of the project or its unit.

    Raises
    ------
    ChoiceUnknown
        When there is no such filter.
    TableFault
        When a value is none of those that the field may hold.

    Examples
    --------
    >>> sql, bound = projects({"stage": "在建"})
    >>> sql[-40:], bound
    ('...WHERE stage = :stage ORDER BY id', {'stage': 'construction'})
    """
    named = {name: wanted for name, wanted in filters.items() if wanted is not None}
    part = named.pop("name", None)
    if unknown := sorted(named.keys() - set(FILTERS)):
        known = ", ".join((*FILTERS, "name"))
        raise ChoiceUnknown("library_field_unknown", found=", ".join(unknown), known=known)
    bound = values.checked(rules.PROJECTS, named, part=True)
    wanted = [f"{name} = :{name}" for name in bound]
    if part is not None:
        wanted.append("(name LIKE :part ESCAPE '\\' OR unit_name LIKE :part ESCAPE '\\')")
        bound["part"] = f"%{_plain(str(part))}%"
    columns = [field.name for field in rules.fields(rules.PROJECTS)]
    columns += ["changed_at", "changed_by"]
    columns += [_GAIN.format(column=column, name=name) for name, column in GAINED.items()]
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    return f"SELECT {', '.join(columns)} FROM projects{where} ORDER BY id", bound  # noqa: S608 - values are bound


def _plain(part: str) -> str:
    """Return text in which the signs of LIKE stand for themselves."""
    for sign in "\\%_":
        part = part.replace(sign, f"\\{sign}")
    return part


def table(name: str) -> str:
    """Return the statement that lists a whole table in the order of its fields."""
    columns = [field.name for field in rules.fields(name)]
    order = "seq" if name == "gains" else ", ".join(columns) if columns[0] != "id" else "id"
    return f"SELECT {', '.join(columns)} FROM {name} ORDER BY {order}"  # noqa: S608 - names are ours


BESIDE = ("gaps", "gains", "participation", "entries")
"""What the sheet of a project shows beside it."""

BY_STAGE = (
    "SELECT stage, count(*) AS projects, sum(cost_wan) AS cost_wan, sum(cost_wan IS NULL) AS without_cost "
    "FROM projects GROUP BY stage"
)


def beside(name: str) -> str:
    """Return the statement that lists what belongs to one project."""
    if name == "entries":
        columns = ", ".join(f"entries.{field.name}" for field in rules.fields(rules.ENTRIES))
        join = "project_links JOIN entries ON entries.id = entry_id WHERE project_id = ? ORDER BY register, id"
        return f"SELECT {columns} FROM {join}"  # noqa: S608 - names are ours
    columns = ", ".join(field.name for field in rules.fields(name))
    order = {"gaps": "level, unit_code, indicator, profile, run", "gains": "seq DESC"}.get(name, "held_on, id")
    return f"SELECT {columns} FROM {name} WHERE project_id = ? ORDER BY {order}"  # noqa: S608 - names are ours


def history(subject_id: str | None) -> tuple[str, tuple[str, ...]]:
    """Return the statement that lists the history of a project or entry, or of all, and the values to bind."""
    columns = "SELECT subject, version, at, who, action, why, changes FROM history"
    if subject_id is None:
        return f"{columns} ORDER BY seq", ()
    subjects = tuple(f"{table}/{subject_id}" for table in (rules.PROJECTS, rules.ENTRIES))
    return f"{columns} WHERE subject IN (?, ?) ORDER BY seq", subjects


_LINKED = (
    "SELECT project_id AS id FROM project_links WHERE entry_id = entries.id "
    "UNION SELECT measure_id FROM entry_links WHERE result_id = entries.id "
    "UNION SELECT result_id FROM entry_links WHERE measure_id = entries.id ORDER BY 1"
)


def entries(register: object) -> tuple[str, values.Values]:
    """Return the statement that lists results and measures with the ids they are linked with, and what to bind."""
    bound = {} if register is None else values.checked(rules.ENTRIES, {"register": register}, part=True)
    columns = ", ".join(field.name for field in rules.fields(rules.ENTRIES))
    where = " WHERE register = :register" if bound else ""
    linked = f"(SELECT group_concat(id, ';') FROM ({_LINKED})) AS linked"  # noqa: S608 - ours
    return f"SELECT {columns}, {linked} FROM entries{where} ORDER BY id", bound  # noqa: S608 - values are bound
