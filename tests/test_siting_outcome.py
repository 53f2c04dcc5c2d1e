"""What is said of a choice: never more than was proven (fault 54)."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from cfc_gis.access.seats import near_matrix
from cfc_gis.errors import UserError
from cfc_gis.siting import _highs
from cfc_gis.siting.backup import bclp, lscp_backup
from cfc_gis.siting.coverage import Coverage, lscp, mclp
from cfc_gis.siting.distance import Ways, p_center, p_median
from cfc_gis.siting.options import Options, too_near
from cfc_gis.siting.outcome import Effort, Siting, verdict
from cfc_gis.siting.seated import Seating, most_seated
from tests.siting_cases import names, seating, town

NO_TIME = Effort(seconds=0.0)


def hard(homes: int = 400, sites: int = 200) -> tuple[Coverage, Options]:
    """A covering problem without structure: far too hard to solve in a second."""
    random = np.random.default_rng(1)
    home, site = np.nonzero(random.random((homes, sites)) < 0.05)
    return Coverage(random.random(homes) + 0.5, near_matrix(home, site, (homes, sites))), Options(names(sites))


def all_problems(options: Options, effort: Effort) -> list[Siting]:
    made, seats = town(5), seating(5)
    fewer = options.ids[: len(seats.seats) - 2]
    cost = None if options.cost is None else options.cost[: len(fewer)]
    few = replace(options, ids=fewer, cost=cost)
    return [
        *(solve(made.coverage, options, effort) for solve in (mclp, lscp, bclp, lscp_backup)),
        *(solve(made.ways, options, effort) for solve in (p_median, p_center)),
        most_seated(seats, few, effort),
    ]


def test_fault_54_no_time_is_unsolved_in_every_problem() -> None:
    found = all_problems(Options(town(5).unlimited.ids), NO_TIME)
    assert {each.status for each in found} == {"unsolved"}
    for each in found:
        assert (each.sites, each.objective, each.bound, each.gap) == ((), None, None, None)
        assert "0 s" in each.text("en")
        assert "Optimal" not in each.text("en")
        assert "最优（" not in each.text("zh")


def test_fault_54_limits_that_exclude_each_other_are_infeasible_in_every_problem() -> None:
    ids = town(5).unlimited.ids
    for options, reason in (
        (Options(ids, sites=1, must=frozenset(ids[:2])), "must_exceed_sites"),
        (Options(ids, must=frozenset(ids[:1]), cost=np.full(len(ids), 5.0), budget=4.0), "must_exceed_budget"),
        (Options(ids, must=frozenset(ids[:2]), apart=np.array([[0, 1]])), "must_too_near"),
    ):
        for each in all_problems(options, Effort()):
            assert (each.status, each.reasons, each.solved) == ("infeasible", (reason,), False)
            assert "Infeasible" in each.text("en")
            assert "无可行方案" in each.text("zh")


def test_fault_54_who_cannot_be_served_makes_a_full_cover_infeasible() -> None:
    problem = Coverage(np.array([3.0, 4.0]), near_matrix(np.array([0]), np.array([0]), (2, 1)))
    for solve in (lscp, lscp_backup):
        found = solve(problem, Options(("a",)))
        assert (found.status, found.reasons) == ("infeasible", ("beyond_all_candidates",))
    assert lscp(problem, Options(("a",)), share=3 / 7).sites == ("a",)
    ways = Ways(np.array([3.0, 4.0]), np.array([[1.0], [np.nan]]))
    for solve in (p_median, p_center):
        assert solve(ways, Options(("a",))).reasons == ("nobody_reaches",)


def test_fault_54_limits_that_only_the_solver_can_refute_are_infeasible() -> None:
    problem = Coverage(np.ones(3), near_matrix(np.arange(3), np.arange(3), (3, 3)))
    options = Options(("a", "b", "c"), sites=2)
    for found in (lscp(problem, options), lscp_backup(problem, options), lscp(problem, options, share=0.9)):
        assert (found.status, found.reasons) == ("infeasible", ("no_choice",))
    ways = Ways(np.ones(3), np.where(np.eye(3) > 0, 0.0, np.nan))
    assert p_median(ways, options).reasons == p_center(ways, options).reasons == ("no_choice",)


def test_fault_54_out_of_time_shows_its_gap_and_is_never_called_optimal() -> None:
    problem, options = hard()
    began = time.perf_counter()
    found = lscp(problem, options, Effort(seconds=2.0))
    assert time.perf_counter() - began < 30.0
    assert found.status == "feasible"
    assert found.gap > 0
    assert found.bound < found.objective == len(found.sites)
    assert (problem.count(options.flags(found.sites)) > 0).all()
    assert f"gap {found.gap:.2%}" in found.text("en")
    assert "2 s" in found.text("en")
    assert "Optimal" not in found.text("en")
    backup = lscp_backup(problem, options, Effort(seconds=2.0))
    assert backup.status in {"feasible", "unsolved"}


def test_a_gap_that_was_asked_for_is_named_and_not_called_optimal() -> None:
    problem, options = hard(150, 80)
    found = mclp(problem, replace(options, sites=10), Effort(gap=0.2))
    assert found.status in {"within_gap", "optimal"}
    assert found.gap <= 0.2
    assert verdict(95.0, 100.0, Effort(gap=0.2)) == ("within_gap", pytest.approx(5 / 95))
    assert verdict(95.0, 100.0, Effort(gap=0.01))[0] == "feasible"
    assert verdict(0.0, 0.0, Effort()) == ("optimal", 0.0)
    assert verdict(0.0, 5.0, Effort(gap=0.5))[0] == "feasible"
    head = replace(found, status="within_gap", gap=0.05).text("en").splitlines()[0]
    assert head.endswith("Proven to be within 5.00% of the optimum (20.00% asked)")


def test_a_gap_of_seats_is_one_of_the_children_gained_however_many_have_seats_already() -> None:
    for seed in range(10):
        made = seating(seed, existing=5, homes=(60, 120), sites=(30, 40))
        made = replace(made, seats=np.where(np.arange(len(made.seats)) < 5, 2000.0, made.seats / 2))
        found = most_seated(made, Options(names(len(made.seats) - 5), sites=6), Effort(gap=0.1))
        assert found.status in {"optimal", "within_gap"}
        assert found.gap <= 0.1


def test_a_backup_is_no_surer_than_the_coverage_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, options = town(7).coverage, town(7).options
    first = mclp(problem, options)
    from cfc_gis.siting import coverage

    monkeypatch.setattr(coverage, "mclp", lambda *_: replace(first, status="feasible"))
    assert bclp(problem, options).status == "feasible"


def test_seconds_are_no_part_of_equality() -> None:
    made = town(2)
    one, other = mclp(made.coverage, made.options), mclp(made.coverage, made.options)
    assert one == other
    assert one == replace(other, seconds=99.0)
    assert one != replace(other, objective=0.0)


def test_a_choice_is_shown_in_both_languages_and_hostile_ids_are_inert() -> None:
    """Fault 56: ids come from files."""
    near = near_matrix(np.array([0]), np.array([0]), (1, 1))
    found = mclp(Coverage(np.array([30.0]), near), Options(("<script>alert(1)</script>",)))
    page = found._repr_html_()
    assert "<script>" not in page
    assert "最大覆盖（MCLP）" in page
    assert "Maximal coverage (MCLP)" in page
    assert found.table.to_dict("list") == {"site": ["<script>alert(1)</script>"], "gained": [30.0]}


def test_all_faults_of_the_options_are_named_at_once() -> None:
    with pytest.raises(UserError) as caught:
        Options(("a", "a"), sites=-1, must=frozenset({"z"}), never=frozenset({"y"}), budget=3.0)
    words = caught.value.text("en")
    assert all(part in words for part in ("not unique", "sites: negative", "unknown z", "unknown y", "beside costs"))
    with pytest.raises(UserError, match="Both must and never be chosen: a"):
        Options(("a",), must=frozenset("a"), never=frozenset("a"))
    with pytest.raises(UserError, match="cost"):
        Options(("a",), cost=np.array([-1.0]))
    with pytest.raises(UserError, match="pairs of rows"):
        Options(("a",), apart=np.array([[0, 1]]))


def test_points_just_so_far_apart_are_not_too_near() -> None:
    points = np.array([[0.0, 0.0], [500.0, 0.0], [499.9, 0.0]])
    assert too_near(points, 500.0).tolist() == [[0, 2], [1, 2]]
    assert too_near(points[:0], 500.0).shape == (0, 2)


def test_a_solver_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.optimize
    from scipy.optimize import OptimizeResult

    from cfc_gis.errors import CfcError

    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: OptimizeResult(status=4, message="trouble", x=None))
    bounds = np.zeros(1), np.ones(1)
    with pytest.raises(CfcError, match="trouble"):
        _highs.minimise(np.ones(1), [], bounds, np.ones(1, dtype=bool), Effort())


def test_infeasible_or_unbounded_is_asked_again_without_presolve(monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.optimize
    from scipy.optimize import OptimizeResult

    solve, asked = scipy.optimize.milp, []

    def unsure(*given: object, options: dict[str, object], **more: object) -> object:
        asked.append(options["presolve"])
        if options["presolve"]:
            return OptimizeResult(status=4, message="infeasible or unbounded", x=None)
        return solve(*given, options=options, **more)

    monkeypatch.setattr(scipy.optimize, "milp", unsure)
    made = town(0)
    assert mclp(made.coverage, made.options).status == "optimal"
    assert asked == [True, False]


def test_seats_may_be_expanded_where_a_school_stands() -> None:
    # The existing school and its expansion have the same home near; 10 seats grow to 45.
    near = near_matrix(np.array([0, 0]), np.array([0, 1]), (1, 2))
    found = most_seated(Seating(np.array([50.0]), near, np.array([10.0, 35.0]), existing=1), Options(("x-w1",)))
    assert (found.sites, found.children) == (("x-w1",), 35.0)
