"""What a mirror answers when its log asks for a cosignature, and what it states beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.app.mirror.rig import Rig, rigged
from tests.ledger.world import core

from tallystick.app.mirror.serving import create_app
from tallystick.ledger import Checkpoint, Note, bls, instant, mirror, witness
from tallystick.ledger.clock import from_instant
from tallystick.ledger.mirror import open_statement


class Asked:
    """The mirror's application, followed by hand; its reach does not wait for a thread."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = rig
        self.client = TestClient(create_app(rig.running))
        monkeypatch.setattr(rig.running.at_work, "reach", self._reach)
        self.old = 0

    def _reach(self, note: str) -> Checkpoint:
        self.rig.running.at_work.follow(note)
        return Checkpoint.parse(Note.parse(note).text)

    def newest(self) -> Note:
        with self.rig.world.reader.open() as snapshot:
            found = snapshot.checkpoint()
        assert found is not None
        return Note.parse(found[1])

    def ask(self, note: Note | None = None) -> Any:
        note = note or self.newest()
        size = Checkpoint.parse(note.text).size
        with self.rig.world.reader.open() as snapshot:
            proof = snapshot.consistency(self.old, size) if 0 < self.old < size else []
        request = witness.AddCheckpoint(self.old, tuple(proof), note)
        answer = self.client.post("/add-checkpoint", content=request.encode())
        if answer.status_code == 200:
            self.old = size
        return answer


