"""A mirror applies an erasure with its entry, states so, and hands the statement to the operator."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import capture, lend_keys
from tests.app.mirror.rig import Rig, rigged
from tests.ledger.erasure.notes import erase
from tests.ledger.world import core

from tallystick.app.mirror.serving import create_app
from tallystick.ledger.erasure import ErasureStatement, open_erasure_statement


@pytest.fixture(params=["", core])
def rig(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A full mirror, and an organisation's own."""
    lend_keys(tmp_path / "log")
    url = f"sqlite:///{tmp_path / 'mirror.sqlite'}"
    with rigged(tmp_path, url, monkeypatch, request.param) as made:
        yield made


def followed(rig: Rig) -> None:
    rig.running.at_work.follow()
    rig.running.erasing.settle()


def held(rig: Rig) -> int:
    with rig.node.store.read() as transaction:
        keys = transaction.count("attachment_key")
        assert transaction.count("attachment") == keys
        return keys


def statements(rig: Rig) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rig.wire.operator.get("/v1/erasures/statements").json()
    return found


def test_it_erases_its_copy_and_says_so(rig: Rig) -> None:
    index, document = capture(rig.world)
    followed(rig)
    assert held(rig) == 1
    assert rig.running.erasing.newest() is None
    assert statements(rig) == []
    done = rig.world.append([erase(rig.world, index, document.hash())])[0]
    rig.world.ledger.seal()
    followed(rig)
    assert held(rig) == 0
    (told,) = statements(rig)
    assert told["key"] == rig.home.verifier().encode()
    assert told["missing"] == 0
    opened = open_erasure_statement(told["statement"])
    said = opened.statement
    assert opened.verifier == rig.home.verifier()
    assert (said.erased, said.scrubbed) == (1, 0)
    assert said.size > done.index
    assert said.reader == rig.running.config.organisation
    # Nothing new: the same statement. Its files scrubbed: another one.
    before = rig.running.erasing.newest()
    followed(rig)
    assert rig.running.erasing.newest() == before
    rig.node.store.scrub()
    rig.node.scrubs().done(said.size, "2026-01-05T02:00:00.000Z")
    followed(rig)
    (told,) = statements(rig)
    assert open_erasure_statement(told["statement"]).statement.scrubbed == said.size
    assert "scrubbed its database's files" in told["says"]
    with TestClient(create_app(rig.running)) as client:
        assert client.get("/mirror/erasures").json() == rig.running.erasing.newest()
        erased = client.get("/v1/erasures").json()["erasures"]
        assert [(row["entry"], row["hash"]) for row in erased] == [(index, document.hash())]


def test_the_operator_away_the_statement_waits(rig: Rig) -> None:
    index, document = capture(rig.world)
    rig.world.append([erase(rig.world, index, document.hash())])
    rig.world.ledger.seal()
    rig.running.at_work.follow()
    rig.wire.cut = True
    rig.running.erasing.settle()
    assert statements(rig) == []
    rig.wire.cut = False
    rig.running.erasing.settle()
    assert len(statements(rig)) == 1


def test_what_a_mirror_did_not_erase_is_counted(rig: Rig) -> None:
    for number in range(2):
        index, document = capture(rig.world, number)
        rig.world.append([erase(rig.world, index, document.hash())])
        rig.world.ledger.seal()
        if number == 0:
            followed(rig)
    (told,) = statements(rig)
    assert told["missing"] == 1
    followed(rig)
    (told,) = statements(rig)
    assert told["missing"] == 0


def test_a_statement_is_taken_from_a_bearer_of_a_token_and_only_if_it_is_true(rig: Rig) -> None:
    index, document = capture(rig.world)
    rig.world.append([erase(rig.world, index, document.hash())])
    rig.world.ledger.seal()
    rig.running.at_work.follow()
    rig.wire.cut = True
    rig.running.erasing.settle()
    good = rig.running.erasing.newest()
    assert good is not None
    operator, token = rig.wire.operator, {"Authorization": f"Bearer {rig.home.token()}"}
    path = "/v1/erasures/statements"
    assert operator.post(path, json=good).json()["code"] == "not-readable"
    key = rig.home.statement_key()
    told = json.loads(base64.b64decode(good["payload"]))
    spoilt: list[dict[str, Any]] = [
        {},
        {**good, "more": 1},
        {**good, "payloadType": "x"},
        {**good, "signatures": []},
        {**good, "signatures": [{**good["signatures"][0], "sig": "AAAA"}]},
        {**good, "payload": "e30="},
        *(
            ErasureStatement.model_validate({**told, **change}).sign(key)
            for change in (
                {"erased": 0},
                {"list": "0" * 64},
                {"size": 2**40},
                {"origin": "log.example/other"},
                {"scrubbed": told["size"] + 1},
                {"scope": "own" if told["scope"] == "full" else "full"},
            )
        ),
    ]
    for document_ in spoilt:
        answer = operator.post(path, json=document_, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (422, "erasure-statement-refused")
    forged = ErasureStatement.model_validate({**told, "mirror": "bank.example/else"}).sign(key)
    forged["signatures"][0]["keyid"] = good["signatures"][0]["keyid"]
    assert operator.post(path, json=forged, headers=token).status_code == 422
    assert operator.post(path, json=good, headers=token).status_code == 200
    older = ErasureStatement.model_validate({**told, "size": 1, "erased": 0, "list": _nothing})
    answer = operator.post(path, json=older.sign(key), headers=token)
    assert answer.json()["code"] == "erasure-statement-older"


_nothing = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
