"""Which OpenStreetMap objects are of use: the keys that the extract is filtered by and the live server is asked for."""

from __future__ import annotations

OBJECT_KEYS = (
    "amenity", "barrier", "boundary", "building", "club", "emergency", "entrance", "healthcare", "historic", "landuse",
    "leisure", "natural", "office", "place", "railway", "shop", "social_facility", "sport", "tourism", "water",
    "waterway",
)  # fmt: skip
"""An object with one of these keys enters the table of objects."""

WAY_KEYS = ("highway", *OBJECT_KEYS)
"""Of ways and relations these are read."""

NODE_KEYS = tuple(key for key in WAY_KEYS if key not in {"boundary", "natural", "railway", "waterway"})
"""Of nodes these are: single trees, switches and milestones are of no use here and outnumber all else."""

POLYGON_TYPES = ("multipolygon", "boundary")
"""Relations of these types can become polygons."""
