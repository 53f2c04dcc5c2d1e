"""Judge the datum of a group of points by the matches that agree with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from cfc_gis.datum_evidence import Evidence, rules

Certainty = Literal["certain", "likely", "mixed", "cannot_tell"]


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of one group.

    Parameters
    ----------
    datum
        ``wgs84``, ``gcj02``, ``bd09``, or ``other`` (a systematic shift that none of them explains); ``None`` where
        the group is mixed or nothing can be told.
    certainty
        ``certain``, ``likely``, ``mixed`` or ``cannot_tell``.
    reason
        Why nothing can be told: ``too_few`` matches, ``too_close`` (the datums hardly differ here), ``scattered``
        (the matches agree with nothing) or ``undecided`` (they do not agree clearly enough); else empty.
    chance
        Chance that the matches would favour a datum as much if it were no better than the next one; NaN without any.
    """

    datum: str | None
    certainty: Certainty
    reason: str
    chance: float


def judge(evidence: Evidence) -> Verdict:
    """Judge by how many matches agree with which datum.

    In words, with the figures of ``resources/datums.toml``:

    - Fewer than 6 matches: cannot tell.
    - A second datum *shows* where at least one in 50 of the matches that agree with it or with the first agree with
      it. Chance seldom does that: of unrelated pairs within 3 km, one in 900 agrees with a given datum. *Mixed*: it
      shows, with at least 3 matches.
    - Else take the datum with most agreeing matches, and for each of the others only the matches that agree with one
      of the two. If neither were better, each of these would fall on either side like a coin: the chance of so many
      on one side is a binomial tail (the sign test), times the number of rivals. *Certain*: at most 1 in 1,000, at
      least half of all matches agree, and no second datum shows (12 that agree and none against are enough).
      *Likely*: at most 1 in 20 (6 and none against). Else: cannot tell.
    - By streets, near by chance more often, nothing is certain and a mixture is not seen: *likely* needs 1 in 1,000,
      half of all matches, and at most a fifth of the telling matches against it. Else: cannot tell.

    Parameters
    ----------
    evidence
        Of one group.

    Examples
    --------
    >>> agrees = pd.DataFrame(False, index=range(12), columns=["wgs84", "gcj02", "bd09", "other"]).assign(gcj02=True)
    >>> verdict = judge(Evidence("names", pd.DataFrame(index=range(12)), agrees))
    >>> verdict.datum, verdict.certainty, round(verdict.chance, 5)
    ('gcj02', 'certain', 0.00073)
    """
    counts = evidence.agrees.sum().sort_values(ascending=False, kind="stable")
    if reason := _nothing_to_tell(evidence, int(counts.iloc[0])):
        return Verdict(None, "cannot_tell", reason, math.nan)
    limits = rules()["certainty"]
    first, most, second = str(counts.index[0]), int(counts.iloc[0]), int(counts.iloc[1])
    second_shows = evidence.kind == "names" and second >= limits["mixed_share"] * (most + second)
    if second_shows and second >= limits["mixed_matches"]:
        return Verdict(None, "mixed", "", math.nan)
    sides = _sides(evidence.agrees, first)
    chance = min(1.0, len(sides) * max(_tail(*side) for side in sides))
    strict = chance <= limits["certain"] and most >= limits["least_share"] * len(evidence.agrees)
    if evidence.kind == "names":
        certain, likely = strict and not second_shows, chance <= limits["likely"]
    else:
        clear = all(against <= limits["streets_contrary"] * (with_it + against) for with_it, against in sides)
        certain, likely = False, strict and clear
    if certain or likely:
        return Verdict(first, "certain" if certain else "likely", "", chance)
    return Verdict(None, "cannot_tell", "undecided", chance)


def _nothing_to_tell(evidence: Evidence, most: int) -> str:
    if len(evidence.agrees) < rules()["certainty"]["fewest"]:
        return "too_few"
    if evidence.too_close:
        return "too_close"
    return "" if most else "scattered"


def _sides(agrees: pd.DataFrame, first: str) -> list[tuple[int, int]]:
    """For each rival of a datum, how many matches agree with the datum and not the rival, and the reverse."""
    mine = agrees[first]
    rivals = [agrees[name] for name in agrees if name != first]
    return [(int((mine & ~rival).sum()), int((rival & ~mine).sum())) for rival in rivals]


def _tail(with_it: int, against: int) -> float:
    """Chance that a fair coin falls on one side at least so often."""
    tosses = with_it + against
    return float(sum(math.comb(tosses, k) for k in range(with_it, tosses + 1)) / 2**tosses)
