"""Candidates: land, rooms and parks where a category may be opened, and existing sites that may be expanded.

What the rules in ``resources/siting.toml`` leave out is set aside with a reason. Set-backs from railways and main roads
are notes: they depend on the windows of a building that is not drawn yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import landuse, schema
from cfc_gis.edits.sites import nearest_to_street
from cfc_gis.network import CLASSES
from cfc_gis.schema import Column
from cfc_gis.siting import rules
from cfc_gis.standards import categories

if TYPE_CHECKING:
    from cfc_gis.landuse import LandUse
    from cfc_gis.result import Result
    from cfc_gis.study import Study

Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

KINDS = ("land", "host", "expansion")
NOTES = ("railway", "main_road", "large", "not_connected")

CANDIDATES = schema.Contract(
    "candidates",
    MappingProxyType({
        "candidate_id": Column("text", "c- and the id of the land, h- or x- and the id of the facility"),
        "kind": Column("text", "new site on land; in or on another facility; more seats at an existing site",
                       allowed=KINDS),
        "name": Column("text", "name", missing=True),
        "use": Column("text", "class of land use, or category of the facility"),
        "area_m2": Column("count", "area; missing of a point", missing=True),
        "notes": Column("text", "keys of the locale section candidate_note, joined by ;"),
        "source": Column("text", "where land or facility come from"),
        "entrances": Column("object", "list of (x, y) in the projected CRS; one for land"),
    }),
    ("candidate_id",),
    ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidates for one category.

    Parameters
    ----------
    category
        What would be opened.
    table
        :data:`CANDIDATES`, sorted by id, in the CRS of the study.
    set_aside
        ``id`` and ``reason`` (``too_small``, ``in_use``) of what the rules leave out, sorted by id.
    counts
        Candidates by kind and by note, and what was set aside.
    """

    category: str
    table: gpd.GeoDataFrame
    set_aside: pd.DataFrame
    counts: Mapping[str, int]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the order of the table."""
        return tuple(self.table["candidate_id"])

    @property
    def doors(self) -> NDArray[np.float64]:
        """The first entrance of each, in metres, shape (n, 2): for :func:`cfc_gis.siting.options.too_near`."""
        return np.array([doors[0] for doors in self.table["entrances"]], dtype=np.float64).reshape(-1, 2)


def land_of(study: Study) -> LandUse:
    """Return the land use of a study: the planner's layer, else what OpenStreetMap's tags tell."""
    return study.inputs.land or landuse.of_osm(study.osm.objects, study.osm.provenance)


def find(result: Result, land: LandUse, category: str, *, least_m2: float | None = None) -> Candidates:
    """Find the candidates for a category: land of the right use, and facilities in or on which it may be opened.

    Parameters
    ----------
    result
        A run: its network, facilities and railways.
    land
        Land use (:func:`land_of`), in any CRS.
    category
        What would be opened, such as ``primary_school``.
    least_m2
        Smallest site; that of the rules unless given.

    Returns
    -------
    Candidates
        Each piece of land has one entrance: the point of its outline that is nearest to a walkable street. A facility
        keeps its own. Ids do not depend on the order of the land.

    Raises
    ------
    ChoiceUnknown
        When there is no rule on the category.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> study = Study.sample()
    >>> found = find(study.run("summer"), land_of(study), "play")
    >>> found.counts["kind_host"] == len(found.table)
    True
    """
    rule = rules.of_category(category)
    least = rule["area_m2"] if least_m2 is None else least_m2
    known = land.table[land.table["landuse"].isin(rule["land"])].to_crs(result.facilities.crs)
    on_land = _rows("c-", "land", known, known["land_id"], known["landuse"])
    facilities = result.facilities
    host = facilities[facilities["category"].isin(rule["hosts"])]
    on_host = _rows("h-", "host", host, host["facility_id"], host["category"])
    rows = pd.concat([on_land, on_host], ignore_index=True)
    small = (rows["area_m2"] < least).to_numpy()
    used = ~small & (rows["kind"] == "land").to_numpy() & _in_use(rows.geometry.to_numpy(), facilities)
    reason = np.select([small, used], ["too_small", "in_use"], "")
    aside = pd.DataFrame({"id": rows["candidate_id"], "reason": reason})[reason != ""]
    return _candidates(category, rows[reason == ""], aside, result)


def expansions(result: Result, category: str) -> Candidates:
    """Return the existing facilities of a category that the data prove, as candidates for more seats.

    Parameters
    ----------
    result
        A run.
    category
        What is expanded.

    Examples
    --------
    >>> from cfc_gis import Study
    >>> expansions(Study.sample().run("summer"), "primary_school").table["kind"].unique().tolist()
    ['expansion']
    """
    rules.of_category(category)
    table = result.facilities
    served_by = categories()[category].served_by
    own = table[table["category"].isin(served_by) & table["evidence"].isin(schema.PROVEN)]
    rows = _rows("x-", "expansion", own, own["facility_id"], own["category"])
    return _candidates(category, rows, pd.DataFrame({"id": [], "reason": []}, dtype=object), result)


def together(first: Candidates, second: Candidates) -> Candidates:
    """Return the candidates of two kinds for one category as one table.

    Raises
    ------
    ValueError
        When they are for different categories.
    """
    if first.category != second.category:
        raise ValueError(f"candidates for {first.category} and for {second.category}")
    table = pd.concat([first.table, second.table], ignore_index=True).sort_values("candidate_id", ignore_index=True)
    aside = pd.concat([first.set_aside, second.set_aside], ignore_index=True).sort_values("id", ignore_index=True)
    return Candidates(first.category, table, aside, _counts(table, aside))


def _rows(prefix: str, kind: str, table: gpd.GeoDataFrame, ids: pd.Series, use: pd.Series) -> gpd.GeoDataFrame:
    area = table.geometry.area
    own = table["entrances"] if "entrances" in table else pd.Series([[]] * len(table), table.index, dtype=object)
    return gpd.GeoDataFrame(
        {
            "candidate_id": prefix + ids.astype("str"),
            "kind": kind,
            "name": table["name"],
            "use": use.astype("str"),
            "area_m2": area.where(area > 0),
            "source": table["source"].astype("str"),
            "entrances": own,
        },
        geometry=table.geometry,
        crs=table.crs,
    )


def _in_use(shapes: Shapes, facilities: gpd.GeoDataFrame) -> Flags:
    """Whether much of a site lies on the ground of facilities other than parks."""
    grounds = facilities[(facilities.area > 0) & (facilities["category"] != "park")].geometry.to_numpy()
    row, at = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[row], grounds[at]))
    covered = np.bincount(row, weights=shared, minlength=len(shapes))
    return np.asarray(covered >= rules.resource()["site"]["in_use_share"] * np.maximum(shapely.area(shapes), 1e-9))


def _candidates(category: str, rows: gpd.GeoDataFrame, aside: pd.DataFrame, result: Result) -> Candidates:
    table = rows.sort_values("candidate_id", ignore_index=True)
    network = result.walk.links.network
    land = (table["kind"] == "land").to_numpy()
    entrances = table["entrances"].to_list()
    doors = nearest_to_street(table.geometry.to_numpy()[land], network)
    for row, door in zip(np.flatnonzero(land).tolist(), doors, strict=True):
        entrances[row] = [door]
    table["entrances"] = pd.Series(entrances, index=table.index, dtype=object)
    table.insert(5, "notes", _notes(table, result))
    aside = aside.sort_values("id", ignore_index=True)
    schema.check(table, CANDIDATES)
    return Candidates(category, table, aside, _counts(table, aside))


def _notes(table: gpd.GeoDataFrame, result: Result) -> pd.Series:
    network, shapes = result.walk.links.network, table.geometry.to_numpy()
    setback = rules.resource()["setback"]
    base = result.basemap
    main = np.isin(network.edge_class, [CLASSES.index(name) for name in setback["main_roads"]])
    doors = [place for places in table["entrances"] for place in places]
    found = network.snap(shapely.points(np.array(doors, dtype=float).reshape(-1, 2))).found
    row = np.repeat(np.arange(len(table)), table["entrances"].map(len))
    holds = {
        "railway": _within(shapes, base.geometry[base["kind"] == "railway"].to_numpy(), setback["railway_m"]),
        "main_road": _within(shapes, network.lines[main], setback["main_road_m"]),
        "large": (table["area_m2"] > rules.resource()["site"]["large_m2"]).to_numpy(),
        "not_connected": np.bincount(row, weights=found, minlength=len(table)) == 0,
    }
    keys = [";".join(key for key in NOTES if holds[key][row]) for row in range(len(table))]
    return pd.Series(keys, index=table.index, dtype="str")


def _within(shapes: Shapes, lines: Shapes, metres: float) -> Flags:
    near = np.zeros(len(shapes), dtype=bool)
    near[shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=metres)[0]] = True
    return near


def _counts(table: gpd.GeoDataFrame, aside: pd.DataFrame) -> dict[str, int]:
    notes = Counter(note for notes in table["notes"] for note in notes.split(";") if note)
    return {
        **{f"kind_{kind}": n for kind, n in sorted(Counter(table["kind"]).items())},
        **{f"note_{note}": n for note, n in sorted(notes.items())},
        **{f"set_aside_{reason}": n for reason, n in sorted(Counter(aside["reason"]).items())},
    }
