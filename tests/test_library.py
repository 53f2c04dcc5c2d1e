"""The verbs of the library: projects, stages, history, the three lists, and two planners at one project."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

import cfc_gis.library as face
from cfc_gis.errors import ChoiceUnknown, MoveRefused, ProjectChanged, TableFault, UserError
from cfc_gis.library import Project, ProjectLibrary, queries, rules
from tests.libraries import BY, GAIN, GAP, HOSTILE, RUN, SAID, add, project

STAGES = rules.choices("project_stage")


@pytest.fixture
def library(tmp_path: Path) -> Generator[ProjectLibrary]:
    noon = dt.datetime(2025, 6, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    with ProjectLibrary(tmp_path / "项目 库.sqlite", create=True, clock=lambda: noon) as opened:
        yield opened


def test_the_public_names() -> None:
    assert face.__all__ == ["DEFAULT", "Project", "ProjectLibrary", "gain_of", "gap_of", "run_of"]


def test_a_project_is_kept_as_it_was_given(library: ProjectLibrary) -> None:
    made = library.add(
        {
            "名称": " 和兴小学\n扩建 ", "类型": "扩建", "期限": "2025年", "category": "小学",
            "unit_code": "0230102",
            "unit_name": "道里区", "位置": "126.63，45.75", "责任单位": "市教育局", "领域": "教育",
            "national_domain": "公共服务", "总投资": "１,200.5",
            "资金渠道": "市级财政资金、中央预算内投资", "重大项目": "是",
        },
        who=" 李工 ", why="年度计划",
    )  # fmt: skip
    assert made == Project(
        id="XM-00001", name="和兴小学 扩建", kind="expand", category="primary_school", phase="2025", stage="idea",
        paused_from=None, unit_code="0230102", unit_name="道里区", place="POINT (126.63 45.75)", body="市教育局",
        domain="education", national_domain="public_services", cost_wan=1200.5, funds="central_budget;municipal",
        major="yes", note=None, version=1, changed_at="2025-06-01T12:00:00+08:00", changed_by="李工",
    )  # fmt: skip
    assert library.project(made.id) == made
    (line,) = library.history(made.id).to_dict("records")
    assert (line["action"], line["who"], line["why"], line["version"]) == ("add", "李工", "年度计划", 1)
    assert line["changes"]["cost_wan"] == [None, 1200.5]


def test_all_wrong_values_are_told_at_once_and_nothing_is_written(library: ProjectLibrary) -> None:
    wrong = project(kind="建", phase="2030", name=" ", place="45.75, 126.63", cost_wan="-1", category="学校")
    with pytest.raises(TableFault) as told:
        library.add(wrong, **BY)
    assert told.value.facts["count"] == 6
    for lang in ("zh", "en"):
        words = told.value.text(lang)
        assert all(found in words for found in ("建", "2030", "45.75, 126.63", "-1", "学校"))
    assert len(library.projects()) == len(library.history()) == 0


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("126.63 45.75", "POINT (126.63 45.75)"),
        ((126.63, 45.75), "POINT (126.63 45.75)"),
        ("LINESTRING (126 45, 127 46)", "LINESTRING (126 45, 127 46)"),
        ("POINT Z (126.123456789 45 7)", "POINT (126.1234568 45)"),
        ("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", None),
        ("POINT EMPTY", None),
        ("POINT (526000 5060000)", None),
        ("somewhere", None),
        ("POINT (nan 3)", None),
        (f"LINESTRING ({', '.join(f'{126 + n / 1e4:.7f} 45.1234567' for n in range(2000))})", None),
    ],
)
def test_a_place_is_a_coordinate_or_wkt_in_degrees(library: ProjectLibrary, place: object, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(TableFault):
            add(library, place=place)
    else:
        assert add(library, place=place).place == kept


@pytest.mark.parametrize(
    ("who", "why", "key"),
    [("", "x", "library_who"), ("x", " \u202e", "library_why"), ("x", "长" * 2001, "library_signed_long")],
)
def test_nobody_is_guessed(library: ProjectLibrary, who: str, why: str, key: str) -> None:
    with pytest.raises(UserError) as told:
        library.add(project(), who=who, why=why)
    assert told.value.key == key


def test_an_edit_writes_what_differs_and_only_that(library: ProjectLibrary) -> None:
    made = add(library, note="旧")
    now = library.edit(made.id, {"说明": "新", "name": made.name}, version=1, **BY)
    assert (now.note, now.version) == ("新", 2)
    assert library.history(made.id)["changes"].iloc[1] == {"note": ["旧", "新"]}
    assert library.edit(made.id, {"note": "新"}, version=2, **BY) == now, "an equal value is no change"
    assert library.edit(made.id, {"note": ""}, version=2, **BY).note is None
    for fixed in ("stage", "id", "version", "paused_from"):
        with pytest.raises((ChoiceUnknown, TableFault)):
            library.edit(made.id, {fixed: "reserve" if fixed == "stage" else None}, version=3, **BY)
    with pytest.raises(ChoiceUnknown):
        library.edit(made.id, {"colour": "red"}, version=3, **BY)
    with pytest.raises(ChoiceUnknown):
        library.edit("XM-99999", {"note": "x"}, version=1, **BY)


def test_the_second_writer_is_told_who_changed_what_and_nothing_is_lost(library: ProjectLibrary) -> None:
    seen = add(library)
    with ProjectLibrary(library.path) as other:
        other.edit(seen.id, {"body": "市发改委"}, version=seen.version, who="王工", why="分工调整")
    for write in (
        lambda: library.edit(seen.id, {"note": "x"}, version=seen.version, **BY),
        lambda: library.move(seen.id, "reserve", version=seen.version, **BY),
    ):
        with pytest.raises(ProjectChanged) as told:
            write()
        assert all(word in told.value.text("zh") for word in ("王工", "责任单位", "分工调整", "第 2 版"))
        assert "Responsible body" in told.value.text("en")
    now = library.project(seen.id)
    assert (now.body, now.note, now.stage, now.version) == ("市发改委", None, "idea", 2)


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ((), "construction"),
        (("reserve", "preparation", "approvals", "construction", "completed"), "cancelled"),
        (("cancelled",), "reserve"),
        (("reserve", "paused"), "preparation"),
        (("paused",), "paused"),
        ((), "idea"),
    ],
)
def test_stages_move_along_the_plan(library: ProjectLibrary, path: tuple[str, ...], refused: str) -> None:
    now = add(library)
    for stage in path:
        now = library.move(now.id, stage, version=now.version, **BY)
    with pytest.raises(MoveRefused) as told:
        library.move(now.id, refused, version=now.version, **BY)
    for stage in now.next_stages:
        assert rules.word("project_stage", stage, "zh") in told.value.text("zh").split("可以转到")[1]
    assert library.project(now.id) == now


def test_a_paused_project_goes_back_to_where_it_was(library: ProjectLibrary) -> None:
    now = add(library, stage="手续")
    now = library.move(now.id, "暂停", version=1, **BY)
    assert (now.stage, now.paused_from, now.next_stages) == ("paused", "approvals", ("approvals", "cancelled"))
    now = library.move(now.id, "手续", version=2, **BY)
    assert (now.stage, now.paused_from) == ("approvals", None)


def test_history_cannot_be_changed_by_anybody(library: ProjectLibrary) -> None:
    made = add(library)
    library.participate(made.id, SAID, **BY)
    library.record_gain(made.id, GAIN, **BY)
    outside = sqlite3.connect(library.path)
    for sql in (
        "UPDATE history SET who = 'x'",
        "DELETE FROM history",
        "INSERT OR REPLACE INTO history SELECT seq, subject, version, at, 'x', action, why, changes FROM history",
        "REPLACE INTO history SELECT NULL, subject, version, at, 'x', action, why, changes FROM history",
        "UPDATE participation SET people = 1",
        "DELETE FROM participation",
        "REPLACE INTO participation SELECT id, project_id, held_on, group_key, form, 1, words FROM participation",
        "UPDATE gains SET children = 1",
        "DELETE FROM gains",
        "REPLACE INTO gains SELECT * FROM gains",
        "DELETE FROM projects",
        "REPLACE INTO projects SELECT * FROM projects",
        "UPDATE projects SET name = 'x'",
        "UPDATE projects SET name = 'x', version = version + 2",
        "UPDATE projects SET id = 'x', version = version + 1",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            outside.execute(sql)
        outside.rollback()
    outside.close()
    assert library.history(made.id)["who"].tolist() == ["李工"] * 3


def test_what_stands_beside_a_project_is_in_its_history(library: ProjectLibrary) -> None:
    made = add(library)
    library.link_gap(made.id, GAP, **BY)
    with pytest.raises(UserError):
        library.link_gap(made.id, GAP, **BY)
    library.record_gain(made.id, GAIN, **BY)
    library.record_gain(made.id, {**GAIN, "children": 100, "run": "f" * 64}, **BY)
    now = library.participate(made.id, SAID, **BY)
    assert (now.children_gained, now.gain_run, now.version) == (100.0, "f" * 64, 5)
    assert library.table("gains")["children"].tolist() == [321.5, 100.0], "earlier computations stay"
    assert library.table("participation").iloc[0].to_dict() == {"id": "CY-00001", "project_id": made.id, **SAID}
    library.unlink_gap(made.id, GAP, **BY)
    with pytest.raises(ChoiceUnknown):
        library.unlink_gap(made.id, GAP, **BY)
    assert library.table("gaps").empty
    history = library.history(made.id)
    assert history["version"].tolist() == [1, 2, 3, 4, 5, 6]
    assert history["changes"].iloc[5]["run"] == [None, RUN]
    with pytest.raises(TableFault):
        library.record_gain(made.id, {**GAIN, "run": "somewhere"}, **BY)
    with pytest.raises(ChoiceUnknown):
        library.participate("XM-99999", SAID, **BY)


def test_the_three_lists_are_linked_many_to_many(library: ProjectLibrary) -> None:
    one, two = add(library, major="yes"), add(library, name="开放大门", kind="gate")
    seats = library.add_entry({"register": "预期成果", "name": "增加学位", "target": "8000 个"}, **BY)
    land = library.add_entry({"register": "政策措施", "name": "教育用地优先"}, **BY)
    assert (seats, land) == ("CG-00001", "ZC-00001")
    for a, b in ((seats, one.id), (two.id, seats), (land, one.id), (land, seats)):
        library.link(a, b, **BY)
    assert library.table("project_links").to_numpy().tolist() == [[seats, one.id], [seats, two.id], [land, one.id]]
    assert library.table("entry_links").to_numpy().tolist() == [[seats, land]]
    for a, b in ((one.id, two.id), (seats, seats), (seats, one.id)):
        with pytest.raises(UserError):
            library.link(a, b, **BY)
    library.unlink(one.id, seats, **BY)
    assert library.history(one.id)["action"].tolist() == ["add", "link", "link", "unlink"]
    assert library.history(seats)["action"].tolist() == ["add", "link", "link", "link", "unlink"]
    assert library.projects(major="是")["id"].tolist() == [one.id]
    linked = {row.id: row.linked for row in library.entries().itertuples()}
    assert linked == {seats: f"{two.id};{land}", land: f"{seats};{one.id}"}
    assert library.entries("政策措施")["id"].tolist() == [land]
    library.edit_entry(land, {"target": "2025 年底"}, version=3, **BY)
    with pytest.raises(ProjectChanged):
        library.edit_entry(land, {"target": "x"}, version=3, **BY)
    with pytest.raises(ChoiceUnknown):
        library.edit_entry(land, {"register": "result"}, version=4, **BY)


def test_projects_and_entries_never_share_an_id(library: ProjectLibrary) -> None:
    made = add(library, id="A")
    with pytest.raises(UserError):
        library.add_entry({"register": "result", "name": "x", "id": made.id}, **BY)
    with pytest.raises(UserError):
        add(library, id="A")
    with pytest.raises(UserError):
        add(library, id="x" * 41)
    assert add(library).id == "XM-00001"


def test_lists_are_filtered_by_words_or_keys(library: ProjectLibrary) -> None:
    add(library, unit_code="230102", unit_name="道里区", stage="在建")
    add(library, name="50%_坡", kind="crossing", phase="2035")
    assert library.projects(stage="在建")["id"].tolist() == ["XM-00001"]
    assert library.projects(stage="construction", unit_code="230102", phase=None)["id"].tolist() == ["XM-00001"]
    assert library.projects(name="道里")["id"].tolist() == ["XM-00001"]
    assert library.projects(name="%_")["id"].tolist() == ["XM-00002"], "the signs of LIKE stand for themselves"
    assert [each.id for each in library.select(phase="2035年")] == ["XM-00002"]
    assert library.projects(body="nobody").empty
    with pytest.raises(TableFault):
        library.projects(stage="建")
    with pytest.raises(ChoiceUnknown):
        library.projects(colour="red")


@pytest.mark.parametrize("name", queries.FILTERS)
def test_every_filter_uses_an_index(library: ProjectLibrary, name: str) -> None:
    values = {"stage": "idea", "kind": "new", "phase": "2025", "category": "park", "domain": "law", "major": "yes"}
    sql, bound = queries.projects({name: values.get(name, "x")})
    inside = sqlite3.connect(library.path)
    plan = [row[3] for row in inside.execute(f"EXPLAIN QUERY PLAN {sql}", bound)]
    inside.close()
    assert any(line.startswith("SEARCH projects USING INDEX projects_") for line in plan)
    assert not any("TEMP B-TREE" in line or line.startswith("SCAN") for line in plan), "nothing is sorted or read whole"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(library: ProjectLibrary, name: str) -> None:
    made = add(library, name=name, note=name, unit_name=name)
    kept = "第一小学" if "\u202e" in name else "a b c" if "\t" in name else name
    assert made.name == made.note == kept
    assert [each.id for each in library.select(name=kept)] == [made.id]
    assert "<script>" not in made._repr_html_()


def test_the_overview_counts_by_stage_and_says_what_lacks_a_cost(library: ProjectLibrary) -> None:
    for cost in (100, 50.5, None):
        add(library, cost_wan=cost)
    page = library._repr_html_()
    assert "<td>谋划 / Idea</td><td>3</td><td>150.5</td><td>1</td>" in page


class Life(RuleBasedStateMachine):
    """Whatever planners do in whatever order: stages stay legal, and the history tells how each project came to be."""

    projects = Bundle("projects")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.library = ProjectLibrary(Path(self.folder.name) / "p.sqlite", create=True)
        self.library._db.rows("PRAGMA synchronous = OFF")  # speed alone: no power is cut here
        self.model: dict[str, tuple[str, str | None, str | None, int]] = {}
        self.lines = 0

    @rule(target=projects)
    def add(self) -> str:
        made = add(self.library)
        self.model[made.id] = ("idea", None, None, 1)
        self.lines += 1
        return made.id

    @rule(project_id=projects, stage=st.sampled_from(STAGES), back=st.integers(0, 2))
    def move(self, project_id: str, stage: str, back: int) -> None:
        at, paused_from, note, version = self.model[project_id]
        legal = {
            "idea": {"reserve", "paused", "cancelled"},
            "reserve": {"idea", "preparation", "paused", "cancelled"},
            "preparation": {"reserve", "approvals", "paused", "cancelled"},
            "approvals": {"preparation", "construction", "paused", "cancelled"},
            "construction": {"approvals", "completed", "paused", "cancelled"},
            "completed": {"construction"},
            "paused": {paused_from, "cancelled"},
            "cancelled": {"idea"},
        }[at]
        try:
            self.library.move(project_id, stage, version=version - back, **BY)
        except ProjectChanged:
            assert back
        except MoveRefused:
            assert not back
            assert stage not in legal
        else:
            assert not back
            assert stage in legal
            self.model[project_id] = (stage, at if stage == "paused" else None, note, version + 1)
            self.lines += 1

    @rule(project_id=projects, note=st.sampled_from(["a", "b", ""]))
    def edit(self, project_id: str, note: str) -> None:
        at, paused_from, was, version = self.model[project_id]
        self.library.edit(project_id, {"note": note}, version=version, **BY)
        written = (note or None) != was
        self.model[project_id] = (at, paused_from, note or None, version + written)
        self.lines += written

    @rule(project_id=projects)
    def participate(self, project_id: str) -> None:
        *same, version = self.model[project_id]
        self.library.participate(project_id, SAID, **BY)
        self.model[project_id] = (*same, version + 1)
        self.lines += 1

    @rule(target=projects)
    def reopen(self) -> object:
        path = self.library.path
        self.library.close()
        self.library = ProjectLibrary(path)
        return multiple()

    @invariant()
    def history_tells_all(self) -> None:
        now = {each.id: each for each in self.library.select()}
        history = self.library.history()
        assert len(history) == self.lines
        assert now.keys() == self.model.keys()
        for project_id, (stage, paused_from, note, version) in self.model.items():
            each = now[project_id]
            assert (each.stage, each.paused_from, each.note, each.version) == (stage, paused_from, note, version)
            lines = history[history["id"] == project_id]
            assert lines["version"].tolist() == list(range(1, version + 1))
            told: dict[str, object] = {}
            for changes in lines["changes"]:
                for name, (was, value) in changes.items():
                    if name in {"stage", "paused_from", "note"}:
                        assert told.get(name) == was
                        told[name] = value
            assert (told["stage"], told.get("paused_from"), told.get("note")) == (stage, paused_from, note)

    def teardown(self) -> None:
        self.library.close()
        self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(words=st.text(max_size=40))
def test_any_text_is_kept_or_refused_and_never_breaks_the_library(library: ProjectLibrary, words: str) -> None:
    try:
        made = add(library, name=words)
    except TableFault:
        return
    assert library.project(made.id).name == made.name


def test_projects_with_a_place_are_layers_by_stage(library: ProjectLibrary) -> None:
    first = library.add(project(place="126.63,45.75", name="<b>一"), **BY)
    library.add(project(place="LINESTRING (126.6 45.7, 126.61 45.7)", name="二"), **BY)
    library.add(project(name="无位置"), **BY)
    library.move(first.id, "储备", version=first.version, **BY)
    layers = library.layers("zh")
    assert {name: table["name"].tolist() for name, table in layers.items()} == {
        "项目：谋划": ["二"],
        "项目：储备": ["<b>一"],
    }
    assert layers["项目：储备"].geometry.iloc[0].wkt == "POINT (126.63 45.75)"
    assert layers["项目：储备"].crs == "EPSG:4326"
    assert layers["项目：储备"]["项目编号"].tolist() == [first.id]
