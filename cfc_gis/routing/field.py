"""From every place to its nearest target: one search, kept, and read at origins."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cfc_gis.routing._labels import Floats, Ints, Ints32, Records
from cfc_gis.routing._state import begin, first_on_edge, limit, values
from cfc_gis.routing.graph import Graph, Places
from cfc_gis.routing.route import Route, Steps, trace


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest target of each origin.

    Parameters
    ----------
    cost
        Cost of the cheapest way there, both legs included; NaN where no target is reached.
    metres
        Length of that way, both legs included; NaN where no target is reached.
    crossings
        Crossings of main roads on that way; NaN where no target is reached.
    target
        Number of that target; -1 where none is reached.
    """

    cost: Floats
    metres: Floats
    crossings: Floats
    target: Ints


@dataclass(frozen=True, eq=False)
class Field:
    """The way from every node of a graph to its nearest target, as :func:`search` finds it.

    Parameters
    ----------
    graph
        The network with its costs.
    targets
        Where the ways end; where they begin, if outward.
    cutoff
        Largest cost that counts.
    outward
        Whether ways lead from the targets to the nodes.

    Examples
    --------
    See :func:`search`.
    """

    graph: Graph
    targets: Places
    cutoff: float
    outward: bool
    _label: Records = field(repr=False)
    _older: int = field(default=0, repr=False)

    @cached_property
    def _at_nodes(self) -> Nearest:
        return Nearest(*values(self._label, self.graph.rank))

    @property
    def cost(self) -> Floats:
        """Cost between each node and its nearest target, the target's leg included; NaN where none is reached."""
        return self._at_nodes.cost

    @property
    def metres(self) -> Floats:
        """Metres of that way; NaN where no target is reached."""
        return self._at_nodes.metres

    @property
    def crossings(self) -> Floats:
        """Crossings of main roads on that way; NaN where no target is reached."""
        return self._at_nodes.crossings

    @property
    def target(self) -> Ints:
        """Number of the nearest target of each node; -1 where none is reached."""
        return self._at_nodes.target

    @cached_property
    def changed(self) -> Ints:
        """Nodes whose nearest target is one of those added last; in a first search, all that are reached."""
        return np.flatnonzero(self.target >= self._older)

    def at(self, origins: Places) -> Nearest:
        """Return the nearest target of every origin.

        Parameters
        ----------
        origins
            Places on the same graph. Those that are not on the network reach nothing.

        Returns
        -------
        Nearest
            Arrays as long as the origins.
        """
        return Nearest(*values(self._read(origins)))

    def route(self, origin: Places) -> Route:
        """Return the way between one origin and its nearest target, in the direction in which it is walked.

        Parameters
        ----------
        origin
            One place.

        Returns
        -------
        Route
            Its cost, metres and crossings are those of :meth:`at`. Of ways that are equal in all three, one.

        Examples
        --------
        >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 50.0], [10.0, 5.0], [10.0, 5.0])
        >>> school, home = Places([1], [0.8], [0.0], [0.0]), Places([0], [0.25], [1.0], [10.0])
        >>> way = search(graph, school).route(home)
        >>> way.edge, way.start, way.end, way.cost
        (array([0, 1]), array([0.25, 0.  ]), array([1. , 0.8]), 12.5)
        """
        found, steps = self._read(origin), self.steps(origin)
        numbers = (float(found[name][0]) for name in ("cost", "metres", "crossings"))
        cost, metres, crossings = numbers if found["target"][0] >= 0 else (np.nan, np.nan, np.nan)
        return Route(steps.edge, steps.start, steps.end, cost, metres, crossings, int(found["target"][0]))

    def steps(self, origins: Places) -> Steps:
        """Return the ways between many origins and their nearest targets, as :meth:`route` does for one.

        Parameters
        ----------
        origins
            Places on the same graph; those that reach nothing have no steps.

        Examples
        --------
        >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 50.0], [10.0, 5.0], [10.0, 5.0])
        >>> school, homes = Places([1], [0.8], [0.0], [0.0]), Places([0, 1], [0.25, 1.0], [0.0] * 2, [0.0] * 2)
        >>> steps = search(graph, school).steps(homes)
        >>> steps.origin, steps.edge, steps.end
        (array([0, 0, 1]), array([0, 1, 1]), array([1. , 0.8, 0.8]))
        """
        steps = trace(self._searched, self._label, self.targets, origins, self._read(origins))
        if not self.outward:
            return steps
        order = np.lexsort((-np.arange(len(steps.origin)), steps.origin))
        return Steps(steps.origin[order], steps.edge[order], steps.end[order], steps.start[order])

    def with_targets(self, more: Places) -> Field:
        """Return the field of these targets and more, as a search for all of them together would find it.

        Parameters
        ----------
        more
            Targets to add; their numbers follow those of the targets that are there.

        Returns
        -------
        Field
            A new one; only nodes that get nearer to a target are visited. :attr:`changed` names them.
        """
        older = len(self.targets)
        targets = self.targets.followed_by(more)
        label = _spread(self._searched, targets, self.cutoff, older, self._label.copy())
        return Field(self.graph, targets, self.cutoff, self.outward, label, older)

    @property
    def _searched(self) -> Graph:
        return self.graph.reversed if self.outward else self.graph

    @cached_property
    def _doors(self) -> tuple[Records, Ints32]:
        doors = self.targets.on(self.graph)
        return doors, first_on_edge(self.graph, doors)

    def _read(self, origins: Places) -> Records:
        from cfc_gis.routing import _kernels

        net, within = self._searched.net, limit(self.cutoff)
        found: Records = _kernels.nearest(net, within, self._label, *self._doors, origins.on(self.graph))
        return found


