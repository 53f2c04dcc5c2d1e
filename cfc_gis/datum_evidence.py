"""What can tell the datum of a table: points against OSM objects of their name, addresses against streets of theirs.

Both kinds of evidence are one table of matches, with the distance in metres that each match would have under each
datum, and one table of flags: which datum it agrees with. :mod:`cfc_gis.datum_check` judges by the flags.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely

from cfc_gis import coords, datums, named_points

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

OTHER = "other"
"""A shift that is none of the known datums."""

_DISTANCES = [f"{datum}_m" for datum in datums.DATUMS]
_LINE = 1  # dimension
_HOUSE_NUMBER = re.compile(r"\s*(?:[0-9(]|$)")


@dataclass(frozen=True)
class Evidence:
    """Matches of the rows of one group, and the datum that each agrees with.

    Parameters
    ----------
    kind
        ``names`` or ``streets``.
    matches
        One row for each match: ``row`` (label in the table), ``name`` (of the point, or of the street), ``osm_id``
        (missing for streets), ``east_m`` and ``north_m`` (from the OSM object to the point as given; NaN for streets),
        and ``wgs84_m``, ``gcj02_m``, ``bd09_m``: the distance in metres if the point is taken to be in that datum.
    agrees
        For each match, in the same order, whether it agrees with a datum; for names also with a common shift of no
        known datum (:data:`OTHER`).
    ambiguous
        Names that were left out because they stand for several places.
    too_close
        Whether the datums lie too near to each other here to be told apart.
    """

    kind: Literal["names", "streets"]
    matches: pd.DataFrame
    agrees: pd.DataFrame
    ambiguous: int = 0
    too_close: bool = False


@cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """Return the distances and thresholds of ``resources/datums.toml``.

    Examples
    --------
    >>> rules()["names"]["search_m"]
    3000
    """
    return tomllib.loads((resources.files("cfc_gis") / "resources" / "datums.toml").read_text(encoding="utf-8"))


def points_of(table: pd.DataFrame, places: Iterable[str]) -> pd.DataFrame:
    """Return the rows of a table that can be compared by name: ``row``, ``name``, ``key``, ``lon`` and ``lat``.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["文庙", None], "lon": [126.6, 126.6], "lat": [45.7, 45.7]})
    >>> points_of(table, [])["row"].tolist()
    [0]
    """
    lon, lat = coords.lon_lat(table)
    keys = named_points.name_keys(table["name"], places)
    points = pd.DataFrame({"row": table.index, "name": table["name"].to_numpy(), "key": keys, "lon": lon, "lat": lat})
    known = (points["key"] != "") & points["lon"].notna() & points["lat"].notna()
    return points[known].reset_index(drop=True)


def objects_of(objects: gpd.GeoDataFrame, places: Iterable[str]) -> pd.DataFrame:
    """Return OSM objects to compare with, by their centres: ``osm_id``, ``name``, ``key``, ``lon`` and ``lat``.

    Lines, and objects so large that their centre says little, are left out.

    Parameters
    ----------
    objects
        Objects (:data:`cfc_gis.schema.OSM_OBJECTS`) in EPSG:4326.
    places
        As in :func:`cfc_gis.named_points.name_key`.
    """
    keys = named_points.name_keys(objects["name"], places)
    shapes = objects.geometry.to_numpy()
    bounds = shapely.bounds(shapes)
    east, north = coords.metres_per_degree(bounds[:, 1])
    widest = np.maximum((bounds[:, 2] - bounds[:, 0]) * east, (bounds[:, 3] - bounds[:, 1]) * north)
    taken = (keys != "") & (shapely.get_dimensions(shapes) != _LINE) & (widest <= rules()["names"]["widest_m"])
    # Degrees are no plane, but within a kilometre the centre moves by less than a metre for that.
    centres = shapely.centroid(shapes[taken])
    return pd.DataFrame(
        {
            "osm_id": objects["osm_id"].to_numpy()[taken],
            "name": objects["name"].to_numpy()[taken],
            "key": keys[taken],
            "lon": shapely.get_x(centres),
            "lat": shapely.get_y(centres),
        }
    )


def by_names(points: pd.DataFrame, objects: pd.DataFrame) -> Evidence:
    """Compare points with OSM objects of their name.

    One name may stand for several places (branches, squares with a bus stop, 河畔公园 in five districts). Taking the
    nearest of them after a conversion would be wrong: each datum would choose the partner that flatters it, and the
    more branches there are, the better any datum would look. So a name counts only where nothing is left to choose:
    points of one name that lie together are one place, objects likewise, and a pair counts if neither has another
    partner within the search distance, which is far wider than any shift. The choice is made before any datum is
    thought of, the search circle holds the positions under all three, and each pair is one independent vote. Names
    that are left out are counted.

    Parameters
    ----------
    points
        Rows of one group (:func:`points_of`).
    objects
        Reference (:func:`objects_of`).
    """
    limits = rules()["names"]
    here, there = _places(points, limits["same_place_m"]), _places(objects, limits["same_place_m"])
    pairs = named_points.same_name_pairs(here, there, limits["search_m"])
    alone = ~pairs["first"].duplicated(keep=False) & ~pairs["second"].duplicated(keep=False)
    ambiguous = here["key"].iloc[pairs.loc[~alone, "first"]].nunique()
    here = here.iloc[pairs.loc[alone, "first"]].reset_index(drop=True)
    there = there.iloc[pairs.loc[alone, "second"]].reset_index(drop=True)
    vectors = {datum: _vectors(here, there, datum) for datum in datums.DATUMS}
    matches = pd.DataFrame(
        {
            "row": here["row"],
            "name": here["name"],
            "osm_id": there["osm_id"],
            "east_m": vectors["wgs84"][:, 0],
            "north_m": vectors["wgs84"][:, 1],
            **{f"{datum}_m": np.hypot(*vectors[datum].T) for datum in datums.DATUMS},
        }
    )
    apart = _least_separation(vectors.values())
    near = np.minimum(limits["agree_m"], apart / 2)
    agrees = pd.DataFrame({datum: matches[f"{datum}_m"] <= near for datum in datums.DATUMS})
    # A shift of its own lies clear of the datums: what is only a little farther from one than agrees is its noise.
    strange = (matches[_DISTANCES].min(axis=1) > 2 * limits["agree_m"]).to_numpy()
    agrees[OTHER] = False
    common = _densest(vectors["wgs84"][strange], limits["agree_m"])
    if common.sum() >= limits["least_common"]:
        agrees.loc[strange, OTHER] = common
    too_close = bool((apart < 2 * limits["least_agree_m"]).mean() > 0.5) if len(matches) else False
    return Evidence("names", matches, agrees, int(ambiguous), too_close)


def _places(points: pd.DataFrame, within_m: float) -> pd.DataFrame:
    """One row for each place: the first of its rows, in the middle of all."""
    lon, lat = points["lon"].to_numpy(), points["lat"].to_numpy()
    place = named_points.same_place(points["key"].to_numpy(), lon, lat, within_m)
    by_place = points.groupby(place)
    return by_place.first().assign(lon=by_place["lon"].mean(), lat=by_place["lat"].mean()).reset_index(drop=True)


def _vectors(here: pd.DataFrame, there: pd.DataFrame, datum: datums.Datum) -> NDArray[np.float64]:
    """Metres east and north from the reference to the points, taken to be in a datum."""
    lon, lat = datums.to_wgs84(here["lon"], here["lat"], datum)
    east, north = coords.metres_per_degree(there["lat"])
    return np.column_stack([(lon - there["lon"].to_numpy()) * east, (lat - there["lat"].to_numpy()) * north])


def _least_separation(vectors: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Distance in metres between the two datums that are nearest to each other, for each match."""
    apart = [np.hypot(*(one - other).T) for one, other in combinations(vectors, 2)]
    return np.asarray(np.minimum.reduce(apart))


