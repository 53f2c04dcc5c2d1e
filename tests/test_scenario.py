"""Scenarios: what they change, and that only what they change is measured anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfc_gis import runs, scenario, walking
from cfc_gis.crossings import is_main
from cfc_gis.edits import (
    AddCrossing,
    AddFacility,
    AddHousing,
    Children,
    ClearIce,
    CloseFacility,
    ExpandFacility,
    OpenGate,
    RetrofitFacility,
)
from cfc_gis.edits.sites import degrees
from cfc_gis.errors import UserError
from cfc_gis.network import CLASSES
from cfc_gis.result import Result
from cfc_gis.scenario import Scenario, compare, proposals, rank, run
from cfc_gis.scenario.outcome import within
from cfc_gis.siting import SCHOOLS, answer, land_of
from cfc_gis.study import Study
from tests import scenario_cases as cases
from tests.results import real

AT = (150.106, 30.016)
SCHOOL = AddFacility(id="school", category="primary_school", point=AT, seats=400.0)


FACILITIES = ("add_facility", "close_facility", "expand_facility", "move_facility", "retrofit_facility")


@settings(max_examples=26, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_incremental_recomputation_equals_a_full_run_to_the_last_bit(data: st.DataObject) -> None:
    """Four random edits, 26 times: 104 edits, half of the times of facilities alone, for which most is taken over."""
    some = FACILITIES if data.draw(st.booleans()) else sorted(cases.KINDS)
    kinds = data.draw(st.permutations(some))[:4]
    drawn = tuple(data.draw(cases.KINDS[kind]) for kind in kinds)
    closed = {edit.facility for edit in drawn if edit.kind == "close_facility"}
    drawn = tuple(e for e in drawn if e.kind == "close_facility" or getattr(e, "facility", "") not in closed)
    plan = Scenario(name="random", edits=drawn)
    seasons = ("winter",) if "clear_ice" in kinds else ("summer",)
    after = run(cases.before(*seasons), plan).after
    full = runs.run(cases.survey(), plan.ground(cases.survey()), seasons)
    assert cases.differences(after, full) == []


@pytest.mark.parametrize("kind", sorted(cases.KINDS))
def test_each_kind_alone_equals_a_full_run_of_both_seasons(kind: str) -> None:
    plan = Scenario(name=kind, edits=(_one(kind),))
    after = run(cases.before("summer", "winter"), plan).after
    full = runs.run(Study.sample().survey(), plan.ground(cases.survey()), ("summer", "winter"))
    assert cases.differences(after, full) == []
    assert cases.differences(after, cases.before("summer", "winter")) != []


def _one(kind: str) -> object:
    network = cases.survey().ground.network
    road = network.lines[np.flatnonzero(is_main(network))[0]].interpolate(0.37, normalized=True)
    fixed = {
        "add_crossing": AddCrossing(id="crossing", point=degrees([(road.x, road.y)], network.crs)[0]),
        "close_facility": CloseFacility(id="close", facility="样例第一小学"),
        "expand_facility": ExpandFacility(id="expand", facility="样例第一小学", seats=900.0),
        "retrofit_facility": RetrofitFacility(id="indoor", facility="w174"),  # an ice rink
        "clear_ice": ClearIce(id="ice", streets=("样例一街", "样例二街", "样例一路", "样例二路")),
    }
    if kind in fixed:
        return fixed[kind]
    found = []

    @settings(max_examples=1, database=None, derandomize=True)
    @given(cases.KINDS[kind])
    def draw(edit: object) -> None:
        found.append(edit)

    draw()
    return found[-1]


def test_scenarios_can_be_chained_and_what_was_there_is_never_changed() -> None:
    before = cases.before("summer")
    copies = {name: getattr(before, name).copy() for name in ("facilities", "access", "gaps", "neighbourhoods")}
    first = run(before, Scenario(name="1", edits=(SCHOOL,)))
    second = run(first.after, Scenario(name="2", edits=(CloseFacility(id="c", facility="school"),)))
    assert second.after.access.equals(before.access)
    assert second.gained("primary_school") == -first.gained("primary_school") < 0
    assert all(cases.same(getattr(before, name), copy) for name, copy in copies.items())


def test_an_empty_scenario_changes_no_byte(tmp_path: Path) -> None:
    before = Study.sample().run("both")
    nothing = run(before, Scenario(name="无改动"))
    assert nothing.text("en").splitlines()[-1].startswith("In the whole area no category gains")
    before.save(tmp_path / "before")
    nothing.after.save(tmp_path / "after")
    files = sorted(file.name for file in (tmp_path / "before").iterdir())
    assert len(files) > 15
    assert [name for name in files if _bytes(tmp_path, "before", name) != _bytes(tmp_path, "after", name)] == []
    assert nothing.units["gained"].eq(0.0).all()
    assert nothing.neighbourhoods.empty
    assert nothing.facilities.empty


def _bytes(folder: Path, when: str, name: str) -> bytes:
    return (folder / when / name).read_bytes()


def test_what_changes_is_told_for_units_neighbourhoods_and_facilities(tmp_path: Path) -> None:
    outcome = run(cases.before("summer"), Scenario(name="一所新小学", edits=(SCHOOL,)))
    city = outcome.units.query("level == 'city' and category == 'primary_school'").iloc[0]
    assert city["gained"] == pytest.approx(outcome.gained("primary_school"))
    assert city["gained"] > 0
    assert set(outcome.neighbourhoods["category"]) == {"primary_school"}
    served = outcome.neighbourhoods.merge(outcome.before.neighbourhoods[["neighbourhood_id", "children_6_11"]])
    more = (served["children_6_11"] * (served["share_within_after"] - served["share_within_before"])).sum()
    assert more == pytest.approx(city["gained"])
    assert outcome.facilities["facility_id"].tolist() == ["school"]
    assert outcome.most_changed == "primary_school"
    outcome.save(tmp_path)
    written = sorted(file.name for file in tmp_path.iterdir())
    assert written == [
        "changed_facilities.gpkg", "changed_neighbourhoods.gpkg", "changes.csv", "manifest.json", "map_after.html",
        "map_before.html", "scenario.html", "scenario.toml", "seats.csv",
    ]  # fmt: skip
    assert scenario.read(tmp_path / "scenario.toml") == outcome.scenario
    assert pd.read_csv(tmp_path / "changes.csv")["gained"].abs().min() > 0
    assert len(gpd.read_file(tmp_path / "changed_neighbourhoods.gpkg")) == len(outcome.neighbourhoods)


def test_words_that_a_planner_reads() -> None:
    outcome = run(cases.before("summer"), Scenario(name="一所新小学", edits=(SCHOOL,)))
    lines = outcome.text("zh").splitlines()
    assert lines[0] == "一所新小学"
    assert lines[1] == "- 新建小学：150.10600, 30.01600 (school)"
    assert any(line.startswith("小学（夏季）：达到标准的儿童") for line in lines)
    assert "<b>" not in run(cases.before("summer"), Scenario(name="<b>x"))._repr_html_()


def test_scenarios_are_compared_side_by_side() -> None:
    one = run(cases.before("summer"), Scenario(name="甲", edits=(SCHOOL,)))
    two = run(cases.before("summer"), Scenario(name="乙", edits=(CloseFacility(id="c", facility="样例第一小学"),)))
    table = compare([one, two])
    city = table.query("level == 'city' and category == 'primary_school'").iloc[0]
    assert city["甲"] == pytest.approx(one.gained("primary_school"))
    assert city["乙"] == pytest.approx(two.gained("primary_school"))
    assert city["乙"] < 0
    assert set(table["category"]) <= {"primary_school"}
    assert "甲 +" in scenario.compared(table, "zh")
    with pytest.raises(UserError, match="same name"):
        compare([one, one])
    later = run(cases.before("summer"), Scenario(name="丙", year=2030))
    with pytest.raises(UserError, match="different years"):
        compare([one, later])
    with pytest.raises(ValueError, match="same results"):
        compare([one, run(one.after, Scenario(name="丁"))])


def test_edits_are_ranked_by_children_for_their_cost_and_counted_once_together() -> None:
    cheap = SCHOOL.model_copy(update={"id": "cheap", "cost": 1000.0})
    dear = SCHOOL.model_copy(update={"id": "dear", "cost": 4000.0})
    idle = ClearIce(id="idle", streets=("样例一街",), cost=1.0)
    free = SCHOOL.model_copy(update={"id": "unknown"})
    table = rank(cases.before("summer"), [dear, idle, free, cheap], "primary_school").set_index("id")
    assert table.index.tolist() == ["cheap", "dear", "idle", "unknown"]
    gained = run(cases.before("summer"), Scenario(name="x", edits=(cheap,))).gained("primary_school")
    assert table["gained"].tolist() == pytest.approx([gained, gained, 0.0, gained])
    assert table["added"].tolist() == pytest.approx([gained, 0.0, 0.0, 0.0])  # they all help the same children
    assert table.loc["cheap", "gained_per_cost"] == pytest.approx(gained / 1000.0)
    assert table.loc["unknown", ["gained_per_cost", "cost_so_far"]].isna().all()
    assert table["cost_so_far"].tolist()[:3] == [1000.0, 5000.0, 5001.0]
    with pytest.raises(UserError, match="1 edit"):
        rank(cases.before("summer"), [CloseFacility(id="c", facility="nowhere")], "primary_school")


def test_more_seats_gain_children_with_a_seat_alone() -> None:
    before = run(cases.before("summer"), Scenario(name="few", edits=[
        ExpandFacility(id=name, facility=name, seats=10.0) for name in ("样例第一小学", "样例第二小学", "样例第三小学")
    ])).after  # fmt: skip
    more = ExpandFacility(id="more", facility="样例第一小学", seats=60.0)
    outcome = run(before, Scenario(name="more", edits=(more,)))
    assert outcome.gained("primary_school") == 0.0
    assert 0.0 < outcome.seated("primary_school") <= 50.0
    (row,) = rank(before, [more], "primary_school", by="seated").to_dict("records")
    assert row["gained"] == pytest.approx(outcome.seated("primary_school"), abs=1e-3)


def test_new_housing_gains_no_seats_for_homes_that_stand() -> None:
    """Ranked by seats as by the standard: what it fills it fills with its own children, who stand beside."""
    housing = housing_beside_a_school().model_copy(update={"cost": 1.0})
    (row,) = rank(cases.before("summer"), [housing], "primary_school", by="seated").to_dict("records")
    told = run(cases.before("summer"), Scenario(name="new", edits=(housing,)))
    assert row["gained"] == pytest.approx(0.0, abs=1e-6)
    every = told.seated("primary_school")
    assert row["gained_newcomers"] == pytest.approx(every, abs=1e-3)
    assert every > 1.0


def test_the_year_of_a_scenario_leaves_out_what_is_not_yet_there() -> None:
    late = SCHOOL.model_copy(update={"year": 2035})
    plan = Scenario(name="2030", year=2030, edits=(late,))
    assert (plan.applied, plan.left_out) == ((), (late,))
    assert "not yet in that year" in plan.text("en")
    outcome = run(cases.before("summer"), plan)
    assert outcome.facilities.empty
    young = outcome.after.neighbourhoods["children_6_11"].sum() / outcome.start.neighbourhoods["children_6_11"].sum()
    assert young != pytest.approx(1.0)
    assert outcome.neighbourhoods.empty
    assert plan.cost == (0.0, 0)


def test_a_later_year_equals_a_full_run_too() -> None:
    plan = Scenario(name="2035", year=2035, births="low", edits=(SCHOOL,))
    after = run(cases.before("summer"), plan).after
    full = runs.run(cases.survey(), plan.ground(cases.survey()), ("summer",))
    assert cases.differences(after, full) == []


def test_proposals_are_edits_that_can_be_applied_and_help() -> None:
    """A street that is met by nothing, with homes on it: the gate that is proposed joins it to the network."""
    before = cases.before("summer", "winter")
    for category in before.standards:
        found = scenario.propose(before, category, "winter")
        assert len({edit.id for edit in found}) == len(found)
        Scenario(name="all", edits=found).ground(cases.survey())


def test_a_gate_is_proposed_for_an_island_and_brings_its_children_in() -> None:
    """All streets are gone over a line through the south of the town: 125 m of footway would join the two parts."""
    ground = cases.cut(shapely.LineString([(-1.0, 0.2), (2.0, 0.2)]))
    before = runs.run(cases.survey(), ground, ("summer",))
    for category in ("park", "paediatric_hospital"):
        (gate,) = (edit for edit in scenario.propose(before, category) if isinstance(edit, OpenGate))
        after = run(before, Scenario(name="gate", edits=(gate,))).after
        assert after.network.component.max() == before.network.component.max() - 1
        assert after.network.length_m[-1] == pytest.approx(125.1, abs=0.05)
        assert within(after, category) > within(before, category) + 1.0
        assert '<td class="n">– → ' in run(before, Scenario(name="gate", edits=(gate,))).page("en")  # no way led there


def test_no_way_through_is_proposed_over_the_river(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its bridges the north bank is an island; what joins it over the water, 160 m, is no gate."""
    before = runs.run(cases.survey(), cases.cut(shapely.LineString([(-1.0, 0.627), (2.0, 0.627)])), ("summer",))
    monkeypatch.setattr(proposals, "GATE_M", 200.0)
    dry = replace(before, basemap=before.basemap[before.basemap["kind"] != "water"])
    for result, proposed in ((before, False), (dry, True)):
        found = [edit for category in result.standards for edit in scenario.propose(result, category)]
        assert any(isinstance(edit, OpenGate) for edit in found) is proposed


