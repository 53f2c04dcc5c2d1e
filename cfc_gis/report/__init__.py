"""The bilingual HTML report: a document for a meeting, in one file that opens with the network cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from cfc_gis import locale
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.faults import NOTHING_READ, InputsReport
from cfc_gis.report import document, glance, scenario
from cfc_gis.tables import Tables

__all__ = ["glance", "render", "scenario"]


def render(
    tables: Tables,
    *,
    manifest: Mapping[str, Any],
    map_html: str,
    lang: str = "both",
    checked: InputsReport = NOTHING_READ,
    basemap: gpd.GeoDataFrame | None = None,
) -> str:
    """Write the results as one self-contained page.

    Parameters
    ----------
    tables
        The result tables, in one projected CRS.
    manifest
        ``place``, ``synthetic``, ``season``, ``inputs``, ``parameters``, ``counts``, ``versions`` and ``notes``.
    map_html
        The map as a page of its own, to stand in a frame; empty for a report without one.
    lang
        ``zh``, ``en`` or ``both``: Chinese with a switch to English.
    checked
        What was read, understood and wrong in the inputs.
    basemap
        Water, green and main streets for the maps of districts (:func:`cfc_gis.basemap.basemap`), in the CRS of the
        tables; left out unless given.

    Returns
    -------
    str
        The page: the same bytes for the same tables, in whatever order their rows come.

    Raises
    ------
    ChoiceUnknown
        On a language that does not exist.

    Examples
    --------
    >>> render.__kwdefaults__["lang"]
    'both'
    """
    choices = (*locale.LANGS, "both")
    if lang not in choices:
        raise ChoiceUnknown("choice_unknown", what="lang", found=lang, suggestion="", known=", ".join(choices))
    pictures = document.Pictures(map_html, basemap)
    return document.page(tables, manifest, pictures, locale.LANGS if lang == "both" else (lang,), checked)
