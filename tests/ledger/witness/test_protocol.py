"""The protocol over HTTP, byte for byte, and what the log's side makes of every answer."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.app.pages.markup import Page
from tests.ledger.witness.history import (
    History,
    changed_bytes,
    cosigner,
    fresh,
    key,
    opened,
    origin,
    policy,
    start,
    verifier,
)

from tallystick.app.witness.serving import create_app
from tallystick.ledger import Note, SetClock, TallystickError, witness
from tallystick.ledger.note import NoteSignature, NoteSignatureFails
from tallystick.ledger.witness.errors import (
    WitnessAhead,
    WitnessAnswerRefused,
    WitnessClockWrong,
    WitnessUnreachable,
    WitnessWentBack,
)

w1, w2, w3 = (f"witness.example/w{n}" for n in (1, 2, 3))
main, fork = History(), History("fork", shared=3)
url = "http://testserver"


@pytest.fixture
def http(tmp_path: Path) -> TestClient:
    return TestClient(create_app(fresh(tmp_path)))


def test_the_answers_are_those_of_the_specification(http: TestClient) -> None:
    first = http.post("/add-checkpoint", content=main.request(0, 5).encode())
    assert (first.status_code, first.text[:21]) == (200, "\u2014 witness.example/w1 ")
    assert first.text.endswith("\n")
    whole = Note.parse(main.note(5).encode() + first.text)
    assert whole.verify([cosigner(w1)]) == [cosigner(w1)]
    stale = http.post("/add-checkpoint", content=main.request(0, 9).encode())
    assert (stale.status_code, stale.content) == (409, b"5\n")
    assert stale.headers["content-type"] == "text/x.tlog.size"
    for request, status, code in (
        (fork.request(5, 9), 422, "checkpoint-inconsistent"),
        (fork.request(5, 5), 422, "checkpoint-inconsistent"),
        (History(origin="log.example/else").request(5, 9), 404, "witness-log-unknown"),
        (witness.AddCheckpoint(9, (), main.note(5)), 400, "witness-old-size"),
        (
            witness.AddCheckpoint(5, (), main.checkpoint(9).sign(key("x"))),
            403,
            "checkpoint-not-trusted",
        ),
    ):
        answer = http.post("/add-checkpoint", content=request.encode())
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_request_is_the_one_of_the_specification() -> None:
    request = main.request(5, 9)
    lines = request.encode().decode().split("\n")
    assert lines[0] == "old 5"
    assert [base64.b64decode(line) for line in lines[1 : lines.index("")]] == main.prove(5, 9)
    assert "\n".join(lines[lines.index("") + 1 :]) == main.note(9).encode()
    assert witness.AddCheckpoint.parse(request.encode()) == request


good = main.request(5, 9).encode()
hash64 = base64.b64encode(bytes(32))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"\n\n", good.split(b"\n\n")[0], good.replace(b"old 5", b"old 05"),
        good.replace(b"old 5", b"old -5"), good.replace(b"old 5", b"old 5 "),
        good.replace(b"old 5", b"Old 5"), good.replace(b"old 5", b"old  5"),
        good.replace(b"old 5", "old \u0665".encode()), good.replace(b"old 5", b"old " + b"9" * 5000),
        good.replace(b"old 5\n", b"old 5\r\n"), good.replace(b"old 5\n", b"old 5\nAAAA\n"),
        good.replace(b"old 5\n", b"old 5\n" + hash64[:-2] + b"B=\n"),
        good.replace(b"old 5\n", b"old 5\n" + (hash64 + b"\n") * 64), good[:-1], good + b"\n",
        good.replace(b"\n\n", b"\n", 1), b"\xff" + good, good.replace(b"log.example", b"log\x00example"),
        good.replace(b"\n9\n", b"\n09\n"), good + b"\xe2\x80\x94 name AAAAAAAA\n" * 64,
    ],
)  # fmt: skip
def test_malformed_requests_are_refused(http: TestClient, body: bytes) -> None:
    answer = http.post("/add-checkpoint", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "witness-request-refused")
    assert answer.json()["detail"]


def test_a_request_that_is_too_large_is_not_read(http: TestClient) -> None:
    answer = http.post("/add-checkpoint", content=b"x" * 200_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


def test_no_changed_byte_is_cosigned_as_what_was_sent(tmp_path: Path) -> None:
    http = TestClient(create_app(fresh(tmp_path)))
    http.post("/add-checkpoint", content=main.request(0, 5).encode())
    for body in changed_bytes(good):
        answer = http.post("/add-checkpoint", content=body)
        assert answer.status_code in (400, 403, 404, 409, 422), body
    assert http.post("/add-checkpoint", content=good).status_code == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(http: TestClient, body: bytes) -> None:
    for sent in (body, b"old 0\n\n" + body, good[:40] + body):
        assert 400 <= http.post("/add-checkpoint", content=sent).status_code < 500


def test_anybody_reads_the_newest_checkpoint(http: TestClient) -> None:
    path = f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
    assert http.get(path).status_code == 404
    http.post("/add-checkpoint", content=main.request(0, 5).encode())
    found = Note.parse(http.get(path).text)
    assert found.text == main.note(5).text
    assert found.verify([cosigner(w1)])
    assert found.verify([verifier()])
    assert http.get(f"/{'0' * 64}/checkpoint").status_code == 404
    assert http.get("/nonsense/checkpoint").status_code == 422


def test_the_status_page_speaks_both_languages(tmp_path: Path) -> None:
    made = fresh(tmp_path, w1, origin, "log.example/two")
    http = TestClient(create_app(made))
    http.post("/add-checkpoint", content=main.request(0, 1234).encode())
    english, chinese = http.get("/?lang=en"), http.get("/?lang=zh")
    assert '<html lang="en">' in english.text
    assert '<html lang="zh-CN">' in chinese.text
    for page in (english, chinese):
        assert page.status_code == 200
        assert all(said in page.text for said in (w1, origin, "1,234", "2026-03-05 08:00:00 UTC"))
        assert cosigner(w1).encode() in page.text.replace("&#43;", "+")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert Page(page.text).faults == []
    assert "Nothing cosigned yet" in english.text
    assert "尚未共同签名" in chinese.text
    assert "do not trust this log" not in english.text
    http.post("/add-checkpoint", content=History("fork").request(1234, 1234).encode())
    assert "do not trust this log" in http.get("/?lang=en").text
    assert http.get("/healthz").json()["status"] == "ok"


def test_the_router_has_a_prefix(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(witness.router(fresh(tmp_path), "/w/one"))
    remote = remote_at(TestClient(app), f"{url}/w/one/")
    assert remote.cosign(main.note(5), main.prove)


class Slept:
    """Pauses of a client under test: none, but counted."""

    def __init__(self) -> None:
        self.pauses: list[int] = []

    def __call__(self, ms: int) -> None:
        self.pauses.append(ms)


def remote_at(
    http: httpx.Client, at: str = url, pause: Slept | None = None
) -> witness.RemoteWitness:
    return witness.RemoteWitness(w1, cosigner(w1), at, http, SetClock(start), pause or Slept())


def test_the_client_follows_the_witness(tmp_path: Path) -> None:
    """A fresh client does not know the size: the answer 409 tells it, and the proof is sent again."""
    http = TestClient(create_app(fresh(tmp_path)))
    first = remote_at(http)
    for size in (5, 9, 9, 64):
        line = first.cosign(main.note(size), main.prove)
        assert main.note(size).adding([line]).verify([cosigner(w1)])
    second = remote_at(http)
    assert second.cosign(main.note(70), main.prove)
    with pytest.raises(WitnessAhead, match="it cosigned 70, this is 69"):
        remote_at(http).cosign(main.note(69), main.prove)
    with pytest.raises(witness.WitnessConflict, match="already"):
        second.cosign(main.note(69), main.prove)
    assert first.cosign(main.note(71), main.prove)


def test_a_fork_is_told_as_such(tmp_path: Path) -> None:
    http = TestClient(create_app(fresh(tmp_path)))
    remote_at(http).cosign(main.note(9), main.prove)
    for size in (9, 12):
        with pytest.raises(witness.CheckpointInconsistent, match=r"answered 422: [a-z]") as told:
            remote_at(http).cosign(fork.note(size), fork.prove)
        # A page and a terminal show this to people: once it was the problem document, cut off in the middle.
        assert not set(told.value.detail) & set('{}"')


def test_other_refusals_are_told_by_name(tmp_path: Path) -> None:
    remote = remote_at(TestClient(create_app(fresh(tmp_path))))
    with pytest.raises(witness.LogUnknown):
        remote.cosign(History(origin="log.example/else").note(5), main.prove)
    with pytest.raises(witness.CheckpointNotTrusted):
        remote.cosign(main.checkpoint(5).sign(key("x")), main.prove)
    with pytest.raises(WitnessUnreachable, match="no address"):
        remote_at(httpx.Client(), "http://a:b").cosign(main.note(5), main.prove)
    with pytest.raises(WitnessUnreachable):
        remote_at(httpx.Client(), "gopher://x").cosign(main.note(5), main.prove)


def answering(*answers: httpx.Response | Exception) -> tuple[httpx.Client, list[httpx.Request]]:
    """A server that answers these in turn, the last one for ever."""
    left, seen = list(answers), list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        sent = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=sent)

    return httpx.Client(transport=httpx.MockTransport(handle)), seen


def conflict(size: object) -> httpx.Response:
    return httpx.Response(409, headers={"content-type": "text/x.tlog.size"}, text=f"{size}\n")


def lines(name: str = w1, size: int = 9, off_s: int = 0) -> httpx.Response:
    made = witness.cosign(main.note(size).text, name, key(name), 1_772_697_600 + off_s)
    return httpx.Response(200, text=made.line())


def test_a_failing_server_is_asked_again_and_then_given_up() -> None:
    slept = Slept()
    http, seen = answering(httpx.ReadTimeout("slow"), httpx.Response(502, text="no\nway"), lines())
    assert remote_at(http, pause=slept).cosign(main.note(9), main.prove)
    assert (len(seen), len(slept.pauses)) == (3, 2)
    http, seen = answering(httpx.Response(500, text="no\nway\x1b[31m"))
    with pytest.raises(WitnessUnreachable, match=r"answered 500: no way \[31m"):
        remote_at(http).cosign(main.note(9), main.prove)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text=""), WitnessAnswerRefused),
        (httpx.Response(200, text="OK"), WitnessAnswerRefused),
        (httpx.Response(200, content=b"\xff"), WitnessAnswerRefused),
        (httpx.Response(200, text=f"said before\n\n{lines().text}"), WitnessAnswerRefused),
        (httpx.Response(200, text="x" * 70_000), WitnessAnswerRefused),
        (httpx.Response(302, headers={"location": "http://else.example/"}), WitnessAnswerRefused),
        (httpx.Response(413), WitnessAnswerRefused),
        (lines(w2), witness.CosignatureRefused),
        (lines(size=8), witness.CosignatureRefused),
        (lines(off_s=301), WitnessClockWrong),
        (lines(off_s=-301), WitnessClockWrong),
        (conflict(10), WitnessAhead),
        (conflict(3), WitnessAnswerRefused),
        (conflict("+3"), WitnessAnswerRefused),
        (conflict(""), WitnessAnswerRefused),
        (httpx.Response(409, text="3\n"), WitnessAnswerRefused),
        (httpx.Response(400, text="?"), witness.WitnessRequestRefused),
        (httpx.Response(404, text="?"), witness.LogUnknown),
    ],
)
def test_no_answer_is_believed_that_is_not_in_its_form(
    answer: httpx.Response, error: type[TallystickError]
) -> None:
    http, seen = answering(answer)
    with pytest.raises(error) as refused:
        remote_at(http).cosign(main.note(9), main.prove)
    assert type(refused.value) is error
    assert len(seen) <= 3


def test_lines_of_others_beside_the_witness_s_own_are_ignored() -> None:
    http, _ = answering(httpx.Response(200, text=lines(w2).text + lines().text))
    assert remote_at(http).cosign(main.note(9), main.prove).name == w1


def test_a_witness_that_forgot_is_not_counted() -> None:
    """It cosigned 9 for us; a 409 that says 4 means its memory was restored from an old copy."""
    http, _ = answering(lines(), conflict(4))
    remote = remote_at(http)
    remote.cosign(main.note(9), main.prove)
    with pytest.raises(WitnessWentBack, match="it cosigned 9 for us, and now says 4"):
        remote.cosign(main.note(12), main.prove)


def test_what_it_cosigned_before_a_restart_is_not_forgotten() -> None:
    """An old copy of a witness showed itself only as long as the log's process ran."""
    http, seen = answering(conflict(4))
    remote = remote_at(http)
    remote.recall(7)
    with pytest.raises(WitnessWentBack, match="it cosigned 7 for us, and now says 4"):
        remote.cosign(main.note(9), main.prove)
    assert seen[0].content.startswith(b"old 7\n"), "no request only to hear the size"
    with pytest.raises(witness.WitnessConflict, match="it cosigned 7 for us already"):
        remote.cosign(main.note(5), main.prove)


