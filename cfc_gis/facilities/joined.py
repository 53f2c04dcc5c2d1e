"""Put matched and new rows of a register into the table of facilities."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import schema
from cfc_gis.facilities import details
from cfc_gis.facilities.entrances import OPEN_GROUND, find_entrances

EXTRA = ("opened", "after_school")
"""Columns of a register that the table of facilities has beside its contract."""

_GIVEN = ("enrolment", "group", "ownership", *EXTRA)
_LEISURE = (*OPEN_GROUND, "culture", "music")
_RANK = {name: rank for rank, name in enumerate(schema.EVIDENCE)}


def improve(facilities: gpd.GeoDataFrame, listed: gpd.GeoDataFrame, partners: Mapping[int, int]) -> gpd.GeoDataFrame:
    """Return the facilities with what the rows matched to them say.

    Geometry, entrances and id stay. Capacity, enrolment, group, owner, year and care after lessons are the register's
    where it has them; category and name where it is surer of them; evidence is the better of both.

    Parameters
    ----------
    facilities
        Facilities, numbered from 0.
    listed
        The register, numbered from 0.
    partners
        Position of a row -> position of its facility.
    """
    rows, known = list(partners), list(partners.values())
    at = listed.iloc[rows].set_axis(pd.Index(known, dtype=int), axis=0).reindex(facilities.index)
    table = facilities.assign(**{name: None for name in EXTRA if name not in facilities})
    matched = facilities.index.isin(known)
    surer = matched & (_rank(at["evidence"]) < _rank(table["evidence"])).to_numpy()
    official = matched & (at["evidence"] == "confirmed").to_numpy() & at["name"].notna().to_numpy()
    why = at["source"].str.cat(at["evidence_reason"], sep=": ")
    counted = at["capacity"].notna()
    new: dict[str, pd.Series] = {
        "name": at["name"].where(official | table["name"].isna(), table["name"]),
        "category": at["category"].where(surer, table["category"]),
        "evidence": at["evidence"].where(surer, table["evidence"]),
        "evidence_reason": why.where(surer, table["evidence_reason"]),
        "capacity": at["capacity"].where(counted, table["capacity"]),
        "capacity_source": at["capacity_source"].where(counted, table["capacity_source"]),
        "source": _sources(table["source"], at["source"]),
        **{name: at[name].where(at[name].notna(), table[name]) for name in _GIVEN},
    }
    level = [details.care_level(name, kind) for name, kind in zip(_texts(new["name"]), new["category"], strict=True)]
    new["care_level"] = table["care_level"].where(table["care_level"].notna() | ~matched, pd.Series(level))
    return _typed(table.assign(**{name: values.astype(object) for name, values in new.items()}))


def _rank(evidence: pd.Series) -> pd.Series:
    return evidence.map(_RANK).astype(float)


def _sources(known: pd.Series, listed: pd.Series) -> pd.Series:
    """Return the sources of each facility, joined by ``;``, each once."""
    pairs = zip(known, listed, strict=True)
    joined = [
        ";".join(dict.fromkeys([*old.split(";"), *([new] if isinstance(new, str) else [])])) for old, new in pairs
    ]
    return pd.Series(joined, known.index, dtype=object)


def _texts(values: pd.Series) -> list[str]:
    return [value if isinstance(value, str) else "" for value in values]


def fresh(
    listed: gpd.GeoDataFrame, paths: gpd.GeoSeries | None = None, gates: gpd.GeoSeries | None = None
) -> gpd.GeoDataFrame:
    """Return rows of a register as facilities.

    Parameters
    ----------
    listed
        Rows that have a place, in a metre CRS.
    paths, gates
        Walkable ways and gates in the same CRS: where one enters a polygon (:func:`find_entrances`). A gate that the
        register itself names goes before them.
    """
    names, kinds = _texts(listed["name"]), listed["category"].tolist()
    groups = ["leisure" if kind in _LEISURE else "education" for kind in kinds]
    indoor = [details.indoor(name, {}, group) for name, group in zip(names, groups, strict=True)]
    columns = {
        **{name: listed[name] for name in (*_GIVEN, "name", "category", "evidence", "capacity", "capacity_source")},
        "facility_id": listed["register_id"],
        "care_level": [details.care_level(name, kind) for name, kind in zip(names, kinds, strict=True)],
        "evidence_reason": listed["source"].str.cat(listed["evidence_reason"], sep=": "),
        "indoor": indoor,
        "season": [
            details.season(name, {}, kind, inside=inside)
            for name, kind, inside in zip(names, kinds, indoor, strict=True)
        ],
        "osm_ids": "",
        "source": listed["source"],
        "entrances": _entrances(listed, paths, gates),
    }
    order = [*schema.FACILITIES.columns, *EXTRA]
    table = pd.DataFrame(columns, index=listed.index, dtype=object)[order]
    return _typed(gpd.GeoDataFrame(table, geometry=listed.geometry, crs=listed.crs))


def _entrances(
    listed: gpd.GeoDataFrame, paths: gpd.GeoSeries | None, gates: gpd.GeoSeries | None
) -> list[list[tuple[float, float]]]:
    shapes = listed.geometry.to_numpy()
    is_open = listed["category"].isin(OPEN_GROUND).to_numpy(dtype=bool)
    lines = np.array([], dtype=object) if paths is None else shapely.get_parts(paths.to_numpy())
    points = np.array([], dtype=object) if gates is None else gates.to_numpy()
    found, _ = find_entrances(shapes, is_open, points, lines)
    doors = listed["entrances"].tolist()
    sizes = [len(each) for each in doors]
    flat = [xy for each in doors for xy in each]
    own = gpd.GeoSeries.from_xy(*zip(*flat, strict=True), crs="EPSG:4326").to_crs(listed.crs) if flat else []
    named = iter([(round(point.x, 2), round(point.y, 2)) for point in own])
    return [[next(named) for _ in range(size)] or rule for size, rule in zip(sizes, found, strict=True)]


def _typed(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with numbers as numbers, flags as flags and texts that may be missing as objects."""
    return table.astype({"capacity": float, "enrolment": float, "opened": float, "indoor": bool})
