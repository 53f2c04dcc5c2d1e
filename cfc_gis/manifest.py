"""What a run says of itself: where everything came from, by what it was computed, and what was left out."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from typing import Any

import geopandas as gpd
import shapely
from pyproj import CRS

from cfc_gis import homes, profiles, revisions, targets
from cfc_gis.equity import clusters
from cfc_gis.network import COMPONENT_M, COMPONENT_SHARE, MAX_SNAP_M
from cfc_gis.stability import variation
from cfc_gis.standards import Standard, all_standards

_PACKAGES = ("esda", "folium", "geopandas", "networkx", "numpy", "osmium", "pandas", "pyproj", "scipy", "shapely")


def manifest(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs with hash and date, versions, parameters, and counts of all repaired or left out.

    Parameters
    ----------
    run
        The tables of a run by name, as :class:`cfc_gis.result.Result` has them.

    Examples
    --------
    See :meth:`cfc_gis.result.Result.manifest`.
    """
    return {
        "place": run["place"],
        "synthetic": run["synthetic"],
        "season": "both" if len(run["seasons"]) > 1 else run["seasons"][0],
        "inputs": [dict(each) for each in run["inputs"]],
        "parameters": {
            "crs": str(run["neighbourhoods"].crs),
            "study_area": _bounds(run["prepared"].survey.region, run["neighbourhoods"].crs),
            "max_snap_m": MAX_SNAP_M,
            "component_m": COMPONENT_M,
            "homes": dict(homes.assumptions()),
            "component_share": COMPONENT_SHARE,
            "profiles": {name: _plain(profiles.profile(name)) for name in sorted(set(run["access"]["profile"]))},
            "crossings": profiles.resource()["crossing"],
            "choices": run["walk"].choices.parameters(),
            "spots": clusters.parameters(),
            "stability": asdict(variation()),
            "standards": {name: _told(each) for name, each in run["standards"].items()},
            "standards_changed": revisions.changes(all_standards(), run["all_standards"]),
            "targets_changed": targets.changes(targets.all_targets(), run["targets"]),
        },
        "counts": {step: dict(counts) for step, counts in run["counts"].items()},
        "set_aside": run["set_aside"].groupby("reason")["osm_id"].agg(sorted).to_dict(),
        "versions": {
            "cfc_gis": metadata.version("cfc-gis"),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
        },
        "notes": [dict(each) for each in run["notes"]],
    }


def _bounds(region: shapely.Geometry, crs: CRS) -> list[float]:
    """Return west, south, east, north of the study area in degrees."""
    return [round(float(at), 6) for at in gpd.GeoSeries([region], crs=crs).to_crs("EPSG:4326").total_bounds]


def _plain(who: profiles.Profile) -> dict[str, Any]:
    """Return a profile as JSON can hold it: no limit is None."""
    return {name: None if value == float("inf") else value for name, value in asdict(who).items()}


def _told(standard: Standard) -> dict[str, Any]:
    """Return what the manifest says of a standard."""
    return {
        "id": standard.id,
        "threshold": standard.threshold,
        "unit": standard.unit,
        "target": standard.target_share,
        "verified": standard.verified,
        "target_verified": standard.target_verified,
        "signed_by": standard.signed_by,
        "signed_on": standard.signed_on,
    }
