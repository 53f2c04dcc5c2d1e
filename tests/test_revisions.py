"""What a study changes in the standards: values, local ones, which decides, signatures; all faults at once."""

from __future__ import annotations

from typing import Any

import pytest

from cfc_gis.revisions import changes, revise
from cfc_gis.standards import Standard, all_standards, categories, check, load

SIGNED = {"signed_by": "市教育局", "signed_on": "2026-03-01"}
LOCAL: dict[str, Any] = {
    "id": "primary_school.local", "category": "primary_school", "measure": "straight_m", "threshold": 450,
    "tier": "小区", "source": "DB23/T 3566-2023", "year": 2023, "applies_to": "urban", "target_share": 0.95,
    "phase": "2025",
}  # fmt: skip


def revised(*own: dict[str, Any]) -> dict[str, Standard]:
    found = revise(all_standards(), own)
    assert found.faults == ()
    assert check(found.standards, categories()) == []
    return {row.id: row for row in found.standards}


def faults(*own: dict[str, Any]) -> dict[str | None, str]:
    return {each.column: each.key for each in revise(all_standards(), own).faults}


def test_no_change_is_the_shipped_standards() -> None:
    assert revise(all_standards(), []).standards == all_standards()
    assert changes(all_standards(), all_standards()) == {}


def test_a_changed_threshold_is_the_planners_own_and_unverified() -> None:
    row = revised({"id": "kindergarten.radius2002", "threshold": 350})["kindergarten.radius2002"]
    assert (row.threshold, row.verified, row.scope, row.clause) == (350, False, "planner", "")
    assert "300 m (GB 50180-93（2002）)" in row.source  # what it replaces is still said
    same = revised({"id": "kindergarten.radius2002", "threshold": 300})["kindergarten.radius2002"]
    assert same.verified  # nothing was changed
    wider = revised({"id": "kindergarten.radius2002", "applies_to": "all"})["kindergarten.radius2002"]
    assert not wider.verified  # that it holds for villages was seen nowhere


def test_only_a_signature_makes_an_unverified_threshold_or_target_binding() -> None:
    plain = revised({"id": "kindergarten.radius", "threshold": 350, "target_share": 0.8})["kindergarten.radius"]
    assert (plain.binding, plain.target_share, plain.target_verified) == (False, 0.8, False)
    signed = revised({"id": "kindergarten.radius", "threshold": 350, **SIGNED})["kindergarten.radius"]
    assert (signed.binding, signed.verified, signed.year) == (True, False, 2026)
    assert signed.status("en") == "not verified, signed by 市教育局 on 2026-03-01"
    seen = revised({"id": "kindergarten.radius", "verified": True, "clause": "表 C.0.1"})["kindergarten.radius"]
    assert (seen.verified, seen.binding) == (True, False)  # its target has no source still


def test_another_row_decides_and_the_former_one_no_more() -> None:
    rows = revised({"id": "park.pocket", "decides": True})
    assert load(rows.values())["park"].id == "park.pocket"
    assert not rows["park.circle10"].decides


def test_a_local_standard_decides_by_itself() -> None:
    rows = revised(LOCAL)
    assert load(rows.values())["primary_school"].id == "primary_school.local"
    assert (rows["primary_school.local"].unit, rows["primary_school.local"].scope) == ("m", "local")
    assert not rows["primary_school.local"].target_verified
    beside = revised({**LOCAL, "decides": False})
    assert load(beside.values())["primary_school"].id == "primary_school.radius"
    national = revised({**LOCAL, "scope": "national"})
    assert load(national.values())["primary_school"].id == "primary_school.radius"


def test_what_was_changed_is_told_with_both_values() -> None:
    found = changes(all_standards(), revised({"id": "play.circle5", "applies_to": "all", **SIGNED}, LOCAL).values())
    assert found["play.circle5"] == {
        "applies_to": {"shipped": "urban", "used": "all"},
        "signed_by": {"shipped": "", "used": "市教育局"},
        "signed_on": {"shipped": "", "used": "2026-03-01"},
    }
    assert found["primary_school.radius"] == {"decides": {"shipped": True, "used": False}}
    assert found["primary_school.local"]["threshold"] == {"shipped": None, "used": 450}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([{"id": "kindergarten.raduis"}], {"standard[1].id": "standard_unknown"}),
        ([{"id": "play.circle5", "measure": "minutes"}], {"standard[1].measure": "standard_fixed"}),
        ([{"id": "play.circle5"}, {"id": "play.circle5"}], {"standard[2].id": "standard_twice"}),
        ([{"id": "play.circle5", "decides": False}], {"standard[1].decides": "standard_decides"}),
        (
            [{"id": "park.pocket", "decides": True}, {"id": "park.circle10", "decides": True}],
            {"standard": "standard_decides"},
        ),
        ([{"id": "play.circle5", "signed_by": "张三"}], {"standard[1].signed_on": "setting_missing"}),
        ([{"id": "play.circle5", **SIGNED, "signed_by": " "}], {"standard[1].signed_by": "setting_missing"}),
        ([{"id": "play.circle5", "verified": True}], {"standard[1].clause": "setting_missing"}),
        (
            [{"id": "kindergarten.radius", "verified": True, "threshold": 350}],
            {"standard[1].source": "setting_missing"},
        ),
        ([{**LOCAL, "category": "primery_school"}], {"standard[1].category": "standard_category"}),
        ([{**LOCAL, "id": "school.local"}], {"standard[1].id": "standard_id"}),
        ([{**LOCAL, "unit": "min"}], {"standard[1].unit": "standard_unit"}),
        ([{**LOCAL, "verified": True}], {"standard[1].clause": "setting_missing"}),
        (
            [{name: LOCAL[name] for name in LOCAL if name not in {"tier", "year"}}, {"id": "park.poket"}],
            {
                "standard[1].tier": "setting_missing",
                "standard[1].year": "setting_missing",
                "standard[2].id": "standard_unknown",
            },
        ),
    ],
)  # fmt: skip
def test_faults_come_at_once_and_nothing_is_changed_then(own: list[dict[str, Any]], expected: dict[str, str]) -> None:
    assert faults(*own) == expected
    assert revise(all_standards(), own).standards == all_standards()


def test_a_misspelt_id_is_answered_with_the_closest() -> None:
    (fault,) = revise(all_standards(), [{"id": "paediatric_hospital.minute30", "threshold": 20}]).faults
    assert "是否为 paediatric_hospital.minutes30？" in fault.detail("zh")
