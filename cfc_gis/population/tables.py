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

from cfc_gis import schema, text
from cfc_gis.errors import CrsMissing, TableFault
from cfc_gis.faults import Fault, TableReport
from cfc_gis.population.floor_area import Estimate
from cfc_gis.population.matching import Matches
from cfc_gis.sources import figures, tables

KEYS = ("neighbourhood_id", "name")
MOST = 0.5
"""Share of the people of a district from which its people are said to come from the table."""


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
    frame, report = understood(table, TableReport(source, {"file": source, "how": "–"}, "row"))
    report.refuse_errors()
    return frame


def understood(table: pd.DataFrame, report: TableReport) -> tuple[pd.DataFrame, TableReport]:
    """Return a table of children with our column names and numbers, and the report with all its faults.

    Parameters
    ----------
    table
        As of :func:`checked_table`.
    report
        How the file was read.

    Returns
    -------
    frame : DataFrame
        As of :func:`checked_table`, without rows of sums; not to be used where the report has errors.
    report : TableReport
        The report, with the faults of columns that are not used as notes.

    Raises
    ------
    TableFault, CrsMissing
        When columns or the CRS are missing.

    Examples
    --------
    >>> table = pd.DataFrame({"小区": ["甲小区", "合计"], "3-5岁": ["1,200", "1200"]}, index=[2, 3])
    >>> frame, report = understood(table, TableReport("a.csv", {"file": "a.csv", "how": "CSV"}, "line"))
    >>> frame["children_3_5"].tolist(), [fault.key for fault in report.faults]
    ([1200.0], ['sum_row', 'figures_understood'])
    """
    columns, faults = figures.find_columns([str(name) for name in table.columns], _synonyms())
    located = isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None
    if located and table.crs is None:
        raise CrsMissing("crs_missing", path=report.path)
    report = report.eased(set(map(str, table.columns)) - set(columns.values())).adding(faults)
    missing = [] if located or any(key in columns for key in KEYS) else [" / ".join(KEYS)]
    missing += [] if any(band in columns for band in schema.BANDS) else [" / ".join(schema.BANDS)]
    if missing:
        report.refuse_errors()  # a garbled header is the cause of a missing column
        found = ", ".join(map(text.display, table.columns))
        lacks = ", ".join(missing)
        raise TableFault("children_columns", path=report.path, missing=lacks, found=found, wanted=_wanted())
    words = pd.DataFrame({name: table[column].map(_text) for name, column in columns.items()}, dtype=object)
    keys = words[[key for key in KEYS if key in words]]
    sums = keys.apply(lambda column: column.map(tables.is_total)).any(axis=1).astype(bool)
    named = keys.bfill(axis=1).iloc[:, 0] if len(keys.columns) else pd.Series(None, table.index, dtype=object)
    report = figures.without_rows(report, map(int, words.index[sums]), named)
    words = words[~sums]
    out = gpd.GeoDataFrame(geometry=table.geometry[~sums]) if located else pd.DataFrame(index=words.index)
    wrong = []
    for name, column in columns.items():
        if name in KEYS:
            out[name] = words[name]
        else:
            out[name], faulty = figures.read_column(words[name], column)
            wrong += faulty
    wrong += _row_faults(out, columns, located)
    bands = [band for band in schema.BANDS if band in out]
    told = figures.understood(columns)
    return out, report.adding([*wrong, told], children=round(float(out[bands].sum().sum())))


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
        tell of keep the estimate; each district is then the sum of its neighbourhoods. Its ``population_rule`` is
        ``table`` where the table tells of the residents of neighbourhoods in which more than half of its people live
        (:data:`MOST`); else the rule of the estimate. ``districts`` also holds ``table_share`` (that share, 0 to 1),
        ``table_neighbourhoods`` (number), ``table_children`` and ``estimated_children`` (of the same cells, before).

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
        "people_in_table": round(float(told["population"].sum())) if "population" in told else 0,
        "districts_by_table": int((districts["population_rule"] == "table").sum()),
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
    residents = told["population"] if "population" in told else pd.Series(np.nan, told.index)
    out["table_share"] = (summed(residents) / out["population"]).fillna(0.0).clip(upper=1.0)
    out["population_rule"] = out["population_rule"].where(out["table_share"] <= MOST, "table")
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


def _text(value: object) -> object:
    """Return a cell as text; a whole number read as 12.0 is 12; None where it is empty."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    words = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return words.strip() or None


def _row_faults(table: pd.DataFrame, columns: Mapping[str, str], located: bool) -> list[Fault]:
    nameless = table[[key for key in KEYS if key in table]].isna().all(axis=1)
    if located:
        nameless &= table.geometry.isna() | table.geometry.is_empty
    faults = figures.at_rows("children_nameless", nameless, None)
    if "neighbourhood_id" in table:
        faults += figures.repeated("children_twice", table["neighbourhood_id"], columns["neighbourhood_id"])
    if "population" in table:
        bands = [band for band in schema.BANDS if band in table]
        people = table["population"]
        many = (people < table[bands].sum(axis=1)) & (people >= 0)
        faults += figures.at_rows("figures_children", many, columns["population"], people.map("{:.15g}".format))
    return faults
