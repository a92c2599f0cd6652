"""Logs of generated leaves, with their real proofs and signatures, for tests of witnesses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.ledger import Checkpoint, Note, PrivateKey, SetClock, Verifier, merkle, witness

origin = "log.example/tests"
start = "2026-03-05T08:00:00.000Z"


def key(name: str) -> PrivateKey:
    return PrivateKey.from_seed(hashlib.sha256(name.encode()).digest())


def verifier(name: str = origin) -> Verifier:
    return Verifier(name, key(name).public)


def cosigner(name: str) -> witness.Cosigner:
    return witness.Cosigner(name, key(name).public)


@dataclass
class History:
    """One history of a log. Histories of the same `shared` leaves are forks above them."""

    name: str = "main"
    shared: int = 0
    origin: str = origin
    _roots: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def node(self, level: int, index: int) -> bytes:
        found = self._roots.get((level, index))
        if found is None:
            if level:
                left, right = self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1)
                found = merkle.node_hash(left, right)
            else:
                said = "shared" if index < self.shared else self.name
                found = merkle.leaf_hash(f"{said}/{index}".encode())
            self._roots[level, index] = found
        return found

    def prove(self, first: int, second: int) -> list[bytes]:
        return merkle.consistency_proof(self.node, first, second)

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, merkle.tree_root(self.node, size))

    def note(self, size: int) -> Note:
        """Signed with the log's real key, whatever the history."""
        return self.checkpoint(size).sign(key(self.origin))

    def request(self, old: int, size: int) -> witness.AddCheckpoint:
        proof = tuple(self.prove(old, size)) if 0 < old < size else ()
        return witness.AddCheckpoint(old, proof, self.note(size))


def remembering(folder: Path, *origins: str) -> witness.Memory:
    """A memory in which these logs are watched, and nothing is cosigned."""
    memory = witness.Memory(folder)
    for one in origins or (origin,):
        memory.save(witness.Remembered.nothing(one))
    return memory


def opened(folder: Path, name: str = "witness.example/w1", *origins: str) -> witness.Witness:
    """A witness over what is in the folder."""
    watched = {one: [verifier(one)] for one in origins or (origin,)}
    return witness.Witness(name, key(name), watched, witness.Memory(folder), SetClock(start))


def fresh(folder: Path, name: str = "witness.example/w1", *origins: str) -> witness.Witness:
    remembering(folder, *origins)
    return opened(folder, name, *origins)


def policy(*names: str, rule: str = "all") -> witness.Policy:
    lines = [f"log {verifier().encode()}"]
    lines += [f"witness {name} {cosigner(name).encode()}" for name in names]
    lines += [f"group everybody {rule} {' '.join(names)}", "quorum everybody"]
    return witness.Policy.parse("\n".join(lines) + "\n")


def changed_bytes(text: bytes) -> Iterator[bytes]:
    """The text with one bit of each byte flipped in turn."""
    for place in range(len(text)):
        yield text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
