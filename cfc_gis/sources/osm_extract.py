"""Read streets, places, land use, buildings and boundaries from an OpenStreetMap extract in one go.

The file is read twice, which is what assembling multipolygons needs: once for the relations, once for all else; only a
file that repeats objects or is not in order is sorted first. An extract cut out by a box is the normal case: streets
keep the parts whose nodes are there, and polygons that do not close are set aside with their ids.
"""

from __future__ import annotations

import gc
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.coords import Bounds
from cfc_gis.errors import InputDamaged, InputMissing
from cfc_gis.sources import files, manifest, memory
from cfc_gis.sources.osm_tags import NODE_KEYS, OBJECT_KEYS, POLYGON_TYPES, WAY_KEYS

_AREA_KEYS = tuple(key for key in OBJECT_KEYS if key not in {"barrier", "railway"})
_UNDEFINED = 2**31 - 1  # how libosmium writes the coordinate of a node that is not in the file
_COORDINATE_STEP = 1e-7
_AREA_DIMENSION = 2
_MOSTLY = 0.5
_UNSORTED = ("twice in input", "out of order")  # what libosmium says of a file that is not sorted, or repeats objects
_LICENCE = "OpenStreetMap contributors, ODbL 1.0"


def read(path: str | Path, *, force: bool = False) -> schema.OsmTables:
    """Read an extract (``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``).

    Parameters
    ----------
    path
        The file. Where the manifest of its folder names it (:mod:`cfc_gis.sources.manifest`), it must be the file that
        was pulled. Ways, relations and tagged nodes that stand in it twice count once, in their highest version.
    force
        Read it also where it will probably not fit into memory.

    Returns
    -------
    OsmTables
        Geometry in EPSG:4326. Objects have ``name`` from ``name:zh``, else ``name``; missing names are NaN. Nothing
        is dropped without a count: ``counts`` and ``set_aside`` say what was cut or left out.

    Raises
    ------
    InputMissing
        When there is no such file.
    InputDamaged
        When it is empty, a web page, cut short, damaged, a history or change file, not the file that the manifest
        names, or has nodes but no usable street.
    UserError
        When it will probably not fit into memory.

    Examples
    --------
    >>> from importlib.resources import files
    >>> tables = read(files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf")
    >>> sorted({"residential", "footway"} & {tags["highway"] for tags in tables.streets["tags"]})
    ['footway', 'residential']
    """
    path = Path(path)
    _refuse_what_is_no_extract(path)
    if not force:
        memory.refuse_too_large(path)
    sha256 = files.sha256(path)
    pulled = manifest.entry(path) or {}
    if pulled.get("sha256", sha256) != sha256:
        raise InputDamaged("extract_changed", path=path, size=path.stat().st_size, wanted=pulled.get("bytes", "?"))
    with _no_search_for_cycles():
        rows, (box, header_date), repeated = _scan_once_or_sorted(path)
        streets, points, street_counts = _street_tables(rows)
        _refuse_without_streets(path, rows, points, street_counts)
        objects, admin = _object_tables(rows)
        cut = _cut_table(rows)
        set_aside = _set_aside(rows)
    counts = {
        "ways_of_streets": len(rows.street_ids),
        "street_parts": len(streets),
        **street_counts,
        "repeated_objects": repeated,
        "objects": len(objects),
        "boundaries_closed": len(admin),
        **{f"set_aside_{reason}": n for reason, n in sorted(Counter(set_aside["reason"]).items())},
    }
    bounds = box or (points["lon"].min(), points["lat"].min(), points["lon"].max(), points["lat"].max())
    how = "pyosmium; date from the file header" if header_date else "pyosmium; date of the newest street edit"
    provenance = {
        "name": "OpenStreetMap",
        "file": path.name,
        "sha256": sha256,
        "data_date": header_date or f"{rows.newest:%Y-%m-%d}",
        "licence": _LICENCE,
        "how": f"{how}; pulled {pulled['date']} from {pulled['source']}" if "source" in pulled else how,
    }
    return schema.OsmTables(objects, admin, streets, points, bounds, set_aside, counts, provenance, cut)


