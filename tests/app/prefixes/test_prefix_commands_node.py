"""`tallystick prefix … --node`: the same commands, whose entries a node that runs takes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.app.prefixes.typed import Typed, holder_there, prefix
from tests.ledger.world import World, core, supplier

from tallystick.app.sending import EntryRefusedThere, NodeNotReached
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.ledger import Submission, read_batch

a_url, b_url = "http://a.example", "http://b.example"


def answers(world: World, content: bytes) -> httpx.Response:
    """As `POST /v1/entries` answers."""
    results: list[dict[str, Any]] = []
    said = [one for one in read_batch(content) if isinstance(one, Submission)]
    for answer in world.ledger.append(said):
        if answer.problem is not None:
            problem = {"code": answer.problem.code, "detail": answer.problem.detail}
            results.append({"outcome": "refused", "problem": problem})
        else:
            results.append({"outcome": answer.outcome, "index": answer.index})
    world.ledger.seal()
    return httpx.Response(200, json={"results": results})


@pytest.fixture
def nodes(
    operators: tuple[Typed, Typed], monkeypatch: pytest.MonkeyPatch
) -> tuple[Typed, Typed, list[str]]:
    """Both operators' nodes run: each alone appends to its log. Which of them was asked is in the list."""
    a, b = operators
    b.world.ledger.seal()
    asked: list[str] = []

    def post(client: httpx.Client, url: str, *, content: bytes) -> httpx.Response:
        assert client.timeout.read
        asked.append(url)
        return answers(a.world if url.startswith(a_url) else b.world, content)

    def get(url: str, *, timeout: float) -> httpx.Response:
        assert timeout > 0
        asked.append(url)
        if not url.startswith(b_url):
            raise httpx.ConnectError("nobody is there")
        with b.world.reader.open() as snapshot:
            newest = snapshot.checkpoint()
        assert newest is not None
        return httpx.Response(200, text=newest[1], request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx.Client, "post", post)
    monkeypatch.setattr(httpx, "get", get)
    return a, b, asked


def test_every_step_goes_to_the_node(nodes: tuple[Typed, Typed, list[str]], tmp_path: Path) -> None:
    a, b, asked = nodes
    at_a, at_b = ("--node", a_url), ("--node", f"{b_url}/")
    a.done("suspend", prefix, "--reason", "unpaid", *at_a)
    assert a.refused("suspend", prefix, "--reason", "unpaid", *at_a) == "refused-by-node"
    a.done("lift", prefix, *at_a)
    a.done("renew", prefix, "--quota", 9, *at_a)
    a.done("delegate", "99.100.9", supplier, *at_a)
    body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/SN-1", values=()),))
    a.world.add(core, "identity.handle.create/1", body)
    to = ("leave", prefix, "--log-key", b.vkey(), *a.sign, *at_a)
    assert a.refused(*to, "--address", "http://c.example") == "prefix-home-not-found"
    a.done(*to, "--address", b_url)
    said, out = tmp_path / "declined.tally", tmp_path / "out"
    home = json.loads(a.done("show", prefix))["home"]
    decline = ("decline", prefix, said, "--origin", a.world.origin, "--leave", home["index"])
    b.done(*decline, *at_b)
    a.done("return", prefix, said, *a.sign, *at_a)
    assert json.loads(a.done("show", prefix))["state"] == "active"
    a.done(*to, "--address", b_url)
    a.done("carry", prefix, out, *at_a)
    arrive = ("arrive", prefix, out, "--holder", holder_there, "--address", a_url)
    b.done(*arrive, "--log-key", a.vkey(), *at_b)
    shown = json.loads(b.done("show", prefix))
    assert (shown["state"], shown["from"]["url"]) == ("active", a_url)
    assert f"{b_url}/log/checkpoint" in asked
    assert {one for one in asked if one.endswith("/v1/entries")} == {
        f"{a_url}/v1/entries", f"{b_url}/v1/entries",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(502, text="<html>"), "answered 502"),
        (httpx.Response(200, json={"results": []}), "0 answers for 1 entries"),
        (httpx.Response(200, json={"results": [{"problem": {"code": "not-entitled", "status": 403}}]}), "not-entitled"),
        (None, "nobody is there"),
    ],
)  # fmt: skip
def test_a_node_that_does_not_take_it_in_is_named(
    operators: tuple[Typed, Typed],
    monkeypatch: pytest.MonkeyPatch,
    answer: httpx.Response | None,
    told: str,
) -> None:
    def post(_client: httpx.Client, _url: str, **_more: object) -> httpx.Response:
        if answer is None:
            raise httpx.ConnectError("nobody is there")
        return answer

    monkeypatch.setattr(httpx.Client, "post", post)
    a, _ = operators
    found = a.run("suspend", prefix, "--reason", "unpaid", "--node", a_url)
    assert isinstance(found.exception, (NodeNotReached, EntryRefusedThere))
    assert told in found.exception.detail
