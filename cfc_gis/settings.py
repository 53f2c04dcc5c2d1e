"""The sections of a ``study.toml`` and the types of their settings."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from cfc_gis import standards
from cfc_gis.datums import Datum
from cfc_gis.inputs import Spreading

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Day = Annotated[dt.date, PlainSerializer(dt.date.isoformat)]


def _signed_by_now(day: dt.date) -> dt.date:
    """Refuse a day that nobody can have signed on yet; in another time zone it may be tomorrow."""
    if day > dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1):
        raise PydanticCustomError("date_ahead", "a date not after today")
    return day


Signed = Annotated[Day, AfterValidator(_signed_by_now)]


def _districts(value: object) -> object:
    """Take true, false, or names of districts; anything else is one fault of the setting as a whole."""
    if isinstance(value, bool):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) and each.strip() for each in value):
        return tuple(each.strip() for each in value)
    raise PydanticCustomError("districts_type", "true, false or names of districts")


Districts = Annotated[bool | tuple[str, ...], BeforeValidator(_districts)]


class Section(BaseModel):
    """A section that refuses settings it does not know, and never turns one type into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Register(Section):
    """``[[register]]``: a list of facilities."""

    file: str
    official: bool
    complete: Districts = False
    lists: list[Name] = []
    independent: bool | None = None
    name: str | None = None
    category: str | None = None
    datum: Datum | dict[str, Datum] | None = None
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header: int | None = None
    columns: dict[str, str] = {}
    decisions: dict[str, str] = {}


class People(Section):
    """``[people]``."""

    rasters: list[str] = []
    children: str | None = None
    spread_by: Spreading = "floor_area"


class Terrain(Section):
    """``[terrain]``."""

    file: str


class LandUse(Section):
    """``[land_use]``."""

    file: str
    coding: str
    column: str | None = None


class Walk(Section):
    """``[walk]``: streets and winter."""

    cleared: list[str] | None = None
    frozen_paths: bool = False
    longest_cold_min: Positive | None = None


class Standard(Section):
    """``[[standard]]``: what is changed of a known standard, or a new one; :mod:`cfc_gis.revisions` tells which."""

    id: Name
    category: str | None = None
    measure: standards.Measure | None = None
    threshold: Positive | None = None
    unit: standards.Unit | None = None
    scope: standards.Scope | None = None
    tier: str | None = None
    clause: str | None = None
    source: Name | None = None
    year: int | None = None
    verified: bool | None = None
    applies_to: standards.AppliesTo | None = None
    target_share: Share | None = None
    phase: standards.Phase | None = None
    decides: bool | None = None
    note_zh: str | None = None
    note_en: str | None = None
    signed_by: Name | None = None
    signed_on: Signed | None = None


class Target(Section):
    """``[[target]]``: a target of the plan that is signed or changed; :mod:`cfc_gis.targets` tells which there are."""

    id: Name
    value: Positive | None = None
    source: Name | None = None
    signed_by: Name | None = None
    signed_on: Signed | None = None


class Study(Section):
    """The whole file."""

    place: str = "哈尔滨市"
    season: Literal["summer", "winter", "both"] = "both"
    osm: str | None = None
    live: bool = False
    area: str | None = None
    census: str | None = None
    districts: str | None = None
    counts: str | None = None
    catchments: str | None = None
    registers: list[Register] = Field(default=[], alias="register")
    people: People = People()
    terrain: Terrain | None = None
    land_use: LandUse | None = None
    walk: Walk = Walk()
    standards: list[Standard] = Field(default=[], alias="standard")
    targets: list[Target] = Field(default=[], alias="target")
