"""A tree of items as a page shows it: what the reader may not see by name is counted, not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.trace import Node

branches_shown_max = 40


@dataclass(slots=True)
class Branch:
    """An item, or `count` items of one kind and maker whose identifiers are hidden (None)."""

    identifier: str | None
    kind: str
    maker_name: Mapping[str, str]
    seen: bool = False
    more: bool = False
    count: int = 1
    branches: list[Branch] = field(default_factory=list)
    left_out: int = 0


def shown(node: Node) -> Branch:
    """The node and all below it."""
    return _branch([node])


def _branch(nodes: list[Node]) -> Branch:
    """One branch for nodes that look alike to the reader."""
    first = nodes[0]
    groups: dict[object, list[Node]] = {}
    for position, child in enumerate(child for node in nodes for child in node.branches):
        maker = tuple(child.maker_name.items())
        key = (child.kind, maker) if child.identifier is None else position
        groups.setdefault(key, []).append(child)
    found = [_branch(group) for group in groups.values()]
    return Branch(
        identifier=first.identifier,
        kind=first.kind,
        maker_name=first.maker_name,
        seen=first.identifier is not None and first.seen,
        more=any(node.more for node in nodes),
        count=sum(not node.seen for node in nodes) or 1,
        branches=found[:branches_shown_max],
        left_out=max(0, len(found) - branches_shown_max),
    )
