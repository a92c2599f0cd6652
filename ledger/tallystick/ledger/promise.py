"""What a receipt promises, and whether it was kept (formats §3).

Whoever has only the log's key finds the receipt key and the policy in genesis, which the log key signed, and
what is in force later by the chain of acts of governance (`reach`).
The promise: at this index stands this leaf, and a block of ledger time `sealed_by` at the latest comes
behind it. A proof against a checkpoint that the log signed shows the one, a block in it the other.
Nothing here fetches anything; what a node answered is judged as it came.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from tallystick.ledger import canonical, merkle, system
from tallystick.ledger.bls.registered import Registered
from tallystick.ledger.checkpoint import Checkpoint, ProofFile, open_checkpoint
from tallystick.ledger.claims import claimed_size
from tallystick.ledger.clock import from_instant, instant
from tallystick.ledger.entry import Entry, Envelope, body_hash, pae, public_salt
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.fields import Body
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.note import Verifier
from tallystick.ledger.reach import ChainEntry, ChainRefused, Pinned, Reached, reach
from tallystick.ledger.receipt import (
    Grade,
    ReceiptRefused,
    ReceiptWrongKey,
    Received,
    open_receipt,
    receipt_grade,
)
from tallystick.ledger.witness.policy import Policy

entries_max = 4096
_rows_are = (str, str, int, str, str)


class PromiseBroken(TallystickError):
    code = "receipt-broken"
    status = 409
    title = "The log has not kept the promise of this receipt"
    advice = (
        "Keep the receipt, the proof and the checkpoint: together they prove it to anybody. Send the "
        "entry again, and show the others who rely on this log."
    )


class EntryElsewhere(PromiseBroken):
    code = "receipt-entry-elsewhere"
    title = "Another entry stands where the receipt promised this one"


class EntryMissing(PromiseBroken):
    code = "receipt-entry-missing"
    title = "The log went on without the entry that the receipt promised"


class SealedLate(PromiseBroken):
    code = "receipt-sealed-late"
    title = "The entry was not sealed by the time that the receipt promised"


class EntryLost(PromiseBroken):
    code = "receipt-lost"
    title = "The operator that gave this receipt was lost before witnesses saw the entry"
    advice = (
        "Unless somebody has sent the same envelope to the new operator already, it is not in the log and its id is "
        "free: send it again, which does no harm. Keep the receipt; it names what the lost operator owed you."
    )


class EvidenceRefused(TallystickError):
    code = "receipt-evidence-refused"
    status = 422
    title = "What should prove or disprove the promise proves nothing"
    advice = (
        "Fetch it again, from another source if this goes on; it says nothing about the receipt."
    )


@dataclass(frozen=True, slots=True)
class Charter:
    """What genesis says about whom to believe."""

    log: Verifier
    receipt_key: PublicKey
    policy: Policy
    policy_text: str
    quorum: Registered | None = None
    reached: Reached | None = None

    def log_at(self, size: int | None) -> Verifier:
        """The log key of a checkpoint of this size."""
        return self.log if self.reached is None or size is None else self.reached.at(size).log

    def policy_at(self, size: int) -> Policy:
        """The policy by which a checkpoint of this size is judged."""
        return self.policy if self.reached is None else self.reached.at(size).regime.policy

    def receipt_keys(self) -> list[tuple[PublicKey, int | None]]:
        """Of each operator, with the index from which on its receipts are of a lost one."""
        if self.reached is None:
            return [(self.receipt_key, None)]
        starts = self.reached.epochs
        keys = [self.reached.at(start + 1).keys.receipt for start in starts]
        return list(zip(keys, [*starts[1:], None], strict=True))


@dataclass(frozen=True, slots=True)
class Promise:
    """An opened receipt. `sealed_by` is the latest ledger time of the sealing block.

    `grade`: what the log says had happened to the entries when it gave the receipt.
    `lost_from`: where the next operator's epoch begins, if there is one.
    """

    origin: str
    sealed_by: str
    entries: tuple[Received, ...]
    lost_from: int | None = None
    grade: Grade = "durable"

    def require_kept(self, promised: Received) -> None:
        """Raises `EntryLost` if another operator went on before this index."""
        if self.lost_from is not None and promised.index >= self.lost_from:
            raise EntryLost(f"index {promised.index}; an epoch began at {self.lost_from}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A block in the log: where it stands, its height, and the ledger time that it sets."""

    index: int
    height: int
    time: str


