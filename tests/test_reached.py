"""The pairs behind the shares: on the sample town, and at the edge of what was searched."""

from __future__ import annotations

import numpy as np
import pytest

from cfc_gis.access.reached import MARGIN, Reached
from tests import results


@pytest.mark.parametrize("season", ["summer", "winter"])
def test_the_pairs_give_the_shares_of_the_access_table(season: str) -> None:
    """A home is served where it has a pair, and where the nearest facility is within the standard: the same homes."""
    result = results.sample()
    seen = 0
    for (category, profile), near in result.reached.items():
        if not profile.endswith(season):
            continue
        origin, _ = near.pairs()
        served = np.bincount(origin, minlength=len(result.origins)) > 0
        assert (served == (near.nearest <= near.threshold * (1 + 1e-9))).all()
        rows = result.access[(result.access["category"] == category) & (result.access["profile"] == profile)]
        shares = rows.set_index("neighbourhood_id")["share_within"]
        by_home = (result.origins["weight"] * served).groupby(result.origins["neighbourhood_id"]).sum()
        np.testing.assert_allclose(by_home.reindex(shares.index).to_numpy(), shares.to_numpy(), atol=1e-9)
        seen += int(served.sum())
    assert seen > 0


def test_a_wider_standard_finds_more_and_never_fewer() -> None:
    for near in results.sample().reached.values():
        sizes = [len(near.pairs(factor)[0]) for factor in (0.5, 0.75, 1.0, 1.25)]
        assert sizes == sorted(sizes)


def test_beyond_the_search_nothing_is_said() -> None:
    near = Reached(300.0, *(np.empty(0, dtype=np.int64) for _ in range(2)), np.empty(0), np.empty(0))
    assert len(near.pairs(MARGIN)[0]) == 0
    with pytest.raises(ValueError, match=r"1\.25"):
        near.pairs(1.3)
