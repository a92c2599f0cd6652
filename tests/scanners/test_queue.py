"""The device's queue: durable, without gap or fork whatever dies, limited, and nobody else's."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.patience import patience_s

from tallystick.ledger import (
    Attachment,
    Entry,
    PrivateKey,
    SigningKey,
    Submission,
    body_hash,
    new_id,
    sign_entry,
)
from tallystick.scanners import (
    Position,
    Queue,
    QueueForeign,
    QueueFull,
    QueueHistoryGone,
    QueueLimits,
    QueueOutOfStep,
    QueueUnusable,
    Settled,
)

origin = "log.example/99.100/simulated"
scanner = "99.100.7/scanner-1"
key = SigningKey(f"300:{scanner}", PrivateKey.from_seed(b"d" * 32))
Faults = Callable[[Queue], list[str]]

program = """
    import os, signal, sys
    from pathlib import Path
    from tallystick.ledger import (
        Entry, PrivateKey, SigningKey, Submission, body_hash, new_id, sign_entry,
    )
    from tallystick.scanners import Queue

    origin, scanner = "log.example/99.100/simulated", "99.100.7/scanner-1"
    key = SigningKey("300:" + scanner, PrivateKey.from_seed(b"d" * 32))

    def sign(position):
        body = b'{"by":"%d"}' % os.getpid()
        entry = Entry(
            origin, "trace.capture/1", scanner, new_id(1, os.urandom(10)),
            "2026-03-05T08:00:00.000Z", body_hash(bytes(32), body),
            seq=position.seq, prev=position.prev,
        )
        return Submission(sign_entry(entry, [key]), body, bytes(32))

"""


def signed(position: Position, data: bytes = b"{}", **changes: Any) -> Submission:
    members = {
        "origin": origin,
        "type": "trace.capture/1",
        "author": scanner,
        "id": new_id(1_772_000_000_000, os.urandom(10)),
        "time": "2026-03-05T08:00:00.000Z",
        "body_hash": body_hash(bytes(32), data),
        "seq": position.seq,
        "prev": position.prev,
    }
    return Submission(sign_entry(Entry(**members | changes), [key]), data, bytes(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


def run(code: str, path: Path, *arguments: str) -> subprocess.Popen[str]:
    script = textwrap.dedent(program) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path), *arguments], stdout=subprocess.PIPE, text=True
    )


def test_what_was_appended_is_there_after_a_restart(path: Path, chain_faults: Faults) -> None:
    queue = Queue(path, scanner, origin)
    photograph = Attachment("image/png", b"\x89PNG", bytes(range(32)), "restricted")
    kept = []
    for _ in range(3):

        def sign(position: Position) -> Submission:
            bare = signed(position)
            kept.append(Submission(bare.envelope, bare.body, bare.salt, (photograph,)))
            return kept[-1]

        queue.append(sign)
    queue.close()
    queue = Queue(path, scanner, origin)
    waiting = queue.waiting(10, 1 << 20)
    assert [queued.seq for queued in waiting] == [0, 1, 2]
    assert [queued.submission for queued in waiting] == kept
    assert {queued.state for queued in waiting} == {"pending"}
    assert chain_faults(queue) == []
    assert queue.position().seq == 3
    assert path.stat().st_mode & 0o077 == 0


def test_the_file_is_written_ahead_and_synchronised(path: Path) -> None:
    queue = Queue(path, scanner, origin)
    db = queue._store.db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


statements = 6  # BEGIN … COMMIT of an append, as the trace shows them


def test_killed_at_any_statement_of_an_append(tmp_path: Path, chain_faults: Faults) -> None:
    """The device was killed between storing a scan and moving its stream on."""
    code = """
        folder, statements = Path(sys.argv[1]), int(sys.argv[2])
        for step in range(statements):
            child = os.fork()
            if child == 0:
                queue = Queue(folder / f"{step}.sqlite", scanner, origin)
                for _ in range(3):
                    queue.append(sign)
                seen = []
                def die(statement):
                    seen.append(statement)
                    if len(seen) > step:
                        os.kill(os.getpid(), signal.SIGKILL)
                queue._store.db.set_trace_callback(die)
                queue.append(sign)
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    said = run(code, tmp_path, str(statements)).communicate(timeout=patience_s)[0].split()
    assert said == [str(-signal.SIGKILL)] * statements
    for step in range(statements):
        queue = Queue(tmp_path / f"{step}.sqlite", scanner, origin)
        assert chain_faults(queue) == []
        assert queue.position().seq == 3
        assert queue.append(signed) == 3
        assert chain_faults(queue) == []