def test_a_main_road_without_a_name_is_crossed_like_any_other() -> None:
    """The names of all main roads are gone: homes that one of them bars are barred from the same facilities."""
    ground = cases.survey().ground
    names = np.where(is_main(ground.network), None, ground.network.edge_name)
    nameless = runs.run(
        cases.survey(), replace(ground, network=replace(ground.network, edge_name=names)), ("summer",)
    )  # fmt: skip

    def crossed(result: Result) -> set[str]:
        found = scenario.propose(result, "primary_school")
        return {edit.id.split("-")[1] for edit in found if isinstance(edit, AddCrossing)}

    assert crossed(nameless) == crossed(cases.before("summer")) != set()
    found = [edit for edit in scenario.propose(nameless, "primary_school") if isinstance(edit, AddCrossing)]
    assert {edit.id.split("-")[2] for edit in found} == {"unnamed"}
    assert "没有名称的主要道路" in found[0].title
    Scenario(name="all", edits=tuple(found)).ground(cases.survey(), nameless.prepared.ground)


def test_streets_that_are_cleared_already_are_not_proposed() -> None:
    """Main roads are cleared where nobody says which streets are."""
    before = cases.before("summer", "winter")
    named = {
        street
        for category in before.standards
        for edit in scenario.propose(before, category, "winter")
        if isinstance(edit, ClearIce)
        for street in edit.streets
    }
    network = before.network
    assert named
    icy = ~np.isin(network.edge_class, [CLASSES.index(name) for name in walking.resource()["cleared"]["classes"]])
    assert named <= {*network.edge_name[icy]}
    # Whoever clears them has nothing left to clear.
    cleared = Scenario(name="ice", edits=(ClearIce(id="ice", streets=tuple(sorted(named))),))
    after = run(before, cleared).after
    left = [edit for category in after.standards for edit in scenario.propose(after, category, "winter")]
    assert not [edit for edit in left if isinstance(edit, ClearIce) and {*edit.streets} & named]


