"""Folium maps from result tables: one file that opens with the network cut, in Chinese and English.

A shared map stops at the sub-district; this one shows compounds, since it is for internal use, and says so.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from cfc_gis import locale, schema, text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.maps import payload
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
) -> folium.Map:
    """Draw the results as one interactive folium map.

    Parameters
    ----------
    tables
        The result tables, in one projected CRS.
    basemap
        ``kind`` (water, green, street, railway, district) and geometry, in the same CRS.
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

    Returns
    -------
    folium.Map
        Further folium layers may be added. :func:`to_html` writes it as a file.

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
    data = payload.build(tables, basemap)
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
    body = resources.files("cfc_gis") / "resources" / "templates" / "map_body.html"
    title = f"{place} · {locale.say('map.title', langs[0])}"
    return page.self_contained(data, body.read_text(encoding="utf-8"), title)


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
