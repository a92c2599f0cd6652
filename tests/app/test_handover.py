"""Between API process and sequencer: what is handed over comes back as if there were one process."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.world import NoteBody, World, core, rules_with_notes
from tests.patience import patience_s

from tallystick.app.handover import Address, AddressRefused, RemoteLog, SequencerUnreachable
from tallystick.app.handover import remote as remote_module
from tallystick.app.handover.serving import create_app, read_names
from tallystick.app.handover.wire import (
    HandoverMalformed,
    SequencerAnswerRefused,
    read_answers,
    read_problem,
    read_submissions,
    write_answers,
    write_submissions,
)
from tallystick.ledger import (
    Attachment,
    Busy,
    LogReader,
    Sequencer,
    SequencerFenced,
    Submission,
    TallystickError,
    sequencer,
)

bytes_max = 2_000_000


@dataclass
class Stage:
    world: World
    sequencer: Sequencer
    log: RemoteLog


@contextmanager
def sequencing(
    world: World, path: Path | Address, context: ssl.SSLContext | None = None
) -> Iterator[Sequencer]:
    running = Sequencer(world.ledger)
    app = create_app(running, world.ledger, LogReader(world.store, world.rules), bytes_max)
    factory = (lambda _config, _usual: context) if context else None
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ssl_context_factory=factory))
    address = path if isinstance(path, Address) else Address(path)
    listening = address.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    until = time.monotonic() + patience_s
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield running
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Stage]:
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    path = tmp_path / "s.sock"
    with sequencing(world, path) as running:
        log = RemoteLog(Address(path))
        yield Stage(world, running, log)
        log.close()


def note(world: World, text: str) -> Submission:
    return world.author(core).write("test.note/1", NoteBody(text=text))


def test_one_answer_for_each_entry_and_one_receipt(stage: Stage) -> None:
    world = stage.world
    device = world.add_device(core, "99.100.1/scanner-7", types=("*",))
    good, bad = note(world, "one"), note(world, "two")
    refused = device.write("test.note/1", NoteBody(text="refuse"))
    broken = Submission(bad.envelope, b"{}", bad.salt)
    answers = stage.log.submit([good, broken, refused])
    assert [answer.outcome for answer in answers] == ["accepted", "", "refused"]
    assert answers[1].problem is not None
    assert answers[1].problem.code == "body-mismatch"
    assert answers[2].refusal is not None
    assert answers[2].refusal.status == 422
    receipt = stage.log.receipt(answers)
    assert receipt == world.ledger.receipt(answers)
    assert stage.log.receipt(answers) == receipt, "the sequencer looks it up itself"
    (again,) = stage.log.submit([good])
    assert again.duplicate
    assert again.index == answers[0].index
    assert world.audit().size == again.index + 2


def test_too_much_is_said_by_the_same_problem(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_submissions: object) -> object:
        raise Busy("256 batches wait")

    monkeypatch.setattr(stage.sequencer, "hand_in", full)
    with pytest.raises(Busy, match="256 batches wait") as told:
        stage.log.submit([note(stage.world, "one")])
    assert told.value.status == 503
    assert told.value.problem() == Busy("256 batches wait").problem()


def test_an_answer_that_never_comes_is_busy(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from tallystick.app.handover import serving

    monkeypatch.setattr(serving, "answer_timeout_s", 0.05)
    take, go = stage.world.ledger.take, threading.Event()

    def slow(begun: object) -> object:
        assert go.wait(patience_s)
        return take(begun)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.world.ledger, "take", slow)
    entry = note(stage.world, "slow")
    with pytest.raises(Busy):
        stage.log.submit([entry])
    go.set()
    monkeypatch.setattr(serving, "answer_timeout_s", sequencer.answer_timeout_s)
    assert stage.log.submit([entry])[0].duplicate, "it was taken in all the same"


def test_a_fenced_sequencer_is_told_of(stage: Stage) -> None:
    stage.log.submit([note(stage.world, "one")])
    stage.world.restart()
    with pytest.raises(SequencerFenced):
        stage.log.submit([note(stage.world, "two")])


def test_nobody_listens(tmp_path: Path) -> None:
    log = RemoteLog(Address(tmp_path / "none.sock"))
    began = time.monotonic()
    with pytest.raises(SequencerUnreachable) as told:
        log.submit([])
    assert told.value.status == 503
    assert time.monotonic() - began < 5
    log.close()


def test_somebody_listens_and_never_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "answer_timeout_s", 0.2)
    with Address(tmp_path / "mute.sock").listen():
        log = RemoteLog(Address(tmp_path / "mute.sock"))
        with pytest.raises(SequencerUnreachable, match="may be in the log"):
            log.submit([])
        log.close()


def test_the_sequencer_was_started_again_meanwhile(tmp_path: Path, sqlite_url: str) -> None:
    """The connection that was kept is gone: the batch is sent once more, and taken in once."""
    world = World(sqlite_url, tmp_path / "home", rules=rules_with_notes())
    world.populate()
    path = tmp_path / "s.sock"
    log = RemoteLog(Address(path))
    with sequencing(world, path):
        first = log.submit([note(world, "one")])
    with sequencing(world, path):
        second = log.submit([note(world, "two")])
    assert second[0].index > first[0].index
    log.close()


submissions = st.lists(
    st.builds(
        Submission,
        st.binary(max_size=40),
        st.binary(max_size=40),
        st.binary(max_size=32),
        st.lists(
            st.builds(
                Attachment, st.text(max_size=5), st.binary(max_size=9), st.binary(max_size=9),
                st.text(max_size=5),
            ),
            max_size=3,
        ).map(tuple),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(submissions)
def test_a_batch_arrives_as_it_was_sent(batch: list[Submission]) -> None:
    assert read_submissions(write_submissions(batch)) == batch


@given(submissions, st.data())
def test_a_batch_that_is_cut_or_changed_is_refused_by_name(
    batch: list[Submission], data: st.DataObject
) -> None:
    sent = bytearray(write_submissions(batch))
    cut = bytes(sent[: data.draw(st.integers(0, len(sent) - 1))])
    sent[data.draw(st.integers(0, len(sent) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    for wrong in (cut, bytes(sent)):
        with suppress(HandoverMalformed):
            assert read_submissions(wrong) != batch


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'[["a"]]',
        b'[["a", 1]]',
        b"[1]",
        b'{"a": 1}',
        b"\xff",
        b'[["a","b","c"]]',
    ],
)
def test_names_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(HandoverMalformed):
        read_names(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b'{"answers": 1, "receipt": null}', b'{"answers": [[]], "receipt": null}',
        b'{"answers": [], "receipt": null}', b'{"answers": [[1,2,3]], "receipt": null}',
        b'{"answers": [["a","b","c","d","e",null,"f",false,null,null,null]], "receipt": null}',
        b'{"answers": [["a","b",1,"d","e",null,"f",false,null,{"code":"busy"},null]], "receipt": null}',
    ],
)  # fmt: skip
def test_answers_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(SequencerAnswerRefused):
        read_answers(data, 1)


def test_a_problem_comes_back_as_it_was() -> None:
    told = Busy("much", waiting=3)
    assert read_problem(told.problem()).problem() == told.problem()
    for other in (None, 1, {}, {"code": 1}, {"code": "of-a-later-release", "status": 200}):
        found = read_problem(other)
        assert isinstance(found, TallystickError)
        assert found.status == 502
    assert read_answers(write_answers([], None), 0) == ([], None)


@pytest.mark.parametrize(
    "text",
    ["", "a" * 104, "nul\x00", "https://h", "http://h", "http://:1", "http://h:99999",
     "http://h:1/path", "ftp://h:1", "http://[::1"],
)  # fmt: skip
def test_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        Address.parse(text)


def test_addresses(tmp_path: Path) -> None:
    assert Address.parse("http://127.0.0.1:80") == Address(None, "127.0.0.1", 80)
    path = tmp_path / "deep" / "s.sock"
    with Address.parse(str(path)).listen():
        assert path.stat().st_mode & 0o777 == 0o660
    with Address.parse(str(path)).listen() as again:
        assert again.family == socket.AF_UNIX
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressRefused, match="in use"):
            Address(None, "127.0.0.1", port).listen()


def test_over_tcp_no_answer_waits_for_the_kernel_of_the_other_side() -> None:
    """Head and body go in two segments: with Nagle's algorithm the second came 40 ms later."""
    with (
        Address(None, "127.0.0.1", 0).listen() as listening,
        socket.create_connection(listening.getsockname(), patience_s),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
