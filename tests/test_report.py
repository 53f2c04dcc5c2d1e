"""The report: bilingual, safe, self-contained, the same twice, and readable in a browser."""

from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path
from typing import Any

import pytest

from cfc_gis import crossings, locale, maps, report, schema
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.report import charts, isolated, rows
from cfc_gis.report.words import Words
from cfc_gis.tables import Tables
from cfc_gis.text import display
from tests.browser import opened
from tests.tables import HOSTILE, basemap, hostile_town, manifest, town

SHUFFLED = ("units", "neighbourhoods", "facilities", "access", "gaps", "winter", "isolated", "equity", "lorenz",
            "spots", "stability")  # fmt: skip
FILES = (".html", ".css", ".js")
MAP = "<!DOCTYPE html><title>it's a map &amp; more</title>"


def write(tables: dict[str, Any] | None = None, map_html: str = MAP, **options: Any) -> str:
    return report.render(Tables(**(tables or town())), **({"manifest": manifest(), "map_html": map_html} | options))


@pytest.fixture(scope="module")
def page() -> str:
    return write()


def test_the_same_tables_give_the_same_bytes(page: str) -> None:
    assert write() == page


def test_the_order_of_rows_does_not_change_the_bytes(page: str) -> None:
    tables = town()
    for name in SHUFFLED:
        tables[name] = tables[name].sample(frac=1, random_state=5).reset_index(drop=True)
    assert write(tables) == page


def test_page_links_nothing(page: str) -> None:
    assert not re.findall(r'(?:src|href)="(?!#)', page.split("srcdoc=", maxsplit=1)[0])
    assert page.index("Content-Security-Policy") < page.index("<style")


def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    bare = write(town() | {"winter": town()["winter"].iloc[:0]}, map_html="")
    for text in (page, bare):
        own = re.sub(r"srcdoc='[^']*'", "", text)
        ids = re.findall(r'\bid="([^"]+)"', own)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]+)"', own)) <= set(ids)
    assert 'href="#map"' in page
    assert 'href="#map"' not in bare


def test_the_first_page_says_what_is_short_how_sure_and_what_to_do() -> None:
    text = part(english(), "What matters, in half a page", "Overview")
    short, sure, first = "Where it falls short", "How sure this is", "What to do first"
    assert text.index(short) < text.index(sure) < text.index(first)
    assert "道里区, Primary school: 300 to 800 children short of the target (Gap)" in text
    assert "Undecided)" not in text
    assert "Of 10 categories, 7 can be judged" in text


def test_the_first_page_does_not_call_what_it_cannot_tell_a_shortfall() -> None:
    tables = town()
    tables["gaps"]["judgement"] = "no_data"
    text = part(english(**tables), "What matters, in half a page", "Overview")
    assert "The data cannot yet tell where it falls short. That does not mean that it falls short nowhere." in text
    assert "children short of the target" not in text
    assert "all 10 categories: no data." in text


def test_one_language_leaves_the_other_out() -> None:
    english = write(lang="en")
    assert 'lang="zh-CN"' not in english
    assert "What matters, in half a page" in english
    with pytest.raises(ChoiceUnknown):
        write(lang="fr")


def test_no_data_is_never_listed_as_a_shortfall() -> None:
    found = rows.look_first(rows.units(Tables(**town()), "subdistrict"), "summer", 100)
    assert found
    assert {gap["judgement"] for _, gap in found} == {"gap", "below_reference", "undecided"}


def test_what_would_settle_it_names_who_holds_the_register(page: str) -> None:
    assert "请市教育局提供完整的官方名录（名称、地址、规模）：幼儿园、初中。" in page


def test_only_standards_that_nobody_signed_are_to_be_confirmed(page: str) -> None:
    assert "请核实并确认标准：" in page
    tables = town()
    signed = {name: dataclasses.replace(row, signed_by="市教育局") for name, row in tables["standards"].items()}
    assert "请核实并确认标准" not in write(tables | {"standards": signed})


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


def english(**changes: Any) -> str:
    """Return the text of the report in English, without its markup."""
    options = {name: changes.pop(name) for name in ("manifest",) if name in changes}
    page = write(town() | changes, map_html="", lang="en", **options)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.split("<main>")[1])).split())


def part(text: str, begin: str, end: str) -> str:
    return text[text.index(begin) :].split(end, maxsplit=1)[0]


