"""Statements about one entry: where it stands, when, who signed it, and what of it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.signers import Signed
from tallystick.app.bundles.statements import Statement, authentic, note, proven
from tallystick.ledger import Block, block_type, canonical
from tallystick.ledger.bundle import HeldEntry, Request


def about_entry(facts: Facts, asked: Request) -> Iterator[Statement]:
    held = facts.entry(asked.number("index"))
    entry, index = held.entry, held.index
    yield proven(
        "entry", index=index, type=entry.type, author=entry.author, id=entry.id, time=entry.time
    )
    yield time_of(facts, index)
    signed = facts.signers.by_entry[index]
    for one in signed:
        yield _signed(index, one)
    if not any(one.own for one in signed):
        yield note("entry.not-own", index=index)
    if facts.bundle.applied(held):
        yield proven("entry.applied", index=index)
    else:
        yield authentic("entry.outcome-unknown", index=index)
    yield from _content(held)


def time_of(facts: Facts, index: int) -> Statement:
    """Ledger time is that of the last block before; two blocks of neighbouring heights show which it is."""
    before = after = None
    for held in facts.shown():
        block = facts.body(held, block_type, Block)
        if block is None or held.entry.author != facts.bundle.genesis.log:
            continue
        if held.index < index:
            before = block
        elif after is None:
            after = block
    to = after.time if after else facts.bundle.block.time
    if before is None:
        return proven("entry.time.until", index=index, to=to)
    if after is not None and after.height == before.height + 1:
        return proven("entry.time.exact", index=index, time=before.time)
    between: dict[str, str | int] = {"index": index, "from": before.time, "to": to}
    return proven("entry.time.between", **between)


def _signed(index: int, one: Signed) -> Statement:
    record = one.key.record
    return (proven if one.key.proven else authentic)(
        "entry.signed" if one.own else "entry.endorsed",
        index=index,
        key=record.reference,
        owner=record.owner,
        registered=record.since,
    )


def _content(held: HeldEntry) -> Iterator[Statement]:
    index = held.index
    if held.body is not None:
        yield proven("entry.body", index=index)
    elif held.shown is None:
        yield note("entry.body-hidden", index=index)
    else:
        for field in held.shown.fields:
            value = canonical.encode(field.value).decode()
            yield proven("entry.field", index=index, pointer=field.pointer, value=value)
        yield note("entry.fields", index=index, shown=len(held.shown.fields))
