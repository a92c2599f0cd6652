"""Witnesses that missed a round: asked again in their own time, and nothing waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from typing import Any

import pytest
from tests.app.witness.test_asking import Rig, rig
from tests.ledger.witness.test_stored import line, names, newest

from tallystick.app import witnessing
from tallystick.app.late_witnesses import WitnessesLate, late_job
from tallystick.ledger import LogFenced, Note, NoteSignature, witness
from tallystick.ledger.witness.errors import WitnessUnreachable

__all__ = ["rig"]


def asked(rig: Rig) -> witnessing.Asking:
    with rig.node.reader.open() as snapshot:
        return witnessing.asking(snapshot.policy())


def late(rig: Rig, size: int | None = None) -> None:
    """The outbox does the job; then whoever it asked answers."""
    try:
        witnessing.cosign_late(rig.node, str(size or newest(rig.world)[0]))
    finally:
        wait([future for _, future in asked(rig).late.running.values()], 10)


def codes(rig: Rig) -> list[str]:
    with rig.node.reader.open() as snapshot:
        return [one.code for one in snapshot.finality().witnesses]


@pytest.fixture
def missed(rig: Rig) -> Rig:
    """The quorum is there; the third witness could not be reached."""
    asked(rig).late.monotonic_ns = lambda: rig.now_s * 10**9
    rig.witnesses["w3"].error = WitnessUnreachable("no route")
    rig.round()
    return rig


def test_who_missed_a_round_is_asked_again_though_nothing_new_happens(missed: Rig) -> None:
    """Until now it had to wait for the next checkpoint, which an idle log never makes."""
    w3, size = missed.witnesses["w3"], newest(missed.world)[0]
    with missed.world.store.read() as transaction:
        rows = transaction.outbox.waiting(100)
    assert (late_job, f"{size:020d}", str(size), 0) in rows
    began = list[int]()
    for missed.now_s in range(400):
        with pytest.raises(WitnessesLate, match="w3"):
            late(missed)
        if len(w3.asked) - 1 > len(began):
            began.append(missed.now_s)
    assert began == [4, 20, 81, 382], "it answers at the second after, and then the pause begins"
    assert codes(missed) == ["cosigned", "cosigned", "witness-unreachable"]
    w3.error, missed.now_s = None, 700
    with pytest.raises(WitnessesLate):
        late(missed)
    late(missed)
    assert codes(missed) == ["cosigned"] * 3
    assert len(Note.parse(newest(missed.world)[1]).signatures) == 1
    with missed.node.reader.open() as snapshot:
        found = snapshot.checkpoint()
    assert found is not None
    assert len(Note.parse(found[1]).signatures) == 4
    late(missed)
    missed.world.audit()


def test_the_others_are_not_asked_again(missed: Rig) -> None:
    for missed.now_s in range(30):
        with pytest.raises(WitnessesLate):
            late(missed)
    assert [len(missed.witnesses[name].asked) for name in names[:2]] == [1, 1]


def test_rounds_go_on_while_a_late_witness_does_not_answer(
    missed: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs holds up neither the late job nor the next checkpoint, and its answer is kept."""
    go, began = threading.Event(), threading.Event()

    def hang(note: Note, prove: Any) -> NoteSignature:
        began.set()
        assert go.wait(10)
        return line(note.encode(), "w3")

    first = newest(missed.world)[0]
    with monkeypatch.context() as patch:
        patch.setattr(missed.witnesses["w3"], "cosign", hang)
        for missed.now_s in (0, 4, 4, 4):
            with pytest.raises(WitnessesLate):
                witnessing.cosign_late(missed.node, str(first))
        assert began.wait(10)
    second = missed.grow()
    missed.round()
    with missed.node.reader.open() as snapshot:
        assert snapshot.finality().final == second
    go.set()
    wait([future for _, future in asked(missed).late.running.values()], 10)
    with pytest.raises(WitnessesLate):
        late(missed)
    with missed.world.store.read() as transaction:
        kept = [one.name for one in transaction.cosignatures.of(first)]
    assert kept == [f"witness.example/{name}" for name in names]
    missed.world.audit()


def test_an_answer_after_its_round_is_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness slower than half a second used to have cosigned for nothing."""
    go = threading.Event()

    def slow(note: Note, prove: Any) -> NoteSignature:
        assert go.wait(10)
        return line(note.encode(), "w3")

    monkeypatch.setattr(rig.witnesses["w3"], "cosign", slow)
    rig.round()
    assert codes(rig) == ["cosigned", "cosigned", "witness-slow"]
    go.set()
    wait([future for _, future in asked(rig).late.running.values()], 10)
    late(rig)
    assert codes(rig) == ["cosigned"] * 3


def test_a_newer_checkpoint_ends_it(missed: Rig) -> None:
    """Its own round asks everybody."""
    old = newest(missed.world)[0]
    missed.grow()
    missed.now_s = 100
    late(missed, old)
    assert len(missed.witnesses["w3"].asked) == 1


def test_nobody_is_asked_late_while_the_quorum_is_missing(rig: Rig) -> None:
    rig.witnesses["w2"].error = rig.witnesses["w3"].error = WitnessUnreachable("no route")
    with pytest.raises(witness.QuorumMissing):
        rig.round()
    for rig.now_s in range(100):
        with pytest.raises(WitnessesLate):
            late(rig)
    assert [len(rig.witnesses[name].asked) for name in names] == [1, 1, 1]


def test_a_late_witness_that_is_ahead_fences_the_log(missed: Rig) -> None:
    missed.witnesses["w3"].error = witness.WitnessAhead("it is ahead", 10_000)
    for missed.now_s in (0, 4):
        with pytest.raises(WitnessesLate):
            late(missed)
    with pytest.raises(LogFenced, match="w3 says that it cosigned 10000 entries"):
        late(missed)
    assert missed.node.memory().fence() is not None


def test_a_line_of_a_stranger_is_not_kept(missed: Rig) -> None:
    missed.witnesses["w3"].error, missed.witnesses["w3"].extra = None, True
    for missed.now_s in (0, 4, 5):
        with pytest.raises(WitnessesLate):
            late(missed)
    with missed.world.store.read() as transaction:
        assert len(transaction.cosignatures.of(newest(missed.world)[0])) == 2
