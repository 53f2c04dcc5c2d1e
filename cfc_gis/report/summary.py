"""What stands on the first page: the worst gaps, how sure that is, what to do first; and the tables behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from cfc_gis import schema
from cfc_gis.comparable import can_rank
from cfc_gis.report import rows
from cfc_gis.report.words import Both, Words, percent, rounded
from cfc_gis.standards import Standard, categories

LOOK_FIRST = 8
NAMED = 3
"""Places that the first page names."""
PLACES = 3
WORTH_SAYING = 0.01
"""A proven share below this is no finding: it stands in the table alone."""


class Check(NamedTuple):
    """Where to check the data of one category first.

    Parameters
    ----------
    what, who
        The category and the children it is for.
    places
        Sub-districts in order; None where there is no order.
    untold
        Districts of which the data cannot tell; None where there is none.
    settled
        What would tell.
    """

    what: Both
    who: Both
    places: Both | None
    untold: Both | None
    settled: Both


def context(
    levels: Mapping[str, list[rows.Unit]], standards: Mapping[str, Standard], season: str, words: Words
) -> dict[str, Any]:
    """Return the words of the first page by the names that its template uses.

    Parameters
    ----------
    levels
        Units with their gaps, by level.
    standards
        The standard of each category.
    season
        Season that is shown.
    words
        The languages of the report.
    """
    city, subdistricts = levels["city"][0], levels["subdistrict"]
    gaps = {c: city.gaps[c, season] for c in schema.CATEGORIES if (c, season) in city.gaps}
    unverified = [c for c in gaps if c in standards and not standards[c].binding]
    return {
        "judged_as": _judged_as(gaps, words),
        "judged_n": sum(gap["judgement"] != "no_data" for gap in gaps.values()),
        "short": _short([*levels["district"], *subdistricts], season, words),
        "unsigned": (len(unverified), sum(c in standards for c in gaps)),
        "least": _least(gaps, words),
        "met": _met(subdistricts, gaps, season, words),
        "settle": _settle(gaps, words),
        "unconfirmed": _names(unverified, gaps, words) if unverified else None,
        "look_first": rows.look_first([*levels["district"], *subdistricts], season, LOOK_FIRST),
        "look_first_limit": LOOK_FIRST,
        "check_first": _check_first(levels, season, words),
        "people_range": people_range(city),
    }


def people_range(city: rows.Unit) -> tuple[float, float] | None:
    """Return the range of children that the range of people implies, or None where the census settles it."""
    people, low, high = (city.values[name] for name in ("population", "population_low", "population_high"))
    if not people or city.children is None or low is None or high is None or low == high:
        return None
    return city.children * low / people, city.children * high / people


def _judged_as(gaps: Mapping[str, Mapping[str, Any]], words: Words) -> dict[str, Both | None]:
    """Return, for each judgement that occurs, the names of the categories judged so in the whole study area."""
    found: dict[str, list[str]] = {}
    for category, gap in gaps.items():
        found.setdefault(gap["judgement"], []).append(category)
    return {judgement: _names(names, gaps, words) for judgement, names in found.items()}


def _names(names: list[str], gaps: Mapping[str, Mapping[str, Any]], words: Words) -> Both | None:
    """Return categories as one list; "all" where it is all of several, None where there are none."""
    if not names:
        return None
    if len(names) == len(gaps) > 1:
        return words.say("report.every_category", n=len(gaps))
    return words.join(words.term("category", name) for name in names)


def _short(judged: list[rows.Unit], season: str, words: Words) -> list[Both]:
    """Return the places with most children short of a target; undecided ones are none."""
    found = rows.look_first(judged, season, NAMED)
    return [
        words.say(
            "report.main_short", name=unit.name, what=words.term("category", gap["category"]),
            judgement=words.term("judgement", gap["judgement"]),
            n=words.between(gap["shortfall_low"], gap["shortfall_high"]),
        )
        for unit, gap in found
        if gap["judgement"] != "undecided"
    ]  # fmt: skip


def _least(gaps: Mapping[str, Mapping[str, Any]], words: Words) -> Both | None:
    """Return what is proven where the target is not: the shares that are at least reached, largest first."""
    shares = {
        category: gap["share_low"]
        for category, gap in gaps.items()
        if gap["judgement"] != "meets" and (gap["share_low"] or 0) > WORTH_SAYING
    }
    order = sorted(shares, key=lambda category: -shares[category])
    # "At least" must be true: rounded down.
    floors = {c: math.floor(shares[c] * 100 + 1e-9) / 100 for c in order}
    return _listed({c: percent(floors[c]) for c in order}, words)


def _met(
    subdistricts: list[rows.Unit], gaps: Mapping[str, Mapping[str, Any]], season: str, words: Words
) -> Both | None:
    """Return in how many sub-districts the target is proven, for the categories where it is in any."""
    counts = {
        category: sum(unit.gaps.get((category, season), {}).get("judgement") == "meets" for unit in subdistricts)
        for category in gaps
    }
    order = sorted((c for c in counts if counts[c]), key=lambda category: -counts[category])
    return _listed({c: counts[c] for c in order}, words)


def _listed(values: Mapping[str, object], words: Words) -> Both | None:
    """Return categories with a value each as one list; None where there are none."""
    if not values:
        return None
    return words.join(
        words.say("report.value_of", what=words.term("category", category), n=value)
        for category, value in values.items()
    )


def _settle(gaps: Mapping[str, Mapping[str, Any]], words: Words) -> list[tuple[Both, Both]]:
    """Return, for each responsible body, the categories for which its register would settle the judgement."""
    wanted: dict[str, list[Both]] = {}
    for category, gap in gaps.items():
        if gap["judgement"] in {"no_data", "undecided"}:
            wanted.setdefault(gap["body"], []).append(words.term("category", category))
    return [(words.term("body", body), words.join(terms)) for body, terms in wanted.items()]


def _check_first(levels: Mapping[str, list[rows.Unit]], season: str, words: Words) -> list[Check]:
    """Return, for each category that cannot be judged, its users and the sub-districts to check first.

    Those are the sub-districts where most children live beyond every known facility, presumed ones included; those of
    districts in which the data cannot tell one place from another have no order, and their districts are named.
    """
    city = levels["city"][0]
    found = []
    for category in schema.CATEGORIES:
        gap = city.gaps.get((category, season))
        if gap is None or gap["judgement"] != "no_data":
            continue
        untold = [unit for unit in levels["district"] or [city] if not _told(unit, category, season)]
        codes = {unit.code for unit in untold}
        told = [unit for unit in levels["subdistrict"] if (unit.parent or city.code) not in codes]
        places = _most_beyond(told, category, season, words)
        names = words.listed(unit.name for unit in untold) if untold else None
        if places or names:
            settled = words.join(words.term("settle", key) for key in str(gap["settled_by"] or "").split(";") if key)
            band = words.term("band", categories()[category].band)
            found.append(Check(words.term("category", category), band, places, names, settled))
    return found


def _told(unit: rows.Unit, category: str, season: str) -> bool:
    gap = unit.gaps.get((category, season))
    return gap is None or can_rank(gap["share_presumed"], gap["judgement"])


def _most_beyond(subdistricts: list[rows.Unit], category: str, season: str, words: Words) -> Both | None:
    beyond = [
        (unit, unit.gaps[category, season]["children"] * (1 - unit.gaps[category, season]["share_presumed"]))
        for unit in subdistricts
        if unit.gaps.get((category, season), {}).get("share_presumed") is not None
    ]
    beyond = sorted((row for row in beyond if row[1] >= 1), key=lambda row: (-row[1], row[0].code))[:PLACES]
    if not beyond:
        return None
    return words.join(words.say("report.place_of", name=unit.name, n=rounded(n)) for unit, n in beyond)
