"""A witness's part of a quorum certificate: it signs only what it has cosigned.

The message has no time, so that a note has one signature by each key: asked again, the witness gives the same
one, from memory while it has it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from tallystick.ledger.bls.certificate import signed_message
from tallystick.ledger.bls.errors import NotCosigned, SignerBusy
from tallystick.ledger.bls.key import QuorumKey
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.note import Note, NoteSignatureFails
from tallystick.ledger.witness.memory import origin_hash
from tallystick.ledger.witness.rule import Witness

remembered_shares_max = 256
wait_s_max = 2
waiting_max = 4


class CertificateSigner:
    """An open witness with its BLS key."""

    def __init__(self, opened: Witness, key: QuorumKey) -> None:
        self.public = key.public
        self._witness = opened
        self._key = key
        self._signing = threading.Lock()
        #: Signing is slow, and anybody may ask: the threads of the server are for cosigning too.
        self._waiting = threading.BoundedSemaphore(waiting_max)
        self._shares: OrderedDict[str, bytes] = OrderedDict()

    @property
    def name(self) -> str:
        """As in the quorum text, so that it can be asked in the same process."""
        return self.public.name

    def share(self, note: Note) -> bytes:
        """Its signature of the note, 96 bytes; raises `LogUnknown`, `NotCosigned` or `SignerBusy`."""
        self._require_cosigned(note)
        found = self._shares.get(note.text)
        if found is not None:
            return found
        if not self._waiting.acquire(blocking=False):
            raise SignerBusy(f"{waiting_max} others wait already")
        try:
            if not self._signing.acquire(timeout=wait_s_max):
                raise SignerBusy(f"for more than {wait_s_max} s")
            try:
                return self._share(note.text)
            finally:
                self._signing.release()
        finally:
            self._waiting.release()

    def _share(self, text: str) -> bytes:
        found = self._shares.get(text)
        if found is None:
            found = self._shares[text] = self._key.sign(signed_message(text))
            if len(self._shares) > remembered_shares_max:
                self._shares.popitem(last=False)
        return found

    def _require_cosigned(self, note: Note) -> None:
        """Its valid cosignature is there, and nothing that it remembers speaks against it."""
        try:
            checkpoint = Checkpoint.parse_extended(note.text)
            cosigned = note.signed_by([self._witness.cosigner])
        except (CheckpointRefused, NoteSignatureFails) as error:
            raise NotCosigned(error.detail) from None
        if not cosigned:
            raise NotCosigned(f"no line is by {self._witness.cosigner.name}")
        newest = self._witness.newest(origin_hash(checkpoint.origin)).checkpoint
        if checkpoint.size > newest.size:
            raise NotCosigned(f"it has {checkpoint.size} entries, the newest known {newest.size}")
        if checkpoint.size == newest.size and checkpoint.root != newest.root:
            raise NotCosigned(f"of {checkpoint.size} entries another root is known")