def open_charter(entry: Mapping[str, Any], log: Verifier) -> Charter:
    """The charter in `GET /v1/entries/0`, if `log` signed it; raises `EvidenceRefused`."""
    signed, _, body = _public_entry(entry, system.genesis_type, log)
    if not isinstance(body, system.Genesis) or signed.origin != log.name:
        raise EvidenceRefused(f"it is no genesis of {log.name}")
    if PublicKey.from_jwk(body.log_key.jwk) != log.key:
        raise EvidenceRefused("genesis names another log key")
    receipt_key = PublicKey.from_jwk(body.receipt_key.jwk)
    return Charter(log, receipt_key, Policy.parse(body.policy), body.policy, body.quorum)


def chain_charter(
    answer: Mapping[str, Any], log: Verifier, proven: int | None = None
) -> tuple[Charter, list[ChainEntry]]:
    """The charter in `GET /log/governance`, as far as `log` reaches it; raises `EvidenceRefused`.

    What is behind index `proven` is left out. Who asks proves the entries by `check_chain`.
    """
    try:
        rows = answer["entries"]
        entries = [_chain_entry(row) for row in rows if proven is None or row["index"] <= proven]
        found = reach(Pinned(log=log), entries)
    except ChainRefused as error:
        raise EvidenceRefused(f"{error.title}: {error.detail}") from None
    except (KeyError, TypeError, ValueError):
        raise EvidenceRefused("it is no list of genesis and acts of governance") from None
    first = found.at(1)
    charter = Charter(
        log,
        first.keys.receipt,
        first.regime.policy,
        first.regime.text,
        found.genesis.quorum,
        found,
    )
    return charter, entries


def check_chain(entry: ChainEntry, proof: ProofFile, charter: Charter) -> None:
    """Whether the entry of the chain is in the log; raises `EvidenceRefused`."""
    if proof.index != entry.index:
        raise EvidenceRefused(f"the proof is of index {proof.index}, not {entry.index}")
    _included(entry.leaf_hash, proof, charter)


def _chain_entry(row: Mapping[str, Any]) -> ChainEntry:
    body, salt = (base64.b64decode(row[name], validate=True) for name in ("body", "salt"))
    if type(row["index"]) is not int:
        raise TypeError("index")
    return ChainEntry(row["index"], canonical.encode(row["envelope"]), body, salt)


def open_promise(document: Mapping[str, Any], charter: Charter) -> Promise:
    """A receipt, alone or in the node's answer that brought it; raises `ReceiptRefused`."""
    inner = document.get("receipt", document)
    if not isinstance(inner, Mapping):
        raise ReceiptRefused("no receipt is in it")
    told, lost_from = _open(inner, charter)
    origin, sealed_by, rows = (told.get(name) for name in ("origin", "sealed_by", "entries"))
    grade = receipt_grade(told)
    if not isinstance(sealed_by, str) or not isinstance(rows, list) or len(rows) > entries_max:
        raise ReceiptRefused("sealed_by or entries is not in its form")
    if not _is_instant(sealed_by):
        # Times are compared as text: a time in another form could never be missed.
        raise ReceiptRefused("sealed_by is no instant")
    if origin != charter.log.name:
        raise ReceiptRefused(f"it is of the log {origin}, not of {charter.log.name}")
    entries = tuple(_received(row) for row in rows)
    return Promise(charter.log.name, sealed_by, entries, lost_from, grade)


def _is_instant(text: str) -> bool:
    try:
        return instant(from_instant(text)) == text
    except (ValueError, OverflowError):
        return False


def _open(receipt: Mapping[str, Any], charter: Charter) -> tuple[dict[str, Any], int | None]:
    """By the receipt key of one of the log's operators; raises `ReceiptRefused`."""
    for key, lost_from in charter.receipt_keys():
        try:
            return open_receipt(receipt, key), lost_from
        except ReceiptWrongKey:
            continue
    raise ReceiptWrongKey("the signature does not verify")


def check_place(promised: Received, proof: ProofFile, charter: Charter) -> Checkpoint:
    """The checkpoint under which the promised leaf stands at its index.

    Raises `EvidenceRefused` if the proof shows nothing of the kind; that alone breaks no promise, unless
    `occupied` shows what stands there instead.
    """
    if proof.index != promised.index:
        raise EvidenceRefused(f"the proof is of index {proof.index}, not {promised.index}")
    return _included(bytes.fromhex(promised.leaf_hash), proof, charter)


def occupied(
    promised: Received, entry: Mapping[str, Any], proof: ProofFile, charter: Charter
) -> EntryElsewhere | None:
    """The broken promise, if the proof shows that this other entry stands at the index."""
    leaf = _leaf(entry)
    if proof.index != promised.index or merkle.leaf_hash(leaf).hex() == promised.leaf_hash:
        return None
    try:
        checkpoint = _included(merkle.leaf_hash(leaf), proof, charter)
    except EvidenceRefused:
        return None
    said = f"{promised.id} was promised at {promised.index}"
    return EntryElsewhere(f"{said}; under the checkpoint of {checkpoint.size} another stands there")


