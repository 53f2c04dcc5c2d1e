"""How complete the found facilities are, from official counts, registers or two independent sources.

Never from a planning norm: it says how many facilities there should be, so a true shortage and missing data look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cfc_gis.standards import Category

LEAST_MATCHED = 7
"""Sites in both sources below which capture-recapture is refused: its bias is then not small (Robson, Regier 1964)."""

BOUND = 1.645
"""Standard deviations to the upper 95 % bound of how many sites lie in a part of a unit."""

_PARTS = ["covered_people_share", "covered_area_share", "population_high", "census_population"]

BASES = ("own_count", "register", "capture_recapture", "inherited", "none")
"""Where a completeness comes from, the most trusted first."""

REASONS = (
    "found_more_than_counted", "count_zero", "kind_not_counted_primary_school", "kind_not_counted_junior_school",
    "kind_not_counted_nine_year_school", "kind_not_counted_culture", "kind_not_counted_music", "count_of_whole_unit",
    "count_share_unknown",
    "share_disproved", "place_unknown", "kind_unknown", "kind_presumed", "place_disagrees",
    "few_matched", "other_basis_less", "parent_less_complete",
)  # fmt: skip
"""What is to be said of a completeness, in the order in which it is listed."""

MISSING_SOMEWHERE = "missing_somewhere"
"""Said of a sub-district where a list says that some are missing in its district: nobody knows in which part of it."""

COLUMNS = (
    "level", "unit_code", "category", "completeness", "completeness_low", "found", "counted", "basis", "reasons",
)  # fmt: skip
"""Columns of every table of this module."""

_KEY = ["unit_code", "category"]


class Recaptured(NamedTuple):
    """How many sites there are, by two independent sources: the estimate and its 95 % interval."""

    sites: float
    low: float
    high: float


def chapman(first: int, second: int, both: int) -> Recaptured:
    """Estimate the number of sites from two independent lists.

    Parameters
    ----------
    first, second
        Sites in each list.
    both
        Sites in both.

    Returns
    -------
    Recaptured
        N = (first + 1)(second + 1) / (both + 1) - 1 (Chapman 1951), with the variance of Seber (1970). The interval is
        lognormal in the sites that neither list has (Chao 1987), so it never falls below those that are known.

    Raises
    ------
    ValueError
        When fewer than :data:`LEAST_MATCHED` are in both, or more than in either.

    Notes
    -----
    It assumes that to be in one list makes a site neither more nor less likely to be in the other. Lists that copy from
    one another, or both know the large sites best, make N too small and the data look too complete.

    Examples
    --------
    31 * 21 / 16 - 1 = 39.7

    >>> [round(value, 1) for value in chapman(30, 20, 15)]
    [39.7, 36.3, 51.5]
    """
    if not LEAST_MATCHED <= both <= min(first, second):
        raise ValueError(f"{both} sites in both of {first} and {second}: at least {LEAST_MATCHED} are wanted")
    sites = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    known = first + second - both
    unseen = sites - known
    if unseen <= 0:
        return Recaptured(float(known), float(known), float(known))
    factor = float(np.exp(1.96 * np.sqrt(np.log1p(variance / unseen**2))))
    return Recaptured(sites, known + unseen / factor, known + unseen * factor)


def from_counts(
    counts: pd.DataFrame, found: pd.DataFrame, units: pd.DataFrame, categories: Mapping[str, Category]
) -> pd.DataFrame:
    """Return the completeness of each unit that has an official count of its own.

    Parameters
    ----------
    counts
        :data:`cfc_gis.schema.COUNTS`.
    found
        Proven sites inside each unit by category of facility: ``unit_code``, ``category``, ``found``. What is not
        listed was not found.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    categories
        What serves each category.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, a row for each unit and category of which every kind that serves it is counted, and a row with
        missing completeness, with the kinds among its reasons, where only some are. ``reasons`` are joined by ``;``.

    Notes
    -----
    ``completeness`` = sum over the kinds of min(found, counted) / sum of counted: more of one kind than is counted
    replaces none of another. A count of 0 leaves nothing to miss: c = 1 (``count_zero``). Where more of a kind is found
    than is counted, the two do not count the same, and nothing is concluded (``found_more_than_counted``).

    **Whole count for a part.** A count n speaks of the whole unit, the found sites of its covered part, in which a
    share s of the people live. ``completeness`` divides by n s. Sites do not lie just as people do, so
    ``completeness_low``, by which is judged, divides by as many as may lie inside: n s + 1.645 sqrt(n s (1 - s)), the
    upper 95 % bound of a binomial law, at most n; there s is the high end of the estimate of people, and 1
    where nobody knows how many live there (``count_share_unknown``), as of most sub-districts. Where more than
    that is found the share of people is disproved, and both divide by n, as if all lay inside (``share_disproved``).

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> counts = pd.DataFrame({"unit_code": "230103", "category": ["primary_school", "nine_year_school", "park"],
    ...                        "sites": [10, 2, 4], "source": "x"})
    >>> found = pd.DataFrame({"unit_code": "230103", "category": ["primary_school", "nine_year_school", "park"],
    ...                       "found": [6, 2, 2]})
    >>> units = pd.DataFrame({"level": "district", "unit_code": ["230103"], "covered_people_share": [0.8],
    ...                       "covered_area_share": 0.7, "population_high": 8e5, "census_population": 1e6})
    >>> table = from_counts(counts, found, units, categories())
    >>> table[["category", "completeness", "completeness_low"]].round(3).to_numpy().tolist()[::2]
    [['primary_school', 0.833, 0.673], ['park', 0.625, 0.5]]
    >>> table["reasons"][0]
    'count_of_whole_unit'
    """
    kinds = pd.DataFrame(
        [(name, kind) for name, row in categories.items() for kind in row.served_by], columns=["service", "category"]
    )
    rows = counts[[*_KEY, "sites"]].merge(kinds, on="category")
    rows = rows.merge(found[[*_KEY, "found"]], on=_KEY, how="left").fillna({"found": 0.0})
    rows["kept"] = np.minimum(rows["found"], rows["sites"])
    rows["more"] = rows["found"] > rows["sites"]
    rows = rows[rows["sites"].notna()]
    table = rows.groupby(["unit_code", "service"], as_index=False).agg(
        found=("found", "sum"), counted=("sites", "sum"), kept=("kept", "sum"), more=("more", "any"),
        kinds=("category", frozenset),
    )  # fmt: skip
    table = table.rename(columns={"service": "category"})
    table = table.merge(units[["level", "unit_code", *_PARTS]], on="unit_code")
    inside = table["covered_people_share"].fillna(table["covered_area_share"])
    most = (table["population_high"] / table["census_population"]).fillna(table["covered_people_share"])
    unknown = most.isna() & (inside < 1)  # people may all live in a corner of the area
    most = most.fillna(1.0).clip(upper=1.0)
    bound = table["counted"] * most + BOUND * np.sqrt(table["counted"] * most * (1.0 - most))
    lacking = _lacking(table, categories)
    whole = lacking == ""
    none = table["counted"] == 0
    whole &= ~table["more"]  # else the two do not count the same
    # More in the part than the share of people allows: the share is wrong, and all may lie there.
    disproved = table["kept"] > bound
    here = (table["counted"] * inside).clip(lower=table["kept"]).mask(disproved, table["counted"])
    here_most = bound.clip(upper=table["counted"]).mask(disproved, table["counted"])
    for name, of in (("completeness", here), ("completeness_low", here_most)):
        table[name] = (table["kept"] / of.where(of > 0)).where(~none, 1.0).where(whole)
    table["basis"] = np.where(whole, BASES[0], "none")
    table["counted"] = table["counted"].where(whole)
    part = {
        "count_of_whole_unit": (inside < 1) & ~disproved & ~unknown,
        "count_share_unknown": unknown,
        "share_disproved": disproved & whole,
    }
    first = _listed({"found_more_than_counted": table["more"], "count_zero": none & whole})
    table["reasons"] = _joined(first, lacking, _listed(part))
    return _sorted(table, categories)


def _lacking(table: pd.DataFrame, categories: Mapping[str, Category]) -> pd.Series:
    """Return the reasons for the kinds that serve the category of each row and are not in its ``kinds``."""
    said = [
        ";".join(f"kind_not_counted_{kind}" for kind in categories[category].served_by if kind not in known)
        for category, known in zip(table["category"], table["kinds"], strict=True)
    ]
    return pd.Series(said, index=table.index, dtype=object)


def from_register(
    rows: pd.DataFrame,
    unsorted: pd.DataFrame,
    claimed: pd.DataFrame,
    units: pd.DataFrame,
    categories: Mapping[str, Category],
) -> pd.DataFrame:
    """Return the completeness of each unit by a list that is declared to hold all that exists there.

    Parameters
    ----------
    rows
        Rows of the list as a merge leaves them (:attr:`cfc_gis.facilities.merge.Merged.rows`): ``category``;
        ``outcome``, or ``presumed`` where the facility is only presumed to be of its kind; ``unit_code`` of one level
        (what the list says, else where the facility lies; missing where neither is known); and ``elsewhere``, whether
        it lies in another unit than that. Of several levels, call once for each.
    unsorted
        Rows of which the list does not say what they are, once for each ``category`` (served) that they may serve, with
        ``unit_code`` as above.
    claimed
        ``unit_code`` and ``category`` (the kind of facility) of which the list is declared to hold all there are. Of
        other units and kinds nothing is said, whatever rows there are.
    units
        :data:`cfc_gis.schema.UNITS` of that level; geometry is not used.
    categories
        What serves each category. One that is served by a kind that is not claimed has missing completeness, with the
        kind among its reasons.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`. Rows matched or new are found; unplaced, conflicting and presumed ones (``kind_presumed``) are
        missing; those that the planner left out, or that are the site of another row, count in neither. A missing row
        without a unit (``place_unknown``) may lie in any: ``completeness_low`` counts it in every unit, and unsorted
        rows in every category that they may serve (``kind_unknown``). Where a found one lies in another unit than the
        list says (``place_disagrees``) one of the two is wrong, and ``completeness_low`` counts it as missing. Where
        the list has none there is none to miss: c = 1 (``count_zero``).

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> rows = pd.DataFrame({"category": "park", "outcome": ["matched", "new", "unplaced", "unplaced"],
    ...                      "unit_code": ["a", "a", "a", None], "elsewhere": False})
    >>> units = pd.DataFrame({"level": "district", "unit_code": ["a"]})
    >>> claimed = pd.DataFrame({"unit_code": ["a"], "category": "park"})
    >>> unsorted = pd.DataFrame(columns=["unit_code", "category"])
    >>> table = from_register(rows, unsorted, claimed, units, categories())
    >>> table[["completeness", "completeness_low"]].round(3).to_numpy().tolist()
    [[0.667, 0.5]]
    """
    kinds = pd.DataFrame(
        [(name, kind) for name, row in categories.items() for kind in row.served_by], columns=["service", "category"]
    )
    listed = (
        rows[~rows["outcome"].isin(["same", "left_out"])]
        .merge(kinds, on="category")
        .drop(columns="category")
        .rename(columns={"service": "category"})
    )
    listed["found"] = listed["outcome"].isin(["matched", "new"])
    anywhere = listed[listed["unit_code"].isna() & ~listed["found"]].groupby("category").size()
    listed["elsewhere"] &= listed["found"]
    listed["presumed"] = listed["outcome"] == "presumed"
    held = listed.groupby(_KEY).agg(
        found=("found", "sum"), counted=("found", "size"), elsewhere=("elsewhere", "sum"), presumed=("presumed", "sum")
    )
    of = claimed.merge(kinds, on="category").groupby(["unit_code", "service"])["category"].agg(frozenset)
    table = of.rename("kinds").reset_index().rename(columns={"service": "category"})
    table = table.join(held, on=_KEY).fillna({"found": 0, "counted": 0, "elsewhere": 0, "presumed": 0})
    table = table.merge(units[["level", "unit_code"]], on="unit_code")
    astray = table["category"].map(anywhere).fillna(0)
    doubtful = table["category"].map(unsorted.loc[unsorted["unit_code"].isna(), "category"].value_counts()).fillna(0)
    doubtful += table.join(unsorted.groupby(_KEY).size().rename("unsorted"), on=_KEY)["unsorted"].fillna(0)
    lacking = _lacking(table, categories)
    whole = lacking == ""
    n, at_least = table["counted"], table["found"] - table["elsewhere"]
    for name, found, of_all in (
        ("completeness", table["found"], n),
        ("completeness_low", at_least, n + astray + doubtful),
    ):
        table[name] = (found / of_all.where(of_all > 0)).fillna(1.0).where(whole)
    table["basis"] = np.where(whole, "register", "none")
    table["counted"] = n.where(whole)
    said = {
        "place_unknown": astray > 0,
        "kind_unknown": doubtful > 0,
        "kind_presumed": table["presumed"] > 0,
        "place_disagrees": table["elsewhere"] > 0,
    }
    table["reasons"] = _joined(_listed({"count_zero": (n == 0) & whole}), lacking, _listed(said))
    return _sorted(table, categories)


def from_two_sources(matches: pd.DataFrame, units: pd.DataFrame, categories: Mapping[str, Category]) -> pd.DataFrame:
    """Return the completeness of two independent sources together, by capture-recapture.

    Parameters
    ----------
    matches
        ``unit_code``, ``category`` (served), ``first`` and ``second``, the sites in each source, ``both``, and
        ``found``: those in either that are proven.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    categories
        The categories, for their order.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`; ``counted`` is the estimate of :func:`chapman`, and ``completeness_low`` is by the upper end of
        its interval, or, if that is more, by ``first`` over the lower 95 % bound of the share of the second source that
        the first has (Clopper and Pearson 1934): seven of seven do not prove that all are known. Missing
        (``few_matched``) below :data:`LEAST_MATCHED`.

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> matches = pd.DataFrame({"unit_code": ["a", "b"], "category": "park", "first": [30, 9], "second": [20, 9],
    ...                         "both": [15, 6], "found": [35, 12]})
    >>> units = pd.DataFrame({"level": "district", "unit_code": ["a", "b"]})
    >>> from_two_sources(matches, units, categories())["completeness_low"].round(3).tolist()
    [0.635, nan]
    """
    table = matches.merge(units[["level", "unit_code"]], on="unit_code")
    enough = table["both"] >= LEAST_MATCHED
    nothing = Recaptured(np.nan, np.nan, np.nan)
    sites = zip(*(table[name].astype(int) for name in ("first", "second", "both")), strict=True)
    estimates = [chapman(*three) if three[2] >= LEAST_MATCHED else nothing for three in sites]
    of = pd.DataFrame(estimates, columns=Recaptured._fields, index=table.index)
    table["counted"] = of["sites"]
    by_share = table["first"] / _least_share(table["both"], table["second"])
    most = of["high"].clip(lower=by_share).where(enough)
    for name, of_all in (("completeness", of["sites"]), ("completeness_low", most)):
        table[name] = (table["found"] / of_all).clip(upper=1.0)  # other sources may know more than both
    table["basis"] = np.where(enough, "capture_recapture", "none")
    table["reasons"] = _listed({"few_matched": ~enough})
    return _sorted(table, categories)


def _least_share(hits: pd.Series, of: pd.Series) -> NDArray[np.float64]:
    """Return the lower 95 % bound of a share of which so many were seen."""
    from scipy.stats import beta

    bound: NDArray[np.float64] = beta.ppf(0.05, hits.clip(lower=1), of - hits + 1)
    return bound


def trusted(known: list[pd.DataFrame]) -> pd.DataFrame:
    """Return what is known of each unit and category by the most trusted basis.

    Parameters
    ----------
    known
        Tables of this module.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`. Where a count and a complete list both speak the lower ``completeness_low`` stands
        (``other_basis_less``): a list may have more than is counted, and a count more than is listed.

    Examples
    --------
    >>> count = pd.DataFrame({"level": "district", "unit_code": ["d"], "category": "park", "completeness": 0.9,
    ...     "completeness_low": 0.9, "found": 9, "counted": 10, "basis": "own_count", "reasons": ""})
    >>> listed = count.assign(completeness_low=0.3, counted=30, basis="register")
    >>> trusted([listed, count])[["completeness_low", "basis", "reasons"]].to_numpy().tolist()
    [[0.3, 'own_count', 'other_basis_less']]
    """
    own = pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=list(COLUMNS))
    own = own.assign(_rank=own["basis"].map(BASES.index).astype("float64")).sort_values([*_KEY, "_rank"])
    told = own["basis"].isin(BASES[:2])
    least = own["completeness_low"].where(told).groupby([own[name] for name in _KEY]).transform("min")
    less = told & (least < own["completeness_low"])
    own["completeness_low"] = own["completeness_low"].where(~less, least)
    own["reasons"] = own["reasons"].where(~less, (own["reasons"] + ";other_basis_less").str.strip(";"))
    return own.drop_duplicates(_KEY).drop(columns="_rank")


def settle(known: list[pd.DataFrame], units: pd.DataFrame, categories: Mapping[str, Category]) -> pd.DataFrame:
    """Return one completeness for each unit and category: its own (:func:`trusted`), else its parent's.

    Parameters
    ----------
    known
        Tables of this module.
    units
        :data:`cfc_gis.schema.UNITS`; geometry is not used.
    categories
        The categories wanted.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, a row for every unit and category. ``basis`` is ``inherited`` where the completeness is that of
        the nearest unit above that has one, and ``none`` where there is none. An inherited completeness never makes a
        gap (:func:`cfc_gis.interval.share_high`).

    Notes
    -----
    Children also walk to facilities of the units beside theirs, of which the parent's completeness speaks. So
    ``completeness_low`` is at most that of the unit above, where it has its own (``parent_less_complete``).

    Examples
    --------
    >>> from cfc_gis.standards import categories
    >>> units = pd.DataFrame({"level": ["city", "district"], "unit_code": ["c", "d"], "parent_code": [None, "c"]})
    >>> city = pd.DataFrame({"level": "city", "unit_code": ["c"], "category": "park", "completeness": 0.8,
    ...     "completeness_low": 0.7, "found": 8, "counted": 10, "basis": "own_count", "reasons": ""})
    >>> table = settle([city], units, {"park": categories()["park"]})
    >>> table[["unit_code", "completeness_low", "basis"]].to_numpy().tolist()
    [['c', 0.7, 'own_count'], ['d', 0.7, 'inherited']]
    """
    own = trusted(known).drop(columns="level")
    table = units[["level", "unit_code", "parent_code"]].merge(
        pd.DataFrame({"category": list(categories)}), how="cross"
    )
    table = table.merge(own, on=_KEY, how="left")
    table = table.fillna({"basis": "none", "reasons": ""})
    for _ in range(units["level"].nunique() - 1):
        above = table[[*_KEY, "completeness", "completeness_low"]].rename(
            columns={"unit_code": "parent_code", "completeness": "above", "completeness_low": "above_low"}
        )
        table = table.merge(above, on=["parent_code", "category"], how="left")
        heir = table["completeness"].isna() & table["above"].notna()
        less = table["above_low"] < table["completeness_low"]
        table["completeness"] = table["completeness"].where(~heir, table["above"])
        table["completeness_low"] = table["completeness_low"].where(~(heir | less), table["above_low"])
        table["basis"] = table["basis"].where(~heir, "inherited")
        said = [
            ";".join(filter(None, [was, "parent_less_complete"])) if now and "parent_less" not in was else was
            for was, now in zip(table["reasons"], less, strict=True)
        ]
        table["reasons"] = said
        table = table.drop(columns=["above", "above_low"])
    return _sorted(table, categories)


def _listed(holds: Mapping[str, pd.Series]) -> list[str]:
    """Reasons that hold, row by row, joined."""
    return _joined(*(np.where(flags, key, "") for key, flags in holds.items()))


def _joined(*reasons: Iterable[str]) -> list[str]:
    return [";".join(filter(None, keys)) for keys in zip(*reasons, strict=True)]


def _sorted(table: pd.DataFrame, categories: Mapping[str, Category]) -> pd.DataFrame:
    order = list(categories)
    table = table[table["category"].isin(order)]
    table = table.assign(_at=table["category"].map(order.index)).sort_values(["level", "unit_code", "_at"])
    return table[[*COLUMNS]].reset_index(drop=True)
