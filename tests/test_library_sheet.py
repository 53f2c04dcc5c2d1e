"""The evidence sheet: complete in both languages, inert, printable, without a network; and gaps taken from a run."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from cfc_gis import writing
from cfc_gis.errors import ChoiceUnknown, InputDamaged, InputMissing, NotWritable
from cfc_gis.library import ProjectLibrary, gap_of, run_of
from cfc_gis.library.sheet import POLICY
from cfc_gis.sources.files import sha256
from tests.browser import opened
from tests.libraries import BY, GAIN, GAP, HOSTILE, RUN, SAID, add


@pytest.fixture
def library(tmp_path: Path) -> Generator[ProjectLibrary]:
    with ProjectLibrary(tmp_path / "a.sqlite", create=True) as made:
        yield made


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def full(library: ProjectLibrary, name: str = "和兴小学扩建") -> str:
    made = add(
        library, name=name, note=name, unit_name=name, body=name, cost_wan=1200, funds="central_budget", major="yes"
    )
    library.link_gap(made.id, {**GAP, "unit_name": name}, **BY)
    library.record_gain(made.id, GAIN, **BY)
    library.participate(made.id, {**SAID, "words": name}, **BY)
    entry = library.add_entry({"register": "result", "name": name, "target": name}, **BY)
    library.link(entry, made.id, who=name, why=name)
    return made.id


def test_it_says_all_that_a_fund_asks_for_in_both_languages(library: ProjectLibrary) -> None:
    page = library.sheet(full(library))
    for words in (
        "和兴小学扩建", "中央预算内投资", "Central budget investment", "1200", "缺口", "Gap", "230102",
        "310", "322", RUN, "绘画征集", "Drawings", "24", "预期成果", "Expected result", "会议纪要", "李工",
        "估计", "estimate",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<article") == 2
    assert library.sheet("XM-00001", lang="en").count("<article") == 1
    assert "项目佐证表" not in library.sheet("XM-00001", lang="en")


def test_it_says_what_is_not_known_yet(library: ProjectLibrary) -> None:
    page = library.sheet(add(library).id)
    for words in (
        "没有关联缺口",
        "No gap is linked",
        "尚未测算",
        "Nothing was computed",
        "尚无参与记录",
        "Nobody has been asked",
    ):
        assert words in page


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_56_hostile_words_are_inert(library: ProjectLibrary, name: str) -> None:
    plain, hostile = library.sheet(full(library)), library.sheet(full(library, name))
    assert Tags(hostile).tags == Tags(plain).tags, "no word adds a tag or an attribute"
    assert "${" not in hostile
    assert "{{" not in hostile
    assert not set(hostile) & {"\u202e", "\x07"}, "fault 65"


def test_it_needs_no_network_and_runs_nothing(library: ProjectLibrary) -> None:
    page = library.sheet(full(library))
    tags = Tags(page).tags
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}) in tags
    assert "default-src 'none'" in POLICY
    assert "script" not in POLICY
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "form"}
    assert not re.search(r"https?:|url\(|@import", page)
    assert "size: A4" in page


@pytest.mark.browser
def test_a_browser_prints_it_on_a4(library: ProjectLibrary, tmp_path: Path, browser_path: str) -> None:
    file = library.write_sheet(full(library, "<script>alert(1)</script>和兴"), tmp_path / "sheet.html")
    with opened(file, browser_path) as watch:
        assert watch.page.locator("article").count() == 2
        assert "<script>alert(1)</script>和兴" in watch.page.inner_text("h1 >> nth=0")
        width = watch.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, "nothing sticks out"
        printed = watch.page.pdf(prefer_css_page_size=True)
        assert watch.quiet()
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed))
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}


def test_the_same_project_gives_the_same_bytes(library: ProjectLibrary) -> None:
    project_id = full(library)
    assert library.sheet(project_id) == library.sheet(project_id)


@pytest.mark.parametrize(
    ("project_id", "name", "file"),
    [
        ("CON", "x", "CON-x.html"),
        ("A", "../../etc/passwd", "A-..-..-etc-passwd.html"),
        ("nul.", 'a<b>:"|?*', "nul-.-a-b.html"),
        ("好", "好" * 200, "好-" + "好" * 58 + ".html"),
    ],
)
def test_fault_51_files_are_named_safely_on_every_system(
    library: ProjectLibrary, tmp_path: Path, project_id: str, name: str, file: str
) -> None:
    add(library, id=project_id, name=name)
    out = tmp_path / "out"
    out.mkdir()
    written = library.write_sheet(project_id, out)
    assert written == out / file
    assert [each.name for each in out.iterdir()] == [file]
    stem = file.partition(".")[0].lower()
    assert stem not in {"con", "nul", "aux", "prn"}


def test_a_sheet_that_cannot_be_written_says_so(library: ProjectLibrary, tmp_path: Path) -> None:
    made = add(library)
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotWritable):
        library.write_sheet(made.id, tmp_path / "file" / "sheet.html")
    with pytest.raises(ChoiceUnknown):
        library.write_sheet("XM-9", tmp_path)


def finished_run(folder: Path) -> Path:
    folder.mkdir()
    row = {**GAP, "unit_name": "道里区", "shortfall_high": None}
    del row["run"]
    writing.write_csv(pd.DataFrame([row, {**row, "profile": "age6_8.summer"}]), folder / "gaps.csv")
    writing.write_manifest({"place": "x"}, folder)
    return folder


def test_a_gap_comes_with_the_hash_of_its_run(library: ProjectLibrary, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run")
    key = {name: str(GAP[name]) for name in ("level", "unit_code", "indicator", "profile")}
    gap = gap_of(run, **key)
    assert gap["run"] == run_of(run) == sha256(run / "manifest.json")
    made = library.link_gap(add(library).id, gap, **BY)
    kept = library.table("gaps").iloc[0]
    assert (kept["project_id"], kept["unit_code"], kept["children"]) == (made.id, "230102", 1200.5)
    assert kept["shortfall_high"] is None
    with pytest.raises(ChoiceUnknown):
        gap_of(run, **{**key, "unit_code": "230199"})


def test_a_run_that_was_edited_or_never_finished_proves_nothing(tmp_path: Path) -> None:
    key = {name: str(GAP[name]) for name in ("level", "unit_code", "indicator", "profile")}
    run = finished_run(tmp_path / "run")
    table = run / "gaps.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("1200.5", "9200.5"), encoding="utf-8")
    with pytest.raises(InputDamaged) as told:
        gap_of(run, **key)
    assert told.value.key == "library_run_edited"
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputDamaged):
        gap_of(run, **key)
    table.unlink()
    with pytest.raises(InputMissing):
        gap_of(run, **key)
    (run / "manifest.json").unlink()
    with pytest.raises(InputMissing) as missing:
        run_of(run)
    assert missing.value.key == "library_no_manifest"


def test_a_sheet_says_measures_and_children_in_words(library: ProjectLibrary) -> None:
    """An export keeps the keys; whoever grants the money does not know them."""
    made = add(library)
    library.link_gap(made.id, {**GAP, "standard_id": "primary_school.radius"}, **BY)
    library.record_gain(made.id, {**GAIN, "unit_name": "南岗区", "year": 2030, "births": "low"}, **BY)
    page = str(library.sheet(made.id))
    for words in ("小学：达到标准的儿童", "6–8 岁，冬季", "Primary school: children with the standard met",
                  "age 6–8, Winter", "南岗区", "2030", "继续下降", "falling on"):  # fmt: skip
        assert words in page
    for key in ("within_standard", "age6_8", "primary_school.radius"):
        assert key not in page
    assert "age6_8.winter" in library.table("gains")["profile"].tolist()
