"""Children by neighbourhood from a table of the planner: it goes before every estimate, row by row.

A table counts what the census of a district only lets us estimate, but it may be of another year and leave compounds
out. So it replaces the estimate where it says something and changes nothing elsewhere; how the sum of a district moves
by that is part of the result.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.errors import CrsMissing, TableFault
from cfc_gis.population.floor_area import Estimate
from cfc_gis.population.matching import Matches, plain

KEYS = ("neighbourhood_id", "name")
_SHOWN = 5  # rows named for each fault
_DASHES = str.maketrans(dict.fromkeys("—–‐‑−－~～〜_", "-"))


def checked_table(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return a table of children with our column names and numbers, or all its faults at once.

    Parameters
    ----------
    table
        As read, text or numbers: one or more of an id, a name and a geometry of the neighbourhood, and one or more
        bands of children; all residents where they are known. The names of columns that are understood stand in
        ``resources/children_table.toml``. The index says on which row of the file each row stands.
    source
        Name of the file, for messages.

    Returns
    -------
    DataFrame
        ``neighbourhood_id`` and ``name`` as text, ``population`` and the bands as numbers, as far as the table has
        them; geometry as given. An empty cell is missing, not zero.

    Raises
    ------
    TableFault
        When there is no column of a key or of a band; or with every row that holds text, a negative or infinite
        number, fewer residents than children, no key at all, or an id that an earlier row has.
    CrsMissing
        When there is geometry without a CRS.

    Examples
    --------
    >>> table = pd.DataFrame({"小区名称": ["甲小区"], "6～11 岁": ["120"]})
    >>> checked_table(table, "children.csv").iloc[0].to_dict()
    {'name': '甲小区', 'children_6_11': 120.0}
    """
    found = _columns(table)
    located = isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None
    if located and table.crs is None:
        raise CrsMissing("crs_missing", path=source)
    missing = [] if located or any(key in found for key in KEYS) else [" / ".join(KEYS)]
    missing += [] if any(band in found for band in schema.BANDS) else [" / ".join(schema.BANDS)]
    if missing:
        raise TableFault("children_columns", path=source, missing=", ".join(missing), wanted=_wanted())
    out = gpd.GeoDataFrame(geometry=table.geometry) if located else pd.DataFrame(index=table.index)
    faults: list[str] = []
    for name, column in found.items():
        text = table[column].map(_text)
        if name in KEYS:
            out[name] = text
        else:
            out[name], wrong = _numbers(text, name)
            faults += wrong
    faults += _row_faults(out, located)
    if faults:
        raise TableFault("table_fault", table=source, count=len(faults), faults="; ".join(faults))
    return out


def by_table(default: Estimate, matches: Matches, district: pd.Series) -> Estimate:
    """Replace an estimate by what a table says.

    Parameters
    ----------
    default
        The estimate, by floor area or by a raster.
    matches
        From :func:`match_table`.
    district
        District code of each neighbourhood; missing outside every district.

    Returns
    -------
    Estimate
        ``population_source`` is ``table`` where the table tells of children. Bands and neighbourhoods that it does not
        tell of keep the estimate; each district is then the sum of its neighbourhoods, and where the table tells of
        residents its ``population_rule`` is ``table``. ``districts`` also holds ``table_neighbourhoods`` (number),
        ``table_children`` and ``estimated_children`` (of the same cells, before).

    Examples
    --------
    >>> default = Estimate(pd.DataFrame({"population": [500.0, 500.0], "children_6_11": [30.0, 30.0],
    ...     "population_source": "buildings"}), pd.DataFrame({"population": [1000.0], "population_low": [1000.0],
    ...     "population_high": [1000.0], "population_rule": "census", "children_6_11": [60.0]}, index=["230102"]), {})
    >>> matches = Matches(pd.DataFrame(), pd.DataFrame({"children_6_11": [45.0, None]}), {})
    >>> found = by_table(default, matches, pd.Series(["230102"] * 2))
    >>> found.neighbourhoods["children_6_11"].tolist(), found.districts["children_6_11"].tolist()
    ([45.0, 30.0], [75.0])
    """
    told = matches.children
    bands = [band for band in schema.BANDS if band in told]
    people = default.neighbourhoods.copy()
    for name in told.columns:
        people[name] = told[name].where(told[name].notna(), people[name])
    people["population_source"] = people["population_source"].where(told[bands].isna().all(axis=1), "table")
    districts = _districts(default, people, told, district)
    sources = people["population_source"].value_counts().sort_index()
    children = people[[band for band in schema.BANDS if band in people]].sum(axis=1)
    counts = {
        "people": round(float(districts["population"].sum())),
        **{f"neighbourhoods_{source}": int(n) for source, n in sources.items()},
        "neighbourhoods_with_more_children_than_people": int((children > people["population"]).sum()),
    }
    return Estimate(people, districts, counts)


