"""Relations as readers get them, from either end, now or as they were after an entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import names
from tallystick.identity.relations.bodies import RelationKind
from tallystick.identity.relations.rules import end
from tallystick.identity.saying import relation_types, said_by
from tallystick.ledger import Found, Reader, Thing, View

relations_shown_max = 500


@dataclass(frozen=True, slots=True)
class Relation:
    """`source` <kind> `target`, from the entry `since` on. `readers`: empty if public."""

    kind: RelationKind
    source: str
    target: str
    owners: tuple[str, ...]
    since: int
    until: int | None = None
    readers: tuple[str, ...] = ()

    def other(self, handle: str) -> str:
        """The handle at the other end."""
        return self.target if names.fold(self.source) == names.fold(handle) else self.source


def relations_of(view: View, handle: str, *, at: int | None = None) -> tuple[Relation, ...]:
    """Those in which a handle is source or target, the oldest first; at most `relations_shown_max` of each.

    `at`: after the entry of this index.
    """
    key = names.fold(handle)
    kinds = ("relation",) if at is None else ("relation", "relation-past")
    found = [
        _relation(view, row)
        for kind in kinds
        for end in ("from", "to")
        for row in view.find(f"{kind}-{end}", key, limit=relations_shown_max)
    ]
    kept = {one for one in found if at is None or _held(one, at)}
    return tuple(sorted(kept, key=lambda one: (one.since, one.kind, one.source, one.target)))


def relations_for(reader: Reader, found: Iterable[Relation]) -> tuple[Relation, ...]:
    """Those that the reader may see."""
    return tuple(one for one in found if _readable(reader, one))


def _held(relation: Relation, at: int) -> bool:
    return relation.since <= at and (relation.until is None or at < relation.until)


def _readable(reader: Reader, relation: Relation) -> bool:
    if not relation.readers:
        return reader.may_read("public")
    thing = Thing("relations", said=said_by(relation_types, *relation.owners))
    return reader.may_read("parties", (*relation.owners, *relation.readers), thing=thing)


def _relation(view: View, found: Found) -> Relation:
    row = cast(dict[str, Any], found.value)
    return Relation(
        cast(RelationKind, found.name.partition(" ")[0]),
        row["source"],
        row["target"],
        tuple(
            sorted(
                {owner for side in ("source", "target") if (owner := end(view, row[side]).owner)}
            )
        ),
        row["since"],
        row.get("until"),
        tuple(row.get("readers", ())),
    )