@pytest.mark.parametrize("answer", [conflict(9), httpx.Response(409)])
def test_a_fork_is_told_as_such_by_older_witnesses_too(answer: httpx.Response) -> None:
    """Before the specification's change #280 they answer 409 to another root of their own size."""
    http, _ = answering(answer)
    remote = remote_at(http)
    remote.recall(9)
    with pytest.raises(witness.CheckpointInconsistent, match="another tree of 9 entries"):
        remote.cosign(main.note(9), main.prove)


def collected(
    folder: Path, rule: str, *more: Callable[[], witness.AskedWitness]
) -> witness.Collected:
    good = witness.RemoteWitness(
        w1, cosigner(w1), url, TestClient(create_app(fresh(folder))), SetClock(start)
    )
    asked = [good, *(make() for make in more)]
    agreed = policy(w1, w2, w3, rule=rule)
    return witness.collect(main.note(9).encode(), asked, agreed, main.prove, wait_ms=400)


class Slow:
    name = w2

    def cosign(self, _note: Note, _prove: witness.Prove) -> NoteSignature:
        threading.Event().wait(1.5)
        raise WitnessUnreachable("too late")


class Broken:
    name = w3

    def cosign(self, _note: Note, _prove: witness.Prove) -> NoteSignature:
        raise ZeroDivisionError("a defect")