class _Rows(osmium.SimpleHandler):
    """Gather what is of use, as plain lists: the one place where speed decides the shape."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[dict[str, str]] = []
        self.wkb: list[str] = []
        self.street_ids: list[int] = []
        self.street_tags: list[dict[str, str]] = []
        self.street_sizes: list[int] = []
        self.street_refs: list[int] = []
        self.street_x: list[int] = []
        self.street_y: list[int] = []
        self.closed_ways: set[int] = set()
        self.cut_ids: list[str] = []
        self.cut_tags: list[dict[str, str]] = []
        self.cut_points: list[list[tuple[int, int]]] = []
        self.relations: set[int] = set()
        self.closed_areas: set[int] = set()
        self.closed_relations: set[int] = set()
        self.invalid: set[str] = set()
        self.nodes = 0
        self.newest: datetime | None = None
        self._wkb = osmium.geom.WKBFactory()

    def area(self, area: osmium.osm.Area) -> None:
        """Take a polygon; the library makes one of every closed way and every multipolygon that closes."""
        number, of_relation = divmod(area.id, 2)  # how the library numbers areas
        (self.closed_relations if of_relation else self.closed_areas).add(number)
        tags = _tags(area.tags)
        if "highway" in tags and not any(key in tags for key in _AREA_KEYS):
            return  # a closed street: taken with the ways
        osm_id = f"r{number}" if of_relation else f"w{number}"
        try:
            shape = self._wkb.create_multipolygon(area)
        except (RuntimeError, osmium.InvalidLocationError):
            self.invalid.add(osm_id)
            return
        self.ids.append(osm_id)
        self.tags.append(tags)
        self.wkb.append(shape)

    def relation(self, relation: osmium.osm.Relation) -> None:
        """Note a multipolygon, to see later whether it closed."""
        if relation.tags.get("type") in POLYGON_TYPES:
            self.relations.add(relation.id)

    def way(self, way: osmium.osm.Way) -> None:
        """Take a street or a line; note a closed way, to see later whether it became a polygon."""
        if "highway" in way.tags:
            self._street(way)
        elif way.is_closed() and way.tags.get("area") != "no":
            self.closed_ways.add(way.id)
            self._note_if_cut(way)
        elif (line := _line(way, self._wkb)) is None:
            self.invalid.add(f"w{way.id}")
        else:
            self.ids.append(f"w{way.id}")
            self.tags.append(dict(way.tags))
            self.wkb.append(line)

    def _note_if_cut(self, way: osmium.osm.Way) -> None:
        try:
            self._wkb.create_linestring(way)  # quicker than a look at each node
        except osmium.InvalidLocationError:
            self.cut_ids.append(f"w{way.id}")
            self.cut_tags.append(dict(way.tags))
            self.cut_points.append([(node.x, node.y) for node in way.nodes if node.x != _UNDEFINED])
        except RuntimeError:
            pass  # all its nodes are one: said with the polygons

    def _street(self, way: osmium.osm.Way) -> None:
        refs, xs, ys = self.street_refs, self.street_x, self.street_y
        before = len(refs)
        for node in way.nodes:
            location = node.location
            refs.append(node.ref)
            xs.append(location.x)
            ys.append(location.y)
        self.street_sizes.append(len(refs) - before)
        self.street_ids.append(way.id)
        self.street_tags.append(dict(way.tags))
        stamp = way.timestamp
        if self.newest is None or stamp > self.newest:
            self.newest = stamp

    def node(self, node: osmium.osm.Node) -> None:
        """Take a tagged node."""
        self.nodes += 1
        self.ids.append(f"n{node.id}")
        self.tags.append(dict(node.tags))
        self.wkb.append(self._wkb.create_point(node))


def _refuse_what_is_no_extract(path: Path) -> None:
    if not path.exists():
        # A path has lost one of the two slashes of an address.
        address = re.fullmatch(r"(https?):/+(.*)", path.as_posix())
        if address:
            raise InputMissing("extract_is_address", path=f"{address[1]}://{address[2]}")
        raise InputMissing("input_missing", path=path)
    if path.is_dir():
        raise InputDamaged("input_is_folder", path=path)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\0"):
        raise InputDamaged("extract_empty", path=path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<") and b"<html" in start):
        raise InputDamaged("extract_is_web_page", path=path)
    if b"<!entity" in start or b"<!doctype" in start:
        raise InputDamaged("extract_damaged", path=path, size=path.stat().st_size, cause="XML entities are not read")
    if b"<osmchange" in start or path.name.endswith((".osc", ".osc.gz", ".osh", ".osh.pbf")):
        raise InputDamaged("extract_history", path=path)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    # Nothing that is read can form a cycle, and looking for cycles in ever longer lists takes a tenth of the time.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def header(path: Path, kind: str = "") -> tuple[Bounds | None, str]:
    """Return what the header of an extract says: its box in degrees, if any, and the date of its data, else "".

    Parameters
    ----------
    path
        The file.
    kind
        Such as ``osm.pbf``; by default as its name says.

    Raises
    ------
    InputMissing, InputDamaged
        When there is no such file, or it is no extract.

    Examples
    --------
    >>> from importlib.resources import files
    >>> header(files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf")[1]
    '2024-06-01'
    """
    _refuse_what_is_no_extract(path)
    try:
        with osmium.io.Reader(osmium.io.File(str(path), kind)) as reader:
            found = reader.header()
    except (RuntimeError, ValueError) as error:
        raise _damaged(path, error) from error
    if found.has_multiple_object_versions:
        raise InputDamaged("extract_history", path=path)
    date = found.get("osmosis_replication_timestamp") or found.get("timestamp") or ""
    box = found.box()
    if not box.valid():
        return None, date[:10]
    west_south, east_north = box.bottom_left, box.top_right
    return (west_south.lon, west_south.lat, east_north.lon, east_north.lat), date[:10]


def _damaged(path: Path, error: Exception) -> InputDamaged:
    cause = str(error) or type(error).__name__
    return InputDamaged("extract_damaged", path=path, size=path.stat().st_size, cause=cause)


def _scan_once_or_sorted(path: Path) -> tuple[_Rows, tuple[Bounds | None, str], int]:
    """Read the file as it stands; when objects stand in it twice or out of order, sort it first and read it again."""
    said = header(path)
    try:
        rows = _scan(path)
        if len(set(rows.ids)) == len(rows.ids):
            return rows, said, 0
    except (RuntimeError, ValueError) as error:
        if not any(sign in str(error) for sign in _UNSORTED):
            raise _damaged(path, error) from error
    try:
        with tempfile.TemporaryDirectory(prefix="cfc-") as folder:
            whole = Path(folder) / "sorted.osm.pbf"
            repeated = _sort(path, whole)
            return _scan(whole), said, repeated
    except (RuntimeError, ValueError) as error:
        raise _damaged(path, error) from error


def _scan(path: Path) -> _Rows:
    rows = _Rows()
    wanted_nodes = osmium.filter.KeyFilter(*NODE_KEYS)
    wanted_nodes.enable_for(osmium.osm.NODE)
    rows.apply_file(str(path), locations=True, filters=[osmium.filter.KeyFilter(*WAY_KEYS), wanted_nodes])
    return rows


def _sort(path: Path, target: Path) -> int:
    """Write the objects of a file in order, each once in its highest version; return how many were left out."""
    merge = osmium.MergeInputReader()
    merge.add_file(str(path))
    nothing = osmium.io.FileBuffer(b"<osm version='0.6'/>", "osm")
    with osmium.io.Reader(nothing) as reader, closing(osmium.io.Writer(str(target))) as writer:
        merge.apply_to_reader(reader, writer)
    return sum(1 for _ in osmium.FileProcessor(str(path))) - sum(1 for _ in osmium.FileProcessor(str(target)))


def _tags(tags: osmium.osm.TagList) -> dict[str, str]:
    # Two buildings in three carry nothing but `building`, and asking for one known key is ten times quicker than
    # listing all.
    if len(tags) == 1 and (building := tags.get("building")):
        return {"building": building}
    return dict(tags)


def _line(way: osmium.osm.Way, wkb: osmium.geom.WKBFactory) -> str | None:
    """Return a way as a line, in several parts where nodes are missing; None when no two nodes follow each other."""
    try:
        return wkb.create_linestring(way)
    except (RuntimeError, osmium.InvalidLocationError):
        pass  # some of its nodes are missing, or it has no length
    parts: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if node.x == _UNDEFINED:
            parts.append([])
        else:
            parts[-1].append((node.x * _COORDINATE_STEP, node.y * _COORDINATE_STEP))
    lines = [shapely.linestrings(part) for part in parts if len(part) > 1]
    return shapely.to_wkb(shapely.multilinestrings(lines), hex=True) if lines else None


def _street_tables(rows: _Rows) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Cut each way where nodes are missing; parts of fewer than two nodes are no street."""
    way = np.repeat(np.arange(len(rows.street_sizes)), rows.street_sizes)
    x = np.asarray(rows.street_x, dtype=np.int64)
    there = x != _UNDEFINED
    starts = np.r_[True, way[1:] != way[:-1]] if len(way) else np.zeros(0, dtype=bool)
    # A new part begins at a way's first node and after each missing one.
    part = np.cumsum(starts | ~there | np.r_[False, ~there[:-1]]) if len(way) else np.zeros(0, dtype=np.int64)
    sizes = np.bincount(part[there], minlength=int(part.max(initial=0)) + 1)
    keep = there & (sizes[part] > 1)
    part_ids, street = np.unique(part[keep], return_inverse=True)
    way_of_part = way[np.searchsorted(part, part_ids)]
    number = np.arange(len(part_ids)) - np.searchsorted(way_of_part, way_of_part)
    tags = [rows.street_tags[i] for i in way_of_part]
    streets = pd.DataFrame(
        {
            "osm_id": _texts([f"w{rows.street_ids[i]}" for i in way_of_part]),
            "part": number,
            "name": _texts([_name(each) for each in tags]),
            "tags": tags,
        }
    )
    points = pd.DataFrame(
        {
            "street": street.astype(np.int64),
            "node_id": np.asarray(rows.street_refs, dtype=np.int64)[keep],
            "lon": x[keep] * _COORDINATE_STEP,
            "lat": np.asarray(rows.street_y, dtype=np.int64)[keep] * _COORDINATE_STEP,
        }
    )
    cut = np.unique(way[~there])
    counts = {
        "street_nodes_missing": int((~there).sum()),
        "street_nodes_alone": int((there & ~keep).sum()),
        "ways_cut": len(cut),
        "ways_lost": len(rows.street_ids) - len(np.unique(way_of_part)),
    }
    return streets, points, counts


def _refuse_without_streets(path: Path, rows: _Rows, points: pd.DataFrame, counts: dict[str, int]) -> None:
    asked = len(rows.street_refs)
    missing = counts["street_nodes_missing"] / asked if asked else 0.0
    if points.empty or missing > _MOSTLY:
        raise InputDamaged(
            "extract_no_streets", path=path, nodes=rows.nodes, ways=len(rows.street_ids), missing=round(100 * missing)
        )


def _object_tables(rows: _Rows) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    shapes = shapely.from_wkb([bytes.fromhex(shape) for shape in rows.wkb])
    # The reader makes every area a multipolygon; one with a single part is a polygon.
    multi = (shapely.GeometryType.MULTIPOLYGON, shapely.GeometryType.MULTILINESTRING)
    single = np.isin(shapely.get_type_id(shapes), multi) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    # A closed fence or track is a line, though it came as an area.
    lines = np.fromiter((_is_line(tags) for tags in rows.tags), dtype=bool, count=len(rows.tags))
    lines &= shapely.get_dimensions(shapes) == _AREA_DIMENSION
    shapes[lines] = shapely.boundary(shapes[lines])
    objects = gpd.GeoDataFrame(
        {"osm_id": _texts(rows.ids), "name": _texts([_name(tags) for tags in rows.tags]), "tags": rows.tags},
        geometry=shapes,
        crs="EPSG:4326",
    )
    is_admin = np.fromiter(
        (tags.get("boundary") == "administrative" for tags in rows.tags), dtype=bool, count=len(rows.tags)
    )
    is_area = shapely.get_dimensions(shapes) == _AREA_DIMENSION
    return objects[~is_admin].reset_index(drop=True), objects[is_admin & is_area].reset_index(drop=True)


def _cut_table(rows: _Rows) -> gpd.GeoDataFrame:
    """Return what is left of polygons and of streets that the box has cut, as points."""
    x, y = np.asarray(rows.street_x, dtype=np.int64), np.asarray(rows.street_y, dtype=np.int64)
    way = np.repeat(np.arange(len(rows.street_sizes)), rows.street_sizes)
    lost, same = x == _UNDEFINED, way[1:] == way[:-1]
    beside = (np.r_[False, lost[:-1] & same] | np.r_[lost[1:] & same, False]) & ~lost
    ends = np.flatnonzero(beside)
    ids = [*rows.cut_ids, *(f"w{rows.street_ids[i]}" for i in way[ends])]
    tags = [*rows.cut_tags, *(rows.street_tags[i] for i in way[ends])]
    points = [*map(np.array, rows.cut_points), *np.column_stack([x[ends], y[ends]])[:, None]]
    sizes = [len(each) for each in points]
    xy = np.concatenate([*points, np.empty((0, 2))]) * _COORDINATE_STEP
    shapes = shapely.multipoints(shapely.points(xy), indices=np.repeat(np.arange(len(points)), sizes))
    names = _texts([_name(each) for each in tags])
    return gpd.GeoDataFrame({"osm_id": _texts(ids), "name": names, "tags": tags}, geometry=shapes, crs="EPSG:4326")


def _is_line(tags: dict[str, str]) -> bool:
    if "barrier" in tags or "railway" in tags:
        return tags.get("area") != "yes" and not any(key in tags for key in _AREA_KEYS)
    return False


def _texts(values: list[str] | list[str | None]) -> pd.Series:
    # Left as they are: turning them into Arrow strings takes time, and so does every look at one of them.
    return pd.Series(values, dtype=object)


def _name(tags: dict[str, str]) -> str | None:
    return tags.get("name:zh") or tags.get("name")


def _set_aside(rows: _Rows) -> pd.DataFrame:
    reasons = {
        **dict.fromkeys((f"w{number}" for number in rows.closed_ways - rows.closed_areas), "polygon_not_closed"),
        **dict.fromkeys((f"r{number}" for number in rows.relations - rows.closed_relations), "multipolygon_not_closed"),
        **dict.fromkeys(rows.invalid, "geometry_invalid"),
    }
    return pd.DataFrame({"osm_id": sorted(reasons), "reason": [reasons[key] for key in sorted(reasons)]}, dtype="str")
