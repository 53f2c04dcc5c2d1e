import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.datum_evidence import Evidence
from cfc_gis.datum_verdict import judge

COLUMNS = ["wgs84", "gcj02", "bd09", "other"]


def evidence(*, wgs84=0, gcj02=0, bd09=0, other=0, none=0, too_close=False):
    """Matches of which each agrees with one datum, or none."""
    counts = {"wgs84": wgs84, "gcj02": gcj02, "bd09": bd09, "other": other, "none": none}
    labels = [name for name, count in counts.items() for _ in range(count)]
    agrees = pd.DataFrame({name: [label == name for label in labels] for name in COLUMNS}, dtype=bool)
    return Evidence("names", pd.DataFrame(index=range(len(labels))), agrees, too_close=too_close)


def by_streets(both=0, gcj02=0, wgs84=0, none=0):
    flags = [(True, True, False)] * both + [(False, True, False)] * gcj02 + [(True, False, False)] * wgs84
    agrees = pd.DataFrame(flags + [(False,) * 3] * none, columns=COLUMNS[:3], dtype=bool)
    return Evidence("streets", pd.DataFrame(index=range(len(agrees))), agrees)


def said(found):
    verdict = judge(found)
    return verdict.datum, verdict.certainty, verdict.reason


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (evidence(), (None, "cannot_tell", "too_few")),
        (evidence(gcj02=5), (None, "cannot_tell", "too_few")),
        (evidence(gcj02=6), ("gcj02", "likely", "")),  # 3 / 2^6 = 0.047
        (evidence(gcj02=11), ("gcj02", "likely", "")),  # 3 / 2^11 = 0.0015
        (evidence(gcj02=12), ("gcj02", "certain", "")),  # 3 / 2^12 = 0.0007
        (evidence(bd09=12, none=12), ("bd09", "certain", "")),  # half of all
        (evidence(bd09=12, none=13), ("bd09", "likely", "")),
        (evidence(wgs84=6, gcj02=1), (None, "cannot_tell", "undecided")),  # 3 (7 + 1) / 2^7 = 0.19
        (evidence(other=40), ("other", "certain", "")),
        (evidence(none=40), (None, "cannot_tell", "scattered")),
        (evidence(gcj02=40, too_close=True), (None, "cannot_tell", "too_close")),
        (evidence(gcj02=53, wgs84=1), ("gcj02", "certain", "")),  # one in 54 may be chance, or displaced in OSM
        (evidence(gcj02=53, wgs84=2), ("gcj02", "likely", "")),
        (evidence(gcj02=53, wgs84=3), (None, "mixed", "")),
        (evidence(gcj02=46, wgs84=19), (None, "mixed", "")),
        (evidence(gcj02=200, wgs84=3), ("gcj02", "certain", "")),  # below one in 50
        (evidence(gcj02=20, other=3), (None, "mixed", "")),
        (evidence(gcj02=4, wgs84=3), (None, "mixed", "")),
    ],
)
def test_the_rule_in_words(found, expected):
    assert said(found) == expected


def test_the_chance_by_hand():
    # 8 against 1 of 9 tosses: (9 + 1) / 2^9 for each of three rivals at most
    assert judge(evidence(gcj02=8, wgs84=1)).chance == pytest.approx(3 * 10 / 512)
    assert judge(evidence(gcj02=12)).chance == pytest.approx(3 / 4096)
    assert math.isnan(judge(evidence(gcj02=2)).chance)
    assert judge(evidence(gcj02=6, wgs84=2, bd09=2)).chance == pytest.approx(3 * (28 + 8 + 1) / 256)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (by_streets(gcj02=40), ("gcj02", "likely", "")),  # never certain
        (by_streets(gcj02=10), (None, "cannot_tell", "undecided")),  # 2 / 2^10 = 0.002
        (by_streets(gcj02=11), ("gcj02", "likely", "")),  # 2 / 2^11 = 0.00098
        (by_streets(both=40), (None, "cannot_tell", "undecided")),  # near under both: says nothing
        (by_streets(gcj02=20, none=21), (None, "cannot_tell", "undecided")),  # less than half
        (by_streets(gcj02=40, wgs84=10), ("gcj02", "likely", "")),  # a fifth against it
        (by_streets(gcj02=40, wgs84=11), (None, "cannot_tell", "undecided")),  # may be a mixture
        (by_streets(gcj02=5), (None, "cannot_tell", "too_few")),
    ],
)
def test_the_rule_for_streets(found, expected):
    assert said(found) == expected


@given(st.permutations(COLUMNS), st.lists(st.integers(0, 30), min_size=5, max_size=5))
def test_no_datum_is_favoured(order, counts):
    """Renaming the datums renames the verdict, unless two share the first place."""
    first = judge(evidence(**dict(zip([*COLUMNS, "none"], counts, strict=True))))
    second = judge(evidence(**dict(zip([*order, "none"], counts, strict=True))))
    assert (first.certainty, first.reason) == (second.certainty, second.reason)
    if first.datum is not None:
        assert second.datum == order[COLUMNS.index(first.datum)]


@given(st.integers(6, 60), st.integers(0, 60))
def test_more_matches_never_weaken_a_verdict(agreeing, none):
    rank = ["cannot_tell", "likely", "certain"]
    less, more = (judge(evidence(bd09=count, none=none)).certainty for count in (agreeing, agreeing + 1))
    assert rank.index(more) >= rank.index(less)
