"""The pages of districts: who is far from every recorded facility and why, and when the data cannot tell."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest
import shapely

from cfc_gis import comparable, report, schema
from cfc_gis.report import places, rows, sheets
from cfc_gis.report.words import Words
from cfc_gis.result import Result
from cfc_gis.tables import Tables
from tests.results import sample
from tests.tables import basemap, manifest, town

DISTRICT = "230102"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables(**town())


def look(tables: Tables, category: str, share_presumed: float | None = None) -> places.Look:
    finder = places.Finder(tables, "summer", Words(["en"]))
    unit = next(unit for unit in rows.units(tables, "district") if unit.code == DISTRICT)
    outline = tables.units.geometry[tables.units["unit_code"] == DISTRICT].iloc[0]
    gap = dict(unit.gaps[category, "summer"])
    if share_presumed is not None:
        gap["share_presumed"] = share_presumed
    return finder.look(finder.homes(DISTRICT), category, gap, outline)


def text(page: str, begin: str, end: str) -> str:
    part = page[page.index(begin) :].split(end, maxsplit=1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_the_list_holds_those_with_most_children_beyond_every_recorded_school(tables: Tables) -> None:
    """Beyond = children aged 6 to 11 times the share that not even presumed schools reach; every second is doubtful."""
    found = look(tables, "primary_school")
    homes = tables.neighbourhoods[tables.neighbourhoods["district_code"] == DISTRICT]
    access = tables.access.query("category == 'primary_school' and profile == 'age6_8.summer'")
    both = homes.merge(access, on="neighbourhood_id").set_index("neighbourhood_id")
    both = both.assign(beyond=both["children_6_11"] * (1 - both["share_within_presumed"])).query("beyond > 0")
    both = both.sort_values("beyond", ascending=False)
    for source, listed, most in (
        ("buildings", found.ranked, places.LISTED),
        ("area", found.doubtful, places.DOUBTFUL),
    ):
        wanted = both.index[both["population_source"] == source][:most]
        assert list(found.homes["neighbourhood_id"].iloc[[place.row for place in listed]]) == list(wanted)
    assert found.places == found.ranked + found.doubtful
    assert found.untold is None


def test_report_and_result_name_the_same_places(tables: Tables) -> None:
    """Asked for a district and a category, whoever asks in Jupyter gets the names that the report prints."""
    for result, name in ((sample(), "样例东区"), (sample(), "样例西区")):
        finder = places.Finder(result.tables, "winter", Words(["en"]))
        unit = next(unit for unit in rows.units(result.tables, "district") if unit.name == name)
        for category in schema.CATEGORIES:
            if (category, "winter") in unit.gaps:
                assert printed(finder, result, unit, category, "winter") == returned(result, name, category, "winter")


def printed(finder: places.Finder, result: Result, unit: rows.Unit, category: str, season: str) -> list[str]:
    outlines = result.tables.units.set_index(["level", "unit_code"]).geometry
    found = finder.look(finder.homes(unit.code), category, unit.gaps[category, season], outlines["district", unit.code])
    return list(found.homes["neighbourhood_id"].iloc[[place.row for place in found.ranked]])


def returned(result: Result, unit: str, category: str, season: str) -> list[str]:
    found = result.beyond(category, unit, season=season)
    found = found[found["rank"].notna() & (found["children_beyond"] >= places.FEWEST)]
    return list(found["neighbourhood_id"].head(places.LISTED))


def test_where_next_to_nobody_is_served_there_is_no_list_but_what_would_make_one(tables: Tables) -> None:
    assert look(tables, "kindergarten", comparable.SEPARATES).places
    found = look(tables, "kindergarten", comparable.SEPARATES - 0.001)
    assert not found.places
    assert found.untold is not None
    said = str(found.untold["en"])
    assert "The data cannot tell. Recorded in the district: 3 (2 with strong evidence)" in said
    assert "What would tell: an official count of the facilities, or a list that is declared complete" in said


def test_reasons_are_the_facts_of_the_home() -> None:
    changed = town()
    row = (changed["access"]["neighbourhood_id"] == "w1035") & (changed["access"]["category"] == "primary_school")
    facts = {"share_within": 0.0, "share_within_presumed": 0.0, "metres": 900.0, "straight_metres": 450.0,
             "facility_id": "n20", "minutes": 15.0, "share_unconnected": 0.25, "share_beyond": 0.5}  # fmt: skip
    for name, value in facts.items():
        changed["access"].loc[row, name] = value

    def why() -> str:
        found = look(Tables(**changed), "primary_school")
        ids = found.homes["neighbourhood_id"]
        return " ".join(
            next(place.why for place in found.places if ids[place.row] == "w1035")[n]["en"] for n in range(4)
        )

    said = why()
    assert "示例设施2-0" in said
    assert "about 900 m or 15 min; the nearest in a straight line, perhaps another one, is about 450 m away" in said
    assert "the standard is 500 m." in said
    assert "look at gates, walls, dead ends and crossings" in said  # 450 * 1.1 <= 500
    assert "The homes of 25% of its children do not join the streets" in said
    assert "50% of its children live near the border of the data" in said
    changed["access"].loc[row, "straight_metres"] = 460.0
    assert "there is none, or it is not recorded" in why()


@pytest.mark.parametrize(("source", "told"), [("area", True), ("buildings", False), ("raster", False)])
def test_children_who_are_estimated_from_land_alone_are_told(source: str, told: bool) -> None:
    changed = town()
    changed["neighbourhoods"]["population_source"] = source
    said = [str(why["en"]) for place in look(Tables(**changed), "primary_school").places for why in place.why]
    assert any("estimated from its land" in each for each in said) is told


def test_a_neighbourhood_without_a_name_is_found_from_one_with_a_name() -> None:
    """w1009 has no name; the nearest with one is w1010, 400 m to the east."""
    changed = town()
    row = (changed["access"]["neighbourhood_id"] == "w1009") & (changed["access"]["category"] == "primary_school")
    changed["access"].loc[row, ["share_within", "share_within_presumed"]] = 0.0
    changed["neighbourhoods"].loc[changed["neighbourhoods"]["neighbourhood_id"] == "w1009", "children_6_11"] = 999.0
    first = look(Tables(**changed), "primary_school").places[0]
    assert str(first.name["en"]) == "Unnamed (w1009), about 400 m west of “友谊小区10”"


def test_what_is_not_judged_is_drawn_as_unknown_and_never_as_beyond() -> None:
    shares = pd.DataFrame({"share_within": [0.0, np.nan], "share_within_presumed": [0.0, np.nan]})
    assert places.kinds(shares, judged=False) == ["unknown", "unknown"]
    assert places.kinds(shares, judged=True) == ["beyond", "beyond"]


def test_each_district_has_its_page_with_map_table_and_list() -> None:
    page = report.render(Tables(**town()), manifest=manifest(), map_html="", lang="en", basemap=basemap())
    for code, name in (("230102", "道里区"), ("230103", "南岗区")):
        said = text(page, f'id="district-{code}"', "</article>")
        assert f"{name}: Primary school, by neighbourhood" in said
        assert f"{name}: children within the standard" in said
        assert f"{name}, Primary school: the 5 neighbourhoods with most Children 6–11 beyond" in said
        assert "For internal study; boundaries are not legal ones" in said
        assert f'href="#district-{code}"' in page
    assert 'class="g-water"' in page


def test_what_lies_outside_a_sheet_leaves_no_mark() -> None:
    homes = town()["neighbourhoods"].geometry.iloc[:1]
    far = homes.translate(1e5)
    ground = basemap().set_geometry(basemap().translate(1e5))
    drawn = str(sheets.DistrictSheet(far.iloc[0], far, homes, ground).draw(["within"], {}, [], "here"))
    assert 'd="" class="g-outline"' in drawn
    assert 'd="" class="g-water"' in drawn


def test_a_scale_bar_is_as_long_as_it_says() -> None:
    """2,000 m of homes and 300 m on either side are 520 pixels: 100 pixels are 500 m."""
    homes = town()["neighbourhoods"].geometry.iloc[:1].set_axis([0])
    homes.iloc[0] = shapely.box(0, 0, 2000, 1000)
    ground = basemap().iloc[:0]
    sheet = sheets.DistrictSheet(homes.iloc[0], homes.iloc[:0], homes, ground)
    drawn = str(sheet.draw(["within"], {}, [0], "here"))
    assert 'h100.0v-5" class="scale"' in drawn
    assert ">500 m</text>" in drawn
