"""What stands in the chapter on equity: findings where the data can tell, and otherwise why there are none.

Measures of a category without data describe who mapped what. They stand in a table of their own, named as what they
are, so that whoever completes the data sees them; no sentence and no picture is made of them. Nothing here names a
compound: lists stop at sub-districts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import schema, schema_equity
from cfc_gis.equity.clusters import BAND_M, FALSE_DISCOVERIES, PERMUTATIONS
from cfc_gis.report import charts, rows
from cfc_gis.report.words import Both, Words, percent
from cfc_gis.stability import variation
from cfc_gis.standards import categories
from cfc_gis.tables import Tables

SHOWN_AT = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
"""Shares of the children at which the table beside the Lorenz curves gives the curve."""

STABLE, UNSTABLE = 0.9, 0.1
"""In at least this share of the draws a unit is stable, in less than that it is not worth naming."""

MOSTLY = 0.5
"""From this share on the inequality is said to lie between districts."""

SLOPE = 0.05
"""Below this a concentration index is no tendency."""

LARGEST = 5
_GROUPS = ("district", "subdistrict", "urban_rural", "education_group")
_PLAIN = ("fgt0", "fgt1", "fgt2", "mean", "gini", "palma")

Row = Mapping[str, Any]


def context(tables: Tables, season: str, words: Words) -> dict[str, Any]:
    """Return what the chapter on equity shows, by the names that its template uses.

    Parameters
    ----------
    tables
        The result tables; without rows in ``equity`` there is no chapter.
    season
        The season that the report shows throughout.
    words
        The languages of the report.
    """
    table = tables.equity[tables.equity["profile"].str.endswith(f".{season}") & (tables.equity["level"] == "city")]
    if table.empty:
        return {"equity": None}
    curves = _curves(tables.lorenz, season)
    found = [_category(name, table, curves.get(name, {})) for name in rows.categories(table)]
    told = [row for row in found if row["basis"] != "no_finding"]
    untold = [row for row in found if row["basis"] == "no_finding"]
    return {
        "equity": {
            "told": told,
            "untold": untold,
            "untold_names": words.join(words.term("category", row["category"]) for row in untold),
            "sentences": _sentences([row for row in told if row["gini"] is not None], words),
            "groups": [by for by in _GROUPS if any(row["between"][by] is not None for row in found)],
            "shown_at": [percent(at) for at in SHOWN_AT],
            "spots": _spots(tables, season, [row["category"] for row in told], words),
            "stability": [_stability(tables.stability, row["category"], season, words) for row in told],
            **_parameters(words),
        }
    }


def _curves(lorenz: pd.DataFrame, season: str) -> dict[str, dict[float, float]]:
    """Return the points of each category; none where nothing is shared out."""
    rows_of = lorenz[lorenz["profile"].str.endswith(f".{season}") & (lorenz["level"] == "city")]
    rows_of = rows_of.dropna(subset="share_benefit").sort_values(["unit_code", "share_children"])
    return {
        str(name): dict(zip(part["share_children"].round(6), part["share_benefit"], strict=True))
        for name, part in rows_of.groupby("category")
    }


def _category(name: str, table: pd.DataFrame, curve: Mapping[float, float]) -> dict[str, Any]:
    """Return the measures of one category: plain, parted by groups, and by rank."""
    mine = table[table["category"] == name]
    values = {(row["measure"], row["by"]): row for row in rows.records(mine)}
    ranked = next((row for (measure, _), row in values.items() if measure == "concentration_corrected"), None)
    return {
        "category": name,
        "basis": mine["basis"].iloc[0],
        **{measure: values[measure, "none"]["value"] for measure in _PLAIN},
        "theil": values["theil", "none"]["value"],
        "between": {by: _between(values.get(("theil", by))) for by in _GROUPS},
        "concentration": ranked["value"] if ranked else None,
        "curve": charts.lorenz(sorted(curve.items())) if curve else "",
        "points": [percent(curve[at]) if at in curve else "–" for at in SHOWN_AT],
        "poorest": curve.get(0.4),
        "richest": 1.0 - curve[0.9] if 0.9 in curve else None,
    }


def _between(row: Row | None) -> float | None:
    """Return which share of Theil's T lies between groups."""
    return row["value_between"] / row["value"] if row and row["value"] else None


