"""What may be chosen: how many sites, at what cost, which ones in any case or never, and how far apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cfc_gis import locale, text
from cfc_gis.errors import UserError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def _no_pairs() -> Ints:
    return np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Options:
    """What may be chosen among candidates.

    Parameters
    ----------
    ids
        Id of each candidate, each once, in the order of the columns of the problem.
    sites
        At most so many are chosen, those that must be among them; None for no limit. More sites never make a result
        worse, so that fewer are chosen only where the rest would add nothing, or other limits forbid them.
    must, never
        Ids that are chosen in any case, and ids that are not.
    cost
        Cost of each candidate, not negative, in any one unit; None where nothing is said of costs.
    budget
        The most that the chosen ones may cost together; needs ``cost``.
    apart
        Pairs of rows of candidates of which at most one is chosen, shape (k, 2): see :func:`too_near`.

    Raises
    ------
    UserError
        With everything that is wrong with them.

    Examples
    --------
    >>> Options(("a", "b", "c"), sites=2, must=frozenset({"b"})).must_be
    array([False,  True, False])
    """

    ids: tuple[str, ...]
    sites: int | None = None
    must: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    cost: Floats | None = None
    budget: float | None = None
    apart: Ints = field(default_factory=_no_pairs)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, all of it at once."""
        known = set(self.ids)
        wrong = {
            "ids_repeated": len(known) < len(self.ids),
            "must_unknown": bool(self.must - known),
            "never_unknown": bool(self.never - known),
            "must_and_never": bool(self.must & self.never),
            "sites_negative": self.sites is not None and self.sites < 0,
            "cost_shape": self.cost is not None and not self._costs_fit(),
            "budget_alone": self.budget is not None and not (self.cost is not None and self.budget >= 0),
            "apart_shape": not self._pairs_fit(),
        }
        facts = {
            "must": _listed(self.must - known),
            "never": _listed(self.never - known),
            "both": _listed(self.must & self.never),
            "example": _listed(sorted(known)[:3]),
            "sites": self.sites,
        }
        if faults := [key for key, holds in wrong.items() if holds]:
            raise UserError("siting_options", count=len(faults), faults=Faults(faults, facts))

    def _costs_fit(self) -> bool:
        cost = np.asarray(self.cost, dtype=np.float64)
        return cost.shape == (len(self),) and bool((np.isfinite(cost) & (cost >= 0)).all())

    def _pairs_fit(self) -> bool:
        pairs = self.apart
        return pairs.ndim == 2 and pairs.shape[1] == 2 and bool(((pairs >= 0) & (pairs < len(self))).all())

    def __len__(self) -> int:
        return len(self.ids)

    def flags(self, names: Collection[str]) -> Flags:
        """Return which candidates have one of some ids."""
        wanted = frozenset(names)
        return np.array([name in wanted for name in self.ids], dtype=bool)

    @property
    def must_be(self) -> Flags:
        """Which candidates are chosen in any case."""
        return self.flags(self.must)

    @property
    def may_be(self) -> Flags:
        """Which candidates may be chosen."""
        return ~self.flags(self.never)

    @property
    def costs(self) -> Floats:
        """Cost of each; 1 where nothing is said of costs."""
        return np.ones(len(self)) if self.cost is None else np.asarray(self.cost, dtype=np.float64)

    def contradictions(self) -> tuple[str, ...]:
        """Return why no choice at all can be made, as keys of the locale section ``siting_reason``.

        Examples
        --------
        >>> Options(("a", "b"), sites=1, must=frozenset("ab")).contradictions()
        ('must_exceed_sites',)
        """
        must = self.must_be
        holds = {
            "must_exceed_sites": self.sites is not None and int(must.sum()) > self.sites,
            "must_exceed_budget": self.budget is not None and float(self.costs[must].sum()) > self.budget,
            "must_too_near": bool(must[self.apart].all(axis=1).any()),
        }
        return tuple(key for key, found in holds.items() if found)

    def allow(self, chosen: Flags) -> bool:
        """Whether a choice keeps all limits.

        Examples
        --------
        >>> Options(("a", "b"), apart=np.array([[0, 1]])).allow(np.array([True, True]))
        False
        """
        return (
            bool((chosen | ~self.must_be).all() and (~chosen | self.may_be).all())
            and (self.sites is None or int(chosen.sum()) <= self.sites)
            and (self.budget is None or float(self.costs[chosen].sum()) <= self.budget * (1 + 1e-9))
            and not bool(chosen[self.apart].all(axis=1).any())
        )


class Faults:
    """What is wrong with a question or its options, one line each: keys of the locale section ``siting_fault``."""

    def __init__(self, keys: Sequence[str], facts: Mapping[str, object]) -> None:
        self.keys, self.facts = keys, facts

    def text(self, lang: str) -> str:
        """Return the lines."""
        return "\n".join(f"- {locale.say(f'siting_fault.{key}', lang, **self.facts)}" for key in self.keys)


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(text.display, sorted(names)))


def too_near(points: Floats, metres: float) -> Ints:
    """Return the pairs of points that lie nearer to each other than a distance, in a straight line.

    Parameters
    ----------
    points
        Coordinates in metres, shape (n, 2).
    metres
        The least distance; points exactly so far apart are no pair.

    Returns
    -------
    ndarray
        Rows of both, shape (k, 2), sorted: for :attr:`Options.apart`.

    Examples
    --------
    >>> too_near(np.array([[0.0, 0.0], [300.0, 0.0], [800.0, 0.0]]), 500.0)
    array([[0, 1]])
    """
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(metres, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    near = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) < metres
    kept: Ints = pairs[near]
    return kept[np.lexsort((kept[:, 1], kept[:, 0]))]
