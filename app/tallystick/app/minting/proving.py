"""One code of a batch, provable offline: a file with its proof, the entry of its batch, and the log's own proof.

The file is JSON: {"v": 1, "handle", "salt", "position", "path", "envelope", "body", "body_salt", "proof"}; `proof` is
the text of a C2SP tlog-proof. Checked are the log's signature on the checkpoint, the entry under it, the
body in the entry, and the code under the body's root. An entry outside of any stream is in the log only if it was
accepted (formats §2), so a batch by a stream proves nothing here and is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.identity import is_public, minting
from tallystick.ledger import (
    Entry,
    Envelope,
    Handle,
    Hex32,
    ProofFile,
    Snapshot,
    TallystickError,
    Verifier,
    auditor_reader,
    body_hash,
    canonical,
    witness,
)

code_proof_bytes_max = 1 << 20


class CodeProofRefused(TallystickError):
    code = "code-proof-refused"
    status = 422
    title = "The file does not prove this code"
    advice = "Ask whoever issued the batch for another one, and compare the log's key with the one you pinned."


class CodeUnknown(TallystickError):
    code = "code-unknown"
    status = 404
    title = "No batch of this node issued this code"
    advice = "Check it character by character. Ask the node that issued the batch: only it has the batch's secret."


class CodeProof(BaseModel):
    """The file, as it is written and read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Annotated[int, Field(ge=1, le=1)] = 1
    handle: Handle
    salt: Hex32
    position: Annotated[int, Field(ge=0, lt=minting.batch_serials_max)]
    path: Annotated[list[Hex32], Field(max_length=25)]
    envelope: dict[str, Any]
    body: str
    body_salt: Hex32
    proof: str

    def encode(self) -> bytes:
        return orjson.dumps(self.model_dump(), option=orjson.OPT_INDENT_2) + b"\n"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a file proves."""

    handle: str
    author: str
    index: int
    count: int
    origin: str
    size: int
    record: Mapping[str, str]


def prove(snapshot: Snapshot, codes: minting.IssuedCodes, handle: str) -> CodeProof:
    """Raises `CodeUnknown`, or `NotSealed` while no checkpoint covers the batch."""
    found = codes.find(snapshot.view, handle)
    if found is None:
        raise CodeUnknown(handle)
    elsewhere = codes.entry_elsewhere(found)
    issued = (
        batch_entry(snapshot, int(found.batch.row["since"]))
        if elsewhere is None
        else orjson.loads(elsewhere)
    )
    return CodeProof(
        handle=found.handle,
        salt=found.proof.salt.hex(),
        position=found.proof.position,
        path=[one.hex() for one in found.proof.path],
        **issued,
    )


def batch_entry(snapshot: Snapshot, index: int) -> dict[str, Any]:
    """Of the file, what says that a batch was issued. Raises `CodeUnknown`."""
    entry, proof = snapshot.disclose(index, auditor_reader), snapshot.proof_file(index)
    if entry.body is None or entry.salt is None:
        raise CodeUnknown(f"the body of entry {index} is not here")
    return {
        "envelope": orjson.loads(entry.row.leaf),
        "body": base64.b64encode(entry.body).decode(),
        "body_salt": entry.salt.hex(),
        "proof": proof.encode(),
    }


def read(data: bytes) -> CodeProof:
    """Raises `CodeProofRefused`."""
    if len(data) > code_proof_bytes_max:
        raise CodeProofRefused(f"more than {code_proof_bytes_max} bytes")
    try:
        return CodeProof.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(step) for step in wrong["loc"]) or "file"
        raise CodeProofRefused(f"{where}: {wrong['msg']}") from None


def check(given: CodeProof, log_key: Verifier, policy: witness.Policy | None = None) -> Proven:
    """Raises what is wrong with the file; pure, and needs no server."""
    leaf, body_bytes = canonical.encode(given.envelope), _bytes(given.body)
    proof = ProofFile.parse(given.proof)
    covered = proof.verify(leaf, log_key)
    if policy is not None:
        witness.open_cosigned(proof.checkpoint, policy, log_key).require()
    entry = Entry.parse(Envelope.parse(leaf).payload)
    if entry.type != minting.batch_type or entry.origin != covered.origin or entry.seq is not None:
        raise CodeProofRefused(f"entry {proof.index} is no batch of {covered.origin}")
    if body_hash(bytes.fromhex(given.body_salt), body_bytes) != entry.body_hash:
        raise CodeProofRefused("the body is not the one that the entry names")
    batch = _batch(body_bytes)
    serial = minting.read_serial(given.handle)
    if serial is None or (serial.prefix, serial.batch) != (batch.prefix, batch.batch):
        raise CodeProofRefused(f"{given.handle} is not of batch {batch.prefix}/{batch.batch}")
    path = tuple(bytes.fromhex(one) for one in given.path)
    code = minting.Proof(bytes.fromhex(given.salt), given.position, path)
    minting.verify(given.handle, code, batch.count, bytes.fromhex(batch.root))
    suffix = given.handle.rpartition("/")[2]
    told = {
        value.type: minting.data_of(value, suffix) for value in batch.record if is_public(value)
    }
    found = (given.handle, entry.author, proof.index, batch.count, covered.origin, covered.size)
    return Proven(*found, told)


def _batch(data: bytes) -> minting.IssueBatch:
    try:
        return minting.IssueBatch.model_validate_json(data)
    except ValidationError:
        raise CodeProofRefused("the body is no batch") from None


def _bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise CodeProofRefused("the body is not base64") from None
