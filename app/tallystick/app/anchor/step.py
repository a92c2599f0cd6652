"""One step of a checkpoint's anchor: what is kept of it, what the chain says, what is sent."""

from __future__ import annotations

from dataclasses import replace

import structlog
from filelock import FileLock, Timeout

import tallystick.contracts as contracts
from tallystick.app import certifying
from tallystick.app.anchor.configured import (
    AnchorBusy,
    NothingToAnchor,
    anchorable,
    chains,
    publisher,
)
from tallystick.app.bootstrap import Node
from tallystick.ledger import (
    AnchorRow,
    Clock,
    Note,
    TallystickError,
    anchor,
    bls,
    claim_of,
    log_verifier,
)

_log = structlog.get_logger()


def step(node: Node, size: int, clock: Clock) -> AnchorRow:
    """One step of the anchor of a checkpoint; the row once it is confirmed or covered.

    Raises `AnchorPending` or `AnchorUnconfirmed` while it is on its way, and what of `AnchorFailed` happens.
    """
    lock = FileLock(node.settings.folder / "anchor.lock")
    try:
        with lock.acquire(timeout=0):
            return _step(node, size, clock)
    except Timeout:
        raise AnchorBusy from None


def _step(node: Node, size: int, clock: Clock) -> AnchorRow:
    told = chains(node.settings)
    row, commitment = _row(node, told[0], size)

    def keep(sent: contracts.Sent) -> None:
        nonlocal row
        row = replace(
            row, status="sent", transaction=sent.transaction, raw=sent.raw, nonce=sent.nonce,
            fee=sent.fee, tip=sent.tip, signed_ms=sent.at_ms, block=0, block_hash=b"", block_time="",
        )  # fmt: skip
        _put(node, row)

    writer, now_ms = publisher(node, told[0]), clock.now_ms()
    try:
        seen = contracts.advance(
            writer, commitment, _sent(row), keep, lambda size: _root_at(node, size), now_ms
        )
    except contracts.AnchorCovered:
        row = replace(row, status="covered", signed_ms=row.signed_ms or now_ms)
        _put(node, row)
        return row
    if seen is None:
        if row.status not in ("mined", "confirmed"):
            raise contracts.AnchorPending(f"size {size}: transaction 0x{row.transaction.hex()}")
        _put(node, replace(row, status="gone"))
        raise contracts.AnchorGone(f"size {size}: it was in block {row.block}")
    return _found(node, told, row, commitment, seen, now_ms)


def _found(
    node: Node,
    told: list[contracts.Chain],
    row: AnchorRow,
    commitment: anchor.Commitment,
    seen: contracts.Seen,
    now_ms: int,
) -> AnchorRow:
    place = seen.place
    if row.transaction != place.transaction:
        row = replace(row, raw=b"")
    row = replace(
        row, status=row.status if row.block_hash == place.block_hash else "mined",
        quorum=seen.quorum, transaction=place.transaction, block=place.block,
        block_hash=place.block_hash, block_time=place.time, signed_ms=row.signed_ms or now_ms,
    )  # fmt: skip
    _put(node, row)
    seen = contracts.check_claim(told, replace(commitment, quorum=seen.quorum), claim_of(row))
    needed = node.settings.anchor_confirmations
    if seen.confirmations < needed and row.status != "confirmed":
        said = f"size {row.size}: {seen.confirmations} of {needed} confirmations"
        raise contracts.AnchorUnconfirmed(said)
    row = replace(row, status="confirmed")
    _put(node, row)
    return row


def _put(node: Node, row: AnchorRow) -> None:
    with node.store.write() as transaction:
        transaction.anchors.put(row)


def _row(node: Node, chain: contracts.Chain, size: int) -> tuple[AnchorRow, anchor.Commitment]:
    """What is kept of this anchor, or a new row, and what is to stand on the chain."""
    with node.reader.open() as snapshot:
        found, newest = snapshot.checkpoint(size), anchorable(snapshot)
        if found is None or newest is None or size > newest[0]:
            raise NothingToAnchor(f"size {size}")
        log = log_verifier(snapshot.view, size)
        certified = bls.log_quorum(snapshot.view, size) is not None
    with node.store.read() as transaction:
        row = transaction.anchors.get(chain.chain, chain.contract, size)
    note = Note.parse(found[1])
    told = anchor.Commitment.of(note, log)
    if row is not None:
        return row, replace(told, quorum=row.quorum)
    if certified and told.quorum == anchor.no_quorum:
        told = anchor.Commitment.of(_certified(node, size, note), log)
    fresh = AnchorRow(chain.chain, chain.contract, size, "sent", told.note, told.quorum)
    return fresh, told


def _certified(node: Node, size: int, note: Note) -> Note:
    """With the quorum certificate, if enough signers answer; an anchor does not wait for them."""
    try:
        return certifying.certify(node, size).note
    except TallystickError as error:
        _log.warning("anchor-without-certificate", size=size, code=error.code)
        return note


def _sent(row: AnchorRow) -> contracts.Sent | None:
    if not row.raw:
        return None
    return contracts.Sent(row.transaction, row.raw, row.nonce, row.fee, row.tip, row.signed_ms)


def _root_at(node: Node, size: int) -> bytes | None:
    """Of this log at a size that it has reached; what it only signed and lost counts as never reached."""
    with node.reader.open() as snapshot:
        return snapshot.root_at(size) if size <= snapshot.size() else None
