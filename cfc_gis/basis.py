"""What a figure may be said of: of the city, of what is recorded, or of the data alone.

A measure of how service is spread needs a judgement behind it. Where a category has no data, its spread is that of who
mapped what, and no finding; where there is no count it is said of what is recorded.
"""

from __future__ import annotations

import pandas as pd

COUNTED_FROM = 0.9
"""From this completeness on, by an independent count, what is recorded stands for what is there."""

KEY = ["level", "unit_code", "category", "profile"]


def of(gaps: pd.DataFrame) -> pd.Series:
    """Return what figures of each unit, category and profile may be said of.

    Parameters
    ----------
    gaps
        :data:`cfc_gis.schema.GAPS`.

    Returns
    -------
    Series
        One of :data:`cfc_gis.schema_equity.BASES` by level, unit, category and profile: ``no_finding`` where the
        judgement is *no data*, ``counted`` where a count finds at least 90 % of the facilities recorded, else
        ``recorded``.

    Examples
    --------
    >>> gaps = pd.DataFrame({"level": "city", "unit_code": "230100", "category": ["park", "play", "sport"],
    ...     "profile": "age6_8.summer", "judgement": ["meets", "no_data", "gap"], "completeness": [None, None, 0.95]})
    >>> of(gaps).tolist()
    ['recorded', 'no_finding', 'counted']
    """
    counted = gaps["completeness"].astype(float) >= COUNTED_FROM
    said = pd.Series("recorded", index=gaps.index).mask(counted, "counted")
    said = said.mask(gaps["judgement"] == "no_data", "no_finding").rename("basis")
    said.index = pd.MultiIndex.from_frame(gaps[KEY])
    return said


def of_category(gaps: pd.DataFrame) -> pd.Series:
    """Return what comparisons between places may be said of, by category and profile.

    The judgement of the whole study area decides: of several cities the least that holds for one of them.

    Parameters
    ----------
    gaps
        :data:`cfc_gis.schema.GAPS`.

    Examples
    --------
    >>> gaps = pd.DataFrame({"level": "city", "unit_code": ["230100", "230200"], "category": "park",
    ...     "profile": "age6_8.summer", "judgement": ["meets", "no_data"], "completeness": None})
    >>> of_category(gaps).to_dict()
    {('park', 'age6_8.summer'): 'no_finding'}
    """
    order = pd.CategoricalDtype(["no_finding", "recorded", "counted"], ordered=True)
    cities = of(gaps[gaps["level"] == "city"]).astype(order)
    return cities.groupby(["category", "profile"]).min().astype(str).rename("basis")
