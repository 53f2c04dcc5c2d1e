"""The page of a scenario: in a browser, without a network, with what it must say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cfc_gis.edits import AddFacility, CloseFacility
from cfc_gis.scenario import Scenario, run
from cfc_gis.scenario.outcome import Outcome
from tests import scenario_cases as cases
from tests.browser import opened

HOSTILE = "<script>alert(1)</script>\u202e`${x}'\"&"
SCHOOL = AddFacility(
    id="school", category="primary_school", name=HOSTILE, point=(150.106, 30.016), seats=400.0, cost=9.0
)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    late = AddFacility(id="late", category="play", point=(150.11, 30.01), year=2040)
    return run(cases.before("summer"), Scenario(name=HOSTILE, year=2030, edits=(SCHOOL, late)))


def test_it_opens_without_a_network_and_runs_nothing_of_a_name(
    outcome: Outcome, tmp_path: Path, browser_path: str
) -> None:
    file = tmp_path / "scenario.html"
    file.write_text(outcome.page(), encoding="utf-8")
    with opened(file, browser_path) as watch:
        assert watch.page.locator("h1").inner_text().startswith("方案：<script>alert(1)</script>")
        assert watch.page.locator("svg.sheet").count() == 2
        assert watch.page.locator("svg.sheet .f-edit").count() == 1  # after, not before; the later one not at all
        watch.page.get_by_role("button", name="English", exact=True).click()
        assert watch.page.get_by_role("heading", name="Who gains").is_visible()
        assert not watch.page.get_by_role("heading", name="谁受益").is_visible()
        assert watch.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert watch.quiet()


def test_its_numbers_are_those_of_the_tables(outcome: Outcome) -> None:
    page = outcome.page("en")
    gained = outcome.gained("primary_school")
    assert f"<b>{gained:+,.0f}</b>" in page
    assert "Known costs 9 × 10,000 yuan; 0 edit(s) of unknown cost." in page
    assert "Not yet in that year, and left out:" in page
    rows = re.findall(r"<b>([+-][\d,]+)</b></td></tr>", page.split("The neighbourhoods that change most")[1])
    assert sum(int(row.replace(",", "")) for row in rows) == pytest.approx(gained, abs=len(rows))


def test_a_scenario_without_gains_says_so() -> None:
    nothing = run(cases.before("summer"), Scenario(name="none"))
    page = nothing.page("en")
    assert "No edits." in page
    assert "no category gains or loses a child" in page
    assert '<svg class="sheet"' not in page


def test_of_a_later_year_only_what_the_edits_do_is_told() -> None:
    closed = CloseFacility(id="c", facility="样例第一小学")
    outcome = run(cases.before("summer"), Scenario(name="2030", year=2030, edits=(closed,)))
    assert outcome.before is not outcome.start
    assert set(outcome.neighbourhoods["category"]) == {"primary_school"}
    moved = outcome.units[outcome.units["gained"].abs() > 1e-9]
    assert set(moved["category"]) == {"primary_school"}
    assert "All children:" in outcome.text("en")


def test_where_the_data_do_not_suffice_nothing_is_drawn_as_a_gap(outcome: Outcome) -> None:
    """Without a count nobody knows what lies beyond recorded schools: hatched, in the map and in its legend."""
    assert set(outcome.units.query("level == 'city' and category == 'primary_school'")["judgement_after"]) == {
        "no_data"
    }
    page = outcome.page("en")
    assert 'class="h-unknown"' in page
    assert page.count('<pattern id="hatch"') == 1
    assert 'class="h-beyond"' not in page
