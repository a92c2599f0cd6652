"""The device client: what it signs, and exactly once in effect whatever becomes of its messages."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import Entry, Envelope, PrivateKey, TallystickError
from tallystick.ledger.wire import read_batch
from tallystick.scanners import (
    CaptureTooLarge,
    HttpTransport,
    NodeAnswerWrong,
    NodeAway,
    NodeRefused,
    QueueLimits,
    StreamStopped,
)
from tallystick.trace import Capture, EpcisRefused, builders, check_capture

Rig = Any
Make = Callable[..., Any]


def scanned(rig: Rig) -> list[str]:
    """The items in the node's log, in log order."""
    found = []
    for entry in rig.node.entries():
        queued = rig.queue.entry(entry.seq)
        found.append(json.loads(queued.submission.body)["events"][0]["items"][0][-4:])
    return found


def test_a_capture_is_a_signed_entry_whose_body_matches_its_document(rig: Rig) -> None:
    assert [rig.scan(1), rig.scan(2)] == [0, 1]
    assert rig.node.requests == 0
    queued = rig.queue.entry(1)
    entry = Entry.parse(Envelope.parse(queued.submission.envelope).payload)
    assert (entry.type, entry.seq, entry.time) == ("trace.capture/1", 1, "2026-03-05T08:00:02.000Z")
    (document,) = queued.submission.attachments
    capture = Capture.model_validate_json(queued.submission.body)
    check_capture(capture, document.data)
    assert capture.document.hash == document.hash()
    assert (document.type, document.grade) == ("application/ld+json", "parties")
    assert capture.events[0].items == ("99.100.7/SN-0002",)
    assert json.loads(document.data)["creationDate"] == "2026-03-05T08:00:02.000Z"


def test_bad_events_are_refused_before_anything_is_stored(rig: Rig) -> None:
    good = builders.receiving(["99.100.7/SN-1"], time="2026-03-05T08:00:00.000Z")
    for bad in (
        [{}],
        [{"type": "ObjectEvent"}],
        [good, {**good, "action": "DANCE"}],
        [{**good, "extra": float("nan")}],
        [{**good, "extra": object()}],
        [{**good, 5: 1}],
    ):
        with pytest.raises(EpcisRefused):
            rig.device.capture(bad)
    for wrong in ([], [good] * 501):
        with pytest.raises(CaptureTooLarge):
            rig.device.capture(wrong)
    assert rig.queue.position().seq == 0


def test_batches_are_sent_in_order_and_receipts_kept(rig: Rig) -> None:
    for number in range(10):
        rig.scan(number)
    done = rig.device.flush()
    assert (done.accepted, done.refused, done.waiting, done.away) == (10, (), 0, None)
    assert rig.node.requests == 3
    assert scanned(rig) == [f"{number:04d}" for number in range(10)]
    assert rig.queue.receipt(9)["payloadType"] == "application/vnd.tallystick.receipt+json"
    assert rig.device.flush().accepted == 0
    assert rig.node.requests == 3


def test_scanning_goes_on_while_the_node_is_away(rig: Rig) -> None:
    rig.line.away = True
    for number in range(5):
        rig.scan(number)
        done = rig.device.flush()
        assert (done.accepted, done.waiting, done.away) == (0, number + 1, "no route")
    assert rig.pauses[:2] == [0.5, 1.0]
    rig.restart()
    rig.line.away = False
    assert rig.device.flush().accepted == 5
    assert scanned(rig) == ["0000", "0001", "0002", "0003", "0004"]


def test_a_lost_reply_is_not_a_second_entry(rig: Rig) -> None:
    """The node took the batch, and the device never heard of it."""
    for number in range(3):
        rig.scan(number)
    rig.line.faults = ["reply-lost"] * 3
    done = rig.device.flush()
    assert (done.accepted, done.waiting) == (0, 3)
    assert rig.queue.counts()["sent"] == 3
    rig.restart()
    rig.scan(3)
    assert rig.device.flush().accepted == 4
    assert scanned(rig) == ["0000", "0001", "0002", "0003"]


def test_a_refused_entry_is_recorded_and_does_not_block_the_next(rig: Rig) -> None:
    rig.node.refuse_codes = {1: "not-custodian"}
    for number in range(3):
        rig.scan(number)
    done = rig.device.flush()
    assert (done.accepted, done.refused, done.waiting) == (2, ((1, "not-custodian"),), 0)
    assert rig.queue.entry(1).state == "refused"
    assert rig.queue.receipt(1) is not None


