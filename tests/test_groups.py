"""Means by group: worked out on paper, and nothing left out unsaid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis.access.groups import group_mean
from cfc_gis.errors import TableFault, UserError
from tests.travel_tables import TRIED

PLACES = pd.DataFrame(
    [
        ("a", 0.4, 30, "n1"),
        ("b", 1.0, 10, "n1"),
        ("c", np.nan, 10, "n2"),  # unknown value: set aside, and the mean says so
        ("d", 2.0, 30, "n2"),
        ("e", 9.0, np.nan, "n2"),  # unknown number of children
        ("f", np.nan, 0, "n3"),  # nobody lives there: nothing is unknown
        ("g", 3.0, 0, "n3"),
        ("h", 5.0, 7, None),  # in no group
    ],
    columns=["id", "value", "children", "group"],
).set_index("id")


def test_by_hand() -> None:
    means = group_mean(PLACES["value"], PLACES["children"], PLACES["group"].rename("neighbourhood_id"))
    assert means.index.name == "neighbourhood_id"
    assert means.index[:3].tolist() == ["n1", "n2", "n3"]
    assert means.index.isna().tolist() == [False, False, False, True]
    assert means["mean"].tolist() == pytest.approx([0.55, 2.0, np.nan, 5.0], nan_ok=True)
    assert means["weight"].tolist() == [40, 40, 0, 7]
    assert means["known_share"].tolist() == pytest.approx([1, 0.75, np.nan, 1], nan_ok=True)
    assert means["places"].tolist() == [2, 3, 2, 1]
    assert means["places_set_aside"].tolist() == [0, 2, 0, 0]


def test_without_loose_places_there_is_no_row_for_them() -> None:
    inside = PLACES.dropna(subset="group")
    assert group_mean(inside["value"], inside["children"], inside["group"]).index.tolist() == ["n1", "n2", "n3"]
    nothing = PLACES.iloc[:0]
    assert group_mean(nothing["value"], nothing["children"], nothing["group"]).empty


def test_faults_are_refused() -> None:
    with pytest.raises(UserError, match="groups and values do not speak of the same places"):
        group_mean(PLACES["value"], PLACES["children"], PLACES["group"].iloc[::-1])
    with pytest.raises(UserError, match="weights and values"):
        group_mean(PLACES["value"], PLACES["children"].iloc[1:], PLACES["group"])
    with pytest.raises(TableFault, match=r"weights.*negative in 1 row\(s\), first at b"):
        group_mean(PLACES["value"], PLACES["children"].replace(10, -10).where(PLACES.index != "c", 0), PLACES["group"])


@TRIED
@given(
    rows=st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 9)), st.integers(0, 9), st.sampled_from(["x", "y", None])),
        max_size=12,
    ),
    times=st.sampled_from([0.5, 3.0]),
)
def test_nothing_is_lost(rows: list[tuple[int | None, int, str | None]], times: float) -> None:
    table = pd.DataFrame(rows, columns=["value", "children", "group"]).astype(
        {"value": float, "children": float, "group": object}
    )
    means = group_mean(table["value"], table["children"], table["group"])
    assert means["weight"].sum() == table["children"].sum()
    assert means["places"].sum() == len(table)
    # the mean of the groups' means is the mean of all
    known = table.dropna(subset="value")
    weight_known = (means["weight"] * means["known_share"]).fillna(0)
    assert (means["mean"].fillna(0) * weight_known).sum() == pytest.approx((known["value"] * known["children"]).sum())
    # a mean lies between the values it is made of, and its weights count in proportion only
    scaled = group_mean(table["value"], table["children"] * times, table["group"])
    assert scaled["mean"].tolist() == pytest.approx(means["mean"].tolist(), nan_ok=True)
    if not known.empty:
        assert means["mean"].dropna().between(known["value"].min() - 1e-9, known["value"].max() + 1e-9).all()
