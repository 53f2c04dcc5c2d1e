"""Measure the datum of a table of named points: WGS 84, GCJ-02, BD-09, a mixture, or nothing that can be told.

What a file says of its coordinate system proves nothing where providers displace their maps. So each group of rows,
such as each provider, is compared with OSM objects of the same names (:func:`cfc_gis.datum_evidence.by_names`), and
where names are too few, with the streets that its addresses name. The result says what was found and how sure it is.
It changes nothing: :func:`cfc_gis.datums.convert` does, by what the user declares.

OSM itself can be displaced in places, where somebody traced a displaced map. Single objects of that kind show up as
matches that contradict the others; a whole area of them would show up as a shift of no known datum.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cfc_gis import coords, datums, locale, named_points, schema, text
from cfc_gis.datum_evidence import (
    OTHER,
    Evidence,
    Streets,
    by_names,
    by_streets,
    objects_of,
    points_of,
    rules,
    streets_of,
)
from cfc_gis.datum_verdict import Verdict, judge

_BETWEEN = {"zh": "", "en": " "}  # sentences
_SMALL = 1e-6  # a chance that is no more worth writing out


@dataclass(frozen=True)
class Shift:
    """A systematic shift: what the matches that agree with one datum have in common.

    Parameters
    ----------
    datum
        That datum, or ``other``.
    matches
        How many agree.
    east_m, north_m
        Medians of how far the points as given lie east and north of the OSM objects, in metres.
    spread_m
        Median distance of the single shifts from that, in metres (the median absolute deviation in the plane): how
        well the points are placed, and how much the shift of the datum itself varies over the area.
    """

    datum: str
    matches: int
    east_m: float
    north_m: float
    spread_m: float


@dataclass(frozen=True)
class GroupDatum:
    """The datum of one group of rows.

    Parameters
    ----------
    group
        Value of the group column; ``""`` for blank, or where no column was named.
    rows, without_position, doubles
        Rows; those without coordinates; those that repeat another and so count once.
    evidence
        ``names`` or ``streets``: what the verdict rests on.
    matches
        Names (or rows with a street) that were compared.
    ambiguous
        Names left out because they stand for several places.
    street_matches
        Rows that were compared with the street of their address; 0 where names could tell, or no address was given.
    agree
        How many matches agree with each datum. By streets a match may agree with several.
    shifts
        The shift of each datum with which matches agree, most matches first. More than one are never averaged. By
        streets no shift can be measured, and there are none.
    verdict
        What follows.
    against
        Rows whose match agrees with another datum than most; to be looked at before anything is converted. Empty
        where nothing can be told, and by streets.
    before_m, after_m
        Median distance of all matches to their object (or street), in metres: as given, and converted from the datum
        found; NaN where there is none.
    """

    group: str
    rows: int
    without_position: int
    doubles: int
    evidence: str
    matches: int
    ambiguous: int
    street_matches: int
    agree: Mapping[str, int]
    shifts: tuple[Shift, ...]
    verdict: Verdict
    against: tuple[Hashable, ...]
    before_m: float
    after_m: float


@dataclass(frozen=True)
class DatumCheck:
    """The datums of a table, measured; nothing in the table was changed.

    Parameters
    ----------
    groups
        One for each group, sorted by its name.
    matches
        All matches (as in :class:`cfc_gis.datum_evidence.Evidence`), with ``group`` and ``agrees``: the datums that
        each agrees with, joined by ``;``.
    doubles
        Rows that repeat another of their group.
    """

    groups: tuple[GroupDatum, ...]
    matches: pd.DataFrame
    doubles: named_points.Doubles

    def report(self, lang: locale.Lang) -> str:
        """Return what was found, how sure it is, and what to do, one paragraph for each group.

        Names of groups are shown as they are but for control characters: escape the text before it goes into HTML.
        """
        paragraphs = [self.doubles.report(lang), *self.paragraphs(lang)]
        return "\n\n".join([*filter(None, paragraphs), locale.say("datum_check.law", lang)])

    def paragraphs(self, lang: locale.Lang) -> tuple[str, ...]:
        """Return what was found of each group, as in the report."""
        return tuple(_paragraph(group, lang) for group in self.groups)

    def warnings(self, declared: datums.Datum | Mapping[str, datums.Datum], lang: locale.Lang) -> tuple[str, ...]:
        """Return one warning for each group whose measured datum is not the declared one.

        Parameters
        ----------
        declared
            One datum for all rows, or one for each group; a file in EPSG:4326 or 4490 declares ``wgs84``.
        """
        found = []
        for group in self.groups:
            said = declared.get(group.group) if isinstance(declared, Mapping) else declared
            if said is not None and group.verdict.certainty != "cannot_tell" and group.verdict.datum != said:
                words = {"declared": _term(said, lang), "found": _paragraph(group, lang)}
                found.append(locale.say("datum_check.contradicted", lang, **words))
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """Return one row for each group, for tables and files; the shift is that of the datum found, else missing."""
        return pd.DataFrame([_row(group) for group in self.groups])


def measure(
    table: pd.DataFrame,
    osm: schema.OsmTables,
    *,
    group: str | None = None,
    address: str | None = None,
    places: Iterable[str] = (),
) -> DatumCheck:
    """Measure the datum of a table against OSM, for each group of rows.

    For each group the names that stand for one place in the table and one in OSM are matched, the distance of each
    match is taken under each datum, and :func:`cfc_gis.datum_verdict.judge` says what follows. The shift is the median
    of the matches that agree with a datum; matches that agree with none are searched for a common shift of their own.

    Parameters
    ----------
    table
        Points with names (:data:`cfc_gis.schema.NAMED_POINTS`): degrees, NaN where missing.
    osm
        Reference, WGS 84.
    group
        Column that tells the groups, such as the provider. Without one the table is one group, and a mixture in it
        is reported as such.
    address
        Column of addresses, to be compared with streets where names cannot tell.
    places
        Names of the province, city and districts, which names may carry in front.

    Raises
    ------
    TableFault
        When the table has no such columns, or coordinates that are no numbers.
    ChoiceUnknown
        When a named column does not exist.
    UserError
        When a position is on no map.

    Examples
    --------
    >>> from importlib.resources import files
    >>> from cfc_gis.sources import osm_extract
    >>> osm = osm_extract.read(files("cfc_gis") / "resources" / "sample_town" / "town.osm.pbf")
    >>> table = pd.DataFrame({"name": ["幼儿园"], "lon": [126.6], "lat": [45.75]})
    >>> check = measure(table, osm)
    >>> check.groups[0].verdict.certainty, check.groups[0].verdict.reason
    ('cannot_tell', 'too_few')
    """
    schema.check(table, schema.NAMED_POINTS)
    places = tuple(places)
    groups = datums.group_of(table, group)
    if address is not None:
        datums.require_column(table, address)
    objects = objects_of(osm.objects, places)
    streets = None if address is None else streets_of(osm.streets, osm.street_points)
    found, matches, repeats = [], [], []
    for name in sorted(set(groups)) or [""]:
        rows = table[groups == name]
        doubles = named_points.doubles(rows, places=places)
        evidence, verdict, tried = _judged(rows, objects, places, address, streets)
        found.append(_group(name, rows, len(doubles.table), evidence, verdict, tried))
        matches.append(_labelled(evidence, name))
        repeats.append(doubles.table)
    return DatumCheck(
        tuple(found),
        pd.concat(matches, ignore_index=True),
        named_points.Doubles(pd.concat(repeats, ignore_index=True), len(table)),
    )


def _judged(
    rows: pd.DataFrame, objects: pd.DataFrame, places: tuple[str, ...], address: str | None, streets: Streets | None
) -> tuple[Evidence, Verdict, int]:
    """Judge by names, and where they cannot tell by streets; with the number of rows that have a street."""
    names = by_names(points_of(rows, places), objects)
    verdict = judge(names)
    if verdict.certainty != "cannot_tell" or streets is None or address is None:
        return names, verdict, 0
    addresses = by_streets(rows, address, streets)
    by_address = judge(addresses)
    if by_address.certainty == "cannot_tell":
        return names, verdict, len(addresses.matches)
    return addresses, by_address, len(addresses.matches)


def _group(
    name: str, rows: pd.DataFrame, doubles: int, evidence: Evidence, verdict: Verdict, street_matches: int
) -> GroupDatum:
    counts = {str(datum): int(count) for datum, count in evidence.agrees.sum().items()}
    by_count = sorted((datum for datum in counts if counts[datum]), key=lambda datum: -counts[datum])
    found = f"{verdict.datum}_m"
    return GroupDatum(
        group=name,
        rows=len(rows),
        without_position=int((rows["lon"].isna() | rows["lat"].isna()).sum()),
        doubles=doubles,
        evidence=evidence.kind,
        matches=len(evidence.matches),
        ambiguous=evidence.ambiguous,
        street_matches=street_matches,
        agree=counts,
        shifts=() if evidence.kind == "streets" else tuple(_shift(evidence, datum) for datum in by_count),
        verdict=verdict,
        against=() if verdict.certainty == "cannot_tell" else _against(evidence, by_count[0]),
        before_m=float(evidence.matches["wgs84_m"].median()),
        after_m=float(evidence.matches[found].median()) if found in evidence.matches else math.nan,
    )


def _against(evidence: Evidence, most: str) -> tuple[Hashable, ...]:
    if evidence.kind == "streets":
        return ()  # a street may be near under several datums
    others = evidence.agrees.drop(columns=most).any(axis=1)
    return tuple(evidence.matches.loc[others.to_numpy(), "row"])


def _shift(evidence: Evidence, datum: str) -> Shift:
    agreeing = evidence.matches.loc[evidence.agrees[datum].to_numpy(), ["east_m", "north_m"]]
    middle = agreeing.median()
    spread = np.hypot(agreeing["east_m"] - middle["east_m"], agreeing["north_m"] - middle["north_m"]).median()
    return Shift(datum, len(agreeing), float(middle["east_m"]), float(middle["north_m"]), float(spread))


def _labelled(evidence: Evidence, group: str) -> pd.DataFrame:
    agrees = evidence.agrees
    flags = agrees.to_numpy(dtype=bool)
    names = [";".join(agrees.columns[row]) for row in flags]
    return evidence.matches.assign(group=group, evidence=evidence.kind, agrees=names)


def _row(group: GroupDatum) -> dict[str, object]:
    shift = next((each for each in group.shifts if each.datum == group.verdict.datum), None)
    return {
        "group": group.group,
        "rows": group.rows,
        "without_position": group.without_position,
        "doubles": group.doubles,
        "datum": group.verdict.datum,
        "certainty": group.verdict.certainty,
        "reason": group.verdict.reason,
        "chance": group.verdict.chance,
        "evidence": group.evidence,
        "matches": group.matches,
        "against": len(group.against),
        "ambiguous": group.ambiguous,
        "street_matches": group.street_matches,
        **{f"agree_{datum}": group.agree.get(datum, 0) for datum in (*datums.DATUMS, OTHER)},
        "east_m": shift.east_m if shift else math.nan,
        "north_m": shift.north_m if shift else math.nan,
        "spread_m": shift.spread_m if shift else math.nan,
        "before_m": group.before_m,
        "after_m": group.after_m,
    }


# --- words --------------------------------------------------------------------------------------------------------


def _term(datum: str, lang: locale.Lang) -> str:
    return locale.say(f"datum.{datum}", lang)


def _paragraph(group: GroupDatum, lang: locale.Lang) -> str:
    name = text.display(group.group) or locale.say("datum_check.unnamed", lang)
    kind = group.evidence
    parts = [
        locale.say(f"datum_check.compared_{kind}", lang, group=name, rows=group.rows, matches=group.matches,
                   ambiguous=group.ambiguous, doubles=group.doubles, missing=group.without_position),
        *_findings(group, lang),
        _conclusion(group.verdict, lang),
    ]  # fmt: skip
    if kind == "names" and group.street_matches:
        parts.append(locale.say("datum_check.streets_too", lang, count=group.street_matches))
    if not math.isnan(group.after_m):
        how = "kept" if group.verdict.datum == "wgs84" else "distance"
        facts = {"before": f"{group.before_m:.0f}", "after": f"{group.after_m:.0f}"}
        parts.append(
            locale.say(f"datum_check.{how}_{kind}", lang, **facts, datum=_term(str(group.verdict.datum), lang))
        )
    if group.against:
        rows = coords.rows_text(group.against, lang)
        parts.append(locale.say("datum_check.against", lang, count=len(group.against), rows=rows))
    parts.append(locale.say(f"datum_check.todo_{group.verdict.datum or group.verdict.certainty}", lang))
    return _BETWEEN[lang].join(parts)


def _findings(group: GroupDatum, lang: locale.Lang) -> list[str]:
    """Say what agrees with what: with its shift where names tell it, else the bare counts."""
    if group.shifts:
        return [
            locale.say("datum_check.shift", lang, count=shift.matches, datum=_term(shift.datum, lang),
                       shift=_way(shift, lang), spread=f"{shift.spread_m:.0f}")
            for shift in group.shifts
        ]  # fmt: skip
    return [
        locale.say("datum_check.agree", lang, count=count, datum=_term(datum, lang))
        for datum, count in group.agree.items()
        if count
    ]


def _way(shift: Shift, lang: locale.Lang) -> str:
    east = locale.say(f"datum_check.{'east' if shift.east_m >= 0 else 'west'}", lang, metres=f"{abs(shift.east_m):.0f}")
    north = locale.say(
        f"datum_check.{'north' if shift.north_m >= 0 else 'south'}", lang, metres=f"{abs(shift.north_m):.0f}"
    )
    return locale.say("datum_check.both", lang, east=east, north=north)


def _conclusion(verdict: Verdict, lang: locale.Lang) -> str:
    if verdict.datum is None:
        fewest = rules()["certainty"]["fewest"]
        return locale.say(f"datum_check.{verdict.reason or verdict.certainty}", lang, fewest=fewest)
    small = verdict.chance < _SMALL
    chance = locale.say("datum_check.small", lang) if small else f"{verdict.chance:.1g}"
    return locale.say(f"datum_check.{verdict.certainty}", lang, datum=_term(verdict.datum, lang), chance=chance)
