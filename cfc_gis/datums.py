"""GCJ-02 and BD-09 to WGS 84 and back, and a table with declared datums into WGS 84.

Map providers in China publish longitudes and latitudes that are displaced on purpose: AMap and Tencent in GCJ-02,
Baidu in BD-09, which displaces GCJ-02 once more. Neither has an official formula; the public one below agrees with
Baidu's own conversion service within a metre. Converting such data falls under surveying law and the provider's
licence: whether it may be done is for the planner's office to decide, and :func:`convert` does only what is declared.

**GCJ-02.** With ``x = lon - 105`` and ``y = lat - 35`` in degrees, the shift in metres is::

    wave  = 2/3 (20 sin(6 pi x) + 20 sin(2 pi x))
    east  =  300 +  x + 2 y + 0.1 x^2 + 0.1 x y + 0.1 sqrt|x| + wave
             + 2/3 (20 sin(pi x) + 40 sin(pi x / 3) + 150 sin(pi x / 12) + 300 sin(pi x / 30))
    north = -100 + 2 x + 3 y + 0.2 y^2 + 0.1 x y + 0.2 sqrt|x| + wave
             + 2/3 (20 sin(pi y) + 40 sin(pi y / 3) + 160 sin(pi y / 12) + 320 sin(pi y / 30))

and is turned into degrees by the radii of curvature of the Krasovsky 1940 ellipsoid.

**BD-09.** With the GCJ-02 degrees taken as plane coordinates, ``k = 3000 pi / 180``, ``r = sqrt(lon^2 + lat^2)`` and
``t = atan2(lat, lon)``::

    r' = r + 0.00002 sin(k lat),   t' = t + 0.000003 cos(k lon)
    BD-09 = (r' cos t' + 0.0065, r' sin t' + 0.006)

**Where.** Both apply in the box 72.004-137.8347 E, 0.8293-55.8271 N of the public formula, for the position in WGS 84;
elsewhere all three are one. The box holds all of China with Hong Kong, Macau and Taiwan, which are shifted like the
mainland, and also parts of neighbouring countries, for which the formula says nothing true: leave such rows out. It is
kept because other tools use it too; China's own extremes would cut off Mohe.

**Back.** No formula exists. The shift changes slowly, so ``p <- p + (q - forward(p))`` closes in on the position whose
image is ``q``. Each round leaves less than a hundredth of the error: 3 rounds leave less than 2 mm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cfc_gis import coords, schema
from cfc_gis.errors import ChoiceUnknown, UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Step = Callable[[Array, Array], tuple[Array, Array]]

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)

GIVEN = ("lon_given", "lat_given", "datum_given")
"""Columns that :func:`convert` adds: the coordinates as they came, and the datum declared for them."""

_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_MARGIN = 0.05  # degrees; more than any shift, so that positions shifted over the edge of the box are found again
_ROUNDING = 1e-7  # degrees; what lay on the edge of the box comes back within this of it
_ROUNDS = 3
_RADIUS, _E2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940
_BD_WAVE = np.pi * 3000 / 180
_BD_EAST, _BD_NORTH = 0.0065, 0.006


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Array, Array]:
    """Shift positions from WGS 84 (or CGCS2000) into a datum.

    Parameters
    ----------
    lon, lat
        Degrees; arrays of one shape, or numbers. Where one is NaN, both results are NaN.
    datum
        ``wgs84`` (nothing changes), ``gcj02`` or ``bd09``.

    Returns
    -------
    tuple of arrays
        Longitudes and latitudes in degrees, of the same shape.

    Raises
    ------
    UserError
        When a position is on no map (infinite, or not degrees).
    ChoiceUnknown
        When there is no such datum.

    Examples
    --------
    >>> lon, lat = from_wgs84(126.6, 45.75, "gcj02")
    >>> east, north = coords.metres_per_degree(45.75)
    >>> round(float((lon - 126.6) * east)), round(float((lat - 45.75) * north))
    (460, 213)
    """
    lon, lat = _positions(lon, lat)
    return _where_it_applies(lon, lat, _steps(datum))


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Array, Array]:
    """Shift positions from a datum into WGS 84; the exact inverse of :func:`from_wgs84` (to 2 mm).

    Parameters
    ----------
    lon, lat
        Degrees; arrays of one shape, or numbers. Where one is NaN, both results are NaN.
    datum
        ``wgs84`` (nothing changes), ``gcj02`` or ``bd09``.

    Returns
    -------
    tuple of arrays
        Longitudes and latitudes in degrees, of the same shape.

    Raises
    ------
    UserError
        When a position is on no map (infinite, or not degrees).
    ChoiceUnknown
        When there is no such datum.

    Examples
    --------
    >>> lon, lat = to_wgs84(*from_wgs84([126.6, 2.35], [45.75, 48.85], "bd09"), "bd09")
    >>> lon.round(9).tolist(), lat.round(9).tolist()
    ([126.6, 2.35], [45.75, 48.85])
    """
    lon, lat = _positions(lon, lat)
    backward = tuple(_inverse(step) for step in reversed(_steps(datum)))
    return _where_it_applies(lon, lat, backward, back=True)


@dataclass(frozen=True)
class Converted:
    """A table in WGS 84, and what was done to it.

    Parameters
    ----------
    table
        A new table with ``lon`` and ``lat`` in WGS 84 and the columns :data:`GIVEN`.
    counts
        One row for each group: ``group``, ``datum`` as declared, ``rows``, ``moved`` (rows whose position changed),
        ``missing`` (rows without a position) and ``metres`` (median length of the move; NaN where nothing moved).
    """

    table: pd.DataFrame
    counts: pd.DataFrame


def convert(table: pd.DataFrame, declared: Datum | Mapping[str, Datum], *, group: str | None = None) -> Converted:
    """Convert a table into WGS 84 by the datum that the user declares, for each group of rows.

    Nothing is measured or guessed here; :mod:`cfc_gis.datum_check` measures, the planner's office decides.

    Parameters
    ----------
    table
        Points (:data:`cfc_gis.schema.POINTS`): ``lon`` and ``lat`` in degrees, NaN where missing.
    declared
        One datum for all rows, or a datum for each value of the column ``group``, as text; ``""`` for rows where that
        column is blank.
    group
        Column that tells the groups, such as the provider; needed where ``declared`` names groups.

    Raises
    ------
    UserError
        When a group has no declared datum, a declared group does not occur, the table was converted before, or a
        position is on no map.
    ChoiceUnknown
        When a declared datum does not exist.

    Examples
    --------
    >>> table = pd.DataFrame({"lon": [126.6, 126.6], "lat": [45.75, 45.75], "source": ["amap", "survey"]})
    >>> converted = convert(table, {"amap": "gcj02", "survey": "wgs84"}, group="source")
    >>> converted.counts[["group", "datum", "moved"]].to_numpy().tolist()
    [['amap', 'gcj02', 1], ['survey', 'wgs84', 0]]
    """
    schema.check(table, schema.POINTS)
    groups = group_of(table, group)
    by_group = _declared(declared, groups)
    if set(GIVEN) & set(table.columns):
        raise UserError("datum_converted_before", columns=", ".join(GIVEN))
    datum = groups.map(by_group)
    lon, lat = coords.lon_lat(table)
    new_lon, new_lat = lon.copy(), lat.copy()
    for name in sorted(set(datum)):
        rows = (datum == name).to_numpy()
        new_lon[rows], new_lat[rows] = to_wgs84(lon[rows], lat[rows], name)
    given = dict(zip(GIVEN, (lon, lat, datum.to_numpy(dtype=object)), strict=True))
    east, north = coords.metres_per_degree(lat)
    metres = pd.Series(np.hypot((new_lon - lon) * east, (new_lat - lat) * north), index=table.index)
    return Converted(table.assign(lon=new_lon, lat=new_lat, **given), _counts(groups, by_group, metres))


def group_of(table: pd.DataFrame, group: str | None) -> pd.Series:
    """Return the group of each row as text: the value of a column, ``""`` where it is blank or no column is named.

    Raises
    ------
    ChoiceUnknown
        When the table has no such column.

    Examples
    --------
    >>> group_of(pd.DataFrame({"source": ["amap", None, " "]}), "source").tolist()
    ['amap', '', '']
    """
    if group is None:
        return pd.Series("", index=table.index, dtype=object)
    require_column(table, group)
    return pd.Series(["" if pd.isna(value) else str(value).strip() for value in table[group]], index=table.index)


def require_column(table: pd.DataFrame, name: str) -> None:
    """Refuse a column that a table does not have.

    Raises
    ------
    ChoiceUnknown
        With the columns that it has.

    Examples
    --------
    >>> require_column(pd.DataFrame({"source": ["amap"]}), "source")
    """
    if name not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise ChoiceUnknown("choice_unknown", what="column", found=name, suggestion="", known=known)


def refuse_unknown_groups(declared: Mapping[str, Datum], groups: pd.Series) -> None:
    """Refuse a declaration that leaves a group out, or names one that does not occur, or a datum that does not exist.

    Raises
    ------
    UserError, ChoiceUnknown
        As :func:`convert`.

    Examples
    --------
    >>> refuse_unknown_groups({"amap": "gcj02"}, pd.Series(["amap", "amap"]))
    """
    _declared(declared, groups)


def _declared(declared: Datum | Mapping[str, Datum], groups: pd.Series) -> dict[str, Datum]:
    there = sorted(set(groups))
    by_group = dict(declared) if isinstance(declared, Mapping) else dict.fromkeys(there, declared)
    for name in by_group.values():
        _steps(name)
    missing, unknown = sorted(set(there) - set(by_group)), sorted(set(by_group) - set(there))
    if missing or unknown:
        raise UserError("datum_groups", missing=_listed(missing), unknown=_listed(unknown), known=_listed(there))
    return by_group


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names) or "–"


def _counts(groups: pd.Series, by_group: Mapping[str, Datum], metres: pd.Series) -> pd.DataFrame:
    rows = []
    for name, moves in metres.groupby(groups):
        moved = moves[moves > 0]
        rows.append(
            {
                "group": name,
                "datum": by_group[str(name)],
                "rows": len(moves),
                "moved": len(moved),
                "missing": int(moves.isna().sum()),
                "metres": float(moved.median()),
            }
        )
    return pd.DataFrame(rows, columns=["group", "datum", "rows", "moved", "missing", "metres"])


def _positions(lon: ArrayLike, lat: ArrayLike) -> tuple[Array, Array]:
    """As arrays, NaN in both where one is missing; refused where on no map."""
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    coords.require_on_map(x.ravel(), y.ravel())
    missing = np.isnan(x) | np.isnan(y)
    return np.where(missing, np.nan, x), np.where(missing, np.nan, y)


def _steps(datum: str) -> tuple[Step, ...]:
    if datum not in _STEPS:
        raise ChoiceUnknown("choice_unknown", what="datum", found=datum, suggestion="", known=", ".join(_STEPS))
    return _STEPS[datum]


def _where_it_applies(lon: Array, lat: Array, steps: tuple[Step, ...], *, back: bool = False) -> tuple[Array, Array]:
    """Apply steps where the position in WGS 84, which may be the one before or the one after, is in the box."""
    near = _in_box(lon, lat, _MARGIN)
    x, y = x0, y0 = lon[near], lat[near]
    for step in steps:
        x, y = step(x, y)
    inside = _in_box(x, y, _ROUNDING) if back else _in_box(x0, y0)
    out_lon, out_lat = lon.copy(), lat.copy()
    out_lon[near], out_lat[near] = np.where(inside, x, x0), np.where(inside, y, y0)
    return out_lon, out_lat


def _in_box(lon: Array, lat: Array, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = _BOX
    return np.asarray(
        (lon >= west - margin) & (lon <= east + margin) & (lat >= south - margin) & (lat <= north + margin)
    )


def _inverse(forward: Step) -> Step:
    def backward(lon: Array, lat: Array) -> tuple[Array, Array]:
        x, y = lon, lat
        for _ in range(_ROUNDS):
            there_x, there_y = forward(x, y)
            x, y = x + (lon - there_x), y + (lat - there_y)
        return x, y

    return backward


def _wgs84_to_gcj02(lon: Array, lat: Array) -> tuple[Array, Array]:
    x, y = lon - 105, lat - 35
    root = np.sqrt(np.abs(x))
    two = np.sin(2 * np.pi * x)
    six = (3 - 4 * two**2) * two  # sin 3a by sin a: sines take nearly all of the time
    both = 0.1 * x * y + 2 / 3 * (20 * six + 20 * two)
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * root + both + _waves(x, 150, 300)
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.2 * root + both + _waves(y, 160, 320)
    sine2 = np.sin(np.radians(lat)) ** 2
    w = 1 - _E2 * sine2
    root_w = np.sqrt(w)
    return (
        lon + east * root_w / np.sqrt(1 - sine2) * (180 / np.pi / _RADIUS),
        lat + north * root_w * w * (180 / np.pi / _RADIUS / (1 - _E2)),
    )


def _waves(z: Array, twelve: float, thirty: float) -> Array:
    short = 20 * np.sin(np.pi * z) + 40 * np.sin(np.pi * z / 3)
    return np.asarray(2 / 3 * (short + twelve * np.sin(np.pi * z / 12) + thirty * np.sin(np.pi * z / 30)))


def _gcj02_to_bd09(lon: Array, lat: Array) -> tuple[Array, Array]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(_BD_WAVE * lat)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(_BD_WAVE * lon)
    return radius * np.cos(angle) + _BD_EAST, radius * np.sin(angle) + _BD_NORTH


_STEPS: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {"wgs84": (), "gcj02": (_wgs84_to_gcj02,), "bd09": (_wgs84_to_gcj02, _gcj02_to_bd09)}
)