def test_the_kill_above_reaches_every_statement(path: Path) -> None:
    queue = Queue(path, scanner, origin)
    seen: list[str] = []
    queue._store.db.set_trace_callback(seen.append)
    queue.append(signed)
    assert len(seen) == statements, seen
    assert (seen[0], seen[-1]) == ("BEGIN IMMEDIATE", "COMMIT")


def test_killed_while_scanning_nothing_acknowledged_is_lost(
    path: Path, chain_faults: Faults
) -> None:
    code = """
        queue = Queue(Path(sys.argv[1]), scanner, origin)
        while True:
            print(queue.append(sign), flush=True)
    """
    process = run(code, path)
    if process.stdout is None:
        pytest.fail("no output")
    told = [int(process.stdout.readline()) for _ in range(40)]
    process.kill()
    told += [int(line) for line in process.communicate()[0].split("\n")[:-1]]
    queue = Queue(path, scanner, origin)
    assert told == list(range(len(told)))
    assert queue.position().seq in (len(told), len(told) + 1)
    assert chain_faults(queue) == []


def test_two_processes_on_one_queue_do_not_fork_the_stream(
    path: Path, chain_faults: Faults
) -> None:
    Queue(path, scanner, origin).close()
    code = """
        other = os.fork()
        queue = Queue(Path(sys.argv[1]), scanner, origin)
        for _ in range(25):
            queue.append(sign)
        if other:
            print(os.waitpid(other, 0)[1])
    """
    assert run(code, path).communicate(timeout=patience_s)[0].split() == ["0"]
    queue = Queue(path, scanner, origin)
    assert queue.position().seq == 50
    assert chain_faults(queue) == []
    assert len({queued.submission.body for queued in queue.waiting(50, 1 << 30)}) == 2


