"""``cfc site``: every problem, its limits, its files, and what is refused before anything is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cfc_gis import scenario
from cfc_gis.cli import main
from cfc_gis.errors import NotWritable, TableFault, UserError
from cfc_gis.siting import Effort, Question, answer, case, find, land_of, read_costs, recomputed
from cfc_gis.siting.answer import Answer
from cfc_gis.siting.costs import of_candidates
from cfc_gis.study import Study
from tests.results import sample


def call(*words: object) -> Result:
    return CliRunner().invoke(main, ["site", "--demo", "--category", "play", *map(str, words)])


@cache
def asked(**more: object) -> Answer:
    return answer(sample(), land_of(Study.sample()), Question("play", season="summer", **more))


ANSWERED = {
    "bclp": (["--sites", 2], "后备覆盖（BCLP）", "with two or more within the standard:"),
    "lscp": (["--target", 0.03], "集合覆盖（LSCP）", "Target: 3.0% of the children"),
    "lscp_b": (["--reachable"], "后备集合覆盖（LSCP-B）", "were left out of the target as asked"),
    "p_median": (["--sites", 2], "p 中位", "mean way to the nearest:"),
    "p_center": (["--sites", 2], "p 中心", "of the farthest child:"),
}


@pytest.mark.parametrize("problem", ANSWERED)
def test_every_problem_is_answered_in_both_languages_and_becomes_a_scenario(problem: str, tmp_path: Path) -> None:
    words, zh, en = ANSWERED[problem]
    out, plan = tmp_path / "选址.csv", tmp_path / "方案.geojson"
    found = call("--problem", problem, *words, "--out", out, "--scenario", plan)
    assert found.exit_code == 0, found.output
    assert f"{zh}，精确求解（HiGHS）：最优（差距 0）" in found.output
    assert en in found.output
    assert "从头计算可达性" in found.output
    chosen = pd.read_csv(out)["candidate_id"].tolist()
    assert [edit.id for edit in scenario.read(plan).edits] == chosen != []


def test_the_fewest_sites_for_a_target_are_the_fewest_and_reach_it() -> None:
    town = case(sample(), find(sample(), land_of(Study.sample()), "play"), "summer")
    everybody, target = float(np.nan_to_num(town.children).sum()), 0.04
    found = asked(target=target)
    assert found.question.kind == "lscp"
    assert found.checked[1].within >= target * everybody > found.checked[0].within
    fewer = recomputed(town, asked(sites=len(found.best.sites) - 1).best.sites)
    assert fewer.within < target * everybody
    assert found.best.objective == len(found.best.sites)


def test_what_is_measured_from_scratch_is_what_was_solved() -> None:
    backup, median, center = (
        asked(problem="bclp", sites=2),
        *(asked(problem=p, sites=2) for p in ("p_median", "p_center")),
    )
    assert backup.checked[1].twice == pytest.approx(backup.best.objective)
    walked = np.nan_to_num(median.case.children).sum() - median.checked[1].lost
    assert median.checked[1].mean_way * walked == pytest.approx(median.best.objective)
    assert center.checked[1].longest_way == pytest.approx(center.best.objective)
    assert median.checked[1].mean_way <= center.checked[1].mean_way
    assert center.checked[1].longest_way <= median.checked[1].longest_way


def test_a_target_that_no_land_reaches_is_infeasible_and_says_how_far_it_goes(tmp_path: Path) -> None:
    listed, out = tmp_path / "候选.csv", tmp_path / "选址.csv"
    found = call("--problem", "lscp", "--candidates", listed, "--out", out)
    assert found.exit_code == 2
    assert "目标：90.0% 的儿童" in found.output
    assert "with every candidate that may be chosen it would be 4.8%" in found.output
    assert "Infeasible" in found.output
    assert "Optimal" not in found.output
    assert not pd.read_csv(listed)["chosen"].any()
    assert not out.exists()


def test_no_time_is_no_optimum() -> None:
    found = call("--problem", "p_median", "--sites", 2, "--seconds", 0, "--lang", "en")
    assert found.exit_code == 2
    assert "No choice found within 0 s, and nothing proven" in found.output


def test_costs_are_filled_into_the_table_of_candidates_and_a_budget_keeps_to_them(tmp_path: Path) -> None:
    listed, plan, out = tmp_path / "候选.csv", tmp_path / "方案.toml", tmp_path / "选址.gpkg"
    assert call("--sites", 1, "--candidates", listed).exit_code == 0
    table = pd.read_csv(listed)
    assert table["cost"].isna().all()
    assert table["chosen"].sum() == 1
    table.assign(cost=[100.0 + row for row in range(len(table))]).to_csv(listed, index=False)
    cost = read_costs(listed)
    found = call("--costs", listed, "--budget", 210, "--scenario", plan, "--out", out)
    assert found.exit_code == 0, found.output
    assert "预算：210 万元。" in found.output
    edits = scenario.read(plan).edits
    assert len(edits) == 2
    assert {edit.id: edit.cost for edit in edits} == {edit.id: cost[edit.id] for edit in edits}
    assert sum(edit.cost for edit in edits) <= 210
    assert gpd.read_file(out)["cost"].tolist() == [edit.cost for edit in edits]
    cheapest = call("--costs", listed, "--problem", "lscp_cost", "--target", 0.03, "--lang", "en")
    assert cheapest.exit_code == 0, cheapest.output
    assert "Set covering at least cost (LSCP)" in cheapest.output
    assert "10,000 yuan together" in cheapest.output


def test_locked_choices_spacing_and_weights_change_what_is_chosen() -> None:
    free = asked(sites=2).best.sites
    barred = asked(sites=2, never=frozenset(free[:1]))
    assert free[0] not in barred.best.sites
    other = next(name for name in barred.case.candidates.ids if name not in free)
    assert other in asked(sites=2, must=frozenset({other})).best.sites
    far = call("--sites", 5, "--apart", 100_000, "--lang", "en")
    assert far.exit_code == 0
    assert "1 site(s)" in far.output
    weighed = call("--sites", 2, "--worst-first", 3, "--worst-level", "subdistrict", "--method", "greedy")
    assert weighed.exit_code == 0, weighed.output
    assert "贪心算法" in weighed.output


CONTRADICTIONS = (
    ([], "has no limit"),
    (["--sites", 2, "--target", 0.5, "--problem", "mclp"], "A target was given"),
    (["--problem", "lscp", "--seats", 90], "counts none"),
    (["--problem", "seats", "--sites", 2], "needs seats"),
    (["--seats", 90], "needs seats"),
    (["--budget", 5], "Write the candidates with --candidates"),
    (["--problem", "lscp_cost", "--target", 0.5], "Write the candidates with --candidates"),
    (["--sites", 2, "--reachable"], "demands that nobody be covered"),
    (["--problem", "p_center", "--sites", 2, "--worst-first", 1], "weights play no part"),
    (["--sites", 2, "--worst-level", "subdistrict"], "Add worst_first"),
    (["--problem", "lscp", "--method", "greedy"], "no greedy search"),
    (["--sites", 2, "--must", "a", "--never", "a"], "Both must and never"),
)


@pytest.mark.parametrize(("words", "said"), CONTRADICTIONS)
def test_contradictions_are_told_before_anything_is_read(words: list[object], said: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["site", "--osm", str(tmp_path / "none.osm.pbf"), *map(str, words)])
    assert found.exit_code == 2
    assert said in found.output
    assert "none.osm.pbf" not in found.output
    assert "选址的要求" in found.output
    assert "Traceback" not in found.output


def test_all_contradictions_come_at_once() -> None:
    with pytest.raises(UserError) as caught:
        Question("play", problem="p_center", seats=9.0, target=2.0, worst_first=1.0)
    assert len(caught.value.text("en").splitlines()) == 6
    assert caught.value.text("zh").count("“p 中心”") == 4


NOT_WRITTEN = (("--out", "a.txt"), ("--candidates", "a.xls"), ("--scenario", "a.csv"), ("--map", "a.pdf"))


@pytest.mark.parametrize(("option", "name"), NOT_WRITTEN)
def test_files_of_a_kind_that_is_not_written_are_refused_before_anything_is_read(option: str, name: str) -> None:
    found = CliRunner().invoke(main, ["site", "--osm", "none.osm.pbf", "--sites", "2", option, name, "--lang", "en"])
    assert found.exit_code == 2
    assert name in found.output
    assert "none.osm.pbf" not in found.output


def test_unknown_candidates_are_told_with_ids_that_exist() -> None:
    found = call("--sites", 2, "--must", "x-1", "--never", "x-2")
    assert found.exit_code == 2
    for words in ("must 中没有这样的候选：x-1", "never: unknown x-2", "h-w"):
        assert words in found.output


def test_a_table_of_costs_is_refused_with_every_wrong_row(tmp_path: Path) -> None:
    file = tmp_path / "造价.csv"
    file.write_text("编号,造价\na,约9\nb,-1\nb,3\n,4\n", encoding="utf-8")
    with pytest.raises(TableFault) as caught:
        read_costs(file)
    for words in ("line 2", "not a number", "negative", "stands twice", "without the id"):
        assert words in caught.value.text("en")
    file.write_text("name,造价\na,9\n", encoding="utf-8")
    with pytest.raises(TableFault, match="candidate_id"):
        read_costs(file)
    with pytest.raises(UserError, match="1 of 2 candidates have no cost"):
        of_candidates({"a": 1.0}, ["a", "b"], frozenset())
    with pytest.raises(UserError, match="are no candidates: z"):
        of_candidates({"a": 1.0, "z": 2.0}, ["a"], frozenset())


def test_a_folder_that_is_a_file_cannot_be_written_into(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    for name in ("sites.csv", "sites.gpkg"):
        with pytest.raises(NotWritable):
            asked(sites=1).write(tmp_path / "a" / name)


@pytest.mark.parametrize(
    "option", ["--seats", "--budget", "--worst-first", "--apart", "--target", "--gap", "--seconds"]
)
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_what_is_no_finite_number_is_refused(option: str, value: str) -> None:
    found = call("--sites", 2, option, value)
    assert found.exit_code == 2
    name = {"--apart": "apart_m"}.get(option, option.strip("-").replace("-", "_"))
    assert f"{name}: a finite number was wanted" in found.output or "is not in the range" in found.output
    of_effort = name in {"gap", "seconds"}
    more = {"effort": Effort(**{name: float(value)})} if of_effort else {name: float(value)}
    with pytest.raises(UserError, match=name):
        Question("play", sites=2, **more)
