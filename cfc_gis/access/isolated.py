"""Places that are cut off: compounds without a street, islands of the network, facilities that nobody can walk to."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis import schema
from cfc_gis.access.measure import Places
from cfc_gis.crossings import Links

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALL = "all"
_LEAST = 1e-9


def islands(links: Links) -> Ints:
    """Return the island of each node of the links: 0 has the most metres, and so on; directions do not count.

    Examples
    --------
    >>> from cfc_gis import crossings, network
    >>> streets = pd.DataFrame({"osm_id": ["w1", "w2"], "part": 0, "name": None, "tags": [{"highway": "footway"}] * 2})
    >>> points = pd.DataFrame({"street": [0, 0, 1, 1], "node_id": [1, 2, 3, 4],
    ...                        "lon": [126.0, 126.0, 126.1, 126.1], "lat": [45.7, 45.71, 45.7, 45.72]})
    >>> islands(crossings.build(network.build(streets, points, crs="EPSG:4551")))
    array([1, 1, 0, 0])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined = coo_array((np.ones(len(links.start)), (links.start, links.end)), shape=(links.n_nodes, links.n_nodes))
    _, label = connected_components(joined, directed=False)
    metres = np.bincount(label[links.start], weights=links.metres, minlength=int(label.max(initial=0)) + 1)
    rank = np.empty(len(metres), dtype=np.int64)
    rank[np.argsort(-metres, kind="stable")] = np.arange(len(metres))
    labels: Ints = rank[label]
    return labels


def find(links: Links, places: Places, access: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List the places that are cut off, each with its reason.

    Parameters
    ----------
    links
        The network with its crossings.
    places
        Origins and entrances on it.
    access
        :data:`cfc_gis.schema.ACCESS`.
    neighbourhoods
        :data:`cfc_gis.schema.NEIGHBOURHOODS`.

    Returns
    -------
    GeoDataFrame
        :data:`cfc_gis.schema.ISOLATED`, in the CRS of the neighbourhoods. Reasons: ``no_street``, none lies near;
        ``island``, the streets there are not joined to the main network; ``no_way``, from a home on the main
        network no way at all leads to a facility of the category, however long, though there are some; ``nobody_near``,
        no home can walk to the facility. What is listed is never scored as served.
    """
    island = np.append(islands(links), -1)
    home = island[np.where(places.at.found, links.start[links.beside(places.at)], -1)]
    rows = [
        _homes(places, home == -1, "no_street"),
        _homes(places, home > 0, "island"),
        _no_way(places, home, access),
        _facilities(links, places, island, home),
    ]
    table = pd.concat([row for row in rows if len(row)] or rows[:1], ignore_index=True)
    return _with_places(table, neighbourhoods, places.facilities)


def _homes(places: Places, cut_off: Flags, reason: str) -> pd.DataFrame:
    share = places.groups.share(cut_off)
    some = share > _LEAST
    return pd.DataFrame(
        {
            "kind": "neighbourhood",
            "id": places.groups.ids[some],
            "category": ALL,
            "reason": reason,
            "share": share[some],
        }
    )


def _no_way(places: Places, home: Ints, access: pd.DataFrame) -> pd.DataFrame:
    cut_off = pd.Series(places.groups.share(home != 0), index=places.groups.ids)
    reached = access[access["share_unreached"] < 1.0]["category"].unique()  # of the rest there is none to be reached
    rows = access[access["category"].isin(reached)]
    share = rows["share_unreached"] - rows["neighbourhood_id"].map(cut_off).astype(float)
    rows = rows.assign(share=share)[share > _LEAST]
    worst = rows.groupby(["neighbourhood_id", "category"])["share"].max().rename_axis(["id", "category"])
    return worst.reset_index().assign(kind="neighbourhood", reason="no_way")


def _facilities(links: Links, places: Places, island: Ints, home: Ints) -> pd.DataFrame:
    at = places.entrances.at
    number, link = links.on_both_sides(at)
    where = island[np.where(link >= 0, links.start[link], -1)]
    of = places.entrances.facility[number]
    on_network, met = np.zeros(len(places.facilities), dtype=bool), np.zeros(len(places.facilities), dtype=bool)
    on_network[of[where >= 0]] = True
    met[of[(where >= 0) & np.isin(where, home)]] = True
    lost = np.flatnonzero(~met & places.facilities["evidence"].isin((*schema.PROVEN, "presumed")).to_numpy())
    return pd.DataFrame(
        {
            "kind": "facility",
            "id": places.facilities["facility_id"].to_numpy()[lost],
            "category": places.facilities["category"].to_numpy()[lost],
            "reason": np.where(on_network[lost], "nobody_near", "no_street"),
            "share": 1.0,
        }
    )


def _with_places(
    table: pd.DataFrame, neighbourhoods: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Add name, children and a point to every row, in a fixed order."""
    homes = neighbourhoods.set_index("neighbourhood_id")
    sites = facilities.set_index("facility_id")
    of_homes = table["kind"] == "neighbourhood"
    names = pd.concat([homes["name"], sites["name"]])
    points = pd.concat([homes.geometry.representative_point(), sites.geometry.representative_point()])
    children = homes[list(schema.BANDS)].sum(axis=1, min_count=1)
    table["name"] = table["id"].map(names[~names.index.duplicated()])
    table["children"] = (table["id"].map(children).astype(float) * table["share"]).where(of_homes)
    out = gpd.GeoDataFrame(table, geometry=table["id"].map(points[~points.index.duplicated()]), crs=neighbourhoods.crs)
    return out.sort_values(["kind", "reason", "id", "category"], ignore_index=True)[
        [*schema.ISOLATED.columns, "geometry"]
    ]
