"""Rules for the repository as a whole: what no tracked file may hold, and what must stay complete."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cfc_gis import locale

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cfc_gis"
MODULES = sorted(PACKAGE.rglob("*.py"))
KEY = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]+")

# Roots of absolute paths that exist on one machine only. Paths inside other words, such as docs/home/, do not count.
MACHINE_PATH = re.compile(r"(?<![\w./:~-])/(?:work|root|home|Users|tmp)/[\w.]")


@cache
def tracked() -> list[Path]:
    """Files under version control, as bytes on disk."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the files that count cannot be told from the others")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in listed.decode("utf-8").split("\0") if name]
    return [path for path in paths if path.is_file()]


@cache
def text_files() -> dict[str, str]:
    """Tracked text by path relative to the checkout; binary files are left out."""
    texts = {}
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw:
            texts[path.relative_to(ROOT).as_posix()] = raw.decode("utf-8")
    return texts


def registry_hosts() -> set[str]:
    """Hosts from which this machine installs packages, as pip and apt are configured here and by default."""
    from pip._internal.models.index import PyPI

    hosts = {PyPI.netloc, PyPI.file_storage_domain}
    pip = [sys.executable, "-m", "pip", "config", "list"]
    sources = [subprocess.run(pip, capture_output=True, text=True, check=False).stdout]
    for pattern in ("sources.list", "sources.list.d/*"):
        paths = sorted(Path("/etc/apt").glob(pattern))
        sources += [path.read_text(errors="replace") for path in paths if path.is_file()]
    for url in re.findall(r"https?://[^\s'\"]+", "\n".join(sources)):
        hosts.add(urlsplit(url).hostname or "")
    return hosts - {""}


def placeholders(words: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)


def test_no_tracked_file_names_a_registry() -> None:
    hosts = registry_hosts()
    assert hosts
    named = [f"{path}: {host}" for path, text in text_files().items() for host in sorted(hosts) if host in text]
    assert not named


def test_pinned_lists_hold_versions_and_hashes_only() -> None:
    lists = {path: text for path, text in text_files().items() if re.fullmatch(r"requirements/\w+\.txt", path)}
    assert lists
    line = re.compile(r"[a-z0-9.-]+==[\w.!]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    odd = [f"{path}: {row}" for path, text in lists.items() for row in text.splitlines() if not line.fullmatch(row)]
    assert not odd


def test_users_and_developers_run_the_same_versions() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"(?m)^[a-z0-9.-]+==\S+", (ROOT / "requirements" / name).read_text()))

    assert versions("run.txt") <= versions("dev.txt")


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = re.findall(r"(?m)^([a-z0-9.-]+)==", (ROOT / "requirements" / "dev.txt").read_text())
    groups = project["dependency-groups"].values()
    wanted = [*project["project"]["dependencies"], *(one for group in groups for one in group)]
    names = {re.split(r"[^\w.-]", one)[0].lower().replace("_", "-") for one in wanted if isinstance(one, str)}
    assert names <= set(pinned), "run `make lock`"


def test_every_peer_that_a_benchmark_imports_is_pinned() -> None:
    pinned = set(re.findall(r"(?m)^([a-z0-9.-]+)==", (ROOT / "requirements" / "peers.txt").read_text()))
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "benchmarks").glob("*.py"))]
    imported = {name for text in texts for name in re.findall(r"(?m)^\s*(?:from|import) ([a-z]\w*)", text)}
    peers = {"access", "cityseer", "networkx", "pandana", "pyrosm", "scipy"}
    assert peers <= imported, "a peer is not measured any more: take it off this list and off benchmarks/peers.in"
    assert peers <= pinned, "add it to benchmarks/peers.in and run `make lock`"


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in text_files().items()
        if path != "tests/test_repository.py"
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line) and not line.startswith("#!")
    ]
    assert not found


def test_shared_folder_is_known_to_tests_and_make_only() -> None:
    allowed = re.compile(r"tests/.*|\.ci/run|Makefile|CONTRIBUTING\.md")
    found = [path for path, text in text_files().items() if "../shared" in text and not allowed.fullmatch(path)]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_every_locale_key_has_both_languages_and_the_same_placeholders() -> None:
    faults = []
    for key, words in locale.table().items():
        if set(words) != set(locale.LANGS) or not all(words[lang].strip() for lang in words):
            faults.append(f"{key}: {sorted(words)}")
        elif placeholders(words["zh"]) != placeholders(words["en"]):
            faults.append(f"{key}: {placeholders(words['zh'])} and {placeholders(words['en'])}")
    assert not faults


def test_no_locale_key_stands_twice() -> None:
    places: dict[str, list[str]] = {}
    for path in sorted((PACKAGE / "resources" / "locale").glob("*.toml")):
        for section, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for key in entries:
                places.setdefault(f"{section}.{key}", []).append(path.name)
    twice = {key: names for key, names in places.items() if len(names) > 1}
    assert not twice


def keys_said() -> dict[str, str]:
    """Literal keys given to ``say`` and to errors, with the place that says them."""
    keys: dict[str, str] = {}
    errors = {
        node.name
        for node in ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key, where = node.args[0].value, f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
            if name == "say" and isinstance(key, str):
                keys.setdefault(key, where)
            elif name in errors and isinstance(key, str):
                keys.setdefault(f"error.{key}", where)
    return keys


def keys_in_templates() -> dict[str, str]:
    """Literal keys given to ``say`` in page templates."""
    keys: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.j2")) + sorted(PACKAGE.rglob("*.html")):
        for key in re.findall(r"\bsay\(\s*['\"]([^'\"]+)['\"]\s*[,)]", path.read_text(encoding="utf-8")):
            keys.setdefault(key, path.relative_to(ROOT).as_posix())
    return keys


def test_every_key_that_is_said_exists() -> None:
    said = keys_said() | keys_in_templates()
    assert any(key.startswith("error.") for key in said) or not said
    missing = [f"{where}: {key}" for key, where in said.items() if KEY.fullmatch(key) and key not in locale.table()]
    assert not missing


@pytest.mark.parametrize("module", ["cfc_gis", "cfc_gis.cli"])
def test_heavy_libraries_are_not_imported_at_the_door(module: str) -> None:
    if not (PACKAGE / "cli.py").exists() and module == "cfc_gis.cli":
        pytest.skip("no command line yet")
    code = (
        f"import sys, {module}; print(*sorted({{'folium', 'osmnx', 'numba', 'dask', 'matplotlib'}} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []
