import json

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from cfc_gis.errors import CrsMissing, InputDamaged, InputMissing
from cfc_gis.sources import layers

A, B = box(126.5, 45.6, 126.6, 45.7), box(126.6, 45.6, 126.7, 45.7)
BOW_TIE = Polygon([(126.5, 45.6), (126.6, 45.7), (126.6, 45.6), (126.5, 45.7)])


def layer(geometry, **columns):
    return gpd.GeoDataFrame(columns or None, geometry=geometry, crs="EPSG:4326")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # GDAL on names that it cuts
@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp"])
@pytest.mark.parametrize(
    ("code", "name"), [("adcode", "name"), ("CODE", "NAME"), ("区划代码", "名称"), ("行政区划代码", "区县")]
)
def test_layers(tmp_path, suffix, code, name):
    file = tmp_path / f"区划.{suffix}"
    layer([A, B], **{code: ["230102", "230103"], name: ["道里区", "南岗区"]}).to_file(file, encoding="UTF-8")
    read = layers.read(file)
    assert read.table["unit_code"].tolist() == ["230102", "230103"]
    assert read.table["unit_name"].tolist() == ["道里区", "南岗区"]
    assert read.table["source"].tolist() == [file.name] * 2
    assert read.table.crs.to_epsg() == 4326
    assert shapely.area(read.table.geometry.to_numpy()) == pytest.approx([A.area, B.area])
    assert read.provenance["repaired"] == "0"
    assert len(read.provenance["sha256"]) == 64


def test_codes_kept_as_numbers_or_filled_up(tmp_path):
    file = tmp_path / "a.gpkg"
    layer([A, B], adcode=[230102.0, None]).to_file(file)
    table = layers.read(file).table
    assert table["unit_code"].fillna("-").tolist() == ["230102", "-"]
    assert table["unit_name"].isna().all()
    layer([A, B], adcode=["230102000000", "230103018000"]).to_file(file)
    assert layers.read(file).table["unit_code"].tolist() == ["230102", "230103018000"]


def test_parts_of_a_district_become_one_row(tmp_path):
    file = tmp_path / "a.gpkg"
    layer([A, B, A], adcode=["230103", "230102", "230102"]).to_file(file)
    table = layers.read(file).table
    assert table["unit_code"].tolist() == ["230103", "230102"]
    assert table.geometry.iloc[1].area == pytest.approx(A.area + B.area)
    layer([A, B]).to_file(file)  # a study area has neither codes nor names: its parts stay
    assert len(layers.read(file).table) == 2


def test_gk_layer_is_brought_to_degrees(tmp_path):
    file = tmp_path / "a.gpkg"
    layer([A], adcode=["230102"]).to_crs("EPSG:4551").to_file(file)
    assert layers.read(file).table.total_bounds.tolist() == pytest.approx(list(A.bounds), abs=1e-6)


def test_bow_ties_are_repaired_and_other_features_counted(tmp_path):
    file = tmp_path / "a.geojson"
    flat = Polygon([(126.5, 45.6), (126.6, 45.7), (126.5, 45.6)])
    layer([A, BOW_TIE, Point(1, 2), flat], adcode=["1", "2", "3", "4"]).to_file(file)
    read = layers.read(file)
    assert read.table["unit_code"].tolist() == ["1", "2"]
    assert read.table.geometry.is_valid.all()
    assert isinstance(read.table.geometry.iloc[1], MultiPolygon)
    assert (read.provenance["repaired"], read.provenance["set_aside"]) == ("1", "2")
    assert float(read.provenance["area_change"]) == pytest.approx(1)  # the signed area of a bow-tie is zero


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_shapefile_without_cpg(tmp_path, encoding):
    file = tmp_path / "a.shp"
    layer([A], adcode=["230103"], name=["南岗区"]).to_file(file, encoding=encoding)
    (tmp_path / "a.cpg").unlink()
    read = layers.read(file)
    assert read.table["unit_name"].tolist() == ["南岗区"]
    assert f"{encoding}, no cpg" in read.provenance["how"]