@pytest.mark.parametrize("question", SCHOOLS, ids=["4", "10"])
def test_the_solvers_gain_is_that_of_the_scenario_recomputed_from_scratch(extract_path: Path, question: object) -> None:
    result = real(extract_path, "summer")
    found = answer(result, land_of(Study.from_extract(extract_path)), question)
    plan = Scenario(name="学校", edits=found.edits)
    outcome = run(result, plan)
    assert found.best.status in {"optimal", "within_gap"}
    assert found.best.gap <= 0.01
    assert outcome.seated("primary_school") == found.best.children > 2000
    scratch = Study.from_extract(extract_path).survey()
    full = runs.run(scratch, plan.ground(scratch), ("summer",))
    assert cases.differences(outcome.after, full) == []


def test_seats_are_told_beside_the_standard_and_what_nobody_reaches_is_warned_of() -> None:
    before = cases.before("summer")
    more = ExpandFacility(id="more", facility="样例第一小学", seats=5000.0)
    outcome = run(before, Scenario(name="more", edits=(more,)))
    (row,) = outcome.seats.to_dict("records")
    assert (row["category"], row["gained"]) == ("primary_school", outcome.seated("primary_school"))
    assert "children with a seat within the standard" in outcome.text("en")
    lonely = AddFacility(id="river", category="primary_school", point=(150.1300, 30.0225))
    assert run(before, Scenario(name="x", edits=(lonely,))).warnings == (("off_network", "river", ""),)


