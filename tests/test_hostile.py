"""FAULTS 56, 57, 64, 65: sixty hostile names of all that has a name, through the real map and report."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest

import cfc_gis
from cfc_gis import maps, report, text
from cfc_gis.library import ProjectLibrary
from cfc_gis.tables import Tables
from tests import hostile
from tests.browser import map_ready, opened
from tests.libraries import BY, GAP, SAID, project
from tests.tables import CRS, STEP, basemap, hostile_town, manifest, town

if TYPE_CHECKING:
    from playwright.sync_api import Page

PACKAGE = Path(cfc_gis.__file__).parent
TEMPLATES = PACKAGE / "resources" / "templates"


def test_there_are_sixty_and_always_the_same() -> None:
    names = hostile.names()
    assert len({text.display(name) for name in names}) == len(names) == hostile.COUNT
    assert hostile.names.__wrapped__() == names


def crowded(names: tuple[str, ...]) -> tuple[Tables, dict[str, gpd.GeoDataFrame]]:
    """A town with each name once or more as neighbourhood, facility, sub-district, layer, and project in that layer."""
    tables = Tables(**town())
    homes, places, units = tables.neighbourhoods, tables.facilities, tables.units
    homes = pd.concat([homes, homes.assign(neighbourhood_id=homes["neighbourhood_id"] + "b")], ignore_index=True)
    places = pd.concat([places, places.assign(facility_id=places["facility_id"] + "b")], ignore_index=True)
    strip = units[units["level"] == "subdistrict"].iloc[[0] * (len(names) - 4)].reset_index(drop=True)
    strip = strip.assign(unit_code=[f"s{n}" for n in strip.index])
    strip.geometry = [shape.buffer(-n) for n, shape in enumerate(strip.geometry)]
    units = pd.concat([units, strip], ignore_index=True)
    for table, column in ((homes, "name"), (places, "name")):
        table[column] = [names[n % len(names)] for n in range(len(table))]
    level = units["level"] == "subdistrict"
    units.loc[level, "unit_name"] = list(names)
    units.loc[~level, "unit_name"] = list(names[:3])
    points = homes.geometry.head(len(names)).centroid.translate(STEP / 5)
    layers = {
        name: gpd.GeoDataFrame({"name": [name], name: [name]}, geometry=[point], crs=CRS)
        for name, point in zip(names, points.tolist() * 2, strict=False)
    }
    tables = replace(
        tables, **{key: gpd.GeoDataFrame(table, crs=CRS) for key, table in
                   (("neighbourhoods", homes), ("facilities", places), ("units", units))},
    )  # fmt: skip
    return tables, layers


@pytest.mark.browser
def test_sixty_names_stay_text_on_the_map(tmp_path: Path, browser_path: str) -> None:
    names = hostile.names()
    tables, layers = crowded(names)
    ground = basemap()
    ground["name"] = [names[n % len(names)] for n in range(len(ground))]
    drawn = maps.build(tables, ground, place=names[0], data_date=names[1], category="primary_school", further=layers)
    file = tmp_path / "map.html"
    file.write_text(maps.to_html(drawn), encoding="utf-8")
    with opened(file, browser_path) as watch:
        map_ready(watch)
        page = watch.page
        shown_layers = page.eval_on_selector_all(
            "input[name=cfc-layers][value^=further_] + span", "all => all.map(one => one.textContent)"
        )
        assert shown_layers == [text.display(name) for name in names]
        for name in names:
            shown = text.display(name)
            page.fill("#cfc-search", shown)
            options = page.eval_on_selector_all("#cfc-names span", "all => all.map(one => one.textContent)")
            assert options.count(shown) >= 4, name  # unit, neighbourhood, facility, project
            page.keyboard.press("Enter")
            assert page.text_content(".cfc-popup h3") == shown
            page.fill("#cfc-search", shown)
            page.keyboard.press("ArrowUp")  # the last of the list: the project in its layer
            page.keyboard.press("Enter")
            assert page.text_content(".cfc-popup h3")
        for view in ("subdistrict", "district", "met", "home"):
            page.check(f"input[name=cfc-view][value={view}]")
        page.evaluate("map_cfc.setZoom(16, {animate: false})")
        page.locator(".cfc-further").first.dispatch_event("click")
        page.click("#cfc-lang")
        assert page.locator(".cfc-home").count() == len(tables.neighbourhoods)
        assert watch.quiet(), watch


class _Skeleton(HTMLParser):
    """Elements with the names of their attributes, and the text, of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[tuple[str, ...]] = Counter()
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[(tag, *(name for name, _ in attrs))] += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def written(tables: dict[str, Any]) -> str:
    return report.render(Tables(**tables), manifest=manifest(), map_html="")