def test_missing_crs(tmp_path):
    file = tmp_path / "a.shp"
    layer([A], adcode=["230103"]).to_file(file)
    (tmp_path / "a.prj").unlink()
    with pytest.raises(CrsMissing):
        layers.read(file)


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.geojson", "/vsicurl/https://example.org/a.gpkg", "/vsizip/a.zip/a.shp", "a.vrt", "a.zip",
        "\\vsimem\\a.gpkg", "WFS:https://example.org/a.gpkg",
    ],
)  # fmt: skip
def test_addresses_and_virtual_files_are_refused(path):
    with pytest.raises(InputDamaged) as caught:
        layers.read(path)
    assert caught.value.key == "layer_refused"


def test_vrt_in_disguise_is_refused(tmp_path):
    file = tmp_path / "a.geojson"
    file.write_text("<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>", encoding="utf-8")
    with pytest.raises(InputDamaged) as caught:
        layers.read(file)
    assert caught.value.key == "layer_refused"


def test_unreadable(tmp_path):
    truncated, no_shx, empty = tmp_path / "a.gpkg", tmp_path / "b.shp", tmp_path / "c.geojson"
    layer([A], adcode=["230103"]).to_file(truncated)
    truncated.write_bytes(truncated.read_bytes()[:5000])
    layer([A], adcode=["230103"]).to_file(no_shx)
    (tmp_path / "b.shx").unlink()
    empty.write_text('{"type": "FeatureCollection", "feat', encoding="utf-8")
    for file in (truncated, empty):
        with pytest.raises(InputDamaged) as caught:
            layers.read(file)
        assert caught.value.key == "layer_unreadable"
        assert str(tmp_path) not in caught.value.facts["cause"]
    with pytest.raises(InputDamaged) as caught:
        layers.read(no_shx)
    assert (caught.value.key, caught.value.facts["missing"]) == ("shapefile_part", ".shx")


def test_no_polygons(tmp_path):
    file = tmp_path / "a.geojson"
    layer([Point(126, 45)]).to_file(file)
    with pytest.raises(InputDamaged) as caught:
        layers.read(file)
    assert caught.value.key == "layer_no_polygons"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    with pytest.raises(InputDamaged) as caught:
        layers.read(file)
    assert caught.value.key == "layer_no_polygons"


def test_swapped_coordinates(tmp_path):
    file = tmp_path / "a.geojson"
    layer([box(45.6, 126.5, 45.7, 126.6)]).to_file(file)
    with pytest.raises(InputDamaged) as caught:
        layers.read(file)
    assert caught.value.key == "coordinates_swapped"


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputMissing):
        layers.read(tmp_path / "none.gpkg")
    (tmp_path / "dir.gpkg").mkdir()
    with pytest.raises(InputMissing):
        layers.read(tmp_path / "dir.gpkg")


@pytest.mark.parametrize(("cpg", "encoding"), [("936", "GB18030"), ("GBK", "GB18030"), ("utf-8", "UTF-8")])
def test_shapefile_with_cpg(tmp_path, cpg, encoding):
    file = tmp_path / "a.shp"
    layer([A], adcode=["230103"], name=["南岗区"]).to_file(file, encoding=encoding)
    (tmp_path / "a.cpg").write_text(cpg, encoding="ascii")
    assert layers.read(file).table["unit_name"].tolist() == ["南岗区"]


@pytest.mark.parametrize("cpg", ["ascii", "no such thing"])
def test_shapefile_with_a_wrong_cpg(tmp_path, cpg):
    file = tmp_path / "a.shp"
    layer([A], adcode=["230103"], name=["南岗区"]).to_file(file, encoding="UTF-8")
    (tmp_path / "a.cpg").write_text(cpg, encoding="ascii")
    with pytest.raises(InputDamaged) as caught:
        layers.read(file)
    assert caught.value.key == "layer_unreadable"


def test_catchments_name_their_schools(tmp_path):
    """A column of schools goes before one of names; a polygon of no school is set aside; without a school: refused."""
    file = tmp_path / "学区.gpkg"
    table = gpd.GeoDataFrame({"name": ["一区", "二区"], "学校名称": ["第一小学", None]}, geometry=[A, A], crs=4326)
    table.to_file(file)
    found = layers.read_catchments(file)
    assert found.table["school"].tolist() == ["第一小学"]
    assert found.provenance["set_aside"] == "1"
    table[["geometry"]].assign(area=1.0).to_file(tmp_path / "none.gpkg")
    with pytest.raises(InputDamaged) as caught:
        layers.read_catchments(tmp_path / "none.gpkg")
    assert caught.value.key == "catchments_no_school"
    assert "area" in caught.value.text("zh")
