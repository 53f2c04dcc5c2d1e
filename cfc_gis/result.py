"""The results of a study: tables, maps, the report, and a folder that holds them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from cfc_gis import (
    beyond,
    delivery,
    handover,
    locale,
    manifest,
    maps,
    notebook,
    profiles,
    report,
    schema,
    targets,
    workbook,
    writing,
)
from cfc_gis.access import choose, explain, isochrone, measure, routes, score
from cfc_gis.access.explanation import Explanation
from cfc_gis.access.measure import Measured, Places
from cfc_gis.access.reached import Reached
from cfc_gis.access.sketch import Ground
from cfc_gis.access.walk import Walk
from cfc_gis.errors import UserError
from cfc_gis.faults import NOTHING_READ, InputsReport
from cfc_gis.network import WalkNetwork
from cfc_gis.notes import Note
from cfc_gis.prepared import Prepared
from cfc_gis.progress import Progress, silent
from cfc_gis.standards import Standard, by_category, categories
from cfc_gis.tables import Tables

if TYPE_CHECKING:
    import folium


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """All tables of a run.

    Parameters
    ----------
    place, synthetic, seasons
        What was studied.
    units, neighbourhoods, origins, facilities, access, circles
        Tables as in :mod:`cfc_gis.schema`, in one projected CRS.
    completeness, gaps, intervals, remedies, upgrades, priorities, winter, isolated, equity, lorenz, spots, stability
        What was found (:class:`cfc_gis.findings.Findings`).
    walk, places
        The walk network with its crossings and how it is walked; where ways begin and end on it.
    basemap
        Water, green, railways and main streets for the maps.
    standards, all_standards
        The deciding standard of each category; those, and all others of the study.
    targets
        The targets of the plan.
    inputs
        Provenance of each input.
    counts
        What each step read, repaired, set aside or assumed.
    set_aside
        ``osm_id`` and ``reason`` of every object that was not used.
    notes
        What a reader must know of the data, in both languages.
    merge
        One line per row of each register: matched, new, conflicting or unplaced, and with which facility
        (:class:`cfc_gis.facilities.merge.Merged`).
    official_counts
        What the planner's official counts say (:data:`cfc_gis.schema.COUNTS`).
    checked
        What was read, understood and wrong in the inputs.
    measured
        What was measured of every home.
    prepared
        What it was measured on: the survey, and its ground as it was found or edited.
    """

    place: str
    synthetic: bool
    seasons: tuple[str, ...]
    units: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    origins: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    access: pd.DataFrame
    circles: pd.DataFrame
    completeness: pd.DataFrame
    gaps: pd.DataFrame
    intervals: pd.DataFrame
    remedies: pd.DataFrame
    upgrades: pd.DataFrame
    priorities: pd.DataFrame
    winter: pd.DataFrame
    isolated: gpd.GeoDataFrame
    equity: pd.DataFrame
    lorenz: pd.DataFrame
    spots: pd.DataFrame
    stability: pd.DataFrame
    indicators: pd.DataFrame
    walk: Walk
    places: Places
    measured: Measured
    prepared: Prepared
    basemap: gpd.GeoDataFrame
    standards: Mapping[str, Standard]
    all_standards: tuple[Standard, ...]
    inputs: tuple[Mapping[str, str], ...]
    counts: Mapping[str, Mapping[str, Any]]
    set_aside: pd.DataFrame
    notes: tuple[Note, ...]
    merge: pd.DataFrame = field(default_factory=pd.DataFrame)
    official_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: tuple[targets.Target, ...] = field(default_factory=targets.all_targets)
    checked: InputsReport = NOTHING_READ

    @property
    def tables(self) -> Tables:
        """What maps and the report are made from."""
        return Tables(**{each.name: getattr(self, each.name) for each in fields(Tables)})

    @cached_property
    def routes(self) -> gpd.GeoDataFrame:
        """The way of the child in the middle of every neighbourhood, and its minutes taken apart.

        :data:`cfc_gis.schema.ROUTES`, worked out when it is first asked for; each row is what :meth:`explain` says.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="winter")
        >>> of = result.routes.set_index(["neighbourhood_id", "category"])
        >>> of.loc[("w552", "primary_school"), ["walk", "ice", "wait"]].astype(float).round(1).tolist()
        [11.6, 1.4, 0.0]
        """
        table = routes.routes(self.walk, self.places, categories(), self.seasons)
        schema.check(table, schema.ROUTES)
        return table

    @property
    def reached(self) -> Mapping[tuple[str, str], Reached]:
        """By category and profile: which facilities every origin has near."""
        return self.measured.reached

    @property
    def network(self) -> WalkNetwork:
        """The walk network."""
        return self.walk.links.network

    def map(
        self,
        category: str | None = None,
        *,
        season: str | None = None,
        lang: str = "both",
        basemap: str = "local",
        key: str | None = None,
        layers: Mapping[str, gpd.GeoDataFrame] | None = None,
    ) -> folium.Map:
        """Return a folium map that needs no network, unless an online basemap is asked for.

        Parameters
        ----------
        category
            What is shown first, such as ``primary_school``.
        season
            ``summer`` or ``winter``; the first of the run unless named.
        lang
            ``zh``, ``en`` or ``both``.
        basemap
            ``local``, drawn from the data; ``osm``; ``tianditu`` with a key of one's own; or an address of tiles in
            WGS 84 or CGCS2000 with ``{z}``, ``{x}`` and ``{y}`` (:func:`cfc_gis.maps.tiles.find`).
        key
            The key (tk) of 天地图; ``CFC_TIANDITU_KEY`` unless it is given. The page will hold it.
        layers
            Further layers by their names: points, lines or polygons with a CRS.

        Warns
        -----
        UserWarning
            When the page holds a key.

        Raises
        ------
        ChoiceUnknown
            On a category, season, language or basemap that does not exist.
        UserError
            On a basemap in GCJ-02 or BD-09, which is shifted against the data, and on a missing key.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="summer")
        >>> homes = result.neighbourhoods.head(3)[["name", "geometry"]]
        >>> type(result.map("primary_school", layers={"看一看": homes})).__mro__[1].__name__
        'Map'
        """
        return maps.build(
            self.tables,
            self.basemap,
            lang=lang,
            season=season or self.seasons[0],
            category=category,
            place=self.place,
            data_date=self.inputs[0]["data_date"],
            synthetic=self.synthetic,
            routes=self.routes,
            further=layers,
            online=maps.tiles.find(basemap, key),
        )

    def explain(
        self, neighbourhood_id: str, category: str, season: str | None = None, profile: str | None = None
    ) -> Explanation:
        """Explain how the child in the middle of a neighbourhood walks to the nearest facility of a category.

        Parameters
        ----------
        neighbourhood_id
            Id of the neighbourhood, or its name where no other has the same.
        category
            Category that is judged, such as ``primary_school``.
        season
            ``summer`` or ``winter``; the first of the run unless named.
        profile
            Who walks, such as ``age6_8_strict.winter``; the age group of the category unless named.

        Returns
        -------
        Explanation
            Its ``way`` holds route, minutes by what they are made of, and crossings; ``text("en")`` says it in words.

        Raises
        ------
        ChoiceUnknown
            When there is no such neighbourhood, category, season or profile, or several neighbourhoods of that name.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="winter")
        >>> why = result.explain("样例七十三小区", "primary_school")
        >>> why.way.minutes.total == result.access.query(
        ...     "neighbourhood_id == 'w552' and category == 'primary_school'")["minutes"].item()
        True
        >>> print("\\n".join(why.text("en").splitlines()[3:6]))
        Nearest facility: 样例第三小学 (Primary school; evidence: Strong: tag or name says so; w519)
        Walking time: 13.0 min: walking 11.6, snow and ice 1.4, waiting at crossings 0.0, ...
        Distance: walked 696 m; 404 m in a straight line between its ends; detour 1.72; the shortest way is 696 m
        """
        kind = choose.category(category)
        home = self.neighbourhoods.iloc[choose.row(self.neighbourhoods, "neighbourhood", neighbourhood_id)]
        who = choose.who(kind.age, self.seasons[0], season=season, profile=profile)
        found = explain.explain(self.walk, self.places, home, kind, by_category(self.all_standards)[category], who)
        return replace(found, ground=self._ground)

    @cached_property
    def _ground(self) -> Ground:
        names = "synthetic" if self.synthetic else "source"
        source = notebook.both(f"notebook.{names}")
        return Ground.of(self.basemap, self.network.lines, self.neighbourhoods.geometry.to_numpy(), source)

    def beyond(self, category: str, unit: str | None = None, *, season: str | None = None) -> pd.DataFrame:
        """Rank the neighbourhoods by children beyond the standard of every recorded facility: where to go and look.

        Parameters
        ----------
        category
            Category that is judged, such as ``primary_school``.
        unit
            Name or code of a district or sub-district, such as ``道里区``; the whole place unless named.
        season
            ``summer`` or ``winter``; the first of the run unless named.

        Returns
        -------
        DataFrame
            As :func:`cfc_gis.beyond.rank` says, in the order of the report: children beyond, way, facility, doubts.

        Raises
        ------
        ChoiceUnknown
            When there is no such category, unit or season.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="summer")
        >>> result.beyond("primary_school")["judgement"].unique().tolist()
        ['no_data']
        """
        kind = choose.category(category)
        who = choose.who(kind.age, self.seasons[0], season=season)
        tables = (self.neighbourhoods, self.access, self.facilities, self.units, self.gaps)
        return beyond.rank(*tables, category=kind, profile=who.name, standard=self.standards[category], unit=unit)

    def isochrone(
        self,
        *,
        facility_id: str | None = None,
        neighbourhood_id: str | None = None,
        minutes: Sequence[float] = isochrone.MINUTES,
        season: str | None = None,
        profile: str | None = None,
    ) -> gpd.GeoDataFrame:
        """Draw from where one can walk to a facility, or to where from a neighbourhood, and count the children inside.

        Parameters
        ----------
        facility_id, neighbourhood_id
            The one place that it lies around: its id, or its name where no other has the same.
        minutes
            One area for each.
        season
            ``summer`` or ``winter``; the first of the run unless named.
        profile
            Who walks; unless named, around a facility the age group that it is for, else a child aged 6 to 8.

        Returns
        -------
        GeoDataFrame
            As from :func:`cfc_gis.access.isochrone.isochrones`, with the unit whose children ``share`` speaks of: the
            sub-district in which the place lies, else the district, else the whole study area.

        Raises
        ------
        ChoiceUnknown
            When there is no such place, season or profile, or several places of that name.
        UserError
            When none or both of the places are named, or the minutes are not finite numbers above 0.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="summer")
        >>> found = result.isochrone(facility_id="样例第三小学")
        >>> found[["minutes", "children", "share", "unit_name"]].round(2)
           minutes  children  share unit_name
        0      5.0     68.72   0.13    样例北岸街道
        1     10.0    212.53   0.39    样例北岸街道
        2     15.0    499.70   0.73    样例北岸街道
        """
        if (facility_id is None) == (neighbourhood_id is None):
            raise UserError("isochrone_around")
        kind, named = ("neighbourhood", neighbourhood_id) if facility_id is None else ("facility", facility_id)
        table = self.neighbourhoods if facility_id is None else self.facilities
        row = choose.row(table, kind, str(named))
        place, around = table.iloc[row], isochrone.Around.row(self.places, kind, row)
        age = choose.PLANNERS_AGE if facility_id is None else choose.age_of(place["category"])
        who = choose.who(age, self.seasons[0], season=season, profile=profile)
        unit = isochrone.unit_at(self.units, place.geometry)
        children = isochrone.children_of(self.places, self.neighbourhoods, unit)
        return isochrone.isochrones(self.walk, self.places, around, children, who, minutes).assign(**unit)

    def measure(self, category: str, profile: str) -> pd.DataFrame:
        """Measure one category for any profile, such as a child in a wheelchair, or one who crosses at crossings only.

        Parameters
        ----------
        category
            Category that is judged, such as ``primary_school``.
        profile
            Who walks, and when: ``age3_5_stroller.winter``, ``age6_8_strict.summer``.

        Returns
        -------
        DataFrame
            :data:`cfc_gis.schema.ACCESS`, one row for each neighbourhood.

        Raises
        ------
        ChoiceUnknown
            When there is no such category or profile.

        Examples
        --------
        >>> import cfc_gis as cfc
        >>> result = cfc.Study.sample().run(season="summer")
        >>> strict = result.measure("primary_school", "age6_8_strict.summer")
        >>> both = strict.merge(result.access, on=["neighbourhood_id", "category"])
        >>> (both["share_within_x"] <= both["share_within_y"]).all()
        np.True_
        """
        kind = choose.category(category)
        age, _, season = profiles.profile(profile).name.partition(".")
        kinds = {category: replace(kind, age=age)}
        return measure.measure(self.walk, self.places, kinds, by_category(self.all_standards), [season]).access

    def manifest(self) -> dict[str, Any]:
        """Return inputs with hash and date, versions, parameters, and counts of all repaired or left out."""
        return manifest.manifest(vars(self))

    def save(
        self,
        path: str | Path,
        *,
        lang: str = "both",
        basemap: str = "local",
        key: str | None = None,
        progress: Progress = silent,
    ) -> Path:
        """Write the files of a run into a folder; earlier ones are replaced only when all are ready.

        Parameters
        ----------
        path
            The folder.
        lang
            ``zh``, ``en`` or ``both``, of the map and the report.
        basemap, key
            As of :meth:`map`, for ``map.html``; the report's map needs no network, and no other file holds the key.
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
        path, online = Path(path), maps.tiles.find(basemap, key)
        with writing.folder(path) as stage:
            progress("map")
            map_html = maps.to_html(self.map(lang=lang))
            own_page = map_html if online is None else maps.to_html(self.map(lang=lang, basemap=basemap, key=key))
            (stage / "map.html").write_text(own_page, encoding="utf-8")
            progress("report")
            told = self.manifest()
            page = report.render(
                self.tables, manifest=told, map_html=map_html, lang=lang, checked=self.checked, basemap=self.basemap
            )
            (stage / "report.html").write_text(page, encoding="utf-8")
            progress("save")
            delivery.write_tables(vars(self), self.sheet, stage)
            workbook.write(stage / "results.xlsx", handover.about(told), delivery.sheets(vars(self), self.sheet))
            writing.write_manifest(told | ({"basemap": online.name} if online else {}), stage)
        return path

    def scores(self, season: str, categories: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the score of every neighbourhood from 0 to 100, by category and over several of them.

        Parameters
        ----------
        season
            ``summer`` or ``winter``.
        categories
            Categories in the overall score; by default those that the data can judge over the whole study area. Of the
            others a low score may only mean that few facilities are recorded.

        Returns
        -------
        DataFrame
            By neighbourhood: a column for each category, of proven facilities, missing where the data know none of it;
            ``score``, the weighted mean of those chosen (:func:`cfc_gis.access.score.overall_score`), missing where
            there are none; ``categories`` and ``weight_known``, how many it rests on and their share of the weights.

        Examples
        --------
        >>> from cfc_gis.study import Study
        >>> result = Study.sample().run("summer")
        >>> bool(result.scores("summer", ["primary_school"])["score"].between(0, 100).all())
        True
        """
        return score.by_neighbourhood(self.access, self.gaps, season, categories)

    def sheet(self, level: str) -> pd.DataFrame:
        """Return one row for each unit of a level and season: people, coverage, and judgement by category.

        Parameters
        ----------
        level
            ``city``, ``district`` or ``subdistrict``. Those of districts also say how many of their people live outside
            every sub-district (``outside_...``), so that the sub-districts and these add up to the district.
        """
        units = delivery.with_outside(self.units, self.neighbourhoods) if level == "district" else self.units
        return delivery.by_unit(units, self.gaps, self.standards, self.seasons, level)

    def __repr__(self) -> str:
        size = f"{len(self.neighbourhoods):,} neighbourhoods, {len(self.facilities):,} facilities"
        return f"Result({self.place}, {' + '.join(self.seasons)}: {size})"

    def _repr_html_(self) -> str:
        season = self.seasons[0]
        said = notebook.both("notebook.result", place=self.place, season=locale.Words(f"season.{season}"))
        title = f"{said} {notebook.both('notebook.synthetic')}" if self.synthetic else said
        return report.glance.table(self.gaps, season, title=title)
