"""The story's two witnesses, played in this process: they show the protocol, and vouch for nothing.

They have no address, so that nobody asks them once the story is over.
"""

from __future__ import annotations

from pathlib import Path

from tallystick.app import witnessing
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.ledger import (
    Checkpoint,
    Clock,
    InvariantError,
    Note,
    NoteSignature,
    PrivateKey,
    Verifier,
    witness,
)

names = ("w1", "w2")


def policy() -> str:
    """Both are needed: any two quorums share a witness."""
    lines = [f"witness {name} {_cosigner(name).encode()}" for name in names]
    return "\n".join(
        ["# Both are played by the demo.", *lines, "group both all w1 w2", "quorum both", ""]
    )


def watch(folder: Path, log: Verifier, clock: Clock) -> list[Played]:
    """Both witnesses, with nothing remembered."""
    return [Played(name, folder / name, log, clock) for name in names]


class Played:
    """A witness by its name in the policy, asked as one over HTTP would be."""

    def __init__(self, name: str, folder: Path, log: Verifier, clock: Clock) -> None:
        self.name = name
        memory = witness.Memory(folder)
        memory.save(witness.Remembered.nothing(log.name))
        cosigner = _cosigner(name)
        self._witness = witness.Witness(cosigner.name, _key(name), {log.name: [log]}, memory, clock)
        self._old = 0

    def cosign(self, note: Note, prove: witness.Prove) -> NoteSignature:
        size = Checkpoint.parse(note.text).size
        proof = tuple(prove(self._old, size)) if 0 < self._old < size else ()
        line = self._witness.add_checkpoint(witness.AddCheckpoint(self._old, proof, note))
        self._old = size
        return line


def cosign(node: Node, played: list[Played], clock: Clock) -> int:
    """Make the newest checkpoint final; how many witnesses cosigned it."""
    with node.reader.open() as snapshot:
        agreed, newest = snapshot.policy(), snapshot.checkpoint()
    if newest is None:
        raise InvariantError("the story has no checkpoint")
    found = witness.collect(newest[1], played, agreed, lambda a, b: witnessing.prove(node, a, b))
    if not found.verdict.met:
        raise InvariantError(found.why)
    witnessing.keep(node, newest[0], found, agreed, clock)
    return len(found.verdict.cosigned & set(names))


def _key(name: str) -> PrivateKey:
    return cast.key(f"witness/{name}").private


def _cosigner(name: str) -> witness.Cosigner:
    return witness.Cosigner(f"witness.example/demo/{name}", _key(name).public)
