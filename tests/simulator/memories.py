"""What signer, witnesses and mirror keep on their disks: small files, replaced whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulator.chance import Chance, Crash, Violation

from tallystick.ledger import Checkpoint, Fence, merkle
from tallystick.ledger.mirror import MirrorRefuses, NoRefusal, Refusal
from tallystick.ledger.note import Note
from tallystick.ledger.witness import Memory, Remembered, StateLost
from tallystick.ledger.witness.errors import WitnessStorageFailed


class SimMemory:
    """The log signer's: survives its processes, and may fail when it is written."""

    def __init__(self, chance: Chance, durable: Callable[[], int]) -> None:
        """`durable`: how many entries the standby has, now."""
        self.chance = chance
        self.durable = durable
        self.size, self.root = 0, merkle.empty_root
        self.fenced: Fence | None = None
        self.fired: list[str] = []

    def load(self) -> tuple[int, bytes]:
        return self.size, self.root

    def save(self, size: int, root: bytes) -> None:
        """Raises `Violation` if what is to be signed may yet be lost."""
        if size > self.durable():
            raise Violation(f"a checkpoint of {size} is signed, durable are {self.durable()}")
        if self.chance.fault("signer-full-disk"):
            self.fired.append("signer-full-disk")
            raise OSError(28, "No space left on device")
        if self.chance.fault("signer-crash") and self.chance.one_in(2):
            raise Crash("signer-crash")
        self.size, self.root = size, root
        if self.chance.fault("signer-crash"):
            raise Crash("signer-crash")

    def fence(self) -> Fence | None:
        return self.fenced

    def set_fence(self, fence: Fence) -> None:
        self.fenced = self.fenced or fence

    def lift_fence(self, size: int) -> None:
        self.fenced = None


class SimWitnessMemory(Memory):
    """A witness's: `stored` is on its disk, as text, and outlives its process."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.stored: dict[str, tuple[int, str, str]] = {}
        self.forks = 0

    def load(self, origin: str) -> Remembered:
        found = self.stored.get(origin)
        if found is None:
            raise StateLost(origin)
        size, root, note = found
        return Remembered(Checkpoint(origin, size, bytes.fromhex(root)), note)

    def has(self, origin: str) -> bool:
        return origin in self.stored

    def save(self, remembered: Remembered) -> None:
        checkpoint = remembered.checkpoint
        if checkpoint.size and self.chance.fault("witness-full-disk"):
            raise WitnessStorageFailed("No space left on device")
        if checkpoint.size and self.chance.fault("witness-crash") and self.chance.one_in(2):
            raise Crash("witness-crash")
        told = (checkpoint.size, checkpoint.root.hex(), remembered.note)
        self.stored[checkpoint.origin] = told
        if checkpoint.size and self.chance.fault("witness-crash"):
            raise Crash("witness-crash")

    def keep_evidence(self, origin: str, size: int, digest: str, data: bytes) -> None:
        self.forks += 1
        self.chance.reached("fork proven by a witness")

    def keep_refused(self, origin: str, size: int, note: Note) -> None:
        self.chance.reached("checkpoint refused by a witness")

    def evidence(self, origin: str) -> int:
        return self.forks


class SimRefusals:
    """A mirror's refusal: stands until a person lifts it."""

    def __init__(self) -> None:
        self.kept: Refusal | None = None

    def load(self) -> Refusal | None:
        return self.kept

    def keep(self, refusal: Refusal) -> None:
        self.kept = self.kept or refusal

    def lift(self, index: int) -> Refusal:
        if self.kept is None:
            raise NoRefusal("there is none")
        found, self.kept = self.kept, None
        return found

    def error(self) -> MirrorRefuses | None:
        return self.kept.error() if self.kept else None


class SimStatements:
    """What the mirror states of a checkpoint before it cosigns."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def make(self, checkpoint: Checkpoint) -> None:
        self.sizes.append(checkpoint.size)

    def newest(self) -> Mapping[str, Any] | None:
        return json.loads(json.dumps({"size": self.sizes[-1]})) if self.sizes else None
