"""The audit of cosignatures: each verifies, by a witness of the policy, under a checkpoint that is there.

So does each quorum certificate, by the log's quorum text; it makes nothing final. Which checkpoints are final follows from them, and is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, zip_longest
from typing import Any

from tallystick.ledger.bls.logged import KeptCertificates
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note
from tallystick.ledger.replay import NotSound
from tallystick.ledger.store import Transaction
from tallystick.ledger.witness.policy import Policy

Row = tuple[Any, ...]
#: By which policy a checkpoint of a size is judged.
PolicyOf = Callable[[int], Policy]


def check_cosignatures(
    transaction: Transaction,
    notes: Mapping[int, str],
    policy_of: PolicyOf,
    certificates: KeptCertificates,
) -> tuple[int, int]:
    """(cosignatures, checkpoints that are final); `notes` by size. Raises `NotSound`."""
    counted = [0, 0]
    rows = _without_certificates(transaction.rows("cosignature"), notes, certificates)
    expected = _final(rows, notes, policy_of, counted)
    found = (size for (size,) in transaction.rows("finality"))
    for told, kept in zip_longest(expected, found):
        counted[1] += 1
        if told != kept:
            raise NotSound("table finality", told or "no more rows", kept or "no more rows")
    return counted[0], counted[1]


def _final(
    rows: Iterable[Row], notes: Mapping[int, str], policy_of: PolicyOf, counted: list[int]
) -> Iterator[int]:
    """The sizes whose cosignatures are a quorum, in order."""
    for size, group in groupby(rows, key=lambda row: row[0]):
        names: set[str] = set()
        policy = policy_of(size)
        for _, name, key_id, signature in group:
            names.add(_signer(size, (name, key_id, signature), notes, policy))
            counted[0] += 1
        if not policy.is_none and policy.judge(names).met:
            yield size


def _without_certificates(
    rows: Iterable[Row], notes: Mapping[int, str], certificates: KeptCertificates
) -> Iterator[Row]:
    """The other rows; raises `NotSound` at a certificate that does not verify."""
    for row in rows:
        size, name, key_id, signature = row
        if not certificates.has(name, key_id):
            yield row
            continue
        what = f"quorum certificate under checkpoint {size}"
        if size not in notes:
            raise NotSound(what, "a checkpoint of this size", "none")
        if not isinstance(signature, bytes):
            raise NotSound(what, "bytes", type(signature).__name__)
        try:
            certificates.check(name, key_id, Note.parse(notes[size]).text, signature)
        except TallystickError as error:
            raise NotSound(what, "a signature that verifies", error.diagnosis()) from None


def _signer(size: Any, line: Row, notes: Mapping[int, str], policy: Policy) -> str:
    """The witness, by its name in the policy, whose valid cosignature this is."""
    name, key_id, signature = line
    what = f"cosignature of {name} under checkpoint {size}"
    if size not in notes:
        raise NotSound(what, "a checkpoint of this size", "none")
    for one in policy.witnesses:
        cosigner = one.cosigner
        if (cosigner.name, cosigner.key_id.hex()) == (name, key_id):
            if not isinstance(signature, bytes):
                raise NotSound(what, "bytes", type(signature).__name__)
            text = Note.parse(notes[size]).text
            if not cosigner.verifies(text.encode(), signature):
                raise NotSound(what, "a signature that verifies", "one that does not")
            return one.name
    raise NotSound(what, "a witness of the policy", f"{name} with key {key_id}")
