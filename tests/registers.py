"""A made register of 40 kindergartens for central Harbin, with faults that are put in on purpose."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import Point

CRS = "EPSG:4551"
SEATS, LON, LAT = 4, 8, 9  # columns
IN_OSM = {  # kindergartens of the extract, and how a list might write their names
    "w1081200639": lambda name: f"哈尔滨市{name}",
    "w1083002952": lambda name: name,
    "w1092751691": lambda name: name.replace("哈工大", "哈尔滨工业大学附属"),
    "w1172399854": lambda name: f"黑龙江省{name}",
    "w668837529": lambda name: name.replace("附属", ""),
    "w705315893": lambda name: name.removeprefix("哈尔滨市"),
}
HEADER = "序号,园所名称,办园性质,班级数,核定学位（个）,在园幼儿数,建园时间,地址,经度,纬度"


def forty(real: gpd.GeoDataFrame) -> list[list[object]]:
    """Forty rows, the first six in OSM, all of them where no other kindergarten of OSM is near."""
    taken = real.geometry[real["category"].isin(["kindergarten", "childcare"])]
    west, south, east, north = taken.total_bounds
    grid = [Point(x, y) for x in np.arange(west, east, 1500) for y in np.arange(south, north, 1500)]
    free = [point for point in grid if shapely.distance(point, taken.to_numpy()).min() > 700][:34]
    numbers = "甲乙丙丁戊己庚辛壬癸"
    others = [f"{a}{b}幼儿园" for a, b in itertools.product(numbers[:4], numbers)][:34]
    six = real.set_index("facility_id").loc[list(IN_OSM)]
    names = [IN_OSM[key](name) for key, name in six["name"].items()] + others
    points = [shape.centroid for shape in six.geometry] + free
    moved = [Point(point.x + 60 * (at < 6), point.y - 40 * (at < 6)) for at, point in enumerate(points)]
    lon_lat = gpd.GeoSeries(moved, crs=CRS).to_crs(4326)
    return [
        [at + 1, name, "公办" if at % 2 else "民办", 6 + at % 7, 180 + 30 * (at % 7), 150 + at, 1990 + at % 30,
         f"某街{at}号", round(place.x, 7), round(place.y, 7)]
        for at, (name, place) in enumerate(zip(names, lon_lat, strict=True))
    ]  # fmt: skip


def with_faults(rows: list[list[object]]) -> list[list[object]]:
    """Put five faults in: a negative and a worded number of seats, swapped and missing places, a double."""
    rows = [list(row) for row in rows]
    rows[9][SEATS] = -210  # line 11
    rows[14][SEATS] = "约180"  # line 16
    rows[19][LON], rows[19][LAT] = rows[19][LAT], rows[19][LON]  # line 21
    rows[24][LON] = rows[24][LAT] = ""  # line 26
    rows[29] = [30, *rows[28][1:]]  # line 31: the facility of line 30 again
    return rows


def write(rows: list[list[object]], file: Path) -> Path:
    """Write them as an office would save them: GB18030, Windows line ends."""
    file.write_bytes("\r\n".join([HEADER, *(",".join(map(str, row)) for row in rows)]).encode("gb18030"))
    return file