def test_a_node_that_lost_its_newest_entries_gets_the_same_ones_again(rig: Rig) -> None:
    for number in range(6):
        rig.scan(number)
    rig.device.flush()
    before = [leaf for leaf, _ in rig.node.log]
    del rig.node.log[2:]
    rig.scan(6)
    assert rig.device.flush().accepted == 5
    assert [leaf for leaf, _ in rig.node.log][:6] == before
    assert scanned(rig) == [f"{number:04d}" for number in range(7)]


def test_a_node_that_lost_more_than_is_kept_is_told_so(make_rig: Make) -> None:
    rig = make_rig(limits=QueueLimits(history_entries_max=2))
    for number in range(6):
        rig.scan(number)
    rig.device.flush()
    rig.node.log.clear()
    rig.scan(6)
    with pytest.raises(TallystickError) as gone:
        rig.device.flush()
    assert gone.value.code == "queue-history-gone"
    assert rig.queue.counts()["sent"] == 1


def test_a_node_that_forgets_again_and_again_stops_the_device(rig: Rig) -> None:
    class Forgetful:
        def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
            gap = {"code": "stream-gap", "expected_seq": 0, "title": "gap"}
            answer = rig.node.post(request)
            if Entry.parse(_payload(request)).seq == 0:
                return {**answer}
            return {"results": [{"problem": gap} for _ in request["entries"]]}

    for number in range(6):
        rig.scan(number)
    rig.device._transport = Forgetful()
    with pytest.raises(StreamStopped):
        rig.device.flush()


def _payload(request: Mapping[str, Any]) -> bytes:
    leaf = json.dumps(request["entries"][0]["envelope"], separators=(",", ":"), sort_keys=True)
    return Envelope.parse(leaf.encode()).payload


def test_a_copied_queue_forks_and_is_stopped(rig: Rig, make_rig: Make, tmp_path: Path) -> None:
    """Somebody restored a device from yesterday's backup."""
    rig.scan(0)
    rig.device.flush()
    rig.queue.close()
    copy = make_rig()
    copy.queue.close()
    shutil.copy(rig.path, copy.path)
    for suffix in ("-wal", "-shm"):
        Path(f"{copy.path}{suffix}").unlink(missing_ok=True)
    rig.open()
    copy.line.node = copy.node = rig.node
    copy.open()
    rig.scan(1)
    rig.device.flush()
    copy.random.seed(99)
    copy.scan(2)
    copy.scan(3)
    with pytest.raises(StreamStopped) as stopped:
        copy.device.flush()
    assert stopped.value.members == {"seq": 1, "problem_code": "stream-fork"}
    assert copy.queue.entry(1).problem.startswith("stream-fork")
    assert copy.queue.counts()["sent"] == 2
    assert len(rig.node.log) == 2


def test_a_revoked_key_stops_the_stream_and_nothing_is_lost(rig: Rig) -> None:
    rig.scan(0)
    rig.device.flush()
    rig.node.revoked = True
    rig.scan(1)
    rig.scan(2)
    with pytest.raises(StreamStopped, match="key-not-valid"):
        rig.device.flush()
    assert (len(rig.node.log), rig.queue.counts()["sent"]) == (1, 2)
    rig.node.revoked = False
    assert rig.device.flush().accepted == 2


def test_a_forged_scan_is_never_settled(rig: Rig) -> None:
    rig.device._keys = [type(rig.device._keys[0])(rig.device._keys[0].keyid, PrivateKey.generate())]
    rig.scan(0)
    with pytest.raises(StreamStopped, match="signature-invalid"):
        rig.device.flush()
    assert rig.node.log == []


