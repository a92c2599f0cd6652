"""Readers of bodies and attachments are decided in one place: over every route there is, nobody else gets them.

Every route stands in the table below, with what it has to do with readers; one that is new fails until somebody
says so. Then each is asked by those who may not read, and its whole answer is searched for what they may not.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.app.captures import capture, lend_keys
from tests.app.mirror.rig import Rig, rigged
from tests.ledger.erasure.notes import ref
from tests.ledger.export.folders import write
from tests.ledger.world import NoteBody, World, core, supplier, with_notes

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.bundles.make import make
from tallystick.app.http import create_app
from tallystick.app.mirror.serving import create_app as create_mirror
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import digital_link
from tallystick.ledger import (
    Attachment,
    LogReader,
    NotReadable,
    Reader,
    auditor_reader,
    public_reader,
    witness_reader,
)
from tallystick.ledger.bundle import Request

#: reader: asks a `Reading`. hashes: tiles and proofs. takes: takes in, and answers what was sent. static: no data.
Kind = Literal["reader", "hashes", "takes", "static", "operator"]
node_routes: dict[str, Kind] = {
    "/openapi.json": "static", "/docs": "static", "/docs/oauth2-redirect": "static",
    "/redoc": "static", "/static": "static", "/healthz": "static", "/metrics": "static",
    "/readyz": "operator", "/log/tile/{path:path}": "hashes", "POST /v1/entries": "takes",
    "POST /epcis/validate": "takes", "POST /v1/handles": "takes", "POST /api/sessions": "takes", "/api/sessions/this": "takes",
    "POST /v1/drafts": "reader", "POST /v1/handovers": "reader", "POST /v1/handovers/look": "reader",
    "POST /v1/handovers/signature": "reader", "/sign": "static",
    "POST /v1/login/challenge": "takes", "POST /v1/login": "takes", "DELETE /v1/login": "takes",
    "POST /login": "takes", "POST /logout": "takes", "PUT /api/sessions/this": "takes", "POST /api/sessions/this": "takes",
    "DELETE /api/sessions/this": "takes", "/v1/schemes": "static",
    "/log/entries": "static", "/find": "static", "/verify": "static", "/verify/": "static",
    "/verify/{name}": "static", "/.well-known/gs1resolver": "static",
    "POST /oauth/token": "takes", "POST /oauth/revoke": "takes", "/oauth/jwks.json": "static",
    "/.well-known/oauth-authorization-server": "static",
    "POST /v1/devices/invitations/look": "takes", "POST /v1/devices/requests": "takes", "POST /v1/devices/renewals": "takes",
    "/v1/devices/requests/{known}": "takes", "/v1/devices/requests/{known}/draft": "takes",
    "POST /v1/devices/requests/{known}/approval": "takes",
    "POST /v1/devices/requests/{known}/signature": "takes", "/scan/enrol": "static",
    "/join": "static", "/login/directory": "takes", "/login/directory/back": "takes",
    "POST /v1/invitations/look": "takes", "POST /v1/invitations/requests": "takes",
    "/v1/invitations/requests/{known}": "takes", "POST /v1/invitations/requests/{known}/approval": "takes",
    "POST /v1/invitations/requests/{known}/signature": "takes",
    "/v1/applications/terms": "static", "POST /v1/applications": "takes", "/apply": "static",
    "/v1/applications/{number}/own": "takes", "PUT /v1/applications/{number}/own": "takes",
    "POST /v1/applications/{number}/own/papers": "takes", "PUT /v1/applications/{number}/own/people": "takes",
    "/v1/applications/{number}/own/people": "takes",
    "DELETE /v1/applications/{number}/own/papers/{paper}": "takes",
    "POST /v1/applications/{number}/own/people/message": "takes",
    "POST /v1/applications/{number}/own/submission": "takes", "POST /v1/applications/{number}/own/withdrawal": "takes",
    "POST /v1/documents": "takes", "POST /v1/documents/read": "reader", "POST /finance/v1/notifications/read": "reader", "POST /finance/v1/statements/answers/read": "reader", "POST /v1/documents/queue/retry": "takes",
    "DELETE /v1/documents/queue/{document}": "takes",
    "OPTIONS /.well-known/gs1resolver": "static", "OPTIONS /{key:gs1key}/{path:path}": "static",
    "OPTIONS /{compressed:gs1compressed}": "static",
}  # fmt: skip
mirror_routes: dict[str, Kind] = {
    **node_routes, "/": "operator", "/mirror/status": "operator", "/mirror/statement": "operator",
    "/mirror/erasures": "operator", "/mirror/overdue": "operator", "/{origin_sha256}/checkpoint": "hashes",
    "POST /add-checkpoint": "hashes", "POST /sign-quorum": "hashes",
}  # fmt: skip
said, attached = "canarybodytext", b"canaryattachment" * 4
salt = b"saltofthecanary!saltofthecanary!"


@dataclass(frozen=True)
class Route:
    name: str
    path: str
    reads: bool
    parameters: frozenset[str]


def routes_of(routes: Any) -> Iterator[Route]:
    """All of an application's, in one table: see `add_routes`."""
    for one in routes:
        assert hasattr(one, "path"), f"a table in the table: {one}"
        methods = getattr(one, "methods", None) or {"GET"}
        dependant = getattr(one, "dependant", None)
        calls = [d.call for d in getattr(dependant, "dependencies", [])]
        reads = any(call.__qualname__ == "reading.<locals>.dependency" for call in calls)
        for method in sorted(methods - {"HEAD"}):
            name = one.path if method == "GET" else f"{method} {one.path}"
            yield Route(name, one.path, reads, frozenset(_queried(dependant)))


