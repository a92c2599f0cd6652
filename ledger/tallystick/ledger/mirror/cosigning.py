"""The mirror as a witness (C2SP tlog-witness): the same rule of consistency, and before it its own.

It cosigns a checkpoint only after it re-executed what is in scope up to it, and states first, durably and signed
by another key, what that was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.durable import replace_durably
from tallystick.ledger.mirror.errors import MirrorDamaged
from tallystick.ledger.mirror.mirror import Mirror
from tallystick.ledger.note import NoteSignature, Verifier
from tallystick.ledger.witness.errors import LogUnknown, WitnessRequestRefused
from tallystick.ledger.witness.memory import Remembered
from tallystick.ledger.witness.request import AddCheckpoint
from tallystick.ledger.witness.rule import Witness, trusted

#: A checkpoint that is re-executed -> the signed statement about it.
State = Callable[[Checkpoint], Mapping[str, Any]]


class MirrorWitness:
    """Cosigns, as `witness` would, only what its mirror has re-executed of the one log that it follows."""

    def __init__(
        self, witness: Witness, log: Verifier, mirror: Mirror, statements: Statements
    ) -> None:
        self.cosigner = witness.cosigner
        self._witness = witness
        self._log = log
        self._mirror = mirror
        self._statements = statements

    def add_checkpoint(self, request: AddCheckpoint) -> NoteSignature:
        """As `Witness.add_checkpoint`; also raises `MirrorWithholds`."""
        try:
            checkpoint = Checkpoint.parse_extended(request.note.text)
        except CheckpointRefused as error:
            raise WitnessRequestRefused(error.detail) from None
        if checkpoint.origin != self._log.name:
            raise LogUnknown(checkpoint.origin[:200])
        signed = trusted(request.note, [self._log])
        if checkpoint.size:
            self._statements.make(self._mirror.reach(signed.encode()))
        return self._witness.add_checkpoint(request)

    def newest(self, hashed: str) -> Remembered:
        """As `Witness.newest`."""
        return self._witness.newest(hashed)


class Statements:
    """Makes a statement for each checkpoint before it is cosigned, and keeps the newest in a file."""

    def __init__(self, path: Path, state: State) -> None:
        self._path = path
        self._state = state

    def make(self, checkpoint: Checkpoint) -> None:
        """Durable when it returns; an older checkpoint changes nothing."""
        newest = self.newest()
        if newest is None or newest["size"] < checkpoint.size:
            told = {"size": checkpoint.size, "statement": self._state(checkpoint)}
            replace_durably(self._path, json.dumps(told, indent=1).encode() + b"\n")

    def newest(self) -> dict[str, Any] | None:
        """{size, statement}; raises `MirrorDamaged`."""
        return newest_statement(self._path)


def newest_statement(path: Path) -> dict[str, Any] | None:
    """What `Statements` keeps in this file; raises `MirrorDamaged`."""
    try:
        told = json.loads(path.read_bytes())
        if type(told["size"]) is int and isinstance(told["statement"], dict):
            return dict(told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise MirrorDamaged(str(path))
