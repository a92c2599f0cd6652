"""Trees over the item graph: what something contains, what it was made of, what was made of it.

An identifier met again is shown once with its branches and afterwards marked `seen`, so that shared
materials (and rework that leads back to a lot) neither repeat nor loop. Bounded in depth and in nodes;
where a bound cut something off, the node says `more`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tallystick.ledger import Json, Reader, View, auditor_reader
from tallystick.trace.errors import NotAParty, UnknownItem
from tallystick.trace.sight import item_parties, item_thing, organisation_name

depth_max = 100
nodes_max = 10_000


@dataclass(slots=True)
class Node:
    """An item in a tree. `identifier` is None where the reader may not see it; the maker's public name
    remains. `amounts` are those of a contained lot by unit; `link` is the relation to the node above."""

    identifier: str | None
    kind: str
    status: str | None
    maker_name: Mapping[str, str]
    seen: bool = False
    more: bool = False
    link: Mapping[str, Json] | None = None
    branches: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """`nodes` counts all nodes; `complete` is False when a bound cut branches off."""

    root: Node
    nodes: int
    complete: bool


def contents(
    view: View, identifier: str, depth: int = depth_max, reader: Reader = auditor_reader
) -> Tree:
    """What it contains now, down to single items and lots."""
    return _grow(view, identifier, ("content", "content-by-parent"), depth, reader)


def materials(
    view: View, identifier: str, depth: int = depth_max, reader: Reader = auditor_reader
) -> Tree:
    """What it was made of, and what that was made of."""
    return _grow(view, identifier, ("made-of", "made-of-by-output"), depth, reader)


def products(
    view: View, identifier: str, depth: int = depth_max, reader: Reader = auditor_reader
) -> Tree:
    """What was made of it, forward. For the parties of the item and auditors: raises `NotAParty`."""
    doc = view.get("item", identifier)
    if doc is not None and not reader.may_read(
        "parties", item_parties(view, identifier, doc), thing=item_thing(identifier, doc)
    ):
        raise NotAParty(identifier)
    return _grow(view, identifier, ("made-into", "made-into-by-input"), depth, reader)


def _grow(view: View, identifier: str, edge: tuple[str, str], depth: int, reader: Reader) -> Tree:
    """Breadth first: what is near is shown even where the bounds cut what is far."""
    if view.get("item", identifier) is None:
        raise UnknownItem(identifier)
    root = _node(view, identifier, reader, asked=True)
    todo = deque([(identifier, root, 0)])
    expanded, count, complete = {identifier}, 1, True
    while todo:
        name, node, level = todo.popleft()
        room = nodes_max - count if level < min(depth, depth_max) else 0
        found = view.find(edge[1], name, limit=max(room, 0) + 1)
        if len(found) > room:
            node.more, complete = True, False
            found = found[:room]
        for row in found:
            branch = _node(view, row.part, reader)
            branch.link = row.value if branch.identifier is not None else None
            node.branches.append(branch)
            branch.seen = row.part in expanded
            if not branch.seen:
                expanded.add(row.part)
                todo.append((row.part, branch, level + 1))
        count += len(found)
    return Tree(root, count, complete)


def _node(view: View, identifier: str, reader: Reader, *, asked: bool = False) -> Node:
    found = view.get("item", identifier)
    doc = cast(Mapping[str, Any], found or {})
    parties = () if found is None else item_parties(view, identifier, found)
    sees = asked or reader.may_read("parties", parties, thing=item_thing(identifier, doc))
    return Node(
        identifier=identifier if sees else None,
        kind=doc.get("kind", "item"),
        status=doc.get("status") if sees else None,
        maker_name=organisation_name(view, doc.get("maker")),
    )
