"""Make the rows of a register into facilities: names, counts, years, owners."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from cfc_gis import lexicon, text
from cfc_gis.faults import Fault
from cfc_gis.sources.register import capacity, values
from cfc_gis.sources.register.categories import Sort
from cfc_gis.sources.register.columns import cells, rules

Stray = tuple[int, str | None, str]

_PLACES = ("lon", "lat", "location")


def without_strays(frame: pd.DataFrame, found: Mapping[str, str]) -> tuple[pd.DataFrame, list[Stray], list[Fault]]:
    """Leave out sums, and rows with neither name nor place, such as notes below a table.

    Parameters
    ----------
    frame
        The table, text or ``None``; a GeoDataFrame where it is a layer.
    found
        Header of each field.

    Returns
    -------
    frame : DataFrame
        The rows that may be facilities.
    strays : list of (row, name, reason)
        The others.
    faults : list of Fault
        Warnings: sums, rows without a name.

    Examples
    --------
    >>> frame = pd.DataFrame({"名称": ["和兴", "合计"], "学位": ["90", "90"]}, [2, 3], dtype=object)
    >>> without_strays(frame, {"name": "名称"})[1]
    [(3, '合计', 'total_row')]
    """
    if "name" not in found:
        return frame, [], []
    header, is_layer = found["name"], isinstance(frame, gpd.GeoDataFrame)
    placed = frame[[found[field] for field in _PLACES if field in found]].notna().any(axis=1) | is_layer
    strays, faults = list[Stray](), []
    for row, name, first, has_place in zip(frame.index, frame[header], _first_texts(frame), placed, strict=True):
        if any(text.folded(value or "") in rules()["rows"]["total"] for value in (name, first)):
            strays.append((int(row), name or first, "total_row"))
            faults.append(Fault("total_row", "warning", int(row), found=name or first))
        elif name is None and has_place:
            faults.append(Fault("name_blank", "warning", int(row), header))
        elif name is None:
            strays.append((int(row), first, "no_name"))
            faults.append(Fault("no_name", "warning", int(row), header, first))
    return frame.drop(index=[row for row, _, _ in strays]), strays, faults


def _first_texts(frame: pd.DataFrame) -> list[str | None]:
    columns = [list(frame[name]) for name in frame.columns if frame[name].dtype == object]
    return [next((cell for cell in row if cell is not None), None) for row in zip(*columns, strict=True)]


def table(
    frame: pd.DataFrame,
    found: Mapping[str, str],
    sorts: Sequence[Sort],
    source: str,
    stated: frozenset[capacity.Cell] = frozenset(),
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the columns of the register but its places.

    Parameters
    ----------
    frame
        The rows that are facilities, text or ``None``.
    found
        Header of each field.
    sorts
        What each of them is.
    source
        Name of the register.
    stated
        As of :func:`cfc_gis.sources.register.capacity.of`.

    Returns
    -------
    table : DataFrame
        Columns of :data:`cfc_gis.schema.REGISTER`, and ``official_id``.
    faults : list of Fault
        Every cell that could not be read, and what was estimated.
    """
    names = [text.display(name) or None for name in cells(frame, found, "name")]
    counted, about_capacity = capacity.of(frame, found, [str(each.category) for each in sorts], source, stated)
    enrolled = values.known(cells(frame, found, "enrolment"))
    enrolment, about_enrolment = values.counts(enrolled, "enrolment_not_number", zero=True)
    opened, about_years = values.years(values.known(cells(frame, found, "opened")))
    owners, about_owners = values.take(
        values.known(cells(frame, found, "ownership")), values.owner, "ownership_unclear", "warning"
    )
    care, about_care = values.take(cells(frame, found, "after_school"), values.flag, "flag_unclear", "warning")
    by_name = pd.Series([lexicon.hint("ownership", name or "") for name in names], frame.index, dtype=object)
    columns = {
        "official_id": cells(frame, found, "id"),
        "row": pd.Series(frame.index, frame.index, dtype=int),
        "name": pd.Series(names, frame.index, dtype=object),
        "category": [each.category for each in sorts],
        "evidence": [each.evidence for each in sorts],
        "evidence_reason": [each.why for each in sorts],
        "capacity": counted["capacity"],
        "capacity_source": counted["capacity_source"],
        "enrolment": enrolment,
        "opened": opened,
        "group": values.known(cells(frame, found, "group")),
        "ownership": owners.where(owners.notna(), by_name),
        "after_school": care,
        **{field: values.known(cells(frame, found, field)) for field in ("address", "district", "provider")},
        "source": source,
    }
    faults = [*about_capacity, *about_enrolment, *about_years, *about_owners, *about_care]
    return pd.DataFrame(columns, index=frame.index), faults


def ids(table: gpd.GeoDataFrame) -> list[str]:
    """Return an id for each row that stays the same when rows move or are added: from its official id, or what it is.

    Examples
    --------
    >>> columns = {"category": ["play"] * 2, "official_id": [None] * 2, "name": ["甲"] * 2, "address": [None] * 2}
    >>> ids(gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([126, 126], [45, 46]), crs=4326))
    ['reg-9560ce0179c6', 'reg-3759b9571a76']
    """
    seen: Counter[str] = Counter()
    found = []
    for category, official, name, address, shape in zip(
        table["category"], table["official_id"], table["name"], table["address"], table.geometry, strict=True
    ):
        middle = None if shape is None else shape.representative_point()
        place = address if middle is None else f"{middle.x:.6f} {middle.y:.6f}"
        what = [category, official] if official else [category, name, place]
        digest = "reg-" + hashlib.sha256("\n".join(map(str, what)).encode()).hexdigest()[:12]
        seen[digest] += 1
        found.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return found
