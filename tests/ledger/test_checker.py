"""Checking beside the writer: whatever happens to a process or an entry, the others go on."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.world import NoteBody, World, core

from tallystick.app.bootstrap import admit, rule_set
from tallystick.identity import CreateHandles, HandleRecord, names
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Checker,
    NotCanonical,
    StreamAuthor,
    Submission,
    canonical,
    relaxed_collector,
)
from tallystick.ledger.entry import body_bytes_max
from tallystick.scanners import prepare
from tallystick.trace import Capture, builders

scanned_at = "2026-01-05T01:00:00.000Z"
crowd = 256


def test_a_checking_process_that_dies_costs_nobody_an_entry(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Once one had been killed, every later batch failed until the node was started again."""
    checker = Checker(1)
    world = World(sqlite_url, tmp_path / "home", checker=checker)
    world.populate()
    first, second, third = (world.mint(crowd, start) for start in (1000, 2000, 3000))
    assert all(answer.accepted for answer in world.ledger.append(first))
    pool = checker._pool
    assert pool is not None
    (process,) = pool._processes.values()
    begun = world.ledger.verify_ahead(second)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    assert all(answer.accepted for answer in world.ledger.take(begun))
    assert all(answer.accepted for answer in world.ledger.append(third))
    assert checker._pool is not pool
    assert world.audit().size > 3 * crowd
    checker.close()


@pytest.mark.parametrize("swapped_first", [True, False])
def test_one_payload_with_two_bodies_has_the_effects_of_the_signed_one(
    any_world: World, swapped_first: bool
) -> None:
    """The rule once judged the body that came last under a payload, and the log kept the other."""
    world = any_world
    (good,), (other,) = world.mint(1, 1), world.mint(1, 777)
    swapped = replace(good, body=other.body)
    world.ledger.append([swapped, good] if swapped_first else [good, swapped])
    world.ledger.seal()
    with world.reader.open() as snapshot:
        known = [
            snapshot.view.get("handle", names.fold(f"99.100.1/SN-{number:06d}")) is not None
            for number in (1, 777)
        ]
    assert known == [True, False]
    assert world.audit().refused == 0


@pytest.mark.parametrize("processes", [0, 1])
@pytest.mark.parametrize(
    "odd",
    [
        {"bizTransactionList": [{"type": None, "bizTransaction": "urn:a:b"}]},
        {"sensorElementList": None},
        {"readPoint": {"id": None}},
        {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": None}]}]},
    ],
)
def test_an_odd_document_holds_up_neither_others_nor_its_own_stream(
    tmp_path: Path, sqlite_url: str, odd: dict[str, object], processes: int
) -> None:
    """A null where nobody looked for one failed the batch of everybody, or stopped the device for good."""
    checker = Checker(processes, admit)
    world = World(sqlite_url, tmp_path / "home", rules=rule_set(), checker=checker)
    world.populate()
    things = tuple(f"99.100.1/IT-{n}" for n in range(2))
    records = tuple(HandleRecord(handle=thing, values=()) for thing in things)
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    device = world.add_device(core, "99.100.1/scanner-odd", types=("trace.capture/1",))
    odd_one, plain = _captured(world, device, things[0], odd), _captured(world, device, things[1])
    others = world.mint(crowd, 4000)
    answers = world.ledger.append([*others[:5], odd_one, plain, *others[5:]])
    assert all(answer.accepted for answer in answers)
    told = answers[5].contradiction
    assert told is not None
    assert told.code == "epcis-refused"
    assert answers[6].contradiction is None
    world.ledger.seal()
    assert world.audit().contradictions == 1
    checker.close()


def test_a_check_with_a_defect_is_a_contradiction(any_world: World) -> None:
    world = any_world
    device = world.add_device(core, "99.100.1/scanner-defect")
    file = Attachment("text/plain", b"crash", world.random(32))
    ref = AttachmentRef(hash=file.hash(), type=file.type, size=len(file.data), grade=file.grade)
    body = NoteBody(text="crash the check", attachments=(ref,))
    (answer,) = world.ledger.append([device.write("test.note/1", body, (file,))])
    assert answer.accepted
    assert answer.contradiction is not None
    assert answer.contradiction.code == "attachment-unreadable"


def test_the_largest_body_of_rare_characters_is_read_at_once() -> None:
    """Looking for them in names took time by the square of their number: minutes for one request."""
    data = json.dumps({"a": "\U0001f4e6" * (body_bytes_max // 4 - 10)}, ensure_ascii=False).encode()
    compact = data.replace(b": ", b":")
    began = time.perf_counter()
    assert canonical.decode(compact) == json.loads(data)
    with pytest.raises(NotCanonical):
        canonical.decode(compact + b" ")
    assert time.perf_counter() - began < 2


def test_the_collector_is_as_before_when_the_last_user_ends() -> None:
    before = gc.get_threshold()
    one, two = relaxed_collector(), relaxed_collector()
    one.__enter__()
    relaxed = gc.get_threshold()
    two.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold() == relaxed != before
    two.__exit__(None, None, None)
    assert gc.get_threshold() == before


def _captured(
    world: World, device: StreamAuthor, thing: str, more: dict[str, object] | None = None
) -> Submission:
    made = prepare([builders.commissioning([thing], time=scanned_at)], scanned_at, world.random)
    body, document = Capture.model_validate_json(made.body), made.attachments[0]
    if more:
        said = json.loads(document.data)
        said["epcisBody"]["eventList"][0].update(more)
        document = replace(document, data=json.dumps(said).encode())
        update = {"hash": document.hash(), "size": len(document.data)}
        ref = body.document.model_copy(update=update)
        body = body.model_copy(update={"document": ref})
    return device.write("trace.capture/1", body, (document,))


def test_checking_processes_end_without_a_word(tmp_path: Path) -> None:
    """They told people about leaks in a library: what is never collected is still there at the end."""
    script = tmp_path / "main.py"
    script.write_text(
        "import tallystick.app.cli\nimport tallystick.scanners.decode\n"
        "from tallystick.ledger import Checker, Submission\n"
        "if __name__ == '__main__':\n"
        "    checker = Checker(1)\n"
        f"    for chunk in checker.start([Submission(b'', b'', b'')] * {crowd}, {{}}):\n"
        "        chunk.result()\n"
        "    checker.close()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_checking_processes_end_when_the_node_is_killed(tmp_path: Path) -> None:
    """After kill -9 of the node they once waited for ever, one set more for every restart."""
    script = (
        "from tallystick.ledger import Checker, Submission\n"
        "if __name__ == '__main__':\n"
        f"    checker = Checker(1)\n"
        f"    [a.result() for a in checker.start([Submission(b'', b'', b'')] * {crowd}, {{}})]\n"
        "    print(*checker._pool._processes, flush=True)\n"
        "    import time; time.sleep(60)\n"
    )
    path = tmp_path / "node.py"
    path.write_text(script)
    with subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        (pid,) = map(int, node.stdout.readline().split())
        node.kill()
    until = time.monotonic() + 30
    while _runs(pid):
        assert time.monotonic() < until, "the checking process still waits"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_processes_can_be_started_ahead_of_the_first_batch() -> None:
    """A node that had just started kept its first large batch waiting for a process to import everything."""
    checker = Checker(2)
    try:
        checker.warm()
        assert checker._pool is not None
        assert len(checker._pool._processes) >= 1
    finally:
        checker.close()