def test_what_each_witness_did_is_told(tmp_path: Path) -> None:
    found = collected(tmp_path, "2", Slow, Broken)
    codes = {outcome.witness: outcome.code for outcome in found.outcomes}
    assert codes == {w1: "cosigned", w2: "witness-slow", w3: "unexpected"}
    assert not found.verdict.met
    assert found.why.startswith("quorum everybody is not met: everybody: 1 of 2 needed")
    assert "witness.example/w2: it has not answered in time" in found.why
    assert found.note.verify([cosigner(w1), cosigner(w2), cosigner(w3)]) == [cosigner(w1)]


def test_a_slow_one_holds_nobody_up_once_the_quorum_is_there() -> None:
    """It used to cost each checkpoint the whole time that witnesses have."""
    ended = threading.Event()

    class Good:
        name = w1

        def cosign(self, note: Note, _prove: witness.Prove) -> NoteSignature:
            return witness.cosign(note.text, w1, key(w1), 1_800_000_000)

    class Hanging:
        name = w2

        def cosign(self, _note: Note, _prove: witness.Prove) -> NoteSignature:
            ended.wait(60)
            raise WitnessUnreachable("too late")

    began = time.monotonic_ns()
    try:
        agreed = policy(w1, w2, rule="any")
        found = witness.collect(
            main.note(9).encode(), [Good(), Hanging()], agreed, main.prove, wait_ms=50_000
        )
    finally:
        ended.set()
    assert time.monotonic_ns() - began < 25 * 10**9
    assert found.verdict.met
    codes = {outcome.witness: outcome.code for outcome in found.outcomes}
    assert codes == {w1: "cosigned", w2: "witness-slow"}


