"""From result tables to the plain data that the map's script draws: no folium here, and no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import locale, profiles, schema, text
from cfc_gis.maps import classes, ground, layers, plain, shapes, walks
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
    "upgrade",
    "upgrade_means",
    "explain_age",
    "explain_companion",
    "glyph",
)
LEVELS = ("city", "district", "subdistrict")
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


def build(
    tables: Tables,
    basemap: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame | None = None,
    further: Mapping[str, gpd.GeoDataFrame] | None = None,
    only: str | None = None,
) -> dict[str, Any]:
    """Return everything the map's script needs to draw the tables, in an order that rows cannot change.

    Parameters
    ----------
    tables
        The result tables.
    basemap
        ``kind`` (water, green, street, railway, district, ``land_`` and a land use), ``name`` and geometry, in the same
        CRS.
    routes
        :data:`cfc_gis.schema.ROUTES`; without them a straight line is drawn to the nearest facility.
    further
        More layers by their names, as of :func:`cfc_gis.maps.layers.further`.
    only
        The one category that is told; all of them unless it is named.

    Examples
    --------
    >>> import inspect
    >>> list(inspect.signature(build).parameters)[:2]
    ['tables', 'basemap']
    """
    homes = tables.neighbourhoods.sort_values("neighbourhood_id").reset_index(drop=True)
    places = tables.facilities[tables.facilities["evidence"] != "no"].sort_values("facility_id").reset_index(drop=True)
    units = tables.units.sort_values(["level", "unit_code"]).reset_index(drop=True)
    # Texts of long columns are slow to read one by one, so the tables are parted once for all.
    gaps = _parts(tables.gaps, ["level", "category", "profile"])
    of_profile = _parts(tables.access, ["category", "profile"])
    shown = [c for c in schema.CATEGORIES if c in categories() and any(c == category for category, _ in of_profile)]
    shown = [category for category in shown if only in {None, category}]
    told = {category: _profiles(profile for c, profile in of_profile if c == category) for category in shown}
    view, base = _extent(tables), ground.grouped(basemap)
    streets = walks.Store()
    shared = walks.Ground(homes, places, gaps, streets)
    lines, access = _access(tables, shared, told, routes)
    return {
        "breaks": {"minutes": list(classes.MINUTE_BREAKS), "score": list(classes.SCORE_BREAKS)},
        "scales": classes.scales(),
        "judgement_colours": [list(pair) for pair in classes.judgement_colours()],
        "bounds": _bounds(homes),
        "categories": [_category(c, tables.standards.get(c), list(told[c].values())) for c in shown],
        "upgrade_kinds": list(schema.UPGRADE_KINDS),
        "homes": _homes(homes, units),
        "facilities": _facilities(places),
        "site_categories": [c for c in schema.CATEGORIES if (places["category"] == c).any()],
        "isolated": _isolated(tables.isolated, homes, places),
        "access": access,
        "routes": lines,
        "streets": streets.texts,
        "units": {level: ground.units(units, level, view) for level in LEVELS},
        "gaps": {
            level: {
                c: {s: ground.gaps(gaps.get((level, c, p)), units, level) for s, p in told[c].items()} for c in shown
            }
            for level in LEVELS
        },
        "basemap": {kind: ground.lines(base, kind) for kind in ground.KINDS},
        "names": ground.names(base),
        "further": layers.further(further or {}),
    }


def _access(
    tables: Tables, shared: walks.Ground, told: Mapping[str, Mapping[str, str]], routes: gpd.GeoDataFrame | None
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return the lines of all routes, and by category and season the walks that use them."""
    key = ["category", "profile"]
    rows, mends = _parts(tables.access, key), _parts(tables.remedies, key)
    lines, number, ways = _lines(routes, told)
    access: dict[str, dict[str, Any]] = {}
    for category, seasons in told.items():
        standard = tables.standards.get(category)
        for season, profile in seasons.items():
            one = category, profile
            access.setdefault(category, {})[season] = {
                **walks.walks(shared, rows[one], category, profile, standard),
                **walks.routes(shared, ways.get(one), number),
                "fix": walks.remedies(shared, mends.get(one)),
            }
    return lines, access


