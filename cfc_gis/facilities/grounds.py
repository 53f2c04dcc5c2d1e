"""What lies around an object: a school's fence, a residential compound, the ground it shares with others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from cfc_gis import lexicon, names, schema
from cfc_gis.facilities.found import Found

_CLOSED_GROUNDS = {
    "amenity=school": "school_ground", "amenity=kindergarten": "school_ground",
    "amenity=college": "campus_ground", "amenity=university": "campus_ground",
    "amenity=hospital": "closed_ground", "amenity=prison": "closed_ground",
    "amenity=research_institute": "closed_ground", "landuse=military": "closed_ground",
    "landuse=residential": "compound",
}  # fmt: skip
_CLOSED = ("school_ground", "campus_ground", "closed_ground")
_IN_COMPOUND = {"park", "play", "sport"}


def inside_pairs(inner: np.ndarray, outer: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of row numbers (inner, outer) where most of the inner shape lies in the outer polygon.

    Parameters
    ----------
    inner
        Shapes in a metre CRS. A polygon counts by area, a line by length, a point by position.
    outer
        Shapes in the same CRS; only polygons hold others.

    Returns
    -------
    list of (int, int)
        Row numbers in ``inner`` and in ``outer``, sorted.

    Examples
    --------
    >>> ground, hall = shapely.box(0, 0, 100, 100), shapely.box(10, 10, 20, 20)
    >>> inside_pairs(np.array([hall, ground]), np.array([ground]))
    [(0, 0), (1, 0)]
    """
    areas = np.flatnonzero(shapely.area(outer) > 0)
    i, j = shapely.STRtree(outer[areas]).query(inner, predicate="intersects")
    j = areas[j]
    common = shapely.intersection(inner[i], outer[j])
    share = np.ones(len(i))
    for dimension, size in ((2, shapely.area), (1, shapely.length)):
        of = shapely.get_dimensions(inner[i]) == dimension
        share[of] = size(common[of]) / size(inner[i[of]])
    keep = share >= lexicon.measure("mostly_inside")
    return sorted(zip(i[keep].tolist(), j[keep].tolist(), strict=True))


def keep_public(found: list[Found], shapes: np.ndarray, tags: list[dict[str, str]]) -> list[Found]:
    """Set aside leisure on closed grounds and green of compounds; other leisure in compounds is presumed.

    Parameters
    ----------
    found
        Objects of interest.
    shapes, tags
        All objects read, in the same CRS.

    Returns
    -------
    list of Found
        In the same order.
    """
    leisure = [row for row, each in enumerate(found) if each.taken and each.kind == "leisure"]
    ground = {row: kind for row, each in enumerate(tags) if (kind := ground_of(each))}
    rows = np.array(list(ground), dtype=int)
    around: dict[int, set[str]] = {}
    for inner, outer in inside_pairs(_shapes(found, leisure), shapes[rows]):
        row, holder = leisure[inner], int(rows[outer])
        if not shapely.equals(found[row].shape, shapes[holder]):  # a thing does not lie in itself
            around.setdefault(row, set()).add(ground[holder])
    return [_judged(each, around.get(row, set())) for row, each in enumerate(found)]


def _judged(each: Found, around: set[str]) -> Found:
    closed = next((kind for kind in _CLOSED if kind in around), None)
    if closed:
        return each.set_aside(closed)
    if "compound" in around and each.category in _IN_COMPOUND:
        if each.category == "park" and not each.core:
            return each.set_aside("compound_green")
        return each.presumed("in compound")
    return each


def ground_of(tags: dict[str, str]) -> str | None:
    """Return what kind of ground it is, if leisure on it is not for all: a compound, or a closed one.

    Examples
    --------
    >>> ground_of({"landuse": "military"}), ground_of({"landuse": "grass"})
    ('closed_ground', None)
    """
    return _CLOSED_GROUNDS.get(f"amenity={tags.get('amenity')}") or _CLOSED_GROUNDS.get(
        f"landuse={tags.get('landuse')}"
    )


def weigh_green(each: Found) -> Found:
    """Set aside a green below the size of a pocket park; an unnamed one that may be a verge is presumed.

    A green known only as a point is presumed where it bears a park's name, since nothing says how large it is.
    """
    if each.category != "park":
        return each
    if not each.is_area:
        named_park = each.core and each.verdict.why != "leisure=garden"
        return each.presumed("size unknown") if named_park else each.set_aside("no_area")
    if each.area < lexicon.measure("pocket_park_m2"):
        return each.set_aside("too_small")
    if each.core or each.verdict.evidence != "strong":
        return each
    narrow = each.shape.buffer(-lexicon.measure("residential_park_width_m") / 2).is_empty
    if narrow or each.area < lexicon.measure("residential_park_m2"):
        return each.presumed("small or narrow green")
    return each


def settle_unnamed_grounds(found: list[Found]) -> list[Found]:
    """Give an unnamed school or hospital ground the name and stage of the one institution on it.

    An unnamed school ground says nothing about its stage. Where all named schools on it are one, it is theirs; where
    they are several it belongs to none and is set aside, so that it does not melt them into one.

    Parameters
    ----------
    found
        Objects of interest.

    Returns
    -------
    list of Found
        In the same order.
    """
    institutions = [row for row, each in enumerate(found) if each.kind != "leisure"]
    guests = [row for row in institutions if found[row].taken and found[row].core]
    hosts = [row for row in institutions if _is_bare_ground(found[row])]
    held: dict[int, list[Found]] = {}
    for inner, outer in inside_pairs(_shapes(found, guests), _shapes(found, hosts)):
        guest, host = found[guests[inner]], found[hosts[outer]]
        if _may_hold(host, guest):
            held.setdefault(hosts[outer], []).append(guest)
    return [_settled(each, held[row]) if row in held else each for row, each in enumerate(found)]


def _is_bare_ground(each: Found) -> bool:
    return not each.core and (each.taken or each.verdict.reason == "stage_unknown")


def _may_hold(host: Found, guest: Found) -> bool:
    if host.kind != guest.kind or host.area <= guest.area:
        return False
    return guest.category == host.category if host.taken else guest.category in schema.SCHOOLS


def _settled(host: Found, guests: list[Found]) -> Found:
    fullest = max(guests, key=lambda guest: (len(guest.core), guest.core, guest.osm_id))
    one_stage = len({guest.category for guest in guests}) == 1
    if one_stage and all(names.agree(fullest.core, guest.core) for guest in guests):
        return replace(host, name=fullest.name, core=fullest.core, verdict=fullest.verdict)
    return host.set_aside("shared_ground")


def _shapes(found: list[Found], rows: list[int]) -> np.ndarray:
    return np.array([found[row].shape for row in rows], dtype=object)
