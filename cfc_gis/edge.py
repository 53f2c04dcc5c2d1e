"""Where the data end: the border of their box, and what the box has cut.

Beyond the border nothing is known, and some things are not known within it either: a street ends at its last node, and
a polygon that has lost a node is lost as a whole, be it a park, a school ground or the compound in which a home stands.
A home can be sure of the facility that it has found only if that is nearer than all of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cfc_gis import lexicon, schema
from cfc_gis.facilities.grounds import ground_of
from cfc_gis.network import WalkNetwork

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_SAME_M = 0.01


@dataclass(frozen=True, eq=False)
class Edge:
    """Where the data end, in a projected CRS.

    Parameters
    ----------
    outline
        The border of the data.
    ends, torn
        Points at which streets are cut; streets that the cut has torn off the network, so that nothing is joined to
        them.
    compounds, grounds
        Roughly the parts of cut compounds that lie in the data; the same of all grounds on which leisure is not for
        all, such as compounds and the grounds of schools.
    facilities
        By category: the same of what may be a facility of that category; a school whose stage nothing tells may be of
        any.
    """

    outline: shapely.Geometry
    ends: Shapes
    torn: Shapes
    compounds: Shapes
    grounds: Shapes
    facilities: Mapping[str, Shapes]

    def border_m(self, homes: gpd.GeoDataFrame, neighbourhoods: gpd.GeoDataFrame) -> Floats:
        """Return metres from each home in a straight line to where the data end; 0 where its neighbourhood is cut.

        Parameters
        ----------
        homes
            ``neighbourhood_id`` and points.
        neighbourhoods
            ``neighbourhood_id`` and polygons.
        """
        points = homes.geometry.to_numpy()
        metres = _metres_to(np.r_[self.ends, self.torn, self.outline], points)
        crossed = neighbourhoods["neighbourhood_id"][shapely.intersects(neighbourhoods.geometry, self.outline)]
        in_cut, _ = shapely.STRtree(self.compounds).query(points, predicate="intersects")
        metres[homes["neighbourhood_id"].isin(crossed).to_numpy()] = 0.0
        metres[in_cut] = 0.0
        return metres

    def cut_m(self, homes: gpd.GeoDataFrame, served_by: Mapping[str, Iterable[str]]) -> dict[str, Floats]:
        """Return metres from each home to the nearest thing cut that may matter for a category; inf where none is.

        Parameters
        ----------
        homes
            Points.
        served_by
            By category: the categories of the facilities that serve it.
        """
        points = homes.geometry.to_numpy()
        metres = {name: _metres_to(shapes, points) for name, shapes in self.facilities.items()}
        return {name: np.minimum.reduce([metres[each] for each in served]) for name, served in served_by.items()}

    def doubtful(self, facilities: gpd.GeoDataFrame, of: Ints, entrances: Shapes, leg_m: Floats) -> Flags:
        """Return which facilities might be found elsewhere, or not at all, if nothing were cut.

        A place of leisure that lies on a cut ground might be presumed, or not count; and an entrance that is nearer to
        the lost end of a street than to the street that it is joined to might be joined to that one.

        Parameters
        ----------
        facilities
            :data:`cfc_gis.schema.FACILITIES`.
        of
            Row of the facility of each entrance.
        entrances
            Points.
        leg_m
            Metres from each entrance to the network; NaN where it is not joined.
        """
        leisure = np.array(["leisure" in lexicon.kinds_of(each) for each in facilities["category"]], dtype=bool)
        on_ground, _ = shapely.STRtree(self.grounds).query(facilities.geometry.to_numpy(), predicate="intersects")
        lost = np.r_[_inner_parts(self.ends, self.outline), self.torn, self.outline]
        loose = of[leg_m >= _metres_to(lost, entrances)]
        rows = np.arange(len(facilities))
        flags: Flags = (leisure & np.isin(rows, on_ground)) | np.isin(rows, loose)
        return flags


def find(extent: shapely.Geometry, cut: gpd.GeoDataFrame | None, network: WalkNetwork) -> Edge:
    """Find where the data end.

    Parameters
    ----------
    extent
        Polygon of the data.
    cut
        What the border has cut (``OsmTables.cut``), in the CRS of the extent.
    network
        The walk network.

    Notes
    -----
    Of a cut polygon the points inside the data are known, not the line between its last points and the border. The part
    inside is taken to be the convex hull of its points and of the places of the border that are nearest to them. Of a
    multipolygon that does not close nothing is known, nor of a polygon that crosses a corner of the box without a point
    in it.

    Examples
    --------
    A street ends 30 m before the border, and 50 m from a home. A park of which two points are left reaches the border.

    >>> import pandas as pd
    >>> from cfc_gis import network
    >>> streets = pd.DataFrame({"osm_id": ["w1"], "part": 0, "name": None, "tags": [{"highway": "footway"}]})
    >>> points = pd.DataFrame({"street": 0, "node_id": [1, 2], "lon": [126.0, 126.0], "lat": [45.7, 45.71]})
    >>> net = network.build(streets, points, crs="EPSG:4551")
    >>> x, y = net.node_xy[0]
    >>> cut = gpd.GeoDataFrame({"tags": [{"highway": "footway"}, {"leisure": "park"}], "name": None}, geometry=[
    ...     shapely.MultiPoint([(x, y)]), shapely.MultiPoint([(x - 120, y + 200), (x - 120, y + 400)])])
    >>> edge = find(shapely.box(x - 970, y - 500, x + 30, y + 500), cut, net)
    >>> home = gpd.GeoDataFrame({"neighbourhood_id": ["w1"]}, geometry=[shapely.Point(x - 50, y)])
    >>> land = gpd.GeoDataFrame({"neighbourhood_id": ["w1"]}, geometry=[shapely.box(x - 60, y - 9, x - 20, y + 9)])
    >>> edge.border_m(home, land).round(6)
    array([50.])
    >>> edge.cut_m(home, {"park": ["park"], "kindergarten": ["kindergarten"]})["park"].round(6)
    array([200.])
    """
    nothing = np.empty(0, dtype=object)
    if cut is None or cut.empty:
        return Edge(extent.exterior, nothing, nothing, nothing, nothing, dict.fromkeys(schema.CATEGORIES, nothing))
    points = cut.geometry.to_numpy()
    streets = np.array(["highway" in tags for tags in cut["tags"]], dtype=bool)
    parts = _inner_parts(points[~streets], extent.exterior)
    verdicts = [lexicon.classify(*each) for each in zip(cut["name"][~streets], cut["tags"][~streets], strict=True)]
    ground = np.array([ground_of(tags) or "" for tags in cut["tags"][~streets]], dtype=object)
    by_category = {
        name: parts[np.array([_may_be(each, name) for each in verdicts], dtype=bool)] for name in schema.CATEGORIES
    }
    torn = _torn(network, points[streets])
    return Edge(extent.exterior, points[streets], torn, parts[ground == "compound"], parts[ground != ""], by_category)


def _torn(network: WalkNetwork, ends: Shapes) -> Shapes:
    """Return the edges of components too small to be joined to that hold the cut end of a street."""
    component = network.component[network.edge_from]
    small = component >= network.components_worth_the_name
    lines, of = network.lines[small], component[small]
    _, at_end = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=_SAME_M)
    torn: Shapes = lines[np.isin(of, of[at_end])]
    return torn


def _may_be(verdict: lexicon.Verdict | None, category: str) -> bool:
    if verdict is None:
        return False
    of_some_stage = verdict.kind == "education" and verdict.reason == "stage_unknown" and category in schema.SCHOOLS
    return verdict.category == category or of_some_stage


def _inner_parts(points: Shapes, outline: shapely.Geometry) -> Shapes:
    spots, of = shapely.get_parts(points, return_index=True)
    on_border = shapely.line_interpolate_point(outline, shapely.line_locate_point(outline, spots))
    order = np.argsort(np.r_[of, of], kind="stable")
    hulls: Shapes = shapely.convex_hull(
        shapely.multipoints(np.r_[spots, on_border][order], indices=np.r_[of, of][order])
    )
    return hulls


def _metres_to(shapes: Shapes, points: Shapes) -> Floats:
    metres = np.full(len(points), np.inf)
    if len(shapes) and len(points):
        (place, _), found = shapely.STRtree(shapes).query_nearest(points, return_distance=True, all_matches=False)
        metres[place] = found
    return metres
