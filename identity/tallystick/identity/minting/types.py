"""Minting's entry types and kinds of document, as identity's registry takes them in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity import directory, names, records
from tallystick.identity.minting import batches, bodies, gs1, ranges, rules, serials
from tallystick.ledger import Act, Document, EntryType, Kind, RuleSet, State, everybody, graded

batch_type = "identity.batch/1"
seen_type = "identity.seen/1"
assign_type = "identity.batch.assign/1"
void_type = "identity.void/1"
reserve_type = "identity.range.reserve/1"
release_type = "identity.range.release/1"


def _by_prefix(_name: str, _part: str, value: Document) -> Iterable[str]:
    """The batch itself; its shares and voided positions are found with it."""
    return [cast(str, value["prefix"])] if "prefix" in value else []


def _batch_readers(state: State, act: Act[bodies.IssueBatch]) -> Iterable[str]:
    """Everybody, if every value is public; else the organisation alone."""
    if all(records.is_public(value) for value in act.body.record):
        return (everybody,)
    return (directory.speaker(state, act.author).organisation,)


def _of_batch(body: Any) -> Iterable[tuple[str, str]]:
    return [(batches.kind, batches.name_of(body.prefix, body.batch))]


def _of_seen(body: bodies.Seen) -> Iterable[tuple[str, str]]:
    prefix = body.handle.partition("/")[0]
    yield (batches.kind, batches.name_of(prefix, body.batch))
    yield ("handle", names.fold(body.handle))


def reads_of_created(handle: str) -> Iterable[tuple[str, str]]:
    """What `ranges.require_unreserved` reads of a handle."""
    serial, group = serials.read(handle), ranges.group_of(handle)
    if serial is not None:
        yield (batches.kind, batches.name_of(serial.prefix, serial.batch))
    if group is not None:
        yield group


def register(rule_set: RuleSet) -> None:
    """Add minting's kinds and types."""
    rule_set.add_kinds(
        Kind(batches.kind, {"batch-by-prefix": _by_prefix, gs1.index: gs1.keys}),
        Kind(ranges.kind, {"range-by-prefix": _by_prefix}),
    )
    rule_set.add(
        EntryType(
            batch_type,
            bodies.IssueBatch,
            rules.issue,
            "Up to 2^25 serials at once, of which the log keeps one root",
            parties=_batch_readers,
            reads=_of_batch,
            data=graded("trade", "partner"),
        ),
        EntryType(
            seen_type,
            bodies.Seen,
            rules.seen,
            "A serial of a batch, proven, becomes a record of its own",
            parties=rules.seen_parties,
            reads=_of_seen,
            data=graded("trade", "partner"),
        ),
        EntryType(
            assign_type,
            bodies.AssignBatch,
            rules.assign,
            "Positions of a batch go to other makers and devices",
            reads=_of_batch,
            data=graded("trade", "public"),
        ),
        EntryType(
            void_type,
            bodies.VoidSerials,
            rules.void,
            "Serials of a batch that were spoilt or lost before they were used",
            parties=rules.void_parties,
            reads=_of_batch,
            data=graded("trade", "partner"),
        ),
        EntryType(
            reserve_type,
            bodies.ReserveRange,
            ranges.reserve,
            "A range of suffixes for a site that goes offline, until a time",
            data=graded("trade", "public"),
        ),
        EntryType(
            release_type,
            bodies.ReleaseRange,
            ranges.release,
            "What of a reserved range is not used is free again",
            data=graded("trade", "public"),
        ),
    )
