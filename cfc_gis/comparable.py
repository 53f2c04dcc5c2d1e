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
    key = ["unit_code", "category", "profile"]
    own = [can_rank(*row) for row in zip(gaps["share_presumed"], gaps["judgement"], strict=True)]
    rows = gaps[["level", *key]].assign(own=own)
    districts = rows.loc[rows["level"] == "district", [*key, "own"]].rename(columns={"own": "whole"})
    parents = units.loc[units["level"] == "subdistrict"].set_index("unit_code")["parent_code"]
    deciding = rows.assign(unit_code=rows["unit_code"].map(parents).where(rows["level"] == "subdistrict"))
    whole = deciding.merge(districts, on=key, how="left")["whole"].set_axis(gaps.index)
    return rows["own"].where(whole.isna(), whole).astype(bool)