def test_enough_of_them_make_it_final(tmp_path: Path) -> None:
    found = collected(tmp_path, "any", Broken)
    assert found.verdict.met
    assert found.why == ""
    witness.open_cosigned(found.note, policy(w1, w2, w3, rule="any")).require()
    again = witness.collect(
        found.note.encode(), [], policy(w1, w2, w3, rule="any"), main.prove, wait_ms=100
    )
    assert again.note == found.note, "cosignatures that are there stay"
    assert again.verdict.met


def test_a_false_cosignature_on_the_way_in_is_refused() -> None:
    line = witness.cosign(main.note(8).text, w2, key(w2), 5)
    with pytest.raises(NoteSignatureFails):
        witness.collect(
            main.note(9).adding([line]).encode(), [], policy(w1, w2), main.prove, wait_ms=100
        )


def test_the_policy_names_where_witnesses_are(tmp_path: Path) -> None:
    text = f"witness one {cosigner(w1).encode()} {url}\nwitness two {cosigner(w2).encode()}\nquorum one\n"
    agreed = witness.Policy.parse(text)
    now = witness.Witness(w1, key(w1), {origin: [verifier()]}, _memory(tmp_path), SystemNow())
    (remote,) = witness.remote_witnesses(agreed, TestClient(create_app(now)))
    found = witness.collect(main.note(9).encode(), [remote], agreed, main.prove)
    assert (remote.name, found.verdict.met) == ("one", True)
    assert opened(tmp_path).status()[0].newest.checkpoint.size == 9


def _memory(folder: Path) -> witness.Memory:
    memory = witness.Memory(folder)
    memory.save(witness.Remembered.nothing(origin))
    return memory


class SystemNow:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000
