"""The raw way in over HTTP: precise problems, never a 500, and nobody reads what is not theirs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ledger.world import NoteBody, World, core, key, node, supplier

from tallystick.app import problems
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    ProofFile,
    PublicTiles,
    Reader,
    Sequencer,
    Snapshot,
    auditor_reader,
    heads,
    merkle,
    public_reader,
    router,
    tile_files,
    witness_reader,
    write_batch,
)

bytes_max = 2_000_000


@dataclass
class Log:
    world: World
    sequencer: Sequencer

    def submit(self, submissions: list[Any]) -> list[Any]:
        return self.sequencer.submit(submissions)

    def receipt(self, answers: list[Any]) -> dict[str, object]:
        return self.world.ledger.receipt(answers)


@dataclass
class Reading:
    snapshot: Snapshot
    reader: Reader


def client_of(world: World, *, running: bool = True) -> Iterator[TestClient]:
    """The routes over a sequencer, which seals in its own time while it runs; the header `as` says who reads."""

    def reading(request: Request) -> Iterator[Reading]:
        who = request.headers.get("as")
        named = {None: public_reader, "auditor": auditor_reader, "witness": witness_reader}
        reader = named[who] if who in named else Reader.party(str(who))
        with world.reader.open() as snapshot:
            yield Reading(snapshot, reader)

    app = FastAPI()
    problems.install(app)
    log = Log(world, Sequencer(world.ledger))
    app.include_router(router(log, reading, bytes_max, PublicTiles(world.reader)))
    if running:
        log.sequencer.start()
    try:
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client
    finally:
        if running:
            log.sequencer.stop()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    yield from client_of(world)


@pytest.fixture
def any_client(any_world: World) -> Iterator[TestClient]:
    yield from client_of(any_world)


Post = Callable[[Any], Any]


def post(client: TestClient, entries: Any) -> Any:
    return client.post("/v1/entries", content=orjson.dumps({"entries": entries}))


def row(world: World, number: int = 0) -> dict[str, Any]:
    entry: dict[str, Any] = orjson.loads(write_batch(world.mint(1, number)))["entries"][0]
    return entry


def test_a_batch_is_answered_entry_by_entry(client: TestClient, world: World) -> None:
    good, other = row(world), row(world, 1)
    answer = post(client, [good, {"envelope": 1}, other, {**other, "body": "e30="}, good])
    assert answer.status_code == 200
    told = answer.json()
    kinds = [r["problem"]["code"] if "problem" in r else r["outcome"] for r in told["results"]]
    assert kinds == ["accepted", "request-malformed", "accepted", "accepted", "accepted"]
    assert told["results"][4]["duplicate"] is True
    entry_id = orjson.loads(base64.b64decode(good["envelope"]["payload"]))["id"]
    again = client.get(f"/v1/receipts/{entry_id}", params={"author": core})
    assert again.status_code == 200
    payload = orjson.loads(base64.b64decode(again.json()["receipt"]["payload"]))
    first = orjson.loads(base64.b64decode(told["receipt"]["payload"]))
    assert payload["entries"] == first["entries"][:1]
    assert again.json()["now"]["grade"] in ("durable", "sealed")


def test_a_proof_that_cannot_be_is_no_broken_one(client: TestClient, world: World) -> None:
    """Whoever asked for sizes that the log never had was told to keep proof and checkpoint as evidence."""
    world.ledger.seal()
    for asked in (
        "consistency?first=3&second=2",
        "consistency?first=1&second=9999",
        "inclusion/5?size=3",
    ):
        told = client.get(f"/log/{asked}")
        assert (told.status_code, told.json()["code"]) == (400, "request-malformed")
        assert "evidence" not in told.json()["advice"]


def test_heads_of_public_names_are_for_everybody_others_for_auditors(
    client: TestClient, world: World
) -> None:
    world.ledger.seal()
    asked = {"kind": "key", "name": key(f"300:{node}").keyid}
    told = client.get("/log/head", params=asked).json()
    heads.HeadProof.read(told["proof"]).verify(bytes.fromhex(told["heads"]))
    assert len(told["indexes"]) == 1
    line = {"kind": "invoice line", "name": "99.100/O-1#I-1#1"}
    assert client.get("/log/head", params=line).status_code == 404
    absent = client.get("/log/head", params=line, headers={"as": "auditor"}).json()
    assert absent["indexes"] == []
    heads.HeadProof.read(absent["proof"]).verify(bytes.fromhex(absent["heads"]))
    for wrong in ({"kind": "key"}, {**asked, "size": 0}, {**asked, "name": "x" * 1001}):
        assert client.get("/log/head", params=wrong).status_code in (400, 422)
    unknown = client.get("/log/head", params={**asked, "size": 10**9})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "heads-unknown")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "99/O-\x00"}, {"kind": "key\x00", "name": "99/O-1"}, {"name": "99/O-1"},
        {"kind": "invoice-line", "name": "99.100/O-1#I-1#1"},
        {"kind": "organisation", "name": "99.100/o-1"}, {"kind": "handle", "name": "99.100.1/sn-1"},
    ],
)  # fmt: skip
def test_what_no_name_can_hold_is_refused_by_name(
    client: TestClient, world: World, wrong: dict[str, str]
) -> None:
    """Anybody was told, with a proof, that nothing is known of `99.100/o-…`, where it stands as `99.100/O-…`."""
    world.ledger.seal()
    told = client.get("/log/head", params={"kind": "key", **wrong}, headers={"as": "auditor"})
    assert (told.status_code, told.json()["code"]) == (422, "head-name-refused")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"{}", 400), (b'{"entries":{}}', 400),
        (b'{"entries":[]}', 400), (b"\xff", 400), (b"[" * 5000, 400), (b"1e999", 400),
        (b'{"entries":[' + b"1," * 4096 + b"1]}", 400), (b" " * (bytes_max + 1), 413),
    ],
    ids=["empty", "torn", "list", "hollow", "object", "none", "utf8", "deep", "huge", "many", "large"],
)  # fmt: skip
def test_malformed_requests(client: TestClient, content: bytes, status: int) -> None:
    answer = client.post("/v1/entries", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"code", "title", "status", "detail"} <= answer.json().keys()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": None}, "request-malformed"), ({"body": 5}, "request-malformed"),
        ({"salt": "%%"}, "request-malformed"), ({"more": 1}, "request-malformed"),
        ({"attachments": {}}, "request-malformed"), ({"attachments": [1]}, "request-malformed"),
        ({"attachments": [{}] * 17}, "request-malformed"),
        ({"attachments": [{"type": 1, "grade": "x", "salt": "", "data": ""}]}, "request-malformed"),
        ({"envelope": None}, "not-canonical"), ({"envelope": []}, "not-canonical"),
        ({"envelope": {}}, "entry-malformed"), ({"envelope": 1.5}, "not-canonical"),
        ({"envelope": {"payload": 1.0}}, "not-canonical"), ({"salt": ""}, "body-mismatch"),
        ({"body": ""}, "body-mismatch"), ({"envelope": "x" * 70_000}, "entry-too-large"),
        ({"attachments": [{"type": "a/b", "grade": "public", "salt": "", "data": ""}]},
         "attachment-mismatch"),
    ],
)  # fmt: skip
def test_malformed_entries_are_named(
    client: TestClient, world: World, change: dict[str, Any], code: str
) -> None:
    # Else the running sequencer may seal what the world holds in between.
    world.ledger.seal()
    with world.reader.open() as snapshot:
        before = snapshot.size()
    answer = post(client, [{**row(world), **change}])
    assert answer.status_code == 200
    assert answer.json()["results"][0]["problem"]["code"] == code
    assert answer.json()["receipt"] is None
    with world.reader.open() as snapshot:
        assert snapshot.size() == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["envelope", "body", "salt", "attachments", "x"]), json_values, max_size=5
    )
)
def test_no_entry_makes_the_node_fail(client: TestClient, entry: dict[str, Any]) -> None:
    try:
        content = orjson.dumps({"entries": [entry]})
    except TypeError:
        return
    answer = client.post("/v1/entries", content=content)
    assert answer.status_code == 200
    assert "problem" in answer.json()["results"][0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/entries/-1", 422), ("/v1/entries/x", 422), ("/v1/entries/999999", 404),
        ("/v1/entries/99999999999999999999999", 422), ("/v1/entries/9007199254740991", 404),
        ("/log/proof/9223372036854775808", 422), ("/log/proof/999999", 404),
        ("/log/inclusion/0?size=0", 422), ("/log/inclusion/0?size=999999", 400),
        ("/log/inclusion/0?size=99999999999999999999", 422), ("/log/inclusion/5?size=3", 400),
        ("/log/consistency?first=0&second=3", 422), ("/log/consistency?first=3&second=2", 400),
        ("/log/consistency?first=1&second=999999", 400), ("/log/consistency?first=x", 422),
        ("/log/tile/0/001", 404), ("/log/tile/0/000", 404), ("/log/tile/00/000.p/1", 404),
        ("/log/tile/0/x001/000", 404), ("/log/tile/63/000.p/1", 404), ("/log/tile/entries/000", 404),
        ("/log/tile/0/x999/x999/x999/x999/x999/999", 404), ("/log/tile/", 404),
        ("/v1/receipts/x?author=y", 404), ("/v1/receipts/x", 422),
        (f"/v1/receipts/x?author={'y' * 301}", 422),
    ],
)  # fmt: skip
def test_questions_about_nothing(any_client: TestClient, path: str, status: int) -> None:
    answer = any_client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_nul_in_a_question_is_the_askers_mistake(any_client: TestClient) -> None:
    """PostgreSQL refuses U+0000; that used to look like a failure of the database."""
    for path in ("/v1/receipts/x?author=a%00b", "/v1/receipts/%00?author=a"):
        assert any_client.get(path).status_code in (400, 404)


def test_tiles_proofs_and_checkpoint(client: TestClient, world: World) -> None:
    world.ledger.append(world.mint(300, start=100))
    world.ledger.seal()
    note = client.get("/log/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    size, root = world.memory.load()
    full, last = client.get("/log/tile/0/000"), client.get(f"/log/tile/0/001.p/{size - 256}")
    assert "immutable" in full.headers["cache-control"]
    assert "public" in full.headers["cache-control"]
    hashes = full.content + last.content
    frontier = merkle.Frontier()
    for start in range(0, len(hashes), 32):
        frontier.append(hashes[start : start + 32])
    assert (frontier.size, frontier.root()) == (size, root)
    for index in (0, 255, 256, size - 1):
        entry = client.get(f"/v1/entries/{index}").json()
        leaf = orjson.dumps(entry["envelope"], option=orjson.OPT_SORT_KEYS)
        proof = ProofFile.parse(client.get(f"/log/proof/{index}").text)
        assert proof.verify(leaf, world.ledger.signer.verifier).size == size
        path = client.get(f"/log/inclusion/{index}", params={"size": size}).json()["path"]
        assert tuple(bytes.fromhex(node) for node in path) == proof.path
    made = client.get("/log/consistency", params={"first": 7, "second": size}).json()["path"]
    old = merkle.tree_root(_node(hashes), 7)
    merkle.verify_consistency(7, size, old, root, [bytes.fromhex(node) for node in made])


def test_what_never_changes_is_not_sent_again(client: TestClient, world: World) -> None:
    """A mirror that fetches what it holds already gets 304, by strong, weak and several tags."""
    world.ledger.append(world.mint(300, start=100))
    world.ledger.seal()
    paths = ("/log/tile/0/000", "/log/tile/0/000.p/7", "/log/checkpoint", "/log/checkpoint/newest")
    tags = set[str]()
    for path in paths:
        found = client.get(path)
        tag = found.headers["etag"]
        tags.add(tag)
        for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = client.get(path, headers={"if-none-match": named})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["cache-control"] == found.headers["cache-control"]
        assert client.get(path, headers={"if-none-match": '"other"'}).content == found.content
    assert len(tags) == 3, "the two checkpoints are the same one"


def test_a_tile_that_was_read_needs_no_database(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ledger.append(world.mint(300, start=100))
    world.ledger.seal()
    size = world.memory.load()[0]
    whole = client.get("/log/tile/0/000").content
    partial = client.get(f"/log/tile/0/001.p/{size - 256}").content
    monkeypatch.setattr(world.store, "read", None)
    assert client.get("/log/tile/0/000").content == whole
    assert client.get("/log/tile/0/000.p/255").content == whole[: 255 * 32]
    assert client.get("/log/tile/0/001.p/3").content == partial[: 3 * 32]
    monkeypatch.undo()
    refused = client.get(f"/log/tile/0/001.p/{size - 255}")
    assert (refused.status_code, refused.json()["code"]) == (404, "tile-path-refused")
    world.ledger.append(world.mint(1, start=900))
    world.ledger.seal()
    grown = client.get(f"/log/tile/0/001.p/{size - 255}").content
    assert grown[: len(partial)] == partial


def test_few_tiles_stay_in_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ones asked for longest ago go first."""
    world.ledger.append(world.mint(300, start=100))
    world.ledger.seal()
    monkeypatch.setattr(tile_files, "tiles_in_memory_max", 2)
    public = PublicTiles(world.reader)
    for level, n, width in ((0, 0, 256), (0, 1, 8), (0, 0, 256), (1, 0, 1)):
        if public.known(level, n, width) is None:
            public.read(level, n, width)
    assert public.known(0, 1, 8) is None
    assert public.known(0, 0, 256) is not None
    assert public.known(1, 0, 1) is not None


