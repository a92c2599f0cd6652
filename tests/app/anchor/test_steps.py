"""A checkpoint of a real log on a real chain: kept, confirmed, graded, audited; what is in its way is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.anchor.anchored import Anchored, make
from tests.contracts.liar import instead, lying
from tests.contracts.rig import Anchoring
from tests.ledger.witness.test_stored import line, names, policy

from tallystick.app import certifying
from tallystick.app.anchor import configured
from tallystick.app.anchor.checking import check_kept
from tallystick.app.anchor.job import due
from tallystick.app.bootstrap import Node
from tallystick.contracts import (
    AnchorDiffers,
    AnchorFork,
    AnchorGone,
    AnchorKeyMissing,
    AnchorPending,
    AnchorUnconfirmed,
    ChainAhead,
    ChainUnreachable,
)
from tallystick.ledger import Note, NoteSignature, NotSound, anchor, bls, log_verifier


@pytest.fixture
def at(tmp_path: Path, database_url: str, rig: Anchoring) -> Anchored:
    return make(tmp_path, database_url, rig)


def confirmed(at: Anchored) -> None:
    with pytest.raises(AnchorPending):
        at.step()
    at.rig.node.mine()
    with pytest.raises(AnchorUnconfirmed, match="1 of 2 confirmations"):
        at.step()
    at.rig.node.mine()
    assert at.step().status == "confirmed"


def test_an_anchor_counts_once_it_has_its_confirmations(at: Anchored) -> None:
    size = at.size
    with at.node.reader.open() as snapshot:
        assert snapshot.finality().grade(0) == "sealed"
    with pytest.raises(AnchorPending):
        at.step()
    assert (at.row.status, at.row.block) == ("sent", 0)
    at.rig.node.mine()
    with pytest.raises(AnchorUnconfirmed):
        at.step()
    assert at.row.status == "mined"
    with at.node.reader.open() as snapshot:
        assert snapshot.finality().anchored == 0
    at.rig.node.mine()
    row = at.step()
    with at.node.reader.open() as snapshot:
        found = snapshot.finality()
        note = Note.parse(snapshot.checkpoint_of(size) or "")
        commitment = anchor.Commitment.of(note, log_verifier(snapshot.view, size))
    held = at.rig.chain.held(commitment.origin)
    assert (held.size, held.root, held.number) == (size, commitment.root, row.block)
    assert row.note == commitment.note
    assert (found.anchored, found.grade(size - 1)) == (size, "anchored")
    assert at.grow() > size
    with at.node.reader.open() as snapshot:
        assert snapshot.finality().grade(size) == "sealed"
        assert snapshot.anchor_covering(size - 1) == row
        assert snapshot.anchor_covering(size) is None


def test_the_same_checkpoint_is_not_anchored_twice(at: Anchored) -> None:
    """Also not by a store that knows nothing of the first time."""
    confirmed(at)
    row, sent = at.row, at.rig.transactions()
    assert at.step() == row
    with at.node.store.write() as transaction:
        transaction.anchors.put(replace(row, status="sent", transaction=b"", raw=b"", block=0))
    assert at.step().block_hash == row.block_hash
    assert at.rig.transactions() == sent


def test_an_anchor_whose_block_is_gone_loses_its_grade_and_is_sent_again(at: Anchored) -> None:
    with at.rig.node.undone():
        confirmed(at)
    gone = at.row
    with pytest.raises(AnchorGone):
        at.step()
    assert at.row.status == "gone"
    with at.node.reader.open() as snapshot:
        assert snapshot.finality().grade(0) == "sealed"
    at.rig.node.mine()
    with pytest.raises(AnchorUnconfirmed):
        at.step()
    at.rig.node.mine()
    assert at.step().status == "confirmed"
    assert at.row.block_hash != gone.block_hash


def test_only_what_is_final_is_anchored(tmp_path: Path, sqlite_url: str, rig: Anchoring) -> None:
    at = make(tmp_path, sqlite_url, rig, policy=policy)
    with pytest.raises(configured.NothingToAnchor):
        at.step()
    size = at.size
    with at.node.reader.open() as snapshot:
        note = snapshot.checkpoint_of(size) or ""
    lines = [line(note, name) for name in names]
    with at.node.store.write() as transaction:
        transaction.cosignatures.put(size, lines, final=True)
    confirmed(at)
    at.grow()
    with pytest.raises(configured.NothingToAnchor):
        at.step()
    with at.node.reader.open() as snapshot:
        assert snapshot.finality().grade(size - 1) == "anchored"


def test_a_log_that_lost_entries_is_told_by_the_chain(at: Anchored) -> None:
    """The store was put back to a copy from before: the chain still knows the larger size."""
    confirmed(at)
    with at.node.reader.open() as snapshot:
        origin = anchor.origin_hash(str(at.node.genesis()["origin"]))
        root = snapshot.root_at(at.size)
    told = anchor.Commitment(origin, at.size + 1000, root, bytes(32))
    at.rig.publisher.send(at.rig.publisher.sign(told, 0))
    at.rig.node.mine()
    at.grow()
    with pytest.raises(ChainAhead):
        at.step()


def test_a_second_history_is_named_a_fork(at: Anchored) -> None:
    origin = anchor.origin_hash(str(at.node.genesis()["origin"]))
    told = anchor.Commitment(origin, at.size, bytes([9]) * 32, bytes(32))
    at.rig.publisher.send(at.rig.publisher.sign(told, 0))
    at.rig.node.mine()
    with pytest.raises(AnchorFork, match=f"size {at.size}: root .* here, root 0909"):
        at.step()


def test_the_audit_compares_anchors_with_checkpoints_and_with_the_chain(at: Anchored) -> None:
    confirmed(at)
    row = at.row
    assert at.world.audit().anchors == 1
    assert [problem for _, problem in check_kept(at.node)] == [None]
    for bad in (
        replace(row, size=row.size + 1),
        replace(row, note=bytes(32)),
        replace(row, status="lost"),
        replace(row, quorum=b""),
        replace(row, block_hash=b"12"),
        replace(row, block_time="yesterday"),
    ):
        with at.node.store.write() as transaction:
            transaction.anchors.put(bad)
        with pytest.raises(NotSound, match="anchor of size"):
            at.world.audit()
        with at.node.store.write() as transaction:
            transaction.anchors.put(row)
            transaction.anchors.put(replace(row, size=row.size + 1, status="x"))
        if bad.size == row.size:
            _drop(at, row.size + 1)
            continue
        _drop(at, bad.size)
    at.world.audit()
    for other in (replace(row, block=row.block + 1), replace(row, transaction=bytes(32))):
        with at.node.store.write() as transaction:
            transaction.anchors.put(other)
        assert at.world.audit().anchors == 1
        assert [problem is None for _, problem in check_kept(at.node)] == [False]


def _drop(at: Anchored, size: int) -> None:
    with at.node.store.write() as transaction:
        transaction.connection.exec_driver_sql(f"DELETE FROM anchor WHERE size = {size}")


def test_failures_are_seen_and_nothing_waits_for_them(
    at: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain is down: the worker goes on with everything else, the row says why."""
    at.node.settings = at.node.settings.model_copy(
        update={"anchor_rpc": "http://127.0.0.1:1/v3/secret"}
    )
    monkeypatch.setattr("tallystick.contracts.rpc.pause_s", ())
    with at.node.store.read() as transaction:
        assert len(transaction.outbox.waiting(9)) == 2
    found = at.settled(monkeypatch, 3)
    with at.node.store.read() as transaction:
        assert {job for job, *_ in transaction.outbox.waiting(9)} == {"log.anchor"}
    (told,) = found
    assert told[2] is not None
    assert told[2].startswith("ChainUnreachable: http://127.0.0.1:1:")
    assert "secret" not in told[2]


