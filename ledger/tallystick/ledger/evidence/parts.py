"""What evidence files are made of: notes, paths, entries with public bodies, signed statements."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from tallystick.ledger import canonical, merkle
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, ProofFile
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.evidence.errors import (
    EvidenceMalformed,
    EvidenceNotSigned,
    EvidenceProofFails,
)
from tallystick.ledger.fields import Body, Count, Hex32
from tallystick.ledger.note import Note, NoteRefused, Verifier, note_bytes_max

path_hashes_max = 64
version = 1

NoteText = Annotated[str, Field(min_length=1, max_length=note_bytes_max)]
Path = Annotated[tuple[Hex32, ...], Field(max_length=path_hashes_max)]
Origin = Annotated[str, Field(min_length=1, max_length=255)]


class DsseSignature(Body):
    keyid: Annotated[str, Field(max_length=600)]
    sig: Annotated[str, Field(max_length=200)]


class Dsse(Body):
    """A DSSE object, such as a receipt, a sighting, or the envelope of an entry."""

    payload: Annotated[str, Field(max_length=1 << 20)]
    payloadType: Annotated[str, Field(max_length=200)]
    signatures: Annotated[tuple[DsseSignature, ...], Field(min_length=1, max_length=16)]

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class PublicEntry(Body):
    """An entry whose body is public: genesis or a block."""

    envelope: Dsse
    body: Annotated[str, Field(max_length=1 << 16)]

    @staticmethod
    def of(leaf: bytes, body: bytes) -> PublicEntry:
        return PublicEntry.model_validate_json(
            canonical.encode(
                {"envelope": canonical.decode(leaf), "body": base64.b64encode(body).decode()}
            )
        )

    @staticmethod
    def answered(entry: Mapping[str, Any]) -> PublicEntry:
        """From what `GET /v1/entries/…` answered; raises `EvidenceMalformed`."""
        try:
            return PublicEntry.model_validate_json(
                canonical.encode({name: entry[name] for name in ("envelope", "body")})
            )
        except (KeyError, ValueError, TallystickError):
            raise EvidenceMalformed("it is no entry with a public body") from None

    def document(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class Place(Body):
    """A leaf's place under a checkpoint."""

    index: Count
    path: Path
    checkpoint: NoteText

    @staticmethod
    def of(proof: ProofFile) -> Place:
        path = tuple(node.hex() for node in proof.path)
        return Place(index=proof.index, path=path, checkpoint=proof.checkpoint)

    def proof(self) -> ProofFile:
        return ProofFile(self.index, unhex(self.path), self.checkpoint)


def unhex(path: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(node) for node in path)


def open_note(text: str, log: Sequence[Verifier]) -> tuple[Checkpoint, Verifier]:
    """The checkpoint, and which of the log's keys signed it; raises `EvidenceNotSigned` or `EvidenceMalformed`."""
    try:
        note = Note.parse(text)
        checkpoint = Checkpoint.parse_extended(note.text)
    except (NoteRefused, CheckpointRefused) as error:
        raise EvidenceMalformed(f"a checkpoint in it: {error.detail}") from None
    try:
        signed = [key for key in note.verify(log) if key.name == checkpoint.origin]
    except NoteRefused as error:
        raise EvidenceNotSigned(error.detail) from None
    if not signed:
        raise EvidenceNotSigned(
            f"no key of {log[0].name} signed the checkpoint of {checkpoint.size}"
        )
    return checkpoint, signed[0]


def require_included(leaf_hash: str, place: Place, log: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint under which the leaf stands at its place; raises `EvidenceProofFails`."""
    checkpoint, _ = open_note(place.checkpoint, log)
    try:
        merkle.verify_inclusion(
            bytes.fromhex(leaf_hash),
            place.index,
            checkpoint.size,
            unhex(place.path),
            checkpoint.root,
        )
    except merkle.ProofRefused as error:
        raise EvidenceProofFails(error.detail) from None
    return checkpoint
