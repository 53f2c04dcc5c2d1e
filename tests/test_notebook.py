"""What objects show of themselves in Jupyter: nothing in it runs, and what a planner needs is there; and progress."""

from __future__ import annotations

import dataclasses
import re
import sys
import types
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from cfc_gis import notebook, study
from cfc_gis.library import ProjectLibrary
from cfc_gis.standards import load
from tests import results
from tests.tables import HOSTILE


class Seen(HTMLParser):
    """Elements of a page, and attributes that could run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.running: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.running += [name for name, _ in attrs if name.startswith("on") or name in {"src", "href"}]


OURS = {
    "table", "thead", "tbody", "tr", "th", "td", "p", "strong", "br", "h3",
    "svg", "title", "path", "circle", "rect", "text",
}  # fmt: skip


def test_a_result_says_what_is_judged_for_the_whole_place_and_what_would_settle_it() -> None:
    result = results.sample()
    page = result._repr_html_()
    city = result.gaps[(result.gaps["level"] == "city") & result.gaps["profile"].str.endswith(result.seasons[0])]
    assert page.count('scope="row"') == len(city)
    assert "样例城镇：人工合成" in page
    assert "数据不足 / No data" in page
    assert "提供设施的官方数量，或声明完整的名单" in page


def test_a_study_says_what_was_read() -> None:
    page = study.Study.sample()._repr_html_()
    assert "2024-06-01" in page
    assert "夏季 / Summer + 冬季 / Winter" in page


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_and_do_nothing(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    result, row = results.sample(), load()["play"]
    why = result.explain("样例七十三小区", "primary_school")
    assert why.way is not None
    named = dataclasses.replace(
        why, name=name, way=dataclasses.replace(why.way, facility=dataclasses.replace(why.way.facility, name=name))
    )
    with ProjectLibrary(tmp_path_factory.mktemp("library") / "projects.sqlite", create=True) as library:
        library.add({"name": name, "kind": "扩建", "phase": "2025"}, who="李工", why="试")
        pages = [
            dataclasses.replace(study.Study.sample(), place=name)._repr_html_(),
            dataclasses.replace(result, place=name)._repr_html_(),
            dataclasses.replace(row, source=name, tier=name)._repr_html_(),
            named._repr_html_(),
            library._repr_html_(),
            notebook.table([(name, name)], head=[name], title=name, notes=name),
        ]
    for page in pages:
        seen = Seen(page)
        assert seen.elements <= OURS
        assert seen.running == []
        assert not any(char in page for char in "`\\\u202e\x07")
        assert "${" not in page


def test_an_explanation_draws_its_way_to_scale() -> None:
    why = results.sample().explain("样例七十三小区", "primary_school")
    assert why.way is not None
    page = why._repr_html_()
    (route,) = re.findall(r'<path d="M([^"]+)" fill="none" stroke="#0b5394" stroke-width="4"', page)
    points = [tuple(map(float, point.split())) for point in route.split("L")]
    drawn = sum(((a - c) ** 2 + (b - d) ** 2) ** 0.5 for (a, b), (c, d) in pairwise(points))
    (end, metres), *_ = re.findall(r"H([\d.]+)V.*?>(\d+) m</text>", page)
    assert drawn / (float(end) - 12.0) * float(metres) == pytest.approx(why.way.metres, rel=0.01)
    assert "样例七十三小区" in page
    assert "样例第三小学" in page


def test_a_place_that_reaches_nothing_is_drawn_without_a_way() -> None:
    why = dataclasses.replace(results.sample().explain("样例七十三小区", "primary_school"), way=None)
    assert 'stroke-width="4" stroke-linejoin' not in why.sketch()
    assert "<circle" in why.sketch()


class Bar:
    """A bar that remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.n, self.closed = 0, 0

    def set_description_str(self, words: str) -> None:
        self.said.append(words)

    def update(self, steps: int) -> None:
        self.n += steps

    def close(self) -> None:
        self.closed += 1


def test_a_run_tells_every_step_and_closes_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Bar] = []
    monkeypatch.setattr(notebook, "_bar", lambda _: bars.append(Bar()) or bars[-1])
    told: list[str] = []
    progress = notebook.Progress(lang="en")
    study.Study.sample().run("summer", progress=lambda step: (told.append(step), progress(step))[0])
    assert tuple(told) == notebook.RUN_STEPS
    (bar,) = bars
    assert (bar.n, bar.closed) == (len(notebook.RUN_STEPS), 1)
    assert bar.said[-1] == "Judging against standards"


@pytest.mark.parametrize("kernel", [True, False])
def test_the_bar_is_shown_in_a_notebook_and_silent_in_a_pipe(monkeypatch: pytest.MonkeyPatch, kernel: bool) -> None:
    shell = types.SimpleNamespace(**({"kernel": object()} if kernel else {}))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(notebook.importlib.util, "find_spec", lambda _: None)
    bar = notebook._bar(2)
    assert bar.disable is not kernel
    bar.close()
