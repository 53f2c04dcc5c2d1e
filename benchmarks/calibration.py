"""Does the interval hold? Take the facilities of a real extract for the truth, remove some, and estimate.

Facilities are removed one by one at random, or by whole squares of 2 km (their corner drawn anew), until 10, 30 or 50 %
are gone. From what is left the upper end of each unit's share is estimated with the completeness of the facilities that
reach the unit, and compared with the true share. Counted is only where it could fail: units with a true facility in
reach, 100 children or more, and a completeness of at least one half; ``c < 1`` leaves out what lost nothing. Thirds
are those of the true share: below 1/3, below 2/3, the rest.

    python benchmarks/calibration.py EXTRACT --table calibration.md
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.spatial import KDTree

from cfc_gis import interval, schema, standards
from cfc_gis.study import Study

CATEGORIES = ("primary_school", "hospital", "health_centre", "park", "sport")
# The data prove one hospital with paediatrics: too few to remove any. All hospitals stand in for them.
HOSPITAL_M = 1000.0  # in a straight line
LEVELS = ("district", "subdistrict", "cell_2km")
REMOVED = (0.1, 0.3, 0.5)
PATTERNS = ("random", "clusters")
DRAWS, SEED, SQUARE_M = 200, 20240409, 2000.0
FEWEST_CHILDREN, TARGET = 100.0, 0.9
THIRDS = (0.0, 1 / 3, 2 / 3, 1.01)
WRONG_BY = 0.2


@dataclass(frozen=True)
class Case:
    """One category at one level: shares of children by unit and home, homes by facility, and where things lie."""

    shares: Any
    reach: Any
    site: np.ndarray
    inside: np.ndarray


def squares(xy: np.ndarray, corner: np.ndarray | float = 0.0) -> np.ndarray:
    """Number the squares in which points lie."""
    rows: np.ndarray = np.floor((xy + corner) / SQUARE_M).astype(int)
    return np.unique(rows, axis=0, return_inverse=True)[1].ravel()


def kept(xy: np.ndarray, removed: float, pattern: str, random: np.random.Generator) -> np.ndarray:
    """Which sites stay, sites by draws."""
    if pattern == "random":
        return random.random((len(xy), DRAWS)) >= removed
    stays = np.ones((len(xy), DRAWS), dtype=bool)
    for draw in range(DRAWS):
        square = squares(xy, random.uniform(0, SQUARE_M, 2))
        order = random.permutation(square.max() + 1)
        gone = np.cumsum(np.bincount(square)[order])
        # The squares whose sum comes nearest to what is to go.
        last = int(np.argmin(np.abs(np.r_[0, gone] - removed * len(xy))))
        stays[np.isin(square, order[:last]), draw] = False
    return stays


def cases(extract: Path) -> Iterator[tuple[str, str, Case]]:
    """Run the study and give each category and level."""
    result = Study.from_extract(extract).run("summer")
    origins = result.places.origins
    origin_xy = np.column_stack([origins.geometry.x, origins.geometry.y])
    points = result.facilities.geometry.to_crs(origins.crs).representative_point()
    site_xy = np.column_stack([points.x, points.y])
    cell = squares(np.vstack([origin_xy, site_xy])).astype(str)
    homes = result.neighbourhoods.set_index("neighbourhood_id").loc[origins["neighbourhood_id"]]
    unit_of = {"cell_2km": (cell[: len(origins)].astype(object), cell[len(origins) :].astype(object))}
    for level in LEVELS[:2]:
        areas = result.units[result.units["level"] == level].to_crs(origins.crs)[["unit_code", "geometry"]]
        placed = gpd.sjoin(gpd.GeoDataFrame(geometry=points), areas, how="left", predicate="within")
        inside = placed["unit_code"][~placed.index.duplicated()]
        unit_of[level] = (homes[f"{level}_code"].to_numpy(dtype=object), inside.to_numpy(dtype=object))
    kinds = standards.categories()
    near = {name: pairs.pairs() for (name, _), pairs in result.reached.items()}
    table = result.facilities
    for name in CATEGORIES:
        if name == "hospital":
            sites = np.flatnonzero(table["category"] == "paediatric_hospital")
            origin, number = gone_to(origin_xy, site_xy[sites])
            facility, band = sites[number], schema.ALL_CHILDREN
        else:
            proven = table["category"].isin(kinds[name].served_by) & table["evidence"].isin(schema.PROVEN)
            sites, band = np.flatnonzero(proven), kinds[name].band
            origin, facility = near[name]
        children = np.nan_to_num(result.places.users(band))
        reach = sp.csr_array(
            (np.ones(len(origin)), (origin, np.searchsorted(sites, facility))), shape=(len(origins), len(sites))
        )
        for level in LEVELS:
            homes_of, sites_of = unit_of[level]
            yield name, level, case(children, reach, site_xy[sites], homes_of, sites_of[sites])


def gone_to(homes: np.ndarray, hospitals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of homes and hospitals that lie near in a straight line."""
    near = KDTree(hospitals).query_ball_point(homes, HOSPITAL_M)
    return np.repeat(np.arange(len(homes)), [len(of) for of in near]), np.concatenate(near).astype(int)


