"""The proof of an epoch: what a witness, or anybody who pinned the old key, needs to accept the new one.

JSON: the first checkpoint of the new epoch or a later one; genesis and every act of governance with its
path to that checkpoint; and consistency proofs to it, by the sizes that witnesses cosigned last.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger import merkle
from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.fields import Count, Hex32
from tallystick.ledger.note import Note, Verifier, note_bytes_max
from tallystick.ledger.reach import ChainEntry, ChainNotPinned, Pinned, Reached, entries_max, reach

file_bytes_max = 16 << 20
_Path = Annotated[tuple[Hex32, ...], Field(max_length=63)]
_Base64 = Annotated[str, Field(max_length=2 << 20)]


class EpochProofRefused(TallystickError):
    code = "epoch-proof-refused"
    status = 422
    title = "The proof of the epoch does not hold"
    advice = "Ask the new operator for it again: `tallystick governance epoch-proof` writes it."


class EpochBehind(TallystickError):
    code = "epoch-behind"
    status = 409
    title = "The epoch begins before what this witness cosigned under the old key"
    advice = (
        "This witness would sign two histories. Keep its newest checkpoint as evidence: it was not of the "
        "quorum that stopped the log, and the log may go on without it."
    )


class EpochSizeMissing(EpochProofRefused):
    code = "epoch-proof-size-missing"
    title = "The proof leads not from the checkpoint that this witness cosigned last"
    advice = "Ask the new operator for one: `tallystick governance epoch-proof --from SIZE`."


class _Proven(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    index: Count
    leaf: _Base64
    body: _Base64
    salt: Annotated[str, Field(max_length=64)]
    path: _Path


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tallystick: Literal["epoch proof/1"]
    checkpoint: Annotated[str, Field(max_length=note_bytes_max)]
    entries: Annotated[tuple[_Proven, ...], Field(max_length=entries_max)]
    consistency: Annotated[dict[str, _Path], Field(max_length=1024)]


@dataclass(frozen=True, slots=True)
class EpochProof:
    """`entries` with their paths to `checkpoint`, a note; `consistency` by the earlier size."""

    checkpoint: str
    entries: tuple[tuple[ChainEntry, tuple[bytes, ...]], ...]
    consistency: Mapping[int, Sequence[bytes]]

    @property
    def size(self) -> int:
        """Of the checkpoint, as it says; `verify` finds out whether the log signed it."""
        return Checkpoint.parse(Note.parse(self.checkpoint).text).size

    def encode(self) -> bytes:
        entries = tuple(
            _Proven(
                index=one.index,
                leaf=_text(one.leaf),
                body=_text(one.body),
                salt=_text(one.salt),
                path=tuple(node.hex() for node in path),
            )
            for one, path in self.entries
        )
        ways = {
            str(size): tuple(node.hex() for node in proof)
            for size, proof in sorted(self.consistency.items())
        }
        made = _File(
            tallystick="epoch proof/1",
            checkpoint=self.checkpoint,
            entries=entries,
            consistency=ways,
        )
        return made.model_dump_json(indent=1).encode() + b"\n"

    @staticmethod
    def parse(data: bytes) -> EpochProof:
        """Raises `EpochProofRefused`."""
        if len(data) > file_bytes_max:
            raise EpochProofRefused(f"it has more than {file_bytes_max} bytes")
        try:
            read = _File.model_validate_json(data)
            entries = tuple(
                (
                    ChainEntry(one.index, _bytes(one.leaf), _bytes(one.body), _bytes(one.salt)),
                    _hashes(one.path),
                )
                for one in read.entries
            )
            ways = {int(size): _hashes(proof) for size, proof in read.consistency.items()}
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            where = "/".join(str(step) for step in wrong["loc"])
            raise EpochProofRefused(f"{where}: {wrong['msg']}") from None
        except ValueError:
            raise EpochProofRefused("base64 or a size is not in its form") from None
        return EpochProof(read.checkpoint, entries, ways)

    def verify(self, pinned: Sequence[Verifier], newest: Checkpoint | None = None) -> Reached:
        """The chain, if one of these log keys leads to the newest epoch and all of it is under the checkpoint.

        `newest`: what the asking witness cosigned last, which the checkpoint must extend. Raises
        `EpochProofRefused`, `EpochBehind`, `ChainRefused` or `CheckpointRefused`.
        """
        found = self._reached(pinned)
        start = found.epochs[-1]
        if start == 0:
            raise EpochProofRefused("there is no epoch in it")
        log = found.at(start + 1).log
        checkpoint = open_checkpoint(self.checkpoint, log)
        if checkpoint.size <= start:
            raise EpochProofRefused(
                f"its checkpoint has {checkpoint.size} entries, not more than {start}"
            )
        for entry, path in self.entries:
            self._prove(entry, path, checkpoint)
        if newest is not None and newest.size:
            self._extends(newest, checkpoint, start)
        return found

    def _reached(self, pinned: Sequence[Verifier]) -> Reached:
        entries = [entry for entry, _ in self.entries]
        for log in pinned:
            try:
                return reach(Pinned(log=log), entries)
            except ChainNotPinned:
                continue
        raise ChainNotPinned("it is of none of the log keys that are known here")

    def _prove(self, entry: ChainEntry, path: Sequence[bytes], checkpoint: Checkpoint) -> None:
        try:
            merkle.verify_inclusion(
                entry.leaf_hash, entry.index, checkpoint.size, path, checkpoint.root
            )
        except merkle.ProofRefused as error:
            raise EpochProofRefused(f"entry {entry.index}: {error.detail}") from None

    def _extends(self, newest: Checkpoint, checkpoint: Checkpoint, start: int) -> None:
        if newest.size > start:
            raise EpochBehind(f"it begins at {start}, and {newest.size} entries were cosigned here")
        proof = self.consistency.get(newest.size)
        if proof is None:
            raise EpochSizeMissing(f"there is none from {newest.size}")
        try:
            merkle.verify_consistency(
                newest.size, checkpoint.size, newest.root, checkpoint.root, proof
            )
        except merkle.ProofRefused as error:
            raise EpochProofRefused(f"from {newest.size}: {error.detail}") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _hashes(path: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(node) for node in path)
