"""Entries given to a mirror: seen, signed for, handed on, and missed when the operator drops them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.mirror.rig import Rig, rigged
from tests.ledger.world import core
from typer.testing import CliRunner

from tallystick.app import cli
from tallystick.app.mirror.serving import create_app
from tallystick.identity import AddKey
from tallystick.ledger import (
    Author,
    PrivateKey,
    SigningKey,
    Submission,
    mirror,
    read_batch,
    write_batch,
)
from tallystick.ledger.mirror import seen
from tallystick.ledger.sighting import open_sighting, peek_sighting


@pytest.fixture
def rig(tmp_path: Path, database_url: str, monkeypatch: Any) -> Iterator[Rig]:
    with rigged(tmp_path, database_url, monkeypatch) as made:
        made.running.at_work.follow()
        yield made


@pytest.fixture
def client(rig: Rig) -> TestClient:
    """Not entered: nothing follows by itself."""
    return TestClient(create_app(rig.running))


def post(client: TestClient, *entries: Submission) -> Any:
    return client.post("/v1/entries", content=write_batch(list(entries)))


def after_round(rig: Rig) -> None:
    rig.running.at_work.follow()
    rig.running.at_work._after_round()


def test_an_entry_is_handed_on_with_a_sighting(rig: Rig, client: TestClient) -> None:
    (entry,) = rig.world.mint(1)
    told = post(client, entry).json()
    assert told["results"][0]["outcome"] == "accepted"
    sighting = open_sighting(told["sightings"][0], rig.home.verifier())
    assert (sighting.origin, sighting.size) == (rig.world.origin, rig.node_size())
    assert rig.running.seen.waiting()[0].id == sighting.id
    rig.clock.advance(seen.overdue_ms + 1)
    assert [row.id for row in rig.running.seen.overdue()] == [sighting.id]
    rig.world.ledger.seal()
    after_round(rig)
    assert (rig.running.seen.waiting(), client.get("/mirror/overdue").json()) == ([], [])
    again = post(client, entry).json()
    assert again["results"][0]["duplicate"]
    assert again["sightings"] == told["sightings"]


def test_an_operator_that_drops_entries_is_shown_up(
    rig: Rig, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers, and never takes the entry in: the mirror's page lists it with its sighting."""
    rig.wire.swallow = True
    (entry,) = rig.world.mint(1)
    told = post(client, entry).json()
    assert told["sightings"][0] is not None
    assert client.get("/mirror/overdue").json() == []
    rig.clock.advance(seen.overdue_ms + 1)
    after_round(rig)
    (row,) = client.get("/mirror/overdue").json()
    assert row["statement"] == told["sightings"][0]
    assert row["id"] in client.get("/", params={"lang": "en"}).text
    monkeypatch.setenv("TALLYSTICK_HOME", str(rig.node.settings.folder))
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", rig.node.settings.database_url)
    out = rig.node.settings.folder / "overdue"
    for words in (["mirror", "overdue", str(out)], ["mirror", "status"]):
        shown = CliRunner().invoke(cli.cli, words)
        assert (shown.exit_code, row["id"] in shown.output) == (0, True), shown.output
    (path,) = out.iterdir()
    assert open_sighting(json.loads(path.read_bytes()), rig.home.verifier()).id == row["id"]
    rig.wire.swallow = False
    rig.clock.advance(10_000)
    after_round(rig)
    rig.world.ledger.seal()
    after_round(rig)
    assert client.get("/mirror/overdue").json() == [], "handed on again, and taken in"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b'{"results":[],"receipt":null}', "0 results for 1 entries"),
        (b'{"results":[{},{}]}', "2 results for 1 entries"),
        (b"<html>", "it is no JSON"),
        (b"[]", "it is no JSON object"),
    ],
)
def test_an_answer_that_is_none_costs_nobody_the_sightings(
    rig: Rig, client: TestClient, monkeypatch: pytest.MonkeyPatch, answer: bytes, said: str
) -> None:
    """Nothing was told as success, and with an answer that is no JSON the sightings were lost, too."""
    found = mirror.OperatorAnswer(200, answer)
    monkeypatch.setattr(mirror.Operator, "send", lambda _operator, _request: found)
    told = post(client, *rig.world.mint(1))
    assert (told.status_code, told.json()["code"]) == (502, "mirror-operator-answer")
    assert told.json()["detail"] == said
    assert open_sighting(told.json()["sightings"][0], rig.home.verifier())


