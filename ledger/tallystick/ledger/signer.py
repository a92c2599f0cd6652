"""The log's signer: it never signs two histories.

It keeps its last (size, root) outside the database, durable before anything is published, and signs a
checkpoint only with a verified consistency proof from the last one (formats §3). Behind a fence it signs
nothing: somebody saw a larger tree of this log than the log knows, and a person has to find out why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.durable import replace_durably, sync_path
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


class SignerMemoryLost(SignerRefused):
    code = "signer-memory-lost"
    title = "The log's signer has lost its memory of what it signed"
    advice = (
        "Bring `signer/last.json` back from the machine that signed last. A signer that has forgotten could "
        "sign a second history: if its memory is gone for good, `tallystick governance take-over` begins an epoch."
    )


class LogFenced(TallystickError):
    code = "log-fenced"
    status = 503
    title = "The log has stopped signing: witnesses cosigned more than it has, or stopped its key"
    advice = (
        "Find the newest copy of the database, or the other copy of the log that is running; where an epoch began, "
        "another operator goes on and this one stays stopped. Only when you know why the witnesses say so, "
        "`tallystick log lift-fence --size N` lets the log go on."
    )


class NoFence(TallystickError):
    code = "no-fence"
    status = 409
    title = "No fence of this size stands before the log's signer"
    advice = "`tallystick log show` says whether there is one, and which size it names."


class SignerMemory(Protocol):
    """Where the signer remembers the last checkpoint it signed."""

    def load(self) -> tuple[int, bytes]:
        """(size, root); (0, empty root) before the first."""
        ...

    def save(self, size: int, root: bytes) -> None:
        """Durable when it returns."""
        ...

    def fence(self) -> Fence | None:
        """Why nothing may be signed, if so."""
        ...


@dataclass(frozen=True, slots=True)
class Fence:
    """`size` is that of the tree which a witness says it cosigned, or at which its witnesses stopped the log's key."""

    size: int
    detail: str


class FileMemory:
    """Signer memory in one small file, replaced atomically and synced with its folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fence = path.with_name("fence.json")
        self._lifted = path.with_name("fence.lifted.json")

    def load(self) -> tuple[int, bytes]:
        try:
            data = json.loads(self._path.read_text())
            size, root = data["size"], bytes.fromhex(data["root"])
        except FileNotFoundError:
            return 0, merkle.empty_root
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SignerRefused(f"{self._path} is damaged") from None
        if type(size) is not int or size < 0 or len(root) != 32:
            raise SignerRefused(f"{self._path} is damaged")
        return size, root

    def save(self, size: int, root: bytes) -> None:
        data = json.dumps({"size": size, "root": root.hex()})
        replace_durably(self._path, data.encode())

    def fence(self) -> Fence | None:
        """A fence file that cannot be read fences too."""
        return _read_fence(self._fence)

    def lifted(self) -> Fence | None:
        """The newest fence that a person lifted."""
        return _read_fence(self._lifted)

    def set_fence(self, fence: Fence) -> None:
        """Durable when it returns; the first fence stays."""
        if self.fence() is None:
            data = json.dumps({"size": fence.size, "detail": fence.detail})
            replace_durably(self._fence, data.encode())

    def lift_fence(self, size: int) -> Fence:
        """The fence that stood there, kept beside as `fence.lifted.json`; raises `NoFence`."""
        found = self.fence()
        if found is None or found.size != size:
            raise NoFence("there is none" if found is None else f"it names size {found.size}")
        self._fence.replace(self._lifted)
        sync_path(self._fence.parent)
        return found


def _read_fence(path: Path) -> Fence | None:
    try:
        data = json.loads(path.read_bytes())
        return Fence(int(data["size"]), str(data["detail"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return Fence(0, f"{path} is damaged")


@dataclass
class LogSigner:
    """Signs blocks and checkpoints with the log's Ed25519 key."""

    origin: str
    key: SigningKey
    memory: SignerMemory

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.origin, self.key.private.public)

    def require_unfenced(self) -> None:
        """Raises `LogFenced`."""
        fence = self.memory.fence()
        if fence is not None:
            raise LogFenced(fence.detail)

    def sign(self, checkpoint: Checkpoint, proof: Sequence[bytes]) -> Note:
        """The signed note; raises `SignerRefused` unless it extends the last one signed."""
        self.require_unfenced()
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
