"""What a reader must know of the data: one note for each thing that was cut, repaired, set aside or assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from cfc_gis import geotiff, locale, schema
from cfc_gis.faults import InputsReport
from cfc_gis.homes import assumptions

Note = Mapping[str, str]
Counts = Mapping[str, Mapping[str, Any]]
_WHOLE = 0.995  # less of a district is a part of it
_OUTCOMES = ("matched", "new", "same", "left_out", "conflicting", "unplaced")


def of_borders(borders: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be said of boundaries (:func:`cfc_gis.area.units`) as plain numbers by name."""
    levels = {f"{level}_{what}": n for level, facts in borders["levels"].items() for what, n in facts.items()}
    return {
        "study_area_km2": borders["study_area_km2"],
        **levels,
        "overlaps": len(borders["overlaps"]),
        "overlaps_km2": round(sum(each["km2"] for each in borders["overlaps"]), 4),
        "relations_of_other_levels": sum(borders["ignored_relations"].values()),
        "repeated_codes": len(borders["repeated_codes"]),
    }


def of_snapping(origins: NDArray[np.bool_], entrances: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many origins and entrances there are, and how many of them found no network to join."""
    return {
        "origins": len(origins),
        "origins_not_connected": int((~origins).sum()),
        "entrances": len(entrances),
        "entrances_not_connected": int((~entrances).sum()),
    }


def note(key: str, **facts: object) -> Note:
    """Return one note in all languages; a fact may itself be a note.

    Examples
    --------
    >>> note("area_repaired", count=2)["en"]
    '2 self-crossing polygons were repaired.'
    """
    return {
        lang: locale.say(
            f"note.{key}",
            lang,
            **{name: fact[lang] if isinstance(fact, Mapping) else fact for name, fact in facts.items()},
        )
        for lang in locale.LANGS
    }


def of(
    counts: Counts, units: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame, *, max_snap_m: float
) -> tuple[Note, ...]:
    """Return the notes of a run.

    Parameters
    ----------
    counts
        What each step counted, by step.
    units, neighbourhoods
        Results (:data:`cfc_gis.schema.UNITS`, :data:`cfc_gis.schema.NEIGHBOURHOODS`).
    max_snap_m
        Farthest that a home or an entrance may lie from a street, in metres.

    Returns
    -------
    tuple
        Notes whose count is not zero, in a fixed order, each with ``zh`` and ``en``.
    """
    osm, homes, snapping, roads = (counts[step] for step in ("osm", "neighbourhoods", "snapping", "network"))
    unclosed = sum(osm.get(f"set_aside_{kind}_not_closed", 0) for kind in ("polygon", "multipolygon"))
    buildings = homes["homes_in_compounds"] + homes["homes_outside_compounds"]
    levels = assumptions()["levels"]
    candidates: list[tuple[int, str, dict[str, object]]] = [
        (osm["ways_cut"] + unclosed, "clipped", {**_pick(osm, "ways_cut", "ways_lost"), "unclosed": unclosed}),
        (
            homes["compounds_without_mapped_home"],
            "without_homes",
            {"count": homes["compounds_without_mapped_home"], "total": homes["compounds"]},
        ),
        (homes["compounds_half_mapped"], "half_mapped", {"count": homes["compounds_half_mapped"]}),
        (
            buildings - homes["homes_with_tagged_levels"],
            "levels",
            {
                "count": homes["homes_with_tagged_levels"],
                "total": buildings,
                "levels": levels["default"],
                "low": levels["low"],
                "high": levels["high"],
            },
        ),
        (
            snapping["origins_not_connected"],
            "unsnapped",
            {"count": snapping["origins_not_connected"], "total": snapping["origins"], "metres": round(max_snap_m)},
        ),
        (
            snapping["entrances_not_connected"],
            "unsnapped_entrances",
            {"count": snapping["entrances_not_connected"], "total": snapping["entrances"], "metres": round(max_snap_m)},
        ),
        (roads["crossings_presumed"], "crossings", _crossings(roads)),
        *_missing_units(neighbourhoods),
        (homes["repaired_compounds"], "area_repaired", {"count": homes["repaired_compounds"]}),
    ]
    return (
        *_cut_districts(units),
        *_own_inputs(counts),
        *(note(key, **facts) for count, key, facts in candidates if count),
    )


def of_choices(frozen_paths: bool, any_frozen: bool) -> tuple[Note, ...]:
    """Return the note that paths over the ice were asked for and the data have none.

    Examples
    --------
    >>> of_choices(True, True), len(of_choices(True, False))
    ((), 1)
    """
    return (note("no_ice"),) if frozen_paths and not any_frozen else ()


def of_inputs(checked: InputsReport) -> tuple[Note, ...]:
    """Return a note for each file that moves every result: of another datum, or not what it is named for.

    Examples
    --------
    >>> of_inputs(InputsReport(()))
    ()
    """
    return tuple(
        note(fault.key, file=report.provenance["file"], found=fault.found)
        for report in checked.reports
        for fault in report.of("warning")
        if fault.key in {"datum_contradicted", "raster_unlike", "census_lacks"}
    )


_CHILDREN_TABLE = ("neighbourhoods_matched", "neighbourhoods_unmatched", "people_in_table", "districts_by_table")


def _own_inputs(counts: Counts) -> list[Note]:
    """Return the notes on registers, rasters, the table of children, terrain and land use, as far as there are any."""
    notes = [
        note("register", name=name, rows=sum(facts[each] for each in _OUTCOMES), **facts)
        for name, facts in counts.get("registers", {}).items()
    ]
    if raster := counts.get("raster"):
        moved = raster.get("raster_and_floor_area_moved_share", 0.0)
        notes.append(note("raster_compared", share=round(100 * moved)))
        notes += _unfit_raster(raster)
    if table := counts.get("children_table"):
        notes.append(note("children_table", **_pick(table, *_CHILDREN_TABLE)))
    if hills := counts.get("terrain"):
        notes.append(note("terrain", **_pick(hills, "edges", "edges_unknown", "edges_limited")))
    if zones := counts.get("catchments"):
        notes.append(note("catchments", **_pick(zones, "catchments", "catchments_unmatched")))
    if land := counts.get("land_use"):
        unknown = land.get("polygons_unknown_code", 0)
        notes.append(
            note(
                "land_use",
                unknown=unknown,
                **_pick(land, "residential_from_layer", "osm_residential_replaced", "osm_residential_kept"),
            )
        )
    return notes


def _unfit_raster(raster: Mapping[str, float]) -> list[Note]:
    """Return why a raster of people is doubtful: cells too coarse, or far from the census."""
    limits = geotiff.limits()["census"]
    notes = []
    smaller, total = raster["neighbourhoods_smaller_than_a_cell"], raster["neighbourhoods"]
    if smaller >= limits["smaller_than_cell"] * total:
        notes.append(note("raster_coarse", count=smaller, total=total))
    factor = raster.get("raster_factor")
    if factor is not None and not 1 / limits["times"] <= factor <= limits["times"]:
        notes.append(note("raster_far_from_census", factor=f"{factor:.3g}"))
    return notes


def _pick(counts: Mapping[str, int], *names: str) -> dict[str, object]:
    return {name: counts[name] for name in names}


def _crossings(roads: Mapping[str, int]) -> dict[str, object]:
    return {kind: f"{roads[f'crossings_{kind}']:,}" for kind in ("signals", "marked", "unmarked", "presumed")}


def _missing_units(neighbourhoods: gpd.GeoDataFrame) -> list[tuple[int, str, dict[str, object]]]:
    outside = int((neighbourhoods["population_source"] == "outside_census").sum())
    nowhere = int(neighbourhoods["subdistrict_code"].isna().sum())
    children = neighbourhoods[list(schema.BANDS)].sum(axis=1)
    share = children[neighbourhoods["subdistrict_code"].isna()].sum() / max(children.sum(), 1.0)
    return [
        (outside, "outside_census", {"count": outside}),
        (nowhere, "no_subdistrict", {"count": nowhere, "share": round(100 * share)}),
    ]


def _cut_districts(units: gpd.GeoDataFrame) -> list[Note]:
    cut = units[
        (units["level"] == "district") & units["population_rule"].isin(["floor_area", "census_cap", "raster", "table"])
    ]
    return [
        note(
            "cut_district",
            name=row["unit_name"],
            people=_round(row["population"]),
            low=_round(row["population_low"]),
            high=_round(row["population_high"]),
            rule=_rule(row["population_rule"]),
        )
        for _, row in cut.iterrows()
    ]


def _rule(name: str) -> Note:
    m2 = assumptions()["people"]["m2_per_person"]
    return {lang: locale.say(f"rule.{name}", lang, m2=m2) for lang in locale.LANGS}


def _round(people: float) -> str:
    return f"{round(people, -3):,.0f}"
