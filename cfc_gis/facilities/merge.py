"""Merge a register with the facilities that are known: one school, one facility, its capacity counted once.

How rows and facilities are paired stands in :mod:`cfc_gis.facilities.pairing`, how names are compared in
:mod:`cfc_gis.likeness`, what the planner may decide in :mod:`cfc_gis.facilities.decisions`; the measures in
``resources/merge.toml`` and ``resources/likeness.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from cfc_gis import locale, schema
from cfc_gis.errors import CrsMissing
from cfc_gis.facilities import decisions as deciding
from cfc_gis.facilities import joined, pairing
from cfc_gis.facilities.decisions import Decisions
from cfc_gis.facilities.pairing import Pair, Pairing

OUTCOMES = ("matched", "new", "same", "left_out", "conflicting", "unplaced")
NEW = "new"

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
        be, ``metres`` and ``likeness`` to it, and the ``others``, joined by ``;``: ids of facilities that it may be,
        and rows of the register that may be its facility as well, such as ``row 20``.
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
        What the planner says of a row, by its number: the id of the facility that it is, ``row 20`` for the same site
        as row 20, ``new``, or ``leave out`` (:mod:`cfc_gis.facilities.decisions`).

    Returns
    -------
    Merged
        A matched facility keeps its id, geometry and entrances; capacity, enrolment and what else the register says
        replace its own, and the better evidence counts. A conflicting or unplaced row adds nothing until it is
        decided, for it might be counted twice. A row that is the same site as another adds nothing either.

    Raises
    ------
    TableFault
        When a table breaks its contract.
    CrsMissing
        When the facilities are not in metres.
    ChoiceUnknown
        When decisions name a row or a facility that does not exist, give one facility to two rows, or call a row new
        that has no place; with all of them at once.

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
    decided = _decide(state, listed, known, decisions or {})
    done = {*decided.new, *decided.same, *decided.left_out}
    pairs = [pair for pair in pairing.candidates(listed, known) if pair.row not in done]
    undecided = Pairing()
    pairing.settle(undecided, pairs)
    pairing.settle(state, pairs)
    pairing.settle_rivals(state, undecided, listed)
    pairing.match_by_name(state, listed, known, set(range(len(listed))) - done)
    pairing.doubt(state, pairs)
    rows = _lines(state, listed, known, pairs, decided)
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


def _decide(state: Pairing, listed: gpd.GeoDataFrame, known: gpd.GeoDataFrame, choices: Mapping[int, str]) -> Decisions:
    decided = deciding.read(choices, listed, known)
    for row, facility in decided.facility.items():
        state.match(Pair(row, facility, 1.0, float("nan"), float("nan"), "decided"))
    state.same.update(decided.same)
    return decided


def _lines(
    state: Pairing, listed: gpd.GeoDataFrame, known: gpd.GeoDataFrame, pairs: list[Pair], decided: Decisions
) -> pd.DataFrame:
    paired, claims = {pair.row for pair in pairs}, _claims(state)
    numbers, ids = listed["row"].tolist(), known["facility_id"].tolist()
    lines = []
    for at, (row, name, category) in enumerate(zip(numbers, listed["name"], listed["category"], strict=True)):
        outcome, why, best, maybe = _outcome(state, at, paired, decided)
        rivals = {state.same[at]} if outcome == "same" else set()
        if outcome == "conflicting" and best:
            rivals = claims[best.facility] - {at}
        others = [
            *sorted(ids[each] for each in maybe),
            *map(deciding.row_name, sorted(numbers[each] for each in rivals)),
        ]
        lines.append(
            (
                row, name, category, outcome, why,
                ids[best.facility] if best else None,
                known["name"][best.facility] if best else None,
                round(best.metres, 1) if best else float("nan"),
                best.likeness if best else float("nan"),
                ";".join(others),
            )
        )  # fmt: skip
    table = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    return table.astype({"row": int, "metres": float, "likeness": float})


def _claims(state: Pairing) -> dict[int, set[int]]:
    """Return the rows that are, or may be, each facility that is disputed."""
    claims: dict[int, set[int]] = {}
    for pair in (*state.matched.values(), *(each for pairs in state.conflicting.values() for each in pairs)):
        claims.setdefault(pair.facility, set()).add(pair.row)
    return claims


def _outcome(state: Pairing, at: int, paired: set[int], decided: Decisions) -> tuple[str, str, Pair | None, set[int]]:
    """Return outcome, reason, the likeliest pair, and the other facilities that a row may be."""
    if at in state.matched:
        return "matched", state.matched[at].why, state.matched[at], set()
    if at in state.conflicting:
        best, *rest = state.conflicting[at]
        others = {pair.facility for pair in rest} - {best.facility}
        return "conflicting", "several_rows" if best.why == "tie" and not others else best.why, best, others
    if at in state.unplaced:
        why, maybe = state.unplaced[at]
        return "unplaced", why, None, set(maybe)
    return *_alone(state, at, paired, decided), None, set()


def _alone(state: Pairing, at: int, paired: set[int], decided: Decisions) -> tuple[str, str]:
    """Return outcome and reason of a row that is no facility known before."""
    if at in state.same:
        return "same", "decided" if at in decided.same else "same_site"
    if at in decided.left_out:
        return "left_out", "decided"
    if at in decided.new:
        return NEW, "decided"
    return NEW, "others_nearer" if at in paired else "nothing_near"
