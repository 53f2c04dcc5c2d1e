"""Land that overlapping polygons have for themselves."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def own_land(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons without the smaller ones that lie in them or overlap them: no land belongs to two.

    Parameters
    ----------
    shapes
        Polygons in a projected CRS. Of two of the same size the later one keeps the land.

    Returns
    -------
    array
        What is left of each, in the same order; empty where smaller ones cover all of it.

    Examples
    --------
    >>> estate, court = shapely.box(0, 0, 10, 10), shapely.box(2, 2, 4, 4)
    >>> shapely.area(own_land(np.array([estate, court]))).tolist()
    [96.0, 4.0]
    """
    size = shapely.area(shapes)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    larger = (size[a] > size[b]) | ((size[a] == size[b]) & (a < b))
    own = shapes.copy()
    for i in np.unique(a[larger]):
        own[i] = shapely.difference(shapes[i], shapely.union_all(shapes[b[larger & (a == i)]]))
    return own
