"""What the log says of an erasure, as readers get it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from tallystick.ledger.erasure.errors import AttachmentErased
from tallystick.ledger.state import Change, State
from tallystick.ledger.store import erasure_kind


@dataclass(frozen=True, slots=True)
class Erasure:
    """`index` is that of the erasing entry, `entry` of the one that held the attachment; `time` is ledger time."""

    entry: int
    hash: str
    index: int
    owner: str
    author: str
    reason: str
    text_class: str
    time: str

    @staticmethod
    def of(entry: int, digest: str, told: Any) -> Erasure:
        """From the document."""
        row = orjson.loads(told) if isinstance(told, str | bytes) else told
        return Erasure(
            entry,
            digest,
            row["index"],
            row["owner"],
            row["author"],
            row["reason"],
            row["text_class"],
            row["time"],
        )

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def problem(self) -> AttachmentErased:
        """For whoever asks for it."""
        said = (
            f"by {self.owner}, {self.reason} ({self.text_class}), entry {self.index} at {self.time}"
        )
        members = {k: v for k, v in self.told().items() if k not in ("hash", "entry")}
        return AttachmentErased(said, erased=members)


def erased_of(state: State, entry: int) -> dict[str, Erasure]:
    """By hash: what was erased of an entry."""
    group = state.group(erasure_kind, str(entry))
    return {digest: Erasure.of(entry, digest, told) for digest, told in group.items()}


def names_erased(effects: Iterable[Change]) -> list[tuple[int, str]]:
    """(entry, hash) of what these effects erase."""
    return [(int(c.name), c.part) for c in effects if c.kind == erasure_kind]
