"""The one thread that appends: batches overlap, and nobody notices."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from tests.ledger.world import NoteBody, World, core, key

from tallystick.identity import AddKey
from tallystick.ledger import Answer, Sequencer, Submission, sequencer

note = "test.note/1"
waiting_max_s = 10


def test_a_batch_may_rest_on_one_that_is_still_being_written(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signatures are checked before the key they need is committed."""
    monkeypatch.setattr(sequencer, "batch_entries_max", 1)
    world = any_world
    new = key(f"301:{core}")
    add = AddKey(key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=("*",))
    registers = world.write(core, "identity.key.add/1", add, new)
    rests = world.author(core, new.keyid).write(note, NoteBody(text="by the new key"))
    unknown = world.author(core, f"309:{core}").write(note, NoteBody(text="by no key"))
    told = _submitted_in_order(Sequencer(world.ledger), [registers, rests, unknown])
    assert [answer.outcome for answer in told] == ["accepted", "accepted", ""]
    assert told[1].index == told[0].index + 1
    assert told[2].problem is not None
    assert told[2].problem.code == "signature-invalid"
    assert world.audit().size == told[1].index + 2


def test_what_fails_in_one_batch_is_told_to_its_senders_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "batch_entries_max", 1)
    good, bad, last = world.mint(3, 700)
    begin = world.ledger.verify_ahead

    def failing(submissions: list[Submission]) -> object:
        if submissions[0] is bad:
            raise OSError("the disk is gone for a moment")
        return begin(submissions)

    monkeypatch.setattr(world.ledger, "verify_ahead", failing)
    one, two, three = _futures(Sequencer(world.ledger), [good, bad, last])
    assert one.result()[0].accepted
    with pytest.raises(OSError, match="the disk is gone"):
        two.result()
    assert three.result()[0].accepted


def _submitted_in_order(running: Sequencer, entries: list[Submission]) -> list[Answer]:
    return [future.result()[0] for future in _futures(running, entries)]


def _futures(running: Sequencer, entries: list[Submission]) -> list[Future[list[Answer]]]:
    """Hand in entry after entry, each a batch of its own, before the sequencer looks at the first."""
    with ThreadPoolExecutor(len(entries)) as pool:
        futures = []
        for count, entry in enumerate(entries, 1):
            futures.append(pool.submit(running.submit, [entry]))
            until = time.monotonic() + waiting_max_s
            while running.waiting() < count:
                assert time.monotonic() < until, "the entry never arrived"
                time.sleep(0.001)
        running.start()
    running.stop()
    return futures
