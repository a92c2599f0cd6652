"""What a record said then, over HTTP and from the command line; and what is never registered again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import capture, lend_keys
from tests.app.test_export_commands import tallystick
from tests.ledger.world import World, core, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import verify
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    RevokeKey,
    WriteHandle,
)
from tallystick.ledger import Answer, Body

handle = "99.100.1/SN-1"


def value(index: int, data: str, **more: Any) -> HandleValue:
    return HandleValue(index=index, type="NAME", data=data, **more)


def say(world: World, verb: str, body: Body) -> Answer:
    (answer,) = world.ledger.append([world.write(core, f"identity.handle.{verb}/1", body)])
    return answer


def said(world: World, verb: str, body: Body) -> int:
    answer = say(world, verb, body)
    assert answer.accepted, answer.problem
    assert answer.index is not None
    return answer.index


@dataclass
class Story:
    """A record made, written with a private value, and deleted; its client."""

    world: World
    client: TestClient
    home: Path
    token: str
    made: int
    written: int
    deleted: int

    def get(self, path: str, token: str = "", **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.get(path, params=query, headers=headers)

    def values(self, as_of: object, token: str = "") -> dict[int, str]:
        told = self.get(f"/api/handles/{handle}", token, asOf=as_of).json()
        return {row["index"]: row["data"]["value"] for row in told["values"]}

    def time(self, index: int) -> str:
        with self.world.reader.open() as snapshot:
            return snapshot.row(index).time


@pytest.fixture
def story(tmp_path: Path, sqlite_url: str) -> Iterator[Story]:
    home = tmp_path / "node"
    lend_keys(home)
    world = World(sqlite_url, tmp_path / "signer", rules=rule_set())
    world.populate()
    record = HandleRecord(handle=handle, values=(value(1, "pump"),))
    made = said(world, "create", CreateHandles(handles=(record,)))
    world.ledger.seal()
    world.clock.advance(60_000)
    private = value(2, "41 CNY", permissions="1100", readers=(supplier,))
    written = said(world, "write", WriteHandle(handle=handle, values=(value(1, "valve"), private)))
    world.ledger.seal()
    world.clock.advance(60_000)
    deleted = said(world, "delete", DeleteHandle(handle=handle, reason="retired"))
    world.ledger.seal()
    token = Readers(home).add("partner", supplier)
    node = Node.at(Settings(home=home, database_url=sqlite_url))
    with TestClient(create_app(node, world.ledger), raise_server_exceptions=False) as client:
        yield Story(world, client, home, token, made, written, deleted)


def test_a_handle_resolves_as_of_an_index_and_a_time(story: Story) -> None:
    assert story.values(story.made) == {1: "pump"}
    assert story.values(story.written) == {1: "valve"}
    assert story.values(story.written, story.token) == {1: "valve", 2: "41 CNY"}
    assert story.values(story.time(story.written)) in ({1: "pump"}, {1: "valve"})
    told = story.get(f"/api/handles/{handle}", asOf=story.written).json()
    assert told["asOf"] == {"index": story.written, "since": story.written}
    for as_of in (None, story.deleted):
        query = {} if as_of is None else {"asOf": as_of}
        gone = story.get(f"/api/handles/{handle}", **query)
        assert (gone.status_code, gone.json()["responseCode"]) == (404, 100)


@pytest.mark.parametrize(
    ("as_of", "status", "code"),
    [
        ("999999", 404, "as-of-beyond-log"),
        ("yesterday", 400, "as-of-malformed"),
        ("2026-03-05", 400, "as-of-malformed"),
        ("1999-01-01T00:00:00Z", 404, "as-of-before-log"),
    ],
)
def test_what_is_no_index_and_no_time_of_the_log_is_told(
    story: Story, as_of: str, status: int, code: str
) -> None:
    for path in (f"/api/handles/{handle}", f"/v1/records/{handle}/proof"):
        answer = story.get(path, asOf=as_of)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_before_the_record_there_was_none(story: Story) -> None:
    answer = story.get(f"/api/handles/{handle}", asOf=story.made - 1)
    assert (answer.status_code, answer.json()["responseCode"]) == (404, 100)
    assert answer.json()["message"] == f"there was no such record as of entry {story.made - 1}"
    proven = story.get(f"/v1/records/{handle}/proof", asOf=story.made - 1)
    assert "record.absent" in says(story, proven.content)
    unknown = story.get("/v1/records/99.100.1/none/proof")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "record-unknown")


def says(story: Story, data: bytes) -> list[str]:
    with story.world.reader.open() as snapshot:
        genesis = snapshot.row(0).leaf_hash.hex()
    return [one.says for one in verify(data, read_pins(genesis=genesis.encode()))]


def test_history_is_told_page_by_page_and_proven(story: Story) -> None:
    path = f"/v1/records/{handle.lower()}/history"
    told = story.get(path, limit=2).json()
    assert [row["index"] for row in told["versions"]] == [story.deleted, story.written]
    newest, second = told["versions"]
    assert (newest["deleted"], newest["removed"], newest["author"]) == ("retired", [1], core)
    assert (second["added"], second["changed"]) == ([], [1])
    last = story.get(path, before=told["next"]).json()
    assert [(row["index"], row["added"]) for row in last["versions"]] == [(story.made, [1])]
    assert last["next"] is None
    partner = story.get(path, story.token).json()
    assert [row["added"] for row in partner["versions"]] == [[], [2], [1]]
    for query in ({"limit": 0}, {"limit": 201}, {"before": -1}, {"before": "x"}):
        assert story.get(path, **query).status_code == 422
    proof = story.get(f"/v1/records/{handle}/proof")
    assert proof.headers["content-disposition"].endswith('99.100.1-SN-1.tally"')
    assert says(story, proof.content)[-3:] == ["record.deleted", "record.whole", "record.newest"]


def test_keys_and_prefixes_are_resolved_as_of_then(story: Story) -> None:
    reference = f"309:{core}"
    world = story.world
    with world.reader.open() as snapshot:
        before = snapshot.size() - 1
    world.add_key(core, core, index=309)
    revoked = world.add(core, "identity.key.revoke/1", RevokeKey(key=reference, reason="lost"))
    assert revoked.index is not None

    def key(as_of: int) -> Any:
        told = story.get(f"/api/handles/{core}", asOf=as_of, index=309).json()
        return [row["data"]["value"] for row in told["values"]]

    assert key(before) == []
    assert "until" not in key(revoked.index - 1)[0]
    assert key(revoked.index)[0]["until"] == revoked.index + 1
    prefix = story.get("/v1/records/0.NA/99.100.1/history").json()["versions"]
    assert [row["added"] for row in prefix] == [[1, 2]]
    (row,) = prefix
    assert story.get("/api/handles/0.NA/99.100.1", asOf=row["index"]).status_code == 200
    assert story.get("/api/handles/0.NA/99.100.1", asOf=row["index"] - 1).status_code == 404


def test_a_handle_that_an_event_named_is_never_registered_again(story: Story) -> None:
    world = story.world
    capture(world)
    pack = "99.100.1/PACK-0"
    said(world, "delete", DeleteHandle(handle=pack, reason="destroyed"))
    answer = say(world, "renew", RenewHandle(handle=pack, values=()))
    assert answer.problem is not None
    assert answer.problem.code == "named-by-event"
    said(world, "renew", RenewHandle(handle=handle, values=(value(9, "again"),)))
    assert story.get(f"/api/handles/{handle}").json()["values"][0]["index"] == 9


def test_history_and_proof_from_the_command_line(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "root.tally"
    assert tallystick(home, "init", "--origin", "log.example/one/simulated").returncode == 0
    done = tallystick(home, "handle", "history", "0.NA/99", "--json")
    assert done.returncode == 0, done.stderr
    (version,) = json.loads(done.stdout)["versions"]
    assert (version["index"], version["added"]) == (0, [1, 2])
    assert "+1 +2" in tallystick(home, "handle", "history", "0.na/99").stdout
    proof = tallystick(home, "handle", "proof", "0.NA/99", str(file), "--as-of", "0")
    assert proof.returncode == 0, proof.stderr
    key = tallystick(home, "log", "key").stdout.strip()
    told = tallystick(tmp_path / "nowhere", "verify", str(file), "--log-key", key)
    assert "Entry 0 is ledger.genesis/1" in told.stdout
    refused = tallystick(home, "handle", "proof", "0.NA/99", str(file), "--as-of", "soon")
    assert (refused.returncode, "as-of-malformed" in refused.stderr) == (2, True)
