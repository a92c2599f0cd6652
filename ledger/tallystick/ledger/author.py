"""Building submissions: what every client does before it sends an entry."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallystick.ledger.clock import Clock, instant
from tallystick.ledger.disclosure import fields_root
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    SigningKey,
    Submission,
    body_hash,
    new_id,
    no_prev,
    payload_hash,
    sign_entry,
)
from tallystick.ledger.fields import Body


@dataclass
class Author:
    """A handle that signs entries for one log with its key; outside any stream."""

    origin: str
    handle: str
    key: SigningKey
    clock: Clock
    random: Callable[[int], bytes] = secrets.token_bytes

    def write(
        self,
        entry_type: str,
        body: Body,
        *,
        endorsers: Sequence[SigningKey] = (),
        attachments: Sequence[Attachment] = (),
        entry_id: str | None = None,
        expires: str | None = None,
        seq: int | None = None,
        prev: str | None = None,
        fields: bool = False,
    ) -> Submission:
        """A signed entry with its body, ready to be sent.

        With `fields`, or a body that asks for it, its fields are signed one by one, so that some can be shown
        without the others.
        """
        data, salt, now_ms = body.encode(), self.random(32), self.clock.now_ms()
        entry = Entry(
            self.origin,
            entry_type,
            self.handle,
            entry_id or new_id(now_ms, self.random(10)),
            instant(now_ms),
            body_hash(salt, data),
            expires=expires,
            fields_root=fields_root(salt, data) if fields or body.in_parts else None,
            seq=seq,
            prev=prev,
        )
        envelope = sign_entry(entry, [self.key, *endorsers])
        return Submission(envelope, data, salt, tuple(attachments))


class StreamAuthor:
    """An author whose entries form a gap-free chain, kept in memory (a device keeps it on disk)."""

    def __init__(self, author: Author, seq: int = 0, prev: str = no_prev) -> None:
        self.author = author
        self.seq = seq
        self.prev = prev

    def write(
        self,
        entry_type: str,
        body: Body,
        attachments: Sequence[Attachment] = (),
        *,
        entry_id: str | None = None,
    ) -> Submission:
        submission = self.author.write(
            entry_type,
            body,
            attachments=attachments,
            entry_id=entry_id,
            seq=self.seq,
            prev=self.prev,
        )
        self.seq, self.prev = self.seq + 1, payload_hash(submission.envelope).hex()
        return submission