@pytest.fixture
def asked(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    with rigged(tmp_path, sqlite_url, monkeypatch) as rig:
        yield Asked(rig, monkeypatch)


@pytest.fixture
def asked_own(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    with rigged(tmp_path, sqlite_url, monkeypatch, core) as rig:
        yield Asked(rig, monkeypatch)


def lines(answer: Any, note: Note) -> Note:
    return Note.parse(note.encode() + answer.text)


def test_a_full_mirror_cosigns_and_states(asked: Asked) -> None:
    for _ in range(2):
        size = asked.rig.grow(3)
        note = asked.newest()
        answer = asked.ask()
        assert answer.status_code == 200, answer.text
        cosigner = asked.rig.home.cosigner()
        assert [one for one, _ in lines(answer, note).signed_by([cosigner])] == [cosigner]
        told = asked.client.get("/mirror/statement").json()
        stated = open_statement(told, asked.rig.home.verifier())
        assert (stated.size, stated.executed, stated.scope) == (size, size, "full")
        with asked.rig.node.store.read() as transaction:
            tree = transaction.tree()
        assert tree is not None
        assert stated.root == tree.root.hex()
        assert len(stated.state) == 64
        assert "same state" in stated.sentence()
        assert from_instant(stated.time) <= asked.rig.clock.now_ms()


def test_a_mirror_with_a_quorum_key_signs_certificates(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tallystick witness quorum-key` gave a mirror a key line, and the mirror had no route to sign by it."""
    with rigged(tmp_path, sqlite_url, monkeypatch, certifies=True) as rig:
        asked = Asked(rig, monkeypatch)
        note = asked.newest()
        early = asked.client.post("/sign-quorum", content=note.encode())
        assert (early.status_code, early.json()["code"]) == (403, "bls-not-cosigned")
        signed = asked.client.post("/sign-quorum", content=lines(asked.ask(), note).encode())
        assert signed.status_code == 200, signed.text
        key = rig.home.witness.quorum_key()
        assert key is not None
        assert base64.b64decode(signed.content) == key.sign(bls.signed_message(note.text))


def test_a_mirror_without_a_quorum_key_says_so(asked: Asked) -> None:
    answer = asked.client.post("/sign-quorum", content=asked.newest().encode())
    assert (answer.status_code, answer.json()["code"]) == (404, "bls-no-secret")


def test_an_own_mirror_says_what_it_could_read(asked_own: Asked) -> None:
    """Entries of others are in the tree; it says of how many it knows nothing, and no state."""
    size = asked_own.rig.grow(3)
    assert asked_own.ask().status_code == 200
    told = asked_own.client.get("/mirror/statement").json()
    stated = open_statement(told, asked_own.rig.home.verifier())
    assert (stated.scope, stated.reader, stated.state) == ("own", core, "")
    assert 0 < stated.executed <= stated.size == size
    assert "cannot say whether the others keep the rules" in stated.sentence()
    page = asked_own.client.get("/", params={"lang": "zh"}).text
    assert "机构自有镜像" in page
    assert "其中已读取并核对" in page
    assert "重新执行" not in page, "it executes no rule"


def test_a_statement_with_anything_changed_is_refused(asked: Asked) -> None:
    asked.ask()
    told = asked.client.get("/mirror/statement").json()
    verifier = asked.rig.home.verifier()
    payload = json.loads(base64.b64decode(told["payload"]))
    for change in ({"executed": 1}, {"state": ""}, {"scope": "own"}, {"v": 2}, {"more": 1}):
        other = base64.b64encode(json.dumps(payload | change).encode()).decode()
        with pytest.raises(mirror.StatementRefused):
            open_statement({**told, "payload": other}, verifier)
    for broken in ({}, {"payload": "?"}, {**told, "signatures": []}, {**told, "payloadType": "x"}):
        with pytest.raises(mirror.StatementRefused):
            open_statement(broken, verifier)
    with pytest.raises(mirror.StatementRefused, match="is not signed by"):
        open_statement(told, asked.rig.world.ledger.signer.verifier)


def test_why_it_does_not_cosign_is_told_by_name(asked: Asked) -> None:
    """Operator away, a log it does not follow, a refusal that stands: each by its own code."""
    asked.rig.wire.cut = True
    with pytest.raises(mirror.OperatorUnreachable):
        asked.rig.running.at_work.follow()
    asked.rig.wire.cut = False
    stranger = Checkpoint("elsewhere.example", 1, bytes(32))
    key = asked.rig.world.ledger.signer.key.private
    assert asked.ask(stranger.sign(key)).json()["code"] == "witness-log-unknown"
    malformed = asked.client.post("/add-checkpoint", content=b"old 0\n\nx\n\n")
    assert malformed.json()["code"] == "witness-request-refused"
    assert asked.ask().status_code == 200
    size = asked.old
    fork = Checkpoint(asked.rig.world.origin, size, bytes(32)).sign(key)
    told = asked.ask(fork)
    assert (told.status_code, told.json()["code"]) == (403, "mirror-refuses")
    assert (told.json()["index"], told.json()["rule"]) == (size - 1, "checkpoint-inconsistent")
    again = asked.ask()
    assert again.json()["code"] == "mirror-refuses", "it stands, for honest checkpoints too"
    status = asked.client.get("/mirror/status").json()
    assert status["refusal"]["index"] == size - 1
    assert "checkpoint-inconsistent" in asked.client.get("/", params={"lang": "en"}).text
    assert instant(0) < status["refusal"]["time"]


def test_the_logs_client_hears_it_by_name(asked: Asked) -> None:
    """`RemoteWitness` raises what the mirror said; finality then says why."""
    refusal = mirror.MirrorRefuses("entry 7, key-not-valid: nobody signed it", 7, "key-not-valid")

    def answers(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": "application/problem+json"}
        content = iter([json.dumps(refusal.problem()).encode()])
        return httpx.Response(refusal.status, content=content, headers=headers)

    with httpx.Client(transport=httpx.MockTransport(answers)) as http:
        remote = witness.RemoteWitness("m", asked.rig.home.cosigner(), "http://m.example", http)
        with pytest.raises(witness.WitnessWithholds, match="entry 7, key-not-valid") as error:
            remote.cosign(asked.newest(), lambda _a, _b: [])
    assert error.value.code == "mirror-refuses"