def _queried(dependant: Any) -> Iterator[str]:
    """Parameters of a route, and of what it depends on."""
    if dependant is not None:
        yield from (one.alias for one in dependant.query_params)
        for inner in dependant.dependencies:
            yield from _queried(inner)


@dataclass
class Told:
    """A log with a note of the core enterprise that holds an attachment, and the node's application."""

    world: World
    node: Node
    home: Path
    index: int
    digest: str

    def values(self) -> Mapping[str, str]:
        return {
            "index": str(self.index), "digest": self.digest, "first": str(self.index),
            "path:path": f"001.p/{self.index + 1 - 256}" if self.index > 255 else f"000.p/{self.index + 1}",
            "number": "A-0000000000000", "paper": "0" * 16, "credential": "0" * 64, "quote": "0" * 64, "proposal": "0" * 64, "entry_id": self.entry_id(), "name": core, "language": "en",
            "webhook": f"wh_{'0' * 24}", "delivery": "0" * 20,
        }  # fmt: skip

    def entry_id(self) -> str:
        with self.world.reader.open() as snapshot:
            return snapshot.row(self.index).id

    def address(self, path: str) -> str:
        """With the entry in the place of every parameter that may name one."""
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            value = self.values().get(name, core)
            path = path.replace("{" + name + "}", quote(value))
        asked = (
            f"author={quote(core)}&end={self.index + 1}&first=1&second={self.index + 1}&kind=handle"
        )
        return f"{path}?{asked}&name={quote(core)}&q={self.index}&index={self.index}&handle={quote(core)}"


