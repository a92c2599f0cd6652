"""The witness's part over HTTP, and the client that makes a certificate of what the witnesses sign."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.ledger.bls.signers import key, names, note, proven, shares
from tests.ledger.witness.history import History, cosigner, fresh
from tests.ledger.witness.history import key as cosigner_key
from tests.ledger.witness.test_protocol import answering

from tallystick.app.witness.serving import create_app
from tallystick.ledger import Note, bls, witness
from tallystick.ledger.bls.certificate import signed_message
from tallystick.ledger.bls.key import QuorumKey

main, fork = History(), History("fork", shared=3)
w1, w2, w3 = names


def cosigned(history: History = main, size: int = 9, *who: str) -> Note:
    made = history.note(size)
    return made.adding(
        [
            witness.cosign(made.text, name, cosigner_key(name), 1_800_000_000)
            for name in who or (w1,)
        ]
    )


@pytest.fixture
def server(tmp_path: Path) -> TestClient:
    """A witness with a BLS key that cosigned nine entries."""
    running = fresh(tmp_path)
    running.add_checkpoint(main.request(0, 9))
    return TestClient(create_app(running, bls.CertificateSigner(running, key(w1))))


def test_a_witness_signs_what_it_cosigned(server: TestClient) -> None:
    answer = server.post("/sign-quorum", content=cosigned().encode().encode())
    assert answer.status_code == 200
    assert base64.b64decode(answer.text) == shares([w1])[w1]
    assert answer.text.count("\n") == 1
    again = server.post("/sign-quorum", content=cosigned(main, 9, w2, w1).encode().encode())
    assert again.text == answer.text
    earlier = server.post("/sign-quorum", content=cosigned(main, 5).encode().encode())
    assert earlier.status_code == 200


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (main.note(9), 403, "bls-not-cosigned"),
        (cosigned(main, 9, w2), 403, "bls-not-cosigned"),
        (Note(main.note(9).text, cosigned(main, 5).signatures), 403, "bls-not-cosigned"),
        (cosigned(main, 12), 403, "bls-not-cosigned"),
        (cosigned(fork, 9), 403, "bls-not-cosigned"),
        (cosigned(History(origin="log.example/else")), 404, "witness-log-unknown"),
        (Note("no checkpoint\n", cosigned().signatures), 403, "bls-not-cosigned"),
        (b"", 400, "note-refused"),
        (b"\xff\xfe", 400, "note-refused"),
        (b"x" * 200_000, 413, "request-too-large"),
    ],
)
def test_it_signs_nothing_else(
    server: TestClient, sent: Note | bytes, status: int, code: str
) -> None:
    """Not what others cosigned, what it never saw, or another history under its stolen cosigner key."""
    content = sent if isinstance(sent, bytes) else sent.encode().encode()
    answer = server.post("/sign-quorum", content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_witness_without_a_key_says_so(tmp_path: Path) -> None:
    http = TestClient(create_app(fresh(tmp_path)))
    answer = http.post("/sign-quorum", content=cosigned().encode().encode())
    assert (answer.status_code, answer.json()["code"]) == (404, "bls-no-secret")


def test_few_wait_for_a_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked often enough held all threads of the server, and the witness cosigned nothing."""
    monkeypatch.setattr("tallystick.ledger.bls.sharing.waiting_max", 1)
    running = fresh(tmp_path)
    running.add_checkpoint(main.request(0, 9))
    signer = bls.CertificateSigner(running, key(w1))
    refused: list[bool] = []

    def slow(_self: QuorumKey, _message: bytes) -> bytes:
        with pytest.raises(bls.SignerBusy, match="wait already"):
            signer.share(cosigned())
        refused.append(True)
        return bytes(96)

    monkeypatch.setattr(QuorumKey, "sign", slow)
    assert signer.share(cosigned()) == signer.share(cosigned()) == bytes(96)
    assert refused == [True]


def test_signing_holds_up_nobody_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.ledger.bls.sharing.wait_s_max", 0)
    entered, leave = threading.Event(), threading.Event()
    running = fresh(tmp_path)
    running.add_checkpoint(main.request(0, 9))
    signer = bls.CertificateSigner(running, key(w1))

    def slow(_self: QuorumKey, message: bytes) -> bytes:
        entered.set()
        leave.wait(30)
        return bls.chosen().sign(key(w1).secret, message)

    monkeypatch.setattr(QuorumKey, "sign", slow)
    first = threading.Thread(target=signer.share, args=(cosigned(),))
    first.start()
    try:
        assert entered.wait(30)
        with pytest.raises(bls.SignerBusy):
            signer.share(cosigned(main, 5))
    finally:
        leave.set()
        first.join()
    assert signer.share(cosigned()) == shares([w1])[w1]