def test_a_new_facility_where_one_of_its_category_stands_is_warned_of_unless_that_is_closed() -> None:
    before = cases.before("summer")
    school = before.facilities.set_index("name").loc["样例第一小学"]
    ((lon, lat),) = degrees([school.geometry.representative_point().coords[0]], before.facilities.crs)
    again = AddFacility(id="again", category="primary_school", point=(lon, lat), seats=400.0)
    outcome = run(before, Scenario(name="x", edits=(again,)))
    assert [(each.key, each.edit) for each in outcome.warnings] == [("facility_stands", "again")]
    assert f"样例第一小学 ({school['facility_id']}) of the same category stands already" in outcome.text("en")
    assert "同类设施 样例第一小学" in outcome.page("zh")
    rebuilt = (again, CloseFacility(id="close", facility="样例第一小学"))
    assert run(before, Scenario(name="x", edits=rebuilt)).warnings == ()
    other = again.model_copy(update={"category": "kindergarten"})
    assert run(before, Scenario(name="x", edits=(other,))).warnings == ()


def test_new_housing_on_the_land_of_other_homes_is_warned_of() -> None:
    before = cases.before("summer")
    land = before.neighbourhoods.iloc[0]
    ring = degrees([*land.geometry.exterior.coords], before.neighbourhoods.crs)
    new = AddHousing(id="new", polygon=ring, population=90.0, children=Children(children_6_11=9.0))
    found = {each.key: each.other for each in run(before, Scenario(name="x", edits=(new,))).warnings}
    assert set(found) == {"housing", "homes_stand"}
    assert land["neighbourhood_id"] in found["homes_stand"]


