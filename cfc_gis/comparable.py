"""Whether places can be put in an order by how far they are from what is recorded.

Where next to nobody lives within reach of a recorded facility, and it is open whether that is so on the ground, such an
order would only be the order of the number of children. Then nothing is ranked, and what is said is what would tell.
"""

from __future__ import annotations

import pandas as pd

SEPARATES = 0.05
"""Below this share of children within the standard of any recorded facility, places cannot be told apart."""
OPEN = ("no_data", "undecided")
"""Judgements that leave open whether facilities are missing from the city or from the data."""


def can_rank(share_presumed: float | None, judgement: str) -> bool:
    """Return whether the places of a unit can be ranked for one category.

    Parameters
    ----------
    share_presumed
        Share of the children of the unit who are within the standard of any recorded facility; missing where there is
        nobody to count.
    judgement
        That of the unit. Where it is settled, far from what is recorded is far from what there is.

    Examples
    --------
    >>> can_rank(0.13, "no_data"), can_rank(0.003, "no_data"), can_rank(0.003, "gap"), can_rank(None, "no_data")
    (True, False, True, False)
    """
    reached = share_presumed is not None and share_presumed >= SEPARATES  # NaN is no number above it
    return reached or judgement not in OPEN


def of_units(gaps: pd.DataFrame, units: pd.DataFrame) -> pd.Series:
    """Return for each row of the table of gaps whether its unit can be ranked among others.

    A sub-district can where its district can: that all of it lies beyond what is recorded tells it apart from its
    neighbours, unless that holds for the whole district.

    Parameters
    ----------
    gaps, units
        :data:`cfc_gis.schema.GAPS` and :data:`cfc_gis.schema.UNITS`; geometry is not used.

    Returns
    -------
    Series
        True or false, with the index of ``gaps``. Of a sub-district in no district its own row decides.

    Examples
    --------
    >>> units = pd.DataFrame({"level": ["district", "subdistrict"], "unit_code": ["D", "S"], "parent_code": ["C", "D"]})
    >>> gaps = units.assign(category="park", profile="age3_5.summer", share_presumed=[0.3, 0.0], judgement="no_data")
    >>> of_units(gaps, units).tolist()
    [True, True]
    >>> of_units(gaps.assign(share_presumed=[0.01, 0.9]), units).tolist()
    [False, False]
    """
    own = [can_rank(*row) for row in zip(gaps["share_presumed"], gaps["judgement"], strict=True)]
    rows = [*zip(gaps["level"], gaps["unit_code"], gaps["category"], gaps["profile"], own, strict=True)]
    districts = {tuple(key): told for level, *key, told in rows if level == "district"}
    inner = units[units["level"] == "subdistrict"]
    parents = dict(zip(inner["unit_code"], inner["parent_code"], strict=True))
    found = [
        districts.get((parents.get(code), *key), told) if level == "subdistrict" else told
        for level, code, *key, told in rows
    ]
    return pd.Series(found, index=gaps.index, dtype=bool)
