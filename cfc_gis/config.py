"""``study.toml``: one file that names the inputs and choices of a study.

Every fault of the file comes in one report, with the setting it stands in; a setting that does not exist is refused
with the closest that does. Paths start from the folder of the file, and only files on this machine are named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cfc_gis import claims, locale, revisions, schema, setting_faults, settings, targets, text
from cfc_gis.errors import InputDamaged, InputMissing, TableFault, UserError
from cfc_gis.faults import Fault, TableReport
from cfc_gis.gather import Named
from cfc_gis.inputs import Files, RegisterFile
from cfc_gis.landuse import codings
from cfc_gis.sources import local, register
from cfc_gis.sources.register.columns import rules
from cfc_gis.standards import Standard, all_standards
from cfc_gis.walking import Choices

TEMPLATE = "study.toml"


@dataclass(frozen=True)
class Config:
    """A study as its file names it.

    Parameters
    ----------
    place, season
        What is studied.
    osm
        The extract; None where it is pulled live.
    area, census, districts
        The planner's own outline, census and district polygons.
    files
        Her other files.
    choices
        What she decides about streets and winter.
    standards
        All standards of the study: the shipped ones with what she changes, adds and signs.
    provenance
        Of the file.
    targets
        The plan's own targets, with what she changes and signs.
    """

    place: str
    season: str
    osm: Path | None
    area: Path | None
    census: Path | None
    districts: Path | None
    files: Files
    choices: Choices
    standards: tuple[Standard, ...]
    provenance: Mapping[str, str]
    targets: tuple[targets.Target, ...] = dataclasses.field(default_factory=targets.all_targets)

    def named(self) -> Named:
        """Return what is to be read."""
        return Named(
            self.place, self.osm, self.census, self.districts, self.area, self.files, self.choices, self.provenance
        )


def read(path: str | Path) -> Config:
    """Read a ``study.toml``.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, or it is not a ``.toml`` file.
    TableFault
        With all faults: settings that are unknown, missing or wrong, and files that are not there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "town.osm.pbf").write_bytes(b"")
    ...     file = Path(folder) / "study.toml"
    ...     _ = file.write_text('osm = "town.osm.pbf"\\n[walk]\\nlongest_cold_min = 20', encoding="utf-8")
    ...     read(file).choices.longest_cold_min
    20.0
    """
    file = local.checked(path, (".toml",), "config_refused")
    facts = {"name": file.name, "data_date": "", "licence": "", **local.facts_of(file), "how": "TOML"}
    report = TableReport(str(path), facts, "line")
    raw, fault = setting_faults.parsed(_words(file))
    if fault:
        report.adding([fault]).refuse_errors()
    try:
        study, faults = settings.Study.model_validate(raw), list[Fault]()
    except ValidationError as error:
        study, faults = None, [*setting_faults.of(error, _fields)]
    rules = revisions.revise(all_standards(), *_changes(raw, "standard", settings.Standard))
    asked = targets.revise(targets.all_targets(), *_changes(raw, "target", settings.Target))
    faults += [*_about_paths(raw, file.parent), *_about_words(raw), *rules.faults, *asked.faults]
    report.adding(faults).refuse_errors()
    if study is None:
        raise TableFault("table_faults", path=path, count=0, report=report)
    found = _config(study, file.parent, rules.standards, facts)
    return dataclasses.replace(found, targets=asked.targets)


def write_template(path: str | Path) -> Path:
    """Write a commented ``study.toml``; an existing file is never written over.

    Raises
    ------
    UserError
        When there is something at that path.
    """
    target = Path(path)
    words = (resources.files("cfc_gis") / "resources" / TEMPLATE).read_text(encoding="utf-8")
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(words)
    except FileExistsError as error:
        raise UserError("init_exists", path=target) from error
    except FileNotFoundError as error:
        raise InputMissing("input_missing", path=target.parent) from error
    return target


def _words(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputDamaged("config_refused", path=file) from error


def _fields(place: tuple[Any, ...]) -> Iterator[str]:
    sections: Mapping[str, type[settings.Section]] = {
        "register": settings.Register,
        "standard": settings.Standard,
        "target": settings.Target,
        "people": settings.People,
        "terrain": settings.Terrain,
        "land_use": settings.LandUse,
        "walk": settings.Walk,
    }
    model = sections.get(str(place[0]), settings.Study) if place else settings.Study
    yield from (field.alias or name for name, field in model.model_fields.items())


def _about_paths(raw: Mapping[str, Any], folder: Path) -> Iterator[Fault]:
    """Yield the files that are named and not there, or must not be named."""
    for column, name in _named_files(raw):
        plain = name.replace("\\", "/").lower()
        if "://" in plain or plain.startswith("/vsi") or plain.endswith(".vrt"):
            yield Fault("setting_address", "error", None, column, name)
        elif not (folder / name).is_file():
            yield Fault("setting_file", "error", None, column, name)


def _named_files(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("osm", "area", "census", "districts", "counts", "catchments"):
        yield from _texts(key, raw.get(key))
    registers = raw.get("register")
    for number, entry in enumerate(registers if isinstance(registers, list) else [], start=1):
        yield from _texts(f"register[{number}].file", entry.get("file") if isinstance(entry, dict) else None)
    for section, key in (("people", "rasters"), ("people", "children"), ("terrain", "file"), ("land_use", "file")):
        entry = raw.get(section)
        yield from _texts(f"{section}.{key}", entry.get(key) if isinstance(entry, dict) else None)


def _texts(column: str, value: object) -> Iterator[tuple[str, str]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield column, each


def _about_words(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what types do not tell: an unknown category or coding, rows that are no numbers, two sources or none."""
    if bool(raw.get("osm")) == (raw.get("live") is True):
        facts = {"wanted": locale.Words("setting.source")}
        yield Fault("setting_wrong", "error", None, "osm / live", text.display(raw.get("osm") or "–"), facts)
    registers = raw.get("register")
    for number, entry in enumerate(registers if isinstance(registers, list) else [], start=1):
        if isinstance(entry, dict):
            yield from _about_register(entry, f"register[{number}]")
    people = raw.get("people")
    if isinstance(people, dict) and people.get("spread_by") == "raster" and not people.get("rasters"):
        yield Fault("setting_missing", "error", None, "people.rasters")
    land = raw.get("land_use")
    named = land.get("coding") if isinstance(land, dict) else None
    known = [name for coding in codings().values() for name in (coding.id, coding.title, *coding.aliases)]
    if isinstance(named, str) and named not in known:
        yield _unknown("land_use.coding", named, known)


