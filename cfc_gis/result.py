"""The results of a study: tables, maps, the report, and a folder that holds them all."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from cfc_gis import homes, maps, report, text, walking, writing
from cfc_gis.network import COMPONENT_M, COMPONENT_SHARE, MAX_SNAP_M, WalkNetwork
from cfc_gis.notes import Note
from cfc_gis.standards import Standard

if TYPE_CHECKING:
    import folium


Progress = Callable[[str], None]
"""Told the key of each step of a run (locale section ``step``)."""

_PACKAGES = ("folium", "geopandas", "networkx", "numpy", "osmium", "pandas", "pyproj", "scipy", "shapely")


def silent(step: str) -> None:
    """Report no progress."""


@dataclass(frozen=True, eq=False)
class Result:
    """All tables of a run.

    Parameters
    ----------
    place, synthetic, seasons
        What was studied.
    units, neighbourhoods, origins, facilities, access, gaps
        Tables as in :mod:`cfc_gis.schema`, in one projected CRS.
    network
        The walk network.
    basemap
        Water, green, railways and main streets for the maps.
    standards
        The deciding standard of each category.
    inputs
        Provenance of each input.
    counts
        What each step read, repaired, set aside or assumed.
    set_aside
        ``osm_id`` and ``reason`` of every object that was not used.
    notes
        What a reader must know of the data, in both languages.
    """

    place: str
    synthetic: bool
    seasons: tuple[str, ...]
    units: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    origins: gpd.GeoDataFrame = field(repr=False)
    facilities: gpd.GeoDataFrame
    access: pd.DataFrame
    gaps: pd.DataFrame
    network: WalkNetwork = field(repr=False)
    basemap: gpd.GeoDataFrame = field(repr=False)
    standards: Mapping[str, Standard]
    inputs: tuple[Mapping[str, str], ...]
    counts: Mapping[str, Mapping[str, int]]
    set_aside: pd.DataFrame
    notes: tuple[Note, ...]

    def map(self, category: str | None = None, *, season: str | None = None, lang: str = "both") -> folium.Map:
        """Return a folium map that needs no network.

        Parameters
        ----------
        category
            What is shown first, such as ``primary_school``.
        season
            ``summer`` or ``winter``; the first of the run unless named.
        lang
            ``zh``, ``en`` or ``both``.
        """
        return maps.build(
            **self._tables(),
            basemap=self.basemap,
            lang=lang,
            season=season or self.seasons[0],
            category=category,
            place=self.place,
            data_date=self.inputs[0]["data_date"],
            synthetic=self.synthetic,
        )

    def _tables(self) -> dict[str, Any]:
        """Return what both the map and the report are made from."""
        names = ("units", "neighbourhoods", "facilities", "access", "gaps", "standards")
        return {name: getattr(self, name) for name in names}

    def manifest(self) -> dict[str, Any]:
        """Return inputs with hash and date, versions, parameters, and counts of all repaired or left out."""
        return {
            "place": self.place,
            "synthetic": self.synthetic,
            "season": "both" if len(self.seasons) > 1 else self.seasons[0],
            "inputs": [dict(each) for each in self.inputs],
            "parameters": {
                "crs": str(self.neighbourhoods.crs),
                "max_snap_m": MAX_SNAP_M,
                "component_m": COMPONENT_M,
                "homes": dict(homes.assumptions()),
                "component_share": COMPONENT_SHARE,
                "profiles": {name: asdict(walking.profile(name)) for name in sorted(set(self.access["profile"]))},
                "standards": {
                    name: {"id": each.id, "threshold": each.threshold, "unit": each.unit, "target": each.target_share}
                    for name, each in self.standards.items()
                },
            },
            "counts": {step: dict(counts) for step, counts in self.counts.items()},
            "set_aside": self.set_aside.groupby("reason")["osm_id"].agg(sorted).to_dict(),
            "versions": {
                "cfc_gis": metadata.version("cfc-gis"),
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in _PACKAGES},
            },
            "notes": [dict(each) for each in self.notes],
        }

    def save(self, path: str | Path, *, lang: str = "both", progress: Progress = silent) -> Path:
        """Write the nine files of a run into a folder; earlier ones are replaced only when all are ready.

        Parameters
        ----------
        path
            The folder.
        lang
            ``zh``, ``en`` or ``both``, of the map and the report.
        progress
            Called with the key of each step.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        NotWritable, DirLocked
            When the folder cannot be written, or another run works in it.
        """
        path = Path(path)
        with writing.folder(path) as stage:
            progress("map")
            map_html = maps.to_html(self.map(lang=lang))
            (stage / "map.html").write_text(map_html, encoding="utf-8")
            progress("report")
            page = report.render(
                **self._tables(),
                manifest=self.manifest(),
                map_html=map_html,
                lang=lang,
            )
            (stage / "report.html").write_text(page, encoding="utf-8")
            progress("save")
            self._write_tables(stage)
            writing.write_manifest(self.manifest(), stage)
        return path

    def _write_tables(self, stage: Path) -> None:
        writing.write_csv(self.sheet("district"), stage / "districts.csv")
        writing.write_csv(self.sheet("subdistrict"), stage / "subdistricts.csv")
        writing.write_csv(self.gaps, stage / "gaps.csv")
        self.access.to_parquet(stage / "access.parquet", index=False)
        minutes = self.access.assign(column="minutes_" + self.access["category"] + "_" + self.access["profile"])
        wide = minutes.pivot_table(index="neighbourhood_id", columns="column", values="minutes", dropna=False)
        writing.write_layer(
            self.neighbourhoods.join(wide, on="neighbourhood_id"), stage / "neighbourhoods.gpkg", "neighbourhoods"
        )
        writing.write_layer(self._facilities_with_entrances_in_degrees(), stage / "facilities.gpkg", "facilities")

    def _facilities_with_entrances_in_degrees(self) -> gpd.GeoDataFrame:
        """Return the facilities with entrances as text, ``lon lat; lon lat``, in the CRS of files."""
        doors = self.facilities["entrances"]
        sizes = doors.map(len)
        flat = gpd.points_from_xy(*zip(*(xy for each in doors for xy in each), strict=True), crs=self.facilities.crs)
        words = pd.Series([f"{p.x:.6f} {p.y:.6f}" for p in flat.to_crs("EPSG:4326")], dtype="str")
        joined = words.groupby(doors.index.repeat(sizes)).agg("; ".join)
        return self.facilities.assign(entrances=joined)

    def sheet(self, level: str) -> pd.DataFrame:
        """Return one row for each unit of a level and season: people, coverage, and for each category its judgement.

        Parameters
        ----------
        level
            ``city``, ``district`` or ``subdistrict``.
        """
        of_level = self.gaps[self.gaps["level"] == level]
        of_level = of_level.assign(season=of_level["profile"].str.rpartition(".")[2])
        units = pd.DataFrame(self.units[self.units["level"] == level].drop(columns="geometry"))
        rows = units.merge(pd.DataFrame({"season": self.seasons}), how="cross")
        rows.insert(3, "season", rows.pop("season"))
        key = pd.MultiIndex.from_frame(rows[["unit_code", "season"]])
        for category in self.standards:
            one = of_level[of_level["category"] == category].set_index(["unit_code", "season"])
            for what in ("share_low", "share_presumed", "judgement"):
                rows[f"{category}_{what}"] = one[what].reindex(key).to_numpy()
        return rows.sort_values(["unit_code", "season"], ignore_index=True)

    def _repr_html_(self) -> str:
        lines = [f"<h3>{text.html_text(self.place)}</h3>"]
        for level in ("district", "subdistrict"):
            table = self.sheet(level)[["unit_code", "unit_name", "population"]]
            lines.append(f"<p>{level}: {len(table)}</p>")
        return "".join(lines)
