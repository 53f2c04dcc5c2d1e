"""Children of school age in later years: those whom the census counted, older by the years that pass.

Moves and deaths are left out. Within a band of the census (0, 1-4, 5-9, 10-14) years are uniform. Children born after
the census of 2020 are known by the births of 2021 alone, for the city; of later births a range is a scenario, not a
forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfc_gis import schema
from cfc_gis.ages import of_census
from cfc_gis.plan.known import UNKNOWN, Known, asked, row

CENSUS_YEAR = 2020
YEARS = (2020, 2025, 2030, 2035)
BANDS = schema.BANDS
SPANS = {"age_0": (0, 0), "age_1_4": (1, 4), "age_5_9": (5, 9), "age_10_14": (10, 14)}
STAGES = {"primary_school": (6, 11), "junior_school": (12, 14)}


def counted(bands: Mapping[str, float], ages: tuple[int, int], year: int) -> float:
    """Return how many children of some ages in a year the census has counted.

    Examples
    --------
    10 of age 0, 40 of ages 1-4, 50 of 5-9 and 60 of 10-14 in 2020; of ages 6-11 in 2025 are those of 1-6: 40 + 20.

    >>> bands = {"children_0_2": 30.0, "children_3_5": 30.0, "children_6_11": 64.0, "children_12_14": 36.0}
    >>> [counted(bands, (6, 11), year) for year in (2020, 2025, 2030)]
    [64.0, 60.0, 20.0]
    """
    past = year - CENSUS_YEAR
    total, children = 0.0, of_census(bands)
    for band, (first, last) in SPANS.items():
        shared = min(last, ages[1] - past) - max(first, ages[0] - past) + 1
        total += max(0, shared) / (last - first + 1) * children[band]
    return total


def of_year(known: Known, stage: str, year: int) -> pd.Series:
    """Return the children of a stage in a year by district; missing where some of them were born after the census."""
    ages = STAGES[stage]
    bands: dict[Any, Any] = known.districts.set_index("unit_code")[[*BANDS]].astype(float).to_dict("index")
    unborn = born_later(ages, year)[2] > 0
    return pd.Series({code: UNKNOWN if unborn else counted(here, ages, year) for code, here in bands.items()})


def born_later(ages: tuple[int, int], year: int) -> tuple[float, float, float]:
    """Return how many children of some ages in a year are born after the census: value, low and high.

    A year of births is 12 months from the census in November 2020. The value keeps the births of 2021, the low end lets
    them fall on at the rate of 2020 to 2021, the high end brings back those of 2020.

    Examples
    --------
    >>> [round(n) for n in born_later((6, 11), 2027)]
    [37000, 37000, 37000]
    >>> born_later((6, 11), 2025)
    (0.0, 0.0, 0.0)
    """
    births = asked()["cohorts"]["births"]
    last, before = births["2021"], births["2020"]
    later = [n for n in range(1, year - CENSUS_YEAR + 1) if ages[0] <= year - CENSUS_YEAR - n <= ages[1]]
    low = sum(last * (last / before) ** (n - 1) for n in later)
    high = sum(last if n == 1 else before for n in later)
    return float(last * len(later)), float(low), float(high)


def rows(known: Known) -> list[dict[str, Any]]:
    """Return children by stage and year, of the city and every district; nothing of it is judged."""
    bands: dict[Any, Any] = known.districts.set_index("unit_code")[[*BANDS]].astype(float).to_dict("index")
    city = {band: UNKNOWN if known.lacking else float(known.districts[band].sum()) for band in BANDS}
    found = []
    for unit in known.units():
        here = city if unit[0] == "city" else bands[unit[1]]
        for stage, ages in STAGES.items():
            for year in YEARS:
                n, later = counted(here, ages, year), born_later(ages, year)
                unborn = later[0] > 0
                interval = (n + later[0], n + later[1], n + later[2])
                if unborn and unit[0] == "district":
                    interval = (UNKNOWN, n, UNKNOWN)
                reasons = ["moves_ignored"] * (year > CENSUS_YEAR) + ["births_scenario"] * unborn
                found.append(
                    row(
                        unit,
                        f"{stage}.children",
                        interval,
                        UNKNOWN,
                        None,
                        reasons,
                        phase=str(year),
                        basis="census",
                        confidence="low" if unborn else "medium" if reasons else "high",
                    )
                )
    return found
