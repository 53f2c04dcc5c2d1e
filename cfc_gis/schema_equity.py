"""Table contracts of equity, of hot and cold spots and of rank stability; they continue :mod:`cfc_gis.schema`."""

from __future__ import annotations

from types import MappingProxyType

from cfc_gis import schema
from cfc_gis.schema import Column, Contract

BASES = ("counted", "recorded", "no_finding")
MEASURES = ("mean", "gini", "palma", "theil", "concentration", "concentration_corrected", "fgt0", "fgt1", "fgt2")
GROUPS = ("none", "district", "subdistrict", "urban_rural", "education_group")
CLUSTERS = ("hot", "cold", "low_among_high", "high_among_low", "none", "no_neighbours", "not_tested")


def _table(name: str, key: tuple[str, ...], /, **columns: Column) -> Contract:
    return Contract(name, MappingProxyType(columns), key)


_CATEGORY, _PROFILE = (schema.GAPS.columns[name] for name in ("category", "profile"))
_BASIS = Column(
    "text",
    "counted: an independent count finds them recorded; recorded: said of what is recorded alone; "
    "no_finding: the category is no data, the figure speaks of the data and not of the city",
    allowed=BASES,
)
_BENEFIT = Column("text", "what is shared out, a column of access")

EQUITY = _table(
    "equity", ("level", "unit_code", "category", "profile", "benefit", "measure", "by"),
    level=Column("text", "level", allowed=schema.LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    profile=_PROFILE,
    benefit=_BENEFIT,
    measure=Column("text", "measure; fgt0 to fgt2 are of excess distance, the others of the benefit", allowed=MEASURES),
    by=Column("text", "groups that Theil's T is parted by, or what places are ranked by; else none"),
    value=Column("number", "its value; missing where it is not defined", missing=True),
    value_between=Column("number", "of Theil's T, the part between groups", missing=True),
    value_within=Column("number", "of Theil's T, the part within groups", missing=True),
    groups=Column("count", "how many groups with children there are", missing=True),
    children=Column("count", "children whom the value speaks of, estimated"),
    children_left_out=Column("count", "children of the right age whose value, or rank, is not known, estimated"),
    neighbourhoods=Column("count", "neighbourhoods in which those children live"),
    basis=_BASIS,
    reasons=Column("text", "keys of the locale section equity_reason, joined by ;"),
)  # fmt: skip

LORENZ = _table(
    "lorenz", ("level", "unit_code", "category", "profile", "benefit", "share_children"),
    level=Column("text", "level", allowed=schema.LEVELS),
    unit_code=Column("text", "unit"),
    category=_CATEGORY,
    profile=_PROFILE,
    benefit=_BENEFIT,
    share_children=Column("share", "share of the children, those who have least first"),
    share_benefit=Column("share", "share of the whole that they have together", missing=True),
    basis=_BASIS,
)  # fmt: skip

SPOTS = _table(
    "spots", ("neighbourhood_id", "category", "profile"),
    neighbourhood_id=Column("text", "neighbourhood"),
    category=_CATEGORY,
    profile=_PROFILE,
    benefit=_BENEFIT,
    value=Column("count", "what its children have of it, on average", missing=True),
    neighbours=Column("count", "neighbourhoods within the distance band"),
    value_around=Column("count", "mean of those", missing=True),
    cluster=Column("text", "hot: high among high; cold: low among low; both only where significant",
                   allowed=CLUSTERS),
    p=Column("share", "pseudo p-value of local Moran's I, both tails; missing where it is not tested", missing=True),
    significant=Column("flag", "whether it is below the bound that controls the false discovery rate"),
    basis=_BASIS,
)  # fmt: skip

STABILITY = _table(
    "stability", ("level", "unit_code", "category", "profile"),
    level=Column("text", "level", allowed=schema.LEVELS),
    unit_code=Column("text", "unit"),
    unit_name=Column("text", "its name", missing=True),
    category=_CATEGORY,
    profile=_PROFILE,
    children=Column("count", "children of the right age in the covered part, estimated"),
    share_within=Column("share", "share of them within the standard, by what is recorded"),
    rank=Column("count", "place among the units of its level, 1 is the lowest share"),
    units=Column("count", "how many units are ranked"),
    worst=Column("count", "how many of them count as those that fall short most"),
    share_among_worst=Column("share", "share of the draws in which it is one of those"),
    rank_low=Column("count", "rank that 5 % of the draws stay below"),
    rank_high=Column("count", "rank that 95 % of the draws do not pass"),
    draws=Column("count", "draws"),
    basis=_BASIS,
)  # fmt: skip
