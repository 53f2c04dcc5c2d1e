"""The report as a PDF, printed by a Chromium browser that is already on the machine: Chromium, Chrome or Edge.

Nothing is installed for it. The page asks nothing of the network, and the browser is started with a profile of its own
that is thrown away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cfc_gis.errors import BrowserMissing, InputMissing, NotWritable

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""Names on the path, in the order in which they are tried."""

PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
)
"""Where installers put browsers that are not on the path."""

SECONDS = 180.0
"""How long a browser may take before it is given up."""


def browser(named: str | None = None) -> str:
    """Return the path of a browser.

    Parameters
    ----------
    named
        The one to use; else that of ``CFC_CHROMIUM``, else the first that is found.

    Raises
    ------
    BrowserMissing
        When it, or any at all, is not here.
    """
    wanted = named or os.environ.get("CFC_CHROMIUM")
    for name in (wanted,) if wanted else (*BROWSERS, *PLACES):
        if (path := shutil.which(name)) is not None:
            return path
    raise BrowserMissing("browser_missing", wanted=wanted or ", ".join(BROWSERS))


def write(page: Path, target: Path, named: str | None = None) -> Path:
    """Print a report as it looks on paper.

    Parameters
    ----------
    page
        ``report.html``.
    target
        The PDF; an earlier one is replaced only when the new one is whole.
    named
        Browser to use (:func:`browser`).

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    InputMissing
        When there is no such report.
    BrowserMissing
        When there is no browser, or it prints nothing.
    NotWritable
        When the PDF cannot be put where it belongs.
    """
    if not page.is_file():
        raise InputMissing("input_missing", path=page)
    program = browser(named)
    # As root, as in a container, Chromium starts without its sandbox or not at all.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="cfc-pdf-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "report.pdf"
        command = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", *root,
            f"--user-data-dir={Path(folder) / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={printed}",
            page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            said = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).stderr  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrowserMissing("browser_failed", program=program, cause=error) from error
        if not printed.is_file() or not printed.read_bytes().startswith(b"%PDF"):
            cause = said.decode(errors="replace").strip().splitlines()[-1:] or ["-"]
            raise BrowserMissing("browser_failed", program=program, cause=cause[0])
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(printed, part)
            part.replace(target)
        except OSError as error:
            raise NotWritable("not_writable", path=target, cause=error.strerror or str(error)) from error
    return target
