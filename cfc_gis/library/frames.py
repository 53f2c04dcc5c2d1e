"""Lists of the library as tables: what pandas reads, from what the database says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cfc_gis import locale, text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.library import queries, rules
from cfc_gis.library.database import Database
from cfc_gis.library.project import NAMES, show

if TYPE_CHECKING:
    import geopandas as gpd

_MAPPED = ("id", "kind", "phase", "body", "cost_wan")
_HISTORY = ("table", "id", "version", "at", "who", "action", "why", "changes")


def projects(db: Database, filters: Mapping[str, object]) -> pd.DataFrame:
    """Return the projects that fit; missing text is ``None``, a missing number NaN."""
    sql, bound = queries.projects(filters)
    table = pd.DataFrame(map(tuple, db.rows(sql, bound)), columns=list(NAMES), dtype=object)
    return table.astype({"cost_wan": "float64", "children_gained": "float64", "gain_year": "Int64", "version": "int64"})


def by_stage(table: pd.DataFrame, lang: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the projects that have a place as one layer for each stage, in the order of the stages.

    Parameters
    ----------
    table
        As of :func:`projects`.
    lang
        Language of the names of layers and columns.

    Returns
    -------
    dict
        By the name of the layer; points, lines or polygons in WGS 84 with ``name`` and what a planner asks for first.
        Projects without a place are in none: their number is ``table["place"].isna().sum()``.
    """
    import geopandas as gpd

    placed = table[table["place"].notna()]
    shapes = gpd.GeoSeries.from_wkt(placed["place"].tolist(), crs="EPSG:4326")
    shown = {
        field.header(lang): [show(field, value, lang) for value in placed[field.name]]
        for field in rules.fields(rules.PROJECTS)
        if field.name in _MAPPED
    }
    shown[locale.say("library_more.children_gained", lang)] = placed["children_gained"].tolist()
    layer = gpd.GeoDataFrame({"name": placed["name"].to_numpy(), **shown}, geometry=shapes.to_numpy(), crs=shapes.crs)
    stage = placed["stage"].to_numpy()
    found = {}
    for key in rules.choices("project_stage"):
        if (stage == key).any():
            title = locale.say("projects_cli.stage_layer", lang, stage=rules.word("project_stage", key, lang))
            found[title] = layer[stage == key].reset_index(drop=True)
    return found


def entries(db: Database, register: str | None) -> pd.DataFrame:
    """Return expected results and policy measures with the ids they are linked with."""
    sql, bound = queries.entries(register)
    columns = [*(field.name for field in rules.fields(rules.ENTRIES)), "linked"]
    return pd.DataFrame(map(tuple, db.rows(sql, bound)), columns=columns, dtype=object)


def whole(db: Database, name: str) -> pd.DataFrame:
    """Return a whole table.

    Raises
    ------
    ChoiceUnknown
        When there is none of that name.
    """
    if name not in rules.TABLES:
        known = ", ".join(rules.TABLES)
        raise ChoiceUnknown("choice_unknown", what="table", found=name, suggestion="", known=known)
    columns = [field.name for field in rules.fields(name)]
    return pd.DataFrame(map(tuple, db.rows(queries.table(name))), columns=columns, dtype=object)


def history(db: Database, subject_id: str | None) -> pd.DataFrame:
    """Return one row per change, oldest first.

    Raises
    ------
    ChoiceUnknown
        When there is no project or entry of that id.
    """
    sql, wanted = queries.history(subject_id)
    rows = [
        (*row["subject"].split("/", 1), *(row[name] for name in _HISTORY[2:-1]), json.loads(row["changes"]))
        for row in db.rows(sql, wanted)
    ]
    if subject_id is not None and not rows:
        what = locale.Words("library_table.projects")
        raise ChoiceUnknown("library_id_unknown", what=what, found=text.display(subject_id), path=db.path)
    return pd.DataFrame(rows, columns=list(_HISTORY))
