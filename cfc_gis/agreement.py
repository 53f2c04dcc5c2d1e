"""Do official counts agree with each other? The parts of a whole cannot have more than it, nor all of them far less.

Where they have, one of the figures is wrong, and nobody knows which: neither the whole nor its parts is judged by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from cfc_gis.sources import boundaries

MEASURES = ("sites", "capacity", "enrolled")
TOLERANCE = 0.05
"""Share of a city's figure by which those of all its districts together may fall short of it: years and ways of
counting differ (a planner's tolerance, not verified)."""

KEY = ["unit_code", "category", "measure"]
_SUBDISTRICT_DIGITS, _DISTRICT_DIGITS = 9, 6


def parent_of(code: str, parents: Mapping[str, str | None]) -> str | None:
    """Return the code of the unit above: as the units of the study say, else by the digits of an official code.

    Examples
    --------
    >>> parent_of("230103018", {}), parent_of("230103", {}), parent_of("r7", {"r7": "230103"}), parent_of("230100", {})
    ('230103', '230100', '230103', None)
    """
    above = parents.get(code)
    if isinstance(above, str):
        return above
    if not code.isdigit():
        return None
    if len(code) == _SUBDISTRICT_DIGITS:
        return code[:_DISTRICT_DIGITS]
    city = boundaries.city_code(code)
    return city if len(code) == _DISTRICT_DIGITS and city != code else None


def disagreeing(counts: pd.DataFrame, units: pd.DataFrame, least: pd.Series | None = None) -> pd.DataFrame:
    """Return every whole whose figure is less than what its parts have, where any of them has a figure too.

    A city of which every district and county has a figure is one too where they fall short of its own by more than
    :data:`TOLERANCE`.

    Parameters
    ----------
    counts
        :data:`cfc_gis.schema.COUNTS`.
    units
        ``unit_code`` and ``parent_code`` of the units that are known; of others official codes tell
        (:func:`parent_of`).
    least
        The least that a unit is known to have, by ``unit_code``, ``category`` and ``measure``: what the data prove.

    Returns
    -------
    DataFrame
        ``unit_code``, ``category``, ``measure``, ``figure`` of the whole, and ``parts``, the least that they have
        together: of each its own figure, what the data prove there, or what its own parts have, whichever is most.

    Examples
    --------
    >>> counts = pd.DataFrame({"unit_code": ["230100", "230102", "230103"], "category": "childcare",
    ...     "sites": [None] * 3, "capacity": [100.0, 250.0, 100.0], "enrolled": [None] * 3})
    >>> units = pd.DataFrame({"unit_code": ["230100"], "parent_code": [None]})
    >>> disagreeing(counts, units).to_numpy().tolist()
    [['230100', 'childcare', 'capacity', 100.0, 350.0]]
    """
    figures = _figures(counts)
    parents = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    known: dict[tuple[str, str], dict[str, float]] = {}
    for (code, category, measure), value in [*figures.items(), *_items(least)]:
        here = known.setdefault((category, measure), {})
        here[code] = max(value, here.get(code, 0.0))
    rows = []
    for (category, measure), has in known.items():
        together = dict(has)
        below = _children(has, parents)
        for code in sorted(below, key=lambda each: -len(_chain(each, parents))):
            parts = sum(together.get(part, 0.0) for part in below[code])
            figure = figures.get((code, category, measure))
            told = any((part, category, measure) in figures for part in _under(code, below))
            whole = _every_district(code, {part for part in below[code] if (part, category, measure) in figures})
            if figure is not None and told and (parts > figure or (whole and figure - parts > TOLERANCE * figure)):
                rows.append((code, category, measure, figure, parts))
            together[code] = max(together.get(code, 0.0), parts)
    table = pd.DataFrame(rows, columns=[*KEY, "figure", "parts"])
    return table.sort_values(KEY, ignore_index=True)


def _every_district(code: str, parts: set[str]) -> bool:
    """Whether parts are all districts and counties of a city: then they are the whole, and neither more nor less."""
    return any(boundaries.city_code(part) == code for part in parts) and not boundaries.districts_lacking(parts)


def disputed(
    counts: pd.DataFrame, units: pd.DataFrame, least: pd.Series | None = None
) -> frozenset[tuple[str, str, str]]:
    """Return unit, category and measure of every figure that stands in a disagreement: the whole, and all below it.

    Parameters
    ----------
    counts, units, least
        As of :func:`disagreeing`.

    Examples
    --------
    >>> counts = pd.DataFrame({"unit_code": ["230100", "230102", "230103"], "category": "childcare",
    ...     "sites": [None] * 3, "capacity": [100.0, 250.0, None], "enrolled": [None] * 3})
    >>> sorted(disputed(counts, pd.DataFrame({"unit_code": [], "parent_code": []})))
    [('230100', 'childcare', 'capacity'), ('230102', 'childcare', 'capacity')]
    """
    found = disagreeing(counts, units, least)
    parents = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    wholes = set(found[KEY].itertuples(index=False, name=None))
    return frozenset(
        (code, category, measure)
        for code, category, measure in _figures(counts)
        if any((above, category, measure) in wholes for above in _chain(code, parents))
    )


_Figure = tuple[str, str, str]


def _figures(counts: pd.DataFrame) -> dict[_Figure, float]:
    measures = [name for name in MEASURES if name in counts]
    long = counts.melt(["unit_code", "category"], measures, "measure", "figure")
    return dict(_items(long.set_index(KEY)["figure"].astype(float).dropna()))


def _items(figures: pd.Series | None) -> Iterator[tuple[_Figure, float]]:
    if figures is not None:
        for code, category, measure in figures.index:
            yield (code, category, measure), float(figures[code, category, measure])


def _chain(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return a unit and all units above it."""
    chain = [code]
    while (above := parent_of(chain[-1], parents)) is not None and above not in chain:
        chain.append(above)
    return chain


def _under(code: str, below: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield every unit below another."""
    for part in below.get(code, ()):
        yield part
        yield from _under(part, below)


def _children(codes: Mapping[str, float], parents: Mapping[str, str | None]) -> dict[str, set[str]]:
    """Return the parts of every unit above those that have figures."""
    below: dict[str, set[str]] = {}
    for code in codes:
        chain = _chain(code, parents)
        for part, above in pairwise(chain):
            below.setdefault(above, set()).add(part)
    return below
