"""Find rows of a register that are one facility: listed, and counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cfc_gis import coords, lexicon, likeness, named_points, text
from cfc_gis.faults import Fault

_FILLED = (
    "capacity",
    "capacity_source",
    "enrolment",
    "opened",
    "group",
    "ownership",
    "after_school",
    "address",
    "district",
)
_SCHOOLS = ("primary_school", "junior_school", "nine_year_school")
_GEOCODED = 3  # rows on one point: it is the middle of a district or street, not their places


def drop(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Fault]]:
    """Return the register with one row per facility.

    Two rows are one facility where they have one official id, or one category, name and campus, and lie nearer than
    100 m to each other. A row without a place is the one facility of its name and district, or of its name and official
    id, if there is only one of either, and
    neither another official id nor another address speaks against it. The first row counts; what it leaves empty comes
    from the others. Where both have a capacity and they differ, the first stands. Several rows of one category on one
    point stand on the middle of a district or street: they are taken to have no place.

    Parameters
    ----------
    table
        Rows of the register, with ``official_id``, indexed by row, geometry in degrees.

    Returns
    -------
    table : GeoDataFrame
        Without the doubles.
    doubles : DataFrame
        ``row``, ``name`` and ``reason`` of each row left out.
    faults : list of Fault
        Warnings: each double with the row that counts; other capacities; one capacity on several sites of a name;
        several rows on one point, and those of one category, whose place is not used.
    """
    heaped = _heaped(table)
    table = table.set_geometry(table.geometry.where(~heaped))
    main = pd.Series(table.index[_firsts(table)], table.index, dtype=int)
    is_double = main != main.index
    kept = table[~is_double]
    filled = table[list(_FILLED)].groupby(main, sort=False).first().reindex(kept.index)
    shapes = table.geometry[table.geometry.notna()].groupby(main).first().reindex(kept.index)
    kept = kept.assign(**{name: filled[name].astype(table[name].dtype) for name in _FILLED})
    kept = kept.set_geometry(gpd.GeoSeries(shapes, crs=table.crs))
    doubles = table.loc[is_double, ["row", "name"]].assign(reason="double")
    faults = [
        Fault("double", "warning", int(row), found=name, facts={"main": int(main[row])})
        for row, name in zip(doubles["row"], doubles["name"], strict=True)
    ]
    faults += [Fault("heaped", "warning", int(row), found=table.loc[row, "name"]) for row in table.index[heaped]]
    return kept, doubles, [*faults, *_other_capacity(table, main), *_repeated_capacity(kept), *_one_point(kept)]


def repeated(names: pd.Series, shapes: gpd.GeoSeries) -> list[Fault]:
    """Return a note for each row that repeats an earlier one: its name, and its place but for a few metres.

    Parameters
    ----------
    names, shapes
        Names and places in degrees of rows that are no facilities of ours, indexed by row; ``None`` where missing.

    Examples
    --------
    >>> names = pd.Series(["文庙", "文庙", "龙塔"], [2, 3, 4])
    >>> shapes = gpd.GeoSeries.from_xy([126.6] * 3, [45.75] * 3, index=names.index, crs=4326)
    >>> [(fault.row, fault.facts["main"]) for fault in repeated(names, shapes)]
    [(3, 2)]
    """
    middles = shapes.representative_point()
    told = {"name": names.to_numpy(), "lon": middles.x.to_numpy(), "lat": middles.y.to_numpy()}
    points = pd.DataFrame(told, index=pd.Index(names.index, name="row"))
    found = named_points.doubles(points).table
    return [
        Fault("row_repeated", "note", int(row), found=name, facts={"main": int(first)})
        for row, name, first in zip(found["row"], found["name"], found["first_row"], strict=True)
    ]


def _firsts(table: gpd.GeoDataFrame) -> list[int]:
    """Return for each position the position of the row that counts for it: its own, or another's."""
    names = _names(table)
    shapes = _metric(table.geometry)
    first = list(range(len(table)))
    keys = [
        None if name is None else (kind, name.core or written, name.campus)
        for kind, written, name in zip(table["category"], table["name"], names, strict=True)
    ]
    for rows in _several(keys):
        for row, main in _same_place(rows, shapes, [name.place if name else "" for name in names]).items():
            first[row] = main if shapes[row] is not None or not _differ(table, row, main) else row
    for main, *others in _several(None if pd.isna(each) else each for each in table["official_id"]):
        for row in others:
            # One school or company may have several sites, and one id for all of them.
            near = shapes[row] is not None and shapes[main] is not None and _near(shapes[row], shapes[main])
            if near or (keys[row] == keys[main] and (shapes[row] is None or shapes[main] is None)):
                first[row] = first[main]
    return [first[main] for main in first]


