"""Choose the projected coordinate reference system in which a study is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cfc_gis.errors import UserError

if TYPE_CHECKING:
    from pyproj import CRS

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

_CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
_ZONE_WIDTH = 3.0  # degrees of longitude of a Gauss-Krüger strip
_FIRST_MERIDIAN, _FIRST_EPSG = 75, 4534  # CGCS2000 / 3-degree Gauss-Krueger CM 75E; one code per strip eastwards


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
    in_china = west >= _CHINA[0] and south >= _CHINA[1] and east <= _CHINA[2] and north <= _CHINA[3]
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
