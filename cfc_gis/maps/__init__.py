"""Folium maps from result tables: one file that opens with the network cut, in Chinese and English.

A shared map stops at the sub-district; this one shows compounds, since it is for internal use, and says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from cfc_gis import locale, schema, text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.maps import coarse, payload, tiles
from cfc_gis.tables import Tables

if TYPE_CHECKING:
    import folium

__all__ = ["build", "to_html"]

LANG_CHOICES = (*locale.LANGS, "both")


def build(  # noqa: PLR0913 - one name for each thing that a map says or a planner chooses
    tables: Tables,
    basemap: gpd.GeoDataFrame,
    *,
    lang: str = "both",
    season: str = "summer",
    category: str | None = None,
    place: str,
    data_date: str | None,
    synthetic: bool = False,
    routes: gpd.GeoDataFrame | None = None,
    further: Mapping[str, gpd.GeoDataFrame] | None = None,
    online: tiles.Tiles | None = None,
) -> folium.Map:
    """Draw the results as one interactive folium map.

    Parameters
    ----------
    tables
        The result tables, in one projected CRS. Of more than 10,000 neighbourhoods squares are drawn in their place
        (:mod:`cfc_gis.maps.coarse`), and the map says so.
    basemap
        ``kind`` (water, green, street, railway, district, ``land_`` and a land use), ``name`` and geometry, in the same
        CRS.
    lang
        ``zh``, ``en`` or ``both``: Chinese with a switch to English.
    season
        Season shown first: ``summer``, ``winter``, or ``both`` for summer.
    category
        Category shown first; unless given, the one about which the data tell most.
    place
        Name of the study area.
    data_date
        Date of the data, for the source line.
    synthetic
        Whether the data are made up: the page then says so in a band across its head.
    routes
        :data:`cfc_gis.schema.ROUTES`: a click draws the way. Without them a straight line is drawn, and called one.
    further
        More layers by their names: points, lines or polygons with a CRS (:func:`cfc_gis.maps.layers.further`).
    online
        An online basemap under the results (:func:`cfc_gis.maps.tiles.find`); the page may then load pictures from its
        servers. Without one the page needs no network, and may use none.

    Returns
    -------
    folium.Map
        Further folium layers may be added; their texts are folium's to escape, so give text of others as ``further``.
        :func:`to_html` writes it as a file. In a notebook it shows the first category alone.

    Warns
    -----
    UserWarning
        When the page will hold the planner's key of 天地图.

    Raises
    ------
    ChoiceUnknown
        On a language, season or category that does not exist.

    Examples
    --------
    >>> build.__kwdefaults__["lang"]
    'both'
    """
    from cfc_gis.maps import page

    _known("lang", lang, LANG_CHOICES)
    _known("season", season, (*schema.SEASONS, "both"))
    langs = locale.LANGS if lang == "both" else (lang,)
    squares = coarse.coarse(tables)
    if squares is not None:
        tables, routes = squares.tables, None
    data = payload.build(tables, basemap, routes, further)
    shown = [row["id"] for row in data["categories"]]
    if category is not None:
        _known("category", category, shown)
    data["words"] = payload.words(langs)
    data["state"] = {
        "lang": langs[0],
        "category": category or _telling(data, shown),
        "season": "summer" if season == "both" else season,
    }
    data["place"] = text.display(place)
    data["data_date"] = text.display(data_date)
    data["synthetic"] = synthetic
    data["coarse"] = None if squares is None else {"n": squares.neighbourhoods, "side": squares.side_m}
    data["online"] = None if online is None else {**vars(online), "urls": list(online.urls)}
    if online is not None and online.has_key:
        told = "\n".join(locale.say("map.key_inside", each) for each in locale.LANGS)
        warnings.warn(told, UserWarning, stacklevel=2)
    body = resources.files("cfc_gis") / "resources" / "templates" / "map_body.html"
    title = f"{place} · {locale.say('map.title', langs[0])}"
    servers = () if online is None else online.servers
    return page.self_contained(data, body.read_text(encoding="utf-8"), title, servers)


def to_html(map: folium.Map) -> str:  # noqa: A002 - the word of the design
    """Return the map as one self-contained page: the same bytes for the same tables.

    Parameters
    ----------
    map
        A map of :func:`build`.

    Examples
    --------
    >>> from cfc_gis.maps import page
    >>> to_html(page.self_contained({}, "", "x")).startswith("<!DOCTYPE html>")
    True
    """
    return str(map.get_root().render())


def _telling(data: dict[str, Any], shown: list[str]) -> str:
    """Return the category with most neighbourhoods whose minutes are no mere upper bound; the first of equals."""
    solid = {category: next(iter(data["access"][category].values()))["striped"].count("0") for category in shown}
    return max(shown, key=lambda category: solid[category], default="")


def _known(what: str, found: str, known: tuple[str, ...] | list[str]) -> None:
    if found not in known:
        raise ChoiceUnknown("choice_unknown", what=what, found=found, suggestion="", known=", ".join(known))
