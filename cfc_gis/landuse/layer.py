"""Land use from a polygon layer with a column of codes."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfc_gis.errors import ChoiceUnknown, TableFault, UserError
from cfc_gis.landuse.codings import Coding, classify, codings, find_coding, fits_text
from cfc_gis.landuse.found import LandUse, land_use
from cfc_gis.sources import layers

GENERIC_COLUMNS = ("用地代码", "YDDM", "用地分类代码", "landuse_code", "code", "代码", "编码")
"""Names of a column of codes that belong to no coding."""

ID_COLUMNS = ("BSM", "标识码")
_DIGITS = 6  # of a degree, a tenth of a metre: what an id by shape still tells apart


def read(path: str | Path, coding: str | None, *, code_column: str | None = None) -> LandUse:
    """Read a polygon layer of land use.

    Parameters
    ----------
    path
        Local GeoPackage, GeoJSON or Shapefile (:func:`cfc_gis.sources.layers.read_polygons`).
    coding
        Id or alias of the coding: ``sandiao`` or ``三调``, ``yongdi_yonghai`` or ``用地用海``. It is never guessed.
    code_column
        Column of codes; else the first column by a name that the coding uses, then by a general one.

    Returns
    -------
    LandUse
        Ids are ``l`` and the layer's own identifier (BSM, 标识码) where it is complete and unique, else ``l`` and a
        hash of the shape: the same polygon has the same id, in whatever order the file comes.

    Raises
    ------
    InputMissing, InputDamaged, CrsMissing
        As :func:`cfc_gis.sources.layers.read_polygons`.
    UserError
        When no coding was named; the message says which one the codes would fit.
    ChoiceUnknown
        When there is no such coding or column.
    TableFault
        When the layer has no column of codes, or no code of it is known.

    Examples
    --------
    >>> import tempfile
    >>> layer = gpd.GeoDataFrame({"DLBM": ["0701", "0810"]}, crs="EPSG:4326",
    ...     geometry=[shapely.box(126.6, 45.7, 126.61, 45.71), shapely.box(126.61, 45.7, 126.62, 45.71)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     layer.to_file(Path(folder) / "a.gpkg")
    ...     sorted(read(Path(folder) / "a.gpkg", "三调").table["landuse"])
    ['park', 'residential']
    """
    chosen = None if coding is None else find_coding(coding)
    layer = layers.read_polygons(path)
    file = layer.provenance["file"]
    column = _code_column(layer.table, chosen, code_column, file)
    codes = [_code(code) for code in layers.texts(layer.table, [column])]
    if chosen is None:
        raise UserError("coding_missing", path=path, column=column, fits=fits_text(codes))
    classes = classify(codes, chosen).set_index(layer.table.index)
    if classes["landuse"].isna().all():
        raise TableFault("coding_wrong", path=path, column=column, coding=chosen.title, fits=fits_text(codes))
    table = gpd.GeoDataFrame(
        {
            "land_id": _ids(layer.table),
            "landuse": classes["landuse"],
            "code": classes["code"],
            "name": pd.Series(layers.texts(layer.table, layers.NAME_COLUMNS), layer.table.index, dtype=object),
            "source": file,
        },
        geometry=layer.table.geometry,
        crs=layer.table.crs,
    )
    hows = Counter(classes["how"])
    counts = {
        "polygons_without_code": hows["missing"],
        "codes_zero_restored": hows["zero_restored"],
        "codes_of_a_part": hows["part"],
    }
    provenance = {
        "name": Path(file).stem, "data_date": "", "licence": "", **layer.provenance, "coding": chosen.id,
        "column": column,
    }  # fmt: skip
    return land_use(table, classes["how"] == "unknown", counts, provenance)


def as_residential(objects: gpd.GeoDataFrame, land: LandUse) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Let the residential land of a layer be the neighbourhoods, in place of OSM's where the layer speaks.

    A layer speaks where it has a polygon of any class. Beyond it OSM's residential land stays: a layer of one district
    says nothing of the others.

    Parameters
    ----------
    objects
        OSM objects (:data:`cfc_gis.schema.OSM_OBJECTS`).
    land
        Land use from :func:`read`.

    Returns
    -------
    objects : GeoDataFrame
        For :func:`cfc_gis.neighbourhoods.find`: the same objects, those of OSM's ``landuse=residential`` of which a
        point on the surface lies in a polygon of the layer without that tag, and the residential polygons of the
        layer with it, their ``osm_id`` the ``land_id``.
    counts
        ``residential_from_layer``, ``osm_residential_replaced`` and ``osm_residential_kept``.

    Examples
    --------
    >>> block = shapely.box(126.6, 45.7, 126.61, 45.71)
    >>> objects = gpd.GeoDataFrame({"osm_id": ["w1"], "name": [None], "tags": [{"landuse": "residential"}]},
    ...     geometry=[block], crs="EPSG:4326")
    >>> table = gpd.GeoDataFrame({"land_id": ["l7"], "landuse": "residential", "code": "0701", "name": [None],
    ...     "source": "a.gpkg"}, geometry=[block], crs="EPSG:4326")
    >>> both, counts = as_residential(objects, LandUse(table, pd.DataFrame(), {}, {}))
    >>> both[["osm_id", "tags"]].to_dict("list")
    {'osm_id': ['w1', 'l7'], 'tags': [{}, {'landuse': 'residential'}]}
    """
    residential = objects["tags"].map(lambda tags: tags.get("landuse") == "residential").to_numpy(dtype=bool)
    told = land.table.to_crs(objects.crs)
    is_home = residential.copy()
    is_home[residential] = _covered(objects.geometry.to_numpy()[residential], told.geometry.to_numpy())
    stripped = [
        {key: value for key, value in tags.items() if key != "landuse"} if home else tags
        for tags, home in zip(objects["tags"], is_home, strict=True)
    ]
    kept = objects.assign(tags=pd.Series(stripped, index=objects.index, dtype=object))
    homes = told[told["landuse"] == "residential"]
    added = gpd.GeoDataFrame(
        {
            "osm_id": homes["land_id"],
            "name": homes["name"],
            "tags": pd.Series([{"landuse": "residential"}] * len(homes), index=homes.index, dtype=object),
        },
        geometry=homes.geometry,
        crs=objects.crs,
    )
    counts = {
        "residential_from_layer": len(added),
        "osm_residential_replaced": int(is_home.sum()),
        "osm_residential_kept": int((residential & ~is_home).sum()),
    }
    return pd.concat([kept, added], ignore_index=True), counts


def _covered(shapes: NDArray[np.object_], polygons: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether a point on the surface of each shape lies in one of the polygons."""
    covered = np.zeros(len(shapes), dtype=bool)
    points = shapely.point_on_surface(shapes)
    covered[shapely.STRtree(polygons).query(points, predicate="intersects")[0]] = True
    return covered


def _code(text: str | None) -> str | None:
    """Return a code as it is written, also where it was kept as a number."""
    return None if text is None else text.removesuffix(".0").upper()


def _code_column(table: gpd.GeoDataFrame, coding: Coding | None, asked: str | None, file: str) -> str:
    own = coding.columns if coding else ()
    others = [column for other in codings().values() for column in other.columns]
    names = [*own, *GENERIC_COLUMNS, *others]
    if asked is not None:
        if asked in table.columns:
            return asked
        known = ", ".join(str(column) for column in table.columns if column != table.geometry.name)
        raise ChoiceUnknown("choice_unknown", what="column", found=asked, suggestion="", known=known)
    column = layers.find_column(table, names)
    if column is None:
        raise TableFault("landuse_column", path=file, wanted=", ".join(dict.fromkeys(names)))
    return column


def _ids(table: gpd.GeoDataFrame) -> pd.Series:
    own = pd.Series(layers.texts(table, ID_COLUMNS), table.index, dtype=object)
    if own.notna().all() and own.is_unique:
        return "l" + own.astype(str)
    rounded = shapely.transform(table.geometry.to_numpy(), lambda xy: np.round(xy, _DIGITS))
    shapes = shapely.to_wkb(shapely.normalize(rounded))
    return pd.Series(["l" + hashlib.sha256(shape).hexdigest()[:12] for shape in shapes], table.index)
