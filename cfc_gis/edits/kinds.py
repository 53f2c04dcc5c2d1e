"""The kinds of edits: frozen changes to the inputs of a study, as a planner writes them down.

Places are longitude and latitude in WGS 84. Costs are in 10,000 yuan (万元), as the planner knows them: none is made
up.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import shapely
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from cfc_gis import schema

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seats = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Year = Annotated[int, Field(ge=2020, le=2100)]


def frozen(value: Any) -> Any:
    """Return lists of a file as tuples, which do not change."""
    return tuple(frozen(each) for each in value) if isinstance(value, list | tuple) else value


def _on_earth(place: tuple[float, float]) -> tuple[float, float]:
    if not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
        raise PydanticCustomError("lon_lat", "longitude and latitude in degrees")
    return place


LonLat = Annotated[
    tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]],
    BeforeValidator(frozen), AfterValidator(_on_earth),
]  # fmt: skip
Line = Annotated[tuple[LonLat, ...], BeforeValidator(frozen), Field(min_length=2)]


def _a_ring(ring: tuple[LonLat, ...]) -> tuple[LonLat, ...]:
    shape = shapely.Polygon(ring)
    if not shape.is_valid or shape.area <= 0:
        raise PydanticCustomError("ring", "a polygon that does not cross itself")
    return ring


Ring = Annotated[tuple[LonLat, ...], BeforeValidator(frozen), Field(min_length=4), AfterValidator(_a_ring)]
Points = Annotated[tuple[LonLat, ...], BeforeValidator(frozen)]


class Edit(BaseModel):
    """What all edits have.

    Parameters
    ----------
    id
        Name of the edit, one of its own in a scenario.
    title
        What it is, in the planner's words.
    cost
        In 10,000 yuan; None where nobody knows it.
    year
        From which year it stands; None for at once. A scenario of an earlier year leaves it out.
    note
        Where it comes from, and whatever else is to be remembered.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    rank: ClassVar[int] = 0
    """Edits are applied by rank, then in the order of the scenario: what is added stands before it is changed."""

    kind: str
    id: Name
    title: str | None = None
    cost: Amount | None = None
    year: Year | None = None
    note: str | None = None

    @property
    def place(self) -> shapely.Geometry | None:
        """Where it is, in degrees; None for what is named and not placed."""
        return None


class Placed(Edit):
    """An edit of something at a point, or on a piece of land."""

    point: LonLat | None = None
    polygon: Ring | None = None
    entrances: Points = ()

    @model_validator(mode="after")
    def _one_place(self) -> Placed:
        if (self.point is None) == (self.polygon is None):
            raise PydanticCustomError("one_place", "either a point or a polygon")
        return self

    @property
    def place(self) -> shapely.Geometry:
        """The point or polygon in degrees."""
        return shapely.Point(self.point) if self.polygon is None else shapely.Polygon(self.polygon)


class AddFacility(Placed):
    """A new facility. Its entrances are the points that are named, else that nearest to a walkable street.

    Parameters
    ----------
    category
        What it is.
    name
        Its name.
    point, polygon, entrances
        Where it stands, and where it is entered.
    seats
        Seats, places or beds; None where not known.
    indoor, season
        Whether it is used indoors, and when.
    """

    kind: Literal["add_facility"] = "add_facility"
    category: Literal[schema.CATEGORIES]  # type: ignore[valid-type]
    name: Name | None = None
    seats: Seats | None = None
    indoor: bool = True
    season: Literal["all", "summer", "winter"] = "all"


class CloseFacility(Edit):
    """A facility is given up. Its row stays, with the evidence ``no``.

    Parameters
    ----------
    facility
        Its id, or its name where no other has the same.
    """

    rank: ClassVar[int] = 1
    kind: Literal["close_facility"] = "close_facility"
    facility: Name


class MoveFacility(Placed):
    """A facility moves.

    Parameters
    ----------
    facility
        Its id, or its name where no other has the same.
    point, polygon, entrances
        As of :class:`AddFacility`.
    """

    rank: ClassVar[int] = 1
    kind: Literal["move_facility"] = "move_facility"
    facility: Name


class ExpandFacility(Edit):
    """A facility has other seats.

    Parameters
    ----------
    facility
        Its id, or its name where no other has the same.
    seats
        Seats, places or beds that it has in all thereafter, since those it has now are often unknown.
    """

    rank: ClassVar[int] = 1
    kind: Literal["expand_facility"] = "expand_facility"
    facility: Name
    seats: Seats


class RetrofitFacility(Edit):
    """A place of summer is fitted for winter: it is used indoors, all year.

    Parameters
    ----------
    facility
        Its id, or its name where no other has the same.
    """

    rank: ClassVar[int] = 1
    kind: Literal["retrofit_facility"] = "retrofit_facility"
    facility: Name


class OpenGate(Edit):
    """A way through: a gate in a wall, a path between two streets. It is walked like a footway.

    Parameters
    ----------
    line
        From one side to the other. Each end is joined to the walkable street nearest to it, at most 50 m away.
    """

    rank: ClassVar[int] = 2
    kind: Literal["open_gate"] = "open_gate"
    line: Line

    @property
    def place(self) -> shapely.Geometry:
        """The line."""
        return shapely.LineString(self.line)


class AddCrossing(Edit):
    """A crossing over a main road; over both carriageways of a dual one.

    Parameters
    ----------
    point
        Where, at most 30 m from the road.
    signals
        Whether it has signals; else it is marked.
    """

    rank: ClassVar[int] = 3
    kind: Literal["add_crossing"] = "add_crossing"
    point: LonLat
    signals: bool = True

    @property
    def place(self) -> shapely.Geometry:
        """The point."""
        return shapely.Point(self.point)


class ClearIce(Edit):
    """Streets that are cleared of snow and ice in winter, beside those that are already.

    Parameters
    ----------
    streets
        Their names.
    """

    kind: Literal["clear_ice"] = "clear_ice"
    streets: Annotated[tuple[Name, ...], BeforeValidator(frozen), Field(min_length=1)]


class Children(BaseModel):
    """Children by band; a band that is not named has none."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    children_0_2: Amount = 0.0
    children_3_5: Amount = 0.0
    children_6_11: Amount = 0.0
    children_12_14: Amount = 0.0


class AddHousing(Placed):
    """New housing with the children who will live there.

    Parameters
    ----------
    name
        Its name.
    polygon, entrances
        Its land; children start at the entrances, in equal parts, else in the middle.
    population
        Residents of all ages.
    children
        Children by band.
    """

    kind: Literal["add_housing"] = "add_housing"
    name: Name | None = None
    population: Amount
    children: Children

    @model_validator(mode="after")
    def _on_land(self) -> AddHousing:
        if self.polygon is None:
            raise PydanticCustomError("land", "a polygon")
        return self

    @model_validator(mode="after")
    def _fewer_children(self) -> AddHousing:
        if sum(self.children.model_dump().values()) > self.population:
            raise PydanticCustomError("more_children", "no more children than residents")
        return self


KINDS: tuple[type[Edit], ...] = (
    AddFacility, CloseFacility, MoveFacility, ExpandFacility, RetrofitFacility, OpenGate, AddCrossing, ClearIce,
    AddHousing,
)  # fmt: skip
AnyEdit = Annotated[
    AddFacility | CloseFacility | MoveFacility | ExpandFacility | RetrofitFacility | OpenGate | AddCrossing | ClearIce
    | AddHousing,
    Field(discriminator="kind"),
]  # fmt: skip
