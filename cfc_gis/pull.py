"""Bring OpenStreetMap data into the folder of raw data: a place or an area pulled live, or a whole extract.

Whatever is brought is noted in the folder's manifest with source, date, query and hash
(:mod:`cfc_gis.sources.manifest`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfc_gis import text, writing
from cfc_gis.coords import Bounds
from cfc_gis.errors import ChoiceUnknown, InputDamaged, NetworkUnavailable, UserError
from cfc_gis.sources import (
    boundaries,
    download,
    files,
    layers,
    limits,
    manifest,
    osm_extract,
    osm_live,
    overpass,
    web,
)
from cfc_gis.sources.web import Tell, quiet

if TYPE_CHECKING:
    from shapely import Geometry

RAW = Path("data/raw")
"""Folder of raw data, in the folder where one works."""

LICENCE = "OpenStreetMap contributors, ODbL 1.0"
_URBAN = "区"  # a city's urban districts end in it; counties and county-level cities in 县 and 市
_DAY_S = 86400
_ON_DISK = 0.5  # of the XML's size: kept answers and the extract are compressed, one answer at a time is not


@dataclass(frozen=True)
class Options:
    """How to pull.

    Parameters
    ----------
    folder
        Folder of raw data.
    endpoints
        Addresses of servers; else those of ``CFC_OVERPASS``, else the public ones.
    refresh
        Ask again also for what is there already.
    force
        Pull also what is very large.
    limits
        How patiently servers are asked, and for how much at once.
    tell
        Called with the key of the locale section ``pull`` and its facts, whenever there is something to say.
    """

    folder: Path = RAW
    endpoints: tuple[str, ...] = ()
    refresh: bool = False
    force: bool = False
    limits: limits.Limits = field(default_factory=limits.load)
    tell: Tell = quiet


@dataclass(frozen=True)
class Extract:
    """An extract in the folder of raw data.

    Parameters
    ----------
    path
        The file.
    source
        Where it comes from.
    fetched
        When it, or the oldest part of it, was fetched, in UTC.
    data_date
        Date of its data, as far as the source says.
    place
        City or district with which it can be studied; "" where that is not known.
    """

    path: Path
    source: str
    fetched: datetime
    data_date: str
    place: str = ""

    @property
    def age_days(self) -> float:
        """Days since it was fetched."""
        return max(0.0, (datetime.now(UTC) - self.fetched).total_seconds() / _DAY_S)


@dataclass(frozen=True)
class _Wanted:
    """What to pull: under which name, which outline, and for which places that outline is the study area.

    It is kept for the code of a city that was narrowed, for any place ("") where the planner chose the area, and not
    at all (None) where it is that of a whole city or district.
    """

    stem: str
    place: str
    outline: Geometry
    study_area_of: str | None


def pull_place(place: str = "哈尔滨市", options: Options | None = None, *, area_file: Path | None = None) -> Extract:
    """Pull a place, or an area of one's own, from servers of the Overpass API.

    The box of the outline, wider by the longest walk, is asked for whole. A city that is too large for public servers
    is narrowed to its smallest urban districts that together stay below a limit (``centre_km2``); their outline is
    kept beside the extract and is then the study area (:func:`outline_beside`).

    Where no server can be reached, the extract of an earlier pull of the same area is used, and its age is told.

    Parameters
    ----------
    place
        City or district; any other name is looked up in OpenStreetMap, and what was found is told.
    options
        How to pull.
    area_file
        Polygons of the planner; then the place is not looked up.

    Returns
    -------
    Extract
        ``PLACE.osm.pbf`` in the folder, or that of the name of the area file.

    Raises
    ------
    UserError
        When the place is unknown, or the area too large without ``force``.
    NetworkUnavailable
        When no server gives a whole answer and there is no earlier extract.
    NotWritable, DirLocked
        When the folder cannot be written, or another pull works in it.
    """
    options = options or Options()
    urls = overpass.servers(options.endpoints)
    wanted = _wanted(place, area_file, options)
    _refuse_too_large(wanted, options)
    bounds = osm_live.box_around(wanted.outline, options.limits.buffer_m)
    megabytes = osm_live.box_km2(bounds) * options.limits.mb_per_km2
    options.tell("pull.estimate", km2=round(osm_live.box_km2(bounds)), mb=max(1, round(megabytes)))
    target = options.folder / f"{wanted.stem}.osm.pbf"
    asked = {"query": osm_live.query(bounds, options.limits), "bounds": list(bounds), "place": place}
    with writing.locked(options.folder):
        files.refuse_full_disk(options.folder, round(megabytes * _ON_DISK * 1e6))
        source = osm_live.Source(
            overpass.Client(urls, options.limits, options.tell),
            options.folder / osm_live.CACHE,
            options.limits,
            options.refresh,
            options.tell,
        )
        try:
            pulled = osm_live.pull(bounds, target, source)
        except NetworkUnavailable as error:
            earlier = None if options.refresh else _earlier(target, asked)
            if earlier is None:
                raise
            options.tell("pull.kept_used", path=target, days=round(earlier.age_days, 1), cause=error.facts["tried"])
            return replace(earlier, place=wanted.place)
        return _record_pull(pulled, wanted, asked, options)


def _wanted(place: str, area_file: Path | None, options: Options) -> _Wanted:
    if area_file is not None:
        return _Wanted(text.file_stem(area_file.stem), place, layers.read(area_file).table.geometry.union_all(), "")
    try:
        city = boundaries.find_place(place)
    except ChoiceUnknown as error:
        if error.key != "place_unknown" or error.facts["suggestion"]:
            raise  # a slip of the pen is not looked up: the geocoder would find something somewhere
        outline, name = osm_live.outline_of(place, options.limits, _geocoder())
        options.tell("pull.understood", place=place, name=text.display(name))
        return _Wanted(text.file_stem(place), "", outline, "")
    outline = boundaries.outline(city.code)
    if city.level == "city" and not options.force and osm_live.area_km2(outline) > options.limits.whole_km2:
        return _centre(city, place, outline, options)
    return _Wanted(_stem(city), place, outline, None)


def _stem(city: boundaries.Place) -> str:
    """Name of a place as a file name, with its code where several places share it."""
    places = boundaries.builtin_places()
    shared = sum(entry.name == city.name and entry.level == city.level for entry in places) > 1
    return text.file_stem(f"{city.name}-{city.code}" if shared else city.name)


def _geocoder() -> str:
    url = os.environ.get(osm_live.GEOCODER_VARIABLE) or limits.geocoder()
    if not web.is_web_address(url):
        raise UserError("endpoint_invalid", found=web.shown(url), variable=osm_live.GEOCODER_VARIABLE)
    return url


def _centre(city: boundaries.Place, place: str, outline: Geometry, options: Options) -> _Wanted:
    """Narrow a city to its smallest urban districts, which are the inner ones, up to the limit."""
    districts = boundaries.districts(city.code)
    sizes = {row.unit_name: osm_live.area_km2(row.geometry) for row in districts.itertuples()}
    total, names = 0.0, []
    for name in sorted((name for name in sizes if name.endswith(_URBAN)), key=sizes.__getitem__):
        if total + sizes[name] > options.limits.centre_km2:
            break
        total += sizes[name]
        names.append(name)
    if not names:
        return _Wanted(_stem(city), place, outline, None)
    options.tell(
        "pull.narrowed", place=city.name, km2=round(osm_live.area_km2(outline)), names="、".join(names),
        limit=round(options.limits.centre_km2), narrowed=round(total),
    )  # fmt: skip
    chosen = districts[districts["unit_name"].isin(names)]
    return _Wanted(_stem(city), place, chosen.geometry.union_all(), city.code)


def _refuse_too_large(wanted: _Wanted, options: Options) -> None:
    km2 = osm_live.area_km2(wanted.outline)
    if km2 > options.limits.whole_km2 and not options.force:
        mb = round(km2 * options.limits.mb_per_km2)
        limit = round(options.limits.whole_km2)
        raise UserError("area_too_large", place=wanted.stem, km2=round(km2), limit=limit, mb=mb)


def _record_pull(pulled: osm_live.Pulled, wanted: _Wanted, asked: dict[str, Any], options: Options) -> Extract:
    source = f"Overpass API ({', '.join(pulled.servers)})"
    facts = {
        **asked,
        "source": source,
        "date": pulled.fetched.isoformat(),
        "data_date": pulled.data_date,
        "licence": LICENCE,
        "tiles": pulled.counts,
    }
    if wanted.study_area_of is not None:
        beside = _outline_place(pulled.path)
        _write_outline(wanted, beside)
        manifest.record(beside, {"source": facts["place"], "date": facts["date"]})
        facts |= {"outline": beside.name, "outline_of": wanted.study_area_of}
    manifest.record(pulled.path, facts)
    extract = Extract(pulled.path, source, pulled.fetched, pulled.data_date[:10], wanted.place)
    if pulled.counts["kept"]:
        days = round(extract.age_days, 1)
        options.tell("pull.kept", count=pulled.counts["kept"], total=pulled.counts["tiles"], days=days)
    return extract


def _outline_place(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix('.osm.pbf')}.area.geojson")


def _write_outline(wanted: _Wanted, path: Path) -> None:
    import geopandas as gpd

    layer = gpd.GeoDataFrame({"name": [wanted.stem]}, geometry=[wanted.outline], crs="EPSG:4326")
    with files.replaced(path) as part:
        part.write_text(layer.to_json(ensure_ascii=False), encoding="utf-8")


def outline_beside(path: Path, code: str) -> Path | None:
    """Return the outline for which an extract was pulled; None for other extracts and for other places.

    Parameters
    ----------
    path
        The extract.
    code
        Code of the place that is to be studied: the inner districts of a city say nothing of another place.

    Raises
    ------
    InputDamaged
        When the outline is not the one that was written with the extract.

    Examples
    --------
    >>> outline_beside(Path("nowhere.osm.pbf"), "230100") is None
    True
    """
    entry = manifest.entry(path) or {}
    beside = _outline_place(path)
    if entry.get("outline") != beside.name or entry.get("outline_of") not in {"", code} or not beside.is_file():
        return None
    known = manifest.entry(beside) or {}
    if known.get("sha256") != files.sha256(beside):
        size, wanted = beside.stat().st_size, known.get("bytes", "?")
        raise InputDamaged("extract_changed", path=beside, size=size, wanted=wanted)
    return beside


def _earlier(path: Path, asked: dict[str, Any]) -> Extract | None:
    """Return the extract of an earlier pull, if it is whole and answers what is asked now."""
    entry = manifest.entry(path) or {}
    if not path.is_file() or any(entry.get(name) != value for name, value in asked.items()):
        return None
    if entry.get("sha256") != files.sha256(path):
        return None
    return Extract(path, entry["source"], datetime.fromisoformat(entry["date"]), entry["data_date"][:10])


def bring_extract(source: str, options: Options | None = None, *, checksum: str = "") -> Extract:
    """Bring a whole extract into the folder of raw data.

    An extract brought from the same address within the last days (``fresh_days``) is not brought again; where the
    address cannot be reached, an older one is used. Both are told, with the age.

    Parameters
    ----------
    source
        http or https address, or path of a file; ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    options
        How to bring it.
    checksum
        MD5 or SHA-256 as hexadecimal text; else that of ``NAME.md5`` or ``NAME.sha256`` beside the source.

    Raises
    ------
    UserError
        When the source is no extract, or cannot be read as one.
    NetworkUnavailable
        When it cannot be had whole.
    NotWritable, DirLocked
        When the folder cannot be written, or another pull works in it.
    """
    options = options or Options()
    asked = {"query": web.shown(source) if web.is_web_address(source) else Path(source).name}
    with writing.locked(options.folder):
        earlier = None
        if web.is_web_address(source) and not options.refresh:
            earlier = _earlier(options.folder / download.name_of(source), asked)
        if earlier and earlier.age_days <= options.limits.fresh_days:
            options.tell("pull.there", path=earlier.path, days=round(earlier.age_days, 1))
            return earlier
        try:
            found = download.bring(
                source, options.folder, options.limits, check=_refuse_no_extract, checksum=checksum, tell=options.tell
            )
        except NetworkUnavailable as error:
            if earlier is None:
                raise
            cause = error.facts.get("cause") or error.facts.get("tried")
            options.tell("pull.kept_used", path=earlier.path, days=round(earlier.age_days, 1), cause=cause)
            return earlier
        if not found.checksum:
            options.tell("pull.unchecked", path=found.path)
        bounds, data_date = osm_extract.header(found.path)
        return _record_extract(found, asked, bounds, data_date)


def _refuse_no_extract(path: Path, kind: str) -> None:
    osm_extract.header(path, kind)


def _record_extract(
    found: download.Downloaded, asked: dict[str, Any], bounds: Bounds | None, data_date: str
) -> Extract:
    now = datetime.now(UTC).replace(microsecond=0)
    facts = {
        **asked,
        "source": found.source,
        "date": now.isoformat(),
        "data_date": data_date,
        "licence": LICENCE,
        "checksum": found.checksum,
        "bounds": None if bounds is None else list(bounds),
    }
    manifest.record(found.path, facts)
    return Extract(found.path, found.source, now, data_date)
