"""One row of the read log: who was let see whose things, when, and by which way. No body, no value, no secret.

A day's rows are leaves of an RFC 6962 tree: SHA-256(0x00 ‖ id ‖ row), in the order of their ids. An id is 16 random
bytes, so that whoever is shown one row and its path learns nothing of the rows beside it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.ledger import canonical, merkle
from tallystick.ledger.clock import instant

path_chars_max = 300
things_max = 20
id_bytes = 16


@dataclass(frozen=True, slots=True)
class ReadRow:
    """kind: person, program, token, persona, operator or user. name: its handle, client, or name of its token.

    organisation: for whom it read; None: for nobody in particular, as auditors do. seen_as: party or auditor.
    parties: whose things they were. grounds: why it was let see. things: kinds and names, the first few.
    """

    at_ms: int
    kind: str
    name: str
    organisation: str | None
    roles: tuple[str, ...]
    seen_as: str
    route: str
    path: str
    grades: tuple[str, ...]
    grounds: tuple[str, ...]
    parties: tuple[str, ...]
    things: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """RFC 8785."""
        told: dict[str, Any] = {
            "at": instant(self.at_ms),
            "by": {"kind": self.kind, "name": self.name},
            "as": self.seen_as,
            "route": self.route,
            "path": self.path[:path_chars_max],
            "grades": list(self.grades),
            "grounds": list(self.grounds),
            "parties": list(self.parties),
        }
        if self.organisation is not None:
            told["by"]["organisation"] = self.organisation
        if self.roles:
            told["by"]["roles"] = list(self.roles)
        if self.things:
            told["things"] = list(self.things[:things_max])
        return canonical.encode(told)


def new_row_id() -> str:
    return secrets.token_hex(id_bytes)


def leaf_of(row_id: str, row: bytes) -> bytes:
    return merkle.leaf_hash(bytes.fromhex(row_id) + row)


def day_of(at_ms: int) -> str:
    """The day in UTC."""
    return instant(at_ms)[:10]


@dataclass(frozen=True, slots=True)
class DayTree:
    """The tree of one day's rows, given in the order of their ids."""

    leaves: tuple[bytes, ...]

    @staticmethod
    def of(rows: Sequence[tuple[str, bytes]]) -> DayTree:
        return DayTree(tuple(leaf_of(row_id, row) for row_id, row in sorted(rows)))

    def root(self) -> bytes:
        return merkle.tree_root(self._node, len(self.leaves))

    def path(self, position: int) -> list[bytes]:
        return merkle.inclusion_proof(self._node, position, len(self.leaves))

    def _node(self, level: int, index: int) -> bytes:
        start = index << level
        return merkle.subtree_root(b"".join(self.leaves[start : start + (1 << level)]))


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what it takes to find it in its day's root."""

    origin: str
    day: str
    count: int
    root: str
    index: int
    row_id: str
    row: str
    position: int
    path: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {
            "v": 1, "origin": self.origin, "day": self.day, "count": self.count, "root": self.root,
            "index": self.index, "id": self.row_id, "row": self.row, "position": self.position,
            "path": list(self.path),
        }  # fmt: skip

    @staticmethod
    def of(told: Mapping[str, Any]) -> ShownRow:
        """From its document; whatever is of another form is for `check` to refuse."""
        return ShownRow(
            str(told["origin"]), str(told["day"]), int(told["count"]), str(told["root"]), int(told["index"]),
            str(told["id"]), str(told["row"]), int(told["position"]), tuple(map(str, told["path"])),
        )  # fmt: skip

    def check(self) -> None:
        """Raises `ProofRefused` unless the row leads to the root."""
        leaf = leaf_of(self.row_id, self.row.encode())
        path = [bytes.fromhex(one) for one in self.path]
        merkle.verify_inclusion(leaf, self.position, self.count, path, bytes.fromhex(self.root))