def test_winter_begins_with_what_it_takes_most(page: str) -> None:
    """City: parks lose 0.10 of 0.7 proven in summer (2,800 children), culture 0.11 of 0.75 (2,900)."""
    text = part(english(), "Over the whole study area winter", "This is a scenario")
    first = (
        "Culture (15 min): of the children proven to reach one in summer, 15% (range 13 – 17%) do not in winter: "
        "about 320, or 11% of Children 0–14 (10 – 13%)."
    )
    assert text.index(first) < text.index("Park (10 min)")
    assert "the largest lost shares are: 南岗区 – Culture (15 min) 22%" in text
    assert '<a href="#winter">' in page
    assert "so many do not in winter: Culture (15 min) 15% (range 13 – 17%), Park (10 min) 14%" in english()


def test_winter_names_its_scenario_and_the_planners_choices() -> None:
    text = english()
    assert "add 1 min to each kilometre of cleared street (range 0 to 2), and 2 min on all others" in text
    assert "Taken as cleared: trunk roads, primary roads, secondary roads, tertiary roads" in text
    assert "As the planner chose" not in text
    choices = {"cleared": ["中央大街", "友谊路"], "frozen_paths": True, "longest_cold_min": 20.0}
    text = english(manifest=manifest() | {"parameters": {"choices": choices}})
    assert "Taken as cleared are the 2 streets that the planner named" in text
    assert "paths over the ice are walked" in text
    assert "more than 20 min away in winter counts as not reached" in text


def test_a_loss_that_cannot_be_told_is_no_loss_of_nothing() -> None:
    """Nobody is proven to be within reach of a play space: no share is printed, in the city or in a district."""
    text = part(english(), "The whole study area: what winter takes", "By district: what winter takes")
    assert (
        "Children's play space (5 min) not verified about 2,600 Cannot be told: fewer than 100 children are proven to "
        "be within it" in text
    )
    tables = town()
    none = (tables["winter"]["category"] == "park") & (tables["winter"]["unit_code"] == "230102")
    tables["winter"].loc[none, ["share_summer", "share_winter"]] = 0.03  # of 2,900 children
    assert "Park (10 min) cannot be told" in part(english(**tables), "By district: what winter takes", "Each cell")


def test_more_that_is_open_in_winter_is_said_so() -> None:
    text = part(english(), "The whole study area: what winter takes", "By district: what winter takes")
    assert "Sports ground (10 min) not verified about 2,700 65% → 68% −3.0% −4.0 – −1.0% – about 80 more" in text
    assert "open in summer only" not in english()
    tables = town()
    tables["facilities"].loc[tables["facilities"]["category"] == "sport", "season"] = "winter"
    assert "strong evidence 0 are open in summer only and 2 in winter only" in english(**tables)


def test_few_children_are_no_headline_of_winter() -> None:
    tables = town()
    tables["winter"].loc[tables["winter"]["unit_code"] == "230103", "children"] = 99.0
    assert "the largest lost shares are: 道里区 – Culture" in english(**tables)


def test_one_season_alone_has_no_chapter_on_winter() -> None:
    tables = town()
    tables["winter"] = tables["winter"].iloc[:0]
    page = write(tables)
    assert "#winter" not in page
    assert 'id="winter"' not in page


def test_a_winter_of_which_nothing_can_be_told_says_so() -> None:
    tables = town()
    tables["winter"][["share_summer", "share_winter", "lost_share", "lost_children"]] = 0.0
    assert "so they cannot tell what winter takes" in english(**tables)
    tables = town()
    tables["winter"][["lost_share_low", "lost_share", "lost_share_high"]] = 0.001
    assert "takes each standard from less than 0.5% of the children" in english(**tables)


def equity_part(**changes: Any) -> str:
    return part(english(**changes), "Equity: who is left behind An average", "points of the curves in lorenz.csv")


def test_equity_speaks_of_what_can_be_judged_and_lists_the_rest() -> None:
    """Half of the lowest 40 % of scores, the share of the highest 10 %, and Theil's part, from the table itself."""
    told = equity_part()
    row = town()["equity"].query(
        "level == 'city' and category == 'primary_school' and profile.str.endswith('.summer') and measure == 'gini'"
    )
    assert f"Primary school · Gini {row['value'].item():.2f}" in told
    assert "Primary school (of what is recorded alone): the 40% of children with the lowest scores hold" in told
    assert "Without data, and so without a finding: Childcare, Kindergarten, Children's play space." in told
    assert "Kindergarten (" not in told.split("To check the data alone")[0]
    assert "Primary school" not in told.split("To check the data alone")[1].split("How to read")[0]


