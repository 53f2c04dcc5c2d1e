"""Longitudes and latitudes: the projected CRS of a study, lengths of a degree, and coordinates that cannot be right."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cfc_gis import locale
from cfc_gis.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
_ZONE_WIDTH = 3.0  # degrees of longitude of a Gauss-Krüger strip
_FIRST_MERIDIAN, _FIRST_EPSG = 75, 4534  # CGCS2000 / 3-degree Gauss-Krueger CM 75E; one code per strip eastwards
_RADIUS, _E2 = 6378137.0, 0.00669437999014  # WGS 84: semi-major axis in metres, eccentricity squared
_SHOWN = 10  # rows named in a message


def projected_crs(bounds: Bounds) -> CRS:
    """Return the projected CRS, in metres, in which distances of an area are computed.

    In China an area no wider than a three-degree strip gets the CGCS2000 / 3-degree Gauss-Krueger system of the
    nearest central meridian, which is what local planning data use: no point of it is then farther than 3 degrees
    from the meridian, where lengths are off by less than 0.2 %. Wider areas, and areas elsewhere, get the UTM zone
    of their middle.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees (WGS 84 or CGCS2000: they differ by centimetres).

    Raises
    ------
    UserError
        When the bounds are not finite, not in order, or not on the map.

    References
    ----------
    EPSG registry: 4534 (CM 75E) to 4554 (CM 135E); 326xx and 327xx for UTM north and south.

    Examples
    --------
    >>> projected_crs((126.506, 45.658, 126.772, 45.831)).to_epsg()
    4551
    >>> projected_crs((125.7, 44.0, 130.2, 46.7)).to_epsg()
    32652
    """
    from pyproj import CRS

    west, south, east, north = bounds
    on_map = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if not (all(map(math.isfinite, bounds)) and on_map):
        raise UserError("bounds_invalid", found=bounds_text(bounds))
    middle = (west + east) / 2
    in_china = west >= CHINA[0] and south >= CHINA[1] and east <= CHINA[2] and north <= CHINA[3]
    if in_china and east - west <= _ZONE_WIDTH:
        strip = math.floor((middle - _FIRST_MERIDIAN) / _ZONE_WIDTH + 0.5)
        return CRS.from_epsg(_FIRST_EPSG + min(max(strip, 0), 20))
    zone = min(int((middle + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if south + north >= 0 else 32700) + zone)


def bounds_text(bounds: Bounds) -> str:
    """Return bounds as messages show them: west–east, south–north, in degrees.

    Examples
    --------
    >>> bounds_text((126.506, 45.658, 126.772, 45.831))
    '126.506–126.772, 45.658–45.831'
    """
    west, south, east, north = bounds
    return f"{west:.3f}–{east:.3f}, {south:.3f}–{north:.3f}"


def metres_per_degree(lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lengths of one degree of longitude and of latitude, in metres, on the WGS 84 ellipsoid.

    With ``e2`` the squared eccentricity and ``w = 1 - e2 sin(lat)^2``: ``pi/180 a cos(lat) / sqrt(w)`` to the east,
    ``pi/180 a (1 - e2) / w^1.5`` to the north (radii of curvature of the prime vertical and of the meridian). Good to
    a thousandth for differences of a few kilometres.

    Parameters
    ----------
    lat
        Latitudes in degrees; NaN gives NaN.

    Examples
    --------
    >>> east, north = metres_per_degree(45.75)
    >>> round(float(east)), round(float(north))
    (77811, 111146)
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    w = 1 - _E2 * np.sin(phi) ** 2
    degree = np.pi / 180 * _RADIUS
    return degree * np.cos(phi) / np.sqrt(w), degree * (1 - _E2) / w**1.5


def off_map(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which positions are on no map: infinite, or beyond 180 degrees of longitude or 90 of latitude.

    Missing positions (NaN) are not off the map.

    Examples
    --------
    >>> off_map([126.6, 45.7, float("inf"), float("nan")], [45.7, 126.6, 45.7, 45.7]).tolist()
    [False, True, True, False]
    """
    return np.asarray((np.abs(np.asarray(lon, float)) > 180) | (np.abs(np.asarray(lat, float)) > 90))


def require_on_map(lon: ArrayLike, lat: ArrayLike, rows: Sequence[Hashable] | pd.Index | None = None) -> None:
    """Refuse positions that are on no map (:func:`off_map`).

    Parameters
    ----------
    lon, lat
        Degrees, of any datum; NaN where missing.
    rows
        What to call them in the message; by default 0, 1, 2 ...

    Raises
    ------
    UserError
        With how many there are, and the first of them.

    Examples
    --------
    >>> require_on_map([126.6, float("nan")], [45.7, 45.7])
    """
    bad = np.flatnonzero(off_map(lon, lat))
    if len(bad):
        raise UserError(
            "positions_off_map",
            count=len(bad),
            rows=", ".join(str(row if rows is None else rows[row]) for row in bad[:_SHOWN]),
        )