def _near(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    return bool(shapely.dwithin(one, other, lexicon.measure("same_name_m")))


def _differ(table: pd.DataFrame, row: int, other: int) -> bool:
    """Tell whether the register itself says that two rows of one name are two facilities."""
    told = [table[column].iloc[[row, other]].dropna() for column in ("official_id", "address")]
    return any(len({text.folded(str(each)) for each in both}) > 1 for both in told)


def _heaped(table: gpd.GeoDataFrame) -> pd.Series:
    """Tell which rows share one point with so many others of their category that it is not the place of any."""
    points = table.geometry.map(
        lambda shape: f"{shape.x:.5f} {shape.y:.5f}" if isinstance(shape, shapely.Point) else None
    )
    kinds = table["category"].where(~table["category"].isin(_SCHOOLS), "school")
    count = table.groupby([kinds, points])["row"].transform("size")
    heaped: pd.Series = points.notna() & (count >= _GEOCODED)
    return heaped


def _names(table: gpd.GeoDataFrame) -> list[likeness.Name | None]:
    full = map(likeness.with_district, table["name"], table["district"])
    return [None if name is None else likeness.parse(name) for name in full]


def _several(keys: Iterable[Hashable]) -> list[list[int]]:
    """Return the positions of each key that more than one has; ``None`` is no key."""
    groups: dict[Hashable, list[int]] = {}
    for at, key in enumerate(keys):
        if key is not None:
            groups.setdefault(key, []).append(at)
    return [rows for rows in groups.values() if len(rows) > 1]


def _metric(shapes: gpd.GeoSeries) -> NDArray[np.object_]:
    """Return the shapes in metres."""
    if shapes.notna().any():
        west, south, east, north = shapes.total_bounds.tolist()
        shapes = shapes.to_crs(coords.projected_crs((west, south, east, north)))
    metric: NDArray[np.object_] = shapes.to_numpy()
    return metric


def _same_place(rows: list[int], shapes: NDArray[np.object_], place: list[str]) -> dict[int, int]:
    """Return for rows of one name the row that counts for each: by distance, and without a place by district."""
    placed = [row for row in rows if shapes[row] is not None]
    first = dict(zip(placed, (placed[at] for at in _clusters(shapes[placed])), strict=True))
    loose = [row for row in rows if shapes[row] is None]
    several = Counter(place[row] for row in loose)  # of several, such as pocket parks, each may be one of its own
    for row in loose:
        sites = {main for other, main in first.items() if place[other] == place[row]}
        first[row] = sites.pop() if len(sites) == 1 and several[place[row]] == 1 else row
    return first


def _clusters(shapes: NDArray[np.object_]) -> list[int]:
    """Return for each shape the number of the first one that it is within reach of, over others if need be."""
    i, j = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=lexicon.measure("same_name_m"))
    graph = coo_array((np.ones(len(i), dtype=bool), (i, j)), shape=(len(shapes), len(shapes)))
    labels = connected_components(graph, directed=False)[1].tolist() if len(shapes) else []
    return [labels.index(label) for label in labels]


def _other_capacity(table: gpd.GeoDataFrame, main: pd.Series) -> list[Fault]:
    given = table["capacity"].dropna()
    counted = given.groupby(main[given.index]).transform("first")
    return [
        Fault("double_capacity", "warning", int(row), found=f"{given[row]:g}", facts={"kept": f"{counted[row]:g}"})
        for row in given.index[given != counted]
    ]


def _repeated_capacity(table: gpd.GeoDataFrame) -> list[Fault]:
    """Yield sites of one name with one capacity: the capacity of the whole may stand at each of them."""
    names, kinds, counts = _names(table), table["category"].tolist(), table["capacity"].tolist()
    rows = table.index.tolist()
    return [
        Fault("capacity_repeated", "warning", rows[at], found=f"{counts[at]:g}", facts={"main": rows[same[0]]})
        for same in _several(
            (kind, name.core, count) if name and name.core and pd.notna(count) else None
            for kind, name, count in zip(kinds, names, counts, strict=True)
        )
        for at in same[1:]
    ]


def _one_point(table: gpd.GeoDataFrame) -> list[Fault]:
    rows, names = table.index.tolist(), table["name"].tolist()
    points = [None if shape is None else shape.wkb for shape in table.geometry]
    return [
        Fault("one_point", "warning", rows[at], found=names[at], facts={"count": len(same)})
        for same in _several(points)
        if len(same) >= _GEOCODED
        for at in same
    ]
