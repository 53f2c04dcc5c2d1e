"""One page for each district: a map of its homes, its indicators, and the neighbourhoods to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import shapely
from markupsafe import Markup

from cfc_gis import schema
from cfc_gis.report import places, rows, sheets
from cfc_gis.report.words import Words
from cfc_gis.tables import Tables

MAPPED_FIRST = "primary_school"
"""The category of the map, where neighbourhoods can be told apart by it; else the first by which they can."""
NAMED = 3
"""Neighbourhoods named for each of the other categories."""


@dataclass(frozen=True)
class Page:
    """The page of one district.

    Parameters
    ----------
    unit
        The district.
    judged
        In how many categories it can be judged.
    mapped
        What the map shows, with the list that its numbers belong to.
    kinds
        Classes of homes on the map, for its legend.
    sheet
        Draws the map, given the id of its title.
    looks
        All categories.
    """

    unit: rows.Unit
    judged: int
    mapped: places.Look
    kinds: list[str]
    sheet: Callable[[str], Markup]
    looks: list[places.Look]

    @property
    def id(self) -> str:
        """Code of the district as ids of HTML can hold it."""
        return "".join(sign for sign in self.unit.code if sign.isalnum())


def context(
    tables: Tables, districts: list[rows.Unit], season: str, basemap: gpd.GeoDataFrame | None, words: Words
) -> dict[str, Any]:
    """Return the pages, by the name that their template uses; a district without homes has none."""
    finder = places.Finder(tables, season, words)
    outlines = tables.units.set_index(["level", "unit_code"]).geometry
    inner = tables.units[tables.units["level"] == "subdistrict"].sort_values("unit_code")
    empty = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=tables.units.crs)
    ground = empty if basemap is None else basemap
    pages = []
    for unit in districts:
        homes = finder.homes(unit.code)
        if homes.empty or not unit.gaps:
            continue
        outline = outlines["district", unit.code]
        looks = [
            finder.look(homes, category, unit.gaps[category, season], outline)
            for category in schema.CATEGORIES
            if (category, season) in unit.gaps
        ]
        blocks = inner.geometry[inner["parent_code"] == unit.code]
        sheet = sheets.DistrictSheet(outline, blocks, homes.geometry, ground)
        pages.append(_page(unit, looks, sheet, _points(finder, outline, _mapped(looks).category)))
    return {"district_pages": pages, "named": NAMED}


def _page(unit: rows.Unit, looks: list[places.Look], sheet: sheets.DistrictSheet, points: Mapping[str, Any]) -> Page:
    mapped = _mapped(looks)
    drawn = places.kinds(mapped.homes, judged=mapped.gap["judgement"] != "no_data")
    judged = sum(look.gap["judgement"] != "no_data" for look in looks)
    numbered = [place.row for place in mapped.places]
    picture = partial(sheet.draw, drawn, points, numbered)
    return Page(unit, judged, mapped, [kind for kind in places.KINDS if kind in drawn], picture, looks)


def _mapped(looks: list[places.Look]) -> places.Look:
    told = [look for look in looks if look.places]
    wanted = [look for look in told or looks if look.category == MAPPED_FIRST]
    return (wanted or told or looks)[0]


def _points(finder: places.Finder, unit: shapely.Geometry, category: str) -> Mapping[str, Any]:
    """Return where the recorded facilities are, proven ones last so that they lie on top."""
    recorded = finder.recorded(unit, category).sort_values("facility_id")
    proven = recorded["evidence"].isin(schema.PROVEN).to_numpy()
    at = shapely.get_coordinates(shapely.point_on_surface(recorded.geometry.to_numpy()))
    return {"presumed": at[~proven], "proven": at[proven]}
