"""Official counts beside a scenario: what it opens is counted, too, what it closes no longer."""

from __future__ import annotations

import pandas as pd

from cfc_gis.counted import LEVELS, city_of


def with_opened(counts: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return official counts with the facilities that were opened, closed, moved or expanded since they were found.

    ::

        sites    = counted + proven after - proven before
        capacity = counted + seats of those after - seats of those before, unknown seats as none

    Parameters
    ----------
    counts
        :data:`cfc_gis.schema.COUNTS`. Where a figure is missing it stays missing: a count is never made up.
    before, after
        Proven facilities, as they were found and as they are: ``category``, ``capacity``, ``district_code`` and
        ``subdistrict_code``.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.

    Returns
    -------
    DataFrame
        The very same table where nothing differs.

    Examples
    --------
    >>> counts = pd.DataFrame({"unit_code": ["D"], "category": "childcare", "sites": [20.0], "capacity": [900.0]})
    >>> units = pd.DataFrame({"level": ["city", "district"], "unit_code": ["C", "D"], "parent_code": [None, "C"]})
    >>> none = pd.DataFrame({"category": [], "capacity": [], "district_code": [], "subdistrict_code": []})
    >>> one = pd.DataFrame({"category": ["childcare"], "capacity": [60.0], "district_code": "D",
    ...                     "subdistrict_code": None})
    >>> with_opened(counts, none, one, units)[["sites", "capacity"]].to_numpy().tolist()
    [[21.0, 960.0]]
    """
    now, then = _sums(after, units), _sums(before, units)
    more = now.sub(then, fill_value=0.0)
    more = more[(more != 0).any(axis=1)]
    if more.empty or counts.empty:
        return counts
    keys = pd.MultiIndex.from_frame(counts[["unit_code", "category"]])
    added = more.reindex(keys).fillna(0.0)
    if not added.to_numpy().any():
        return counts
    return counts.assign(**{name: counts[name] + added[name].to_numpy() for name in ("sites", "capacity")})


def _sums(facilities: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    codes = facilities.assign(city_code=city_of(facilities, units))
    each = [codes.assign(unit_code=codes[f"{level}_code"]) for level in LEVELS]
    table = pd.concat(each, ignore_index=True).dropna(subset=["unit_code"])
    sums: pd.DataFrame = table.groupby(["unit_code", "category"]).agg(
        sites=("category", "size"), capacity=("capacity", "sum")
    )
    return sums.astype(float)
