"""What stands where in the sample town: the streets, the lots, the units and their census. Drawn by make_sample_town.

A town in the open Pacific, on a street grid in metres from its south-west corner. Each block has two lots, and a
letter says what stands on a lot.
"""

from __future__ import annotations

from dataclasses import dataclass

LON, LAT = 150.1, 30.0  # south-west corner; far enough from 150 E, where two UTM zones meet
METRES_PER_LON, METRES_PER_LAT = 96_486.0, 110_852.0
WEST, SOUTH, EAST, NORTH = -50, -50, 3050, 2550  # the city, in metres
MARGIN = 50  # the extract reaches this far beyond it, so that every unit lies wholly inside

XY = tuple[float, float]

AVENUES = (100, 350, 600, 850, 1100, 1350, 1600, 1850, 2100, 2350, 2600, 2850)
SOUTH_STREETS = (100, 350, 600, 850, 1100, 1350)
NORTH_STREETS = (1700, 1950, 2200)
NORTH_AVENUES = AVENUES[:9]
BRIDGES = (850, 2100)
MOTORWAY = 2475

# R compound with buildings, T towers with storeys, r compound without a mapped building, k compound with a kindergarten
# node, G gated compound, O homes outside any residential area, S primary school, J junior school, N nine-year school,
# 3 No. 3 Middle School (which stage its name does not say), K kindergarten, H children's hospital, h general hospital,
# C health centre, P park, F pitch, L library, I ice rink, X driving school, M market with a service alley, . nothing.
SOUTH_BLOCKS = (  # south-most row first; one pair of lots per block, the motorway's column empty
    "rr R. PF XR RR  OR RR 3R rr .. R.",
    "RR .R KR RR NR  R. CR RR IR .. T.",
    "R. JR RR GM RF  TT KR R. PR .. RR",
    "TR PP .R CR Rk  LR RR SR TT .. rr",
    "RR KR SR R. TT  .R TR HR R. .. OO",
)
NORTH_BLOCKS = (
    "r. RR SR .. C.  r. R. KR",
    ".. r. P. h. R.  r. .. ..",
)
ISLAND = ((2480, 2060, 2590, 2280), (2640, 2060, 2750, 2280))
FAR = (0, 2420, 110, 2520)
PLAYGROUNDS = (("park", 0), ("park", 1), ("park", 3))  # parks, in the order drawn, that have one

AVENUE_KIND = {850: "secondary", 2100: "secondary", 1350: "tertiary", 1600: "tertiary"}
STREET_KIND = {600: "primary", 1100: "secondary"}

JUNCTIONS: dict[str, XY] = {
    "a": (WEST, SOUTH), "b": (1350, SOUTH), "c": (2100, SOUTH), "d": (EAST, SOUTH), "e": (EAST, 1540),
    "f": (EAST, NORTH), "g": (1600, NORTH), "h": (WEST, NORTH), "i": (WEST, 1540), "j": (WEST, 600),
    "k": (1350, 600), "l": (2100, 600), "m": (1350, 1540), "n": (1600, 1540), "o": (2100, 1540),
}  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """An administrative unit: its outline names the junctions it passes."""

    code: str
    name: str
    english: str
    level: str
    outline: str


UNITS = (
    Unit("990100", "样例市", "Sample City", "5", "abcdefghij"),
    Unit("990101", "样例东区", "Sample East District", "6", "bcdeonmk"),
    Unit("990102", "样例西区", "Sample West District", "6", "abkmij"),
    Unit("990103", "样例北区", "Sample North District", "6", "imnoefgh"),
    Unit("990101001000", "样例站前街道", "Sample Station Sub-district", "8", "bclk"),
    Unit("990101002000", "样例中央街道", "Sample Central Sub-district", "8", "klonm"),
    Unit("990101003000", "样例东园街道", "Sample East Garden Sub-district", "8", "cdeol"),
    Unit("990102001000", "样例老城街道", "Sample Old Town Sub-district", "8", "abkj"),
    Unit("990102002000", "样例学府街道", "Sample College Sub-district", "8", "jkmi"),
    Unit("990103001000", "样例北岸街道", "Sample North Bank Sub-district", "8", "imngh"),
    Unit("990103002000", "样例湖岛镇", "Sample Lake Island Town", "8", "noefg"),
)

# people, of them urban, and by age: 0, 1-4, 5-9, 10-14, 15-19. Made up.
CENSUS: dict[str, tuple[int, ...]] = {
    "990101": (24_000, 24_000, 120, 720, 1_080, 1_080, 900),
    "990102": (30_000, 30_000, 180, 960, 1_500, 1_560, 1_200),
    "990103": (8_000, 5_000, 30, 170, 280, 320, 300),
}
CENSUS_COLUMNS = (
    "adcode", "name", "pop_total", "pop_urban", "age_0", "age_1_4", "age_5_9", "age_10_14", "age_15_19", "pct_0_14",
    "age_0_14",
)  # fmt: skip