def _lines(
    routes: gpd.GeoDataFrame | None, told: Mapping[str, Mapping[str, str]]
) -> tuple[list[str], dict[int, int], dict[tuple[str, ...], pd.DataFrame]]:
    if routes is None:
        return [], {}, {}
    key = ["category", "profile"]
    wanted = pd.MultiIndex.from_tuples([(c, p) for c, seasons in told.items() for p in seasons.values()])
    table = routes[pd.MultiIndex.from_frame(routes[key]).isin(wanted)] if len(wanted) else routes.iloc[:0]
    table = table.sort_values([*key, "neighbourhood_id"]).reset_index(drop=True)
    return (*walks.route_lines(table), _parts(table, key))


def _parts(table: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    return {tuple(map(str, key)): rows for key, rows in table.groupby(keys, sort=False)}


def _profiles(profiles: Iterable[str]) -> dict[str, str]:
    """Return the profile shown for each season: the first by name where there are several."""
    found: dict[str, str] = {}
    for profile in sorted(profiles):
        found.setdefault(profile.rsplit(".", 1)[-1], profile)
    return {season: found[season] for season in schema.SEASONS if season in found}


def _category(category: str, standard: Standard | None, told: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": category, "band": categories()[category].band}
    row["served_by"] = list(categories()[category].served_by)
    who = profiles.profile(told[0])
    row["age"], row["companion"] = who.age, who.companion
    if standard is not None:
        row["standard"] = {
            "threshold": plain.number(standard.threshold, 1),
            "unit": standard.unit,
            "measure": standard.measure,
            "applies_to": standard.applies_to,
            "source": {lang: text.display(standard.origin(lang)) for lang in locale.LANGS},
            "status": {lang: text.display(standard.status(lang)) for lang in locale.LANGS},
        }
    return row


def _homes(homes: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> dict[str, Any]:
    children = homes[list(schema.BANDS)]
    columns: dict[str, Any] = {band: plain.numbers(homes[band], 0) for band in schema.BANDS}
    columns[schema.ALL_CHILDREN] = plain.numbers(children.sum(axis=1), 0)
    for level in ("district", "subdistrict"):
        codes = list(units.loc[units["level"] == level, "unit_code"])
        columns[level] = plain.positions(homes[f"{level}_code"], codes)
    return {
        **columns,
        "id": plain.texts(homes["neighbourhood_id"]),
        "name": plain.texts(homes["name"]),
        "urban_rural": list(homes["urban_rural"]),
        "shape": [shapes.encode(shape) for shape in shapes.degrees(homes)],
    }


def _facilities(places: gpd.GeoDataFrame) -> dict[str, Any]:
    points = places.geometry.representative_point().to_crs(4326)
    return {
        "name": plain.texts(places["name"]),
        "category": list(places["category"]),
        "evidence": list(places["evidence"]),
        "reason": plain.texts(places["evidence_reason"]),
        "osm_ids": plain.texts(places["osm_ids"]),
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
                {"category": row.category, "reason": row.reason, "share": plain.number(row.share, 2)}
                for row in rows.itertuples()
            ],
        }
        for (kind, name), rows in table.groupby(["kind", "id"])
    ]


def _extent(tables: Tables) -> shapely.Geometry:
    """Return the box that was looked at: neighbourhoods, facilities and the basemap, with a little air around them."""
    boxes = [t.total_bounds for t in (tables.neighbourhoods, tables.facilities) if len(t)]
    west, south = np.min([b[:2] for b in boxes], axis=0)
    east, north = np.max([b[2:] for b in boxes], axis=0)
    return shapely.box(west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M)


def _bounds(homes: gpd.GeoDataFrame) -> list[list[float]]:
    west, south, east, north = (round(float(v), 5) for v in homes.to_crs(4326).total_bounds)
    return [[south, west], [north, east]]
