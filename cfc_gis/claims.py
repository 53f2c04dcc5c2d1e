"""What a list of facilities holds in full: for which districts and of which kinds, as its planner declares.

That a list is official says that what stands in it is there, not that nothing is missing from it. Only a declaration
does, and a place on the map never makes one: a row that lies over a border declares nothing of the district beyond.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from cfc_gis import locale
from cfc_gis.faults import Fault, Said, closest


@dataclass(frozen=True)
class Claim:
    """What a planner declares of a list.

    Parameters
    ----------
    complete
        Names of the districts of which it lists all there are; True: of those that its rows name; False: of none.
    kinds
        Categories that it lists in full; empty: those of which it has rows.
    independent
        Whether it was made without OSM, so that the two together tell how many there are; None: where it is not
        official. Asked only where it is not declared complete.
    """

    complete: bool | tuple[str, ...] = False
    kinds: tuple[str, ...] = ()
    independent: bool | None = None


@dataclass(frozen=True)
class Whole:
    """Where a list is whole: names of ``districts`` and ``kinds`` of facility."""

    districts: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()


def whole(claim: Claim, table: pd.DataFrame, category: str | None = None) -> Whole:
    """Return the districts and kinds of which a list holds all there are.

    Parameters
    ----------
    claim
        What is declared of it.
    table
        Its rows: ``category`` and ``district`` as the list names it.
    category
        That of the whole list, where there is one.

    Examples
    --------
    >>> rows = pd.DataFrame({"category": ["park", "play"], "district": ["南岗区", None]})
    >>> found = whole(Claim(complete=True), rows)
    >>> sorted(found.districts), sorted(found.kinds)
    (['南岗区'], ['park', 'play'])
    >>> whole(Claim(), rows).districts
    frozenset()
    """
    if claim.complete is False:
        return Whole()
    named = table["district"].dropna() if claim.complete is True else claim.complete
    kinds = claim.kinds or ((category,) if category else tuple(table["category"]))
    return Whole(frozenset(str(each) for each in named), frozenset(kinds))


def faults(
    claim: Claim, table: pd.DataFrame, known: Collection[str], category: str | None = None, *, independent: bool = False
) -> Iterator[Fault]:
    """Yield what a declaration comes to, and why it cannot be used.

    Parameters
    ----------
    claim, table, category
        As of :func:`whole`; ``row`` too.
    known
        Names of all districts that may be meant; empty where they are not known.
    independent
        Whether a list that is not complete is a source beside OSM.

    Examples
    --------
    >>> rows = pd.DataFrame({"row": [2], "category": ["park"], "district": [None]})
    >>> [fault.key for fault in faults(Claim(complete=True), rows, ["南岗区"])]
    ['claim_unnamed']
    >>> [fault.key for fault in faults(Claim(complete=("南冈区",)), rows, ["南岗区"])]
    ['claim_district']
    >>> [fault.key for fault in faults(Claim(complete=("南岗区",)), rows, ["南岗区"])]
    ['claim_complete']
    """
    if claim.complete is False:
        yield Fault("claim_second" if independent else "claim_none", "note")
        return
    found = whole(claim, table, category)
    if not found.districts:
        yield Fault("claim_unnamed", "error", None, "complete")
        return
    strange = sorted(found.districts - set(known)) if known else []
    rows = table.drop_duplicates("district").set_index("district")["row"]
    for name in strange:
        severity, row = ("warning", int(rows[name])) if claim.complete is True else ("error", None)
        facts = {"known": ", ".join(sorted(known)), "suggestion": closest(name, sorted(known))}
        yield Fault("claim_district", severity, row, None, name, facts)  # type: ignore[arg-type]
    if len(strange) < len(found.districts):
        kinds = _listed(sorted(found.kinds))
        yield Fault("claim_complete", "note", None, None, ", ".join(sorted(found.districts - set(strange))), kinds)


def _listed(kinds: list[str]) -> Mapping[str, object]:
    """Return kinds in words."""
    marks = {"zh": "、", "en": ", "}
    return {"kinds": Said(*(marks[lang].join(locale.say(f"category.{kind}", lang) for kind in kinds)
                            for lang in locale.LANGS))}  # fmt: skip


def elsewhere(table: pd.DataFrame, lies_in: pd.Series, known: Collection[str]) -> Iterator[Fault]:
    """Yield the rows that lie in another district than the one they name.

    Parameters
    ----------
    table
        Rows of a list: ``row``, ``name`` and ``district``.
    lies_in
        Name of the district in which each lies, by the same index; missing without a place and outside all of them.
    known
        Names of the districts that have a border here.

    Examples
    --------
    >>> rows = pd.DataFrame({"row": [2, 3], "name": ["甲", "乙"], "district": "南岗区"})
    >>> [fault.row for fault in elsewhere(rows, pd.Series(["南岗区", "香坊区"]), ["南岗区", "香坊区"])]
    [3]
    """
    differ = table["district"].isin(list(known)) & lies_in.notna() & (lies_in != table["district"])
    for index in table.index[differ]:
        row = table.loc[index]
        facts = {"named": row["district"], "lies": lies_in[index]}
        yield Fault("claim_elsewhere", "warning", int(row["row"]), None, row["name"], facts)
