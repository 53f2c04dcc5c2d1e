"""Online basemaps, as an option: OpenStreetMap, 天地图 with the user's key, or tiles of one's own server.

A map is offline unless the planner asks for one of these; then the page may load pictures from that one server and
nothing else. Tiles in GCJ-02 or BD-09 are refused: they are shifted by hundreds of metres against our data.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cfc_gis import text
from cfc_gis.errors import ChoiceUnknown, UserError

LOCAL = "local"
CHOICES = (LOCAL, "osm", "tianditu")
KEY_VARIABLE = "CFC_TIANDITU_KEY"
"""Environment variable with the user's key (tk) of 天地图, for the command line."""

SHIFTED = {
    "amap": "GCJ-02",
    "autonavi": "GCJ-02",
    "gaode": "GCJ-02",
    "高德": "GCJ-02",
    "qq": "GCJ-02",
    "gtimg": "GCJ-02",
    "tencent": "GCJ-02",
    "腾讯": "GCJ-02",
    "google": "GCJ-02",
    "baidu": "BD-09",
    "bdimg": "BD-09",
    "百度": "BD-09",
}
"""Names and hosts of tile sets that are shifted in China, with their datum."""

_PLACES = {"z", "x", "y"}
_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class Tiles:
    """An online basemap.

    Parameters
    ----------
    name
        ``osm``, ``tianditu`` or ``own``.
    urls
        Address patterns with ``{z}``, ``{x}`` and ``{y}``, the lowest layer first. They may hold a key, so they are
        never shown by ``repr``.
    source
        What its owner wants to be named as.
    max_zoom
        Closest zoom that its server has.
    has_key
        Whether the addresses hold the user's key.
    """

    name: str
    urls: tuple[str, ...] = field(repr=False)
    source: str
    max_zoom: int = 18
    has_key: bool = False

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that the page may ask for pictures, and no other."""
        parts = [urlsplit(url) for url in self.urls]
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def find(basemap: str, key: str | None = None) -> Tiles | None:
    """Return the online basemap of a name or an address; None for the local one.

    Parameters
    ----------
    basemap
        ``local``, ``osm``, ``tianditu``, or an address pattern such as ``https://tiles.example/{z}/{x}/{y}.png``.
    key
        The user's key of 天地图; ``CFC_TIANDITU_KEY`` unless it is given.

    Raises
    ------
    ChoiceUnknown
        On a name that does not exist.
    UserError
        On tiles in GCJ-02 or BD-09, a pattern that is no address of tiles, and a key that is missing or is none.

    Examples
    --------
    >>> find("local") is None
    True
    >>> find("osm").servers
    ('https://tile.openstreetmap.org',)
    >>> try:
    ...     find("https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}")
    ... except UserError as error:
    ...     error.facts["datum"]
    'GCJ-02'
    """
    if basemap == LOCAL:
        return None
    _refuse_shifted(basemap)
    if basemap == "osm":
        return Tiles("osm", ("https://tile.openstreetmap.org/{z}/{x}/{y}.png",), "© OpenStreetMap contributors", 19)
    if basemap == "tianditu":
        return _tianditu(key or os.environ.get(KEY_VARIABLE, ""))
    if "://" not in basemap:
        raise ChoiceUnknown(
            "choice_unknown", what="basemap", found=text.display(basemap), suggestion="", known=", ".join(CHOICES)
        )
    return _own(basemap)


def _refuse_shifted(basemap: str) -> None:
    host = urlsplit(basemap).hostname if "://" in basemap else basemap
    parts = set(re.split(r"[.\s:_-]+", (host or "").lower()))
    for name, datum in SHIFTED.items():
        if name in parts:
            raise UserError("basemap_shifted", found=text.display(host), datum=datum)


def _tianditu(key: str) -> Tiles:
    if not _KEY.fullmatch(key):
        raise UserError("tianditu_key" if key else "tianditu_key_missing", variable=KEY_VARIABLE)
    # vec and cva: streets and their names, in Web Mercator (w). Its datum is CGCS2000, within a metre of WGS 84.
    urls = (
        f"https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
        f"&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
        for layer in ("vec", "cva")
    )
    return Tiles("tianditu", tuple(urls), "天地图 · 国家地理信息公共服务平台", 18, has_key=True)


def _own(url: str) -> Tiles:
    parts = urlsplit(url)
    unsafe = re.search(r"[\s\"'<>;,`\\]", url)
    places = set(re.findall(r"\{(\w+)\}", url))
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or "{" in parts.netloc:
        raise UserError("basemap_address", found=text.display(parts.hostname or parts.scheme))
    if unsafe or places != _PLACES:
        raise UserError("basemap_address", found=text.display(parts.hostname))
    return Tiles("own", (url,), parts.netloc)
