"""Checking what needs no state: form, size, signatures and attachments of many entries.

Signature checks dominate the cost of an entry, so they run in processes beside the sequencer; threads
were measured slower. The keys travel with the work: a key reference is never reused, so its key material
may come from a cache, whereas its validity is judged later, inside the transaction.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from tallystick.ledger import canonical, merkle
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    Envelope,
    Submission,
    body_bytes_max,
    body_hash,
    is_key_reference,
    leaf_bytes_max,
    pae,
    signatures_max,
)
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey

salt_bytes = 32
chunk_entries = 128
#: Below this, handing entries to another process costs more than it saves.
pool_entries_min = 256


class SignatureInvalid(TallystickError):
    code = "signature-invalid"
    status = 403
    title = "A signature does not verify, or its key is unknown"
    advice = "Sign the exact payload bytes (DSSE) with the key that is registered under this keyid."


#: Whether the attachments fit the body: not looked at here, yes, or why not.
Admission = Literal["unchecked", "admitted"] | TallystickError
#: (entry type, body, attachments); a function that other processes can import, without state.
Admit = Callable[[str, bytes, tuple[Attachment, ...]], Admission]


@dataclass(frozen=True, slots=True)
class Verified:
    """A well-formed entry whose every signature verifies, by the public keys given here."""

    envelope: bytes
    entry: Entry
    payload_hash: bytes
    leaf_hash: bytes
    keys: tuple[tuple[str, PublicKey], ...]
    admission: Admission = "unchecked"
    body_checked: bool = False


Verdict = Verified | TallystickError
Keys = Mapping[str, PublicKey]


def key_references(envelope: bytes) -> list[str]:
    """The well-formed keyids of an envelope, without judging it; empty if it cannot be read."""
    if len(envelope) > leaf_bytes_max:
        return []
    try:
        named = [row["keyid"] for row in orjson.loads(envelope)["signatures"][:signatures_max]]
    except (ValueError, KeyError, TypeError):
        return []
    return [keyid for keyid in named if is_key_reference(keyid)]


def verify(envelope: bytes, keys: Keys) -> Verdict:
    """One envelope; problems are returned, not raised, so that a batch goes on."""
    try:
        parsed = Envelope.parse(envelope)
        entry = Entry.parse(parsed.payload)
    except TallystickError as error:
        return error
    message = pae(parsed.payload)
    used: list[tuple[str, PublicKey]] = []
    for signature in parsed.signatures:
        key = keys.get(signature.keyid)
        if key is None:
            return SignatureInvalid(f"no key is registered as {signature.keyid}")
        if not key.verifies(signature.sig, message):
            return SignatureInvalid(f"the signature by {signature.keyid} does not verify")
        used.append((signature.keyid, key))
    return Verified(
        envelope,
        entry,
        hashlib.sha256(parsed.payload).digest(),
        merkle.leaf_hash(envelope),
        tuple(used),
    )


def verify_many(
    submissions: Sequence[Submission], keys: Keys, admit: Admit | None = None
) -> list[Verdict]:
    return [_verify_one(submission, keys, admit) for submission in submissions]


def _verify_one(submission: Submission, keys: Keys, admit: Admit | None) -> Verdict:
    verdict = verify(submission.envelope, keys)
    if isinstance(verdict, TallystickError):
        return verdict
    admission: Admission = "unchecked"
    if admit is not None and submission.attachments:
        try:
            admission = admit(verdict.entry.type, submission.body, submission.attachments)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
            # The judge looks again and answers for this entry alone; the others of its batch go on.
            admission = "unchecked"
    return replace(verdict, admission=admission, body_checked=_body_fits(verdict.entry, submission))


def _body_fits(entry: Entry, submission: Submission) -> bool:
    """Whether the body hashes to what was signed, and is canonical; the judge says what is wrong."""
    body, salt = submission.body, submission.salt
    if len(body) > body_bytes_max or len(salt) != salt_bytes or entry.fields_root is not None:
        return False
    if body_hash(salt, body) != entry.body_hash:
        return False
    try:
        canonical.decode_object(body)
    except canonical.NotCanonical:
        return False
    return True


class Checker:
    """Verifies entries in `processes` others, or in this one when 0; `admit` checks attachments."""

    def __init__(self, processes: int = 0, admit: Admit | None = None) -> None:
        self.processes = processes
        self._admit = admit
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=context) if processes else None

    @staticmethod
    def processes_sensible() -> int:
        return max(1, (os.cpu_count() or 1) - 1)

    def start(self, submissions: Sequence[Submission], keys: Keys) -> list[Future[list[Verdict]]]:
        """Begin a batch; the results come in order, chunk by chunk."""
        begun: list[Future[list[Verdict]]] = []
        pool = self._pool if len(submissions) >= pool_entries_min else None
        for first in range(0, len(submissions), chunk_entries):
            chunk = submissions[first : first + chunk_entries]
            if pool is not None:
                sent = [_needed(submission, self._admit) for submission in chunk]
                begun.append(pool.submit(verify_many, sent, _used(chunk, keys), self._admit))
                continue
            future: Future[list[Verdict]] = Future()
            future.set_result(verify_many(chunk, keys, self._admit))
            begun.append(future)
        return begun

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def _needed(submission: Submission, admit: Admit | None) -> Submission:
    """What another process must see; attachments travel only if it looks at them."""
    if admit is not None or not submission.attachments:
        return submission
    return replace(submission, attachments=())


def _used(submissions: Sequence[Submission], keys: Keys) -> Keys:
    wanted = {key for submission in submissions for key in key_references(submission.envelope)}
    return {reference: keys[reference] for reference in wanted if reference in keys}
