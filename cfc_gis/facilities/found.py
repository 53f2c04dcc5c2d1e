"""One OSM object that speaks of a facility, and what its name and tags say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from cfc_gis import lexicon, names, text
from cfc_gis.facilities import details

_LETTERS = "wrn"


@dataclass(frozen=True)
class Found:
    """An object of interest.

    Parameters
    ----------
    osm_id, name
        Its id, and its name on one line; empty where it has none.
    shape
        Its geometry, valid, in a metre CRS.
    verdict
        What name and tags say; replaced where its surroundings say otherwise.
    core
        What is left of its name for comparison (:func:`cfc_gis.names.core`).
    indoor, season, ownership, capacity
        As in the facility table; ``None`` where nothing tells.
    """

    osm_id: str
    name: str
    shape: shapely.Geometry
    verdict: lexicon.Verdict
    core: str
    indoor: bool
    season: str
    ownership: str | None
    capacity: float | None

    @property
    def kind(self) -> str:
        """Kind of facility it speaks of."""
        return self.verdict.kind

    @property
    def category(self) -> str | None:
        """Category, or ``None`` where it is set aside."""
        return self.verdict.category

    @property
    def taken(self) -> bool:
        """Whether it is a facility, or a part of one."""
        return self.verdict.reason is None

    @cached_property
    def area(self) -> float:
        """Area in square metres; 0 for points and lines."""
        return float(self.shape.area)

    @property
    def is_area(self) -> bool:
        """Whether it is a polygon."""
        return self.area > 0

    @property
    def order(self) -> tuple[float, int, int]:
        """The order in which a main object is chosen: largest area, else way, relation, node, then smallest number."""
        return -self.area, _LETTERS.index(self.osm_id[0]), int(self.osm_id[1:])

    def set_aside(self, reason: str) -> Found:
        """Return it, not taken."""
        return replace(self, verdict=lexicon.Verdict(self.kind, None, "", self.verdict.why, reason))

    def presumed(self, why: str) -> Found:
        """Return it with weaker evidence."""
        return replace(self, verdict=replace(self.verdict, evidence="presumed", why=why))


def find_objects(objects: gpd.GeoDataFrame) -> list[Found]:
    """Return every object of interest in the order of :attr:`Found.order`.

    Examples
    --------
    >>> objects = gpd.GeoDataFrame(
    ...     {"osm_id": ["n1", "n2"], "name": ["和兴幼儿园", None], "tags": [{"building": "yes"}, {"natural": "tree"}]},
    ...     geometry=gpd.GeoSeries.from_xy([0, 9], [0, 9], crs=4551),
    ... )
    >>> [each.osm_id for each in find_objects(objects)]
    ['n1']
    """
    wanted = objects[lexicon.may_interest(objects["name"], objects["tags"])]
    shapes = wanted.geometry.to_numpy()
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
    found = []
    for osm_id, name, tags, shape in zip(wanted["osm_id"], wanted["name"], wanted["tags"], shapes, strict=True):
        verdict = lexicon.classify(name, tags)
        if verdict is not None:
            found.append(_found(osm_id, text.display(name) or text.display(tags.get("name:en")), tags, shape, verdict))
    return sorted(found, key=lambda each: each.order)


def _found(osm_id: str, name: str, tags: dict[str, str], shape: shapely.Geometry, verdict: lexicon.Verdict) -> Found:
    indoor = details.indoor(name, tags, verdict.kind)
    season = details.season(name, tags, verdict.category or "", inside=indoor)
    owner = details.ownership(name, tags)
    return Found(osm_id, name, shape, verdict, names.core(name), indoor, season, owner, details.capacity(tags))
