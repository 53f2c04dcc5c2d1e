"""Routes: the edges of a way in the order they are walked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cfc_gis.routing._labels import Floats, Ints, Records
from cfc_gis.routing.graph import NONE, Graph, Places


@dataclass(frozen=True, eq=False)
class Route:
    """A way from an origin to a target.

    Parameters
    ----------
    edge
        Edges in the order they are walked; empty where there is no way, or nothing of an edge is walked.
    start, end
        Where on each edge walking begins and ends, as fractions; an edge with start > end is walked backward.
    cost, metres, crossings
        Of the whole way, both legs included; NaN where there is none.
    target
        Number of the target; -1 where there is no way.
    """

    edge: Ints
    start: Floats
    end: Floats
    cost: float
    metres: float
    crossings: float
    target: int


def trace(graph: Graph, label: Records, targets: Places, origin: Places, found: Records) -> Route:
    """Follow the steps of a finished search.

    Parameters
    ----------
    graph
        The graph that was searched.
    label
        Labels of its nodes, in the order of its ranks.
    targets
        Places from which it was searched.
    origin, found
        One place, and the best way from it.
    """
    from cfc_gis.routing import _kernels

    target, step = int(found["target"]), int(found["step"])
    if target < 0:
        return Route(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.nan, np.nan, np.nan, NONE)
    edge, at = int(origin.edge[0]), float(origin.fraction[0])
    if step == _kernels.ALONG:
        walked = [(edge, at, float(targets.fraction[target]))]
    else:
        walked = [(edge, at, float(step))]  # to the start, 0, or to the end, 1
        node = int((graph.edge_from, graph.edge_to)[step][edge])
        while (step := int(label["step"][graph.rank[node]])) >= 0:
            edge, backward = divmod(step, 2)
            walked.append((edge, float(backward), float(1 - backward)))
            node = int((graph.edge_to, graph.edge_from)[backward][edge])
        last, end = divmod(-2 - step, 2)
        walked.append((int(targets.edge[last]), float(end), float(targets.fraction[last])))
    edges, starts, ends = (np.array(column) for column in zip(*walked, strict=True))
    moved = starts != ends
    cost, metres, crossings = float(found["cost"]), float(found["metres"]), float(found["crossings"])
    return Route(edges[moved], starts[moved], ends[moved], cost, metres, crossings, target)
