"""From inputs to results: the one place that knows all the steps and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from cfc_gis import (
    area,
    claims,
    compared,
    coords,
    counting,
    facilities,
    gather,
    landuse,
    neighbourhoods,
    network,
    notebook,
    notes,
    people,
    population,
    pull,
    runs,
    schema,
    standards,
)
from cfc_gis import check as checking
from cfc_gis.basemap import basemap
from cfc_gis.edits.ground import Ground
from cfc_gis.errors import ChoiceUnknown, UserError
from cfc_gis.inputs import NO_FILES, Files, Inputs, merge_registers
from cfc_gis.progress import Progress, silent
from cfc_gis.result import Result
from cfc_gis.sources import boundaries, census, official_counts, osm_extract
from cfc_gis.survey import Survey
from cfc_gis.targets import Target, all_targets
from cfc_gis.walking import Choices

if TYPE_CHECKING:
    from pyproj import CRS

    from cfc_gis.faults import InputsReport


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """The inputs of a study, read and checked.

    Parameters
    ----------
    place
        Name of the city or district.
    osm
        What OpenStreetMap gives.
    people
        The census by district.
    city
        The place among China's cities and districts; None for a synthetic town.
    districts
        The planner's own district polygons, if any.
    outline
        The planner's own study area, if any; else the extent of the data.
    synthetic
        Whether the place is made up.
    inputs
        The planner's own files, and what is to be said of all that were read: ``study.inputs.report()``.
    season, choices
        What :meth:`run` takes unless it is told otherwise.
    standards
        All standards that it is judged by, the shipped ones unless changed (:func:`cfc_gis.revisions.revise`).
    targets
        The plan's own targets, as shipped unless changed or signed (:func:`cfc_gis.targets.revise`).

    Examples
    --------
    >>> study = Study.sample()
    >>> study.place
    '样例市'
    >>> result = study.run(season="summer")
    >>> result.gaps["judgement"].isin(schema.JUDGEMENTS).all()
    np.True_
    """

    place: str
    osm: schema.OsmTables
    people: census.Census
    city: boundaries.Place | None = None
    districts: gpd.GeoDataFrame | None = None
    outline: gpd.GeoDataFrame | None = None
    synthetic: bool = False
    inputs: Inputs = field(default_factory=partial(Inputs, ()))
    season: str = "both"
    choices: Choices = field(default_factory=Choices)
    standards: tuple[standards.Standard, ...] = field(default_factory=standards.all_standards)
    targets: tuple[Target, ...] = field(default_factory=all_targets)

    @classmethod
    def from_extract(  # noqa: PLR0913 - one name for each file that a planner may have
        cls,
        path: str | Path,
        place: str = "哈尔滨市",
        *,
        census_file: str | Path | None = None,
        districts_file: str | Path | None = None,
        area_file: str | Path | None = None,
        files: Files = NO_FILES,
        progress: Progress = silent,
        force: bool = False,
    ) -> Study:
        """Read the inputs of a study from an OSM extract and, where the planner has them, files of her own.

        Parameters
        ----------
        path
            The extract (``.osm.pbf`` or ``.osm``).
        place
            Full name of the city or district, such as ``哈尔滨市``.
        census_file
            CSV with people and children by district; else the figures that ship with the package.
        districts_file
            District polygons; else those of the extract that close, else the bundled ones.
        area_file
            Polygon of the study area; else the outline for which the extract was pulled, else its extent.
        files
            Registers of facilities, rasters, a table of children, terrain and land use.
        progress
            Called with the key of each step.
        force
            Read the extract also where it will probably not fit into memory.

        Raises
        ------
        UserError
            When a file is missing, damaged, of another place or too large; when there is no census for the place.
        """
        boundaries.find_place(place)  # an unknown place is said before a large file is read
        progress("read")
        own = [None if file is None else Path(file) for file in (census_file, districts_file, area_file)]
        named = gather.Named(place, Path(path), own[0], own[1], own[2], files, force=force)
        return cls._of(named)

    @classmethod
    def _of(cls, named: gather.Named) -> Study:
        found = gather.read(named)
        osm, people, city = found.whole()
        return cls(city.name, osm, people, city, found.districts, found.outline, inputs=found.inputs)

    @classmethod
    def from_config(
        cls, path: str | Path, *, options: pull.Options | None = None, progress: Progress = silent
    ) -> Study:
        """Read the inputs that a ``study.toml`` names (:mod:`cfc_gis.config`), with its season and choices.

        Parameters
        ----------
        path
            The file.
        options
            How to pull, where it says ``live``, and whether very large data are read.
        progress
            Called with the key of each step.

        Raises
        ------
        UserError
            With all faults of the file at once; else as for :meth:`from_extract` and :meth:`live`.
        """
        from cfc_gis import config

        named, options = config.read(path), options or pull.Options()
        osm = named.osm
        if osm is None:
            osm = _pulled(named.place, options, named.area, progress)
        progress("read")
        study = cls._of(replace(named.named(), osm=osm, force=options.force))
        return replace(
            study, season=named.season, choices=named.choices, standards=named.standards, targets=named.targets
        )

    @classmethod
    def live(  # noqa: PLR0913 - as from_extract
        cls,
        place: str = "哈尔滨市",
        options: pull.Options | None = None,
        *,
        census_file: str | Path | None = None,
        districts_file: str | Path | None = None,
        area_file: str | Path | None = None,
        files: Files = NO_FILES,
        progress: Progress = silent,
    ) -> Study:
        """Pull the OSM data of a place (:func:`cfc_gis.pull.pull_place`), then go on as :meth:`from_extract`.

        Parameters
        ----------
        place, census_file, districts_file, area_file, files, progress
            As for :meth:`from_extract`; with an area that area is pulled.
        options
            How to pull, and where to.

        Raises
        ------
        NetworkUnavailable
            When no server gives the data and nothing of an earlier pull is there.
        UserError
            As for :meth:`from_extract`; also when the place or area is too large.
        """
        options = options or pull.Options()
        extract = _pulled(place, options, None if area_file is None else Path(area_file), progress)
        return cls.from_extract(
            extract,
            place,
            census_file=census_file,
            districts_file=districts_file,
            area_file=area_file,
            files=files,
            progress=progress,
            force=options.force,
        )

    @classmethod
    def sample(cls, *, files: Files = NO_FILES, progress: Progress = silent) -> Study:
        """Read the bundled sample town, which is made up, and files for it."""
        progress("read")
        folder = resources.files("cfc_gis") / "resources" / "sample_town"
        with resources.as_file(folder) as path:
            osm = osm_extract.read(path / "town.osm.pbf")
            people = census.read(path / "census.csv")
        made_up = {"name": "Sample town", "licence": "CC0 1.0, synthetic"}
        known = tuple({**each, **made_up} for each in (osm.provenance, people.provenance))
        return cls("样例市", osm, people, synthetic=True, inputs=gather.own_files(files, compared.Ground(osm), known))

    @staticmethod
    def check(*paths: str | Path, osm: str | Path | None = None, coding: str | None = None) -> InputsReport:
        """Check files before there is a study (:func:`cfc_gis.check.check`): nothing is raised for what is wrong.

        Parameters
        ----------
        paths
            A ``study.toml``, or any other files.
        osm, coding
            As of :func:`cfc_gis.check.check`.

        Examples
        --------
        >>> Study.check("study-of-nowhere.toml").errors
        1
        """
        return checking.check(paths, osm=osm, coding=coding)

    def __repr__(self) -> str:
        return f"Study({self.place}, {' + '.join(_seasons(self.season))}: {len(self.osm.streets):,} streets)"

    def _repr_html_(self) -> str:
        seasons = _seasons(self.season)
        rows = [
            (notebook.both("notebook.season"), " + ".join(notebook.both(f"season.{each}") for each in seasons)),
            (notebook.both("notebook.streets"), f"{len(self.osm.streets):,}"),
            (notebook.both("notebook.signed"), sum(each.signed for each in self.standards)),
            (notebook.both("notebook.warnings"), self.inputs.report().warnings),
        ]
        files = [(each.get("name"), each.get("data_date"), each.get("licence")) for each in self.inputs.provenance]
        said = notebook.both("notebook.study", place=self.place)
        title = f"{said} {notebook.both('notebook.synthetic')}" if self.synthetic else said
        heads = [notebook.both(f"notebook.{name}") for name in ("input", "data_date", "licence")]
        return notebook.table(files, head=heads, title=title) + notebook.table(
            rows, notes=notebook.both("notebook.next_study")
        )

    def run(self, season: str | None = None, *, choices: Choices | None = None, progress: Progress = silent) -> Result:
        """Do the whole job: who lives where, how far children walk, and where that falls short.

        Parameters
        ----------
        season
            ``summer``, ``winter`` or ``both``; winter is a scenario. That of the study unless it is named.
        choices
            What the planner decides about streets and winter: which streets are cleared, whether the frozen river is
            walked, the longest time outdoors in the cold. Those of the study unless they are named.
        progress
            Called with the key of each step.

        Returns
        -------
        Result
            All tables, checked against their contracts, with the counts of everything repaired, set aside or assumed.
        """
        seasons = _seasons(season or self.season)
        found = self.survey(progress)
        return runs.run(found, replace(found.ground, choices=choices or self.choices), seasons, progress)

    def survey(self, progress: Progress = silent) -> Survey:
        """Find all that is there before anything is measured: units, people, streets and facilities.

        Parameters
        ----------
        progress
            Called with the key of each step.
        """
        crs = coords.projected_crs(self.osm.bounds)
        progress("area")
        objects, land_counts = self._objects(crs)
        extent = area.study_area(self.osm.bounds, crs).geometry
        region = area.study_area(self.osm.bounds, crs, polygon=self.outline, place=self.city)
        units, borders = area.units(region, self.osm.admin, city=self.city, layer=self.districts)

        progress("homes")
        homes = neighbourhoods.find(objects, region.geometry)
        if homes.neighbourhoods.empty:
            raise UserError("no_homes")
        codes = area.assign(homes.neighbourhoods, units)

        progress("people")
        own = people.Own(self.inputs.people, self.inputs.files.spread_by == "raster", self.inputs.children)
        living = people.find(
            homes.neighbourhoods, codes["district_code"], units, region.geometry, self.people.table, own
        )
        places = _neighbourhoods(homes.neighbourhoods, codes, living.estimate, units)

        progress("network")
        streets = network.build(
            self.osm.streets, self.osm.street_points, crs=str(crs), nodes=objects[objects.geom_type == "Point"]
        )

        progress("facilities")
        paths, gates = gpd.GeoSeries(streets.lines, crs=crs), facilities.gates_of(objects)
        found = facilities.find(objects, paths=paths, gates=gates)
        sites = merge_registers(found.table, self.inputs, paths=paths, gates=gates)
        told = {
            "osm": dict(self.osm.counts),
            "units": {**notes.of_borders(borders), "neighbourhoods_moved_with_subdistrict": int(codes["moved"].sum())},
            "neighbourhoods": dict(homes.counts),
            "population": dict(living.estimate.counts),
            **living.counts,
            **land_counts,
            "facilities": dict(found.counts),
            **({"registers": sites.counts} if sites.counts else {}),
        }
        return Survey(
            place=self.place,
            synthetic=self.synthetic,
            osm=self.osm,
            census=self.people,
            inputs=self.inputs.adding(self.inputs.files.children, living.unused),
            all_standards=self.standards,
            targets=self.targets,
            extent=extent,
            region=region.geometry,
            units=units,
            estimate=living.estimate,
            counts=self._counted(units),
            ground=Ground(streets, self.choices, sites.table, places, homes.origins),
            lists=tuple(
                counting.Listed(
                    rows,
                    claims.whole(file.claim, read.table, file.choices.category),
                    file.independent,
                    read.unsorted[["district", "may_be"]],
                )
                for rows, read, file in zip(
                    sites.lists, self.inputs.registers, self.inputs.files.registers, strict=True
                )
            ),
            merge=sites.rows,
            basemap=basemap(objects, streets, self.inputs.land.table if self.inputs.land else None),
            told=told,
            set_aside=pd.concat([self.osm.set_aside, found.set_aside], ignore_index=True),
        )

    def _objects(self, crs: CRS) -> tuple[gpd.GeoDataFrame, dict[str, Mapping[str, int]]]:
        """Return OSM's objects, with the residential land of the planner's layer in place of OSM's, if she has one."""
        objects = self.osm.objects.to_crs(crs)
        if self.inputs.land is None:
            return objects, {}
        objects, counts = landuse.as_residential(objects, self.inputs.land)
        return objects, {"land_use": {**self.inputs.land.counts, **counts}}

    def _counted(self, units: gpd.GeoDataFrame) -> pd.DataFrame:
        """Return the official counts by the codes of their units: those of the study area and of the census."""
        if self.inputs.counts is None:
            return pd.DataFrame(columns=[*schema.COUNTS.columns])
        return official_counts.coded(self.inputs.counts, official_counts.units_known(units, self.people.table))


def _pulled(place: str, options: pull.Options, outline: Path | None, progress: Progress) -> Path:
    boundaries.find_place(place)  # an unknown place is said before anything is pulled
    progress("pull")
    return pull.pull_place(place, options, area_file=outline).path


def _seasons(season: str) -> tuple[str, ...]:
    if season == "both":
        return schema.SEASONS
    if season not in schema.SEASONS:
        known = ", ".join((*schema.SEASONS, "both"))
        raise ChoiceUnknown("choice_unknown", what="season", found=season, suggestion="", known=known)
    return (season,)


def _neighbourhoods(
    homes: gpd.GeoDataFrame, codes: pd.DataFrame, people: population.Estimate, units: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Put the columns of the contract together."""
    table = homes[["neighbourhood_id", "name"]].join(codes.drop(columns="moved"))
    table["urban_rural"] = area.urban_rural(codes["subdistrict_code"], units)
    table = table.join(people.neighbourhoods)
    table["edge_affected"] = False
    return gpd.GeoDataFrame(table, geometry=homes.geometry, crs=homes.crs)
