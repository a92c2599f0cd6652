"""Things of an organisation, and which of them somebody else would see: for who is about to share, or has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.identity import sharing
from tallystick.ledger import Thing, View

#: Things of one kind that are looked at; the newest are not preferred, the order is that of their names.
looked_at_max = 200
#: (kind of thing, index by organisation, its type).
_found_by: tuple[tuple[str, str, str], ...] = (
    ("items", "item-by-maker", ""),
    ("items", "item-by-custodian", ""),
    ("documents", "order-of", "order"),
    ("documents", "despatch-of", "despatch"),
    ("documents", "invoice-of", "invoice"),
    ("documents", "delivery-of", "delivery"),
    ("certificates", "certificate-of-party", ""),
    ("devices", "device-by-organisation", ""),
    ("credentials", "credential-by-holder", ""),
    ("credentials", "credential-by-issuer", ""),
)
_records = "handle-by-owner"
all_kinds = frozenset({"records", *(kind for kind, _, _ in _found_by)})


@dataclass(frozen=True, slots=True)
class Preview:
    """`opened` of `looked` things of an organisation, and which. `more`: it has more than were looked at."""

    looked: int
    opened: tuple[Thing, ...]
    more: bool

    def told(self) -> dict[str, Any]:
        things = [
            {"kind": one.kind, "name": one.name, **({"type": one.type} if one.type else {})}
            for one in self.opened
        ]
        return {"looked": self.looked, "opened": things, "more": self.more}


def by_scopes(
    view: View, owner: str, what: tuple[sharing.Opened, ...], kinds: frozenset[str]
) -> Preview:
    """What these words would open. `kinds`: of things that whoever asks may see itself."""
    things, more = _things(view, owner, kinds)
    told = sharing.previewed(what, things)
    opened = tuple(thing for thing, may in zip(things, told, strict=True) if may)
    return Preview(len(things), opened, more)


def as_seen_by(view: View, owner: str, holding: sharing.Holding, kinds: frozenset[str]) -> Preview:
    """What another sees of them today, by everything that it was given. `kinds` as in `by_scopes`."""
    things, more = _things(view, owner, kinds)
    opened = tuple(thing for thing in things if holding.opens("parties", (owner,), thing))
    return Preview(len(things), opened, more)


def _things(view: View, owner: str, kinds: frozenset[str]) -> tuple[list[Thing], bool]:
    found: dict[Thing, None] = {}
    more = False
    for kind, index, told in _found_by:
        if kind not in kinds:
            continue
        rows = view.find(index, owner, limit=looked_at_max + 1)
        more = more or len(rows) > looked_at_max
        found.update(dict.fromkeys(Thing(kind, row.name, told) for row in rows[:looked_at_max]))
    if "records" not in kinds:
        return list(found), more
    rows = view.find(_records, owner, limit=looked_at_max + 1)
    more = more or len(rows) > looked_at_max
    for row in rows[:looked_at_max]:
        found.update(dict.fromkeys(_values(row.value)))
    return list(found), more


def _values(row: Mapping[str, Any]) -> Iterator[Thing]:
    """The private values of a record, by their types."""
    handle = str(row.get("handle", ""))
    for value in row.get("values", ()):
        permissions = str(value.get("permissions", "1110"))
        if permissions[2:3] != "1":
            yield Thing("records", handle, str(value["type"]))
