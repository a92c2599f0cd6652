"""Making the quorum certificate of a checkpoint in the store, on request (formats §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from tallystick.app.bootstrap import Node
from tallystick.ledger import Note, TallystickError, bls, publish_job


class NoCheckpoint(TallystickError):
    code = "no-checkpoint"
    status = 404
    title = "The store holds no checkpoint of this size"
    advice = "Leave out the size to certify the newest final checkpoint, or name one that is there."


@dataclass(frozen=True, slots=True)
class CertifiedCheckpoint:
    """The note with cosignatures and certificate, and how that was made."""

    note: Note
    quorum: bls.ProvenQuorum
    certified: bls.Certified


def certify(
    node: Node, size: int | None = None, signers: Sequence[bls.AskedSigner] | None = None
) -> CertifiedCheckpoint:
    """Ask the signers for the newest final checkpoint (the newest, while none is), or the one of `size`.

    The certificate is kept and published with the checkpoint. Raises `NoCheckpoint`, `NoQuorumText` or
    `SignersMissing`.
    """
    with node.reader.open() as snapshot:
        found = snapshot.published_checkpoint() if size is None else snapshot.checkpoint(size)
        if found is None:
            raise NoCheckpoint("" if size is None else str(size))
        quorum, policy = bls.require_quorum(snapshot.view, found[0]), snapshot.policy()
    note = Note.parse(found[1])
    with httpx.Client(trust_env=False) as http:
        asked = signers or bls.remote_signers(quorum, policy, http)
        certified = bls.certify(note, quorum, asked)
    with node.store.write() as transaction:
        transaction.cosignatures.put(found[0], [certified.line], final=False)
        transaction.outbox.add(publish_job, f"{found[0]:020d}", str(found[0]))
    return CertifiedCheckpoint(note.adding([certified.line]), quorum, certified)