def test_an_operator_that_is_away_gets_the_entry_later(rig: Rig, client: TestClient) -> None:
    rig.wire.cut = True
    entries = rig.world.mint(2)
    answer = post(client, *entries)
    assert answer.status_code == 503
    assert answer.json()["code"] == "mirror-operator-unreachable"
    assert all(answer.json()["sightings"])
    rig.wire.cut = False
    rig.clock.advance(10_000)
    after_round(rig)
    rig.world.ledger.seal()
    after_round(rig)
    assert rig.running.seen.waiting() == []


def test_nothing_is_signed_that_the_log_could_not_take_in(rig: Rig, client: TestClient) -> None:
    """A signature that fails, a body that is another one, and no entry at all."""
    good, other = rig.world.mint(2)
    forged = replace(good, envelope=good.envelope.replace(b'"sig":"', b'"sig":"AAAA', 1))
    swapped = replace(good, body=other.body)
    told = post(client, forged, swapped).json()
    assert told["sightings"] == [None, None]
    assert all("problem" in row for row in told["results"])
    malformed = client.post("/v1/entries", content=b'{"entries":[{}]}').json()
    assert malformed["sightings"] == [None]
    assert client.post("/v1/entries", content=b"{").json()["code"] == "request-malformed"
    assert rig.running.seen.waiting() == []


def test_nothing_is_signed_for_a_stranger(rig: Rig, client: TestClient) -> None:
    """An entry that brings its own key is well signed, by anybody: strangers could fill the table."""
    name = f"300:{core}/stranger"
    own = SigningKey(name, PrivateKey.generate())
    body = AddKey(key=name, jwk=own.private.public.jwk(), custody="self", types=("*",))
    author = Author(rig.world.origin, f"{core}/stranger", own, rig.clock)
    told = post(client, author.write("identity.key.add/1", body)).json()
    assert "problem" in told["results"][0]
    assert told["sightings"] == [None]


def test_an_entry_that_the_operator_refuses_is_not_missed(rig: Rig, client: TestClient) -> None:
    """Its rule refuses it: the sighting keeps the operator's word for that, and is not overdue."""
    (first,) = rig.world.mint(1)
    rig.world.append([first])
    again = rig.world.mint(1)[0]
    told = post(client, again).json()
    assert "problem" in told["results"][0]
    assert told["sightings"][0] is not None
    rig.clock.advance(seen.overdue_ms + 1)
    assert client.get("/mirror/overdue").json() == []
    with rig.node.store.read() as transaction:
        ((_, row),) = transaction.sightings.known([read_name(told["sightings"][0])]).items()
    assert row.answer == told["results"][0]["problem"]["code"]


def read_name(statement: Any) -> tuple[str, str]:
    told = peek_sighting(statement)
    return told.author, told.id


def test_too_many_open_sightings_are_said(
    rig: Rig, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "open_max", 2)
    answer = post(client, *rig.world.mint(3))
    assert (answer.status_code, answer.json()["code"]) == (503, "mirror-sightings-full")
    assert all(isinstance(row, Submission) for row in read_batch(write_batch(rig.world.mint(1))))


def test_it_serves_the_verifier_page_as_a_node_does(client: TestClient) -> None:
    """Whoever checks an operator takes the page from somebody else; it says so where it is not built."""
    answer = client.get("/verify/")
    if answer.status_code == 503:
        assert answer.json()["code"] == "verifier-page-missing"
    else:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
