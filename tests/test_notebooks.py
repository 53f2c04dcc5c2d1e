"""The notebooks: each runs from top to bottom in under a minute, on the extract and the sample town."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from cfc_gis import report
from tests.results import real

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ON_THE_EXTRACT = ("01_first_hour", "03_gaps_and_confidence", "04_siting_and_scenarios")
LIMIT_S = 60.0


def executed(path: Path, monkeypatch: pytest.MonkeyPatch, extract: Path | None) -> nbformat.NotebookNode:
    """Run a notebook on an extract, or as if there were none, and hold its time.

    It runs in an empty folder, so that what a developer keeps in data/raw is not taken.
    """
    if extract is None:
        monkeypatch.delenv("CFC_EXTRACT", raising=False)
    else:
        monkeypatch.setenv("CFC_EXTRACT", str(extract))
    book = nbformat.read(path, as_version=4)
    began = time.monotonic()
    NotebookClient(book, timeout=LIMIT_S, kernel_name="python3").execute()
    assert time.monotonic() - began < LIMIT_S
    return book


def shown(book: nbformat.NotebookNode) -> str:
    """Everything that a notebook shows, as text and HTML."""
    parts: list[Any] = []
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            parts += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join(str(part) for part in parts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_the_sample_town(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert "样例城镇" in shown(executed(path, monkeypatch, None))


@pytest.mark.parametrize("name", ON_THE_EXTRACT)
def test_runs_on_the_extract(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, extract_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    book = executed(FOLDER / f"{name}.ipynb", monkeypatch, extract_path)
    said = shown(book)
    assert "哈尔滨，道里区" in said
    if name == "01_first_hour":
        # The trial: the three compounds, why, and that the data cannot tell of playgrounds.
        for compound in ("盛和天下", "海富康城", "达江小区", "群力实验小学"):
            assert compound in said
        assert "提供设施的官方数量，或声明完整的名单" in said
        assert "数据不足" in said
        assert named(book) == of_the_report(extract_path) == ["盛和天下", "海富康城", "达江小区"]
        assert "有名次的 / ranked: 0" in said
    if name == "03_gaps_and_confidence":
        judged = ("数据不足 No data", "低于参考值 Below reference", "缺口 Gap")
        assert all(f"<td>{words}</td>" in said for words in judged)


def test_a_gate_is_advised_only_where_the_straight_line_is_within_the_standard() -> None:
    """海富康城 has a detour of 2.10, and 1,058 m in a straight line: no gate brings it within 500 m."""
    book = nbformat.read(FOLDER / "01_first_hour.ipynb", as_version=4)
    lines = [line for cell in book.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    advised = [line for line in lines if "可能管用" in line]
    assert advised
    for condition in ("直线距离本身在标准之内", "straight line itself is within the standard"):
        assert all(condition in line for line in advised)


def named(book: nbformat.NotebookNode) -> list[str]:
    """Return the compounds that the first lesson names in its answer, in their order."""
    cell = next(cell for cell in book.cells if cell.cell_type == "code" and "far.head(3)" in cell.source)
    (table,) = [output["data"]["text/html"] for output in cell.outputs if "data" in output]
    rows = re.findall(r"<th>\d+</th>\s*<td>(\d+)</td>\s*<td>([^<]+)</td>", table)
    assert [rank for rank, _ in rows] == ["1", "2", "3"]
    return [name for _, name in rows]


def of_the_report(extract: Path) -> list[str]:
    """Return the first three compounds that the report of the whole city names on the page of 道里区."""
    result = real(extract, "summer")
    page = report.render(result.tables, manifest=result.manifest(), map_html="", lang="zh")
    article = page[page.index('id="district-230102"') :].split("</article>", maxsplit=1)[0]
    table = article[article.index("的小学的标准之外") :].split("</table>", maxsplit=1)[0]
    return re.findall(r'<th scope="row">([^<]+)<div', re.sub(r"</?span[^>]*>", "", table))[:3]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_keeps_no_output_and_no_path(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert book.cells[0].cell_type == "markdown"
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert "shared" not in path.read_text(encoding="utf-8")


def test_every_notebook_is_named_in_the_first_hour() -> None:
    page = (FOLDER.parent / "docs" / "first-hour.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"`{path.name}`" not in page] == []
    assert len(NOTEBOOKS) >= 6
