"""At least one hospital with comprehensive paediatric care in every district and county."""

from __future__ import annotations

from math import isnan
from typing import Any

from cfc_gis import schema
from cfc_gis.plan.known import UNKNOWN, Known, judge, row

CATEGORY = "paediatric_hospital"


def rows(known: Known) -> list[dict[str, Any]]:
    """Test every district and county of the census at two evidence levels.

    A recorded hospital proves itself. None recorded proves nothing: only an official count can say 0. Where only
    presumed ones are there the stricter test is *undecided*; so it is where the count says 0 and the data prove one.
    """
    official = known.counted(CATEGORY, "sites")
    hospitals = known.facilities[known.facilities["category"] == CATEGORY]
    found = []
    for unit in known.units()[1:]:
        here = hospitals.loc[hospitals["district_code"] == unit[1], "evidence"]
        confirmed, proven = int((here == "confirmed").sum()), int(here.isin(schema.PROVEN).sum())
        at = {"strong": proven, "presumed": proven + int((here == "presumed").sum())}
        count = float(official.get(unit[1], UNKNOWN))
        for evidence, n in at.items():
            indicator = f"{CATEGORY}.{evidence}"
            found.append(_row(unit, indicator, known.target(indicator), (n, count), confirmed, at["presumed"]))
    return found


def _row(
    unit: tuple[str, str, str],
    indicator: str,
    target: float,
    found: tuple[int, float],
    confirmed: int,
    presumed_n: int,
) -> dict[str, Any]:
    n, count = found
    counted = not isnan(count)
    if counted and count == 0 and n:
        return row(unit, indicator, (n, 0.0, n), target, "undecided", ["sources_disagree"], basis="count",
                   settled_by="check_sources")  # fmt: skip
    low = max(float(n), count) if counted else float(n)
    judgement = judge(low, low if counted else UNKNOWN, target)
    if judgement == "no_data" and presumed_n:
        return row(unit, indicator, (UNKNOWN, low, UNKNOWN), target, "undecided", ["presumed_to_confirm"],
                   settled_by="confirm_presumed;paediatric_list")  # fmt: skip
    if judgement == "no_data":
        return row(unit, indicator, (UNKNOWN, low, UNKNOWN), target, judgement, ["hospital_unknown"])
    if counted or confirmed:
        return row(unit, indicator, (low, low, low if counted else UNKNOWN), target, judgement,
                   basis="count" if counted else "register")  # fmt: skip
    presumed = indicator.endswith("presumed")
    reason = "hospital_presumed" if presumed else "comprehensive_unproven"
    sure = "low" if presumed else "medium"
    return row(unit, indicator, (low, low, UNKNOWN), target, judgement, [reason], confidence=sure, basis="recorded")