def canary(data: bytes) -> set[str]:
    """What of the body or the attachment stands in these bytes, plain, in hex or in base64."""
    found: set[str] = set()
    for what, secret in (("body", said.encode()), ("attachment", attached), ("salt", salt)):
        shapes = [secret[:14], secret[:14].hex().encode()]
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + secret[:14])
            # The digits that depend on nothing but these bytes.
            shapes.append(whole[-(-shift * 8 // 6) : (shift + 14) * 8 // 6])
        if any(shape in data for shape in shapes):
            found.add(what)
    return found


def made(home: Path, url: str) -> Told:
    lend_keys(home / "node")
    world = World(url, home / "signer", rules=with_notes(rule_set()))
    world.populate()
    one = Attachment("text/plain", attached, salt)
    body = NoteBody(text=said, attachments=(ref(one),))
    (answer,) = world.append([world.author(core).write("test.note/1", body, attachments=[one])])
    world.ledger.seal()
    node = Node.at(Settings(home=home / "node", database_url=url))
    node = replace(node, rules=world.rules, reader=LogReader(node.store, world.rules))
    return Told(world, node, home / "node", answer.index, one.hash())


@pytest.fixture
def told(tmp_path: Path, sqlite_url: str) -> Told:
    return made(tmp_path, sqlite_url)


def test_every_route_is_known_and_asks_for_its_reader(told: Told) -> None:
    _all_known(create_app(told.node, told.world.ledger), node_routes)


def test_no_other_route_begins_as_a_gs1_key_does(told: Told) -> None:
    """Links stand before all others, and hide none of them; compressed ones stand behind."""
    paths = [route.path for route in routes_of(create_app(told.node).routes)]
    at = [n for n, path in enumerate(paths) if path.startswith("/{key:gs1key}/")]
    assert at
    assert set(paths[: at[-1]]) <= {paths[at[0]], "/.well-known/gs1resolver"}
    firsts = {path.split("/")[1] for path in paths} - {"{key:gs1key}"}
    assert firsts.isdisjoint(digital_link.keys)
    assert paths[-1].startswith("/{compressed:")


def _all_known(app: FastAPI, table: Mapping[str, Kind]) -> None:
    found = {route.name: route.reads for route in routes_of(app.routes)}
    assert len(found) > 20
    unread = {name for name, reads in found.items() if not reads}
    assert unread <= table.keys(), (
        "say in the table what a route without a reader has to do with them"
    )
    both = {
        name for name, reads in found.items() if reads and table.get(name, "reader") != "reader"
    }
    # A route that takes in may read too, to say who sends.
    assert not both


def test_no_route_gives_them_to_whoever_may_not_read(told: Told) -> None:
    app = create_app(told.node, told.world.ledger)
    readers = Readers(told.home)
    tokens = {
        "public": "",
        "stranger": readers.add("stranger", supplier),
        "party": readers.add("party", core),
        "auditor": readers.add("auditor", None),
    }
    got: dict[str, dict[str, set[str]]] = {name: {} for name in tokens}
    with TestClient(app, raise_server_exceptions=False) as client:
        for route in routes_of(app.routes):
            if route.name != route.path:
                continue
            for name, token in tokens.items():
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                answer = client.get(
                    told.address(route.path), headers=headers, follow_redirects=False
                )
                assert answer.status_code in (*range(500), 503), (route.path, answer.text)
                if found := canary(answer.content):
                    got[name][route.path] = found
    assert got["public"] == got["stranger"] == {}
    # The search finds them where they are: for the party and the auditor, in these alone.
    whole, body = {"body", "attachment", "salt"}, {"body"}
    assert (
        got["party"]
        == got["auditor"]
        == {
            "/v1/entries/{index}": body,
            "/v1/entries/{index}/attachments/{digest}": whole - body,
            "/log/stretch/{first}": whole,
            "/v1/bundles/entries/{index}": body,
            "/log/entries/{index}": body,
            "/log/entries/{index}/attachments/{digest}": {"attachment"},
        }
    )


def test_neither_does_an_export_nor_a_bundle(told: Told, tmp_path: Path) -> None:
    may: dict[str, set[str]] = {}
    readers = {
        "public": public_reader, "witness": witness_reader, "stranger": Reader.party(supplier),
        "party": Reader.party(core), "auditor": auditor_reader,
    }  # fmt: skip
    for name, reader in readers.items():
        write(told.world, tmp_path / name, reader)
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        may[name] = set().union(*(canary(path.read_bytes()) for path in files))
    whole = {"body", "attachment", "salt"}
    nothing: set[str] = set()
    assert may == {
        "public": nothing, "witness": nothing, "stranger": nothing, "party": whole, "auditor": whole,
    }  # fmt: skip
    request = Request.of("entry", index=told.index)
    with told.node.reader.open() as snapshot:
        for name in ("public", "witness", "stranger"):
            with pytest.raises(NotReadable):
                make(snapshot, readers[name], [request], attachments=True)
        for name in ("party", "auditor"):
            assert canary(make(snapshot, readers[name], [request], attachments=True)) == whole


@pytest.mark.parametrize("organisation", ["", supplier])
def test_a_mirrors_routes_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, organisation: str
) -> None:
    lend_keys(tmp_path / "log")
    url = f"sqlite:///{tmp_path / 'mirror.sqlite'}"
    with rigged(tmp_path, url, monkeypatch, organisation) as rig:
        index, document = capture(rig.world)
        rig.running.at_work.follow()
        app = create_mirror(rig.running)
        _all_known(app, mirror_routes)
        _search_mirror(rig, app, index, document)


def _search_mirror(rig: Rig, app: FastAPI, index: int, document: Attachment) -> None:
    with rig.node.store.read() as transaction:
        held = transaction.count("attachment")
    assert held == (0 if rig.running.config.organisation else 1)
    with rig.world.reader.open() as snapshot:
        body = snapshot.stored_body(index)
    with TestClient(app, raise_server_exceptions=False) as client:
        for route in routes_of(app.routes):
            if route.name != route.path:
                continue
            path = route.path.replace("{index}", str(index)).replace("{digest}", document.hash())
            path = path.replace("{first}", str(index)).replace("{path:path}", f"000.p/{index + 1}")
            answer = client.get(f"{path}?end={index + 1}&author={quote(core)}&kind=handle&name=x")
            for secret in (document.data[:60], document.salt, body[:60]):
                assert secret not in answer.content, path
                assert base64.b64encode(secret)[:40] not in answer.content, path
