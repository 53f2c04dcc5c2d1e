"""Make the sample town: a synthetic OSM extract and a census table, the same bytes on every machine.

The plan is in ``sample_town_plan``; here it is drawn and written. Run from the checkout::

    python scripts/make_sample_town.py            # writes into cfc_gis/resources/sample_town
    python scripts/make_sample_town.py FOLDER
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import osmium
from osmium.osm import mutable
from sample_town_plan import (
    AVENUE_KIND,
    AVENUES,
    BRIDGES,
    CENSUS,
    CENSUS_COLUMNS,
    EAST,
    FAR,
    ISLAND,
    JUNCTIONS,
    LAT,
    LON,
    MARGIN,
    METRES_PER_LAT,
    METRES_PER_LON,
    MOTORWAY,
    NORTH,
    NORTH_AVENUES,
    NORTH_BLOCKS,
    NORTH_STREETS,
    PLAYGROUNDS,
    SOUTH,
    SOUTH_BLOCKS,
    SOUTH_STREETS,
    STREET_KIND,
    UNITS,
    WEST,
    XY,
)

OUT = Path(__file__).resolve().parent.parent / "cfc_gis" / "resources" / "sample_town"
SEED = 20240601
DATE = datetime(2024, 6, 1, tzinfo=UTC)

Thing = TypeVar("Thing", mutable.Node, mutable.Way, mutable.Relation)
Tags = dict[str, str]


def numeral(number: int) -> str:
    """Return a number below 100 in Chinese.

    >>> numeral(3), numeral(10), numeral(21)
    ('三', '十', '二十一')
    """
    digits = " 一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + digits[ones].strip()


@dataclass
class Town:
    """Objects drawn so far. Points at the same place and level are one node, so that streets join."""

    node_at: dict[tuple[float, float, int], int] = field(default_factory=dict)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], Tags]] = field(default_factory=list)
    on_lines: dict[tuple[str, float], set[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))

    def number(self, what: str) -> int:
        """Return 1 for the first thing of a kind, 2 for the second, and so on."""
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    def node(self, x: float, y: float, tags: Tags | None = None, level: int = 0) -> int:
        """Return the number of the node at a place; tags are added to those it has."""
        number = self.node_at.setdefault((round(x, 2), round(y, 2), level), len(self.node_at) + 1)
        self.node_tags.setdefault(number, {}).update(tags or {})
        return number

    def way(self, points: list[XY], tags: Tags, level: int = 0) -> int:
        """Draw a line; returns its number."""
        self.ways.append(([self.node(x, y, level=level) for x, y in points], tags))
        return len(self.ways)

    def area(self, x0: float, y0: float, x1: float, y1: float, tags: Tags, gate: XY | None = None) -> int:
        """Draw a rectangle; a gate becomes a point of its west or east side."""
        east, west = [(x1, y0), (x1, y1)], [(x0, y1), (x0, y0)]
        if gate:
            (east if gate[0] == x1 else west).insert(1, gate)
        return self.way([*east, *west, east[0]], tags)

    def join(self, x: float, y: float) -> None:
        """Make a place a node of the avenue and the street that pass it."""
        self.on_lines.setdefault(("avenue", x), set()).add(y)
        self.on_lines.setdefault(("street", y), set()).add(x)


def named(name: str, english: str, **tags: str) -> Tags:
    """Return tags with a name in both languages."""
    return {**tags, "name": name, "name:en": english}


# --- lots ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lot:
    """A rectangle, and the end of the path that leads to its gate."""

    x0: float
    y0: float
    x1: float
    y1: float
    lane: XY

    @property
    def middle(self) -> XY:
        """Its middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def gate(self) -> XY:
        """The point of its outline that faces the lane."""
        return (self.x1 if self.lane[0] > self.x0 else self.x0), self.middle[1]


def compound(town: Town, lot: Lot, name: str | None = None) -> None:
    """Draw a residential area with its name."""
    number = town.number("compound")
    names = named(name or f"样例{numeral(number)}小区", f"Sample Compound {number}")
    town.area(lot.x0, lot.y0, lot.x1, lot.y1, {"landuse": "residential", **names})


