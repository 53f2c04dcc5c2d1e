"""Which neighbourhoods to look at for a category, and why, in the order of :func:`cfc_gis.beyond.order`.

Where neighbourhoods cannot be told apart there is no list, and what is said instead is what would make one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfc_gis import beyond, schema
from cfc_gis.access.remedies import thresholds
from cfc_gis.comparable import can_rank
from cfc_gis.report import rows
from cfc_gis.report.words import Both, Words, percent, rounded
from cfc_gis.standards import Standard, categories
from cfc_gis.tables import Tables

LISTED = 5
DOUBTFUL = 3
"""Neighbourhoods with most children beyond that cannot be ranked, named after those that can."""
FEWEST = 1
"""Fewer children beyond the standard are nobody to look for."""
KINDS = ("within", "presumed", "beyond", "unknown")
"""Classes in which a map draws a neighbourhood (:func:`kinds`)."""
EAST_FIRST = ("e", "ne", "n", "nw", "w", "sw", "s", "se")


@dataclass(frozen=True)
class Place:
    """One neighbourhood of a list.

    Parameters
    ----------
    row
        Its row among the neighbourhoods of the district.
    name, where
        What it is called, or how to find it where it has no name; its sub-district.
    beyond, children
        Children beyond the standard of every recorded facility, of all of that age.
    why
        The facts behind that, as sentences.
    doubtful
        Whether it stands apart from the ranks, for what its facts say of the data.
    """

    row: int
    name: Both
    where: Both
    beyond: Both
    children: Both
    why: list[Both]
    doubtful: bool


@dataclass(frozen=True)
class Look:
    """What is worth looking at for one category in one district.

    Parameters
    ----------
    category
        The category.
    gap
        Its row of the table of gaps.
    homes
        Its rows of access beside the neighbourhoods, in their order.
    places
        The list, ranked ones first; empty where there is none.
    untold
        Why there is no list; None where there is one.
    """

    category: str
    gap: Mapping[str, Any]
    homes: pd.DataFrame
    places: list[Place]
    untold: Both | None

    @property
    def ranked(self) -> list[Place]:
        """Those that have a rank."""
        return [place for place in self.places if not place.doubtful]

    @property
    def doubtful(self) -> list[Place]:
        """Those to check before anything is said of them."""
        return [place for place in self.places if place.doubtful]


class Finder:
    """Look for places in the tables of a run.

    Parameters
    ----------
    tables
        The result tables.
    season
        The season that the report shows.
    words
        The languages of the report.
    """

    def __init__(self, tables: Tables, season: str, words: Words) -> None:
        self._words = words
        self._standards = tables.standards
        self._homes = tables.neighbourhoods.sort_values("neighbourhood_id").reset_index(drop=True)
        self._facilities = tables.facilities[tables.facilities["evidence"] != "no"]
        self._names = tables.facilities.set_index("facility_id")["name"].to_dict()
        inner = tables.units[tables.units["level"] == "subdistrict"]
        self._units = dict(zip(inner["unit_code"], inner["unit_name"], strict=True))
        access = tables.access[tables.access["profile"].str.endswith(f".{season}")].sort_values("profile")
        first = access.drop_duplicates(["neighbourhood_id", "category"]).drop(columns="edge_affected")
        self._access = {str(name): part for name, part in first.groupby("category")}
        named = self._homes[self._homes["name"].notna()]
        self._named = list(named["name"])
        self._named_at = shapely.centroid(named.geometry.to_numpy())

    def homes(self, code: str) -> gpd.GeoDataFrame:
        """Return the neighbourhoods of a district, by id."""
        return self._homes[self._homes["district_code"] == code].reset_index(drop=True)

    def recorded(self, unit: shapely.Geometry, category: str) -> gpd.GeoDataFrame:
        """Return the recorded facilities of a category that lie in a unit."""
        serving = self._facilities[self._facilities["category"].isin(categories()[category].served_by)]
        return serving[shapely.within(shapely.point_on_surface(serving.geometry.to_numpy()), unit)]

    def look(self, homes: gpd.GeoDataFrame, category: str, gap: Mapping[str, Any], unit: shapely.Geometry) -> Look:
        """Return what to look at for one category."""
        access = self._access[category]
        rows_of = homes[["neighbourhood_id"]].merge(access, on="neighbourhood_id", how="left")
        if not can_rank(gap["share_presumed"], gap["judgement"]):
            return Look(category, gap, rows_of, [], self._untold(category, gap, unit))
        standard = self._standards.get(category)
        found = beyond.order(
            homes, access, category=categories()[category], told_apart=True,
            applies_to="all" if standard is None else standard.applies_to,
        )  # fmt: skip
        found = found[found["children_beyond"] >= FEWEST]
        ranked = found["rank"].notna()
        at = pd.Series(homes.index, homes["neighbourhood_id"])
        places = [
            self._place(homes, at[row["neighbourhood_id"]], row, category)
            for row in rows.records(pd.concat([found[ranked].head(LISTED), found[~ranked].head(DOUBTFUL)]))
        ]
        return Look(category, gap, rows_of, places, None if places else self._words.say("report.look_none"))

    def _place(self, homes: gpd.GeoDataFrame, at: int, row: Mapping[str, Any], category: str) -> Place:
        home = homes.iloc[at]
        return Place(
            at,
            self._name(home, shapely.centroid(home.geometry)),
            self._where(home),
            self._words.people(row["children_beyond"]),
            self._words.people(row["children"]),
            self._why(row, category),
            row["rank"] is None,
        )

    def _untold(self, category: str, gap: Mapping[str, Any], unit: shapely.Geometry) -> Both:
        recorded = self.recorded(unit, category)
        settled = [self._words.term("settle", key) for key in str(gap["settled_by"] or "").split(";") if key]
        return self._words.say(
            "report.look_untold",
            what=self._words.term("category", category), n=len(recorded),
            sure=int(recorded["evidence"].isin(schema.PROVEN).sum()), share=percent(gap["share_presumed"] or 0.0),
            settled=self._words.join(settled), body=self._words.term("body", gap["body"]),
        )  # fmt: skip

    def _name(self, home: Mapping[str, Any], at: shapely.Point) -> Both:
        """Return the name; of a neighbourhood without one its id, and how far it is from one that has a name."""
        words = self._words
        if isinstance(home["name"], str):
            return words.pair(dict.fromkeys(words.langs, home["name"]))
        unnamed = words.say("report.unnamed", id=home["neighbourhood_id"])
        if not self._named:
            return unnamed
        metres = shapely.distance(self._named_at, at)
        near = int(np.argmin(metres))
        east, north = at.x - self._named_at[near].x, at.y - self._named_at[near].y
        towards = EAST_FIRST[round(math.atan2(north, east) / (math.pi / 4)) % len(EAST_FIRST)]
        return words.say(
            "report.look_beside", unnamed=unnamed, name=self._named[near],
            towards=words.term("direction", towards), n=rounded(float(metres[near])),
        )  # fmt: skip

    def _where(self, home: Mapping[str, Any]) -> Both:
        found = self._units.get(home["subdistrict_code"])
        if found is None:
            return self._words.say("report.look_no_subdistrict")
        return self._words.pair(dict.fromkeys(self._words.langs, found))

    def _why(self, row: Mapping[str, Any], category: str) -> list[Both]:
        """Return the facts: the nearest facility, whether a way is missing or a site, and what may be wrong."""
        words, what, standard = self._words, self._words.term("category", category), self._standards.get(category)
        said = [self._nearest(row, what, standard)]
        if standard is not None and standard.unit == "m" and row["straight_metres"] is not None:
            near = row["straight_metres"] * float(thresholds()["direct"]["detour"]) <= standard.threshold
            said.append(words.say("report.why_detour" if near else "report.why_none_near", what=what))
        if row["share_within_presumed"] - row["share_within"] >= beyond.WORTH_SAYING:
            share = percent(row["share_within_presumed"] - row["share_within"])
            said.append(words.say("report.why_presumed", n=share))
        if "unconnected" in row["doubts"]:
            said.append(words.say("report.why_unconnected", n=percent(row["share_unconnected"])))
        if "border" in row["doubts"]:
            said.append(words.say("report.why_edge", n=percent(row["share_beyond"])))
        if "area" in row["doubts"]:
            said.append(words.say("report.why_area"))
        return said

    def _nearest(self, row: Mapping[str, Any], what: Both, standard: Standard | None) -> Both:
        words = self._words
        if row["facility_id"] is None or row["metres"] is None:
            return words.say("report.why_unreached", what=what)
        name = self._names.get(row["facility_id"])
        facts = {
            "what": what, "metres": rounded(row["metres"]), "straight": rounded(row["straight_metres"]),
            "minutes": f"{row['minutes']:.0f}",
            "name": name if isinstance(name, str) else words.say("report.unnamed", id=row["facility_id"]),
        }  # fmt: skip
        if standard is None:
            return words.say("report.why_nearest", **facts)
        limit = {"threshold": f"{standard.threshold:g}", "unit": words.term("unit", standard.unit)}
        return words.say("report.why_nearest_standard", **facts, **limit)


def kinds(homes: pd.DataFrame, judged: bool) -> Sequence[str]:
    """Return the class in which a map draws each neighbourhood: by where at least half of its children live.

    Parameters
    ----------
    homes
        Rows of access.
    judged
        Whether the data suffice to judge the category; else what lies beyond recorded facilities is unknown.

    Examples
    --------
    >>> shares = pd.DataFrame({"share_within": [0.6, 0.2, 0.0], "share_within_presumed": [0.6, 0.5, 0.1]})
    >>> kinds(shares, judged=False)
    ['within', 'presumed', 'unknown']
    """
    rest = "beyond" if judged else "unknown"
    return [
        "within" if proven >= 0.5 else "presumed" if known >= 0.5 else rest
        for proven, known in zip(homes["share_within"], homes["share_within_presumed"], strict=True)
    ]
