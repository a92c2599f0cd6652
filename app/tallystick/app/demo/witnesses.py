"""The story's witness and its full mirror, played in this process: they show the protocol, and vouch for nothing.

They have no address, so that nobody asks them once the story is over. The mirror executes every rule again in a
store of its own before it cosigns.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tallystick.app import certifying, witnessing
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.ledger import (
    Checker,
    Checkpoint,
    Clock,
    InvariantError,
    Note,
    NoteSignature,
    PrivateKey,
    Store,
    Verifier,
    auditor_reader,
    bls,
    mirror,
    vault,
    witness,
)

names = ("w1", "mirror")


def policy() -> str:
    """Both are needed: any two quorums share a witness."""
    lines = [f"witness {name} {_cosigner(name).encode()}" for name in names]
    return "\n".join(
        ["# Both are played by the demo.", *lines, "group both all w1 mirror", "quorum both", ""]
    )


def quorum() -> bls.Registered:
    """Both sign quorum certificates too."""
    return bls.register(len(names), [_quorum_key(name).public for name in names])


def watch(folder: Path, node: Node, log: Verifier, clock: Clock, checker: Checker) -> list[Played]:
    """Witness and mirror, with nothing remembered."""
    master = vault.KeyFile(folder / "mirror-master.json")
    store = Store(f"sqlite:///{folder / 'mirror.sqlite3'}", vault=vault.Vault(master))
    store.migrate()
    again = mirror.Again(store, node.rules, node.directory, checker)
    source = mirror.StoreSource(node.reader, auditor_reader)
    following = mirror.Following(again, source, log)
    return [
        Played("w1", folder / "w1", log, clock),
        Played("mirror", folder / "mirror", log, clock, following),
    ]


class Played:
    """A witness by its name in the policy, asked as one over HTTP would be; a mirror follows first."""

    def __init__(
        self,
        name: str,
        folder: Path,
        log: Verifier,
        clock: Clock,
        following: mirror.Following | None = None,
    ) -> None:
        self.name = name
        memory = witness.Memory(folder)
        memory.save(witness.Remembered.nothing(log.name))
        cosigner = _cosigner(name)
        self._witness = witness.Witness(cosigner.name, _key(name), {log.name: [log]}, memory, clock)
        self.signer = bls.CertificateSigner(self._witness, _quorum_key(name))
        self._following = following
        self._old = 0

    def follow(self, checkpoint: str) -> None:
        """A mirror executes again what it has not yet; another witness reads nothing."""
        if self._following is not None:
            self._following.follow(checkpoint, mirror.Span())

    def cosign(self, note: Note, prove: witness.Prove) -> NoteSignature:
        self.follow(note.encode())
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
    for one in played:
        # Before it is asked: an answer has seconds.
        one.follow(newest[1])
    found = witness.collect(newest[1], played, agreed, lambda a, b: witnessing.prove(node, a, b))
    if not found.verdict.met:
        raise InvariantError(found.why)
    witnessing.keep(node, newest[0], found, agreed, clock)
    return len(found.verdict.cosigned & set(names))


def certify(node: Node, played: list[Played]) -> str:
    """A quorum certificate on the newest checkpoint; how many of how many signed, verified again."""
    made = certifying.certify(node, signers=[one.signer for one in played])
    found = bls.open_certificate(made.note, made.quorum)
    return f"{len(found.signers)} of {len(made.quorum.text.signers)}"


def _key(name: str) -> PrivateKey:
    return cast.key(f"witness/{name}").private


def _cosigner(name: str) -> witness.Cosigner:
    return witness.Cosigner(_full(name), _key(name).public)


@cache
def _quorum_key(name: str) -> bls.QuorumKey:
    return bls.QuorumKey.from_seed(_full(name), f"tallystick demo/quorum/{name}".encode())


def _full(name: str) -> str:
    return f"witness.example/demo/{name}"