def housing_beside_a_school() -> AddHousing:
    """A hundred children of 6-11 in a new compound beside the first school."""
    school = cases.before("summer").facilities.set_index("name").loc["样例第一小学"].geometry.representative_point()
    land = shapely.box(school.x + 60, school.y + 60, school.x + 120, school.y + 120)
    ring = degrees([*land.exterior.coords], cases.before("summer").facilities.crs)
    return AddHousing(id="new", name="新区", polygon=ring, population=500.0, children=Children(children_6_11=100.0))


def test_children_of_new_housing_are_told_apart_from_those_who_gain() -> None:
    before, housing = cases.before("summer"), housing_beside_a_school()
    alone = run(before, Scenario(name="住宅", edits=(housing,)))
    both = run(before, Scenario(name="住宅和学校", edits=(housing, SCHOOL)))
    school = run(before, Scenario(name="学校", edits=(SCHOOL,)))
    kind = "primary_school"
    assert alone.gained(kind, whose="newcomers") == pytest.approx(100.0)
    assert alone.gained(kind, whose="residents") == pytest.approx(0.0, abs=1e-9)
    assert both.gained(kind, whose="residents") == pytest.approx(school.gained(kind)) != 0
    for outcome in (alone, both, school):
        units = outcome.units
        assert np.allclose(units["gained_residents"] + units["gained_newcomers"], units["gained"])
        for row in units[units["category"] == kind].query("level == 'city'").to_dict("records"):
            for whose in ("residents", "newcomers"):
                assert row[f"gained_{whose}"] == pytest.approx(outcome.gained(kind, whose=whose), abs=1e-6)
    inner = alone.units.query("category == 'primary_school' and gained_newcomers > 0")["level"].tolist()
    assert inner == ["city", "district", "subdistrict"]
    assert "of these +0 of homes that stand already, +100 of new housing" in alone.text("en")
    assert "其中现有住处的儿童" not in school.text("zh")
    assert school.units["gained_newcomers"].eq(0.0).all()
    page = alone.page("en")
    assert "Of new housing" in page
    assert '新区 <span class="quiet"><span lang="en">new housing</span></span>' in page
    assert "Of new housing" not in school.page("en")


