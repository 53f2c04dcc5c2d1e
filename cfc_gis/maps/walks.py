"""How children walk from every neighbourhood to one category, as the map's script reads it.

Why a place has its colour is all here: minutes and of what they are made, the route, the standard and on which side of
it the place lies, and what would help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.access.reached import WITHIN
from cfc_gis.maps import classes, plain, shapes
from cfc_gis.standards import Standard

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Gaps = Mapping[tuple[str, ...], pd.DataFrame]

NOT_THE_SHORTEST_M = 10.0
"""A quickest way that is longer than the shortest by less is not told apart from it."""

ROUTE_TOLERANCE_M, ROUTE_STEPS = 3.0, 400
"""A route is simplified by its length over so many steps, but by no less than so many metres."""

_SMALL_SHARE = 0.005
_MEASURES = {"network_m": ("metres", 0), "straight_m": ("straight_metres", 0), "minutes": ("minutes", 1)}


@dataclass
class Store:
    """Texts that many rows share: each is told once and named by its number.

    Examples
    --------
    >>> store = Store()
    >>> store.number("a"), store.number("b"), store.number("a"), store.number(None)
    (0, 1, 0, -1)
    """

    texts: list[str] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        """Return the number of a text, a new one where it is new; -1 for none."""
        if value is None or pd.isna(value):
            return -1
        if value not in self._known:
            self._known[value] = len(self.texts)
            self.texts.append(value)
        return self._known[value]


@dataclass(frozen=True, eq=False)
class Ground:
    """What the walks of all categories share.

    Parameters
    ----------
    homes, places
        Neighbourhoods and facilities in the order in which the map numbers them.
    gaps
        Judgements by level, category and profile.
    streets
        Names of streets that remedies are about.
    """

    homes: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    gaps: Gaps
    streets: Store

    def rows(self, table: pd.DataFrame) -> tuple[pd.DataFrame, Flags]:
        """Return a table with one row for each neighbourhood in their order, and which of them it has."""
        wanted = self.homes["neighbourhood_id"].to_numpy(dtype=object)
        index = pd.Index(table["neighbourhood_id"].to_numpy(dtype=object))
        return table.set_axis(index).reindex(wanted), index.get_indexer(wanted) >= 0


def walks(ground: Ground, rows: pd.DataFrame, category: str, profile: str, standard: Standard | None) -> dict[str, Any]:
    """Return the walks of one category and profile.

    Parameters
    ----------
    ground
        What all share.
    rows
        :data:`cfc_gis.schema.ACCESS`, of this category and profile.
    category, profile
        Which it is.
    standard
        The standard that decides, if there is one.
    """
    table, known = ground.rows(rows)
    minutes = classes.classify(table["minutes"].to_numpy(dtype=float), known)
    within, presumed = (table[name].to_numpy(dtype=float) for name in ("share_within", "share_within_presumed"))
    score = table["score"].to_numpy(dtype=float)
    of_score = np.where(minutes >= classes.UNREACHABLE, minutes, classes.classify(score, known, classes.SCORE_BREAKS))
    striped = classes.unproven(within, _judged(ground, category, profile)) | (minutes == classes.NO_DATA)
    return {
        "class": _letters(minutes),
        "class_score": _letters(of_score),
        "class_met": _letters(classes.met(within, presumed, minutes)),
        "striped": plain.flags(striped),
        "minutes": plain.numbers(table["minutes"], 1),
        "metres": plain.numbers(table["metres"], 0),
        "score": plain.numbers(score, 0),
        "way": plain.numbers(table["way_metres"].where(table["way_metres"] - table["metres"] >= NOT_THE_SHORTEST_M), 0),
        "crossings": plain.numbers(table["crossings"], 0),
        "second": plain.numbers(table["second_minutes"], 1),
        "n": plain.numbers(table["n_within"], 1),
        "within": plain.shares(within),
        "presumed": plain.shares(presumed),
        "facility": plain.positions(table["facility_id"], list(ground.places["facility_id"])),
        "edge": "".join("1" if edge is True or edge == 1 else "0" for edge in table["edge_affected"]),
        **_against(table, standard),
        **_winter_range(table),
    }


def _letters(values: classes.Classes) -> str:
    return "".join(map(str, values.tolist()))


def _against(table: pd.DataFrame, standard: Standard | None) -> dict[str, Any]:
    """Return what the deciding standard measures here, and whether that is within it: 1, 0, or ? for unreachable."""
    if standard is None:
        return {}
    name, digits = _MEASURES[standard.measure]
    value = table[name].to_numpy(dtype=float)
    met = value <= standard.threshold * (1 + WITHIN)
    return {
        "value": plain.on_its_side(value, standard.threshold, met, digits),
        "met": "".join("?" if np.isnan(v) else str(int(m)) for v, m in zip(value, met, strict=True)),
    }


def _winter_range(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the range of minutes that snow and ice leave open; nothing in summer, when there is none."""
    low, high = rows["minutes_low"], rows["minutes_high"]
    if not (low < high).any():
        return {}
    return {"low": plain.numbers(low, 0), "high": plain.numbers(high, 0)}