def _districts(default: Estimate, people: pd.DataFrame, told: pd.DataFrame, district: pd.Series) -> pd.DataFrame:
    """Return the districts as the sum of their neighbourhoods, and how the table moved them."""
    out = default.districts.copy()

    def summed(values: pd.Series) -> pd.Series:
        return values.groupby(district).sum().reindex(out.index).fillna(0.0)

    for name in told.columns:
        moved = summed(people[name] - default.neighbourhoods[name].fillna(0.0))
        for column in (name, "population_low", "population_high") if name == "population" else (name,):
            out[column] = (out[column] + moved).clip(lower=0.0)
    if "population" in told:
        out["population_rule"] = out["population_rule"].where(summed(told["population"].notna()) == 0, "table")
    bands = [band for band in schema.BANDS if band in told]
    out["table_neighbourhoods"] = summed(told[bands].notna().any(axis=1).astype(float))
    out["table_children"] = summed(told[bands].sum(axis=1))
    out["estimated_children"] = summed(default.neighbourhoods[bands].where(told[bands].notna()).sum(axis=1))
    return out


@cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    text = (resources.files("cfc_gis") / "resources" / "children_table.toml").read_text(encoding="utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text)["columns"].items()}


def _wanted() -> str:
    return "; ".join(f"{name} ({', '.join(words[1:3])})" for name, words in _synonyms().items())


def _columns(table: pd.DataFrame) -> dict[str, object]:
    """Return the column of the table for each of our names that it has."""
    heads = {plain(column).translate(_DASHES): column for column in reversed(table.columns)}
    found: dict[str, object] = {}
    for name, words in _synonyms().items():
        fits = [heads[head] for word in words if (head := plain(word).translate(_DASHES)) in heads]
        if fits:
            found[name] = fits[0]
    return found


def _text(value: object) -> object:
    """Return a cell as text; a whole number read as 12.0 is 12; None where it is empty."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text.strip() or None


def _numbers(text: pd.Series, name: str) -> tuple[pd.Series, list[str]]:
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    numbers = numbers.where(numbers.abs() < float("inf"))
    bad = {"not a number": text.notna() & numbers.isna(), "negative": numbers < 0}
    return numbers, [f"{name}: {what}: {_rows(rows)}" for what, rows in bad.items() if rows.any()]


def _row_faults(table: pd.DataFrame, located: bool) -> list[str]:
    keys = [key for key in KEYS if key in table]
    bad: dict[str, pd.Series] = {}
    nameless = table[keys].isna().all(axis=1)
    bad["no key"] = nameless & (table.geometry.isna() | table.geometry.is_empty) if located else nameless
    if "neighbourhood_id" in table:
        ids = table["neighbourhood_id"]
        bad["neighbourhood_id: twice"] = ids.notna() & ids.duplicated(keep=False)
    if "population" in table:
        bands = [band for band in schema.BANDS if band in table]
        bad["population: fewer than children"] = table["population"] < table[bands].sum(axis=1)
    return [f"{what}: {_rows(rows)}" for what, rows in bad.items() if rows.any()]


def _rows(bad: pd.Series) -> str:
    rows = bad.index[bad.to_numpy(dtype=bool)].tolist()
    return f"{len(rows)} row(s), row {', '.join(map(str, rows[:_SHOWN]))}{', …' if len(rows) > _SHOWN else ''}"
