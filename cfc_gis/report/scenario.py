"""The page of a scenario: what is changed, who gains, and maps before and after, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from cfc_gis import locale, schema
from cfc_gis.report import charts, engine, places, sheets
from cfc_gis.report.words import HTML_LANG, Words, rounded
from cfc_gis.standards import categories

if TYPE_CHECKING:
    from cfc_gis.tables import Tables

MAPPED = 3
"""Categories of which maps are drawn: those of which most children are gained or lost."""
AROUND_M = 1000.0
"""So much is shown around what changes."""
LISTED = 20
CHILD = 0.5
"""Fewer children gained or lost are not worth a line."""


@dataclass(frozen=True, eq=False)
class Changed:
    """What a scenario changes, as plain tables.

    Parameters
    ----------
    name
        Its name.
    year
        What is said of its year, in each language; None for that of the census.
    edits, later
        What is changed, and what is left out as later: one text in each language.
    cost, unknown_costs
        Costs in 10,000 yuan, and of how many edits nobody knows them.
    units, neighbourhoods, facilities
        As of :class:`cfc_gis.scenario.Outcome`.
    sites
        Points of the edits, in the CRS of the neighbourhoods.
    said
        What else is to be said: children with a seat, and what a planner must look at.
    new_homes
        Ids of the neighbourhoods that it builds.
    """

    name: str
    year: Mapping[str, str] | None
    edits: Sequence[Mapping[str, str]]
    later: Sequence[Mapping[str, str]]
    cost: float
    unknown_costs: int
    units: pd.DataFrame
    neighbourhoods: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    sites: gpd.GeoSeries
    said: Sequence[Mapping[str, str]] = ()
    new_homes: frozenset[str] = frozenset()


def page(
    changed: Changed,
    before: Tables,
    after: Tables,
    *,
    basemap: gpd.GeoDataFrame,
    manifest: Mapping[str, Any],
    lang: str,
) -> str:
    """Return the page, which needs no network.

    Parameters
    ----------
    changed
        What is changed.
    before, after
        Result tables without and with it.
    basemap
        ``kind`` and geometry, in the same CRS.
    manifest
        What the run before it says of itself.
    lang
        ``zh``, ``en`` or ``both``.
    """
    langs = locale.LANGS if lang == "both" else (lang,)
    words = Words(langs)
    city = changed.units[changed.units["level"] == "city"]
    of_city = city[moved(city)]
    below = changed.units[(changed.units["level"] != "city") & moved(changed.units)]
    judged = changed.units.dropna(subset=["judgement_before"])
    judged = judged[judged["judgement_before"] != judged["judgement_after"]]
    dates = [row["data_date"] for row in manifest["inputs"] if row.get("data_date")]
    template = engine.environment(words).get_template("report_scenario.html")
    return template.render(
        policy=engine.POLICY,
        langs=langs,
        html_lang=HTML_LANG[langs[0]],
        style=Markup(engine.resource("report.css")),  # noqa: S704 - our own file
        script=Markup(engine.resource("report.js")),  # noqa: S704 - our own file
        keys=charts.keys(),
        place=manifest["place"],
        synthetic=bool(manifest["synthetic"]),
        data_date=dates[0] if dates else None,
        changed=changed,
        edits=[words.pair(each) for each in changed.edits],
        later=[words.pair(each) for each in changed.later],
        said=[words.pair(each) for each in changed.said],
        moved=of_city.to_dict("records"),
        below=_most(below).to_dict("records"),
        judged=judged.to_dict("records"),
        pairs=[_pair(changed, before, after, basemap, row) for row in _mapped(of_city)],
        homes=_homes(changed, after),
        season=_season,
        signed=_signed,
        way=_way,
        minutes=_minutes,
    )


def moved(units: pd.DataFrame, least: float = CHILD) -> pd.Series:
    """Return in which units so many children gain or lose, of homes that stand already or of new ones."""
    gained = units[["gained", "gained_residents", "gained_newcomers"]]
    rows: pd.Series = (gained.abs() >= least).any(axis=1)
    return rows


def _season(profile: str) -> str:
    return profile.rsplit(".", 1)[-1]


def _signed(value: float) -> str:
    """Return a number of children gained or lost, with its sign.

    Examples
    --------
    >>> _signed(1234.4), _signed(-0.2)
    ('+1,234', '0')
    """
    return "0" if abs(value) < CHILD else f"{value:+,.0f}"


def _way(metres: float) -> str:
    """Return a way in metres; a dash where none leads there: an island before its gate, housing before it is built.

    Examples
    --------
    >>> _way(327.0), _way(float("nan"))
    ('330', '–')
    """
    return rounded(None if np.isnan(metres) else metres)


def _minutes(value: float) -> str:
    """Return minutes on foot; a dash where no way leads there."""
    return "–" if np.isnan(value) else f"{value:.0f}"


def _most(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.assign(_most=-rows["gained"].abs().round(6))
    return order.sort_values(["_most", "unit_code", "category", "profile"]).head(LISTED)


def _mapped(moved: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the categories that are drawn, each in the season in which it gains or loses most."""
    order = moved.assign(_most=-moved["gained"].abs().round(6)).sort_values(["_most", "category", "profile"])
    rows = order.drop_duplicates("category").head(MAPPED).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _pair(
    changed: Changed, before: Tables, after: Tables, basemap: gpd.GeoDataFrame, row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the maps of one category before and after, drawn on the same piece of the city."""
    own = changed.neighbourhoods
    own = own[(own["category"] == row["category"]) & (own["profile"] == row["profile"])]
    own = own[own["share_within_before"].fillna(0.0) != own["share_within_after"]]
    sites = changed.sites.to_numpy()
    window = shapely.box(*shapely.total_bounds(np.r_[own.geometry.to_numpy(), sites])).buffer(AROUND_M)
    kinds, seen = {}, set[str]()
    for when, tables in (("before", before), ("after", after)):
        homes = tables.neighbourhoods[tables.neighbourhoods.intersects(window)]
        ways = tables.access
        ways = ways[(ways["category"] == row["category"]) & (ways["profile"] == row["profile"])]
        homes = homes.merge(ways, on="neighbourhood_id")
        inner = tables.units[tables.units["level"] == "subdistrict"].geometry
        districts = shapely.union_all(tables.units.geometry[tables.units["level"] == "district"].to_numpy())
        sheet = sheets.DistrictSheet(districts, inner, homes.geometry, basemap)
        points = {"proven": _proven(tables, row)}
        if when == "after":
            points["edit"] = shapely.get_coordinates(sites)
        # What lies beyond recorded facilities is unknown, and never drawn as a gap, where the data do not suffice.
        drawn = places.kinds(homes, judged=row[f"judgement_{when}"] != "no_data")
        seen |= {*drawn}
        kinds[when] = partial(sheet.draw, drawn, points, [])
    return {**row, "sheets": kinds, "kinds": [kind for kind in places.KINDS if kind in seen]}


def _proven(tables: Tables, row: Mapping[str, Any]) -> np.ndarray:
    serving = tables.facilities["category"].isin(categories()[row["category"]].served_by)
    found = tables.facilities[serving & tables.facilities["evidence"].isin(schema.PROVEN)]
    points: np.ndarray = shapely.get_coordinates(shapely.point_on_surface(found.geometry.to_numpy()))
    return points


def _homes(changed: Changed, after: Tables) -> list[dict[str, Any]]:
    """Return the neighbourhoods that gain or lose most children, with their names."""
    rows = changed.neighbourhoods
    people = after.neighbourhoods.set_index("neighbourhood_id")
    people[schema.ALL_CHILDREN] = people[[*schema.BANDS]].sum(axis=1, min_count=1)
    bands = {name: kind.band for name, kind in categories().items()}
    pairs = zip(rows["neighbourhood_id"], rows["category"], strict=True)
    children = np.array([people.loc[home, bands[category]] for home, category in pairs], dtype=float)
    share = rows["share_within_after"].fillna(0.0) - rows["share_within_before"].fillna(0.0)
    rows = pd.DataFrame(rows.drop(columns="geometry")).assign(gained=np.nan_to_num(children) * share)
    rows = rows[rows["gained"].abs() >= CHILD]
    rows = rows.assign(_most=-rows["gained"].abs().round(6)).sort_values(["_most", "neighbourhood_id", "category"])
    rows = rows.drop_duplicates(["neighbourhood_id", "category"]).head(LISTED)
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
