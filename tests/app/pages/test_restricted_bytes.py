"""A restricted value of the demo is in no log, cache, queue, export, mirror, metric, database, page or answer of
anybody who may not have it. Everything is searched byte by byte, in every usual encoding, and the search is shown
to find the value where it may be.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from fastapi.testclient import TestClient
from tests.app.pages import bytewise
from tests.app.played import everything, log_in, look_as
from tests.app.test_every_route import routes_of

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.demo import cast, handed
from tallystick.app.demo.hooked import received_file
from tallystick.app.http import create_app
from tallystick.app.leaving import leaves_to
from tallystick.app.reads.seen import Looked
from tallystick.app.webhooks.hooks import Hook, Told, Wish
from tallystick.app.webhooks.telling import planned
from tallystick.app.webhooks.telling import told as deliver
from tallystick.ledger import NotReadable, Reader, auditor_reader, export, public_reader
from tallystick.ledger.bundle import Request
from tallystick.ledger.grading import MayNotLeave

owner, bank = handed.firm.handle, cast.bank.handle


def holds(data: bytes) -> bool:
    return bytewise.holds(data, handed.canary)


@dataclass(frozen=True)
class Planted:
    node: Node
    home: Path
    index: int
    digest: str


@pytest.fixture(scope="session")
def planted(demo_node: Node, demo_home: Path) -> Planted:
    with demo_node.reader.open() as snapshot:
        (index,) = [
            row.index
            for start in range(0, snapshot.size(), 200)
            for row in snapshot.recent(start + 200, 200)
            if row.type == "identity.papers.hand/1"
        ]
        (kept,) = snapshot.disclose(index, auditor_reader).attachments
    return Planted(demo_node, demo_home, index, kept.hash())


def test_the_search_finds_every_spelling() -> None:
    spoken = json.dumps({"text": handed.text}).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("inside", handed.text)
    for data in (
        handed.text.encode(), spoken, base64.b64encode(spoken), base64.b64encode(b"1" + spoken),
        base64.b64encode(b"12" + spoken), spoken.hex().encode(), packed.getvalue(),
        quote(handed.text).encode(), handed.text.encode("utf-16-le"),
    ):  # fmt: skip
        assert holds(data)
    assert not holds(zlib.compress(b"nothing of the kind" * 100))


def test_it_is_there_for_its_owner_and_its_node(planted: Planted) -> None:
    """So the search below finds nothing for the right reason."""
    with planted.node.reader.open() as snapshot:
        for reader in (Reader.party(owner), Reader.party(cast.node), auditor_reader):
            assert holds(snapshot.attachment(planted.index, planted.digest, reader).data)
        administrator = Reader.party(owner, {"administrator"})
        assert holds(snapshot.attachment(planted.index, planted.digest, administrator).data)
        for reader in (public_reader, Reader.party(bank), Reader.party(owner, {"maker"})):
            with pytest.raises(NotReadable):
                snapshot.attachment(planted.index, planted.digest, reader)


def test_no_file_of_the_demo_holds_it(planted: Planted) -> None:
    """Databases with their WAL, queues of devices, the mirror, witnesses, evidence, bundles, labels, keys."""
    files = [path for path in planted.home.rglob("*") if path.is_file()]
    assert {"ledger.sqlite3", "mirror.sqlite3", "certificate.tally", received_file} <= {
        one.name for one in files
    }
    assert [str(path) for path in files if holds(path.read_bytes())] == []


def test_no_export_but_its_owners_holds_it(planted: Planted, tmp_path: Path) -> None:
    node = planted.node
    readers = {
        "public": public_reader, "bank": Reader.party(bank), "auditor": auditor_reader,
        "owner": Reader.party(owner),
    }  # fmt: skip
    found = {}
    for name, reader in readers.items():
        with node.reader.open() as snapshot:
            cut = leaves_to(snapshot.view, node.settings, reader, "export", name)
        folder = tmp_path / name
        export.export_log(node.store, node.rules, folder, cut)
        found[name] = any(holds(one.read_bytes()) for one in folder.rglob("*") if one.is_file())
    assert found == {"public": False, "bank": False, "auditor": False, "owner": True}
    with node.reader.open() as snapshot:
        strict = leaves_to(snapshot.view, node.settings, auditor_reader, "export", "x", strict=True)
    with pytest.raises(MayNotLeave, match="no permission lets it leave by export"):
        export.export_log(node.store, node.rules, tmp_path / "strict", strict)


def test_no_webhook_tells_it(planted: Planted, tmp_path: Path) -> None:
    """Its owner is told of the entry with its body, and of no attachment; others are not told of it."""
    told = {}
    for name, organisation in (("owner", owner), ("bank", bank), ("core", cast.core.handle)):
        wish = Wish(address="https://hooks.example/", content="body")
        hook = Hook(f"wh_{name}", organisation, "active", 0, None, Told(wish=wish, by="", made="", secrets=()))  # fmt: skip
        bodies = []
        with planted.node.reader.open() as snapshot:
            start = 0
            while start < snapshot.size():
                rows, start = planned(snapshot, replace(hook, next=start), 0)
                bodies += [
                    (row.index, deliver(planted.node, snapshot, hook, row, Looked(), 0))
                    for row in rows
                ]
        assert not any(holds(body) for _, body in bodies if body is not None), name
        told[name] = {index for index, body in bodies if body is not None}
    assert planted.index in told["owner"]
    assert planted.index not in told["bank"] | told["core"]
    assert (planted.home / "demo" / received_file).read_bytes()


def test_no_bundle_takes_it_along(planted: Planted) -> None:
    asked = [Request.of("entry", index=planted.index)]
    with planted.node.reader.open() as snapshot:
        cut = leaves_to(snapshot.view, planted.node.settings, auditor_reader, "bundle", "x")
        assert not holds(make(snapshot, cut, asked))
        with pytest.raises(MayNotLeave):
            make(snapshot, cut, asked, attachments=True)
        own = leaves_to(snapshot.view, planted.node.settings, Reader.party(owner), "bundle")
        assert holds(make(snapshot, own, asked, attachments=True))


def paths(planted: Planted) -> list[str]:
    """Every route that is asked by GET, with what was planted in the place of each parameter."""
    given = {
        "index": str(planted.index), "digest": planted.digest, "first": str(planted.index),
        "n": "0", "handle": owner, "organisation": owner, "identifier": owner, "key": owner,
    }  # fmt: skip
    found = []
    for route in routes_of(create_app(planted.node).routes):
        if route.name.startswith(("POST ", "PUT ", "DELETE ", "PATCH ")):
            continue
        steps = [
            quote(given.get(step[1:-1].partition(":")[0], owner)) if step[:1] == "{" else step
            for step in route.path.split("/")
        ]
        found.append("/".join(steps))
    return [*found, f"/log/stretch/{planted.index}?end={planted.index + 1}",
            f"/find?q={quote(handed.canary)}"]  # fmt: skip


def test_no_answer_to_others_holds_it(
    planted: Planted, demo: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, attachment = paths(planted), f"/v1/entries/{planted.index}/attachments/{planted.digest}"
    assert attachment in asked
    wrong = []
    with structlog.testing.capture_logs() as lines:
        for who in ("", "bank", "core", "auditor"):
            look_as(demo, who)
            for path in asked:
                answer = demo.get(path)
                if holds(answer.content) or holds(str(answer.headers).encode()):
                    # A search says again what it was asked for.
                    wrong += [(who, path)] if not path.startswith("/find") else []
        # A maker of the owner, who needs not know it, and then its checker, who may.
        log_in(demo, handed.firm.maker)
        wrong += [("maker", path) for path in asked[:-1] if holds(demo.get(path).content)]
        log_in(demo, handed.firm.checker)
        seen = [path for path in asked[:-1] if holds(demo.get(path).content)]
        look_as(demo, "")
        with everything(demo, planted.node):
            refused = demo.get(attachment)
            assert refused.json()["code"] == "may-not-leave"
            assert (
                holds(demo.get(f"/log/stretch/{planted.index}?end={planted.index + 1}").content)
                is False
            )
        metrics = demo.get("/metrics").content
    assert wrong == []
    assert attachment in seen
    assert not holds(metrics)
    assert not holds(json.dumps(lines, default=str).encode())
    assert not holds("".join(capsys.readouterr()).encode())
    print(f"searched {len(asked)} routes; its owner's checker finds it at {seen}")
    demo.app.state.reads.flush()  # type: ignore[attr-defined]
    with planted.node.store.read() as transaction:
        rows = [
            row
            for day in transaction.reads.days("9999")
            for _, row in transaction.reads.of_day(day)
        ]
    assert rows
    assert not any(map(holds, rows))
