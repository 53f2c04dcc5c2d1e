"""Which parts of the edges are near enough: the skeleton of an isochrone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cfc_gis.routing._labels import Floats, Ints
from cfc_gis.routing.field import Field
from cfc_gis.routing.graph import Graph, refuse


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of edges, sorted by edge and along it; parts of one edge do not touch each other.

    Parameters
    ----------
    edge
        Edge of each part.
    start, end
        Fractions of the edge between which it lies, start < end.
    """

    edge: Ints
    start: Floats
    end: Floats


def reached_parts(field: Field, cutoff: float) -> Parts:
    """Return the parts of all edges from which the nearest target is within a cutoff.

    Parameters
    ----------
    field
        A finished search; an outward one gives the parts that are reached from its targets.
    cutoff
        Largest cost that counts, the target's leg included; at most the cutoff of the field.

    Returns
    -------
    Parts
        None, one or several of an edge: from its start, from its end, and around targets on it. Single points are
        left out.

    Raises
    ------
    TableFault
        When the field was not searched that far, or the cutoff is no number.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each, the second edge one-way towards node 2; a target at node 1.

    >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 100.0], [10.0, 10.0], [10.0, np.inf])
    >>> from cfc_gis.routing import Places, search
    >>> target = Places([0], [1.0], [0.0], [0.0])
    >>> reached_parts(search(graph, target), 4.0)
    Parts(edge=array([0]), start=array([0.6]), end=array([1.]))
    >>> reached_parts(search(graph, target, outward=True), 4.0)
    Parts(edge=array([0, 1]), start=array([0.6, 0. ]), end=array([1. , 0.4]))
    """
    refuse("routing", [] if cutoff <= field.cutoff else [f"cutoff: {cutoff}, searched to {field.cutoff}"])
    graph = field.graph.reversed if field.outward else field.graph
    left = cutoff - field.cost  # missing where no target is reached: nothing is walked from there
    every = np.arange(len(graph.edge_from))
    from_start = _share(left[graph.edge_from], graph.backward)
    from_end = _share(left[graph.edge_to], graph.forward)
    edge, low, high = _around_targets(graph, field, cutoff)
    edge = np.concatenate([every, every, edge])
    low = np.concatenate([np.zeros(len(every)), 1.0 - from_end, low])
    high = np.concatenate([from_start, np.ones(len(every)), high])
    return _merged(edge, low, high)


def _share(left: Floats, whole: Floats) -> Floats:
    """Return which share of an edge can be walked with what is left; negative where its end is not even reached."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0.0, left / whole, np.where(left >= 0.0, 1.0, -1.0))
    # inf / inf: with no limit, an edge that may not be walked is still not walked.
    return np.where(left >= 0.0, np.minimum(np.nan_to_num(share, nan=0.0, posinf=1.0), 1.0), -1.0)


def _around_targets(graph: Graph, field: Field, within: float) -> tuple[Ints, Floats, Floats]:
    at = field.targets
    on = np.flatnonzero((at.edge >= 0) & (at.leg <= within))
    edge, fraction, left = at.edge[on], at.fraction[on], within - at.leg[on]
    before, behind = _share(left, graph.forward[edge]), _share(left, graph.backward[edge])
    return edge, np.maximum(fraction - before, 0.0), np.minimum(fraction + behind, 1.0)


def _merged(edge: Ints, low: Floats, high: Floats) -> Parts:
    """Join parts of one edge that touch or overlap."""
    real = high > low
    edge, low, high = edge[real], low[real], high[real]
    order = np.lexsort((low, edge))
    edge, low, high = edge[order], low[order], high[order]
    # The farthest end so far on the same edge, found with whole numbers in place of fractions: edges lie apart.
    rank = np.unique(np.concatenate([low, high]), return_inverse=True)[1]
    base = edge * len(rank)
    reached = np.maximum.accumulate(base + rank[len(low) :])
    first = np.flatnonzero(np.r_[True, base[1:] + rank[1 : len(low)] > reached[:-1]][: len(edge)])
    return Parts(edge[first], low[first], np.maximum.reduceat(high, first) if len(first) else high)