def slabs(town: Town, lot: Lot) -> None:
    """Draw rows of slab blocks, of varying length."""
    kind = town.chance.choice(("apartments", "apartments", "residential"))
    rows = int((lot.y1 - lot.y0) // 42)
    for row in range(rows):
        y = lot.y0 + 14 + row * 42
        length = town.chance.randrange(60, 92, 4)
        town.area(lot.x0 + 8, y, min(lot.x0 + 8 + length, lot.x1 - 4), y + 12, {"building": kind})


def towers(town: Town, lot: Lot) -> None:
    """Draw six towers with their storeys."""
    for row in range(3):
        for column in range(2):
            x, y = lot.x0 + 10 + column * 50, lot.y0 + 20 + row * 66
            storeys = town.chance.choice((11, 18, 18, 26, 33))
            town.area(x, y, x + 24, y + 22, {"building": "apartments", "building:levels": str(storeys)})


def path_to_gate(town: Town, lot: Lot, kind: str = "footway") -> None:
    """Lead a path from the lane through the outline into the lot."""
    town.way([lot.lane, lot.gate, lot.middle], {"highway": kind})


def site(town: Town, lot: Lot, tags: Tags, building: str) -> None:
    """Draw one real site as mappers do: its ground, a building and a node, all of one name."""
    x, y = lot.middle
    town.node(*lot.gate, {"barrier": "gate", "entrance": "main"})
    town.area(lot.x0, lot.y0, lot.x1, lot.y1, tags, lot.gate)
    town.area(x - 30, y + 30, x + 30, y + 48, {"building": building, "name": tags["name"]})
    keep = {key: value for key, value in tags.items() if key in {"amenity", "name"}}
    town.node(x, y + 20, keep)
    path_to_gate(town, lot)


def school(town: Town, lot: Lot, name: str, english: str) -> None:
    """Draw a school with a pitch."""
    site(town, lot, named(name, english, amenity="school"), "school")
    x, y = lot.middle
    town.area(x - 30, y - 90, x + 30, y - 40, {"leisure": "pitch", "sport": "athletics", "access": "private"})


def kindergarten(town: Town, lot: Lot) -> None:
    """Draw a kindergarten."""
    number = town.number("kindergarten")
    names = named(f"样例第{numeral(number)}幼儿园", f"Sample Kindergarten {number}", amenity="kindergarten")
    site(town, lot, names, "kindergarten")


def park(town: Town, lot: Lot) -> None:
    """Draw a park with a path; some have a playground."""
    number = town.number("park")
    town.area(
        lot.x0, lot.y0, lot.x1, lot.y1, named(f"样例{numeral(number)}公园", f"Sample Park {number}", leisure="park")
    )
    path_to_gate(town, lot)
    x, y = lot.middle
    if ("park", number - 1) in PLAYGROUNDS:
        town.area(x - 20, y + 20, x + 10, y + 45, {"leisure": "playground"})
    if number == 2:  # its inner paths touch no street: a component of its own, too small to snap to
        town.way([(x + 20, y - 60), (x + 40, y - 60), (x + 40, y - 85)], {"highway": "footway"})
    if number == 1:
        town.way([(x, y), (x, y - 20)], {"highway": "steps", "step_count": "12"})
        town.way([(x, y - 20), (x, y - 80)], {"highway": "path"})


def gated(town: Town, lot: Lot) -> None:
    """Draw a compound behind a wall with one gate that only residents pass."""
    compound(town, lot, "样例封闭小区")
    slabs(town, lot)
    town.node(*lot.gate, {"barrier": "gate", "access": "private"})
    town.area(lot.x0 + 1, lot.y0 + 1, lot.x1, lot.y1 - 1, {"barrier": "wall"}, lot.gate)
    path_to_gate(town, lot)


def hospital(town: Town, lot: Lot, name: str, english: str, tags: Tags) -> None:
    """Draw a hospital."""
    site(town, lot, named(name, english, amenity="hospital") | tags, "hospital")


def single(town: Town, lot: Lot, tags: Tags) -> None:
    """Draw a place that is one building on its lot."""
    x, y = lot.middle
    town.area(x - 25, y - 15, x + 25, y + 15, tags)
    path_to_gate(town, lot)


def market(town: Town, lot: Lot) -> None:
    """Draw a shopping block with a service alley through it."""
    town.area(lot.x0, lot.y0, lot.x1, lot.y1, named("样例商业街", "Sample Market", landuse="retail"))
    x = lot.middle[0]
    low, high = lot.y0 - 15, lot.y1 + 15
    town.join(x, low)
    town.join(x, high)
    town.way([(x, low), (x, high)], {"highway": "service", "service": "alley"})


def primary_school(town: Town, lot: Lot) -> None:
    """Draw the next primary school."""
    number = town.number("primary")
    school(town, lot, f"样例第{numeral(number)}小学", f"Sample Primary School {number}")


def health_centre(town: Town, lot: Lot) -> None:
    """Draw the next community health centre."""
    number = town.number("centre")
    names = (f"样例{numeral(number)}社区卫生服务中心", f"Sample Community Health Centre {number}")
    single(town, lot, named(*names, amenity="clinic", healthcare="centre", building="yes"))


def pitches(town: Town, lot: Lot) -> None:
    """Draw two pitches that anyone may use."""
    x, y = lot.middle
    town.area(x - 14, y - 8, x + 14, y + 8, {"leisure": "pitch", "sport": "basketball"})
    town.area(x - 40, y + 30, x + 40, y + 80, {"leisure": "pitch", "sport": "soccer"})
    path_to_gate(town, lot)


def estate(town: Town, lot: Lot) -> None:
    """Draw a compound of slab blocks."""
    compound(town, lot)
    slabs(town, lot)


def tower_estate(town: Town, lot: Lot) -> None:
    """Draw a compound of towers."""
    compound(town, lot)
    towers(town, lot)


def estate_with_kindergarten(town: Town, lot: Lot) -> None:
    """Draw a compound with a kindergarten that is mapped as a node alone."""
    estate(town, lot)
    x, y = lot.middle
    town.node(x + 35, y, named("样例阳光幼儿园", "Sample Sunshine Kindergarten", amenity="kindergarten"))


PAEDIATRICS = {"healthcare": "hospital", "healthcare:speciality": "paediatrics"}
LIBRARY = named("样例市图书馆", "Sample City Library", amenity="library", building="yes")
RINK = named("样例冰场", "Sample Ice Rink", leisure="ice_rink", sport="ice_skating")

DRAW: dict[str, Callable[[Town, Lot], None]] = {
    "R": estate,
    "T": tower_estate,
    "r": compound,
    "k": estate_with_kindergarten,
    "G": gated,
    "O": slabs,
    "S": primary_school,
    "J": lambda town, lot: school(town, lot, "样例实验初级中学", "Sample Experimental Junior School"),
    "N": lambda town, lot: school(town, lot, "样例九年一贯制学校", "Sample Nine-Year School"),
    "3": lambda town, lot: school(town, lot, "样例市第三中学", "Sample No. 3 Middle School"),
    "X": lambda town, lot: school(town, lot, "样例驾校", "Sample Driving School"),
    "K": kindergarten,
    "H": lambda town, lot: hospital(town, lot, "样例市儿童医院", "Sample Children's Hospital", PAEDIATRICS),
    "h": lambda town, lot: hospital(town, lot, "样例市中心医院", "Sample Central Hospital", {}),
    "C": health_centre,
    "P": park,
    "F": pitches,
    "L": lambda town, lot: single(town, lot, LIBRARY),
    "I": lambda town, lot: single(town, lot, RINK),
    "M": market,
}


def blocks(town: Town, rows: tuple[str, ...], streets: tuple[int, ...]) -> None:
    """Draw every block of a part of the town: two lots, and the lane between them from street to street."""
    for row, (low, high) in zip(rows, pairwise(streets), strict=True):
        for pair, (left, right) in zip(row.split(), pairwise(AVENUES), strict=False):
            if pair == "..":
                continue
            lane, middle = (left + right) / 2, (low + high) / 2
            town.join(lane, low)
            town.join(lane, high)
            town.way([(lane, low), (lane, middle), (lane, high)], {"highway": "footway"})
            for kind, west, east in ((pair[0], left + 15, lane - 8), (pair[1], lane + 8, right - 15)):
                if kind in DRAW:
                    DRAW[kind](town, Lot(west, low + 15, east, high - 15, (lane, middle)))


# --- streets, water, boundaries -----------------------------------------------------------------------------------


def draw_streets(town: Town) -> None:
    """Draw avenues and streets through all points that lie on them, the bridges, and the motorway."""
    for x in AVENUES:
        tags = named(f"样例{numeral(AVENUES.index(x) + 1)}路", f"Sample Avenue {AVENUES.index(x) + 1}")
        tags["highway"] = AVENUE_KIND.get(x, "residential")
        inner = town.on_lines.get(("avenue", x), set()) | set(SOUTH_STREETS)
        town.way([(x, y) for y in sorted(inner) if y <= SOUTH_STREETS[-1]], tags)
        if x in NORTH_AVENUES:
            inner = town.on_lines.get(("avenue", x), set()) | set(NORTH_STREETS)
            town.way([(x, y) for y in sorted(inner) if y >= NORTH_STREETS[0]], tags)
        if x in BRIDGES:
            span: list[XY] = [(x, SOUTH_STREETS[-1]), (x, 1470), (x, 1630), (x, NORTH_STREETS[0])]
            town.way(span[:2], tags)
            town.way(span[1:3], {**tags, "bridge": "yes", "layer": "1", "sidewalk": "both"})
            town.way(span[2:], tags)
    for number, y in enumerate((*SOUTH_STREETS, *NORTH_STREETS), 1):
        tags = named(f"样例{numeral(number)}街", f"Sample Street {number}", highway=STREET_KIND.get(y, "residential"))
        if y == 600:
            tags = tags | named("样例大街", "Sample High Street", sidewalk="both")
        avenues = AVENUES if y in SOUTH_STREETS else NORTH_AVENUES
        xs = sorted(town.on_lines.get(("street", y), set()) | set(avenues))
        if y == 600 or y in NORTH_STREETS:
            town.way([(x, y) for x in xs], tags)
        else:  # the motorway cuts it
            town.way([(x, y) for x in xs if x <= 2350], tags)
            town.way([(x, y) for x in xs if x >= 2600], tags)
    motorway = named("样例高速公路", "Sample Motorway", highway="motorway", oneway="no")
    town.way([(MOTORWAY, -40), (MOTORWAY, 570)], motorway, level=1)
    town.way([(MOTORWAY, 570), (MOTORWAY, 630)], {**motorway, "bridge": "yes", "layer": "1"}, level=1)
    town.way([(MOTORWAY, 630), (MOTORWAY, 1450)], motorway, level=1)
    town.way([(2350, 1100), (2440, 1100)], {"highway": "footway"})
    town.way([(2440, 1100), (2452, 1100)], {"highway": "steps", "step_count": "30"})
    bridge = named("样例过街天桥", "Sample Footbridge", highway="footway", bridge="yes", layer="2")
    town.way([(2452, 1100), (2498, 1100)], bridge)
    town.way([(2498, 1100), (2510, 1100)], {"highway": "steps", "step_count": "30"})
    town.way([(2510, 1100), (2600, 1100)], {"highway": "footway"})
    town.node(850, 600, {"highway": "crossing", "crossing": "traffic_signals"})
    town.node(1600, 1100, {"highway": "crossing", "crossing": "uncontrolled"})
    town.node(1860, 1108, {"highway": "bus_stop", "name": "儿童医院"})


def draw_outskirts(town: Town) -> None:
    """Draw the river, the lake with its island, and the compound far from everything."""
    river = named("样例河", "Sample River")
    town.way([(WEST, 1550), (1400, 1545), (EAST, 1555)], {"waterway": "river", **river})
    town.area(WEST, 1480, EAST, 1620, {"natural": "water", "water": "river", **river})
    outer = town.area(2350, 1900, 2900, 2450, {})
    inner = town.area(2450, 2030, 2780, 2310, {})
    lake = named("样例湖", "Sample Lake", type="multipolygon", natural="water", water="lake")
    town.relations.append(([("w", outer, "outer"), ("w", inner, "inner")], lake))
    loop: list[XY] = [(2470, 2045), (2760, 2045), (2760, 2295), (2470, 2295), (2470, 2045)]
    town.way(loop, {"highway": "footway"})
    town.way([(2615, 2045), (2615, 2295)], {"highway": "footway"})
    town.ways[-2][0].insert(1, town.node(2615, 2045))
    town.ways[-2][0].insert(4, town.node(2615, 2295))
    for number, (x0, y0, x1, y1) in enumerate(ISLAND, 1):
        lot = Lot(x0, y0, x1, y1, (2615, (y0 + y1) / 2))
        compound(town, lot, f"样例湖心岛{numeral(number)}小区")
        slabs(town, lot)
    far = Lot(*FAR, (120, 2470))
    compound(town, far, "样例远村")
    slabs(town, far)
    lane = named("样例远村路", "Sample Far Village Road", highway="unclassified")
    town.way([(120, 2400), (120, 2470), (1600, 2470), (1600, 2200)], lane)


def draw_traps(town: Town) -> None:
    """Draw places whose names or tags mislead."""
    town.node(420, 640, named("样例盲人按摩", "Sample Massage", shop="massage"))
    town.node(1150, 880, named("样例儿童福利院", "Sample Children's Home", amenity="school"))
    town.node(1700, 380, named("样例妇儿用品", "Sample Baby Goods", shop="baby_goods"))
    town.node(1700, 640, named("样例口腔医院", "Sample Dental Hospital", amenity="hospital"))


def draw_boundaries(town: Town) -> None:
    """Draw each stretch of boundary once, and the units that share it."""
    stretches: dict[str, int] = {}
    for unit in UNITS:
        members = []
        for start, end in pairwise(unit.outline + unit.outline[0]):
            key = min(start + end, end + start)
            if key not in stretches:
                line = [JUNCTIONS[key[0]], JUNCTIONS[key[1]]]
                stretches[key] = town.way(line, {"boundary": "administrative", "admin_level": "8"}, level=9)
            members.append(("w", stretches[key], "outer"))
        tags = named(unit.name, unit.english, type="boundary", boundary="administrative", admin_level=unit.level)
        town.relations.append((members, {**tags, "division_code": unit.code}))


def draw() -> Town:
    """Draw the whole town."""
    town = Town()
    blocks(town, SOUTH_BLOCKS, SOUTH_STREETS)
    blocks(town, NORTH_BLOCKS, NORTH_STREETS)
    draw_streets(town)
    draw_outskirts(town)
    draw_traps(town)
    draw_boundaries(town)
    return town


# --- files --------------------------------------------------------------------------------------------------------


def lonlat(x: float, y: float) -> XY:
    """Return longitude and latitude of a place in the town."""
    return round(LON + x / METRES_PER_LON, 7), round(LAT + y / METRES_PER_LAT, 7)


def stamped(thing: Thing, tags: Tags) -> Thing:
    """Give an object its tags and the same history as every other."""
    thing.tags = tags | {"source": "synthetic"}
    thing.version, thing.changeset, thing.timestamp, thing.visible = 1, 1, DATE, True
    thing.uid, thing.user = 1, "synthetic"
    return thing


def write_extract(town: Town, path: Path) -> None:
    """Write the town as a sorted extract. Uncompressed: the bytes must not depend on the version of a library."""
    header = osmium.io.Header()
    header.set("generator", "make_sample_town.py (synthetic)")
    header.set("osmosis_replication_timestamp", f"{DATE:%Y-%m-%dT%H:%M:%SZ}")
    header.set("sorting", "Type_then_ID")
    low, high = lonlat(WEST - MARGIN, SOUTH - MARGIN), lonlat(EAST + MARGIN, NORTH + MARGIN)
    header.add_box(osmium.osm.Box(low[0], low[1], high[0], high[1]))
    file = osmium.io.File(str(path), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(file, header=header, overwrite=True) as writer:
        for (x, y, _), number in town.node_at.items():
            tags = town.node_tags[number]
            writer.add_node(stamped(mutable.Node(id=number, location=lonlat(x, y)), tags))
        for number, (nodes, tags) in enumerate(town.ways, 1):
            writer.add_way(stamped(mutable.Way(id=number, nodes=nodes), tags))
        for number, (members, tags) in enumerate(town.relations, 1):
            writer.add_relation(stamped(mutable.Relation(id=number, members=members), tags))


def write_census(path: Path) -> None:
    """Write the census table: the three districts and, above them, their sum."""
    names = {unit.code: unit.name for unit in UNITS}
    total = tuple(sum(column) for column in zip(*CENSUS.values(), strict=True))
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(CENSUS_COLUMNS)
        for code, numbers in {"990100": total, **CENSUS}.items():
            children = sum(numbers[2:6])
            share = round(100 * children / numbers[0], 2)
            table.writerow((code, names[code], *numbers, share, children))


def main(folder: Path = OUT) -> None:
    """Write both files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    town = draw()
    write_extract(town, folder / "town.osm.pbf")
    write_census(folder / "census.csv")
    print(f"{folder}: {len(town.node_at)} nodes, {len(town.ways)} ways, {len(town.relations)} relations")


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:2]))