def search(graph: Graph, targets: Places, cutoff: float = np.inf, *, outward: bool = False) -> Field:
    """Find the nearest target of every node.

    Parameters
    ----------
    graph
        The network with its costs.
    targets
        Places on its edges. Those that are not on the network are never reached.
    cutoff
        Largest cost that counts; a way of exactly this cost counts.
    outward
        Search ways from the targets to the nodes instead of ways from the nodes to the targets.

    Returns
    -------
    Field
        To be read at origins, followed along routes, and extended by more targets.

    Notes
    -----
    One search by Dijkstra (1959) for all targets together, against the direction of the edges. The nearest target of
    a node is the one with the least cost; of equal costs the one with the smallest number, then the shorter way, then
    the one with fewer crossings. A graph of more than 32,768 nodes is searched block by block, which gives the same
    result: what crosses the border of a block waits for that block's next turn.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each; a target a quarter into the second edge.

    >>> graph = Graph(3, [0, 1], [1, 2], [100.0, 100.0], [10.0, 10.0], [10.0, 10.0])
    >>> field = search(graph, Places([1], [0.25], [0.0], [0.0]))
    >>> field.cost
    array([12.5,  2.5,  7.5])
    >>> nearer = field.with_targets(Places([0], [0.0], [0.0], [0.0]))
    >>> nearer.target, nearer.changed
    (array([1, 0, 0]), array([0]))
    """
    searched = graph.reversed if outward else graph
    return Field(graph, targets, cutoff, outward, _spread(searched, targets, cutoff))


def nearest(graph: Graph, origins: Places, targets: Places, cutoff: float = np.inf) -> Nearest:
    """Find the nearest target of every origin.

    Parameters
    ----------
    graph
        The network with its costs.
    origins, targets
        Where the ways begin and end. Places that are not on the network reach nothing and are never reached.
    cutoff
        Largest cost that counts; a way of exactly this cost counts.

    Returns
    -------
    Nearest
        Arrays as long as the origins. Of equally near targets the one with the smallest number is taken, whatever
        the order of edges.

    Notes
    -----
    An origin inside an edge takes the least of three ways: by the start of its edge, by its end, or straight along
    the edge to a target on the same edge.

    Examples
    --------
    Nodes 0 - 1 - 2 in a row, 10 each; a target a quarter into the second edge, an origin halfway on the first.

    >>> graph = Graph(3, [0, 1], [1, 2], [1000.0, 1000.0], [10.0, 10.0], [10.0, 10.0])
    >>> nearest(graph, Places([0], [0.5], [1.0], [100.0]), Places([1], [0.25], [0.0], [0.0]))
    Nearest(cost=array([8.5]), metres=array([850.]), crossings=array([0.]), target=array([0]))
    """
    return search(graph, targets, cutoff).at(origins)


def route(graph: Graph, origin: Places, target: Places) -> Route:
    """Find the cheapest way from one place to the nearest of some others.

    Parameters
    ----------
    graph
        The network with its costs.
    origin
        One place.
    target
        One place, or several to choose from.

    Returns
    -------
    Route
        Without edges, and of missing cost, where there is no way.

    Examples
    --------
    See :meth:`Field.route`.
    """
    return search(graph, target).route(origin)


def _spread(graph: Graph, targets: Places, cutoff: float, older: int = 0, label: Records | None = None) -> Records:
    from cfc_gis.routing import _kernels

    begun = begin(graph, cutoff, label)
    _kernels.seed(begun, targets.on(graph), older, len(targets))
    _kernels.spread(begun)
    return begun.label