def open_block(entry: Mapping[str, Any], proof: ProofFile, log: Verifier | Charter) -> Sealed:
    """A block that is in the log; raises `EvidenceRefused`."""
    _, leaf, body = _public_entry(entry, system.block_type, _key(log, proof.index + 1))
    if not isinstance(body, system.Block):
        raise EvidenceRefused("it is no block")
    _included(merkle.leaf_hash(leaf), proof, log)
    return Sealed(proof.index, body.height, body.time)


def require_sealed(promise: Promise, promised: Received, after: Sealed, before: Sealed) -> None:
    """Whether a block behind the entry is in time; `before` is the last one in front of it.

    Block times never decrease, so any block in time will do. Two blocks of neighbouring heights around
    the entry show that none came between: then a late one is a broken promise. Raises `SealedLate`, or
    `EvidenceRefused` if nothing follows from these blocks.
    """
    if after.index <= promised.index:
        raise EvidenceRefused(f"block {after.index} is not behind entry {promised.index}")
    if after.time <= promise.sealed_by:
        return
    if before.index > promised.index or before.height + 1 != after.height:
        raise EvidenceRefused(f"another block may stand between {before.index} and {after.index}")
    said = f"promised by {promise.sealed_by}, sealed by block {after.index} at {after.time}"
    raise SealedLate(said)


def require_waiting(promise: Promise, promised: Received, newest: Sealed) -> None:
    """A block in front of the entry that is past the promised time: none behind it can be in time.

    Raises `EntryMissing`.
    """
    if newest.index < promised.index and newest.time > promise.sealed_by:
        raise EntryMissing(
            f"block {newest.index} of {newest.time} is past {promise.sealed_by}, and the log it seals "
            f"ends below index {promised.index}"
        )


def _key(log: Verifier | Charter, size: int | None) -> Verifier:
    return log.log_at(size) if isinstance(log, Charter) else log


def _included(leaf_hash: bytes, proof: ProofFile, log: Verifier | Charter) -> Checkpoint:
    try:
        checkpoint = open_checkpoint(proof.checkpoint, _key(log, claimed_size(proof.checkpoint)))
        merkle.verify_inclusion(
            leaf_hash, proof.index, checkpoint.size, proof.path, checkpoint.root
        )
    except TallystickError as error:
        raise EvidenceRefused(f"{error.title}: {error.detail}") from None
    return checkpoint


def _leaf(entry: Mapping[str, Any]) -> bytes:
    try:
        return canonical.encode(entry["envelope"])
    except (TallystickError, KeyError, TypeError, ValueError):
        raise EvidenceRefused("it holds no envelope") from None


def _public_entry(
    answer: Mapping[str, Any], entry_type: str, log: Verifier
) -> tuple[Entry, bytes, Body]:
    """An entry with a public body that the log key signed: (entry, leaf, body)."""
    leaf = _leaf(answer)
    models: dict[str, type[Body]] = {
        system.genesis_type: system.Genesis,
        system.block_type: system.Block,
    }
    try:
        envelope = Envelope.parse(leaf)
        entry = Entry.parse(envelope.payload)
        body = base64.b64decode(answer["body"], validate=True)
        model = models[entry_type].model_validate_json(body)
    except (TallystickError, ValidationError, KeyError, TypeError, ValueError):
        raise EvidenceRefused(f"it is no {entry_type} with its body") from None
    if entry.type != entry_type or body_hash(public_salt, body) != entry.body_hash:
        raise EvidenceRefused(f"it is no {entry_type}, or the body is another one's")
    signed = pae(envelope.payload)
    if not any(log.key.verifies(signature.sig, signed) for signature in envelope.signatures):
        raise EvidenceRefused(f"the log key of {log.name} has not signed it")
    return entry, leaf, model


def _received(row: object) -> Received:
    if not isinstance(row, list) or tuple(map(type, row)) != _rows_are:
        raise ReceiptRefused("an entry has author, id, index, leaf hash and outcome")
    author, entry_id, index, leaf_hash, outcome = row
    try:
        good = len(bytes.fromhex(leaf_hash)) == 32 and index >= 0
    except ValueError:
        good = False
    if not good:
        raise ReceiptRefused(f"index or leaf hash of {entry_id[:40]} is not in its form")
    return Received(author, entry_id, index, leaf_hash, outcome)


def read_document(data: bytes) -> Mapping[str, Any]:
    """The JSON object in a file; raises `ReceiptRefused`."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise ReceiptRefused("it is not JSON") from None
    if not isinstance(found, dict):
        raise ReceiptRefused("it is no JSON object")
    return found
