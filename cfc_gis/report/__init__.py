"""The bilingual HTML report: a document for a meeting, in one file that opens with the network cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from cfc_gis import locale
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.report import document, rows
from cfc_gis.standards import Standard

__all__ = ["render"]


def render(  # noqa: PLR0913 - one name for each table, as the steps of a study have them
    *,
    units: gpd.GeoDataFrame,
    neighbourhoods: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    access: pd.DataFrame,
    gaps: pd.DataFrame,
    standards: Mapping[str, Standard],
    manifest: Mapping[str, Any],
    map_html: str,
    lang: str = "both",
) -> str:
    """Write the results as one self-contained page.

    Parameters
    ----------
    units, neighbourhoods, facilities, access, gaps
        Tables as in :mod:`cfc_gis.schema`, in one projected CRS.
    standards
        The standard that decides, by category.
    manifest
        ``place``, ``synthetic``, ``season``, ``inputs``, ``parameters``, ``counts``, ``versions`` and ``notes``.
    map_html
        The map as a page of its own, to stand in a frame; empty for a report without one.
    lang
        ``zh``, ``en`` or ``both``: Chinese with a switch to English.

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
    tables = rows.Tables(units, neighbourhoods, facilities, access, gaps, standards, manifest)
    return document.page(tables, map_html, locale.LANGS if lang == "both" else (lang,))
