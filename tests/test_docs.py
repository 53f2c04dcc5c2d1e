"""The documentation: its links, a site that asks for nothing from outside, and instructions that hold when followed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cfc_gis import config
from cfc_gis.sources import census
from tests.browser import opened

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stdout + built.stderr
    return folder


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder), *options]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )


def test_a_broken_link_stops_the_build(tmp_path: Path) -> None:
    pages = shutil.copytree(ROOT / "docs", tmp_path / "docs")
    with (pages / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[x](nowhere.md)\n")
    settings = tmp_path / "mkdocs.yml"
    settings.write_text(f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: {pages}\n", encoding="utf-8")
    built = build(tmp_path / "site", "--config-file", str(settings))
    assert built.returncode != 0
    assert "nowhere.md" in built.stderr


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    named = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in named if not (page.parent / target).exists()] == []


def test_named_tests_and_modules_exist() -> None:
    named = {
        path
        for page in PAGES
        for path in re.findall(r"`((?:tests|cfc_gis|benchmarks)/[\w/.-]+\.\w+)", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    made_by_the_reader = {"cfc_gis/resources/standards/local.toml"}  # docs/extend.md
    assert sorted(path for path in named - made_by_the_reader if not (ROOT / path).exists()) == []


def test_pages_ask_for_nothing_from_outside(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"?(?:https?:)?//[^\s>]+")
    found = {hit for page in site.rglob("*.html") for hit in loads.findall(page.read_text(encoding="utf-8"))}
    assert found == set()


def test_docstrings_are_shown_without_roles_and_with_the_type_of_each_parameter(site: Path) -> None:
    page = (site / "api" / "study.html").read_text(encoding="utf-8")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert re.findall(r":(?:meth|func|class):", shown) == []
    assert " season str What run takes unless it is told otherwise." in shown
    assert " choices Choices What run takes unless it is told otherwise." in shown


@pytest.mark.parametrize(("words", "page"), [("待核实", "方法 / Method"), ("E2SFCA", "可达性指标 / Access measures")])
def test_search_finds_from_a_folder(site: Path, browser_path: str, words: str, page: str) -> None:
    with opened(site / "standards.html", browser_path) as watch:
        watch.page.wait_for_function("window.__index !== undefined")
        watch.page.click("input.md-search__input")
        watch.page.keyboard.type(words)
        watch.page.keyboard.press("End")
        watch.page.wait_for_selector(".md-search-result__item h1", timeout=20_000)
        found = watch.page.locator(".md-search-result__item h1").all_inner_texts()
        assert page in found
        assert not watch.errors
        folder = site.as_uri()
        assert [url for url in watch.requests if not url.startswith(folder)] == []


# --- docs/extend.md, followed ----------------------------------------------------------------------------------------


def blocks(language: str) -> list[tuple[str, str]]:
    """Title and content of each fenced block of docs/extend.md in a language."""
    text = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
    fence = re.compile(rf'^```{language}(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
    return [(title, content) for title, content in fence.findall(text)]


def test_another_city_is_read(tmp_path: Path) -> None:
    ((_, table),) = blocks("csv")
    (tmp_path / "普查.csv").write_text(table, encoding="utf-8")
    people = census.read(tmp_path / "普查.csv").table
    assert set(people.index.astype(str)) | set(people.astype(str).to_numpy().ravel()) >= {"230202", "龙沙区"}


def test_a_local_standard_decides(tmp_path: Path) -> None:
    (own,) = [content for title, content in blocks("toml") if not title]
    (tmp_path / "town.osm.pbf").write_bytes(b"")
    (tmp_path / "study.toml").write_text(f'osm = "town.osm.pbf"\n{own}', encoding="utf-8")
    (standard,) = [row for row in config.read(tmp_path / "study.toml").standards if row.id == "play.local"]
    assert standard.decides
    assert standard.binding


def test_a_category_is_judged(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cfc_gis", tmp_path / "cfc_gis", ignore=shutil.ignore_patterns("__pycache__"))
    titled = [(tmp_path / title, content) for title, content in blocks("toml") if title]
    assert len(titled) == 3
    for path, content in titled:
        tomllib.loads(content)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(f"{before}\n{content}", encoding="utf-8")
    code = (
        "import cfc_gis as cfc; result = cfc.Study.sample().run('winter'); gaps = result.gaps;"
        "print(cfc.__file__); print(*gaps.loc[gaps['category'] == 'ice_snow', 'judgement'].unique());"
        "print(result.scores('winter', ['ice_snow'])['score'].max() > 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    where, judgements, scored = run.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert judgements == "no_data"
    assert scored == "True"