def _node(hashes: bytes) -> merkle.Node:
    def node(level: int, index: int) -> bytes:
        return merkle.subtree_root(hashes[(index << level) * 32 : (index + 1 << level) * 32])

    return node


def test_bodies_attachments_and_bundles_are_for_their_readers(
    client: TestClient, world: World
) -> None:
    files = [Attachment("text/plain", grade.encode(), bytes(32), grade)
             for grade in ("public", "parties", "restricted")]  # fmt: skip
    refs = tuple(
        AttachmentRef(hash=f.hash(), type=f.type, size=len(f.data), grade=f.grade) for f in files
    )
    said = world.author(core).write(
        "test.note/1", NoteBody(text="secret", attachments=refs), attachments=files
    )
    (answer,) = world.ledger.append([said])
    world.ledger.seal()

    def read(who: str | None) -> tuple[bool, int]:
        headers = {"as": who} if who else {}
        told = client.get(f"/v1/entries/{answer.index}", headers=headers).json()
        assert (told["body"] is None) == (told["salt"] is None)
        return told["body"] is not None, len(told["attachments"])

    assert read(None) == (False, 1)
    assert read(supplier) == (False, 1)
    # Its own restricted one among them: what is restricted is its owner's.
    assert read(core) == (True, 3)
    assert read("auditor") == (True, 3)
    assert read("witness") == (False, 1)
    width = world.memory.load()[0]
    bundle = f"/log/tile/entries/000.p/{width}"
    assert client.get(bundle).status_code == 404
    assert client.get(bundle, headers={"as": supplier}).status_code == 404
    for who in (core, "auditor", "witness"):
        found = client.get(bundle, headers={"as": who})
        assert found.status_code == 200
        assert found.headers["cache-control"].startswith("private")
        assert found.headers["vary"] == "Authorization, Cookie"
        named = {"as": who, "if-none-match": found.headers["etag"]}
        assert client.get(bundle, headers=named).status_code == 304
    named = {"as": supplier, "if-none-match": found.headers["etag"]}
    assert client.get(bundle, headers=named).status_code == 404
    data, entries = found.content, []
    while data:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    assert len(entries) == width
    assert entries[answer.index] == said.envelope
