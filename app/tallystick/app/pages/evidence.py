"""Does an entry verify? Everything is computed anew from the stored bytes, nothing is believed.

For one entry: its leaf hash; each signature over DSSE's pre-authentication encoding by the key registered
under its key reference, valid at this index (formats §2); the salted hash of its body; the path of
RFC 6962 §2.1.1 up to the root of the newest checkpoint; and the log's signature on that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import tallystick.identity as identity
import tallystick.ledger as ledger
from tallystick.ledger import (
    Disclosed,
    Entry,
    EntryRow,
    Envelope,
    PublicKey,
    Signature,
    Snapshot,
    TallystickError,
    View,
    leaf_hash,
    node_hash,
    pae,
)

_directory = identity.Directory()


@dataclass(frozen=True, slots=True)
class Mark:
    """A signature as found: `custody` and `suite` are empty for a key that is not registered.

    `binding`: CA-bound or self-held, as it was at this entry. `lacking`: this program has not the suite, and says
    nothing of it.
    """

    key: str
    owner: str
    suite: str
    custody: str
    verifies: bool
    valid: bool
    revoked_at: int | None
    binding: str = ""
    lacking: bool = False

    @property
    def good(self) -> bool:
        return self.verifies and self.valid


@dataclass(frozen=True, slots=True)
class Fold:
    """One step up the tree: the sibling, on which side it stands, and the hash of both."""

    level: int
    sibling_left: bool
    sibling: str
    result: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found about one entry. `sealed` is False while no checkpoint covers it."""

    row: EntryRow
    entry: Entry | None
    leaf_hash: str
    leaf_matches: bool
    marks: tuple[Mark, ...]
    sealed: bool
    included: bool
    size: int
    root: str
    folds: tuple[Fold, ...]

    @property
    def signed(self) -> bool:
        return (
            bool(self.marks)
            and all(mark.verifies for mark in self.marks)
            and any(mark.valid for mark in self.marks)
        )

    @property
    def sound(self) -> bool:
        """Nothing contradicts the log; what is not sealed yet is not contradicted."""
        return (
            self.entry is not None
            and self.leaf_matches
            and self.signed
            and (self.included or not self.sealed)
        )


def examine(snapshot: Snapshot, index: int) -> Evidence:
    """One entry; raises `IndexUnknown`."""
    row = snapshot.row(index)
    computed = leaf_hash(row.leaf)
    entry, marks = _signatures(snapshot.view, row)
    newest = snapshot.checkpoint()
    sealed = newest is not None and newest[0] > index
    size, root, folds, included = _inclusion(snapshot, row) if sealed else (0, "", (), False)
    return Evidence(
        row=row,
        entry=entry,
        leaf_hash=computed.hex(),
        leaf_matches=computed == row.leaf_hash,
        marks=marks,
        sealed=sealed,
        included=included,
        size=size,
        root=root,
        folds=tuple(folds),
    )


def body_matches(found: Disclosed) -> bool | None:
    """Whether the body shown is the one that was signed; None if it may not be shown."""
    if found.body is None or found.salt is None:
        return None
    try:
        entry = Entry.parse(Envelope.parse(found.row.leaf).payload)
    except TallystickError:
        return False
    return hashlib.sha256(found.salt + found.body).hexdigest() == entry.body_hash


def _signatures(view: View, row: EntryRow) -> tuple[Entry | None, tuple[Mark, ...]]:
    try:
        envelope = Envelope.parse(row.leaf)
        entry = Entry.parse(envelope.payload)
    except TallystickError:
        return None, ()
    return entry, tuple(_mark(view, row.index, envelope.payload, s) for s in envelope.signatures)


def _mark(view: View, index: int, payload: bytes, signature: Signature) -> Mark:
    record = _directory.key(view, signature.keyid)
    if record is None:
        return Mark(signature.keyid, "", "", "", False, False, None)
    public = record.public
    binding = identity.key_at(view, signature.keyid, index).binding
    return Mark(
        key=signature.keyid,
        owner=record.owner,
        suite=public.suite,
        custody=record.custody,
        verifies=_verifies(signature, public, pae(payload)),
        valid=record.valid_at(index),
        revoked_at=record.until,
        binding="self-held" if binding is None else "CA-bound",
        lacking=public.suite not in ledger.known_suites(),
    )


def _verifies(signature: Signature, public: PublicKey, message: bytes) -> bool:
    try:
        ledger.check_signature(signature, public, message)
    except TallystickError:
        return False
    return True


def _inclusion(snapshot: Snapshot, row: EntryRow) -> tuple[int, str, Iterable[Fold], bool]:
    """(size, root, steps, whether they end at the root of a checkpoint that the log signed)."""
    proof = snapshot.proof_file(row.index)
    size = _size(proof.checkpoint)
    steps = fold(leaf_hash(row.leaf), row.index, size, proof.path)
    try:
        checkpoint = proof.verify(row.leaf, ledger.log_verifier(snapshot.view, size))
    except TallystickError:
        return size, "", steps, False
    return checkpoint.size, checkpoint.root.hex(), steps, True


def fold(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> Iterator[Fold]:
    """The hashes on the way from a leaf to the root (RFC 9162 §2.1.3.2)."""
    inner, node = (index ^ (size - 1)).bit_length(), leaf
    for level, sibling in enumerate(path):
        left = level >= inner or bool(index >> level & 1)
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
        yield Fold(level, left, sibling.hex(), node.hex())


def _size(checkpoint: str) -> int:
    lines = checkpoint.split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() else 0
