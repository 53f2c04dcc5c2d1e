"""Pull streets, places, land use, buildings and boundaries of an area from servers of the Overpass API.

What is pulled is written as an extract: :func:`cfc_gis.sources.osm_extract.read` reads it like any other, so that live
data and a file give the very same tables. The area is asked for in tiles, and a tile that is too much for a server in
quarters; objects that come several times are kept once, in their highest version. Names of the mappers, which the
servers send along, are not written.

osmnx does what it is good at: it finds the outline of a place by name and widens an outline by metres. Its requests are
not used for the data themselves: they wait without limit when a server is busy, and take a broken-off answer for a
whole one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from cfc_gis.coords import Bounds, bounds_text
from cfc_gis.errors import ChoiceUnknown, NetworkUnavailable
from cfc_gis.sources import cache, files, osm_tags, overpass, web
from cfc_gis.sources.limits import Limits
from cfc_gis.sources.web import Fault, Tell, quiet

if TYPE_CHECKING:
    from shapely import Geometry

CACHE = "overpass"
"""Folder of kept answers, inside the folder of raw data."""

GEOCODER_VARIABLE = "CFC_NOMINATIM"
"""Environment variable with the address of a geocoder."""

_KM_PER_DEGREE = 111.2  # of latitude, on a sphere: tiles need not be exact
_KM2 = 1e6
_FINE = 200
# Relations of countries, regions and provinces: none of our levels, and some have a million nodes.
_TOO_BIG = "^(2|3|4)$"


@dataclass(frozen=True)
class Pulled:
    """An extract that was pulled.

    Parameters
    ----------
    path
        The extract, ``.osm.pbf``.
    bounds
        West, south, east, north of what was asked for, in degrees.
    data_date
        Date and time of the oldest of its data, as the servers say; "" where none does.
    fetched
        When the oldest answer in it was fetched, in UTC.
    servers
        Hosts that gave it.
    counts
        ``tiles`` asked or taken from the disk, of them ``kept`` (taken from the disk), ``split`` and ``empty``.
    """

    path: Path
    bounds: Bounds
    data_date: str
    fetched: datetime
    servers: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)


def query(bounds: Bounds, limits: Limits) -> str:
    """Return the question for one tile in Overpass QL: all objects with our keys, and all that they are made of.

    Relations are those that can become polygons; of boundaries not those of countries and provinces.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    limits
        The server's time and memory for it.

    Examples
    --------
    >>> from cfc_gis.sources import limits
    >>> text = query((126.5, 45.6, 126.8, 45.9), limits.load())
    >>> text.splitlines()[0]
    '[out:xml][timeout:180][maxsize:512000000][bbox:45.6000000,126.5000000,45.9000000,126.8000000];'
    """
    west, south, east, north = bounds
    types = "|".join(osm_tags.POLYGON_TYPES)
    polygon = f'relation["type"~"^({types})$"]'
    box = ",".join(f"{value:.7f}" for value in (south, west, north, east))
    return "\n".join(
        [
            f"[out:xml][timeout:{limits.query_s}][maxsize:{limits.query_mb}000000][bbox:{box}];",
            "(",
            *(f'node["{key}"];' for key in osm_tags.NODE_KEYS),
            *(f'way["{key}"];' for key in osm_tags.WAY_KEYS),
            *(f'{polygon}["{key}"]["admin_level"!~"{_TOO_BIG}"];' for key in osm_tags.WAY_KEYS),
            ");",
            "(._;>;);",
            "out meta;",
        ]
    )


def tiles(bounds: Bounds, km2: float) -> list[Bounds]:
    """Cut a box into equal tiles of at most so many square kilometres, row by row from the south-west.

    Examples
    --------
    >>> len(tiles((126.0, 45.5, 127.0, 46.0), 500.0))
    12
    >>> tiles((126.6, 45.7, 126.7, 45.8), 500.0)
    [(126.6, 45.7, 126.7, 45.8)]
    """
    side = math.sqrt(km2)
    width, height = _size_km(bounds)
    return _grid(bounds, max(1, math.ceil(width / side)), max(1, math.ceil(height / side)))


def _grid(bounds: Bounds, columns: int, rows: int) -> list[Bounds]:
    west, south, east, north = bounds
    xs = [west + (east - west) * i / columns for i in range(columns)] + [east]
    ys = [south + (north - south) * i / rows for i in range(rows)] + [north]
    return [(xs[i], ys[j], xs[i + 1], ys[j + 1]) for j in range(rows) for i in range(columns)]


def box_km2(bounds: Bounds) -> float:
    """Return the area of a box in square kilometres, good to a per cent.

    Examples
    --------
    >>> round(box_km2((126.506, 45.658, 126.772, 45.831)))
    397
    """
    width, height = _size_km(bounds)
    return width * height


def _size_km(bounds: Bounds) -> tuple[float, float]:
    west, south, east, north = bounds
    across = math.cos(math.radians((south + north) / 2))
    return (east - west) * _KM_PER_DEGREE * across, (north - south) * _KM_PER_DEGREE


def area_km2(polygon: Geometry) -> float:
    """Return the area of a polygon in degrees (EPSG:4326) on the ellipsoid, in square kilometres.

    Examples
    --------
    >>> import shapely
    >>> round(area_km2(shapely.box(126.506, 45.658, 126.772, 45.831)))
    398
    """
    from pyproj import Geod

    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(polygon)
    return abs(float(area)) / _KM2


def box_around(polygon: Geometry, metres: float) -> Bounds:
    """Return the box of a polygon (EPSG:4326) widened by metres on every side, in degrees.

    Examples
    --------
    >>> import shapely
    >>> box = box_around(shapely.box(126.6, 45.7, 126.7, 45.8), 2000.0)
    >>> [round(value, 3) for value in box]
    [126.574, 45.682, 126.726, 45.818]
    """
    import osmnx
    import shapely

    wide = osmnx.utils_geo.buffer_geometry(shapely.convex_hull(polygon), metres) if metres else polygon
    west, south, east, north = (round(float(value), 7) for value in wide.bounds)
    return west, south, east, north


def outline_of(place: str, limits: Limits, url: str) -> tuple[Geometry, str]:
    """Ask a geocoder (Nominatim) for the outline of a place, through osmnx.

    Parameters
    ----------
    place
        Any name that OpenStreetMap knows as an area.
    limits
        Limits of time; a busy server ends the search at once.
    url
        Address of the geocoder.

    Returns
    -------
    outline : Geometry
        Polygon in EPSG:4326.
    name : str
        The name under which it was found, with all that it lies in: the user must see what was understood.

    Raises
    ------
    ChoiceUnknown
        When there is no area of that name.
    NetworkUnavailable
        When the geocoder gives no answer.
    """
    import osmnx
    import requests

    server = web.host(url)

    def work(_: Event) -> Any:
        with _settings(limits, url):
            return osmnx.geocode_to_gdf(place)

    try:
        found = web.within(4 * limits.connect_s, server, work)
        return found.geometry.iloc[0], str(found["display_name"].iloc[0])
    except Fault as fault:
        raise NetworkUnavailable("geocoder_failed", place=place, tried=str(fault)) from fault
    except requests.RequestException as error:
        raise NetworkUnavailable("geocoder_failed", place=place, tried=str(web.fault_of(error, server))) from error
    except (ValueError, TypeError) as error:  # osmnx: nothing of that name, or nothing that is an area
        raise ChoiceUnknown("place_not_found", place=place, server=server) from error


@contextmanager
def _settings(limits: Limits, url: str) -> Iterator[None]:
    """Bind osmnx to our limits for the length of a block; its settings are global."""
    import osmnx

    def refuse(answer: Any, *_: object, **__: object) -> None:
        # osmnx would ask a busy server again and again, without end.
        fault = None
        if answer.status_code != _FINE:
            fault = Fault("refused", web.host(url), f"HTTP {answer.status_code}")
        elif "json" not in answer.headers.get("Content-Type", ""):
            fault = Fault("web_page", web.host(url), "a web page instead of data")
        if fault is not None:
            answer.close()
            raise fault

    ours = {
        "nominatim_url": url,
        "use_cache": False,
        "http_user_agent": web.user_agent(),
        "http_referer": "",
        "http_accept_language": "zh",
        "requests_timeout": limits.connect_s,
        "requests_kwargs": {"hooks": {"response": refuse}, "allow_redirects": False},
        "doh_url_template": None,  # names are resolved by the system, never by a third party
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)


@dataclass(frozen=True)
class Source:
    """Where answers come from.

    Parameters
    ----------
    client
        The servers.
    kept
        Folder of kept answers.
    limits
        Limits of requests and of areas.
    refresh
        Ask again also for what is kept.
    tell
        Called whenever there is something to say.
    """

    client: overpass.Client
    kept: Path
    limits: Limits
    refresh: bool = False
    tell: Tell = quiet


def pull(bounds: Bounds, target: Path, source: Source) -> Pulled:
    """Pull everything in a box and write it as an extract.

    A tile of which a fresh answer is kept on the disk is not asked for: a pull that broke off goes on where it was.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees; all of the box is asked for.
    target
        The extract to write or replace, ``.osm.pbf``; untouched when the pull fails.
    source
        Where answers come from.

    Raises
    ------
    NetworkUnavailable
        When a tile cannot be had, or nothing at all lies in the box.
    """
    source.kept.mkdir(parents=True, exist_ok=True)
    wanted = tiles(bounds, source.limits.tile_km2)
    counts = {"tiles": 0, "kept": 0, "split": 0, "empty": 0}
    answers: list[cache.Kept] = []
    for number, tile in enumerate(wanted, 1):
        source.tell("pull.tile", number=number, total=len(wanted))
        answers += _answers(tile, source, counts)
    if not answers:
        raise NetworkUnavailable("live_no_data", found=bounds_text(bounds))
    dates = [each.data_date for each in answers]
    oldest = min(dates) if all(dates) else ""
    source.tell("pull.merging")
    _merge([each.path for each in answers], target, bounds, oldest)
    hosts = tuple(sorted({each.server for each in answers}))
    return Pulled(target, bounds, oldest, min(each.fetched for each in answers), hosts, counts)


def _answers(tile: Bounds, source: Source, counts: dict[str, int]) -> list[cache.Kept]:
    """Answers for a tile, or for its quarters; an empty answer is none."""
    kept = None if source.refresh else _kept(tile, source)
    if kept:
        counts["tiles"] += len(kept)
        counts["kept"] += len(kept)
        return kept
    text = query(tile, source.limits)
    part = source.kept / "answer.osm"
    try:
        answer = source.client.ask(text, part)
        counts["tiles"] += 1
        if answer.empty:
            counts["empty"] += 1
            source.tell("pull.empty", bounds=bounds_text(tile), server=answer.server)
            return []
        return [cache.keep(source.kept, text, part, server=answer.server, data_date=answer.data_date)]
    except overpass.TooMuch as reason:
        quarters = _quarters(tile, source.limits)
        if not quarters:
            raise source.client.failure() from reason
        source.tell("pull.split", bounds=bounds_text(tile))
        counts["split"] += 1
        return [each for quarter in quarters for each in _answers(quarter, source, counts)]
    finally:
        part.unlink(missing_ok=True)


def _kept(tile: Bounds, source: Source) -> list[cache.Kept] | None:
    """Fresh answers that cover a tile: its own, else those of its quarters; None where a part is missing."""
    own = cache.find(source.kept, query(tile, source.limits), source.tell)
    if own:
        return [own] if own.age_days <= source.limits.fresh_days else None
    found: list[cache.Kept] = []
    for quarter in _quarters(tile, source.limits):
        part = _kept(quarter, source)
        if part is None:
            return None
        found += part
    return found or None


def _quarters(tile: Bounds, limits: Limits) -> list[Bounds]:
    return _grid(tile, 2, 2) if box_km2(tile) / 4 >= limits.smallest_km2 else []


def _merge(answers: list[Path], target: Path, bounds: Bounds, data_date: str) -> None:
    """Write the objects of several answers in order, each once in its highest version."""
    import osmium

    merge = osmium.MergeInputReader()
    for path in answers:
        merge.add_file(str(path))
    header = osmium.io.Header()
    header.set("generator", "cfc_gis")
    if data_date:
        header.set("osmosis_replication_timestamp", data_date)
    header.add_box(osmium.osm.Box(*bounds))
    nothing = osmium.io.FileBuffer(b"<osm version='0.6'/>", "osm")
    with files.replaced(target) as part:
        form = osmium.io.File(str(part), "pbf,add_metadata=version+timestamp")
        with osmium.io.Reader(nothing) as reader, closing(osmium.io.Writer(form, header)) as writer:
            merge.apply_to_reader(reader, writer)