def case(children: np.ndarray, reach: Any, site: np.ndarray, homes_of: np.ndarray, sites_of: np.ndarray) -> Case:
    """Return the units with enough children."""
    number, codes = pd.factorize(homes_of)
    lives = (number >= 0) & (children > 0)
    total = np.bincount(number[lives], children[lives], minlength=len(codes))
    enough = np.flatnonzero(total >= FEWEST_CHILDREN)
    weight = children[lives] / total[number[lives]]
    shares = sp.csr_array((weight, (number[lives], np.flatnonzero(lives))), shape=(len(codes), len(children)))
    seen = np.diff(reach.indptr) > 0
    inside = codes[enough][:, None] == sites_of[None, :]
    return Case(shares[enough][:, seen], reach[seen], site, inside.astype(float))


def draws(one: Case, stays: np.ndarray) -> pd.DataFrame:
    """Return every unit in every draw: the truth, what is found, and the completeness by three rules."""
    part = (one.shares @ one.reach).toarray()
    count = one.reach @ stays.astype(float)
    reaches = (part > 0).astype(float)
    near, of = reaches @ stays, reaches.sum(axis=1)[:, None]
    inside, of_inside = one.inside @ stays, one.inside.sum(axis=1)[:, None]
    city = np.broadcast_to(stays.mean(axis=0), near.shape)
    pairs = reaches.sum(axis=0) @ stays
    typical = np.where(pairs > 0, np.sqrt((part**2).sum(axis=0) @ stays / np.maximum(pairs, 1)), 1.0)
    own = np.where(of_inside > 0, inside / np.maximum(of_inside, 1), 1.0)
    columns = {
        "true": np.broadcast_to((one.shares @ np.ones(count.shape[0]))[:, None], near.shape),
        "reachable": np.broadcast_to(of, near.shape),
        "low": one.shares @ (count > 0).astype(float),
        "once": one.shares @ (count == 1).astype(float),
        "squares": part**2 @ stays,
        "typical": np.broadcast_to(typical, near.shape),
        "reaching": near / np.maximum(of, 1),
        "inside": np.minimum(own, city),
        "inherited": city,
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}).query("reachable > 0")


def issue_formula(rows: pd.DataFrame, c: np.ndarray) -> np.ndarray:
    """The form that was tried before."""
    spread = np.sqrt((1 - c) * (rows["squares"] + rows["typical"] ** 2))
    return np.minimum(1.0, (rows["low"] + 1.3 * spread) / c).to_numpy()


