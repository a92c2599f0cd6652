"""What a witness remembers: for each log it watches, the newest checkpoint that it cosigned.

One file for a log, written before the cosignature leaves (C2SP tlog-witness: "persist before responding").
The file is there from the moment the log is watched, with size 0; so a file that is missing is a memory that
was lost, and never a log that is new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.durable import replace_durably
from tallystick.ledger.note import Note, NoteRefused
from tallystick.ledger.witness.cosignature import Cosigner, cosigned_at
from tallystick.ledger.witness.errors import StateDamaged, StateLost, WitnessStorageFailed

evidence_per_log_max = 16
refused_per_log_max = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest checkpoint of a log, with its note as cosigned; empty text before the first."""

    checkpoint: Checkpoint
    note: str = ""

    @staticmethod
    def nothing(origin: str) -> Remembered:
        return Remembered(Checkpoint(origin, 0, merkle.empty_root))

    def time_s(self, cosigner: Cosigner) -> int | None:
        """When `cosigner` cosigned it; raises `NoteSignatureFails` if that signature fails."""
        lines = Note.parse(self.note).signed_by([cosigner]) if self.note else []
        return max((cosigned_at(line.signature) for _, line in lines), default=None)


class Memory:
    """The files `state/<hex SHA-256 of the origin>.json`, `evidence/…` and `refused/…` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, origin: str) -> Remembered:
        """Raises `StateLost` or `StateDamaged`."""
        try:
            data = json.loads(self._path(origin).read_bytes())
        except FileNotFoundError:
            raise StateLost(origin) from None
        except (OSError, ValueError, RecursionError):
            raise StateDamaged(f"{origin}: {self._path(origin)}") from None
        found = _read(data)
        if found is None or found.checkpoint.origin != origin:
            raise StateDamaged(f"{origin}: {self._path(origin)}")
        return found

    def has(self, origin: str) -> bool:
        return self._path(origin).exists()

    def save(self, remembered: Remembered) -> None:
        """Durable when it returns; raises `WitnessStorageFailed`, and then the old state stands."""
        checkpoint = remembered.checkpoint
        told = {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "note": remembered.note,
        }
        try:
            replace_durably(self._path(checkpoint.origin), _json(told))
        except OSError as error:
            raise WitnessStorageFailed(f"{checkpoint.origin}: {error.strerror}") from None

    def keep_evidence(self, origin: str, size: int, digest: str, data: bytes) -> None:
        """Keep an evidence file against a log, one for each (size, digest), and not without limit."""
        path = self._evidence(origin) / f"{size}-{digest[:16]}.json"
        if path.exists() or self.evidence(origin) >= evidence_per_log_max:
            return
        try:
            replace_durably(path, data)
        except OSError as error:
            raise WitnessStorageFailed(f"evidence: {error.strerror}") from None

    def keep_refused(self, origin: str, size: int, note: Note) -> None:
        """Keep a checkpoint that the log signed and no proof led to; some of them, and only the first."""
        folder = self._folder / "refused" / origin_hash(origin)
        digest = hashlib.sha256(note.text.encode()).hexdigest()
        path = folder / f"{size}-{digest[:16]}.note"
        if path.exists() or len(list(folder.glob("*.note"))) >= refused_per_log_max:
            return
        try:
            replace_durably(path, note.encode().encode())
        except OSError as error:
            raise WitnessStorageFailed(f"a refused checkpoint: {error.strerror}") from None

    def evidence(self, origin: str) -> int:
        """How many proofs of a fork are kept."""
        return len(list(self._evidence(origin).glob("*.json")))

    def _path(self, origin: str) -> Path:
        return self._folder / "state" / f"{origin_hash(origin)}.json"

    def _evidence(self, origin: str) -> Path:
        return self._folder / "evidence" / origin_hash(origin)


def origin_hash(origin: str) -> str:
    """Under which a log's checkpoint is found at a witness."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _json(data: Mapping[str, object]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _read(data: object) -> Remembered | None:
    """Size, root and origin must be those of the note."""
    if not isinstance(data, dict) or set(data) != {"origin", "size", "root", "note"}:
        return None
    origin, note, size = data["origin"], data["note"], data["size"]
    if not isinstance(origin, str) or not isinstance(note, str) or type(size) is not int:
        return None
    if not note:
        nothing = Remembered.nothing(origin)
        empty = (size, data["root"]) == (0, nothing.checkpoint.root.hex())
        return nothing if empty else None
    try:
        checkpoint = Checkpoint.parse_extended(Note.parse(note).text)
    except (NoteRefused, CheckpointRefused):
        return None
    said = (checkpoint.origin, checkpoint.size, checkpoint.root.hex())
    return Remembered(checkpoint, note) if said == (origin, size, data["root"]) else None