def test_the_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "quorum-key.json"
    assert bls.QuorumKey.load(path, w1) is None
    made = bls.QuorumKey.generate(w1)
    made.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bls.QuorumKey.load(path, w1) == made
    with pytest.raises(bls.SecretExists):
        bls.QuorumKey.generate(w1).save(path)
    whole = path.read_text()
    with pytest.raises(bls.SecretRefused):
        bls.QuorumKey.load(path, w2)
    other = key(w2)
    for bad in (
        "", "[]", "{}", whole.replace('"secret"', '"secrets"'), whole.replace(made.secret.hex(), "00" * 32),
        whole.replace(made.secret.hex(), other.secret.hex()), whole.replace(made.secret.hex(), "zz"),
        whole.replace(made.secret.hex(), "ff" * 32), whole.replace(w1, "a+b"), whole.replace('"name"', '"name": 1, "x"'),
    ):  # fmt: skip
        path.write_text(bad)
        with pytest.raises(bls.SecretRefused):
            bls.QuorumKey.load(path, w1)


class Local:
    """A signer in this process, honest unless told otherwise."""

    def __init__(self, name: str, answer: bytes | Exception | None = None) -> None:
        self.name = name
        self._answer = answer

    def share(self, asked: Note) -> bytes:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer or key(self.name).sign(signed_message(asked.text))


def test_a_certificate_of_all_who_signed() -> None:
    made = bls.certify(note, proven(), [Local(name) for name in names])
    assert made.signers == names
    assert bls.open_certificate(note.adding([made.line]), proven()).signers == names
    assert [one.code for one in made.outcomes] == ["signed"] * 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (bls.NoSecret("it has none"), "bls-no-secret"),
        (ZeroDivisionError("a defect"), "unexpected"),
        (key(w2).sign(b"another message"), "bls-share-refused"),
        (key(w1).sign(signed_message(note.text)), "bls-share-refused"),
        (b"\x80" + bytes(95), "bls-share-refused"),
    ],
)
def test_one_that_fails_or_lies_is_left_out(answer: bytes | Exception, code: str) -> None:
    made = bls.certify(note, proven(), [Local(w1), Local(w2, answer), Local(w3)])
    assert made.signers == (w1, w3)
    assert {one.witness: one.code for one in made.outcomes}[w2] == code
    assert bls.open_certificate(note.adding([made.line]), proven()).signers == (w1, w3)


def test_too_few_are_told_with_what_each_did() -> None:
    asked = [Local(w1), Local(w2, bls.NotCosigned("not yet")), Local(w3, key(w3).sign(b"x"))]
    with pytest.raises(bls.SignersMissing, match="1 signed, 2 of 3 is asked for") as refused:
        bls.certify(note, proven(), asked)
    assert "w2: not yet" in refused.value.detail
    assert f"{w3}: {bls.ShareRefused.title}" in refused.value.detail


def test_a_hanging_signer_holds_up_nobody() -> None:
    ended = threading.Event()

    class Hanging(Local):
        def share(self, asked: Note) -> bytes:
            ended.wait(60)
            return super().share(asked)

    try:
        made = bls.certify(note, proven(), [Hanging(w1), Local(w2), Local(w3)], wait_ms=50_000)
        with pytest.raises(bls.SignersMissing, match="has not answered in time"):
            bls.certify(note, proven(3), [Hanging(w1), Local(w2), Local(w3)], wait_ms=300)
    finally:
        ended.set()
    assert made.signers == (w2, w3)


def remote(http: httpx.Client, url: str = "http://testserver") -> bls.RemoteSigner:
    return bls.RemoteSigner(w1, url, http, lambda _ms: None)


def test_the_client_asks_over_http(server: TestClient) -> None:
    assert remote(server).share(cosigned()) == shares([w1])[w1]
    with pytest.raises(bls.NotCosigned, match="no line is by"):
        remote(server).share(main.note(9))
    with pytest.raises(bls.NoAddress):
        remote(server, "").share(cosigned())


def test_the_client_believes_no_other_answer() -> None:
    good = base64.b64encode(shares([w1])[w1]).decode()
    for answer, error in (
        (httpx.Response(200, text=""), bls.ShareRefused),
        (httpx.Response(200, text=good[:-4]), bls.ShareRefused),
        (httpx.Response(200, text=f"{good}\n\n"), bls.ShareRefused),
        (httpx.Response(200, content=b"\xff" * 128), bls.ShareRefused),
        (httpx.Response(200, text="A" * 128), bls.ShareRefused),
        (httpx.Response(302), bls.ShareRefused),
        (httpx.Response(404), bls.NoSecret),
        (httpx.Response(200, text="x" * 70_000), witness.errors.WitnessAnswerRefused),
        (httpx.Response(500), witness.errors.WitnessUnreachable),
        (httpx.ReadTimeout("slow"), witness.errors.WitnessUnreachable),
    ):
        http, _ = answering(answer)
        with pytest.raises(error):
            remote(http).share(cosigned())


def test_addresses_are_those_of_the_policy(tmp_path: Path) -> None:
    lines = [f"witness a {cosigner(w1).encode()} http://testserver", "quorum a"]
    agreed = witness.Policy.parse("\n".join(lines))
    http, seen = answering(httpx.Response(404))
    asked = bls.remote_signers(proven(), agreed, http)
    assert [one.name for one in asked] == list(names)
    with pytest.raises(bls.SignersMissing, match="no address"):
        bls.certify(cosigned(), proven(), asked)
    assert [str(one.url) for one in seen] == ["http://testserver/sign-quorum"]
