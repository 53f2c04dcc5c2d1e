"""Standards and categories as data: what is measured against which threshold, from which source, and for whom."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from cfc_gis import locale, notebook, records, schema
from cfc_gis.errors import CfcError

Measure = Literal["network_m", "straight_m", "minutes"]
Unit = Literal["m", "min"]
AppliesTo = Literal["urban", "rural", "all"]
Phase = Literal["2025", "2035"]
Scope = Literal["national", "local", "planner"]


@dataclass(frozen=True)
class Standard:
    """A threshold of walking access, with where it comes from.

    Parameters
    ----------
    id
        Category and name, such as ``kindergarten.radius``.
    category
        Category of facility.
    decides
        Whether a judgement rests on it; exactly one standard of a category does.
    measure
        ``network_m`` along the walk network, ``straight_m`` straight line, ``minutes`` on foot.
    threshold
        Largest value that meets it, inclusive.
    unit
        ``m`` or ``min``.
    scope
        ``national``, ``local`` (province or city) or ``planner``: nobody's rule, a default or her own value.
    tier
        Scale of the facility it speaks of. A facility of a higher tier replaces none of a lower one.
    clause, source, year
        Where it stands; of a planner's default the clause is empty and the year is that in which it was set.
    verified
        Whether the value was seen in the source.
    applies_to
        ``urban``, ``rural`` or ``all`` neighbourhoods.
    target_share
        Share of children that should be served, from 0 to 1.
    target_verified
        Whether that share was seen in a source.
    phase
        By when: 2025 or 2035.
    note_zh, note_en
        What else to know, in both languages.
    signed_by, signed_on
        Who answers for the threshold and the target in this study, and since when (ISO 8601); empty unless signed.
    """

    id: str
    category: str
    decides: bool
    measure: Measure
    threshold: float
    unit: Unit
    scope: Scope
    tier: str
    clause: str
    source: str
    year: int
    verified: bool
    applies_to: AppliesTo
    target_share: float
    target_verified: bool
    phase: Phase
    note_zh: str
    note_en: str
    signed_by: str = ""
    signed_on: str = ""

    @property
    def signed(self) -> bool:
        """Whether somebody answers for it in this study."""
        return bool(self.signed_by)

    @property
    def binding(self) -> bool:
        """Whether falling short of it may be called a gap: threshold and target are verified, or it is signed.

        Examples
        --------
        >>> row = load()["kindergarten"]
        >>> row.binding, dataclasses.replace(row, signed_by="市教育局", signed_on="2026-03-01").binding
        (False, True)
        """
        return self.state != "unverified"

    @property
    def state(self) -> Literal["verified", "signed", "unverified"]:
        """On what threshold and target rest together: ``verified`` both, else ``signed``, else ``unverified``."""
        if self.verified and self.target_verified:
            return "verified"
        return "signed" if self.signed else "unverified"

    @property
    def band(self) -> str:
        """Children whom it speaks of: a column of the neighbourhoods table, or ``children_0_14`` for all of them."""
        return categories()[self.category].band

    @property
    def uses(self) -> tuple[str, ...]:
        """What is made of it: ``decides`` a judgement; ``winter`` is compared with summer by it; else ``beside``.

        Examples
        --------
        >>> load()["paediatric_hospital"].uses, by_category()["kindergarten"][1].uses
        (('decides', 'winter'), ('winter',))
        """
        winter = ("winter",) if self.measure == "minutes" else ()
        return ("decides", *winter) if self.decides else winter or ("beside",)

    def words(self, lang: str) -> str:
        """Return what it asks, such as ``walking distance at most 300 m``."""
        return locale.say(
            "standard.words",
            lang,
            measure=locale.say(f"measure.{self.measure}", lang),
            threshold=f"{self.threshold:g}",
            unit=locale.say(f"unit.{self.unit}", lang),
        )

    def origin(self, lang: str) -> str:
        """Return its source and clause.

        Examples
        --------
        >>> load()["primary_school"].origin("en")
        'GB 50180-2018 annex'
        """
        return " ".join(filter(None, (locale.spoken(self.source, lang), locale.spoken(self.clause, lang))))

    def status(self, lang: str) -> str:
        """Return whether it is verified, or who signed it.

        Examples
        --------
        >>> dataclasses.replace(load()["play"], signed_by="市发改委", signed_on="2026-03-01").status("en")
        'not verified, signed by 市发改委 on 2026-03-01'
        """
        verified = locale.say("standard.verified" if self.verified else "standard.unverified", lang)
        if not self.signed:
            return verified
        return locale.say("standard.signed", lang, verified=verified, by=self.signed_by, on=self.signed_on)

    def target_status(self, lang: str) -> str:
        """Return the same of its target."""
        return dataclasses.replace(self, verified=self.target_verified).status(lang)

    def line(self, lang: str) -> str:
        """Return the standard in one line.

        Examples
        --------
        >>> load()["kindergarten"].line("en")
        'Kindergarten: walking distance at most 300 m (GB 50180-2018 annex; not verified)'
        """
        return locale.say(
            "standard.line",
            lang,
            category=locale.say(f"category.{self.category}", lang),
            words=self.words(lang),
            source=self.origin(lang),
            status=self.status(lang),
        )

    def _repr_html_(self) -> str:
        share = f"{self.target_share:.0%}"
        rows = [
            ("notebook.threshold", " / ".join(self.words(lang) for lang in locale.LANGS)),
            ("notebook.value_status", " / ".join(self.status(lang) for lang in locale.LANGS)),
            ("notebook.standard_source", f"{self.source} {self.clause} ({self.year})"),
            ("notebook.applies_to", notebook.both(f"notebook.{self.applies_to}")),
            ("notebook.tier", self.tier),
            (
                "notebook.target",
                " / ".join(
                    locale.say("notebook.target_is", lang, share=share, status=self.target_status(lang))
                    for lang in locale.LANGS
                ),
            ),
            ("notebook.phase", self.phase),
            ("notebook.note", f"{self.note_zh} {self.note_en}"),
        ]
        title = f"{notebook.both(f'category.{self.category}')} ({self.id})"
        return notebook.table([(notebook.both(key), value) for key, value in rows if str(value).strip()], title=title)


@dataclass(frozen=True)
class Category:
    """Whom a category of facility is for.

    Parameters
    ----------
    name
        The category.
    band
        Children counted as its users: a column of the neighbourhoods table, or ``children_0_14`` for all of them.
    age
        Age group of the profile that walks; the youngest users decide.
    served_by
        Categories of facility that count as this service.
    body, domain
        Responsible body, and domain of the children's development plan.
    """

    name: str
    band: str
    age: str
    served_by: tuple[str, ...]
    body: str
    domain: str

    @property
    def bands(self) -> list[str]:
        """The columns of the neighbourhoods table that hold its users.

        Examples
        --------
        >>> categories()["primary_school"].bands, len(categories()["health_centre"].bands)
        (['children_6_11'], 4)
        """
        return [*schema.BANDS] if self.band == schema.ALL_CHILDREN else [self.band]


def load(standards: Iterable[Standard] | None = None) -> Mapping[str, Standard]:
    """Return the standard that decides, by category.

    Parameters
    ----------
    standards
        Those of a study; the shipped ones unless given.

    Examples
    --------
    >>> load()["paediatric_hospital"].threshold, load()["paediatric_hospital"].unit
    (30, 'min')
    """
    rows = all_standards() if standards is None else standards
    return MappingProxyType({row.category: row for row in rows if row.decides})


def by_category(standards: Iterable[Standard] | None = None) -> Mapping[str, tuple[Standard, ...]]:
    """Return all standards of each category, the deciding one first.

    Parameters
    ----------
    standards
        Those of a study; the shipped ones unless given.

    Examples
    --------
    >>> [standard.id for standard in by_category()["play"]]
    ['play.circle5', 'play.circle5min']
    """
    rows = ordered(all_standards() if standards is None else standards)
    return MappingProxyType({name: tuple(row for row in rows if row.category == name) for name in categories()})


def ordered(standards: Iterable[Standard]) -> tuple[Standard, ...]:
    """Return standards by category in the order of :func:`categories`, the deciding one first, then by id."""
    order = list(categories())
    return tuple(sorted(standards, key=lambda row: (order.index(row.category), not row.decides, row.id)))


@cache
def all_standards() -> tuple[Standard, ...]:
    """Return every shipped standard, by category, the deciding one first.

    Raises
    ------
    CfcError
        When a resource file has faults: all of them at once.

    Examples
    --------
    >>> [standard.id for standard in all_standards() if standard.category == "sport"]
    ['sport.medium', 'sport.circle10min', 'sport.large', 'sport.small']
    """
    found: list[Standard] = []
    folder = resources.files("cfc_gis") / "resources" / "standards"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        found += read(tomllib.loads(file.read_text(encoding="utf-8")), file.name)
    faults = check(found, categories())
    if faults:
        raise CfcError("standards_fault", path="resources/standards", faults="; ".join(faults))
    return ordered(found)


@cache
def categories() -> Mapping[str, Category]:
    """Return the categories that are judged, with their users.

    Raises
    ------
    CfcError
        When the resource file has faults.

    Examples
    --------
    >>> categories()["primary_school"].served_by
    ('primary_school', 'nine_year_school')
    """
    file = resources.files("cfc_gis") / "resources" / "categories.toml"
    return read_categories(tomllib.loads(file.read_text(encoding="utf-8")), file.name)


def read(content: Mapping[str, Any], path: str) -> list[Standard]:
    """Return the standards of a parsed TOML file; what its section ``common`` says holds for all that do not differ.

    Raises
    ------
    CfcError
        With every missing or unknown key and every value of a wrong kind.
    """
    rows, faults = records.rows_of(content, "standard")
    for number, row in enumerate(rows, start=1):
        faults += [f"{row.get('id', number)}: {fault}" for fault in records.faults(row, Standard)]
    if faults:
        raise CfcError("standards_fault", path=path, faults="; ".join(faults))
    return [Standard(**row) for row in rows]


def read_categories(content: Mapping[str, Mapping[str, Any]], path: str) -> Mapping[str, Category]:
    """Return the categories of a parsed TOML file.

    Raises
    ------
    CfcError
        With every missing or unknown key, and every name that is no category, band or served category.
    """
    bands = (*schema.BANDS, schema.ALL_CHILDREN)
    faults: list[str] = []
    for name, row in content.items():
        wrong = records.faults({"name": name, **row}, Category)
        if not wrong:
            wrong += [f"no category {other}" for other in (name, *row["served_by"]) if other not in schema.CATEGORIES]
            wrong += [] if row["band"] in bands else [f"no band {row['band']}"]
        faults += [f"{name}: {fault}" for fault in wrong]
    if faults:
        raise CfcError("standards_fault", path=path, faults="; ".join(faults))
    made = {name: Category(name=name, **{**row, "served_by": tuple(row["served_by"])}) for name, row in content.items()}
    return MappingProxyType(made)


def check(standards: Iterable[Standard], known: Mapping[str, Category]) -> list[str]:
    """Return what is wrong with standards taken together, as a list of faults.

    Ids are unique and begin with their category, units fit measures, thresholds and targets lie in their range, and
    exactly one standard of each category decides.
    """
    faults: list[str] = []
    seen: set[str] = set()
    deciding: list[str] = []
    for row in standards:
        wrong = {
            "id used twice": row.id in seen,
            "id does not begin with its category": not row.id.startswith(f"{row.category}."),
            f"no category {row.category}": row.category not in known,
            "unit does not fit the measure": (row.unit == "min") != (row.measure == "minutes"),
            "threshold must be above 0": not 0 < row.threshold < float("inf"),
            "target_share must lie above 0 and not above 1": not 0 < row.target_share <= 1,
        }
        faults += [f"{row.id}: {fault}" for fault, holds in wrong.items() if holds]
        seen.add(row.id)
        deciding += [row.category] if row.decides else []
    faults += [
        f"{name}: {deciding.count(name)} standards decide, 1 wanted" for name in known if deciding.count(name) != 1
    ]
    return faults
