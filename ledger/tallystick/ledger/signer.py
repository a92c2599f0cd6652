"""The log's signer: it never signs two histories.

It keeps its last (size, root) outside the database, durable before anything is published, and signs a
checkpoint only with a verified consistency proof from the last one (formats §3).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.durable import replace_durably
from tallystick.ledger.entry import SigningKey
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, Verifier


class SignerRefused(TallystickError):
    code = "signer-refused"
    status = 500
    title = "The log's signer refuses this checkpoint"
    advice = (
        "The database does not extend what was signed before. Stop, and run `tallystick audit`."
    )


class SignerMemory(Protocol):
    """Where the signer remembers the last checkpoint it signed."""

    def load(self) -> tuple[int, bytes]:
        """(size, root); (0, empty root) before the first."""
        ...

    def save(self, size: int, root: bytes) -> None:
        """Durable when it returns."""
        ...


class FileMemory:
    """Signer memory in one small file, replaced atomically and synced with its folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[int, bytes]:
        try:
            data = json.loads(self._path.read_text())
            size, root = data["size"], bytes.fromhex(data["root"])
        except FileNotFoundError:
            return 0, merkle.empty_root
        except (ValueError, KeyError, TypeError):
            raise SignerRefused(f"{self._path} is damaged") from None
        if type(size) is not int or size < 0 or len(root) != 32:
            raise SignerRefused(f"{self._path} is damaged")
        return size, root

    def save(self, size: int, root: bytes) -> None:
        data = json.dumps({"size": size, "root": root.hex()})
        replace_durably(self._path, data.encode())


@dataclass
class LogSigner:
    """Signs blocks and checkpoints with the log's Ed25519 key."""

    origin: str
    key: SigningKey
    memory: SignerMemory

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.origin, self.key.private.public)

    def sign(self, checkpoint: Checkpoint, proof: Sequence[bytes]) -> Note:
        """The signed note; raises `SignerRefused` unless it extends the last one signed."""
        size, root = self.memory.load()
        if checkpoint.origin != self.origin or checkpoint.size < size:
            raise SignerRefused(f"size {size} was signed before, now {checkpoint.size} is asked")
        if size:
            try:
                merkle.verify_consistency(size, checkpoint.size, root, checkpoint.root, proof)
            except merkle.ProofRefused as error:
                raise SignerRefused(error.detail) from None
        self.memory.save(checkpoint.size, checkpoint.root)
        return checkpoint.sign(self.key.private)
