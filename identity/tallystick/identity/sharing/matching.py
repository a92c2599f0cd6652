"""Whether a thing is among those that were opened. Pure, and asked for each thing that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.identity import names
from tallystick.ledger import Thing, hot_value

#: Grades that the parties of a thing may open to others; what is restricted stays with auditors.
shareable = frozenset({"leaf", "parties"})
_part_of: Mapping[str, str] = {
    "items": "trace",
    "documents": "finance",
    "certificates": "finance",
    "devices": "identity",
    "credentials": "identity",
    "records": "identity",
}


@hot_value
class Scope:
    """`Opened` made ready for being asked; `kind` `part`: everything of `part`."""

    kind: str
    part: str
    types: frozenset[str]
    names: frozenset[str]
    prefixes: tuple[str, ...]
    evidence: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Scope:
        return cls(
            row["kind"],
            row.get("part", ""),
            frozenset(row.get("types", ())),
            frozenset(names.fold(name) for name in row.get("names", ())),
            tuple(names.fold(prefix) for prefix in row.get("prefixes", ())),
            bool(row.get("evidence", False)),
        )

    def holds(self, thing: Thing) -> bool:
        """A list of many things, which has no name, is held only by what is not narrowed to some."""
        if thing.evidence and not self.evidence:
            return False
        if self.kind == "part":
            return part_of(thing) == self.part
        return (
            thing.kind == self.kind
            and (not self.types or self._typed(thing.type))
            and (not (self.names or self.prefixes) or self._named(names.fold(thing.name)))
        )

    def _typed(self, told: str) -> bool:
        return told in self.types or f"{told.partition('.')[0]}.*" in self.types

    def _named(self, name: str) -> bool:
        if name in self.names:
            return True
        return any(name.startswith((f"{prefix}/", f"{prefix}.")) for prefix in self.prefixes)


def part_of(thing: Thing) -> str:
    """The part whose thing it is; an entry's is that of its type."""
    if thing.kind == "entries":
        return thing.type.partition(".")[0]
    return _part_of.get(thing.kind, "")


def holds(scopes: Sequence[Scope], thing: Thing) -> bool:
    return any(scope.holds(thing) for scope in scopes)
