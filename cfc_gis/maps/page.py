"""A folium map that needs nothing but itself: the only module that imports folium.

Folium links ten files of four servers, and reads text twice as a template. Here Leaflet and jQuery stand in the page,
from the packages installed beside us; everything of ours enters as finished text, which no template touches again;
and a policy in the page forbids the network whatever happens.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import folium
import xstatic.pkg.jquery
import xstatic.pkg.leaflet
from branca.element import Element, Figure, MacroElement

from cfc_gis import text
from cfc_gis.maps import light

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src {pictures}; "
    "base-uri 'none'; form-action 'none'"
)
MAP_NAME = "map_cfc"
SCRIPTS = (
    "map_text.js",
    "map_shapes.js",
    "map_layers.js",
    "map_sites.js",
    "map_labels.js",
    "map_popups.js",
    "map_legend.js",
    "map_search.js",
    "map_panel.js",
    "map_bar.js",
    "map_compare.js",
    "map.js",
)


class Finished(Element):
    """Text that stands in the page as it is: folium's elements would read it as a template once more.

    Parameters
    ----------
    content
        The finished text.
    """

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content

    def render(self, **_: Any) -> str:
        """Return the text."""
        return self.content


class Planner(MacroElement):
    """Panel, legend, layers and popups of our map, drawn by the scripts beside the templates.

    Parameters
    ----------
    data
        Plain data for the scripts.
    body
        Finished HTML of the panel.
    """

    def __init__(self, data: Any, body: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Planner"
        self._id = "cfc"
        self.data = data
        self.body = body

    def render(self, **_: Any) -> str:
        """Put the parts into the page, after those of the map they work on; nothing stands where the element is."""
        figure = cast(Figure, self.get_root())
        data = f'<script type="application/json" id="cfc-data">{text.script_json(self.data)}</script>'
        code = "\n".join(_template(name) for name in SCRIPTS)
        figure.header.add_child(Finished(f"<style>{_template('map.css')}</style>"), name="cfc_style")
        figure.html.add_child(Finished(self.body + data), name="cfc_body")
        figure.script.add_child(Finished(f"{code}\ncfcMap({MAP_NAME});"), name="cfc_script")
        return ""


class Drawn(folium.Map):
    """A folium map that shows itself in a notebook without weighing it down: there it tells one category alone."""

    planner: Planner

    def _repr_html_(self, **options: Any) -> str:
        whole = self.planner.data
        self.planner.data = light.one_category(whole)
        try:
            return str(super()._repr_html_(**options))
        finally:
            self.planner.data = whole


def self_contained(data: Any, body: str, title: str, servers: Sequence[str] = ()) -> Drawn:
    """Return a folium map without tiles that carries its libraries, our panel and our data.

    Parameters
    ----------
    data
        Plain data for the scripts, as :func:`cfc_gis.maps.payload.build` gives it.
    body
        Finished HTML of the panel.
    title
        Title of the page, not yet escaped.
    servers
        Servers that the page may load pictures from; none unless the planner asked for an online basemap.

    Examples
    --------
    >>> page = self_contained({}, "", "a < b").get_root().render()
    >>> "https://" in page.split("<body>")[0].replace("https://leafletjs.com", "").split("<style>")[0]
    False
    """
    (south, west), (north, east) = data.get("bounds", [[0, 0], [1, 1]])
    drawn = Drawn(location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_snap=0.25, fade_animation=False)
    # Lists of this instance hide those of the class, which every other map of the session shares.
    drawn.default_js, drawn.default_css = [], []
    drawn._id = MAP_NAME.removeprefix("map_")
    figure = cast(Figure, drawn.get_root())
    figure.title = text.html_text(title)
    policy = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(pictures=" ".join(("data:", *servers)))}">'
    )
    figure.header.add_child(Finished(policy), name="policy", index=0)
    figure.header.add_child(Finished(f"<style>{leaflet_css()}</style>"), name="leaflet_css")
    for name, source in (
        ("leaflet", _library("leaflet", "leaflet.js")),
        ("jquery", _library("jquery", "jquery.min.js")),
    ):
        figure.header.add_child(Finished(f"<script>{source}</script>"), name=name)
    drawn.planner = Planner(data, body)
    drawn.add_child(drawn.planner, name="planner")
    return drawn


@cache
def leaflet_css() -> str:
    """Leaflet's style sheet with its pictures as ``data:`` addresses.

    Examples
    --------
    >>> "url(images" in leaflet_css()
    False
    """
    folder = Path(xstatic.pkg.leaflet.BASE_DIR)
    style = (folder / "leaflet.css").read_text(encoding="utf-8").replace("behavior: url(#default#VML);", "")

    def inline(found: re.Match[str]) -> str:
        picture = base64.b64encode((folder / found[1]).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{picture})"

    return re.sub(r"url\((images/[\w-]+\.png)\)", inline, style)


@cache
def _library(package: str, file: str) -> str:
    """Return a script that may stand between script tags, without the address of its source map."""
    folder = {"leaflet": xstatic.pkg.leaflet.BASE_DIR, "jquery": xstatic.pkg.jquery.BASE_DIR}[package]
    source = (Path(folder) / file).read_text(encoding="utf-8")
    return re.sub(r"//# sourceMappingURL=\S+", "", source).replace("</script", "<\\/script").strip()


@cache
def _template(name: str) -> str:
    return (resources.files("cfc_gis") / "resources" / "templates" / name).read_text(encoding="utf-8")
