"""Checking what needs no state: form, size and signatures of many envelopes.

Signature checks dominate the cost of an entry, so they run in processes beside the sequencer; threads
were measured slower. The keys travel with the work: a key reference is never reused, so its key material
may come from a cache, whereas its validity is judged later, inside the transaction.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

import orjson

from tallystick.ledger import merkle
from tallystick.ledger.entry import Entry, Envelope, pae
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey

chunk_entries = 256
#: Below this, handing entries to another process costs more than it saves.
pool_entries_min = 512


class SignatureInvalid(TallystickError):
    code = "signature-invalid"
    status = 403
    title = "A signature does not verify, or its key is unknown"
    advice = "Sign the exact payload bytes (DSSE) with the key that is registered under this keyid."


@dataclass(frozen=True, slots=True)
class Verified:
    """A well-formed entry whose every signature verifies, by the public keys given here."""

    envelope: bytes
    entry: Entry
    payload_hash: bytes
    leaf_hash: bytes
    keys: tuple[tuple[str, PublicKey], ...]


Verdict = Verified | TallystickError
Keys = Mapping[str, PublicKey]


def key_references(envelope: bytes) -> list[str]:
    """The keyids of an envelope, without judging it; empty if it cannot be read."""
    try:
        return [str(row["keyid"]) for row in orjson.loads(envelope)["signatures"]]
    except (ValueError, KeyError, TypeError):
        return []


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


def verify_many(envelopes: Sequence[bytes], keys: Keys) -> list[Verdict]:
    return [verify(envelope, keys) for envelope in envelopes]


class Checker:
    """Verifies envelopes in `processes` others, or in this one when 0."""

    def __init__(self, processes: int = 0) -> None:
        self.processes = processes
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=context) if processes else None

    @staticmethod
    def processes_sensible() -> int:
        return max(1, (os.cpu_count() or 1) - 1)

    def start(self, envelopes: Sequence[bytes], keys: Keys) -> list[Future[list[Verdict]]]:
        """Begin a batch; the results come in order, chunk by chunk."""
        chunks = [envelopes[i : i + chunk_entries] for i in range(0, len(envelopes), chunk_entries)]
        if self._pool is None or len(envelopes) < pool_entries_min:
            done: list[Future[list[Verdict]]] = []
            for chunk in chunks:
                future: Future[list[Verdict]] = Future()
                future.set_result(verify_many(chunk, keys))
                done.append(future)
            return done
        return [self._pool.submit(verify_many, chunk, _used(chunk, keys)) for chunk in chunks]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()


def _used(envelopes: Sequence[bytes], keys: Keys) -> Keys:
    wanted = {reference for envelope in envelopes for reference in key_references(envelope)}
    return {reference: keys[reference] for reference in wanted if reference in keys}
