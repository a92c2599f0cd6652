"""Entries that several keys sign: of this node's store, of files, or on another machine from a draft.

A draft is an entry with the signatures that it has; whoever has another key adds its own to the same bytes, and
the last one sends it. Nothing in it can be changed without all of them signing again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, write_file
from tallystick.app.organisations import accepted
from tallystick.app.sending import Here, There, answer_timeout_s
from tallystick.ledger import (
    Attachment,
    Author,
    Body,
    Envelope,
    PrivateKey,
    Signature,
    SigningKey,
    Submission,
    SystemClock,
    TallystickError,
    pae,
    read_batch,
    write_batch,
)

draft_bytes_max = 4 << 20


class DraftRefused(TallystickError):
    code = "draft-refused"
    status = 400
    title = "This is no draft of one entry, or it has this signature already"
    advice = "Give the file that --draft wrote, and sign it once with each key."


@dataclass(frozen=True, slots=True)
class Way:
    """Where an entry goes: into this store, to a running node (`url`), or into a draft for others to sign."""

    node: Node
    url: str = ""
    draft: Path | None = None

    def say(
        self,
        entry_type: str,
        body: Body,
        signers: Sequence[SigningKey],
        attachments: Sequence[Attachment] = (),
    ) -> int | None:
        """Signed by all, of whom the first is the author's; the entry's index, None for a draft."""
        return self.send(self.signed(entry_type, body, signers, attachments))

    def signed(
        self,
        entry_type: str,
        body: Body,
        signers: Sequence[SigningKey],
        attachments: Sequence[Attachment] = (),
    ) -> Submission:
        first, *others = signers
        origin = str(self.node.genesis()["origin"])
        author = Author(origin, first.keyid.partition(":")[2], first, SystemClock())
        return author.write(entry_type, body, endorsers=others, attachments=attachments)

    def send(self, entry: Submission) -> int | None:
        if self.draft is not None:
            write_file(self.draft, write_batch([entry]))
            return None
        with ExitStack() as stack:
            if self.url:
                http = httpx.Client(timeout=answer_timeout_s, trust_env=False)
                log: Here | There = There(self.url, stack.enter_context(http))
            else:
                log = Here(stack.enter_context(self.node.writer()))
            (answer,) = accepted(log.submit([entry]))
        return answer.index


def signing_key(node: Node, told: str) -> SigningKey:
    """`INDEX:HANDLE` of the node's store, or `INDEX:HANDLE=FILE` (PEM)."""
    reference, _, file = told.partition("=")
    if not file:
        return node.keys.get(reference)
    return SigningKey(reference, PrivateKey.from_pem(read_bytes(Path(file))))


def read_draft(file: Path) -> Submission:
    """Raises `DraftRefused`."""
    try:
        (entry,) = read_batch(read_bytes(file, draft_bytes_max))
    except (TallystickError, ValueError) as error:
        raise DraftRefused(f"{file}: {error}") from None
    if isinstance(entry, TallystickError):
        raise DraftRefused(f"{file}: {entry.detail}")
    return entry


def countersigned(entry: Submission, signers: Sequence[SigningKey]) -> Submission:
    """With more signatures over the same bytes. Raises `DraftRefused`."""
    envelope = Envelope.parse(entry.envelope)
    there = {one.keyid for one in envelope.signatures}
    again = sorted(there & {one.keyid for one in signers})
    if again:
        raise DraftRefused(f"{', '.join(again)} has signed it")
    message = pae(envelope.payload)
    more = tuple(Signature(one.keyid, one.private.sign(message)) for one in signers)
    signed = Envelope(envelope.payload, (*envelope.signatures, *more))
    return replace(entry, envelope=signed.encode())