def test_equity_without_any_judgement_makes_no_finding() -> None:
    tables = town()
    for name in ("equity", "lorenz", "spots", "stability"):
        tables[name]["basis"] = "no_finding"
    told = equity_part(**tables)
    assert "The data cannot speak of equity yet: none of these can be judged: Childcare, Kindergarten" in told
    assert "lowest scores hold" not in told
    assert "Lorenz curves" not in told
    assert "Cold and hot spots" not in told
    assert 'class="lorenz"' not in write(tables)


def test_equity_names_no_compound() -> None:
    named = town()["neighbourhoods"]["name"].dropna()
    said = equity_part()
    assert len(named)
    assert not any(name in said for name in named)


def test_stable_ranks_stand_apart_from_those_that_hang_on_assumptions() -> None:
    """Of each category the first sub-district is stable in all draws, the second in 40 %."""
    told = part(english(), "Sub-districts: depends on what is assumed", "Ranks and their ranges")
    first, second = (
        town()["stability"].query(f"level == 'subdistrict' and rank == {n}")["unit_name"].iloc[0] for n in (1, 2)
    )
    assert f"Primary school 道里区 100% {first} 100% {second} 40%" in told


def test_a_palma_ratio_without_end_is_called_so() -> None:
    tables = town()
    tables["equity"].loc[tables["equity"]["measure"] == "palma", "value"] = None
    assert "no end" in equity_part(**tables)


def test_a_result_without_equity_has_no_chapter_on_it() -> None:
    tables = town()
    tables["equity"] = tables["equity"].iloc[:0]
    assert 'id="equity"' not in write(tables)
    assert "#equity" not in write(tables)


def test_most_inequality_between_districts_is_said_first() -> None:
    tables = town()
    parted = (tables["equity"]["measure"] == "theil") & (tables["equity"]["by"] == "district")
    tables["equity"].loc[parted, "value_between"] = 0.8 * tables["equity"].loc[parted, "value"]
    assert "Between districts lie: Primary school 80%" in equity_part(**tables)


def test_what_would_settle_each_open_category_stands_in_one_table() -> None:
    text = part(english(), "Categories without data or undecided", "Repaired, set aside, assumed")
    settles = "an official count of the facilities, or a list that is declared complete"
    assert f"Kindergarten No data {settles} Municipal Education Bureau (市教育局)" in text
    assert "Primary school" not in text  # a gap is settled


def test_the_glossary_gives_every_word_in_both_languages() -> None:
    words = [key.removeprefix("word.") for key in locale.table() if key.startswith("word.")]
    assert words == [key.removeprefix("glossary.") for key in locale.table() if key.startswith("glossary.")]
    text = part(english(), "Glossary The words of", "Map data ©")
    for name in words:
        both = locale.table()[f"word.{name}"]
        assert f"{both['zh']} {both['en']} {locale.table()[f'glossary.{name}']['en']}" in text


def test_how_a_file_was_read_is_said_in_the_language_of_the_page() -> None:
    said = manifest()
    said["inputs"][0]["how"] = "pyosmium; date of the newest street edit; pulled 2024-04-10 from overpass.example"
    page = write(manifest=said, lang="zh")
    assert "用 pyosmium 读取；数据日期取最近一次道路编辑；2024-04-10 获取自 overpass.example" in page


def test_standards_that_winter_is_compared_by_are_listed() -> None:
    text = part(english(), "Standards used", "Glossary")
    assert text.count("used to compare winter with summer") == 9


def test_strips_lie_where_their_shares_lie() -> None:
    """From −5 % to 15 % on 200 pixels: 0 is at 50, 5 % at 100, the range from 0 to 10 %."""
    drawn = str(charts.strip((0.0, 0.05, 0.10), [-0.05, 0.15], (-0.05, 0.15)))
    assert 'd="M50 0V16" class="zero"' in drawn
    assert 'd="M50 8H150" class="range"' in drawn
    assert '<circle cx="100"' in drawn
    assert re.findall(r'd="M(\d+) 3V13"', drawn) == ["0", "200"]
    assert re.findall(r'x="(\d+)"[^>]*>([^<]+)<', str(charts.axis((-0.05, 0.15)))) == [
        ("0", "−5%"), ("200", "15%"), ("50", "0%"),
    ]  # fmt: skip