def test_sixty_names_leave_the_elements_of_the_report_as_they_are() -> None:
    """Seven units at a time: the page has the elements of one with plain names, and the names as text."""
    names = hostile.names()
    plain = _Skeleton(written(hostile_town([f"名称{n}" for n in range(len(names))])))
    for start in range(0, len(names), 7):
        turned = [*names[start:], *names[:start]]
        page = _Skeleton(written(hostile_town(turned)))
        assert page.elements == plain.elements
        said = "".join(page.text)
        for name in turned[:7]:
            assert text.display(name) in said


@pytest.mark.browser
def test_sixty_names_stay_text_in_the_report(tmp_path: Path, browser_path: str) -> None:
    names = hostile.names()
    tables, _ = crowded(names)
    file = tmp_path / "report.html"
    page = report.render(tables, manifest={**manifest(), "place": names[0]}, map_html="", basemap=basemap())
    file.write_text(page, encoding="utf-8")
    with opened(file, browser_path) as watch:
        run = watch.page.evaluate
        run("document.querySelectorAll('details').forEach((list) => { list.open = true; })")
        said = watch.page.text_content("body")
        assert [name for name in names if text.display(name) not in said] == []
        assert text.display(names[0]) in watch.page.title()
        assert nothing_runs(watch.page)
        for lang in ("en", "both", "zh"):
            watch.page.click(f"button[data-lang={lang}]")
            assert run("document.documentElement.dataset.show") == lang
        assert watch.page.locator("#glossary").is_visible()
        assert watch.quiet(), watch


@pytest.mark.browser
def test_sixty_names_stay_text_on_an_evidence_sheet(tmp_path: Path, browser_path: str) -> None:
    """Each as the name of a project, its unit and body, of what was said and of who wrote it, in the same tab."""
    file = tmp_path / "sheet.html"
    file.write_text("<!DOCTYPE html>", encoding="utf-8")
    with ProjectLibrary(tmp_path / "a.sqlite", create=True) as library, opened(file, browser_path) as watch:
        for name in hostile.names():
            shown = text.display(name)
            made = library.add({**project(), "name": name, "body": name, "unit_name": name}, who=name, why=name)
            library.link_gap(made.id, {**GAP, "unit_name": name}, **BY)
            library.participate(made.id, {**SAID, "words": name}, **BY)
            library.write_sheet(made.id, file)
            watch.page.reload()
            assert watch.page.text_content("h1 >> nth=0").endswith(shown), name
            cells = watch.page.eval_on_selector_all("td", "all => all.map((one) => one.textContent)")
            assert cells.count(shown) >= 10, name  # five of them in each language
            assert watch.page.locator("article").count() == 2
            assert nothing_runs(watch.page, scripts=0)
        assert watch.quiet(), watch


def nothing_runs(page: Page, scripts: int = 1) -> bool:
    """Whether the page has our own script alone, and no attribute that runs or loads anything."""
    found = page.evaluate(
        "[document.scripts.length, [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some("
        "(each) => each.name.startsWith('on') || (['src', 'href'].includes(each.name) && !each.value.startsWith('#')))"
        ").length]"
    )
    return bool(found == [scripts, 0])


# --- who may feed what ------------------------------------------------------------------------------------------------


def imports(path: Path) -> set[str]:
    """What a module imports while it runs: not what it imports for its annotations alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    skipped = {id(inner) for node in for_types for inner in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_nothing_but_the_page_module_feeds_folium() -> None:
    feeding = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for name in imports(path)
        if name.split(".")[0] in {"folium", "branca"} and name != "branca.utilities.color_brewer"
    }
    assert feeding == {"maps/page.py"}


def test_the_page_module_gives_folium_finished_text_alone() -> None:
    """Folium's own elements read text as a template: none is made here but the map itself, without tiles."""
    tree = ast.parse((PACKAGE / "maps" / "page.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {ast.unparse(call.func) for call in calls}
    assert not {name for name in made if name.startswith("folium.")}
    children = [call.args[0] for call in calls if ast.unparse(call.func).endswith("add_child")]
    given = {ast.unparse(child.func if isinstance(child, ast.Call) else child) for child in children}
    assert given == {"Finished", "drawn.planner"}


def test_the_scripts_of_the_map_never_read_text_as_markup() -> None:
    forbidden = re.compile(
        r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|bindPopup|bindTooltip|setContent|srcdoc"
        r"|createContextualFragment|setAttribute\(\"on|\.on(?:click|error|load)\s*="
    )
    for file in TEMPLATES.glob("map*.js"):
        assert not forbidden.findall(file.read_text(encoding="utf-8")), file.name
    code = "".join(file.read_text(encoding="utf-8") for file in TEMPLATES.glob("map*.js"))
    assert re.findall(r"\S+outerHTML", code) == [
        "data.online.source).outerHTML"
    ]  # of a text node: escaped by the browser
