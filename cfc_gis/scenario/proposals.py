"""Edits that the data suggest: for the homes that are not served, what stands in their way.

A proposal is a place to look at, not a plan: nobody has been there. It has no cost until a planner gives it one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis import locale, schema, text, walking
from cfc_gis.access import choose, remedies
from cfc_gis.crossings import is_main
from cfc_gis.edits.kinds import AddCrossing, AnyEdit, ClearIce, OpenGate, RetrofitFacility
from cfc_gis.edits.sites import WGS84

if TYPE_CHECKING:
    from cfc_gis.result import Result

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

GATE_M = 150.0
"""The longest way through that is proposed."""


def propose(result: Result, category: str, season: str | None = None, *, lang: str = "zh") -> tuple[AnyEdit, ...]:
    """Propose gates, crossings, cleared streets and places to fit for winter, for one category.

    Parameters
    ----------
    result
        The results; clearing of ice and fitting for winter are told where both seasons were run.
    category
        What children should reach.
    season
        ``summer`` or ``winter``; the first of the run unless named.
    lang
        Language of the titles.

    Returns
    -------
    tuple
        Those that concern most children first. New sites are found by :mod:`cfc_gis.siting`.

    Notes
    -----
    From the remedies of each home (:mod:`cfc_gis.access.remedies`): for *gate* the shortest line from the streets of
    its island to the main network, where it is at most 150 m long and goes over no water; for *crossing*, by road and
    facility, that of the places where straight lines cross the road from which the others are least far, weighted by
    children; for *clear ice*, by facility, the streets of the summer ways that are not cleared yet; for *indoor* the
    facility.

    Examples
    --------
    >>> import cfc_gis as cfc
    >>> result = cfc.Study.sample().run("both")
    >>> {edit.kind for edit in propose(result, "play", "winter")} <= {
    ...     "open_gate", "add_crossing", "clear_ice", "retrofit_facility"}
    True
    """
    kind = choose.category(category)
    who = choose.who(kind.age, season or result.seasons[0])
    found = remedies.homes(result.walk, result.places, result.measured, (category, who.name))
    children = result.places.users(kind.band)
    rows = found.assign(children=np.nan_to_num(children)[found["origin"]])
    proposals = [
        *_gates(result, rows[rows["kind"] == "gate"], lang),
        *_crossings(result, rows[rows["kind"] == "crossing"], lang),
        *_cleared(result, rows[rows["kind"] == "clear_ice"], category, lang),
        *_indoor(result, rows[rows["kind"] == "indoor"], lang),
    ]
    ordered = sorted(proposals, key=lambda each: (-round(each[0], 3), each[1].id))
    return tuple(edit for _, edit in ordered)


_UNNAMED = ""
"""Stands for the name of main roads that have none."""
Weighed = Iterator[tuple[float, AnyEdit]]
"""Edits, each after the children whom it concerns."""


def _gates(result: Result, rows: pd.DataFrame, lang: str) -> Weighed:
    """Yield a way through for each island of streets on which there are homes: the shortest to the main network."""
    network, at = result.network, result.places.at
    water = shapely.union_all(result.basemap.geometry[result.basemap["kind"] == "water"].to_numpy())
    component = network.component[network.edge_from]
    main = network.lines[component == 0]
    on_network = rows[at.found[rows["origin"]]]
    island = component[at.edge[on_network["origin"]]]
    for number in np.unique(island[island > 0]):  # on 0 only a child is cut off who may not cross
        homes = on_network[island == number]
        own = shapely.union_all(network.lines[component == number])
        line = shapely.shortest_line(own, main[shapely.STRtree(main).nearest(own)])
        if 0 < line.length <= GATE_M and not line.intersects(water):
            title = locale.say("proposal.gate", lang, homes=_names(result, homes))
            edit_id = f"gate-{_home_ids(result, homes)[0]}"
            yield float(homes["children"].sum()), OpenGate(id=edit_id, title=title, line=_degrees(result, line))


def _crossings(result: Result, rows: pd.DataFrame, lang: str) -> Weighed:
    """Yield a crossing for each road that bars homes from a facility; main roads without a name together."""
    network, places = result.network, result.places
    main = is_main(network)
    barred = rows.assign(street=rows["street"].fillna(_UNNAMED))
    names = pd.Series(network.edge_name).fillna(_UNNAMED).to_numpy()
    for facility, street in sorted({*zip(barred["facility"].tolist(), barred["street"].tolist(), strict=True)}):
        homes = barred[(barred["facility"] == facility) & (barred["street"] == street)]
        roads = network.lines[main & (names == street)]
        doors = shapely.MultiPoint(places.facilities["entrances"].iloc[facility])
        starts = places.origins.geometry.to_numpy()[homes["origin"]]
        ways = shapely.shortest_line(starts, doors)
        spots = shapely.intersection(ways, shapely.union_all(roads))
        known = ~shapely.is_empty(spots)
        if not known.any():
            continue
        spots = shapely.get_geometry(shapely.extract_unique_points(spots[known]), 0)
        weight = homes["children"].to_numpy()[known]
        spot = spots[int(np.argmin((shapely.distance(spots[:, None], spots[None, :]) * weight).sum(axis=1)))]
        road = street or locale.say("proposal.unnamed_road", lang)
        title = locale.say("proposal.crossing", lang, street=road, facility=_facility(result, facility, lang))
        edit_id = f"crossing-{places.facilities['facility_id'].iloc[facility]}-{text.folded(street) or 'unnamed'}"
        yield float(weight.sum()), AddCrossing(id=edit_id, title=title, point=_degrees(result, spot)[0])


def _cleared(result: Result, rows: pd.DataFrame, category: str, lang: str) -> Weighed:
    """Yield for each facility the streets of the summer ways to it that are not cleared."""
    network, places = result.network, result.places
    icy = ~walking.cleared(network, result.walk.choices)
    kind = choose.category(category)
    surface = result.walk.minutes(choose.who(kind.age, "summer"))
    proven = places.entrances.of(places.serving(kind, "summer").isin(schema.PROVEN).to_numpy())
    field = surface.search(proven.at, proven.facility).field
    for facility, homes in _by_facility(rows):
        edges: set[int] = set()
        for origin in homes["origin"]:
            route = field.route(surface.origins(places.at.of(np.array([origin]))))
            edges |= {*result.walk.links.edge[route.edge].tolist()}
        names = sorted({name for name in network.edge_name[[at for at in edges if icy[at]]] if isinstance(name, str)})
        if names:
            title = locale.say("proposal.clear_ice", lang, facility=_facility(result, facility, lang))
            edit_id = f"ice-{places.facilities['facility_id'].iloc[facility]}"
            yield float(homes["children"].sum()), ClearIce(id=edit_id, title=title, streets=tuple(names))


def _indoor(result: Result, rows: pd.DataFrame, lang: str) -> Weighed:
    """Yield the places of summer that would serve in winter."""
    for facility, homes in _by_facility(rows):
        named = str(result.facilities["facility_id"].iloc[facility])
        title = locale.say("proposal.indoor", lang, facility=_facility(result, facility, lang))
        yield float(homes["children"].sum()), RetrofitFacility(id=f"indoor-{named}", title=title, facility=named)


def _by_facility(rows: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    for facility in sorted({*rows["facility"].tolist()} - {-1}):
        yield facility, rows[rows["facility"] == facility]


def _degrees(result: Result, shape: shapely.Geometry) -> tuple[tuple[float, float], ...]:
    """Return the points of a shape as longitude and latitude, to the centimetre."""
    moved = gpd.GeoSeries([shape], crs=result.neighbourhoods.crs).to_crs(WGS84)
    return tuple((round(x, 7), round(y, 7)) for x, y in shapely.get_coordinates(moved.to_numpy()))


def _facility(result: Result, row: int, lang: str) -> str:
    place = result.facilities.iloc[row]
    name = place["name"] if isinstance(place["name"], str) else locale.say(f"category.{place['category']}", lang)
    return text.display(name)


def _home_ids(result: Result, homes: pd.DataFrame) -> list[str]:
    """Return the ids of the neighbourhoods of homes, that with most children first."""
    sums = homes.groupby(result.places.origins["neighbourhood_id"].to_numpy()[homes["origin"]])["children"].sum()
    return [str(name) for name in sums.sort_index().sort_values(ascending=False, kind="stable").index]


def _names(result: Result, homes: pd.DataFrame) -> str:
    names = result.neighbourhoods.set_index("neighbourhood_id")["name"]
    first, *others = _home_ids(result, homes)
    said = text.display(names[first] if isinstance(names[first], str) else first)
    return said if not others else f"{said} +{len(others)}"
