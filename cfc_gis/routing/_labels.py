"""The records, and the bundles of arrays of them, that the kernels work on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Records = NDArray[Any]

GRID = 2.0**32
"""Costs and metres are multiples of 1 / GRID."""

BLOCK_BITS = 14
"""Nodes of one block, as a power of two: what a block needs fits into a processor's own cache."""

ONE_BLOCK = 31


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    return np.dtype(list(fields), align=True)


EDGE = _record(
    ("metres", "f8"), ("forward", "f8"), ("backward", "f8"), ("start", "i4"), ("end", "i4"), ("crossings", "i4")
)
"""An edge of the graph; its ends are nodes by their rank."""

ARC = _record(("cost", "f8"), ("metres", "f8"), ("head", "i4"), ("walk", "i4"), ("crossings", "i4"))
"""One arc of the search: from a node to ``head``. ``walk`` is twice the edge, plus one where it is walked backward."""

PLACE = _record(
    ("fraction", "f8"), ("leg", "f8"), ("leg_metres", "f8"), ("edge", "i4"), ("number", "i4"), ("next", "i4")
)
"""A place on an edge; its number is that of a target or of a facility; ``next`` is another place on the same edge."""

LABEL = _record(("cost", "f8"), ("metres", "f8"), ("target", "i4"), ("crossings", "i4"), ("step", "i4"))
"""The best way known from a node to a target, which is -1 where there is none.

``step`` says how it goes on: the walk of an arc; or, where the target lies on an edge of the node,
-2 - 2 x target - (1 if the edge is entered at its end, else 0).
"""

REACH = _record(("cost", "f8"), ("metres", "f8"), ("place", "i4"), ("crossings", "i4"))
"""A way between a place and a node or a facility."""

NODE = _record(("next", "i4"), ("touched", "i4"))
"""Of each node the next one that waits in its block. Beside it, and not of that node, the list of nodes reached."""

BLOCK = _record(("first", "i4"), ("todo", "i4"))
"""Of each block its first waiting node. Beside it, and not of that block, the ring of blocks with waiting nodes."""

Way = tuple[float, int, float, int]
"""Cost, target, metres and crossings, in the order in which they are compared."""


class Net(NamedTuple):
    """A graph as the kernels see it.

    Nodes go by their rank, in which blocks of neighbours stand together; the block of a node is its rank shifted by
    ``shift`` bits. Arcs run against the direction of walking: those of node ``v`` are
    ``arc[start[v] : start[v + 1]]`` and lead to the nodes from which one walks to ``v``.
    """

    start: Ints32
    arc: Records
    edge: Records
    shift: int


class Search(NamedTuple):
    """A search under way: labels say what is known, nodes and blocks what is still to do.

    ``tally``: first of the ring of blocks, how many are in it, how many nodes were touched.
    """

    net: Net
    limit: float
    label: Records
    node: Records
    block: Records
    tally: Ints


class Doors(NamedTuple):
    """Origins, to be found from the nodes at the ends of their edges and from their edges.

    ``way[start[v] : start[v + 1]]`` are the ways from origins to node ``v``; ``first`` is the first origin on each
    edge.
    """

    origins: Records
    start: Ints
    way: Records
    first: Ints32


class Catch(NamedTuple):
    """The best way from each origin to one facility, and the origins that have one."""

    best: Records
    hit: Ints32


def on_grid(values: Floats) -> Floats:
    """Round costs or metres so that sums of them, up to two million, are exact."""
    rounded: Floats = np.rint(values * GRID) / GRID
    return rounded
