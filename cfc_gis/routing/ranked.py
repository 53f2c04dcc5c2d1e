"""The k nearest facilities of every origin, in one search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cfc_gis.routing._labels import LABEL, Floats, Ints
from cfc_gis.routing._state import first_on_edge, limit, values
from cfc_gis.routing.graph import Graph, Places, refuse


@dataclass(frozen=True, eq=False)
class KNearest:
    """The k nearest facilities of each origin, the nearest first; arrays of shape (origins, k).

    Parameters
    ----------
    cost, metres, crossings
        Of the cheapest way to any entrance of the facility, both legs included; NaN where fewer than k are reached.
    group
        Number of the facility; -1 where fewer than k are reached.
    """

    cost: Floats
    metres: Floats
    crossings: Floats
    group: Ints


def k_nearest(
    graph: Graph, origins: Places, targets: Places, group: Ints, k: int, *, cutoff: float = np.inf
) -> KNearest:
    """Find the k nearest facilities of every origin.

    Parameters
    ----------
    graph
        The network with its costs.
    origins
        Where ways begin.
    targets
        Entrances of facilities, where ways end.
    group
        Number of the facility of each entrance, not negative; as long as the targets.
    k
        How many facilities, at least one.
    cutoff
        Largest cost that counts; a way of exactly this cost counts.

    Returns
    -------
    KNearest
        Of equally near facilities the one with the smaller number stands first.

    Raises
    ------
    TableFault
        When ``group`` does not fit the targets, ``k`` is not positive, or the cutoff is no number.

    Notes
    -----
    One search from all entrances together in which every node takes up to k facilities. That is enough: a facility
    that is not among the k nearest of a node is not among those of any node whose way leads through it.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each; a home at the start; facility 4 with doors at nodes 1 and 2, facility 7 at 2.

    >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 100.0], [10.0, 10.0], [10.0, 10.0])
    >>> home = Places([0], [0.0], [0.0], [0.0])
    >>> doors = Places([0, 1, 1], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    >>> found = k_nearest(graph, home, doors, np.array([4, 4, 7]), k=3)
    >>> found.group, found.cost
    (array([[ 4,  7, -1]]), array([[10., 20., nan]]))
    """
    from cfc_gis.routing import _kernels

    refuse("routing", [f"k: {k}"] if k < 1 else [])
    slots = np.empty((graph.n_nodes, k), dtype=LABEL)
    _kernels.clear(slots.reshape(-1))
    doors = targets.on(graph, group)
    given = graph.net, limit(cutoff), slots, doors
    _kernels.spread_ranked(*given)
    return KNearest(*values(_kernels.ranked(*given, first_on_edge(graph, doors), origins.on(graph))))
