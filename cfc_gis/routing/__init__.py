"""Bounded shortest paths on arrays, from positions on edges to positions on edges.

This package knows arrays only. Costs are given per edge and direction, so that a slope or a one-way staircase may make
the two differ; they are in whatever unit the caller minimises, minutes as a rule.

What can be asked: the nearest target of every origin (:func:`nearest`), the k nearest facilities (:func:`k_nearest`),
all pairs within a cutoff (:func:`pairs`), and routes (:func:`route`). :func:`search` keeps a finished search, to be
read at many origins, followed along routes, extended by new targets, or cut into the parts of edges that are near
enough (:func:`reached_parts`).

The searches are compiled by numba when first used; ``docs/method.md`` says why, and how fast they are.
"""

from cfc_gis.routing.field import Field, Nearest, nearest, route, search
from cfc_gis.routing.graph import NONE, Graph, Places
from cfc_gis.routing.pairs import Pairs, pairs
from cfc_gis.routing.parts import Parts, reached_parts
from cfc_gis.routing.ranked import KNearest, k_nearest
from cfc_gis.routing.route import Route, Steps

__all__ = [
    "NONE",
    "Field",
    "Graph",
    "KNearest",
    "Nearest",
    "Pairs",
    "Parts",
    "Places",
    "Route",
    "Steps",
    "k_nearest",
    "nearest",
    "pairs",
    "reached_parts",
    "route",
    "search",
]
