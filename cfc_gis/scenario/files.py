"""Scenarios as files that a planner can edit and compare: TOML, or GeoJSON drawn in QGIS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import shapely
from pydantic import ValidationError

from cfc_gis import setting_faults, text, writing
from cfc_gis.edits.kinds import KINDS, Edit
from cfc_gis.errors import InputDamaged, TableFault, UserError
from cfc_gis.faults import Fault, TableReport
from cfc_gis.scenario.scenario import Scenario
from cfc_gis.sources import local

SUFFIXES = (".toml", ".geojson", ".json")

_KIND = {kind.model_fields["kind"].default: kind for kind in KINDS}
_WANTED = {
    "one_place": "one_place", "lon_lat": "lon_lat", "more_children": "fewer_children", "too_short": "longer",
    "union_tag_invalid": "edit_kind", "union_tag_not_found": "edit_kind", "greater_than_equal": "not_negative",
    "less_than_equal": "year", "ring": "ring", "land": "land",
}  # fmt: skip
_HEAD = ("name", "year", "births", "note")


def read(path: str | Path) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path
        A ``.toml`` file with ``name`` and one ``[[edit]]`` for each edit; or a GeoJSON collection with ``name`` and one
        feature for each edit, whose geometry is the point, line or polygon of the edit and whose properties are the
        rest.

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, or it is of another kind.
    TableFault
        With all faults of the file, each with the edit it stands in.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "ice.toml"
    ...     _ = file.write_text('name = "冬季"\\n[[edit]]\\nkind = "clear_ice"\\nid = "1"\\nstreets = ["中央大街"]',
    ...                         encoding="utf-8")
    ...     read(file).edits[0].streets
    ('中央大街',)
    """
    file = local.checked(path, SUFFIXES, "scenario_refused")
    how = "TOML" if file.suffix.lower() == ".toml" else "GeoJSON"
    report = TableReport(str(path), {**local.facts_of(file), "how": how}, "line")
    raw, fault = _parsed(file)
    if fault is not None:
        report.adding([fault]).refuse_errors()
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        found = report.adding(setting_faults.of(error, _fields, own=_KIND, types=_WANTED))
        found.refuse_errors()
        raise TableFault("table_faults", path=path, count=0, report=found) from error


def write(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario; reading it gives the same scenario back.

    Parameters
    ----------
    scenario
        The scenario.
    path
        ``.toml`` or ``.geojson``. An existing file is replaced.

    Raises
    ------
    InputDamaged
        When the suffix is another.
    NotWritable
        When the file cannot be written.
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise InputDamaged("scenario_refused", path=path)
    content = _toml(scenario) if file.suffix.lower() == ".toml" else _geojson(scenario)
    writing.put_text(file, content)
    return file


def write_template(path: str | Path) -> Path:
    """Write a commented example, as TOML, or as GeoJSON to be drawn on; an existing file is never written over.

    Parameters
    ----------
    path
        ``.toml`` or ``.geojson``.

    Raises
    ------
    UserError
        When there is something at that path.
    """
    target = Path(path)
    if target.exists():
        raise UserError("init_exists", path=target)
    example = resources.files("cfc_gis") / "resources" / "scenario.toml"
    if target.suffix.lower() != ".toml":
        with resources.as_file(example) as file:
            return write(read(file), target)
    writing.put_text(target, example.read_text(encoding="utf-8"))
    return target


def _parsed(file: Path) -> tuple[dict[str, Any], Fault | None]:
    try:
        words = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputDamaged("scenario_refused", path=file) from error
    if file.suffix.lower() == ".toml":
        return setting_faults.parsed(words)
    try:
        return _of_collection(json.loads(words)), None
    except json.JSONDecodeError as error:
        return {}, Fault("json_syntax", "error", error.lineno, None, error.msg)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return {}, Fault("geojson_shape", "error", None, None, text.display(error))


def _of_collection(found: Any) -> dict[str, Any]:
    """Return a GeoJSON collection as the settings of a scenario."""
    features = found["features"]
    rows = []
    for feature in features:
        row = {name: value for name, value in feature["properties"].items() if value is not None}
        row.update(_shape(feature.get("geometry")))
        rows.append(row)
    return {**{name: found[name] for name in _HEAD if found.get(name) is not None}, "edit": rows}


def _shape(geometry: Any) -> dict[str, Any]:
    """Return the geometry of a feature as a setting; one of a single part is that part.

    Raises
    ------
    ValueError
        When it has several parts, or holes: an edit has one place.
    """
    if geometry is None:
        return {}
    names = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    kind, places = geometry["type"], geometry["coordinates"]
    if kind.startswith("Multi"):
        if len(places) != 1:
            raise ValueError(f"{kind}: {len(places)}")
        kind, places = kind.removeprefix("Multi"), places[0]
    if kind == "Polygon":
        if len(places) != 1:
            raise ValueError(f"Polygon, holes: {len(places) - 1}")
        places = places[0]
    return {names.get(kind, kind.lower()): _flat(places)}


def _flat(places: Any) -> Any:
    """Return coordinates without heights."""
    return [_flat(each) for each in places] if isinstance(places[0], list) else places[:2]


def _fields(place: tuple[Any, ...]) -> Iterator[str]:
    """Yield the settings of a section: those that any kind of edit may have, since the kind may be what is wrong."""
    if not place:
        yield from (*_HEAD, "edit")
    elif place[-1] == "children":
        yield from ("children_0_2", "children_3_5", "children_6_11", "children_12_14")
    else:
        yield from dict.fromkeys(name for kind in KINDS for name in kind.model_fields)


def _row(edit: Edit) -> dict[str, Any]:
    """Return all that is said of an edit but its kind; also what is so unless it is said otherwise."""
    return {name: value for name, value in edit.model_dump(exclude_none=True).items() if name != "kind" and value != ()}


def _head(scenario: Scenario) -> dict[str, Any]:
    given = {name: getattr(scenario, name) for name in _HEAD if name in scenario.model_fields_set}
    return {name: value for name, value in given.items() if value is not None}


def _toml(scenario: Scenario) -> str:
    lines = [f"{name} = {_value(value)}" for name, value in _head(scenario).items()]
    for edit, row in ((edit, _row(edit)) for edit in scenario.edits):
        lines += ["", "[[edit]]", f"kind = {_value(edit.kind)}"]
        lines += [f"{name} = {_value(value)}" for name, value in row.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    # A string, number or flag of JSON is one of TOML, but for one character that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _geojson(scenario: Scenario) -> str:
    features = []
    for edit, row in ((edit, _row(edit)) for edit in scenario.edits):
        places = {name: row.pop(name) for name in ("point", "line", "polygon") if name in row}
        geometry = next((shapely.geometry.mapping(_drawn(*place)) for place in places.items()), None)
        features.append({"type": "Feature", "properties": {"kind": edit.kind, **row}, "geometry": geometry})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    head = "".join(
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},\n" for name, value in _head(scenario).items()
    )
    return f'{{"type": "FeatureCollection",\n{head}"features": [\n{lines}\n]}}\n'


def _drawn(name: str, places: Any) -> shapely.Geometry:
    return {"point": shapely.Point, "line": shapely.LineString, "polygon": shapely.Polygon}[name](places)
