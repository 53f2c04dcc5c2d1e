"""The graph and places on it: checked once at the door, and brought once into the form that is searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfc_gis.errors import TableFault
from cfc_gis.routing._labels import ARC, BLOCK_BITS, EDGE, ONE_BLOCK, PLACE, Floats, Ints, Ints32, Net, Records, on_grid

NONE = -1


@dataclass(frozen=True, eq=False)
class Graph:
    """Edges with a length, and a cost in each direction.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    edge_from, edge_to
        Node at the start and end of each edge; shape (e,). Edges may run side by side, and from a node to itself.
    metres
        Length of each edge.
    forward, backward
        Cost from start to end, and from end to start; not negative, infinite where it may not be walked.
    crossings
        How many crossings of main roads each edge stands for; none where left out.

    Raises
    ------
    TableFault
        With every fault found: wrong lengths, nodes that do not exist, negative or missing numbers.

    Notes
    -----
    Costs and metres are rounded to multiples of 2**-32 (2.3e-10) when they are added up. Sums up to two million are
    then exact, so that no result depends on the order of nodes, edges or threads, and ways of equal length on paper
    are equal.

    The arrays are kept, not copied, where their kind allows it: they must not be changed afterwards.

    Examples
    --------
    >>> try:
    ...     Graph(2, [0], [5], [100.0], [-1.0], [1.0])
    ... except TableFault as error:
    ...     error.facts["faults"]
    'edge_to: not a node in 1 row(s), first at 0; forward: negative in 1 row(s), first at 0'
    """

    n_nodes: int
    edge_from: Ints
    edge_to: Ints
    metres: Floats
    forward: Floats
    backward: Floats
    crossings: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if not len(self.crossings):
            object.__setattr__(self, "crossings", np.zeros(len(self.edge_from), dtype=np.int64))
        ends, costs = ("edge_from", "edge_to"), ("forward", "backward")
        columns = _columns(self, (*ends, "crossings"), ("metres", *costs))
        faults = _unequal(columns) or [
            *_faults(columns, ends, "not a node", lambda node: (node < 0) | (node >= self.n_nodes)),
            *_faults(columns, ("metres", *costs), "missing", np.isnan),
            *_faults(columns, ("metres",), "infinite", np.isinf),
            *_faults(columns, ("metres", *costs, "crossings"), "negative", lambda value: value < 0),
        ]
        refuse("routing.Graph", faults)

    @cached_property
    def rank(self) -> Ints32:
        """Place of each node in the order in which nodes are searched: blocks of neighbours together."""
        from cfc_gis.routing import _kernels_order

        if self.n_nodes <= 2 << BLOCK_BITS:
            return np.arange(self.n_nodes, dtype=np.int32)
        return _kernels_order.neighbours_together(self.n_nodes, self.edge_from, self.edge_to, 1 << BLOCK_BITS)

    @cached_property
    def net(self) -> Net:
        """The form that is searched."""
        from cfc_gis.routing import _kernels_order

        edge = np.empty(len(self.edge_from), dtype=EDGE)
        edge["start"], edge["end"] = self.rank[self.edge_from], self.rank[self.edge_to]
        edge["crossings"] = self.crossings
        for name in ("metres", "forward", "backward"):
            edge[name] = on_grid(getattr(self, name))
        start = np.zeros(self.n_nodes + 1, dtype=np.int32)
        arc = np.empty(2 * len(edge), dtype=ARC)
        _kernels_order.arcs(edge, start, arc)
        return Net(start, arc, edge, ONE_BLOCK if self.n_nodes <= 2 << BLOCK_BITS else BLOCK_BITS)

    @cached_property
    def reversed(self) -> Graph:
        """The same edges, walked the other way round; the graph itself where both directions cost the same."""
        if np.array_equal(self.forward, self.backward):
            return self
        ends = (self.edge_from, self.edge_to)
        return Graph(self.n_nodes, *ends, self.metres, self.backward, self.forward, self.crossings)


@dataclass(frozen=True, eq=False)
class Places:
    """Places on the edges of a graph.

    Parameters
    ----------
    edge
        Edge of each place; -1 for a place that is not on the network, whose other values do not count.
    fraction
        Where on the edge, from 0 at its start to 1 at its end.
    leg, leg_metres
        Cost and metres between the place itself and that position; not negative.

    Raises
    ------
    TableFault
        With every fault found.
    """

    edge: Ints
    fraction: Floats
    leg: Floats
    leg_metres: Floats

    def __post_init__(self) -> None:
        numbers = ("fraction", "leg", "leg_metres")
        columns = _columns(self, ("edge",), numbers)
        faults = _unequal(columns)
        if not faults:
            on = self.edge >= 0
            faults = [
                *_faults(columns, numbers, "missing", lambda value: on & np.isnan(value)),
                *_faults(columns, numbers, "negative", lambda value: on & (value < 0)),
                *_faults(columns, ("fraction",), "above 1", lambda value: on & (value > 1)),
            ]
        refuse("routing.Places", faults)

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, rows: Ints) -> Places:
        """Return some of the places, in the order of their rows."""
        return Places(self.edge[rows], self.fraction[rows], self.leg[rows], self.leg_metres[rows])

    def followed_by(self, more: Places) -> Places:
        """Return these places and then others."""
        columns = ((getattr(self, name), getattr(more, name)) for name in ("edge", "fraction", "leg", "leg_metres"))
        return Places(*(np.concatenate(both) for both in columns))

    def on(self, graph: Graph, number: Ints | None = None) -> Records:
        """Return the places as the kernels see them.

        Parameters
        ----------
        graph
            The graph that they are on.
        number
            Number of the facility of each; default: each is its own.

        Raises
        ------
        TableFault
            When an edge is not one of the graph's, or a number is negative.
        """
        number = np.arange(len(self)) if number is None else np.asarray(number)
        edges, last = len(graph.edge_from), np.iinfo(np.int32).max
        columns = {"edge": self.edge, "number": number}
        faults = _unequal(columns) or [
            *_faults(columns, ("edge",), "not an edge", lambda edge: edge >= edges),
            *_faults(columns, ("number",), "out of range", lambda each: (each < 0) | (each > last)),
        ]
        refuse("routing.Places", faults)
        places = np.empty(len(self), dtype=PLACE)
        places["edge"], places["number"], places["next"] = self.edge, number, NONE
        places["fraction"] = self.fraction
        places["leg"], places["leg_metres"] = on_grid(self.leg), on_grid(self.leg_metres)
        return places


def _columns(table: object, whole: tuple[str, ...], real: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Bring arrays into the one form that the kernels are compiled for, and return them by name."""
    kinds: dict[str, type] = {**dict.fromkeys(whole, np.int64), **dict.fromkeys(real, np.float64)}
    columns = {name: np.asarray(getattr(table, name)) for name in kinds}
    wrong = [
        f"{name}: {values.dtype} where {np.dtype(kinds[name])} was wanted"
        for name, values in columns.items()
        if values.size and not np.can_cast(values.dtype, kinds[name], "same_kind")
    ]
    refuse(f"routing.{type(table).__name__}", wrong)
    for name, values in columns.items():
        columns[name] = np.require(values, dtype=kinds[name], requirements=["C", "W"])
        object.__setattr__(table, name, columns[name])
    return columns


def _unequal(columns: dict[str, NDArray[Any]]) -> list[str]:
    shapes = {name: values.shape for name, values in columns.items()}
    if len(set(shapes.values())) == 1 and all(len(shape) == 1 for shape in shapes.values()):
        return []
    return ["shapes: " + ", ".join(f"{name} {shape}" for name, shape in shapes.items())]


def _faults(columns: dict[str, NDArray[Any]], names: tuple[str, ...], what: str, bad: Any) -> list[str]:
    found = {name: np.flatnonzero(bad(columns[name])) for name in names}
    return [f"{name}: {what} in {len(rows)} row(s), first at {rows[0]}" for name, rows in found.items() if len(rows)]


def refuse(table: str, faults: list[str]) -> None:
    """Raise an error that names all faults, if there are any."""
    if faults:
        raise TableFault("table_fault", table=table, count=len(faults), faults="; ".join(faults))