def lon_lat(table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the columns ``lon`` and ``lat`` of a table of points (:data:`cfc_gis.schema.POINTS`), NaN where missing.

    Raises
    ------
    UserError
        When a position is on no map; the message names the rows by the table's index.

    Examples
    --------
    >>> import pandas as pd
    >>> lon_lat(pd.DataFrame({"lon": [126.6, None], "lat": [45.7, 45.8]}))[0].tolist()
    [126.6, nan]
    """
    lon, lat = (table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("lon", "lat"))
    require_on_map(lon, lat, table.index)
    return lon, lat


FaultKind = Literal["missing", "zero", "swapped", "off_map", "outside"]


@dataclass(frozen=True)
class CoordinateFault:
    """What is wrong with the coordinates of some rows.

    Parameters
    ----------
    kind
        ``missing``: no longitude or no latitude. ``zero``: both are 0, as exports write a blank. ``swapped``: the
        position lies in the expected region only with longitude and latitude exchanged. ``off_map``: no longitude and
        latitude in degrees at all. ``outside``: on the map, but outside the region.
    rows
        Labels of the rows, in their order.
    region
        The expected region.
    """

    kind: FaultKind
    rows: tuple[Hashable, ...]
    region: Bounds

    @property
    def stops(self) -> bool:
        """Whether the file must be put right first; other rows are set aside, counted and shown."""
        return self.kind in {"swapped", "off_map"}

    def text(self, lang: locale.Lang) -> str:
        """Return what was found, in which rows, and what to do."""
        facts = {"count": len(self.rows), "rows": rows_text(self.rows, lang), "region": bounds_text(self.region)}
        return locale.say(f"coordinates.{self.kind}", lang, **facts)


def rows_text(rows: Sequence[Hashable], lang: locale.Lang) -> str:
    """Return the first rows of a list as messages show them.

    Examples
    --------
    >>> rows_text([3, 7], "en"), rows_text(range(2, 99), "zh")
    ('3, 7', '2, 3, 4, 5, 6, 7, 8, 9, 10, 11 等')
    """
    more = locale.say("coordinates.more", lang) if len(rows) > _SHOWN else ""
    return ", ".join(str(row) for row in rows[:_SHOWN]) + more


def coordinate_faults(
    lon: ArrayLike, lat: ArrayLike, region: Bounds = CHINA, rows: Sequence[Hashable] | None = None
) -> tuple[CoordinateFault, ...]:
    """Find coordinates that cannot be right; each row has one fault at most.

    Parameters
    ----------
    lon, lat
        Longitudes and latitudes in degrees, of any datum; NaN where missing.
    region
        Where the rows should lie. Make it a few kilometres wider than the data: datums differ by up to 1.6 km, and
        the farther east or north of 54 degrees a region reaches, the less can be told of swapped columns.
    rows
        What to call the rows, such as their lines in the file; by default 0, 1, 2 ...

    Returns
    -------
    tuple
        One fault for each kind that occurs, those that stop first.

    Examples
    --------
    >>> found = coordinate_faults([126.6, 45.7, 4558000.0], [45.7, 126.6, 5067000.0], rows=[2, 3, 4])
    >>> [(fault.kind, fault.rows, fault.stops) for fault in found]
    [('swapped', (3,), True), ('off_map', (4,), True)]
    """
    x, y = (np.asarray(values, dtype=np.float64) for values in (lon, lat))
    labels = np.arange(len(x)) if rows is None else np.asarray(rows, dtype=object)
    missing = np.isnan(x) | np.isnan(y)
    good = _within(x, y, region)
    found: dict[FaultKind, NDArray[np.bool_]] = {
        "swapped": _within(y, x, region),
        "off_map": off_map(x, y),
        "zero": (x == 0) & (y == 0),
        "outside": ~missing,
    }
    faults, done = [], good | missing
    for kind, bad in (*found.items(), ("missing", missing)):
        here = bad if kind == "missing" else bad & ~done
        done = done | here
        if here.any():
            faults.append(CoordinateFault(kind, tuple(labels[here].tolist()), region))
    return tuple(faults)


def _within(lon: NDArray[np.float64], lat: NDArray[np.float64], box: Bounds) -> NDArray[np.bool_]:
    return np.asarray((box[0] <= lon) & (lon <= box[2]) & (box[1] <= lat) & (lat <= box[3]))