def _densest(vectors: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    """Flag the vectors within a radius of the one that has most others around it (ties: the westmost, southmost)."""
    from scipy.spatial import cKDTree

    if not len(vectors):
        return np.zeros(0, dtype=bool)
    around = cKDTree(vectors).query_ball_point(vectors, radius, return_length=True)
    middle = vectors[np.lexsort((vectors[:, 1], vectors[:, 0], -around))[0]]
    return np.asarray(np.hypot(*(vectors - middle).T) <= radius)


# --- streets ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Streets:
    """Named streets as lines in metres.

    Parameters
    ----------
    lines
        Line of each name, all its ways together; plane metres, true in the middle of the data.
    scale
        Metres per degree of longitude and of latitude there.
    """

    lines: Mapping[str, shapely.Geometry]
    scale: tuple[float, float]


def streets_of(streets: pd.DataFrame, street_points: pd.DataFrame) -> Streets:
    """Return the named streets.

    Parameters
    ----------
    streets, street_points
        Tables of a source (:data:`cfc_gis.schema.STREETS`, :data:`cfc_gis.schema.STREET_POINTS`).
    """
    keys = named_points.name_keys(streets["name"])[street_points["street"].to_numpy()]
    named = street_points[keys != ""]
    east, north = (float(each) for each in coords.metres_per_degree(street_points["lat"].mean()))
    xy = named[["lon", "lat"]].to_numpy() * (east, north)
    ways, number = np.unique(named["street"].to_numpy(), return_inverse=True)
    lines = pd.Series(shapely.linestrings(xy, indices=number), dtype=object)
    names = named_points.name_keys(streets["name"].iloc[ways])
    return Streets({str(name): shapely.multilinestrings(each) for name, each in lines.groupby(names)}, (east, north))


def street_in(address: object, known: Iterable[str] | Mapping[str, Any]) -> str:
    """Return the street that an address names before its first house number; empty where it is none of those known.

    Parameters
    ----------
    address
        Such as ``哈尔滨市南岗区一曼街241号``.
    known
        Names of streets, as :func:`cfc_gis.named_points.name_key` writes them.

    Examples
    --------
    >>> street_in("哈尔滨市南岗区荣市街道颐园街1号", {"颐园街"}), street_in("新红旗街12号", {"红旗街"})
    ('颐园街', '')
    """
    if not isinstance(address, str):
        return ""
    after = rules()["streets"]["after"]
    head = named_points.name_key(_HOUSE_NUMBER.split(unicodedata.normalize("NFKC", address), maxsplit=1)[0])
    starts = (at for at in range(len(head)) if at == 0 or head[at - 1] in after)
    return next((head[at:] for at in starts if head[at:] in known), "")


def by_streets(table: pd.DataFrame, address: str, streets: Streets) -> Evidence:
    """Compare points with the streets that their addresses name.

    This is weaker than names: a shift along a street cannot be seen, and a long street is near by chance. It tells
    which datum is right when one is, and cannot tell a mixture.

    Parameters
    ----------
    table
        Rows of one group, with ``lon`` and ``lat``.
    address
        Column of addresses.
    streets
        Reference (:func:`streets_of`).
    """
    limits = rules()["streets"]
    lon, lat = coords.lon_lat(table)
    keys = [street_in(each, streets.lines) for each in table[address]]
    rows = pd.DataFrame({"row": table.index, "key": keys, "lon": lon, "lat": lat})
    usable = (rows["key"] != "") & rows["lon"].notna() & rows["lat"].notna()
    rows = _places(rows[usable].reset_index(drop=True), limits["same_place_m"])
    matches = pd.DataFrame(
        {"row": rows["row"], "name": rows["key"], "osm_id": None, "east_m": np.nan, "north_m": np.nan}
    )
    lines = np.array([streets.lines[name] for name in rows["key"]], dtype=object)
    for datum in datums.DATUMS:
        xy = np.column_stack(datums.to_wgs84(rows["lon"], rows["lat"], datum)) * streets.scale
        matches[f"{datum}_m"] = shapely.distance(shapely.points(xy), lines)
    agrees = pd.DataFrame({datum: matches[f"{datum}_m"] <= limits["agree_m"] for datum in datums.DATUMS})
    return Evidence("streets", matches, agrees)
