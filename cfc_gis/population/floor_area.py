"""Children by neighbourhood: the census of a district, spread over residential floor area.

A district that lies wholly in the study area gets exactly its census. Of one that is cut, nobody has counted the part
inside; it gets the people that its floor area holds, and never more than the census has for the whole district. That
assumption and its range are part of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cfc_gis import schema
from cfc_gis.homes import assumptions

FULLY_COVERED = 0.999
"""Share of its area from which a district counts as wholly inside: boundaries of two sources differ by metres."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """People and children of a study area.

    Parameters
    ----------
    neighbourhoods
        Indexed as the input: ``population``, the bands of children, ``population_source``.
    districts
        By district code: ``population``, ``population_low``, ``population_high``, ``census_population``,
        ``population_rule`` and the bands of children, all of the covered part.
    counts
        Neighbourhoods and floor area by source.
    """

    neighbourhoods: pd.DataFrame
    districts: pd.DataFrame
    counts: Mapping[str, int]


def fill_floor_area(neighbourhoods: pd.DataFrame, district: pd.Series) -> pd.DataFrame:
    """Give compounds without a mapped home the floor area of comparable compounds.

    Parameters
    ----------
    neighbourhoods
        ``kind``, ``floor_m2``, ``floor_low_m2``, ``floor_high_m2``, ``area_m2``, ``cover`` as from
        :func:`cfc_gis.neighbourhoods.find`.
    district
        District of each row, same index; missing outside every district.

    Returns
    -------
    DataFrame
        The three floor areas without gaps, and ``population_source``: ``buildings`` or ``area``.

    Notes
    -----
    Floor area = land x ratio, where the ratio is total floor area over total land of the compounds of the same
    district whose mapped homes cover at least ``least_cover`` of them; where a district has none, of all such.

    Examples
    --------
    >>> table = pd.DataFrame({"floor_m2": [200.0, None], "floor_low_m2": [150.0, None],
    ...     "floor_high_m2": [300.0, None], "area_m2": [100.0, 50.0], "cover": [0.3, None], "kind": "compound"})
    >>> fill_floor_area(table, pd.Series(["230102", "230102"]))["floor_m2"].tolist()
    [200.0, 100.0]
    """
    floors = ["floor_m2", "floor_low_m2", "floor_high_m2"]
    mapped = neighbourhoods["cover"] >= assumptions()["compounds"]["least_cover"]
    comparable = mapped & (neighbourhoods["kind"] == "compound")
    known = neighbourhoods.loc[comparable, [*floors, "area_m2"]]
    sums = known.groupby(district[comparable]).sum()
    ratio = sums[floors].div(sums["area_m2"], axis=0)
    everywhere = known[floors].sum() / known["area_m2"].sum() if len(known) else _ratio_by_default()
    out = neighbourhoods[floors].copy()
    for name in floors:
        own = district.map(ratio[name]).astype(float).fillna(everywhere[name])
        out[name] = out[name].fillna(own * neighbourhoods["area_m2"])
    out["population_source"] = np.where(neighbourhoods["floor_m2"].isna(), "area", "buildings")
    return out


def _ratio_by_default() -> pd.Series:
    """Floor-area ratio where no compound has a mapped home: any value, since one ratio for all cancels out."""
    return pd.Series({"floor_m2": 1.0, "floor_low_m2": 1.0, "floor_high_m2": 1.0})


def estimate(
    neighbourhoods: pd.DataFrame, district: pd.Series, covered_area_share: pd.Series, census: pd.DataFrame
) -> Estimate:
    """Spread the census of each district over the floor area of its neighbourhoods.

    Parameters
    ----------
    neighbourhoods
        ``kind``, ``floor_m2``, ``floor_low_m2``, ``floor_high_m2``, ``area_m2``, ``cover``.
    district
        District code of each neighbourhood; missing outside every district.
    covered_area_share
        Share of the area of each district inside the study area, by code.
    census
        As :data:`cfc_gis.schema.CENSUS`.

    Returns
    -------
    Estimate
        In a wholly covered district the neighbourhoods add up to its census. Neighbourhoods outside every district of
        the census have no people (NaN) and ``population_source`` ``outside_census``.

    Notes
    -----
    Covered part of a cut district: people = min(census, floor area / 30 m2); low = min(census, low floor area /
    40 m2); high = min(census, high floor area / 25 m2). Children keep the age structure of the whole district.

    Examples
    --------
    >>> homes = pd.DataFrame({"floor_m2": [3000.0, 1000.0], "floor_low_m2": [3000.0, 1000.0],
    ...     "floor_high_m2": [3000.0, 1000.0], "area_m2": [1.0, 1.0], "cover": [0.3, 0.3], "kind": "compound"})
    >>> census = pd.DataFrame({"unit_code": ["230102"], "population": [1000], "children_0_2": [10.0],
    ...     "children_3_5": [20.0], "children_6_11": [40.0], "children_12_14": [20.0]})
    >>> whole = estimate(homes, pd.Series(["230102"] * 2), pd.Series({"230102": 1.0}), census)
    >>> whole.neighbourhoods["children_6_11"].tolist()
    [30.0, 10.0]
    >>> cut = estimate(homes, pd.Series(["230102"] * 2), pd.Series({"230102": 0.4}), census)
    >>> cut.districts["population"].round(1).tolist()
    [133.3]
    """
    floors = fill_floor_area(neighbourhoods, district)
    census = census.set_index("unit_code")
    counted = district.isin(census.index)
    totals = floors[counted].groupby(district[counted])[["floor_m2", "floor_low_m2", "floor_high_m2"]].sum()
    districts = _districts(totals, covered_area_share, census)
    share = floors["floor_m2"] / district.map(totals["floor_m2"]).astype(float)
    columns = ["population", *schema.BANDS]
    people = pd.DataFrame({name: share * district.map(districts[name]).astype(float) for name in columns})
    people["population_source"] = floors["population_source"].where(counted, "outside_census")
    counts = {
        "people": round(float(districts["population"].sum())),
        **{
            f"neighbourhoods_{key}": int(n)
            for key, n in people["population_source"].value_counts().sort_index().items()
        },
    }
    return Estimate(people, districts, counts)


def _districts(totals: pd.DataFrame, covered: pd.Series, census: pd.DataFrame) -> pd.DataFrame:
    people = assumptions()["people"]
    whole = census["population"].reindex(totals.index).astype(float)
    full = covered.reindex(totals.index).fillna(0.0) >= FULLY_COVERED
    by_floor = totals["floor_m2"] / people["m2_per_person"]
    low = totals["floor_low_m2"] / people["m2_per_person_high"]
    high = totals["floor_high_m2"] / people["m2_per_person_low"]
    out = pd.DataFrame(
        {
            "population": np.where(full, whole, np.minimum(by_floor, whole)),
            "population_low": np.where(full, whole, np.minimum(low, whole)),
            "population_high": np.where(full, whole, np.minimum(high, whole)),
            "census_population": whole,
            "population_rule": np.select([full, by_floor > whole], ["census", "census_cap"], "floor_area"),
        },
        index=totals.index,
    )
    for band in schema.BANDS:
        out[band] = census[band].reindex(totals.index).astype(float) * out["population"] / whole
    return out
