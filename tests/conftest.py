"""What tests share: where the real data and a browser are, and which skips are not acceptable.

``CFC_SHARED``
    Folder with the real Harbin data; default ``../shared/data/harbin`` beside the checkout.
``CFC_CHROMIUM``
    Chromium to use; default: the first one found on the path.
``CFC_REQUIRE``
    Marks, joined by commas, whose tests must run: their skips become failures, and so does a run without any of them.
    ``.ci/run`` sets it.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that does other things as well.
settings.register_profile("cfc", deadline=None)
settings.load_profile("cfc")

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
REQUIRED = frozenset(filter(None, os.environ.get("CFC_REQUIRE", "").replace(" ", "").split(",")))

_ran: set[str] = set()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real Harbin data; skips where it is missing."""
    folder = Path(os.environ.get("CFC_SHARED") or ROOT.parent / "shared" / "data" / "harbin")
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}")
    return folder


@pytest.fixture(scope="session")
def extract_path(shared_data: Path) -> Path:
    """Return the newest extract of central Harbin; skips where it is missing."""
    found = sorted(shared_data.glob("harbin-central-*.osm.pbf"))
    if not found:
        pytest.skip(f"real data not found at {shared_data}: no harbin-central-*.osm.pbf")
    return found[-1]


@pytest.fixture
def local_only(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Keep a test on this machine: no proxy, no server named from outside, and no name but this machine's resolved."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("CFC_"):
            monkeypatch.delenv(name)
    resolve = socket.getaddrinfo

    def local(host: str, *rest: object, **named: object) -> object:
        if host not in {"127.0.0.1", "localhost", socket.gethostname()}:
            raise AssertionError(f"a test asked for {host}")
        return resolve(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    yield
    for thread in threading.enumerate():
        if thread.name == "cfc-request":  # given up by its test; its server is gone by now
            thread.join(5.0)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the path of a Chromium browser; skips where there is none."""
    named = os.environ.get("CFC_CHROMIUM")
    for name in (named,) if named else BROWSERS:
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"no browser: {named or ', '.join(BROWSERS)} not found on the path")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--network``: tests that need the internet are off without it."""
    parser.addoption("--network", action="store_true", help="run the tests that need the internet")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip network tests unless they are asked for; mark tests by the data and the tools they use."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "shared_data" in fixtures:
            item.add_marker("real_data")
        skips = " ".join(str(mark.kwargs.get("reason")) for mark in item.iter_markers("skipif"))
        if "browser_path" in fixtures or "browser" in skips:
            item.add_marker("browser")
        if item.get_closest_marker("network") and not config.getoption("--network"):
            item.add_marker(pytest.mark.skip(reason="needs the internet: run with --network"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips of required tests into failures; expected failures stay what they are."""
    report = yield
    marks = {mark.name for mark in item.iter_markers()} & REQUIRED
    if report.skipped and marks and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} must run here (CFC_REQUIRE={','.join(sorted(marks))}): {why}"
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note which required marks ran; of tests spread over processes the one that gathers reports hears of all."""
    if report.when == "call" and report.passed:
        _ran.update(REQUIRED & set(report.keywords))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in which no test of a required mark passed: a renamed mark must not go unnoticed."""
    if hasattr(session.config, "workerinput"):
        return
    never = REQUIRED - _ran
    if never and exitstatus == pytest.ExitCode.OK and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            names = ", ".join(sorted(never))
            reporter.write_line(f"\nno test marked {names} ran, but CFC_REQUIRE asks for it", red=True)
