"""One sequencer at a time: who was taken over writes nothing more, however it comes back."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url
from tests import postgres
from tests.ledger.world import World, rules_with_notes

from tallystick.ledger import (
    Answer,
    Sequencer,
    SequencerBusy,
    SequencerFenced,
    Store,
    StoreUnusable,
)
from tallystick.ledger.batch import Batch
from tallystick.ledger.store import alone

repository = Path(__file__).resolve().parents[2]
waiting_max_s = 30


@dataclass
class Obedient:
    """Another process that appends when told."""

    process: subprocess.Popen[str]

    def tell(self, start: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{start}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def obedient(world: World) -> Iterator[Obedient]:
    command = [sys.executable, "-m", "tests.ledger.obedient", world.url, str(world.home)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=repository) as process:
        other = Obedient(process)
        try:
            assert other.hear() == "ready"
            yield other
        finally:
            process.kill()


def size_of(world: World) -> int:
    with world.reader.open() as snapshot:
        return snapshot.size()


def test_a_paused_process_that_wakes_up_after_another_took_over_is_refused(
    any_world: World,
) -> None:
    """SIGSTOP holds it between two batches; its lock would have let it go on."""
    world = any_world
    with obedient(world) as other:
        other.tell(1000)
        assert len(other.hear().split()) == 2
        other.process.send_signal(signal.SIGSTOP)
        world.restart()
        world.ledger.append(world.mint(3))
        before = size_of(world)
        other.tell(2000)
        other.process.send_signal(signal.SIGCONT)
        assert other.hear() == "sequencer-fenced"
        other.tell(3000)
        assert other.hear() == "sequencer-fenced"
    assert size_of(world) == before
    world.ledger.seal()
    assert world.audit().size == size_of(world)


def test_taken_over_before_the_other_wrote_anything(any_world: World) -> None:
    """The tree is still the one it left: only the term says that it is over."""
    old = any_world.ledger
    old.seal()
    before = size_of(any_world)
    any_world.restart()
    with pytest.raises(SequencerFenced):
        old.append(any_world.mint(1))
    with pytest.raises(SequencerFenced):
        old.seal(force=True)
    assert size_of(any_world) == before


def test_a_tree_that_this_process_did_not_leave_is_refused(any_world: World) -> None:
    """A database that went back, or that somebody else wrote to under the same term."""
    world = any_world
    world.ledger.append(world.mint(1))
    term = world.ledger.term
    assert term is not None
    with world.store.write() as transaction:
        tree = transaction.tree()
        assert tree is not None
        changed = type(tree)(**{**_fields(tree), "state": bytes(32)})
        transaction.set_tree(tree, changed, term)
    with pytest.raises(SequencerFenced):
        world.ledger.append(world.mint(1, start=5))
    with pytest.raises(SequencerFenced), world.store.write() as transaction:
        transaction.set_tree(tree, tree, term)
    with pytest.raises(SequencerFenced), world.store.write() as transaction:
        transaction.set_tree(changed, tree, term + 1)


def test_a_session_that_ends_in_the_middle_of_a_batch_writes_nothing(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paused with the transaction open: the operator ends its session, and another takes over."""
    world = World(postgres_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    paused, woken = threading.Event(), threading.Event()
    pids: list[int] = []
    flush = Batch.flush
    old = world.ledger

    def slow(batch: Batch) -> None:
        flush(batch)
        if threading.current_thread() is sleeper:
            pid = batch.transaction.connection.exec_driver_sql("SELECT pg_backend_pid()")
            pids.append(int(pid.scalar_one()))
            paused.set()
            assert woken.wait(waiting_max_s)

    errors: list[Exception] = []

    def work() -> None:
        for start in (1000, 2000):
            try:
                old.append(world.mint(2, start=start))
            except (StoreUnusable, SequencerFenced) as error:
                errors.append(error)

    sleeper = threading.Thread(target=work)
    monkeypatch.setattr(Batch, "flush", slow)
    sleeper.start()
    assert paused.wait(waiting_max_s)
    with postgres.connect(make_url(postgres_url)) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", pids)
    world.restart()
    world.ledger.append(world.mint(3))
    before = size_of(world)
    woken.set()
    sleeper.join()
    assert [type(error) for error in errors] == [StoreUnusable, SequencerFenced]
    assert size_of(world) == before
    world.ledger.seal()
    assert world.audit().size == size_of(world)


def test_a_second_sequencer_is_held_off(database_url: str) -> None:
    first, second = Store(database_url), Store(database_url)
    with first.alone():
        with pytest.raises(SequencerBusy), second.alone():
            pass
        first.keep_alone()
    with second.alone():
        pass
    first.close()
    second.close()


def test_the_next_sequencer_takes_over_at_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends a session some time after its connection; here it never does."""
    sessions: list[Connection] = []
    monkeypatch.setattr(alone, "_end", sessions.append)
    monkeypatch.setattr(alone, "_wait", "SET lock_timeout = '1ms'")
    first, second = Store(postgres_url), Store(postgres_url)
    for store in (first, second, first):
        with store.alone():
            pass
    for session in sessions:
        session.close()
    first.close()
    second.close()


def test_the_next_sequencer_waits_for_one_that_is_just_ending(database_url: str) -> None:
    first, second = Store(database_url), Store(database_url)
    ending = threading.Event()

    def end_soon() -> None:
        with first.alone():
            ending.set()
            time.sleep(0.3)

    holder = threading.Thread(target=end_soon)
    holder.start()
    assert ending.wait(waiting_max_s)
    with second.alone():
        pass
    holder.join()
    first.close()
    second.close()


def test_a_lock_that_went_with_its_session_is_taken_again_or_is_anothers(postgres_url: str) -> None:
    """The server was restarted, or an administrator ended the session."""
    first, second = Store(postgres_url), Store(postgres_url)
    with first.alone():
        _end_holder(postgres_url)
        first.keep_alone()
        with pytest.raises(SequencerBusy), second.alone():
            pass
        _end_holder(postgres_url)
        with second.alone(), pytest.raises(SequencerFenced):
            first.keep_alone()
    first.close()
    second.close()


def test_a_fenced_sequencer_takes_in_nothing_and_says_so(world: World) -> None:
    left: list[bool] = []
    running = Sequencer(world.ledger, on_fenced=lambda: left.append(True))
    running.start()
    try:
        assert running.submit(world.mint(1))[0].accepted
        world.restart()
        for start in (1, 2):
            with pytest.raises(SequencerFenced):
                running.submit(world.mint(1, start=start))
        assert left == [True]
        assert running.fenced is not None
    finally:
        running.stop()


def test_a_commit_of_which_the_answer_was_lost_is_gone_on_from(any_world: World) -> None:
    """The transaction stands, the writer does not know: the entries are answered, and it is not fenced."""
    world = any_world
    entries = world.mint(2)
    before = size_of(world)
    commit = world.store.write

    @contextmanager
    def lossy() -> Iterator[object]:
        with commit() as transaction:
            yield transaction
        raise StoreUnusable("the connection was lost in the COMMIT")

    world.store.write = lossy  # type: ignore[method-assign,assignment]
    with pytest.raises(StoreUnusable):
        world.ledger.append(entries)
    world.store.write = commit  # type: ignore[method-assign]
    answers = world.ledger.append(entries)
    assert [answer.duplicate for answer in answers] == [True, True]
    assert world.ledger.receipt(answers)
    assert size_of(world) == before + 2
    assert isinstance(world.ledger.append(world.mint(1, start=9))[0], Answer)


def _fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in type(row).__dataclass_fields__}  # type: ignore[attr-defined]


def _end_holder(url: str) -> None:
    with postgres.connect(make_url(url)) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE locktype = 'advisory' AND objsubid = 2 AND d.datname = current_database()"
        )
        assert ended.rowcount == 1