def test_threads_share_a_queue(path: Path, chain_faults: Faults) -> None:
    queue = Queue(path, scanner, origin)
    found: list[int] = []
    work = [
        threading.Thread(target=lambda: found.extend(queue.append(signed) for _ in range(10)))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sorted(found) == list(range(40))
    assert chain_faults(queue) == []


@pytest.mark.parametrize(
    "changes",
    [{"seq": 5}, {"prev": "1" * 64, "seq": 1}, {"author": "99.100.7/other"},
     {"origin": "another.example"}, {"seq": None, "prev": None}],
)  # fmt: skip
def test_only_the_next_entry_of_this_stream_is_stored(path: Path, changes: dict[str, Any]) -> None:
    queue = Queue(path, scanner, origin)
    with pytest.raises(QueueOutOfStep):
        queue.append(lambda position: signed(position, **changes))
    assert queue.position() == Position(0, "0" * 64)
    assert queue.waiting(10, 1000) == []


def test_an_error_while_signing_leaves_the_queue_as_it_was(path: Path) -> None:
    queue = Queue(path, scanner, origin)

    def fails(position: Position) -> Submission:
        raise RuntimeError("the key is locked")

    with pytest.raises(RuntimeError, match="locked"):
        queue.append(fails)
    assert queue.append(signed) == 0


def test_an_id_used_twice_on_the_device_is_refused(path: Path) -> None:
    queue = Queue(path, scanner, origin)
    queue.append(lambda position: signed(position, id=new_id(1, bytes(10))))
    with pytest.raises(QueueUnusable):
        queue.append(lambda position: signed(position, id=new_id(1, bytes(10))))
    assert queue.position().seq == 1


@pytest.mark.parametrize(
    "limits", [QueueLimits(entries_max=2), QueueLimits(bytes_max=3_000)], ids=["count", "bytes"]
)
def test_a_full_queue_refuses_and_drops_nothing(path: Path, limits: QueueLimits) -> None:
    queue = Queue(path, scanner, origin, limits)
    data = b'{"x":"%b"}' % (b"x" * 700)
    stored = [queue.append(lambda p: signed(p, data)) for _ in range(2)]
    with pytest.raises(QueueFull) as full:
        queue.append(lambda p: signed(p, data))
    assert full.value.code == "queue-full"
    assert [queued.seq for queued in queue.waiting(10, 1 << 20)] == stored == [0, 1]
    queue.settle([Settled(0, "accepted", 9)], {})
    assert queue.append(lambda p: signed(p, data)) == 2


def test_a_batch_keeps_within_its_limits_but_is_never_empty(path: Path) -> None:
    queue = Queue(path, scanner, origin)
    for _ in range(5):
        queue.append(signed)
    size = len(queue.waiting(1, 1)[0].submission.envelope) + 2
    assert len(queue.waiting(3, 1 << 20)) == 3
    assert len(queue.waiting(10, 2 * size + 1)) == 2
    assert len(queue.waiting(10, 1)) == 1


def test_verdicts_and_receipts_are_kept_and_the_first_one_stands(path: Path) -> None:
    queue = Queue(path, scanner, origin)
    for _ in range(3):
        queue.append(signed)
    queue.mark_sent([0, 1])
    assert queue.counts() == {"pending": 1, "sent": 2, "acknowledged": 0, "refused": 0}
    queue.note_problem(0, "key-not-valid")
    verdicts = [Settled(0, "accepted", 70), Settled(1, "refused", 71, "not-custodian")]
    queue.settle(verdicts, {"payload": "first"})
    queue.settle([Settled(0, "refused", 5, "x")], {"payload": "second"})
    zero, one = queue.entry(0), queue.entry(1)
    if zero is None or one is None:
        pytest.fail("the entries are gone")
    assert (zero.state, zero.leaf_index, zero.code, zero.problem) == (
        "acknowledged",
        70,
        None,
        None,
    )
    assert (one.state, one.leaf_index, one.code) == ("refused", 71, "not-custodian")
    assert queue.receipt(0) == queue.receipt(1) == {"payload": "first"}
    assert queue.receipt(2) is None
    assert queue.counts() == {"pending": 1, "sent": 0, "acknowledged": 1, "refused": 1}


def test_history_is_pruned_but_never_what_waits(path: Path) -> None:
    queue = Queue(path, scanner, origin, QueueLimits(history_entries_max=2))
    for _ in range(8):
        queue.append(signed)
    queue.settle([Settled(seq, "accepted", seq) for seq in (0, 1, 2, 3, 5)], {"n": 1})
    assert [queue.entry(seq) is None for seq in range(8)] == [True] * 3 + [False] * 5
    queue.settle([Settled(seq, "accepted", seq) for seq in (4, 6)], {"n": 2})
    assert [queue.entry(seq) is None for seq in range(8)] == [True] * 5 + [False] * 3
    assert queue._store.db.execute("SELECT count(*) FROM receipt").fetchone() == (2,)
    assert queue.prune(0) == 2
    assert [queued.seq for queued in queue.waiting(10, 1 << 20)] == [7]
    queue.settle([Settled(7, "accepted", 7)], {})
    assert queue.prune(0) == 1
    assert queue.append(signed) == 8


def test_a_rewind_sends_again_what_is_kept_and_says_what_is_not(path: Path) -> None:
    queue = Queue(path, scanner, origin, QueueLimits(history_entries_max=3))
    for _ in range(6):
        queue.append(signed)
    queue.settle([Settled(seq, "accepted", seq) for seq in range(5)], {})
    with pytest.raises(QueueHistoryGone):
        queue.rewind(1)
    queue.rewind(3)
    assert [queued.seq for queued in queue.waiting(10, 1 << 20)] == [3, 4, 5]
    assert queue.receipt(3) is None


def test_a_queue_belongs_to_one_device_and_one_log(path: Path) -> None:
    Queue(path, scanner, origin).close()
    for author, log in (("99.100.7/scanner-2", origin), (scanner, "other.example")):
        with pytest.raises(QueueForeign):
            Queue(path, author, log)


def test_broken_files_are_named_and_left_alone(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"this is no database, but may be somebody's only copy" * 100)
    before = path.read_bytes()
    with pytest.raises(QueueUnusable):
        Queue(path, scanner, origin)
    assert path.read_bytes() == before
    with pytest.raises(QueueUnusable):
        Queue(tmp_path, scanner, origin)
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(QueueUnusable, match="layout 99"):
        Queue(newer, scanner, origin)


def test_a_full_disk_refuses_the_capture_and_keeps_the_stream(
    path: Path, chain_faults: Faults
) -> None:
    queue = Queue(path, scanner, origin)
    queue.append(signed)
    (pages,) = queue._store.db.execute("PRAGMA page_count").fetchone()
    queue._store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(QueueUnusable, match="full"):
        queue.append(lambda position: signed(position, b'"' + b"x" * 100_000 + b'"'))
    queue._store.db.execute("PRAGMA max_page_count = 1000000")
    assert queue.append(signed) == 1
    assert chain_faults(queue) == []
