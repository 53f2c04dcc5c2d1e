"""What a child may walk on, row by row of the table of rules."""

from __future__ import annotations

import pytest

from cfc_gis.walkable import walk_rule, walk_rules


@pytest.mark.parametrize(
    ("tags", "metres", "rule", "walk"),
    [
        ({"highway": "footway"}, 10, "footway", True),
        ({"highway": "steps"}, 10, "footway", True),
        ({"highway": "pedestrian", "area": "yes"}, 10, "footway", True),
        ({"highway": "residential"}, 10, "street", True),
        ({"highway": "primary"}, 10, "main_street", True),
        ({"highway": "primary", "foot": "no"}, 10, "foot_forbidden", False),
        ({"highway": "footway", "foot": "private"}, 10, "foot_forbidden", False),
        ({"highway": "service", "access": "private"}, 10, "access_forbidden", False),
        ({"highway": "service", "access": "private", "foot": "yes"}, 10, "foot_allowed", True),
        ({"highway": "motorway"}, 10, "motorway", False),
        ({"highway": "motorway_link"}, 10, "motorway", False),
        ({"highway": "motorway", "sidewalk": "both"}, 10, "sidewalk", True),
        ({"highway": "trunk", "motorroad": "yes"}, 10, "motorroad", False),
        ({"highway": "trunk"}, 900, "main_street", True),
        ({"highway": "trunk", "bridge": "yes"}, 900, "expressway_bridge", False),
        ({"highway": "trunk", "bridge": "yes"}, 200, "main_street", True),
        ({"highway": "trunk_link", "bridge": "yes", "layer": "2"}, 90, "expressway_upper_level", False),
        ({"highway": "trunk", "bridge": "yes", "sidewalk": "right"}, 900, "sidewalk", True),
        ({"highway": "secondary", "bridge": "yes"}, 900, "main_street", True),
        ({"highway": "secondary", "tunnel": "yes"}, 480, "road_tunnel", False),
        ({"highway": "secondary", "tunnel": "yes"}, 150, "main_street", True),
        ({"highway": "footway", "tunnel": "yes"}, 280, "footway", True),
        ({"highway": "cycleway"}, 10, "cycleway", False),
        ({"highway": "cycleway", "foot": "designated"}, 10, "foot_allowed", True),
        ({"highway": "construction", "foot": "yes"}, 10, "not_built", False),
        ({"highway": "raceway"}, 10, "no_street", False),
    ],
)
def test_what_a_child_may_walk_on(tags: dict[str, str], metres: float, rule: str, walk: bool) -> None:
    found = walk_rule(tags, metres)
    assert found is not None
    assert (found.name, found.walk) == (rule, walk)


def test_a_kind_of_way_that_no_rule_names_is_left_to_nobody() -> None:
    assert walk_rule({"highway": "teleport"}, 10) is None


def test_rules_are_named_once() -> None:
    names = [rule.name for rule in walk_rules()]
    assert len(names) == len(set(names))
