"""Table contracts: the one place where columns, units and allowed values are named.

A table is checked once, where it enters (:func:`check`); inner code trusts it. All faults of a table come in one
error. Missing text is ``None``/``NaN``, unreachable minutes and metres are NaN, and ids are text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from cfc_gis.contract import Column as Column  # noqa: PLC0414 - handed on
from cfc_gis.contract import Contract as Contract  # noqa: PLC0414 - handed on
from cfc_gis.contract import check as check  # noqa: PLC0414 - handed on

CATEGORIES = (
    "childcare", "kindergarten", "primary_school", "junior_school", "nine_year_school", "special_school",
    "paediatric_hospital", "health_centre", "play", "sport", "culture", "park", "ice_snow", "music",
    "child_friendly_space",
)  # fmt: skip
SCHOOLS = frozenset({"primary_school", "junior_school", "nine_year_school", "special_school"})
EVIDENCE = ("confirmed", "strong", "presumed", "unknown", "no")
PROVEN = ("confirmed", "strong")
LEVELS = ("city", "district", "subdistrict", "community", "neighbourhood")
JUDGEMENTS = ("meets", "gap", "below_reference", "undecided", "no_data")
CONFIDENCES = ("high", "medium", "low")
SEASONS = ("summer", "winter")
BANDS = ("children_0_2", "children_3_5", "children_6_11", "children_12_14")
ALL_CHILDREN = "children_0_14"
LAND_USES = (
    "residential", "education", "higher_education", "medical", "culture", "sport", "welfare", "community_service",
    "public_service", "park", "square", "grass", "reserve", "vacant", "brownfield", "construction", "other",
)  # fmt: skip
PLAN_ITEMS = ("protection_station", "child_supervisor", "child_director", "rehabilitation", "paediatric_emergency")
COUNTED = (*CATEGORIES, *PLAN_ITEMS)
POPULATION_SOURCES = ("buildings", "area", "raster", "table", "planned", "outside_census")


_AREA = ("Polygon", "MultiPolygon")
_ANY = ("Point", "LineString", "MultiLineString", *_AREA)


def _contract(name: str, key: tuple[str, ...], geometry: tuple[str, ...] = (), /, **columns: Column) -> Contract:
    return Contract(name, MappingProxyType(columns), key, geometry)


_CATEGORY = Column("text", "category of facility", allowed=CATEGORIES)
_PROFILE = Column("text", "profile, such as age6_8.summer")
_MINUTES = Column("count", "minutes on foot; NaN where unreachable", missing=True)
_METRES = Column(
    "count", "least metres along the network, the same in every season, with the last metres at both ends", missing=True
)
_PEOPLE = Column("count", "residents, estimated; missing outside every district of the census", missing=True)
_CHILDREN = Column("count", "children of this age band, estimated; missing outside the census", missing=True)
_CODE = Column("text", "code of the unit it lies in; missing outside every mapped unit", missing=True)

# --- what sources give ------------------------------------------------------------------------------------------

OSM_OBJECTS = _contract(
    "osm_objects", ("osm_id",), _ANY,
    osm_id=Column("text", "n, w or r and the number of the OSM object"),
    name=Column("text", "name, Chinese where there is one", missing=True),
    tags=Column("object", "all its tags, as a dict"),
)  # fmt: skip

STREETS = _contract(
    "streets", ("osm_id", "part"),
    osm_id=Column("text", "w and the number of the OSM way"),
    part=Column("count", "0, or the number of the part where a clipped way falls into several"),
    name=Column("text", "street name", missing=True),
    tags=Column("object", "all its tags, as a dict"),
)  # fmt: skip

STREET_POINTS = _contract(
    "street_points", (),
    street=Column("count", "row number in streets"),
    node_id=Column("count", "number of the OSM node"),
    lon=Column("number", "degrees east, WGS 84"),
    lat=Column("number", "degrees north, WGS 84"),
)  # fmt: skip

CENSUS = _contract(
    "census", ("unit_code",),
    unit_code=Column("text", "six-digit code of the district or county"),
    unit_name=Column("text", "its name"),
    population=_PEOPLE,
    population_urban=Column("count", "residents of its urban part", missing=True),
    children_0_2=_CHILDREN, children_3_5=_CHILDREN, children_6_11=_CHILDREN, children_12_14=_CHILDREN,
)  # fmt: skip

COUNTS = _contract(
    "counts", ("unit_code", "category"),
    unit_code=Column("text", "code of a city, district or sub-district"),
    category=Column("text", "category of facility, or what the plan asks each unit to have", allowed=COUNTED),
    sites=Column("count", "how many the unit officially has", missing=True),
    capacity=Column("count", "their seats, places or beds together", missing=True),
    enrolled=Column("count", "children enrolled in them together", missing=True),
    source=Column("text", "where the figure comes from"),
)  # fmt: skip

LAND_USE = _contract(
    "land_use", ("land_id",), _AREA,
    land_id=Column("text", "l and the layer's identifier or a hash of the shape, or the OSM id"),
    landuse=Column("text", "class of land use", allowed=LAND_USES),
    code=Column("text", "code of the survey or plan, or the OSM tag that decided"),
    name=Column("text", "name", missing=True),
    source=Column("text", "file, or osm"),
)  # fmt: skip

POINTS = _contract(
    "points", (),
    lon=Column("number", "degrees east, of any datum", missing=True),
    lat=Column("number", "degrees north, of any datum", missing=True),
)  # fmt: skip

NAMED_POINTS = _contract("named_points", (), name=Column("text", "name", missing=True), **POINTS.columns)

REGISTER = _contract(
    "register", ("register_id",),  # its geometry may be missing: a facility without a place is still in the list
    register_id=Column("text", "reg- and a digest of its official id, or of category, name and place"),
    row=Column("count", "row of the file, as the planner sees it"),
    name=Column("text", "name", missing=True),
    category=_CATEGORY,
    evidence=Column("text", "how sure its category is", allowed=EVIDENCE),
    evidence_reason=Column("text", "which column, code or word says so"),
    capacity=Column("count", "seats, places or beds", missing=True),
    capacity_source=Column("text", "register and column, and children per class where it counts classes", missing=True),
    enrolment=Column("count", "children enrolled", missing=True),
    opened=Column("count", "year in which it opened", missing=True),
    group=Column("text", "education group or medical alliance", missing=True),
    ownership=Column("text", "public or private", missing=True, allowed=("public", "private")),
    after_school=Column("flag", "whether it offers care after lessons", missing=True),
    address=Column("text", "address", missing=True),
    district=Column("text", "name of its district", missing=True),
    provider=Column("text", "whose coordinates they are, where the table says", missing=True),
    source=Column("text", "name of the register"),
    entrances=Column("object", "list of (longitude, latitude); may be empty"),
)  # fmt: skip

# --- what a study computes ---------------------------------------------------------------------------------------

UNITS = _contract(
    "units", ("level", "unit_code"), _AREA,
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "official code, or r and the number of the OSM relation"),
    unit_name=Column("text", "name"),
    parent_code=Column("text", "code of the unit above; missing for the city", missing=True),
    source=Column("text", "where its boundary comes from"),
    covered_area_share=Column("share", "share of its area inside the study area"),
    covered_people_share=Column("share", "estimated share of its people inside the study area", missing=True),
    covered_people_share_low=Column("share", "lower end of that share", missing=True),
    population=Column("count", "estimated residents of the covered part", missing=True),
    population_low=Column("count", "lower end of that estimate", missing=True),
    population_high=Column("count", "upper end of that estimate", missing=True),
    census_population=Column("count", "residents of the whole unit in the census", missing=True),
    population_rule=Column("text", "census: the whole unit is covered; floor_area: people from floor area; "
                           "census_cap: floor area would give more people than the census has; raster: the share "
                           "that a raster of people sees inside; table: a table counts residents", missing=True),
    children_0_2=_CHILDREN, children_3_5=_CHILDREN, children_6_11=_CHILDREN, children_12_14=_CHILDREN,
)  # fmt: skip

NEIGHBOURHOODS = _contract(
    "neighbourhoods", ("neighbourhood_id",), _AREA,
    neighbourhood_id=Column("text", "OSM id of the compound, land_id of residential land, or g and the grid cell"),
    name=Column("text", "name of the compound", missing=True),
    district_code=_CODE, subdistrict_code=_CODE, community_code=_CODE,
    urban_rural=Column("text", "urban, rural or unknown", allowed=("urban", "rural", "unknown")),
    population=_PEOPLE,
    children_0_2=_CHILDREN, children_3_5=_CHILDREN, children_6_11=_CHILDREN, children_12_14=_CHILDREN,
    population_source=Column("text", "what its people were spread by (mapped homes, land, a raster), a table that "
                             "counts its children, or outside_census", allowed=POPULATION_SOURCES),
    edge_affected=Column("flag", "the border of the data is nearer than the longest standard reaches"),
)  # fmt: skip

ORIGINS = _contract(
    "origins", ("origin_id",), ("Point",),
    origin_id=Column("text", "OSM id of the building, or the neighbourhood and a point number"),
    neighbourhood_id=Column("text", "neighbourhood it belongs to"),
    weight=Column("share", "its share of the neighbourhood's children"),
    edge=Column("number", "edge of the walk network it is snapped to; -1 where none is near enough"),
    offset_m=Column("count", "metres from the start of that edge", missing=True),
    snap_m=Column("count", "metres from the origin to that position", missing=True),
)  # fmt: skip

FACILITIES = _contract(
    "facilities", ("facility_id",), _ANY,
    facility_id=Column("text", "OSM id of its main object"),
    name=Column("text", "name", missing=True),
    category=_CATEGORY,
    care_level=Column("text", "of hospitals", missing=True, allowed=("community", "district", "regional")),
    evidence=Column("text", "how sure its category is", allowed=EVIDENCE),
    evidence_reason=Column("text", "which tag or word says so"),
    capacity=Column("count", "seats, places or beds", missing=True),
    capacity_source=Column("text", "where the capacity comes from", missing=True),
    enrolment=Column("count", "children enrolled", missing=True),
    group=Column("text", "education group or medical alliance", missing=True),
    ownership=Column("text", "public or private", missing=True, allowed=("public", "private")),
    indoor=Column("flag", "whether it is used indoors"),
    season=Column("text", "when it can be used", allowed=("all", *SEASONS)),
    osm_ids=Column("text", "all OSM objects of the site, joined by ;"),
    source=Column("text", "osm, or the name of the register"),
    entrances=Column("object", "list of (x, y) in the projected CRS; at least one"),
)  # fmt: skip

TRAVEL = _contract(
    "travel", ("origin_id", "facility_id"),
    origin_id=Column("text", "where walking starts"),
    facility_id=Column("text", "facility that is reached from there; a pair that is not listed is not reachable"),
    minutes=Column("count", "minutes on foot; another cost may stand in another column"),
)  # fmt: skip

ACCESS = _contract(
    "access", ("neighbourhood_id", "category", "profile"),
    neighbourhood_id=Column("text", "neighbourhood"),
    category=_CATEGORY,
    profile=_PROFILE,
    minutes=_MINUTES,
    minutes_low=Column("count", "the same at the low end of what snow and ice may add", missing=True),
    minutes_high=Column("count", "the same at the high end", missing=True),
    metres=_METRES,
    way_metres=Column("count", "metres of the quickest way, which may be longer than the shortest", missing=True),
    crossings=Column("count", "carriageways of main roads that the quickest way crosses", missing=True),
    straight_metres=Column("count", "straight line from the same home to the nearest proven facility", missing=True),
    facility_id=Column("text", "facility that the quickest way leads to, of those that the data prove", missing=True),
    second_minutes=Column("count", "minutes to the second nearest of those", missing=True),
    n_within=Column("count", "how many of them a child has within the standard, on average"),
    supply_ratio=Column("count", "seats, places or beds for each child within the standard (2SFCA); missing where a "
                        "capacity is not known", missing=True),
    score=Column("count", "0 to 100: 50 at the standard, 0 where nothing is reached; missing where the data know no "
                 "facility of the category", missing=True),
    minutes_presumed=Column("count", "minutes to the nearest, presumed ones counted too", missing=True),
    share_unreached=Column("share", "share of its children from whom no way at all leads to a proven facility"),
    share_unconnected=Column("share", "share of its children whose home is not on the network"),
    depth=Column("share", "mean over its children of min(1, excess distance / standard): 0 within it, 1 unreachable",
                 missing=True),
    depth_squared=Column("share", "the same, squared for each child before the mean is taken", missing=True),
    share_within=Column("share", "share of its children within the standard of the category", missing=True),
    share_within_presumed=Column("share", "the same, counting presumed facilities too", missing=True),
    share_beyond=Column("share", "share of its children not within it who live so near the border of the data that a "
                        "facility beyond it may be within"),
    edge_affected=Column("flag", "a nearer facility may lie beyond the border of the data"),
)  # fmt: skip

ROUTES = _contract(
    "routes", ("neighbourhood_id", "category", "profile"), ("LineString",),
    neighbourhood_id=Column("text", "neighbourhood"),
    category=_CATEGORY,
    profile=_PROFILE,
    walk=Column("count", "minutes of walking, slopes included"),
    ice=Column("count", "minutes that snow and ice add"),
    wait=Column("count", "minutes of waiting at crossings"),
    barrier=Column("count", "minutes that dangerous crossings add because they put the child off"),
)  # fmt: skip

CIRCLES = _contract(
    "circles", ("neighbourhood_id", "category", "profile", "standard_id"),
    neighbourhood_id=Column("text", "neighbourhood"),
    category=_CATEGORY,
    profile=_PROFILE,
    standard_id=Column("text", "standard in minutes"),
    share_within=Column("share", "share of its children within it"),
    share_least=Column("share", "the same at the high end of what snow and ice may add"),
    share_most=Column("share", "the same at the low end"),
)  # fmt: skip

WINTER = _contract(
    "winter", ("level", "unit_code", "standard_id"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    standard_id=Column("text", "standard in minutes"),
    minutes=Column("count", "its threshold"),
    children=Column("count", "children whom it speaks of, estimated"),
    share_summer=Column("share", "share of them within it in summer, by proven facilities", missing=True),
    share_winter=Column("share", "the same in winter, a scenario", missing=True),
    lost_share=Column("number", "share of the children who lose it in winter; below 0 where more is open then",
                      missing=True),
    lost_share_low=Column("number", "the same at the low end of what snow and ice may add", missing=True),
    lost_share_high=Column("number", "the same at the high end", missing=True),
    lost_children=Column("number", "lost_share as children", missing=True),
)  # fmt: skip

ISOLATED = _contract(
    "isolated", ("kind", "id", "category", "reason"), ("Point",),
    kind=Column("text", "neighbourhood or facility", allowed=("neighbourhood", "facility")),
    id=Column("text", "its id"),
    name=Column("text", "its name", missing=True),
    category=Column("text", "category that cannot be reached, or of the facility; all: the place is off the network"),
    reason=Column("text", "why", allowed=("no_street", "island", "no_way", "nobody_near")),
    share=Column("share", "share of the neighbourhood's children whom it concerns; 1 for a facility"),
    children=Column("count", "those children, of all ages, estimated", missing=True),
)  # fmt: skip

COMPLETENESS = _contract(
    "completeness", ("level", "unit_code", "category"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit"),
    category=_CATEGORY,
    completeness=Column("share", "share of the facilities that exist which are found", missing=True),
    completeness_low=Column("share", "its low end: what judgements rest on", missing=True),
    found=Column("count", "facilities found; missing where it is inherited", missing=True),
    counted=Column("count", "how many there are; missing where it is inherited", missing=True),
    basis=Column("text", "what tells of it",
                 allowed=("own_count", "register", "capture_recapture", "inherited", "none")),
    reasons=Column("text", "keys of the locale section reason, joined by ;"),
)  # fmt: skip

GAPS = _contract(
    "gaps", ("level", "unit_code", "indicator", "profile"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    indicator=Column("text", "what is measured, such as primary_school.within_standard"),
    category=_CATEGORY,
    profile=_PROFILE,
    children=Column("count", "children of the right age in the covered part whom the standard speaks of, estimated"),
    share_low=Column("share", "share within the standard that the data prove", missing=True),
    share_presumed=Column("share", "the same, counting presumed facilities too", missing=True),
    share_high=Column("share", "share that is possible; 1 without an independent count", missing=True),
    share_beyond=Column("share", "part of it: who may be served from beyond the border of the data", missing=True),
    share_unconnected=Column("share", "part of it: whose homes are not on the walk network", missing=True),
    completeness=Column("share", "share of the real facilities that the data hold; missing without a count",
                        missing=True),
    target_share=Column("share", "share that the planner wants"),
    shortfall_low=Column("count", "fewest children short of the target", missing=True),
    shortfall_high=Column("count", "most children short of the target", missing=True),
    depth=Column("share", "mean over all its children of min(1, excess distance / standard), as FGT-1", missing=True),
    severity=Column("count", "0 to 3", missing=True),
    judgement=Column("text", "judgement", allowed=JUDGEMENTS),
    confidence=Column("text", "how sure we can be", allowed=CONFIDENCES),
    reasons=Column("text", "keys of the locale section reason, joined by ;"),
    settled_by=Column("text", "what would settle an open judgement: keys of the locale section settle, joined by ;"),
    standard_id=Column("text", "standard that decides"),
    phase=Column("text", "2025 or 2035", missing=True),
    body=Column("text", "responsible body"),
    domain=Column("text", "domain of the plan"),
)  # fmt: skip

INTERVALS = _contract(
    "intervals", ("level", "unit_code", "category", "profile"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    profile=_PROFILE,
    completeness_low=Column("share", "c: share of the real facilities that the data hold, at least"),
    share_found=Column("share", "share of the children with a found facility", missing=True),
    share_once=Column("share", "f1: share of the children with exactly one", missing=True),
    sum_squares=Column("count", "sum over the found facilities of a^2, a the share of the children that one serves",
                       missing=True),
    share_typical=Column("share", "A: root mean square of a over the units of the level", missing=True),
    odds=Column("count", "r = (1 - c) / c; missing where c is below 0.5", missing=True),
    share_possible=Column("share", "share that is possible by the formula", missing=True),
    share_presumed=GAPS.columns["share_presumed"],
    share_beyond=GAPS.columns["share_beyond"],
    share_unconnected=GAPS.columns["share_unconnected"],
    share_high=Column("share", "min(1, the larger of possible and presumed + beyond + unconnected)", missing=True),
)  # fmt: skip

INDICATORS = _contract(
    "indicators", ("level", "unit_code", "indicator", "phase"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit, also outside the study area"),
    unit_name=Column("text", "its name", missing=True),
    indicator=Column("text", "what the plan asks for, such as childcare.places"),
    value=Column("number", "what is known of it; missing where nothing is", missing=True),
    value_low=Column("number", "the least that the data prove", missing=True),
    value_high=Column("number", "the most that is possible; missing where nobody knows", missing=True),
    unit=Column("text", "unit of measure"),
    target=Column("number", "what the plan asks of the unit", missing=True),
    shortfall=Column("count", "how much is missing at least; missing where it is not known", missing=True),
    phase=Column("text", "year of the target"),
    body=Column("text", "responsible body"),
    domain=Column("text", "domain of the plan"),
    judgement=Column("text", "judgement; missing for an amount that has no target", missing=True, allowed=JUDGEMENTS),
    confidence=Column("text", "how sure we can be", allowed=CONFIDENCES),
    reasons=Column("text", "keys of the locale section plan_reason, joined by ;"),
    settled_by=Column("text", "what would settle an open judgement: keys of the locale section settle, joined by ;"),
    source=Column("text", "where the target comes from"),
    basis=Column("text", "what the value rests on", allowed=("count", "register", "recorded", "census", "none")),
)  # fmt: skip


UPGRADE_KINDS = ("better_data", "confirm", "clear_ice", "indoor", "gate", "crossing", "path", "new_site", "seats")

UPGRADES = _contract(
    "upgrades", ("level", "unit_code", "category", "profile", "kind", "first"),
    level=Column("text", "level", allowed=LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    profile=_PROFILE,
    kind=Column("text", "kind of upgrade", allowed=UPGRADE_KINDS),
    first=Column("flag", "first choice: these children add up to those not served; else beside it"),
    children=Column("count", "children whom it concerns, estimated"),
    share=Column("share", "the same as a share of the children of the gap"),
    neighbourhoods=Column("count", "neighbourhoods in which they live"),
    facility_id=Column("text", "facility that at least half of them are concerned by", missing=True),
    facility_name=Column("text", "its name", missing=True),
    street=Column("text", "main road that at least half of them are cut off by", missing=True),
    judgement=Column("text", "of the gap", allowed=JUDGEMENTS),
    confidence=Column("text", "of the gap", allowed=CONFIDENCES),
    reasons=Column("text", "of the gap"),
)  # fmt: skip

REMEDIES = _contract(
    "remedies", ("neighbourhood_id", "category", "profile", "kind", "first", "facility_id", "street"),
    neighbourhood_id=Column("text", "neighbourhood"),
    category=_CATEGORY,
    profile=_PROFILE,
    kind=Column("text", "kind of upgrade", allowed=UPGRADE_KINDS),
    first=Column("flag", "first choice: these shares add up to the children not served; else beside it"),
    facility_id=Column("text", "facility concerned", missing=True),
    street=Column("text", "main road concerned", missing=True),
    share=Column("share", "share of the neighbourhood's children"),
)  # fmt: skip

PRIORITIES = _contract(
    "priorities", ("level", "unit_code", "category", "profile"),
    level=Column("text", "district or subdistrict", allowed=("district", "subdistrict")),
    order=Column("text", "shortfall; find_out: no data, to be found out first; untold: the data cannot tell it apart",
                 allowed=("shortfall", "find_out", "untold")),
    rank=Column("count", "1 for the first of its level and order; missing where the order is untold", missing=True),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    profile=_PROFILE,
    children=Column("count", "children who are not proven to be served, estimated"),
    judgement=Column("text", "of the gap", allowed=JUDGEMENTS),
    severity=Column("count", "0 to 3", missing=True),
    confidence=Column("text", "of the gap", allowed=CONFIDENCES),
    kind=Column("text", "first-choice upgrade that concerns most of them", allowed=UPGRADE_KINDS),
    kind_children=Column("count", "how many it concerns"),
)  # fmt: skip


@dataclass(frozen=True)
class OsmTables:
    """What a source of OpenStreetMap data gives, the same whether read from an extract or pulled live.

    Parameters
    ----------
    objects
        Places, land use, buildings, barriers, water and railways (:data:`OSM_OBJECTS`), EPSG:4326.
    admin
        Administrative boundaries that close, with the same columns, EPSG:4326.
    streets, street_points
        Ways of the street network and their nodes in order (:data:`STREETS`, :data:`STREET_POINTS`).
    bounds
        West, south, east, north of the data, in degrees.
    set_aside
        ``osm_id`` and ``reason`` of every object that could not be used.
    counts
        What was read, repaired and set aside.
    provenance
        File, sha256, date of the data, licence, and how it was read.
    cut
        ``osm_id``, ``name``, ``tags`` and the points that are left (EPSG:4326) of polygons that the border of the data
        has cut; of streets, the ends at which they are cut. None where all comes whole.
    """

    objects: gpd.GeoDataFrame
    admin: gpd.GeoDataFrame
    streets: pd.DataFrame
    street_points: pd.DataFrame
    bounds: tuple[float, float, float, float]
    set_aside: pd.DataFrame
    counts: Mapping[str, int]
    provenance: Mapping[str, str]
    cut: gpd.GeoDataFrame | None = None
