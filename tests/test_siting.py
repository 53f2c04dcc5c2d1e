"""Siting on a run: candidates, imputed seats, and children gained that a measurement from scratch finds too."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import capacities, locale, maps, schema
from cfc_gis.access.seats import PARTS
from cfc_gis.capacities import ENDS, seats
from cfc_gis.errors import ChoiceUnknown, UserError
from cfc_gis.landuse import LandUse
from cfc_gis.result import Result
from cfc_gis.siting import (
    SCHOOLS,
    Effort,
    Options,
    Question,
    answer,
    bclp,
    best_share,
    by_shortfall,
    case,
    expansions,
    find,
    land_of,
    lscp,
    mclp,
    most_seated,
    p_center,
    p_median,
    recomputed,
    together,
    too_near,
    worst_first,
)
from cfc_gis.siting.candidates import CANDIDATES, NOTES
from cfc_gis.siting.rules import resource
from cfc_gis.study import Study
from tests.results import real, sample


def land(shapes: list[shapely.Geometry], uses: list[str], crs: object) -> LandUse:
    """Land use from shapes; ids follow the order in which they are given."""
    table = gpd.GeoDataFrame(
        {
            "land_id": [f"l{row}" for row in range(len(shapes))],
            "landuse": uses,
            "code": "16",
            "name": None,
            "source": "plan.gpkg",
        },
        geometry=shapes,
        crs=crs,
    )
    schema.check(table, schema.LAND_USE)
    return LandUse(table, pd.DataFrame(), {}, {})


@cache
def plots() -> LandUse:
    """Forty plots of reserve land of a hectare each, beside homes of the sample town."""
    result = sample()
    homes = result.neighbourhoods.geometry.representative_point()[::5][:40]
    shapes = [shapely.box(p.x + 60, p.y + 60, p.x + 160, p.y + 160) for p in homes]
    return land(shapes, ["reserve"] * len(shapes), result.facilities.crs)


def test_candidates_have_one_entrance_on_their_outline_and_ids_that_do_not_depend_on_order() -> None:
    result, given = sample(), plots()
    found = find(result, given, "primary_school")
    schema.check(found.table, CANDIDATES)
    assert found.ids == tuple(sorted(found.ids))
    for shape, doors in zip(found.table.geometry, found.table["entrances"], strict=True):
        assert len(doors) == 1
        assert shape.exterior.distance(shapely.Point(doors[0])) < 0.02
    other = replace(given, table=given.table.iloc[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(find(result, other, "primary_school").table, found.table)


def test_the_entrance_is_the_point_of_the_outline_nearest_to_a_street() -> None:
    result = sample()
    found = find(result, plots(), "primary_school").table
    network = result.walk.links.network
    known = network.component[network.edge_from] < network.components_worth_the_name
    streets = shapely.union_all(network.lines[known])
    doors = shapely.points([doors[0] for doors in found["entrances"]])
    assert np.allclose(
        shapely.distance(doors, streets), shapely.distance(found.boundary.to_numpy(), streets), atol=0.02
    )


def test_what_the_rules_leave_out_is_set_aside_with_its_reason() -> None:
    result = sample()
    school = result.facilities[result.facilities["category"] == "primary_school"].iloc[0]
    x, y = result.neighbourhoods.geometry.iloc[0].centroid.coords[0]
    large, small = shapely.box(x, y, x + 100, y + 100), shapely.box(x, y, x + 50, y + 50)
    given = land(
        [large, small, school.geometry, large], ["reserve", "grass", "reserve", "residential"], result.facilities.crs
    )
    found = find(result, given, "primary_school", least_m2=4000.0)
    assert found.ids == ("c-l0",)
    assert found.set_aside.to_dict("list") == {"id": ["c-l1", "c-l2"], "reason": ["too_small", "in_use"]}
    assert (found.counts["set_aside_too_small"], found.counts["set_aside_in_use"], found.counts["kind_land"]) == (
        1,
        1,
        1,
    )
    assert find(result, given, "kindergarten").table["area_m2"].min() >= 2700.0


def test_set_backs_and_size_are_notes_and_never_drop_a_candidate() -> None:
    result = sample()
    x, y = result.facilities.total_bounds[:2] - 20_000.0  # far from any street
    near, far, huge = (
        shapely.box(x + at, y, x + at + side, y + side) for at, side in ((0, 100), (5000, 100), (9000, 800))
    )
    rails = gpd.GeoDataFrame(
        {"kind": ["railway"], "name": [None]},
        geometry=[shapely.LineString([(x - 250, y), (x - 250, y + 9)])],
        crs=result.facilities.crs,
    )
    found = find(replace(result, basemap=rails), land([near, far, huge], ["reserve"] * 3, rails.crs), "primary_school")
    assert found.table["notes"].tolist() == ["railway;not_connected", "not_connected", "large;not_connected"]
    assert found.counts["note_not_connected"] == 3
    said = {key.partition(".")[2] for key in locale.table() if key.startswith("candidate_note.")}
    assert said == set(NOTES)


def test_parks_and_rooms_host_and_schools_can_be_expanded() -> None:
    result = sample()
    hosts = find(result, plots(), "play")
    assert set(hosts.table["use"]) == {"park", "reserve"}
    more = expansions(result, "primary_school")
    facilities = result.facilities.set_index("facility_id")
    assert [name.removeprefix("x-") for name in more.ids] == sorted(
        facilities.index[
            facilities["category"].isin(["primary_school", "nine_year_school"])
            & facilities["evidence"].isin(schema.PROVEN)
        ]
    )
    assert more.table["entrances"].tolist() == [facilities.loc[name[2:], "entrances"] for name in more.ids]
    both = together(find(result, plots(), "primary_school"), more)
    assert both.counts["kind_expansion"] == len(more.ids)
    with pytest.raises(ValueError, match="candidates for"):
        together(hosts, more)
    with pytest.raises(ChoiceUnknown, match="music"):
        find(result, plots(), "music")


def test_every_judged_category_has_a_rule_with_a_source() -> None:
    from cfc_gis.standards import categories

    rules = resource()
    assert set(rules["category"]) == set(categories())
    for rule in (*rules["category"].values(), *capacities.rules().values(), rules["setback"]):
        assert rule["source"]
        assert isinstance(rule["verified"], bool)
    for rule in rules["category"].values():
        assert set(rule["land"]) <= set(schema.LAND_USES)
        assert set(rule["hosts"]) <= set(schema.CATEGORIES)
    assert (rules["category"]["kindergarten"]["area_m2"], rules["category"]["kindergarten"]["verified"]) == (2700, True)


def test_seats_come_from_the_register_else_from_a_rule_with_a_range() -> None:
    # 1.35 ha holds 20, 30 and 50 classes of 45 at 15, 10 and 6 m2 a seat, two thirds of it 13, 20 and 33; at most 36.
    ground = shapely.box(0, 0, 135, 100)
    schools = gpd.GeoDataFrame(
        {
            "category": ["primary_school", "nine_year_school", "primary_school", "primary_school"],
            "capacity": [None, None, 700.0, None],
        },
        geometry=[ground, ground, ground, shapely.Point(0, 0)],
        crs=4551,
    )
    found = {end: (seats(schools, "primary_school", end)["seats"] / 45).tolist() for end in ENDS}
    register = 700 / 45
    assert found == {"low": [20, 13, register, 12], "middle": [30, 20, register, 24], "high": [36, 33, register, 36]}
    assert seats(schools, "primary_school")["imputed"].tolist() == [True, True, False, True]
    with pytest.raises(UserError, match="childcare"):
        seats(schools.assign(category="childcare"), "childcare")
    assert seats(schools[2:3].assign(category="childcare"), "childcare")["seats"].tolist() == [700.0]


def test_shortfall_weighs_and_no_shortfall_does_not() -> None:
    assert by_shortfall(pd.Series([0.95, 0.9]), 0.9).tolist() == [1.0, 1.0]
    assert by_shortfall(pd.Series([0.5, 0.7]), 0.9, strength=4.0).tolist() == [5.0, 3.0]
    with pytest.raises(ValueError, match="not negative"):
        by_shortfall(pd.Series([0.5]), 0.9, strength=-1.0)


def test_the_worst_first_gain_more_and_all_together_no_more() -> None:
    town = case(sample(), find(sample(), plots(), "primary_school"), "summer")
    weight = worst_first(town, strength=50.0)
    options = Options(town.candidates.ids, sites=3)
    plain, fair = mclp(town.coverage(), options), mclp(town.coverage(weight), options)
    worst = weight == weight.max()

    def gained(chosen: tuple[str, ...]) -> float:
        problem = town.coverage()
        now = (problem.times == 0) & (problem.count(options.flags(chosen)) > 0)
        return float(problem.known[now & worst].sum())

    assert weight.min() >= 1.0
    assert gained(fair.sites) >= gained(plain.sites)
    assert fair.children <= plain.children + 1e-9


@pytest.mark.parametrize(
    ("category", "season"),
    [("primary_school", "summer"), ("kindergarten", "summer"), ("paediatric_hospital", "winter")],
)
def test_children_gained_equal_those_of_a_measurement_from_scratch(category: str, season: str) -> None:
    result = sample()
    town = case(result, find(result, plots(), category), season)
    found = mclp(town.coverage(), Options(town.candidates.ids, sites=3))
    assert found.children > 0
    before, after = recomputed(town, ()), recomputed(town, found.sites)
    assert after.within - before.within == pytest.approx(found.children, rel=1e-9)
    said = result.access[(result.access["category"] == category) & result.access["profile"].str.endswith(season)]
    columns = ["neighbourhood_id", "minutes", "share_within", "n_within"]
    pd.testing.assert_frame_equal(before.access[columns], said[columns].reset_index(drop=True))


def test_children_with_a_seat_equal_those_of_a_measurement_from_scratch_to_the_thousandth() -> None:
    result = sample()
    town = case(result, find(result, plots(), "primary_school"), "summer")
    for end in ENDS:
        found = most_seated(town.seating(40.0, end=end), Options(town.candidates.ids, sites=3))
        given = dict.fromkeys(found.sites, 40.0)
        before, after = recomputed(town, (), {}, end=end), recomputed(town, found.sites, given, end=end)
        assert round(after.seated * PARTS) - round(before.seated * PARTS) == round(found.children * PARTS) > 0
    with pytest.raises(KeyError):
        recomputed(town, found.sites, {})


def test_nothing_of_a_run_is_changed() -> None:
    result = sample()
    facilities, entrances = result.facilities.copy(), result.places.entrances
    town = case(result, find(result, plots(), "primary_school"))
    recomputed(town, town.candidates.ids[:2])
    pd.testing.assert_frame_equal(result.facilities, facilities)
    assert result.places.entrances is entrances


def test_an_answer_says_what_was_asked_found_and_checked_in_both_languages() -> None:
    found = answer(sample(), plots(), Question("primary_school", sites=3, seats=300.0, apart_m=200.0, season="summer"))
    assert set(found.found) == set(ENDS)
    assert found.children_checked == found.best.children
    assert found.imputed == len(found.case.existing) > 0
    assert found.table["gained"].tolist() == list(found.best.gained)
    for lang, words in (("zh", "从头计算可达性"), ("en", "measured from scratch")):
        assert words in found.text(lang)
    assert "<br>" in found._repr_html_()
    nothing = answer(sample(), plots(), Question("primary_school", sites=1, must=frozenset({"c-l0", "c-l1"})))
    assert (nothing.best.status, nothing.children_checked, len(nothing.table)) == ("infeasible", None, 0)
    with pytest.raises(UserError, match="No data is not no land"):
        answer(sample(), land([], [], sample().facilities.crs), Question("primary_school", sites=1))


@cache
def harbin(extract: Path) -> tuple[Result, LandUse]:
    return real(extract, "summer"), land_of(Study.from_extract(extract))


@pytest.mark.parametrize("question", SCHOOLS, ids=lambda question: f"{question.sites} schools")
def test_harbins_schools_are_solved_and_their_children_found_from_scratch(
    question: Question, extract_path: Path
) -> None:
    began = time.perf_counter()
    found = answer(*harbin(extract_path), question)
    for siting in found.found.values():
        assert siting.status in {"optimal", "within_gap"}
        assert siting.gap <= 0.01
        assert siting.seconds < 60
        assert len(siting.sites) == question.sites
    assert found.children_checked == found.best.children > 1000
    assert time.perf_counter() - began < 120


def test_real_harbin_every_problem_is_solved_and_no_target_is_promised_that_no_land_reaches(extract_path: Path) -> None:
    result, given = harbin(extract_path)
    town = case(result, find(result, given, "primary_school"))
    ids = town.candidates.ids
    problem, options = town.coverage(), Options(ids, sites=4, apart=too_near(town.candidates.doors, 1000.0))
    exact, greedy = mclp(problem, options), mclp(problem, options, method="greedy")
    assert exact.status == "optimal"
    assert greedy.objective <= exact.objective <= greedy.bound + 1e-6
    assert bclp(problem, options).children == pytest.approx(exact.children)
    assert recomputed(town, exact.sites).within - recomputed(town, ()).within == pytest.approx(exact.children, rel=1e-9)
    reach = best_share(problem, Options(ids))
    assert lscp(problem, Options(ids), share=0.9).reasons == ("beyond_all_candidates",)
    enough = lscp(problem, Options(ids), Effort(gap=0.05, seconds=20.0), share=reach * 0.98)
    assert enough.solved
    ways = town.ways()
    assert p_median(ways, options, Effort(gap=0.01)).gap <= 0.01
    assert p_center(ways, options).status == "optimal"


def cfc(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cfc_gis.cli", "site", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_the_command_answers_writes_its_sites_and_ends_with_2_where_nothing_can_be_chosen(tmp_path: Path) -> None:
    out = tmp_path / "选址.gpkg"
    done = cfc("--demo", "--category", "play", "--sites", 2, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "最优（差距 0）" in done.stdout
    assert "Optimal (gap 0)" in done.stdout
    chosen = gpd.read_file(out)
    assert chosen["candidate_id"].tolist() == re.findall(r"(?m)^  (h-\w+): ", done.stdout)
    both = cfc("--demo", "--category", "play", "--sites", 1, "--must", "h-w275", "--must", "h-w313", "--lang", "en")
    assert both.returncode == 2
    assert "Infeasible: no choice keeps all limits" in both.stdout
    none = cfc("--sites", 2, "--lang", "en")
    assert none.returncode == 2
    assert "exactly one of --osm, --config and --demo" in none.stderr


def test_candidates_and_chosen_sites_are_layers_of_the_map() -> None:
    result = sample()
    found = answer(result, land_of(Study.sample()), Question("play", sites=2, season="summer"))
    layers = found.layers("en")
    assert [*layers] == ["Candidate sites", "Chosen sites"]
    assert len(layers["Candidate sites"]) == len(found.case.candidates.table)
    chosen = layers["Chosen sites"]
    assert set(chosen.geom_type) == {"Point"}
    assert chosen["Children added"].tolist() == [round(gained, 1) for gained in found.best.gained]
    assert chosen["Id"].tolist() == list(found.best.sites)
    assert "Chosen sites" in maps.to_html(found.map(lang="en"))
