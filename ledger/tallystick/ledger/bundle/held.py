"""What a bundle holds once it is verified: entries that are in the log, and heads that the log states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tallystick.ledger.anchor import Claim
from tallystick.ledger.bundle.manifest import Manifest
from tallystick.ledger.bundle.shown import Shown
from tallystick.ledger.canonical import Document
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.entry import Entry, Envelope
from tallystick.ledger.governance import epoch_type
from tallystick.ledger.note import Note, Verifier
from tallystick.ledger.reach import Reached
from tallystick.ledger.system import Block, Genesis, block_type
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.quorum import Verdict


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """An entry that stands at `index` under the checkpoint, with what is shown of its body."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    payload_hash: str
    envelope: Envelope
    entry: Entry
    body: bytes | None = None
    salt: bytes | None = None
    document: Document | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class HeldHead:
    """All entries that touched a name, by index; none if the log knows no such name."""

    kind: str
    name: str
    indexes: tuple[int, ...]

    @property
    def absent(self) -> bool:
        return not self.indexes


@dataclass(frozen=True, slots=True)
class Pins:
    """What the user holds to be true, got by another way than the bundle.

    `genesis`: the leaf hash of entry 0.
    """

    log_keys: tuple[Verifier, ...] = ()
    genesis: bytes | None = None
    policy: Policy | None = None

    def sets(self) -> list[list[Verifier]]:
        """Of each pin that names log keys, which ones: the log's must be one of each."""
        named = [entry.verifier for entry in self.policy.logs] if self.policy else []
        return [keys for keys in (list(self.log_keys), named) if keys]

    @property
    def nothing(self) -> bool:
        """Whether no log is pinned; a policy that names none pins none."""
        return self.genesis is None and not self.sets()


@dataclass(frozen=True)
class Bundle:
    """Verified but for who signed: entries, heads, checkpoint and the policy that judged it."""

    manifest: Manifest
    pins: Pins
    checkpoint: Checkpoint
    log: Verifier
    genesis: Genesis
    reached: Reached
    acts: tuple[int, ...]
    policy: Policy
    verdict: Verdict
    block: Block
    entries: Mapping[int, HeldEntry]
    heads: Mapping[tuple[str, str], HeldHead]
    attachments: Mapping[str, bytes]
    keeps_heads: bool
    note: Note
    anchor: Claim | None = None

    @property
    def end(self) -> int:
        """The index of the last block: what heads say holds of every entry before it."""
        return self.checkpoint.size - 1

    @cached_property
    def listed(self) -> frozenset[int]:
        """The entries that some head of the bundle lists."""
        return frozenset(index for head in self.heads.values() for index in head.indexes)

    def applied(self, held: HeldEntry) -> bool:
        """Whether it is sure that the log took it into effect.

        What is refused is in the log only in an author's stream, and touches no head; blocks and epochs are
        never in it as refused.
        """
        own = held.entry.type in (block_type, epoch_type) and held.entry.author == self.genesis.log
        return held.entry.seq is None or own or held.index in self.listed

    @cached_property
    def by_payload(self) -> Mapping[str, HeldEntry]:
        """Entries by the hex hash of what was signed."""
        return {held.payload_hash: held for held in self.entries.values()}
