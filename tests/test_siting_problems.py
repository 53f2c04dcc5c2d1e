"""Problems of siting against brute force on small towns, and their properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfc_gis.access.seats import near_matrix
from cfc_gis.siting.backup import bclp, lscp_backup
from cfc_gis.siting.coverage import Coverage, best_share, covered, lscp, mclp
from cfc_gis.siting.distance import Ways, p_center, p_median
from cfc_gis.siting.greedy import WORST_CASE
from cfc_gis.siting.options import Options
from cfc_gis.siting.outcome import Effort
from cfc_gis.siting.seated import Seating, most_seated
from tests.siting_cases import Town, best, choices, names, seating, town

SEEDS = range(12)
seeds = st.integers(0, 10_000)


def limited(options: Options, seed: int) -> Options:
    """Add costs, a budget, a site that must be, one that is not, and two that are too near to each other."""
    random = np.random.default_rng(seed)
    cost = random.integers(1, 9, len(options)).astype(float)
    must, never = options.ids[:1], options.ids[1:2]
    apart = np.array([[len(options) - 2, len(options) - 1]])
    return replace(options, must=frozenset(must), never=frozenset(never), cost=cost, budget=cost[0] + 9.0, apart=apart)


@pytest.mark.parametrize("seed", SEEDS)
def test_maximal_coverage_equals_brute_force_with_every_limit_and_with_facilities_in_place(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    random = np.random.default_rng(seed)
    existing = random.integers(0, 2, len(made.children))
    priority = random.integers(0, 3, len(made.children)).astype(float)
    problem = replace(made.coverage, existing=existing, priority=priority)
    for options in (
        made.options,
        limited(made.options, seed),
        replace(limited(made.options, seed), apart=made.options.apart),
    ):
        found = mclp(problem, options)
        assert found.status == "optimal"
        assert found.objective == best(options, lambda chosen: covered(problem, chosen))
        assert options.allow(options.flags(found.sites))


@pytest.mark.parametrize("seed", SEEDS)
def test_fewest_sites_equal_brute_force_at_any_share(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    existing = np.random.default_rng(seed).integers(0, 2, len(made.children))
    problem, options = replace(made.coverage, existing=existing), replace(made.unlimited, must=frozenset({"c1"}))
    total = made.children.sum()
    for share in (1.0, 0.95, 0.8):
        enough = [
            int(chosen.sum())
            for chosen in choices(options)
            if made.children[problem.count(chosen) > 0].sum() >= share * total
        ]
        found = lscp(problem, options, share=share)
        assert (found.status, found.objective) == ("optimal", min(enough))
        assert made.children[problem.count(options.flags(found.sites)) > 0].sum() >= share * total * (1 - 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cheapest_cover_is_not_always_the_one_of_fewest_sites(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    cost = np.random.default_rng(seed).integers(1, 9, len(made.unlimited)).astype(float)
    options = replace(made.unlimited, cost=cost)
    every = [cost[chosen].sum() for chosen in choices(options) if (made.coverage.count(chosen) > 0).all()]
    found = lscp(made.coverage, options, least="cost")
    assert (found.status, found.objective) == ("optimal", min(every))


@pytest.mark.parametrize("seed", SEEDS)
def test_backup_is_the_most_that_the_best_first_coverage_leaves(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    random = np.random.default_rng(seed)
    problem = replace(made.coverage, existing=random.integers(0, 3, len(made.children)))
    options = made.options
    first = best(options, lambda chosen: covered(problem, chosen))
    twice = [
        float(made.children[problem.count(chosen) >= 2].sum())
        for chosen in choices(options)
        if covered(problem, chosen) == first
    ]
    found = bclp(problem, options)
    assert (found.status, found.objective, found.children) == ("optimal", max(twice), first)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fewest_sites_with_most_backup_equal_brute_force(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    count = made.coverage.count
    every = [chosen for chosen in choices(made.unlimited) if (count(chosen) > 0).all()]
    fewest = min(int(chosen.sum()) for chosen in every)
    twice = [float(made.children[count(chosen) >= 2].sum()) for chosen in every if chosen.sum() == fewest]
    found = lscp_backup(made.coverage, made.unlimited)
    assert (found.status, found.objective, len(found.sites)) == ("optimal", max(twice), fewest)


@pytest.mark.parametrize("seed", SEEDS)
def test_seats_equal_brute_force_with_every_limit(seed: int) -> None:
    made = seating(seed)
    priority = np.random.default_rng(seed).integers(1, 3, len(made.children)).astype(float)
    options = Options(names(len(made.seats) - made.existing), sites=2)
    nothing = np.zeros(len(options), dtype=bool)
    for problem in (made, replace(made, priority=priority)):
        for limits in (options, limited(options, seed) if len(options) > 2 else options):
            found = most_seated(problem, limits)
            wanted = best(limits, problem.value) - problem.value(nothing)
            assert found.status == "optimal"
            assert found.objective == pytest.approx(wanted, abs=1e-6)
            chosen = limits.flags(found.sites)
            gained = problem.children_served(chosen) - problem.children_served(nothing)
            assert found.children == round(gained, 3)
            assert sum(found.gained) == pytest.approx(gained, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_equal_brute_force_with_facilities_in_place_and_ways_that_do_not_exist(seed: int) -> None:
    made = town(seed, (8, 20), (4, 8))
    random = np.random.default_rng(seed)
    cost = np.where(random.random(made.cost.shape) < 0.2, np.nan, made.cost)
    existing = np.where(random.random(len(cost)) < 0.8, random.integers(0, 900, len(cost)), 900).astype(float)
    children = made.children.copy()
    children[0] = np.nan
    problem = Ways(children, cost, existing, priority=random.integers(1, 3, len(cost)).astype(float))
    options = limited(made.options, seed)
    counts = problem.known > 0
    walked = [float((problem.weight * problem.nearest(chosen))[counts].sum()) for chosen in choices(options)]
    longest = [float(problem.nearest(chosen)[counts].max()) for chosen in choices(options)]
    median, center = p_median(problem, options), p_center(problem, options)
    assert (median.status, median.objective) == ("optimal", min(walked))
    assert (center.status, center.objective, center.bound) == ("optimal", min(longest), min(longest))


@pytest.mark.parametrize("seed", range(40))
def test_greedy_is_never_below_its_bound_and_the_optimum_never_above_the_bound_shown(seed: int) -> None:
    made, seats = town(seed, (20, 60), (6, 14)), seating(seed)
    sites = replace(made.options, sites=3)
    few = Options(names(len(seats.seats) - 2), sites=2)
    for exact, greedy in (
        (mclp(made.coverage, sites), mclp(made.coverage, sites, method="greedy")),
        (most_seated(seats, few), most_seated(seats, few, method="greedy")),
    ):
        assert greedy.guarantee == pytest.approx(1 - 1 / math.e)
        assert WORST_CASE * exact.objective - 1e-9 <= greedy.objective <= exact.objective + 1e-9
        assert exact.objective <= greedy.bound + 1e-9
        assert (greedy.status == "optimal") == (greedy.gap == 0.0)
        assert greedy.status != "optimal" or greedy.objective == pytest.approx(exact.objective)


@pytest.mark.parametrize("seed", range(20))
def test_greedy_keeps_every_limit_and_its_bound_still_holds(seed: int) -> None:
    made = town(seed, (20, 60), (6, 14))
    for options in (
        limited(replace(made.options, sites=3), seed),
        replace(limited(made.unlimited, seed), must=frozenset()),
    ):
        exact, greedy = mclp(made.coverage, options), mclp(made.coverage, options, method="greedy")
        assert options.allow(options.flags(greedy.sites))
        assert greedy.objective <= exact.objective <= greedy.bound + 1e-9
        assert greedy.guarantee is None
    budget = Options(made.unlimited.ids, cost=options.cost, budget=9.0)
    exact, greedy = mclp(made.coverage, budget), mclp(made.coverage, budget, method="greedy")
    assert greedy.guarantee == pytest.approx((1 - 1 / math.e) / 2)
    assert greedy.guarantee * exact.objective <= greedy.objective <= exact.objective <= greedy.bound + 1e-9


def test_greedy_by_rate_alone_would_miss_the_one_large_site() -> None:
    # A site of 1 for 1 has the better rate than one of 90 for 100: after it the budget of 100 no longer buys the other.
    near = near_matrix(np.array([0, 1]), np.array([0, 1]), (2, 2))
    options = Options(("small", "large"), cost=np.array([1.0, 100.0]), budget=100.0)
    assert mclp(Coverage(np.array([1.0, 90.0]), near), options, method="greedy").sites == ("large",)


@settings(max_examples=40)
@given(seeds)
def test_order_of_rows_and_columns_changes_no_value(seed: int) -> None:
    made = town(seed, (6, 14), (4, 7))
    random = np.random.default_rng(seed)
    homes, sites = random.permutation(len(made.children)), random.permutation(made.cost.shape[1])
    other = Town(made.children[homes], made.cost[homes][:, sites], made.sites)
    options = replace(made.options, ids=tuple(made.options.ids[at] for at in sites))
    for solve in (mclp, bclp):
        assert solve(other.coverage, options).objective == solve(made.coverage, made.options).objective
    assert p_median(other.ways, options).objective == p_median(made.ways, made.options).objective
    assert p_center(other.ways, options).objective == p_center(made.ways, made.options).objective


@settings(max_examples=40)
@given(seeds, st.sampled_from([0.5, 2.0, 8.0]))
def test_scaled_children_scale_the_objective_and_keep_the_choice_as_good(seed: int, factor: float) -> None:
    made = town(seed, (6, 14), (4, 7))
    scaled = Town(made.children * factor, made.cost, made.sites)
    one, other = mclp(made.coverage, made.options), mclp(scaled.coverage, made.options)
    assert other.objective == pytest.approx(factor * one.objective)
    assert covered(made.coverage, made.options.flags(other.sites)) == one.objective
    assert p_median(scaled.ways, made.options).objective == pytest.approx(
        factor * p_median(made.ways, made.options).objective
    )


@settings(max_examples=30)
@given(seeds)
def test_more_sites_are_never_worse(seed: int) -> None:
    made, seats = town(seed, (6, 14), (4, 7)), seating(seed, homes=(6, 14))
    candidates = Options(names(len(seats.seats) - seats.existing))
    now: dict[str, float] = {}
    for sites in (1, 2, 3):
        options = replace(made.options, sites=sites)
        found = {
            "mclp": mclp(made.coverage, options).objective,
            "p_median": -p_median(made.ways, options).objective,
            "p_center": -p_center(made.ways, options).objective,
            "seats": most_seated(seats, replace(candidates, sites=sites)).objective,
        }
        assert all(found[name] >= value - 1e-9 for name, value in now.items())
        now = found


def test_gained_is_what_each_site_adds_beside_those_before_it() -> None:
    made = town(3, (20, 40), (8, 12))
    found = mclp(made.coverage, replace(made.options, sites=4))
    options = made.options
    for count in range(1, len(found.sites) + 1):
        so_far = covered(made.coverage, options.flags(found.sites[:count]))
        assert sum(found.gained[:count]) == so_far
    assert list(found.gained) == sorted(found.gained, reverse=True)
    assert found.children == found.objective


def test_children_outside_the_census_and_homes_without_children_ask_for_nothing() -> None:
    near = near_matrix(np.array([0]), np.array([0]), (3, 1))
    problem = Coverage(np.array([5.0, np.nan, 0.0]), near)
    assert lscp(problem, Options(("a",))).sites == ("a",)
    assert best_share(problem, Options(("a",))) == 1.0


ONE = near_matrix(np.array([0]), np.array([0]), (1, 1))
REFUSED = (
    (lambda: Coverage(np.ones(2), ONE), "do not fit"),
    (lambda: Coverage(np.array([-1.0]), ONE), "not negative"),
    (lambda: Ways(np.ones(2), np.ones((3, 1))), "do not fit"),
    (lambda: Ways(np.ones(1), -np.ones((1, 1))), "not negative"),
    (lambda: Seating(np.ones(1), ONE, np.array([np.nan]), 0), "known"),
    (lambda: Seating(np.ones(2), ONE, np.ones(1), 0), "but"),
    (lambda: lscp(Coverage(np.ones(1), ONE), Options(("a",)), share=2), "share"),
    (lambda: mclp(Coverage(np.ones(1), ONE), Options(("a", "b"))), "candidates"),
    (lambda: p_median(Ways(np.ones(1), np.ones((1, 1))), Options(("a", "b"))), "candidates"),
    (lambda: most_seated(Seating(np.ones(1), ONE, np.ones(1), 1), Options(("a", "b"))), "candidates"),
)


@pytest.mark.parametrize(("call", "fault"), REFUSED)
def test_what_cannot_be_meant_is_refused(call: Callable[[], object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        call()


def test_effort_of_no_time_solves_nothing() -> None:
    made = town(0)
    assert mclp(made.coverage, made.options, Effort(seconds=0.0)).status == "unsolved"


def test_zeros_that_a_matrix_holds_are_not_near() -> None:
    from scipy.sparse import csr_array

    held = csr_array((np.array([1, 0, 0]), (np.array([0, 0, 1]), np.array([0, 1, 1]))), shape=(2, 2))
    assert held.nnz == 3
    options = Options(("a", "b"))
    assert mclp(Coverage(np.ones(2), held), options, method="greedy").objective == 1.0
    assert mclp(Coverage(np.ones(2), held), options).objective == 1.0
    assert most_seated(Seating(np.ones(2), held, np.full(2, 5.0), 0), options).objective == 1.0
