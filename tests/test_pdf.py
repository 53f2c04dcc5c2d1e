"""The report as PDF: whole or not at all, and what to do where no browser is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cfc_gis import pdf
from cfc_gis.cli import main
from cfc_gis.errors import BrowserMissing, InputMissing

PAGE = "<!DOCTYPE html><title>报告</title><h1>报告</h1>"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "报告 一.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_the_command_prints_a_pdf_beside_the_report(page: Path, browser_path: str) -> None:
    done = CliRunner().invoke(main, ["pdf", str(page), "--browser", browser_path])
    assert done.exit_code == 0, done.output
    assert page.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert {path.suffix for path in page.parent.iterdir()} == {".html", ".pdf"}


def test_no_browser_is_told_with_what_else_to_do(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CFC_CHROMIUM", raising=False)
    monkeypatch.setattr(pdf, "PLACES", ())
    done = CliRunner().invoke(main, ["pdf", str(page)])
    assert done.exit_code == 3
    assert "Ctrl+P" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_prints_nothing_leaves_the_earlier_file(page: Path) -> None:
    earlier = page.with_suffix(".pdf")
    earlier.write_bytes(b"earlier")
    with pytest.raises(BrowserMissing, match="--browser"):
        pdf.write(page, earlier, "true")
    assert earlier.read_bytes() == b"earlier"


def test_a_report_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputMissing) as found:
        pdf.write(tmp_path / "report.html", tmp_path / "report.pdf")
    assert found.value.exit_code == 2
