import csv
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

import cfc_gis
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


@pytest.mark.parametrize(("total", "said"), [("2900", "census_sum_more"), ("3200", "census_sum_less")])
@pytest.mark.parametrize("code", ["230100", ""])
def test_districts_are_held_against_the_row_of_the_whole(write, total, said, code):
    """The two districts have 3,000 residents together: a digit too many or too few is seen."""
    row = CITY.replace("3000", total).replace("230100", code).replace("哈尔滨市", "哈尔滨市" if code else "合计")
    found = census.read(write(GOOD + row), keep_going=True)
    (fault,) = [each for each in found.report.faults if each.key == said]
    assert fault.facts == {"summed": "3,000", "stated": f"{int(total):,}"}
    if said == "census_sum_more":
        with pytest.raises(TableFault):
            census.read(write(GOOD + row))


CHINESE = (
    "哈尔滨市分区县人口,,,,,,\n区划代码,区县名称,总人口（人）,０岁,1～4周岁,5至9岁,10—14 岁\n"
    '230103,南岗区,"2,000",10,40,50,60\n230102,道里区,1 000,5,20,25,30\n合计,,"3,000",15,60,75,90\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_headers_thousands_and_a_row_of_sums(write, encoding):
    found = census.read(write(CHINESE, encoding))
    expected = census.read(write(GOOD)).table
    columns = ["unit_code", "unit_name", "population", *schema.BANDS]
    assert found.table[columns].equals(expected[columns])
    assert found.report.counts == {"rows": 3, "units": 2, "residents": 3000, "children": 240}
    notes = {fault.key: fault for fault in found.report.faults}
    assert (notes["sum_row"].row, notes["sum_row"].severity) == (5, "note")
    assert "总人口(人)" not in notes["figures_understood"].detail("zh")
    assert "总人口（人） = pop_total" in notes["figures_understood"].detail("zh")


def test_excel(tmp_path):
    book = Workbook()
    for row in csv.reader(CHINESE.replace('"2,000"', "2000").splitlines()):
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(tmp_path / "人口.xlsx")
    found = census.read(tmp_path / "人口.xlsx")
    assert found.table["unit_code"].tolist() == ["230102", "230103"]
    assert found.table["population"].tolist() == [1000, 2000]
    assert found.provenance["sheet"] == "Sheet"


@pytest.mark.parametrize(
    ("old", "new", "key", "row", "column", "value"),
    [
        ("1000,900", "-1000,900", "figure_negative", 3, "pop_total", "-1000"),
        ("1000,900", "0,0", "census_nobody", 3, "pop_total", "0"),
        ("1000,900", "很多,900", "figure_not_number", 3, "pop_total", "很多"),
        ("1000,900", ",900", "figure_missing", 3, "pop_total", None),
        ("1000,900", "inf,900", "figure_not_number", 3, "pop_total", "inf"),
        ("1000,900", '"1,00",90', "figure_not_number", 3, "pop_total", "1,00"),
        ("1000,900", "1000,many", "figure_not_number", 3, "pop_urban", "many"),
        ("1000,900", "1000,1900", "census_urban", 3, "pop_urban", "1900"),
        ("1000,900", "70,60", "figures_children", 3, "pop_total", "70"),
        ("230102", "30102", "census_code", 3, "adcode", "30102"),
        ("230102", "230102.0", "census_code", 3, "adcode", "230102.0"),
        ("230102", "230103", "census_twice", 3, "adcode", "230103"),
        ("道里区", "", "census_name", 3, "name", None),
        ("30,9\n", "30\n", "row_ragged", 3, None, 8),
        ("age_15_19", "age_0", "column_same", None, "age_0 (2)", None),
        ("pop_total", "总人口（万人）", "figures_in_ten_thousands", None, "总人口（万人）", None),
    ],
)
def test_faults_name_row_column_value_and_remedy(write, old, new, key, row, column, value):
    with pytest.raises(TableFault) as caught:
        census.read(write(GOOD.replace(old, new)))
    faults = caught.value.facts["report"].of("error")
    assert [(one.key, one.row, one.column, one.found) for one in faults] == [(key, row, column, value)]
    for lang in ("zh", "en"):
        assert "人口.csv" in caught.value.text(lang)
        assert f"remedy.{key}" not in caught.value.text(lang)


def test_all_faults_at_once_in_both_languages(write):
    bad = GOOD.replace("1000,900", "-1,x").replace("南岗区", "") + "230103,香坊区,500,,1,2,3,4,9\n"
    with pytest.raises(TableFault) as caught:
        census.read(write(bad))
    faults = {fault.key: fault for fault in caught.value.facts["report"].of("error")}
    assert set(faults) == {"figure_negative", "figure_not_number", "census_name", "census_twice"}
    assert faults["census_twice"].detail("en") == "“230103”, as in row 2"
    assert "negative" not in caught.value.text("zh")
    kept = census.read(write(bad), keep_going=True)
    assert len(kept.report.of("error")) == 4


def test_two_cities_are_refused(write):
    with pytest.raises(TableFault) as caught:
        census.read(write(GOOD + CITY + CITY.replace("230100", "230200")))
    assert [(one.key, one.row) for one in caught.value.facts["report"].of("error")] == [
        ("census_cities", 4), ("census_cities", 5)
    ]  # fmt: skip


def test_a_second_column_that_fits_is_told(write):
    found = census.read(write(GOOD.replace("age_15_19", "常住人口")))
    assert found.table["population"].tolist() == [1000, 2000]
    assert [(one.key, one.column) for one in found.report.of("warning")] == [("column_spare", "常住人口")]


def test_missing_columns(write):
    with pytest.raises(TableFault) as caught:
        census.read(write("adcode,人口\n230102,5\n"))
    assert caught.value.key == "census_columns"
    text = caught.value.text("zh")
    assert "缺少列：name, age_0, age_1_4" in text
    assert "文件中的列：adcode, 人口" in text
    assert "区划代码" in text


def test_the_docs_name_every_header_that_is_understood():
    page = (Path(cfc_gis.__file__).parent.parent / "docs" / "inputs.md").read_text(encoding="utf-8")
    for file in ("census_table.toml", "children_table.toml"):
        text = (Path(cfc_gis.__file__).parent / "resources" / file).read_text(encoding="utf-8")
        for name, words in tomllib.loads(text)["columns"].items():
            assert f"| `{name}` | {'、'.join(words[1:])} |" in page


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "table_empty"),
        (b"\x00" * 100, "table_empty"),
        (HEADER, "table_empty"),
        (b"\xff\xfe\x00\x00\x81", "table_encoding"),
        (b"PK\x03\x04\x00\x00", "kind_differs"),
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
    with pytest.raises(InputDamaged):
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
