"""Less data: an extract cut by a smaller box, as a tool cuts it that keeps no nodes from outside."""

from __future__ import annotations

from pathlib import Path

import osmium


def cut(source: Path, target: Path, bounds: tuple[float, float, float, float]) -> Path:
    """Write what a box holds: its nodes, the ways with a node in it, the relations with a member among these.

    Ways keep the numbers of nodes that are not there any more, and relations those of members, as in any simple cut.
    """
    west, south, east, north = bounds
    nodes: set[int] = set()
    ways: set[int] = set()
    relations: set[int] = set()
    kept = {"n": nodes, "w": ways, "r": relations}
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(west, south, east, north))
    with osmium.SimpleWriter(str(target), header=header) as writer:
        for each in osmium.FileProcessor(str(source)):
            if each.is_node():
                if west <= each.lon <= east and south <= each.lat <= north:
                    nodes.add(each.id)
                    writer.add_node(each)
            elif each.is_way():
                if any(node.ref in nodes for node in each.nodes):
                    ways.add(each.id)
                    writer.add_way(each)
            elif each.is_relation() and any(member.ref in kept[member.type] for member in each.members):
                relations.add(each.id)
                writer.add_relation(each)
    return target
