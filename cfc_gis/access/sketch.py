"""A small map of one way as SVG: the streets around it, the route, where it begins and where it ends.

It holds no script and asks for nothing, so it shows wherever HTML does: JupyterLab, VS Code, a saved notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis import text

WIDTH = 640.0
MARGIN_M = 150.0
LEAST_M = 700.0
"""Metres that a sketch shows at least, so that a short way keeps its surroundings."""

_SCALES_M = (50, 100, 200, 500, 1000, 2000, 5000)
_STROKES = {
    "street": ("#b3b3b3", 1.0),
    "main": ("#8c8c8c", 2.6),
    "railway": ("#8c8c8c", 1.0),
    "water": ("#a8c8e0", 2.0),
}
_FILLS = {"water": "#cfe0ee", "green": "#dcead2", "home": "#f3e3c3"}
_ORDER = ("green", "water", "home", "street", "main", "railway")

Geometries = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Ground:
    """What lies around ways, in one projected CRS.

    Parameters
    ----------
    shapes
        Geometry by kind: ``green`` and ``water`` (areas, and lines of water), ``home`` (compounds), ``street``,
        ``main`` and ``railway`` (lines).
    source
        Whose data they are, as a map must say.
    """

    shapes: Mapping[str, Geometries]
    source: str = ""

    @classmethod
    def of(cls, basemap: Any, streets: Geometries, homes: Geometries, source: str = "") -> Ground:
        """Return the ground from a basemap (:func:`cfc_gis.basemap.basemap`), all streets and the neighbourhoods."""
        kinds = basemap["kind"].to_numpy()
        drawn = basemap.geometry.to_numpy()
        named = {"green": "green", "water": "water", "railway": "railway", "main": "street"}
        parts = {kind: drawn[kinds == name] for kind, name in named.items()}
        return cls({**parts, "street": streets, "home": homes}, source)


def draw(ground: Ground, route: shapely.LineString | None, home: shapely.Point, words: Mapping[str, str]) -> str:
    """Return the map as an SVG element.

    Parameters
    ----------
    ground
        What lies around.
    route
        From the home to the entrance; None where nothing is reached.
    home
        Where the way begins.
    words
        ``title`` for screen readers, ``home``, ``end`` and ``metres`` (with ``{metres}``) beside the marks; escaped
        here.

    Examples
    --------
    >>> street = shapely.LineString([(0, 0), (300, 0)])
    >>> words = {"title": "甲", "home": "家", "end": "校", "metres": "{metres} m"}
    >>> draw(Ground({"street": np.array([street])}), street, shapely.Point(0, 0), words).count('stroke-linejoin')
    1
    """
    west, south, east, north = _frame(route if route is not None else home)
    zoom = WIDTH / (east - west)
    height = (north - south) * zoom
    view = shapely.box(west, south, east, north)

    def at(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(points[:, 0] - west) * zoom, (north - points[:, 1]) * zoom])

    layers = [_layer(kind, ground.shapes[kind], view, at) for kind in _ORDER if kind in ground.shapes]
    marks = [_mark(at(shapely.get_coordinates(home))[0], words["home"], "circle")]
    if route is not None:
        layers.append(_path([route], at, 'fill="none" stroke="#0b5394" stroke-width="4" stroke-linejoin="round"'))
        marks.append(_mark(at(shapely.get_coordinates(route)[-1:])[0], words["end"], "rect"))
    title = text.html_text(words["title"])
    source = (
        f'<text x="{WIDTH - 6:.0f}" y="{height - 6:.0f}" text-anchor="end" font-family="sans-serif" font-size="10" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{text.html_text(ground.source)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" '
        f'role="img" aria-label="{title}" style="background:#fafafa;border:1px solid #ccc;max-width:100%">'
        f"<title>{title}</title>{''.join(layers)}{''.join(marks)}{_scale(zoom, height, words['metres'])}{source}</svg>"
    )


def _frame(shown: shapely.Geometry) -> tuple[float, float, float, float]:
    """Return the box that is drawn: what is shown with a margin, at least 700 m wide, and no taller than wide."""
    west, south, east, north = shown.bounds
    x, y = (west + east) / 2.0, (south + north) / 2.0
    tall = max(north - south + 2.0 * MARGIN_M, 0.6 * LEAST_M)
    wide = max(east - west + 2.0 * MARGIN_M, LEAST_M, tall)
    tall = max(tall, 0.5 * wide)
    return x - wide / 2.0, y - tall / 2.0, x + wide / 2.0, y + tall / 2.0


def _layer(
    kind: str, shapes: Geometries, view: shapely.Polygon, at: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> str:
    seen = shapely.intersection(shapes[shapely.intersects(shapes, view)], view)
    parts = shapely.get_parts(seen)
    parts = shapely.get_parts(parts[~shapely.is_empty(parts)])
    areas, lines = (parts[shapely.get_dimensions(parts) == dimension] for dimension in (2, 1))
    found = []
    if len(areas) and kind in _FILLS:
        found.append(_path(areas, at, f'fill="{_FILLS[kind]}" fill-rule="evenodd"'))
    if len(lines) and kind in _STROKES:
        colour, width = _STROKES[kind]
        dashes = ' stroke-dasharray="6 3"' if kind == "railway" else ""
        found.append(_path(lines, at, f'fill="none" stroke="{colour}" stroke-width="{width}"{dashes}'))
    return "".join(found)


def _path(shapes: Any, at: Callable[[NDArray[np.float64]], NDArray[np.float64]], style: str) -> str:
    strokes = []
    for shape in shapes:
        rings = (shape.exterior, *shape.interiors) if shape.geom_type == "Polygon" else (shape,)
        for ring in rings:
            steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in at(shapely.get_coordinates(ring)))
            strokes.append(f"M{steps}")
    return f'<path d="{"".join(strokes)}" {style}/>'


def _mark(place: NDArray[np.float64], label: str, shape: str) -> str:
    x, y = place
    drawn = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="#fff" stroke="#0b5394" stroke-width="3"/>'
        if shape == "circle"
        else f'<rect x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" fill="#0b5394" stroke="#fff"/>'
    )
    anchor, beside = ("start", x + 11.0) if x < WIDTH / 2.0 else ("end", x - 11.0)
    return (
        f'{drawn}<text x="{beside:.1f}" y="{y + 5:.1f}" text-anchor="{anchor}" font-family="sans-serif" '
        f'font-size="14" stroke="#fff" stroke-width="4" paint-order="stroke">{text.html_text(label)}</text>'
    )


def _scale(zoom: float, height: float, words: str) -> str:
    metres = max((each for each in _SCALES_M if each * zoom <= WIDTH / 3.0), default=_SCALES_M[0])
    y, end = height - 14.0, 12.0 + metres * zoom
    return (
        f'<path d="M12 {y - 5:.0f}V{y:.0f}H{end:.1f}V{y - 5:.0f}" fill="none" stroke="#333"/>'
        f'<text x="16" y="{y - 6:.0f}" font-family="sans-serif" font-size="12">'
        f"{text.html_text(words.format(metres=metres))}</text>"
        f'<text x="{WIDTH - 22:.0f}" y="18" font-family="sans-serif" font-size="14">N</text>'
        f'<path d="M{WIDTH - 17:.0f} 22l-5 14 5-3 5 3z" fill="#333"/>'
    )
