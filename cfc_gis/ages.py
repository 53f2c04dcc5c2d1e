"""Children's bands from the age bands of a census.

Years are uniform within a census band: with a0, a1, a5 and a10 for the ages 0, 1-4, 5-9 and 10-14, ages 0-2 are
a0 + 2/4 a1, ages 3-5 are 2/4 a1 + 1/5 a5, ages 6-11 are 4/5 a5 + 2/5 a10 and ages 12-14 are 3/5 a10. They are kept as
fractions: rounding would lose children.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

AGES = ("age_0", "age_1_4", "age_5_9", "age_10_14")
"""Age bands of a census; together the children of 0 to 14."""


def bands(ages: pd.DataFrame) -> pd.DataFrame:
    """Return the children of each of our bands.

    Parameters
    ----------
    ages
        Children by census band, columns :data:`AGES`; a missing value gives missing bands.

    Returns
    -------
    DataFrame
        Columns :data:`cfc_gis.schema.BANDS`, same index; their sum is that of the input.

    Examples
    --------
    >>> import pandas as pd
    >>> bands(pd.DataFrame([[10.0, 40.0, 50.0, 60.0]], columns=AGES)).iloc[0].tolist()
    [30.0, 30.0, 64.0, 36.0]
    """
    a0, a1, a5, a10 = (ages[name] for name in AGES)
    table: pd.DataFrame = ages.iloc[:, :0].assign(
        children_0_2=a0 + a1 * 2 / 4,
        children_3_5=a1 * 2 / 4 + a5 / 5,
        children_6_11=a5 * 4 / 5 + a10 * 2 / 5,
        children_12_14=a10 * 3 / 5,
    )
    return table


def of_census(bands: Mapping[str, float]) -> dict[str, float]:
    """Return the children by census band, out of our bands: :func:`bands` the other way round.

    Examples
    --------
    >>> of_census({"children_0_2": 30.0, "children_3_5": 30.0, "children_6_11": 64.0, "children_12_14": 36.0})
    {'age_0': 10.0, 'age_1_4': 40.0, 'age_5_9': 50.0, 'age_10_14': 60.0}
    """
    a10 = bands["children_12_14"] * 5 / 3
    a5 = (bands["children_6_11"] - a10 * 2 / 5) * 5 / 4
    a1 = (bands["children_3_5"] - a5 / 5) * 2
    return {"age_0": bands["children_0_2"] - a1 / 2, "age_1_4": a1, "age_5_9": a5, "age_10_14": a10}
