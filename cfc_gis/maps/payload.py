"""From result tables to the plain data that the map's script draws: no folium here, and no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import locale, schema, text
from cfc_gis.maps import classes, shapes
from cfc_gis.standards import Standard, categories
from cfc_gis.tables import Tables

SECTIONS = (
    "map",
    "category",
    "level",
    "judgement",
    "evidence",
    "confidence",
    "band",
    "season",
    "unit",
    "reason",
    "measure",
    "standard",
    "isolated",
    "isolated_check",
)
STREET_TOLERANCE_M = 4.0
NOT_THE_SHORTEST_M = 10.0
"""A quickest way that is longer than the shortest by less is not told apart from it."""
MARGIN_M = 200.0


def words(langs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Words of the map in each language: ``{"zh": {"map.title": ...}, ...}``.

    Examples
    --------
    >>> words(["en"])["en"]["judgement.gap"]
    'Gap'
    """
    chosen = {key: both for key, both in locale.table().items() if key.split(".")[0] in SECTIONS}
    return {lang: {key: both[lang] for key, both in chosen.items()} for lang in langs}


def build(tables: Tables, basemap: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return everything the map's script needs to draw the tables, in an order that rows cannot change.

    Parameters
    ----------
    tables
        The result tables.
    basemap
        ``kind`` (water, green, street, railway, district) and geometry, in the same CRS.

    Examples
    --------
    >>> import inspect
    >>> list(inspect.signature(build).parameters)
    ['tables', 'basemap']
    """
    homes = tables.neighbourhoods.sort_values("neighbourhood_id").reset_index(drop=True)
    places = tables.facilities[tables.facilities["evidence"] != "no"].sort_values("facility_id").reset_index(drop=True)
    units = tables.units.sort_values(["level", "unit_code"]).reset_index(drop=True)
    # Texts of long columns are slow to read one by one, so the tables are parted once for all.
    ways = _parts(tables.access, ["category", "profile"])
    gaps = _parts(tables.gaps, ["level", "category", "profile"])
    shown = [c for c in schema.CATEGORIES if c in categories() and any(c == category for category, _ in ways)]
    profiles = {category: _profiles(profile for c, profile in ways if c == category) for category in shown}
    view = _extent(tables)
    return {
        "breaks": list(classes.MINUTE_BREAKS),
        "colours": list(classes.CLASS_COLOURS),
        "judgement_colours": [list(pair) for pair in classes.JUDGEMENT_COLOURS.items()],
        "bounds": _bounds(homes),
        "categories": [_category(c, tables.standards.get(c)) for c in shown],
        "homes": _homes(homes, units),
        "facilities": _facilities(places),
        "isolated": _isolated(tables.isolated, homes, places),
        "access": {
            c: {s: _walks(ways[c, p], homes, places, _judged(gaps, homes, c, p)) for s, p in profiles[c].items()}
            for c in shown
        },
        "units": {level: _units(units, level, view) for level in ("city", "district", "subdistrict")},
        "gaps": {
            level: {c: {s: _gaps(gaps.get((level, c, p)), units, level) for s, p in profiles[c].items()} for c in shown}
            for level in ("city", "district", "subdistrict")
        },
        "basemap": {kind: _lines(basemap, kind) for kind in ("green", "water", "railway", "street", "district")},
    }


def _parts(table: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    return {tuple(map(str, key)): rows for key, rows in table.groupby(keys, sort=False)}


def _profiles(profiles: Iterable[str]) -> dict[str, str]:
    """Return the profile shown for each season: the first by name where there are several."""
    found: dict[str, str] = {}
    for profile in sorted(profiles):
        found.setdefault(profile.rsplit(".", 1)[-1], profile)
    return {season: found[season] for season in schema.SEASONS if season in found}


def _category(category: str, standard: Standard | None) -> dict[str, Any]:
    row: dict[str, Any] = {"id": category, "band": categories()[category].band}
    row["served_by"] = list(categories()[category].served_by)
    if standard is not None:
        row["standard"] = {
            "threshold": _number(standard.threshold, 1),
            "unit": standard.unit,
            "measure": standard.measure,
            "source": text.display(f"{standard.source} {standard.clause}"),
            "status": {lang: text.display(standard.status(lang)) for lang in locale.LANGS},
        }
    return row


def _homes(homes: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> dict[str, Any]:
    children = homes[list(schema.BANDS)]
    columns: dict[str, Any] = {band: _numbers(homes[band], 0) for band in schema.BANDS}
    columns[schema.ALL_CHILDREN] = _numbers(children.sum(axis=1), 0)
    for level in ("district", "subdistrict"):
        codes = list(units.loc[units["level"] == level, "unit_code"])
        columns[level] = _positions(homes[f"{level}_code"], codes)
    return {
        **columns,
        "id": list(homes["neighbourhood_id"]),
        "name": _texts(homes["name"]),
        "source": list(homes["population_source"]),
        "shape": [shapes.encode(shape) for shape in shapes.degrees(homes)],
    }


def _facilities(places: gpd.GeoDataFrame) -> dict[str, Any]:
    points = places.geometry.representative_point().to_crs(4326)
    return {
        "name": _texts(places["name"]),
        "category": list(places["category"]),
        "evidence": list(places["evidence"]),
        "reason": _texts(places["evidence_reason"]),
        "osm_ids": _texts(places["osm_ids"]),
        "season": list(places["season"]),
        "lon": [round(float(x), 5) for x in points.x],
        "lat": [round(float(y), 5) for y in points.y],
    }


def _isolated(isolated: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """One entry for each place that is cut off: its position among homes or facilities, and a row for each reason."""
    ids = {"neighbourhood": homes["neighbourhood_id"], "facility": places["facility_id"]}
    numbers = {kind: {name: number for number, name in enumerate(names)} for kind, names in ids.items()}
    table = isolated.sort_values(["kind", "id", "reason", "category"]).to_crs(4326)
    return [
        {
            "kind": kind,
            "number": numbers[kind][name],
            "at": [round(rows.geometry.iloc[0].y, 5), round(rows.geometry.iloc[0].x, 5)],
            "rows": [
                {"category": row.category, "reason": row.reason, "share": _number(row.share, 2)}
                for row in rows.itertuples()
            ],
        }
        for (kind, name), rows in table.groupby(["kind", "id"])
    ]


def _walks(
    rows: pd.DataFrame, homes: gpd.GeoDataFrame, places: gpd.GeoDataFrame, judged: np.ndarray[Any, np.dtype[np.bool_]]
) -> dict[str, Any]:
    index = pd.Index(rows["neighbourhood_id"].to_numpy(dtype=object))
    where = index.get_indexer(homes["neighbourhood_id"].to_numpy(dtype=object))
    rows = rows.set_axis(index).reindex(homes["neighbourhood_id"].to_numpy(dtype=object))
    classed = classes.classify(rows["minutes"].to_numpy(dtype=float), where >= 0)
    striped = classes.unproven(rows["share_within"].to_numpy(dtype=float), judged)
    return {
        "class": "".join(str(value) for value in classed),
        "striped": "".join("1" if value else "0" for value in striped | (classed == classes.NO_DATA)),
        "minutes": _numbers(rows["minutes"], 1),
        **_winter_range(rows),
        "metres": _numbers(rows["metres"], 0),
        "way": _numbers(rows["way_metres"].where(rows["way_metres"] - rows["metres"] >= NOT_THE_SHORTEST_M), 0),
        "crossings": _numbers(rows["crossings"], 0),
        "second": _numbers(rows["second_minutes"], 1),
        "n": _numbers(rows["n_within"], 1),
        "within": _numbers(rows["share_within"], 2),
        "presumed": _numbers(rows["share_within_presumed"], 2),
        "facility": _positions(rows["facility_id"], list(places["facility_id"])),
        "edge": "".join("1" if edge is True or edge == 1 else "0" for edge in rows["edge_affected"]),
    }


def _winter_range(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the range of minutes that snow and ice leave open; nothing in summer, when there is none."""
    low, high = rows["minutes_low"], rows["minutes_high"]
    if not (low < high).any():
        return {}
    return {"low": _numbers(low, 0), "high": _numbers(high, 0)}


def _judged(
    gaps: Mapping[tuple[str, ...], pd.DataFrame], homes: gpd.GeoDataFrame, category: str, profile: str
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether the data suffice to judge the district of each neighbourhood; where it has none, the city."""
    city, district = (gaps.get((level, category, profile)) for level in ("city", "district"))
    of_city = "undecided" if city is None else city["judgement"].iloc[0]
    known = {} if district is None else dict(zip(district["unit_code"], district["judgement"], strict=True))
    return np.array([known.get(code, of_city) != "no_data" for code in homes["district_code"]], dtype=bool)


def _units(units: gpd.GeoDataFrame, level: str, view: shapely.Geometry) -> list[dict[str, Any]]:
    """Units of one level. Their outline ends at the study area: what lies beyond was not looked at."""
    rows = units[units["level"] == level]
    clipped = rows.set_geometry(rows.geometry.intersection(view))
    outlines = [[]] * len(rows) if level == "city" else [shapes.encode(s) for s in shapes.degrees(clipped)]
    middles = clipped.geometry.representative_point().to_crs(4326)
    return [
        {
            "name": text.display(row.unit_name),
            "area": _number(row.covered_area_share, 3),
            "people": _number(row.covered_people_share, 3),
            "shape": outline,
            "at": [] if middle.is_empty else [round(middle.y, 5), round(middle.x, 5)],
        }
        for row, outline, middle in zip(rows.itertuples(), outlines, middles, strict=True)
    ]


def _gaps(rows: pd.DataFrame | None, units: gpd.GeoDataFrame, level: str) -> list[Any]:
    """One row per unit of the level, in the order of the units; ``None`` where nothing was computed."""
    by_code = {} if rows is None else {row.unit_code: row for row in rows.itertuples()}
    return [_gap(by_code.get(code)) for code in units.loc[units["level"] == level, "unit_code"]]


def _gap(row: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "judgement": row.judgement,
        "confidence": row.confidence,
        "low": _number(np.floor(row.share_low * 100 + 1e-9) / 100, 2),  # a lower bound is rounded down
        "presumed": _number(row.share_presumed, 2),
        "high": _number(row.share_high, 3),
        "completeness": _number(row.completeness, 2),
        "target": _number(row.target_share, 2),
        "children": _number(row.children, 0),
        "reasons": [reason for reason in str(row.reasons).split(";") if reason],
    }


def _lines(basemap: gpd.GeoDataFrame, kind: str) -> list[Any]:
    rows = basemap[basemap["kind"] == kind]
    tolerance = STREET_TOLERANCE_M if kind in {"street", "railway"} else 2 * shapes.TOLERANCE_M
    return sorted(part for shape in shapes.degrees(rows, tolerance) for part in shapes.encode(shape))


def _extent(tables: Tables) -> shapely.Geometry:
    """Return the box that was looked at: neighbourhoods, facilities and the basemap, with a little air around them."""
    boxes = [t.total_bounds for t in (tables.neighbourhoods, tables.facilities) if len(t)]
    west, south = np.min([b[:2] for b in boxes], axis=0)
    east, north = np.max([b[2:] for b in boxes], axis=0)
    return shapely.box(west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M)


def _bounds(homes: gpd.GeoDataFrame) -> list[list[float]]:
    west, south, east, north = (round(float(v), 5) for v in homes.to_crs(4326).total_bounds)
    return [[south, west], [north, east]]


def _texts(values: pd.Series) -> list[str]:
    return [text.display(value) for value in values]


def _positions(values: pd.Series, ids: Sequence[str]) -> list[int | None]:
    where = {value: position for position, value in enumerate(ids)}
    return [where.get(value) for value in values]


def _number(value: Any, digits: int) -> float | int | None:
    """Return a rounded number for JSON; missing is ``None``, whole numbers lose their point."""
    if value is None or pd.isna(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _numbers(values: pd.Series, digits: int) -> list[float | int | None]:
    rounded = values.to_numpy(dtype=float).round(digits)
    whole = rounded.astype(object)
    is_whole = rounded == np.trunc(rounded)
    whole[is_whole] = [int(value) for value in rounded[is_whole]]
    whole[np.isnan(rounded)] = None
    return list(whole)