def test_isolated_places_are_counted_by_reason_and_listed_by_children() -> None:
    text = part(english(), "By reason", "Facilities recorded, by evidence")
    assert "No walkable street near the homes 12 about 990" in text
    assert "Streets of the homes are not joined to the main network 12 about 1,500" in text
    # A quarter of two places, however many categories they cannot reach: (98 + 2 * 1 + 1 / 3) / 4 + (98 + 84) / 4.
    assert "no permitted way leads there 2 about 70" in text
    rows = part(text, "Neighbourhoods: the 20 rows", "Facilities to which")
    names = re.findall(r"(友谊小区\d+|Unnamed \(w\d+\))", rows)
    assert len(names) == 20
    assert names[:3] == ["友谊小区32", "友谊小区30", "友谊小区28"]
    assert "Not listed here: 6 rows of neighbourhoods, 0 of facilities." in text
    assert "Unnamed (n2) Childcare No walkable street near the facility's entrances" in text


def test_a_place_that_is_cut_off_from_several_categories_is_one_row() -> None:
    tables = town()
    tables["isolated"] = tables["isolated"][tables["isolated"]["reason"] == "no_way"]
    text = part(english(**tables), "Neighbourhoods: the 2 rows", "All stand in isolated.csv")
    assert text.count("Primary school, Park 25%") == 2
    tables["isolated"] = tables["isolated"].iloc[:0]
    assert "No place is cut off." in english(**tables)


def test_every_reason_has_its_words() -> None:
    known = {f"{kind}_{reason}" for kind, reasons in isolated.REASONS.items() for reason in reasons}
    assert {reason for reasons in isolated.REASONS.values() for reason in reasons} == set(
        schema.ISOLATED.columns["reason"].allowed
    )
    for section in ("isolated", "isolated_check"):
        words = {key.partition(".")[2] for key in locale.table() if key.startswith(f"{section}.")}
        assert words - {"all"} == known


def test_counters_of_crossings_have_words() -> None:
    for kind in filter(None, crossings.KINDS):
        assert f"count.crossings_{kind}" in locale.table()
    assert Words(["zh"]).counted("main_road_edges")["zh"] == "主要道路的边（分两侧）"


def test_words_of_the_templates_exist_and_all_words_are_used() -> None:
    folder = Path(report.__file__).parents[1] / "resources" / "templates"
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("report*"))
    code += "".join(file.read_text(encoding="utf-8") for file in Path(report.__file__).parent.glob("*.py"))
    known = {key for key in locale.table() if key.startswith("report.")}
    used = set(re.findall(r'"(report\.[a-z_]+)"', code))
    built = ("report.home_", "report.known_", "report.unknown_", "report.rule_", "report.season_", "report.applies_")
    assert {key for key in used - known if key not in built and not key.endswith(FILES)} == set()
    sections = {
        f"report.{name}" for name in ("main", "map", "districts", "subdistricts", "categories", "quality", "method")
    }
    sections |= {f"report.{name}" for name in ("winter", "sources", "standards", "glossary", "parameters", "versions")}
    assert {key for key in known - used - sections if not key.startswith(built)} == set()


# --- in a browser -------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_language_switch_reaches_the_map(tmp_path: Path, browser_path: str) -> None:
    tables = town()
    drawn = maps.to_html(maps.build(Tables(**tables), basemap(), place="哈尔滨市", data_date="2024-04-09"))
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
    drawn = maps.to_html(maps.build(Tables(**tables), basemap(), place=HOSTILE[0], data_date=HOSTILE[1]))
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
        words = watch.page.inner_text("main")
        for name in HOSTILE:
            assert display(name) in words
        assert watch.quiet(), watch


@pytest.mark.browser
def test_page_is_no_wider_than_a_phone(tmp_path: Path, browser_path: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(write(), encoding="utf-8")
    with opened(file, browser_path, 400, 800) as watch:
        assert watch.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert watch.quiet(), watch


def test_the_first_page_says_of_how_many_places_nobody_knows_the_people() -> None:
    homes = town()["neighbourhoods"]
    assert "lie in districts that the census lacks" not in english()
    outside = homes.assign(population_source=homes["population_source"].where(homes.index > 2, "outside_census"))
    said = english(neighbourhoods=outside)
    assert "3 of them lie in districts that the census lacks" in said
    assert "Complete the census: all districts of the study area." in said