def highs(rows: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Upper ends and the completeness they rest on, by method."""
    right = rows["reaching"].to_numpy()
    safe = np.maximum(right, 1e-9)
    ask = {"ours": right, "inside": rows["inside"].to_numpy(), "inherited": rows["inherited"].to_numpy()}
    ask |= {f"c {by:+.1f}": np.clip(right + by, 0.0, 1.0) for by in (WRONG_BY, -WRONG_BY)}
    found = {name: (interval.share_high(rows, c), c) for name, c in ask.items()}
    silent = right < interval.LEAST_COMPLETENESS
    found["naive"] = np.where(silent, 1.0, rows["low"] + (1 - rows["low"]) * (1 - right)), right
    found["issue"] = np.where(silent, 1.0, np.maximum(issue_formula(rows, safe), rows["low"])), right
    return found


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what is asked of an interval, of rows of one method."""
    judged = rows[rows["c"] >= interval.LEAST_COMPLETENESS]
    covered = judged["true"] <= judged["high"] + 1e-9
    third = np.digitize(judged["true"], THIRDS) - 1
    width = judged["high"] - judged["low"]
    meets, gap = rows["true"] >= TARGET - 1e-9, rows["high"] < TARGET - 1e-9
    partial = (rows["c"] >= interval.LEAST_COMPLETENESS) & (rows["c"] < 1)
    at = (judged["c"] - 0.7).abs() <= 0.05
    return {
        "n": len(judged),
        **{f"held {k + 1}": covered[third == k].mean() for k in range(3)},
        **{f"n {k + 1}": int((third == k).sum()) for k in range(3)},
        **{f"held {k + 1}, c < 1": covered[(third == k) & (judged["c"] < 1)].mean() for k in range(3)},
        "width": width.mean(),
        "width at 0.7": width[at].mean(),
        "meets": int(meets.sum()),
        "meets called gap": gap[meets].mean(),
        "meets, c < 1": int((meets & partial).sum()),
        "meets called gap, c < 1": gap[meets & partial].mean(),
        "short called gap": gap[~meets].mean(),
        "gaps at c < 0.5": int((gap & (rows["c"] < interval.LEAST_COMPLETENESS)).sum()),
    }


def tables(by: list[str], rows: pd.DataFrame) -> pd.DataFrame:
    """Return one line for each group."""
    groups = rows.groupby(by, sort=False, observed=True)
    return pd.DataFrame([{**dict(zip(by, key, strict=True)), **summary(of)} for key, of in groups])


def markdown(table: pd.DataFrame) -> str:
    """Return a table in markdown; what no unit speaks of is a dash."""

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return "–" if np.isnan(value) else f"{value:.3f}"
        return str(value)

    lines = [" | ".join(table.columns), " | ".join("---" for _ in table.columns)]
    lines += [" | ".join(map(cell, row)) for row in table.itertuples(index=False)]
    return "\n".join(f"| {line} |" for line in lines)


def main() -> None:
    """Measure, print, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("extract", type=Path)
    options.add_argument("--table", type=Path, default=Path("calibration.md"))
    asked = options.parse_args()
    start = time.perf_counter()
    parts = []
    for name, level, one in cases(asked.extract):
        for removed in REMOVED:
            for pattern in PATTERNS:
                # The same sites go at every level.
                random = np.random.default_rng([SEED, CATEGORIES.index(name), int(removed * 10)])
                rows = draws(one, kept(one.site, removed, pattern, random))
                key = {"category": name, "level": level, "removed": removed, "pattern": pattern}
                for method, (high, c) in highs(rows).items():
                    parts.append(rows[["true", "low"]].assign(high=high, c=c, method=method, **key))
    rows = pd.concat(parts, ignore_index=True)
    for name in ("category", "level", "pattern", "method"):
        rows[name] = rows[name].astype(pd.CategoricalDtype(rows[name].unique()))
    ours, inside = (rows[rows["method"] == name] for name in ("ours", "inside"))
    written = {
        "all": tables(["removed", "pattern", "method"], rows),
        "level": tables(["level", "removed", "pattern"], ours),
        "category": tables(["category", "removed", "pattern"], ours),
        "category and level": tables(["category", "level"], ours),
        "counts by place, level": tables(["level", "removed", "pattern"], inside),
        "everything": tables(["category", "level", "removed", "pattern"], ours),
    }
    words = "\n\n".join(f"## {name}\n\n{markdown(table)}" for name, table in written.items())
    asked.table.write_text(words + "\n", encoding="utf-8")
    print(words)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
