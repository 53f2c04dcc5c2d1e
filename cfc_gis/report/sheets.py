"""Static map sheets as inline SVG: sub-districts by judgement, and the homes of one district.

A sheet carries scale bar and north; title, legend, source and date stand around it as text, in the languages of the
report. Its numbers are in the table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup

SHEET_WIDTH = 420
DISTRICT_WIDTH = 520
TALLEST = 1.15
"""Height of the sheet of a district over its width, at most: more would not leave room for its table on paper."""
TOLERANCE = 0.5
"""Simplification, in pixels of the sheet."""
ROUND = (20_000, 10_000, 5000, 2000, 1000, 500, 200, 100)


class Sheet:
    """A small map of units; the outlines are written once and coloured for each category.

    Parameters
    ----------
    units
        Units of one level, in a projected CRS.
    extent
        Box to show: west, south, east, north in that CRS.
    """

    def __init__(self, units: gpd.GeoDataFrame, extent: tuple[float, float, float, float]) -> None:
        self.codes = list(units["unit_code"])
        west, south, east, north = extent
        scale = SHEET_WIDTH / max(east - west, 1.0)
        self.height = round((north - south) * scale)
        shapes = shapely.intersection(units.geometry.to_numpy(), shapely.box(*extent))
        pixels = shapely.transform(shapes, lambda xy: (xy - [west, north]) * [scale, -scale])
        self.paths = [_path(shape) for shape in shapely.simplify(pixels, TOLERANCE)]
        self.metres_per_pixel = 1 / scale

    def outlines(self) -> Markup:
        """Return the definitions that every sheet refers to: put them into the page once."""
        paths = "".join(f'<path id="unit{n}" d="{path}"/>' for n, path in enumerate(self.paths))
        return Markup(f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{paths}</defs></svg>')  # noqa: S704

    def draw(self, judgements: Mapping[str, str], caption_id: str) -> Markup:
        """Return one sheet, each unit in the colour of its judgement, with a scale bar and north.

        Parameters
        ----------
        judgements
            Judgement of each unit code; a unit without one is drawn as no data.
        caption_id
            Id of the element that names the picture.
        """
        uses = "".join(
            f'<use href="#unit{n}" class="j-{judgements.get(code, "no_data")}"/>' for n, code in enumerate(self.codes)
        )
        scale = _scale_and_north(SHEET_WIDTH, self.height, self.metres_per_pixel)
        box = f'viewBox="-1 -1 {SHEET_WIDTH + 2} {self.height + 22}"'
        return Markup(f'<svg class="sheet" {box} role="img" aria-labelledby="{caption_id}">{uses}{scale}</svg>')  # noqa: S704


class DistrictSheet:
    """A map of the homes of one district, over water, green and main streets where there are any.

    Parameters
    ----------
    outline
        The district.
    inner
        Outlines within it, such as those of its sub-districts.
    homes
        Its neighbourhoods, at least one, in the same projected CRS; they set the extent.
    basemap
        ``kind`` and geometry in that CRS (:func:`cfc_gis.basemap.basemap`); may be empty.
    """

    def __init__(
        self,
        outline: shapely.Geometry,
        inner: gpd.GeoSeries,
        homes: gpd.GeoSeries,
        basemap: gpd.GeoDataFrame,
    ) -> None:
        west, south, east, north = homes.total_bounds + np.array([-300.0, -300.0, 300.0, 300.0])
        # A long district is shown with what lies beside it, never squeezed.
        middle, tall = (west + east) / 2, north - south
        half = max(east - west, tall / TALLEST) / 2
        self.box = shapely.box(middle - half, south, middle + half, north)
        self.corner, self.scale = (middle - half, north), DISTRICT_WIDTH / (2 * half)
        self.height = round(tall * self.scale)
        self._homes = self._pixels(homes.to_numpy())
        self._ground = [
            f'<path d="{self._shapes(basemap.geometry[basemap["kind"] == kind].to_numpy())}" class="g-{kind}"/>'
            for kind in ("water", "green", "street")
        ]
        self._units = (
            f'<path d="{self._shapes(inner.to_numpy())}" class="g-inner"/>'
            f'<path d="{self._shapes(np.array([outline]))}" class="g-outline"/>'
        )

    def draw(
        self, kinds: Sequence[str], points: Mapping[str, np.ndarray], numbered: Sequence[int], caption_id: str
    ) -> Markup:
        """Return the sheet.

        Parameters
        ----------
        kinds
            Class of each home, in their order: ``within``, ``presumed``, ``beyond`` or ``unknown``.
        points
            Coordinates of facilities, by the evidence class that they are drawn in.
        numbered
            Rows of the homes that bear the numbers 1, 2, ... of the table.
        caption_id
            Id of the element that names the picture.
        """
        chosen = np.array(kinds)
        homes = "".join(
            f'<path d="{"".join(map(_path, self._homes[chosen == kind]))}" class="h-{kind}"/>'
            for kind in dict.fromkeys(kinds)
        )
        sites = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="f-{name}"/>'
            for name, found in points.items()
            for x, y in self._project(found)
        )
        labels = "".join(
            self._label(n, shapely.get_coordinates(shapely.point_on_surface(self._homes[row]))[0])
            for n, row in enumerate(numbered, start=1)
        )
        marks = _scale_and_north(DISTRICT_WIDTH, self.height, 1 / self.scale)
        clip = f'<clipPath id="clip-{caption_id}"><rect width="{DISTRICT_WIDTH}" height="{self.height}"/></clipPath>'
        ground = f'<rect width="{DISTRICT_WIDTH}" height="{self.height}" class="g-land"/>{"".join(self._ground)}'
        inside = f'<g clip-path="url(#clip-{caption_id})">{ground}{homes}{self._units}{sites}{labels}</g>'
        box = f'viewBox="-1 -1 {DISTRICT_WIDTH + 2} {self.height + 22}"'
        return Markup(f'<svg class="sheet" {box} role="img" aria-labelledby="{caption_id}">{clip}{inside}{marks}</svg>')  # noqa: S704

    def _label(self, number: int, at: np.ndarray) -> str:
        x, y = np.clip(at, 9.0, [DISTRICT_WIDTH - 9.0, self.height - 9.0])
        mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" class="n-mark"/>'
        return f'{mark}<text x="{x:.1f}" y="{y + 4:.1f}" class="n-text">{number}</text>'

    def _project(self, xy: np.ndarray) -> np.ndarray:
        pixels: np.ndarray = (xy - self.corner) * [self.scale, -self.scale]
        return pixels

    def _pixels(self, shapes: np.ndarray) -> np.ndarray:
        return np.asarray(shapely.simplify(shapely.transform(shapes, self._project), TOLERANCE))

    def _shapes(self, shapes: np.ndarray) -> str:
        return "".join(map(_path, self._pixels(shapely.intersection(shapes, self.box))))


def _scale_and_north(width: float, height: float, metres_per_pixel: float) -> str:
    """Return a scale bar of a round length and an arrow to the north, below a map of this size."""
    length = next((m for m in ROUND if m / metres_per_pixel < width / 3), ROUND[-1])
    words = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    y = height + 16
    return (
        f'<path d="M2 {y - 5}v5h{length / metres_per_pixel:.1f}v-5" class="scale"/>'
        f'<text x="{length / metres_per_pixel + 8:.1f}" y="{y}">{words}</text>'
        f'<path d="M{width - 12} {y - 12}l5 14l-5 -4l-5 4z"/><text x="{width - 30}" y="{y}">N</text>'
    )


def _path(shape: shapely.Geometry) -> str:
    """Return areas and lines as path data, in tenths of a pixel."""
    drawn = []
    for part in shapely.get_parts(shape):
        if part.is_empty:  # too small to be drawn
            continue
        if part.geom_type == "Polygon":
            drawn += [_line(ring) + "Z" for ring in (part.exterior, *part.interiors)]
        elif part.geom_type == "LineString":
            drawn.append(_line(part))
        elif part.geom_type == "GeometryCollection":
            drawn.append(_path(part))
    return "".join(drawn)


def _line(line: shapely.LineString) -> str:
    points = np.round(shapely.get_coordinates(line), 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
