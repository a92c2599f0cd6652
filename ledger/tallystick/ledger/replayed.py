"""What a replay takes in, what it gives, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.ledger import system
from tallystick.ledger.entry import Attachment
from tallystick.ledger.judge import Outcome, first_state
from tallystick.ledger.verify import Verified


@dataclass(slots=True)
class Record:
    """One entry as its source gives it. Not frozen: that costs four times as much to make, for each entry.

    `leaf` is empty where it is not shown. `told`: what the source says of it beside leaf and body, a store's
    columns or the outcome; None: nothing. `gone`: attachments were erased; `withheld`: so many are not shown.
    `unseen`: hashes of attachments that are there and that nobody could open. `digests`: of those that were looked
    at where this was read, and stayed there.
    """

    index: int
    leaf: bytes
    salt: bytes | None
    body: bytes | None
    attachments: tuple[Attachment, ...] = ()
    told: tuple[Any, ...] | None = None
    gone: bool = False
    withheld: int = 0
    unseen: tuple[str, ...] = ()
    digests: tuple[str, ...] | None = None

    def hashes(self) -> frozenset[str]:
        """Of the attachments that were seen."""
        if self.digests is not None:
            return frozenset(self.digests)
        return frozenset(one.hash() for one in self.attachments)


@dataclass(frozen=True, slots=True)
class Replayed:
    """An entry after replay: what its stored columns must say. `missing`: hashes of attachments that are not there.

    `unchecked`: body or attachments rest on a signature of a suite that this program lacks.
    """

    record: Record
    verified: Verified
    outcome: Outcome
    time: str
    missing: frozenset[str] = frozenset()
    unchecked: bool = False


@dataclass
class Tally:
    """What was counted so far. `unchecked`: entries with a signature of a suite that this program lacks."""

    signatures: int = 0
    blocks: int = 0
    refused: int = 0
    bodies: int = 0
    attachments: int = 0
    attachments_unseen: int = 0
    attachments_missing: int = 0
    contradictions: int = 0
    unchecked: list[int] = field(default_factory=list)

    def count(self, done: Replayed) -> None:
        record, unchecked = done.record, done.verified.unchecked
        self.signatures += len(done.verified.keys) - len(unchecked)
        if unchecked or done.unchecked:
            self.unchecked.append(record.index)
        self.blocks += done.verified.entry.type == system.block_type
        self.refused += done.outcome.refusal is not None
        self.bodies += record.body is not None
        self.attachments += len(record.attachments)
        self.attachments_unseen += len(record.unseen)
        self.attachments_missing += len(done.missing)
        self.contradictions += done.outcome.contradiction is not None


@dataclass(frozen=True, slots=True)
class Where:
    """How far a replay is: what a scratch file says of itself beside its tables."""

    size: int = 0
    chain: str = first_state.hex()
    block_time: str = ""
    block_size: int = 0
    frontier: str = ""
    tally: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(told: Mapping[str, Any]) -> Where:
        return Where(**{name: told[name] for name in Where.__dataclass_fields__})
