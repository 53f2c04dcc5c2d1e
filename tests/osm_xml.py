"""Write tiny OSM files for tests, so that a case can be read off the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Tags = Mapping[str, str]


def write(
    path: Path,
    nodes: Mapping[int, tuple[float, float] | tuple[float, float, Tags]],
    ways: Mapping[int, tuple[Sequence[int], Tags]] | None = None,
    relations: Mapping[int, tuple[Sequence[tuple[int, str]], Tags]] | None = None,
) -> Path:
    """Write nodes (lon, lat, tags), ways (nodes, tags) and relations (ways with roles, tags) as OSM XML."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6" generator="test">']
    meta = 'version="1" timestamp="2024-01-01T00:00:00Z"'
    for number, (lon, lat, *rest) in sorted(nodes.items()):
        lines.append(f'<node id="{number}" {meta} lon="{lon}" lat="{lat}">{_tags(rest[0] if rest else {})}</node>')
    for number, (refs, tags) in sorted((ways or {}).items()):
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{number}" {meta}>{inner}{_tags(tags)}</way>')
    for number, (members, tags) in sorted((relations or {}).items()):
        inner = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        lines.append(f'<relation id="{number}" {meta}>{inner}{_tags(tags)}</relation>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Tags) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
