"""Merge a register with the facilities that are known: one school, one facility, its capacity counted once.

How rows and facilities are paired stands in :mod:`cfc_gis.facilities.pairing`, how names are compared in
:mod:`cfc_gis.likeness`; their measures in ``resources/merge.toml`` and ``resources/likeness.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from cfc_gis import locale, schema
from cfc_gis.errors import ChoiceUnknown, CrsMissing, UserError
from cfc_gis.facilities import joined, pairing
from cfc_gis.facilities.pairing import Pair, Pairing

OUTCOMES = ("matched", "new", "conflicting", "unplaced")
NEW = "new"
"""What a decision says of a row that is no facility known before."""

COLUMNS = ("row", "name", "category", "outcome", "why", "facility_id", "facility_name", "metres", "likeness", "others")
"""Columns of the lines of a merge."""


@dataclass(frozen=True)
class Merged:
    """Facilities and a register as one table.

    Parameters
    ----------
    table
        One row per site (:data:`cfc_gis.schema.FACILITIES`) in the CRS of the facilities, sorted by ``facility_id``,
        with ``opened`` and ``after_school`` beside its columns.
    rows
        One line per row of the register: ``row``, ``name``, ``category``, ``outcome`` (:data:`OUTCOMES`), ``why`` (key
        of the locale section ``merge_why``), ``facility_id`` and ``facility_name`` of the facility that it is or may
        be, ``metres`` and ``likeness`` to it, and the ids of the ``others`` that it may be, joined by ``;``.
    not_listed
        Ids of the facilities known before, of the categories in the register, that no row is.
    counts
        Rows by outcome, ``facilities``, ``not_listed``.
    """

    table: gpd.GeoDataFrame
    rows: pd.DataFrame
    not_listed: tuple[str, ...]
    counts: Mapping[str, int]

    def sheet(self, lang: str) -> pd.DataFrame:
        """Return the rows with category, outcome and reason in words.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        """
        sections = {"category": "category", "outcome": "merge_outcome", "why": "merge_why"}
        said = {name: [locale.say(f"{of}.{key}", lang) for key in self.rows[name]] for name, of in sections.items()}
        return self.rows.assign(**said)


def merge(
    facilities: gpd.GeoDataFrame,
    register: gpd.GeoDataFrame,
    *,
    paths: gpd.GeoSeries | None = None,
    gates: gpd.GeoSeries | None = None,
    decisions: Mapping[int, str] | None = None,
) -> Merged:
    """Merge a register with the facilities that are known.

    Parameters
    ----------
    facilities
        Facilities (:data:`cfc_gis.schema.FACILITIES`) in a projected CRS in metres: those of OSM, or as an earlier
        merge left them.
    register
        A register (:data:`cfc_gis.schema.REGISTER`), EPSG:4326, WGS 84; a row may have no geometry.
    paths, gates
        Walkable ways and gates in the CRS of the facilities, for the entrances of polygons that are new.
    decisions
        What the planner says of a row, by its number: the id of the facility that it is, or ``new``.

    Returns
    -------
    Merged
        A matched facility keeps its id, geometry and entrances; capacity, enrolment and what else the register says
        replace its own, and the better evidence counts. A conflicting or unplaced row adds nothing until it is
        decided, for it might be counted twice.

    Raises
    ------
    TableFault
        When a table breaks its contract.
    CrsMissing
        When the facilities are not in metres.
    ChoiceUnknown
        When a decision names a row or a facility that does not exist.
    UserError
        When two decisions name one facility, or call a row new that has no place.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from cfc_gis.facilities import find
    >>> from cfc_gis.sources import register
    >>> objects = gpd.GeoDataFrame(
    ...     {"osm_id": ["n1"], "name": ["和兴幼儿园"], "tags": [{"amenity": "kindergarten"}]},
    ...     geometry=gpd.points_from_xy([126.63], [45.72], crs=4326),
    ... )
    >>> text = "名称,学位,经度,纬度\\n南岗区和兴幼儿园,90,126.631,45.72\\n春光幼儿园,60,126.65,45.72\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "名单.csv"
    ...     _ = file.write_text(text, encoding="utf-8")
    ...     listed = register.read(file, register.Choices(official=True))
    >>> merged = merge(find(objects.to_crs(4551)).table, listed.table)
    >>> merged.rows[["row", "outcome", "why"]].to_numpy().tolist()
    [[2, 'matched', 'same_name'], [3, 'new', 'nothing_near']]
    >>> print(*merged.table.loc[0, ["facility_id", "evidence", "capacity"]])
    n1 confirmed 90.0
    """
    schema.check(facilities, schema.FACILITIES)
    schema.check(register, schema.REGISTER)
    if not facilities.crs.is_projected:
        raise CrsMissing("crs_not_metric", table=schema.FACILITIES.name, found=facilities.crs.to_string())
    known = facilities.reset_index(drop=True)
    listed = register.reset_index(drop=True).to_crs(known.crs)
    state = Pairing()
    decided_new = _decide(state, listed, known, decisions or {})
    pairs = [pair for pair in pairing.candidates(listed, known) if pair.row not in decided_new]
    pairing.settle(state, pairs)
    pairing.match_by_name(state, listed, known)
    pairing.doubt(state, pairs)
    rows = _lines(state, listed, known, pairs, decided_new)
    partners = {row: pair.facility for row, pair in sorted(state.matched.items())}
    is_new = (rows["outcome"] == NEW).to_numpy()
    parts = [joined.improve(known, listed, partners), joined.fresh(listed[is_new], paths, gates)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table = table.sort_values("facility_id", ignore_index=True)
    schema.check(table, schema.FACILITIES)
    missed = known["category"].isin(listed["category"]) & ~known.index.isin(list(partners.values()))
    not_listed = tuple(sorted(known.loc[missed, "facility_id"]))
    counts = {outcome: int((rows["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    return Merged(table, rows, not_listed, {**counts, "facilities": len(table), "not_listed": len(not_listed)})


def _decide(
    state: Pairing, listed: gpd.GeoDataFrame, known: gpd.GeoDataFrame, decisions: Mapping[int, str]
) -> frozenset[int]:
    """Settle what the planner decided; return the rows that are new."""
    at_row = {int(row): at for at, row in enumerate(listed["row"])}
    at_facility = {name: at for at, name in enumerate(known["facility_id"])}
    for what, found, there in (
        ("row", list(decisions), at_row),
        ("facility", [choice for choice in decisions.values() if choice != NEW], at_facility),
    ):
        unknown = [each for each in found if each not in there]
        if unknown:
            shown = ", ".join(map(str, list(there)[:20]))
            raise ChoiceUnknown("choice_unknown", what=what, found=unknown[0], suggestion="", known=shown)
    new = frozenset(at_row[row] for row, choice in decisions.items() if choice == NEW)
    nowhere = [int(listed["row"][at]) for at in sorted(new) if listed.geometry[at] is None]
    if nowhere:
        raise UserError("decision_unplaced", rows=", ".join(map(str, nowhere)))
    for row, choice in sorted(decisions.items()):
        if choice == NEW:
            continue
        pair = Pair(at_row[row], at_facility[choice], 1.0, float("nan"), float("nan"), "decided")
        if pair.facility in state.taken:
            raise UserError("decision_twice", row=row, facility=choice)
        state.match(pair)
    return new


def _lines(
    state: Pairing, listed: gpd.GeoDataFrame, known: gpd.GeoDataFrame, pairs: list[Pair], decided_new: frozenset[int]
) -> pd.DataFrame:
    paired = {pair.row for pair in pairs}
    lines = []
    for at, (row, name, category) in enumerate(zip(listed["row"], listed["name"], listed["category"], strict=True)):
        outcome, why, best, maybe = _outcome(state, at, paired, decided_new)
        ids = [known["facility_id"][facility] for facility in maybe]
        lines.append(
            (
                row, name, category, outcome, why,
                known["facility_id"][best.facility] if best else None,
                known["name"][best.facility] if best else None,
                round(best.metres, 1) if best else float("nan"),
                best.likeness if best else float("nan"),
                ";".join(sorted(ids)),
            )
        )  # fmt: skip
    table = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    return table.astype({"row": int, "metres": float, "likeness": float})


def _outcome(
    state: Pairing, at: int, paired: set[int], decided_new: frozenset[int]
) -> tuple[str, str, Pair | None, list[int]]:
    """Return outcome, reason, the likeliest pair, and the other facilities that a row may be."""
    if at in state.matched:
        return "matched", state.matched[at].why, state.matched[at], []
    if at in state.conflicting:
        best, *others = state.conflicting[at]
        return "conflicting", best.why, best, [pair.facility for pair in others]
    if at in state.unplaced:
        why, maybe = state.unplaced[at]
        return "unplaced", why, None, maybe
    if at in decided_new:
        return NEW, "decided", None, []
    return NEW, "others_nearer" if at in paired else "nothing_near", None, []
