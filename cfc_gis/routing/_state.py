"""Searches that have not begun."""

from __future__ import annotations

import numpy as np

from cfc_gis.routing._labels import BLOCK, LABEL, NODE, Floats, Ints, Ints32, Records, Search
from cfc_gis.routing.graph import NONE, Graph, refuse

WITHIN = 1e-9
"""Share of a cutoff by which a way may exceed it and still count: its parts are rounded before they are added up."""


def limit(cutoff: float) -> float:
    """Return the largest sum that still counts as within a cutoff.

    Raises
    ------
    TableFault
        When the cutoff is no number.
    """
    refuse("routing", ["cutoff: missing"] if np.isnan(cutoff) else [])
    return cutoff * (1.0 + WITHIN) if cutoff > 0.0 else cutoff


def begin(graph: Graph, cutoff: float, label: Records | None = None) -> Search:
    """Return a search in which nothing is reached yet, or what the labels say."""
    from cfc_gis.routing import _kernels

    net, n = graph.net, graph.n_nodes
    if label is None:
        label = np.empty(n, dtype=LABEL)
        _kernels.clear(label)
    node, block = np.empty(n, dtype=NODE), np.empty((n >> net.shift) + 1, dtype=BLOCK)
    node["next"], block["first"] = _kernels.NOT_QUEUED, _kernels.NONE
    return Search(net, limit(cutoff), label, node, block, tally=np.zeros(3, dtype=np.int64))


def first_on_edge(graph: Graph, places: Records) -> Ints32:
    """Return the first place on each edge, -1 where there is none; the others follow by their ``next``."""
    from cfc_gis.routing import _kernels_order

    first = np.full(len(graph.edge_from), NONE, dtype=np.int32)
    _kernels_order.by_edge(places, first)
    return first


def values(found: Records, rows: Ints | Ints32 | None = None) -> tuple[Floats, Floats, Floats, Ints]:
    """Return cost, metres, crossings and target of labels; missing and -1 where nothing was reached."""
    from cfc_gis.routing import _kernels_order

    every = np.arange(found.size) if rows is None else rows.astype(np.int64)
    cost, metres, crossings, target = _kernels_order.columns(found.reshape(-1), every)
    shape = found.shape if rows is None else rows.shape
    return cost.reshape(shape), metres.reshape(shape), crossings.reshape(shape), target.reshape(shape)