def test_the_worker_plans_anchors_and_brings_them_to_their_end(
    at: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = at.size
    assert at.settled(monkeypatch)[0][2] == "AnchorPending: the chain is being asked"
    for _ in range(4):
        at.rig.node.mine()
        found = at.settled(monkeypatch)
    assert (found, at.row.status) == ([], "confirmed")
    second = at.grow()
    assert at.settled(monkeypatch) == []
    at.clock.advance(3_600_000)
    assert at.settled(monkeypatch)[0][0] == f"{second:020d}"
    for _ in range(4):
        at.rig.node.mine()
        found = at.settled(monkeypatch)
    assert (found, at.row.size) == ([], second)
    with at.node.store.read() as transaction:
        assert [row.size for row in transaction.anchors.recent(9)] == [second, first]


def test_an_anchor_is_due_after_so_many_checkpoints(
    tmp_path: Path, sqlite_url: str, rig: Anchoring
) -> None:
    at = make(tmp_path, sqlite_url, rig, anchor_checkpoints=2)
    confirmed(at)
    now_ms, size = at.clock.now_ms(), at.size
    assert due(at.node, now_ms, again=False) is None
    assert due(at.node, now_ms, again=True) == size
    at.grow()
    assert due(at.node, now_ms, again=False) is None
    assert due(at.node, now_ms, again=False) is None
    assert due(at.node, now_ms, again=False) != at.grow()


def test_two_servers_must_agree_before_an_anchor_counts(
    tmp_path: Path, sqlite_url: str, rig: Anchoring
) -> None:
    with lying(rig.node.url, instead("eth_call", "0x" + "00" * 96)) as url:
        at = make(tmp_path, sqlite_url, rig, anchor_rpc=f"{rig.node.url},{url}")
        with pytest.raises(AnchorPending):
            at.step()
        at.rig.node.mine(3)
        with pytest.raises(AnchorDiffers):
            at.step()
    assert at.row.status == "mined"


@pytest.mark.parametrize("answered", [True, False])
def test_a_quorum_certificate_is_anchored_with_its_checkpoint_if_signers_answer(
    tmp_path: Path, sqlite_url: str, rig: Anchoring, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    at = make(tmp_path, sqlite_url, rig)

    def certify(node: Node, size: int) -> certifying.CertifiedCheckpoint:
        if not answered:
            raise bls.SignersMissing("nobody answers")
        with node.reader.open() as snapshot:
            note = Note.parse(snapshot.checkpoint_of(size) or "")
        origin = str(node.genesis()["origin"])
        bearing = note.adding([NoteSignature(f"{origin}/quorum", b"1234", b"bitmap and sum")])
        return certifying.CertifiedCheckpoint(bearing, Any, Any)  # type: ignore[arg-type]

    monkeypatch.setattr(bls, "log_quorum", lambda _view, _size: object())
    monkeypatch.setattr(certifying, "certify", certify)
    confirmed(at)
    assert (at.row.quorum != anchor.no_quorum) is answered
    event = next(iter(at.rig.chain.events(_origin(at), at.rig.chain.held(_origin(at)))))
    assert event.commitment.quorum == at.row.quorum


def _origin(at: Anchored) -> bytes:
    return anchor.origin_hash(str(at.node.genesis()["origin"]))


def test_without_its_key_a_node_anchors_nothing(at: Anchored) -> None:
    configured.key_path(at.node.settings).unlink()
    with pytest.raises(AnchorKeyMissing):
        at.step()


def test_what_is_not_configured_is_said(at: Anchored) -> None:
    for gone in ({"anchor_rpc": " , "}, {"anchor_chain": 0}, {"anchor_contract": ""}):
        other = Node.at(at.node.settings.model_copy(update=gone))
        with pytest.raises(configured.AnchorNotConfigured):
            configured.chains(other.settings)


def test_an_unreachable_chain_is_an_error_of_one_step(at: Anchored) -> None:
    told = at.node.settings.model_copy(update={"anchor_rpc": "http://127.0.0.1:1/"})
    at.node.settings = told
    with pytest.raises(ChainUnreachable):
        at.step()
