"""Statements about keys, and claims that something never happened: complete or absent by the log's own heads."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.bundles.facts import Facts, line_head, require_named
from tallystick.app.bundles.key_lives import HeldKey, key_head
from tallystick.app.bundles.statements import Statement, authentic, note, proven
from tallystick.ledger.bundle import HeldHead, Request, errors


def about_key(facts: Facts, asked: Request) -> Iterator[Statement]:
    """Registered, and perhaps revoked; or never registered."""
    reference = asked.text("key")
    head = facts.head(key_head, reference)
    if head is not None and head.absent:
        require_named(key_head, reference)
        yield proven("key.absent", key=reference, size=facts.end)
    else:
        yield from _key(facts, reference)


def not_revoked(facts: Facts, asked: Request) -> Iterator[Statement]:
    reference = asked.text("key")
    head = facts.required_head(key_head, reference)
    if head.absent:
        raise errors.HeadMissing(f"{key_head} {reference}: it is absent")
    _require_told(facts, head)
    key = facts.signers.keys.get(reference)
    if key is not None and key.revoked_at is not None:
        raise errors.ClaimedKeyRevoked(f"entry {key.revoked_at} revoked {reference}")
    yield from _key(facts, reference)


def about_key_at(facts: Facts, asked: Request) -> Iterator[Statement]:
    """Whether a key was valid at an index: its head lists all that ever happened to it."""
    reference, index = asked.text("key"), asked.number("index")
    if index > facts.end:
        raise errors.BundleEntryMissing(f"entry {index}, behind the checkpoint")
    head = facts.required_head(key_head, reference)
    if head.absent:
        require_named(key_head, reference)
        yield proven("key.absent", key=reference, size=facts.end)
        return
    _require_told(facts, head)
    yield from _key(facts, reference)
    yield from _key_at(facts.signers.keys[reference], index)


def _key_at(key: HeldKey, index: int) -> Iterator[Statement]:
    record, ended = key.record, key.revoked_at
    reference = record.reference
    is_told = all(untold >= index for untold in key.untold)
    if index < record.since:
        yield proven("key.at.not-yet", key=reference, index=index)
    elif ended is not None and ended < index:
        yield proven("key.at.ended", key=reference, index=index, ended=ended, reason=key.reason)
    elif is_told:
        yield proven("key.at.valid", key=reference, index=index, custody=record.custody)
    else:
        yield authentic("key.at.maybe-ended", key=reference, index=index)
    if key.bound is not None and key.bound[0] <= index:
        entry, anchor = key.bound
        yield authentic("key.at.bound", key=reference, index=index, bound=entry, anchor=anchor)
    else:
        yield (proven if is_told else authentic)("key.at.self-held", key=reference, index=index)
    suspect = key.suspect_from
    if suspect is not None and suspect <= index:
        yield note("key.at.suspect", key=reference, index=index, suspect=suspect)


def _require_told(facts: Facts, head: HeldHead) -> None:
    """Of each entry that a key's head lists, its body is here, or the fields that tell what it did to the key.

    Raises `BundleEntryMissing`.
    """
    key = facts.signers.keys.get(head.name)
    for index in head.indexes:
        if facts.entry(index).body is None and (key is None or index in key.untold):
            raise errors.BundleEntryMissing(f"the body of entry {index}")


def _key(facts: Facts, reference: str) -> Iterator[Statement]:
    key = facts.signers.keys.get(reference)
    if key is None:
        raise errors.BundleEntryMissing(f"the registration of {reference}")
    record = key.record
    yield proven("key.registered", key=reference, owner=record.owner, index=record.since)
    if key.revoked_at is not None:
        yield proven("key.revoked", key=reference, index=key.revoked_at, reason=key.reason)
        if key.replaced_by:
            yield proven("key.replaced", key=reference, index=key.revoked_at, by=key.replaced_by)
    elif key.proven:
        yield proven("key.not-revoked", key=reference, size=facts.end)
    else:
        yield authentic("key.maybe-revoked", key=reference)


def never_confirmed(facts: Facts, asked: Request) -> Iterator[Statement]:
    """A line is touched when a certificate comes to rest on it: what was never touched never was confirmed."""
    invoice, line = asked.text("invoice"), asked.number("line")
    head = facts.claimed_head(line_head, f"{invoice}#{line}")
    if not head.absent:
        first = head.indexes[0]
        raise errors.ClaimedConfirmed(f"entry {first} confirmed line {line} of {invoice}")
    yield proven("invoice-line.never-confirmed", invoice=invoice, line=line, size=facts.end)


def absent(facts: Facts, asked: Request) -> Iterator[Statement]:
    kind, name = asked.text("kind"), asked.text("name")
    head = facts.claimed_head(kind, name)
    if not head.absent:
        raise errors.AbsenceFalse(f"{len(head.indexes)} entries touched {kind} {name}")
    yield proven("absent", kind=kind, name=name, size=facts.end)
