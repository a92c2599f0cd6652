"""The log of a node over the demo's store, read for what must not stand in it: keys, bodies, names of anybody."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.app.operations.heard import Heard, hearing

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import Submission, auditor_reader, write_batch

entries_sent = 300


@pytest.fixture
def node(demo_node: Node, tmp_path: Path) -> Node:
    """The demo's store, copied, with the demo's keys."""
    copied = Node.at(Settings(home=tmp_path, database_url="", verify_processes=0))
    demo_node.store.copy_to(copied.store)
    for path in sorted(demo_node.settings.folder.rglob("*")):
        inside = path.relative_to(demo_node.settings.folder)
        if path.is_file() and inside.parts[0] in ("keys", "master", "signer", "demo.json"):
            (tmp_path / inside).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / inside).write_bytes(path.read_bytes())
    return copied


def test_no_line_holds_a_key_a_body_or_a_name(node: Node, shown: dict[str, list[str]]) -> None:
    token = Readers(node.settings.folder).add("the-auditor", None)
    with hearing() as heard, node.writer() as book, TestClient(create_app(node, book)) as client:
        told = client.post("/v1/entries?author=x", content=write_batch(list(_entries(node))))
        assert len(told.json()["results"]) == entries_sent
        client.post("/v1/entries", content=b"{")
        auth = {"Authorization": f"Bearer {token}"}
        for path in ("/v1/entries/3", "/log/finality", f"/t/{shown['items'][0]}", "/nowhere"):
            client.get(path, headers=auth)
        client.get("/v1/entries/3", headers={"Authorization": "Bearer tally_wrong-token-wrong"})
        client.get(f"/readyz?token={token}")
    _require_silent(heard, node, token)


def _entries(node: Node) -> Iterator[Submission]:
    with node.reader.open() as snapshot:
        for index in range(entries_sent):
            found = snapshot.disclose(index, auditor_reader)
            yield Submission(found.row.leaf, found.body or b"", found.salt or b"")


def _require_silent(heard: Heard, node: Node, token: str) -> None:
    lines = heard.lines()
    assert {line["event"] for line in lines} >= {"request", "entries", "batch"}
    said = next(line for line in lines if line["event"] == "entries")
    assert (said["entries"], said["first"], len(said["ids"])) == (entries_sent, 0, 16)
    assert token not in heard.text
    assert "wrong-token" not in heard.text
    for secret in (*_keys(node), *_of_bodies(node)):
        assert secret not in heard.text, secret


def _keys(node: Node) -> Iterator[str]:
    """Lines of every private key in the home folder."""
    found = [path.read_text() for path in node.settings.folder.rglob("*.pem")]
    assert len(found) >= 3
    for text in found:
        yield from (line for line in text.splitlines() if line and not line.startswith("-----"))


def _of_bodies(node: Node) -> Iterator[str]:
    """Salts, bodies, and every text in a body that somebody wrote: names, numbers of companies, places."""
    plain = re.compile(r"[\w./:+=# -]*")
    with node.reader.open() as snapshot:
        for index in range(entries_sent):
            found = snapshot.disclose(index, auditor_reader)
            if found.salt and any(found.salt):
                yield from (found.salt.hex(), base64.b64encode(found.salt).decode())
            if found.body:
                yield found.body.decode()
                yield from (
                    text for text in _texts(orjson.loads(found.body)) if not plain.fullmatch(text)
                )
                yield from _names(orjson.loads(found.body))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _texts(inner)


def _names(body: dict[str, object]) -> Iterator[str]:
    """Names and registration numbers of organisations."""
    for member in ("name", "number"):
        yield from (text for text in _texts(body.get(member)) if len(text) > 3)
