"""Points with names: compare names, find rows that stand for one place, and list doubles."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cfc_gis import coords, locale, schema, text

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.spatial import cKDTree

_EARTH_M = 6371008.8  # mean radius
_UNIT_ENDINGS = "省市区县旗"
_SHORTEST = 2  # characters of a name that are left when the place before it is cut off
_SHOWN = 5  # doubles named in a message


def name_key(name: object, places: Iterable[str] = ()) -> str:
    """Return what of a name counts when two are compared; empty where there is no name.

    Full and half width are one (NFKC), capitals are small, and only letters and figures stay: spaces, brackets, dots
    and dashes differ from source to source, what stands in brackets tells one branch from another. Then the places
    in front go: 哈尔滨市 also as 哈尔滨, as long as two characters are left.

    Parameters
    ----------
    name
        A name; anything but text counts as none.
    places
        Names of the province, city and districts of the study, such as ``哈尔滨市``.

    Examples
    --------
    >>> name_key("哈尔滨市道外区古梨园", ["哈尔滨市", "道外区"]), name_key("沙曼小区（三街区） ")
    ('古梨园', '沙曼小区三街区')
    >>> name_key("哈尔滨站", ["哈尔滨市"])
    '哈尔滨站'
    """
    if not isinstance(name, str):
        return ""
    return _without(_letters(name), _fronts(places))


def name_keys(names: Iterable[object], places: Iterable[str] = ()) -> NDArray[np.object_]:
    """Return :func:`name_key` of many names.

    Examples
    --------
    >>> name_keys(["古 梨 园", None]).tolist()
    ['古梨园', '']
    """
    fronts = _fronts(places)
    keys = [_without(_letters(name), fronts) if isinstance(name, str) else "" for name in names]
    return np.array(keys, dtype=object)


def _letters(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", name).lower() if char.isalnum())


def _fronts(places: Iterable[str]) -> tuple[str, ...]:
    full = {_letters(place) for place in places}
    short = {place[:-1] for place in full if place[-1:] in _UNIT_ENDINGS and len(place) > _SHORTEST}
    return tuple(sorted((full | short) - {""}, key=lambda front: (-len(front), front)))


def _without(key: str, fronts: tuple[str, ...]) -> str:
    while front := next((f for f in fronts if key.startswith(f) and len(key) >= len(f) + _SHORTEST), None):
        key = key.removeprefix(front)
    return key


def same_place(
    keys: Sequence[Any] | NDArray[Any], lon: NDArray[np.float64], lat: NDArray[np.float64], within_m: float
) -> NDArray[np.intp]:
    """Give each point the number of its place: points of one key, linked by short steps, are one place.

    Parameters
    ----------
    keys
        What must be equal, such as :func:`name_keys`.
    lon, lat
        Degrees; none may be missing.
    within_m
        Longest step in metres.

    Returns
    -------
    array of int
        Number of its place for each point, from 0.

    Examples
    --------
    >>> lon, lat = np.array([126.6, 126.6001, 126.7, 126.6]), np.full(4, 45.75)
    >>> same_place(["龙塔", "龙塔", "龙塔", "文庙"], lon, lat, 50.0).tolist()
    [0, 0, 1, 2]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    codes = pd.factorize(np.asarray(keys, dtype=object))[0]
    if not len(codes):
        return np.zeros(0, dtype=np.intp)
    near = _tree(codes, lon, lat, within_m).query_pairs(within_m, output_type="ndarray")
    links = coo_matrix((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(codes), len(codes)))
    labels: NDArray[np.intp] = connected_components(links, directed=False)[1]
    return labels


def same_name_pairs(first: pd.DataFrame, second: pd.DataFrame, within_m: float) -> pd.DataFrame:
    """Return all pairs of points of two tables that share their key and lie within a distance of each other.

    Parameters
    ----------
    first, second
        Tables with ``key``, ``lon`` and ``lat`` (degrees, none missing).
    within_m
        Largest distance in metres.

    Returns
    -------
    DataFrame
        ``first`` and ``second``: row numbers (from 0) in the two tables, sorted.

    Examples
    --------
    >>> first = pd.DataFrame({"key": ["文庙", "龙塔"], "lon": [126.6, 126.7], "lat": [45.75, 45.75]})
    >>> second = pd.DataFrame({"key": ["文庙", "文庙"], "lon": [126.61, 127.6], "lat": [45.75, 45.75]})
    >>> same_name_pairs(first, second, 3000.0).to_numpy().tolist()
    [[0, 0]]
    """
    both = pd.concat([first["key"], second["key"]], ignore_index=True)
    codes = pd.factorize(both)[0]
    trees = [
        _tree(code, table["lon"].to_numpy(), table["lat"].to_numpy(), within_m)
        for code, table in zip(np.split(codes, [len(first)]), (first, second), strict=True)
    ]
    near = trees[0].sparse_distance_matrix(trees[1], within_m, output_type="ndarray")
    pairs = pd.DataFrame({"first": near["i"].astype(np.intp), "second": near["j"].astype(np.intp)})
    return pairs.sort_values(["first", "second"], ignore_index=True)


