"""A crowd of writers: who has no room is told so, readers go on, and nobody's failure is another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.ledger.test_http import bytes_max, client_of
from tests.ledger.world import World

from tallystick.ledger import Sequencer, Submission, api, write_batch
from tallystick.ledger.receiving import declared_size
from tallystick.ledger.sequencer import Busy
from tallystick.ledger.waiting import WaitingRoom

requests_max = 8
crowd = 64
wait_s = 30


@contextmanager
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is taken in until the event is set."""
    go, take = threading.Event(), world.ledger.take

    def waiting(begun: Any) -> Any:
        assert go.wait(wait_s)
        return take(begun)

    monkeypatch.setattr(world.ledger, "take", waiting)
    try:
        yield go
    finally:
        go.set()


def post(client: TestClient, entries: list[Submission]) -> Any:
    return client.post("/v1/entries", content=write_batch(entries))


def test_a_flood_is_told_to_come_again_and_is_all_taken_in(
    any_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the room: 503 and Retry-After at once. Sent again, every entry is in the log once."""
    room = WaitingRoom(requests_max)
    monkeypatch.setattr(api, "WaitingRoom", lambda: room)
    batches = [any_world.mint(2, 1000 + 10 * n) for n in range(4 * requests_max)]
    for client in client_of(any_world):
        with held(any_world, monkeypatch) as go, ThreadPoolExecutor(len(batches)) as pool:
            sent = {pool.submit(post, client, batch): batch for batch in batches}
            refused = _first(sent, 3 * requests_max)
            for answer in refused.values():
                assert (answer.status_code, answer.json()["code"]) == (503, "busy")
                assert int(answer.headers["retry-after"]) >= 1
            go.set()
            taken = [f.result(wait_s) for f in sent if f not in refused]
        told = [*taken, *(post(client, sent[future]) for future in refused)]
        rows = [row for answer in told for row in answer.json()["results"]]
        assert [row["outcome"] for row in rows] == ["accepted"] * 8 * requests_max
        assert len({row["index"] for row in rows}) == len(rows)
        assert not any(row.get("duplicate") for row in rows)
    any_world.restart()
    assert any_world.audit().refused == 0


def _first(sent: dict[Future[Any], Any], count: int) -> dict[Future[Any], Any]:
    """The answers that come while nothing is taken in."""
    done, ready = dict[Future[Any], Any](), threading.Semaphore(0)
    for future in sent:
        future.add_done_callback(lambda _: ready.release())
    for _ in range(count):
        assert ready.acquire(timeout=wait_s)
    for future in sent:
        if future.done():
            done[future] = future.result()
    return done


def test_readers_are_answered_while_a_crowd_of_writers_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty waiting requests once had every thread, and no page and no health check was answered."""
    for client in client_of(world):
        with held(world, monkeypatch) as go, ThreadPoolExecutor(crowd) as pool:
            sent = [pool.submit(post, client, world.mint(1, 2000 + n)) for n in range(crowd)]
            with ThreadPoolExecutor(1) as reader:
                read = reader.submit(client.get, "/v1/entries/0").result(wait_s)
            assert read.status_code == 200
            assert not any(future.done() for future in sent)
            go.set()
            rows = [future.result(wait_s).json()["results"][0] for future in sent]
        assert {row["outcome"] for row in rows} == {"accepted"}


def test_a_crowd_shares_commits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single writers that come together are committed together."""
    batches, take = list[int](), world.ledger.take
    for client in client_of(world):
        with held(world, monkeypatch) as go, ThreadPoolExecutor(crowd) as pool:
            waiting = world.ledger.take

            def counted(begun: Any, waiting: Any = waiting) -> Any:
                batches.append(len(begun[0]))
                return waiting(begun)

            monkeypatch.setattr(world.ledger, "take", counted)
            sent = [pool.submit(post, client, world.mint(1, 3000 + n)) for n in range(crowd)]
            while sum(batches) < 1:
                threading.Event().wait(0.01)
            go.set()
            for future in sent:
                assert future.result(wait_s).json()["results"][0]["outcome"] == "accepted"
        monkeypatch.setattr(world.ledger, "take", take)
    assert sum(batches) == crowd
    assert len(batches) <= crowd // 2


def test_a_body_has_to_have_room_too() -> None:
    room = WaitingRoom(10, 100)
    with room.place(1000), pytest.raises(Busy, match="bytes wait"), room.place(1):
        pass
    with room.place(60), room.place(40), pytest.raises(Busy), room.place(1):
        pass
    with room.place(100):
        pass


def test_an_unsaid_size_counts_as_the_largest(world: World) -> None:
    """Chunked requests name no size; a size that is no number is nobody's."""
    from starlette.requests import Request

    def size(*headers: tuple[bytes, bytes]) -> int:
        return declared_size(Request({"type": "http", "headers": list(headers)}), bytes_max)

    assert size() == bytes_max
    assert size((b"content-length", b"12")) == 12
    assert size((b"content-length", b"9" * 30)) == bytes_max
    assert size((b"content-length", b"-1")) == bytes_max


def test_an_entry_that_makes_a_rule_fail_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect met by one sender's entry was answered to everybody whose entries were committed with it."""
    bad, good = world.mint(1, 4000)[0], world.mint(3, 4001)
    take = world.ledger.take

    def failing(begun: Any) -> Any:
        if any(one is bad for one in begun[0]):
            raise AttributeError("a defect of a rule")
        return take(begun)

    monkeypatch.setattr(world.ledger, "take", failing)
    running = Sequencer(world.ledger)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(running.submit, [one]) for one in (good[0], bad, *good[1:])]
        while running.waiting() < 4:
            threading.Event().wait(0.001)
        running.start()
        with pytest.raises(AttributeError, match="a defect"):
            sent[1].result(wait_s)
        for future in (sent[0], *sent[2:]):
            assert future.result(wait_s)[0].accepted
    running.stop()


def test_a_bad_entry_inside_a_stream_holds_up_nothing_behind_it(world: World) -> None:
    """In one request: a refused scan, a stranger's bad signature, another's body; the rest is taken in."""
    from dataclasses import replace

    from tests.ledger.world import NoteBody, core

    device = world.add_device(core, "99.100.1/D-7", ("test.note/1",))
    stream = [device.write("test.note/1", NoteBody(text=t)) for t in ("a", "refuse", "b", "c")]
    others = world.mint(2, 5000)
    wrong_body = replace(others[0], body=b"{}")
    wrong_signature = replace(
        others[1], envelope=others[1].envelope.replace(b'"sig":"', b'"sig":"A', 1)
    )
    sent = [stream[0], wrong_body, stream[1], wrong_signature, stream[2], stream[3]]
    for client in client_of(world):
        told = post(client, sent).json()["results"]
        kinds = [r["problem"]["code"] if "problem" in r else r["outcome"] for r in told]
        assert kinds[0::2] == ["accepted", "refused", "accepted"]
        assert kinds[1] == "body-mismatch"
        assert kinds[3] in ("entry-malformed", "signature-invalid")
        assert kinds[5] == "accepted"
        # A gap stops the stream, and nobody else.
        skipped = [device.write("test.note/1", NoteBody(text=t)) for t in ("lost", "behind")]
        after = post(client, [skipped[1], *world.mint(1, 5100)]).json()["results"]
        assert after[0]["problem"]["code"] == "stream-gap"
        assert after[1]["outcome"] == "accepted"
        again = post(client, skipped).json()["results"]
        assert [row["outcome"] for row in again] == ["accepted", "accepted"]
