import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from cfc_gis import coords, datums, locale
from cfc_gis.datum_check import measure
from cfc_gis.datum_evidence import by_names, by_streets, objects_of, points_of, streets_of
from cfc_gis.datum_verdict import judge
from cfc_gis.errors import ChoiceUnknown, TableFault, UserError
from cfc_gis.sources import boundaries, osm_extract
from tests import osm_tables
from tests.osm_tables import points

HARBIN = boundaries.names_around(126.5, 45.65, 126.78, 45.84)
NAMES = [f"{n}号楼" for n in range(20)]
GRID = [(name, (900.0 * (i % 5), 900.0 * (i // 5))) for i, name in enumerate(NAMES)]
ROWS, COLUMNS = "一二三四", "一二三四五"
STREETS = {
    **{f"{n}纬路": [(-500.0, 900.0 * i), (5000.0, 900.0 * i)] for i, n in enumerate(ROWS)},
    **{f"{n}经街": [(900.0 * i, -500.0), (900.0 * i, 5000.0)] for i, n in enumerate(COLUMNS)},
}


@pytest.fixture(scope="module")
def town():
    return osm_tables.tables(GRID, STREETS)


def given_in(datum, places=tuple(GRID)):
    """The places of the grid as a provider of that datum would list them."""
    table = points(places)
    table["lon"], table["lat"] = datums.from_wgs84(table["lon"], table["lat"], datum)
    return table


# --- made by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", datums.DATUMS)
def test_each_datum_is_found_with_its_shift(town, datum):
    (group,) = measure(given_in(datum), town).groups
    assert (group.verdict.datum, group.verdict.certainty) == (datum, "certain")
    assert (group.rows, group.matches, group.ambiguous, group.against) == (20, 20, 0, ())
    (shift,) = group.shifts
    # As the facts on Harbin have it; BD-09 varies by tens of metres from one kilometre to the next.
    east, north, around = {"wgs84": (0, 0, 0.1), "gcj02": (470, 215, 15), "bd09": (1010, 885, 60)}[datum]
    assert (shift.east_m, shift.north_m) == pytest.approx((east, north), abs=around)
    assert group.before_m == pytest.approx(math.hypot(east, north), abs=around)
    assert group.after_m < 0.01


def test_the_shift_is_a_median_and_its_spread_the_deviation_from_it(town):
    # All 10 m too far east, the odd rows 4 m north of it, the even ones 4 m south; one row is another place.
    places = [(name, (x + 10.0, y + (4.0 if i % 2 else -4.0))) for i, (name, (x, y)) in enumerate(GRID)]
    places[0] = (NAMES[0], (2000.0, 2000.0))
    places[1] = (NAMES[1], (GRID[1][1][0] + 10.0, GRID[1][1][1]))
    (group,) = measure(points(places), town).groups
    (shift,) = group.shifts
    assert (shift.matches, group.matches) == (19, 20)
    assert shift.east_m == pytest.approx(10.0, abs=0.05)
    assert shift.north_m == pytest.approx(0.0, abs=0.05)
    assert shift.spread_m == pytest.approx(4.0, abs=0.05)
    assert group.verdict.certainty == "certain"


def test_a_mixture_is_named_and_never_averaged(town):
    table = pd.concat([given_in("wgs84", GRID[:14]), given_in("gcj02", GRID[14:])])
    table.index = range(2, 22)
    (group,) = measure(table, town).groups
    assert (group.verdict.datum, group.verdict.certainty) == (None, "mixed")
    assert [(shift.datum, shift.matches) for shift in group.shifts] == [("wgs84", 14), ("gcj02", 6)]
    assert group.shifts[1].east_m == pytest.approx(460, abs=5)
    assert group.against == tuple(range(16, 22))
    assert math.isnan(group.after_m)
    assert math.isnan(measure(table, town).table()["east_m"][0])


def test_a_mixture_comes_apart_by_its_column(town):
    table = pd.concat([given_in("wgs84", GRID[:6]), given_in("bd09", GRID[6:])])
    table["source"] = ["survey"] * 6 + ["map"] * 13 + [None]
    check = measure(table, town, group="source")
    found = {group.group: (group.rows, group.verdict.datum, group.verdict.certainty) for group in check.groups}
    assert found == {
        "": (1, None, "cannot_tell"),
        "map": (13, "bd09", "certain"),
        "survey": (6, "wgs84", "likely"),
    }


def test_single_rows_that_contradict_are_named(town):
    table = given_in("gcj02")
    table.loc[5, ["lon", "lat"]] = osm_tables.degrees(*GRID[3][1])
    (group,) = measure(table, town).groups
    assert (group.verdict.datum, group.verdict.certainty, group.against) == ("gcj02", "likely", (5,))
    for lang in locale.LANGS:
        assert "5" in measure(table, town).report(lang)


def test_a_shift_of_no_datum_is_reported_as_such(town):
    """As after an older datum, a local one, or where OSM was traced from a displaced map."""
    places = [(name, (x - 464.0, y - 216.0)) for name, (x, y) in GRID]
    (group,) = measure(points(places), town).groups
    assert (group.verdict.datum, group.verdict.certainty) == ("other", "certain")
    assert group.shifts[0].east_m == pytest.approx(-464, abs=1)
    assert math.isnan(group.after_m)


def test_unrelated_places_tell_nothing(town):
    rng = np.random.default_rng(7)
    places = [
        (name, (x + dx, y + dy))
        for (name, (x, y)), dx, dy in zip(GRID, *rng.uniform(-2000, 2000, (2, 20)), strict=True)
    ]
    (group,) = measure(points(places), town).groups
    assert group.verdict.certainty == "cannot_tell"
    assert group.verdict.datum is None


def test_doubles_are_reported_and_count_once(town):
    table = pd.concat([given_in("gcj02", GRID[:4])] * 5, ignore_index=True)
    check = measure(table, town)
    (group,) = check.groups
    assert (group.rows, group.doubles, group.matches) == (20, 16, 4)
    assert group.verdict.reason == "too_few"
    assert "16" in check.report("en").splitlines()[0]


def test_missing_names_and_positions_are_counted(town):
    table = given_in("gcj02")
    table.loc[2, "lon"] = math.nan
    table.loc[3, "name"] = None
    (group,) = measure(table, town).groups
    assert (group.rows, group.without_position, group.matches) == (20, 1, 18)


def test_an_empty_table_tells_nothing(town):
    check = measure(points(GRID).head(0), town)
    assert check.groups[0].verdict.reason == "too_few"
    assert len(check.table()) == 1
    assert check.matches.empty
    assert all(check.report(lang) for lang in locale.LANGS)


def test_order_of_rows_changes_nothing(town):
    table = pd.concat([given_in("wgs84", GRID[:14]), given_in("gcj02", GRID[14:])], ignore_index=True)
    shuffled = table.sample(frac=1, random_state=3)
    one, other = measure(table, town), measure(shuffled, town)
    pd.testing.assert_frame_equal(one.table(), other.table())
    assert set(one.groups[0].against) == set(other.groups[0].against)


def test_nothing_is_changed(town):
    table = given_in("gcj02")
    before = table.copy()
    check = measure(table, town)
    pd.testing.assert_frame_equal(table, before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        check.groups = ()


# --- streets ------------------------------------------------------------------------------------------------------


def with_addresses(datum):
    """Places that OSM does not know, each 20 m from the street of its address."""
    places, addresses = [], []
    for i, n in enumerate(COLUMNS):
        places += [(f"店{i}-{j}", (900.0 * i + 20.0, 450.0 + 900.0 * j)) for j in range(4)]
        addresses += [f"哈尔滨市南岗区{n}经街{j}号" for j in range(4)]
    for i, n in enumerate(ROWS):
        places += [(f"馆{i}-{j}", (450.0 + 900.0 * j, 900.0 * i + 20.0)) for j in range(5)]
        addresses += [f"{n}纬路{j}号" for j in range(5)]
    return given_in(datum, places).assign(address=addresses)


@pytest.mark.parametrize("datum", datums.DATUMS)
def test_streets_tell_where_names_cannot(town, datum):
    table = with_addresses(datum)
    (group,) = measure(table, town, address="address").groups
    assert (group.evidence, group.matches, group.street_matches) == ("streets", 40, 40)
    assert (group.verdict.datum, group.verdict.certainty) == (datum, "likely")
    assert group.after_m == pytest.approx(20.0, abs=1)
    assert group.shifts == ()
    (without,) = measure(table, town).groups
    assert without.verdict.reason == "too_few"


def test_streets_are_not_asked_where_names_tell(town):
    table = given_in("gcj02").assign(address="一经街1号")
    (group,) = measure(table, town, address="address").groups
    assert (group.evidence, group.street_matches) == ("names", 0)


def test_streets_do_not_tell_a_mixture(town):
    one, other = with_addresses("wgs84"), with_addresses("gcj02")
    table = pd.concat([one.iloc[::2], other.iloc[1::2]])
    check = measure(table, town, address="address")
    assert check.groups[0].verdict.certainty == "cannot_tell"
    assert check.groups[0].street_matches == 40
    assert "40" in check.report("zh")


# --- words and faults ---------------------------------------------------------------------------------------------


def test_fault_31_a_displaced_table_given_as_wgs84_is_warned_of_with_its_shift(town):
    check = measure(given_in("gcj02"), town)
    (warning,) = check.warnings("wgs84", "en")
    assert "As declared or assumed these coordinates are now WGS 84" in warning
    assert "GCJ-02, certain" in warning
    assert "m east" in warning
    assert "偏东 46" in check.warnings("wgs84", "zh")[0]
    assert check.warnings("gcj02", "en") == ()
    assert check.warnings({"": "gcj02"}, "en") == ()
    assert len(check.warnings({"": "bd09"}, "en")) == 1
    assert check.warnings({"another": "bd09"}, "en") == ()


def test_what_cannot_be_told_contradicts_nothing(town):
    assert measure(given_in("gcj02", GRID[:3]), town).warnings("wgs84", "en") == ()


@pytest.mark.parametrize("lang", locale.LANGS)
def test_the_report_says_what_to_do_and_whose_decision_it_is(town, lang):
    table = pd.concat([given_in("wgs84", GRID[:10]), given_in("gcj02", GRID[10:])])
    for group, wanted in (("x", "todo_mixed"), ("half", "todo_gcj02")):
        table["x"], table["half"] = "a\u202e<b>{0}", ["甲"] * 10 + ["乙"] * 10
        words = measure(table, town, group=group).report(lang)
        assert locale.say(f"datum_check.{wanted}", lang) in words
        assert words.endswith(locale.say("datum_check.law", lang))
        assert "\u202e" not in words


def test_every_reason_and_finding_has_its_words():
    known = locale.table()
    for key in ("certain", "likely", "mixed", "too_few", "too_close", "scattered", "undecided"):
        assert f"datum_check.{key}" in known
    for key in (*datums.DATUMS, "other", "mixed", "cannot_tell"):
        assert f"datum_check.todo_{key}" in known
    for key in (*datums.DATUMS, "other"):
        assert f"datum.{key}" in known


def test_wrong_tables_are_refused(town):
    table = points(GRID)
    with pytest.raises(TableFault, match="lon"):
        measure(table.drop(columns="lon"), town)
    with pytest.raises(ChoiceUnknown):
        measure(table, town, group="来源")
    with pytest.raises(ChoiceUnknown):
        measure(table, town, address="地址")
    table.loc[7, "lat"] = 126.6
    with pytest.raises(UserError) as caught:
        measure(table, town)
    assert caught.value.facts["rows"] == "7"


# --- central Harbin -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def harbin(extract_path):
    return osm_extract.read(extract_path)


@pytest.fixture
def mixed(shared_data):
    return pd.read_csv(shared_data / "poi-mixed-datum.csv").rename(columns={"lng": "lon"})


def distances(table, osm):
    """Metres from each row to the nearest OSM object of exactly its name: told apart from the measuring itself."""
    named = osm.objects[osm.objects["name"].notna()]
    middle = named.geometry.to_crs("EPSG:4551").centroid.to_crs("EPSG:4326")
    there = pd.DataFrame({"name": named["name"], "x": middle.x, "y": middle.y})
    pairs = table.reset_index()[["index", "name", "lon", "lat"]].merge(there, on="name")
    east, north = coords.metres_per_degree(pairs["lat"])
    metres = np.hypot((pairs["lon"] - pairs["x"]) * east, (pairs["lat"] - pairs["y"]) * north)
    return metres.groupby(pairs["index"]).min()


def test_fault_31_poi_gcj02(shared_data, harbin):
    """Must show: the shift is found with its size and certainty; converted, names are under 60 m from OSM's."""
    table = pd.read_csv(shared_data / "poi-gcj02.csv").rename(columns={"lng": "lon"})
    check = measure(table, harbin, group="source", places=HARBIN)
    (group,) = check.groups
    (shift,) = group.shifts
    assert (group.verdict.datum, group.verdict.certainty) == ("gcj02", "certain")
    assert group.verdict.chance < 1e-12
    assert (shift.east_m, shift.north_m) == pytest.approx((464, 216), abs=8)
    assert shift.spread_m < 30
    assert group.matches >= 50
    assert shift.matches >= 0.9 * group.matches
    assert group.before_m > 450
    assert group.after_m < 20
    assert check.warnings("wgs84", "zh")
    before = distances(table, harbin)
    after = distances(datums.convert(table, "gcj02").table, harbin)
    assert len(before) == len(after) == 61
    assert before.median() > 400
    assert after.median() < 60


def test_fault_31_poi_mixed_datum_by_source(mixed, harbin):
    """Must show: each source has its own datum, and the rows that are right stay."""
    check = measure(mixed, harbin, group="source", places=HARBIN)
    found = {group.group: (group.verdict.datum, group.verdict.certainty) for group in check.groups}
    assert found == {"amap": ("gcj02", "certain"), "baidu": ("wgs84", "certain")}
    assert [group.against for group in check.groups] == [(), ()]
    amap, baidu = check.groups
    assert math.hypot(baidu.shifts[0].east_m, baidu.shifts[0].north_m) < 15
    assert baidu.before_m == baidu.after_m < 60
    assert [text[:11] for text in check.warnings("wgs84", "en")] == ["As declared"]  # of amap alone
    declared = {group.group: group.verdict.datum for group in check.groups}
    after = distances(datums.convert(mixed, declared, group="source").table, harbin)
    assert len(after) == 86
    assert after.median() < 60
    assert amap.matches + baidu.matches == len(check.matches)


def test_poi_mixed_datum_without_its_column_is_seen_to_be_mixed(mixed, harbin):
    (group,) = measure(mixed, harbin, address="address", places=HARBIN).groups
    assert (group.verdict.datum, group.verdict.certainty) == (None, "mixed")
    assert {shift.datum for shift in group.shifts} == {"gcj02", "wgs84"}
    truth = mixed["source"].map({"amap": "gcj02", "baidu": "wgs84"})
    check = measure(mixed, harbin, places=HARBIN).matches
    agreeing = check[check["agrees"] != ""]
    assert (agreeing["agrees"].to_numpy() == truth[agreeing["row"]].to_numpy()).all()


def test_universities_are_too_few_to_tell(shared_data, harbin):
    """Must show: doubles are reported; with so few names (and addresses) the tool says that it cannot tell."""
    table = pd.read_csv(shared_data / "universities-bd09.csv")
    for address in (None, "address"):
        check = measure(table, harbin, address=address, places=HARBIN)
        (group,) = check.groups
        assert (group.doubles, group.rows) == (56, 80)
        assert group.matches < 6
        assert (group.verdict.datum, group.verdict.certainty, group.verdict.reason) == (None, "cannot_tell", "too_few")
        assert locale.say("datum_check.too_few", "zh", fewest=6) in check.report("zh")
        assert check.warnings("wgs84", "zh") == ()


def test_parts_of_the_tables_are_never_judged_wrong(mixed, harbin):
    """Drawn at random: few rows may not be enough to tell, but no verdict is false."""
    reference = objects_of(harbin.objects, HARBIN)
    streets = streets_of(harbin.streets, harbin.street_points)
    rng = np.random.default_rng(2)
    told = 0
    for source, truth in (("amap", "gcj02"), ("baidu", "wgs84")):
        rows = mixed[mixed["source"] == source]
        for size in (20, 50, 100, 200, 350):
            for _ in range(8):
                part = rows.iloc[rng.choice(len(rows), size, replace=False)]
                for evidence in (by_names(points_of(part, HARBIN), reference), by_streets(part, "address", streets)):
                    verdict = judge(evidence)
                    assert verdict.datum in {None, truth}
                    assert verdict.certainty != "mixed"
                    told += verdict.datum is not None
    assert told > 80


def test_streets_alone_tell_both_sources_apart(mixed, harbin):
    check = measure(mixed.assign(name=None), harbin, group="source", address="address", places=HARBIN)
    found = {group.group: (group.evidence, group.verdict.datum, group.verdict.certainty) for group in check.groups}
    assert found == {"amap": ("streets", "gcj02", "likely"), "baidu": ("streets", "wgs84", "likely")}
    (together,) = measure(mixed.assign(name=None), harbin, address="address", places=HARBIN).groups
    assert together.verdict.certainty == "cannot_tell"


def test_measured_from_the_extract_itself(harbin):
    """OSM's own names, displaced, come back to the metre: the measure has no shift of its own."""
    objects = objects_of(harbin.objects, HARBIN)
    for datum in datums.DATUMS:
        table = objects[["name", "lon", "lat"]].copy()
        table["lon"], table["lat"] = datums.from_wgs84(table["lon"], table["lat"], datum)
        (group,) = measure(table, harbin, places=HARBIN).groups
        assert (group.verdict.datum, group.verdict.certainty) == (datum, "certain")
        assert group.matches > 2000
        assert group.after_m < 0.01
        assert group.shifts[0].spread_m < {"wgs84": 0.1, "gcj02": 10, "bd09": 30}[datum]  # as the shifts vary
