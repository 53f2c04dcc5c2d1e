"""Assigned catchments: what remains of the travel table, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cfc_gis.access import decay, fca
from cfc_gis.access.assigned import restrict
from cfc_gis.access.travel import unreached
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError

TRAVEL = pd.DataFrame(
    {
        "origin_id": ["a", "a", "b", "c", "c"],
        "facility_id": ["s", "t", "t", "s", "t"],
        "minutes": [5.0, 9.0, 7.0, 3.0, 30.0],
    },
    index=[10, 11, 12, 13, 14],
)
BY_ORIGIN = pd.DataFrame({"origin_id": ["a", "b", "c"], "facility_id": ["t", "s", "s"]})
BY_ZONE = pd.DataFrame({"neighbourhood_id": ["n1", "n2", "n2"], "facility_id": ["t", "s", "t"]})
ZONES = pd.Series({"a": "n1", "b": "n1", "c": "n2"})


def test_only_assigned_pairs_remain_as_they_were() -> None:
    cut = restrict(TRAVEL, BY_ORIGIN)
    pd.testing.assert_frame_equal(cut.travel, TRAVEL.loc[[11, 13]])
    # b is assigned to a school that it cannot reach: said, and it is not served by the one that it could reach
    assert cut.not_reached.to_dict("records") == [{"origin_id": "b", "facility_id": "s"}]
    children, seats = pd.Series({"a": 10, "b": 20, "c": 30}), pd.Series({"s": 60, "t": 5})
    assert fca.two_step(cut.travel, children, seats, 15).to_dict() == {"a": 0.5, "b": 0.0, "c": 2.0}
    assert unreached(cut.travel, children, seats, decay.binary(15))["id"].tolist() == ["b"]


def test_neighbourhoods_pass_their_schools_to_their_origins() -> None:
    cut = restrict(TRAVEL, BY_ZONE, neighbourhoods=ZONES)
    assert cut.travel.index.tolist() == [11, 12, 13, 14]
    assert cut.not_reached.empty


def test_a_neighbourhood_without_origins_is_listed() -> None:
    zones = pd.concat([BY_ZONE, pd.DataFrame({"neighbourhood_id": ["n9"], "facility_id": ["s"]})])
    row = restrict(TRAVEL, zones, neighbourhoods=ZONES).not_reached
    assert row[["facility_id", "neighbourhood_id"]].to_numpy().tolist() == [["s", "n9"]]
    assert row["origin_id"].isna().all()


def test_a_mistyped_facility_is_listed() -> None:
    cut = restrict(TRAVEL, BY_ORIGIN.replace("s", "S"))
    assert cut.travel.index.tolist() == [11]
    assert cut.not_reached.to_numpy().tolist() == [["b", "S"], ["c", "S"]]


def test_origins_without_a_school_are_refused_unless_told() -> None:
    some = BY_ORIGIN[BY_ORIGIN["origin_id"] == "c"]
    with pytest.raises(UserError, match=r"2 origin\(s\) have no assigned facility, such as a, b"):
        restrict(TRAVEL, some)
    assert restrict(TRAVEL, some, unassigned="keep").travel.index.tolist() == [10, 11, 12, 13]
    assert restrict(TRAVEL, some, unassigned="drop").travel.index.tolist() == [13]
    with pytest.raises(ChoiceUnknown, match="refuse, keep, drop"):
        restrict(TRAVEL, some, unassigned="ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["category", "object", "string"])
def test_ids_may_be_of_any_make(kind: str) -> None:
    cut = restrict(TRAVEL.astype({"origin_id": kind, "facility_id": kind}), BY_ORIGIN)
    assert cut.travel.index.tolist() == [11, 13]
    assert cut.travel["origin_id"].dtype == kind
    assert restrict(TRAVEL, BY_ORIGIN.astype(kind)).travel.index.tolist() == [11, 13]


def test_an_assignment_given_twice_is_one() -> None:
    assert restrict(TRAVEL, pd.concat([BY_ORIGIN, BY_ORIGIN])).travel.index.tolist() == [11, 13]


@pytest.mark.parametrize(
    ("assigned", "zones", "fault"),
    [
        (BY_ORIGIN.drop(columns="facility_id"), None, "facility_id: column missing"),
        (BY_ZONE.drop(columns="neighbourhood_id"), None, "neighbourhood_id: column missing"),
        (BY_ORIGIN.replace({"origin_id": {"a": np.nan}}), None, r"origin_id: missing in 1 row\(s\), first at 0"),
        (BY_ZONE, None, "Series of neighbourhood_id"),
        (BY_ZONE, pd.Series(["n1", None], index=["a", "b"]), r"neighbourhood_id: missing in 1 row\(s\), first at b"),
        (BY_ZONE, pd.Series(["n1", "n2"], index=["a", "a"]), "origin_id: id stands twice"),
    ],
)
def test_a_faulty_assignment_is_refused(assigned: pd.DataFrame, zones: pd.Series | None, fault: str) -> None:
    with pytest.raises((TableFault, UserError), match=fault):
        restrict(TRAVEL, assigned, neighbourhoods=zones)


def test_a_faulty_travel_table_is_refused() -> None:
    with pytest.raises(TableFault, match="origin_id: column missing"):
        restrict(TRAVEL.drop(columns="origin_id"), BY_ORIGIN)
