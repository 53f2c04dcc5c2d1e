"""How far two estimates of the same people part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cfc_gis.population.floor_area import Estimate

_LEAST_ROWS = 3  # fewer points always lie on a line


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two estimates side by side.

    Parameters
    ----------
    column
        What is compared: ``population`` or a band of children.
    neighbourhoods
        Indexed as the estimates: ``district_code``, ``first``, ``second`` (people), ``difference`` (second less
        first). Without those that have no people in either.
    districts
        By code: ``neighbourhoods`` (number), ``first``, ``second`` (people), ``correlation`` (of Pearson, over its
        neighbourhoods; NaN for fewer than three, or where all are alike) and ``moved_share``.
    overall
        The same of all districts together.
    """

    column: str
    neighbourhoods: pd.DataFrame
    districts: pd.DataFrame
    overall: Mapping[str, float]

    def largest(self, n: int = 20) -> pd.DataFrame:
        """Return the neighbourhoods whose people differ most, the largest difference first; of equal ones the first.

        Examples
        --------
        >>> table = pd.DataFrame({"first": [10.0, 20.0], "second": [15.0, 15.0], "difference": [5.0, -5.0]})
        >>> Comparison("population", table, pd.DataFrame(), {}).largest(1)["difference"].tolist()
        [5.0]
        """
        order = self.neighbourhoods["difference"].abs().sort_values(ascending=False, kind="stable").index
        return self.neighbourhoods.loc[order[:n]]


def compare(first: Estimate, second: Estimate, district: pd.Series, column: str = "population") -> Comparison:
    """Compare two estimates by neighbourhood and by district.

    Parameters
    ----------
    first, second
        Estimates of the same neighbourhoods.
    district
        District code of each neighbourhood; missing outside every district.
    column
        ``population`` or a band of children.

    Returns
    -------
    Comparison
        Districts sorted by code.

    Notes
    -----
    ``moved_share`` is the least share of people who would have to live elsewhere to turn one distribution into the
    other: 1/2 sum |first / sum(first) - second / sum(second)| (index of dissimilarity). It does not count what the
    totals differ by.

    Examples
    --------
    >>> def spread(*people):
    ...     return Estimate(pd.DataFrame({"population": people}), pd.DataFrame(), {})
    >>> seen = compare(spread(60.0, 30.0, 10.0), spread(50.0, 30.0, 20.0), pd.Series(["230102"] * 3))
    >>> seen.districts["moved_share"].round(3).tolist(), seen.largest(1).index.tolist()
    ([0.1], [0])
    """
    table = pd.DataFrame(
        {
            "district_code": district,
            "first": first.neighbourhoods[column],
            "second": second.neighbourhoods[column],
        }
    )
    table["difference"] = table["second"] - table["first"]
    table = table[table["difference"].notna()]
    rows = {str(code): _facts(rows) for code, rows in table.groupby("district_code", sort=True)}
    districts = pd.DataFrame.from_dict(rows, orient="index", columns=list(_facts(table)))
    districts.index.name = "unit_code"
    return Comparison(column, table, districts, _facts(table))


def _facts(rows: pd.DataFrame) -> dict[str, float]:
    first, second = rows["first"], rows["second"]
    alike = len(rows) < _LEAST_ROWS or first.min() == first.max() or second.min() == second.max()
    moved = (first / first.sum() - second / second.sum()).abs().sum() / 2 if len(rows) else float("nan")
    return {
        "neighbourhoods": len(rows),
        "first": float(first.sum()),
        "second": float(second.sum()),
        "correlation": float("nan") if alike else float(first.corr(second)),
        "moved_share": float(moved),
    }