def lies(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Answers that do not fit, by what is wrong with them."""
    first, rest = answer["results"][0], answer["results"][1:]
    receipt = answer["receipt"]
    return {
        "empty": {},
        "no results": {**answer, "results": []},
        "too few": {**answer, "results": rest},
        "not a list": {**answer, "results": 5},
        "another leaf": {**answer, "results": [{**first, "leaf_hash": "0" * 64}, *rest]},
        "no outcome": {**answer, "results": [{"index": 1, "leaf_hash": first["leaf_hash"]}, *rest]},
        "odd outcome": {**answer, "results": [{**first, "outcome": "perhaps"}, *rest]},
        "negative index": {**answer, "results": [{**first, "index": -1}, *rest]},
        "no receipt": {**answer, "receipt": None},
        "empty receipt": {**answer, "receipt": {}},
        "unsigned receipt": {**answer, "receipt": {**receipt, "signatures": []}},
        "moved in the receipt": {**answer, "results": [{**first, "index": 77}, *rest]},
        "refused in the answer": {**answer, "results": [{**first, "outcome": "refused"}, *rest]},
    }


def test_a_lying_node_settles_nothing(rig: Rig) -> None:
    for number in range(3):
        rig.scan(number)

    class Liar:
        kind = ""

        def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
            return lies(rig.node.post(request))[self.kind]

    liar = rig.device._transport = Liar()
    kinds = list(lies({"results": [{"leaf_hash": ""}], "receipt": {}}))
    for liar.kind in kinds:
        with pytest.raises(NodeAnswerWrong):
            rig.device.flush()
        assert rig.queue.counts()["sent"] == 3
    rig.device._transport = rig.line
    assert rig.device.flush().accepted == 3
    assert len(rig.node.log) == 3


def test_a_batch_too_large_for_the_node_is_halved(rig: Rig) -> None:
    sizes: list[int] = []

    class Narrow:
        def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
            sizes.append(len(request["entries"]))
            if len(request["entries"]) > 1:
                raise NodeRefused("too large", http_status=413)
            return rig.node.post(request)

    rig.device._transport = Narrow()
    for number in range(3):
        rig.scan(number)
    assert rig.device.flush().accepted == 3
    assert sizes == [3, 1, 1, 1]


actions = st.lists(
    st.one_of(
        st.tuples(st.just("scan"), st.integers(1, 5)),
        st.tuples(
            st.just("flush"),
            st.lists(st.sampled_from(["ok", "request-lost", "reply-lost"]), max_size=5),
        ),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("node-loses"), st.integers(1, 6)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(actions)
def test_exactly_once_and_in_order_whatever_is_lost(
    make_rig_at: Callable[[Path], Any], steps: list[tuple[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        rig = make_rig_at(Path(folder))
        count = 0
        for action, value in steps:
            if action == "scan":
                for _ in range(value):
                    rig.scan(count)
                    count += 1
            elif action == "flush":
                rig.line.faults = list(value)
                rig.device.flush()
            elif action == "restart":
                rig.restart()
            else:
                del rig.node.log[-value:]
        rig.line.faults = []
        rig.scan(count)
        assert rig.device.flush().waiting == 0
        assert scanned(rig) == [f"{number:04d}" for number in range(count + 1)]
        rig.queue.close()


def test_the_node_reads_exactly_what_the_device_stored(rig: Rig) -> None:
    sent: list[bytes] = []

    class Wire:
        def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
            sent.append(json.dumps(request).encode())
            return rig.node.post(request)

    rig.device._transport = Wire()
    rig.scan(1)
    rig.scan(2)
    rig.device.flush()
    assert read_batch(sent[0]) == [rig.queue.entry(seq).submission for seq in (0, 1)]


class Server:
    """The fake node behind a real socket; `up` and `down` at will, on the same port."""

    def __init__(self, node: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.node = node
        self.answers: list[tuple[int, bytes]] = []

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.answers:
                    status, reply = outer.answers.pop(0)
                elif self.path == "/v1/entries":
                    status, reply = 200, json.dumps(outer.node.post(json.loads(body))).encode()
                else:
                    status, reply = 404, b"{}"
                self.send_response(status)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def test_over_http_the_node_goes_and_comes_back(rig: Rig) -> None:
    server = Server(rig.node)
    with HttpTransport(f"http://127.0.0.1:{server.port}/", timeout_seconds=5) as transport:
        rig.device._transport = transport
        rig.scan(0)
        away = rig.device.flush()
        assert away.waiting == 1
        assert "127.0.0.1" in (away.away or "")
        server.up()
        server.answers = [(502, b"<html>"), (200, b"<html>please log in</html>")]
        assert rig.device.flush().accepted == 1
        server.down()
        rig.scan(1)
        assert rig.device.flush().waiting == 1
        server.up()
        assert rig.device.flush().accepted == 1
        server.down()
    assert scanned(rig) == ["0000", "0001"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"title": "malformed"}', NodeRefused),
        (401, b"", NodeRefused),
        (404, b"[]", NodeRefused),
        (413, b"{}", NodeRefused),
        (302, b"", NodeRefused),
        (408, b"", NodeAway),
        (429, b"{}", NodeAway),
        (500, b"{}", NodeAway),
        (503, b"\xff", NodeAway),
        (200, b"", NodeAway),
        (200, b"[1]", NodeAway),
        (200, b"[" * 100_000, NodeAway),
        (200, b" " * (17 << 20), NodeAway),
    ],
)
def test_answers_over_http_are_told_apart(
    status: int, body: bytes, error: type[TallystickError]
) -> None:
    answers = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    transport = HttpTransport("https://node.example", client=httpx.Client(transport=answers))
    with pytest.raises(error) as raised:
        transport.send({"entries": []})
    if error is NodeRefused:
        assert raised.value.members == {"http_status": status}


def test_a_slow_node_is_away() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    client = httpx.Client(transport=httpx.MockTransport(slow))
    with pytest.raises(NodeAway, match="ReadTimeout"):
        HttpTransport("https://node.example", client=client).send({"entries": []})