def _tree(codes: NDArray[np.intp], lon: NDArray[np.float64], lat: NDArray[np.float64], within_m: float) -> cKDTree:
    """Index points by their place on the globe in metres, and by a fourth axis that holds the names apart."""
    from scipy.spatial import cKDTree

    phi, lam = np.radians(lat), np.radians(lon)
    globe = _EARTH_M * np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    return cKDTree(np.column_stack([globe, 2 * within_m * codes]))


@dataclass(frozen=True)
class Doubles:
    """Rows of a table that repeat an earlier one.

    Parameters
    ----------
    table
        One row for each: ``row`` and ``first_row`` (labels of the table's index), ``name``, ``kind`` (``exact``: the
        same name and coordinates; ``near``: the same name, a few metres away) and ``metres``.
    rows
        Rows of the table that was looked at.
    """

    table: pd.DataFrame
    rows: int

    @property
    def extra(self) -> frozenset[Hashable]:
        """Labels of the rows that repeat another."""
        return frozenset(self.table["row"])

    def report(self, lang: locale.Lang) -> str:
        """Return how many rows repeat which, in one paragraph; empty where none does."""
        if self.table.empty:
            return ""
        counts = self.table["kind"].value_counts()
        shown = self.table.head(_SHOWN)
        examples = [
            locale.say("doubles.example", lang, row=row, first=first, name=text.display(name))
            for row, first, name in zip(shown["row"], shown["first_row"], shown["name"], strict=True)
        ]
        return locale.say(
            "doubles.found", lang, rows=self.rows, exact=int(counts.get("exact", 0)), near=int(counts.get("near", 0)),
            left=self.rows - len(self.table), examples=locale.say("doubles.join", lang).join(examples),
        )  # fmt: skip


def doubles(table: pd.DataFrame, *, within_m: float = 20.0, places: Iterable[str] = ()) -> Doubles:
    """Find rows that repeat an earlier row: the same name in the same place.

    Nothing is removed. A row is a double of the first row of its place, where places are told as in
    :func:`same_place`; rows without a name or a position are never doubles.

    Parameters
    ----------
    table
        Points with names (:data:`cfc_gis.schema.NAMED_POINTS`), of any datum, all of the same.
    within_m
        Distance in metres up to which rows of one name are one place: enough for figures that were rounded, too
        little for a second branch.
    places
        As in :func:`name_key`.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["文庙", "文庙", "龙塔"], "lon": [126.6] * 3, "lat": [45.75] * 3})
    >>> doubles(table).table[["row", "first_row", "kind"]].to_numpy().tolist()
    [[1, 0, 'exact']]
    """
    schema.check(table, schema.NAMED_POINTS)
    keys = name_keys(table["name"], places)
    lon, lat = coords.lon_lat(table)
    known = np.flatnonzero((keys != "") & ~np.isnan(lon) & ~np.isnan(lat))
    rows = pd.DataFrame({"row": known, "name": table["name"].to_numpy()[known], "lon": lon[known], "lat": lat[known]})
    rows["place"] = same_place(keys[known], lon[known], lat[known], within_m)
    alike = ["place", "name", "lon", "lat"]
    exact = rows.duplicated(alike)
    rows["first_row"] = rows.groupby("place")["row"].transform("first")
    rows.loc[exact, "first_row"] = rows.groupby(alike)["row"].transform("first")[exact]
    rows["kind"] = np.where(exact, "exact", "near")
    repeats = rows[rows["row"] != rows["first_row"]]
    first = repeats["first_row"].to_numpy()
    east, north = coords.metres_per_degree(repeats["lat"])
    found = pd.DataFrame(
        {
            "row": table.index[repeats["row"]],
            "first_row": table.index[first],
            "name": repeats["name"].to_numpy(),
            "kind": repeats["kind"].to_numpy(),
            "metres": np.hypot((repeats["lon"] - lon[first]) * east, (repeats["lat"] - lat[first]) * north).to_numpy(),
        }
    )
    return Doubles(found, len(table))
