"""The report: bilingual, safe, self-contained, the same twice, and readable in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cfc_gis import locale, maps, report
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.report import charts, document, rows
from cfc_gis.report.words import Words
from tests.browser import opened
from tests.tables import HOSTILE, basemap, hostile_town, manifest, town

FILES = (".html", ".css", ".js")
MAP = "<!DOCTYPE html><title>it's a map &amp; more</title>"


def write(tables: dict[str, Any] | None = None, map_html: str = MAP, **options: Any) -> str:
    return report.render(**(tables or town()), **({"manifest": manifest(), "map_html": map_html} | options))


@pytest.fixture(scope="module")
def page() -> str:
    return write()


def test_the_same_tables_give_the_same_bytes(page: str) -> None:
    assert write() == page


def test_the_order_of_rows_does_not_change_the_bytes(page: str) -> None:
    tables = town()
    for name in ("units", "neighbourhoods", "facilities", "access", "gaps"):
        tables[name] = tables[name].sample(frac=1, random_state=5).reset_index(drop=True)
    assert write(tables) == page


def test_page_links_nothing(page: str) -> None:
    assert not re.findall(r'(?:src|href)="(?!#)', page.split("srcdoc=", maxsplit=1)[0])
    assert page.index("Content-Security-Policy") < page.index("<style")


def test_one_language_leaves_the_other_out() -> None:
    english = write(lang="en")
    assert 'lang="zh-CN"' not in english
    assert "What matters, in half a page" in english
    with pytest.raises(ChoiceUnknown):
        write(lang="fr")


def test_no_data_is_never_listed_as_a_shortfall() -> None:
    tables = rows.Tables(*town().values(), manifest())
    found = rows.look_first(rows.units(tables, "subdistrict"), "summer", 100)
    assert found
    assert {gap["judgement"] for _, gap in found} == {"gap", "below_reference", "undecided"}


def test_what_would_settle_it_names_who_holds_the_register(page: str) -> None:
    assert "请市教育局提供完整的官方名录（名称、地址、规模）：幼儿园、初中。" in page


def test_every_note_of_the_run_is_shown(page: str) -> None:
    for note in manifest()["notes"]:
        assert note["zh"] in page
        assert note["en"] in page


def test_children_of_the_range_follow_the_range_of_people(page: str) -> None:
    assert "约 5,700 名 0–14 岁儿童（合理范围 4,000 至 6,900）" in page


def test_synthetic_data_say_so() -> None:
    synthetic = write(manifest=manifest() | {"synthetic": True})
    assert "合成样例数据" in synthetic
    assert "© OpenStreetMap" not in synthetic
    assert "合成样例数据" not in write()


def test_a_report_without_subdistricts_or_map_is_whole() -> None:
    tables = town()
    for name in ("units", "gaps"):
        tables[name] = tables[name][tables[name]["level"] != "subdistrict"]
    page = write(tables, map_html="")
    assert "没有闭合的街道/乡镇边界" in page
    assert "<iframe" not in page


def test_values_that_no_input_gave_are_called_unknown() -> None:
    tables = town()
    tables["gaps"][["share_low", "share_presumed", "share_high"]] = None
    assert "不详" in write(tables)


def test_frame_gives_back_what_was_put_in(page: str) -> None:
    found = re.search(r"srcdoc='([^']*)'", page)
    assert found
    assert found[1].replace("&#39;", "'").replace("&amp;", "&") == MAP


def test_facts_are_escaped_once_and_words_stay() -> None:
    said = Words(["zh"]).say("report.known_meets", what="<b>")
    assert said["zh"] == "&lt;b&gt;：已证实的服务比例达到目标。"


def test_bars_end_where_the_shares_end() -> None:
    drawn = str(charts.bar(0.25, 0.5, 1.0, 0.9))
    assert 'width="50" height="10" class="proven"' in drawn
    assert 'width="100" height="10" class="presumed"' in drawn
    assert 'd="M180 0V16" class="target"' in drawn


def test_words_of_the_templates_exist_and_all_words_are_used() -> None:
    folder = Path(report.__file__).parents[1] / "resources" / "templates"
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("report*"))
    code += "".join(file.read_text(encoding="utf-8") for file in Path(report.__file__).parent.glob("*.py"))
    known = {key for key in locale.table() if key.startswith("report.")}
    used = set(re.findall(r'"(report\.[a-z_]+)"', code))
    built = ("report.known_", "report.unknown_", "report.rule_", "report.season_", "report.applies_")
    assert {key for key in used - known if key not in built and not key.endswith(FILES)} == set()
    sections = {
        f"report.{name}" for name in ("main", "map", "districts", "subdistricts", "categories", "quality", "method")
    }
    sections |= {f"report.{name}" for name in ("sources", "standards", "glossary", "parameters", "versions")}
    assert {key for key in known - used - sections if not key.startswith(built)} == set()


# --- in a browser -------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_language_switch_reaches_the_map(tmp_path: Path, browser_path: str) -> None:
    tables = town()
    drawn = maps.to_html(maps.build(**tables, basemap=basemap(), place="哈尔滨市", data_date="2024-04-09"))
    file = tmp_path / "report.html"
    file.write_text(write(tables, drawn), encoding="utf-8")
    with opened(file, browser_path) as watch:
        page = watch.page
        assert page.inner_text("h1") == "哈尔滨市儿童步行可达性报告"
        page.locator("#map-frame").scroll_into_view_if_needed()
        frame = page.frame_locator("#map-frame")
        frame.locator(".cfc-home").first.wait_for()
        page.click("button[data-lang=en]")
        assert page.inner_text("h1") == "哈尔滨市: children's walking access"
        frame.get_by_text("Children's walking access").wait_for()
        page.click("button[data-lang=both]")
        assert page.inner_text("h1").count("\n") == 1
        page.emulate_media(media="print")
        assert not page.locator("#map-frame").is_visible()
        assert watch.quiet(), watch


@pytest.mark.browser
def test_hostile_names_stay_text(tmp_path: Path, browser_path: str) -> None:
    tables = hostile_town()
    drawn = maps.to_html(maps.build(**tables, basemap=basemap(), place=HOSTILE[0], data_date=HOSTILE[1]))
    said = manifest() | {
        "place": HOSTILE[0],
        "counts": {HOSTILE[0]: {HOSTILE[2]: 1}},
        "parameters": {HOSTILE[5]: HOSTILE[7]},
    }
    said["inputs"][0] |= {"file": HOSTILE[4], "how": HOSTILE[6]}
    said["notes"] = [{"zh": name, "en": name} for name in HOSTILE]
    file = tmp_path / "report.html"
    file.write_text(write(tables, drawn, manifest=said), encoding="utf-8")
    with opened(file, browser_path) as watch:
        watch.page.locator("#map-frame").scroll_into_view_if_needed()
        watch.page.frame_locator("#map-frame").locator(".cfc-home").first.wait_for()
        text = watch.page.inner_text("main")
        for name in HOSTILE:
            assert document.text.display(name) in text
        assert watch.quiet(), watch


@pytest.mark.browser
def test_page_is_no_wider_than_a_phone(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(write(), encoding="utf-8")
    with opened(file, browser_path, 400, 800) as watch:
        assert watch.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert watch.quiet(), watch
