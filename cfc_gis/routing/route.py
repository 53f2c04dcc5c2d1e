"""Routes: the edges of a way in the order they are walked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cfc_gis.routing._labels import Floats, Ints, Records
from cfc_gis.routing.graph import Graph, Places


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


@dataclass(frozen=True, eq=False)
class Steps:
    """Ways from many origins, step by step: one entry for each edge of each way.

    Parameters
    ----------
    origin
        Row of the origin whose way it belongs to, ascending; the steps of a way follow each other as they are walked.
    edge
        Edge that is walked.
    start, end
        Where on it walking begins and ends, as fractions; start > end is walked backward.
    """

    origin: Ints
    edge: Ints
    start: Floats
    end: Floats


def trace(graph: Graph, label: Records, targets: Places, origins: Places, found: Records) -> Steps:
    """Follow the steps of a finished search from all origins at once: each round, every way goes on by one edge.

    Parameters
    ----------
    graph
        The graph that was searched.
    label
        Labels of its nodes, in the order of its ranks.
    targets
        Places from which it was searched.
    origins, found
        Places, and the best way from each.
    """
    from cfc_gis.routing import _kernels

    rows = np.flatnonzero(found["target"] >= 0)
    target, step = found["target"][rows].astype(np.int64), found["step"][rows].astype(np.int64)
    edge, at = origins.edge[rows], origins.fraction[rows]
    along = step == _kernels.ALONG
    rounds = [(rows, edge, at, np.where(along, targets.fraction[target], step.astype(np.float64)))]
    ends = np.stack([graph.edge_from, graph.edge_to])
    rows, node = rows[~along], ends[step[~along], edge[~along]]
    while len(rows):
        step = label["step"][graph.rank[node]].astype(np.int64)
        there = step < 0
        last, side = np.divmod(-2 - step[there], 2)
        rounds.append((rows[there], targets.edge[last], side.astype(np.float64), targets.fraction[last]))
        rows = rows[~there]
        edge, backward = np.divmod(step[~there], 2)
        rounds.append((rows, edge, backward.astype(np.float64), 1.0 - backward))
        node = ends[1 - backward, edge]
    origin, edge, start, end = (np.concatenate(column) for column in zip(*rounds, strict=True))
    order = np.argsort(origin, kind="stable")
    order = order[start[order] != end[order]]
    return Steps(origin[order], edge[order], start[order], end[order])
