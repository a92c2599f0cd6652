"""The one thread that appends: batches overlap, and nobody notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest
from tests.ledger.world import NoteBody, World, core, key

from tallystick.identity import AddKey
from tallystick.ledger import (
    Answer,
    Checker,
    Sequencer,
    SequencerDead,
    Stopping,
    Submission,
    checker,
    sequencer,
)

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


def test_large_requests_are_verified_while_others_are_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They once waited until the batch before was durable: two requests at once were slower than one by one."""
    monkeypatch.setattr(checker, "pool_entries_min", 3)
    few, many = world.mint(2, 300), world.mint(3, 310)
    with closing(Checker(1)) as world.ledger.checker:
        running = Sequencer(world.ledger)
        answers = [running.hand_in(few), running.hand_in(many)]
        assert running.waiting() == 2
        # Its thread has not begun: whoever verifies now does so for what waits.
        until = time.monotonic() + waiting_max_s
        assert running.verifying() == 1
        while running.verifying():
            assert time.monotonic() < until, "the request that waits was never verified"
            time.sleep(0.001)
        running.start()
        running.stop()
    told = [answer for future in answers for answer in future.result()]
    assert [answer.index for answer in told] == list(range(told[0].index, told[0].index + 5))
    assert all(answer.accepted for answer in told)


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


def test_when_the_thread_dies_everybody_is_refused_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in hand, those that wait and those that come later: each once waited a minute for nothing."""
    monkeypatch.setattr(sequencer, "batch_entries_max", 1)
    monkeypatch.setattr(threading, "excepthook", lambda _told: None)

    def die(_begun: object) -> None:
        raise SystemExit

    monkeypatch.setattr(world.ledger, "take", die)
    running = Sequencer(world.ledger)
    futures = _futures(running, world.mint(4, 800))
    for future in futures:
        with pytest.raises(SequencerDead):
            future.result()
    with pytest.raises(SequencerDead):
        running.require_alive(10_000)


def test_what_comes_after_the_end_is_refused_by_name(world: World) -> None:
    running = Sequencer(world.ledger)
    running.start()
    assert running.stop(waiting_max_s)
    with pytest.raises(Stopping):
        running.submit(world.mint(1, 900))


class Told:
    """What a sequencer told whoever watches it."""

    def __init__(self) -> None:
        self.entries: list[int] = []
        self.seals = 0
        self.errors: list[str] = []

    def took(self, answers: Sequence[Answer], elapsed_ns: int) -> None:
        assert elapsed_ns > 0
        self.entries.append(len(answers))

    def sealed(self, elapsed_ns: int) -> None:
        assert elapsed_ns > 0
        self.seals += 1

    def failed(self, error: Exception) -> None:
        self.errors.append(repr(error))


def test_it_tells_its_watch_each_batch_block_and_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "batch_entries_max", 1)
    told = Told()
    good, bad = world.mint(2, 950)
    begin = world.ledger.verify_ahead

    def failing(submissions: list[Submission]) -> object:
        if submissions[0] is bad:
            raise OSError("gone")
        return begin(submissions)

    monkeypatch.setattr(world.ledger, "verify_ahead", failing)
    one, two = _futures(Sequencer(world.ledger, watch=told), [good, bad])
    assert one.result()[0].accepted
    with pytest.raises(OSError, match="gone"):
        two.result()
    assert (told.entries, told.errors) == ([1], ["OSError('gone')"])
    assert told.seals >= 1
