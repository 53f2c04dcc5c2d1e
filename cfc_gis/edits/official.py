"""Official counts beside a scenario: what it opens is counted, too, what it closes no longer."""

from __future__ import annotations

import pandas as pd

from cfc_gis.counted import LEVELS, city_of


def with_opened(counts: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return official counts with the facilities that were opened, closed, moved or expanded since they were found.

    ::

        sites    = counted + proven after - proven before, at least 0
        capacity = counted + seats of those after - seats of those before

    Where the seats of a facility that was opened, closed, moved or expanded are not known, the capacity of its units is
    unknown: its old seats may be among those counted.

    Parameters
    ----------
    counts
        :data:`cfc_gis.schema.COUNTS`. Where a figure is missing it stays missing: a count is never made up.
    before, after
        Proven facilities, as they were found and as they are: ``facility_id``, ``category``, ``capacity``,
        ``district_code`` and ``subdistrict_code``.
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
    >>> one = pd.DataFrame({"facility_id": ["a"], "category": "childcare", "capacity": [60.0], "district_code": "D",
    ...                     "subdistrict_code": None})
    >>> none = one.iloc[:0]
    >>> with_opened(counts, none, one, units)[["sites", "capacity"]].to_numpy().tolist()
    [[21.0, 960.0]]
    """
    old, new = (table[_KEY].astype({"capacity": float}) for table in (before, after))
    both = old.merge(new, how="outer", on=_KEY, indicator=True)
    come, gone = (_sums(both[both["_merge"] == side], units) for side in ("right_only", "left_only"))
    if counts.empty or (come.empty and gone.empty):
        return counts
    there = come.index.union(gone.index)
    more = come.reindex(there, fill_value=0.0) - gone.reindex(there, fill_value=0.0)
    added = more.reindex(pd.MultiIndex.from_frame(counts[["unit_code", "category"]]), fill_value=0.0)
    if (added == 0.0).all(axis=None):
        return counts
    columns = {name: (counts[name] + added[name].to_numpy()).clip(lower=0.0) for name in ("sites", "capacity")}
    return counts.assign(**columns)


_KEY = ["facility_id", "category", "capacity", "district_code", "subdistrict_code"]


def _sums(facilities: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return facilities and their seats by unit and category; seats are missing where those of one are."""
    codes = facilities.assign(city_code=city_of(facilities, units))
    each = [codes.assign(unit_code=codes[f"{level}_code"]) for level in LEVELS]
    table = pd.concat(each, ignore_index=True).dropna(subset=["unit_code"])
    groups = table.groupby(["unit_code", "category"])
    sums = pd.DataFrame(
        {"sites": groups.size(), "capacity": groups["capacity"].agg(lambda seats: seats.sum(skipna=False))}
    )
    return sums.astype(float)
