"""Who was shown nothing finds nothing: every byte of store, export, mirror and answers is searched."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.app.credentials.scene import Scene, body_of, buyer, certificate, dehp, lead
from tests.app.credentials.test_rules import turned
from tests.app.mirror.rig import rigged
from tests.ledger.export.folders import write
from tests.ledger.world import key, log, node, supplier

from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.mirror.serving import create_app as create_mirror
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity.credentials import status_list
from tallystick.ledger import Reader, public_reader

fields = {
    "number": certificate.number, "scope": certificate.scope, "issuer": certificate.issuer,
    "site": certificate.sites[0], "issued": certificate.issued, "substance": "7439-92-1",
}  # fmt: skip


def found(data: bytes) -> set[str]:
    """Which fields stand in these bytes: plain, in hex, in base64, or in base64 of base64."""
    return {name for name, value in fields.items() if any(s in data for s in shapes(value))}


def shapes(value: str) -> Iterator[bytes]:
    yield value.encode()
    yield value.encode().hex().encode()
    for once in in_base64(value.encode()):
        yield once
        yield from in_base64(once)


def in_base64(data: bytes) -> Iterator[bytes]:
    """The digits that depend on nothing but these bytes, at each of three places."""
    for shift in range(3):
        whole = base64.urlsafe_b64encode(bytes(shift) + data)
        yield whole[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]


def test_the_search_finds_what_is_there(scene: Scene) -> None:
    file = scene.present(scene.issue(), ("number", "scope", "sites", "issued", "issuer"))
    assert found(file.encode()) == fields.keys() - {"substance"}
    assert found(base64.b64encode(file.encode())) >= {"number", "scope"}


@pytest.fixture
def told(scene: Scene) -> Scene:
    """The buyer was shown number and kind of one certificate; the node and the public nothing."""
    scene.show(scene.issue())
    scene.declare(lead, dehp)
    return scene


def test_neither_store_nor_export_nor_state_holds_more_than_was_shown(
    told: Scene, tmp_path: Path
) -> None:
    # The store seals attachments: nothing of them stands in its file, whoever may read them.
    store = b"".join(path.read_bytes() for path in tmp_path.rglob("tallystick.sqlite*"))
    assert store
    assert found(store) == set()
    may: dict[str, set[str]] = {}
    readers = {
        "public": public_reader, "node": Reader.party(node), "buyer": Reader.party(buyer),
        "holder": Reader.party(supplier), "issuer": Reader.party(body_of),
    }  # fmt: skip
    for name, reader in readers.items():
        write(told.world, tmp_path / name, reader)
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        may[name] = set().union(*(found(path.read_bytes()) for path in files))
    nothing: set[str] = set()
    assert may == {
        "public": nothing, "node": nothing, "buyer": {"number"},
        "holder": {*fields}, "issuer": fields.keys() - {"substance"},
    }  # fmt: skip


def test_no_answer_tells_them_to_anybody_else(told: Scene, tmp_path: Path, sqlite_url: str) -> None:
    lend_keys(tmp_path / "node")
    served = Node.at(Settings(home=tmp_path / "node", database_url=sqlite_url))
    readers = Readers(tmp_path / "node")
    tokens = {"public": "", "node": readers.add("n", node), "buyer": readers.add("b", buyer)}
    with told.world.reader.open() as snapshot:
        names = sorted(snapshot.view.names("credential"))
        size = snapshot.size()
        issuer_key = snapshot.view.group("key", body_of)
    assert issuer_key
    paths = [
        *(f"/v1/credentials/{name}{more}" for name in names for more in ("", "/proof")),
        *(f"/v1/entries/{index}" for index in range(size)), "/log/entries/0?end=100",
        *(f"/v1/credentials?side={side}" for side in ("holder", "issuer", "buyer")),
        "/v1/qualifications", "/v1/qualifications/asked", f"/v1/status-lists/0/{body_of}",
        f"/qualifications?organisation={quote(buyer)}", f"/log/stretch/0?end={size}",
    ]  # fmt: skip
    got: dict[str, set[str]] = {}
    seen: dict[str, set[int]] = {}
    with TestClient(create_app(served, None), raise_server_exceptions=False) as client:
        for name, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answers = [client.get(path, headers=headers) for path in paths]
            got[name] = set().union(*(found(one.content) for one in answers))
            seen[name] = {one.status_code for one in answers}
    assert got == {"public": set(), "node": set(), "buyer": {"number"}}
    assert all(codes <= {200, 404, 503} for codes in seen.values()), seen


@pytest.mark.parametrize("organisation", [buyer])
def test_a_buyers_mirror_holds_what_it_was_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, organisation: str
) -> None:
    lend_keys(tmp_path / "log")
    url = f"sqlite:///{tmp_path / 'mirror.sqlite'}"
    with rigged(tmp_path, url, monkeypatch, organisation) as rig:
        scene = Scene.of(rig.world)
        digest = scene.issue()
        scene.show(digest)
        rig.running.at_work.follow()
        assert found((tmp_path / "mirror.sqlite").read_bytes()) == set()
        with rig.node.store.read() as transaction:
            held = list(transaction.attached.between(0, 2**62))
        assert [found(one.open().data) for one in held] == [{"number"}]
        with TestClient(create_mirror(rig.running), raise_server_exceptions=False) as client:
            for path in ("/v1/entries/0", f"/v1/credentials/{digest}", "/log/entries/0?end=100"):
                assert found(client.get(path).content) == set()


def test_a_status_list_says_what_the_log_says(told: Scene) -> None:
    with told.world.reader.open() as snapshot:
        (digest,) = (
            one.name for one in snapshot.view.find("credential-by-issuer", body_of)
        )  # fmt: skip
        row = dict(snapshot.view.get("credential", digest) or {})
    place = int(str(row["place"]))
    told.say(body_of, *turned(digest, "suspend"))
    told.world.ledger.seal()
    with told.world.reader.open() as snapshot:
        computed = status_list.computed(snapshot.view, body_of, 0)
        size = snapshot.size()
    assert computed.at(place) == status_list.suspended
    assert sum(computed.at(index) for index in range(65_536)) == status_list.suspended
    receipt = key(f"301:{log}")
    text = status_list.token(computed, "https://log/1", told.world.origin, size, 10**12, receipt)
    opened = status_list.open_token(text, receipt.private.public)
    assert (opened.statuses, opened.size, opened.origin) == (computed, size, told.world.origin)