def _about_register(entry: Mapping[str, Any], column: str) -> Iterator[Fault]:
    category = entry.get("category")
    if isinstance(category, str) and text.folded(category) not in _category_words():
        yield _unknown(f"{column}.category", category, list(schema.CATEGORIES))
    lists = entry.get("lists")
    for word in lists if isinstance(lists, list) else ():
        if isinstance(word, str) and text.folded(word) not in _category_words():
            yield _unknown(f"{column}.lists", word, list(schema.CATEGORIES))
    decisions = entry.get("decisions")
    for row in decisions if isinstance(decisions, dict) else ():
        if not row.isdigit():
            yield Fault(
                "setting_wrong", "error", None, f"{column}.decisions", row, {"wanted": locale.Words("setting.count")}
            )


@cache
def _category_words() -> Mapping[str, str]:
    """Return category by word: our keys, their names in both languages, and the words of registers."""
    words = {text.folded(word): name for name, known in rules()["category"].items() for word in known}
    for name in schema.CATEGORIES:
        for word in (name, *(locale.say(f"category.{name}", lang) for lang in locale.LANGS)):
            words[text.folded(word)] = name
    return words


def _changes(
    raw: Mapping[str, Any], name: str, model: type[settings.Section]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the entries of a list whose settings are of the right types, and their places; others are faults already.

    Those of ``[[standard]]`` and ``[[target]]`` say what the study changes in what is shipped.
    """
    entries = raw.get(name)
    changes: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        try:
            change = model.model_validate(entry)
        except ValidationError:
            continue
        changes[f"{name}[{number}]"] = change.model_dump(exclude_unset=True)
    return list(changes.values()), list(changes)


def _unknown(column: str, found: str, known: list[str]) -> Fault:
    return Fault(
        "setting_wrong", "error", None, column, found, {"wanted": setting_faults.one_of(", ".join(known), found)}
    )


def _config(
    study: settings.Study, folder: Path, standards: tuple[Standard, ...], provenance: Mapping[str, str]
) -> Config:
    def at(name: str | None) -> Path | None:
        return None if name is None else folder / name

    files = Files(
        registers=tuple(_register(each, folder) for each in study.registers),
        rasters=tuple(folder / name for name in study.people.rasters),
        spread_by=study.people.spread_by,
        children=at(study.people.children),
        terrain=at(study.terrain.file if study.terrain else None),
        land_use=at(study.land_use.file if study.land_use else None),
        coding=study.land_use.coding if study.land_use else None,
        code_column=study.land_use.column if study.land_use else None,
        counts=at(study.counts),
        catchments=at(study.catchments),
    )
    cleared = study.walk.cleared
    choices = Choices(
        cleared=None if cleared is None else frozenset(cleared),
        frozen_paths=study.walk.frozen_paths,
        longest_cold_min=study.walk.longest_cold_min,
    )
    return Config(
        study.place, study.season, at(study.osm), at(study.area), at(study.census), at(study.districts), files, choices,
        standards, provenance,
    )  # fmt: skip


def _register(entry: settings.Register, folder: Path) -> RegisterFile:
    by_provider = entry.datum if isinstance(entry.datum, dict) else {}
    choices = register.Choices(
        name=entry.name,
        columns=entry.columns,
        category=None if entry.category is None else _category_words()[text.folded(entry.category)],
        official=entry.official,
        datum=entry.datum if isinstance(entry.datum, str) else None,
        crs=entry.crs,
        encoding=entry.encoding,
        layer=entry.sheet,
        header=entry.header,
    )
    decisions = {int(row): choice for row, choice in entry.decisions.items()}
    kinds = tuple(_category_words()[text.folded(word)] for word in entry.lists)
    claim = claims.Claim(entry.complete, kinds, entry.independent)
    return RegisterFile(folder / entry.file, choices, by_provider, decisions, claim)