def _sentences(found: list[dict[str, Any]], words: Words) -> list[Both]:
    """Return what the measures say: a line for each category, then what they have in common."""
    lines = [
        words.say(
            "equity.line",
            what=words.term("category", row["category"]),
            basis=words.term("basis", row["basis"]),
            poorest=percent(row["poorest"]),
            richest=percent(row["richest"]),
        )
        for row in found
    ]
    shares = [(row["category"], row["between"]["district"]) for row in found if row["between"]["district"] is not None]
    sloping = [(row["category"], row["concentration"]) for row in found if abs(row["concentration"] or 0.0) >= SLOPE]
    listed = {
        "within": [_part(name, percent(1.0 - share), words) for name, share in shares if share < MOSTLY],
        "between": [_part(name, percent(share), words) for name, share in shares if share >= MOSTLY],
        "centre": [_part(name, "", words) for name, index in sloping if index < 0],
        "fringe": [_part(name, "", words) for name, index in sloping if index > 0],
    }
    return lines + [words.say(f"equity.line_{kind}", what=words.join(parts)) for kind, parts in listed.items() if parts]


def _part(category: str, share: str, words: Words) -> Both:
    what = words.term("category", category)
    return words.say("equity.part", what=what, n=share) if share else what


def _spots(tables: Tables, season: str, told: list[str], words: Words) -> list[dict[str, Any]]:
    """Return how many neighbourhoods of each category lie in spots, and in which sub-districts the cold ones lie."""
    homes = tables.neighbourhoods.drop(columns=tables.neighbourhoods.geometry.name)
    homes = homes.assign(**{schema.ALL_CHILDREN: homes[list(schema.BANDS)].sum(axis=1)})
    spots = tables.spots[tables.spots["profile"].str.endswith(f".{season}")].merge(homes, on="neighbourhood_id")
    names = tables.units[tables.units["level"] == "subdistrict"].set_index("unit_code")["unit_name"]
    found = []
    for name in told:
        mine = spots[spots["category"] == name]
        counts = {cluster: int((mine["cluster"] == cluster).sum()) for cluster in schema_equity.CLUSTERS}
        cold = mine[(mine["cluster"] == "cold") & mine["subdistrict_code"].isin(names.index)]
        by_unit = cold.groupby("subdistrict_code")
        sums = pd.DataFrame({"n": by_unit.size(), "children": by_unit[categories()[name].band].sum()})
        sums = sums.reset_index().sort_values(["children", "subdistrict_code"], ascending=[False, True])
        where = words.join(
            words.say(
                "equity.spots_where_cell",
                name=names[row["subdistrict_code"]],
                n=row["n"],
                children=words.people(row["children"]),
            )
            for row in sums.head(LARGEST).to_dict("records")
        )
        rest = sum(counts[cluster] for cluster in ("none", "no_neighbours", "not_tested"))
        found.append({"category": name, **counts, "rest": rest, "where": where if len(sums) else None})
    return found


def _stability(table: pd.DataFrame, name: str, season: str, words: Words) -> dict[str, Any]:
    """Return which units of a category stay among those that fall short most, and which depend on what is assumed."""
    mine = table[(table["category"] == name) & table["profile"].str.endswith(f".{season}")]
    mine = mine.sort_values(["share_among_worst", "rank", "unit_code"], ascending=[False, True, True])

    def named(level: str, low: float, high: float) -> Both | None:
        share = mine["share_among_worst"]
        listed = rows.records(mine[(mine["level"] == level) & (share >= low) & (share < high)])
        return words.join(
            words.say("equity.stability_cell", name=row["unit_name"], n=percent(row["share_among_worst"]))
            for row in listed
        ) if listed else None  # fmt: skip

    return {
        "category": name,
        "districts": named("district", STABLE, 2.0),
        "stable": named("subdistrict", STABLE, 2.0),
        "unstable": named("subdistrict", UNSTABLE, STABLE),
    }


def _parameters(words: Words) -> dict[str, Any]:
    """Return the figures that the sentences on spots and stability name."""
    varied = variation()
    spans = {name: getattr(varied, name) for name in ("cutoff", "speed", "children")}
    kept = words.pair(dict.fromkeys(words.langs, " – ".join(percent(end) for end in varied.completeness)))
    return {
        "band": f"{BAND_M:,.0f}",
        "permutations": PERMUTATIONS,
        "fdr": percent(FALSE_DISCOVERIES),
        "varied": {
            **{name: f"{low:g} – {high:g}" for name, (low, high) in spans.items()},
            "completeness": kept, "draws": varied.draws, "worst": varied.worst,
        },
        "stable_from": percent(STABLE),
        "unstable_from": percent(UNSTABLE),
    }  # fmt: skip
