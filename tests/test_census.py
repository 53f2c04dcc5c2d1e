import csv
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfc_gis import schema
from cfc_gis.errors import InputDamaged, InputMissing, TableFault
from cfc_gis.sources import census

HEADER = "adcode,name,pop_total,pop_urban,age_0,age_1_4,age_5_9,age_10_14,age_15_19\n"
GOOD = HEADER + "230103,南岗区,2000,,10,40,50,60,9\n230102,道里区,1000,900,5,20,25,30,9\n"
CITY = "230100,哈尔滨市,3000,,15,60,75,90,9\n"


@pytest.fixture
def write(tmp_path):
    def _write(content, encoding="utf-8"):
        file = tmp_path / "人口.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return _write


def test_bands_by_hand(write):
    table = census.read(write(GOOD)).table
    assert table["unit_code"].tolist() == ["230102", "230103"]  # sorted, text
    # 道里: 5 + 10, 10 + 5, 20 + 12, 18; 南岗: 10 + 20, 20 + 10, 40 + 24, 36
    assert table[list(schema.BANDS)].to_numpy().tolist() == [[15, 15, 32, 18], [30, 30, 64, 36]]
    assert table["population_urban"].isna().tolist() == [False, True]


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_bands_keep_every_child(ages):
    a0, a1, a5, a10 = ages
    shares = (a0 + Fraction(a1, 2), Fraction(a1, 2) + Fraction(a5, 5), Fraction(4 * a5, 5) + Fraction(2 * a10, 5),
              Fraction(3 * a10, 5))  # fmt: skip
    assert sum(shares) == sum(ages)


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("gbk", "GB18030")]
)
def test_encodings(write, encoding, name):
    found = census.read(write(GOOD, encoding))
    assert found.table["unit_name"].tolist() == ["道里区", "南岗区"]
    assert found.provenance["how"] == f"CSV, {name}"
    assert len(found.provenance["sha256"]) == 64


@pytest.mark.parametrize(
    ("city", "check"),
    [("", "no_city_row"), (CITY, "equal"), (CITY.replace("3000", "3010"), "differs")],
)
def test_city_row(write, city, check):
    found = census.read(write(GOOD + city))
    assert len(found.table) == 2
    assert found.provenance["city_check"] == check
    assert (found.city is None) == (city == "")
    if found.city:
        assert found.city["unit_name"] == "哈尔滨市"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("1000,900", "-1000,900", "pop_total: negative: 1 row(s), line 3"),
        ("1000,900", "0,0", "pop_total: zero: 1 row(s), line 3"),
        ("1000,900", "很多,900", "pop_total: not a number: 1 row(s), line 3"),
        ("1000,900", ",900", "pop_total: not a number"),
        ("1000,900", "inf,900", "pop_total: not a number"),
        ("1000,900", "1000,many", "pop_urban: not a number"),
        ("1000,900", "1000,1900", "pop_urban: more than pop_total"),
        ("1000,900", "70,60", "more children than residents"),
        ("230102", "30102", "adcode: six digits wanted: 1 row(s), line 3"),
        ("230102", "230102.0", "adcode: six digits wanted"),
        ("230102", "230103", "2 rows share their key"),
        ("道里区", "", "name: empty"),
        ("age_0,", "age_0,,", "columns wanted: 2 row(s), line 2, 3"),
        ("age_15_19", "age_0", "age_0: column named twice"),
    ],
)
def test_faults_name_their_rows(write, old, new, fault):
    with pytest.raises(TableFault) as caught:
        census.read(write(GOOD.replace(old, new)))
    assert fault in caught.value.text("en")
    assert "人口.csv" in caught.value.text("zh")


def test_all_faults_at_once(write):
    with pytest.raises(TableFault) as caught:
        census.read(write(GOOD.replace("1000,900", "-1,x").replace("南岗区", "")))
    text = caught.value.text("en")
    assert "negative" in text
    assert "name: empty" in text
    assert "pop_urban: not a number" in text


def test_two_cities_are_refused(write):
    with pytest.raises(TableFault, match="more than one city"):
        census.read(write(GOOD + CITY + CITY.replace("230100", "230200")))


def test_missing_columns(write):
    with pytest.raises(TableFault) as caught:
        census.read(write("adcode,人口\n230102,5\n"))
    assert caught.value.key == "census_columns"
    assert "name, pop_total, age_0" in caught.value.text("zh")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "table_empty"),
        (b"\x00" * 100, "table_empty"),
        (HEADER, "table_empty"),
        (b"\xff\xfe\x00\x00\x81", "table_encoding"),
        (b"PK\x03\x04\x00\x00", "table_encoding"),
        (HEADER + '"230102,x', "table_unreadable"),
    ],
)
def test_no_table(write, content, key):
    with pytest.raises(InputDamaged) as caught:
        census.read(write(content))
    assert caught.value.key == key
    assert "人口.csv" in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputMissing):
        census.read(tmp_path / "none.csv")
    with pytest.raises(InputMissing):
        census.read(tmp_path)


def test_builtin_sums():
    harbin = census.builtin("230100")
    schema.check(harbin.table, schema.CENSUS)
    assert harbin.table["population"].sum() == 10_009_854
    assert harbin.table[list(schema.BANDS)].to_numpy().sum() == pytest.approx(1_047_204, abs=1e-6)
    assert harbin.provenance["city_check"] == "equal"
    assert harbin.city["population"] == 10_009_854
    assert harbin.provenance["data_date"] == "2020-11-01"


@pytest.mark.real_data
def test_builtin_is_the_yearbook(shared_data):
    official = census.read(shared_data / "census-2020-districts.csv")
    ours = census.builtin("230100")
    assert ours.table.equals(official.table)
    assert dict(ours.city) == dict(official.city)
    with (shared_data / "census-2020-districts.csv").open(encoding="utf-8-sig") as file:
        children = {row["adcode"]: float(row["age_0_14"]) for row in csv.DictReader(file)}
    summed = ours.table.set_index("unit_code")[list(schema.BANDS)].sum(axis=1)
    assert {code: round(value, 6) for code, value in summed.items()} == {
        code: value for code, value in children.items() if code != "230100"
    }