def test_losses_of_today_are_not_hidden_by_new_housing(tmp_path: Path) -> None:
    before, housing = cases.before("summer"), housing_beside_a_school()
    closed = CloseFacility(id="close", facility="样例第三小学")
    lost = -run(before, Scenario(name="关闭", edits=(closed,))).gained("primary_school")
    assert lost > 0.5
    land = housing.model_copy(update={"children": Children(children_6_11=lost)})
    outcome = run(before, Scenario(name="两者", edits=(land, closed)))
    assert abs(outcome.gained("primary_school")) < 0.5
    assert f"of these -{lost:,.0f} of homes that stand already, +{lost:,.0f} of new housing" in outcome.text("en")
    assert f'<td class="n">-{lost:,.0f}</td><td class="n">+{lost:,.0f}</td>' in outcome.page("en")
    outcome.save(tmp_path)
    saved = pd.read_csv(tmp_path / "changes.csv").query("level == 'city' and category == 'primary_school'")
    assert saved["gained_residents"].item() == pytest.approx(-lost)


def test_seats_are_told_apart_where_homes_that_stand_come_first() -> None:
    before = cases.before("summer")
    more = ExpandFacility(id="more", facility="样例第一小学", seats=5000.0)
    outcome = run(before, Scenario(name="x", edits=(housing_beside_a_school(), more)))
    expanded = run(before, Scenario(name="y", edits=(more,)))
    (row,), (plain,) = outcome.seats.to_dict("records"), expanded.seats.to_dict("records")
    assert row["gained_residents"] == plain["gained"] == plain["gained_residents"]
    assert row["gained_newcomers"] == pytest.approx(100.0)
    assert row["gained"] == pytest.approx(row["gained_residents"] + row["gained_newcomers"])
    assert "+100.0 of new housing" in outcome.text("en")
    assert plain["gained_newcomers"] == 0.0


def test_comparisons_and_ranks_count_the_children_of_today_and_tell_new_housing_beside() -> None:
    before, housing = cases.before("summer"), housing_beside_a_school()
    outcomes = [run(before, Scenario(name=name, edits=made)) for name, made in (("甲", (SCHOOL,)), ("乙", (housing,)))]
    table = compare(outcomes)
    row = table.query("level == 'city' and category == 'primary_school'").iloc[0]
    assert row["乙"] == pytest.approx(0.0, abs=1e-9)
    assert row[f"乙{scenario.NEWCOMERS}"] == pytest.approx(100.0)
    assert "乙 +0 (and +100 of new housing)" in scenario.compared(table, "en")
    ranks = rank(before, [housing, SCHOOL], "primary_school").set_index("id")
    assert ranks.index.tolist() == ["school", "new"]
    assert ranks.loc["new", "gained"] == pytest.approx(0.0, abs=1e-9)
    assert ranks.loc["new", "gained_newcomers"] == pytest.approx(100.0)
    assert "（另有新住宅 +100）" in scenario.ranked(ranks.reset_index(), "zh")


def test_the_year_of_a_file_counts_in_ranks_too() -> None:
    before, later = cases.before("summer"), Scenario(name="2030", year=2030, edits=(SCHOOL,))
    (row,) = rank(before, later.applied, "primary_school", later=later.later).to_dict("records")
    assert row["gained"] == pytest.approx(run(before, later).gained("primary_school"))
    free = SCHOOL.model_copy(update={"id": "idle", "cost": 0.0, "point": (150.1300, 30.0225)})
    assert rank(before, [free], "primary_school")["gained_per_cost"].tolist() == [0.0]