def _judged(ground: Ground, category: str, profile: str) -> Flags:
    """Whether the data suffice to judge the district of each neighbourhood; where it has none, the city."""
    city, district = (ground.gaps.get((level, category, profile)) for level in ("city", "district"))
    of_city = "undecided" if city is None else city["judgement"].iloc[0]
    known = {} if district is None else dict(zip(district["unit_code"], district["judgement"], strict=True))
    return np.array([known.get(code, of_city) != "no_data" for code in ground.homes["district_code"]], dtype=bool)


def remedies(ground: Ground, rows: pd.DataFrame | None) -> list[list[int]]:
    """Return what would help at each neighbourhood, the first choices first, what helps most children first.

    Each is five whole numbers: kind (:data:`cfc_gis.schema.UPGRADE_KINDS`), 1 for a first choice, per cent of the
    children, and the facility and the street that most of them are concerned by, -1 for none.

    Parameters
    ----------
    ground
        What all categories share.
    rows
        :data:`cfc_gis.schema.REMEDIES`, of one category and profile.
    """
    found: dict[str, list[int]] = {}
    if rows is not None:
        ids = {name: number for number, name in enumerate(ground.places["facility_id"])}
        table = rows.assign(order=rows["kind"].map(schema.UPGRADE_KINDS.index))
        table = table.sort_values(["share", "facility_id", "street"], ascending=[False, True, True], kind="stable")
        key = ["neighbourhood_id", "first", "order"]
        sums = table.groupby(key, as_index=False)["share"].sum()
        sums = sums.merge(table.drop_duplicates(key)[[*key, "facility_id", "street"]], on=key)
        sums = sums[sums["share"] >= _SMALL_SHARE]
        sums = sums.sort_values(["neighbourhood_id", "first", "share"], ascending=[True, False, False], kind="stable")
        of_home: Any = sums.itertuples(index=False)
        for row in of_home:
            facility = ids.get(row.facility_id, -1)
            numbers = (row.order, int(row.first), round(100 * row.share), facility, ground.streets.number(row.street))
            found.setdefault(row.neighbourhood_id, []).extend(numbers)
    return [found.get(name, []) for name in ground.homes["neighbourhood_id"]]


def routes(ground: Ground, rows: pd.DataFrame | None, lines: Mapping[int, int]) -> dict[str, Any]:
    """Return the route of each neighbourhood by its number, and its minutes taken apart, in tenths.

    Walking is not told: it is what the others leave of the minutes.

    Parameters
    ----------
    ground
        What all categories share.
    rows
        :data:`cfc_gis.schema.ROUTES`, of one category and profile.
    lines
        Number of the line of each row, by its label.
    """
    if rows is None or rows.empty:
        return {}
    table, known = ground.rows(rows.assign(line=[lines[label] for label in rows.index]))
    parts = _tenths(table[["walk", "ice", "wait", "barrier"]].to_numpy(dtype=float))
    columns = zip(("ice", "wait", "barrier"), parts.T[1:], strict=True)
    number = np.where(known, table["line"].fillna(-1), -1).astype(int)
    return {"route": number.tolist(), **{name: plain.numbers(part, 0) for name, part in columns if np.nansum(part)}}


def _tenths(minutes: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Round to tenths that add up to the rounded total, as :meth:`cfc_gis.access.explanation.Minutes.in_tenths`."""
    tenths = 10.0 * minutes
    whole = np.floor(tenths)
    missing = np.rint(tenths.sum(axis=1)) - whole.sum(axis=1)
    rank = np.argsort(np.argsort(whole - tenths, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (rank < missing[:, None]))


def route_lines(table: gpd.GeoDataFrame) -> tuple[list[str], dict[int, int]]:
    """Return the different lines of routes, each once, and the number of the line of each row by its label.

    Most ways are the same in both seasons. A line is simplified by a part of its length, so that a way across the city
    costs no more than one around the corner.

    Parameters
    ----------
    table
        :data:`cfc_gis.schema.ROUTES`.
    """
    lines = table.geometry.to_numpy()
    number, _ = pd.factorize(pd.Series(shapely.to_wkb(lines)))
    first = np.unique(number, return_index=True)[1]
    tolerance = np.maximum(ROUTE_TOLERANCE_M, shapely.length(lines[first]) / ROUTE_STEPS)
    simple = gpd.GeoSeries(shapely.simplify(lines[first], tolerance), crs=table.crs).to_crs(4326)
    store = Store()
    of_line = np.array([store.number(shapes.line(each)) for each in simple], dtype=int)
    return store.texts, dict(zip(table.index.tolist(), of_line[number].tolist(), strict=True))
